//! Several records in one text file: search pages saved from the web, and tagged exports.

use std::ops::Range;

/// The line ranges of the records of a text, at least one. Lines outside every record (menus,
/// footers) belong to none.
pub(super) fn split(lines: &[&str]) -> Vec<Range<usize>> {
    tagged(lines).or_else(|| author_marked(lines)).unwrap_or_else(|| vec![0..lines.len()])
}

/// The tag that opens each record of a tagged export, by the first line that has one.
const OPENING_TAGS: [&str; 4] = ["TY  - ", "PMID- ", "PT ", "%0 "];

/// RIS, PubMed, Web of Science and EndNote exports: each record begins with the same tag.
fn tagged(lines: &[&str]) -> Option<Vec<Range<usize>>> {
    let tag = OPENING_TAGS.iter().find(|tag| {
        let first = lines.iter().find(|l| !l.trim().is_empty());
        first.is_some_and(|l| l.trim_start_matches('\u{feff}').starts_with(**tag))
    })?;
    let starts: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.trim_start_matches('\u{feff}').starts_with(tag))
        .map(|(i, _)| i)
        .collect();
    Some(ranges(&starts, lines.len()))
}

/// A page of search results: each record names its authors on a line `Author(s):`.
fn author_marked(lines: &[&str]) -> Option<Vec<Range<usize>>> {
    let marks: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, l)| matches!(l.trim(), "Author(s):" | "Authors:" | "Author:"))
        .map(|(i, _)| i)
        .collect();
    if marks.len() < 2 {
        return None;
    }
    let starts: Vec<usize> = marks
        .iter()
        .enumerate()
        .map(|(n, mark)| {
            let floor = if n == 0 { 0 } else { marks[n - 1] + 1 };
            record_start(lines, *mark, floor)
        })
        .collect();
    let mut records = ranges(&starts, lines.len());
    if let Some(last) = records.last_mut() {
        last.end = before_footer(lines, last.clone());
    }
    Some(records)
}

/// The first line of the record whose authors stand at `mark`: the block of lines that the mark
/// ends, and the single line of a title before it.
fn record_start(lines: &[&str], mark: usize, floor: usize) -> usize {
    let blank = |i: usize| lines[i].trim().is_empty();
    let mut start = mark;
    while start > floor && !blank(start - 1) {
        start -= 1;
    }
    let mut title = start;
    while title > floor && blank(title - 1) {
        title -= 1;
    }
    let gap = start - title;
    if title > floor && gap == 1 {
        let line = title - 1;
        let alone = line == floor || blank(line - 1);
        if alone && lines[line].len() < 400 && !lines[line].trim_end().ends_with('.') {
            return line;
        }
    }
    start
}

/// Where the page's footer begins: after the last blank-separated block with a line of prose.
fn before_footer(lines: &[&str], range: Range<usize>) -> usize {
    range.clone().rev().find(|i| lines[*i].len() > 120).map_or(range.end, |i| i + 1)
}

fn ranges(starts: &[usize], end: usize) -> Vec<Range<usize>> {
    starts.iter().enumerate().map(|(n, start)| *start..starts.get(n + 1).copied().unwrap_or(end)).collect()
}

/// What a tagged line holds: `(tag, byte offset of the value)`; `None` for a continuation line.
pub(super) fn tag_of(line: &str) -> Option<(&str, usize)> {
    let bytes = line.as_bytes();
    if let Some((tag, rest)) = line.split_once('-')
        && (4..=5).contains(&tag.len())
        && tag.trim_end().len() >= 2
        && tag.trim_end().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && (rest.starts_with(' ') || rest.is_empty())
    {
        return Some((tag.trim_end(), tag.len() + 1 + usize::from(rest.starts_with(' '))));
    }
    if bytes.first() == Some(&b'%') && bytes.get(2) == Some(&b' ') {
        return Some((&line[..2], 3));
    }
    (bytes.len() > 3
        && bytes[0].is_ascii_uppercase()
        && bytes[1].is_ascii_alphanumeric()
        && !bytes[1].is_ascii_lowercase()
        && bytes[2] == b' ')
        .then(|| (&line[..2], 3))
}

/// What part of a record a tag holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Title,
    Abstract,
    Keyword,
    Other,
}

/// The part that a tag of RIS, PubMed, Web of Science or EndNote stands for.
pub(super) fn field_of(tag: &str) -> Field {
    match tag {
        "TI" | "T1" | "%T" => Field::Title,
        "AB" | "N2" | "%X" => Field::Abstract,
        "KW" | "OT" | "DE" | "%K" => Field::Keyword,
        _ => Field::Other,
    }
}

/// Whether these lines are a tagged record.
pub(super) fn is_tagged(lines: &[&str]) -> bool {
    lines.first().is_some_and(|l| OPENING_TAGS.iter().any(|tag| l.trim_start_matches('\u{feff}').starts_with(tag)))
}
