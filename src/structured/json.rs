//! JSON.

use jsonc_parser::ast::{ObjectPropName, Value as Ast};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};
use rustc_hash::FxHashMap;

use super::{DEEPEST, Entry, Kind, Mistake, Value, insert};

pub(super) fn parse(text: &str) -> (Option<Value>, Vec<Mistake>) {
    // The parser calls itself for each level.
    if let Some(at) = too_deep(text) {
        let message = format!("values nest more than {DEEPEST} deep");
        return (None, vec![Mistake { message, span: at..at + 1, related: None }]);
    }
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_extended_string_escapes: false,
        allow_non_finite_numbers: false,
    };
    match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => {
            let mut mistakes = Vec::new();
            let value = parsed.value.map(|value| convert(&value, &mut mistakes));
            if value.is_none() {
                mistakes.push(Mistake { message: "there is no value".into(), span: 0..0, related: None });
            }
            (value, mistakes)
        }
        Err(error) => {
            let range = error.range();
            let span = range.start.min(text.len())..range.end.min(text.len());
            (None, vec![Mistake { message: error.kind().to_string().to_lowercase(), span, related: None }])
        }
    }
}

/// Where brackets first nest too deeply, strings left out.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if depth > DEEPEST {
                    return Some(at);
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn convert(value: &Ast<'_>, mistakes: &mut Vec<Mistake>) -> Value {
    let range = value.range();
    let kind = match value {
        Ast::StringLit(text) => Kind::Text(text.value.to_string()),
        Ast::NumberLit(number) => Kind::Number(number.value.to_owned()),
        Ast::BooleanLit(value) => Kind::Bool(value.value),
        Ast::NullKeyword(_) => Kind::Null,
        Ast::Array(array) => Kind::List(array.elements.iter().map(|item| convert(item, mistakes)).collect()),
        Ast::Object(object) => {
            let mut entries = Vec::new();
            let mut seen = FxHashMap::default();
            for property in &object.properties {
                let (key, at) = match &property.name {
                    ObjectPropName::String(name) => (name.value.to_string(), name.range()),
                    ObjectPropName::Word(name) => (name.value.to_owned(), name.range()),
                };
                let value = convert(&property.value, mistakes);
                insert(&mut entries, Entry { key, key_span: at.start..at.end, value }, &mut seen, mistakes);
            }
            Kind::Map(entries)
        }
    };
    Value { kind, span: range.start..range.end }
}
