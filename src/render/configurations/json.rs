//! JSON: the configurations of each document, as `realint check --format json` has them.

use std::io::{self, Write};

use serde::Serialize;

use super::super::json::pretty;
use crate::report::{ConfigurationReport, Report};

#[derive(Serialize)]
struct Configurations<'a> {
    schema: &'static str,
    documents: Vec<Document<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    path: &'a str,
    record: usize,
    title: Option<&'a str>,
    configurations: &'a [ConfigurationReport],
    notes: &'a [String],
}

/// Writes one object: `{"schema": "realint-configurations/1", "documents": […]}`.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let documents = report
        .documents
        .iter()
        .map(|document| Document {
            path: &document.path,
            record: document.record,
            title: document.title.as_deref(),
            configurations: &document.configurations,
            notes: &document.notes,
        })
        .collect();
    let whole = Configurations { schema: "realint-configurations/1", documents };
    out.write_all(pretty(&whole)?.as_bytes())?;
    writeln!(out)
}
