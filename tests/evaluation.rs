//! `realint eval`: its figures are those worked out by hand, its errors have places, and
//! docs/accuracy.md shows what it gives.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use realint::evaluation::{Options, evaluate};
use realint::rule::load;
use realint::{gold, render};
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).args(arguments).current_dir(folder).output().unwrap()
}

/// A folder with the example that has gaps, and a truth about it.
fn folder(truth: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["review.qmd", "references.bib"] {
        fs::copy(root().join("examples/02-gappy-review").join(name), folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("realint.toml"), "root = true\n").unwrap();
    fs::write(folder.path().join("a.gold.json"), serde_json::to_vec_pretty(truth).unwrap()).unwrap();
    folder
}

fn truth(items: &Value) -> Value {
    json!({"slug": "a", "file": "review.qmd", "standard": "rameses-synthesis", "stage": "report", "items": items})
}

fn figures(folder: &Path, options: &[&str]) -> Value {
    let output = run(folder, &[&["eval", ".", "--format", "json"], options].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn assert_figure(figures: &Value, id: &str, value: f64, n: u64) {
    let figure = figures.as_array().unwrap().iter().find(|f| f["id"] == id).unwrap();
    let near = figure["value"].as_f64().is_some_and(|v| (v - value).abs() < 1e-9);
    assert!(near && figure["n"] == n, "{figure}, not {value} of {n}");
}

/// realint says of the example: 7, 10 and 13 not found, 9 partial, the others here reported.
#[test]
fn figures_are_as_worked_out_by_hand() {
    let folder = folder(&truth(&json!({
        "1": {"status": "missing"},
        "3": {"status": "reported"},
        "7": {"status": "missing"},
        "8": {"status": "not-applicable"},
        "9": {"status": "partial"},
        "10": {"status": "missing"},
        "13": {"status": "reported"},
    })));
    let report = figures(folder.path(), &[]);
    assert_eq!(report["schema"], "realint-evaluation/1");
    let group = &report["groups"][0];
    let all = &group["figures"];
    assert_figure(all, "selection", 1.0, 1);
    assert_figure(all, "item_accuracy", 3.0 / 5.0, 5);
    assert_figure(all, "item_accuracy_always_reported", 2.0 / 5.0, 5);
    assert_figure(all, "not_found_precision", 2.0 / 3.0, 3);
    assert_figure(all, "not_found_recall", 2.0 / 3.0, 3);
    assert_figure(all, "not_found_f1", 2.0 / 3.0, 5);
    assert_figure(all, "attention_precision", 0.75, 4);
    assert_figure(all, "attention_recall", 0.75, 4);
    // 4 of 6 agreed; 14 of 36 by chance.
    assert_figure(all, "kappa_three_class", 10.0 / 22.0, 6);
    assert_figure(all, "item_false_alarms_per_manuscript", 1.0, 1);
    let seven = group["items"].as_array().unwrap().iter().find(|i| i["item"] == 7).unwrap();
    assert_figure(&seven["figures"], "not_found_f1", 1.0, 1);
    let three = group["items"].as_array().unwrap().iter().find(|i| i["item"] == 3).unwrap();
    let f1 = three["figures"].as_array().unwrap().iter().find(|f| f["id"] == "not_found_f1").unwrap();
    assert!(f1["value"].is_null(), "nothing lacks and nothing was said to: {f1}");
}

#[test]
fn configurations_and_defects_are_held_against_the_truth() {
    let mut truth = truth(&json!({}));
    truth["cmocs"] = json!([
        {"evidence": "CMOC 5. In sheltered housing with a common room", "components": ["context", "outcome"], "supported": false},
        {"evidence": "Where nothing of the kind was ever written", "components": ["context"], "supported": true},
    ]);
    truth["defects"] = json!([
        {"code": "CMO001", "at": "CMOC 5. In sheltered housing with a common room"},
        {"code": "CMO002", "at": "Where nothing of the kind was ever written"},
    ]);
    let folder = folder(&truth);
    let report = figures(folder.path(), &[]);
    let all = &report["groups"][0]["figures"];
    assert_figure(all, "cmo_recall", 0.5, 2);
    assert_figure(all, "cmo_parts_right", 1.0, 1);
    assert_figure(all, "defects_found", 0.5, 2);
}

#[test]
fn deleted_evidence_is_noticed() {
    let folder = folder(&truth(&json!({
        "1": {"status": "reported", "evidence": ["Borrowed screens: a realist review"]},
        "12": {"status": "reported", "evidence": ["The databases returned 1,148 records,"]},
        "17": {"status": "reported", "evidence": ["A sentence that isn't there at all"]},
    })));
    let report = figures(folder.path(), &["--deletion"]);
    // The title is never cut, and what isn't there can't be.
    assert_figure(&report["groups"][0]["figures"], "deletion_noticed", 1.0, 1);
    let without = figures(folder.path(), &[]);
    let none = without["groups"][0]["figures"].as_array().unwrap().iter().find(|f| f["id"] == "deletion_noticed");
    assert!(none.unwrap()["value"].is_null());
}

#[test]
fn the_standard_may_be_given() {
    let mut other = truth(&json!({"1": {"status": "missing"}}));
    other["standard"] = json!("rameses-evaluation");
    let folder = folder(&other);
    assert_figure(&figures(folder.path(), &[])["groups"][0]["figures"], "selection", 0.0, 1);
    let given = figures(folder.path(), &["--standard"]);
    assert_eq!(given["standard_given"], true);
    assert_figure(&given["groups"][0]["figures"], "selection", 1.0, 1);
}

#[test]
fn lists_of_titles_are_judged() {
    let folder = folder(&truth(&json!({})));
    let list = "title\tstandard\tstage\nLending tools: a realist review\trameses-synthesis\treport\nA trial of tea\tnone\t\nA trial of tea\trameses-synthesis\treport\n";
    fs::write(folder.path().join("titles.tsv"), list).unwrap();
    let report = figures(folder.path(), &[]);
    assert_eq!(report["groups"][0]["titles"], json!([{"name": "titles", "right": 2, "n": 3}]));
    fs::write(folder.path().join("titles.tsv"), "title\nA trial of tea\n").unwrap();
    let refused = run(folder.path(), &["eval", "."]);
    assert!(refused.status.code() == Some(2) && String::from_utf8_lossy(&refused.stderr).contains("`standard`"));
}

#[test]
fn a_manuscript_that_cannot_be_read_is_wrong_and_named() {
    let folder = folder(&truth(&json!({"7": {"status": "missing"}, "3": {"status": "reported"}})));
    fs::write(folder.path().join("review.qmd"), "").unwrap();
    let report = figures(folder.path(), &[]);
    let group = &report["groups"][0];
    assert_figure(&group["figures"], "manuscripts_unread", 1.0, 1);
    assert_figure(&group["figures"], "not_found_precision", 0.5, 2);
    assert!(group["unread"][0]["reason"].as_str().unwrap().contains("empty"));
}

#[track_caller]
fn assert_refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    for word in words {
        assert!(error.contains(word), "no {word} in {error}");
    }
}

#[test]
fn errors_are_named_with_their_place() {
    let empty = tempfile::tempdir().unwrap();
    assert_refused(empty.path(), &["eval", "."], &["no gold file"]);
    assert_refused(empty.path(), &["eval", "nowhere"], &["nowhere"]);
    assert_refused(empty.path(), &["eval", ".", "--resamples", "many"], &["whole number"]);
    let unknown = folder(&truth(&json!({"3": {"status": "reported"}, "25": {"status": "missing"}})));
    assert_refused(unknown.path(), &["eval", "."], &["no item `25`", "a.gold.json:", "1 to 19"]);
    let mut both = truth(&json!({}));
    both["standard"] = json!("rameses-synthesiss");
    both["file"] = json!("gone.md");
    let both = folder(&both);
    assert_refused(both.path(), &["eval", "."], &["no file `gone.md`", "no standard `rameses-synthesiss`"]);
    fs::write(
        both.path().join("a.gold.json"),
        "{\n \"slug\": \"a\",\n \"items\": {\"1\": {\"status\": \"lost\"}}\n}\n",
    )
    .unwrap();
    assert_refused(both.path(), &["eval", "."], &["no gold file", "`lost`", "a.gold.json:3:"]);
    fs::write(both.path().join("a.gold.json"), "{\"slug\": \"é").unwrap();
    assert_refused(both.path(), &["eval", "."], &["a.gold.json:1:"]);
}

#[test]
fn an_output_that_is_an_input_is_refused() {
    let folder = folder(&truth(&json!({})));
    assert_refused(folder.path(), &["eval", ".", "-o", "a.gold.json"], &["one of the inputs"]);
    assert!(run(folder.path(), &["eval", ".", "-o", "figures.txt"]).status.success());
    assert!(fs::read_to_string(folder.path().join("figures.txt")).unwrap().contains("1 manuscript"));
}

#[test]
fn threads_do_not_matter() {
    let with = |threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_realint"));
        command.args(["eval", "tests/gold/unread", "tests/gold/unread", "--format", "json", "--resamples", "50"]);
        let output = command.current_dir(root()).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let one = with("1");
    assert!(one == with("4"));
    let report: Value = serde_json::from_slice(&one).unwrap();
    let names: Vec<&str> = report["groups"].as_array().unwrap().iter().map(|g| g["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["tests/gold/unread", "tests/gold/unread", "all"]);
    assert_eq!(report["groups"][2]["manuscripts"].as_u64(), report["groups"][0]["manuscripts"].as_u64().map(|n| 2 * n));
}

/// Set this variable and run this test to write docs/accuracy.md anew.
const WRITE: &str = "REALINT_WRITE_ACCURACY";

/// Puts a text between the marks `<!-- name: begin -->` and `<!-- name: end -->`.
fn put(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{text}{end}{after}")
}

#[test]
fn the_page_on_accuracy_is_current() {
    // Folders are named as from the root, where tests run.
    let rules = load::with_folder(Path::new("rules")).unwrap();
    let tune = PathBuf::from("tests/gold/tune");
    let folders = [tune.clone(), PathBuf::from("tests/gold/unread")];
    let mut evaluation = evaluate(&folders, &rules, Options { deletion: true, ..Options::default() }).unwrap();
    // One half was learned from and the other was not: together they say nothing.
    evaluation.groups.truncate(folders.len());
    let mut figures = Vec::new();
    render::evaluation::markdown(&evaluation, &mut figures).unwrap();
    let held_out = gold::hold_out(&rules, None, Path::new("rules/bank"), Some(&tune)).unwrap();
    let held_out = render::evaluation::held_out(&held_out, &rules);
    let path = Path::new("docs/accuracy.md");
    let page = fs::read_to_string(path).unwrap();
    let current = put(&page, "figures", &String::from_utf8(figures).unwrap());
    let current = put(&current, "held-out", &held_out);
    if std::env::var_os(WRITE).is_some() {
        fs::write(path, current).unwrap();
    } else {
        assert!(page == current, "docs/accuracy.md is stale: run `{WRITE}=1 cargo test --test evaluation accuracy`");
    }
}
