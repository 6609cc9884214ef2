//! What goes through the socket between the service and a worker. Both are of one version of this crate, so the format has
//! none.
//!
//! Greeting, once, from a worker that is ready: a byte, a bit for each barrier that it is not behind. Request: seven `u64` in
//! big-endian order (length of the script, of the input or all ones for none, the time that is now as an `i64`, microseconds, memory,
//! stack, output), then script and input. Answer: a byte (0 JSON, 1 null, 2 error), the microseconds of the processor as `u32`, the
//! line as `u32`, the length as `u32`, then JSON or message.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use crate::{
    confine::Confinement,
    error::ScriptError,
    run::{Input, MAX_INPUT, Run, RunLimits, Transformed},
    script::MAX_SOURCE,
};

/// Bytes of an error's message.
const MAX_MESSAGE: usize = 4096;

/// What a worker is asked: to run a script on an input, or only to check it.
pub struct Request<'r> {
    pub code: &'r str,
    pub input: Option<Input<'r>>,
    pub limits: RunLimits,
}

/// The same, as the worker reads it.
pub struct Received {
    pub code: String,
    /// The input's JSON.
    pub json: Option<String>,
    pub now: i64,
    pub limits: RunLimits,
}

/// The service's side: waits until the worker is ready.
pub async fn greeting(socket: &mut UnixStream) -> io::Result<Confinement> {
    Ok(Confinement::from_byte(socket.read_u8().await?))
}

/// The worker's side: it is confined so, and ready.
pub fn greet(socket: &mut impl Write, confinement: Confinement) -> io::Result<()> {
    socket.write_all(&[confinement.to_byte()])
}

/// The service's side: asks.
pub async fn send(socket: &mut UnixStream, request: &Request<'_>) -> io::Result<()> {
    let limits = &request.limits;
    let json = request.input.map_or("", |input| input.json);
    let numbers = [
        request.code.len() as u64,
        request.input.map_or(u64::MAX, |input| input.json.len() as u64),
        request.input.map_or(0, |input| input.now.cast_unsigned()),
        u64::try_from(limits.time.as_micros()).unwrap_or(u64::MAX),
        limits.memory as u64,
        limits.stack as u64,
        limits.output as u64,
    ];
    let mut frame = Vec::with_capacity(56 + request.code.len() + json.len());
    frame.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    frame.extend_from_slice(request.code.as_bytes());
    frame.extend_from_slice(json.as_bytes());
    socket.write_all(&frame).await
}

/// The service's side: reads the answer, of which the JSON is no longer than `most`. A worker is not trusted.
pub async fn answer(socket: &mut UnixStream, most: usize) -> io::Result<Run> {
    let kind = socket.read_u8().await?;
    let used = Duration::from_micros(socket.read_u32().await?.into());
    let line = socket.read_u32().await?;
    let len = socket.read_u32().await? as usize;
    if len > most.max(MAX_MESSAGE) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; len];
    socket.read_exact(&mut body).await?;
    let text = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
    let made = match kind {
        0 => Ok(Transformed::Json(text.into())),
        1 => Ok(Transformed::Null),
        2 => Err(ScriptError { line: (line > 0).then_some(line), message: text, no_worker: false }),
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    Ok(Run { made, used })
}

/// The worker's side: the next request; none when the service has closed the socket.
pub fn receive(socket: &mut impl Read) -> io::Result<Option<Received>> {
    let mut numbers = [[0; 8]; 7];
    for (place, number) in numbers.iter_mut().enumerate() {
        match socket.read_exact(number) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && place == 0 => return Ok(None),
            done => done?,
        }
    }
    let [code, json, now, micros, memory, stack, output] = numbers.map(u64::from_be_bytes);
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let limits = RunLimits {
        time: Duration::from_micros(micros),
        memory: size(memory),
        stack: size(stack),
        output: size(output),
    };
    let code = text(socket, code, MAX_SOURCE as u64)?;
    let json = match json {
        u64::MAX => None,
        len => Some(text(socket, len, MAX_INPUT as u64)?),
    };
    Ok(Some(Received { code, json, now: now.cast_signed(), limits }))
}

fn text(socket: &mut impl Read, len: u64, most: u64) -> io::Result<String> {
    if len > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    socket.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// The worker's side: answers.
pub fn reply(socket: &mut impl Write, Run { made, used }: &Run) -> io::Result<()> {
    let (kind, line, body) = match made {
        Ok(Transformed::Json(json)) => (0, 0, json.as_ref()),
        Ok(Transformed::Null) => (1, 0, [].as_slice()),
        Err(error) => {
            let end = error.message.floor_char_boundary(MAX_MESSAGE);
            (2, error.line.unwrap_or(0), &error.message.as_bytes()[..end])
        }
    };
    let mut frame = vec![kind];
    frame.extend_from_slice(&u32::try_from(used.as_micros()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&line.to_be_bytes());
    frame.extend_from_slice(&u32::try_from(body.len()).map_err(|_| io::ErrorKind::InvalidData)?.to_be_bytes());
    frame.extend_from_slice(body);
    socket.write_all(&frame)
}
