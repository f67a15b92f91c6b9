//! Workflow commands of GitHub Actions: findings show beside the changed lines of a pull request.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions", and the escapes of the runner's
//! `ActionCommand` class.

use std::io::{self, Write};

use super::place::{file, has_lines, in_words, printable};
use crate::report::{DocumentReport, FindingReport, Report};
use crate::rule::Severity;

/// Writes one command a finding.
pub fn github(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for document in &report.documents {
        for finding in &document.findings {
            writeln!(out, "{}", command(document, finding))?;
        }
    }
    Ok(())
}

fn command(document: &DocumentReport, finding: &FindingReport) -> String {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let at = &finding.location;
    let mut properties = format!("file={}", property(file(document, at)));
    let mut message = printable(&finding.message);
    if has_lines(document) {
        properties.push_str(&format!(",line={},endLine={}", at.line, at.end_line));
        // Columns over several lines are not taken.
        if at.line == at.end_line {
            properties.push_str(&format!(",col={},endColumn={}", at.column, at.end_column));
        }
    } else {
        message.push_str(&format!(" ({})", in_words(at)));
    }
    properties.push_str(&format!(",title={}", property(&finding.code)));
    for more in [&finding.why, &finding.help] {
        message.push('\n');
        message.push_str(&printable(more));
    }
    format!("::{name} {properties}::{}", data(&message))
}

/// What stands after the second `::`. The percent sign first: it begins all escapes.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, which ends at a comma or colon.
fn property(text: &str) -> String {
    printable(&data(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_can_end_it() {
        assert_eq!(property("a,b: 5%\n::error::x"), "a%2Cb%3A 5%25%0A%3A%3Aerror%3A%3Ax");
        assert_eq!(data("5% of\r\n::error::x"), "5%25 of%0D%0A::error::x");
    }
}
