//! Rows of tables, and the captions of tables and figures.

use super::super::Label;
use super::super::names::Float;
use super::{Body, Context, Due};
use crate::manuscript::BlockKind;
use crate::source::Span;

impl Body<'_, '_> {
    pub(super) fn row(&mut self, place: Span) {
        let number = self.tables.last().map_or(0, |table| table.number);
        self.page.begin(BlockKind::TableRow { table: number, header: false, cells: Vec::new() });
        self.page.cell(place);
    }

    pub(super) fn new_line(&mut self, name: &str, place: Span) {
        self.stream.star();
        if matches!(name, "\\" | "linebreak") && self.stream.rest().trim_start_matches([' ', '\t']).starts_with('[') {
            self.stream.option();
        }
        let ends_row = matches!(name, "\\" | "tabularnewline" | "cr") && !self.tables.is_empty();
        if ends_row && (self.page.in_row() || !self.page.is_open()) && self.in_table() {
            self.end_row();
        } else {
            self.page.line(place);
        }
    }

    pub(super) fn ampersand(&mut self, place: Span) {
        if self.tables.is_empty() || self.math && !self.page.in_row() {
            let words = if self.math { " " } else { "&" };
            self.text(place, words, false);
            return;
        }
        if !self.page.is_open() {
            if !self.may_begin() {
                return;
            }
            self.row(place);
        }
        if self.page.in_row() && self.in_table() {
            self.page.cell(place);
        } else {
            self.page.gap(place);
        }
    }

    pub(super) fn end_row(&mut self) {
        if !self.page.in_row() {
            return;
        }
        if self.page.row_is_blank() {
            self.page.flush();
            return;
        }
        if let Some(row) = self.page.end_row()
            && let Some(table) = self.tables.last_mut()
        {
            table.rows.push(row);
        }
    }

    /// A rule across a table, or a mark of its head or foot.
    pub(super) fn rule(&mut self, name: &str) {
        self.end_row();
        let Some(table) = self.tables.last_mut() else { return };
        let settled = table.settled;
        match name {
            "midrule" | "middlehline" | "colrule" if !table.header_known && !table.rows.is_empty() => {
                table.header_known = true;
                for (place, _) in &table.rows {
                    self.page.set_header(*place);
                }
            }
            "endfirsthead" => {
                for (place, _) in &table.rows {
                    self.page.set_header(*place);
                }
                table.has_first_head = true;
                table.header_known = true;
                table.settled = table.rows.len();
            }
            "endhead" => {
                for (place, _) in &table.rows[settled..] {
                    if table.has_first_head {
                        self.page.remove(*place);
                    } else {
                        self.page.set_header(*place);
                    }
                }
                table.header_known = true;
                table.settled = table.rows.len();
            }
            "endfoot" | "endlastfoot" => {
                // `Continued on the next page`, which no reader of the source needs.
                for (place, _) in &table.rows[settled..] {
                    self.page.remove(*place);
                }
                table.settled = table.rows.len();
            }
            _ => {}
        }
    }

    pub(super) fn end_table(&mut self) {
        self.end_row();
        let Some(table) = self.tables.pop() else { return };
        if !table.header_known
            && table.rows.len() > 1
            && let Some((place, strong)) = table.rows.first()
            && self.page.looks_like_header(*place, *strong)
        {
            self.page.set_header(*place);
        }
    }

    pub(super) fn caption(&mut self, name: &str, place: Span) {
        let starred = self.stream.star();
        let mut float = self.floats.last().copied();
        if name == "captionof" {
            let kind = self.stream.argument().map(|piece| self.stream.piece(&piece).trim().to_owned());
            float = match kind.as_deref() {
                Some("table") => Some(Float::Table),
                Some("figure") => Some(Float::Figure),
                _ => Some(Float::Box),
            };
        } else if float.is_none() && !self.tables.is_empty() {
            float = Some(Float::Table);
        }
        self.stream.option();
        if !self.may_begin() {
            self.stream.argument();
            return;
        }
        let before = self.stream.skip_space();
        self.page.hold();
        self.page.begin(BlockKind::Caption);
        if let Some(float) = float
            && !starred
            && name != "subcaption"
        {
            let kind = match float {
                Float::Table => "Table",
                Float::Figure => "Figure",
                Float::Box => "Box",
            };
            let count = &mut self.floats_counted[float as usize];
            *count += 1;
            let number = if self.has_chapters && !self.in_appendix {
                format!("{}.{count}", self.counters[2])
            } else {
                count.to_string()
            };
            let said = self.stream.rest().trim_start_matches(['{', ' ', '\n']).get(..3).map(str::to_ascii_lowercase);
            let said = said.is_some_and(|said| matches!(said.as_str(), "tab" | "fig" | "box"));
            if before == Some(b'{') && !said {
                let words = format!("{kind} {number}: ");
                self.page.words(place, &words);
            }
            self.current = Label { kind, number };
        }
        self.contexts.push(Context::Metadata);
        self.open_argument(vec![Due::Resume]);
        self.fix_contexts();
    }
}
