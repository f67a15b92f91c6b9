//! What stands at a place (a label, a key), where it is defined and where it is used, over all files of a
//! project.

use lsp_types::{GotoDefinitionParams, GotoDefinitionResponse, Location, ReferenceParams};

use super::diagnostics::{Checked, Places};
use super::library;
use super::view::{View, holds};
use crate::outline::{Outline, Statement};
use crate::report::{ConfigurationReport, DocumentReport};

/// What a place in a document names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Thing {
    /// Configurations or theories, by their labels in one form.
    Labels(Vec<String>),
    /// A source, by its key.
    Source(String),
}

/// What the document names at a byte, and the bytes of the name.
pub(super) fn thing_at(view: &View, at: usize) -> Option<(Thing, std::ops::Range<usize>)> {
    for (_, outline, source) in view.outlines() {
        if let Some(cited) = outline.citations.iter().find(|cited| holds(cited.span, source, at)) {
            return Some((Thing::Source(cited.key.clone()), cited.span.start..cited.span.end));
        }
        if let Some(named) = outline.mentions.iter().find(|named| holds(named.span, source, at)) {
            return Some((Thing::Labels(pointed_at(view, at, &named.keys)), named.span.start..named.span.end));
        }
        if let Some(stated) = outline.statements.iter().find(|s| !s.keys.is_empty() && holds(s.label, source, at)) {
            return Some((Thing::Labels(stated.keys.clone()), stated.label.start..stated.label.end));
        }
    }
    let (key, range) = library::key_at(view, at)?;
    Some((Thing::Source(key), range))
}

/// Of the labels that stand in one place (`CMOCs 2, 5 and 9`) the one whose number is pointed at, else all.
fn pointed_at(view: &View, at: usize, keys: &[String]) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '.';
    let before = view.text[..at].chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    let after = view.text[at..].chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
    let word = view.text[at - before..at + after].trim_matches('.').to_lowercase();
    let one = keys.iter().find(|key| key.rsplit(' ').next() == Some(word.as_str()));
    one.map_or_else(|| keys.to_vec(), |key| vec![key.clone()])
}

/// A configuration and where it is stated.
pub(super) struct Stated<'a> {
    /// The report that tells of it.
    pub(super) report: &'a DocumentReport,
    /// What it says.
    pub(super) configuration: &'a ConfigurationReport,
    /// Where it stands.
    pub(super) statement: &'a Statement,
}

/// The configurations that files state under a label.
pub(super) fn stated<'a>(all: impl IntoIterator<Item = &'a Checked>, keys: &[String]) -> Vec<Stated<'a>> {
    let mut found = Vec::new();
    for report in all.into_iter().flat_map(|checked| &checked.reports) {
        let statements = report.outline.iter().flat_map(|outline| &outline.statements);
        for (statement, configuration) in statements.zip(&report.configurations) {
            if statement.keys.iter().any(|key| keys.contains(key)) {
                found.push(Stated { report, configuration, statement });
            }
        }
    }
    found
}

/// The configurations that a label of this document stands for: its own, else those of the project.
pub(super) fn meant<'a>(project: &'a [std::sync::Arc<Checked>], keys: &[String]) -> Vec<Stated<'a>> {
    let own = stated(project.first().map(std::convert::AsRef::as_ref), keys);
    if own.is_empty() { stated(project.iter().skip(1).map(std::convert::AsRef::as_ref), keys) } else { own }
}

/// Where what is named at a place is defined.
pub(super) fn definition(view: &View, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let at = view.offset(params.text_document_position_params.position);
    let found = match thing_at(view, at)?.0 {
        Thing::Labels(keys) => definitions(view, &view.project(), &keys),
        Thing::Source(key) => library::defined(view, &key),
    };
    (!found.is_empty()).then_some(GotoDefinitionResponse::Array(found))
}

fn definitions(view: &View, project: &[std::sync::Arc<Checked>], keys: &[String]) -> Vec<Location> {
    let address = |path: &std::path::Path| view.address(path);
    let mut places = Places::new(view.units, &address);
    let found = meant(project, keys);
    found.into_iter().filter_map(|stated| places.location(stated.report, stated.statement.label)).collect()
}

/// Where what is named at a place is used. A label means the same in another file only where that file
/// doesn't state a configuration of its own under it.
pub(super) fn references(view: &View, params: &ReferenceParams) -> Option<Vec<Location>> {
    let at = view.offset(params.text_document_position.position);
    let (thing, _) = thing_at(view, at)?;
    let project = view.project();
    let defined = match &thing {
        Thing::Labels(keys) => definitions(view, &project, keys),
        Thing::Source(key) => library::defined(view, key),
    };
    let address = |path: &std::path::Path| view.address(path);
    let mut places = Places::new(view.units, &address);
    let mut found: Vec<Location> = Vec::new();
    let own = project.first();
    let stated_here = |keys: &[String]| own.is_some_and(|own| !stated([&**own], keys).is_empty());
    for (number, checked) in project.iter().enumerate() {
        let same = match &thing {
            Thing::Source(_) => true,
            Thing::Labels(keys) => {
                let theirs = !stated([&**checked], keys).is_empty();
                number == 0 || !(theirs && stated_here(keys))
            }
        };
        let reports = checked.reports.iter().filter(|_| same);
        for (report, outline) in reports.filter_map(|report| Some((report, report.outline.as_deref()?))) {
            found.extend(uses(outline, &thing).into_iter().filter_map(|span| places.location(report, span)));
        }
    }
    let is_definition = |place: &Location| defined.iter().any(|d| d.uri == place.uri && overlap(d, place));
    if params.context.include_declaration {
        let own: Vec<&Location> =
            defined.iter().filter(|d| !found.iter().any(|f| f.uri == d.uri && overlap(d, f))).collect();
        let own: Vec<Location> = own.into_iter().cloned().collect();
        found.splice(0..0, own);
    } else {
        found.retain(|place| !is_definition(place));
    }
    Some(found)
}

fn overlap(one: &Location, other: &Location) -> bool {
    one.range.start <= other.range.end && other.range.start <= one.range.end
}

fn uses(outline: &Outline, thing: &Thing) -> Vec<crate::source::Span> {
    match thing {
        Thing::Labels(keys) => {
            let named = outline.mentions.iter().filter(|named| named.keys.iter().any(|key| keys.contains(key)));
            named.map(|named| named.span).collect()
        }
        Thing::Source(key) => outline.citations.iter().filter(|cited| cited.key == *key).map(|c| c.span).collect(),
    }
}
