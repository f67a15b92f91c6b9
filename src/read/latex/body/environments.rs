//! Environments, those of LaTeX and those of the document's own.

use std::sync::Arc;

use super::super::Label;
use super::super::macros;
use super::super::names::{self, Environment};
use super::super::page::TOP;
use super::super::stream::{After, Piece, Token};
use super::{Body, Context, Due, Group, Table, plain};
use crate::manuscript::BlockKind;
use crate::source::{SourceId, Span};

impl Body<'_, '_> {
    pub(super) fn begin_environment(&mut self, token: &Token) {
        let Some(piece) = self.stream.argument() else { return };
        let name = self.stream.piece(&piece).trim().to_owned();
        let place = token.place();
        let place =
            if token.is_written() { Span { end: self.stream.end_of(&piece).max(place.end), ..place } } else { place };
        let kind = names::environment(&name);
        let own =
            matches!(kind, Environment::Document | Environment::Headed("Abstract") | Environment::Bibliography(_));
        if !own && self.user_environment(&name, token, place) {
            return;
        }
        if !self.in_document
            && !matches!(
                kind,
                Environment::Document | Environment::Headed(_) | Environment::Keywords | Environment::Authors
            )
        {
            if matches!(kind, Environment::Skipped | Environment::Verbatim) {
                self.raw_environment(&name, false);
            } else {
                self.open_environment(name, Vec::new());
            }
            return;
        }
        self.environment(&name, kind, place);
    }

    pub(super) fn open_environment(&mut self, name: String, due: Vec<Due>) {
        *self.open_environments.entry(name.clone()).or_default() += 1;
        self.groups.push(Group { environment: Some(name), due, contexts: self.contexts.len() });
    }

    pub(super) fn environment(&mut self, name: &str, kind: Environment, place: Span) {
        use Environment as E;
        let in_row = self.page.in_row() || self.in_table();
        let depth = self.contexts.len();
        let mut due = Vec::new();
        match kind {
            E::Document => {
                self.in_document = true;
                self.page.flush();
            }
            E::Headed(heading) => {
                self.stream.option();
                let twice = self.in_abstract > 0 && heading == "Abstract";
                if !twice {
                    self.heading(TOP, place, heading);
                }
                self.captured += 1;
                due = if heading == "Abstract" {
                    self.in_abstract += 1;
                    vec![Due::Captured, Due::Abstract]
                } else {
                    vec![Due::Captured, Due::Flush]
                };
            }
            E::Keywords => {
                self.stream.option();
                self.keywords(place);
                due = vec![Due::Captured, Due::Flush];
            }
            E::Authors => {
                self.page.flush();
                self.contexts.push(Context::Metadata);
                self.captured += 1;
                due = vec![Due::Captured, Due::Flush];
            }
            E::Quotation => {
                self.page_break();
                self.stream.option();
                self.page.boxes += 1;
                due = vec![Due::Box];
            }
            E::Box => {
                self.page_break();
                let options = self.stream.option();
                self.page.boxes += 1;
                self.open_environment(name.to_owned(), vec![Due::Box]);
                self.box_title(options);
                return;
            }
            E::Titled => {
                self.page_break();
                self.stream.option();
                if self.stream.rest().starts_with('{') {
                    self.open_environment(name.to_owned(), vec![Due::Flush]);
                    let level = if name == "frame" { 3 } else { 4 };
                    self.page.begin(BlockKind::Heading { level });
                    self.open_argument(vec![Due::Flush]);
                    return;
                }
                due = vec![Due::Flush];
            }
            E::Numbered | E::Bullets | E::Labels => {
                self.page_break();
                let options = self.stream.option();
                let from = options.and_then(|piece| {
                    let text = self.stream.piece(&piece);
                    let start = text.split_once("start")?.1.trim_start_matches(['=', ' ']);
                    start.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
                });
                if name == "list" {
                    self.stream.argument();
                    self.stream.argument();
                }
                if matches!(name, "labeling" | "acronym") {
                    self.stream.option();
                    if self.stream.rest().starts_with('{') {
                        self.stream.argument();
                    }
                }
                self.lists.push((kind == E::Numbered).then(|| from.unwrap_or(1).saturating_sub(1)));
                due = vec![Due::List];
                if !in_row {
                    self.contexts.push(Context::Item);
                }
            }
            E::Table(arguments) => {
                if self.math && name.starts_with("array") {
                    self.stream.argument();
                } else {
                    let arguments = if name == "tabular*" { 2 } else { arguments };
                    self.stream.option();
                    for _ in 0..arguments {
                        self.stream.argument();
                    }
                    if in_row {
                        // A table in a cell: its cells are lines of the cell.
                        self.contexts.push(Context::Paragraph);
                    } else {
                        self.page.flush();
                        self.tables.push(Table {
                            number: self.next_table,
                            rows: Vec::new(),
                            settled: 0,
                            header_known: false,
                            has_first_head: false,
                        });
                        self.next_table += 1;
                        self.contexts.push(Context::Row);
                        due = vec![Due::Table];
                    }
                }
            }
            E::Float(float) => {
                self.page_break();
                self.stream.option();
                let arguments = match name.trim_end_matches('*') {
                    "wraptable" | "wrapfigure" => 2,
                    "subfigure" => 1,
                    _ => 0,
                };
                for _ in 0..arguments {
                    self.stream.option();
                    self.stream.argument();
                }
                self.floats.push(float);
                due = vec![Due::Float];
            }
            E::Verbatim | E::Skipped => {
                self.raw_environment(name, kind == E::Verbatim);
                return;
            }
            E::Bibliography(arguments) => {
                for _ in 0..arguments {
                    self.stream.argument();
                }
                self.references_heading(place);
                self.contexts.push(Context::Reference);
                due = vec![Due::Flush];
            }
            E::TitlePage => {
                self.page.flush();
                self.on_title_page = true;
                due = vec![Due::TitlePage];
            }
            E::Formula => {
                self.math = true;
                due = vec![Due::Formula];
            }
            E::Plain(arguments) => {
                self.page_break();
                self.stream.option();
                for _ in 0..arguments {
                    self.stream.option();
                    self.stream.option();
                    self.stream.argument();
                }
                if !in_row {
                    due = vec![Due::Flush];
                }
            }
        }
        self.open_environment(name.to_owned(), due);
        if self.contexts.len() > depth {
            self.fix_contexts();
        }
    }

    /// Text as it stands, up to the end of its environment.
    pub(super) fn raw_environment(&mut self, name: &str, shown: bool) {
        let end = format!("\\end{{{name}}}");
        let rest = self.stream.rest();
        let found = rest.find(&end);
        let length = found.unwrap_or(rest.len());
        let piece = self.stream.take(length);
        if let Some(piece) = piece
            && shown
            && self.in_document
        {
            self.page_break();
            self.page.hold();
            self.page.begin(BlockKind::Code);
            let text = Arc::clone(&self.stream.texts[piece.file]);
            self.page.source(SourceId(piece.file as u32), piece.range.start, &text[piece.range.clone()]);
            self.page.resume();
        }
        if found.is_some() {
            self.stream.skip(end.len());
        } else {
            self.note(format!("the environment `{name}` never ends; what follows it was not read"));
        }
    }

    /// The title of a framed box.
    pub(super) fn box_title(&mut self, options: Option<Piece>) {
        let Some(options) = options else { return };
        let Some(title) = macros::title_of(&self.stream, &options) else { return };
        self.page.begin(BlockKind::Paragraph);
        self.page.strong(false);
        self.open_group(vec![Due::Flush, Due::Strong]);
        self.stream.push(title, After::Group);
    }

    /// An environment of the author's own. Gives whether it is one.
    pub(super) fn user_environment(&mut self, name: &str, token: &Token, place: Span) -> bool {
        if let Some(user) = self.macros.environment(name).cloned() {
            let arguments = self.arguments(&user);
            self.open_environment(name.to_owned(), Vec::new());
            self.stream.expand(&user.body, arguments, token, After::Nothing);
            return true;
        }
        if let Some(user) = self.macros.boxed(name).cloned() {
            self.page_break();
            let arguments = self.arguments(&user);
            self.page.boxes += 1;
            self.open_environment(name.to_owned(), vec![Due::Box]);
            if let Some(title) = macros::title_of(&self.stream, &user.body) {
                self.page.begin(BlockKind::Paragraph);
                self.page.strong(false);
                self.open_group(vec![Due::Flush, Due::Strong]);
                self.stream.expand(&title, arguments, token, After::Group);
            }
            return true;
        }
        let Some((title, number)) = self.macros.count_theorem(name) else { return false };
        self.page_break();
        let named = self.stream.option();
        self.open_environment(name.to_owned(), vec![Due::Flush]);
        self.current = Label { kind: "Item", number: number.to_string() };
        if self.ensure_open() {
            let heading = plain(self.stream.piece(&title));
            let heading = if number > 0 { format!("{heading} {number}") } else { heading };
            self.page.words(place, &heading);
            let kind = self.page.kind().cloned().unwrap_or(BlockKind::Paragraph);
            if let Some(named) = named {
                let words = format!(" ({})", plain(self.stream.piece(&named)));
                self.page.words(named.place(), &words);
            }
            self.page.label(kind, place);
        }
        true
    }

    pub(super) fn end_environment(&mut self, name: &str, token: &Token) {
        if name == "document" {
            self.stream.stop();
            return;
        }
        if let Some(user) = self.macros.environment(name)
            && let Some(end) = user.end.clone()
            && self.open_environments.get(name).is_some_and(|count| *count > 0)
        {
            self.stream.expand(&end, Vec::new(), token, After::Environment(name.to_owned()));
            return;
        }
        self.close_environment(name);
    }

    pub(super) fn close_environment(&mut self, name: &str) {
        if self.open_environments.get(name).is_none_or(|count| *count == 0) {
            return;
        }
        while let Some(group) = self.groups.last() {
            let found = group.environment.as_deref() == Some(name);
            self.close_group();
            if found {
                break;
            }
        }
    }
}
