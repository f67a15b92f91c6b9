//! Verdicts that a person corrected.

use std::collections::BTreeMap;

use crate::report::{ByHand, DocumentReport, SuppressedReport};
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

/// The report with the corrected verdicts, each with realint's own beside it. The finding on an item that is
/// now reported, or doesn't apply, is silenced with the note.
pub fn corrected(document: &DocumentReport, corrections: &Corrections) -> DocumentReport {
    let mut document = document.clone();
    for item in &mut document.items {
        let Some(correction) = corrections.get(&item.code) else { continue };
        let before = item.verdict;
        item.reason = Some(format!("by hand; realint: {}. {}", before.words(), correction.note));
        if correction.verdict != before {
            // These lack by realint's verdict.
            item.lacks.clear();
        }
        item.verdict = correction.verdict;
        item.by_hand = Some(ByHand { before, note: correction.note.clone() });
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::check::{Settings, check};
    use crate::checklist::Checklist;
    use crate::read::NoLibrary;
    use crate::rule::load;
    use crate::standard::Stage;

    #[test]
    fn a_person_s_word_stands_beside_realint_s() {
        let rules = load::shipped().expect("the rules");
        let text = b"# Sheds: a realist review\n\n## Methods\n\nWe searched Medline in 2020.\n";
        let settings = Settings { stage: Some(Stage::Report), ..Settings::default() };
        let checked = check(Path::new("a.md"), text, None, &NoLibrary, &rules, &settings);
        let document = &checked.expect("a report")[0];
        let of = |verdict, note: &str| Correction { verdict, note: note.to_owned() };
        let corrections = Corrections::from([
            ("RS10".to_owned(), of(Verdict::Reported, "in Appendix B")),
            ("RS12".to_owned(), of(Verdict::NotApplicable, "a commentary")),
            ("RS19".to_owned(), of(Verdict::Partial, "the funder is named")),
        ]);
        let corrected = corrected(document, &corrections);
        let finding = |of: &DocumentReport, code: &str| of.findings.iter().any(|f| f.code == code);
        assert!(["RS10", "RS12", "RS19"].iter().all(|code| finding(document, code)));
        assert!(!finding(&corrected, "RS10") && !finding(&corrected, "RS12") && finding(&corrected, "RS19"));
        assert_eq!(corrected.suppressed.iter().filter(|s| s.by == "hand").count(), 2);
        let table = Checklist::new(&corrected, &rules).expect("a standard applies");
        let row = |code: &str| {
            let row = table.rows.iter().find(|row| row.code == code).expect("a row");
            (row.status(), row.note.clone())
        };
        assert_eq!(row("RS10"), ("reported; by hand, realint: not found".into(), "in Appendix B".into()));
        assert_eq!(row("RS12").0, "not applicable: a commentary; by hand, realint: not found");
        assert_eq!(row("RS19").0, "partly reported; by hand, realint: not found");
        assert_eq!(row("RS08").1, "", "nobody said anything of the others");
        assert!(!row("RS08").0.contains("by hand"));
    }
}
