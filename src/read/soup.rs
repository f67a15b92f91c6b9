//! From tag soup to a tree: the tokenizer follows the HTML standard; of the rules by which browsers
//! mend a tree, those are kept that matter for text.

use std::borrow::Cow;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::tree::{Builder, DEEPEST, TooMany, Tree};

/// A token, as far as the tree needs it.
enum Event {
    Start { name: String, range: Range<usize>, closed: bool },
    End { name: String },
    Text(Range<usize>),
    Comment(Range<usize>, String),
}

/// The marks that Word puts around the bullet or number of a list item.
pub(super) const LIST_MARK: &str = "list-mark";

/// Parses HTML; whatever is wrong with it, there is a tree.
pub(super) fn parse(text: &str) -> Result<Tree<'_>, TooMany> {
    let mut name = String::new();
    let mut start = 0;
    let emitter = CallbackEmitter::new(move |event: CallbackEvent<'_>, span: Span<usize>| -> Option<Event> {
        let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_ascii_lowercase();
        match event {
            CallbackEvent::OpenStartTag { name: opened } => {
                name = lower(opened);
                start = span.start;
                None
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                Some(Event::Start { name: std::mem::take(&mut name), range: start..span.end, closed: self_closing })
            }
            CallbackEvent::EndTag { name } => Some(Event::End { name: lower(name) }),
            CallbackEvent::String { .. } => Some(Event::Text(span.start..span.end)),
            CallbackEvent::Comment { value } => {
                Some(Event::Comment(span.start..span.end, String::from_utf8_lossy(value).into_owned()))
            }
            _ => None,
        }
    });
    let mut emitter = emitter;
    emitter.naively_switch_states(true);
    let mut soup = Soup::new(text);
    let shown = if soup.xml { without_empty_raw_text(text) } else { Cow::Borrowed(text) };
    for event in Tokenizer::new_with_emitter(&*shown, emitter).flatten() {
        match event {
            Event::Start { name, range, closed } => soup.start(&name, within(text, range), closed)?,
            Event::End { name } => soup.end(&name),
            Event::Text(range) => soup.text(within(text, range))?,
            Event::Comment(range, inner) => soup.comment(within(text, range), &inner)?,
        }
    }
    Ok(soup.builder.finish())
}

/// `<title/>` is whole in XHTML. The tokenizer, which knows HTML only, would take all that follows
/// for the title: such elements are blanked, and every byte stays in its place.
fn without_empty_raw_text(text: &str) -> Cow<'_, str> {
    const RAW: [&str; 6] = ["title", "script", "style", "textarea", "iframe", "noscript"];
    let mut blanked: Option<String> = None;
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|i| i + at) {
        at = open + 1;
        let Some(name) = RAW.iter().find(|name| text[at..].starts_with(**name)) else { continue };
        let after = at + name.len();
        let Some(length) = text[after..].find(['<', '>']).filter(|i| text[after + i..].starts_with('>')) else {
            continue;
        };
        at = after + length;
        let attributes = &text[after..at];
        if attributes.ends_with('/') && !attributes.starts_with(|c: char| c.is_alphanumeric()) {
            let blank = " ".repeat(at + 1 - open);
            blanked.get_or_insert_with(|| text.to_owned()).replace_range(open..=at, &blank);
        }
    }
    blanked.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A range of the tokenizer's, moved inside the text and onto the borders of characters.
fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(range.start);
    start..floor(range.end).max(start)
}

/// Tag soup on its way to a tree.
struct Soup<'a> {
    builder: Builder<'a>,
    text: &'a str,
    /// `<br/>` closes every element, as in XML.
    xml: bool,
    /// Elements that were not opened because others nest too deeply.
    beyond: usize,
    in_body: bool,
}

impl<'a> Soup<'a> {
    fn new(text: &'a str) -> Self {
        let mut end = text.len().min(1000);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let xml = text[..end].contains("<?xml") || text[..end].contains("XHTML");
        Self { builder: Builder::new(text), text, xml, beyond: 0, in_body: false }
    }

    fn start(&mut self, name: &str, range: Range<usize>, closed: bool) -> Result<(), TooMany> {
        if matches!(name, "html" | "body") && self.is_open(name) {
            return Ok(());
        }
        if !matches!(
            name,
            "html" | "head" | "title" | "meta" | "link" | "base" | "script" | "style" | "noscript" | "template"
        ) {
            self.in_body = true;
            self.close_to("head", &["html"]);
        }
        if closes_paragraph(name) {
            self.close_to("p", &["td", "th", "caption", "table", "button", "object", "li", "div", "section"]);
        }
        if matches!(
            name,
            "p" | "ul" | "ol" | "dl" | "table" | "section" | "article" | "blockquote" | "pre" | "hr" | "figure"
        ) {
            // A heading that was never closed ends where other text begins.
            while self.builder.open_name(0).is_some_and(|open| is_heading(open) || is_inline(open)) && self.in_heading()
            {
                self.builder.close();
            }
        }
        match name {
            "li" => self.close_to("li", &["ul", "ol", "menu", "dir", "table", "td", "th"]),
            "dt" | "dd" => {
                self.close_to("dt", &["dl", "table", "td"]);
                self.close_to("dd", &["dl", "table", "td"]);
            }
            "tr" => {
                self.close_to("td", &["table"]);
                self.close_to("th", &["table"]);
                self.close_to("tr", &["table"]);
            }
            "td" | "th" => {
                self.close_to("td", &["tr", "table"]);
                self.close_to("th", &["tr", "table"]);
            }
            "thead" | "tbody" | "tfoot" => {
                for part in ["td", "th", "tr", "thead", "tbody", "tfoot", "caption"] {
                    self.close_to(part, &["table"]);
                }
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" if self.builder.open_name(0).is_some_and(is_heading) => {
                self.builder.close()
            }
            "option" => self.close_to("option", &["select"]),
            "a" => self.close_to("a", &["td", "th", "table", "li", "p", "div", "section", "nav", "article"]),
            _ => {}
        }
        if is_void(name) || (closed && (self.xml || name.contains(':') || self.is_open("svg") || self.is_open("math")))
        {
            self.builder.open(name, range)?;
            self.builder.close();
        } else if self.builder.depth() >= DEEPEST {
            self.beyond += 1;
        } else {
            self.builder.open(name, range)?;
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        if is_void(name) {
            return;
        }
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let table_part =
            matches!(name, "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "caption" | "html" | "body");
        let formatting = is_inline(name);
        let mut up = 0;
        while let Some(open) = self.builder.open_name(up) {
            if open == name {
                if formatting
                    && (0..up).any(|inner| self.builder.open_name(inner).is_some_and(|inner| !is_inline(inner)))
                {
                    // Bold that ends inside a paragraph which it began outside: it ends for good.
                    self.builder.rename(up, "span");
                    return;
                }
                for _ in 0..=up {
                    self.builder.close();
                }
                return;
            }
            if !table_part && matches!(open, "td" | "th" | "caption" | "table") {
                return;
            }
            up += 1;
        }
    }

    fn text(&mut self, range: Range<usize>) -> Result<(), TooMany> {
        let blank = self.text[range.clone()].trim().is_empty();
        match self.builder.open_name(0) {
            Some("script" | "style" | "noscript" | "iframe" | "template" | "select" | "noembed" | "noframes") => Ok(()),
            Some("head" | "html" | "table" | "thead" | "tbody" | "tr" | "colgroup" | "ul" | "ol" | "dl") if blank => {
                Ok(())
            }
            _ => {
                if !blank && self.builder.open_name(0) == Some("head") {
                    self.close_to("head", &["html"]);
                }
                self.builder.text_with_references(range)
            }
        }
    }

    fn comment(&mut self, range: Range<usize>, inner: &str) -> Result<(), TooMany> {
        let inner = inner.trim();
        if inner.starts_with("[if !supportLists") {
            if self.builder.depth() < DEEPEST {
                self.builder.open(LIST_MARK, range)?;
            }
        } else if inner.starts_with("[endif") {
            self.end(LIST_MARK);
        } else if !inner.starts_with("[if ") && self.text[range.clone()].starts_with("<!--") {
            self.builder.comment(range, inner);
        }
        Ok(())
    }

    /// Whether a heading is open, with nothing but inline elements in it.
    fn in_heading(&self) -> bool {
        let mut open = (0..).map_while(|up| self.builder.open_name(up)).skip_while(|open| is_inline(open));
        open.next().is_some_and(is_heading)
    }

    fn is_open(&self, name: &str) -> bool {
        (0..self.builder.depth()).any(|up| self.builder.open_name(up) == Some(name))
    }

    /// Closes the innermost open element of a name, with all in it, unless a border lies between.
    fn close_to(&mut self, name: &str, borders: &[&str]) {
        let mut up = 0;
        while let Some(open) = self.builder.open_name(up) {
            if open == name {
                for _ in 0..=up {
                    self.builder.close();
                }
                return;
            }
            if borders.contains(&open) {
                return;
            }
            up += 1;
        }
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether an element is a heading.
pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn closes_paragraph(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "center"
                | "details"
                | "dialog"
                | "dir"
                | "div"
                | "dl"
                | "fieldset"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "header"
                | "hgroup"
                | "hr"
                | "main"
                | "menu"
                | "nav"
                | "ol"
                | "p"
                | "pre"
                | "search"
                | "section"
                | "summary"
                | "table"
                | "ul"
                | "li"
                | "dd"
                | "dt"
        )
}

/// Elements that stand in a line of text.
pub(super) fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "" | "a"
            | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "br"
            | "cite"
            | "code"
            | "data"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "img"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "math"
            | "q"
            | "rb"
            | "rp"
            | "rt"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
            | "del"
            | "svg"
            | "o:p"
            | "st1:place"
            | LIST_MARK
    ) || (name.contains(':') && !name.starts_with("epub"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let tree = parse(text).expect("few nodes");
        tree.all()
            .map(|id| format!("{}:{}", tree.name(id), tree.text(id, 80)))
            .filter(|name| !name.starts_with(':'))
            .collect()
    }

    #[test]
    fn end_tags_that_are_left_out_are_put_in() {
        assert_eq!(names("<p>a<p>b<ul><li>c<li>d</ul>"), ["p:a", "p:b", "ul:cd", "li:c", "li:d"]);
        assert_eq!(names("<table><tr><td>a<td>b<tr><td>c"), ["table:abc", "tr:ab", "td:a", "td:b", "tr:c", "td:c"]);
        assert_eq!(names("<h2>a<p>b"), ["h2:a", "p:b"]);
        assert_eq!(names("<b><p>a</b>b</p>c"), ["span:abc", "p:ab"]);
        assert_eq!(names("<td></p></div>a</td>b"), ["td:a"]);
    }

    #[test]
    fn an_empty_title_of_xhtml_ends_at_once() {
        let xhtml = "<?xml version='1.0'?><html><head><title lang='en'/><script src='a'/></head><p>a<title>b</title>";
        assert!(names(xhtml).contains(&"p:ab".to_owned()), "{:?}", names(xhtml));
    }

    #[test]
    fn nesting_beyond_the_bound_is_flattened() {
        let text = "<div>".repeat(DEEPEST * 2) + "a" + &"</div>".repeat(DEEPEST * 2) + "<p>b</p>";
        let all = names(&text);
        assert_eq!(all.len(), DEEPEST + 1);
        assert_eq!(all.last().map(String::as_str), Some("p:b"));
    }
}
