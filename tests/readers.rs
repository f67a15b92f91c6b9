//! Snapshots of what the readers make of small files: one line a block, with its place.

use std::fmt::Write as _;
use std::path::Path;

use realint::manuscript::{Block, BlockId, BlockKind, Manuscript};
use realint::read::{self, FolderLibrary};
use realint::rule::load;

/// Characters of a block's text that a snapshot shows.
const SHOWN: usize = 64;

#[test]
fn fixtures_read_as_before() {
    let rules = load::shipped().expect("the shipped rules");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    insta::glob!("fixtures", "*/*/input.*", |path| {
        let bytes = std::fs::read(path).expect("a fixture");
        // Tests run in the package's folder; a relative path keeps snapshots free of this machine's.
        let name = path.strip_prefix(root).expect("a fixture of this package");
        let shown = match read::read(name, &bytes, None, &FolderLibrary, &rules.section_names) {
            Ok(drafts) => drafts
                .into_iter()
                .map(|draft| describe(&Manuscript::new(draft, &rules.section_names)))
                .collect::<Vec<_>>()
                .join("\n"),
            Err(error) => format!("error: {error}\n"),
        };
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(shown) });
    });
}

fn describe(manuscript: &Manuscript) -> String {
    let mut out = format!("{}, record {}\n", manuscript.format.name(), manuscript.record);
    for note in &manuscript.notes {
        let _ = writeln!(out, "note: {note}");
    }
    for (index, block) in manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        let place = manuscript.locate(id, 0..block.text.len());
        let part = place.part.map(|p| format!("{p}:")).unwrap_or_default();
        let _ = write!(
            out,
            "{part}{}:{}-{}:{} {} {} {}",
            place.line,
            place.column,
            place.end_line,
            place.end_column,
            role(manuscript, id),
            kind(block),
            start_of(&block.text)
        );
        if let Some(label) = &block.run_in {
            let _ = write!(out, " run-in={:?}", &block.text[label.clone()]);
        }
        if block.boxed {
            out.push_str(" boxed");
        }
        let sentences = manuscript.sentences.of(id).len();
        if sentences > 1 {
            let _ = write!(out, " sentences={sentences}");
        }
        out.push('\n');
    }
    for citation in &manuscript.citations {
        let text = &manuscript.block(citation.block).text[citation.range.clone()];
        let _ = writeln!(out, "citation in block {}: {text:?} {:?}", citation.block.0 + 1, citation.kind);
    }
    for comment in &manuscript.comments {
        let source = &manuscript.sources[comment.span.source.0 as usize];
        let place = source.position(comment.span.start);
        let _ = writeln!(out, "comment at {}:{}: {:?}", place.line, place.column, comment.text);
    }
    let declared = &manuscript.declared;
    if declared.standard.is_some() || declared.stage.is_some() {
        let _ = writeln!(out, "declared: {:?} {:?}", declared.standard, declared.stage);
    }
    out
}

/// The part of the paper, where a heading or a label says it. What content and neighbours suggest
/// depends on weights that are trained anew, so `~` stands for it.
fn role(manuscript: &Manuscript, id: BlockId) -> &'static str {
    let mut section = Some(manuscript.section_of(id));
    let labelled = manuscript.block(id).run_in.is_some();
    while let Some(here) = section {
        if here.named || labelled || here.heading.is_none() {
            return manuscript.role_of(id).name();
        }
        section = here.parent.map(|parent| &manuscript.sections[parent.0]);
    }
    "~"
}

fn kind(block: &Block) -> String {
    match &block.kind {
        BlockKind::Title => "title".into(),
        BlockKind::Heading { level } => format!("heading{level}"),
        BlockKind::Paragraph => "paragraph".into(),
        BlockKind::ListItem { ordinal: Some(number) } => format!("item({number})"),
        BlockKind::ListItem { ordinal: None } => "item".into(),
        BlockKind::TableRow { table, header, cells } => {
            let cells: Vec<&str> = (0..cells.len()).filter_map(|index| block.cell(index)).collect();
            let cells: Vec<String> = cells.into_iter().map(start_of).collect();
            format!("row(table {table}{}) {}", if *header { ", header" } else { "" }, cells.join(","))
        }
        BlockKind::Caption => "caption".into(),
        BlockKind::Footnote => "footnote".into(),
        BlockKind::Code => "code".into(),
        BlockKind::Reference => "reference".into(),
        BlockKind::Metadata => "metadata".into(),
    }
}

fn start_of(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}
