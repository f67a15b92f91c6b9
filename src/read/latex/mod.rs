//! LaTeX: articles and theses, with the files that they include.
//!
//! TeX is no language of trees: a macro may open what another closes. So the reader goes over the
//! tokens as TeX does, expands the macros that the document defines, and makes blocks of what the
//! commands of LaTeX and of the usual packages and classes mean. As LaTeX itself does, it reads
//! twice where labels are referred to: the first time to number them.

mod bib;
mod body;
mod macros;
mod names;
mod page;
mod stream;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Library;
use crate::error::Error;
use crate::manuscript::{Declared, Draft, Format};
use crate::source::SourceText;

/// Included files together are no longer than this.
const MOST_INCLUDED_BYTES: usize = super::MOST_BYTES as usize;
/// No more files than this are looked for.
const MOST_NAMES: usize = 2_000;
/// Lines that are read to tell LaTeX.
const HEAD_LINES: usize = 400;

/// What a label names: a table, a section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Label {
    kind: &'static str,
    number: String,
}

type Labels = FxHashMap<String, Label>;

/// A file's path and text, where it could be read.
type Opened = Option<(PathBuf, Arc<str>)>;

/// Files that were asked for, so that a second reading finds what the first did.
struct Shelf<'l> {
    library: &'l dyn Library,
    opened: FxHashMap<(PathBuf, String), Opened>,
    bytes: usize,
}

impl Shelf<'_> {
    fn open(&mut self, from: &Path, name: &str) -> Option<(PathBuf, Arc<str>)> {
        let key = (from.to_owned(), name.to_owned());
        if let Some(known) = self.opened.get(&key) {
            return known.clone();
        }
        if self.opened.len() >= MOST_NAMES {
            return None;
        }
        let opened = self.library.open(from, name).map(|(path, text)| (path, Arc::from(text)));
        self.opened.insert(key, opened.clone());
        opened
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    fn is_full(&self) -> bool {
        self.bytes > MOST_INCLUDED_BYTES
    }
}

/// Whether a text is a LaTeX document, whatever its name: it names its class, on a line of its own.
pub(super) fn is_latex(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let begins = |line: &str| {
        ["\\documentclass", "\\documentstyle"]
            .iter()
            .any(|class| line.strip_prefix(class).is_some_and(|rest| rest.trim_start().starts_with(['[', '{', '%'])))
    };
    for line in text.lines().take(HEAD_LINES).map(str::trim_start) {
        if begins(line) {
            return true;
        }
        // What may stand before the class is comments and commands.
        if !line.is_empty() && !line.starts_with(['%', '\\', '{', '}', ']']) {
            return false;
        }
    }
    false
}

/// Whether a text without a class is a part of a LaTeX document: sections and environments begin lines.
pub(super) fn is_part(text: &str) -> bool {
    const MARKS: [&str; 8] = [
        "\\section{",
        "\\section*{",
        "\\chapter{",
        "\\subsection{",
        "\\begin{document}",
        "\\begin{abstract}",
        "\\maketitle",
        "\\input{",
    ];
    let marked =
        text.lines().take(HEAD_LINES).filter(|line| MARKS.iter().any(|mark| line.trim_start().starts_with(mark)));
    marked.count() >= 2
}

/// Whether a document is set as a part of another: the `subfiles` and `standalone` classes.
pub(super) fn is_root(text: &str) -> bool {
    let class = text.lines().take(HEAD_LINES).map(str::trim_start).find(|line| line.starts_with("\\documentclass"));
    class.is_some_and(|class| !class.contains("{subfiles}") && !class.contains("{standalone}"))
        || text.lines().take(HEAD_LINES).any(|line| line.trim_start().starts_with("\\documentstyle"))
}

/// Reads a file and the files that it includes into one draft.
///
/// Errors: macros or files nest without end, or expand to more than any manuscript holds.
pub(super) fn read(path: &Path, source: SourceText, library: &dyn Library) -> Result<Draft, Error> {
    let mut shelf = Shelf { library, opened: FxHashMap::default(), bytes: 0 };
    let text: Arc<str> = Arc::from(source.text.as_str());
    let mut whole = is_root(&text) || is_latex(&text);
    let mut labels = Labels::default();
    let mut again = 3;
    loop {
        shelf.bytes = 0;
        let mut body = body::Body::new(&mut shelf, &labels, path, Arc::clone(&text), whole);
        if let Some(what) = body.run() {
            return Err(Error::Excessive { path: path.to_owned(), what: what.to_owned() });
        }
        again -= 1;
        if again > 0 && whole && body.only_preamble() {
            // Torn off, or begun in a file that is missing: better read too much than nothing.
            whole = false;
            continue;
        }
        if again > 0 && labels.is_empty() && body.wants_labels && !body.found.is_empty() {
            labels = std::mem::take(&mut body.found);
            continue;
        }
        let mut names = std::mem::take(&mut body.names).into_iter();
        let texts: Vec<Arc<str>> = body.texts().to_vec();
        let comments = std::mem::take(&mut body.comments);
        let notes = std::mem::take(&mut body.notes);
        let blocks = std::mem::take(&mut body.page).finish();
        names.next();
        let rest = names.zip(texts.into_iter().skip(1)).map(|(name, text)| SourceText::new(name, text.to_string()));
        let sources = std::iter::once(source).chain(rest).collect();
        return Ok(Draft {
            format: Format::Latex,
            sources: Arc::new(sources),
            blocks,
            comments,
            declared: Declared::default(),
            notes,
            record: 1,
        });
    }
}
