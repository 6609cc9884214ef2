//! What errors of rustls mean, in words for whoever runs the server: an error enters, what is wrong and what helps leaves. Never the
//! names that its types have.

use rustls::{AlertDescription, CertificateError, Error, OtherError, PeerIncompatible};
use webpki::Error as Chain;

/// What is wrong with a certificate; a sentence says before whose it is.
pub(super) fn of_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::BadEncoding => "it is not written as certificates are",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "it is for another name",
        CertificateError::UnknownIssuer => "it is signed by nobody known here",
        CertificateError::Revoked => "its issuer has revoked it",
        CertificateError::UnhandledCriticalExtension => {
            "it has an extension that is marked as critical and not known here"
        }
        CertificateError::UnknownRevocationStatus => "whether it was revoked cannot be found out",
        CertificateError::ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. } => {
            "the list of what its issuer has revoked is out of date"
        }
        CertificateError::BadSignature => {
            "a signature of it or of its chain does not fit: a key is too weak (RSA needs 2048 bits), or the server sends an \
             intermediate or uses a key of another certificate"
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => SIGNED_IN_AN_OLD_WAY,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => NOT_FOR_SERVERS,
        CertificateError::InvalidOcspResponse => {
            "the proof that it was not revoked, which the server sends along, is wrong"
        }
        CertificateError::Other(OtherError(error)) => match error.downcast_ref::<Chain>() {
            Some(error) => of_chain(error),
            // The platform's verifier says in this way only that the purpose is another.
            None => NOT_FOR_SERVERS,
        },
        // Those that are deprecated, and those of versions to come.
        other if *other == CertificateError::ApplicationVerificationFailure => "it was refused here",
        _ => SIGNED_IN_AN_OLD_WAY,
    }
}

const SIGNED_IN_AN_OLD_WAY: &str = "it or its chain is signed in a way that is not accepted: with an old hash like SHA-1, or an unusual \
                                    key; have it issued with SHA-256";
const NOT_FOR_SERVERS: &str = "it is not meant for servers; have it issued for that (extended key usage `serverAuth`)";

fn of_chain(error: &Chain) -> &'static str {
    match error {
        Chain::CaUsedAsEndEntity => {
            "it is the certificate of an authority, self-signed perhaps, and not one of a server; give the server one that a known \
             authority has issued for it"
        }
        Chain::EndEntityUsedAsCa => "it was issued by a certificate that may not issue any",
        Chain::NameConstraintViolation => "its authority may not issue certificates for this name",
        Chain::PathLenConstraintViolated | Chain::MaximumPathDepthExceeded => "its chain of intermediates is too long",
        Chain::MaximumSignatureChecksExceeded
        | Chain::MaximumPathBuildCallsExceeded
        | Chain::MaximumNameConstraintComparisonsExceeded => "its chain of intermediates takes too long to check",
        Chain::UnsupportedCertVersion => "it is of an old version of certificates; have one issued of version 3",
        Chain::SignatureAlgorithmMismatch => SIGNED_IN_AN_OLD_WAY,
        Chain::RequiredEkuNotFoundContext(_) | Chain::EmptyEkuExtension => NOT_FOR_SERVERS,
        _ => "it is not made as certificates of servers have to be; have it issued anew",
    }
}

/// Why there is no session, where it is neither the certificate nor what the other side says.
pub(super) fn of_session(error: &Error) -> &'static str {
    match error {
        Error::PeerIncompatible(why) => of_incompatible(why),
        Error::NoCertificatesPresented => "it shows no certificate",
        Error::NoApplicationProtocol => "it speaks neither HTTP/1.1 nor HTTP/2 on this port (ALPN)",
        Error::DecryptError | Error::PeerSentOversizedRecord => {
            "what it sends cannot be decrypted; something on the way may change it"
        }
        Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::InvalidEncryptedClientHello(_)
        | Error::UnsupportedNameType => "it does not keep to the rules of TLS",
        _ => "TLS failed on the side of the sender",
    }
}

fn of_incompatible(why: &PeerIncompatible) -> &'static str {
    match why {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => OLD_VERSION,
        PeerIncompatible::NoCipherSuitesInCommon => {
            "it offers no cipher that is accepted; it needs AES-GCM or ChaCha20"
        }
        PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NamedGroupsExtensionRequired
        | PeerIncompatible::NoEcPointFormatsInCommon
        | PeerIncompatible::EcPointsExtensionRequired
        | PeerIncompatible::UncompressedEcPointsRequired
        | PeerIncompatible::KeyShareExtensionRequired => {
            "it offers no way to agree on a key that is accepted; it needs X25519 or the curve P-256"
        }
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
            "it offers no signature that is accepted; it needs ECDSA or RSA with SHA-256"
        }
        _ => "its TLS lacks what is needed",
    }
}

const OLD_VERSION: &str = "it speaks no version of TLS that is accepted; it needs 1.2 or 1.3";

/// What the other side means by an alert (RFC 8446, 6.2), and the alert's name there.
pub(super) fn of_alert(alert: AlertDescription) -> String {
    let means = match alert {
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "it accepts none of the ciphers, keys and signatures that are offered"
        }
        AlertDescription::ProtocolVersion | AlertDescription::InappropriateFallback => OLD_VERSION,
        AlertDescription::UnrecognisedName => "it has no host of this name",
        AlertDescription::NoApplicationProtocol => "it speaks neither HTTP/1.1 nor HTTP/2 on this port",
        AlertDescription::AccessDenied => "it lets this sender not in",
        AlertDescription::InternalError => "something went wrong on its side",
        AlertDescription::CloseNotify | AlertDescription::UserCanceled => "it hung up",
        AlertDescription::BadRecordMac
        | AlertDescription::DecryptionFailed
        | AlertDescription::DecryptError
        | AlertDescription::RecordOverflow
        | AlertDescription::DecompressionFailure => {
            "it cannot decrypt what it gets; something on the way may change it"
        }
        _ => "it does not understand what it gets, or misses something",
    };
    format!("{means} ({})", name(alert))
}

/// As RFC 8446, 6, and its predecessors name it.
pub(super) fn name(alert: AlertDescription) -> String {
    let name = match alert {
        AlertDescription::CloseNotify => "close_notify",
        AlertDescription::UnexpectedMessage => "unexpected_message",
        AlertDescription::BadRecordMac => "bad_record_mac",
        AlertDescription::DecryptionFailed => "decryption_failed",
        AlertDescription::RecordOverflow => "record_overflow",
        AlertDescription::DecompressionFailure => "decompression_failure",
        AlertDescription::HandshakeFailure => "handshake_failure",
        AlertDescription::NoCertificate => "no_certificate",
        AlertDescription::BadCertificate => "bad_certificate",
        AlertDescription::UnsupportedCertificate => "unsupported_certificate",
        AlertDescription::CertificateRevoked => "certificate_revoked",
        AlertDescription::CertificateExpired => "certificate_expired",
        AlertDescription::CertificateUnknown => "certificate_unknown",
        AlertDescription::IllegalParameter => "illegal_parameter",
        AlertDescription::UnknownCA => "unknown_ca",
        AlertDescription::AccessDenied => "access_denied",
        AlertDescription::DecodeError => "decode_error",
        AlertDescription::DecryptError => "decrypt_error",
        AlertDescription::ProtocolVersion => "protocol_version",
        AlertDescription::InsufficientSecurity => "insufficient_security",
        AlertDescription::InternalError => "internal_error",
        AlertDescription::InappropriateFallback => "inappropriate_fallback",
        AlertDescription::UserCanceled => "user_canceled",
        AlertDescription::MissingExtension => "missing_extension",
        AlertDescription::UnsupportedExtension => "unsupported_extension",
        AlertDescription::UnrecognisedName => "unrecognized_name",
        AlertDescription::CertificateRequired => "certificate_required",
        AlertDescription::NoApplicationProtocol => "no_application_protocol",
        other => return format!("alert {}", u8::from(other)),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::PeerMisbehaved;

    use super::*;

    /// The words of types have several capitals or brackets; those of people have not.
    fn is_for_people(words: &str) {
        let is_type = |word: &str| {
            let small = |c: char| c.is_ascii_lowercase();
            word.contains("::")
                || word.starts_with(char::is_uppercase) && word.matches(small).count() > 0 && {
                    word.chars().skip(1).any(char::is_uppercase) && !word.starts_with("ChaCha")
                }
        };
        let words_of = words.split(|c: char| !c.is_alphanumeric() && c != ':');
        let types: Vec<&str> = words_of.filter(|word| is_type(word)).collect();
        assert!(types.is_empty() && !words.contains(['{', '[']), "{words}: {types:?}");
    }

    #[test]
    fn every_alert_is_told_in_words_and_by_its_name() {
        for code in 0..=255 {
            is_for_people(&of_alert(code.into()));
        }
        assert!(of_alert(AlertDescription::ProtocolVersion).contains("it needs 1.2 or 1.3 (protocol_version)"));
        assert!(of_alert(AlertDescription::Unknown(200)).ends_with("(alert 200)"));
    }

    #[test]
    fn what_is_wrong_with_a_chain_or_a_session_is_told_in_words() {
        let chain = |error: Chain| of_certificate(&CertificateError::Other(OtherError(Arc::new(error))));
        assert!(chain(Chain::CaUsedAsEndEntity).contains("the certificate of an authority"));
        assert!(chain(Chain::MalformedExtensions).contains("have it issued anew"));
        let certificates = [
            CertificateError::BadEncoding,
            CertificateError::Revoked,
            CertificateError::BadSignature,
            CertificateError::InvalidPurpose,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::ApplicationVerificationFailure,
        ];
        certificates.iter().map(of_certificate).for_each(is_for_people);
        let sessions = [
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
            Error::PeerIncompatible(PeerIncompatible::NullCompressionRequired),
            Error::PeerMisbehaved(PeerMisbehaved::InvalidCertCompression),
            Error::NoApplicationProtocol,
            Error::General("inside".into()),
        ];
        sessions.iter().map(of_session).for_each(is_for_people);
    }
}
