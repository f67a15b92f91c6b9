//! The JSON contract: what realint prints is what its schema says, and places in it are places in
//! the file.

use std::fs;
use std::path::Path;
use std::process::Command;

use jsonschema::Validator;
use realint::source::SourceText;
use serde_json::{Value, json};

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/realint-report.schema.json");
    serde_json::from_slice(&fs::read(path).expect("the schema")).expect("JSON")
}

fn validator() -> Validator {
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema()).expect("a schema")
}

/// A validator of one line of `--format jsonl`.
fn document_validator() -> Validator {
    let mut schema = schema();
    let whole = schema.as_object_mut().expect("an object");
    for key in ["type", "properties", "required", "additionalProperties"] {
        whole.remove(key);
    }
    whole.insert("$ref".into(), json!("#/$defs/document"));
    jsonschema::draft202012::new(&schema).expect("a schema")
}

#[track_caller]
fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_realint")).args(arguments).current_dir(folder).output().expect("realint ends");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Checks texts and gives the report, which is valid, as is each line of JSON lines.
fn report(files: &[(&str, &str)], options: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("realint.toml"), "root = true\n").expect("a file");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).filter(|name| !name.starts_with('_')).collect();
    let report: Value =
        serde_json::from_str(&run(folder.path(), &[&names, options, &["--format", "json"]].concat())).expect("JSON");
    assert_valid(&validator(), &report);
    let lines = run(folder.path(), &[&names, options, &["--format", "jsonl"]].concat());
    let of_document = document_validator();
    for line in lines.lines() {
        assert_valid(&of_document, &serde_json::from_str(line).expect("JSON"));
    }
    for document in report["documents"].as_array().expect("documents") {
        let path = document["path"].as_str().expect("a path");
        each_location(document, &mut |location| {
            let name = location["part"].as_str().unwrap_or(path);
            let text = files.iter().find(|(file, _)| *file == name).unwrap_or_else(|| panic!("no file {name}")).1;
            check_location(location, text);
        });
    }
    report
}

fn each_location(value: &Value, found: &mut dyn FnMut(&Value)) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if key == "location" {
                    found(field);
                } else {
                    each_location(field, found);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| each_location(one, found)),
        _ => {}
    }
}

fn check_location(location: &Value, text: &str) {
    let number = |key: &str| location[key].as_u64().expect("a number") as usize;
    let source = SourceText::new("", text.to_owned());
    let (start, end) = (number("start_byte"), number("end_byte"));
    assert!(text.get(start..end).is_some(), "{location}");
    let (from, to) = (source.position(start), source.position(end));
    assert_eq!((number("line"), number("column")), (from.line, from.column), "{location}");
    assert_eq!((number("end_line"), number("end_column")), (to.line, to.column), "{location}");
}

const REPORT: &str = include_str!("fixtures/report/whole/input.qmd");

#[test]
fn a_report_is_as_the_schema_says() {
    let included = include_str!("fixtures/report/whole/_results.qmd");
    let report = report(&[("draft.qmd", REPORT), ("_results.qmd", included)], &["--stage", "report"]);
    let document = &report["documents"][0];
    assert_eq!(document["standard"]["id"], "rameses-synthesis");
    let length = |key: &str| document[key].as_array().map_or(0, Vec::len);
    assert_eq!(length("items"), 19, "every item is listed");
    // The draft has something of everything, or the schema wouldn't be tested.
    assert!(
        length("findings") > 0 && length("suppressed") > 0 && length("configurations") > 1 && length("notes") > 0,
        "{document}"
    );
    let items = document["items"].as_array().expect("items");
    assert!(items.iter().any(|i| i["evidence"].as_array().is_some_and(|e| !e.is_empty())));
    assert!(items.iter().any(|i| i["reason"].is_string()));
    let configurations = document["configurations"].as_array().expect("configurations");
    assert!(configurations.iter().any(|c| c["evidence"].as_array().is_some_and(|e| !e.is_empty())));
    assert!(
        configurations.iter().any(|c| c["location"]["part"] == "_results.qmd"),
        "a place in an included file names it"
    );
}

#[test]
fn explained_verdicts_are_as_the_schema_says() {
    let included = include_str!("fixtures/report/whole/_results.qmd");
    let files = [("draft.qmd", REPORT), ("_results.qmd", included)];
    let report = report(&files, &["--stage", "report", "--explain-verdicts"]);
    let items = report["documents"][0]["items"].as_array().expect("items");
    let parts: Vec<&Value> = items.iter().filter_map(|i| i["parts"].as_array()).flatten().collect();
    assert!(items.iter().all(|item| item["parts"].is_array() || item["verdict"] == "not-applicable"));
    let best = |found: bool| parts.iter().filter(move |p| p["found"] == found).map(|p| &p["best"]);
    assert!(best(true).any(|b| b["cues"][0]["weight"].is_number()), "a cue that held");
    assert!(best(true).any(|b| b["learned"]["features"][0]["weight"].is_number()), "words that were weighed");
    assert!(best(false).any(|b| b["location"]["line"].is_number()), "a near miss");
    let silent = self::report(&files, &["--stage", "report"]);
    assert!(!silent.to_string().contains("\"parts\""), "only where somebody asks");
}

#[test]
fn a_text_without_a_standard_is_as_the_schema_says() {
    let report = report(&[("other.md", "# A trial of tea\n\nWe randomised people.\n")], &[]);
    assert!(report["documents"][0]["standard"].is_null());
}

#[test]
fn several_records_are_as_the_schema_says() {
    let export = "TY  - JOUR\nTI  - Peer support for carers: a realist review\nAB  - Carers need support, and peers may give it. We asked how peer support works, for whom, in what\n  circumstances and why. This realist review searched five databases and included forty documents. Trust explained most.\nER  - \n\nTY  - JOUR\nTI  - A trial of tea\nAB  - We randomised.\nER  - \n";
    let report = report(&[("export.txt", export), ("other.md", "# A trial of tea\n\nWe randomised people.\n")], &[]);
    let records: Vec<(&str, u64)> = report["documents"]
        .as_array()
        .expect("documents")
        .iter()
        .map(|d| (d["path"].as_str().expect("a path"), d["record"].as_u64().expect("a record")))
        .collect();
    assert_eq!(records, [("export.txt", 1), ("export.txt", 2), ("other.md", 1)]);
    assert_eq!(report["documents"][0]["stage"], "abstract");
    assert_eq!(report["documents"][0]["standard"]["id"], "rameses-synthesis");
}

#[test]
fn a_text_without_blocks_is_as_the_schema_says() {
    let empty = "---\nrealint:\n  standard: rameses-synthesis\n  stage: report\n---\n\n<!-- realint-ignore RS01: nothing is here -->\n";
    let report = report(&[("empty.md", empty)], &[]);
    assert_eq!(report["documents"][0]["items"].as_array().map(Vec::len), Some(19));
}

#[test]
fn every_gold_manuscript_is_as_the_schema_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold");
    let out = run(&folder, &[".", "--format", "json", "--fail-on", "never"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_valid(&validator(), &report);
    let documents = report["documents"].as_array().expect("documents");
    assert!(documents.len() > 10);
    for document in documents {
        let text = fs::read_to_string(folder.join(document["path"].as_str().expect("a path"))).expect("the manuscript");
        each_location(document, &mut |location| check_location(location, &text));
    }
}

#[test]
fn the_schema_refuses_what_breaks_the_contract() {
    let valid = report(
        &[("draft.qmd", REPORT), ("_results.qmd", include_str!("fixtures/report/whole/_results.qmd"))],
        &["--stage", "report"],
    );
    let validator = validator();
    let breaks: &[(&str, Value)] = &[
        ("/schema", json!("realint-report/2")),
        ("/documents/0/stage", json!("draft")),
        ("/documents/0/format", json!("pdf?")),
        ("/documents/0/record", json!(0)),
        ("/documents/0/standard", json!(null)),
        ("/documents/0/standard/confidence", json!(1.5)),
        ("/documents/0/items/0/verdict", json!("missing")),
        ("/documents/0/items/0/code", json!("rs1")),
        ("/documents/0/configurations/0/form", json!("song")),
        ("/documents/0/configurations/0/components/context", json!("text")),
        ("/documents/0/findings/0/location/line", json!(0)),
        ("/documents/0/findings/0/severity", json!("fatal")),
        ("/documents/0/findings/0/fingerprint", json!("?")),
        ("/documents/0/suppressed/0/by", json!("luck")),
        ("/documents/0/suppressed/0/reason", json!("")),
        ("/documents/0/notes/0", json!(1)),
    ];
    for (pointer, value) in breaks {
        let mut broken = valid.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}")) = value.clone();
        assert!(!validator.is_valid(&broken), "{pointer} may be {value}");
    }
    for pointer in [
        "",
        "/tool",
        "/documents/0",
        "/documents/0/items/0",
        "/documents/0/findings/0",
        "/documents/0/suppressed/0",
        "/documents/0/findings/0/location",
    ] {
        let mut broken = valid.clone();
        let object = broken
            .pointer_mut(pointer)
            .and_then(Value::as_object_mut)
            .unwrap_or_else(|| panic!("nothing at {pointer}"));
        object.insert("surprise".into(), json!(1));
        assert!(!validator.is_valid(&broken), "an unknown field at {pointer:?}");
        let mut broken = valid.clone();
        let object = broken.pointer_mut(pointer).and_then(Value::as_object_mut).expect("an object");
        let first = object.keys().next().expect("a field").clone();
        object.remove(&first);
        assert!(!validator.is_valid(&broken), "{pointer:?} without {first}");
    }
}
