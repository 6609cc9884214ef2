//! Hands a mail to the mail server.

use std::{fs, path::Path, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};

use super::smtp::{Password, Smtp, SmtpTls};
use crate::model::{MailAddress, REDACTED, Timestamp};

/// Characters of what a server says that are told again.
const SHOWN: usize = 300;

/// Why there is no mailer.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The file of extra authorities cannot be used.
    #[error("`extra_ca` cannot be used for the mail server: {0}")]
    ExtraCa(String),
    /// The server's name cannot be used.
    #[error("`smtp.host` cannot be used: {0}")]
    Host(String),
    /// Who logs in there has no password.
    #[error("`smtp.user` is given; give its password, too, in LANEHOOK_SMTP_PASSWORD")]
    NoPassword,
    /// Nobody logs in with the password.
    #[error("LANEHOOK_SMTP_PASSWORD is given; give whose it is, too (`smtp.user`)")]
    NoUser,
    /// Everybody on the way would see the password.
    #[error(
        "a password goes to a mail server over TLS only: set `smtp.tls` to `starttls` or `tls`, or leave `smtp.user` out"
    )]
    InTheOpen,
}

/// Sends mails, each over a connection of its own. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    smtp: Smtp,
}

/// Why a mail was not taken.
#[derive(Debug)]
pub(super) enum NotSent {
    /// The server says no to this mail, or to one of its addresses: for now, or for good.
    Refused { for_good: bool, reason: String },
    /// The server cannot be used, whatever the mail.
    Trouble(String),
}

/// Answers that are about no single mail: that the server closes, that TLS or a login is not as it wants them (RFC 5321, 3207, 4954).
const OF_THE_SERVER: [u16; 7] = [421, 432, 454, 530, 534, 535, 538];

/// A mail to send.
pub(super) struct Mail<'a> {
    pub to: &'a [MailAddress],
    pub subject: String,
    pub body: String,
    /// The same each time that it is sent.
    pub id: String,
    pub now: Timestamp,
}

impl Mailer {
    /// To this server; its certificate may be of these authorities, too.
    ///
    /// # Errors
    /// Something that was set cannot be used.
    pub fn new(smtp: Smtp, extra_ca: Option<&Path>) -> Result<Mailer, MailerError> {
        let credentials = match (&smtp.user, &smtp.password) {
            (None, None) => None,
            (Some(_), Some(_)) if smtp.tls == SmtpTls::None => return Err(MailerError::InTheOpen),
            (Some(user), Some(Password(password))) => Some(Credentials::new(user.clone(), password.clone())),
            (Some(_), None) => return Err(MailerError::NoPassword),
            (None, Some(_)) => return Err(MailerError::NoUser),
        };
        let tls = match smtp.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Required(tls_to(&smtp.host, extra_ca)?),
            SmtpTls::Tls => Tls::Wrapper(tls_to(&smtp.host, extra_ca)?),
        };
        let (_, domain) = smtp.from.parts();
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(smtp.host.as_str())
            .port(smtp.port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain.to_owned()))
            .timeout(Some(smtp.timeout));
        let transport = match credentials {
            Some(credentials) => builder.credentials(credentials).build(),
            None => builder.build(),
        };
        Ok(Mailer { transport, smtp })
    }

    /// Returns when the server has taken it.
    pub(super) async fn send(&self, mail: Mail<'_>) -> Result<(), NotSent> {
        let message = self.message(mail).map_err(|reason| NotSent::Refused { for_good: true, reason })?;
        // The transport's own limit is for each of its steps, of which a slow server can make many.
        match tokio::time::timeout(self.smtp.timeout, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.not_sent(&error)),
            Err(_) => {
                let reason = format!("the mail server did not take it within {} s", self.smtp.timeout.as_secs());
                Err(NotSent::Trouble(reason))
            }
        }
    }

    fn not_sent(&self, error: &lettre::transport::smtp::Error) -> NotSent {
        let reason = self.in_words(error);
        match error.status() {
            Some(code) if !OF_THE_SERVER.contains(&code.into()) => {
                NotSent::Refused { for_good: error.is_permanent(), reason }
            }
            _ => NotSent::Trouble(reason),
        }
    }

    fn message(&self, Mail { to, subject, body, id, now }: Mail<'_>) -> Result<Message, String> {
        let (_, domain) = self.smtp.from.parts();
        let mut message = Message::builder()
            .from(mailbox(&self.smtp.from)?)
            .subject(subject)
            .message_id(Some(format!("<{id}@{domain}>")))
            .date(SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(now.millis().unsigned_abs()))
            .header(ContentType::TEXT_PLAIN);
        for address in to {
            message = message.to(mailbox(address)?);
        }
        message.body(body).map_err(|error| error.to_string())
    }

    /// What went wrong, without what we have said ourselves.
    fn in_words(&self, error: &lettre::transport::smtp::Error) -> String {
        let mut said = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            let cause_says = cause.to_string();
            if !said.contains(&cause_says) {
                said = format!("{said}: {cause_says}");
            }
            source = cause.source();
        }
        if let (Some(user), Some(Password(password))) = (&self.smtp.user, &self.smtp.password) {
            let plain = STANDARD.encode(format!("\0{user}\0{password}"));
            for secret in [plain, STANDARD.encode(password), password.clone()] {
                said = said.replace(&secret, REDACTED);
            }
        }
        said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect()
    }
}

/// By TLS to a server of this name.
fn tls_to(host: &str, extra_ca: Option<&Path>) -> Result<TlsParameters, MailerError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = extra_ca {
        let pem = fs::read(path).map_err(|error| MailerError::ExtraCa(error.to_string()))?;
        // All that are in the file.
        let authorities = Certificate::from_pem(&pem).map_err(|error| MailerError::ExtraCa(error.to_string()))?;
        parameters = parameters.add_root_certificate(authorities);
    }
    parameters.build_rustls().map_err(|error| MailerError::Host(error.to_string()))
}

fn mailbox(address: &MailAddress) -> Result<Mailbox, String> {
    let (user, domain) = address.parts();
    let address = Address::new(user, domain).map_err(|error| format!("{address}: {error}"))?;
    Ok(Mailbox::new(None, address))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn smtp() -> Smtp {
        Smtp {
            host: "mail.example.com".into(),
            port: 587,
            tls: SmtpTls::Starttls,
            user: None,
            password: None,
            from: MailAddress::kept("lanehook@example.com"),
            to: Vec::new(),
            tenants: false,
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_password_is_whole_and_goes_over_tls_only() {
        let refused = |smtp| Mailer::new(smtp, None).err().map(|error| error.to_string()).unwrap_or_default();
        let (user, password) = (Some("u".to_owned()), Some(Password("p".into())));
        assert!(refused(Smtp { user: user.clone(), ..smtp() }).contains("LANEHOOK_SMTP_PASSWORD"));
        assert!(refused(Smtp { password: password.clone(), ..smtp() }).contains("`smtp.user`"));
        assert!(refused(Smtp { user, password, tls: SmtpTls::None, ..smtp() }).contains("over TLS only"));
        assert_eq!(refused(smtp()), "");
    }

    #[test]
    fn nothing_in_a_mail_ends_a_header() {
        let mailer = Mailer::new(smtp(), None).unwrap();
        let to = [MailAddress::kept("a@example.com"), MailAddress::kept("b@example.com")];
        let (subject, id) = ("one\r\nBcc: c@example.com".to_owned(), "7".to_owned());
        let body = "- ä\r\n.\r\nMAIL FROM:<x>\n".to_owned();
        let now = Timestamp::from_millis(1_800_000_000_000);
        let message = mailer.message(Mail { to: &to, subject, body, id, now }).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert!(head.contains("Message-ID: <7@example.com>") && head.contains("Date: Fri, 15 Jan 2027"), "{head}");
        assert_eq!(message.envelope().to().len(), 2);
        assert!(mailbox(&MailAddress::kept("a@example.com\r\nBcc: c@example.com")).is_err());
    }
}
