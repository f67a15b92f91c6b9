//! Checks of open documents, and their findings as an editor shows them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Position, Range, Url,
};
use rustc_hash::FxHashMap;

use super::positions::{LineIndex, Units};
use crate::baseline;
use crate::check::{self, ProjectFiles, Settings};
use crate::config::{Config, FILE_NAME, project_in};
use crate::error::Error;
use crate::files;
use crate::manuscript::Format;
use crate::read::{self, FolderLibrary, Library, read_bytes};
use crate::report::{DocumentReport, FindingReport};
use crate::rule::{Memory, RuleSet, Severity, load};
use crate::source::{SourceText, Span};

/// The name under which editors list the findings.
pub(super) const SOURCE: &str = "realint";

/// The texts of open documents, which count instead of what lies on disk.
#[derive(Debug, Clone, Default)]
pub struct OpenTexts(pub Arc<BTreeMap<PathBuf, Arc<String>>>);

impl OpenTexts {
    /// The text of a file: the open one, else what lies on disk. `None` where neither can be had.
    pub fn text(&self, path: &Path) -> Option<Arc<String>> {
        if let Some(text) = self.0.get(path) {
            return Some(Arc::clone(text));
        }
        let bytes = read_bytes(path).ok()?;
        Some(Arc::new(crate::source::decode(&bytes)?.text))
    }
}

impl Library for OpenTexts {
    fn open(&self, from: &Path, name: &str) -> Option<(PathBuf, String)> {
        let path = from.parent().unwrap_or(Path::new("")).join(name);
        match self.0.get(&cleaned(&path)) {
            Some(text) => Some((path, text.as_str().to_owned())),
            None => FolderLibrary.open(from, name),
        }
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Error> {
        self.0.get(&cleaned(path)).map_or_else(|| read_bytes(path), |text| Ok(text.as_bytes().to_vec()))
    }
}

/// A document to check.
#[derive(Debug, Clone)]
pub struct Job {
    /// Where it lies, or would.
    pub path: PathBuf,
    /// Its text.
    pub text: Arc<String>,
    /// How it is read, where its name doesn't tell.
    pub format: Option<Format>,
    /// All open documents.
    pub open: OpenTexts,
    /// What was read of its sentences before.
    pub memory: Option<Arc<Memory>>,
}

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// One a record, each with its outline.
    pub reports: Vec<DocumentReport>,
    /// The rules by which it was checked.
    pub rules: Option<Arc<RuleSet>>,
    /// What is wrong with the configuration, so that it wasn't heeded.
    pub trouble: Option<String>,
}

impl Checked {
    /// The files that it says something of, by absolute paths.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.reports.iter().flat_map(|report| report.sources.iter()).map(|source| cleaned(Path::new(&source.name)))
    }
}

/// Checks documents. The server has one, and tests bring their own.
pub trait Check: Send + Sync {
    /// Checks a document. Errors: it can't be read.
    fn check(&self, job: &Job) -> Result<Checked, Error>;

    /// What a file holds that isn't open. `None` where it can't be read.
    fn closed(&self, path: &Path, open: &OpenTexts) -> Option<Arc<Checked>>;

    /// Forgets what was read of configurations and rules.
    fn forget(&self);
}

/// What is kept under a path, shared between checks.
type Kept<T> = Mutex<FxHashMap<PathBuf, T>>;

/// Checks as `realint check` does, by the `realint.toml` above each file.
#[derive(Default)]
pub struct Checker {
    /// Rules by the folder laid over the shipped ones; the empty path stands for none.
    rules: Kept<Arc<RuleSet>>,
    /// What was found in files that aren't open, with the time and length for which it holds.
    closed: Kept<(SystemTime, u64, Arc<Checked>)>,
}

impl Checker {
    fn loaded(&self, folder: Option<&Path>) -> Result<Arc<RuleSet>, Error> {
        let key = folder.map(Path::to_owned).unwrap_or_default();
        // A check that crashed while it held the lock left the map whole.
        let mut all = self.rules.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(rules) = all.get(&key) {
            return Ok(Arc::clone(rules));
        }
        let rules = Arc::new(folder.map_or_else(load::for_checking, load::with_folder)?);
        all.insert(key, Arc::clone(&rules));
        Ok(rules)
    }

    /// Rules and settings of a file. What is wrong with its configuration comes as words, and the shipped
    /// rules and plain settings hold instead.
    fn settled(&self, path: &Path) -> Result<(Arc<RuleSet>, Settings, bool, Option<String>), Error> {
        let heeded = || {
            let config = Config::find(path)?;
            let rules = self.loaded(config.rules().as_deref())?;
            config.validate(&rules)?;
            let mut settings = config.settings(path)?;
            if let Some(known) = config.baseline() {
                settings.baseline = baseline::read(&known)?;
            }
            Ok::<_, Error>((rules, settings, config.excludes(path)?))
        };
        let (rules, mut settings, excluded, trouble) = match heeded() {
            Ok((rules, settings, excluded)) => (rules, settings, excluded, None),
            Err(error) => (self.loaded(None)?, Settings::default(), false, Some(said(&error))),
        };
        settings.outline = true;
        settings.without_reasons = true;
        Ok((rules, settings, excluded, trouble))
    }

    /// The file that includes this one, if one of those beside it does, with its text.
    fn root_of(&self, job: &Job) -> Option<(PathBuf, Arc<String>)> {
        if !read::is_part(&job.path, &job.text) {
            return None;
        }
        let beside = files::beside(&job.path).manuscripts;
        let own = job.path.extension();
        let others = beside.iter().filter(|path| **path != job.path && path.extension() == own);
        others
            .filter_map(|path| Some((path, job.open.text(path)?)))
            .filter(|(path, text)| !read::is_part(path, text))
            .find(|(path, _)| self.closed(path, &job.open).is_some_and(|c| c.files().any(|file| file == job.path)))
            .map(|(path, text)| (path.clone(), text))
    }

    /// Checks a document as it stands.
    fn alone(&self, job: &Job) -> Result<Checked, Error> {
        let (rules, mut settings, excluded, trouble) = self.settled(&job.path)?;
        settings.memory.clone_from(&job.memory);
        if excluded {
            return Ok(Checked { reports: Vec::new(), rules: Some(rules), trouble });
        }
        let reports = check::check(&job.path, job.text.as_bytes(), job.format, &job.open, &rules, &settings)?;
        Ok(Checked { reports, rules: Some(rules), trouble })
    }
}

/// The project that the nearest `realint.toml` above a file names, where the file is one of its own.
pub(super) fn project_of(path: &Path) -> Result<Option<ProjectFiles>, Error> {
    let Some(folder) = path.ancestors().skip(1).find(|folder| folder.join(FILE_NAME).is_file()) else {
        return Ok(None);
    };
    let files = project_in(folder)?;
    Ok(files.filter(|files| files.all().into_iter().any(|file| cleaned(file) == path)))
}

impl Checker {
    /// Checks a document with the files that it belongs together with.
    fn together(&self, job: &Job, files: &ProjectFiles) -> Result<Checked, Error> {
        let (rules, _, _, trouble) = self.settled(&job.path)?;
        let settings = |path: &Path| {
            let (_, settings, _, _) = self.settled(path)?;
            Ok(Settings { memory: job.memory.clone(), ..settings })
        };
        let (reports, mut errors) = check::check_project(files, &job.open, &rules, &settings);
        let is_own = |report: &DocumentReport| cleaned(Path::new(&report.path)) == job.path;
        match errors.pop() {
            // Another file can't be read; that is no reason to say nothing of this one.
            Some(error) if reports.iter().any(is_own) => {
                Ok(Checked { reports, rules: Some(rules), trouble: trouble.or_else(|| Some(said(&error))) })
            }
            Some(_) => self.alone(job),
            None => Ok(Checked { reports, rules: Some(rules), trouble }),
        }
    }
}

impl Check for Checker {
    fn check(&self, job: &Job) -> Result<Checked, Error> {
        if let Ok(Some(files)) = project_of(&job.path) {
            return self.together(job, &files);
        }
        match self.root_of(job) {
            Some((path, text)) => {
                self.alone(&Job { path, text, format: None, open: job.open.clone(), memory: job.memory.clone() })
            }
            None => self.alone(job),
        }
    }

    // Kept as long as the file stays what it was.
    fn closed(&self, path: &Path, open: &OpenTexts) -> Option<Arc<Checked>> {
        let data = std::fs::metadata(path).ok()?;
        let (time, length) = (data.modified().ok()?, data.len());
        let kept = || self.closed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((then, before, checked)) = kept().get(path)
            && (*then, *before) == (time, length)
        {
            return Some(Arc::clone(checked));
        }
        let text = OpenTexts::default().text(path)?;
        let job = Job { path: path.to_owned(), text, format: None, open: open.clone(), memory: None };
        let checked = Arc::new(self.alone(&job).unwrap_or_default());
        kept().insert(path.to_owned(), (time, length, Arc::clone(&checked)));
        Some(checked)
    }

    fn forget(&self) {
        self.rules.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        self.closed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }
}

/// An error on one line, with what to do.
pub(super) fn said(error: &Error) -> String {
    use miette::Diagnostic as _;
    let mut words = error.to_string();
    if let Some(help) = error.help() {
        words.push_str("; ");
        words.push_str(&help.to_string());
    }
    words
}

/// An absolute path without `.` and `..`, so that a file has one name.
pub(super) fn cleaned(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut clean = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// Places of reports as editors want them, with the lines of each text indexed once.
pub(super) struct Places<'a> {
    units: Units,
    /// The address by which the editor knows a file.
    address: &'a dyn Fn(&Path) -> Option<Url>,
    indexed: FxHashMap<*const SourceText, (LineIndex, Option<Url>)>,
}

impl<'a> Places<'a> {
    /// `address` gives the address of a file by its absolute path.
    pub(super) fn new(units: Units, address: &'a dyn Fn(&Path) -> Option<Url>) -> Self {
        Self { units, address, indexed: FxHashMap::default() }
    }

    fn of(&mut self, source: &SourceText) -> &(LineIndex, Option<Url>) {
        let address = self.address;
        self.indexed
            .entry(std::ptr::from_ref(source))
            .or_insert_with(|| (LineIndex::new(&source.text), address(&cleaned(Path::new(&source.name)))))
    }

    /// A byte range of a text as a range of positions.
    pub(super) fn range(&mut self, source: &SourceText, bytes: std::ops::Range<usize>) -> Range {
        let units = self.units;
        self.of(source).0.range(&source.text, bytes, units)
    }

    /// A span of a report as a place in a file. `None` where it has none that an editor can open.
    pub(super) fn location(&mut self, report: &DocumentReport, span: Span) -> Option<Location> {
        let source = report.sources.get(span.source.0 as usize)?;
        let uri = self.of(source).1.clone()?;
        Some(Location { uri, range: self.range(source, span.start..span.end) })
    }
}

/// The findings of a check, under the file that each stands in.
pub(super) fn diagnostics(
    checked: &Checked,
    places: &mut Places<'_>,
    with_related: bool,
) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let mut all: BTreeMap<PathBuf, Vec<Diagnostic>> = checked.files().map(|file| (file, Vec::new())).collect();
    for report in checked.reports.iter().filter(|report| !report.lines_are_paragraphs) {
        for finding in &report.findings {
            let Some(source) = report.sources.get(finding.span.source.0 as usize) else { continue };
            let diagnostic = diagnostic(report, finding, places, with_related);
            all.entry(cleaned(Path::new(&source.name))).or_default().push(diagnostic);
        }
    }
    all
}

fn diagnostic(
    report: &DocumentReport,
    finding: &FindingReport,
    places: &mut Places<'_>,
    with_related: bool,
) -> Diagnostic {
    let span = finding.span;
    let range = report.sources.get(span.source.0 as usize).map(|source| places.range(source, span.start..span.end));
    let related = finding.related.iter().filter(|_| with_related).filter_map(|related| {
        Some(DiagnosticRelatedInformation {
            location: places.location(report, related.span)?,
            message: related.message.clone(),
        })
    });
    let related: Vec<_> = related.collect();
    Diagnostic {
        range: range.unwrap_or_default(),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Note => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(finding.code.clone())),
        code_description: Url::parse(&finding.url).ok().map(|href| CodeDescription { href }),
        source: Some(SOURCE.into()),
        message: format!("{}\n{}", finding.message, finding.help),
        related_information: (!related.is_empty()).then_some(related),
        // What silences nothing can go.
        tags: (finding.code == SILENCES_NOTHING).then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    }
}

/// The code of a suppression that silences nothing.
const SILENCES_NOTHING: &str = "SUP001";

/// What is shown at the head of a document that could not be checked.
pub(super) fn unchecked(message: String) -> Diagnostic {
    let start = Position::default();
    Diagnostic {
        range: Range { start, end: Position { line: 1, character: 0 } },
        severity: Some(DiagnosticSeverity::WARNING),
        source: Some(SOURCE.into()),
        message,
        ..Diagnostic::default()
    }
}
