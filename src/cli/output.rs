//! Writing: to standard output, or to a file in one step.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::error::Error;

/// Writes bytes to standard output. A reader that went away is no error.
pub(super) fn print(bytes: &[u8]) -> Result<ExitCode, Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(source) => Err(Error::Write { path: "standard output".into(), source }),
    }
}

/// Whether standard output is a terminal that may be shown colours.
pub(super) fn in_colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Refuses an output that is one of the inputs.
pub(super) fn refuse_overwriting(output: &Path, inputs: &[std::path::PathBuf]) -> Result<(), Error> {
    let same = |a: &Path, b: &Path| a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    match inputs.iter().find(|input| same(output, input)) {
        Some(input) => Err(Error::Usage {
            message: format!("the output {} is one of the inputs", input.display()),
            help: Some("realint never changes an input file; name another output".into()),
        }),
        None => Ok(()),
    }
}
