//! Training of the learned cues: a linear support vector machine with squared hinge loss, by dual
//! coordinate descent in a fixed order (Hsieh et al. 2008, ICML). Only `+ - * /` and square root of
//! doubles are used, so every machine computes the same weights.

use rustc_hash::FxHashMap;

use super::features::{Feature, Named, class_features, each_feature, hash_of, norm};
use super::learned::SCALE;
use super::{Memory, PartId, Reading, RuleSet, Surroundings};
use crate::manuscript::{Block, BlockKind, Draft, Format, Manuscript, Role, each_place_feature};
use crate::source::{PlainText, SourceId, SourceText};
use std::sync::Arc;

/// One sentence to learn from.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The sentence.
    pub text: String,
    /// Where it stands.
    pub place: Role,
    /// The parts that it satisfies.
    pub satisfies: Vec<PartId>,
    /// The parts that it doesn't satisfy; `None` for all others.
    pub fails: Option<Vec<PartId>>,
    /// Parts for which nothing is known of it.
    pub unknown: Vec<PartId>,
    /// How much it counts.
    pub weight: f32,
    /// The known manuscript that it is a sentence of, by its number.
    pub manuscript: Option<usize>,
    /// Whether `place` is sure enough to learn places from.
    pub placed: bool,
    /// Parts that it seems to satisfy and doesn't.
    pub decoy_of: Vec<PartId>,
    /// What surrounds it; nothing, where it comes from no manuscript.
    pub surroundings: Surroundings,
}

/// What training gave for one part.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The part.
    pub part: PartId,
    /// The weight file's text.
    pub file: String,
    /// Share of satisfying sentences above the threshold, out of fold.
    pub recall: f64,
    /// Share of others above it.
    pub false_rate: f64,
    /// How many satisfying and other sentences there were.
    pub counts: (usize, usize),
    /// The other sentences that come nearest to satisfying it, out of fold: mislabelled, or hard.
    pub hardest: Vec<String>,
    /// The score at the threshold, and the distance from it that counts as one.
    scale: (f64, f64),
}

/// Sentences of a bank file: `verdict<TAB>place<TAB>voice<TAB>text`. All are learned from: what is
/// said of unseen sentences comes from the cross-validation in [`Trainer`].
pub fn bank_lessons(part: PartId, file: &str) -> Result<Vec<Lesson>, String> {
    let mut lessons = Vec::new();
    for (number, line) in file.lines().enumerate().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [verdict, place, _voice, text] = fields[..] else {
            return Err(format!("line {}: four columns are wanted", number + 1));
        };
        let place = match place {
            "abstract" => Role::Abstract,
            "introduction" => Role::Introduction,
            "aims" => Role::Aims,
            "methods" => Role::Methods,
            "results" => Role::Results,
            "discussion" => Role::Discussion,
            "conclusion" => Role::Conclusion,
            "declarations" => Role::Declarations,
            other => return Err(format!("line {}: `{other}` is no place", number + 1)),
        };
        let lesson = match verdict {
            "yes" => Lesson {
                text: text.into(),
                place,
                satisfies: vec![part],
                fails: None,
                unknown: Vec::new(),
                weight: 1.0,
                manuscript: None,
                placed: true,
                decoy_of: Vec::new(),
                surroundings: Surroundings::default(),
            },
            "no" => Lesson {
                text: text.into(),
                place,
                satisfies: Vec::new(),
                fails: Some(vec![part]),
                unknown: Vec::new(),
                weight: 1.0,
                manuscript: None,
                placed: true,
                decoy_of: Vec::new(),
                surroundings: Surroundings::default(),
            },
            other => return Err(format!("line {}: `{other}` is neither yes nor no", number + 1)),
        };
        lessons.push(lesson);
    }
    Ok(lessons)
}

/// Learns what the sentences of each part of a paper sound like. Gives the text of `learned/places.tsv`:
/// lines `place<TAB>feature<TAB>weight`.
pub fn train_places(lessons: &[Lesson]) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
    let mut seen: Vec<u32> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut places: Vec<Role> = Vec::new();
    for lesson in lessons.iter().filter(|l| l.placed) {
        let Some(place) = telling_place(lesson.place) else { continue };
        let mut features: Vec<u32> = Vec::new();
        each_place_feature(&lesson.text, |name| {
            let next = names.len() as u32;
            let number = *numbers.entry(name.to_owned()).or_insert_with(|| {
                names.push(name.to_owned());
                next
            });
            features.push(number);
        });
        features.sort_unstable();
        features.dedup();
        seen.resize(names.len(), 0);
        features.iter().for_each(|f| seen[*f as usize] += 1);
        rows.push(Row { norm: f64::from(norm(features.len())), features, fold: 0 });
        places.push(place);
    }
    leave_out_rare(&mut rows, &mut names, &seen, 3);
    let mut file =
        "# what each part of a paper sounds like: weights in thousandths, made by `realint rules train`; don't edit\n"
            .to_owned();
    for place in TELLING {
        let examples: Vec<(usize, f64, f64)> =
            places.iter().enumerate().map(|(i, p)| (i, if *p == place { 1.0 } else { -1.0 }, 0.3)).collect();
        let (weights, bias) = fit(&rows, &examples, names.len());
        let scaled = |w: f64| (w * f64::from(SCALE)).round() as i32;
        let mut kept: Vec<(i32, &str)> = weights
            .iter()
            .enumerate()
            .map(|(i, w)| (scaled(*w), names[i].as_str()))
            .filter(|(w, _)| w.abs() >= 120)
            .collect();
        kept.sort_by(|a, b| b.0.abs().cmp(&a.0.abs()).then_with(|| a.1.cmp(b.1)));
        kept.truncate(MOST_WEIGHTS);
        kept.sort_by(|a, b| a.1.cmp(b.1));
        file.push_str(&format!("{}\tbias\t{}\n", place.name(), scaled(bias)));
        for (weight, name) in kept {
            file.push_str(&format!("{}\t{name}\t{weight}\n", place.name()));
        }
    }
    file
}

/// The parts of a paper that can be told by their words.
const TELLING: [Role; 5] = [Role::Introduction, Role::Methods, Role::Results, Role::Discussion, Role::Declarations];

fn telling_place(place: Role) -> Option<Role> {
    match place {
        Role::Introduction | Role::Aims => Some(Role::Introduction),
        Role::Discussion | Role::Conclusion => Some(Role::Discussion),
        Role::Methods | Role::Results | Role::Declarations => Some(place),
        _ => None,
    }
}

struct Row {
    features: Vec<u32>,
    norm: f64,
    fold: usize,
}

/// Folds of the cross-validation that sets thresholds.
const FOLDS: usize = 5;
/// From fewer sentences of a kind than these nothing is learned.
pub const FEWEST_SENTENCES: usize = 10;
/// Passes over the rows.
const PASSES: usize = 25;
/// Weights smaller than this many thousandths are left out of the files.
const SMALLEST: i32 = 25;
/// How much more a near miss of the bank counts than any other sentence.
const NEAR_MISS: f64 = 3.0;
/// How much a decoy of a manuscript counts more than any other sentence.
const DECOY: f64 = 4.0;
/// How much a sentence of a manuscript counts in the home of a part whose evidence is all around it.
const AT_HOME: f64 = 0.25;
/// No more weights a part.
const MOST_WEIGHTS: usize = 4000;

/// Lessons made ready to be learned from.
pub struct Trainer<'a> {
    rules: &'a RuleSet,
    lessons: &'a [Lesson],
    overlaps: &'a [Vec<PartId>],
    rows: Vec<Row>,
    /// The names of the features.
    names: Vec<String>,
}

impl<'a> Trainer<'a> {
    /// `overlaps` lists, for a part, those whose satisfying sentences are no counter-examples to it.
    pub fn new(rules: &'a RuleSet, lessons: &'a [Lesson], overlaps: &'a [Vec<PartId>]) -> Self {
        let (rows, names) = rows_of(rules, lessons);
        Self { rules, lessons, overlaps, rows, names }
    }

    /// Trains the parts `wanted`, leaving out those with too few sentences.
    pub fn train(&self, wanted: &[PartId]) -> Vec<Trained> {
        use rayon::prelude::*;
        wanted.par_iter().filter_map(|id| self.train_part(*id)).collect()
    }

    /// The weight file that a part would have, had there been no sentences of some manuscripts. Its threshold is the
    /// one that all sentences set.
    pub fn without(&self, trained: &Trained, left_out: impl Fn(usize) -> bool) -> String {
        let kept = |e: &(usize, f64, f64)| !self.lessons[e.0].manuscript.is_some_and(&left_out);
        let examples: Vec<_> = self.examples_of(trained.part).into_iter().filter(kept).collect();
        let (weights, bias) = fit(&self.rows, &examples, self.names.len());
        self.file_of(trained.part, &weights, bias, trained.scale)
    }

    /// The sentences to learn a part from: numbers of rows, 1 or -1, and how much each counts.
    fn examples_of(&self, part: PartId) -> Vec<(usize, f64, f64)> {
        let rule = self.rules.part(part);
        let overlaps = &self.overlaps[part.0];
        let mut examples: Vec<(usize, f64, f64)> = Vec::new();
        for (index, lesson) in self.lessons.iter().enumerate() {
            let little = lesson.manuscript.is_some() && !rule.home_counts && rule.home.contains(&lesson.place);
            let weight = f64::from(lesson.weight) * if little { AT_HOME } else { 1.0 };
            if lesson.satisfies.contains(&part) {
                examples.push((index, 1.0, weight));
            } else if !lesson.unknown.contains(&part) && !lesson.satisfies.iter().any(|p| overlaps.contains(p)) {
                match &lesson.fails {
                    Some(fails) if fails.contains(&part) => examples.push((index, -1.0, NEAR_MISS * weight)),
                    Some(_) => {}
                    None if lesson.decoy_of.contains(&part) => {
                        examples.push((index, -1.0, DECOY * f64::from(lesson.weight)));
                    }
                    None => examples.push((index, -1.0, weight)),
                }
            }
        }
        examples
    }

    fn train_part(&self, part: PartId) -> Option<Trained> {
        let rule = self.rules.part(part);
        let (rows, lessons) = (&self.rows, self.lessons);
        let examples = self.examples_of(part);
        let positives = examples.iter().filter(|e| e.1 > 0.0).count();
        let negatives = examples.len() - positives;
        if positives < FEWEST_SENTENCES || negatives < FEWEST_SENTENCES {
            return None;
        }
        let mut out_of_fold: Vec<(f64, f64)> = Vec::new();
        let mut hardest: Vec<(f64, usize)> = Vec::new();
        for fold in 0..FOLDS {
            let learn: Vec<_> = examples.iter().filter(|e| rows[e.0].fold != fold).copied().collect();
            let (weights, bias) = fit(rows, &learn, self.names.len());
            let held = examples.iter().filter(|e| rows[e.0].fold == fold);
            hardest.extend(held.clone().filter(|e| e.1 < 0.0).map(|e| (score(&rows[e.0], &weights, bias), e.0)));
            out_of_fold.extend(held.map(|e| (score(&rows[e.0], &weights, bias), e.1)));
        }
        let scale = threshold_of(&mut out_of_fold, f64::from(rule.caution), f64::from(rule.least_recall));
        let above = |wanted: bool| {
            let all: Vec<_> = out_of_fold.iter().filter(|(_, y)| (*y > 0.0) == wanted).collect();
            all.iter().filter(|(s, _)| *s >= scale.0).count() as f64 / all.len().max(1) as f64
        };
        let (recall, false_rate) = (above(true), above(false));
        let (weights, bias) = fit(rows, &examples, self.names.len());
        let file = self.file_of(part, &weights, bias, scale);
        hardest.sort_by(|a, b| b.0.total_cmp(&a.0));
        let hardest = hardest.iter().take(5).map(|(_, row)| lessons[*row].text.clone()).collect();
        Some(Trained { part, file, recall, false_rate, counts: (positives, negatives), hardest, scale })
    }

    /// The weight file of a part. `scale`: the score at the threshold, and what counts as one.
    fn file_of(&self, part: PartId, weights: &[f64], bias: f64, (threshold, unit): (f64, f64)) -> String {
        let id = &self.rules.part(part).id;
        let scaled = |w: f64| (w / unit * f64::from(SCALE)).round() as i32;
        let mut kept: Vec<(i32, &str)> = weights
            .iter()
            .enumerate()
            .map(|(i, w)| (scaled(*w), self.names[i].as_str()))
            .filter(|(w, _)| w.abs() >= SMALLEST)
            .collect();
        kept.sort_by(|a, b| b.0.abs().cmp(&a.0.abs()).then_with(|| a.1.cmp(b.1)));
        kept.truncate(MOST_WEIGHTS);
        kept.sort_by(|a, b| a.1.cmp(b.1));
        let mut file = format!(
            "# {id}: weights in thousandths, made by `realint rules train`; don't edit\nbias\t{}\n",
            scaled(bias - threshold)
        );
        for (weight, name) in kept {
            file.push_str(&format!("{name}\t{weight}\n"));
        }
        file
    }
}

/// The features of every lesson, and their names.
fn rows_of(rules: &RuleSet, lessons: &[Lesson]) -> (Vec<Row>, Vec<String>) {
    let classes = class_features(&rules.matcher);
    let memory = Memory::default();
    let mut names: Vec<String> = Vec::new();
    let mut numbers: FxHashMap<Feature, u32> = FxHashMap::default();
    let mut seen: Vec<u32> = Vec::new();
    let mut rows: Vec<Row> = Vec::with_capacity(lessons.len());
    for lesson in lessons {
        let manuscript = manuscript_of(&lesson.text, lesson.place, rules);
        let mut reading = Reading::remembering(&manuscript, rules, Some(&memory));
        let stems = &reading.words.stems;
        let mut features: Vec<u32> = Vec::new();
        for sentence in &mut reading.sentences {
            sentence.surroundings = lesson.surroundings.clone();
            let mut told: Vec<(Feature, Named<'_>)> = Vec::new();
            each_feature(sentence, &classes, stems, |feature, named| told.push((feature, named)));
            for (feature, named) in told {
                let next = names.len() as u32;
                let number = *numbers.entry(feature).or_insert_with(|| {
                    names.push(named.name(stems));
                    next
                });
                features.push(number);
            }
        }
        features.sort_unstable();
        features.dedup();
        seen.resize(names.len(), 0);
        features.iter().for_each(|f| seen[*f as usize] += 1);
        let fold = (hash_of(&lesson.text) / 3 % FOLDS as u64) as usize;
        rows.push(Row { norm: f64::from(norm(features.len())), features, fold });
    }
    // A feature seen once can't be learned from.
    leave_out_rare(&mut rows, &mut names, &seen, 2);
    (rows, names)
}

/// Takes out the features that fewer than `fewest` rows have; the others are numbered anew in the same order, so that
/// their weights lie close together. `seen`: for each feature how many rows have it.
fn leave_out_rare(rows: &mut [Row], names: &mut Vec<String>, seen: &[u32], fewest: u32) {
    let is_common = |feature: usize| seen[feature] >= fewest;
    let mut numbers = vec![0; names.len()];
    for (number, feature) in (0..names.len()).filter(|feature| is_common(*feature)).enumerate() {
        numbers[feature] = number as u32;
    }
    for row in rows {
        row.features.retain(|feature| is_common(*feature as usize));
        row.features.iter_mut().for_each(|feature| *feature = numbers[*feature as usize]);
        row.features.shrink_to_fit();
    }
    let mut feature = 0..names.len();
    names.retain(|_| feature.next().is_some_and(is_common));
}

/// The threshold that weighs missed evidence against false evidence, and the distance that counts as
/// one unit: from the threshold to the middle of the satisfying sentences.
fn threshold_of(scores: &mut [(f64, f64)], price: f64, least_recall: f64) -> (f64, f64) {
    scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
    let positives = scores.iter().filter(|s| s.1 > 0.0).count() as f64;
    let negatives = scores.len() as f64 - positives;
    let (mut hits, mut alarms) = (0.0, 0.0);
    let (mut best, mut threshold) = (f64::MIN, 0.0);
    for (index, (score, y)) in scores.iter().enumerate() {
        if *y > 0.0 {
            hits += 1.0
        } else {
            alarms += 1.0
        }
        let gain = hits / positives - price * alarms / negatives;
        if gain > best {
            best = gain;
            let next = scores.get(index + 1).map_or(*score, |n| n.0);
            threshold = (score + next) / 2.0;
        }
    }
    // A few mislabelled sentences must not make a part unreachable.
    let floor = scores
        .iter()
        .filter(|_| least_recall > 0.0)
        .filter(|s| s.1 > 0.0)
        .nth((positives * least_recall) as usize)
        .map_or(threshold, |s| s.0);
    let threshold = threshold.min(floor);
    let above: Vec<f64> =
        scores.iter().filter(|(s, y)| *y > 0.0 && *s > threshold).map(|(s, _)| *s - threshold).collect();
    let unit = above.get(above.len() / 2).copied().unwrap_or(0.5).max(0.2);
    (threshold, unit)
}

fn score(row: &Row, weights: &[f64], bias: f64) -> f64 {
    row.features.iter().map(|f| weights[*f as usize]).sum::<f64>() * row.norm + bias
}

/// How long a row is left alone that lies clear of the margin and so changes nothing: one pass, and each time that
/// it is found to lie there still, one more. Most rows do, and the last pass looks at all of them again.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    /// The first pass that looks at it again.
    until: usize,
    passes: usize,
}

impl Rest {
    fn after(self, pass: usize) -> Self {
        let passes = self.passes + 1;
        Self { until: pass + 1 + passes, passes }
    }
}

/// Fits a linear SVM; `examples` are (row, label, weight).
fn fit(rows: &[Row], examples: &[(usize, f64, f64)], features: usize) -> (Vec<f64>, f64) {
    let positives: f64 = examples.iter().filter(|e| e.1 > 0.0).map(|e| e.2).sum();
    let negatives: f64 = examples.iter().filter(|e| e.1 < 0.0).map(|e| e.2).sum();
    // Satisfying sentences are few; together they count a third of the others.
    let lift = (negatives / positives.max(1.0) / 3.0).max(1.0);
    let cost = |e: &(usize, f64, f64)| 1.0 * e.2 * if e.1 > 0.0 { lift } else { 1.0 };
    let diagonal = |e: &(usize, f64, f64)| 1.0 / (2.0 * cost(e));
    let square = |e: &(usize, f64, f64)| {
        let row = &rows[e.0];
        row.features.len() as f64 * row.norm * row.norm + 1.0 + diagonal(e)
    };
    let shape: Vec<(f64, f64)> = examples.iter().map(|e| (diagonal(e), square(e))).collect();
    let mut weights = vec![0.0; features];
    let mut bias = 0.0;
    let mut alpha = vec![0.0; examples.len()];
    let mut rests = vec![Rest::default(); examples.len()];
    let mut order: Vec<usize> = Vec::with_capacity(examples.len());
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    for pass in 0..PASSES {
        order.clear();
        order.extend((0..examples.len()).filter(|i| pass + 1 == PASSES || rests[*i].until <= pass));
        for i in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(i, (seed >> 33) as usize % (i + 1));
        }
        for &i in &order {
            let (row, y, (diagonal, square)) = (&rows[examples[i].0], examples[i].1, shape[i]);
            let gradient = y * score(row, &weights, bias) - 1.0 + diagonal * alpha[i];
            let old = alpha[i];
            alpha[i] = (old - gradient / square).max(0.0);
            rests[i] = if old == 0.0 && gradient > 0.0 { rests[i].after(pass) } else { Rest::default() };
            let step = (alpha[i] - old) * y;
            if step != 0.0 {
                for f in &row.features {
                    weights[*f as usize] += step * row.norm;
                }
                bias += step;
            }
        }
    }
    (weights, bias)
}

/// A manuscript of one paragraph in one place.
pub(super) fn manuscript_of(text: &str, place: Role, rules: &RuleSet) -> Manuscript {
    let source = SourceText::new("example", text.to_owned());
    let mut plain = PlainText::new();
    plain.push_source(SourceId(0), 0, text);
    let draft = Draft {
        format: Format::Text,
        sources: Arc::new(vec![source]),
        blocks: Block::new(BlockKind::Paragraph, plain).into_iter().collect(),
        comments: Vec::new(),
        declared: crate::manuscript::Declared::default(),
        notes: Vec::new(),
        record: 1,
    };
    let mut manuscript = Manuscript::new(draft, &rules.section_names);
    manuscript.place_all(place);
    manuscript
}
