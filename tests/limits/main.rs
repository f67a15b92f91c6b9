//! Files and folders made to harm: each is given to the built program as a process of its own, whose time and
//! memory are measured and bounded from outside, so that a test fails and no machine is taken down.
//!
//! Plain `cargo test` tries them at sizes that an unoptimised build reads in seconds. In full size:
//! `HOSTILE_FULL=1 cargo test --release --test limits -- --nocapture --test-threads 1`, which prints what each
//! took as rows of a table (docs/robustness.md).
#![cfg(unix)]

mod files;
mod pdf;
mod terminal;

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tempfile::TempDir;
use wait4::Wait4 as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

static FULL: LazyLock<bool> = LazyLock::new(|| std::env::var_os("HOSTILE_FULL").is_some());

/// `full` in a full run, else `plain`.
fn size(full: usize, plain: usize) -> usize {
    if *FULL { full } else { plain }
}

/// What a run of the program came to.
struct Run {
    /// The exit code; `None` where a signal ended it, as when it broke a limit.
    code: Option<i32>,
    out: Vec<u8>,
    err: String,
    processor: Duration,
    /// The most memory that it had at once, in megabytes; 0 where the system doesn't say.
    memory: u64,
}

/// What a run may take.
#[derive(Clone, Copy)]
struct Most {
    seconds: u64,
    megabytes: u64,
}

/// Nothing small may take more than this; an unoptimised build is some five times slower.
const SMALL: Most = Most { seconds: 20, megabytes: 300 };

/// Runs realint in a folder under limits on processor time and address space. What it writes goes to files,
/// so that no pipe fills up.
fn run(folder: &Path, arguments: &[&str], most: Most) -> Run {
    run_after("", folder, arguments, most)
}

/// The same, with further commands of the shell before it.
fn run_after(before: &str, folder: &Path, arguments: &[&str], most: Most) -> Run {
    // Address space is more than memory: stacks and what the allocator keeps in reserve count in it.
    let space = (most.megabytes + 3 * 1024) * 1024;
    let limits = format!("ulimit -t {}; ulimit -v {space}; ulimit -c 0; {before} exec \"$@\"", most.seconds + 1);
    let (out, err) = (tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file"));
    let mut child = Command::new("sh")
        .args(["-c", &limits, "sh", env!("CARGO_BIN_EXE_realint")])
        .args(arguments)
        .current_dir(folder)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .stdout(out.try_clone().expect("a file"))
        .stderr(err.try_clone().expect("a file"))
        .spawn()
        .expect("a shell");
    // The system's own figure would count this process, whose memory the child shares until it becomes another.
    let status = format!("/proc/{}/status", child.id());
    let done = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&done);
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        while !watched.load(Ordering::Relaxed) {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
            most = most.max(line.trim().trim_end_matches(" kB").parse().unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        most
    });
    let ended = child.wait4().expect("an end");
    done.store(true, Ordering::Relaxed);
    let kilobytes: u64 = watch.join().expect("a figure");
    let all = |mut file: fs::File| {
        let mut bytes = Vec::new();
        std::io::Seek::rewind(&mut file).expect("a file");
        file.read_to_end(&mut bytes).expect("a file");
        bytes
    };
    Run {
        code: ended.status.code(),
        out: all(out),
        err: String::from_utf8_lossy(&all(err)).into_owned(),
        processor: ended.rusage.utime + ended.rusage.stime,
        memory: kilobytes / 1024,
    }
}

impl Run {
    /// It did its job or said once why not, within its limits.
    #[track_caller]
    #[expect(clippy::print_stdout, reason = "the table of a full run")]
    fn kept(&self, name: &str, most: Most) {
        assert!(
            matches!(self.code, Some(0..=2)),
            "{name}: ended as {:?} after {:?} with {} MB: {}",
            self.code,
            self.processor,
            self.memory,
            self.err
        );
        assert!(!self.err.contains("panicked"), "{name}: {}", self.err);
        assert!(self.processor.as_secs() < most.seconds, "{name} took {:?}", self.processor);
        assert!(self.memory <= most.megabytes, "{name} took {} MB", self.memory);
        if self.code == Some(2) {
            assert_eq!(self.err.matches('×').count(), 1, "{name}: more or less than one message: {}", self.err);
        }
        if *FULL {
            let said = match self.code {
                Some(2) => self
                    .err
                    .split('×')
                    .nth(1)
                    .unwrap_or_default()
                    .split_whitespace()
                    .take(14)
                    .collect::<Vec<_>>()
                    .join(" "),
                _ => "read".to_owned(),
            };
            println!("| {name} | {:.2} s | {} MB | {said} |", self.processor.as_secs_f64(), self.memory);
        }
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("realint.toml"), "root = true\n").expect("a file");
    folder
}

/// Checks bytes under a name, by a standard, so that everything is done that can be done.
#[track_caller]
fn check(what: &str, name: &str, bytes: &[u8], most: Most) -> Run {
    let folder = folder();
    fs::write(folder.path().join(name), bytes).expect("a file");
    let run = run(
        folder.path(),
        &[
            "check",
            name,
            "--standard",
            "rameses-synthesis",
            "--stage",
            "report",
            "--format",
            "json",
            "--fail-on",
            "never",
        ],
        most,
    );
    run.kept(&format!("{what} ({})", in_words(bytes.len())), most);
    run
}

fn in_words(bytes: usize) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// The message says one of these.
#[track_caller]
fn refused(run: &Run, words: &[&str]) {
    assert_eq!(run.code, Some(2), "{}", run.err);
    let message = run.err.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ");
    assert!(words.iter().any(|word| message.contains(word)), "none of {words:?} in: {message}");
}

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A container of parts, packed.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, options).expect("a part");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// A Word document with this body.
fn document(body: &str) -> Vec<u8> {
    zipped(&[("word/document.xml", format!("<w:document {W}><w:body>{body}</w:body></w:document>").as_bytes())])
}

/// A Word document with a further part, named by its relation.
fn with_part(kind: &str, part: &str) -> Vec<u8> {
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" Type=\"{RELATIONS}/{kind}\" Target=\"{kind}.xml\"/></Relationships>"
    );
    let body =
        format!("<w:document {W}><w:body><w:p><w:r><w:t>We searched it.</w:t></w:r></w:p></w:body></w:document>");
    zipped(&[
        ("word/document.xml", body.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        (&format!("word/{kind}.xml"), part.as_bytes()),
    ])
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}x{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn containers_that_swell_are_refused() {
    let most = Most { seconds: 30, megabytes: 450 };
    // One part of spaces, a thousandth packed.
    let bomb = document(&" ".repeat(size(1 << 30, 80 << 20)));
    refused(&check("a part that unpacks a thousandfold", "a.docx", &bomb, most), &["unpacks to more than 64 MB"]);
    // Several parts, each just small enough.
    let part = |name: &str| format!("<w:{name} {W}>{}</w:{name}>", " ".repeat(60 << 20));
    let (document, notes) = (part("document"), part("footnotes"));
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{}</Relationships>",
        ["footnotes", "endnotes", "comments", "styles", "numbering"]
            .map(|kind| format!("<Relationship Id=\"{kind}\" Type=\"{RELATIONS}/{kind}\" Target=\"notes.xml\"/>"))
            .concat()
    );
    let swelling = zipped(&[
        ("word/document.xml", document.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
        ("word/notes.xml", notes.as_bytes()),
    ]);
    refused(&check("parts that unpack to too much together", "a.docx", &swelling, most), &["unpacks to more than"]);
    // A container in a container is no part.
    let inner = zipped(&[("word/document.xml", bomb.as_slice())]);
    refused(&check("a container in a container", "a.docx", &inner, most), &["no text", "unpack"]);
}

/// The directory at the end of a container, to be lied in: an entry is (name, offset of its bytes, packed
/// length, unpacked length).
fn directory(bytes: &mut Vec<u8>, entries: &[(&str, u32, u32, u32)], count: u16, method: u16) {
    let start = bytes.len() as u32;
    for (name, offset, packed, unpacked) in entries {
        bytes.extend(b"PK\x01\x02");
        for field in [20_u16, 20, 0, method, 0, 0] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [0_u32, *packed, *unpacked] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [name.len() as u16, 0, 0, 0, 0] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend(name.as_bytes());
    }
    let length = bytes.len() as u32 - start;
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
}

/// The head of an entry.
fn head(bytes: &mut Vec<u8>, name: &str, packed: u32, unpacked: u32, method: u16) -> u32 {
    let at = bytes.len() as u32;
    bytes.extend(b"PK\x03\x04");
    for field in [20_u16, 0, method, 0, 0] {
        bytes.extend(field.to_le_bytes());
    }
    for field in [0_u32, packed, unpacked] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend(0_u16.to_le_bytes());
    bytes.extend(name.as_bytes());
    at
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

#[test]
fn containers_that_lie_are_refused() {
    const DEFLATED: u16 = 8;
    // As many entries as a directory can count, and more than any document has.
    let many: Vec<String> = (0..size(60_000, 25_000)).map(|n| format!("word/{n}.xml")).collect();
    let mut bytes = Vec::new();
    let at = head(&mut bytes, "a", 0, 0, 0);
    let entries: Vec<(&str, u32, u32, u32)> = many.iter().map(|name| (name.as_str(), at, 0, 0)).collect();
    directory(&mut bytes, &entries, many.len() as u16, 0);
    refused(&check("a container of too many parts", "a.docx", &bytes, SMALL), &["more than 20000 parts"]);
    // Many parts whose bytes are the same bytes.
    let body = format!("<w:document {W}>{}</w:document>", " ".repeat(60 << 20));
    let packed = deflated(body.as_bytes());
    let mut bytes = Vec::new();
    let at = head(&mut bytes, "word/document.xml", packed.len() as u32, body.len() as u32, DEFLATED);
    bytes.extend(&packed);
    let names = [
        "word/document.xml",
        "word/footnotes.xml",
        "word/endnotes.xml",
        "word/styles.xml",
        "word/comments.xml",
        "_rels/.rels",
        "word/_rels/document.xml.rels",
    ];
    let entries: Vec<_> = names.iter().map(|name| (*name, at, packed.len() as u32, body.len() as u32)).collect();
    directory(&mut bytes, &entries, entries.len() as u16, DEFLATED);
    check("parts that overlap", "a.docx", &bytes, Most { seconds: 30, megabytes: 450 });
    // A part that says that it is small, or as large as can be said.
    let body = format!("<w:document {W}><w:body>{}</w:body></w:document>", " ".repeat(80 << 20));
    let packed = deflated(body.as_bytes());
    for (said_packed, said) in
        [(packed.len() as u32, 10), (packed.len() as u32, u32::MAX - 1), (u32::MAX - 1, 10), (0, 0), (5, 5)]
    {
        let mut bytes = Vec::new();
        let at = head(&mut bytes, "word/document.xml", said_packed, said, DEFLATED);
        bytes.extend(&packed);
        directory(&mut bytes, &[("word/document.xml", at, said_packed, said)], 1, DEFLATED);
        let name = format!("a part that says {said_packed} and {said} bytes");
        let run = check(&name, "a.docx", &bytes, Most { seconds: 20, megabytes: 300 });
        assert_eq!(run.code, Some(2));
    }
    // A directory that counts what isn't there, is behind the end, or points into itself.
    for (count, cut) in [(u16::MAX, 0), (u16::MAX - 1, 0), (1, 4), (1, 12)] {
        let mut bytes = Vec::new();
        let at = head(&mut bytes, "word/document.xml", 1, 1, 0);
        directory(&mut bytes, &[("word/document.xml", at, 1, 1)], count, 0);
        bytes.truncate(bytes.len() - cut);
        assert_eq!(
            check(&format!("a directory of {count}, {cut} bytes cut off"), "a.docx", &bytes, SMALL).code,
            Some(2)
        );
    }
    let mut bytes = Vec::new();
    let at = head(&mut bytes, "word/document.xml", 1, 1, 0);
    directory(&mut bytes, &[("word/document.xml", at, 1, 1)], 1, 0);
    let end = bytes.len();
    for field in [end - 6, end - 10] {
        for value in [0, 1, end as u32 - 22, u32::MAX - 1, u32::MAX] {
            let mut bytes = bytes.clone();
            bytes[field..field + 4].copy_from_slice(&value.to_le_bytes());
            check("a directory at a wrong place", "a.docx", &bytes, SMALL);
        }
    }
}

#[test]
fn entities_bring_nothing_in_any_xml() {
    let secret = folder();
    let file = secret.path().join("secret");
    fs::write(&file, "Opensesame").expect("a file");
    let mut laughs = "<!DOCTYPE x [<!ENTITY a0 \"lol lol lol lol\">".to_owned();
    for n in 1..40 {
        let _ = write!(laughs, "<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10));
    }
    let _ = write!(laughs, "]>");
    let file = file.display();
    let outside = format!(
        "<!DOCTYPE x [<!ENTITY a39 SYSTEM \"file://{file}\"><!ENTITY % p SYSTEM \"file://{file}\"><!ENTITY q PUBLIC \"-//x\" \"{file}\">%p;]>"
    );
    let quadratic = format!("<!DOCTYPE x [<!ENTITY a39 \"{}\">]>", "lol ".repeat(50_000));
    for (what, head) in [("a billion laughs", laughs), ("external entities", outside), ("one long entity", quadratic)] {
        let many =
            if what == "one long entity" { "&a39;".repeat(10_000) } else { "We &a39; searched &q; it.".to_owned() };
        let jats = format!(
            "{head}<article article-type=\"x\"><front><article-meta><title-group><article-title>A realist review</article-title></title-group></article-meta></front><body><sec><title>Methods</title><p>{many}</p></sec></body></article>"
        );
        let tei = format!(
            "{head}<TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><text><body><div><head>Methods</head><p>{many}</p></div></body></text></TEI>"
        );
        let html =
            format!("{head}<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><h1>A</h1><p>{many}</p></body></html>");
        let word =
            format!("{head}<w:document {W}><w:body><w:p><w:r><w:t>{many}</w:t></w:r></w:p></w:body></w:document>");
        let mut all: Vec<(String, &str, Vec<u8>)> = vec![
            (format!("{what} in JATS"), "a.jats.xml", jats.into_bytes()),
            (format!("{what} in TEI"), "a.tei.xml", tei.into_bytes()),
            (format!("{what} in HTML"), "a.xhtml", html.into_bytes()),
            (format!("{what} in a Word document"), "a.docx", zipped(&[("word/document.xml", word.as_bytes())])),
        ];
        for kind in ["styles", "numbering", "footnotes", "endnotes", "comments"] {
            let part = format!(
                "{head}<w:{kind} {W}><w:footnote w:id=\"2\"><w:p><w:r><w:t>{many}</w:t></w:r></w:p></w:footnote></w:{kind}>"
            );
            all.push((format!("{what} in {kind} of a Word document"), "a.docx", with_part(kind, &part)));
        }
        let relations = format!(
            "{head}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" Type=\"{RELATIONS}/officeDocument\" Target=\"&a39;\"/></Relationships>"
        );
        all.push((
            format!("{what} in relations of a Word document"),
            "a.docx",
            zipped(&[("_rels/.rels", relations.as_bytes()), ("word/document.xml", word.as_bytes())]),
        ));
        for (what, name, bytes) in all {
            let run = check(&what, name, &bytes, SMALL);
            let said = String::from_utf8_lossy(&run.out);
            assert!(!said.contains("Opensesame") && !run.err.contains("Opensesame"), "{what}");
            assert!(run.out.len() < 3_000_000, "{what}: {} bytes of report", run.out.len());
        }
    }
}

/// What nests a hundred thousand deep, in every format: a name, the file's name, and its bytes.
fn deep(depth: usize) -> Vec<(String, &'static str, Vec<u8>)> {
    let mut all: Vec<(String, &'static str, Vec<u8>)> = Vec::new();
    let mut add = |what: &str, name: &'static str, text: String| all.push((what.to_owned(), name, text.into_bytes()));
    for (open, close) in [
        ("> ", ""),
        (">", ""),
        ("- ", ""),
        ("1. ", ""),
        ("* > ", ""),
        ("*", "*"),
        ("**a ", " b**"),
        ("*a **b ", "** c*"),
        ("[", "]"),
        ("[", "](a)"),
        ("![", "](a)"),
        ("^[", "]"),
        ("[^a]: ", ""),
        ("::: {.a}\n", "\n:::\n"),
        ("<div>", "</div>"),
        ("<b>", "</b>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("`", "`"),
        ("~~", "~~"),
        ("$", "$"),
        ("{{< a ", " >}}"),
        ("<!-- ", " -->"),
        ("| ", " |"),
        ("((", "))"),
        ("\u{201c}", "\u{201d}"),
        ("[@a; ", "]"),
    ] {
        add(&format!("Markdown {}", open.trim()), "a.md", nested(open, close, depth));
    }
    add("front matter [", "a.md", format!("---\na: {}\n---\n\nx\n", nested("[", "]", depth)));
    add("front matter - ", "a.md", format!("---\n{}\n---\n\nx\n", "- ".repeat(depth)));
    for (open, close) in [
        ("{", "}"),
        ("\\begin{quote}", "\\end{quote}"),
        ("\\begin{itemize}\\item ", "\\end{itemize}"),
        ("\\textbf{", "}"),
        ("\\footnote{", "}"),
        ("\\section{", "}"),
        ("$", "$"),
        ("\\[", "\\]"),
        ("\\begin{tabular}{l}", "\\end{tabular}"),
        ("\\newcommand{\\a}{", "}"),
        ("\\def\\a{", "}"),
        ("\\iffalse ", "\\fi "),
        ("\\iftrue ", "\\fi "),
        ("\\caption{", "}"),
        ("\\cite[", "]{a}"),
        ("\\begin{verbatim}", "\\end{verbatim}"),
        ("\\parbox{1cm}{", "}"),
        ("\\expandafter", ""),
        ("\\csname ", "\\endcsname "),
        ("\\input{a}", ""),
        ("\\item[", "]"),
        ("\\multicolumn{2}{c}{", "}"),
        ("\\'", ""),
        ("\\begin{a}", "\\end{a}"),
    ] {
        let body = nested(open, close, depth);
        add(
            &format!("LaTeX {}", open.trim()),
            "a.tex",
            format!("\\documentclass{{article}}\\begin{{document}}We searched. {body}\\end{{document}}"),
        );
    }
    for (open, close) in [
        ("<div>", "</div>"),
        ("<table><tr><td>", "</td></tr></table>"),
        ("<ul><li>", "</li></ul>"),
        ("<b>", "</b>"),
        ("<b><p>", ""),
        ("<section>", "</section>"),
        ("<svg>", "</svg>"),
        ("<math><mi>", "</mi></math>"),
        ("<template>", "</template>"),
        ("<a href=x>", "</a>"),
        ("<dl><dd>", "</dd></dl>"),
        ("<blockquote>", "</blockquote>"),
        ("<sup>", "</sup>"),
        ("<button>", ""),
        ("<font>", ""),
        ("<select><option>", ""),
        ("<figure>", "</figure>"),
        ("<h1>", "</h1>"),
    ] {
        add(
            &format!("HTML {open}"),
            "a.html",
            format!("<!doctype html><title>A</title><body>{}", nested(open, close, depth)),
        );
    }
    for (open, close) in [
        ("<sec>", "</sec>"),
        ("<bold>", "</bold>"),
        ("<list><list-item><p>", "</p></list-item></list>"),
        ("<table-wrap><table><tr><td>", "</td></tr></table></table-wrap>"),
        ("<xref ref-type=\"bibr\">", "</xref>"),
        ("<fn><p>", "</p></fn>"),
        ("<boxed-text>", "</boxed-text>"),
        ("<sub-article>", "</sub-article>"),
    ] {
        add(
            &format!("JATS {open}"),
            "a.jats.xml",
            format!("<article article-type=\"x\"><body>{}</body></article>", nested(open, close, depth)),
        );
        add(
            &format!("JATS {open}, never closed"),
            "a.jats.xml",
            format!("<article article-type=\"x\"><body>{}", open.repeat(depth)),
        );
    }
    for (open, close) in [
        ("<div>", "</div>"),
        ("<hi>", "</hi>"),
        ("<list><item>", "</item></list>"),
        ("<figure><table><row><cell>", "</cell></row></table></figure>"),
        ("<note>", "</note>"),
        ("<TEI>", "</TEI>"),
    ] {
        add(
            &format!("TEI {open}"),
            "a.tei.xml",
            format!(
                "<TEI xmlns=\"http://www.tei-c.org/ns/1.0\"><text><body>{}</body></text></TEI>",
                nested(open, close, depth)
            ),
        );
    }
    for (what, tail) in [
        ("[", format!("a = {}", nested("[", "]", depth).replace('x', "1"))),
        ("{", format!("a = {}", nested("{a = ", "}", depth).replace('x', "1"))),
        ("a.", format!("{}b = 1", "a.".repeat(depth))),
    ] {
        add(
            &format!("TOML {what}"),
            "a.toml",
            format!("schema = \"realist-protocol/1\"\nkind = \"realist_review\"\n{tail}\n"),
        );
    }
    add("TOML [a.a", "a.toml", format!("schema = \"realist-protocol/1\"\n[{}a]\n", "a.".repeat(depth)));
    add("TOML [[a.a", "a.toml", format!("schema = \"realist-protocol/1\"\n[[{}a]]\n", "a.".repeat(depth)));
    for (what, text) in [
        ("[", format!("a: {}", nested("[", "]", depth))),
        ("{", format!("a: {}", nested("{a: ", "}", depth))),
        ("- ", "- ".repeat(depth)),
        ("? ", "? ".repeat(depth)),
        ("[ without end", format!("a: {}", "[".repeat(depth))),
        ("*a", format!("a: &a {}\nb: {}", nested("[", "]", 40), "*a ".repeat(depth))),
        ("!t", format!("a: {}x", "!t ".repeat(depth))),
        ("&a", format!("a: {}x", "&a ".repeat(depth))),
    ] {
        add(&format!("YAML {what}"), "a.yaml", format!("schema: realist-protocol/1\nkind: realist_review\n{text}\n"));
    }
    let mut steps = "schema: realist-protocol/1\n".to_owned();
    for n in 0..depth.min(3_000) {
        let _ = writeln!(steps, "{}a:", " ".repeat(n));
    }
    add("YAML, ever further in", "a.yaml", steps);
    for (what, open, close) in [("[", "[", "]"), ("{", "{\"a\":", "}"), ("[{", "[{\"a\":", "}]")] {
        add(
            &format!("JSON {what}"),
            "a.json",
            format!(
                "{{\"schema\": \"realist-protocol/1\", \"kind\": {}}}",
                nested(open, close, depth).replace('x', "1")
            ),
        );
        add(
            &format!("JSON {what} without end"),
            "a.json",
            format!("{{\"schema\": \"realist-protocol/1\", \"kind\": {}", open.repeat(depth)),
        );
    }
    add("CSV quotes", "a.csv", format!("context,mechanism,outcome\n{}\n", "\"".repeat(depth)));
    all
}

#[test]
fn what_nests_a_hundred_thousand_deep_is_read_or_refused() {
    for (what, name, bytes) in deep(size(100_000, 20_000)) {
        check(&what, name, &bytes, SMALL);
    }
}

#[test]
fn word_documents_that_nest_a_hundred_thousand_deep_are_refused() {
    let depth = size(100_000, 20_000);
    for (open, close) in [
        ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"),
        ("<w:p><w:r>", "</w:r></w:p>"),
        ("<w:r>", "</w:r>"),
        ("<w:ins>", "</w:ins>"),
        ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        ("<w:smartTag>", "</w:smartTag>"),
        ("<w:hyperlink>", "</w:hyperlink>"),
        ("<w:p><w:r><w:txbxContent>", "</w:txbxContent></w:r></w:p>"),
        ("<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>", "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"),
    ] {
        let text = format!("{}<w:t>x</w:t>{}", open.repeat(depth), close.repeat(depth));
        let run = check(&format!("Word {open}"), "a.docx", &document(&text), SMALL);
        assert!(run.code == Some(2) || open.contains("fldChar"), "{open}");
    }
    let mut chain = format!("<w:styles {W}>");
    for n in 0..depth.min(15_000) {
        let _ = write!(
            chain,
            "<w:style w:type=\"paragraph\" w:styleId=\"s{n}\"><w:name w:val=\"s{n}\"/><w:basedOn w:val=\"s{}\"/></w:style>",
            n + 1
        );
    }
    check("Word styles, each based on the next", "a.docx", &with_part("styles", &(chain + "</w:styles>")), SMALL);
    let circle = format!(
        "<w:styles {W}><w:style w:type=\"paragraph\" w:styleId=\"a\"><w:basedOn w:val=\"a\"/></w:style></w:styles>"
    );
    check("a Word style based on itself", "a.docx", &with_part("styles", &circle), SMALL);
    let deep = format!("<w:styles {W}>{}", "<w:style>".repeat(depth));
    check("Word styles in styles", "a.docx", &with_part("styles", &deep), SMALL);
    let prefixes: String = (0..depth).fold(String::new(), |mut all, n| {
        let _ = write!(all, " xmlns:n{n}=\"u{n}\"");
        all
    });
    check(
        "a hundred thousand name spaces",
        "a.docx",
        &document(&format!("<w:p{prefixes}><w:r><w:t>x</w:t></w:r></w:p>")),
        SMALL,
    );
}

#[test]
fn projects_of_hostile_files_are_read_or_refused() {
    let depth = size(100_000, 20_000);
    let mut chain = String::new();
    for n in 0..depth.min(20_000) {
        let _ = writeln!(chain, "@book{{k{n}, crossref = {{k{}}}, title = {{A}}, xdata = {{k{}}}}}", n + 1, n + 1);
    }
    let mut strings = "@string{s0 = \"xxxxxxxxxx\"}\n".to_owned();
    for n in 1..60 {
        let _ = writeln!(strings, "@string{{s{n} = s{} # s{}}}", n - 1, n - 1);
    }
    let swelling = format!("{strings}@book{{a, title = s59}}\n");
    for (what, name, text) in [
        ("BibTeX {", "a.bib", format!("@book{{a, title = {}}}\n", nested("{", "}", depth))),
        ("BibTeX { without end", "a.bib", format!("@book{{a, title = {}", "{".repeat(depth))),
        ("BibTeX @a{", "a.bib", "@book{a, ".repeat(depth)),
        ("BibTeX #", "a.bib", format!("@book{{a, title = \"x\"{}}}\n", " # \"x\"".repeat(depth))),
        ("BibTeX \\", "a.bib", format!("@book{{a, title = {{{}x{}}}}}\n", "\\textbf{".repeat(depth), "}".repeat(depth))),
        ("BibTeX $", "a.bib", format!("@book{{a, title = {{{}}}}}\n", "${".repeat(depth))),
        ("BibTeX and", "a.bib", format!("@book{{a, author = {{{}x}}}}\n", "A, B and ".repeat(depth))),
        ("BibTeX cross-references in a chain", "a.bib", chain),
        ("BibTeX cross-references in a circle", "a.bib", "@book{a, crossref = {b}, title = {A}}\n@book{b, crossref = {a}, title = {B}}\n@book{c, crossref = {c}, title = {B}}\n".into()),
        ("BibTeX strings that double", "a.bib", swelling),
        ("CSL [", "a.json", nested("[", "]", depth).replace('x', "1")),
        ("CSL {", "a.json", format!("[{}]", nested("{\"title\":", "}", depth).replace('x', "1"))),
        ("CSL in YAML [", "b.yaml", nested("[", "]", depth)),
        ("RIS", "a.ris", "TY  - JOUR\n".repeat(depth)),
        ("RIS of one tag", "b.ris", format!("TY  - JOUR\n{}", "TI  - x\n".repeat(depth))),
    ] {
        let folder = folder();
        fs::write(folder.path().join(name), &text).expect("a file");
        fs::write(folder.path().join("a.md"), "# A realist review\n\nWe searched [@a].\n").expect("a file");
        fs::write(folder.path().join("realint.toml"), format!("root = true\n[project]\nmanuscript = \"a.md\"\nbibliography = \"{name}\"\n")).expect("a file");
        run(folder.path(), &["check", ".", "--format", "json", "--fail-on", "never"], SMALL).kept(what, SMALL);
    }
    for (what, text) in [
        ("a configuration of [", format!("select = {}\n", nested("[", "]", depth))),
        ("a configuration of {", format!("project = {}\n", nested("{a = ", "}", depth))),
        ("a configuration of a.", format!("{}a = 1\n", "a.".repeat(depth))),
        ("a configuration of patterns", format!("exclude = [\"{}\"]\n", "**/".repeat(depth))),
        ("a configuration of stars", format!("exclude = [\"{}b\"]\n", "*a".repeat(depth.min(2_000)))),
        ("a configuration of brackets", format!("exclude = [\"{}\"]\n", "[".repeat(depth))),
    ] {
        let folder = folder();
        fs::write(folder.path().join("realint.toml"), text).expect("a file");
        fs::write(folder.path().join(format!("{}.md", "a".repeat(200))), "# A realist review\n\nWe searched.\n")
            .expect("a file");
        run(folder.path(), &["check", ".", "--format", "json", "--fail-on", "never"], SMALL).kept(what, SMALL);
    }
    for (what, pack, lexicon) in [
        ("a pack of [", nested("[", "]", depth), String::new()),
        (
            "word classes of (",
            "\"rameses-synthesis\"".to_owned(),
            format!("[a]\nwords = [\"{}\"]\n", nested("(", ")", depth)),
        ),
        (
            "word classes of |",
            "\"rameses-synthesis\"".to_owned(),
            format!("[a]\nwords = [\"({})\"]\n", "a|".repeat(depth)),
        ),
        (
            "word classes of alternatives",
            "\"rameses-synthesis\"".to_owned(),
            format!("[a]\nwords = [\"{}\"]\n", "(a|b|c) ".repeat(depth.min(5_000))),
        ),
        (
            "word classes in a circle",
            "\"rameses-synthesis\"".to_owned(),
            "[a]\ninclude = [\"b\"]\nwords = [\"a\"]\n[b]\ninclude = [\"a\"]\nwords = [\"b\"]\n".to_owned(),
        ),
    ] {
        let folder = folder();
        fs::create_dir(folder.path().join("pack")).expect("a folder");
        fs::write(
            folder.path().join("pack/pack.toml"),
            format!("[pack]\nid = \"a\"\nname = \"A\"\nversion = \"1\"\nextends = [{pack}]\n"),
        )
        .expect("a file");
        if !lexicon.is_empty() {
            fs::write(folder.path().join("pack/lexicon.toml"), lexicon).expect("a file");
        }
        fs::write(folder.path().join("a.md"), "# A realist review\n\nWe searched.\n").expect("a file");
        run(folder.path(), &["check", "a.md", "--rules", "pack", "--format", "json", "--fail-on", "never"], SMALL)
            .kept(what, SMALL);
    }
}
