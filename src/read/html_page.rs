//! HTML: pages of journals, and what Quarto, pandoc and Word make.
//!
//! A page is more than the paper on it. Menus, banners, buttons and scripts are left out by their
//! elements, roles and the names that page builders give them, unless they hold a large part of the
//! text: then the name misleads.

use std::path::Path;
use std::sync::Arc;

use super::compose::{Columns, Composer, is_numbers, last_of_group, span_of};
use super::markdown::is_power;
use super::soup::{LIST_MARK, is_heading, is_inline, parse};
use super::tree::{NodeId, Tree, What};
use crate::error::Error;
use crate::manuscript::{Block, BlockKind, Declared, Draft, Format};
use crate::source::SourceText;

/// Reads a file into a draft.
pub(super) fn read(path: &Path, source: SourceText) -> Result<Vec<Draft>, Error> {
    let sources = Arc::new(vec![source]);
    let tree = parse(&sources[0].text)
        .map_err(|_| Error::Excessive { path: path.to_owned(), what: "millions of elements".to_owned() })?;
    let blocks = Page::new(&tree).read();
    let comments = tree.comments.clone();
    Ok(vec![Draft {
        format: Format::Html,
        sources,
        blocks,
        comments,
        declared: Declared::default(),
        notes: Vec::new(),
        record: 1,
    }])
}

/// What a paragraph is where the walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paragraph {
    Prose,
    Item(Option<u64>),
    Footnote,
    Metadata,
    Reference,
}

impl Paragraph {
    fn kind(self) -> BlockKind {
        match self {
            Self::Prose => BlockKind::Paragraph,
            Self::Item(ordinal) => BlockKind::ListItem { ordinal },
            Self::Footnote => BlockKind::Footnote,
            Self::Metadata => BlockKind::Metadata,
            Self::Reference => BlockKind::Reference,
        }
    }
}

/// Names that page builders give to what is no part of a paper; they may be a part of a longer name.
const FURNITURE: &[&str] = &[
    "advert",
    "advertisement",
    "ads",
    "banner",
    "breadcrumb",
    "breadcrumbs",
    "cookie",
    "cookies",
    "dropdown",
    "gdpr",
    "login",
    "masthead",
    "menu",
    "modal",
    "nav",
    "navbar",
    "navigation",
    "newsletter",
    "pagination",
    "popup",
    "popover",
    "promo",
    "recommendations",
    "recommended",
    "share",
    "sharing",
    "sidebar",
    "sidenav",
    "signup",
    "skiplink",
    "skiplinks",
    "social",
    "subscribe",
    "toc",
    "toolbar",
    "tooltip",
];

/// The same, where the beginning of the name tells.
const FURNITURE_STARTS: &[&str] = &[
    "skip-link",
    "skip-to",
    "table-of-contents",
    "related-articles",
    "related-content",
    "article-tools",
    "article-metrics",
    "citation-tools",
    "quarto-search",
    "quarto-margin-sidebar",
    "quarto-sidebar",
    "quarto-citation",
    "quarto-reuse",
    "msotoc",
    "msoheader",
    "msofooter",
    "usa-banner",
    "ncbi-alerts",
    "goto",
];

/// Names of words that only a screen reader says.
const UNSEEN: &[&str] =
    &["sr-only", "screen-reader-only", "visually-hidden", "u-visually-hidden", "visuallyhidden", "u-hide"];

/// Headings of what pages add below a paper.
const ADDED_BELOW: &[&str] = &[
    "about this article",
    "actions",
    "add to collections",
    "article metrics",
    "cite this article",
    "cited by other articles",
    "cookie preferences",
    "explore related subjects",
    "links to ncbi databases",
    "metrics",
    "navigation menu",
    "on this page",
    "page navigation",
    "recommended articles",
    "related articles",
    "related content",
    "related coverage",
    "rights and permissions",
    "share this article",
    "similar articles",
    "similar content being viewed by others",
];

/// Names of the banners that ask for consent.
const CONSENT_STARTS: &[&str] = &[
    "cookie",
    "onetrust",
    "cybotcookie",
    "usercentrics",
    "didomi",
    "truste",
    "cc-window",
    "cc-banner",
    "consent-banner",
    "consent-popup",
    "eu-cookie",
    "c-cookie",
];

/// Names of what holds authors, affiliations, dates and keywords.
const FRONT: &[&str] = &[
    "author",
    "authors",
    "author-list",
    "author-names",
    "authorlist",
    "byline",
    "affiliation",
    "affiliations",
    "aff",
    "affs",
    "contrib-group",
    "contributors",
    "correspondence",
    "article-info",
    "article-dates",
    "pub-date",
    "published",
    "publication-history",
    "article-history",
    "history",
    "doi",
    "copyright",
    "license",
    "permissions",
    "keywords",
    "kwd-group",
    "quarto-title-meta",
    "quarto-title-meta-author",
    "quarto-title-authors",
    "quarto-title-affiliation",
    "date",
    "msosubtitle",
    "subtitle",
    "article-citation",
    "citation-info",
    "c-article-author-list",
    "c-article-identifiers",
    "c-article-info-details",
    "c-article-author-affiliation__list",
    "c-article-subject-list",
    "fm-author",
    "fm-affl",
];

const REFERENCES: &[&str] = &[
    "references",
    "reference-list",
    "ref-list",
    "csl-bib-body",
    "bibliography",
    "c-article-references",
    "citation-list",
    "msobibliography",
];
const FOOTNOTES: &[&str] = &[
    "footnotes",
    "footnote",
    "endnotes",
    "fn-group",
    "fn",
    "table-wrap-foot",
    "table-foot",
    "table-footnotes",
    "tw-foot",
    "tblfn",
    "msofootnotetext",
    "msoendnotetext",
];
const CAPTIONS: &[&str] = &[
    "caption",
    "figcaption",
    "fig-caption",
    "table-caption",
    "tbl-caption",
    "msocaption",
    "callout-header",
    "callout-title",
    "admonition-title",
];
const BOXES: &[&str] = &[
    "callout",
    "callout-note",
    "callout-tip",
    "callout-warning",
    "callout-important",
    "callout-caution",
    "box",
    "boxed",
    "boxed-text",
    "text-box",
    "textbox",
    "infobox",
    "info-box",
    "highlight-box",
    "key-points",
    "admonition",
    "pullquote",
    "msoquote",
    "msointensequote",
    "disp-quote",
    "block-text",
    "quotations",
    "intense-quote",
];

/// How many descendants of an element are searched for what it may be.
const SEARCHED: usize = 3_000;

/// A page on its way to blocks.
struct Page<'a> {
    tree: &'a Tree<'a>,
    out: Composer<'a>,
    /// All visible characters of the page.
    whole: usize,
    title: Option<NodeId>,
    title_written: bool,
    title_text: String,
    /// A line below the title that belongs to it.
    subtitle: Option<NodeId>,
    /// The level of the outermost headings below the title.
    top: u8,
    /// Between the title and the first heading.
    in_front: bool,
    /// What the page added below the paper: the level of its heading, and the blocks before it.
    added: Option<(u8, usize)>,
}

impl<'a> Page<'a> {
    fn new(tree: &'a Tree<'a>) -> Self {
        Self {
            tree,
            out: Composer::new(tree),
            whole: tree.roots().map(|id| tree.visible(id)).sum(),
            title: None,
            title_written: false,
            title_text: String::new(),
            subtitle: None,
            top: 2,
            in_front: false,
            added: None,
        }
    }

    fn read(mut self) -> Vec<Block> {
        let tree = self.tree;
        let body = tree.all().find(|id| tree.name(*id) == "body");
        let root = body.map(|body| self.narrow(body));
        self.find_title(root);
        match (self.title, root) {
            // The title stands above the part of the page that holds the paper.
            (Some(title), Some(root)) if !tree.holds(root, title) => self.write_title(title),
            (None, _) => self.title_of_head(),
            _ => {}
        }
        self.in_front = self.title.is_some();
        match root {
            Some(root) => {
                let whole_page = Some(root) == body;
                for child in tree.children(root) {
                    // The head of the whole site.
                    let site = whole_page
                        && tree.name(child) == "header"
                        && !self.title.is_some_and(|title| tree.holds(child, title));
                    if !(site && tree.visible(child) * 4 < self.whole && self.title.is_some()) {
                        self.block(child, Paragraph::Prose);
                    }
                }
            }
            None => {
                for node in tree.roots() {
                    self.block(node, Paragraph::Prose);
                }
            }
        }
        self.end_paragraph();
        self.drop_added();
        self.out.finish()
    }

    /// Leaves out what the page added below the paper.
    fn drop_added(&mut self) {
        if let Some((_, count)) = self.added.take() {
            self.out.take_from(count);
        }
    }

    /// The part of the page that holds the paper: its main part or its article, if nearly all
    /// paragraphs stand there.
    fn narrow(&self, body: NodeId) -> NodeId {
        let tree = self.tree;
        let mut sums: Vec<(NodeId, usize)> = Vec::new();
        let mut sum = 0;
        for paragraph in tree.descendants(body).filter(|id| tree.name(*id) == "p") {
            sums.push((paragraph, sum));
            sum += tree.visible(paragraph);
        }
        let before = |id: NodeId| {
            sums.get(sums.partition_point(|(paragraph, _)| *paragraph < id)).map_or(sum, |(_, before)| *before)
        };
        let held = |outer: NodeId| before(tree.after(outer)) - before(outer);
        let inside = |outer: NodeId, share: usize, wanted: &dyn Fn(NodeId) -> bool| {
            let enough = held(outer) * share / 100;
            tree.descendants(outer).find(|id| wanted(*id) && held(*id) > 0 && held(*id) >= enough).unwrap_or(outer)
        };
        let main =
            inside(body, 50, &|id| tree.name(id) == "main" || tree.attribute(id, "role").as_deref() == Some("main"));
        inside(main, 90, &|id| tree.name(id) == "article")
    }

    /// Finds the heading or paragraph that is the title, and the level of the headings below it.
    fn find_title(&mut self, root: Option<NodeId>) {
        let tree = self.tree;
        let root_or_all = |id: &NodeId| root.is_none_or(|root| tree.holds(root, *id));
        let headings: Vec<NodeId> = tree.all().filter(|id| is_heading(tree.name(*id)) && !tree.is_blank(*id)).collect();
        let named = |id: &NodeId| {
            let first = tree.name(*id) == "h1";
            (first || matches!(tree.name(*id), "h2" | "p" | "div"))
                && self.classes(*id).iter().any(|class| {
                    (first && class == "title")
                        || class == "msotitle"
                        || class.ends_with("article-title")
                        || class.ends_with("content-title")
                        || class.ends_with("document-title")
                })
        };
        let declared = self.declared_title().map(|range| simple(&tree.source()[range])).unwrap_or_default();
        let told = |id: &NodeId| {
            let text = simple(&tree.text(*id, 600));
            text.split(' ').count() >= 3 && declared.starts_with(&text)
        };
        let first_of_kind = |kind: &dyn Fn(&NodeId) -> bool| {
            headings
                .iter()
                .copied()
                .filter(root_or_all)
                .find(|id| kind(id))
                .or_else(|| headings.iter().copied().find(|id| kind(id)))
        };
        let by_class = tree
            .all()
            .filter(|id| matches!(tree.name(*id), "h1" | "h2" | "p"))
            .take(SEARCHED)
            .find(|id| !tree.is_blank(*id) && named(id));
        let sole = || {
            let mut firsts = headings.iter().copied().filter(root_or_all).filter(|id| tree.name(*id) == "h1");
            firsts.next().filter(|_| firsts.next().is_none())
        };
        self.title = by_class.or_else(|| if declared.is_empty() { None } else { first_of_kind(&told) }).or_else(sole);
        self.top = headings
            .iter()
            .filter(|id| Some(**id) != self.title && root_or_all(id))
            .filter_map(|id| level_of(tree.name(*id)))
            .min()
            .unwrap_or(2);
        if let Some(title) = self.title {
            self.title_text = simple(&tree.text(title, 600));
            let next = tree
                .all()
                .skip_while(|id| *id < tree.after(title))
                .take(40)
                .find(|id| !matches!(tree.what(*id), What::Text) && !tree.is_blank(*id));
            self.subtitle =
                next.filter(|id| self.classes(*id).iter().any(|class| class == "subtitle" || class == "msosubtitle"));
        }
    }

    /// The title that the head of the page declares for indexers, or shows in the window.
    fn declared_title(&self) -> Option<std::ops::Range<usize>> {
        let tree = self.tree;
        let meta = tree.all().take(SEARCHED).find(|id| {
            tree.name(*id) == "meta"
                && tree.attribute(*id, "name").is_some_and(|name| {
                    matches!(
                        name.to_ascii_lowercase().as_str(),
                        "citation_title" | "dc.title" | "dcterms.title" | "eprints.title"
                    )
                })
        });
        if let Some(range) = meta.and_then(|meta| tree.attribute_range(meta, "content")) {
            return Some(range);
        }
        let title = tree.all().take(SEARCHED).find(|id| tree.name(*id) == "title" && !tree.is_blank(*id))?;
        Some(tree.range(title).end..tree.end(title))
    }

    /// The title from the head, for a page without a heading that could be one.
    fn title_of_head(&mut self) {
        let tree = self.tree;
        if tree.all().any(|id| tree.name(id) == "h1" && !tree.is_blank(id)) {
            return;
        }
        let Some(range) = self.declared_title() else { return };
        let text = &tree.source()[range.clone()];
        let length = [" | ", " - ", " \u{2013} ", " \u{2014} "]
            .iter()
            .filter_map(|mark| text.find(mark))
            .min()
            .unwrap_or(text.len());
        if text[..length].split_whitespace().count() >= 4 {
            self.out.begin(BlockKind::Title);
            self.out.value(range.start..range.start + length);
            self.out.flush();
            self.title_written = true;
        }
    }

    fn write_title(&mut self, title: NodeId) {
        if self.title_written {
            return;
        }
        self.title_written = true;
        self.end_paragraph();
        self.out.begin(BlockKind::Title);
        self.flat(title);
        if let Some(subtitle) = self.subtitle {
            let at = self.tree.range(subtitle).start;
            self.out.insert(at, 0, if self.out.ends_with(&[':', '?', '.', '!']) { " " } else { ": " });
            self.flat(subtitle);
        }
        self.out.flush();
        self.in_front = true;
    }

    /// The names that an element has by its class, in lower case.
    fn classes(&self, id: NodeId) -> Vec<String> {
        let Some(class) = self.tree.attribute(id, "class") else { return Vec::new() };
        class.split_ascii_whitespace().take(40).map(str::to_ascii_lowercase).collect()
    }

    /// Whether an element is no part of the paper.
    fn is_furniture(&self, id: NodeId) -> bool {
        let tree = self.tree;
        let name = tree.name(id);
        let visible = tree.visible(id);
        let share = |part: usize, of: usize| visible * of > self.whole * part;
        match name {
            "" => return false,
            "script" | "style" | "template" | "noscript" | "head" | "svg" | "iframe" | "object" | "embed"
            | "applet" | "audio" | "video" | "canvas" | "button" | "select" | "textarea" | "input" | "map"
            | "datalist" | "progress" | "meter" | "dialog" | "nav" | "link" | "meta" | "title" | "param" | "col"
            | "colgroup" | "rp" | "rt" | "del" | "annotation" | "annotation-xml" => return true,
            "form" if !share(1, 4) => return true,
            "header" if !share(1, 4) => {
                let mut within = tree.descendants(id).take(SEARCHED);
                if !within.any(|inner| is_heading(tree.name(inner)) || Some(inner) == self.title) {
                    return true;
                }
            }
            "footer" if !share(1, 4) => {
                let notes = self.classes(id).iter().any(|class| FOOTNOTES.contains(&class.as_str()));
                if !notes && tree.attribute(id, "role").is_none_or(|role| role != "doc-endnotes") {
                    return true;
                }
            }
            "aside" if tree.linked(id) * 2 > visible => return true,
            _ => {}
        }
        if tree.range(id).len() <= name.len() + 2 || self.title.is_some_and(|title| tree.holds(id, title)) {
            return false;
        }
        let role = tree.attribute(id, "role").unwrap_or_default();
        if matches!(
            &*role,
            "navigation"
                | "search"
                | "dialog"
                | "alertdialog"
                | "menu"
                | "menubar"
                | "toolbar"
                | "doc-toc"
                | "doc-pagelist"
                | "doc-backlink"
        ) {
            return true;
        }
        let classes = self.classes(id);
        let identifier = tree.attribute(id, "id").unwrap_or_default().to_ascii_lowercase();
        let consents = |name: &str| CONSENT_STARTS.iter().any(|start| name.starts_with(start));
        if !share(3, 4)
            && (classes.iter().any(|class| consents(class)) || (name != "section" && consents(&identifier)))
            && !is_heading(name)
        {
            return true;
        }
        if share(1, 4) {
            return false;
        }
        let style = tree.attribute(id, "style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
        let hidden = tree.has_attribute(id, "hidden")
            || (tree.attribute(id, "aria-hidden").as_deref() == Some("true") && name != "figcaption");
        let unseen = [
            "display:none",
            "visibility:hidden",
            "mso-hide:all",
            "mso-element:comment-list",
            "mso-element:header",
            "mso-element:footer",
        ];
        let starts = |name: &str| FURNITURE_STARTS.iter().any(|start| name.starts_with(start));
        let parts = |class: &str| class.split(['-', '_']).any(|part| FURNITURE.contains(&part));
        hidden
            || unseen.iter().any(|mark| style.contains(mark))
            || matches!(&*role, "banner" | "contentinfo" | "complementary" | "tablist")
            || identifier == "toc"
            || starts(&identifier)
            || (!is_heading(name) && !is_inline(name) && classes.iter().any(|class| starts(class) || parts(class)))
    }

    fn blocks(&mut self, parent: NodeId, paragraph: Paragraph) {
        for child in self.tree.children(parent) {
            self.block(child, paragraph);
        }
    }

    fn block(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        let name = tree.name(id);
        if self.is_furniture(id) || Some(id) == self.subtitle {
            return;
        }
        if Some(id) == self.title {
            self.write_title(id);
            return;
        }
        match name {
            _ if is_inline(name) => self.inline_child(id, paragraph, false),
            _ if is_heading(name) => self.heading(id, paragraph),
            "p" => self.paragraph(id, paragraph),
            "ul" | "ol" | "menu" | "dir" => self.list(id, paragraph),
            "dl" => self.definitions(id),
            "table" => self.table(id, paragraph),
            "caption" | "figcaption" => {
                self.end_paragraph();
                self.flat_block(id, BlockKind::Caption);
            }
            "pre" | "listing" | "xmp" => {
                self.end_paragraph();
                self.flat_block(id, BlockKind::Code);
            }
            "hr" => self.end_paragraph(),
            "summary" if tree.text(id, 8) == "Code" => {}
            _ => self.container(id, paragraph),
        }
    }

    /// An element that holds blocks; its name and classes tell what they are.
    fn container(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        self.end_paragraph();
        if tree.is_blank(id) && !tree.descendants(id).take(SEARCHED).any(|inner| tree.name(inner) == "img") {
            return;
        }
        let name = tree.name(id);
        let classes = self.classes(id);
        let is = |names: &[&str]| classes.iter().any(|class| names.contains(&class.as_str()));
        let identifier = tree.attribute(id, "id").unwrap_or_default();
        let role = tree.attribute(id, "role").unwrap_or_default();
        let small = tree.visible(id) * 3 < self.whole;
        if classes.iter().any(|class| class == "csl-entry") {
            self.flat_block(id, BlockKind::Reference);
            return;
        }
        if is(CAPTIONS) && small {
            self.flat_block(id, BlockKind::Caption);
            return;
        }
        let mut inside = paragraph;
        if is(REFERENCES)
            || role == "doc-bibliography"
            || matches!(&*identifier, "refs" | "references" | "reference-list" | "ref-list" | "bibliography")
        {
            inside = Paragraph::Reference;
        } else if is(FOOTNOTES) || matches!(&*role, "doc-endnotes" | "doc-footnote") {
            inside = Paragraph::Footnote;
        } else if is(FRONT) && small && paragraph == Paragraph::Prose {
            inside = Paragraph::Metadata;
        }
        let boxed = small && (name == "blockquote" || name == "aside" || is(BOXES));
        self.out.boxes += usize::from(boxed);
        if classes.iter().any(|class| class == "abstract") && !boxed {
            self.abstract_parts(id, inside);
        } else if name == "figure" {
            self.figure(id, inside);
        } else {
            self.blocks(id, inside);
        }
        self.end_paragraph();
        self.out.boxes -= usize::from(boxed);
    }

    /// An abstract that has no heading of its own gets one.
    fn abstract_parts(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        let titles =
            |inner: NodeId| self.classes(inner).iter().any(|class| class == "abstract-title" || class == "block-title");
        let title = tree
            .descendants(id)
            .take(SEARCHED)
            .find(|inner| matches!(tree.name(*inner), "div" | "p" | "span") && titles(*inner));
        let headed = tree.descendants(id).take(SEARCHED).any(|inner| is_heading(tree.name(inner)));
        let level = self.top;
        self.in_front = false;
        if let Some(title) = title {
            self.flat_block(title, BlockKind::Heading { level });
        } else if !headed {
            let at = tree.name_range(id);
            self.out.begin(BlockKind::Heading { level });
            self.out.insert(at.start, at.len(), "Abstract");
            self.out.flush();
        }
        for child in tree.children(id).filter(|child| Some(*child) != title) {
            self.block(child, paragraph);
        }
    }

    fn heading(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        self.end_paragraph();
        if tree.is_blank(id) {
            return;
        }
        if self.title_written && simple(&tree.text(id, 600)) == self.title_text {
            return;
        }
        let mut level = level_of(tree.name(id)).unwrap_or(2);
        if self.classes(id).iter().any(|class| class == "quarto-appendix-heading") {
            // The appendix stands beside the sections, whatever their level.
            level = self.top;
        }
        if self.added.is_some_and(|(added, _)| level <= added) {
            self.drop_added();
        }
        if self.added.is_none() && ADDED_BELOW.contains(&simple(&tree.text(id, 60)).as_str()) && tree.visible(id) < 50 {
            self.added = Some((level, self.out.count()));
        }
        let kind = if paragraph == Paragraph::Metadata {
            BlockKind::Metadata
        } else if self.out.boxes > 0 {
            // A heading in a box would end the section around it.
            BlockKind::Caption
        } else {
            self.in_front &= !self.title_written;
            BlockKind::Heading { level }
        };
        self.flat_block(id, kind);
    }

    fn paragraph(&mut self, id: NodeId, paragraph: Paragraph) {
        self.end_paragraph();
        let classes = self.classes(id);
        let is = |names: &[&str]| classes.iter().any(|class| names.contains(&class.as_str()));
        let mut mark = None;
        let kind = if is(CAPTIONS) {
            BlockKind::Caption
        } else if is(FOOTNOTES) {
            BlockKind::Footnote
        } else if is(REFERENCES) {
            BlockKind::Reference
        } else if is(FRONT) && paragraph == Paragraph::Prose {
            BlockKind::Metadata
        } else if classes.iter().any(|class| class.starts_with("msolistparagraph")) {
            let (ordinal, nodes) = self.word_list_mark(id);
            mark = nodes;
            BlockKind::ListItem { ordinal }
        } else {
            paragraph.kind()
        };
        let boxed = is(BOXES);
        self.out.boxes += usize::from(boxed);
        self.out.begin(kind);
        self.inline_after(id, mark, paragraph, false);
        self.end_paragraph();
        self.out.boxes -= usize::from(boxed);
    }

    /// The number of a list item as Word writes it, and the last of the nodes that are its mark.
    fn word_list_mark(&self, id: NodeId) -> (Option<u64>, Option<NodeId>) {
        let tree = self.tree;
        let mut text = String::new();
        let mut last = None;
        for child in tree.children(id).take(4) {
            let piece = tree.text(child, 12);
            let bullet = piece.chars().count() <= 1 && !piece.contains(char::is_alphanumeric);
            let number = piece.len() <= 5 && piece.ends_with(['.', ')']) && piece.contains(char::is_alphanumeric);
            let bare_bullet = piece == "o";
            let styled = matches!(tree.what(child), What::Element(_));
            let mark = tree.is_blank(child)
                || tree.name(child) == LIST_MARK
                || bullet
                || (text.is_empty() && (number || (bare_bullet && styled)));
            if !mark {
                break;
            }
            text.push_str(piece.trim());
            last = Some(child);
        }
        let ordinal = text.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok();
        (ordinal, last.filter(|_| !text.is_empty()))
    }

    /// Ends the open paragraph. Before the first heading, lines that are no sentences are front matter.
    fn end_paragraph(&mut self) {
        if let Some(BlockKind::Paragraph) = self.out.kind() {
            let text = self.out.tail(700).trim();
            let consent = [
                "We use cookies",
                "This site uses cookies",
                "This website uses cookies",
                "Our site uses cookies",
                "By using this site",
            ];
            if text.len() < 600 && consent.iter().any(|start| text.starts_with(start)) {
                self.out.discard();
                return;
            }
            let prose = text.len() > 260 || (text.len() > 60 && text.ends_with(['.', '?', '!']));
            if self.in_front && !prose && self.out.boxes == 0 {
                self.out.set_kind(BlockKind::Metadata);
            }
        }
        self.out.flush();
    }

    fn flat_block(&mut self, id: NodeId, kind: BlockKind) {
        self.out.begin(kind);
        self.flat(id);
        self.out.flush();
    }

    fn flat(&mut self, id: NodeId) {
        self.inline(id, Paragraph::Prose, true);
    }

    fn inline(&mut self, parent: NodeId, paragraph: Paragraph, flat: bool) {
        self.inline_after(parent, None, paragraph, flat);
    }

    /// The children of an element in running text, after one of them if one is given.
    fn inline_after(&mut self, parent: NodeId, after: Option<NodeId>, paragraph: Paragraph, flat: bool) {
        let tree = self.tree;
        let mut closes: Option<NodeId> = None;
        for child in tree.children(parent).filter(|child| after.is_none_or(|after| *child > after)) {
            if closes.is_none() {
                closes = self.open_citation(child, parent);
            }
            self.inline_child(child, paragraph, flat);
            if closes == Some(child) {
                self.out.insert(tree.end(child), 0, "]");
                closes = None;
            }
        }
    }

    /// Writes the opening bracket of a citation that has none, and tells where it ends.
    fn open_citation(&mut self, child: NodeId, parent: NodeId) -> Option<NodeId> {
        let tree = self.tree;
        if !matches!(tree.what(child), What::Element(_)) || !self.is_bare_citation(child) || self.out.in_brackets() {
            return None;
        }
        if matches!(
            self.out.kind(),
            None | Some(BlockKind::Title | BlockKind::Heading { .. } | BlockKind::Reference | BlockKind::Metadata)
        ) {
            return None;
        }
        if self.is_power(child) {
            self.out.insert(tree.range(child).start, 0, "^");
            return None;
        }
        self.out.insert(tree.range(child).start, 0, "[");
        Some(last_of_group(tree, child, parent, |id| self.is_bare_citation(id)))
    }

    /// Whether an element is reference numbers without brackets: a superscript, or a link into the
    /// reference list.
    fn is_bare_citation(&self, id: NodeId) -> bool {
        let tree = self.tree;
        match tree.name(id) {
            "a" => is_numbers(tree, id) && tree.attribute(id, "href").is_some_and(|href| is_bibliographic(&href)),
            "sup" => {
                is_numbers(tree, id)
                    && !tree.descendants(id).any(|inner| tree.name(inner) == "a" && self.is_note_mark(inner))
            }
            "span" | "cite" => tree.has_attribute(id, "data-cites") && is_numbers(tree, id),
            _ => false,
        }
    }

    /// Whether a superscript is a power or part of a unit: `10⁶`, `m²`, `χ²`.
    fn is_power(&self, id: NodeId) -> bool {
        let tree = self.tree;
        if tree.name(id) != "sup" || tree.linked(id) > 0 {
            return false;
        }
        is_power(self.out.tail(24), &tree.text(id, 8))
    }

    /// Whether a link is the mark of a footnote, or leads back from one.
    fn is_note_mark(&self, id: NodeId) -> bool {
        let tree = self.tree;
        let href = tree.attribute(id, "href").unwrap_or_default();
        let target = href.rsplit('#').next().unwrap_or_default();
        let role = tree.attribute(id, "role").unwrap_or_default();
        let classes = self.classes(id);
        href.contains('#')
            && ["_ftn", "_edn", "fn", "footnote", "endnote"]
                .iter()
                .any(|start| target.to_ascii_lowercase().starts_with(start))
            || matches!(&*role, "doc-noteref" | "doc-backlink")
            || classes.iter().any(|class| class.starts_with("footnote"))
    }

    /// A piece of running text, or a block that stands in it. In `flat` text no block begins.
    fn inline_child(&mut self, id: NodeId, paragraph: Paragraph, flat: bool) {
        let tree = self.tree;
        let name = tree.name(id);
        let range = tree.range(id);
        match name {
            "" => {
                if !self.out.is_open() {
                    if tree.is_blank(id) {
                        return;
                    }
                    self.out.begin(paragraph.kind());
                }
                self.out.node(id);
            }
            LIST_MARK => {}
            _ if self.is_furniture(id) => {}
            "span" if self.classes(id).iter().any(|class| UNSEEN.contains(&class.as_str())) => {}
            "br" => {
                if !flat && self.out.ends_with_line() && self.out.kind().is_some_and(|kind| *kind == paragraph.kind()) {
                    self.end_paragraph();
                } else {
                    self.out.line(range.start, range.len());
                }
            }
            "img" if !flat => self.picture(id, None),
            "a" if self.is_note_mark(id) && tree.visible(id) <= 6 => {}
            "a" if tree.only(id, |c| {
                matches!(c, '#' | '\u{b6}' | '\u{a7}' | '\u{1f517}' | '\u{21a9}' | '\u{2191}' | '\u{fe0e}' | '^')
            }) => {}
            "b" | "strong" | "em" | "i" => {
                let opened = self.ensure_open(id, paragraph) && self.out.strong(matches!(name, "em" | "i"));
                self.inline(id, paragraph, flat);
                if opened {
                    self.out.end_strong();
                }
            }
            "a" => {
                self.ensure_open(id, paragraph);
                let link = tree.has_attribute(id, "href");
                self.out.links += usize::from(link);
                self.inline(id, paragraph, flat);
                self.out.links -= usize::from(link);
            }
            "q" => {
                self.ensure_open(id, paragraph);
                self.out.insert(range.start, 0, "\"");
                self.inline(id, paragraph, flat);
                self.out.insert(tree.end(id), 0, "\"");
            }
            _ if is_inline(name) => {
                self.ensure_open(id, paragraph);
                self.inline(id, paragraph, flat);
            }
            _ if flat => {
                if !matches!(name, "pre" | "img") || !tree.is_blank(id) {
                    self.out.inner_block(range.start);
                    self.inline(id, paragraph, true);
                    self.out.end_inner_block();
                }
            }
            _ => self.block(id, paragraph),
        }
    }

    fn ensure_open(&mut self, id: NodeId, paragraph: Paragraph) -> bool {
        if !self.out.is_open() && !self.tree.is_blank(id) {
            self.out.begin(paragraph.kind());
        }
        self.out.is_open()
    }

    fn list(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        self.end_paragraph();
        let items = || tree.children(id).filter(|item| tree.name(*item) == "li");
        let count = items().count();
        let visible = tree.visible(id);
        let classes = self.classes(id);
        let is = |names: &[&str]| classes.iter().any(|class| names.contains(&class.as_str()));
        let paragraph = if is(FRONT) && paragraph == Paragraph::Prose { Paragraph::Metadata } else { paragraph };
        let listed = matches!(paragraph, Paragraph::Reference | Paragraph::Footnote | Paragraph::Metadata);
        // Nothing but short links: a menu or a table of contents.
        if count >= 3 && !listed && tree.linked(id) * 100 >= visible * 95 && visible / count < 80 {
            return;
        }
        let references = is(REFERENCES);
        let number =
            |node: NodeId, name: &str| tree.attribute(node, name).and_then(|value| value.trim().parse::<u64>().ok());
        let mut ordinal = (tree.name(id) == "ol").then(|| number(id, "start").unwrap_or(1));
        for item in tree.children(id) {
            if tree.name(item) != "li" {
                self.block(item, paragraph);
                continue;
            }
            ordinal = ordinal.map(|next| number(item, "value").unwrap_or(next));
            if references || paragraph == Paragraph::Reference {
                self.end_paragraph();
                self.flat_block(item, BlockKind::Reference);
            } else if !self.is_furniture(item) {
                let inside = if listed { paragraph } else { Paragraph::Item(ordinal) };
                self.inline(item, inside, false);
                self.end_paragraph();
            }
            ordinal = ordinal.map(|next| next.saturating_add(1));
        }
    }

    /// Terms and what they mean, one block a pair.
    fn definitions(&mut self, id: NodeId) {
        let tree = self.tree;
        self.end_paragraph();
        for part in tree.outermost(id, |name| matches!(name, "dt" | "dd")) {
            let at = tree.range(part).start;
            if tree.name(part) == "dt" || !self.out.is_open() {
                self.out.flush();
                self.out.begin(BlockKind::ListItem { ordinal: None });
            } else {
                self.out.insert(at, 0, if self.out.ends_with(&[':']) { " " } else { ": " });
            }
            self.flat(part);
        }
        self.out.flush();
    }

    fn figure(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        let caption = tree.descendants(id).take(SEARCHED).find(|inner| tree.name(*inner) == "figcaption");
        if tree.descendants(id).take(SEARCHED).any(|inner| tree.name(inner) == "table") {
            self.blocks(id, paragraph);
            return;
        }
        let picture = tree.descendants(id).take(SEARCHED).find(|inner| tree.name(*inner) == "img");
        for child in tree.children(id) {
            let pictured = picture.is_some_and(|picture| tree.holds(child, picture));
            if !pictured || tree.visible(child) > 0 {
                self.block(child, paragraph);
            }
            if pictured
                && tree.is_blank(child)
                && let Some(picture) = picture
            {
                self.picture(picture, caption);
            }
        }
    }

    /// The alternative text of a picture, where it says something that the caption doesn't.
    fn picture(&mut self, id: NodeId, caption: Option<NodeId>) {
        let tree = self.tree;
        let Some(range) = tree.attribute_range(id, "alt") else { return };
        let text = &tree.source()[range.clone()];
        let repeated = caption.is_some_and(|caption| simple(&tree.text(caption, 2_000)).contains(&simple(text)));
        if text.split_whitespace().count() < 4 || repeated {
            return;
        }
        self.out.hold();
        self.out.begin(BlockKind::Caption);
        self.out.value(range);
        self.out.resume();
    }

    fn table(&mut self, id: NodeId, paragraph: Paragraph) {
        let tree = self.tree;
        self.end_paragraph();
        let mut rows: Vec<(NodeId, bool)> = Vec::new();
        for part in tree.children(id) {
            match tree.name(part) {
                "tr" => rows.push((part, false)),
                name @ ("thead" | "tbody" | "tfoot") => {
                    rows.extend(
                        tree.children(part).filter(|row| tree.name(*row) == "tr").map(|row| (row, name == "thead")),
                    );
                }
                "caption" => self.flat_block(part, BlockKind::Caption),
                _ => {}
            }
        }
        let cells = |row: NodeId| tree.children(row).filter(move |cell| matches!(tree.name(*cell), "td" | "th"));
        let single = rows.iter().map(|(row, _)| cells(*row).count()).sum::<usize>() == 1;
        if single || self.is_layout(id) {
            let boxed = single && tree.visible(id) * 3 < self.whole;
            self.out.boxes += usize::from(boxed);
            for (row, _) in rows {
                for cell in cells(row) {
                    self.blocks(cell, paragraph);
                    self.end_paragraph();
                }
            }
            self.out.boxes -= usize::from(boxed);
            return;
        }
        let number = self.out.next_table();
        let mut columns = Columns::default();
        let mut first = None;
        let mut headed = false;
        for (row, head) in rows {
            let head = head
                || (first.is_none()
                    && !headed
                    && cells(row).count() > 1
                    && cells(row).all(|cell| tree.name(cell) == "th"));
            columns.row();
            self.out.row(number, head);
            for cell in cells(row) {
                let at = tree.range(cell).start;
                columns.skip(&mut self.out, at);
                if self.out.cell(at) {
                    self.flat(cell);
                    self.out.end_cell();
                    columns.span(&mut self.out, at, span_of(tree, cell, "colspan"), span_of(tree, cell, "rowspan"));
                }
            }
            columns.skip(&mut self.out, tree.range(row).start);
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

    /// Whether a table only arranges the page.
    fn is_layout(&self, id: NodeId) -> bool {
        let tree = self.tree;
        if tree.attribute(id, "role").as_deref() == Some("presentation") {
            return true;
        }
        let mut inner = tree.descendants(id).take(SEARCHED).map(|inner| tree.name(inner));
        inner.any(|name| is_heading(name) || name == "table") && tree.visible(id) * 2 > self.whole
    }
}

fn level_of(heading: &str) -> Option<u8> {
    heading.strip_prefix('h').and_then(|level| level.parse().ok())
}

/// Whether a link leads into a reference list, by the names that such entries have.
fn is_bibliographic(href: &str) -> bool {
    let Some((_, target)) = href.split_once('#') else { return false };
    let target = target.to_ascii_lowercase();
    let begins =
        ["ref", "cr", "bib", "cit", "core-ref", "en", "cite", "rf"].iter().any(|start| target.starts_with(start));
    let short = ["r", "b", "c"].iter().any(|start| {
        target
            .strip_prefix(start)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
    });
    begins || short || target.contains("-ref") || target.contains("bibr") || target.contains("_ref")
}

/// A text in lower case, letters and digits only, words joined by single spaces.
fn simple(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_into_reference_lists_are_told_by_their_target() {
        for link in ["#ref-CR1", "#R12", "#b3", "page.html#bib7", "#cite_note-4", "#core-ref-2", "#r4-1"] {
            assert!(is_bibliographic(link), "{link}");
        }
        for link in ["#results", "#background", "#sec1", "#fig2", "https://example.org/ref"] {
            assert!(!is_bibliographic(link), "{link}");
        }
    }
}
