//! `realint report`: one page that shows a manuscript with what was found in it, and needs nothing from
//! elsewhere.
//!
//! Every part of the page is a function from a [`View`] to markup, so that another program can show the
//! same parts in place. All words of the manuscript are escaped by maud; [`inert`] then names what would
//! still steer a display. The page works without its script, which only filters.

mod configurations;
mod findings;
mod items;
mod summary;
mod text;
mod view;

pub use configurations::configurations;
pub use findings::{card, findings, silenced};
pub use items::{items, row, verdict};
pub use summary::summary;
pub use text::text;
pub use view::View;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::words::counted;
use crate::report::{DocumentReport, Report};
use crate::rule::{RuleSet, Severity};

/// How the page looks.
pub const STYLE: &str = include_str!("page.css");
/// What filters the findings.
pub const SCRIPT: &str = include_str!("page.js");
/// More documents than these make no page that anybody reads.
pub const MOST_DOCUMENTS: usize = 100;

/// Severities, the worst first.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

/// Writes the page. The documents should hold their manuscripts
/// ([`keep_manuscript`](crate::check::Settings::keep_manuscript)): without them there is no text to show.
pub fn html_report(report: &Report, rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
    let views = views(&report.documents, rules);
    out.write_all(inert(&page(&views, report.tool.version).into_string()).as_bytes())
}

/// Documents prepared for being shown on one page.
pub fn views<'a>(documents: &'a [DocumentReport], rules: &'a RuleSet) -> Vec<View<'a>> {
    let several = documents.len() > 1;
    let prefix = |index: usize| if several { format!("d{}-", index + 1) } else { String::new() };
    documents.iter().enumerate().map(|(index, document)| View::new(document, rules, prefix(index))).collect()
}

/// The whole page.
pub fn page(views: &[View<'_>], version: &str) -> Markup {
    let title = match views {
        [only] => name(only.document),
        all => counted(all.len(), "document"),
    };
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content={ "realint " (version) };
                link rel="icon" href="data:,";
                title { "realint: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (skip_links(views))
                header.page {
                    p.tool { "realint report" }
                    h1 dir="auto" { (title) }
                    (contents(views))
                }
                main #main tabindex="-1" {
                    (documents(views))
                }
                footer {
                    p {
                        "Written by realint " (version) ", which reads the text and judges whether something is \
                        reported, not how well. \"Not found\" means that no sentence was found that reports it. \
                        This page is one file: it holds the text of the manuscript and asks nothing of any other computer."
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// The filters, and all documents.
pub fn documents(views: &[View<'_>]) -> Markup {
    html! {
        (filters(views))
        @if let [only] = views {
            (document(only))
        } @else {
            @for view in views {
                article.document id=(view.id("document")) aria-labelledby=(view.id("title")) {
                    h2 id=(view.id("title")) dir="auto" { (name(view.document)) }
                    (document(view))
                }
            }
        }
    }
}

/// One document: summary, items and findings beside the text, configurations.
pub fn document(view: &View<'_>) -> Markup {
    html! {
        (summary(view))
        div.beside {
            @if view.has_index() {
                div.index {
                    (findings(view))
                    (items(view))
                    (silenced(view))
                }
            }
            (text(view))
        }
        (configurations(view))
    }
}

pub(super) fn skip_links(views: &[View<'_>]) -> Markup {
    html! {
        div.skip {
            a href="#main" { "Skip to the report" }
            @if let [only] = views {
                a href={ "#" (only.id("text")) } { "Skip to the text" }
            }
        }
    }
}

/// Where to go: the parts of a document, or the documents.
pub(super) fn contents(views: &[View<'_>]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                @if let [only] = views {
                    @for (id, words) in only.parts() {
                        li { a href={ "#" (only.id(id)) } { (words) } }
                    }
                } @else {
                    @for view in views {
                        li {
                            a href={ "#" (view.id("document")) } dir="auto" { (name(view.document)) }
                            " " span.aside { (counted(view.document.findings.len(), "finding")) }
                        }
                    }
                }
            }
        }
    }
}

/// The controls that the script works; without it they are not shown.
fn filters(views: &[View<'_>]) -> Markup {
    let all = || views.iter().flat_map(|view| &view.document.findings);
    let of = |severity: Severity| all().filter(|finding| finding.severity == severity).count();
    let mut codes: Vec<(&str, Option<&str>)> = Vec::new();
    for view in views {
        let items = view.document.items.iter().map(|item| (item.code.as_str(), Some(item.name.as_str())));
        let others = view.document.findings.iter().map(|finding| (finding.code.as_str(), None));
        codes.extend(items.chain(others));
    }
    // An item is known by its name, and so sorts before a finding of the same code.
    codes.sort_by_key(|(code, name)| (*code, name.is_none()));
    codes.dedup_by_key(|(code, _)| *code);
    let (items, others): (Vec<_>, Vec<_>) = codes.into_iter().partition(|(_, name)| name.is_some());
    html! {
        @if all().next().is_some() {
            form #filters aria-label="Filter" hidden {
                fieldset {
                    legend { "Severity" }
                    @for severity in SEVERITIES {
                        label {
                            input type="checkbox" name="severity" value=(severity.name()) checked;
                            " " (sign(severity)) " " (severity.name()) "s (" (of(severity)) ")"
                        }
                    }
                }
                label.item {
                    span { "Item or code" }
                    select name="code" {
                        option value="" { "all" }
                        @if !items.is_empty() {
                            optgroup label="Items" {
                                @for (code, name) in &items {
                                    option value=(code) { (code) @if let Some(name) = name { " " (name) } }
                                }
                            }
                        }
                        @if !others.is_empty() {
                            optgroup label="Other findings" {
                                @for (code, _) in &others { option value=(code) { (code) } }
                            }
                        }
                    }
                }
                button type="reset" { "Show all" }
                p role="status" {}
            }
        }
    }
}

/// A heading of the page, one level further down where several documents share it.
fn heading(view: &View<'_>, id: &str, words: &str) -> Markup {
    let id = view.id(id);
    html! {
        @if view.is_alone() { h2 id=(id) { (words) } } @else { h3 id=(id) { (words) } }
    }
}

/// What a document is called.
pub(super) fn name(document: &DocumentReport) -> String {
    let title = document.title.as_deref().filter(|title| !title.trim().is_empty());
    match title {
        Some(title) => title.split_whitespace().collect::<Vec<_>>().join(" "),
        None if document.record > 1 => format!("{}, record {}", document.path, document.record),
        None => document.path.clone(),
    }
}

/// A sign beside the word, so that nothing is said by colour alone.
fn sign(severity: Severity) -> Markup {
    let sign = match severity {
        Severity::Error => "\u{2716}",
        Severity::Warning => "\u{25b2}",
        Severity::Note => "\u{25cf}",
    };
    html! { span.sign.(severity.name()) aria-hidden="true" { (sign) } }
}

/// How a Content Security Policy names a text.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// Names characters that steer a display instead of being shown: controls, and marks that turn the
/// direction of what follows. Line ends and tabs stay. No markup of the page holds any of these, so the
/// whole page is passed through.
pub fn inert(html: &str) -> String {
    let mut shown = String::with_capacity(html.len());
    for character in html.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\u{0}'..='\u{1f}' => shown.push(char::from_u32(0x2400 + character as u32).unwrap_or(' ')),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fff9}'..='\u{fffb}' => {
                shown.push_str(&format!("[U+{:04X}]", character as u32));
            }
            _ if character.is_control() => shown.push_str(&format!("[U+{:04X}]", character as u32)),
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_display_is_named() {
        assert_eq!(inert("a\u{1b}[31m\u{202e}b\u{85}\tc\nd"), "a\u{241b}[31m[U+202E]b[U+0085]\tc\nd");
    }

    #[test]
    fn the_style_and_the_script_end_where_they_should() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        assert_eq!((inert(STYLE).as_str(), inert(SCRIPT).as_str()), (STYLE, SCRIPT));
    }
}
