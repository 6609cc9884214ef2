//! Whether a webhook's request is signed as its receiver would check it: with the verifier that receivers use, over the very bytes and
//! headers that were sent. Pure; the time is passed in.

use std::time::Duration;

use lanehook_signature::{Dialect, Secret, Verifier};

use crate::{
    model::Timestamp,
    webhook::{Secrets, Signing},
};

/// How far the time that was signed may be from that at which the request came: what receivers' libraries allow.
const TOLERANCE: Duration = Duration::from_secs(300);

/// What a check of the signatures came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Checked {
    /// Each dialect's signature is good, by one of these of the webhook's secrets.
    Verified(Vec<WhichSecret>),
    /// One is not, for this reason.
    Refused(String),
    /// The webhook signs nothing.
    Unsigned,
}

/// Which of a webhook's secrets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhichSecret {
    /// The one it has.
    Current,
    /// One from before a rotation, which signs until its grace time ends.
    Previous,
}

/// Checks the signatures that a webhook's request has. `header`: the value of one by its name in lower case.
pub fn check<'h>(
    signing: &Signing,
    secrets: &Secrets,
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    now: Timestamp,
) -> Checked {
    let in_force: Vec<(WhichSecret, &Secret)> = secrets
        .in_force(now)
        .enumerate()
        .map(|(place, secret)| match place {
            0 if secrets.current.is_some() => (WhichSecret::Current, secret),
            _ => (WhichSecret::Previous, secret),
        })
        .collect();
    if in_force.is_empty() || signing.dialects.is_empty() {
        return Checked::Unsigned;
    }
    let dialects: Vec<Dialect> = signing.dialects.iter().map(|spec| spec.dialect()).collect();
    let mut good: Vec<WhichSecret> = in_force.iter().map(|(which, _)| *which).collect();
    for dialect in &dialects {
        let mut reason = None;
        let mut of_dialect = Vec::new();
        for (which, secret) in &in_force {
            match verified(dialect, secret, signing, &header, body, now) {
                Ok(()) => of_dialect.push(*which),
                Err(why) => reason = reason.or(Some(why)),
            }
        }
        if of_dialect.is_empty() {
            return Checked::Refused(reason.unwrap_or_default());
        }
        good.retain(|which| of_dialect.contains(which));
    }
    good.dedup();
    Checked::Verified(good)
}

fn verified<'h>(
    dialect: &Dialect,
    secret: &Secret,
    signing: &Signing,
    header: &impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), String> {
    let verifier = Verifier::new(dialect.clone(), secret).map_err(|error| error.to_string())?;
    let verifier = verifier.with_algorithm(signing.algorithm.into()).with_tolerance(TOLERANCE).without_diagnosis();
    verifier.verify(header, body, now.seconds()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use lanehook_signature::{Algorithm, Message, sign};

    use super::*;
    use crate::webhook::DialectSpec;

    const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NEW: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    /// Signed with these, checked with those.
    fn checked(signed: &[&str], secrets: &Secrets, dialects: Vec<DialectSpec>, body: &[u8]) -> Checked {
        let with: Vec<Secret> = signed.iter().map(|text| secret(text)).collect();
        let message = Message::new("evt_1", NOW.seconds(), b"{}").event_type("a").delivery("dlv_1");
        let signed =
            dialects.iter().flat_map(|spec| sign(&spec.dialect(), Algorithm::Sha256, &with, &message).unwrap());
        let headers: Vec<(String, String)> = signed.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let header = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        check(&Signing { dialects, ..Signing::default() }, secrets, header, body, NOW)
    }

    fn rotating(until: Timestamp) -> Secrets {
        Secrets { current: Some(secret(NEW)), previous: vec![(secret(OLD), until)] }
    }

    #[test]
    fn it_is_told_which_secrets_a_request_is_good_by() {
        let both = rotating(NOW + Duration::from_secs(60));
        let all = vec![DialectSpec::Standard, DialectSpec::Plain];
        let (current, previous) = (WhichSecret::Current, WhichSecret::Previous);
        assert_eq!(checked(&[NEW, OLD], &both, all.clone(), b"{}"), Checked::Verified(vec![current, previous]));
        assert_eq!(checked(&[OLD], &both, vec![DialectSpec::Standard], b"{}"), Checked::Verified(vec![previous]));
        assert_eq!(checked(&[NEW], &both, all, b"{}"), Checked::Verified(vec![current]));
    }

    #[test]
    fn what_a_receiver_would_refuse_is_refused_with_its_reason() {
        let refused = |checked: Checked| match checked {
            Checked::Refused(reason) => reason,
            other => panic!("{other:?}"),
        };
        let rotated = rotating(NOW);
        let standard = || vec![DialectSpec::Standard];
        assert!(refused(checked(&[OLD], &rotated, standard(), b"{}")).contains("no signature matches"));
        assert!(refused(checked(&[NEW], &rotated, standard(), b"{ }")).contains("no signature matches"));
        let of_other = checked(&[NEW], &rotated, standard(), b"{}");
        assert_eq!(of_other, Checked::Verified(vec![WhichSecret::Current]));
        let without = check(&Signing::default(), &rotated, |_| None, b"{}", NOW);
        assert!(refused(without).contains("is missing"));
    }

    #[test]
    fn who_signs_nothing_is_unsigned() {
        assert_eq!(checked(&[NEW], &rotating(NOW), Vec::new(), b"{}"), Checked::Unsigned);
        assert_eq!(checked(&[NEW], &Secrets::default(), vec![DialectSpec::Standard], b"{}"), Checked::Unsigned);
    }
}
