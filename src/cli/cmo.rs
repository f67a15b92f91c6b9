//! `realint cmo`.

use std::process::ExitCode;

use super::args::{CmoArgs, ConfigurationFormat};
use super::inputs::Inputs;
use super::output;
use crate::error::Error;
use crate::render::configurations;
use crate::report::Report;

/// Columns of a page where the output is no terminal.
const PAGE: u16 = 120;

/// Shows the configurations of the files. 0 also where there are none; 2 where a file could not be read.
pub(super) fn cmo(args: &CmoArgs) -> Result<ExitCode, Error> {
    let inputs = Inputs::find(&args.inputs)?;
    if let Some(output) = &args.output {
        inputs.refuse_as_output(output)?;
    }
    let (documents, errors) = inputs.check(&|_| {})?;
    if let Some(output) = &args.output {
        output::refuse_overwriting_included(output, &documents)?;
    }
    let unread = !errors.is_empty();
    errors.into_iter().for_each(super::report_error);
    let report = Report::new(documents);
    let mut bytes = Vec::new();
    let written = match args.format {
        ConfigurationFormat::Table => {
            configurations::table(&report, output::width(args.output.as_deref()).unwrap_or(PAGE), &mut bytes)
        }
        ConfigurationFormat::Json => configurations::json(&report, &mut bytes),
        ConfigurationFormat::Csv => configurations::csv(&report, &mut bytes),
        ConfigurationFormat::Mermaid => configurations::mermaid(&report, &mut bytes),
        ConfigurationFormat::Dot => configurations::dot(&report, &mut bytes),
        ConfigurationFormat::Svg => configurations::svg(&report, &mut bytes),
    };
    written.map_err(|source| Error::Write { path: "the configurations".into(), source })?;
    match &args.output {
        Some(path) => crate::write::file(path, &bytes)?,
        None => {
            output::print(&bytes)?;
        }
    }
    Ok(if unread { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
