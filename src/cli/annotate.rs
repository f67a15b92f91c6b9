//! `realint annotate`.

use std::process::ExitCode;

use super::args::AnnotateArgs;
use super::inputs::Inputs;
use super::output;
use crate::error::Error;
use crate::manuscript::Format;

/// Writes the copy with comments. 0 whatever was found; 2 where there is no copy.
pub(super) fn annotate(args: &AnnotateArgs) -> Result<ExitCode, Error> {
    let inputs = Inputs::find(&args.inputs)?;
    let Some(file) = inputs.single() else {
        return Err(Error::Usage {
            message: format!("one document is annotated at a time, and {} are named", inputs.all_files().len()),
            help: Some("run it once for each".into()),
        });
    };
    inputs.refuse_as_output(&args.output)?;
    let (documents, _) = inputs.check(&|_| {})?;
    let document = documents.first().filter(|d| d.format == Format::Docx && file.as_os_str() != "-");
    let Some(document) = document else {
        return Err(Error::Usage {
            message: format!("{} is no Word document; only these can hold comments", file.display()),
            help: Some("`realint check` shows the findings in the text of every format".into()),
        });
    };
    let bytes = crate::read::read_bytes(file)?;
    let annotated = crate::annotate::annotate(file, &bytes, document)?;
    crate::write::file(&args.output, &annotated.bytes)?;
    let plural = if annotated.comments == 1 { "" } else { "s" };
    let mut said = format!("{}: {} comment{plural}\n", args.output.display(), annotated.comments);
    if document.standard.is_none() {
        document.notes.iter().for_each(|note| said.push_str(&format!("note: {note}\n")));
    }
    output::print(said.as_bytes())
}
