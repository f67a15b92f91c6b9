//! Citations in the text: numbers in brackets, author and year, Pandoc keys.

use std::ops::Range;

use super::{Block, BlockId, BlockKind};

/// How a citation is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CitationKind {
    /// `[3, 7-9]`: the numbers, ranges spelt out.
    Numbers(Vec<u32>),
    /// `(Adeyemi, 2019)` or `Adeyemi et al. (2019)`: the text as written.
    AuthorYear(String),
    /// `[@adeyemi2019; @cole2020]`: the keys.
    Keys(Vec<String>),
}

/// One citation in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The block that holds it.
    pub block: BlockId,
    /// Byte range in the block's text, brackets included.
    pub range: Range<usize>,
    /// What it says.
    pub kind: CitationKind,
}

/// A numeric bracket names no more sources than this: a longer one is a typing slip or a table of numbers.
const MOST_NUMBERS: usize = 200;

/// All citations of the prose blocks, in order.
pub(super) fn find(blocks: &[Block]) -> Vec<Citation> {
    let mut citations = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if !matches!(block.kind, BlockKind::Code | BlockKind::Reference | BlockKind::Metadata) {
            in_text(&block.text, |range, kind| citations.push(Citation { block: BlockId(index), range, kind }));
        }
    }
    citations
}

/// Calls `found` for each citation of a text, left to right.
pub(crate) fn in_text(text: &str, mut found: impl FnMut(Range<usize>, CitationKind)) {
    let bytes = text.as_bytes();
    let (mut square, mut round) = (Closing::new(b']'), Closing::new(b')'));
    let mut at = 0;
    while let Some(skipped) = memchr::memchr3(b'[', b'(', b'@', &bytes[at..]) {
        at += skipped;
        let hit = match bytes[at] {
            b'[' => square.after(bytes, at, 400).and_then(|close| bracket(text, at, close)),
            b'(' => round.after(bytes, at, 300).and_then(|close| {
                author_year_in_parentheses(text, at, close).or_else(|| year_after_author(text, at, close))
            }),
            _ => bare_key(text, at),
        };
        if let Some((range, kind)) = hit {
            at = range.end.max(at + 1);
            found(range, kind);
        } else {
            at += 1;
        }
    }
}

/// The closing brackets of one kind, each looked for once, however many brackets open before it.
struct Closing {
    mark: u8,
    next: Option<usize>,
}

impl Closing {
    fn new(mark: u8) -> Self {
        Self { mark, next: Some(0) }
    }

    /// The first closing bracket after `open`, if it is within so many bytes.
    fn after(&mut self, bytes: &[u8], open: usize, within: usize) -> Option<usize> {
        if self.next? <= open {
            self.next = bytes[open + 1..].iter().position(|b| *b == self.mark).map(|length| open + 1 + length);
        }
        self.next.filter(|close| close - open < within)
    }
}

fn bracket(text: &str, open: usize, close: usize) -> Option<(Range<usize>, CitationKind)> {
    let inside = &text[open + 1..close];
    if inside.contains('@') {
        let keys: Vec<String> = inside.match_indices('@').filter_map(|(i, _)| key_at(inside, i)).collect();
        return (!keys.is_empty()).then(|| (open..close + 1, CitationKind::Keys(keys)));
    }
    numbers(inside).map(|n| (open..close + 1, CitationKind::Numbers(n)))
}

/// `3, 7-9 11` as numbers; `None` for anything else, years among it.
fn numbers(inside: &str) -> Option<Vec<u32>> {
    let first = inside.trim().as_bytes().first()?;
    if !first.is_ascii_digit() {
        return None;
    }
    let mut all = Vec::new();
    for part in inside.split([',', ';', ' ']).filter(|p| !p.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (u32, u32) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        if from == 0 || to < from || to > 1500 || all.len() + (to - from) as usize > MOST_NUMBERS {
            return None;
        }
        all.extend(from..=to);
    }
    (!all.is_empty()).then_some(all)
}

fn bare_key(text: &str, at: usize) -> Option<(Range<usize>, CitationKind)> {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) {
        return None;
    }
    let key = key_at(text, at)?;
    if text[at + 1 + key.len()..].starts_with('(') {
        // Bookdown's cross-reference: `\@ref(fig:flow)`.
        return None;
    }
    Some((at..at + 1 + key.len(), CitationKind::Keys(vec![key])))
}

/// The Pandoc key after the `@` at `at`; cross-references (`@fig-1`) are no citations.
fn key_at(text: &str, at: usize) -> Option<String> {
    let rest = &text[at + 1..];
    let key: String = rest
        .chars()
        .take_while(|c| {
            c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '#' | '$' | '%' | '&' | '-' | '+' | '?' | '/')
        })
        .collect();
    let key = key.trim_end_matches([':', '.', '?', '/', '-']).to_owned();
    let cross_reference = ["fig-", "tbl-", "sec-", "eq-", "lst-", "thm-"].iter().any(|prefix| key.starts_with(prefix));
    (key.len() > 1 && key.starts_with(|c: char| c.is_alphanumeric() || c == '_') && !cross_reference).then_some(key)
}

/// `(Adeyemi 2019; Cole & Ruiz, 2020, p. 4)`.
fn author_year_in_parentheses(text: &str, open: usize, close: usize) -> Option<(Range<usize>, CitationKind)> {
    let inside = &text[open + 1..close];
    let author = inside.split([';', ',']).any(|part| {
        let part = part.trim().trim_start_matches("see ").trim_start_matches("e.g. ");
        part.starts_with(char::is_uppercase)
    });
    let year = years(inside).next()?;
    let before_year = inside[..year].trim_end();
    (author
        && inside.len() < 250
        && before_year.len() > 2
        && before_year.trim_end_matches([',', '.']).ends_with(char::is_alphabetic)
        && !ends_in_month(before_year))
    .then(|| (open..close + 1, CitationKind::AuthorYear(inside.to_owned())))
}

/// `Adeyemi et al. (2019)`: the range covers the name and the year.
fn year_after_author(text: &str, open: usize, close: usize) -> Option<(Range<usize>, CitationKind)> {
    let inside = &text[open + 1..close];
    if years(inside).next() != Some(0) || inside.len() > 6 {
        return None;
    }
    let before = text[..open].trim_end();
    let before =
        before.strip_suffix("et al.").or_else(|| before.strip_suffix("colleagues")).unwrap_or(before).trim_end();
    let before = before.strip_suffix("and").unwrap_or(before).trim_end();
    let start = before.rfind([' ', '(', '\n']).map_or(0, |i| i + 1);
    let name = &before[start..];
    (name.len() > 1
        && name.starts_with(char::is_uppercase)
        && name.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\''))
    .then(|| (start..close + 1, CitationKind::AuthorYear(text[start..=close].to_owned())))
}

/// Byte offsets of four-digit years from 1900 to 2099, each a word of its own (a letter may follow: `2019a`).
fn years(text: &str) -> impl Iterator<Item = usize> + '_ {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(3)).filter(move |&i| {
        (bytes[i..].starts_with(b"19") || bytes[i..].starts_with(b"20"))
            && bytes[i + 2].is_ascii_digit()
            && bytes[i + 3].is_ascii_digit()
            && !bytes.get(i + 4).is_some_and(u8::is_ascii_digit)
            && !(i > 0 && (bytes[i - 1].is_ascii_alphanumeric() || bytes[i - 1] == b'-'))
    })
}

fn ends_in_month(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    MONTHS.iter().any(|month| text.ends_with(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<CitationKind> {
        let mut all = Vec::new();
        in_text(text, |_, kind| all.push(kind));
        all
    }

    #[test]
    fn numbers_ranges_and_keys_are_read() {
        assert_eq!(
            kinds("Shown [3, 7-9], again [@cole2020; @ruiz-b2019, p. 4] and @park2018."),
            [
                CitationKind::Numbers(vec![3, 7, 8, 9]),
                CitationKind::Keys(vec!["cole2020".into(), "ruiz-b2019".into()]),
                CitationKind::Keys(vec!["park2018".into()]),
            ]
        );
    }

    #[test]
    fn author_and_year_are_read_and_dates_are_not() {
        assert_eq!(kinds("Pride (Adeyemi & Cole, 2019) and Ruiz et al. (2020a) agree.").len(), 2);
        assert_eq!(kinds("Searched from 2010 (last on 3 May 2021) in two rounds (2010-2014), see @fig-flow."), []);
        assert_eq!(kinds("An address a@b.org, a date [2021-05-03] and (n = 14), see @ref(fig:flow)."), []);
    }
}
