//! How certain a whole manuscript makes it that a part is there: its best sentences taken together.
//!
//! A sentence that sounds like evidence is strong proof in an excerpt of ten lines and weaker proof in a
//! paper of three hundred sentences, of which chance alone brings some near any threshold; and two
//! sentences that both come near say more than one. How much more was learned from manuscripts with
//! known truth, each of them judged by weights that never saw it: a logistic model over a few signals for
//! each part, in `learned/certainty.tsv`.

use super::engine::PartScore;

/// A manuscript of fewer sentences is an excerpt: each sentence is judged by itself. What was learned comes from
/// manuscripts of 105 sentences and more.
pub const FEWEST_SENTENCES: usize = 100;

/// How certain a part must be, so that it counts as found. This and [`NOTHING`] were set on manuscripts of
/// `tests/gold/tune`, each judged by weights that never saw it.
pub const CERTAIN: f32 = 0.6;

/// How certain it must be that nothing of an item is there, so that the item is not found.
pub const NOTHING: f32 = 0.2;

/// Weights in the file are thousandths.
const SCALE: f64 = 1000.0;

/// Learned margins farther from their threshold than this say no more.
const WIDEST_MARGIN: f32 = 2.0;

/// What a manuscript says of a part, in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals([f32; Signals::NAMES.len()]);

impl Signals {
    /// What the weight file calls them: the three best scores, the two best learned margins, and the weight of
    /// the strongest cue that holds anywhere.
    pub const NAMES: [&'static str; 6] = ["best", "second", "third", "margin", "second-margin", "cue"];

    /// `scores`: those of the part, the best first. `margins`: the learned margins of all sentences, in any
    /// order. `cue` gives the weight of a cue of the part.
    pub fn new(scores: &[PartScore], margins: impl Iterator<Item = f32>, cue: impl Fn(usize) -> f32) -> Self {
        let score = |index: usize| scores.get(index).map_or(0.0, |s| s.score);
        let (mut first, mut second) = (-WIDEST_MARGIN, -WIDEST_MARGIN);
        for margin in margins {
            if margin > first {
                second = first;
                first = margin;
            } else if margin > second {
                second = margin;
            }
        }
        let cue = scores.iter().filter_map(|s| s.cue).map(cue).fold(0.0, f32::max);
        Self([score(0), score(1), score(2), first.min(WIDEST_MARGIN), second.min(WIDEST_MARGIN), cue])
    }
}

/// The learned weights of the signals, by part.
#[derive(Debug, Clone, Default)]
pub struct Certainty {
    /// For each part the bias and the weights of the signals, in thousandths; `None` where nothing was learned.
    parts: Vec<Option<Weights>>,
}

type Weights = [i32; Signals::NAMES.len() + 1];

/// The shipped weights.
static SHIPPED: &str = include_str!("../../rules/learned/certainty.tsv");

impl Certainty {
    /// The shipped weights. `parts` are the ids of the rule set's parts in order.
    pub(super) fn shipped(parts: &[&str]) -> Self {
        Self::load(SHIPPED, parts)
    }

    /// Takes a weight file: lines `part<TAB>signal<TAB>thousandths`, `bias` among the signals, `#` comments.
    /// Parts and signals that nobody knows are passed over; [`mistake_in`] finds them.
    pub(super) fn load(file: &str, parts: &[&str]) -> Self {
        let mut weights: Vec<Option<Weights>> = vec![None; parts.len()];
        for (part, signal, weight) in lines(file).flatten() {
            let part = parts.iter().position(|id| *id == part);
            if let (Some(part), Some(signal)) = (part, position_of(signal)) {
                weights[part].get_or_insert_default()[signal] = weight;
            }
        }
        Self { parts: weights }
    }

    /// From 0 to 1, how certain the signals make a part; `None` where nothing was learned of it.
    pub fn of(&self, part: super::PartId, signals: &Signals) -> Option<f32> {
        let [bias, weights @ ..] = self.parts.get(part.0)?.as_ref()?;
        let sum: f64 = weights.iter().zip(signals.0).map(|(w, s)| f64::from(*w) * f64::from(s)).sum();
        Some(chance((f64::from(*bias) + sum) / SCALE) as f32)
    }
}

/// The place of a signal among the weights of a part: the bias first.
fn position_of(signal: &str) -> Option<usize> {
    let names = std::iter::once("bias").chain(Signals::NAMES);
    names.enumerate().find(|(_, name)| *name == signal).map(|(index, _)| index)
}

/// The lines of a weight file that are no comments; `None` for one of another form.
fn lines(file: &str) -> impl Iterator<Item = Option<(&str, &str, i32)>> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let mut columns = line.split('\t');
        let (part, signal, weight) = (columns.next()?, columns.next()?, columns.next()?.parse().ok()?);
        columns.next().is_none().then_some((part, signal, weight))
    })
}

/// The first line of a weight file that can't be one, as bytes, and what is wrong with it.
pub(super) fn mistake_in(file: &str, parts: &[&str]) -> Option<(std::ops::Range<usize>, String)> {
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        let wrong = match lines(text).next() {
            Some(None) => Some("a line of weights is no part, tab, signal, tab and whole number".to_owned()),
            Some(Some((part, _, _))) if !parts.contains(&part) => Some(format!("there is no part `{part}`")),
            Some(Some((_, signal, _))) if position_of(signal).is_none() => {
                Some(format!("there is no signal `{signal}`; there are: bias, {}", Signals::NAMES.join(", ")))
            }
            _ => None,
        };
        if let Some(message) = wrong {
            return Some((at..at + text.len(), message));
        }
        at += line.len();
    }
    None
}

/// The logistic function, which `libm` computes alike on every machine.
fn chance(sum: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-sum))
}

/// Of fewer manuscripts nothing is learned.
const FEWEST_MANUSCRIPTS: usize = 15;
/// And of fewer than these that satisfy the part, or of fewer that don't.
const FEWEST_SATISFYING: usize = 5;
const FEWEST_OTHERS: usize = 3;
/// Passes over the weights; most parts settle in a tenth of them.
const PASSES: usize = 1000;
/// A pass that changes no weight by more than this is the last.
const SETTLED: f64 = 1e-6;
/// What large weights cost.
const COST: f64 = 1.0;

/// What a manuscript, whole or with some sentences left out, taught of a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Taught {
    /// What it says of the part.
    pub signals: Signals,
    /// Whether it satisfies the part.
    pub satisfied: bool,
    /// How much it counts: 1 for a manuscript as it is.
    pub weight: f64,
}

/// The text of `learned/certainty.tsv`: the weights of parts, `taught` by manuscripts and named by `id`.
pub fn train<'a>(parts: impl Iterator<Item = (&'a str, Vec<Taught>)>) -> String {
    let mut file = "# how certain the best sentences of a manuscript make a part: weights in thousandths, \
        made by `realint rules train`; don't edit\n"
        .to_owned();
    for (id, taught) in parts {
        let whole = taught.iter().filter(|t| t.weight >= 1.0);
        let satisfying = whole.clone().filter(|t| t.satisfied).count();
        let all = whole.count();
        if all < FEWEST_MANUSCRIPTS || satisfying < FEWEST_SATISFYING || all - satisfying < FEWEST_OTHERS {
            continue;
        }
        for (signal, weight) in std::iter::once("bias").chain(Signals::NAMES).zip(fit(&taught)) {
            file.push_str(&format!("{id}\t{signal}\t{}\n", (weight * SCALE).round() as i32));
        }
    }
    file
}

const WIDTH: usize = Signals::NAMES.len() + 1;

/// A logistic regression with a cost on large weights, by coordinate descent. Only the bias may be negative and
/// costs nothing: a sentence that speaks for a part never makes it less certain.
fn fit(taught: &[Taught]) -> [f64; WIDTH] {
    let rows: Vec<[f64; WIDTH]> = taught.iter().map(|t| row_of(&t.signals)).collect();
    let mut weights = [0.0; WIDTH];
    let mut sums = vec![0.0; rows.len()];
    // The loss bends no more than this along a weight, so that no step leads too far.
    let bend = |index: usize| rows.iter().zip(taught).map(|(row, t)| t.weight * row[index] * row[index] / 4.0).sum();
    let bends: [f64; WIDTH] = std::array::from_fn(bend);
    for _ in 0..PASSES {
        let mut farthest: f64 = 0.0;
        for index in 0..WIDTH {
            let cost = if index == 0 { 0.0 } else { COST };
            let error = |(sum, t): (&f64, &Taught)| t.weight * (chance(*sum) - f64::from(u8::from(t.satisfied)));
            let errors = sums.iter().zip(taught).map(error).zip(&rows).map(|(error, row)| error * row[index]);
            let slope = errors.sum::<f64>() + cost * weights[index];
            let free = weights[index] - slope / (bends[index] + cost).max(1e-9);
            let next = if index == 0 { free } else { free.max(0.0) };
            let step = next - weights[index];
            weights[index] = next;
            sums.iter_mut().zip(&rows).for_each(|(sum, row)| *sum += step * row[index]);
            farthest = farthest.max(step.abs());
        }
        if farthest < SETTLED {
            break;
        }
    }
    weights
}

/// The bias, then the signals.
fn row_of(signals: &Signals) -> [f64; WIDTH] {
    let mut row = [1.0; WIDTH];
    row[1..].iter_mut().zip(signals.0).for_each(|(value, signal)| *value = f64::from(signal));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{Role, SentenceId};
    use crate::rule::engine::{self, PartScores, WholeScores};
    use crate::rule::train::manuscript_of;
    use crate::rule::{Counts, PartId, Reading, Rule, RulePart, load};
    use crate::standard::Stage;
    use crate::verdict::Verdict;

    fn signals(best: f32, margin: f32) -> Signals {
        let score = PartScore { sentence: SentenceId(0), score: best, cue: None, learned: 0.0 };
        Signals::new(&[score], [margin, -1.5].into_iter(), |_| 0.0)
    }

    #[test]
    fn signals_are_the_best_of_a_manuscript() {
        let score = |score: f32, cue: Option<usize>| PartScore { sentence: SentenceId(0), score, cue, learned: 0.0 };
        let scores = [score(0.9, None), score(0.6, Some(1)), score(0.2, Some(0)), score(0.1, None)];
        let of = Signals::new(&scores, [-0.5, 3.0, 0.25, -1.0].into_iter(), |cue| [0.7, 0.4][cue]);
        assert_eq!(of, Signals([0.9, 0.6, 0.2, 2.0, 0.25, 0.7]));
        assert_eq!(Signals::new(&[], std::iter::empty(), |_| 1.0), Signals([0.0, 0.0, 0.0, -2.0, -2.0, 0.0]));
    }

    /// What is learned tells the two kinds apart, and the file says the same as the fit.
    #[test]
    fn what_is_learned_is_told_again() {
        let taught: Vec<Taught> = (0..40)
            .map(|n| {
                let satisfied = n % 2 == 0;
                // A fifth is the other way round: nothing is ever quite certain.
                let high = satisfied != (n % 10 < 2);
                let signals = if high { signals(0.9, 1.0) } else { signals(0.3, -0.8) };
                Taught { signals, satisfied, weight: 1.0 }
            })
            .collect();
        let file = train([("few", taught[..10].to_vec()), ("some", taught.clone())].into_iter());
        assert!(!file.contains("few"));
        assert_eq!(mistake_in(&file, &["some"]), None);
        let learned = Certainty::load(&file, &["other", "some"]);
        assert_eq!(learned.of(PartId(0), &taught[0].signals), None);
        let certain = |signals| learned.of(PartId(1), &signals).expect("it was learned");
        assert!((certain(signals(0.9, 1.0)) - 0.8).abs() < 0.05, "{}", certain(signals(0.9, 1.0)));
        assert!((certain(signals(0.3, -0.8)) - 0.2).abs() < 0.05);
        let half = certain(signals(0.6, 0.1));
        assert!((0.4..0.6).contains(&half), "{half}");
    }

    /// Thirty manuscripts of which those with low scores and those with wide margins satisfy a part.
    fn mixed() -> Vec<Taught> {
        let taught = |n: u8| Taught {
            signals: signals(f32::from(n) / 30.0, f32::from(n % 7) / 3.0 - 1.0),
            satisfied: n < 12 || n % 7 > 4,
            weight: if n.is_multiple_of(3) { 1.0 } else { 0.5 },
        };
        (0..30).map(taught).collect()
    }

    /// Where low scores went with the part, they are not held against high ones.
    #[test]
    fn more_evidence_never_makes_a_part_less_certain() {
        let weights = fit(&mixed());
        assert!(weights[1..].iter().all(|w| *w >= 0.0), "{weights:?}");
        assert!(weights[1] < 1e-9 && weights[4] > 0.5, "{weights:?}");
    }

    /// The loss is level along each weight, or rises from nothing on.
    #[test]
    fn a_fit_ends_where_no_step_makes_it_better() {
        let taught = mixed();
        let weights = fit(&taught);
        for (index, weight) in weights.iter().enumerate() {
            let slope = |t: &Taught| {
                let row = row_of(&t.signals);
                let sum: f64 = row.iter().zip(weights).map(|(value, weight)| value * weight).sum();
                t.weight * (chance(sum) - f64::from(u8::from(t.satisfied))) * row[index]
            };
            let cost = if index == 0 { 0.0 } else { COST * weight };
            let slope = taught.iter().map(slope).sum::<f64>() + cost;
            let at_nothing = index > 0 && *weight < 1e-9;
            assert!(slope > -2e-5 && (at_nothing || slope < 2e-5), "{index}: {slope} {weights:?}");
        }
    }

    /// Manuscripts with sentences left out don't make up for whole ones.
    #[test]
    fn of_few_manuscripts_nothing_is_learned() {
        for (satisfying, others, parts, learned) in
            [(5, 10, 0, true), (12, 3, 0, true), (4, 11, 4, false), (13, 2, 4, false), (5, 9, 4, false)]
        {
            let of = |satisfied: bool, weight: f64| Taught { signals: signals(0.5, 0.5), satisfied, weight };
            let mut taught = vec![of(true, 1.0); satisfying];
            taught.extend(vec![of(false, 1.0); others]);
            taught.extend([vec![of(true, 0.5); parts], vec![of(false, 0.5); parts]].concat());
            let file = train(std::iter::once(("some", taught)));
            assert_eq!(file.contains("some\tbias\t"), learned, "{satisfying} {others} {parts}");
        }
    }

    const HERONS: &str = "The village lies by a lake where herons stand in the reeds all winter. ";

    /// What the weights are learned from is what they judge by, but that sentences may be left out.
    #[test]
    fn manuscripts_teach_what_they_are_judged_by() {
        let rules = load::shipped().expect("the shipped rules load");
        let wanted = rules.standard("rameses-synthesis").expect("it ships").1;
        let text = |sentences: usize| {
            let told = "We searched MEDLINE and Scopus from 2001 to May 2020 with terms for respite and carers. ";
            told.to_owned() + &HERONS.repeat(sentences - 1)
        };
        let whole = |text: &str| {
            let manuscript = manuscript_of(text, Role::Methods, &rules);
            let reading = Reading::new(&manuscript, &rules);
            let judged = engine::score_parts(&reading, &rules, wanted, Stage::Report);
            WholeScores::new(&reading, &rules, &rules.learned, wanted, Stage::Report).map(|scores| (scores, judged))
        };
        assert!(whole(&text(FEWEST_SENTENCES - 1)).is_none());
        let (scores, judged) = whole(&text(FEWEST_SENTENCES)).expect("it is long enough");
        let mut told = 0;
        for (number, judged) in judged.iter().enumerate().filter(|(_, judged)| judged.certainty.is_some()) {
            let (id, part) = (PartId(number), &rules.parts[number]);
            assert_eq!(rules.certainty.of(id, &scores.signals(part, id, |_| true)), judged.certainty, "{}", part.id);
            let nothing = scores.signals(part, id, |_| false);
            assert_eq!(nothing, Signals::new(&[], std::iter::empty(), |_| 1.0), "{}", part.id);
            told += usize::from(!judged.sentences.is_empty());
        }
        assert!(told > 1, "{told}");
    }

    #[test]
    fn a_part_that_is_just_certain_enough_is_found() {
        assert!(engine::is_found(Some(CERTAIN), false));
        assert!(!engine::is_found(Some(CERTAIN - 0.001), true));
        assert!(engine::is_found(None, true) && !engine::is_found(None, false));
    }

    /// A model that is hardly against a sentence takes nothing off a cue, and one that is quite sure not half of it.
    #[test]
    fn doubt_grows_with_how_sure_a_model_is_of_the_contrary() {
        for (margin, doubt) in [(0.5, 0.0), (0.0, 0.0), (-0.3, 0.0), (-0.8, 0.2), (-1.3, 0.4), (-4.0, 0.4)] {
            assert!((engine::doubt(margin) - doubt).abs() < 1e-6, "{margin}: {}", engine::doubt(margin));
        }
    }

    /// A sentence with this score, of which the learned model alone gives so much.
    fn says(score: f32, cue: Option<usize>, learned: f32) -> PartScore {
        PartScore { sentence: SentenceId(0), score, cue, learned }
    }

    const PLAIN: [f32; 2] = [0.85, 0.2];

    /// How certain a part is that a manuscript as a whole makes certain by three tenths. `asked`: how many sentences
    /// and how many configurations satisfy it.
    fn certain(sentences: &[PartScore], borne_out: bool, asked: (usize, Option<usize>)) -> Option<f32> {
        let scores = PartScores { sentences: sentences.to_vec(), certainty: Some(0.3) };
        let (part, counts, stages) = (PartId(0), Counts::Required, Vec::new());
        let wanted = RulePart { part, counts, sentences: asked.0, configurations: asked.1, stages };
        engine::certainty_of(&wanted, &scores, borne_out)
    }

    #[test]
    fn one_sentence_can_prove_a_part() {
        let one = (1, None);
        let proof = says(0.95, None, 0.5);
        assert_eq!(certain(&[proof], false, one), Some(0.95));
        assert_eq!(certain(&[says(1.2, None, 0.5)], false, one), Some(1.0));
        for less in [says(0.94, None, 0.5), says(0.95, Some(0), 0.49)] {
            assert_eq!(certain(&[less], false, one), Some(0.3), "{less:?}");
            assert_eq!(certain(&[less, proof], false, one), Some(0.95), "{less:?}");
        }
        assert_eq!(certain(&[], false, one), Some(0.0));
        // Sentences that must be several, and configurations, are counted.
        for asked in [(2, None), (1, Some(2)), (2, Some(2))] {
            assert_eq!(certain(&[proof], false, asked), None, "{asked:?}");
        }
    }

    #[test]
    fn parts_that_are_said_plainly_bear_each_other_out() {
        let [score, learned] = PLAIN;
        let plain = says(score, Some(0), learned);
        let others = [says(score - 0.01, Some(0), 0.4), says(0.9, None, 0.4), says(0.9, Some(0), learned - 0.01)];
        assert_eq!(certain(&[plain], true, (1, None)), Some(score));
        assert_eq!(certain(&[plain], false, (1, None)), Some(0.3));
        for other in others {
            assert_eq!(certain(&[other], true, (1, None)), Some(0.3), "{other:?}");
        }
        let rules = load::shipped().expect("the shipped rules load");
        let of = rules.standard("rameses-synthesis").expect("it ships").1;
        let mut funding = of.iter().find(|rule| rule.code == "RS19").expect("it ships").clone();
        let borne_out = |rule: &Rule, said: [PartScore; 3]| {
            let mut scores = vec![PartScores::default(); rules.parts.len()];
            for (wanted, said) in rule.parts.iter().zip(said) {
                scores[wanted.part.0].sentences.push(said);
            }
            engine::bear_out(rule, &scores)
        };
        for other in others {
            assert!(!borne_out(&funding, [plain, other, other]), "{other:?}");
            assert!(borne_out(&funding, [plain, other, plain]), "{other:?}");
        }
        assert!(borne_out(&funding, [plain; 3]));
        funding.parts[0].counts = Counts::Partial;
        assert!(!borne_out(&funding, [plain, plain, others[0]]));
    }

    /// Parts that are each half certain are hardly all absent: where to look is said, however faint it is.
    #[test]
    fn an_unclear_item_names_its_best_sentence() {
        let rules = load::shipped().expect("the shipped rules load");
        let of = rules.standard("rameses-synthesis").expect("it ships").1;
        let funding: Vec<Rule> = of.iter().filter(|rule| rule.code == "RS19").cloned().collect();
        let manuscript = manuscript_of("Nothing was said of money. Little was said of it.", Role::Declarations, &rules);
        let reading = Reading::new(&manuscript, &rules);
        let mut scores = vec![PartScores::default(); rules.parts.len()];
        for (number, wanted) in funding[0].parts.iter().enumerate() {
            let faint = PartScore { sentence: SentenceId(number % 2), ..says(0.1 + 0.1 * number as f32, None, 0.1) };
            scores[wanted.part.0] = PartScores { sentences: vec![faint], certainty: Some(0.5) };
        }
        let facts = engine::Facts::default();
        let item = engine::judge_scored(&reading, &rules, &funding, Stage::Report, facts, &scores).remove(0);
        let last = funding[0].parts.len() - 1;
        assert_eq!((item.verdict, item.near_misses.len()), (Verdict::Unclear, 1));
        let near = &item.near_misses[0];
        assert_eq!((near.part, near.sentence), (funding[0].parts[last].part, SentenceId(last % 2)));
    }

    #[test]
    fn mistakes_in_a_file_have_a_place() {
        let file = "# weights\nsome\tbias\t-100\nsome\tbest\tmany\n";
        let (place, message) = mistake_in(file, &["some"]).expect("a mistake");
        assert_eq!(&file[place], "some\tbest\tmany");
        assert!(message.contains("whole number"), "{message}");
        assert!(mistake_in("any\tbias\t1\n", &["some"]).is_some_and(|(_, m)| m.contains("no part `any`")));
        assert!(mistake_in("some\tworst\t1\n", &["some"]).is_some_and(|(_, m)| m.contains("no signal `worst`")));
    }
}
