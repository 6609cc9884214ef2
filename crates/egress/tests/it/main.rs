//! The client against real servers on TCP. Time is moved by hand; nothing here sleeps.

mod exchange;
mod guard;
mod http2;
mod http2_answers;
mod http2_server;
mod limits;
mod name_server;
mod names;
mod receiver;
mod tls;

use std::{future::Future, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use lanehook_egress::{
    AddressRefusal, Client, Clock, Config, Error, Exchange, Interfaces, Limits, LocalError, Owner, Phase, Policy,
    PoolLimits, ProtocolError, Refusal, Request, Resolution, Resolve, ResolveError, Resolver, Target,
};
use tokio::sync::watch;
use url::Url;

use self::receiver::{Receiver, Then, settle};

const BODY: &[u8] = br#"{"id":"evt_1","data":{"price":181.50}}"#;
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct HandClock(Arc<watch::Sender<Duration>>);

impl HandClock {
    fn advance(&self, span: Duration) {
        self.0.send_modify(|now| *now += span);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Duration {
        *self.0.borrow()
    }

    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        let mut now = self.0.subscribe();
        let deadline = *now.borrow() + span;
        async move { drop(now.wait_for(|now| *now >= deadline).await) }
    }
}

/// A client for servers on this machine.
struct Bench {
    client: Client<HandClock>,
    clock: HandClock,
}

impl Bench {
    fn new(config: Config) -> Bench {
        let clock = HandClock(Arc::new(watch::Sender::new(Duration::ZERO)));
        Bench { client: Client::with_clock(config, clock.clone()).unwrap(), clock }
    }

    fn dev() -> Bench {
        Bench::new(Config { policy: Policy::development(), ..Config::default() })
    }

    fn resolving(policy: Policy, resolver: Resolver) -> Bench {
        Bench::new(Config { policy, resolver, ..Config::default() })
    }

    /// A target of nobody in particular.
    fn target(&self, url: &str) -> Target {
        self.client.target(&url_of(url), Owner::default()).unwrap()
    }

    /// One more request to a target.
    fn post(&self, target: &Target, body: impl Into<Bytes>) -> impl Future<Output = Exchange> {
        let request = Request::post(body);
        async move { self.client.send(target, request, &Limits::default()).await }
    }

    fn send<'b>(&'b self, url: &str) -> impl Future<Output = Exchange> + use<'b> {
        self.send_body(url, Bytes::from_static(BODY))
    }

    fn send_body<'b>(&'b self, url: &str, body: Bytes) -> impl Future<Output = Exchange> + use<'b> {
        let url = url_of(url);
        async move { self.client.fetch(&url, Request::post(body), &Limits::default()).await }
    }
}

fn url_of(text: &str) -> Url {
    text.parse().unwrap()
}

#[track_caller]
fn error(exchange: &Exchange) -> &Error {
    exchange.error.as_ref().expect("it should have failed")
}

#[track_caller]
fn refusal(exchange: &Exchange) -> &Refusal {
    match error(exchange) {
        Error::Blocked(refusal) => refusal,
        other => panic!("not refused: {other}"),
    }
}

#[track_caller]
fn is_complete(exchange: &Exchange) {
    assert!(exchange.error.is_none() && exchange.answer.is_some(), "{exchange:?}");
}

/// Sends once to a server that answers like this.
async fn answered(response: impl Into<Vec<u8>>, then: Then) -> Exchange {
    let receiver = Receiver::start(response, then).await;
    Bench::dev().send(&receiver.url("/in")).await
}
