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

use super::{Library, front_matter};
use crate::manuscript::{Block, BlockKind, Comment, Declared, Draft, Format};
use crate::source::{PlainText, SourceId, SourceText, Span};

/// Includes nest no deeper than this.
const DEEPEST_INCLUDE: usize = 8;
/// A manuscript has no more included files than this.
const MOST_INCLUDES: usize = 200;

/// Reads a file and the files that it includes into one draft.
pub(super) fn read(path: &Path, source: SourceText, format: Format, library: &dyn Library) -> Draft {
    let mut reader = Reader {
        library,
        sources: Vec::new(),
        open: Vec::new(),
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
    comments: Vec<Comment>,
    declared: Declared,
    notes: Vec<String>,
    tables: usize,
}

impl Reader<'_> {
    fn file(&mut self, path: PathBuf, source: SourceText) -> Vec<Block> {
        let id = SourceId(self.sources.len() as u32);
        let text = source.text.clone();
        self.sources.push(source);
        self.open.push(path.clone());
        let mut masked = Masked::new(&text);
        let mut blocks = Vec::new();
        if let Some((yaml, after)) = front_matter::range(&text) {
            masked.blank(0..after);
            if id == SourceId(0) {
                let read = front_matter::read(&text, yaml);
                blocks.extend(read.blocks);
                self.declared = read.declared;
                self.notes.extend(read.note);
            }
        }
        let marks = masked.quarto_marks();
        self.comments.extend(marks.comments.iter().map(|range| Comment {
            text: text[range.clone()].trim_start_matches("<!--").trim_end_matches("-->").trim().to_owned(),
            span: Span { source: id, start: range.start, end: range.end },
        }));
        let mut body = Body::new(id, &text, &marks, &mut self.tables);
        body.parse(&masked.text);
        let mut read = body.blocks;
        for grid in &marks.grids {
            let table = self.tables;
            self.tables += 1;
            read.extend(grid_rows(id, &text, grid.clone(), table));
        }
        read.extend(marks.inline_notes.iter().filter_map(|range| {
            let mut plain = PlainText::new();
            plain.push_source(id, range.start, &text[range.clone()]);
            Block::new(BlockKind::Footnote, plain)
        }));
        read.sort_by_key(|block| block.map.pieces().first().map_or(0, |p| p.source.start));
        name_tables_captions(&mut read);
        // The abstract of the front matter stands beside the sections of the text, not above them.
        let top = read.iter().filter_map(|b| if let BlockKind::Heading { level } = b.kind { Some(level) } else { None }).min();
        for block in &mut blocks {
            if let BlockKind::Heading { level } = &mut block.kind {
                *level = top.unwrap_or(1);
            }
        }
        for block in &mut read {
            let at = block.map.pieces().first().map_or(0, |p| p.source.start);
            block.boxed |= marks.boxes.iter().any(|r| r.contains(&at));
        }
        let mut includes = marks.includes.into_iter().peekable();
        for block in read {
            let at = block.map.pieces().first().map_or(0, |p| p.source.start);
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
        if self.open.len() > DEEPEST_INCLUDE || self.sources.len() > MOST_INCLUDES {
            self.notes.push(format!("`{name}` was not included: includes nest too deeply or are too many"));
            return Vec::new();
        }
        let Some((path, text)) = self.library.open(from, name) else {
            self.notes.push(format!("`{name}`, which {} includes, could not be read", from.display()));
            return Vec::new();
        };
        let same = |a: &Path, b: &Path| a == b || a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b));
        if self.open.iter().any(|open| same(open, &path)) {
            self.notes.push(format!("`{name}` includes itself, directly or through others; it was read once"));
            return Vec::new();
        }
        let source = SourceText::new(path.to_string_lossy(), text);
        self.file(path, source)
    }
}

/// The text with our own marks blanked out, byte for byte.
struct Masked<'a> {
    source: &'a str,
    text: String,
}

/// What the blanked marks said.
#[derive(Default)]
struct Marks {
    comments: Vec<Range<usize>>,
    includes: Vec<(usize, String)>,
    inline_notes: Vec<Range<usize>>,
    grids: Vec<Range<usize>>,
    /// Byte ranges of fenced divs that are call-outs or boxes.
    boxes: Vec<Range<usize>>,
    /// Captions of chunks: the range of the caption's text.
    captions: Vec<Range<usize>>,
}

impl<'a> Masked<'a> {
    fn new(source: &'a str) -> Self {
        Self { source, text: source.to_owned() }
    }

    /// Replaces a byte range by spaces, line ends kept.
    fn blank(&mut self, range: Range<usize>) {
        let blanks: String =
            self.source[range.clone()].bytes().map(|b| if matches!(b, b'\n' | b'\r') { b as char } else { ' ' }).collect();
        self.text.replace_range(range, &blanks);
    }

    fn quarto_marks(&mut self) -> Marks {
        let mut marks = Marks::default();
        let mut fence: Option<(u8, usize)> = None;
        let mut div_starts: Vec<(usize, bool)> = Vec::new();
        let mut grid: Option<Range<usize>> = None;
        let mut comment: Option<usize> = None;
        let mut at = 0;
        let source = self.source;
        let already_blank = self.text.clone();
        for line in source.split_inclusive('\n') {
            let (start, end) = (at, at + line.len());
            at = end;
            if already_blank[start..end].trim().is_empty() {
                continue;
            }
            let trimmed = line.trim();
            if let Some(open) = comment {
                if let Some(close) = line.find("-->") {
                    marks.comments.push(open..start + close + 3);
                    self.blank(start..start + close + 3);
                    comment = None;
                } else {
                    self.blank(start..end);
                    continue;
                }
            }
            if let Some((mark, length)) = fence {
                let run = trimmed.bytes().take_while(|b| *b == mark).count();
                if run >= length && trimmed.len() == run {
                    fence = None;
                } else if let Some(caption) = chunk_caption(line) {
                    marks.captions.push(start + caption.start..start + caption.end);
                }
                continue;
            }
            if let Some(mark @ (b'`' | b'~')) = trimmed.bytes().next() {
                let run = trimmed.bytes().take_while(|b| *b == mark).count();
                if run >= 3 && !trimmed[run..].contains('`') {
                    fence = Some((mark, run));
                    continue;
                }
            }
            if trimmed.starts_with(":::") {
                let rest = trimmed.trim_start_matches(':').trim();
                if rest.is_empty() {
                    if let Some((open, boxed)) = div_starts.pop()
                        && boxed
                    {
                        marks.boxes.push(open..end);
                    }
                } else {
                    let boxed = ["callout", "box", "aside", "note"].iter().any(|name| rest.contains(name));
                    div_starts.push((start, boxed));
                }
                self.blank(start..end);
                continue;
            }
            if trimmed.starts_with('+') && trimmed.ends_with('+') && trimmed.bytes().all(|b| matches!(b, b'+' | b'-' | b'=' | b':')) && trimmed.len() > 4 {
                grid = Some(grid.map_or(start, |g| g.start)..end);
                continue;
            }
            if let Some(range) = &mut grid {
                if trimmed.starts_with('|') {
                    range.end = end;
                    continue;
                }
                let range = range.clone();
                self.blank(range.clone());
                marks.grids.push(range);
                grid = None;
            }
            self.inline_marks(start, line, &mut marks, &mut comment);
        }
        if let Some(range) = grid {
            self.blank(range.clone());
            marks.grids.push(range);
        }
        if let Some(open) = comment {
            marks.comments.push(open..source.len());
        }
        for (open, boxed) in div_starts {
            if boxed {
                marks.boxes.push(open..source.len());
            }
        }
        marks
    }

    /// Comments, shortcodes, inline footnotes and attribute braces of one line.
    fn inline_marks(&mut self, start: usize, line: &str, marks: &mut Marks, comment: &mut Option<usize>) {
        let mut from = 0;
        let line_text = self.text[start..start + line.len()].to_owned();
        let line = line_text.as_str();
        while let Some(open) = line[from..].find("<!--").map(|i| i + from) {
            if let Some(close) = line[open..].find("-->") {
                let end = open + close + 3;
                marks.comments.push(start + open..start + end);
                self.blank(start + open..start + end);
                from = end;
            } else {
                *comment = Some(start + open);
                self.blank(start + open..start + line.len());
                return;
            }
        }
        from = 0;
        while let Some(open) = line[from..].find("{{<").map(|i| i + from) {
            let Some(close) = line[open..].find(">}}") else { break };
            let end = open + close + 3;
            let inside = line[open + 3..open + close].trim();
            if let Some(name) = inside.strip_prefix("include ") {
                marks.includes.push((start + open, name.trim().trim_matches(['"', '\'']).to_owned()));
            }
            self.blank(start + open..start + end);
            from = end;
        }
        from = 0;
        while let Some(open) = line[from..].find("^[").map(|i| i + from) {
            let Some(length) = bracketed(&line[open + 1..]) else { break };
            let end = open + 1 + length;
            marks.inline_notes.push(start + open + 2..start + end - 1);
            self.blank(start + open..start + end);
            from = end;
        }
        from = 0;
        while let Some(open) = line[from..].find("]{").or_else(|| line[from..].find("){")).map(|i| i + from) {
            let Some(close) = line[open..].find('}') else { break };
            self.blank(start + open + 1..start + open + close + 1);
            from = open + close + 1;
        }
        if line.trim_start().starts_with(": ")
            && let Some(open) = line.rfind("{#")
            && line.trim_end().ends_with('}')
        {
            self.blank(start + open..start + line.trim_end().len());
        }
    }
}

/// The length of a bracketed text that begins with `[`, brackets included, nesting counted.
fn bracketed(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'[' => depth += 1,
            b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The caption in a chunk option line (`#| fig-cap: "..."`, `%%| tbl-cap: ...`).
fn chunk_caption(line: &str) -> Option<Range<usize>> {
    let trimmed = line.trim_start();
    let option = trimmed.strip_prefix("#|").or_else(|| trimmed.strip_prefix("%%|")).or_else(|| trimmed.strip_prefix("//|"))?;
    let option = option.trim_start();
    let value = ["fig-cap:", "tbl-cap:", "fig-alt:"].iter().find_map(|key| option.strip_prefix(key))?;
    let value = value.trim().trim_matches(['"', '\'']);
    let start = value.as_ptr() as usize - line.as_ptr() as usize;
    (!value.is_empty()).then_some(start..start + value.len())
}

/// Rows of a Pandoc grid table; a cell's lines are joined.
fn grid_rows(id: SourceId, text: &str, range: Range<usize>, table: usize) -> Vec<Block> {
    let mut rows: Vec<Vec<Vec<Range<usize>>>> = Vec::new();
    let mut current: Vec<Vec<Range<usize>>> = Vec::new();
    let mut headers = 0;
    let mut at = range.start;
    for line in text[range].split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with('+') {
            if current.iter().any(|cell| !cell.is_empty()) {
                rows.push(std::mem::take(&mut current));
            }
            if trimmed.contains('=') {
                headers = rows.len();
            }
            continue;
        }
        let inner_start = start + line.find('|').unwrap_or(0) + 1;
        let inner_end = start + line.rfind('|').unwrap_or(line.len());
        if inner_end < inner_start {
            continue;
        }
        let mut cell_start = inner_start;
        for (index, cell) in text[inner_start..inner_end].split('|').enumerate() {
            if current.len() <= index {
                current.push(Vec::new());
            }
            let body = cell.trim();
            if !body.is_empty() {
                let from = cell_start + cell.find(body).unwrap_or(0);
                current[index].push(from..from + body.len());
            }
            cell_start += cell.len() + 1;
        }
    }
    let push_row = |(number, row): (usize, &Vec<Vec<Range<usize>>>)| {
        let mut plain = PlainText::new();
        let mut cells = Vec::new();
        for (index, lines) in row.iter().enumerate() {
            let anchor = lines.first().map_or(0, |r| r.start);
            if index > 0 {
                plain.push_replacement(id, anchor, 0, " | ");
            }
            let start = plain.as_str().len();
            for (n, line) in lines.iter().enumerate() {
                if n > 0 {
                    plain.push_replacement(id, line.start, 0, " ");
                }
                plain.push_source(id, line.start, &text[line.clone()]);
            }
            cells.push(start..plain.as_str().len());
        }
        table_row(plain, cells, table, number < headers)
    };
    rows.iter().enumerate().filter_map(push_row).collect()
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
        let text = &blocks[index].text;
        if (text.starts_with(": ") && beside) || is_caption(text) {
            blocks[index].kind = BlockKind::Caption;
        }
    }
}

/// Whether a paragraph is the caption of a table, figure or box: a label, a number, a stop, few words.
pub(super) fn is_caption(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let label = words.next().unwrap_or_default().trim_end_matches('.');
    if !matches!(label, "Table" | "TABLE" | "Figure" | "FIGURE" | "Fig" | "Box" | "BOX" | "Panel" | "Chart" | "Supplementary" | "Appendix") {
        return false;
    }
    let Some(number) = words.next() else { return false };
    let digits = number.trim_end_matches(['.', ':', ')']);
    let numbered = !digits.is_empty() && digits.len() <= 4 && digits.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') && digits.chars().any(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
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
    blocks: Vec<Block>,
    tables: &'a mut usize,
    plain: PlainText,
    kind: Option<BlockKind>,
    lists: Vec<Option<u64>>,
    quotes: usize,
    footnote: bool,
    cells: Vec<Range<usize>>,
    header_row: bool,
    /// Plain range of strong text that opens the paragraph.
    strong_open: Option<usize>,
    strong_lead: Option<Range<usize>>,
    /// Everything in the paragraph so far is strong.
    all_strong: bool,
    image_only: bool,
    in_image: bool,
    superscript: bool,
    last_heading: u8,
}

impl<'a> Body<'a> {
    fn new(id: SourceId, source: &'a str, marks: &Marks, tables: &'a mut usize) -> Self {
        let mut blocks = Vec::new();
        for caption in &marks.captions {
            let mut plain = PlainText::new();
            plain.push_source(id, caption.start, &source[caption.clone()]);
            blocks.extend(Block::new(BlockKind::Caption, plain));
        }
        Self {
            id,
            source,
            blocks,
            tables,
            plain: PlainText::new(),
            kind: None,
            lists: Vec::new(),
            quotes: 0,
            footnote: false,
            cells: Vec::new(),
            header_row: false,
            strong_open: None,
            strong_lead: None,
            all_strong: true,
            image_only: true,
            in_image: false,
            superscript: false,
            last_heading: 1,
        }
    }

    fn parse(&mut self, masked: &str) {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_HEADING_ATTRIBUTES
            | Options::ENABLE_MATH
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_SUPERSCRIPT;
        for (event, range) in Parser::new_ext(masked, options).into_offset_iter() {
            self.event(event, range);
        }
        self.flush();
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, &range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, range),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.open_item();
                let inner = self.source[range.clone()].find(&*text).map_or(range.start, |i| range.start + i);
                self.push(&text, inner..inner + text.len());
            }
            Event::SoftBreak => self.plain.push_source(self.id, range.start, "\n"),
            Event::HardBreak => self.plain.push_replacement(self.id, range.start, range.len(), "\n"),
            Event::InlineHtml(html) => {
                if html.starts_with("<br") {
                    self.plain.push_replacement(self.id, range.start, range.len(), "\n");
                }
            }
            Event::FootnoteReference(_) | Event::Html(_) | Event::Rule | Event::TaskListMarker(_) => {}
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        self.open_item();
        if !self.in_image && !text.trim().is_empty() {
            self.image_only = false;
            if self.strong_open.is_none() {
                self.all_strong = false;
            }
        }
        if self.superscript && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '-' | ' ' | '\u{2013}' | '*')) {
            // A superscript number is a citation or an affiliation mark, not a power.
            self.plain.push_replacement(self.id, range.start, 0, "[");
            self.push(text, range.clone());
            self.plain.push_replacement(self.id, range.end, 0, "]");
            return;
        }
        self.push(text, range);
    }

    fn push(&mut self, text: &str, range: Range<usize>) {
        if self.kind.is_none() {
            return;
        }
        if self.source.get(range.clone()) == Some(text) {
            self.plain.push_source(self.id, range.start, text);
        } else {
            self.plain.push_decoded(self.id, range.start, range.len(), text);
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
            Tag::CodeBlock(kind) => {
                self.begin(BlockKind::Code);
                let _ = matches!(kind, CodeBlockKind::Fenced(_));
            }
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
                if !self.cells.is_empty() {
                    self.plain.push_replacement(self.id, range.start, 0, " | ");
                }
                let at = self.plain.as_str().len();
                self.cells.push(at..at);
            }
            Tag::Strong if self.strong_open.is_none() => {
                self.strong_open = Some(self.plain.as_str().len());
            }
            Tag::Emphasis if self.strong_open.is_none() && self.plain.is_blank() => {
                self.strong_open = Some(self.plain.as_str().len());
            }
            Tag::Image { .. } => self.in_image = true,
            Tag::Superscript => self.superscript = true,
            _ => {}
        }
    }

    fn row_kind(&self) -> BlockKind {
        BlockKind::TableRow { table: *self.tables, header: self.header_row, cells: Vec::new() }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow => self.flush(),
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
            TagEnd::TableCell => {
                let end = self.plain.as_str().len();
                if let Some(cell) = self.cells.last_mut() {
                    cell.end = end;
                }
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                if let Some(open) = self.strong_open.take()
                    && open == 0
                    && self.strong_lead.is_none()
                {
                    self.strong_lead = Some(open..self.plain.as_str().len());
                }
            }
            TagEnd::Image => self.in_image = false,
            TagEnd::Superscript => self.superscript = false,
            _ => {}
        }
    }

    fn flush(&mut self) {
        let plain = std::mem::take(&mut self.plain);
        let cells = std::mem::take(&mut self.cells);
        let lead = self.strong_lead.take();
        self.strong_open = None;
        let Some(mut kind) = self.kind.take() else { return };
        if let BlockKind::TableRow { table, header, .. } = kind {
            self.blocks.extend(table_row(plain, cells, table, header));
            return;
        }
        let text = plain.as_str().trim();
        let words = text.split_whitespace().count();
        if kind == BlockKind::Paragraph && self.image_only && !text.is_empty() {
            kind = BlockKind::Caption;
        }
        let bold_heading = kind == BlockKind::Paragraph
            && self.all_strong
            && lead.is_some()
            && self.quotes == 0
            && (1..=14).contains(&words)
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

/// The run-in label of a paragraph that opens with strong or emphasised text.
fn run_in(text: &str, lead: Range<usize>) -> Option<Range<usize>> {
    let lead = lead.start..lead.end.min(text.len());
    let label = text.get(lead)?.trim();
    let words = label.split_whitespace().count();
    let closed = label.ends_with([':', '.', '?']) || text[label.len()..].trim_start().starts_with([':', '.']);
    let shown = label.trim_end_matches([':', '.']);
    ((1..=10).contains(&words) && (closed || words <= 4) && !shown.is_empty()).then_some(0..shown.len())
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
