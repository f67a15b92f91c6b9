//! Paragraphs to blocks: what is the title, a heading, a caption, a note; and the text that spans
//! point into.

use rustc_hash::FxHashMap;

use super::paragraphs::{Item, Paragraph, Piece, Usual, join, opens_note};
use super::tables::Rows;
use super::words::Line;
use crate::manuscript::{Block, BlockKind, SectionNames};
use crate::read::markdown::{is_caption, table_row};
use crate::read::text::{
    bullet, divided_word, ends_paragraph, is_capitals, is_keyword_line, looks_like_title, names_people,
    numbering_depth, run_in_label,
};
use crate::source::{PlainText, SourceId};

const FILE: SourceId = SourceId(0);

/// What a PDF's lines become.
pub(super) struct LaidOut {
    /// The text, a line a line, that spans point into.
    pub(super) text: String,
    /// First byte and 1-based page, where the page changes.
    pub(super) pages: Vec<(usize, usize)>,
    pub(super) blocks: Vec<Block>,
}

/// Makes blocks of all lines and tables.
pub(super) fn lay_out(items: Vec<Item>, names: &SectionNames) -> LaidOut {
    let usual = Usual::of(&items);
    let pieces = join(items, usual, names);
    let kinds = Kinds::new(&pieces, usual, names).tell();
    let mut writer = Writer {
        words: word_counts(&pieces),
        names,
        out: LaidOut { text: String::new(), pages: Vec::new(), blocks: Vec::new() },
        tables: 0,
    };
    for (piece, kind) in pieces.into_iter().zip(kinds) {
        match piece {
            Piece::Table(rows, page) => writer.table(rows, page),
            Piece::Paragraph(paragraph) => writer.paragraph(&paragraph, kind),
        }
    }
    writer.out
}

/// How often each word stands in the text, so that divided words can be joined as they are written elsewhere.
fn word_counts(pieces: &[Piece]) -> FxHashMap<String, u32> {
    let mut words = FxHashMap::default();
    for piece in pieces {
        if let Piece::Paragraph(paragraph) = piece {
            for text in &paragraph.texts {
                let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
                for word in parts.filter(|word| word.len() > 3 && !word.ends_with('-')) {
                    *words.entry(word.to_lowercase()).or_insert(0) += 1;
                }
            }
        }
    }
    words
}

/// How a heading looks: headings that look alike are of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Style {
    /// Half points, counted down, so that larger ones come first.
    smaller: i32,
    regular: bool,
    small_letters: bool,
    slanted: bool,
}

/// Tells what each piece is.
struct Kinds<'a> {
    pieces: &'a [Piece],
    usual: Usual,
    names: &'a SectionNames,
    kinds: Vec<BlockKind>,
    /// Most of the text is set bold: weight says nothing.
    bold_text: bool,
}

impl<'a> Kinds<'a> {
    fn new(pieces: &'a [Piece], usual: Usual, names: &'a SectionNames) -> Self {
        let (mut bold, mut all) = (0, 0);
        for piece in pieces {
            if let Piece::Paragraph(p) = piece {
                all += p.lines.len();
                bold += p.lines.iter().filter(|l| l.bold).count();
            }
        }
        Self { pieces, usual, names, kinds: vec![BlockKind::Paragraph; pieces.len()], bold_text: bold * 2 > all }
    }

    fn tell(mut self) -> Vec<BlockKind> {
        let headings: Vec<Option<Style>> = (0..self.pieces.len()).map(|index| self.heading_style(index)).collect();
        let levels = self.levels(&headings);
        for (index, piece) in self.pieces.iter().enumerate() {
            let Piece::Paragraph(paragraph) = piece else { continue };
            let text = paragraph.text();
            let first = paragraph.texts[0].as_str();
            self.kinds[index] = if let Some(style) = headings[index] {
                let level = numbering_depth(&text).filter(|_| style.smaller > i32::MIN);
                let by_style = levels.iter().find(|(known, _)| *known == style).map_or(2, |(_, level)| *level);
                BlockKind::Heading { level: level.unwrap_or(by_style) }
            } else if is_caption(first) {
                BlockKind::Caption
            } else if paragraph.at_foot {
                if paragraph.first().page == 0 && !opens_note(first) {
                    BlockKind::Metadata
                } else {
                    BlockKind::Footnote
                }
            } else if let Some(found) = bullet(first) {
                BlockKind::ListItem { ordinal: found.ordinal }
            } else if is_keyword_line(first) || self.is_label_of_figure(paragraph, &text) {
                BlockKind::Metadata
            } else {
                BlockKind::Paragraph
            };
        }
        self.front();
        self.kinds
    }

    /// Small, short scraps of text: what stands inside a figure.
    fn is_label_of_figure(&self, paragraph: &Paragraph, text: &str) -> bool {
        paragraph.first().size < 0.87 * self.usual.size
            && text.split_whitespace().count() <= 7
            && !ends_paragraph(text)
            && !self.names.knows(text)
    }

    /// The look of a paragraph that is a heading; `None` where it is none.
    fn heading_style(&self, index: usize) -> Option<Style> {
        let Piece::Paragraph(paragraph) = &self.pieces[index] else { return None };
        let text = paragraph.text();
        let line = paragraph.first();
        let style = self.style(line, &text);
        let words = text.split_whitespace().count();
        if words == 0 || words > 24 || text.len() > 200 || paragraph.lines.len() > 3 || paragraph.at_foot {
            return None;
        }
        if !text.chars().any(char::is_alphabetic) || is_caption(&text) {
            return None;
        }
        let listed = bullet(&text).is_some_and(|found| found.ordinal.is_none());
        let known = self.names.knows(text.trim_end_matches([':', '.']));
        if listed || text.ends_with([';', ',', '-']) || (text.ends_with(['.', ':']) && !known) {
            return None;
        }
        let next = self.next_paragraph(index)?;
        let next_text = next.texts[0].as_str();
        if next_text.starts_with(char::is_lowercase) && next.first().page == paragraph.last().page {
            return None;
        }
        let starts_well = text.starts_with(|c: char| {
            c.is_uppercase() || c.is_numeric() || matches!(c, '\'' | '"' | '\u{201c}' | '\u{2018}')
        }) || !text.starts_with(|c: char| c.is_ascii() || c.is_lowercase());
        if !starts_well {
            return None;
        }
        let larger = line.size > 1.07 * self.usual.size;
        let bold = line.bold && !self.bold_text && line.size > 0.86 * self.usual.size;
        let capitals = is_capitals(&text) && line.size > 0.9 * self.usual.size;
        let apart = self.usual.is_set_apart(line)
            && self.usual.is_prose(next.first())
            && line.size > 0.93 * self.usual.size
            && words <= 16
            && line.width() < 0.85 * next.first().width().max(1.0);
        let differs = larger || bold || capitals || apart;
        let single = paragraph.lines.len() == 1;
        if known && single && words <= 8 && (differs || paragraph.set_off || line.italic || self.stands_alone(index)) {
            return Some(style);
        }
        if larger && line.size > 0.0 {
            return Some(style);
        }
        if bold || capitals || apart {
            return (paragraph.set_off || single).then_some(style);
        }
        let numbered = numbering_depth(&text).is_some_and(|depth| depth >= 2 || paragraph.set_off);
        let short = line.width() < 0.8 * next.first().width().max(1.0) && words <= 12;
        if single && short && numbered && bullet(&text).is_none() && next_text.len() > 20 {
            return Some(style);
        }
        (single && short && line.italic && !next.first().italic && paragraph.set_off && words >= 2).then_some(style)
    }

    /// Whether a line ends well before the column does and prose begins on the next.
    fn stands_alone(&self, index: usize) -> bool {
        let Piece::Paragraph(paragraph) = &self.pieces[index] else { return false };
        self.next_paragraph(index).is_some_and(|next| paragraph.first().width() < 0.5 * next.first().width())
    }

    fn next_paragraph(&self, index: usize) -> Option<&'a Paragraph> {
        self.pieces[index + 1..].iter().take(6).find_map(|piece| match piece {
            Piece::Paragraph(next) => Some(next),
            Piece::Table(..) => None,
        })
    }

    fn style(&self, line: &Line, text: &str) -> Style {
        Style {
            smaller: -((line.size * 2.0).round() as i32),
            regular: (!line.bold || self.bold_text) && (line.italic || !self.usual.is_set_apart(line)),
            small_letters: !is_capitals(text),
            slanted: line.italic,
        }
    }

    /// The level of each style: that of the sections of a paper is 1, and so is what is larger.
    fn levels(&self, headings: &[Option<Style>]) -> Vec<(Style, u8)> {
        let mut styles: Vec<(Style, usize)> = Vec::new();
        for (style, piece) in headings.iter().zip(self.pieces) {
            let (Some(style), Piece::Paragraph(paragraph)) = (style, piece) else { continue };
            let known = usize::from(self.names.knows(&paragraph.text()));
            match styles.iter_mut().find(|(other, _)| other == style) {
                Some((_, count)) => *count += known,
                None => styles.push((*style, known)),
            }
        }
        styles.sort_by_key(|(style, _)| *style);
        let main = styles
            .iter()
            .position(|(_, known)| *known >= 3)
            .or_else(|| styles.iter().position(|(_, known)| *known >= 2))
            .unwrap_or(0);
        styles
            .into_iter()
            .enumerate()
            .map(|(rank, (style, _))| (style, 1 + (rank.saturating_sub(main)).min(5) as u8))
            .collect()
    }

    /// The title, and what stands between it and the first section: authors, addresses, dates.
    fn front(&mut self) {
        let is_section = |index: usize| match &self.pieces[index] {
            Piece::Paragraph(p) => {
                let text = p.text();
                (matches!(self.kinds[index], BlockKind::Heading { .. }) && self.names.knows(&text))
                    || run_in_label(&text, self.names).is_some() && text.split_whitespace().count() > 12
            }
            Piece::Table(..) => false,
        };
        let limit = self.pieces.len().min(60);
        let first_section = (0..limit).find(|index| is_section(*index));
        let end = first_section.unwrap_or(limit);
        let candidate = |index: usize| -> Option<(f32, &Paragraph)> {
            let Piece::Paragraph(p) = &self.pieces[index] else { return None };
            let text = p.text();
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            let fits = p.first().page <= 1 && letters >= 8 && text.len() < 400 && p.lines.len() <= 8;
            (fits && !names_people(&text, self.names)).then_some((p.first().size, p))
        };
        let largest = (0..end)
            .filter_map(|index| candidate(index).map(|(size, _)| (index, size)))
            .filter(|(_, size)| *size > 1.1 * self.usual.size)
            .fold(None, |best: Option<(usize, f32)>, (index, size)| match best {
                Some((_, known)) if known >= size - 0.2 => best,
                _ => Some((index, size)),
            })
            .map(|(index, _)| index);
        let looks = |index: &usize| candidate(*index).is_some_and(|(_, p)| looks_like_title(&p.text()));
        let Some(title) = largest.or_else(|| (0..end.min(12)).find(looks)) else { return };
        self.kinds[title] = BlockKind::Title;
        // A subtitle in the same letters belongs to it; blocks can't be joined here, so it stays beside it.
        for index in 0..end {
            let Piece::Paragraph(p) = &self.pieces[index] else { continue };
            if index == title {
                continue;
            }
            let text = p.text();
            let prose = text.len() > 260 && ends_paragraph(&text) && !text.contains('@') && index > title;
            if prose {
                if first_section.is_none() {
                    break;
                }
                continue;
            }
            let heading = matches!(self.kinds[index], BlockKind::Heading { .. });
            if index < title || first_section.is_some() || !heading {
                self.kinds[index] = BlockKind::Metadata;
            } else if heading && index > title + 8 {
                break;
            }
        }
    }
}

/// Writes blocks and the text that they come from.
struct Writer<'a> {
    words: FxHashMap<String, u32>,
    names: &'a SectionNames,
    out: LaidOut,
    tables: usize,
}

impl Writer<'_> {
    /// Writes a line into the text; gives the byte at which it begins.
    fn line(&mut self, text: &str, page: usize) -> usize {
        let at = self.out.text.len();
        if self.out.pages.last().is_none_or(|(_, last)| *last != page + 1) {
            self.out.pages.push((at, page + 1));
        }
        self.out.text.push_str(text);
        self.out.text.push('\n');
        at
    }

    /// Adds lines to a plain text, joined by spaces, words divided at their ends joined.
    fn append(&mut self, plain: &mut PlainText, lines: &[(&str, usize)], skip: usize) {
        let mut glued = true;
        for (index, (text, page)) in lines.iter().enumerate() {
            let lead = if index == 0 { skip } else { 0 };
            let body = text.trim_end();
            let at = self.line(body, *page);
            if !glued {
                plain.push_replacement(FILE, at, 0, " ");
            }
            let slice = &body[lead.min(body.len())..];
            let next = lines.get(index + 1).map(|(next, _)| next.trim());
            let (keep, glue) = next.map_or((slice.len(), false), |next| divided_word(&self.words, slice, next));
            glued = glue;
            plain.push_source(FILE, at + lead.min(body.len()), &slice[..keep]);
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph, kind: BlockKind) {
        let first = paragraph.texts[0].as_str();
        let skip = match &kind {
            BlockKind::ListItem { .. } => bullet(first).map_or(0, |found| found.length),
            _ => 0,
        };
        let lines: Vec<(&str, usize)> =
            paragraph.texts.iter().map(String::as_str).zip(paragraph.lines.iter().map(|l| l.page)).collect();
        let mut plain = PlainText::new();
        self.append(&mut plain, &lines, skip);
        let Some(mut block) = Block::new(kind, plain) else { return };
        if block.is_prose() {
            block.run_in = run_in_label(&block.text, self.names);
        }
        block.page = Some(paragraph.first().page + 1);
        self.out.blocks.push(block);
    }

    fn table(&mut self, rows: Rows, page: usize) {
        let table = self.tables;
        self.tables += 1;
        for (number, row) in rows.into_iter().enumerate() {
            let mut plain = PlainText::new();
            let mut cells = Vec::new();
            for (index, cell) in row.iter().enumerate() {
                if index > 0 {
                    let at = self.out.text.len();
                    plain.push_replacement(FILE, at, 0, " | ");
                }
                let start = plain.as_str().len();
                let texts: Vec<(String, usize)> = cell.iter().map(|line| (line.text(), line.page)).collect();
                let lines: Vec<(&str, usize)> = texts.iter().map(|(text, page)| (text.as_str(), *page)).collect();
                self.append(&mut plain, &lines, 0);
                cells.push(start..plain.as_str().len());
            }
            if let Some(mut block) = table_row(plain, cells, table, number == 0) {
                block.page = Some(page + 1);
                self.out.blocks.push(block);
            }
        }
    }
}
