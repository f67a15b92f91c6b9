//! TEI: articles as GROBID makes them from PDF, and texts that people mark up.
//!
//! GROBID knows no levels of headings, puts figures and tables at the end, and may take a
//! declaration for a figure. So levels are told by numbers, capitals and the names that sections
//! have; figures and tables stand after the paragraph that first points at them.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::compose::{Columns, Composer, is_numbers, last_of_group, span_of};
use super::jats::declared;
use super::markdown::{is_caption, is_power};
use super::tree::{NodeId, Tree, What};
use super::xml;
use crate::error::Error;
use crate::manuscript::{Block, BlockKind, Declared, Draft, Format, SectionNames};
use crate::source::SourceText;

/// A corpus holds no more texts than this.
const MOST_TEXTS: usize = 2_000;
/// So many figures that nothing points at are looked for by their number.
const MOST_SOUGHT: usize = 60;
/// A row has no more cells than this.
const MOST_COLUMNS: usize = 200;

/// Reads a file into drafts, one a text.
pub(super) fn read(path: &Path, source: SourceText, names: &SectionNames) -> Result<Vec<Draft>, Error> {
    let sources = Arc::new(vec![source]);
    let tree = xml::parse(path, &sources[0], "TEI")?;
    let mut texts: Vec<NodeId> = Vec::new();
    for id in tree.all().filter(|id| matches!(tree.name(*id), "TEI" | "TEI.2")) {
        if texts.len() < MOST_TEXTS && !texts.last().is_some_and(|last| tree.holds(*last, id)) {
            texts.push(id);
        }
    }
    if texts.is_empty() {
        let root = tree.roots().map(|id| tree.name(id)).find(|name| !name.is_empty());
        return Err(Error::OtherMarkup { path: path.to_owned(), wanted: "TEI text", root: root.map(str::to_owned) });
    }
    let many = texts.len() > 1;
    let drafts = texts.into_iter().enumerate().map(|(index, text)| {
        let mut reader = Text::new(&tree, names, text);
        let blocks = reader.read(text);
        let mut notes = Vec::new();
        if many && index == 0 {
            notes.push("the file holds several texts; each was checked on its own".to_owned());
        }
        let place = tree.range(text).start..tree.end(text);
        let comments = tree.comments.iter().filter(|c| !many || place.contains(&c.span.start)).cloned().collect();
        Draft {
            format: Format::Tei,
            sources: Arc::clone(&sources),
            blocks,
            comments,
            declared: Declared::default(),
            notes,
            record: index + 1,
        }
    });
    Ok(drafts.collect())
}

/// How the levels of headings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Levels {
    /// Divisions nest.
    Depth,
    /// Headings are numbered.
    Numbers,
    /// Main headings are in capitals.
    Capitals,
    /// Main headings have the names that sections have.
    Names,
}

/// One text on its way to blocks.
struct Text<'a> {
    tree: &'a Tree<'a>,
    names: &'a SectionNames,
    out: Composer<'a>,
    levels: Levels,
    last_level: u8,
    /// Figures and tables at the end of the body, by their ids.
    floats: FxHashMap<String, NodeId>,
    placed: FxHashSet<NodeId>,
    due: Vec<NodeId>,
}

impl<'a> Text<'a> {
    fn new(tree: &'a Tree<'a>, names: &'a SectionNames, text: NodeId) -> Self {
        let mut reader = Self {
            tree,
            names,
            out: Composer::new(tree),
            levels: Levels::Names,
            last_level: 1,
            floats: FxHashMap::default(),
            placed: FxHashSet::default(),
            due: Vec::new(),
        };
        if let Some(body) = reader.body(text) {
            reader.levels = reader.levels_of(body);
            for float in tree.children(body).filter(|id| tree.name(*id) == "figure") {
                if let Some(id) = tree.attribute(float, "xml:id") {
                    reader.floats.insert(id.into_owned(), float);
                }
            }
        }
        reader
    }

    fn body(&self, text: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        tree.child(text, "text").and_then(|text| tree.child(text, "body"))
    }

    fn levels_of(&self, body: NodeId) -> Levels {
        let tree = self.tree;
        let divisions: Vec<NodeId> = tree.children(body).filter(|id| is_division(tree.name(*id))).collect();
        let nested =
            divisions.iter().flat_map(|division| tree.children(*division)).any(|id| is_division(tree.name(id)));
        let heads: Vec<NodeId> = divisions.iter().filter_map(|division| tree.child(*division, "head")).collect();
        let numbered = heads.iter().filter(|head| self.number_depth(**head).is_some()).count();
        let capitals = heads.iter().filter(|head| is_capitals(&tree.text(**head, 200))).count();
        if nested {
            Levels::Depth
        } else if numbered >= 3 && numbered * 3 >= heads.len() {
            Levels::Numbers
        } else if capitals >= 3 && capitals < heads.len() {
            Levels::Capitals
        } else {
            Levels::Names
        }
    }

    /// How deep the number of a heading is: 2 for `3.1`.
    fn number_depth(&self, head: NodeId) -> Option<u8> {
        let tree = self.tree;
        let number = match tree.attribute(head, "n") {
            Some(number) => number.into_owned(),
            None => tree.text(head, 20).split(' ').next()?.to_owned(),
        };
        let parts: Vec<&str> = number.trim_end_matches(['.', ')']).split('.').collect();
        (parts.len() < 6
            && parts.iter().all(|p| !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit())))
        .then_some(parts.len() as u8)
    }

    fn level_of(&self, head: NodeId, depth: u8) -> u8 {
        let text = self.tree.text(head, 200);
        match self.levels {
            Levels::Depth => depth,
            Levels::Numbers => match self.number_depth(head) {
                Some(depth) => depth,
                None if self.names.knows(&text) => 1,
                None => self.last_level.saturating_add(1).min(6),
            },
            Levels::Capitals if is_capitals(&text) => 1,
            Levels::Names if self.names.knows(&text) => 1,
            Levels::Capitals | Levels::Names => 2,
        }
    }

    fn read(&mut self, text: NodeId) -> Vec<Block> {
        let tree = self.tree;
        if let Some(header) = tree.child(text, "teiHeader") {
            self.header(header);
        }
        if let Some(content) = tree.child(text, "text") {
            if let Some(front) = tree.child(content, "front") {
                self.blocks(front, 1, &BlockKind::Paragraph);
            }
            if let Some(body) = tree.child(content, "body") {
                self.body_of(body);
            }
            if let Some(back) = tree.child(content, "back") {
                self.back(back);
            }
        }
        std::mem::replace(&mut self.out, Composer::new(tree)).finish()
    }

    /// Title, authors, affiliations, abstract, keywords.
    fn header(&mut self, header: NodeId) {
        let tree = self.tree;
        if let Some(statement) = tree.find(header, "titleStmt") {
            self.out.begin(BlockKind::Title);
            for title in tree.children(statement).filter(|id| tree.name(*id) == "title") {
                let kind = tree.attribute(title, "type");
                if self.out.is_blank() {
                    self.flat(title);
                } else if matches!(kind.as_deref(), Some("sub" | "subtitle")) {
                    self.out.insert(tree.range(title).start, 0, ": ");
                    self.flat(title);
                }
            }
            self.out.flush();
        }
        let analytic = tree.find(header, "sourceDesc").and_then(|source| tree.find(source, "analytic"));
        if let Some(holder) = analytic.or_else(|| tree.find(header, "titleStmt")) {
            self.authors(holder);
        }
        let profile = tree.child(header, "profileDesc");
        for part in profile.into_iter().flat_map(|profile| tree.children(profile)) {
            match tree.name(part) {
                "abstract" if !tree.is_blank(part) => {
                    let first = tree.descendants(part).find(|id| tree.name(*id) == "head");
                    let titled = first.is_some_and(|head| tree.text(head, 40).to_lowercase().starts_with("abstract"));
                    if !titled {
                        self.named_heading(part, "Abstract", 1);
                    }
                    self.abstract_parts(part, titled);
                }
                "textClass" => {
                    for keywords in tree.children(part).filter(|id| tree.name(*id) == "keywords") {
                        self.keywords(keywords);
                    }
                }
                _ => {}
            }
        }
    }

    fn authors(&mut self, holder: NodeId) {
        let tree = self.tree;
        let authors: Vec<NodeId> = tree.children(holder).filter(|id| tree.name(*id) == "author").collect();
        self.out.begin(BlockKind::Metadata);
        for author in &authors {
            let name = tree.child(*author, "persName").or_else(|| tree.child(*author, "name")).unwrap_or(*author);
            if !self.out.is_blank() {
                self.out.insert(tree.range(name).start, 0, ", ");
            }
            self.person(name);
        }
        self.out.flush();
        let mut seen: FxHashSet<String> = FxHashSet::default();
        for place in
            authors.iter().flat_map(|author| tree.children(*author)).filter(|id| tree.name(*id) == "affiliation")
        {
            let raw = tree.children(place).find(|id| tree.name(*id) == "note").unwrap_or(place);
            if seen.insert(tree.text(raw, 600)) {
                self.flat_block(raw, BlockKind::Metadata);
            }
        }
    }

    fn person(&mut self, name: NodeId) {
        let tree = self.tree;
        for part in tree.children(name).filter(|part| !tree.is_blank(*part)) {
            self.out.gap(tree.range(part).start);
            if tree.name(part).is_empty() { self.out.node(part) } else { self.flat(part) }
        }
    }

    fn keywords(&mut self, group: NodeId) {
        let tree = self.tree;
        if tree.is_blank(group) {
            return;
        }
        let at = tree.name_range(group);
        self.out.begin(BlockKind::Metadata);
        self.out.insert(at.start, at.len(), "Keywords");
        let mut joint = ": ";
        for term in tree.children(group).filter(|term| !tree.is_blank(*term)) {
            self.out.insert(tree.range(term).start, 0, joint);
            if tree.name(term).is_empty() {
                self.out.node(term)
            } else {
                self.flat(term)
            }
            joint = "; ";
        }
        self.out.flush();
    }

    /// The parts of an abstract, each under its heading.
    fn abstract_parts(&mut self, part: NodeId, mut titled: bool) {
        let tree = self.tree;
        for child in tree.children(part) {
            match tree.name(child) {
                "div" => self.abstract_parts(child, std::mem::take(&mut titled)),
                "head" => {
                    self.flat_block(child, BlockKind::Heading { level: if titled { 1 } else { 2 } });
                    titled = false;
                }
                _ => self.block(child, 2, &BlockKind::Paragraph),
            }
        }
        self.out.flush();
    }

    /// The body, its figures and tables where they are first pointed at.
    fn body_of(&mut self, body: NodeId) {
        let tree = self.tree;
        let floats: Vec<NodeId> = tree.children(body).filter(|id| tree.name(*id) == "figure").collect();
        for part in tree.children(body).filter(|id| tree.name(*id) != "figure") {
            self.block(part, 1, &BlockKind::Paragraph);
        }
        self.out.flush();
        let (stray, floats): (Vec<_>, Vec<_>) =
            floats.into_iter().filter(|float| !self.placed.contains(float)).partition(|float| self.is_stray(*float));
        for (index, float) in floats.into_iter().enumerate() {
            let from = self.out.count();
            self.figure(float);
            let blocks = self.out.take_from(from);
            let label = tree.child(float, "label").map(|label| tree.text(label, 8)).unwrap_or_default();
            let words: &[&str] = if self.is_table(float) {
                &["Table ", "TABLE ", "Tables "]
            } else {
                &["Fig. ", "Fig ", "Figure ", "FIGURE ", "Figures "]
            };
            let sought = index < MOST_SOUGHT && !label.is_empty();
            let mentions =
                |block: &Block| sought && block.kind == BlockKind::Paragraph && mentions(&block.text, words, &label);
            if let Err(blocks) = self.out.put_after(blocks, mentions) {
                self.out.append(blocks);
            }
        }
        // A declaration that was taken for a figure.
        for float in stray {
            if let Some(head) = tree.child(float, "head") {
                self.flat_block(head, BlockKind::Heading { level: 1 });
            }
            if let Some(text) = tree.child(float, "figDesc") {
                self.flat_block(text, BlockKind::Paragraph);
            }
        }
    }

    fn is_table(&self, figure: NodeId) -> bool {
        self.tree.attribute(figure, "type").as_deref() == Some("table") || self.tree.child(figure, "table").is_some()
    }

    /// Whether a figure is text under a heading: no picture, no table, no number.
    fn is_stray(&self, figure: NodeId) -> bool {
        let tree = self.tree;
        let Some(head) = tree.child(figure, "head") else { return false };
        let text = tree.text(head, 80);
        let lower = text.to_lowercase();
        !self.is_table(figure)
            && tree.child(figure, "label").is_none()
            && tree.child(figure, "graphic").is_none()
            && tree.child(figure, "figDesc").is_some_and(|text| !tree.is_blank(text))
            && !is_caption(&text)
            && !["fig", "table", "box", "panel", "scheme", "chart"].iter().any(|word| lower.starts_with(word))
    }

    fn back(&mut self, back: NodeId) {
        let tree = self.tree;
        let lists = tree.outermost(back, |name| name == "listBibl");
        self.levels = Levels::Depth;
        for part in tree.children(back) {
            match tree.name(part) {
                "div" if !tree.is_blank(part) && !lists.iter().any(|list| tree.holds(part, *list)) => {
                    let headed = tree.child(part, "head").is_some()
                        || tree.children(part).any(|id| tree.child(id, "head").is_some());
                    let kind = tree.attribute(part, "type").unwrap_or_default().to_lowercase();
                    if !headed && let Some(name) = declared(&kind) {
                        self.named_heading(part, name, 1);
                    }
                    let typed = tree.child(part, "head").is_none();
                    if typed {
                        self.blocks(part, 1, &BlockKind::Paragraph);
                    } else {
                        self.block(part, 1, &BlockKind::Paragraph);
                    }
                    self.out.flush();
                }
                "note" | "p" | "list" | "figure" => self.block(part, 1, &BlockKind::Paragraph),
                _ => {}
            }
        }
        for list in lists {
            match tree.child(list, "head") {
                Some(head) => self.flat_block(head, BlockKind::Heading { level: 1 }),
                None => self.named_heading(list, "References", 1),
            }
            for entry in tree.outermost(list, |name| matches!(name, "biblStruct" | "bibl" | "biblFull")) {
                self.reference(entry);
            }
        }
    }

    /// A reference as it was printed, or put together from its fields.
    fn reference(&mut self, entry: NodeId) {
        let tree = self.tree;
        let raw = tree
            .children(entry)
            .find(|id| tree.name(*id) == "note" && tree.attribute(*id, "type").as_deref() == Some("raw_reference"));
        self.out.begin(BlockKind::Reference);
        if let Some(raw) = raw.filter(|raw| !tree.is_blank(*raw)) {
            self.flat(raw);
        } else if tree.name(entry) == "bibl" {
            self.flat(entry);
        } else {
            let mut joint = "";
            let fields =
                tree.outermost(entry, |name| matches!(name, "author" | "title" | "biblScope" | "date" | "publisher"));
            for field in fields.into_iter().filter(|id| !tree.is_blank(*id)) {
                self.out.insert(tree.range(field).start, 0, joint);
                match tree.child(field, "persName") {
                    Some(name) => self.person(name),
                    None => self.flat(field),
                }
                joint = if tree.name(field) == "author" { ", " } else { ". " };
            }
        }
        self.out.flush();
    }

    /// A heading that the file only implies, placed at the name of the element.
    fn named_heading(&mut self, element: NodeId, name: &str, level: u8) {
        let at = self.tree.name_range(element);
        self.out.begin(BlockKind::Heading { level });
        self.out.insert(at.start, at.len(), name);
        self.out.flush();
    }

    fn flat_block(&mut self, element: NodeId, kind: BlockKind) {
        self.out.begin(kind);
        self.flat(element);
        self.out.flush();
    }

    fn blocks(&mut self, parent: NodeId, level: u8, kind: &BlockKind) {
        for child in self.tree.children(parent) {
            self.block(child, level, kind);
        }
        self.out.flush();
    }

    fn block(&mut self, id: NodeId, level: u8, kind: &BlockKind) {
        let tree = self.tree;
        let name = tree.name(id);
        match name {
            "" => {
                if !self.out.is_open() {
                    if tree.is_blank(id) {
                        return;
                    }
                    self.out.begin(kind.clone());
                }
                self.out.node(id);
                return;
            }
            "p" | "ab" | "l" | "salute" | "signed" => {
                self.out.begin(kind.clone());
                self.inline(id, level, kind, false);
                self.out.flush();
            }
            _ if is_division(name) => {
                self.out.flush();
                for child in tree.children(id) {
                    self.block(child, level.saturating_add(1), kind);
                }
                self.out.flush();
            }
            "head" if self.out.boxes > 0 => self.flat_block(id, BlockKind::Caption),
            "head" => {
                // The division has already counted itself.
                let level = self.level_of(id, level.saturating_sub(1).max(1));
                self.last_level = level;
                self.flat_block(id, BlockKind::Heading { level });
            }
            "titlePage" | "docTitle" | "docAuthor" | "docDate" | "byline" | "docImprint" => {
                self.flat_block(id, BlockKind::Metadata)
            }
            _ => self.element(id, level, kind, false),
        }
        if !self.out.is_open() {
            for float in std::mem::take(&mut self.due) {
                self.figure(float);
            }
        }
    }

    fn flat(&mut self, id: NodeId) {
        self.inline(id, 1, &BlockKind::Paragraph, true);
    }

    fn inline(&mut self, parent: NodeId, level: u8, kind: &BlockKind, flat: bool) {
        let tree = self.tree;
        let mut closes: Option<NodeId> = None;
        let mut after_citation = false;
        for child in tree.children(parent) {
            let citation = is_citation(tree, child);
            if matches!(tree.what(child), What::Element(_)) {
                let at = tree.range(child).start;
                if citation && after_citation {
                    self.out.gap(at);
                }
                if citation && closes.is_none() && is_numbers(tree, child) && !self.out.in_brackets() {
                    self.out.insert(at, 0, "[");
                    closes =
                        Some(last_of_group(tree, child, parent, |id| is_citation(tree, id) && is_numbers(tree, id)));
                }
                self.element(child, level, kind, flat);
            } else if self.ensure_open(child, kind) {
                self.out.node(child);
            }
            if closes == Some(child) {
                self.out.insert(tree.end(child), 0, "]");
                closes = None;
            }
            after_citation = citation;
        }
    }

    fn element(&mut self, id: NodeId, level: u8, kind: &BlockKind, flat: bool) {
        let tree = self.tree;
        let range = tree.range(id);
        match tree.name(id) {
            "graphic" | "pb" | "cb" | "fw" | "milestone" | "anchor" | "del" | "sic" | "orig" | "idno" | "ptr"
            | "listOrg" => {}
            "lb" => self.out.gap(range.start),
            "s" => {
                // Sentences stand without a space between.
                self.out.gap(range.start);
                self.ensure_open(id, kind);
                self.inline(id, level, kind, flat);
            }
            "orgName" | "address" | "addrLine" | "settlement" | "country" if flat => {
                self.out.gap(range.start);
                self.inline(id, level, kind, true);
            }
            "label" if flat => {
                self.out.gap(range.start);
                self.inline(id, level, kind, true);
                self.out.gap(tree.end(id));
            }
            "p" | "div" | "item" | "list" | "row" | "cell" | "head" | "note" | "table" | "figure" | "formula"
                if flat =>
            {
                self.out.inner_block(range.start);
                self.inline(id, level, kind, true);
                self.out.end_inner_block();
            }
            "hi" | "emph" => {
                let rend = tree.attribute(id, "rend").or_else(|| tree.attribute(id, "rendition")).unwrap_or_default();
                if rend.contains("sup") && is_numbers(tree, id) && is_power(self.out.tail(24), &tree.text(id, 8)) {
                    self.out.insert(range.start, 0, "^");
                }
                let opened = self.ensure_open(id, kind)
                    && !rend.contains("sup")
                    && !rend.contains("sub")
                    && self.out.strong(!rend.contains("bold"));
                self.inline(id, level, kind, flat);
                if opened {
                    self.out.end_strong();
                }
            }
            "ref" => {
                for target in tree.attribute(id, "target").unwrap_or_default().split_whitespace() {
                    if let Some(float) = self.floats.get(target.trim_start_matches('#')).copied()
                        && !self.is_stray(float)
                        && self.placed.insert(float)
                    {
                        self.due.push(float);
                    }
                }
                self.ensure_open(id, kind);
                if is_citation(tree, id) && is_parenthesised(tree, id) {
                    self.bracketed(id);
                } else {
                    self.inline(id, level, kind, flat);
                }
            }
            "list" => {
                self.out.flush();
                if let Some(head) = tree.child(id, "head") {
                    self.flat_block(head, BlockKind::Paragraph);
                }
                let sort = tree.attribute(id, "type").or_else(|| tree.attribute(id, "rend")).unwrap_or_default();
                let numbered = sort.contains("number") || sort.contains("order");
                let items = tree.children(id).filter(|item| tree.name(*item) == "item");
                for (item, counted) in items.zip(1_u64..) {
                    let label = tree.child(item, "label");
                    let kind = BlockKind::ListItem { ordinal: numbered.then_some(counted) };
                    for child in tree.children(item).filter(|child| Some(*child) != label) {
                        self.block(child, level, &kind);
                    }
                    self.out.flush();
                }
            }
            "quote" | "cit" | "floatingText" | "epigraph" | "lg" if !self.out.is_open() => {
                self.out.boxes += 1;
                self.blocks(id, level, kind);
                self.out.boxes -= 1;
            }
            "quote" | "q" | "said" if !flat || self.out.is_open() => {
                // Quotation marks may stand in the text or be left to the element.
                let marks = ['"', '\'', '\u{201c}', '\u{2018}', '\u{ab}'];
                let marked = self.out.ends_with(&marks) || tree.text(id, 8).starts_with(marks);
                if !marked {
                    self.out.insert(range.start, 0, "\"");
                }
                self.inline(id, level, kind, flat);
                if !marked {
                    self.out.insert(tree.end(id), 0, "\"");
                }
            }
            "figure" => self.apart(|reader| reader.figure(id)),
            "table" => self.apart(|reader| reader.table(id)),
            "note" => self.apart(|reader| reader.note(id, level)),
            "formula" if !self.out.is_open() => {
                let caption = is_caption(&tree.text(id, 200));
                self.flat_block(id, if caption { BlockKind::Caption } else { BlockKind::Code });
            }
            "p" => self.block(id, level, kind),
            _ => {
                self.ensure_open(id, kind);
                self.inline(id, level, kind, flat);
            }
        }
    }

    fn ensure_open(&mut self, id: NodeId, kind: &BlockKind) -> bool {
        if !self.out.is_open() && !self.tree.is_blank(id) {
            self.out.begin(kind.clone());
        }
        self.out.is_open()
    }

    fn apart(&mut self, write: impl FnOnce(&mut Self)) {
        self.out.hold();
        write(self);
        self.out.resume();
    }

    /// Numbers in parentheses, written in the brackets by which citations are known.
    fn bracketed(&mut self, id: NodeId) {
        let tree = self.tree;
        for inner in tree.descendants(id) {
            let range = tree.range(inner);
            if tree.what(inner) != What::Text {
                self.out.node(inner);
                continue;
            }
            let mut from = range.start;
            for (at, _) in tree.source()[range.clone()].match_indices(['(', ')']) {
                let at = range.start + at;
                self.out.text(from..at);
                self.out.insert(at, 1, if tree.source()[at..].starts_with('(') { "[" } else { "]" });
                from = at + 1;
            }
            self.out.text(from..range.end);
        }
    }

    fn note(&mut self, id: NodeId, level: u8) {
        let tree = self.tree;
        if tree.attribute(id, "type").is_some_and(|kind| kind.starts_with("raw_") || kind == "submission") {
            return;
        }
        // The stamp that a publisher's server puts on each page.
        let stamp = tree.text(id, 60).starts_with("Downloaded from ");
        let kind = if stamp { BlockKind::Metadata } else { BlockKind::Footnote };
        let label = tree.child(id, "label");
        for child in tree.children(id).filter(|child| Some(*child) != label) {
            self.block(child, level, &kind);
        }
        self.out.flush();
    }

    fn figure(&mut self, id: NodeId) {
        let tree = self.tree;
        self.placed.insert(id);
        let head = tree.child(id, "head").filter(|head| !tree.is_blank(*head));
        let description = tree.child(id, "figDesc").filter(|text| !tree.is_blank(*text));
        // GROBID may have the label both as head and at the start of the description.
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let repeated = match (head, description) {
            (Some(head), Some(description)) => {
                letters(&tree.text(description, 400)).starts_with(&letters(&tree.text(head, 200)))
            }
            _ => false,
        };
        self.out.begin(BlockKind::Caption);
        for part in head.filter(|_| !repeated).into_iter().chain(description) {
            self.out.gap(tree.range(part).start);
            self.flat(part);
        }
        self.out.flush();
        for part in tree.children(id) {
            match tree.name(part) {
                "table" => self.table(part),
                "note" => self.note(part, 1),
                "figure" => self.figure(part),
                "p" | "list" => self.block(part, 1, &BlockKind::Paragraph),
                _ => {}
            }
        }
    }

    fn table(&mut self, id: NodeId) {
        let tree = self.tree;
        if let Some(head) = tree.child(id, "head") {
            self.flat_block(head, BlockKind::Caption);
        }
        let number = self.out.next_table();
        let mut columns = Columns::default();
        let rows: Vec<NodeId> = tree.children(id).filter(|row| tree.name(*row) == "row").collect();
        let told = rows.iter().any(|row| tree.attribute(*row, "role").as_deref() == Some("label"));
        let mut first = true;
        let mut index = 0;
        while let Some(row) = rows.get(index).copied() {
            let printed = 1 + rows[index + 1..].iter().take_while(|next| self.continues(row, **next)).count();
            let parts = &rows[index..index + printed];
            index += printed;
            let head =
                if told { tree.attribute(row, "role").as_deref() == Some("label") } else { first && rows.len() > 1 };
            columns.row();
            self.out.row(number, head);
            for (place, cell) in self.cells(row).into_iter().enumerate() {
                let at = tree.range(cell).start;
                columns.skip(&mut self.out, at);
                if self.out.cell(at) {
                    self.flat(cell);
                    for part in &parts[1..] {
                        if let Some(more) = self.cells(*part).get(place) {
                            self.out.gap(tree.range(*more).start);
                            self.flat(*more);
                        }
                    }
                    self.out.end_cell();
                    columns.span(&mut self.out, at, span_of(tree, cell, "cols"), span_of(tree, cell, "rows"));
                }
            }
            columns.skip(&mut self.out, tree.range(row).start);
            first &= self.out.end_row().is_none();
        }
    }

    fn cells(&self, row: NodeId) -> Vec<NodeId> {
        self.tree.children(row).filter(|cell| self.tree.name(*cell) == "cell").take(MOST_COLUMNS).collect()
    }

    /// Whether a row is but the next printed line of the one above: GROBID makes a row of each.
    fn continues(&self, row: NodeId, next: NodeId) -> bool {
        let tree = self.tree;
        let (above, below) = (self.cells(row), self.cells(next));
        below.len() == above.len()
            && below.first().is_some_and(|cell| tree.is_blank(*cell))
            && !tree.is_blank(next)
            && above.iter().zip(&below).all(|(above, below)| {
                tree.is_blank(*below)
                    || (!tree.is_blank(*above)
                        && tree.text(*below, 8).starts_with(|c: char| c.is_lowercase() || c == '('))
            })
    }
}

fn is_division(name: &str) -> bool {
    name.strip_prefix("div")
        .is_some_and(|rest| rest.is_empty() || (rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit())))
}

fn is_citation(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.name(id) == "ref" && matches!(tree.attribute(id, "type").as_deref(), Some("bibr" | "bibl" | "biblio"))
}

/// Whether a citation is reference numbers in parentheses, whole or one end of them.
fn is_parenthesised(tree: &Tree<'_>, id: NodeId) -> bool {
    let number = |c: char| c.is_ascii_digit() || matches!(c, ',' | ';' | '-' | '\u{2013}' | '(' | ')');
    if tree.visible(id) > 60 || !tree.only(id, number) {
        return false;
    }
    let text = tree.text(id, 100);
    text.contains(['(', ')']) && text.split(|c: char| !c.is_ascii_digit()).all(|number| number.len() < 4)
}

fn is_capitals(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    letters.clone().count() >= 4 && letters.clone().all(|c| !c.is_lowercase())
}

/// Whether a text names a figure or table by its number.
fn mentions(text: &str, words: &[&str], label: &str) -> bool {
    words.iter().any(|word| {
        text.match_indices(word).any(|(at, word)| {
            let rest = &text[at + word.len()..];
            rest.strip_prefix(label).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_no_part_of_a_longer_one() {
        assert!(mentions("as Table 1 shows", &["Table "], "1"));
        assert!(!mentions("as Table 12 shows", &["Table "], "1"));
        assert!(!mentions("as Table", &["Table "], "1"));
    }

    #[test]
    fn capitals_are_letters_and_divisions_are_told_by_name() {
        assert!(is_capitals("2. METHODS & DATA"));
        assert!(!is_capitals("CMOs") && !is_capitals("1.2"));
        assert!(is_division("div") && is_division("div3") && !is_division("divide"));
    }
}
