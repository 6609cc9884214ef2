//! How a tenant's portal looks: written by operators, read by the tenant's keys, and nothing but a look.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::app::TestApp;

fn logo(kind: &str, image: &[u8]) -> String {
    format!("data:image/{kind};base64,{}", STANDARD.encode(image))
}

#[tokio::test]
async fn a_theme_is_written_by_operators_and_read_by_the_tenants_keys() {
    let app = TestApp::start().await;
    let key = app.tenant("acme").await;
    let read = || app.call_as(&key, "GET", "/theme").send();
    let none = json!({"accent": null, "logo": null, "mode": "auto", "radius": null, "name": "", "updated_at": null});
    assert_eq!(read().await.expect(200).json, none);
    let theme = json!({"accent": "#2456D6", "logo": logo("png", b"\x89PNG\r\n\x1a\n12345"), "mode": "dark", "radius": 0,
        "name": "Acme Tráding"});
    let put = |body: Value| app.call("PUT", "/theme").header("tenant", "acme").json(body);
    let saved = put(theme.clone()).await.expect(200);
    for (name, value) in theme.as_object().unwrap() {
        let expected = if name == "accent" { &json!("#2456d6") } else { value };
        assert_eq!(&saved.json[name], expected, "{name}");
    }
    assert_eq!(read().await.expect(200).json, saved.json);
    assert_eq!(app.get("/theme").await.expect(200).json, none, "another tenant's is its own");
    app.call_as(&key, "PUT", "/theme").json(json!({})).await.problem(403, "missing_scope");
    app.call_as(&key, "DELETE", "/theme").send().await.problem(403, "missing_scope");
    let blind = app.key(json!({"name": "blind", "tenant": "acme", "scopes": ["events:write"]})).await;
    app.call_as(&blind, "GET", "/theme").send().await.problem(403, "missing_scope");

    let smaller = put(json!({"name": "Acme"})).await.expect(200);
    assert_eq!(
        (smaller.at("/logo"), smaller.at("/mode")),
        (&Value::Null, &json!("auto")),
        "the whole of it is replaced"
    );
    let usage = app.call_as(&key, "GET", "/usage").send().await.expect(200);
    assert_eq!(usage.at("/saved/used"), &json!(0), "it is none of what is saved by name");
    assert!(usage.at("/event_bytes/used").as_u64() > Some(256));
    app.call("DELETE", "/theme").header("tenant", "acme").send().await.expect(204);
    app.call("DELETE", "/theme").header("tenant", "acme").send().await.expect(204);
    assert_eq!(read().await.expect(200).json, none);
    assert_eq!(app.call_as(&key, "GET", "/usage").send().await.at("/event_bytes/used"), &json!(0));
}

#[tokio::test]
async fn what_is_no_look_is_refused() {
    let app = TestApp::start().await;
    let svg = logo("svg+xml", b"<svg onload='alert(1)'/>");
    let large = logo("png", &[b"\x89PNG\r\n\x1a\n".as_slice(), &[0; 50_000]].concat());
    for (body, pointer) in [
        (json!({"logo": svg}), "/logo"),
        (json!({"logo": logo("png", b"<svg onload='alert(1)'/>")}), "/logo"),
        (json!({"logo": "https://example.com/logo.png"}), "/logo"),
        (json!({"logo": "javascript:alert(1)"}), "/logo"),
        (json!({"logo": large}), "/logo"),
        (json!({"accent": "red"}), "/accent"),
        (json!({"accent": "#12345678"}), "/accent"),
        (json!({"accent": "url(https://evil.example/)"}), "/accent"),
        (json!({"mode": "sepia"}), "/mode"),
        (json!({"radius": 13}), "/radius"),
        (json!({"radius": -1}), "/radius"),
        (json!({"radius": 1.5}), "/radius"),
        (json!({"name": "n".repeat(101)}), "/name"),
        (json!({"name": "a\u{202e}\nb"}), "/name"),
        (json!({"css": "body{}"}), "/css"),
    ] {
        app.call("PUT", "/theme").json(body).await.wrong_field(pointer, "");
    }
    for (kind, image) in [("jpeg", &b"\xff\xd8\xff\xe0"[..]), ("webp", b"RIFF\x04\0\0\0WEBP")] {
        app.call("PUT", "/theme").json(json!({"logo": logo(kind, image), "radius": 12})).await.expect(200);
    }
    let all = app.call("PUT", "/theme").header("tenant", "*").json(json!({})).await;
    all.problem(400, "one_tenant_only");
}
