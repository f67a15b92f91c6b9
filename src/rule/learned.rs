//! Learned cues: for each part a linear model over the features of a sentence (`features.rs`),
//! trained on the sentence bank and on whole manuscripts (`realint rules train`).
//!
//! Weights are whole numbers in a checked-in file beside the rules, so a verdict is the same on
//! every machine, and the words that decided can be named.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::lexicon::{Matcher, TermId};
use crate::manuscript::SentenceId;
use crate::weights::{pack, weights_of};

use super::PartId;
use super::features::{
    self, ClassFeature, Feature, Named, Stems, class_features, classes_of, each_feature, features_of, norm,
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
    pub fn load(files: &[Option<&str>], matcher: &Matcher) -> Self {
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
        each_feature(sentence, &classes, stems, |feature, named| {
            let weight = self.weights(feature).find(|(p, _)| *p == part);
            loud.extend(weight.map(|(_, weight)| (weight, named)));
        });
        let mut weighed: Vec<(f32, String)> = loud.into_iter().map(|(w, named)| (w, named.name(stems))).collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        weighed.dedup();
        weighed.into_iter().map(|(weight, name)| (weight, features::readable(&name))).collect()
    }
}
