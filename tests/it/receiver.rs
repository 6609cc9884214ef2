//! A webhook's receiver: a real one, over TCP, that misbehaves on command.
//!
//! It reads every request as bytes and records it before it answers, so what a test finds here was really received. The
//! answers are scripted: the next of the script, or, when that is used up, what it usually answers. Tests wait for what
//! happens here by notification.

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot, watch},
    task::AbortHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::client::GUARD;

const FENCE: &str = "/fence";

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// These bytes, and the connection stays open.
    Bytes(Vec<u8>),
    /// Nothing, until the test says what.
    Hold,
    /// A head that announces a body, which then comes a byte for each [`Receiver::drip`].
    Drip,
    /// A body without end.
    Endless,
    /// The connection is closed after these bytes, which may be none.
    Close(Vec<u8>),
    /// What this says of the request.
    Judged(Judge),
}

/// What a receiver makes of a request.
#[derive(Clone)]
pub struct Judge(Arc<dyn Fn(&Received) -> Reply + Send + Sync>);

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

/// An answer that depends on the request.
pub fn judged(by: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Reply {
    Reply::Judged(Judge(Arc::new(by)))
}

/// A complete answer with this status and a small body.
pub fn status(status: u16) -> Reply {
    answer(status, &[], b"seen")
}

/// A complete answer.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut bytes = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

/// An answer with a megabyte of headers.
pub fn huge_headers() -> Reply {
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    for number in 0..1024 {
        bytes.extend_from_slice(format!("x-{number}: {}\r\n", "h".repeat(1024)).as_bytes());
    }
    bytes.extend_from_slice(b"content-length: 0\r\n\r\n");
    Reply::Bytes(bytes)
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The same names as they were written.
    pub names: Vec<String>,
    pub body: Vec<u8>,
    /// Which life of the sender it belongs to; see [`Receiver::next_epoch`].
    pub epoch: usize,
}

impl Received {
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers))
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// What receivers deduplicate by.
    #[track_caller]
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Listens until it is dropped.
pub struct Receiver {
    pub address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

struct Shared {
    usual: Mutex<Reply>,
    script: Mutex<VecDeque<Reply>>,
    received: watch::Sender<Vec<Received>>,
    held: watch::Sender<VecDeque<oneshot::Sender<Reply>>>,
    open: watch::Sender<usize>,
    hung_up: watch::Sender<usize>,
    drips: Semaphore,
    epoch: watch::Sender<usize>,
}

impl Receiver {
    /// One that answers 200 to everything.
    pub async fn start() -> Receiver {
        Receiver::listen(None).await
    }

    /// The same behind TLS, with this certificate.
    pub async fn start_tls(acceptor: TlsAcceptor) -> Receiver {
        Receiver::listen(Some(acceptor)).await
    }

    /// One that does this with every request.
    pub async fn that(reply: Reply) -> Receiver {
        let receiver = Receiver::start().await;
        receiver.usually(reply);
        receiver
    }

    async fn listen(tls: Option<TlsAcceptor>) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            usual: Mutex::new(status(200)),
            script: Mutex::default(),
            received: watch::Sender::default(),
            held: watch::Sender::default(),
            open: watch::Sender::default(),
            hung_up: watch::Sender::default(),
            drips: Semaphore::new(0),
            epoch: watch::Sender::default(),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let served = shared.clone();
        let listening = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                served.open.send_modify(|open| *open += 1);
                let (served, tls) = (served.clone(), tls.clone());
                tokio::spawn(async move {
                    served.clone().connection(socket, tls).await;
                    served.open.send_modify(|open| *open -= 1);
                });
            }
        });
        Receiver { address, scheme, shared, listening: listening.abort_handle() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    // ── what it does ────────────────────────────────────────────────────────────────────────────────────────────

    /// From now on, when no script is left.
    pub fn usually(&self, reply: Reply) {
        *locked(&self.shared.usual) = reply;
    }

    /// To the next requests, one after another.
    pub fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        locked(&self.shared.script).extend(replies);
    }

    /// Answers the request that has been held longest; waits for one.
    pub async fn answer_held(&self, reply: Reply) {
        loop {
            self.holding(1).await;
            let mut oldest = None;
            self.shared.held.send_modify(|held| oldest = held.pop_front());
            // The sender may have hung up meanwhile; then there is nobody to answer.
            if oldest.is_some_and(|oldest| oldest.send(reply.clone()).is_ok()) {
                return;
            }
        }
    }

    /// Lets a byte of each dripping body go.
    pub fn drip(&self) {
        self.shared.drips.add_permits(1);
    }

    // ── what it saw ─────────────────────────────────────────────────────────────────────────────────────────────

    /// Everything received so far.
    pub fn all(&self) -> Vec<Received> {
        self.shared.received.borrow().clone()
    }

    pub fn count(&self) -> usize {
        self.shared.received.borrow().len()
    }

    #[track_caller]
    pub fn last(&self) -> Received {
        self.shared.received.borrow().last().cloned().unwrap()
    }

    /// The ids received so far, in the order in which they came.
    pub fn ids(&self) -> Vec<String> {
        self.shared.received.borrow().iter().map(|request| request.id().to_owned()).collect()
    }

    /// Returns everything, when it is this many requests.
    pub async fn received(&self, count: usize) -> Vec<Received> {
        let what = || format!("{count} requests; {} came", self.count());
        wait(&self.shared.received, what, |all| all.len() >= count).await;
        self.all()
    }

    /// Returns when this many requests are held.
    pub async fn holding(&self, count: usize) {
        wait(&self.shared.held, || format!("{count} held requests"), |held| held.len() >= count).await;
    }

    /// How many requests are held.
    pub fn held(&self) -> usize {
        self.shared.held.borrow().len()
    }

    /// Returns when the sender has given up this many requests that it waited for.
    pub async fn hung_up(&self, count: usize) {
        wait(&self.shared.hung_up, || format!("{count} connections to be closed"), |closed| *closed >= count).await;
    }

    /// Everything that a sender, which is gone now, has sent is recorded; what comes from now on is another's.
    pub async fn next_epoch(&self) {
        // Connections are accepted in turn: when this one is, so are all before it.
        let accepted = *self.shared.open.borrow();
        let mut fence = TcpStream::connect(self.address).await.unwrap();
        let request = format!("POST {FENCE} HTTP/1.1\r\ncontent-length: 0\r\n\r\n");
        fence.write_all(request.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        tokio::time::timeout(GUARD, fence.read_exact(&mut line)).await.expect("the fence is answered").unwrap();
        drop(fence);
        wait(&self.shared.open, || format!("{accepted} connections to end"), |open| *open == 0).await;
        self.shared.epoch.send_modify(|epoch| *epoch += 1);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Waits for a state, by notification.
async fn wait<T>(state: &watch::Sender<T>, what: impl Fn() -> String, reached: impl Fn(&T) -> bool) {
    let mut state = state.subscribe();
    let waited = tokio::time::timeout(GUARD, state.wait_for(|now| reached(now))).await;
    assert!(waited.is_ok_and(|waited| waited.is_ok()), "waited in vain for {}", what());
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Shared {
    async fn connection(self: Arc<Self>, socket: TcpStream, tls: Option<TlsAcceptor>) {
        let _ = socket.set_nodelay(true);
        match tls {
            None => self.serve(socket).await,
            Some(acceptor) => {
                if let Ok(stream) = acceptor.accept(socket).await {
                    self.serve(stream).await;
                }
            }
        }
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        // Of the connection: what is read later was still sent by the process that made it.
        let epoch = *self.epoch.borrow();
        let mut buffer = Vec::new();
        while let Some(request) = read_request(&mut stream, &mut buffer, epoch).await {
            if request.path == FENCE {
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                return;
            }
            let scripted = locked(&self.script).pop_front();
            let mut reply = scripted.unwrap_or_else(|| locked(&self.usual).clone());
            if let Reply::Judged(Judge(by)) = &reply {
                reply = by(&request);
            }
            let mut told = None;
            if let Reply::Hold = reply {
                let (teller, hears) = oneshot::channel();
                self.held.send_modify(|held| held.push_back(teller));
                told = Some(hears);
            }
            self.received.send_modify(|all| all.push(request));
            if let Some(told) = told {
                let mut rest = [0; 64];
                reply = tokio::select! {
                    Ok(reply) = told => reply,
                    // Nothing comes on this connection but its end.
                    _ = stream.read(&mut rest) => Reply::Close(Vec::new()),
                };
            }
            if !self.reply(&mut stream, reply).await {
                self.held.send_modify(|held| held.retain(|teller| !teller.is_closed()));
                self.hung_up.send_modify(|count| *count += 1);
                return;
            }
        }
    }

    /// Whether the connection can take another request.
    async fn reply(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin), reply: Reply) -> bool {
        match reply {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await.is_ok(),
            Reply::Hold | Reply::Judged(_) => false,
            Reply::Close(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                false
            }
            Reply::Endless => {
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                let chunk = [b"2000\r\n".as_slice(), &[b'e'; 0x2000], b"\r\n"].concat();
                let mut open = stream.write_all(head).await.is_ok();
                while open {
                    open = stream.write_all(&chunk).await.is_ok();
                }
                false
            }
            Reply::Drip => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
                let mut open = stream.write_all(head).await.is_ok();
                let mut rest = [0; 64];
                while open {
                    open = tokio::select! {
                        Ok(drop) = self.drips.acquire() => { drop.forget(); stream.write_all(b"d").await.is_ok() }
                        _ = stream.read(&mut rest) => false,
                    };
                }
                false
            }
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>, epoch: usize) -> Option<Received> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
    buffer.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut line = lines.next().unwrap().split(' ').map(str::to_owned);
    let pair =
        |line: &str| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    let (method, path) = (line.next().unwrap(), line.next().unwrap());
    let names = lines.clone().filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_owned()).collect();
    let headers = lines.map(|line| pair(line).unwrap()).collect();
    let mut request = Received { method, path, headers, names, body: Vec::new(), epoch };
    let length: usize = request.header("content-length").parse().unwrap();
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    request.body = buffer.drain(..length).collect();
    Some(request)
}
