//! Whole sessions of an editor with the language server: the text that it checks last is that of a plain model.
#![no_main]

use std::io::{BufReader, Cursor};
use std::path::Path;
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use realint::error::Error;
use realint::language_server::{Check, Checked, Job, OpenTexts, serve};
use realint_fuzz::edits::{self, Session};
use serde_json::{Value, json};

/// A checker that notes the last text that it was given.
#[derive(Default)]
struct Notes(Mutex<Option<String>>);

impl Check for Notes {
    fn check(&self, job: &Job) -> Result<Checked, Error> {
        *self.0.lock().expect("a lock") = Some(job.text.as_str().to_owned());
        Ok(Checked::default())
    }

    fn closed(&self, _: &Path, _: &OpenTexts) -> Option<Arc<Checked>> {
        None
    }

    fn forget(&self) {}
}

fuzz_target!(|session: Session| {
    let mut model = edits::text(&session.start);
    for edit in session.messages.iter().flatten() {
        edits::apply(&mut model, &edit.change(), session.units());
    }
    through_the_server(&session, &model);
});

fn through_the_server(session: &Session, model: &str) {
    let uri = "file:///a.md";
    let encoding = if session.utf8 { "utf-8" } else { "utf-16" };
    let mut messages = vec![
        json!({"id": 1, "method": "initialize", "params": {"capabilities": {"general": {"positionEncodings": [encoding]}}}}),
        json!({"method": "initialized", "params": {}}),
        json!({"method": "textDocument/didOpen", "params": {"textDocument":
            {"uri": uri, "languageId": "markdown", "version": 0, "text": edits::text(&session.start)}}}),
    ];
    for (version, message) in session.messages.iter().enumerate() {
        let changes: Vec<Value> = message.iter().map(|edit| json!(edit.change())).collect();
        messages.push(json!({"method": "textDocument/didChange", "params":
            {"textDocument": {"uri": uri, "version": version + 1}, "contentChanges": changes}}));
    }
    let mut input = Vec::new();
    for mut message in messages {
        message["jsonrpc"] = json!("2.0");
        let body = message.to_string();
        input.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
    }
    let notes = Arc::new(Notes::default());
    // A request waits for the check of the newest text; the answer to it ends the session.
    let (input, output) = Held::pair(input, uri);
    serve(BufReader::new(input), output, Arc::clone(&notes) as Arc<dyn Check>).expect("threads");
    let served = notes.0.lock().expect("a lock").take();
    assert_eq!(served.as_deref(), Some(model), "the server has another text");
}

/// An editor that says its messages, asks one thing, and leaves when it is answered.
struct Held {
    said: Cursor<Vec<u8>>,
    answered: std::sync::mpsc::Receiver<()>,
    left: bool,
}

/// Where the answers go.
struct Heard {
    all: Vec<u8>,
    answered: std::sync::mpsc::Sender<()>,
}

impl Held {
    fn pair(mut said: Vec<u8>, uri: &str) -> (Self, Heard) {
        let body = json!({"jsonrpc": "2.0", "id": 4711, "method": "textDocument/documentSymbol",
            "params": {"textDocument": {"uri": uri}}})
        .to_string();
        said.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
        let (send, receive) = std::sync::mpsc::channel();
        (Self { said: Cursor::new(said), answered: receive, left: false }, Heard { all: Vec::new(), answered: send })
    }
}

impl std::io::Read for Held {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.said.read(buffer)?;
        if read > 0 || self.left {
            return Ok(read);
        }
        self.left = true;
        let waited = self.answered.recv_timeout(std::time::Duration::from_secs(20));
        assert!(waited.is_ok(), "no answer came");
        let mut last = Vec::new();
        for body in [
            json!({"jsonrpc": "2.0", "id": 4712, "method": "shutdown"}).to_string(),
            json!({"jsonrpc": "2.0", "method": "exit"}).to_string(),
        ] {
            last.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
        }
        self.said = Cursor::new(last);
        self.said.read(buffer)
    }
}

impl std::io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.all.extend(bytes);
        if self.all.windows(4).any(|window| window == b"4711") {
            let _ = self.answered.send(());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
