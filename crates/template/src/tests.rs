//! What templates mean, what they cannot do, and the law: what values say never changes the shape of what is written.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod hostile;
mod law;
mod lexer;

fn render(source: &str, context: &Value) -> Result<String, TemplateError> {
    Engine::default().template(source, Escape::Json)?.render(&Context::new(context), &RenderLimits::default())
}

fn text(source: &str, context: &Value) -> String {
    let template = Engine::default().template(source, Escape::None).unwrap_or_else(|error| panic!("{source}: {error}"));
    template
        .render(&Context::new(context), &RenderLimits::default())
        .unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The JSON that the template writes.
fn written(source: &str, context: &Value) -> Value {
    let output = render(source, context).unwrap_or_else(|error| panic!("{source}: {error}"));
    check_json(&output).unwrap_or_else(|error| panic!("{source}: {error}"));
    serde_json::from_str(&output).unwrap()
}

fn refusal(source: &str) -> TemplateError {
    Engine::default().template(source, Escape::Json).map(|_| ()).expect_err(source)
}

fn event() -> Value {
    json!({
        "id": "evt_1", "type": "price.alert", "timestamp": "2026-01-31T12:00:00.000Z",
        "data": {
            "symbol": "BRK\"B", "price": 1234.5, "change": -2.25, "note": null, "hot": true, "volume": 12_000_000,
            "tags": ["a", "b\\"], "legs": [{"n": 2, "side": "buy"}, {"n": 1, "side": "sell"}],
            "nested": {"k": [1, {"x": "\u{1}"}]}
        }
    })
}

#[test]
fn between_quotes_a_value_is_text_and_outside_of_them_json() {
    let source = r#"{"text": "{{ data.symbol }} at {{ data.price }}, {{ data.note }}{{ data.hot }}", "price": {{ data.price }},
        "symbol": {{ data.symbol }}, "note": {{ data.note }}, "tags": {{ data.tags }}, "all": "{{ data.nested }}"}"#;
    assert_eq!(
        written(source, &event()),
        json!({
            "text": "BRK\"B at 1234.5, true", "price": 1234.5, "symbol": "BRK\"B", "note": null,
            "tags": ["a", "b\\"], "all": "{\"k\":[1,{\"x\":\"\\u0001\"}]}"
        })
    );
}

#[test]
fn text_is_written_as_it_is() {
    let context = event();
    assert_eq!(
        text("{{ data.symbol }}={{ data.price }} {{ data.note }}{{ data.tags }}\n", &context),
        r#"BRK"B=1234.5 ["a","b\\"]"#
    );
    assert_eq!(text("a \" {{ 'x' }}", &context), "a \" x");
}

#[test]
fn statements_are_jinjas() {
    let check = |source: &str, expected: &str| assert_eq!(text(source, &event()), expected, "{source}");
    check("{% if data.price > 1000 and not data.note %}high{% elif data.hot %}hot{% else %}low{% endif %}", "high");
    check("{% for leg in data.legs if leg.n > 1 %}{{ loop.index }}:{{ leg.side }}{% else %}none{% endfor %}", "1:buy");
    check("{% for k, v in data.legs[0]|items %}{{ k }}={{ v }};{% endfor %}", "n=2;side=buy;");
    check("{% for i in range(3) %}{{ i }}{{ ',' if not loop.last }}{% endfor %}", "0,1,2");
    check("{% set a, b = [1, 2] %}{{ a + b }}", "3");
    check("{% set x %}<{{ data.tags[0] }}>{% endset %}{{ x|upper }}", "<A>");
    check("{% filter upper|trim %} a{{ data.price }} {% endfilter %}", "A1234.5");
    check("{% with x = 1, y = 'b' %}{{ x }}{{ y }}{% endwith %}", "1b");
    check(
        "{% set ns = namespace(n=0) %}{% for l in data.legs %}{% set ns.n = ns.n + l.n %}{% endfor %}{{ ns.n }}",
        "3",
    );
    check("a {#- {{ nothing }} -#} b{% raw %}{{ x }}{% endraw %}", "ab{{ x }}");
    check("[ {{- 1 -}} ] {%- if true -%}  x  {%- endif %}", "[1]x");
    check("{{ loop_var|default('d') }}{{ data.missing|default('e') }}{{ data.x is defined }}", "defalse");
}

#[test]
fn expressions_are_jinjas() {
    let check = |source: &str, expected: Value| {
        let found = Engine::default()
            .expression(source)
            .and_then(|e| e.evaluate(&Context::new(&event()), &RenderLimits::default()));
        assert_eq!(found, Ok(expected), "{source}");
    };
    check("data.price * 2 + 1", json!(2470.0));
    check("7 // 2 + 7 % 4 - 2 ** 3", json!(-2));
    check("-data.legs[0].n|abs", json!(2));
    check("data['symbol'] ~ '-' ~ 1", json!("BRK\"B-1"));
    check("data.tags + ['c']", json!(["a", "b\\", "c"]));
    check("data.symbol[0:3] ~ data.symbol[-1]", json!("BRKB"));
    check("data.tags[::-1]", json!(["b\\", "a"]));
    check("'a' 'b'[1:]", json!("b"));
    check(
        "data.price > 1000 and data.symbol is startingwith 'BRK' and 'a' in data.tags and 3 not in [1, 2]",
        json!(true),
    );
    check("1 if data.note is none else 2", json!(1));
    check("'x' if data.hot is false else none", json!(null));
    check("5 is divisibleby 5 and 4 is not odd and 2 is in [1, 2] and 3 is eq(3)", json!(true));
    check("data.legs|sort(attribute='n')|map(attribute='side')|join('/')", json!("sell/buy"));
    check("data.legs|selectattr('side', 'eq', 'buy')|map(attribute='n')|sum", json!(2));
    check("[3, 1, 3]|unique|sort|reverse|list", json!([3, 1]));
    check("{'a': 1, 'b': [true, none]}", json!({"a": 1, "b": [true, null]}));
    check("{'buy': 'B', 'sell': 'S'}[data.legs[1].side]", json!("S"));
    check("(1, 2)|first ~ [1, 2]|last ~ [1, 2]|length", json!("122"));
    check("data.legs|groupby('side')|map(attribute=0)|join(',')", json!("buy,sell"));
    check("[1, 2, 3]|batch(2)|list|tojson", json!("[[1,2],[3]]"));
    check("'%s %.1f' % 1 if false else '%05.1f'|format(2.25)", json!("002.2"));
    check("'a-b'|replace('-', '+')|upper|title|capitalize|lower|trim", json!("a+b"));
    check("'3.7'|float|round|int + '0x10'|int(base=16) + true|int", json!(21));
    check("2.345|round(2) ~ 25|round(-1)", json!("2.3520"));
    check("range(5, 0, -2)|list + range(2)|list", json!([5, 3, 1, 0, 1]));
    check("dict(a=1, b=2)|dictsort|map('last')|list", json!([1, 2]));
    check("['a', 'B']|map('upper')|select('in', ['A'])|list", json!(["A"]));
    check("'a b,c'|split(',') + 'x\ny'|lines + 'p q'|split", json!(["a b", "c", "x", "y", "p", "q"]));
    check("data.volume * 1.5e3 + 0x10 + 1_000", json!(18_000_001_016.0_f64));
    check("data.legs.0.side", json!("buy"));
}

#[test]
fn zones_have_their_daylight_saving_time() {
    let check = |zone: &str, winter: &str, summer: &str| {
        for (time, expected) in [("2026-01-31T12:00:00Z", winter), ("2026-07-31T12:00:00Z", summer)] {
            let source = format!("{{{{ '{time}'|time('%H:%M %Z', zone='{zone}') }}}}");
            assert_eq!(text(&source, &json!({})), expected, "{zone}");
        }
    };
    check("Europe/Berlin", "13:00 CET", "14:00 CEST");
    check("America/New_York", "07:00 EST", "08:00 EDT");
    check("Asia/Kolkata", "17:30 IST", "17:30 IST");
    assert_eq!(
        text("{{ '2026-07-31T12:00:00Z'|time(zone=z) }}", &json!({"z": "Europe/London"})),
        "2026-07-31 13:00 +01:00"
    );
    // What cannot work is refused before anything is sent.
    for (source, part) in [
        ("{{ t|time(zone='Europe/Berlim') }}", "did you mean Europe/Berlin?"),
        ("{{ t|time('%H', 'Mars/Base') }}", "a name like Europe/Berlin"),
        ("{{ t|upper|time('%H', zone = '+25') }}", "a distance from it like +05:30"),
        ("{{ t|time('%!') }}", "strftime"),
    ] {
        let error = refusal(source);
        assert!(error.to_string().contains(part), "{source}: {error}");
    }
    refusal("{% if true %}{{ [t, (t|time(format='%Q%'))] }}{% endif %}");
    Engine::default().template("{{ t|time(f, z) }}{{ t|time(f(')'), z) if false }}", Escape::Json).unwrap_err();
    Engine::default().template("{{ t|time(f, zone=z) }}{{ t|time('%H:%M', (z)) }}", Escape::Json).unwrap();
}

#[test]
fn names_that_stand_for_nothing_are_found() {
    let check = |source: &str| {
        let template = Engine::default().template(source, Escape::None).unwrap();
        template.check_names(&["id", "type", "timestamp", "data"], "data").map_err(|error| error.to_string())
    };
    for source in [
        "{{ id }}{{ data.symbol }}{% for x in data.list %}{{ loop.index }}{{ x }}{% endfor %}",
        "{% set y = 1 %}{{ y }}{% with z = y %}{{ z }}{% endwith %}{{ range(3)|list }}{{ dict(a=1) }}",
        "{{ data.items|map(attribute='x')|join }} symbol {# symbol #} {% raw %}{{ symbol }}{% endraw %}",
    ] {
        assert_eq!(check(source), Ok(()), "{source}");
    }
    assert_eq!(
        check("{{ data.symbol }}\n{{ symbol }}{{ price }}").unwrap_err(),
        "line 2: there is no `symbol`; did you mean `data.symbol`? There are id, type, timestamp, data"
    );
    assert!(check("{% if x is defined %}{% endif %}").unwrap_err().contains("`data.x`"));
    assert!(check("{{ timestmp }}").unwrap_err().contains("did you mean `timestamp`?"));
    let error = Engine::default().expression("price * 2").unwrap().check_names(&["data"], "data").unwrap_err();
    assert!(error.to_string().contains("`data.price`"));
}

#[test]
fn links_stay_links_in_every_markdown() {
    let escaped = |flavor: &str, value: &str| {
        let source = if flavor.is_empty() {
            "{{ t|markdown_escape }}".into()
        } else {
            format!("{{{{ t|markdown_escape('{flavor}') }}}}")
        };
        text(&source, &json!({"t": value}))
    };
    let link = "https://ops.example/on_call/a-b?x=1&y=2#part";
    for flavor in ["", "discord", "mattermost", "rocketchat", "zulip", "dingtalk", "wecom"] {
        for (value, expected) in
            [(link, link), ("https://m.example/@ada/x_(y)~z", "https://m.example/%40ada/x_%28y%29%7Ez")]
        {
            assert_eq!(escaped(flavor, value), expected, "{flavor}");
        }
        let sentence = escaped(flavor, &format!("see {link}. *now*"));
        assert!(sentence.contains(&format!("see {link}")), "{flavor}: {sentence}");
    }
    // What only looks like one is escaped as everything else.
    assert_eq!(escaped("discord", "xhttps://a_b"), "xhttps\\://a\\_b");
    assert_eq!(escaped("discord", "https://u:p@h.example/"), "https\\://u\\:p\\@h.example/");
    assert_eq!(escaped("discord", "https://**x**"), "https\\://\\*\\*x\\*\\*");
    assert_eq!(
        escaped("discord", "(https://h.example/a) https://h.example/b_"),
        "\\(https://h.example/a\\) https://h.example/b\\_"
    );
    // Telegram takes the backslashes out itself.
    assert_eq!(escaped("telegram", "https://h.example/a_b"), "https://h\\.example/a\\_b");
}

#[test]
fn numbers_money_percentages_and_times_are_written_for_people() {
    let check =
        |source: &str, expected: &str| assert_eq!(text(&format!("{{{{ {source} }}}}"), &event()), expected, "{source}");
    check("data.price|number", "1,234.50");
    check("data.volume|number(0)", "12,000,000");
    check("'1234567.891'|number(decimals=1)", "1,234,567.9");
    check("-0.001|number", "0.00");
    check("data.change|money", "-$2.25");
    check("data.price|money('eur')", "€1,234.50");
    check("data.price|money(currency='JPY')", "¥1,235");
    check("data.price|money('CHF', 0)", "CHF 1,235");
    check("data.change|percent", "-2.25%");
    check("5.25|percent(1)", "+5.3%");
    check("5.25|percent(sign=false)", "5.25%");
    check("0|percent", "0.00%");
    check("2.675|number ~ ' ' ~ -2.675|money", "2.68 -$2.68");
    // Digits, not powers of ten; and none are lost.
    check("0.00000012", "0.00000012");
    check("'0.00000012'|money ~ ' ' ~ 0.0512|money ~ ' ' ~ 1.234|money", "$0.00000012 $0.051 $1.23");
    check("10000000000000000.0 * 1", "10000000000000000");
    check("'123456789012345678901'|number(0)", "123,456,789,012,345,678,901");
    check("data.note|default('-') ~ data.nothing|d('-') ~ data.symbol|default('-')", "--BRK\"B");
    check("''|default('x', true) ~ 0|default('y', boolean=true) ~ ''|default('z')", "xy");
    check("[0.00000012, 1]|join(' ')", "0.00000012 1");
    check("timestamp|time", "2026-01-31 12:00 UTC");
    check("timestamp|time('%d.%m. %H:%M', '+05:30')", "31.01. 17:30");
    check(
        "0|time ~ '|' ~ 1769860800|time ~ '|' ~ 1769860800000|time('%H:%M:%S')",
        "1970-01-01 00:00 UTC|2026-01-31 12:00 UTC|12:00:00",
    );
}

#[test]
fn texts_are_cut_and_escaped_for_where_they_go() {
    let context = json!({"s": "a😀b&<>\"'*_", "long": "é".repeat(10)});
    let check =
        |source: &str, expected: &str| assert_eq!(text(&format!("{{{{ {source} }}}}"), &context), expected, "{source}");
    check("s|truncate(3)", "a😀…");
    check("s|truncate(3, 'utf16')", "a…");
    check("s|truncate(4, 'utf16')", "a😀…");
    check("s|truncate(4, unit='bytes', end='')", "a");
    check("s|truncate(1, end='...')", "a");
    check("long|truncate(10)", &"é".repeat(10));
    check("long|truncate(9)", &("é".repeat(8) + "…"));
    check("s|slack_escape", "a😀b&amp;&lt;&gt;\"'*_");
    check("s|e", "a😀b&amp;&lt;&gt;&quot;&#39;*_");
    check("'a.b*c'|markdown_escape('telegram')", "a\\.b\\*c");
    check("'a.b*c'|markdown_escape('discord')", "a.b\\*c");
    check("'a.b*c[d'|markdown_escape('mattermost')", "a.b\\*c\\[d");
    check("'a.b*c[d'|markdown_escape('rocketchat')", "a.b\\*c[d");
    check("'a.b*c'|markdown_escape", "a\\.b\\*c");
    check("'<!channel> @here'|markdown_escape('mattermost')", "<\u{2060}!channel> @\u{2060}here");
    check("'[a](b) @all'|markdown_escape('zulip')", "[a]\u{2060}(b) @\u{2060}all");
    check("'[a](b) <@all> a@b'|markdown_escape('wecom')", "[a]\u{2060}(b) <\u{2060}@all> a@b");
    check("'a/b é'|urlencode", "a%2Fb%20%C3%A9");
}

#[test]
fn a_filter_that_was_added_is_called_as_any_other() {
    let engine =
        Engine::default().with_filter("shout", |text| text.to_uppercase() + "!").with_filter("upper", |_| "own".into());
    let context = Context::new(&json!({"s": "a\"", "n": 1, "l": ["x"]}));
    let render = |source: &str| engine.template(source, Escape::Json)?.render(&context, &RenderLimits::default());
    assert_eq!(
        render(r#"["{{ s|shout }}", {{ n|shout }}, {{ l|map("shout")|list }}, {{ s|upper }}]"#).unwrap(),
        r#"["A\"!", "1!", ["X!"], "own"]"#
    );
    assert!(render("{{ l|shout }}").unwrap_err().message.contains("`shout` takes a text, not a list"));
    assert!(render("{{ x|shout }}").unwrap_err().message.contains("`x` is not there"));
    assert!(refusal("{{ s|shout }}").message.contains("no filter `shout`"), "elsewhere it is unknown");
    let large = "{% for i in range(900) %}{% set x = (s * 90000)|shout %}{% endfor %}";
    assert!(render(large).unwrap_err().message.contains("too much"), "and is paid for");
}

#[test]
fn what_is_not_there_is_named() {
    let check = |source: &str, name: &str| {
        let error = render(source, &event()).unwrap_err();
        assert!(error.message.contains(&format!("`{name}` is not there")), "{source}: {error}");
        assert_eq!(error.line, Some(2), "{source}");
    };
    check("{\n\"a\": {{ data.symbl }}}", "data.symbl");
    check("{\n\"a\": \"{{ dta.symbol }}\"}", "dta");
    check("{\n\"a\": {{ data.x.y }}}", "data.x");
    check("{\n\"a\": {{ data.x + 1 }}}", "data.x");
    check("{\n\"a\": {{ data.x ~ 'b' }}}", "data.x");
    check("{\n\"a\": {{ data.x|upper }}}", "data.x");
    check("{\n\"a\": {{ data.x|money }}}", "data.x");
    check("{\n{% if data.x == 1 %}{% endif %}}", "data.x");
    check("{\n{% for i in data.x %}{% endfor %}}", "data.x");
    check("{\n{% if data.x %}{% endif %}}", "data.x");
}

#[test]
fn a_template_that_cannot_work_is_refused_with_line_and_fix() {
    let check = |source: &str, line: usize, part: &str| {
        let error = refusal(source);
        assert!(error.message.contains(part), "{source}: {error}");
        assert_eq!(error.line, Some(line), "{source}: {error}");
    };
    check("{\n\"a\": {{ x|monye }}}", 2, "did you mean `money`");
    check("{\"a\": {{ x|map('uper') }}}", 1, "`upper`");
    check("{\"a\": {{ x is defind }}}", 1, "`defined`");
    check("{\"a\": {{ foo(1) }}}", 1, "no function `foo`");
    check("{\"a\": {{ x.items() }}}", 1, "value|items");
    check("{\"a\": {{ x|safe }}}", 1, "always escaped");
    check("{\"a\": \"{{ x }}", 1, "has no end");
    check("{{ 1 }}\n\"a\\{{ x }}\"", 2, "write \\\\");
    check("\"\\u12{{ x }}\"", 1, "four hexadecimal");
    check("\n\"\\x\"", 2, "no escape");
    check("\n{% if a %}\"{% endif %}", 2, "branches");
    check("{% if a %}\"x{% else %}1{% endif %}\"", 1, "branches");
    check("{% for a in b %}\"{% endfor %}", 1, "loop");
    check("\n{% if a %}1", 2, "never closed");
    check("{% if a %}{% endfor %}", 1, "`endif` is due");
    check("{% endif %}", 1, "without");
    check("{% include 'a' %}", 1, "stands alone");
    check("{% macro a() %}{% endmacro %}", 1, "not available");
    check("{% autoescape false %}{% endautoescape %}", 1, "not needed");
    check("{% for a in b recursive %}{% endfor %}", 1, "recursive");
    check("\n\n{{ x", 3, "never closed");
    check("{{ (x }}", 1, "closed by");
    check("{# x", 1, "never closed");
    check("{{ x && y }}", 1, "`and`");
    check("{{ }}", 1, "empty");
    check("{{ a, b }}", 1, "brackets");
    check("{{ range(*a) }}", 1, "write the arguments out");
    check("{{ a b }}", 1, "unexpected");
    check("{{ 'a }}", 1, "no end");
    check("{{ é }}", 1, "cannot stand here");
}

#[test]
fn errors_say_nothing_of_the_data() {
    let context = json!({"secret": "hunter2", "n": 4711, "list": ["hunter2"]});
    for source in [
        "{{ secret|money }}",
        "{{ secret|time }}",
        "{{ n / 0 }}",
        "{{ n % 0 }}",
        "{{ secret * secret }}",
        "{{ secret.x }}",
        "{{ list|number }}",
        "{{ secret|round }}",
        "{{ secret|int }}",
        "{{ secret|sum }}",
        "{{ n|join }}",
        "{{ -secret }}",
        "{{ n|time('%Q%') }}",
        "{{ list|slack_escape }}",
        "{{ secret + n }}",
        "{{ 2 ** n ** n }}",
        "{{ n|split }}",
        "{{ n|markdown_escape(secret) }}",
        "{{ n|money(list) }}",
        "{{ n|number(secret) }}",
        "{{ list|map(secret) }}",
        "{{ range(n, secret) }}",
        "{% for a, b in list %}{% endfor %}",
        "{{ secret|dictsort }}",
        "{{ {list: 1} }}",
        "{{ list[secret] }}",
        "{{ n|indent(secret) }}",
        "{{ n[1:2] }}",
        "{{ '%d'|format(secret) }}",
        "{{ (list|map(attribute=secret)|list)[0].a }}",
        "{{ list|select(secret)|list }}",
        "{{ [n]|map('truncate', 1, secret)|join }}",
    ] {
        let said = render(source, &context).expect_err(source).to_string();
        assert!(!said.contains("hunter2") && !said.contains("4711"), "{source}: {said}");
        assert!(!said.contains("__"), "{source}: {said}");
    }
}

#[test]
fn output_that_is_no_json_is_shown_where_it_breaks() {
    let error = check_json("{\n\"a\": \"x\ny\"}").unwrap_err();
    assert!(error.message.contains("line 2 column") && error.message.contains("write \\n instead"), "{error}");
    assert!(error.message.contains(r#""a": "x"#), "{error}");
    assert!(check_json("[1,]").unwrap_err().message.contains("loop.last"), "trailing comma");
    assert!(check_json(" \n").unwrap_err().message.contains("nothing"));
    let long = format!("[{}x]", "😀,".repeat(100));
    assert!(check_json(&long).unwrap_err().message.contains("…"));
}

#[test]
fn templates_are_equal_by_their_source_and_can_be_shared() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let template = Engine::default().template("{{ 1 }}", Escape::Json).unwrap();
    shared(&template);
    assert_eq!(template, Engine::default().template("{{ 1 }}", Escape::Json).unwrap());
    assert_ne!(template, Engine::default().template("{{ 1 }}", Escape::None).unwrap());
    assert_eq!(template.source(), "{{ 1 }}");
}
