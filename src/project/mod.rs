//! A review as a project: the manuscript, its protocol, its bibliographies and its evidence table, and what
//! ties them together. [`judge`] goes through the findings of `rules/bibliography/` and `rules/project/`.
//!
//! `library` judges bibliographies and the keys that lead to them, `evidence` the evidence table, `theories`
//! what became of the theories that the protocol began with, `plan` what was done otherwise than planned.

mod evidence;
mod example;
mod library;
mod plan;
mod theories;

use std::cell::RefCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

pub use evidence::Evidence;
pub use example::run_project_examples;

use crate::bibliography::{Bibliography, Entry};
use crate::cmo::{Compilation, Identifier};
use crate::finding::Place;
use crate::lexicon::{TermId, Vocabulary, tokens};
use crate::manuscript::{BlockId, Manuscript, Role};
use crate::protocol::ProtocolFile;
use crate::rule::{Check, OtherFinding, Reading, RuleSet};
use crate::standard::{Stage, Standard};

/// So many findings of one code in a project are enough to mend it by.
const MOST_OF_ONE_CODE: usize = 200;

/// What is known of the manuscript.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The manuscript as the rules read it.
    pub reading: &'a Reading<'a>,
    /// Configurations and labels.
    pub compilation: &'a Compilation,
    /// The standard that it answers to, if one applies.
    pub standard: Option<&'a Standard>,
    /// The kind of text.
    pub stage: Stage,
    /// The standard was set, or no other is near.
    pub sure: bool,
}

/// The files beside the manuscript, each with its number among them.
pub struct Beside<'a> {
    /// The protocol and its text.
    pub protocol: Option<(usize, &'a ProtocolFile, &'a str)>,
    /// The bibliographies.
    pub bibliographies: Vec<(usize, &'a Bibliography)>,
    /// The evidence table.
    pub evidence: Option<(usize, &'a Evidence)>,
    /// The text of a source, by its key, with the name of its file; `None` where it isn't there.
    pub texts: &'a dyn Fn(&str) -> Option<(String, String)>,
}

/// A place in a project.
#[derive(Debug, Clone, PartialEq)]
pub enum At {
    /// In the manuscript.
    Manuscript(Place),
    /// In a file beside it: its number, and a byte range in it.
    File(usize, Range<usize>),
}

/// Something found in a project: where it is to be mended, and the places elsewhere that it disagrees with.
#[derive(Debug, Clone)]
pub struct Tie<'r> {
    /// The rule, with its severity and reason.
    pub rule: &'r OtherFinding,
    /// What is wrong.
    pub message: String,
    /// A few words at the place.
    pub label: String,
    /// What to do here, where the rule's own help isn't enough.
    pub help: Option<String>,
    /// Where.
    pub at: At,
    /// Other places, each with a few words.
    pub related: Vec<(String, At)>,
}

impl<'r> Tie<'r> {
    fn new(rule: &'r OtherFinding, what: &str, at: At) -> Self {
        let label = if rule.label.is_empty() { "here" } else { rule.label.as_str() };
        let message = rule.say(&[("what", what)]);
        Self { rule, message, label: label.into(), help: None, at, related: Vec::new() }
    }

    fn beside(mut self, what: impl Into<String>, at: At) -> Self {
        self.related.push((what.into(), at));
        self
    }
}

/// A project being judged.
struct Context<'a> {
    told: Told<'a>,
    manuscript: &'a Manuscript,
    beside: &'a Beside<'a>,
    rules: &'a RuleSet,
    /// The entries of all bibliographies by their keys, the first of each.
    library: FxHashMap<&'a str, (usize, &'a Entry)>,
    /// Their keys in order.
    keys: Vec<&'a str>,
    /// The blocks that name each theory and configuration.
    naming: FxHashMap<Identifier, Vec<BlockId>>,
    cache: RefCell<Vocabulary>,
}

/// Everything that is found in a project, in the order of the codes.
pub fn judge<'r>(beside: &Beside<'_>, told: Told<'_>, rules: &'r RuleSet, pedantic: bool) -> Vec<Tie<'r>> {
    let mut library = FxHashMap::default();
    for (file, bibliography) in &beside.bibliographies {
        for entry in &bibliography.entries {
            let keys = entry.aliases.iter().map(String::as_str).chain([entry.key.text.as_str()]);
            keys.filter(|key| !key.is_empty()).for_each(|key| {
                library.entry(key).or_insert((*file, entry));
            });
        }
    }
    let mut keys: Vec<&str> = library.keys().copied().collect();
    keys.sort_unstable();
    let cache = RefCell::new(Vocabulary::default());
    let manuscript = told.reading.manuscript;
    let naming = theories::naming(manuscript, told.compilation);
    let cx = Context { told, manuscript, beside, rules, library, keys, naming, cache };
    let mut all = Vec::new();
    for rule in &rules.others {
        let Some(check) = rule.check.filter(|check| check.is_of_projects() && (pedantic || !rule.pedantic)) else {
            continue;
        };
        let of_standard = |standard: &Standard| rule.standards.contains(&standard.id);
        let applies = (rule.stages.is_empty() || rule.stages.contains(&told.stage))
            && (rule.standards.is_empty() || told.standard.is_some_and(of_standard));
        if !applies {
            continue;
        }
        let mut own = match check {
            Check::BibliographySyntax => library::broken(&cx, rule),
            Check::BibliographyKeys => library::keys_twice(&cx, rule),
            Check::BibliographyDois => library::dois_twice(&cx, rule),
            Check::BibliographyWorks => library::works_twice(&cx, rule),
            Check::BibliographyDoi => library::malformed(&cx, rule),
            Check::CitedKeys => library::unknown(&cx, rule),
            Check::UncitedIncluded => library::unused(&cx, rule),
            Check::DocumentsListed => library::counted(&cx, rule),
            Check::EvidenceColumns => evidence::columns(&cx, rule),
            Check::EvidenceRows => evidence::rows(&cx, rule),
            Check::EvidenceConfigurations => evidence::configurations(&cx, rule),
            Check::EvidenceSources => evidence::sources(&cx, rule),
            Check::EvidenceQuotations => evidence::quotations(&cx, rule),
            // Only a report can differ from a plan.
            _ if told.stage != Stage::Report || told.standard.is_none() => continue,
            Check::PlanTheories => theories::untold(&cx, rule),
            Check::PlanFates => theories::without_fate(&cx, rule),
            Check::PlanNewTheories => theories::unplanned(&cx, rule),
            Check::PlanList => plan::lists(&cx, rule),
            Check::PlanChoice => plan::choices(&cx, rule),
            Check::PlanYear => plan::first_year(&cx, rule),
            Check::PlanBefore => plan::before(&cx, rule),
            Check::PlanStandard => plan::standard(&cx, rule),
            Check::PlanRegistration => plan::registration(&cx, rule),
            _ => continue,
        };
        own.truncate(MOST_OF_ONE_CODE);
        all.append(&mut own);
    }
    all
}

impl<'a> Context<'a> {
    /// The terms of a text with their places in it.
    fn hits(&self, text: &str) -> Vec<(TermId, Range<usize>)> {
        let words = tokens(text);
        let hits = self.rules.matcher.find(text, &words, &mut self.cache.borrow_mut());
        let place = |start: u16, end: u16| {
            let (first, last) = (words.get(usize::from(start))?, words.get(usize::from(end).checked_sub(1)?)?);
            Some(first.start..last.end)
        };
        hits.iter().filter_map(|hit| Some((hit.term, place(hit.start, hit.end)?))).collect()
    }

    /// Whether a text is one of some terms, and nothing besides.
    fn is(&self, text: &str, wanted: &[TermId]) -> bool {
        let spaced = text.replace('_', " ");
        let words = tokens(&spaced);
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
        let whole = first.start..last.end;
        self.hits(&spaced).iter().any(|(term, range)| wanted.contains(term) && *range == whole)
    }

    fn sentence_has(&self, sentence: usize, wanted: &[TermId]) -> bool {
        wanted.iter().any(|term| self.told.reading.sentences[sentence].terms.contains(*term))
    }

    fn sentence_text(&self, sentence: usize) -> &'a str {
        let at = &self.manuscript.sentences.all()[sentence];
        &self.told.reading.manuscript.block(at.block).text[at.range.clone()]
    }

    fn block_of(&self, sentence: usize) -> BlockId {
        self.manuscript.sentences.all()[sentence].block
    }

    /// A range of a sentence as a place.
    fn place(&self, sentence: usize, range: &Range<usize>) -> At {
        let at = &self.manuscript.sentences.all()[sentence];
        At::Manuscript(Place { block: at.block, range: at.range.start + range.start..at.range.start + range.end })
    }

    fn sentence_place(&self, sentence: usize) -> At {
        let at = &self.manuscript.sentences.all()[sentence];
        At::Manuscript(Place { block: at.block, range: at.range.clone() })
    }

    /// Sentences that the authors write: no headings, references, glossaries or metadata.
    fn statements(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.manuscript.sentences.all().len()).filter(|sentence| {
            self.manuscript.block(self.block_of(*sentence)).is_prose()
                && !matches!(self.told.reading.sentences[*sentence].role, Role::References | Role::Glossary)
        })
    }

    /// The heading of the first section of some part of the paper, or the title, or the first block.
    fn heading(&self, roles: &[Role]) -> Option<At> {
        let section = self.manuscript.sections.iter().find(|s| roles.contains(&s.role) && s.heading.is_some());
        let first = (!self.manuscript.blocks.is_empty()).then_some(BlockId(0));
        let block = section.and_then(|s| s.heading).or(self.manuscript.title).or(first)?;
        Some(At::Manuscript(Place::whole(self.manuscript, block)))
    }
}
