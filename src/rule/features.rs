//! What a sentence is told by: its words, word pairs and word classes, its first words, the heading above
//! it and the classes beside it, its place, voice and tense. The learned models weigh these features.
//!
//! A feature has a name, which stands in the weight files, and a number, the hash of the name. While
//! manuscripts are checked names are never made.

use std::borrow::Cow;

use indexmap::IndexMap;
use rayon::prelude::*;
use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxBuildHasher;

use crate::lexicon::{Matcher, TermId, TermSet, Vocabulary, WordId};
use crate::manuscript::Role;
use crate::weights::{FNV_PRIME, fnv1a};

use super::reading::{FEWEST_AT_ONCE, Position, SentenceReading, Surroundings};

/// A feature of a sentence, as a number that stands for it.
pub(super) type Feature = u64;

/// The first words of a sentence tell who acts in it.
pub(super) const OPENING: usize = 4;

/// The named classes in the order of their names, so that features come in the same order everywhere.
pub(super) fn class_features(matcher: &Matcher) -> Vec<ClassFeature> {
    let mut classes: Vec<(&str, TermId)> = matcher.classes().collect();
    classes.sort_unstable();
    let one = |(name, term): (&str, TermId)| ClassFeature {
        name: name.to_owned(),
        term,
        class: carry_on(hash_of("c:"), name),
        neighbour: carry_on(hash_of("n:"), name),
        pair: carry_on(carry_on(hash_of("p:"), name), "+"),
    };
    classes.into_iter().map(one).collect()
}

/// Sentences differ in length; their features weigh less the more there are.
pub(super) fn norm(features: usize) -> f32 {
    1.0 / (features.max(8) as f32).sqrt()
}

/// The stems of a vocabulary's words, each worked out once, with the hashes of the features that begin with them.
#[derive(Debug, Clone)]
pub(super) struct Stems {
    /// For each word the number of its stem.
    of_words: Vec<StemId>,
    entries: IndexMap<String, StemEntry, FxBuildHasher>,
}

/// A stem by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StemId(pub(super) u32);

#[derive(Debug, Clone)]
pub(super) struct StemEntry {
    /// Hash of `w:stem`.
    pub(super) word: Feature,
    /// Hash of `s:stem`.
    pub(super) opening: Feature,
    /// Hash of `b:stem `, to be carried on with the next stem.
    pair: Feature,
}

impl Default for Stems {
    fn default() -> Self {
        let mut stems = Self { of_words: Vec::new(), entries: IndexMap::default() };
        stems.add("^".to_owned());
        stems
    }
}

/// What is left of a word without its endings; all numbers are one.
fn stem_of(word: &str, is_number: bool) -> String {
    if is_number { "#".to_owned() } else { Stemmer::create(Algorithm::English).stem(&british(word)).into_owned() }
}

impl Stems {
    /// Stands before the first word of a sentence.
    pub(super) const START: StemId = StemId(0);

    /// Learns the words that a vocabulary has learned since the last time.
    pub(super) fn learn(&mut self, vocabulary: &Vocabulary) {
        let new: Vec<WordId> = (self.of_words.len()..vocabulary.len()).map(|word| WordId(word as u32)).collect();
        let stem = |word: &WordId| stem_of(vocabulary.word(*word), vocabulary.is_number(*word));
        let stems: Vec<String> = new.par_iter().with_min_len(FEWEST_AT_ONCE).map(stem).collect();
        for stem in stems {
            let stem = self.add(stem);
            self.of_words.push(stem);
        }
    }

    fn add(&mut self, stem: String) -> StemId {
        if let Some(number) = self.entries.get_index_of(&stem) {
            return StemId(number as u32);
        }
        let word = carry_on(hash_of("w:"), &stem);
        let opening = carry_on(hash_of("s:"), &stem);
        let pair = carry_on(carry_on(hash_of("b:"), &stem), " ");
        StemId(self.entries.insert_full(stem, StemEntry { word, opening, pair }).0 as u32)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The stem of a word that was learned.
    pub(super) fn of(&self, word: WordId) -> StemId {
        self.of_words[word.0 as usize]
    }

    pub(super) fn entry(&self, stem: StemId) -> &StemEntry {
        &self.entries[stem.0 as usize]
    }

    pub(super) fn stem(&self, stem: StemId) -> &str {
        self.entries.get_index(stem.0 as usize).map_or("", |(stem, _)| stem)
    }

    /// The feature of two words, one after the other.
    pub(super) fn pair(&self, first: StemId, second: StemId) -> Feature {
        carry_on(self.entry(first).pair, self.stem(second))
    }
}

/// The hash of a text that begins with one already hashed.
fn carry_on(hash: Feature, text: &str) -> Feature {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

/// A word class with the hashes of the features that begin with it.
#[derive(Debug)]
pub(super) struct ClassFeature {
    name: String,
    pub(super) term: TermId,
    /// Hash of `c:name`.
    pub(super) class: Feature,
    /// Hash of `n:name`.
    pub(super) neighbour: Feature,
    /// Hash of `p:name+`, to be carried on with the other class.
    pair: Feature,
}

impl ClassFeature {
    /// The feature of two classes in one sentence; this is the one that comes first.
    pub(super) fn with(&self, other: &Self) -> Feature {
        carry_on(self.pair, &other.name)
    }

    /// What would be the name of the class as a feature.
    pub(super) fn named(&self) -> Named<'_> {
        Named::Class(&self.name)
    }

    /// The same, of two classes.
    pub(super) fn named_with<'a>(&'a self, other: &'a Self) -> Named<'a> {
        Named::Classes(&self.name, &other.name)
    }
}

/// One spelling for British and American words, so that both weigh the same.
fn british(word: &str) -> Cow<'_, str> {
    /// What is replaced, one after the other.
    const SPELLINGS: [(&str, &str); 9] = [
        ("isation", "ization"),
        ("ise", "ize"),
        ("ising", "izing"),
        ("our", "or"),
        ("programme", "program"),
        ("centre", "center"),
        ("analyse", "analyze"),
        ("judgement", "judgment"),
        ("grey", "gray"),
    ];
    // Two letters that stand in each of the spellings; few words have any.
    let pairs = [b"is", b"ou", b"mm", b"tr", b"ys", b"ge", b"ey"];
    if !word.as_bytes().windows(2).any(|pair| pairs.iter().any(|known| *known == pair)) {
        return Cow::Borrowed(word);
    }
    SPELLINGS.into_iter().fold(Cow::Borrowed(word), |word, (one, other)| {
        if word.contains(one) { Cow::Owned(word.replace(one, other)) } else { word }
    })
}

pub(super) fn hash_of(name: &str) -> Feature {
    fnv1a(name.as_bytes())
}

/// A feature whose name is made only where it is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named<'a> {
    /// A word, as its stem.
    Word(StemId),
    /// Two words.
    Words(StemId, StemId),
    /// One of the first words.
    Opening(StemId),
    /// A word of the heading above.
    Heading(&'a str),
    /// A class.
    Class(&'a str),
    /// Two classes.
    Classes(&'a str, &'a str),
    /// A class in a sentence beside it.
    Neighbour(&'a str),
    /// The place of the sentence.
    Place(&'static str),
    /// Where in its section it stands.
    Position(Position),
    /// The same, in this place.
    PositionIn(&'static str, Position),
    /// What else holds of it.
    Flag(&'static str),
}

impl Named<'_> {
    /// What the weight files call it.
    pub(super) fn name(self, stems: &Stems) -> String {
        let stem = |stem: StemId| stems.stem(stem);
        match self {
            Self::Word(word) => format!("w:{}", stem(word)),
            Self::Words(first, second) => format!("b:{} {}", stem(first), stem(second)),
            Self::Opening(word) => format!("s:{}", stem(word)),
            Self::Heading(stem) => format!("h:{stem}"),
            Self::Class(class) => format!("c:{class}"),
            Self::Neighbour(class) => format!("n:{class}"),
            Self::Classes(one, other) => format!("p:{one}+{other}"),
            Self::Place(place) => format!("r:{place}"),
            Self::Position(position) => format!("q:{}", position.name()),
            Self::PositionIn(place, position) => format!("q:{place}:{}", position.name()),
            Self::Flag(flag) => flag.to_owned(),
        }
    }
}

/// The features of a sentence as numbers, each with what its name would be: its hash is the number. A feature
/// comes as often as what it stands for.
pub(super) fn each_feature<'a>(
    sentence: &'a SentenceReading,
    classes: &'a [ClassFeature],
    stems: &Stems,
    mut found: impl FnMut(Feature, Named<'a>),
) {
    each_feature_of_words(sentence, stems, &mut found);
    let present: Vec<&ClassFeature> = classes_in(&sentence.terms, classes).map(|(_, class)| class).collect();
    for (index, class) in present.iter().enumerate() {
        found(class.class, class.named());
        for other in &present[index + 1..] {
            found(class.with(other), class.named_with(other));
        }
    }
    each_feature_around(sentence, classes, found);
}

/// Of [`each_feature`] those of its words and pairs of words.
pub(super) fn each_feature_of_words<'a>(
    sentence: &'a SentenceReading,
    stems: &Stems,
    mut found: impl FnMut(Feature, Named<'a>),
) {
    let mut previous = Stems::START;
    for (index, word) in sentence.words.iter().enumerate() {
        let stem = stems.of(*word);
        let entry = stems.entry(stem);
        found(entry.word, Named::Word(stem));
        if index < OPENING {
            found(entry.opening, Named::Opening(stem));
        }
        found(stems.pair(previous, stem), Named::Words(previous, stem));
        previous = stem;
    }
}

/// Of [`each_feature`] those of what surrounds a sentence, and of its place.
pub(super) fn each_feature_around<'a>(
    sentence: &'a SentenceReading,
    classes: &'a [ClassFeature],
    mut found: impl FnMut(Feature, Named<'a>),
) {
    let Surroundings { heading, neighbours, .. } = &sentence.surroundings;
    for stem in heading.iter() {
        found(heading_feature(stem), Named::Heading(stem));
    }
    for (_, class) in classes_in(neighbours, classes) {
        found(class.neighbour, Named::Neighbour(&class.name));
    }
    each_feature_of_place(sentence, found);
}

/// The classes that some terms are of, and their numbers.
pub(super) fn classes_in<'a>(
    terms: &'a TermSet,
    classes: &'a [ClassFeature],
) -> impl Iterator<Item = (usize, &'a ClassFeature)> {
    classes.iter().enumerate().filter(|(_, class)| terms.contains(class.term))
}

/// The feature of a stem in the heading above.
pub(super) fn heading_feature(stem: &str) -> Feature {
    carry_on(hash_of("h:"), stem)
}

/// What tells a sentence's features of place: sentences that have it alike have them alike.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Placing(&'static str, Option<Position>, [bool; FLAGS]);

impl Placing {
    pub(super) fn of(sentence: &SentenceReading) -> Self {
        Self(place(sentence.role), sentence.surroundings.position, flags(sentence).map(|(_, holds)| holds))
    }
}

/// Of [`each_feature`] those that have nothing to do with words.
pub(super) fn each_feature_of_place<'a>(sentence: &SentenceReading, mut found: impl FnMut(Feature, Named<'a>)) {
    let place = place(sentence.role);
    found(carry_on(hash_of("r:"), place), Named::Place(place));
    if let Some(position) = sentence.surroundings.position {
        let q = hash_of("q:");
        found(carry_on(q, position.name()), Named::Position(position));
        let here = carry_on(carry_on(carry_on(q, place), ":"), position.name());
        found(here, Named::PositionIn(place, position));
    }
    for (flag, _) in flags(sentence).into_iter().filter(|(_, holds)| *holds) {
        found(hash_of(flag), Named::Flag(flag));
    }
}

const FLAGS: usize = 6;

/// What holds of a sentence beyond its words.
fn flags(sentence: &SentenceReading) -> [(&'static str, bool); FLAGS] {
    [
        ("f:citation", sentence.citation),
        ("f:numbers", sentence.numbers > 0),
        ("f:many numbers", sentence.numbers > 3),
        ("f:own", sentence.own),
        ("f:other", sentence.other && !sentence.own),
        ("f:planned", sentence.planned),
    ]
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

/// A feature as a reader understands it.
pub(super) fn readable(feature: &str) -> String {
    match feature.split_once(':') {
        Some(("w" | "b", words)) => format!("\"{}\"", words.trim_start_matches("^ ")),
        Some(("s", word)) => format!("\"{word}\" among the first words"),
        Some(("h", word)) => format!("\"{word}\" in the heading"),
        Some(("c", class)) => format!("@{class}"),
        Some(("n", class)) => format!("@{class} beside it"),
        Some(("q", position)) => match position.split_once(':') {
            Some((place, position)) => position_in(position, &format!("the {place}")),
            None => position_in(position, "its section"),
        },
        Some(("p", pair)) => format!("@{}", pair.replace('+', " with @")),
        Some(("r", place)) => format!("in the {place}"),
        Some((_, flag)) => flag.to_owned(),
        None => feature.to_owned(),
    }
}

/// Where in a section a sentence stands, for a reader.
fn position_in(position: &str, section: &str) -> String {
    if position == Position::Within.name() {
        return format!("within {section}");
    }
    format!("{position} of {section}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rule::train::manuscript_of;
    use crate::rule::{Reading, load};

    #[test]
    fn features_are_named_for_readers() {
        for (feature, told) in [
            ("b:^ we", "\"we\""),
            ("s:judg", "\"judg\" among the first words"),
            ("n:judge", "@judge beside it"),
            ("p:document+judge", "@document with @judge"),
            ("q:opening", "opening of its section"),
            ("q:methods:within", "within the methods"),
            ("q:results:last paragraph", "last paragraph of the results"),
            ("f:citation", "citation"),
        ] {
            assert_eq!(readable(feature), told);
        }
    }

    #[test]
    fn numbers_are_the_hashes_of_names() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = "We judged 14 documents for relevance (Cole, 2019), because the theory's mechanisms weren't plain.";
        let manuscript = manuscript_of(text, Role::Methods, &rules);
        let mut reading = Reading::new(&manuscript, &rules);
        let sentence = &mut reading.sentences[0];
        sentence.surroundings = Surroundings {
            heading: Arc::new(vec!["judg".into(), "document".into()]),
            neighbours: sentence.terms.clone(),
            position: Some(Position::Opening),
        };
        let classes = class_features(&rules.matcher);
        let stems = &reading.words.stems;
        let mut told = Vec::new();
        each_feature(&reading.sentences[0], &classes, stems, |feature, named| told.push((feature, named)));
        for (feature, named) in &told {
            assert_eq!(*feature, hash_of(&named.name(stems)), "{named:?}");
        }
        let names: Vec<String> = told.iter().map(|(_, named)| named.name(stems)).collect();
        for name in ["w:judg", "s:judg", "h:judg", "b:we judg", "r:methods", "q:opening", "q:methods:opening"] {
            assert!(names.iter().any(|n| n == name), "{name} is not among {names:?}");
        }
        assert!(names.iter().any(|name| name.starts_with("n:")));
    }
}
