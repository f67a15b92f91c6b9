//! Verdicts: what is said of an item of a standard, and the evidence that it rests on.

use serde::{Deserialize, Serialize};

use crate::manuscript::SentenceId;
use crate::rule::PartId;

/// What realint says of an item. It reads text, not minds: an item is `not-found`, never missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All parts were found.
    Reported,
    /// Something was found, and something lacks.
    Partial,
    /// Nothing was found.
    NotFound,
    /// Weak evidence only: a person should look.
    Unclear,
    /// The item can't be reported at this stage, or the authors say that it doesn't apply.
    NotApplicable,
}

impl Verdict {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Partial => "partial",
            Self::NotFound => "not-found",
            Self::Unclear => "unclear",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// The name as people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Partial => "partly reported",
            Self::NotFound => "not found",
            Self::Unclear => "unclear",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// A sentence that speaks for a part of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The part.
    pub part: PartId,
    /// The sentence.
    pub sentence: SentenceId,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// The strongest cue that holds for it, as an index into those of the part.
    pub cue: Option<usize>,
    /// What the learned model adds.
    pub learned: f32,
}

/// The verdict on one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemVerdict {
    /// `RS09`.
    pub code: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Names of the parts that lack.
    pub lacks: Vec<PartId>,
    /// What was found, the best first within each part.
    pub evidence: Vec<Evidence>,
    /// Sentences that came near, for parts that lack.
    pub near_misses: Vec<Evidence>,
    /// A sentence that points to a supplement where the part may be.
    pub pointer: Option<SentenceId>,
    /// The authors' or the stage's reason for `not-applicable`.
    pub reason: Option<String>,
}
