//! Accepting connections: bounded in number, with a limit on how long a request's head may take.

use std::{future::Future, sync::Arc, time::Duration};

use axum::extract::ConnectInfo;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// Connections at one time; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 10_000;
/// How long a connection may take to send a request's head, from the moment it could; so also how long it may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to leave accepting alone when the process has no file left to open.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then lets requests under way finish, at most until `give_up`.
pub(super) async fn listen(
    listener: TcpListener,
    router: axum::Router,
    stop: impl Future<Output = ()>,
    give_up: impl Future<Output = ()>,
) {
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(64 << 10);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let slot = slots.clone().acquire_owned().await;
            listener.accept().await.map(|(stream, peer)| (stream, peer, slot))
        };
        let (stream, peer, slot) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    continue;
                }
            },
        };
        // Answers are single small writes: waiting for more would only delay them. An error shows at the first read.
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _slot = slot;
            // A client that goes away is its own affair.
            let _ = connection.await;
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = give_up => {}
    }
}
