//! TLS: certificates are checked, unless the webhook says no and the operator allows that.

use std::{io::Write as _, sync::Arc};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;
use tokio_rustls::TlsAcceptor;

use crate::{client::text, receiver::Receiver, server::TestServer};

/// A receiver whose certificate, for 127.0.0.1, is in this file and known to nobody else.
async fn tls_receiver() -> (Receiver, tempfile::NamedTempFile) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(made.cert.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Receiver::start_tls(TlsAcceptor::from(Arc::new(config))).await, file)
}

#[tokio::test]
async fn a_certificate_that_nobody_known_signed_is_refused_until_the_operator_trusts_it() {
    let (receiver, certificate) = tls_receiver().await;
    let retry = json!({"retry": {"preset": "none"}});
    let server = TestServer::start().await;
    server.webhook(&receiver.url("/"), retry.clone()).await;
    let event = server.publish().await;
    let failed = server.delivery_in(&event, "failed").await;
    assert_eq!(failed["last_error"], "tls", "{}", text(&failed["attempts"][0]["error"]["message"]));
    assert_eq!(receiver.count(), 0);

    let path = certificate.path().to_owned();
    let trusting = TestServer::start_with(|config| config.extra_ca = Some(path)).await;
    trusting.webhook(&receiver.url("/"), retry).await;
    let event = trusting.publish().await;
    trusting.delivery_in(&event, "delivered").await;
}

#[tokio::test]
async fn verify_tls_is_obeyed_where_the_operator_allows_to_turn_it_off() {
    let (receiver, _certificate) = tls_receiver().await;
    let unverified = json!({"url": receiver.url("/"), "verify_tls": false, "retry": {"preset": "none"}});
    let strict = TestServer::start().await;
    let refused = strict.post("/webhooks", unverified.clone()).await.expect(400).json;
    assert_eq!(refused["errors"][0]["pointer"], "/verify_tls");

    let server = TestServer::start_with(|config| config.allow_unverified_tls = true).await;
    let hook = server.webhook(&receiver.url("/"), unverified).await;
    let event = server.publish().await;
    server.delivery_in(&event, "delivered").await;
    assert_eq!(receiver.count(), 1);
    server.change(&hook.id, json!({"verify_tls": true})).await;
    let event = server.publish().await;
    assert_eq!(server.delivery_in(&event, "failed").await["last_error"], "tls");
    assert_eq!(receiver.count(), 1, "also not over the unverified connection that is there");
}
