//! Findings: a list that leads to them, and a card for each, which stands in the text.

use maud::{Markup, html};

use super::{View, heading, sign};
use crate::report::FindingReport;
use crate::source::Location;

/// The list of findings, in the order of the text; nothing where there are none.
pub fn findings(view: &View<'_>) -> Markup {
    html! {
        @if !view.document.findings.is_empty() {
            section.findings aria-labelledby=(view.labelled_by("findings")) {
                (heading(view, "findings", "Findings"))
                ol {
                    @for (index, finding) in view.document.findings.iter().enumerate() {
                        li data-severity=(finding.severity.name()) data-code=(finding.code) {
                            a href={ "#" (view.id(&format!("f{}", index + 1))) } { (named(finding)) }
                            " " span.aside { "(" (view.place(&finding.location)) ")" }
                        }
                    }
                }
            }
        }
    }
}

/// The card of a finding, by its number from 0: what is wrong, where, why it matters and what to do.
pub fn card(view: &View<'_>, index: usize) -> Markup {
    let finding = view.finding(index);
    let id = view.id(&format!("f{}", index + 1));
    let near = |other: Option<usize>, words: &str, rel: &str| {
        let other = other.filter(|other| *other < view.document.findings.len());
        html! {
            @if let Some(other) = other {
                a rel=(rel) href={ "#" (view.id(&format!("f{}", other + 1))) } { (words) " finding" }
            }
        }
    };
    html! {
        article.finding.(finding.severity.name()) id=(id) tabindex="-1" aria-labelledby={ (id) "-name" }
            data-severity=(finding.severity.name()) data-code=(finding.code) {
            p.name id={ (id) "-name" } { span.number { (index + 1) } " " (named(finding)) }
            p.place {
                (place(&view.place(&finding.location), &finding.location)) ": "
                (linked(view.finding_place_id(index, None), &finding.label))
            }
            @if !finding.related.is_empty() {
                ul.related {
                    @for (at, related) in finding.related.iter().enumerate() {
                        li {
                            (place(&view.place_in(&related.location, related.lines), &related.location)) ": "
                            (linked(view.finding_place_id(index, Some(at)), &related.message))
                        }
                    }
                }
            }
            @if !finding.help.is_empty() { p { strong { "What to do: " } (coded(&finding.help)) } }
            @if !finding.why.is_empty() { p.why { strong { "Why: " } (coded(&finding.why)) } }
            p.more {
                a href=(finding.url) rel="noreferrer" { "About " (finding.code) }
                @if view.rules.rule(&finding.code).is_some_and(|_| view.document.items.iter().any(|i| i.code == finding.code)) {
                    a href={ "#" (view.id(&format!("item-{}", finding.code))) } { "Item " (finding.code) }
                }
                (near(index.checked_sub(1), "Previous", "prev"))
                (near(Some(index + 1), "Next", "next"))
            }
        }
    }
}

/// Findings that a comment, the configuration or the baseline silences, each with the reason.
pub fn silenced(view: &View<'_>) -> Markup {
    html! {
        @if !view.document.suppressed.is_empty() {
            section.silenced aria-labelledby=(view.labelled_by("silenced")) {
                (heading(view, "silenced", "Silenced"))
                ul {
                    @for silenced in &view.document.suppressed {
                        li {
                            (named(&silenced.finding)) " "
                            span.aside { "(" (view.place(&silenced.finding.location)) ")" }
                            p.reason dir="auto" { "By " (by(silenced.by)) ": " (silenced.reason) }
                        }
                    }
                }
            }
        }
    }
}

/// Words between backticks are code; a lone backtick is itself.
fn coded(text: &str) -> Markup {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (index, piece) in pieces.iter().enumerate() {
            @if !index.is_multiple_of(2) { code { (piece) } } @else { (piece) }
        }
    }
}

fn by(by: &str) -> &str {
    match by {
        "comment" => "a comment",
        "hand" => "a correction by hand",
        "configuration" => "the configuration",
        "baseline" => "the baseline",
        other => other,
    }
}

/// Severity, code and message.
fn named(finding: &FindingReport) -> Markup {
    html! {
        (sign(finding.severity)) " "
        span.severity.(finding.severity.name()) { (finding.severity.name()) } " "
        span.code { (finding.code) } " "
        bdi { (coded(&finding.message)) }
    }
}

fn place(said: &str, location: &Location) -> Markup {
    html! {
        "At " (said)
        @if let Some(last) = location.section.last() { ", under " bdi { (last) } }
    }
}

fn linked(id: Option<String>, words: &str) -> Markup {
    let words = if words.is_empty() { "here" } else { words };
    html! {
        @if let Some(id) = id { a href={ "#" (id) } { (words) } } @else { (words) }
    }
}
