//! The evidence table: one row a piece of evidence, with the configuration that it bears on, the key of its
//! source, and the passage.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::library::leading_nowhere;
use super::{At, Context, Tie};
use crate::cmo::{self, Family, Identifier};
use crate::rule::{Check, OtherFinding};
use crate::structured::{self, Mistake, Syntax, Value};

/// Passages of a quotation that are shorter (in letters and digits) could stand anywhere.
const TELLING_PASSAGE: usize = 12;
/// So many sources without an entry, and none with one: the column holds something else than keys.
const NO_KEYS: usize = 3;

/// An evidence table as it was read.
#[derive(Debug)]
pub struct Evidence {
    /// The rows, each a map from column to cell.
    rows: Vec<Value>,
    /// What could not be read.
    mistakes: Vec<Mistake>,
    /// The first line, which names the columns.
    header: Range<usize>,
}

impl Evidence {
    /// Reads a table in CSV; what can't be read of it becomes mistakes.
    pub fn read(text: &str) -> Self {
        let (value, mistakes) = structured::parse(text, Syntax::Csv);
        let rows = value.as_ref().map_or(&[][..], Value::items).to_vec();
        let first = crate::source::lines(text).find(|(_, line)| !line.trim().is_empty());
        let header = first.map_or(0..0, |(start, line)| start..start + line.trim_end().len());
        Self { rows, mistakes, header }
    }

    /// The column of some words, by its name.
    fn column(&self, cx: &Context<'_>, words: &str) -> Option<(String, Range<usize>)> {
        let rule = cx.rules.others.iter().find(|rule| rule.check == Some(Check::EvidenceColumns))?;
        let named = self.rows.first()?.entries().iter().find(|entry| cx.is(&entry.key, rule.words(words)))?;
        Some((named.key.clone(), named.key_span.clone()))
    }
}

/// A filled cell: its text without a mark before a key, and its place.
fn cell<'v>(row: &'v Value, column: &str) -> Option<(&'v str, &'v Range<usize>)> {
    let value = row.get(column)?;
    Some((value.text()?.trim(), &value.span)).filter(|(text, _)| !text.is_empty())
}

/// What cannot be read, and columns that are lacking.
pub(super) fn columns<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, table)) = cx.beside.evidence else { return Vec::new() };
    let mut found: Vec<Tie<'r>> = Vec::new();
    for mistake in &table.mistakes {
        let mut tie = Tie::new(rule, &mistake.message, At::File(file, mistake.span.clone()));
        tie.related.extend(mistake.related.iter().map(|(what, at)| (what.clone(), At::File(file, at.clone()))));
        found.push(tie);
    }
    let header = || At::File(file, table.header.clone());
    if table.rows.is_empty() {
        found.push(Tie::new(rule, "no row of evidence was found", header()));
        return found;
    }
    for (words, name) in [("configuration", "configurations"), ("source", "sources")] {
        if table.column(cx, words).is_none() {
            found.push(Tie::new(rule, &format!("no column for {name} was found"), header()));
        }
    }
    found
}

/// Rows that say something, and not of which configuration or from which source.
pub(super) fn rows<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, table)) = cx.beside.evidence else { return Vec::new() };
    let (Some((configuration, _)), Some((source, _))) = (table.column(cx, "configuration"), table.column(cx, "source"))
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for row in &table.rows {
        let lacks = match (cell(row, &configuration), cell(row, &source)) {
            (Some(_), Some(_)) => continue,
            (None, Some(_)) => "no configuration",
            (Some(_), None) => "no source",
            (None, None) => "neither configuration nor source",
        };
        let filled = row.entries().iter().find(|entry| entry.value.text().is_some_and(|text| !text.trim().is_empty()));
        let span = filled.map_or(row.span.clone(), |entry| entry.value.span.clone());
        found.push(Tie::new(rule, lacks, At::File(file, span)));
    }
    found
}

/// What a cell names: labels parted by commas, semicolons, slashes or "and".
fn pieces(text: &str) -> Vec<&str> {
    let parted = text.split([',', ';', '/', '&', '|', '\n']).flat_map(|piece| piece.split(" and "));
    parted.map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// Labels of the table that the manuscript doesn't have.
pub(super) fn configurations<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, table)) = cx.beside.evidence else { return Vec::new() };
    let Some((column, _)) = table.column(cx, "configuration") else { return Vec::new() };
    let stated = &cx.told.compilation.configurations;
    let mut known: FxHashSet<Identifier> = stated.iter().flat_map(cmo::Configuration::labels).collect();
    known.extend(cx.told.compilation.mentions.iter().flat_map(|mention| mention.ids.iter().cloned()));
    if known.is_empty() {
        // Without labels there is nothing that a cell could lead to.
        return Vec::new();
    }
    // A number alone is that of a configuration, where these have labels.
    let of_configuration = |id: &&Identifier| matches!(id.family, Family::Configuration | Family::Bare);
    let some = known.iter().any(|id| of_configuration(&id));
    let same_number = |number: &str| {
        known.iter().any(|id| (!some || of_configuration(&id)) && id.number.eq_ignore_ascii_case(number))
    };
    let named = |piece: &str| {
        let same = |name: &Option<String>| name.as_ref().is_some_and(|name| name.trim().eq_ignore_ascii_case(piece));
        stated.iter().any(|configuration| same(&configuration.id) || same(&configuration.name))
    };
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    for row in &table.rows {
        let Some((text, span)) = cell(row, &column) else { continue };
        for piece in pieces(text) {
            let unknown = match cmo::key_of(&cx.rules.grammar, piece) {
                Some(id) if id.family == Family::Bare => !same_number(&id.number),
                Some(id) => !known.contains(&id),
                None if piece.bytes().all(|b| b.is_ascii_digit()) => !same_number(piece),
                // Words may be a name that the manuscript writes in another way.
                None => false,
            };
            if !unknown || named(piece) || !seen.insert(piece.to_lowercase()) {
                continue;
            }
            let tie = Tie::new(rule, &format!("`{piece}`"), At::File(file, span.clone()));
            found.push(match stated.last() {
                Some(last) => tie.beside(
                    "the last configuration of the manuscript",
                    At::Manuscript(crate::finding::Place { block: last.block, range: last.range.clone() }),
                ),
                None => tie,
            });
        }
    }
    found
}

/// The keys in a cell of sources.
fn keys(text: &str) -> Vec<&str> {
    let parted = text.split([',', ';', '|', '\n']);
    parted
        .map(|piece| piece.trim().trim_start_matches(['@', '[']).trim_end_matches(']').trim())
        .filter(|key| !key.is_empty())
        .collect()
}

/// Sources that no bibliography has.
pub(super) fn sources<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, table)) = cx.beside.evidence else { return Vec::new() };
    let Some((column, header)) = table.column(cx, "source") else { return Vec::new() };
    let whole = cx.beside.bibliographies.iter().all(|(_, bibliography)| bibliography.complete);
    if cx.library.is_empty() || !whole {
        return Vec::new();
    }
    let mut resolved = false;
    let mut unknown: Vec<(&str, &Range<usize>)> = Vec::new();
    let mut seen = FxHashSet::default();
    for row in &table.rows {
        let Some((text, span)) = cell(row, &column) else { continue };
        if cx.library.contains_key(text.trim_start_matches('@')) {
            resolved = true;
            continue;
        }
        for key in keys(text) {
            if cx.library.contains_key(key) {
                resolved = true;
            } else if seen.insert(key) {
                unknown.push((key, span));
            }
        }
    }
    if !resolved && unknown.len() > NO_KEYS {
        let what = format!("no cell of the column, such as \"{}\",", unknown[0].0);
        return vec![leading_nowhere(cx, rule, "", At::File(file, header)).with_message(rule, &what)];
    }
    unknown.truncate(super::MOST_OF_ONE_CODE);
    unknown.into_iter().map(|(key, span)| leading_nowhere(cx, rule, key, At::File(file, span.clone()))).collect()
}

impl<'r> Tie<'r> {
    fn with_message(mut self, rule: &'r OtherFinding, what: &str) -> Self {
        self.message = rule.say(&[("what", what)]);
        self
    }
}

/// The sources of all rows that name a configuration, each once.
pub(super) fn sources_behind(cx: &Context<'_>) -> Vec<String> {
    let Some((_, table)) = cx.beside.evidence else { return Vec::new() };
    let (Some((configuration, _)), Some((source, _))) = (table.column(cx, "configuration"), table.column(cx, "source"))
    else {
        return Vec::new();
    };
    let mut seen = FxHashSet::default();
    let mut all = Vec::new();
    for row in table.rows.iter().filter(|row| cell(row, &configuration).is_some()) {
        let Some((text, _)) = cell(row, &source) else { continue };
        for key in keys(text) {
            if seen.insert(key) {
                all.push(key.to_owned());
            }
        }
    }
    all
}

/// Where the first source of the table stands.
pub(super) fn first_source(cx: &Context<'_>) -> Option<Range<usize>> {
    let (_, table) = cx.beside.evidence?;
    let (column, _) = table.column(cx, "source")?;
    table.rows.iter().find_map(|row| cell(row, &column)).map(|(_, span)| span.clone())
}

/// Letters and digits alone: a line may end within a word, and a reader may have lost a space.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Quotations that aren't in the text of their source, as far as that is there.
pub(super) fn quotations<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, table)) = cx.beside.evidence else { return Vec::new() };
    let (Some((source, _)), Some((quotation, _))) = (table.column(cx, "source"), table.column(cx, "quotation")) else {
        return Vec::new();
    };
    let mut texts: rustc_hash::FxHashMap<&str, Option<(String, String)>> = rustc_hash::FxHashMap::default();
    let mut found = Vec::new();
    for row in &table.rows {
        let (Some((key, _)), Some((quoted, span))) = (cell(row, &source), cell(row, &quotation)) else { continue };
        let key = key.trim_start_matches(['@', '[']).trim_end_matches(']');
        let text =
            texts.entry(key).or_insert_with(|| (cx.beside.texts)(key).map(|(name, text)| (name, squeezed(&text))));
        let Some((name, text)) = text else { continue };
        // What is left out, and what the reviewers put in, stands in brackets or between dots.
        let bare = without_brackets(quoted).replace('\u{2026}', "...");
        let lost = bare.split("...").map(squeezed).find(|p| p.len() >= TELLING_PASSAGE && !text.contains(p.as_str()));
        if lost.is_some() {
            let shown: String = quoted.chars().take(50).collect();
            let dots = if shown.len() < quoted.len() { "…" } else { "" };
            let what = format!("\"{shown}{dots}\" in {name}");
            let mut tie = Tie::new(rule, &what, At::File(file, span.clone()));
            if let Some((there, entry)) = cx.library.get(key) {
                tie = tie.beside("the source that it is said to come from", At::File(*there, entry.key.span.clone()));
            }
            found.push(tie);
        }
    }
    found
}

/// Square brackets and what is in them as three dots.
fn without_brackets(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '[' => {
                depth += 1;
                bare.push_str("...");
            }
            ']' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ => bare.push(letter),
        }
    }
    bare
}
