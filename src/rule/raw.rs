//! Rule files as written, with the places of what may be wrong in them.

use crate::written::Written;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::{Counts, Demand, Scope, Severity, Tense, Voice};
use crate::manuscript::Role;
use crate::standard::Stage;
use crate::verdict::Verdict;

/// `shared/parts/*.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartsFile {
    pub(super) part: Vec<RawPart>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPart {
    pub(super) id: Written<String>,
    pub(super) name: String,
    pub(super) means: String,
    pub(super) home: Vec<Role>,
    #[serde(default = "default_abstract_weight")]
    pub(super) abstract_weight: f32,
    #[serde(default = "default_elsewhere_weight")]
    pub(super) elsewhere: f32,
    #[serde(default)]
    pub(super) learn: bool,
    #[serde(default = "default_threshold")]
    pub(super) threshold: f32,
    #[serde(default = "default_unclear")]
    pub(super) unclear: f32,
    /// In training: how much dearer false evidence is than missed evidence.
    #[serde(default = "default_caution")]
    pub(super) caution: f32,
    /// In training: sentences of known manuscripts in the part's home count fully as counter-examples.
    #[serde(default = "yes")]
    pub(super) home_counts: bool,
    /// Patterns of which a sentence must have one for the learned model to be heard.
    #[serde(default)]
    pub(super) gate: Vec<Written<String>>,
    /// How many numbers a sentence must have for the learned model to be heard.
    #[serde(default)]
    pub(super) least_numbers: usize,
    /// Patterns that silence the learned model where a sentence has one of them.
    #[serde(default)]
    pub(super) silence: Vec<Written<String>>,
    /// What others did, or advise, is nothing of this part.
    #[serde(default)]
    pub(super) own_deed: bool,
    /// In training: the threshold lets at least this share of satisfying sentences through.
    #[serde(default = "default_least_recall")]
    pub(super) least_recall: f32,
    /// Parts whose satisfying sentences are no counter-examples to this one.
    #[serde(default)]
    pub(super) overlaps: Vec<Written<String>>,
    #[serde(default)]
    pub(super) cue: Vec<RawCue>,
}

/// What only the abstract says is a hint to look, not a report: below the usual threshold.
fn default_abstract_weight() -> f32 {
    0.45
}

fn default_elsewhere_weight() -> f32 {
    0.6
}

fn default_threshold() -> f32 {
    0.5
}

fn default_caution() -> f32 {
    300.0
}

/// Evidence comes in several sentences, so a part is still found more often than that.
fn default_least_recall() -> f32 {
    0.25
}

fn yes() -> bool {
    true
}

fn default_unclear() -> f32 {
    0.45
}

fn default_weight() -> f32 {
    0.8
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCue {
    #[serde(default)]
    pub(super) sentence: Vec<Written<String>>,
    pub(super) within: Option<Written<usize>>,
    #[serde(default)]
    pub(super) ordered: bool,
    #[serde(default)]
    pub(super) any: Vec<Written<String>>,
    #[serde(default)]
    pub(super) several: Vec<Written<String>>,
    #[serde(default)]
    pub(super) least: Option<Written<usize>>,
    #[serde(default)]
    pub(super) near: Vec<Written<String>>,
    #[serde(default)]
    pub(super) paragraph: Vec<Written<String>>,
    #[serde(default)]
    pub(super) heading: Vec<Written<String>>,
    #[serde(default)]
    pub(super) unless: Vec<Written<String>>,
    #[serde(default)]
    pub(super) unless_heading: Vec<Written<String>>,
    #[serde(default)]
    pub(super) sections: Vec<Role>,
    pub(super) scope: Option<Scope>,
    pub(super) citation: Option<bool>,
    #[serde(default)]
    pub(super) numbers: usize,
    pub(super) voice: Option<Voice>,
    pub(super) negated: Option<bool>,
    pub(super) tense: Option<Tense>,
    pub(super) pointer: Option<bool>,
    pub(super) figure: Option<bool>,
    #[serde(default = "default_weight")]
    pub(super) weight: f32,
}

/// `<standard>/standard.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StandardFile {
    pub(super) standard: RawStandard,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStandard {
    pub(super) id: Written<String>,
    pub(super) name: String,
    pub(super) short: String,
    pub(super) source: String,
    pub(super) items: Written<u32>,
    /// Whether configurations and theory are looked at.
    #[serde(default = "yes")]
    pub(super) configurations: bool,
}

/// `<standard>/NN-name.toml`, and `items/*.toml` of a pack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) rule: Written<RawRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) code: Written<String>,
    /// The number of the item; a pack's added items may leave it to realint.
    pub(super) item: Option<Written<u32>>,
    /// For items that a pack adds: to which of the standards that it extends; to all where empty.
    #[serde(default)]
    pub(super) standards: Vec<Written<String>>,
    pub(super) name: String,
    pub(super) home: Vec<Role>,
    pub(super) stages: FxHashMap<Stage, Demand>,
    #[serde(default = "default_severity")]
    pub(super) severity: Severity,
    pub(super) ask: String,
    pub(super) why: String,
    pub(super) help: String,
    pub(super) part: Vec<RawRulePart>,
    #[serde(default)]
    pub(super) satisfied: Vec<RawExample>,
    #[serde(default)]
    pub(super) unsatisfied: Vec<RawExample>,
}

fn default_severity() -> Severity {
    Severity::Error
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRulePart {
    #[serde(rename = "use")]
    pub(super) part: Written<String>,
    #[serde(default = "default_counts")]
    pub(super) counts: Counts,
    #[serde(default = "one")]
    pub(super) sentences: usize,
    pub(super) configurations: Option<usize>,
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
}

fn default_counts() -> Counts {
    Counts::Required
}

fn one() -> usize {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExample {
    pub(super) text: Written<String>,
    pub(super) place: Option<Role>,
    pub(super) heading: Option<String>,
    #[serde(default)]
    pub(super) parts: Vec<Written<String>>,
    pub(super) verdict: Option<Verdict>,
    #[serde(default = "report")]
    pub(super) stage: Stage,
}

fn report() -> Stage {
    Stage::Report
}

/// `shared/sections.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionsFile {
    pub(super) role: Vec<RawRole>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRole {
    pub(super) name: Role,
    #[serde(default)]
    pub(super) exact: Vec<String>,
    #[serde(default)]
    pub(super) contains: Vec<String>,
}

/// `shared/findings.toml` and the families of findings in `cmo/*.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingsFile {
    pub(super) finding: Vec<RawFinding>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFinding {
    pub(super) code: Written<String>,
    pub(super) name: String,
    pub(super) severity: Severity,
    pub(super) confidence: Written<f32>,
    #[serde(default)]
    pub(super) pedantic: bool,
    pub(super) message: Option<Written<String>>,
    #[serde(default)]
    pub(super) label: String,
    pub(super) why: String,
    pub(super) help: String,
    #[serde(default)]
    pub(super) explanation: String,
    pub(super) check: Option<super::Check>,
    #[serde(default)]
    pub(super) stages: Vec<Stage>,
    #[serde(default)]
    pub(super) standards: Vec<Written<String>>,
    #[serde(default)]
    pub(super) cue: Vec<RawCue>,
    #[serde(default)]
    pub(super) words: std::collections::BTreeMap<Written<String>, Vec<Written<String>>>,
    #[serde(default)]
    pub(super) limits: std::collections::BTreeMap<Written<String>, Written<f32>>,
    #[serde(default)]
    pub(super) fields: Vec<Written<String>>,
    #[serde(default)]
    pub(super) kinds: Vec<Written<String>>,
    #[serde(default)]
    pub(super) items: Vec<Written<String>>,
    #[serde(default)]
    pub(super) fires: Vec<super::ClaimExample>,
    #[serde(default)]
    pub(super) silent: Vec<super::ClaimExample>,
}

/// `pack.toml`. Words of which there are few are read as text, so that one that is mistyped doesn't
/// hide what else is wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackFile {
    pub(super) pack: RawPack,
    /// By code.
    #[serde(default)]
    pub(super) change: std::collections::BTreeMap<Written<String>, RawChange>,
    /// Reasons by code.
    #[serde(default)]
    pub(super) off: std::collections::BTreeMap<Written<String>, Written<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPack {
    pub(super) id: Written<String>,
    pub(super) name: String,
    pub(super) source: String,
    /// What the codes of its own items begin with.
    pub(super) prefix: Option<Written<String>>,
    /// Ids of standards, and paths of packs.
    #[serde(default)]
    pub(super) extends: Vec<Written<String>>,
}

/// What a pack changes of one item or finding.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChange {
    pub(super) severity: Option<Written<String>>,
    pub(super) ask: Option<Written<String>>,
    pub(super) why: Option<String>,
    pub(super) help: Option<String>,
    /// What parts count for, by part.
    #[serde(default)]
    pub(super) parts: std::collections::BTreeMap<Written<String>, Written<String>>,
    #[serde(default)]
    pub(super) satisfied: Vec<RawExample>,
    #[serde(default)]
    pub(super) unsatisfied: Vec<RawExample>,
}

/// `protocol/protocol.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ProtocolFile {
    pub(super) told_by: Vec<Written<String>>,
    pub(super) kind: Vec<RawKind>,
    pub(super) words: std::collections::BTreeMap<Written<String>, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawKind {
    pub(super) id: Written<String>,
    pub(super) name: String,
    pub(super) standard: Written<String>,
    pub(super) reporting_standard: Written<String>,
    pub(super) title: Vec<Written<String>>,
}
