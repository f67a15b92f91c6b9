//! The outline of a manuscript with its places: sections, where configurations and theories are stated
//! and named, and which keys are cited. Editors navigate by it.

use std::ops::Range;

use crate::cmo::{Compilation, Configuration, key_of};
use crate::manuscript::{BlockId, CitationKind, Manuscript, Role, SectionId};
use crate::rule::Grammar;
use crate::source::{SourceId, Span};
use crate::structured::{Kind, Value};

/// What a manuscript consists of, in reading order. Spans lie in the texts that its report shows.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Sections that have a heading.
    pub sections: Vec<OutlineSection>,
    /// Configurations, as many as the manuscript states and in their order.
    pub statements: Vec<Statement>,
    /// Places where labels of configurations or theories stand, their definitions among them.
    pub mentions: Vec<Named>,
    /// Keys of cited sources.
    pub citations: Vec<CitedKey>,
}

/// A section and its heading.
#[derive(Debug, Clone)]
pub struct OutlineSection {
    /// The heading's text.
    pub title: String,
    /// 1 for the outermost level.
    pub level: u8,
    /// The part of the paper that it plays; `None` for a field of a protocol.
    pub role: Option<Role>,
    /// Where the heading stands.
    pub heading: Span,
    /// The section that holds it, by its place in the list.
    pub parent: Option<usize>,
    /// The byte after the last block of the section and of those in it, in the heading's source.
    pub end: usize,
}

/// Where a configuration is stated.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The labels by which it may be named, in one form for all ways of writing them.
    pub keys: Vec<String>,
    /// The label or heading, else the first words: where an editor goes to.
    pub label: Span,
    /// All of it, as far as it lies in one source.
    pub whole: Span,
}

/// A place where the text names configurations or theories.
#[derive(Debug, Clone)]
pub struct Named {
    /// What is named, in one form for all ways of writing it; ranges are written out.
    pub keys: Vec<String>,
    /// Name and numbers.
    pub span: Span,
}

/// A place where a source is cited by its key.
#[derive(Debug, Clone)]
pub struct CitedKey {
    /// The key.
    pub key: String,
    /// The key's own bytes, without `@`.
    pub span: Span,
}

impl Outline {
    /// Takes the outline of a manuscript whose configurations are known.
    pub fn of(manuscript: &Manuscript, compilation: &Compilation) -> Self {
        Self {
            sections: sections(manuscript),
            statements: compilation.configurations.iter().map(|c| statement(manuscript, compilation, c)).collect(),
            mentions: compilation
                .mentions
                .iter()
                .map(|mention| Named {
                    keys: mention.ids.iter().map(ToString::to_string).collect(),
                    span: manuscript.shown_span(mention.block, mention.range.clone()),
                })
                .collect(),
            citations: citations(manuscript),
        }
    }
}

/// Fields of a protocol lie no deeper than this in its outline.
const DEEPEST: u8 = 3;

impl Outline {
    /// Takes the outline of a protocol file: its fields, and the theories that it begins with, each with its key,
    /// the place of its label and its own.
    pub fn of_protocol(
        value: &Value,
        theories: impl Iterator<Item = (Option<String>, Range<usize>, Range<usize>)>,
        grammar: &Grammar,
    ) -> Self {
        let mut outline = Self::default();
        let span = |range: Range<usize>| Span { source: SourceId(0), start: range.start, end: range.end };
        outline.statements = theories
            .map(|(key, label, whole)| Statement {
                keys: key.into_iter().collect(),
                label: span(label),
                whole: span(whole),
            })
            .collect();
        outline.fields(value, None, 1);
        outline.labels(value, grammar);
        outline
    }

    fn fields(&mut self, value: &Value, parent: Option<usize>, level: u8) {
        for entry in value.entries() {
            let span = Span { source: SourceId(0), start: entry.key_span.start, end: entry.key_span.end };
            let end = end_of(&entry.value).max(span.end);
            self.sections.push(OutlineSection {
                title: entry.key.clone(),
                level,
                role: None,
                heading: span,
                parent,
                end,
            });
            if level < DEEPEST {
                let own = Some(self.sections.len() - 1);
                self.fields(&entry.value, own, level + 1);
            }
        }
    }

    /// Values that are labels and nothing else name what the labels do.
    fn labels(&mut self, value: &Value, grammar: &Grammar) {
        if let Kind::Text(text) = &value.kind
            && let Some(key) = key_of(grammar, text)
        {
            let span = Span { source: SourceId(0), start: value.span.start, end: value.span.end };
            self.mentions.push(Named { keys: vec![key.to_string()], span });
        }
        value.items().iter().for_each(|item| self.labels(item, grammar));
        value.entries().iter().for_each(|entry| self.labels(&entry.value, grammar));
    }
}

/// The byte after the last that belongs to a value: a table of TOML goes on below its own name.
fn end_of(value: &Value) -> usize {
    let items = value.items().iter().map(end_of);
    items.chain(value.entries().iter().map(|entry| end_of(&entry.value))).fold(value.span.end, usize::max)
}

fn whole_block(manuscript: &Manuscript, id: BlockId) -> Span {
    manuscript.shown_span(id, 0..manuscript.block(id).text.len())
}

fn sections(manuscript: &Manuscript) -> Vec<OutlineSection> {
    let mut at: Vec<Option<usize>> = Vec::with_capacity(manuscript.sections.len());
    let mut all: Vec<OutlineSection> = Vec::new();
    for section in &manuscript.sections {
        let Some(id) = section.heading else {
            at.push(None);
            continue;
        };
        let heading = whole_block(manuscript, id);
        let last = section.body.end.checked_sub(1).filter(|last| *last >= section.body.start).map(BlockId);
        let end = last.map(|last| whole_block(manuscript, last)).filter(|span| span.source == heading.source);
        let parent = section.parent.and_then(|SectionId(parent)| at.get(parent).copied().flatten());
        let end = end.map_or(heading.end, |span| span.end.max(heading.end));
        at.push(Some(all.len()));
        all.push(OutlineSection {
            title: manuscript.block(id).text.clone(),
            level: section.level,
            role: Some(section.role),
            heading,
            parent,
            end,
        });
        let mut above = parent;
        while let Some(index) = above {
            if all[index].heading.source == heading.source {
                all[index].end = all[index].end.max(end);
            }
            above = all[index].parent;
        }
    }
    all
}

fn statement(manuscript: &Manuscript, compilation: &Compilation, configuration: &Configuration) -> Statement {
    let keys: Vec<String> = configuration.labels().map(|label| label.to_string()).collect();
    let stated = manuscript.shown_span(configuration.block, configuration.range.clone());
    let named = compilation.mentions.iter().find(|mention| {
        let here = mention.block == configuration.block && mention.range.start <= configuration.range.end;
        here && mention.leading && mention.ids.iter().any(|id| keys.contains(&id.to_string()))
    });
    let label = match (configuration.heading, named) {
        (Some(heading), _) => whole_block(manuscript, heading),
        (None, Some(mention)) => manuscript.shown_span(mention.block, mention.range.clone()),
        (None, None) => stated,
    };
    let parts = configuration.components.iter().map(|c| manuscript.shown_span(c.block, c.range.clone()));
    let whole = parts.chain([label, stated]).filter(|span| span.source == label.source).fold(label, |whole, span| {
        Span { source: whole.source, start: whole.start.min(span.start), end: whole.end.max(span.end) }
    });
    Statement { keys, label, whole }
}

/// Each key of each citation at its own bytes, as far as the source has them there.
fn citations(manuscript: &Manuscript) -> Vec<CitedKey> {
    let mut all = Vec::new();
    for citation in &manuscript.citations {
        let CitationKind::Keys(keys) = &citation.kind else { continue };
        let span = manuscript.shown_span(citation.block, citation.range.clone());
        let source = manuscript.shown_sources().get(span.source.0 as usize);
        let written = source.and_then(|source| source.text.get(span.start..span.end)).unwrap_or_default();
        let mut from = 0;
        for key in keys {
            let part_of_key = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            let found = written[from..].match_indices(key.as_str()).map(|(at, _)| from + at).find(|at| {
                !written[..*at].ends_with(part_of_key) && !written[at + key.len()..].starts_with(part_of_key)
            });
            let place = found.map_or(span, |at| {
                from = at + key.len();
                Span { source: span.source, start: span.start + at, end: span.start + at + key.len() }
            });
            all.push(CitedKey { key: key.clone(), span: place });
        }
    }
    all
}
