//! XML: from the events of the parser to a tree, and which kind of marked-up text a file is.
//!
//! No entity that a file declares is ever expanded and no external file is opened, so a small file
//! stays small. Depth and number of nodes are bounded; broken XML is an error with its place.

use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::tree::{Builder, DEEPEST, TooMany, Tree, stands_for};
use crate::error::Error;
use crate::source::SourceText;

/// Bytes of a file in which its kind is looked for.
const HEAD: usize = 64 * 1024;

/// The kinds of marked-up text that are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// An article as PubMed Central and publishers exchange it.
    Jats,
    /// A text as GROBID and the TEI guidelines mark it up.
    Tei,
    /// A web page.
    Html,
    /// Other XML, with the name of its outermost element.
    Other(String),
}

/// Whether a text is XML or HTML, and which, by how it begins. `None` for other text, and for
/// Markdown that merely begins with a tag.
pub(super) fn sniff(text: &str) -> Option<Kind> {
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    let mut rest = head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let mut declared = false;
    let mut doctype = "";
    let root = loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("<?") {
            declared |= after.starts_with("xml");
            rest = &after[after.find("?>")? + 2..];
        } else if let Some(after) = rest.strip_prefix("<!--") {
            rest = &after[after.find("-->")? + 3..];
        } else if rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype")) {
            let length = doctype_length(rest)?;
            doctype = &rest[9..length];
            rest = &rest[length..];
        } else {
            let name = rest.strip_prefix('<')?;
            let length = name.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(name.len());
            break &name[..length];
        }
    };
    let local = root.rsplit(':').next().unwrap_or_default();
    let doctype_name = doctype.split_whitespace().next().unwrap_or_default().trim_end_matches(['>', '[']);
    let journal_article = || {
        let marks =
            ["<front>", "<front ", "<article-meta", "<front-stub", "article-type=", "dtd-version=", "<pmc-articleset"];
        doctype.contains("JATS") || doctype.contains("NLM") || marks.iter().any(|mark| head.contains(mark))
    };
    Some(match local {
        "TEI" | "TEI.2" | "teiCorpus" => Kind::Tei,
        "article" | "pmc-articleset" | "OAI-PMH" | "record" | "articles" if journal_article() => Kind::Jats,
        _ if local.eq_ignore_ascii_case("html") || doctype_name.eq_ignore_ascii_case("html") => Kind::Html,
        _ if declared || !doctype.is_empty() => Kind::Other(root.to_owned()),
        _ => return None,
    })
}

/// The bytes of a document type declaration, its internal part included.
fn doctype_length(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut brackets = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => brackets += 1,
            (None, b']') => brackets = brackets.saturating_sub(1),
            (None, b'>') if brackets == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Parses XML. `format` names the format in errors.
pub(super) fn parse<'a>(path: &Path, source: &'a SourceText, format: &'static str) -> Result<Tree<'a>, Error> {
    let text = source.text.as_str();
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let malformed = |at: usize, what: String| {
        let place = source.position(at);
        Error::Damaged {
            path: path.to_owned(),
            message: format!("line {}, column {}: {what} (read as {format})", place.line, place.column),
            help: "was it cut off on its way, or edited by hand? download or export it again",
        }
    };
    let complex = |_: TooMany| Error::Excessive { path: path.to_owned(), what: "millions of elements".to_owned() };
    let mut reader = Reader::from_str(&text[start..]);
    // A lone `&` breaks no sentence; a missing end tag may mean that half the paper is missing.
    reader.config_mut().allow_dangling_amp = true;
    let mut builder = Builder::new(text);
    loop {
        let from = start + reader.buffer_position() as usize;
        let event = reader.read_event();
        let to = start + reader.buffer_position() as usize;
        match event {
            Ok(Event::Start(tag)) => {
                if builder.depth() >= DEEPEST {
                    return Err(Error::Excessive {
                        path: path.to_owned(),
                        what: "elements that nest hundreds deep".to_owned(),
                    });
                }
                builder.open(tag.local_name().as_ref(), from..to).map_err(complex)?;
            }
            Ok(Event::Empty(tag)) => {
                builder.open(tag.local_name().as_ref(), from..to).map_err(complex)?;
                builder.close();
            }
            Ok(Event::End(_)) => builder.close(),
            Ok(Event::Text(_)) => builder.text(from..to).map_err(complex)?,
            Ok(Event::CData(_)) => {
                let inner = from + "<![CDATA[".len()..to - "]]>".len();
                builder.text(inner).map_err(complex)?;
            }
            Ok(Event::GeneralRef(name)) => match stands_for(&name) {
                Some(character) => builder.character(from..to, character).map_err(complex)?,
                // An entity of the file's own: its name is all that is known of it.
                None => builder.text(from..to).map_err(complex)?,
            },
            Ok(Event::Comment(inner)) => builder.comment(from..to, &inner),
            Ok(Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Ok(Event::Eof) => break,
            Err(error) => return Err(malformed(start + reader.error_position() as usize, error.to_string())),
        }
    }
    if let (Some(name), Some(at)) = (builder.open_name(0), builder.open_start(0)) {
        return Err(malformed(at, format!("the file ends inside <{name}>")));
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<usize, Error> {
        let source = SourceText::new("a.xml", text.to_owned());
        parse(Path::new("a.xml"), &source, "JATS").map(|tree| tree.all().count())
    }

    #[test]
    fn kinds_are_told_by_content() {
        let jats = "<?xml version=\"1.0\"?>\n<!-- x -->\n<article article-type=\"research-article\"><front/></article>";
        assert_eq!(sniff(jats), Some(Kind::Jats));
        assert_eq!(
            sniff("\u{feff}<!DOCTYPE article PUBLIC \"-//NLM//DTD JATS\" \"x.dtd\" [<!ENTITY a '>'>]><article/>"),
            Some(Kind::Jats)
        );
        assert_eq!(sniff("<TEI xmlns=\"http://www.tei-c.org/ns/1.0\">"), Some(Kind::Tei));
        assert_eq!(sniff(" <!doctype HTML><title>x</title>"), Some(Kind::Html));
        assert_eq!(sniff("<?xml version=\"1.0\"?><html xmlns=\"x\"/>"), Some(Kind::Html));
        assert_eq!(sniff("<?xml version=\"1.0\"?><project/>"), Some(Kind::Other("project".into())));
        assert_eq!(sniff("<p>Markdown may begin so.</p>"), None);
        assert_eq!(sniff("<article>\n\nand so\n"), None);
        assert_eq!(sniff("# A review"), None);
        assert_eq!(sniff("<!-- never closed"), None);
    }

    #[test]
    fn broken_xml_is_an_error_with_its_place() {
        let message = |text: &str| parsed(text).expect_err("an error").to_string();
        assert!(message("<a>\n<b>x").contains("line 2"), "{}", message("<a>\n<b>x"));
        assert!(message("<a>\n</b>").contains("line 2"));
        assert!(message("<a><b attr='x").contains("line 1"));
        assert!(message("</a>").contains("line 1"));
    }

    #[test]
    fn deep_and_swollen_files_are_refused_or_stay_small() {
        assert!(matches!(parsed(&"<a>".repeat(100_000)), Err(Error::Excessive { .. })));
        let bomb = "<!DOCTYPE a [<!ENTITY b \"xxxxxxxxxx\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>";
        assert_eq!(parsed(bomb).expect("a tree"), 2);
    }
}
