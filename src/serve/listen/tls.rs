//! TLS for the API: a certificate and its key enter as files, sessions leave. What the files hold when they change, or on
//! SIGHUP, is taken for new connections; if that cannot be used, what was there stays, and the log says why.
//!
//! Offered is HTTP/1.1 alone: who waits for whom on a connection is known for one request at a time.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    signal::unix::{SignalKind, signal},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, config::TlsFiles};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);
/// What is answered where plain HTTP is spoken.
const PLAIN_HTTP: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 45\r\n\r\n\
    This address speaks TLS: call it by https://\n";

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsFileError {
    /// The certificate cannot be read.
    #[error("--tls-cert: {} cannot be read: {error}", .path.display())]
    Cert { path: PathBuf, error: pem::Error },
    /// There is none in its file.
    #[error("--tls-cert: {} holds no certificate in PEM form", .0.display())]
    NoCert(PathBuf),
    /// The key cannot be read.
    #[error("--tls-key: {} cannot be read: {error}", .path.display())]
    Key { path: PathBuf, error: pem::Error },
    /// There is none in its file.
    #[error("--tls-key: {} holds no private key in PEM form that is not encrypted", .0.display())]
    NoKey(PathBuf),
    /// They do not belong together, or are of a kind that is not known.
    #[error("{} and {} cannot be used together: {error}", .cert.display(), .key.display())]
    Unfit { cert: PathBuf, key: PathBuf, error: rustls::Error },
    /// TLS itself cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// Makes sessions of connections. Cheap to clone; clones share the certificate.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
}

/// The certificate for connections from now on.
#[derive(Debug)]
struct Current {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    key: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone())
    }
}

impl Tls {
    /// With what is in the files now.
    ///
    /// # Errors
    /// They cannot be used.
    pub fn open(files: &TlsFiles) -> Result<Tls, TlsFileError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = RwLock::new(Arc::new(read(files, &provider)?));
        let current = Arc::new(Current { files: files.clone(), provider: provider.clone(), key });
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(TlsFileError::Setup)?;
        let mut config = config.with_no_client_auth().with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"http/1.1".into()];
        Ok(Tls { acceptor: Arc::new(config).into(), current })
    }

    /// Shakes hands. Who speaks plain HTTP is told so.
    pub async fn accept(&self, mut stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        // The first byte of a session is that of a handshake's record.
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
            // What is left unread would take the answer away.
            let _ = stream.read(&mut [0; 4096]).await?;
            stream.write_all(PLAIN_HTTP).await?;
            stream.shutdown().await?;
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.acceptor.accept(stream).await
    }

    /// Takes what is in the files whenever they have changed, and on SIGHUP, until it is stopped.
    pub async fn keep_current(self, clock: Clock, stop: CancellationToken) {
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut seen = self.marks();
        let watch = async {
            loop {
                let asked = tokio::select! {
                    () = clock.sleep(LOOK) => false,
                    () = hung_up(&mut hangup) => true,
                };
                let marks = self.marks();
                if asked || marks != seen {
                    seen = marks;
                    self.renew();
                }
            }
        };
        stop.run_until_cancelled(watch).await;
    }

    fn renew(&self) {
        let Current { files, provider, key } = &*self.current;
        match read(files, provider) {
            Ok(new) => {
                *key.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(new);
                tracing::info!(cert = %files.cert.display(), "the certificate is read anew, for connections from now on");
            }
            Err(error) => {
                tracing::error!(%error, "the certificate is not renewed: the one before stays");
            }
        }
    }

    /// By what a change of the files shows, also where they are links to others.
    fn marks(&self) -> [Option<(u64, i64, i64, u64)>; 2] {
        let mark = |data: Metadata| (data.ino(), data.mtime(), data.mtime_nsec(), data.size());
        let TlsFiles { cert, key } = &self.current.files;
        [cert, key].map(|path| fs::metadata(path).ok().map(mark))
    }
}

async fn hung_up(hangup: &mut Option<tokio::signal::unix::Signal>) {
    match hangup {
        Some(hangup) => drop(hangup.recv().await),
        None => std::future::pending().await,
    }
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsFileError> {
    let TlsFiles { cert, key } = files;
    let chain = CertificateDer::pem_file_iter(cert).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| TlsFileError::Cert { path: cert.clone(), error })?;
    if chain.is_empty() {
        return Err(TlsFileError::NoCert(cert.clone()));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsFileError::NoKey(key.clone()),
        error => TlsFileError::Key { path: key.clone(), error },
    })?;
    warn_of_readers(key);
    let unfit = |error| TlsFileError::Unfit { cert: cert.clone(), key: key.clone(), error };
    CertifiedKey::from_der(chain, secret, provider).map_err(unfit)
}

/// A key that everybody on this machine can read is no secret.
fn warn_of_readers(key: &Path) {
    let mode = fs::metadata(key).map_or(0, |data| data.permissions().mode());
    if mode & 0o027 != 0 {
        tracing::warn!(
            key = %key.display(), mode = format_args!("{:o}", mode & 0o777),
            "others on this machine can read or change the private key; make it its owner's: chmod 600"
        );
    }
}
