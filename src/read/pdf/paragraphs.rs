//! Lines to paragraphs: where one ends, and where it goes on in the next column or on the next page.

use super::columns::{Gutter, Placed, in_order};
use super::tables::{self, Region, Rows};
use super::words::{Line, Word};
use crate::manuscript::SectionNames;
use crate::read::markdown::is_caption;
use crate::read::text::{bullet, ends_paragraph, is_keyword_line, label_of_form, run_in_label};

/// What stands on a page, in reading order.
#[derive(Debug)]
pub(super) enum Item {
    /// A line; lines of one stretch and page follow each other in one column.
    Line(Line, usize),
    /// A table; the line over it may be its caption.
    Table(Rows, usize),
}

/// The lines and tables of a page in reading order.
pub(super) fn items(words: Vec<Word>, gutters: &[Gutter], tables: Vec<(Region, Rows)>, page: usize) -> Vec<Item> {
    let mut placed: Vec<Placed> = in_order(words, gutters, page);
    let mut items: Vec<Item> = Vec::new();
    let mut tables: Vec<(Region, Option<Rows>)> =
        tables.into_iter().map(|(region, rows)| (region, Some(rows))).collect();
    tables.sort_by(|a, b| a.0.top.total_cmp(&b.0.top));
    for Placed { line, stretch } in placed.drain(..) {
        for (region, rows) in &mut tables {
            let beside = line.left < region.right && line.right > region.left;
            if beside
                && line.baseline > region.top
                && let Some(rows) = rows.take()
            {
                items.push(Item::Table(rows, page));
            }
        }
        items.push(Item::Line(line, stretch));
    }
    items.extend(tables.into_iter().filter_map(|(_, rows)| rows).map(|rows| Item::Table(rows, page)));
    items
}

/// A paragraph, heading, note or caption: lines that belong together.
#[derive(Debug)]
pub(super) struct Paragraph {
    pub(super) lines: Vec<Line>,
    /// White space above it, in its font size, is more than between its lines.
    pub(super) set_off: bool,
    /// It stands at the foot of a page in smaller letters.
    pub(super) at_foot: bool,
    /// The text of each line.
    pub(super) texts: Vec<String>,
    /// The right edge of its column.
    edge: f32,
}

impl Paragraph {
    fn new(line: Line, text: String, set_off: bool, edge: f32) -> Self {
        Self { lines: vec![line], texts: vec![text], set_off, at_foot: false, edge }
    }

    pub(super) fn first(&self) -> &Line {
        &self.lines[0]
    }

    pub(super) fn last(&self) -> &Line {
        &self.lines[self.lines.len() - 1]
    }

    pub(super) fn text(&self) -> String {
        self.texts.join(" ")
    }

    fn last_text(&self) -> &str {
        self.texts.last().map_or("", String::as_str)
    }

    fn push(&mut self, line: Line, text: String) {
        self.lines.push(line);
        self.texts.push(text);
    }

    fn is_prose(&self, usual: Usual) -> bool {
        usual.is_prose(self.last())
    }

    fn is_hanging(&self) -> bool {
        self.lines.len() > 1
            && self.lines[1].page == self.lines[0].page
            && self.lines[1].left > self.lines[0].left + 0.6 * self.lines[0].size
            && self.lines[1].left < self.lines[0].left + 6.0 * self.lines[0].size
    }

    /// Whether its last line reaches the right edge of the column, so that it may go on.
    fn is_full(&self) -> bool {
        self.last().right > self.edge - 3.5 * self.last().size
    }
}

/// A paragraph or a table, in reading order.
#[derive(Debug)]
pub(super) enum Piece {
    Paragraph(Paragraph),
    Table(Rows, usize),
}

/// What is usual in the manuscript.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    /// Font size of the prose.
    pub(super) size: f32,
    /// From baseline to baseline, in font sizes.
    pub(super) leading: f32,
    /// The font of the prose.
    face: Option<usize>,
}

impl Usual {
    /// Whether all of a line is set in another font than the prose, as headings are.
    pub(super) fn is_set_apart(&self, line: &Line) -> bool {
        line.face.is_some() && self.face.is_some() && line.face != self.face
    }

    /// Whether all of a line is set in the font of the prose.
    pub(super) fn is_prose(&self, line: &Line) -> bool {
        line.face.is_none() || line.face == self.face
    }
}

impl Usual {
    /// Of most letters.
    pub(super) fn of(items: &[Item]) -> Self {
        let mut sizes: Vec<(f32, usize)> = Vec::new();
        let mut steps: Vec<(f32, usize)> = Vec::new();
        let count = |counts: &mut Vec<(f32, usize)>, value: f32, near: f32, weight: usize| match counts
            .iter()
            .position(|(known, _)| (known - value).abs() < near)
        {
            Some(index) => counts[index].1 += weight,
            None if counts.len() < 200 => counts.push((value, weight)),
            None => {}
        };
        let mut faces: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
        let mut before: Option<&Line> = None;
        for item in items {
            let Item::Line(line, _) = item else {
                before = None;
                continue;
            };
            let letters = line.words.iter().map(|w| w.text.len()).sum();
            count(&mut sizes, line.size, 0.3, letters);
            for word in &line.words {
                *faces.entry(word.face).or_default() += word.text.len();
            }
            if let Some(above) = before.filter(|above| above.page == line.page && (above.size - line.size).abs() < 0.3)
            {
                let step = (line.baseline - above.baseline) / line.size.max(1.0);
                if (0.9..3.2).contains(&step) {
                    count(&mut steps, step, 0.04, letters);
                }
            }
            before = Some(line);
        }
        let most =
            |counts: &[(f32, usize)], other: f32| counts.iter().max_by_key(|(_, n)| *n).map_or(other, |(v, _)| *v);
        let face = faces.into_iter().max_by_key(|(_, letters)| *letters).map(|(face, _)| face);
        Self { size: most(&sizes, 10.0), leading: most(&steps, 1.2), face }
    }
}

/// Joins lines to paragraphs.
pub(super) fn join(items: Vec<Item>, usual: Usual, names: &SectionNames) -> Vec<Piece> {
    let edges = Edges::of(&items);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut stretch_before: Option<(usize, usize)> = None;
    let items = with_unruled_tables(items);
    let mut lines = items.into_iter().peekable();
    while let Some(item) = lines.next() {
        let (line, stretch) = match item {
            Item::Table(rows, page) => {
                match pieces.last_mut() {
                    Some(Piece::Table(above, first)) if page >= *first && above[0].len() == rows[0].len() => {
                        tables::continue_with(above, rows);
                    }
                    _ => pieces.push(Piece::Table(rows, page)),
                }
                continue;
            }
            Item::Line(line, stretch) => (line, stretch),
        };
        let text = line.text();
        if text.trim().is_empty() {
            continue;
        }
        let here = (line.page, stretch);
        let (left, right) = edges.of_line(here);
        let next_left = match lines.peek() {
            Some(Item::Line(next, other)) if (next.page, *other) == here => Some(next.left),
            _ => None,
        };
        if stretch_before == Some(here)
            && let Some(Piece::Paragraph(open)) = pieces.last_mut()
        {
            let gap = (line.baseline - open.last().baseline) / line.size.max(1.0);
            let set_off = gap > usual.leading.max(1.0) * 1.28 || gap < 0.0;
            // A short line in another font over prose is a heading, whatever the font calls itself.
            let heads = !open.is_full()
                && open.lines.len() <= 2
                && usual.is_set_apart(open.last())
                && usual.is_prose(&line)
                && !ends_paragraph(open.last_text());
            let headed = open.is_prose(usual) && usual.is_set_apart(&line) && closes(open.last_text());
            if !set_off && !heads && !headed && goes_on(open, &line, &text, (left, next_left), names) {
                open.push(line, text);
                continue;
            }
            pieces.push(Piece::Paragraph(Paragraph::new(line, text, set_off, right)));
            continue;
        }
        stretch_before = Some(here);
        // At the top of a column or page: a paragraph that was torn goes on.
        if let Some(index) = torn(&pieces, &line, &text, left, usual, names)
            && let Piece::Paragraph(open) = &mut pieces[index]
        {
            open.push(line, text);
            open.edge = right;
            if index + 1 < pieces.len() {
                // What lies between stands after it.
                let whole = pieces.remove(index);
                pieces.push(whole);
            }
            continue;
        }
        pieces.push(Piece::Paragraph(Paragraph::new(line, text, true, right)));
    }
    mark_feet(&mut pieces, usual);
    pieces
}

/// Whether a paragraph may end with this line.
fn closes(text: &str) -> bool {
    ends_paragraph(text) || text.ends_with(':')
}

/// Left and right edges of each stretch.
struct Edges(std::collections::BTreeMap<(usize, usize), (f32, f32)>);

impl Edges {
    fn of(items: &[Item]) -> Self {
        let mut all: std::collections::BTreeMap<(usize, usize), Vec<(f32, f32)>> = std::collections::BTreeMap::new();
        for item in items {
            if let Item::Line(line, stretch) = item {
                all.entry((line.page, *stretch)).or_default().push((line.left, line.right));
            }
        }
        let edges = |lines: Vec<(f32, f32)>| {
            let mut lefts: Vec<f32> = lines.iter().map(|l| l.0).collect();
            let mut rights: Vec<f32> = lines.iter().map(|l| l.1).collect();
            lefts.sort_by(f32::total_cmp);
            rights.sort_by(f32::total_cmp);
            // Most lines begin at the margin, and a good part of them end at it.
            (lefts[lefts.len() / 4], rights[rights.len() * 3 / 4])
        };
        Self(all.into_iter().map(|(place, lines)| (place, edges(lines))).collect())
    }

    fn of_line(&self, place: (usize, usize)) -> (f32, f32) {
        self.0.get(&place).copied().unwrap_or((0.0, 0.0))
    }
}

/// Whether a line right below a paragraph belongs to it. `left` is the column's edge and where the
/// line after this one begins.
fn goes_on(open: &Paragraph, line: &Line, text: &str, left: (f32, Option<f32>), names: &SectionNames) -> bool {
    let last = open.last();
    let size = line.size.max(last.size);
    if (line.size - last.size).abs() > 0.07 * size || line.bold != last.bold && text.len() > 3 {
        // The last word of a bold heading, or a short last line all in bold, say little.
        let short_tail = line.bold && !last.bold && text.split_whitespace().count() <= 2 && open.is_full();
        if !short_tail {
            return false;
        }
    }
    let closed = ends_paragraph(open.last_text()) || open.last_text().ends_with(':');
    if is_caption(text) && (closed || !open.is_full()) {
        return false;
    }
    if let Some(found) = bullet(text) {
        let listed = bullet(&open.texts[0]).is_some();
        let outdented = line.left < last.left + 0.4 * size;
        if found.ordinal.is_none() || closed || (listed && outdented && !open.is_full()) {
            return false;
        }
    }
    let indent = line.left - last.left;
    let starts_item = bullet(&open.texts[0]).is_some() || opens_reference(&open.texts[0]);
    if opens_reference(text) && (closed && starts_item || (closed || starts_item) && line.left < last.left + 0.4 * size)
    {
        return false;
    }
    let fresh =
        text.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || matches!(c, '"' | '\u{201c}' | '[' | '('));
    if open.is_hanging() && line.left < open.lines[1].left - 0.5 * size {
        return !fresh && !closed;
    }
    let centred = (line.left + line.right - last.left - last.right).abs() < 0.8 * size;
    if indent > 0.7 * size && !centred {
        let hanging = open.lines.len() == 1
            && (starts_item || !closed || left.1.is_some_and(|next| (next - line.left).abs() < 1.0));
        // An indented first line: the next one goes back to the margin.
        let first_line =
            fresh && left.1.is_none_or(|next| next < line.left - 0.7 * size) && (closed || !open.is_full());
        if first_line && !(starts_item && open.lines.len() == 1) {
            return false;
        }
        if !hanging && closed && fresh {
            return false;
        }
    }
    if closed && fresh && !open.is_full() {
        return false;
    }
    if !open.is_full() && fresh && !closed && open.lines.len() == 1 && names.knows(&open.texts[0]) {
        return false;
    }
    if closed && (run_in_label(text, names).is_some() || label_of_form(text)) {
        return false;
    }
    if !open.is_full() && fresh && label_of_form(text) {
        return false;
    }
    true
}

/// `[12] Name`, `12. Name`: an entry of a reference list.
fn opens_reference(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('[') else { return false };
    rest.split_once(']').is_some_and(|(n, after)| {
        !n.is_empty() && n.len() <= 4 && n.bytes().all(|b| b.is_ascii_digit()) && after.starts_with(' ')
    })
}

/// The paragraph that a line at the top of a column goes on with.
fn torn(pieces: &[Piece], line: &Line, text: &str, left: f32, usual: Usual, names: &SectionNames) -> Option<usize> {
    const FARTHEST: usize = 12;
    if is_caption(text) || bullet(text).is_some_and(|b| b.ordinal.is_none()) {
        return None;
    }
    let lower = text.starts_with(|c: char| c.is_lowercase());
    for (back, piece) in pieces.iter().rev().take(FARTHEST).enumerate() {
        let index = pieces.len() - 1 - back;
        let Piece::Paragraph(open) = piece else { continue };
        if is_keyword_line(&open.texts[0]) {
            return None;
        }
        let aside =
            is_caption(&open.texts[0]) || open.first().size < 0.93 * usual.size && line.size > 0.96 * usual.size;
        let alike = (open.last().size - line.size).abs() < 0.05 * line.size && open.last().bold == line.bold;
        if aside || !alike {
            // A heading ends what stands before it.
            if open.first().bold && open.first().size > 0.96 * usual.size {
                return None;
            }
            continue;
        }
        let divided = open.last_text().ends_with(['-', '\u{ad}', '\u{2010}']);
        let closed = ends_paragraph(open.last_text()) || open.last_text().ends_with(':');
        let heading = open.lines.len() == 1 && !open.is_full();
        let flush = line.left < left + 0.7 * line.size;
        let goes_on = divided && lower
            || !closed && !heading && (lower || (open.is_full() && flush && run_in_label(text, names).is_none()));
        let near = open.last().page + 3 > line.page;
        return (goes_on && near && (back == 0 || lower)).then_some(index);
    }
    None
}

/// Marks paragraphs at the foot of a page that are set smaller than the prose above them.
fn mark_feet(pieces: &mut [Piece], usual: Usual) {
    let lowest: Vec<(usize, f32)> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Paragraph(p) if p.first().size > 0.95 * usual.size => {
                Some(p.lines.iter().map(|l| (l.page, l.baseline)).collect::<Vec<_>>())
            }
            _ => None,
        })
        .flatten()
        .collect();
    let mut depth: std::collections::BTreeMap<usize, f32> = std::collections::BTreeMap::new();
    for (page, baseline) in lowest {
        let deepest = depth.entry(page).or_insert(0.0);
        *deepest = deepest.max(baseline);
    }
    for piece in pieces {
        if let Piece::Paragraph(p) = piece
            && p.first().size < 0.93 * usual.size
            && let Some(deepest) = depth.get(&p.first().page)
        {
            p.at_foot = p.first().baseline > *deepest - 0.5 && p.first().baseline > 300.0
                || opens_note(&p.texts[0]) && p.first().baseline > 400.0;
        }
    }
}

/// Whether a text begins with the mark of a note.
pub(super) fn opens_note(text: &str) -> bool {
    let bare = text.trim_start();
    bare.starts_with(['*', '\u{2020}', '\u{2021}', '\u{a7}', '\u{b9}', '\u{b2}', '\u{b3}'])
        || bare.strip_prefix('[').is_some_and(|rest| {
            rest.split_once(']').is_some_and(|(n, _)| n.len() <= 3 && n.bytes().all(|b| b.is_ascii_digit()))
        })
}

/// Replaces runs of lines under a table's caption that stand in columns by tables.
fn with_unruled_tables(items: Vec<Item>) -> Vec<Item> {
    const NEAR: usize = 7;
    let mut done: Vec<Item> = Vec::with_capacity(items.len());
    let mut items = items.into_iter().peekable();
    // Lines that may still belong to a caption, or to the head of a table that goes on.
    let mut near = 0_usize;
    while let Some(item) = items.next() {
        let Item::Line(line, stretch) = item else {
            done.push(item);
            near = 0;
            continue;
        };
        let text = line.text();
        if is_caption(&text) && text.starts_with(['T', 't']) {
            near = NEAR;
            done.push(Item::Line(line, stretch));
            continue;
        }
        if line.cells().len() < 2 {
            near = near.saturating_sub(1);
            done.push(Item::Line(line, stretch));
            continue;
        }
        let captioned = near > 0;
        let edge = line.left + 2.0 * line.size;
        let mut run = vec![(line, stretch)];
        // A head of two lines may begin in a later column.
        while let Some(Item::Line(above, other)) = done.last() {
            let first = &run[0].0;
            let close = first.baseline - above.baseline < 1.7 * first.size && first.baseline > above.baseline;
            if !captioned
                || !close
                || *other != stretch
                || above.page != first.page
                || above.left < edge
                || is_caption(&above.text())
            {
                break;
            }
            if let Some(Item::Line(above, other)) = done.pop() {
                run.insert(0, (above, other));
            }
        }
        let margin = run.iter().map(|(l, _)| l.left).fold(f32::INFINITY, f32::min);
        let in_columns = |line: &Line| line.cells().len() >= 2 || line.left > margin + 2.0 * line.size;
        let stands_apart = |run: &[(Line, usize)]| {
            let (last, above) = (&run[run.len() - 1].0, &run[run.len() - 2].0);
            !captioned || last.baseline - above.baseline > 1.7 * last.size || last.width() > 0.6 * above.width()
        };
        let mut lean = 0;
        while let Some(Item::Line(next, other)) = items.peek() {
            let last = &run[run.len() - 1].0;
            let apart = next.baseline - last.baseline > 3.2 * last.size || next.page != last.page || *other != stretch;
            let single = !in_columns(next);
            lean = if single { lean + 1 } else { 0 };
            let full = single && next.width() > 0.85 * run.iter().map(|(l, _)| l.width()).fold(0.0, f32::max);
            let other_look = single && ((next.size - last.size).abs() > 0.6 || (next.bold && !last.bold));
            if apart || full || other_look || lean > 6 || is_caption(&next.text()) {
                break;
            }
            if let Some(Item::Line(next, other)) = items.next() {
                run.push((next, other));
            }
        }
        // They are looked at again as prose, after the table.
        let mut tail: Vec<Item> = Vec::new();
        while run.len() > 1 && stands_apart(&run) && !in_columns(&run[run.len() - 1].0) {
            tail.extend(run.pop().map(|(line, stretch)| Item::Line(line, stretch)));
        }
        let many = run.iter().filter(|(l, _)| l.cells().len() >= 2).count();
        let inside = run.iter().filter(|(l, _)| in_columns(l)).count();
        let enough = many >= if captioned { 2 } else { 4 } && inside * 2 >= run.len();
        let lines: Vec<&Line> = run.iter().map(|(line, _)| line).collect();
        match enough.then(|| tables::unruled(&lines, lines[0].page)).flatten() {
            Some(rows) => {
                let page = lines[0].page;
                done.push(Item::Table(rows, page));
                near = NEAR;
            }
            None => done.extend(run.into_iter().map(|(line, stretch)| Item::Line(line, stretch))),
        }
        done.extend(tail.into_iter().rev());
    }
    done
}
