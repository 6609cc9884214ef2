//! The bytes on the wire: requests built once and numbered in place, and just enough HTTP/1.1 to read what comes back.
//!
//! Generator and receiver share two cores with what they measure, so they do no work that a measurement does not need:
//! no JSON is built or read for an event, only ten digits are written into a finished request and found again in the
//! delivery.

use std::{
    hash::{DefaultHasher, Hasher as _},
    net::SocketAddr,
};

/// Added to an event's number on the wire, so that every number has ten digits and no leading zero.
const FIRST: u64 = 1_000_000_000;
const DIGITS: usize = 10;
const NUMBER: &[u8] = b"\"n\":";
const EVENT_ID: &[u8] = b"\"id\":\"evt_";

/// The answer of a receiver that is well.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// What an event is made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    pub event_type: &'a str,
    /// Bytes of the event's `data`; at least [`SMALLEST`].
    pub payload: usize,
    /// Events per request.
    pub batch: usize,
}

/// The least `data` can be: its fields without any filling.
pub const SMALLEST: usize = 64;

/// A whole publish request, with the places where the numbers of its events go.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    slots: Vec<usize>,
}

impl Template {
    /// The request that publishes events of this shape to the server at `addr`.
    pub fn new(addr: SocketAddr, key: &str, shape: Shape<'_>) -> Template {
        let event = event(shape.event_type, shape.payload);
        let body = match shape.batch {
            1 => event,
            many => format!("{{\"events\":[{}]}}", vec![event; many].join(",")),
        };
        let bytes = format!(
            "POST /api/v1/events HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes();
        let slots = positions(&bytes).collect::<Vec<_>>();
        assert_eq!(slots.len(), shape.batch, "every event of a request has one number");
        Template { bytes, slots }
    }

    /// Events per request.
    pub fn batch(&self) -> u64 {
        self.slots.len() as u64
    }

    /// The request whose events are numbered from `first` on.
    pub fn numbered(&mut self, first: u64) -> &[u8] {
        for (n, &slot) in (FIRST + first..).zip(&self.slots) {
            let mut rest = n;
            for digit in self.bytes[slot..slot + DIGITS].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        &self.bytes
    }
}

/// One event as JSON, its `data` of exactly `payload` bytes. The filling does not compress: nobody shall look better
/// for having squeezed a row of x.
fn event(event_type: &str, payload: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let empty = format!("{{\"n\":{FIRST},\"symbol\":\"AAPL\",\"price\":181.52,\"text\":\"\"}}").len();
    let text: String = (empty..payload.max(SMALLEST))
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(LETTERS[(state >> 58) as usize])
        })
        .collect();
    format!(
        "{{\"type\":\"{event_type}\",\"data\":{{\"n\":{FIRST},\"symbol\":\"AAPL\",\"price\":181.52,\"text\":\"{text}\"}}}}"
    )
}

/// Where the digits of event numbers stand.
fn positions(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.windows(NUMBER.len()).enumerate().filter(|(_, window)| *window == NUMBER).map(|(at, _)| at + NUMBER.len())
}

/// The numbers of the events in a delivery's body, in order, whatever envelope they came in.
fn numbers(body: &[u8]) -> impl Iterator<Item = Option<u64>> + '_ {
    positions(body).map(|place| number_at(body, place))
}

/// The ids of the events inside the envelope of a batch, in order.
fn event_ids(body: &[u8]) -> impl Iterator<Item = &[u8]> + '_ {
    let starts = body.windows(EVENT_ID.len()).enumerate().filter(|(_, window)| *window == EVENT_ID);
    starts.filter_map(|(at, _)| body[at + EVENT_ID.len()..].split(|byte| *byte == b'"').next())
}

fn number_at(body: &[u8], place: usize) -> Option<u64> {
    let digits = body[place..].trim_ascii_start().get(..DIGITS)?;
    let value =
        digits.iter().try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u64::from(digit - b'0')));
    value?.checked_sub(FIRST)
}

/// A server's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    pub status: u16,
    /// Bytes of head and body together.
    pub length: usize,
}

/// A request to the receiver, as the receiver sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// What it carries; one, unless it is a batch.
    pub events: Vec<Carried>,
    /// Bytes of head and body together.
    pub length: usize,
}

/// An event in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Carried {
    /// `None` for a request that carries none.
    pub number: Option<u64>,
    /// A hash of its `webhook-id`, or of its own id within a batch; `None` unless all headers of Standard Webhooks are
    /// there.
    pub id: Option<u64>,
}

/// Reads the answer at the start of `bytes`; `Ok(None)` until all of it is there.
pub fn answer(bytes: &[u8]) -> Result<Option<Answer>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(|e| format!("not an HTTP answer: {e}"))? else {
        return Ok(None);
    };
    let status = head.code.unwrap_or_default();
    let body = match content_length(head.headers)? {
        Some(length) => length,
        None if status == 204 => 0,
        None => return Err(format!("the answer ({status}) has no content-length; the load generator needs one")),
    };
    let length = start + body;
    Ok((bytes.len() >= length).then_some(Answer { status, length }))
}

/// Reads the delivery at the start of `bytes`; `Ok(None)` until all of it is there.
pub fn delivery(bytes: &[u8]) -> Result<Option<Delivery>, String> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(|e| format!("not an HTTP request: {e}"))? else {
        return Ok(None);
    };
    let length = start + content_length(head.headers)?.unwrap_or(0);
    let Some(body) = bytes.get(start..length) else { return Ok(None) };
    let header = |name: &str| head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let signed = header("webhook-timestamp").and(header("webhook-signature")).and(header("webhook-id"));
    let events = match signed {
        Some(id) if id.value.starts_with(b"bat_") => {
            let ids = event_ids(body).map(|id| Some(hash(id))).chain(std::iter::repeat(None));
            numbers(body).zip(ids).map(|(number, id)| Carried { number, id }).collect()
        }
        _ => vec![Carried { number: numbers(body).next().flatten(), id: signed.map(|id| hash(id.value)) }],
    };
    Ok(Some(Delivery { events, length }))
}

/// The same for the same bytes in one run of the program, and never zero.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish() | 1
}

fn content_length(headers: &[httparse::Header<'_>]) -> Result<Option<usize>, String> {
    for header in headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            let length = std::str::from_utf8(header.value).ok().and_then(|text| text.trim().parse().ok());
            return length.map(Some).ok_or_else(|| "a content-length that is no number".into());
        }
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("a chunked body; the benchmark reads content-length only".into());
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(batch: usize) -> Template {
        let shape = Shape { event_type: "price.alert", payload: 1024, batch };
        Template::new("127.0.0.1:1".parse().unwrap(), "key", shape)
    }

    fn body(request: &[u8]) -> serde_json::Value {
        let start = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        serde_json::from_slice(&request[start..]).unwrap()
    }

    #[test]
    fn an_event_is_numbered_and_has_the_size_asked_for() {
        let value = body(template(1).numbered(42));
        assert_eq!(value["type"], "price.alert");
        assert_eq!(value["data"]["n"], FIRST + 42);
        assert_eq!(serde_json::to_string(&value["data"]).unwrap().len(), 1024);
    }

    #[test]
    fn the_smallest_event_fits() {
        assert_eq!(event("t", SMALLEST).len(), SMALLEST + "{\"type\":\"t\",\"data\":}".len());
    }

    #[test]
    fn the_events_of_a_batch_are_numbered_in_a_row() {
        let mut template = template(3);
        template.numbered(999);
        let value = body(template.numbered(7));
        let numbers =
            value["events"].as_array().unwrap().iter().map(|event| event["data"]["n"].as_u64().unwrap() - FIRST);
        assert_eq!(numbers.collect::<Vec<_>>(), [7, 8, 9]);
    }

    #[test]
    fn a_delivery_is_read_back_from_any_envelope() {
        let request = b"POST /x HTTP/1.1\r\nWebhook-Id: 1\r\nwebhook-timestamp: 2\r\nwebhook-signature: v1,x\r\n\
            content-length: 32\r\n\r\n{\"a\":1,\"data\":{\"n\": 1000000005}} next";
        let seen = delivery(request).unwrap().unwrap();
        assert_eq!(
            seen,
            Delivery {
                events: vec![Carried { number: Some(5), id: Some(hash(b"1")) }],
                length: request.len() - " next".len(),
            }
        );
        assert_eq!(delivery(&request[..request.len() - 8]), Ok(None), "a part is not a delivery yet");
    }

    #[test]
    fn a_delivery_without_number_or_signature_is_seen_as_such() {
        let seen = delivery(b"POST / HTTP/1.1\r\ncontent-length: 7\r\n\r\n{\"n\":1}").unwrap().unwrap();
        assert_eq!(seen.events, [Carried { number: None, id: None }]);
    }

    #[test]
    fn the_events_of_a_delivered_batch_have_ids_of_their_own() {
        let event = |id: &str, n: u64| format!(r#"{{"id":"evt_{id}","data":{{"n":{}}}}}"#, FIRST + n);
        let body = format!(r#"{{"id":"bat_1","events":[{},{}]}}"#, event("a", 6), event("b", 7));
        let head = "POST / HTTP/1.1\r\nwebhook-id: bat_1\r\nwebhook-timestamp: 2\r\nwebhook-signature: v1,x";
        let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let carried = |number, id: &[u8]| Carried { number: Some(number), id: Some(hash(id)) };
        assert_eq!(delivery(request.as_bytes()).unwrap().unwrap().events, [carried(6, b"a"), carried(7, b"b")]);
    }

    #[test]
    fn an_answer_ends_where_its_body_ends() {
        let bytes = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(answer(bytes), Ok(Some(Answer { status: 202, length: bytes.len() })));
        assert_eq!(answer(&bytes[..bytes.len() - 1]), Ok(None));
        assert!(answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
