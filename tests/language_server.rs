//! The language server, spoken to as an editor does: headers and JSON over standard input and output.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use realint::error::Error;
use realint::language_server::{Check, Checked, Checker, Job, OpenTexts, serve};
use serde_json::{Value, json};

/// Checks are slow without optimisation and on busy machines.
const PATIENCE: Duration = Duration::from_mins(1);

/// An editor with a script.
struct Editor {
    input: Option<Box<dyn Write>>,
    messages: Receiver<Value>,
    kept: VecDeque<Value>,
    last: i64,
    child: Option<Child>,
    over: Option<std::thread::JoinHandle<bool>>,
}

impl Editor {
    fn over(input: Box<dyn Write>, output: impl Read + Send + 'static) -> Self {
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = message(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { input: Some(input), messages, kept: VecDeque::new(), last: 0, child: None, over: None }
    }

    /// The real program.
    fn program() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_realint"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let (input, output) = (child.stdin.take().expect("its input"), child.stdout.take().expect("its output"));
        Self { child: Some(child), ..Self::over(Box::new(input), output) }
    }

    /// The library, with a check of the test's own.
    fn with(checker: Arc<dyn Check>) -> Self {
        let (heard, input) = std::io::pipe().expect("a pipe");
        let (output, said) = std::io::pipe().expect("a pipe");
        let over = std::thread::spawn(move || serve(BufReader::new(heard), said, checker).expect("a server"));
        Self { over: Some(over), ..Self::over(Box::new(input), output) }
    }

    /// Started and introduced, with what the editor can do.
    fn introduced(mut self, able: Value) -> (Self, Value) {
        let params = json!({ "processId": null, "rootUri": null, "capabilities": able });
        let answer = self.request("initialize", params);
        self.notify("initialized", json!({}));
        (self, answer["result"].clone())
    }

    fn ready() -> Self {
        Self::program().introduced(json!({})).0
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("an open input");
        input.write_all(bytes).expect("an input");
        input.flush().expect("an input");
    }

    fn send(&mut self, message: &Value) {
        self.raw(framed(message).as_bytes());
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    fn answer(&mut self, id: i64) -> Value {
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The first message of a kind, now or to come.
    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at).expect("a message");
        }
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let message = self.messages.recv_timeout(left).expect("a message");
            if wanted(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    fn open(&mut self, uri: &str, language: &str, text: &str) {
        let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// What is published next of a document.
    fn published(&mut self, uri: &str) -> Value {
        let of = |m: &Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri;
        self.wait(of)["params"].clone()
    }

    /// What comes within a moment, everything else kept.
    fn more_published(&mut self, uri: &str) -> usize {
        while let Ok(message) = self.messages.recv_timeout(Duration::from_millis(400)) {
            self.kept.push_back(message);
        }
        let of = |m: &&Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri;
        self.kept.iter().filter(of).count()
    }

    fn at(&mut self, method: &str, uri: &str, text: &str, words: &str) -> Value {
        let params = json!({ "textDocument": { "uri": uri }, "position": position(text, words), "context": { "includeDeclaration": true } });
        self.request(&format!("textDocument/{method}"), params)["result"].clone()
    }

    fn leave(mut self) {
        assert_eq!(self.request("shutdown", Value::Null)["result"], Value::Null);
        self.notify("exit", Value::Null);
        if let Some(mut child) = self.child.take() {
            assert_eq!(child.wait().expect("an end").code(), Some(0));
        }
        if let Some(over) = self.over.take() {
            assert!(over.join().expect("an end"));
        }
    }
}

fn framed(message: &Value) -> String {
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

fn message(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some((_, number)) => length = number.parse().ok()?,
            None => break,
        }
    }
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The place right after the beginning of some words, in UTF-16.
fn position(text: &str, words: &str) -> Value {
    let at = text.find(words).expect("the words") + words.chars().next().map_or(0, char::len_utf8);
    end_of(&text[..at])
}

/// The place after a text.
fn end_of(text: &str) -> Value {
    let start = text.rfind('\n').map_or(0, |newline| newline + 1);
    json!({ "line": text.matches('\n').count(), "character": text[start..].encode_utf16().count() })
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn uri(path: &Path) -> String {
    lsp_types::Url::from_file_path(std::fs::canonicalize(path).expect("a path")).expect("an address").to_string()
}

fn codes(published: &Value) -> Vec<String> {
    let all = published["diagnostics"].as_array().expect("diagnostics");
    all.iter().map(|d| d["code"].as_str().unwrap_or_default().to_owned()).collect()
}

fn example(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path)).expect("an example")
}

/// Applies the edits of an action to a text.
fn applied(text: &str, action: &Value, uri: &str) -> String {
    let index = realint::language_server::LineIndex::new(text);
    let edit = &action["edit"]["changes"][uri][0];
    let range: lsp_types::Range = serde_json::from_value(edit["range"].clone()).expect("a range");
    let at = |position| index.offset(text, position, realint::language_server::Units::Utf16);
    let mut new = text.to_owned();
    new.replace_range(at(range.start)..at(range.end), edit["newText"].as_str().expect("a text"));
    new
}

const GAPPY: &str = "02-gappy-review/review.qmd";

#[test]
fn findings_come_on_open_change_and_save_and_go_on_close() {
    let text = example(GAPPY);
    let folder = folder(&[("review.qmd", &text)]);
    let uri = uri(&folder.path().join("review.qmd"));
    let mut editor = Editor::ready();
    editor.open(&uri, "quarto", &text);
    let first = editor.published(&uri);
    assert_eq!(first["version"], 1);
    assert!(codes(&first).contains(&"RS10".to_owned()), "{first}");
    let finding =
        first["diagnostics"].as_array().expect("diagnostics").iter().find(|d| d["code"] == "RS10").expect("RS10");
    assert_eq!((&finding["severity"], &finding["source"]), (&json!(1), &json!("realint")));
    assert_eq!(finding["range"]["start"], {
        let mut start = position(&text, "## Methods");
        start["character"] = json!(3);
        start
    });

    // A sentence that tells what was extracted, put in under the heading.
    let place = json!({ "line": position(&text, "## Methods")["line"].as_i64().map(|l| l + 1), "character": 0 });
    let said = "\nPassages on contexts, mechanisms and outcomes were copied from each document into a bespoke extraction form, since the theory is built from these.\n";
    editor.change(&uri, 2, json!([{ "range": { "start": place, "end": place }, "text": said }]));
    let second = editor.published(&uri);
    assert_eq!(second["version"], 2);
    assert!(!codes(&second).contains(&"RS10".to_owned()), "{second}");

    editor.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(codes(&editor.published(&uri)), codes(&second));
    editor.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(codes(&editor.published(&uri)), Vec::<String>::new());
    editor.leave();
}

#[test]
fn columns_are_counted_as_agreed() {
    let text = "---\ntitle: Ladders\n---\n\n<!-- 👩‍🔬👩‍🔬 --> <!-- realint-ignore -->\n\nText.\n";
    for (able, kind) in
        [(json!({}), "utf-16"), (json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } }), "utf-8")]
    {
        let (mut editor, answer) = Editor::program().introduced(able);
        assert_eq!(answer["capabilities"]["positionEncoding"], kind);
        // The emoji is 5 units of UTF-16 and 11 bytes; what is deleted is `Ladders`, then the second emoji.
        editor.open("file:///nowhere/a.md", "markdown", text);
        editor.published("file:///nowhere/a.md");
        let (from, to) = if kind == "utf-8" { (16, 27) } else { (10, 15) };
        let range = json!({ "start": { "line": 4, "character": from }, "end": { "line": 4, "character": to } });
        editor.change("file:///nowhere/a.md", 2, json!([
            { "range": range, "text": "" },
            { "range": { "start": { "line": 1, "character": 7 }, "end": { "line": 1, "character": 14 } }, "text": "A realist review of ladders" },
        ]));
        let symbols =
            editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": "file:///nowhere/a.md" } }));
        assert!(symbols["result"].is_array(), "{symbols}");
        let published = editor.published("file:///nowhere/a.md");
        assert!(codes(&published).contains(&"SUP002".to_owned()), "{published}");
        editor.leave();
    }
}

#[test]
fn a_burst_of_edits_is_answered_once() {
    let text = example(GAPPY);
    let uri = "file:///nowhere/review.qmd";
    let mut editor = Editor::ready();
    editor.open(uri, "quarto", &text);
    editor.published(uri);
    let mut burst = String::new();
    for version in 2..62 {
        let at = json!({ "line": 60, "character": 0 });
        let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "range": { "start": at, "end": at }, "text": "x" }] });
        burst += &framed(&json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": params }));
    }
    editor.raw(burst.as_bytes());
    let published = editor.published(uri);
    assert_eq!(published["version"], 61);
    assert_eq!(editor.more_published(uri), 0);
    editor.leave();
}

#[test]
fn every_line_end_and_character_keeps_the_texts_in_step() {
    let uri = "file:///nowhere/a.md";
    let mut editor = Editor::ready();
    let mut text = "# Aé\r\n\r\nOne 😀 two\ne\u{301}nd\r\n".to_owned();
    editor.open(uri, "markdown", &text);
    editor.published(uri);
    // Each edit as the editor sends it, and what it makes of the text.
    for (version, (start, end, new, bytes)) in
        (2..).zip([((2, 4), (2, 6), "👩‍🔬", 13..17), ((0, 4), (1, 0), "\r\n## B", 5..7), ((1, 0), (1, 0), "\n", 7..7)])
    {
        let range =
            json!({ "start": { "line": start.0, "character": start.1 }, "end": { "line": end.0, "character": end.1 } });
        editor.change(uri, version, json!([{ "range": range, "text": new }]));
        text.replace_range(bytes, new);
        let one = editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
        editor.published(uri);
        editor.change(uri, version + 100, json!([{ "text": text }]));
        let other = editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
        editor.published(uri);
        assert_eq!(one["result"], other["result"]);
    }
    editor.leave();
}

#[test]
fn what_is_no_message_is_refused_and_the_rest_is_served() {
    let mut editor = Editor::program();
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32002);
    let (mut editor, _) = editor.introduced(json!({}));
    editor.raw(b"Content-Length: 9\r\n\r\n{broken: ");
    assert_eq!(editor.wait(|m| m["error"]["code"] == -32700)["id"], Value::Null);
    editor.raw(b"Content-Length: 12\r\n\r\n[1, 2, 3, 4]");
    editor.wait(|m| m["error"]["code"] == -32600);
    editor.raw(b"Nonsense\r\nContent-Type: x\r\n\r\n");
    assert_eq!(editor.request("textDocument/rename", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.request("realint/unheard", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.request("textDocument/hover", json!({ "textDocument": 4 }))["error"]["code"], -32602);
    assert_eq!(editor.request("initialize", json!({}))["error"]["code"], -32600);
    let unopened =
        json!({ "textDocument": { "uri": "file:///nowhere/b.md" }, "position": { "line": 0, "character": 0 } });
    assert_eq!(editor.request("textDocument/hover", unopened)["result"], Value::Null);
    editor.notify("textDocument/didChange", json!({ "textDocument": 7 }));
    editor.notify("unheard/of", json!({ "a": 1 }));
    editor.open("file:///nowhere/a.md", "markdown", "# A\n");
    editor.published("file:///nowhere/a.md");
    let beyond = json!({ "textDocument": { "uri": "file:///nowhere/a.md" }, "position": { "line": 4_000_000, "character": 7_000_000 } });
    assert!(editor.request("textDocument/hover", beyond.clone())["error"].is_null());
    assert!(editor.request("textDocument/completion", beyond)["error"].is_null());
    assert_eq!(
        editor.request("textDocument/hover", json!({ "textDocument": { "uri": "file:///nowhere/a.md" } }))["error"]["code"],
        -32602
    );
    editor.leave();
}

#[test]
fn after_shutdown_nothing_is_served_and_an_end_without_it_is_told() {
    let mut editor = Editor::ready();
    editor.request("shutdown", Value::Null);
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32600);
    editor.notify("exit", Value::Null);
    assert_eq!(editor.child.take().expect("a child").wait().expect("an end").code(), Some(0));
    let mut gone = Editor::ready();
    gone.input = None;
    assert_eq!(gone.child.take().expect("a child").wait().expect("an end").code(), Some(1));
}

#[test]
fn a_huge_document_keeps_nobody_waiting_and_may_be_closed_while_it_is_checked() {
    let mut editor = Editor::ready();
    let huge = example("01-clean-review/review.md").repeat(60);
    editor.open("file:///nowhere/huge.md", "markdown", &huge);
    editor.open("file:///nowhere/small.qmd", "quarto", &example(GAPPY));
    assert!(!codes(&editor.published("file:///nowhere/small.qmd")).is_empty());
    editor.notify("textDocument/didClose", json!({ "textDocument": { "uri": "file:///nowhere/huge.md" } }));
    // What is waited for is taken back, and its check says nothing more.
    while let Ok(message) = editor.messages.recv_timeout(Duration::from_secs(3)) {
        editor.kept.push_back(message);
    }
    let late = editor.kept.iter().filter(|m| m["params"]["uri"] == "file:///nowhere/huge.md");
    assert!(late.into_iter().all(|m| m["params"]["diagnostics"] == json!([])));
    editor.leave();
}

#[test]
fn a_cancelled_request_is_answered_as_such() {
    let mut editor = Editor::ready();
    let uri = "file:///nowhere/huge.md";
    editor.open(uri, "markdown", &example("01-clean-review/review.md").repeat(20));
    let id = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    editor.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(editor.answer(id)["error"]["code"], -32800);
    editor.notify("$/cancelRequest", json!({ "id": 4711 }));
    assert!(
        editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }))["result"].is_array()
    );
    editor.leave();
}

/// Checks as ever, but for texts that say otherwise.
#[derive(Default)]
struct Crashing {
    inner: Checker,
    seen: Mutex<Vec<PathBuf>>,
}

impl Check for Crashing {
    fn check(&self, job: &Job) -> Result<Checked, Error> {
        self.seen.lock().expect("a list").push(job.path.clone());
        assert!(!job.text.contains("CRASH"), "as asked");
        self.inner.check(job)
    }

    fn closed(&self, path: &Path, open: &OpenTexts) -> Option<Arc<Checked>> {
        self.inner.closed(path, open)
    }

    fn forget(&self) {
        self.inner.forget();
    }
}

#[test]
fn a_crash_in_one_document_leaves_the_others_served() {
    let (mut editor, _) = Editor::with(Arc::new(Crashing::default())).introduced(json!({}));
    editor.open("file:///nowhere/bad.md", "markdown", "# CRASH\n");
    editor.open("file:///nowhere/good.qmd", "quarto", &example(GAPPY));
    let bad = editor.published("file:///nowhere/bad.md");
    assert!(bad["diagnostics"][0]["message"].as_str().expect("a message").contains("crashed"), "{bad}");
    assert!(!codes(&editor.published("file:///nowhere/good.qmd")).is_empty());
    editor.wait(|m| m["method"] == "window/showMessage");
    let hover =
        json!({ "textDocument": { "uri": "file:///nowhere/bad.md" }, "position": { "line": 0, "character": 3 } });
    assert_eq!(editor.request("textDocument/hover", hover)["result"], Value::Null);
    // It crashes again and is marked again, but that isn't told twice; mended it is served.
    editor.change("file:///nowhere/bad.md", 2, json!([{ "text": "# CRASH again\n" }]));
    editor.published("file:///nowhere/bad.md");
    editor.change("file:///nowhere/bad.md", 3, json!([{ "text": "# Mended\n" }]));
    assert_eq!(codes(&editor.published("file:///nowhere/bad.md")), Vec::<String>::new());
    assert!(editor.kept.iter().all(|m| m["method"] != "window/showMessage"));
    editor.leave();
}

const REVIEW: &str = "---\ntitle: \"Why ladders come back: a realist review\"\nbibliography: refs.bib\n---\n\n# Results\n\n## Lending\n\n**CMOC 1.** Where neighbours know one another (C), a borrowed ladder feels like a favour (M), so it is returned (O) [@hill2020; @dale2019].\n\n**CMOC 2.** Where a deposit is taken (C), borrowing feels like a purchase (M), so it is kept (O) [@dale2019].\n\n# Discussion\n\nAs CMOC 1 and IPT 1 show, and unlike CMOC 2, favours count [@hill2020].\n";
const BIB: &str = "@article{hill2020,\n  author = {Hill, Anna},\n  title = {Favours on a street},\n  year = {2020}\n}\n\n@article{dale2019,\n  author = {Dale, Ben},\n  title = {Deposits},\n  year = {2019}\n}\n";
const PROTOCOL: &str = "schema = \"realist-protocol/1\"\nkind = \"realist_review\"\ntitle = \"Why ladders come back: protocol of a realist review\"\n\n[[initial_programme_theories]]\nid = \"IPT1\"\ncontext = \"streets where people know one another\"\nmechanism_response = \"lending is a favour\"\noutcome = \"ladders come back\"\n";

fn project() -> (tempfile::TempDir, String, String, String) {
    let folder = folder(&[("review.qmd", REVIEW), ("refs.bib", BIB), ("protocol.toml", PROTOCOL)]);
    let at = |name: &str| uri(&folder.path().join(name));
    let (review, bib, protocol) = (at("review.qmd"), at("refs.bib"), at("protocol.toml"));
    (folder, review, bib, protocol)
}

#[test]
fn labels_and_keys_lead_to_what_they_name_in_every_file() {
    let (_folder, review, bib, protocol) = project();
    let mut editor = Editor::ready();
    editor.open(&review, "quarto", REVIEW);
    let found = editor.at("definition", &review, REVIEW, "CMOC 1 and IPT");
    assert_eq!((&found[0]["uri"], &found[0]["range"]["start"]["line"]), (&json!(review), &json!(9)), "{found}");
    let found = editor.at("definition", &review, REVIEW, "IPT 1 show");
    assert_eq!((&found[0]["uri"], &found[0]["range"]["start"]["line"]), (&json!(protocol), &json!(5)), "{found}");
    let found = editor.at("definition", &review, REVIEW, "hill2020]");
    assert_eq!(
        (&found[0]["uri"], &found[0]["range"]["start"]),
        (&json!(bib), &json!({ "line": 0, "character": 9 })),
        "{found}"
    );

    let lines = |found: &Value| -> Vec<(String, i64)> {
        let all = found.as_array().expect("places").iter();
        let mut all: Vec<_> = all
            .map(|p| {
                (
                    p["uri"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned(),
                    p["range"]["start"]["line"].as_i64().unwrap_or_default(),
                )
            })
            .collect();
        all.sort();
        all
    };
    let found = editor.at("references", &review, REVIEW, "CMOC 2,");
    assert_eq!(lines(&found), [("review.qmd".into(), 11), ("review.qmd".into(), 15)]);
    let found = editor.at("references", &review, REVIEW, "dale2019");
    assert_eq!(lines(&found), [("refs.bib".into(), 6), ("review.qmd".into(), 9), ("review.qmd".into(), 11)]);
    // From the bibliography, and from the protocol.
    editor.open(&bib, "bibtex", BIB);
    let found = editor.at("references", &bib, BIB, "hill2020");
    assert_eq!(lines(&found), [("refs.bib".into(), 0), ("review.qmd".into(), 9), ("review.qmd".into(), 15)]);
    editor.open(&protocol, "toml", PROTOCOL);
    let found = editor.at("references", &protocol, PROTOCOL, "IPT1");
    assert_eq!(lines(&found), [("protocol.toml".into(), 5), ("review.qmd".into(), 15)]);
    editor.leave();
}

#[test]
fn hovers_show_parts_support_reasons_sources_and_fields() {
    let (_folder, review, _, protocol) = project();
    let mut editor = Editor::ready();
    editor.open(&review, "quarto", REVIEW);
    let shown = |hover: &Value| hover["contents"]["value"].as_str().unwrap_or_default().to_owned();
    let card = shown(&editor.at("hover", &review, REVIEW, "CMOC 1 and"));
    for words in
        ["CMOC 1", "Context: ", "neighbours know one another", "Mechanism: ", "Outcome: ", "Support: ", "hill2020"]
    {
        assert!(card.contains(words), "{words}: {card}");
    }
    let theory = shown(&editor.at("hover", &review, REVIEW, "IPT 1 show"));
    assert!(theory.contains("lending is a favour") && theory.contains("Support: *not found*"), "{theory}");
    let source = shown(&editor.at("hover", &review, REVIEW, "hill2020]"));
    assert!(source.contains("Hill, Anna, 2020, Favours on a street"), "{source}");
    let finding = shown(&editor.at("hover", &review, REVIEW, "Why ladders"));
    assert!(finding.contains("*Why:*") && finding.contains("*What to do:*"), "{finding}");
    editor.open(&protocol, "toml", PROTOCOL);
    let field = shown(&editor.at("hover", &protocol, PROTOCOL, "mechanism_response"));
    assert!(field.starts_with("`mechanism_response`"), "{field}");
    editor.leave();
}

#[test]
fn symbols_are_sections_with_their_configurations_and_fields() {
    let (_folder, review, _, protocol) = project();
    let mut editor = Editor::ready();
    editor.open(&review, "quarto", REVIEW);
    editor.open(&protocol, "toml", PROTOCOL);
    let symbols = editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": review } }));
    let results = &symbols["result"][0];
    assert_eq!(
        (&results["name"], &results["children"][0]["name"]),
        (&json!("Results"), &json!("Lending")),
        "{symbols}"
    );
    let stated = results["children"][0]["children"].as_array().expect("configurations");
    assert_eq!(stated.iter().map(|s| &s["name"]).collect::<Vec<_>>(), ["CMOC 1", "CMOC 2"]);
    let symbols = editor.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": protocol } }));
    let names: Vec<&str> =
        symbols["result"].as_array().expect("fields").iter().filter_map(|s| s["name"].as_str()).collect();
    assert_eq!(names, ["schema", "kind", "title", "initial_programme_theories"]);
    editor.leave();
}

#[test]
fn headings_show_the_status_of_items() {
    let text = example(GAPPY);
    let mut editor = Editor::ready();
    editor.open("file:///nowhere/review.qmd", "quarto", &text);
    let lenses =
        editor.request("textDocument/codeLens", json!({ "textDocument": { "uri": "file:///nowhere/review.qmd" } }));
    let all = lenses["result"].as_array().expect("lenses");
    let of = |heading: &str| {
        let line = position(&text, heading)["line"].clone();
        all.iter()
            .find(|l| l["range"]["start"]["line"] == line)
            .and_then(|l| l["command"]["title"].as_str())
            .unwrap_or_default()
    };
    assert!(of("## Methods").contains("RS10 not found"), "{lenses}");
    assert!(of("### Selecting the documents").contains("RS09 partial (lacks rigour)"), "{lenses}");
    assert!(all.iter().any(|l| l["command"]["title"].as_str().is_some_and(|t| t.contains("reported"))));
    editor.leave();
}

fn offered(editor: &mut Editor, uri: &str, text: &str, after: &str) -> Vec<String> {
    let at = text.find(after).expect("the words") + after.len();
    let place = end_of(&text[..at]);
    let answer =
        editor.request("textDocument/completion", json!({ "textDocument": { "uri": uri }, "position": place }));
    answer["result"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item["label"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn keys_labels_fields_and_words_are_offered() {
    let (folder, review, _, protocol) = project();
    let mut editor = Editor::ready();
    let text = format!("{REVIEW}\nAs told [@hi and by CMO\n");
    editor.open(&review, "quarto", &text);
    editor.published(&review);
    assert_eq!(offered(&mut editor, &review, &text, "told [@"), ["dale2019", "hill2020"]);
    assert_eq!(offered(&mut editor, &review, &text, "and by CMO"), ["CMOC 1", "CMOC 2"]);
    assert_eq!(offered(&mut editor, &review, &text, "As told"), Vec::<String>::new());
    let tex = "\\documentclass{article}\n\\begin{document}\nAs told \\citep[see][p. 4]{hill2020, da\n\\bibliography{refs}\n\\end{document}\n";
    let path = uri(folder.path()) + "/thesis.tex";
    editor.open(&path, "latex", tex);
    assert_eq!(offered(&mut editor, &path, tex, "hill2020, da"), ["dale2019", "hill2020"]);
    let toml = format!("{PROTOCOL}\n[selection]\nri\n\n[[searches]]\npurpose = \"\n");
    editor.open(&protocol, "toml", &toml);
    editor.published(&protocol);
    assert!(offered(&mut editor, &protocol, &toml, "[selection]\nri").contains(&"rigour".to_owned()));
    assert!(offered(&mut editor, &protocol, &toml, "purpose = \"").contains(&"supplementary".to_owned()));
    let yaml =
        "schema: realist-protocol/1\nkind: realist_review\nsearches:\n  - id: S1\n    pu\nselection:\n  ri\nfu\n";
    let path = uri(folder.path()) + "/protocol.yaml";
    editor.open(&path, "yaml", yaml);
    editor.published(&path);
    assert!(offered(&mut editor, &path, yaml, "    pu").contains(&"purpose".to_owned()));
    assert!(offered(&mut editor, &path, yaml, "  ri").contains(&"rigour".to_owned()));
    let outermost = offered(&mut editor, &path, yaml, "\nfu");
    assert!(outermost.contains(&"funding".to_owned()) && !outermost.contains(&"kind".to_owned()), "{outermost:?}");
    editor.leave();
}

/// Every action on every finding of a text, with what it makes of the text, and the code.
fn all_actions(editor: &mut Editor, uri: &str, published: &Value, text: &str) -> Vec<(String, String, String)> {
    let mut made = Vec::new();
    for diagnostic in published["diagnostics"].as_array().expect("diagnostics") {
        let params = json!({ "textDocument": { "uri": uri }, "range": diagnostic["range"], "context": { "diagnostics": [diagnostic] } });
        let actions = editor.request("textDocument/codeAction", params);
        let own = actions["result"].as_array().expect("actions").iter();
        // Those that say that they are about this one.
        for action in own.filter(|action| action["diagnostics"][0] == *diagnostic) {
            let title = action["title"].as_str().expect("a title").to_owned();
            made.push((diagnostic["code"].as_str().expect("a code").to_owned(), title, applied(text, action, uri)));
        }
    }
    made
}

#[test]
fn suppressions_silence_what_they_are_offered_for() {
    for (file, language) in
        [(GAPPY, "quarto"), ("04-protocol-file/gappy-protocol.yaml", "yaml"), ("review-project/protocol.toml", "toml")]
    {
        let Ok(text) = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file))
        else {
            panic!("{file}")
        };
        let uri = format!("file:///nowhere/{}", file.rsplit('/').next().unwrap_or_default());
        let mut editor = Editor::ready();
        editor.open(&uri, language, &text);
        let published = editor.published(&uri);
        let made = all_actions(&mut editor, &uri, &published, &text);
        let count = |published: &Value, code: &str| codes(published).iter().filter(|c| *c == code).count();
        for (version, (code, title, new)) in (2..).zip(made.iter().filter(|(_, t, _)| t.contains("with a reason"))) {
            editor.change(&uri, version, json!([{ "text": new }]));
            let after = editor.published(&uri);
            assert!(count(&after, code) < count(&published, code), "{file}: {title}:\n{new}");
            assert_eq!(count(&after, "SUP001") + count(&after, "SUP002"), 0, "{file}: {title}");
        }
        editor.leave();
    }
}

#[test]
fn skeletons_come_from_the_rules_and_stand_where_the_item_belongs() {
    let text = example(GAPPY);
    let uri = "file:///nowhere/review.qmd";
    let mut editor = Editor::ready();
    editor.open(uri, "quarto", &text);
    let published = editor.published(uri);
    let made = all_actions(&mut editor, uri, &published, &text);
    let (_, _, new) =
        made.iter().find(|(code, title, _)| code == "RS10" && title.starts_with("Begin")).expect("a skeleton");
    let (methods, results) = (new.find("## Methods").expect("methods"), new.find("## Results").expect("results"));
    let heading = new.find("### Data extraction").expect("a heading");
    assert!(methods < heading && heading < results, "{new}");
    assert!(new[heading..results].contains("RS10 (Data extraction): Say which data"), "{new}");
    let (_, _, noted) =
        made.iter().find(|(code, title, _)| code == "RS09" && title.starts_with("Note")).expect("a note");
    assert!(noted.contains("- rigour: "), "{noted}");
    // A skeleton is no report: the item is still not found.
    editor.change(uri, 2, json!([{ "text": new }]));
    assert!(codes(&editor.published(uri)).contains(&"RS10".to_owned()));

    let tex = "\\documentclass{article}\n\\title{Ladders: a realist review}\n\\begin{document}\n\\maketitle\n\\section{Methods}\nWe searched Scopus.\n\\section{Results}\nLadders come back.\n\\end{document}\n";
    let folder = folder(&[("review.tex", tex), ("realint.toml", "stage = \"report\"\n")]);
    let uri = &self::uri(&folder.path().join("review.tex"));
    editor.open(uri, "latex", tex);
    let published = editor.published(uri);
    let made = all_actions(&mut editor, uri, &published, tex);
    let (_, _, new) =
        made.iter().find(|(code, title, _)| code == "RS10" && title.starts_with("Begin")).expect("a skeleton");
    assert!(new.contains("We searched Scopus.\n\n\\subsection{Data extraction}\n\n% RS10"), "{new}");
    let (_, _, silenced) =
        made.iter().find(|(code, title, _)| code == "RS10" && title.contains("with a reason")).expect("a comment");
    assert!(silenced.contains("% realint-ignore RS10: TODO: say why\n\\section{Methods}"), "{silenced}");
    editor.leave();
}

#[test]
fn fields_that_a_protocol_lacks_are_added_where_they_belong() {
    let toml = "schema = \"realist-protocol/1\"\nkind = \"realist_review\"\ntitle = \"Ladders: protocol of a realist review\"\n\n[registration]\nregistry = \"OSF\"\n\n[[searches]]\nid = \"S1\"\npurpose = \"main\"\n\n[selection]\nrelevance = \"whether it bears on a theory\"\n";
    let yaml = "schema: realist-protocol/1\nkind: realist_review\ntitle: \"Ladders: protocol of a realist review\"\nregistration:\n  registry: OSF\nsearches:\n  - id: S1\n    purpose: main\nselection:\n  relevance: whether it bears on a theory\n";
    for (language, text) in [("toml", toml), ("yaml", yaml)] {
        let uri = format!("file:///nowhere/protocol.{language}");
        let mut editor = Editor::ready();
        editor.open(&uri, language, text);
        let published = editor.published(&uri);
        let made = all_actions(&mut editor, &uri, &published, text);
        let added: Vec<_> = made.iter().filter(|(_, title, _)| title.starts_with("Add the field")).collect();
        assert!(added.len() > 10, "{made:?}");
        for (version, (code, title, new)) in (2..).zip(added) {
            editor.change(&uri, version, json!([{ "text": new }]));
            let after = editor.published(&uri);
            let broken = codes(&after).iter().any(|c| ["PRO701", "PRO702", "PRO704", "PRO705"].contains(&c.as_str()));
            assert!(!broken, "{code} {title}: {after}\n{new}");
            let field = title.split('`').nth(1).expect("a field");
            let name = field.rsplit('.').next().unwrap_or_default();
            let lacks = |published: &Value| {
                let all = published["diagnostics"].as_array().expect("diagnostics").iter();
                all.filter(|d| {
                    d["code"] == *code
                        && d["message"].as_str().is_some_and(|m| {
                            m.contains(&format!("`{name}` not found"))
                                || m.contains(&format!("`{name}`,"))
                                || m.contains(&format!("`{name}` and"))
                        })
                })
                .count()
            };
            assert!(lacks(&after) < lacks(&published).max(1), "{code} {title}: {after}\n{new}");
        }
        editor.leave();
    }
}

#[test]
fn parts_of_a_thesis_are_checked_in_the_whole() {
    let main = "\\documentclass{report}\n\\title{Ladders: a realist review}\n\\begin{document}\n\\maketitle\n\\include{methods}\n\\end{document}\n";
    let part = "\\chapter{Methods}\nScopus was searched.\n";
    let folder = folder(&[("thesis.tex", main), ("methods.tex", part), ("realint.toml", "stage = \"report\"\n")]);
    let path = folder.path();
    let (main_uri, part_uri) = (uri(&path.join("thesis.tex")), uri(&path.join("methods.tex")));
    let mut editor = Editor::ready();
    editor.open(&part_uri, "latex", part);
    let published = editor.published(&part_uri);
    assert!(codes(&published).contains(&"RS10".to_owned()), "{published}");
    assert_eq!(published["diagnostics"][0]["range"]["start"]["line"], 0);
    // Unsaved words of the part count in the whole.
    editor.open(&main_uri, "latex", main);
    editor.published(&main_uri);
    let said = "Passages on contexts, mechanisms and outcomes were copied from each document into a bespoke extraction form, since the theory is built from these.\n";
    editor.change(&part_uri, 2, json!([{ "text": format!("{part}{said}") }]));
    editor.wait(|m| {
        m["params"]["uri"] == part_uri
            && m["params"]["version"] == 2
            && !codes(&m["params"]).contains(&"RS10".to_owned())
    });
    editor.leave();
}

#[test]
fn the_configuration_is_heeded_and_read_anew_when_it_is_saved() {
    let text = example(GAPPY);
    let folder = folder(&[("review.qmd", &text), ("realint.toml", "ignore = [\"RS10\"]\n")]);
    let (review, config) = (uri(&folder.path().join("review.qmd")), folder.path().join("realint.toml"));
    let mut editor = Editor::ready();
    editor.open(&review, "quarto", &text);
    assert!(!codes(&editor.published(&review)).contains(&"RS10".to_owned()));
    std::fs::write(&config, "ignore = []\n").expect("a file");
    editor.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri(&config) } }));
    assert!(codes(&editor.published(&review)).contains(&"RS10".to_owned()));
    std::fs::write(&config, "ignore = [\"RS99\"]\n").expect("a file");
    editor.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&config), "type": 2 }] }));
    assert!(codes(&editor.published(&review)).contains(&"RS10".to_owned()));
    let told = editor.wait(|m| m["method"] == "window/showMessage");
    assert!(told["params"]["message"].as_str().expect("a message").contains("RS99"), "{told}");
    editor.leave();
}

#[test]
fn files_of_a_project_are_checked_together() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/review-project");
    let uri = uri(&root.join("review.md"));
    let text = std::fs::read_to_string(root.join("review.md")).expect("the review");
    let mut editor = Editor::ready();
    editor.open(&uri, "markdown", &text);
    let published = editor.published(&uri);
    assert!(
        codes(&published).iter().any(|code| code.starts_with("REF")
            || code.starts_with("DRIFT")
            || code.starts_with("BIB")
            || code.starts_with("PRJ")
            || code.starts_with("EVT")
            || code.starts_with("PLAN")),
        "{published}"
    );
    editor.leave();
}

#[test]
fn what_is_remembered_changes_no_finding() {
    let rules = realint::rule::load::shipped().expect("the rules");
    let text = example(GAPPY);
    let report = |text: &str, settings: &realint::check::Settings| {
        let path = Path::new("review.qmd");
        let library = realint::read::NoLibrary;
        let reports = realint::check::check(path, text.as_bytes(), None, &library, &rules, settings).expect("a report");
        serde_json::to_string(&reports).expect("JSON")
    };
    let remembering = realint::check::Settings { memory: Some(Arc::default()), ..Default::default() };
    let lines: Vec<&str> = text.lines().collect();
    for left_out in (0..lines.len()).step_by(23) {
        let edited = [&lines[..left_out], &lines[(left_out + 1)..]].concat().join("\n");
        assert_eq!(report(&edited, &remembering), report(&edited, &realint::check::Settings::default()));
    }
}
