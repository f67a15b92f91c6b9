//! Pages of the web application: the list of files, the report with verdicts that can be corrected, and the
//! comparison of two versions. The report is made of the same parts as the page of `realint report`.
//!
//! Addresses are relative: the pages don't know the secret that the application lies under.

use maud::{DOCTYPE, Markup, html};

use super::html_report::{self, View};
use super::words::{counted, listed};
use crate::comparison::Comparison;
use crate::correction::Corrections;
use crate::report::{DocumentReport, ItemReport, Tool};
use crate::rule::RuleSet;
use crate::verdict::Verdict;

/// How the pages look, beside the style of the report.
pub const STYLE: &str = include_str!("app.css");
/// What hands files in and watches the list.
pub const SCRIPT: &str = include_str!("app.js");

/// A file in the list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub progress: Progress,
    /// The name of the standard that it answers to, where it holds one manuscript.
    pub standard: Option<String>,
    /// How many findings there are, where it holds one manuscript.
    pub findings: Option<usize>,
    /// It is a Word document, which can hold comments.
    pub word: bool,
    /// How many verdicts were corrected.
    pub corrections: usize,
}

/// How far a file is.
#[derive(Debug, Clone)]
pub enum Progress {
    /// Others come first.
    Waiting,
    /// It is being checked.
    Checking,
    /// It was checked.
    Checked {
        /// How many manuscripts it holds.
        manuscripts: usize,
    },
    /// It could not be: why, and what to do.
    Failed(String, Option<String>),
}

/// Verdicts that a person may choose.
const VERDICTS: [Verdict; 5] =
    [Verdict::Reported, Verdict::Partial, Verdict::NotFound, Verdict::Unclear, Verdict::NotApplicable];

fn head(title: &str, up: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            link rel="icon" href="data:,";
            link rel="stylesheet" href={ (up) "report.css" };
            link rel="stylesheet" href={ (up) "app.css" };
            title { (title) }
        }
    }
}

/// A page around its content. `up` leads to the list.
fn frame(title: &str, up: &str, script: Option<&str>, main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(&format!("realint: {title}"), up))
            body {
                div.skip { a href="#main" { "Skip to the content" } }
                header.page {
                    p.tool { a href={ (up) "" } { "realint" } }
                    h1 dir="auto" { (title) }
                }
                (main)
                footer {
                    p {
                        "realint " (Tool::this().version) " runs on this computer, and nothing leaves it. It reads \
                        the text and judges whether something is reported, not how well."
                    }
                }
                @if let Some(script) = script { script src={ (up) (script) } {} }
            }
        }
    }
}

/// The page to hand files in, with the list. `most`: bytes of a file that are taken.
pub fn home(entries: &[Entry], most: usize) -> Markup {
    let main = html! {
        main #main tabindex="-1" {
            noscript { p.caution { "Handing files in needs JavaScript." } }
            section aria-labelledby="hand-in" {
                h2 #hand-in { "Hand files in" }
                div #drop data-most=(most) {
                    label for="files" { "Choose files, or drop them anywhere on this page" }
                    input #files type="file" multiple
                        accept=".docx,.pdf,.tex,.md,.markdown,.qmd,.rmd,.txt,.html,.htm,.xml,.toml,.yaml,.yml,.json,.csv";
                    p.aside { "Word (.docx), PDF, LaTeX, Markdown, Quarto, HTML, JATS or TEI XML, or plain text." }
                }
                p #told role="status" {}
                ul #refused aria-live="polite" {}
            }
            section aria-labelledby="held" {
                h2 #held { "Files" }
                p.aside { "They are kept in memory only, and are gone when realint ends." }
                div #list { (list(entries)) }
            }
            form.end method="post" action="end" { button { "End realint" } }
        }
    };
    frame("Check manuscripts", "./", Some("app.js"), main)
}

/// The list of files and what can be done with them.
pub fn list(entries: &[Entry]) -> Markup {
    let single: Vec<&Entry> =
        entries.iter().filter(|e| matches!(e.progress, Progress::Checked { manuscripts: 1 })).collect();
    let busy = entries.iter().any(|e| matches!(e.progress, Progress::Waiting | Progress::Checking));
    html! {
        @if entries.is_empty() { p { "There are none yet." } } @else {
            ul.files data-busy=(busy) {
                @for entry in entries { li id={ "file-" (entry.id) } { (line(entry)) } }
            }
        }
        @if single.len() > 1 {
            @let (old, new) = last_two(&single);
            form.compare action="compare" aria-labelledby="compare" {
                h3 #compare { "Compare two versions" }
                (choice("old", "Old", &single, old))
                (choice("new", "New", &single, new))
                button #compare-them { "Compare" }
            }
        }
    }
}

/// The places of the two that were handed in last, of those that answer to a standard if there are so many.
fn last_two(entries: &[&Entry]) -> (usize, usize) {
    let with = entries.iter().enumerate().filter(|(_, entry)| entry.standard.is_some()).map(|(at, _)| at);
    match with.collect::<Vec<_>>().as_slice() {
        [.., old, new] => (*old, *new),
        _ => (entries.len().saturating_sub(2), entries.len().saturating_sub(1)),
    }
}

fn choice(name: &str, words: &str, entries: &[&Entry], chosen: usize) -> Markup {
    html! {
        label { (words) " "
            select id={ "compare-" (name) } name=(name) {
                @for (index, entry) in entries.iter().enumerate() {
                    option value=(entry.id) selected[index == chosen] { (entry.id) ". " (entry.name) }
                }
            }
        }
    }
}

fn line(entry: &Entry) -> Markup {
    let id = entry.id;
    html! {
        p.name { bdi { (entry.name) } }
        @match &entry.progress {
            Progress::Waiting => p.progress.waiting { "waits for its turn" },
            Progress::Checking => p.progress.checking { "is being checked" },
            Progress::Failed(why, help) => {
                p.failed { strong { "Not read: " } (sentence(why)) }
                @if let Some(help) = help { p.aside { "What to do: " (sentence(help)) } }
            }
            Progress::Checked { manuscripts } => {
                p.progress { (found(entry, *manuscripts)) }
                p.actions {
                    a id={ "report-" (id) } href={ "files/" (id) } { "Read the report" span.unseen { " on " (entry.name) } }
                    @if *manuscripts == 1 { (downloads(entry, "files/")) }
                }
            }
        }
        form method="post" action={ "files/" (id) "/remove" } {
            button id={ "remove-" (id) } { "Remove" span.unseen { " " (entry.name) } }
        }
    }
}

fn found(entry: &Entry, manuscripts: usize) -> String {
    let corrected = match entry.corrections {
        0 => String::new(),
        number => format!(", {} corrected by hand", counted(number, "verdict")),
    };
    match (&entry.standard, entry.findings) {
        (Some(standard), Some(0)) => format!("{standard}: no findings{corrected}"),
        (Some(standard), Some(findings)) => format!("{standard}: {}{corrected}", counted(findings, "finding")),
        (None, Some(0)) => "No reporting standard applies to it, and nothing else was found.".to_owned(),
        (None, Some(findings)) => counted(findings, "finding"),
        _ => counted(manuscripts, "manuscript"),
    }
}

/// Files to save. `at` leads to the files.
fn downloads(entry: &Entry, at: &str) -> Markup {
    let of = |id: u64, what: &str| format!("{at}{id}/{what}");
    let unseen = |words: &str| html! { span.unseen { (words) } };
    let whose = unseen(&format!(", {}", entry.name));
    html! {
        @if entry.standard.is_some() {
            " " span.kinds {
                "Checklist: "
                a id={ "checklist-" (entry.id) } href=(of(entry.id, "checklist/docx")) { (unseen("Checklist for ")) "Word" (whose) }
                " " a href=(of(entry.id, "checklist/md")) { (unseen("Checklist as ")) "Markdown" (whose) }
                " " a href=(of(entry.id, "checklist/csv")) { (unseen("Checklist as ")) "CSV" (whose) }
            }
        }
        @if entry.word { " " a href=(of(entry.id, "commented.docx")) { "Word file with comments" (whose) } }
        " " a href=(of(entry.id, "report.html")) { "Report as a file" (whose) }
    }
}

/// The report on a file, with a form under each verdict where it holds one manuscript.
pub fn report(entry: &Entry, documents: &[DocumentReport], corrections: &Corrections, rules: &RuleSet) -> Markup {
    let control = |item: &ItemReport| correct(entry.id, item, corrections);
    let mut views: Vec<View<'_>> = html_report::views(documents, rules);
    if let [only] = views.as_mut_slice() {
        only.control = Some(&control);
    }
    let title = match documents {
        [only] => html_report::name(only),
        _ => entry.name.clone(),
    };
    let main = html! {
        nav.file aria-label="This file" {
            p.actions { a href="../" { "All files" } @if documents.len() == 1 { (downloads(entry, "")) } }
        }
        (html_report::contents(&views))
        main #main tabindex="-1" { (html_report::documents(&views)) }
    };
    frame(&title, "../", Some("report.js"), main)
}

/// The form that corrects a verdict.
fn correct(id: u64, item: &ItemReport, corrections: &Corrections) -> Markup {
    let said = corrections.get(&item.code);
    let field = |name: &str| format!("{name}-{}", item.code);
    html! {
        details.correct {
            summary { "Correct by hand" span.unseen { ": " (item.name) } }
            form method="post" action={ (id) "/verdicts/" (item.code) } {
                label for=(field("verdict")) { "Verdict" }
                select id=(field("verdict")) name="verdict" {
                    @for verdict in VERDICTS {
                        option value=(verdict.name()) selected[verdict == item.verdict] { (verdict.words()) }
                    }
                }
                label for=(field("note")) { "Why, for whoever reads the checklist" }
                textarea id=(field("note")) name="note" rows="3" required { (said.map_or("", |c| c.note.as_str())) }
                button { "Save" }
            }
            @if said.is_some() {
                form method="post" action={ (id) "/verdicts/" (item.code) } {
                    button { "Take the correction back" }
                }
            }
        }
    }
}

/// Two versions. `old` and `new` are the corrections that were put into them before.
pub fn comparison(comparison: &Comparison, old: &Corrections, new: &Corrections) -> Markup {
    let main = html! {
        main.comparison #main tabindex="-1" {
            p.actions { a href="./" { "All files" } }
            @for (which, corrections) in [("old", old), ("new", new)] {
                @if !corrections.is_empty() {
                    p.by-hand {
                        strong { "By hand" } " in the " (which) " version: the verdict on "
                        (listed(&corrections.keys().cloned().collect::<Vec<_>>())) "."
                    }
                }
            }
            (super::comparison::markup(comparison))
        }
    };
    frame("Two versions", "./", None, main)
}

/// Why something isn't shown, and what to do. `up` leads to the list.
pub fn refusal(why: &str, help: Option<&str>, up: &str) -> Markup {
    let main = html! {
        main #main tabindex="-1" {
            p { strong { "Why: " } (sentence(why)) }
            @if let Some(help) = help { p { strong { "What to do: " } (sentence(help)) } }
            p.actions { a href=(up) { "All files" } }
        }
    };
    frame("This can't be shown", up, None, main)
}

/// The last page.
pub fn ended() -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head("realint has ended", "./"))
            body {
                header.page { h1 { "realint has ended" } }
                main { p { "Nothing was kept. You can close this page." } }
            }
        }
    }
}

/// With a full stop, where it has no end.
pub(super) fn sentence(text: &str) -> String {
    if text.ends_with(['.', '?', '!']) { text.to_owned() } else { format!("{text}.") }
}
