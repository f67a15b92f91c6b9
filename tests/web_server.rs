//! The web application over real sockets: who is answered, what is refused, and that nothing that is handed
//! in takes it down. tests/browser uses it in a browser.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use realint::check::{self, Settings};
use realint::error::Error;
use realint::read::NoLibrary;
use realint::report::DocumentReport;
use realint::rule::{RuleSet, load};
use realint::web_server::{Checker, Limits, Server};

const REVIEW: &str = include_str!("../examples/02-gappy-review/review.qmd");
const CLEAN: &str = include_str!("../examples/01-clean-review/review.md");
const WORD: &[u8] = include_bytes!("fixtures/docx/word/input.docx");
const BOUNDARY: Duration = Duration::from_mins(1);

/// A server in a thread of its own.
struct Served {
    host: String,
    path: String,
    running: Option<JoinHandle<()>>,
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .head
            .lines()
            .find(|line| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name)))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

/// Checks as the command does, but for files by these names.
fn checker(rules: &Arc<RuleSet>) -> Arc<Checker> {
    let rules = Arc::clone(rules);
    Arc::new(move |name: &str, bytes: &[u8]| -> Result<Vec<DocumentReport>, Error> {
        match name {
            "crash.md" => panic!("a parser met what it did not expect"),
            "slow.md" => std::thread::sleep(Duration::from_secs(3)),
            _ => {}
        }
        let settings = Settings { keep_manuscript: true, ..Settings::default() };
        check::check(Path::new(name), bytes, None, &NoLibrary, &rules, &settings)
    })
}

impl Served {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let rules = Arc::new(load::shipped().unwrap());
        let server = Server::bind(0, checker(&rules), rules, limits).unwrap();
        let address = server.address();
        let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
        assert!(host.starts_with("127.0.0.1:"), "it listens on the loopback interface: {address}");
        assert!(path.len() > 20, "nobody guesses the address: {address}");
        let (host, path) = (host.to_owned(), format!("/{path}"));
        Self { host, path, running: Some(std::thread::spawn(move || server.run().unwrap())) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(BOUNDARY)).unwrap();
        stream
    }

    /// Sends a request as it is and reads the answer to its end.
    fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        answer(stream)
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {}{path} HTTP/1.1\r\nConnection: close\r\n", self.path);
        let own = format!("http://{}", self.host);
        let mut all = vec![("Host", self.host.as_str())];
        if method != "GET" {
            all.push(("Origin", own.as_str()));
        }
        all.retain(|(name, _)| headers.iter().all(|(other, _)| !other.eq_ignore_ascii_case(name)));
        all.extend(headers);
        for (name, value) in all.iter().filter(|(_, value)| !value.is_empty()) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.raw(&[request.as_bytes(), b"\r\n", body].concat())
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], b"")
    }

    fn post(&self, path: &str, form: &str) -> Answer {
        self.request("POST", path, &[("Content-Type", "application/x-www-form-urlencoded")], form.as_bytes())
    }

    /// Hands a file in and gives its number.
    #[track_caller]
    fn hand_in(&self, name: &str, bytes: &[u8]) -> u64 {
        let answer = self.request("POST", &format!("files?name={name}"), &[], bytes);
        assert_eq!(answer.status, 202, "{}", answer.text());
        let number: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        number["id"].as_u64().unwrap()
    }

    /// Waits until nothing is being checked, and gives the list.
    fn settled(&self) -> String {
        let until = Instant::now() + BOUNDARY;
        loop {
            let list = self.get("list").text();
            if !list.contains("data-busy=\"true\"") {
                return list;
            }
            assert!(Instant::now() < until, "{list}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn checked(&self, name: &str, bytes: &[u8]) -> u64 {
        let id = self.hand_in(name, bytes);
        let list = self.settled();
        assert!(list.contains(&format!("href=\"files/{id}\"")), "{list}");
        id
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let end = self.post("end", "");
        if !std::thread::panicking() {
            assert_eq!(end.status, 200, "{}", end.text());
            self.running.take().unwrap().join().unwrap();
        }
    }
}

fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A server that refuses a body may close before it has read all of it.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Answer { status, head, body: bytes.get(end + 4..).unwrap_or_default().to_vec() }
}

#[test]
fn a_file_is_handed_in_and_its_report_read() {
    let served = Served::new();
    let home = served.get("");
    assert_eq!(home.status, 200);
    assert!(home.text().contains("Choose files"), "{}", home.text());
    let policy = home.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(home.header("cache-control"), Some("no-store"));
    for part in ["app.css", "app.js", "report.css", "report.js"] {
        assert_eq!(served.get(part).status, 200, "{part}");
    }
    let id = served.checked("draft.qmd", REVIEW.as_bytes());
    let list = served.get("list").text();
    assert!(list.contains("realist syntheses: 7 findings"), "{list}");
    assert!(!list.contains("commented.docx"), "only Word documents hold comments");
    let report = served.get(&format!("files/{id}"));
    assert_eq!(report.status, 200);
    let text = report.text();
    assert!(text.contains("Borrowed screens") && text.contains("data-code=\"RS10\""), "the report is there");
    assert!(!text.contains("<style") && !text.contains("<script>"), "the policy allows nothing inline");
    assert_eq!(served.post(&format!("files/{id}/remove"), "").status, 303);
    assert_eq!(served.get(&format!("files/{id}")).status, 404);
    assert!(served.get("list").text().contains("There are none yet"));
}

#[test]
fn other_hosts_and_origins_are_refused() {
    let served = Served::new();
    let id = served.checked("draft.qmd", REVIEW.as_bytes());
    let report = format!("files/{id}");
    let refused = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let answer = served.request(method, path, headers, b"");
        assert_eq!(answer.status, 403, "{method} {path} {headers:?}: {}", answer.text());
        assert!(!answer.text().contains("Borrowed"), "{headers:?}");
        assert!(answer.header("access-control-allow-origin").is_none());
    };
    for host in ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost", "127.0.0.1.example.org:80", "0.0.0.0:80"] {
        refused("GET", &report, &[("Host", host)]);
    }
    for origin in ["http://example.org", "null", "http://127.0.0.1", "https://localhost:1"] {
        refused("GET", &report, &[("Origin", origin)]);
        refused("POST", "files?name=a.md", &[("Origin", origin)]);
        refused("POST", &format!("{report}/remove"), &[("Origin", origin)]);
    }
    refused("POST", &format!("{report}/remove"), &[("Origin", "")]);
    refused("GET", &report, &[("Sec-Fetch-Site", "cross-site")]);
    refused("GET", &report, &[("Sec-Fetch-Site", "same-site")]);
    // Another user of the machine doesn't know the secret.
    let host = &served.host;
    for path in ["/", "/files/1", "/AAAAAAAAAAAAAAAAAAAAAA/", "//", "/../"] {
        let answer = served.raw(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes());
        assert_eq!(answer.status, 404, "{path}");
    }
    let without_host = served.raw(format!("GET {}list HTTP/1.1\r\nConnection: close\r\n\r\n", served.path).as_bytes());
    assert!([400, 403].contains(&without_host.status), "{}", without_host.head);
    assert_eq!(served.get(&report).status, 200, "nothing was removed");
    let local = served.host.replace("127.0.0.1", "localhost");
    assert_eq!(served.request("GET", &report, &[("Host", local.as_str())], b"").status, 200);
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let served = Served::with(Limits { file: 100_000, ..Limits::default() });
    let (host, path) = (&served.host, &served.path);
    let head = format!(
        "POST {path}files?name=a.md HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n"
    );
    let announced = served.raw(format!("{head}Content-Length: 99999999999\r\n\r\n").as_bytes());
    assert_eq!(announced.status, 413, "{}", announced.head);
    assert!(announced.text().contains("too large"), "{}", announced.text());
    // Without an announced length it is the bytes that are counted.
    let mut stream = served.connect();
    stream.write_all(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).unwrap();
    let chunk = [b"4000\r\n".as_slice(), &[b'a'; 0x4000], b"\r\n"].concat();
    for _ in 0..20 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let _ = stream.write_all(b"0\r\n\r\n");
    assert_eq!(answer(stream).status, 413);
    assert!(served.settled().contains("There are none yet"));
    assert_eq!(served.request("POST", "files?name=a.md", &[], &vec![b'a'; 100_000]).status, 202, "this much is taken");
}

#[test]
fn what_does_not_arrive_whole_is_refused() {
    let served = Served::with(Limits { upload: Duration::from_millis(300), ..Limits::default() });
    let (host, path) = (&served.host, &served.path);
    let head = format!(
        "POST {path}files?name=a.md HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly this"
    );
    let mut cut = served.connect();
    cut.write_all(head.as_bytes()).unwrap();
    cut.shutdown(Shutdown::Write).unwrap();
    assert!([0, 400].contains(&answer(cut).status));
    let stalled = served.raw(head.as_bytes());
    assert_eq!(stalled.status, 408, "{}", stalled.text());
    drop(served.connect());
    let garbled = served.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP\r\n\r\n");
    assert!([0, 400].contains(&garbled.status));
    assert!(served.settled().contains("There are none yet"));
    served.checked("draft.qmd", REVIEW.as_bytes());
}

/// With room for one connection, all others wait for it to end.
#[test]
fn slow_clients_are_cut_off() {
    let (silence, connection) = (Duration::from_millis(300), Duration::from_millis(700));
    let served = Served::with(Limits { connections: 1, silence, connection, ..Limits::default() });
    let (host, path) = (&served.host, &served.path);
    let quick = |what: &str| {
        let start = Instant::now();
        assert_eq!(served.get("list").status, 200, "{what}");
        assert!(start.elapsed() < Duration::from_secs(15), "{what}");
    };
    let silent = served.connect();
    quick("one who says nothing");
    drop(silent);

    let mut dripping = served.connect();
    let dripped = std::thread::spawn(move || {
        let start = Instant::now();
        while start.elapsed() < BOUNDARY && dripping.write_all(b"G").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
        start.elapsed()
    });
    quick("one who says what they want a letter at a time");
    assert!(dripped.join().unwrap() < Duration::from_secs(15));

    // One who asks and never reads: more than the buffers of both ends hold.
    let mut deaf = served.connect();
    let request = format!("GET {path}report.css HTTP/1.1\r\nHost: {host}\r\n\r\n");
    deaf.write_all(request.repeat(3000).as_bytes()).unwrap();
    quick("one who never reads");
    drop(deaf);

    let mut idle = served.connect();
    idle.write_all(request.as_bytes()).unwrap();
    quick("one who was answered and stays");
    assert_eq!(answer(idle).status, 200);
}

/// An upload must have arrived in its time, however busily it drips.
#[test]
fn an_upload_in_drips_is_given_up() {
    let served = Served::with(Limits { upload: Duration::from_millis(500), ..Limits::default() });
    let (host, path) = (&served.host, &served.path);
    let mut dripping = served.connect();
    let head = format!(
        "POST {path}files?name=a.md HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 1000\r\n\r\n"
    );
    dripping.write_all(head.as_bytes()).unwrap();
    let reading = dripping.try_clone().unwrap();
    let start = Instant::now();
    let drips = std::thread::spawn(move || {
        for _ in 0..200 {
            if dripping.write_all(b"#").is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let mut status = String::new();
    BufReader::new(reading).read_line(&mut status).unwrap();
    assert!(status.contains(" 408 "), "{status}");
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    drips.join().unwrap();
    assert!(served.settled().contains("There are none yet"));
}

#[test]
fn ten_at_once_are_all_checked() {
    let served = Served::new();
    let ids: Vec<u64> = std::thread::scope(|scope| {
        let one = |n: usize| {
            let served = &served;
            scope.spawn(move || {
                let text = if n.is_multiple_of(2) { REVIEW } else { CLEAN };
                served.hand_in(&format!("draft-{n}.md"), text.as_bytes())
            })
        };
        (0..10).map(one).collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let list = served.settled();
    assert_eq!(list.matches("realist syntheses: ").count(), 10, "{list}");
    for id in ids {
        assert_eq!(served.get(&format!("files/{id}")).status, 200);
    }
}

#[test]
fn a_crash_is_an_answer_and_no_end() {
    let served = Served::new();
    let crashed = served.hand_in("crash.md", b"# A realist review\n");
    let id = served.checked("draft.qmd", REVIEW.as_bytes());
    let list = served.get("list").text();
    assert!(list.contains("realint crashed on this file"), "{list}");
    assert_eq!(served.get(&format!("files/{crashed}")).status, 422);
    assert_eq!(served.get(&format!("files/{id}")).status, 200);
}

#[test]
fn what_takes_too_long_is_given_up() {
    let served = Served::with(Limits { check: Duration::from_millis(200), checks: 2, ..Limits::default() });
    let slow = served.hand_in("slow.md", b"# A realist review\n");
    let list = served.settled();
    assert!(list.contains("slow.md was not checked within"), "{list}");
    assert_eq!(served.get(&format!("files/{slow}")).status, 422);
    served.checked("tiny.md", b"# A trial of tea\n\nWe randomised people.\n");
}

#[test]
fn what_cannot_be_read_says_why() {
    let served = Served::new();
    served.hand_in("empty.md", b"");
    served.hand_in("picture.docx", b"\x89PNG\r\n\x1a\n\0\0\0\0");
    served.hand_in("cut.docx", &WORD[..WORD.len() / 2]);
    served.hand_in("..%2F..%2Fetc%2Fpass%3Cb%3E%E2%80%AEwd.md", REVIEW.as_bytes());
    let list = served.settled();
    assert_eq!(list.matches("Not read: ").count(), 3, "{list}");
    assert!(list.contains("empty.md is empty"), "{list}");
    assert!(list.contains("pass&lt;b&gt;[U+202E]wd.md") && !list.contains("etc/"), "{list}");
    assert_eq!(served.get("files/99").status, 404);
    assert_eq!(served.get("files/x").status, 400);
    assert_eq!(served.get("compare?old=1").status, 400);
    assert_eq!(served.get("compare?old=1&new=2").status, 422);
}

#[test]
fn no_more_is_held_than_there_is_room_for() {
    let served = Served::with(Limits { files: 2, ..Limits::default() });
    let first = served.hand_in("a.md", CLEAN.as_bytes());
    served.hand_in("b.md", CLEAN.as_bytes());
    let full = served.request("POST", "files?name=c.md", &[], CLEAN.as_bytes());
    assert_eq!(full.status, 507, "{}", full.text());
    served.settled();
    served.post(&format!("files/{first}/remove"), "");
    served.checked("c.md", CLEAN.as_bytes());
}

#[test]
fn a_verdict_is_corrected_with_a_note_and_taken_back() {
    let served = Served::new();
    let id = served.checked("draft.qmd", REVIEW.as_bytes());
    let report = format!("files/{id}");
    let at = format!("{report}/verdicts/RS10");
    assert_eq!(served.post(&at, "verdict=reported&note=+").status, 422, "a correction says why");
    assert_eq!(served.post(&at, "verdict=perhaps&note=x").status, 422);
    assert_eq!(served.post(&format!("{report}/verdicts/RS99"), "verdict=reported&note=x").status, 404);
    assert!(served.get(&report).text().contains("data-code=\"RS10\""));
    let saved = served.post(&at, "verdict=reported&note=The+form+is+%3Cb%3Ein%3C%2Fb%3E+Appendix+B%0D%0AAsk+us.");
    assert_eq!((saved.status, saved.header("location")), (303, Some(format!("../../{id}#item-RS10").as_str())));
    let text = served.get(&report).text();
    assert!(
        text.contains(
            "<strong>By hand</strong> (realint: not found): The form is &lt;b&gt;in&lt;/b&gt; Appendix B\nAsk us.</p>"
        ),
        "both words are shown"
    );
    assert!(!text.contains("data-severity=\"error\" data-code=\"RS10\""), "its finding is silenced");
    assert!(text.contains("By a correction by hand"));
    let list = served.get("list").text();
    assert!(list.contains("6 findings, 1 verdict corrected by hand"), "{list}");
    let csv = served.get(&format!("{report}/checklist/csv")).text();
    let row = csv.lines().find(|line| line.contains("Data extraction")).unwrap();
    assert!(row.contains("reported; by hand, realint: not found") && row.contains("Appendix B"), "{row}");
    let table = served.get(&format!("{report}/checklist/md")).text();
    let row = table.lines().find(|line| line.contains("Data extraction")).unwrap();
    assert!(row.contains("reported; by hand, realint: not found") && row.contains("in&lt;/b&gt; Appendix B"), "{row}");
    assert!(table.contains("a person decided"), "{table}");
    let file = served.get(&format!("{report}/report.html")).text();
    assert!(file.contains("<strong>By hand</strong> (realint: not found)"), "it stays in what is saved");
    assert_eq!(served.post(&at, "").status, 303);
    assert!(served.get("list").text().contains("7 findings</p>"));
    assert!(!served.get(&report).text().contains("By hand"));
    assert!(!served.get(&format!("{report}/checklist/md")).text().contains("by hand"));
}

#[test]
fn files_are_saved_under_their_names() {
    let served = Served::new();
    let id = served.checked("Entw%C3%BCrfe%201.docx", WORD);
    let saved = |what: &str| served.get(&format!("files/{id}/{what}"));
    let checklist = saved("checklist/docx");
    assert_eq!(
        checklist.header("content-disposition"),
        Some("attachment; filename*=UTF-8''Entw%C3%BCrfe%201-checklist.docx")
    );
    assert!(checklist.body.starts_with(b"PK"));
    let commented = saved("commented.docx");
    assert!(commented.body.starts_with(b"PK") && commented.body.len() > WORD.len());
    assert!(served.get("list").text().contains("commented.docx"));
    let page = saved("report.html");
    assert!(page.text().contains("<style>"), "it needs no server");
    assert_eq!(saved("checklist/exe").status, 404);
    let markdown = served.checked("draft.qmd", REVIEW.as_bytes());
    assert_eq!(served.get(&format!("files/{markdown}/commented.docx")).status, 422);
}

#[test]
fn two_versions_are_compared() {
    let served = Served::new();
    let old = served.checked("old.qmd", REVIEW.as_bytes());
    assert!(!served.get("list").text().contains("Compare two versions"), "one file has no other version");
    let form = "### Data extraction\n\nFrom each included document passages about contexts, mechanisms and outcomes were copied into an extraction form that we had piloted on five documents.\n\n### Analysis";
    let new = served.checked("new.qmd", REVIEW.replace("### Analysis", form).as_bytes());
    assert!(served.get("list").text().contains("Compare two versions"));
    let page = served.get(&format!("compare?old={old}&new={new}"));
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Mended: 1 item. Broken: nothing."), "{}", page.text());
    assert!(!page.text().contains("By hand"));
    served.post(&format!("files/{old}/verdicts/RS10"), "verdict=reported&note=Appendix+B");
    let page = served.get(&format!("compare?old={old}&new={new}")).text();
    assert!(page.contains("</strong> in the old version: the verdict on RS10."), "{page}");
    assert!(!page.contains("Mended: 1 item"), "{page}");
    let export = served.hand_in("export.txt", b"TY  - JOUR\nTI  - Peer support: a realist review\nAB  - We asked how peer support works.\nER  - \n\nTY  - JOUR\nTI  - A trial of tea\nAB  - We randomised.\nER  - \n");
    assert!(served.settled().contains("2 manuscripts"));
    assert_eq!(served.get(&format!("files/{export}")).status, 200);
    assert_eq!(served.get(&format!("compare?old={old}&new={export}")).status, 422);
}

#[test]
fn hostile_text_is_only_text() {
    let served = Served::new();
    let hostile = "# <script>alert(1)</script> A realist review \u{202e}of tablets\n\n## Methods\n\nThis realist review searched Medline <img src=x onerror=alert(1)> \u{1b}[31m.\n";
    let id = served.checked("a.md", hostile.as_bytes());
    let text = served.get(&format!("files/{id}")).text();
    assert!(
        !text.contains("<script>alert")
            && !text.contains("<img")
            && !text.contains('\u{1b}')
            && !text.contains('\u{202e}')
    );
}

/// Refusals look like the other pages and lead back, from wherever they are.
#[test]
fn a_refusal_leads_back() {
    let served = Served::new();
    for (path, up) in [("nothing", "./"), ("files/99", "../"), ("files/99/report.html", "../../")] {
        let page = served.get(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(page.header("content-security-policy").is_some());
        let text = page.text();
        assert!(text.contains(&format!("<a href=\"{up}\">All files</a>")), "{path}: {text}");
        assert!(text.contains(&format!("href=\"{up}report.css\"")), "{path}: {text}");
    }
    let without_secret =
        served.raw(format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", served.host).as_bytes());
    assert_eq!(without_secret.status, 404);
    assert!(without_secret.text().contains("open the whole address"), "{}", without_secret.text());
}

/// Whatever is handed in, corrected and saved: the command leaves no file behind.
#[test]
fn nothing_is_kept_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_realint"));
    for name in ["HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
        command.env(name, folder.path());
    }
    let mut child = command.current_dir(&folder).args(["serve", "--no-open"]).stdout(Stdio::piped()).spawn().unwrap();
    let served = announced(&mut child);
    let id = served.checked("draft.docx", WORD);
    served.hand_in("broken.pdf", b"%PDF-1.7\nnothing more");
    served.settled();
    assert_eq!(served.post(&format!("files/{id}/verdicts/RS01"), "verdict=unclear&note=secret").status, 303);
    for what in ["report.html", "checklist/docx", "checklist/md", "commented.docx"] {
        assert_eq!(served.get(&format!("files/{id}/{what}")).status, 200, "{what}");
    }
    let kept = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert_eq!(kept(), Vec::<std::path::PathBuf>::new());
    drop(served);
    child.wait().unwrap();
    assert_eq!(kept(), Vec::<std::path::PathBuf>::new());
}

/// Reads where a command says that it is.
fn announced(child: &mut Child) -> Served {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("realint is at http://").unwrap();
    let (host, path) = address.split_once('/').unwrap();
    Served { host: host.to_owned(), path: format!("/{path}"), running: Some(std::thread::spawn(|| {})) }
}

/// The command: it says where it is, serves, and ends when it is asked to.
#[test]
fn the_command_serves_and_ends() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_realint"))
        .args(["serve", "--no-open"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let served = announced(&mut child);
    served.checked("draft.docx", WORD);
    let taken = served.host.rsplit(':').next().unwrap();
    let second =
        Command::new(env!("CARGO_BIN_EXE_realint")).args(["serve", "--no-open", "--port", taken]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("can't be served"));
    drop(served);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
