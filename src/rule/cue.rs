//! Cues: patterns of evidence, and for which sentences they hold.

use std::borrow::Cow;

use serde::Deserialize;

use super::reading::SentenceReading;
use super::{Part, Reading, RuleSet};
use crate::lexicon::TermId;
use crate::manuscript::{BlockKind, Role, SentenceId};
use crate::standard::Stage;

/// One pattern of evidence; all its conditions must hold in one sentence.
#[derive(Debug, Clone, Default)]
pub struct Cue {
    /// Terms that must all stand in the sentence, in any order.
    pub sentence: Vec<TermId>,
    /// The terms of `sentence` stand within this many words of each other.
    pub within: Option<usize>,
    /// The terms of `sentence` stand in the order given.
    pub ordered: bool,
    /// Terms of which at least one must stand in the sentence.
    pub any: Vec<TermId>,
    /// Terms of which at least `least` must stand in the sentence.
    pub several: Vec<TermId>,
    /// How many of `several`.
    pub least: usize,
    /// Terms that must all stand in this sentence or the one before or after.
    pub near: Vec<TermId>,
    /// Terms that must all stand in the paragraph.
    pub paragraph: Vec<TermId>,
    /// Terms that must all stand in the headings above the sentence.
    pub heading: Vec<TermId>,
    /// Terms none of which may stand in the sentence.
    pub unless: Vec<TermId>,
    /// Terms none of which may stand in the headings above.
    pub unless_heading: Vec<TermId>,
    /// The parts of the paper that the cue is good for; all but references and glossaries where empty.
    pub sections: Vec<Role>,
    /// Only in these kinds of block.
    pub scope: Option<Scope>,
    /// A citation must stand (or not stand) in the sentence.
    pub citation: Option<bool>,
    /// At least this many numbers.
    pub numbers: usize,
    /// Whose study the sentence speaks of.
    pub voice: Option<Voice>,
    /// Whether the first term may be negated.
    pub negated: Option<bool>,
    /// Whether the sentence tells what was done or what is planned.
    pub tense: Option<Tense>,
    /// The sentence points to a supplement.
    pub pointer: Option<bool>,
    /// The manuscript has a figure or a caption of one, and the sentence names one.
    pub figure: Option<bool>,
    /// How sure the cue makes us, 0 to 1.
    pub weight: f32,
    /// The cue as its author wrote it, for explanations.
    pub shown: String,
}

/// The kinds of block that a cue may be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The title.
    Title,
    /// Captions of tables and figures.
    Caption,
    /// Table rows, the header row among them.
    Table,
    /// Header rows of tables.
    TableHeader,
    /// Paragraphs, list items and notes.
    Prose,
}

/// Whose study a sentence speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    /// This study's: first person, or nobody else's study is named.
    Own,
    /// Somebody else's study.
    Other,
}

/// When what a sentence tells happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tense {
    /// It was done.
    Done,
    /// It will be done.
    Planned,
}

/// The sentences for which a cue may hold, in their order: those that have its rarest term, or one of those of
/// which it wants some.
fn candidates<'r>(reading: &'r Reading<'_>, cue: &Cue) -> Cow<'r, [SentenceId]> {
    if let Some(fewest) = cue.sentence.iter().map(|term| reading.sentences_with(*term)).min_by_key(|with| with.len()) {
        return Cow::Borrowed(fewest);
    }
    let some = if cue.any.is_empty() { &cue.several } else { &cue.any };
    if some.is_empty() {
        return Cow::Owned((0..reading.sentences.len()).map(SentenceId).collect());
    }
    reading.sentences_with_any(some)
}

/// The sentences for which a cue holds, in their order.
pub fn holding<'r>(
    reading: &'r Reading<'_>,
    rules: &'r RuleSet,
    cue: &'r Cue,
    stage: Stage,
) -> impl Iterator<Item = SentenceId> + 'r {
    let candidates = candidates(reading, cue);
    (0..candidates.len()).map(move |at| candidates[at]).filter(move |s| holds(reading, rules, cue, *s, stage))
}

/// The loudest cue of a part, as an index, for each sentence for which one holds; the first of those that are
/// equally loud.
pub(super) fn loudest(reading: &Reading<'_>, rules: &RuleSet, part: &Part, stage: Stage) -> Vec<Option<usize>> {
    let mut loudest = vec![None; reading.sentences.len()];
    let mut cues: Vec<usize> = (0..part.cues.len()).collect();
    cues.sort_by(|a, b| part.cues[*b].weight.total_cmp(&part.cues[*a].weight));
    for index in cues {
        let cue = &part.cues[index];
        for sentence in candidates(reading, cue).iter() {
            let known = &mut loudest[sentence.0];
            if known.is_none() && holds(reading, rules, cue, *sentence, stage) {
                *known = Some(index);
            }
        }
    }
    loudest
}

/// The same, for one sentence.
pub(super) fn loudest_of(
    reading: &Reading<'_>,
    rules: &RuleSet,
    part: &Part,
    sentence: SentenceId,
    stage: Stage,
) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (index, cue) in part.cues.iter().enumerate() {
        let better = best.is_none_or(|b| part.cues[b].weight < cue.weight);
        if better && holds(reading, rules, cue, sentence, stage) {
            best = Some(index);
        }
    }
    best
}

/// Whether all conditions of a cue hold for a sentence.
pub(super) fn holds(reading: &Reading<'_>, rules: &RuleSet, cue: &Cue, sentence: SentenceId, stage: Stage) -> bool {
    let here = &reading.sentences[sentence.0];
    if !cue.sentence.iter().all(|term| here.terms.contains(*term)) {
        return false;
    }
    if !cue.any.is_empty() && !cue.any.iter().any(|term| here.terms.contains(*term)) {
        return false;
    }
    if !cue.several.is_empty() && cue.several.iter().filter(|term| here.terms.contains(**term)).count() < cue.least {
        return false;
    }
    if cue.unless.iter().any(|term| here.terms.contains(*term)) {
        return false;
    }
    if !cue.sections.is_empty() && !cue.sections.contains(&here.role) {
        return false;
    }
    if cue.numbers > here.numbers
        || cue.citation.is_some_and(|wanted| wanted != here.citation)
        || cue.pointer.is_some_and(|wanted| wanted != here.pointer)
    {
        return false;
    }
    let voice_fits = match cue.voice {
        None => true,
        Some(Voice::Own) => here.own || !here.other,
        Some(Voice::Other) => here.other,
    };
    let tense_fits = match cue.tense {
        None => true,
        Some(Tense::Planned) => here.planned,
        // In a protocol what is planned is what is reported.
        Some(Tense::Done) => !here.planned || stage == Stage::Protocol,
    };
    if !voice_fits || !tense_fits {
        return false;
    }
    if let Some(scope) = cue.scope
        && !in_scope(reading, sentence, scope)
    {
        return false;
    }
    if !cue.heading.is_empty() || !cue.unless_heading.is_empty() {
        let above = reading.headings_above(sentence);
        let label = run_in_terms(reading, sentence);
        let has = |term: &TermId| above.contains(*term) || label.is_some_and(|first| first.terms.contains(*term));
        if !cue.heading.iter().all(has) || cue.unless_heading.iter().any(has) {
            return false;
        }
    }
    if cue.figure.is_some_and(|wanted| wanted != names_figure(reading, sentence)) {
        return false;
    }
    if !cue.near.is_empty() && !all_near(reading, cue, sentence) {
        return false;
    }
    if !cue.paragraph.is_empty() {
        let block = reading.manuscript.sentences.all()[sentence.0].block;
        let range = reading.manuscript.sentences.of(block);
        if !cue.paragraph.iter().all(|term| range.clone().any(|i| reading.sentences[i].terms.contains(*term))) {
            return false;
        }
    }
    if let Some(within) = cue.within
        && !stand_within(reading, cue, sentence, within)
    {
        return false;
    }
    if cue.ordered && !stand_in_order(reading, cue, sentence) {
        return false;
    }
    match cue.negated {
        Some(wanted) => wanted == is_negated(reading, rules, cue, sentence),
        None => true,
    }
}

/// The first sentence of a paragraph with a run-in label, for headings.
fn run_in_terms<'a>(reading: &'a Reading<'_>, sentence: SentenceId) -> Option<&'a SentenceReading> {
    let block = reading.manuscript.sentences.all()[sentence.0].block;
    reading.manuscript.block(block).run_in.as_ref()?;
    reading.sentences.get(reading.manuscript.sentences.of(block).start)
}

fn in_scope(reading: &Reading<'_>, sentence: SentenceId, scope: Scope) -> bool {
    let block = reading.manuscript.sentences.all()[sentence.0].block;
    let kind = &reading.manuscript.block(block).kind;
    match scope {
        Scope::Title => matches!(kind, BlockKind::Title),
        Scope::Caption => matches!(kind, BlockKind::Caption),
        Scope::Table => matches!(kind, BlockKind::TableRow { .. }),
        Scope::TableHeader => matches!(kind, BlockKind::TableRow { header: true, .. }),
        Scope::Prose => matches!(kind, BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::Footnote),
    }
}

fn names_figure(reading: &Reading<'_>, sentence: SentenceId) -> bool {
    let words = reading.words_of(sentence);
    let numbered =
        |(word, next): (&str, &str)| matches!(word, "figure" | "fig") && next.starts_with(|c: char| c.is_ascii_digit());
    words.clone().zip(words.clone().skip(1)).any(numbered) || words.clone().any(|w| w == "diagram" || w == "flowchart")
}

fn all_near(reading: &Reading<'_>, cue: &Cue, sentence: SentenceId) -> bool {
    let block = reading.manuscript.sentences.all()[sentence.0].block;
    let section = reading.manuscript.section_id_of(block);
    let around = sentence.0.saturating_sub(1)..(sentence.0 + 2).min(reading.sentences.len());
    let same_section =
        |i: &usize| reading.manuscript.section_id_of(reading.manuscript.sentences.all()[*i].block) == section;
    let around: Vec<usize> = around.filter(same_section).collect();
    cue.near.iter().all(|term| around.iter().any(|i| reading.sentences[*i].terms.contains(*term)))
}

/// Whether some hit of every term lies in one window of `within` words.
fn stand_within(reading: &Reading<'_>, cue: &Cue, sentence: SentenceId, within: usize) -> bool {
    let Some(first) = cue.sentence.first() else { return true };
    reading.places(sentence, *first).any(|anchor| {
        cue.sentence[1..].iter().all(|term| {
            reading.places(sentence, *term).any(|hit| {
                let gap =
                    if hit.start >= anchor.end { hit.start - anchor.end } else { anchor.start.saturating_sub(hit.end) };
                (gap as usize) < within
            })
        })
    })
}

fn stand_in_order(reading: &Reading<'_>, cue: &Cue, sentence: SentenceId) -> bool {
    let mut from = 0;
    for term in &cue.sentence {
        match reading.places(sentence, *term).find(|hit| hit.start >= from) {
            Some(hit) => from = hit.end,
            None => return false,
        }
    }
    true
}

/// Whether a negation stands within four words before the first term of the cue.
fn is_negated(reading: &Reading<'_>, rules: &RuleSet, cue: &Cue, sentence: SentenceId) -> bool {
    let Some(first) = cue.sentence.first() else { return false };
    reading.places(sentence, *first).any(|hit| {
        reading
            .places(sentence, rules.voices.negation)
            .any(|negation| negation.end <= hit.start + 1 && hit.start.saturating_sub(negation.end) <= 4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{Format, Manuscript};
    use crate::read::{self, NoLibrary};
    use crate::rule::load;

    /// Only some sentences are looked at for each cue; the others must have no say.
    #[test]
    fn cues_hold_for_the_sentences_that_were_looked_at_and_for_no_others() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = include_str!("../../examples/01-clean-review/review.md");
        let drafts =
            read::read("a.md".as_ref(), text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names);
        let manuscript = Manuscript::new(drafts.expect("it is read").remove(0), &rules.section_names);
        let reading = Reading::new(&manuscript, &rules);
        let all = || (0..reading.sentences.len()).map(SentenceId);
        let mut held = 0;
        for stage in [Stage::Report, Stage::Protocol] {
            for part in &rules.parts {
                let one_by_one: Vec<_> = all().map(|s| loudest_of(&reading, &rules, part, s, stage)).collect();
                held += one_by_one.iter().flatten().count();
                assert_eq!(loudest(&reading, &rules, part, stage), one_by_one, "{}", part.id);
            }
            for cue in rules.others.iter().flat_map(|finding| &finding.cues) {
                let one_by_one: Vec<_> = all().filter(|s| holds(&reading, &rules, cue, *s, stage)).collect();
                held += one_by_one.len();
                assert_eq!(holding(&reading, &rules, cue, stage).collect::<Vec<_>>(), one_by_one, "{}", cue.shown);
            }
        }
        assert!(held > 100, "{held} is too little to tell anything");
    }

    /// Whatever a cue asks for beside the terms by which sentences are chosen, none may be passed over.
    #[test]
    fn sentences_are_chosen_by_any_kind_of_term() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = "# A\n\nWe judged rigour. Two reviewers judged relevance. It rained. They read it twice.\n";
        let drafts =
            read::read("a.md".as_ref(), text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names);
        let manuscript = Manuscript::new(drafts.expect("it is read").remove(0), &rules.section_names);
        let reading = Reading::new(&manuscript, &rules);
        let terms: Vec<TermId> = (0..rules.matcher.term_count() as u32)
            .map(TermId)
            .filter(|term| !reading.sentences_with(*term).is_empty())
            .take(24)
            .collect();
        assert_eq!(terms.len(), 24);
        for pair in terms.windows(2) {
            let both = pair.to_vec();
            let cues = [
                Cue { sentence: both.clone(), ..Cue::default() },
                Cue { any: both.clone(), ..Cue::default() },
                Cue { any: vec![pair[0]], unless: vec![pair[1]], ..Cue::default() },
                Cue { several: both.clone(), least: 2, ..Cue::default() },
                Cue { near: both, ..Cue::default() },
                Cue::default(),
            ];
            for cue in cues {
                let stage = Stage::Report;
                let one_by_one = (0..reading.sentences.len()).map(SentenceId);
                let one_by_one: Vec<_> = one_by_one.filter(|s| holds(&reading, &rules, &cue, *s, stage)).collect();
                assert_eq!(holding(&reading, &rules, &cue, stage).collect::<Vec<_>>(), one_by_one, "{cue:?}");
            }
        }
    }
}
