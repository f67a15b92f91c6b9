//! A protocol file to its report: items by the fields that answer them, initial theories as
//! configurations, findings at their places.

use std::ops::Range;
use std::sync::Arc;

use super::{Settings, rounded};
use crate::cmo::{self, ConfigurationStage, Facet, Form, SupportKind, Variant};
use crate::error::Error;
use crate::finding::bounded;
use crate::manuscript::{Draft, Format};
use crate::protocol::{self, Label, Parsed, Prose, ProtocolFile, Spotted, Theory};
use crate::read;
use crate::report::{
    ComponentReport, ComponentsReport, ConfigurationReport, DocumentReport, EvidenceReport, FindingReport, ItemReport,
    RelatedReport, StandardReport, SupportReport, SuppressedReport, url_of,
};
use crate::rule::{Demand, Rule, RuleSet, fnv1a};
use crate::source::{Location, SourceId, SourceText, Span};
use crate::standard::Stage;
use crate::structured::{Kind, Syntax, Value};
use crate::suppress::{self, Reach, Suppression};
use crate::verdict::Verdict;

/// Initial theories that are shown as configurations.
const MOST_THEORIES: usize = 10_000;
/// Characters of a field that are quoted as evidence.
const MOST_QUOTED: usize = 2_000;

/// Checks a protocol file. `note` is what is to be said of its bytes.
///
/// Errors: the settings name an unknown standard.
pub(super) fn check_protocol(
    source: SourceText,
    syntax: Syntax,
    parsed: Parsed,
    note: Option<String>,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<DocumentReport, Error> {
    let path = source.name.clone();
    let file = protocol::read(parsed, false, rules);
    let page = Page { sources: Arc::new(vec![source]), file: &file };
    let mut notes: Vec<String> = note.into_iter().collect();
    if !file.whole {
        notes.push(format!("the {} is broken; nothing is said of fields that are not found", syntax.name()));
    }
    let standard = standard_of(&file, rules, settings)?;
    let mut suppressions = if syntax == Syntax::Json { Vec::new() } else { comments(&page.sources[0].text) };
    let misunderstood: Vec<Comment> = suppressions.extract_if(.., |comment| comment.read.is_err()).collect();
    let mut used = vec![false; suppressions.len()];
    let mut not_applicable: Vec<(String, String)> = Vec::new();
    for suppression in settings.suppressions.iter().filter(|s| s.reach == Reach::NotApplicable) {
        not_applicable.push((suppression.code.clone(), suppression.reason.clone()));
    }
    for (comment, used) in suppressions.iter().zip(&mut used) {
        for own in comment.read.iter().flatten().filter(|s| s.reach == Reach::NotApplicable) {
            not_applicable.push((own.code.clone(), own.reason.clone()));
            *used = true;
        }
    }
    let items = match standard {
        Some((index, _)) => rules.rules[index].iter().map(|rule| item(&page, rules, rule, &not_applicable)).collect(),
        None => Vec::new(),
    };
    let found = sort_out(&page, rules, settings, &suppressions, &mut used, &not_applicable);
    let (mut standing, suppressed) = found;
    for (comment, _) in suppressions.iter().zip(used).filter(|(_, used)| !used) {
        let codes: Vec<&str> = comment.read.iter().flatten().map(|s| s.code.as_str()).collect();
        let message = format!("the suppression of {} silences nothing", codes.join(", "));
        standing.extend(page.other(rules, "SUP001", message, "nothing to silence here", &comment.span));
    }
    for comment in misunderstood {
        let message = comment.read.err().unwrap_or_default();
        standing.extend(page.other(rules, "SUP002", message, "the comment here", &comment.span));
    }
    standing.retain(|finding| settings.wants(&finding.code));
    standing.sort_by(|a, b| (a.span.start, &a.code).cmp(&(b.span.start, &b.code)));
    Ok(DocumentReport {
        path,
        format: Format::Protocol,
        record: 1,
        title: file.protocol.title.as_ref().map(|title| title.text.clone()).filter(|title| !title.is_empty()),
        standard: standard.map(|(index, because)| StandardReport {
            id: rules.standards[index].id.clone(),
            confidence: 1.0,
            ambiguous: false,
            because: vec![because],
        }),
        stage: Stage::Protocol.name(),
        items,
        configurations: page.configurations(rules),
        findings: standing,
        suppressed,
        notes,
        sources: page.sources,
        lines_are_paragraphs: false,
        pages: None,
        manuscript: None,
    })
}

/// The findings that stand and those that a comment, the configuration or the baseline silences. Says
/// in `used` which comments silenced something.
fn sort_out(
    page: &Page<'_>,
    rules: &RuleSet,
    settings: &Settings,
    comments: &[Comment],
    used: &mut [bool],
    not_applicable: &[(String, String)],
) -> (Vec<FindingReport>, Vec<SuppressedReport>) {
    let mut standing = Vec::new();
    let mut suppressed = Vec::new();
    for one in protocol::judge(page.file, &page.source().text, rules, settings.pedantic) {
        let code = one.rule.code.as_str();
        let item = not_applicable.iter().find(|(item, _)| one.rule.items.contains(item));
        let file = settings.suppressions.iter().find(|s| s.code == code && s.reach == Reach::File);
        let configured = file.map(|s| &s.reason).or(item.map(|(_, reason)| reason));
        let commented = comments.iter().enumerate().find_map(|(index, comment)| {
            let here = comment.covers.contains(&one.span.start);
            let of_code =
                |s: &&Suppression| s.code == code && (s.reach == Reach::File || (s.reach == Reach::Here && here));
            Some((index, comment.read.iter().flatten().find(of_code)?.reason.clone()))
        });
        if let Some((index, _)) = &commented {
            used[*index] = true;
        }
        // Only now: a suppression of what isn't shown still silences something.
        if !settings.wants(code) {
            continue;
        }
        let finding = page.finding(&one);
        let silenced = commented
            .map(|(_, reason)| (reason, "comment"))
            .or_else(|| configured.map(|reason| (reason.clone(), "configuration")))
            .or_else(|| {
                let known = settings.baseline.contains(&finding.fingerprint);
                known.then(|| ("known: it is in the baseline".to_owned(), "baseline"))
            });
        match silenced {
            Some((reason, by)) => suppressed.push(SuppressedReport { finding, reason, by }),
            None => standing.push(finding),
        }
    }
    (standing, suppressed)
}

/// The protocol that a manuscript's front matter carries. It also says which standard the manuscript
/// answers to, unless that is declared.
pub(super) fn in_front_matter(draft: &mut Draft, rules: &RuleSet) -> Option<ProtocolFile> {
    if !matches!(draft.format, Format::Markdown | Format::Quarto) {
        return None;
    }
    let yaml = read::front_matter_in_place(&draft.sources.first()?.text)?;
    if !protocol::says_so(&yaml) {
        return None;
    }
    let file = protocol::read(protocol::parse(&yaml, Syntax::Yaml), true, rules);
    if let Some(kind) = file.kind(rules) {
        draft.declared.standard.get_or_insert_with(|| kind.standard.clone());
        draft.declared.stage.get_or_insert_with(|| Stage::Protocol.name().to_owned());
    }
    Some(file)
}

/// Adds to a manuscript's report what its front matter says as a protocol: findings, theories, and the
/// items that its fields answer and its text doesn't.
pub(super) fn add(report: &mut DocumentReport, file: &ProtocolFile, rules: &RuleSet, settings: &Settings) {
    let page = Page { sources: Arc::clone(&report.sources), file };
    let (standing, suppressed) = sort_out(&page, rules, settings, &[], &mut [], &[]);
    report.suppressed.extend(suppressed);
    for old in &mut report.items {
        let Some(rule) = rules
            .rule(&old.code)
            .filter(|_| matches!(old.verdict, Verdict::NotFound | Verdict::Partial | Verdict::Unclear))
        else {
            continue;
        };
        let new = item(&page, rules, rule, &[]);
        if new.verdict == Verdict::Reported {
            report.findings.retain(|finding| finding.code != new.code);
            *old = new;
        }
    }
    for theory in page.configurations(rules) {
        let told = theory.key.is_some() && report.configurations.iter().any(|old| old.key == theory.key);
        if !told {
            report.configurations.push(theory);
        }
    }
    report.findings.extend(standing);
    report.findings.sort_by(|a, b| (a.span.source, a.span.start, &a.code).cmp(&(b.span.source, b.span.start, &b.code)));
}

/// What a structured file is that is neither a protocol nor a list of configurations.
pub(super) fn neither(source: SourceText, syntax: Syntax) -> DocumentReport {
    let note = format!(
        "a {} file, and neither a realist protocol (schema = \"{}\") nor a list of configurations; nothing was checked. \
         `realint protocol new` writes a protocol to begin with",
        syntax.name(),
        protocol::SCHEMA
    );
    DocumentReport {
        path: source.name.clone(),
        format: Format::Protocol,
        record: 1,
        title: None,
        standard: None,
        stage: Stage::Fragment.name(),
        items: Vec::new(),
        configurations: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        notes: vec![note],
        sources: Arc::new(vec![source]),
        lines_are_paragraphs: false,
        pages: None,
        manuscript: None,
    }
}

/// The standard of the kind of work, unless the settings name one; with the reason.
fn standard_of(file: &ProtocolFile, rules: &RuleSet, settings: &Settings) -> Result<Option<(usize, String)>, Error> {
    let index = |id: &str| rules.standards.iter().position(|standard| standard.id == id);
    match settings.standard.as_deref() {
        Some("none") => Ok(None),
        Some(id) => match index(id) {
            Some(found) => Ok(Some((found, format!("--standard or configuration names {id}")))),
            None => Err(Error::unknown("standard", id, rules.standards.iter().map(|s| s.id.as_str()))),
        },
        None => Ok(file.kind(rules).and_then(|kind| Some((index(&kind.standard)?, format!("kind: {}", kind.id))))),
    }
}

/// The verdict on an item, by the fields that answer it.
fn item(page: &Page<'_>, rules: &RuleSet, rule: &Rule, not_applicable: &[(String, String)]) -> ItemReport {
    let mut report = ItemReport {
        parts: None,
        code: rule.code.clone(),
        item: rule.item,
        name: rule.name.clone(),
        verdict: Verdict::NotApplicable,
        lacks: Vec::new(),
        evidence: Vec::new(),
        reason: None,
    };
    if let Some((_, reason)) = not_applicable.iter().find(|(code, _)| *code == rule.code) {
        report.reason = Some(reason.clone());
        return report;
    }
    if rule.stages.get(&Stage::Protocol) == Some(&Demand::NotApplicable) {
        report.reason = Some("a protocol can't report it".into());
        return report;
    }
    let Some(answer) = protocol::answer(page.file, rules, &rule.code) else {
        report.reason = Some("a protocol file has no field for it".into());
        return report;
    };
    report.verdict = match (answer.filled.is_empty(), answer.lacks.is_empty()) {
        (false, true) => Verdict::Reported,
        // Of a broken file one can't say what it doesn't have.
        (_, false) if !page.file.whole => Verdict::Unclear,
        (false, false) => Verdict::Partial,
        (true, _) => Verdict::NotFound,
    };
    report.lacks = answer.lacks;
    report.evidence = answer
        .filled
        .iter()
        .take(20)
        .map(|(path, value)| EvidenceReport {
            part: path.clone(),
            text: shown(value),
            location: page.locate(&value.span),
            confidence: 1.0,
            because: format!("field `{path}`"),
        })
        .collect();
    report
}

/// A value in words, for evidence.
fn shown(value: &Value) -> String {
    fn below(value: &Value, text: &mut String) {
        if text.len() > MOST_QUOTED {
            return;
        }
        match &value.kind {
            Kind::Null => {}
            Kind::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
            Kind::Number(words) | Kind::Text(words) => text.extend(words.trim().chars().take(MOST_QUOTED)),
            Kind::List(items) => items.iter().for_each(|item| joined(item, text)),
            Kind::Map(entries) => entries.iter().for_each(|entry| joined(&entry.value, text)),
        }
    }
    fn joined(value: &Value, text: &mut String) {
        if !text.is_empty() && !text.ends_with("; ") {
            text.push_str("; ");
        }
        below(value, text);
    }
    let mut text = String::new();
    below(value, &mut text);
    text
}

/// A protocol file and its text.
struct Page<'a> {
    sources: Arc<Vec<SourceText>>,
    file: &'a ProtocolFile,
}

impl Page<'_> {
    fn source(&self) -> &SourceText {
        &self.sources[0]
    }

    fn span(&self, range: &Range<usize>) -> Span {
        let text = &self.source().text;
        let boundary = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(range.start);
        Span { source: SourceId(0), start, end: boundary(range.end).max(start) }
    }

    fn locate(&self, range: &Range<usize>) -> Location {
        let span = self.span(range);
        let (from, to) = (self.source().position(span.start), self.source().position(span.end));
        Location {
            start_byte: span.start,
            end_byte: span.end,
            line: from.line,
            column: from.column,
            end_line: to.line,
            end_column: to.column,
            section: Vec::new(),
            paragraph: from.line,
            page: None,
            part: None,
            plain: None,
        }
    }

    /// The lines that a place lies in.
    fn lines(&self, range: &Range<usize>) -> &str {
        let (source, span) = (self.source(), self.span(range));
        let start = source.line_start(source.line_index(span.start));
        let end = source.line_start(source.line_index(span.end) + 1);
        let text = &source.text[start..end.max(start)];
        bounded(text, &(span.start - start..span.end - start)).trim_end()
    }

    fn finding(&self, one: &Spotted<'_>) -> FindingReport {
        let words: Vec<&str> = self.lines(&one.span).split_whitespace().collect();
        let fingerprint = fnv1a(format!("{}\n{}\n{}", one.rule.code, words.join(" "), one.message).as_bytes());
        FindingReport {
            code: one.rule.code.clone(),
            severity: one.rule.severity,
            confidence: rounded(one.rule.confidence),
            message: one.message.clone(),
            why: one.rule.why.clone(),
            help: one.help.clone().unwrap_or_else(|| one.rule.help.clone()),
            location: self.locate(&one.span),
            block_text: self.lines(&one.span).to_owned(),
            related: one
                .related
                .iter()
                .map(|(message, range)| RelatedReport {
                    message: message.clone(),
                    location: self.locate(range),
                    span: self.span(range),
                })
                .collect(),
            url: url_of(&one.rule.code),
            fingerprint: format!("{fingerprint:016x}"),
            label: one.label.clone(),
            span: self.span(&one.span),
        }
    }

    /// A finding that isn't about protocols.
    fn other(
        &self,
        rules: &RuleSet,
        code: &str,
        message: String,
        label: &str,
        span: &Range<usize>,
    ) -> Option<FindingReport> {
        let rule = rules.other(code)?;
        let one = Spotted { rule, message, label: label.into(), help: None, span: span.clone(), related: Vec::new() };
        Some(self.finding(&one))
    }

    /// The initial theories.
    fn configurations(&self, rules: &RuleSet) -> Vec<ConfigurationReport> {
        let theories = self.file.protocol.initial_programme_theories.iter().flatten().take(MOST_THEORIES);
        theories.map(|theory| self.configuration(theory, rules)).collect()
    }

    fn configuration(&self, theory: &Theory, rules: &RuleSet) -> ConfigurationReport {
        let part = |prose: Option<&Prose>, facet| -> Vec<ComponentReport> {
            let filled = prose.filter(|prose| !prose.text.is_empty() && !protocol::Slot::is_blank(&prose.text));
            let report =
                |prose: &Prose| ComponentReport { facet, text: prose.text.clone(), location: self.locate(&prose.span) };
            filled.map(report).into_iter().collect()
        };
        let mut mechanism = part(theory.mechanism_resource.as_ref(), Facet::Resource);
        mechanism.extend(part(theory.mechanism_response.as_ref(), Facet::Response));
        let intervention = part(theory.intervention.as_ref(), Facet::None);
        let citation = |label: &Label| SupportReport {
            kind: SupportKind::Citation,
            text: label.text.clone(),
            location: self.locate(&label.span),
        };
        let evidence: Vec<SupportReport> = theory.citations.iter().flatten().map(citation).collect();
        let id = theory.id.as_ref().map(|id| id.text.clone()).filter(|id| !id.is_empty());
        ConfigurationReport {
            key: id.as_deref().and_then(|id| cmo::key_of(&rules.grammar, id)).map(|key| key.to_string()),
            id,
            name: None,
            stage: ConfigurationStage::Initial,
            form: Form::Record,
            variant: if intervention.is_empty() { Variant::Cmo } else { Variant::Icmo },
            dyad: false,
            confidence: 1.0,
            theory: None,
            ripple: None,
            block_text: bounded(
                &self.source().text[self.span(&theory.span).start..self.span(&theory.span).end],
                &(0..0),
            )
            .to_owned(),
            location: self.locate(&theory.span),
            components: ComponentsReport {
                context: part(theory.context.as_ref(), Facet::None),
                mechanism,
                outcome: part(theory.outcome.as_ref(), Facet::None),
                intervention,
                actor: Vec::new(),
            },
            supported: !evidence.is_empty(),
            evidence,
        }
    }
}

/// A comment of a TOML or YAML file that is addressed to realint.
struct Comment {
    /// What it asks for, or why that isn't understood.
    read: Result<Vec<Suppression>, String>,
    /// The comment.
    span: Range<usize>,
    /// Its own line, or the next one where it has a line to itself.
    covers: Range<usize>,
}

/// Comments addressed to realint: `# realint-ignore PRO736: reason`, on a line of their own or after a field.
fn comments(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut lines = crate::source::lines(text).peekable();
    while let Some((start, line)) = lines.next() {
        let Some(at) = line.find("# realint-") else { continue };
        let words = line[at + 1..].trim();
        let span = start + at..start + line.trim_end().len();
        let next = lines.peek().map_or(0, |(_, next)| next.len());
        let alone = line[..at].trim().is_empty();
        let covers = start..start + line.len() + if alone { next } else { 0 };
        if let Some(read) =
            suppress::read_comment(words, Some(Span { source: SourceId(0), start: span.start, end: span.end }))
        {
            found.push(Comment { read, span, covers });
        }
    }
    found
}
