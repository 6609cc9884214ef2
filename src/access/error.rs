//! Why someone may not, or cannot.

use super::bucket::Whose;
use crate::{
    model::{FieldError, RateLimit, RateUnit, Scope, TenantId},
    store::StoreError,
};

/// Why a caller is not let in, or what they ask for is not done. The texts are for callers and for the log alike; who
/// speaks to callers adds where in the request the remedy is.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccessError {
    /// No key, or one that is unknown or was revoked.
    #[error("the API key is unknown or was revoked")]
    UnknownKey,
    /// So many requests come from one client without a valid key that they are not told why they are refused.
    #[error("too many requests without a valid API key come from your address; slow down")]
    TooManyFailures {
        /// Seconds until one is looked at again.
        retry_after: u64,
    },
    /// The key's time is over.
    #[error("the API key has expired; ask for a new one")]
    Expired,
    /// A cookie that nobody is signed in by any more.
    #[error("nobody is signed in by this any more; sign in again")]
    SignedOut,
    /// A link that was opened before, or is too old, or is none.
    #[error("this link was used or is too old; sign in with an API key, or ask for a new link")]
    UsedLink,
    /// The key, or all keys of its tenant together, have called as often as they may.
    #[error("{}; try again in {retry_after} s", used_up(*.whose, *.rate))]
    RateLimited {
        /// Whose requests are too many.
        whose: Whose,
        /// How many are not.
        rate: RateLimit,
        /// Seconds until it may call again.
        retry_after: u64,
    },
    /// The key does not permit what is asked for.
    #[error("this needs the scope `{}`, which the API key does not have", .0.as_str())]
    MissingScope(Scope),
    /// A customer in the portal asks for what is not part of it.
    #[error("this is not part of the portal")]
    NotInPortal,
    /// A tenant's key asks for what only an operator's may.
    #[error("this needs an operator's key; the one you sent belongs to a tenant")]
    OperatorOnly,
    /// A tenant's key speaks for all tenants.
    #[error("all tenants at one time need an operator's key")]
    AllTenantsNeedOperator,
    /// All tenants were named for what is about one.
    #[error("this is possible for one tenant at a time only")]
    OneTenantOnly,
    /// A tenant's key speaks for another tenant, or for one that does not exist: it is not told which.
    #[error("the API key does not belong to the tenant that is named")]
    OtherTenant,
    /// An operator names a tenant that does not exist.
    #[error("there is no tenant `{}`", .0.escape_debug())]
    UnknownTenant(String),
    /// A key would permit what the key that makes it does not.
    #[error("the key you use does not have the scope `{}` itself", .scope.as_str())]
    ScopeNotHeld {
        /// What it would permit.
        scope: Scope,
        /// Which of the scopes asked for it is, from 0.
        place: usize,
    },
    /// A key would take what it has not itself.
    #[error("the key has the scope `{}`, which the key you use does not have; revoke it with one that has", .0.as_str())]
    StrongerKey(Scope),
    /// A tenant's key makes a key for someone else.
    #[error("a tenant's key makes keys for its own tenant only; leave `tenant` out")]
    KeyOfOtherTenant,
    /// The tenant that cannot be deleted.
    #[error("requests that name no tenant are about `{}`, so it cannot be deleted", TenantId::DEFAULT)]
    DefaultTenant,
    /// There is no such tenant or key among the caller's.
    #[error("there is no {0} with this id")]
    NotFound(&'static str),
    /// Fields of what is asked for are wrong; at least one.
    #[error("{}", sentences(.0))]
    Fields(Vec<FieldError>),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which quota, how much of it was used, and what helps but waiting.
fn used_up(whose: Whose, rate: RateLimit) -> String {
    let (who, cure) = match whose {
        Whose::Key | Whose::Nobody => ("this API key has", "use a key with a higher `rate_limit`"),
        Whose::Tenant => {
            ("the tenant's API keys together have", "let the operator raise the tenant's `quotas.rate_limit`")
        }
    };
    format!("{who} used up all {}; send several events in one request, or {cure}", requests(rate))
}

/// `600 requests a second`
pub(super) fn requests(RateLimit { limit, per }: RateLimit) -> String {
    let per = match per {
        RateUnit::Second => "second",
        RateUnit::Minute => "minute",
        RateUnit::Hour => "hour",
        RateUnit::Day => "day",
    };
    format!("{limit} requests a {per}")
}

/// What is wrong, field by field, for people.
fn sentences(errors: &[FieldError]) -> String {
    let sentence = |error: &FieldError| format!("{}: {}", error.pointer, error.message);
    errors.iter().map(sentence).collect::<Vec<_>>().join("; ")
}

impl From<FieldError> for AccessError {
    fn from(error: FieldError) -> AccessError {
        vec![error].into()
    }
}

impl From<Vec<FieldError>> for AccessError {
    fn from(errors: Vec<FieldError>) -> AccessError {
        AccessError::Fields(errors)
    }
}

impl AccessError {
    pub(super) fn field(pointer: impl Into<String>, message: impl Into<String>) -> AccessError {
        FieldError::at(pointer, message).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_fields_are_told_in_words() {
        let wrong = vec![FieldError::at("/name", "is empty"), FieldError::at("/scopes/0", "is unknown")];
        assert_eq!(AccessError::from(wrong).to_string(), "/name: is empty; /scopes/0: is unknown");
    }
}
