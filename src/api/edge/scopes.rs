//! What a key has to permit, said once, in a handler's signature: `Allowed<EventsRead>` is proof of the scope,
//! `Allowed<(EventsRead, DeliveriesRead)>` of both, and the same type writes them into the operation's description.
//!
//! A handler's first argument is one of [`Allowed`], [`AllowedForAll`], [`Permitted`] and [`Operator`]; without one it
//! cannot become an operation.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;
use utoipa::openapi::{extensions::ExtensionsBuilder, path::Operation, security::SecurityRequirement};
use utoipa_axum::router::UtoipaMethodRouter;

use super::problem::Problem;
use crate::{
    access::{AccessError, Caller},
    api::app::Shared,
    model::{Scope, TenantKey},
};

/// A scope as a type.
pub trait ScopeType: Send + Sync + 'static {
    /// The scope that the type stands for.
    const SCOPE: Scope;
}

/// One scope, or several, as a type.
pub trait Scopes: Send + Sync + 'static {
    /// All of them.
    const SCOPES: &'static [Scope];
}

impl<S: ScopeType> Scopes for S {
    const SCOPES: &'static [Scope] = &[S::SCOPE];
}

/// Whatever the key permits.
impl Scopes for () {
    const SCOPES: &'static [Scope] = &[];
}

impl<A: ScopeType, B: ScopeType> Scopes for (A, B) {
    const SCOPES: &'static [Scope] = &[A::SCOPE, B::SCOPE];
}

impl<A: ScopeType, B: ScopeType, C: ScopeType> Scopes for (A, B, C) {
    const SCOPES: &'static [Scope] = &[A::SCOPE, B::SCOPE, C::SCOPE];
}

macro_rules! scope_types {
    ($($name:ident),*) => { $(
        #[doc = concat!("[`Scope::", stringify!($name), "`]")]
        pub struct $name;

        impl ScopeType for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )* };
}

scope_types! {
    EventsWrite, EventsRead, WebhooksWrite, WebhooksRead, Secrets, DeliveriesRead, DeliveriesWrite, Keys, CatalogueRead,
    CatalogueWrite, Tenants, AuditRead
}

/// A caller whose key has the scopes `S`, and the one tenant that the request is about.
pub struct Allowed<S> {
    /// Whose things the request is about.
    pub tenant: TenantKey,
    /// Who is calling.
    pub caller: Caller,
    scopes: PhantomData<S>,
}

/// The same where the request may be about all tenants: then `tenant` is [`TenantKey::ALL`].
pub struct AllowedForAll<S> {
    /// Whose things the request is about.
    pub tenant: TenantKey,
    /// Who is calling.
    pub caller: Caller,
    scopes: PhantomData<S>,
}

/// A caller whose key has the scopes `S`, for what belongs to no tenant.
pub struct Permitted<S> {
    /// Who is calling.
    pub caller: Caller,
    scopes: PhantomData<S>,
}

/// An operator whose key has the scopes `S`.
pub struct Operator<S> {
    /// Who is calling.
    pub caller: Caller,
    scopes: PhantomData<S>,
}

/// Whoever asks: a caller, or somebody without a key, of whom the handler asks something else.
pub struct Anybody {
    /// Who is calling, if they showed a key.
    pub caller: Option<Caller>,
}

/// What an operation demands of the key.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    scopes: &'static [Scope],
    operator_only: bool,
}

/// An argument of a handler that lets nobody through without its scopes.
pub trait Proof: Sized {
    /// What it demands.
    const DEMAND: Demand;

    /// Of this caller, if the demand is met.
    fn of(caller: Caller) -> Result<Self, AccessError>;
}

impl<S: Scopes> Proof for Allowed<S> {
    const DEMAND: Demand = Demand { scopes: S::SCOPES, operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        permitted(&caller, S::SCOPES)?;
        Ok(Allowed { tenant: caller.one_tenant()?, caller, scopes: PhantomData })
    }
}

impl<S: Scopes> Proof for AllowedForAll<S> {
    const DEMAND: Demand = Demand { scopes: S::SCOPES, operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        permitted(&caller, S::SCOPES)?;
        Ok(AllowedForAll { tenant: caller.concerned_tenant(), caller, scopes: PhantomData })
    }
}

impl<S: Scopes> Proof for Permitted<S> {
    const DEMAND: Demand = Demand { scopes: S::SCOPES, operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        permitted(&caller, S::SCOPES)?;
        Ok(Permitted { caller, scopes: PhantomData })
    }
}

impl<S: Scopes> Proof for Operator<S> {
    const DEMAND: Demand = Demand { scopes: S::SCOPES, operator_only: true };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        caller.operator()?;
        permitted(&caller, S::SCOPES)?;
        Ok(Operator { caller, scopes: PhantomData })
    }
}

impl Proof for Anybody {
    const DEMAND: Demand = Demand { scopes: &[], operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        Ok(Anybody { caller: Some(caller) })
    }
}

impl FromRequestParts<Shared> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        Ok(Anybody { caller: parts.extensions.get::<Caller>().cloned() })
    }
}

fn permitted(caller: &Caller, scopes: &[Scope]) -> Result<(), AccessError> {
    scopes.iter().try_for_each(|&scope| caller.permits(scope))
}

macro_rules! extracted {
    ($($name:ident),*) => { $(
        impl<S: Scopes> FromRequestParts<Shared> for $name<S> {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
                // The middleware puts it there for everything that needs a key; a path that it takes for public has none.
                let caller = parts.extensions.get::<Caller>().cloned();
                let caller = caller.ok_or_else(|| Problem::internal("a handler asks for the caller of a public path"))?;
                Ok(Self::of(caller)?)
            }
        }
    )* };
}

extracted!(Allowed, AllowedForAll, Permitted, Operator);

/// A handler, by whose first argument its demand is known. `Arguments` are its arguments' types.
pub trait Guarded<Arguments> {
    /// What it demands of the key.
    const DEMAND: Demand;
}

macro_rules! handlers_of {
    ($($argument:ident),*) => {
        impl<F, Answer, First: Proof, $($argument),*> Guarded<(First, $($argument,)*)> for F
        where
            F: Fn(First, $($argument),*) -> Answer,
        {
            const DEMAND: Demand = First::DEMAND;
        }
    };
}

handlers_of!();
handlers_of!(A);
handlers_of!(A, B);
handlers_of!(A, B, C);
handlers_of!(A, B, C, D);
handlers_of!(A, B, C, D, E);

/// The route of one handler, with the scopes that it demands in its description. See [`operation!`](super::operation).
pub fn guarded<Arguments, H: Guarded<Arguments>>(
    (schemas, mut paths, router): UtoipaMethodRouter<Shared>,
    _: H,
) -> UtoipaMethodRouter<Shared> {
    for item in paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten();
        operations.for_each(|operation| describe(operation, H::DEMAND));
    }
    (schemas, paths, router)
}

/// OpenAPI 3.1, section 4.8.30: for a key that is sent as a bearer token the list names roles that are required.
fn describe(operation: &mut Operation, demand: Demand) {
    operation.security =
        Some(vec![SecurityRequirement::new("api_key", demand.scopes.iter().map(|scope| scope.as_str()))]);
    if demand.operator_only {
        let operator_only = ExtensionsBuilder::new().add("x-operator-only", true).build();
        operation.extensions.get_or_insert_default().merge(operator_only);
    }
}

/// The route of one handler with its description: what `utoipa` knows of it, and the scopes in its signature.
macro_rules! operation {
    ($($handler:tt)+) => {
        $crate::api::edge::scopes::guarded(utoipa_axum::routes!($($handler)+), $($handler)+)
    };
}

pub(crate) use operation;
