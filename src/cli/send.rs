//! `lanehook send`: publish one event from the command line, or many from standard input, a JSON object a line.

use std::{io::IsTerminal, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Method, StatusCode};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{
    client::{Client, NeverSent, SERVER, explain},
    say::{note, say},
};

/// Events in one request, and their bytes at most (the server takes 8 MiB).
const BATCH_EVENTS: usize = 500;
const BATCH_BYTES: usize = 4 << 20;
/// A server that is busy or restarting is asked again, this often.
const TRIES: u32 = 8;

/// Publish events.
#[derive(Args)]
pub struct SendArgs {
    /// The event's type, like price.alert; without it, events are read from standard input, a JSON object
    /// {"type":…,"data":…} a line
    #[arg(value_name = "TYPE", requires = "data")]
    event_type: Option<String>,
    /// The event's data: JSON
    #[arg(value_name = "DATA")]
    data: Option<String>,
    /// The event's own id, by which a repetition is recognised
    #[arg(long)]
    id: Option<String>,
    /// Events with the same key reach a webhook with `ordering: key` one after another
    #[arg(long)]
    ordering_key: Option<String>,
    /// The server
    #[arg(long, env = "LANEHOOK_URL", default_value = SERVER)]
    url: String,
    /// An API key that may publish (events:write)
    #[arg(long, env = "LANEHOOK_KEY", hide_env_values = true)]
    key: String,
    /// For which tenant; only with an operator's key
    #[arg(long, env = "LANEHOOK_TENANT")]
    tenant: Option<String>,
}

/// Publishes, and says what was accepted.
pub async fn run(args: SendArgs) -> anyhow::Result<()> {
    let client = Client::new(&args.url, args.key)?.for_tenant(args.tenant);
    match (&args.event_type, &args.data) {
        (Some(event_type), Some(data)) => {
            let data: Value = serde_json::from_str(data).context("DATA is not JSON; quote it like '{\"price\":1}'")?;
            let mut event = json!({"type": event_type, "data": data});
            for (name, value) in [("id", &args.id), ("ordering_key", &args.ordering_key)] {
                if let Some(value) = value {
                    event[name] = json!(value);
                }
            }
            let answer = publish(&client, event.to_string(), &[]).await?;
            Ok(say(answer)?)
        }
        _ => send_lines(&client).await,
    }
}

async fn send_lines(client: &Client) -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() {
        note("Reading events from the terminal, a JSON object a line; end with Ctrl-D.");
    }
    let progress = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {human_pos} events accepted, {per_sec}, {elapsed}")?);
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let (mut batch, mut places, mut bytes, mut line_number, mut accepted) = (Vec::new(), Vec::new(), 0, 0u64, 0u64);
    loop {
        let line = lines.next_line().await.context("standard input cannot be read")?;
        let ended = line.is_none();
        if let Some(line) = line {
            line_number += 1;
            if !line.trim().is_empty() {
                // Checked one by one: a line that is no JSON would spoil its neighbours, too.
                serde_json::from_str::<IgnoredAny>(&line)
                    .with_context(|| format!("line {line_number} is not JSON; {}", sent_so_far(accepted, &places)))?;
                bytes += line.len();
                batch.push(line);
                places.push(line_number);
            }
        }
        let full = batch.len() >= BATCH_EVENTS || bytes >= BATCH_BYTES;
        if !batch.is_empty() && (full || ended) {
            let body = format!("{{\"events\":[{}]}}", batch.join(","));
            let sent = publish(client, body, &places).await;
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

/// What to know before sending the rest again.
fn sent_so_far(accepted: u64, places: &[u64]) -> String {
    match places.first() {
        Some(first) => format!("{accepted} events before line {first} were accepted, none from there on"),
        None => format!("{accepted} events before it were accepted"),
    }
}

/// Publishes; a server that is busy or away is asked again with the same idempotency key, so nothing doubles.
/// `lines` tells from which line each event of a batch came.
async fn publish(client: &Client, body: String, lines: &[u64]) -> anyhow::Result<String> {
    let idempotency_key = random_text();
    let headers = [("Idempotency-Key", idempotency_key.as_str())];
    let mut wait = Duration::from_millis(250);
    for attempt in 1.. {
        let problem = match client.send(Method::POST, "/events", body.clone(), &headers).await {
            Ok(response) if response.status().is_success() => return Ok(response.text().await?),
            Ok(response) => {
                let status = response.status();
                let text = explain(&response.text().await.unwrap_or_default(), lines);
                let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                if !passing {
                    bail!("{status}: {text}");
                }
                format!("{status}: {text}")
            }
            Err(error) if error.is::<NeverSent>() => return Err(error),
            Err(error) => format!("{error:#}"),
        };
        if attempt == TRIES {
            bail!("{problem}");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(10));
    }
    unreachable!("the loop ends by returning")
}

fn random_text() -> String {
    crate::random::bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}
