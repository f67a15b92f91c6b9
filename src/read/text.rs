//! Plain text: typed, pasted from Word or a PDF, saved from a web page, or exported from a database.
//!
//! Nothing marks a heading here but its looks, so a line is judged by its length, its
//! capitals and numbering, the words that headings use, and its neighbours. Running heads and page
//! numbers are dropped, words divided at line ends are joined again.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::markdown::{is_caption, table_row};
use super::{drawn, record};
use crate::manuscript::{Block, BlockKind, Declared, Draft, Format, SectionNames};
use crate::source::{PlainText, SourceId, SourceText, lines};

const FILE: SourceId = SourceId(0);
/// Spaces that part columns on any line.
const WIDE_GAP: usize = 3;
/// Spaces that part columns which stand under each other.
const NARROW_GAP: usize = 2;

/// Reads a text into drafts, one a record.
pub(super) fn read(sources: &Arc<Vec<SourceText>>, names: &SectionNames) -> Vec<Draft> {
    let text = &sources[0].text;
    let lines = lines_of(text);
    let bare: Vec<&str> = lines.iter().map(|l| l.text).collect();
    let records = record::split(&bare);
    let many = records.len() > 1;
    records
        .into_iter()
        .enumerate()
        .map(|(index, range)| {
            let lines = &lines[range.clone()];
            let mut notes = Vec::new();
            let blocks = if record::is_tagged(&bare[range]) {
                tagged_blocks(lines)
            } else {
                let mut page = Page::new(text, lines, names, &mut notes);
                page.assemble();
                page.blocks
            };
            if many && index == 0 {
                notes.push("the file holds several records; each was checked on its own".to_owned());
            }
            Draft {
                format: Format::Text,
                sources: Arc::clone(sources),
                blocks,
                comments: Vec::new(),
                declared: Declared::default(),
                notes,
                record: index + 1,
            }
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    /// Byte offset in the file.
    at: usize,
    /// The line without its end.
    text: &'a str,
    /// A page ends after it.
    ends_page: bool,
}

impl Line<'_> {
    fn trimmed(&self) -> &str {
        self.text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
    }

    fn is_blank(&self) -> bool {
        self.trimmed().is_empty()
    }
}

fn lines_of(text: &str) -> Vec<Line<'_>> {
    const FORM_FEED: char = '\u{c}';
    let mut all = Vec::new();
    for (start, line) in lines(text) {
        let mut at = start;
        for part in line.split_inclusive(FORM_FEED) {
            all.push(Line {
                at,
                text: part.trim_end_matches(['\n', '\r', FORM_FEED]),
                ends_page: part.ends_with(FORM_FEED),
            });
            at += part.len();
        }
    }
    all
}

/// A record of a tagged export: title, abstract, keywords.
fn tagged_blocks(lines: &[Line<'_>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(record::Field, PlainText)> = None;
    let close = |open: &mut Option<(record::Field, PlainText)>, blocks: &mut Vec<Block>| {
        let Some((field, plain)) = open.take() else { return };
        let kind = match field {
            record::Field::Title => BlockKind::Title,
            record::Field::Abstract => BlockKind::Paragraph,
            record::Field::Keyword | record::Field::Other => BlockKind::Metadata,
        };
        blocks.extend(Block::new(kind, plain));
    };
    for line in lines {
        if let Some((tag, value)) = record::tag_of(line.text) {
            close(&mut open, &mut blocks);
            let field = record::field_of(tag);
            if field == record::Field::Abstract {
                let mut heading = PlainText::new();
                heading.push_replacement(
                    FILE,
                    line.at + (tag.as_ptr() as usize - line.text.as_ptr() as usize),
                    tag.len(),
                    "Abstract",
                );
                blocks.extend(Block::new(BlockKind::Heading { level: 1 }, heading));
            }
            let mut plain = PlainText::new();
            plain.push_source(FILE, line.at + value, line.text.get(value..).unwrap_or_default());
            open = Some((field, plain));
        } else if let Some((_, plain)) = &mut open {
            let body = line.trimmed();
            if !body.is_empty() {
                plain.push_replacement(FILE, line.at, 0, " ");
                plain.push_source(FILE, line.at + (body.as_ptr() as usize - line.text.as_ptr() as usize), body);
            }
        }
    }
    close(&mut open, &mut blocks);
    blocks
}

/// One record's lines on their way to blocks.
struct Page<'a> {
    /// The whole file.
    source: &'a str,
    lines: Vec<Line<'a>>,
    names: &'a SectionNames,
    /// The width that lines were wrapped at; `None` where each line is a paragraph.
    wrapped_at: Option<usize>,
    blocks: Vec<Block>,
    tables: usize,
    words: FxHashMap<String, u32>,
    titled: bool,
    capitals_are_headings: bool,
}

impl<'a> Page<'a> {
    fn new(source: &'a str, lines: &[Line<'a>], names: &'a SectionNames, notes: &mut Vec<String>) -> Self {
        let wrapped_at = wrap_width(lines);
        let mut kept = drop_running_heads(lines, wrapped_at);
        let before = kept.len();
        kept.retain(|line| !is_json(line.trimmed()));
        if kept.len() < before {
            notes.push("a line of JSON was left out: it is data of the page, not text of the manuscript".to_owned());
        }
        let capitals = kept.iter().filter(|l| is_capitals(l.trimmed())).count();
        let mut words = FxHashMap::default();
        if wrapped_at.is_some() {
            for line in &kept {
                for word in line.text.split(|c: char| !(c.is_alphanumeric() || c == '-')).filter(|w| w.len() > 3) {
                    *words.entry(word.to_lowercase()).or_insert(0) += 1;
                }
            }
        }
        Self {
            source,
            lines: kept,
            names,
            wrapped_at,
            blocks: Vec::new(),
            tables: 0,
            words,
            titled: false,
            capitals_are_headings: capitals >= 3,
        }
    }

    fn assemble(&mut self) {
        let mut at = self.front();
        let drawn: Vec<drawn::DrawnLine<'_>> = self.lines.iter().map(|line| (line.at, line.text)).collect();
        while at < self.lines.len() {
            if self.lines[at].is_blank() {
                at += 1;
                continue;
            }
            if let Some(table) = drawn::ruled(&drawn, at) {
                self.blocks.extend(table.blocks(FILE, self.source, self.tables));
                self.tables += 1;
                at = table.end;
            } else if let Some(level) = self.heading_level(at) {
                self.push_block(BlockKind::Heading { level }, at..at + 1);
                at += 1;
            } else if let Some((end, gap)) = self.tabular(at) {
                self.rows(at..end, gap);
                at = end;
            } else {
                let end = self.paragraph_end(at);
                self.paragraph(at..end);
                at = end;
            }
        }
    }

    /// Title, authors and affiliations: everything before the first heading that names a section.
    fn front(&mut self) -> usize {
        let limit = self.lines.len().min(60);
        let first_heading = (0..limit).find(|i| self.names_section(*i));
        let mut at = 0;
        let mut lines_seen = 0;
        while at < first_heading.unwrap_or(limit) {
            if self.lines[at].is_blank() {
                at += 1;
                continue;
            }
            let line = self.lines[at].trimmed();
            let long_prose = line.len() > 260
                || (self.titled && opens_with_glued_label(line))
                || (line.len() > 120 && line.trim_end_matches(['"', ')']).ends_with('.') && self.wrapped_at.is_none());
            if long_prose
                || (self.titled && first_heading.is_none() && lines_seen > 12)
                || (self.titled && run_in_label(line, self.names).is_some())
            {
                break;
            }
            lines_seen += 1;
            let mut end = at + 1;
            if !self.titled && looks_like_title(line) {
                while end < self.lines.len() && self.wrapped_at.is_some() && continues_title(&self.lines, end) {
                    end += 1;
                }
                self.titled = true;
                self.push_block(BlockKind::Title, at..end);
            } else if first_heading.is_none() && names_people(line, self.names) {
                self.push_block(BlockKind::Metadata, at..end);
            } else if first_heading.is_none() && self.titled && self.heading_level(at).is_some() {
                break;
            } else {
                self.push_block(BlockKind::Metadata, at..end);
            }
            at = end;
        }
        at
    }

    fn names_section(&self, at: usize) -> bool {
        let line = self.lines[at].trimmed();
        line.len() < 60 && self.names.knows(line) && !line.ends_with(',')
    }

    /// The level of the heading that a line is, or `None` for no heading.
    fn heading_level(&self, at: usize) -> Option<u8> {
        let line = self.lines[at].trimmed();
        if let Some(hashes) = line.strip_prefix('#') {
            let level = 1 + hashes.bytes().take_while(|b| *b == b'#').count();
            return (level <= 6 && hashes.trim_start_matches('#').starts_with(' ')).then_some(level as u8);
        }
        let words = line.split_whitespace().count();
        let characters = line.chars().count();
        if characters > 100 || words > 14 || !line.chars().any(char::is_alphabetic) || is_caption(line) {
            return None;
        }
        if line.ends_with(['.', ';', ',', '!', '-']) || bullet(line).is_some_and(|b| b.ordinal.is_none()) {
            return None;
        }
        let previous = at.checked_sub(1).map(|i| self.lines[i]);
        let free_above = self.wrapped_at.is_none()
            || previous.is_none_or(|p| p.is_blank() || ends_paragraph(p.trimmed()) || self.is_last_block_heading(p));
        if !free_above {
            return None;
        }
        let next = self.lines[at + 1..].iter().find(|l| !l.is_blank())?.trimmed();
        let number = numbering_depth(line);
        if let Some(ordinal) = bullet(line).and_then(|b| b.ordinal)
            && (number.is_none() || self.continues_list(at, ordinal))
        {
            return None;
        }
        if self.names.knows(line) && !line.ends_with(':') {
            return Some(number.unwrap_or(1));
        }
        let starts_well = line.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '\'' || c == '"');
        let counts = number.is_none()
            && line.starts_with(|c: char| c.is_ascii_digit())
            && line.split_whitespace().nth(1).is_some_and(|w| w.starts_with(char::is_lowercase));
        if !starts_well || counts || next.starts_with(char::is_lowercase) {
            return None;
        }
        if is_capitals(line) && self.capitals_are_headings {
            return Some(number.unwrap_or(1));
        }
        if let Some(depth) = number
            && !line.ends_with(':')
        {
            let listed = bullet(next).is_some_and(|b| b.ordinal.is_some()) || bullet(line).is_some() && words > 8;
            return (!listed && words <= 12).then_some(depth);
        }
        let short = self.wrapped_at.map_or(characters <= 80, |width| characters * 100 <= width * 82);
        let followed_by_prose = next.chars().count() > self.wrapped_at.map_or(120, |w| w * 6 / 10)
            || self.names.knows(next)
            || starts_listing(next);
        let spaced = self.lines.get(at + 1).is_some_and(Line::is_blank) && previous.is_none_or(|p| p.is_blank());
        let label = line.ends_with(':');
        (short
            && words <= 12
            && !label
            && !line.contains('\t')
            && (followed_by_prose || (spaced && words <= 9 && next.len() > 40)))
            .then_some(2)
    }

    /// Whether the line right above is the item before this one of a numbered list.
    fn continues_list(&self, at: usize, ordinal: u64) -> bool {
        let adjacent = at.checked_sub(1).is_some_and(|above| !self.lines[above].is_blank());
        let before = self.blocks.last().map(|b| &b.kind);
        adjacent && matches!(before, Some(BlockKind::ListItem { ordinal: Some(n) }) if n + 1 == ordinal)
    }

    fn is_last_block_heading(&self, previous: Line<'_>) -> bool {
        self.blocks.last().is_some_and(|b| {
            matches!(b.kind, BlockKind::Heading { .. })
                && b.map.pieces().first().is_some_and(|p| p.source.start >= previous.at)
        })
    }

    /// The end of a run of lines that are rows of a table, and how many spaces part their columns;
    /// `None` where there is none.
    fn tabular(&self, at: usize) -> Option<(usize, usize)> {
        let after_caption = self.wrapped_at.is_some()
            && self.blocks.last().is_some_and(|b| b.kind == BlockKind::Caption && b.text.starts_with("Table"));
        if after_caption {
            let run = self.lines[at..].iter().take_while(|l| !l.is_blank()).count();
            let prose = self.lines[at..at + run].iter().filter(|l| l.trimmed().ends_with(['.', ','])).count();
            return (run >= 2 && prose * 3 <= run).then_some((at + run, WIDE_GAP));
        }
        let columns = |line: &Line<'_>| cell_ranges(line.text, WIDE_GAP).len();
        if columns(&self.lines[at]) < 2 {
            return self.narrow_columns(at);
        }
        let run = self.lines[at..].iter().take_while(|l| columns(l) >= 2).count();
        let rows = &self.lines[at..at + run];
        let narrow = |line: &Line<'_>| cell_ranges(line.text, NARROW_GAP).len();
        let all_narrow =
            run >= 3 && narrow(&rows[0]) > columns(&rows[0]) && rows.iter().all(|row| narrow(row) == narrow(&rows[0]));
        let gap = if all_narrow { NARROW_GAP } else { WIDE_GAP };
        (run >= 2 || self.lines[at].text.contains('\t')).then_some((at + run, gap))
    }

    /// Three lines or more of which the second column begins under the second column: a table,
    /// though only two spaces part the columns. Typists put two spaces after a full stop as well.
    fn narrow_columns(&self, at: usize) -> Option<(usize, usize)> {
        let second = |line: &Line<'_>| {
            let cells = cell_ranges(line.text, NARROW_GAP);
            let first = cells.first().map(|c| &line.text[c.clone()])?;
            (!first.ends_with(['.', '?', '!', ':']))
                .then(|| cells.get(1).map(|c| line.text[..c.start].chars().count()))?
        };
        let column = second(&self.lines[at])?;
        let run = self.lines[at..].iter().take_while(|l| second(l) == Some(column)).count();
        (run >= 3).then_some((at + run, NARROW_GAP))
    }

    fn rows(&mut self, range: Range<usize>, gap: usize) {
        let table = self.tables;
        self.tables += 1;
        for index in range.clone() {
            let line = self.lines[index];
            let mut plain = PlainText::new();
            let mut cells = Vec::new();
            for (number, cell) in cell_ranges(line.text, gap).into_iter().enumerate() {
                if number > 0 {
                    plain.push_replacement(FILE, line.at + cell.start, 0, " | ");
                }
                let start = plain.as_str().len();
                plain.push_source(FILE, line.at + cell.start, &line.text[cell]);
                cells.push(start..plain.as_str().len());
            }
            self.blocks.extend(table_row(plain, cells, table, index == range.start));
        }
    }

    /// One past the last line of the paragraph that begins at `at`.
    fn paragraph_end(&self, at: usize) -> usize {
        let Some(width) = self.wrapped_at else { return at + 1 };
        let mut end = at + 1;
        while end < self.lines.len() {
            let previous = self.lines[end - 1].trimmed();
            let line = self.lines[end];
            if line.is_blank() {
                // A page break inside a sentence leaves blank lines behind.
                let next = (end..self.lines.len()).find(|i| !self.lines[*i].is_blank());
                let torn = next.is_some_and(|next| {
                    next - end <= 4
                        && !ends_paragraph(previous)
                        && self.lines[next]
                            .trimmed()
                            .starts_with(|c: char| c.is_lowercase() || matches!(c, '(' | '[') || c.is_ascii_digit())
                        && previous.chars().count() * 100 > width * 60
                });
                match next {
                    Some(next) if torn => end = next + 1,
                    _ => break,
                }
                continue;
            }
            let text = line.trimmed();
            let new_item = bullet(text).is_some_and(|b| b.ordinal.is_none() || ends_paragraph(previous));
            let short = previous.chars().count() * 100 < width * 82;
            let fresh = text.starts_with(|c: char| c.is_uppercase() || c == '"' || c.is_ascii_digit());
            let closed = ends_paragraph(previous) || previous.ends_with(':');
            if new_item
                || is_caption(text)
                || (short && closed && fresh)
                || (short && fresh && run_in_label(text, self.names).is_some())
                || (closed && run_in_label(text, self.names).is_some())
                || self.heading_level(end).is_some_and(|_| closed)
                || (closed && label_of_form(text))
            {
                break;
            }
            end += 1;
        }
        end
    }

    fn paragraph(&mut self, range: Range<usize>) {
        let first = self.lines[range.start].trimmed();
        let kind = if is_caption(first) {
            BlockKind::Caption
        } else if let Some(found) = bullet(first) {
            BlockKind::ListItem { ordinal: found.ordinal }
        } else if is_keyword_line(first) {
            BlockKind::Metadata
        } else {
            BlockKind::Paragraph
        };
        self.push_block(kind, range);
    }

    fn push_block(&mut self, kind: BlockKind, range: Range<usize>) {
        let mut plain = PlainText::new();
        let mut glued = true;
        for index in range.clone() {
            let line = self.lines[index];
            let body = line.trimmed();
            if body.is_empty() {
                continue;
            }
            let lead = if index > range.start { 0 } else { lead_length(&kind, body) };
            let offset = line.at + (body.as_ptr() as usize - line.text.as_ptr() as usize) + lead;
            let slice = &body[lead..];
            if !glued {
                plain.push_replacement(FILE, line.at, 0, " ");
            }
            let next = self.lines[index + 1..range.end].iter().map(Line::trimmed).find(|l| !l.is_empty());
            let (keep, glue) = next.map_or((slice.len(), false), |next| divided_word(&self.words, slice, next));
            glued = glue;
            plain.push_source(FILE, offset, &slice[..keep]);
        }
        let Some(mut block) = Block::new(kind, plain) else { return };
        if block.is_prose() {
            let parts = glued_labels(&block);
            if parts.len() >= 3 {
                self.blocks.extend(split_at(&block, &parts));
                return;
            }
            block.run_in = run_in_label(&block.text, self.names);
        }
        self.blocks.push(block);
    }
}

/// How many bytes of a line to keep, and whether the next line follows without a space: a word
/// divided at the line's end is joined, its hyphen dropped unless the text writes it elsewhere.
/// `words` says how often the text has each word, in small letters.
pub(super) fn divided_word(words: &FxHashMap<String, u32>, line: &str, next: &str) -> (usize, bool) {
    let Some(stem) = line.strip_suffix(['-', '\u{2010}', '\u{ad}']) else { return (line.len(), false) };
    if !stem.ends_with(char::is_alphabetic) || !next.starts_with(char::is_lowercase) {
        return (line.len(), stem.ends_with(char::is_alphabetic));
    }
    let head = stem.rsplit(|c: char| !(c.is_alphanumeric() || c == '-')).next().unwrap_or_default();
    let tail: String = next.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
    let count = |word: String| words.get(&word.to_lowercase()).copied().unwrap_or(0);
    let hyphenated = count(format!("{head}-{tail}"));
    let joined = count(format!("{head}{tail}"));
    let known_part = head.contains('-')
        || (joined == 0 && count(head.to_owned()) > 0 && count(tail.clone()) > 0 && head.len() > 4 && tail.len() > 4);
    if hyphenated > joined || (hyphenated == joined && known_part) { (line.len(), true) } else { (stem.len(), true) }
}

/// The bytes of bullet or heading marks at the start of a block.
fn lead_length(kind: &BlockKind, body: &str) -> usize {
    match kind {
        BlockKind::ListItem { .. } => bullet(body).map_or(0, |found| found.length),
        BlockKind::Heading { .. } | BlockKind::Title if body.starts_with('#') => {
            body.len() - body.trim_start_matches('#').trim_start().len()
        }
        _ => 0,
    }
}

/// The width at which lines were wrapped; `None` where each line is a paragraph.
fn wrap_width(lines: &[Line<'_>]) -> Option<usize> {
    let lengths: Vec<usize> = lines.iter().filter(|l| !l.is_blank()).map(|l| l.trimmed().chars().count()).collect();
    let longest = lengths.iter().copied().max()?;
    let mut sorted = lengths.clone();
    sorted.sort_unstable();
    let width = sorted[sorted.len() * 9 / 10];
    let full = lengths.iter().filter(|l| **l * 100 >= width * 80).count();
    let beyond = lengths.iter().filter(|l| **l > 160).count();
    (lengths.len() >= 8
        && (40..=160).contains(&width)
        && full * 100 >= lengths.len() * 45
        && beyond * 50 <= lengths.len()
        && longest < 2000)
        .then_some(width)
}

/// Leaves out lines that repeat on page after page, and page numbers beside them.
fn drop_running_heads<'a>(lines: &[Line<'a>], width: Option<usize>) -> Vec<Line<'a>> {
    let number = |index: usize| -> Option<u32> {
        let text = lines[index].trimmed();
        (text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let mut dropped = vec![false; lines.len()];
    if let Some(width) = width {
        let repeated: Vec<Vec<usize>> = lines_by_look(lines)
            .into_iter()
            .filter(|(look, places)| may_head_pages(look, places))
            .map(|(_, places)| places)
            .collect();
        let mut candidate = vec![false; lines.len()];
        for place in repeated.iter().flatten() {
            candidate[*place] = true;
        }
        let furniture = |index: usize| candidate[index] || lines[index].is_blank() || number(index).is_some();
        for places in repeated.iter().filter(|places| is_running_head(places, lines, width, &furniture)) {
            for place in places {
                dropped[*place] = true;
            }
        }
    }
    let near = |index: usize| index.saturating_sub(2)..(index + 3).min(lines.len());
    let line_numbers = width.is_some() && numbered_lines(lines);
    let last = lines.iter().rposition(|l| !l.is_blank());
    let mut last_page = None;
    let mut kept = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        if dropped[index] {
            continue;
        }
        if let Some(number) = number(index) {
            let beside_head = near(index).any(|i| dropped[i]);
            let at_page_end = (index..near(index).end)
                .take_while(|i| *i == index || lines[*i].is_blank())
                .any(|i| lines[i].ends_page);
            let ends_text = last == Some(index) && last_page.is_some_and(|page| number == page + 1);
            if beside_head || at_page_end || line_numbers || ends_text {
                last_page = Some(number);
                continue;
            }
        }
        kept.push(*line);
    }
    kept
}

/// The places of lines that look the same but for their numbers, in a stable order.
fn lines_by_look(lines: &[Line<'_>]) -> std::collections::BTreeMap<String, Vec<usize>> {
    let mut places: std::collections::BTreeMap<String, Vec<usize>> = std::collections::BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let text = line.trimmed();
        if !(6..=110).contains(&text.chars().take(111).count()) {
            continue;
        }
        let mut look = String::new();
        for c in text.chars() {
            if !c.is_ascii_digit() {
                look.push(c);
            } else if !look.ends_with('#') {
                look.push('#');
            }
        }
        places.entry(look).or_default().push(index);
    }
    places
}

/// Whether lines that look the same and stand in these places may head pages.
fn may_head_pages(look: &str, places: &[usize]) -> bool {
    let letters = look.chars().filter(|c| c.is_alphabetic()).count();
    places.len() >= 3
        && letters >= 4
        && (look.contains('#') || letters >= 12)
        && (!look.ends_with(['.', ':', ';']) || look.ends_with(" et al."))
        && places.windows(2).all(|pair| pair[1] - pair[0] >= 12)
}

/// Whether lines that look the same head pages: where most of them stand, they interrupt a sentence
/// or a page ends. A heading that comes three times does neither. `furniture` tells blank lines,
/// page numbers and other such lines.
fn is_running_head(places: &[usize], lines: &[Line<'_>], width: usize, furniture: &dyn Fn(usize) -> bool) -> bool {
    const NEAR: usize = 5;
    let interrupts = |place: &&usize| {
        let place = **place;
        let before = || (place.saturating_sub(NEAR)..place).rev();
        let after = || place + 1..(place + 1 + NEAR).min(lines.len());
        let page_ends = lines[place].ends_page
            || before().take_while(|i| furniture(*i)).any(|i| lines[i].ends_page)
            || after().take_while(|i| furniture(*i)).any(|i| lines[i].ends_page);
        let above = before().find(|i| !furniture(*i)).map(|i| lines[i].trimmed());
        let below = after().find(|i| !furniture(*i)).map(|i| lines[i].trimmed());
        let full_line = lines[place].trimmed().chars().count() * 100 > width * 90;
        let torn = above.is_some_and(|line| !ends_paragraph(line) && !line.ends_with(':'))
            || below.is_some_and(|line| line.starts_with(char::is_lowercase));
        page_ends || (torn && !full_line)
    };
    places.iter().filter(interrupts).count() * 2 >= places.len()
}

/// Whether the text carries the line numbers of a submission system on lines of their own.
fn numbered_lines(lines: &[Line<'_>]) -> bool {
    let numbers: Vec<u32> = lines.iter().filter_map(|l| l.trimmed().parse().ok()).collect();
    let rising = numbers.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
    numbers.len() >= 30 && rising * 10 >= numbers.len() * 8
}

/// A line of JSON that a page carried along.
fn is_json(line: &str) -> bool {
    line.len() > 80
        && (line.starts_with("{\"") || line.starts_with("[{"))
        && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok()
}

/// Whether a line may be the last of its paragraph.
pub(super) fn ends_paragraph(line: &str) -> bool {
    let bare = line.trim_end_matches([')', ']', '"', '\'', '\u{201d}', '\u{2019}']);
    bare.ends_with(['.', '?', '!', '\u{3002}']) || line.ends_with(']')
}

pub(super) fn is_capitals(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphabetic());
    let (mut upper, mut all) = (0, 0);
    for c in letters {
        all += 1;
        upper += usize::from(c.is_uppercase());
    }
    all >= 4 && upper * 10 >= all * 9 && line.split_whitespace().count() <= 12
}

/// The depth of a heading's number: 1 for `2` or `2.`, 2 for `2.1`; `None` without a number.
pub(super) fn numbering_depth(line: &str) -> Option<u8> {
    let (number, rest) = line.split_once([' ', '\t'])?;
    let parts: Vec<&str> = number.trim_end_matches(['.', ')']).split('.').collect();
    let numeric = parts.len() <= 4
        && parts.iter().all(|p| !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit()));
    (numeric && rest.trim().starts_with(char::is_uppercase)).then_some(parts.len() as u8)
}

/// What opens a list item.
pub(super) struct Bullet {
    /// Bytes of the mark and the space after it.
    pub(super) length: usize,
    /// The number, where it is one.
    pub(super) ordinal: Option<u64>,
}

/// The bullet or number that opens a list item.
pub(super) fn bullet(line: &str) -> Option<Bullet> {
    let mut length = 0;
    let mut rest = line;
    let mut marked = false;
    if let Some(mark) = rest.chars().next().filter(|c| {
        matches!(
            c,
            '\u{2022}'
                | '\u{25cf}'
                | '\u{25aa}'
                | '\u{b7}'
                | '\u{2023}'
                | '\u{25e6}'
                | '-'
                | '*'
                | '\u{2013}'
                | '\u{f0b7}'
        )
    }) {
        let after = &rest[mark.len_utf8()..];
        let trimmed = after.trim_start();
        if after.len() == trimmed.len() {
            return None;
        }
        length += rest.len() - trimmed.len();
        rest = trimmed;
        marked = true;
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=3).contains(&digits) && rest[digits..].starts_with(['.', ')']) && rest[digits + 1..].starts_with(' ') {
        let ordinal = rest[..digits].parse().ok();
        let body = rest[digits + 1..].trim_start();
        return Some(Bullet { length: length + rest.len() - body.len(), ordinal });
    }
    if let Some(inner) = rest.strip_prefix('(')
        && let Some(close) = inner.find(')')
        && close <= 3
        && let Ok(ordinal) = inner[..close].parse()
        && inner[close + 1..].starts_with(' ')
    {
        let body = inner[close + 1..].trim_start();
        return Some(Bullet { length: length + rest.len() - body.len(), ordinal: Some(ordinal) });
    }
    marked.then_some(Bullet { length, ordinal: None })
}

fn starts_listing(line: &str) -> bool {
    bullet(line).is_some() || is_caption(line)
}

pub(super) fn is_keyword_line(line: &str) -> bool {
    let lower = line.get(..12).unwrap_or(line).to_ascii_lowercase();
    ["keywords:", "key words:", "keywords ", "index terms:", "received:", "doi:"].iter().any(|k| lower.starts_with(k))
}

/// `Context: …`, `Mechanism (response): …`, `CMOC3: …`: a labelled line begins a paragraph of its own.
pub(super) fn label_of_form(line: &str) -> bool {
    let Some((label, _)) = line.split_once(':') else { return false };
    let words = label.split_whitespace().count();
    let mut first = label.split_whitespace();
    let head = first.next().unwrap_or_default().to_lowercase();
    words <= 4
        && (matches!(
            head.trim_end_matches('s'),
            "context"
                | "mechanism"
                | "outcome"
                | "intervention"
                | "actor"
                | "strategy"
                | "resource"
                | "response"
                | "reasoning"
        ) || ["cmo", "icmo", "icamo", "scmo", "ipt", "pt", "configuration"].iter().any(|p| head.starts_with(p)))
}

/// The label that opens a paragraph and that section names know: `Methods: We searched …`.
pub(super) fn run_in_label(text: &str, names: &SectionNames) -> Option<Range<usize>> {
    let stop = text.char_indices().take(60).find(|(_, c)| matches!(c, ':' | '.' | '\u{ff1a}'))?.0;
    let label = text[..stop].trim_end();
    let words = label.split_whitespace().count();
    (!label.is_empty() && words <= 6 && names.knows(label)).then_some(0..label.len())
}

/// Labels of abstracts, a longer one before its beginning.
const LABELS: [&str; 24] = [
    "Background",
    "Introduction",
    "Context",
    "Aims",
    "Aim",
    "Objectives",
    "Objective",
    "Purpose",
    "Design and setting",
    "Design",
    "Setting",
    "Data sources",
    "Participants",
    "Methods",
    "Method",
    "Results",
    "Findings",
    "Conclusions",
    "Conclusion",
    "Discussion",
    "Implications",
    "Limitations",
    "Interpretation",
    "Funding",
];

/// Labels glued to the text that follows them, as web pages lose the markup between (`BackgroundMany people …`).
fn glued_labels(block: &Block) -> Vec<Range<usize>> {
    let text = &block.text;
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, first) in text.char_indices() {
        if !first.is_ascii_uppercase() || found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let glued_at = |label: &&str| {
            let rest = text[at..].strip_prefix(*label)?;
            let before = &text[..at];
            let opens = at == 0 || before.trim_end().ends_with(['.', '?', ')', ']']) || before.ends_with("Abstract ");
            let glued = rest.starts_with(char::is_uppercase)
                && (at == 0 || !before.ends_with(' ') || before.ends_with(". "))
                || (opens && rest.starts_with(' ') && rest.trim_start().starts_with(char::is_uppercase));
            (opens && glued).then_some(at..at + label.len())
        };
        found.extend(LABELS.iter().find_map(glued_at));
    }
    found
}

/// Whether a line begins with such a label.
fn opens_with_glued_label(line: &str) -> bool {
    LABELS.iter().any(|label| line.strip_prefix(label).is_some_and(|rest| rest.starts_with(char::is_uppercase)))
}

/// Whether a line names people and nothing else: capitalised words and initials, parted by commas or `and`.
pub(super) fn names_people(line: &str, names: &SectionNames) -> bool {
    const JOINERS: [&str; 18] = [
        "and", "&", "de", "van", "von", "der", "den", "la", "le", "del", "di", "da", "el", "bin", "al", "y", "e", "ter",
    ];
    let words: Vec<&str> = line.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphabetic() && c != '.').to_owned();
    let initial = |word: &str| {
        let word = bare(word);
        word.len() <= 6 && word.ends_with('.') && word.split('.').all(|p| p.chars().count() <= 1 || p.starts_with('-'))
    };
    let parted = line.contains([',', ';']) || words.iter().any(|w| initial(w));
    parted
        && (2..=60).contains(&words.len())
        && words.iter().all(|w| JOINERS.contains(w) || bare(w).is_empty() || bare(w).starts_with(char::is_uppercase))
        && !line.ends_with(['.', '?', '!', ':'])
        && !line.split([',', ';']).any(|part| names.knows(part))
}

/// Splits a block before each label; each part has its label as its run-in.
fn split_at(block: &Block, labels: &[Range<usize>]) -> Vec<Block> {
    let mut parts = Vec::new();
    let mut cuts: Vec<(usize, Option<usize>)> = Vec::new();
    if labels[0].start > 0 {
        cuts.push((0, None));
    }
    cuts.extend(labels.iter().map(|r| (r.start, Some(r.len()))));
    for (index, (start, label)) in cuts.iter().enumerate() {
        let end = cuts.get(index + 1).map_or(block.text.len(), |next| next.0);
        let mut plain = PlainText::new();
        plain.push_plain(&block.text, &block.map, *start..end);
        if let Some(mut part) = Block::new(block.kind.clone(), plain) {
            part.run_in = label.map(|length| 0..length);
            part.boxed = block.boxed;
            parts.push(part);
        }
    }
    parts
}

/// A line that may be the title of a paper.
pub(super) fn looks_like_title(line: &str) -> bool {
    let characters = line.chars().count();
    let chinese = line.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    if chinese >= 8 {
        return characters <= 120;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let commas = line.matches(',').count();
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    let lower = words.iter().filter(|w| w.starts_with(char::is_lowercase)).count();
    let telling =
        ["review", "synthesis", "evaluation", "study", "protocol", "trial", "analysis", "meta-narrative", "report"]
            .iter()
            .any(|w| line.to_lowercase().contains(w));
    (words.len() >= 5 || (telling && words.len() >= 3))
        && characters <= 330
        && !line.contains('@')
        && (telling || !line.starts_with(char::is_lowercase))
        && digits * 8 <= characters
        && (commas * 4 <= words.len() || telling)
        && (lower * 4 >= words.len() || telling || is_capitals(line))
        && !line.to_lowercase().starts_with("research open access")
}

fn continues_title(lines: &[Line<'_>], at: usize) -> bool {
    let (previous, line) = (lines[at - 1].trimmed(), lines[at].trimmed());
    !line.is_empty()
        && !previous.ends_with(['.', '?'])
        && (line.starts_with(char::is_lowercase)
            || previous.ends_with([',', ':', '-'])
            || previous
                .split_whitespace()
                .next_back()
                .is_some_and(|w| matches!(w, "a" | "an" | "the" | "of" | "and" | "for" | "in" | "to" | "with" | "on")))
        && line.bytes().filter(u8::is_ascii_digit).count() <= 2
}

/// Byte ranges of the cells of a line: split at tabs, or at pipes, or at gaps of so many spaces.
fn cell_ranges(line: &str, spaces: usize) -> Vec<Range<usize>> {
    let trim = |range: Range<usize>| {
        let piece = &line[range.clone()];
        let start = range.start + (piece.len() - piece.trim_start().len());
        start..start + piece.trim().len()
    };
    if line.contains('\t') {
        let mut cells = Vec::new();
        let mut at = 0;
        for piece in line.split('\t') {
            cells.push(trim(at..at + piece.len()));
            at += piece.len() + 1;
        }
        while cells.last().is_some_and(Range::is_empty) {
            cells.pop();
        }
        return cells;
    }
    if line.trim_start().starts_with('|') && line.trim_end().ends_with('|') && line.matches('|').count() >= 3 {
        let mut cells = Vec::new();
        let mut at = line.find('|').unwrap_or(0) + 1;
        let end = line.rfind('|').unwrap_or(line.len());
        for piece in line[at..end].split('|') {
            cells.push(trim(at..at + piece.len()));
            at += piece.len() + 1;
        }
        return cells;
    }
    let mut cells = Vec::new();
    let mut start = line.len() - line.trim_start().len();
    let bytes = line.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        let gap = bytes[at..].iter().take_while(|b| **b == b' ').count();
        if gap >= spaces && at + gap < bytes.len() {
            cells.push(start..at);
            start = at + gap;
            at = start;
        } else {
            at += gap.max(1);
        }
    }
    if start < line.trim_end().len() {
        cells.push(start..line.trim_end().len());
    }
    cells
}
