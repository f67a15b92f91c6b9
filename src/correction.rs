//! Verdicts that a person corrected.

use std::collections::BTreeMap;

use crate::checklist::Checklist;
use crate::report::{DocumentReport, SuppressedReport};
use crate::verdict::Verdict;

/// What a person says of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub note: String,
}

/// Corrections by the code of their item.
pub type Corrections = BTreeMap<String, Correction>;

/// The report with the corrected verdicts. The finding on an item that is now reported, or doesn't apply,
/// is silenced with the note.
pub fn corrected(document: &DocumentReport, corrections: &Corrections) -> DocumentReport {
    let mut document = document.clone();
    for item in &mut document.items {
        let Some(correction) = corrections.get(&item.code) else { continue };
        item.reason = Some(format!("corrected by hand, before: {}. {}", item.verdict.name(), correction.note));
        item.verdict = correction.verdict;
        if matches!(item.verdict, Verdict::Reported | Verdict::NotApplicable) {
            item.lacks.clear();
        }
    }
    for finding in std::mem::take(&mut document.findings) {
        match settled(corrections, &finding.code) {
            Some(by) => document.suppressed.push(SuppressedReport { finding, reason: by.note.clone(), by: "hand" }),
            None => document.findings.push(finding),
        }
    }
    document
}

/// The correction by which nothing lacks that a finding of this code could be about.
pub fn settled<'a>(corrections: &'a Corrections, code: &str) -> Option<&'a Correction> {
    let settles = |correction: &&Correction| matches!(correction.verdict, Verdict::Reported | Verdict::NotApplicable);
    corrections.get(code).filter(settles)
}

/// Puts the notes into their column.
pub fn noted(checklist: &mut Checklist, corrections: &Corrections) {
    for row in &mut checklist.rows {
        let Some(correction) = corrections.get(&row.code) else { continue };
        if row.verdict == Verdict::NotApplicable {
            row.reason = Some(correction.note.clone());
        } else {
            row.note.clone_from(&correction.note);
        }
    }
}
