//! A protocol file to its report: items by the fields that answer them, initial theories as
//! configurations, findings at their places.

use std::ops::Range;
use std::sync::Arc;

use super::Settings;
use super::page;
use crate::cmo::{self, ConfigurationStage, Facet, Form, SupportKind, Variant};
use crate::error::Error;
use crate::finding::{Spotted, bounded};
use crate::manuscript::{Draft, Format};
use crate::outline::Outline;
use crate::protocol::{self, Label, Parsed, Prose, ProtocolFile, Theory};
use crate::read;
use crate::report::{
    ComponentReport, ComponentsReport, ConfigurationReport, DocumentReport, EvidenceReport, ItemReport, StandardReport,
    SupportReport,
};
use crate::rule::{Demand, Rule, RuleSet};
use crate::source::SourceText;
use crate::standard::Stage;
use crate::structured::{Kind, Syntax, Value};
use crate::suppress::Reach;
use crate::verdict::Verdict;

/// Initial theories that are shown as configurations.
const MOST_THEORIES: usize = 10_000;
/// Characters of a field that are quoted as evidence.
const MOST_QUOTED: usize = 2_000;

/// Checks a protocol file. `note` is what is to be said of its bytes, `further` what else is found in it.
///
/// Errors: the settings name an unknown standard.
pub(super) fn check_protocol(
    source: SourceText,
    syntax: Syntax,
    parsed: Parsed,
    note: Option<String>,
    further: Vec<Spotted<'_>>,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<DocumentReport, Error> {
    let path = source.name.clone();
    let file = protocol::read(parsed, false, rules);
    let page = Page { text: page::Page::new(source), file: &file };
    let mut notes: Vec<String> = note.into_iter().collect();
    if !file.whole {
        notes.push(format!("the {} is broken; nothing is said of fields that are not found", syntax.name()));
    }
    let standard = standard_of(&file, rules, settings)?;
    let comments = if syntax == Syntax::Json { Vec::new() } else { page::comments(&page.text.source().text, '#') };
    let mut used = vec![false; comments.len()];
    let mut not_applicable: Vec<(String, String)> = Vec::new();
    for suppression in settings.suppressions.iter().filter(|s| s.reach == Reach::NotApplicable) {
        not_applicable.push((suppression.code.clone(), suppression.reason.clone()));
    }
    for (comment, used) in comments.iter().zip(&mut used) {
        for own in comment.read.iter().flatten().filter(|s| s.reach == Reach::NotApplicable) {
            not_applicable.push((own.code.clone(), own.reason.clone()));
            *used = true;
        }
    }
    let items = match standard {
        Some((index, _)) => rules.rules[index].iter().map(|rule| item(&page, rules, rule, &not_applicable)).collect(),
        None => Vec::new(),
    };
    let mut spotted = protocol::judge(page.file, &page.text.source().text, rules, settings.pedantic);
    spotted.extend(further);
    let outline =
        settings.outline.then(|| Arc::new(Outline::of_protocol(&file.value, page.places(rules), &rules.grammar)));
    let (standing, suppressed) = page.text.judged(spotted, rules, settings, (comments, used), &not_applicable);
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
        sources: page.text.sources,
        lines_are_paragraphs: false,
        pages: None,
        outline,
        manuscript: None,
    })
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
    let page = Page { text: page::Page { sources: Arc::clone(&report.sources) }, file };
    let spotted = protocol::judge(page.file, &page.text.source().text, rules, settings.pedantic);
    let (standing, suppressed) = page.text.sort_out(spotted, settings, &[], &mut [], &[]);
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
    let stated = Outline::of_protocol(&page.file.value, page.places(rules), &rules.grammar).statements;
    for (theory, place) in page.configurations(rules).into_iter().zip(stated) {
        let told = theory.key.is_some() && report.configurations.iter().any(|old| old.key == theory.key);
        if !told {
            if let Some(outline) = &mut report.outline {
                Arc::make_mut(outline).statements.push(place);
            }
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
        outline: None,
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
        by_hand: None,
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
            location: page.text.locate(&value.span),
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
    text: page::Page,
    file: &'a ProtocolFile,
}

impl Page<'_> {
    /// For each initial theory its key, the place of its label, and its own.
    fn places(&self, rules: &RuleSet) -> impl Iterator<Item = (Option<String>, Range<usize>, Range<usize>)> {
        let theories = self.file.protocol.initial_programme_theories.iter().flatten().take(MOST_THEORIES);
        theories.map(|theory| {
            let id = theory.id.as_ref().filter(|id| !id.text.is_empty());
            let key = id.and_then(|id| cmo::key_of(&rules.grammar, &id.text)).map(|key| key.to_string());
            let fields = [&theory.context, &theory.mechanism_resource, &theory.mechanism_response, &theory.outcome];
            let end = fields.into_iter().flatten().map(|prose| prose.span.end).fold(theory.span.end, usize::max);
            (key, id.map_or(theory.span.clone(), |id| id.span.clone()), theory.span.start..end)
        })
    }

    /// The initial theories.
    fn configurations(&self, rules: &RuleSet) -> Vec<ConfigurationReport> {
        let theories = self.file.protocol.initial_programme_theories.iter().flatten().take(MOST_THEORIES);
        theories.map(|theory| self.configuration(theory, rules)).collect()
    }

    fn configuration(&self, theory: &Theory, rules: &RuleSet) -> ConfigurationReport {
        let part = |prose: Option<&Prose>, facet| -> Vec<ComponentReport> {
            let filled = prose.filter(|prose| !prose.text.is_empty() && !protocol::Slot::is_blank(&prose.text));
            let report = |prose: &Prose| ComponentReport {
                facet,
                text: prose.text.clone(),
                location: self.text.locate(&prose.span),
            };
            filled.map(report).into_iter().collect()
        };
        let mut mechanism = part(theory.mechanism_resource.as_ref(), Facet::Resource);
        mechanism.extend(part(theory.mechanism_response.as_ref(), Facet::Response));
        let intervention = part(theory.intervention.as_ref(), Facet::None);
        let citation = |label: &Label| SupportReport {
            kind: SupportKind::Citation,
            text: label.text.clone(),
            location: self.text.locate(&label.span),
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
                &self.text.source().text[self.text.span(&theory.span).start..self.text.span(&theory.span).end],
                &(0..0),
            )
            .to_owned(),
            location: self.text.locate(&theory.span),
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
