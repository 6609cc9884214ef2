//! Who may do what, and how often: tenants, API keys with their scopes and quotas, and every change to them.
//!
//! In goes what a request says about itself (a key's text, a tenant's name), out comes a [`Caller`], of whom handlers
//! ask for what they need: a tenant, which is given only with the right scope. Keys and tenants are the store's views of
//! them, so whoever makes or revokes one, a revoked key is refused from that answer on. What is kept here is made of
//! them: what is left of each key's and each tenant's quota. A key's text is hashed (SHA-256) and looked up by its hash, so how long that takes
//! says nothing about the keys there are; the text itself is kept nowhere. People exchange a key for a session ([`sessions`]), which permits no more. Nothing here knows HTTP.

mod admission;
mod bucket;
mod caller;
mod error;
mod holder;
mod key_text;
mod keys;
mod last_use;
mod name;
mod notices;
mod sessions;
mod signed_in;
mod state;
mod strangers;
mod tenants;
mod uses;

pub use self::{
    admission::{Admission, Credential, NamedTenant},
    bucket::{Quota, Whose},
    caller::Caller,
    error::AccessError,
    key_text::{KeyText, csrf_token},
    keys::{KeyOrder, MadeKey, NewKeyOf},
    name::check_name,
    sessions::MadeSession,
    signed_in::SessionLimits,
    state::{Access, AccessLimits, MailTo},
    strangers::client_network,
    tenants::TenantChange,
};
