//! Finds configurations in the forms in which they are written. Glossaries, method sentences and
//! other people's configurations are left alone.

use std::ops::Range;

use super::form::{column_named, component_named, labels, leading_id};
use super::{Component, ComponentKind, Configuration, ConfigurationStage, Facet, Form, Support, SupportKind};
use crate::manuscript::{Block, BlockId, BlockKind, Manuscript, Role};

/// All configurations of a manuscript, in reading order.
pub fn extract(manuscript: &Manuscript) -> Vec<Configuration> {
    let mut found = Vec::new();
    let tables = Tables::of(manuscript);
    let mut announced = false;
    let mut index = 0;
    while index < manuscript.blocks.len() {
        let id = BlockId(index);
        let block = manuscript.block(id);
        index += 1;
        if !readable(manuscript, id) {
            announced &= matches!(block.kind, BlockKind::Metadata);
            continue;
        }
        match &block.kind {
            BlockKind::TableRow { table, header, .. } => {
                if !header && let Some(columns) = tables.columns(*table) {
                    found.extend(table_row(manuscript, id, columns));
                }
            }
            BlockKind::Heading { .. } | BlockKind::Title => announced = false,
            BlockKind::ListItem { .. } if announced => found.push(bare(manuscript, id, Form::Numbered)),
            _ => {
                let before = found.len();
                found.extend(bracketed(manuscript, id));
                if found.len() == before
                    && let Some((configuration, used)) = labelled_lines(manuscript, id)
                {
                    found.push(configuration);
                    index += used - 1;
                }
                if found.len() == before {
                    found.extend(if_then(manuscript, id));
                }
                announced = announces_list(&block.text);
            }
        }
    }
    // Labels are sought in every block; squeezing the texts once keeps that linear.
    let in_table = found.iter().any(|c| c.form == Form::TableRow);
    let squeezed: Vec<String> =
        if in_table { manuscript.blocks.iter().map(|b| squeeze(&b.text)).collect() } else { Vec::new() };
    for at in 0..found.len() {
        let support = support_of(manuscript, &found, at, &squeezed);
        found[at].support = support;
    }
    found
}

fn readable(manuscript: &Manuscript, id: BlockId) -> bool {
    let block = manuscript.block(id);
    let role = manuscript.role_of(id);
    (block.is_prose() || matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Title))
        && !matches!(role, Role::Glossary | Role::References | Role::Declarations | Role::Supplement)
}

/// Columns of the tables that hold configurations.
struct Tables {
    columns: Vec<Option<Vec<Option<ComponentKind>>>>,
}

impl Tables {
    fn of(manuscript: &Manuscript) -> Self {
        let mut columns: Vec<Option<Vec<Option<ComponentKind>>>> = Vec::new();
        for block in &manuscript.blocks {
            let BlockKind::TableRow { table, header, cells } = &block.kind else { continue };
            if columns.len() <= *table {
                columns.resize(*table + 1, None);
            }
            if *header {
                let kinds: Vec<_> = cells.iter().map(|c| column_named(&block.text[c.clone()])).collect();
                let has = |kind| kinds.contains(&Some(kind));
                let core = [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome];
                if core.into_iter().filter(|k| has(*k)).count() >= 2 {
                    columns[*table] = Some(kinds);
                }
            }
        }
        Self { columns }
    }

    fn columns(&self, table: usize) -> Option<&[Option<ComponentKind>]> {
        self.columns.get(table)?.as_deref()
    }
}

/// Whether a cell is empty or says that there is nothing.
fn is_blank(cell: &str) -> bool {
    let bare = cell.trim().trim_matches(['-', '.', '*', '/', ' ']);
    bare.is_empty()
        || matches!(
            bare.to_lowercase().as_str(),
            "n/a" | "na" | "none" | "not stated" | "none stated" | "unclear" | "?" | "tbc"
        )
}

fn table_row(manuscript: &Manuscript, id: BlockId, columns: &[Option<ComponentKind>]) -> Option<Configuration> {
    let block = manuscript.block(id);
    let BlockKind::TableRow { cells, .. } = &block.kind else { return None };
    let mut components = Vec::new();
    for (cell, kind) in cells.iter().zip(columns) {
        if let Some(kind) = kind
            && !is_blank(&block.text[cell.clone()])
        {
            components.push(Component { kind: *kind, facet: Facet::None, block: id, range: cell.clone() });
        }
    }
    let core =
        components.iter().filter(|c| !matches!(c.kind, ComponentKind::Intervention | ComponentKind::Actor)).count();
    // A row with one filled cell is a subheading of the table.
    if core == 0 || cells.iter().filter(|c| !is_blank(&block.text[(*c).clone()])).count() < 2 {
        return None;
    }
    let definition = components.iter().any(|c| {
        let lower = block.text[c.range.clone()].to_lowercase();
        lower.starts_with("refers to") || lower.starts_with("defined as")
    });
    if definition {
        return None;
    }
    let first = cells.iter().zip(columns).find(|(_, kind)| kind.is_none()).map(|(cell, _)| cell.clone());
    let label = first
        .filter(|cell| {
            let text = &block.text[cell.clone()];
            leading_id(text).is_some() || (text.len() <= 6 && text.chars().any(|c| c.is_ascii_digit()))
        })
        .map(|cell| {
            let text = &block.text[cell];
            leading_id(text).map_or(text, |range| &text[range]).to_owned()
        });
    Some(Configuration {
        id: label,
        stage: stage_of(manuscript, id),
        components,
        ..Configuration::new(Form::TableRow, id, 0..block.text.len())
    })
}

/// `… (C) … (M) … (O)`, one or several in a block.
fn bracketed(manuscript: &Manuscript, id: BlockId) -> Vec<Configuration> {
    let block = manuscript.block(id);
    let all = labels(&block.text);
    let distinct = |kind: ComponentKind| all.iter().any(|l| l.kind == kind);
    let core = [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome];
    if core.into_iter().filter(|k| distinct(*k)).count() < 2 && leading_id(&block.text).is_none() || all.is_empty() {
        return Vec::new();
    }
    if is_definition(&block.text) {
        return Vec::new();
    }
    let mut configurations: Vec<Configuration> = Vec::new();
    let mut open: Option<Configuration> = None;
    let mut text_from = leading_id(&block.text).map_or(0, |r| r.end);
    for label in &all {
        let start = sentence_floor(&block.text, text_from, label.range.start);
        // A context after an outcome, or in a later sentence after a mechanism, begins another.
        let restarts = open.as_ref().is_some_and(|c| {
            let later = manuscript.sentences.of(id).any(|s| {
                let range = &manuscript.sentences.all()[s].range;
                range.start > c.range.start
                    && range.start <= label.range.start
                    && range.start > c.components.last().map_or(0, |x| x.range.end)
            });
            (label.kind == ComponentKind::Context && c.has(ComponentKind::Outcome))
                || (later && c.has(label.kind) && c.has(ComponentKind::Outcome))
        });
        if restarts {
            configurations.extend(open.take());
        }
        let configuration = open.get_or_insert_with(|| Configuration {
            id: None,
            stage: stage_of(manuscript, id),
            ..Configuration::new(
                if label.word { Form::BracketWords } else { Form::BracketLetters },
                id,
                start..label.range.end,
            )
        });
        configuration.range.end = label.range.end;
        let words = trim(&block.text, start..label.range.start);
        if !words.is_empty() {
            configuration.components.push(Component { kind: label.kind, facet: Facet::None, block: id, range: words });
        }
        text_from = label.range.end;
    }
    configurations.extend(open);
    configurations.retain(|c| c.components.len() >= 2 || leading_id(&block.text).is_some());
    if let Some(first) = configurations.first_mut() {
        first.id = leading_id(&block.text).map(|r| block.text[r].to_owned()).or_else(|| id_in_heading(manuscript, id));
        first.range.start = 0;
    }
    configurations
}

/// The start of the sentence that holds `end`, but not before `floor`.
fn sentence_floor(text: &str, floor: usize, end: usize) -> usize {
    text[floor..end].rfind(". ").map_or(floor, |i| floor + i + 2)
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let marks = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '-');
    // A label that opens inside the one before it leaves nothing between them.
    let range = range.start.min(range.end)..range.end;
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start_matches(marks).len());
    let length = piece.trim_matches(marks).len();
    start..start + length
}

/// `Context: …`, `Mechanism: …`, `Outcome: …` on lines or in paragraphs of their own. Gives the
/// number of blocks that it takes.
fn labelled_lines(manuscript: &Manuscript, id: BlockId) -> Option<(Configuration, usize)> {
    let mut components = Vec::new();
    let mut used = 0;
    let mut first_label = None;
    let section = manuscript.section_id_of(id);
    for offset in 0..8 {
        let at = BlockId(id.0 + offset);
        if at.0 >= manuscript.blocks.len() || manuscript.section_id_of(at) != section {
            break;
        }
        let block = manuscript.block(at);
        if !matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem { .. }) {
            break;
        }
        let lines = lines_with_labels(block);
        let opens_next = offset > 0 && leading_id(&block.text).is_some();
        let repeats = lines.iter().any(|(kind, _)| *kind == ComponentKind::Context)
            && components.iter().any(|c: &Component| c.kind == ComponentKind::Outcome);
        if lines.is_empty() || opens_next || repeats {
            if offset == 0 {
                // A title line of the configuration may come first.
                if leading_id(&block.text).is_some() && block.text.split_whitespace().count() < 16 {
                    used = 1;
                    continue;
                }
                return None;
            }
            break;
        }
        first_label.get_or_insert(at);
        components.extend(
            lines
                .into_iter()
                .filter(|(_, range)| !is_blank(&block.text[range.clone()]))
                .map(|(kind, range)| Component { kind, facet: Facet::None, block: at, range }),
        );
        used = offset + 1;
    }
    let core = components
        .iter()
        .filter(|c| matches!(c.kind, ComponentKind::Context | ComponentKind::Mechanism | ComponentKind::Outcome))
        .count();
    let definition = components.iter().any(|c| is_definition(&manuscript.block(c.block).text[c.range.clone()]));
    if core < 2 || definition {
        return None;
    }
    let block = manuscript.block(id);
    let label = leading_id(&block.text).map(|r| block.text[r].to_owned()).or_else(|| id_in_heading(manuscript, id));
    let configuration = Configuration {
        id: label,
        stage: stage_of(manuscript, id),
        components,
        ..Configuration::new(Form::LabelledLines, id, 0..block.text.len())
    };
    Some((configuration, used.max(1)))
}

/// The labelled parts of a block: at the start of its lines, or after stops within it.
fn lines_with_labels(block: &Block) -> Vec<(ComponentKind, Range<usize>)> {
    let text = &block.text;
    let mut starts: Vec<(usize, usize, ComponentKind)> = Vec::new();
    let mut from = 0;
    while let Some(colon) = text[from..].find(':').map(|i| i + from) {
        from = colon + 1;
        let line_start = text[..colon].rfind(['\n', '.', ';']).map_or(0, |i| i + 1);
        let label = text[line_start..colon].trim();
        if label.split_whitespace().count() <= 4
            && label.len() < 40
            && let Some(kind) = component_named(label)
        {
            starts.push((line_start, colon + 1, kind));
        }
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|s| s.0).chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|((_, body, kind), end)| (kind, trim(text, body..end))).collect()
}

/// `If …, then …` as a statement of theory.
fn if_then(manuscript: &Manuscript, id: BlockId) -> Option<Configuration> {
    let block = manuscript.block(id);
    let role = manuscript.role_of(id);
    let labelled = leading_id(&block.text);
    let range = manuscript.sentences.of(id);
    let first = range.clone().find(|s| {
        let sentence = &manuscript.sentences.all()[*s];
        let text = &block.text[sentence.range.clone()];
        let body = leading_id(text).map_or(text, |r| text[r.end..].trim_start_matches([':', '.', ' ', '-']));
        let lower = body.to_lowercase();
        lower.starts_with("if ") && lower.contains(" then ") && body.split_whitespace().count() >= 12
    })?;
    let theory_near = theory_words(manuscript, id) || block.boxed || labelled.is_some();
    if !theory_near
        || matches!(role, Role::Abstract | Role::Discussion | Role::Conclusion | Role::Aims)
        || is_definition(&block.text)
    {
        return None;
    }
    let sentence = manuscript.sentences.all()[first].range.clone();
    let text = &block.text[sentence.clone()];
    let lower = text.to_lowercase();
    let mut components = Vec::new();
    let mut push = |kind, range: Range<usize>| {
        let range = trim(&block.text, sentence.start + range.start..sentence.start + range.end);
        if !range.is_empty() {
            components.push(Component { kind, facet: Facet::None, block: id, range });
        }
    };
    let if_end = lower.find("if ").map_or(0, |i| i + 3);
    let then = lower.find(" then ").unwrap_or(lower.len());
    push(ComponentKind::Context, if_end..then);
    let after = (then + 6).min(lower.len());
    let because = [" because ", " since ", " as they "]
        .iter()
        .filter_map(|w| lower[after..].find(w).map(|i| (i + after, w.len())))
        .min();
    let result = [
        " and as a result ",
        ", so ",
        " so that ",
        ", leading to ",
        " which leads to ",
        ", and as a result",
        " with the result ",
    ]
    .iter()
    .filter_map(|w| lower[after..].find(w).map(|i| (i + after, w.len())))
    .min();
    match (because, result) {
        (Some((at, length)), _) => {
            push(ComponentKind::Outcome, after..at);
            push(ComponentKind::Mechanism, at + length..lower.len());
        }
        (None, Some((at, length))) => {
            push(ComponentKind::Mechanism, after..at);
            push(ComponentKind::Outcome, at + length..lower.len());
        }
        (None, None) => push(ComponentKind::Outcome, after..lower.len()),
    }
    Some(Configuration {
        id: labelled.map(|r| block.text[r].to_owned()).or_else(|| id_in_heading(manuscript, id)),
        stage: stage_of(manuscript, id),
        components,
        ..Configuration::new(Form::IfThen, id, sentence)
    })
}

/// A statement that is announced as a configuration and has no labelled parts.
fn bare(manuscript: &Manuscript, id: BlockId, form: Form) -> Configuration {
    let block = manuscript.block(id);
    let label = match block.kind {
        BlockKind::ListItem { ordinal: Some(n) } => Some(n.to_string()),
        _ => None,
    };
    Configuration { id: label, stage: stage_of(manuscript, id), ..Configuration::new(form, id, 0..block.text.len()) }
}

/// Whether a paragraph announces the list that follows it as configurations.
fn announces_list(text: &str) -> bool {
    let last = text.rsplit(". ").next().unwrap_or(text);
    if !last.trim_end().ends_with(':') {
        return false;
    }
    let lower = last.to_lowercase();
    let counted = lower
        .split_whitespace()
        .any(|w| crate::lexicon::is_number_word(w) || w.chars().all(|c| c.is_ascii_digit()) || w == "following");
    let named =
        last.contains("CMO") || (lower.contains("context") && lower.contains("mechanism") && lower.contains("outcome"));
    counted && named && !is_definition(text)
}

fn is_definition(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["refers to", "is defined as", "are defined as", "defined as the", "we define", "is a term for"]
        .iter()
        .any(|cue| lower.contains(cue))
}

fn theory_words(manuscript: &Manuscript, id: BlockId) -> bool {
    let section = manuscript.section_of(id);
    let heading = manuscript.heading_text(section).unwrap_or_default().to_lowercase();
    let near = (id.0.saturating_sub(2)..=id.0).map(|i| manuscript.blocks[i].text.to_lowercase());
    heading.contains("theor")
        || near.into_iter().any(|text| text.contains("theor") || text.contains("cmo") || text.contains("if-then"))
}

/// The identifier in the heading right above a block.
fn id_in_heading(manuscript: &Manuscript, id: BlockId) -> Option<String> {
    let section = manuscript.section_of(id);
    let heading = section.heading?;
    let first_in_section = heading.0 + 1 == id.0;
    let text = &manuscript.block(heading).text;
    leading_id(text).filter(|_| first_in_section).map(|r| text[r].to_owned())
}

fn stage_of(manuscript: &Manuscript, id: BlockId) -> ConfigurationStage {
    let block = manuscript.block(id);
    let mut words: Vec<String> =
        manuscript.heading_path(manuscript.section_id_of(id)).iter().skip(1).map(|h| h.to_lowercase()).collect();
    if let BlockKind::TableRow { table, .. } = block.kind {
        words.extend(caption_of(manuscript, table).map(str::to_lowercase));
    } else if let Some(previous) = id.0.checked_sub(1).map(|i| &manuscript.blocks[i]) {
        words.push(previous.text.to_lowercase());
    }
    words.push(leading_id(&block.text).map(|r| block.text[r].to_lowercase()).unwrap_or_default());
    let says = |cues: &[&str]| words.iter().any(|w| cues.iter().any(|c| w.contains(c)));
    if says(&["refined", "final", "revised", "modified", "tested"]) {
        ConfigurationStage::Refined
    } else if says(&[
        "initial",
        "candidate",
        "rough theor",
        "tentative",
        "preliminary",
        "provisional",
        "hypothes",
        "starting",
        "ipt",
    ]) {
        ConfigurationStage::Initial
    } else {
        match manuscript.role_of(id) {
            Role::Results | Role::Discussion => ConfigurationStage::Refined,
            Role::Introduction | Role::Aims | Role::Methods => ConfigurationStage::Initial,
            _ => ConfigurationStage::Unknown,
        }
    }
}

/// The caption beside a table's rows.
fn caption_of(manuscript: &Manuscript, table: usize) -> Option<&str> {
    let is_row = |b: &Block| matches!(b.kind, BlockKind::TableRow { table: t, .. } if t == table);
    let first = manuscript.blocks.iter().position(is_row)?;
    let last = manuscript.blocks.iter().rposition(is_row)?;
    let caption = |i: Option<usize>| {
        i.and_then(|i| manuscript.blocks.get(i)).filter(|b| b.kind == BlockKind::Caption).map(|b| b.text.as_str())
    };
    caption(first.checked_sub(1)).or_else(|| caption(Some(last + 1)))
}

/// Citations and quotations in the configuration's block, and in what follows up to the next
/// configuration or heading; for a table row, in the row and in paragraphs that name it.
fn support_of(manuscript: &Manuscript, all: &[Configuration], index: usize, squeezed: &[String]) -> Vec<Support> {
    let configuration = &all[index];
    let mut blocks = vec![configuration.block];
    blocks.extend(configuration.components.iter().map(|c| c.block));
    if configuration.form == Form::TableRow {
        if let Some(id) = &configuration.id {
            let prose = |b: &Block| b.is_prose() && !matches!(b.kind, BlockKind::TableRow { .. });
            let named = |i: &usize| prose(&manuscript.blocks[*i]) && mentions(&squeezed[*i], id);
            blocks.extend((0..manuscript.blocks.len()).filter(named).map(BlockId));
        }
    } else {
        let last = blocks.iter().map(|b| b.0).max().unwrap_or(configuration.block.0);
        let next = all.get(index + 1).map_or(usize::MAX, |c| c.block.0);
        let follows = (last + 1..manuscript.blocks.len().min(last + 6))
            .take_while(|i| *i < next && !matches!(manuscript.blocks[*i].kind, BlockKind::Heading { .. }));
        blocks.extend(follows.map(BlockId));
    }
    blocks.sort_unstable();
    blocks.dedup();
    let mut support: Vec<Support> = Vec::new();
    let shared = |block: BlockId| all.iter().enumerate().any(|(i, c)| i != index && c.block == block);
    for citation in manuscript.citations.iter().filter(|c| blocks.contains(&c.block)) {
        let own = citation.block != configuration.block
            || !shared(citation.block)
            || citation.range.end >= configuration.range.start;
        if own {
            support.push(Support { kind: SupportKind::Citation, block: citation.block, range: citation.range.clone() });
        }
    }
    for block in blocks {
        let text = &manuscript.block(block).text;
        if let Some(open) = text.find('"')
            && let Some(length) = text[open + 1..].find('"')
            && text[open + 1..open + 1 + length].split_whitespace().count() >= 5
        {
            support.push(Support { kind: SupportKind::Quotation, block, range: open..open + length + 2 });
        }
    }
    support
}

/// A text without spaces and hyphens, in lower case, for comparing labels however they are written.
fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-')).flat_map(char::to_lowercase).collect()
}

/// Whether a squeezed text names a configuration: the label, not followed by a further digit.
fn mentions(squeezed: &str, id: &str) -> bool {
    let label = squeeze(id);
    let label = if label.bytes().all(|b| b.is_ascii_digit()) { format!("cmoc{label}") } else { label };
    squeezed.match_indices(&label).any(|(i, m)| !squeezed[i + m.len()..].starts_with(|c: char| c.is_ascii_digit()))
}
