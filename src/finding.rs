//! Findings: what is wrong, why it matters, what to do, and where.

use std::ops::Range;

use crate::manuscript::{BlockId, Manuscript};
use crate::rule::{OtherFinding, RuleSet, Severity};
use crate::source::{Location, Span};
use crate::weights::fnv1a;

/// A place in a manuscript: a range of a block's plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The block.
    pub block: BlockId,
    /// Byte range in its text.
    pub range: Range<usize>,
}

impl Place {
    /// All of a block.
    pub fn whole(manuscript: &Manuscript, block: BlockId) -> Self {
        Self { block, range: 0..manuscript.block(block).text.len() }
    }
}

/// A text, or where it is very long the part around a range: what is repeated for each of many
/// findings in one block stays bounded.
pub(crate) fn bounded<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    const LONG: usize = 20_000;
    const AROUND: usize = 1_000;
    if text.len() <= LONG {
        return text;
    }
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(range.start.saturating_sub(AROUND));
    &text[from..boundary(range.end.min(range.start + AROUND) + AROUND).max(from)]
}

/// One finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure realint is, 0 to 1.
    pub confidence: f32,
    /// What is wrong.
    pub message: String,
    /// A few words at the place itself.
    pub label: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub help: String,
    /// Where; `None` only for a manuscript without any block.
    pub place: Option<Place>,
    /// Other places that bear on it, each with a few words.
    pub related: Vec<(String, Place)>,
    /// Places in other files of the project that bear on it.
    pub beyond: Vec<Beyond>,
}

/// A place in another file of the same project.
#[derive(Debug, Clone, PartialEq)]
pub struct Beyond {
    /// What is there.
    pub message: String,
    /// Where, with the path of the file.
    pub location: Location,
    /// The place in the texts of the project, for renderers.
    pub span: Span,
    /// Lines of the location are those of a file, and not paragraphs.
    pub lines: bool,
}

/// Something found in a structured file: a protocol, a bibliography, an evidence table.
#[derive(Debug, Clone)]
pub struct Spotted<'r> {
    /// The rule, with its severity and reason.
    pub rule: &'r OtherFinding,
    /// What is wrong.
    pub message: String,
    /// A few words at the place.
    pub label: String,
    /// What to do here, where the rule's own help isn't enough.
    pub help: Option<String>,
    /// Byte range in the file.
    pub span: Range<usize>,
    /// Other places in the file that bear on it.
    pub related: Vec<(String, Range<usize>)>,
    /// Places in other files of the project that bear on it.
    pub beyond: Vec<Beyond>,
}

impl Finding {
    /// A finding of `rules/shared/findings.toml`, with its severity, reason and remedy from there.
    pub fn other(rules: &RuleSet, code: &str, message: String, label: &str, place: Option<Place>) -> Self {
        let known = rules.other(code);
        Self {
            code: code.to_owned(),
            severity: known.map_or(Severity::Warning, |k| k.severity),
            confidence: known.map_or(0.5, |k| k.confidence),
            message,
            label: label.to_owned(),
            why: known.map_or_else(String::new, |k| k.why.clone()),
            help: known.map_or_else(String::new, |k| k.help.clone()),
            place,
            related: Vec::new(),
            beyond: Vec::new(),
        }
    }

    /// What stays the same when text elsewhere is edited: code and the words at the place. For an
    /// item of a standard the code alone, since it is said once of a manuscript.
    pub fn fingerprint(&self, manuscript: &Manuscript, item: bool) -> String {
        let mut text = self.code.clone();
        if !item && let Some(place) = &self.place {
            let words = bounded(&manuscript.block(place.block).text, &place.range);
            text.push('\n');
            text.extend(words.split_whitespace().flat_map(|w| [w, " "]));
            text.push_str(&self.message);
        }
        format!("{:016x}", fnv1a(text.as_bytes()))
    }
}
