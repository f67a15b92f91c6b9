//! Rules: what a standard asks, as data. [`load`] reads and checks `rules/`, [`engine`] applies
//! them. The engine knows no item by number: everything it does is written in TOML.

pub mod certainty;
mod claim;
pub mod cue;
pub mod engine;
mod example;
mod features;
mod grammar;
pub mod grounds;
pub mod held_out;
pub mod learned;
pub mod load;
mod mistake;
mod pack;
mod protocol;
mod raw;
mod reading;
pub mod train;

pub use claim::{Check, ClaimExample, OtherFinding};
pub use cue::{Cue, Scope, Tense, Voice};
pub use example::{ExampleFailure, run_examples};
pub use grammar::{Grammar, PartKind, PartLabel, Prefix, PrefixFamily, VariantName};
pub use pack::{Off, Pack, is_pack};
pub use protocol::{ProtocolKind, ProtocolWords};
pub use reading::{KnownWords, Memory, Position, Reading, Surroundings};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::lexicon::{Matcher, TermId};
use crate::manuscript::{Role, SectionNames};
use crate::standard::{Selection, Stage, Standard};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Likely a weakness; judgement is never more than this.
    Warning,
    /// A gap or contradiction that should be mended.
    Error,
}

impl Severity {
    /// The name in reports and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a rule asks of a manuscript at some stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// It must be reported.
    Required,
    /// It must be planned: a protocol says what will be done.
    Planned,
    /// It can't be reported at this stage.
    NotApplicable,
}

/// One item of a standard.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `RS09`: stable, never reused.
    pub code: String,
    /// Number of the item in its standard.
    pub item: u32,
    /// Short name of the item.
    pub name: String,
    /// The part of the paper where it is looked for first, and where a not-found finding points.
    pub home: Vec<Role>,
    /// What is asked at each stage.
    pub stages: FxHashMap<Stage, Demand>,
    /// How bad it is to lack it.
    pub severity: Severity,
    /// What the item asks, in our words.
    pub ask: String,
    /// Why it matters, with the item cited.
    pub why: String,
    /// What to do.
    pub help: String,
    /// The parts that together make it reported.
    pub parts: Vec<RulePart>,
    /// Sentences that satisfy it.
    pub satisfied: Vec<Example>,
    /// Sentences that don't.
    pub unsatisfied: Vec<Example>,
    /// The pack that brings it, if one does.
    pub pack: Option<String>,
    /// The packs that change it.
    pub changed: Vec<String>,
    /// The pack that switches it off, and why.
    pub off: Option<Off>,
}

/// A part of a rule: a shared part and what it counts for here.
#[derive(Debug, Clone)]
pub struct RulePart {
    /// The shared part.
    pub part: PartId,
    /// What it counts for.
    pub counts: Counts,
    /// How many sentences must satisfy it.
    pub sentences: usize,
    /// How many configurations of the manuscript's own satisfy it too.
    pub configurations: Option<usize>,
    /// Stages at which the part is asked for; all where empty.
    pub stages: Vec<Stage>,
}

/// What a part counts for in its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Needed for `reported`.
    Required,
    /// One of several of which one is needed; parts of the same group are written together.
    Alternative,
    /// Only lifts `not-found` to `partial`.
    Partial,
}

impl Counts {
    /// The name in rules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Alternative => "alternative",
            Self::Partial => "partial",
        }
    }
}

/// The number of a part in its rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartId(pub usize);

/// One thing that a sentence can say, shared by the rules of all standards.
#[derive(Debug, Clone)]
pub struct Part {
    /// `appraisal-rigour`.
    pub id: String,
    /// Name in messages: `rigour`.
    pub name: String,
    /// What it means that the part is there, for `realint explain`.
    pub means: String,
    /// Where evidence weighs full.
    pub home: Vec<Role>,
    /// How much evidence weighs in the abstract and elsewhere.
    pub abstract_weight: f32,
    /// How much evidence weighs outside its home and the abstract.
    pub elsewhere_weight: f32,
    /// Hand-written cues.
    pub cues: Vec<Cue>,
    /// Whether a model trained on the sentence bank has its say.
    pub learn: bool,
    /// Terms of which a sentence must have one for the model to be heard; any sentence where empty.
    pub gate: Vec<TermId>,
    /// How many numbers a sentence must have for the model to be heard.
    pub least_numbers: usize,
    /// Terms that silence the model where a sentence has one of them.
    pub silence: Vec<TermId>,
    /// What others did, or advise, is nothing of this part: it is a deed of the authors.
    pub own_deed: bool,
    /// In training: the threshold lets at least this share of satisfying sentences through.
    pub least_recall: f32,
    /// From this score on a sentence satisfies the part.
    pub threshold: f32,
    /// From this score on a sentence is a near miss.
    pub unclear: f32,
    /// In training: how much dearer false evidence is than missed evidence.
    pub caution: f32,
    /// In training: sentences of known manuscripts in the part's home count fully as counter-examples.
    pub home_counts: bool,
    /// Ids of parts whose satisfying sentences are no counter-examples to this one in training.
    pub overlaps: Vec<String>,
    /// The pack that brings it, if one does.
    pub pack: Option<String>,
}

/// A sentence, or a few, with what a rule must make of it.
#[derive(Debug, Clone)]
pub struct Example {
    /// The text.
    pub text: String,
    /// The part of the paper where it stands.
    pub place: Role,
    /// The heading above it, if it matters.
    pub heading: Option<String>,
    /// Parts that it must satisfy (or, for an unsatisfied one, must not).
    pub parts: Vec<PartId>,
    /// The verdict that the rule must give on a manuscript of which it is all.
    pub verdict: Option<crate::verdict::Verdict>,
    /// The stage of the manuscript.
    pub stage: Stage,
}

/// Everything that `rules/` says, checked and ready.
#[derive(Debug)]
pub struct RuleSet {
    /// How sections are headed.
    pub section_names: SectionNames,
    /// Finds all terms of all rules.
    pub matcher: Matcher,
    /// What the matcher knows of the words of manuscripts that were read.
    pub known_words: KnownWords,
    /// Classes that the engine itself asks for.
    pub voices: Voices,
    /// Shared parts.
    pub parts: Vec<Part>,
    /// Standards in order, with their rules.
    pub standards: Vec<Standard>,
    /// Rules of each standard, by its position in `standards`.
    pub rules: Vec<Vec<Rule>>,
    /// Findings that no item of a standard asks for.
    pub others: Vec<OtherFinding>,
    /// How configurations are written.
    pub grammar: Grammar,
    /// What protocol files may say.
    pub protocols: ProtocolWords,
    /// How a standard and stage are told.
    pub selection: Selection,
    /// Weights learned from the sentence bank.
    pub learned: learned::Model,
    /// How certain the best sentences of a manuscript make each part.
    pub certainty: certainty::Certainty,
    /// The packs laid over the shipped rules, what is extended before what extends it.
    pub packs: Vec<Pack>,
}

/// The classes that decide whose study a sentence speaks of, when, and whether it denies.
#[derive(Debug, Clone, Copy)]
pub struct Voices {
    /// `@own-voice`.
    pub own: TermId,
    /// `@other-voice`.
    pub other: TermId,
    /// `@planned`.
    pub planned: TermId,
    /// `@negation`.
    pub negation: TermId,
    /// `@pointer`.
    pub pointer: TermId,
    /// `@others-deed`.
    pub others_deed: TermId,
}

impl RuleSet {
    /// The part with this number.
    pub fn part(&self, id: PartId) -> &Part {
        &self.parts[id.0]
    }

    /// The standard with this id and its rules.
    pub fn standard(&self, id: &str) -> Option<(&Standard, &[Rule])> {
        let index = self.standards.iter().position(|s| s.id == id)?;
        Some((&self.standards[index], &self.rules[index]))
    }

    /// Every rule of every standard; an item that a pack adds to several standards comes once.
    pub fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().enumerate().flat_map(move |(index, own)| {
            let seen = move |code: &str| self.rules[..index].iter().flatten().any(|rule| rule.code == code);
            own.iter().filter(move |rule| rule.pack.is_none() || !seen(&rule.code))
        })
    }

    /// The packs that bring a standard, or extend it.
    pub fn packs_of<'a>(&'a self, standard: &'a str) -> impl Iterator<Item = &'a Pack> {
        self.packs.iter().filter(move |pack| pack.standards.iter().any(|id| id == standard))
    }

    /// The finding of `others` with this code, whatever the case.
    pub fn other(&self, code: &str) -> Option<&OtherFinding> {
        self.others.iter().find(|finding| finding.code.eq_ignore_ascii_case(code))
    }

    /// Every code that a finding can have.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.all_rules().map(|rule| rule.code.as_str()).chain(self.others.iter().map(|finding| finding.code.as_str()))
    }

    /// The rule with this code, whatever the case.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.all_rules().find(|rule| rule.code.eq_ignore_ascii_case(code))
    }
}
