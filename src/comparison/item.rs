//! Items of the standard: which verdicts changed, and in which direction.

use serde::Serialize;

use crate::report::{DocumentReport, EvidenceReport, ItemReport};
use crate::verdict::Verdict;

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Better than it was.
    Mended,
    /// Worse than it was.
    Broken,
    /// Different, and neither.
    Changed,
    /// As it was.
    Kept,
}

/// One item in both versions.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedItem {
    /// The rule's code.
    pub code: String,
    /// Number of the item.
    pub item: u32,
    /// Its short name.
    pub name: String,
    /// Which way it went.
    pub change: Change,
    /// What was said of the old version.
    pub old: Said,
    /// What is said of the new version.
    pub new: Said,
}

/// What is said of an item in one version.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// The verdict.
    pub verdict: Verdict,
    /// Names of the parts that lack.
    pub lacks: Vec<String>,
    /// The best sentence of each part.
    pub evidence: Vec<EvidenceReport>,
    /// Why it is not applicable, where it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Said {
    fn of(item: &ItemReport) -> Self {
        let mut evidence: Vec<EvidenceReport> = Vec::new();
        for found in &item.evidence {
            if evidence.iter().all(|known| known.part != found.part) {
                evidence.push(found.clone());
            }
        }
        Self { verdict: item.verdict, lacks: item.lacks.clone(), evidence, reason: item.reason.clone() }
    }
}

/// The items that both versions have, in the order of the standard.
pub(super) fn compared(old: &DocumentReport, new: &DocumentReport) -> Vec<ComparedItem> {
    let same_stage = old.stage == new.stage;
    let one = |now: &ItemReport| {
        let was = old.items.iter().find(|item| item.code == now.code)?;
        Some(ComparedItem {
            code: now.code.clone(),
            item: now.item,
            name: now.name.clone(),
            change: change(was, now, same_stage),
            old: Said::of(was),
            new: Said::of(now),
        })
    };
    new.items.iter().filter_map(one).collect()
}

fn change(old: &ItemReport, new: &ItemReport, same_stage: bool) -> Change {
    match (rank(old.verdict), rank(new.verdict)) {
        (None, None) => Change::Kept,
        // Declared not to apply: nobody can say whether that is better.
        (Some(_), None) => Change::Changed,
        // Asked of reports only, say; where the kind is the same the authors took their declaration back.
        (None, Some(_)) if !same_stage => Change::Changed,
        (None, Some(_)) if new.verdict == Verdict::Reported => Change::Mended,
        (None, Some(_)) => Change::Broken,
        (Some(was), Some(is)) if was < is => Change::Mended,
        (Some(was), Some(is)) if was > is => Change::Broken,
        (Some(_), Some(_)) if new.verdict == Verdict::Partial => parts(&old.lacks, &new.lacks),
        (Some(_), Some(_)) => Change::Kept,
    }
}

/// Two partial verdicts: what lacks now and didn't, and the other way round.
fn parts(old: &[String], new: &[String]) -> Change {
    let (lost, found) = (new.iter().any(|part| !old.contains(part)), old.iter().any(|part| !new.contains(part)));
    match (lost, found) {
        (false, false) => Change::Kept,
        (false, true) => Change::Mended,
        (true, false) => Change::Broken,
        (true, true) => Change::Changed,
    }
}

/// How much was found; `None` where nothing was asked.
fn rank(verdict: Verdict) -> Option<u8> {
    match verdict {
        Verdict::NotFound => Some(0),
        Verdict::Unclear => Some(1),
        Verdict::Partial => Some(2),
        Verdict::Reported => Some(3),
        Verdict::NotApplicable => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(verdict: Verdict, lacks: &[&str]) -> ItemReport {
        ItemReport {
            code: "RS09".into(),
            item: 9,
            name: "Selection".into(),
            verdict,
            lacks: lacks.iter().map(ToString::to_string).collect(),
            evidence: Vec::new(),
            reason: None,
            parts: None,
            by_hand: None,
        }
    }

    #[test]
    fn verdicts_have_an_order() {
        let of = |old, new| change(&item(old, &[]), &item(new, &[]), true);
        assert_eq!(of(Verdict::NotFound, Verdict::Unclear), Change::Mended);
        assert_eq!(of(Verdict::Unclear, Verdict::Partial), Change::Mended);
        assert_eq!(of(Verdict::Reported, Verdict::Partial), Change::Broken);
        assert_eq!(of(Verdict::NotFound, Verdict::NotFound), Change::Kept);
        assert_eq!(of(Verdict::NotFound, Verdict::NotApplicable), Change::Changed);
        assert_eq!(of(Verdict::NotApplicable, Verdict::Reported), Change::Mended);
        assert_eq!(of(Verdict::NotApplicable, Verdict::NotFound), Change::Broken);
    }

    #[test]
    fn what_is_asked_of_another_kind_only_is_no_fault() {
        let (old, new) = (item(Verdict::NotApplicable, &[]), item(Verdict::NotFound, &[]));
        assert_eq!(change(&old, &new, false), Change::Changed);
    }

    #[test]
    fn two_partial_verdicts_differ_by_what_lacks() {
        let of = |old: &[&str], new: &[&str]| change(&item(Verdict::Partial, old), &item(Verdict::Partial, new), true);
        assert_eq!(of(&["rigour"], &["rigour"]), Change::Kept);
        assert_eq!(of(&["rigour", "relevance"], &["rigour"]), Change::Mended);
        assert_eq!(of(&["rigour"], &["rigour", "relevance"]), Change::Broken);
        assert_eq!(of(&["rigour"], &["relevance"]), Change::Changed);
    }
}
