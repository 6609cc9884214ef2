//! The ceiling: a server that takes a POST, answers 202 and forwards it signed, and keeps nothing.
//!
//! It does with the same HTTP library what no webhook server on this machine can leave out, so the distance to it is
//! the price of what lanehook promises on top. It waits for a free place among its sends before it answers; otherwise
//! it would measure how fast a queue grows in memory.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use lanehook_signature::{Algorithm, Dialect, Message, Secret, sign};
use tokio::{io::AsyncReadExt as _, net::TcpListener, sync::Semaphore};

/// Where the pass-through listens and what it forwards to.
#[derive(clap::Args, Debug)]
pub struct PassthroughArgs {
    #[arg(long)]
    listen: SocketAddr,
    #[arg(long)]
    target: http::Uri,
    /// Requests forwarded at one time.
    #[arg(long, default_value_t = crate::subject::SENDS)]
    sends: u32,
}

struct Passthrough {
    target: http::Uri,
    client: Client<HttpConnector, Full<Bytes>>,
    secrets: [Secret; 1],
    sends: Arc<Semaphore>,
    count: AtomicU64,
}

/// Serves until standard input ends, which it does with the benchmark that started this process.
pub async fn passthrough(args: PassthroughArgs) -> anyhow::Result<()> {
    let listener = TcpListener::bind(args.listen).await.with_context(|| format!("cannot listen on {}", args.listen))?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
    let server = Arc::new(Passthrough {
        target: args.target,
        client,
        secrets: [Secret::generate_hmac([7; 32])],
        sends: Arc::new(Semaphore::new(args.sends as usize)),
        count: AtomicU64::new(0),
    });
    let mut parent = tokio::io::stdin();
    let mut nothing = [0; 1];
    tokio::select! {
        ended = accept(listener, server) => ended,
        _ = parent.read(&mut nothing) => Ok(()),
    }
}

async fn accept(listener: TcpListener, server: Arc<Passthrough>) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let server = server.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(server.clone(), request));
            // A client that goes away is the end of its connection and of nothing else.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(server: Arc<Passthrough>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let status = match request.method() {
        &Method::POST => match request.into_body().collect().await {
            Ok(body) => forward(server, body.to_bytes()).await,
            Err(_) => StatusCode::BAD_REQUEST,
        },
        _ => StatusCode::OK,
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    Ok(response)
}

async fn forward(server: Arc<Passthrough>, body: Bytes) -> StatusCode {
    let Ok(place) = server.sends.clone().acquire_owned().await else { return StatusCode::SERVICE_UNAVAILABLE };
    tokio::spawn(async move {
        match server.client.request(server.signed(body)).await {
            Ok(response) => {
                // Read to its end, so that the connection goes back to the pool.
                let _ = response.into_body().collect().await;
            }
            Err(error) => eprintln!("cannot forward: {error}"),
        }
        drop(place);
    });
    StatusCode::ACCEPTED
}

impl Passthrough {
    fn signed(&self, body: Bytes) -> Request<Full<Bytes>> {
        let id = format!("evt_{}", self.count.fetch_add(1, Relaxed));
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        let message = Message::new(&id, timestamp, &body);
        let headers = sign(&Dialect::Standard, Algorithm::Sha256, &self.secrets, &message)
            .expect("an id without a full stop, and a time since 1970");
        let mut request = Request::post(self.target.clone()).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Full::new(body)).expect("a URI that was parsed and headers of visible ASCII")
    }
}
