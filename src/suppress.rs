//! Suppressions: comments in the manuscript, entries of the configuration, and the baseline. Each
//! carries a reason; one that silences nothing is itself reported.

use crate::finding::{Finding, Place};
use crate::manuscript::{BlockId, Manuscript};
use crate::rule::RuleSet;
use crate::source::Span;

/// What a suppression covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The block that holds the comment, or the next one.
    Here,
    /// The whole manuscript.
    File,
    /// The item doesn't apply to this manuscript.
    NotApplicable,
}

/// One suppression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The code that it silences.
    pub code: String,
    /// Why.
    pub reason: String,
    /// What it covers.
    pub reach: Reach,
    /// The comment's place; `None` for one from the configuration.
    pub span: Option<Span>,
}

/// What the comments of a manuscript ask for, and those that could not be understood.
pub fn from_comments(manuscript: &Manuscript, rules: &RuleSet) -> (Vec<Suppression>, Vec<Finding>) {
    let mut suppressions = Vec::new();
    let mut findings = Vec::new();
    for comment in &manuscript.comments {
        match read_comment(&comment.text, Some(comment.span)) {
            Some(Ok(own)) => suppressions.extend(own),
            Some(Err(message)) => findings.push(misunderstood(manuscript, rules, comment.span, message)),
            None => {}
        }
    }
    (suppressions, findings)
}

/// What a comment asks for: `None` where it isn't addressed to realint, `Err` where it isn't understood.
pub(crate) fn read_comment(text: &str, span: Option<Span>) -> Option<Result<Vec<Suppression>, String>> {
    let rest = text.trim().strip_prefix("realint-")?;
    let (verb, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reach = match verb {
        "ignore" => Reach::Here,
        "ignore-file" => Reach::File,
        "not-applicable" => Reach::NotApplicable,
        _ => {
            return Some(Err(format!(
                "`realint-{verb}` is no instruction: there are realint-ignore, realint-ignore-file and realint-not-applicable"
            )));
        }
    };
    let (codes, reason) = rest.split_once(':').unwrap_or((rest, ""));
    if reason.trim().is_empty() || codes.trim().is_empty() {
        return Some(Err("a suppression without a code or a reason silences nothing".to_owned()));
    }
    let codes = codes.split(',').map(str::trim).filter(|c| !c.is_empty());
    Some(Ok(codes
        .map(|code| Suppression { code: code.to_uppercase(), reason: reason.trim().to_owned(), reach, span })
        .collect()))
}

fn misunderstood(manuscript: &Manuscript, rules: &RuleSet, span: Span, message: String) -> Finding {
    let place = block_after(manuscript, span).map(|block| Place::whole(manuscript, block));
    Finding::other(rules, "SUP002", message, "the comment here", place)
}

/// The block that a comment stands in or before.
fn block_after(manuscript: &Manuscript, span: Span) -> Option<BlockId> {
    let within_or_after = manuscript.blocks.iter().position(|block| {
        block.map.pieces().last().is_some_and(|p| p.source.source == span.source && p.source.end > span.start)
    });
    within_or_after.or_else(|| manuscript.blocks.len().checked_sub(1)).map(BlockId)
}

/// Parts findings into those that stand and those that are silenced (with the reason), and reports
/// suppressions that silence nothing. `used` says which of the suppressions worked elsewhere.
pub fn apply(
    manuscript: &Manuscript,
    rules: &RuleSet,
    findings: Vec<Finding>,
    suppressions: &[Suppression],
    mut used: Vec<bool>,
) -> (Vec<Finding>, Vec<(Finding, String, &'static str)>) {
    let mut standing = Vec::new();
    let mut silenced = Vec::new();
    let blocks: Vec<Option<BlockId>> =
        suppressions.iter().map(|s| s.span.and_then(|span| block_after(manuscript, span))).collect();
    for finding in findings {
        let hit = suppressions.iter().zip(&blocks).position(|(s, block)| {
            s.code == finding.code
                && match s.reach {
                    Reach::File => true,
                    Reach::NotApplicable => false,
                    Reach::Here => {
                        let said_once = finding.code.len() == 4;
                        said_once || finding.place.as_ref().is_some_and(|p| Some(p.block) == *block)
                    }
                }
        });
        match hit {
            Some(index) => {
                used[index] = true;
                let by = if suppressions[index].span.is_some() { "comment" } else { "configuration" };
                silenced.push((finding, suppressions[index].reason.clone(), by));
            }
            None => standing.push(finding),
        }
    }
    for (suppression, used) in suppressions.iter().zip(used) {
        if !used && let Some(span) = suppression.span {
            let place = block_after(manuscript, span).map(|block| Place::whole(manuscript, block));
            let message = format!("the suppression of {} silences nothing", suppression.code);
            standing.push(Finding::other(rules, "SUP001", message, "nothing to silence here", place));
        }
    }
    (standing, silenced)
}
