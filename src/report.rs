//! The report, as the JSON contract `realint-report/1` gives it.

use std::sync::Arc;

use miette::Diagnostic;
use serde::Serialize;

use crate::error::Error;
use crate::manuscript::{Format, Manuscript};
use crate::outline::Outline;
use crate::rule::Severity;
use crate::source::{Location, SourceText, Span};
use crate::verdict::Verdict;

/// The name of the contract.
pub const SCHEMA: &str = "realint-report/1";

/// Everything that one run found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `realint-report/1`.
    pub schema: &'static str,
    /// Who made it.
    pub tool: Tool,
    /// One a manuscript, in the order of the files and of the records in them.
    pub documents: Vec<DocumentReport>,
}

/// The tool and its version.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// `realint`.
    pub name: &'static str,
    /// The crate's version.
    pub version: &'static str,
}

impl Tool {
    /// This realint.
    pub fn this() -> Self {
        Self { name: "realint", version: env!("CARGO_PKG_VERSION") }
    }
}

impl Report {
    /// Wraps documents.
    pub fn new(documents: Vec<DocumentReport>) -> Self {
        Self { schema: SCHEMA, tool: Tool::this(), documents }
    }

    /// The worst severity among findings that are not suppressed.
    pub fn worst(&self) -> Option<Severity> {
        self.documents.iter().flat_map(|d| &d.findings).map(|f| f.severity).max()
    }
}

/// What was found in one manuscript.
#[derive(Debug, Clone, Serialize)]
pub struct DocumentReport {
    /// The path as given, `-` for standard input.
    pub path: String,
    /// The format that it was read as.
    pub format: Format,
    /// 1-based record in the file.
    pub record: usize,
    /// The title, where one was found.
    pub title: Option<String>,
    /// The standard; `null` where none applies.
    pub standard: Option<StandardReport>,
    /// `report`, `protocol`, `abstract` or `fragment`.
    pub stage: &'static str,
    /// Every item of the standard, in order.
    pub items: Vec<ItemReport>,
    /// Configurations in reading order.
    pub configurations: Vec<ConfigurationReport>,
    /// Findings in reading order.
    pub findings: Vec<FindingReport>,
    /// Findings that a comment, the configuration or the baseline silences.
    pub suppressed: Vec<SuppressedReport>,
    /// What a reader should know: encodings, languages, why no standard applies.
    pub notes: Vec<String>,
    /// The texts that findings' spans point into, for renderers: the files, or the paragraphs of a
    /// container, one a line.
    #[serde(skip)]
    pub sources: Arc<Vec<SourceText>>,
    /// Lines of `sources` are paragraphs of a container, not lines that an editor would show.
    #[serde(skip)]
    pub lines_are_paragraphs: bool,
    /// How many pages the manuscript has, where its format has pages.
    #[serde(skip)]
    pub pages: Option<usize>,
    /// Sections, labels and citations with their places, where somebody asked for them.
    #[serde(skip)]
    pub outline: Option<Arc<Outline>>,
    /// The manuscript itself, for renderers that show its text; only where the settings ask for it.
    #[serde(skip)]
    pub manuscript: Option<Arc<Manuscript>>,
}

/// A manuscript that could not be checked: what `realint check --files-from` writes instead of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureReport {
    /// The path as given.
    pub path: String,
    /// Why.
    pub error: ErrorReport,
}

/// What went wrong, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    /// Its kind, such as `realint::damaged`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What it comes of: what the system said, the place in a file of rules, each of several errors.
    pub because: Vec<String>,
    /// What to do; `null` where the message says it all.
    pub help: Option<String>,
}

impl ErrorReport {
    /// An error as data.
    pub fn new(error: &Error) -> Self {
        let mut because: Vec<String> = Vec::new();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            because.push(cause.to_string());
            source = cause.source();
        }
        because.extend(places(error));
        for related in error.related().into_iter().flatten() {
            let place = places(related).into_iter().next();
            because.push(place.map_or_else(|| related.to_string(), |place| format!("{place}: {related}")));
        }
        Self {
            code: error.code().map_or_else(String::new, |code| code.to_string()),
            message: error.to_string(),
            because,
            help: error.help().map(|help| help.to_string()),
        }
    }
}

/// Where in a file an error lies: `path:line:column`.
fn places(error: &dyn Diagnostic) -> Vec<String> {
    let Some(text) = error.source_code() else { return Vec::new() };
    let place = |label: miette::LabeledSpan| {
        let at = text.read_span(label.inner(), 0, 0).ok()?;
        Some(format!("{}:{}:{}", at.name().unwrap_or_default(), at.line() + 1, at.column() + 1))
    };
    error.labels().into_iter().flatten().filter_map(place).collect()
}

/// The standard that was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct StandardReport {
    /// Its id.
    pub id: String,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Another standard is near, or the claim is weak.
    pub ambiguous: bool,
    /// What it rests on.
    pub because: Vec<String>,
}

/// The verdict on one item.
#[derive(Debug, Clone, Serialize)]
pub struct ItemReport {
    /// The rule's code.
    pub code: String,
    /// Number of the item.
    pub item: u32,
    /// Its short name.
    pub name: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Names of the parts that lack.
    pub lacks: Vec<String>,
    /// What it rests on.
    pub evidence: Vec<EvidenceReport>,
    /// Why it is not applicable, where it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the verdict is made of, part by part, where somebody asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<PartReport>>,
    /// Whose word the verdict is, where it isn't realint's; only in the web application.
    #[serde(skip)]
    pub by_hand: Option<ByHand>,
}

/// A person's word in place of realint's verdict.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// What realint had decided.
    pub before: Verdict,
    /// Why the person decided as they did.
    pub note: String,
}

/// What is said of one part of an item, and why.
#[derive(Debug, Clone, Serialize)]
pub struct PartReport {
    /// Name of the part.
    pub part: String,
    /// What it counts for: `required`, `alternative` (one of several) or `partial`.
    pub counts: &'static str,
    /// Whether it was found.
    pub found: bool,
    /// The configurations that satisfy it, where these do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_configurations: Option<usize>,
    /// How certain the manuscript as a whole makes it, 0 to 1, where that decides and no single sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certainty: Option<f32>,
    /// The score from which on a sentence satisfies it.
    pub threshold: f32,
    /// How many sentences satisfy it.
    pub sentences: usize,
    /// How many must.
    pub wanted: usize,
    /// The sentence with the highest score: what the verdict rests on, or the nearest miss; `null`
    /// where no sentence speaks for it.
    pub best: Option<SentenceReport>,
}

/// What the score of a sentence is made of: the strongest cue and the learned score, either of which
/// may convince, less the doubt, with what the paragraph adds.
#[derive(Debug, Clone, Serialize)]
pub struct SentenceReport {
    /// The sentence.
    pub text: String,
    /// Where it stands.
    pub location: Location,
    /// Its score, to be held against the threshold; what is above 1 is as good as 1.
    pub score: f32,
    /// Every cue that holds, the strongest first.
    pub cues: Vec<CueReport>,
    /// What the learned model makes of it; `null` where the part has none.
    pub learned: Option<LearnedReport>,
    /// What a model that is sure of the contrary takes off a cue.
    pub doubt: f32,
    /// What the sentence loses because it seems to tell what a cited study did.
    pub cited: f32,
    /// What other sentences of the paragraph that speak for the part add.
    pub shared: f32,
}

/// A cue that holds for a sentence.
#[derive(Debug, Clone, Serialize)]
pub struct CueReport {
    /// As its author wrote it.
    pub cue: String,
    /// Its weight.
    pub weight: f32,
    /// What the place of the sentence does to it: a factor from 0 to 1.
    pub place: f32,
}

/// What the learned model makes of a sentence.
#[derive(Debug, Clone, Serialize)]
pub struct LearnedReport {
    /// What it adds, the place's factor included.
    pub score: f32,
    /// How far the sentence lies above (below: negative) the model's own threshold.
    pub margin: f32,
    /// Whether it may speak for the sentence; if not it can only speak against it.
    pub heard: bool,
    /// What the place of the sentence does to it: a factor from 0 to 1.
    pub place: f32,
    /// The words and properties that weigh most, from those that speak loudest for the part to those
    /// that speak loudest against it.
    pub features: Vec<FeatureReport>,
}

/// A word or property of a sentence and its learned weight.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureReport {
    /// A word, a pair of words, a class, the place or a property.
    pub feature: String,
    /// Its weight, above 0 if it speaks for the part.
    pub weight: f32,
}

/// A sentence that speaks for a part of an item.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceReport {
    /// Name of the part.
    pub part: String,
    /// The sentence.
    pub text: String,
    /// Where it stands.
    pub location: Location,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Cues and weights.
    pub because: String,
}

/// One configuration.
#[derive(Debug, Clone, Serialize)]
pub struct ConfigurationReport {
    /// Its label, `null` without one.
    pub id: Option<String>,
    /// Its label in one form for all ways of writing it, `null` without one.
    pub key: Option<String>,
    /// Its name beside the label, `null` without one.
    pub name: Option<String>,
    /// `initial`, `refined` or `unknown`.
    pub stage: crate::cmo::ConfigurationStage,
    /// How it is written.
    pub form: crate::cmo::Form,
    /// In which extension of context-mechanism-outcome: `cmo`, `icamo`, …
    pub variant: crate::cmo::Variant,
    /// The text announces that it is deliberately partial.
    pub dyad: bool,
    /// How sure it is that this is a configuration, 0 to 1.
    pub confidence: f32,
    /// The theory, theme or group that it is listed under, `null` without one.
    pub theory: Option<String>,
    /// The configuration whose context is this one's outcome, by its place in the list from 0.
    pub ripple: Option<usize>,
    /// Plain text of the block that states it.
    pub block_text: String,
    /// Where it stands.
    pub location: Location,
    /// Its parts.
    pub components: ComponentsReport,
    /// Something stands behind it.
    pub supported: bool,
    /// What stands behind it.
    pub evidence: Vec<SupportReport>,
}

/// The parts of a configuration.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ComponentsReport {
    /// Circumstances.
    pub context: Vec<ComponentReport>,
    /// Resources and responses.
    pub mechanism: Vec<ComponentReport>,
    /// What follows.
    pub outcome: Vec<ComponentReport>,
    /// What is introduced.
    pub intervention: Vec<ComponentReport>,
    /// Who responds.
    pub actor: Vec<ComponentReport>,
}

/// Words that are a part of a configuration, and their place.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentReport {
    /// Which side of a mechanism: `resource`, `response`, or `none`.
    pub facet: crate::cmo::Facet,
    /// The words.
    pub text: String,
    /// Where they stand.
    pub location: Location,
}

/// What stands behind a configuration.
#[derive(Debug, Clone, Serialize)]
pub struct SupportReport {
    /// `citation`, `quotation`, `source`, `count`, `pointer`.
    pub kind: crate::cmo::SupportKind,
    /// The words.
    pub text: String,
    /// Where they stand.
    pub location: Location,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub struct FindingReport {
    /// The rule's code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub location: Location,
    /// Plain text of the enclosing block.
    pub block_text: String,
    /// Other places.
    pub related: Vec<RelatedReport>,
    /// Where the rule is explained.
    pub url: String,
    /// What stays the same when text elsewhere is edited.
    pub fingerprint: String,
    /// A few words at the place, for renderers.
    #[serde(skip)]
    pub label: String,
    /// The place in the texts that people are shown, for renderers.
    #[serde(skip)]
    pub span: Span,
}

/// A place that bears on a finding.
#[derive(Debug, Clone, Serialize)]
pub struct RelatedReport {
    /// What is there.
    pub message: String,
    /// Where.
    pub location: Location,
    /// The place in the texts that people are shown, for renderers.
    #[serde(skip)]
    pub span: Span,
    /// Lines of the location are those of a file, and not paragraphs.
    #[serde(skip)]
    pub lines: bool,
}

/// A finding that was silenced.
#[derive(Debug, Clone, Serialize)]
pub struct SuppressedReport {
    /// The finding.
    #[serde(flatten)]
    pub finding: FindingReport,
    /// Why.
    pub reason: String,
    /// `comment`, `configuration` or `baseline`; on pages of the web application also `hand`.
    pub by: &'static str,
}

/// Where a code is explained.
pub fn url_of(code: &str) -> String {
    format!("https://realint.github.io/realint/rules/{}.html", code.to_lowercase())
}
