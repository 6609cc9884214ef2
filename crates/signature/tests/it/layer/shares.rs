//! One memory for many: none of them takes the places of all.

use std::collections::HashMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;

use http::request::Parts;
use lanehook_signature::layer::{FindVerifier, Found, VerifyLayer};
use lanehook_signature::seen::{InMemory, WhenFull};
use lanehook_signature::{Dialect, Message, Secret, Verifier};

use super::{Receiver, request, send, signed};
use crate::NOW;

/// Tenants with a name, or known by their secrets.
struct Tenants {
    verifiers: HashMap<&'static str, Arc<Verifier>>,
    named: bool,
}

const TENANTS: [&str; 3] = ["loud", "quiet", "new"];

fn secret(tenant: &str) -> Secret {
    Secret::generate_hmac([u8::try_from(tenant.len()).unwrap(); 32])
}

impl FindVerifier for Tenants {
    type Error = Infallible;

    async fn find(&self, request: &Parts) -> Result<Option<Found>, Infallible> {
        let tenant = &request.uri.path()[1..];
        let found = self.verifiers.get(tenant).cloned().map(Found::new);
        Ok(found.map(|found| if self.named { found.namespace(tenant) } else { found }))
    }
}

#[tokio::test]
async fn a_tenant_with_many_messages_leaves_places_to_the_others() {
    for (named, when_full) in [(true, WhenFull::Refuse), (false, WhenFull::Refuse), (true, WhenFull::ForgetOldest)] {
        let verifier = |tenant| Arc::new(Verifier::new(Dialect::Standard, &secret(tenant)).unwrap());
        let tenants = Tenants { verifiers: TENANTS.map(|tenant| (tenant, verifier(tenant))).into(), named };
        let (receiver, memory) = (Receiver::new(), InMemory::new(NonZeroUsize::new(100).unwrap(), when_full));
        let handler = receiver.service(&VerifyLayer::with(tenants).clock(|| NOW).seen(memory.clone()));
        let send = async |tenant: &str, n: usize| {
            let id = format!("evt_{n}");
            let message = Message::new(&id, NOW, b"{}");
            let headers = crate::sign(&Dialect::Standard, Default::default(), &[secret(tenant)], &message);
            let mut request = request(&headers, "{}");
            *request.uri_mut() = format!("/{tenant}").parse().unwrap();
            self::send(&handler, request).await.0
        };
        for n in 0..10 {
            assert_eq!(send("quiet", n).await, 204);
        }
        let mut loud = 0;
        for n in 0..300 {
            loud += usize::from(send("loud", n).await == 204);
        }
        let expected = if when_full == WhenFull::Refuse { 72 } else { 300 };
        assert_eq!((loud, memory.len()), (expected, 82), "four for each of the 18 that are left");
        for n in 0..10 {
            assert_eq!((send("quiet", n).await, send("new", n).await), (200, 204), "{n}");
        }
        assert_eq!(memory.forgotten(), u64::try_from(loud - 72).unwrap(), "none of the others'");
    }
}

/// Where one layer has a store for itself, all of it is its own.
#[tokio::test]
async fn a_layer_without_a_namespace_takes_all_places() {
    let (receiver, memory) = (Receiver::new(), InMemory::new(NonZeroUsize::new(10).unwrap(), WhenFull::Refuse));
    let handler = receiver.service(&receiver.layer(Dialect::Standard).seen(memory.clone()));
    for n in 0..12 {
        let headers = signed(&Dialect::Standard, &format!("evt_{n}"), NOW, "{}");
        assert_eq!(send(&handler, request(&headers, "{}")).await.0, if n < 10 { 204 } else { 503 });
    }
    // Two layers share one by their namespaces.
    let memory = InMemory::new(NonZeroUsize::new(10).unwrap(), WhenFull::Refuse);
    let layer = |name| receiver.layer(Dialect::Standard).seen(memory.clone()).namespace(name);
    for (name, most) in [("orders", 8), ("alerts", 2)] {
        let handler = receiver.service(&layer(name));
        for n in 0..12 {
            let headers = signed(&Dialect::Standard, &format!("evt_{n}"), NOW, "{}");
            let status = send(&handler, request(&headers, "{}")).await.0;
            assert_eq!(status, if n < most { 204 } else { 503 }, "{name} {n}");
        }
    }
}
