//! YAML, with anchors, aliases and merge keys resolved within bounds. Of several documents in one
//! file the first is read.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};
use rustc_hash::FxHashMap;

use super::{DEEPEST, Entry, Kind, MOST_VALUES, Mistake, Value, insert};

/// A list or map on its way.
struct Open {
    anchor: usize,
    start: usize,
    items: Vec<Value>,
    map: Option<OpenMap>,
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    seen: FxHashMap<String, usize>,
    key: Option<(String, Range<usize>)>,
    /// What `<<` brings in; the map's own keys win.
    merged: Vec<Value>,
}

struct Reader {
    open: Vec<Open>,
    anchors: FxHashMap<usize, (Value, usize)>,
    root: Option<Value>,
    mistakes: Vec<Mistake>,
    values: usize,
}

pub(super) fn parse(text: &str) -> (Option<Value>, Vec<Mistake>) {
    let mut reader =
        Reader { open: Vec::new(), anchors: FxHashMap::default(), root: None, mistakes: Vec::new(), values: 0 };
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
                let mut end = (at + 1).min(text.len());
                while !text.is_char_boundary(end) {
                    end += 1;
                }
                let start = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
                reader.mistakes.push(Mistake { message: error.info(), span: start..end.max(start), related: None });
                break;
            }
        };
        let range = span.byte_range().unwrap_or(0..0);
        let range = range.start.min(text.len())..range.end.min(text.len());
        if matches!(event, Event::DocumentEnd) || !reader.event(&event, range) {
            break;
        }
    }
    // What was open when the file broke off is closed, so that what could be read is there.
    while !reader.open.is_empty() {
        reader.close(text.len());
    }
    (reader.root, reader.mistakes)
}

impl Reader {
    /// Takes an event; says whether to go on.
    fn event(&mut self, event: &Event<'_>, span: Range<usize>) -> bool {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = *style == ScalarStyle::Plain && tag.is_none();
                self.finished(Value { kind: scalar(text, plain), span }, *anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(*anchor, span, None),
            Event::MappingStart(_, anchor, _) => self.begin(*anchor, span, Some(OpenMap::default())),
            Event::SequenceEnd | Event::MappingEnd => self.close(span.end),
            Event::Alias(id) => {
                let Some((value, size)) = self.anchors.get(id) else {
                    self.mistakes.push(Mistake {
                        message: "the alias names an anchor that isn't finished: it would hold itself".into(),
                        span,
                        related: None,
                    });
                    return false;
                };
                // Counted before it is copied.
                self.values += size;
                let kind = if self.values > MOST_VALUES { Kind::Null } else { value.kind.clone() };
                self.finished(Value { kind, span }, 0)
            }
            _ => true,
        }
    }

    fn begin(&mut self, anchor: usize, span: Range<usize>, map: Option<OpenMap>) -> bool {
        if self.open.len() >= DEEPEST {
            let message = format!("values nest more than {DEEPEST} deep");
            self.mistakes.push(Mistake { message, span, related: None });
            return false;
        }
        self.open.push(Open { anchor, start: span.start, items: Vec::new(), map });
        true
    }

    fn close(&mut self, end: usize) -> bool {
        let Some(open) = self.open.pop() else { return true };
        let kind = match open.map {
            None => Kind::List(open.items),
            Some(mut map) => {
                for value in map.merged {
                    let sources = if let Kind::List(items) = value.kind { items } else { vec![value] };
                    for entry in sources.into_iter().flat_map(|source| source.entries().to_vec()) {
                        if !map.seen.contains_key(&entry.key) {
                            map.seen.insert(entry.key.clone(), map.entries.len());
                            map.entries.push(entry);
                        }
                    }
                }
                Kind::Map(map.entries)
            }
        };
        self.finished(Value { kind, span: open.start..end.max(open.start) }, open.anchor)
    }

    /// A whole value: it becomes a key, the value of a key, an item, or the root.
    fn finished(&mut self, value: Value, anchor: usize) -> bool {
        self.values += 1;
        if self.values > MOST_VALUES {
            let message = "aliases repeat more values than any file needs".into();
            self.mistakes.push(Mistake { message, span: value.span, related: None });
            return false;
        }
        if anchor != 0 {
            let size = size_of(&value);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return true;
        };
        let Some(map) = &mut open.map else {
            open.items.push(value);
            return true;
        };
        match map.key.take() {
            Some((key, _)) if key == "<<" => map.merged.push(value),
            Some((key, key_span)) => {
                insert(&mut map.entries, Entry { key, key_span, value }, &mut map.seen, &mut self.mistakes);
            }
            None => {
                let key = match &value.kind {
                    Kind::Text(text) | Kind::Number(text) => text.clone(),
                    Kind::Bool(value) => value.to_string(),
                    Kind::Null => "null".into(),
                    Kind::List(_) | Kind::Map(_) => {
                        self.mistakes.push(Mistake {
                            message: "a key is a text, not a list or a table".into(),
                            span: value.span.clone(),
                            related: None,
                        });
                        String::new()
                    }
                };
                map.key = Some((key, value.span));
            }
        }
        true
    }
}

/// How many values a value holds, itself among them. Depth is bounded.
fn size_of(value: &Value) -> usize {
    1 + match &value.kind {
        Kind::List(items) => items.iter().map(size_of).sum(),
        Kind::Map(entries) => entries.iter().map(|entry| size_of(&entry.value)).sum(),
        _ => 0,
    }
}

/// What a scalar is by YAML 1.2's core schema; a quoted one is a text.
fn scalar(text: &str, plain: bool) -> Kind {
    if !plain {
        return Kind::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if text.parse::<f64>().is_ok() && text.contains(|c: char| c.is_ascii_digit()) => {
            Kind::Number(text.to_owned())
        }
        _ => Kind::Text(text.to_owned()),
    }
}
