//! PDF: what is read from them, what is refused, and that nothing in one ends realint.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use realint::check::{self, Settings};
use realint::error::Error;
use realint::manuscript::{Block, BlockKind, CitationKind, Format, Manuscript};
use realint::read::{self, NoLibrary};
use realint::rule::{RuleSet, load};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::shipped().expect("the shipped rules"));

const TITLE: &str = "Company on the path: a realist review of walking groups for people who live alone";

fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/pdf", &format!("{name}.pdf")].iter().collect();
    std::fs::read(path).expect("a fixture")
}

fn read(bytes: &[u8]) -> Result<Manuscript, Error> {
    let drafts = read::read(Path::new("paper.pdf"), bytes, None, &NoLibrary, &RULES.section_names)?;
    let draft = drafts.into_iter().next().expect("a draft");
    Ok(Manuscript::new(draft, &RULES.section_names))
}

fn texts(manuscript: &Manuscript) -> Vec<String> {
    manuscript.blocks.iter().map(|b| format!("{:?} {}", b.kind, b.text)).collect()
}

fn find<'a>(manuscript: &'a Manuscript, start: &str) -> &'a Block {
    let found = manuscript.blocks.iter().find(|b| b.text.starts_with(start));
    found.unwrap_or_else(|| panic!("no block begins with {start:?}: {:#?}", texts(manuscript)))
}

fn headings(manuscript: &Manuscript) -> Vec<&str> {
    manuscript.blocks.iter().filter(|b| matches!(b.kind, BlockKind::Heading { .. })).map(|b| b.text.as_str()).collect()
}

#[test]
fn typeset_pages_give_title_sections_and_whole_paragraphs() {
    for name in ["one-column", "two-columns", "libreoffice"] {
        let manuscript = read(&fixture(name)).expect(name);
        assert_eq!(manuscript.format, Format::Pdf);
        assert_eq!(manuscript.title_text(), Some(TITLE), "{name}: {:#?}", texts(&manuscript));
        let found = headings(&manuscript);
        for heading in ["Background", "Methods", "Findings", "Discussion", "References"] {
            assert!(found.contains(&heading), "{name}: {found:?}");
        }
        let all = manuscript.blocks.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join("\n");
        assert!(all.contains("Context-mechanism-outcome configurations were built"), "{name}: {all}");
        assert!(all.contains("Realist-informed evaluations"), "{name}: {all}");
        assert!(all.contains("nobody has yet explained why.[1,2] Trials have counted"), "{name}: {all}");
        for head in ["Draft of 3 May", "Example Journal of Walking", "7:12"] {
            assert!(!all.contains(head), "{name} keeps a running head: {all}");
        }
        assert!(!manuscript.blocks.iter().any(|b| b.text.parse::<u32>().is_ok()), "{name} keeps a page number");
        for block in manuscript.blocks.iter().filter(|b| b.kind == BlockKind::Paragraph && b.text.len() > 150) {
            assert!(block.text.ends_with(['.', ']']), "{name}: torn: {}", block.text);
        }
    }
}

#[test]
fn tables_are_taken_apart_into_rows_and_cells() {
    for name in ["one-column", "two-columns"] {
        let manuscript = read(&fixture(name)).expect(name);
        let row = find(&manuscript, "CMOC 2");
        let cells: Vec<_> = (0..4).filter_map(|index| row.cell(index)).collect();
        let whole = [
            "CMOC 2",
            "No bus serves the village",
            "A lift shows that somebody has thought of them",
            "Attendance holds through the winter",
        ];
        assert_eq!(cells, whole, "{name}");
        assert_eq!(find(&manuscript, "Table 1").kind, BlockKind::Caption);
    }
}

#[test]
fn raised_numbers_are_citations() {
    let manuscript = read(&fixture("one-column")).expect("a manuscript");
    let numeric = manuscript.citations.iter().filter(|c| matches!(c.kind, CitationKind::Numbers(_))).count();
    assert!(numeric >= 2, "{:?}", manuscript.citations);
}

#[test]
fn line_numbers_of_submission_systems_are_left_out() {
    let manuscript = read(&fixture("line-numbers")).expect("a manuscript");
    let all = manuscript.blocks.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join(" ");
    assert!(all.contains("Some groups flourish while others fade within a season"), "{all}");
    assert!(all.contains("Documents were selected for relevance and appraised for rigour"), "{all}");
}

#[test]
fn findings_name_the_page() {
    let bytes = fixture("one-column");
    let reports = check::check(
        Path::new("paper.pdf"),
        &bytes,
        None,
        &NoLibrary,
        &RULES,
        &Settings { standard: Some("rameses-synthesis".into()), ..Settings::default() },
    )
    .expect("a report");
    let pages: Vec<_> = reports[0].items.iter().flat_map(|i| &i.evidence).map(|e| e.location.page).collect();
    assert!(pages.iter().all(Option::is_some) && pages.contains(&Some(1)), "{pages:?}");
    assert!(pages.iter().any(|page| *page > Some(1)), "{pages:?}");
}

#[test]
fn spans_lead_back_to_the_text() {
    for name in ["one-column", "two-columns", "libreoffice", "line-numbers"] {
        let manuscript = read(&fixture(name)).expect(name);
        for block in &manuscript.blocks {
            let mut at = 0;
            for piece in block.map.pieces() {
                assert_eq!(piece.plain, at, "{name}: a gap in {:?}", block.text);
                at += piece.plain_len;
                let source = &manuscript.sources[piece.source.source.0 as usize];
                let written = source.text.get(piece.source.start..piece.source.end).expect("character boundaries");
                assert!(!piece.verbatim || written == &block.text[piece.plain..at], "{name}: {written:?}");
            }
            assert_eq!(at, block.text.len());
        }
    }
}

#[test]
fn scanned_and_blank_files_say_so() {
    let scanned = read(&fixture("scanned"));
    assert!(matches!(&scanned, Err(Error::NoText { why, .. }) if why.contains("scanned")), "{scanned:?}");
    let blank = read(&fixture("blank"));
    assert!(matches!(&blank, Err(Error::Empty { .. })), "{blank:?}");
}

#[test]
fn broken_and_hostile_files_give_one_error_soon() {
    for name in ["truncated", "page-loop", "form-loop", "bomb"] {
        let start = Instant::now();
        let result = read(&fixture(name));
        assert!(result.is_err(), "{name}: {result:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{name} took {:?}", start.elapsed());
    }
    assert!(matches!(read(&fixture("bomb")), Err(Error::Excessive { .. })));
    assert!(matches!(read(b"%PDF-1.7 and no more"), Err(Error::Damaged { .. })));
}

#[test]
fn content_tells_a_pdf_whatever_its_name() {
    let drafts = read::read(Path::new("paper.txt"), &fixture("one-column"), None, &NoLibrary, &RULES.section_names);
    assert_eq!(drafts.expect("drafts")[0].format, Format::Pdf);
    let text = read::read(Path::new("paper.pdf"), b"Just a few words.", None, &NoLibrary, &RULES.section_names);
    assert_eq!(text.expect("drafts")[0].format, Format::Text);
    let forced =
        read::read(Path::new("paper.pdf"), b"Just words.", Some(Format::Pdf), &NoLibrary, &RULES.section_names);
    assert!(matches!(forced, Err(Error::Damaged { .. })));
}

#[test]
fn reading_again_gives_the_same() {
    let bytes = fixture("two-columns");
    let [first, second] = [read(&bytes), read(&bytes)].map(|m| texts(&m.expect("a manuscript")));
    assert_eq!(first, second);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn files_with_changed_bytes_never_panic_or_hang(
        which in 0_usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let mut bytes = fixture(["one-column", "line-numbers", "form-loop"][which]);
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()).max(1));
        }
        let start = Instant::now();
        let _ = read(&bytes);
        prop_assert!(start.elapsed() < Duration::from_secs(20));
    }
}
