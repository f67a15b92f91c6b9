//! For people at a terminal: findings with excerpts of the source, then the items in a table.
//!
//! codespan-reporting prints whole physical lines, and manuscripts often have one paragraph a
//! line. So it is shown display rows: physical lines cut at spaces, each with the number of its
//! line and columns counted from the line's start.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use codespan_reporting::diagnostic::{Diagnostic, Label};
use codespan_reporting::files::{Error as FilesError, Files};
use codespan_reporting::term::{self, Chars, Config};

use super::place::{only_colours, printable, steers};
use crate::manuscript::Format;
use crate::report::{DocumentReport, FindingReport, PartReport, Report};
use crate::rule::{Severity, certainty};
use crate::source::{Location, SourceText};
use crate::verdict::Verdict;

/// Rows of the source are cut at this many characters where there is room for them.
const ROW: usize = 88;
/// They are no shorter than this, however narrow a terminal is.
const SHORTEST_ROW: usize = 32;
/// An item's name takes this many columns where there is room for them, and no fewer than the other.
const NAME: usize = 52;
const SHORTEST_NAME: usize = 24;
/// Of the sentence that decided a part so many characters are shown where there is room for them.
const SENTENCE: usize = 100;
/// So many columns beside an item's name are for where it was found.
const WHERE: usize = 16;

/// Writes a report for people. `color` puts ANSI colours in; `width` is that of the terminal in columns, and
/// `None` elsewhere: then the text is the same wherever it is written.
pub fn human(report: &Report, color: bool, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let mut shown = Vec::new();
    for document in &report.documents {
        one(document, color, width, &mut shown)?;
    }
    summary(report, &mut shown)?;
    // Rules are shown as they are written, and so is what they say of themselves.
    out.write_all(only_colours(&String::from_utf8_lossy(&shown), color).as_bytes())
}

fn one(document: &DocumentReport, color: bool, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    if !document.findings.is_empty() {
        let rows = Rows::new(&document.sources, row_within(&document.sources, width));
        for finding in &document.findings {
            write_finding(document, finding, &rows, color, out)?;
        }
    }
    let record = if document.record > 1 || document.notes.iter().any(|n| n.contains("several records")) {
        format!(" (record {})", document.record)
    } else {
        String::new()
    };
    let path = printable(&document.path);
    match &document.standard {
        None => {
            for note in &document.notes {
                writeln!(out, "{path}{record}: {}", printable(note))?;
            }
            return writeln!(out);
        }
        Some(standard) => {
            let sure = if standard.ambiguous { "perhaps " } else { "" };
            writeln!(out, "{path}{record}: {sure}{}, {}", standard.id, document.stage)?;
        }
    }
    let reasons = document.standard.iter().flat_map(|s| &s.because).take(2).map(|reason| ("because", reason));
    for (label, text) in reasons.chain(document.notes.iter().map(|note| ("note", note))) {
        let line = format!("  {label}: {}", printable(text));
        let indent = " ".repeat(label.len() + 4);
        let options = |width| textwrap::Options::new(width).subsequent_indent(&indent);
        writeln!(out, "{}", width.map_or(line.clone(), |width| textwrap::fill(&line, options(width))))?;
    }
    if !document.items.is_empty() {
        writeln!(out)?;
    }
    let code = document.items.iter().map(|item| item.code.len()).max().unwrap_or_default();
    // Two columns before the code, and one each between code, verdict, name and place.
    let before = 2 + code + 1 + 9 + 1;
    let name = width.map_or(NAME, |width| width.saturating_sub(before + 1 + WHERE).clamp(SHORTEST_NAME, NAME));
    for item in &document.items {
        let where_found = item.evidence.first().map_or_else(String::new, |e| line(document, &e.location));
        let lacks = if item.lacks.is_empty() || item.verdict == Verdict::NotFound {
            String::new()
        } else {
            format!("lacks: {}", item.lacks.join(", "))
        };
        let (more, below) = match &item.reason {
            Some(reason) if item.verdict == Verdict::NotApplicable => {
                beside(String::new(), printable(reason), width, before + name + 1)
            }
            _ => beside(where_found, lacks, width, before + name + 1),
        };
        let mark = match item.verdict {
            Verdict::Reported => ("reported", "\x1b[32m"),
            Verdict::Partial => ("partial", "\x1b[33m"),
            Verdict::Unclear => ("unclear", "\x1b[33m"),
            Verdict::NotFound => ("not found", "\x1b[31m"),
            Verdict::NotApplicable => ("n/a", "\x1b[2m"),
        };
        let (on, off) = if color { (mark.1, "\x1b[0m") } else { ("", "") };
        let row = format!("  {:<code$} {on}{:<9}{off} {:<name$} {more}", item.code, mark.0, clipped(&item.name, name));
        writeln!(out, "{}", if width.is_some() { row.trim_end() } else { &row })?;
        if let (Some(below), Some(width)) = (below, width) {
            let indent = " ".repeat(before);
            let options = textwrap::Options::new(width).initial_indent(&indent).subsequent_indent(&indent);
            writeln!(out, "{}", textwrap::fill(&below, options))?;
        }
        for part in item.parts.iter().flatten() {
            let mut shown = Vec::new();
            write_part(document, part, width, &mut shown)?;
            for line in String::from_utf8_lossy(&shown).lines() {
                writeln!(out, "{}", within(line, width))?;
            }
        }
    }
    writeln!(out)
}

/// Where an item was found and what it lacks, as one text that stands beside its name from column `from` on; on a
/// terminal too narrow for both, what it lacks is a text of its own that stands below.
fn beside(found: String, lacks: String, width: Option<usize>, from: usize) -> (String, Option<String>) {
    let both = [found.as_str(), lacks.as_str()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("; ");
    match width.filter(|width| from + both.chars().count() > *width && !lacks.is_empty()) {
        Some(_) => (found, Some(lacks)),
        None => (both, None),
    }
}

/// A line that begins with spaces, wrapped where it is too long for a terminal: what doesn't fit stands below, two
/// columns further in.
fn within(line: &str, width: Option<usize>) -> Cow<'_, str> {
    let Some(width) = width.filter(|width| line.chars().count() > *width) else { return line.into() };
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let below = format!("{indent}  ");
    let options = textwrap::Options::new(width).initial_indent(indent).subsequent_indent(&below);
    textwrap::fill(text, options.word_splitter(textwrap::WordSplitter::NoHyphenation)).into()
}

/// What a part's verdict is made of, indented under its item. Of a sentence so much is shown as a row of a terminal
/// has room for.
fn write_part(
    document: &DocumentReport,
    part: &PartReport,
    width: Option<usize>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let counts = match part.counts {
        "alternative" => "one of several",
        "partial" => "alone: partial",
        other => other,
    };
    let found = if part.found { "found" } else { "not found" };
    let mut said = vec![found.to_owned()];
    if let Some(best) = &part.best {
        let nearest = if part.found { "" } else { "nearest " };
        said.push(format!("{nearest}{:.2} against {:.2}", best.score, part.threshold));
    } else if part.by_configurations.is_none() {
        said.push("no sentence speaks for it".into());
    }
    if let Some(certainty) = part.certainty {
        said.push(format!("{certainty:.2} certain, {:.2} is asked", certainty::CERTAIN));
    }
    if part.wanted > 1 {
        said.push(format!("{} of {} sentences", part.sentences, part.wanted));
    }
    if let Some(number) = part.by_configurations {
        said.push(format!("satisfied by {number} configurations"));
    }
    writeln!(out, "           {} ({counts}): {}", part.part, said.join(", "))?;
    let Some(best) = &part.best else { return Ok(()) };
    let place = format!("             {}: ", line(document, &best.location));
    let room = width.map_or(SENTENCE, |width| width.saturating_sub(place.len()).clamp(SHORTEST_ROW, SENTENCE));
    writeln!(out, "{place}{}", clipped(&printable(&best.text), room))?;
    for cue in &best.cues {
        writeln!(out, "               cue {:.2} × place {:.2}: {}", cue.weight, cue.place, printable(&cue.cue))?;
    }
    if let Some(learned) = &best.learned {
        let spoken = if learned.heard { "" } else { ", not heard" };
        writeln!(
            out,
            "               learned {:.2}, place {:.2} (margin {:+.2}{spoken})",
            learned.score, learned.place, learned.margin
        )?;
        for (label, positive) in [("for", true), ("against", false)] {
            let mut features: Vec<_> = learned.features.iter().filter(|f| (f.weight > 0.0) == positive).collect();
            if !positive {
                features.reverse();
            }
            let words: Vec<String> = features.iter().map(|f| format!("{} {:+.2}", f.feature, f.weight)).collect();
            if !words.is_empty() {
                writeln!(out, "                 {label}: {}", printable(&words.join(", ")))?;
            }
        }
    }
    if best.doubt > 0.0 {
        writeln!(out, "               doubt −{:.2}: the model is sure of the contrary", best.doubt)?;
    }
    if best.cited > 0.0 {
        writeln!(out, "               cited −{:.2}: it seems to tell what a cited study did", best.cited)?;
    }
    if best.shared >= 0.005 {
        writeln!(out, "               shared +{:.2}: other sentences of the paragraph speak for it too", best.shared)?;
    }
    Ok(())
}

fn summary(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let count = |severity| report.documents.iter().flat_map(|d| &d.findings).filter(|f| f.severity == severity).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let suppressed: usize = report.documents.iter().map(|d| d.suppressed.len()).sum();
    let mut parts = vec![
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning"),
        plural(count(Severity::Note), "note"),
    ];
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    let beside = |document: &DocumentReport| matches!(document.format, Format::Bibliography | Format::Evidence);
    let what = if report.documents.iter().any(beside) { "file" } else { "manuscript" };
    writeln!(out, "{} in {}", parts.join(", "), plural(report.documents.len(), what))
}

fn write_finding(
    document: &DocumentReport,
    finding: &FindingReport,
    rows: &Rows<'_>,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let diagnostic = match finding.severity {
        Severity::Error => Diagnostic::error(),
        Severity::Warning => Diagnostic::warning(),
        Severity::Note => Diagnostic::note(),
    };
    let mut labels = vec![
        Label::primary(finding.span.source.0 as usize, rows.clip(finding.span)).with_message(printable(&finding.label)),
    ];
    for related in &finding.related {
        labels.push(
            Label::secondary(related.span.source.0 as usize, rows.clip(related.span))
                .with_message(printable(&related.message)),
        );
    }
    let diagnostic =
        diagnostic.with_code(&finding.code).with_message(printable(&finding.message)).with_labels(labels).with_notes(
            place_in_words(document, &finding.location, rows.row)
                .into_iter()
                .chain([wrap(&finding.why, "why: ", rows.row), wrap(&finding.help, "help: ", rows.row)])
                .collect(),
        );
    let config = Config { chars: Chars::box_drawing(), ..Config::default() };
    let mut buffer = Vec::new();
    let result = if color {
        let mut writer = codespan_reporting::term::termcolor::Ansi::new(&mut buffer);
        term::emit_to_write_style(&mut writer, &config, rows, &diagnostic)
    } else {
        term::emit_to_io_write(&mut buffer, &config, rows, &diagnostic)
    };
    match result {
        Ok(()) => out.write_all(&buffer),
        // A place that can't be shown must not hide the finding.
        Err(_) => writeln!(
            out,
            "{}[{}]: {}: {}",
            finding.severity.name(),
            finding.code,
            printable(&document.path),
            printable(&finding.message)
        ),
    }
}

fn line(document: &DocumentReport, location: &Location) -> String {
    let unit = if document.lines_are_paragraphs { "paragraph" } else { "line" };
    format!("{unit} {}", location.line)
}

/// What the number beside the excerpt means, and the headings above: word processors number no lines.
fn place_in_words(document: &DocumentReport, location: &Location, row: usize) -> Option<String> {
    if !document.lines_are_paragraphs {
        return None;
    }
    let under =
        if location.section.is_empty() { String::new() } else { format!(", under {}", location.section.join(" > ")) };
    Some(wrap(&format!("paragraph {}{under}", location.paragraph), "at: ", row))
}

fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Wraps a note at the width of a row, indented under its label.
fn wrap(text: &str, label: &str, row: usize) -> String {
    let indent = " ".repeat(label.len());
    let options = textwrap::Options::new(row + 1).initial_indent(label).subsequent_indent(&indent);
    let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let words: Vec<String> = printable(text).split_whitespace().map(str::to_owned).collect();
    textwrap::fill(&words.join(" "), options)
}

/// How many characters of the sources' rows a terminal has room for, beside the numbers of their lines.
fn row_within(sources: &[SourceText], width: Option<usize>) -> usize {
    /// Between the number and the row, and one that a wrapped note may take more.
    const GUTTER: usize = 4;
    let lines = sources.iter().map(SourceText::line_count).max().unwrap_or_default();
    width.map_or(ROW, |width| width.saturating_sub(lines.to_string().len() + GUTTER).clamp(SHORTEST_ROW, ROW))
}

/// The sources as display rows.
struct Rows<'a> {
    /// How many characters a row has at most.
    row: usize,
    sources: &'a [SourceText],
    /// The names of the sources; a file's name can carry control characters as well as its text.
    names: Vec<String>,
    /// For each source its text with control characters blanked, and the starts of its rows.
    shown: Vec<(String, Vec<usize>)>,
}

impl<'a> Rows<'a> {
    fn new(sources: &'a [SourceText], row: usize) -> Self {
        let shown = sources.iter().map(|s| (blanked(&s.text), row_starts(s, row))).collect();
        let names = sources.iter().map(|s| printable(&s.name)).collect();
        Self { row, sources, names, shown }
    }

    /// A span cut to its first row: labels over several rows are hard to read.
    fn clip(&self, span: crate::source::Span) -> Range<usize> {
        let Some((text, starts)) = self.shown.get(span.source.0 as usize) else { return 0..0 };
        let row = starts.partition_point(|s| *s <= span.start).saturating_sub(1);
        let limit = starts.get(row + 1).copied().unwrap_or(text.len());
        let mut end = span.end.min(limit).min(text.len());
        let trimmed = text[span.start.min(end)..end].trim_end().len();
        end = span.start.min(end) + trimmed;
        span.start.min(end)..end
    }
}

/// The text with control characters other than line ends replaced by as many spaces.
fn blanked(text: &str) -> String {
    if !text.bytes().any(|b| b < 0x20 && b != b'\n' || b == 0x7f) && text.is_ascii() {
        return text.to_owned();
    }
    let hostile = |c: char| c != '\n' && steers(c);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) {
            out.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

fn row_starts(source: &SourceText, row: usize) -> Vec<usize> {
    let text = &source.text;
    let mut starts = Vec::new();
    for line in 0..source.line_count() {
        let (mut from, end) = (source.line_start(line), source.line_start(line + 1));
        starts.push(from);
        let written = from + text[from..end].trim_end().len();
        while end - from > row {
            let Some((cut, _)) = text[from..end].char_indices().nth(row) else { break };
            let space = text[from..from + cut].rfind(' ').filter(|s| *s > row / 3).map_or(cut, |s| s + 1);
            if from + space >= written {
                break;
            }
            from += space;
            starts.push(from);
        }
    }
    starts
}

impl<'a> Files<'a> for Rows<'a> {
    type FileId = usize;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: usize) -> Result<&'a str, FilesError> {
        self.names.get(id).map(String::as_str).ok_or(FilesError::FileMissing)
    }

    fn source(&'a self, id: usize) -> Result<&'a str, FilesError> {
        self.shown.get(id).map(|(text, _)| text.as_str()).ok_or(FilesError::FileMissing)
    }

    fn line_index(&'a self, id: usize, byte: usize) -> Result<usize, FilesError> {
        let (_, starts) = self.shown.get(id).ok_or(FilesError::FileMissing)?;
        Ok(starts.partition_point(|s| *s <= byte).saturating_sub(1))
    }

    fn line_number(&'a self, id: usize, row: usize) -> Result<usize, FilesError> {
        let (_, starts) = self.shown.get(id).ok_or(FilesError::FileMissing)?;
        let source = self.sources.get(id).ok_or(FilesError::FileMissing)?;
        Ok(source.line_index(starts.get(row).copied().unwrap_or(source.text.len())) + 1)
    }

    fn column_number(&'a self, id: usize, _row: usize, byte: usize) -> Result<usize, FilesError> {
        Ok(self.sources.get(id).ok_or(FilesError::FileMissing)?.position(byte).column)
    }

    fn line_range(&'a self, id: usize, row: usize) -> Result<Range<usize>, FilesError> {
        let (text, starts) = self.shown.get(id).ok_or(FilesError::FileMissing)?;
        let start = *starts.get(row).ok_or(FilesError::LineTooLarge { given: row, max: starts.len() })?;
        Ok(start..starts.get(row + 1).copied().unwrap_or(text.len()))
    }
}
