//! What the commands of a document make of its words.

mod citations;
mod environments;
mod files;
mod tables;

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use unicode_normalization::char::compose;

use super::super::markdown::is_power;
use super::bib;
use super::macros::{self, Macros, User};
use super::names::{self, Float};
use super::page::{MOST_CELLS, Page, TOP};
use super::stream::{After, Kind, Piece, Stream, Token};
use super::{Label, Labels, Shelf};
use crate::manuscript::{BlockKind, Comment};
use crate::source::Span;

/// Includes nest no deeper than this.
const DEEPEST_INCLUDE: usize = 8;
/// A manuscript has no more files than this.
const MOST_FILES: usize = 200;
/// More notes than this on one manuscript help nobody.
const MOST_NOTES: usize = 20;
/// A cell that claims to span more columns than this doesn't.
const WIDEST_SPAN: usize = 60;
/// A local package longer than this is no handful of macros.
const LONGEST_PACKAGE: usize = 64 * 1024;

/// What is due when a group or an environment ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Due {
    /// Strong text ends.
    Strong,
    /// The block ends.
    Flush,
    /// A block that waits goes on.
    Resume,
    /// These words follow.
    Words(&'static str),
    /// The heading of a paragraph ends; it is a heading of its own if the paragraph does too.
    Label,
    /// The label of a list item ends.
    ItemLabel,
    /// A cell spans further columns.
    Columns(usize),
    /// A list ends.
    List,
    /// A table ends.
    Table,
    /// A float ends.
    Float,
    /// A box ends.
    Box,
    /// A formula ends.
    Formula,
    /// Text of the preamble that counts ends.
    Captured,
    /// An abstract ends.
    Abstract,
    /// The title page ends.
    TitlePage,
}

#[derive(Default)]
struct Group {
    environment: Option<String>,
    due: Vec<Due>,
    contexts: usize,
}

/// What kind of block text without one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Paragraph,
    Item,
    Footnote,
    Metadata,
    Reference,
    /// A row of a table.
    Row,
}

struct Table {
    number: usize,
    rows: Vec<(usize, bool)>,
    /// Rows before this one are settled: `\endhead` and its kin.
    settled: usize,
    header_known: bool,
    has_first_head: bool,
}

/// One reading of a document.
pub(super) struct Body<'a, 'l> {
    shelf: &'a mut Shelf<'l>,
    stream: Stream,
    pub(super) page: Page,
    macros: Macros,
    labels: &'a Labels,
    /// The labels that this reading found.
    pub(super) found: Labels,
    /// A label was referred to.
    pub(super) wants_labels: bool,
    pub(super) comments: Vec<Comment>,
    pub(super) notes: Vec<String>,
    pub(super) names: Vec<String>,
    main: PathBuf,
    groups: Vec<Group>,
    open_environments: FxHashMap<String, usize>,
    contexts: Vec<Context>,
    lists: Vec<Option<u64>>,
    tables: Vec<Table>,
    next_table: usize,
    floats: Vec<Float>,
    in_document: bool,
    /// Text in the preamble that counts is open: a title, authors.
    captured: usize,
    in_abstract: usize,
    on_title_page: bool,
    has_title: bool,
    subtitles: usize,
    math: bool,
    has_chapters: bool,
    counters: [u32; 8],
    in_appendix: bool,
    floats_counted: [u32; 3],
    current: Label,
    cited: Vec<String>,
    libraries: Vec<String>,
    entries: std::collections::VecDeque<bib::Entry>,
    last_item: u64,
}

impl<'a, 'l> Body<'a, 'l> {
    pub(super) fn new(
        shelf: &'a mut Shelf<'l>,
        labels: &'a Labels,
        main: &Path,
        text: std::sync::Arc<str>,
        whole: bool,
    ) -> Self {
        let mut stream = Stream::default();
        stream.texts.push(text);
        stream.open_file(0, main.to_owned());
        Self {
            shelf,
            stream,
            page: Page::default(),
            macros: Macros::default(),
            labels,
            found: Labels::default(),
            wants_labels: false,
            comments: Vec::new(),
            notes: Vec::new(),
            names: vec![main.to_string_lossy().into_owned()],
            main: main.to_owned(),
            groups: Vec::new(),
            open_environments: FxHashMap::default(),
            contexts: Vec::new(),
            lists: Vec::new(),
            tables: Vec::new(),
            next_table: 0,
            floats: Vec::new(),
            in_document: !whole,
            captured: 0,
            in_abstract: 0,
            on_title_page: false,
            has_title: false,
            subtitles: 0,
            math: false,
            has_chapters: false,
            counters: [0; 8],
            in_appendix: false,
            floats_counted: [0; 3],
            current: Label::default(),
            cited: Vec::new(),
            libraries: Vec::new(),
            entries: std::collections::VecDeque::new(),
            last_item: 0,
        }
    }

    /// Reads everything. Gives why reading had to stop, if it had to.
    pub(super) fn run(&mut self) -> Option<&'static str> {
        while let Some(token) = self.stream.next() {
            self.token(token);
        }
        while !self.groups.is_empty() {
            self.close_group();
        }
        if self.stream.unclosed {
            self.note("an argument never ends: a brace is missing".to_owned());
        }
        self.stream.excess
    }

    /// Whether the document was never begun.
    pub(super) fn only_preamble(&self) -> bool {
        !self.in_document
    }

    /// The texts of the files that were read.
    pub(super) fn texts(&self) -> &[std::sync::Arc<str>] {
        &self.stream.texts
    }

    fn note(&mut self, note: String) {
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn token(&mut self, token: Token) {
        let place = token.place();
        match token.kind {
            Kind::Text => {
                let text = std::sync::Arc::clone(&self.stream.texts[token.file]);
                let slice = &text[token.range.clone()];
                if token.is_written() {
                    self.text(place, slice, true);
                } else {
                    self.text(place, slice, false);
                }
            }
            Kind::Ligature(words) => self.text(place, words, false),
            Kind::Paragraph => self.paragraph(place),
            Kind::Open => self.open_group(Vec::new()),
            Kind::Close => {
                if self.groups.last().is_some_and(|group| group.environment.is_none()) {
                    self.close_group();
                }
            }
            Kind::Ampersand => self.ampersand(place),
            Kind::Dollar => self.math = !self.math,
            Kind::Superscript if self.math => self.superscript(place),
            Kind::Superscript => self.text(place, "^", false),
            Kind::Subscript if self.math => {}
            Kind::Subscript => self.text(place, "_", false),
            Kind::Comment => self.comment(&token),
            Kind::Command => self.command(&token),
            Kind::End(after) => self.end(after, place),
        }
    }

    fn end(&mut self, after: After, place: Span) {
        match after {
            After::Nothing => {}
            After::File => {
                if self.captured == 0 && self.in_document {
                    self.page.gap(place);
                }
                self.stream.at_letter = false;
            }
            After::Environment(name) => self.close_environment(&name),
            After::Group => self.close_group(),
            After::Field => {
                if self.page.is_open() && !self.page.is_blank() {
                    let stop = if self.page.so_far().trim_end().ends_with(['.', '?', '!']) { " " } else { ". " };
                    self.page.words(Span { start: place.end, ..place }, stop);
                }
            }
            After::Reference => {
                self.page.flush();
                self.contexts.pop();
                self.entry();
            }
        }
    }

    /// Words: as they stand at their place, or in place of what stands there.
    fn text(&mut self, place: Span, words: &str, written: bool) {
        if !self.page.is_open() {
            if words.trim().is_empty() || !self.may_begin() {
                return;
            }
            self.begin();
        }
        if written {
            self.page.source(place.source, place.start, words);
        } else {
            self.page.words(place, words);
        }
    }

    /// Whether text that begins no block of its own counts here.
    fn may_begin(&self) -> bool {
        self.in_document || self.captured > 0
    }

    /// Begins the block that text here belongs to.
    fn begin(&mut self) {
        if self.in_table() {
            self.row(self.here());
            return;
        }
        let kind = match self.contexts.last() {
            None | Some(Context::Paragraph) if self.on_title_page => BlockKind::Metadata,
            None | Some(Context::Paragraph) => BlockKind::Paragraph,
            Some(Context::Item) => self.item_kind(),
            Some(Context::Footnote) => BlockKind::Footnote,
            Some(Context::Metadata) => BlockKind::Metadata,
            Some(Context::Reference | Context::Row) => BlockKind::Reference,
        };
        self.page.begin(kind);
    }

    fn item_kind(&self) -> BlockKind {
        BlockKind::ListItem { ordinal: self.lists.last().copied().flatten() }
    }

    /// Makes sure that a block is open, where there may be one.
    fn ensure_open(&mut self) -> bool {
        if !self.page.is_open() && self.may_begin() {
            self.begin();
        }
        self.page.is_open()
    }

    /// Whether text belongs to a row of a table, begun or not.
    fn in_table(&self) -> bool {
        self.contexts.last() == Some(&Context::Row)
    }

    /// A paragraph ends: in a cell or a heading that is a space.
    fn paragraph(&mut self, place: Span) {
        self.math = false;
        if self.page.in_row() {
            self.page.line(Span { end: place.start, ..place });
        } else if self.captured > 0 && matches!(self.page.kind(), Some(BlockKind::Title)) {
            self.page.gap(place);
        } else {
            self.page.flush();
        }
    }

    fn open_group(&mut self, due: Vec<Due>) {
        self.groups.push(Group { environment: None, due, contexts: self.contexts.len() });
    }

    /// Begins the argument of a command as text; `due` is done at its end.
    fn open_argument(&mut self, due: Vec<Due>) {
        if self.stream.skip_space() == Some(b'{') {
            self.stream.skip(1);
            self.open_group(due);
        } else {
            let piece = self.stream.argument();
            self.open_group(due);
            match piece {
                Some(piece) => self.stream.push(piece, After::Group),
                None => self.close_group(),
            }
        }
    }

    fn close_group(&mut self) {
        let Some(group) = self.groups.pop() else { return };
        if let Some(name) = &group.environment
            && let Some(count) = self.open_environments.get_mut(name)
        {
            *count -= 1;
        }
        for due in group.due.into_iter().rev() {
            self.settle(due);
        }
        self.contexts.truncate(group.contexts);
    }

    fn settle(&mut self, due: Due) {
        match due {
            Due::Strong => self.page.end_strong(),
            Due::Flush => self.page_break(),
            Due::Resume => self.page.resume(),
            Due::Words(words) => {
                let place = self.here();
                self.text(place, words, false);
            }
            Due::Label => {
                if self.stream.block_follows() {
                    self.page.flush();
                } else {
                    let place = self.here();
                    let kind = match self.contexts.last() {
                        Some(Context::Item) => self.item_kind(),
                        Some(Context::Footnote) => BlockKind::Footnote,
                        _ => BlockKind::Paragraph,
                    };
                    self.page.label(kind, place);
                }
            }
            Due::ItemLabel => {
                let place = self.here();
                let kind = self.item_kind();
                self.page.label(kind, place);
            }
            Due::Columns(more) => {
                let place = self.here();
                for _ in 0..more.min(MOST_CELLS) {
                    self.page.cell(place);
                }
            }
            Due::List => {
                self.page_break();
                self.lists.pop();
            }
            Due::Table => self.end_table(),
            Due::Float => {
                self.page_break();
                self.floats.pop();
            }
            Due::Box => {
                self.page_break();
                self.page.boxes = self.page.boxes.saturating_sub(1);
            }
            Due::Formula => self.math = false,
            Due::Captured => self.captured = self.captured.saturating_sub(1),
            Due::Abstract => {
                self.page.flush();
                self.in_abstract = self.in_abstract.saturating_sub(1);
            }
            Due::TitlePage => {
                self.page.flush();
                self.on_title_page = false;
            }
        }
    }

    /// The empty span at which reading goes on.
    fn here(&self) -> Span {
        self.stream.here()
    }

    /// A block ends here, unless it is a cell's.
    fn page_break(&mut self) {
        if self.page.in_row() {
            let place = self.here();
            self.page.line(place);
        } else {
            self.page.flush();
        }
    }

    fn comment(&mut self, token: &Token) {
        if !token.is_written() {
            return;
        }
        let text = self.stream.text(token.file, token.range.clone()).trim_start_matches('%').trim();
        if text.starts_with("realint-") {
            self.comments.push(Comment { text: text.to_owned(), span: token.place() });
        }
    }

    fn superscript(&mut self, place: Span) {
        let Some(piece) = self.stream.argument() else { return };
        let text = self.stream.piece(&piece).trim().to_owned();
        let numeric = text.chars().any(|c| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '-' | ' ' | '\u{2013}' | '*'));
        if !numeric {
            self.stream.push(piece, After::Nothing);
            return;
        }
        if !self.ensure_open() {
            return;
        }
        let place = Span { end: place.start, ..place };
        if is_power(self.page.so_far(), &text) {
            self.page.words(place, "^");
            self.page.words(piece.place(), &text);
        } else {
            self.page.words(place, "[");
            self.page.words(piece.place(), &text);
            let end = piece.place();
            self.page.words(Span { start: end.end, ..end }, "]");
        }
    }

    fn command(&mut self, token: &Token) {
        let name = self.stream.text(token.file, token.range.start + 1..token.range.end).to_owned();
        let place = token.place();
        if self.structure(&name, token) || self.definition(&name) {
            return;
        }
        if self.macros.command(&name).is_some() {
            self.call(&name, token);
            return;
        }
        if let Some(mark) = names::accent(&name) {
            self.accent(place, mark);
        } else if let Some(words) = names::symbol(&name) {
            let relation =
                self.math && words.chars().all(|c| matches!(c, '\u{2190}'..='\u{22ff}' | '±' | '×' | '<' | '>'));
            if relation {
                self.text(place, &format!(" {words} "), false);
            } else {
                self.text(place, words, false);
            }
        } else if !self.inline(&name, token) {
            self.unknown(&name);
        }
    }

    /// A command that nothing is known of: it is left out, and its arguments are text.
    fn unknown(&mut self, name: &str) {
        if names::is_bare(name) {
            return;
        }
        self.stream.star();
        if self.stream.rest().starts_with('[') {
            self.stream.option();
        }
        for _ in 0..names::dropped(name) {
            self.stream.argument();
            if self.stream.rest().starts_with('[') {
                self.stream.option();
            }
        }
    }

    fn call(&mut self, name: &str, token: &Token) {
        let Some(user) = self.macros.command(name).cloned() else { return };
        let arguments = self.arguments(&user);
        self.stream.expand(&user.body, arguments, token, After::Nothing);
    }

    /// The arguments of a call.
    fn arguments(&mut self, user: &User) -> Vec<Piece> {
        let empty = || Piece::of(user.body.file, user.body.range.start..user.body.range.start);
        user.parameters
            .iter()
            .map(|parameter| match parameter {
                macros::Parameter::Star => {
                    self.stream.star();
                    empty()
                }
                macros::Parameter::Option(default) => {
                    self.stream.option().or_else(|| default.clone()).unwrap_or_else(empty)
                }
                macros::Parameter::Must => self.stream.argument().unwrap_or_else(empty),
            })
            .collect()
    }

    fn accent(&mut self, place: Span, mark: char) {
        let piece = self.stream.argument();
        let base = piece.as_ref().map(|piece| self.stream.piece(piece).trim().to_owned()).unwrap_or_default();
        let base = match base.as_str() {
            "\\i" => "i",
            "\\j" => "j",
            other => other,
        };
        let mut characters = base.chars();
        let first = characters.next().filter(|c| c.is_alphabetic());
        let end = piece.as_ref().filter(|p| p.place().source == place.source).map_or(place.end, |p| p.place().end);
        let place = Span { end: end.max(place.end), ..place };
        match first {
            Some(first) => {
                let mut words = match compose(first, mark) {
                    Some(composed) => composed.to_string(),
                    None => format!("{first}{mark}"),
                };
                words.extend(characters);
                self.text(place, &words, false);
            }
            None => {
                if let Some(piece) = piece {
                    self.stream.push(piece, After::Nothing);
                }
            }
        }
    }

    /// Definitions and conditionals. Gives whether the command was one.
    fn definition(&mut self, name: &str) -> bool {
        match name {
            "newcommand" | "renewcommand" | "providecommand" | "DeclareRobustCommand" | "newcommandx" => {
                self.macros.new_command(&mut self.stream);
            }
            "NewDocumentCommand" | "RenewDocumentCommand" | "ProvideDocumentCommand" | "DeclareDocumentCommand" => {
                self.macros.document_command(&mut self.stream);
            }
            "def" | "gdef" | "edef" | "xdef" => self.macros.def(&mut self.stream),
            "let" | "futurelet" => macros::skip_let(&mut self.stream),
            "newenvironment" | "renewenvironment" => self.macros.new_environment(&mut self.stream),
            "NewDocumentEnvironment" | "DeclareDocumentEnvironment" | "RenewDocumentEnvironment" => {
                self.macros.document_environment(&mut self.stream);
            }
            "newtcolorbox" | "renewtcolorbox" | "newtcbtheorem" => {
                self.macros.new_box(&mut self.stream, name == "newtcbtheorem");
            }
            "newmdenv" | "newframedenv" => self.macros.new_frame(&mut self.stream),
            "newtheorem" => self.macros.new_theorem(&mut self.stream),
            "newacronym" | "acrodef" | "newabbreviation" | "acro" => {
                let shown = name == "acro";
                if let Some((short, long)) = self.macros.new_acronym(&mut self.stream)
                    && shown
                    && self.may_begin()
                {
                    // A list of abbreviations.
                    self.page.begin(BlockKind::ListItem { ordinal: None });
                    self.stream.push(long, After::Nothing);
                    self.open_group(vec![Due::ItemLabel]);
                    self.stream.push(short, After::Group);
                }
            }
            "makeatletter" => self.stream.at_letter = true,
            "makeatother" => self.stream.at_letter = false,
            "newif" => {
                if let Some(piece) = self.stream.argument()
                    && let Some(flag) = self.stream.piece(&piece).strip_prefix("\\if").map(str::to_owned)
                {
                    self.macros.set_flag(&flag, false);
                }
            }
            "iffalse" | "else" => self.skip_conditional(),
            "fi" | "iftrue" | "or" => {}
            _ if name.starts_with("if") && self.macros.flag(&name[2..]) == Some(false) => self.skip_conditional(),
            _ if name.ends_with("true") && self.macros.flag(&name[..name.len() - 4]).is_some() => {
                self.macros.set_flag(&name[..name.len() - 4], true);
            }
            _ if name.ends_with("false") && self.macros.flag(&name[..name.len() - 5]).is_some() => {
                self.macros.set_flag(&name[..name.len() - 5], false);
            }
            _ => return false,
        }
        true
    }

    /// Skips to the end of a conditional, or to its other branch.
    fn skip_conditional(&mut self) {
        let rest = self.stream.rest();
        let mut depth = 0_usize;
        let mut length = rest.len();
        let mut ended = false;
        for (at, _) in rest.match_indices('\\') {
            let word: &str = &rest[at + 1..];
            let word = &word[..word.bytes().take_while(u8::is_ascii_alphabetic).count()];
            match word {
                "fi" if depth == 0 => {
                    length = at + 3;
                    ended = true;
                    break;
                }
                "else" if depth == 0 => {
                    length = at + 5;
                    ended = true;
                    break;
                }
                "fi" => depth -= 1,
                "iff" | "ifthenelse" => {}
                _ if word.starts_with("if") => depth += 1,
                _ => {}
            }
        }
        if !ended && length > 0 {
            self.note("a conditional (\\iffalse) never ends; what follows it was not read".to_owned());
        }
        self.stream.skip(length);
    }

    /// Commands that structure a document, which no macro of the author's replaces. Gives whether
    /// the command was one.
    fn structure(&mut self, name: &str, token: &Token) -> bool {
        let place = token.place();
        if let Some(rank) = names::section(name) {
            self.section(name, rank, place);
            return true;
        }
        if let Some(kind) = names::cite(name) {
            self.cite(name, kind, place);
            return true;
        }
        if let Some(named) = names::reference(name) {
            self.reference(name, named, place);
            return true;
        }
        if names::is_metadata(name) && !self.page.in_row() {
            self.stream.star();
            while self.stream.rest().starts_with('[') && self.stream.option().is_some() {}
            if self.stream.skip_space() != Some(b'{') {
                return true;
            }
            self.capture(BlockKind::Metadata, Context::Metadata);
            return true;
        }
        if let Some(heading) = names::statement(name)
            && (self.in_document || self.stream.rest().trim_start().starts_with('{'))
        {
            if self.stream.skip_space() == Some(b'{') {
                self.page.flush();
                self.page.begin(BlockKind::Paragraph);
                self.page.words(place, heading);
                self.page.label(BlockKind::Paragraph, place);
                self.captured += 1;
                self.contexts.push(Context::Paragraph);
                self.open_argument(vec![Due::Captured, Due::Flush]);
                self.fix_contexts();
            } else {
                self.heading(TOP, place, heading);
            }
            return true;
        }
        match name {
            "begin" => self.begin_environment(token),
            "end" => {
                if let Some(piece) = self.stream.argument() {
                    let name = self.stream.piece(&piece).trim().to_owned();
                    self.end_environment(&name, token);
                }
            }
            "title" | "Title" => {
                self.stream.star();
                self.stream.option();
                if self.stream.skip_space() == Some(b'{') {
                    self.has_title = true;
                    self.capture(BlockKind::Title, Context::Metadata);
                }
            }
            "subtitle" | "Subtitle" => {
                self.stream.option();
                self.subtitles += 1;
                if self.subtitles < 4 && self.page.reopen_title(place) {
                    self.captured += 1;
                    self.open_argument(vec![Due::Captured, Due::Flush]);
                } else {
                    self.capture(BlockKind::Metadata, Context::Metadata);
                }
            }
            "keywords" | "keyword" | "Keyword" | "Keywords" | "kwd" | "keywordname" => {
                if self.stream.skip_space() == Some(b'{') {
                    self.keywords(place);
                    self.open_argument(vec![Due::Captured, Due::Flush]);
                    self.fix_contexts();
                }
            }
            "abstract" | "Abstract" => {
                self.stream.option();
                if self.stream.skip_space() == Some(b'{') {
                    self.heading(TOP, place, "Abstract");
                    self.in_abstract += 1;
                    self.captured += 1;
                    self.contexts.push(Context::Paragraph);
                    self.open_argument(vec![Due::Captured, Due::Abstract]);
                    self.fix_contexts();
                } else if self.in_document {
                    self.heading(TOP, place, "Abstract");
                }
            }
            "footnote" | "footnotetext" | "endnote" | "marginpar" | "sidenote" | "marginnote" | "blfootnote"
            | "thanks" | "tablefootnote" | "fntext" | "tnotetext" | "dedicate" => {
                self.stream.option();
                if self.stream.skip_space() == Some(b'{') {
                    let metadata = name == "thanks";
                    let kind = if metadata { BlockKind::Metadata } else { BlockKind::Footnote };
                    if self.may_begin() {
                        self.page.hold();
                        self.page.begin(kind);
                        self.contexts.push(if metadata { Context::Metadata } else { Context::Footnote });
                        self.open_argument(vec![Due::Resume]);
                        self.fix_contexts();
                    } else {
                        self.stream.argument();
                    }
                }
            }
            "caption" | "captionof" | "subcaption" | "tcaption" | "fcaption" | "bicaption" | "topcaption"
            | "bottomcaption" | "tablecaption" | "tbl" => self.caption(name, place),
            "item" => self.item(),
            "bibitem" => {
                self.stream.option();
                self.stream.argument();
                self.page.flush();
                if self.may_begin() {
                    self.page.begin(BlockKind::Reference);
                }
            }
            "bibliography" | "addbibresource" | "printbibliography" | "bibliographystyle" | "putbib" => {
                self.bibliography(name, place);
            }
            "\\" | "tabularnewline" | "cr" | "newline" | "linebreak" | "break" => self.new_line(name, place),
            "par" | "endgraf" | "newpage" | "clearpage" | "cleardoublepage" | "pagebreak" | "medskip" | "bigskip"
            | "smallskip" | "vspace" | "maketitle" | "tableofcontents" => {
                self.stream.star();
                if matches!(name, "vspace") {
                    self.stream.argument();
                } else if self.stream.rest().starts_with('[') && !names::is_bare(name) && name != "par" {
                    self.stream.option();
                }
                self.paragraph(place);
            }
            "hline" | "midrule" | "toprule" | "bottomrule" | "endfirsthead" | "endhead" | "endfoot" | "endlastfoot"
            | "Xhline" | "tophline" | "middlehline" | "bottomhline" | "colrule" => self.rule(name),
            "multicolumn" => {
                let columns = self.stream.argument();
                let columns = columns.and_then(|piece| self.stream.piece(&piece).trim().parse::<usize>().ok());
                self.stream.argument();
                if self.may_begin() && !self.tables.is_empty() && !self.page.is_open() {
                    self.begin();
                }
                let more = if self.page.in_row() { columns.unwrap_or(1).clamp(1, WIDEST_SPAN) - 1 } else { 0 };
                self.open_argument(vec![Due::Columns(more)]);
            }
            "input" | "include" | "subfile" | "subfileinclude" | "InputIfFileExists" | "loadglsentries" | "import"
            | "subimport" | "inputfrom" | "includefrom" => self.include(name),
            "usepackage" | "RequirePackage" => self.package(),
            "endinput" => self.stream.end_file(),
            "label" => {
                if let Some(piece) = self.stream.argument() {
                    let key = self.stream.piece(&piece).trim().to_owned();
                    self.found.insert(key, self.current.clone());
                }
            }
            "appendix" | "appendices" => {
                self.page.flush();
                self.in_appendix = true;
                self.counters = [0; 8];
            }
            "verb" | "lstinline" => self.verbatim_words(),
            "documentclass" | "documentstyle" => {
                self.stream.option();
                self.stream.argument();
            }
            "setcounter" => {
                let counter = self.stream.argument();
                let value = self.stream.argument();
                let text = |piece: Option<Piece>| {
                    piece.map(|piece| self.stream.piece(&piece).trim().to_owned()).unwrap_or_default()
                };
                let (counter, value) = (text(counter), text(value));
                if counter.starts_with("enum")
                    && let (Ok(value), Some(Some(ordinal))) = (value.parse::<u32>(), self.lists.last_mut())
                {
                    *ordinal = u64::from(value);
                }
            }
            _ => return false,
        }
        true
    }

    /// The context just pushed belongs to the group just opened, and goes with it.
    fn fix_contexts(&mut self) {
        let depth = self.contexts.len().saturating_sub(1);
        if let Some(group) = self.groups.last_mut() {
            group.contexts = group.contexts.min(depth);
        }
    }

    /// Begins a block of its own for the argument of a command, in the preamble too.
    fn capture(&mut self, kind: BlockKind, context: Context) {
        self.page.flush();
        self.page.begin(kind);
        self.captured += 1;
        self.contexts.push(context);
        self.open_argument(vec![Due::Captured, Due::Flush]);
        self.fix_contexts();
    }

    fn keywords(&mut self, place: Span) {
        self.page.flush();
        self.page.begin(BlockKind::Metadata);
        self.page.words(place, "Keywords: ");
        self.captured += 1;
        self.contexts.push(Context::Metadata);
    }

    /// A heading that the document implies.
    fn heading(&mut self, level: u8, place: Span, words: &str) {
        self.page.flush();
        self.page.begin(BlockKind::Heading { level });
        self.page.words(place, words);
        self.page.flush();
    }

    fn section(&mut self, name: &str, rank: u8, place: Span) {
        let starred = self.stream.star();
        while self.stream.rest().trim_start_matches([' ', '\t']).starts_with('[') && self.stream.option().is_some() {}
        if !self.may_begin() {
            self.stream.argument();
            return;
        }
        self.math = false;
        if self.stream.skip_space().is_none() {
            return;
        }
        // A table that never ends would swallow the sections after it.
        while !self.tables.is_empty() && !self.groups.is_empty() {
            self.close_group();
        }
        self.page.flush();
        let label = rank >= 6;
        let rank = if self.in_abstract > 0 { 7 } else { rank };
        if !starred && name != "frametitle" && self.in_abstract == 0 {
            self.count_section(rank);
        }
        self.page.begin(BlockKind::Heading { level: rank });
        if self.in_appendix && !starred && rank == self.top_rank() && !self.stream.rest().starts_with("{Appendix") {
            let words = format!("Appendix {}: ", self.current.number);
            self.page.words(place, &words);
        }
        let due = if label || self.in_abstract > 0 { Due::Label } else { Due::Flush };
        self.open_argument(vec![due]);
    }

    fn top_rank(&self) -> u8 {
        if self.has_chapters { 2 } else { 3 }
    }

    fn count_section(&mut self, rank: u8) {
        self.has_chapters |= rank == 2;
        let at = usize::from(rank.min(7));
        self.counters[at] += 1;
        self.counters[at + 1..].fill(0);
        if rank == 2 {
            self.floats_counted = [0; 3];
        }
        let from = usize::from(self.top_rank());
        let mut number = String::new();
        for (index, counter) in self.counters.iter().enumerate().take(at + 1).skip(from.min(at)) {
            if !number.is_empty() {
                number.push('.');
            }
            match u8::try_from(counter.saturating_sub(1)) {
                Ok(letter @ 0..26) if self.in_appendix && index == from => number.push(char::from(b'A' + letter)),
                _ => number.push_str(&counter.to_string()),
            }
        }
        let kind = match rank {
            1 => "Part",
            2 if self.in_appendix => "Appendix",
            2 => "Chapter",
            _ => "Section",
        };
        self.current = Label { kind, number };
    }

    fn item(&mut self) {
        if !self.may_begin() {
            return;
        }
        let in_row = self.page.in_row();
        let place = self.here();
        if in_row {
            self.page.line(place);
            self.stream.option();
            return;
        }
        self.page.flush();
        let label = self.stream.option();
        if let Some(Some(ordinal)) = self.lists.last_mut()
            && label.is_none()
        {
            *ordinal = ordinal.saturating_add(1);
            self.last_item = *ordinal;
            self.current = Label { kind: "Item", number: self.last_item.to_string() };
        }
        if let Some(label) = label {
            let kind = self.item_kind();
            self.page.begin(kind);
            if matches!(self.stream.piece(&label).trim(), "" | "--" | "-" | "*") {
                return;
            }
            let labels = self.lists.last() == Some(&None);
            self.open_group(if labels { vec![Due::ItemLabel] } else { vec![Due::Words(" ")] });
            self.stream.push(label, After::Group);
        }
    }

    /// `\verb|…|`.
    fn verbatim_words(&mut self) {
        self.stream.star();
        let rest = self.stream.rest();
        let Some(mark) = rest.chars().next().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()) else { return };
        let close = if mark == '{' { '}' } else { mark };
        let inside = &rest[mark.len_utf8()..];
        let line = inside.find('\n').unwrap_or(inside.len());
        let Some(length) = inside[..line].find(close) else { return };
        self.stream.skip(mark.len_utf8());
        if let Some(piece) = self.stream.take(length)
            && self.ensure_open()
        {
            let text = std::sync::Arc::clone(&self.stream.texts[piece.file]);
            let words = &text[piece.range.clone()];
            self.page.words(piece.place(), words);
        }
        self.stream.skip(close.len_utf8());
    }

    /// Inline commands. Gives whether the command was one.
    fn inline(&mut self, name: &str, token: &Token) -> bool {
        let place = token.place();
        match name {
            "textbf" | "textsc" | "underline" | "uline" | "mathbf" | "strong" | "hl" => {
                self.strong_argument(name == "textbf" || name == "strong" || name == "underline");
            }
            "textit" | "emph" | "textsl" | "mathit" => self.strong_argument(false),
            "bfseries" | "bf" => self.strong_switch(true),
            "itshape" | "it" | "em" | "slshape" | "scshape" => self.strong_switch(false),
            "Huge" | "huge" | "LARGE" | "Large" => {
                if self.on_title_page && !self.has_title && self.page.is_blank() {
                    self.has_title = true;
                    self.page.begin(BlockKind::Title);
                }
            }
            "textsuperscript" | "up" | "textsu" => self.superscript(place),
            "textsubscript" => {}
            "enquote" | "textquote" | "mkbibquote" | "blockquote" | "blockcquote" | "textcquote" => {
                self.stream.star();
                self.stream.option();
                if name.ends_with("cquote") {
                    self.stream.option();
                    self.stream.argument();
                }
                self.text(place, "\"", false);
                self.open_argument(vec![Due::Words("\"")]);
            }
            "and" | "And" | "AND" | "sep" | "qand" => {
                if matches!(self.page.kind(), Some(BlockKind::Metadata)) {
                    self.page.words(place, ", ");
                }
            }
            "parttitle" | "bmhead" | "minisec" | "subheading" => {
                self.stream.star();
                self.page.flush();
                self.page.begin(BlockKind::Heading { level: 7 });
                self.open_argument(vec![Due::Label]);
            }
            "(" => self.math = true,
            ")" => self.math = false,
            "[" => self.math = true,
            "]" => self.math = false,
            "url" | "nolinkurl" | "path" => {
                if let Some(piece) = self.stream.argument()
                    && self.ensure_open()
                {
                    let words = self.stream.piece(&piece).replace('\\', "");
                    self.page.words(piece.place(), &words);
                }
            }
            "gls" | "Gls" | "glspl" | "Glspl" | "acrshort" | "acrlong" | "acrfull" | "ac" | "acs" | "acl" | "acf"
            | "acp" | "acsp" | "aclp" | "acfp" | "Ac" | "Acl" | "Acp" | "acrfullpl" | "acrshortpl" | "acrlongpl" => {
                self.acronym(name, place);
            }
            "-" | "/" | "@" | "!" | "protect" | "relax" | "leavevmode" => {}
            _ => return false,
        }
        true
    }

    fn acronym(&mut self, name: &str, place: Span) {
        self.stream.star();
        self.stream.option();
        let Some(piece) = self.stream.argument() else { return };
        let key = self.stream.piece(&piece).trim().to_owned();
        if !self.ensure_open() {
            return;
        }
        let Some(words) = self.macros.acronym(&self.stream, name, &key) else {
            self.page.words(place, &plain(&key));
            return;
        };
        self.page.words(place, &words);
    }

    fn strong_argument(&mut self, strong: bool) {
        if self.stream.skip_space().is_none() {
            return;
        }
        let opens = self.ensure_open();
        let due = if opens && self.page.strong(!strong) { vec![Due::Strong] } else { Vec::new() };
        self.open_argument(due);
    }

    fn strong_switch(&mut self, strong: bool) {
        if self.groups.is_empty() || !self.ensure_open() {
            return;
        }
        if self.page.strong(!strong)
            && let Some(group) = self.groups.last_mut()
        {
            group.due.push(Due::Strong);
        }
    }
}

/// The words of a short argument without its markup.
pub(super) fn plain(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '{', '}', '~', '$']) {
        words.push_str(&rest[..at]);
        let mark = &rest[at..=at];
        rest = &rest[at + 1..];
        if mark == "~" {
            words.push(' ');
        } else if mark == "\\" {
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            if letters == 0
                && let Some(c) = rest.chars().next()
            {
                words.push(if c == '\\' { ' ' } else { c });
                rest = &rest[c.len_utf8()..];
            } else {
                rest = &rest[letters..];
            }
        }
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
