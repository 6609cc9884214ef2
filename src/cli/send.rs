//! `lanehook send`: publish one event from the command line, or many from a file or standard input.

use std::{
    fs::File,
    io::{IsTerminal, Read},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use tokio::sync::mpsc::{self, Receiver};

use super::{
    client::{Client, Elsewhere, NeverSent, ServerArgs, explain, no_lanehook},
    events::{self, Event},
    no_answer::NoAnswer,
    say::{note, say, sentence},
};
use crate::model::{Span, words};

/// Events in one request, and their bytes at most (the server takes 8 MiB).
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 4 << 20;
/// A server that is busy or restarting is asked again, after these waits, in milliseconds.
const WAITS: [u64; 7] = [250, 500, 1000, 2000, 4000, 8000, 10_000];

/// Publish events.
#[derive(Args)]
pub struct SendArgs {
    /// The event's type, like price_alert, and its data. Alone: a file with events, objects {"type":…,"data":…} one after
    /// another or in an array. Without it, or as `-`, they are read from standard input
    #[arg(value_name = "TYPE|FILE")]
    first: Option<String>,
    /// The event's data: JSON
    #[arg(value_name = "DATA")]
    data: Option<String>,
    /// The event's own id, by which a repetition is recognised
    #[arg(long, requires = "data")]
    id: Option<String>,
    /// Events with the same key reach a webhook with `ordering: key` one after another
    #[arg(long, requires = "data")]
    ordering_key: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
    /// An API key that may publish (events:write)
    #[arg(long, env = "LANEHOOK_KEY", hide_env_values = true)]
    key: String,
    /// For which tenant; only with an operator's key
    #[arg(long, env = "LANEHOOK_TENANT")]
    tenant: Option<String>,
}

/// One event, as the API takes it. Its data stay the caller's bytes.
#[derive(Serialize)]
struct OneEvent<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordering_key: Option<&'a str>,
    data: &'a RawValue,
}

/// Publishes, and says what was accepted.
pub async fn run(args: SendArgs) -> anyhow::Result<()> {
    let client = args.server.client(args.key)?.for_tenant(args.tenant);
    match (args.first.as_deref(), &args.data) {
        (Some(event_type), Some(data)) => {
            let data = data.trim_start_matches('\u{feff}');
            let data = serde_json::from_str(data).map_err(|error| {
                let why = words::not_json(&error, data.as_bytes());
                anyhow!("DATA is not JSON: {why}; in a shell it is quoted like '{{\"price\":1}}'")
            })?;
            let (id, ordering_key) = (args.id.as_deref(), args.ordering_key.as_deref());
            let event = serde_json::to_string(&OneEvent { r#type: event_type, id, ordering_key, data })?;
            let answer = publish(&client, event, &[], &ProgressBar::hidden()).await?;
            Ok(say(answer)?)
        }
        (None | Some("-"), _) => {
            if std::io::stdin().is_terminal() {
                note("Reading events from the terminal, JSON objects one after another; end with Ctrl-D.");
            }
            send_all(&client, Box::new(std::io::stdin())).await
        }
        (Some(file), None) => {
            let opened = File::open(file).with_context(|| {
                format!("`{file}` is no file that can be read; to publish one event of this type, add its data: {file} '{{}}'")
            })?;
            send_all(&client, Box::new(opened)).await
        }
    }
}

/// Reads on a thread of its own: it may wait for ever, like one at a terminal.
fn read_beside(text: Box<dyn Read + Send>) -> Receiver<anyhow::Result<Event>> {
    let (events, read) = mpsc::channel(BATCH_EVENTS);
    tokio::task::spawn_blocking(move || {
        let done = events::read(text, |event| events.blocking_send(Ok(event)).is_ok());
        if let Err(error) = done {
            // Whoever has gone wants to hear of nothing.
            let _ = events.blocking_send(Err(error));
        }
    });
    read
}

async fn send_all(client: &Client, text: Box<dyn Read + Send>) -> anyhow::Result<()> {
    let progress = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {human_pos} events accepted, {per_sec}, {elapsed}")?);
    let mut events = read_beside(text);
    let (mut batch, mut places, mut bytes, mut accepted) = (Vec::new(), Vec::new(), 0, 0u64);
    loop {
        let event = events.recv().await.transpose();
        let event = event.with_context(|| sent_so_far(accepted, &places))?;
        let ended = event.is_none();
        if let Some(Event { line, json }) = event {
            bytes += json.get().len();
            batch.push(json);
            places.push(line);
        }
        let full = batch.len() >= BATCH_EVENTS || bytes >= BATCH_BYTES;
        if !batch.is_empty() && (full || ended) {
            let body = serde_json::to_string(&Batch { events: &batch })?;
            let sent = publish(client, body, &places, &progress).await;
            sent.with_context(|| sent_so_far(accepted, &places))?;
            accepted += batch.len() as u64;
            progress.set_position(accepted);
            batch.clear();
            places.clear();
            bytes = 0;
        }
        if ended {
            progress.finish_and_clear();
            return Ok(say(format_args!("{accepted} events accepted"))?);
        }
    }
}

/// Many events, as the API takes them.
#[derive(Serialize)]
struct Batch<'a> {
    events: &'a [Box<RawValue>],
}

/// What to know before sending the rest again.
fn sent_so_far(accepted: u64, places: &[u64]) -> String {
    match places.first() {
        Some(first) => format!("{accepted} events before line {first} were accepted, none from there on"),
        None => format!("{accepted} events before it were accepted"),
    }
}

/// Publishes; a server that is busy or away is asked again with the same idempotency key, so nothing doubles.
/// `lines` tells from which line each event of a batch came; none: it is one event.
async fn publish(client: &Client, body: String, lines: &[u64], progress: &ProgressBar) -> anyhow::Result<String> {
    let idempotency_key = random_text();
    let headers = [("Idempotency-Key", idempotency_key.as_str())];
    let mut waits = WAITS.into_iter().enumerate();
    loop {
        let problem = match client.send(Method::POST, "/events", body.clone(), &headers).await {
            Ok(response) if response.status().is_success() => {
                let (status, text) = (response.status(), response.text().await?);
                return match is_receipt(&text, lines.len()) {
                    true => Ok(text),
                    false => Err(no_lanehook(&format!("what was published was answered {status}"))),
                };
            }
            Ok(response) => {
                let status = response.status();
                let text = explain(&response.text().await.unwrap_or_default(), lines);
                let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                if !passing {
                    bail!("{status}: {text}");
                }
                format!("{status}: {text}")
            }
            Err(error) if !may_pass(&error) => return Err(error),
            Err(error) => sentence(&error),
        };
        let Some((tried, wait)) = waits.next() else { bail!("{problem}") };
        let wait = Duration::from_millis(wait);
        progress.suspend(|| note(format_args!("{problem}\n  {}", trying_again(tried, wait))));
        tokio::time::sleep(wait).await;
    }
}

/// Whether this is what the server answers to one event, or to a batch of so many: others answer 200 to anything.
fn is_receipt(answer: &str, events: usize) -> bool {
    let Ok(answer) = serde_json::from_str::<Value>(answer) else { return false };
    match events {
        0 => answer["id"].is_string(),
        events => answer["events"].as_array().is_some_and(|receipts| receipts.len() == events),
    }
}

/// How often it was tried, and how long it will be: who knows that nothing comes of it need not wait for the end.
fn trying_again(tried: usize, wait: Duration) -> String {
    let so_far = format!("trying again in {} ({} of {}", Span(wait), tried + 1, WAITS.len() + 1);
    match tried {
        0 => {
            let all = Span::seconds(WAITS.iter().sum::<u64>().div_ceil(1000));
            format!("{so_far}; it is given up after {all} of waiting, or with Ctrl-C)")
        }
        _ => format!("{so_far})"),
    }
}

/// Whether there may be an answer a moment later.
fn may_pass(error: &anyhow::Error) -> bool {
    !error.is::<NeverSent>()
        && !error.is::<Elsewhere>()
        && error.downcast_ref::<NoAnswer>().is_none_or(|error| error.may_pass)
}

fn random_text() -> String {
    crate::random::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}
