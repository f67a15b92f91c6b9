//! Citations, references to labels, and the reference list.

use std::collections::BTreeSet;

use super::super::names::Cite;
use super::super::page::TOP;
use super::super::stream::{After, Piece};
use super::super::{Label, bib};
use super::{Body, Context, MOST_FILES, plain};
use crate::manuscript::BlockKind;
use crate::source::Span;

impl Body<'_, '_> {
    pub(super) fn cite(&mut self, name: &str, kind: Cite, place: Span) {
        self.stream.star();
        let several = name.to_ascii_lowercase().ends_with("cites");
        let mut shown: Vec<String> = Vec::new();
        let mut keys: Vec<String> = Vec::new();
        let mut end = place.end;
        loop {
            if several {
                // Notes on all of them.
                while self.stream.rest().starts_with('(') {
                    let Some(close) = self.stream.rest().bytes().take(300).position(|b| b == b')') else { break };
                    self.stream.skip(close + 1);
                }
            }
            let first = self.stream.option();
            let second = first.as_ref().and_then(|_| self.stream.option());
            if self.stream.skip_space() != Some(b'{') {
                break;
            }
            let Some(piece) = self.stream.argument() else { break };
            end = self.stream.end_of(&piece);
            let note = |piece: Option<&Piece>| piece.map(|piece| plain(self.stream.piece(piece))).unwrap_or_default();
            let (before, after) = if second.is_some() {
                (note(first.as_ref()), note(second.as_ref()))
            } else {
                (String::new(), note(first.as_ref()))
            };
            let named: Vec<String> = self
                .stream
                .piece(&piece)
                .split(',')
                .map(|key| key.trim().to_owned())
                .filter(|k| !k.is_empty())
                .collect();
            let mut words: Vec<String> = named.iter().map(|key| format!("@{key}")).collect();
            if let Some(first) = words.first_mut()
                && !before.is_empty()
            {
                *first = format!("{before} {first}");
            }
            if let Some(last) = words.last_mut()
                && !after.is_empty()
            {
                *last = if kind == Cite::Narrative { format!("{last} [{after}]") } else { format!("{last}, {after}") };
            }
            shown.append(&mut words);
            keys.extend(named);
            if !several {
                break;
            }
        }
        self.cited.extend(keys);
        if shown.is_empty() || kind == Cite::Silent || !self.ensure_open() {
            return;
        }
        let words = match kind {
            Cite::Narrative => shown.join("; "),
            _ => format!("[{}]", shown.join("; ")),
        };
        // In a macro, everything stands for its call.
        let place =
            if end > place.end && place.end - place.start == name.len() + 1 { Span { end, ..place } } else { place };
        self.page.words(place, &words);
    }

    pub(super) fn reference(&mut self, name: &str, named: bool, place: Span) {
        self.stream.star();
        let Some(piece) = self.stream.argument() else { return };
        self.wants_labels = true;
        let labels = self.labels;
        let keys = self.stream.piece(&piece);
        let found: Vec<&Label> = keys.split(',').filter_map(|key| labels.get(key.trim())).collect();
        let Some(first) = found.first() else { return };
        let numbers: Vec<&str> = found.iter().map(|label| label.number.as_str()).collect();
        let numbers = numbers.join(", ");
        let words = match (named, name) {
            (true, _) => format!("{}{} {numbers}", first.kind, if found.len() > 1 { "s" } else { "" }),
            (false, "eqref") => format!("({numbers})"),
            (false, "pageref") => return,
            _ => numbers,
        };
        self.text(place, &words, false);
    }

    pub(super) fn references_heading(&mut self, place: Span) {
        self.page.flush();
        let headed = self.page.last().is_some_and(|block| matches!(block.kind, BlockKind::Heading { .. }));
        if !headed {
            self.heading(TOP, place, "References");
        }
    }

    pub(super) fn bibliography(&mut self, name: &str, place: Span) {
        self.stream.star();
        self.stream.option();
        if name != "printbibliography" && name != "putbib" {
            let Some(piece) = self.stream.argument() else { return };
            if name == "bibliographystyle" {
                return;
            }
            let files: Vec<String> = self.stream.piece(&piece).split(',').map(|f| f.trim().to_owned()).collect();
            self.libraries.extend(files.into_iter().filter(|f| !f.is_empty()).take(20));
            if name == "addbibresource" {
                return;
            }
        }
        if !self.in_document {
            return;
        }
        self.references_heading(place);
        let main = self.main.clone();
        let mut found = false;
        for library in std::mem::take(&mut self.libraries) {
            let tries = [format!("{library}.bib"), library.clone()];
            let Some((path, text)) = tries.iter().find_map(|name| self.shelf.open(&main, name)) else {
                self.note(format!("the references in `{library}` could not be read"));
                continue;
            };
            if self.shelf.is_full() || self.stream.texts.len() >= MOST_FILES {
                return;
            }
            found = true;
            let file = self.add(&path, text);
            let wanted: BTreeSet<&str> = self.cited.iter().map(String::as_str).collect();
            let entries = bib::entries(&self.stream.texts[file], file);
            let wanted =
                entries.into_iter().filter(|entry| wanted.contains("*") || wanted.contains(entry.key.as_str()));
            self.entries.extend(wanted);
        }
        if found {
            self.entry();
        } else {
            // What BibTeX made of them may lie beside the manuscript.
            let list = self.main.with_extension("bbl");
            let name = list.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if let Some((path, text)) = self.shelf.open(&main, &name) {
                let file = self.add(&path, text);
                self.stream.open_file(file, path);
            }
        }
    }

    /// Reads the next reference.
    pub(super) fn entry(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        self.page.flush();
        self.page.begin(BlockKind::Reference);
        self.contexts.push(Context::Reference);
        let last = entry.fields.len().saturating_sub(1);
        let end = Piece::of(entry.file, entry.end..entry.end);
        self.stream.push(end, After::Reference);
        for (index, range) in entry.fields.into_iter().enumerate().rev() {
            let after = if index == last { After::Nothing } else { After::Field };
            self.stream.push(Piece::of(entry.file, range), after);
        }
    }
}
