//! Configurations on their own: a table for the terminal, CSV and JSON for other programs, and
//! graphs. A renderer decides nothing; all that is shown stands in the report.

mod csv;
mod graph;
mod json;
mod svg;
mod table;

pub use csv::csv;
pub use graph::{dot, mermaid};
pub use json::json;
pub(super) use svg::drawing;
pub use svg::svg;
pub use table::table;

use super::place::{has_lines, numbered, steers};
use crate::cmo::{ComponentKind, Facet};
use crate::report::{ComponentReport, ConfigurationReport, DocumentReport};

/// The columns in which a configuration is drawn, in the order in which it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Intervention,
    Actor,
    Context,
    /// A mechanism that the text doesn't part.
    Mechanism,
    Resource,
    Response,
    Outcome,
}

impl Column {
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Intervention => "Intervention",
            Self::Actor => "Actor",
            Self::Context => "Context",
            Self::Mechanism => "Mechanism",
            Self::Resource => "Mechanism: resource",
            Self::Response => "Mechanism: response",
            Self::Outcome => "Outcome",
        }
    }

    fn kind(self) -> ComponentKind {
        match self {
            Self::Intervention => ComponentKind::Intervention,
            Self::Actor => ComponentKind::Actor,
            Self::Context => ComponentKind::Context,
            Self::Mechanism | Self::Resource | Self::Response => ComponentKind::Mechanism,
            Self::Outcome => ComponentKind::Outcome,
        }
    }

    /// Whether a configuration without it lacks something.
    pub(super) fn is_core(self) -> bool {
        matches!(self, Self::Context | Self::Mechanism | Self::Response | Self::Outcome)
    }
}

/// The columns that some configurations need: mechanisms are parted into resource and response
/// where any of them is, interventions and actors are shown where there are any.
pub(super) fn columns<'a>(configurations: impl Iterator<Item = &'a ConfigurationReport> + Clone) -> Vec<Column> {
    let any = |test: &dyn Fn(&ConfigurationReport) -> bool| configurations.clone().any(test);
    let parted = any(&|c| c.components.mechanism.iter().any(|m| m.facet == Facet::Resource));
    let mut columns = Vec::new();
    if any(&|c| !c.components.intervention.is_empty()) {
        columns.push(Column::Intervention);
    }
    if any(&|c| !c.components.actor.is_empty()) {
        columns.push(Column::Actor);
    }
    columns.push(Column::Context);
    if parted {
        columns.extend([Column::Resource, Column::Response]);
    } else {
        columns.push(Column::Mechanism);
    }
    columns.push(Column::Outcome);
    columns
}

/// The parts of a configuration that belong in a column.
pub(super) fn parts(configuration: &ConfigurationReport, column: Column) -> Vec<&ComponentReport> {
    let all = &configuration.components;
    let list = match column.kind() {
        ComponentKind::Intervention => &all.intervention,
        ComponentKind::Actor => &all.actor,
        ComponentKind::Context => &all.context,
        ComponentKind::Mechanism => &all.mechanism,
        ComponentKind::Outcome => &all.outcome,
    };
    let wanted = |part: &&ComponentReport| match column {
        Column::Resource => part.facet == Facet::Resource,
        // What isn't said to be a resource stands with the responses: that is how readers take it.
        Column::Response => part.facet != Facet::Resource,
        _ => true,
    };
    list.iter().filter(wanted).collect()
}

/// The words of a configuration in a column, in one line; empty where it has none.
fn words(configuration: &ConfigurationReport, column: Column) -> String {
    let texts = parts(configuration, column).into_iter().map(|part| one_line(&part.text));
    texts.collect::<Vec<_>>().join("; ")
}

pub(super) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if steers(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The core parts that a configuration lacks. A dyad that says so lacks none.
pub(super) fn lacking(configuration: &ConfigurationReport) -> Vec<&'static str> {
    if configuration.dyad {
        return Vec::new();
    }
    let all = &configuration.components;
    [("context", all.context.is_empty()), ("mechanism", all.mechanism.is_empty()), ("outcome", all.outcome.is_empty())]
        .into_iter()
        .filter_map(|(name, empty)| empty.then_some(name))
        .collect()
}

/// What a configuration is called: its label and name, or its place in the list.
pub(super) fn called(configuration: &ConfigurationReport, index: usize) -> String {
    labelled(configuration.id.as_deref(), configuration.name.as_deref(), index)
}

/// The same of one that is known by its label and name alone.
pub(super) fn labelled(id: Option<&str>, name: Option<&str>, index: usize) -> String {
    let label = match id {
        Some(id) if id.bytes().all(|b| b.is_ascii_digit()) => format!("No. {id}"),
        Some(id) => one_line(id),
        None => format!("({})", index + 1),
    };
    match name {
        Some(name) => format!("{label}: {}", one_line(name)),
        None => label,
    }
}

/// What stands behind a configuration, in one line.
fn support(configuration: &ConfigurationReport) -> String {
    let texts = configuration.evidence.iter().map(|evidence| one_line(&evidence.text));
    texts.collect::<Vec<_>>().join("; ")
}

/// Where a configuration stands: page, paragraph or line, as the format has it.
fn place(document: &DocumentReport, configuration: &ConfigurationReport) -> String {
    numbered(&configuration.location, has_lines(document))
}
