//! `realint compare`.

use std::path::Path;
use std::process::ExitCode;

use super::args::{CompareArgs, ComparisonFormat, InputArgs};
use super::inputs::Inputs;
use super::output;
use crate::comparison;
use crate::error::Error;
use crate::render;
use crate::report::DocumentReport;

/// Shows what a revision mended and broke. 0: nothing was broken; 1: something was.
pub(super) fn compare(args: &CompareArgs) -> Result<ExitCode, Error> {
    let of_new = InputArgs {
        paths: vec![args.new.clone()],
        standard: args.standard.clone(),
        stage: args.stage.clone(),
        input_format: None,
        rules: args.rules.clone(),
        config: args.config.clone(),
    };
    if args.old.as_os_str() == "-" && args.new.as_os_str() == "-" {
        return Err(Error::Usage {
            message: "both versions are read from standard input".into(),
            help: Some("name a file for one of them".into()),
        });
    }
    let new = Inputs::find(&of_new)?;
    // Two versions held against different rules would differ where the text doesn't.
    let rules = of_new.rules.clone().or_else(|| new.config.rules());
    let of_old = InputArgs { paths: vec![args.old.clone()], rules, ..of_new.clone() };
    let old = Inputs::find(&of_old)?;
    if let Some(written) = &args.output {
        old.refuse_as_output(written)?;
        new.refuse_as_output(written)?;
    }
    let (old, new) = (version(&old, &args.old, args.pedantic)?, version(&new, &args.new, args.pedantic)?);
    if let Some(written) = &args.output {
        output::refuse_overwriting_included(written, [&old, &new])?;
    }
    let comparison = comparison::compare(&old, &new);
    let mut bytes = Vec::new();
    let written = match args.format {
        ComparisonFormat::Human => render::comparison::human(&comparison, &mut bytes),
        ComparisonFormat::Json => render::comparison::json(&comparison, &mut bytes),
        ComparisonFormat::Markdown => render::comparison::markdown(&comparison, &mut bytes),
    };
    written.map_err(|source| Error::Write { path: "the comparison".into(), source })?;
    match &args.output {
        Some(path) => crate::write::file(path, &bytes)?,
        None => {
            output::print(&bytes)?;
        }
    }
    Ok(if comparison.broke && !args.exit_zero { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The one manuscript that is named; of a project its manuscript.
fn version(inputs: &Inputs<'_>, named: &Path, pedantic: bool) -> Result<DocumentReport, Error> {
    let Some(file) = inputs.single() else {
        return Err(Error::Usage {
            message: format!("{} is {} files; a version is one manuscript", named.display(), inputs.all_files().len()),
            help: Some("name the file, or a folder whose realint.toml names the manuscript of a project".into()),
        });
    };
    let (mut documents, errors) = inputs.check(&|settings| settings.pedantic |= pedantic)?;
    let own = file.to_string_lossy();
    documents.retain(|document| document.path == own || file.as_os_str() == "-");
    if let Some(error) = errors.into_iter().next().filter(|_| documents.is_empty()) {
        return Err(error);
    }
    let number = documents.len();
    match documents.pop() {
        Some(document) if number == 1 => Ok(document),
        _ => Err(Error::Usage {
            message: format!("{} holds {number} manuscripts; a version is one", file.display()),
            help: Some("put the one that you mean into a file of its own".into()),
        }),
    }
}
