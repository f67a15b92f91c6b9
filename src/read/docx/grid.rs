//! The tables of a Word document as cells of text: for tables that people fill in, whose words must
//! come out as they were put in, typographic quotes and all.

use std::path::Path;

use super::package::Package;
use super::xml::{Problem, Space, Token, Walker};
use crate::error::Error;

/// A row has no more cells than this.
const MOST_CELLS: usize = 64;

/// Rows of cells.
pub(crate) type Grid = Vec<Vec<String>>;

/// The outermost tables of a document; what is in a table in a cell is that cell's text. Paragraphs of
/// a cell are parted by line ends.
///
/// Errors: it is no Word document, locked or damaged.
pub(crate) fn tables(path: &Path, bytes: &[u8]) -> Result<Vec<Grid>, Error> {
    if super::is_compound(bytes) {
        return Err(super::compound(path, bytes));
    }
    let mut package = Package::open(path, bytes)?;
    let main = package.main_part()?;
    let text = package.part(&main)?.unwrap_or_default();
    grids(&text).map_err(|problem| package.error(&main, problem))
}

/// How many pages the word processor that last saved the document counted, with how many words;
/// `None` where it doesn't say so.
pub(crate) fn counted(path: &Path, bytes: &[u8]) -> Option<(usize, usize)> {
    let mut package = Package::open(path, bytes).ok()?;
    let text = package.part("docProps/app.xml").ok()??;
    let number = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<')?.0.trim().parse().ok()
    };
    Some((number("Pages")?, number("Words")?))
}

fn grids(part: &str) -> Result<Vec<Grid>, Problem> {
    let mut walker = Walker::new(part);
    let mut grids: Vec<Grid> = Vec::new();
    // What is open: the names of elements of WordprocessingML, empty for others.
    let mut open: Vec<&str> = Vec::new();
    let mut tables = 0_usize;
    loop {
        match walker.next()? {
            Token::Start(element) => {
                let fallback = element.space == Space::Compatibility && element.name == "Fallback";
                let name = if element.space == Space::Word { element.name } else { "" };
                if fallback || matches!(name, "del" | "moveFrom" | "instrText" | "delText") {
                    walker.skip()?;
                    continue;
                }
                let cell = |grids: &mut Vec<Grid>, text: &str| {
                    if let Some(cell) = grids.last_mut().and_then(|g| g.last_mut()).and_then(|r| r.last_mut()) {
                        cell.push_str(text);
                    }
                };
                match name {
                    "tbl" => {
                        tables += 1;
                        if tables == 1 {
                            grids.push(Vec::new());
                        }
                    }
                    "tr" if tables == 1 => grids.last_mut().into_iter().for_each(|grid| grid.push(Vec::new())),
                    "tc" if tables == 1 => {
                        if let Some(row) = grids.last_mut().and_then(|grid| grid.last_mut())
                            && row.len() < MOST_CELLS
                        {
                            row.push(String::new());
                        }
                    }
                    "gridSpan" if tables == 1 => {
                        // A cell over several columns: its text goes to the last, the others are empty.
                        let more = element.number().and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
                        if let Some(row) = grids.last_mut().and_then(|grid| grid.last_mut()) {
                            let room = MOST_CELLS.saturating_sub(row.len());
                            row.extend(std::iter::repeat_n(String::new(), more.saturating_sub(1).min(room)));
                        }
                    }
                    "p" if tables > 0 => {
                        let filled = grids.last().and_then(|g| g.last()).and_then(|r| r.last());
                        if filled.is_some_and(|text| !text.is_empty()) {
                            cell(&mut grids, "\n");
                        }
                    }
                    "tab" if tables > 0 && open.last() == Some(&"r") => cell(&mut grids, " "),
                    "br" | "cr" if tables > 0 => cell(&mut grids, "\n"),
                    "noBreakHyphen" if tables > 0 => cell(&mut grids, "\u{2011}"),
                    _ => {}
                }
                open.push(name);
            }
            Token::End(_) => {
                if open.pop() == Some("tbl") {
                    tables = tables.saturating_sub(1);
                }
            }
            Token::Text(range) if tables > 0 && open.last() == Some(&"t") => {
                if let Some(cell) = grids.last_mut().and_then(|g| g.last_mut()).and_then(|r| r.last_mut()) {
                    cell.push_str(&part[range]);
                }
            }
            Token::Reference(_, text) if tables > 0 && open.last() == Some(&"t") => {
                if let Some(cell) = grids.last_mut().and_then(|g| g.last_mut()).and_then(|r| r.last_mut()) {
                    cell.push_str(&text);
                }
            }
            Token::Text(_) | Token::Reference(..) => {}
            Token::Eof => break,
        }
    }
    for cell in grids.iter_mut().flatten().flatten() {
        let trimmed = cell.trim();
        if trimmed.len() != cell.len() {
            *cell = trimmed.to_owned();
        }
    }
    Ok(grids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_hold_the_words_as_they_were_put_in() {
        let part = "<w:p><w:r><w:t>Not in a table</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>\u{201c}a\u{201d} &amp; b</w:t></w:r></w:p><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr><w:p><w:del><w:r><w:delText>x</w:delText></w:r></w:del><w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:p></w:tc></w:tr></w:tbl>";
        assert_eq!(grids(part).expect("tables"), [[["\u{201c}a\u{201d} & b\nc", "", "in"]]]);
    }
}
