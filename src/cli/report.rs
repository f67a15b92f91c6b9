//! `realint report`.

use std::process::ExitCode;

use super::args::ReportArgs;
use super::inputs::Inputs;
use super::output;
use crate::error::Error;
use crate::render::html_report;
use crate::report::Report;

/// Writes the page. 0 whatever was found; 2 where a file could not be read.
pub(super) fn report(args: &ReportArgs) -> Result<ExitCode, Error> {
    let inputs = Inputs::find(&args.inputs)?;
    if let Some(output) = &args.output {
        inputs.refuse_as_output(output)?;
    }
    let baseline = match args.baseline.clone().or_else(|| inputs.config.baseline()) {
        Some(path) => crate::baseline::read(&path)?,
        None => Vec::new(),
    };
    let (documents, errors) = inputs.check(&|settings| {
        settings.pedantic |= args.pedantic;
        settings.keep_manuscript = true;
        settings.baseline.clone_from(&baseline);
    })?;
    if documents.len() > html_report::MOST_DOCUMENTS {
        return Err(Error::Usage {
            message: format!(
                "{} manuscripts are named; a page shows up to {}",
                documents.len(),
                html_report::MOST_DOCUMENTS
            ),
            help: Some("write a page for each of them, or `realint check --format jsonl` for a program to read".into()),
        });
    }
    if let Some(output) = &args.output {
        output::refuse_overwriting_included(output, &documents)?;
    }
    let unread = !errors.is_empty();
    errors.into_iter().for_each(super::report_error);
    let mut bytes = Vec::new();
    html_report::html_report(&Report::new(documents), &inputs.rules, &mut bytes)
        .map_err(|source| Error::Write { path: "the page".into(), source })?;
    match &args.output {
        Some(path) => crate::write::file(path, &bytes)?,
        None => {
            output::print(&bytes)?;
        }
    }
    Ok(if unread { ExitCode::from(2) } else { ExitCode::SUCCESS })
}
