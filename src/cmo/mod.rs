//! Configurations: the context-mechanism-outcome claims that a manuscript states.

mod extract;
mod form;

pub use extract::extract;

use std::ops::Range;

use serde::Serialize;

use crate::manuscript::BlockId;

/// What part of a configuration some words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentKind {
    /// The circumstances.
    Context,
    /// What is introduced or offered.
    Intervention,
    /// Who acts or responds.
    Actor,
    /// The resource and the response to it.
    Mechanism,
    /// What follows.
    Outcome,
}

/// Words that are a part of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Which part.
    pub kind: ComponentKind,
    /// The block that holds the words.
    pub block: BlockId,
    /// Byte range of the words in the block's text.
    pub range: Range<usize>,
}

/// How a configuration is written (domain brief, section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `text (C) … text (M) … text (O)`.
    BracketLetters,
    /// `text (context) … text (mechanism) …`.
    BracketWords,
    /// `Context: … Mechanism: … Outcome: …`.
    LabelledLines,
    /// A row of a table with columns for context, mechanism and outcome.
    TableRow,
    /// `C (…) + M (…) = O (…)`.
    Formula,
    /// `If … then … because …`.
    IfThen,
    /// An announced and numbered statement without labels.
    Numbered,
}

/// Whether a configuration is where the work began or where it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfigurationStage {
    /// A first theory, to be tested.
    Initial,
    /// A result.
    Refined,
    /// The text doesn't say.
    Unknown,
}

/// What stands behind a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportKind {
    /// A citation.
    Citation,
    /// Somebody's words.
    Quotation,
    /// A pointer to a supplement.
    Pointer,
}

/// One piece of support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// What kind.
    pub kind: SupportKind,
    /// The block that holds it.
    pub block: BlockId,
    /// Byte range in the block's text.
    pub range: Range<usize>,
}

/// One configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Its label as the manuscript writes it, if it has one.
    pub id: Option<String>,
    /// Initial or refined.
    pub stage: ConfigurationStage,
    /// How it is written.
    pub form: Form,
    /// The block that states it.
    pub block: BlockId,
    /// The statement in the block's text.
    pub range: Range<usize>,
    /// Its parts.
    pub components: Vec<Component>,
    /// What stands behind it.
    pub support: Vec<Support>,
}

impl Configuration {
    /// Whether some words are this part.
    pub fn has(&self, kind: ComponentKind) -> bool {
        self.components.iter().any(|c| c.kind == kind)
    }
}
