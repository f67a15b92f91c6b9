//! `realint check --files-from`: manuscripts one after another, for a corpus of any size. What is kept at a
//! time is bounded: the list is read only so far ahead as there are free hands.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

use super::args::{CheckArgs, OutputFormat};
use super::check;
use super::inputs::Inputs;
use crate::check::{Settings, contained};
use crate::error::Error;
use crate::render;
use crate::report::{ErrorReport, FailureReport};
use crate::rule::Severity;

/// Papers that are taken on before the oldest of them is written, for each thread: so many can go on while
/// one takes long.
const AHEAD: usize = 8;

/// Bytes of a path; a list with longer ones is no list.
const LONGEST_PATH: u64 = 32 * 1024;

/// A line of the list.
type Named = Result<PathBuf, (String, Error)>;

/// What became of a line of the list.
struct Checked {
    /// Lines of JSON.
    lines: Vec<u8>,
    /// The worst finding.
    worst: Option<Severity>,
    /// It could not be checked.
    failed: bool,
}

/// Checks the files of a list, in its order. A file that can't be checked is a line that says why.
///
/// Errors: another format than JSON lines, a list that isn't there, and what keeps realint from beginning.
pub(super) fn stream(args: &CheckArgs, list: &Path) -> Result<ExitCode, Error> {
    if args.format != OutputFormat::Jsonl {
        return Err(Error::Usage {
            message:
                "--files-from writes each result as soon as it is there, and only --format jsonl has a line for each"
                    .into(),
            help: Some("add --format jsonl".into()),
        });
    }
    let bytes: Box<dyn BufRead + Send> = if list.as_os_str() == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(list).map_err(|source| Error::Read { path: list.to_owned(), source })?))
    };
    let mut list = List { bytes, end: if args.null { 0 } else { b'\n' }, name: list.to_owned(), broken: false };
    let inputs = Inputs::later(&args.inputs)?;
    let adjust = check::adjustment(args, &inputs)?;
    let fail_on = check::fail_on(args, &inputs.config);

    let (mut all, mut unread, mut failed, mut outcome) = (0_usize, 0_usize, false, Ok(()));
    let mut stdout = std::io::stdout();
    in_order(
        move || list.next(),
        |named| checked(&inputs, named, &adjust),
        |checked: Checked| {
            all += 1;
            unread += usize::from(checked.failed);
            failed |= checked.worst.is_some_and(|worst| fail_on.fails(worst));
            match stdout.write_all(&checked.lines).and_then(|()| stdout.flush()) {
                Ok(()) => return ControlFlow::Continue(()),
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                Err(source) => outcome = Err(Error::Write { path: "standard output".into(), source }),
            }
            ControlFlow::Break(())
        },
    );
    std::mem::forget(inputs);
    outcome?;
    if unread > 0 {
        let _ = writeln!(std::io::stderr(), "{unread} of {all} could not be checked; their lines say why");
    }
    Ok(check::exit_code(unread > 0, failed))
}

fn checked(inputs: &Inputs<'_>, named: Named, adjust: &(dyn Fn(&mut Settings) + Sync)) -> Checked {
    let mut lines = Vec::new();
    let result = named.and_then(|path| {
        let checked = if path.as_os_str() == "-" {
            Err(Error::Usage {
                message: "standard input can't be named in a list".into(),
                help: Some("a file of this name is ./-".into()),
            })
        } else {
            contained(&path, || inputs.check_one(&path, adjust))
        };
        checked.map_err(|error| (path.to_string_lossy().into_owned(), error))
    });
    // Writing to memory can't fail.
    match result {
        Ok(documents) => {
            documents.iter().for_each(|document| drop(render::line(document, &mut lines)));
            let worst = documents.iter().flat_map(|document| &document.findings).map(|finding| finding.severity).max();
            Checked { lines, worst, failed: false }
        }
        Err((path, error)) => {
            let _ = render::line(&FailureReport { path, error: ErrorReport::new(&error) }, &mut lines);
            Checked { lines, worst: None, failed: true }
        }
    }
}

/// A list of paths, read piece by piece.
struct List {
    bytes: Box<dyn BufRead + Send>,
    /// What ends a path.
    end: u8,
    name: PathBuf,
    broken: bool,
}

impl List {
    /// The next path; `None` at the end. Empty lines are passed over. A list that can't be read further ends
    /// with the error.
    fn next(&mut self) -> Option<Named> {
        while !self.broken {
            let mut path = Vec::new();
            let read = (&mut self.bytes).take(LONGEST_PATH).read_until(self.end, &mut path);
            match read {
                Ok(0) => return None,
                Ok(_) => {}
                Err(source) => return Some(self.give_up(Error::Read { path: self.name.clone(), source })),
            }
            let ended = path.last() == Some(&self.end);
            if !ended && path.len() as u64 == LONGEST_PATH {
                return Some(self.give_up(Error::Usage {
                    message: format!("{} holds no paths: one has more than {LONGEST_PATH} bytes", self.name.display()),
                    help: Some("a path a line, or with -0 each ended by NUL".into()),
                }));
            }
            if ended {
                path.pop();
            }
            if self.end == b'\n' && path.last() == Some(&b'\r') {
                path.pop();
            }
            if !path.is_empty() {
                return Some(path_of(path));
            }
        }
        None
    }

    fn give_up(&mut self, error: Error) -> Named {
        self.broken = true;
        Err((self.name.to_string_lossy().into_owned(), error))
    }
}

/// Bytes as a path: on Unix any are.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere not all bytes are a path")]
fn path_of(bytes: Vec<u8>) -> Named {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(bytes).into())
}

/// Bytes as a path: elsewhere UTF-8.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Named {
    String::from_utf8(bytes).map(PathBuf::from).map_err(|error| {
        let path = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let source = std::io::Error::new(ErrorKind::InvalidData, "the path is not UTF-8");
        (path.clone(), Error::Read { path: path.into(), source })
    })
}

enum Event<J, R> {
    /// There is something to do.
    Wanted(J),
    /// Nothing more will come.
    End,
    /// The so-manieth is done.
    Done(usize, R),
}

/// Does jobs in parallel and hands the results on in the order of the jobs, each as soon as it and those
/// before it are there. Jobs are taken on only a bounded number ahead. Ends when `write` says so, even if
/// the next job never comes: jobs come from a thread that nobody waits for.
fn in_order<J: Send + 'static, R: Send + 'static>(
    mut jobs: impl FnMut() -> Option<J> + Send + 'static,
    work: impl Fn(J) -> R + Sync,
    mut write: impl FnMut(R) -> ControlFlow<()>,
) {
    let (events, received) = channel::<Event<J, R>>();
    let (permits, permitted) = channel::<()>();
    for _ in 0..AHEAD * rayon::current_num_threads() {
        let _ = permits.send(());
    }
    let wanted: Sender<Event<J, R>> = events.clone();
    std::thread::spawn(move || {
        while permitted.recv().is_ok() {
            let job = jobs();
            let last = job.is_none();
            if wanted.send(job.map_or(Event::End, Event::Wanted)).is_err() || last {
                return;
            }
        }
    });
    let stopped = AtomicBool::new(false);
    rayon::in_place_scope(|scope| {
        let (mut taken, mut written, mut ended) = (0, 0, false);
        let mut waiting: BTreeMap<usize, R> = BTreeMap::new();
        while !ended || written < taken {
            let Ok(event) = received.recv() else { return };
            match event {
                Event::Wanted(job) => {
                    let (number, done, work, stopped) = (taken, events.clone(), &work, &stopped);
                    taken += 1;
                    scope.spawn(move |_| {
                        if !stopped.load(Ordering::Relaxed) {
                            let _ = done.send(Event::Done(number, work(job)));
                        }
                    });
                }
                Event::End => ended = true,
                Event::Done(number, result) => {
                    waiting.insert(number, result);
                    while let Some(result) = waiting.remove(&written) {
                        written += 1;
                        if write(result).is_break() {
                            stopped.store(true, Ordering::Relaxed);
                            return;
                        }
                        let _ = permits.send(());
                    }
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    #[test]
    fn results_keep_the_order_of_jobs_and_no_more_are_taken_on_than_bounded() {
        let given = std::sync::Arc::new(AtomicUsize::new(0));
        let (giver, mut number) = (std::sync::Arc::clone(&given), 0);
        let mut results = Vec::new();
        let most = AHEAD * rayon::current_num_threads();
        in_order(
            move || {
                number += 1;
                giver.fetch_add(1, Ordering::SeqCst);
                (number <= 500).then_some(number)
            },
            |job| {
                // The first takes longest, and every seventh longer than the others.
                std::thread::sleep(Duration::from_micros(if job == 1 { 20_000 } else { (job % 7) * 100 }));
                job
            },
            |result| {
                assert!(given.load(Ordering::SeqCst) <= results.len() + most);
                results.push(result);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(results, (1..=500).collect::<Vec<_>>());
    }

    #[test]
    fn it_ends_where_nobody_listens_even_if_the_next_job_never_comes() {
        let mut number = 0;
        let mut results = Vec::new();
        in_order(
            move || {
                number += 1;
                if number > 3 {
                    std::thread::sleep(Duration::from_hours(1));
                }
                Some(number)
            },
            |job| job,
            |result| {
                results.push(result);
                if result == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(results, [1, 2]);
    }

    #[test]
    fn lists_are_read_to_their_end_and_endless_paths_refused() {
        let list = |bytes: &[u8], end: u8| {
            let bytes = Box::new(std::io::Cursor::new(bytes.to_vec()));
            let mut list = List { bytes, end, name: "list".into(), broken: false };
            std::iter::from_fn(move || list.next()).collect::<Vec<Named>>()
        };
        let paths = |named: Vec<Named>| -> Vec<PathBuf> { named.into_iter().filter_map(Result::ok).collect() };
        assert_eq!(paths(list(b"a.md\r\n\nb c.md\nd.md", b'\n')), ["a.md", "b c.md", "d.md"].map(PathBuf::from));
        assert_eq!(paths(list(b"a\nb.md\0\0c.md", 0)), ["a\nb.md", "c.md"].map(PathBuf::from));
        assert!(list(b"", b'\n').is_empty());
        let long = list(&[b"a.md\n".to_vec(), vec![b'x'; 1 << 20]].concat(), b'\n');
        assert_eq!((long.len(), long[1].is_err()), (2, true));
    }

    #[test]
    fn a_crash_is_an_error_of_its_file() {
        let crashed = contained(Path::new("a.md"), || -> Result<(), Error> { panic!("as if") });
        assert!(matches!(crashed, Err(Error::Crashed { path }) if path == Path::new("a.md")));
    }
}
