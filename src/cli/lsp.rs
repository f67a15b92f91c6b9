//! `realint lsp`.

use std::io::{BufReader, stdin, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use crate::error::Error;
use crate::language_server::{Checker, serve};

/// Serves an editor. 0: it said goodbye as the protocol has it; 1: it was gone without that.
pub(super) fn lsp() -> Result<ExitCode, Error> {
    let orderly = serve(BufReader::new(stdin()), stdout(), Arc::new(Checker::default()))
        .map_err(|source| Error::Write { path: "the language server".into(), source })?;
    Ok(if orderly { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
