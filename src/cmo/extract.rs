//! Finds configurations in the forms in which they are written. Glossaries, method sentences and
//! other people's configurations are left alone.

use std::collections::BTreeMap;
use std::ops::Range;

use super::form::{
    content_words, is_blank, is_definition, kind_of, labels, named_whole, part_named, trim, words_in_common,
};
use super::identifier::{Leading, leading};
use super::prose::{self, Statement};
use super::{
    Component, ComponentKind, Configuration, ConfigurationStage, Facet, Form, Variant, coined, formula, mentions,
    support, table,
};
use crate::manuscript::{Block, BlockId, BlockKind, Manuscript, Role};
use crate::rule::{Grammar, PartKind, PrefixFamily};

/// What a manuscript states as configurations, and where it names them.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// All configurations, in reading order.
    pub configurations: Vec<Configuration>,
    /// All places where the text names configurations or theories by their labels, in reading order.
    pub mentions: Vec<super::Mention>,
}

/// Finds all configurations of a manuscript, takes them apart and collects what stands behind them.
pub fn compile(manuscript: &Manuscript, grammar: &Grammar) -> Compilation {
    let grammar = coined::learn(manuscript, grammar);
    let grammar = grammar.as_ref();
    let mentions = mentions(manuscript, grammar);
    let mut reader = Extractor { manuscript, grammar, found: Vec::new(), announced: None, headed: None };
    reader.run();
    let mut found = reader.found;
    drop_copies(&mut found);
    for configuration in &mut found {
        configuration.variant = variant_of(configuration, manuscript, grammar);
        configuration.dyad = configuration.dyad || is_dyad(configuration, manuscript, grammar);
    }
    chain(&mut found, manuscript, grammar, &mentions);
    support::collect(manuscript, grammar, &mut found, &mentions);
    Compilation { configurations: found, mentions }
}

/// What the words before a list, or a heading, lead one to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announced {
    /// Configurations, by name: every item is one.
    Configurations,
    /// Theories: an item is one if it can be taken apart.
    Theories,
}

struct Extractor<'a> {
    manuscript: &'a Manuscript,
    grammar: &'a Grammar,
    found: Vec<Configuration>,
    announced: Option<Announced>,
    /// A heading or title line that names a configuration, still without its statement.
    headed: Option<(BlockId, Leading)>,
}

impl Extractor<'_> {
    fn run(&mut self) {
        let mut index = 0;
        while index < self.manuscript.blocks.len() {
            let id = BlockId(index);
            let block = self.manuscript.block(id);
            index += 1;
            if !readable(self.manuscript, id) {
                if !matches!(block.kind, BlockKind::Metadata) {
                    self.announced = None;
                }
                continue;
            }
            match &block.kind {
                BlockKind::TableRow { table, .. } => {
                    let rows = rows_from(self.manuscript, id, *table);
                    index = rows.end;
                    self.found.extend(table::configurations(self.manuscript, self.grammar, rows));
                    self.announced = None;
                }
                BlockKind::Heading { .. } | BlockKind::Title => {
                    self.announced = None;
                    self.headed = leading(self.grammar, &block.text).map(|l| (id, l));
                    let stated = self.bracketed(id);
                    if !stated.is_empty() {
                        self.headed = None;
                    }
                    self.found.extend(stated);
                }
                BlockKind::Caption => self.found.extend(self.bracketed(id)),
                _ => index = id.0 + self.block(id).max(1),
            }
        }
    }

    /// Reads a paragraph or list item, with those after it that belong to the same statement. Gives
    /// the number of blocks that were read.
    fn block(&mut self, id: BlockId) -> usize {
        let block = self.manuscript.block(id);
        if let Some((configuration, used)) = self.labelled_lines(id) {
            self.found.push(configuration);
            self.headed = None;
            self.announced = None;
            return used;
        }
        let bracketed = self.bracketed(id);
        if !bracketed.is_empty() {
            self.found.extend(bracketed);
            self.headed = None;
            return 1;
        }
        if let Some(configuration) = self.formula(id) {
            self.found.push(configuration);
            self.headed = None;
            return 1;
        }
        if matches!(block.kind, BlockKind::ListItem { .. })
            && let Some(announced) = self.announced
        {
            return self.list(id, announced);
        }
        if let Some(configuration) = self.stated(id) {
            self.found.push(configuration);
            self.headed = None;
            return 1;
        }
        // A line that is only a label and a name announces the statement in the next block.
        if let Some(label) = leading(self.grammar, &block.text)
            && block.text.split_whitespace().count() < 16
            && opens_statement(&block.text, label.range.end).is_some()
        {
            self.headed = Some((id, label));
        } else if !matches!(block.kind, BlockKind::Footnote) {
            self.headed = None;
        }
        self.announced = announcement(self.grammar, &block.text)
            .or(self.announced.filter(|_| matches!(block.kind, BlockKind::ListItem { .. })));
        1
    }

    fn start(&self, form: Form, id: BlockId, range: Range<usize>) -> Configuration {
        let mut configuration = Configuration::new(form, id, range);
        configuration.stage = stage_of(self.manuscript, self.grammar, id, self.lead(id));
        configuration.theory = theory_above(self.manuscript, self.grammar, id);
        configuration
    }

    /// The words that introduce a block: the caption, box title or announcement before it.
    fn lead(&self, id: BlockId) -> Option<&str> {
        let previous = self.manuscript.blocks.get(id.0.checked_sub(1)?)?;
        let introduces = previous.kind == BlockKind::Caption
            || previous.boxed
            || previous.text.trim_end().ends_with(':')
            || matches!(self.manuscript.block(id).kind, BlockKind::ListItem { .. });
        (introduces && previous.is_prose()).then_some(previous.text.as_str())
    }

    /// Gives a configuration the label that its block opens with, or the one of the heading above.
    fn label(&self, configuration: &mut Configuration, id: BlockId) {
        let text = &self.manuscript.block(id).text;
        if let Some(label) = leading(self.grammar, text) {
            name_it(self.grammar, configuration, text, &label);
        } else if let Some((heading, label)) = &self.headed
            && self.headed_by(*heading, id)
        {
            name_it(self.grammar, configuration, &self.manuscript.block(*heading).text, label);
            configuration.heading = Some(*heading);
        }
    }

    /// Whether a heading or title line stands right above a block.
    fn headed_by(&self, heading: BlockId, id: BlockId) -> bool {
        heading.0 < id.0
            && (heading.0 + 1..id.0).all(|i| {
                matches!(self.manuscript.blocks[i].kind, BlockKind::Caption | BlockKind::Metadata | BlockKind::Footnote)
            })
    }

    /// `… (C) … (M) … (O)`, one or several in a block.
    fn bracketed(&self, id: BlockId) -> Vec<Configuration> {
        let block = self.manuscript.block(id);
        let text = block.text.as_str();
        let all = labels(self.grammar, text);
        if all.is_empty() || !self.is_labelled_claim(text, &all, id) {
            return Vec::new();
        }
        let sentences = &self.manuscript.sentences.all()[self.manuscript.sentences.of(id)];
        let mut configurations: Vec<Configuration> = Vec::new();
        let mut open: Option<Configuration> = None;
        let mut text_from = leading(self.grammar, text).map_or(0, |l| l.range.end);
        let mut sentence = 0;
        for label in &all {
            let mut later = false;
            let mut named = None;
            while sentence < sentences.len() && sentences[sentence].range.start <= label.range.start {
                let start = sentences[sentence].range.start;
                if start > text_from {
                    later = true;
                    if let Some(label) = leading(self.grammar, &text[start..sentences[sentence].range.end]) {
                        text_from = start + label.range.end;
                        named = Some((start, label));
                    }
                }
                sentence += 1;
            }
            let (kind, facet) = kind_of(label.part);
            let restarts = named.is_some()
                || open.as_ref().is_some_and(|c| {
                    let context = kind == ComponentKind::Context;
                    (context && c.has(ComponentKind::Outcome))
                        || (later && context && c.has(ComponentKind::Context))
                        || (later && c.has(kind) && c.has(ComponentKind::Outcome))
                });
            if restarts {
                configurations.extend(open.take());
            }
            let start = match &named {
                Some((start, _)) => *start,
                None => sentence_floor(text, text_from, label.range.start),
            };
            let form = if label.word { Form::BracketWords } else { Form::BracketLetters };
            let configuration = open.get_or_insert_with(|| self.start(form, id, start..label.range.end));
            if let Some((start, label)) = named {
                name_it_at(self.grammar, configuration, text, &label, start);
            }
            configuration.range.end = label.range.end;
            let words = match &label.content {
                Some(content) => trim(text, content.clone()),
                None => trim(text, sentence_floor(text, text_from, label.range.start)..label.range.start),
            };
            if !is_blank(self.grammar, &text[words.clone()]) {
                configuration.components.push(Component { kind, facet, block: id, range: words });
            }
            text_from = label.range.end;
        }
        configurations.extend(open);
        let labelled =
            leading(self.grammar, text).is_some() || self.headed.as_ref().is_some_and(|(h, _)| self.headed_by(*h, id));
        configurations.retain(|c| core_parts(c) >= 2 || (labelled && core_parts(c) >= 1));
        if let Some(first) = configurations.first_mut() {
            if first.id.is_none() {
                self.label(first, id);
            }
            if first.id.is_some() && first.heading.is_none() {
                first.range.start = 0;
            }
        }
        configurations
    }

    /// Whether labels in brackets mark the parts of a claim, and not words that are being explained.
    fn is_labelled_claim(&self, text: &str, all: &[super::form::Label], id: BlockId) -> bool {
        let core = [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome];
        let kinds = core.iter().filter(|k| all.iter().any(|l| kind_of(l.part).0 == **k)).count();
        let named =
            leading(self.grammar, text).is_some() || self.headed.as_ref().is_some_and(|(h, _)| self.headed_by(*h, id));
        if kinds == 0 || (kinds < 2 && !named) || !named && is_definition(self.grammar, text) {
            return false;
        }
        // `context (C), mechanism (M) and outcome (O)` names the parts.
        let naming = all.iter().filter(|label| {
            let before = text[..label.range.start].trim_end();
            let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            label.content.is_none()
                && part_named(self.grammar, word).is_some_and(|p| kind_of(p).0 == kind_of(label.part).0)
        });
        naming.count() < 2
    }

    /// `Context: …`, `Mechanism: …`, `Outcome: …` on lines or in paragraphs of their own. Gives the
    /// number of blocks that it takes.
    fn labelled_lines(&self, id: BlockId) -> Option<(Configuration, usize)> {
        const MOST_BLOCKS: usize = 12;
        let mut components: Vec<Component> = Vec::new();
        let mut used = 0;
        let mut seen: Vec<ComponentKind> = Vec::new();
        let section = self.manuscript.section_id_of(id);
        for offset in 0..MOST_BLOCKS {
            let at = BlockId(id.0 + offset);
            if at.0 >= self.manuscript.blocks.len() || self.manuscript.section_id_of(at) != section {
                break;
            }
            let block = self.manuscript.block(at);
            if !matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem { .. }) {
                break;
            }
            let opens = leading(self.grammar, &block.text);
            let lines = lines_with_labels(self.grammar, block);
            // Labels come in one order throughout a paper; one that was there already begins the next.
            let repeats = lines.first().is_some_and(|(part, _)| {
                let (kind, facet) = kind_of(*part);
                seen.contains(&kind)
                    && !(kind == ComponentKind::Mechanism && facet != Facet::None && seen.last() == Some(&kind))
                    || kind == ComponentKind::Context && seen.contains(&ComponentKind::Mechanism)
            });
            if lines.is_empty() || (offset > 0 && (opens.is_some() || repeats)) {
                if offset == 0 {
                    // A title line of the configuration may come first.
                    if opens.is_some() && block.text.split_whitespace().count() < 16 {
                        used = 1;
                        continue;
                    }
                    return None;
                }
                break;
            }
            for (part, range) in lines {
                let (kind, facet) = kind_of(part);
                seen.push(kind);
                if !is_blank(self.grammar, &block.text[range.clone()]) {
                    components.extend(sides(self.grammar, block, at, kind, facet, range));
                }
            }
            used = offset + 1;
        }
        let block = self.manuscript.block(id);
        let labelled = leading(self.grammar, &block.text).is_some()
            || self.headed.as_ref().is_some_and(|(h, _)| self.headed_by(*h, id));
        let core = [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome];
        let distinct = core.iter().filter(|k| seen.contains(k)).count();
        let defines =
            |c: &Component| is_definition(self.grammar, &self.manuscript.block(c.block).text[c.range.clone()]);
        if distinct < 2 && !(labelled && distinct == 1)
            || components.is_empty()
            || !labelled && components.iter().any(defines)
        {
            return None;
        }
        let beside = [id.0.checked_sub(1), Some(id.0 + used)].into_iter().flatten();
        if beside.filter_map(|i| self.manuscript.blocks.get(i)).any(|b| self.explains_term(&b.text)) {
            return None;
        }
        let mut configuration = self.start(Form::LabelledLines, id, 0..block.text.len());
        configuration.components = components;
        self.label(&mut configuration, id);
        Some((configuration, used.max(1)))
    }

    /// Whether a line says what a term of the method means: `Programme theory: a statement …`.
    fn explains_term(&self, text: &str) -> bool {
        let Some((term, meaning)) = text.split_once(':') else { return false };
        let term = term.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        meaning.split_whitespace().nth(3).is_some() && self.grammar.glossary.contains(&term)
    }

    /// `C (…) + M (…) -> O (…)`.
    fn formula(&self, id: BlockId) -> Option<Configuration> {
        let text = &self.manuscript.block(id).text;
        let from = leading(self.grammar, text).map_or(0, |l| l.range.end);
        let components = formula::components(self.grammar, text, from)?;
        let mut configuration = self.start(Form::Formula, id, 0..text.len());
        configuration.components = components
            .into_iter()
            .filter(|(_, range)| !is_blank(self.grammar, &text[range.clone()]))
            .map(|(part, range)| {
                let (kind, facet) = kind_of(part);
                Component { kind, facet, block: id, range }
            })
            .collect();
        self.label(&mut configuration, id);
        Some(configuration)
    }

    /// A statement without labels: `CMOC 3: Where …`, the paragraph under a heading `CMOC 3`, or
    /// `If …, then …` where theories are stated.
    fn stated(&self, id: BlockId) -> Option<Configuration> {
        let block = self.manuscript.block(id);
        let own = leading(self.grammar, &block.text);
        // A numbered claim may tell how something is understood; what a term means has no number.
        if matches!(block.kind, BlockKind::Footnote) || own.is_none() && is_definition(self.grammar, &block.text) {
            return None;
        }
        let body = match &own {
            Some(label) => opens_statement(&block.text, label.range.end)?,
            None => 0,
        };
        let headed = own.is_none() && self.headed.as_ref().is_some_and(|(heading, _)| self.headed_by(*heading, id));
        let sentences = &self.manuscript.sentences.all()[self.manuscript.sentences.of(id)];
        let first = sentences.iter().position(|s| s.range.end > body)?;
        let lower_start =
            block.text[body..].trim_start_matches([' ', '*', '_']).get(..3).unwrap_or_default().to_lowercase();
        let if_then = own.is_none()
            && !headed
            && lower_start == "if "
            && block.text.to_lowercase().contains(" then ")
            && (theory_words(self.manuscript, self.grammar, id) || block.boxed)
            && !matches!(
                self.manuscript.role_of(id),
                Role::Abstract | Role::Discussion | Role::Conclusion | Role::Aims
            );
        if own.is_none() && !headed && !if_then {
            return self.told(id);
        }
        let statement = prose::split(self.grammar, &block.text, body, &sentences[first..])?;
        // Prose under a label counts where it reads as a claim.
        if !statement.is_claim() {
            return None;
        }
        Some(self.prose(id, statement, if if_then || lower_start == "if " { Form::IfThen } else { Form::Prose }))
    }

    /// A first theory that a sentence states in passing: `The initial programme theory is that, if …`.
    fn told(&self, id: BlockId) -> Option<Configuration> {
        /// So many bytes before the name, and between it and what the theory says.
        const BEFORE: usize = 60;
        const BETWEEN: usize = 80;
        if !matches!(self.manuscript.role_of(id), Role::Introduction | Role::Aims | Role::Methods) {
            return None;
        }
        let text = &self.manuscript.block(id).text;
        let sentences = &self.manuscript.sentences.all()[self.manuscript.sentences.of(id)];
        for (at, sentence) in sentences.iter().enumerate() {
            let lower = text[sentence.range.clone()].to_ascii_lowercase();
            if !lower.contains(" if ") {
                continue;
            }
            let name = self.grammar.prefix.iter().filter(|p| p.family == PrefixFamily::Initial && p.name.contains(' '));
            let Some(end) = name.filter_map(|p| Some(lower.find(&p.name)? + p.name.len())).min() else { continue };
            let said = [" that, if ", " that if ", ": if "];
            let Some(start) = said.iter().filter_map(|w| Some(lower[end..].find(w)? + end + w.len() - 3)).min() else {
                continue;
            };
            if end > BEFORE || start > end + BETWEEN {
                continue;
            }
            let statement = prose::split(self.grammar, text, sentence.range.start + start, &sentences[at..])?;
            if statement.is_whole() {
                let mut configuration = self.prose(id, statement, Form::IfThen);
                configuration.stage = ConfigurationStage::Initial;
                return Some(configuration);
            }
        }
        None
    }

    fn prose(&self, id: BlockId, statement: Statement, form: Form) -> Configuration {
        let mut configuration = self.start(form, id, statement.range.clone());
        configuration.confidence = statement.confidence();
        configuration.components = statement
            .parts
            .into_iter()
            .map(|(kind, range)| Component { kind, facet: Facet::None, block: id, range })
            .collect();
        self.label(&mut configuration, id);
        configuration
    }

    /// The items of a list that was announced. Gives the number of items.
    fn list(&mut self, id: BlockId, announced: Announced) -> usize {
        let items = (id.0..self.manuscript.blocks.len())
            .take_while(|i| matches!(self.manuscript.blocks[*i].kind, BlockKind::ListItem { .. }))
            .map(BlockId)
            .collect::<Vec<_>>();
        let mut statements: Vec<(BlockId, Option<Statement>)> = Vec::new();
        for item in &items {
            let text = &self.manuscript.block(*item).text;
            let sentences = &self.manuscript.sentences.all()[self.manuscript.sentences.of(*item)];
            let body = leading(self.grammar, text).and_then(|l| opens_statement(text, l.range.end)).unwrap_or(0);
            let body = body.max(named_body(text));
            let first = sentences.iter().position(|s| s.range.end > body).unwrap_or(0);
            statements.push((*item, prose::split(self.grammar, text, body, &sentences[first..])));
        }
        let whole = statements.iter().filter(|(_, s)| s.as_ref().is_some_and(Statement::is_whole)).count();
        let from = self.found.len();
        match announced {
            Announced::Configurations => {
                for (item, statement) in statements {
                    let bracketed = self.bracketed(item);
                    if !bracketed.is_empty() {
                        self.found.extend(bracketed);
                        continue;
                    }
                    let stated = statement.filter(|s| s.is_whole() && s.words >= 14);
                    let mut configuration = match stated {
                        Some(statement) => self.prose(item, statement, Form::Numbered),
                        None => self.start(Form::Numbered, item, 0..self.manuscript.block(item).text.len()),
                    };
                    if configuration.id.is_none()
                        && let BlockKind::ListItem { ordinal: Some(n) } = self.manuscript.block(item).kind
                    {
                        configuration.id = Some(n.to_string());
                    }
                    self.found.push(configuration);
                }
            }
            Announced::Theories if whole * 2 >= items.len() => {
                for (item, statement) in statements {
                    let Some(statement) = statement.filter(Statement::is_claim) else { continue };
                    let text = self.manuscript.block(item).text.trim_start_matches(['*', '_', ' ']);
                    let form = if text[..text.len().min(200)].to_lowercase().contains("if ") {
                        Form::IfThen
                    } else {
                        Form::Prose
                    };
                    let mut configuration = self.prose(item, statement, form);
                    configuration.name = configuration.name.or_else(|| name_of(&self.manuscript.block(item).text));
                    self.found.push(configuration);
                }
            }
            Announced::Theories => {}
        }
        // One announcement introduces them all.
        if let Some(stage) = self.found.get(from).map(|c| c.stage) {
            self.found[from..].iter_mut().for_each(|c| c.stage = stage);
        }
        self.announced = None;
        items.len()
    }
}

/// Context, mechanism and outcome that a configuration has.
fn core_parts(configuration: &Configuration) -> usize {
    [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome]
        .into_iter()
        .filter(|kind| configuration.has(*kind))
        .count()
}

/// Where the text of a statement begins after its label: after a stop or colon, and after a name
/// that ends with one; `None` where the label is part of a sentence.
pub(super) fn opens_statement(text: &str, label_end: usize) -> Option<usize> {
    let rest = &text[label_end..];
    let bare = rest.trim_start_matches(['*', ' ', ']', ')']);
    if bare.is_empty() {
        return Some(text.len());
    }
    let mark = bare.chars().next()?;
    let after = text.len() - bare.len() + mark.len_utf8();
    match mark {
        '.' | ':' | '-' | '|' | '\n' | '\u{2013}' | '\u{2014}' | '=' => {
            let body = after + (text[after..].len() - text[after..].trim_start().len());
            // `IPT1. Being chosen. Where …`: a name of a few words may come first.
            Some(body + name_length(&text[body..]))
        }
        ',' | '(' => {
            let name = name_length(&text[after..]);
            (name > 0).then_some(after + name)
        }
        _ => None,
    }
}

/// The length of a short name that ends with a stop, colon or line break.
fn name_length(text: &str) -> usize {
    let Some(end) = text.find(['.', ':', '\n']) else { return 0 };
    let name = &text[..end];
    let words = name.split_whitespace().count();
    let short = words <= 9 && words > 0 && end + 1 < text.trim_end().len();
    if short && !name.contains([',', ';']) { end + 1 } else { 0 }
}

/// Where the statement of a list item begins that opens with a name: `Food first. A child who …`.
fn named_body(text: &str) -> usize {
    let length = name_length(text);
    let name = &text[..length];
    if name.split_whitespace().count() <= 6 { length } else { 0 }
}

fn name_of(text: &str) -> Option<String> {
    let length = named_body(text);
    let name = text[..length].trim_matches(|c: char| !c.is_alphanumeric());
    (!name.is_empty()).then(|| name.to_owned())
}

fn name_it(grammar: &Grammar, configuration: &mut Configuration, text: &str, label: &Leading) {
    name_it_at(grammar, configuration, text, label, 0);
}

/// Sets label, key and name from a label that was read `offset` bytes into a text.
fn name_it_at(grammar: &Grammar, configuration: &mut Configuration, text: &str, label: &Leading, offset: usize) {
    let range = label.range.start + offset..label.range.end + offset;
    configuration.id = Some(text[range.clone()].to_owned());
    configuration.key = Some(label.id.clone());
    configuration.style = Some(label.style.clone());
    let rest = text[range.end..].trim_start_matches(['.', ':', ',', '-', ' ', '*', ')', '\u{2013}', '\u{2014}']);
    let end = rest.find(['.', ':', '\n']).unwrap_or(rest.len());
    let name = rest[..end].trim_matches(['*', ' ', '"', '(', ')']);
    // `CMOC 1. Context: …`: the label of a part is no name.
    let labels_part = part_named(grammar, name).is_some();
    if (1..=12).contains(&name.split_whitespace().count()) && text.len() < 400 && !labels_part {
        configuration.name.get_or_insert_with(|| name.to_owned());
    }
}

/// Whether a block's words are the authors' own statements.
pub(super) fn readable(manuscript: &Manuscript, id: BlockId) -> bool {
    let block = manuscript.block(id);
    let role = manuscript.role_of(id);
    (block.is_prose() || matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Title))
        && !matches!(role, Role::Glossary | Role::References | Role::Declarations | Role::Supplement)
}

/// The blocks of a table, from its first row on.
fn rows_from(manuscript: &Manuscript, first: BlockId, table: usize) -> Range<usize> {
    let rows = manuscript.blocks[first.0..]
        .iter()
        .take_while(|b| matches!(b.kind, BlockKind::TableRow { table: t, .. } if t == table))
        .count();
    first.0..first.0 + rows.max(1)
}

/// The start of the sentence that holds `end`, but not before `floor`.
fn sentence_floor(text: &str, floor: usize, end: usize) -> usize {
    let floor = floor.min(end);
    text[floor..end].rfind(". ").map_or(floor, |i| floor + i + 2)
}

/// The labelled parts of a block: at the start of its lines, or after stops within it.
pub(super) fn lines_with_labels(grammar: &Grammar, block: &Block) -> Vec<(PartKind, Range<usize>)> {
    /// A label is shorter than this, in bytes.
    const LONGEST_LABEL: usize = 40;
    let text = &block.text;
    let mut starts: Vec<(usize, usize, PartKind)> = Vec::new();
    for (colon, mark) in label_ends(text) {
        let floor =
            (0..=colon.saturating_sub(LONGEST_LABEL + 2)).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let window = &text[floor..colon];
        let marks = |c: char| matches!(c, '\n' | '.' | ';' | ':' | '|' | ',' | ']' | '+' | '\u{2022}');
        let line_start = match window.rfind(marks) {
            Some(i) => floor + i + window[i..].chars().next().map_or(1, char::len_utf8),
            None if floor == 0 => 0,
            None => continue,
        };
        let written = text[line_start..colon].trim_matches(['*', ' ', '_', '-', '\n', '(']);
        // `Outcome (proximal)`: what stands in brackets and is no part only qualifies it.
        let written = match written.split_once('(') {
            Some((label, inside)) if part_named(grammar, inside).is_none() => label.trim_end(),
            _ => written,
        };
        if written.is_empty() || written.split_whitespace().count() > 6 {
            continue;
        }
        // `Context. The boat …`, `Context - the boat …`: a part and nothing else between two stops.
        let alone = matches!(mark, "." | "-");
        if alone
            && (!text[colon + 1..].starts_with([' ', '*'])
                || mark == "-" && !text[..colon].ends_with(' ')
                || named_whole(grammar, written).is_none())
        {
            continue;
        }
        // A comma before a label parts a list of labels only where the label is spelt with a capital.
        let capital = written.starts_with(|c: char| c.is_uppercase() || !c.is_ascii());
        let after_comma = text[..line_start].ends_with([',', ']', ':']);
        let named = part_named(grammar, written).filter(|_| {
            written
                .split(|c: char| !c.is_alphabetic())
                .filter(|w| !w.is_empty())
                .all(|w| part_named(grammar, w).is_some() || w.len() <= 2)
                || named_whole(grammar, written).is_some()
        });
        let named = named.or_else(|| {
            super::form::letter_named(grammar, written).filter(|_| text[line_start..colon].trim().len() <= 6)
        });
        if let Some(part) = named.filter(|_| capital || !after_comma) {
            let mark = text[colon..].chars().next().map_or(1, char::len_utf8);
            starts.push((line_start, colon + mark, part));
        }
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|s| s.0).chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|((_, body, part), end)| (part, trim(text, body..end))).collect()
}

/// The marks that may end a label, and where they stand. All that aren't ASCII begin with one byte.
fn label_ends(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let may_be = |byte: &u8| matches!(byte, b':' | b'=' | b'.' | b'-' | 0xe2);
    let ends = text.bytes().enumerate().filter(move |(_, byte)| may_be(byte));
    ends.filter_map(|(at, byte)| match byte {
        0xe2 => text.get(at..at + 3).filter(|mark| matches!(*mark, "\u{2013}" | "\u{2014}")).map(|mark| (at, mark)),
        _ => Some((at, &text[at..=at])),
    })
}

/// A mechanism whose sides are marked in its own words: `a mentor (resource) lets them feel safe (response)`.
fn sides(
    grammar: &Grammar,
    block: &Block,
    id: BlockId,
    kind: ComponentKind,
    facet: Facet,
    range: Range<usize>,
) -> Vec<Component> {
    let whole = vec![Component { kind, facet, block: id, range: range.clone() }];
    if kind != ComponentKind::Mechanism || facet != Facet::None {
        return whole;
    }
    let text = &block.text[range.clone()];
    let marks: Vec<_> = labels(grammar, text)
        .into_iter()
        .filter(|l| matches!(l.part, PartKind::Resource | PartKind::Response) && l.content.is_none())
        .collect();
    if marks.is_empty() {
        return whole;
    }
    let mut from = range.start;
    let mut parts = Vec::new();
    for mark in &marks {
        let words = trim(&block.text, from..range.start + mark.range.start);
        from = range.start + mark.range.end;
        if !words.is_empty() {
            parts.push(Component { kind, facet: kind_of(mark.part).1, block: id, range: words });
        }
    }
    if parts.is_empty() { whole } else { parts }
}

/// Whether a paragraph announces the list that follows it as configurations or theories.
fn announcement(grammar: &Grammar, text: &str) -> Option<Announced> {
    if text.len() > 20_000 {
        return None;
    }
    let last = text.trim_end().rsplit(". ").next().unwrap_or(text);
    let colon = last.trim_end().ends_with(':');
    let lower = last.to_lowercase();
    let parts = || lower.contains("context") && lower.contains("mechanism") && lower.contains("outcome");
    let named = last.contains("CMO") || parts();
    let theories = grammar.announce.iter().any(|w| lower.contains(w.as_str()));
    if !named && !theories {
        return None;
    }
    let counted = lower.split(|c: char| !c.is_alphanumeric()).any(|w| {
        crate::lexicon::is_number_word(w)
            || (!w.is_empty() && w.bytes().all(|b| b.is_ascii_digit()))
            || grammar.counting.iter().any(|c| c == w)
    });
    if !counted && !colon || is_definition(grammar, last) {
        return None;
    }
    if named && colon && counted {
        return Some(Announced::Configurations);
    }
    (theories && (colon || lower.contains("theor"))).then_some(Announced::Theories)
}

/// Whether theory is spoken of right before a block, or in its heading.
fn theory_words(manuscript: &Manuscript, grammar: &Grammar, id: BlockId) -> bool {
    let section = manuscript.section_of(id);
    let near = (id.0.saturating_sub(2)..=id.0).map(|i| manuscript.blocks[i].text.as_str());
    let heading = manuscript.heading_text(section);
    near.chain(heading).filter(|t| t.len() < 4000).any(|text| says(&text.to_lowercase(), &grammar.theory))
}

/// The theory or group that a block is listed under: the nearest heading above that names one.
fn theory_above(manuscript: &Manuscript, grammar: &Grammar, id: BlockId) -> Option<String> {
    let mut section = Some(manuscript.section_id_of(id));
    let mut depth = 0;
    while let Some(current) = section {
        let here = &manuscript.sections[current.0];
        if depth > 8 || here.named {
            return None;
        }
        if let Some(heading) = here.heading
            && matches!(manuscript.block(heading).kind, BlockKind::Heading { .. })
        {
            let text = &manuscript.block(heading).text;
            let configuration = leading(grammar, text).is_some_and(|l| l.id.family == super::Family::Configuration);
            if !configuration {
                return Some(text.clone());
            }
        }
        section = here.parent;
        depth += 1;
    }
    None
}

/// Whether one of some cues begins a word of a text in lower case.
pub(super) fn says(lower: &str, cues: &[String]) -> bool {
    cues.iter().filter(|cue| lower.contains(cue.as_str())).any(|cue| {
        lower
            .match_indices(cue.as_str())
            .any(|(i, _)| lower[..i].chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
    })
}

/// Whether a configuration is where the work began or a result, by its label, the words that
/// introduce it (`lead`), the headings above, and the part of the paper.
pub(super) fn stage_of(
    manuscript: &Manuscript,
    grammar: &Grammar,
    id: BlockId,
    lead: Option<&str>,
) -> ConfigurationStage {
    let text = &manuscript.block(id).text;
    let label = leading(grammar, text).map(|l| text[l.range].to_lowercase()).unwrap_or_default();
    let headings = manuscript.heading_path(manuscript.section_id_of(id));
    // The nearest words decide: the label, what introduces it, then headings from within outwards.
    let near = [Some(label), lead.filter(|l| l.len() < 4000).map(str::to_lowercase)];
    let above = headings.iter().skip(1).rev().map(|h| Some(h.to_lowercase()));
    for words in near.into_iter().chain(above).flatten() {
        if says(&words, &grammar.initial) {
            return ConfigurationStage::Initial;
        }
        if says(&words, &grammar.refined) {
            return ConfigurationStage::Refined;
        }
    }
    match manuscript.role_of(id) {
        Role::Results | Role::Discussion => ConfigurationStage::Refined,
        Role::Introduction | Role::Aims | Role::Methods => ConfigurationStage::Initial,
        _ => ConfigurationStage::Unknown,
    }
}

/// Prose that tells again what a table, a box or labelled lines state under the same label is no
/// configuration of its own.
fn drop_copies(found: &mut Vec<Configuration>) {
    let mut stated: Vec<(super::Identifier, ConfigurationStage)> = found
        .iter()
        .filter(|c| !matches!(c.form, Form::Prose | Form::IfThen))
        .filter_map(|c| Some((c.key.clone()?, c.stage)))
        .collect();
    stated.sort_by(|a, b| a.0.cmp(&b.0));
    found.retain(|c| {
        let copy = matches!(c.form, Form::Prose | Form::IfThen)
            && c.key.as_ref().is_some_and(|key| {
                let from = stated.partition_point(|(k, _)| k < key);
                stated[from..].iter().take_while(|(k, _)| k == key).any(|(_, stage)| *stage == c.stage)
            });
        !copy
    });
}

fn variant_of(configuration: &Configuration, manuscript: &Manuscript, grammar: &Grammar) -> Variant {
    let style = configuration.id.as_deref().unwrap_or_default().to_lowercase();
    let named = grammar.variant.iter().find(|v| style.starts_with(v.name.as_str()));
    let by_name = |name: &str| match name {
        "icamo" => Some(Variant::Icamo),
        "icmo" => Some(Variant::Icmo),
        "camo" => Some(Variant::Camo),
        "scmo" => Some(Variant::Scmo),
        "cimo" => Some(Variant::Cimo),
        _ => None,
    };
    if let Some(variant) = named.and_then(|v| by_name(&v.name)) {
        return variant;
    }
    if configuration.variant != Variant::Cmo {
        return configuration.variant;
    }
    let (actor, intervention) =
        (configuration.has(ComponentKind::Actor), configuration.has(ComponentKind::Intervention));
    match (intervention, actor) {
        (true, true) => Variant::Icamo,
        (false, true) => Variant::Camo,
        (true, false) => {
            let first = configuration.components.first().map(|c| c.kind);
            let block = &manuscript.block(configuration.block).text;
            let strategy = block.len() < 4000 && block.to_lowercase().contains("strategy:") || block.contains("(S)");
            if strategy {
                Variant::Scmo
            } else if first == Some(ComponentKind::Context) {
                Variant::Cimo
            } else {
                Variant::Icmo
            }
        }
        (false, false) => Variant::Cmo,
    }
}

/// Whether the statement, or the heading above, says that it is deliberately partial.
fn is_dyad(configuration: &Configuration, manuscript: &Manuscript, grammar: &Grammar) -> bool {
    let text = &manuscript.block(configuration.block).text[configuration.range.clone()];
    let says = |text: &str| announces_dyad(grammar, text);
    let head = configuration.heading.map(|h| manuscript.block(h).text.as_str());
    let section = manuscript.heading_text(manuscript.section_of(configuration.block));
    says(text) || head.is_some_and(says) || section.is_some_and(says)
}

/// Whether words say that statements are deliberately partial.
pub(super) fn announces_dyad(grammar: &Grammar, text: &str) -> bool {
    let lower = text.to_lowercase();
    // Most cues stand nowhere, which is told sooner than where they might.
    grammar.dyad.iter().filter(|cue| lower.contains(cue.as_str())).any(|cue| {
        lower.match_indices(cue.as_str()).any(|(i, m)| {
            let before = lower[..i].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            before && lower[i + m.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric())
        })
    })
}

fn is_initial(configuration: &Configuration) -> bool {
    configuration.stage == ConfigurationStage::Initial
}

/// Links a configuration to the one whose context its outcome becomes: to the one that it names, to
/// the next, or to one further on in the same words.
fn chain(found: &mut [Configuration], manuscript: &Manuscript, grammar: &Grammar, mentions: &[super::Mention]) {
    /// From this share of common words on two passages are the same.
    const SAME: f32 = 0.5;
    /// A configuration further on is the same in more than passing.
    const SAME_FURTHER: f32 = 0.6;
    /// So many configurations further on are looked at.
    const REACH: usize = 12;
    /// Longer passages tell more than an outcome or a context, in bytes.
    const LONGEST: usize = 2000;
    let words = |c: &Configuration, kind: ComponentKind| -> String {
        c.parts(kind).map(|p| &manuscript.block(p.block).text[p.range.clone()]).collect::<Vec<_>>().join(" ")
    };
    let mut labelled: BTreeMap<(bool, super::Identifier), usize> = BTreeMap::new();
    for (at, configuration) in found.iter().enumerate() {
        for label in configuration.labels() {
            labelled.entry((is_initial(configuration), label)).or_insert(at);
        }
    }
    // Which configuration some words of another name, where they also say how the two are linked.
    let named = |c: &Configuration, kind: ComponentKind, cues: &[String]| -> Option<usize> {
        let part = c.parts(kind).find(|p| {
            let text = &manuscript.block(p.block).text[p.range.clone()];
            text.len() < LONGEST && says(&text.to_lowercase(), cues)
        })?;
        let from = mentions.partition_point(|m| (m.block, m.range.start) < (part.block, part.range.start));
        let inside = mentions[from..].iter().take_while(|m| m.block == part.block && m.range.end <= part.range.end);
        let id = inside.into_iter().find(|m| m.ids.len() == 1).map(|m| &m.ids[0])?;
        labelled.get(&(is_initial(c), id.clone())).copied()
    };
    // Passages that are too long to be an outcome or a context have no words here.
    let content = |c: &Configuration, kind: ComponentKind| {
        let words = words(c, kind);
        (words.len() < LONGEST).then(|| content_words(&words))
    };
    let outcomes: Vec<_> = found.iter().map(|c| content(c, ComponentKind::Outcome)).collect();
    let contexts: Vec<_> = found.iter().map(|c| content(c, ComponentKind::Context)).collect();
    let mut links: Vec<Option<usize>> = vec![None; found.len()];
    for (at, configuration) in found.iter().enumerate() {
        if let Some(to) = named(configuration, ComponentKind::Outcome, &grammar.becomes_context) {
            links[at] = Some(to);
        }
        if let Some(from) = named(configuration, ComponentKind::Context, &grammar.was_outcome) {
            links[from].get_or_insert(at);
        }
        let same = |to: usize, share: f32| match (&outcomes[at], &contexts[to]) {
            (Some(outcome), Some(context)) => words_in_common(outcome, context) >= share,
            _ => false,
        };
        if links[at].is_none() {
            let further = at + 2..found.len().min(at + 1 + REACH);
            links[at] = Some(at + 1).filter(|to| *to < found.len() && same(*to, SAME)).or_else(|| {
                further.into_iter().find(|to| found[*to].stage == configuration.stage && same(*to, SAME_FURTHER))
            });
        }
    }
    for (at, (configuration, link)) in found.iter_mut().zip(links).enumerate() {
        configuration.ripple = link.filter(|to| *to != at);
    }
}
