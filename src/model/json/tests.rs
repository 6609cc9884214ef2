use super::*;
use crate::webhook::WebhookSettings;

#[test]
fn every_wrong_field_is_told_at_its_place() {
    let errors = |json: &str| {
        let errors = read_json_fully::<WebhookSettings>(json.as_bytes()).unwrap_err();
        let mut pointers: Vec<String> = errors.into_iter().map(|error| error.pointer).collect();
        pointers.sort_unstable();
        pointers
    };
    assert_eq!(
        errors(
            r#"{"url":5,"event_types":["a b","ok","c d","e f","*"],"timeout":"x","colour":1,"max_concurrency":0,
                "signing":{"dialects":[{"type":"hub"},{"type":"x"}],"algorithm":"md5","more":1},
                "retry":{"preset":"quick","schedule":[]}}"#
        ),
        [
            "/colour",
            "/event_types/0",
            "/event_types/2",
            "/event_types/3",
            "/max_concurrency",
            "/retry",
            "/signing/algorithm",
            "/signing/dialects/1/type",
            "/signing/more",
            "/timeout",
            "/url"
        ]
    );
    assert_eq!(
        errors(r#"{"event_types":["a b"],"name":1}"#),
        ["/event_types/0", "/name", "/url"],
        "the URL is missing"
    );
    assert_eq!(errors(r#"{"url":"#), ["/url"], "what is no JSON is told once");
    let many = format!(r#"{{"url":"https://a.example","event_types":[{}]}}"#, vec!["\" \""; 100].join(","));
    assert_eq!(errors(&many).len(), MOST_ERRORS);
}

#[test]
fn an_unknown_name_is_told_with_the_one_that_is_meant() {
    for (json, message) in [
        (r#"{"endpoint_url":1}"#, "unknown field `endpoint_url`; did you mean `url`? expected one of `name`"),
        (r#"{"events":[]}"#, "unknown field `events`; did you mean `event_types`? expected one of"),
        (r#"{"payload":{"type":"cloud_events"}}"#, "did you mean `cloudevents`?"),
        (r#"{"colour":[]}"#, "unknown field `colour`, expected one of"),
    ] {
        let error = read_json::<WebhookSettings>(json.as_bytes()).unwrap_err();
        assert!(error.message.contains(message), "{error:?}");
    }
}

#[test]
fn an_error_names_the_place_and_the_fix() {
    let check = |json: &str, pointer: &str, part: &str| {
        let error = read_json::<WebhookSettings>(json.as_bytes()).unwrap_err();
        assert_eq!(error.pointer, pointer, "{error:?}");
        assert!(error.message.contains(part), "{error:?}");
    };
    check(r#"{"url":"ftp://example.com/"}"#, "/url", "use https");
    check(r#"{"url":"https://example.com","colour":1}"#, "/colour", "unknown field `colour`");
    check(r#"{"url":"https://example.com","event_types":["a","b c"]}"#, "/event_types/1", "price.alert");
    check(r#"{"url":"https://example.com","timeout":"5"}"#, "/timeout", "30s");
    check(r#"{"url":"https://example.com","retry":{"preset":"quick","schedule":[]}}"#, "/retry", "exactly one of");
    check(r#"{"url":"https://example.com"} x"#, "", "after the end");
    check(r#"{"url":"#, "/url", "the text ends");
}

#[test]
fn what_is_no_json_is_told_with_its_line_and_column() {
    for (json, message) in [
        (
            "{\"url\": \"é\",\n  \"name\" 1}",
            "a `:` has to come between the name of a member and its value, at line 2, column 10 (byte 24)",
        ),
        ("{\"url\": \"a\",\n}", "a `,` comes after the last value; leave it out, at line 2, column 1 (byte 14)"),
        ("{\"url\":", "the text ends where a value has to come, at line 1, column 7 (byte 7)"),
        ("", "there is nothing to read; a JSON document has to come, like {}, at line 1, column 0 (byte 0)"),
        (
            "{\"url\": \"https://a.example/\"}\n\n  x",
            "there is more after the end of the JSON document, at line 3, column 3 (byte 34)",
        ),
    ] {
        assert_eq!(read_json_fully::<WebhookSettings>(json.as_bytes()).unwrap_err()[0].message, message);
    }
}

#[test]
fn an_error_speaks_of_json() {
    #[derive(serde::Deserialize, Debug)]
    #[allow(dead_code)]
    struct Small {
        count: Option<u32>,
        names: Option<Vec<String>>,
        inner: Option<Box<Small>>,
        payload: Option<crate::webhook::Payload>,
    }
    for (json, message) in [
        (r#""x""#, "this has to be an object, and is string \"x\""),
        (r#"{"inner":5}"#, "this has to be an object, and is integer `5`"),
        (r#"{"inner":[1]}"#, "this has to be an object, and is a list"),
        (r#"{"payload":{"type":5}}"#, "this has to be a string, and is integer `5`"),
        (r#"{"names":{}}"#, "this has to be a list, and is an object"),
        (r#"{"names":[true]}"#, "this has to be a string, and is boolean `true`"),
        (
            r#"{"count":"x, expected y"}"#,
            "this has to be a whole number that is not negative and not too large, \
            and is string \"x, expected y\"",
        ),
        (
            r#"{"count":-1}"#,
            "this has to be a whole number that is not negative and not too large, \
            and is integer `-1`",
        ),
    ] {
        assert_eq!(read_json::<Small>(json.as_bytes()).unwrap_err().message, message);
    }
}

#[test]
fn what_is_there_twice_is_told_with_its_place() {
    for (json, pointer) in [
        (r#"{"url":"https://a.example/","url":"https://b.example/"}"#, "/url"),
        (r#"{"url":"https://a.example/","metadata":{"a":"1","b":"2","a":"1"}}"#, "/metadata/a"),
        (r#"{"url":"https://a.example/","auth":{"type":"bearer","token":"t","token":"u"}}"#, "/auth/token"),
        (r#"{"url":"https://a.example/","filter":{"data":{"x/y":1,"x/y":2}}}"#, "/filter/data/x~1y"),
        (r#"{"url":"https://a.example/","retry":{"preset":"quick","preset":"quick"}}"#, "/retry/preset"),
    ] {
        let error = read_json::<WebhookSettings>(json.as_bytes()).unwrap_err();
        assert!(error.pointer == pointer && error.message.contains("is there twice"), "{json}: {error:?}");
        // A merge patch is read as it is.
        let error = read_json::<Map<String, Value>>(json.as_bytes()).unwrap_err();
        assert!(error.pointer == pointer && error.message.ends_with("is there twice; give it once"), "{error:?}");
    }
}

#[test]
fn a_wrong_member_of_a_kind_has_its_place() {
    for (part, pointer, said) in [
        (r#""auth":{"type":"bearer","token":null}"#, "/auth/token", "has to be a string, and is null"),
        (r#""auth":{"type":"bearer"}"#, "/auth/token", "missing field `token`"),
        (r#""auth":{"token":"t"}"#, "/auth/type", "missing field `type`"),
        (r#""auth":{"type":"basic","username":"a:b","password":5}"#, "/auth/password", "and is integer `5`"),
        (r#""auth":{"type":"basic","username":"a:b","password":"p"}"#, "/auth/username", "colon"),
        (r#""auth":{"type":"bearer","token":"t","tokens":1}"#, "/auth/tokens", "did you mean `token`?"),
        (r#""payload":{"type":"template","template":""}"#, "/payload/template", "1 to 65536"),
        (r#""payload":{"type":"cloudevents","mode":"x"}"#, "/payload/mode", "unknown variant `x`"),
        (
            r#""signing":{"dialects":[{"type":"hub"},{"type":"timestamped","header":"a b"}]}"#,
            "/signing/dialects/1/header",
            "",
        ),
        (r#""signing":{"dialects":[{"type":"timestamped"}]}"#, "/signing/dialects/0/header", "missing field"),
    ] {
        let json = format!(r#"{{"url":"https://a.example/",{part}}}"#);
        let errors = read_json_fully::<WebhookSettings>(json.as_bytes()).unwrap_err();
        let error = &errors[0];
        assert!(error.pointer == pointer && error.message.contains(said), "{part}: {errors:?}");
    }
    let two = r#"{"url":5,"auth":{"type":"basic","username":"a:b","password":5}}"#;
    let errors = read_json_fully::<WebhookSettings>(two.as_bytes()).unwrap_err();
    let mut pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/auth/password", "/auth/username", "/url"]);
}

#[test]
fn null_is_taken_for_nothing_where_it_means_nothing() {
    #[derive(serde::Deserialize, Debug, Default, PartialEq)]
    #[serde(default, deny_unknown_fields)]
    struct Small {
        count: u32,
        word: Word,
        any: Option<Value>,
        maybe: Option<u32>,
        inner: Vec<Inner>,
    }
    #[derive(serde::Deserialize, Debug, Default, PartialEq)]
    struct Inner {
        n: u32,
        #[serde(default)]
        m: String,
    }
    #[derive(serde::Deserialize, Debug, Default, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        #[default]
        One,
    }
    let read = |json: &str| read_json_fully::<Small>(json.as_bytes());
    let nothing = r#"{"count": null, "word": null, "any": null, "maybe": null, "inner": null}"#;
    assert_eq!(read(nothing).unwrap(), Small::default());
    let many = r#"{"inner": [{"n": 1, "m": null}, {"n": 2, "m": "x"}, {"n": 3, "m": null}], "any": 1.50}"#;
    let many = read(many).unwrap();
    assert_eq!(
        many.inner.iter().map(|inner| (inner.n, inner.m.as_str())).collect::<Vec<_>>(),
        [(1, ""), (2, "x"), (3, "")]
    );
    for (json, pointer, message) in [
        (r#"{"inner": [{"n": null}]}"#, "/inner/0/n", "missing field `n`"),
        (r#"{"inner": [null]}"#, "/inner/0", "this has to be an object, and is null"),
        (r#"{"colour": null}"#, "/colour", "unknown field `colour`"),
        (r#"{"count": null, "word": "two"}"#, "/word", "unknown variant `two`"),
        (r#"{"count": null, "word": 5}"#, "/word", "this has to be one of `one`, and is integer `5`"),
        (r#"{"count": null, "maybe": }"#, "/maybe", "a value is missing here"),
    ] {
        let errors = read(json).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{json}: {errors:?}") };
        assert!(error.pointer == pointer && error.message.contains(message), "{json}: {error:?}");
    }
    let errors = read(r#"{"word": "two", "count": null, "maybe": "x"}"#).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["/word", "/maybe"]);
}
