//! `realint check --files-from`: a result a line, in the order of the list, as soon as it is there.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

const DRAFT: &str = "\
# Why do huddles work? A realist review

## Abstract

We asked how huddles work, for whom and in what circumstances. This realist review follows RAMESES.

## Introduction

Huddles are common.

## Methods

This realist synthesis searched four databases in May 2020.

## Results

CMOC1: In small teams (C), feeling heard (M) leads to speaking up (O) [1].

## Discussion

They work.
";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("realint.toml"), "root = true\n").unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn started(folder: &Path, options: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_realint"))
        .args(["check", "--format", "jsonl", "--files-from", "-"])
        .args(options)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The exit code, the lines, and what was said on standard error.
fn run(folder: &Path, options: &[&str], list: &[u8]) -> (i32, Vec<Value>, String) {
    let mut child = started(folder, options);
    child.stdin.take().unwrap().write_all(list).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code().unwrap(), lines, String::from_utf8(output.stderr).unwrap())
}

fn paths(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["path"].as_str().unwrap()).collect()
}

#[test]
fn lines_keep_the_order_of_the_list_and_say_what_a_run_without_it_says() {
    let names: Vec<String> = (0..60).map(|n| format!("{n}.md")).collect();
    let folder = folder(&[]);
    for (n, name) in names.iter().enumerate() {
        let text = DRAFT.replace("huddles", &format!("huddles {n}")) + &"More of it.\n\n".repeat((n * 37) % 400);
        fs::write(folder.path().join(name), text).unwrap();
    }
    let reversed: Vec<&str> = names.iter().rev().map(String::as_str).collect();
    let (code, lines, said) = run(folder.path(), &[], reversed.join("\n").as_bytes());
    assert_eq!((code, said.as_str()), (1, ""));
    assert_eq!(paths(&lines), reversed);
    let once = Command::new(env!("CARGO_BIN_EXE_realint"))
        .args(["check", "--format", "jsonl"])
        .args(&reversed)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let once: Vec<Value> =
        String::from_utf8(once.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, once);
    assert_eq!(run(folder.path(), &["--fail-on", "never"], b"1.md\n").0, 0);
    assert_eq!(run(folder.path(), &[], b"").0, 0, "nothing is said of nothing");
}

#[test]
fn what_fails_is_a_line_among_the_others() {
    let folder = folder(&[
        ("a.md", DRAFT.as_bytes()),
        ("broken.docx", b"PK\x03\x04 and no more"),
        ("empty.md", b""),
        ("picture.md", b"\x89PNG\r\n\x1a\n\0\0\0\0"),
        ("z z.md", DRAFT.as_bytes()),
    ]);
    fs::create_dir(folder.path().join("sub")).unwrap();
    let list = b"a.md\nbroken.docx\nlacks.md\nempty.md\nsub\n-\n\npicture.md\nz z.md\r\na.md";
    let (code, lines, said) = run(folder.path(), &[], list);
    assert_eq!(code, 2);
    assert_eq!(
        paths(&lines),
        ["a.md", "broken.docx", "lacks.md", "empty.md", "sub", "-", "picture.md", "z z.md", "a.md"]
    );
    assert_eq!(said.trim(), "6 of 9 could not be checked; their lines say why");
    let codes: Vec<&Value> = lines.iter().map(|line| &line["error"]["code"]).collect();
    let expected = [
        Value::Null,
        json!("realint::damaged"),
        json!("realint::read"),
        json!("realint::empty"),
        json!("realint::read"),
        json!("realint::usage"),
        json!("realint::not_text"),
        Value::Null,
        Value::Null,
    ];
    assert_eq!(codes, expected.iter().collect::<Vec<_>>());
    assert_eq!(lines[0], lines[8]);
    assert_eq!(lines[3]["error"]["message"], "empty.md is empty");
    assert_eq!(lines[3]["error"]["help"], "nothing was checked; was the draft saved?");
    assert!(lines[2]["error"]["because"][0].as_str().is_some_and(|why| !why.is_empty()), "{}", lines[2]);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/realint-report.schema.json");
    let mut schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let whole = schema.as_object_mut().unwrap();
    for key in ["type", "properties", "required", "additionalProperties"] {
        whole.remove(key);
    }
    whole.insert("oneOf".into(), json!([{ "$ref": "#/$defs/document" }, { "$ref": "#/$defs/failure" }]));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for line in &lines {
        assert!(validator.is_valid(line), "{line}");
    }
}

#[test]
fn a_configuration_that_is_broken_stops_its_own_papers_only() {
    let folder = folder(&[("a.md", DRAFT.as_bytes())]);
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/realint.toml"), "pedantic = 'often'\n").unwrap();
    fs::write(folder.path().join("sub/b.md"), DRAFT).unwrap();
    let (code, lines, _) = run(folder.path(), &[], b"sub/b.md\na.md\n");
    assert_eq!((code, paths(&lines)), (2, vec!["sub/b.md", "a.md"]));
    assert_eq!(lines[0]["error"]["code"], "realint::toml");
    let place = lines[0]["error"]["because"][0].as_str().unwrap();
    assert!(place.ends_with("realint.toml:1:12"), "{place}");
}

#[test]
fn names_may_hold_line_ends_where_nul_ends_them() {
    let folder = folder(&[("a b.md", DRAFT.as_bytes()), ("c.md", DRAFT.as_bytes())]);
    assert_eq!(paths(&run(folder.path(), &["-0"], b"a b.md\0c.md").1), ["a b.md", "c.md"]);
    fs::write(folder.path().join("list"), "c.md\n").unwrap();
    let listed = |options: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_realint")).args(options).current_dir(folder.path()).output().unwrap()
    };
    let from_file = listed(&["--files-from", "list", "--format", "jsonl"]);
    let line: Value = serde_json::from_slice(&from_file.stdout).unwrap();
    assert_eq!(line["path"], "c.md");
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt as _;
        for name in [b"line\nend.md".as_slice(), b"latin-\xe9.md"] {
            fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), DRAFT).unwrap();
            let (code, lines, _) = run(folder.path(), &["--null"], name);
            assert_eq!((code, lines.len()), (1, 1));
            assert_eq!(lines[0]["error"], Value::Null);
        }
    }
    for (options, said) in [
        (&["--files-from", "list"] as &[&str], "add --format jsonl"),
        (&["--files-from", "nowhere", "--format", "jsonl"], "nowhere could not be read"),
        (&["a.md", "--files-from", "list", "--format", "jsonl"], "cannot be used with"),
        (&["--files-from", "list", "--format", "jsonl", "-o", "out"], "cannot be used with"),
        (&["--files-from", "list", "--format", "jsonl", "--select", "XX1"], "there is no rule"),
        (&["-0", "c.md"], "--files-from"),
    ] {
        let refused = listed(options);
        let message = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{message}");
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn a_result_is_there_before_the_list_ends_and_a_reader_may_go_away() {
    let folder = folder(&[("a.md", DRAFT.as_bytes())]);
    let mut child = started(folder.path(), &[]);
    let mut list = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        list.write_all(b"a.md\n").unwrap();
        list.flush().unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert!(line.contains("\"path\":\"a.md\""), "{line}");
    }
    // Nobody reads any more, and the list has no end: it ends all the same, without a word.
    drop(lines);
    list.write_all(b"a.md\na.md\n").unwrap();
    list.flush().unwrap();
    let (sender, ended) = channel();
    std::thread::spawn(move || {
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let _ = sender.send((child.wait().unwrap().code(), said));
    });
    let (code, said) = ended.recv_timeout(Duration::from_mins(1)).expect("it ends");
    assert_eq!((code, said.as_str()), (Some(1), ""));
    drop(list);
}

/// The most memory that a process has had, in KiB.
#[cfg(target_os = "linux")]
fn most_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_papers_take_no_more_memory_than_a_thousand() {
    const FEW: usize = 1_000;
    const MANY: usize = 10_000;
    let folder = folder(&[]);
    for n in 0..MANY {
        fs::write(folder.path().join(format!("{n}.md")), DRAFT.replace("huddles", &format!("huddles {n}"))).unwrap();
    }
    let mut child = started(folder.path(), &[]);
    let mut list = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for n in 0..MANY {
            list.write_all(format!("{n}.md\n").as_bytes()).unwrap();
        }
        // Left open, so that the process is still there when its memory is looked at.
        list
    });
    let process = child.id();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut read = |from: usize, to: usize| {
        for n in from..to {
            let line = lines.next().unwrap().unwrap();
            assert!(line.starts_with(&format!("{{\"path\":\"{n}.md\"")), "{n}: {line}");
        }
        most_memory(process)
    };
    let few = read(0, FEW);
    let many = read(FEW, MANY);
    drop(writer.join().unwrap());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(many < few + 16 * 1024, "{few} KiB after {FEW}, {many} KiB after {MANY}");
    assert!(many < 400 * 1024, "{many} KiB");
}
