//! What `rules/protocol/protocol.toml` says of protocol files: kinds of work, words that fields may
//! hold, and fields by which a file is told to be a protocol.

use std::collections::BTreeMap;

use crate::lexicon::TermId;

/// A kind of work that a protocol plans.
#[derive(Debug, Clone)]
pub struct ProtocolKind {
    /// The word in the file: `realist_review`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of the standard that it answers to.
    pub standard: String,
    /// The word for that standard in the file.
    pub reporting_standard: String,
    /// Terms of which its title has one.
    pub title: Vec<TermId>,
}

/// Kinds, words and telling fields.
#[derive(Debug, Clone, Default)]
pub struct ProtocolWords {
    /// The kinds of work.
    pub kinds: Vec<ProtocolKind>,
    /// The words that fields may hold, by the name of their list; the kinds among them.
    pub words: BTreeMap<String, Vec<String>>,
    /// Outermost fields that no other tool's files have.
    pub told_by: Vec<String>,
}

impl ProtocolWords {
    /// A list of words; empty where there is none of this name.
    pub fn list(&self, name: &str) -> &[String] {
        self.words.get(name).map_or(&[], Vec::as_slice)
    }

    /// A kind by its word.
    pub fn kind(&self, id: &str) -> Option<&ProtocolKind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }
}
