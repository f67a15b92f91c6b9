//! What the tests of the readers share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use realint::error::Error;
use realint::manuscript::{BlockId, BlockKind, Format, Manuscript, SectionNames};
use realint::read::{self, NoLibrary};
use realint::rule::load;

pub(crate) static NAMES: LazyLock<SectionNames> =
    LazyLock::new(|| load::shipped().expect("the shipped rules").section_names);

/// A fixture's path.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Reads bytes into manuscripts, as a format or as what they seem to be.
pub(crate) fn read_bytes(bytes: &[u8], name: &str, format: Option<Format>) -> Result<Vec<Manuscript>, Error> {
    let drafts = read::read(Path::new(name), bytes, format, &NoLibrary, &NAMES)?;
    Ok(drafts.into_iter().map(|draft| Manuscript::new(draft, &NAMES)).collect())
}

/// Reads a fixture that holds one manuscript.
pub(crate) fn manuscript(name: &str) -> Manuscript {
    let bytes = std::fs::read(fixture(name)).expect("a fixture");
    let mut all = read_bytes(&bytes, name, None).expect("a manuscript");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Reads a text that holds one manuscript.
pub(crate) fn text(text: &str, format: Format) -> Manuscript {
    let mut all = read_bytes(text.as_bytes(), "a", Some(format)).expect("a manuscript");
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// The texts of the blocks of a kind.
pub(crate) fn texts(manuscript: &Manuscript, wanted: impl Fn(&BlockKind) -> bool) -> Vec<&str> {
    manuscript.blocks.iter().filter(|b| wanted(&b.kind)).map(|b| b.text.as_str()).collect()
}

/// The number of the block with this text.
pub(crate) fn block(manuscript: &Manuscript, text: &str) -> BlockId {
    let found = manuscript.blocks.iter().position(|b| b.text == text);
    BlockId(found.unwrap_or_else(|| {
        panic!("no block {text:?} in {:#?}", manuscript.blocks.iter().map(|b| &b.text).collect::<Vec<_>>())
    }))
}

/// What stands in the source where a piece of a block's text came from.
pub(crate) fn written<'m>(manuscript: &'m Manuscript, text: &str) -> &'m str {
    let (index, at) = manuscript
        .blocks
        .iter()
        .enumerate()
        .find_map(|(index, block)| block.text.find(text).map(|at| (index, at)))
        .unwrap_or_else(|| panic!("{text:?} was not read"));
    let span = manuscript.span(BlockId(index), at..at + text.len());
    &manuscript.sources[span.source.0 as usize].text[span.start..span.end]
}

/// Every span lies on the borders of characters, the maps cover the texts without gaps, and what
/// is said to stand verbatim in the source does.
pub(crate) fn check(manuscript: &Manuscript) {
    for (index, block) in manuscript.blocks.iter().enumerate() {
        let mut at = 0;
        for piece in block.map.pieces() {
            assert_eq!(piece.plain, at, "a gap in the map of {:?}", block.text);
            at += piece.plain_len;
            let plain = block
                .text
                .get(piece.plain..at)
                .unwrap_or_else(|| panic!("{piece:?} cuts a character of {:?}", block.text));
            let source = &manuscript.sources[piece.source.source.0 as usize].text;
            let written = source.get(piece.source.start..piece.source.end);
            let written =
                written.unwrap_or_else(|| panic!("{piece:?} cuts a character of the source, in {:?}", block.text));
            assert!(!piece.verbatim || plain == written, "{plain:?} is not {written:?}");
        }
        assert_eq!(at, block.text.len(), "the map ends before {:?}", block.text);
        if let BlockKind::TableRow { cells, .. } = &block.kind {
            assert!(cells.iter().all(|cell| block.text.get(cell.clone()).is_some()), "{cells:?} in {:?}", block.text);
            assert!(cells.windows(2).all(|pair| pair[0].end <= pair[1].start), "{cells:?} overlap");
        }
        assert!(block.run_in.clone().is_none_or(|label| block.text.get(label).is_some()));
        let place = manuscript.locate(BlockId(index), 0..block.text.len());
        assert!(place.start_byte <= place.end_byte);
    }
    for comment in &manuscript.comments {
        let source = &manuscript.sources[comment.span.source.0 as usize].text;
        assert!(
            source
                .get(comment.span.start..comment.span.end)
                .is_some_and(|text| text.starts_with("<!--") || text.starts_with('%'))
        );
    }
}

/// Reads bytes as a format and as what they seem to be; checks what comes out.
pub(crate) fn check_bytes(bytes: &[u8], format: Format) {
    for format in [Some(format), None] {
        if let Ok(manuscripts) = read_bytes(bytes, "a.xml", format) {
            manuscripts.iter().for_each(check);
        }
    }
}

/// A change to a file: at a place, so many bytes go and a piece comes.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    place: prop::sample::Index,
    goes: usize,
    comes: String,
}

/// Changes that tear a marked-up file: tags, references and characters in wrong places.
pub(crate) fn changes(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<Change>> {
    const ALWAYS: &[&str] = &[
        "",
        "<",
        ">",
        "&",
        "&amp;",
        "&#x2019;",
        "&#0;",
        "&#xD800;",
        "&nope;",
        "\"",
        "'",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?x",
        "\u{feff}",
        "\u{2014}",
        "é",
        "\u{fb01}",
        "[1]",
        "[",
        "]",
        "</",
        "/>",
        "\r\n",
        "\u{a0}",
        "\u{1f517}",
        "1-3",
    ];
    let piece = prop_oneof![prop::sample::select(ALWAYS), prop::sample::select(pieces)].prop_map(str::to_owned);
    let change = (any::<prop::sample::Index>(), 0_usize..60, piece).prop_map(|(place, goes, comes)| Change {
        place,
        goes,
        comes,
    });
    prop::collection::vec(change, 1..12)
}

/// Applies changes; the result may be no UTF-8.
pub(crate) fn torn(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        let at = change.place.index(bytes.len() + 1);
        let end = (at + change.goes).min(bytes.len());
        bytes.splice(at..end, change.comes.bytes());
    }
    bytes
}
