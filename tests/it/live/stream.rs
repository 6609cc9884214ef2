//! A client of the stream, as browsers read one (HTML, section 9.2.6).

use std::collections::VecDeque;

use serde_json::Value;

use crate::client::Client;

/// What came: a message, or only an id with a comment.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    pub event: String,
    pub data: Value,
    /// The last id that came by then.
    pub id: String,
}

impl Message {
    /// What it is about, in a word or two.
    pub fn brief(&self) -> String {
        let text = |name: &str| self.data[name].as_str().unwrap_or_default().to_owned();
        match self.event.as_str() {
            "event" => format!("event {}", text("id")),
            "delivery" => format!("{} {} {}", text("event"), text("status"), self.data["attempt_count"]),
            "webhook" => format!("webhook {} {} {}", text("id"), text("change"), text("status")),
            "health" => format!("health {} {}", text("id"), self.data["health"]["state"].as_str().unwrap_or_default()),
            other => other.to_owned(),
        }
    }
}

/// A stream that is read.
pub struct LiveStream {
    response: reqwest::Response,
    text: String,
    read: VecDeque<Message>,
    pub last_id: String,
    /// Comments and ids without a message, after the first.
    pub heartbeats: usize,
}

impl LiveStream {
    /// Opens one, and returns when it tells where it is.
    pub async fn open(client: &Client, query: &str) -> LiveStream {
        LiveStream::after(client, query, None).await
    }

    /// Opens one that goes on behind this id.
    pub async fn after(client: &Client, query: &str, last: Option<&str>) -> LiveStream {
        let response = client.watch(query, last).await;
        assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut stream =
            LiveStream { response, text: String::new(), read: VecDeque::new(), last_id: String::new(), heartbeats: 0 };
        while stream.heartbeats == 0 {
            assert!(stream.reads().await, "the stream ended");
        }
        stream
    }

    /// Reads what comes; false at the end.
    async fn reads(&mut self) -> bool {
        let Some(part) = self.response.chunk().await.unwrap() else { return false };
        self.text.push_str(std::str::from_utf8(&part).unwrap());
        while let Some((block, rest)) = self.text.split_once("\n\n") {
            let (block, rest) = (block.to_owned(), rest.to_owned());
            self.text = rest;
            self.take(&block);
        }
        true
    }

    fn take(&mut self, block: &str) {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.map(str::to_owned)
        };
        self.last_id = field("id").unwrap_or(self.last_id.clone());
        match (field("event"), field("data")) {
            (Some(event), Some(data)) => {
                let data = serde_json::from_str(&data).unwrap();
                self.read.push_back(Message { event, data, id: self.last_id.clone() });
            }
            _ => self.heartbeats += 1,
        }
    }

    /// The next message; none at the end.
    pub async fn next(&mut self) -> Option<Message> {
        while self.read.is_empty() {
            if !self.reads().await {
                return None;
            }
        }
        self.read.pop_front()
    }

    /// The next messages, in brief.
    pub async fn briefs(&mut self, count: usize) -> Vec<String> {
        let mut briefs = Vec::new();
        for _ in 0..count {
            briefs.push(self.next().await.expect("a message").brief());
        }
        briefs
    }

    /// Reads on until the server says once more that it is there.
    pub async fn heartbeat(&mut self) {
        let before = self.heartbeats;
        while self.heartbeats == before {
            assert!(self.reads().await, "the stream ended");
        }
    }
}
