//! The language server: findings, navigation and help while a manuscript or protocol is being written, in any
//! editor that speaks the Language Server Protocol (3.17).
//!
//! One thread reads messages, one writes them, and the main loop (`state`) keeps the documents. Checks and
//! requests run in a pool of threads on what the main loop has handed them, so that a long check, or one that
//! crashes, keeps nobody from being served.

mod actions;
mod completion;
mod diagnostics;
mod hover;
mod lens;
mod library;
mod navigation;
mod positions;
mod requests;
mod state;
mod symbols;
mod transport;
mod view;

use std::io::{self, BufRead, BufWriter, Write};
use std::sync::Arc;
use std::sync::mpsc;

pub use diagnostics::{Check, Checked, Checker, Job, OpenTexts};
pub use positions::{LineIndex, Units};

use lsp_server::Message;

use crate::check;
use state::{Event, Outgoing, State};
use transport::Received;

/// Checks and requests that run at once, at least: a long one leaves room for another.
const LEAST_THREADS: usize = 2;

/// Serves an editor over its input and output until it says `exit` or closes its end. Gives whether it had
/// said `shutdown`, as the protocol wants it.
///
/// Errors: threads can't be had.
pub fn serve(
    mut input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    checker: Arc<dyn Check>,
) -> io::Result<bool> {
    let (events, heard) = mpsc::channel();
    let (out, outgoing) = mpsc::channel();
    let writer = std::thread::Builder::new().name("writer".into()).spawn(move || {
        let mut output = BufWriter::new(output);
        for message in outgoing {
            let written = match message {
                Outgoing::Message(message) => transport::write(&mut output, &message),
                Outgoing::Refusal(value) => transport::write_value(&mut output, &value),
            };
            if written.is_err() {
                // Nobody listens; the end of the input comes next.
                break;
            }
        }
    })?;
    let received = events.clone();
    std::thread::Builder::new().name("reader".into()).spawn(move || {
        while let Ok(Some(one)) = transport::read(&mut input) {
            let last = matches!(&one, Received::Message(Message::Notification(n)) if n.method == "exit");
            if received.send(Event::Received(one)).is_err() || last {
                return;
            }
        }
        let _ = received.send(Event::Closed);
    })?;
    let threads = std::thread::available_parallelism().map_or(LEAST_THREADS, |n| n.get().max(LEAST_THREADS));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(check::STACK)
        .thread_name(|number| format!("check {number}"))
        .build()
        .map_err(io::Error::other)?;
    let orderly = State::new(checker, pool, events, out).run(&heard);
    // The state has gone, and with it what it wrote to: the writer ends when all is written.
    let _ = writer.join();
    Ok(orderly)
}
