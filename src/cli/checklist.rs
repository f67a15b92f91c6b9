//! `realint checklist`.

use std::path::Path;
use std::process::ExitCode;

use super::args::{ChecklistArgs, ChecklistFormat};
use super::inputs::Inputs;
use super::output;
use crate::checklist::{self, Checklist, verify};
use crate::config::FailOn;
use crate::error::Error;
use crate::manuscript::Format;
use crate::read::docx::grid;
use crate::read::read_bytes;
use crate::render;
use crate::report::{DocumentReport, Report};

/// A page of a manuscript has about so many words; a count of pages that says otherwise was left behind
/// by another program.
const WORDS_OF_A_PAGE: std::ops::RangeInclusive<usize> = 60..=1500;

/// Writes the table, or checks one. 0: written, or nothing to mend; 1: the checked table has errors.
pub(super) fn checklist(args: &ChecklistArgs) -> Result<ExitCode, Error> {
    let inputs = Inputs::find(&args.inputs)?;
    let Some(file) = inputs.single() else {
        return Err(usage(
            format!("a checklist is about one manuscript, and {} are named", inputs.all_files().len()),
            "run it once for each",
        ));
    };
    if let Some(written) = &args.output {
        inputs.refuse_as_output(written)?;
        let tables: Vec<_> = args.merge.iter().chain(&args.check).cloned().collect();
        output::refuse_overwriting(written, &tables)?;
    }
    let (mut documents, errors) = inputs.check(&|_| {})?;
    if let Some(written) = &args.output {
        output::refuse_overwriting_included(written, &documents)?;
    }
    // The other files of a project have no checklist.
    let own = file.to_string_lossy();
    documents.retain(|document| document.path == own || file.as_os_str() == "-");
    if let Some(error) = errors.into_iter().next().filter(|_| documents.is_empty()) {
        return Err(error);
    }
    let [document] = documents.as_slice() else {
        return Err(usage(
            format!("{} holds {} manuscripts; a checklist is about one", file.display(), documents.len()),
            "put the one that you mean into a file of its own",
        ));
    };
    let Some(mut table) = Checklist::new(document, &inputs.rules) else {
        return Err(usage(
            format!("{}: {}", file.display(), document.notes.last().map_or("no standard applies", String::as_str)),
            "`--standard rameses-synthesis` says which checklist is wanted; `realint rules list` names the standards",
        ));
    };
    if let Some(filled) = &args.check {
        return check(args, filled, &table, document, file, &inputs);
    }
    if let Some(old) = &args.merge {
        let filled = checklist::read(old, &read_bytes(old)?)?;
        let lost = table.keep(&filled);
        if let Some(row) = lost.first() {
            return Err(usage(
                format!(
                    "{}: the note on \"{}\" would be lost: the standard has no such item",
                    old.display(),
                    if row.item.is_empty() { &row.name } else { &row.item }
                ),
                "move the note to another item, or name the standard of the old table with `--standard`",
            ));
        }
    }
    let mut bytes = Vec::new();
    let written = match format_of(args)? {
        ChecklistFormat::Docx => render::checklist::docx(&table, &mut bytes),
        ChecklistFormat::Csv => render::checklist::csv(&table, &mut bytes),
        ChecklistFormat::Html => render::checklist::html(&table, &mut bytes),
        ChecklistFormat::Markdown => render::checklist::markdown(&table, &mut bytes),
        ChecklistFormat::Human | ChecklistFormat::Short | ChecklistFormat::Json => {
            return Err(usage(
                "findings are shown where a filled checklist is checked".into(),
                "`--check FILLED.docx` checks one; a table is written as docx, markdown, csv or html",
            ));
        }
    };
    written.map_err(|source| Error::Write { path: "the checklist".into(), source })?;
    write(args, &bytes)?;
    Ok(ExitCode::SUCCESS)
}

/// The format that is asked for; by the name of the output, else Markdown.
fn format_of(args: &ChecklistArgs) -> Result<ChecklistFormat, Error> {
    let named = || {
        let extension = args.output.as_ref()?.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "docx" => ChecklistFormat::Docx,
            "csv" => ChecklistFormat::Csv,
            "html" | "htm" => ChecklistFormat::Html,
            _ => return None,
        })
    };
    let format = args.format.or_else(named).unwrap_or(ChecklistFormat::Markdown);
    if format == ChecklistFormat::Docx && args.output.is_none() {
        return Err(usage("a Word document isn't shown on a terminal".into(), "name a file: `-o checklist.docx`"));
    }
    Ok(format)
}

/// Holds a filled table against the manuscript.
fn check(
    args: &ChecklistArgs,
    filled: &Path,
    table: &Checklist,
    document: &DocumentReport,
    file: &Path,
    inputs: &Inputs<'_>,
) -> Result<ExitCode, Error> {
    let read = checklist::read(filled, &read_bytes(filled)?)?;
    if !verify::names_items(&read, table) {
        return Err(usage(
            format!("{}: no row names an item of the standard", filled.display()),
            "items are told by their number or code (9, RS09) in a column `Item` or `No`, or by their topic as `realint checklist` writes it",
        ));
    }
    let pages = pages_of(document, file);
    let report = Report::new(vec![verify::verify(&read, table, document, pages, &inputs.rules)]);
    let mut bytes = Vec::new();
    let color = args.output.is_none() && output::in_colour();
    let width = output::width(args.output.as_deref());
    let written = match args.format.unwrap_or(ChecklistFormat::Human) {
        ChecklistFormat::Human => render::human(&report, color, width.map(usize::from), &mut bytes),
        ChecklistFormat::Short => render::short(&report, &mut bytes),
        ChecklistFormat::Json => render::json(&report, &mut bytes),
        _ => {
            return Err(usage(
                "what is wrong with a checklist is no table".into(),
                "with `--check`, the formats are human, short and json",
            ));
        }
    };
    written.map_err(|source| Error::Write { path: "the report".into(), source })?;
    write(args, &bytes)?;
    let failed = report.worst().is_some_and(|worst| inputs.config.fail_on().unwrap_or(FailOn::Error).fails(worst));
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// How many pages the manuscript has: those of a PDF, or those that Word counted when it saved it.
fn pages_of(document: &DocumentReport, file: &Path) -> Option<usize> {
    match document.format {
        Format::Docx => {
            let (pages, words) = grid::counted(file, &read_bytes(file).ok()?)?;
            (pages > 0 && WORDS_OF_A_PAGE.contains(&(words / pages))).then_some(pages)
        }
        _ => document.pages,
    }
}

fn write(args: &ChecklistArgs, bytes: &[u8]) -> Result<(), Error> {
    match &args.output {
        Some(path) => crate::write::file(path, bytes),
        None => output::print(bytes).map(|_| ()),
    }
}

fn usage(message: String, help: &str) -> Error {
    Error::Usage { message, help: Some(help.to_owned()) }
}
