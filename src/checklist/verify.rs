//! A checklist that authors filled in themselves, held against the manuscript: items that it leaves
//! out, pages that aren't there, and items that it claims and the text doesn't bear out.

use std::sync::Arc;

use super::{Checklist, Filled, FilledRow, Row};
use crate::manuscript::Format;
use crate::report::{DocumentReport, FindingReport, url_of};
use crate::rule::{RuleSet, Severity};
use crate::source::{Location, SourceId, Span};
use crate::verdict::Verdict;
use crate::weights::fnv1a;

const LEFT_OUT: &str = "CHK901";
const NO_SUCH_PAGE: &str = "CHK902";
const NOT_BORNE_OUT: &str = "CHK903";
const NO_SUCH_ITEM: &str = "CHK904";
const OTHER_PAGE: &str = "CHK905";

/// Evidence this many pages off counts as on the page: sentences run over, and pages are counted from
/// the title or from the first of the text.
const NEAR: usize = 1;

/// Whether any row is about an item of the checklist: of a table of something else nothing can be said.
pub fn names_items(filled: &Filled, checklist: &Checklist) -> bool {
    filled.rows.iter().any(|line| checklist.rows.iter().any(|row| line.is_about(&row.label, &row.code, &row.name)))
}

/// Holds a filled checklist against the report on its manuscript.
///
/// `checklist` is the table that realint would write; `pages` how many pages the manuscript has, where
/// that is known. Gives a report on the checklist, whose findings lie in its rows.
pub fn verify(
    filled: &Filled,
    checklist: &Checklist,
    document: &DocumentReport,
    pages: Option<usize>,
    rules: &RuleSet,
) -> DocumentReport {
    let mut notes = vec![format!("a checklist, held against {}", document.path)];
    let claimed: Vec<Vec<usize>> = filled.rows.iter().map(|row| pages_in(&row.place, filled.pages)).collect();
    let beyond = |all: &[usize], last: usize| all.iter().any(|page| *page == 0 || *page > last);
    let said = claimed.iter().filter(|all| !all.is_empty()).count();
    let wrong = pages.map_or(0, |last| claimed.iter().filter(|all| beyond(all, last)).count());
    // A journal numbers its volume through; then all numbers are strange and none is wrong.
    let numbered_otherwise = said >= 3 && wrong * 2 > said;
    match pages {
        Some(last) if numbered_otherwise => notes.push(format!(
            "most page numbers lie beyond the {last} pages of the manuscript: they seem to be those of the journal, and were not checked"
        )),
        None if said > 0 => notes.push("the manuscript has no pages that realint knows; page numbers were not checked".into()),
        _ => {}
    }
    let pages = pages.filter(|_| !numbered_otherwise);
    let verifier = Verifier { filled, document, rules };
    let mut findings = Vec::new();
    for row in &checklist.rows {
        let about = |line: &&FilledRow| line.is_about(&row.label, &row.code, &row.name);
        let said: Vec<&FilledRow> = filled.rows.iter().filter(about).collect();
        let topic = format!("item {} ({})", row.label, row.name);
        let Some(first) = said.first() else {
            if row.verdict != Verdict::NotApplicable {
                findings.push(verifier.finding(LEFT_OUT, None, format!("{topic} is not in the checklist"), row));
            }
            continue;
        };
        // An item may take several rows; what is said in one of them is said.
        let claims = said.iter().find(|line| line.claims());
        if let Some(line) = claims {
            findings.extend(verifier.borne_out(line, row, &topic, pages.is_some(), filled.pages));
        } else if said
            .iter()
            .all(|line| line.not_applicable().is_none() && !line.denies() && line.note.trim().is_empty())
        {
            let message = format!("nothing is said of {topic}: neither a place nor that it doesn't apply");
            findings.push(verifier.finding(LEFT_OUT, Some(first), message, row));
        }
    }
    if let Some(last) = pages {
        for (line, claimed) in filled.rows.iter().zip(&claimed) {
            if let Some(page) = claimed.iter().find(|page| **page == 0 || **page > last)
                && let Some(row) = checklist.rows.iter().find(|row| line.is_about(&row.label, &row.code, &row.name))
            {
                let message = format!("there is no page {page}: the manuscript has {last}");
                findings.push(verifier.finding(NO_SUCH_PAGE, Some(line), message, row));
            }
        }
    }
    let most = checklist.rows.iter().filter_map(|row| row.label.parse::<u32>().ok()).max().unwrap_or_default();
    for line in &filled.rows {
        let known = checklist.rows.iter().any(|row| line.is_about(&row.label, &row.code, &row.name));
        // A number in a column of its own is an item's; one that only begins a text may be anything.
        if let Some(number) = line.number.filter(|_| !known && !line.item.is_empty())
            && let Some(row) = checklist.rows.first()
        {
            let message = format!("there is no item {number}: {} has {most}", checklist.standard);
            findings.push(verifier.finding(NO_SUCH_ITEM, Some(line), message, row));
        }
    }
    findings.sort_by(|a, b| (a.span.start, &a.code, &a.message).cmp(&(b.span.start, &b.code, &b.message)));
    DocumentReport {
        path: filled.source.name.clone(),
        format: if filled.from_word { Format::Docx } else { Format::Sheet },
        record: 1,
        title: None,
        standard: document.standard.clone(),
        stage: document.stage,
        items: Vec::new(),
        configurations: Vec::new(),
        findings,
        suppressed: Vec::new(),
        notes,
        sources: Arc::new(vec![filled.source.clone()]),
        lines_are_paragraphs: filled.from_word,
        pages: None,
        outline: None,
        manuscript: None,
    }
}

struct Verifier<'a> {
    filled: &'a Filled,
    document: &'a DocumentReport,
    rules: &'a RuleSet,
}

impl Verifier<'_> {
    /// What the text makes of a claim that an item is reported.
    fn borne_out(
        &self,
        line: &FilledRow,
        row: &Row,
        topic: &str,
        has_pages: bool,
        bare: bool,
    ) -> Option<FindingReport> {
        let place = line.place.split_whitespace().collect::<Vec<_>>().join(" ");
        let claim =
            if place.is_empty() { "said to be reported".to_owned() } else { format!("said to be at \"{place}\"") };
        let message = match row.verdict {
            Verdict::NotFound => format!("{topic} is {claim}; it was not found"),
            Verdict::Partial if !row.lacks.is_empty() => {
                format!("{topic} is {claim}; not found: {}", row.lacks.join(", "))
            }
            _ => {
                let claimed = if has_pages { pages_in(&line.place, bare) } else { Vec::new() };
                let item = self.document.items.iter().find(|item| item.code == row.code)?;
                let mut found: Vec<usize> = item.evidence.iter().filter_map(|e| e.location.page).collect();
                found.sort_unstable();
                found.dedup();
                let near = |page: &usize| claimed.iter().any(|claim| claim.abs_diff(*page) <= NEAR);
                if claimed.is_empty() || found.is_empty() || found.iter().any(near) {
                    return None;
                }
                let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                let message = format!("{topic} is {claim}; it was found on page {}", found.join(", "));
                return Some(self.finding(OTHER_PAGE, Some(line), message, row));
            }
        };
        Some(self.finding(NOT_BORNE_OUT, Some(line), message, row))
    }

    /// A finding at a row of the checklist; at its first line where it has no row.
    fn finding(&self, code: &str, line: Option<&FilledRow>, message: String, row: &Row) -> FindingReport {
        let source = &self.filled.source;
        let number = line.map_or(1, |line| line.line);
        let start = source.line_start(number - 1);
        let text = source.text[start..source.line_start(number).max(start)].trim_end();
        let span = Span { source: SourceId(0), start, end: start + text.len() };
        let known = self.rules.other(code);
        let (from, to) = (source.position(span.start), source.position(span.end));
        FindingReport {
            code: code.to_owned(),
            severity: known.map_or(Severity::Warning, |k| k.severity),
            confidence: known.map_or(0.5, |k| k.confidence),
            message,
            why: known.map_or_else(String::new, |k| k.why.clone()),
            help: format!(
                "{}; `realint explain {}` says what the item asks",
                known.map_or("", |k| k.help.as_str()),
                row.code
            ),
            location: Location {
                start_byte: span.start,
                end_byte: span.end,
                line: from.line,
                column: from.column,
                end_line: to.line,
                end_column: to.column,
                paragraph: number,
                ..Location::default()
            },
            block_text: text.to_owned(),
            related: Vec::new(),
            url: url_of(code),
            fingerprint: format!("{:016x}", fnv1a(format!("{code}\n{}\n{text}", row.code).as_bytes())),
            label: "here".to_owned(),
            span,
        }
    }
}

/// The pages that a place names: `p. 4`, `pages 4-6 and 9`; bare numbers where the column is one of pages.
/// Lines, tables and supplements have numbers of their own.
fn pages_in(place: &str, bare: bool) -> Vec<usize> {
    const LONGEST_RANGE: usize = 500;
    let lower = place.to_lowercase();
    if ["supplement", "appendix", "additional file", "online", "annex"].iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    let mut pages: Vec<usize> = Vec::new();
    let mut counting = bare;
    let mut range = false;
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        let class = |c: char| c.is_alphabetic();
        if first.is_ascii_digit() {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let after = rest[length..].chars().next();
            // 4th and 3b are no pages, nor is the 2 of 3.2.
            let number: Option<usize> = rest[..length].parse().ok();
            if counting && let Some(number) = number.filter(|_| !after.is_some_and(char::is_alphabetic)) {
                match pages.last().copied().filter(|_| range) {
                    Some(from) if number > from && number - from < LONGEST_RANGE => pages.extend(from + 1..=number),
                    _ => pages.push(number),
                }
            }
            range = false;
            rest = &rest[length..];
        } else if class(first) {
            let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            let word = &rest[..length];
            match word {
                "p" | "pp" | "page" | "pages" | "pg" | "pgs" => counting = true,
                "to" => range = true,
                "and" | "see" | "on" | "from" => {}
                _ => counting = false,
            }
            rest = &rest[length..];
            // `S4`, `L12`: a letter before a number makes it another's.
        } else {
            match first {
                '-' | '\u{2010}'..='\u{2015}' => range = true,
                ';' | '\n' => {
                    counting = bare;
                    range = false;
                }
                c if c.is_whitespace() => {}
                _ => range = false,
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_lines_tables_and_supplements() {
        for (place, bare, pages) in [
            ("4", true, &[4][..]),
            ("4", false, &[]),
            ("p. 4", false, &[4]),
            ("pp. 4\u{2013}6, 9", true, &[4, 5, 6, 9]),
            ("pages 4 to 6 and 8", false, &[4, 5, 6, 8]),
            ("4, Table 2", true, &[4]),
            ("p. 4, lines 12-30; p. 7", false, &[4, 7]),
            ("Methods, section 3.2", false, &[]),
            ("Methods, paragraph 2", true, &[]),
            ("Supplement 1, p. 3", true, &[]),
            ("S4", true, &[]),
            ("Title page", true, &[]),
            ("not applicable", true, &[]),
            ("1-99999999", true, &[1, 99_999_999]),
        ] {
            assert_eq!(pages_in(place, bare), pages, "{place}");
        }
    }
}
