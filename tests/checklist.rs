//! `realint checklist`: the filled table in every format, what authors wrote kept, and tables that
//! authors filled in themselves.

use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::{Command, Output};

use realint::checklist::{self, Filled};
use serde_json::Value;
use tempfile::TempDir;

const DRAFT: &str = "\
# How do \"huddles\" work? A realist review

## Abstract

We asked how huddles work, for whom and in what circumstances. This realist review follows RAMESES.

## Methods

This realist synthesis searched Medline, Embase and two other databases in May 2020 with a librarian's help.

Each document was judged for its relevance to the programme theory.

## Results

CMOC1: In small teams (C), feeling heard (M) leads to speaking up (O) [1].
";

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("realint.toml", "root = true\n");
        folder.write("draft.md", DRAFT);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).expect("a file");
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).expect("a file")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_realint"))
            .current_dir(self.0.path())
            .args(arguments)
            .output()
            .expect("it runs")
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        let message = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && message.contains(words), "{message}");
    }

    fn table(&self, name: &str) -> Filled {
        checklist::read(Path::new(name), &self.bytes(name)).expect("a checklist")
    }

    /// Codes and messages of what is wrong with a filled table.
    fn wrong(&self, filled: &str, draft: &str) -> Vec<(String, u64, String)> {
        let output = self.run(&["checklist", draft, "--stage", "report", "--check", filled, "--format", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        let findings = json["documents"][0]["findings"].as_array().expect("a list");
        let text = |f: &Value, key: &str| f[key].as_str().expect("text").to_owned();
        findings
            .iter()
            .map(|f| (text(f, "code"), f["location"]["line"].as_u64().expect("a line"), text(f, "message")))
            .collect()
    }
}

const WRITE: [&str; 4] = ["checklist", "draft.md", "--stage", "report"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&WRITE[..], more].concat()
}

#[test]
fn the_table_in_markdown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_realint"))
        .current_dir(root)
        .args(["checklist", "examples/02-gappy-review/review.qmd"])
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let text = text.replace(&format!("realint {}", env!("CARGO_PKG_VERSION")), "realint [version]");
    insta::assert_snapshot!("table in markdown", text);
}

#[test]
fn the_example_says_what_its_readme_says() {
    let output = Command::new(env!("CARGO_BIN_EXE_realint"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["checklist", "examples/02-gappy-review/review.qmd", "--check", "examples/05-checklist/filled.csv"])
        .args(["--format", "short"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!("example", String::from_utf8(output.stdout).expect("UTF-8"));
}

#[test]
fn every_format_holds_the_same_rows() {
    let folder = Folder::new(&[]);
    let markdown = folder.done(&WRITE);
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), 19 + 2);
    for name in ["out.docx", "out.csv", "out.html"] {
        assert_eq!(folder.done(&with(&["-o", name])), "");
    }
    let (word, csv) = (folder.table("out.docx"), folder.table("out.csv"));
    assert_eq!((word.rows.len(), csv.rows.len()), (19, 19));
    for (a, b) in word.rows.iter().zip(&csv.rows) {
        assert_eq!((a.number, &a.name, &a.status, &a.place), (b.number, &b.name, &b.status, &b.place));
    }
    assert_eq!(
        word.rows[8].status.as_deref().map(|s| s.split(';').next().unwrap_or_default()),
        Some("partly reported")
    );
    assert!(word.rows[7].place.contains("Methods, line 9"), "{:?}", word.rows[7]);
    let html = String::from_utf8(folder.bytes("out.html")).expect("UTF-8");
    assert_eq!(html.matches("<th scope=\"row\">").count(), 19);
    assert!(!html.contains("http") && html.contains("&quot;huddles&quot;"), "{html}");
}

#[test]
fn the_word_document_has_a_table_that_runs_over_pages() {
    let folder = Folder::new(&[]);
    folder.done(&with(&["-o", "out.docx"]));
    let bytes = folder.bytes("out.docx");
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a container");
    for index in 0..archive.len() {
        let mut text = String::new();
        let mut entry = archive.by_index(index).expect("an entry");
        entry.read_to_string(&mut text).expect("UTF-8");
        let mut reader = quick_xml::Reader::from_str(&text);
        while reader.read_event().unwrap_or_else(|e| panic!("{}: {e}", entry.name())) != quick_xml::events::Event::Eof {
        }
        if entry.name() == "word/document.xml" {
            assert_eq!(text.matches("<w:tblHeader/>").count(), 1);
            assert_eq!(text.matches("<w:tr>").count(), 20);
            assert!(text.contains("w:orient=\"landscape\"") && text.contains("\u{201c}"));
        }
    }
    folder.done(&with(&["-o", "again.docx"]));
    assert_eq!(folder.bytes("again.docx"), bytes, "the same bytes each time");
}

#[test]
fn what_authors_wrote_is_kept() {
    let folder = Folder::new(&[]);
    folder.done(&with(&["-o", "old.csv"]));
    let old = String::from_utf8(folder.bytes("old.csv")).expect("UTF-8");
    // They add a note with typographic marks, and say of an item that it doesn't apply.
    let mut rows: Vec<Vec<String>> = csv::Reader::from_reader(old.as_bytes())
        .records()
        .map(|r| r.expect("a row").iter().map(str::to_owned).collect())
        .collect();
    rows[8][6] = "See \u{201c}Appendix\u{201d} 2 \u{2013} not yet final".into();
    rows[4][3] = "Not applicable: there was no protocol".into();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(realint::checklist::HEADINGS).expect("a row");
    rows.iter().for_each(|row| writer.write_record(row).expect("a row"));
    folder.write("old.csv", writer.into_inner().expect("bytes"));
    folder.done(&with(&["--merge", "old.csv", "-o", "new.docx"]));
    // And again, from Word.
    folder.done(&with(&["--merge", "new.docx", "-o", "newer.csv"]));
    for name in ["new.docx", "newer.csv"] {
        let table = folder.table(name);
        assert_eq!(table.rows[8].note, "See \u{201c}Appendix\u{201d} 2 \u{2013} not yet final", "{name}");
        assert_eq!(table.rows[4].status.as_deref(), Some("not applicable: there was no protocol"), "{name}");
    }
    folder.refused(&with(&["--merge", "old.csv", "-o", "old.csv"]), "one of the inputs");
    folder.refused(&with(&["-o", "draft.md"]), "one of the inputs");
    // What a stage didn't ask for is asked for later.
    folder.done(&["checklist", "draft.md", "--stage", "abstract", "-o", "abstract.csv"]);
    folder.done(&with(&["--merge", "abstract.csv", "-o", "report.csv"]));
    assert!(
        folder.table("report.csv").rows.iter().all(|r| r.status.as_deref().is_some_and(|s| !s.contains("not asked")))
    );
    // A note is never lost in silence.
    folder.write("foreign.csv", "Item,Page,Note\nXY07,3,important\n");
    folder.refused(&with(&["--merge", "foreign.csv"]), "would be lost");
}

#[test]
fn a_table_of_the_authors_own_is_held_against_the_manuscript() {
    let mut filled = String::from("Item,Topic,Reported on page,Comment\n");
    for number in 1..=20 {
        match number {
            3 => {}
            4 => filled.push_str("4,Objectives,,\n"),
            5 => filled.push_str("5,Changes,n/a,no protocol\n"),
            7 => filled.push_str("7,Scoping,not reported,\n"),
            _ => filled.push_str(&format!("{number},Topic,{number},\n")),
        }
    }
    let folder = Folder::new(&[("filled.csv", &filled)]);
    let wrong = folder.wrong("filled.csv", "draft.md");
    let has = |code: &str, line: u64, words: &str| {
        assert!(
            wrong.iter().any(|(c, l, m)| c == code && *l == line && m.contains(words)),
            "no {code} at {line} with {words:?}: {wrong:#?}"
        );
    };
    has("CHK901", 1, "item 3 (");
    has("CHK901", 4, "nothing is said of item 4");
    has("CHK904", 20, "no item 20");
    has("CHK903", 9, "rigour");
    let about = |words: &str| wrong.iter().filter(|(_, _, m)| m.contains(words)).count();
    assert_eq!((about("item 5 "), about("item 7 "), about("item 1 ")), (0, 0, 0), "{wrong:#?}");
    // Pages are known in a PDF and not in Markdown.
    assert!(wrong.iter().all(|(code, ..)| code != "CHK902" && code != "CHK905"));
    let output = folder.run(&["checklist", "draft.md", "--stage", "report", "--check", "filled.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("page numbers were not checked") && shown.contains("filled.csv:20:1"), "{shown}");
    // The table that realint itself wrote has nothing wrong but what the manuscript lacks.
    folder.done(&with(&["-o", "own.docx"]));
    let own = folder.wrong("own.docx", "draft.md");
    assert!(own.iter().all(|(code, ..)| code == "CHK903"), "{own:#?}");
}

#[test]
fn pages_of_a_pdf_are_checked() {
    let folder = Folder::new(&[]);
    let pdfs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pdf");
    std::fs::copy(pdfs.join("one-column.pdf"), folder.0.path().join("a.pdf")).expect("copied");
    folder.write("few.csv", "Item,Page\n1,1\n2,1\n3,1\n4,1\n5,1\n6,999\n");
    let run = |filled: &str| {
        let output = folder.run(&[
            "checklist",
            "a.pdf",
            "--standard",
            "rameses-synthesis",
            "--stage",
            "report",
            "--check",
            filled,
            "--format",
            "json",
        ]);
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        json["documents"][0].clone()
    };
    let wrong: Vec<Value> = run("few.csv")["findings"].as_array().expect("a list").clone();
    let beyond: Vec<&Value> = wrong.iter().filter(|f| f["code"] == "CHK902").collect();
    assert_eq!(beyond.len(), 1, "{wrong:#?}");
    assert_eq!(beyond[0]["location"]["line"], 7);
    // Pages of a volume are no mistake.
    folder.write("volume.csv", "Item,Page\n1,1201\n2,1201\n3,1202\n4,1202\n");
    let document = run("volume.csv");
    assert!(document["notes"].to_string().contains("those of the journal"), "{document:#?}");
    assert!(document["findings"].as_array().expect("a list").iter().all(|f| f["code"] != "CHK902"));
}

#[test]
fn what_can_hold_no_checklist_is_said() {
    let folder = Folder::new(&[
        ("trial.md", "# A trial of tea\n\n## Methods\n\nWe randomised people to tea.\n"),
        ("a.csv", "x,y\n1,2\n"),
    ]);
    folder.refused(&["checklist", "trial.md"], "--standard");
    folder.refused(&["checklist", "draft.md", "trial.md"], "one manuscript");
    folder.refused(&with(&["--format", "docx"]), "-o checklist.docx");
    folder.refused(&with(&["--check", "a.csv"]), "holds no checklist");
    folder.write("b.csv", "Topic,Page\nFlowers,1\n");
    folder.refused(&with(&["--check", "b.csv"]), "no row names an item");
    folder.refused(&with(&["--format", "json"]), "--check");
    folder.refused(&with(&["--check", "a.csv", "--merge", "a.csv"]), "cannot be used with");
}
