//! `realint cmo`, and lists of configurations as input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sheets")
}

fn realint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(folder).args(arguments).output().expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn configurations(folder: &Path, file: &str) -> Vec<serde_json::Value> {
    let output = realint(folder, &["cmo", file, "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    json["documents"][0]["configurations"].as_array().expect("a list").clone()
}

fn words(configuration: &serde_json::Value, part: &str) -> Vec<String> {
    let all = configuration["components"][part].as_array().expect("a list");
    all.iter().map(|c| c["text"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn every_layout_of_a_sheet_gives_the_same_configurations() {
    let own_names = tempfile::tempdir().expect("a folder");
    std::fs::copy(fixtures().join("own-names.toml"), own_names.path().join("own-names.toml")).expect("copied");
    let config = "root = true\n[[sheet]]\nglob = 'own-names.toml'\ncolumns = { id = 'nummer', context = 'umstand', response = 'reaktion', outcome = 'folge', source = 'beleg' }\n";
    std::fs::write(own_names.path().join("realint.toml"), config).expect("written");
    for (folder, file) in [
        (fixtures(), "records.csv"),
        (fixtures(), "nested.yaml"),
        (fixtures(), "keyed.json"),
        (own_names.path().to_owned(), "own-names.toml"),
    ] {
        let text = std::fs::read_to_string(folder.join(file)).expect("a fixture");
        let all = configurations(&folder, file);
        assert_eq!(all.len(), 2, "{file}");
        assert_eq!(words(&all[0], "context"), ["Wards where nurses keep the same patients for a week"], "{file}");
        assert!(words(&all[0], "mechanism").iter().any(|m| m.contains("nurses feel safe to ask")), "{file}");
        assert_eq!(words(&all[0], "outcome"), ["questions are raised early"], "{file}");
        assert_eq!(words(&all[1], "mechanism"), Vec::<String>::new(), "{file}");
        assert!(all[0]["supported"].as_bool().expect("said") && all[1]["supported"].as_bool().expect("said"), "{file}");
        // The place is the cell's in the file, not the table's that was made of it.
        let at = &all[0]["components"]["outcome"][0]["location"];
        let range =
            at["start_byte"].as_u64().expect("a byte") as usize..at["end_byte"].as_u64().expect("a byte") as usize;
        assert!(text[range].contains("questions are raised early"), "{file}: {at}");
        let check = realint(&folder, &["check", file, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_slice(&check.stdout).expect("JSON");
        let findings = json["documents"][0]["findings"].as_array().expect("a list");
        let codes: Vec<&str> = findings.iter().map(|f| f["code"].as_str().expect("a code")).collect();
        assert_eq!(codes, ["CMO001"], "{file}");
        assert_eq!(json["documents"][0]["items"].as_array().map(Vec::len), Some(0), "{file}");
    }
}

#[test]
fn files_without_configurations_say_what_a_record_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in [("other.csv", "a,b\n1,2\n"), ("other.json", "{\"a\": [1, 2]}"), ("other.yaml", "a: 1\n")] {
        std::fs::write(folder.path().join(file), text).expect("written");
        let output = realint(folder.path(), &["check", file, "--input-format", "sheet"]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("record") && message.contains("realint.toml"), "{message}");
    }
    std::fs::write(folder.path().join("broken.yaml"), "cmos:\n  - context: [a\n    outcome: b\n").expect("written");
    let output = realint(folder.path(), &["cmo", "broken.yaml", "--input-format", "sheet"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && message.contains("broken.yaml:"), "{message}");
}

#[test]
fn every_format_shows_every_configuration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manuscript = "examples/01-clean-review/review.md";
    let count = configurations(root, manuscript).len();
    assert!(count > 8, "{count}");
    let show = |format: &str| out(&realint(root, &["cmo", manuscript, "--format", format]));
    let mut rows = csv::Reader::from_reader(std::io::Cursor::new(show("csv")));
    assert_eq!(rows.records().filter(|row| row.as_ref().is_ok_and(|r| r.len() == 20)).count(), count);
    assert_eq!(show("mermaid").matches("subgraph ").count(), count);
    assert_eq!(show("dot").matches("subgraph cluster_").count(), count);
    let svg = show("svg");
    let mut reader = quick_xml::Reader::from_str(&svg);
    let mut texts = 0;
    loop {
        match reader.read_event().expect("well-formed XML") {
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == "text" => texts += 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(texts > count * 4, "a label and three parts each: {texts}");
    let table = show("table");
    assert!(table.contains("CMOC 8") && table.contains(&format!("{count} configurations")), "{table}");
    insta::assert_snapshot!("the_table_of_configurations", table.lines().take(12).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_a_manuscript_says_is_never_markup_of_a_graph() {
    let folder = tempfile::tempdir().expect("a folder");
    let sheet = "id,context,mechanism,outcome,source\nCMOC1,\"a \"\"b\"\"] --> <script>\",=cmd|' /C calc'!A0,\"x\\\"\"; y\",s1\n";
    std::fs::write(folder.path().join("hostile.csv"), sheet).expect("written");
    let show = |format: &str| out(&realint(folder.path(), &["cmo", "hostile.csv", "--format", format]));
    assert!(!show("svg").contains("<script>"));
    assert!(!show("mermaid").contains("<script>") && !show("mermaid").contains("] -->"));
    assert!(show("dot").contains("\\\"b\\\""));
    assert!(!show("csv").contains(",=cmd"), "a spreadsheet would run it");
}

#[test]
fn an_output_is_written_whole_and_never_over_an_input() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(fixtures().join("records.csv"), folder.path().join("records.csv")).expect("copied");
    let written = realint(folder.path(), &["cmo", "records.csv", "--format", "svg", "-o", "drawing.svg"]);
    assert!(written.status.success());
    assert!(std::fs::read_to_string(folder.path().join("drawing.svg")).expect("it is there").contains("</svg>"));
    let refused = realint(folder.path(), &["cmo", "records.csv", "--format", "csv", "-o", "records.csv"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn an_outcome_that_becomes_a_context_is_drawn_as_a_link() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ripples");
    let ripples: Vec<Option<u64>> =
        configurations(&folder, "ripples.md").iter().map(|c| c["ripple"].as_u64()).collect();
    assert_eq!(ripples, [Some(1), Some(2), None, Some(4), None]);
    let show = |format: &str| out(&realint(&folder, &["cmo", "ripples.md", "--format", format]));
    let (mermaid, dot, svg) = (show("mermaid"), show("dot"), show("svg"));
    for (from, to) in [(1, 2), (2, 3), (4, 5)] {
        assert!(mermaid.contains(&format!("d1c{from}Out ==> d1c{to}Con")), "{mermaid}");
        assert!(dot.contains(&format!("d1c{from}Out -> d1c{to}Con [penwidth=2")), "{dot}");
    }
    assert_eq!(svg.matches("marker-end=\"url(#realint-ripple)\"").count(), 3);
    assert!(svg.contains("ripple: an outcome that becomes a context") && svg.contains("no support found in the text"));
    insta::assert_snapshot!("ripples_in_mermaid", mermaid);
    insta::assert_snapshot!("ripples_in_dot", dot);
    insta::assert_snapshot!("ripples_in_svg", svg);
}
