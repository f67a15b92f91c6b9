//! How well learned cues know sentences that they haven't learned from: a third of the sentence bank
//! is held out, the rest is learned from in memory, and the third is judged.

use rayon::prelude::*;

use super::features::hash_of;
use super::learned::Model;
use super::train::{Lesson, Trainer, manuscript_of};
use super::{PartId, Reading, RuleSet};

/// How the model of one part did on held-out sentences. Shares are hits of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOut {
    /// The part.
    pub part: PartId,
    /// Of the sentences that satisfy the part.
    pub satisfying: Share,
    /// Of the near misses that its bank lists: those above the threshold are false.
    pub near_misses: Share,
    /// Of the satisfying sentences of other parts that don't overlap with it: likewise.
    pub others: Share,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Those above the threshold.
    pub above: usize,
    /// All.
    pub all: usize,
}

impl Share {
    fn count(&mut self, above: bool) {
        self.all += 1;
        self.above += usize::from(above);
    }

    /// From 0 to 1; `None` of nothing.
    pub fn rate(self) -> Option<f64> {
        (self.all > 0).then(|| self.above as f64 / self.all as f64)
    }
}

/// Whether a sentence is of the third that is held out. Its own words decide, so that the third stays
/// the same when sentences are added, and one that stands in two files is on the same side in both.
fn is_held_out(lesson: &Lesson) -> bool {
    hash_of(&lesson.text).is_multiple_of(3)
}

/// Learns from two thirds of `bank` and from all of `others`, and judges the last third of `bank`
/// by the models alone: hand-written cues have no say. `overlaps` and `wanted` are as in [`Trainer`]. Gives the
/// parts in the order of the rules; parts that could not be learned are left out.
pub fn hold_out(
    rules: &RuleSet,
    bank: Vec<Lesson>,
    others: Vec<Lesson>,
    overlaps: &[Vec<PartId>],
    wanted: &[PartId],
) -> Vec<HeldOut> {
    let (held, mut learned_from): (Vec<Lesson>, Vec<Lesson>) = bank.into_iter().partition(is_held_out);
    learned_from.extend(others);
    let trained = Trainer::new(rules, &learned_from, overlaps).train(wanted);
    let mut files: Vec<Option<&str>> = vec![None; rules.parts.len()];
    for part in &trained {
        files[part.part.0] = Some(&part.file);
    }
    let model = Model::load(&files, &rules.matcher);
    // For each held-out lesson, the best margin of its sentences for each part.
    let margins: Vec<Vec<Option<f32>>> = held
        .par_iter()
        .map(|lesson| {
            let manuscript = manuscript_of(&lesson.text, lesson.place, rules);
            let reading = Reading::new(&manuscript, rules);
            let scores = model.scores(&reading);
            let best = |part| {
                let all = (0..reading.sentences.len()).map(crate::manuscript::SentenceId);
                all.filter_map(|sentence| scores.margin(PartId(part), sentence)).max_by(f32::total_cmp)
            };
            (0..rules.parts.len()).map(best).collect()
        })
        .collect();
    trained
        .iter()
        .map(|t| {
            let part = t.part;
            let mut result =
                HeldOut { part, satisfying: Share::default(), near_misses: Share::default(), others: Share::default() };
            for (lesson, margins) in held.iter().zip(&margins) {
                let above = margins[part.0].is_some_and(|margin| margin >= 0.0);
                match &lesson.fails {
                    Some(fails) if fails.contains(&part) => result.near_misses.count(above),
                    Some(_) => {}
                    None if lesson.satisfies.contains(&part) => result.satisfying.count(above),
                    None if lesson.satisfies.iter().any(|p| overlaps[part.0].contains(p)) => {}
                    None => result.others.count(above),
                }
            }
            result
        })
        .collect()
}
