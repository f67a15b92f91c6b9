//! `realint init`, `realint man` and `realint completions`: what a machine and a repository are set up with.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn realint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(folder).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A folder with a review, a text of another kind, and a file that can't be read.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/01-clean-review/review.md");
    std::fs::create_dir(folder.path().join("text")).unwrap();
    std::fs::copy(example, folder.path().join("text/our 'review' [1].md")).unwrap();
    std::fs::write(folder.path().join("notes.md"), "# Notes\n\nBuy milk.\n").unwrap();
    std::fs::write(folder.path().join("empty.md"), "").unwrap();
    folder
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_folder_is_set_up_once() {
    let folder = folder();
    let before = files(folder.path());
    let all = ["init", "--pre-commit", "--workflow", "--protocol"];
    let shown = said(&realint(folder.path(), &[&all[..], &["--dry-run"]].concat()));
    assert_eq!(files(folder.path()), before, "a dry run writes");
    assert!(shown.contains("text/our 'review' [1].md  rameses-synthesis, report"), "{shown}");
    assert!(
        !shown.contains("notes.md") && shown.contains("left out: ") && shown.contains("empty.md is empty"),
        "{shown}"
    );

    said(&realint(folder.path(), &all));
    let set_up = files(folder.path());
    for (name, text) in [
        ("realint.toml", "glob = "),
        (".pre-commit-config.yaml", r#"args: ["text/our 'review' [1].md"]"#),
        (".github/workflows/realint.yml", "            text/our 'review' [1].md\n"),
        ("protocol.toml", "kind = \"realist_review\""),
    ] {
        let written = String::from_utf8(set_up[Path::new(name)].clone()).unwrap();
        assert!(written.contains(text), "{name}: {written}");
        assert!(!written.contains("@@"), "{name}: {written}");
        let shown_so = written.lines().all(|line| shown.contains(line));
        assert!(shown_so, "the dry run didn't show {name}");
    }
    assert!(before.iter().all(|(path, bytes)| set_up[path] == *bytes));

    let again = said(&realint(folder.path(), &all));
    assert_eq!(files(folder.path()), set_up, "{again}");
    assert_eq!(again.matches("left alone").count(), 4, "{again}");
    assert_eq!(realint(folder.path(), &["text"]).status.code(), Some(0));
}

#[test]
fn what_is_there_stays_and_what_to_add_is_shown() {
    let folder = folder();
    let config = folder.path().join(".pre-commit-config.yaml");
    std::fs::write(&config, "repos: []\n").unwrap();
    let shown = said(&realint(folder.path(), &["init", "--pre-commit"]));
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "repos: []\n");
    assert!(
        shown.contains("add below `repos:`") && shown.contains("      - repo: https://github.com/realint"),
        "{shown}"
    );
    assert!(folder.path().join("realint.toml").exists());
}

/// With the marks taken off, every example in the configuration is one that realint takes.
#[test]
fn examples_in_the_configuration_are_true() {
    let folder = folder();
    said(&realint(folder.path(), &["init"]));
    let path = folder.path().join("realint.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let is_example =
        |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
    let (mut tables, mut taken) = (false, 0);
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("# ").filter(|line| is_example(line)) {
            // The pack and the baseline aren't there.
            Some(example) if example.starts_with("rules =") || example.starts_with("baseline =") => {}
            Some(example) => {
                tables |= example.starts_with('[');
                taken += 1;
                lines.push(example);
            }
            None => lines.push(line),
        }
    }
    assert!(tables && taken >= 16, "{taken}");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let output = realint(folder.path(), &["text"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn manuscripts_are_named_or_refused() {
    let folder = folder();
    let shown = said(&realint(folder.path(), &["init", "-m", "notes.md", "--workflow", "--dry-run"]));
    assert!(shown.contains("            notes.md\n"), "{shown}");
    for refused in [
        &["init", "nowhere"][..],
        &["init", "-m", "nowhere.md"],
        &["init", "text", "-m", "notes.md"],
        &["init", "--protocol=poem"],
    ] {
        let output = realint(folder.path(), refused);
        assert_eq!(output.status.code(), Some(2), "{refused:?}");
    }
    assert!(!folder.path().join("realint.toml").exists(), "a refused set-up writes");
    let empty = tempfile::tempdir().unwrap();
    assert!(said(&realint(empty.path(), &["init"])).contains("no manuscript that claims a realist method"));
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    said(&realint(folder.path(), &["man", "-o", "man1"]));
    for (page, text) in
        [("realint", "realint\\-check(1)"), ("realint-check", "\\-\\-fail\\-on"), ("realint-rules-test", ".SH OPTIONS")]
    {
        let page = std::fs::read_to_string(folder.path().join(format!("man1/{page}.1"))).unwrap();
        assert!(page.contains(text) && page.contains(" 1 \"\" \"realint "), "{page}");
    }
    let one = said(&realint(folder.path(), &["man", "rules", "test"]));
    assert_eq!(one, std::fs::read_to_string(folder.path().join("man1/realint-rules-test.1")).unwrap());
    assert_eq!(realint(folder.path(), &["man", "chekc"]).status.code(), Some(2));
    // Where a renderer is installed, it has nothing to complain of.
    if let Ok(output) = Command::new("mandoc")
        .args(["-T", "lint", "-W", "error"])
        .arg(folder.path().join("man1/realint-check.1"))
        .output()
    {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = said(&realint(Path::new("."), &["completions", shell]));
        for word in ["check", "init", "man", "fail-on"] {
            assert!(script.contains(word), "{shell} doesn't know {word}");
        }
    }
    let script = said(&realint(Path::new("."), &["completions", "bash"]));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("realint.bash"), script).unwrap();
    if let Ok(output) = Command::new("bash").arg("-n").arg(folder.path().join("realint.bash")).output() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Colours are shown where they are asked for, and not otherwise.
#[test]
fn colours_are_shown_where_they_are_asked_for() {
    let coloured = |variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_realint"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg("examples/02-gappy-review/review.qmd")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
