//! Tables: cells that span columns or rows, tables in cells, tables that are really boxes.

use super::draught::{Draught, Paragraph, Shape};
use super::paragraph::Compiler;
use super::styles::{Style, Use};
use crate::manuscript::Block;
use crate::read::markdown::{is_caption, table_row};
use crate::source::SourceId;

/// A row has no more columns than this.
pub(super) const MOST_COLUMNS: usize = 64;
/// A cell that goes on in the rows below is said again in each, if it is no longer than this.
const LONGEST_REPEATED: usize = 600;
/// What all repetitions of a table may add up to.
const MOST_REPEATED: usize = 1024 * 1024;
/// A table of one cell that has more headings than this lays out a page and is no box.
const MOST_HEADINGS_IN_A_BOX: usize = 1;

/// How a cell hangs together with those above and below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Merge {
    #[default]
    None,
    /// The first of several rows.
    First,
    /// It goes on from the row above.
    Above,
}

/// What stands in a cell.
pub(super) enum Content {
    Paragraph(Paragraph),
    /// A table, or what else stands between paragraphs.
    Blocks(Vec<Draught>),
}

/// A cell.
pub(super) struct Cell {
    at: usize,
    pub(super) end: usize,
    pub(super) span: usize,
    pub(super) merge: Merge,
    /// It goes on from the cell to its left.
    pub(super) goes_on: bool,
    pub(super) deleted: bool,
    pub(super) content: Vec<Content>,
}

impl Cell {
    pub(super) fn new(at: usize) -> Self {
        Self { at, end: at, span: 1, merge: Merge::None, goes_on: false, deleted: false, content: Vec::new() }
    }

    /// Its paragraphs and tables as they stand.
    pub(super) fn into_draughts(self, part: &str, source: SourceId) -> Vec<Draught> {
        let one = |content| match content {
            Content::Paragraph(paragraph) => paragraph.draught(part, source),
            Content::Blocks(draughts) => draughts,
        };
        self.content.into_iter().flat_map(one).collect()
    }

    fn headings(&self) -> usize {
        self.content.iter().filter(|c| matches!(c, Content::Paragraph(p) if p.is_heading())).count()
    }
}

/// A row.
#[derive(Default)]
pub(super) struct Row {
    cells: Vec<Cell>,
    pub(super) header: bool,
    pub(super) deleted: bool,
    /// Columns that the row leaves out at its start.
    pub(super) before: usize,
}

impl Row {
    fn columns(&self) -> usize {
        self.before + self.cells.iter().map(|c| c.span).sum::<usize>()
    }

    fn is_one_cell(&self) -> bool {
        self.before == 0 && self.cells.iter().filter(|c| !c.goes_on).count() <= 1
    }
}

/// A table being read.
pub(super) struct Table {
    number: usize,
    pub(super) rows: Vec<Row>,
    /// Whether the table's design sets off the first row.
    pub(super) first_row: Option<bool>,
    /// The description for those who can't see it.
    pub(super) description: Option<Draught>,
}

/// A compiled row, before it is known whether it is a header.
struct Compiled {
    block: Block,
    flagged: bool,
    one_cell: bool,
    bold: bool,
    longest_cell: usize,
    /// A cell of it goes on from the row above.
    hangs: bool,
    nested: Vec<Draught>,
}

impl Table {
    pub(super) fn new(number: usize) -> Self {
        Self { number, rows: Vec::new(), first_row: None, description: None }
    }

    pub(super) fn add(&mut self, cell: Cell) {
        if self.rows.is_empty() {
            self.rows.push(Row::default());
        }
        if let Some(row) = self.rows.last_mut()
            && !cell.deleted
            && row.columns() < MOST_COLUMNS
        {
            row.cells.push(cell);
        }
    }

    /// Its rows, or its paragraphs where it is but a box; then the notes and boxes of its cells.
    pub(super) fn finish(mut self, part: &str, source: SourceId) -> Vec<Draught> {
        self.rows.retain(|row| !row.deleted && !row.cells.is_empty());
        let mut draughts: Vec<Draught> = self.description.take().into_iter().collect();
        if self.rows.iter().all(Row::is_one_cell) {
            let headings: usize = self.rows.iter().flat_map(|r| &r.cells).map(Cell::headings).sum();
            let boxed = headings <= MOST_HEADINGS_IN_A_BOX;
            for cell in self.rows.into_iter().flat_map(|r| r.cells) {
                for mut draught in cell.into_draughts(part, source) {
                    if boxed {
                        draught.boxed = true;
                        draught.style.level = None;
                    }
                    draughts.push(draught);
                }
            }
            return draughts;
        }
        let number = self.number;
        let first_row = self.first_row;
        let mut trailing = Vec::new();
        let mut rows = self.compile(part, source, &mut trailing);
        // A first row that spans the table may be its caption.
        if rows.len() > 1 && rows[0].one_cell && !rows[0].flagged && is_caption(&rows[0].block.text) {
            let first = rows.remove(0);
            let mut plain = crate::source::PlainText::new();
            super::layout::copy(&first.block, &mut plain);
            let style = Style { usage: Use::Caption, ..Style::default() };
            draughts.push(Draught {
                shape: Shape::Paragraph,
                plain,
                style,
                appearance: super::paragraph::Appearance::default(),
                numbered: None,
                boxed: false,
            });
            draughts.extend(first.nested);
        }
        let headers = header_rows(&rows, first_row);
        for (index, mut row) in rows.into_iter().enumerate() {
            if let crate::manuscript::BlockKind::TableRow { table, header, cells } = &mut row.block.kind {
                *table = number;
                *header = index < headers;
                if !*header {
                    // In a header a name holds for all columns that it spans; below, a text is said once.
                    let mut seen = usize::MAX;
                    for cell in cells.iter_mut() {
                        if cell.start == seen && cell.start < cell.end {
                            cell.start = cell.end;
                        } else {
                            seen = cell.start;
                        }
                    }
                }
            }
            draughts.push(Draught::row(row.block));
            draughts.extend(row.nested);
        }
        draughts.extend(trailing);
        draughts
    }

    fn compile(self, part: &str, source: SourceId, trailing: &mut Vec<Draught>) -> Vec<Compiled> {
        let mut above: Vec<String> = Vec::new();
        let mut repeated = 0;
        let mut compiled = Vec::new();
        for row in self.rows {
            let (flagged, one_cell) = (row.header, row.is_one_cell());
            let mut compiler = Compiler::new(part, source);
            let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
            let mut nested = Vec::new();
            let (mut filled, mut hangs, mut longest) = (false, false, 0);
            for _ in 0..row.before {
                ranges.push(0..0);
            }
            for cell in row.cells {
                let column = ranges.len();
                if cell.goes_on && !ranges.is_empty() {
                    ranges.extend(ranges.last().cloned());
                    continue;
                }
                if !ranges.is_empty() {
                    compiler.plain.push_replacement(source, cell.at, 0, " | ");
                }
                let start = compiler.plain.as_str().len();
                let (at, end, span, merge) = (cell.at, cell.end, cell.span, cell.merge);
                for content in cell.content {
                    match content {
                        Content::Paragraph(mut paragraph) => {
                            trailing.extend(paragraph.take_after());
                            let before = compiler.plain.as_str().len();
                            if before > start {
                                compiler.plain.push_replacement(source, paragraph.at, 0, "\n");
                            }
                            let label = paragraph.numbered.take();
                            let blank = paragraph.pieces.is_empty();
                            // Rows are often numbered by a list in a column of its own.
                            match label {
                                Some(label) if label.has_words() => {
                                    compiler.plain.push_decoded(source, paragraph.at, 0, &label.label);
                                    compiler.plain.push_replacement(source, paragraph.at, 0, " ");
                                }
                                Some(label) if blank && label.ordinal.is_some() => {
                                    compiler.plain.push_decoded(
                                        source,
                                        paragraph.at,
                                        0,
                                        label.label.trim_end_matches(['.', ')']),
                                    );
                                }
                                _ => {}
                            }
                            compiler.paragraph(&paragraph.pieces);
                        }
                        Content::Blocks(draughts) => nested.extend(draughts),
                    }
                }
                let text = compiler.plain.as_str()[start..].trim().to_owned();
                filled |= !text.is_empty();
                longest = longest.max(text.split_whitespace().count());
                above.resize(above.len().max(column + 1), String::new());
                if merge == Merge::Above {
                    hangs = true;
                    let said = above[column].as_str();
                    if said.len() <= LONGEST_REPEATED && repeated + said.len() <= MOST_REPEATED {
                        repeated += said.len();
                        compiler.plain.push_replacement(source, at, end - at, said);
                    }
                } else {
                    above[column] = text;
                }
                let range = start..compiler.plain.as_str().len();
                ranges.extend(std::iter::repeat_n(range, span));
            }
            ranges.truncate(MOST_COLUMNS);
            let bold = compiler.appearance.all_bold();
            let block = if filled { table_row(compiler.plain, ranges, self.number, false) } else { None };
            match block {
                Some(block) => {
                    compiled.push(Compiled { block, flagged, one_cell, bold, longest_cell: longest, hangs, nested });
                }
                None => trailing.extend(nested),
            }
        }
        compiled
    }
}

/// How many rows at the top name the columns: those marked so, else the first, with those above it
/// that span the table and those below that hang from it.
fn header_rows(rows: &[Compiled], first_row: Option<bool>) -> usize {
    let flagged = rows.iter().take_while(|r| r.flagged).count();
    if flagged > 0 {
        return flagged;
    }
    let titles = rows.iter().take_while(|r| r.one_cell).count();
    let Some(first) = rows.get(titles) else { return 0 };
    // A design without a header row and a first row of long texts: there is none.
    if rows.len() < 2 || (first_row == Some(false) && !first.bold && first.longest_cell > 8) {
        return 0;
    }
    let hanging = rows[titles + 1..].iter().take_while(|r| r.hangs && r.longest_cell <= 8).count();
    let below = if first.block.text.contains('\n') || rows.len() <= titles + 1 + hanging { 0 } else { hanging.min(2) };
    titles + 1 + below
}
