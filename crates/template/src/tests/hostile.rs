//! Templates that want too much end with an error, within their limits, on a small stack.

use super::*;

fn context() -> Context {
    Context::new(&json!({"s": "x".repeat(1000), "l": vec![json!({"a": "b"}); 200], "n": 1}))
}

fn try_render(source: &str) -> Result<String, TemplateError> {
    Engine::default().template(source, Escape::None)?.render(&context(), &RenderLimits::default())
}

/// Fails when compiled or when rendered, with this in the message.
fn fails(source: &str, part: &str) {
    let shown: String = source.chars().take(120).collect();
    let error = try_render(source).map(|output| output.len()).expect_err(&shown);
    assert!(error.message.contains(part), "{shown}: {error}");
}

const TOO_MUCH: &str = "too much";

#[test]
fn loops_that_do_too_much_end() {
    let nest = |depth: usize| {
        let mut source: String = (0..depth).map(|i| format!("{{% for a{i} in range(10000) %}}")).collect();
        source.push_str("{% if n == 2 %}x{% endif %}");
        source + &"{% endfor %}".repeat(depth)
    };
    fails(&nest(2), TOO_MUCH);
    fails(&nest(20), TOO_MUCH);
    fails(&nest(40), "blocks within blocks");
    fails("{{ range(1000000000) }}", "10000");
    fails("{{ range(0, 9223372036854775807, 1) }}", "10000");
    fails("{% for a in l %}{% for b in l %}{{ a ~ b }}{% endfor %}{% endfor %}".repeat(20).as_str(), TOO_MUCH);
}

#[test]
fn texts_that_grow_end() {
    let doubled = |grow: &str| "{% set s = ".to_owned() + grow + " %}";
    fails(&(doubled("s ~ s").repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&(doubled("s + s").repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&(doubled("s * 10").repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&(doubled("s|replace('x', 'xxxx')").repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&(doubled("s|replace('', s)").repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&("{% set s %}{{ s }}{{ s }}{% endset %}".repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&(doubled("[s, s]|join(s)").repeat(40) + "{{ s|length }}"), TOO_MUCH);
    fails(&("{% set s = s|urlencode ~ '%' %}".repeat(40) + &doubled("s|urlencode ~ s").repeat(40)), TOO_MUCH);
    fails(&doubled("s|indent(100000000)"), TOO_MUCH);
    fails(&doubled("'%1000000000d'|format(1)"), "");
    fails(&doubled("'%.1000000000f'|format(1)"), "");
    fails(&doubled("s * 99999999"), TOO_MUCH);
    fails("{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", TOO_MUCH);
    fails("{{ (s * 5000)|split('x')|length }}", TOO_MUCH);
    fails("{{ (s * 5000)|list|length }}", TOO_MUCH);
    fails("{% for i in range(3000) %}{{ s }}{% endfor %}", "longer than its limit of 1048576 bytes");
}

#[test]
fn lists_that_are_larger_than_they_look_end() {
    let twice = "{% set l = [l, l] %}".repeat(40);
    for last in [
        "{{ l }}",
        "{{ l ~ '' }}",
        "{{ l|string|length }}",
        "{{ l|tojson|length }}",
        "{{ l|join }}",
        "{{ l|sort }}",
        "{{ l|unique }}",
        "{{ l == [l] }}",
        "{{ l < [l, 1] }}",
        "{{ l in [[l]] }}",
        "{{ {l: 1, [l]: 2} }}",
        "{{ 'x'|replace('x', l) }}",
        "{{ '%s'|format(l) }}",
        "{{ [1] is eq l }}",
        "{{ l is in [l, 1] }}",
        "{{ {1: 2}[l] }}",
        "{{ l|first ~ '' }}",
        "{{ l|list|reverse|list ~ '' }}",
        "{% set ns = namespace(x=l) %}{{ ns }}",
        "{{ [l]|map('string')|list }}",
        "{{ l|min }}",
        "{{ l|batch(2)|list }}",
        "{{ l|select('eq', l)|list }}",
        "{{ range(1, l) }}",
        "{{ l|default(l) ~ '' }}",
    ] {
        fails(&(twice.clone() + last), "");
    }
    fails(&("{% set l = l + l %}".repeat(40) + "{{ l|length }}"), TOO_MUCH);
    fails(&("{% set l = l + l %}".repeat(15) + "{{ l|batch(1)|list|length }}"), TOO_MUCH);
    fails("{% for i in range(9000) %}{% if 1in (l + l + l + l) %}{% endif %}{% endfor %}", "space after the number 1");
    fails("{{ l * 100 }}", "only numbers and texts");
    fails("{% set a, b = [0] * 100000000 %}", "only numbers and texts");
    fails("{{ 2 * (l) }}", "only numbers and texts");
    fails("{% for i in range(9000) %}{% set z = (l + l + l + l)[700:][0] %}{% endfor %}", TOO_MUCH);
    fails("{% for i in range(9000) %}{% if l == (l + [1]) %}{% endif %}{% endfor %}", TOO_MUCH);
    fails("{% for i in range(9000) %}{% set z = l|sort(attribute='a') %}{% endfor %}", TOO_MUCH);
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    fails(&("{% set l = [l] %}".repeat(3000) + "{{ l ~ '' }}"), "nested too deeply");
    fails(&("{% set l = {'a': l} %}".repeat(2500) + "{{ l }}"), "nested too deeply");
    fails(&("{% set l = dict(a=l) %}".repeat(2500) + "{{ l }}"), "nested too deeply");
    fails(&("{% set l = l|batch(9) %}".repeat(2500) + "{{ l }}"), "nested too deeply");
    fails(
        &("{% set l = [1] %}".to_owned() + &"{% set l = ''|default([l], true) %}".repeat(1700) + "{{ l }}"),
        "nested too deeply",
    );
    fails("{% set ns = namespace(a=1) %}{% for i in range(9000) %}{% set ns.a = [ns.a] %}{% endfor %}", "namespace");
    fails("{% set ns = namespace(a=1) %}{% set ns.a = ns %}", "namespace");
    fails("{% set ns = namespace(a='') %}{% set ns.a %}{% endset %}", "one name");
    fails("{% set ns = namespace(a=1) %}{% set ns.a, ns.b = [ns, ns] %}", "one field");
}

#[test]
fn sources_that_would_need_a_large_stack_are_refused() {
    let many = |part: &str| part.repeat(MAX_SOURCE / part.len() - 10);
    for source in [
        format!("{{{{ {}", many("(")),
        format!("{{{{ {}", many("[")),
        format!("{{{{ {}", many("{1:")),
        format!("{{{{ {}1 }}}}", many("-")),
        format!("{{{{ {}1 }}}}", many("not ")),
        format!("{{{{ 1{} }}}}", many("+1")),
        format!("{{{{ 1{} }}}}", many("~1")),
        format!("{{{{ n{} }}}}", many("|abs")),
        format!("{{{{ n{} }}}}", many(".a")),
        format!("{{{{ n{} }}}}", many("[0]")),
        format!("{{{{ n{} }}}}", many(" is odd")),
        format!("{{{{ n{} }}}}", many(" if n")),
        format!("{{{{ {}n }}}}", many("n if n else ")),
        format!("{{{{ {}n }}}}", many("n and ")),
        format!("{{{{ {}n }}}}", many("n if n and ")),
        format!("{{% if n %}}{}", many("{% elif n %}")),
        many("{% if n %}"),
        many("{% for i in l %}"),
        many("{% filter upper %}"),
        many("{% set x %}"),
        many("{% with %}"),
        format!("{{% set {} %}}", many("(")),
        format!("{{% for {} %}}", many("a,")),
        many("{"),
        many("{#"),
        many("{% raw %}"),
        many("\"") + "\"",
        "\"".to_owned() + &many("\\"),
    ] {
        let shown: String = source.chars().take(60).collect();
        assert!(Engine::default().template(&source, Escape::Json).is_err(), "{shown}");
    }
    assert!(Engine::default().template(&"x".repeat(MAX_SOURCE + 1), Escape::None).is_err());
    assert!(Engine::default().expression(&"1 ".repeat(MAX_EXPRESSION)).is_err());
}

#[test]
fn the_deepest_that_is_allowed_fits_a_small_stack() {
    let run = || {
        let brackets = format!("{{{{ {}n{} }}}}", "(".repeat(24), ")".repeat(24));
        let calls = format!("{{{{ {}n{} }}}}", "[n|abs, dict(a=".repeat(12), ")]".repeat(12));
        let sum = format!("{{{{ n{} }}}}", " + n".repeat(199));
        let chain = format!("{{{{ n{} }}}}", "|abs".repeat(199));
        let ternary = format!("{{{{ {}n }}}}", "n if n else ".repeat(100));
        let unary = format!("{{{{ {}n }}}}", "not ".repeat(199));
        let blocks = "{% for i in l if n %}".repeat(12)
            + &"{% if n %}".repeat(12)
            + &"{% endif %}".repeat(12)
            + &"{% endfor %}".repeat(12);
        let branches = "{% if n == 2 %}".to_owned() + &"{% elif n == 2 %}".repeat(60) + "{% endif %}";
        for source in [brackets, sum, chain, ternary, unary, blocks.replace("in l", "in [1]"), branches] {
            let shown: String = source.chars().take(60).collect();
            try_render(&source).unwrap_or_else(|error| panic!("{shown}: {error}"));
        }
        try_render(&calls).unwrap();
        let deep = "{% set l = [n] %}".to_owned() + &"{% set l = [l] %}".repeat(100);
        for last in [
            "{{ l }}",
            "{{ l ~ '' }}",
            "{{ l == [l] }}",
            "{{ [l, [l]]|sort }}",
            "{{ '%s'|format(l) }}",
            "{{ l|string|length }}",
        ] {
            try_render(&(deep.clone() + last)).unwrap_or_else(|error| panic!("{last}: {error}"));
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn the_limits_are_those_given() {
    let template = Engine::default().template("{% for i in range(100) %}{{ i }},{% endfor %}", Escape::None).unwrap();
    let limits = |memory, output| template.render(&context(), &RenderLimits { memory, output });
    assert!(limits(1 << 20, 1 << 10).is_ok());
    assert!(limits(1 << 20, 100).unwrap_err().message.contains("limit of 100 bytes"));
    assert!(limits(1 << 10, 1 << 10).unwrap_err().message.contains("too much"));
    let expression = Engine::default().expression("[s, s]").unwrap();
    let error = expression.evaluate(&context(), &RenderLimits { output: 1000, ..RenderLimits::default() }).unwrap_err();
    assert!(error.message.contains("limit of 1000 bytes"));
}

#[test]
fn a_template_is_rendered_within_so_many_steps_or_not_at_all() {
    let template = Engine::default().template("{% for n in range(1000) %}{{ n }},{% endfor %}", Escape::None).unwrap();
    let (context, limits) = (Context::new(&()), RenderLimits::default());
    let whole = template.render(&context, &limits).unwrap();
    let mut steps = 10_000;
    assert_eq!(template.render_within(&context, &limits, &mut steps), None);
    assert_eq!(steps, 0, "what was done in vain is paid for");
    steps = u64::MAX;
    assert_eq!(template.render_within(&context, &limits, &mut steps), Some(Ok(whole.clone())));
    let taken = u64::MAX - steps;
    assert!(taken > 10_000, "{taken}");
    steps = taken;
    assert_eq!((template.render_within(&context, &limits, &mut steps), steps), (Some(Ok(whole)), 0));

    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
    let template = Engine::default().template(endless, Escape::None).unwrap();
    let failed = template.render_within(&context, &limits, &mut { u64::MAX }).unwrap();
    assert_eq!(failed, template.render(&context, &limits));
}
