//! From the pieces of a tree to blocks: what the readers of JATS, TEI and HTML share.
//!
//! A block takes its place in reading order when it begins. So a table that stands in the middle of
//! a paragraph can be written out while the paragraph waits, and still comes after it.

use std::ops::Range;

use super::markdown::{is_caption, run_in, table_row};
use super::tree::{FILE, NodeId, Tree, What, decoded};
use crate::manuscript::{Block, BlockKind};
use crate::source::PlainText;

/// A cell that claims to span more columns or rows than this doesn't.
const WIDEST_SPAN: usize = 60;
/// A row has no more cells than this.
const MOST_CELLS: usize = 500;

/// Blocks under construction.
pub(super) struct Composer<'a> {
    tree: &'a Tree<'a>,
    blocks: Vec<Option<Block>>,
    open: Option<Open>,
    held: Vec<Option<Open>>,
    /// Boxes, call-outs and quotations that are open.
    pub(super) boxes: usize,
    /// Links that are open.
    pub(super) links: usize,
    tables: usize,
    last_heading: u8,
}

/// A block that has begun.
struct Open {
    place: usize,
    kind: BlockKind,
    plain: PlainText,
    boxed: bool,
    cells: Vec<Range<usize>>,
    /// Where strong text began that hasn't ended.
    strong_from: Option<usize>,
    /// Strong text that opens the block.
    strong_lead: Option<Range<usize>>,
    /// Everything so far is strong.
    all_strong: bool,
    visible: usize,
    linked: usize,
    owes_gap: bool,
}

impl<'a> Composer<'a> {
    pub(super) fn new(tree: &'a Tree<'a>) -> Self {
        Self { tree, blocks: Vec::new(), open: None, held: Vec::new(), boxes: 0, links: 0, tables: 0, last_heading: 1 }
    }

    /// The blocks in reading order.
    pub(super) fn finish(mut self) -> Vec<Block> {
        while !self.held.is_empty() {
            self.resume();
        }
        self.flush();
        self.blocks.into_iter().flatten().collect()
    }

    /// How many blocks have begun.
    pub(super) fn count(&self) -> usize {
        self.blocks.len()
    }

    /// Takes out the blocks that began at or after a count.
    pub(super) fn take_from(&mut self, count: usize) -> Vec<Block> {
        self.flush();
        self.blocks.drain(count.min(self.blocks.len())..).flatten().collect()
    }

    /// Puts blocks in after the first block of which `wanted` holds. Gives them back if there is none.
    pub(super) fn put_after(&mut self, blocks: Vec<Block>, wanted: impl Fn(&Block) -> bool) -> Result<(), Vec<Block>> {
        let Some(at) = self.blocks.iter().position(|block| block.as_ref().is_some_and(&wanted)) else {
            return Err(blocks);
        };
        let place = at + 1;
        self.blocks.splice(place..place, blocks.into_iter().map(Some));
        Ok(())
    }

    /// Appends finished blocks.
    pub(super) fn append(&mut self, blocks: Vec<Block>) {
        self.flush();
        self.blocks.extend(blocks.into_iter().map(Some));
    }

    /// Begins a block; one that is open ends.
    pub(super) fn begin(&mut self, kind: BlockKind) {
        self.flush();
        if let BlockKind::Heading { level } = kind {
            self.last_heading = level;
        }
        self.blocks.push(None);
        self.open = Some(Open {
            place: self.blocks.len() - 1,
            kind,
            plain: PlainText::new(),
            boxed: self.boxes > 0,
            cells: Vec::new(),
            strong_from: None,
            strong_lead: None,
            all_strong: true,
            visible: 0,
            linked: 0,
            owes_gap: false,
        });
    }

    /// What the open block is.
    pub(super) fn kind(&self) -> Option<&BlockKind> {
        self.open.as_ref().map(|open| &open.kind)
    }

    /// Makes the open block another kind of block.
    pub(super) fn set_kind(&mut self, kind: BlockKind) {
        if let Some(open) = &mut self.open {
            open.kind = kind;
        }
    }

    /// Whether a block is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the open block has no text yet; true where none is open.
    pub(super) fn is_blank(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.plain.is_blank())
    }

    /// Whether the open block's text ends with one of these.
    pub(super) fn ends_with(&self, ends: &[char]) -> bool {
        self.open.as_ref().is_some_and(|open| open.plain.as_str().trim_end().ends_with(ends))
    }

    /// The end of the open block's text, at least its last `most` bytes.
    pub(super) fn tail(&self, most: usize) -> &str {
        let Some(open) = &self.open else { return "" };
        let text = open.plain.as_str();
        let mut from = text.len().saturating_sub(most);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        &text[from..]
    }

    /// Lets the open block wait while others are written.
    pub(super) fn hold(&mut self) {
        let open = self.open.take();
        self.held.push(open);
    }

    /// Goes on with the block that waits.
    pub(super) fn resume(&mut self) {
        self.flush();
        if let Some(open) = self.held.pop() {
            self.open = open;
        }
    }

    /// Leaves the open block out.
    pub(super) fn discard(&mut self) {
        self.open = None;
    }

    /// Appends the text of a text node or character reference.
    pub(super) fn node(&mut self, id: NodeId) {
        let range = self.tree.range(id);
        match self.tree.what(id) {
            What::Element(_) => {}
            What::Text => self.text(range),
            What::Character(first, second) => {
                let decoded: String = [Some(first), second].into_iter().flatten().collect();
                self.pay_gap(range.start);
                self.saw(usize::from(!first.is_whitespace()));
                let Some(open) = &mut self.open else { return };
                if !(open.plain.as_str().is_empty() && first.is_whitespace()) {
                    open.plain.push_decoded(FILE, range.start, range.len(), &decoded);
                }
            }
        }
    }

    /// Appends a stretch of the source as it stands.
    pub(super) fn text(&mut self, range: Range<usize>) {
        let source = self.tree.source();
        let visible = source[range.clone()].chars().filter(|c| !c.is_whitespace()).count();
        if visible > 0 {
            self.pay_gap(range.start);
        }
        self.saw(visible);
        let Some(open) = &mut self.open else { return };
        let mut slice = &source[range.clone()];
        if open.plain.as_str().is_empty() {
            slice = slice.trim_start();
        }
        open.plain.push_source(FILE, range.end - slice.len(), slice);
    }

    fn pay_gap(&mut self, at: usize) {
        if let Some(open) = &mut self.open
            && std::mem::take(&mut open.owes_gap)
        {
            self.inner_block(at);
        }
    }

    fn saw(&mut self, visible: usize) {
        let linked = self.links > 0;
        let Some(open) = &mut self.open else { return };
        if visible > 0 && open.strong_from.is_none() {
            open.all_strong = false;
        }
        open.visible += visible;
        open.linked += if linked { visible } else { 0 };
    }

    /// Appends the value of an attribute.
    pub(super) fn value(&mut self, range: Range<usize>) {
        let raw = &self.tree.source()[range.clone()];
        if !raw.contains('&') {
            self.text(range);
            return;
        }
        let decoded = decoded(raw);
        self.saw(decoded.chars().filter(|c| !c.is_whitespace()).count());
        if let Some(open) = &mut self.open {
            open.plain.push_decoded(FILE, range.start, range.len(), decoded.trim());
        }
    }

    /// Appends words for `length` bytes of the source at `at`.
    pub(super) fn insert(&mut self, at: usize, length: usize, words: &str) {
        if let Some(open) = &mut self.open {
            open.plain.push_replacement(FILE, at, length, words);
        }
    }

    /// Appends a space unless there is one, or no text yet.
    pub(super) fn gap(&mut self, at: usize) {
        if let Some(open) = &mut self.open
            && !open.plain.as_str().is_empty()
            && !open.plain.as_str().ends_with([' ', '\n'])
        {
            open.plain.push_replacement(FILE, at, 0, " ");
        }
    }

    /// A block begins inside text that can hold none: a line of its own in a cell, else a space.
    pub(super) fn inner_block(&mut self, at: usize) {
        if matches!(self.kind(), Some(BlockKind::TableRow { .. })) {
            self.line(at, 0);
        } else {
            self.gap(at);
        }
    }

    /// The inner block ends: what follows it, if anything, is set apart in the same way.
    pub(super) fn end_inner_block(&mut self) {
        if let Some(open) = &mut self.open {
            open.owes_gap = true;
        }
    }

    /// Whether the open block ends with a line break.
    pub(super) fn ends_with_line(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.plain.as_str().ends_with('\n'))
    }

    /// Appends a line break; a space where a break says nothing.
    pub(super) fn line(&mut self, at: usize, length: usize) {
        let Some(open) = &mut self.open else { return };
        open.owes_gap = false;
        if open.cells.last().is_some_and(|cell| cell.start == open.plain.as_str().len()) {
            return;
        }
        let one_line = matches!(
            open.kind,
            BlockKind::Title
                | BlockKind::Heading { .. }
                | BlockKind::Caption
                | BlockKind::Metadata
                | BlockKind::Reference
        );
        if one_line {
            self.gap(at);
        } else if !open.plain.is_blank() && !open.plain.as_str().ends_with('\n') {
            open.plain.push_replacement(FILE, at, length, "\n");
        }
    }

    /// Strong or emphasised text begins. Emphasis counts only at the start of a block. Gives whether
    /// [`Composer::end_strong`] is due at its end.
    pub(super) fn strong(&mut self, emphasis: bool) -> bool {
        let Some(open) = &mut self.open else { return false };
        if open.strong_from.is_some() || (emphasis && !open.plain.is_blank()) {
            return false;
        }
        open.strong_from = Some(open.plain.as_str().len());
        true
    }

    /// Strong text ends.
    pub(super) fn end_strong(&mut self) {
        if let Some(open) = &mut self.open
            && open.strong_from.take() == Some(0)
            && open.strong_lead.is_none()
        {
            open.strong_lead = Some(0..open.plain.as_str().len());
        }
    }

    /// Whether a bracket is open just before: `[` without `]` after it.
    pub(super) fn in_brackets(&self) -> bool {
        let tail = self.tail(120);
        match (tail.rfind('['), tail.rfind(']')) {
            (Some(open), Some(close)) => open > close,
            (Some(_), None) => true,
            _ => false,
        }
    }

    /// The number of the next table.
    pub(super) fn next_table(&mut self) -> usize {
        self.tables += 1;
        self.tables - 1
    }

    /// Begins a row of a table.
    pub(super) fn row(&mut self, table: usize, header: bool) {
        self.begin(BlockKind::TableRow { table, header, cells: Vec::new() });
    }

    /// Begins a cell of the open row. Gives whether there is room for it.
    pub(super) fn cell(&mut self, at: usize) -> bool {
        let Some(open) = &mut self.open else { return false };
        if open.cells.len() >= MOST_CELLS {
            return false;
        }
        if !open.cells.is_empty() {
            let joint = if open.plain.as_str().ends_with([' ', '\n']) { "| " } else { " | " };
            open.plain.push_replacement(FILE, at, 0, joint);
        }
        let from = open.plain.as_str().len();
        open.cells.push(from..from);
        true
    }

    /// Ends the cell.
    pub(super) fn end_cell(&mut self) {
        if let Some(open) = &mut self.open {
            open.owes_gap = false;
            let end = open.plain.as_str().trim_end().len();
            if let Some(cell) = open.cells.last_mut() {
                cell.end = end.max(cell.start);
            }
        }
    }

    /// Ends the row; gives its place, and whether all its text is strong.
    pub(super) fn end_row(&mut self) -> Option<(usize, bool)> {
        let open = self.open.as_ref()?;
        let (place, strong) = (open.place, open.all_strong && open.visible > 0);
        self.flush();
        self.blocks.get(place)?.is_some().then_some((place, strong))
    }

    /// Makes a row the header of its table if it looks like one: strong, or short names in every cell.
    pub(super) fn head_row(&mut self, place: usize, strong: bool) {
        let Some(Some(block)) = self.blocks.get_mut(place) else { return };
        let texts: Vec<&str> = (0..MOST_CELLS).map_while(|index| block.cell(index)).collect();
        let name = |text: &&str| {
            let words = text.split_whitespace().count();
            // `No.` is a name, `It worked.` is not.
            (1..=5).contains(&words) && (words == 1 || !text.ends_with('.')) && text.chars().any(char::is_alphabetic)
        };
        if texts.len() > 1
            && (strong || texts.iter().all(name))
            && let BlockKind::TableRow { header, .. } = &mut block.kind
        {
            *header = true;
        }
    }

    /// Ends the open block.
    pub(super) fn flush(&mut self) {
        let Some(open) = self.open.take() else { return };
        let place = open.place;
        let last_heading = self.last_heading;
        let block = open.into_block(last_heading);
        if block.is_none() && place + 1 == self.blocks.len() {
            self.blocks.pop();
        } else {
            self.blocks[place] = block;
        }
    }
}

impl Open {
    /// The finished block; `None` where there is nothing in it.
    fn into_block(self, last_heading: u8) -> Option<Block> {
        let text = self.plain.as_str().trim();
        let words = text.split_whitespace().count();
        let mut kind = self.kind;
        match kind {
            BlockKind::TableRow { .. } if self.visible == 0 => return None,
            BlockKind::TableRow { table, header, .. } => {
                return table_row(self.plain, self.cells, table, header).map(|mut row| {
                    row.boxed = self.boxed;
                    row
                });
            }
            // A bullet or a rule that was taken for a heading.
            BlockKind::Heading { .. } if !text.contains(char::is_alphanumeric) => return None,
            // `Download`, `Full size image`: a way to elsewhere, not text.
            BlockKind::Paragraph if self.linked == self.visible && self.visible > 0 && words <= 8 => return None,
            BlockKind::Paragraph if is_caption(text) => kind = BlockKind::Caption,
            BlockKind::Paragraph if is_keyword_line(text) => kind = BlockKind::Metadata,
            _ => {}
        }
        let bold_heading = kind == BlockKind::Paragraph
            && self.all_strong
            && self.strong_lead.is_some()
            && !self.boxed
            && (1..=14).contains(&words)
            && !text.ends_with(['.', ',', ';']);
        if bold_heading {
            kind = BlockKind::Heading { level: (last_heading + 1).min(6) };
        }
        let mut block = Block::new(kind, self.plain)?;
        block.boxed = self.boxed;
        if let Some(lead) = self.strong_lead
            && block.is_prose()
        {
            block.run_in = run_in(&block.text, lead);
        }
        Some(block)
    }
}

/// The columns of a table that cells of rows above reach down into.
#[derive(Debug, Default)]
pub(super) struct Columns {
    busy: Vec<usize>,
    at: usize,
}

impl Columns {
    /// A row begins.
    pub(super) fn row(&mut self) {
        self.at = 0;
    }

    /// Writes empty cells where cells of rows above reach down, up to the next free column.
    pub(super) fn skip(&mut self, out: &mut Composer<'_>, at: usize) {
        while let Some(rows) = self.busy.get_mut(self.at).filter(|rows| **rows > 0) {
            *rows -= 1;
            self.at += 1;
            out.cell(at);
            out.end_cell();
        }
    }

    /// A cell of so many columns and rows has been written; empty cells make up for its width.
    pub(super) fn span(&mut self, out: &mut Composer<'_>, at: usize, columns: usize, rows: usize) {
        let (columns, rows) = (columns.clamp(1, WIDEST_SPAN), rows.clamp(1, WIDEST_SPAN));
        for index in 0..columns {
            if index > 0 {
                out.cell(at);
                out.end_cell();
            }
            if self.busy.len() <= self.at && self.at < MOST_CELLS {
                self.busy.resize(self.at + 1, 0);
            }
            if let Some(busy) = self.busy.get_mut(self.at) {
                *busy = rows - 1;
            }
            self.at += 1;
        }
    }
}

/// Whether a paragraph is a list of keywords.
pub(super) fn is_keyword_line(text: &str) -> bool {
    let start = text.get(..10).unwrap_or_default().to_ascii_lowercase();
    start.starts_with("keywords:") || matches!(start.as_str(), "key words:" | "index term")
}

/// The number of columns or rows that a cell spans.
pub(super) fn span_of(tree: &Tree<'_>, cell: NodeId, attribute: &str) -> usize {
    tree.attribute(cell, attribute).and_then(|value| value.trim().parse().ok()).unwrap_or(1)
}

/// Whether a node's text is a list of reference numbers, such as `3, 7-9`; a year is none.
pub(super) fn is_numbers(tree: &Tree<'_>, id: NodeId) -> bool {
    if tree.visible(id) > 200 || !tree.only(id, |c| c.is_ascii_digit() || is_separator(c)) {
        return false;
    }
    let text = tree.text(id, 400);
    let year = text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    text.starts_with(|c: char| c.is_ascii_digit()) && !year
}

/// Whether a node holds nothing but what may stand between reference numbers.
pub(super) fn is_between_numbers(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.is_blank(id) || (tree.visible(id) < 8 && tree.only(id, is_separator))
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '-' | '\u{2010}'..='\u{2014}' | '\u{2212}')
}

/// The last of the citations that follow one another from `first` on, with nothing but separators between.
pub(super) fn last_of_group(tree: &Tree<'_>, first: NodeId, parent: NodeId, cites: impl Fn(NodeId) -> bool) -> NodeId {
    let mut last = first;
    for sibling in tree.following(first, parent) {
        if cites(sibling) {
            last = sibling;
        } else if !is_between_numbers(tree, sibling) {
            break;
        }
    }
    last
}
