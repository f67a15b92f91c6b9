//! What a verdict is made of: for each part of a rule its best sentence, the cues that hold for it,
//! the words that the learned model weighed, and the score against the threshold.
//!
//! The engine keeps only what it needs to judge; this goes over the sentences again, for those who
//! ask why.

use super::engine::{self, Facts, PartScores};
use super::{Counts, Demand, Part, PartId, Reading, Rule, RuleSet, cue};
use crate::manuscript::SentenceId;
use crate::standard::Stage;

/// Why a part of a rule was found, or how near it came.
#[derive(Debug, Clone, PartialEq)]
pub struct PartGrounds {
    /// The part.
    pub part: PartId,
    /// What it counts for.
    pub counts: Counts,
    /// Whether it was found.
    pub found: bool,
    /// How many configurations there are, where these satisfy the part.
    pub by_configurations: Option<usize>,
    /// How certain the manuscript as a whole makes it, 0 to 1, where that decides.
    pub certainty: Option<f32>,
    /// The score from which on a sentence satisfies it.
    pub threshold: f32,
    /// Sentences that satisfy it.
    pub sentences: usize,
    /// How many must.
    pub wanted: usize,
    /// The best sentence, however low its score; `None` where none has a score above 0.
    pub best: Option<SentenceGrounds>,
}

/// What the score of a sentence is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceGrounds {
    /// The sentence.
    pub sentence: SentenceId,
    /// Its score.
    pub score: f32,
    /// Every cue that holds, the strongest first; the first one counts.
    pub cues: Vec<CueGrounds>,
    /// What the learned model made of it; `None` where the part has none.
    pub learned: Option<LearnedGrounds>,
    /// What the model took off the cue.
    pub doubt: f32,
    /// What it loses because it seems to tell what a cited study did.
    pub cited: f32,
    /// What other sentences of the paragraph added.
    pub shared: f32,
}

/// A cue that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct CueGrounds {
    /// As its author wrote it.
    pub shown: String,
    /// Its weight.
    pub weight: f32,
    /// What the place of the sentence does to it, 0 to 1.
    pub place: f32,
}

/// What the learned model made of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedGrounds {
    /// What it adds to the score.
    pub score: f32,
    /// How far the sentence lies above the model's threshold.
    pub margin: f32,
    /// Whether the model may speak for the sentence.
    pub heard: bool,
    /// What the place of the sentence does to it, 0 to 1.
    pub place: f32,
    /// Weights and readable features: the loudest for the part first, the loudest against it last.
    pub features: Vec<(f32, String)>,
}

/// Features named on each side.
const MOST_FEATURES: usize = 5;

/// The grounds of the verdicts on some rules: one list a rule, in their order; one entry a part that
/// is asked for at this stage. Empty for rules that don't apply. `judged`: what [`engine::score_parts`] gave for them.
pub fn grounds(
    reading: &Reading<'_>,
    rules: &RuleSet,
    wanted: &[Rule],
    stage: Stage,
    facts: Facts,
    judged: &[PartScores],
) -> Vec<Vec<PartGrounds>> {
    let margins = rules.learned.scores(reading);
    let of_part = |wanted: &super::RulePart, borne_out: bool| {
        let part = rules.part(wanted.part);
        let margin = |sentence| engine::margin(reading, part, sentence, margins.margin(wanted.part, sentence));
        let alone: Vec<engine::PartScore> = (0..reading.sentences.len())
            .map(SentenceId)
            .filter(|sentence| engine::bears_evidence(reading, *sentence))
            .filter_map(|sentence| engine::score(reading, rules, part, sentence, margin(sentence), stage))
            .filter(|score| score.score >= engine::FAINTEST)
            .collect();
        let mut scores = alone.clone();
        engine::share_within_paragraphs(reading, &mut scores);
        let sentences = scores.iter().filter(|s| s.score >= part.threshold).count();
        let mut best: Option<(engine::PartScore, f32)> = None;
        for (score, alone) in scores.iter().zip(&alone) {
            if score.score > best.map_or(0.0, |(b, _)| b.score) {
                best = Some((*score, score.score - alone.score));
            }
        }
        let enough = wanted.configurations.is_some_and(|least| facts.configurations >= least);
        let certainty = engine::certainty_of(wanted, &judged[wanted.part.0], borne_out);
        PartGrounds {
            part: wanted.part,
            counts: wanted.counts,
            found: engine::is_found(certainty, sentences >= wanted.sentences || enough),
            by_configurations: enough.then_some(facts.configurations),
            certainty,
            threshold: part.threshold,
            sentences,
            wanted: wanted.sentences,
            best: best.map(|(score, shared)| SentenceGrounds {
                shared,
                ..sentence_grounds(reading, rules, part, wanted.part, &score, margin(score.sentence), stage)
            }),
        }
    };
    let applies = |rule: &Rule| rule.stages.get(&stage) != Some(&Demand::NotApplicable);
    let of_rule = |rule: &Rule| {
        let asked = rule.parts.iter().filter(|p| p.stages.is_empty() || p.stages.contains(&stage));
        let borne_out = engine::bear_out(rule, judged);
        asked.filter(|_| applies(rule)).map(|part| of_part(part, borne_out)).collect()
    };
    wanted.iter().map(of_rule).collect()
}

fn sentence_grounds(
    reading: &Reading<'_>,
    rules: &RuleSet,
    part: &Part,
    id: PartId,
    score: &engine::PartScore,
    margin: Option<f32>,
    stage: Stage,
) -> SentenceGrounds {
    let sentence = score.sentence;
    let place = engine::place_weight(reading, part, sentence, stage);
    let mut cues: Vec<CueGrounds> = part
        .cues
        .iter()
        .filter(|cue| cue::holds(reading, rules, cue, sentence, stage))
        .map(|cue| CueGrounds {
            shown: cue.shown.clone(),
            weight: cue.weight,
            place: engine::place_weight_of_cue(reading, cue, sentence, place),
        })
        .collect();
    cues.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let learned = margin.map(|margin| {
        let mut features = rules.learned.weighed(reading, id, sentence);
        let positive = features.iter().take_while(|(weight, _)| *weight > 0.0).count();
        let against = positive.max(features.len().saturating_sub(MOST_FEATURES));
        features.drain(positive.min(MOST_FEATURES)..against);
        LearnedGrounds {
            score: score.learned,
            margin,
            heard: engine::is_heard(reading, part, sentence),
            place,
            features,
        }
    });
    let doubt = margin.filter(|_| score.cue.is_some()).map_or(0.0, engine::doubt);
    let cited = engine::cited(reading, part, sentence);
    SentenceGrounds { sentence, score: score.score, cues, learned, doubt, cited, shared: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::Role;
    use crate::rule::train::manuscript_of;
    use crate::rule::{certainty, load};

    fn judged(
        reading: &Reading<'_>,
        rules: &RuleSet,
        wanted: &[Rule],
        stage: Stage,
        facts: Facts,
    ) -> Vec<Vec<PartGrounds>> {
        let scores = engine::score_parts(reading, rules, wanted, stage);
        grounds(reading, rules, wanted, stage, facts, &scores)
    }

    /// What is said of the parts is what the verdicts rest on.
    #[test]
    fn grounds_agree_with_verdicts() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = "We searched MEDLINE and Scopus from 2001 to May 2020 with terms for respite and carers. \
            Documents were included if they described respite for carers of people with dementia. \
            Two of us judged each document for its relevance to the programme theory. \
            Nothing else was done.";
        let manuscript = manuscript_of(text, Role::Methods, &rules);
        let reading = Reading::new(&manuscript, &rules);
        let facts = Facts::default();
        let mut found = 0;
        for wanted in &rules.rules {
            let verdicts = engine::judge(&reading, &rules, wanted, Stage::Report, facts);
            let grounds = judged(&reading, &rules, wanted, Stage::Report, facts);
            assert_eq!(verdicts.len(), grounds.len());
            for (verdict, grounds) in verdicts.iter().zip(&grounds) {
                for part in grounds {
                    let evidence: Vec<_> = verdict.evidence.iter().filter(|e| e.part == part.part).collect();
                    assert_eq!(part.found, !evidence.is_empty(), "{}", verdict.code);
                    let Some(best) = &part.best else { continue };
                    assert_eq!(part.sentences >= part.wanted, part.found, "{}", verdict.code);
                    if let Some(first) = evidence.first() {
                        found += 1;
                        assert_eq!((first.sentence, first.confidence), (best.sentence, best.score.clamp(0.0, 1.0)));
                        assert!(best.score >= part.threshold);
                    }
                    assert_made_of(best);
                }
            }
        }
        assert!(found > 5, "{found}");
    }

    /// A whole manuscript is judged by what its sentences make certain together; an excerpt isn't.
    #[test]
    fn grounds_agree_with_verdicts_on_a_whole_manuscript() {
        let rules = load::shipped().expect("the shipped rules load");
        let told = "We searched MEDLINE and Scopus from 2001 to May 2020 with terms for respite and carers. \
            Documents were included if they described respite for carers of people with dementia. \
            Two of us judged each document for its relevance to the programme theory. ";
        let filling = "The village lies by a lake where herons stand in the reeds all winter. ";
        let text = told.to_owned() + &filling.repeat(certainty::FEWEST_SENTENCES);
        let manuscript = manuscript_of(&text, Role::Methods, &rules);
        let reading = Reading::new(&manuscript, &rules);
        let facts = Facts::default();
        let wanted = rules.standard("rameses-synthesis").expect("it ships").1;
        let verdicts = engine::judge(&reading, &rules, wanted, Stage::Report, facts);
        let all = judged(&reading, &rules, wanted, Stage::Report, facts);
        let (mut certain, mut uncertain) = (0, 0);
        for (verdict, grounds) in verdicts.iter().zip(&all) {
            for part in grounds {
                let Some(certainty) = part.certainty else { continue };
                assert_eq!(part.found, certainty >= certainty::CERTAIN, "{}", verdict.code);
                let shown = verdict.evidence.iter().any(|e| e.part == part.part);
                assert_eq!(
                    part.found && verdict.verdict != crate::verdict::Verdict::NotFound,
                    shown,
                    "{}",
                    verdict.code
                );
                if part.found { certain += 1 } else { uncertain += 1 }
            }
        }
        assert!(certain > 1 && uncertain > 10, "{certain} {uncertain}");
        let search = verdicts.iter().find(|v| v.code == "RS08").expect("it is judged");
        assert!(!search.evidence.is_empty(), "{search:?}");
        for stage in [Stage::Protocol, Stage::Abstract] {
            let all = judged(&reading, &rules, wanted, stage, facts);
            assert!(all.iter().flatten().all(|part| part.certainty.is_none()));
        }
        let excerpt = manuscript_of(told, Role::Methods, &rules);
        let reading = Reading::new(&excerpt, &rules);
        let all = judged(&reading, &rules, wanted, Stage::Report, facts);
        assert!(all.iter().flatten().all(|part| part.certainty.is_none()));
    }

    /// The score follows from what is shown.
    fn assert_made_of(best: &SentenceGrounds) {
        let cue = best.cues.first().map(|cue| cue.weight * cue.place);
        let learned = best.learned.as_ref().map(|learned| {
            let margin = if learned.heard { learned.margin } else { learned.margin.min(-1.0) };
            (0.5 + margin * 0.5).clamp(0.0, 1.0) * learned.place
        });
        let score = match (cue, learned) {
            (Some(cue), Some(learned)) => 1.0 - (1.0 - cue.clamp(0.0, 1.0)) * (1.0 - learned) - best.doubt,
            (cue, learned) => cue.or(learned).unwrap_or_default(),
        };
        let score = score - best.cited + best.shared;
        assert!((score - best.score).abs() < 1e-4, "{score} {best:?}");
        if let Some(learned) = &best.learned {
            assert!(learned.features.len() <= 2 * MOST_FEATURES);
            assert!(learned.features.is_sorted_by(|a, b| a.0 >= b.0), "{learned:?}");
        }
    }
}
