//! Files that a document includes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Body, DEEPEST_INCLUDE, LONGEST_PACKAGE, MOST_FILES};

impl Body<'_, '_> {
    pub(super) fn include(&mut self, command: &str) {
        let mut folder = String::new();
        if matches!(command, "import" | "subimport" | "inputfrom" | "includefrom") {
            self.stream.star();
            folder =
                self.stream.argument().map(|piece| self.stream.piece(&piece).trim().to_owned()).unwrap_or_default();
        }
        let named = if self.stream.skip_space() == Some(b'{') {
            self.stream.argument()
        } else {
            // `\input chapter`, as TeX itself has it.
            let length = self.stream.rest().find(|c: char| c.is_whitespace() || "\\{}%".contains(c));
            let length = length.unwrap_or(self.stream.rest().len());
            self.stream.take(length)
        };
        let Some(piece) = named else { return };
        let name = format!("{folder}{}", self.stream.piece(&piece).trim().trim_matches('"'));
        if name.is_empty() || name.contains(['#', '\\']) || matches!(name.as_str(), "glyphtounicode" | "pdf-trans") {
            return;
        }
        if command == "include" {
            self.paragraph(piece.place());
        }
        let open: Vec<PathBuf> = self.stream.paths().cloned().collect();
        if open.len() > DEEPEST_INCLUDE || self.stream.texts.len() >= MOST_FILES || self.shelf.is_full() {
            self.note("some files were not included: includes nest too deeply, are too many or too long".to_owned());
            return;
        }
        let from = open.last().cloned().unwrap_or_else(|| self.main.clone());
        let tex = format!("{name}.tex");
        let has_extension = Path::new(&name).extension().is_some();
        let tries: [&str; 2] = if has_extension { [&name, &tex] } else { [&tex, &name] };
        let found =
            [&self.main, &from].into_iter().find_map(|from| tries.iter().find_map(|name| self.shelf.open(from, name)));
        let Some((path, text)) = found else {
            self.note(format!("`{name}`, which {} includes, could not be read", from.display()));
            return;
        };
        let same = |a: &Path, b: &Path| {
            a == b || a.canonicalize().ok().is_some_and(|a| b.canonicalize().is_ok_and(|b| a == b))
        };
        if open.iter().any(|open| same(open, &path)) {
            self.note(format!("`{name}` includes itself, directly or through others; it was read once"));
            return;
        }
        // A part that can be set by itself has a preamble of its own.
        if text.contains("\\documentclass") && text.contains("\\begin{document}") {
            let body = text.find("\\begin{document}").map_or(0, |at| at + "\\begin{document}".len());
            let end = text.rfind("\\end{document}").unwrap_or(text.len()).max(body);
            let file = self.add(&path, text);
            self.stream.open_part(file, path, body..end);
            return;
        }
        let file = self.add(&path, text);
        self.stream.open_file(file, path);
    }

    pub(super) fn add(&mut self, path: &Path, text: Arc<str>) -> usize {
        self.shelf.count(text.len());
        self.stream.texts.push(text);
        self.names.push(path.to_string_lossy().into_owned());
        self.stream.texts.len() - 1
    }

    /// Macros of the author's own package that lies beside the manuscript.
    pub(super) fn package(&mut self) {
        self.stream.option();
        let Some(piece) = self.stream.argument() else { return };
        let names: Vec<String> =
            self.stream.piece(&piece).split(',').take(100).map(|name| name.trim().to_owned()).collect();
        if self.in_document {
            return;
        }
        for name in names.into_iter().rev().filter(|name| !name.is_empty() && !name.contains(['#', '\\'])) {
            let open = self.stream.paths().count();
            if open > DEEPEST_INCLUDE || self.stream.texts.len() >= MOST_FILES || self.shelf.is_full() {
                return;
            }
            let main = self.main.clone();
            let Some((path, text)) = self.shelf.open(&main, &format!("{name}.sty")) else { continue };
            if text.len() <= LONGEST_PACKAGE && !self.stream.paths().any(|open| *open == path) {
                let file = self.add(&path, text);
                self.stream.open_file(file, path);
                self.stream.at_letter = true;
            }
        }
    }
}
