//! A receiver that speaks HTTP/2 frame by frame, as the test says (RFC 9113).

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 200`, from the static table (RFC 7541, appendix A).
const OK_HEADERS: &[u8] = &[0x88];

/// An error of HTTP/2 (RFC 9113, 7).
#[derive(Clone, Copy)]
pub enum Code {
    NoError = 0,
    InternalError = 2,
    RefusedStream = 7,
    EnhanceYourCalm = 11,
    Http11Required = 13,
}

/// What a server says first.
#[derive(Clone, Copy, Default)]
pub struct Settings {
    pub most_streams: Option<u32>,
    pub window: Option<u32>,
}

/// Connections are taken when the test takes them.
pub struct Http2Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    certificate: tempfile::NamedTempFile,
}

/// A connection.
pub struct Frames(TlsStream<TcpStream>);

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Http2Server {
    pub async fn start() -> Http2Server {
        Http2Server::that_speaks(&[b"h2", b"http/1.1"]).await
    }

    pub async fn that_speaks(protocols: &[&[u8]]) -> Http2Server {
        let (certificate, acceptor) = tls::identity("hooks.example.com", protocols, false, rustls::ALL_VERSIONS);
        Http2Server { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), acceptor, certificate }
    }

    pub fn url(&self) -> String {
        format!("https://hooks.example.com:{}/in", self.listener.local_addr().unwrap().port())
    }

    pub fn bench(&self) -> Bench {
        self.bench_that_keeps(PoolLimits::default())
    }

    pub fn bench_that_keeps(&self, pool: PoolLimits) -> Bench {
        Bench::new(Config {
            pool,
            policy: Policy::development(),
            resolver: Resolver::from_fn(|_| Ok(vec![[127, 0, 0, 1].into()])),
            extra_ca: Some(self.certificate.path().to_owned()),
            ..Config::default()
        })
    }

    /// The next connection, of whatever protocol.
    pub async fn session(&self) -> TlsStream<TcpStream> {
        self.try_session().await.unwrap()
    }

    /// The next connection, if there is a session on it.
    pub async fn try_session(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (socket, _) = self.listener.accept().await.unwrap();
        self.acceptor.accept(socket).await
    }

    /// The next connection, on which nothing has been said.
    pub async fn silent(&self) -> Frames {
        let mut session = self.session().await;
        assert_eq!(session.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut preface = [0; PREFACE.len()];
        session.read_exact(&mut preface).await.unwrap();
        assert_eq!(preface, PREFACE);
        Frames(session)
    }

    /// The next connection, with the usual settings.
    pub async fn accept(&self) -> Frames {
        self.accept_with(Settings::default()).await
    }

    pub async fn accept_with(&self, settings: Settings) -> Frames {
        let mut frames = self.silent().await;
        let pairs = [(3u16, settings.most_streams), (4, settings.window)];
        let pairs = pairs.iter().filter_map(|(id, value)| Some((id, (*value)?)));
        let payload: Vec<u8> =
            pairs.flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat()).collect();
        frames.write(SETTINGS, 0, 0, &payload).await;
        frames
    }

    /// Answers every request of every connection from now on.
    pub async fn serve_all(&self) {
        loop {
            tokio::spawn(self.accept().await.serve());
        }
    }
}

impl Frames {
    async fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        // Whoever has hung up is not the test's concern; what it does then is.
        let _ = self.0.write_all(&[&head, payload].concat()).await;
        let _ = self.0.flush().await;
    }

    async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let frame = Frame { kind: head[3], flags: head[4], stream };
        if frame.kind == SETTINGS && frame.flags & ACK == 0 {
            self.write(SETTINGS, ACK, 0, &[]).await;
        }
        Some(frame)
    }

    /// The number of the next request whose head arrives; none at the connection's end.
    pub async fn next_request(&mut self) -> Option<u32> {
        loop {
            let frame = self.next().await?;
            if frame.kind == HEADERS {
                return Some(frame.stream);
            }
        }
    }

    /// The number of the next request that has arrived in full. No window is ever opened.
    pub async fn next_whole(&mut self) -> Option<u32> {
        loop {
            let frame = self.next().await?;
            if matches!(frame.kind, HEADERS | DATA) && frame.flags & END_STREAM != 0 {
                return Some(frame.stream);
            }
        }
    }

    pub async fn answer(&mut self, stream: u32) {
        self.write(HEADERS, END_HEADERS | END_STREAM, stream, OK_HEADERS).await;
    }

    /// Answers, but for the body.
    pub async fn begin_answer(&mut self, stream: u32) {
        self.write(HEADERS, END_HEADERS, stream, OK_HEADERS).await;
    }

    /// Answers with one field more than `:status` (RFC 7541, 6.2.2).
    pub async fn answer_with(&mut self, stream: u32, name: &str, value: &str) {
        let text = |text: &str| [&[u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
        let head = [OK_HEADERS, &[0], &text(name), &text(value)].concat();
        self.write(HEADERS, END_HEADERS | END_STREAM, stream, &head).await;
    }

    /// Answers with a body in these parts, and in an empty one that ends it.
    pub async fn answer_in_parts(&mut self, stream: u32, parts: impl Iterator<Item = &[u8]>) {
        self.begin_answer(stream).await;
        for part in parts {
            self.write(DATA, 0, stream, part).await;
        }
        self.write(DATA, END_STREAM, stream, &[]).await;
    }

    /// Sends so many frames of a kilobyte that nobody knows and everybody ignores (RFC 9113, 4.1).
    pub async fn babble(&mut self, frames: usize) {
        for _ in 0..frames {
            self.write(0x42, 0, 0, &[0; 1015]).await;
        }
    }

    pub async fn reset(&mut self, stream: u32, code: Code) {
        self.write(RST_STREAM, 0, stream, &(code as u32).to_be_bytes()).await;
    }

    /// Takes no requests after this one.
    pub async fn go_away(&mut self, last: u32, code: Code) {
        self.write(GOAWAY, 0, 0, &[last.to_be_bytes(), (code as u32).to_be_bytes()].concat()).await;
    }

    /// Returns when the client has taken in all that was said before.
    pub async fn ping(&mut self) {
        self.write(PING, 0, 0, &[0; 8]).await;
        while let Some(frame) = self.next().await
            && (frame.kind, frame.flags) != (PING, ACK)
        {}
    }

    /// Takes so much more of a request's body.
    pub async fn open_window(&mut self, stream: u32, bytes: u32) {
        for stream in [0, stream] {
            self.write(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes()).await;
        }
    }

    /// Answers every request that arrives in full.
    pub async fn serve(mut self) {
        while let Some(stream) = self.next_whole().await {
            self.answer(stream).await;
        }
    }
}
