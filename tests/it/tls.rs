//! The API over TLS: who has no certificate of ours to trust is not served, who never finishes shaking hands costs no more than
//! any half-open connection, and a certificate is renewed while the server runs.

use std::{path::Path, sync::Arc, time::Duration};

use lanehook::config::TlsFiles;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    client::{GUARD, eventually},
    process::{Process, lanehook, run},
    server::{OPERATOR, TestServer},
};

/// Writes a certificate for this machine and its key; returns it, to be trusted.
fn certificate(folder: &Path) -> (TlsFiles, Vec<u8>) {
    certificate_for(&["localhost", "127.0.0.1"], folder)
}

fn certificate_for(names: &[&str], folder: &Path) -> (TlsFiles, Vec<u8>) {
    certificate_of(rcgen::IsCa::NoCa, names, folder)
}

fn certificate_of(kind: rcgen::IsCa, names: &[&str], folder: &Path) -> (TlsFiles, Vec<u8>) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    params.is_ca = kind;
    let key = rcgen::KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    let files = TlsFiles { cert: folder.join("cert.pem"), key: folder.join("key.pem") };
    std::fs::write(&files.cert, made.pem()).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    (files, made.der().to_vec())
}

async fn connect(address: &str, trusted: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
}

async fn ask(mut stream: TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(GUARD, stream.read_to_string(&mut answer)).await.expect("an end").unwrap();
    answer
}

#[tokio::test]
async fn the_api_is_served_over_tls_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (files, trusted) = certificate(folder.path());
    let server = TestServer::start_over_tls(files, &trusted, |_| ()).await;
    server.publish().await;
    let session = connect(&server.address(), &trusted).await.unwrap();
    assert_eq!(session.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(ask(session).await.starts_with("HTTP/1.1 200"));
    let mut plain = TcpStream::connect(server.address()).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    timeout(GUARD, plain.read_to_string(&mut answer)).await.expect("an end").unwrap();
    assert!(answer.contains("https://"), "{answer}");
    let stranger = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    assert!(connect(&server.address(), stranger.cert.der()).await.is_err());
}

#[tokio::test]
async fn who_never_finishes_shaking_hands_makes_way_and_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (files, trusted) = certificate(folder.path());
    let server = TestServer::start_over_tls(files, &trusted, |config| {
        config.max_connections = 16;
        config.max_connections_per_client = 16;
    })
    .await;
    let mut half_open = Vec::new();
    for count in 0..40 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        // Nothing, or the beginning of a record that says more than comes.
        if count % 2 == 0 {
            stream.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
        }
        half_open.push(stream);
    }
    let ended = timeout(GUARD, half_open[0].read(&mut [0; 1])).await.expect("an end");
    assert!(matches!(ended, Ok(0) | Err(_)), "the first made way: {ended:?}");
    assert!(ask(connect(&server.address(), &trusted).await.unwrap()).await.starts_with("HTTP/1.1 200"));
    // The last one has a place, for as long as a handshake may take.
    let last = half_open.last_mut().unwrap();
    let read = async { last.read(&mut [0; 1]).await };
    let passes = async {
        for _ in 0..1_000_000 {
            server.advance(Duration::from_secs(61));
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::select! { ended = timeout(GUARD, read) => ended.expect("an end"), () = passes => panic!("it does not end") };
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}

#[tokio::test]
async fn a_certificate_that_changes_is_taken_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (files, first) = certificate(folder.path());
    let server = TestServer::start_over_tls(files.clone(), &first, |_| ()).await;
    let (_, second) = certificate(folder.path());
    eventually("the new certificate is taken", async || {
        server.advance(Duration::from_secs(61));
        connect(&server.address(), &second).await.map(drop).map_err(|error| error.to_string())
    })
    .await;
    assert!(connect(&server.address(), &first).await.is_err());
    std::fs::write(&files.cert, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    for _ in 0..5 {
        server.advance(Duration::from_secs(61));
        tokio::task::yield_now().await;
    }
    assert!(ask(connect(&server.address(), &second).await.unwrap()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn sighup_renews_the_certificate_and_files_that_cannot_be_used_are_named() {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (files, _) = certificate(folder.path());
    let (cert, key) = (files.cert.to_str().unwrap(), files.key.to_str().unwrap());
    std::fs::set_permissions(&files.key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let environment = [("LANEHOOK_OPERATOR_KEY", OPERATOR), ("LANEHOOK_TLS_CERT", cert)];
    let process = Process::serve_with(data.path(), &["--tls-key", key, "--grace", "200ms"], &environment).await;
    assert!(process.stderr.text().contains("chmod 600"), "{}", process.stderr.text());
    let (_, second) = certificate(folder.path());
    rustix::process::kill_process(process.pid(), rustix::process::Signal::HUP).unwrap();
    process.stderr.containing("the certificate is read anew").await;
    let address = process.client.base.strip_prefix("http://").unwrap().to_owned();
    assert!(ask(connect(&address, &second).await.unwrap()).await.starts_with("HTTP/1.1 200"));
    assert!(process.terminate().await.success());

    let other = tempfile::tempdir().unwrap();
    let (others, _) = certificate(other.path());
    for (args, part) in [
        (vec!["--tls-cert", cert], "tls.key"),
        (vec!["--tls-cert", cert, "--tls-key", "/nowhere"], "--tls-key: /nowhere cannot be read"),
        (vec!["--tls-cert", key, "--tls-key", key], "holds no certificate"),
        (vec!["--tls-cert", cert, "--tls-key", cert], "holds no private key"),
        (vec!["--tls-cert", cert, "--tls-key", others.key.to_str().unwrap()], "cannot be used together"),
    ] {
        let mut serve = lanehook(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
        let (status, _, err) = run(serve.args(&args)).await;
        assert!(!status.success() && err.contains(part), "{args:?}: {err}");
    }
}

/// What the command says where it does not get through: each has another cure.
#[tokio::test]
async fn the_command_line_trusts_a_private_authority_and_says_what_keeps_it_from_a_server() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (files, trusted) = certificate(folder.path());
    let server = TestServer::start_over_tls(files.clone(), &trusted, |_| ()).await;
    let port = server.address().rsplit_once(':').unwrap().1.to_owned();
    let (https, http) = (format!("https://localhost:{port}"), format!("http://localhost:{port}"));
    let cert = files.cert.to_str().unwrap();
    let send = |url: &str| {
        let mut send = lanehook(&["send", "price_alert", "{}", "--url", url]);
        send.env("LANEHOOK_KEY", OPERATOR);
        send
    };
    let (status, out, err) = run(send(&https).args(["--ca-cert", cert])).await;
    assert!(status.success() && out.contains("\"price_alert\""), "{err}");
    let (status, _, err) = run(send(&https).env("LANEHOOK_CA_CERT", cert)).await;
    assert!(status.success(), "{err}");
    let plain = TestServer::start().await;
    let plain_port = plain.address().rsplit_once(':').unwrap().1.to_owned();
    let (wrong_name, _) = certificate_for(&["elsewhere.example"], other.path());
    let elsewhere = speaks_tls(&wrong_name).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (write_https, write_http) = (
        format!("write https://{elsewhere}"),
        format!("does not speak TLS there; write http://127.0.0.1:{plain_port}"),
    );
    for (url, args, part) in [
        (https.clone(), vec![], "signed by nobody known here; name the file with its authority's certificate"),
        (https.clone(), vec!["--ca-cert", wrong_name.cert.to_str().unwrap()], "--ca-cert FILE"),
        (format!("https://{elsewhere}"), vec!["--ca-cert", wrong_name.cert.to_str().unwrap()], "for another name"),
        (http, vec![], "call it by https://"),
        (format!("http://{elsewhere}"), vec![], write_https.as_str()),
        (format!("https://127.0.0.1:{plain_port}"), vec![], write_http.as_str()),
        (https.clone(), vec!["--ca-cert", "/nowhere.pem"], "--ca-cert: /nowhere.pem cannot be read"),
        (https, vec!["--ca-cert", files.key.to_str().unwrap()], "holds no certificate in PEM form"),
    ] {
        let (status, _, err) = run(send(&url).args(&args)).await;
        assert!(!status.success() && err.contains(part), "{url} {args:?}: {err}");
        assert!(!err.contains("trying again"), "it would be the same again: {err}");
    }
    // It asks once.
    let url = format!("http://{free}");
    let mut import = lanehook(&["catalogue", "import", "market", "--key", OPERATOR, "--url", &url]);
    let (status, _, err) = run(&mut import).await;
    assert!(!status.success() && err.contains("nothing listens there; is the server running"), "{err}");
}

/// As `openssl req -x509` makes it, and as `curl --cacert` takes it.
#[tokio::test]
async fn the_command_line_takes_the_servers_own_certificate_also_if_it_is_an_authoritys() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let data = tempfile::tempdir().unwrap();
    let authority = || rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let (files, _) = certificate_of(authority(), &["localhost"], folder.path());
    let (another, _) = certificate_of(authority(), &["localhost"], other.path());
    let (cert, key) = (files.cert.to_str().unwrap(), files.key.to_str().unwrap());
    let args = ["--tls-cert", cert, "--tls-key", key, "--grace", "200ms"];
    let process = Process::serve_with(data.path(), &args, &[("LANEHOOK_OPERATOR_KEY", OPERATOR)]).await;
    let port = process.client.base.rsplit_once(':').unwrap().1.to_owned();
    let send = |host: &str, cert: &Path| {
        let mut send = lanehook(&["send", "price_alert", "{}", "--url", &format!("https://{host}:{port}")]);
        send.env("LANEHOOK_KEY", OPERATOR).arg("--ca-cert").arg(cert);
        send
    };
    let (status, out, err) = run(&mut send("localhost", &files.cert)).await;
    assert!(status.success() && out.contains("\"price_alert\""), "{err}");
    for (host, cert) in [("localhost", &another.cert), ("127.0.0.1", &files.cert)] {
        let (status, _, err) = run(&mut send(host, cert)).await;
        assert!(!status.success() && err.contains("it is the certificate of an authority"), "{host}: {err}");
    }
    assert!(process.terminate().await.success());
}

/// Where TLS is spoken with this certificate, and nothing else.
async fn speaks_tls(files: &TlsFiles) -> std::net::SocketAddr {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    let cert = CertificateDer::from_pem_file(&files.cert).unwrap();
    let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![cert], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not speak it is sent an alert.
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}
