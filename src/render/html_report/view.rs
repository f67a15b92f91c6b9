//! A document prepared for being shown: its text in blocks, and what is said at which of its places.

use std::borrow::Cow;
use std::ops::Range;

use maud::Markup;
use rustc_hash::FxHashMap;

use super::super::place;
use crate::manuscript::{Block, BlockKind};
use crate::report::{DocumentReport, FindingReport, ItemReport};
use crate::rule::{RuleSet, Severity};
use crate::source::{Location, SourceText};

/// A place in the source that runs over more lines than these is marked in the first of them.
const MOST_LINES: usize = 60;
/// Of a source of more lines than these (a bibliography) only those near some place are shown.
const LONG: usize = 2_000;
/// How many lines are shown before and after a place of a long source.
const NEAR: usize = 4;

/// One document and the places of all that is said of it.
pub struct View<'a> {
    /// What was found.
    pub document: &'a DocumentReport,
    /// What was asked.
    pub rules: &'a RuleSet,
    /// What stands under each verdict besides; nothing on a page that is a file.
    pub control: Option<&'a dyn Fn(&ItemReport) -> Markup>,
    prefix: String,
    pub(super) blocks: Vec<Shown<'a>>,
    /// How many of the blocks are lines of the source: all of a protocol, or the front matter.
    lines: usize,
    /// For places of evidence, the number of the sentence there.
    evidence: FxHashMap<(usize, usize), usize>,
    /// Findings (from 0) whose place isn't in the text that is shown.
    pub(super) elsewhere: Vec<usize>,
}

/// One block of the text.
pub(super) struct Shown<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) text: Cow<'a, str>,
    /// What is marked in it.
    pub(super) marks: Vec<Mark>,
    /// Sentences that speak for items, in order, without overlap.
    pub(super) evidence: Vec<Sentence<'a>>,
    /// Places that others lead to: a byte and an id.
    pub(super) anchors: Vec<(usize, String)>,
    /// Findings (from 0) that are shown after it.
    pub(super) cards: Vec<usize>,
    /// It is far from all that is said.
    pub(super) left_out: bool,
}

pub(super) enum Kind<'a> {
    /// A line of the source, by its 1-based number.
    Line(usize),
    Block(&'a Block),
}

/// Words that a finding is about.
pub(super) struct Mark {
    pub(super) range: Range<usize>,
    /// The finding, from 0.
    pub(super) finding: usize,
    /// Which of its other places it is, from 0; `None` for the place itself.
    pub(super) related: Option<usize>,
    /// The place goes on after these words.
    pub(super) goes_on: bool,
}

/// A sentence that speaks for items.
pub(super) struct Sentence<'a> {
    pub(super) range: Range<usize>,
    /// Its number in the document, from 0.
    pub(super) number: usize,
    /// The codes of the items that rest on it.
    pub(super) items: Vec<&'a str>,
    /// Those of them for which it is the best sentence of some part.
    pub(super) best: Vec<&'a str>,
}

impl<'a> View<'a> {
    /// Places everything. `prefix` begins all ids, so that several documents can stand on a page.
    pub fn new(document: &'a DocumentReport, rules: &'a RuleSet, prefix: String) -> Self {
        let mut view = Self {
            document,
            rules,
            control: None,
            prefix,
            blocks: Vec::new(),
            lines: 0,
            evidence: FxHashMap::default(),
            elsewhere: Vec::new(),
        };
        view.take_text();
        view.place_findings();
        view.place_evidence();
        view.place_configurations();
        view.leave_out();
        view
    }

    /// An id on the page.
    pub fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What names a part of the page: its heading, and where several documents share the page also theirs.
    pub(super) fn labelled_by(&self, id: &str) -> String {
        if self.is_alone() { self.id(id) } else { format!("{} {}", self.id(id), self.id("title")) }
    }

    /// A label that no other document of the page has.
    pub(super) fn label(&self, words: &str) -> String {
        match self.prefix.trim_start_matches('d').trim_end_matches('-') {
            "" => words.to_owned(),
            number => format!("{words}, document {number}"),
        }
    }

    /// Whether it is the only document of the page.
    pub(super) fn is_alone(&self) -> bool {
        self.prefix.is_empty()
    }

    /// Whether there is anything to stand beside the text.
    pub(super) fn has_index(&self) -> bool {
        let document = self.document;
        !document.items.is_empty() || !document.findings.is_empty() || !document.suppressed.is_empty()
    }

    /// The parts of the page: ids and what they are called.
    pub(super) fn parts(&self) -> Vec<(&'static str, &'static str)> {
        let document = self.document;
        [
            ("summary", "Summary", true),
            ("findings", "Findings", !document.findings.is_empty()),
            ("items", "Items", !document.items.is_empty()),
            ("silenced", "Silenced", !document.suppressed.is_empty()),
            ("text", "Text", true),
            ("configurations", "Configurations", !document.configurations.is_empty()),
        ]
        .into_iter()
        .filter_map(|(id, words, shown)| shown.then_some((id, words)))
        .collect()
    }

    /// The page, paragraph or line of a place, after the file where that is another one.
    pub(super) fn place(&self, location: &Location) -> String {
        self.place_in(location, place::has_lines(self.document))
    }

    /// The same for a place that may lie in another file of the project. `lines`: it is one of lines.
    pub(super) fn place_in(&self, location: &Location, lines: bool) -> String {
        let number = place::numbered(location, lines);
        match place::file_of(self.document, location, lines) {
            file if file == self.document.path => number,
            file => format!("{file}, {number}"),
        }
    }

    /// Where the evidence at a place can be read.
    pub(super) fn evidence_id(&self, location: &Location) -> Option<String> {
        let (block, range) = self.resolve(location).into_iter().next()?;
        self.evidence.get(&(block, range.start)).map(|number| self.id(&format!("s{}", number + 1)))
    }

    /// Where the words can be read that a finding is about.
    pub(super) fn finding_place_id(&self, finding: usize, related: Option<usize>) -> Option<String> {
        let report = self.document.findings.get(finding)?;
        let location = match related {
            Some(index) => &report.related.get(index)?.location,
            None => &report.location,
        };
        (!self.resolve(location).is_empty()).then(|| self.place_id(finding, related))
    }

    pub(super) fn place_id(&self, finding: usize, related: Option<usize>) -> String {
        match related {
            Some(index) => self.id(&format!("f{}-r{}", finding + 1, index + 1)),
            None => self.id(&format!("f{}-at", finding + 1)),
        }
    }

    /// Where a configuration, or one of the things that stand behind it, can be read.
    pub(super) fn configuration_id(&self, index: usize, support: Option<usize>) -> Option<String> {
        let configuration = self.document.configurations.get(index)?;
        let (location, id) = match support {
            Some(at) => (&configuration.evidence.get(at)?.location, format!("c{}-s{}", index + 1, at + 1)),
            None => (&configuration.location, format!("c{}", index + 1)),
        };
        (!self.resolve(location).is_empty()).then(|| self.id(&id))
    }

    /// The findings of an item: numbers from 0.
    pub(super) fn findings_of(&self, code: &str) -> impl Iterator<Item = usize> {
        self.document.findings.iter().enumerate().filter(move |(_, f)| f.code == code).map(|(index, _)| index)
    }

    pub(super) fn finding(&self, index: usize) -> &'a FindingReport {
        &self.document.findings[index]
    }

    pub(super) fn severity(&self, index: usize) -> Severity {
        self.finding(index).severity
    }

    /// All places of the document that something is said of.
    fn locations(&self) -> impl Iterator<Item = &'a Location> {
        let document = self.document;
        let findings = document
            .findings
            .iter()
            .flat_map(|f| std::iter::once(&f.location).chain(f.related.iter().map(|r| &r.location)));
        let evidence = document.items.iter().flat_map(|item| item.evidence.iter().map(|e| &e.location));
        let configurations = document.configurations.iter().map(|c| &c.location);
        findings.chain(evidence).chain(configurations)
    }

    fn take_text(&mut self) {
        let source = self.document.sources.first();
        let manuscript = self.document.manuscript.as_deref();
        if let Some(source) = source.filter(|_| !self.document.lines_are_paragraphs) {
            // A protocol is read as it was written, and so is front matter that something is said of.
            let last = match manuscript {
                None => Some(source.line_count()),
                Some(manuscript) if manuscript.blocks.is_empty() => Some(source.line_count()),
                Some(_) => {
                    let said = self.locations().filter(|l| l.plain.is_none() && l.part.is_none() && l.path.is_none());
                    said.map(|l| end_of_front_matter(source, l.end_line)).max()
                }
            };
            self.lines = last.unwrap_or(0);
            self.blocks.extend((0..self.lines).map(|line| {
                let text = &source.text[source.line_start(line)..source.line_start(line + 1)];
                let text = text.trim_end_matches(['\n', '\r']);
                Shown::new(Kind::Line(line + 1), Cow::Borrowed(text))
            }));
        }
        if let Some(manuscript) = manuscript {
            let blocks = manuscript.blocks.iter();
            self.blocks.extend(blocks.map(|b| Shown::new(Kind::Block(b), Cow::Borrowed(b.text.as_str()))));
        }
    }

    /// The blocks and ranges that a place takes, in order; none where it isn't shown.
    fn resolve(&self, location: &Location) -> Vec<(usize, Range<usize>)> {
        if location.path.is_some() {
            return Vec::new();
        }
        if let (Some(plain), Some(_)) = (&location.plain, &self.document.manuscript) {
            let Some(block) = location.paragraph.checked_sub(1).map(|index| index + self.lines) else {
                return Vec::new();
            };
            let Some(shown) = self.blocks.get(block) else { return Vec::new() };
            return vec![(block, within(&shown.text, plain))];
        }
        let Some(source) = self.document.sources.first() else { return Vec::new() };
        if location.plain.is_some() || location.part.is_some() {
            return Vec::new();
        }
        let end = location.end_line.max(location.line).min(location.line.saturating_add(MOST_LINES)).min(self.lines);
        let mut places = Vec::new();
        for line in location.line.max(1)..=end {
            let start = source.line_start(line - 1);
            let range = location.start_byte.saturating_sub(start)..location.end_byte.saturating_sub(start);
            let range = within(&self.blocks[line - 1].text, &range);
            if !range.is_empty() || line == location.line {
                places.push((line - 1, range));
            }
        }
        places
    }

    fn leave_out(&mut self) {
        if self.lines <= LONG {
            return;
        }
        let lines = &mut self.blocks[..self.lines];
        let said: Vec<usize> = (0..lines.len())
            .filter(|line| {
                let block = &lines[*line];
                !block.marks.is_empty() || !block.evidence.is_empty() || !block.anchors.is_empty()
            })
            .collect();
        lines.iter_mut().for_each(|line| line.left_out = true);
        for at in said {
            let last = lines.len().min(at + NEAR + 1);
            lines[at.saturating_sub(NEAR)..last].iter_mut().for_each(|line| line.left_out = false);
        }
    }

    fn place_findings(&mut self) {
        let document = self.document;
        for (number, finding) in document.findings.iter().enumerate() {
            let places = self.resolve(&finding.location);
            match places.last() {
                Some((block, _)) => self.blocks[*block].cards.push(number),
                None => self.elsewhere.push(number),
            }
            self.mark(number, None, places);
            for (index, related) in finding.related.iter().enumerate() {
                let places = self.resolve(&related.location);
                self.mark(number, Some(index), places);
            }
        }
    }

    fn mark(&mut self, finding: usize, related: Option<usize>, places: Vec<(usize, Range<usize>)>) {
        if let Some((block, range)) = places.first() {
            let id = self.place_id(finding, related);
            self.blocks[*block].anchors.push((range.start, id));
        }
        let last = places.len().saturating_sub(1);
        for (index, (block, range)) in places.into_iter().enumerate() {
            self.blocks[block].marks.push(Mark { range, finding, related, goes_on: index < last });
        }
    }

    fn place_evidence(&mut self) {
        let document = self.document;
        let mut found: Vec<(usize, Range<usize>, &'a str, bool)> = Vec::new();
        for item in &document.items {
            let mut parts: Vec<&str> = Vec::new();
            for evidence in &item.evidence {
                let best = !parts.contains(&evidence.part.as_str());
                parts.push(&evidence.part);
                let place = self.resolve(&evidence.location).into_iter().next();
                found.extend(place.map(|(block, range)| (block, range, item.code.as_str(), best)));
            }
        }
        found.sort_by_key(|(block, range, _, _)| (*block, range.start, range.end));
        let mut number = 0;
        for (block, range, code, best) in found {
            let sentences = &mut self.blocks[block].evidence;
            let known = sentences.last_mut().filter(|last| range.start < last.range.end || range == last.range);
            let at = (block, range.start);
            let sentence = if let Some(known) = known {
                known.range.end = known.range.end.max(range.end);
                known
            } else {
                sentences.push(Sentence { range, number, items: Vec::new(), best: Vec::new() });
                number += 1;
                let Some(last) = sentences.last_mut() else { continue };
                last
            };
            self.evidence.insert(at, sentence.number);
            if !sentence.items.contains(&code) {
                sentence.items.push(code);
            }
            if best && !sentence.best.contains(&code) {
                sentence.best.push(code);
            }
        }
    }

    fn place_configurations(&mut self) {
        let document = self.document;
        for (index, configuration) in document.configurations.iter().enumerate() {
            let supports = configuration.evidence.iter().enumerate().map(|(at, s)| (Some(at), &s.location));
            for (support, location) in std::iter::once((None, &configuration.location)).chain(supports) {
                if let Some(id) = self.configuration_id(index, support)
                    && let Some((block, range)) = self.resolve(location).into_iter().next()
                {
                    self.blocks[block].anchors.push((range.start, id));
                }
            }
        }
    }
}

impl<'a> Shown<'a> {
    fn new(kind: Kind<'a>, text: Cow<'a, str>) -> Self {
        Self {
            kind,
            text,
            marks: Vec::new(),
            evidence: Vec::new(),
            anchors: Vec::new(),
            cards: Vec::new(),
            left_out: false,
        }
    }

    /// Which table it is a row of.
    pub(super) fn table(&self) -> Option<usize> {
        match self.kind {
            Kind::Block(Block { kind: BlockKind::TableRow { table, .. }, .. }) => Some(*table),
            _ => None,
        }
    }

    /// Whether it is an item of a list, and if so of a numbered one.
    pub(super) fn list(&self) -> Option<bool> {
        match self.kind {
            Kind::Block(Block { kind: BlockKind::ListItem { ordinal }, .. }) => Some(ordinal.is_some()),
            _ => None,
        }
    }
}

/// A range that lies in a text, between characters.
fn within(text: &str, range: &Range<usize>) -> Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(range.start);
    start..boundary(range.end).max(start)
}

/// The 1-based line that closes the front matter which line `at` stands in; `at` where nothing does.
fn end_of_front_matter(source: &SourceText, at: usize) -> usize {
    let closes = |line: &usize| {
        let text = source.text[source.line_start(*line)..source.line_start(*line + 1)].trim_end();
        text == "---" || text == "..."
    };
    (at..source.line_count()).find(closes).map_or(at, |line| line + 1)
}
