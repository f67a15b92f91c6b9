//! SARIF 2.1.0, for code scanning: the subset that viewers read, with rules and stable fingerprints.
//!
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; what of it GitHub
//! reads: GitHub Docs, "SARIF support for code scanning".

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::json::pretty;
use super::place::{file_of, has_lines, in_words};
use crate::report::{DocumentReport, FindingReport, Report, url_of};
use crate::rule::{RuleSet, Severity};
use crate::source::Location;
use crate::weights::fnv1a;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://realint.github.io/realint/";
/// The fingerprint that GitHub tells alerts apart by.
const LINE_HASH: &str = "primaryLocationLineHash";
/// The same under a name of its own, so that other readers know how it was made.
const BLOCK_HASH: &str = "realintBlock/v1";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    results: Vec<RunResult<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    id: &'a str,
    name: String,
    short_description: Text<'a>,
    full_description: Text<'a>,
    help: Help,
    help_uri: String,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: [&'static str; 1],
    precision: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunResult<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression<'a>>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    /// What word processors number isn't lines; for them the logical location says where.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    justification: &'a str,
}

/// Writes one run with the results of all documents, the silenced ones marked so. `rules` explain the
/// codes that come up.
pub fn sarif(report: &Report, rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
    let mut codes: Vec<&str> = report
        .documents
        .iter()
        .flat_map(|d| d.findings.iter().chain(d.suppressed.iter().map(|s| &s.finding)))
        .map(|f| f.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let mut results = Vec::new();
    let mut repeats: BTreeMap<(String, u64), usize> = BTreeMap::new();
    let mut records: BTreeMap<&str, usize> = BTreeMap::new();
    for document in &report.documents {
        *records.entry(document.path.as_str()).or_default() += 1;
    }
    for document in &report.documents {
        let all = document
            .findings
            .iter()
            .map(|finding| (finding, None))
            .chain(document.suppressed.iter().map(|s| (&s.finding, Some((s.by, s.reason.as_str())))));
        let several = records.get(document.path.as_str()).is_some_and(|records| *records > 1);
        for (finding, silenced) in all {
            let identity = identity(document, finding, several);
            let repeat = repeats.entry((document.path.clone(), identity)).or_default();
            *repeat += 1;
            let fingerprint = format!("{identity:016x}:{repeat}");
            let index = codes.binary_search(&finding.code.as_str()).unwrap_or_default();
            results.push(result(document, finding, silenced, index, fingerprint));
        }
    }
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: report.tool.name,
                    semantic_version: report.tool.version,
                    information_uri: HOME,
                    rules: codes.iter().map(|code| descriptor(code, report, rules)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }],
    };
    out.write_all(pretty(&log)?.as_bytes())?;
    writeln!(out)
}

/// What stays the same when text elsewhere is edited: the code and the words of the block, without
/// regard to case and spaces. An item of a standard is said once of a manuscript, so its code suffices;
/// the title tells the manuscripts of one file apart.
fn identity(document: &DocumentReport, finding: &FindingReport, several: bool) -> u64 {
    let mut text = finding.code.clone();
    let mut add = |words: &str| {
        text.push('\n');
        text.extend(words.split_whitespace().flat_map(|word| [word, " "]).map(str::to_lowercase));
    };
    if several {
        add(document.title.as_deref().unwrap_or_default());
    }
    if !document.items.iter().any(|item| item.code == finding.code) {
        add(&finding.block_text);
    }
    fnv1a(text.as_bytes())
}

fn result<'a>(
    document: &DocumentReport,
    finding: &'a FindingReport,
    silenced: Option<(&'static str, &'a str)>,
    rule_index: usize,
    fingerprint: String,
) -> RunResult<'a> {
    let mut text = finding.message.clone();
    for more in [&finding.why, &finding.help] {
        if !more.is_empty() {
            text.push('\n');
            text.push_str(more);
        }
    }
    let related = finding.related.iter().enumerate().map(|(index, related)| Place {
        id: Some(index + 1),
        message: Some(Message { text: related.message.clone() }),
        ..place(document, &related.location, related.lines)
    });
    let suppression = silenced.map(|(by, justification)| {
        let kind = if by == "comment" { "inSource" } else { "external" };
        Suppression { kind, justification }
    });
    RunResult {
        rule_id: &finding.code,
        rule_index,
        level: level(finding.severity),
        message: Message { text },
        locations: [place(document, &finding.location, has_lines(document))],
        related_locations: related.collect(),
        partial_fingerprints: BTreeMap::from([(LINE_HASH, fingerprint.clone()), (BLOCK_HASH, fingerprint)]),
        suppressions: suppression.into_iter().collect(),
    }
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn place(document: &DocumentReport, at: &Location, lines: bool) -> Place {
    let region = lines.then_some(Region {
        start_line: at.line,
        start_column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
    });
    let name = if region.is_some() { at.section.join(" > ") } else { in_words(at) };
    let logical = (!name.is_empty()).then_some(Logical { fully_qualified_name: name });
    Place {
        id: None,
        physical_location: Physical { artifact_location: Artifact { uri: uri(file_of(document, at, lines)) }, region },
        logical_locations: logical.into_iter().collect(),
        message: None,
    }
}

/// A path as a URI reference (RFC 3986): what may not stand in one is percent-encoded.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let drive = matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    let mut uri = String::with_capacity(path.len());
    match path.as_bytes() {
        b"-" => return "stdin".to_owned(),
        [b'/', ..] => uri.push_str("file://"),
        _ if drive => uri.push_str("file:///"),
        _ => {}
    }
    for (at, byte) in path.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
        if plain || (drive && at == 1) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// What the rules say of a code. One of a pack that is no longer there is described by its findings.
fn descriptor<'a>(code: &'a str, report: &'a Report, rules: &'a RuleSet) -> Descriptor<'a> {
    let first = || {
        report
            .documents
            .iter()
            .flat_map(|d| d.findings.iter().chain(d.suppressed.iter().map(|s| &s.finding)))
            .find(|f| f.code == code)
    };
    let (name, about, why, help, severity, confidence) = if let Some(rule) = rules.rule(code) {
        (rule.name.as_str(), rule.ask.as_str(), rule.why.as_str(), rule.help.as_str(), rule.severity, 0.9)
    } else if let Some(other) = rules.other(code) {
        let about = if other.explanation.is_empty() { other.name.as_str() } else { other.explanation.as_str() };
        (other.name.as_str(), about, other.why.as_str(), other.help.as_str(), other.severity, other.confidence)
    } else {
        first().map_or((code, code, "", "", Severity::Warning, 0.5), |f| {
            (code, code, f.why.as_str(), f.help.as_str(), f.severity, f.confidence)
        })
    };
    let url = url_of(code);
    Descriptor {
        id: code,
        name: camel(name),
        short_description: Text { text: name },
        full_description: Text { text: about },
        help: Help {
            text: format!("{about}\n\nWhy: {why}\n\nWhat to do: {help}"),
            markdown: format!("{about}\n\n**Why.** {why}\n\n**What to do.** {help}\n\n[{code} explained]({url})"),
        },
        help_uri: url,
        default_configuration: Configuration { level: level(severity) },
        properties: Properties {
            tags: ["realist-reporting"],
            precision: match confidence {
                c if c >= 0.95 => "very-high",
                c if c >= 0.8 => "high",
                c if c >= 0.6 => "medium",
                _ => "low",
            },
        },
    }
}

/// `Data extraction` as an identifier: `DataExtraction`.
fn camel(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("draft 1%.md"), "draft%201%25.md");
        assert_eq!(uri("a\\b.md"), "a/b.md");
        assert_eq!(uri("/home/é.md"), "file:///home/%C3%A9.md");
        assert_eq!(uri("C:\\a.md"), "file:///C:/a.md");
        assert_eq!(uri("a:b.md"), "a%3Ab.md");
        assert_eq!(uri("-"), "stdin");
    }

    #[test]
    fn names_become_identifiers() {
        assert_eq!(camel("Strengths, limitations and future"), "StrengthsLimitationsAndFuture");
    }
}
