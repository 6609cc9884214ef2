//! What scripts can do, what they cannot, and what they are told. Nothing here asks how fast.

use std::time::Duration;

use super::*;

const EVENT: &str = r#"{"id":"evt_1","type":"price.alert","timestamp":"2026-01-31T12:00:00.000Z","data":{"symbol":"ACME","price":12.5,"note":null}}"#;

/// The input, with the time that it names.
fn event() -> Input<'static> {
    Input { json: EVENT, now: 1_769_860_800_000 }
}

fn transform(body: &str) -> Result<Transformed, ScriptError> {
    transform_within(&RunLimits::default(), body)
}

fn transform_within(limits: &RunLimits, body: &str) -> Result<Transformed, ScriptError> {
    Script::compile(&format!("function transform(event) {{ {body} }}"))?.run(&event(), limits)
}

fn made(body: &str) -> serde_json::Value {
    match transform(body) {
        Ok(Transformed::Json(payload)) => serde_json::from_slice(&payload).unwrap(),
        other => panic!("{body}: {other:?}"),
    }
}

fn fails(body: &str, part: &str) {
    let error = transform(body).expect_err(body);
    assert!(error.message.contains(part), "{body}: {error}");
}

fn refused(code: &str, part: &str) {
    let error = Script::compile(code).expect_err(code);
    assert!(error.message.contains(part), "{code}: {error}");
}

const TOO_SLOW: &str = "longer than 100 ms";
const TOO_LARGE: &str = "more memory than 16 MiB";

#[test]
fn a_script_makes_something_of_its_input() {
    assert_eq!(
        made(
            "const { symbol, price } = event.data; return { text: `${symbol}: ${price.toFixed(2)}`, tags: [symbol.toLowerCase()] }"
        ),
        serde_json::json!({"text": "ACME: 12.50", "tags": ["acme"]})
    );
    assert_eq!(made("return 'é\\u{1F600}\\n'"), "é😀\n");
    assert_eq!(made("return 0.1"), 0.1);
    assert_eq!(made("return { toJSON() { return [1] } }"), serde_json::json!([1]));
    assert_eq!(made("event.data.note = 1; return event").pointer("/data/note"), Some(&1.into()));
}

#[test]
fn null_is_no_value() {
    assert_eq!(transform("return null"), Ok(Transformed::Null));
    assert_eq!(transform("return event.data.price > 10 ? null : event"), Ok(Transformed::Null));
}

#[test]
fn what_is_no_json_is_refused_in_words() {
    fails("", "returned nothing");
    fails("return", "null if there is none");
    fails("return () => 1", "a function");
    fails("return Symbol('x')", "a symbol");
    fails("return 1n", "BigInt");
    fails("return { a: 1n }", "BigInt");
    fails("const a = {}; a.a = a; return a", "circular");
    fails("return Promise.resolve(1)", "a promise");
    fails("return (async () => 1)()", "a promise");
    fails("return { toJSON() {} }", "no JSON");
    fails("return 'x'.repeat(2000000)", "limit is 1048576");
}

#[test]
fn transform_must_be_a_plain_function() {
    refused("", "no `transform`");
    refused("const x = 1", "no `transform`");
    refused("const transform = 5", "of type number");
    refused("class transform {}", "a class");
    refused("const transform = class {}", "a class");
    refused("async function transform() {}", "async");
    refused("const transform = async () => 1", "async");
    refused("function* transform() {}", "generator");
    refused("async function* transform() {}", "async");
    refused("const transform = new Proxy(function () {}, {})", "Proxy is not defined");
    assert!(Script::compile("const transform = (event) => event").is_ok());
    assert!(Script::compile("var transform = function (event) { return event }").is_ok());
    refused(&format!("function transform() {{}} {}", " ".repeat(MAX_SOURCE)), "at most 65536 bytes");
    refused("function transform() {} \0", "zero byte");
}

#[test]
fn errors_carry_the_line_of_the_script() {
    let check = |code: &str, line: u32, part: &str| {
        let error =
            Script::compile(code).and_then(|script| script.run(&event(), &RunLimits::default())).expect_err(code);
        assert_eq!(error.line, Some(line), "{code}: {error}");
        assert!(error.message.contains(part), "{code}: {error}");
    };
    check("function transform(event) {\n  return {\n    a: b.c } }", 3, "ReferenceError: b is not defined");
    check("function transform(event) {\n  return event.x.y }", 2, "TypeError: cannot read property 'y' of undefined");
    check("\n\nfunction transform(event { }", 3, "SyntaxError");
    check("\nnull.x\nfunction transform() {}", 2, "TypeError");
    check("function f() {\n throw new RangeError('no') }\nfunction transform() { f() }", 2, "RangeError: no");
    check("function transform() {\n throw new Error('own words') }", 2, "own words");
}

#[test]
fn odd_things_that_are_thrown_are_errors_too() {
    for thrown in [
        "undefined",
        "null",
        "0",
        "{}",
        "[]",
        "Symbol()",
        "() => 1",
        "1n",
        "new Error",
        "Object.create(null)",
        "{ get message() { throw 1 } }",
        "{ toString() { throw 1 } }",
        "Object.assign(new Error, { message: { toString() { throw 1 } } })",
        "Object.assign(new Error, { name: 7, stack: {} })",
        "new Promise(() => {})",
        "Object.defineProperty(new Error, 'stack', { get() { throw 2 } })",
    ] {
        fails(&format!("throw {thrown}"), "");
    }
    fails("throw 'just text'", "just text");
    fails("throw Object.defineProperty(new Error, 'message', { get() { for (;;); } })", TOO_SLOW);
    fails("throw Object.defineProperty(new Error, 'stack', { get() { for (;;); } })", TOO_SLOW);
    let long = transform("throw new Error('x'.repeat(100000))").unwrap_err();
    assert!(long.message.len() < 400);
}

#[test]
fn whatever_never_ends_is_ended() {
    // Each of them takes all of its time.
    let brief = RunLimits { time: Duration::from_millis(20), ..RunLimits::default() };
    for endless in [
        "for (;;);",
        "while (true) { try { for (;;); } catch { for (;;); } }",
        "try { for (;;); } finally { for (;;); }",
        "try { for (;;); } catch {} return 1",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "return 'a'.repeat(40).replace(/(a|a)*$x/, '')",
        "return { toJSON() { for (;;); } }",
        "return { get a() { for (;;); } }",
        "return [2, 1].sort(() => { for (;;); })",
        "return { [Symbol.toPrimitive]() { for (;;); } } + ''",
        "function* g() { for (;;) yield 1 } for (const x of g());",
        "return [...{ [Symbol.iterator]() { return { next() { return { done: false, value: 1 } } } } }].length",
        "label: for (;;) continue label;",
        "const f = () => { try { f() } catch { f() } }; f()",
        "Array.prototype.every.call({ length: 2 ** 53 - 1 }, () => true); for (;;);",
        "class A { static { for (;;); } }",
        "new (class { constructor() { for (;;); } })",
        "`${{ toString() { for (;;); } }}`",
    ] {
        let error = transform_within(&brief, endless).expect_err(endless);
        let ended = error.message.contains("longer than 20 ms") || error.message.contains(TOO_LARGE);
        assert!(ended, "{endless}: {error}");
    }
    refused("for (;;); function transform() {}", TOO_SLOW);
}

#[test]
fn whatever_grows_without_end_is_ended() {
    for hog in [
        "const a = []; for (;;) a.push({})",
        "const a = []; for (;;) a.push('x'.repeat(1000) + a.length)",
        "let s = 'x'; for (;;) s = (s + s).toUpperCase()",
        "let s = 'x'; for (;;) s += s",
        "const m = new Map; for (let i = 0; ; i++) m.set(i, i)",
        "let o = {}; for (;;) o = { o }",
        "const a = []; for (let i = 0; ; i++) a[i] = new Array(1000).fill(i)",
        "return JSON.stringify(new Array(4294967295))",
        "return 'x'.padEnd(2 ** 30)",
        "let b = 2n; for (;;) b = b * b",
        "const a = []; for (;;) { try { for (;;) a.push('x'.repeat(99999)) } catch { a.push(1) } }",
        "return (function f(n) { return [f(n + 1), f(n + 1)] })(0)",
        "const f = (...a) => f(...a, ...a); f(1, 2, 3)",
        "return JSON.parse('['.repeat(1000000))",
        "return [[...'x'.repeat(100000)].reduce((a) => [a], 0)]",
        "return new RegExp('('.repeat(100000) + ')'.repeat(100000))",
    ] {
        assert!(transform(hog).is_err(), "{hog}");
    }
    let hog = Script::compile("function transform() { const a = []; for (;;) a.push({ a: 1 }) }").unwrap();
    let patient = RunLimits { time: Duration::from_secs(600), ..RunLimits::default() };
    assert!(hog.run(&event(), &patient).unwrap_err().message.contains(TOO_LARGE));
    fails("return transform(event)", "nested too deeply");
    // Memory that was refused and is not held does no harm.
    assert_eq!(made("try { 'x'.padEnd(2 ** 29) + 1 } catch { return 'small' }"), "small");
}

#[test]
fn nothing_is_kept_from_run_to_run() {
    let script = Script::compile(
        "let count = 0; function transform(event) {
           const seen = [count++, globalThis.leak ?? 0, ({}).polluted ?? 0, [].extra ?? 0, JSON.parse('1')];
           globalThis.leak = 1; Object.prototype.polluted = 1; Array.prototype.extra = 1; JSON.parse = () => 2;
           Object.prototype.toJSON = undefined; String.prototype.repeat = null;
           return seen }",
    )
    .unwrap();
    for _ in 0..3 {
        let Ok(Transformed::Json(payload)) = script.run(&event(), &RunLimits::default()) else { panic!() };
        assert_eq!(payload, "[0,0,0,0,1]");
    }
}

#[test]
fn a_script_that_breaks_its_own_world_gets_an_error_or_an_output() {
    for odd in [
        "JSON.stringify = null; Object.prototype.toJSON = () => 1; return { a: 1 }",
        "Object.defineProperty(Object.prototype, 'then', { get() { throw 1 } }); return {}",
        "Array.prototype[Symbol.iterator] = null; Error.prototype.toString = null; return [1]",
        "Error.stackTraceLimit = -1; return 1",
        "Object.freeze(globalThis); return 1",
    ] {
        assert!(matches!(transform(odd), Ok(Transformed::Json(_))), "{odd}");
    }
    fails("Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')", TOO_SLOW);
    refused(
        "Function.prototype.toString = () => 'x'; String.prototype.startsWith = () => false; const transform = class {}",
        "a class",
    );
}

#[test]
fn there_is_no_way_out_and_nothing_that_differs_from_run_to_run() {
    let names = "Proxy ArrayBuffer Uint8Array DataView Atomics SharedArrayBuffer WeakRef FinalizationRegistry performance \
                 setTimeout setInterval fetch require process module exports print std os Worker load navigator";
    for name in names.split(' ') {
        assert_eq!(made(&format!("return typeof {name}")), "undefined", "{name}");
    }
    fails("return import('std')", "promise");
    refused("import 'std'; function transform() {}", "SyntaxError");
    for maker in [
        "eval",
        "Function",
        "(() => 1).constructor",
        "(function* () {}).constructor",
        "(async () => 1).constructor",
        "(async function* () {}).constructor",
    ] {
        fails(&format!("return {maker}('1')"), "code cannot be made");
    }
    fails("return Math.random()", "the same of the same input");
    let now = "2026-01-31T12:00:00.000Z";
    assert_eq!(
        made(
            "return [new Date(), Date.now(), new Date(0), new Date('2020-01-01').getUTCFullYear(), Date.UTC(2020), new Date() instanceof Date, typeof Date()]"
        ),
        serde_json::json!([
            now,
            1_769_860_800_000_i64,
            "1970-01-01T00:00:00.000Z",
            2020,
            1_577_836_800_000_i64,
            true,
            "string"
        ])
    );
    assert_eq!(made("return new event.constructor.constructor.prototype.constructor.name.constructor('x').length"), 1);
    assert_eq!(made("console.log(1); console.error(2); return 1"), 1);
}

#[test]
fn the_limits_are_those_given() {
    let script = Script::compile("function transform(event) { return 'x'.repeat(event.n) }").unwrap();
    let run = |n: usize, limits: &RunLimits| script.run(&Input { json: &format!("{{\"n\":{n}}}"), now: 0 }, limits);
    let small = RunLimits { output: 102, ..RunLimits::default() };
    assert!(run(100, &small).is_ok());
    assert!(run(101, &small).unwrap_err().message.contains("103 bytes, and its limit is 102"));
    let little = RunLimits { memory: 2 << 20, ..RunLimits::default() };
    assert!(run(100, &little).is_ok());
    assert!(
        run(1 << 20, &RunLimits { output: 1 << 30, ..little }).unwrap_err().message.contains("more memory than 2 MiB")
    );
    assert!(script.run(&Input { json: "{", now: 0 }, &RunLimits::default()).is_err());
}

#[test]
fn scripts_can_be_sent_to_other_threads() {
    fn shared<T: Send + Sync + Clone + PartialEq>(_: &T) {}
    shared(&Script::compile("function transform() { return 1 }").unwrap());
}
