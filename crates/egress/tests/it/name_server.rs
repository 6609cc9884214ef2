//! A name server on loopback that answers over UDP and TCP what the test says, or nothing.

use std::{
    collections::HashSet,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use hickory_resolver::proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, SOA},
    },
};
use lanehook_egress::Resolver;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, UdpSocket},
    sync::watch,
    task::AbortHandle,
};

/// What is answered to a query.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing, ever.
    Silence,
    /// These records, and their TTL.
    Records(Vec<RData>, u32),
    /// The name is another one, which has these.
    Alias(Vec<&'static str>, Vec<RData>),
    /// There is no such name, for so many seconds.
    Absent(u32),
    /// The server cannot tell.
    Failure,
    /// More than fits: ask over TCP.
    Truncated,
    /// First an answer to another query, then this.
    AfterForged(Box<Reply>),
    /// Bytes that are no answer.
    Bytes(usize),
    /// This, as soon as [`NameServer::release`] is called.
    Later(Box<Reply>),
}

/// A query as it came.
#[derive(Clone, Debug)]
pub struct Query {
    pub name: String,
    pub kind: RecordType,
    pub tcp: bool,
    id: u16,
}

type Script = dyn Fn(&Query) -> Reply + Send + Sync;

pub struct NameServer {
    pub address: SocketAddr,
    asked: Arc<watch::Sender<usize>>,
    queries: Arc<Mutex<Vec<Query>>>,
    released: Arc<watch::Sender<bool>>,
    tasks: [AbortHandle; 2],
}

#[derive(Clone)]
struct Desk {
    script: Arc<Script>,
    asked: Arc<watch::Sender<usize>>,
    queries: Arc<Mutex<Vec<Query>>>,
    released: Arc<watch::Sender<bool>>,
}

/// An address of either family.
pub fn address(text: &str) -> RData {
    match text.parse().unwrap() {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    }
}

/// Of these addresses those of the family that was asked for.
pub fn addresses(query: &Query, texts: &[&str]) -> Reply {
    let all = texts.iter().map(|text| address(text));
    Reply::Records(all.filter(|data| data.record_type() == query.kind).collect(), 60)
}

impl NameServer {
    pub async fn start(script: impl Fn(&Query) -> Reply + Send + Sync + 'static) -> NameServer {
        let (tcp, udp) = sockets().await;
        let address = udp.local_addr().unwrap();
        let desk = Desk {
            script: Arc::new(script),
            asked: Arc::new(watch::Sender::new(0)),
            queries: Arc::default(),
            released: Arc::new(watch::Sender::new(false)),
        };
        let tasks = [tokio::spawn(desk.clone().over_udp(udp)), tokio::spawn(desk.clone().over_tcp(tcp))];
        let Desk { asked, queries, released, .. } = desk;
        NameServer { address, asked, queries, released, tasks: tasks.map(|task| task.abort_handle()) }
    }

    pub fn resolver(&self) -> Resolver {
        Resolver::name_servers(&[self.address]).unwrap()
    }

    /// Returns when so many names were asked for.
    pub async fn asked(&self, names: usize) {
        self.asked.subscribe().wait_for(|asked| *asked >= names).await.unwrap();
    }

    /// The names that were asked for, each once for every time that it was, repetitions of a query left out.
    pub fn names(&self) -> Vec<String> {
        let (mut seen, queries) = (HashSet::new(), self.queries.lock().unwrap());
        let first = queries.iter().filter(|query| query.kind == RecordType::A && !query.tcp && seen.insert(query.id));
        first.map(|query| query.name.clone()).collect()
    }

    /// Whether any query came over TCP.
    pub fn was_asked_over_tcp(&self) -> bool {
        self.queries.lock().unwrap().iter().any(|query| query.tcp)
    }

    pub fn release(&self) {
        self.released.send_replace(true);
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// On one port.
async fn sockets() -> (TcpListener, UdpSocket) {
    for _ in 0..100 {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            return (tcp, udp);
        }
    }
    panic!("no port is free for both");
}

impl Desk {
    async fn over_udp(self, udp: UdpSocket) {
        let (udp, mut buffer) = (Arc::new(udp), vec![0; 4096]);
        while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
            let (desk, udp, asked) = (self.clone(), udp.clone(), Message::from_vec(&buffer[..length]).unwrap());
            tokio::spawn(async move {
                for bytes in desk.answers(&asked, false).await {
                    udp.send_to(&bytes, from).await.unwrap();
                }
            });
        }
    }

    async fn over_tcp(self, tcp: TcpListener) {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let desk = self.clone();
            tokio::spawn(async move {
                while let Ok(length) = stream.read_u16().await {
                    let mut buffer = vec![0; length.into()];
                    stream.read_exact(&mut buffer).await.unwrap();
                    for bytes in desk.answers(&Message::from_vec(&buffer).unwrap(), true).await {
                        stream.write_u16(bytes.len() as u16).await.unwrap();
                        stream.write_all(&bytes).await.unwrap();
                    }
                }
            });
        }
    }

    async fn answers(&self, asked: &Message, tcp: bool) -> Vec<Vec<u8>> {
        let query = &asked.queries[0];
        let query = Query { name: query.name().to_string(), kind: query.query_type(), tcp, id: asked.id };
        let reply = (self.script)(&query);
        self.queries.lock().unwrap().push(query.clone());
        if query.kind == RecordType::A {
            self.asked.send_modify(|asked| *asked += 1);
        }
        let reply = match reply {
            Reply::Later(reply) => {
                self.released.subscribe().wait_for(|released| *released).await.unwrap();
                *reply
            }
            reply => reply,
        };
        match reply {
            Reply::Silence => vec![],
            Reply::Bytes(length) => {
                let mut bytes = vec![0xff; length];
                bytes[..2].copy_from_slice(&asked.id.to_be_bytes());
                vec![bytes]
            }
            Reply::AfterForged(reply) => {
                let forged = message(asked, &Reply::Records(vec![address("10.0.0.1")], 60), asked.id.wrapping_add(1));
                vec![forged, message(asked, &reply, asked.id)]
            }
            reply => vec![message(asked, &reply, asked.id)],
        }
    }
}

fn message(asked: &Message, reply: &Reply, id: u16) -> Vec<u8> {
    let mut message = Message::new(id, MessageType::Response, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.metadata.recursion_available = true;
    message.add_query(asked.queries[0].clone());
    let name = asked.queries[0].name().clone();
    match reply {
        Reply::Records(records, ttl) => {
            for data in records {
                message.add_answer(Record::from_rdata(name.clone(), *ttl, data.clone()));
            }
        }
        Reply::Alias(chain, records) => {
            let mut from = name;
            for to in chain {
                let to = Name::from_ascii(to).unwrap();
                message.add_answer(Record::from_rdata(from, 60, RData::CNAME(CNAME(to.clone()))));
                from = to;
            }
            let kind = asked.queries[0].query_type();
            for data in records.iter().filter(|data| data.record_type() == kind) {
                message.add_answer(Record::from_rdata(from.clone(), 60, data.clone()));
            }
        }
        Reply::Absent(seconds) => {
            message.metadata.response_code = ResponseCode::NXDomain;
            let soa = SOA::new(name.clone(), name.clone(), 1, 60, 60, 60, *seconds);
            message.add_authority(Record::from_rdata(name, *seconds, RData::SOA(soa)));
        }
        Reply::Failure => message.metadata.response_code = ResponseCode::ServFail,
        Reply::Truncated => message.metadata.truncation = true,
        other => panic!("not to be written: {other:?}"),
    }
    message.to_vec().unwrap()
}
