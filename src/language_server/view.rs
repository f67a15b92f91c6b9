//! What a request sees: its document as it is, what was found in it, and the files beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{Position, Range, Url};
use rustc_hash::FxHashMap;

use super::diagnostics::{Check, Checked, OpenTexts, cleaned};
use super::positions::{LineIndex, Units};
use crate::files;
use crate::outline::Outline;
use crate::report::DocumentReport;
use crate::rule::RuleSet;
use crate::source::{SourceId, Span};

/// Everything that answers to a request are made from; cheap to take, since all of it is shared.
pub(super) struct View {
    /// The document's address.
    pub(super) uri: Url,
    /// Where it lies.
    pub(super) path: PathBuf,
    /// Its text.
    pub(super) text: Arc<String>,
    /// The lines of its text.
    pub(super) index: Arc<LineIndex>,
    /// What was found in it; of an earlier text where the request didn't wait.
    pub(super) checked: Option<Arc<Checked>>,
    /// How columns are counted.
    pub(super) units: Units,
    /// The texts of all open documents.
    pub(super) open: OpenTexts,
    /// The addresses of all open documents.
    pub(super) addresses: FxHashMap<PathBuf, Url>,
    /// What was found in all open documents.
    pub(super) others: BTreeMap<PathBuf, Arc<Checked>>,
    /// Reads files that aren't open.
    pub(super) checker: Arc<dyn Check>,
}

impl View {
    /// The byte of a position in the document.
    pub(super) fn offset(&self, position: Position) -> usize {
        self.index.offset(&self.text, position, self.units)
    }

    /// A byte range of the document as positions.
    pub(super) fn range(&self, bytes: std::ops::Range<usize>) -> Range {
        self.index.range(&self.text, bytes, self.units)
    }

    /// The line of a byte up to that byte.
    pub(super) fn line_before(&self, at: usize) -> &str {
        &self.text[self.index.line_start_of(at)..at]
    }

    /// The address of a file, as the editor wrote it where it has it open.
    pub(super) fn address(&self, path: &Path) -> Option<Url> {
        self.addresses.get(path).cloned().or_else(|| Url::from_file_path(path).ok())
    }

    /// The rules that the document was checked by.
    pub(super) fn rules(&self) -> Option<&RuleSet> {
        self.checked.as_ref()?.rules.as_deref()
    }

    /// The reports that say something of this very document, each with the number that it has among the
    /// report's sources.
    pub(super) fn own(&self) -> impl Iterator<Item = (&DocumentReport, SourceId)> {
        let reports = self.checked.iter().flat_map(|checked| &checked.reports);
        reports.filter_map(|report| Some((report, source_of(report, &self.path)?)))
    }

    /// The outlines of this document, each with the number of the document among the sources.
    pub(super) fn outlines(&self) -> impl Iterator<Item = (&DocumentReport, &Outline, SourceId)> {
        self.own().filter_map(|(report, source)| Some((report, report.outline.as_deref()?, source)))
    }

    /// The document and the files beside it, the document first, then by path. No file comes twice, also
    /// where one includes another.
    pub(super) fn project(&self) -> Vec<Arc<Checked>> {
        let mut all: Vec<Arc<Checked>> = self.checked.iter().cloned().collect();
        let mut seen: Vec<PathBuf> = all.iter().flat_map(|checked| checked.files()).collect();
        let beside = files::beside(&self.path).manuscripts;
        // What includes others comes before what is included.
        let mut found: Vec<Arc<Checked>> = Vec::new();
        for path in beside.iter().filter(|path| **path != self.path) {
            found.extend(self.others.get(path).cloned().or_else(|| self.checker.closed(path, &self.open)));
        }
        found.sort_by_key(|checked| std::cmp::Reverse(checked.files().count()));
        for checked in found {
            let files: Vec<PathBuf> = checked.files().collect();
            if files.first().is_some_and(|first| !seen.contains(first)) {
                seen.extend(files);
                all.push(checked);
            }
        }
        all
    }
}

/// The number of a file among a report's sources.
fn source_of(report: &DocumentReport, path: &Path) -> Option<SourceId> {
    let number = report.sources.iter().position(|source| cleaned(Path::new(&source.name)) == path)?;
    Some(SourceId(number as u32))
}

/// Whether a span holds a byte of a source, its end among them: that is where the cursor stands after a word.
pub(super) fn holds(span: Span, source: SourceId, at: usize) -> bool {
    span.source == source && span.start <= at && at <= span.end
}
