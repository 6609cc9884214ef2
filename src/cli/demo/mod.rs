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
    let mut screen = Screen::start()?;
    let folder = Folder::new()?;
    let settings = Settings { data: Some(folder.0.clone()), dev: Some(true), ..Settings::default() };
    let (mut server, key) = start(settings, args.listen, &screen).await?;
    let shown = show(&args, &mut server, key, &mut screen, stop).await;
    server.stop().await;
    shown
}

/// Publishes alerts and tells what comes of them, until it is time to stop.
async fn show(
    args: &DemoArgs,
    server: &mut Server,
    key: String,
    screen: &mut Screen,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let (say, mut said) = mpsc::channel(1024);
    let steady = Receiver::start("steady", false, say.clone()).await?;
    let flaky = Receiver::start("flaky", true, say).await?;
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
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / args.rate));
    let mut looks = tokio::time::interval(LOOK_AT_LANES);
    let end = async {
        match args.run_for {
            Some(span) => tokio::time::sleep(span.0).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(end, stop);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let alert = market.next_alert();
                let accepted = client.call(Method::POST, "/events", &alert).await?;
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let (id, title, price) = (text(&accepted["id"]), text(&alert["data"]["title"]), &alert["data"]["price"]);
                screen.show(Line { who: "event", tone: Tone::Event, text: format!("{id}  {title}, now {price}") })?;
            }
            _ = looks.tick() => {
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
async fn start(mut settings: Settings, listen: SocketAddr, screen: &Screen) -> anyhow::Result<(Server, String)> {
    use crate::serve::StartError;
    for address in [listen, SocketAddr::new(listen.ip(), 0)] {
        settings.listen = Some(address);
        let mut config = settings.clone().load()?;
        // Keys that are meant for the real server have no business here.
        let key = crate::access::KeyText::generate(crate::access::KeyText::KEY).expose().to_owned();
        config.operator_key = Some(crate::config::Hidden(key.clone()));
        config.master_key = None;
        match Server::start(config, Clock::system()).await {
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
    screen.keep_in_sight(format!(
        "The dashboard (this link signs in once, within 15 minutes):\n    {}\nThe key of this demonstration:    {key}\nPublish an event of your own:\n    {publish}\nList what was delivered:\n    \
         curl http://{address}/api/v1/deliveries -H 'Authorization: Bearer {key}'",
        way.signing_in(code)
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
