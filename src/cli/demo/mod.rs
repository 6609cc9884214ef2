//! `lanehook demo`: a server in a temporary folder, two receivers, and a stream of market alerts between them.
//!
//! Everything is real: the alerts are published over the API, the webhooks are made over the API, and the receivers are
//! HTTP servers that check each signature. One of them goes down now and then, so that retries can be watched.

mod lane;
mod market;
mod receiver;
mod screen;

use std::{future::Future, net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use rand::{SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use self::{
    lane::LaneWatch,
    market::Market,
    receiver::Receiver,
    screen::{Line, Screen, Tone},
};
use super::{
    client::Client,
    first_steps::Way,
    say::{Unheard, note},
};
use crate::{
    clock::Clock,
    config::{Settings, listen_address},
    model::Span,
    serve::Server,
};

/// How often it is asked how the lanes are.
const LOOK_AT_LANES: Duration = Duration::from_secs(1);

/// See it work.
#[derive(Args)]
pub struct DemoArgs {
    /// Where the API listens
    #[arg(long, default_value = "127.0.0.1:8420", value_name = "ADDRESS:PORT", value_parser = listen_address)]
    listen: SocketAddr,
    /// Stop by itself after this time, like 30s
    #[arg(long = "for", value_name = "TIME")]
    run_for: Option<Span>,
    /// Alerts a second
    #[arg(long, default_value_t = 0.5)]
    rate: f64,
}

/// Runs the demonstration until Ctrl-C, or whatever else ends a program, and leaves nothing behind.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    if !(0.1..=1000.0).contains(&args.rate) {
        bail!("--rate is from 0.1 to 1000, not {}", args.rate);
    }
    super::serve::prepare_process();
    // Before there is a folder to leave behind.
    let stop = stop_signal()?;
    let clock = Clock::system();
    let mut screen = Screen::start(clock.clone())?;
    let folder = Folder::new()?;
    let settings = Settings { data: Some(folder.0.clone()), dev: Some(true), ..Settings::default() };
    let (mut server, key) = start(settings, args.listen, &clock, &screen).await?;
    let shown = show(&args, &mut server, key, &clock, &mut screen, stop).await;
    server.stop().await;
    shown
}

/// Publishes alerts and tells what comes of them, until it is time to stop.
async fn show(
    args: &DemoArgs,
    server: &mut Server,
    key: String,
    clock: &Clock,
    screen: &mut Screen,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let (say, mut said) = mpsc::channel(1024);
    let steady = Receiver::start("steady", false, clock, say.clone()).await?;
    let flaky = Receiver::start("flaky", true, clock, say).await?;
    let url = format!("http://{}", server.address);
    let client = Client::new(&url, key, None)?;
    // Events are what the catalogue says, or they are refused.
    client.call(Method::POST, "/event-types", &json!({"pack": "portfolio"})).await?;
    client.call(Method::PATCH, "/tenants/default", &json!({"validation": "enforce"})).await?;
    let mut lanes = Vec::new();
    for (receiver, lane) in [(&steady, "lane steady"), (&flaky, "lane flaky")] {
        let webhook = json!({
            "name": receiver.name,
            "url": receiver.url,
            "event_types": ["price_above", "price_below"],
            "retry": {"schedule": ["1s", "2s", "4s", "8s", "15s", "30s"]},
        });
        let created = client.call(Method::POST, "/webhooks", &webhook).await?;
        let secret = created["secret"].as_str().context("a webhook is answered with its secret")?;
        receiver.trust(secret)?;
        lanes.push(LaneWatch::of(lane, created["id"].as_str().context("a webhook is answered with its id")?));
    }
    let mut market = Market::new(StdRng::from_seed(crate::random::bytes()));
    let code = server.sign_in_code(client.key()).await?;
    introduce(server, client.key(), &code, &market.next_alert(), screen)?;
    let mut alerts = Ticks::every(Duration::from_secs_f64(1.0 / args.rate), clock);
    let mut looks = Ticks::every(LOOK_AT_LANES, clock);
    let end = async {
        match args.run_for {
            Some(span) => clock.sleep(span.0).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(end, stop);
    loop {
        tokio::select! {
            () = alerts.tick() => {
                let alert = market.next_alert();
                let accepted = client.call(Method::POST, "/events", &alert).await?;
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let (id, title, price) = (text(&accepted["id"]), text(&alert["data"]["title"]), &alert["data"]["price"]);
                screen.show(Line { who: "event", tone: Tone::Event, text: format!("{id}  {title}, now {price}") })?;
            }
            () = looks.tick() => {
                for lane in &mut lanes {
                    lane.look(&client).await?.map_or(Ok(()), |line| screen.show(line))?;
                }
            }
            Some(line) = said.recv() => screen.show(line)?,
            () = &mut stop => break,
            () = &mut end => break,
            reason = server.failed() => bail!("the server cannot go on: {reason}"),
        }
    }
    Ok(screen.say("\nStopping.")?)
}

/// Moments that come again and again, the first at once.
struct Ticks<'a> {
    clock: &'a Clock,
    every: Duration,
    /// As [`Clock::passed`] tells it.
    next: Duration,
}

impl Ticks<'_> {
    fn every(every: Duration, clock: &Clock) -> Ticks<'_> {
        Ticks { clock, every, next: clock.passed() }
    }

    /// Returns at the next of them. Cancel-safe. Moments that nobody waited for are made up for.
    async fn tick(&mut self) {
        self.clock.sleep(self.next.saturating_sub(self.clock.passed())).await;
        self.next += self.every;
    }
}

/// Ctrl-C, SIGTERM, and the end of the terminal.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("cannot listen for signals");
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// At the wished address, or if that is taken, at a free one.
async fn start(
    mut settings: Settings,
    listen: SocketAddr,
    clock: &Clock,
    screen: &Screen,
) -> anyhow::Result<(Server, String)> {
    use crate::serve::StartError;
    for address in [listen, SocketAddr::new(listen.ip(), 0)] {
        settings.listen = Some(address);
        let mut config = settings.clone().load()?;
        // Keys that are meant for the real server have no business here.
        let key = crate::access::KeyText::generate(crate::access::KeyText::KEY).expose().to_owned();
        config.operator_key = Some(crate::config::Hidden(key.clone()));
        config.master_key = None;
        match Server::start(config, clock.clone()).await {
            Ok(server) => return Ok((server, key)),
            Err(StartError::Listen { address, .. }) if address.port() != 0 => {
                screen.say(format_args!("{address} is taken; using a free port instead."))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    bail!("no port is free at {}", listen.ip())
}

/// `alert`: one that the catalogue takes.
fn introduce(server: &Server, key: &str, code: &str, alert: &Value, screen: &mut Screen) -> Result<(), Unheard> {
    let address = server.address;
    let way = Way::plain(format!("http://{address}"));
    let publish = way.publishing(key, alert);
    screen.say(format_args!(
        "lanehook runs at http://{address}, with two receivers. `steady` always answers; {}",
        receiver::OUTAGES
    ))?;
    screen.say("What fails is tried again, and its lane says so. Ctrl-C ends it.")?;
    // Once only: who used it finds no use in it any more.
    screen.say(format_args!(
        "\nThe dashboard (this link signs in once, within 15 minutes):\n    {}",
        way.signing_in(code)
    ))?;
    screen.keep_in_sight(format!(
        "The dashboard is at http://{address}, with the key of this demonstration:\n    {key}\nPublish an event of your own:\n    {publish}\nList what was delivered:\n    \
         curl http://{address}/api/v1/deliveries -H 'Authorization: Bearer {key}'"
    ))
}

/// A temporary folder that goes with the demonstration.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Folder> {
        let unique = u64::from_le_bytes(crate::random::bytes());
        let path = std::env::temp_dir().join(format!("lanehook-demo-{unique:016x}"));
        std::fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            note(format_args!("{} could not be removed: {error}", self.0.display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, pin::pin, sync::mpsc::channel};

    use super::*;
    use crate::model::Timestamp;

    const STEP: Duration = Duration::from_millis(250);
    /// Of the flaky receiver's first two outages, and what comes after.
    const WATCHED: Duration = Duration::from_secs(100);
    /// In real time: a bound, never a wait.
    const GUARD: Duration = Duration::from_secs(120);

    /// Returns when each webhook has nothing under way, and what it is owed waits for a time to come.
    async fn settle(client: &Client, clock: &Clock) {
        let webhooks = client.call(Method::GET, "/webhooks", &json!({})).await.unwrap();
        for webhook in webhooks["data"].as_array().unwrap() {
            let path = format!("/webhooks/{}/lane", webhook["id"].as_str().unwrap());
            loop {
                let lane = client.call(Method::GET, &path, &json!({})).await.unwrap();
                let until = lane["waits_for"]["until"].as_str().map(|until| Timestamp::parse(until).unwrap());
                if lane["in_flight"] == 0 && (lane["owed"] == 0 || until.is_some_and(|until| until > clock.now())) {
                    break;
                }
            }
        }
    }

    #[tokio::test]
    async fn whoever_watches_sees_a_receiver_fail_and_recover() {
        let clock = Clock::manual(Timestamp::parse("2026-01-31T12:00:00Z").unwrap());
        let (speak, heard) = channel();
        let mut screen = Screen::of(
            Box::new(move |line| speak.send(line).map_err(|_| panic!("nobody listens"))),
            clock.clone(),
            false,
        );
        let folder = Folder::new().unwrap();
        let settings = Settings { data: Some(folder.0.clone()), dev: Some(true), ..Settings::default() };
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (mut server, key) = start(settings, free, &clock, &screen).await.unwrap();
        let client = Client::new(&format!("http://{}", server.address), key.clone(), None).unwrap();
        let args = DemoArgs { listen: free, run_for: None, rate: 0.5 };
        let mut lines: Vec<String> = Vec::new();
        {
            let mut demo = pin!(show(&args, &mut server, key, &clock, &mut screen, std::future::pending()));
            let published = |lines: &[String]| lines.iter().filter(|line| line.contains("  event   ")).count();
            let watch = async {
                let mut passed = Duration::ZERO;
                while passed <= WATCHED {
                    let due = 1 + (passed.as_secs_f64() * args.rate) as usize;
                    while published(&lines) < due {
                        lines.extend(heard.try_iter());
                        tokio::task::yield_now().await;
                    }
                    settle(&client, &clock).await;
                    clock.advance(STEP);
                    passed += STEP;
                }
            };
            tokio::select! {
                _ = &mut demo => panic!("it ended by itself"),
                () = watch => {}
                () = tokio::time::sleep(GUARD) => panic!("it stands still"),
            }
        }
        server.stop().await;
        lines.extend(heard.try_iter());
        let place = |part: &str| {
            lines.iter().position(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {lines:#?}"))
        };
        let (down, waits) = (place("503, down (attempt 1)"), place("failed and will be tried again"));
        let (verified, recovered) = (place("failed"), place("recovered: nothing waits for another try"));
        assert!(down < recovered && waits < recovered && verified < recovered, "{lines:#?}");
        // What failed was received in the end, but for what is owed still.
        let ids = |part: &str| -> HashSet<&str> {
            lines
                .iter()
                .filter(|line| line.contains("flaky") && line.contains(part))
                .filter_map(|line| line.split_whitespace().nth(2))
                .collect()
        };
        let before: HashSet<&str> = lines[..recovered]
            .iter()
            .filter(|line| line.contains("503, down"))
            .filter_map(|line| line.split_whitespace().nth(2))
            .collect();
        assert!(!before.is_empty() && before.is_subset(&ids("signature verified, after")), "{lines:#?}");
    }
}
