//! Tables: words between ruled lines, or in columns under a caption, taken apart into cells.

use super::glyphs::Rule;
use super::words::{Line, Word, is_level, lines};

/// A part of a page that ruled lines set off.
#[derive(Debug, Clone)]
pub(super) struct Region {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    /// Heights of rules across it.
    level: Vec<f32>,
    /// Places of rules down it.
    upright: Vec<f32>,
}

/// Rows of cells; a cell is lines of words, from top to bottom.
pub(super) type Rows = Vec<Vec<Vec<Line>>>;

impl Region {
    fn holds(&self, word: &Word) -> bool {
        let middle = word.baseline - 0.3 * word.size;
        (self.left - 3.0..=self.right + 3.0).contains(&word.middle()) && (self.top..=self.bottom).contains(&middle)
    }
}

/// The regions between level rules that begin and end at the same places: at least three of them,
/// as a table has over its head, under its head and at its foot.
fn regions(rules: &[Rule]) -> Vec<Region> {
    let mut spans: Vec<Rule> = Vec::new();
    let mut level: Vec<Rule> = rules.iter().filter(|r| is_level(r)).copied().collect();
    level.sort_by(|a, b| a.top.total_cmp(&b.top).then(a.left.total_cmp(&b.left)));
    for rule in level {
        // Borders are drawn cell by cell.
        let touching = spans.iter_mut().rev().take(40).find(|span| {
            (span.top - rule.top).abs() < 2.0 && rule.left <= span.right + 4.0 && rule.right >= span.left - 4.0
        });
        match touching {
            Some(span) => {
                span.left = span.left.min(rule.left);
                span.right = span.right.max(rule.right);
            }
            None => spans.push(rule),
        }
    }
    spans.retain(|span| span.right - span.left > 100.0);
    let mut found: Vec<Region> = Vec::new();
    for span in spans {
        let fits = found.iter_mut().find(|region| {
            (region.left - span.left).abs() < 6.0
                && (region.right - span.right).abs() < 6.0
                && span.top - region.bottom < 420.0
        });
        match fits {
            Some(region) => {
                region.bottom = region.bottom.max(span.bottom);
                if region.level.last().is_none_or(|last| span.top - last > 3.0) {
                    region.level.push(span.top);
                }
            }
            None => found.push(Region {
                left: span.left,
                top: span.top,
                right: span.right,
                bottom: span.bottom,
                level: vec![span.top],
                upright: Vec::new(),
            }),
        }
    }
    for region in &mut found {
        let mut upright: Vec<f32> = rules
            .iter()
            .filter(|r| !is_level(r) && r.bottom > region.top && r.top < region.bottom)
            .map(|r| f32::midpoint(r.left, r.right))
            .filter(|x| (region.left - 3.0..=region.right + 3.0).contains(x))
            .collect();
        upright.sort_by(f32::total_cmp);
        upright.dedup_by(|a, b| (*a - *b).abs() < 4.0);
        region.upright = upright;
    }
    found.retain(|region| region.level.len() >= 3 || (region.level.len() == 2 && region.upright.len() >= 3));
    found
}

/// Takes the ruled tables of a page out of its words.
pub(super) fn take_ruled(words: &mut Vec<Word>, rules: &[Rule], page: usize) -> Vec<(Region, Rows)> {
    let mut found = Vec::new();
    for region in regions(rules) {
        let inside: Vec<Word> = words.iter().filter(|w| region.holds(w)).cloned().collect();
        if inside.len() < 4 {
            continue;
        }
        let columns = if region.upright.len() >= 3 {
            region.upright[1..region.upright.len() - 1].to_vec()
        } else {
            white_columns(&inside)
        };
        if columns.is_empty() {
            continue;
        }
        let rows = rows(&inside, &columns, &region.level, page);
        let filled = rows.iter().filter(|row| row.iter().filter(|cell| !cell.is_empty()).count() >= 2).count();
        if rows.len() < 2 || filled * 2 < rows.len() {
            continue;
        }
        words.retain(|w| !region.holds(w));
        found.push((region, rows));
    }
    found
}

/// Takes lines that stand in columns apart; `None` where they don't.
pub(super) fn unruled(table: &[&Line], page: usize) -> Option<Rows> {
    let words: Vec<Word> = table.iter().flat_map(|line| line.words.iter().cloned()).collect();
    let columns = white_columns(&words);
    if columns.is_empty() {
        return None;
    }
    let rows = rows(&words, &columns, &[], page);
    (rows.len() >= 2).then_some(rows)
}

/// Adds the part of a table that stands on the next page. A head that is said again goes; a row
/// that the page tore goes on.
pub(super) fn continue_with(above: &mut Rows, mut rows: Rows) {
    // The top line of a head that comes on every page may have gone as a running head.
    let again: Vec<usize> = above[0]
        .iter()
        .zip(&rows[0])
        .map(|(head, cell)| {
            let same = |from: &usize| {
                let rest = &head[*from..];
                rest.len() <= cell.len() && rest.iter().zip(cell).all(|(a, b)| a.text() == b.text())
            };
            (0..head.len()).find(same).map_or(0, |from| head.len() - from)
        })
        .collect();
    let said_again = again.iter().zip(&above[0]).all(|(same, head)| *same > 0 || head.is_empty());
    if said_again {
        for (cell, same) in rows[0].iter_mut().zip(again) {
            cell.drain(..same);
        }
    }
    let goes_on = rows[0].first().is_some_and(Vec::is_empty);
    if (goes_on || said_again && rows[0].iter().all(Vec::is_empty))
        && let Some(last) = above.last_mut()
    {
        let first = rows.remove(0);
        last.iter_mut().zip(first).for_each(|(cell, more)| cell.extend(more));
    }
    above.append(&mut rows);
}

/// The middles of white strips that part the words of a table into columns.
fn white_columns(words: &[Word]) -> Vec<f32> {
    let rows = lines(words.to_vec(), 0).len();
    let left = words.iter().map(|w| w.left).fold(f32::INFINITY, f32::min).max(0.0);
    let right = words.iter().map(|w| w.right).fold(0.0, f32::max).min(20_000.0);
    if right <= left {
        return Vec::new();
    }
    let mut cover = vec![0_usize; (right - left) as usize + 2];
    let last = cover.len() - 1;
    for word in words {
        let range =
            ((word.left - left).max(0.0) as usize).min(last)..=((word.right - left).max(0.0) as usize).min(last);
        for bin in &mut cover[range] {
            *bin += 1;
        }
    }
    // A heading or note that runs across a table of many rows hides no column.
    let allowed = rows / 12;
    let mut found = Vec::new();
    let mut at = 0;
    while at < cover.len() {
        let run = cover[at..].iter().take_while(|c| **c <= allowed).count();
        if run >= 6 && at > 0 && at + run < cover.len() {
            found.push(left + at as f32 + run as f32 / 2.0);
        }
        at += run.max(1);
    }
    found
}

/// Words to rows of cells. Rules part rows where there are enough of them; else a row begins where
/// its first cell does.
fn rows(words: &[Word], columns: &[f32], level: &[f32], page: usize) -> Rows {
    let column_of = |word: &Word| columns.iter().take_while(|edge| word.middle() > **edge).count();
    let count = columns.len() + 1;
    let mut bands: Vec<Vec<Word>> = vec![Vec::new(); level.len() + 1];
    for word in words {
        let band = level.iter().take_while(|y| word.baseline - 0.3 * word.size > **y).count();
        bands[band].push(word.clone());
    }
    let parted_by_rules = level.len() >= 5;
    let mut all = Rows::new();
    for band in bands.into_iter().filter(|band| !band.is_empty()) {
        let mut cells: Vec<Vec<Word>> = vec![Vec::new(); count];
        for word in band {
            cells[column_of(&word)].push(word);
        }
        let mut cells: Vec<Vec<Line>> = cells.into_iter().map(|words| lines(words, page)).collect();
        if parted_by_rules || all.is_empty() && level.len() >= 3 {
            all.push(cells);
            continue;
        }
        // Where rows begin: at lines of the first column that don't go on with the one above.
        let mut starts: Vec<f32> = Vec::new();
        let mut before: Option<&Line> = None;
        for line in &cells[0] {
            let goes_on = before.is_some_and(|above| {
                let close = line.baseline - above.baseline < 1.45 * line.size;
                let text = line.text();
                close
                    && (text.starts_with(|c: char| c.is_lowercase() || matches!(c, '(' | '/'))
                        || above.text().ends_with(['-', ',', ':', '/']))
            });
            if !goes_on {
                starts.push(line.baseline - 0.75 * line.size);
            }
            before = Some(line);
        }
        if starts.is_empty() {
            match all.last_mut() {
                Some(last) => last.iter_mut().zip(&mut cells).for_each(|(cell, more)| cell.append(more)),
                None => all.push(cells),
            }
            continue;
        }
        starts[0] = f32::NEG_INFINITY;
        let first = all.len();
        all.extend((0..starts.len()).map(|_| vec![Vec::new(); count]));
        for (column, lines) in cells.into_iter().enumerate() {
            for line in lines {
                let row = starts.iter().take_while(|y| line.baseline > **y).count().max(1) - 1;
                all[first + row][column].push(line);
            }
        }
    }
    all
}
