//! Blocks under construction. A block takes its place in reading order when it begins, so that a
//! footnote in the middle of a sentence comes after the whole paragraph.

use std::ops::Range;

use super::super::compose::is_keyword_line;
use super::super::markdown::{is_caption, run_in, table_row};
use crate::manuscript::{Block, BlockKind};
use crate::source::{PlainText, SourceId, Span};

/// A row has no more cells than this.
pub(super) const MOST_CELLS: usize = 500;

/// A level for headings that stand beside the outermost sections, whatever these are.
pub(super) const TOP: u8 = 0;

/// Blocks under construction.
#[derive(Default)]
pub(super) struct Page {
    blocks: Vec<Option<Block>>,
    open: Option<Open>,
    held: Vec<Option<Open>>,
    /// Boxes and quotations that are open.
    pub(super) boxes: usize,
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
    /// The label was written as a heading.
    headed: bool,
}

impl Page {
    /// The blocks in reading order, headings counted from level 1.
    pub(super) fn finish(mut self) -> Vec<Block> {
        while !self.held.is_empty() {
            self.resume();
        }
        self.flush();
        let mut blocks: Vec<Block> = self.blocks.into_iter().flatten().collect();
        let level = |block: &Block| if let BlockKind::Heading { level } = block.kind { Some(level) } else { None };
        let top = blocks.iter().filter_map(level).filter(|level| *level != TOP).min().unwrap_or(1);
        for block in &mut blocks {
            if let BlockKind::Heading { level } = &mut block.kind {
                *level = (level.saturating_sub(top) + 1).clamp(1, 6);
            }
        }
        blocks
    }

    /// The last block that is done, if none has begun since.
    pub(super) fn last(&self) -> Option<&Block> {
        if self.is_open() { None } else { self.blocks.last().and_then(Option::as_ref) }
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
            headed: false,
        });
    }

    /// Goes on with the title, for a subtitle. Gives whether there is one.
    pub(super) fn reopen_title(&mut self, place: Span) -> bool {
        self.flush();
        let title = |block: &Option<Block>| block.as_ref().is_some_and(|block| block.kind == BlockKind::Title);
        let Some(at) = self.blocks.iter().position(title) else { return false };
        let Some(block) = self.blocks[at].take() else { return false };
        let mut plain = PlainText::new();
        plain.push_plain(&block.text, &block.map, 0..block.text.len());
        let joint = if block.text.ends_with([':', '?', '!', '.']) { " " } else { ": " };
        plain.push_replacement(place.source, place.start, 0, joint);
        self.open = Some(Open {
            place: at,
            kind: BlockKind::Title,
            plain,
            boxed: false,
            cells: Vec::new(),
            strong_from: None,
            strong_lead: None,
            all_strong: false,
            headed: false,
        });
        true
    }

    /// What the open block is.
    pub(super) fn kind(&self) -> Option<&BlockKind> {
        self.open.as_ref().map(|open| &open.kind)
    }

    /// Whether a block is open.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the open block is a row of a table.
    pub(super) fn in_row(&self) -> bool {
        matches!(self.kind(), Some(BlockKind::TableRow { .. }))
    }

    /// Whether the open block has no text yet; true where none is open.
    pub(super) fn is_blank(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.plain.is_blank())
    }

    /// The text of the open block so far.
    pub(super) fn so_far(&self) -> &str {
        self.open.as_ref().map_or("", |open| open.plain.as_str())
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

    /// Appends a stretch of a source as it stands.
    pub(super) fn source(&mut self, source: SourceId, at: usize, slice: &str) {
        let Some(open) = &mut self.open else { return };
        let before = slice.len();
        let slice = if open.plain.as_str().is_empty() { slice.trim_start() } else { slice };
        if !slice.trim().is_empty() && open.strong_from.is_none() {
            open.all_strong = false;
        }
        open.plain.push_source(source, at + before - slice.len(), slice);
    }

    /// Appends words that stand for a span of a source.
    pub(super) fn words(&mut self, place: Span, words: &str) {
        let Some(open) = &mut self.open else { return };
        let words = if open.plain.as_str().is_empty() { words.trim_start() } else { words };
        if words.is_empty() {
            return;
        }
        if !words.trim().is_empty() && open.strong_from.is_none() {
            open.all_strong = false;
        }
        open.plain.push_decoded(place.source, place.start, place.end - place.start, words);
    }

    /// Appends a space unless there is one, or no text yet.
    pub(super) fn gap(&mut self, place: Span) {
        if let Some(open) = &mut self.open
            && !open.plain.as_str().is_empty()
            && !open.plain.as_str().ends_with([' ', '\n'])
        {
            open.plain.push_replacement(place.source, place.start, 0, " ");
        }
    }

    /// Appends a line break; a space where a break says nothing.
    pub(super) fn line(&mut self, place: Span) {
        let Some(open) = &mut self.open else { return };
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
            self.gap(place);
        } else if !open.plain.is_blank() && !open.plain.as_str().ends_with('\n') {
            open.plain.push_replacement(place.source, place.start, place.end - place.start, "\n");
        }
    }

    /// Strong or emphasised text begins. Emphasis counts only at the start of a block. Gives whether
    /// [`Page::end_strong`] is due at its end.
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

    /// The text so far is a label that opens a block of this kind. A colon follows it unless it ends
    /// with a stop of its own.
    pub(super) fn label(&mut self, kind: BlockKind, place: Span) {
        let Some(open) = &mut self.open else { return };
        open.kind = kind;
        let length = open.plain.as_str().trim_end().len();
        if length == 0 {
            return;
        }
        open.strong_lead = Some(0..length);
        open.all_strong = false;
        open.strong_from = None;
        open.headed = true;
        let end = Span { start: place.end, ..place };
        if open.plain.as_str().trim_end().ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | ']' | '"')) {
            open.plain.push_replacement(end.source, end.start, 0, ":");
        }
        self.gap(end);
    }

    /// Begins a cell of the open row.
    pub(super) fn cell(&mut self, place: Span) {
        let Some(open) = &mut self.open else { return };
        if open.cells.len() >= MOST_CELLS {
            return;
        }
        if let Some(cell) = open.cells.last_mut() {
            cell.end = open.plain.as_str().trim_end().len().max(cell.start);
            let joint = if open.plain.as_str().ends_with([' ', '\n']) { "| " } else { " | " };
            open.plain.push_replacement(place.source, place.start, 0, joint);
        }
        let from = open.plain.as_str().len();
        open.cells.push(from..from);
    }

    /// Whether every cell of the open row is without text.
    pub(super) fn row_is_blank(&self) -> bool {
        self.open.as_ref().is_none_or(|open| !open.plain.as_str().contains(|c: char| c != '|' && !c.is_whitespace()))
    }

    /// Ends the row; gives its place and whether all its text is strong.
    pub(super) fn end_row(&mut self) -> Option<(usize, bool)> {
        let open = self.open.as_ref()?;
        let (place, strong) = (open.place, open.all_strong);
        self.flush();
        self.blocks.get(place)?.is_some().then_some((place, strong))
    }

    /// Makes a row the header of its table.
    pub(super) fn set_header(&mut self, place: usize) {
        if let Some(Some(Block { kind: BlockKind::TableRow { header, .. }, .. })) = self.blocks.get_mut(place) {
            *header = true;
        }
    }

    /// Whether a row looks like a header: strong, or short names in every cell.
    pub(super) fn looks_like_header(&self, place: usize, strong: bool) -> bool {
        let Some(Some(block)) = self.blocks.get(place) else { return false };
        let texts: Vec<&str> = (0..MOST_CELLS).map_while(|index| block.cell(index)).collect();
        let name = |text: &&str| {
            let words = text.split_whitespace().count();
            (1..=5).contains(&words) && !text.ends_with('.') && text.chars().any(char::is_alphabetic)
        };
        texts.len() > 1 && (strong || texts.iter().all(name))
    }

    /// Takes a block out.
    pub(super) fn remove(&mut self, place: usize) {
        if let Some(block) = self.blocks.get_mut(place) {
            *block = None;
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
    fn into_block(mut self, last_heading: u8) -> Option<Block> {
        if self.strong_from == Some(0) && self.strong_lead.is_none() {
            self.strong_lead = Some(0..self.plain.as_str().len());
        }
        let text = self.plain.as_str().trim();
        let words = text.split_whitespace().count();
        let mut kind = self.kind;
        match kind {
            BlockKind::TableRow { table, header, .. } => {
                if !text.contains(|c: char| c != '|' && !c.is_whitespace()) {
                    return None;
                }
                let end = self.plain.as_str().len();
                if let Some(cell) = self.cells.last_mut() {
                    cell.end = end;
                }
                return table_row(self.plain, self.cells, table, header).map(|mut row| {
                    row.boxed = self.boxed;
                    row
                });
            }
            BlockKind::Heading { .. } if !text.contains(char::is_alphanumeric) => return None,
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
            kind = BlockKind::Heading { level: last_heading.max(1) + 1 };
        }
        let mut block = Block::new(kind, self.plain)?;
        block.boxed = self.boxed;
        if let Some(lead) = self.strong_lead
            && block.is_prose()
        {
            block.run_in = run_in(&block.text, lead.clone()).or_else(|| {
                let label = block.text.get(lead.clone())?;
                let shown = label.trim_end_matches([':', '.', ' ']).len();
                (self.headed && shown > 0 && block.text.len() > lead.end + 2).then_some(lead.start..shown)
            });
        }
        Some(block)
    }
}
