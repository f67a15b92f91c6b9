//! Findings that no item of a standard asks for, as `rules/cmo/*.toml` describe them: how bad they
//! are, what is said of them, the words and thresholds that decide, and examples.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::{Cue, Severity};
use crate::lexicon::TermId;
use crate::manuscript::Role;
use crate::protocol::FieldPath;
use crate::standard::Stage;
use crate::structured::Syntax;

/// What is looked at to tell whether a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Each sentence for which one of the cues holds.
    Sentence,
    /// The first sentence for which one of the cues holds, unless the words `unless` stand anywhere.
    Document,
    /// A configuration without a mechanism.
    MissingMechanism,
    /// A configuration without a context.
    MissingContext,
    /// A configuration without an outcome.
    MissingOutcome,
    /// A mechanism that is only an activity or a thing.
    BareResource,
    /// A context among the mechanisms, or the other way about.
    Confused,
    /// A context that only names a kind of place.
    BareSetting,
    /// An outcome that repeats the mechanism, or counts what was delivered.
    RestatedOutcome,
    /// A configuration with nothing behind it.
    Unsupported,
    /// Strong words about a configuration that rests on one source.
    ThinEvidence,
    /// A label that nothing defines.
    Undefined,
    /// A configuration that the text never comes to speak of.
    Undiscussed,
    /// A number used twice, or left out.
    Numbering,
    /// A label written in another way than the others.
    LabelDrift,
    /// One number in one place and another in another.
    CountMismatch,
    /// An initial theory of which nothing is said afterwards.
    UnrefinedTheory,
    /// Neither configurations nor a programme theory.
    NoTheory,
    /// Lists of contexts, mechanisms and outcomes that nothing joins.
    Catalogue,
    /// A formal theory that is promised and not used.
    PromisedTheory,
    /// Columns of an extension that the text doesn't name.
    VariantUndeclared,
    /// A configuration that lacks what its extension adds.
    VariantIncomplete,
    /// A number of items of a standard that isn't the standard's.
    ItemsCount,
    /// The standards of another kind of work, named or among the references.
    StandardsCited,
    /// A protocol file that breaks the rules of its syntax.
    ProtocolSyntax,
    /// A key that stands twice in a protocol file.
    ProtocolTwice,
    /// A protocol file that names no contract, or one that there isn't.
    ProtocolSchema,
    /// A key that protocols don't have.
    ProtocolKey,
    /// A value of the wrong type in a protocol file.
    ProtocolType,
    /// A word that a field of a protocol file can't hold.
    ProtocolWord,
    /// A date of a protocol file that isn't one.
    ProtocolDate,
    /// A field of a protocol file that only says that something belongs there.
    ProtocolPlaceholder,
    /// Fields of a protocol file that must be filled.
    ProtocolFields,
    /// Fields of a protocol file of which one must have one of some words.
    ProtocolSays,
    /// Sentences of a protocol file that have some words.
    ProtocolSentence,
    /// Labels that stand twice in one list of a protocol file.
    ProtocolIds,
    /// A title that names another kind of work than the protocol file does, or none.
    ProtocolTitle,
    /// A reporting standard that isn't that of the kind of work.
    ProtocolStandard,
    /// A stage of a protocol file that ends before it begins.
    ProtocolOrder,
    /// A theory with a resource and no response.
    ProtocolResource,
    /// A bibliography, or an entry of it, that can't be read.
    BibliographySyntax,
    /// A key of a bibliography that stands twice.
    BibliographyKeys,
    /// Two entries with one DOI.
    BibliographyDois,
    /// Two entries that look like one work.
    BibliographyWorks,
    /// A DOI that isn't one.
    BibliographyDoi,
    /// A key that is cited and that no bibliography has.
    CitedKeys,
    /// An entry that is listed as included, and that stands behind no configuration.
    UncitedIncluded,
    /// An evidence table that can't be read, or lacks a column.
    EvidenceColumns,
    /// A row of an evidence table without configuration or source.
    EvidenceRows,
    /// A configuration of an evidence table that the manuscript doesn't have.
    EvidenceConfigurations,
    /// A source of an evidence table that no bibliography has.
    EvidenceSources,
    /// A quotation that isn't in the text that it is said to come from.
    EvidenceQuotations,
    /// A theory of the protocol that the report doesn't come back to.
    PlanTheories,
    /// A theory of the protocol that the report names without saying what became of it.
    PlanFates,
    /// An initial theory of the report that the protocol doesn't have.
    PlanNewTheories,
    /// Things of one kind, of which the report has others than the protocol.
    PlanList,
    /// A choice that the report has made in another way than the protocol.
    PlanChoice,
    /// Another first year in the report than in the protocol.
    PlanYear,
    /// Something done before the protocol.
    PlanBefore,
    /// A report of another kind of work than the protocol plans.
    PlanStandard,
    /// Another registration number in the report than in the protocol.
    PlanRegistration,
    /// Documents counted differently in the report and in the files beside it.
    DocumentsListed,
}

/// The lists of words by which counts are told and led to what they count.
const COUNTED: &[&str] = &[
    "configurations",
    "theories",
    "documents",
    "traditions",
    "participants",
    "interviews",
    "sites",
    "databases",
    "total",
    "participants-total",
    "interviews-total",
    "sites-total",
    "databases-total",
    "part",
    "subset",
    "initial",
    "whole",
    "vague",
    "no-adjective",
    "row-named",
    "row-total",
    "flow-about",
    "flow-people",
    "flow-identified",
    "flow-duplicates",
    "flow-screened",
    "flow-excluded",
    "flow-read",
    "flow-included",
    "flow-else",
    "box-identified",
    "box-duplicates",
    "box-screened",
    "box-excluded",
    "box-read",
    "box-included",
    "box-after",
    "box-unit",
];

impl Check {
    /// The lists of words that the check asks for.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Document => &["unless"],
            Self::MissingMechanism | Self::MissingContext | Self::MissingOutcome => &["elsewhere"],
            Self::BareResource => &["resource", "reasoning", "labelled"],
            Self::Confused => &["setting", "reasoning", "state"],
            Self::BareSetting => &["setting", "feature"],
            Self::RestatedOutcome => &["output", "delivered", "chain"],
            Self::Unsupported => &["pointed"],
            Self::ThinEvidence => &["strong", "hedged"],
            Self::Undefined => &["gone", "others", "supplement", "all-elsewhere"],
            Self::Numbering => &["gone"],
            Self::CountMismatch => COUNTED,
            Self::UnrefinedTheory => &["initial", "theory", "fate"],
            Self::NoTheory => &["theory"],
            Self::Catalogue => &["contexts", "mechanisms", "outcomes"],
            Self::PromisedTheory => &["promise", "named"],
            Self::ItemsCount => &["standard", "synthesis", "meta-narrative", "evaluation", "between"],
            Self::StandardsCited => &["standard", "synthesis", "meta-narrative", "evaluation"],
            Self::ProtocolSays => &["says"],
            Self::ProtocolSentence => &["says", "unless"],
            Self::UncitedIncluded | Self::DocumentsListed => &["included"],
            Self::EvidenceColumns => &["configuration", "source", "quotation"],
            Self::PlanTheories => &["all"],
            Self::PlanFates => &["fate", "all"],
            Self::PlanNewTheories => &["new"],
            Self::PlanList | Self::PlanChoice => &["about", "unless", "never", "changed", "plan", "turn"],
            Self::PlanYear => &["about", "from", "changed", "plan", "turn"],
            Self::PlanBefore => &["about", "unless", "changed", "plan", "turn"],
            Self::PlanRegistration => &["about"],
            Self::Sentence
            | Self::Undiscussed
            | Self::LabelDrift
            | Self::VariantUndeclared
            | Self::VariantIncomplete => &[],
            _ => &[],
        }
    }

    /// The thresholds that the check asks for.
    pub(super) fn limits(self) -> &'static [&'static str] {
        match self {
            Self::BareSetting => &["most-words"],
            Self::BareResource => &["most-words"],
            Self::RestatedOutcome => &["shared"],
            Self::Undiscussed => &["others-discussed"],
            Self::Numbering => &["same-text", "fewest"],
            _ => &[],
        }
    }

    /// Whether a threshold is a share; any other counts something.
    pub(super) fn is_share(limit: &str) -> bool {
        matches!(limit, "shared" | "others-discussed" | "same-text")
    }

    /// What a message may name in braces.
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Sentence | Self::Document => &[],
            Self::MissingMechanism | Self::MissingContext | Self::MissingOutcome => &["claim", "lacks"],
            Self::Undefined => &["claim", "nearest"],
            Self::Numbering | Self::Unsupported | Self::RestatedOutcome | Self::Confused => &["claim", "detail"],
            Self::LabelDrift => &["claim", "detail"],
            Self::CountMismatch | Self::ItemsCount => &["here", "there", "what"],
            Self::StandardsCited => &["what"],
            Self::ProtocolFields => &["where", "lacks"],
            Self::ProtocolSays => &[],
            _ if self.is_of_protocols() || self.is_of_projects() => &["what"],
            _ => &["claim", "detail"],
        }
    }

    /// Whether it looks at single configurations, and so makes sense in a list of them. Labels may
    /// stand there several times: one row a quotation is how teams keep them.
    pub fn is_of_configurations(self) -> bool {
        matches!(
            self,
            Self::MissingMechanism
                | Self::MissingContext
                | Self::MissingOutcome
                | Self::BareResource
                | Self::Confused
                | Self::BareSetting
                | Self::RestatedOutcome
                | Self::Unsupported
                | Self::ThinEvidence
                | Self::VariantIncomplete
                | Self::LabelDrift
        )
    }

    /// Whether it looks at protocol files, and not at manuscripts.
    pub fn is_of_protocols(self) -> bool {
        matches!(
            self,
            Self::ProtocolSyntax
                | Self::ProtocolTwice
                | Self::ProtocolSchema
                | Self::ProtocolKey
                | Self::ProtocolType
                | Self::ProtocolWord
                | Self::ProtocolDate
                | Self::ProtocolPlaceholder
                | Self::ProtocolFields
                | Self::ProtocolSays
                | Self::ProtocolSentence
                | Self::ProtocolIds
                | Self::ProtocolTitle
                | Self::ProtocolStandard
                | Self::ProtocolOrder
                | Self::ProtocolResource
        )
    }

    /// Whether it looks at the files of a project: bibliographies, evidence tables, and what ties protocol
    /// and report together.
    pub fn is_of_projects(self) -> bool {
        matches!(
            self,
            Self::BibliographySyntax
                | Self::BibliographyKeys
                | Self::BibliographyDois
                | Self::BibliographyWorks
                | Self::BibliographyDoi
                | Self::CitedKeys
                | Self::UncitedIncluded
                | Self::EvidenceColumns
                | Self::EvidenceRows
                | Self::EvidenceConfigurations
                | Self::EvidenceSources
                | Self::EvidenceQuotations
                | Self::PlanTheories
                | Self::PlanFates
                | Self::PlanNewTheories
                | Self::PlanList
                | Self::PlanChoice
                | Self::PlanYear
                | Self::PlanBefore
                | Self::PlanStandard
                | Self::PlanRegistration
                | Self::DocumentsListed
        )
    }

    /// Whether it asks which fields it is about.
    pub(super) fn by_fields(self) -> bool {
        matches!(
            self,
            Self::ProtocolFields
                | Self::ProtocolSays
                | Self::ProtocolSentence
                | Self::ProtocolIds
                | Self::PlanList
                | Self::PlanChoice
                | Self::PlanYear
        )
    }

    /// Whether the rule names lists of words of its own besides, each for a value: `is-medline`.
    pub(super) fn by_values(self) -> bool {
        matches!(self, Self::PlanList | Self::PlanChoice)
    }

    /// Whether cues decide.
    pub(super) fn by_cues(self) -> bool {
        matches!(self, Self::Sentence | Self::Document | Self::StandardsCited)
    }
}

/// A finding that no item of a standard asks for: configurations, labels, counts, theory, suppressions.
#[derive(Debug, Clone)]
pub struct OtherFinding {
    /// `CMO001`: stable, never reused.
    pub code: String,
    /// Its short name.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure realint can be of it, 0 to 1.
    pub confidence: f32,
    /// A matter of taste or a weak sign: only found where `--pedantic` asks for it.
    pub pedantic: bool,
    /// What is said, with fields in braces; empty where the code itself words it.
    pub message: String,
    /// A few words at the place.
    pub label: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// What is looked at, and what is left alone.
    pub explanation: String,
    /// What decides; `None` for findings about suppressions.
    pub check: Option<Check>,
    /// The stages at which it is looked for; all where empty.
    pub stages: Vec<Stage>,
    /// Ids of the standards for which it is looked for; all where empty.
    pub standards: Vec<String>,
    /// Cues, for checks of sentences.
    pub cues: Vec<Cue>,
    /// Lists of words that the check asks for.
    pub words: FxHashMap<String, Vec<TermId>>,
    /// Thresholds that the check asks for.
    pub limits: FxHashMap<String, f32>,
    /// Fields of a protocol file that the check is about.
    pub fields: Vec<FieldPath>,
    /// Kinds of protocol for which it is looked for; all where empty.
    pub kinds: Vec<String>,
    /// Items of standards that the fields answer.
    pub items: Vec<String>,
    /// Texts in which it is found.
    pub fires: Vec<ClaimExample>,
    /// Texts in which it is not.
    pub silent: Vec<ClaimExample>,
    /// The packs that change it.
    pub changed: Vec<String>,
    /// The pack that switches it off, and why.
    pub off: Option<super::Off>,
}

impl OtherFinding {
    /// The values that the rule tells apart, with their words, by name.
    pub fn values(&self) -> Vec<(&str, &[TermId])> {
        let values = self.words.iter().filter_map(|(name, terms)| Some((name.strip_prefix("is-")?, terms.as_slice())));
        let mut values: Vec<_> = values.collect();
        values.sort_unstable_by_key(|(name, _)| *name);
        values
    }

    /// A list of words; empty where there is none.
    pub fn words(&self, name: &str) -> &[TermId] {
        self.words.get(name).map_or(&[], Vec::as_slice)
    }

    /// A threshold; 0 where there is none.
    pub fn limit(&self, name: &str) -> f32 {
        self.limits.get(name).copied().unwrap_or_default()
    }

    /// Its message with fields filled in.
    pub fn say(&self, fields: &[(&str, &str)]) -> String {
        let mut text = self.message.clone();
        for (name, value) in fields {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

/// A short text, with where and in what kind of paper it stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimExample {
    /// Markdown. Where it has headings they make the sections, else all of it stands in `place`.
    /// For findings about protocol files: a file, or as much of one as matters, in TOML.
    /// For findings about projects: the manuscript.
    #[serde(default)]
    pub text: String,
    /// The protocol of a project, in TOML.
    pub protocol: Option<String>,
    /// The bibliography of a project.
    pub bibliography: Option<String>,
    /// The evidence table of a project.
    pub evidence: Option<String>,
    /// Texts of sources of a project, by their keys.
    #[serde(default)]
    pub texts: std::collections::BTreeMap<String, String>,
    /// The syntax of a protocol file.
    #[serde(default = "toml")]
    pub syntax: Syntax,
    /// The part of the paper.
    #[serde(default = "results")]
    pub place: Role,
    /// The kind of paper.
    #[serde(default = "report")]
    pub stage: Stage,
    /// The standard it answers to.
    #[serde(default = "synthesis")]
    pub standard: String,
}

impl ClaimExample {
    /// Its texts in a row, each named where there are several.
    pub fn shown(&self) -> String {
        let beside = [("protocol", &self.protocol), ("bibliography", &self.bibliography), ("evidence", &self.evidence)];
        let beside = beside.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        let of_sources = self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()));
        let manuscript = Some(("", self.text.as_str())).filter(|(_, text)| !text.is_empty());
        let all = manuscript.into_iter().chain(beside).chain(of_sources).map(|(name, text)| {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if name.is_empty() { words } else { format!("[{name}] {words}") }
        });
        all.collect::<Vec<_>>().join(" ")
    }
}

fn results() -> Role {
    Role::Results
}

fn report() -> Stage {
    Stage::Report
}

fn toml() -> Syntax {
    Syntax::Toml
}

fn synthesis() -> String {
    "rameses-synthesis".into()
}
