//! Findings of two versions: which are gone, which are new, and which stayed.
//!
//! A finding on an item of the standard is known by its code. Any other is known by its code and the
//! words of its block; a block that was edited is still known where enough of its words are left, or
//! where the same is said of the same section.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::likeness::{Words, normalised, pairs};
use crate::report::{DocumentReport, FindingReport};
use crate::rule::Severity;
use crate::source::Location;

/// From this likeness on two blocks are one that was edited.
const ALIKE: f32 = 0.5;
/// What the same message adds to the likeness of two blocks.
const SAME_MESSAGE: f32 = 0.2;

/// Findings of two versions. Those of the old one are `gone`, `kept` or `silenced`; those of the new one
/// `new` or `kept`. Findings that are silenced in both are left out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ComparedFindings {
    /// In the old version only.
    pub gone: Vec<ComparedFinding>,
    /// In the new version only, or silenced in the old one and no longer.
    pub new: Vec<ComparedFinding>,
    /// In both.
    pub kept: Vec<KeptFinding>,
    /// Still there in the new version, and silenced.
    pub silenced: Vec<SilencedFinding>,
}

/// A finding, with its place in its own version.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedFinding {
    /// The rule's code.
    pub code: String,
    /// It is about an item of the standard, whose verdict says the same.
    pub of_item: bool,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub location: Location,
    /// Plain text of the enclosing block.
    pub block_text: String,
    /// Where the rule is explained.
    pub url: String,
}

/// A finding of both versions.
#[derive(Debug, Clone, Serialize)]
pub struct KeptFinding {
    /// In the old version.
    pub old: ComparedFinding,
    /// In the new version.
    pub new: ComparedFinding,
}

/// A finding that the new version silences.
#[derive(Debug, Clone, Serialize)]
pub struct SilencedFinding {
    /// In the old version.
    pub old: ComparedFinding,
    /// In the new version.
    pub new: ComparedFinding,
    /// The reason that is given.
    pub reason: String,
    /// `comment`, `configuration` or `baseline`.
    pub by: &'static str,
}

/// What a finding is known by.
struct Known<'a> {
    finding: &'a FindingReport,
    of_item: bool,
    block: String,
    words: Words,
}

impl<'a> Known<'a> {
    fn new(finding: &'a FindingReport, document: &DocumentReport) -> Self {
        let of_item = document.items.iter().any(|item| item.code == finding.code);
        let text = if of_item { "" } else { finding.block_text.as_str() };
        Self { finding, of_item, block: normalised(text), words: Words::of(text) }
    }

    fn compared(&self) -> ComparedFinding {
        let finding = self.finding;
        ComparedFinding {
            code: finding.code.clone(),
            of_item: self.of_item,
            severity: finding.severity,
            message: finding.message.clone(),
            help: finding.help.clone(),
            location: finding.location.clone(),
            block_text: finding.block_text.clone(),
            url: finding.url.clone(),
        }
    }
}

pub(super) fn compared(old: &DocumentReport, new: &DocumentReport) -> ComparedFindings {
    let was: Vec<Known<'_>> = old.findings.iter().map(|finding| Known::new(finding, old)).collect();
    let standing = new.findings.len();
    let silenced = new.suppressed.iter().map(|suppressed| &suppressed.finding);
    let is: Vec<Known<'_>> = new.findings.iter().chain(silenced).map(|finding| Known::new(finding, new)).collect();
    let partner = matched(&was, &is);
    let mut taken = vec![false; is.len()];
    let mut compared = ComparedFindings::default();
    for (known, partner) in was.iter().zip(partner) {
        let Some(partner) = partner else {
            compared.gone.push(known.compared());
            continue;
        };
        taken[partner] = true;
        let (old, now) = (known.compared(), is[partner].compared());
        match partner.checked_sub(standing).and_then(|index| new.suppressed.get(index)) {
            None => compared.kept.push(KeptFinding { old, new: now }),
            Some(by) => {
                compared.silenced.push(SilencedFinding { old, new: now, reason: by.reason.clone(), by: by.by });
            }
        }
    }
    let unmatched = is.iter().zip(&taken).take(standing).filter(|(_, taken)| !**taken);
    compared.new = unmatched.map(|(known, _)| known.compared()).collect();
    compared
}

/// For each old finding the new one that is the same.
fn matched(old: &[Known<'_>], new: &[Known<'_>]) -> Vec<Option<usize>> {
    let mut partner = vec![None; old.len()];
    let mut free = vec![true; new.len()];
    let message = |known: &Known<'_>| normalised(&known.finding.message);
    exactly(old, new, &mut partner, &mut free, |known| {
        let message = if known.of_item { String::new() } else { message(known) };
        Some((known.finding.code.clone(), known.block.clone(), message))
    });
    exactly(old, new, &mut partner, &mut free, |known| {
        (!known.block.is_empty()).then(|| (known.finding.code.clone(), known.block.clone()))
    });
    let mut by_code: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (index, known) in old.iter().enumerate().filter(|(index, _)| partner[*index].is_none()) {
        by_code.entry(&known.finding.code).or_default().0.push(index);
    }
    for (index, known) in new.iter().enumerate().filter(|(index, _)| free[*index]) {
        by_code.entry(&known.finding.code).or_default().1.push(index);
    }
    for (of_old, of_new) in by_code.values() {
        let score = |o: usize, n: usize| {
            let (a, b) = (&old[o], &new[n]);
            let same = if a.finding.message == b.finding.message { SAME_MESSAGE } else { 0.0 };
            let likeness = a.words.likeness(&b.words) + same;
            (likeness >= ALIKE).then_some(likeness)
        };
        for (o, n) in pairs(of_old, of_new, score) {
            partner[o] = Some(n);
            free[n] = false;
        }
    }
    exactly(old, new, &mut partner, &mut free, |known| {
        Some((known.finding.code.clone(), message(known), known.finding.location.section.clone()))
    });
    partner
}

/// Pairs what has the same key, in the order of the text; nothing has the key `None`.
fn exactly<K: Ord>(
    old: &[Known<'_>],
    new: &[Known<'_>],
    partner: &mut [Option<usize>],
    free: &mut [bool],
    key: impl Fn(&Known<'_>) -> Option<K>,
) {
    let mut there: BTreeMap<K, VecDeque<usize>> = BTreeMap::new();
    for (index, known) in new.iter().enumerate().filter(|(index, _)| free[*index]) {
        if let Some(key) = key(known) {
            there.entry(key).or_default().push_back(index);
        }
    }
    for (index, known) in old.iter().enumerate() {
        if partner[index].is_none()
            && let Some(key) = key(known)
            && let Some(found) = there.get_mut(&key).and_then(VecDeque::pop_front)
        {
            partner[index] = Some(found);
            free[found] = false;
        }
    }
}
