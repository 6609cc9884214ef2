//! TLS: certificates to trust enter when a client is made; a session leaves, or why there is none.
//!
//! Verified and unverified sessions have configurations of their own, so that neither resumes a session of the other.

mod given;
mod words;

use std::{io, path::Path, sync::Arc};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use self::given::Given;
use crate::error::{BuildError, TlsError};

const HTTP_2: &[u8] = b"h2";
const HTTP_1: &[u8] = b"http/1.1";

/// Which versions of HTTP are offered (RFC 7301).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Offer {
    Both,
    Http1,
}

/// What makes sessions.
pub(crate) struct Tls {
    verified: TlsConnector,
    unverified: TlsConnector,
}

impl Tls {
    /// Trusts what the platform trusts (or Mozilla's list, where the platform has none), and the certificates in this
    /// PEM file.
    pub fn new(extra_ca: Option<&Path>) -> Result<Tls, BuildError> {
        let extra = match extra_ca {
            Some(path) => read_pem(path)?,
            None => Vec::new(),
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = verifier(extra, &provider)?;
        Ok(Tls {
            verified: connector(verifier, &provider)?,
            unverified: connector(Arc::new(Unverified(provider.clone())), &provider)?,
        })
    }

    /// Makes a session; the second value is whether it will speak HTTP/2.
    pub async fn connect(
        &self,
        tcp: TcpStream,
        host: &str,
        verify: bool,
        offer: Offer,
    ) -> Result<(TlsStream<TcpStream>, bool), TlsError> {
        let bare = host.strip_suffix('.').unwrap_or(host).trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(bare.to_owned()).map_err(|_| TlsError::NoName)?;
        let connector = if verify { &self.verified } else { &self.unverified };
        let connecting = match offer {
            Offer::Both => connector.connect(name, tcp),
            Offer::Http1 => connector.with_alpn(vec![HTTP_1.into()]).connect(name, tcp),
        };
        let stream = connecting.await.map_err(|error| reason(&error))?;
        let http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP_2);
        Ok((stream, http2))
    }
}

/// A configuration for other clients, which trust what [`Client`](crate::Client) does: the platform, and these certificates. They speak
/// HTTP/1.1.
///
/// # Errors
/// TLS cannot be set up, or one of the certificates is none.
pub fn trusting(certificates: Vec<CertificateDer<'static>>) -> Result<ClientConfig, BuildError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = configuration(verifier(certificates, &provider)?, &provider)?;
    config.alpn_protocols = vec![HTTP_1.into()];
    Ok(config)
}

fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, BuildError> {
    let unreadable = |reason: String| BuildError::ExtraCa { path: path.to_owned(), reason };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unreadable("it holds no certificate in PEM form".into()));
    }
    Ok(certificates)
}

fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, BuildError> {
    let platform = rustls_platform_verifier::Verifier::new_with_extra_roots(extra.iter().cloned(), provider.clone());
    let verifier: Arc<dyn ServerCertVerifier> = match platform {
        Ok(verifier) => Arc::new(verifier),
        Err(error) => {
            tracing::info!(%error, "no certificates from the platform; trusting Mozilla's list");
            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            for certificate in &extra {
                roots.add(certificate.clone())?;
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone()).build();
            verifier.map_err(|error| BuildError::Tls(rustls::Error::General(error.to_string())))?
        }
    };
    Ok(Arc::new(Given { verifier, certificates: extra }))
}

fn connector(
    verifier: Arc<dyn ServerCertVerifier>,
    provider: &Arc<CryptoProvider>,
) -> Result<TlsConnector, BuildError> {
    let mut config = configuration(verifier, provider)?;
    config.alpn_protocols = vec![HTTP_2.into(), HTTP_1.into()];
    Ok(Arc::new(config).into())
}

fn configuration(
    verifier: Arc<dyn ServerCertVerifier>,
    provider: &Arc<CryptoProvider>,
) -> Result<ClientConfig, BuildError> {
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    Ok(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// What rustls says by an error of a stream.
fn of_rustls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|source| source.downcast_ref())
}

/// With which alert a session was ended that was there already, for us: what the other side says of a client's certificate, or
/// of none, comes after the handshake (RFC 8446, 4.4.2.4 and appendix A.1).
pub(crate) fn alert_in_session(error: &io::Error) -> Option<TlsError> {
    let rustls::Error::AlertReceived(alert) = of_rustls(error)? else { return None };
    Some(match alert {
        // A server that has taken our part of the handshake can mean only what we did not show.
        AlertDescription::HandshakeFailure | AlertDescription::AccessDenied => wants_certificate(*alert),
        _ => of_alert(*alert),
    })
}

/// No client's certificate is ever sent, so whoever finds fault with it wants one.
fn of_alert(alert: AlertDescription) -> TlsError {
    match alert {
        AlertDescription::CertificateRequired
        | AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA => wants_certificate(alert),
        AlertDescription::NoApplicationProtocol => TlsError::NoProtocol(words::of_alert(alert)),
        _ => TlsError::Alert(words::of_alert(alert)),
    }
}

fn wants_certificate(alert: AlertDescription) -> TlsError {
    TlsError::ClientCertificate(words::name(alert))
}

impl TlsError {
    /// Of an I/O error that rustls has caused.
    pub fn of(error: &io::Error) -> Option<TlsError> {
        of_rustls(error).map(|_| reason(error))
    }
}

fn reason(error: &io::Error) -> TlsError {
    let Some(error) = of_rustls(error) else { return TlsError::Ended(error.kind()) };
    match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsError::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsError::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsError::OtherName,
            CertificateError::UnknownIssuer => TlsError::UnknownIssuer,
            other => TlsError::Certificate(words::of_certificate(other)),
        },
        rustls::Error::AlertReceived(alert) => of_alert(*alert),
        rustls::Error::InvalidMessage(_) => TlsError::NotTls,
        other => TlsError::Other(words::of_session(other)),
    }
}

/// Takes any certificate, but still only from who holds its key.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
