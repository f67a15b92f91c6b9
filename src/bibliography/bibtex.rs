//! BibTeX and BibLaTeX. The whole file goes to the `biblatex` crate first; that stops at the first slip, so a
//! file with one goes to it entry by entry, parted at lines that begin an entry, and of an entry that is
//! broken the key is kept.

use std::ops::Range;

use biblatex::{Pair, RawBibliography, RawChunk, RawEntry};

use super::{Entry, Words, keywords};
use crate::structured::Mistake;

/// Bytes in which the key of a broken entry is looked for.
const LONGEST_KEY: usize = 300;

/// Entries, mistakes, and whether every entry was found.
pub(super) fn read(text: &str) -> (Vec<Entry>, Vec<Mistake>, bool) {
    if let Ok(raw) = RawBibliography::parse(text) {
        return (raw.entries.iter().map(|raw| entry(&raw.v, 0)).collect(), Vec::new(), true);
    }
    let (mut entries, mut mistakes, mut complete) = (Vec::new(), Vec::new(), true);
    for piece in pieces(text) {
        let source = &text[piece.clone()];
        match RawBibliography::parse(source) {
            Ok(raw) => entries.extend(raw.entries.iter().map(|raw| entry(&raw.v, piece.start))),
            Err(error) => {
                let head = head(source);
                if head.as_ref().is_some_and(|head| matches!(head.kind, "comment" | "preamble" | "string")) {
                    continue;
                }
                // `@article(key, …)` is right, and the crate doesn't know it.
                let round = head.as_ref().filter(|head| head.round).and_then(|_| round_entry(source));
                if let Some(braced) = round
                    && let Ok(raw) = RawBibliography::parse(&braced)
                {
                    entries.extend(raw.entries.iter().map(|raw| entry(&raw.v, piece.start)));
                    continue;
                }
                let key = head.map(|head| head.key).filter(|key| !key.is_empty());
                // `@misc{key}` is right as well.
                if let Some(key) = key.as_ref().filter(|key| source[key.end..].trim() == "}") {
                    entries.push(Entry {
                        key: words_at(text, piece.start + key.start..piece.start + key.end),
                        ..Entry::default()
                    });
                    continue;
                }
                complete &= key.is_some();
                mistakes.push(mistake(text, &piece, error.span, &error.kind.to_string(), key.as_ref()));
                if let Some(key) = key {
                    let key = words_at(text, piece.start + key.start..piece.start + key.end);
                    entries.push(Entry { key, broken: true, ..Entry::default() });
                }
            }
        }
    }
    (entries, mistakes, complete)
}

fn words_at(text: &str, span: Range<usize>) -> Words {
    Words { text: text[span.clone()].to_owned(), span }
}

/// What is wrong with a piece, at the place where it shows; where that is the end of the file or of the piece,
/// at the entry that was never closed.
fn mistake(text: &str, piece: &Range<usize>, at: Range<usize>, kind: &str, key: Option<&Range<usize>>) -> Mistake {
    let named = key.map(|key| piece.start + key.start..piece.start + key.end);
    let open = at.start + 1 >= text[piece.clone()].trim_end().len();
    let entry = named.clone().map_or("an entry".to_owned(), |key| format!("the entry `{}`", &text[key]));
    let start = text[piece.clone()].find('@').map_or(piece.start, |at| piece.start + at);
    let whole = named.clone().unwrap_or(start..text.ceil_char_boundary(start + 1));
    if open {
        return Mistake { message: format!("{entry} is never closed"), span: whole, related: None };
    }
    let mut from = piece.start + at.start;
    while from > 0 && !text.is_char_boundary(from) {
        from -= 1;
    }
    let length = text[from..].chars().next().map_or(0, char::len_utf8);
    let related = named.map(|key| ("the entry".to_owned(), key));
    Mistake { message: format!("{entry} is broken: {kind}"), span: from..from + length, related }
}

/// The file in pieces that each begin with the line on which an entry begins.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    for (at, line) in crate::source::lines(text) {
        let bare = line.trim_start();
        let opens = bare.strip_prefix('@').is_some_and(|rest| {
            let name = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
            name > 0 && rest[name..].trim_start().starts_with(['{', '('])
        });
        if opens && at > 0 {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// How an entry begins.
struct Head<'a> {
    /// Its type.
    kind: &'a str,
    /// It is parted from the rest by round brackets.
    round: bool,
    /// Where its key stands in the piece.
    key: Range<usize>,
}

fn head(piece: &str) -> Option<Head<'_>> {
    let at = piece.find('@')? + 1;
    let kind = &piece[at..at + piece[at..].bytes().take_while(u8::is_ascii_alphabetic).count()];
    let rest = piece[at + kind.len()..].trim_start();
    let round = rest.starts_with('(');
    let rest = rest.strip_prefix(['{', '('])?.trim_start();
    let start = piece.len() - rest.len();
    let stops = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'{' | b'}' | b'@' | b'=' | b'"' | b')');
    let length = rest.bytes().take(LONGEST_KEY).take_while(|byte| !stops(*byte)).count();
    let length = (0..=length).rev().find(|end| rest.is_char_boundary(*end))?;
    Some(Head { kind, round, key: start..start + length })
}

/// An entry in round brackets with curly ones in their place; every byte stays where it is.
fn round_entry(piece: &str) -> Option<String> {
    let open = piece.find('(')?;
    let close = piece.trim_end().len().checked_sub(1).filter(|close| piece.as_bytes()[*close] == b')')?;
    (open < close).then(|| format!("{}{{{}}}{}", &piece[..open], &piece[open + 1..close], &piece[close + 1..]))
}

/// An entry of the crate as ours; `at` is where the text that it was read from begins.
fn entry(raw: &RawEntry<'_>, at: usize) -> Entry {
    let place = |span: &Range<usize>| at + span.start..at + span.end;
    let field = |names: &[&str]| {
        names.iter().find_map(|name| raw.fields.iter().find(|field| field.key.v.eq_ignore_ascii_case(name)))
    };
    let words = |names: &[&str]| {
        let field = field(names)?;
        let text = plain(field);
        let span = field
            .value
            .v
            .first()
            .zip(field.value.v.last())
            .map_or(field.value.span.clone(), |(first, last)| first.span.start..last.span.end);
        (!text.trim().is_empty()).then(|| Words { text: text.trim().to_owned(), span: place(&span) })
    };
    let text = |names: &[&str]| words(names).map(|words| words.text);
    let mut marks = vec![("type", raw.kind.v.to_ascii_lowercase())];
    for name in ["volume", "number", "pages", "edition", "part"] {
        marks.extend(text(&[name]).map(|value| (name, value)));
    }
    let filed = field(&["keywords", "keyword", "groups"]).and_then(|field| field.value.v.first());
    let filed = filed.map_or_else(Vec::new, |chunk| match chunk.v {
        RawChunk::Normal(words) => keywords(words, at + chunk.span.start),
        RawChunk::Abbreviation(_) => Vec::new(),
    });
    Entry {
        key: Words { text: raw.key.v.trim().to_owned(), span: place(&raw.key.span) },
        aliases: text(&["ids"]).map_or_else(Vec::new, |ids| ids.split(',').map(|id| id.trim().to_owned()).collect()),
        title: words(&["title"]),
        author: text(&["author", "editor"]),
        year: text(&["year", "date"]),
        doi: words(&["doi"]),
        keywords: filed,
        marks,
        broken: false,
    }
}

/// The value of a field without braces and the commonest escapes.
fn plain(field: &Pair<'_>) -> String {
    let mut text = String::new();
    for chunk in &field.value.v {
        let (RawChunk::Normal(words) | RawChunk::Abbreviation(words)) = chunk.v;
        let mut letters = words.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' => {}
                '\\' if letters.peek().is_some_and(|next| matches!(next, '_' | '&' | '%' | '#' | '$' | '<' | '>')) => {}
                _ => text.push(letter),
            }
        }
    }
    text
}
