//! The data flow, whole: bytes to manuscripts, standard, verdicts, configurations, findings, report.

mod page;
mod project;
mod protocol;

pub use project::{ProjectFiles, check_project};

use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::cmo::{self, ComponentKind, Configuration};
use crate::error::Error;
use crate::finding::{self, Finding, Place};
use crate::manuscript::{BlockId, Draft, Format, Manuscript};
use crate::outline::Outline;
use crate::project::Told;
use crate::read::{self, Columns, Library};
use crate::report::{
    ComponentReport, ComponentsReport, ConfigurationReport, CueReport, DocumentReport, EvidenceReport, FeatureReport,
    FindingReport, ItemReport, LearnedReport, PartReport, RelatedReport, SentenceReport, StandardReport, SupportReport,
    SuppressedReport, url_of,
};
use crate::rule::engine::{self, Facts};
use crate::rule::grounds::{self, PartGrounds, SentenceGrounds};
use crate::rule::{Memory, Reading, Rule, RuleSet, Severity};
use crate::source::{SourceId, SourceText, Span};
use crate::standard::{self, Choice, Stage};
use crate::structured::Syntax;
use crate::suppress::{self, Reach, Suppression};
use crate::theory::{self, Judged};
use crate::verdict::{Evidence, ItemVerdict, Verdict};

/// The stack of a thread that checks, in bytes: as much as a main thread has.
pub const STACK: usize = 8 * 1024 * 1024;

/// Starts the threads that checks of this process share, with [`STACK`] each. Where they are started
/// already, or none is to be had, a smaller stack does for all but hostile files.
pub fn start_threads() {
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
}

/// What the user asked for, for one file.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Force a standard.
    pub standard: Option<String>,
    /// Force a stage.
    pub stage: Option<Stage>,
    /// Only codes that begin so; all where empty.
    pub select: Vec<String>,
    /// Not the codes that begin so.
    pub ignore: Vec<String>,
    /// Suppressions and not-applicable items of the configuration.
    pub suppressions: Vec<Suppression>,
    /// Look for matters of taste and weak signs as well.
    pub pedantic: bool,
    /// Fingerprints of known findings.
    pub baseline: Vec<String>,
    /// A team's names of the fields in its extraction sheets.
    pub columns: Columns,
    /// Leave out what spoke for each piece of evidence: nobody is shown it.
    pub without_reasons: bool,
    /// Say for each part of each item what its score is made of.
    pub explain_verdicts: bool,
    /// Give the outline with the report.
    pub outline: bool,
    /// What was read of the sentences of an earlier text, by the same rules.
    pub memory: Option<std::sync::Arc<Memory>>,
    /// Keep the manuscript beside its report, for renderers that show its text.
    pub keep_manuscript: bool,
}

impl Settings {
    fn wants(&self, code: &str) -> bool {
        let begins = |list: &[String]| list.iter().any(|prefix| code.starts_with(prefix.as_str()));
        (self.select.is_empty() || begins(&self.select)) && !begins(&self.ignore)
    }
}

/// Checks a file's bytes. Gives one report a record.
///
/// `path` names the file in the report and is where includes start from; `format` forces a format.
/// Errors: the bytes can't be read as text, or the settings name an unknown standard.
pub fn check(
    path: &Path,
    bytes: &[u8],
    format: Option<Format>,
    library: &dyn Library,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<Vec<DocumentReport>, Error> {
    if let Some(report) = structured(path, bytes, format, rules, settings)? {
        return Ok(vec![report]);
    }
    let sheet = format == Some(Format::Sheet) || (format.is_none() && read::is_sheet(path, bytes, &settings.columns));
    let drafts = if sheet {
        vec![read::read_sheet(path, bytes, &settings.columns)?]
    } else {
        read::read(path, bytes, format, library, &rules.section_names)?
    };
    drafts.into_iter().map(|draft| check_draft(path, draft, rules, settings, &mut |_| Vec::new())).collect()
}

/// Runs a check so that a crash in it is an error of its file, and no end of all others.
///
/// Errors: those of the check, and [`Error::Crashed`].
pub fn contained<T>(path: &Path, check: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Nothing is looked at again that the crash may have left half done: rules are only read.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(check))
        .unwrap_or_else(|_| Err(Error::Crashed { path: path.to_owned() }))
}

/// Checks one record of a manuscript's file; `beside` adds findings that come of other files.
fn check_draft(
    path: &Path,
    mut draft: Draft,
    rules: &RuleSet,
    settings: &Settings,
    beside: &mut dyn FnMut(&Told<'_>) -> Vec<Finding>,
) -> Result<DocumentReport, Error> {
    let plan = protocol::in_front_matter(&mut draft, rules);
    let manuscript = Manuscript::new(draft, &rules.section_names);
    let mut report = check_beside(&path.to_string_lossy(), manuscript, rules, settings, beside)?;
    if let Some(plan) = plan {
        protocol::add(&mut report, &plan, rules, settings);
    }
    Ok(report)
}

/// Checks a structured file, where it is one and no list of configurations: a protocol, or another
/// tool's file, of which only that is said.
fn structured(
    path: &Path,
    bytes: &[u8],
    format: Option<Format>,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<Option<DocumentReport>, Error> {
    let forced = format == Some(Format::Protocol);
    let named = matches!(Syntax::of(path), Some(Syntax::Toml | Syntax::Yaml | Syntax::Json));
    let piped = path.as_os_str() == "-" && format.is_none();
    if !forced && !piped && (!named || format.is_some()) {
        return Ok(None);
    }
    let (source, syntax, note) = match read::read_structured(path, bytes) {
        Ok(read) => read,
        Err(error) if forced => return Err(error),
        // Bytes that are no text are told by the readers of manuscripts.
        Err(_) => return Ok(None),
    };
    let manuscript_with_front_matter = !named && source.text.trim_start_matches('\u{feff}').starts_with("---");
    if piped && (manuscript_with_front_matter || !crate::protocol::says_so(&source.text)) {
        return Ok(None);
    }
    if source.text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let parsed = crate::protocol::parse(&source.text, syntax);
    if forced || crate::protocol::is_protocol(path, &source.text, &parsed, rules) {
        if forced && !crate::protocol::is_protocol(path, &source.text, &parsed, rules) && parsed.mistakes.is_empty() {
            return Err(Error::NoProtocol { path: path.to_owned(), syntax: syntax.name() });
        }
        return protocol::check_protocol(source, syntax, parsed, note, Vec::new(), rules, settings).map(Some);
    }
    let table = parsed.value.as_ref().is_some_and(|value| !value.entries().is_empty());
    if table && parsed.mistakes.is_empty() && !read::is_sheet(path, bytes, &settings.columns) {
        return Ok(Some(protocol::neither(source, syntax)));
    }
    Ok(None)
}

/// Checks one manuscript.
pub fn check_manuscript(
    path: &str,
    manuscript: Manuscript,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<DocumentReport, Error> {
    check_beside(path, manuscript, rules, settings, &mut |_| Vec::new())
}

/// Checks one manuscript; `beside` adds findings that come of other files, once it is known what the
/// manuscript says.
fn check_beside(
    path: &str,
    mut whole: Manuscript,
    rules: &RuleSet,
    settings: &Settings,
    beside: &mut dyn FnMut(&Told<'_>) -> Vec<Finding>,
) -> Result<DocumentReport, Error> {
    let first_reading = Reading::remembering(&whole, rules, settings.memory.as_deref());
    let choice = choose(&whole, &first_reading, rules, settings)?;
    let read = first_reading.into_parts();
    let reading = if choice.stage == Stage::Abstract {
        // All of it is the abstract, so every sentence stands elsewhere than it first seemed.
        whole.make_abstract();
        Reading::new(&whole, rules)
    } else {
        Reading::from_parts(&whole, read)
    };
    let manuscript = &whole;
    let mut notes = manuscript.notes.clone();
    let standard = choice.standard.map(|index| &rules.standards[index]);
    let mut items: Vec<(ItemVerdict, &Rule)> = Vec::new();
    let mut compilation = cmo::Compilation::default();
    let mut findings = Vec::new();
    let mut grounds: Vec<Vec<PartGrounds>> = Vec::new();
    let (comments, misunderstood) = suppress::from_comments(manuscript, rules);
    let mut suppressions = comments;
    suppressions.extend(settings.suppressions.iter().cloned());
    let mut used = vec![false; suppressions.len()];
    if let Some(index) = choice.standard {
        let wanted = &rules.rules[index];
        let scores;
        let has_configurations = rules.standards[index].configurations;
        (compilation, scores) = rayon::join(
            || if has_configurations { cmo::compile(manuscript, &rules.grammar) } else { cmo::Compilation::default() },
            || engine::score_parts(&reading, rules, wanted, choice.stage),
        );
        let configurations = &compilation.configurations;
        if !rules.standards[index].shipped {
            notes.push(format!("{}: it has no rules; no item was checked", rules.standards[index].short));
        }
        let english = mostly_english(&reading);
        if !english {
            notes.push(
                "much of the text is not in English; item cues are English only, so what they don't find is unclear, not absent"
                    .into(),
            );
        }
        let facts = Facts {
            configurations: configurations.iter().filter(|c| c.stage != cmo::ConfigurationStage::Initial).count(),
        };
        let (mut verdicts, of_theory) = rayon::join(
            || engine::judge_scored(&reading, rules, wanted, choice.stage, facts, &scores),
            || {
                has_configurations.then(|| {
                    theory::judge(&Judged {
                        reading: &reading,
                        rules,
                        compilation: &compilation,
                        standard: &rules.standards[index],
                        stage: choice.stage,
                        pedantic: settings.pedantic,
                    })
                })
            },
        );
        for item in verdicts.iter_mut().filter(|item| !english && item.verdict == Verdict::NotFound) {
            item.verdict = Verdict::Unclear;
        }
        for item in &mut verdicts {
            if let Some(off) = wanted.iter().find(|r| r.code == item.code).and_then(|r| r.off.as_ref()) {
                item.verdict = Verdict::NotApplicable;
                item.reason = Some(format!("{} (pack {})", off.reason, off.pack));
                item.lacks.clear();
            }
        }
        for (n, suppression) in suppressions.iter().enumerate().filter(|(_, s)| s.reach == Reach::NotApplicable) {
            if let Some(item) = verdicts.iter_mut().find(|v| v.code == suppression.code) {
                item.verdict = Verdict::NotApplicable;
                item.reason = Some(suppression.reason.clone());
                used[n] = true;
            }
        }
        for verdict in &verdicts {
            if let Some(rule) = wanted.iter().find(|r| r.code == verdict.code) {
                findings.extend(item_finding(manuscript, rules, rule, verdict, choice.stage));
            }
        }
        findings.extend(of_theory.into_iter().flatten());
        if settings.explain_verdicts {
            grounds = grounds::grounds(&reading, rules, wanted, choice.stage, facts, &scores);
        }
        notes.extend(
            rules.packs_of(&rules.standards[index].id).map(|pack| format!("with the pack {}: {}", pack.id, pack.name)),
        );
        items = verdicts.into_iter().filter_map(|v| wanted.iter().find(|r| r.code == v.code).map(|r| (v, r))).collect();
        if choice.ambiguous {
            notes.push(ambiguity(&choice, rules));
        }
    } else if manuscript.format == Format::Sheet
        && let Some(standard) = rules.standards.first()
    {
        // No standard asks anything of a list of configurations; what they lack is the same in all.
        compilation = cmo::compile(manuscript, &rules.grammar);
        findings.extend(theory::judge(&Judged {
            reading: &reading,
            rules,
            compilation: &compilation,
            standard,
            stage: choice.stage,
            pedantic: settings.pedantic,
        }));
        notes.push("a list of configurations: they are checked, and no item is asked for".into());
    } else {
        notes.push(none_applies(&choice, rules));
        // Nothing was checked, so nothing was there to silence.
        used.fill(true);
    }
    let told =
        Told { reading: &reading, compilation: &compilation, standard, stage: choice.stage, sure: !choice.ambiguous };
    findings.extend(beside(&told));
    let (mut findings, mut silenced) = suppress::apply(manuscript, rules, findings, &suppressions, used);
    findings.extend(misunderstood);
    // Only now: a suppression of what isn't shown still silences something.
    let wanted = |code: &str| settings.wants(code) && rules.other(code).is_none_or(|f| f.off.is_none());
    findings.retain(|f| wanted(&f.code));
    silenced.retain(|(f, _, _)| wanted(&f.code));
    let is_item = |code: &str| rules.rule(code).is_some();
    let statements = statements_over_blocks(manuscript, &compilation.configurations);
    let report = |finding: &Finding| {
        let mut report = finding_report(manuscript, finding, is_item(&finding.code));
        if !is_item(&finding.code)
            && let Some(statement) = finding.place.as_ref().and_then(|place| statements.get(&place.block))
        {
            report.block_text.clone_from(statement);
        }
        report
    };
    let mut suppressed: Vec<SuppressedReport> = silenced
        .iter()
        .map(|(finding, reason, by)| SuppressedReport { finding: report(finding), reason: reason.clone(), by })
        .collect();
    let mut standing = Vec::new();
    for finding in &findings {
        let finding = report(finding);
        if settings.baseline.contains(&finding.fingerprint) {
            suppressed.push(SuppressedReport {
                finding,
                reason: "known: it is in the baseline".into(),
                by: "baseline",
            });
        } else {
            standing.push(finding);
        }
    }
    standing.sort_by(|a, b| (a.span.source, a.span.start, &a.code).cmp(&(b.span.source, b.span.start, &b.code)));
    let mut report = DocumentReport {
        path: path.to_owned(),
        format: manuscript.format,
        record: manuscript.record,
        title: manuscript.title_text().map(str::to_owned),
        standard: standard.map(|s| StandardReport {
            id: s.id.clone(),
            confidence: rounded(choice.confidence),
            ambiguous: choice.ambiguous,
            because: choice.because.clone(),
        }),
        stage: choice.stage.name(),
        items: item_reports(&reading, rules, &items, &grounds, !settings.without_reasons),
        configurations: configuration_reports(manuscript, &compilation.configurations),
        findings: standing,
        suppressed,
        notes,
        sources: Arc::clone(manuscript.shown_sources()),
        lines_are_paragraphs: manuscript.shows_paragraphs(),
        pages: manuscript.sources.first().and_then(SourceText::last_page),
        outline: settings.outline.then(|| Arc::new(Outline::of(manuscript, &compilation))),
        manuscript: None,
    };
    reading.leave_words(rules);
    if settings.keep_manuscript {
        report.manuscript = Some(Arc::new(whole));
    }
    Ok(report)
}

fn choose(
    manuscript: &Manuscript,
    reading: &Reading<'_>,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<Choice, Error> {
    let mut choice = standard::select(reading, &rules.selection, rules.standards.len());
    if manuscript.format == Format::Sheet {
        choice.standard = None;
        choice.stage = Stage::Report;
        return Ok(choice);
    }
    let asked = settings
        .standard
        .as_ref()
        .map(|s| (s, "--standard or configuration"))
        .or_else(|| manuscript.declared.standard.as_ref().map(|s| (s, "front matter")));
    if let Some((id, by)) = asked {
        if id == "none" {
            choice.standard = None;
            choice.because = vec![format!("{by} names none")];
        } else {
            let index = rules.standards.iter().position(|s| s.id == *id);
            let index =
                index.ok_or_else(|| Error::unknown("standard", id, rules.standards.iter().map(|s| s.id.as_str())))?;
            choice.standard = Some(index);
            choice.because = vec![format!("{by} names {id}")];
            choice.confidence = 1.0;
        }
        choice.ambiguous = false;
    }
    let declared = match &manuscript.declared.stage {
        Some(name) => {
            Some(Stage::from_name(name).ok_or_else(|| Error::unknown("stage", name, Stage::ALL.map(Stage::name)))?)
        }
        None => None,
    };
    if let Some(stage) = settings.stage.or(declared) {
        choice.stage = stage;
    }
    Ok(choice)
}

fn ambiguity(choice: &Choice, rules: &RuleSet) -> String {
    let first = choice.standard.map_or("", |i| rules.standards[i].short.as_str());
    match choice.second {
        Some(second) => format!(
            "the text answers to {first} and nearly as well to {}; --standard settles it",
            rules.standards[second].short
        ),
        None => format!("the claim to {first} is weak; --standard settles it, `--standard none` silences it"),
    }
}

fn none_applies(choice: &Choice, rules: &RuleSet) -> String {
    let closest = choice.closest.map(|i| rules.standards[i].short.as_str());
    match (choice.because.first(), closest) {
        (Some(reason), Some(closest)) => {
            let kind = if rules.standards.iter().any(|s| s.pack.is_some()) { "" } else { "RAMESES " };
            format!("no {kind}standard applies; it came closest to {closest} ({reason}). --standard forces one")
        }
        _ if rules.standards.iter().any(|s| s.pack.is_some()) => {
            let names: Vec<&str> = rules.standards.iter().map(|s| s.short.as_str()).collect();
            format!("no standard applies: nothing was found that claims {}. --standard forces one", names.join(", or "))
        }
        _ => "no RAMESES standard applies: no claim to a realist review, meta-narrative review or realist evaluation was found. --standard forces one".into(),
    }
}

/// Words that hold English sentences together: they are two in five words of any English prose, and
/// fewer than one in ten of Spanish, French, German, Portuguese or Dutch.
const ENGLISH: [&str; 30] = [
    "the", "of", "and", "to", "in", "for", "that", "is", "was", "were", "are", "with", "by", "as", "on", "we", "our",
    "this", "it", "from", "be", "which", "or", "not", "their", "they", "have", "has", "at", "how",
];

/// Fewer words than this tell nothing of a language.
const FEWEST_WORDS: usize = 60;

fn mostly_english(reading: &Reading<'_>) -> bool {
    /// A word's letters, Chinese ones among them, and whether it is one of the English ones.
    fn told_by(word: &str) -> (usize, usize, bool) {
        let letters = || word.chars().filter(|c| c.is_alphabetic());
        let chinese = letters().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c)).count();
        (letters().count(), chinese, ENGLISH.contains(&word))
    }
    let mut told: Vec<Option<(usize, usize, bool)>> = vec![None; reading.word_numbers()];
    let (mut chinese, mut letters) = (0_usize, 0_usize);
    let (mut english, mut words) = (0_usize, 0_usize);
    let manuscript = reading.manuscript;
    for (sentence, read) in manuscript.sentences.all().iter().zip(&reading.sentences) {
        if manuscript.block(sentence.block).is_prose() {
            for word in &read.words {
                let told = &mut told[word.0 as usize];
                let (own, own_chinese, is_english) = *told.get_or_insert_with(|| told_by(reading.word(*word)));
                letters += own;
                chinese += own_chinese * 3;
                words += usize::from(own > 0);
                english += usize::from(is_english);
            }
        }
    }
    chinese * 4 <= letters && (words < FEWEST_WORDS || english * 6 >= words)
}

/// The finding for an item that is not wholly reported.
fn item_finding(
    manuscript: &Manuscript,
    rules: &RuleSet,
    rule: &Rule,
    item: &ItemVerdict,
    stage: Stage,
) -> Option<Finding> {
    let part_names =
        |ids: &[crate::rule::PartId]| ids.iter().map(|id| rules.part(*id).name.as_str()).collect::<Vec<_>>().join(", ");
    let name = rule.name.to_lowercase();
    let (severity, message, label) = match item.verdict {
        Verdict::Reported | Verdict::NotApplicable => return None,
        Verdict::NotFound => (rule.severity, format!("{name}: not found"), "looked for here first".to_owned()),
        Verdict::Partial if item.pointer.is_some() => (
            Severity::Note,
            format!("{name}: {} only in a supplement", part_names(&item.lacks)),
            "the text points elsewhere".to_owned(),
        ),
        Verdict::Partial => {
            let lacks = if item.lacks.is_empty() {
                "only a mention".to_owned()
            } else {
                format!("{} not found", part_names(&item.lacks))
            };
            (rule.severity.min(Severity::Warning), format!("{name}: {lacks}"), "partly reported".to_owned())
        }
        Verdict::Unclear => {
            (Severity::Note, format!("{name}: unclear, look here"), "the nearest that was found".to_owned())
        }
    };
    let sentence_place = |evidence: &Evidence| {
        let sentence = &manuscript.sentences.all()[evidence.sentence.0];
        Place { block: sentence.block, range: sentence.range.clone() }
    };
    let near = item.near_misses.iter().max_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let place = match item.verdict {
        Verdict::Unclear => near.map(&sentence_place),
        Verdict::Partial => item.evidence.first().map(|e| heading_or_block(manuscript, sentence_place(e).block)),
        _ => None,
    };
    let place = place.or_else(|| home_place(manuscript, rule));
    let mut related: Vec<(String, Place)> = Vec::new();
    let mut shown = Vec::new();
    for evidence in &item.evidence {
        if !shown.contains(&evidence.part) {
            shown.push(evidence.part);
            related.push((format!("{}: found here", rules.part(evidence.part).name), sentence_place(evidence)));
        }
    }
    if item.verdict != Verdict::Unclear
        && let Some(near) = near
    {
        related.push((format!("near, but not enough for {}", rules.part(near.part).name), sentence_place(near)));
    }
    let confidence = match item.verdict {
        Verdict::NotFound => 0.9,
        Verdict::Partial => 0.8,
        _ => 0.5,
    };
    let help =
        if stage == Stage::Protocol { format!("{} (say what is planned)", rule.help) } else { rule.help.clone() };
    Some(Finding {
        code: rule.code.clone(),
        severity,
        confidence,
        message,
        label,
        why: rule.why.clone(),
        help: format!("{help}; `realint explain {}`", rule.code),
        place,
        related,
        beyond: Vec::new(),
    })
}

/// The heading right above a block, or the block itself.
fn heading_or_block(manuscript: &Manuscript, block: BlockId) -> Place {
    let heading = manuscript.section_of(block).heading.unwrap_or(block);
    Place::whole(manuscript, heading)
}

/// Where an item that wasn't found belongs: the heading of its home, else the title, else the first block.
fn home_place(manuscript: &Manuscript, rule: &Rule) -> Option<Place> {
    let section = rule.home.iter().find_map(|role| {
        manuscript.sections.iter().find(|s| s.role == *role && s.heading.is_some()).and_then(|s| s.heading)
    });
    let block = section.or(manuscript.title).or((!manuscript.blocks.is_empty()).then_some(BlockId(0)))?;
    Some(Place::whole(manuscript, block))
}

/// A span in the texts of a project as one in the texts of a document, behind its own.
fn shifted(span: Span, own: usize) -> Span {
    Span { source: SourceId(span.source.0 + own as u32), ..span }
}

fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}

/// `grounds`: one list a rule, in the order of the items; empty where nobody asked for them. `reasons`: say what spoke
/// for each piece of evidence.
fn item_reports(
    reading: &Reading<'_>,
    rules: &RuleSet,
    items: &[(ItemVerdict, &Rule)],
    grounds: &[Vec<PartGrounds>],
    reasons: bool,
) -> Vec<ItemReport> {
    let part = |g: &PartGrounds| part_report(reading.manuscript, rules, g);
    let mut reports: Vec<ItemReport> =
        items.iter().map(|(verdict, rule)| item_report(reading, rules, rule, verdict, reasons)).collect();
    for (report, grounds) in reports.iter_mut().zip(grounds) {
        if report.verdict != Verdict::NotApplicable {
            report.parts = Some(grounds.iter().map(part).collect());
        }
    }
    reports
}

fn part_report(manuscript: &Manuscript, rules: &RuleSet, grounds: &PartGrounds) -> PartReport {
    let thousandths = |value: f32| (value * 1000.0).round() / 1000.0;
    let sentence = |g: &SentenceGrounds| {
        let sentence = &manuscript.sentences.all()[g.sentence.0];
        SentenceReport {
            text: manuscript.block(sentence.block).text[sentence.range.clone()].to_owned(),
            location: manuscript.locate(sentence.block, sentence.range.clone()),
            score: rounded(g.score),
            cues: g
                .cues
                .iter()
                .map(|cue| CueReport { cue: cue.shown.clone(), weight: cue.weight, place: cue.place })
                .collect(),
            learned: g.learned.as_ref().map(|learned| LearnedReport {
                score: rounded(learned.score),
                margin: thousandths(learned.margin),
                heard: learned.heard,
                place: learned.place,
                features: learned
                    .features
                    .iter()
                    .map(|(weight, feature)| FeatureReport { feature: feature.clone(), weight: thousandths(*weight) })
                    .collect(),
            }),
            doubt: rounded(g.doubt),
            cited: rounded(g.cited),
            shared: rounded(g.shared),
        }
    };
    PartReport {
        part: rules.part(grounds.part).name.clone(),
        counts: grounds.counts.name(),
        found: grounds.found,
        by_configurations: grounds.by_configurations,
        certainty: grounds.certainty.map(rounded),
        threshold: grounds.threshold,
        sentences: grounds.sentences,
        wanted: grounds.wanted,
        best: grounds.best.as_ref().map(sentence),
    }
}

fn item_report(reading: &Reading<'_>, rules: &RuleSet, rule: &Rule, item: &ItemVerdict, reasons: bool) -> ItemReport {
    let manuscript = reading.manuscript;
    let evidence = |e: &Evidence| {
        let sentence = &manuscript.sentences.all()[e.sentence.0];
        EvidenceReport {
            part: rules.part(e.part).name.clone(),
            text: manuscript.block(sentence.block).text[sentence.range.clone()].to_owned(),
            location: manuscript.locate(sentence.block, sentence.range.clone()),
            confidence: rounded(e.confidence),
            because: if reasons { engine::because(reading, rules, e) } else { String::new() },
        }
    };
    ItemReport {
        code: item.code.clone(),
        item: rule.item,
        name: rule.name.clone(),
        verdict: item.verdict,
        lacks: item.lacks.iter().map(|id| rules.part(*id).name.clone()).collect(),
        evidence: item.evidence.iter().map(evidence).collect(),
        reason: item.reason.clone(),
        parts: None,
        by_hand: None,
    }
}

fn configuration_reports(manuscript: &Manuscript, all: &[Configuration]) -> Vec<ConfigurationReport> {
    let same = |a: Option<&Configuration>, b: &Configuration| a.is_some_and(|a| a.block == b.block);
    all.iter()
        .enumerate()
        .map(|(at, c)| {
            let shared = same(at.checked_sub(1).and_then(|i| all.get(i)), c) || same(all.get(at + 1), c);
            configuration_report(manuscript, c, shared)
        })
        .collect()
}

/// The whole statement of each configuration that takes several blocks (a label, then lines), under
/// the block that findings point at: it is what encloses the place.
fn statements_over_blocks(manuscript: &Manuscript, all: &[Configuration]) -> FxHashMap<BlockId, String> {
    const LONGEST: usize = 8_000;
    let mut statements = FxHashMap::default();
    for configuration in all {
        let mut blocks: Vec<BlockId> = configuration.components.iter().map(|c| c.block).collect();
        blocks.extend(configuration.heading);
        blocks.push(configuration.block);
        blocks.sort_unstable();
        blocks.dedup();
        let length: usize = blocks.iter().map(|b| manuscript.block(*b).text.len()).sum();
        if blocks.len() > 1 && length <= LONGEST {
            let texts: Vec<&str> = blocks.iter().map(|b| manuscript.block(*b).text.as_str()).collect();
            let text = texts.join("\n");
            for block in blocks {
                statements.entry(block).or_insert_with(|| text.clone());
            }
        }
    }
    statements
}

/// `shared`: its block states other configurations as well.
fn configuration_report(manuscript: &Manuscript, configuration: &Configuration, shared: bool) -> ConfigurationReport {
    let mut components = ComponentsReport::default();
    for component in &configuration.components {
        let quoted = ComponentReport {
            facet: component.facet,
            text: manuscript.block(component.block).text[component.range.clone()].to_owned(),
            location: manuscript.locate(component.block, component.range.clone()),
        };
        match component.kind {
            ComponentKind::Context => components.context.push(quoted),
            ComponentKind::Mechanism => components.mechanism.push(quoted),
            ComponentKind::Outcome => components.outcome.push(quoted),
            ComponentKind::Intervention => components.intervention.push(quoted),
            ComponentKind::Actor => components.actor.push(quoted),
        }
    }
    // Labelled lines lie in several blocks; the text of all of them is the statement. Where a block
    // states several configurations each has its own words only.
    let mut blocks: Vec<BlockId> =
        configuration.components.iter().map(|c| c.block).chain([configuration.block]).collect();
    blocks.extend(configuration.heading);
    blocks.sort_unstable();
    blocks.dedup();
    let words = |id: &BlockId| {
        let text = manuscript.block(*id).text.as_str();
        if shared && *id == configuration.block { &text[configuration.range.clone()] } else { text }
    };
    let text: Vec<&str> = blocks.iter().map(words).collect();
    ConfigurationReport {
        id: configuration.id.clone(),
        key: configuration.key.as_ref().map(ToString::to_string),
        name: configuration.name.clone(),
        stage: configuration.stage,
        form: configuration.form,
        variant: configuration.variant,
        dyad: configuration.dyad,
        confidence: rounded(configuration.confidence),
        theory: configuration.theory.clone(),
        ripple: configuration.ripple,
        block_text: text.join("\n"),
        location: manuscript.locate(configuration.block, configuration.range.clone()),
        components,
        supported: !configuration.support.is_empty(),
        evidence: configuration
            .support
            .iter()
            .map(|s| SupportReport {
                kind: s.kind,
                text: manuscript.block(s.block).text[s.range.clone()].to_owned(),
                location: manuscript.locate(s.block, s.range.clone()),
            })
            .collect(),
    }
}

/// The block of a place; of a block so long that repeating it would cost, the part around the place.
fn around<'a>(manuscript: &'a Manuscript, place: &Place) -> &'a str {
    finding::bounded(&manuscript.block(place.block).text, &place.range)
}

fn finding_report(manuscript: &Manuscript, finding: &Finding, item: bool) -> FindingReport {
    let located = |place: &Place| {
        (manuscript.locate(place.block, place.range.clone()), manuscript.shown_span(place.block, place.range.clone()))
    };
    let (location, span) =
        finding.place.as_ref().map_or_else(|| (crate::source::Location::default(), Span::default()), located);
    FindingReport {
        code: finding.code.clone(),
        severity: finding.severity,
        confidence: rounded(finding.confidence),
        message: finding.message.clone(),
        why: finding.why.clone(),
        help: finding.help.clone(),
        location,
        block_text: finding.place.as_ref().map_or_else(String::new, |p| around(manuscript, p).to_owned()),
        related: finding
            .related
            .iter()
            .map(|(message, place)| {
                let (location, span) = located(place);
                RelatedReport { message: message.clone(), location, span, lines: !manuscript.shows_paragraphs() }
            })
            .chain(finding.beyond.iter().map(|beyond| RelatedReport {
                message: beyond.message.clone(),
                location: beyond.location.clone(),
                span: shifted(beyond.span, manuscript.shown_sources().len()),
                lines: beyond.lines,
            }))
            .collect(),
        url: url_of(&finding.code),
        fingerprint: finding.fingerprint(manuscript, item),
        label: finding.label.clone(),
        span,
    }
}
