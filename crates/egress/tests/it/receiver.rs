//! A receiver that reads requests from a socket as they come and answers with bytes of the test's choice.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
    task::AbortHandle,
};

/// What the receiver does after its last answer; before that, it keeps the connection open.
#[derive(Clone, Copy, PartialEq)]
pub enum Then {
    KeepOpen,
    Close,
    Hang,
    Endless,
}

#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    pushes: mpsc::Sender<Vec<u8>>,
    task: AbortHandle,
}

struct Shared {
    responses: Vec<Vec<u8>>,
    then: Then,
    accepts: AtomicUsize,
    requests: Mutex<Vec<Seen>>,
    answered: Notify,
    closed: Notify,
    pushed: tokio::sync::Mutex<mpsc::Receiver<Vec<u8>>>,
}

impl Receiver {
    pub async fn start(response: impl Into<Vec<u8>>, then: Then) -> Receiver {
        Receiver::start_with([response.into()], then).await
    }

    /// On each connection, answers the first request with the first of these, and so on.
    pub async fn start_with(responses: impl Into<Vec<Vec<u8>>>, then: Then) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (pushes, pushed) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            responses: responses.into(),
            then,
            accepts: AtomicUsize::new(0),
            requests: Mutex::default(),
            answered: Notify::new(),
            closed: Notify::new(),
            pushed: pushed.into(),
        });
        let task = tokio::spawn({
            let shared = shared.clone();
            async move {
                while let Ok((socket, _)) = listener.accept().await {
                    shared.accepts.fetch_add(1, Ordering::SeqCst);
                    let shared = shared.clone();
                    tokio::spawn(async move { shared.serve(socket).await });
                }
            }
        });
        Receiver { address, shared, pushes, task: task.abort_handle() }
    }

    /// An address where nobody listens.
    pub async fn nobody() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn accepts(&self) -> usize {
        self.shared.accepts.load(Ordering::SeqCst)
    }

    pub fn count(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    pub fn last(&self) -> Seen {
        self.shared.requests.lock().unwrap().last().unwrap().clone()
    }

    /// Returns when a request has been read and answered as far as it will be.
    pub async fn answered(&self) {
        self.shared.answered.notified().await;
    }

    /// Sends more on the connection that hangs.
    pub async fn push(&self, bytes: &[u8]) {
        self.pushes.send(bytes.to_vec()).await.unwrap();
    }

    /// Returns when the client has closed the connection that hangs.
    pub async fn is_closed_by_client(&self) -> bool {
        self.shared.closed.notified().await;
        true
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn serve(&self, mut socket: TcpStream) {
        let mut buffer = Vec::new();
        let mut turn = 0;
        while let Some(request) = read_request(&mut socket, &mut buffer).await {
            self.requests.lock().unwrap().push(request);
            let last = turn + 1 >= self.responses.len();
            let written = socket.write_all(&self.responses[turn.min(self.responses.len() - 1)]).await;
            self.answered.notify_one();
            turn += 1;
            if written.is_err() {
                break;
            }
            match self.then {
                Then::Close if last => break,
                Then::Hang if last => self.hang(&mut socket).await,
                Then::Endless if last => while socket.write_all(&[b'e'; 8192]).await.is_ok() {},
                _ => {}
            }
        }
        self.closed.notify_one();
    }

    async fn hang(&self, socket: &mut TcpStream) {
        let mut pushed = self.pushed.lock().await;
        let mut rest = [0; 64];
        loop {
            tokio::select! {
                Some(bytes) = pushed.recv() => drop(socket.write_all(&bytes).await),
                read = socket.read(&mut rest) => if matches!(read, Ok(0) | Err(_)) { return },
            }
        }
    }
}

async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let mut lines = head.split("\r\n").map(str::to_owned);
            let line = lines.next().unwrap();
            let pair = |line: String| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
            let headers = lines.map(|line| pair(line).unwrap()).collect();
            let mut seen = Seen { line, headers, body: Vec::new() };
            let length: usize = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
            buffer.drain(..end + 4);
            while buffer.len() < length {
                if socket.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            seen.body = buffer.drain(..length).collect();
            return Some(seen);
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

/// Lets every task go as far as it can. Bytes on loopback are there as soon as they are written, so some turns of the
/// (single-threaded) test's loop are enough.
pub async fn settle() {
    for _ in 0..400 {
        tokio::task::yield_now().await;
    }
}
