//! Learned cues: for each part a linear model over words, word pairs, word classes, place, voice
//! and tense, trained on the sentence bank (`realint rules train`).
//!
//! Weights are whole numbers in a checked-in file beside the rules, so a verdict is the same on
//! every machine, and the words that decided can be named.

use rayon::prelude::*;
use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

use crate::lexicon::{Matcher, TermId, is_number_word};
use crate::manuscript::{Role, SentenceId};

use super::PartId;
use super::reading::{FEWEST_AT_ONCE, Reading, SentenceReading};
use crate::weights::{FNV_PRIME, fnv1a, pack, weights_of};

/// Weights in the files are thousandths.
pub(super) const SCALE: f32 = 1000.0;

/// A feature of a sentence, as a number that stands for it.
pub(super) type Feature = u64;

/// The models of all parts, by feature.
#[derive(Debug, Default)]
pub struct Model {
    /// The packed weights, by feature.
    table: Cow<'static, [u8]>,
    /// For each weight file of the table, the part that it is for.
    parts: Vec<Option<PartId>>,
    /// For each part, the bias; `None` where nothing was learned.
    bias: Vec<Option<f32>>,
    classes: Vec<(String, TermId)>,
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
        let mut model = Self { bias: vec![None; parts.len()], classes: classes_of(matcher), ..Self::default() };
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
    pub(super) fn load(files: &[Option<&str>], matcher: &Matcher) -> Self {
        let (biases, table) = pack(files.iter().copied());
        Self {
            table: Cow::Owned(table),
            parts: (0..files.len()).map(|part| Some(PartId(part))).collect(),
            bias: biases.into_iter().map(|bias| bias.map(|b| b as f32 / SCALE)).collect(),
            classes: classes_of(matcher),
        }
    }

    /// The parts that weigh a feature, and their weights.
    fn weights(&self, feature: Feature) -> impl Iterator<Item = (PartId, f32)> {
        weights_of(&self.table, feature)
            .filter_map(|(file, weight)| Some((self.parts.get(file as usize).copied()??, f32::from(weight) / SCALE)))
    }

    /// Whether anything was learned for a part.
    pub fn knows(&self, part: PartId) -> bool {
        self.bias.get(part.0).is_some_and(Option::is_some)
    }

    /// The margins of every sentence for every part.
    pub fn scores(&self, reading: &Reading<'_>) -> Margins {
        let parts = self.bias.len();
        let mut margins = vec![0.0; parts * reading.sentences.len()];
        let classes = class_features(&self.classes);
        let piece = reading.sentences.len().div_ceil(rayon::current_num_threads()).max(FEWEST_AT_ONCE);
        if !self.table.is_empty() && parts > 0 {
            margins.par_chunks_mut(piece * parts).zip(reading.sentences.par_chunks(piece)).for_each(
                |(rows, sentences)| {
                    self.score(sentences, &classes, rows);
                },
            );
        }
        Margins { parts, margins, learned: self.bias.iter().map(Option::is_some).collect() }
    }

    /// The margins of some sentences, a row each.
    fn score(&self, sentences: &[SentenceReading], classes: &[ClassFeature], rows: &mut [f32]) {
        let mut stems = Stems::default();
        let mut features = Vec::new();
        for (sentence, row) in sentences.iter().zip(rows.chunks_mut(self.bias.len())) {
            features_of(sentence, classes, &mut stems, &mut features);
            for feature in &features {
                for (part, weight) in self.weights(*feature) {
                    row[part.0] += weight;
                }
            }
            let norm = norm(features.len());
            for (margin, bias) in row.iter_mut().zip(&self.bias) {
                *margin = *margin * norm + bias.unwrap_or(0.0);
            }
        }
    }

    /// The features of a sentence that spoke loudest for a part, readable, the loudest first.
    pub(super) fn deciding(
        &self,
        reading: &Reading<'_>,
        part: PartId,
        sentence: SentenceId,
        most: usize,
        stems: &mut Stems,
    ) -> Vec<String> {
        let weighed = self.weighed_with(reading, part, sentence, stems);
        weighed.into_iter().take_while(|(weight, _)| *weight > 0.0).take(most).map(|(_, name)| name).collect()
    }

    /// The features of a sentence that have a weight for a part, readable, from those that speak
    /// loudest for it to those that speak loudest against it. Weights are those of the weight file.
    pub fn weighed(&self, reading: &Reading<'_>, part: PartId, sentence: SentenceId) -> Vec<(f32, String)> {
        self.weighed_with(reading, part, sentence, &mut Stems::default())
    }

    fn weighed_with(
        &self,
        reading: &Reading<'_>,
        part: PartId,
        sentence: SentenceId,
        stems: &mut Stems,
    ) -> Vec<(f32, String)> {
        let sentence = &reading.sentences[sentence.0];
        let mut loud: Vec<(f32, Named<'_>)> = Vec::new();
        let classes = class_features(&self.classes);
        each_hashed(sentence, &classes, stems, |feature, named| {
            let weight = self.weights(feature).find(|(p, _)| *p == part);
            loud.extend(weight.map(|(_, weight)| (weight, named)));
        });
        let mut weighed: Vec<(f32, String)> = loud.into_iter().map(|(w, named)| (w, named.name(stems))).collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        weighed.dedup();
        weighed.into_iter().map(|(weight, name)| (weight, readable(&name))).collect()
    }
}

fn class_features(classes: &[(String, TermId)]) -> Vec<ClassFeature> {
    let one = |(name, term): &(String, TermId)| ClassFeature {
        name: name.clone(),
        term: *term,
        class: carry_on(hash_of("c:"), name),
        pair: carry_on(carry_on(hash_of("p:"), name), "+"),
    };
    classes.iter().map(one).collect()
}

/// The named classes in the order of their names, so that features come in the same order everywhere.
pub(super) fn classes_of(matcher: &Matcher) -> Vec<(String, TermId)> {
    let mut classes: Vec<(String, TermId)> = matcher.classes().map(|(name, term)| (name.to_owned(), term)).collect();
    classes.sort();
    classes
}

/// Sentences differ in length; their features weigh less the more there are.
pub(super) fn norm(features: usize) -> f32 {
    1.0 / (features.max(8) as f32).sqrt()
}

/// Stems of words, each worked out once, with the hashes of the features that begin with them.
pub(super) struct Stems {
    stemmer: Stemmer,
    numbers: FxHashMap<String, u32>,
    entries: Vec<StemEntry>,
}

struct StemEntry {
    stem: String,
    /// Hash of `w:stem`.
    word: Feature,
    /// Hash of `b:stem `, to be carried on with the next stem.
    pair: Feature,
}

impl Default for Stems {
    fn default() -> Self {
        let mut stems =
            Self { stemmer: Stemmer::create(Algorithm::English), numbers: FxHashMap::default(), entries: Vec::new() };
        stems.add("^".to_owned());
        stems
    }
}

impl Stems {
    /// The entry before the first word of a sentence.
    const START: u32 = 0;

    fn add(&mut self, stem: String) -> u32 {
        let word = carry_on(hash_of("w:"), &stem);
        let pair = carry_on(carry_on(hash_of("b:"), &stem), " ");
        self.entries.push(StemEntry { stem, word, pair });
        (self.entries.len() - 1) as u32
    }

    fn of(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let stem = if word.starts_with(|c: char| c.is_ascii_digit()) || is_number_word(word) {
            "#".to_owned()
        } else {
            self.stemmer.stem(&british(word)).into_owned()
        };
        let number = self.add(stem);
        self.numbers.insert(word.to_owned(), number);
        number
    }
}

/// The hash of a text that begins with one already hashed.
fn carry_on(hash: Feature, text: &str) -> Feature {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// A word class with the hashes of the features that begin with it.
#[derive(Debug)]
struct ClassFeature {
    name: String,
    term: TermId,
    /// Hash of `c:name`.
    class: Feature,
    /// Hash of `p:name+`, to be carried on with the other class.
    pair: Feature,
}

/// One spelling for British and American words, so that both weigh the same.
fn british(word: &str) -> Cow<'_, str> {
    // Two letters that stand in each of the spellings; few words have any.
    let pairs = [b"is", b"ou", b"mm", b"tr", b"ys", b"ge", b"ey"];
    if !word.as_bytes().windows(2).any(|pair| pairs.iter().any(|known| *known == pair)) {
        return Cow::Borrowed(word);
    }
    let one = word
        .replace("isation", "ization")
        .replace("ise", "ize")
        .replace("ising", "izing")
        .replace("our", "or")
        .replace("programme", "program")
        .replace("centre", "center")
        .replace("analyse", "analyze")
        .replace("judgement", "judgment")
        .replace("grey", "gray");
    Cow::Owned(one)
}

pub(super) fn hash_of(name: &str) -> Feature {
    fnv1a(name.as_bytes())
}

/// A feature whose name is made only where it is wanted.
#[derive(Debug, Clone, Copy)]
enum Named<'a> {
    /// A word, as the number of its stem.
    Word(u32),
    /// Two words.
    Words(u32, u32),
    /// A class.
    Class(&'a str),
    /// Two classes.
    Classes(&'a str, &'a str),
    /// The place of the sentence.
    Place(&'static str),
    /// What else holds of it.
    Flag(&'static str),
}

impl Named<'_> {
    fn name(self, stems: &Stems) -> String {
        let stem = |number: u32| stems.entries[number as usize].stem.as_str();
        match self {
            Self::Word(word) => format!("w:{}", stem(word)),
            Self::Words(first, second) => format!("b:{} {}", stem(first), stem(second)),
            Self::Class(class) => format!("c:{class}"),
            Self::Classes(one, other) => format!("p:{one}+{other}"),
            Self::Place(place) => format!("r:{place}"),
            Self::Flag(flag) => flag.to_owned(),
        }
    }
}

/// The features of a sentence as numbers, without repeats, in a fixed order: the hashes of the names
/// that [`each_feature`] gives, without making the names.
fn features_of(sentence: &SentenceReading, classes: &[ClassFeature], stems: &mut Stems, out: &mut Vec<Feature>) {
    out.clear();
    each_hashed(sentence, classes, stems, |feature, _| out.push(feature));
    out.sort_unstable();
    out.dedup();
}

/// The features of a sentence as numbers, each with what its name would be.
fn each_hashed<'a>(
    sentence: &SentenceReading,
    classes: &'a [ClassFeature],
    stems: &mut Stems,
    mut found: impl FnMut(Feature, Named<'a>),
) {
    let mut previous = Stems::START;
    for word in &sentence.words {
        let number = stems.of(word);
        let entry = &stems.entries[number as usize];
        found(entry.word, Named::Word(number));
        found(carry_on(stems.entries[previous as usize].pair, &entry.stem), Named::Words(previous, number));
        previous = number;
    }
    let mut present: Vec<&ClassFeature> = Vec::with_capacity(24);
    present.extend(classes.iter().filter(|class| sentence.terms.contains(class.term)));
    for (index, class) in present.iter().enumerate() {
        found(class.class, Named::Class(&class.name));
        for other in &present[index + 1..] {
            found(carry_on(class.pair, &other.name), Named::Classes(&class.name, &other.name));
        }
    }
    let place = place(sentence.role);
    found(carry_on(hash_of("r:"), place), Named::Place(place));
    for (flag, _) in flags(sentence).into_iter().filter(|(_, holds)| *holds) {
        found(hash_of(flag), Named::Flag(flag));
    }
}

/// What holds of a sentence beyond its words.
fn flags(sentence: &SentenceReading) -> [(&'static str, bool); 6] {
    [
        ("f:citation", sentence.citation),
        ("f:numbers", sentence.numbers > 0),
        ("f:many numbers", sentence.numbers > 3),
        ("f:own", sentence.own),
        ("f:other", sentence.other && !sentence.own),
        ("f:planned", sentence.planned),
    ]
}

/// Names every feature of a sentence: `w:stem`, `b:stem stem`, `c:class`, `p:class+class`, `r:place`, `f:flag`.
pub(super) fn each_feature(
    sentence: &SentenceReading,
    classes: &[(String, TermId)],
    stems: &mut Stems,
    mut found: impl FnMut(&str),
) {
    let mut name = String::new();
    let mut previous = Stems::START;
    for word in &sentence.words {
        let number = stems.of(word);
        let stem = &stems.entries[number as usize].stem;
        name.clear();
        name.push_str("w:");
        name.push_str(stem);
        found(&name);
        name.clear();
        name.push_str("b:");
        name.push_str(&stems.entries[previous as usize].stem);
        name.push(' ');
        name.push_str(stem);
        found(&name);
        previous = number;
    }
    let present: Vec<&str> =
        classes.iter().filter(|(_, term)| sentence.terms.contains(*term)).map(|(n, _)| n.as_str()).collect();
    for (index, class) in present.iter().enumerate() {
        name.clear();
        name.push_str("c:");
        name.push_str(class);
        found(&name);
        for other in &present[index + 1..] {
            name.clear();
            name.push_str("p:");
            name.push_str(class);
            name.push('+');
            name.push_str(other);
            found(&name);
        }
    }
    name.clear();
    name.push_str("r:");
    name.push_str(place(sentence.role));
    found(&name);
    for (flag, holds) in flags(sentence) {
        if holds {
            found(flag);
        }
    }
}

/// Places that the bank tells apart.
fn place(role: Role) -> &'static str {
    match role {
        Role::Aims | Role::Introduction => "introduction",
        Role::Conclusion | Role::Discussion => "discussion",
        Role::Supplement => "declarations",
        other => other.name(),
    }
}

fn readable(feature: &str) -> String {
    match feature.split_once(':') {
        Some(("w" | "b", words)) => format!("\"{}\"", words.trim_start_matches("^ ")),
        Some(("c", class)) => format!("@{class}"),
        Some(("p", pair)) => format!("@{}", pair.replace('+', " with @")),
        Some(("r", place)) => format!("in the {place}"),
        Some((_, flag)) => flag.to_owned(),
        None => feature.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;
    use crate::rule::train::manuscript_of;

    #[test]
    fn the_quick_features_are_the_named_ones() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = "We judged 14 documents for relevance (Cole, 2019), because the theory's mechanisms weren't plain.";
        let manuscript = manuscript_of(text, Role::Methods, &rules);
        let reading = Reading::new(&manuscript, &rules);
        let classes = classes_of(&rules.matcher);
        let (mut quick, mut named) = (Vec::new(), Vec::new());
        features_of(&reading.sentences[0], &class_features(&classes), &mut Stems::default(), &mut quick);
        each_feature(&reading.sentences[0], &classes, &mut Stems::default(), |name| named.push(hash_of(name)));
        let features = class_features(&classes);
        let mut stems = Stems::default();
        let mut both = Vec::new();
        each_hashed(&reading.sentences[0], &features, &mut stems, |feature, named| both.push((feature, named)));
        for (feature, named) in both {
            assert_eq!(feature, hash_of(&named.name(&stems)), "{named:?}");
        }
        named.sort_unstable();
        named.dedup();
        assert_eq!(quick, named);
        assert!(quick.len() > 60);
    }
}
