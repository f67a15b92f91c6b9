//! Sentences: Unicode's boundaries (UAX 29), mended where scholarly abbreviations break them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Block, BlockId, BlockKind};

/// The number of a sentence in its manuscript, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentenceId(pub usize);

/// One sentence, or one table row: a range of its block's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The block that holds it.
    pub block: BlockId,
    /// Byte range in the block's text, without white space at either end.
    pub range: Range<usize>,
}

/// All sentences of a manuscript, and which belong to which block.
#[derive(Debug, Clone, Default)]
pub struct Sentences {
    all: Vec<Sentence>,
    of_block: Vec<Range<usize>>,
}

impl Sentences {
    /// All of them in order.
    pub fn all(&self) -> &[Sentence] {
        &self.all
    }

    /// The numbers of the sentences of a block.
    pub fn of(&self, block: BlockId) -> Range<usize> {
        self.of_block[block.0].clone()
    }
}

/// Abbreviations after which a full stop ends no sentence. Lower case; the stop left out.
const ABBREVIATIONS: &[&str] = &[
    "al", "approx", "b.a", "bros", "ca", "cf", "ch", "cond", "dept", "dr", "e.g", "ed", "eds", "eq", "esp", "et",
    "etc", "ff", "fig", "figs", "i.e", "inc", "incl", "jr", "ltd", "mr", "mrs", "ms", "n.b", "no", "nos", "p", "ph.d",
    "pp", "prof", "ref", "refs", "rev", "sec", "sr", "st", "suppl", "tab", "u.k", "u.s", "univ", "viz", "vol", "vols",
    "vs",
];

/// Abbreviations that do end sentences when a capital follows.
const MAY_END: &[&str] = &["etc", "al", "u.k", "u.s", "inc", "ltd", "no", "ch", "ed", "p", "st", "sec", "tab"];

/// Splits the prose blocks into sentences. A table row, a title and a heading count as one sentence each.
pub(super) fn split(blocks: &[Block]) -> Sentences {
    let mut sentences = Sentences { all: Vec::new(), of_block: Vec::with_capacity(blocks.len()) };
    for (index, block) in blocks.iter().enumerate() {
        let first = sentences.all.len();
        let block_id = BlockId(index);
        match block.kind {
            BlockKind::Code | BlockKind::Reference => {}
            BlockKind::TableRow { .. } | BlockKind::Title | BlockKind::Heading { .. } | BlockKind::Metadata => {
                sentences.all.push(Sentence { block: block_id, range: 0..block.text.len() });
            }
            _ => {
                let ranges = sentence_ranges(&block.text);
                sentences.all.extend(ranges.into_iter().map(|range| Sentence { block: block_id, range }));
            }
        }
        sentences.of_block.push(first..sentences.all.len());
    }
    sentences
}

/// The byte ranges of the sentences of a text, trimmed of white space.
pub(crate) fn sentence_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut starts = vec![0];
    each_bound(text, |bound| starts.push(bound));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let pieces = starts.iter().zip(ends).flat_map(|(start, end)| cut_after_citation(text, *start, &text[*start..end]));
    for (start, end) in pieces {
        match ranges.last_mut() {
            Some(last) if joins(&text[last.clone()], &text[start..]) => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
        .into_iter()
        .filter_map(|range| {
            let piece = &text[range.clone()];
            let trimmed = piece.trim_start();
            let start = range.start + (piece.len() - trimmed.len());
            let end = start + trimmed.trim_end().len();
            (end > start).then_some(start..end)
        })
        .collect()
}

/// Unicode's boundaries inside a text, in order. They stand near stops and line ends only, and what follows a stop
/// matters up to the next letter: so only these windows are looked at, where all characters are known to leave what
/// is outside of them alone.
fn each_bound(text: &str, mut found: impl FnMut(usize)) {
    if !text.is_ascii() && !text.chars().all(is_plain) {
        text.split_sentence_bound_indices().skip(1).for_each(|(start, _)| found(start));
        return;
    }
    let stops = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | b'\n' | b'\r');
    let mut from = 0;
    while let Some(stop) = text.as_bytes()[from..].iter().position(stops).map(|at| from + at) {
        let start = text[..stop].char_indices().next_back().map_or(0, |(at, _)| at);
        let letter = text[stop..].char_indices().find(|(_, c)| c.is_alphabetic());
        let end = letter.map_or(text.len(), |(at, c)| stop + at + c.len_utf8());
        let bounds = text[start..end].split_sentence_bound_indices().skip(1);
        bounds.for_each(|(bound, _)| found(start + bound));
        from = end;
    }
}

/// Whether a character neither ends sentences, unless it is one of the stops of [`each_bound`], nor belongs to the
/// character before it.
fn is_plain(c: char) -> bool {
    c.is_ascii()
        || matches!(c, '\u{a0}'..='\u{24f}' if c != '\u{ad}')
        || matches!(c, '\u{2010}'..='\u{2026}' if c != '\u{2024}')
}

/// Unicode cuts `It worked.[3] We looked.` inside the bracket; the sentence ends after it.
fn cut_after_citation(text: &str, start: usize, piece: &str) -> Vec<(usize, usize)> {
    let end = start + piece.len();
    let numbers = piece.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b',' | b'-' | b' ')).count();
    let closes = text[..start].ends_with(".[") && numbers > 0 && piece[numbers..].starts_with(']');
    if !closes || piece[numbers + 1..].trim().is_empty() {
        return vec![(start, end)];
    }
    vec![(start, start + numbers + 1), (start + numbers + 1, end)]
}

/// Whether the text after a boundary belongs to the sentence before it.
fn joins(before: &str, after: &str) -> bool {
    let trimmed = before.trim_end();
    if before.ends_with('\n') {
        return false;
    }
    let Some(next) = after.chars().next() else { return false };
    if trimmed.ends_with(".[") {
        return true;
    }
    // A citation after the stop (`text.[3] Next`, `text. [3]`) closes the sentence before it.
    if next == '[' && !before.ends_with(' ') {
        return true;
    }
    let stopless = trimmed.trim_end_matches(['.', ')', ']', '"', '\'']);
    if !trimmed.ends_with('.') {
        return next.is_lowercase();
    }
    let last_word = stopless
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | ',' | ';' | ':' | '/'))
        .next()
        .unwrap_or_default();
    let lower = last_word.to_lowercase();
    if ABBREVIATIONS.binary_search(&lower.as_str()).is_ok() && trimmed.ends_with('.') && !trimmed.ends_with(").") {
        return !(MAY_END.contains(&lower.as_str()) && next.is_uppercase() && !(lower == "al" || lower == "p"));
    }
    // An initial: `J. Smith`, but not `type B. Next`.
    let mut characters = last_word.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        let previous = stopless[..stopless.len() - last_word.len()].trim_end();
        let after_name = previous.is_empty() || previous.ends_with(['.', ',', '(']);
        return only.is_uppercase() && after_name && next.is_uppercase();
    }
    next.is_lowercase() || (next.is_ascii_digit() && (lower == "table" || lower == "figure"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        sentence_ranges(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn abbreviations_are_sorted() {
        assert!(ABBREVIATIONS.is_sorted());
    }

    #[test]
    fn scholarly_abbreviations_do_not_end_sentences() {
        assert_eq!(
            sentences("As Smith et al. (2013) say, e.g. in Fig. 2, it works. We then judged it (cf. p. 4). Done."),
            ["As Smith et al. (2013) say, e.g. in Fig. 2, it works.", "We then judged it (cf. p. 4).", "Done."]
        );
    }

    #[test]
    fn a_citation_after_the_stop_stays_with_its_sentence() {
        assert_eq!(sentences("It worked.[3] We looked again."), ["It worked.[3]", "We looked again."]);
    }

    #[test]
    fn chinese_full_stops_end_sentences() {
        assert_eq!(sentences("我们检索了数据库。结果如下。").len(), 2);
    }

    #[test]
    fn hard_line_breaks_end_sentences() {
        assert_eq!(sentences("Context: rural wards\nMechanism: trust"), ["Context: rural wards", "Mechanism: trust"]);
    }

    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn boundaries_are_those_of_the_library(
            text in "([A-Za-z]{1,4}|[0-9]{1,2}|[.!?]{1,3}|[ \n\r\t]|[)\"'’”“(\\[,;:–—…-]|[éßÅªº²»«\u{a0}\u{200b}\u{ad}\u{301}。])*"
        ) {
            let mut quick = Vec::new();
            each_bound(&text, |bound| quick.push(bound));
            let whole: Vec<usize> = text.split_sentence_bound_indices().skip(1).map(|(start, _)| start).collect();
            prop_assert_eq!(quick, whole);
        }
    }

    #[test]
    fn every_plain_character_may_stand_in_a_window() {
        for c in (0..=0x2100).filter_map(char::from_u32).filter(|c| is_plain(*c)) {
            for text in [
                format!("We ran.{c} They sat."),
                format!("a{c}. b{c} C"),
                format!("3.{c}5 It{c}."),
                format!("e.{c}g it"),
            ] {
                let mut quick = Vec::new();
                each_bound(&text, |bound| quick.push(bound));
                let whole: Vec<usize> = text.split_sentence_bound_indices().skip(1).map(|(start, _)| start).collect();
                assert_eq!(quick, whole, "{text:?} {c:?}");
            }
        }
    }
}
