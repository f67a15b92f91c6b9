//! What a part gives: paragraphs while they are read, and draughts of blocks once they are.

use std::mem;

use super::numbering::Numbered;
use super::paragraph::{Appearance, Compiler, Piece};
use super::styles::{ListPlace, Style};
use crate::manuscript::Block;
use crate::source::{PlainText, SourceId};

/// A paragraph or row on its way to a block.
#[derive(Debug, Clone)]
pub(super) struct Draught {
    pub(super) shape: Shape,
    pub(super) plain: PlainText,
    pub(super) style: Style,
    pub(super) appearance: Appearance,
    /// Its number in a list.
    pub(super) numbered: Option<Numbered>,
    /// It stands in a text box or in a table of one column.
    pub(super) boxed: bool,
}

/// What a draught is.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Paragraph,
    /// A paragraph of a note.
    Note,
    /// An entry of a reference list that a reference manager wrote.
    Reference,
    /// An entry of the reference list that stands in a note.
    NotedReference,
    /// The description of a picture or table for those who can't see it.
    Description,
    /// A whole table row, ready.
    Row(Box<Block>),
}

impl Draught {
    pub(super) fn row(block: Block) -> Self {
        let plain = PlainText::new();
        let (style, appearance) = (Style::default(), Appearance::default());
        Self { shape: Shape::Row(Box::new(block)), plain, style, appearance, numbered: None, boxed: false }
    }
}

/// A paragraph being read.
#[derive(Debug, Clone)]
pub(super) struct Paragraph {
    pub(super) at: usize,
    pub(super) style: Style,
    pub(super) outline: Option<u8>,
    pub(super) list_number: Option<i64>,
    pub(super) list_level: Option<u8>,
    pub(super) centred: Option<bool>,
    pub(super) pieces: Vec<Piece>,
    pub(super) numbered: Option<Numbered>,
    /// Its mark is deleted: the next paragraph goes on with its text.
    pub(super) joins_next: bool,
    /// A reference manager wrote it as an entry of the reference list.
    pub(super) entry: bool,
    /// Pictures' descriptions, text boxes and notes that belong to it.
    pub(super) after: Vec<Draught>,
}

impl Paragraph {
    pub(super) fn new(at: usize, style: Style) -> Self {
        Self {
            at,
            style,
            outline: None,
            list_number: None,
            list_level: None,
            centred: None,
            pieces: Vec::new(),
            numbered: None,
            joins_next: false,
            entry: false,
            after: Vec::new(),
        }
    }

    /// Its style with what the paragraph itself says laid over it.
    pub(super) fn settle(&mut self) {
        if let Some(outline) = self.outline {
            self.style.level = (outline < 9).then_some(outline + 1);
        }
        if let Some(centred) = self.centred {
            self.style.centred = centred;
        }
        let level = self.list_level.or(self.style.list.map(|l| l.level)).unwrap_or(0);
        self.style.list = match self.list_number {
            Some(number) => u32::try_from(number).ok().filter(|n| *n > 0).map(|number| ListPlace { number, level }),
            None => self.style.list.map(|list| ListPlace { level, ..list }),
        };
    }

    pub(super) fn is_heading(&self) -> bool {
        self.style.level.is_some()
    }

    /// Compiles it to a draught; `None` where it is blank.
    pub(super) fn draught(mut self, part: &str, source: SourceId) -> Vec<Draught> {
        let mut compiler = Compiler::new(part, source);
        if let Some(numbered) = self.numbered.as_ref().filter(|n| n.has_words()) {
            compiler.plain.push_decoded(source, self.at, 0, &numbered.label);
            compiler.plain.push_replacement(source, self.at, 0, " ");
        }
        let label = compiler.plain.as_str().len();
        compiler.paragraph(&self.pieces);
        let blank = compiler.plain.as_str()[label..].trim().is_empty();
        let shape = if self.entry { Shape::Reference } else { Shape::Paragraph };
        let mut draughts = Vec::with_capacity(1 + self.after.len());
        if !blank {
            draughts.push(Draught {
                shape,
                plain: compiler.plain,
                style: self.style,
                appearance: compiler.appearance,
                numbered: self.numbered.take(),
                boxed: false,
            });
        }
        draughts.append(&mut self.after);
        draughts
    }

    pub(super) fn take_after(&mut self) -> Vec<Draught> {
        mem::take(&mut self.after)
    }
}
