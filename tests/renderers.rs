//! Every way of showing a report, on one set of findings: a Markdown file with a name and words that
//! mean something to other programs, a Word document, and a text to which no standard applies.

use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use realint::check::{self, Settings};
use realint::config::FailOn;
use realint::manuscript::Format;
use realint::read::NoLibrary;
use realint::render;
use realint::report::{
    DocumentReport, EvidenceReport, FindingReport, ItemReport, RelatedReport, Report, StandardReport, SuppressedReport,
    url_of,
};
use realint::rule::{RuleSet, Severity, load};
use realint::source::{Location, SourceId, SourceText, Span};
use realint::verdict::Verdict;
use serde_json::Value;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::shipped().expect("the shipped rules"));

const TEXT: &str = "# Huddles: a realist review\n\n## Methods\n\nWe searched.\n\n## Findings\n\nCMOC1: with time (C) staff speak up (O).\n\nCMOC1: with time (C) staff speak up (O).\n";

/// Where `words` stand in the text, from the `nth` time on.
fn at(text: &str, words: &str, nth: usize, section: &[&str]) -> (Location, Span) {
    let (start, _) = text.match_indices(words).nth(nth).expect("the words");
    let source = SourceText::new("a", text.to_owned());
    let (from, to) = (source.position(start), source.position(start + words.len()));
    let location = Location {
        start_byte: start,
        end_byte: start + words.len(),
        line: from.line,
        column: from.column,
        end_line: to.line,
        end_column: to.column,
        section: section.iter().map(ToString::to_string).collect(),
        paragraph: from.line,
        page: None,
        part: None,
        plain: None,
        path: None,
    };
    (location, Span { source: SourceId(0), start, end: start + words.len() })
}

fn finding(code: &str, severity: Severity, message: &str, block: &str, place: (Location, Span)) -> FindingReport {
    FindingReport {
        code: code.into(),
        severity,
        confidence: 0.9,
        message: message.into(),
        why: "It matters, 100% of the time: see <a> & \"b\".".into(),
        help: "say so".into(),
        location: place.0,
        block_text: block.into(),
        related: Vec::new(),
        url: url_of(code),
        fingerprint: "0123456789abcdef".into(),
        label: "here".into(),
        span: place.1,
    }
}

fn item(code: &str, item: u32, name: &str, verdict: Verdict) -> ItemReport {
    ItemReport {
        code: code.into(),
        item,
        name: name.into(),
        verdict,
        lacks: Vec::new(),
        evidence: Vec::new(),
        reason: None,
        parts: None,
        by_hand: None,
    }
}

fn markdown() -> DocumentReport {
    let statement = "CMOC1: with time (C) staff speak up (O).";
    let place = |nth| at(TEXT, statement, nth, &["Findings"]);
    let mut first = finding("CMO001", Severity::Warning, "CMOC1: mechanism not found", statement, place(0));
    let (location, span) = at(TEXT, "We searched.", 0, &["Methods"]);
    first.related.push(RelatedReport { message: "50% of it, here".into(), location, span, lines: true });
    let hostile = "5% lack\n::error file=x,line=1::it\u{1b}[31m, <b> & ]]>";
    let mut reported = item("RS01", 1, "Title", Verdict::Reported);
    reported.evidence.push(EvidenceReport {
        part: "realist".into(),
        text: "Huddles: a realist review".into(),
        location: at(TEXT, "Huddles", 0, &[]).0,
        confidence: 0.9,
        because: "cue realist".into(),
    });
    let mut not_applicable = item("RS05", 5, "Changes in the review process", Verdict::NotApplicable);
    not_applicable.reason = Some("there was no protocol".into());
    DocumentReport {
        path: "drafts/a, b: 50%.md".into(),
        format: Format::Markdown,
        record: 1,
        title: Some("Huddles: a realist review".into()),
        standard: Some(StandardReport {
            id: "rameses-synthesis".into(),
            confidence: 0.97,
            ambiguous: false,
            because: vec!["title: names a realist review".into()],
        }),
        stage: "report",
        items: vec![
            reported,
            not_applicable,
            item("RS09", 9, "Selection and appraisal of documents", Verdict::NotFound),
            item("RS12", 12, "Document flow diagram", Verdict::NotFound),
            item("RS17", 17, "Comparison with existing literature", Verdict::Unclear),
        ],
        configurations: Vec::new(),
        findings: vec![
            finding("RS09", Severity::Error, "selection: not found", "Methods", at(TEXT, "Methods", 0, &["Methods"])),
            finding("RS17", Severity::Note, hostile, "Findings", at(TEXT, "Findings\n\nCMOC1", 0, &["Findings"])),
            first,
            finding("CMO001", Severity::Warning, "CMOC1: mechanism not found", statement, place(1)),
        ],
        suppressed: vec![SuppressedReport {
            finding: finding("RS12", Severity::Error, "flow: not found", "Findings", place(0)),
            reason: "figure 2 of the protocol".into(),
            by: "comment",
        }],
        notes: Vec::new(),
        sources: Arc::new(vec![SourceText::new("drafts/a, b: 50%.md", TEXT.to_owned())]),
        lines_are_paragraphs: false,
        pages: None,
        outline: None,
        manuscript: None,
    }
}

fn word() -> DocumentReport {
    let text = "Huddles: a realist review\nMethods\nWe searched.\n";
    let (mut location, span) = at(text, "Methods", 0, &["Methods"]);
    location.part = Some("word/document.xml".into());
    let found = finding("RS10", Severity::Error, "data extraction: not found", "Methods", (location, span));
    DocumentReport {
        path: "draft.docx".into(),
        format: Format::Docx,
        items: vec![item("RS10", 10, "Data extraction", Verdict::NotFound)],
        findings: vec![found],
        suppressed: Vec::new(),
        sources: Arc::new(vec![SourceText::new("draft.docx", text.to_owned())]),
        lines_are_paragraphs: true,
        ..markdown()
    }
}

fn other() -> DocumentReport {
    DocumentReport {
        path: "trial.md".into(),
        standard: None,
        items: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        notes: vec!["no realist method is claimed".into()],
        ..markdown()
    }
}

fn report() -> Report {
    Report::new(vec![markdown(), word(), other()])
}

fn shown(write: impl FnOnce(&Report, &mut Vec<u8>) -> std::io::Result<()>) -> String {
    shown_of(&report(), write)
}

fn shown_of(report: &Report, write: impl FnOnce(&Report, &mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(report, &mut bytes).expect("written");
    String::from_utf8(bytes).expect("UTF-8")
}

fn sarif_of(report: &Report) -> Value {
    serde_json::from_str(&shown_of(report, |r, out| render::sarif(r, &RULES, out))).expect("JSON")
}

#[test]
fn all_renderings_of_the_same_findings() {
    let renderings = [
        ("human", shown(|r, out| render::human(r, false, None, out))),
        ("short", shown(|r, out| render::short(r, out))),
        ("json", shown(|r, out| render::json(r, out))),
        ("jsonl", shown(|r, out| render::jsonl(r, out))),
        ("github", shown(|r, out| render::github(r, out))),
        ("junit", shown(|r, out| render::junit(r, FailOn::Error, out))),
        ("sarif", shown(|r, out| render::sarif(r, &RULES, out))),
    ];
    let settings = {
        let mut settings = insta::Settings::clone_current();
        let version = env!("CARGO_PKG_VERSION").replace('.', "\\.");
        settings.add_filter(&format!("\"{version}\""), "\"[version]\"");
        settings
    };
    for (name, text) in renderings {
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}

/// The gappy example as people at a terminal of so many columns see it.
fn gappy(width: Option<usize>, explain_verdicts: bool) -> String {
    let path = std::path::Path::new("examples/02-gappy-review/review.qmd");
    let bytes = std::fs::read(path).expect("the example");
    let settings = Settings { explain_verdicts, ..Settings::default() };
    let documents = check::check(path, &bytes, None, &NoLibrary, &RULES, &settings).expect("it is checked");
    shown_of(&Report::new(documents), |r, out| render::human(r, false, width, out))
}

#[test]
fn on_a_terminal_the_text_fits_its_columns() {
    for (width, explain_verdicts) in [(60, false), (60, true), (80, false), (80, true)] {
        let (wide, narrow) = (gappy(None, explain_verdicts), gappy(Some(width), explain_verdicts));
        // Lines that name a file or open a finding are one line wherever they are shown. What stands under an excerpt
        // begins where the words stand that it is about, and may reach farther.
        let one_line = ["error[", "warning[", "note[", "examples/"];
        let laid_out = |line: &&str| {
            !one_line.iter().any(|begins| line.starts_with(begins)) && !["^", "---"].iter().any(|m| line.contains(m))
        };
        let long: Vec<&str> = narrow.lines().filter(laid_out).filter(|line| line.chars().count() > width).collect();
        assert!(long.is_empty(), "over {width} columns:\n{}", long.join("\n"));
        let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).filter(|w| *w == "lacks").count();
        assert_eq!(words(&narrow), words(&wide), "what items lack is said at {width} columns");
        assert_eq!(narrow.contains("cue 0."), explain_verdicts, "what verdicts are made of is said where it is asked");
    }
    let lines = |width| gappy(width, false).lines().count();
    assert_eq!(lines(Some(200)), lines(None), "a wide terminal changes nothing");
}

#[test]
fn sarif_is_what_its_schema_says() {
    let schema: Value =
        serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).expect("the schema of OASIS");
    let validator: Validator =
        jsonschema::draft4::options().should_validate_formats(true).build(&schema).expect("a schema");
    for report in [report(), Report::new(Vec::new()), Report::new(vec![other()])] {
        let log = sarif_of(&report);
        let errors: Vec<String> = validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path)).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
    let broken = serde_json::json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": {} } }] });
    assert!(!validator.is_valid(&broken), "the schema checks nothing");
}

#[test]
fn fingerprints_of_sarif_stay_when_text_elsewhere_changes() {
    let prints = |report: &Report| -> Vec<String> {
        let log = sarif_of(report);
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        results
            .iter()
            .map(|r| r["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a fingerprint").to_owned())
            .collect()
    };
    let before = prints(&report());
    let unique: std::collections::BTreeSet<&String> = before[..5].iter().collect();
    assert_eq!(unique.len(), 5, "each finding of a file has its own: {before:?}");
    // Text before it: other lines, other paragraphs, another total in the message, another reach of spaces.
    let mut edited = report();
    for finding in &mut edited.documents[0].findings {
        finding.location.line += 12;
        finding.location.start_byte += 800;
        finding.message.push_str(" (2 of 4)");
        finding.block_text = finding.block_text.replace(' ', "\n ");
    }
    assert_eq!(prints(&edited), before);
    // Other words in the block itself: another finding. An item stays the same.
    let mut reworded = report();
    for finding in &mut reworded.documents[0].findings {
        finding.block_text.push_str(" Indeed.");
    }
    let after = prints(&reworded);
    assert_eq!(after[..2], before[..2]);
    assert!(after[2] != before[2] && after[3] != before[3]);
}

#[test]
fn junit_can_be_read_and_its_numbers_are_true() {
    for (fail_on, failures) in [(FailOn::Error, 2), (FailOn::Warning, 4), (FailOn::Note, 5), (FailOn::Never, 0)] {
        let text = shown(|r, out| render::junit(r, fail_on, out));
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut cases, mut failed, mut skipped, mut said) = (0, 0, 0, String::new());
        loop {
            match reader.read_event().expect("XML") {
                quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start) => {
                    for attribute in start.attributes() {
                        let attribute = attribute.expect("an attribute");
                        if start.name().as_ref() == "testsuites" && attribute.key.as_ref() == "failures" {
                            said = attribute.value.to_string();
                        }
                    }
                    match start.name().as_ref() {
                        "testcase" => cases += 1,
                        "failure" => failed += 1,
                        "skipped" => skipped += 1,
                        _ => {}
                    }
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!((cases, failed, skipped), (9, failures, 3), "{text}");
        assert_eq!(said, failures.to_string());
        assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
    }
}

#[test]
fn commands_for_github_stand_on_a_line_each() {
    let text = shown(|r, out| render::github(r, out));
    assert_eq!(text.lines().count(), 5);
    for line in text.lines() {
        assert!(["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command)), "{line}");
        let properties = line.split("::").nth(1).and_then(|command| command.split_once(' ')).expect("properties").1;
        for property in properties.split(',') {
            let name = property.split_once('=').expect("a value").0;
            assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&name), "{line}");
        }
    }
}
