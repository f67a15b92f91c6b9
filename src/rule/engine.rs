//! From sentences to verdicts: scores each sentence for each part, then judges each rule.

use crate::lexicon::TermId;
use crate::manuscript::{BlockKind, Role, SentenceId};
use crate::standard::Stage;
use crate::verdict::{Evidence, ItemVerdict, Verdict};

use super::certainty::{self, Signals};
use super::learned::{Margins, Model};
use super::{Counts, Cue, Demand, Part, PartId, Reading, Rule, RulePart, RuleSet, cue};

/// What is known of the manuscript beyond its sentences.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// How many configurations the manuscript states as its own results.
    pub configurations: usize,
}

/// Where an item of an excerpt lacks something, what was found of it must be this sure. A part whose best sentence is
/// barely over its threshold, with nothing of the rest of the item near it, was another study's deed or
/// a word in passing in 22 of 27 cases, and part of a report in two (manuscripts of `tests/gold/tune`, each
/// judged by weights that never saw it).
const SURE_ALONE: f32 = 0.6;

/// What a citation takes off a sentence for what only the authors' own deed satisfies, where nothing in the
/// sentence says that it was theirs: most often it tells what the cited study did. Measured as for
/// [`SURE_ALONE`]: three in ten overlooked items were such, and no item of the authors' own was lost.
const CITED: f32 = 0.3;

/// The score of one sentence for one part, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartScore {
    /// The sentence.
    pub sentence: SentenceId,
    /// From 0; the part's threshold decides.
    pub score: f32,
    /// The strongest cue, as an index into the part's cues.
    pub cue: Option<usize>,
    /// What the learned model added.
    pub learned: f32,
}

/// What the sentences of a manuscript say of one part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PartScores {
    /// Those that speak for it, the best first.
    pub sentences: Vec<PartScore>,
    /// How certain a whole manuscript makes it, 0 to 1; `None` for an excerpt, and where nothing was learned.
    pub certainty: Option<f32>,
}

impl PartScores {
    /// Those that are good enough, if there are any.
    fn over(&self, part: &Part) -> impl Iterator<Item = &PartScore> {
        self.sentences.iter().take_while(|s| s.score >= part.threshold)
    }
}

/// The best sentences for each part, best first, and no more than this many.
const MOST_EVIDENCE: usize = 12;

/// Scores every sentence for the parts that `rules` name. One entry a part of the rule set; parts
/// that no rule names have an empty one.
pub fn score_parts(reading: &Reading<'_>, rules: &RuleSet, wanted: &[Rule], stage: Stage) -> Vec<PartScores> {
    let whole = is_whole(reading, stage);
    let Scored { scores, margins, bearing } = score_sentences(reading, rules, &rules.learned, wanted, stage);
    let numbered = scores.into_iter().enumerate();
    let of_part = |(number, scores)| of_part(rules, PartId(number), scores, &margins, whole.then_some(&bearing));
    numbered.map(of_part).collect()
}

/// What the sentences that say anything of a part, the best first, say of it together. `whole`: those that may bear
/// evidence, where the manuscript is judged as a whole.
fn of_part(
    rules: &RuleSet,
    id: PartId,
    mut sentences: Vec<PartScore>,
    margins: &Margins,
    whole: Option<&Vec<SentenceId>>,
) -> PartScores {
    let part = rules.part(id);
    let certainty = whole
        .filter(|_| part.learn && rules.learned.knows(id))
        .and_then(|bearing| rules.certainty.of(id, &signals(part, id, &sentences, bearing.iter().copied(), margins)));
    // The best one is shown, however faint, where the manuscript as a whole convinces.
    let hints = sentences.iter().take_while(|s| s.score >= part.unclear).count();
    sentences.truncate(hints.max(usize::from(certainty.is_some())).min(MOST_EVIDENCE));
    PartScores { sentences, certainty }
}

/// Whether a text is a whole manuscript, so that its sentences are judged together.
fn is_whole(reading: &Reading<'_>, stage: Stage) -> bool {
    stage == Stage::Report && reading.sentences.len() >= certainty::FEWEST_SENTENCES
}

/// What the sentences of a manuscript say of the parts of some rules.
#[derive(Debug)]
struct Scored {
    /// For each part of the rule set, the sentences that say anything of it, the best first.
    scores: Vec<Vec<PartScore>>,
    /// Of all sentences.
    margins: Margins,
    /// The sentences that may bear evidence.
    bearing: Vec<SentenceId>,
}

/// Scores all sentences for the parts that `wanted` names, as `model` hears them.
fn score_sentences(reading: &Reading<'_>, rules: &RuleSet, model: &Model, wanted: &[Rule], stage: Stage) -> Scored {
    let mut named = vec![false; rules.parts.len()];
    for part in wanted.iter().flat_map(|rule| &rule.parts) {
        named[part.part.0] = true;
    }
    let mut scores: Vec<Vec<PartScore>> = vec![Vec::new(); rules.parts.len()];
    let margins = model.scores(reading);
    let bearing: Vec<SentenceId> = bearing(reading).collect();
    for (number, part) in rules.parts.iter().enumerate().filter(|(n, _)| named[*n]) {
        let loudest = cue::loudest(reading, rules, part, stage);
        let list = &mut scores[number];
        for sentence in &bearing {
            let (cue, learned) = (loudest[sentence.0], margins.margin(PartId(number), *sentence));
            if cue.is_none() && learned.is_none_or(|margin| margin < SILENT) {
                continue;
            }
            let margin = margin(reading, part, *sentence, learned);
            let score = score_with(reading, part, *sentence, cue, margin, stage);
            list.extend(score.filter(|s| s.score >= FAINTEST));
        }
        share_within_paragraphs(reading, list);
        sort_best_first(list);
    }
    Scored { scores, margins, bearing }
}

fn sort_best_first(scores: &mut [PartScore]) {
    scores.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.sentence.cmp(&b.sentence)));
}

/// Whether a part is found: where the manuscript is judged as a whole its certainty decides.
pub(super) fn is_found(certainty: Option<f32>, enough_sentences: bool) -> bool {
    certainty.map_or(enough_sentences, |certainty| certainty >= certainty::CERTAIN)
}

/// What the sentences of a whole manuscript say of the parts of some rules, kept so that some may be left out.
#[derive(Debug)]
pub struct WholeScores(Scored);

impl WholeScores {
    /// What a manuscript says of the parts that `wanted` names, as `model` hears it; `None` of an excerpt.
    pub fn new(reading: &Reading<'_>, rules: &RuleSet, model: &Model, wanted: &[Rule], stage: Stage) -> Option<Self> {
        is_whole(reading, stage).then(|| Self(score_sentences(reading, rules, model, wanted, stage)))
    }

    /// What it says of a part when only the sentences that `kept` names are heard.
    pub fn signals(&self, part: &Part, id: PartId, kept: impl Fn(SentenceId) -> bool) -> Signals {
        let Scored { scores, margins, bearing } = &self.0;
        let scores: Vec<PartScore> = scores[id.0].iter().filter(|s| kept(s.sentence)).copied().collect();
        let bearing = bearing.iter().copied().filter(|sentence| kept(*sentence));
        signals(part, id, &scores, bearing, margins)
    }
}

/// What a manuscript says of a part as a whole. `scores`: its sentences, the best first.
fn signals(
    part: &Part,
    id: PartId,
    scores: &[PartScore],
    bearing: impl Iterator<Item = SentenceId>,
    margins: &Margins,
) -> Signals {
    let margins = bearing.filter_map(|sentence| margins.margin(id, sentence));
    Signals::new(scores, margins, |cue| part.cues[cue].weight)
}

/// The sentences that may bear evidence.
fn bearing(reading: &Reading<'_>) -> impl Iterator<Item = SentenceId> {
    (0..reading.sentences.len()).map(SentenceId).filter(|sentence| bears_evidence(reading, *sentence))
}

/// How much of another sentence's score a sentence takes over within its paragraph.
const SHARED: f32 = 0.3;
/// So many others of the paragraph are heard.
const SHARERS: usize = 2;

/// Plain writers say in three half-clear sentences what others say in one: the best sentences of a
/// paragraph strengthen one another. Scores come in the order of sentences.
pub(super) fn share_within_paragraphs(reading: &Reading<'_>, list: &mut [PartScore]) {
    let block = |score: &PartScore| reading.manuscript.sentences.all()[score.sentence.0].block;
    for paragraph in list.chunk_by_mut(|a, b| block(a) == block(b)) {
        let mut best: Vec<(SentenceId, f32)> =
            paragraph.iter().map(|s| (s.sentence, s.score.clamp(0.0, 1.0))).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(SHARERS + 1);
        for score in paragraph {
            let others = best.iter().filter(|(sentence, _)| *sentence != score.sentence).take(SHARERS);
            let doubt =
                others.fold(1.0 - score.score.clamp(0.0, 1.0), |doubt, (_, other)| doubt * (1.0 - SHARED * other));
            score.score = score.score.max(1.0 - doubt);
        }
    }
}

/// Below this a sentence says nothing of a part.
pub(super) const FAINTEST: f32 = 0.05;

/// A learned margin below this is fainter than [`FAINTEST`] wherever its sentence stands.
const SILENT: f32 = -0.95;

/// A sentence of fewer words is a label (`Figure 1.`), not a statement.
const FEWEST_WORDS: usize = 4;

/// Headings, references, glossaries, labels and code say nothing of what was done.
pub(super) fn bears_evidence(reading: &Reading<'_>, sentence: SentenceId) -> bool {
    if reading.sentences[sentence.0].words.len() < FEWEST_WORDS && !in_declarations(reading, sentence) {
        return false;
    }
    let block = reading.manuscript.sentences.all()[sentence.0].block;
    let kind = &reading.manuscript.block(block).kind;
    let role = reading.sentences[sentence.0].role;
    match kind {
        BlockKind::Title => true,
        BlockKind::Heading { .. } | BlockKind::Code | BlockKind::Reference => false,
        BlockKind::Metadata => role == Role::Front,
        _ => !matches!(role, Role::References | Role::Glossary),
    }
}

/// Whether a sentence is more than a label or a caption, so that the learned model may speak for it.
fn is_statement(reading: &Reading<'_>, sentence: SentenceId) -> bool {
    let block = reading.manuscript.sentences.all()[sentence.0].block;
    let caption = reading.manuscript.block(block).kind == BlockKind::Caption;
    !caption && (reading.sentences[sentence.0].words.len() >= 6 || in_declarations(reading, sentence))
}

/// `None declared.` is a statement.
fn in_declarations(reading: &Reading<'_>, sentence: SentenceId) -> bool {
    reading.sentences[sentence.0].role == Role::Declarations
}

/// Whether the learned model may speak for a sentence: it is a statement, and has what the part's
/// model asks for.
pub(super) fn is_heard(reading: &Reading<'_>, part: &Part, sentence: SentenceId) -> bool {
    let here = &reading.sentences[sentence.0];
    let has = |term: &TermId| here.terms.contains(*term);
    is_statement(reading, sentence)
        && here.numbers >= part.least_numbers
        && (part.gate.is_empty() || part.gate.iter().any(has))
        && !part.silence.iter().any(has)
}

/// The margin that counts, of the one that was learned: where the model may not speak for a sentence
/// it may still speak against it.
pub(super) fn margin(reading: &Reading<'_>, part: &Part, sentence: SentenceId, learned: Option<f32>) -> Option<f32> {
    let heard = |m: f32| if is_heard(reading, part, sentence) { m } else { m.min(-1.0) };
    learned.filter(|_| part.learn).map(heard)
}

/// What the place of a sentence does to the weight of evidence, 0 to 1.
pub(super) fn place_weight(reading: &Reading<'_>, part: &Part, sentence: SentenceId, stage: Stage) -> f32 {
    let role = reading.sentences[sentence.0].role;
    if part.home.contains(&role) {
        1.0
    } else if role == Role::Abstract {
        // An abstract on its own can say it nowhere else.
        if stage == Stage::Abstract { 1.0 } else { part.abstract_weight }
    } else {
        part.elsewhere_weight
    }
}

/// The same for a cue: one that names its sections weighs full in them.
pub(super) fn place_weight_of_cue(reading: &Reading<'_>, cue: &Cue, sentence: SentenceId, place: f32) -> f32 {
    let role = reading.sentences[sentence.0].role;
    if cue.sections.contains(&role) && role != Role::Abstract { 1.0 } else { place }
}

/// What a model that is sure of the contrary takes off a cue.
pub(super) fn doubt(margin: f32) -> f32 {
    (-margin - 0.3).clamp(0.0, 1.0) * 0.4
}

/// The score of a sentence, however low; `None` where neither cue nor model has a say.
pub(super) fn score(
    reading: &Reading<'_>,
    rules: &RuleSet,
    part: &Part,
    sentence: SentenceId,
    margin: Option<f32>,
    stage: Stage,
) -> Option<PartScore> {
    let best = cue::loudest_of(reading, rules, part, sentence, stage);
    score_with(reading, part, sentence, best, margin, stage)
}

/// The same, where it is known which cue is the loudest that holds.
fn score_with(
    reading: &Reading<'_>,
    part: &Part,
    sentence: SentenceId,
    best: Option<usize>,
    margin: Option<f32>,
    stage: Stage,
) -> Option<PartScore> {
    if part.own_deed && reading.sentences[sentence.0].others_deed {
        return None;
    }
    let place = place_weight(reading, part, sentence, stage);
    let from_cue = best.map_or(0.0, |b| {
        let cue = &part.cues[b];
        cue.weight * place_weight_of_cue(reading, cue, sentence, place)
    });
    let from_learned = margin.map_or(0.0, |m| part_of_margin(m, place));
    let total = match (margin, best) {
        (None, None) => return None,
        (None, Some(_)) => from_cue,
        (Some(_), None) => from_learned,
        // Either may convince; a model that is sure of the contrary takes some of a cue's weight.
        (Some(m), Some(_)) => {
            let both = 1.0 - (1.0 - from_cue.clamp(0.0, 1.0)) * (1.0 - from_learned.clamp(0.0, 1.0));
            both - doubt(m)
        }
    };
    let score = total - cited(reading, part, sentence);
    Some(PartScore { sentence, score, cue: best, learned: from_learned })
}

/// What a sentence loses because it seems to tell what a cited study did.
pub(super) fn cited(reading: &Reading<'_>, part: &Part, sentence: SentenceId) -> f32 {
    let here = &reading.sentences[sentence.0];
    if part.own_deed && here.citation && !here.own { CITED } else { 0.0 }
}

/// The weight that a margin of the learned model has: 0.5 at the threshold that training set,
/// 0 one unit below it, 1 one unit above.
fn part_of_margin(margin: f32, place: f32) -> f32 {
    (0.5 + margin * 0.5).clamp(0.0, 1.0) * place
}

/// The verdicts on the rules of a standard, in the order of its items.
pub fn judge(reading: &Reading<'_>, rules: &RuleSet, wanted: &[Rule], stage: Stage, facts: Facts) -> Vec<ItemVerdict> {
    judge_scored(reading, rules, wanted, stage, facts, &score_parts(reading, rules, wanted, stage))
}

/// The same, of sentences that are scored already.
pub fn judge_scored(
    reading: &Reading<'_>,
    rules: &RuleSet,
    wanted: &[Rule],
    stage: Stage,
    facts: Facts,
    scores: &[PartScores],
) -> Vec<ItemVerdict> {
    wanted.iter().map(|rule| judge_rule(reading, rules, rule, stage, facts, scores)).collect()
}

fn judge_rule(
    reading: &Reading<'_>,
    rules: &RuleSet,
    rule: &Rule,
    stage: Stage,
    facts: Facts,
    scores: &[PartScores],
) -> ItemVerdict {
    let mut item = ItemVerdict {
        code: rule.code.clone(),
        verdict: Verdict::NotApplicable,
        lacks: Vec::new(),
        evidence: Vec::new(),
        near_misses: Vec::new(),
        pointer: None,
        reason: None,
    };
    if rule.stages.get(&stage).copied().unwrap_or(Demand::Required) == Demand::NotApplicable {
        item.reason = Some(stage.not_asked());
        return item;
    }
    let mut satisfied_required = 0;
    let mut required = 0;
    let mut alternative: Option<bool> = None;
    let mut alternatives = Vec::new();
    let mut partial = false;
    let mut weak = false;
    let mut sure = false;
    // How certain it is that nothing of the item is there; it counts where the manuscript is judged as a whole.
    let mut nothing = 1.0;
    let mut as_a_whole = false;
    let borne_out = bear_out(rule, scores);
    for wanted in &rule.parts {
        if !wanted.stages.is_empty() && !wanted.stages.contains(&stage) {
            continue;
        }
        let part = rules.part(wanted.part);
        let scores = &scores[wanted.part.0];
        let list = &scores.sentences;
        let over: Vec<&PartScore> = scores.over(part).collect();
        let by_configurations = wanted.configurations.is_some_and(|least| facts.configurations >= least);
        let certainty = certainty_of(wanted, scores, borne_out);
        let satisfied = is_found(certainty, over.len() >= wanted.sentences || by_configurations);
        nothing *= 1.0 - certainty.unwrap_or(if satisfied { 1.0 } else { 0.0 });
        as_a_whole |= certainty.is_some();
        let evidence = |score: &PartScore| evidence(wanted.part, score);
        if satisfied {
            // An abstract says little of anything.
            let abstracted = |score: &PartScore| reading.sentences[score.sentence.0].role == Role::Abstract;
            sure |= over.iter().any(|score| score.score >= SURE_ALONE || abstracted(score));
            // What convinces as a whole may be over the threshold nowhere.
            let fewest = usize::from(certainty.is_some());
            item.evidence.extend(list.iter().take(over.len().clamp(fewest, 3)).map(evidence));
        } else {
            let hints = list.iter().filter(|s| s.score >= part.unclear);
            item.near_misses.extend(hints.clone().take(2).map(evidence));
            weak |= hints.count() > 0 && wanted.counts != Counts::Partial;
        }
        match wanted.counts {
            Counts::Required => {
                required += 1;
                satisfied_required += usize::from(satisfied);
                if !satisfied {
                    item.lacks.push(wanted.part);
                }
            }
            Counts::Alternative => {
                alternative = Some(alternative.unwrap_or(false) || satisfied);
                alternatives.push(wanted.part);
            }
            Counts::Partial => partial |= satisfied,
        }
    }
    if let Some(found) = alternative {
        required += 1;
        satisfied_required += usize::from(found);
        if !found {
            item.lacks.extend(alternatives.first());
        }
    }
    item.verdict = if satisfied_required == required && required > 0 {
        Verdict::Reported
    } else if as_a_whole {
        match (nothing >= certainty::NOTHING, satisfied_required > 0 || partial) {
            (true, _) => Verdict::NotFound,
            (false, true) => Verdict::Partial,
            (false, false) => Verdict::Unclear,
        }
    } else if satisfied_required > 0 || partial {
        Verdict::Partial
    } else if weak {
        Verdict::Unclear
    } else {
        Verdict::NotFound
    };
    if item.verdict == Verdict::Unclear && item.near_misses.is_empty() && item.evidence.is_empty() {
        // Faint sentences can leave a doubt together; the best of them says where to look.
        let best = rule.parts.iter().filter_map(|wanted| Some((wanted.part, scores[wanted.part.0].sentences.first()?)));
        let best = best.max_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
        item.near_misses.extend(best.map(|(part, score)| evidence(part, score)));
    }
    if item.verdict != Verdict::Reported {
        item.pointer = pointer_for(reading, &item.near_misses, &item.evidence);
        if item.pointer.is_some() && item.verdict == Verdict::Unclear {
            item.verdict = Verdict::Partial;
        }
        if item.pointer.is_none() && item.verdict == Verdict::Partial && !as_a_whole && !sure {
            item.verdict = Verdict::NotFound;
        }
        if item.verdict == Verdict::NotFound {
            item.near_misses.append(&mut item.evidence);
        }
    }
    item
}

/// A sentence with this score, of which the learned model alone gives so much, proves a part whatever the rest of
/// the manuscript is like: short papers say plainly once what others say three times.
const PROOF: f32 = 0.95;
const PROOF_LEARNED: f32 = 0.5;

/// Sentences for which a cue holds, with this score, of which the learned model alone gives so much, prove the parts
/// of an item if they do so for two that it requires: `We searched A and B from 2001 on, and followed references`.
const PLAIN: f32 = 0.85;
const PLAIN_LEARNED: f32 = 0.2;

/// Whether a sentence says a part plainly.
fn is_plain(scores: &PartScores) -> bool {
    scores.sentences.iter().any(|s| s.cue.is_some() && s.score >= PLAIN && s.learned >= PLAIN_LEARNED)
}

/// Whether two parts that a rule requires are said plainly, so that each bears the other out.
pub(super) fn bear_out(rule: &Rule, scores: &[PartScores]) -> bool {
    let required = rule.parts.iter().filter(|wanted| wanted.counts == Counts::Required);
    required.filter(|wanted| is_plain(&scores[wanted.part.0])).count() >= 2
}

/// How certain a whole manuscript makes a part that a rule asks for, where one sentence suffices; nothing is
/// certain of which there is nothing to be shown.
///
/// `borne_out`: other parts of the rule bear out what is said plainly of this one.
pub(super) fn certainty_of(wanted: &RulePart, scores: &PartScores, borne_out: bool) -> Option<f32> {
    let one_suffices = wanted.sentences == 1 && wanted.configurations.is_none();
    let certainty = scores.certainty.filter(|_| one_suffices)?;
    let proves = |s: &&PartScore| s.score >= PROOF && s.learned >= PROOF_LEARNED;
    let proof = scores.sentences.iter().find(proves);
    match (proof, scores.sentences.is_empty()) {
        (Some(proof), _) => Some(certainty.max(proof.score.min(1.0))),
        (None, false) if borne_out && is_plain(scores) => Some(certainty.max(scores.sentences[0].score.min(1.0))),
        (None, true) => Some(0.0),
        (None, false) => Some(certainty),
    }
}

/// A sentence among the near misses that points to a supplement.
fn pointer_for(reading: &Reading<'_>, near: &[Evidence], found: &[Evidence]) -> Option<SentenceId> {
    near.iter().chain(found).map(|e| e.sentence).find(|s| reading.sentences[s.0].pointer)
}

fn evidence(part: PartId, score: &PartScore) -> Evidence {
    let PartScore { sentence, score, cue, learned } = *score;
    Evidence { part, sentence, confidence: score.clamp(0.0, 1.0), cue, learned }
}

/// What spoke for a part: a cue as written, or the words that the learned model weighed.
pub fn because(reading: &Reading<'_>, rules: &RuleSet, evidence: &Evidence) -> String {
    let part = rules.part(evidence.part);
    let mut reasons = Vec::new();
    if let Some(cue) = evidence.cue {
        reasons.push(format!("cue {} (weight {})", part.cues[cue].shown, part.cues[cue].weight));
    }
    if evidence.learned > 0.0 && part.learn {
        let words = rules.learned.deciding(reading, evidence.part, evidence.sentence, 4);
        reasons.push(format!("learned {:.2}: {}", evidence.learned, words.join(", ")));
    }
    reasons.join("; ")
}
