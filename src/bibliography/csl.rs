//! CSL: JSON as reference managers export it, YAML as Pandoc keeps it (a list, or one under `references`).

use super::{Entry, Words, keywords};
use crate::protocol;
use crate::structured::{Kind, Mistake, Syntax, Value};

/// Entries, mistakes, and whether every entry was found.
pub(super) fn read(text: &str, syntax: Syntax) -> (Vec<Entry>, Vec<Mistake>, bool) {
    let parsed = protocol::parse(text, syntax);
    let mut mistakes = parsed.mistakes;
    let mut complete = mistakes.iter().all(Mistake::is_duplicate);
    let Some(value) = parsed.value else { return (Vec::new(), mistakes, false) };
    let list = match &value.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Map(_) => value.get("references").or_else(|| value.get("items")).map_or(&[][..], Value::items),
        _ => &[],
    };
    if list.is_empty() && complete && !matches!(&value.kind, Kind::List(_)) {
        let span = value.span.start..text.ceil_char_boundary(value.span.start + 1);
        mistakes.push(Mistake { message: "there is no list of entries".into(), span, related: None });
        complete = false;
    }
    (list.iter().map(entry).collect(), mistakes, complete)
}

fn entry(value: &Value) -> Entry {
    let words = |name: &str| {
        let entry = value.entries().iter().find(|entry| entry.key.eq_ignore_ascii_case(name))?;
        let text = entry.value.text()?.trim();
        (!text.is_empty()).then(|| Words { text: text.to_owned(), span: entry.value.span.clone() })
    };
    let person = |name: &str| {
        let first = value.get(name)?.items().first()?;
        ["family", "literal", "given"].iter().find_map(|part| first.get(part)?.text()).map(str::to_owned)
    };
    let marks = ["type", "volume", "issue", "page", "edition"];
    let begins = value.entries().first().map_or(value.span.start..value.span.start, |first| first.key_span.clone());
    Entry {
        key: words("id").unwrap_or(Words { text: String::new(), span: begins }),
        aliases: Vec::new(),
        title: words("title"),
        author: person("author").or_else(|| person("editor")),
        year: value.get("issued").and_then(year),
        doi: words("DOI"),
        keywords: words("keyword").map_or_else(Vec::new, |filed| {
            // The place of a JSON text takes in its quotation marks.
            let inside = filed.span.len().saturating_sub(filed.text.len()) / 2;
            keywords(&filed.text, filed.span.start + inside)
        }),
        marks: marks.iter().filter_map(|name| Some((*name, words(name)?.text))).collect(),
        broken: false,
    }
}

/// The year of a date: `{"date-parts": [[2024, 5]]}`, `{"raw": "2024"}`, `[{year: 2024}]`, or a text.
fn year(date: &Value) -> Option<String> {
    let parts = || date.get("date-parts")?.items().first()?.items().first()?.text();
    let raw = || date.get("raw").or_else(|| date.get("literal"))?.text();
    let listed = || date.items().first()?.get("year")?.text();
    parts().or_else(raw).or_else(listed).or_else(|| date.text()).map(str::to_owned)
}
