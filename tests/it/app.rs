//! The API over a real listener and a real store, on a clock that stands still until it is moved.

use std::{net::SocketAddr, sync::Arc};

use lanehook::{
    access::{Access, AccessLimits},
    api::{self, App, HttpMetrics},
    budget::Budget,
    clock::Clock,
    courier::HttpCourier,
    deliver::Sender,
    inspect::Inspectors,
    lane::LaneDesk,
    manage::{DeliveryService, EventTypeService, LaneService, TestService, WebhookService},
    metrics::Metrics,
    model::{Amounts, RateLimit, RateUnit, Timestamp},
    observe::Board,
    publish::{self, Publisher},
    render::Renderer,
    replay::ReplayService,
    store::{Store, seal::MasterKey, sqlite::SqliteStore},
    upkeep::{Healing, Jobs},
    work::Work,
};
use lanehook_egress::Policy;
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;

use crate::client::GUARD;

pub const OPERATOR: &str = "operator-key-of-the-tests-0123456789";

fn per_second(limit: u32) -> RateLimit {
    RateLimit { limit, per: RateUnit::Second }
}

/// How much callers may ask for.
pub struct Limits {
    pub max_event_bytes: usize,
    pub max_body_bytes: usize,
    pub access: AccessLimits,
    /// Of tenants that say nothing.
    pub quotas: Amounts,
    /// Of bodies, and again of messages.
    pub buffered_bytes: usize,
    pub cors_origins: Vec<api::CorsOrigin>,
    pub text_is_json: bool,
    /// Whether it is told that browsers speak TLS with it.
    pub secure: bool,
    /// Of what inspectors keep.
    pub inspector_bytes: usize,
    pub inspect_public: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_event_bytes: publish::DEFAULT_MAX_EVENT_BYTES,
            max_body_bytes: api::DEFAULT_MAX_BODY_BYTES,
            access: AccessLimits::default(),
            quotas: Amounts::DEFAULT,
            buffered_bytes: 128 << 20,
            cors_origins: Vec::new(),
            text_is_json: false,
            secure: false,
            inspector_bytes: 16 << 20,
            inspect_public: false,
        }
    }
}

/// A running API. Stops when it is dropped.
pub struct TestApp {
    pub clock: Clock,
    pub store: Arc<dyn Store>,
    pub work: Work,
    pub address: SocketAddr,
    client: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl TestApp {
    pub async fn start() -> TestApp {
        TestApp::start_with(Limits::default()).await
    }

    pub async fn start_with(limits: Limits) -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
        let store = SqliteStore::open(&folder.path().join("test.db"), &master_key, clock.clone()).unwrap();
        // One thread: held by a test, it does nothing for anybody.
        let work = Work::on(1).unwrap();
        let metrics = Metrics::default();
        store.register(&metrics);
        let store: Arc<dyn Store> = Arc::new(store.with_quotas(limits.quotas).with_work(work.clone()));
        let access = Access::new(store.clone(), limits.access);
        access.ensure_operator_key(Some(OPERATOR)).await.unwrap();
        let egress = lanehook_egress::Config { policy: Policy::development(), ..Default::default() };
        let program = env!("CARGO_BIN_EXE_lanehook").into();
        let inspectors = Inspectors::new(clock.clone(), limits.inspector_bytes);
        inspectors.tell_to(store.live().clone());
        let sender = Sender::new(egress, clock.clone(), work.clone(), inspectors.clone()).unwrap();
        let courier = HttpCourier::new(
            Renderer::default(),
            sender,
            clock.clone(),
            work.clone(),
            program,
            Budget::new(limits.buffered_bytes),
        );
        let publisher =
            Publisher::new(store.clone(), clock.clone(), access.clone(), work.clone(), limits.max_event_bytes);
        // Nobody runs them here.
        let replays = ReplayService::new(store.clone(), publisher.clone(), clock.clone(), per_second(2_000));
        // Nobody runs lanes here, and so nobody answers.
        let lanes = LaneService::new(LaneDesk::new(clock.clone()).0, store.clone(), store.clone(), clock.clone());
        let tests = TestService::new(
            store.clone(),
            store.clone(),
            store.clone(),
            courier.clone(),
            lanes.clone(),
            clock.clone(),
        );
        let app = App {
            store: store.clone(),
            clock: clock.clone(),
            access: access.clone(),
            webhooks: WebhookService::new(
                store.clone(),
                courier.clone(),
                clock.clone(),
                work.clone(),
                Board::default(),
            ),
            event_types: EventTypeService::new(store.clone(), clock.clone(), work.clone()),
            deliveries: DeliveryService::new(store.clone(), store.clone(), store.clone(), tests.clone()),
            tests,
            healing: Healing::new(store.clone(), courier.clone(), clock.clone()),
            lanes,
            publisher,
            replays,
            // So that a test can be several clients.
            proxies: api::Proxies { trusted: vec!["127.0.0.0/8".parse().unwrap()], ..Default::default() },
            public_url: None,
            secure: limits.secure,
            cors_origins: limits.cors_origins,
            text_is_json: limits.text_is_json,
            max_body_bytes: limits.max_body_bytes,
            inspectors,
            inspect_public: limits.inspect_public,
            courier,
            work: work.clone(),
            bodies: Budget::new(limits.buffered_bytes),
            http: HttpMetrics::new(&metrics),
            metrics,
            jobs: Jobs::default(),
            mail: None,
            started_at: clock.now(),
            settings: vec![api::SettingView { name: "dev", value: "true".into(), default: "false".into() }],
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = api::router(app).into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let client = reqwest::Client::builder().no_proxy().timeout(GUARD).build().unwrap();
        TestApp { clock, store, work, address, client, server, folder }
    }

    /// Another connection to the store's file.
    pub fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("test.db")).unwrap()
    }

    /// A request with the operator's key.
    pub fn call(&self, method: &str, path: &str) -> Call {
        self.call_as(OPERATOR, method, path)
    }

    /// A request with this key.
    pub fn call_as(&self, key: &str, method: &str, path: &str) -> Call {
        let call = self.bare_call(method, path);
        Call(call.0.bearer_auth(key))
    }

    /// A request without a key.
    pub fn bare_call(&self, method: &str, path: &str) -> Call {
        // What is outside the API is called like them and has one part: an id or a cursor may end like their names.
        let name = path.split('?').next().unwrap_or_default();
        let is_outside = name == "/metrics" || name.ends_with('z') && !name[1..].contains('/');
        let path = if path.starts_with("/api/") || is_outside { path.into() } else { format!("/api/v1{path}") };
        let url = format!("http://{}{path}", self.address);
        Call(self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call("POST", path).json(body).await
    }

    /// Makes a tenant and a key of it with all scopes that a tenant's key can have.
    pub async fn tenant(&self, id: &str) -> String {
        self.post("/tenants", serde_json::json!({"id": id})).await.expect(201);
        let scopes = [
            "events:write",
            "events:read",
            "webhooks:write",
            "webhooks:read",
            "secrets",
            "deliveries:read",
            "deliveries:write",
            "keys",
        ];
        self.key(serde_json::json!({"name": id, "tenant": id, "scopes": scopes})).await
    }

    /// Makes an API key.
    pub async fn key(&self, input: Value) -> String {
        self.post("/api-keys", input).await.expect(201).text("/key")
    }
}

/// A request in the making.
pub struct Call(pub RequestBuilder);

impl Call {
    pub fn header(self, name: &str, value: &str) -> Call {
        Call(self.0.header(name, value))
    }

    pub async fn json(self, body: Value) -> Answer {
        Call(self.0.json(&body)).send().await
    }

    pub async fn body(self, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        Call(self.0.header("content-type", content_type).body(body)).send().await
    }

    pub async fn send(self) -> Answer {
        Answer::read(self.0.send().await.unwrap()).await.unwrap()
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub json: Value,
    pub raw: String,
}

impl Answer {
    /// All of it; of a stream, which does not end, what comes first.
    pub async fn read(mut response: reqwest::Response) -> reqwest::Result<Answer> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let is_stream = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let raw = match is_stream {
            true => String::from_utf8_lossy(&response.chunk().await?.unwrap_or_default()).into_owned(),
            false => response.text().await?,
        };
        let json = serde_json::from_str(&raw).unwrap_or(Value::Null);
        Ok(Answer { status, headers, json, raw })
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.raw);
        self
    }

    /// A problem with this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Answer {
        assert_eq!((self.status, self.text("/code").as_str()), (status, code), "{}", self.raw);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.text("/request_id"), self.header("x-request-id"));
        assert!(!self.text("/detail").is_empty() && !self.text("/title").is_empty());
        self
    }

    /// A problem of the body, with this pointer and part of the message.
    #[track_caller]
    pub fn wrong_field(self, pointer: &str, part: &str) {
        let answer = self.problem(400, "invalid_body");
        assert_eq!(answer.text("/errors/0/pointer"), pointer, "{}", answer.raw);
        let message = answer.text("/errors/0/message");
        assert!(message.contains(part), "{message}");
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no header {name}: {:?}", self.headers));
        value.to_str().unwrap().to_owned()
    }

    /// The string at this pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let value = self.json.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}: {}", self.raw));
        value.as_str().unwrap_or_else(|| panic!("no string at {pointer}: {}", self.raw)).to_owned()
    }

    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}: {}", self.raw))
    }

    /// The strings at a pointer within each element of `data`.
    #[track_caller]
    pub fn each(&self, pointer: &str) -> Vec<String> {
        let data = self.at("/data").as_array().unwrap().iter();
        data.map(|item| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
    }
}
