//! What the fuzz targets share: the rules, and what must hold of everything that a reader gives.

#![forbid(unsafe_code)]

pub mod built;
pub mod edits;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use cpu_time::ProcessTime;
use realint::manuscript::{BlockId, BlockKind, Draft, Format, Manuscript, SectionNames};
use realint::read::{self, Library};
use realint::rule::{RuleSet, load};

/// The shipped rules.
pub static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::shipped().expect("the shipped rules"));

/// The processor time that one input may take. The builds that are fuzzed are several times slower than
/// released ones.
const LONGEST: Duration = Duration::from_secs(1);

/// The names of sections by the shipped rules.
pub fn names() -> &'static SectionNames {
    &RULES.section_names
}

/// Runs `work` and panics where it takes more processor time than an input may. Time on the clock would
/// tell of the machine, on which other fuzzers run.
pub fn timed<T>(work: impl FnOnce() -> T) -> T {
    LazyLock::force(&RULES);
    let start = ProcessTime::now();
    let result = work();
    let spent = start.elapsed();
    assert!(spent < LONGEST, "one input took {spent:?}");
    result
}

/// Files that include each other.
pub struct Shelf;

impl Library for Shelf {
    fn open(&self, _from: &Path, name: &str) -> Option<(PathBuf, String)> {
        let text = match name {
            "a.qmd" => "# A \u{201c}part\u{201d}\n\n{{< include b.qmd >}}\n\n| x | y |\n|---|---|\n| 1 | 2 |\n",
            "b.qmd" => "caf\u{e9} [@a]\r\n{{< include a.qmd >}}\r\n",
            "a" | "a.tex" => "\\section{A}\n\\input{b} t\u{e9}xt \\cite{a}\n",
            "b" | "b.tex" => "words\\footnote{more}\n\\input{a}\n",
            "a.bib" => "@article{a, title={T}, author={A, B}, year={2019}}\n",
            "a.bbl" => "\\begin{thebibliography}{1}\\bibitem{a} A, B. T.\\end{thebibliography}\n",
            _ => return None,
        };
        Some((name.into(), text.to_owned()))
    }
}

/// Reads bytes as a format, twice, and checks what comes out.
pub fn read_and_check(bytes: &[u8], name: &str, format: Option<Format>) {
    timed(|| {
        let read = || read::read(Path::new(name), bytes, format, &Shelf, names());
        match (read(), read()) {
            (Ok(first), Ok(second)) => {
                assert_eq!(described(&first), described(&second), "reading twice gave two things");
                for draft in first {
                    check(&Manuscript::new(draft, names()));
                }
            }
            (Err(first), Err(second)) => assert_eq!(first.to_string(), second.to_string()),
            (first, second) => panic!("read once as {first:?}, once as {second:?}"),
        }
    });
}

/// All of a draft that a report may depend on.
fn described(drafts: &[Draft]) -> Vec<String> {
    let mut all = Vec::new();
    for draft in drafts {
        all.push(format!("{:?} {} {:?} {:?}", draft.format, draft.record, draft.declared, draft.notes));
        all.extend(draft.sources.iter().map(|source| format!("{} {:?}", source.name, source.text)));
        all.extend(draft.comments.iter().map(|comment| format!("{comment:?}")));
        all.extend(draft.blocks.iter().map(|block| format!("{block:?}")));
    }
    all
}

/// What holds of every manuscript.
pub fn check(manuscript: &Manuscript) {
    // Where the last block of each source began.
    let mut begun: Vec<usize> = vec![0; manuscript.sources.len()];
    for (index, block) in manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        assert!(!block.text.trim().is_empty(), "block {index} is blank");
        check_map(manuscript, id);
        check_ranges(manuscript, id);
        // These formats are read in the order in which they stand; others move notes, floats and titles.
        if matches!(manuscript.format, Format::Text | Format::Pdf)
            && let Some(first) = block.map.pieces().first()
        {
            let begun = &mut begun[first.source.source.0 as usize];
            assert!(*begun <= first.source.start, "block {index} stands before the one that it follows");
            *begun = first.source.start;
        }
    }
    check_structure(manuscript);
    for comment in &manuscript.comments {
        let source = &manuscript.sources[comment.span.source.0 as usize].text;
        assert!(source.get(comment.span.start..comment.span.end).is_some(), "{comment:?} cuts a character");
    }
    for citation in &manuscript.citations {
        let text = &manuscript.block(citation.block).text;
        assert!(text.get(citation.range.clone()).is_some_and(|t| !t.is_empty()), "{citation:?} in {text:?}");
    }
}

/// The map covers the text without gaps, and leads there and back: what is said to stand verbatim in the
/// source does, and any stretch of it leads to itself and nothing else.
fn check_map(manuscript: &Manuscript, id: BlockId) {
    let block = manuscript.block(id);
    let mut at = 0;
    for piece in block.map.pieces() {
        assert_eq!(piece.plain, at, "a gap in the map of {:?}", block.text);
        assert!(piece.plain_len > 0, "an empty piece in the map of {:?}", block.text);
        at += piece.plain_len;
        let plain = block.text.get(piece.plain..at);
        let plain = plain.unwrap_or_else(|| panic!("{piece:?} cuts a character of {:?}", block.text));
        let source = &manuscript.sources[piece.source.source.0 as usize].text;
        let written = source.get(piece.source.start..piece.source.end);
        let written = written.unwrap_or_else(|| panic!("{piece:?} cuts a character of the source"));
        if !piece.verbatim {
            continue;
        }
        assert_eq!(plain, written, "{piece:?} is not verbatim");
        for (offset, character) in plain.char_indices().take(64) {
            let there = piece.plain + offset..piece.plain + offset + character.len_utf8();
            let span = block.map.source_span(there.start, there.end).expect("a span");
            assert_eq!((span.source, span.start), (piece.source.source, piece.source.start + offset));
            let back = piece.plain + (span.start - piece.source.start)..piece.plain + (span.end - piece.source.start);
            assert_eq!(back, there, "{character:?} does not come back to where it was");
        }
    }
    assert_eq!(at, block.text.len(), "the map ends before {:?}", block.text);
}

/// Every range of a block can be shown in the source.
fn check_ranges(manuscript: &Manuscript, id: BlockId) {
    let block = manuscript.block(id);
    let mut ranges: Vec<Range<usize>> = vec![0..block.text.len()];
    ranges.extend(manuscript.sentences.of(id).map(|s| manuscript.sentences.all()[s].range.clone()));
    assert!(ranges[1..].windows(2).all(|pair| pair[0].end <= pair[1].start), "sentences overlap in {:?}", block.text);
    ranges.extend(block.run_in.clone());
    if let BlockKind::TableRow { cells, .. } = &block.kind {
        // A cell that spans columns stands in each of them.
        let apart = |pair: &[Range<usize>]| pair[0] == pair[1] || pair[0].end <= pair[1].start;
        assert!(cells.windows(2).all(apart), "{cells:?} overlap in {:?}", block.text);
        ranges.extend(cells.iter().cloned());
    }
    ranges.extend(block.text.char_indices().map(|(at, c)| at..at + c.len_utf8()).take(64));
    for range in ranges {
        assert!(block.text.get(range.clone()).is_some(), "{range:?} cuts a character of {:?}", block.text);
        let span = manuscript.span(id, range.clone());
        let source = &manuscript.sources[span.source.0 as usize];
        assert!(source.text.get(span.start..span.end).is_some(), "{range:?} of {:?} is {span:?}", block.text);
        let place = manuscript.locate(id, range.clone());
        assert!(place.line >= 1 && place.column >= 1 && place.end_line >= 1 && place.end_column >= 1);
        assert!((place.end_line, place.end_column) >= (place.line, place.column), "{place:?}");
        assert_eq!((place.start_byte, place.end_byte), (span.start, span.end));
        let shown = manuscript.shown_span(id, range);
        let source = &manuscript.shown_sources()[shown.source.0 as usize];
        assert!(source.text.get(shown.start..shown.end).is_some(), "{shown:?} cannot be shown");
    }
}

/// Every block lies in a section that knows it, sections don't go in a circle, titles are titles.
fn check_structure(manuscript: &Manuscript) {
    for index in 0..manuscript.blocks.len() {
        let id = BlockId(index);
        let path = manuscript.heading_path(manuscript.section_id_of(id));
        assert!(path.len() <= manuscript.sections.len());
    }
    if let Some(title) = manuscript.title {
        assert!(title.0 < manuscript.blocks.len());
    }
}

/// What no output may hold, whatever a manuscript says: marks that steer a terminal or turn the order of
/// what is read around.
pub fn steers(character: char) -> bool {
    let plain = matches!(character, '\n' | '\t');
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (character.is_control() && !plain) || turns
}

/// Asserts that a text has none of them.
pub fn assert_tame(what: &str, text: &[u8]) {
    let text = std::str::from_utf8(text).unwrap_or_else(|error| panic!("{what} is no UTF-8: {error}"));
    if let Some((at, character)) = text.char_indices().find(|(_, c)| steers(*c)) {
        let from = text.floor_char_boundary(at.saturating_sub(60));
        let to = text.ceil_char_boundary(at + 60);
        panic!("{what} holds {character:?} at {at}: {:?}", &text[from..to]);
    }
}
