//! No connection is made to an address that is forbidden, whatever a name resolves to.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

/// A name with these addresses, on the receiver's port.
async fn named(receiver: &Receiver, egress: EgressPolicy, addresses: &[&str]) -> Outcome {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let bench = Bench::resolving(egress, Resolver::from_fn(move |_| Ok(addresses.clone())));
    bench.send(webhook(&format!("https://hooks.example.com:{}/", receiver.address.port()))).await
}

#[tokio::test]
async fn a_name_with_a_forbidden_address_gets_no_connection() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    for addresses in [&["127.0.0.1"][..], &["::ffff:127.0.0.1"], &["127.0.0.1", "1.1.1.1"]] {
        let outcome = named(&receiver, EgressPolicy::default(), addresses).await;
        let message = "hooks.example.com resolves to 127.0.0.1, an address that is not publicly reachable";
        assert_eq!(failure(&outcome), (FailureKind::Blocked, message));
    }
    settle().await;
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_blocks_them_all() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    for bad in ["10.0.0.1", "169.254.169.254", "fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::"] {
        let outcome = named(&receiver, dev_policy(), &["127.0.0.1", bad]).await;
        assert_eq!(failure(&outcome).0, FailureKind::Blocked, "{bad}");
    }
    settle().await;
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn a_name_that_is_rebound_gets_no_new_connection() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let resolver = Resolver::from_fn({
        let asked = asked.clone();
        move |_| {
            let first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            Ok(vec![if first { [127, 0, 0, 1].into() } else { [10, 0, 0, 1].into() }])
        }
    });
    let bench = Bench::resolving(dev_policy(), resolver);
    let url = format!("http://hooks.example.com:{}/", receiver.address.port());
    assert_eq!(bench.send(webhook(&url)).await.result, Ok(()));
    settle().await;
    assert_eq!(failure(&bench.send(webhook(&url)).await).0, FailureKind::Blocked);
    assert_eq!((receiver.accepts(), asked.load(Ordering::Relaxed)), (1, 2));
}

#[tokio::test]
async fn a_forbidden_literal_gets_no_connection_and_asks_no_resolver() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let never = Resolver::from_fn(|_| panic!("a literal needs no resolver"));
    let bench = Bench::resolving(EgressPolicy::default(), never);
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "[::127.0.0.1]"] {
        let outcome = bench.send(webhook(&format!("https://{host}:{}/", receiver.address.port()))).await;
        assert_eq!(failure(&outcome).0, FailureKind::Blocked, "{host}");
        assert!(outcome.sent.headers.is_empty());
    }
    settle().await;
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn a_webhook_saved_under_dev_is_refused_under_the_strict_policy() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::new(SenderConfig::default());
    assert_eq!(failure(&bench.send(webhook(&receiver.url("/"))).await).0, FailureKind::Blocked);
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn a_name_without_address_says_so() {
    let bench = Bench::resolving(dev_policy(), Resolver::from_fn(|_| Ok(Vec::new())));
    let outcome = bench.send(webhook("https://hooks.example.com/")).await;
    assert_eq!(failure(&outcome), (FailureKind::Dns, "the name hooks.example.com has no address"));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let addresses: Vec<IpAddr> = vec![Ipv4Addr::new(127, 0, 0, 2).into(), Ipv4Addr::LOCALHOST.into()];
    let bench = Bench::resolving(dev_policy(), Resolver::from_fn(move |_| Ok(addresses.clone())));
    let outcome = bench.send(webhook(&format!("http://hooks.example.com:{}/", receiver.address.port()))).await;
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(outcome.remote, Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), receiver.address.port())));
}

#[tokio::test]
async fn a_denied_range_is_not_called_private() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let egress = EgressPolicy { deny: vec!["127.0.0.0/8".parse().unwrap()], ..dev_policy() };
    let message = "hooks.example.com resolves to 127.0.0.1, an address that this system does not send to";
    assert_eq!(failure(&named(&receiver, egress, &["127.0.0.1"]).await), (FailureKind::Blocked, message));
    assert_eq!(receiver.accepts(), 0);
}
