//! Mail: notices are mailed, too, where the operator has named a server for it.
//!
//! In go lines that notices left in the store when they were told; out go mails over SMTP, at most one a minute to each tenant's
//! addresses, with all that was told meanwhile ([`digest`]). What waits is one row for each tenant, so it is bounded, and survives a
//! restart; it is forgotten when the server has taken it, or after a day. Where the server refuses a mail, each address gets one of its own. Nobody waits for the mail server but the job that sends
//! ([`Mailing`]): one that hangs costs that job its time.
//!
//! The password is in the environment only, and goes nowhere but over TLS. No text of anybody's is in a header: the subject is ours, and
//! addresses are checked when they are set ([`crate::model::MailAddress`]).

mod digest;
mod mailer;
mod mailing;
mod smtp;

pub use self::{
    mailer::{Mailer, MailerError},
    mailing::{MailStatus, Mailing},
    smtp::{Password, Smtp, SmtpTls},
};
