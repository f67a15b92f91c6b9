//! The sources that a document may cite: the bibliographies that it, or its project, names, else those beside it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use lsp_types::Location;

use super::diagnostics::project_of;
use super::hover::plain;
use super::positions::LineIndex;
use super::view::View;
use crate::bibliography::{self, Bibliography, Entry};
use crate::files;
use crate::read::front_matter_in_place;
use crate::structured::{self, Syntax, Value};

/// Bibliographies that one document can have.
const MOST_FILES: usize = 20;

/// A bibliography and its text.
pub(super) struct Shelf {
    path: PathBuf,
    text: String,
    read: Bibliography,
}

/// The bibliographies of a document, in the order in which they are named.
pub(super) fn shelves(view: &View) -> Vec<Shelf> {
    let read = |path: PathBuf| {
        let text = view.open.text(&path)?.as_str().to_owned();
        let read = bibliography::read(&path, &text);
        Some(Shelf { path, text, read })
    };
    let mut paths = named(view);
    paths.dedup();
    paths.into_iter().take(MOST_FILES).filter_map(read).collect()
}

fn named(view: &View) -> Vec<PathBuf> {
    if is_bibliography(&view.path) {
        return vec![view.path.clone()];
    }
    if let Ok(Some(project)) = project_of(&view.path)
        && !project.bibliographies.is_empty()
    {
        return project.bibliographies;
    }
    let folder = view.path.parent().unwrap_or(Path::new(""));
    let mut paths: Vec<PathBuf> = Vec::new();
    if let Some(yaml) = front_matter_in_place(&view.text) {
        let value = structured::parse(&yaml, Syntax::Yaml).0;
        let field = value.as_ref().and_then(|value| value.get("bibliography"));
        let several = field.map_or(&[][..], Value::items).iter().chain(field);
        paths.extend(several.filter_map(Value::text).map(|name| folder.join(name)));
    }
    let sources = view.own().flat_map(|(report, _)| report.sources.iter().map(|source| source.text.as_str()));
    for text in sources.chain([view.text.as_str()]) {
        paths.extend(in_latex(text).map(|name| folder.join(name)));
    }
    paths.retain(|path| path.is_file());
    if paths.is_empty() { files::beside(&view.path).bibliographies } else { paths }
}

/// The files that LaTeX's `\bibliography{a,b}` and `\addbibresource{a.bib}` name.
fn in_latex(text: &str) -> impl Iterator<Item = String> {
    ["\\bibliography{", "\\addbibresource{"].into_iter().flat_map(move |command| {
        text.match_indices(command).take(MOST_FILES).flat_map(move |(at, _)| {
            let rest = &text[at + command.len()..];
            let names = rest.split_once('}').map_or("", |(names, _)| names);
            names.split(',').map(|name| {
                let name = name.trim();
                if name.contains('.') { name.to_owned() } else { format!("{name}.bib") }
            })
        })
    })
}

fn is_bibliography(path: &Path) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| ["bib", "ris"].iter().any(|b| e.eq_ignore_ascii_case(b)))
}

/// The key of the entry of a bibliography that a byte stands in the name of.
pub(super) fn key_at(view: &View, at: usize) -> Option<(String, Range<usize>)> {
    if !is_bibliography(&view.path) {
        return None;
    }
    let read = bibliography::read(&view.path, &view.text);
    let entry = read.entries.into_iter().find(|entry| entry.key.span.start <= at && at <= entry.key.span.end)?;
    Some((entry.key.text, entry.key.span))
}

/// Where a key is defined: everywhere, since a key that stands twice is a mistake that one wants to see.
pub(super) fn defined(view: &View, key: &str) -> Vec<Location> {
    let mut found = Vec::new();
    for shelf in shelves(view) {
        let index = LineIndex::new(&shelf.text);
        let Some(uri) = view.address(&super::diagnostics::cleaned(&shelf.path)) else { continue };
        for entry in shelf.read.entries.iter().filter(|entry| is_called(entry, key)) {
            let range = index.range(&shelf.text, entry.key.span.clone(), view.units);
            found.push(Location { uri: uri.clone(), range });
        }
    }
    found
}

fn is_called(entry: &Entry, key: &str) -> bool {
    entry.key.text == key || entry.aliases.iter().any(|alias| alias == key)
}

/// A source as a hover shows it.
pub(super) fn described(view: &View, key: &str) -> Option<String> {
    shelves(view).iter().find_map(|shelf| shelf.read.entry(key)).map(|entry| {
        let doi = entry.doi.as_ref().map(|doi| format!("\n\ndoi: {}", plain(&doi.text))).unwrap_or_default();
        format!("**{}**\n\n{}{doi}", plain(key), plain(&in_words(entry)))
    })
}

/// Author, year and title of a source.
pub(super) fn in_words(entry: &Entry) -> String {
    let author = entry.author.as_deref().unwrap_or_default().trim();
    let year = entry.year.as_ref().map(|year| year.chars().take(4).collect::<String>()).unwrap_or_default();
    let title = entry.title.as_ref().map(|title| title.text.trim()).unwrap_or_default();
    [author, &year, title].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", ")
}

/// All sources that a document may cite, each with its key.
pub(super) fn all(view: &View) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for entry in shelves(view).iter().flat_map(|shelf| &shelf.read.entries).filter(|entry| !entry.key.text.is_empty()) {
        all.push((entry.key.text.clone(), in_words(entry)));
    }
    all.sort();
    all.dedup();
    all
}
