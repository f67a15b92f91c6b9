//! Configurations in tables: one a row with columns in any order, one a table with a row for each
//! part, or one a cell.

use std::ops::Range;

use super::extract::{announces_dyad, says, stage_of};
use super::form::{column_named, is_blank, is_definition, kind_of, labels, part_named, trim};
use super::identifier::leading;
use super::prose;
use super::{
    Component, ComponentKind, Configuration, ConfigurationStage, Facet, Form, Identifier, Support, SupportKind,
};
use crate::manuscript::{BlockId, BlockKind, Manuscript};
use crate::rule::{Grammar, PartKind};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Part(PartKind),
    Evidence,
    Statement,
    Group,
    Other,
}

/// The configurations of one table. `rows` are its blocks.
pub(super) fn configurations(manuscript: &Manuscript, grammar: &Grammar, rows: Range<usize>) -> Vec<Configuration> {
    let table = Table::new(manuscript, grammar, rows);
    if table.is_glossary() {
        return Vec::new();
    }
    let mut found = match table.columns() {
        Some(columns) => table.wide(&columns),
        None => table.tall().unwrap_or_else(|| table.cells()),
    };
    let dyad = table.lead.is_some_and(|lead| announces_dyad(grammar, lead));
    for configuration in &mut found {
        configuration.stage = table.stage;
        configuration.dyad = dyad;
    }
    found
}

struct Table<'a> {
    manuscript: &'a Manuscript,
    grammar: &'a Grammar,
    rows: Range<usize>,
    /// The caption, or the paragraph before the table where there is none.
    lead: Option<&'a str>,
    stage: ConfigurationStage,
}

impl<'a> Table<'a> {
    fn new(manuscript: &'a Manuscript, grammar: &'a Grammar, rows: Range<usize>) -> Self {
        let lead = lead_of(manuscript, &rows);
        let stage = stage_of(manuscript, grammar, BlockId(rows.start), lead);
        Self { manuscript, grammar, rows, lead, stage }
    }

    fn row(&self, index: usize) -> (BlockId, &'a str, bool, &'a [Range<usize>]) {
        let block = &self.manuscript.blocks[index];
        match &block.kind {
            BlockKind::TableRow { header, cells, .. } => (BlockId(index), block.text.as_str(), *header, cells),
            _ => (BlockId(index), block.text.as_str(), false, &[]),
        }
    }

    /// A table that says what its words mean.
    fn is_glossary(&self) -> bool {
        let lead = self.lead.filter(|l| l.len() < 300).unwrap_or_default().to_lowercase();
        let headed = &self.grammar.glossary_head;
        let (_, header, is_header, cells) = self.row(self.rows.start);
        let head_says = is_header
            && cells.len() <= 4
            && cells.iter().any(|c| {
                let cell = header[c.clone()].trim().to_lowercase();
                cell.len() < 40
                    && headed.iter().any(|w| {
                        cell.split(|c: char| !c.is_alphabetic())
                            .any(|x| x == *w || x.strip_suffix('s') == Some(w.as_str()))
                    })
            });
        head_says || headed.iter().any(|w| lead.contains(w.as_str())) && !lead.contains("configuration")
    }

    /// What the columns hold, by the header row; `None` where they don't hold configurations.
    fn columns(&self) -> Option<Vec<Column>> {
        let mut best: Option<Vec<Column>> = None;
        for index in self.rows.clone().take(3) {
            let (_, text, header, cells) = self.row(index);
            if !header && index > self.rows.start {
                break;
            }
            let heads: Vec<Option<(PartKind, bool)>> =
                cells.iter().map(|c| column_named(self.grammar, &text[c.clone()])).collect();
            let core = |loose: bool| {
                let mut kinds: Vec<ComponentKind> = heads
                    .iter()
                    .flatten()
                    .filter(|(_, l)| loose || !*l)
                    .map(|(part, _)| kind_of(*part).0)
                    .filter(|k| !matches!(k, ComponentKind::Actor | ComponentKind::Intervention))
                    .collect();
                kinds.sort_unstable();
                kinds.dedup();
                kinds.len()
            };
            let lead = self.lead.unwrap_or_default();
            let announced = lead.len() < 3000
                && (lead.contains("CMO")
                    || lead.to_lowercase().contains("configuration")
                    || lead.to_lowercase().contains("mechanism"));
            let plain = core(false) >= 2;
            let loosely = core(true) == 3 && (core(false) >= 1 || announced) && (header || announced);
            if !plain && !loosely {
                continue;
            }
            let columns = cells
                .iter()
                .zip(&heads)
                .map(|(cell, head)| {
                    let words = text[cell.clone()].trim().to_lowercase();
                    match head {
                        Some((part, loose)) if !*loose || core(false) < 3 => Column::Part(*part),
                        _ if names(&words, &self.grammar.evidence) => Column::Evidence,
                        _ if self.grammar.group.iter().any(|w| words == *w || words.starts_with(&format!("{w} "))) => {
                            Column::Group
                        }
                        _ if names(&words, &self.grammar.statement) => Column::Statement,
                        _ => Column::Other,
                    }
                })
                .collect();
            best = Some(columns);
            break;
        }
        best.map(with_mechanism_between)
    }

    /// One configuration a row.
    fn wide(&self, columns: &[Column]) -> Vec<Configuration> {
        let mut found: Vec<Configuration> = Vec::new();
        let mut group: Option<String> = None;
        let mut defined = 0;
        for index in self.rows.clone() {
            let (id, text, header, cells) = self.row(index);
            if header || (index == self.rows.start && self.is_head(text, cells)) {
                continue;
            }
            let filled: Vec<&Range<usize>> =
                cells.iter().filter(|c| !is_blank(self.grammar, &text[(*c).clone()])).collect();
            if filled.len() < 2 {
                group = filled.first().map(|c| text[(*c).clone()].trim().to_owned()).or(group);
                continue;
            }
            let mut configuration = Configuration::new(Form::TableRow, id, 0..text.len());
            configuration.theory.clone_from(&group);
            let mut first_other = None;
            for (cell, column) in cells.iter().zip(columns) {
                let words = &text[cell.clone()];
                if is_blank(self.grammar, words) {
                    continue;
                }
                match column {
                    Column::Part(part) => {
                        let (kind, facet) = kind_of(*part);
                        configuration.components.extend(sides_of_cell(
                            self.grammar,
                            text,
                            id,
                            kind,
                            facet,
                            cell.clone(),
                        ));
                    }
                    Column::Evidence => configuration.support.push(Support {
                        kind: SupportKind::Source,
                        block: id,
                        range: trim(text, cell.clone()),
                    }),
                    Column::Group => configuration.theory = Some(words.trim().to_owned()),
                    Column::Statement | Column::Other => first_other = first_other.or(Some(cell.clone())),
                }
            }
            let core = configuration
                .components
                .iter()
                .filter(|c| !matches!(c.kind, ComponentKind::Intervention | ComponentKind::Actor))
                .count();
            if core == 0 {
                continue;
            }
            if configuration.components.iter().any(|c| is_definition(self.grammar, &text[c.range.clone()])) {
                defined += 1;
            }
            self.name_row(&mut configuration, text, first_other, cells);
            found.push(configuration);
        }
        // Most rows say what words mean: a glossary after all.
        if defined * 2 > found.len() { Vec::new() } else { found }
    }

    /// Label and name of a row: from its first cell, or from any cell that opens with a label.
    fn name_row(
        &self,
        configuration: &mut Configuration,
        text: &str,
        first_other: Option<Range<usize>>,
        cells: &[Range<usize>],
    ) {
        let candidates = first_other.into_iter().chain(cells.iter().take(2).cloned());
        for cell in candidates {
            let words = &text[cell.clone()];
            if let Some(label) = leading(self.grammar, words) {
                configuration.id = Some(words[label.range.clone()].to_owned());
                configuration.key = Some(label.id);
                configuration.style = Some(label.style);
                let name = words[label.range.end..].trim_matches(|c: char| !c.is_alphanumeric());
                let in_part =
                    configuration.components.iter().any(|c| c.range.start >= cell.start && c.range.end <= cell.end);
                configuration.name = (!name.is_empty() && !in_part).then(|| name.to_owned());
                return;
            }
            let bare = words.trim().trim_end_matches(['.', ':']);
            if bare.len() <= 6 && bare.bytes().any(|b| b.is_ascii_digit())
                || bare.len() == 1 && bare.bytes().all(|b| b.is_ascii_uppercase())
            {
                configuration.id = Some(bare.to_owned());
                configuration.key = Some(Identifier { family: super::Family::Bare, number: bare.to_lowercase() });
                return;
            }
        }
    }

    /// Whether the first row, not marked as a header, is one.
    fn is_head(&self, text: &str, cells: &[Range<usize>]) -> bool {
        cells
            .iter()
            .filter(|c| column_named(self.grammar, &text[(*c).clone()]).is_some_and(|(_, loose)| !loose))
            .count()
            >= 2
            && cells.iter().all(|c| text[c.clone()].split_whitespace().count() <= 9)
    }

    /// A row for each part: `Context | …`, `Mechanism | …`, `Outcome | …`.
    fn tall(&self) -> Option<Vec<Configuration>> {
        let mut found: Vec<Configuration> = Vec::new();
        let mut open: Option<Configuration> = None;
        let mut pending: Option<(BlockId, String)> = None;
        for index in self.rows.clone() {
            let (id, text, _, cells) = self.row(index);
            let at = cells.iter().take(2).position(|c| {
                let words = &text[c.clone()];
                words.split_whitespace().count() <= 3 && part_named(self.grammar, words).is_some()
                    || super::form::letter_named(self.grammar, words.trim()).is_some()
            });
            let first = cells.first().map(|c| text[c.clone()].trim()).unwrap_or_default();
            let Some(at) = at else {
                if let Some(label) = cells.iter().find_map(|c| leading(self.grammar, &text[c.clone()]).map(|l| (c, l)))
                {
                    found.extend(open.take());
                    pending = Some((id, text[label.0.clone()].to_owned()));
                }
                continue;
            };
            let words = text[cells[at].clone()].trim();
            let part = part_named(self.grammar, words).or_else(|| super::form::letter_named(self.grammar, words))?;
            let (kind, facet) = kind_of(part);
            let named = (at == 1 && !first.is_empty()).then(|| first.to_owned());
            let repeats = open.as_ref().is_some_and(|c| {
                named.is_some() || c.has(kind) && !(kind == ComponentKind::Mechanism && facet != Facet::None)
            });
            if repeats {
                found.extend(open.take());
            }
            let configuration = open.get_or_insert_with(|| Configuration::new(Form::TableRow, id, 0..text.len()));
            if let Some(name) = named.or_else(|| pending.take().map(|(_, name)| name)) {
                self.name_tall(configuration, &name);
            }
            for cell in &cells[at + 1..] {
                if !is_blank(self.grammar, &text[cell.clone()]) {
                    configuration.components.push(Component {
                        kind,
                        facet,
                        block: id,
                        range: trim(text, cell.clone()),
                    });
                }
            }
        }
        found.extend(open);
        let definitions = found
            .iter()
            .flat_map(|c| &c.components)
            .any(|c| is_definition(self.grammar, &self.manuscript.block(c.block).text[c.range.clone()]));
        found.retain(|c| {
            let kinds = [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome];
            kinds.into_iter().filter(|k| c.has(*k)).count() >= 2
        });
        // Three rows that head lists of codes aren't a configuration: it has a label or a fitting caption.
        let lead = self.lead.filter(|l| l.len() < 2000).unwrap_or_default().to_lowercase();
        let announced = lead.contains("cmo") || lead.contains("configuration") || lead.contains("theor");
        (!definitions && !found.is_empty() && (announced || found.iter().any(|c| c.key.is_some()))).then_some(found)
    }

    fn name_tall(&self, configuration: &mut Configuration, words: &str) {
        if let Some(label) = leading(self.grammar, words) {
            configuration.id = Some(words[label.range.clone()].to_owned());
            configuration.key = Some(label.id);
            configuration.style = Some(label.style);
        } else {
            configuration.id = Some(words.to_owned());
        }
    }

    /// The column of which most cells are whole statements.
    fn statement_column(&self) -> Option<usize> {
        let mut whole: Vec<usize> = Vec::new();
        let mut rows = 0;
        for index in self.rows.clone() {
            let (id, text, header, cells) = self.row(index);
            if header {
                continue;
            }
            rows += 1;
            whole.resize(whole.len().max(cells.len()), 0);
            for (number, cell) in cells.iter().enumerate() {
                let sentence = crate::manuscript::Sentence { block: id, range: cell.clone() };
                let body = leading(self.grammar, &text[cell.clone()]).map_or(cell.start, |l| cell.start + l.range.end);
                let statement = prose::split(self.grammar, text, body, std::slice::from_ref(&sentence));
                whole[number] += usize::from(statement.is_some_and(|s| s.is_whole() && s.words >= 12));
            }
        }
        let best = whole.iter().enumerate().max_by_key(|(i, n)| (**n, std::cmp::Reverse(*i)))?;
        (*best.1 * 2 > rows).then_some(best.0)
    }

    /// One configuration a cell: `CMOC 2 | When … (C), … (M), … (O) | [12, 15]`.
    fn cells(&self) -> Vec<Configuration> {
        let mut found = Vec::new();
        let (_, head, header, heads) = self.row(self.rows.start);
        let column_words: Vec<String> = heads.iter().map(|c| head[c.clone()].trim().to_lowercase()).collect();
        let states = header && column_words.iter().any(|w| names(w, &self.grammar.statement));
        let column = if states { self.statement_column() } else { None };
        for index in self.rows.clone() {
            let (id, text, header, cells) = self.row(index);
            if header {
                continue;
            }
            let label = cells.iter().take(2).find_map(|c| {
                let words = &text[c.clone()];
                leading(self.grammar, words).filter(|_| words.split_whitespace().count() < 40).map(|l| (words, l))
            });
            for (number, cell) in cells.iter().enumerate() {
                let words = &text[cell.clone()];
                if words.split_whitespace().count() < 8 || is_definition(self.grammar, words) {
                    continue;
                }
                let marks = labels(self.grammar, words);
                let mut kinds: Vec<ComponentKind> = marks.iter().map(|l| kind_of(l.part).0).collect();
                kinds.sort_unstable();
                kinds.dedup();
                let mut configuration = Configuration::new(Form::TableRow, id, 0..text.len());
                if kinds.len() >= 2 {
                    let mut from = 0;
                    for mark in &marks {
                        let (kind, facet) = kind_of(mark.part);
                        let range = mark.content.clone().unwrap_or(from..mark.range.start);
                        let range = trim(text, cell.start + range.start..cell.start + range.end);
                        from = mark.range.end;
                        if !range.is_empty() {
                            configuration.components.push(Component { kind, facet, block: id, range });
                        }
                    }
                } else if column == Some(number) && label.is_some() {
                    let sentence = crate::manuscript::Sentence { block: id, range: cell.clone() };
                    let body = leading(self.grammar, words).map_or(cell.start, |l| cell.start + l.range.end);
                    let Some(statement) = prose::split(self.grammar, text, body, std::slice::from_ref(&sentence))
                    else {
                        continue;
                    };
                    if !statement.is_claim() {
                        continue;
                    }
                    configuration.confidence = statement.confidence();
                    configuration.components = statement
                        .parts
                        .into_iter()
                        .map(|(kind, range)| Component { kind, facet: Facet::None, block: id, range })
                        .collect();
                } else {
                    continue;
                }
                for (evidence, words) in cells.iter().zip(&column_words) {
                    if names(words, &self.grammar.evidence) && !is_blank(self.grammar, &text[evidence.clone()]) {
                        let range = trim(text, evidence.clone());
                        configuration.support.push(Support { kind: SupportKind::Source, block: id, range });
                    }
                }
                if let Some((words, label)) = &label {
                    configuration.id = Some(words[label.range.clone()].to_owned());
                    configuration.key = Some(label.id.clone());
                    configuration.style = Some(label.style.clone());
                }
                found.push(configuration);
                break;
            }
        }
        found
    }
}

/// A mechanism in a cell, parted where its sides are marked.
fn sides_of_cell(
    grammar: &Grammar,
    text: &str,
    id: BlockId,
    kind: ComponentKind,
    facet: Facet,
    cell: Range<usize>,
) -> Vec<Component> {
    let range = trim(text, cell);
    let whole = |range| vec![Component { kind, facet, block: id, range }];
    if kind != ComponentKind::Mechanism || facet != Facet::None {
        return whole(range);
    }
    let words = &text[range.clone()];
    // `Resource: … Response: …` stacked in one cell.
    let mut marks: Vec<(usize, usize, Facet)> = Vec::new();
    for (colon, _) in words.match_indices(':').take(8) {
        let start = words[..colon].rfind(['\n', '.', ';', '|']).map_or(0, |i| i + 1);
        let label = words[start..colon].trim();
        if label.split_whitespace().count() <= 2
            && let Some(part @ (PartKind::Resource | PartKind::Response)) = part_named(grammar, label)
        {
            marks.push((start, colon + 1, kind_of(part).1));
        }
    }
    if marks.is_empty() {
        return whole(range);
    }
    let ends: Vec<usize> = marks.iter().skip(1).map(|m| m.0).chain([words.len()]).collect();
    marks
        .into_iter()
        .zip(ends)
        .map(|((_, body, facet), end)| Component {
            kind,
            facet,
            block: id,
            range: trim(text, range.start + body..range.start + end),
        })
        .collect()
}

/// Authors who name contexts and outcomes plainly may have words of their own for what lies between
/// (`What it sets off`): the only column there that nothing else names holds the mechanisms.
fn with_mechanism_between(mut columns: Vec<Column>) -> Vec<Column> {
    let is =
        |column: &Column, wanted: ComponentKind| matches!(column, Column::Part(part) if kind_of(*part).0 == wanted);
    let place = |wanted: ComponentKind| columns.iter().position(|column| is(column, wanted));
    let (None, Some(context), Some(outcome)) =
        (place(ComponentKind::Mechanism), place(ComponentKind::Context), place(ComponentKind::Outcome))
    else {
        return columns;
    };
    let mut between = (context + 1..outcome).filter(|at| matches!(columns[*at], Column::Other));
    if let (Some(at), None) = (between.next(), between.next()) {
        columns[at] = Column::Part(PartKind::Mechanism);
    }
    columns
}

/// Whether a column head has one of some words.
fn names(head: &str, words: &[String]) -> bool {
    head.split_whitespace().count() <= 9 && says(head, words)
}

/// The caption beside a table, or a short paragraph right before it.
fn lead_of<'a>(manuscript: &'a Manuscript, rows: &Range<usize>) -> Option<&'a str> {
    let caption = |i: Option<usize>| {
        i.and_then(|i| manuscript.blocks.get(i)).filter(|b| b.kind == BlockKind::Caption).map(|b| b.text.as_str())
    };
    let before = rows.start.checked_sub(1);
    caption(before).or_else(|| caption(Some(rows.end))).or_else(|| {
        before.map(|i| &manuscript.blocks[i]).filter(|b| b.kind == BlockKind::Paragraph).map(|b| b.text.as_str())
    })
}
