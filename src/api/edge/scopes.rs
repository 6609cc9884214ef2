//! What a key has to permit, said once, in a handler's signature: `Allowed<EventsRead>` is proof of the scope,
//! `Allowed<(EventsRead, DeliveriesRead)>` of both, and the same type writes them into the operation's description.
//!
//! A handler's first argument is one of [`Allowed`], [`AllowedForAll`], [`Permitted`] and [`Operator`]; without one it
//! cannot become an operation.

use std::{collections::BTreeSet, marker::PhantomData};

use axum::extract::FromRequestParts;
use http::{Method, request::Parts};
use utoipa::openapi::{OpenApi, extensions::ExtensionsBuilder, path::Operation, security::SecurityRequirement};
use utoipa_axum::router::UtoipaMethodRouter;

use super::{auth::Stranger, problem::Problem};
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
    /// Whether customers in the portal who have them may use the operation.
    const IN_PORTAL: bool = false;
}

/// The scopes `S`, of an operation that is a part of the portal. What does not say so is closed to customers, whatever their session's
/// scopes are; and an operation that says so shows them none of our own notices ([`Caller::sees`]).
pub struct InPortal<S>(PhantomData<fn() -> S>);

impl<S: Scopes> Scopes for InPortal<S> {
    const SCOPES: &'static [Scope] = S::SCOPES;
    const IN_PORTAL: bool = true;
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
    /// Who is calling, or from where.
    pub caller: Result<Caller, Stranger>,
}

/// What an operation demands of the key.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    scopes: &'static [Scope],
    operator_only: bool,
    in_portal: bool,
    /// Whether the handler itself asks those for something who show no key.
    without_key: bool,
}

/// Says in an operation's description that it can be asked for without a key.
const WITHOUT_KEY: &str = "x-without-key";

/// The operations whose handlers take [`Anybody`]: known to the edge by their descriptions, so that it knows no path of theirs.
#[derive(Clone, Default)]
pub struct OpenDoors(BTreeSet<(&'static str, String)>);

impl OpenDoors {
    /// Of these operations.
    pub fn of(document: &OpenApi) -> OpenDoors {
        let mut open = BTreeSet::new();
        for (path, item) in &document.paths.paths {
            let operations = [
                ("GET", &item.get),
                ("PUT", &item.put),
                ("POST", &item.post),
                ("DELETE", &item.delete),
                ("PATCH", &item.patch),
            ];
            let is_open = |operation: &Operation| {
                operation.extensions.as_ref().is_some_and(|extensions| extensions.contains_key(WITHOUT_KEY))
            };
            let of_path = operations.into_iter().filter(|(_, operation)| operation.as_ref().is_some_and(is_open));
            open.extend(of_path.map(|(method, _)| (method, path.clone())));
        }
        OpenDoors(open)
    }

    /// Whether this is one of them.
    pub fn has(&self, method: &Method, path: &str) -> bool {
        self.0.iter().any(|(open, of)| *open == method.as_str() && of == path)
    }
}

/// An argument of a handler that lets nobody through without its scopes.
pub trait Proof: Sized {
    /// What it demands.
    const DEMAND: Demand;

    /// Of this caller, if the demand is met.
    fn of(caller: Caller) -> Result<Self, AccessError>;
}

impl<S: Scopes> Proof for Allowed<S> {
    const DEMAND: Demand =
        Demand { scopes: S::SCOPES, operator_only: false, in_portal: S::IN_PORTAL, without_key: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        permitted::<S>(&caller)?;
        Ok(Allowed { tenant: caller.one_tenant()?, caller, scopes: PhantomData })
    }
}

impl<S: Scopes> Proof for AllowedForAll<S> {
    const DEMAND: Demand =
        Demand { scopes: S::SCOPES, operator_only: false, in_portal: S::IN_PORTAL, without_key: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        permitted::<S>(&caller)?;
        Ok(AllowedForAll { tenant: caller.concerned_tenant(), caller, scopes: PhantomData })
    }
}

impl<S: Scopes> Proof for Permitted<S> {
    const DEMAND: Demand =
        Demand { scopes: S::SCOPES, operator_only: false, in_portal: S::IN_PORTAL, without_key: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        permitted::<S>(&caller)?;
        Ok(Permitted { caller, scopes: PhantomData })
    }
}

impl<S: Scopes> Proof for Operator<S> {
    const DEMAND: Demand = Demand { scopes: S::SCOPES, operator_only: true, in_portal: false, without_key: false };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        caller.operator()?;
        permitted::<S>(&caller)?;
        Ok(Operator { caller, scopes: PhantomData })
    }
}

impl Proof for Anybody {
    const DEMAND: Demand = Demand { scopes: &[], operator_only: false, in_portal: true, without_key: true };

    fn of(caller: Caller) -> Result<Self, AccessError> {
        Ok(Anybody { caller: Ok(caller) })
    }
}

impl FromRequestParts<Shared> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let stranger = parts.extensions.get::<Stranger>().copied().unwrap_or(Stranger { client: None });
        Ok(Anybody { caller: parts.extensions.get::<Caller>().cloned().ok_or(stranger) })
    }
}

fn permitted<S: Scopes>(caller: &Caller) -> Result<(), AccessError> {
    if caller.is_portal() && !S::IN_PORTAL {
        return Err(AccessError::NotInPortal);
    }
    S::SCOPES.iter().try_for_each(|&scope| caller.permits(scope))
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
    let marks = [
        ("x-in-portal", demand.in_portal),
        ("x-operator-only", demand.operator_only),
        (WITHOUT_KEY, demand.without_key),
    ];
    for (mark, _) in marks.into_iter().filter(|(_, is_so)| *is_so) {
        let mark = ExtensionsBuilder::new().add(mark, true).build();
        operation.extensions.get_or_insert_default().merge(mark);
    }
}

/// The route of one handler with its description: what `utoipa` knows of it, and the scopes in its signature.
macro_rules! operation {
    ($($handler:tt)+) => {
        $crate::api::edge::scopes::guarded(utoipa_axum::routes!($($handler)+), $($handler)+)
    };
}

pub(crate) use operation;
