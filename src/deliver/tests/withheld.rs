//! What an outcome does not tell: what names lead to inside, and what this machine was short of.

use lanehook_egress::{LocalError, ResolveError};

use super::*;
use crate::model::LocalKind;

#[tokio::test]
async fn no_failure_tells_what_a_name_leads_to() {
    let nobody = Receiver::nobody().await;
    for answer in [
        Ok(vec![[127, 0, 0, 1].into()]),
        Ok(vec![[10, 0, 0, 1].into()]),
        Err(ResolveError::NoAnswer),
        Err(ResolveError::Failed("10.0.0.53 refused".into())),
    ] {
        let resolver = Resolver::from_fn(move |_| answer.clone());
        let bench = Bench::new(Config { policy: Policy::development(), resolver, ..Config::default() });
        let outcome = bench.send(webhook(&format!("http://hooks.example.com:{}/", nobody.port()))).await;
        let (_, message) = failure(&outcome);
        assert!(
            message.contains("hooks.example.com") && !message.contains("10.0.") && !message.contains("127."),
            "{message}"
        );
        assert_eq!(outcome.remote, None);
    }
}

#[tokio::test]
async fn whom_a_name_led_to_inside_is_not_shown() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let resolver = Resolver::from_fn(|_| Ok(vec![[127, 0, 0, 1].into()]));
    let bench = Bench::new(Config { policy: Policy::development(), resolver, ..Config::default() });
    let outcome = bench.send(webhook(&format!("http://hooks.example.com:{}/", receiver.address.port()))).await;
    assert_eq!((&outcome.result, outcome.remote, outcome.is_connected), (&Ok(()), None, true));
}

#[tokio::test]
async fn what_this_machine_is_short_of_is_no_outcome() {
    for (short, kind) in [
        (LocalError::Files, LocalKind::Files),
        (LocalError::Memory, LocalKind::Memory),
        (LocalError::Ports, LocalKind::Ports),
        (LocalError::NoTurn, LocalKind::LookupTurn),
        (LocalError::NameServers("10.0.0.53 is down".into()), LocalKind::NameServers),
    ] {
        let bench = Bench::strict(Resolver::from_fn(move |_| Err(short.clone().into())));
        let webhook = Arc::new(webhook("https://hooks.example.com/"));
        let sent = bench.sender.send(&webhook, message()).await;
        assert_eq!(sent.unwrap_err().kind, kind);
        let connected = bench.sender.connect(webhook.tenant, &webhook.settings).await;
        assert_eq!(connected.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn the_header_that_permits_is_shown_only_to_who_asks_for_permission() {
    let response = "HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: me.example\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::start(response, Then::KeepOpen).await;
    for (method, shown) in [(http::Method::POST, None), (http::Method::OPTIONS, Some("me.example"))] {
        let mut webhook = webhook(&receiver.url("/"));
        webhook.settings.auth = Auth::Bearer { token: "me.example".into() };
        let message = Message { method, ..message() };
        let outcome = Bench::dev().sender.send(&Arc::new(webhook), message).await.unwrap();
        let headers = outcome.answer.unwrap().headers;
        let mut permits = headers.iter().filter(|(name, _)| *name == "webhook-allowed-origin").map(|(_, value)| value);
        assert_eq!(permits.next(), shown);
    }
}
