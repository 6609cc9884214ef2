//! Names are looked up on a real name server, which answers well, badly, late or never.

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use hickory_resolver::proto::rr::RecordType;

use super::{
    name_server::{NameServer, Query, Reply, address, addresses},
    *,
};

/// Asks this server; look-ups have so many places.
fn asking(server: &NameServer, lookups: usize) -> Bench {
    Bench::new(Config { policy: Policy::development(), resolver: server.resolver(), lookups, ..Config::default() })
}

/// Never answers for names that begin with `hangs`; all others are this machine's. No time passes here but by hand.
struct Hangs;

impl Resolve for Hangs {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Resolution> {
        let valid_for = Duration::from_secs(60);
        match name.starts_with("hangs") {
            true => Box::pin(std::future::pending()),
            false => Box::pin(std::future::ready(Resolution { result: Ok(vec![[127, 0, 0, 1].into()]), valid_for })),
        }
    }
}

fn hanging(lookups: usize) -> Bench {
    let resolver = Resolver::custom(Arc::new(Hangs));
    Bench::new(Config { policy: Policy::development(), resolver, lookups, ..Config::default() })
}

impl Bench {
    /// One request of this owner.
    async fn send_as(&self, owner: u64, url: &str) -> Exchange {
        let target = self.client.target(&url_of(url), Owner(owner)).unwrap();
        self.client.send(&target, Request::post(BODY), &Limits::default()).await
    }
}

fn url(name: &str, receiver: &Receiver) -> String {
    format!("http://{name}:{}/", receiver.address.port())
}

fn here(query: &Query) -> Reply {
    addresses(query, &["127.0.0.1"])
}

/// One request to a name for which the server has this.
async fn answered_with(reply: impl Fn(&Query) -> Reply + Send + Sync + 'static) -> (Exchange, NameServer) {
    let (receiver, server) = (Receiver::start(OK, Then::KeepOpen).await, NameServer::start(reply).await);
    let exchange = asking(&server, 64).send(&url("hooks.example.com", &receiver)).await;
    (exchange, server)
}

#[tokio::test]
async fn a_name_is_looked_up_as_it_is_without_search_domains() {
    let (exchange, server) = answered_with(here).await;
    is_complete(&exchange);
    assert_eq!(server.names(), ["hooks.example.com."]);
    let (receiver, server) = (Receiver::start(OK, Then::Close).await, NameServer::start(|_| Reply::Absent(60)).await);
    let bench = asking(&server, 64);
    for name in ["x", "hooks.corp"] {
        assert!(matches!(error(&bench.send(&url(name, &receiver)).await), Error::Resolve { .. }));
    }
    assert_eq!(server.names(), ["x.", "hooks.corp."]);
}

#[tokio::test]
async fn localhost_is_this_machine_and_nobody_is_asked() {
    let (receiver, server) = (Receiver::start(OK, Then::Close).await, NameServer::start(|_| Reply::Silence).await);
    is_complete(&asking(&server, 64).send(&url("localhost", &receiver)).await);
    is_complete(
        &Bench::resolving(Policy::development(), Resolver::system(false)).send(&url("localhost.", &receiver)).await,
    );
    assert_eq!(server.names(), [""; 0]);
}

#[tokio::test]
async fn an_answer_is_remembered_as_long_as_it_says_and_no_longer_than_five_minutes() {
    let receiver = Receiver::start(OK, Then::Close).await;
    for (ttl, kept) in [(60, 59), (86_400, 299), (0, 0)] {
        let server = NameServer::start(move |query| match query.kind {
            RecordType::A => Reply::Records(vec![address("127.0.0.1")], ttl),
            _ => Reply::Records(vec![], 0),
        })
        .await;
        let bench = asking(&server, 64);
        let url = url("hooks.example.com", &receiver);
        for (seconds, asked) in [(0, 1), (kept, 1), (2, 2)] {
            bench.clock.advance(Duration::from_secs(seconds));
            is_complete(&bench.send(&url).await);
            assert_eq!(server.names().len(), asked, "a TTL of {ttl}, {seconds} s on");
        }
        let stats = bench.client.stats();
        assert_eq!((stats.lookups, stats.lookups_remembered), (3, 1));
    }
}

#[tokio::test]
async fn that_a_name_does_not_exist_is_remembered_too() {
    let receiver = Receiver::start(OK, Then::Close).await;
    for (told, kept) in [(20, 19), (86_400, 29)] {
        let server = NameServer::start(move |_| Reply::Absent(told)).await;
        let bench = asking(&server, 64);
        for (seconds, asked) in [(0, 1), (kept, 1), (1, 2)] {
            bench.clock.advance(Duration::from_secs(seconds));
            let exchange = bench.send(&url("hooks.example.com", &receiver)).await;
            assert!(matches!(error(&exchange), Error::Resolve { error: ResolveError::NoAddress, .. }), "{exchange:?}");
            assert_eq!(server.names().len(), asked, "{told} s, {seconds} s on");
        }
        assert_eq!(bench.client.stats().lookups_no_address, 2);
    }
}

#[tokio::test]
async fn a_failure_tells_strangers_nothing_of_the_server() {
    let (exchange, _) = answered_with(|_| Reply::Failure).await;
    assert_eq!(error(&exchange).to_string(), "the name hooks.example.com could not be resolved");
    assert!(error(&exchange).inside().unwrap().to_lowercase().contains("server failure"), "{exchange:?}");
}

#[tokio::test]
async fn requests_for_one_name_share_a_lookup() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let server = NameServer::start(|query| Reply::Later(Box::new(here(query)))).await;
    let bench = asking(&server, 64);
    let all = join_all((0..20).map(|owner| {
        let url = format!("{}{owner}", url("hooks.example.com", &receiver));
        let bench = &bench;
        async move { bench.send_as(owner, &url).await }
    }));
    let (exchanges, ()) = tokio::join!(all, async {
        server.asked(1).await;
        settle().await;
        server.release();
    });
    exchanges.iter().for_each(is_complete);
    assert_eq!(server.names(), ["hooks.example.com."]);
}

#[tokio::test]
async fn who_gives_up_ends_no_lookup_that_others_wait_for() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let server = NameServer::start(|query| Reply::Later(Box::new(here(query)))).await;
    let (bench, url) = (asking(&server, 64), url("hooks.example.com", &receiver));
    let mut gives_up = Box::pin(bench.send(&url));
    assert!((&mut gives_up).now_or_never().is_none());
    let (exchange, ()) = tokio::join!(bench.send(&url), async {
        server.asked(1).await;
        drop(gives_up);
        assert_eq!(bench.client.stats().lookups_running, 1);
        server.release();
    });
    is_complete(&exchange);
}

#[tokio::test]
async fn the_timeout_bounds_a_lookup_that_nobody_answers_and_its_place_is_free_again() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let server =
        NameServer::start(|query| if query.name == "good.example." { here(query) } else { Reply::Silence }).await;
    let bench = asking(&server, 1);
    let (exchange, ()) = tokio::join!(bench.send("http://hangs.example/"), async {
        server.asked(1).await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert_eq!(error(&exchange).to_string(), "no complete answer within 10s: the name was not resolved");
    is_complete(&bench.send(&url("good.example", &receiver)).await);
    assert_eq!(bench.client.stats().lookups_running, 0);
}

#[tokio::test]
async fn names_that_are_never_answered_keep_no_other_owner_waiting() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let bench = hanging(8);
    let urls: Vec<String> = (0..400).map(|number| format!("http://hangs{number}.example/")).collect();
    let unanswered = join_all(urls.iter().map(|url| bench.send_as(1, url)));
    let neighbour = async {
        settle().await;
        let stats = bench.client.stats();
        assert_eq!((stats.lookups_running, stats.lookups_waiting), (4, 396), "it takes no more than it leaves");
        for number in 0..50 {
            is_complete(&bench.send_as(2, &url(&format!("good{number}.example"), &receiver)).await);
        }
        // Some get the turns of the first ones in the moment in which they would give up.
        for _ in 0..2 {
            bench.clock.advance(Duration::from_secs(10));
            settle().await;
        }
    };
    let (exchanges, ()) = tokio::join!(unanswered, neighbour);
    let timed_out =
        exchanges.iter().filter(|one| matches!(error(one), Error::TimedOut { phase: Phase::Resolving, .. }));
    let never_asked = exchanges.iter().filter(|one| matches!(error(one), Error::Local(LocalError::NoTurn)));
    let (timed_out, never_asked) = (timed_out.count(), never_asked.count());
    assert!((4..=8).contains(&timed_out), "{timed_out}");
    assert_eq!(timed_out + never_asked, 400, "who got no turn has failed by no fault of its own");
}

#[tokio::test]
async fn waiting_for_a_turn_is_no_part_of_the_timeout() {
    let receiver = Receiver::start("", Then::Hang).await;
    let bench = hanging(1);
    let url = url("good.example", &receiver);
    let mut first = Box::pin(bench.send("http://hangs.example/"));
    assert!((&mut first).now_or_never().is_none());
    let mut second = Box::pin(bench.send(&url));
    assert!((&mut second).now_or_never().is_none());
    bench.clock.advance(Duration::from_secs(9));
    drop(first);
    let (exchange, ()) = tokio::join!(second, async {
        receiver.answered().await;
        bench.clock.advance(Duration::from_millis(9_999));
        settle().await;
        assert!(bench.client.stats().connections_open == 1, "it has ten seconds from its turn");
        bench.clock.advance(Duration::from_millis(1));
    });
    assert!(matches!(error(&exchange), Error::TimedOut { phase: Phase::Waiting, .. }), "{exchange:?}");
}

#[tokio::test]
async fn a_forged_answer_is_not_taken_and_the_right_one_waited_for() {
    let (exchange, _) = answered_with(|query| Reply::AfterForged(Box::new(here(query)))).await;
    is_complete(&exchange);
    assert_eq!(exchange.remote.unwrap().ip(), IpAddr::from([127, 0, 0, 1]));
}

#[tokio::test]
async fn an_answer_that_is_too_long_for_udp_is_asked_for_over_tcp() {
    let (exchange, server) = answered_with(|query| if query.tcp { here(query) } else { Reply::Truncated }).await;
    is_complete(&exchange);
    assert!(server.was_asked_over_tcp());
}

#[tokio::test]
async fn of_a_giant_answer_only_the_first_addresses_are_looked_at() {
    let (exchange, _) = answered_with(|query| match (query.tcp, query.kind) {
        (false, _) => Reply::Truncated,
        (true, RecordType::A) => {
            // The forbidden one comes behind all that could be connected to.
            let good = (1..=1000).map(|_| address("127.0.0.1"));
            Reply::Records(good.chain([address("10.0.0.1")]).collect(), 60)
        }
        (true, _) => Reply::Records(vec![], 60),
    })
    .await;
    is_complete(&exchange);
}

#[tokio::test]
async fn bytes_that_are_no_answer_are_a_failure() {
    for length in [2, 12, 600, 60_000] {
        let (exchange, _) = answered_with(move |_| Reply::Bytes(length)).await;
        assert!(
            matches!(error(&exchange), Error::Resolve { error: ResolveError::Failed(_), .. }),
            "{length}: {exchange:?}"
        );
    }
}

#[tokio::test]
async fn aliases_are_followed_and_what_they_lead_to_is_judged() {
    let chain = |to: &'static str| move |_: &Query| Reply::Alias(vec!["a.example.", "b.example."], vec![address(to)]);
    is_complete(&answered_with(chain("127.0.0.1")).await.0);
    let (exchange, _) = answered_with(chain("10.0.0.1")).await;
    assert!(matches!(refusal(&exchange), Refusal::Resolved { .. }), "{exchange:?}");
    let (exchange, _) = answered_with(|_| Reply::Alias(vec!["hooks.example.com."], vec![])).await;
    assert!(matches!(error(&exchange), Error::Resolve { .. }), "a circle: {exchange:?}");
}

#[tokio::test]
async fn a_name_with_public_and_private_addresses_gets_no_connection() {
    for private in ["10.0.0.1", "fd00::1", "169.254.169.254"] {
        let (exchange, _) = answered_with(move |query| addresses(query, &["127.0.0.1", private])).await;
        assert_eq!(refusal(&exchange).to_string(), "hooks.example.com has no publicly reachable address");
    }
}

#[tokio::test]
async fn the_families_take_turns_so_that_one_which_leads_nowhere_does_not_hide_the_other() {
    let nowhere: Vec<IpAddr> = (2..=20).map(|last| IpAddr::from([127, 0, 0, last])).collect();
    let found = nowhere.into_iter().chain([IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])]).collect::<Vec<_>>();
    let listener = tokio::net::TcpListener::bind("[::1]:0").await.expect("this machine has IPv6 on loopback");
    let bench = Bench::resolving(Policy::development(), Resolver::from_fn(move |_| Ok(found.clone())));
    let target = bench.target(&format!("http://hooks.example.com:{}/", listener.local_addr().unwrap().port()));
    let exchange = bench.client.connect(&target, &Limits::default()).await;
    assert_eq!(exchange.remote.map(|remote| remote.is_ipv6()), Some(true), "{exchange:?}");
}

#[tokio::test]
async fn what_this_machine_was_short_of_is_no_failure_of_the_other_side() {
    let short = Resolver::from_fn(|_| Err(ResolveError::Local(LocalError::Files)));
    let exchange = Bench::resolving(Policy::development(), short).send("http://hooks.example.com/").await;
    assert!(matches!(error(&exchange), Error::Local(LocalError::Files)), "{exchange:?}");
}

#[tokio::test]
async fn open_and_idle_connections_are_counted() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    is_complete(&bench.send(&receiver.url("/")).await);
    let stats = bench.client.stats();
    assert_eq!((stats.connections_open, stats.connections_idle), (1, 1));
    drop(receiver);
}

#[tokio::test]
async fn names_that_are_known_to_hang_keep_no_other_name_of_their_owner_waiting() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let bench = hanging(4);
    for (round, holding) in [(1, 2), (2, 1)] {
        let unanswered =
            join_all(["http://hangs-a.example/", "http://hangs-b.example/"].map(|url| bench.send_as(1, url)));
        let (exchanges, ()) = tokio::join!(unanswered, async {
            settle().await;
            assert_eq!(bench.client.stats().lookups_running, holding, "in round {round}");
            if round == 2 {
                is_complete(&bench.send_as(1, &url("good.example", &receiver)).await);
            }
            for _ in 0..2 {
                bench.clock.advance(Duration::from_secs(10));
                settle().await;
            }
        });
        for exchange in &exchanges {
            error(exchange);
        }
    }
}
