//! Fetches a URL under the strict policy, and tells what was seen. `--dev` opens http and loopback.

use lanehook_egress::{Client, Config, Limits, Policy, Request};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut policy, mut url) = (Policy::default(), None);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--dev" => policy = Policy::development(),
            text => url = Some(text.parse()?),
        }
    }
    let url = url.ok_or("usage: fetch [--dev] URL")?;
    let client = Client::new(Config { policy, ..Config::default() })?;
    let exchange = client.fetch(&url, Request::get(), &Limits::default()).await;
    if let Some(remote) = exchange.remote {
        println!("connected to {remote}");
    }
    println!("{:?}", exchange.timings);
    if let Some(answer) = &exchange.answer {
        println!("{}\n{}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    match exchange.error {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}
