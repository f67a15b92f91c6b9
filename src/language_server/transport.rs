//! Messages over standard input and output: a header with the length in bytes, then JSON. What isn't a
//! message is answered, and the next one is read; only the end of the input ends the server.

use std::io::{self, BufRead, Read, Write};

use lsp_server::{ErrorCode, Message};
use serde_json::{Value, json};

/// A message longer than this is thrown away unread; no manuscript that realint reads needs more.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// A header line longer than this is none.
const LONGEST_HEADER: u64 = 4096;

/// What came in.
#[derive(Debug)]
pub(super) enum Received {
    /// A message.
    Message(Message),
    /// Something else, with the answer to it.
    Malformed(Value),
}

/// The next message; `None` at the end of the input.
///
/// Errors: the input can't be read.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Received>> {
    let Some(length) = content_length(input)? else { return Ok(None) };
    if length > MOST_BYTES {
        io::copy(&mut input.take(length), &mut io::sink())?;
        return Ok(Some(refused(ErrorCode::InvalidRequest, Value::Null, "the message is too long")));
    }
    // It grows with what really comes, whatever the header says.
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(None);
    }
    let value: Value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) => return Ok(Some(refused(ErrorCode::ParseError, Value::Null, &format!("no JSON: {error}")))),
    };
    let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned().unwrap_or_default();
    Ok(Some(match serde_json::from_value(value) {
        Ok(message) => Received::Message(message),
        Err(_) => refused(ErrorCode::InvalidRequest, id, "neither a request, a response nor a notification"),
    }))
}

/// Reads headers up to the empty line; lines that are no header are passed over.
fn content_length(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(LONGEST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        match line.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok().or(length);
            }
            None if line.is_empty() && length.is_some() => return Ok(length),
            _ => {}
        }
    }
}

fn refused(code: ErrorCode, id: Value, message: &str) -> Received {
    Received::Malformed(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code as i32, "message": message } }))
}

/// Writes a message.
///
/// Errors: the output is closed.
pub(super) fn write(output: &mut impl Write, message: &Message) -> io::Result<()> {
    message.write(output)
}

/// Writes the answer to what was no message.
///
/// Errors: the output is closed.
pub(super) fn write_value(output: &mut impl Write, value: &Value) -> io::Result<()> {
    let text = value.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_answered_and_the_next_one_is_read() {
        let mut input = Vec::new();
        for body in ["{nonsense", "[1, 2]", "{\"id\": 7}", "\u{e9}{\"method\": \"exit\"}"] {
            input.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).bytes());
        }
        input.extend(b"Content-Length: many\r\nnothing\r\n\r\n");
        input
            .extend(b"content-length:17\r\nX-Other: yes\r\n\r\n{\"method\":\"exit\"}Content-Length: 900\r\n\r\n{\"cut");
        let mut input = input.as_slice();
        for code in [-32700, -32600, -32600, -32700] {
            let Some(Received::Malformed(answer)) = read(&mut input).expect("bytes") else { panic!("no answer") };
            assert_eq!(answer["error"]["code"], code);
        }
        assert!(
            matches!(read(&mut input), Ok(Some(Received::Message(Message::Notification(n)))) if n.method == "exit")
        );
        assert!(matches!(read(&mut input), Ok(None)));
    }
}
