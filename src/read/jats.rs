//! JATS: articles as PubMed Central and publishers exchange them.
//!
//! Front matter becomes title, metadata and abstract; what authors declare there (interests,
//! contributions, funding, data) is written out after the body under headings, as a reader of the
//! page finds it. Figures and tables that a publisher gathered at the end stand after the paragraph
//! that first points at them.

use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::compose::{Columns, Composer, is_numbers, last_of_group, span_of};
use super::markdown::is_power;
use super::tree::{NodeId, Tree, What};
use super::xml;
use crate::error::Error;
use crate::manuscript::{Block, BlockKind, Declared, Draft, Format};
use crate::source::SourceText;

/// A file holds no more articles than this.
const MOST_ARTICLES: usize = 2_000;

/// Reads a file into drafts, one an article.
pub(super) fn read(path: &Path, source: SourceText) -> Result<Vec<Draft>, Error> {
    let sources = Arc::new(vec![source]);
    let tree = xml::parse(path, &sources[0], "JATS")?;
    let articles = articles(&tree);
    if articles.is_empty() {
        let root = tree.roots().map(|id| tree.name(id)).find(|name| !name.is_empty());
        return Err(Error::OtherMarkup {
            path: path.to_owned(),
            wanted: "JATS article",
            root: root.map(str::to_owned),
        });
    }
    let many = articles.len() > 1;
    let drafts = articles.into_iter().enumerate().map(|(index, article)| {
        let mut reader = Article::new(&tree, article);
        let blocks = reader.read(article);
        let mut notes = reader.notes;
        if many && index == 0 {
            notes.push("the file holds several articles; each was checked on its own".to_owned());
        }
        let place = tree.range(article).start..tree.end(article);
        let comments = tree.comments.iter().filter(|c| !many || place.contains(&c.span.start)).cloned().collect();
        Draft {
            format: Format::Jats,
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

/// The articles of a file: those that stand in no other.
fn articles(tree: &Tree<'_>) -> Vec<NodeId> {
    let mut found: Vec<NodeId> = Vec::new();
    for id in tree.all().filter(|id| tree.name(*id) == "article") {
        if found.len() < MOST_ARTICLES && !found.last().is_some_and(|last| tree.holds(*last, id)) {
            found.push(id);
        }
    }
    found
}

/// What paragraphs are where the walk stands.
#[derive(Debug, Clone, Copy)]
struct Context {
    /// The level that a heading here has.
    level: u8,
    /// What a paragraph here becomes.
    paragraph: Paragraph,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paragraph {
    Prose,
    Item(Option<u64>),
    Footnote,
    Metadata,
}

impl Paragraph {
    fn kind(self) -> BlockKind {
        match self {
            Self::Prose => BlockKind::Paragraph,
            Self::Item(ordinal) => BlockKind::ListItem { ordinal },
            Self::Footnote => BlockKind::Footnote,
            Self::Metadata => BlockKind::Metadata,
        }
    }
}

impl Context {
    const TOP: Self = Self { level: 1, paragraph: Paragraph::Prose };

    fn deeper(self) -> Self {
        Self { level: self.level.saturating_add(1), ..self }
    }

    fn with(self, paragraph: Paragraph) -> Self {
        Self { paragraph, ..self }
    }
}

/// One article on its way to blocks.
struct Article<'a> {
    tree: &'a Tree<'a>,
    out: Composer<'a>,
    /// The number of each reference by its id.
    numbers: FxHashMap<String, String>,
    /// Figures, tables and boxes gathered at the end, by their ids.
    floats: FxHashMap<String, NodeId>,
    placed: FxHashSet<NodeId>,
    /// Floats that the block just read points at for the first time.
    due: Vec<NodeId>,
    notes: Vec<String>,
}

impl<'a> Article<'a> {
    fn new(tree: &'a Tree<'a>, article: NodeId) -> Self {
        let mut numbers = FxHashMap::default();
        let mut floats = FxHashMap::default();
        let references = tree.descendants(article).filter(|id| tree.name(*id) == "ref");
        for (index, reference) in references.enumerate() {
            let Some(id) = tree.attribute(reference, "id") else { continue };
            let label = tree.child(reference, "label").map(|label| tree.text(label, 12));
            let label = label.map(|l| l.trim_matches(['[', ']', '(', ')', '.', ' ']).to_owned());
            let number = label.filter(|l| l.parse::<u32>().is_ok()).unwrap_or_else(|| (index + 1).to_string());
            numbers.insert(id.into_owned(), number);
        }
        if let Some(group) = tree.child(article, "floats-group") {
            for float in tree.children(group) {
                if let Some(id) = tree.attribute(float, "id") {
                    floats.insert(id.into_owned(), float);
                }
            }
        }
        Self {
            tree,
            out: Composer::new(tree),
            numbers,
            floats,
            placed: FxHashSet::default(),
            due: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn read(&mut self, article: NodeId) -> Vec<Block> {
        let tree = self.tree;
        let front = tree.child(article, "front").or_else(|| tree.child(article, "front-stub"));
        let meta = front.map(|front| tree.child(front, "article-meta").unwrap_or(front));
        if let Some(meta) = meta {
            self.front(meta);
        }
        if let Some(body) = tree.child(article, "body") {
            self.blocks(body, Context::TOP);
            self.out.flush();
        }
        if let Some(group) = tree.child(article, "floats-group") {
            for float in tree.children(group) {
                if self.placed.insert(float) {
                    self.block(float, Context::TOP);
                }
            }
        }
        let back = tree.child(article, "back");
        // A reference list ends the reading: what stands after it in the file is still the authors'.
        if let Some(back) = back {
            for part in tree.children(back).filter(|part| tree.name(*part) != "ref-list") {
                self.block(part, Context::TOP);
            }
        }
        if let Some(meta) = meta {
            self.declarations(meta, back);
        }
        if let Some(back) = back {
            for list in tree.children(back).filter(|part| tree.name(*part) == "ref-list") {
                self.references(list, 1);
            }
        }
        let others =
            tree.children(article).filter(|part| matches!(tree.name(*part), "sub-article" | "response")).count();
        if others > 0 {
            self.notes.push(format!(
                "the file also holds reviews, letters or translations ({others}); they were not checked"
            ));
        }
        std::mem::replace(&mut self.out, Composer::new(tree)).finish()
    }

    /// Title, authors, affiliations, abstracts, keywords.
    fn front(&mut self, meta: NodeId) {
        let tree = self.tree;
        if let Some(group) = tree.child(meta, "title-group") {
            self.title(group);
        }
        if let Some(categories) = tree.child(meta, "article-categories") {
            for group in tree
                .children(categories)
                .filter(|id| tree.attribute(*id, "subj-group-type").as_deref() == Some("heading"))
            {
                self.flat_block(group, BlockKind::Metadata);
            }
        }
        for part in tree.children(meta) {
            match tree.name(part) {
                "contrib-group" => self.contributors(part),
                "aff" | "aff-alternatives" => self.flat_block(part, BlockKind::Metadata),
                "author-notes" => {
                    for note in tree.children(part).filter(|id| tree.name(*id) == "corresp") {
                        self.flat_block(note, BlockKind::Metadata);
                    }
                }
                _ => {}
            }
        }
        let mut first = true;
        for part in tree.children(meta) {
            if matches!(tree.name(part), "abstract" | "trans-abstract") && !tree.is_blank(part) {
                self.abstract_part(part, first);
                first = false;
            }
        }
        for part in tree.children(meta).filter(|id| tree.name(*id) == "kwd-group") {
            self.keywords(part);
        }
    }

    fn title(&mut self, group: NodeId) {
        let tree = self.tree;
        self.out.begin(BlockKind::Title);
        for part in tree.children(group).filter(|id| matches!(tree.name(*id), "article-title" | "subtitle")) {
            if !self.out.is_blank() {
                let joint = if self.out.ends_with(&[':', '?', '.', '!']) { " " } else { ": " };
                self.out.insert(tree.range(part).start, 0, joint);
            }
            self.flat(part);
        }
        self.out.flush();
        for part in tree.children(group).filter(|id| tree.name(*id) == "trans-title-group") {
            self.flat_block(part, BlockKind::Metadata);
        }
    }

    /// Names of authors; editors and reviewers are none.
    fn contributors(&mut self, group: NodeId) {
        let tree = self.tree;
        self.out.begin(BlockKind::Metadata);
        for contributor in tree.children(group) {
            let role = tree.attribute(contributor, "contrib-type");
            if tree.name(contributor) != "contrib" || !matches!(role.as_deref(), None | Some("author")) {
                continue;
            }
            let at = tree.range(contributor).start;
            if !self.out.is_blank() {
                self.out.insert(at, 0, ", ");
            }
            for part in tree.children(contributor) {
                match tree.name(part) {
                    "name" | "string-name" => self.person(part),
                    "name-alternatives" => {
                        if let Some(name) =
                            tree.children(part).find(|id| matches!(tree.name(*id), "name" | "string-name"))
                        {
                            self.person(name);
                        }
                    }
                    "collab" => self.flat(part),
                    _ => {}
                }
            }
        }
        self.out.flush();
        for place in tree.children(group).filter(|id| matches!(tree.name(*id), "aff" | "aff-alternatives")) {
            self.flat_block(place, BlockKind::Metadata);
        }
    }

    /// Given names, then the surname.
    fn person(&mut self, name: NodeId) {
        let tree = self.tree;
        if tree.name(name) == "string-name" {
            self.flat(name);
            return;
        }
        for part in ["prefix", "given-names", "surname", "suffix"] {
            if let Some(part) = tree.child(name, part) {
                self.out.gap(tree.range(part).start);
                self.flat(part);
            }
        }
    }

    fn keywords(&mut self, group: NodeId) {
        let tree = self.tree;
        self.out.begin(BlockKind::Metadata);
        let at = tree.name_range(group);
        match tree.child(group, "title") {
            Some(title) => self.flat(title),
            None => self.out.insert(at.start, at.len(), "Keywords"),
        }
        let mut joint = if self.out.ends_with(&[':']) { " " } else { ": " };
        for keyword in tree.children(group).filter(|id| matches!(tree.name(*id), "kwd" | "compound-kwd" | "nested-kwd"))
        {
            self.out.insert(tree.range(keyword).start, 0, joint);
            self.flat(keyword);
            joint = "; ";
        }
        self.out.flush();
    }

    /// An abstract, under a heading `Abstract` whatever its own title: translations and summaries
    /// for readers stand under their title below it.
    fn abstract_part(&mut self, part: NodeId, first: bool) {
        let tree = self.tree;
        let title = tree.child(part, "title");
        let plain = tree.attribute(part, "abstract-type").is_none() && tree.name(part) == "abstract";
        let titled_so = title.is_some_and(|title| {
            let text = tree.text(title, 60).to_lowercase();
            ["abstract", "summary", "摘要", "resumen", "résumé", "resumo", "zusammenfassung"]
                .iter()
                .any(|word| text.starts_with(word))
        });
        let mut context = Context::TOP.deeper();
        if plain || first || titled_so {
            match title.filter(|_| titled_so) {
                Some(title) => self.heading(&[title], 1),
                None => self.named_heading(part, "Abstract", 1),
            }
        }
        if let Some(title) = title.filter(|_| !titled_so) {
            self.heading(&[title], 2);
            context = context.deeper();
        }
        for child in tree.children(part).filter(|child| Some(*child) != title) {
            self.block(child, context);
        }
        self.out.flush();
    }

    /// What authors declare in the front matter, each under a heading.
    fn declarations(&mut self, meta: NodeId, back: Option<NodeId>) {
        let tree = self.tree;
        let notes = tree.children(meta).filter(|id| tree.name(*id) == "author-notes");
        for note in notes.flat_map(|notes| tree.children(notes)).filter(|id| matches!(tree.name(*id), "fn" | "p")) {
            self.footnote(note, Context::TOP);
        }
        let mut funded = back.is_some_and(|back| self.tells_funding(back));
        for group in tree.children(meta).filter(|id| tree.name(*id) == "funding-group") {
            for statement in tree.children(group).filter(|id| tree.name(*id) == "funding-statement") {
                self.named_heading(statement, "Funding", 1);
                self.flat_block(statement, BlockKind::Paragraph);
                funded = true;
            }
        }
        if !funded {
            self.awards(meta);
        }
        let custom = tree.outermost(meta, |name| name == "custom-meta");
        for item in custom {
            let (Some(name), Some(value)) = (tree.child(item, "meta-name"), tree.child(item, "meta-value")) else {
                continue;
            };
            let told = tree.text(name, 60).to_lowercase();
            if told.contains("data availability")
                || told.contains("data-availability")
                || told.contains("ethic")
                || told.contains("patient and public")
            {
                self.heading(&[name], 1);
                self.flat_block(value, BlockKind::Paragraph);
            }
        }
    }

    /// Whether the back matter says who paid.
    fn tells_funding(&self, back: NodeId) -> bool {
        let tree = self.tree;
        tree.descendants(back).any(|id| match tree.name(id) {
            "title" => {
                let text = tree.text(id, 60).to_lowercase();
                text.contains("funding") || text.contains("financial support")
            }
            "fn" => matches!(tree.attribute(id, "fn-type").as_deref(), Some("financial-disclosure" | "supported-by")),
            _ => false,
        })
    }

    /// Grants, where nothing but their records tells of them.
    fn awards(&mut self, meta: NodeId) {
        let tree = self.tree;
        let groups = tree.children(meta).filter(|id| tree.name(*id) == "funding-group");
        let awards: Vec<NodeId> =
            groups.flat_map(|group| tree.children(group)).filter(|id| tree.name(*id) == "award-group").collect();
        let Some(first) = awards.first().copied() else { return };
        self.named_heading(first, "Funding", 1);
        self.out.begin(BlockKind::Paragraph);
        for award in awards {
            let at = tree.range(award).start;
            self.out.insert(at, 0, if self.out.is_blank() { "Funded by " } else { "; " });
            for source in tree.children(award).filter(|id| tree.name(*id) == "funding-source") {
                self.flat(source);
            }
            if let Some(number) = tree.child(award, "award-id") {
                self.out.insert(at, 0, " (");
                self.flat(number);
                self.out.insert(at, 0, ")");
            }
        }
        self.out.insert(tree.end(first), 0, ".");
        self.out.flush();
    }

    /// A heading from the text of nodes, such as a label and a title.
    fn heading(&mut self, parts: &[NodeId], level: u8) {
        if self.out.boxes > 0 {
            // A heading in a box would end the section around it.
            self.out.begin(BlockKind::Caption);
        } else {
            self.out.begin(BlockKind::Heading { level });
        }
        for part in parts {
            self.out.gap(self.tree.range(*part).start);
            self.flat(*part);
        }
        self.out.flush();
    }

    /// A heading that the file only implies, placed at the name of the element.
    fn named_heading(&mut self, element: NodeId, name: &str, level: u8) {
        let at = self.tree.name_range(element);
        self.out.begin(if self.out.boxes > 0 { BlockKind::Caption } else { BlockKind::Heading { level } });
        self.out.insert(at.start, at.len(), name);
        self.out.flush();
    }

    /// A block of one element's text.
    fn flat_block(&mut self, element: NodeId, kind: BlockKind) {
        self.out.begin(kind);
        self.flat(element);
        self.out.flush();
    }

    /// The children of an element that holds blocks.
    fn blocks(&mut self, parent: NodeId, context: Context) {
        let tree = self.tree;
        for child in tree.children(parent) {
            self.block(child, context);
        }
    }

    fn block(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        match tree.name(id) {
            // Text that stands in no paragraph.
            "" => {
                if self.out.is_open() || !tree.is_blank(id) {
                    if !self.out.is_open() {
                        self.out.begin(context.paragraph.kind());
                    }
                    self.out.node(id);
                }
                return;
            }
            "p" | "attrib" | "verse-line" => {
                self.out.begin(context.paragraph.kind());
                self.inline(id, context, false);
                self.out.flush();
            }
            "sec" | "app" | "notes" | "ack" | "glossary" | "bio" | "statement" | "app-group" | "def-list"
            | "ref-list"
                if tree.is_blank(id) => {}
            "sec" | "app" | "notes" | "ack" | "glossary" | "app-group" => self.section(id, context),
            "bio" => self.blocks(id, context.with(Paragraph::Metadata)),
            "title" | "subtitle" => self.heading(&[id], context.level),
            "label" | "sec-meta" | "object-id" | "alt-text" | "permissions" | "graphic" | "media" | "tex-math"
                if !self.out.is_open() => {}
            "ref-list" => self.references(id, context.level),
            "fn-group" => {
                if let Some(title) = tree.child(id, "title") {
                    self.heading(&[title], context.level);
                }
                for note in tree.children(id).filter(|id| tree.name(*id) == "fn") {
                    self.footnote(note, context);
                }
            }
            "fn" => self.footnote(id, context),
            _ => self.element(id, context, false),
        }
        self.place_floats(context);
    }

    /// Writes the floats that have come due.
    fn place_floats(&mut self, context: Context) {
        if self.out.is_open() {
            return;
        }
        for float in std::mem::take(&mut self.due) {
            self.block(float, context.with(Paragraph::Prose));
        }
    }

    /// A section with its heading: its title, or what its type says where it has none.
    fn section(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        let title = tree.child(id, "title").filter(|title| !tree.is_blank(*title));
        let label = tree.child(id, "label").filter(|label| !tree.is_blank(*label));
        let mut inside = context.deeper();
        if let Some(title) = title {
            let parts: Vec<NodeId> = label.into_iter().chain([title]).collect();
            self.heading(&parts, context.level);
        } else if let Some(name) = self.implied_title(id) {
            self.named_heading(id, name, context.level);
        } else if let Some(label) = label {
            self.heading(&[label], context.level);
        } else {
            inside = context;
        }
        for child in tree.children(id).filter(|child| Some(*child) != title && Some(*child) != label) {
            self.block(child, inside);
        }
        self.out.flush();
    }

    /// The heading of an untitled part, by what the file says of it.
    fn implied_title(&self, id: NodeId) -> Option<&'static str> {
        let tree = self.tree;
        match tree.name(id) {
            "ack" => return Some("Acknowledgements"),
            "glossary" => return Some("Glossary"),
            "app-group" => return None,
            "app" => return Some("Appendix"),
            _ => {}
        }
        let kind = tree.attribute(id, "sec-type").or_else(|| tree.attribute(id, "notes-type"))?.to_lowercase();
        kind.split('|').find_map(|kind| match kind.trim() {
            "intro" | "introduction" | "background" => Some("Introduction"),
            "methods" | "materials" | "methodology" => Some("Methods"),
            "results" | "findings" => Some("Results"),
            "discussion" => Some("Discussion"),
            "conclusions" | "conclusion" => Some("Conclusions"),
            "supplementary-material" | "supporting-information" => Some("Supplementary material"),
            other => declared(other),
        })
    }

    /// A note: under a heading of its own where its type says what it declares.
    fn footnote(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        let kind = tree.attribute(id, "fn-type").map(|kind| kind.to_lowercase()).unwrap_or_default();
        let label = tree.child(id, "label");
        let title = tree.child(id, "title");
        let paragraph = match kind.as_str() {
            "equal" | "corresp" | "current-aff" | "deceased" | "present-address" | "previously-at" | "on-leave"
            | "edited-by" => Paragraph::Metadata,
            _ if declared(&kind).is_some() || title.is_some() => Paragraph::Prose,
            _ if self.opens_strong(id) => Paragraph::Prose,
            _ => Paragraph::Footnote,
        };
        if let Some(title) = title {
            self.heading(&[title], context.level);
        } else if let Some(name) = declared(&kind)
            && !self.opens_strong(id)
        {
            self.named_heading(id, name, context.level);
        }
        if tree.name(id) == "p" {
            self.block(id, context.with(paragraph));
            return;
        }
        for child in tree.children(id).filter(|child| Some(*child) != title && Some(*child) != label) {
            self.block(child, context.with(paragraph));
        }
        self.out.flush();
    }

    /// Whether a note opens with a label in bold or italics (`Competing interests: none`).
    fn opens_strong(&self, id: NodeId) -> bool {
        let tree = self.tree;
        let Some(paragraph) = tree.child(id, "p") else { return false };
        tree.children(paragraph)
            .find(|child| !tree.is_blank(*child))
            .is_some_and(|first| matches!(tree.name(first), "bold" | "italic"))
    }

    fn references(&mut self, list: NodeId, level: u8) {
        let tree = self.tree;
        match tree.child(list, "title").filter(|title| !tree.is_blank(*title)) {
            Some(title) => self.heading(&[title], level),
            None => self.named_heading(list, "References", level),
        }
        for part in tree.children(list) {
            match tree.name(part) {
                "ref" => self.reference(part),
                "ref-list" => self.references(part, level.saturating_add(1)),
                "p" => self.block(part, Context::TOP),
                _ => {}
            }
        }
    }

    fn reference(&mut self, id: NodeId) {
        let tree = self.tree;
        self.out.begin(BlockKind::Reference);
        let label = tree.child(id, "label").filter(|label| !tree.is_blank(*label));
        if let Some(label) = label {
            self.flat(label);
            if !self.out.ends_with(&['.', ']', ')', ':']) {
                self.out.insert(tree.end(label), 0, ".");
            }
        }
        for part in tree.children(id).filter(|part| Some(*part) != label) {
            self.out.gap(tree.range(part).start);
            self.citation(part);
        }
        self.out.flush();
    }

    /// The text of a reference; one that is only fields gets the stops that a reader expects.
    fn citation(&mut self, id: NodeId) {
        let tree = self.tree;
        match tree.name(id) {
            "citation-alternatives" => {
                if let Some(first) = tree.children(id).find(|child| !tree.name(*child).is_empty()) {
                    self.citation(first);
                }
                return;
            }
            "element-citation" | "nlm-citation" => {}
            _ => return self.flat(id),
        }
        let mut before = "";
        for field in tree.children(id).filter(|field| !tree.is_blank(*field)) {
            let name = tree.name(field);
            if !before.is_empty() {
                let joint = match (before, name) {
                    ("fpage", "lpage") => "-",
                    ("name", "name" | "collab" | "etal") => ", ",
                    ("volume", "issue") => " ",
                    ("volume" | "issue", _) => ": ",
                    _ if self.out.ends_with(&['.', '?', '!']) => " ",
                    _ => ". ",
                };
                self.out.insert(tree.range(field).start, 0, joint);
            }
            match name {
                "person-group" => self.people(field),
                "name" => self.listed_person(field),
                _ => self.flat(field),
            }
            before = name;
        }
    }

    fn people(&mut self, group: NodeId) {
        let tree = self.tree;
        let mut first = true;
        for person in tree.children(group).filter(|id| !tree.name(*id).is_empty()) {
            if !first {
                self.out.insert(tree.range(person).start, 0, ", ");
            }
            first = false;
            match tree.name(person) {
                "name" => self.listed_person(person),
                "etal" if tree.is_blank(person) => {
                    self.out.insert(tree.range(person).start, tree.range(person).len(), "et al")
                }
                _ => self.flat(person),
            }
        }
    }

    /// A name as reference lists have it: surname, then initials.
    fn listed_person(&mut self, name: NodeId) {
        let tree = self.tree;
        for part in ["surname", "given-names", "suffix"] {
            if let Some(part) = tree.child(name, part) {
                if part != tree.child(name, "surname").unwrap_or(part) {
                    self.out.gap(tree.range(part).start);
                }
                self.flat(part);
            }
        }
    }

    /// The text of an element on one line: titles, captions, cells, references.
    fn flat(&mut self, id: NodeId) {
        self.inline(id, Context::TOP, true);
    }

    /// The children of an element in running text. In `flat` text no block begins.
    fn inline(&mut self, parent: NodeId, context: Context, flat: bool) {
        let tree = self.tree;
        let mut closes: Option<NodeId> = None;
        for child in tree.children(parent) {
            if !matches!(tree.what(child), What::Element(_)) {
                if !self.out.is_open() {
                    // A list or figure has ended the paragraph; what follows is another.
                    if tree.is_blank(child) {
                        continue;
                    }
                    self.out.begin(context.paragraph.kind());
                }
                self.out.node(child);
            } else if closes.is_none() && self.is_bare_citation(child) && !self.out.in_brackets() {
                // Superscripts and bare numbers get the brackets by which citations are known.
                self.out.insert(tree.range(child).start, 0, "[");
                closes = Some(last_of_group(tree, child, parent, |id| self.is_bare_citation(id)));
                self.element(child, context, flat);
            } else {
                self.element(child, context, flat);
            }
            if closes == Some(child) {
                self.out.insert(tree.end(child), 0, "]");
                closes = None;
            }
        }
    }

    /// Whether an element is a reference number without brackets: a pointer into the reference list,
    /// or a superscript of such.
    fn is_bare_citation(&self, id: NodeId) -> bool {
        let tree = self.tree;
        match tree.name(id) {
            "xref" => is_bibliographic(tree, id) && is_numbers(tree, id),
            "sup" => {
                is_numbers(tree, id)
                    && tree.descendants(id).any(|inner| tree.name(inner) == "xref" && is_bibliographic(tree, inner))
            }
            _ => false,
        }
    }

    /// One element, in running text or among blocks.
    fn element(&mut self, id: NodeId, context: Context, flat: bool) {
        let tree = self.tree;
        let range = tree.range(id);
        match tree.name(id) {
            "xref" => self.cross_reference(id, context, flat),
            "name" => self.listed_person(id),
            "sup"
                if is_numbers(tree, id)
                    && !self.out.in_brackets()
                    && is_power(self.out.tail(24), &tree.text(id, 8)) =>
            {
                self.out.insert(range.start, 0, "^");
                self.inline(id, context, flat);
            }
            "bold" | "italic" => {
                let opened = self.ensure_open(id, context) && self.out.strong(tree.name(id) == "italic");
                self.inline(id, context, flat);
                if opened {
                    self.out.end_strong();
                }
            }
            "break" => self.out.line(range.start, range.len()),
            "tex-math" | "graphic" | "inline-graphic" | "object-id" | "index-term" | "private-char"
            | "processing-meta" | "mml:annotation" | "annotation" | "contrib-id" | "institution-id" => {}
            "alternatives" => {
                // The same thing in several forms: one that can be read.
                let pick = |wanted: &[&str]| tree.children(id).find(|child| wanted.contains(&tree.name(*child)));
                if let Some(one) = pick(&["table", "math", "textual-form"]) {
                    self.element(one, context, flat);
                } else {
                    self.inline(id, context, flat);
                }
            }
            "label" if flat => {
                self.out.gap(range.start);
                self.inline(id, context, true);
                self.out.gap(tree.end(id));
            }
            "institution" | "addr-line" | "subject" | "country" | "trans-subtitle" | "collab" if flat => {
                self.out.gap(range.start);
                self.inline(id, context, true);
            }
            "title" | "p" | "sec" | "list" | "list-item" | "def-list" | "def-item" | "disp-quote" | "verse-group"
            | "verse-line" | "speech" | "statement" | "preformat" | "code" | "disp-formula" | "caption"
            | "boxed-text" | "table" | "tr" | "td" | "th" | "note"
                if flat =>
            {
                self.out.inner_block(range.start);
                self.inline(id, context, true);
                self.out.end_inner_block();
            }
            "fn" | "fig" | "table-wrap" | "supplementary-material" | "alt-text" | "long-desc" | "media" if flat => {}
            "list" => self.list(id, context),
            "def-list" => self.definitions(id, context),
            "disp-quote" | "verse-group" | "speech" => {
                self.out.flush();
                self.out.boxes += 1;
                self.blocks(id, context);
                self.out.flush();
                self.out.boxes -= 1;
            }
            "statement" => {
                self.out.flush();
                let lead: Vec<NodeId> =
                    tree.children(id).filter(|child| matches!(tree.name(*child), "label" | "title")).collect();
                if !lead.is_empty() {
                    self.out.begin(BlockKind::Paragraph);
                    for part in &lead {
                        self.out.gap(tree.range(*part).start);
                        self.flat(*part);
                    }
                    self.out.flush();
                }
                for child in tree.children(id).filter(|child| !lead.contains(child)) {
                    self.block(child, context);
                }
                self.out.flush();
            }
            "preformat" | "code" => {
                self.out.flush();
                self.flat_block(id, BlockKind::Code);
            }
            "boxed-text" => self.apart(|reader| reader.boxed(id, context)),
            "fig" | "fig-group" => self.apart(|reader| reader.figure(id, context)),
            "table-wrap" | "table-wrap-group" => self.apart(|reader| reader.table_wrap(id, context)),
            "table" | "array" => self.apart(|reader| reader.table(id)),
            "supplementary-material" | "media" | "inline-supplementary-material" => {
                self.apart(|reader| reader.supplement(id))
            }
            "fn" => self.apart(|reader| reader.footnote(id, context)),
            "p" => self.block(id, context),
            "disp-formula" => {
                self.ensure_open(id, context);
                self.out.gap(range.start);
                self.inline(id, context, true);
                self.out.gap(tree.end(id));
            }
            _ => {
                self.ensure_open(id, context);
                self.inline(id, context, flat);
            }
        }
    }

    /// Begins a paragraph for an inline element that has text, where none is open.
    fn ensure_open(&mut self, id: NodeId, context: Context) -> bool {
        if !self.out.is_open() && !self.tree.is_blank(id) {
            self.out.begin(context.paragraph.kind());
        }
        self.out.is_open()
    }

    /// Writes something that stands apart from the paragraph it is anchored in.
    fn apart(&mut self, write: impl FnOnce(&mut Self)) {
        self.out.hold();
        write(self);
        self.out.resume();
    }

    fn cross_reference(&mut self, id: NodeId, context: Context, flat: bool) {
        let tree = self.tree;
        let target = tree.attribute(id, "rid").unwrap_or_default();
        for one in target.split_whitespace() {
            if let Some(float) = self.floats.get(one).copied()
                && self.placed.insert(float)
            {
                self.due.push(float);
            }
        }
        let kind = tree.attribute(id, "ref-type").unwrap_or_default();
        if matches!(&*kind, "fn" | "table-fn" | "aff" | "corresp" | "author-notes" | "contrib") {
            return;
        }
        self.ensure_open(id, context);
        if is_bibliographic(tree, id) && tree.is_blank(id) {
            let numbers: Vec<&str> =
                target.split_whitespace().filter_map(|one| self.numbers.get(one).map(String::as_str)).collect();
            if !numbers.is_empty() {
                let range = tree.range(id);
                let words =
                    if self.out.in_brackets() { numbers.join(", ") } else { format!("[{}]", numbers.join(", ")) };
                self.out.insert(range.start, range.len(), &words);
            }
            return;
        }
        self.inline(id, context, flat);
    }

    fn list(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        self.out.flush();
        if let Some(title) = tree.child(id, "title") {
            self.flat_block(title, BlockKind::Paragraph);
        }
        let kind = tree.attribute(id, "list-type").unwrap_or_default();
        let numbered = matches!(
            &*kind,
            "order" | "alpha-lower" | "alpha-upper" | "roman-lower" | "roman-upper" | "ordered" | "number"
        );
        let items = tree.children(id).filter(|item| tree.name(*item) == "list-item");
        for (item, counted) in items.zip(1_u64..) {
            let label = tree.child(item, "label");
            let labelled =
                label.and_then(|label| tree.text(label, 12).trim_matches(['(', ')', '.', '[', ']', ' ']).parse().ok());
            let ordinal = labelled.or(numbered.then_some(counted));
            for child in tree.children(item).filter(|child| Some(*child) != label) {
                self.block(child, context.with(Paragraph::Item(ordinal)));
            }
            self.out.flush();
        }
    }

    /// Terms and what they mean, one block a pair.
    fn definitions(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        self.out.flush();
        if let Some(title) = tree.child(id, "title") {
            self.heading(&[title], context.level);
        }
        for item in tree.children(id) {
            match tree.name(item) {
                "def-list" => self.definitions(item, context.deeper()),
                "def-item" => {
                    self.out.begin(BlockKind::ListItem { ordinal: None });
                    for part in tree.children(item).filter(|part| !tree.is_blank(*part)) {
                        if !self.out.is_blank() {
                            self.out.insert(
                                tree.range(part).start,
                                0,
                                if self.out.ends_with(&[':', '-']) { " " } else { ": " },
                            );
                        }
                        self.flat(part);
                    }
                    self.out.flush();
                }
                _ => {}
            }
        }
    }

    fn boxed(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        self.out.boxes += 1;
        self.caption(id, BlockKind::Caption);
        for child in tree.children(id).filter(|child| !matches!(tree.name(*child), "label" | "caption")) {
            self.block(child, context.with(Paragraph::Prose));
        }
        self.out.flush();
        self.out.boxes -= 1;
    }

    /// Label and caption of a figure, table, box or file, as one block.
    fn caption(&mut self, id: NodeId, kind: BlockKind) {
        let tree = self.tree;
        let parts: Vec<NodeId> = tree
            .children(id)
            .filter(|child| matches!(tree.name(*child), "label" | "caption" | "title") && !tree.is_blank(*child))
            .collect();
        if parts.is_empty() {
            return;
        }
        self.out.begin(kind);
        for part in parts {
            if !self.out.is_blank() {
                let joint = if self.out.ends_with(&['.', ':', '|', ')']) { " " } else { ". " };
                self.out.insert(tree.range(part).start, 0, joint);
            }
            if tree.name(part) == "caption" {
                self.caption_parts(part);
            } else {
                self.flat(part);
            }
        }
        self.out.flush();
    }

    /// The title and paragraphs of a caption; a title without a stop gets one.
    fn caption_parts(&mut self, caption: NodeId) {
        let tree = self.tree;
        let mut first = true;
        for part in tree.children(caption).filter(|part| !tree.is_blank(*part)) {
            if !first {
                let joint = if self.out.ends_with(&['.', ':', '?', '!', ';']) { " " } else { ". " };
                self.out.insert(tree.range(part).start, 0, joint);
            }
            first = false;
            if tree.name(part).is_empty() { self.out.node(part) } else { self.flat(part) }
        }
    }

    fn figure(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        self.caption(id, BlockKind::Caption);
        for child in tree.children(id) {
            match tree.name(child) {
                "fig" | "table-wrap" | "boxed-text" | "p" | "list" | "disp-quote" => {
                    self.block(child, context.with(Paragraph::Prose))
                }
                "alt-text" | "long-desc" => self.flat_block(child, BlockKind::Caption),
                _ => {}
            }
        }
    }

    fn table_wrap(&mut self, id: NodeId, context: Context) {
        let tree = self.tree;
        self.caption(id, BlockKind::Caption);
        for child in tree.children(id) {
            match tree.name(child) {
                "table" | "array" => self.table(child),
                "alternatives" => {
                    if let Some(table) = tree.child(child, "table") {
                        self.table(table);
                    }
                }
                "table-wrap" => self.table_wrap(child, context),
                "table-wrap-foot" => {
                    for note in tree.children(child) {
                        match tree.name(note) {
                            "fn-group" => self.blocks(note, context.with(Paragraph::Footnote)),
                            "" | "title" => {}
                            _ => self.block(note, context.with(Paragraph::Footnote)),
                        }
                    }
                    self.out.flush();
                }
                "p" | "list" | "disp-quote" | "boxed-text" | "fn" => {
                    self.block(child, context.with(Paragraph::Footnote))
                }
                _ => {}
            }
        }
    }

    fn table(&mut self, id: NodeId) {
        let tree = self.tree;
        let number = self.out.next_table();
        let mut columns = Columns::default();
        let mut first = None;
        let mut headed = false;
        let mut rows: Vec<(NodeId, bool)> = Vec::new();
        for part in tree.children(id) {
            match tree.name(part) {
                "tr" => rows.push((part, false)),
                name @ ("thead" | "tbody" | "tfoot") => {
                    rows.extend(
                        tree.children(part).filter(|row| tree.name(*row) == "tr").map(|row| (row, name == "thead")),
                    );
                }
                _ => {}
            }
        }
        for (row, head) in rows {
            let cells = || tree.children(row).filter(|cell| matches!(tree.name(*cell), "td" | "th"));
            let head = head
                || (first.is_none() && !headed && cells().count() > 1 && cells().all(|cell| tree.name(cell) == "th"));
            let at = tree.range(row).start;
            columns.row();
            self.out.row(number, head);
            for cell in cells() {
                let at = tree.range(cell).start;
                columns.skip(&mut self.out, at);
                if self.out.cell(at) {
                    self.flat(cell);
                    self.out.end_cell();
                    columns.span(&mut self.out, at, span_of(tree, cell, "colspan"), span_of(tree, cell, "rowspan"));
                }
            }
            columns.skip(&mut self.out, at);
            let written = self.out.end_row();
            headed |= head;
            first = first.or(written);
        }
        if let Some((place, strong)) = first
            && !headed
        {
            self.out.head_row(place, strong);
        }
    }

    /// A supplementary file: what it is called and what is in it.
    fn supplement(&mut self, id: NodeId) {
        let tree = self.tree;
        let described =
            tree.children(id).find(|child| tree.name(*child) == "media" && tree.child(*child, "caption").is_some());
        match described {
            Some(media) if tree.child(id, "caption").is_none() => {
                if tree.child(media, "label").is_none() && tree.child(id, "label").is_some() {
                    self.caption(id, BlockKind::Paragraph);
                }
                self.caption(media, BlockKind::Paragraph);
            }
            _ if tree.child(id, "caption").is_none() && tree.child(id, "label").is_none() => {
                self.flat_block(id, BlockKind::Paragraph)
            }
            _ => self.caption(id, BlockKind::Paragraph),
        }
    }
}

fn is_bibliographic(tree: &Tree<'_>, xref: NodeId) -> bool {
    matches!(tree.attribute(xref, "ref-type").as_deref(), Some("bibr" | "ref" | "bib"))
}

/// The heading for what a note, section or division of a type declares.
pub(super) fn declared(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "con"
        | "author-contribution"
        | "author-contributions"
        | "authors-contributions"
        | "contribution"
        | "contributions"
        | "participating-researchers" => "Author contributions",
        "conflict" | "coi-statement" | "competing-interests" | "conflict-of-interest" | "interest" => {
            "Competing interests"
        }
        "financial-disclosure" | "supported-by" | "funding" | "funding-information" | "funding-statement" => "Funding",
        "ethics" | "ethics-statement" | "ethics-approval" => "Ethics approval",
        "data-availability" | "data-availability-statement" | "availability" => "Data availability",
        "acknowledgement" | "acknowledgment" | "ack" => "Acknowledgements",
        _ => return None,
    })
}
