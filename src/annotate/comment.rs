//! The comments themselves, and what tells a word processor that they are there.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::anchor::Prefix;
use crate::read::docx::xml::{Problem, Token, Walker};
use crate::report::FindingReport;

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const WORD_STRICT: &str = "http://purl.oclc.org/ooxml/wordprocessingml/main";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments";
const RELATION_STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/comments";
const TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml";

/// Who says it.
const AUTHOR: &str = "realint";

/// The comments of a document: those that are there, and new ones.
pub(super) struct Comments {
    next: i64,
    namespace: &'static str,
    prefix: Prefix,
    new: String,
}

impl Comments {
    /// `document` is the text of the main part, `comments` of the part of comments, if there is one.
    pub(super) fn new(document: &str, comments: Option<&str>) -> Self {
        let namespace = if document.contains(WORD_STRICT) { WORD_STRICT } else { WORD };
        let highest = ids(document).chain(comments.into_iter().flat_map(ids)).max().unwrap_or(-1);
        let prefix = match comments {
            Some(part) => prefix(part, namespace),
            None => Prefix { declaration: String::new() },
        };
        Self { next: highest + 1, namespace, prefix, new: String::new() }
    }

    /// How elements are written in a part.
    pub(super) fn prefix_of(&self, part: &str) -> Prefix {
        prefix(part, self.namespace)
    }

    /// Adds a comment and gives its id.
    pub(super) fn add(&mut self, finding: &FindingReport) -> i64 {
        let id = self.next;
        self.next += 1;
        let d = &self.prefix.declaration;
        let said = format!("{} ({}): {}", finding.code, finding.severity.name(), finding.message);
        let _ = write!(self.new, "<w:comment{d} w:id=\"{id}\" w:author=\"{AUTHOR}\" w:initials=\"rl\">");
        let mut first = "<w:r><w:annotationRef/></w:r>";
        let why = if finding.why.is_empty() { String::new() } else { format!("Why: {}", finding.why) };
        let help = if finding.help.is_empty() { String::new() } else { format!("What to do: {}", finding.help) };
        for text in [said, why, help, finding.url.clone()].iter().filter(|text| !text.is_empty()) {
            let text: String = text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect();
            let _ = write!(
                self.new,
                "<w:p>{first}<w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
                escape(text.as_str())
            );
            first = "";
        }
        self.new.push_str("</w:comment>");
        id
    }

    /// The part of comments, with the new ones behind the old ones.
    pub(super) fn write(&self, old: Option<&str>) -> Result<String, Problem> {
        match old {
            Some(old) => append(old, &self.new),
            None => Ok(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:comments xmlns:w=\"{}\">{}</w:comments>",
                self.namespace, self.new
            )),
        }
    }
}

/// Whether XML 1.0 lets a character stand.
fn allowed(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// The ids of everything in a part that is annotated: comments, insertions, bookmarks. One that is out
/// of the range of Word's numbers is nobody's neighbour.
fn ids(part: &str) -> impl Iterator<Item = i64> {
    part.match_indices(":id=").filter_map(|(at, found)| {
        let value = part[at + found.len()..].get(1..)?;
        let length = value.bytes().take_while(u8::is_ascii_digit).count();
        value[..length].parse::<i64>().ok().filter(|id| *id < i64::from(i32::MAX) / 2)
    })
}

/// Whether the outermost element binds `w`; if it doesn't, inserted elements bind it themselves.
fn prefix(part: &str, namespace: &str) -> Prefix {
    let mut walker = Walker::new(part);
    let bound = loop {
        match walker.next() {
            Ok(Token::Start(root)) => {
                let tag = &part[root.at..root.end];
                break ["\"", "'"].iter().any(|quote| tag.contains(&format!("xmlns:w={quote}{namespace}{quote}")));
            }
            Ok(Token::Eof) | Err(_) => break false,
            Ok(_) => {}
        }
    };
    let declaration = if bound { String::new() } else { format!(" xmlns:w=\"{namespace}\"") };
    Prefix { declaration }
}

/// A part with more at the end of its outermost element.
fn append(part: &str, more: &str) -> Result<String, Problem> {
    let mut walker = Walker::new(part);
    let mut root = None;
    let mut end = 0;
    loop {
        match walker.next()? {
            Token::Start(element) if root.is_none() => root = Some(element.at..element.end),
            Token::End(at) => end = at,
            Token::Eof => break,
            _ => {}
        }
    }
    let Some(root) = root else { return Err(Problem::Broken(0, "it has no element".to_owned())) };
    let tag = &part[root.clone()];
    if root.end == end && tag.ends_with("/>") {
        let open = tag.trim_end_matches("/>");
        let name = open.trim_start_matches('<').split_whitespace().next().unwrap_or_default();
        return Ok(format!("{}{open}>{more}</{name}>{}", &part[..root.start], &part[root.end..]));
    }
    let at = part[..end].rfind("</").unwrap_or(end);
    Ok(format!("{}{more}{}", &part[..at], &part[at..]))
}

/// The relations of the document with one to its comments.
pub(super) fn with_relation(old: Option<&str>, main: &str, comments: &str, document: &str) -> Result<String, Problem> {
    let kind = if document.contains(WORD_STRICT) { RELATION_STRICT } else { RELATION };
    let folder = main.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let target = comments.strip_prefix(folder.as_str()).map_or_else(|| format!("/{comments}"), str::to_owned);
    let old = old.unwrap_or(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>",
    );
    let mut id = "rIdRealint".to_owned();
    while old.contains(&format!("\"{id}\"")) {
        id.push('1');
    }
    let namespace = "http://schemas.openxmlformats.org/package/2006/relationships";
    append(old, &format!("<Relationship xmlns=\"{namespace}\" Id=\"{id}\" Type=\"{kind}\" Target=\"{target}\"/>"))
}

/// The content types with that of the comments.
pub(super) fn with_type(old: Option<&str>, comments: &str) -> Result<String, Problem> {
    let namespace = "http://schemas.openxmlformats.org/package/2006/content-types";
    let Some(old) = old else {
        return Ok(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Types xmlns=\"{namespace}\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/><Override PartName=\"/{comments}\" ContentType=\"{TYPE}\"/></Types>"
        ));
    };
    if old.to_lowercase().contains(&format!("\"/{}\"", comments.to_lowercase())) {
        return Ok(old.to_owned());
    }
    append(old, &format!("<Override xmlns=\"{namespace}\" PartName=\"/{comments}\" ContentType=\"{TYPE}\"/>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_to_the_end_of_the_part_however_it_is_closed() {
        assert_eq!(append("<a>x</a>\n", "<b/>"), Ok("<a>x<b/></a>\n".to_owned()));
        assert_eq!(append("<?xml?>\n<a b=\"1\"/>", "<b/>"), Ok("<?xml?>\n<a b=\"1\"><b/></a>".to_owned()));
        assert!(append("<a>x", "<b/>").is_err());
    }

    #[test]
    fn new_ids_are_above_all_that_are_there() {
        let comments =
            Comments::new("<w:ins w:id=\"7\"/><w:p w14:id='900000000000'/>", Some("<w:comment w:id=\"41\"/>"));
        assert_eq!(comments.next, 42);
    }
}
