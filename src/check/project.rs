//! A project to its reports: one a file, each with what ties it to the others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::page::{self, Page};
use super::{Settings, check, check_draft, protocol as protocol_check, shifted};
use crate::bibliography::{self, Bibliography};
use crate::error::Error;
use crate::finding::{Beyond, Finding, Spotted};
use crate::manuscript::{Format, Manuscript};
use crate::project::{self, At, Evidence, Tie, Told};
use crate::protocol;
use crate::read::{self, FolderLibrary, read_bytes};
use crate::report::{DocumentReport, FindingReport, SuppressedReport};
use crate::rule::RuleSet;
use crate::source::{Location, SourceId, SourceText, Span};
use crate::standard::Stage;
use crate::structured::Syntax;

/// Endings of the texts of sources, in the order in which they are looked for.
const TEXT_ENDINGS: [&str; 8] = ["txt", "md", "html", "htm", "xml", "docx", "pdf", "tex"];

/// The files of a project, by the paths under which they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFiles {
    /// The manuscript.
    pub manuscript: PathBuf,
    /// The protocol.
    pub protocol: Option<PathBuf>,
    /// The bibliographies.
    pub bibliographies: Vec<PathBuf>,
    /// The evidence table.
    pub evidence: Option<PathBuf>,
    /// The folder with the texts of sources, each named by its key.
    pub texts: Option<PathBuf>,
}

impl ProjectFiles {
    /// All files, the manuscript first.
    pub fn all(&self) -> Vec<&PathBuf> {
        let beside = self.protocol.iter().chain(&self.bibliographies).chain(&self.evidence);
        std::iter::once(&self.manuscript).chain(beside).collect()
    }
}

/// What a file beside the manuscript is.
enum Kind {
    Protocol(Syntax, Box<protocol::ProtocolFile>),
    Bibliography(Bibliography),
    Evidence(Evidence),
}

/// A file beside the manuscript, read.
struct Side {
    path: PathBuf,
    page: Page,
    note: Option<String>,
    kind: Kind,
}

/// Checks all files of a project and what ties them together. Gives one report a file, the manuscript first,
/// and the errors of files that could not be read; without the manuscript nothing is tied.
///
/// `settings` gives those of a file.
pub fn check_project(
    files: &ProjectFiles,
    rules: &RuleSet,
    settings: &dyn Fn(&Path) -> Result<Settings, Error>,
) -> (Vec<DocumentReport>, Vec<Error>) {
    let mut errors = Vec::new();
    let mut sides = Vec::new();
    let read =
        files.protocol.iter().map(|path| side(path, |path, source, syntax| protocol_of(path, source, syntax, rules)));
    let libraries = files
        .bibliographies
        .iter()
        .map(|path| side(path, |path, source, _| Ok(Kind::Bibliography(bibliography::read(path, &source.text)))));
    let tables =
        files.evidence.iter().map(|path| side(path, |_, source, _| Ok(Kind::Evidence(Evidence::read(&source.text)))));
    for one in read.chain(libraries).chain(tables) {
        match one {
            Ok(side) => sides.push(side),
            Err(error) => errors.push(error),
        }
    }
    let mut found: Vec<Vec<Spotted<'_>>> = sides.iter().map(|_| Vec::new()).collect();
    let mut reports = Vec::new();
    let mut texts: Vec<SourceText> = sides.iter().map(|side| side.page.source().clone()).collect();
    match manuscript(files, &sides, rules, settings, &mut found, &mut texts) {
        Ok(own) => reports.extend(own),
        Err(error) => errors.push(error),
    }
    for (side, found) in sides.into_iter().zip(found) {
        let path = side.path.clone();
        match settings(&path).and_then(|settings| side_report(side, found, rules, &settings)) {
            Ok(report) => reports.push(report),
            Err(error) => errors.push(error),
        }
    }
    for report in &mut reports {
        attach(report, &texts);
    }
    (reports, errors)
}

fn side(path: &Path, kind: impl Fn(&Path, &SourceText, Syntax) -> Result<Kind, Error>) -> Result<Side, Error> {
    let bytes = read_bytes(path)?;
    let (source, syntax, note) = read::read_structured(path, &bytes)?;
    if source.text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let kind = kind(path, &source, syntax)?;
    Ok(Side { path: path.to_owned(), page: Page::new(source), note, kind })
}

fn protocol_of(path: &Path, source: &SourceText, syntax: Syntax, rules: &RuleSet) -> Result<Kind, Error> {
    let parsed = protocol::parse(&source.text, syntax);
    if !protocol::is_protocol(path, &source.text, &parsed, rules) && parsed.mistakes.is_empty() {
        return Err(Error::NoProtocol { path: path.to_owned(), syntax: syntax.name() });
    }
    Ok(Kind::Protocol(syntax, Box::new(protocol::read(parsed, false, rules))))
}

/// The reports of the manuscript; what is found in other files goes to `found`, the manuscript's texts behind
/// those of the other files to `texts`.
fn manuscript<'r>(
    files: &ProjectFiles,
    sides: &[Side],
    rules: &'r RuleSet,
    settings: &dyn Fn(&Path) -> Result<Settings, Error>,
    found: &mut [Vec<Spotted<'r>>],
    texts: &mut Vec<SourceText>,
) -> Result<Vec<DocumentReport>, Error> {
    let path = &files.manuscript;
    let settings = settings(path)?;
    let bytes = read_bytes(path)?;
    let source_texts = |key: &str| text_of(files.texts.as_deref()?, key, rules);
    let beside = project::Beside {
        protocol: sides.iter().enumerate().find_map(|(number, side)| match &side.kind {
            Kind::Protocol(_, file) => Some((number, &**file, side.page.source().text.as_str())),
            _ => None,
        }),
        bibliographies: sides
            .iter()
            .enumerate()
            .filter_map(|(number, side)| match &side.kind {
                Kind::Bibliography(bibliography) => Some((number, bibliography)),
                _ => None,
            })
            .collect(),
        evidence: sides.iter().enumerate().find_map(|(number, side)| match &side.kind {
            Kind::Evidence(table) => Some((number, table)),
            _ => None,
        }),
        texts: &source_texts,
    };
    let mut first = true;
    let mut tie = |told: &Told<'_>| -> Vec<Finding> {
        // Of a file with several records the first is the report.
        if !std::mem::take(&mut first) {
            return Vec::new();
        }
        let places = Places { manuscript: told.reading.manuscript, path, sides };
        texts.extend(told.reading.manuscript.shown_sources().iter().cloned());
        let mut own = Vec::new();
        for tie in project::judge(&beside, *told, rules, settings.pedantic) {
            match &tie.at {
                At::Manuscript(_) => own.push(places.finding(tie)),
                At::File(number, _) => found[*number].push(places.spotted(*number, tie)),
            }
        }
        own
    };
    if crate::structured::Syntax::of(path).is_some() {
        // A protocol or a list of configurations, and no report.
        return check(path, &bytes, None, &FolderLibrary, rules, &settings);
    }
    let drafts = read::read(path, &bytes, None, &FolderLibrary, &rules.section_names)?;
    drafts.into_iter().map(|draft| check_draft(path, draft, rules, &settings, &mut tie)).collect()
}

/// The text of a source, as far as a file of its key lies in the folder.
fn text_of(folder: &Path, key: &str, rules: &RuleSet) -> Option<(String, String)> {
    // A key is a name of a file here, and no way out of the folder.
    if key.is_empty() || key.contains(['/', '\\']) || key.starts_with('.') || key.contains('\0') {
        return None;
    }
    let path = TEXT_ENDINGS.iter().map(|ending| folder.join(format!("{key}.{ending}"))).find(|path| path.is_file())?;
    let bytes = read_bytes(&path).ok()?;
    let drafts = read::read(&path, &bytes, None, &read::NoLibrary, &rules.section_names).ok()?;
    let blocks = drafts.iter().flat_map(|draft| &draft.blocks).map(|block| block.text.as_str());
    Some((path.to_string_lossy().into_owned(), blocks.collect::<Vec<_>>().join("\n")))
}

/// Places of a project, as reports give them.
struct Places<'a> {
    manuscript: &'a Manuscript,
    path: &'a Path,
    sides: &'a [Side],
}

impl Places<'_> {
    /// A place as one in another file.
    fn beyond(&self, message: String, at: &At) -> Beyond {
        match at {
            At::Manuscript(place) => {
                let location = self.manuscript.locate(place.block, place.range.clone());
                let span = self.manuscript.shown_span(place.block, place.range.clone());
                let path = Some(self.path.to_string_lossy().into_owned());
                let lines = !self.manuscript.shows_paragraphs();
                Beyond {
                    message,
                    location: Location { path, ..location },
                    span: shifted(span, self.sides.len()),
                    lines,
                }
            }
            At::File(number, range) => {
                let page = &self.sides[*number].page;
                let path = Some(page.source().name.clone());
                let span = Span { source: SourceId(*number as u32), ..page.span(range) };
                Beyond { message, location: Location { path, ..page.locate(range) }, span, lines: true }
            }
        }
    }

    /// A finding in the manuscript.
    fn finding(&self, tie: Tie<'_>) -> Finding {
        let (mut related, mut beyond) = (Vec::new(), Vec::new());
        for (message, at) in tie.related {
            match at {
                At::Manuscript(place) => related.push((message, place)),
                At::File(..) => beyond.push(self.beyond(message, &at)),
            }
        }
        let place = if let At::Manuscript(place) = tie.at { Some(place) } else { None };
        Finding {
            code: tie.rule.code.clone(),
            severity: tie.rule.severity,
            confidence: tie.rule.confidence,
            message: tie.message,
            label: tie.label,
            why: tie.rule.why.clone(),
            help: tie.help.unwrap_or_else(|| tie.rule.help.clone()),
            place,
            related,
            beyond,
        }
    }

    /// Something found in a file beside the manuscript.
    fn spotted<'r>(&self, own: usize, tie: Tie<'r>) -> Spotted<'r> {
        let (mut related, mut beyond) = (Vec::new(), Vec::new());
        for (message, at) in tie.related {
            match at {
                At::File(number, range) if number == own => related.push((message, range)),
                _ => beyond.push(self.beyond(message, &at)),
            }
        }
        let span = if let At::File(_, range) = tie.at { range } else { 0..0 };
        Spotted { rule: tie.rule, message: tie.message, label: tie.label, help: tie.help, span, related, beyond }
    }
}

/// The report of a file beside the manuscript.
fn side_report(
    side: Side,
    found: Vec<Spotted<'_>>,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<DocumentReport, Error> {
    let Side { page, note, kind, .. } = side;
    let path = page.source().name.clone();
    let (format, said, mark) = match kind {
        Kind::Protocol(syntax, _) => {
            let source = page.source().clone();
            let parsed = protocol::parse(&source.text, syntax);
            return protocol_check::check_protocol(source, syntax, parsed, note, found, rules, settings);
        }
        Kind::Bibliography(bibliography) => {
            let n = bibliography.entries.len();
            let said = format!(
                "a bibliography in {}, {n} {}",
                bibliography.form.name(),
                if n == 1 { "entry" } else { "entries" }
            );
            let mark = if bibliography.form == bibliography::Form::BibTeX { Some('%') } else { None };
            (Format::Bibliography, said, mark)
        }
        Kind::Evidence(_) => (Format::Evidence, "an evidence table".to_owned(), None),
    };
    let comments = mark.map_or_else(Vec::new, |mark| page::comments(&page.source().text, mark));
    let used = vec![false; comments.len()];
    let (findings, suppressed) = page.judged(found, rules, settings, (comments, used), &[]);
    Ok(DocumentReport {
        path,
        format,
        record: 1,
        title: None,
        standard: None,
        stage: Stage::Fragment.name(),
        items: Vec::new(),
        configurations: Vec::new(),
        findings,
        suppressed,
        notes: std::iter::once(said).chain(note).collect(),
        sources: page.sources,
        lines_are_paragraphs: false,
        pages: None,
        manuscript: None,
    })
}

/// Gives a report the texts of other files that its findings point into, behind its own.
fn attach(report: &mut DocumentReport, texts: &[SourceText]) {
    let own = report.sources.len();
    let mut used: Vec<usize> = Vec::new();
    let silenced = report.suppressed.iter_mut().map(|s: &mut SuppressedReport| &mut s.finding);
    let all = report.findings.iter_mut().chain(silenced);
    for related in all.flat_map(|finding: &mut FindingReport| &mut finding.related) {
        let Some(number) = (related.span.source.0 as usize).checked_sub(own) else { continue };
        let index = used.iter().position(|one| *one == number).unwrap_or_else(|| {
            used.push(number);
            used.len() - 1
        });
        related.span.source = SourceId((own + index) as u32);
    }
    if !used.is_empty() {
        let beside = used.iter().filter_map(|number| texts.get(*number).cloned());
        report.sources = Arc::new(report.sources.iter().cloned().chain(beside).collect());
    }
}
