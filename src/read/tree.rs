//! A marked-up text as a flat tree: what the readers of XML and HTML share.
//!
//! Nodes lie in document order in one list, each with the number of the node after its last
//! descendant, so that a subtree is a range and nothing here recurses. The tree keeps no text of
//! its own: every node is a byte range of the source, and a character reference keeps what it
//! stands for beside its range.

use std::borrow::Cow;
use std::ops::Range;

use html5gum::{Token, Tokenizer};
use rustc_hash::FxHashMap;

use crate::manuscript::Comment;
use crate::source::{SourceId, Span};

/// Elements nest no deeper than this. Published papers stay below 30, pages of journals below 60.
pub(super) const DEEPEST: usize = 200;
/// A file has no more elements, pieces of text and character references than this.
pub(super) const MOST_NODES: usize = 2_000_000;
/// The source that all nodes lie in: XML and HTML have one file.
pub(super) const FILE: SourceId = SourceId(0);

/// The number of a node, from 0 in document order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// An element; the number is that of its name.
    Element(u32),
    /// Text as it stands in the source.
    Text,
    /// A character reference and what it stands for.
    Character(char, Option<char>),
}

#[derive(Debug, Clone, Copy)]
struct Node {
    what: What,
    /// The text, the reference, or the element's start tag.
    start: u32,
    end: u32,
    /// One past the last descendant.
    next: u32,
    /// Letters and other visible characters before this node in the file.
    visible_before: u32,
    /// Of these, those inside links.
    linked_before: u32,
}

/// The tree of a file.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    source: &'a str,
    nodes: Vec<Node>,
    names: Vec<Box<str>>,
    visible: u32,
    linked: u32,
    /// Comments in order, with what stands between their marks.
    pub(super) comments: Vec<Comment>,
}

/// The file has more nodes than [`MOST_NODES`].
#[derive(Debug)]
pub(super) struct TooMany;

/// Builds a tree from the events of a parser.
#[derive(Debug)]
pub(super) struct Builder<'a> {
    tree: Tree<'a>,
    open: Vec<u32>,
    numbers: FxHashMap<Box<str>, u32>,
    link: Option<u32>,
    links: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let tree = Tree { source, nodes: Vec::new(), names: Vec::new(), visible: 0, linked: 0, comments: Vec::new() };
        let mut builder = Self { tree, open: Vec::new(), numbers: FxHashMap::default(), link: None, links: 0 };
        builder.link = Some(builder.number("a"));
        builder
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The name of an open element: 0 is the innermost.
    pub(super) fn open_name(&self, up: usize) -> Option<&str> {
        let index = self.open.len().checked_sub(up + 1)?;
        match self.tree.nodes[self.open[index] as usize].what {
            What::Element(number) => Some(&self.tree.names[number as usize]),
            _ => None,
        }
    }

    /// The start tag of an open element, in the source.
    pub(super) fn open_start(&self, up: usize) -> Option<usize> {
        let index = self.open.len().checked_sub(up + 1)?;
        Some(self.tree.nodes[self.open[index] as usize].start as usize)
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.tree.names.len() as u32;
        self.tree.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    fn push(&mut self, what: What, range: Range<usize>) -> Result<(), TooMany> {
        if self.tree.nodes.len() >= MOST_NODES {
            return Err(TooMany);
        }
        let next = self.tree.nodes.len() as u32 + 1;
        self.tree.nodes.push(Node {
            what,
            start: range.start as u32,
            end: range.end as u32,
            next,
            visible_before: self.tree.visible,
            linked_before: self.tree.linked,
        });
        Ok(())
    }

    /// An element begins; `range` is its start tag.
    pub(super) fn open(&mut self, name: &str, range: Range<usize>) -> Result<(), TooMany> {
        let number = self.number(name);
        self.open.push(self.tree.nodes.len() as u32);
        self.links += usize::from(Some(number) == self.link);
        self.push(What::Element(number), range)
    }

    /// The innermost element ends.
    pub(super) fn close(&mut self) {
        let Some(index) = self.open.pop() else { return };
        let next = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[index as usize];
        node.next = next;
        if let What::Element(number) = node.what {
            self.links = self.links.saturating_sub(usize::from(Some(number) == self.link));
        }
    }

    /// Gives an open element another name.
    pub(super) fn rename(&mut self, up: usize, name: &str) {
        let number = self.number(name);
        let Some(index) = self.open.len().checked_sub(up + 1) else { return };
        let node = &mut self.tree.nodes[self.open[index] as usize];
        if node.what == What::Element(self.link.unwrap_or(u32::MAX)) {
            self.links = self.links.saturating_sub(1);
        }
        node.what = What::Element(number);
    }

    /// Text without character references.
    pub(super) fn text(&mut self, range: Range<usize>) -> Result<(), TooMany> {
        if range.is_empty() {
            return Ok(());
        }
        let visible = self.tree.source[range.clone()].chars().filter(|c| !c.is_whitespace()).count() as u32;
        self.push(What::Text, range)?;
        self.saw(visible);
        Ok(())
    }

    /// A character reference, `&` and `;` included, and what it stands for.
    pub(super) fn character(&mut self, range: Range<usize>, stands_for: (char, Option<char>)) -> Result<(), TooMany> {
        self.push(What::Character(stands_for.0, stands_for.1), range)?;
        self.saw(u32::from(!stands_for.0.is_whitespace()));
        Ok(())
    }

    fn saw(&mut self, visible: u32) {
        self.tree.visible += visible;
        if self.links > 0 {
            self.tree.linked += visible;
        }
    }

    /// Text in which character references may stand.
    pub(super) fn text_with_references(&mut self, range: Range<usize>) -> Result<(), TooMany> {
        let source = self.tree.source;
        let mut from = range.start;
        let mut at = range.start;
        while let Some(ampersand) = source[at..range.end].find('&').map(|i| i + at) {
            if let Some((length, stands_for)) = reference(&source[ampersand..range.end]) {
                self.text(from..ampersand)?;
                self.character(ampersand..ampersand + length, stands_for)?;
                from = ampersand + length;
                at = from;
            } else {
                at = ampersand + 1;
            }
        }
        self.text(from..range.end)
    }

    /// A comment; `range` includes its marks, `text` is what stands between them.
    pub(super) fn comment(&mut self, range: Range<usize>, text: &str) {
        let span = Span { source: FILE, start: range.start, end: range.end };
        self.tree.comments.push(Comment { text: text.trim().to_owned(), span });
    }

    /// The tree; elements still open end here.
    pub(super) fn finish(mut self) -> Tree<'a> {
        while !self.open.is_empty() {
            self.close();
        }
        self.tree
    }
}

impl<'a> Tree<'a> {
    /// The whole source.
    pub(super) fn source(&self) -> &'a str {
        self.source
    }

    fn node(&self, id: NodeId) -> Node {
        self.nodes[id.0 as usize]
    }

    /// Outermost nodes, in order.
    pub(super) fn roots(&self) -> Siblings<'_> {
        Siblings { nodes: &self.nodes, at: 0, end: self.nodes.len() as u32 }
    }

    /// The children of a node, in order.
    pub(super) fn children(&self, id: NodeId) -> Siblings<'_> {
        Siblings { nodes: &self.nodes, at: id.0 + 1, end: self.node(id).next }
    }

    /// The siblings that follow a node inside `parent`, in order.
    pub(super) fn following(&self, id: NodeId, parent: NodeId) -> Siblings<'_> {
        Siblings { nodes: &self.nodes, at: self.node(id).next, end: self.node(parent).next }
    }

    /// All descendants of a node, in document order.
    pub(super) fn descendants(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0 + 1..self.node(id).next).map(NodeId)
    }

    /// The descendants with such names that lie in no other of them.
    pub(super) fn outermost(&self, id: NodeId, wanted: impl Fn(&str) -> bool) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = Vec::new();
        for inner in self.descendants(id) {
            if wanted(self.name(inner)) && !found.last().is_some_and(|last| self.holds(*last, inner)) {
                found.push(inner);
            }
        }
        found
    }

    /// All nodes, in document order.
    pub(super) fn all(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Whether `inner` is `outer` or lies in it.
    pub(super) fn holds(&self, outer: NodeId, inner: NodeId) -> bool {
        outer.0 <= inner.0 && inner.0 < self.node(outer).next
    }

    /// What a node is.
    pub(super) fn what(&self, id: NodeId) -> What {
        self.node(id).what
    }

    /// The name of an element; empty for text.
    pub(super) fn name(&self, id: NodeId) -> &str {
        match self.node(id).what {
            What::Element(number) => &self.names[number as usize],
            _ => "",
        }
    }

    /// The bytes of a text or reference, or of an element's start tag.
    pub(super) fn range(&self, id: NodeId) -> Range<usize> {
        let node = self.node(id);
        node.start as usize..node.end as usize
    }

    /// The node after the last descendant of a node.
    pub(super) fn after(&self, id: NodeId) -> NodeId {
        NodeId(self.node(id).next)
    }

    /// Where the last of a node's descendants ends, or the node itself where it has none.
    pub(super) fn end(&self, id: NodeId) -> usize {
        let last = self.node(id).next.saturating_sub(1).max(id.0);
        self.nodes[last as usize].end as usize
    }

    /// The bytes of an element's name in its start tag.
    pub(super) fn name_range(&self, id: NodeId) -> Range<usize> {
        let range = self.range(id);
        let tag = &self.source[range.clone()];
        let length = tag
            .get(1..)
            .map_or(0, |rest| rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(rest.len()));
        let start = range.start + usize::from(tag.starts_with('<'));
        start..(start + length).min(range.end)
    }

    /// The first child element of a name.
    pub(super) fn child(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.children(id).find(|child| self.name(*child) == name)
    }

    /// The first descendant element of a name.
    pub(super) fn find(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.descendants(id).find(|child| self.name(*child) == name)
    }

    /// How many visible characters a node and its descendants hold.
    pub(super) fn visible(&self, id: NodeId) -> usize {
        let next = self.node(id).next as usize;
        let after = self.nodes.get(next).map_or(self.visible, |n| n.visible_before);
        (after - self.node(id).visible_before) as usize
    }

    /// How many of them stand in links.
    pub(super) fn linked(&self, id: NodeId) -> usize {
        let next = self.node(id).next as usize;
        let after = self.nodes.get(next).map_or(self.linked, |n| n.linked_before);
        (after - self.node(id).linked_before) as usize
    }

    /// Whether a node holds no visible character.
    pub(super) fn is_blank(&self, id: NodeId) -> bool {
        self.visible(id) == 0
    }

    /// Whether all characters of a node and its descendants are of a kind, and there is a visible one.
    pub(super) fn only(&self, id: NodeId, kind: impl Fn(char) -> bool) -> bool {
        let all = (id.0..self.node(id).next).map(NodeId).all(|inner| match self.what(inner) {
            What::Element(_) => true,
            What::Text => self.source[self.range(inner)].chars().all(|c| c.is_whitespace() || kind(c)),
            What::Character(first, second) => {
                [Some(first), second].into_iter().flatten().all(|c| c.is_whitespace() || kind(c))
            }
        });
        all && !self.is_blank(id)
    }

    /// The text of a node and its descendants, white space collapsed, no longer than about `most` bytes.
    pub(super) fn text(&self, id: NodeId, most: usize) -> String {
        let mut text = String::new();
        let mut push = |c: char| {
            if !c.is_whitespace() {
                text.push(c);
            } else if !text.is_empty() && !text.ends_with(' ') {
                text.push(' ');
            }
            text.len() < most
        };
        'nodes: for inner in (id.0..self.node(id).next).map(NodeId) {
            match self.what(inner) {
                What::Element(_) => {}
                What::Text => {
                    for c in self.source[self.range(inner)].chars() {
                        if !push(c) {
                            break 'nodes;
                        }
                    }
                }
                What::Character(first, second) => {
                    if ![Some(first), second].into_iter().flatten().all(&mut push) {
                        break 'nodes;
                    }
                }
            }
        }
        let length = text.trim_end().len();
        text.truncate(length);
        text
    }

    /// The value of an attribute of an element, by its name without regard to case.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<Cow<'a, str>> {
        self.attribute_range(id, name).map(|range| decoded(&self.source[range]))
    }

    /// Whether an element has an attribute of a name.
    pub(super) fn has_attribute(&self, id: NodeId, name: &str) -> bool {
        self.attribute_range(id, name).is_some()
    }

    /// The bytes of the value of an attribute, without quotation marks.
    pub(super) fn attribute_range(&self, id: NodeId, name: &str) -> Option<Range<usize>> {
        if !matches!(self.what(id), What::Element(_)) {
            return None;
        }
        let tag = self.range(id);
        let bytes = &self.source.as_bytes()[..tag.end];
        let mut at = self.name_range(id).end;
        let skip = |at: usize, kind: fn(u8) -> bool| at + bytes[at..].iter().take_while(|b| kind(**b)).count();
        loop {
            at = skip(at, |b| b.is_ascii_whitespace() || b == b'/');
            let key = at..skip(at, |b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/'));
            if key.is_empty() {
                return None;
            }
            at = skip(key.end, |b| b.is_ascii_whitespace());
            let mut value = key.end..key.end;
            if bytes.get(at) == Some(&b'=') {
                at = skip(at + 1, |b| b.is_ascii_whitespace());
                if let Some(quote @ (b'"' | b'\'')) = bytes.get(at) {
                    let end = bytes[at + 1..].iter().position(|b| b == quote).map_or(bytes.len(), |i| at + 1 + i);
                    value = at + 1..end;
                    at = (end + 1).min(bytes.len());
                } else {
                    value = at..skip(at, |b| !b.is_ascii_whitespace() && b != b'>');
                    at = value.end;
                }
            }
            if self.source[key].eq_ignore_ascii_case(name) {
                return Some(value);
            }
        }
    }
}

/// Nodes beside one another.
#[derive(Debug, Clone)]
pub(super) struct Siblings<'t> {
    nodes: &'t [Node],
    at: u32,
    end: u32,
}

impl Iterator for Siblings<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        if self.at >= self.end {
            return None;
        }
        let id = NodeId(self.at);
        self.at = self.nodes[self.at as usize].next;
        Some(id)
    }
}

/// A text with its character references decoded.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(ampersand) = rest.find('&') {
        out.push_str(&rest[..ampersand]);
        rest = &rest[ampersand..];
        if let Some((length, (first, second))) = reference(rest) {
            out.push(first);
            out.extend(second);
            rest = &rest[length..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character reference that a text begins with: its length, and what it stands for.
fn reference(text: &str) -> Option<(usize, (char, Option<char>))> {
    let name = text.strip_prefix('&')?;
    let length = name.bytes().take(40).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
    if name.as_bytes().get(length) == Some(&b';') {
        return stands_for(&name[..length]).map(|c| (length + 2, c));
    }
    // Old pages leave the semicolon out.
    ["nbsp", "amp"]
        .into_iter()
        .find(|old| name.starts_with(old))
        .and_then(|old| stands_for(old).map(|c| (old.len() + 1, c)))
}

/// What a character reference stands for, by what is between `&` and `;`. Entities that a file
/// declares itself are not expanded: nothing can grow.
pub(super) fn stands_for(name: &str) -> Option<(char, Option<char>)> {
    if let Some(number) = name.strip_prefix('#') {
        let value = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        // 0x80 to 0x9f are control characters that nobody means: Windows-1252 is meant.
        let character = match value.ok()? {
            code @ 0x80..=0x9f => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[code as u8]).0.chars().next(),
            code => char::from_u32(code),
        };
        return Some((character.filter(|c| *c != '\0').unwrap_or('\u{fffd}'), None));
    }
    let common = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "lsquo" => '\u{2018}',
        "rsquo" => '\u{2019}',
        "ldquo" => '\u{201c}',
        "rdquo" => '\u{201d}',
        _ => return named(name),
    };
    Some((common, None))
}

/// The named characters of HTML, among them those of the ISO sets that JATS uses.
fn named(name: &str) -> Option<(char, Option<char>)> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let written = format!("&{name};");
    let Some(Ok(Token::String(text))) = Tokenizer::new(&written).find(|t| matches!(t, Ok(Token::String(_)))) else {
        return None;
    };
    let text = std::str::from_utf8(&text).ok()?;
    let mut characters = text.chars();
    let first = characters.next().filter(|c| *c != '&' || name == "AMP")?;
    let second = characters.next();
    characters.next().is_none().then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_and_those_of_the_file_are_left_alone() {
        assert_eq!(stands_for("#x02019"), Some(('\u{2019}', None)));
        assert_eq!(stands_for("#146"), Some(('\u{2019}', None)));
        assert_eq!(stands_for("#0"), Some(('\u{fffd}', None)));
        assert_eq!(stands_for("#xD800"), Some(('\u{fffd}', None)));
        assert_eq!(stands_for("eacute"), Some(('\u{e9}', None)));
        assert_eq!(stands_for("hellip"), Some(('\u{2026}', None)));
        assert_eq!(stands_for("lol9"), None);
        assert_eq!(stands_for(""), None);
        assert_eq!(decoded("a &amp b &lt; &unknown; &"), "a & b < &unknown; &");
    }

    #[test]
    fn a_subtree_is_a_range_and_counts_its_letters() {
        let source = "<p class=x>ab<a href='#1'>c&amp;</a> d</p>";
        let mut builder = Builder::new(source);
        let tree = (|| -> Result<Tree<'_>, TooMany> {
            builder.open("p", 0..11)?;
            builder.text_with_references(11..13)?;
            builder.open("a", 13..26)?;
            builder.text_with_references(26..32)?;
            builder.close();
            builder.text_with_references(36..38)?;
            builder.close();
            Ok(builder.finish())
        })()
        .expect("few nodes");
        let root = tree.roots().next().expect("the paragraph");
        assert_eq!(tree.children(root).count(), 3);
        assert_eq!((tree.visible(root), tree.linked(root)), (5, 2));
        assert_eq!(tree.text(root, 100), "abc& d");
        assert_eq!(tree.attribute(root, "CLASS").as_deref(), Some("x"));
        let link = tree.find(root, "a").expect("the link");
        assert_eq!(tree.attribute(link, "href").as_deref(), Some("#1"));
        assert!(!tree.has_attribute(link, "id"));
    }
}
