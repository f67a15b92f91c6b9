//! JUnit XML, which every build server shows: a suite a manuscript, a case an item of the standard and
//! a case each further finding.
//!
//! Source: the schema that Jenkins' xunit plugin checks against, and what GitLab and Azure read of it.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::place::{file, has_lines, in_words, steers};
use crate::config::FailOn;
use crate::report::{DocumentReport, FindingReport, ItemReport, Report};
use crate::verdict::Verdict;

/// One case of a suite.
struct Case {
    /// What it belongs to: the standard, or `findings`.
    class: String,
    name: String,
    result: CaseResult,
}

enum CaseResult {
    Passed,
    /// The message, and more of it.
    Failed(String, &'static str, String),
    Skipped(String),
    /// It passed, and there is something to say.
    Noted(String),
}

/// Writes the report. `fail_on` tells failures, as it tells the exit code: what is less bad passes and
/// is said in the output of its case.
pub fn junit(report: &Report, fail_on: FailOn, out: &mut dyn Write) -> io::Result<()> {
    let suites: Vec<(String, Vec<Case>)> =
        report.documents.iter().map(|document| (name_of(document), cases(document, fail_on))).collect();
    let failed = |cases: &[Case]| cases.iter().filter(|c| matches!(c.result, CaseResult::Failed(..))).count();
    let all: usize = suites.iter().map(|(_, cases)| cases.len()).sum();
    let all_failed: usize = suites.iter().map(|(_, cases)| failed(cases)).sum();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attribute(("name", "realint"))
        .with_attribute(("tests", all.to_string().as_str()))
        .with_attribute(("failures", all_failed.to_string().as_str()))
        .with_attribute(("errors", "0"))
        .write_inner_content(|writer| {
            for (name, cases) in &suites {
                let skipped = cases.iter().filter(|c| matches!(c.result, CaseResult::Skipped(_))).count();
                writer
                    .create_element("testsuite")
                    .with_attribute(("name", allowed(name).as_str()))
                    .with_attribute(("tests", cases.len().to_string().as_str()))
                    .with_attribute(("failures", failed(cases).to_string().as_str()))
                    .with_attribute(("errors", "0"))
                    .with_attribute(("skipped", skipped.to_string().as_str()))
                    .write_inner_content(|writer| cases.iter().try_for_each(|case| write_case(writer, name, case)))?;
            }
            Ok(())
        })?;
    out.write_all(&writer.into_inner())?;
    writeln!(out)
}

fn name_of(document: &DocumentReport) -> String {
    if document.record > 1 { format!("{} (record {})", document.path, document.record) } else { document.path.clone() }
}

fn cases(document: &DocumentReport, fail_on: FailOn) -> Vec<Case> {
    let mut cases = Vec::new();
    let standard = document.standard.as_ref().map_or("none", |s| s.id.as_str());
    if document.standard.is_none() {
        let why = document.notes.join("; ");
        cases.push(Case { class: standard.into(), name: "standard".into(), result: CaseResult::Skipped(why) });
    }
    for item in &document.items {
        let finding = document.findings.iter().find(|f| f.code == item.code);
        let silenced = || document.suppressed.iter().find(|s| s.finding.code == item.code);
        let result = match (finding, item.verdict) {
            (Some(finding), _) => result_of(document, finding, fail_on),
            (None, Verdict::Reported) => CaseResult::Passed,
            (None, verdict) => {
                let reason = silenced().map(|s| s.reason.clone()).or_else(|| item.reason.clone());
                CaseResult::Skipped(format!("{}: {}", verdict.name(), reason.unwrap_or_else(|| "left out".into())))
            }
        };
        cases.push(Case { class: standard.into(), name: format!("{} {}", item.code, item.name), result });
    }
    let is_item = |code: &str| document.items.iter().any(|item: &ItemReport| item.code == code);
    for finding in document.findings.iter().filter(|f| !is_item(&f.code)) {
        let name = format!("{} {}", finding.code, finding.message);
        cases.push(Case { class: "findings".into(), name, result: result_of(document, finding, fail_on) });
    }
    for silenced in document.suppressed.iter().filter(|s| !is_item(&s.finding.code)) {
        let name = format!("{} {}", silenced.finding.code, silenced.finding.message);
        cases.push(Case { class: "findings".into(), name, result: CaseResult::Skipped(silenced.reason.clone()) });
    }
    cases
}

fn result_of(document: &DocumentReport, finding: &FindingReport, fail_on: FailOn) -> CaseResult {
    let at = &finding.location;
    let place = if has_lines(document) {
        format!("{}:{}:{}", file(document, at), at.line, at.column)
    } else {
        format!("{}: {}", document.path, in_words(at))
    };
    if fail_on.fails(finding.severity) {
        let more = format!("{place}\nwhy: {}\nhelp: {}\n{}", finding.why, finding.help, finding.url);
        CaseResult::Failed(finding.message.clone(), finding.severity.name(), more)
    } else {
        let message = format!("{}: {}\n{place}\nhelp: {}", finding.severity.name(), finding.message, finding.help);
        CaseResult::Noted(message)
    }
}

fn write_case(writer: &mut Writer<Vec<u8>>, suite: &str, case: &Case) -> io::Result<()> {
    let class = format!("{suite}/{}", case.class);
    let element = writer
        .create_element("testcase")
        .with_attribute(("classname", allowed(&class).as_str()))
        .with_attribute(("name", allowed(&case.name).as_str()));
    match &case.result {
        CaseResult::Passed => element.write_empty()?,
        CaseResult::Failed(message, kind, more) => element.write_inner_content(|writer| {
            let failure = writer.create_element("failure").with_attribute(("message", allowed(message).as_str()));
            failure.with_attribute(("type", *kind)).write_text_content(BytesText::new(&allowed(more)))?;
            Ok(())
        })?,
        CaseResult::Skipped(why) => element.write_inner_content(|writer| {
            writer.create_element("skipped").with_attribute(("message", allowed(why).as_str())).write_empty()?;
            Ok(())
        })?,
        CaseResult::Noted(more) => element.write_inner_content(|writer| {
            writer.create_element("system-out").write_text_content(BytesText::new(&allowed(more)))?;
            Ok(())
        })?,
    };
    Ok(())
}

/// Text of characters that XML 1.0 allows. Its line ends stay; in attributes a reader makes them spaces.
fn allowed(text: &str) -> String {
    let forbidden = |c: char| (steers(c) && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if forbidden(c) { ' ' } else { c }).collect()
}
