//! Why someone may not, or cannot.

use crate::{
    model::{FieldError, Scope, TenantId},
    store::StoreError,
};

/// Why a caller is not let in, or what they ask for is not done. The texts are for callers and for the log alike; who
/// speaks to callers adds where in the request the remedy is.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccessError {
    /// No key, or one that is unknown or was revoked.
    #[error("the API key is unknown or was revoked")]
    UnknownKey,
    /// So many requests come without a valid key that they are refused without a look.
    #[error("too many requests without a valid API key reach this server; slow down")]
    TooManyFailures {
        /// Seconds until one is looked at again.
        retry_after: u64,
    },
    /// The key's time is over.
    #[error("the API key has expired; ask for a new one")]
    Expired,
    /// The key has called as often as it may.
    #[error("the API key has used up its rate limit; try again in {retry_after} s")]
    RateLimited {
        /// Seconds until it may call again.
        retry_after: u64,
    },
    /// The key does not permit what is asked for.
    #[error("this needs the scope `{}`, which the API key does not have", .0.as_str())]
    MissingScope(Scope),
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
    /// A tenant's key makes a key for someone else.
    #[error("a tenant's key makes keys for its own tenant only; leave `tenant` out")]
    KeyOfOtherTenant,
    /// The tenant that cannot be deleted.
    #[error("requests that name no tenant are about `{}`, so it cannot be deleted", TenantId::DEFAULT)]
    DefaultTenant,
    /// There is no such tenant or key among the caller's.
    #[error("there is no {0} with this id")]
    NotFound(&'static str),
    /// A field of what is asked for is wrong.
    #[error("{}: {}", .0.pointer, .0.message)]
    Field(FieldError),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FieldError> for AccessError {
    fn from(error: FieldError) -> AccessError {
        AccessError::Field(error)
    }
}

impl AccessError {
    pub(super) fn field(pointer: impl Into<String>, message: impl Into<String>) -> AccessError {
        AccessError::Field(FieldError::at(pointer, message))
    }
}
