//! CSV: one row a configuration, for extraction sheets and qualitative analysis software.

use std::io::{self, Write};

use super::{Column, called, lacking, one_line, place, support, words};
use crate::report::Report;

/// The header row.
const HEADER: [&str; 18] = [
    "document",
    "record",
    "id",
    "name",
    "theory",
    "stage",
    "form",
    "variant",
    "context",
    "intervention",
    "actor",
    "resource",
    "response",
    "outcome",
    "supported",
    "support",
    "lacks",
    "place",
];

/// Writes all configurations of a report as CSV (RFC 4180) with a header row. What the text
/// doesn't say to be a resource stands under `response`.
pub fn csv(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    let mut header: Vec<&str> = HEADER.to_vec();
    header.extend(["leads_to", "text"]);
    writer.write_record(&header)?;
    for document in &report.documents {
        for configuration in &document.configurations {
            let leads_to = configuration.ripple.and_then(|to| document.configurations.get(to).map(|c| called(c, to)));
            writer.write_record([
                one_line(&document.path).as_str(),
                &document.record.to_string(),
                configuration.id.as_deref().unwrap_or_default(),
                &cell(one_line(configuration.name.as_deref().unwrap_or_default())),
                &cell(one_line(configuration.theory.as_deref().unwrap_or_default())),
                configuration.stage.name(),
                configuration.form.name(),
                configuration.variant.name(),
                &cell(words(configuration, Column::Context)),
                &cell(words(configuration, Column::Intervention)),
                &cell(words(configuration, Column::Actor)),
                &cell(words(configuration, Column::Resource)),
                &cell(words(configuration, Column::Response)),
                &cell(words(configuration, Column::Outcome)),
                if configuration.supported { "yes" } else { "no" },
                &cell(support(configuration)),
                &lacking(configuration).join(", "),
                &place(document, configuration),
                leads_to.as_deref().unwrap_or_default(),
                &cell(one_line(&configuration.block_text)),
            ])?;
        }
    }
    writer.flush()
}

/// A spreadsheet takes a cell that begins so for a formula: a space before it keeps it a text.
fn cell(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!(" {text}") } else { text }
}
