//! The table that journals ask for: every item of the standard with where it is reported.
//!
//! [`Checklist::new`] fills it from a report, [`Checklist::keep`] carries over what the authors wrote
//! into an earlier one, and [`verify`] holds a table that authors filled in themselves against the
//! manuscript. The columns are those of the completed checklists that journals publish as supplements
//! (item, topic, where reported), with a quotation and a note beside them.

mod filled;
pub mod verify;

pub use filled::{Filled, FilledRow, read};

use crate::report::{DocumentReport, EvidenceReport};
use crate::rule::RuleSet;
use crate::source::Location;
use crate::standard::Stage;
use crate::verdict::Verdict;

/// The headings of the columns.
pub const HEADINGS: [&str; 7] = ["Item", "Topic", "What it asks", "Status", "Where", "Quotation", "Author's note"];

/// A quotation is cut after this many characters.
const LONGEST_QUOTATION: usize = 300;

/// A filled checklist.
#[derive(Debug, Clone)]
pub struct Checklist {
    /// The title of the manuscript, or its path.
    pub title: String,
    /// The standard, in words.
    pub standard: String,
    /// Who published it.
    pub source: String,
    /// What the manuscript was taken for.
    pub stage: &'static str,
    /// One an item, in order.
    pub rows: Vec<Row>,
}

/// One item.
#[derive(Debug, Clone)]
pub struct Row {
    /// The rule's code.
    pub code: String,
    /// Its number in the standard; the code of an item that a pack adds.
    pub label: String,
    /// Its short name.
    pub name: String,
    /// What it asks, in our words.
    pub asks: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Names of the parts that lack.
    pub lacks: Vec<String>,
    /// Why it doesn't apply, where it doesn't.
    pub reason: Option<String>,
    /// What the verdict rests on: for each part the best sentence.
    pub found: Vec<Quotation>,
    /// What the authors wrote.
    pub note: String,
    /// What realint had decided, where the verdict is a person's.
    pub realint: Option<Verdict>,
}

/// A sentence that speaks for an item.
#[derive(Debug, Clone)]
pub struct Quotation {
    /// The outermost and the innermost heading above it; empty where there is none.
    pub section: String,
    /// What places are counted in here, and in the plural.
    pub unit: (&'static str, &'static str),
    /// The number of its page, paragraph or line.
    pub number: usize,
    /// Its words.
    pub text: String,
}

impl Checklist {
    /// Fills it from what was found in a manuscript. `None` where no standard applies.
    pub fn new(document: &DocumentReport, rules: &RuleSet) -> Option<Self> {
        let chosen = document.standard.as_ref()?;
        let (standard, own) = rules.standard(&chosen.id)?;
        let rows = document.items.iter().filter_map(|item| {
            let rule = own.iter().find(|rule| rule.code == item.code)?;
            // The best sentence of each part, in the order in which they are read.
            let mut parts: Vec<&str> = Vec::new();
            let mut best: Vec<&EvidenceReport> = Vec::new();
            for evidence in &item.evidence {
                if !parts.contains(&evidence.part.as_str()) {
                    parts.push(&evidence.part);
                    best.push(evidence);
                }
            }
            best.sort_by_key(|e| (e.location.paragraph, e.location.start_byte));
            // A sentence that speaks for several parts is quoted once.
            best.dedup_by_key(|e| (e.location.paragraph, e.location.start_byte));
            let found = best.into_iter().map(|e| quotation(document, &e.location, &e.text)).collect();
            let by_hand = item.by_hand.as_ref();
            let said = || by_hand.map(|by| by.note.clone());
            let applies = item.verdict != Verdict::NotApplicable;
            Some(Row {
                code: item.code.clone(),
                label: if rule.pack.is_some() { item.code.clone() } else { item.item.to_string() },
                name: item.name.clone(),
                asks: rule.ask.clone(),
                verdict: item.verdict,
                lacks: item.lacks.clone(),
                reason: said().filter(|_| !applies).or_else(|| item.reason.clone()),
                found,
                note: said().filter(|_| applies).unwrap_or_default(),
                realint: by_hand.map(|by| by.before),
            })
        });
        Some(Self {
            title: document.title.clone().unwrap_or_else(|| document.path.clone()),
            standard: standard.name.clone(),
            source: standard.source.clone(),
            stage: document.stage,
            rows: rows.collect(),
        })
    }

    /// Keeps what authors wrote into an earlier table: their notes, and items that they said don't
    /// apply, with the reason. Gives the rows of the old table whose note found no item.
    pub fn keep(&mut self, old: &Filled) -> Vec<FilledRow> {
        let mut lost = Vec::new();
        for row in &old.rows {
            let said = row.not_applicable();
            let Some(item) = self.rows.iter_mut().find(|item| row.is_about(&item.label, &item.code, &item.name)) else {
                if !row.note.is_empty() {
                    lost.push(row.clone());
                }
                continue;
            };
            if !row.note.is_empty() && !item.note.contains(&row.note) {
                if !item.note.is_empty() {
                    item.note.push('\n');
                }
                item.note.push_str(&row.note);
            }
            // A stage's reason is realint's own, and may no longer hold.
            let own = |reason: &str| Stage::ALL.iter().any(|stage| reason == stage.not_asked());
            if let Some(reason) = said.filter(|reason| !own(reason))
                && item.verdict != Verdict::NotApplicable
            {
                item.verdict = Verdict::NotApplicable;
                item.reason = Some(reason).filter(|reason| !reason.is_empty());
                item.lacks.clear();
            }
        }
        lost
    }
}

impl Row {
    /// The status as people read it, with what lacks or why it doesn't apply, and whose word it is.
    pub fn status(&self) -> String {
        let status = match self.verdict {
            Verdict::Reported => "reported".to_owned(),
            Verdict::Partial if self.lacks.is_empty() => "partly reported".to_owned(),
            Verdict::Partial => format!("partly reported; not found: {}", self.lacks.join(", ")),
            Verdict::NotFound => "not found".to_owned(),
            Verdict::Unclear => "unclear: look here".to_owned(),
            Verdict::NotApplicable => match &self.reason {
                Some(reason) => format!("not applicable: {reason}"),
                None => "not applicable".to_owned(),
            },
        };
        match self.realint {
            Some(before) => format!("{status}; by hand, realint: {}", before.words()),
            None => status,
        }
    }

    /// The places, a line a section: `Methods > Searching, lines 76, 78`.
    pub fn places(&self) -> String {
        let mut places = String::new();
        for (index, same) in self.found.chunk_by(|a, b| a.section == b.section && a.unit == b.unit).enumerate() {
            if index > 0 {
                places.push('\n');
            }
            let mut numbers: Vec<String> = same.iter().map(|q| q.number.to_string()).collect();
            numbers.dedup();
            let (one, several) = same[0].unit;
            if !same[0].section.is_empty() {
                places.push_str(&same[0].section);
                places.push_str(", ");
            }
            places.push_str(if numbers.len() > 1 { several } else { one });
            places.push(' ');
            places.push_str(&numbers.join(", "));
        }
        places
    }

    /// The quotations, a line each.
    pub fn quotations(&self) -> String {
        let quoted: Vec<String> = self.found.iter().map(|q| format!("\u{201c}{}\u{201d}", q.text)).collect();
        quoted.join("\n")
    }
}

/// A sentence with its headings, and its page, paragraph or line, whichever the format has.
fn quotation(document: &DocumentReport, at: &Location, text: &str) -> Quotation {
    let (unit, number) = match at.page {
        Some(page) => (("p.", "pp."), page),
        None if document.lines_are_paragraphs => (("paragraph", "paragraphs"), at.paragraph),
        None => (("line", "lines"), at.line),
    };
    // The title of the paper stands above every section.
    let headings: Vec<&str> =
        at.section.iter().map(String::as_str).filter(|h| document.title.as_deref() != Some(*h)).collect();
    let section = match headings.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first, .., last] => format!("{first} > {last}"),
    };
    Quotation { section, unit, number, text: clipped(text) }
}

fn clipped(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST_QUOTATION {
        return text;
    }
    let cut: String = text.chars().take(LONGEST_QUOTATION).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{} \u{2026}", &cut[..end])
}
