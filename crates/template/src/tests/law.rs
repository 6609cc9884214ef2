//! For any values, in any place: what is written parses, and the values come back.

use super::*;

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

/// As it is after it was written and read: some floats differ in their last bit.
fn read_back(value: &Value) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Number(number) => crate::Decimal::parse(&number.to_string()).unwrap().to_string(),
        other => other.to_string(),
    }
}

/// Text with everything that has a meaning to JSON or Jinja.
fn nasty() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            Just("\""),
            Just("\\"),
            Just("{{"),
            Just("}}"),
            Just("{%"),
            Just("%}"),
            Just("\n"),
            Just("\u{0}"),
            Just("\\u00"),
            Just("\","),
            Just("\":1}"),
            Just("'"),
            Just("{#"),
            Just("\u{2028}"),
            Just("😀"),
            Just("x"),
            Just("|safe"),
        ],
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

/// What can stand between quotes.
fn inside() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_owned()),
        Just("{{ s }}".to_owned()),
        Just("\\\"{{- s }}\\\\".to_owned()),
        Just("{# \" #}".to_owned()),
        Just("{% raw %}{{ {% {# {% endraw %}".to_owned()),
        Just("{{ l }}".to_owned()),
        Just("{{ '\"' ~ s }}".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| parts.concat()),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{% if b %}}{a}{{% else %}}{b}{{% endif %}}")),
            inner.clone().prop_map(|a| format!("{{% for x in l %}}{a}{{{{ x }}}}{{% endfor %}}")),
            inner.clone().prop_map(|a| format!("{{% filter upper %}}\"{a}{{% endfilter %}}")),
            inner.prop_map(|a| format!("{{% set q %}}\"{a}{{% endset %}}{{{{ q }}}}")),
        ]
    })
}

/// A JSON document with tags in it.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        inside().prop_map(|inside| format!("\"{inside}\"")),
        Just("{{ s }}".to_owned()),
        Just("{{ l|join(s) }}".to_owned()),
        Just("{{ {'a': [s, l]} }}".to_owned()),
        inside().prop_map(|a| format!("{{% filter lower %}}\"{a}{{% endfilter %}}")),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" , "))),
            (inside(), inner.clone()).prop_map(|(key, value)| format!("{{ \"{key}\":{value} }}")),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| format!("{{% if b -%}} {a} {{%- else %}}{b}{{% endif %}}")),
            inner.clone().prop_map(|a| format!("[{{% for x in l %}}{a},{{% endfor %}}{{{{ s }}}}]")),
            inner.prop_map(|a| format!("{{% with y = s %}}[{a}, \"{{{{ y }}}}\"]{{% endwith %}}")),
        ]
    })
}

/// A document without what its texts say.
fn shape(value: &Value) -> Value {
    match value {
        Value::String(_) => json!("…"),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(fields) => json!({"fields": fields.values().map(shape).collect::<Vec<_>>()}),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn what_values_say_never_changes_the_shape(source in document(), s in nasty(), b: bool) {
        let tame = written(&source, &json!({"s": "x", "l": ["y", "z"], "b": b}));
        let wild = written(&source, &json!({"s": s, "l": [s, s], "b": b}));
        prop_assert_eq!(shape(&tame), shape(&wild));
    }

    #[test]
    fn values_come_back(v in value(), s in nasty(), t in any::<String>()) {
        let context = json!({"v": v, "s": s, "t": t, "list": [s, t]});
        let source = r#"{"out": {{ v }}, "in": "<{{ v }}>", "s": {{ s }}, "st": "{{ s }}{{- t -}}", "{{ s }}.": 1,
            "branch": {% if s %}"{{ t }}"{% else %}{{ v }}{% endif %}, "quoted": "{% if s %}{{ s }}{% else %}no{% endif %}",
            "loop": [{% for x in list %}"{{ x }}"{{ "," }}{% endfor %}0], "lit": "\"\\{{ t }}\u00e9"}"#
            .replace("{{ \",\" }}", ",");
        let out = written(&source, &context);
        prop_assert_eq!(&out["out"], &read_back(&v));
        prop_assert_eq!(&out["in"], &json!(format!("<{}>", as_text(&v))));
        prop_assert_eq!(&out["s"], &json!(s));
        prop_assert_eq!(&out["st"], &json!(format!("{s}{t}")));
        prop_assert_eq!(&out[&format!("{s}.")], &json!(1));
        prop_assert_eq!(&out["branch"], &if s.is_empty() { read_back(&v) } else { json!(t) });
        prop_assert_eq!(&out["quoted"], &json!(if s.is_empty() { "no" } else { &s }));
        prop_assert_eq!(&out["loop"], &json!([s, t, 0]));
        prop_assert_eq!(&out["lit"], &json!(format!("\"\\{t}é")));
    }

    #[test]
    fn captured_and_filtered_texts_come_back(v in value(), s in nasty()) {
        let context = json!({"v": v, "s": s});
        let source = r#"{% set x %}"{{ s }}{{ v }}{% endset %}{% set y = x ~ s %}{"x": {{ x }}, "y": "{{ y }}", "z": "{% filter trim("") %}"{{ s }}{% endfilter %}",
            "j": {{ v|tojson }}, "l": {{ [s, s]|join(s) }}, "r": "{{ s|replace("x", s) }}", "d": {{ {s: v} }}, "e": "{{ s|escape }}"}"#;
        let x = format!("\"{s}{}", as_text(&v));
        let out = written(source, &context);
        prop_assert_eq!(&out["x"], &json!(x));
        prop_assert_eq!(&out["y"], &json!(format!("{x}{s}")));
        prop_assert_eq!(&out["z"], &json!(format!("\"{s}")));
        prop_assert_eq!(&out["j"], &json!(v.to_string()));
        prop_assert_eq!(&out["l"], &json!(format!("{s}{s}{s}")));
        prop_assert_eq!(&out["r"], &json!(s.replace('x', &s)));
        prop_assert_eq!(&out["d"], &json!({s.clone(): read_back(&v)}));
    }

    /// Any source: refused or compiled, without panic; and rendered, what comes out ends.
    #[test]
    fn any_source_is_read_without_panic(source in "[{}%#\"\\\\|()\\[\\]a-c.,:*+~ \n=-]{0,60}|\\PC{0,40}") {
        for escape in [Escape::Json, Escape::None] {
            if let Ok(template) = Engine::default().template(&source, escape) {
                let _ = template.render(&Context::new(&json!({"a": 1, "b": [1], "c": "x"})), &RenderLimits::default());
            }
        }
        let _ = Engine::default().expression(&source);
    }

    #[test]
    fn guards_change_nothing(a in -9i64..9, b in 1i64..9, op in "[-+*/%~]|//|==|<|<=|and|or|in", close in "|\\|int|\\|list") {
        let plain = format!("(a {op} [a, b][0] if 'x' {op} 'y' is string else b){close}");
        let source = plain.replace("'x' ~ 'y'", "'xy'");
        let context = json!({"a": a, "b": b});
        let mut env = minijinja::Environment::new();
        env.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let theirs = env.compile_expression(&source).ok().and_then(|e| e.eval(minijinja::value::Serde(&context)).ok());
        let ours = Engine::default().expression(&source).and_then(|e| e.evaluate(&Context::new(&context), &RenderLimits::default()));
        match theirs {
            Some(theirs) => prop_assert_eq!(ours, Ok(serde_json::to_value(&theirs).unwrap()), "{}", source),
            None => prop_assert!(ours.is_err(), "{}: {:?}", source, ours),
        }
    }
}
