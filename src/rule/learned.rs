//! Learned cues: for each part a linear model over the features of a sentence (`features.rs`),
//! trained on the sentence bank and on whole manuscripts (`realint rules train`).
//!
//! Weights are whole numbers in a checked-in file beside the rules, so a verdict is the same on
//! every machine, and the words that decided can be named.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::lexicon::Matcher;
use crate::manuscript::SentenceId;
use crate::weights::{pack, place_of, weights_at};

use super::PartId;
use super::features::{
    self, ClassFeature, Feature, Named, OPENING, Placing, StemId, Stems, class_features, classes_in,
    each_feature_around, each_feature_of_place, each_feature_of_words, heading_feature, norm,
};
use super::reading::{FEWEST_AT_ONCE, Reading, SentenceReading};

/// Weights in the files are thousandths.
pub(super) const SCALE: f32 = 1000.0;

/// The models of all parts, by feature.
#[derive(Debug, Default)]
pub struct Model {
    /// The packed weights, by feature.
    table: Cow<'static, [u8]>,
    /// For each weight file of the table, the part that it is for.
    parts: Vec<Option<PartId>>,
    /// For each part, the bias; `None` where nothing was learned.
    bias: Vec<Option<f32>>,
    classes: Vec<ClassFeature>,
    /// The weights of classes, made ready when the first manuscript is scored.
    ready: OnceLock<OfClasses>,
}

/// The weights of classes, which every sentence has many of.
#[derive(Debug)]
struct OfClasses {
    /// A row of weights for each class: those of the class in a sentence.
    present: Vec<i32>,
    /// The same, of the class in the sentence beside it.
    beside: Vec<i32>,
    /// For each two classes, the second after the first, where in the table their weights are.
    pairs: Vec<Range<u32>>,
}

/// The table of the shipped weights and the names of its parts with their biases; made by `build.rs`.
static SHIPPED_TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/learned.bin"));
static SHIPPED_PARTS: &str = include_str!(concat!(env!("OUT_DIR"), "/learned-parts.txt"));

/// Margins of all sentences of a manuscript.
#[derive(Debug)]
pub struct Margins {
    parts: usize,
    margins: Vec<f32>,
    learned: Vec<bool>,
}

impl Margins {
    /// How far a sentence lies above (below: negative) the threshold of a part; `None` where nothing was learned.
    pub fn margin(&self, part: PartId, sentence: SentenceId) -> Option<f32> {
        self.learned.get(part.0).copied().unwrap_or(false).then(|| self.margins[sentence.0 * self.parts + part.0])
    }
}

impl Model {
    /// The shipped weights. `parts` are the ids of the rule set's parts in order.
    pub(super) fn shipped(parts: &[&str], matcher: &Matcher) -> Self {
        let mut model = Self { bias: vec![None; parts.len()], classes: class_features(matcher), ..Self::default() };
        model.table = Cow::Borrowed(SHIPPED_TABLE);
        for line in SHIPPED_PARTS.lines() {
            let (name, bias) = line.split_once('\t').unwrap_or((line, ""));
            let part = parts.iter().position(|p| *p == name);
            model.parts.push(part.map(PartId));
            if let Some(part) = part {
                model.bias[part] = bias.parse::<i32>().ok().map(|b| b as f32 / SCALE);
            }
        }
        model
    }

    /// Takes the weight files, one a part: lines `feature<TAB>weight`, `bias` among them, `#` comments.
    pub fn load(files: &[Option<&str>], matcher: &Matcher) -> Self {
        let (biases, table) = pack(files.iter().copied());
        Self {
            table: Cow::Owned(table),
            parts: (0..files.len()).map(|part| Some(PartId(part))).collect(),
            bias: biases.into_iter().map(|bias| bias.map(|b| b as f32 / SCALE)).collect(),
            classes: class_features(matcher),
            ready: OnceLock::new(),
        }
    }

    /// The number of a part's weight file in the table.
    fn file_of(&self, part: PartId) -> Option<u16> {
        self.parts.iter().position(|p| *p == Some(part)).map(|file| file as u16)
    }

    /// What a weight file gives a feature. The table has the files of a feature in order.
    fn weight(&self, feature: Feature, file: u16) -> Option<f32> {
        weight_at(&self.table, place_of(&self.table, feature), file)
    }

    /// Whether anything was learned for a part.
    pub fn knows(&self, part: PartId) -> bool {
        self.bias.get(part.0).is_some_and(Option::is_some)
    }

    /// The margins of every sentence for every part.
    pub fn scores(&self, reading: &Reading<'_>) -> Margins {
        let parts = self.bias.len();
        let mut margins = vec![0.0; parts * reading.sentences.len()];
        let piece = reading.sentences.len().div_ceil(rayon::current_num_threads()).max(FEWEST_AT_ONCE);
        if !self.table.is_empty() && parts > 0 {
            let stems = &reading.words.stems;
            let ready = Ready {
                model: self,
                stems,
                words: OfWords::new(&self.table, self.parts.len(), reading),
                of_classes: self.ready.get_or_init(|| self.of_classes()),
            };
            margins
                .par_chunks_mut(piece * parts)
                .zip(reading.sentences.par_chunks(piece))
                .for_each(|(rows, sentences)| ready.score(sentences, rows));
        }
        Margins { parts, margins, learned: self.bias.iter().map(Option::is_some).collect() }
    }

    fn of_classes(&self) -> OfClasses {
        let row = |feature: Feature| {
            let mut row = vec![0; self.parts.len()];
            add(&self.table, place_of(&self.table, feature), &mut row);
            row
        };
        let classes = &self.classes;
        let pair = |first: &ClassFeature| -> Vec<Range<u32>> {
            let places = classes.iter().map(|second| place_of(&self.table, first.with(second)));
            places.map(|place| place.start as u32..place.end as u32).collect()
        };
        OfClasses {
            present: classes.iter().flat_map(|class| row(class.class)).collect(),
            beside: classes.iter().flat_map(|class| row(class.neighbour)).collect(),
            pairs: classes.iter().flat_map(pair).collect(),
        }
    }

    /// The features of a sentence that spoke loudest for a part, readable, the loudest first.
    pub(super) fn deciding(
        &self,
        reading: &Reading<'_>,
        part: PartId,
        sentence: SentenceId,
        most: usize,
    ) -> Vec<String> {
        let Some(file) = self.file_of(part) else { return Vec::new() };
        let mut loud: Vec<(f32, Feature, Named<'_>)> = Vec::new();
        let stems = &reading.words.stems;
        self.each_weighed(&reading.sentences[sentence.0], stems, file, |weight, feature, named| {
            if weight > 0.0 {
                loud.push((weight, feature(), named));
            }
        });
        loud.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        loud.dedup_by_key(|(_, feature, _)| *feature);
        // Names are dear: only those are made that may be wanted, and they decide between equals.
        let faintest = loud.get(most.saturating_sub(1)).map_or(0.0, |(weight, _, _)| *weight);
        loud.retain(|(weight, _, _)| *weight >= faintest);
        let mut named: Vec<(f32, String)> = loud.into_iter().map(|(w, _, named)| (w, named.name(stems))).collect();
        named.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        named.into_iter().take(most).map(|(_, name)| features::readable(&name)).collect()
    }

    /// The features of a sentence that a weight file weighs, with their weights, as [`each_feature`] gives them. A
    /// feature is only hashed where its place isn't known or `found` asks for it.
    fn each_weighed<'a>(
        &'a self,
        sentence: &'a SentenceReading,
        stems: &Stems,
        file: u16,
        mut found: impl FnMut(f32, &dyn Fn() -> Feature, Named<'a>),
    ) {
        let mut look_up = |feature: Feature, named: Named<'a>| {
            if let Some(weight) = self.weight(feature, file) {
                found(weight, &|| feature, named);
            }
        };
        each_feature_of_words(sentence, stems, &mut look_up);
        each_feature_around(sentence, &self.classes, &mut look_up);
        let places = &self.ready.get_or_init(|| self.of_classes()).pairs;
        let present: Vec<(usize, &ClassFeature)> = classes_in(&sentence.terms, &self.classes).collect();
        for (index, (number, class)) in present.iter().enumerate() {
            if let Some(weight) = self.weight(class.class, file) {
                found(weight, &|| class.class, class.named());
            }
            for (other_number, other) in &present[index + 1..] {
                let place = &places[number * self.classes.len() + other_number];
                let place = place.start as usize..place.end as usize;
                if let Some(weight) = weight_at(&self.table, place, file) {
                    found(weight, &|| class.with(other), class.named_with(other));
                }
            }
        }
    }

    /// The features of a sentence that have a weight for a part, readable, from those that speak
    /// loudest for it to those that speak loudest against it. Weights are those of the weight file.
    pub fn weighed(&self, reading: &Reading<'_>, part: PartId, sentence: SentenceId) -> Vec<(f32, String)> {
        let Some(file) = self.file_of(part) else { return Vec::new() };
        let stems = &reading.words.stems;
        let mut loud: Vec<(f32, Named<'_>)> = Vec::new();
        let sentence = &reading.sentences[sentence.0];
        self.each_weighed(sentence, stems, file, |weight, _, named| loud.push((weight, named)));
        let mut weighed: Vec<(f32, String)> = loud.into_iter().map(|(w, named)| (w, named.name(stems))).collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        weighed.dedup();
        weighed.into_iter().map(|(weight, name)| (weight, features::readable(&name))).collect()
    }
}

/// What a weight file has at a place of a table, which has the files in order.
fn weight_at(table: &[u8], place: Range<usize>, file: u16) -> Option<f32> {
    let of_file = weights_at(table, place).find(|(f, _)| *f >= file).filter(|(f, _)| *f == file);
    of_file.map(|(_, weight)| f32::from(weight) / SCALE)
}

/// Adds the weights at a place of a table to a row.
fn add(table: &[u8], place: Range<usize>, row: &mut [i32]) {
    for (file, weight) in weights_at(table, place) {
        if let Some(sum) = row.get_mut(usize::from(file)) {
            *sum += i32::from(weight);
        }
    }
}

/// Adds a row to a row.
fn add_row(from: &[i32], row: &mut [i32]) {
    for (sum, weight) in row.iter_mut().zip(from) {
        *sum += weight;
    }
}

/// A model with the places of all weights that the words of a manuscript have.
struct Ready<'a> {
    model: &'a Model,
    stems: &'a Stems,
    words: OfWords,
    of_classes: &'a OfClasses,
}

/// The weights of a manuscript's words, by stem. Words that many parts weigh are common ones, so that rows of them are
/// made once.
struct OfWords {
    /// For each stem which of `places` is its own, or `NONE`.
    numbers: Vec<u32>,
    /// Where the weights of the stem are, and those of the stem as one of the first words.
    places: Vec<(Place, Range<usize>)>,
    rows: Vec<i32>,
}

/// Where the weights of a word are.
enum Place {
    /// In the table.
    Table(Range<usize>),
    /// In the row with this number.
    Row(usize),
}

impl OfWords {
    /// A word that more parts than these weigh has a row.
    const FEW: usize = 8;
    /// No stem of the manuscript.
    const NONE: u32 = u32::MAX;

    fn new(table: &[u8], files: usize, reading: &Reading<'_>) -> Self {
        let stems = &reading.words.stems;
        let mut of_words = Self { numbers: vec![Self::NONE; stems.len()], places: Vec::new(), rows: Vec::new() };
        for word in reading.sentences.iter().flat_map(|sentence| &sentence.words) {
            let stem = stems.of(*word);
            let number = &mut of_words.numbers[stem.0 as usize];
            if *number == Self::NONE {
                *number = of_words.places.len() as u32;
                let entry = stems.entry(stem);
                let place = place_of(table, entry.word);
                let place = if weights_at(table, place.clone()).len() <= Self::FEW {
                    Place::Table(place)
                } else {
                    let from = of_words.rows.len();
                    of_words.rows.resize(from + files, 0);
                    add(table, place, &mut of_words.rows[from..]);
                    Place::Row(from / files)
                };
                of_words.places.push((place, place_of(table, entry.opening)));
            }
        }
        of_words
    }

    /// Adds the weights of a stem.
    fn add(&self, table: &[u8], stem: StemId, sums: &mut [i32]) {
        match &self.places[self.numbers[stem.0 as usize] as usize].0 {
            Place::Table(place) => add(table, place.clone(), sums),
            Place::Row(row) => add_row(&self.rows[row * sums.len()..][..sums.len()], sums),
        }
    }

    /// Adds those of a stem that is one of the first words.
    fn add_opening(&self, table: &[u8], stem: StemId, sums: &mut [i32]) {
        add(table, self.places[self.numbers[stem.0 as usize] as usize].1.clone(), sums);
    }
}

/// The weights of a heading, which many sentences hear one after the other.
#[derive(Default)]
struct Heard {
    heading: Arc<Vec<String>>,
    weights: Weights,
}

/// The weights of some features together, and how many features they are.
#[derive(Default)]
struct Weights {
    weights: Vec<i32>,
    features: usize,
}

impl Ready<'_> {
    /// The margins of some sentences, a row each. They are the sums that [`each_feature`] would give, each
    /// feature taken once; but no feature is hashed whose place is known.
    fn score(&self, sentences: &[SentenceReading], rows: &mut [f32]) {
        let model = self.model;
        let files = model.parts.len();
        let mut sums = vec![0_i32; files];
        // For each stem the last sentence that had it.
        let mut seen = vec![usize::MAX; self.stems.len()];
        let mut pairs: Vec<u64> = Vec::new();
        let mut heard = Heard::default();
        let mut placed: FxHashMap<Placing, Weights> = FxHashMap::default();
        for ((number, sentence), row) in sentences.iter().enumerate().zip(rows.chunks_mut(model.bias.len())) {
            sums.fill(0);
            let mut features = self.add_words(sentence, number, &mut seen, &mut pairs, &mut sums);
            features += self.add_classes(sentence, &mut sums);
            if !Arc::ptr_eq(&heard.heading, &sentence.surroundings.heading) {
                heard = self.hear(&sentence.surroundings.heading);
            }
            add_row(&heard.weights.weights, &mut sums);
            features += heard.weights.features;
            let of_place = placed.entry(Placing::of(sentence)).or_insert_with(|| self.of_place(sentence));
            add_row(&of_place.weights, &mut sums);
            features += of_place.features;
            let norm = norm(features);
            for (part, sum) in model.parts.iter().zip(&sums) {
                if let Some(part) = part {
                    row[part.0] = *sum as f32 / SCALE * norm;
                }
            }
            for (margin, bias) in row.iter_mut().zip(&model.bias) {
                *margin += bias.unwrap_or(0.0);
            }
        }
    }

    /// Adds the weights of words, first words and pairs of words. Gives how many there are, repeats apart.
    fn add_words(
        &self,
        sentence: &SentenceReading,
        number: usize,
        seen: &mut [usize],
        pairs: &mut Vec<u64>,
        sums: &mut [i32],
    ) -> usize {
        let table = &self.model.table;
        let mut features = 0;
        pairs.clear();
        let mut first = [Stems::START; OPENING];
        let mut previous = Stems::START;
        for (index, word) in sentence.words.iter().enumerate() {
            let stem = self.stems.of(*word);
            let at = stem.0 as usize;
            if index < OPENING {
                if !first[..index].contains(&stem) {
                    self.words.add_opening(table, stem, sums);
                    features += 1;
                }
                first[index] = stem;
            }
            if seen[at] != number {
                seen[at] = number;
                self.words.add(table, stem, sums);
                features += 1;
            }
            pairs.push(u64::from(previous.0) << 32 | u64::from(stem.0));
            previous = stem;
        }
        pairs.sort_unstable();
        pairs.dedup();
        for pair in &*pairs {
            let feature = self.stems.pair(StemId((pair >> 32) as u32), StemId(*pair as u32));
            add(table, place_of(table, feature), sums);
        }
        features + pairs.len()
    }

    /// Adds the weights of classes, of pairs of classes, and of the classes beside a sentence. Gives how many there are.
    fn add_classes(&self, sentence: &SentenceReading, sums: &mut [i32]) -> usize {
        let (model, of_classes) = (self.model, self.of_classes);
        let (files, classes) = (model.parts.len(), &model.classes);
        let row = |rows: &[i32], class: usize, sums: &mut [i32]| add_row(&rows[class * files..][..files], sums);
        let present: Vec<usize> = classes_in(&sentence.terms, classes).map(|(class, _)| class).collect();
        let mut features = present.len();
        for (index, class) in present.iter().enumerate() {
            row(&of_classes.present, *class, sums);
            for other in &present[index + 1..] {
                // Most classes say nothing together.
                let place = &of_classes.pairs[class * classes.len() + other];
                if !place.is_empty() {
                    add(&model.table, place.start as usize..place.end as usize, sums);
                }
            }
            features += present.len() - index - 1;
        }
        for (class, _) in classes_in(&sentence.surroundings.neighbours, classes) {
            row(&of_classes.beside, class, sums);
            features += 1;
        }
        features
    }

    fn hear(&self, heading: &Arc<Vec<String>>) -> Heard {
        let table = &self.model.table;
        let mut stems: Vec<&String> = heading.iter().collect();
        stems.sort_unstable();
        stems.dedup();
        let mut weights = vec![0; self.model.parts.len()];
        stems.iter().for_each(|stem| add(table, place_of(table, heading_feature(stem)), &mut weights));
        Heard { heading: Arc::clone(heading), weights: Weights { weights, features: stems.len() } }
    }

    /// What the place of a sentence, its voice and its tense weigh.
    fn of_place(&self, sentence: &SentenceReading) -> Weights {
        let table = &self.model.table;
        let mut of_place = Weights { weights: vec![0; self.model.parts.len()], features: 0 };
        each_feature_of_place(sentence, |feature, _| {
            add(table, place_of(table, feature), &mut of_place.weights);
            of_place.features += 1;
        });
        of_place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{Format, Manuscript};
    use crate::read::{self, NoLibrary};
    use crate::rule::features::each_feature;
    use crate::rule::load;

    /// The quick way takes every feature once, whatever is repeated: words, pairs, first words, headings.
    #[test]
    fn margins_are_the_sums_of_each_feature_taken_once() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = "# A realist review\n\n## Search and search again\n\nWe searched and we searched MEDLINE and MEDLINE \
            (Cole 2019) in 2021, 2022 and 2023. The the the theory. Two reviewers judged relevance and rigour.\n\n\
            What was found was found by hand.\n\n## Limits\n\nThe review rests on 14 documents.\n";
        let drafts =
            read::read("a.md".as_ref(), text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names);
        let manuscript = Manuscript::new(drafts.expect("it is read").remove(0), &rules.section_names);
        let reading = Reading::new(&manuscript, &rules);
        let model = &rules.learned;
        let margins = model.scores(&reading);
        for (number, sentence) in reading.sentences.iter().enumerate() {
            let mut features: Vec<Feature> = Vec::new();
            each_feature(sentence, &model.classes, &reading.words.stems, |feature, _| features.push(feature));
            let repeats = features.len();
            features.sort_unstable();
            features.dedup();
            assert!(number != 2 || features.len() < repeats, "nothing is repeated in {number}");
            for part in (0..rules.parts.len()).map(PartId).filter(|part| model.knows(*part)) {
                let Some(file) = model.file_of(part) else { panic!("part {part:?} has no weights") };
                let weights = features.iter().filter_map(|feature| model.weight(*feature, file));
                let sum: f32 = weights.map(|weight| weight * SCALE).sum::<f32>() / SCALE;
                let wanted = sum * norm(features.len()) + model.bias[part.0].unwrap_or_default();
                let found = margins.margin(part, SentenceId(number)).expect("it was learned");
                assert!((found - wanted).abs() < 1e-4, "sentence {number}: {found} for {wanted}");
            }
        }
    }
}
