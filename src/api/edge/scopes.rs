//! What a key has to permit, said once, in a handler's signature: `Allowed<EventsRead>` is proof of the scope, and the same
//! type writes the scope into the operation's description.
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
    CatalogueWrite, Tenants
}

/// A caller whose key has the scope `S`, and the one tenant that the request is about.
pub struct Allowed<S> {
    /// Whose things the request is about.
    pub tenant: TenantKey,
    /// Who is calling.
    pub caller: Caller,
    scope: PhantomData<S>,
}

/// The same where the request may be about all tenants: then `tenant` is [`TenantKey::ALL`].
pub struct AllowedForAll<S> {
    /// Whose things the request is about.
    pub tenant: TenantKey,
    /// Who is calling.
    pub caller: Caller,
    scope: PhantomData<S>,
}

/// A caller whose key has the scope `S`, for what belongs to no tenant.
pub struct Permitted<S> {
    /// Who is calling.
    pub caller: Caller,
    scope: PhantomData<S>,
}

/// An operator whose key has the scope `S`.
pub struct Operator<S> {
    /// Who is calling.
    pub caller: Caller,
    scope: PhantomData<S>,
}

/// What an operation demands of the key.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    scope: Scope,
    operator_only: bool,
}

/// An argument of a handler that lets nobody through without a scope.
pub trait Proof: Sized {
    /// What it demands.
    const DEMAND: Demand;

    /// Of this caller, if the demand is met.
    fn of(caller: Caller) -> Result<Self, AccessError>;
}

impl<S: ScopeType> Proof for Allowed<S> {
    const DEMAND: Demand = Demand { scope: S::SCOPE, operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        Ok(Allowed { tenant: caller.tenant(S::SCOPE)?, caller, scope: PhantomData })
    }
}

impl<S: ScopeType> Proof for AllowedForAll<S> {
    const DEMAND: Demand = Demand { scope: S::SCOPE, operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        Ok(AllowedForAll { tenant: caller.tenant_or_all(S::SCOPE)?, caller, scope: PhantomData })
    }
}

impl<S: ScopeType> Proof for Permitted<S> {
    const DEMAND: Demand = Demand { scope: S::SCOPE, operator_only: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        caller.permits(S::SCOPE)?;
        Ok(Permitted { caller, scope: PhantomData })
    }
}

impl<S: ScopeType> Proof for Operator<S> {
    const DEMAND: Demand = Demand { scope: S::SCOPE, operator_only: true };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        caller.operator(S::SCOPE)?;
        Ok(Operator { caller, scope: PhantomData })
    }
}

macro_rules! extracted {
    ($($name:ident),*) => { $(
        impl<S: ScopeType> FromRequestParts<Shared> for $name<S> {
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

/// The route of one handler, with the scope that it demands in its description. See [`operation!`](super::operation).
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
    operation.security = Some(vec![SecurityRequirement::new("api_key", [demand.scope.as_str()])]);
    if demand.operator_only {
        let operator_only = ExtensionsBuilder::new().add("x-operator-only", true).build();
        operation.extensions.get_or_insert_default().merge(operator_only);
    }
}

/// The route of one handler with its description: what `utoipa` knows of it, and the scope in its signature.
macro_rules! operation {
    ($($handler:tt)+) => {
        $crate::api::edge::scopes::guarded(utoipa_axum::routes!($($handler)+), $($handler)+)
    };
}

pub(crate) use operation;
