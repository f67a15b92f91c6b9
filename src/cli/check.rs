//! `realint check`.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::args::{CheckArgs, FailOnArg, InputFormat, OutputFormat};
use super::{files, output};
use crate::check::{self, Settings};
use crate::config::{Config, FailOn, known_code};
use crate::error::Error;
use crate::manuscript::Format;
use crate::read::{FolderLibrary, NoLibrary, read_bytes};
use crate::render;
use crate::report::{DocumentReport, Report};
use crate::rule::{RuleSet, load};
use crate::standard::Stage;

/// Fingerprints of findings that were there when the baseline was written.
#[derive(Debug, Serialize, Deserialize)]
struct Baseline {
    schema: String,
    findings: BTreeSet<String>,
}

const BASELINE_SCHEMA: &str = "realint-baseline/1";

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, Error> {
    let files = files::find(&args.paths)?;
    for written in args.output.iter().chain(&args.write_baseline) {
        output::refuse_overwriting(written, &files)?;
    }
    let config_of = |file: &Path| match &args.config {
        Some(path) => Config::file(path),
        None => Config::find(if file.as_os_str() == "-" { Path::new(".") } else { file }),
    };
    let first = config_of(files.first().map_or(Path::new("."), PathBuf::as_path))?;
    let rules = match args.rules.clone().or_else(|| first.rules()) {
        Some(folder) => load::with_folder(&folder)?,
        None => load::shipped()?,
    };
    first.validate(&rules)?;
    for code in args.select.iter().chain(&args.ignore) {
        known_code(code, &rules).map_err(|help| Error::Unknown {
            kind: "rule",
            name: code.clone(),
            help: help.unwrap_or_default(),
        })?;
    }
    if let Some(id) = &args.standard
        && id != "none"
        && rules.standard(id).is_none()
    {
        return Err(Error::unknown("standard", id, rules.standards.iter().map(|s| s.id.as_str()).chain(["none"])));
    }
    let stage = match &args.stage {
        Some(name) => {
            Some(Stage::from_name(name).ok_or_else(|| Error::unknown("stage", name, Stage::ALL.map(Stage::name)))?)
        }
        None => None,
    };
    let baseline = read_baseline(args, &first)?;
    let settings_of = |file: &Path| -> Result<Settings, Error> {
        let config = config_of(file)?;
        config.validate(&rules)?;
        let mut settings = config.settings(file)?;
        settings.standard = args.standard.clone().or(settings.standard);
        settings.stage = stage.or(settings.stage);
        settings.pedantic |= args.pedantic;
        if !args.select.is_empty() {
            settings.select = args.select.iter().map(|c| c.to_uppercase()).collect();
        }
        settings.ignore.extend(args.ignore.iter().map(|c| c.to_uppercase()));
        settings.baseline.clone_from(&baseline);
        Ok(settings)
    };
    let (documents, mut errors) = check_files(&files, args, &rules, &settings_of);
    let unread = !errors.is_empty();
    if documents.is_empty()
        && let Some(error) = several(std::mem::take(&mut errors))
    {
        return Err(error);
    }
    for error in errors {
        super::report_error(error);
    }
    let report = Report::new(documents);
    if let Some(path) = &args.write_baseline {
        write_baseline(path, &report)?;
    }
    show(args, &report)?;
    let fail_on = match args.fail_on {
        Some(FailOnArg::Error) => FailOn::Error,
        Some(FailOnArg::Warning) => FailOn::Warning,
        Some(FailOnArg::Note) => FailOn::Note,
        Some(FailOnArg::Never) => FailOn::Never,
        None => first.fail_on().unwrap_or(FailOn::Error),
    };
    // The process ends here; taking the rules apart piece by piece would only cost time.
    std::mem::forget(rules);
    let failed = report.worst().is_some_and(|worst| fail_on.fails(worst)) && args.write_baseline.is_none();
    Ok(match (unread, failed) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    })
}

type Checked = (Vec<DocumentReport>, Vec<Error>);

/// Checks all files in parallel; reports come in the order of the files. A file that can't be
/// read doesn't stop the others.
fn check_files(
    files: &[PathBuf],
    args: &CheckArgs,
    rules: &RuleSet,
    settings_of: &(dyn Fn(&Path) -> Result<Settings, Error> + Sync),
) -> Checked {
    let progress = if files.len() > 20 && std::io::stderr().is_terminal() {
        indicatif::ProgressBar::new(files.len() as u64)
    } else {
        indicatif::ProgressBar::hidden()
    };
    let one = |file: &PathBuf| {
        let result = settings_of(file).and_then(|settings| check_file(file, args, rules, &settings));
        progress.inc(1);
        result
    };
    let results: Vec<Result<Vec<DocumentReport>, Error>> =
        if files.len() > 1 { files.par_iter().map(one).collect() } else { files.iter().map(one).collect() };
    progress.finish_and_clear();
    let (mut documents, mut errors) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(reports) => documents.extend(reports),
            Err(error) => errors.push(error),
        }
    }
    (documents, errors)
}

fn check_file(
    file: &Path,
    args: &CheckArgs,
    rules: &RuleSet,
    settings: &Settings,
) -> Result<Vec<DocumentReport>, Error> {
    let format = args.input_format.map(|format| match format {
        InputFormat::Markdown => Format::Markdown,
        InputFormat::Quarto => Format::Quarto,
        InputFormat::Text => Format::Text,
        InputFormat::Docx => Format::Docx,
        InputFormat::Pdf => Format::Pdf,
        InputFormat::Html => Format::Html,
        InputFormat::Jats => Format::Jats,
        InputFormat::Tei => Format::Tei,
        InputFormat::Latex => Format::Latex,
    });
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(crate::read::MOST_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::Read { path: "standard input".into(), source })?;
        return check::check(Path::new("-"), &bytes, format, &NoLibrary, rules, settings);
    }
    let bytes = read_bytes(file)?;
    check::check(file, &bytes, format, &FolderLibrary, rules, settings)
}

fn several(mut errors: Vec<Error>) -> Option<Error> {
    match errors.len() {
        0 => None,
        1 => errors.pop(),
        count => Some(Error::Several { count, what: "the files".into(), errors }),
    }
}

fn read_baseline(args: &CheckArgs, config: &Config) -> Result<Vec<String>, Error> {
    let Some(path) = args.baseline.clone().or_else(|| config.baseline()) else { return Ok(Vec::new()) };
    // The configuration names it by its folder, the command line from here.
    let same = |written: &PathBuf| std::path::absolute(written).ok() == std::path::absolute(&path).ok();
    if args.write_baseline.as_ref().is_some_and(same) && !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = read_bytes(&path)?;
    let parsed: Result<Baseline, _> = serde_json::from_slice(&bytes);
    match parsed {
        Ok(baseline) if baseline.schema == BASELINE_SCHEMA => Ok(baseline.findings.into_iter().collect()),
        Ok(_) | Err(_) => Err(Error::Usage {
            message: format!("{} is no baseline", path.display()),
            help: Some("`realint check --write-baseline FILE` writes one".into()),
        }),
    }
}

fn write_baseline(path: &Path, report: &Report) -> Result<(), Error> {
    let known = report
        .documents
        .iter()
        .flat_map(|d| &d.suppressed)
        .filter(|s| s.by == "baseline")
        .map(|s| s.finding.fingerprint.clone());
    let findings =
        report.documents.iter().flat_map(|d| &d.findings).map(|f| f.fingerprint.clone()).chain(known).collect();
    let baseline = Baseline { schema: BASELINE_SCHEMA.into(), findings };
    let mut bytes = serde_json::to_vec_pretty(&baseline).unwrap_or_default();
    bytes.push(b'\n');
    crate::write::file(path, &bytes)
}

fn show(args: &CheckArgs, report: &Report) -> Result<(), Error> {
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let color = to_terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let mut bytes = Vec::new();
    let written = match args.format {
        OutputFormat::Human => render::human(report, color, args.explain_verdicts, &mut bytes),
        OutputFormat::Json => render::json(report, &mut bytes),
        OutputFormat::Jsonl => render::jsonl(report, &mut bytes),
    };
    written.map_err(|source| Error::Write { path: "the report".into(), source })?;
    match &args.output {
        Some(path) => crate::write::file(path, &bytes),
        None => output::print(&bytes).map(|_| ()),
    }
}
