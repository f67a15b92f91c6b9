//! The outline that an editor shows: sections with the configurations that they state.

use lsp_types::{DocumentSymbol, SymbolKind};

use super::view::View;
use crate::outline::{Outline, OutlineSection, Statement};
use crate::report::ConfigurationReport;
use crate::source::SourceId;

/// Longer names are cut.
const MOST_SHOWN: usize = 100;

/// Sections and configurations of the document, as a tree.
pub(super) fn symbols(view: &View) -> Vec<DocumentSymbol> {
    view.outlines().flat_map(|(report, outline, source)| tree(view, outline, &report.configurations, source)).collect()
}

fn tree(
    view: &View,
    outline: &Outline,
    configurations: &[ConfigurationReport],
    source: SourceId,
) -> Vec<DocumentSymbol> {
    let sections: Vec<&OutlineSection> = outline.sections.iter().collect();
    // Children come after what holds them, so that from the last to the first each is whole when it is taken.
    let mut children: Vec<Vec<DocumentSymbol>> = sections.iter().map(|_| Vec::new()).collect();
    let mut top: Vec<DocumentSymbol> = Vec::new();
    for (statement, configuration) in outline.statements.iter().zip(configurations) {
        if statement.label.source != source {
            continue;
        }
        let holding = sections.iter().rposition(|s| {
            s.heading.source == source && s.heading.start <= statement.label.start && statement.label.start < s.end
        });
        let symbol = stated(view, statement, configuration);
        match holding {
            Some(index) => children[index].push(symbol),
            None => top.push(symbol),
        }
    }
    for (index, section) in sections.iter().enumerate().rev() {
        let mut own = std::mem::take(&mut children[index]);
        if section.heading.source != source {
            continue;
        }
        own.sort_by_key(|symbol| (symbol.range.start.line, symbol.range.start.character));
        let symbol = symbol(
            view,
            &section.title,
            None,
            SymbolKind::NAMESPACE,
            section.heading.start..section.end,
            section.heading.start..section.heading.end,
            own,
        );
        match section.parent.filter(|parent| sections[*parent].heading.source == source) {
            Some(parent) => children[parent].push(symbol),
            None => top.push(symbol),
        }
    }
    top.sort_by_key(|symbol| (symbol.range.start.line, symbol.range.start.character));
    top
}

fn stated(view: &View, statement: &Statement, configuration: &ConfigurationReport) -> DocumentSymbol {
    let parts = &configuration.components;
    let first =
        |parts: &[crate::report::ComponentReport]| parts.first().map_or("?".to_owned(), |part| cut(&part.text, 30));
    let detail = format!("{} → {} → {}", first(&parts.context), first(&parts.mechanism), first(&parts.outcome));
    let name = match (&configuration.id, &configuration.name) {
        (Some(id), Some(name)) => format!("{id} {name}"),
        (Some(id), None) => id.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => cut(&configuration.block_text, 60),
    };
    let (whole, label) = (statement.whole, statement.label);
    symbol(view, &name, Some(detail), SymbolKind::OBJECT, whole.start..whole.end, label.start..label.end, Vec::new())
}

fn cut(text: &str, most: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= most {
        return words;
    }
    words.chars().take(most).chain(['…']).collect()
}

fn symbol(
    view: &View,
    name: &str,
    detail: Option<String>,
    kind: SymbolKind,
    whole: std::ops::Range<usize>,
    label: std::ops::Range<usize>,
    children: Vec<DocumentSymbol>,
) -> DocumentSymbol {
    let name = cut(name, MOST_SHOWN);
    // The protocol has no other way to leave this field out.
    #[expect(deprecated, reason = "the field can't be left out of the struct")]
    DocumentSymbol {
        // An empty name is refused by some editors.
        name: if name.is_empty() { "(without a name)".into() } else { name },
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: view.range(whole.start.min(label.start)..whole.end.max(label.end)),
        selection_range: view.range(label),
        children: (!children.is_empty()).then_some(children),
    }
}
