//! Walks a part that holds text (the document, its notes, its comments) and gives its paragraphs
//! and table rows in reading order.
//!
//! What is nested (tables in cells, text boxes in runs, content controls, fields) is kept on stacks
//! here, never on the program's own, so no document can overflow it.

use std::mem;

use rustc_hash::FxHashMap;

use super::draught::{Draught, Paragraph, Shape};
use super::field::{FieldKind, Fields};
use super::notes::{NoteKind, Notes};
use super::numbering::Numbering;
use super::paragraph::{Appearance, Face, Piece, Words, symbol};
use super::styles::{Looks, Style, Styles, SymbolFont, Use};
use super::table::{Cell, Content, Merge, Row, Table};
use super::xml::{Element, Problem, Space, Token, Walker};
use crate::source::{PlainText, SourceId, Span};

/// Paragraphs of a document, those in tables and boxes among them.
const MOST_PARAGRAPHS: usize = 200_000;
/// Pieces of text between changes of format.
const MOST_PIECES: usize = 3_000_000;

/// What all parts of a document share while it is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    pub(super) styles: Styles,
    pub(super) numbering: Numbering,
    pub(super) notes: Notes,
    /// Texts of comments by their ids.
    pub(super) comments: FxHashMap<i64, String>,
    /// Where comments stand, in order.
    pub(super) anchors: Vec<(i64, Span)>,
    pub(super) tables: usize,
    paragraphs: usize,
    pieces: usize,
    citations: u32,
    /// Something was inserted or deleted with changes tracked.
    pub(super) tracked: bool,
    /// Text of another file is linked in or attached.
    pub(super) attached: bool,
    /// A field hides text up to the end of the part.
    pub(super) runaway: bool,
    /// Fields hide nothing: for a second reading, after a field ran away.
    pub(super) fields_show_all: bool,
}

/// What a content control says of itself.
#[derive(Debug, Clone, Default)]
struct Control {
    citation: bool,
    bibliography: bool,
    contents: bool,
    placeholder: bool,
    /// It put a field on the stack.
    as_field: bool,
}

/// Elements that are open, as far as they matter to what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Paragraph,
    ParagraphProperties,
    /// The properties of a paragraph's mark.
    MarkProperties,
    Run,
    RunProperties,
    Text,
    FieldCode,
    Field,
    Table,
    TableProperties,
    Row,
    RowProperties,
    Cell,
    CellProperties,
    Control,
    ControlProperties,
    Alternatives {
        taken: bool,
    },
    Box,
    Note,
    Other,
}

/// A container of paragraphs.
enum Frame {
    /// The part itself, a note, or a comment.
    Flow(Flow),
    /// A text box, and the state of the run that it stands in.
    Box {
        flow: Flow,
        run: Face,
        hidden: bool,
        fields: Fields,
    },
    Table(Table),
    Cell {
        cell: Cell,
        joined: Option<Paragraph>,
    },
}

#[derive(Default)]
struct Flow {
    draughts: Vec<Draught>,
    /// Boxes and notes of a caption wait for the table below it.
    waiting: Vec<Draught>,
    /// A paragraph whose mark is deleted.
    joined: Option<Paragraph>,
}

impl Flow {
    fn finish(mut self) -> Vec<Draught> {
        self.draughts.append(&mut self.waiting);
        self.draughts
    }
}

/// What a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    Document,
    Notes(NoteKind),
    Comments,
}

/// Reads a part. Its text is in what is returned for the document, and in `shared` for others.
pub(super) fn read(part: &str, source: SourceId, kind: PartKind, shared: &mut Shared) -> Result<Vec<Draught>, Problem> {
    let fields = Fields::new(shared.fields_show_all);
    let mut story = Story {
        walker: Walker::new(part),
        part,
        source,
        kind,
        shared,
        open: Vec::new(),
        frames: vec![Frame::Flow(Flow::default())],
        paragraphs: Vec::new(),
        run: Face::default(),
        hidden: false,
        looks: Looks::default(),
        fields,
        controls: Vec::new(),
        notes: Vec::new(),
        ranges: FxHashMap::default(),
    };
    story.read()?;
    Ok(match story.frames.into_iter().next() {
        Some(Frame::Flow(flow)) => flow.finish(),
        _ => Vec::new(),
    })
}

struct Story<'a, 's> {
    walker: Walker<'a>,
    part: &'a str,
    source: SourceId,
    kind: PartKind,
    shared: &'s mut Shared,
    open: Vec<Tag>,
    frames: Vec<Frame>,
    paragraphs: Vec<Paragraph>,
    /// How the current run looks, and whether it is hidden.
    run: Face,
    hidden: bool,
    /// Properties of the current run as its own elements say.
    looks: Looks,
    fields: Fields,
    controls: Vec<Control>,
    /// Ids of the note or comment being read.
    notes: Vec<Option<i64>>,
    /// Where comments that are still open began: their place in the list of anchors.
    ranges: FxHashMap<i64, usize>,
}

impl<'a> Story<'a, '_> {
    fn read(&mut self) -> Result<(), Problem> {
        loop {
            match self.walker.next()? {
                Token::Start(element) => self.start(&element)?,
                Token::End(at) => self.end(at),
                Token::Text(range) => self.text(range.start, range.len(), None)?,
                Token::Reference(range, decoded) => self.text(range.start, range.len(), Some(decoded))?,
                Token::Eof => break,
            }
        }
        self.settle_joined();
        if self.fields.ran_away() {
            self.shared.runaway = true;
        }
        Ok(())
    }

    fn parent(&self) -> Option<Tag> {
        self.open.last().copied()
    }

    fn skip(&mut self) -> Result<(), Problem> {
        self.walker.skip()
    }

    fn start(&mut self, element: &Element<'a>) -> Result<(), Problem> {
        let tag = match element.space {
            Space::Word => match self.word(element)? {
                Some(tag) => tag,
                None => return Ok(()),
            },
            Space::Math => match element.name {
                "r" => {
                    self.looks = Looks::default();
                    self.dress();
                    Tag::Other
                }
                "t" => Tag::Text,
                _ => Tag::Other,
            },
            Space::Compatibility => match (element.name, self.parent()) {
                ("AlternateContent", _) => Tag::Alternatives { taken: false },
                ("Choice" | "Fallback", Some(Tag::Alternatives { taken })) => {
                    if taken {
                        return self.skip();
                    }
                    if let Some(last) = self.open.last_mut() {
                        *last = Tag::Alternatives { taken: true };
                    }
                    Tag::Other
                }
                _ => Tag::Other,
            },
            Space::Drawing => {
                if element.name == "docPr" {
                    self.description(element, "descr");
                }
                Tag::Other
            }
            Space::Package | Space::Other => Tag::Other,
        };
        self.open.push(tag);
        Ok(())
    }

    /// An element of WordprocessingML begins. `None` where it is left out with all that is in it.
    fn word(&mut self, element: &Element<'a>) -> Result<Option<Tag>, Problem> {
        let parent = self.parent();
        let tag = match element.name {
            "p" => {
                self.begin_paragraph(element)?;
                Tag::Paragraph
            }
            "pPr" if parent == Some(Tag::Paragraph) => Tag::ParagraphProperties,
            "r" => {
                self.looks = Looks::default();
                self.dress();
                Tag::Run
            }
            "rPr" if parent == Some(Tag::Run) => Tag::RunProperties,
            "rPr" if parent == Some(Tag::ParagraphProperties) => Tag::MarkProperties,
            "t" if parent == Some(Tag::Run) => Tag::Text,
            "instrText" => Tag::FieldCode,
            "fldChar" => {
                match element.get("fldCharType").as_deref() {
                    Some("begin") => self.fields.begin(),
                    Some("separate") => self.fields.separate(&mut self.shared.citations),
                    Some("end") => self.fields.end(),
                    _ => {}
                }
                Tag::Other
            }
            "fldSimple" => {
                self.fields.simple(&element.get("instr").unwrap_or_default(), &mut self.shared.citations);
                Tag::Field
            }
            "tbl" => {
                let number = self.shared.tables;
                self.shared.tables += 1;
                self.frames.push(Frame::Table(Table::new(number)));
                Tag::Table
            }
            "tblPr" => Tag::TableProperties,
            "tr" => {
                if let Some(Frame::Table(table)) = self.frames.last_mut() {
                    table.rows.push(Row::default());
                }
                Tag::Row
            }
            "trPr" => Tag::RowProperties,
            "tc" => {
                self.frames.push(Frame::Cell { cell: Cell::new(element.at), joined: None });
                Tag::Cell
            }
            "tcPr" => Tag::CellProperties,
            "sdt" => {
                self.controls.push(Control::default());
                Tag::Control
            }
            "sdtPr" => Tag::ControlProperties,
            "sdtContent" => {
                let control = self.controls.last().cloned().unwrap_or_default();
                if control.contents || control.placeholder {
                    self.skip()?;
                    return Ok(None);
                }
                self.enter_control(&control);
                Tag::Other
            }
            "txbxContent" => {
                let inner = self.fields.inner();
                let fields = mem::replace(&mut self.fields, inner);
                self.frames.push(Frame::Box { flow: Flow::default(), run: self.run, hidden: self.hidden, fields });
                Tag::Box
            }
            "footnote" | "endnote" | "comment" => {
                let real = matches!(element.get("type").as_deref(), None | Some("normal"));
                self.notes.push(number_of(element, "id").filter(|_| real));
                self.frames.push(Frame::Flow(Flow::default()));
                Tag::Note
            }
            "del" | "moveFrom"
                if matches!(parent, Some(Tag::MarkProperties | Tag::RowProperties | Tag::RunProperties)) =>
            {
                self.deleted_mark(parent);
                Tag::Other
            }
            // Deleted text, superseded properties, page layout, and how a word is pronounced.
            "del" | "moveFrom" => {
                self.shared.tracked = true;
                self.skip()?;
                return Ok(None);
            }
            "pPrChange" | "rPrChange" | "tblPrChange" | "trPrChange" | "tcPrChange" | "sectPrChange"
            | "numberingChange" | "sectPr" | "rt" | "delText" | "delInstrText" => {
                self.skip()?;
                return Ok(None);
            }
            name => {
                match parent {
                    Some(Tag::ParagraphProperties) => self.paragraph_property(element),
                    Some(Tag::RunProperties) => self.run_property(element),
                    Some(Tag::Run) => self.run_child(element)?,
                    Some(Tag::RowProperties | Tag::CellProperties | Tag::TableProperties) => {
                        self.table_property(element);
                    }
                    Some(Tag::ControlProperties) => self.control_property(element),
                    _ => {}
                }
                match name {
                    // List properties count as the paragraph's own, and what a control is made of as the control's.
                    "numPr" if parent == Some(Tag::ParagraphProperties) => Tag::ParagraphProperties,
                    "docPartObj" if parent == Some(Tag::ControlProperties) => Tag::ControlProperties,
                    "ins" | "moveTo" => {
                        self.shared.tracked = true;
                        Tag::Other
                    }
                    "commentRangeStart" => {
                        self.anchor(element, true);
                        Tag::Other
                    }
                    "commentRangeEnd" | "commentReference" => {
                        self.anchor(element, false);
                        Tag::Other
                    }
                    "altChunk" | "subDoc" => {
                        self.shared.attached = true;
                        Tag::Other
                    }
                    _ => Tag::Other,
                }
            }
        };
        Ok(Some(tag))
    }

    fn end(&mut self, at: usize) {
        match self.open.pop() {
            Some(Tag::Paragraph) => self.end_paragraph(),
            Some(Tag::ParagraphProperties) if self.parent() == Some(Tag::Paragraph) => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.settle();
                }
            }
            Some(Tag::RunProperties) => self.dress(),
            Some(Tag::Field) => {
                self.fields.end();
            }
            Some(Tag::Control) => {
                let control = self.controls.pop();
                if control.is_some_and(|control| control.as_field) {
                    self.fields.end();
                }
            }
            Some(Tag::Cell) => {
                self.settle_joined();
                if let Some(Frame::Cell { mut cell, .. }) = self.frames.pop() {
                    cell.end = at;
                    match self.frames.last_mut() {
                        Some(Frame::Table(table)) => table.add(cell),
                        // A cell without a table: its text still counts.
                        _ => self.emit(cell.into_draughts(self.part, self.source)),
                    }
                }
            }
            Some(Tag::Table) => {
                if let Some(Frame::Table(table)) = self.frames.pop() {
                    let draughts = table.finish(self.part, self.source);
                    self.emit(draughts);
                }
            }
            Some(Tag::Box) => {
                self.settle_joined();
                if let Some(Frame::Box { flow, run, hidden, fields }) = self.frames.pop() {
                    self.run = run;
                    self.hidden = hidden;
                    self.fields = fields;
                    let mut draughts = flow.finish();
                    for draught in &mut draughts {
                        draught.boxed = true;
                    }
                    match self.paragraphs.last_mut() {
                        Some(paragraph) => paragraph.after.extend(draughts),
                        None => self.emit(draughts),
                    }
                }
            }
            Some(Tag::Note) => self.end_note(),
            _ => {}
        }
    }

    fn end_note(&mut self) {
        self.settle_joined();
        let id = self.notes.pop().flatten();
        let Some(Frame::Flow(flow)) = self.frames.pop() else { return };
        let draughts = flow.finish();
        let Some(id) = id else { return };
        match self.kind {
            PartKind::Comments => {
                let text: Vec<String> = draughts.into_iter().map(|d| d.plain.finish().0).collect();
                self.shared.comments.insert(id, text.join(" "));
            }
            PartKind::Notes(kind) => {
                self.shared.notes.insert(kind, id, draughts);
            }
            PartKind::Document => self.emit(draughts),
        }
    }

    // Paragraphs and what they are in.

    fn begin_paragraph(&mut self, element: &Element<'_>) -> Result<(), Problem> {
        self.shared.paragraphs += 1;
        if self.shared.paragraphs > MOST_PARAGRAPHS {
            return Err(Problem::Excessive(format!("more than {MOST_PARAGRAPHS} paragraphs")));
        }
        let mut paragraph = Paragraph::new(element.at, self.shared.styles.paragraph(None));
        let joined = match self.frames.last_mut() {
            Some(Frame::Flow(flow) | Frame::Box { flow, .. }) => flow.joined.take(),
            Some(Frame::Cell { joined, .. }) => joined.take(),
            _ => None,
        };
        if let Some(before) = joined {
            // The mark that is left is the second one's, and the mark says how the paragraph looks.
            paragraph.at = before.at;
            paragraph.pieces = before.pieces;
            paragraph.after = before.after;
        }
        self.paragraphs.push(paragraph);
        Ok(())
    }

    fn end_paragraph(&mut self) {
        let Some(mut paragraph) = self.paragraphs.pop() else { return };
        if paragraph.joins_next {
            match self.frames.last_mut() {
                Some(Frame::Flow(flow) | Frame::Box { flow, .. }) => flow.joined = Some(paragraph),
                Some(Frame::Cell { joined, .. }) => *joined = Some(paragraph),
                _ => {}
            }
            return;
        }
        if paragraph.style.usage == Use::Contents {
            return;
        }
        if let Some(place) = paragraph.style.list {
            paragraph.numbered = self.shared.numbering.next(place, &self.shared.styles);
        }
        self.put(paragraph);
    }

    fn put(&mut self, paragraph: Paragraph) {
        if let Some(Frame::Cell { cell, .. }) = self.frames.last_mut() {
            cell.content.push(Content::Paragraph(paragraph));
            return;
        }
        let draughts = paragraph.draught(self.part, self.source);
        self.emit(draughts);
    }

    /// A paragraph without a mark at the end of its container: nothing is left to join.
    fn settle_joined(&mut self) {
        let joined = match self.frames.last_mut() {
            Some(Frame::Flow(flow) | Frame::Box { flow, .. }) => flow.joined.take(),
            Some(Frame::Cell { joined, .. }) => joined.take(),
            _ => None,
        };
        if let Some(paragraph) = joined {
            self.put(paragraph);
        }
    }

    /// Hands draughts to the innermost container.
    fn emit(&mut self, draughts: Vec<Draught>) {
        for frame in self.frames.iter_mut().rev() {
            match frame {
                Frame::Flow(flow) | Frame::Box { flow, .. } => {
                    let mut draughts = draughts;
                    let waited = mem::take(&mut flow.waiting);
                    // Between a caption and the rows that it names nothing may stand.
                    if draughts.iter().any(|d| matches!(d.shape, Shape::Row(_))) {
                        flow.draughts.append(&mut draughts);
                        flow.draughts.extend(waited);
                    } else {
                        flow.draughts.extend(waited);
                        if draughts.len() > 1
                            && draughts[0].style.usage == Use::Caption
                            && matches!(draughts[0].shape, Shape::Paragraph)
                        {
                            flow.waiting = draughts.split_off(1);
                        }
                        flow.draughts.append(&mut draughts);
                    }
                    return;
                }
                Frame::Cell { cell, .. } => {
                    cell.content.push(Content::Blocks(draughts));
                    return;
                }
                Frame::Table(_) => {}
            }
        }
    }

    // Properties.

    fn paragraph_property(&mut self, element: &Element<'_>) {
        let Some(paragraph) = self.paragraphs.last_mut() else { return };
        match element.name {
            "pStyle" => paragraph.style = self.shared.styles.paragraph(element.val().as_deref()),
            "outlineLvl" => paragraph.outline = element.number().and_then(|n| u8::try_from(n).ok()),
            "numId" => paragraph.list_number = element.number(),
            "ilvl" => paragraph.list_level = element.number().and_then(|n| u8::try_from(n).ok()),
            "jc" => paragraph.centred = Some(element.val().as_deref() == Some("center")),
            _ => {}
        }
    }

    fn deleted_mark(&mut self, parent: Option<Tag>) {
        self.shared.tracked = true;
        match parent {
            Some(Tag::MarkProperties) => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.joins_next = true;
                }
            }
            Some(Tag::RowProperties) => {
                if let Some(Frame::Table(table)) = self.frames.last_mut()
                    && let Some(row) = table.rows.last_mut()
                {
                    row.deleted = true;
                }
            }
            _ => {}
        }
    }

    fn run_property(&mut self, element: &Element<'_>) {
        if element.name == "rStyle" {
            let below = element.val().map_or_else(Looks::default, |id| self.shared.styles.character(&id));
            self.looks = self.looks.over(below);
        } else {
            let mut own = Looks::default();
            own.read(element);
            self.looks = own.over(self.looks);
        }
    }

    /// Takes the looks of the run and of its paragraph's style together.
    fn dress(&mut self) {
        let style = self.paragraphs.last().map_or_else(Looks::default, |p| p.style.looks);
        let looks = self.looks.over(style);
        self.hidden = looks.hidden.unwrap_or(false);
        self.run = Face {
            bold: looks.bold.unwrap_or(false),
            italic: looks.italic.unwrap_or(false),
            underline: looks.underline.unwrap_or(false),
            capitals: looks.capitals.unwrap_or(false),
            raised: looks.raised.unwrap_or(false),
            size: looks.size.unwrap_or(0),
            symbols: looks.symbols,
        };
    }

    fn table_property(&mut self, element: &Element<'_>) {
        let span = || element.number().and_then(|n| usize::try_from(n).ok());
        match (element.name, self.frames.last_mut()) {
            ("tblHeader", Some(Frame::Table(table))) => {
                if let Some(row) = table.rows.last_mut() {
                    row.header = element.is_on();
                }
            }
            ("gridBefore", Some(Frame::Table(table))) => {
                if let Some(row) = table.rows.last_mut() {
                    row.before = span().unwrap_or(0).min(super::table::MOST_COLUMNS);
                }
            }
            ("tblLook", Some(Frame::Table(table))) => {
                let by_name = element.get("firstRow").map(|v| v == "1" || v == "true" || v == "on");
                let by_bits =
                    element.val().and_then(|v| u32::from_str_radix(v.trim(), 16).ok()).map(|bits| bits & 0x20 != 0);
                table.first_row = by_name.or(by_bits);
            }
            ("tblCaption" | "tblDescription", Some(Frame::Table(_))) => self.description(element, "val"),
            ("gridSpan", Some(Frame::Cell { cell, .. })) => {
                cell.span = span().unwrap_or(1).clamp(1, super::table::MOST_COLUMNS);
            }
            ("vMerge", Some(Frame::Cell { cell, .. })) => {
                cell.merge = if element.val().as_deref() == Some("restart") { Merge::First } else { Merge::Above };
            }
            ("hMerge", Some(Frame::Cell { cell, .. })) => cell.goes_on = element.val().as_deref() != Some("restart"),
            ("cellDel", Some(Frame::Cell { cell, .. })) => {
                cell.deleted = true;
                self.shared.tracked = true;
            }
            _ => {}
        }
    }

    fn control_property(&mut self, element: &Element<'_>) {
        let Some(control) = self.controls.last_mut() else { return };
        match element.name {
            "citation" => control.citation = true,
            "bibliography" => control.bibliography = true,
            "showingPlcHdr" => control.placeholder = element.is_on(),
            "docPartGallery" => match element.val().as_deref() {
                Some("Table of Contents") => control.contents = true,
                Some("Bibliographies") => control.bibliography = true,
                _ => {}
            },
            "tag" => {
                let tag = element.val().unwrap_or_default();
                let has = |word: &str| tag.contains(word);
                control.bibliography |= has("BIBLIOGRAPHY") || has("CitaviBibliography");
                control.citation |= !control.bibliography && (has("CITATION") || has("CitaviPlaceholder"));
            }
            _ => {}
        }
    }

    fn enter_control(&mut self, control: &Control) {
        let kind = if control.bibliography {
            FieldKind::Bibliography
        } else if control.citation {
            FieldKind::Citation
        } else {
            return;
        };
        self.fields.push(kind, &mut self.shared.citations);
        if let Some(control) = self.controls.last_mut() {
            control.as_field = true;
        }
    }

    // Text.

    fn is_visible(&self) -> bool {
        self.fields.show() && !self.hidden
    }

    fn text(&mut self, at: usize, length: usize, decoded: Option<String>) -> Result<(), Problem> {
        match self.parent() {
            Some(Tag::Text) if self.is_visible() => {
                let words = match decoded {
                    Some(decoded) => Words::Decoded(decoded.into()),
                    None => match self.letters(at, length) {
                        Some(letters) => Words::Decoded(letters.into()),
                        None => Words::Verbatim,
                    },
                };
                self.push(at, length, words)
            }
            Some(Tag::FieldCode) => {
                let text = decoded.as_deref().or_else(|| self.part.get(at..at + length)).unwrap_or_default();
                self.fields.code(text);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Text whose characters stand for the signs of a symbol font; `None` for ordinary text.
    fn letters(&self, at: usize, length: usize) -> Option<String> {
        let text = self.part.get(at..at + length)?;
        let font = self.run.symbols.unwrap_or(SymbolFont::Letters);
        // U+F000 to U+F0FF in UTF-8: the private use area into which symbol fonts are mapped.
        let private = text.as_bytes().windows(2).any(|pair| pair[0] == 0xef && (0x80..=0x83).contains(&pair[1]));
        if font == SymbolFont::Letters && !private {
            return None;
        }
        let is_private = |c: char| ('\u{f000}'..='\u{f0ff}').contains(&c);
        let sign = |c: char| match font {
            SymbolFont::Letters if is_private(c) => symbol(c as u32, SymbolFont::Wingdings),
            SymbolFont::Letters => Some(c),
            _ if is_private(c) || (c as u32) < 0x100 => symbol(c as u32, font),
            _ => Some(c),
        };
        Some(text.chars().filter_map(|c| if c == ' ' { Some(c) } else { sign(c) }).collect())
    }

    fn push(&mut self, at: usize, length: usize, words: Words) -> Result<(), Problem> {
        let (citation, entry) = (self.fields.citation(), self.fields.in_bibliography());
        let face = self.run;
        let Some(paragraph) = self.paragraphs.last_mut() else { return Ok(()) };
        self.shared.pieces += 1;
        if self.shared.pieces > MOST_PIECES {
            return Err(Problem::Excessive(format!("more than {MOST_PIECES} changes of format")));
        }
        paragraph.entry |= entry;
        paragraph.pieces.push(Piece { at, length, words, face, citation });
        Ok(())
    }

    /// A child of a run that is no text itself.
    fn run_child(&mut self, element: &Element<'_>) -> Result<(), Problem> {
        if !self.is_visible() {
            return Ok(());
        }
        let (at, length) = (element.at, element.end - element.at);
        let decoded = |text: &str| Words::Decoded(text.into());
        match element.name {
            "tab" | "ptab" => self.push(at, length, decoded(" ")),
            "br" if matches!(element.get("type").as_deref(), Some("page" | "column")) => {
                self.push(at, length, decoded(" "))
            }
            "br" | "cr" => self.push(at, length, Words::Break),
            "noBreakHyphen" => self.push(at, length, decoded("-")),
            "sym" => {
                let font = element.get("font").map_or(SymbolFont::Symbol, |f| SymbolFont::named(&f));
                let code = element.get("char").and_then(|c| u32::from_str_radix(c.trim(), 16).ok());
                match code.and_then(|code| symbol(code, font)) {
                    Some(sign) => self.push(at, length, decoded(sign.encode_utf8(&mut [0; 4]))),
                    None => Ok(()),
                }
            }
            "footnoteReference" => self.refer(element, NoteKind::Footnote),
            "endnoteReference" => self.refer(element, NoteKind::Endnote),
            _ => Ok(()),
        }
    }

    /// A note's mark: the note follows its paragraph; the mark of a reference is a citation.
    fn refer(&mut self, element: &Element<'_>, kind: NoteKind) -> Result<(), Problem> {
        let Some(id) = number_of(element, "id") else { return Ok(()) };
        let Some(referred) = self.shared.notes.refer(kind, id) else { return Ok(()) };
        if let Some(paragraph) = self.paragraphs.last_mut() {
            paragraph.after.extend(referred.draughts);
        }
        let Some(number) = referred.citation else { return Ok(()) };
        let run = self.run;
        self.run.raised = false;
        let pushed = self.push(element.at, element.end - element.at, Words::Decoded(format!("[{number}]").into()));
        self.run = run;
        pushed
    }

    /// The description of a picture or a table, in an attribute.
    fn description(&mut self, element: &Element<'_>, attribute: &str) {
        let Some((range, raw)) = element.raw(attribute) else { return };
        let text = quick_xml::escape::unescape(raw).unwrap_or(std::borrow::Cow::Borrowed(raw));
        let file_name = text.split_whitespace().count() == 1 && text.contains('.');
        // What Word makes of a picture by itself says nothing of the paper.
        if file_name || text.trim().is_empty() || text.to_lowercase().contains("automatically generated") {
            return;
        }
        let mut plain = PlainText::new();
        if text == raw {
            plain.push_source(self.source, range.start, raw);
        } else {
            plain.push_decoded(self.source, range.start, range.len(), &text);
        }
        let style = Style { usage: Use::Caption, ..Style::default() };
        let draught = Draught {
            shape: Shape::Description,
            plain,
            style,
            appearance: Appearance::default(),
            numbered: None,
            boxed: false,
        };
        match (self.frames.last_mut(), self.paragraphs.last_mut()) {
            (Some(Frame::Table(table)), _) => table.description = Some(draught),
            (_, Some(paragraph)) => paragraph.after.push(draught),
            _ => {}
        }
    }

    /// A comment's range begins or ends here, or its mark stands here.
    fn anchor(&mut self, element: &Element<'_>, begins: bool) {
        let Some(id) = number_of(element, "id") else { return };
        let here = Span { source: self.source, start: element.at, end: element.end };
        match self.ranges.get(&id) {
            Some(index) if !begins => {
                if let Some((_, span)) = self.shared.anchors.get_mut(*index) {
                    span.end = span.end.max(here.start);
                    // A comment on no words, at the end of its paragraph, is on the paragraph.
                    let paragraph = self
                        .paragraphs
                        .last()
                        .filter(|p| p.at < span.start && p.pieces.last().is_some_and(|l| l.at < span.start));
                    span.start = paragraph.map_or(span.start, |p| p.at);
                }
            }
            Some(_) => {}
            None => {
                let start = self.paragraphs.last().filter(|_| !begins).map_or(here.start, |p| p.at);
                self.ranges.insert(id, self.shared.anchors.len());
                self.shared.anchors.push((id, Span { start, ..here }));
            }
        }
    }
}

fn number_of(element: &Element<'_>, name: &str) -> Option<i64> {
    element.get(name)?.trim().parse().ok()
}
