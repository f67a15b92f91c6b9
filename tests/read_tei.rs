//! TEI: what becomes of GROBID's articles, of other texts, and of torn ones.
#![allow(missing_docs, reason = "tests say what they test by their names")]

mod support;

use proptest::prelude::*;
use realint::error::Error;
use realint::manuscript::{BlockKind, CitationKind, Format, Role};
use support::{block, changes, check, check_bytes, fixture, manuscript, read_bytes, text, texts, torn, written};

const GROBID: &str = "tei/grobid/input.xml";
const NESTED: &str = "tei/nested/input.xml";

#[test]
fn the_header_is_title_metadata_and_abstract() {
    let read = manuscript(GROBID);
    check(&read);
    assert_eq!(read.format, Format::Tei);
    assert_eq!(read.title_text(), Some("Night buses and lone travellers: a realist evaluation"));
    let metadata = texts(&read, |kind| *kind == BlockKind::Metadata);
    assert_eq!(
        metadata,
        [
            "Mila Harrowby, Jon Vesper",
            "1 Transport School , Quayton",
            "Keywords: buses; safety",
            "Downloaded from https://example.org by guest."
        ]
    );
    assert_eq!(read.role_of(block(&read, "Night buses help some. We asked whom and why.")), Role::Abstract);
}

#[test]
fn flat_headings_get_levels_by_the_names_of_sections() {
    let read = manuscript(GROBID);
    let headings: Vec<_> = read
        .blocks
        .iter()
        .filter_map(|b| if let BlockKind::Heading { level } = b.kind { Some((level, b.text.as_str())) } else { None })
        .collect();
    let body =
        [(1, "Introduction"), (1, "Methods"), (2, "Realist interviews"), (1, "Results"), (1, "Author Contributions:")];
    assert_eq!(headings[1..6], body);
    assert_eq!(read.role_of(block(&read, "Each was taped.")), Role::Methods);
}

#[test]
fn levels_follow_numbers_or_capitals_where_there_are_any() {
    let body = |heads: &[&str]| {
        let divisions: String = heads.iter().flat_map(|head| ["<div>", head, "<p>Words.</p></div>"]).collect();
        let tei = format!(
            "<TEI><teiHeader><titleStmt><title>Trams</title></titleStmt></teiHeader><text><body>{divisions}</body></text></TEI>"
        );
        let read = text(&tei, Format::Tei);
        let levels = read
            .blocks
            .iter()
            .filter_map(|b| if let BlockKind::Heading { level } = b.kind { Some(level) } else { None });
        levels.collect::<Vec<_>>()
    };
    let numbered = [
        "<head n='1.'>Getting on</head>",
        "<head n='1.1.'>At a stop</head>",
        "<head>Results</head>",
        "<head n='2.'>Getting off</head>",
        "<head>An aside</head>",
    ];
    assert_eq!(body(&numbered), [1, 2, 1, 1, 2]);
    let capitals = ["<head>BACKGROUND</head>", "<head>METHODS</head>", "<head>Analysis</head>", "<head>RESULTS</head>"];
    assert_eq!(body(&capitals), [1, 1, 2, 1]);
}

#[test]
fn citations_are_readable() {
    let read = manuscript(GROBID);
    let id = block(
        &read,
        "Lone travellers avoid the dark (Dusk et al., 2011; Lamp, 2014). Others disagree [1, 2] or [2, 3].",
    );
    let kinds: Vec<_> = read.citations.iter().filter(|c| c.block == id).map(|c| c.kind.clone()).collect();
    assert!(matches!(kinds[0], CitationKind::AuthorYear(_)));
    assert_eq!(kinds[1..], [CitationKind::Numbers(vec![1, 2]), CitationKind::Numbers(vec![2, 3])]);
    assert_eq!(written(&read, "avoid the dark (Dusk"), "avoid the dark <ref type=\"bibr\" target=\"#b0\">(Dusk");
}

#[test]
fn figures_and_tables_stand_where_the_text_speaks_of_them() {
    let read = manuscript(GROBID);
    let order = [
        "Ten were held; see Table 1. They were long.",
        "Table 1 : Who was heard",
        "Context | Mechanism | Outcome",
        "Lit stops | Travellers feel seen by the driver | They wait",
        "Dark stops | Fear | They walk",
        "Where the driver greets (C), travellers feel seen (M) and ride again (O), as Figure 2 shows.",
        "Fig. 2 The theory drawn.",
    ];
    let places: Vec<_> = order.iter().map(|line| block(&read, line)).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(matches!(read.block(places[2]).kind, BlockKind::TableRow { header: true, .. }));
}

#[test]
fn back_matter_is_declarations_and_references() {
    let read = manuscript(GROBID);
    for (heading, line) in [
        ("Author Contributions:", "MH rode; JV wrote."),
        ("Funding", "Paid for by the Roads Fund."),
        ("Data availability", "Tapes are kept."),
        ("Ethics", "Approved in Quayton."),
    ] {
        let id = block(&read, line);
        assert_eq!(read.role_of(id), Role::Declarations, "{line}");
        assert_eq!(read.heading_text(read.section_of(id)), Some(heading));
    }
    assert_eq!(
        texts(&read, |kind| *kind == BlockKind::Reference),
        ["Dusk A. Dark streets. Lanterns 2011.", "Light. B Lamp, Glow. 2014"]
    );
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Code), ["y = ax + b"]);
}

#[test]
fn texts_with_nested_divisions_are_read_too() {
    let read = manuscript(NESTED);
    check(&read);
    assert_eq!(read.title_text(), Some("Ferries: a protocol"));
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Metadata), ["Ada Quill"]);
    assert_eq!(read.block(block(&read, "Search")).kind, BlockKind::Heading { level: 2 });
    block(&read, "We will sail. Then \"we shall see\".");
    block(&read, "Of charts: 10^6 of them. And logs.");
    assert!(read.block(block(&read, "A quotation of its own.")).boxed);
    assert_eq!(read.block(block(&read, "steer")).kind, BlockKind::ListItem { ordinal: Some(2) });
    assert_eq!(read.block(block(&read, "Weather allowing.")).kind, BlockKind::Footnote);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Reference), ["Quill, Ada. Tides. 2001."]);
}

#[test]
fn broken_and_hostile_files_are_refused_or_end_soon() {
    let bytes = std::fs::read(fixture("tei/truncated/input.xml")).expect("a fixture");
    assert!(matches!(read_bytes(&bytes, "a.tei.xml", None), Err(Error::Damaged { .. })));
    assert!(matches!(read_bytes(b"<article/>", "a.xml", Some(Format::Tei)), Err(Error::OtherMarkup { .. })));
    let deep = format!("<TEI>{}", "<div>".repeat(50_000));
    assert!(matches!(read_bytes(deep.as_bytes(), "a.xml", None), Err(Error::Excessive { .. })));
    let circle = "<TEI><text><body><div><p>a <ref target='#f'>b</ref></p></div><figure xml:id='f'><figDesc>c <ref target='#f'>d</ref></figDesc></figure></body></text></TEI>";
    assert_eq!(texts(&text(circle, Format::Tei), |_| true), ["a b", "c d"]);
}

const PIECES: &[&str] = &[
    "<div>",
    "</div>",
    "<p>",
    "</p>",
    "<s>",
    "</s>",
    "<head>",
    "</head>",
    "<ref type='bibr'>",
    "</ref>",
    "<figure>",
    "<table>",
    "<row>",
    "<cell cols='9'>",
    "</cell>",
    "<note place='foot'>",
    "<list>",
    "<item>",
    "<hi rend='bold'>",
    "<quote>",
    "<lb/>",
    "<formula>",
    "</TEI>",
    "<listBibl>",
    "<bibl>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn torn_texts_never_panic(changes in changes(PIECES), nested in any::<bool>()) {
        let bytes = std::fs::read(fixture(if nested { NESTED } else { GROBID })).expect("a fixture");
        check_bytes(&torn(&bytes, &changes), Format::Tei);
    }

    #[test]
    fn well_formed_texts_keep_their_spans(parts in prop::collection::vec((prop::sample::select(PIECES), "[a-z0-9 \u{2014}é()\\[\\]]{0,12}"), 0..24)) {
        let mut inner = String::new();
        let mut open: Vec<&str> = Vec::new();
        for (piece, words) in &parts {
            if piece.starts_with("</") || piece.ends_with("/>") {
                if let Some(name) = open.pop() {
                    inner.extend(["</", name, ">"]);
                }
            } else {
                inner.push_str(piece);
                open.push(piece[1..].split([' ', '>']).next().unwrap_or_default());
            }
            inner.push_str(words);
        }
        while let Some(name) = open.pop() {
            inner.extend(["</", name, ">"]);
        }
        let tei = format!(
            "<TEI><teiHeader><profileDesc><abstract>{inner}</abstract></profileDesc></teiHeader><text><front>{inner}</front><body>{inner}</body><back>{inner}</back></text></TEI>"
        );
        for read in read_bytes(tei.as_bytes(), "a.xml", None).expect("well-formed") {
            check(&read);
        }
    }
}
