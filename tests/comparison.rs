//! `realint compare`: what a revision mended, broke and left as it was. Every test fires on one change and
//! is silent without it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

use jsonschema::Validator;
use serde_json::Value;
use tempfile::TempDir;

/// A review with gaps: items 7, 10 and 13 are not found, and configuration 5 has no mechanism.
const REVIEW: &str = include_str!("../examples/02-gappy-review/review.qmd");

const EXTRACTION: &str = "### Data extraction\n\nFrom each included document passages about contexts, mechanisms and outcomes were copied into an extraction form that we had piloted on five documents.\n\n### Analysis";
const NO_MECHANISM: &str = "borrowing doubled within a year (O) [@salter2022]";
const WITH_MECHANISM: &str =
    "residents trust that a neighbour will help them (M), and borrowing doubled (O) [@salter2022]";

struct Versions(TempDir);

impl Versions {
    fn new(old: &str, new: &str) -> Self {
        Self::named(("old.qmd", old), ("new.qmd", new))
    }

    fn named(old: (&str, &str), new: (&str, &str)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("realint.toml"), "root = true\n").unwrap();
        std::fs::write(folder.path().join(old.0), old.1).unwrap();
        std::fs::write(folder.path().join(new.0), new.1).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_realint"))
            .arg("compare")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    /// The comparison, which is as its schema says, and whose `broke` is the exit code.
    #[track_caller]
    fn json_of(&self, old: &str, new: &str) -> Value {
        let output = self.run(&[old, new, "--format", "json"]);
        let comparison: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let errors: Vec<String> =
            validator().iter_errors(&comparison).map(|e| format!("{}: {e}", e.instance_path)).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        let code = i32::from(comparison["broke"].as_bool().unwrap());
        assert_eq!(output.status.code(), Some(code), "{comparison}");
        comparison
    }

    #[track_caller]
    fn json(&self) -> Value {
        self.json_of("old.qmd", "new.qmd")
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], words: &str) {
        let output = self.run(arguments);
        let said: Vec<String> = String::from_utf8_lossy(&output.stderr).split_whitespace().map(str::to_owned).collect();
        let said = said.join(" ").replace("│ ", "");
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(output.stdout.is_empty());
    }
}

fn validator() -> Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/realint-comparison.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The old text with some words replaced, which must be there once.
#[track_caller]
fn edited(text: &str, edits: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    text
}

#[track_caller]
fn compared(edits: &[(&str, &str)]) -> Value {
    Versions::new(REVIEW, &edited(REVIEW, edits)).json()
}

/// Codes of the items that went this way.
fn items(comparison: &Value, change: &str) -> Vec<String> {
    let all = comparison["items"].as_array().unwrap().iter();
    all.filter(|item| item["change"] == change).map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

/// Codes of findings that aren't about items.
fn findings(comparison: &Value, list: &str) -> Vec<String> {
    let all = comparison["findings"][list].as_array().unwrap().iter();
    let finding = |one: &Value| if one["new"].is_object() { one["new"].clone() } else { one.clone() };
    all.map(finding).filter(|f| f["of_item"] == false).map(|f| f["code"].as_str().unwrap().to_owned()).collect()
}

fn configurations<'a>(comparison: &'a Value, list: &str) -> &'a [Value] {
    comparison["configurations"][list].as_array().unwrap()
}

fn counts(comparison: &Value, list: &str) -> [u64; 3] {
    ["items", "findings", "configurations"].map(|of| comparison[list][of].as_u64().unwrap())
}

/// Nothing changed, whatever stands where.
#[track_caller]
fn assert_same(comparison: &Value) {
    assert_eq!(counts(comparison, "mended"), [0, 0, 0], "{comparison}");
    assert_eq!(counts(comparison, "broken"), [0, 0, 0], "{comparison}");
    assert_eq!(items(comparison, "kept").len(), 19);
    for list in ["gone", "new", "silenced"] {
        assert_eq!(findings(comparison, list), [] as [&str; 0], "{list}");
    }
    assert_eq!(configurations(comparison, "kept").len(), 6);
}

#[test]
fn the_same_text_is_the_same() {
    let comparison = compared(&[]);
    assert_same(&comparison);
    assert_eq!(findings(&comparison, "kept"), ["META601", "CMO001"]);
    assert_eq!(comparison["standards"], "same");
    assert_eq!(comparison["cautions"], serde_json::json!([]));
}

#[test]
fn lines_that_move_are_no_change() {
    let moved = compared(&[("## Discussion\n", "## Discussion\n\nWe begin with what we found.\n\n")]);
    assert_same(&moved);
    let wrapped = REVIEW.replace(" and ", "\nand ").replace("\n## Results", "\n\n\n\n## Results");
    let wrapped = wrapped.replace("\nand it", " and it");
    assert_same(&Versions::new(REVIEW, &wrapped).json());
}

#[test]
fn an_item_is_mended_at_its_new_place() {
    let comparison = compared(&[("### Analysis", EXTRACTION)]);
    assert_eq!(items(&comparison, "mended"), ["RS10"]);
    assert_eq!(counts(&comparison, "broken"), [0, 0, 0]);
    assert_eq!(comparison["broke"], false);
    let item = comparison["items"].as_array().unwrap().iter().find(|item| item["code"] == "RS10").unwrap();
    assert_eq!(
        (item["old"]["verdict"].as_str(), item["new"]["verdict"].as_str()),
        (Some("not-found"), Some("reported"))
    );
    let evidence = &item["new"]["evidence"][0];
    assert!(evidence["text"].as_str().unwrap().contains("extraction form"), "{evidence}");
    assert_eq!(evidence["location"]["section"], serde_json::json!(["Methods", "Data extraction"]));
}

#[test]
fn an_item_is_broken_from_its_old_place() {
    let versions = Versions::new(&edited(REVIEW, &[("### Analysis", EXTRACTION)]), REVIEW);
    let comparison = versions.json();
    assert_eq!(items(&comparison, "broken"), ["RS10"]);
    assert_eq!(counts(&comparison, "broken"), [1, 0, 0], "a finding on an item isn't counted beside its verdict");
    let said = String::from_utf8(versions.run(&["old.qmd", "new.qmd"]).stdout).unwrap();
    assert!(said.contains("broken   RS10 Data extraction: reported → not found\n           was line 9"), "{said}");
    assert!(said.ends_with("Mended: nothing. Broken: 1 item.\n"), "{said}");
    let output = versions.run(&["old.qmd", "new.qmd", "--exit-zero"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_item_that_is_declared_not_to_apply_is_neither() {
    let comparison =
        compared(&[("## Methods", "<!-- realint-not-applicable RS10: nothing was extracted -->\n\n## Methods")]);
    assert_eq!(items(&comparison, "changed"), ["RS10"]);
    assert_eq!(comparison["broke"], false);
    let back = Versions::new(
        &edited(REVIEW, &[("## Methods", "<!-- realint-not-applicable RS10: nothing was extracted -->\n\n## Methods")]),
        REVIEW,
    );
    assert_eq!(items(&back.json(), "broken"), ["RS10"]);
}

#[test]
fn a_finding_is_gone_and_its_configuration_mended() {
    let comparison = compared(&[(NO_MECHANISM, WITH_MECHANISM)]);
    assert_eq!(findings(&comparison, "gone"), ["CMO001"]);
    assert_eq!(counts(&comparison, "mended"), [0, 1, 1]);
    assert_eq!(comparison["broke"], false);
    let [changed] = configurations(&comparison, "changed") else { panic!("{comparison}") };
    assert_eq!(changed["gained"], serde_json::json!(["mechanism"]));
    assert_eq!(changed["lost"], serde_json::json!([]));
    let parts: Vec<(&str, bool, bool)> = changed["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["part"].as_str().unwrap(), part["old"].is_object(), part["new"].is_object()))
        .collect();
    assert!(parts.contains(&("mechanism", false, true)), "{parts:?}");
}

#[test]
fn a_finding_is_kept_when_its_paragraph_is_edited() {
    let comparison =
        compared(&[("In sheltered housing with a common room (C)", "In sheltered flats that have a shared room (C)")]);
    assert_eq!(findings(&comparison, "kept"), ["META601", "CMO001"]);
    assert_eq!(comparison["broke"], false);
    let [changed] = configurations(&comparison, "changed") else { panic!("{comparison}") };
    assert_eq!(changed["parts"][0]["part"], "context");
}

#[test]
fn a_new_gap_breaks_and_a_new_note_does_not() {
    let worse = compared(&[(
        "**CMOC 6.**",
        "**CMOC 7.** In villages with one shop (C), the scheme was dropped within weeks (O) [@kerr2021].\n\n**CMOC 6.**",
    )]);
    assert!(findings(&worse, "new").contains(&"CMO001".to_owned()), "{}", worse["findings"]["new"]);
    assert_eq!(findings(&worse, "kept"), ["META601", "CMO001"], "the gap that was there is another one");
    assert_eq!(worse["broke"], true);
    assert_eq!(configurations(&worse, "added").len(), 1);
    let followed = "The RAMESES publication standards guided the report [@wong2013].";
    let noted = Versions::new(&edited(REVIEW, &[(followed, "")]), REVIEW).json();
    assert_eq!(findings(&noted, "new"), ["META601"]);
    assert_eq!(noted["broke"], false, "a note is for a person to settle");
}

#[test]
fn a_silenced_finding_is_not_gone() {
    let comment = "<!-- realint-ignore CMO001: deliberately a context-outcome dyad -->\n**CMOC 5.**";
    let comparison = compared(&[("**CMOC 5.**", comment)]);
    assert_eq!(findings(&comparison, "gone"), [] as [&str; 0]);
    assert_eq!(findings(&comparison, "silenced"), ["CMO001"]);
    assert_eq!(comparison["findings"]["silenced"][0]["reason"], "deliberately a context-outcome dyad");
    let back = Versions::new(&edited(REVIEW, &[("**CMOC 5.**", comment)]), REVIEW).json();
    assert_eq!(findings(&back, "new"), ["CMO001"], "what is silenced no longer is new");
}

#[test]
fn configurations_keep_their_identity_when_they_are_numbered_anew() {
    // The fifth is dropped, and the sixth takes its number.
    let (from, to) = (REVIEW.find("**CMOC 5.**").unwrap(), REVIEW.find("**CMOC 6.**").unwrap());
    let dropped = format!("{}{}", &REVIEW[..from], REVIEW[to..].replace("**CMOC 6.**", "**CMOC 5.**"));
    let dropped = dropped.replace("CMOCs 4 and 6", "CMOCs 4 and 5").replace("Six CMOCs", "Five CMOCs");
    let comparison = Versions::new(REVIEW, &dropped).json();
    let [changed] = configurations(&comparison, "changed") else { panic!("{comparison}") };
    assert_eq!((changed["old"]["index"].as_u64(), changed["new"]["index"].as_u64()), (Some(5), Some(4)));
    assert_eq!(changed["parts"], serde_json::json!([]));
    let [removed] = configurations(&comparison, "removed") else { panic!("{comparison}") };
    assert_eq!(removed["index"], 4);
    assert_eq!(findings(&comparison, "gone"), ["CMO001"]);
    assert_eq!(comparison["broke"], false, "to drop a configuration is for the authors to decide");
}

#[test]
fn a_configuration_that_loses_a_part_is_broken() {
    let versions = Versions::new(&edited(REVIEW, &[(NO_MECHANISM, WITH_MECHANISM)]), REVIEW);
    let comparison = versions.json();
    assert_eq!(counts(&comparison, "broken"), [0, 1, 1]);
    assert_eq!(configurations(&comparison, "changed")[0]["lost"], serde_json::json!(["mechanism"]));
    let said = String::from_utf8(versions.run(&["old.qmd", "new.qmd"]).stdout).unwrap();
    assert!(said.contains("lacks now: mechanism"), "{said}");
}

#[test]
fn support_that_goes_is_seen_and_new_numbers_of_references_are_not() {
    let bare = compared(&[(" [@salter2022].\n\n**CMOC 6.**", ".\n\n**CMOC 6.**")]);
    let [changed] = configurations(&bare, "changed") else { panic!("{bare}") };
    assert_eq!(changed["lost"], serde_json::json!(["support"]));
    assert_eq!(bare["broke"], true);
    let clean = include_str!("../examples/01-clean-review/review.md");
    let numbered = clean.replace("[18,22]", "[19,23]").replace("[4,15]", "[5,16]");
    assert_ne!(clean, numbered);
    let comparison = Versions::new(clean, &numbered).json();
    assert!(configurations(&comparison, "changed").is_empty(), "{}", comparison["configurations"]);
}

#[test]
fn different_standards_are_said_and_items_left_alone() {
    let evaluation = REVIEW.replace("    standard: rameses-synthesis\n", "");
    let forced = edited(&evaluation, &[("---\ntitle:", "---\nrealint:\n  standard: rameses-evaluation\ntitle:")]);
    let versions = Versions::new(REVIEW, &forced);
    let comparison = versions.json();
    assert_eq!(comparison["standards"], "different");
    assert_eq!(comparison["items"], serde_json::json!([]));
    assert!(comparison["cautions"][0].as_str().unwrap().contains("rameses-evaluation"), "{}", comparison["cautions"]);
    assert_eq!(counts(&comparison, "broken")[0], 0);
    let said = String::from_utf8(versions.run(&["old.qmd", "new.qmd"]).stdout).unwrap();
    assert!(said.contains("caution: the old version answers to rameses-synthesis"), "{said}");
}

#[test]
fn a_version_without_a_standard_is_no_improvement() {
    let tea = "# A randomised trial of tea\n\n## Methods\n\nWe randomised two hundred people to tea or to water.\n";
    let lost = Versions::new(REVIEW, tea).json();
    assert_eq!((&lost["standards"], &lost["broke"]), (&Value::from("lost"), &Value::from(true)));
    assert_eq!(counts(&lost, "mended"), [0, 0, 0]);
    assert!(findings(&lost, "gone").is_empty() && configurations(&lost, "removed").is_empty());
    assert!(lost["cautions"].to_string().contains("are these two versions of one manuscript?"));
    let gained = Versions::new(tea, REVIEW).json();
    assert_eq!((&gained["standards"], &gained["broke"]), (&Value::from("gained"), &Value::from(false)));
    assert_eq!(Versions::new(tea, tea).json()["standards"], "none");
}

#[test]
fn a_protocol_and_a_report_are_two_kinds() {
    let protocol = edited(REVIEW, &[("---\ntitle:", "---\nrealint:\n  stage: protocol\ntitle:")]);
    let comparison = Versions::new(&protocol, REVIEW).json();
    assert_eq!(comparison["standards"], "same");
    assert!(comparison["cautions"][0].as_str().unwrap().contains("read as a protocol and the new one as a report"));
    assert!(items(&comparison, "changed").contains(&"RS13".to_owned()), "what wasn't asked for isn't broken");
    assert!(!items(&comparison, "broken").contains(&"RS13".to_owned()));
}

#[test]
fn formats_may_differ() {
    let markdown = "# Why do huddles work? A realist review\n\n## Methods\n\nThis realist synthesis searched MEDLINE, CINAHL and Scopus from 2001 to May 2020.\n\n## Results\n\nCMOC1: In small teams (C), speaking up became common (O) [1].\n";
    let html = "<!DOCTYPE html><html><head><title>x</title></head><body><h1>Why do huddles work? A realist review</h1><h2>Methods</h2><p>This realist synthesis searched MEDLINE, CINAHL and Scopus from 2001 to May 2020.</p><h2>Results</h2><p>CMOC1: In small teams (C), speaking up became common (O) [1].</p></body></html>";
    let versions = Versions::named(("old.md", markdown), ("new.html", html));
    let comparison = versions.json_of("old.md", "new.html");
    assert_eq!(counts(&comparison, "mended"), [0, 0, 0], "{comparison}");
    assert_eq!(counts(&comparison, "broken"), [0, 0, 0], "{comparison}");
    assert_eq!(configurations(&comparison, "kept").len(), 1);
    assert!(findings(&comparison, "kept").contains(&"CMO001".to_owned()));
}

#[test]
fn what_is_shown_to_people() {
    let new = edited(
        REVIEW,
        &[
            ("### Analysis", EXTRACTION),
            (NO_MECHANISM, WITH_MECHANISM),
            (" [@lindahl2018; @owusu2019].\nIn two", ".\nIn two"),
            (
                "We departed from it in one respect: smartphones had been eligible under the protocol, and were dropped because the eight documents that dealt with them described purchase and not loan.\n",
                "",
            ),
        ],
    );
    let versions = Versions::new(REVIEW, &new);
    let shown =
        |format: &str| String::from_utf8(versions.run(&["old.qmd", "new.qmd", "--format", format]).stdout).unwrap();
    insta::assert_snapshot!("human", shown("human"));
    insta::assert_snapshot!("markdown", shown("markdown"));
}

#[test]
fn hostile_text_stays_text() {
    let old = "# Tea_*huddles*: a realist review\n\n## Results\n\nCMOC1: In <b>small</b> teams (C), \u{1b}[31mfeeling | heard (M) leads to speaking up (O) [1].\n";
    let new = old.replace("feeling | heard", "feeling ](http://example.org) `seen`");
    let versions = Versions::named(("old.md", old), ("new.md", &new));
    for format in ["human", "markdown"] {
        let output = versions.run(&["old.md", "new.md", "--format", format]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(!said.contains('\u{1b}'), "{said}");
        if format == "markdown" {
            assert!(!said.contains("<b>") && !said.contains("](http"), "{said}");
        }
    }
}

#[test]
fn what_cannot_be_compared_is_said_in_one_message() {
    let versions = Versions::new(REVIEW, REVIEW);
    versions.refused(&["old.qmd", "nowhere.qmd"], "nowhere.qmd");
    versions.refused(&["old.qmd", "new.qmd", "-o", "old.qmd"], "the output old.qmd is one of the inputs");
    versions.refused(&["-", "-"], "both versions are read from standard input");
    versions.refused(&["old.qmd", "."], "a version is one manuscript");
    versions.refused(&["old.qmd"], "NEW");
    versions.refused(&["old.qmd", "new.qmd", "--standard", "prisma"], "prisma");
    let export = "TY  - JOUR\nTI  - Peer support: a realist review\nAB  - We asked how peer support works.\nER  - \n\nTY  - JOUR\nTI  - A trial of tea\nAB  - We randomised.\nER  - \n";
    std::fs::write(versions.0.path().join("export.txt"), export).unwrap();
    versions.refused(&["old.qmd", "export.txt"], "holds 2 manuscripts");
    assert_eq!(std::fs::read_to_string(versions.0.path().join("old.qmd")).unwrap(), REVIEW);
}

#[test]
fn it_is_written_to_a_file() {
    let versions = Versions::new(REVIEW, REVIEW);
    let output = versions.run(&["old.qmd", "new.qmd", "--format", "markdown", "-o", "letter.md"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    let letter = std::fs::read_to_string(versions.0.path().join("letter.md")).unwrap();
    assert!(letter.starts_with("# Changes in "), "{letter}");
}
