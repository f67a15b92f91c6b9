//! From paragraphs to blocks: title, front matter, headings, captions, lists.
//!
//! Where the writer used styles, styles decide. Many don't: then a heading is a short paragraph that
//! stands out (bold, underlined, larger, in capitals) or that headings are known to say, and which
//! of them are the outer ones is told by those that name the usual parts of a paper.

use super::draught::{Draught, Shape};
use super::styles::Use;
use crate::manuscript::{Block, BlockKind, Role, SectionNames};
use crate::read::markdown::{is_caption, run_in};
use crate::read::text::{is_keyword_line, looks_like_title, numbering_depth, run_in_label};
use crate::source::PlainText;

/// The title stands among the first paragraphs.
const TITLE_AMONG: usize = 12;
/// What stands under one label of a structured abstract has no more words than this.
const LONGEST_LABELLED: usize = 260;
/// A structured abstract has no more labels than this.
const MOST_LABELS: usize = 24;
/// Front matter goes on for no more paragraphs than this.
const LONGEST_FRONT: usize = 60;

/// How a paragraph stands out, the strongest first.
type Prominence = (u16, bool, bool, bool, bool);

/// What is decided about a paragraph before it becomes a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// By its style.
    Open,
    Title,
    /// Goes on with the title in the block before.
    TitleGoesOn,
    Heading(u8),
    Front,
}

/// Turns draughts into blocks.
pub(super) fn lay_out(draughts: Vec<Draught>, names: &SectionNames) -> Vec<Block> {
    let mut plan = Plan::new(&draughts, names);
    plan.headings();
    plan.title();
    plan.repeated_title();
    plan.front();
    let implied_abstract = plan.implied_abstract();
    let verdicts = plan.verdicts;
    let top = verdicts
        .iter()
        .filter_map(|v| if let Verdict::Heading(level) = v { Some(*level) } else { None })
        .min()
        .unwrap_or(1);
    let mut page = Page {
        names,
        top,
        blocks: Vec::new(),
        notes: Vec::new(),
        entries: Vec::new(),
        labelled: true,
        abstract_level: None,
    };
    for (index, (mut draught, verdict)) in draughts.into_iter().zip(verdicts).enumerate() {
        if implied_abstract == Some(index) {
            draught.style.usage = Use::Abstract;
        }
        page.add(draught, verdict);
    }
    page.finish()
}

struct Plan<'a> {
    draughts: &'a [Draught],
    names: &'a SectionNames,
    verdicts: Vec<Verdict>,
    /// The size of most of the text, in half points.
    body_size: u16,
}

impl<'a> Plan<'a> {
    fn new(draughts: &'a [Draught], names: &'a SectionNames) -> Self {
        let mut sizes: std::collections::BTreeMap<u16, usize> = std::collections::BTreeMap::new();
        for draught in draughts.iter().filter(|d| matches!(d.shape, Shape::Paragraph)) {
            *sizes.entry(draught.appearance.size).or_default() += draught.plain.as_str().len();
        }
        let body_size = sizes.into_iter().max_by_key(|(_, length)| *length).map_or(0, |(size, _)| size);
        Self { draughts, names, verdicts: vec![Verdict::Open; draughts.len()], body_size }
    }

    fn text(&self, index: usize) -> &'a str {
        self.draughts[index].plain.as_str().trim()
    }

    fn is_plain_paragraph(&self, index: usize) -> bool {
        let draught = &self.draughts[index];
        matches!(draught.shape, Shape::Paragraph) && !draught.boxed
    }

    fn prominence(&self, index: usize) -> Prominence {
        let look = &self.draughts[index].appearance;
        (look.size, look.all_capitals(), look.all_bold(), look.all_underlined(), look.all_italic())
    }

    /// Whether a paragraph without a heading's style may be a heading.
    fn may_be_heading(&self, index: usize) -> bool {
        let draught = &self.draughts[index];
        let text = self.text(index);
        let words = text.split_whitespace().count();
        if !self.is_plain_paragraph(index)
            || draught.style.level.is_some()
            || draught.style.usage != Use::Body
            || !(1..=14).contains(&words)
            || text.contains('\n')
            || text.ends_with(['.', ',', ';'])
            || !text.chars().any(char::is_alphabetic)
            || is_caption(text)
            || is_keyword_line(text)
        {
            return false;
        }
        draught
            .numbered
            .as_ref()
            .is_none_or(|n| n.ordinal.is_some() && (draught.appearance.all_bold() || self.names.knows(text)))
    }

    fn stands_out(&self, index: usize) -> bool {
        let look = &self.draughts[index].appearance;
        look.all_bold() || look.all_italic() || look.all_underlined()
    }

    fn headings(&mut self) {
        let styled: Vec<usize> = (0..self.draughts.len())
            .filter(|i| self.is_plain_paragraph(*i) && self.draughts[*i].style.level.is_some())
            .collect();
        let known_styled = styled.iter().filter(|i| self.names.role_of_heading(self.text(**i)).is_some()).count();
        for &index in &styled {
            self.verdicts[index] = Verdict::Heading(self.draughts[index].style.level.unwrap_or(1));
        }
        let candidates: Vec<usize> = (0..self.draughts.len()).filter(|i| self.may_be_heading(*i)).collect();
        let known: Vec<usize> = candidates.iter().copied().filter(|i| self.names.knows(self.text(*i))).collect();
        if styled.is_empty() || (known_styled <= 1 && known.len() >= 3) {
            self.unstyled_headings(&candidates, &known);
            return;
        }
        let mut last = 0;
        for index in 0..self.draughts.len() {
            if let Verdict::Heading(level) = self.verdicts[index] {
                last = level;
            } else if last > 0 && self.stands_out(index) && candidates.binary_search(&index).is_ok() {
                self.verdicts[index] = Verdict::Heading((last + 1).min(9));
            }
        }
    }

    /// A document whose headings are only made to look like some.
    fn unstyled_headings(&mut self, candidates: &[usize], known: &[usize]) {
        let (draughts, names) = (self.draughts, self.names);
        let main = |index: &usize| {
            let role = names.role_of_heading(draughts[*index].plain.as_str().trim());
            matches!(role, Some(Role::Introduction | Role::Methods | Role::Results | Role::Discussion))
        };
        let first = known.first().copied().unwrap_or(0);
        let is_heading = |index: usize| {
            let (text, prominence) = (self.text(index), self.prominence(index));
            let is_known = self.names.knows(text);
            let plain = !self.stands_out(index) && prominence.0 <= self.body_size && !prominence.1;
            (index >= first || is_known) && (!plain || is_known || numbering_depth(text).is_some())
        };
        let found: Vec<usize> = candidates.iter().copied().filter(|i| is_heading(*i)).collect();
        let of_abstract = self.labels_of_abstract(&found);
        let known_outside: Vec<usize> = known.iter().copied().filter(|i| !of_abstract.contains(i)).collect();
        let outer = known_outside.iter().find(|i| main(i)).or(known_outside.first()).map(|i| self.prominence(*i));
        let Some(outer) = outer else {
            // Nothing that papers usually say: what stands out is a heading all the same, if prose follows.
            for &index in candidates {
                let prose = self.draughts.get(index + 1).is_some_and(|d| d.plain.as_str().len() > 120);
                if index > 0
                    && prose
                    && (self.stands_out(index) || self.draughts[index].appearance.size > self.body_size)
                {
                    self.verdicts[index] = Verdict::Heading(1);
                }
            }
            return;
        };
        let mut roles: Vec<Role> = found
            .iter()
            .filter(|i| !of_abstract.contains(i) && self.prominence(**i) == outer && names.knows(self.text(**i)))
            .filter_map(|i| names.role_of_heading(self.text(*i)))
            .collect();
        roles.sort_unstable();
        roles.dedup();
        // A paper with its usual parts: what else looks like their headings stands under them.
        let whole = [Role::Introduction, Role::Methods, Role::Results, Role::Discussion]
            .iter()
            .filter(|r| roles.contains(r))
            .count()
            >= 3;
        let chapters = found.iter().any(|i| is_chapter(self.text(*i)));
        for index in found {
            let (text, prominence) = (self.text(index), self.prominence(index));
            let is_known = names.knows(text);
            let level = match numbering_depth(text) {
                _ if of_abstract.contains(&index) => 2,
                Some(depth) => depth,
                None if is_chapter(text) || (is_known && prominence >= outer) => 1,
                None if prominence > outer || (prominence == outer && !whole && !chapters) => 1,
                None if is_known
                    && (main(&index)
                        || matches!(names.role_of_heading(text), Some(Role::Abstract | Role::References))) =>
                {
                    1
                }
                None => 2,
            };
            self.verdicts[index] = Verdict::Heading(level);
        }
    }

    /// Which of the headings are the labels of a structured abstract. They come right after its
    /// heading, each once, with little text, before the paper's own parts begin.
    fn labels_of_abstract(&self, headings: &[usize]) -> std::collections::BTreeSet<usize> {
        let mut labels = std::collections::BTreeSet::new();
        let role = |index: usize| self.names.role_of_heading(self.text(index));
        let words =
            |from: usize, to: usize| (from + 1..to).map(|i| self.text(i).split_whitespace().count()).sum::<usize>();
        let Some(at) = headings.iter().position(|i| role(*i) == Some(Role::Abstract)) else { return labels };
        let mut seen: Vec<String> = Vec::new();
        let mut past_introduction = false;
        for (number, &index) in headings.iter().enumerate().skip(at + 1) {
            let name = self.text(index).trim_end_matches(':').to_lowercase();
            let unlabelled = seen.is_empty() && words(headings[at], index) > 0;
            let begins_paper = name == "introduction" || (past_introduction && role(index) == Some(Role::Introduction));
            let next = headings.get(number + 1).copied().unwrap_or(self.draughts.len());
            if unlabelled
                || begins_paper
                || seen.len() >= MOST_LABELS
                || seen.contains(&name)
                || words(index, next) > LONGEST_LABELLED
            {
                break;
            }
            past_introduction |=
                matches!(role(index), Some(Role::Methods | Role::Results | Role::Discussion | Role::Conclusion));
            seen.push(name);
            labels.insert(index);
        }
        labels
    }

    fn first_heading(&self) -> Option<usize> {
        self.verdicts.iter().position(|v| matches!(v, Verdict::Heading(_)))
    }

    fn title(&mut self) {
        let mut found = false;
        for index in 0..self.draughts.len() {
            if !self.is_plain_paragraph(index) {
                continue;
            }
            let after_title = index > 0 && matches!(self.verdicts[index - 1], Verdict::Title | Verdict::TitleGoesOn);
            match self.draughts[index].style.usage {
                Use::Title if !found => {
                    self.verdicts[index] = Verdict::Title;
                    found = true;
                }
                Use::Title | Use::Subtitle if after_title => self.verdicts[index] = Verdict::TitleGoesOn,
                // Theses put the titles of chapters in the style of the title.
                Use::Title => self.verdicts[index] = Verdict::Heading(1),
                _ => {}
            }
        }
        if found {
            return;
        }
        let first = self.first_heading();
        if first.is_some_and(|i| !self.names.knows(self.text(i)) && (0..i).all(|j| self.text(j).len() < 200)) {
            // A heading that names no part of a paper, above all others: the title, as elsewhere.
            return;
        }
        let before = first.unwrap_or(self.draughts.len());
        let mut paragraphs = (0..before).filter(|i| self.is_plain_paragraph(*i)).take(TITLE_AMONG);
        let is_title = |index: usize| {
            let (text, draught) = (self.text(index), &self.draughts[index]);
            let set_off = self.stands_out(index)
                || draught.appearance.size > self.body_size
                || draught.style.centred
                || index == 0;
            set_off && draught.numbered.is_none() && text.len() < 400 && looks_like_title(text)
        };
        if let Some(index) = paragraphs.find(|i| is_title(*i)) {
            self.verdicts[index] = Verdict::Title;
        }
    }

    /// A heading that says the title again, as on web pages turned into documents, heads nothing.
    fn repeated_title(&mut self) {
        let Some(title) = self.verdicts.iter().position(|v| *v == Verdict::Title) else { return };
        let words = |text: &str| {
            text.to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let said = words(self.text(title));
        for index in title + 1..self.draughts.len().min(title + LONGEST_FRONT) {
            if matches!(self.verdicts[index], Verdict::Heading(_))
                && said.len() > 3
                && said.starts_with(&words(self.text(index)))
                && self.text(index).len() > 24
            {
                self.verdicts[index] = Verdict::Front;
            }
        }
    }

    /// An abstract without a heading: labels open at least three of the paragraphs before the first heading.
    fn implied_abstract(&self) -> Option<usize> {
        let end = self.first_heading().unwrap_or(self.draughts.len());
        if (0..end).any(|i| matches!(self.draughts[i].style.usage, Use::Abstract | Use::AbstractHeading)) {
            return None;
        }
        let labelled: Vec<usize> = (0..end)
            .filter(|i| {
                self.is_plain_paragraph(*i)
                    && self.verdicts[*i] == Verdict::Open
                    && run_in_label(self.text(*i), self.names).is_some()
            })
            .collect();
        let names_abstract = labelled.iter().any(|i| {
            let text = self.text(*i);
            run_in_label(text, self.names)
                .is_some_and(|label| self.names.role_of_heading(&text[label]) == Some(Role::Abstract))
        });
        (labelled.len() >= 3 && !names_abstract).then(|| labelled[0])
    }

    /// Authors, affiliations and the like stand between the title and the first heading.
    fn front(&mut self) {
        let title = self.verdicts.iter().position(|v| *v == Verdict::Title);
        let end = self.first_heading().unwrap_or(0).min(LONGEST_FRONT);
        for index in 0..end.max(title.unwrap_or(0)) {
            if self.verdicts[index] != Verdict::Open
                || !self.is_plain_paragraph(index)
                || self.draughts[index].style.usage != Use::Body
            {
                continue;
            }
            let text = self.text(index);
            let label = run_in_label(text, self.names).is_some();
            if text.len() > 400 || label {
                break;
            }
            if is_front_line(text) {
                self.verdicts[index] = Verdict::Front;
            }
        }
    }
}

/// `Chapter 3: …`.
fn is_chapter(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.next().is_some_and(|w| w.eq_ignore_ascii_case("chapter"))
        && words.next().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()))
}

/// A line of names, places, dates or addresses; a sentence is none.
fn is_front_line(text: &str) -> bool {
    const LABELS: [&str; 8] =
        ["orcid", "correspond", "cite as", "received", "accepted", "word count", "running title", "doi"];
    let words = text.split_whitespace().count();
    let commas = text.matches(',').count();
    let lower = text.to_lowercase();
    let address = text.contains('@') || LABELS.iter().any(|w| lower.starts_with(w));
    let ends_as_sentence = text.ends_with('.') && words >= 8 && commas * 6 < words;
    is_keyword_line(text) || (text.len() <= 260 && (address || !ends_as_sentence))
}

struct Page<'a> {
    names: &'a SectionNames,
    /// The level of the outermost headings.
    top: u8,
    blocks: Vec<Block>,
    /// Notes wait for the end of their section, since configurations run on from paragraph to paragraph.
    notes: Vec<Block>,
    /// Entries of a reference list that stand in notes.
    entries: Vec<Block>,
    /// Before the first heading or in the abstract: labels open paragraphs there, bold or not.
    labelled: bool,
    /// The level of the heading of the abstract, while it lasts.
    abstract_level: Option<u8>,
}

impl Page<'_> {
    fn add(&mut self, draught: Draught, verdict: Verdict) {
        let Draught { shape, plain, style, appearance, numbered, boxed } = draught;
        let text = plain.as_str().trim();
        let kind = match (shape, verdict) {
            (Shape::Row(mut row), _) => {
                row.boxed |= boxed;
                self.blocks.push(*row);
                return;
            }
            (Shape::Note, _) => {
                self.notes.extend(Block::new(BlockKind::Footnote, plain));
                return;
            }
            (Shape::NotedReference, _) => {
                self.entries.extend(Block::new(BlockKind::Reference, plain));
                return;
            }
            (Shape::Description, _) => {
                self.describe(plain, boxed);
                return;
            }
            (Shape::Reference, _) if boxed => BlockKind::Paragraph,
            (Shape::Reference, _) => BlockKind::Reference,
            (Shape::Paragraph, Verdict::Title) => BlockKind::Title,
            (Shape::Paragraph, Verdict::TitleGoesOn) => {
                self.title_goes_on(plain, style.usage);
                return;
            }
            (Shape::Paragraph, Verdict::Heading(level)) => BlockKind::Heading { level },
            (Shape::Paragraph, Verdict::Front) => BlockKind::Metadata,
            (Shape::Paragraph, Verdict::Open) => match style.usage {
                Use::Front => BlockKind::Metadata,
                Use::AbstractHeading => BlockKind::Heading { level: self.top },
                Use::Caption => BlockKind::Caption,
                Use::Code => BlockKind::Code,
                Use::Reference => BlockKind::Reference,
                _ if is_caption(text) => BlockKind::Caption,
                _ if is_keyword_line(text) && self.labelled && !boxed => BlockKind::Metadata,
                _ => match &numbered {
                    Some(numbered) => BlockKind::ListItem { ordinal: numbered.ordinal },
                    None if text.starts_with(['\u{2022}', '\u{25cf}', '\u{25aa}', '\u{b7}', '\u{25e6}']) => {
                        BlockKind::ListItem { ordinal: None }
                    }
                    None => BlockKind::Paragraph,
                },
            },
        };
        if kind == BlockKind::Caption {
            self.drop_description(text);
        }
        let Some(mut block) = Block::new(kind, plain) else { return };
        block.boxed = boxed || style.usage == Use::Quote;
        if let BlockKind::Heading { level } = block.kind {
            self.blocks.append(&mut self.notes);
            if self.names.role_of_heading(&block.text) == Some(Role::Abstract) {
                self.abstract_level = Some(level);
            } else if self.abstract_level.is_none_or(|outer| level <= outer) {
                self.abstract_level = None;
            }
            self.labelled = self.abstract_level.is_some();
        } else {
            if style.usage == Use::Abstract && self.abstract_level.is_none() {
                self.name_abstract(&block);
            }
            if block.is_prose() && !matches!(block.kind, BlockKind::Caption) {
                let lead = (appearance.lead > 0).then(|| run_in(&block.text, 0..appearance.lead)).flatten();
                block.run_in =
                    lead.or_else(|| if self.labelled { run_in_label(&block.text, self.names) } else { None });
            }
        }
        self.blocks.push(block);
    }

    /// A second line of the title, or the subtitle.
    fn title_goes_on(&mut self, plain: PlainText, usage: Use) {
        let Some(title) = self.blocks.last_mut().filter(|b| b.kind == BlockKind::Title) else { return };
        let Some(more) = Block::new(BlockKind::Title, plain) else { return };
        let mut joined = PlainText::new();
        let joint = if usage == Use::Subtitle && !title.text.ends_with([':', '?', '-']) { ": " } else { " " };
        copy(title, &mut joined);
        let at = more.map.pieces().first().map(|p| p.source).unwrap_or_default();
        joined.push_replacement(at.source, at.start, 0, joint);
        copy(&more, &mut joined);
        if let Some(whole) = Block::new(BlockKind::Title, joined) {
            *title = whole;
        }
    }

    /// The abstract, told by its style, gets the heading that it lacks.
    fn name_abstract(&mut self, block: &Block) {
        self.blocks.append(&mut self.notes);
        let mut heading = PlainText::new();
        let at = block.map.pieces().first().map(|p| p.source).unwrap_or_default();
        heading.push_replacement(at.source, at.start, 0, "Abstract");
        self.blocks.extend(Block::new(BlockKind::Heading { level: self.top }, heading));
        self.abstract_level = Some(self.top);
        self.labelled = true;
    }

    /// A picture's or table's description, unless the caption above says the same.
    fn describe(&mut self, plain: PlainText, boxed: bool) {
        let said = self.blocks.last().is_some_and(|b| b.kind == BlockKind::Caption && same(&b.text, plain.as_str()));
        if said {
            return;
        }
        if let Some(mut block) = Block::new(BlockKind::Caption, plain) {
            block.boxed = boxed;
            self.blocks.push(block);
        }
    }

    /// A description right above that says the same as this caption goes.
    fn drop_description(&mut self, caption: &str) {
        if self.blocks.last().is_some_and(|b| b.kind == BlockKind::Caption && same(caption, &b.text)) {
            self.blocks.pop();
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.blocks.append(&mut self.notes);
        self.blocks.append(&mut self.entries);
        self.blocks
    }
}

/// Whether a caption says all that a description does.
fn same(caption: &str, description: &str) -> bool {
    caption.to_lowercase().contains(&description.trim().to_lowercase())
}

/// Copies a block's text, with the way back to its source.
pub(super) fn copy(block: &Block, plain: &mut PlainText) {
    for piece in block.map.pieces() {
        let slice = &block.text[piece.plain..piece.plain + piece.plain_len];
        if piece.verbatim {
            plain.push_source(piece.source.source, piece.source.start, slice);
        } else {
            plain.push_replacement(
                piece.source.source,
                piece.source.start,
                piece.source.end - piece.source.start,
                slice,
            );
        }
    }
}
