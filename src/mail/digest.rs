//! What stands in a mail: pure.

use std::fmt::Write as _;

use crate::{model::TenantId, store::DueMail};

/// A mail's subject, which has no text in it that anybody else wrote.
pub(super) fn subject(tenant: &TenantId, mail: &DueMail) -> String {
    let notices = if mail.count == 1 { "notice" } else { "notices" };
    format!("lanehook: {} {notices} for {tenant}", mail.count)
}

/// A line for each notice, and how many more there are.
pub(super) fn body(tenant: &TenantId, mail: &DueMail) -> String {
    let mut body = String::new();
    let shown = mail.lines.len() as u64;
    for line in &mail.lines {
        // Writing to a string does not fail.
        let _ = writeln!(body, "- {line}");
    }
    if mail.count > shown {
        let _ = writeln!(body, "- and {} more", mail.count - shown);
    }
    let _ = write!(
        body,
        "\nSince {} these notices were told to the tenant {tenant}. They are events of types that begin with `lanehook.`:\n\
         GET /api/v1/events lists them, and webhooks can subscribe to them.\n",
        mail.since
    );
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TenantKey, Timestamp};

    #[test]
    fn a_mail_lists_its_notices_and_counts_the_others() {
        let lines = vec!["the webhook w is failing: ä".to_owned(), "the webhook w has recovered".to_owned()];
        let since = Timestamp::from_millis(0);
        let mail = DueMail { tenant: TenantKey(1), lines, count: 7, tries: 0, since };
        let acme = TenantId::kept("acme");
        assert_eq!(subject(&acme, &mail), "lanehook: 7 notices for acme");
        let body = body(&acme, &mail);
        assert!(
            body.starts_with("- the webhook w is failing: ä\n- the webhook w has recovered\n- and 5 more\n\n"),
            "{body}"
        );
        assert_eq!(subject(&acme, &DueMail { count: 1, ..mail }), "lanehook: 1 notice for acme");
    }
}
