//! The sender against receivers with TLS, over HTTP/1.1 and HTTP/2.

use std::{
    convert::Infallible,
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A receiver that answers with the HTTP version and the length of the body it got.
struct TlsReceiver {
    address: SocketAddr,
    accepts: Arc<AtomicUsize>,
    certificate: tempfile::NamedTempFile,
}

impl TlsReceiver {
    async fn start(name: &str, protocols: &[&[u8]]) -> TlsReceiver {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let mut certificate = tempfile::NamedTempFile::new().unwrap();
        certificate.write_all(made.cert.pem().as_bytes()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepts = Arc::new(AtomicUsize::new(0));
        let counted = accepts.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(socket).await else { return };
                    let server = auto::Builder::new(TokioExecutor::new());
                    drop(server.serve_connection(TokioIo::new(stream), service_fn(answer)).await);
                });
            }
        });
        TlsReceiver { address, accepts, certificate }
    }

    fn url(&self) -> String {
        format!("https://hooks.example.com:{}/in", self.address.port())
    }

    fn bench(&self, trusted: bool, egress: EgressPolicy) -> Bench {
        Bench::new(SenderConfig {
            egress,
            resolver: Resolver::from_fn(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])),
            extra_ca: trusted.then(|| self.certificate.path().to_owned()),
            ..SenderConfig::default()
        })
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() == "/hang" {
        std::future::pending::<()>().await;
    }
    let version = request.version();
    let host = request.uri().host().or(request.headers().get("host").and_then(|host| host.to_str().ok()));
    let host = host.unwrap_or_default().to_owned();
    let length = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    Ok(Response::new(Full::from(format!("{version:?} {host} {length}"))))
}

const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];

#[tokio::test]
async fn http2_is_used_where_offered_and_its_connection_shared() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let bench = receiver.bench(true, dev_policy());
    let first = bench.send(webhook(&receiver.url())).await;
    assert_eq!(first.result, Ok(()));
    assert!(first.timings.tls_us > 0);
    let body = first.answer.unwrap().body;
    assert_eq!(body, format!("{:?} hooks.example.com {}", Version::HTTP_2, BODY.len()));
    let sends = (0..40).map(|_| bench.send(webhook(&receiver.url())));
    for outcome in futures_util::future::join_all(sends).await {
        assert_eq!(outcome.result, Ok(()));
        assert_eq!(outcome.timings.tls_us, 0);
        assert_eq!(outcome.remote, Some(receiver.address));
    }
    assert_eq!(receiver.accepts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn http1_over_tls_is_kept_alive() {
    let receiver = TlsReceiver::start("hooks.example.com", &[b"http/1.1"]).await;
    let bench = receiver.bench(true, dev_policy());
    for _ in 0..5 {
        let outcome = bench.send(webhook(&receiver.url())).await;
        assert_eq!(outcome.result, Ok(()));
        let body = String::from_utf8(outcome.answer.unwrap().body.to_vec()).unwrap();
        assert!(body.starts_with("HTTP/1.1 hooks.example.com:"), "{body}");
    }
    assert_eq!(receiver.accepts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_large_body_goes_over_http2() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let bench = receiver.bench(true, dev_policy());
    let outcome = bench.send_body(webhook(&receiver.url()), Bytes::from(vec![b'1'; 900_000])).await;
    assert!(outcome.answer.unwrap().body.ends_with(b" 900000"), "{:?}", outcome.result);
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_a_tls_failure() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let outcome = receiver.bench(false, dev_policy()).send(webhook(&receiver.url())).await;
    let (kind, message) = failure(&outcome);
    assert_eq!(kind, FailureKind::Tls);
    assert!(message.contains("hooks.example.com") && message.contains("signed by nobody known"), "{message}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_a_tls_failure() {
    let receiver = TlsReceiver::start("other.example.com", BOTH).await;
    let outcome = receiver.bench(true, dev_policy()).send(webhook(&receiver.url())).await;
    let (kind, message) = failure(&outcome);
    assert_eq!(kind, FailureKind::Tls);
    assert!(message.contains("another name"), "{message}");
}

#[tokio::test]
async fn a_port_without_tls_is_a_tls_failure() {
    let receiver = Receiver::start(OK, Then::Hang).await;
    let bench = Bench::resolving(dev_policy(), Resolver::from_fn(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])));
    let send = bench.send(webhook(&format!("https://hooks.example.com:{}/", receiver.address.port())));
    let (outcome, ()) = tokio::join!(send, async {
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert!(failure(&outcome).1.contains("TLS handshake did not end"), "{:?}", outcome.result);
}

#[tokio::test]
async fn certificates_go_unchecked_only_where_the_operator_allows_it() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let unchecked = || {
        let mut webhook = webhook(&receiver.url());
        webhook.settings.verify_tls = false;
        webhook
    };
    let bench = receiver.bench(false, dev_policy());
    assert!(bench.sender.check(&unchecked().settings).unwrap_err().contains("verify_tls"));
    let outcome = bench.send(unchecked()).await;
    assert_eq!(failure(&outcome).0, FailureKind::Tls);

    let allowing = EgressPolicy { allow_unverified_tls: true, ..dev_policy() };
    let bench = receiver.bench(false, allowing);
    assert_eq!(bench.send(unchecked()).await.result, Ok(()));
    // And the unverified connection that is now there serves no webhook that wants verification.
    assert_eq!(failure(&bench.send(webhook(&receiver.url())).await).0, FailureKind::Tls);
}

#[tokio::test]
async fn an_http2_connection_that_stays_silent_gets_no_further_request() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let bench = receiver.bench(true, dev_policy());
    assert_eq!(bench.send(webhook(&receiver.url())).await.result, Ok(()));
    let (silent, ()) = tokio::join!(bench.send(webhook(&receiver.url().replace("/in", "/hang"))), async {
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert_eq!(failure(&silent).0, FailureKind::Timeout);
    assert_eq!(bench.send(webhook(&receiver.url())).await.result, Ok(()));
    assert_eq!(receiver.accepts.load(Ordering::SeqCst), 2);
}
