//! TOML, with all mistakes of a file at once.

use std::ops::Range;

use ::toml::de::{DeTable, DeValue};

use super::{Entry, Kind, Mistake, Value};

pub(super) fn parse(text: &str) -> (Option<Value>, Vec<Mistake>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mistakes = errors
        .into_iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            let span = span.start.min(text.len())..span.end.min(text.len());
            Mistake { message: error.message().trim().to_owned(), span, related: None }
        })
        .collect();
    let span = table.span();
    let mut value = map(table.get_ref(), 0..text.len().max(span.end));
    value.span = 0..text.len();
    (Some(value), mistakes)
}

fn map(table: &DeTable<'_>, span: Range<usize>) -> Value {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            value: convert(value.get_ref(), value.span()),
        })
        .collect();
    // The parser sorts them by name.
    entries.sort_by_key(|entry| entry.key_span.start);
    Value { kind: Kind::Map(entries), span }
}

/// The parser bounds the depth of what it reads.
fn convert(value: &DeValue<'_>, span: Range<usize>) -> Value {
    let kind = match value {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) => Kind::Number(number.to_string()),
        DeValue::Float(number) => Kind::Number(number.to_string()),
        DeValue::Boolean(value) => Kind::Bool(*value),
        DeValue::Datetime(date) => Kind::Number(date.to_string()),
        DeValue::Array(items) => Kind::List(items.iter().map(|item| convert(item.get_ref(), item.span())).collect()),
        DeValue::Table(table) => return map(table, span),
    };
    Value { kind, span }
}
