//! No connection is made to an address that is forbidden, whatever a name resolves to.

use std::{
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

/// What is said of a name without an address that may be sent to.
const UNREACHABLE: &str = "hooks.example.com has no publicly reachable address";

/// A name with these addresses, on the receiver's port.
async fn named(receiver: &Receiver, policy: Policy, addresses: &[&str]) -> Exchange {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let bench = Bench::resolving(policy, Resolver::from_fn(move |_| Ok(addresses.clone())));
    bench.send(&format!("https://hooks.example.com:{}/", receiver.address.port())).await
}

#[tokio::test]
async fn a_name_with_a_forbidden_address_gets_no_connection() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    for addresses in [&["127.0.0.1"][..], &["::ffff:127.0.0.1"], &["127.0.0.1", "1.1.1.1"]] {
        let exchange = named(&receiver, Policy::default(), addresses).await;
        assert_eq!(refusal(&exchange).to_string(), UNREACHABLE);
        let inside = error(&exchange).inside().unwrap();
        assert!(inside.contains("127.0.0.1 is a loopback address"), "{inside}");
    }
    settle().await;
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_blocks_them_all() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    for bad in ["10.0.0.1", "169.254.169.254", "fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::"] {
        let exchange = named(&receiver, Policy::development(), &["127.0.0.1", bad]).await;
        assert!(matches!(refusal(&exchange), Refusal::Resolved { .. }), "{bad}: {exchange:?}");
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
    let bench = Bench::resolving(Policy::development(), resolver);
    let url = format!("http://hooks.example.com:{}/", receiver.address.port());
    is_complete(&bench.send(&url).await);
    settle().await;
    refusal(&bench.send(&url).await);
    assert_eq!((receiver.accepts(), asked.load(Ordering::Relaxed)), (1, 2));
}

#[tokio::test]
async fn a_forbidden_literal_gets_no_connection_and_asks_no_resolver() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let never = Resolver::from_fn(|_| panic!("a literal needs no resolver"));
    let bench = Bench::resolving(Policy::default(), never);
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "[::127.0.0.1]"] {
        let exchange = bench.send(&format!("https://{host}:{}/", receiver.address.port())).await;
        assert!(matches!(refusal(&exchange), Refusal::Host { .. }), "{host}: {exchange:?}");
    }
    settle().await;
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn no_forbidden_url_gets_a_connection_whatever_its_name_resolves_to() {
    let resolver = Resolver::from_fn(|name| match name.trim_end_matches('.') {
        "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
        _ => Err(ResolveError::NoAddress),
    });
    let bench = Bench::resolving(Policy::default(), resolver);
    let list = include_str!("../data/forbidden-urls.txt");
    for url in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Ok(url) = url.parse() else { continue };
        let exchange = bench.client.fetch(&url, Request::post(BODY), &Limits::default()).await;
        // The name of the last one is as good as any other; here it has no address.
        let is_blocked = matches!(error(&exchange), Error::Blocked(_));
        assert_eq!(is_blocked, url.host_str() != Some("nohost"), "{url}: {exchange:?}");
        assert_eq!((exchange.remote, exchange.timings.connect), (None, Duration::ZERO), "{url}");
    }
}

#[tokio::test]
async fn a_name_without_address_says_so() {
    let bench = Bench::resolving(Policy::development(), Resolver::from_fn(|_| Ok(Vec::new())));
    let exchange = bench.send("https://hooks.example.com/").await;
    assert_eq!(error(&exchange).to_string(), UNREACHABLE, "whether it is known inside is nobody's business");
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let addresses: Vec<IpAddr> = vec![Ipv4Addr::new(127, 0, 0, 2).into(), Ipv4Addr::LOCALHOST.into()];
    let bench = Bench::resolving(Policy::development(), Resolver::from_fn(move |_| Ok(addresses.clone())));
    let exchange = bench.send(&format!("http://hooks.example.com:{}/", receiver.address.port())).await;
    is_complete(&exchange);
    assert_eq!(exchange.remote, Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), receiver.address.port())));
}

#[tokio::test]
async fn a_denied_range_is_called_what_any_other_is_called() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let policy = Policy { deny: vec!["127.0.0.0/8".parse().unwrap()], ..Policy::development() };
    let exchange = named(&receiver, policy, &["127.0.0.1"]).await;
    assert_eq!(refusal(&exchange).to_string(), UNREACHABLE);
    assert!(error(&exchange).inside().unwrap().contains("does not send to"));
    assert_eq!(receiver.accepts(), 0);
}

/// A machine with a public address of its own, which no connection is made to.
fn with_public_address(allow: &str) -> Bench {
    Bench::new(Config {
        policy: Policy { allow: vec![allow.parse().unwrap()], ..Policy::development() },
        resolver: Resolver::from_fn(|_| Ok(vec![[1, 1, 1, 1].into()])),
        interfaces: Interfaces::from_fn(|| Ok(vec![[1, 1, 1, 1].into(), Ipv4Addr::LOCALHOST.into()])),
        ..Config::default()
    })
}

#[tokio::test]
async fn an_address_of_this_machine_gets_no_connection_though_it_is_public() {
    let bench = with_public_address("10.0.0.0/8");
    for url in ["https://hooks.example.com/", "https://1.1.1.1/", "https://[::ffff:1.1.1.1]/"] {
        let exchange = bench.send(url).await;
        let (Refusal::Resolved { reason, .. } | Refusal::Address { reason, .. }) = refusal(&exchange) else {
            panic!("{exchange:?}")
        };
        assert_eq!(*reason, AddressRefusal::Own, "{url}");
    }
    assert_eq!(bench.client.stats().refused, 3);
}

#[tokio::test]
async fn an_address_that_leads_to_another_one_than_was_judged_gets_no_request() {
    // Connecting to the unspecified address ends at loopback.
    let policy = Policy { http: true, allow: vec!["0.0.0.0/32".parse().unwrap()], ..Policy::default() };
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::resolving(policy, Resolver::from_fn(|_| Ok(vec![Ipv4Addr::UNSPECIFIED.into()])));
    let exchange = bench.send(&format!("http://hooks.example.com:{}/", receiver.address.port())).await;
    assert!(matches!(refusal(&exchange), Refusal::Resolved { address, .. } if address.is_loopback()), "{exchange:?}");
    settle().await;
    assert_eq!((receiver.accepts(), receiver.count()), (1, 0), "it was connected to");
}

/// In a network of its own, where it can have a public address that no interface is said to have. Where the system gives it none,
/// it is said to be skipped.
#[cfg(target_os = "linux")]
#[test]
fn an_address_that_turns_out_to_be_this_machines_own_gets_no_request() {
    let script = "ip link set lo up && ip address add 1.1.1.1/32 dev lo || exit 1
        exec \"$0\" --ignored --exact guard::within_a_network_with_the_public_address_1_1_1_1";
    let mut again = std::process::Command::new("unshare");
    again.args(["--map-root-user", "--net", "sh", "-c", script]).arg(std::env::current_exe().unwrap());
    let output = again.output();
    let text = output.as_ref().map(|output| String::from_utf8_lossy(&output.stdout)).unwrap_or_default();
    if text.contains("running 1 test") {
        return assert!(text.contains("1 passed"), "{text}");
    }
    // Past what the test harness keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: this machine's own public address; there is no network of its own for it"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "the test before runs it, in a network of its own"]
async fn within_a_network_with_the_public_address_1_1_1_1() {
    let listener = tokio::net::TcpListener::bind("1.1.1.1:0").await.unwrap();
    let bench = Bench::new(Config {
        policy: Policy { http: true, ..Policy::default() },
        interfaces: Interfaces::from_fn(|| Ok(Vec::new())),
        ..Config::default()
    });
    let exchange = bench.send(&format!("http://{}/", listener.local_addr().unwrap())).await;
    let Refusal::Address { address, reason: AddressRefusal::Own } = refusal(&exchange) else { panic!("{exchange:?}") };
    assert_eq!(*address, IpAddr::from([1, 1, 1, 1]));
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut read).await.unwrap();
    assert_eq!(read, b"");
}

#[tokio::test]
async fn an_own_address_is_open_where_loopback_or_its_range_is() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    is_complete(&with_public_address("10.0.0.0/8").send(&receiver.url("/")).await);
    let allowed = with_public_address("1.1.1.0/24");
    assert_eq!(allowed.client.policy().check_own([1, 1, 1, 1].into()), Ok(()));
}
