//! One line a finding, as compilers write it: editors and `grep` know the form.

use std::io::{self, Write};

use super::place::{file, printable};
use crate::report::Report;

/// Writes `path:line:column: severity[CODE] message`, a line a finding. In Word documents the line is
/// the number of the paragraph.
pub fn short(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for document in &report.documents {
        for finding in &document.findings {
            let at = &finding.location;
            writeln!(
                out,
                "{}:{}:{}: {}[{}] {}",
                printable(file(document, at)),
                at.line,
                at.column,
                finding.severity.name(),
                finding.code,
                printable(&finding.message)
            )?;
        }
    }
    Ok(())
}
