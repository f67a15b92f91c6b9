//! A comparison of two versions: for a terminal, for programs, and for the letter that goes with a
//! revision.

mod html;
mod human;
mod json;
mod markdown;

pub use html::html as markup;
pub use human::human;
pub use json::json;
pub use markdown::markdown;

use super::configurations::{labelled, one_line};
use super::place::numbered;
use super::words::{counted, listed};
use crate::cmo::ComponentKind;
use crate::comparison::{
    Change, ChangedConfiguration, ChangedPart, Comparison, Counts, NamedConfiguration, Said, Standards, Version,
};
use crate::report::EvidenceReport;
use crate::source::Location;
use crate::verdict::Verdict;

/// A quotation is cut after this many characters.
const LONGEST_QUOTATION: usize = 120;

/// Where something stands in a version.
fn place(version: &Version, location: &Location) -> String {
    numbered(location, !version.lines_are_paragraphs)
}

/// `not found`, `partial (lacks rigour)`.
fn verdict(said: &Said) -> String {
    let name = match said.verdict {
        Verdict::NotFound => "not found",
        Verdict::NotApplicable => "n/a",
        other => other.name(),
    };
    if said.verdict == Verdict::Partial && !said.lacks.is_empty() {
        format!("{name} (lacks {})", said.lacks.join(", "))
    } else {
        name.to_owned()
    }
}

/// The sentence that shows what changed: one that speaks for a part which the other version lacks, else
/// the best there is.
fn telling<'a>(said: &'a Said, other: &Said) -> Option<&'a EvidenceReport> {
    let of_new_part = said.evidence.iter().find(|e| other.evidence.iter().all(|o| o.part != e.part));
    of_new_part.or(said.evidence.first())
}

/// The start of a text in one line, in quotation marks.
fn quoted(text: &str) -> String {
    let line = shortened(text);
    if line.starts_with('"') && line.ends_with('"') && line.len() > 1 { line } else { format!("\"{line}\"") }
}

/// The start of a text in one line.
fn shortened(text: &str) -> String {
    let line = one_line(text);
    if line.chars().count() <= LONGEST_QUOTATION {
        return line;
    }
    let cut: String = line.chars().take(LONGEST_QUOTATION - 1).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}

fn called(configuration: &NamedConfiguration) -> String {
    labelled(configuration.id.as_deref(), configuration.name.as_deref(), configuration.index)
}

fn part_name(part: ComponentKind) -> &'static str {
    match part {
        ComponentKind::Context => "context",
        ComponentKind::Intervention => "intervention",
        ComponentKind::Actor => "actor",
        ComponentKind::Mechanism => "mechanism",
        ComponentKind::Outcome => "outcome",
    }
}

/// What became of a part.
fn part_change(changed: &ChangedPart) -> String {
    let name = part_name(changed.part);
    match (&changed.old, &changed.new) {
        (Some(old), Some(new)) => {
            format!("{name} reworded: {}, before {}", quoted(&new.text), quoted(&old.text))
        }
        (None, Some(new)) => format!("{name} added: {}", quoted(&new.text)),
        (Some(old), None) => format!("{name} removed: {}", quoted(&old.text)),
        (None, None) => String::new(),
    }
}

/// What became of a configuration, a line a change.
fn configuration_changes(changed: &ChangedConfiguration) -> Vec<String> {
    let mut said = Vec::new();
    if called(&changed.old) != called(&changed.new) {
        said.push(format!("was called {}", called(&changed.old)));
    }
    if changed.old.stage != changed.new.stage {
        said.push(format!("stage: {}, before {}", changed.new.stage.name(), changed.old.stage.name()));
    }
    said.extend(changed.parts.iter().map(part_change));
    let texts = |all: &[crate::report::SupportReport]| {
        let mut texts: Vec<String> = all.iter().map(|support| quoted(&support.text)).collect();
        texts.sort();
        texts.dedup();
        listed(&texts)
    };
    if !changed.support.gained.is_empty() {
        said.push(format!("support added: {}", texts(&changed.support.gained)));
    }
    if !changed.support.lost.is_empty() {
        said.push(format!("support removed: {}", texts(&changed.support.lost)));
    }
    said
}

/// `2 items, 1 other finding`.
fn counts(counts: Counts) -> String {
    let named = [(counts.items, "item"), (counts.findings, "other finding"), (counts.configurations, "configuration")];
    let said: Vec<String> =
        named.into_iter().filter(|(number, _)| *number > 0).map(|(number, name)| counted(number, name)).collect();
    if said.is_empty() { "nothing".to_owned() } else { listed(&said) }
}

/// What came of it, in a sentence.
fn outcome(comparison: &Comparison) -> String {
    match comparison.standards {
        Standards::Lost => "The new version no longer claims what the old one answered to.".to_owned(),
        Standards::Gained => "There was nothing to compare with.".to_owned(),
        _ => format!("Mended: {}. Broken: {}.", counts(comparison.mended), counts(comparison.broken)),
    }
}

/// Items that stayed as they were and aren't wholly reported.
fn still_lacks(change: Change, new: &Said) -> bool {
    change == Change::Kept && matches!(new.verdict, Verdict::NotFound | Verdict::Partial | Verdict::Unclear)
}
