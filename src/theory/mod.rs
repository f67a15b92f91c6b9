//! Judges what was compiled: configurations, labels, counts, the theory from first to last, the
//! words used of it. What is looked for, and the words that decide, stand in `rules/cmo/`.

mod claims;
mod counts;
mod example;
mod flow;
mod labels;
mod numeral;
mod sentences;
mod trace;

pub use example::run_claim_examples;

use std::cell::RefCell;
use std::rc::Rc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::cmo::{Compilation, Configuration, ConfigurationStage, Form};
use crate::finding::{Finding, Place};
use crate::lexicon::{Hit, TermId, TermSet, Vocabulary};
use crate::manuscript::{BlockId, BlockKind, Format, Manuscript, Role};
use crate::rule::{Check, OtherFinding, Reading, RuleSet, Severity};
use crate::standard::{Stage, Standard};

/// What a manuscript's theory is judged by.
pub struct Judged<'a> {
    /// The manuscript as the rules read it.
    pub reading: &'a Reading<'a>,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Configurations and labels.
    pub compilation: &'a Compilation,
    /// The standard that applies.
    pub standard: &'a Standard,
    /// The kind of text.
    pub stage: Stage,
    /// Matters of taste are looked for as well.
    pub pedantic: bool,
}

/// So many findings of one code in a manuscript are enough to mend it by.
const MOST_OF_ONE_CODE: usize = 200;

/// Everything that is found, in the order of the codes.
pub fn judge(judged: &Judged<'_>) -> Vec<Finding> {
    let sheet = judged.reading.manuscript.format == Format::Sheet;
    let applies = |rule: &&OtherFinding| {
        (judged.pedantic || !rule.pedantic)
            && (rule.stages.is_empty() || rule.stages.contains(&judged.stage))
            && (rule.standards.is_empty() || rule.standards.contains(&judged.standard.id))
            && rule.check.is_some_and(|check| !sheet || check.is_of_configurations())
    };
    let rules: Vec<&OtherFinding> = judged.rules.others.iter().filter(applies).collect();
    let found = rules.par_iter().map_init(|| Context::new(judged), |cx, rule| of_rule(cx, rule));
    found.flatten_iter().collect()
}

/// What is found by one rule.
fn of_rule(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let Some(check) = rule.check else { return Vec::new() };
    let mut own = match check {
        Check::Sentence => sentences::each(cx, rule),
        Check::Document => sentences::once(cx, rule),
        Check::ItemsCount => sentences::items_count(cx, rule),
        Check::StandardsCited => sentences::standards_cited(cx, rule),
        Check::MissingMechanism | Check::MissingContext | Check::MissingOutcome => claims::missing(cx, rule, check),
        Check::BareResource => claims::bare_resource(cx, rule),
        Check::Confused => claims::confused(cx, rule),
        Check::BareSetting => claims::bare_setting(cx, rule),
        Check::RestatedOutcome => claims::restated_outcome(cx, rule),
        Check::Unsupported => claims::unsupported(cx, rule),
        Check::ThinEvidence => claims::thin_evidence(cx, rule),
        Check::VariantUndeclared => claims::variant_undeclared(cx, rule),
        Check::VariantIncomplete => claims::variant_incomplete(cx, rule),
        Check::Undefined => labels::undefined(cx, rule),
        Check::Undiscussed => labels::undiscussed(cx, rule),
        Check::Numbering => labels::numbering(cx, rule),
        Check::LabelDrift => labels::drift(cx, rule),
        Check::CountMismatch => counts::mismatch(cx, rule),
        Check::UnrefinedTheory => trace::unrefined(cx, rule),
        Check::NoTheory => trace::no_theory(cx, rule),
        Check::Catalogue => trace::catalogue(cx, rule),
        Check::PromisedTheory => trace::promised(cx, rule),
        // The checks of protocol files.
        _ => Vec::new(),
    };
    own.truncate(MOST_OF_ONE_CODE);
    own
}

/// The number of included documents and where it is told, where all totals that the manuscript gives agree.
pub fn documents_included(judged: &Judged<'_>) -> Option<(u32, Place)> {
    let cx = Context::new(judged);
    let rule = judged.rules.others.iter().find(|rule| rule.check == Some(Check::CountMismatch))?;
    counts::documents(&cx, rule)
}

/// A manuscript being judged.
struct Context<'a> {
    judged: &'a Judged<'a>,
    manuscript: &'a Manuscript,
    /// Words that the manuscript doesn't have.
    cache: RefCell<Vocabulary>,
    /// The terms of single words and short labels, which are asked for again and again.
    short: RefCell<FxHashMap<String, Rc<TermSet>>>,
}

/// Texts of no more bytes than this are remembered with their terms.
const SHORT: usize = 40;

impl<'a> Context<'a> {
    fn new(judged: &'a Judged<'a>) -> Self {
        let (cache, short) = (RefCell::default(), RefCell::default());
        Self { judged, manuscript: judged.reading.manuscript, cache, short }
    }

    fn configurations(&self) -> &[Configuration] {
        &self.judged.compilation.configurations
    }

    /// All hits in some words.
    fn hits(&self, text: &str) -> Vec<Hit> {
        self.judged.reading.find(&self.judged.rules.matcher, text, &mut self.cache.borrow_mut())
    }

    /// The terms of some words.
    fn terms(&self, text: &str) -> Rc<TermSet> {
        if let Some(known) = self.short.borrow().get(text) {
            return Rc::clone(known);
        }
        let mut terms = TermSet::new(self.judged.rules.matcher.term_count());
        for hit in self.hits(text) {
            terms.insert(hit.term);
        }
        let terms = Rc::new(terms);
        if text.len() <= SHORT {
            self.short.borrow_mut().insert(text.to_owned(), Rc::clone(&terms));
        }
        terms
    }

    /// Whether all words of one list that a text has stand within what another list matches.
    fn all_within(&self, text: &str, rule: &OtherFinding, inner: &str, outer: &str) -> bool {
        let hits = self.hits(text);
        let of = |name: &str| hits.iter().filter(|h| rule.words(name).contains(&h.term)).collect::<Vec<_>>();
        let around = of(outer);
        of(inner).iter().all(|h| around.iter().any(|o| o.start <= h.start && h.end <= o.end))
    }

    /// Whether a sentence has one of some terms.
    fn sentence_has(&self, sentence: usize, terms: &[TermId]) -> bool {
        has_any(&self.judged.reading.sentences[sentence].terms, terms)
    }

    /// The words of a sentence.
    fn sentence_text(&self, sentence: usize) -> &str {
        let sentence = &self.manuscript.sentences.all()[sentence];
        &self.manuscript.block(sentence.block).text[sentence.range.clone()]
    }

    fn sentence_place(&self, sentence: usize) -> Place {
        let sentence = &self.manuscript.sentences.all()[sentence];
        Place { block: sentence.block, range: sentence.range.clone() }
    }

    /// The sentence that holds a byte of a block.
    fn sentence_at(&self, block: BlockId, at: usize) -> Option<usize> {
        let range = self.manuscript.sentences.of(block);
        let all = &self.manuscript.sentences.all()[range.clone()];
        let index = all.partition_point(|s| s.range.end <= at);
        (index < all.len()).then_some(range.start + index)
    }

    /// The words of the components of one kind, one after the other.
    fn words_of(&self, configuration: &Configuration, kind: crate::cmo::ComponentKind) -> String {
        let texts: Vec<&str> =
            configuration.parts(kind).map(|c| &self.manuscript.block(c.block).text[c.range.clone()]).collect();
        texts.join(" ")
    }

    /// Where a finding about a configuration points: its statement, or the line that names it.
    fn place_of(&self, configuration: &Configuration) -> Place {
        match configuration.heading {
            Some(heading) if configuration.form == Form::LabelledLines => Place::whole(self.manuscript, heading),
            _ => Place { block: configuration.block, range: configuration.range.clone() },
        }
    }

    /// The first passage outside tables that tells of one configuration by its label alone.
    fn told_at(&self, configuration: &Configuration) -> Option<Place> {
        let labels: Vec<_> = configuration.labels().collect();
        let mention = self.judged.compilation.mentions.iter().find(|m| {
            m.ids.len() == 1
                && labels.contains(&m.ids[0])
                && m.block != configuration.block
                && matches!(self.manuscript.block(m.block).kind, BlockKind::Paragraph | BlockKind::ListItem { .. })
                && self.manuscript.role_of(m.block) == Role::Results
        })?;
        let sentence = self.sentence_at(mention.block, mention.range.start)?;
        Some(self.sentence_place(sentence))
    }

    /// A finding about a configuration stated in a table, and a note where the text tells of it: it
    /// can be mended in either place.
    fn about(&self, configuration: &Configuration, finding: Finding) -> Vec<Finding> {
        let mut finding = finding;
        let told = if configuration.form == Form::TableRow { self.told_at(configuration) } else { None };
        let Some(place) = told else { return vec![finding] };
        let mut note = finding.clone();
        note.severity = Severity::Note;
        note.label = "told here".into();
        if let Some(stated) = &finding.place {
            note.related = vec![("stated here".into(), stated.clone())];
        }
        finding.related.push(("told here".into(), place.clone()));
        note.place = Some(place);
        vec![finding, note]
    }

    fn finding(&self, rule: &OtherFinding, fields: &[(&str, &str)], place: Option<Place>) -> Finding {
        let label = if rule.label.is_empty() { "here" } else { rule.label.as_str() };
        Finding::other(self.judged.rules, &rule.code, rule.say(fields), label, place)
    }

    /// Sentences that the authors state: no headings, references, glossaries or metadata.
    fn statements(&self) -> impl Iterator<Item = usize> + '_ {
        let all = self.manuscript.sentences.all();
        (0..all.len()).filter(move |i| {
            let block = self.manuscript.block(all[*i].block);
            block.is_prose() && !matches!(self.judged.reading.sentences[*i].role, Role::References | Role::Glossary)
        })
    }
}

/// Whether a configuration is told as something that the work found.
fn is_result(configuration: &Configuration) -> bool {
    configuration.stage != ConfigurationStage::Initial
}

fn has_any(terms: &TermSet, wanted: &[TermId]) -> bool {
    wanted.iter().any(|term| terms.contains(*term))
}
