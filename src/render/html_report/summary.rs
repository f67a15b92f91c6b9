//! What was found, in words.

use maud::{Markup, html};

use super::super::configurations::lacking;
use super::super::words::{counted, listed};
use super::{SEVERITIES, View, heading};
use crate::cmo::ConfigurationStage;
use crate::report::ItemReport;
use crate::verdict::Verdict;

/// The summary of a document. It counts and gives no score.
pub fn summary(view: &View<'_>) -> Markup {
    let document = view.document;
    let of = |verdict| document.items.iter().filter(|item| item.verdict == verdict).collect::<Vec<_>>();
    html! {
        section.summary aria-labelledby=(view.labelled_by("summary")) {
            (heading(view, "summary", "Summary"))
            p { (held_against(view)) }
            @if !document.items.is_empty() {
                p { (verdicts(view)) }
                (named(view, "Not found", &of(Verdict::NotFound)))
                (named(view, "Partly reported", &of(Verdict::Partial)))
                (named(view, "Unclear: look there", &of(Verdict::Unclear)))
            }
            p { (found(view)) }
            @if !document.configurations.is_empty() { p { (configured(view)) } }
            @if !document.notes.is_empty() {
                ul.notes { @for note in &document.notes { li { (note) } } }
            }
        }
    }
}

fn held_against(view: &View<'_>) -> Markup {
    let document = view.document;
    let standard = document.standard.as_ref();
    let known = standard.and_then(|chosen| view.rules.standard(&chosen.id));
    html! {
        code.path { (document.path) } " "
        @match (standard, known) {
            (Some(chosen), Some((standard, _))) => {
                "was read as " (article(document.stage)) " and held against " strong { (standard.name) }
                " (" (standard.source) ")"
                "."
                @if let Some(reason) = chosen.because.first() { " What decided: " bdi { (reason) } "." }
                @if chosen.ambiguous { " Which standard applies is not certain." }
            }
            _ => "was held against no standard.",
        }
    }
}

fn article(stage: &str) -> String {
    let article = if stage.starts_with('a') { "an" } else { "a" };
    format!("{article} {stage}")
}

fn verdicts(view: &View<'_>) -> String {
    let items = &view.document.items;
    let said: Vec<String> = [
        (Verdict::Reported, "reported"),
        (Verdict::Partial, "reported in part"),
        (Verdict::NotFound, "not found"),
        (Verdict::Unclear, "unclear"),
        (Verdict::NotApplicable, "not applicable"),
    ]
    .into_iter()
    .filter_map(|(verdict, words)| {
        let number = items.iter().filter(|item| item.verdict == verdict).count();
        (number > 0).then(|| format!("{number} {} {words}", if number == 1 { "is" } else { "are" }))
    })
    .collect();
    format!("Of the {}, {}.", counted(items.len(), "item"), listed(&said))
}

fn named(view: &View<'_>, words: &str, items: &[&ItemReport]) -> Markup {
    html! {
        @if !items.is_empty() {
            p.named {
                strong { (words) } ": "
                @for (index, item) in items.iter().enumerate() {
                    @if index > 0 { "; " }
                    a href={ "#" (view.id(&format!("item-{}", item.code))) } { (item.name) }
                    @if !item.lacks.is_empty() && item.verdict != Verdict::NotFound {
                        " (not found: " (item.lacks.join(", ")) ")"
                    }
                }
                "."
            }
        }
    }
}

fn found(view: &View<'_>) -> String {
    let document = view.document;
    let said: Vec<String> = SEVERITIES
        .into_iter()
        .filter_map(|severity| {
            let number = document.findings.iter().filter(|finding| finding.severity == severity).count();
            (number > 0).then(|| counted(number, severity.name()))
        })
        .collect();
    let silenced = match document.suppressed.len() {
        0 => String::new(),
        1 => " 1 finding is silenced, with a reason.".to_owned(),
        number => format!(" {number} findings are silenced, each with a reason."),
    };
    match (said.is_empty(), document.standard.is_some()) {
        (false, _) => format!("There {} {}.{silenced}", be(document.findings.len()), listed(&said)),
        (true, true) => format!("Nothing was found that needs mending.{silenced}"),
        (true, false) => format!("Nothing is reported.{silenced}"),
    }
}

fn configured(view: &View<'_>) -> String {
    let all = &view.document.configurations;
    let incomplete = all.iter().filter(|c| !lacking(c).is_empty()).count();
    // A theory at the start has no support yet, and needs none.
    let bare = all.iter().filter(|c| !c.supported && c.stage != ConfigurationStage::Initial).count();
    let lack = match incomplete {
        0 if all.len() == 1 => "it has a context, a mechanism and an outcome, or says that it is partial".to_owned(),
        0 => "each has a context, a mechanism and an outcome, or says that it is partial".to_owned(),
        1 if all.len() == 1 => "it lacks a part".to_owned(),
        1 => "one lacks a part".to_owned(),
        number => format!("{number} lack a part"),
    };
    let support = match bare {
        0 => String::new(),
        1 if all.len() == 1 => "; no support for it was found in the text".to_owned(),
        1 => "; for one, no support was found in the text".to_owned(),
        number => format!("; for {number}, no support was found in the text"),
    };
    format!(
        "{} found: {lack}{support}.",
        match all.len() {
            1 => "1 configuration was".to_owned(),
            number => format!("{number} configurations were"),
        }
    )
}

fn be(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}
