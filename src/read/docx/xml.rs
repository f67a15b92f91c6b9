//! Walks the XML of a part, element by element, with the byte offset of everything.
//!
//! Names are told by namespace, not by prefix: nearly every writer says `w:p`, but none must.
//! Nothing is expanded beyond the five entities of XML and character references, so a document
//! type that defines its own can do no harm.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements nest no deeper than this. Tables in text boxes in tables take some fifteen levels each.
const DEEPEST: usize = 512;
/// Prefixes that a part binds; the rest are of no interest.
const MOST_PREFIXES: usize = 64;

/// The namespaces whose elements mean something to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// WordprocessingML.
    Word,
    /// Office's mathematics.
    Math,
    /// Markup compatibility: alternatives for older programs.
    Compatibility,
    /// Pictures and shapes placed in a text.
    Drawing,
    /// Package relationships.
    Package,
    /// Anything else.
    Other,
}

impl Space {
    /// By the namespace's name: the transitional form, or the strict one of ISO 29500.
    fn of_uri(uri: &str) -> Self {
        let has = |end: &str| uri.ends_with(end);
        if has("wordprocessingml/2006/main") || has("ooxml/wordprocessingml/main") {
            Self::Word
        } else if has("officeDocument/2006/math") || has("ooxml/officeDocument/math") {
            Self::Math
        } else if has("markup-compatibility/2006") {
            Self::Compatibility
        } else if has("2006/wordprocessingDrawing") || has("drawingml/wordprocessingDrawing") {
            Self::Drawing
        } else if has("package/2006/relationships") {
            Self::Package
        } else {
            Self::Other
        }
    }

    /// What a prefix means by custom, where a part doesn't bind it.
    fn by_custom(prefix: &str) -> Self {
        match prefix {
            "w" => Self::Word,
            "m" => Self::Math,
            "mc" => Self::Compatibility,
            "wp" => Self::Drawing,
            _ => Self::Other,
        }
    }
}

/// What is wrong with a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It is no well-formed XML: where, and why.
    Broken(usize, String),
    /// There is more of something than in any manuscript.
    Excessive(String),
}

/// The start of an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) space: Space,
    /// The name without its prefix.
    pub(crate) name: &'a str,
    /// The byte of its `<`.
    pub(crate) at: usize,
    /// One past its `>`.
    pub(crate) end: usize,
    attributes: &'a str,
    attributes_at: usize,
}

impl<'a> Element<'a> {
    /// The value of an attribute by its name without prefix, entities decoded.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, raw) = self.raw(name)?;
        Some(quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw)))
    }

    /// `w:val`.
    pub(crate) fn val(&self) -> Option<Cow<'a, str>> {
        self.get("val")
    }

    /// `w:val` as a number.
    pub(crate) fn number(&self) -> Option<i64> {
        self.val()?.trim().parse().ok()
    }

    /// Whether a toggle is on: `<w:b/>` and `w:val="1"` are, `w:val="0"` isn't.
    pub(crate) fn is_on(&self) -> bool {
        !self.val().is_some_and(|v| matches!(v.trim(), "0" | "false" | "off" | "none"))
    }

    /// Where the raw value of an attribute stands in the part, and that value.
    pub(crate) fn raw(&self, name: &str) -> Option<(Range<usize>, &'a str)> {
        attributes(self.attributes).find(|(key, _)| local(key) == name).map(|(_, range)| {
            let value = &self.attributes[range.clone()];
            (self.attributes_at + range.start..self.attributes_at + range.end, value)
        })
    }
}

/// One step through a part.
#[derive(Debug, Clone)]
pub(crate) enum Token<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// The innermost open element ends; the byte after it.
    End(usize),
    /// Text, byte for byte.
    Text(Range<usize>),
    /// An entity or character reference, and what it stands for.
    Reference(Range<usize>, String),
    /// The part ends.
    Eof,
}

/// A walk through a part.
pub(crate) struct Walker<'a> {
    part: &'a str,
    reader: Reader<&'a [u8]>,
    /// Bytes of the byte order mark, which the reader must not see: it would not count them.
    mark: usize,
    depth: usize,
    prefixes: Vec<(&'a str, Space)>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(part: &'a str) -> Self {
        let body = part.trim_start_matches('\u{feff}');
        let mut reader = Reader::from_str(body);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self { part, reader, mark: part.len() - body.len(), depth: 0, prefixes: Vec::new() }
    }

    fn position(&self) -> usize {
        self.mark + self.reader.buffer_position() as usize
    }

    /// The next step.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, Problem> {
        loop {
            let from = self.position();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = self.mark + self.reader.error_position() as usize;
                    return Err(Problem::Broken(at, error.to_string()));
                }
            };
            let to = self.position();
            match event {
                Event::Start(start) | Event::Empty(start) => {
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(Problem::Excessive(format!("elements nested more than {DEEPEST} deep")));
                    }
                    let (name_length, length) = (start.name().as_ref().len(), start.attributes_raw().len());
                    let name = self.part.get(from + 1..from + 1 + name_length).unwrap_or_default();
                    let attributes_at = from + 1 + name_length;
                    let attributes = self.part.get(attributes_at..attributes_at + length).unwrap_or_default();
                    self.bind(attributes);
                    let (prefix, name) = name.split_once(':').unwrap_or(("", name));
                    return Ok(Token::Start(Element {
                        space: self.space(prefix),
                        name,
                        at: from,
                        end: to,
                        attributes,
                        attributes_at,
                    }));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::End(to));
                }
                Event::Text(_) => return Ok(Token::Text(from..to)),
                Event::CData(_) => return Ok(Token::Text(from + "<![CDATA[".len()..to.saturating_sub("]]>".len()))),
                Event::GeneralRef(reference) => {
                    let decoded = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character.to_string(),
                        _ => self
                            .part
                            .get(from + 1..to - 1)
                            .and_then(quick_xml::escape::resolve_predefined_entity)
                            .unwrap_or_default()
                            .to_owned(),
                    };
                    return Ok(Token::Reference(from..to, decoded));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(Problem::Broken(to, "it ends in the middle of an element".to_owned()));
                }
                Event::Eof => return Ok(Token::Eof),
                Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
            }
        }
    }

    /// Leaves out the element that has just begun, with all that is in it.
    pub(crate) fn skip(&mut self) -> Result<(), Problem> {
        let around = self.depth;
        while self.depth >= around {
            if matches!(self.next()?, Token::Eof) {
                break;
            }
        }
        Ok(())
    }

    /// Notes the prefixes that an element binds. The default namespace counts on the outermost only:
    /// inner ones are foreign islands.
    fn bind(&mut self, raw: &'a str) {
        if !raw.contains("xmlns") {
            return;
        }
        for (key, value) in attributes(raw) {
            let prefix = match key.split_once(':') {
                Some(("xmlns", prefix)) => prefix,
                None if key == "xmlns" && self.depth == 1 => "",
                _ => continue,
            };
            let space = Space::of_uri(&raw[value]);
            if let Some(known) = self.prefixes.iter_mut().find(|(known, _)| *known == prefix) {
                known.1 = space;
            } else if self.prefixes.len() < MOST_PREFIXES {
                self.prefixes.push((prefix, space));
            }
        }
    }

    fn space(&self, prefix: &str) -> Space {
        self.prefixes
            .iter()
            .find(|(known, _)| *known == prefix)
            .map_or_else(|| Space::by_custom(prefix), |(_, space)| *space)
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The attributes of a start tag: names, and the ranges of their raw values.
fn attributes(raw: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &raw[at..];
        let name_at = at + (rest.len() - rest.trim_start().len());
        let equals = name_at + raw[name_at..].find('=')?;
        let after = &raw[equals + 1..];
        let quote_at = equals + 1 + (after.len() - after.trim_start().len());
        let quote = raw[quote_at..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = quote_at + 1..quote_at + 1 + raw[quote_at + 1..].find(quote)?;
        at = value.end + 1;
        Some((raw[name_at..equals].trim_end(), value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(part: &str) -> Vec<String> {
        let mut walker = Walker::new(part);
        let mut all = Vec::new();
        loop {
            match walker.next() {
                Ok(Token::Start(e)) => all.push(format!("{:?} {} {}", e.space, e.name, &part[e.at..e.end])),
                Ok(Token::End(_)) => all.push("end".into()),
                Ok(Token::Text(range)) => all.push(part[range].to_owned()),
                Ok(Token::Reference(range, text)) => all.push(format!("{} = {text}", &part[range])),
                Ok(Token::Eof) => return all,
                Err(problem) => {
                    all.push(format!("{problem:?}"));
                    return all;
                }
            }
        }
    }

    #[test]
    fn names_are_told_by_namespace_and_bytes_count_behind_a_byte_order_mark() {
        let part = "\u{feff}<x:p xmlns:x=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><x:t a='1'>caf\u{e9} &amp; &#x3b1;</x:t><x:tab/></x:p>";
        assert_eq!(
            tokens(part),
            [
                "Word p <x:p xmlns:x=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">",
                "Word t <x:t a='1'>",
                "caf\u{e9} ",
                "&amp; = &",
                " ",
                "&#x3b1; = \u{3b1}",
                "end",
                "Word tab <x:tab/>",
                "end",
                "end"
            ]
        );
    }

    #[test]
    fn a_part_that_ends_early_or_nests_without_end_is_a_problem() {
        assert!(tokens("<w:p><w:r>").last().expect("an error").contains("Broken"));
        assert!(tokens("<w:p></w:r>").last().expect("an error").contains("Broken"));
        assert!(tokens(&"<w:p>".repeat(100_000)).last().expect("an error").contains("Excessive"));
    }

    #[test]
    fn entities_of_a_document_type_stay_unexpanded() {
        let part = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><w:t>&a;&a;</w:t>";
        assert_eq!(tokens(part), ["Word t <w:t>", "&a; = ", "&a; = ", "end"]);
    }

    #[test]
    fn attributes_are_found_by_name_and_place() {
        let part = "<w:a w:val = 'x &lt; y' w14:val2=\"z\"/>";
        let mut walker = Walker::new(part);
        let Ok(Token::Start(element)) = walker.next() else { panic!("an element") };
        assert_eq!(element.val().as_deref(), Some("x < y"));
        assert_eq!(element.raw("val2").map(|(range, _)| &part[range]), Some("z"));
    }
}
