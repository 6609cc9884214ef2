//! A whole server in this process, on a clock that the test moves.

use std::{ops::Deref, time::Duration};

use lanehook::{
    clock::Clock,
    config::{Config, Hidden, Settings, TlsFiles},
    model::Timestamp,
    serve::Server,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    client::{Client, eventually},
    receiver::Receiver,
    support::NOON,
};

pub const OPERATOR: &str = "the-operators-key-of-the-tests-0123456789";

/// Calls go through [`Client`], to which it dereferences. Development mode: receivers may be on this machine.
pub struct TestServer {
    client: Client,
    pub clock: Clock,
    server: Server,
    config: Config,
    folder: TempDir,
    /// Receives everything, and so tells when everybody else has had their turn.
    witness: Receiver,
}

impl Deref for TestServer {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl TestServer {
    pub async fn start() -> TestServer {
        TestServer::start_with(|_| ()).await
    }

    /// At the real time, for verifiers that look at the clock on the wall.
    pub async fn start_now() -> TestServer {
        TestServer::start_at(Clock::system().now(), |_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> TestServer {
        TestServer::start_at(NOON, change).await
    }

    pub async fn start_at(time: Timestamp, change: impl FnOnce(&mut Config)) -> TestServer {
        let client = |server: &Server| Client::new(format!("http://{}", server.address), OPERATOR);
        TestServer::start_for(time, change, client).await
    }

    async fn start_for(
        time: Timestamp,
        change: impl FnOnce(&mut Config),
        client: impl FnOnce(&Server) -> Client,
    ) -> TestServer {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            data: Some(folder.path().join("data")),
            dev: Some(true),
            ..Settings::default()
        };
        let mut config = settings.load().unwrap();
        config.operator_key = Some(Hidden(OPERATOR.into()));
        config.master_key = None;
        config.program = env!("CARGO_BIN_EXE_lanehook").into();
        change(&mut config);
        let clock = Clock::manual(time);
        let server = Server::start(config.clone(), clock.clone()).await.unwrap();
        let client = client(&server);
        client.post("/tenants", json!({"id": "witness"})).await.expect(201);
        TestServer { client, clock, server, config, folder, witness: Receiver::start().await }
    }

    /// The same over TLS, with a certificate for `localhost` in these files.
    pub async fn start_over_tls(files: TlsFiles, trusted: &[u8], change: impl FnOnce(&mut Config)) -> TestServer {
        let with_tls = |config: &mut Config| {
            config.tls = Some(files);
            change(config);
        };
        let client = |server: &Server| {
            Client::trusting(format!("https://localhost:{}", server.address.port()), OPERATOR, trusted)
        };
        TestServer::start_for(NOON, with_tls, client).await
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        self.server.address.to_string()
    }

    /// Stops it, and starts it again with the same data at the same time.
    pub async fn restart(self) -> TestServer {
        self.restart_after(|_| ()).await
    }

    /// The same, and meanwhile this is done to what it left.
    pub async fn restart_after(self, meanwhile: impl FnOnce(&Config)) -> TestServer {
        let TestServer { clock, server, config, folder, witness, .. } = self;
        server.stop().await;
        meanwhile(&config);
        let server = Server::start(config.clone(), clock.clone()).await.unwrap();
        let client = Client::new(format!("http://{}", server.address), OPERATOR);
        TestServer { client, clock, server, config, folder, witness }
    }

    /// The same with other settings.
    pub async fn restart_with(mut self, change: impl FnOnce(&mut Config)) -> TestServer {
        change(&mut self.config);
        self.restart().await
    }

    /// Where `/metrics` answers without a key.
    pub fn metrics_address(&self) -> Option<std::net::SocketAddr> {
        self.server.metrics_address
    }

    /// Where `/readyz` tells all without a key.
    pub fn health_address(&self) -> Option<std::net::SocketAddr> {
        self.server.health_address
    }

    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Moves the clock to a time as the API writes it.
    pub fn advance_to(&self, time: &serde_json::Value) {
        let time = Timestamp::parse(time.as_str().unwrap()).unwrap();
        self.clock.advance(time.since(self.clock.now()));
    }

    /// The periodic jobs that are due have run.
    pub async fn jobs_done(&self) {
        eventually("the jobs that are due to have run", async || {
            let jobs = self.server.jobs();
            if jobs.are_idle(self.clock.now()) { Ok(()) } else { Err(format!("{:?}", jobs.reports())) }
        })
        .await;
    }

    /// Whatever the server could do by now, it has done: the periodic jobs that are due have run, and events for another
    /// tenant were published after it, delivered and recorded.
    pub async fn settle(&self) {
        self.jobs_done().await;
        let witness = self.of_tenant("witness");
        if self.witness.count() == 0 {
            witness.webhook(&self.witness.url("/witness"), json!({})).await;
        }
        for _ in 0..3 {
            let event = witness.publish().await;
            witness.delivery_in(&event, "delivered").await;
        }
    }
}
