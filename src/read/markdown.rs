//! Markdown, Quarto and R Markdown.
//!
//! The CommonMark parser sees the text with Pandoc's and Quarto's own marks blanked out to the same
//! number of bytes, so every offset that it gives is an offset in the file. What was blanked is
//! read here: front matter, fenced divs, comments, shortcodes, grid tables, inline footnotes,
//! attributes, table captions and the captions of chunks.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::front_matter::{self, Value};
use super::marks::{HOLE, Marks, Masked, Verbatim};
use super::{Library, drawn, html};
use crate::manuscript::{Block, BlockKind, Comment, Declared, Draft, Format};
use crate::source::{PlainText, SourceId, SourceText, Span, lines};

/// Includes nest no deeper than this.
const DEEPEST_INCLUDE: usize = 8;
/// A manuscript has no more included files than this.
const MOST_INCLUDES: usize = 200;
/// Included files together are no longer than this.
const MOST_INCLUDED_BYTES: usize = super::MOST_BYTES as usize;
/// More notes than this on one manuscript help nobody.
const MOST_NOTES: usize = 20;

/// Reads a file and the files that it includes into one draft.
pub(super) fn read(path: &Path, source: SourceText, format: Format, library: &dyn Library) -> Draft {
    let mut reader = Reader {
        library,
        sources: Vec::new(),
        open: Vec::new(),
        included: 0,
        comments: Vec::new(),
        declared: Declared::default(),
        notes: Vec::new(),
        tables: 0,
    };
    let blocks = reader.file(path.to_owned(), source);
    Draft {
        format,
        sources: Arc::new(reader.sources),
        blocks,
        comments: reader.comments,
        declared: reader.declared,
        notes: reader.notes,
        record: 1,
    }
}

struct Reader<'a> {
    library: &'a dyn Library,
    sources: Vec<SourceText>,
    /// Files being read, outermost first: the including ones of the current file.
    open: Vec<PathBuf>,
    /// Bytes of the included files so far.
    included: usize,
    comments: Vec<Comment>,
    declared: Declared,
    notes: Vec<String>,
    tables: usize,
}

impl Reader<'_> {
    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn file(&mut self, path: PathBuf, source: SourceText) -> Vec<Block> {
        let id = SourceId(self.sources.len() as u32);
        let text = source.text.clone();
        self.sources.push(source);
        self.open.push(path.clone());
        let mut masked = Masked::new(&text);
        let mut front = None;
        if let Some((yaml, after)) = front_matter::range(&text) {
            masked.blank(0..after);
            front = (id == SourceId(0)).then(|| front_matter::read(&text, yaml));
        }
        let verbatim = verbatim(&masked.text());
        let ruled = masked.ruled(&verbatim);
        let marks = masked.marks(&verbatim);
        let masked = masked.text();
        if let Some(open) = marks.unclosed {
            let line = self.sources[id.0 as usize].position(open).line;
            self.note(format!("the comment that begins on line {line} never ends; what follows it was not read"));
        }
        self.comments.extend(marks.comments.iter().map(|range| Comment {
            text: text[range.clone()].trim_start_matches("<!--").trim_end_matches("-->").trim().to_owned(),
            span: Span { source: id, start: range.start, end: range.end },
        }));
        let mut body = Body::new(id, &text, &mut self.tables);
        let mut blocks = Vec::new();
        let mut front_notes = Vec::new();
        if let Some(front) = front {
            blocks = body.front(&front);
            self.declared = front.declared;
            front_notes = front.notes;
        }
        body.parse(&masked, &[(0, 0)]);
        for (at, note) in &marks.notes {
            body.footnote = true;
            body.parse(note, &[(0, *at)]);
            body.footnote = false;
        }
        let mut read = std::mem::take(&mut body.blocks);
        for grid in &marks.grids {
            let table = self.tables;
            self.tables += 1;
            read.extend(drawn::grid(id, &text, grid.clone(), table));
        }
        for table in ruled {
            read.extend(table.blocks(id, &text, self.tables));
            self.tables += 1;
        }
        for note in front_notes {
            self.note(note);
        }
        read.sort_by_key(start_of);
        name_tables_captions(&mut read);
        // The abstract of the front matter stands beside the sections of the text, not above them.
        let top = read
            .iter()
            .filter_map(|b| if let BlockKind::Heading { level } = b.kind { Some(level) } else { None })
            .min();
        for block in &mut blocks {
            if let BlockKind::Heading { level } = &mut block.kind {
                *level = (*level + top.unwrap_or(1) - 1).min(6);
            }
        }
        mark_boxes(&mut read, &marks);
        let mut includes = marks.includes.into_iter().peekable();
        for block in read {
            let at = start_of(&block);
            while let Some((_, name)) = includes.next_if(|(position, _)| *position <= at) {
                blocks.extend(self.include(&path, &name));
            }
            blocks.push(block);
        }
        for (_, name) in includes {
            blocks.extend(self.include(&path, &name));
        }
        self.open.pop();
        blocks
    }

    fn include(&mut self, from: &Path, name: &str) -> Vec<Block> {
        if self.open.len() > DEEPEST_INCLUDE
            || self.sources.len() > MOST_INCLUDES
            || self.included > MOST_INCLUDED_BYTES
        {
            self.note("some files were not included: includes nest too deeply, are too many or too long".to_owned());
            return Vec::new();
        }
        let Some((path, text)) = self.library.open(from, name) else {
            self.note(format!("`{name}`, which {} includes, could not be read", from.display()));
            return Vec::new();
        };
        let same = |a: &Path, b: &Path| {
            a == b || a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b))
        };
        if self.open.iter().any(|open| same(open, &path)) {
            self.note(format!("`{name}` includes itself, directly or through others; it was read once"));
            return Vec::new();
        }
        self.included += text.len();
        let source = SourceText::new(path.to_string_lossy(), text);
        self.file(path, source)
    }
}

/// The source byte at which a block's text begins.
fn start_of(block: &Block) -> usize {
    block.map.pieces().first().map_or(0, |piece| piece.source.start)
}

/// Blocks inside call-outs and boxes are boxed. Both lists are in the order of the file.
fn mark_boxes(blocks: &mut [Block], marks: &Marks) {
    let mut boxes = marks.boxes.iter().peekable();
    let mut end = 0;
    for block in blocks {
        let at = start_of(block);
        while let Some(range) = boxes.next_if(|range| range.start <= at) {
            end = end.max(range.end);
        }
        block.boxed |= at < end;
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
}

/// Where code and formulas stand: marks in them are text, not marks.
fn verbatim(text: &str) -> Verbatim {
    let mut found = Verbatim::default();
    if !text.contains(['`', '~', '$', '\t']) && !text.contains("    ") {
        return found;
    }
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => found.blocks.push(range),
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => found.inline.push(range),
            _ => {}
        }
    }
    found
}

/// A table row from its plain text and the ranges of its cells (both may have trailing space).
pub(super) fn table_row(plain: PlainText, mut cells: Vec<Range<usize>>, table: usize, header: bool) -> Option<Block> {
    let mut block = Block::new(BlockKind::TableRow { table, header, cells: Vec::new() }, plain)?;
    for cell in &mut cells {
        cell.end = cell.end.min(block.text.len());
        cell.start = cell.start.min(cell.end);
        let trimmed = block.text[cell.clone()].trim_end().len();
        cell.end = cell.start + trimmed;
    }
    block.kind = BlockKind::TableRow { table, header, cells };
    Some(block)
}

/// Paragraphs beside a table or figure that are its caption: `: text` under a table, or `Table 2. …`.
fn name_tables_captions(blocks: &mut [Block]) {
    for index in 0..blocks.len() {
        if blocks[index].kind != BlockKind::Paragraph {
            continue;
        }
        let is_row = |b: Option<&Block>| b.is_some_and(|b| matches!(b.kind, BlockKind::TableRow { .. }));
        let beside = is_row(index.checked_sub(1).and_then(|i| blocks.get(i))) || is_row(blocks.get(index + 1));
        let block = &blocks[index];
        let mark = [": ", "Table: "].iter().find(|mark| beside && block.text.starts_with(**mark));
        if let Some(mark) = mark {
            let mut plain = PlainText::new();
            plain.push_plain(&block.text, &block.map, mark.len()..block.text.len());
            if let Some(caption) = Block::new(BlockKind::Caption, plain) {
                blocks[index] = Block { boxed: block.boxed, ..caption };
            }
        } else if is_caption(&block.text) {
            blocks[index].kind = BlockKind::Caption;
        }
    }
}

/// Whether a paragraph is the caption of a table, figure or box: a label, a number, a stop, few words.
pub(super) fn is_caption(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let label = words.next().unwrap_or_default().trim_end_matches('.');
    if !matches!(
        label,
        "Table"
            | "TABLE"
            | "Figure"
            | "FIGURE"
            | "Fig"
            | "Box"
            | "BOX"
            | "Panel"
            | "Chart"
            | "Supplementary"
            | "Appendix"
    ) {
        return false;
    }
    let Some(number) = words.next() else { return false };
    let digits = number.trim_end_matches(['.', ':', ')']);
    let numbered = !digits.is_empty()
        && digits.len() <= 4
        && digits.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        && digits.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    if !numbered {
        return false;
    }
    let rest = text.split_whitespace().count();
    let stopped = number.ends_with(['.', ':']);
    let titled = words.next().is_some_and(|w| w.starts_with(char::is_uppercase) || w.starts_with('-'));
    rest <= 60 && (stopped || (titled && rest <= 30)) || rest == 2
}

/// Turns the parser's events into blocks.
struct Body<'a> {
    id: SourceId,
    source: &'a str,
    /// Where the parsed text stands in the source: pairs of offsets, in order, the first one from 0.
    places: Vec<(usize, usize)>,
    blocks: Vec<Block>,
    tables: &'a mut usize,
    plain: PlainText,
    kind: Option<BlockKind>,
    lists: Vec<Option<u64>>,
    quotes: usize,
    footnote: bool,
    cells: Vec<Range<usize>>,
    header_row: bool,
    /// Open emphases; true where one counts as part of a label or heading.
    emphases: Vec<bool>,
    /// How many of the open emphases count.
    strong: usize,
    /// Plain range of the strong text that opens the paragraph.
    strong_lead: Option<Range<usize>>,
    /// Everything in the paragraph so far is strong.
    all_strong: bool,
    image_only: bool,
    in_image: bool,
    superscript: bool,
    html_table: bool,
    last_heading: u8,
}

impl<'a> Body<'a> {
    fn new(id: SourceId, source: &'a str, tables: &'a mut usize) -> Self {
        Self {
            id,
            source,
            places: vec![(0, 0)],
            blocks: Vec::new(),
            tables,
            plain: PlainText::new(),
            kind: None,
            lists: Vec::new(),
            quotes: 0,
            footnote: false,
            cells: Vec::new(),
            header_row: false,
            emphases: Vec::new(),
            strong: 0,
            strong_lead: None,
            all_strong: true,
            image_only: true,
            in_image: false,
            superscript: false,
            html_table: false,
            last_heading: 1,
        }
    }

    /// Reads a text of which the pieces stand in the source where `places` says.
    fn parse(&mut self, text: &str, places: &[(usize, usize)]) {
        self.places = places.to_vec();
        for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
            self.event(event, text, range);
        }
        self.flush();
        self.last_heading = 1;
    }

    /// The place in the source of a range of the parsed text.
    fn place(&self, range: &Range<usize>) -> Range<usize> {
        let offset = |at: usize| {
            let (parsed, source) =
                self.places[self.places.partition_point(|(parsed, _)| *parsed <= at).saturating_sub(1)];
            source + (at - parsed)
        };
        // The end belongs to the last byte's piece, not to the one that begins after it.
        let start = offset(range.start);
        let end = if range.is_empty() { start } else { offset(range.end - 1) + 1 };
        start..end.max(start)
    }

    /// Title, subtitle and abstract of the front matter, which are Markdown themselves.
    fn front(&mut self, front: &front_matter::Read) -> Vec<Block> {
        let mut title = PlainText::new();
        for value in &front.title {
            if !title.is_blank() {
                title.push_replacement(self.id, value.range.start, 0, ": ");
            }
            for (index, block) in self.value(value).iter().enumerate() {
                if index > 0 {
                    title.push_replacement(self.id, start_of(block), 0, " ");
                }
                title.push_plain(&block.text, &block.map, 0..block.text.len());
            }
        }
        let mut blocks: Vec<Block> = Block::new(BlockKind::Title, title).into_iter().collect();
        if let Some(value) = &front.abstract_text {
            let key = front.abstract_key;
            let length = if self.source[key..].starts_with("abstract") { "abstract".len() } else { 0 };
            let mut heading = PlainText::new();
            heading.push_replacement(self.id, key, length, "Abstract");
            blocks.extend(Block::new(BlockKind::Heading { level: 1 }, heading));
            let mut read = self.value(value);
            for block in &mut read {
                // What is headed within the abstract stays within it.
                if let BlockKind::Heading { level } = &mut block.kind {
                    *level = (*level).max(2);
                }
            }
            blocks.extend(read);
        }
        blocks
    }

    fn value(&mut self, value: &Value) -> Vec<Block> {
        if value.as_written {
            let (text, places) = without_indent(self.source, value.range.clone());
            self.parse(&text, &places);
        }
        let read = std::mem::take(&mut self.blocks);
        if !read.is_empty() {
            return read;
        }
        let mut plain = PlainText::new();
        plain.push_decoded(self.id, value.range.start, value.range.len(), &value.text);
        Block::new(BlockKind::Paragraph, plain).into_iter().collect()
    }

    fn event(&mut self, event: Event<'_>, parsed: &str, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                self.begin(BlockKind::Code);
                if let CodeBlockKind::Fenced(info) = kind
                    && info.starts_with('{')
                {
                    let place = self.place(&range);
                    let captions = chunk_captions(self.id, self.source, place);
                    self.blocks.extend(captions);
                }
            }
            Event::Start(tag) => self.start(&tag, &range),
            Event::End(TagEnd::HtmlBlock) => {
                self.html(&parsed[range.clone()], range.start);
                self.flush();
            }
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, parsed, range),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.open_item();
                self.image_only = false;
                self.all_strong &= self.strong > 0;
                let written = &parsed[range.clone()];
                let mark = if written.starts_with('$') { '$' } else { '`' };
                let marks = (written.len() - written.trim_start_matches(mark).len()).min(written.len() / 2);
                match written[marks..written.len() - marks].find(&*text) {
                    Some(at) => {
                        let start = range.start + marks + at;
                        self.push(&text, parsed, start..start + text.len());
                    }
                    None => self.push(&text, parsed, range),
                }
            }
            Event::SoftBreak => {
                let place = self.place(&range);
                self.plain.push_source(self.id, place.start, "\n");
            }
            Event::HardBreak => {
                let place = self.place(&range);
                self.plain.push_replacement(self.id, place.start, place.len(), "\n");
            }
            Event::InlineHtml(_) => html::tokens(&parsed[range.clone()], |token, place| {
                if let html::Token::Tag { name, closing } = token {
                    self.inline_tag(name, closing, range.start + place.start..range.start + place.end);
                }
            }),
            Event::FootnoteReference(_) | Event::Html(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn text(&mut self, text: &str, parsed: &str, range: Range<usize>) {
        let blank = text.chars().all(|c| c.is_whitespace() || c == HOLE);
        if blank && self.kind.is_none() {
            return;
        }
        self.open_item();
        if !self.in_image && !blank {
            self.image_only = false;
            self.all_strong &= self.strong > 0;
        }
        if self.superscript {
            self.push_superscript(text, parsed, range);
            return;
        }
        if parsed.get(range.clone()) != Some(text) || self.kind == Some(BlockKind::Code) {
            self.push(text, parsed, range);
            return;
        }
        let mut from = 0;
        while let Some((caret, close)) = superscript(text, from) {
            let at = range.start;
            self.push(&text[from..caret], parsed, at + from..at + caret);
            self.push_superscript(&text[caret + 1..close], parsed, at + caret + 1..at + close);
            from = close + 1;
        }
        self.push(&text[from..], parsed, range.start + from..range.end);
    }

    /// Superscript text. A number is a citation or an affiliation mark, unless it is a power.
    fn push_superscript(&mut self, text: &str, parsed: &str, range: Range<usize>) {
        let place = self.place(&range);
        let numeric = text.chars().any(|c| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '-' | ' ' | '\u{2013}' | '\u{2212}' | '*'));
        if numeric && is_power(self.plain.as_str(), text) {
            self.plain.push_replacement(self.id, place.start, 0, "^");
            self.push(text, parsed, range);
        } else if numeric {
            self.plain.push_replacement(self.id, place.start, 0, "[");
            self.push(text, parsed, range);
            self.plain.push_replacement(self.id, place.end, 0, "]");
        } else {
            self.push(text, parsed, range);
        }
    }

    /// Appends text that the parser gave for a range. Where it is what stands there, it is mapped
    /// byte for byte, holes left out; else as one piece.
    fn push(&mut self, text: &str, parsed: &str, range: Range<usize>) {
        if self.kind.is_none() || text.is_empty() {
            return;
        }
        if parsed.get(range.clone()) != Some(text) {
            let place = self.place(&range);
            let shown: String = text.chars().filter(|c| *c != HOLE).collect();
            self.plain.push_decoded(self.id, place.start, place.len(), &shown);
            return;
        }
        let mut from = range.start;
        for piece in text.split(HOLE) {
            let place = self.place(&(from..from + piece.len()));
            if self.source.get(place.clone()) == Some(piece) {
                self.plain.push_source(self.id, place.start, piece);
            } else {
                self.plain.push_decoded(self.id, place.start, place.len(), piece);
            }
            from += piece.len() + 1;
        }
    }

    /// A tight list item has its text without a paragraph.
    fn open_item(&mut self) {
        if self.kind.is_none() && !self.lists.is_empty() {
            self.begin(self.item_kind());
        }
    }

    fn item_kind(&self) -> BlockKind {
        if self.footnote {
            BlockKind::Footnote
        } else if let Some(ordinal) = self.lists.last() {
            BlockKind::ListItem { ordinal: *ordinal }
        } else {
            BlockKind::Paragraph
        }
    }

    fn begin(&mut self, kind: BlockKind) {
        self.flush();
        self.kind = Some(kind);
        self.strong_lead = None;
        self.all_strong = true;
        self.image_only = true;
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Heading { level, .. } => {
                let level = heading_level(*level);
                self.last_heading = level;
                self.begin(BlockKind::Heading { level });
            }
            Tag::Paragraph => {
                let kind = self.item_kind();
                self.begin(kind);
            }
            Tag::HtmlBlock => self.flush(),
            Tag::List(first) => {
                self.flush();
                self.lists.push(first.map(|n| n.wrapping_sub(1)));
            }
            Tag::Item => {
                self.flush();
                if let Some(Some(ordinal)) = self.lists.last_mut() {
                    *ordinal = ordinal.wrapping_add(1);
                }
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::FootnoteDefinition(_) => {
                self.flush();
                self.footnote = true;
            }
            Tag::Table(_) => self.end_html_table(),
            Tag::TableHead => {
                self.flush();
                self.header_row = true;
                self.begin(self.row_kind());
            }
            Tag::TableRow => {
                self.header_row = false;
                self.begin(self.row_kind());
            }
            Tag::TableCell => {
                let at = self.place(range).start;
                self.open_cell(at);
            }
            Tag::Strong => self.open_emphasis(true),
            Tag::Emphasis => self.open_emphasis(false),
            Tag::Image { .. } => self.in_image = true,
            _ => {}
        }
    }

    fn open_cell(&mut self, at: usize) {
        if !self.cells.is_empty() {
            self.plain.push_replacement(self.id, at, 0, " | ");
        }
        let at = self.plain.as_str().len();
        self.cells.push(at..at);
    }

    fn close_cell(&mut self) {
        let end = self.plain.as_str().len();
        if let Some(cell) = self.cells.last_mut() {
            cell.end = end;
        }
    }

    /// Strong text counts wherever it stands, other emphasis only where it opens the paragraph.
    fn open_emphasis(&mut self, strong: bool) {
        let counts = strong || self.strong > 0 || self.plain.is_blank();
        self.emphases.push(counts);
        if counts {
            if self.strong == 0 && self.plain.is_blank() && self.strong_lead.is_none() {
                self.strong_lead = Some(0..0);
            }
            self.strong += 1;
        }
    }

    fn close_emphasis(&mut self) {
        if self.emphases.pop() == Some(true) {
            self.strong = self.strong.saturating_sub(1);
            if self.strong == 0
                && let Some(lead) = &mut self.strong_lead
                && lead.end == 0
            {
                lead.end = self.plain.as_str().len();
            }
        }
    }

    fn row_kind(&self) -> BlockKind {
        BlockKind::TableRow { table: *self.tables, header: self.header_row, cells: Vec::new() }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::CodeBlock
            | TagEnd::Item
            | TagEnd::TableHead
            | TagEnd::TableRow => self.flush(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::FootnoteDefinition => {
                self.flush();
                self.footnote = false;
            }
            TagEnd::Table => {
                self.flush();
                *self.tables += 1;
            }
            TagEnd::TableCell => self.close_cell(),
            TagEnd::Strong | TagEnd::Emphasis => self.close_emphasis(),
            TagEnd::Image => self.in_image = false,
            _ => {}
        }
    }

    /// A block of HTML: its paragraphs, headings, list items and table rows.
    fn html(&mut self, text: &str, base: usize) {
        html::tokens(text, |token, range| {
            let range = base + range.start..base + range.end;
            match token {
                html::Token::Tag { name, closing } => self.block_tag(&name.to_ascii_lowercase(), closing, range),
                html::Token::Text(piece) => self.html_text(piece, range),
                html::Token::Character(character) => {
                    if self.kind.is_none() {
                        self.begin(self.item_kind());
                    }
                    self.image_only = false;
                    let place = self.place(&range);
                    self.plain.push_decoded(self.id, place.start, place.len(), character.encode_utf8(&mut [0; 4]));
                }
            }
        });
    }

    fn html_text(&mut self, piece: &str, range: Range<usize>) {
        let in_cell = !self.cells.is_empty();
        let row = matches!(self.kind, Some(BlockKind::TableRow { .. }));
        let blank = piece.chars().all(|c| c.is_whitespace() || c == HOLE);
        if blank && (self.kind.is_none() || (row && !in_cell)) {
            return;
        }
        if self.kind.is_none() {
            self.begin(self.item_kind());
        }
        if !blank {
            self.image_only = false;
            self.all_strong &= self.strong > 0;
        }
        let mut from = range.start;
        for piece in piece.split(HOLE) {
            let place = self.place(&(from..from + piece.len()));
            if self.source.get(place.clone()) == Some(piece) {
                self.plain.push_source(self.id, place.start, piece);
            } else {
                self.plain.push_decoded(self.id, place.start, place.len(), piece);
            }
            from += piece.len() + 1;
        }
    }

    fn block_tag(&mut self, name: &str, closing: bool, range: Range<usize>) {
        match name {
            "p" | "div" | "section" | "article" | "figure" | "details" | "center" | "ul" | "ol" | "dl" | "dt"
            | "dd" | "tbody" | "thead" | "hr" | "summary"
                if self.cells.is_empty() =>
            {
                self.flush();
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if !closing => {
                let level = name.as_bytes()[1] - b'0';
                self.last_heading = level;
                self.begin(BlockKind::Heading { level });
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.flush(),
            "li" if self.cells.is_empty() => {
                self.flush();
                if !closing {
                    self.begin(BlockKind::ListItem { ordinal: None });
                }
            }
            "pre" => {
                self.flush();
                if !closing {
                    self.begin(BlockKind::Code);
                }
            }
            "caption" | "figcaption" => {
                self.flush();
                if !closing {
                    self.begin(BlockKind::Caption);
                }
            }
            "table" => {
                self.flush();
                self.end_html_table();
                self.html_table = !closing;
            }
            "tr" => {
                self.flush();
                if !closing {
                    self.header_row = true;
                    self.begin(self.row_kind());
                }
            }
            "td" | "th" => {
                let Some(BlockKind::TableRow { header, .. }) = &mut self.kind else { return };
                *header &= name == "th";
                if closing {
                    self.close_cell();
                } else {
                    self.close_cell();
                    let at = self.place(&range).start;
                    self.open_cell(at);
                }
            }
            "p" | "div" | "li" if !self.plain.as_str().ends_with([' ', '\n']) && !self.plain.is_blank() => {
                // Within a cell, a paragraph is a line.
                let place = self.place(&range);
                self.plain.push_replacement(self.id, place.start, place.len(), " ");
            }
            _ => self.inline_tag(name, closing, range),
        }
    }

    fn inline_tag(&mut self, name: &str, closing: bool, range: Range<usize>) {
        match name.to_ascii_lowercase().as_str() {
            "br" if self.kind.is_some() => {
                let place = self.place(&range);
                self.plain.push_replacement(self.id, place.start, place.len(), "\n");
            }
            "sup" => self.superscript = !closing,
            "b" | "strong" | "em" | "i" if closing => self.close_emphasis(),
            "b" | "strong" => self.open_emphasis(true),
            "em" | "i" => self.open_emphasis(false),
            _ => {}
        }
    }

    fn end_html_table(&mut self) {
        if std::mem::take(&mut self.html_table) {
            *self.tables += 1;
        }
    }

    fn flush(&mut self) {
        let plain = std::mem::take(&mut self.plain);
        if self.cells.last().is_some_and(std::ops::Range::is_empty) {
            // A cell that was never closed ends with its row.
            if let Some(cell) = self.cells.last_mut() {
                cell.end = plain.as_str().len();
            }
        }
        let cells = std::mem::take(&mut self.cells);
        let lead = self.strong_lead.take();
        self.emphases.clear();
        self.strong = 0;
        self.superscript = false;
        let Some(mut kind) = self.kind.take() else { return };
        if let BlockKind::TableRow { table, header, .. } = kind {
            self.blocks.extend(table_row(plain, cells, table, header));
            return;
        }
        let text = plain.as_str().trim();
        if kind == BlockKind::Paragraph && self.image_only && !text.is_empty() {
            kind = BlockKind::Caption;
        }
        let bold_heading = kind == BlockKind::Paragraph
            && self.all_strong
            && lead.is_some()
            && self.quotes == 0
            && (1..=14).contains(&text.split_whitespace().count())
            && !text.ends_with(['.', ',', ';'])
            && !is_caption(text);
        if bold_heading {
            kind = BlockKind::Heading { level: (self.last_heading + 1).min(6) };
        }
        let Some(mut block) = Block::new(kind, plain) else { return };
        block.boxed = self.quotes > 0;
        if let Some(lead) = lead
            && !bold_heading
            && block.is_prose()
        {
            block.run_in = run_in(&block.text, lead);
        }
        self.blocks.push(block);
    }
}

/// A range of the source without the indentation that its lines share after the first, and where
/// its pieces stand.
fn without_indent(source: &str, range: Range<usize>) -> (String, Vec<(usize, usize)>) {
    let text = &source[range.clone()];
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared =
        lines(text).skip(1).map(|(_, line)| line).filter(|l| !l.trim().is_empty()).map(indent_of).min().unwrap_or(0);
    let mut dedented = String::with_capacity(text.len());
    let mut places = vec![(0, range.start)];
    for (at, line) in lines(text) {
        let cut = if at == 0 { 0 } else { indent_of(line).min(shared) };
        if at > 0 {
            places.push((dedented.len(), range.start + at + cut));
        }
        dedented.push_str(&line[cut..]);
    }
    (dedented, places)
}

/// Whether a superscript number after this text is a power: of a number, a unit or a variable.
pub(super) fn is_power(before: &str, number: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let variable = word.chars().count() == 1 && !matches!(word, "a" | "A" | "I");
    let unit = variable || matches!(word, "cm" | "km" | "mm" | "kg");
    let small = matches!(number, "2" | "3" | "-1" | "-2" | "\u{2212}1" | "\u{2212}2");
    word.ends_with(|c: char| c.is_ascii_digit()) || (unit && small)
}

/// The next `^text^` at or after a byte: where its first and its last caret stand.
fn superscript(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut carets = text[from..].match_indices('^').map(|(at, _)| from + at).peekable();
    while let Some(open) = carets.next() {
        let close = *carets.peek()?;
        let inside = &text[open + 1..close];
        if inside.is_empty() || inside.len() > 40 {
            continue;
        }
        let numeric = inside.bytes().any(|b| b.is_ascii_digit())
            && inside.chars().all(|c| {
                c.is_ascii_digit() || matches!(c, ',' | '-' | ' ' | '\u{2013}' | '\u{2212}' | '*' | '[' | ']')
            });
        if numeric || !inside.contains(char::is_whitespace) {
            return Some((open, close));
        }
    }
    None
}

/// The run-in label of a paragraph that opens with strong or emphasised text.
pub(super) fn run_in(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let lead = text.get(lead.start..lead.end.min(text.len()))?;
    let label = lead.trim();
    let start = lead.len() - lead.trim_start().len();
    let after = &text[start + label.len()..];
    let words = label.split_whitespace().count();
    let closed = label.ends_with([':', '.', '?']) || after.trim_start().starts_with([':', '.']);
    let shown = label.trim_end_matches([':', '.']);
    let headed = after.chars().any(char::is_alphanumeric);
    (headed && (1..=10).contains(&words) && (closed || words <= 4) && !shown.is_empty())
        .then_some(start..start + shown.len())
}

/// The captions of an executable chunk: in its options (`#| fig-cap: "…"`, `%%| tbl-cap: …`) and in
/// its header (`{r, fig.cap="…"}`).
fn chunk_captions(id: SourceId, source: &str, chunk: Range<usize>) -> Vec<Block> {
    const KEYS: [&str; 3] = ["fig-cap:", "tbl-cap:", "fig-alt:"];
    let mut blocks = Vec::new();
    let mut open: Option<PlainText> = None;
    for (at, line) in lines(&source[chunk.clone()]) {
        let at = chunk.start + at;
        let push = |plain: &mut PlainText, value: &str| {
            if !plain.is_blank() {
                plain.push_replacement(id, at, 0, " ");
            }
            plain.push_source(id, at + (value.as_ptr() as usize - line.as_ptr() as usize), value);
        };
        if at == chunk.start {
            if let Some(value) = header_caption(line) {
                let mut plain = PlainText::new();
                push(&mut plain, value);
                blocks.extend(Block::new(BlockKind::Caption, plain));
            }
            continue;
        }
        let option = ["#|", "%%|", "//|"].iter().find_map(|mark| line.trim_start().strip_prefix(mark));
        let further = option.filter(|o| o.starts_with("  ") || o.trim().is_empty());
        if let (Some(plain), Some(more)) = (&mut open, further) {
            push(plain, more.trim());
            continue;
        }
        blocks.extend(open.take().and_then(|plain| Block::new(BlockKind::Caption, plain)));
        let Some(option) = option.map(str::trim) else { continue };
        let Some(value) = KEYS.iter().find_map(|key| option.strip_prefix(key)) else { continue };
        let mut plain = PlainText::new();
        let value = value.trim();
        if !matches!(value, "|" | ">" | "|-" | ">-" | "|+" | ">+") {
            push(&mut plain, value.trim_matches(['"', '\'']));
        }
        open = Some(plain);
    }
    blocks.extend(open.and_then(|plain| Block::new(BlockKind::Caption, plain)));
    blocks
}

/// The caption in the header of a chunk of R Markdown.
fn header_caption(line: &str) -> Option<&str> {
    let after = line.split_once("fig.cap")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = &after[1..];
    Some(&value[..value.find(quote)?])
}

fn heading_level(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
