//! Certificates that whoever runs this has given to be trusted, also where one of them is a server's own.
//!
//! Many who make a certificate for one server by hand make that of an authority, which may not be a server's (RFC 5280, 4.2.1.9).
//! Whoever is trusted as an authority can issue a certificate for any name, so nothing more is trusted if it is taken for the names that
//! it has itself.

use std::{fmt, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// Verifies as another verifier does, and takes besides a certificate that was given and is an authority's.
pub(super) struct Given {
    pub verifier: Arc<dyn ServerCertVerifier>,
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Given {
    /// Whether this certificate was given, byte for byte, and has the name.
    fn has(&self, certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
        let is_for = |certificate: EndEntityCert<'_>| certificate.verify_is_valid_for_subject_name(name).is_ok();
        self.certificates.iter().any(|given| given.as_ref() == certificate.as_ref())
            && EndEntityCert::try_from(certificate).is_ok_and(is_for)
    }
}

/// Whether nothing else is wrong with a certificate so far: that it is past its time is found out before.
fn is_authority(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(OtherError(error))) = error else { return false };
    matches!(error.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

impl ServerCertVerifier for Given {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            Err(error) if is_authority(&error) && self.has(end_entity, server_name) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}
