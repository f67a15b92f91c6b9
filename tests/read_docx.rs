//! Word documents: what is read from them, what is refused, and that every span is true.

use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use realint::check::{self, Settings};
use realint::error::Error;
use realint::manuscript::{Block, BlockId, BlockKind, CitationKind, Format, Manuscript};
use realint::read::{self, NoLibrary};
use realint::render;
use realint::report::Report;
use realint::rule::{RuleSet, load};
use zip::write::SimpleFileOptions;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::shipped().expect("the shipped rules"));

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const FIXTURES: [&str; 5] = ["word", "unstyled", "notes", "pandoc", "libreoffice"];

fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/docx", name, "input.docx"].iter().collect();
    std::fs::read(path).expect("a fixture")
}

fn read(bytes: &[u8]) -> Result<Manuscript, Error> {
    let drafts = read::read(Path::new("draft.docx"), bytes, None, &NoLibrary, &RULES.section_names)?;
    let draft = drafts.into_iter().next().expect("a draft");
    Ok(Manuscript::new(draft, &RULES.section_names))
}

/// A container of parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(bytes).expect("its bytes");
    }
    writer.finish().expect("a container").into_inner()
}

/// The least that is a Word document, with this body.
fn document(body: &str) -> Vec<u8> {
    zipped(&[("word/document.xml", format!("<w:document {W}><w:body>{body}</w:body></w:document>").as_bytes())])
}

fn texts(manuscript: &Manuscript) -> Vec<&str> {
    manuscript.blocks.iter().map(|b| b.text.as_str()).collect()
}

fn find<'a>(manuscript: &'a Manuscript, start: &str) -> (BlockId, &'a Block) {
    let index = manuscript.blocks.iter().position(|b| b.text.starts_with(start));
    let index = index.unwrap_or_else(|| panic!("no block begins with {start:?}: {:#?}", texts(manuscript)));
    (BlockId(index), &manuscript.blocks[index])
}

fn cells(block: &Block) -> Vec<&str> {
    let BlockKind::TableRow { cells, .. } = &block.kind else { panic!("{block:?} is no row") };
    (0..cells.len()).filter_map(|index| block.cell(index)).collect()
}

/// Every piece lies on character boundaries of its part, verbatim pieces say what stands there, and
/// the pieces cover the text.
fn check_spans(manuscript: &Manuscript) {
    for (index, block) in manuscript.blocks.iter().enumerate() {
        let mut at = 0;
        for piece in block.map.pieces() {
            assert_eq!(piece.plain, at, "a gap in the map of {:?}", block.text);
            at += piece.plain_len;
            let plain = block.text.get(piece.plain..at).expect("character boundaries of the text");
            let source = &manuscript.sources[piece.source.source.0 as usize];
            let written =
                source.text.get(piece.source.start..piece.source.end).expect("character boundaries of the part");
            assert!(!piece.verbatim || plain == written, "{plain:?} from {written:?}");
        }
        assert_eq!(at, block.text.len(), "the map ends before {:?}", block.text);
        let id = BlockId(index);
        let mut ranges: Vec<_> = block.text.char_indices().map(|(at, c)| at..at + c.len_utf8()).take(300).collect();
        ranges.push(0..block.text.len());
        if let BlockKind::TableRow { cells, .. } = &block.kind {
            ranges.extend(cells.iter().cloned());
        }
        for range in ranges {
            assert!(block.text.get(range.clone()).is_some(), "{range:?} cuts {:?}", block.text);
            let place = manuscript.locate(id, range.clone());
            let source = manuscript.sources.iter().find(|s| Some(&s.name) == place.part.as_ref()).expect("the part");
            assert!(source.text.get(place.start_byte..place.end_byte).is_some());
            assert_eq!((place.line, place.paragraph), (index + 1, index + 1));
            let shown = manuscript.shown_span(id, range.clone());
            let text = &manuscript.shown_sources()[shown.source.0 as usize].text[shown.start..shown.end];
            assert_eq!(text, block.text[range].replace('\n', " "));
        }
    }
    for comment in &manuscript.comments {
        let source = &manuscript.sources[comment.span.source.0 as usize];
        assert!(source.text.get(comment.span.start..comment.span.end).is_some());
    }
}

#[test]
fn every_span_of_every_fixture_is_true() {
    for name in FIXTURES {
        let manuscript = read(&fixture(name)).expect(name);
        assert_eq!(manuscript.format, Format::Docx);
        check_spans(&manuscript);
    }
}

#[test]
fn places_are_bytes_of_the_part_and_paragraphs_for_people() {
    let manuscript = read(&fixture("word")).expect("a manuscript");
    let (id, block) = find(&manuscript, "We searched six databases from");
    let at = block.text.find("six").expect("the word");
    let place = manuscript.locate(id, at..at + 3);
    assert_eq!(place.part.as_deref(), Some("word/document.xml"));
    assert_eq!(&manuscript.sources[0].text[place.start_byte..place.end_byte], "six");
    assert_eq!(place.section, ["How we went about it", "Searching"]);
    assert_eq!((place.line, place.column), (id.0 + 1, at + 1));
    let (id, _) = find(&manuscript, "The librarian works");
    assert_eq!(manuscript.locate(id, 0..3).part.as_deref(), Some("word/footnotes.xml"));
}

#[test]
fn headings_are_told_by_style_outline_and_looks() {
    let heading = |manuscript: &Manuscript, text: &str| match find(manuscript, text).1.kind {
        BlockKind::Heading { level } => Some(level),
        _ => None,
    };
    let word = read(&fixture("word")).expect("a manuscript");
    assert_eq!(word.title_text(), Some("Walking buses in hill towns: a realist synthesis"));
    assert_eq!(heading(&word, "How we went about it"), Some(1));
    assert_eq!(heading(&word, "Searching"), Some(2), "a style based on a translated one");
    assert_eq!(heading(&word, "Judging documents"), Some(2), "an outline level of its own");
    assert_eq!(heading(&word, "Funding"), Some(2), "bold and short");
    assert!(!texts(&word).contains(&"Contents"), "a table of contents is no text");
    let unstyled = read(&fixture("unstyled")).expect("a manuscript");
    assert_eq!(unstyled.title_text(), Some("Allotments and grief: a realist review"));
    for (text, level) in [
        ("Abstract", 1),
        ("Background", 2),
        ("Conclusions", 2),
        ("INTRODUCTION", 1),
        ("Search strategy", 2),
        ("References", 1),
    ] {
        assert_eq!(heading(&unstyled, text), Some(level), "{text}");
    }
    let (_, selection) = find(&unstyled, "Selection.");
    assert_eq!(selection.run_in.clone().map(|r| &selection.text[r]), Some("Selection"));
}

#[test]
fn tracked_changes_are_read_as_accepted() {
    let manuscript = read(&fixture("word")).expect("a manuscript");
    find(&manuscript, "We searched six databases from 1998 to 2024");
    find(&manuscript, "Two reviewers screened every record and talked over what they disagreed on.");
    let all = texts(&manuscript).join("\n");
    for gone in ["four", "moved away", "gone", "Hidden words", "Click to enter", "ZOTERO"] {
        assert!(!all.contains(gone), "{gone:?} is in {all}");
    }
    assert!(manuscript.notes.iter().any(|n| n.contains("tracked changes")));
    let office = read(&fixture("libreoffice")).expect("a manuscript");
    find(&office, "We interviewed nine menders in two\ntowns.");
}

#[test]
fn fields_of_reference_managers_are_citations() {
    let manuscript = read(&fixture("word")).expect("a manuscript");
    let kinds: Vec<&CitationKind> = manuscript.citations.iter().map(|c| &c.kind).collect();
    let numbers = |all: &[u32]| CitationKind::Numbers(all.to_vec());
    let names = |text: &str| CitationKind::AuthorYear(text.to_owned());
    let expected = [
        numbers(&[12, 14]),
        numbers(&[3, 5, 6, 7]),
        numbers(&[9]),
        names("Osei (2019)"),
        numbers(&[8]),
        names("Cole, 2020"),
        numbers(&[11, 12]),
    ];
    assert_eq!(kinds, expected.iter().collect::<Vec<_>>());
    let references: Vec<&str> =
        manuscript.blocks.iter().filter(|b| b.kind == BlockKind::Reference).map(|b| b.text.as_str()).collect();
    assert_eq!(references, ["1. Ames B. Walking. J Hills 2018;3:4-9.", "2. Cole D. Buses. Town Stud 2020;1:1-7."]);
}

#[test]
fn endnotes_that_are_references_are_cited_and_listed() {
    let manuscript = read(&fixture("notes")).expect("a manuscript");
    find(&manuscript, "Gardens help[1][2] and so do neighbours[3], as the first showed [1].");
    assert_eq!(find(&manuscript, "Cole D, Osei T.").1.kind, BlockKind::Reference);
    assert_eq!(find(&manuscript, "About 250").1.kind, BlockKind::Footnote);
}

#[test]
fn merged_and_nested_cells_keep_their_columns() {
    let manuscript = read(&fixture("word")).expect("a manuscript");
    let headers: Vec<&Block> = manuscript
        .blocks
        .iter()
        .filter(|b| matches!(b.kind, BlockKind::TableRow { table: 0, header: true, .. }))
        .collect();
    assert_eq!(cells(headers[0]), ["No.", "Context", "Mechanism", "Mechanism", "Outcome"]);
    assert_eq!(cells(headers[1]), ["", "Context", "Resource", "Response", "Outcome"]);
    assert_eq!(headers.len(), 2);
    assert_eq!(cells(find(&manuscript, "Theme 1").1), ["Theme 1: being seen", "", "", "", ""]);
    assert_eq!(
        cells(find(&manuscript, "3 | Narrow").1),
        ["3", "Narrow streets", "A leader in a bright coat", "Parents feel\nthat it is safe", "More children walk"]
    );
    assert_eq!(cells(find(&manuscript, "4 | Narrow").1)[1], "Narrow streets", "said again where the cell goes on");
    assert_eq!(cells(find(&manuscript, "3 | Steep").1)[2], "A lift for bags");
    assert!(matches!(find(&manuscript, "under 3 kg | 12").1.kind, BlockKind::TableRow { table: 1, header: false, .. }));
    let (caption, _) = find(&manuscript, "Table 1. The configurations");
    assert!(
        matches!(manuscript.blocks[caption.0 + 1].kind, BlockKind::TableRow { .. }),
        "nothing stands between caption and rows"
    );
}

#[test]
fn boxes_lists_captions_and_descriptions_are_told_apart() {
    let manuscript = read(&fixture("word")).expect("a manuscript");
    let count = |text: &str| texts(&manuscript).iter().filter(|t| **t == text).count();
    assert_eq!(count("140 records found"), 1, "a text box is read once");
    assert!(find(&manuscript, "38 documents kept").1.boxed);
    assert!(find(&manuscript, "If a neighbour leads").1.boxed, "a table of one cell is a box");
    assert!(find(&manuscript, "A quotation stands").1.boxed);
    assert_eq!(find(&manuscript, "Figure 1. Flow").1.kind, BlockKind::Caption);
    assert_eq!(find(&manuscript, "Programme theory as boxes").1.kind, BlockKind::Caption);
    assert_eq!(find(&manuscript, "to read,").1.kind, BlockKind::ListItem { ordinal: Some(2) });
    assert_eq!(find(&manuscript, "and to talk.").1.kind, BlockKind::ListItem { ordinal: None });
    find(&manuscript, "CMOC 1: A leader is trusted (M)");
    find(&manuscript, "CMOC 2: Context \u{2192} outcome.");
}

#[test]
fn comments_keep_their_place_for_suppressions() {
    let manuscript = read(&fixture("word")).expect("a manuscript");
    let comment = &manuscript.comments[0];
    assert_eq!(comment.text, "realint-ignore RS09: judged in the companion paper");
    let (_, block) = find(&manuscript, "Each document was judged");
    let first = block.map.pieces()[0].source;
    assert!(comment.span.start < first.start && first.end <= comment.span.end);
    // A comment on no words at the end of a paragraph is on that paragraph.
    let (_, paid) = find(&manuscript, "The Hill Towns Fund paid.");
    assert!(manuscript.comments[1].span.start < paid.map.pieces()[0].source.end);
    let reports =
        check::check(Path::new("draft.docx"), &fixture("word"), None, &NoLibrary, &RULES, &Settings::default())
            .expect("a report");
    let unused = reports[0].findings.iter().find(|f| f.code == "SUP001").expect("a suppression that silences nothing");
    assert!(unused.block_text.starts_with("Each document was judged"));
}

#[test]
fn people_are_shown_paragraphs_and_not_markup() {
    let settings = Settings { standard: Some("rameses-synthesis".into()), ..Settings::default() };
    let documents =
        check::check(Path::new("draft.docx"), &fixture("word"), None, &NoLibrary, &RULES, &settings).expect("a report");
    let report = Report::new(documents);
    let mut shown = Vec::new();
    render::human(&report, false, None, &mut shown).expect("text");
    let shown = String::from_utf8(shown).expect("UTF-8");
    assert!(
        shown.contains("draft.docx:14:1")
            && shown.contains("14 \u{2502}")
            && shown.contains("Each document was judged for relevance and for rigour"),
        "{shown}"
    );
    assert!(shown.contains("= at: paragraph 14, under How we went about it > Judging documents"), "{shown}");
    assert!(!shown.contains("w:p") && !shown.contains("document.xml"), "{shown}");
}

#[test]
fn the_report_keeps_its_contract() {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "schema/realint-report.schema.json"].iter().collect();
    let schema = serde_json::from_slice(&std::fs::read(path).expect("the schema")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for name in FIXTURES {
        let settings = Settings { standard: Some("rameses-synthesis".into()), ..Settings::default() };
        let documents =
            check::check(Path::new("draft.docx"), &fixture(name), None, &NoLibrary, &RULES, &settings).expect(name);
        let report = serde_json::to_value(Report::new(documents)).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path)).collect();
        assert!(errors.is_empty(), "{name}: {}", errors.join("\n"));
        assert_eq!(report["documents"][0]["format"], "docx");
    }
}

#[test]
fn a_document_is_told_by_its_bytes() {
    let names = &RULES.section_names;
    let drafts = read::read(Path::new("draft.txt"), &fixture("notes"), None, &NoLibrary, names)
        .expect("a document with another name");
    assert_eq!(drafts[0].format, Format::Docx);
    let drafts = read::read(Path::new("draft.docx"), b"# Methods\n\nWe searched.\n", None, &NoLibrary, names)
        .expect("a text with that name");
    assert_eq!(drafts[0].format, Format::Markdown);
    assert!(matches!(
        read::read(Path::new("a.txt"), b"text", Some(Format::Docx), &NoLibrary, names),
        Err(Error::Damaged { .. })
    ));
    assert_eq!(read::format_of(Path::new("~$draft.docx")), None, "Word's lock file");
}

#[test]
fn what_is_no_document_is_named() {
    let compound = |stream: &str| {
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.resize(512, 0);
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    assert!(matches!(read(&compound("EncryptedPackage")), Err(Error::Locked { .. })));
    let unsupported = |bytes: &[u8]| match read(bytes) {
        Err(Error::Unsupported { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(unsupported(&compound("WordDocument")), "an old Word document (.doc)");
    assert_eq!(
        unsupported(&zipped(&[("content.xml", b"<x/>"), ("META-INF/manifest.xml", b"<x/>")])),
        "an OpenDocument file (.odt)"
    );
    assert_eq!(unsupported(&zipped(&[("xl/workbook.xml", b"<x/>")])), "an Excel workbook");
    assert_eq!(unsupported(&zipped(&[("a.txt", b"x")])), "a zip container without a Word document in it");
    assert!(matches!(read(&document("<w:p/>")), Err(Error::Empty { .. })));
}

#[test]
fn a_document_that_is_cut_short_is_damaged() {
    let whole = fixture("word");
    for end in [4, 30, whole.len() / 3, whole.len() / 2, whole.len() - 30] {
        assert!(matches!(read(&whole[..end]), Err(Error::Damaged { .. })), "cut at {end}");
    }
    for body in ["<w:p><w:r><w:t>cut", "<w:p></w:r></w:p>", "<w:p><w:t>&#xZZ;</w:p>"] {
        match read(&document(body)) {
            Err(Error::Damaged { message, .. }) => assert!(message.contains("word/document.xml"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    // Other parts may be broken: the text is read, and a note says so.
    let mut parts = vec![(
        "word/document.xml",
        format!("<w:document {W}><w:body><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:body></w:document>"),
    )];
    parts.push(("word/styles.xml", "<w:styles><w:style>".to_owned()));
    parts.push((
        "word/_rels/document.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Type=\"x/styles\" Target=\"styles.xml\"/></Relationships>".to_owned(),
    ));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let manuscript = read(&zipped(&parts)).expect("a manuscript");
    assert_eq!(texts(&manuscript), ["Text"]);
    assert!(manuscript.notes.iter().any(|n| n.contains("word/styles.xml is broken")), "{:?}", manuscript.notes);
}

#[test]
fn hostile_documents_are_refused_in_time() {
    let bomb = zipped(&[("word/document.xml", &vec![b' '; 70 * 1024 * 1024])]);
    assert!(bomb.len() < 1024 * 1024);
    match read(&bomb) {
        Err(Error::Excessive { what, .. }) => assert!(what.contains("unpacks to more than 64 MB"), "{what}"),
        other => panic!("{other:?}"),
    }
    let excessive = |body: &str| assert!(matches!(read(&document(body)), Err(Error::Excessive { .. })));
    excessive(&"<w:p>".repeat(300_000));
    excessive(&"<w:tbl><w:tr><w:tc>".repeat(100_000));
    excessive(&"<w:p><w:r><w:t>x</w:t></w:r></w:p>".repeat(200_001));
    let nested = format!(
        "{}<w:p><w:r><w:t>deep</w:t></w:r></w:p>{}",
        "<w:tbl><w:tr><w:tc>".repeat(160),
        "</w:tc></w:tr></w:tbl>".repeat(160)
    );
    read(&document(&nested)).expect("as deep as is allowed");
    let wide = format!(
        "<w:tbl><w:tr>{}</w:tr><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc><w:tc/></w:tr></w:tbl>",
        "<w:tc><w:tcPr><w:gridSpan w:val=\"99999999\"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>".repeat(1000)
    );
    check_spans(&read(&document(&wide)).expect("a wide table"));
    let entities = "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    let part =
        format!("{entities}<w:document {W}><w:body><w:p><w:r><w:t>x&b;y</w:t></w:r></w:p></w:body></w:document>");
    let manuscript = read(&zipped(&[("word/document.xml", part.as_bytes())])).expect("a manuscript");
    assert_eq!(texts(&manuscript), ["xy"]);
}

#[test]
fn a_field_that_never_ends_hides_nothing() {
    let body = "<w:p><w:r><w:t>Before.</w:t></w:r><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r></w:p>\
                <w:p><w:r><w:t>After.</w:t></w:r></w:p>";
    let manuscript = read(&document(body)).expect("a manuscript");
    assert_eq!(texts(&manuscript), ["Before.", "After."]);
    assert!(manuscript.notes.iter().any(|n| n.contains("never ends")));
}

#[test]
fn any_prefix_will_do() {
    let part = "<ns0:document xmlns:ns0=\"http://purl.oclc.org/ooxml/wordprocessingml/main\"><ns0:body><ns0:p><ns0:pPr><ns0:pStyle ns0:val=\"Titre1\"/></ns0:pPr>\
                <ns0:r><ns0:t>M\u{e9}thodes &amp; plus</ns0:t></ns0:r></ns0:p><ns0:p><ns0:r><ns0:t>Nous avons cherch\u{e9}.</ns0:t></ns0:r></ns0:p></ns0:body></ns0:document>";
    let manuscript = read(&zipped(&[("word/document.xml", part.as_bytes())])).expect("a manuscript");
    assert_eq!(texts(&manuscript), ["M\u{e9}thodes & plus", "Nous avons cherch\u{e9}."]);
    assert!(matches!(manuscript.blocks[0].kind, BlockKind::Heading { level: 1 } | BlockKind::Title));
}

/// Parts by their names.
type Parts = Vec<(String, Vec<u8>)>;

/// The parts of a fixture, unpacked.
fn unpacked(name: &str) -> Parts {
    let mut archive = zip::ZipArchive::new(Cursor::new(fixture(name))).expect("a container");
    (0..archive.len())
        .map(|index| {
            let mut entry = archive.by_index(index).expect("an entry");
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("its bytes");
            (entry.name().to_owned(), bytes)
        })
        .collect()
}

/// Whether a part is text that realint reads.
fn is_text(name: &str) -> bool {
    name.strip_prefix("word/").and_then(|n| n.strip_suffix(".xml")).is_some_and(|n| !n.contains('/'))
}

static PARTS: LazyLock<Vec<Parts>> = LazyLock::new(|| FIXTURES.iter().map(|name| unpacked(name)).collect());

/// Pieces of markup to put where they don't belong.
const SPLINTERS: [&str; 20] = [
    "<w:p>",
    "</w:p>",
    "<w:tbl>",
    "</w:tbl>",
    "<w:tr>",
    "</w:tc>",
    "<w:tc>",
    "<w:r><w:t>caf\u{e9}</w:t></w:r>",
    "<w:fldChar w:fldCharType=\"begin\"/>",
    "<w:fldChar w:fldCharType=\"end\"/>",
    "<w:del>",
    "</w:del>",
    "<w:sdt><w:sdtContent>",
    "<w:txbxContent>",
    "</w:txbxContent>",
    "&amp;",
    "&#x1F;",
    "\u{201c}",
    "<w:vMerge/>",
    "<mc:AlternateContent><mc:Choice/></mc:AlternateContent>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_container_with_changed_bytes_never_panics(
        which in 0..FIXTURES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = fixture(FIXTURES[which]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(manuscript) = read(&bytes) {
            check_spans(&manuscript);
        }
    }

    #[test]
    fn a_part_with_misplaced_markup_never_panics_and_its_spans_are_true(
        which in 0..FIXTURES.len(),
        splinters in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..6),
    ) {
        let mut parts = PARTS[which].clone();
        for (part, at, closing) in splinters {
            let texts: Vec<usize> = (0..parts.len()).filter(|i| is_text(&parts[*i].0)).collect();
            let text = &mut parts[texts[part.index(texts.len())]].1;
            // Where a tag ends, so that the part often stays well-formed enough to be read.
            let ends: Vec<usize> = text.iter().enumerate().filter(|(_, b)| **b == b'>').map(|(i, _)| i + 1).collect();
            if ends.is_empty() {
                continue;
            }
            let place = ends[at.index(ends.len())];
            let splinter = SPLINTERS[at.index(SPLINTERS.len())];
            let inserted = match splinter.strip_prefix('<').and_then(|s| s.split(['>', ' ', '/']).next()).filter(|name| closing && !name.is_empty()) {
                Some(name) if !splinter.ends_with("/>") && !splinter.contains("</") => format!("{splinter}</{name}>"),
                _ => splinter.to_owned(),
            };
            text.splice(place..place, inserted.into_bytes());
        }
        let borrowed: Vec<(&str, &[u8])> = parts.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        if let Ok(manuscript) = read(&zipped(&borrowed)) {
            check_spans(&manuscript);
        }
    }

    #[test]
    fn any_words_in_any_runs_are_mapped_exactly(runs in prop::collection::vec(("[\\PC]{0,12}", any::<bool>(), any::<bool>()), 0..8)) {
        let mut body = String::new();
        for (text, raised, symbols) in &runs {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            let raised = if *raised { "<w:vertAlign w:val=\"superscript\"/>" } else { "" };
            let symbols = if *symbols { "<w:rFonts w:ascii=\"Symbol\"/>" } else { "" };
            body.extend(["<w:r><w:rPr>", symbols, raised, "</w:rPr><w:t>", &text, "</w:t><w:tab/></w:r>"]);
        }
        if let Ok(manuscript) = read(&document(&format!("<w:p>{body}</w:p>"))) {
            check_spans(&manuscript);
        }
    }
}
