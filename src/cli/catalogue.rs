//! `lanehook catalogue`: event types in bulk, from packs, OpenAPI documents or files, over the API.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::{client::ServerArgs, say::say};
use crate::{
    catalogue::{Pack, packs},
    model::{FieldError, read_json},
};

/// Event types in bulk.
#[derive(Args)]
pub struct CatalogueArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the packs that come with lanehook
    Packs,
    /// Add event types to a server's catalogue
    Import(ImportArgs),
}

#[derive(Args)]
struct ImportArgs {
    /// Packs (market, portfolio, benchmark, memory), or files: a pack (.toml) or an OpenAPI document (.json)
    #[arg(required = true)]
    sources: Vec<String>,
    /// Replace event types that are there already
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    server: ServerArgs,
    /// An operator's key
    #[arg(long, env = "LANEHOOK_KEY", hide_env_values = true)]
    key: String,
}

/// Runs the subcommand to its end.
pub async fn run(args: CatalogueArgs) -> anyhow::Result<()> {
    match args.command {
        Command::Packs => {
            for pack in packs() {
                let count = pack.event_types.len();
                let (name, title, description) = (&pack.name, &pack.title, &pack.description);
                say(format_args!("{name:<10}  {count:>2} event types  {title}: {description}"))?;
            }
            Ok(())
        }
        Command::Import(args) => import(args).await,
    }
}

async fn import(args: ImportArgs) -> anyhow::Result<()> {
    let client = args.server.client(args.key)?;
    for source in &args.sources {
        let mut body = read(source)?;
        body["replace"] = json!(args.replace);
        let answer = client.call(Method::POST, "/event-types", &body).await;
        let answer = answer.map_err(|error| anyhow::anyhow!("{source}: {error:#}"))?;
        let count = |what: &str| answer[what].as_array().map_or(0, Vec::len);
        let [created, replaced, unchanged] = ["created", "replaced", "unchanged"].map(count);
        say(format_args!("{source}: {created} created, {replaced} replaced, {unchanged} left as they were"))?;
        for (what, mark) in [("created", '+'), ("replaced", '~')] {
            let names = answer[what].as_array().into_iter().flatten().filter_map(Value::as_str);
            for name in names {
                say(format_args!("  {mark} {name}"))?;
            }
        }
    }
    Ok(())
}

/// What the API takes.
fn read(source: &str) -> anyhow::Result<Value> {
    if packs().iter().any(|pack| pack.name == source) {
        return Ok(json!({"pack": source}));
    }
    let path = PathBuf::from(source);
    let text = std::fs::read_to_string(&path).with_context(|| {
        let names: Vec<&str> = packs().iter().map(|pack| pack.name.as_str()).collect();
        format!("`{source}` is neither a pack ({}) nor a file that can be read", names.join(", "))
    })?;
    if path.extension().is_some_and(|kind| kind == "toml") {
        let pack = Pack::parse(&text).map_err(|errors| {
            let lines: Vec<String> =
                errors.iter().map(|error| format!("{}: {}", error.pointer, error.message)).collect();
            anyhow::anyhow!("{source}: {}", lines.join("; "))
        })?;
        return Ok(json!({"event_types": pack.event_types}));
    }
    // As the server reads what it is sent: what is wrong with the text itself cannot be seen there any more.
    let document: Value = read_json(text.as_bytes()).map_err(|FieldError { pointer, message, .. }| {
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        anyhow::anyhow!("{source} is no JSON document that can be read: {place}{message}")
    })?;
    Ok(json!({"openapi": document}))
}
