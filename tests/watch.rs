//! `realint check --watch`, with files that change.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

const GAPPY: &str =
    "# Lending ladders: a realist review\n\n## Methods\n\nWe searched Scopus. <!-- realint-ignore -->\n";

fn started(folder: &std::path::Path, more: &[&str]) -> (Child, BufReader<ChildStderr>, ChildStdout) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_realint"))
        .args(["check", "--watch", "."])
        .args(more)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let (stderr, stdout) = (child.stderr.take().expect("errors"), child.stdout.take().expect("findings"));
    (child, BufReader::new(stderr), stdout)
}

/// Reads up to the line that says that it waits; gives what came before.
fn waits(stderr: &mut impl BufRead) -> String {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).expect("a line") > 0, "it ended: {all}");
        if line.starts_with("waiting for changes") {
            return all;
        }
        all += &line;
    }
}

#[test]
fn a_change_is_checked_and_an_error_ends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("draft.md");
    let report = folder.path().join("report.json");
    std::fs::write(&file, GAPPY).expect("a file");
    let (mut child, mut stderr, _stdout) = started(folder.path(), &["--format", "json", "-o", "report.json"]);
    let found = || std::fs::read_to_string(&report).expect("a report").matches("\"code\": \"SUP002\"").count();
    waits(&mut stderr);
    assert_eq!(found(), 1);
    // Its own report, which lies in the folder, sets nothing off: the next line comes of this change.
    std::fs::write(&file, GAPPY.replace(" <!-- realint-ignore -->", "")).expect("a file");
    waits(&mut stderr);
    assert_eq!(found(), 0);
    std::fs::write(folder.path().join("realint.toml"), "ignore = [\"RS99\"]\n").expect("a file");
    assert!(waits(&mut stderr).contains("RS99"));
    std::fs::write(folder.path().join("realint.toml"), "").expect("a file");
    waits(&mut stderr);
    std::fs::write(folder.path().join("another.md"), GAPPY).expect("a file");
    waits(&mut stderr);
    assert_eq!(found(), 1);
    child.kill().expect("an end");
    child.wait().expect("an end");
}

#[test]
fn standard_input_is_not_watched() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_realint")).args(["check", "--watch", "-"]).output().expect("the program");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("can't be watched"));
}
