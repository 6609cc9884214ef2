//! A mail server over TCP that takes mails, by STARTTLS or TLS or neither, and can misbehave on command.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// A mail as it was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// Head and body.
    pub text: String,
    /// Whether it came over TLS.
    pub over_tls: bool,
    /// What was said to log in.
    pub login: Option<String>,
}

/// What it does with a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    Takes,
    /// Not now.
    Refuses,
    /// It greets nobody.
    Hangs,
}

/// How it is reached.
#[derive(Clone)]
pub enum Over {
    Starttls(TlsAcceptor),
    Tls(TlsAcceptor),
    Nothing,
}

pub struct MailServer {
    pub port: u16,
    state: Arc<State>,
    listener: JoinHandle<()>,
}

struct State {
    taken: Mutex<Vec<Taken>>,
    mood: Mutex<Mood>,
    /// Mailboxes that it does not take, each with what it says.
    refused: Mutex<Vec<(String, String)>>,
    connections: AtomicUsize,
    over: Over,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl MailServer {
    pub async fn start(over: Over) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            taken: Mutex::default(),
            mood: Mutex::new(Mood::Takes),
            refused: Mutex::default(),
            connections: AtomicUsize::new(0),
            over,
        });
        let shared = state.clone();
        let accept = async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(connection(stream, shared.clone()));
            }
        };
        MailServer { port, state, listener: tokio::spawn(accept) }
    }

    pub fn is(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    /// It answers so to this address from now on; `None`: as to others.
    pub fn answers(&self, address: &str, answer: Option<&str>) {
        let mut refused = self.state.refused.lock().unwrap();
        refused.retain(|(known, _)| known != address);
        refused.extend(answer.map(|answer| (address.to_owned(), answer.to_owned())));
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

async fn connection(stream: tokio::net::TcpStream, state: Arc<State>) {
    if *state.mood.lock().unwrap() == Mood::Hangs {
        std::future::pending::<()>().await;
    }
    match state.over.clone() {
        Over::Nothing => drop(session(stream, &state, false, false, true).await),
        Over::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                session(stream, &state, true, false, true).await;
            }
        }
        Over::Starttls(acceptor) => {
            let Some(stream) = session(stream, &state, false, true, true).await else { return };
            if let Ok(stream) = acceptor.accept(stream).await {
                session(stream, &state, true, false, false).await;
            }
        }
    }
}

/// Speaks SMTP until the client has gone, or begins TLS: then its stream is returned.
async fn session<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    state: &State,
    over_tls: bool,
    offers_tls: bool,
    greets: bool,
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    let (mut from, mut to, mut login) = (String::new(), Vec::new(), None);
    if greets {
        stream.write_all(b"220 mail.test\r\n").await.ok()?;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" if offers_tls => "250-mail.test\r\n250 STARTTLS\r\n".to_owned(),
            "EHLO" => "250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
            "STARTTLS" => {
                stream.write_all(b"220 go ahead\r\n").await.ok()?;
                return Some(stream.into_inner());
            }
            "AUTH" if line.ends_with("AHUAd3Jvbmc=") => format!("535 5.7.8 no: {line}\r\n"),
            "AUTH" => {
                login = Some(line);
                "235 welcome\r\n".to_owned()
            }
            "MAIL" => {
                from = line;
                "250 ok\r\n".to_owned()
            }
            "RCPT" => {
                let refused = state.refused.lock().unwrap();
                match refused.iter().find(|(address, _)| line.contains(address)) {
                    Some((_, answer)) => format!("{answer}\r\n"),
                    None => {
                        to.push(line);
                        "250 ok\r\n".to_owned()
                    }
                }
            }
            "DATA" if *state.mood.lock().unwrap() == Mood::Refuses => "451 4.3.0 come back later\r\n".to_owned(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text).await.ok()? == 0 {
                        return None;
                    }
                }
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                let taken = Taken { from, to, text, over_tls, login: login.clone() };
                state.taken.lock().unwrap().push(taken);
                "250 taken\r\n".to_owned()
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await.ok()?;
                return None;
            }
            _ => "500 what?\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}
