//! Projects: what ties the files of a review together, and files made to break it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use realint::project::run_project_examples;
use realint::rule::{Check, load};
use serde_json::Value;

const REVIEW: &str = "# Who keeps a plot: a realist review\n\n## Methods\n\nWe searched MEDLINE and Scopus in May 2024, as IPT1 and IPT2 asked.\n\n## Results\n\nIPT1 was refined and IPT2 was dropped.\n\n**CMOC 1.** If plots are small (context), then keepers feel up to them (mechanism), and so they stay (outcome) [@falk2024].\n";
const PROTOCOL: &str = "schema = \"realist-protocol/1\"\nkind = \"realist_review\"\ndate = 2024-03-02\n\n[[initial_programme_theories]]\nid = \"IPT1\"\n\n[[initial_programme_theories]]\nid = \"IPT2\"\n\n[[searches]]\nid = \"S1\"\nsources = [\"MEDLINE\", \"Scopus\"]\n";
const LIBRARY: &str =
    "@article{falk2024,\n  title = {Small plots and their keepers},\n  year = {2024},\n  doi = {10.5555/plots.1},\n}\n";
const CONFIG: &str = "root = true\n[project]\nmanuscript = \"review.md\"\nprotocol = \"protocol.toml\"\nbibliography = [\"library.bib\"]\n\n[[path]]\nglob = \"review.md\"\nstage = \"report\"\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn realint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(folder).args(arguments).output().unwrap()
}

/// A folder with the files of a project; files named here take the place of the usual ones.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut all = BTreeMap::from([
        ("realint.toml", CONFIG),
        ("review.md", REVIEW),
        ("protocol.toml", PROTOCOL),
        ("library.bib", LIBRARY),
    ]);
    all.extend(files.iter().copied());
    for (name, text) in all {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn report(folder: &Path) -> Value {
    let output = realint(folder, &["check", "--format", "json"]);
    assert!(output.status.code().is_some_and(|code| code < 3), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// The findings about projects: file, code, message.
fn ties(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all = Vec::new();
    for document in report["documents"].as_array().unwrap() {
        for finding in document["findings"].as_array().unwrap() {
            let code = text(&finding["code"]);
            if code.starts_with("BIB8") || code.as_str() >= "PRO751" && code.starts_with("PRO7") {
                all.push((text(&document["path"]), code, text(&finding["message"])));
            }
        }
    }
    all
}

fn codes(report: &Value) -> Vec<String> {
    ties(report).into_iter().map(|(_, code, _)| code).collect()
}

#[test]
fn every_example_of_a_finding_is_judged_as_it_says() {
    let rules = load::shipped().unwrap();
    let (count, failures) = run_project_examples(&rules);
    let mut known = 0;
    for rule in rules.others.iter().filter(|rule| rule.check.is_some_and(Check::is_of_projects)) {
        known += 1;
        assert!(rule.fires.len() >= 4 && rule.silent.len() >= 4, "{} has too few examples", rule.code);
        assert!(!rule.explanation.is_empty(), "{}", rule.code);
    }
    assert!(known > 20 && count >= known * 8);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_example_has_every_kind_of_drift_and_shows_both_places() {
    let output = realint(&root(), &["check", "examples/review-project", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: BTreeSet<String> = codes(&report).into_iter().collect();
    let rules = load::shipped().unwrap();
    let wanted = rules.others.iter().filter(|rule| rule.check.is_some_and(Check::is_of_projects));
    // A report of another kind of work, and a table without columns, would leave little else to see.
    let wanted = wanted.filter(|rule| !["PRO761", "BIB821"].contains(&rule.code.as_str()));
    let lacks: Vec<&str> = wanted.map(|rule| rule.code.as_str()).filter(|code| !found.contains(*code)).collect();
    assert!(lacks.is_empty(), "not in the example: {lacks:?}");
    for document in report["documents"].as_array().unwrap() {
        for finding in document["findings"].as_array().unwrap() {
            let code = finding["code"].as_str().unwrap();
            if !code.starts_with("PRO75")
                && !code.starts_with("PRO76")
                && !["BIB806", "BIB823", "BIB824"].contains(&code)
            {
                continue;
            }
            let other = &finding["related"].as_array().unwrap().last().unwrap()["location"];
            let path = other["path"].as_str().unwrap();
            assert_ne!(path, document["path"].as_str().unwrap(), "{code}");
            let text = std::fs::read_to_string(root().join(path)).unwrap();
            let range = other["start_byte"].as_u64().unwrap() as usize..other["end_byte"].as_u64().unwrap() as usize;
            assert!(text.get(range).is_some_and(|words| !words.is_empty()), "{code}: {other}");
        }
    }
}

#[test]
fn the_report_of_a_project_keeps_the_contract() {
    let schema: Value =
        serde_json::from_slice(&std::fs::read(root().join("schema/realint-report.schema.json")).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let output = realint(&root(), &["check", "examples/review-project", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let formats: Vec<&str> =
        report["documents"].as_array().unwrap().iter().map(|d| d["format"].as_str().unwrap()).collect();
    assert_eq!(formats, ["markdown", "protocol", "bibliography", "evidence"]);
}

#[test]
fn a_project_whose_files_agree_has_nothing_to_mend_between_them() {
    let folder = project(&[]);
    assert_eq!(ties(&report(folder.path())), []);
}

#[test]
fn a_project_is_found_from_above_from_below_and_by_its_folder() {
    let folder = project(&[("parts/notes.txt", "Notes.")]);
    let names = |output: &Output| -> Vec<String> {
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["documents"].as_array().unwrap().iter().map(|d| d["path"].as_str().unwrap().to_owned()).collect()
    };
    let here = realint(folder.path(), &["check", "--format", "json"]);
    assert_eq!(names(&here), ["review.md", "protocol.toml", "library.bib"]);
    let below = realint(&folder.path().join("parts"), &["check", "--format", "json"]);
    assert_eq!(names(&below), ["../review.md", "../protocol.toml", "../library.bib"]);
    let named =
        realint(folder.path().parent().unwrap(), &["check", folder.path().to_str().unwrap(), "--format", "json"]);
    assert_eq!(names(&named).len(), 3);
    // One file by itself is tied to nothing.
    let alone = realint(folder.path(), &["check", "review.md", "--format", "json"]);
    assert_eq!(names(&alone), ["review.md"]);
    let nowhere = tempfile::tempdir().unwrap();
    std::fs::write(nowhere.path().join("realint.toml"), "root = true\n").unwrap();
    let output = realint(nowhere.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[project]"));
}

#[test]
fn findings_between_files_are_silenced_where_they_stand() {
    let report_text = REVIEW.replace("MEDLINE and Scopus", "MEDLINE and Embase");
    let drifted = project(&[("review.md", &report_text)]);
    assert_eq!(codes(&report(drifted.path())), ["PRO754", "PRO754"]);
    let silenced =
        report_text.replace("We searched", "<!-- realint-ignore PRO754: told in the appendix -->\n\nWe searched");
    let folder = project(&[("review.md", &silenced)]);
    let with_comment = report(folder.path());
    assert!(codes(&with_comment).is_empty());
    let all = with_comment["documents"][0].to_string();
    assert!(all.contains("told in the appendix") && !all.contains("SUP001"), "{all}");
    let library =
        LIBRARY.replace("  doi = {10.5555/plots.1},", "  % realint-ignore BIB805: as printed\n  doi = {10.5555},");
    let folder = project(&[("library.bib", &library)]);
    assert!(codes(&report(folder.path())).is_empty());
    let library = LIBRARY.replace("10.5555/plots.1", "10.5555");
    let config = format!("{CONFIG}[[suppress]]\ncode = \"BIB805\"\nreason = \"as printed\"\n");
    let folder = project(&[("library.bib", &library), ("realint.toml", &config)]);
    assert!(codes(&report(folder.path())).is_empty());
    let folder = project(&[("library.bib", &library)]);
    assert_eq!(codes(&report(folder.path())), ["BIB805"]);
}

#[test]
fn the_forms_of_bibliographies_may_be_mixed() {
    let config = CONFIG.replace("[\"library.bib\"]", "[\"library.bib\", \"more.json\", \"rest.ris\"]");
    let review = REVIEW.replace("[@falk2024]", "[@falk2024; @okello2021; @dube2018; @nobody2017]");
    let folder = project(&[
        ("realint.toml", &config),
        ("review.md", &review),
        ("more.json", "[{\"id\": \"okello2021\", \"title\": \"Who counts\"}]"),
        ("rest.ris", "TY  - BOOK\r\nID  - dube2018\r\nTI  - Volunteers\r\nER  - \r\n"),
    ]);
    let found = ties(&report(folder.path()));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1 == "BIB806" && found[0].2.contains("nobody2017"));
}

/// A file of entries that is one scalar, or text before the first entry, may begin with any character.
#[test]
fn the_place_of_a_mistake_in_a_bibliography_ends_between_characters() {
    for (name, text) in [
        ("a.yaml", "\u{e9}ggg"),
        ("a.yaml", "\n\u{7ef4}: "),
        ("a.yaml", "\u{1f375}"),
        ("a.yaml", ""),
        ("a.json", "\"\u{e9}\""),
        ("a.bib", "\u{e9}@article{"),
        ("a.bib", "\u{e9}{"),
        ("a", "\u{7ef4}\u{a0}"),
    ] {
        for mistake in realint::bibliography::read(Path::new(name), text).mistakes {
            assert!(text.get(mistake.span.clone()).is_some(), "{name} {text:?}: {:?}", mistake.span);
        }
    }
}

#[test]
fn latex_and_quarto_cite_alike() {
    let tex = "\\documentclass{article}\n\\title{Who keeps a plot: a realist review}\n\\begin{document}\n\\section{Results}\nKeepers stay \\citep{falk2024, nobody2017}.\n\\end{document}\n";
    let config = CONFIG.replace("review.md", "review.tex");
    let folder = project(&[("realint.toml", &config), ("review.tex", tex)]);
    let found = ties(&report(folder.path()));
    assert!(found.iter().any(|(_, code, what)| code == "BIB806" && what.contains("nobody2017")), "{found:?}");
    assert!(!found.iter().any(|(_, _, what)| what.contains("falk2024")), "{found:?}");
}

#[test]
fn broken_and_odd_files_are_told_and_hide_nothing() {
    // A protocol that breaks off, one with anchors and merge keys, and one with a key twice.
    let half = project(&[("protocol.toml", &PROTOCOL[..PROTOCOL.len() - 12])]);
    assert!(report(half.path()).to_string().contains("PRO701"));
    let config = CONFIG.replace("protocol.toml", "protocol.yaml");
    let yaml = "schema: realist-protocol/1\nkind: realist_review\nkind: realist_review\ndate: 3 March 2024\nbase: &b {purpose: main, sources: [MEDLINE, Scopus]}\ninitial_programme_theories:\n  - id: IPT1\n  - id: IPT7\nsearches:\n  - <<: *b\n    id: S1\n    planned_date: 04/05/2024\n  - <<: *b\n    id: S2\n    planned_date: May 2024\ntimeline:\n  - {stage: a, start: 2024-13-01, end: 2024.05.01}\n";
    let odd = project(&[("realint.toml", &config), ("protocol.yaml", yaml)]);
    let odd = report(odd.path());
    assert_eq!(codes(&odd), ["PRO753", "PRO751"], "{:?}", ties(&odd));
    let dates = odd.to_string().matches("\"code\":\"PRO707\"").count();
    assert_eq!(dates, 5);
    // A manuscript that includes itself, and a protocol that lacks.
    let cyclic = format!("{REVIEW}\n{{{{< include review.md >}}}}\n");
    let folder = project(&[("review.md", &cyclic)]);
    assert!(ties(&report(folder.path())).is_empty());
    for name in ["protocol.toml", "library.bib", "review.md"] {
        for text in [None, Some(""), Some("\u{0}\u{1}\u{2}\u{0}")] {
            let folder = project(&[]);
            let path = folder.path().join(name);
            match text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let output = realint(folder.path(), &["check", "--format", "json"]);
            assert_eq!(output.status.code(), Some(2), "{name}: {text:?}");
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["documents"].as_array().unwrap().len(), 2, "{name}: the others are checked");
            assert!(String::from_utf8_lossy(&output.stderr).contains(name));
        }
    }
    let twice = CONFIG.replace("protocol.toml", "review.md");
    let folder = project(&[("realint.toml", &twice)]);
    let output = realint(folder.path(), &["check"]);
    assert!(output.status.code() == Some(2) && String::from_utf8_lossy(&output.stderr).contains("twice"));
    let misspelt = CONFIG.replace("bibliography =", "bibliografy =");
    let folder = project(&[("realint.toml", &misspelt)]);
    assert!(String::from_utf8_lossy(&realint(folder.path(), &["check"]).stderr).contains("bibliography"));
}

#[test]
fn evidence_tables_of_every_sort_are_bounded_and_told() {
    let config =
        format!("{}\n", CONFIG.replace("[[path]]", "evidence = \"evidence.csv\"\ntexts = \"texts\"\n\n[[path]]"));
    for (table, wanted) in [
        ("CMOC,Source\nCMOC 1,falk2024\n", &[][..]),
        ("CMOC;Source\n1;falk2024\n2;falk2024\n", &["BIB823"]),
        ("a,b\n1,2\n", &["BIB821", "BIB821"]),
        ("CMOC,Source,Quote\nCMOC 1,falk2024,\"never closed\n", &["BIB821"]),
        ("CMOC,Source,Quote\nCMOC 1,../review,\"IPT1 was refined otherwise\"\nCMOC 1,falk2024,\n", &["BIB824"]),
    ] {
        let folder = project(&[("realint.toml", &config), ("evidence.csv", table), ("texts/x.txt", "x")]);
        assert_eq!(codes(&report(folder.path())), wanted, "{table}");
    }
    let large = (0..40_000).fold(String::from("CMOC,Source,Quote\n"), |table, n| {
        table + &format!("CMOC {n},key{n},\"a passage, number {n}\"\n")
    });
    let folder = project(&[("realint.toml", &config), ("evidence.csv", &large)]);
    let start = Instant::now();
    assert!(codes(&report(folder.path())).len() > 100);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn a_large_bibliography_is_read_in_time_and_loses_nothing() {
    let entry = |n: usize| {
        format!(
            "@article{{key{n},\n  author = {{Author{n}, Ann}},\n  title = {{A title of many words, number {n}}},\n  year = {{2019}},\n  doi = {{10.5555/large.{n}}},\n  abstract = {{{}}},\n}}\n\n",
            "words of an abstract that goes on ".repeat(8)
        )
    };
    let mut large: String = (0..24_000).map(entry).collect();
    assert!(large.len() > 10_000_000, "{}", large.len());
    // One broken entry in the middle, and a key twice at the end.
    large.insert_str(large.find("@article{key12000,").unwrap(), "@book{broken,\n  title = {Never closed,\n\n");
    large.push_str("@misc{key7, title = {Again}}\n");
    large.push_str(LIBRARY);
    let folder = project(&[("library.bib", &large)]);
    let start = Instant::now();
    let report = report(folder.path());
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
    assert_eq!(codes(&report), ["BIB801", "BIB802"]);
    assert!(
        report["documents"][2]["notes"][0].as_str().unwrap().contains("24003 entries"),
        "{}",
        report["documents"][2]["notes"]
    );
}

#[test]
fn what_bounds_the_time_is_the_length_of_the_files() {
    let config = CONFIG.replace("[[path]]", "evidence = \"evidence.csv\"\n\n[[path]]");
    let many = |n: usize, line: &dyn Fn(usize) -> String| (0..n).map(line).collect::<String>();
    let library = many(10_000, &|n| format!("@misc{{key{n}, title = {{Work {n}}}, keywords = {{included}}}}\n"));
    let evidence = many(10_000, &|n| format!("CMOC {n},kye{n}\n"));
    let evidence = format!("CMOC,Source\nCMOC 1,key1\n{evidence}");
    let theories = many(3_000, &|n| format!("[[initial_programme_theories]]\nid = \"IPT{n}\"\n"));
    let protocol = format!("{PROTOCOL}{theories}");
    let searched =
        many(5_000, &|n| format!("We searched MEDLINE and Scopus from 2001 for documents [@no{n}] on IPT{n}.\n\n"));
    let review =
        format!("# Who keeps a plot: a realist review\n\n## Methods\n\n{searched}## Results\n\nIPT1 was kept.\n");
    let folder = project(&[
        ("realint.toml", &config),
        ("library.bib", &library),
        ("evidence.csv", &evidence),
        ("protocol.toml", &protocol),
        ("review.md", &review),
    ]);
    let start = Instant::now();
    let found = codes(&report(folder.path()));
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
    for code in ["BIB806", "BIB824", "PRO751"] {
        let count = found.iter().filter(|found| *found == code).count();
        assert!((100..=200).contains(&count), "{code}: {count}");
    }
}

#[test]
fn anchors_that_multiply_and_includes_in_a_circle_end() {
    // Each anchor stands for ten of the one before it.
    let mut bomb = String::from("a0: &a0 [MEDLINE, Scopus]\n");
    for n in 1..12 {
        let before = format!("*a{}", n - 1);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![before; 10].join(", ")));
    }
    let yaml = format!(
        "schema: realist-protocol/1\nkind: realist_review\ndate: 2024-03-02\n{bomb}searches:\n  - id: S1\n    sources: *a11\n"
    );
    let config = CONFIG.replace("protocol.toml", "protocol.yaml").replace("library.bib", "library.yaml");
    let references = format!("{bomb}references:\n  - id: falk2024\n    title: Small plots\n    keyword: *a11\n");
    let folder = project(&[("realint.toml", &config), ("protocol.yaml", &yaml), ("library.yaml", &references)]);
    let start = Instant::now();
    let output = realint(folder.path(), &["check", "--format", "json"]);
    assert!(output.status.code().is_some_and(|code| code < 3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    // Two files that include each other.
    let tex = "\\documentclass{article}\n\\title{Who keeps a plot: a realist review}\n\\begin{document}\n\\input{part}\n\\end{document}\n";
    let part = "\\section{Results}\nKeepers stay \\citep{nobody2017}.\n\\input{review}\n";
    let config = CONFIG.replace("review.md", "review.tex");
    let folder = project(&[("realint.toml", &config), ("review.tex", tex), ("part.tex", part)]);
    let report = report(folder.path());
    let first = &report["documents"][0]["findings"];
    let key = first.as_array().unwrap().iter().find(|finding| finding["code"] == "BIB806").unwrap();
    // The place lies in the included file, the entry beside it in the bibliography.
    assert!(key["location"]["part"].as_str().unwrap().ends_with("part.tex"), "{key}");
    assert_eq!(key["related"][0]["location"]["path"], "library.bib");
}

#[test]
fn every_output_names_the_other_file() {
    let example = ["check", "examples/review-project", "--format"];
    let printed = |format: &str| {
        let output = realint(&root(), &[&example[..], &[format]].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    let sarif: Value = serde_json::from_str(&printed("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let drift = results.iter().find(|result| result["ruleId"] == "PRO755").unwrap();
    let uri = |place: &Value| place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().to_owned();
    assert_eq!(uri(&drift["locations"][0]), "examples/review-project/review.md");
    assert_eq!(uri(&drift["relatedLocations"][0]), "examples/review-project/protocol.toml");
    for format in ["short", "github", "junit"] {
        let text = printed(format);
        assert!(
            ["review.md", "protocol.toml", "references.bib", "evidence.csv"].iter().all(|name| text.contains(name))
        );
    }
}

#[test]
fn a_word_document_may_be_the_report() {
    let folder = project(&[("realint.toml", &CONFIG.replace("review.md", "review.docx"))]);
    let word = root().join("tests/fixtures/docx/word/input.docx");
    std::fs::copy(word, folder.path().join("review.docx")).unwrap();
    let output = realint(folder.path(), &["check", "--format", "sarif"]);
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let lost = results.iter().find(|result| result["ruleId"] == "PRO751").unwrap();
    // Paragraphs are no lines: the place in the document has no region, that in the protocol has.
    assert!(lost["locations"][0]["physicalLocation"]["region"].is_object());
    assert!(lost["relatedLocations"][0]["physicalLocation"]["region"].is_null());
    let commented = folder.path().join("commented.docx");
    let output = realint(folder.path(), &["annotate", "-o", commented.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(commented.is_file());
    let checklist = realint(folder.path(), &["checklist"]);
    assert!(String::from_utf8_lossy(&checklist.stdout).contains("Searching processes"));
}
