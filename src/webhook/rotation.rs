//! Replacing a webhook's secret without a gap: the new one signs at once, and the old one beside it until its grace time
//! ends, so that receivers can change over in between.

use lanehook_signature::Secret;

use super::{draft::Draft, secret::SecretType, signing::Secrets, state::Webhook};
use crate::model::{Span, Timestamp};

/// How long a replaced secret goes on signing: 24 hours, unless it is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grace(Span);

impl Grace {
    /// The longest: a secret that was replaced because it leaked must not sign for ever.
    pub const LONGEST: Span = Span::seconds(30 * 86_400);

    /// So long. With none, every secret that was replaced ends at once.
    ///
    /// # Errors
    /// It is longer than [`Grace::LONGEST`].
    pub fn of(span: Span) -> Result<Grace, String> {
        match span > Grace::LONGEST {
            true => Err(format!("is at most {}", Grace::LONGEST)),
            false => Ok(Grace(span)),
        }
    }
}

impl Default for Grace {
    fn default() -> Grace {
        Grace(Span::seconds(24 * 3600))
    }
}

/// So many replaced secrets still sign that no other can be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooManyInGrace;

/// How a secret is to be replaced.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// How long the old one signs beside the new one.
    pub grace: Grace,
    /// The caller's own new one; otherwise one is generated.
    pub own: Option<Secret>,
    /// What kind to generate; otherwise the same as before.
    pub kind: Option<SecretType>,
}

impl Rotation {
    /// The webhook with its secret replaced; one that is generated is made of `random`.
    ///
    /// # Errors
    /// So many replaced secrets still sign that this one would be too many.
    pub fn of(&self, before: &Webhook, random: [u8; 32], now: Timestamp) -> Result<Draft, TooManyInGrace> {
        let (new, pointer) = match &self.own {
            Some(secret) => (secret.clone(), "/secret"),
            None => (self.kind.unwrap_or(SecretType::like(&before.secrets)).generate(random), "/secret_type"),
        };
        Ok(Draft::with_secrets(before, before.secrets.rotated(new, self.grace, now)?, pointer))
    }
}

impl Secrets {
    /// The most replaced secrets that sign beside the current one; each adds a signature to every request.
    pub const MOST_IN_GRACE: usize = 3;

    /// Those to sign with now, newest first. A grace that ends later than the longest from now was given by a clock that was
    /// ahead: a secret that was replaced, perhaps because it leaked, does not sign for years.
    pub fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let previous =
            self.previous.iter().filter(move |(_, until)| is_in_grace(*until, now)).map(|(secret, _)| secret);
        self.current.iter().chain(previous)
    }

    /// With a new secret; the one there is signs beside it for the grace time.
    pub fn rotated(&self, new: Secret, Grace(grace): Grace, now: Timestamp) -> Result<Secrets, TooManyInGrace> {
        let mut previous: Vec<_> = self.current.iter().cloned().map(|secret| (secret, now + grace.0)).collect();
        previous.extend(self.previous.iter().filter(|(_, until)| is_in_grace(*until, now)).cloned());
        if grace == Span::seconds(0) {
            previous.clear();
        }
        if previous.len() > Secrets::MOST_IN_GRACE {
            return Err(TooManyInGrace);
        }
        Ok(Secrets { current: Some(new), previous })
    }
}

fn is_in_grace(until: Timestamp, now: Timestamp) -> bool {
    now < until && until <= now + Grace::LONGEST.0
}

impl SecretType {
    /// The kind of the current secret, so that the dialects in use can sign with the next one, too.
    pub fn like(secrets: &Secrets) -> SecretType {
        match &secrets.current {
            Some(secret) if secret.is_ed25519() => SecretType::Ed25519,
            _ => SecretType::Hmac,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Grace = Grace(Span::seconds(60));

    fn secret(number: u8) -> Secret {
        Secret::generate_hmac([number; 32])
    }

    #[test]
    fn a_replaced_secret_signs_until_its_grace_time_ends() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let signing = |secrets: &Secrets, at| -> Vec<String> {
            secrets.in_force(at).map(|secret| secret.expose().to_owned()).collect()
        };
        let text = |number| secret(number).expose().to_owned();
        let first = Secrets { current: Some(secret(0)), previous: Vec::new() };
        let second = first.rotated(secret(1), MINUTE, now).unwrap();
        let end = now + Span::seconds(60).0;
        assert_eq!(signing(&second, now), [text(1), text(0)]);
        assert_eq!(signing(&second, end), [text(1)]);
        let at_once = Grace::of(Span::seconds(0)).unwrap();
        assert_eq!(signing(&second.rotated(secret(2), at_once, now).unwrap(), now), [text(2)], "none goes on signing");
    }

    #[test]
    fn a_replaced_secret_does_not_sign_for_the_years_that_a_clock_was_ahead() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let longest = Grace(Grace::LONGEST);
        let first = Secrets { current: Some(secret(0)), previous: Vec::new() };
        let rotated_at = |ahead: u64| first.rotated(secret(1), longest, now + Duration::from_secs(ahead)).unwrap();
        assert_eq!(rotated_at(0).in_force(now).count(), 2);
        assert_eq!(rotated_at(10 * 365 * 86_400).in_force(now).count(), 1);
    }

    #[test]
    fn at_most_three_replaced_secrets_sign_at_one_time() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let mut secrets = Secrets { current: Some(secret(0)), previous: Vec::new() };
        for number in 1..=3 {
            secrets = secrets.rotated(secret(number), MINUTE, now).unwrap();
        }
        assert_eq!(secrets.in_force(now).count(), 4);
        assert_eq!(secrets.rotated(secret(4), MINUTE, now).err(), Some(TooManyInGrace));
        let end = now + Span::seconds(60).0;
        assert_eq!(
            secrets.rotated(secret(4), MINUTE, end).unwrap().in_force(end).count(),
            2,
            "those before have ended"
        );
    }

    #[test]
    fn a_grace_time_is_at_most_30_days() {
        assert!(Grace::of(Span::seconds(30 * 86_400)).is_ok());
        assert_eq!(Grace::of(Span::seconds(30 * 86_400 + 1)), Err("is at most 30d".into()));
    }
}
