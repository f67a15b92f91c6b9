//! Tables drawn with characters: Pandoc's grid tables (`+---+`, `| a |`), and its simple and
//! multi-line tables, whose columns lie under runs of dashes.

use std::ops::Range;

use super::markdown::table_row;
use crate::manuscript::Block;
use crate::source::{PlainText, SourceId, lines};

/// Lines that the header of a ruled table may take.
const MOST_HEADER_LINES: usize = 12;
/// Lines that are looked at for the rule that closes a table.
const MOST_LINES: usize = 2_000;

/// Columns of a table.
const MOST_COLUMNS: usize = 60;

/// A line: its first byte in the source, and its text without the line end.
pub(super) type DrawnLine<'a> = (usize, &'a str);

/// A cell: where it begins, and the ranges of its lines in the source.
struct Cell {
    at: usize,
    lines: Vec<Range<usize>>,
}

/// A table between rules: the line after it, and its rows.
pub(super) struct Ruled {
    /// The first line after the table.
    pub(super) end: usize,
    rows: Vec<Vec<Cell>>,
    headers: usize,
}

/// The text of a source by lines.
pub(super) fn lines_of(text: &str) -> Vec<DrawnLine<'_>> {
    lines(text).map(|(at, line)| (at, line.trim_end_matches(['\n', '\r']))).collect()
}

/// The columns, in characters, that a line of dashes marks; none where it is no such line.
fn columns(line: &str) -> Vec<Range<usize>> {
    if line.len() < 5 || !line.bytes().all(|b| matches!(b, b'-' | b' ')) {
        return Vec::new();
    }
    let mut columns: Vec<Range<usize>> = Vec::new();
    for (at, _) in line.bytes().enumerate().filter(|(_, byte)| *byte == b'-') {
        match columns.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => columns.push(at..at + 1),
        }
    }
    if columns.len() > MOST_COLUMNS || columns.iter().any(|column| column.len() < 2) { Vec::new() } else { columns }
}

/// The ruled table that begins at line `at`, if one does:
///
/// ```text
///   No.    Context        ----------------        ------ -------
///   ------ -------          No.    Context        a      b
///   a      b                ------ -------        ------ -------
///                           a      b
///                         ----------------
/// ```
pub(super) fn ruled(lines: &[DrawnLine<'_>], at: usize) -> Option<Ruled> {
    let text = |index: usize| lines.get(index).map(|line| line.1);
    let blank = |index: usize| text(index).is_none_or(|line| line.trim().is_empty());
    if blank(at) {
        return None;
    }
    let first = columns(text(at)?);
    let closed = match first.len() {
        // A header over dashes, and rows down to a blank line.
        0 => false,
        1 if first[0].len() < 5 => return None,
        _ => true,
    };
    let header = if closed && first.len() == 1 { at + 1 } else { at };
    let rule = if first.len() > 1 {
        at
    } else {
        (header + 1..=header + if closed { MOST_HEADER_LINES } else { 1 })
            .take_while(|index| *index == header + 1 || !blank(*index - 1))
            .find(|index| text(*index).is_some_and(|line| columns(line).len() > 1))?
    };
    let columns_here = columns(text(rule)?);
    let body = rule + 1;
    let end = if closed {
        let last = lines.len().min(body + MOST_LINES);
        (body..last).find(|index| !columns(lines[*index].1).is_empty())?
    } else {
        (body..lines.len()).find(|index| blank(*index) || !columns(lines[*index].1).is_empty()).unwrap_or(lines.len())
    };
    if end == body {
        return None;
    }
    // Blank lines part rows that may take several lines; without them each line is a row.
    let apart = closed && (body..end).any(blank);
    let mut rows = Vec::new();
    let headers = usize::from(rule > header);
    if headers > 0 {
        rows.push(row(&lines[header..rule], &columns_here));
    }
    if apart {
        let groups = lines[body..end].split(|line| line.1.trim().is_empty());
        rows.extend(groups.filter(|group| !group.is_empty()).map(|group| row(group, &columns_here)));
    } else {
        rows.extend(lines[body..end].iter().map(|line| row(std::slice::from_ref(line), &columns_here)));
    }
    let after = end + usize::from(closed || text(end).is_some_and(|line| !columns(line).is_empty()));
    Some(Ruled { end: after.min(lines.len()), rows, headers })
}

/// The cells of one row: of each line what lies under each column's dashes, up to the next column.
fn row(lines: &[DrawnLine<'_>], columns: &[Range<usize>]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(columns.len());
    for (number, column) in columns.iter().enumerate() {
        let mut cell = Cell { at: lines.first().map_or(0, |line| line.0), lines: Vec::new() };
        for (at, text) in lines {
            let byte = |character: usize| text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte);
            let from = if number == 0 { 0 } else { byte(column.start) };
            let to = columns.get(number + 1).map_or(text.len(), |next| byte(next.start));
            let piece = &text[from..to.max(from)];
            let body = piece.trim();
            if !body.is_empty() {
                let from = at + from + (piece.len() - piece.trim_start().len());
                if cell.lines.is_empty() {
                    cell.at = from;
                }
                cell.lines.push(from..from + body.len());
            }
        }
        cells.push(cell);
    }
    cells
}

impl Ruled {
    /// The rows as blocks. `text` is the whole source.
    pub(super) fn blocks(&self, id: SourceId, text: &str, table: usize) -> Vec<Block> {
        row_blocks(id, text, table, &self.rows, self.headers)
    }
}

fn row_blocks(id: SourceId, text: &str, table: usize, rows: &[Vec<Cell>], headers: usize) -> Vec<Block> {
    let row_block = |(number, row): (usize, &Vec<Cell>)| {
        let mut plain = PlainText::new();
        let mut cells = Vec::new();
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                plain.push_replacement(id, cell.at, 0, " | ");
            }
            let start = plain.as_str().len();
            for (n, line) in cell.lines.iter().enumerate() {
                if n > 0 {
                    plain.push_replacement(id, line.start, 0, " ");
                }
                plain.push_source(id, line.start, &text[line.clone()]);
            }
            cells.push(start..plain.as_str().len());
        }
        table_row(plain, cells, table, number < headers)
    };
    rows.iter().enumerate().filter_map(row_block).collect()
}

/// Rows of a Pandoc grid table; a cell's lines are joined.
pub(super) fn grid(id: SourceId, text: &str, range: Range<usize>, table: usize) -> Vec<Block> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut current: Vec<Cell> = Vec::new();
    let mut headers = 0;
    let end_row = |current: &mut Vec<Cell>, rows: &mut Vec<Vec<Cell>>| {
        if current.iter().any(|cell| !cell.lines.is_empty()) {
            rows.push(std::mem::take(current));
        }
    };
    for (at, line) in lines(&text[range.clone()]) {
        let start = range.start + at;
        if line.trim_start().starts_with('+') {
            end_row(&mut current, &mut rows);
            if line.contains('=') {
                headers = rows.len();
            }
            continue;
        }
        let (Some(first), Some(last)) = (line.find('|'), line.rfind('|')) else { continue };
        if first == last {
            continue;
        }
        let mut cell_start = start + first + 1;
        for (index, cell) in line[first + 1..last].split('|').enumerate() {
            if current.len() <= index {
                current.push(Cell { at: cell_start, lines: Vec::new() });
            }
            let body = cell.trim();
            if !body.is_empty() {
                let from = cell_start + (cell.len() - cell.trim_start().len());
                current[index].lines.push(from..from + body.len());
            }
            cell_start += cell.len() + 1;
        }
    }
    end_row(&mut current, &mut rows);
    row_blocks(id, text, table, &rows, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Option<Vec<String>> {
        let lines = lines_of(text);
        let table = ruled(&lines, 0)?;
        Some(table.blocks(SourceId(0), text, 0).into_iter().map(|block| block.text).collect())
    }

    #[test]
    fn columns_lie_under_their_dashes() {
        let simple = "No.  Context      Outcome\n---  -----------  -------\n1    Small towns  More\n2                 Less\n\nText.";
        assert_eq!(
            cells(simple).unwrap_or_default(),
            ["No. | Context | Outcome", "1 | Small towns | More", "2 |  | Less"]
        );
        let several = "-----------------\n No.  Context\n      of use\n---- ------------\n 1   Small towns\n     in spring\n\n 2   Cities\n-----------------\n";
        assert_eq!(
            cells(several).unwrap_or_default(),
            ["No. | Context of use", "1 | Small towns in spring", "2 | Cities"]
        );
        let headless = "---- -----\na    b\nc    d\n---- -----\n";
        assert_eq!(cells(headless).unwrap_or_default(), ["a | b", "c | d"]);
    }

    #[test]
    fn what_is_no_table_is_left_alone() {
        for text in [
            "Heading\n-------\ntext",
            "---\ntitle: a\n---",
            "-----\n\ntext\n\n-----\n",
            "a\nb\n",
            "- a\n- b",
            "--- ---\n",
            "-- --",
        ] {
            assert!(cells(text).is_none(), "{text}");
        }
    }
}
