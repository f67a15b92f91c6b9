//! HTML: what becomes of journal pages, of what Quarto, pandoc and Word make, and of tag soup.
#![allow(missing_docs, reason = "tests say what they test by their names")]

mod support;

use proptest::prelude::*;
use realint::manuscript::{BlockKind, CitationKind, Format, Role};
use support::{block, changes, check, check_bytes, fixture, manuscript, text, texts, torn, written};

const JOURNAL: &str = "html/journal/input.html";
const QUARTO: &str = "html/quarto/input.html";
const WORD: &str = "html/word/input.htm";
const SOUP: &str = "html/soup/input.html";

#[test]
fn what_is_no_part_of_the_paper_is_left_out() {
    let read = manuscript(JOURNAL);
    check(&read);
    assert_eq!(read.format, Format::Html);
    let all: Vec<_> = read.blocks.iter().map(|b| b.text.as_str()).collect();
    let all = all.join("\n");
    for words in [
        "Journal of Ovens",
        "Skip to",
        "Your privacy",
        "serve you better",
        "Accept",
        "Tweet",
        "Download PDF",
        "Manage cookies",
        "Related:",
        "Hidden words",
        "Unseen",
        "not text",
        "Open access",
        "The journal",
        "Old browser",
        "color",
        "biscuits",
    ] {
        assert!(!all.contains(words), "{words} was read");
    }
    assert_eq!(all.matches("Introduction").count(), 1);
    assert_eq!(read.comments.len(), 1);
    assert!(read.comments[0].text.starts_with("realint-not-applicable"));
}

#[test]
fn the_title_is_found_and_what_stands_beside_it_is_metadata() {
    let read = manuscript(JOURNAL);
    assert_eq!(read.title_text(), Some("Bread clubs: a realist review"));
    let metadata = texts(&read, |kind| *kind == BlockKind::Metadata);
    assert_eq!(metadata, ["Review article", "Olga Crumb1", "Tim Rye1,2", "[1] School of Baking, Flourton"]);
    let page = "<html><head><title>A page of a record in some library | Library</title></head><body><p>Words.</p></body></html>";
    assert_eq!(text(page, Format::Html).title_text(), Some("A page of a record in some library"));
}

#[test]
fn superscripts_and_links_are_citations_unless_they_are_powers_or_notes() {
    let read = manuscript(JOURNAL);
    let id = block(
        &read,
        "Clubs bake weekly.[1] Others[1,3] doubt it ([2]), and some [2-3] do not.[2] A loaf of 10^2 grams is small.",
    );
    let numbers: Vec<_> = read.citations.iter().filter(|c| c.block == id).map(|c| c.kind.clone()).collect();
    let cited = |numbers: &[u32]| CitationKind::Numbers(numbers.to_vec());
    assert_eq!(numbers, [cited(&[1]), cited(&[1, 3]), cited(&[2]), cited(&[2, 3]), cited(&[2])]);
    assert_eq!(written(&read, "do not.[2]"), "do not.<sup>2");
    assert_eq!(written(&read, "Clubs bake"), "Clubs bake");
}

#[test]
fn tables_lists_figures_and_notes_keep_their_kind() {
    let read = manuscript(JOURNAL);
    let row = &read.blocks[block(&read, "CMOC 1 | Shared oven | Pride.\nCalm. | Baking").0];
    assert_eq!((row.cell(0), row.cell(3)), (Some("CMOC 1"), Some("Baking")));
    let captions = texts(&read, |kind| *kind == BlockKind::Caption);
    assert_eq!(captions, ["Of 300 records, 40 were kept", "Figure 1. Flow of documents", "Table 1. Configurations"]);
    let items: Vec<_> = read
        .blocks
        .iter()
        .filter_map(
            |b| if let BlockKind::ListItem { ordinal } = b.kind { Some((ordinal, b.text.as_str())) } else { None },
        )
        .collect();
    assert_eq!(items, [(Some(3), "kneading"), (None, "by hand"), (Some(7), "proving"), (None, "Levain: a starter")]);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Footnote), ["Weighed warm."]);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Code), ["x <- 1"]);
    assert!(read.block(block(&read, "It rose, and so did I.")).boxed);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Reference).len(), 3);
    assert_eq!(read.role_of(block(&read, "Not asked for.")), Role::Declarations);
}

#[test]
fn quarto_pages_keep_callouts_captions_and_citations() {
    let read = manuscript(QUARTO);
    check(&read);
    assert_eq!(read.title_text(), Some("Tool libraries and thrift: A realist synthesis"));
    assert_eq!(read.role_of(block(&read, "Lending lasts where returning is easy.")), Role::Abstract);
    block(&read, "We searched widely (Saw 2010; Nail 2012), then again[1] and on.");
    assert!(read.block(block(&read, "If tools are near, then thrift is easy.")).boxed);
    assert_eq!(read.block(block(&read, "Initial theory")).kind, BlockKind::Caption);
    assert_eq!(read.block(block(&read, "Figure 1: Flow")).kind, BlockKind::Caption);
    assert!(matches!(read.block(block(&read, "Tool | Loans")).kind, BlockKind::TableRow { header: true, .. }));
    assert_eq!(read.block(block(&read, "1. Saw A. Saws. 2010.")).kind, BlockKind::Reference);
    assert_eq!(read.block(block(&read, "Twice.")).kind, BlockKind::Footnote);
    assert_eq!(read.block(block(&read, "Cookies and tea")).kind, BlockKind::Heading { level: 1 });
    block(&read, "Volunteers stayed for both.");
    assert!(!read.blocks.iter().any(|b| b.text.contains("Contents") || b.text.contains("misc")));
}

#[test]
fn word_pages_are_read_in_their_encoding_with_their_lists() {
    let read = manuscript(WORD);
    check(&read);
    assert_eq!(read.title_text(), Some("Repair cafés: a realist evaluation: Second draft"));
    block(&read, "We sat \"at the bench\" for two years. Menders were kind.");
    assert_eq!(read.block(block(&read, "toasters")).kind, BlockKind::ListItem { ordinal: None });
    assert_eq!(read.block(block(&read, "kettles")).kind, BlockKind::ListItem { ordinal: Some(2) });
    assert_eq!(read.block(block(&read, "lamps")).kind, BlockKind::ListItem { ordinal: Some(3) });
    assert!(matches!(
        read.block(block(&read, "Context | Mechanism | Outcome")).kind,
        BlockKind::TableRow { header: true, .. }
    ));
    assert!(read.block(block(&read, "If owners watch, then they learn.")).boxed);
    assert_eq!(read.block(block(&read, "Two winters.")).kind, BlockKind::Footnote);
    assert!(read.notes.iter().any(|note| note.contains("windows-1252")), "{:?}", read.notes);
}

#[test]
fn an_abstract_without_a_heading_gets_one() {
    let read = manuscript("html/abstract/input.html");
    assert_eq!(read.title_text(), Some("Night schools for bakers: a realist review"));
    let paragraph = read.blocks.iter().position(|b| b.text.starts_with("Night schools keep")).expect("the abstract");
    assert_eq!(read.role_of(realint::manuscript::BlockId(paragraph)), Role::Abstract);
    assert!(!read.blocks.iter().any(|b| b.text.contains("cookies")));
}

#[test]
fn tag_soup_is_read_as_far_as_it_goes() {
    let read = manuscript(SOUP);
    check(&read);
    for line in [
        "One bold",
        "three",
        "first",
        "second more",
        "A | B",
        "1 | 2",
        "Text in a div",
        "and in another",
        "after",
        "A linked heading",
    ] {
        block(&read, line);
    }
    assert_eq!(read.comments.len(), 1);
    let bold = text("<h2>Methods</h2><b><p>One was read by both of us.</b> And more.</p><p>Another.</p>", Format::Html);
    assert_eq!(
        texts(&bold, |kind| *kind == BlockKind::Paragraph),
        ["One was read by both of us. And more.", "Another."]
    );
}

#[test]
fn hostile_pages_end_soon() {
    for piece in [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<ul><li>",
        "<p><a href=#r1>1</a>",
        "</div>",
        "<br>",
        "<!--",
        "&",
        "<sup>1</sup>,",
    ] {
        check(&text(&format!("<p>{}x", piece.repeat(20_000)), Format::Html));
    }
    let attributes = format!("<p {}>x</p>", "class=abstract ".repeat(20_000));
    check(&text(&attributes, Format::Html));
    let wide = "<table><tr><td rowspan=65534 colspan=1000>a<td>b</tr><tr><td>c</table>";
    check(&text(wide, Format::Html));
}

const PIECES: &[&str] = &[
    "<p>",
    "</p>",
    "<div class=abstract>",
    "</div>",
    "<table>",
    "<tr>",
    "<td colspan=3>",
    "</table>",
    "<li>",
    "</ul>",
    "<h2>",
    "</h2>",
    "<sup>1</sup>",
    "<a href='#ref1'>2</a>",
    "<b>",
    "</b>",
    "<script>",
    "</script>",
    "<blockquote>",
    "<nav>",
    "<aside>",
    "<br>",
    "<section class=references>",
    "<img alt='a picture of four words'>",
    "<![if !supportLists]>",
    "<![endif]>",
    "<title>",
    "<main>",
    "<article>",
    "<q>",
    "<dl><dt>",
    "<dd>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn torn_pages_never_panic(changes in changes(PIECES), which in prop::sample::select(vec![JOURNAL, QUARTO, WORD, SOUP])) {
        let bytes = std::fs::read(fixture(which)).expect("a fixture");
        check_bytes(&torn(&bytes, &changes), Format::Html);
    }

    #[test]
    fn any_soup_keeps_its_spans(parts in prop::collection::vec((prop::sample::select(PIECES), "[a-z0-9 \u{2014}é&;<>\\[\\]]{0,12}"), 0..40)) {
        let page: String = parts.iter().flat_map(|(piece, words)| [*piece, words.as_str()]).collect();
        check(&text(&format!("<p>{page}"), Format::Html));
    }
}
