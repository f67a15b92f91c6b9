//! YAML front matter: title, abstract, keywords, and what is addressed to realint.

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::manuscript::{Block, BlockKind, Declared};
use crate::source::{PlainText, SourceId};

/// Front matter longer than this is not read as YAML.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontMatter {
    title: Option<Spanned<String>>,
    subtitle: Option<Spanned<String>>,
    #[serde(rename = "abstract")]
    abstract_text: Option<Spanned<String>>,
    realint: Option<Addressed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Addressed {
    standard: Option<String>,
    stage: Option<String>,
}

/// What the front matter holds for us.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Title, and the abstract under a heading-like label.
    pub(super) blocks: Vec<Block>,
    /// `realint:` fields.
    pub(super) declared: Declared,
    /// A note where the YAML is broken.
    pub(super) note: Option<String>,
}

/// The byte range of the YAML between the opening `---` and the closing `---` or `...`, and the
/// first byte after the closing line. `None` where the text has no front matter.
pub(super) fn range(text: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut lines = text[bom..].split_inclusive('\n');
    let first = lines.next()?;
    if first.trim_end() != "---" {
        return None;
    }
    let start = bom + first.len();
    let mut at = start;
    for line in lines {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((start..at, at + line.len()));
        }
        at += line.len();
    }
    None
}

/// Reads the YAML in `text[range]`. Broken YAML gives a note and nothing else.
pub(super) fn read(text: &str, range: std::ops::Range<usize>) -> Read {
    let yaml = &text[range.clone()];
    if yaml.len() > MOST_BYTES {
        return Read { note: Some("the front matter is too long to be read".into()), ..Read::default() };
    }
    let parsed: FrontMatter = match serde_saphyr::from_str(yaml) {
        Ok(parsed) => parsed,
        Err(error) => {
            let line = error.location().map_or(1, |l| l.line() as usize) + 1;
            let note = format!("the front matter could not be read as YAML (line {line}); the text below it was checked");
            return Read { note: Some(note), ..Read::default() };
        }
    };
    let mut read = Read::default();
    let mut title = PlainText::new();
    for value in [&parsed.title, &parsed.subtitle].into_iter().flatten() {
        if !title.is_blank() {
            title.push_replacement(SourceId(0), range.start, 0, ": ");
        }
        push(&mut title, range.start, yaml, value);
    }
    read.blocks.extend(Block::new(BlockKind::Title, title));
    if let Some(value) = &parsed.abstract_text {
        let mut heading = PlainText::new();
        let at = yaml.find("abstract").unwrap_or(0);
        heading.push_replacement(SourceId(0), range.start + at, "abstract".len(), "Abstract");
        read.blocks.extend(Block::new(BlockKind::Heading { level: 1 }, heading));
        let mut plain = PlainText::new();
        push(&mut plain, range.start, yaml, value);
        read.blocks.extend(Block::new(BlockKind::Paragraph, plain));
    }
    if let Some(addressed) = parsed.realint {
        read.declared = Declared { standard: addressed.standard, stage: addressed.stage };
    }
    read
}

/// Appends a YAML string: byte for byte where it stands verbatim in the source, else as one piece.
fn push(plain: &mut PlainText, base: usize, yaml: &str, value: &Spanned<String>) {
    let text = value.value.trim();
    let span = value.referenced.span();
    let (Some(offset), Some(length)) = (span.byte_offset(), span.byte_len()) else {
        plain.push_decoded(SourceId(0), base, 0, text);
        return;
    };
    let (offset, length) = (offset as usize, length as usize);
    let raw = yaml.get(offset..offset + length).unwrap_or_default();
    match raw.find(text) {
        Some(inner) => plain.push_source(SourceId(0), base + offset + inner, text),
        None => plain.push_decoded(SourceId(0), base + offset, length, text),
    }
}
