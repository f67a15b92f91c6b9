//! The order in which a page is read: its columns, and what runs across them.

use super::words::{Line, Word, lines};

/// A white strip between two columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gutter {
    pub(super) left: f32,
    pub(super) right: f32,
}

impl Gutter {
    fn middle(self) -> f32 {
        f32::midpoint(self.left, self.right)
    }

    /// Whether a word lies across it.
    fn is_crossed(self, word: &Word) -> bool {
        let middle = self.middle();
        word.left < middle && word.right > middle
    }
}

/// Lines in reading order, with the bounds of the column that each stands in.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) line: Line,
    /// Which stretch of the page, counted in reading order; lines of one stretch follow each other.
    pub(super) stretch: usize,
}

/// The gutters of a page, from left to right: strips that few words cross and that have text on
/// both sides, line beside line.
pub(super) fn gutters(words: &[Word], width: f32) -> Vec<Gutter> {
    const FEWEST: usize = 8;
    let bins = (width.clamp(1.0, 20_000.0)) as usize + 1;
    let mut cover = vec![0_usize; bins];
    for word in words {
        let range = (word.left.max(0.0) as usize).min(bins - 1)..=(word.right.max(0.0) as usize).min(bins - 1);
        for bin in &mut cover[range] {
            *bin += 1;
        }
    }
    let mut inked: Vec<usize> = cover.iter().copied().filter(|c| *c > 0).collect();
    inked.sort_unstable();
    let Some(usual) = inked.get(inked.len() / 2).copied().filter(|usual| *usual >= FEWEST) else { return Vec::new() };
    let (Some(first), Some(last)) = (cover.iter().position(|c| *c > 0), cover.iter().rposition(|c| *c > 0)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut at = first;
    while at < last {
        let run = cover[at..last].iter().take_while(|c| **c * 5 < usual * 2).count();
        if run >= 6 {
            let quietest = cover[at..at + run].iter().copied().min().unwrap_or(0);
            let within = cover[at..at + run].iter().take_while(|c| **c > quietest + usual / 8).count();
            let core = cover[at + within..at + run].iter().take_while(|c| **c <= quietest + usual / 8).count();
            let gutter = Gutter { left: (at + within) as f32, right: (at + within + core) as f32 };
            if core >= 6 && parts_text(gutter, &found, words) {
                found.push(gutter);
            }
        }
        at += run.max(1);
    }
    found
}

/// Whether both sides of a gutter hold lines of text that fill their columns.
fn parts_text(gutter: Gutter, before: &[Gutter], words: &[Word]) -> bool {
    let from = before.last().map_or(f32::NEG_INFINITY, |g| g.right);
    let crossing = words.iter().filter(|w| gutter.is_crossed(w)).count();
    let side = |inside: &dyn Fn(&Word) -> bool| {
        let chosen: Vec<Word> = words.iter().filter(|w| inside(w)).cloned().collect();
        let found = lines(chosen, 0);
        let widest = found.iter().map(Line::width).fold(0.0, f32::max);
        let full = found.iter().filter(|l| l.width() > 0.72 * widest).count();
        (found.len(), full, widest)
    };
    let (left, left_full, left_wide) = side(&|w| w.right <= gutter.middle() && w.left >= from);
    let (right, right_full, right_wide) = side(&|w| w.left >= gutter.middle());
    left >= 8
        && right >= 8
        && left_full * 2 >= left
        && right_full * 10 >= right * 4
        && left_wide > 90.0
        && right_wide > 90.0
        && crossing * 2 <= left + right
}

/// The gutters of all pages: those of each page, and where a page has too little text to tell,
/// those that other pages have in the same place.
pub(super) fn settle(pages: &mut [Vec<Gutter>], words: &[Vec<Word>]) {
    let told: Vec<Vec<Gutter>> = pages.iter().filter(|g| !g.is_empty()).cloned().collect();
    if told.len() * 4 < pages.len().min(12) {
        return;
    }
    for (page, words) in pages.iter_mut().zip(words) {
        if !page.is_empty() {
            continue;
        }
        let crossings =
            |gutters: &Vec<Gutter>| words.iter().filter(|w| gutters.iter().any(|g| g.is_crossed(w))).count();
        let Some(best) = told.iter().min_by_key(|gutters| crossings(gutters)) else { return };
        let beyond = words.iter().filter(|w| best.iter().any(|g| w.left >= g.right - 1.0)).count();
        if beyond >= 12 {
            page.clone_from(best);
        }
    }
}

/// The lines of a page in reading order. What crosses a gutter runs across the page and parts the
/// columns above it from those below.
pub(super) fn in_order(words: Vec<Word>, gutters: &[Gutter], page: usize) -> Vec<Placed> {
    if gutters.is_empty() {
        return lines(words, page).into_iter().map(|line| Placed { line, stretch: 0 }).collect();
    }
    let (across, inside): (Vec<Word>, Vec<Word>) = across(words, gutters);
    let across = lines(across, page);
    let mut columns: Vec<Vec<Word>> = vec![Vec::new(); gutters.len() + 1];
    for word in inside {
        let column = gutters.iter().take_while(|g| word.middle() > g.middle()).count();
        columns[column].push(word);
    }
    let columns: Vec<Vec<Line>> = columns.into_iter().map(|words| lines(words, page)).collect();
    let mut placed = Vec::new();
    let mut stretch = 0;
    let mut from = f32::NEG_INFINITY;
    let take = |from: f32, to: f32, placed: &mut Vec<Placed>, stretch: &mut usize| {
        for column in &columns {
            *stretch += 1;
            let lines = column.iter().filter(|l| l.baseline > from && l.baseline <= to);
            placed.extend(lines.map(|line| Placed { line: line.clone(), stretch: *stretch }));
        }
        *stretch += 1;
    };
    for line in across {
        // Words of columns that reach up beside a line across it belong below.
        let top = line.baseline - 0.2 * line.size;
        if columns.iter().flatten().any(|l| l.baseline > from && l.baseline <= top) {
            take(from, top, &mut placed, &mut stretch);
        }
        from = top;
        placed.push(Placed { line, stretch });
    }
    take(from, f32::INFINITY, &mut placed, &mut stretch);
    placed
}

/// Parts words into those of lines that run across a gutter and the others.
fn across(words: Vec<Word>, gutters: &[Gutter]) -> (Vec<Word>, Vec<Word>) {
    let mut crossing: Vec<bool> = words.iter().map(|w| gutters.iter().any(|g| g.is_crossed(w))).collect();
    if !crossing.contains(&true) {
        return (Vec::new(), words);
    }
    // Neighbours of a word that crosses, on its line and without a gutter's width between, cross as well.
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|a, b| {
        words[*a].baseline.total_cmp(&words[*b].baseline).then(words[*a].left.total_cmp(&words[*b].left))
    });
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for index in order {
        let near = rows.last().is_some_and(|row| {
            let first = &words[row[0]];
            (words[index].baseline - first.baseline).abs() < 0.5 * words[index].size.max(first.size)
        });
        match rows.last_mut() {
            Some(row) if near => row.push(index),
            _ => rows.push(vec![index]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| words[*a].left.total_cmp(&words[*b].left));
        let joins = |a: usize, b: usize| {
            let (a, b) = (&words[a], &words[b]);
            b.left - a.right < 0.9 * a.size.max(b.size)
        };
        for pair in 1..row.len() {
            if crossing[row[pair - 1]] && joins(row[pair - 1], row[pair]) {
                crossing[row[pair]] = true;
            }
        }
        for pair in (1..row.len()).rev() {
            if crossing[row[pair]] && joins(row[pair - 1], row[pair]) {
                crossing[row[pair - 1]] = true;
            }
        }
    }
    let mut flags = crossing.into_iter();
    words.into_iter().partition(|_| flags.next().unwrap_or(false))
}
