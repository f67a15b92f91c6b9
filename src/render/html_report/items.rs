//! The table of items: what each asks, the verdict, what lacks, and the sentences that it rests on.

use maud::{Markup, html};

use super::{View, heading, sign};
use crate::report::{EvidenceReport, ItemReport};
use crate::verdict::Verdict;

/// A quotation is cut after this many characters; the link leads to the whole sentence.
const LONGEST_QUOTATION: usize = 160;

/// The table of items; nothing where no standard applies.
pub fn items(view: &View<'_>) -> Markup {
    html! {
        @if !view.document.items.is_empty() {
            section.items aria-labelledby=(view.labelled_by("items")) {
                (heading(view, "items", "Items of the standard"))
                table.items role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            th scope="col" role="columnheader" { "Item, and what it asks" }
                            th scope="col" role="columnheader" { "Verdict, and what lacks" }
                            th scope="col" role="columnheader" { "Evidence" }
                        }
                    }
                    tbody role="rowgroup" {
                        @for item in &view.document.items { (row(view, item)) }
                    }
                }
            }
        }
    }
}

/// One item.
pub fn row(view: &View<'_>, item: &ItemReport) -> Markup {
    let asks = view.rules.rule(&item.code).map(|rule| rule.ask.as_str());
    html! {
        tr role="row" id=(view.id(&format!("item-{}", item.code))) tabindex="-1" data-item=(item.code) {
            th scope="row" role="rowheader" {
                span.code { (item.code) } " " (item.name)
                @if let Some(asks) = asks { p.asks { (asks) } }
            }
            td role="cell" { (verdict(view, item)) }
            td role="cell" { (evidence(view, item)) }
        }
    }
}

/// The verdict in words, what lacks or why it doesn't apply, and the way to the finding.
pub fn verdict(view: &View<'_>, item: &ItemReport) -> Markup {
    let (mark, words) = match item.verdict {
        Verdict::Reported => ("\u{2714}", "reported"),
        Verdict::Partial => ("\u{25d0}", "partly reported"),
        Verdict::NotFound => ("\u{2716}", "not found"),
        Verdict::Unclear => ("?", "unclear: look here"),
        Verdict::NotApplicable => ("\u{2013}", "not applicable"),
    };
    html! {
        p.verdict.(item.verdict.name()) { span aria-hidden="true" { (mark) " " } (words) }
        @if !item.lacks.is_empty() {
            p.lacks { "Not found: " (item.lacks.join(", ")) "." }
        }
        @if let Some(by) = &item.by_hand {
            p.by-hand dir="auto" {
                strong { "By hand" } " (realint: " (by.before.words()) "): " (by.note)
            }
        } @else if let Some(reason) = &item.reason {
            p.reason dir="auto" { (reason) }
        }
        @for finding in view.findings_of(&item.code) {
            p.to-finding {
                a href={ "#" (view.id(&format!("f{}", finding + 1))) } {
                    (sign(view.severity(finding))) " Finding " (finding + 1)
                }
            }
        }
        @if let Some(control) = view.control { (control(item)) }
    }
}

/// For each part the best sentence, and the places of the others.
fn evidence(view: &View<'_>, item: &ItemReport) -> Markup {
    let mut parts: Vec<(&str, Vec<&EvidenceReport>)> = Vec::new();
    for evidence in &item.evidence {
        match parts.iter_mut().find(|(part, _)| *part == evidence.part) {
            Some((_, all)) => all.push(evidence),
            None => parts.push((&evidence.part, vec![evidence])),
        }
    }
    html! {
        @if parts.is_empty() { span.aside { "none" } } @else {
            ul.evidence {
                @for (part, all) in &parts {
                    li {
                        span.part { (part) ": " }
                        @for (index, evidence) in all.iter().enumerate() {
                            @if index == 0 {
                                (quoted(view, evidence))
                            } @else {
                                @if index == 1 { span.aside { " Also: " } } @else { ", " }
                                (linked(view, evidence))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn quoted(view: &View<'_>, evidence: &EvidenceReport) -> Markup {
    let words = clipped(&evidence.text);
    html! {
        @if let Some(id) = view.evidence_id(&evidence.location) {
            a href={ "#" (id) } { "\u{201c}" bdi { (words) } "\u{201d}" }
        } @else {
            "\u{201c}" bdi { (words) } "\u{201d}"
        }
        " " span.aside { "(" (view.place(&evidence.location)) ")" }
    }
}

fn linked(view: &View<'_>, evidence: &EvidenceReport) -> Markup {
    let place = view.place(&evidence.location);
    html! {
        @if let Some(id) = view.evidence_id(&evidence.location) { a href={ "#" (id) } { (place) } } @else { (place) }
    }
}

fn clipped(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST_QUOTATION {
        return text;
    }
    let cut: String = text.chars().take(LONGEST_QUOTATION).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{} \u{2026}", &cut[..end])
}
