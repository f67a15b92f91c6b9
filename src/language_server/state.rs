//! The main loop: documents as the editor has them, checks that are wanted and running, requests that wait
//! for them. It never checks anything itself, so that it is there for the next keystroke.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions, CompletionOptions, Diagnostic,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    HoverProviderCapability, InitializeParams, InitializeResult, OneOf, PublishDiagnosticsParams, SaveOptions,
    ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, Url,
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::diagnostics::{self, Check, Checked, Job, OpenTexts, Places, cleaned, said, unchecked};
use super::positions::{LineIndex, Units};
use super::requests;
use super::transport::Received;
use super::view::View;
use crate::config::FILE_NAME;
use crate::error::Error;
use crate::manuscript::Format;
use crate::rule::Memory;
use crate::structured::Syntax;

/// An edit is checked when nothing has come in for so long: a burst of edits comes within less.
const QUIET: Duration = Duration::from_millis(3);
/// An edit is checked after so long, whatever comes in.
const LONGEST_WAIT: Duration = Duration::from_millis(15);

/// What the main loop hears of.
pub(super) enum Event {
    /// Something came from the editor.
    Received(Received),
    /// The editor has closed its end.
    Closed,
    /// A check has ended.
    Checked(Url, u64, Outcome),
    /// A request has its answer.
    Answer(Response),
}

/// How a check ended.
pub(super) enum Outcome {
    /// With reports.
    Done(Arc<Checked>),
    /// The document can't be read.
    Failed(Error),
    /// The check crashed.
    Crashed,
}

/// What goes to the editor.
pub(super) enum Outgoing {
    /// A message.
    Message(Message),
    /// The answer to what was no message.
    Refusal(Value),
}

/// A document that the editor has open.
struct Document {
    path: PathBuf,
    format: Option<Format>,
    version: i32,
    text: Arc<String>,
    index: Arc<LineIndex>,
    /// Counts every text that any document has had, so that no result is taken for one of a later text.
    generation: u64,
    /// Its text has changed since a check of it began.
    wanted: bool,
    /// The generation that is being checked.
    running: Option<u64>,
    checked: Option<Arc<Checked>>,
    /// What was read of its sentences: at a keystroke most are what they were.
    memory: Arc<Memory>,
}

impl Document {
    fn is_fresh(&self) -> bool {
        !self.wanted && self.running.is_none()
    }
}

/// How far the conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Before `initialize`.
    Silent,
    /// Between `initialize` and `shutdown`.
    Open,
    /// After `shutdown`.
    Over,
}

/// The server.
pub(super) struct State {
    checker: Arc<dyn Check>,
    pool: rayon::ThreadPool,
    events: Sender<Event>,
    out: Sender<Outgoing>,
    phase: Phase,
    units: Units,
    with_related: bool,
    watches: bool,
    documents: BTreeMap<Url, Document>,
    generation: u64,
    wanted_since: Option<Instant>,
    /// Requests that wait until their document has been checked.
    waiting: Vec<(Url, Request)>,
    /// Requests that are being answered.
    answering: FxHashSet<RequestId>,
    /// What each open document's check says of which file.
    said: BTreeMap<Url, BTreeMap<PathBuf, Vec<Diagnostic>>>,
    /// Messages that the editor has shown.
    shown: FxHashSet<String>,
}

impl State {
    /// A server that has heard nothing yet. Checks and answers run in `pool` and report to `events`.
    pub(super) fn new(
        checker: Arc<dyn Check>,
        pool: rayon::ThreadPool,
        events: Sender<Event>,
        out: Sender<Outgoing>,
    ) -> Self {
        Self {
            checker,
            pool,
            events,
            out,
            phase: Phase::Silent,
            units: Units::default(),
            with_related: false,
            watches: false,
            documents: BTreeMap::new(),
            generation: 0,
            wanted_since: None,
            waiting: Vec::new(),
            answering: FxHashSet::default(),
            said: BTreeMap::new(),
            shown: FxHashSet::default(),
        }
    }

    /// Serves until the editor says `exit` or closes its end. Gives whether it said `shutdown` before.
    pub(super) fn run(mut self, events: &Receiver<Event>) -> bool {
        let mut queue: VecDeque<Event> = VecDeque::new();
        loop {
            let event = match (queue.pop_front(), self.wanted_since) {
                (Some(event), _) => Ok(event),
                (None, None) => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                (None, Some(since)) => events.recv_timeout(QUIET.min(LONGEST_WAIT.saturating_sub(since.elapsed()))),
            };
            queue.extend(events.try_iter());
            let quiet = matches!(event, Err(RecvTimeoutError::Timeout));
            match event {
                Ok(Event::Closed) | Err(RecvTimeoutError::Disconnected) => return self.phase == Phase::Over,
                Ok(Event::Received(Received::Message(Message::Notification(n)))) if n.method == "exit" => {
                    return self.phase == Phase::Over;
                }
                Ok(event) => self.handle(event, &queue),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if queue.is_empty() && (quiet || self.wanted_since.is_some_and(|since| since.elapsed() >= LONGEST_WAIT)) {
                self.start_checks();
            }
        }
    }

    fn handle(&mut self, event: Event, queue: &VecDeque<Event>) {
        match event {
            Event::Received(Received::Message(Message::Request(request))) => {
                if queue.iter().any(|event| is_cancel_of(event, &request.id)) {
                    self.refuse(request.id, ErrorCode::RequestCanceled, "cancelled");
                } else {
                    self.request(request);
                }
            }
            Event::Received(Received::Message(Message::Notification(notification))) => self.notification(notification),
            // Answers to what the server asks tell nothing that it needs.
            Event::Received(Received::Message(Message::Response(_))) | Event::Closed => {}
            Event::Received(Received::Malformed(answer)) => self.send(Outgoing::Refusal(answer)),
            Event::Checked(uri, generation, outcome) => self.checked(&uri, generation, outcome),
            Event::Answer(response) => {
                if self.answering.remove(&response.id) {
                    self.send(Outgoing::Message(response.into()));
                }
            }
        }
    }

    fn send(&self, what: Outgoing) {
        // Where the editor is gone the end of the input ends the loop.
        let _ = self.out.send(what);
    }

    fn notify(&self, method: &str, params: impl serde::Serialize) {
        let params = serde_json::to_value(params).unwrap_or_default();
        self.send(Outgoing::Message(Notification { method: method.to_owned(), params }.into()));
    }

    fn answer(&self, id: RequestId, result: Value) {
        self.send(Outgoing::Message(Response { id, response_result: Ok(result) }.into()));
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, message: &str) {
        self.send(Outgoing::Message(Response::new_err(id, code as i32, message.to_owned()).into()));
    }

    /// Shows a message, once.
    fn show(&mut self, message: String) {
        if self.shown.insert(message.clone()) {
            const WARNING: u8 = 2;
            self.notify("window/showMessage", json!({ "type": WARNING, "message": message }));
        }
    }

    fn request(&mut self, request: Request) {
        match (self.phase, request.method.as_str()) {
            (Phase::Silent, "initialize") => self.initialize(request),
            (Phase::Silent, _) => {
                self.refuse(request.id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
            }
            (Phase::Open, "initialize") => self.refuse(request.id, ErrorCode::InvalidRequest, "it is initialised"),
            (Phase::Open, "shutdown") => {
                self.phase = Phase::Over;
                self.answer(request.id, Value::Null);
            }
            (Phase::Over, _) => self.refuse(request.id, ErrorCode::InvalidRequest, "the server has shut down"),
            (Phase::Open, method) if !requests::METHODS.contains(&method) => {
                self.refuse(request.id, ErrorCode::MethodNotFound, &format!("`{method}` is not known"));
            }
            (Phase::Open, method) => {
                let uri = request.params.pointer("/textDocument/uri").and_then(Value::as_str);
                let Some(uri) = uri.and_then(|uri| Url::parse(uri).ok()) else {
                    return self.refuse(request.id, ErrorCode::InvalidParams, "`textDocument.uri` is no address");
                };
                match self.documents.get(&uri) {
                    None => self.answer(request.id, Value::Null),
                    Some(document) if requests::waits(method) && !document.is_fresh() => {
                        self.waiting.push((uri, request));
                    }
                    Some(_) => self.dispatch(&uri, request),
                }
            }
        }
    }

    fn initialize(&mut self, request: Request) {
        let params: InitializeParams = match serde_json::from_value(request.params) {
            Ok(params) => params,
            Err(error) => return self.refuse(request.id, ErrorCode::InvalidParams, &error.to_string()),
        };
        let able = params.capabilities;
        let offered = able.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        self.units = Units::agreed(offered);
        let published = able.text_document.as_ref().and_then(|text| text.publish_diagnostics.as_ref());
        self.with_related = published.and_then(|published| published.related_information).unwrap_or_default();
        let watched = able.workspace.as_ref().and_then(|workspace| workspace.did_change_watched_files);
        self.watches = watched.and_then(|watched| watched.dynamic_registration).unwrap_or_default();
        let result = InitializeResult {
            capabilities: capabilities(self.units),
            server_info: Some(ServerInfo {
                name: diagnostics::SOURCE.into(),
                version: Some(env!("CARGO_PKG_VERSION").into()),
            }),
        };
        self.phase = Phase::Open;
        self.answer(request.id, serde_json::to_value(result).unwrap_or_default());
    }

    fn notification(&mut self, notification: Notification) {
        if self.phase != Phase::Open {
            return;
        }
        let Notification { method, params } = notification;
        match method.as_str() {
            "initialized" if self.watches => self.watch(),
            "textDocument/didOpen" => {
                if let Some(params) = read(params) {
                    self.open(params);
                }
            }
            "textDocument/didChange" => {
                if let Some(params) = read(params) {
                    self.change(params);
                }
            }
            "textDocument/didSave" => {
                if let Some(params) = read::<DidSaveTextDocumentParams>(params) {
                    let uri = params.text_document.uri;
                    if uri.path().ends_with(FILE_NAME) {
                        self.start_anew();
                    } else if let Some(path) = self.documents.get(&uri).map(|document| document.path.clone()) {
                        self.want(&path);
                    }
                }
            }
            "textDocument/didClose" => {
                if let Some(params) = read::<DidCloseTextDocumentParams>(params) {
                    self.close(&params.text_document.uri);
                }
            }
            "workspace/didChangeWatchedFiles" => self.start_anew(),
            "$/cancelRequest" => self.cancel(&params),
            _ => {}
        }
    }

    /// Asks the editor to tell when a configuration or bibliography changes.
    fn watch(&self) {
        let watchers: Vec<Value> =
            [FILE_NAME, "*.bib"].iter().map(|name| json!({ "globPattern": format!("**/{name}") })).collect();
        let registration = json!({
            "id": "files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        let request = Request {
            id: RequestId::from("register".to_owned()),
            method: "client/registerCapability".into(),
            params: json!({ "registrations": [registration] }),
        };
        self.send(Outgoing::Message(request.into()));
    }

    fn open(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let (path, format) = place_of(&item.uri, &item.language_id);
        let document = Document {
            index: Arc::new(LineIndex::new(&item.text)),
            text: Arc::new(item.text),
            version: item.version,
            generation: 0,
            wanted: false,
            running: None,
            checked: None,
            memory: Arc::default(),
            format,
            path: path.clone(),
        };
        self.documents.insert(item.uri, document);
        self.want(&path);
    }

    fn change(&mut self, params: DidChangeTextDocumentParams) {
        let units = self.units;
        let Some(document) = self.documents.get_mut(&params.text_document.uri) else { return };
        document.version = params.text_document.version;
        let (text, index) = (Arc::make_mut(&mut document.text), Arc::make_mut(&mut document.index));
        for change in params.content_changes {
            if let Some(range) = change.range {
                let start = index.offset(text, range.start, units);
                let end = index.offset(text, range.end, units).max(start);
                index.replace(text, start..end, &change.text);
            } else {
                *text = change.text;
                *index = LineIndex::new(text);
            }
        }
        let path = document.path.clone();
        self.want(&path);
    }

    fn close(&mut self, uri: &Url) {
        let Some(document) = self.documents.remove(uri) else { return };
        let (gone, kept) = std::mem::take(&mut self.waiting).into_iter().partition(|(of, _)| of == uri);
        self.waiting = kept;
        let gone: Vec<(Url, Request)> = gone;
        gone.into_iter().for_each(|(_, request)| self.answer(request.id, Value::Null));
        let files: Vec<PathBuf> = self.said.remove(uri).into_iter().flat_map(BTreeMap::into_keys).collect();
        self.publish(&files, Some((uri, &document.path)));
        // What includes it reads it from disk again.
        self.want(&document.path);
    }

    fn cancel(&mut self, params: &Value) {
        let Some(id) = params.get("id").cloned().and_then(|id| serde_json::from_value::<RequestId>(id).ok()) else {
            return;
        };
        let before = self.waiting.len();
        self.waiting.retain(|(_, request)| request.id != id);
        if self.waiting.len() < before || self.answering.remove(&id) {
            self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// A file has another text: it is to be checked, and whatever includes it.
    fn want(&mut self, changed: &Path) {
        for document in self.documents.values_mut() {
            let concerned = document.path == changed
                || document.checked.as_ref().is_some_and(|checked| checked.files().any(|file| file == changed));
            if concerned {
                self.generation += 1;
                document.generation = self.generation;
                document.wanted = true;
                self.wanted_since.get_or_insert_with(Instant::now);
            }
        }
    }

    /// Configurations or bibliographies have changed: everything is to be checked.
    fn start_anew(&mut self) {
        self.checker.forget();
        // Other rules read other things.
        self.documents.values_mut().for_each(|document| document.memory = Arc::default());
        let paths: Vec<PathBuf> = self.documents.values().map(|document| document.path.clone()).collect();
        paths.iter().for_each(|path| self.want(path));
    }

    fn open_texts(&self) -> OpenTexts {
        OpenTexts(Arc::new(self.documents.values().map(|d| (d.path.clone(), Arc::clone(&d.text))).collect()))
    }

    /// Begins the checks that are wanted, of each document one at a time.
    fn start_checks(&mut self) {
        self.wanted_since = None;
        let open = self.open_texts();
        for (uri, document) in &mut self.documents {
            if !document.wanted || document.running.is_some() {
                continue;
            }
            let generation = document.generation;
            (document.wanted, document.running) = (false, Some(generation));
            let job = Job {
                path: document.path.clone(),
                text: Arc::clone(&document.text),
                format: document.format,
                open: open.clone(),
                memory: Some(Arc::clone(&document.memory)),
            };
            let (checker, events, uri) = (Arc::clone(&self.checker), self.events.clone(), uri.clone());
            self.pool.spawn(move || {
                let outcome = match catch_unwind(AssertUnwindSafe(|| checker.check(&job))) {
                    Ok(Ok(checked)) => Outcome::Done(Arc::new(checked)),
                    Ok(Err(error)) => Outcome::Failed(error),
                    Err(_) => Outcome::Crashed,
                };
                let _ = events.send(Event::Checked(uri, generation, outcome));
            });
        }
    }

    fn checked(&mut self, uri: &Url, generation: u64, outcome: Outcome) {
        let Some(document) = self.documents.get_mut(uri).filter(|d| d.running == Some(generation)) else { return };
        document.running = None;
        if document.wanted || document.generation != generation {
            // There is a newer text: nothing is said of this one.
            self.wanted_since.get_or_insert_with(Instant::now);
            return;
        }
        let path = document.path.clone();
        let mut own: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
        match outcome {
            Outcome::Done(checked) => {
                document.checked = Some(Arc::clone(&checked));
                let address = self.addresses();
                let address = |file: &Path| address.get(file).cloned().or_else(|| Url::from_file_path(file).ok());
                own = diagnostics::diagnostics(&checked, &mut Places::new(self.units, &address), self.with_related);
                if let Some(trouble) = &checked.trouble {
                    self.show(format!("realint: {trouble}"));
                }
            }
            // An empty document is one that is being begun.
            Outcome::Failed(Error::Empty { .. }) => document.checked = None,
            Outcome::Failed(error) => {
                document.checked = None;
                let words = said(&error);
                own.insert(path.clone(), vec![unchecked(format!("not checked: {words}"))]);
                self.show(format!("realint: {words}"));
            }
            Outcome::Crashed => {
                document.checked = None;
                let words = "realint crashed while it checked this document; the next edit is checked again";
                own.insert(path.clone(), vec![unchecked(words.into())]);
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                self.show(format!("realint crashed while it checked {name}; other documents are served as before"));
            }
        }
        own.entry(path).or_default();
        let before = self.said.insert(uri.clone(), own).unwrap_or_default();
        let now = self.said.get(uri);
        let is_same = |file: &PathBuf, old: &Vec<Diagnostic>| now.and_then(|now| now.get(file)) == Some(old);
        let mut files: Vec<PathBuf> =
            before.iter().filter(|(file, old)| !is_same(file, old)).map(|(file, _)| file.clone()).collect();
        let is_new = |(file, new): &(&PathBuf, &Vec<Diagnostic>)| !before.contains_key(*file) && !new.is_empty();
        files.extend(now.into_iter().flatten().filter(is_new).map(|(file, _)| file.clone()));
        let path = self.documents.get(uri).map(|document| document.path.clone()).unwrap_or_default();
        if !files.contains(&path) {
            // Also where nothing has changed: the editor may wait for it.
            files.push(path);
        }
        self.publish(&files, None);
        let (ready, kept) = std::mem::take(&mut self.waiting).into_iter().partition(|(of, _)| of == uri);
        self.waiting = kept;
        let ready: Vec<(Url, Request)> = ready;
        ready.into_iter().for_each(|(uri, request)| self.dispatch(&uri, request));
    }

    /// The addresses of open documents by their paths.
    fn addresses(&self) -> FxHashMap<PathBuf, Url> {
        self.documents.iter().map(|(uri, document)| (document.path.clone(), uri.clone())).collect()
    }

    /// Sends what is said of files. `closed` is a document that is no longer open, and its path.
    fn publish(&self, files: &[PathBuf], closed: Option<(&Url, &PathBuf)>) {
        let addresses = self.addresses();
        for file in files {
            let closed = closed.filter(|(_, path)| *path == file).map(|(uri, _)| uri.clone());
            let open = addresses.get(file);
            let Some(uri) = open.cloned().or(closed).or_else(|| Url::from_file_path(file).ok()) else { continue };
            let mut diagnostics: Vec<Diagnostic> = Vec::new();
            for one in self.said.values().filter_map(|said| said.get(file)).flatten() {
                if !diagnostics.contains(one) {
                    diagnostics.push(one.clone());
                }
            }
            let version = self.documents.get(&uri).map(|document| document.version);
            self.notify("textDocument/publishDiagnostics", PublishDiagnosticsParams { uri, diagnostics, version });
        }
    }

    /// Has a request answered beside the main loop.
    fn dispatch(&mut self, uri: &Url, request: Request) {
        let Some(document) = self.documents.get(uri) else { return self.answer(request.id, Value::Null) };
        let others = self.documents.values().filter_map(|d| Some((d.path.clone(), Arc::clone(d.checked.as_ref()?))));
        let view = View {
            uri: uri.clone(),
            path: document.path.clone(),
            text: Arc::clone(&document.text),
            index: Arc::clone(&document.index),
            checked: document.checked.clone(),
            units: self.units,
            open: self.open_texts(),
            addresses: self.addresses(),
            others: others.collect(),
            checker: Arc::clone(&self.checker),
        };
        let Request { id, method, params } = request;
        self.answering.insert(id.clone());
        let events = self.events.clone();
        self.pool.spawn(move || {
            let answer = catch_unwind(AssertUnwindSafe(|| requests::answer(&view, &method, params)));
            let response = match answer {
                Ok(Ok(result)) => Response { id, response_result: Ok(result) },
                Ok(Err(error)) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
                Err(_) => Response::new_err(id, ErrorCode::InternalError as i32, "realint crashed".into()),
            };
            let _ = events.send(Event::Answer(response));
        });
    }
}

/// Parameters of a notification; what isn't understood is passed over, since nothing can be answered.
fn read<P: DeserializeOwned>(params: Value) -> Option<P> {
    serde_json::from_value(params).ok()
}

fn is_cancel_of(event: &Event, id: &RequestId) -> bool {
    let Event::Received(Received::Message(Message::Notification(notification))) = event else { return false };
    notification.method == "$/cancelRequest"
        && notification.params.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok()).as_ref()
            == Some(id)
}

/// Where a document lies, or what it would be called, and its format where the name doesn't tell it.
fn place_of(uri: &Url, language: &str) -> (PathBuf, Option<Format>) {
    let format = match language {
        "markdown" => Some(Format::Markdown),
        "quarto" | "rmd" => Some(Format::Quarto),
        "latex" | "tex" => Some(Format::Latex),
        _ => None,
    };
    if let Ok(path) = uri.to_file_path() {
        let path = cleaned(&path);
        let told = crate::read::format_of(&path).is_some() || Syntax::of(&path).is_some();
        return (path, if told { None } else { format });
    }
    // A document that was never saved.
    let ending = match language {
        "toml" | "yaml" | "json" => language,
        _ => "txt",
    };
    let name: String = uri.path().chars().filter(|c| c.is_alphanumeric()).collect();
    (PathBuf::from(format!("{name}.{ending}")), format)
}

fn capabilities(units: Units) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(units.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(SaveOptions { include_text: Some(false) }.into()),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(["@", "{", ",", " "].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        ..ServerCapabilities::default()
    }
}
