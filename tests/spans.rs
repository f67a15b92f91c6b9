//! Whatever a reader is given, it doesn't panic, and every character of what it read can be shown
//! in the source.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use realint::manuscript::{Block, BlockId, BlockKind, Format, Manuscript, SectionNames};
use realint::read::{self, Library};
use realint::rule::load;
use realint::source::{PlainText, SourceId, SourceText};

static NAMES: LazyLock<SectionNames> = LazyLock::new(|| load::shipped().expect("the shipped rules").section_names);

const FORMATS: [Format; 7] =
    [Format::Markdown, Format::Quarto, Format::Text, Format::Html, Format::Jats, Format::Tei, Format::Latex];

/// Two files that include each other and a third.
struct Shelf;

impl Library for Shelf {
    fn open(&self, _from: &Path, name: &str) -> Option<(PathBuf, String)> {
        let text = match name {
            "a.qmd" => "# A \u{201c}part\u{201d}\n\n{{< include b.qmd >}}\n\n| x | y |\n|---|---|\n| 1 | 2 |\n",
            "b.qmd" => "caf\u{e9} [@a]\r\n{{< include a.qmd >}}\r\n",
            _ => return None,
        };
        Some((name.into(), text.to_owned()))
    }
}

/// Reads a text as every format and checks what comes out.
fn check(text: &str) {
    for format in FORMATS {
        check_as(text.as_bytes(), format);
    }
}

fn check_as(bytes: &[u8], format: Format) {
    let Ok(drafts) = read::read(Path::new("a.qmd"), bytes, Some(format), &Shelf, &NAMES) else { return };
    for draft in drafts {
        let manuscript = Manuscript::new(draft, &NAMES);
        for (index, block) in manuscript.blocks.iter().enumerate() {
            check_map(&manuscript, block);
            check_ranges(&manuscript, BlockId(index));
        }
        for citation in &manuscript.citations {
            let text = &manuscript.block(citation.block).text;
            assert!(text.get(citation.range.clone()).is_some_and(|t| !t.is_empty()), "{citation:?} in {text:?}");
        }
        for comment in &manuscript.comments {
            let source = &manuscript.sources[comment.span.source.0 as usize];
            assert!(
                source
                    .text
                    .get(comment.span.start..comment.span.end)
                    .is_some_and(|t| t.starts_with("<!--") || t.starts_with('%'))
            );
        }
    }
}

/// Every piece of the map lies on boundaries, the pieces cover the text without gaps, and what
/// stands in the source is what the text says, but for the documented folding.
fn check_map(manuscript: &Manuscript, block: &Block) {
    let mut at = 0;
    for piece in block.map.pieces() {
        assert_eq!(piece.plain, at, "a gap in the map of {:?}", block.text);
        at += piece.plain_len;
        let plain =
            block.text.get(piece.plain..at).unwrap_or_else(|| panic!("{piece:?} cuts a character of {:?}", block.text));
        let source = &manuscript.sources[piece.source.source.0 as usize];
        let written = source.text.get(piece.source.start..piece.source.end);
        let written =
            written.unwrap_or_else(|| panic!("{piece:?} cuts a character of the source, in {:?}", block.text));
        if piece.verbatim {
            assert_eq!(plain, written);
        } else {
            let (before, after) = source.text.split_at(piece.source.start);
            let element = before.ends_with('<') || after.starts_with('<');
            let command = manuscript.format == Format::Latex && commanded(plain, written);
            let explained = plain == folded(written)
                || command
                || added(plain, written)
                || decoded(plain, written)
                || (element && implied(plain, written));
            assert!(explained, "{plain:?} from {written:?} in {:?}", block.text);
        }
    }
    assert_eq!(at, block.text.len(), "the map ends before {:?}", block.text);
}

fn folded(written: &str) -> String {
    let mut plain = PlainText::new();
    plain.push_source(SourceId(0), 0, "x");
    plain.push_source(SourceId(0), 1, written);
    // Without `finish`, so that white space at the end stays.
    plain.as_str()[1..].to_owned()
}

/// What readers add: separators of cells and lines, brackets of superscripts, the heading `Abstract`.
fn added(plain: &str, written: &str) -> bool {
    written.is_empty()
        && matches!(plain, " | " | " |" | "| " | " " | "[" | "]" | "^" | ": " | ":" | "\"" | "\n" | "Abstract")
        || plain == "Abstract" && matches!(written, "abstract" | "AB" | "N2" | "%X")
}

/// What the readers of marked-up text add: headings and brackets that an element implies, and stops
/// between its parts.
fn implied(plain: &str, written: &str) -> bool {
    let heading = plain.starts_with(char::is_uppercase) && written.chars().all(|c| c.is_alphanumeric() || c == '-');
    let pointer = plain.trim_matches(['[', ']']).split(", ").all(|n| n.parse::<u32>().is_ok()) || plain == "et al";
    let joint = !plain.contains(char::is_alphanumeric) || matches!(plain, "Funded by ");
    heading || pointer || (joint && written.is_empty())
}

/// What a command or a ligature of LaTeX stands for, and the stops and spaces between parts.
fn commanded(plain: &str, written: &str) -> bool {
    let mark = written.starts_with(['\\', '`', '\'', '-', '~', '^', '_', '&', '$']);
    mark || (written.is_empty() && !plain.contains(char::is_alphanumeric))
}

/// What readers decode: references, escapes, line breaks, YAML, text that crosses blanked marks.
fn decoded(plain: &str, written: &str) -> bool {
    let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<Vec<_>>();
    let mut all = words(&folded(written)).into_iter();
    let kept = words(plain).iter().all(|wanted| all.any(|c| c == *wanted));
    let reference = written.starts_with('&') && written.ends_with(';');
    let line_break = plain == "\n"
        && (written.starts_with("<br")
            || written.starts_with("<BR")
            || written.trim_matches(['\\', ' ']).trim().is_empty());
    let replaced = written.contains('\0') && plain.contains('\u{fffd}');
    let escaped = written.contains('\\') && plain.split_whitespace().count() <= written.split_whitespace().count();
    reference || line_break || replaced || escaped || plain == " " || kept
}

fn check_ranges(manuscript: &Manuscript, id: BlockId) {
    let block = manuscript.block(id);
    let mut ranges = vec![0..block.text.len()];
    ranges.extend(manuscript.sentences.of(id).map(|s| manuscript.sentences.all()[s].range.clone()));
    ranges.extend(block.run_in.clone());
    if let BlockKind::TableRow { cells, .. } = &block.kind {
        ranges.extend(cells.iter().cloned());
    }
    ranges.extend(block.text.char_indices().map(|(at, c)| at..at + c.len_utf8()).take(400));
    for range in ranges {
        assert!(block.text.get(range.clone()).is_some(), "{range:?} cuts a character of {:?}", block.text);
        let span = manuscript.span(id, range.clone());
        let source = &manuscript.sources[span.source.0 as usize];
        assert!(source.text.get(span.start..span.end).is_some(), "{range:?} of {:?} is {span:?}", block.text);
        let place = manuscript.locate(id, range);
        assert!(place.line >= 1 && place.column >= 1 && place.end_line >= 1 && place.end_column >= 1);
        assert!((place.end_line, place.end_column) >= (place.line, place.column));
        assert!(place.end_line <= source.line_count());
        assert_eq!((place.start_byte, place.end_byte), (span.start, span.end));
    }
}

/// The fixtures as text.
static FIXTURES: LazyLock<Vec<(Format, String)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut all: Vec<(PathBuf, Format, String)> = glob::glob(&folder.join("*/*/input.*").to_string_lossy())
        .expect("a pattern")
        .flatten()
        .filter_map(|path| {
            let text = String::from_utf8(std::fs::read(&path).expect("a fixture")).ok()?;
            Some((path.clone(), read::format_at(&path)?, text))
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(all.len() > 30, "the fixtures are gone");
    all.into_iter().map(|(_, format, text)| (format, text)).collect()
});

/// What breaks readers: marks of all formats, unclosed ones among them, line ends, odd characters.
const BITS: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    "    ",
    " ",
    "  \n",
    "\\\n",
    "\u{c}",
    "\u{feff}",
    "\0",
    "\u{1}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{2028}",
    "é",
    "\u{201c}",
    "\u{2014}",
    "\u{fb01}",
    "\u{1f469}\u{200d}\u{1f52c}",
    "e\u{301}",
    "中文。",
    "# ",
    "## ",
    "===\n",
    "---\n",
    "- ",
    "* ",
    "1. ",
    "2) ",
    "> ",
    "> > ",
    "```",
    "```{r}\n",
    "~~~\n",
    "#| fig-cap: \"",
    "#| tbl-cap: |\n#|   a\n",
    ":::",
    "::: {.callout-note}\n",
    "::: box\n",
    "{{<",
    "{{< include a.qmd >}}",
    "{{< include x >}}",
    ">}}",
    "<!--",
    "-->",
    "<!-- realint-ignore RS05: b -->",
    "^[",
    "^[a]",
    "^1,2^",
    "^",
    "[",
    "]",
    "](",
    ")",
    "){",
    "]{.x}",
    "}",
    "{",
    "{#tbl-x}",
    "|",
    "| a | b |\n",
    "|---|---|\n",
    "+---+---+\n",
    "+===+===+\n",
    "\n: caption",
    "Table 2. A",
    "**",
    "*",
    "_",
    "`",
    "``",
    "$",
    "$$",
    "~",
    "&amp;",
    "&eacute;",
    "&#0;",
    "&",
    "<br>",
    "<table>",
    "<tr>",
    "<td>",
    "</td>",
    "</tr>",
    "</table>",
    "<p>",
    "</p>",
    "<sup>",
    "3</sup>",
    "<b>",
    "<script>",
    "<",
    ">",
    "[^1]",
    "[^1]: ",
    "[@a; see @b, p. 4]",
    "@key",
    "[3, 7-9]",
    "(Adeyemi, 2019)",
    "Park et al. (2018)",
    "![alt](x.png){width=3}",
    "title: \"A\"\n",
    "abstract: |\n  b\n",
    "Methods\n",
    "METHODS\n",
    "Background",
    "BackgroundMany",
    "MethodsWe",
    "Aim",
    "Author(s):\n",
    "TY  - JOUR\n",
    "TI  - A\n",
    "AB  - b\n",
    "ER  - \n",
    "PMID- 1\n",
    "• ",
    "(1) ",
    "2.1 Searching\n",
    "a\tb\tc\n",
    "a   b   c\n",
    "12\n",
    "word-\n",
    "word",
    "We searched four databases. ",
    "Context: ",
    "A realist review of it\n",
    "\\",
    "\\(",
    "=",
    ".",
    "et al. ",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![4 => prop::sample::select(BITS).prop_map(str::to_owned), 1 => "\\PC{0,6}"], 0..60)
        .prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_every_character_has_its_place(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn a_soup_of_marks_is_read_and_every_character_has_its_place(text in soup()) {
        check(&text);
    }

    #[test]
    fn a_soup_of_marks_in_front_matter_is_read(inside in soup(), after in soup()) {
        check(&format!("---\ntitle: {inside}\nabstract: |\n  {inside}\n---\n{after}"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in FORMATS {
            check_as(&bytes, format);
        }
    }

    #[test]
    fn a_damaged_fixture_is_read(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, prop::sample::select(BITS)), 1..5),
    ) {
        let (format, mut text) = which.get(&FIXTURES).clone();
        for (at, length, bit) in cuts {
            let floor = |mut at: usize| {
                at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let start = floor(at.index(text.len() + 1));
            let end = floor(start + length).max(start);
            text.replace_range(start..end, bit);
        }
        check_as(text.as_bytes(), format);
    }

    #[test]
    fn positions_are_those_that_counting_gives(text in "(\\PC|\n|\r|\r\n){0,60}", at in any::<prop::sample::Index>()) {
        let source = SourceText::new("a", text.clone());
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let (mut line, mut column) = (1, 1);
        for (index, character) in text[..at].char_indices() {
            let ends = character == '\n' || (character == '\r' && !text[index + 1..].starts_with('\n'));
            (line, column) = if ends { (line + 1, 1) } else { (line, column + 1) };
        }
        let marked = line == 1 && at > 0 && text.starts_with('\u{feff}');
        let position = source.position(at);
        prop_assert_eq!((position.line, position.column), (line, column - usize::from(marked)));
    }
}

#[test]
fn all_fixtures_keep_their_places() {
    for (format, text) in FIXTURES.iter() {
        check_as(text.as_bytes(), *format);
    }
}
