//! Configurations: the drawing, and a table of their parts and what stands behind them.

use maud::{Markup, PreEscaped, html};

use super::super::configurations::{Column, called, columns, drawing, lacking, one_line, parts};
use super::{View, heading};
use crate::cmo::{ConfigurationStage, SupportKind};
use crate::report::ConfigurationReport;

/// The section of configurations; nothing where there are none.
pub fn configurations(view: &View<'_>) -> Markup {
    let all = &view.document.configurations;
    let columns = columns(all.iter());
    html! {
        @if !all.is_empty() {
            section.configurations aria-labelledby=(view.labelled_by("configurations")) {
                (heading(view, "configurations", "Configurations"))
                table.configurations role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            th scope="col" role="columnheader" { "Configuration" }
                            @for column in &columns { th scope="col" role="columnheader" { (column.heading()) } }
                            th scope="col" role="columnheader" { "Support" }
                        }
                    }
                    tbody role="rowgroup" {
                        @for (index, configuration) in all.iter().enumerate() {
                            (row(view, index, configuration, &columns))
                        }
                    }
                }
                figure {
                    div.scroll tabindex="0" role="region" aria-label=(view.label("Drawing of the configurations")) {
                        (PreEscaped(drawing(std::slice::from_ref(view.document), &view.id("drawing"))))
                    }
                }
            }
        }
    }
}

fn row(view: &View<'_>, index: usize, configuration: &ConfigurationReport, columns: &[Column]) -> Markup {
    let name = called(configuration, index);
    let place = view.place(&configuration.location);
    html! {
        tr role="row" id=(view.id(&format!("configuration{}", index + 1))) tabindex="-1" {
            th scope="row" role="rowheader" {
                bdi { (name) }
                p.aside {
                    @if let Some(id) = view.configuration_id(index, None) { a href={ "#" (id) } { (place) } } @else { (place) }
                    @if configuration.stage != ConfigurationStage::Unknown { ", " (configuration.stage.name()) }
                }
                @if let Some(theory) = &configuration.theory { p.aside dir="auto" { "under " (one_line(theory)) } }
                @if let Some((to, next)) = configuration.ripple.and_then(|to| Some((to, view.document.configurations.get(to)?))) {
                    p { "leads to " a href={ "#" (view.id(&format!("configuration{}", to + 1))) } { bdi { (called(next, to)) } } }
                }
                @if !lacking(configuration).is_empty() {
                    p.lacks { "Not found: " (lacking(configuration).join(", ")) "." }
                }
                @if configuration.dyad { p.aside { "partial, and says so" } }
            }
            @for column in columns {
                td role="cell" data-label=(column.heading()) dir="auto" { (part(configuration, *column)) }
            }
            td role="cell" data-label="Support" dir="auto" { (support(view, index, configuration)) }
        }
    }
}

fn part(configuration: &ConfigurationReport, column: Column) -> Markup {
    let parts = parts(configuration, column);
    html! {
        @match parts.as_slice() {
            [] if column.is_core() && !configuration.dyad => { span.lacks { "not found" } }
            [] => { span.aside { "\u{2013}" } }
            [only] => (one_line(&only.text)),
            several => { ul { @for part in several { li { (one_line(&part.text)) } } } }
        }
    }
}

fn support(view: &View<'_>, index: usize, configuration: &ConfigurationReport) -> Markup {
    html! {
        @if configuration.evidence.is_empty() {
            @if configuration.stage == ConfigurationStage::Initial { span.aside { "none yet" } } @else { span.lacks { "none found" } }
        } @else {
            ul {
                @for (at, support) in configuration.evidence.iter().enumerate() {
                    li {
                        @if let Some(id) = view.configuration_id(index, Some(at)) {
                            a href={ "#" (id) } { (one_line(&support.text)) }
                        } @else {
                            (one_line(&support.text))
                        }
                        " " span.aside { "(" (kind(support.kind)) ")" }
                    }
                }
            }
        }
    }
}

fn kind(kind: SupportKind) -> &'static str {
    match kind {
        SupportKind::Citation => "citation",
        SupportKind::Quotation => "quotation",
        SupportKind::Source => "source",
        SupportKind::Count => "count",
        SupportKind::Pointer => "pointer",
    }
}
