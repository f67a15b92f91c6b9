//! JATS: what becomes of articles, of torn ones, and of files that are none.
#![allow(missing_docs, reason = "tests say what they test by their names")]

mod support;

use proptest::prelude::*;
use realint::error::Error;
use realint::manuscript::{BlockKind, CitationKind, Format, Role};
use support::{block, changes, check, check_bytes, fixture, manuscript, read_bytes, text, texts, torn, written};

const ARTICLE: &str = "jats/article/input.xml";

#[test]
fn front_matter_is_title_metadata_and_abstract() {
    let read = manuscript(ARTICLE);
    check(&read);
    assert_eq!(read.format, Format::Jats);
    assert_eq!(read.title_text(), Some("Community gardens on housing estates: a realist review"));
    let metadata = texts(&read, |kind| *kind == BlockKind::Metadata);
    for line in [
        "Review",
        "Jardins partagés : une revue réaliste",
        "Ines Tarrow, Bram Okonjo",
        "1 Department of Plots, Leafham",
        "Keywords: gardens; estates",
    ] {
        assert!(metadata.contains(&line), "{line} is not in {metadata:?}");
    }
    assert!(!metadata.iter().any(|line| line.contains("Edits")), "an editor is no author");
    for line in [
        "Gardens thrive on some estates and fail on others.",
        "Les jardins réussissent là où la clé est partagée.",
        "Share the key.",
    ] {
        assert_eq!(read.role_of(block(&read, line)), Role::Abstract);
    }
    assert_eq!(read.comments.len(), 1);
}

#[test]
fn declarations_stand_under_headings_wherever_the_file_has_them() {
    let read = manuscript(ARTICLE);
    for (heading, line) in [
        ("Competing interests", "BO rents a plot on one of the estates."),
        ("Author contributions", "IT searched and read; BO drew the theory."),
        ("Funding", "Funded by Leafham Trust (LT-22)."),
        ("Data availability", "The extraction form is with the authors."),
        ("Acknowledgements", "We thank the growers."),
    ] {
        let id = block(&read, line);
        assert_eq!(read.role_of(id), Role::Declarations, "{line}");
        assert_eq!(read.heading_text(read.section_of(id)), Some(heading));
    }
    let ethics = &read.blocks[block(&read, "Ethics: not needed.").0];
    assert_eq!(ethics.run_in, Some(0..6));
}

#[test]
fn sections_are_placed_by_their_title_or_else_by_their_type() {
    let read = manuscript(ARTICLE);
    assert_eq!(read.role_of(block(&read, "Where nobody weeds, neighbours lose heart.")), Role::Results);
    assert_eq!(read.role_of(block(&read, "for relevance;")), Role::Methods);
    let introduction = read.sections.iter().find(|s| s.role == Role::Introduction).expect("an introduction");
    let heading = introduction.heading.expect("a heading");
    assert_eq!(read.block(heading).text, "Introduction");
    let span = read.span(heading, 0..12);
    assert_eq!(&read.sources[0].text[span.start..span.end], "sec");
}

#[test]
fn citations_have_brackets_and_powers_have_none() {
    let read = manuscript(ARTICLE);
    let plots = "Plots - \"patches of hope\" - differ[1], as others found[1-3], and elsewhere [2]-[3]. Pawson (2005) agrees [3]. An area of 40 m^2 is usual; &house; stays.";
    let id = block(&read, plots);
    let numbers: Vec<_> = read.citations.iter().filter(|c| c.block == id).map(|c| c.kind.clone()).collect();
    let cited = |numbers: &[u32]| CitationKind::Numbers(numbers.to_vec());
    assert_eq!(
        numbers,
        [
            cited(&[1]),
            cited(&[1, 2, 3]),
            cited(&[2]),
            cited(&[3]),
            CitationKind::AuthorYear("Pawson (2005)".into()),
            cited(&[3])
        ]
    );
    assert_eq!(written(&read, "patches of hope"), "patches of hope");
    assert_eq!(written(&read, "\"patches"), "&#x201C;patches");
}

#[test]
fn figures_and_lists_in_a_paragraph_leave_it_whole() {
    let read = manuscript(ARTICLE);
    let whole = block(&read, "The flow is in Figure 1 and goes on here.");
    let caption = block(&read, "Figure 1. Flow of documents. Boxes are counts.");
    assert!(whole < caption);
    assert_eq!(read.block(caption).kind, BlockKind::Caption);
    assert_eq!(read.block(block(&read, "A note at the foot.")).kind, BlockKind::Footnote);
    assert_eq!(read.block(block(&read, "for rigour.")).kind, BlockKind::ListItem { ordinal: Some(2) });
    assert!(read.block(block(&read, "If the key is shared, then tenants feel trusted and dig.")).boxed);
}

#[test]
fn cells_stand_under_their_columns_though_others_span() {
    let read = manuscript(ARTICLE);
    let row = &read.blocks[block(&read, "CMOC 1 | Shared key | Tenants feel trusted.\nThey relax. | Digging").0];
    assert_eq!(row.cell(2), Some("Tenants feel trusted.\nThey relax."));
    let below = &read.blocks[block(&read, " | Locked gate | Suspicion |").0];
    assert_eq!((below.cell(0), below.cell(1), below.cell(2)), (Some(""), Some("Locked gate"), Some("Suspicion")));
    let heads = texts(&read, |kind| matches!(kind, BlockKind::TableRow { header: true, .. }));
    assert_eq!(heads, ["No. | What is there | | Outcome", " | Context | Mechanism |", "Estate | Plots"]);
}

#[test]
fn references_are_no_prose() {
    let read = manuscript(ARTICLE);
    let references = texts(&read, |kind| *kind == BlockKind::Reference);
    assert_eq!(
        references,
        [
            "1. Loam A. Soil and hope. Plots. 2010.",
            "2. Pawson R, Spade B, et al. 2005. On digging. Rakes. 3: 14-19",
            "Thorn C. Gates. 2019."
        ]
    );
    assert!(read.notes.iter().any(|note| note.contains("reviews, letters")));
}

#[test]
fn floats_at_the_end_stand_where_they_are_first_pointed_at() {
    let read = manuscript("jats/gathered/input.xml");
    let order = [
        "First, see Table 2.",
        "Table 2. Gates.",
        "North | shared",
        "Then, see Figure 1 and Table 2 again.",
        "Figure 1. A gate.",
    ];
    let places: Vec<_> = order.iter().map(|line| block(&read, line)).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(read.role_of(places[2]), Role::Results);
    assert_eq!(read.block(block(&read, "Figure 9. Nobody points here.")).kind, BlockKind::Caption);
}

#[test]
fn every_article_of_a_set_is_a_record() {
    let bytes = std::fs::read(fixture("jats/set/input.xml")).expect("a fixture");
    let records = read_bytes(&bytes, "set.xml", None).expect("records");
    let titles: Vec<_> = records.iter().map(|r| (r.record, r.title_text())).collect();
    assert_eq!(titles, [(1, Some("Walking buses: a realist evaluation")), (2, Some("Playgrounds: a survey"))]);
}

#[test]
fn broken_files_are_refused_with_the_place() {
    let error = |name: &str| {
        let bytes = std::fs::read(fixture(name)).expect("a fixture");
        read_bytes(&bytes, name, None).expect_err("an error")
    };
    for (name, said) in [("jats/mismatched/input.xml", "line 3"), ("jats/truncated/input.xml", "ends inside")] {
        let Error::Damaged { message, .. } = error(name) else { panic!("another error") };
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn other_xml_is_refused_by_name() {
    let error = read_bytes(b"<?xml version=\"1.0\"?><project/>", "pom.xml", None).expect_err("an error");
    assert!(matches!(&error, Error::OtherMarkup { root: Some(root), .. } if root == "project"), "{error}");
    assert!(matches!(read_bytes(b"<project/>", "pom.xml", None), Err(Error::OtherMarkup { .. })));
    assert!(matches!(read_bytes(b"<TEI/>", "a.xml", Some(Format::Jats)), Err(Error::OtherMarkup { .. })));
}

#[test]
fn hostile_files_end_soon() {
    let article = |inner: &str| format!("<article article-type='x'><body>{inner}</body></article>");
    assert!(matches!(
        read_bytes(article(&"<sec>".repeat(50_000)).as_bytes(), "a.xml", None),
        Err(Error::Excessive { .. })
    ));
    let deep = format!("{}<p>here</p>{}", "<sec>".repeat(190), "</sec>".repeat(190));
    assert_eq!(texts(&text(&article(&deep), Format::Jats), |_| true), ["here"]);
    let wide =
        article("<table><tr><td colspan='4000000000' rowspan='99999'>a</td><td>b</td></tr><tr><td>c</td></tr></table>");
    check(&text(&wide, Format::Jats));
    let cited = article(&format!("<p>{}</p>", "<xref ref-type='bibr'>1</xref>,".repeat(20_000)));
    check(&text(&cited, Format::Jats));
    let circle = "<article article-type='x'><body><p><xref rid='f'>x</xref></p></body><floats-group><fig id='f'><caption><p>a<xref rid='f'>b</xref></p></caption></fig></floats-group></article>";
    assert_eq!(texts(&text(circle, Format::Jats), |_| true), ["x", "ab"]);
}

const PIECES: &[&str] = &[
    "<sec>",
    "</sec>",
    "<p>",
    "</p>",
    "<xref ref-type='bibr'>",
    "</xref>",
    "<table-wrap>",
    "<table>",
    "<tr>",
    "<td rowspan='3'>",
    "</td>",
    "</tr>",
    "<fig>",
    "<sup>",
    "</sup>",
    "<bold>",
    "</bold>",
    "<list>",
    "<title>",
    "</title>",
    "<boxed-text>",
    "<ref>",
    "<fn>",
    "<break/>",
    "<abstract>",
    "</article>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn torn_articles_never_panic(changes in changes(PIECES)) {
        let bytes = std::fs::read(fixture(ARTICLE)).expect("a fixture");
        check_bytes(&torn(&bytes, &changes), Format::Jats);
    }

    #[test]
    fn well_formed_articles_keep_their_spans(parts in prop::collection::vec((prop::sample::select(PIECES), "[a-z0-9 \u{2014}é&<;\\[\\]]{0,12}"), 0..24)) {
        // Every piece is opened and closed, so that the reader and not the parser is tried.
        let mut inner = String::new();
        let mut open: Vec<&str> = Vec::new();
        for (piece, words) in &parts {
            let words = words.replace('&', "&amp;").replace('<', "&lt;");
            if piece.starts_with("</") || piece.ends_with("/>") {
                if let Some(name) = open.pop() {
                    inner.extend(["</", name, ">"]);
                }
            } else {
                inner.push_str(piece);
                open.push(piece[1..].split([' ', '>']).next().unwrap_or_default());
            }
            inner.push_str(&words);
        }
        while let Some(name) = open.pop() {
            inner.extend(["</", name, ">"]);
        }
        let article = format!("<article article-type='x'><front><article-meta>{inner}</article-meta></front><body>{inner}</body><back>{inner}</back></article>");
        for read in read_bytes(article.as_bytes(), "a.xml", None).expect("well-formed") {
            check(&read);
        }
    }
}
