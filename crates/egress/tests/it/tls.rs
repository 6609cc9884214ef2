//! The client against servers with TLS, over HTTP/1.1 and HTTP/2.

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
use http::{Request as HttpRequest, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use lanehook_egress::TlsError;
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion, crypto::aws_lc_rs, server::WebPkiClientVerifier, version,
};
use rustls_pki_types::PrivateKeyDer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use super::*;

/// A receiver that answers with the HTTP version and the length of the body it got.
struct TlsReceiver {
    address: SocketAddr,
    accepts: Arc<AtomicUsize>,
    certificate: tempfile::NamedTempFile,
}

/// A server's certificate for this name, in a file for who is to trust it, and what the server makes sessions with. If it wants
/// certificates of clients, they are to be signed by this one, of which nobody has the key.
pub fn identity(
    name: &str,
    protocols: &[&[u8]],
    wants_certificates: bool,
    versions: &[&'static SupportedProtocolVersion],
) -> (tempfile::NamedTempFile, TlsAcceptor) {
    let params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    identity_of(params, protocols, wants_certificates, versions)
}

fn identity_of(
    params: rcgen::CertificateParams,
    protocols: &[&[u8]],
    wants_certificates: bool,
    versions: &[&'static SupportedProtocolVersion],
) -> (tempfile::NamedTempFile, TlsAcceptor) {
    let signing_key = rcgen::KeyPair::generate().unwrap();
    let made = params.self_signed(&signing_key).unwrap();
    let mut certificate = tempfile::NamedTempFile::new().unwrap();
    certificate.write_all(made.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).unwrap();
    let config = match wants_certificates {
        false => config.with_no_client_auth(),
        true => {
            let mut roots = RootCertStore::empty();
            roots.add(made.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let mut config = config.with_single_cert(vec![made.der().clone()], key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    (certificate, TlsAcceptor::from(Arc::new(config)))
}

impl TlsReceiver {
    async fn start(name: &str, protocols: &[&[u8]]) -> TlsReceiver {
        TlsReceiver::with(identity(name, protocols, false, rustls::ALL_VERSIONS)).await
    }

    async fn with((certificate, acceptor): (tempfile::NamedTempFile, TlsAcceptor)) -> TlsReceiver {
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

    fn bench(&self, trusted: bool, policy: Policy) -> Bench {
        Bench::new(Config {
            policy,
            resolver: Resolver::from_fn(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])),
            extra_ca: trusted.then(|| self.certificate.path().to_owned()),
            ..Config::default()
        })
    }
}

async fn answer(request: HttpRequest<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
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
    let bench = receiver.bench(true, Policy::development());
    let target = bench.target(&receiver.url());
    let first = bench.post(&target, BODY).await;
    is_complete(&first);
    assert!(!first.timings.tls.is_zero());
    let body = first.answer.unwrap().body;
    assert_eq!(body, format!("{:?} hooks.example.com {}", Version::HTTP_2, BODY.len()).into_bytes());
    let sends = (0..40).map(|_| bench.post(&target, BODY));
    for exchange in futures_util::future::join_all(sends).await {
        is_complete(&exchange);
        assert!(exchange.timings.tls.is_zero());
        assert_eq!(exchange.remote, Some(receiver.address));
    }
    assert_eq!(receiver.accepts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn http1_over_tls_is_kept_alive() {
    let receiver = TlsReceiver::start("hooks.example.com", &[b"http/1.1"]).await;
    let bench = receiver.bench(true, Policy::development());
    for _ in 0..5 {
        let exchange = bench.send(&receiver.url()).await;
        is_complete(&exchange);
        let body = String::from_utf8(exchange.answer.unwrap().body.to_vec()).unwrap();
        assert!(body.starts_with("HTTP/1.1 hooks.example.com:"), "{body}");
    }
    assert_eq!(receiver.accepts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_large_body_goes_over_http2() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let bench = receiver.bench(true, Policy::development());
    let exchange = bench.send_body(&receiver.url(), Bytes::from(vec![b'1'; 900_000])).await;
    assert!(exchange.answer.unwrap().body.ends_with(b" 900000"));
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_a_tls_failure() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let exchange = receiver.bench(false, Policy::development()).send(&receiver.url()).await;
    assert!(matches!(error(&exchange), Error::Tls { error: TlsError::UnknownIssuer, .. }), "{exchange:?}");
    let message = error(&exchange).to_string();
    assert!(message.contains("hooks.example.com") && message.contains("signed by nobody known"), "{message}");
}

/// A server that shows a certificate made like this.
async fn showing(change: impl FnOnce(&mut rcgen::CertificateParams)) -> TlsReceiver {
    let mut params = rcgen::CertificateParams::new(["hooks.example.com".to_owned()]).unwrap();
    change(&mut params);
    TlsReceiver::with(identity_of(params, BOTH, false, rustls::ALL_VERSIONS)).await
}

/// Sends to such a server, whose certificate is trusted; tells what is wrong.
async fn refused(change: impl FnOnce(&mut rcgen::CertificateParams)) -> String {
    refusal(&showing(change).await, true).await
}

async fn refusal(receiver: &TlsReceiver, trusted: bool) -> String {
    let exchange = receiver.bench(trusted, Policy::development()).send(&receiver.url()).await;
    assert!(matches!(error(&exchange), Error::Tls { .. }), "{exchange:?}");
    error(&exchange).to_string()
}

fn of_an_authority(params: &mut rcgen::CertificateParams) {
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
}

#[tokio::test]
async fn an_authoritys_certificate_is_taken_for_its_own_names_where_it_was_given() {
    let receiver = showing(of_an_authority).await;
    is_complete(&receiver.bench(true, Policy::development()).send(&receiver.url()).await);
    // Another one that is given makes nothing of this one.
    let other = showing(of_an_authority).await;
    let untrusted = TlsReceiver { address: receiver.address, ..other };
    assert!(refusal(&untrusted, true).await.contains("the certificate of an authority"));
    let elsewhere = refused(|params| {
        of_an_authority(params);
        params.subject_alt_names = vec![rcgen::SanType::DnsName("other.example.com".try_into().unwrap())];
    });
    assert!(elsewhere.await.contains("the certificate of an authority"));
    let expired = refused(|params| {
        of_an_authority(params);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    assert_eq!(expired.await, "the certificate of hooks.example.com has expired");
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_in_words_that_say_the_cure() {
    let authority = refusal(&showing(of_an_authority).await, false).await;
    assert!(
        authority.contains("is not acceptable: it is the certificate of an authority, self-signed perhaps"),
        "{authority}"
    );
    let of_client = [rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let purpose = refused(|params| params.extended_key_usages = of_client.into()).await;
    assert!(purpose.contains("not meant for servers"), "{purpose}");
    let expired = refused(|params| params.not_after = rcgen::date_time_ymd(2020, 1, 1)).await;
    assert_eq!(expired, "the certificate of hooks.example.com has expired");
    let early = refused(|params| params.not_before = rcgen::date_time_ymd(2090, 1, 1)).await;
    assert_eq!(early, "the certificate of hooks.example.com is not valid yet");
}

#[tokio::test]
async fn a_server_that_hangs_up_or_alerts_during_the_handshake_is_told_in_words() {
    for (answer, words) in [
        (&b""[..], "hooks.example.com ended the connection during the TLS handshake"),
        (
            &[21, 3, 3, 0, 2, 2, 70],
            "it speaks no version of TLS that is accepted; it needs 1.2 or 1.3 (protocol_version)",
        ),
        (&[21, 3, 3, 0, 2, 2, 112], "it has no host of this name (unrecognized_name)"),
        (&[21, 3, 3, 0, 2, 2, 40], "none of the ciphers, keys and signatures that are offered (handshake_failure)"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "hooks.example.com does not speak TLS on this port"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://hooks.example.com:{}/", listener.local_addr().unwrap().port());
        let bench =
            Bench::resolving(Policy::development(), Resolver::from_fn(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])));
        let (exchange, ()) = tokio::join!(bench.send(&url), async {
            let (mut socket, _) = listener.accept().await.unwrap();
            // All of it is read before it hangs up, so that it ends in order.
            let mut hello = [0; 5];
            socket.read_exact(&mut hello).await.unwrap();
            socket.read_exact(&mut vec![0; usize::from(hello[3]) << 8 | usize::from(hello[4])]).await.unwrap();
            socket.write_all(answer).await.unwrap();
        });
        assert!(error(&exchange).to_string().ends_with(words), "{exchange:?}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_a_tls_failure() {
    let receiver = TlsReceiver::start("other.example.com", BOTH).await;
    let exchange = receiver.bench(true, Policy::development()).send(&receiver.url()).await;
    assert!(matches!(error(&exchange), Error::Tls { error: TlsError::OtherName, .. }), "{exchange:?}");
}

#[tokio::test]
async fn a_port_without_tls_is_a_tls_failure() {
    let receiver = Receiver::start(OK, Then::Hang).await;
    let bench = Bench::resolving(Policy::development(), Resolver::from_fn(|_| Ok(vec![Ipv4Addr::LOCALHOST.into()])));
    let url = format!("https://hooks.example.com:{}/", receiver.address.port());
    let send = bench.send(&url);
    let (exchange, ()) = tokio::join!(send, async {
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert!(error(&exchange).to_string().contains("TLS handshake did not end"), "{exchange:?}");
}

#[tokio::test]
async fn certificates_go_unchecked_only_where_the_policy_allows_it() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let url = url_of(&receiver.url());
    let strict = receiver.bench(false, Policy::development());
    let refused = strict.client.unverified_target(&url, Owner::default()).unwrap_err();
    assert!(matches!(refused, Error::Blocked(Refusal::UnverifiedTls)), "{refused}");

    let allowing = Policy { unverified_tls: true, ..Policy::development() };
    let bench = receiver.bench(false, allowing);
    let target = bench.client.unverified_target(&url, Owner::default()).unwrap();
    is_complete(&bench.client.send(&target, Request::post(BODY), &Limits::default()).await);
    // And the unverified connection that is now there serves nobody who wants verification.
    assert!(matches!(error(&bench.send(&receiver.url()).await), Error::Tls { .. }));
}

#[tokio::test]
async fn an_http2_connection_that_stays_silent_gets_no_further_request() {
    let receiver = TlsReceiver::start("hooks.example.com", BOTH).await;
    let bench = receiver.bench(true, Policy::development());
    let target = bench.target(&receiver.url());
    is_complete(&bench.post(&target, BODY).await);
    let hanging = target.at(&url_of(&receiver.url().replace("/in", "/hang"))).unwrap();
    let (silent, ()) = tokio::join!(bench.post(&hanging, BODY), async {
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert!(matches!(error(&silent), Error::TimedOut { .. }), "{silent:?}");
    is_complete(&bench.post(&target, BODY).await);
    assert_eq!(receiver.accepts.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_receiver_that_wants_a_client_certificate_is_a_tls_failure_that_says_so() {
    // Of the newer TLS the refusal comes after the handshake, with the first bytes that are read (RFC 8446, appendix A.1).
    for (version, protocols) in [(&version::TLS13, BOTH), (&version::TLS13, &BOTH[1..]), (&version::TLS12, BOTH)] {
        let receiver = TlsReceiver::with(identity("hooks.example.com", protocols, true, &[version])).await;
        let exchange = receiver.bench(true, Policy::development()).send(&receiver.url()).await;
        let message = error(&exchange).to_string();
        assert!(matches!(error(&exchange), Error::Tls { error: TlsError::ClientCertificate(_), .. }), "{exchange:?}");
        assert!(message.starts_with("hooks.example.com wants a client certificate"), "{message}");
    }
}
