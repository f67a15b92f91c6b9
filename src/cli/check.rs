//! `realint check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::{CheckArgs, FailOnArg, OutputFormat};
use super::inputs::Inputs;
use super::output;
use crate::baseline;
use crate::check::Settings;
use crate::config::{Config, FailOn, known_code};
use crate::error::Error;
use crate::render;
use crate::report::Report;
use crate::rule::RuleSet;

/// Checks the files. 0: nothing at or above `--fail-on`; 1: something; 2: a file could not be read.
pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, Error> {
    match &args.files_from {
        Some(list) => super::stream::stream(args, list),
        None if args.null => Err(Error::Usage {
            message: "--null says how a list is written, and none is named".into(),
            help: Some("name it with --files-from".into()),
        }),
        None if args.watch => super::watch::watch(args),
        None => once(args, true),
    }
}

/// Checks the files once; `last` says that the process ends after it.
pub(super) fn once(args: &CheckArgs, last: bool) -> Result<ExitCode, Error> {
    let inputs = Inputs::find(&args.inputs)?;
    for written in args.output.iter().chain(&args.write_baseline) {
        inputs.refuse_as_output(written)?;
    }
    let (documents, errors) = inputs.check(&adjustment(args, &inputs)?)?;
    for written in args.output.iter().chain(&args.write_baseline) {
        output::refuse_overwriting_included(written, &documents)?;
    }
    let unread = !errors.is_empty();
    errors.into_iter().for_each(super::report_error);
    let report = Report::new(documents);
    if let Some(path) = &args.write_baseline {
        write_baseline(path, &report)?;
    }
    let fail_on = fail_on(args, &inputs.config);
    show(args, &report, &inputs.rules, fail_on)?;
    if last {
        // Taking the rules apart piece by piece would only cost time.
        std::mem::forget(inputs);
    }
    let failed = report.worst().is_some_and(|worst| fail_on.fails(worst)) && args.write_baseline.is_none();
    Ok(exit_code(unread, failed))
}

/// `unread`: some file could not be checked; `failed`: a finding is as bad as `--fail-on` says, or worse.
pub(super) fn exit_code(unread: bool, failed: bool) -> ExitCode {
    match (unread, failed) {
        (true, _) => ExitCode::from(2),
        (false, true) => ExitCode::from(1),
        (false, false) => ExitCode::SUCCESS,
    }
}

/// What the arguments change in the settings of every file.
///
/// Errors: an unknown code, a baseline that can't be read.
pub(super) fn adjustment<'a>(
    args: &'a CheckArgs,
    inputs: &Inputs<'_>,
) -> Result<impl Fn(&mut Settings) + Sync + use<'a>, Error> {
    for code in args.select.iter().chain(&args.ignore) {
        known_code(code, &inputs.rules).map_err(|help| Error::Unknown {
            kind: "rule",
            name: code.clone(),
            help: help.unwrap_or_default(),
        })?;
    }
    let baseline = read_baseline(args, &inputs.config)?;
    Ok(move |settings: &mut Settings| {
        settings.pedantic |= args.pedantic;
        settings.explain_verdicts = args.explain_verdicts;
        settings.without_reasons = !matches!(args.format, OutputFormat::Json | OutputFormat::Jsonl);
        if !args.select.is_empty() {
            settings.select = args.select.iter().map(|c| c.to_uppercase()).collect();
        }
        settings.ignore.extend(args.ignore.iter().map(|c| c.to_uppercase()));
        settings.baseline.clone_from(&baseline);
    })
}

/// From which severity on the run fails.
pub(super) fn fail_on(args: &CheckArgs, config: &Config) -> FailOn {
    match args.fail_on {
        Some(FailOnArg::Error) => FailOn::Error,
        Some(FailOnArg::Warning) => FailOn::Warning,
        Some(FailOnArg::Note) => FailOn::Note,
        Some(FailOnArg::Never) => FailOn::Never,
        None => config.fail_on().unwrap_or(FailOn::Error),
    }
}

fn read_baseline(args: &CheckArgs, config: &Config) -> Result<Vec<String>, Error> {
    let Some(path) = args.baseline.clone().or_else(|| config.baseline()) else { return Ok(Vec::new()) };
    // The configuration names it by its folder, the command line from here.
    let same = |written: &PathBuf| std::path::absolute(written).ok() == std::path::absolute(&path).ok();
    if args.write_baseline.as_ref().is_some_and(same) && !path.exists() {
        return Ok(Vec::new());
    }
    baseline::read(&path)
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
    baseline::write(path, findings)
}

fn show(args: &CheckArgs, report: &Report, rules: &RuleSet, fail_on: FailOn) -> Result<(), Error> {
    let color = args.output.is_none() && output::in_colour();
    let width = output::width(args.output.as_deref());
    let mut bytes = Vec::new();
    let written = match args.format {
        OutputFormat::Human => render::human(report, color, width.map(usize::from), &mut bytes),
        OutputFormat::Json => render::json(report, &mut bytes),
        OutputFormat::Short => render::short(report, &mut bytes),
        OutputFormat::Jsonl => render::jsonl(report, &mut bytes),
        OutputFormat::Sarif => render::sarif(report, rules, &mut bytes),
        OutputFormat::Github => render::github(report, &mut bytes),
        OutputFormat::Junit => render::junit(report, fail_on, &mut bytes),
    };
    written.map_err(|source| Error::Write { path: "the report".into(), source })?;
    match &args.output {
        Some(path) => crate::write::file(path, &bytes),
        None => output::print(&bytes).map(|_| ()),
    }
}
