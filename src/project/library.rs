//! Bibliographies, and the keys that lead to them.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{At, Context, Tie};
use crate::bibliography::{Doi, Entry, folded};
use crate::cmo::ConfigurationStage;
use crate::error::nearest;
use crate::finding::Place;
use crate::manuscript::CitationKind;
use crate::rule::OtherFinding;
use crate::theory;

/// A title of fewer words may be that of several works.
const TELLING_TITLE: usize = 4;
/// What cross-references of Quarto and pandoc-crossref begin with; these are no citations.
const CROSS_REFERENCES: [&str; 28] = [
    "fig-", "tbl-", "sec-", "eq-", "lst-", "thm-", "lem-", "cor-", "prp-", "cnj-", "def-", "exm-", "exr-", "sol-",
    "rem-", "alg-", "tip-", "nte-", "wrn-", "imp-", "cau-", "app-", "supp", "fig:", "tbl:", "sec:", "eq:", "lst:",
];

/// What stands for an entry: its key, or how it begins.
fn place(file: usize, entry: &Entry) -> At {
    At::File(file, entry.key.span.clone())
}

fn called(entry: &Entry) -> String {
    match (&entry.title, entry.key.text.as_str()) {
        (_, key) if !key.is_empty() => format!("`{key}`"),
        (Some(title), _) => format!("\"{}\"", title.text.chars().take(60).collect::<String>()),
        (None, _) => "an entry without a key".into(),
    }
}

/// What can't be read.
pub(super) fn broken<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let mut found = Vec::new();
    for (file, bibliography) in &cx.beside.bibliographies {
        for mistake in &bibliography.mistakes {
            let what = format!("{} of the {} file", mistake.message, bibliography.form.name());
            let what = if mistake.message.contains("entry") { mistake.message.clone() } else { what };
            let mut tie = Tie::new(rule, &what, At::File(*file, mistake.span.clone()));
            tie.related.extend(mistake.related.iter().map(|(what, at)| (what.clone(), At::File(*file, at.clone()))));
            found.push(tie);
        }
    }
    found
}

/// Pairs of entries that are the same by `same`, each later one with the first.
fn twice<'r, K: std::hash::Hash + Eq>(
    cx: &Context<'_>,
    rule: &'r OtherFinding,
    same: impl Fn(&Entry) -> Option<(K, Range<usize>)>,
    else_told: impl Fn(&Entry, &Entry) -> bool,
    what: impl Fn(&Entry, &Entry) -> String,
) -> Vec<Tie<'r>> {
    let mut first: FxHashMap<K, (usize, &Entry, Range<usize>)> = FxHashMap::default();
    let mut found = Vec::new();
    for (file, bibliography) in &cx.beside.bibliographies {
        for entry in bibliography.entries.iter().filter(|entry| !entry.broken) {
            let Some((key, span)) = same(entry) else { continue };
            match first.get(&key) {
                Some((_, other, _)) if else_told(other, entry) => {}
                Some((there, other, at)) => {
                    let tie = Tie::new(rule, &what(other, entry), At::File(*file, span));
                    found.push(tie.beside("the first one", At::File(*there, at.clone())));
                }
                None => {
                    first.insert(key, (*file, entry, span));
                }
            }
        }
    }
    found
}

/// Keys that stand twice.
pub(super) fn keys_twice<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let key = |entry: &Entry| (!entry.key.text.is_empty()).then(|| (entry.key.text.clone(), entry.key.span.clone()));
    twice(cx, rule, key, |_, _| false, |_, entry| format!("`{}`", entry.key.text))
}

fn doi_of(entry: &Entry) -> Option<Doi> {
    Doi::parse(&entry.doi.as_ref()?.text).ok()
}

fn same_key(a: &Entry, b: &Entry) -> bool {
    !a.key.text.is_empty() && a.key.text == b.key.text
}

/// Entries with one DOI. Chapters may share the DOI of their book.
pub(super) fn dois_twice<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let key = |entry: &Entry| Some((doi_of(entry)?, entry.doi.as_ref()?.span.clone()));
    let part = |entry: &Entry| {
        let kind = entry.marks.iter().find(|(name, _)| *name == "type").map_or("", |(_, kind)| kind.as_str());
        matches!(kind.to_ascii_lowercase().as_str(), "incollection" | "inbook" | "chapter" | "chap" | "suppbook")
    };
    let told = |a: &Entry, b: &Entry| same_key(a, b) || part(a) != part(b) || (part(a) && title(a) != title(b));
    twice(cx, rule, key, told, |first, entry| format!("{} and {}", called(first), called(entry)))
}

fn title(entry: &Entry) -> Option<String> {
    entry.title.as_ref().map(|title| folded(&title.text))
}

/// Entries with one title, author and year that nothing tells apart.
pub(super) fn works_twice<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let key = |entry: &Entry| {
        let title = title(entry).filter(|title| title.split(' ').count() >= TELLING_TITLE)?;
        let year: String = entry.year.as_ref()?.chars().take(4).collect();
        let author = folded(entry.author.as_ref()?);
        let family = author.split(' ').next()?.to_owned();
        Some(((title, year, family), entry.title.as_ref()?.span.clone()))
    };
    let told = |a: &Entry, b: &Entry| {
        let differ = |name: &str| {
            let of = |entry: &Entry| entry.marks.iter().find(|(n, _)| *n == name).map(|(_, value)| folded(value));
            of(a).zip(of(b)).is_some_and(|(a, b)| a != b)
        };
        same_key(a, b)
            || doi_of(a).zip(doi_of(b)).is_some()
            || ["type", "volume", "number", "issue", "edition", "part"].iter().any(|name| differ(name))
    };
    twice(cx, rule, key, told, |first, entry| format!("{} and {}", called(first), called(entry)))
}

/// DOIs that aren't any.
pub(super) fn malformed<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let mut found = Vec::new();
    for (file, bibliography) in &cx.beside.bibliographies {
        for entry in &bibliography.entries {
            let Some(doi) = &entry.doi else { continue };
            if let Err(wrong) = Doi::parse(&doi.text) {
                let shown: String = doi.text.chars().take(60).collect();
                let what = format!("the DOI \"{shown}\" of {} {}", called(entry), wrong.what());
                found.push(Tie::new(rule, &what, At::File(*file, doi.span.clone())));
            }
        }
    }
    found
}

/// A key and where it is cited first.
fn cited(cx: &Context<'_>) -> Vec<(String, At)> {
    let mut seen = FxHashSet::default();
    let mut all = Vec::new();
    for citation in &cx.manuscript.citations {
        let CitationKind::Keys(keys) = &citation.kind else { continue };
        let text = &cx.manuscript.block(citation.block).text;
        let written = &text[citation.range.clone()];
        let bracketed = written.starts_with('[');
        for key in keys {
            let handle = !bracketed && !key.contains(|c: char| c.is_ascii_digit());
            let lower = key.to_ascii_lowercase();
            let cross_reference = CROSS_REFERENCES.iter().any(|prefix| lower.starts_with(prefix));
            // `@somebody` in running text is as likely a name on some platform.
            if cross_reference || (handle && !cx.library.contains_key(key.as_str())) || !seen.insert(key.clone()) {
                continue;
            }
            let at = written.find(&format!("@{key}")).map_or(0, |at| at + 1);
            // `[somebody@example.org]` is an address.
            let before = written[..at.saturating_sub(1)].chars().next_back();
            if at > 0 && before.is_some_and(char::is_alphanumeric) {
                continue;
            }
            let start = citation.range.start + at;
            let range = if at > 0 { start..start + key.len() } else { citation.range.clone() };
            all.push((key.clone(), At::Manuscript(Place { block: citation.block, range })));
        }
    }
    if let Some((file, protocol, _)) = cx.beside.protocol {
        for theory in protocol.protocol.initial_programme_theories.iter().flatten() {
            for label in theory.citations.iter().flatten() {
                let key = label.text.trim().trim_start_matches('@');
                if !key.is_empty() && !key.contains(char::is_whitespace) && seen.insert(key.to_owned()) {
                    all.push((key.to_owned(), At::File(file, label.span.clone())));
                }
            }
        }
    }
    all
}

/// Keys that are cited and that no bibliography has.
pub(super) fn unknown<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let whole = cx.beside.bibliographies.iter().all(|(_, bibliography)| bibliography.complete);
    if !whole || cx.library.is_empty() {
        // Of what can't be read one can't say what it doesn't have.
        return Vec::new();
    }
    let missing = cited(cx).into_iter().filter(|(key, _)| !cx.library.contains_key(key.as_str()));
    missing.take(super::MOST_OF_ONE_CODE).map(|(key, at)| leading_nowhere(cx, rule, &key, at)).collect()
}

/// A key without an entry: the entry with the nearest key is shown, or else where the bibliography begins.
pub(super) fn leading_nowhere<'r>(cx: &Context<'_>, rule: &'r OtherFinding, key: &str, at: At) -> Tie<'r> {
    let near = cx.keys.iter().find(|k| k.eq_ignore_ascii_case(key)).copied();
    let near = near.or_else(|| nearest(key, cx.keys.iter().copied().filter(|k| k.len().abs_diff(key.len()) < 4)));
    let mut tie = Tie::new(rule, &format!("`{key}`"), at);
    match near.and_then(|near| Some((near, cx.library.get(near)?))) {
        Some((near, (file, entry))) => {
            tie.help = Some(format!("did you mean `{near}`? Else {}", rule.help));
            tie.beside("the nearest key is here", place(*file, entry))
        }
        None => match cx.beside.bibliographies.first().and_then(|(file, b)| Some((*file, b.entries.first()?))) {
            Some((file, first)) => tie.beside("the bibliography begins here", place(file, first)),
            None => tie,
        },
    }
}

/// Whether an entry is listed as included.
fn is_included(cx: &Context<'_>, rule: &OtherFinding, entry: &Entry) -> bool {
    entry.keywords.iter().any(|keyword| cx.is(&keyword.text, rule.words("included")))
}

/// Entries listed as included that stand behind no configuration.
pub(super) fn unused<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let mut behind: FxHashSet<String> = FxHashSet::default();
    let mut add = |text: &str| {
        crate::manuscript::citations_in(text, |kind| {
            if let CitationKind::Keys(keys) = kind {
                behind.extend(keys);
            }
        });
    };
    for configuration in &cx.told.compilation.configurations {
        add(&cx.manuscript.block(configuration.block).text);
        for component in &configuration.components {
            add(&cx.manuscript.block(component.block).text);
        }
        for support in &configuration.support {
            // A sentence that cites in passing says as much as the citation by itself.
            add(&cx.manuscript.block(support.block).text);
        }
    }
    let of_table: Vec<String> = super::evidence::sources_behind(cx);
    if behind.is_empty() && of_table.is_empty() {
        // Support by number or by name can't be led to entries.
        return Vec::new();
    }
    behind.extend(of_table);
    let stated = &cx.told.compilation.configurations;
    let refined = stated.iter().find(|configuration| configuration.stage != ConfigurationStage::Initial);
    let configuration = refined.or(stated.first());
    let mut found = Vec::new();
    for (file, bibliography) in &cx.beside.bibliographies {
        for entry in &bibliography.entries {
            let keys = entry.aliases.iter().chain([&entry.key.text]);
            if !is_included(cx, rule, entry) || keys.into_iter().any(|key| behind.contains(key)) {
                continue;
            }
            let tie = Tie::new(rule, &called(entry), place(*file, entry));
            found.push(match configuration {
                Some(first) => tie.beside(
                    "the configurations begin here",
                    At::Manuscript(Place { block: first.block, range: first.range.clone() }),
                ),
                None => tie,
            });
        }
    }
    found
}

/// Documents counted one way in the report and another in the bibliography or the evidence table.
pub(super) fn counted<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some(standard) = cx.told.standard else { return Vec::new() };
    let judged = theory::Judged {
        reading: cx.told.reading,
        rules: cx.rules,
        compilation: cx.told.compilation,
        standard,
        stage: cx.told.stage,
        pedantic: false,
    };
    let Some((reported, place_of_report)) = theory::documents_included(&judged) else { return Vec::new() };
    let mut found = Vec::new();
    let mut listed: FxHashSet<&str> = FxHashSet::default();
    let mut first = None;
    for (file, bibliography) in &cx.beside.bibliographies {
        for entry in bibliography.entries.iter().filter(|entry| is_included(cx, rule, entry)) {
            first.get_or_insert((*file, entry));
            listed.insert(&entry.key.text);
        }
    }
    let at = || At::Manuscript(place_of_report.clone());
    if let Some((file, entry)) = first.filter(|_| listed.len() != reported as usize) {
        let n = listed.len();
        let what = format!("{reported} documents here, and {n} entries of the bibliography are listed as included");
        found.push(Tie::new(rule, &what, at()).beside("the first entry listed as included", place(file, entry)));
    }
    let of_table = super::evidence::sources_behind(cx);
    if let Some((file, _)) = cx.beside.evidence
        && of_table.len() > reported as usize
        && let Some(span) = super::evidence::first_source(cx)
    {
        let what = format!("{reported} documents here, and the evidence table draws on {}", of_table.len());
        found.push(Tie::new(rule, &what, at()).beside("the first source of the table", At::File(file, span)));
    }
    found
}
