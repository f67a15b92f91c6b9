//! Writing: to standard output, or to a file in one step.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::Error;
use crate::render::only_colours;
use crate::report::DocumentReport;

/// Writes bytes to standard output, which may be a terminal: of text what would steer one is left out. A reader that went away is no error.
pub(super) fn print(bytes: &[u8]) -> Result<ExitCode, Error> {
    let mut stdout = std::io::stdout().lock();
    let shown = std::str::from_utf8(bytes).map(|text| only_colours(text, in_colour()));
    let bytes = shown.as_ref().map_or(bytes, |text| text.as_bytes());
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(source) => Err(Error::Write { path: "standard output".into(), source }),
    }
}

/// Whether standard output may be shown colours: a terminal unless NO_COLOR is set, anything else where
/// CLICOLOR_FORCE asks for them (<https://bixense.com/clicolors/>).
pub(super) fn in_colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    !refused && (std::io::stdout().is_terminal() || set("CLICOLOR_FORCE"))
}

/// How many columns the terminal has that the output is shown on; `None` for a file or a pipe.
pub(super) fn width(output: Option<&Path>) -> Option<u16> {
    let terminal = || terminal_size::terminal_size_of(std::io::stdout());
    output.is_none().then(terminal).flatten().map(|(width, _)| width.0)
}

/// Refuses an output that a manuscript includes, once it is known what that is.
pub(super) fn refuse_overwriting_included<'a>(
    output: &Path,
    documents: impl IntoIterator<Item = &'a DocumentReport>,
) -> Result<(), Error> {
    let texts = documents.into_iter().filter(|document| !document.lines_are_paragraphs).flat_map(|d| d.sources.iter());
    let files: Vec<PathBuf> = texts.filter(|text| text.container.is_none()).map(|text| (&text.name).into()).collect();
    refuse_overwriting(output, &files)
}

/// Refuses an output that is one of the inputs.
pub(super) fn refuse_overwriting(output: &Path, inputs: &[PathBuf]) -> Result<(), Error> {
    let same = |a: &Path, b: &Path| a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    match inputs.iter().find(|input| same(output, input)) {
        Some(input) => Err(Error::Usage {
            message: format!("the output {} is one of the inputs", input.display()),
            help: Some("realint never changes an input file; name another output".into()),
        }),
        None => Ok(()),
    }
}
