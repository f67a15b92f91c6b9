//! Glyphs to words, words to lines.

use super::glyphs::{Glyph, Rule};

/// A gap, in font sizes, that parts words where the file draws no space.
const SPACE: f32 = 0.16;

/// Glyphs drawn beside each other.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) baseline: f32,
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) italic: bool,
    /// Which font of the file.
    pub(super) face: usize,
    pub(super) artifact: bool,
    /// The file draws a space before it.
    spaced: bool,
    /// It stands above its line, as numbers of notes and references do.
    pub(super) raised: bool,
}

impl Word {
    fn new(glyph: &Glyph, spaced: bool) -> Self {
        Self {
            text: glyph.text.to_string(),
            left: glyph.left,
            right: glyph.right,
            baseline: glyph.baseline,
            size: glyph.size,
            bold: glyph.bold,
            italic: glyph.italic,
            face: glyph.face,
            artifact: glyph.artifact,
            spaced,
            raised: false,
        }
    }

    pub(super) fn middle(&self) -> f32 {
        f32::midpoint(self.left, self.right)
    }
}

/// Parts the glyphs of a page into words, in the order in which they are drawn.
pub(super) fn words(glyphs: &[Glyph]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut spaced = false;
    for glyph in glyphs {
        let blank = glyph.text.chars().all(|c| c.is_whitespace() || c == '\u{200b}');
        if blank {
            words.extend(open.take());
            spaced = true;
            continue;
        }
        if let Some(word) = &mut open {
            let size = word.size.max(glyph.size).max(1.0);
            let gap = glyph.left - word.right;
            let level = (glyph.baseline - word.baseline).abs() < 0.1 * size;
            let alike = (glyph.size - word.size).abs() < 0.12 * size && glyph.artifact == word.artifact;
            let again = level && alike && (glyph.left - word.left).abs() < 0.15 * size && word.text == *glyph.text;
            if again {
                // Drawn twice, a little apart: that is how some programs make bold letters.
                word.bold = true;
                continue;
            }
            let accent = is_mark(&glyph.text) || is_mark(&word.text);
            if level && alike && (-0.4 * size..SPACE * size).contains(&gap) && (!accent || gap.abs() < size) {
                word.text.push_str(&glyph.text);
                word.right = word.right.max(glyph.right);
                word.bold &= glyph.bold;
                continue;
            }
        }
        words.extend(open.take());
        open = Some(Word::new(glyph, spaced));
        spaced = false;
    }
    words.extend(open);
    words.retain(|word| word.text.chars().any(|c| !c.is_control()));
    words
}

fn is_mark(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\u{300}'..='\u{36f}' | '\u{b4}' | '`' | '\u{a8}' | '\u{2c6}' | '\u{2dc}'))
}

/// Words beside each other on one baseline.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) baseline: f32,
    /// The font size of most of it.
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) italic: bool,
    /// The font of nearly all of it, if there is one.
    pub(super) face: Option<usize>,
    /// 0-based page.
    pub(super) page: usize,
}

impl Line {
    fn new(mut words: Vec<Word>, page: usize) -> Self {
        words.sort_by(|a, b| a.left.total_cmp(&b.left));
        drop_shadows(&mut words);
        let letters = |word: &&Word| word.text.chars().count();
        let normal: Vec<&Word> = words.iter().filter(|w| !w.raised).collect();
        let all: usize = normal.iter().map(letters).sum();
        let share = |is: &dyn Fn(&Word) -> bool| -> bool {
            normal.iter().filter(|w| is(w)).map(letters).sum::<usize>() * 10 >= all * 9 && all > 0
        };
        let mut sizes: Vec<(f32, usize)> = Vec::new();
        for word in &normal {
            match sizes.iter_mut().find(|(size, _)| (size - word.size).abs() < 0.3) {
                Some((_, count)) => *count += letters(word),
                None => sizes.push((word.size, letters(word))),
            }
        }
        let size = sizes.iter().max_by_key(|(_, count)| *count).map_or(words[0].size, |(size, _)| *size);
        let main = normal.iter().find(|w| (w.size - size).abs() < 0.3).map_or(words[0].baseline, |w| w.baseline);
        Self {
            left: words.iter().map(|w| w.left).fold(f32::INFINITY, f32::min),
            right: words.iter().map(|w| w.right).fold(f32::NEG_INFINITY, f32::max),
            baseline: main,
            size,
            bold: share(&|w| w.bold || !w.text.chars().any(char::is_alphanumeric)),
            italic: share(&|w| w.italic),
            face: normal.first().map(|w| w.face).filter(|face| share(&|w| w.face == *face)),
            page,
            words,
        }
    }

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    /// The line as text; raised numbers that cite or note stand in brackets.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut at = 0;
        while at < self.words.len() {
            let word = &self.words[at];
            if at > 0 && parted(&self.words[at - 1], word) {
                text.push(' ');
            }
            let end = at + self.words[at..].iter().take_while(|w| w.raised).count();
            if end > at {
                let raised: String = self.words[at..end].iter().map(|w| w.text.as_str()).collect();
                push_raised(&mut text, &raised);
                at = end;
            } else {
                // Hyphens that a typesetter tells apart from minus signs; a soft one that is drawn is a hyphen.
                let hyphen = |c: char| if matches!(c, '\u{ad}' | '\u{2010}' | '\u{2011}') { '-' } else { c };
                text.extend(word.text.chars().map(hyphen));
                at += 1;
            }
        }
        text
    }

    /// Groups of words with wide gaps between them: the cells of a table's row.
    pub(super) fn cells(&self) -> Vec<Line> {
        let mut cells: Vec<Vec<Word>> = Vec::new();
        for word in &self.words {
            let wide = |last: &Word| word.left - last.right > 1.1 * self.size.max(word.size);
            match cells.last_mut() {
                Some(cell) if !cell.last().is_some_and(wide) => cell.push(word.clone()),
                _ => cells.push(vec![word.clone()]),
            }
        }
        cells.into_iter().map(|words| Line::new(words, self.page)).collect()
    }
}

/// Whether there is a space between two words of a line.
fn parted(before: &Word, word: &Word) -> bool {
    let size = if word.raised || before.raised { before.size.max(word.size) } else { before.size.min(word.size) };
    let gap = word.left - before.right;
    gap > SPACE * size || (word.spaced && gap > -0.1 * size && !word.raised)
}

/// A number of a note or a reference gets brackets; a power, an ordinal's ending and a trade mark don't.
fn push_raised(text: &mut String, raised: &str) {
    let cites = raised.chars().any(|c| c.is_ascii_digit())
        && raised.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | ';' | '-' | '\u{2013}' | '\u{2010}' | ' '));
    let before = text.trim_end();
    let unit = before.rsplit(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| {
        matches!(word, "m" | "cm" | "km" | "mm" | "R" | "I" | "r" | "x") || word.parse::<f64>().is_ok()
    });
    if cites && !(unit && matches!(raised, "2" | "3")) && !before.ends_with(|c: char| c.is_ascii_digit()) {
        text.push('[');
        text.push_str(raised.trim());
        text.push(']');
    } else {
        text.push_str(raised);
    }
}

/// Leaves out words that are drawn over themselves.
fn drop_shadows(words: &mut Vec<Word>) {
    words.dedup_by(|word, before| {
        word.text == before.text && (word.left - before.left).abs() < 0.12 * word.size && word.right - word.left > 0.0
    });
}

/// The lines that these words stand in, from top to bottom.
pub(super) fn lines(mut words: Vec<Word>, page: usize) -> Vec<Line> {
    words.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut rows: Vec<Vec<Word>> = Vec::new();
    for word in words {
        let near = rows.last().is_some_and(|row| {
            let last = &row[row.len() - 1];
            (word.baseline - last.baseline).abs() < 0.12 * word.size.max(last.size).max(4.0)
        });
        match rows.last_mut() {
            Some(row) if near => row.push(word),
            _ => rows.push(vec![word]),
        }
    }
    attach_raised(&mut rows);
    rows.into_iter().filter(|row| !row.is_empty()).map(|row| Line::new(row, page)).collect()
}

/// Puts small words that stand a little above or below a line into that line.
fn attach_raised(rows: &mut [Vec<Word>]) {
    let size_of = |row: &[Word]| row.iter().map(|w| w.size).fold(0.0, f32::max);
    for index in 0..rows.len() {
        let Some(first) = rows[index].first() else { continue };
        let (size, baseline) = (size_of(&rows[index]), first.baseline);
        let candidates = [index.checked_add(1), index.checked_sub(1)];
        for other in candidates.into_iter().flatten() {
            let Some(host) = rows.get(other).filter(|row| !row.is_empty()) else { continue };
            let host_size = size_of(host);
            let shift = host[0].baseline - baseline;
            let above = shift > 0.0;
            if size > 0.86 * host_size || shift.abs() > 0.62 * host_size || (!above && shift.abs() > 0.35 * host_size) {
                continue;
            }
            let beside = |word: &Word| {
                host.iter().any(|w| {
                    (-0.2 * host_size..0.45 * host_size).contains(&(word.left - w.right))
                        || (-0.2 * host_size..0.45 * host_size).contains(&(w.left - word.right))
                }) || host.iter().any(|w| w.right < word.left) && host.iter().any(|w| w.left > word.right)
            };
            let mut moved = Vec::new();
            // A number of three words may hang on to its own neighbours.
            let any = rows[index].iter().any(&beside);
            if any {
                let row = std::mem::take(&mut rows[index]);
                let reach: (f32, f32) =
                    rows[other].iter().fold((f32::INFINITY, 0.0), |(l, r), w| (l.min(w.left), r.max(w.right)));
                for mut word in row {
                    if word.right > reach.0 - 3.0 * host_size && word.left < reach.1 + 3.0 * host_size {
                        word.raised = above;
                        moved.push(word);
                    } else {
                        rows[index].push(word);
                    }
                }
                rows[other].append(&mut moved);
                break;
            }
        }
    }
}

/// Leaves out the line numbers of submission systems: numbers in a column of their own at the
/// margin that count on, on every line or every fifth.
pub(super) fn drop_line_numbers(words: &mut Vec<Word>) {
    let number = |word: &Word| -> Option<u32> {
        (word.text.len() <= 5 && word.text.bytes().all(|b| b.is_ascii_digit())).then(|| word.text.parse().ok())?
    };
    for at_left in [true, false] {
        let mut at: Vec<usize> = (0..words.len())
            .filter(|index| {
                let word = &words[*index];
                number(word).is_some()
                    && !words.iter().any(|other| {
                        let level = (other.baseline - word.baseline).abs() < 0.6 * word.size.max(other.size);
                        let outside =
                            if at_left { other.left < word.left - 0.5 } else { other.right > word.right + 0.5 };
                        level && outside
                    })
            })
            .collect();
        at.sort_by(|a, b| words[*a].baseline.total_cmp(&words[*b].baseline));
        // They are set flush right, or flush left, in one column.
        let columns: [&dyn Fn(&Word) -> f32; 2] = [&|w| w.right, &|w| w.left];
        let best = columns
            .iter()
            .map(|edge| {
                let mut edges: Vec<f32> = at.iter().map(|i| edge(&words[*i])).collect();
                edges.sort_by(f32::total_cmp);
                let middle = edges.get(edges.len() / 2).copied().unwrap_or(0.0);
                at.iter().copied().filter(|i| (edge(&words[*i]) - middle).abs() < 2.0).collect::<Vec<_>>()
            })
            .max_by_key(Vec::len)
            .unwrap_or_default();
        let numbers: Vec<u32> = best.iter().filter_map(|i| number(&words[*i])).collect();
        let mut steps: Vec<u32> = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
        steps.sort_unstable();
        let Some(step) = steps.get(steps.len() / 2).copied() else { continue };
        let regular = steps.iter().filter(|s| **s == step).count();
        let enough = if step == 1 { 8 } else { 4 };
        if (1..=10).contains(&step) && numbers.len() >= enough && regular * 10 >= steps.len() * 8 {
            let gone: std::collections::BTreeSet<usize> = best.into_iter().collect();
            let mut index = 0;
            words.retain(|_| {
                index += 1;
                !gone.contains(&(index - 1))
            });
            return;
        }
    }
}

/// Whether a rule runs across the page rather than down it.
pub(super) fn is_level(rule: &Rule) -> bool {
    rule.right - rule.left > rule.bottom - rule.top
}
