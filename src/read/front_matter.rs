//! YAML front matter: title, abstract, and what is addressed to realint.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;

use crate::manuscript::Declared;
use crate::source::lines;

/// Front matter longer than this is not read as YAML.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontMatter {
    title: Option<Spanned<String>>,
    subtitle: Option<Spanned<String>>,
    #[serde(rename = "abstract")]
    abstract_text: Option<Spanned<String>>,
    realint: Option<Addressed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Addressed {
    standard: Option<String>,
    stage: Option<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, IgnoredAny>,
}

/// A text of the front matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// What it says.
    pub(super) text: String,
    /// Where it stands in the file, quotes left out.
    pub(super) range: Range<usize>,
    /// The file has these words in this place, so that its Markdown can be read there.
    pub(super) as_written: bool,
}

/// What the front matter holds for us.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// `title:` and `subtitle:`.
    pub(super) title: Vec<Value>,
    /// `abstract:`.
    pub(super) abstract_text: Option<Value>,
    /// The byte at which the word `abstract` stands.
    pub(super) abstract_key: usize,
    /// `realint:` fields.
    pub(super) declared: Declared,
    /// Notes on what couldn't be read.
    pub(super) notes: Vec<String>,
}

/// The byte range of the YAML between the opening `---` and the closing `---` or `...`, and the
/// first byte after the closing line. `None` where the text has no front matter.
pub(super) fn range(text: &str) -> Option<(Range<usize>, usize)> {
    let mut lines = lines(text).skip_while(|(_, line)| bare(line).is_empty());
    let (first, opening) = lines.next()?;
    if bare(opening) != "---" {
        return None;
    }
    let start = first + opening.len();
    let mut keyed = true;
    for (count, (at, line)) in lines.enumerate() {
        if count == 0 {
            // A rule, a paragraph and another rule are no front matter.
            keyed = is_key(line) || line.starts_with('#') || matches!(line.trim_end(), "---" | "..." | "");
        }
        if !keyed {
            return None;
        }
        if matches!(line.trim_end(), "---" | "...") {
            return Some((start..at, at + line.len()));
        }
    }
    None
}

fn bare(line: &str) -> &str {
    line.trim_start_matches('\u{feff}').trim_end()
}

/// Whether a line is `key: value`.
fn is_key(line: &str) -> bool {
    let Some((key, rest)) = line.split_once(':') else { return false };
    let key = key.trim_matches(['"', '\'']);
    !key.is_empty()
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
        && (rest.trim().is_empty() || rest.starts_with([' ', '\t']))
}

/// Reads the YAML in `text[range]`. Where it is broken, the lines of the title and the abstract
/// are taken as they stand, and a note says so.
pub(super) fn read(text: &str, range: Range<usize>) -> Read {
    let yaml = &text[range.clone()];
    if yaml.len() > MOST_BYTES {
        return Read { notes: vec!["the front matter is too long to be read".into()], ..Read::default() };
    }
    let parsed: FrontMatter = match serde_saphyr::from_str(yaml) {
        Ok(parsed) => parsed,
        Err(error) => {
            let before = lines(&text[..range.start]).count();
            let line = error.location().map_or(1, |l| l.line() as usize) + before;
            return as_it_stands(text, range, line);
        }
    };
    let mut read = Read::default();
    read.title.extend([&parsed.title, &parsed.subtitle].into_iter().flatten().filter_map(|v| value(text, &range, v)));
    read.abstract_text = parsed.abstract_text.as_ref().and_then(|v| value(text, &range, v));
    read.abstract_key = key_at(text, &range, "abstract").unwrap_or(range.start);
    if let Some(addressed) = parsed.realint {
        for key in addressed.unknown.keys() {
            read.notes
                .push(format!("`realint: {key}` in the front matter is no setting; there are `standard` and `stage`"));
        }
        read.declared = Declared { standard: addressed.standard, stage: addressed.stage };
    }
    read
}

/// The first byte of a top-level key.
fn key_at(text: &str, range: &Range<usize>, key: &str) -> Option<usize> {
    lines(&text[range.clone()])
        .find(|(_, line)| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
        .map(|(at, _)| range.start + at)
}

fn value(text: &str, range: &Range<usize>, parsed: &Spanned<String>) -> Option<Value> {
    let said = parsed.value.trim();
    if said.is_empty() {
        return None;
    }
    let span = parsed.referenced.span();
    let (Some(offset), Some(length)) = (span.byte_offset(), span.byte_len()) else {
        return Some(Value { text: said.to_owned(), range: range.start..range.start, as_written: false });
    };
    let start = range.start + offset as usize;
    let end = (start + length as usize).min(range.end);
    if start > end || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
        return Some(Value { text: said.to_owned(), range: range.start..range.start, as_written: false });
    }
    let place = unquoted(text, start..end);
    let as_written = text[place.clone()].split_whitespace().eq(said.split_whitespace());
    Some(Value { text: said.to_owned(), range: place, as_written })
}

/// A range without white space and one pair of quotes around it.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let trim = |range: Range<usize>| {
        let piece = &text[range.clone()];
        let start = range.start + (piece.len() - piece.trim_start().len());
        start..start + piece.trim().len()
    };
    let range = trim(range);
    let piece = &text[range.clone()];
    let quoted = piece.len() >= 2 && ['"', '\''].iter().any(|q| piece.starts_with(*q) && piece.ends_with(*q));
    if quoted { trim(range.start + 1..range.end - 1) } else { range }
}

/// What can be had from broken YAML: a title is worth more than an error in another line.
fn as_it_stands(text: &str, range: Range<usize>, line: usize) -> Read {
    let take = |key: &str| -> Option<Value> {
        let start = key_at(text, &range, key)?;
        let mut rows = lines(&text[start..range.end]);
        let (_, first) = rows.next()?;
        let end = rows
            .find(|(_, row)| !row.starts_with([' ', '\t']) && !row.trim().is_empty())
            .map_or(range.end, |(at, _)| start + at);
        let colon = start + first.find(':')? + 1;
        let marks = text[colon..end].len() - text[colon..end].trim_start_matches([' ', '\t', '|', '>', '-', '+']).len();
        let quotes = ['"', '\'', '[', ']'];
        let said = text[colon + marks..end].trim().trim_matches(quotes);
        let start = said.as_ptr() as usize - text.as_ptr() as usize;
        (!said.is_empty()).then(|| Value { text: said.to_owned(), range: start..start + said.len(), as_written: true })
    };
    Read {
        title: ["title", "subtitle"].into_iter().filter_map(take).collect(),
        abstract_text: take("abstract"),
        abstract_key: key_at(text, &range, "abstract").unwrap_or(range.start),
        declared: Declared::default(),
        notes: vec![format!(
            "the front matter could not be read as YAML (line {line}); only its title and abstract were taken, as they stand"
        )],
    }
}
