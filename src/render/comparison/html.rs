//! For a page of the web application.

use maud::{Markup, html};

use super::super::web_pages::sentence;
use super::{called, configuration_changes, outcome, place, quoted, shortened, still_lacks, telling, verdict};
use crate::comparison::{Change, ComparedFinding, ComparedItem, Comparison, NamedConfiguration, Version};
use crate::report::EvidenceReport;

/// What changed, in sections: what was broken first, what lacks as before last.
pub fn html(comparison: &Comparison) -> Markup {
    html! {
        section.summary aria-labelledby="outcome" {
            h2 #outcome { "What came of it" }
            p { strong { (outcome(comparison)) } }
            dl.versions {
                @for (name, version) in [("Old", &comparison.old), ("New", &comparison.new)] {
                    dt { (name) }
                    dd {
                        bdi { (version.path) } ", " (version.standard.as_deref().unwrap_or("no standard applies"))
                        ", " (version.stage)
                    }
                }
            }
            @for caution in &comparison.cautions { p.caution { strong { "Caution: " } (sentence(caution)) } }
        }
        (items(comparison, Change::Broken, "Items that are worse than before"))
        (items(comparison, Change::Mended, "Items that are mended"))
        (items(comparison, Change::Changed, "Items that changed otherwise"))
        (findings(comparison))
        (configurations(comparison))
        (still(comparison))
    }
}

fn items(comparison: &Comparison, change: Change, heading: &str) -> Markup {
    let items: Vec<&ComparedItem> = comparison.items.iter().filter(|item| item.change == change).collect();
    html! {
        @if !items.is_empty() {
            section {
                h2 { (heading) }
                table role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @for name in ["Item", "Before", "Now"] { th scope="col" role="columnheader" { (name) } }
                        }
                    }
                    tbody role="rowgroup" {
                        @for item in items {
                            tr role="row" {
                                th scope="row" role="rowheader" { span.code { (item.code) } " " (item.name) }
                                td role="cell" data-label="Before" {
                                    p { (verdict(&item.old)) }
                                    (evidence(&comparison.old, telling(&item.old, &item.new)))
                                }
                                td role="cell" data-label="Now" {
                                    p { (verdict(&item.new)) }
                                    @if let Some(reason) = &item.new.reason { p.reason { (shortened(reason)) } }
                                    (evidence(&comparison.new, telling(&item.new, &item.old)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn evidence(version: &Version, evidence: Option<&EvidenceReport>) -> Markup {
    html! {
        @if let Some(evidence) = evidence {
            p { bdi { (quoted(&evidence.text)) } " " span.aside { "(" (place(version, &evidence.location)) ")" } }
        }
    }
}

fn findings(comparison: &Comparison) -> Markup {
    let all = &comparison.findings;
    let own = |finding: &&ComparedFinding| !finding.of_item;
    let lists: [(&str, &Version, Vec<&ComparedFinding>); 4] = [
        ("Other findings that are new", &comparison.new, all.new.iter().filter(own).collect()),
        ("Other findings that are gone", &comparison.old, all.gone.iter().filter(own).collect()),
        (
            "Other findings that are silenced now",
            &comparison.new,
            all.silenced.iter().map(|s| &s.new).filter(own).collect(),
        ),
        ("Other findings, as before", &comparison.new, all.kept.iter().map(|k| &k.new).filter(own).collect()),
    ];
    html! {
        @for (heading, version, findings) in lists {
            @if !findings.is_empty() {
                section {
                    h2 { (heading) }
                    ul {
                        @for finding in findings {
                            li {
                                span.severity.(finding.severity.name()) { (finding.severity.name()) } " "
                                span.code { (finding.code) } " " bdi { (finding.message) }
                                " " span.aside { "(" (place(version, &finding.location)) ")" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn configurations(comparison: &Comparison) -> Markup {
    let all = &comparison.configurations;
    let named = |configuration: &NamedConfiguration, version: &Version| {
        html! { bdi { (called(configuration)) } " " span.aside { "(" (place(version, &configuration.location)) ")" } }
    };
    html! {
        @if !all.changed.is_empty() || !all.added.is_empty() || !all.removed.is_empty() {
            section {
                h2 { "Configurations" }
                ul {
                    @for changed in &all.changed {
                        li {
                            (named(&changed.new, &comparison.new))
                            ul {
                                @for change in configuration_changes(changed) { li { bdi { (change) } } }
                                @if !changed.lost.is_empty() { li { strong { "lacks now: " (changed.lost.join(", ")) } } }
                            }
                        }
                    }
                    @for added in &all.added { li { "Added: " (named(added, &comparison.new)) } }
                    @for removed in &all.removed { li { "Removed: " (named(removed, &comparison.old)) } }
                }
            }
        }
    }
}

fn still(comparison: &Comparison) -> Markup {
    let items: Vec<&ComparedItem> =
        comparison.items.iter().filter(|item| still_lacks(item.change, &item.new)).collect();
    html! {
        @if !items.is_empty() {
            section {
                h2 { "Items that lack something, as before" }
                ul {
                    @for item in items {
                        li { span.code { (item.code) } " " (item.name) ": " (verdict(&item.new)) }
                    }
                }
            }
        }
    }
}
