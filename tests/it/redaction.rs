//! No secret, token or credential shows in an answer of the API or in the log, while a lot happens.

use reqwest::Method;
use serde_json::json;

use crate::{
    client::text,
    leaks,
    receiver::{Receiver, Reply, answer, judged, status},
    server::OPERATOR,
};

#[tokio::test]
async fn no_credential_shows_in_answers_or_logs() {
    let data = tempfile::tempdir().unwrap();
    let process = leaks::talkative(data.path()).await;
    let client = process.client.clone();
    let receiver = Receiver::start().await;
    let mut credentials = vec![OPERATOR.to_owned()];
    let mut answers = String::new();
    let quick = json!({"preset": "none"});
    let (mut hooks, mut urls) = (Vec::new(), Vec::new());
    for (place, auth) in [
        json!({"type": "bearer", "token": "bearer-credential-1"}),
        json!({"type": "basic", "username": "user", "password": "basic-credential-2"}),
        json!({"type": "header", "name": "X-Own-Auth", "value": "header-credential-3"}),
        json!({"type": "none"}),
    ]
    .into_iter()
    .enumerate()
    {
        let headers =
            json!({"x-api-key": format!("custom-credential-{place}"), "x-any": format!("any-credential-{place}")});
        let settings = json!({"auth": auth, "headers": headers, "retry": quick});
        let url = receiver.url(&format!("/{place}/url-credential-{place}-aBcD?token=parameter-{place}"));
        let hook = client.webhook(&url, settings).await;
        urls.push(url);
        let (in_path, in_query) = (format!("url-credential-{place}-aBcD"), format!("parameter-{place}"));
        let (custom, any) = (format!("custom-credential-{place}"), format!("any-credential-{place}"));
        credentials.extend([hook.secret.clone(), custom, any, in_path, in_query]);
        hooks.push(hook.id);
    }
    credentials.extend(["bearer-credential-1", "basic-credential-2", "header-credential-3"].map(str::to_owned));
    // As it goes over the wire.
    credentials.push("dXNlcjpiYXNpYy1jcmVkZW50aWFsLTI=".into());

    receiver.next([
        status(500),
        Reply::Close(Vec::new()),
        Reply::Close(b"garbage".to_vec()),
        answer(200, &[("set-cookie", "session=cookie-credential-4"), ("x-auth-token", "token-credential-5")], b"{}"),
    ]);
    // Everything that comes later is answered with itself.
    receiver
        .usually(judged(|received| answer(200, &[], format!("{} {:?}", received.path, received.headers).as_bytes())));
    credentials.extend(["cookie-credential-4".to_owned(), "token-credential-5".to_owned()]);
    client.publish_many(10).await;
    client.idle().await;
    for (place, hook) in hooks.iter().enumerate() {
        let changed = client.change(hook, json!({"name": format!("renamed {place}")})).await;
        answers.push_str(&changed.to_string());
        answers.push_str(&client.post(&format!("/webhooks/{hook}/test"), json!({})).await.expect(200).raw);
        let own = format!("whsec_{place}fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        client.post(&format!("/webhooks/{hook}/secret/rotate"), json!({"secret": own})).await.expect(200);
        credentials.push(own);
    }
    let made = client.post("/api-keys", json!({"name": "t", "tenant": "default", "scopes": ["events:write"]})).await;
    credentials.push(text(&made.expect(201).json["key"]));
    for wrong in [
        json!({"url": receiver.url("/"), "auth": {"type": "bearer", "token": "wrong-credential-6\n"}}),
        json!({"url": receiver.url("/"), "secret": "wrong-credential-7\u{e9}"}),
        json!({"url": receiver.url("/"), "headers": {"authorization": "wrong-credential-8\u{e9}"}}),
        json!({"url": "https://user:wrong-credential-9@example.com/"}),
    ] {
        let refused = client.post("/webhooks", wrong).await.expect(400);
        answers.push_str(&refused.raw);
    }
    credentials.extend((6..=9).map(|number| format!("wrong-credential-{number}")));
    client.publish_event(json!({"type": "test.event", "data": 2})).await;
    client.idle().await;
    for path in ["/webhooks", "/events", "/deliveries", "/api-keys", "/tenants", "/readyz"] {
        answers.push_str(&client.try_call(Method::GET, path, None).await.unwrap().expect(200).raw);
    }
    for hook in &hooks {
        answers.push_str(&client.get(&format!("/webhooks/{hook}")).await.to_string());
    }
    // Who may read a webhook sees its URL.
    let answers = urls.iter().fold(answers, |answers, url| answers.replace(url, ""));
    leaks::none(&credentials, answers, process, data.path()).await;
}
