//! `realint eval`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::args::{EvalArgs, EvaluationFormat};
use super::{output, rules::rule_set};
use crate::config::Config;
use crate::error::Error;
use crate::evaluation::{self, Options};
use crate::render;

/// Shows how right realint is. 0 whatever the figures are: what is enough is for the reader to say.
pub(super) fn eval(args: &EvalArgs) -> Result<ExitCode, Error> {
    if let Some(output) = &args.output {
        output::refuse_overwriting(output, &files_in(&args.folders))?;
    }
    let rules = match (&args.rules, args.folders.first()) {
        (Some(folder), _) => rule_set(Some(folder))?,
        (None, Some(folder)) => rule_set(Config::find(folder)?.rules().as_deref())?,
        (None, None) => rule_set(None)?,
    };
    let options = Options { deletion: args.deletion, standard_given: args.standard, resamples: args.resamples };
    let evaluation = evaluation::evaluate(&args.folders, &rules, options)?;
    let mut bytes = Vec::new();
    let written = match args.format {
        EvaluationFormat::Human => render::evaluation::human(&evaluation, &mut bytes),
        EvaluationFormat::Json => render::evaluation::json(&evaluation, &mut bytes),
        EvaluationFormat::Markdown => render::evaluation::markdown(&evaluation, &mut bytes),
    };
    written.map_err(|source| Error::Write { path: "the figures".into(), source })?;
    match &args.output {
        Some(path) => crate::write::file(path, &bytes)?,
        None => {
            output::print(&bytes)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything that lies in the folders: none of it may be written over.
fn files_in(folders: &[PathBuf]) -> Vec<PathBuf> {
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    entries.flatten().flatten().map(|entry| entry.path()).collect()
}
