//! Words: lexicons of word classes, the pattern language of the rules, and the matcher that finds
//! them all in one pass over a sentence.
//!
//! # Patterns
//! A pattern is words separated by spaces, matched without regard to case; a hyphen or slash
//! between words of the text is a space. `relevan(ce|t)` gives alternatives, `program(me)` an
//! optional ending, `apprais*` any ending, `#` a number in digits or words, `_` any one word, `...` up to four words
//! of any kind, `@judge` anything of the class `judge`. A pattern in Chinese script is matched
//! wherever its characters stand.

mod builder;
mod inflection;
mod matcher;
mod pattern;
mod shipped;
mod tables;
mod token;
mod vocabulary;

pub use builder::MatcherBuilder;
pub use matcher::{Hit, Matcher, TermSet};
pub use pattern::{PatternError, classes_named};
pub use tables::TermId;
pub use token::{Token, is_number_word, tokens};
pub use vocabulary::{Vocabulary, WordId};

use serde::Deserialize;

/// One class of a lexicon as the TOML writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WordClass {
    /// Verbs in their base form; realint adds the regular and the common irregular forms.
    pub verbs: Vec<String>,
    /// Nouns in the singular; realint adds the plural.
    pub nouns: Vec<String>,
    /// Patterns, taken as they are written.
    pub words: Vec<String>,
    /// Classes whose words belong to this one as well.
    pub include: Vec<String>,
}

impl WordClass {
    /// All patterns of the class itself, inflected; included classes are not followed.
    pub fn patterns(&self) -> Vec<String> {
        let mut all = Vec::new();
        for verb in &self.verbs {
            all.extend(inflection::verb_forms(verb));
        }
        for noun in &self.nouns {
            all.extend(inflection::noun_forms(noun));
        }
        all.extend(self.words.iter().cloned());
        all
    }
}
