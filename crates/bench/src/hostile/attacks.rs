//! What a tenant's key can be used for. Each goes on until it is stopped; a new one is a function and a line of the table.

use std::{
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpSocket, TcpStream},
};

use super::tenants::Attacker;

/// An attack under way.
type Acting = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// An attack.
pub struct Attack {
    pub name: &'static str,
    /// What it does, for the report.
    pub says: &'static str,
    pub act: fn(Attacker) -> Acting,
}

/// All of them, in the order of a run.
pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "filters",
        says: "five webhooks with as many nested $not/$contains as are taken, two requests with 40 events of 190 KB at a time",
        act: |attacker| Box::pin(filters(attacker)),
    },
    Attack {
        name: "changed-filters",
        says: "up to 600 webhooks with lists of 47 KB, changed again and again on eight connections, and an event now and then",
        act: |attacker| Box::pin(changed_filters(attacker)),
    },
    Attack {
        name: "patterns",
        says: "webhooks with 16 patterns saved again and again, and texts for them",
        act: |attacker| Box::pin(patterns(attacker)),
    },
    Attack {
        name: "templates",
        says: "20 webhooks with a template that uses up its fuel, in batches of 1,000",
        act: |attacker| Box::pin(templates(attacker)),
    },
    Attack {
        name: "fan-out",
        says: "as many webhooks as can be made, up to 20,000, and an event for all of them every second",
        act: |attacker| Box::pin(fan_out(attacker)),
    },
    Attack {
        name: "publications",
        says: "requests of 1,000 small events on four connections, for one webhook",
        act: |attacker| Box::pin(publications(attacker)),
    },
    Attack {
        name: "large-batches",
        says: "100 webhooks that take batches of 8 MiB and never answer, and events for them",
        act: |attacker| Box::pin(large_batches(attacker)),
    },
    Attack {
        name: "bodies",
        says: "400 requests of 8 MB of which all but the last byte comes",
        act: |attacker| Box::pin(unfinished_bodies(attacker)),
    },
    Attack {
        name: "pages",
        says: "pages of 4 MiB of events that are hard to read, one event, and one delivery of a large batch, on 64 connections",
        act: |attacker| Box::pin(pages(attacker)),
    },
    Attack {
        name: "statistics",
        says: "events of 1,000 new types each 300 ms, and statistics by type, by webhook and at a look on 32 connections",
        act: |attacker| Box::pin(statistics(attacker)),
    },
    Attack {
        name: "half-open",
        says: "10,100 connections of 20 addresses on which nothing is said",
        act: |attacker| Box::pin(half_open(attacker)),
    },
];

/// Their names, for the command line.
pub fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(ATTACKS.iter().map(|attack| attack.name))
}

async fn filters(attacker: Attacker) -> anyhow::Result<()> {
    let mut clauses = 300;
    for _ in 0..5 {
        while let Err(error) =
            attacker.webhook(json!({ "event_types": ["filters"], "filter": contains(clauses) })).await
        {
            anyhow::ensure!(clauses > 1, "{error:#}");
            clauses /= 2;
        }
    }
    eprintln!("  {clauses} clauses are taken");
    let event = json!({ "type": "filters", "data": { "text": "x".repeat(190 << 10) } });
    let body = json!({ "events": vec![event; 40] });
    loop {
        tokio::join!(attacker.publish(&body), attacker.publish(&body));
    }
}

fn contains(clauses: usize) -> Value {
    let clause = |n| json!({ "$not": { "$not": { "data": { "text": { "$contains": format!("needle {n}") } } } } });
    json!({ "$or": (0..clauses).map(clause).collect::<Vec<_>>() })
}

async fn changed_filters(attacker: Attacker) -> anyhow::Result<()> {
    let list = |from: usize| {
        let values = (0..1_000).map(|place| format!("{:044}", from * 1_000 + place)).collect::<Vec<_>>();
        json!({ "filter": { "data": { "symbol": { "$in": values } } } })
    };
    let path = |number: usize| format!("/webhooks/changed-{number}");
    let mut made = 0;
    while made < 600 {
        let mut settings = list(made);
        settings["url"] = attacker.sink.as_str().into();
        settings["event_types"] = json!(["changed"]);
        // As many as its quota permits.
        if attacker.api.call(Method::PUT, &path(made), Some(settings)).await.is_err() {
            break;
        }
        made += 1;
    }
    anyhow::ensure!(made > 0, "no webhook was made");
    let event = json!({ "type": "changed", "data": { "symbol": "none" } });
    let change = async |first: usize| {
        for number in (first..).step_by(8) {
            // One that is refused is tried again, as the next one.
            let _ = attacker.api.call(Method::PATCH, &path(number % made), Some(list(number + 1))).await;
            if number % 100 == 0 {
                attacker.publish(&event).await;
            }
        }
    };
    tokio::join!(change(0), change(1), change(2), change(3), change(4), change(5), change(6), change(7));
    Ok(())
}

async fn patterns(attacker: Attacker) -> anyhow::Result<()> {
    let webhook = |repeated: usize| {
        let clause = |n| json!({ "data": { "text": { "$regex": format!("[ab]*a[ab]{{{repeated}}}c{n}") } } });
        json!({ "event_types": ["patterns"], "filter": { "$or": (0..16).map(clause).collect::<Vec<_>>() } })
    };
    let text = "abaababb".repeat(20 << 10);
    let event = json!({ "events": vec![json!({ "type": "patterns", "data": { "text": text } }); 4] });
    loop {
        for repeated in [3, 300] {
            if let Err(error) = attacker.webhook(webhook(repeated)).await {
                eprintln!("  {}", format!("{error:#}").chars().take(120).collect::<String>());
            }
        }
        attacker.publish(&event).await;
    }
}

async fn templates(attacker: Attacker) -> anyhow::Result<()> {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
    let payload = json!({ "type": "template", "template": format!("{{\"n\": \"{endless}\"}}") });
    let batch = json!({ "max_events": 1000, "max_bytes": 8_388_608, "max_wait": "1s" });
    for _ in 0..20 {
        attacker.webhook(json!({ "event_types": ["templates"], "payload": payload, "batch": batch })).await?;
    }
    let body = json!({ "events": vec![json!({ "type": "templates", "data": 1 }); 1000] });
    loop {
        attacker.publish(&body).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn fan_out(attacker: Attacker) -> anyhow::Result<()> {
    let event = json!({ "type": "fan_out", "data": 1 });
    for made in 0..20_000 {
        // As many as its rate permits.
        while attacker.webhook(json!({ "event_types": ["fan_out"] })).await.is_err() {
            attacker.publish(&event).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if made % 500 == 0 {
            attacker.publish(&event).await;
        }
    }
    loop {
        attacker.publish(&event).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn publications(attacker: Attacker) -> anyhow::Result<()> {
    attacker.webhook(json!({ "event_types": ["many"] })).await?;
    let body = json!({ "events": vec![json!({ "type": "many", "data": 1 }); 1000] });
    let publish = async || {
        loop {
            attacker.publish(&body).await;
            // Where its rate is used up, it would only be refused.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::join!(publish(), publish(), publish(), publish());
    Ok(())
}

async fn large_batches(attacker: Attacker) -> anyhow::Result<()> {
    // It accepts in the kernel, and nobody reads.
    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", silent.local_addr()?);
    let batch = json!({ "max_events": 1000, "max_bytes": 8_388_608, "max_wait": "0s" });
    for _ in 0..100 {
        let settings = json!({ "url": url, "event_types": ["batches"], "batch": batch, "timeout": "60s" });
        attacker.api.call(Method::POST, "/webhooks", Some(settings)).await?;
    }
    let event = json!({ "type": "batches", "data": "x".repeat(240 << 10) });
    let body = json!({ "events": vec![event; 32] });
    loop {
        attacker.publish(&body).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn unfinished_bodies(attacker: Attacker) -> anyhow::Result<()> {
    let (mut open, blank) = (Vec::new(), vec![b' '; 7_900_000]);
    loop {
        let began = Instant::now();
        while open.len() < 400 {
            let mut stream = TcpStream::connect(attacker.addr).await?;
            let head = format!(
                "POST /api/v1/events HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
                 content-type: application/json\r\ncontent-length: 8000000\r\n\r\n{{\"events\":[",
                attacker.addr, attacker.key
            );
            // One that is refused or cut is opened again.
            if stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(&blank).await.is_ok() {
                open.push(stream);
            }
            if began.elapsed() > Duration::from_secs(1) {
                break;
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut going_on = Vec::new();
        for mut stream in open {
            if stream.write_all(b" ").await.is_ok() {
                going_on.push(stream);
            }
        }
        open = going_on;
    }
}

async fn pages(attacker: Attacker) -> anyhow::Result<()> {
    // It is never answered, so that its batches stay to be looked at.
    let batch = json!({ "max_events": 1000, "max_bytes": 8_388_608, "max_wait": "0s" });
    let settings = json!({ "event_types": ["batched"], "batch": batch, "retry": { "schedule": vec!["1s"; 9] } });
    attacker.api.call(Method::POST, "/webhooks", Some(with_url(settings, "http://127.0.0.1:1024/"))).await?;
    // As much as one event may have.
    let braces = vec![json!({ "a": [] }); 29_000];
    let kept = [
        vec![json!({ "type": "batched", "data": "x".repeat(8_000) }); 900],
        vec![json!({ "type": "paged", "data": braces }); 16],
    ];
    for events in kept {
        attacker.api.call(Method::POST, "/events", Some(json!({ "events": events }))).await?;
    }
    let first = async |path: &str| {
        let page = attacker.api.call(Method::GET, path, None).await?;
        page["data"][0]["id"].as_str().map(str::to_owned).context("nothing is listed")
    };
    let event = format!("/events/{}", first("/events?type=paged&limit=1").await?);
    let delivery = format!("/deliveries/{}", first("/deliveries?limit=1").await?);
    repeat(&attacker, &["/events?limit=250", &event, "/events?limit=250", &delivery], 64).await;
    Ok(())
}

async fn statistics(attacker: Attacker) -> anyhow::Result<()> {
    attacker.webhook(json!({ "event_types": ["*"] })).await?;
    let publish = async || {
        for round in 0_u64.. {
            let event = |n| json!({ "type": format!("counted.{}", round * 1000 + n), "data": 1 });
            attacker.publish(&json!({ "events": (0..1000).map(event).collect::<Vec<_>>() })).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let paths = ["/stats?granularity=minute&by=event_type", "/stats?by=webhook", "/overview", "/stats/failures"];
    tokio::join!(publish(), repeat(&attacker, &paths, 32));
    Ok(())
}

/// Asks for these on so many connections, again and again.
async fn repeat(attacker: &Attacker, paths: &[&str], connections: usize) {
    let one = async |number: usize| {
        let path = paths[number % paths.len()];
        loop {
            // Where its rate is used up, or much of it waits, it would only be refused.
            if attacker.api.call(Method::GET, path, None).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    futures_util::future::join_all((0..connections).map(one)).await;
}

fn with_url(mut settings: Value, url: &str) -> Value {
    settings["url"] = url.into();
    settings
}

async fn half_open(attacker: Attacker) -> anyhow::Result<()> {
    let mut open = Vec::new();
    loop {
        while open.len() < 10_100 {
            // Else they would be the neighbour's, too, who comes from 127.0.0.1.
            let socket = TcpSocket::new_v4()?;
            socket.bind(([127, 0, 1, (open.len() % 20) as u8 + 1], 0).into())?;
            open.push(socket.connect(attacker.addr).await?);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        // One that the server has closed is opened again.
        open.retain(|stream| !matches!(stream.try_read(&mut [0; 16]), Ok(0)));
    }
}
