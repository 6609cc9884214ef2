//! Notices by mail, to a mail server over TCP.

use std::{path::Path, sync::Arc, time::Duration};

use lanehook::{
    config::Config,
    mail::{Password, Smtp, SmtpTls},
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use crate::{
    client::{Client, GUARD, eventually},
    mail_server::{MailServer, Mood, Over, Taken},
    server::TestServer,
    support::{HOUR, SECOND},
};

const PASSWORD: &str = "the-password-of-the-mail-server";

/// A certificate for this machine; its authority is in a file.
fn acceptor(folder: &Path) -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    std::fs::write(folder.join("ca.pem"), made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn smtp(port: u16, tls: SmtpTls) -> Smtp {
    Smtp {
        host: "localhost".into(),
        port,
        tls,
        user: None,
        password: None,
        from: "lanehook@example.com".parse().unwrap(),
        to: vec!["ops@example.com".parse().unwrap()],
        tenants: true,
        timeout: Duration::from_secs(20),
    }
}

async fn server_with(mail: &MailServer, tls: SmtpTls, change: impl FnOnce(&mut Config)) -> TestServer {
    let smtp = smtp(mail.port, tls);
    TestServer::start_with(|config| {
        config.smtp = Some(smtp);
        change(config);
    })
    .await
}

/// Something happens to the tenant `default` that it is told of.
async fn happens(server: &TestServer, name: &str) {
    server.post("/api-keys", json!({"name": name, "scopes": ["events:read"]})).await.expect(201);
}

/// The mails that came once there are so many, with the clock moved on meanwhile.
async fn mails(server: &TestServer, mail: &MailServer, count: usize) -> Vec<Taken> {
    eventually("mails to come", async || {
        server.advance(5 * SECOND);
        server.settle().await;
        if mail.taken().len() >= count { Ok(()) } else { Err(format!("{:?} {}", mail.taken(), system(server).await)) }
    })
    .await;
    mail.taken()
}

async fn system(server: &TestServer) -> Value {
    server.try_call(Method::GET, "/system", None).await.unwrap().expect(200).json["mail"].clone()
}

#[tokio::test]
async fn notices_are_mailed_by_starttls_and_a_tenants_to_its_own_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let mail = MailServer::start(Over::Starttls(acceptor(folder.path()))).await;
    let server = server_with(&mail, SmtpTls::Starttls, |config| {
        config.extra_ca = Some(folder.path().join("ca.pem"));
        let smtp = config.smtp.as_mut().unwrap();
        (smtp.user, smtp.password) = (Some("lanehook".into()), Some(Password(PASSWORD.into())));
    })
    .await;
    happens(&server, "one").await;
    happens(&server, "two").await;
    let taken = mails(&server, &mail, 1).await;
    assert_eq!(taken.len(), 1, "what was told within a minute is one mail: {taken:?}");
    let Taken { from, to, text, over_tls, login } = &taken[0];
    assert!(from.starts_with("MAIL FROM:<lanehook@example.com>"), "{from}");
    assert_eq!((to.as_slice(), *over_tls), (&["RCPT TO:<ops@example.com>".to_owned()][..], true));
    assert!(text.contains("Subject: lanehook: 2 notices for default"), "{text}");
    assert!(text.contains("one") && text.contains("two") && !text.contains("Bcc"), "{text}");
    assert!(login.is_some());

    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let acme = server.of_tenant("acme");
    let changed = json!({"mail_to": ["a@acme.example", "b@acme.example"]});
    acme.try_call(Method::PATCH, "/notice-settings", Some(&changed)).await.unwrap().expect(200);
    acme.post("/api-keys", json!({"name": "of acme", "scopes": ["events:read"]})).await.expect(201);
    let taken = mails(&server, &mail, 2).await;
    assert_eq!(taken[1].to, ["RCPT TO:<a@acme.example>", "RCPT TO:<b@acme.example>"]);
    assert!(taken[1].text.contains("of acme") && !taken[1].text.contains("`one`"), "{}", taken[1].text);
    assert_eq!(system(&server).await["sent"], 2);
    let shown = server.try_call(Method::GET, "/system", None).await.unwrap().expect(200).raw;
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert!(server.metrics().await.contains("lanehook_mails_sent_total 2"));
}

#[tokio::test]
async fn notices_are_mailed_over_tls_from_the_begin() {
    let folder = tempfile::tempdir().unwrap();
    let mail = MailServer::start(Over::Tls(acceptor(folder.path()))).await;
    let ca = folder.path().join("ca.pem");
    let server = server_with(&mail, SmtpTls::Tls, |config| config.extra_ca = Some(ca)).await;
    happens(&server, "one").await;
    assert!(mails(&server, &mail, 1).await[0].over_tls);
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (strange, plain) = (MailServer::start(Over::Starttls(acceptor(folder.path()))).await, Over::Nothing);
    let plain = MailServer::start(plain).await;
    for mail in [&strange, &plain] {
        let server = server_with(mail, SmtpTls::Starttls, |config| {
            let smtp = config.smtp.as_mut().unwrap();
            (smtp.user, smtp.password) = (Some("lanehook".into()), Some(Password(PASSWORD.into())));
        })
        .await;
        happens(&server, "one").await;
        eventually("a failure to be shown", async || {
            server.advance(5 * SECOND);
            server.settle().await;
            let shown = system(&server).await;
            if shown["failures"].as_u64() > Some(0) { Ok(()) } else { Err(shown.to_string()) }
        })
        .await;
        assert_eq!(mail.taken().len(), 0);
        let shown = system(&server).await;
        assert!(shown["last_failure"]["detail"].as_str().is_some_and(|why| !why.contains(PASSWORD)), "{shown}");
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_is_tried_again_also_after_a_restart() {
    let mail = MailServer::start(Over::Nothing).await;
    let server = server_with(&mail, SmtpTls::None, |_| ()).await;
    mail.is(Mood::Refuses);
    happens(&server, "one").await;
    let refused = async |server: &TestServer, failures: u64| {
        eventually("a try to be refused", async || {
            server.advance(5 * SECOND);
            server.settle().await;
            let shown = system(server).await;
            if shown["failures"].as_u64() >= Some(failures) { Ok(shown) } else { Err(shown.to_string()) }
        })
        .await
    };
    let shown = refused(&server, 1).await;
    assert!(shown["last_failure"]["detail"].as_str().unwrap().contains("come back later"), "{shown}");
    assert_eq!(shown["waiting"], 1);
    let server = server.restart().await;
    refused(&server, 1).await;
    mail.is(Mood::Takes);
    server.advance(HOUR);
    let taken = mails(&server, &mail, 1).await;
    assert!(taken[0].text.contains("one"), "{taken:?}");
    let told = server.get("/events?type=lanehook.system.trouble").await;
    let of_mail = |one: &&Value| one["data"]["kind"] == "job/mail";
    assert!(
        told["data"].as_array().unwrap().iter().find(of_mail).is_some(),
        "operators hear of it as an event: {told}"
    );
    assert!(!taken.iter().any(|mail| mail.text.contains("job/mail")), "and not by mail: {taken:?}");
}

#[tokio::test]
async fn a_mail_server_that_hangs_delays_nothing() {
    let mail = MailServer::start(Over::Nothing).await;
    mail.is(Mood::Hangs);
    // The job waits for the mail server as long as the test takes.
    let server = server_with(&mail, SmtpTls::None, |config| config.smtp.as_mut().unwrap().timeout = 10 * GUARD).await;
    happens(&server, "one").await;
    eventually("the mail server to be called", async || {
        server.advance(5 * SECOND);
        tokio::task::yield_now().await;
        if mail.connections() > 0 { Ok(()) } else { Err(String::new()) }
    })
    .await;
    // Notices are told all the same, and a second mail waits in its row.
    happens(&server, "two").await;
    eventually("the second to be told", async || {
        server.advance(5 * SECOND);
        let told = server.get("/events?type=lanehook.key.created").await;
        if told["data"].as_array().unwrap().len() == 2 { Ok(()) } else { Err(told.to_string()) }
    })
    .await;
    assert_eq!((mail.connections(), mail.taken().len()), (1, 0));
}

#[tokio::test]
async fn a_tenants_key_names_addresses_only_where_that_is_permitted() {
    let mail = MailServer::start(Over::Nothing).await;
    let server = server_with(&mail, SmtpTls::None, |config| config.smtp.as_mut().unwrap().tenants = false).await;
    let scopes = json!(["webhooks:read", "webhooks:write"]);
    let made = server.post("/api-keys", json!({"name": "t", "scopes": scopes})).await.expect(201).json;
    let own = server.with_key(made["key"].as_str().unwrap());
    let asked = json!({"mail_to": ["a@example.com"]});
    let refused = own.try_call(Method::PATCH, "/notice-settings", Some(&asked)).await.unwrap().expect(400);
    assert!(refused.raw.contains("/mail_to") && refused.raw.contains("smtp.tenants"), "{}", refused.raw);
    server.try_call(Method::PATCH, "/notice-settings", Some(&asked)).await.unwrap().expect(200);
    let kept = json!({"failing_after": "5m", "mail_to": ["a@example.com"]});
    own.try_call(Method::PATCH, "/notice-settings", Some(&kept)).await.unwrap().expect(200);

    let without = TestServer::start().await;
    let refused = without.try_call(Method::PATCH, "/notice-settings", Some(&asked)).await.unwrap().expect(400);
    assert!(refused.raw.contains("smtp.host"), "{}", refused.raw);
    assert_eq!(without.get("/notice-settings").await["mail"], "off");
}

async fn mail_to(server: &TestServer, tenant: &str, addresses: &[&str]) -> Client {
    server.post("/tenants", json!({"id": tenant})).await.expect(201);
    let client = server.of_tenant(tenant);
    let changed = json!({"mail_to": addresses});
    client.try_call(Method::PATCH, "/notice-settings", Some(&changed)).await.unwrap().expect(200);
    client
}

async fn makes_key(client: &Client, name: &str) {
    client.post("/api-keys", json!({"name": name, "scopes": ["events:read"]})).await.expect(201);
}

fn to(mail: &Taken) -> Vec<String> {
    let address = |line: &String| line.trim_start_matches("RCPT TO:<").trim_end_matches('>').to_owned();
    mail.to.iter().map(address).collect()
}

fn message_id(mail: &Taken) -> String {
    mail.text.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned()
}

#[tokio::test]
async fn one_address_that_is_refused_costs_nobody_else_the_mail() {
    let mail = MailServer::start(Over::Nothing).await;
    let server = server_with(&mail, SmtpTls::None, |_| ()).await;
    mail.answers("gone@acme.example", Some("550 5.1.1 no such mailbox"));
    mail.answers("all@bolt.example", Some("550 5.1.1 no such mailbox"));
    let acme = mail_to(&server, "acme", &["a@acme.example", "gone@acme.example", "b@acme.example"]).await;
    let bolt = mail_to(&server, "bolt", &["all@bolt.example"]).await;
    let coil = mail_to(&server, "coil", &["c@coil.example"]).await;
    for client in [&acme, &bolt, &coil] {
        makes_key(client, "one").await;
    }
    let taken = mails(&server, &mail, 3).await;
    let mut got: Vec<String> = taken.iter().flat_map(to).collect();
    got.sort();
    assert_eq!(got, ["a@acme.example", "b@acme.example", "c@coil.example"]);
    // Those of one mail can be told to be the same.
    let of_acme: Vec<String> =
        taken.iter().filter(|mail| to(mail)[0].ends_with("acme.example")).map(message_id).collect();
    assert_eq!((of_acme.len(), &of_acme[0]), (2, &of_acme[1]));
    let shown = system(&server).await;
    assert!(shown["last_failure"]["detail"].as_str().unwrap().contains("no such mailbox"), "{shown}");
    assert_eq!(shown["waiting"], 1, "what nobody has got is tried again");
    for _ in 0..20 {
        server.advance(5 * SECOND);
        server.settle().await;
    }
    let told = server.get("/events?type=lanehook.system.trouble").await;
    assert_eq!(told["data"], json!([]), "a tenant's wrong address is no trouble of the server");
    assert_eq!(mail.taken().len(), 3);
}

#[tokio::test]
async fn who_is_refused_for_now_gets_the_same_mail_later_and_nobody_gets_it_twice() {
    let mail = MailServer::start(Over::Nothing).await;
    let server = server_with(&mail, SmtpTls::None, |_| ()).await;
    mail.answers("b@acme.example", Some("451 4.7.1 greylisted, come back later"));
    let acme = mail_to(&server, "acme", &["a@acme.example", "b@acme.example"]).await;
    makes_key(&acme, "one").await;
    let first = mails(&server, &mail, 1).await.remove(0);
    assert_eq!(to(&first), ["a@acme.example"]);
    // What is told meanwhile is another mail.
    makes_key(&acme, "two").await;
    mail.answers("b@acme.example", None);
    let taken = mails(&server, &mail, 3).await;
    assert_eq!((to(&taken[1]), message_id(&taken[1])), (vec!["b@acme.example".to_owned()], message_id(&first)));
    let body = |mail: &Taken| mail.text.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&taken[1]), body(&first), "under one id the same is sent");
    assert_eq!(to(&taken[2]), ["a@acme.example", "b@acme.example"]);
    assert!(taken[2].text.contains("`two`") && !taken[2].text.contains("`one`"), "{}", taken[2].text);
    assert_ne!(message_id(&taken[2]), message_id(&first));
}

#[tokio::test]
async fn what_could_not_be_mailed_for_a_day_is_dropped_without_what_is_younger() {
    let mail = MailServer::start(Over::Nothing).await;
    let server = server_with(&mail, SmtpTls::None, |_| ()).await;
    let acme = mail_to(&server, "acme", &["a@acme.example"]).await;
    mail.is(Mood::Refuses);
    makes_key(&acme, "old").await;
    eventually("a try to be refused", async || {
        server.advance(5 * SECOND);
        server.settle().await;
        if system(&server).await["failures"].as_u64() > Some(0) { Ok(()) } else { Err(String::new()) }
    })
    .await;
    server.advance(23 * HOUR);
    makes_key(&acme, "young").await;
    for _ in 0..20 {
        server.advance(5 * SECOND);
        server.settle().await;
    }
    server.advance(2 * HOUR);
    for _ in 0..20 {
        server.advance(5 * SECOND);
        server.settle().await;
    }
    mail.is(Mood::Takes);
    let taken = mails(&server, &mail, 1).await;
    assert!(taken[0].text.contains("`young`") && !taken[0].text.contains("`old`"), "{}", taken[0].text);
    assert!(server.metrics().await.contains("lanehook_mails_dropped_total 1"));
}
