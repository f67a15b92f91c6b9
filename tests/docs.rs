//! What the documentation shows is what realint prints.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_transcript_in_the_readme_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown =
        readme.split("<!-- transcript: begin -->").nth(1).unwrap().split("<!-- transcript: end -->").next().unwrap();
    let arguments = ["check", "examples/02-gappy-review/review.qmd"];
    let output = Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(root).args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut rest = printed.as_str();
    for piece in shown.trim().trim_matches('`').split("[…]").map(str::trim).filter(|piece| !piece.is_empty()) {
        let at = rest.find(piece).unwrap_or_else(|| panic!("this is no longer printed, in this order:\n{piece}"));
        rest = &rest[at + piece.len()..];
    }
}

/// Every rule that exists is explained, and no page names one that doesn't.
#[test]
fn every_code_is_explained() {
    let rules = realint::rule::load::shipped().unwrap();
    for code in rules.codes() {
        let output = Command::new(env!("CARGO_BIN_EXE_realint")).args(["explain", code]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("What to do"), "{code}: {text}");
    }
}

/// The page on projects lists every finding about them, by its name and severity.
#[test]
fn every_finding_on_projects_is_listed() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/project.md")).unwrap();
    let rules = realint::rule::load::shipped().unwrap();
    for rule in rules.others.iter().filter(|rule| rule.check.is_some_and(realint::rule::Check::is_of_projects)) {
        let row = format!("| {} | {} | {} |", rule.code, rule.name, rule.severity.name());
        assert!(page.contains(&row), "not in docs/project.md: {row}");
    }
}
