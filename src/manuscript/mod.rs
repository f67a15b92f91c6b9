//! The manuscript: what every reader produces and every check reads.
//!
//! A [`Draft`] is what a reader saw, a flat list of blocks with span maps. [`Manuscript::new`]
//! gives it structure: sections with roles, sentences, citations, references.

mod citation;
mod section;
mod sentence;

pub use citation::{Citation, CitationKind};

/// Calls `found` for each citation of a text.
pub(crate) fn citations_in(text: &str, mut found: impl FnMut(CitationKind)) {
    citation::in_text(text, |_, kind| found(kind));
}

pub use section::{PlaceWords, Role, Section, SectionId, SectionNames, each_place_feature};
pub use sentence::{Sentence, SentenceId, Sentences};

use std::ops::Range;
use std::sync::Arc;

use crate::source::{Location, PlainText, SourceId, SourceText, Span, SpanMap};

/// The formats that realint reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Markdown (CommonMark with Pandoc's and GitHub's tables and footnotes).
    Markdown,
    /// Quarto or R Markdown.
    Quarto,
    /// Plain text: typed, pasted from Word or a PDF, or saved from a web page or database.
    Text,
    /// A Word document (.docx), whoever wrote it: Word, LibreOffice, Google Docs, Pandoc.
    Docx,
    /// A PDF with text in it.
    Pdf,
    /// A web page, or what Quarto, pandoc or Word made for the web.
    Html,
    /// JATS XML, as PubMed Central and publishers exchange it.
    Jats,
    /// TEI XML, as GROBID makes it from PDF.
    Tei,
    /// LaTeX, with the files that it includes.
    Latex,
    /// A list of configurations in CSV, YAML, JSON or TOML, as teams keep it beside a review.
    Sheet,
    /// A protocol in TOML, YAML or JSON (`realist-protocol/1`), or another structured file.
    Protocol,
    /// The bibliography of a project: BibTeX, CSL or RIS.
    Bibliography,
    /// The evidence table of a project, in CSV.
    Evidence,
}

impl Format {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Quarto => "quarto",
            Self::Text => "text",
            Self::Docx => "docx",
            Self::Pdf => "pdf",
            Self::Html => "html",
            Self::Jats => "jats",
            Self::Tei => "tei",
            Self::Latex => "latex",
            Self::Sheet => "sheet",
            Self::Protocol => "protocol",
            Self::Bibliography => "bibliography",
            Self::Evidence => "evidence",
        }
    }
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// The title of the paper.
    Title,
    /// A heading; level 1 is the outermost.
    Heading {
        /// 1 for the outermost level.
        level: u8,
    },
    /// A paragraph of prose.
    Paragraph,
    /// A list item; `ordinal` where the list is numbered.
    ListItem {
        /// The number that the author gave it.
        ordinal: Option<u64>,
    },
    /// A whole table row; its text is the cells joined by ` | `.
    TableRow {
        /// Which table of the manuscript, from 0.
        table: usize,
        /// The row holds column names.
        header: bool,
        /// Byte ranges of the cells in the block's text.
        cells: Vec<Range<usize>>,
    },
    /// The caption or title of a table, figure or box, or a figure's alternative text.
    Caption,
    /// A footnote's or endnote's text.
    Footnote,
    /// Code, verbatim text or a diagram's source: never prose.
    Code,
    /// An entry of the reference list.
    Reference,
    /// Author lines, affiliations, keywords, dates.
    Metadata,
}

/// One paragraph-like unit of the manuscript, with the way back to its source.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Plain text, folded as `source::SpanMap` documents; hard line breaks are `\n`.
    pub text: String,
    /// The map to the source.
    pub map: SpanMap,
    /// A label that opens the paragraph and serves as its heading (`Funding:`), as a range of `text`.
    pub run_in: Option<Range<usize>>,
    /// The block stands in a box, call-out or block quotation.
    pub boxed: bool,
    /// 1-based page, where the format has pages.
    pub page: Option<usize>,
}

impl Block {
    /// Makes a block from finished plain text. `None` where it is blank.
    pub fn new(kind: BlockKind, plain: PlainText) -> Option<Self> {
        if plain.is_blank() {
            return None;
        }
        let (text, map) = plain.finish();
        Some(Self { kind, text, map, run_in: None, boxed: false, page: None })
    }

    /// Whether its sentences are the authors' prose: paragraphs, list items, notes, table rows and captions.
    pub fn is_prose(&self) -> bool {
        !matches!(
            self.kind,
            BlockKind::Heading { .. } | BlockKind::Code | BlockKind::Reference | BlockKind::Metadata | BlockKind::Title
        )
    }

    /// The text of cell `index` of a table row.
    pub fn cell(&self, index: usize) -> Option<&str> {
        match &self.kind {
            BlockKind::TableRow { cells, .. } => cells.get(index).map(|range| &self.text[range.clone()]),
            _ => None,
        }
    }
}

/// The number of a block in its manuscript, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub usize);

/// A comment of the source (HTML comment, `%` in LaTeX), kept for suppressions.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The text between the comment marks.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// What the manuscript's own front matter says to realint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// `realint: standard:`.
    pub standard: Option<String>,
    /// `realint: stage:`.
    pub stage: Option<String>,
}

/// What a reader produces: blocks in reading order, not yet structured.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The format that it was read as.
    pub format: Format,
    /// The texts that spans point into; 0 is the file itself.
    pub sources: Arc<Vec<SourceText>>,
    /// Blocks in reading order.
    pub blocks: Vec<Block>,
    /// Comments, for suppressions.
    pub comments: Vec<Comment>,
    /// Front matter addressed to realint.
    pub declared: Declared,
    /// What a user should know of the reading.
    pub notes: Vec<String>,
    /// 1-based number of the record in its file.
    pub record: usize,
}

/// A structured manuscript.
#[derive(Debug, Clone)]
pub struct Manuscript {
    /// The format that it was read as.
    pub format: Format,
    /// 1-based number of the record in its file.
    pub record: usize,
    /// The texts that spans point into.
    pub sources: Arc<Vec<SourceText>>,
    /// All blocks in reading order.
    pub blocks: Vec<Block>,
    /// Sections in order; 0 is what stands before the first heading.
    pub sections: Vec<Section>,
    /// For each block, the section that it belongs to.
    section_of: Vec<SectionId>,
    /// Role of each block: its section's, or that of its run-in label.
    role_of: Vec<Role>,
    /// All sentences of prose blocks, in order.
    pub sentences: Sentences,
    /// Citations in the text, in order.
    pub citations: Vec<Citation>,
    /// The block that holds the title.
    pub title: Option<BlockId>,
    /// Comments, for suppressions.
    pub comments: Vec<Comment>,
    /// Front matter addressed to realint.
    pub declared: Declared,
    /// What a user should know of the reading.
    pub notes: Vec<String>,
    /// Words of prose.
    words: usize,
    /// The paragraphs as a text, where the sources are parts of a container.
    shown: Option<Shown>,
}

/// What people are shown of a container: its paragraphs, one a line, as one text.
#[derive(Debug, Clone)]
struct Shown {
    sources: Arc<Vec<SourceText>>,
    /// For each block, the byte at which its line begins.
    starts: Vec<usize>,
}

impl Shown {
    /// `None` where the sources are files that people can read themselves.
    fn new(sources: &[SourceText], blocks: &[Block]) -> Option<Self> {
        let path = sources.first()?.container.as_ref()?;
        let mut text = String::with_capacity(blocks.iter().map(|b| b.text.len() + 1).sum());
        let mut starts = Vec::with_capacity(blocks.len());
        for block in blocks {
            starts.push(text.len());
            // A hard line break takes one byte and so does a space: ranges stay what they are.
            text.extend(block.text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
            text.push('\n');
        }
        Some(Self { sources: Arc::new(vec![SourceText::new(path.as_str(), text)]), starts })
    }

    fn span(&self, id: BlockId, range: Range<usize>) -> Span {
        let start = self.starts.get(id.0).copied().unwrap_or(0);
        Span { source: SourceId(0), start: start + range.start, end: start + range.end }
    }
}

/// How many words white space parts.
fn words_in(text: &str) -> usize {
    if !text.is_ascii() {
        return text.split_whitespace().count();
    }
    let mut after_space = true;
    let begins = |byte: u8| {
        let space = byte == b' ' || (9..=13).contains(&byte);
        std::mem::replace(&mut after_space, space) && !space
    };
    text.bytes().map(begins).map(usize::from).sum()
}

impl Manuscript {
    /// Structures a draft: sections and their roles, sentences, citations, references.
    pub fn new(draft: Draft, names: &SectionNames) -> Self {
        let Draft { format, sources, mut blocks, comments, declared, notes, record } = draft;
        let layout = section::lay_out(&mut blocks, names);
        let sentences = sentence::split(&blocks);
        let citations = citation::find(&blocks);
        let shown = Shown::new(&sources, &blocks);
        let words = blocks.iter().filter(|b| b.is_prose()).map(|b| words_in(&b.text)).sum();
        Self {
            words,
            shown,
            format,
            record,
            sources,
            sections: layout.sections,
            section_of: layout.section_of,
            role_of: layout.role_of,
            title: layout.title,
            sentences,
            citations,
            blocks,
            comments,
            declared,
            notes,
        }
    }

    /// The block with this number.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0]
    }

    /// The section that a block stands in.
    pub fn section_of(&self, id: BlockId) -> &Section {
        &self.sections[self.section_of[id.0].0]
    }

    /// The number of the section that a block stands in.
    pub fn section_id_of(&self, id: BlockId) -> SectionId {
        self.section_of[id.0]
    }

    /// The role of a block: that of its run-in label if it has one, else of its section.
    pub fn role_of(&self, id: BlockId) -> Role {
        self.role_of[id.0]
    }

    /// The plain text of a heading.
    pub fn heading_text(&self, section: &Section) -> Option<&str> {
        section.heading.map(|id| self.block(id).text.as_str())
    }

    /// Headings above a section and its own, outermost first.
    pub fn heading_path(&self, id: SectionId) -> Vec<&str> {
        let mut path = Vec::new();
        let mut next = Some(id);
        while let Some(section) = next {
            let section = &self.sections[section.0];
            path.extend(self.heading_text(section));
            next = section.parent;
        }
        path.reverse();
        path
    }

    /// The text of the title, if one was found.
    pub fn title_text(&self) -> Option<&str> {
        self.title.map(|id| self.block(id).text.as_str())
    }

    /// The source span of a plain range of a block; the whole block's where the range has no map.
    pub fn span(&self, id: BlockId, range: Range<usize>) -> Span {
        let block = self.block(id);
        block
            .map
            .source_span(range.start, range.end)
            .or_else(|| block.map.source_span(0, block.text.len()))
            .unwrap_or(Span { source: SourceId(0), start: 0, end: 0 })
    }

    /// Whether people are shown the paragraphs of a container instead of the lines of a file.
    pub fn shows_paragraphs(&self) -> bool {
        self.shown.is_some()
    }

    /// The texts that people are shown: the sources, or the paragraphs of a container, one a line.
    pub fn shown_sources(&self) -> &Arc<Vec<SourceText>> {
        self.shown.as_ref().map_or(&self.sources, |shown| &shown.sources)
    }

    /// The span of a plain range of a block in [`Self::shown_sources`].
    pub fn shown_span(&self, id: BlockId, range: Range<usize>) -> Span {
        match &self.shown {
            Some(shown) => shown.span(id, range),
            None => self.span(id, range),
        }
    }

    /// The place of a plain range of a block, as reports give it.
    pub fn locate(&self, id: BlockId, range: Range<usize>) -> Location {
        let shown = self.shown_span(id, range.clone());
        let span = self.span(id, range.clone());
        let source = &self.sources[span.source.0 as usize];
        let lines = &self.shown_sources()[shown.source.0 as usize];
        let (from, to) = (lines.position(shown.start), lines.position(shown.end));
        Location {
            start_byte: span.start,
            end_byte: span.end,
            line: from.line,
            column: from.column,
            end_line: to.line,
            end_column: to.column,
            section: self.heading_path(self.section_of[id.0]).into_iter().map(str::to_owned).collect(),
            paragraph: id.0 + 1,
            page: source.page_of(span.start).or(self.block(id).page),
            part: (span.source.0 > 0 || source.container.is_some()).then(|| source.name.clone()),
            plain: Some(range),
            path: None,
        }
    }

    /// Whether the part of the paper that a block stands in was told by a heading that the rules know.
    pub fn place_is_named(&self, id: BlockId) -> bool {
        let mut section = self.section_of(id);
        while !section.named {
            match section.parent {
                Some(parent) => section = &self.sections[parent.0],
                None => return false,
            }
        }
        true
    }

    /// Makes all prose the abstract's: a title and abstract alone, a poster, a database record.
    pub(crate) fn make_abstract(&mut self) {
        for (block, role) in self.blocks.iter().zip(&mut self.role_of) {
            if block.is_prose() && !matches!(role, Role::References | Role::Glossary) {
                *role = Role::Abstract;
            }
        }
    }

    /// Puts every block in one part of the paper: for examples.
    pub(crate) fn place_all(&mut self, role: Role) {
        self.role_of.fill(role);
    }

    /// Words of prose, for the size of the manuscript.
    pub fn word_count(&self) -> usize {
        self.words
    }
}
