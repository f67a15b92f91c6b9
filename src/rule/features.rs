//! What a sentence is told by: its words, word pairs and word classes, its first words, the heading above
//! it and the classes beside it, its place, voice and tense. The learned models weigh these features.
//!
//! A feature has a name, which stands in the weight files, and a number, the hash of the name. While
//! manuscripts are checked names are never made.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;

use crate::lexicon::{Matcher, TermId, is_number_word};
use crate::manuscript::Role;
use crate::weights::{FNV_PRIME, fnv1a};

use super::reading::{Position, SentenceReading, Surroundings};

/// A feature of a sentence, as a number that stands for it.
pub(super) type Feature = u64;

/// The first words of a sentence tell who acts in it.
const OPENING: usize = 4;

pub(super) fn class_features(classes: &[(String, TermId)]) -> Vec<ClassFeature> {
    let one = |(name, term): &(String, TermId)| ClassFeature {
        name: name.clone(),
        term: *term,
        class: carry_on(hash_of("c:"), name),
        neighbour: carry_on(hash_of("n:"), name),
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
    /// Hash of `s:stem`.
    opening: Feature,
    /// Hash of `h:stem`.
    heading: Feature,
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
        let opening = carry_on(hash_of("s:"), &stem);
        let heading = carry_on(hash_of("h:"), &stem);
        let pair = carry_on(carry_on(hash_of("b:"), &stem), " ");
        self.entries.push(StemEntry { stem, word, opening, heading, pair });
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
pub(super) struct ClassFeature {
    name: String,
    term: TermId,
    /// Hash of `c:name`.
    class: Feature,
    /// Hash of `n:name`.
    neighbour: Feature,
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
pub(super) enum Named<'a> {
    /// A word, as the number of its stem.
    Word(u32),
    /// Two words.
    Words(u32, u32),
    /// One of the first words.
    Opening(u32),
    /// A word of the heading above.
    Heading(u32),
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
        let stem = |number: u32| stems.entries[number as usize].stem.as_str();
        match self {
            Self::Word(word) => format!("w:{}", stem(word)),
            Self::Words(first, second) => format!("b:{} {}", stem(first), stem(second)),
            Self::Opening(word) => format!("s:{}", stem(word)),
            Self::Heading(word) => format!("h:{}", stem(word)),
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

/// The features of a sentence as numbers, without repeats, in a fixed order.
pub(super) fn features_of(
    sentence: &SentenceReading,
    classes: &[ClassFeature],
    stems: &mut Stems,
    out: &mut Vec<Feature>,
) {
    out.clear();
    each_feature(sentence, classes, stems, |feature, _| out.push(feature));
    out.sort_unstable();
    out.dedup();
}

/// The features of a sentence as numbers, each with what its name would be: its hash is the number.
pub(super) fn each_feature<'a>(
    sentence: &SentenceReading,
    classes: &'a [ClassFeature],
    stems: &mut Stems,
    mut found: impl FnMut(Feature, Named<'a>),
) {
    let mut previous = Stems::START;
    for (index, word) in sentence.words.iter().enumerate() {
        let number = stems.of(word);
        let entry = &stems.entries[number as usize];
        found(entry.word, Named::Word(number));
        if index < OPENING {
            found(entry.opening, Named::Opening(number));
        }
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
    let Surroundings { heading, neighbours, position } = &sentence.surroundings;
    for word in heading.iter() {
        let number = stems.of(word);
        found(stems.entries[number as usize].heading, Named::Heading(number));
    }
    for class in classes.iter().filter(|class| neighbours.contains(class.term)) {
        found(class.neighbour, Named::Neighbour(&class.name));
    }
    let place = place(sentence.role);
    found(carry_on(hash_of("r:"), place), Named::Place(place));
    if let Some(position) = *position {
        let q = hash_of("q:");
        found(carry_on(q, position.name()), Named::Position(position));
        let here = carry_on(carry_on(carry_on(q, place), ":"), position.name());
        found(here, Named::PositionIn(place, position));
    }
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
            Some((place, position)) => format!("{position} in the {place}"),
            None => position.to_owned(),
        },
        Some(("p", pair)) => format!("@{}", pair.replace('+', " with @")),
        Some(("r", place)) => format!("in the {place}"),
        Some((_, flag)) => flag.to_owned(),
        None => feature.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rule::train::manuscript_of;
    use crate::rule::{Reading, load};

    #[test]
    fn numbers_are_the_hashes_of_names() {
        let rules = load::shipped().expect("the shipped rules load");
        let text = "We judged 14 documents for relevance (Cole, 2019), because the theory's mechanisms weren't plain.";
        let manuscript = manuscript_of(text, Role::Methods, &rules);
        let mut reading = Reading::new(&manuscript, &rules);
        let sentence = &mut reading.sentences[0];
        sentence.surroundings = Surroundings {
            heading: Arc::new(vec!["judging".into(), "documents".into()]),
            neighbours: sentence.terms.clone(),
            position: Some(Position::Opening),
        };
        let classes = class_features(&classes_of(&rules.matcher));
        let mut stems = Stems::default();
        let mut told = Vec::new();
        each_feature(sentence, &classes, &mut stems, |feature, named| told.push((feature, named)));
        for (feature, named) in &told {
            assert_eq!(*feature, hash_of(&named.name(&stems)), "{named:?}");
        }
        let names: Vec<String> = told.iter().map(|(_, named)| named.name(&stems)).collect();
        for name in ["w:judg", "s:judg", "h:judg", "b:we judg", "r:methods", "q:opening", "q:methods:opening"] {
            assert!(names.iter().any(|n| n == name), "{name} is not among {names:?}");
        }
        assert!(names.iter().any(|name| name.starts_with("n:")));
        let mut quick = Vec::new();
        features_of(sentence, &classes, &mut stems, &mut quick);
        let mut numbers: Vec<Feature> = told.iter().map(|(feature, _)| *feature).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(quick, numbers);
    }
}
