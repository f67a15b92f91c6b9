//! What may be written at a place: keys of sources, labels of configurations, fields of a protocol and their
//! words.

use std::ops::Range;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, CompletionTextEdit, Documentation,
    TextEdit,
};

use super::hover::plain;
use super::library;
use super::view::View;
use crate::protocol::{self, Field, Record, Shape};
use crate::read::front_matter_in_place;
use crate::rule::RuleSet;
use crate::structured::Syntax;

/// A label is offered from so many letters on.
const LEAST_LETTERS: usize = 2;
/// No label is longer.
const LONGEST_LABEL: usize = 24;

/// What may follow at a place.
pub(super) fn completion(view: &View, params: &CompletionParams) -> Option<CompletionResponse> {
    let at = view.offset(params.text_document_position.position);
    let items = if let Some(start) = cited_from(view, at) {
        let sources = library::all(view).into_iter();
        sources.map(|(key, words)| item(view, start..at, key, words, CompletionItemKind::REFERENCE, None)).collect()
    } else if let Some(syntax) = protocol_syntax(view, at) {
        fields(view, at, syntax)
    } else {
        labels(view, at)
    };
    (!items.is_empty()).then_some(CompletionResponse::Array(items))
}

fn item(
    view: &View,
    replaced: Range<usize>,
    label: String,
    detail: String,
    kind: CompletionItemKind,
    about: Option<String>,
) -> CompletionItem {
    CompletionItem {
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: view.range(replaced), new_text: label.clone() })),
        label,
        detail: (!detail.is_empty()).then_some(detail),
        kind: Some(kind),
        documentation: about.map(Documentation::String),
        ..CompletionItem::default()
    }
}

/// Where the key begins that is being written: after `@`, or in the braces of a citing command.
fn cited_from(view: &View, at: usize) -> Option<usize> {
    let before = view.line_before(at);
    let start = at - before.len();
    let is_latex =
        view.path.extension().is_some_and(|e| ["tex", "latex", "ltx"].iter().any(|l| e.eq_ignore_ascii_case(l)));
    if is_latex {
        let (head, inside) = before.rsplit_once('{')?;
        // Options stand between the command and its keys.
        let mut head = head.trim_end_matches('*');
        while let Some(rest) = head.strip_suffix(']') {
            head = rest.rsplit_once('[')?.0;
        }
        let command = &head[head.rfind('\\')?..];
        let cites = command.to_ascii_lowercase().contains("cite");
        let own = inside.rsplit(',').next().unwrap_or_default().trim_start();
        return (cites && !inside.contains('}')).then(|| start + before.len() - own.len());
    }
    let mark = before.rfind('@')?;
    let is_key =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '#' | '$' | '%' | '&' | '-' | '+' | '/');
    let key = before[mark + 1..].chars().all(is_key);
    let alone = !before[..mark].ends_with(|c: char| c.is_alphanumeric());
    (key && alone && Syntax::of(&view.path).is_none()).then_some(start + mark + 1)
}

/// Labels of the project's configurations that begin with what stands before the cursor.
fn labels(view: &View, at: usize) -> Vec<CompletionItem> {
    let before = view.line_before(at);
    let starts: Vec<usize> = before
        .char_indices()
        .rev()
        .take(LONGEST_LABEL)
        .map(|(start, _)| start)
        .filter(|start| !before[..*start].ends_with(|c: char| c.is_alphanumeric() || c == '-'))
        .collect();
    let mut found: Vec<CompletionItem> = Vec::new();
    for checked in view.project() {
        for configuration in checked.reports.iter().flat_map(|report| &report.configurations) {
            let Some(id) = &configuration.id else { continue };
            let lower = id.to_lowercase();
            let begun = starts.iter().find(|start| {
                let written = before[**start..].to_lowercase();
                written.trim().len() >= LEAST_LETTERS && lower.starts_with(&written)
            });
            let Some(start) = begun.filter(|_| !found.iter().any(|item| item.label == *id)) else { continue };
            let from = at - before.len() + start;
            let outcome = configuration.components.outcome.first().map(|part| part.text.as_str()).unwrap_or_default();
            let words = configuration.name.as_deref().unwrap_or(outcome);
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
            found.push(item(view, from..at, id.clone(), words, CompletionItemKind::CONSTANT, None));
        }
    }
    found
}

/// How the protocol at a place is written, where there is one: a file of its own, or front matter.
fn protocol_syntax(view: &View, at: usize) -> Option<Syntax> {
    match Syntax::of(&view.path) {
        Some(syntax @ (Syntax::Toml | Syntax::Yaml)) => {
            let told = view.own().any(|(report, _)| report.format == crate::manuscript::Format::Protocol);
            (told || protocol::says_so(&view.text)).then_some(syntax)
        }
        Some(_) => None,
        None => {
            let front = front_matter_in_place(&view.text)?;
            (at <= front.len() && protocol::says_so(&front)).then_some(Syntax::Yaml)
        }
    }
}

/// Where in a protocol a line stands.
struct Spot {
    /// Keys from the outermost table on.
    table: Vec<String>,
    /// The key of the line, as far as it is written, and its bytes.
    key: Range<usize>,
    /// Where the value begins, once there is a mark after the key.
    value: Option<usize>,
}

/// Reads the line of a byte as far as its end, and those above it, by their looks: a file that is being
/// written is seldom whole.
fn spot(text: &str, at: usize, syntax: Syntax) -> Option<Spot> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if line.trim_start().starts_with('#') {
        return None;
    }
    if syntax == Syntax::Toml {
        if line.trim_start().starts_with('[') {
            return None;
        }
        let header = text[..start].lines().rev().find(|line| line.trim_start().starts_with('['));
        let table = header.map_or("", |line| line.trim().trim_start_matches('[').split(']').next().unwrap_or(""));
        let table = table.split('.').map(|key| key.trim().trim_matches('"').to_owned());
        let table = table.filter(|key| !key.is_empty()).collect();
        return Some(with_value(start, line, '=', table));
    }
    let (dash, own) = yaml_key(line);
    let mut table = Vec::new();
    // A dash may stand as far left as the key of its list.
    let mut below = dash.map_or(own, |dash| dash + 1);
    for above in text[..start].lines().rev() {
        let content = above.trim();
        if content.is_empty() || content.starts_with('#') || content == "---" {
            continue;
        }
        let (dash, indent) = yaml_key(above);
        if indent >= below {
            continue;
        }
        if let Some((key, _)) = content.trim_start_matches(['-', ' ']).split_once(':') {
            table.push(key.trim().trim_matches(['"', '\'']).to_owned());
        }
        below = dash.map_or(indent, |dash| dash + 1);
        if below == 0 {
            break;
        }
    }
    table.reverse();
    Some(with_value(start, line, ':', table))
}

fn with_value(start: usize, line: &str, mark: char, table: Vec<String>) -> Spot {
    let lead = line.len() - line.trim_start_matches(['-', ' ', '\t']).len();
    let (key, value) = match line.find(mark) {
        Some(mark) => (&line[lead.min(mark)..mark], Some(start + mark + 1)),
        None => (&line[lead..], None),
    };
    let key = key.trim_end();
    Spot { table, key: start + lead..start + lead + key.len(), value }
}

/// The column of a line's first dash, if it has one, and that of its key.
fn yaml_key(line: &str) -> (Option<usize>, usize) {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let key = line.len() - line.trim_start_matches([' ', '-']).len();
    (line[indent..].starts_with('-').then_some(indent), key)
}

fn record_of(table: &[String]) -> Option<&'static Record> {
    let mut record = protocol::root();
    for key in table {
        record = record.field(key)?.shape.record()?;
    }
    Some(record)
}

fn fields(view: &View, at: usize, syntax: Syntax) -> Vec<CompletionItem> {
    let found = spot(&view.text, at, syntax);
    let Some((spot, record)) = found.and_then(|spot| record_of(&spot.table).map(|record| (spot, record))) else {
        return Vec::new();
    };
    if let Some(value) = spot.value.filter(|value| at >= *value) {
        let key = &view.text[spot.key];
        let Some(list) = record.field(key).and_then(|field| field.shape.words()) else { return Vec::new() };
        let written = &view.text[value..at];
        let word = written.rsplit([' ', '"', '\'', '[', ',']).next().unwrap_or_default();
        let quoted = written[..written.len() - word.len()].ends_with(['"', '\'']) || syntax == Syntax::Yaml;
        let Some(rules) = view.rules() else { return Vec::new() };
        let words = rules.protocols.list(list).iter();
        let shown = |word: &String| if quoted { word.clone() } else { format!("\"{word}\"") };
        return words
            .map(|one| {
                item(view, at - word.len()..at, shown(one), String::new(), CompletionItemKind::ENUM_MEMBER, None)
            })
            .collect();
    }
    let mark = if syntax == Syntax::Toml { " = " } else { ": " };
    let there: Vec<&str> = if spot.table.is_empty() { outermost(&view.text, syntax) } else { Vec::new() };
    let replaced = spot.key.start..at.max(spot.key.start);
    let wanted = record.fields.iter().filter(|field| !there.contains(&field.name));
    wanted
        .map(|field| {
            let name = field.name.to_owned();
            let mut one = item(
                view,
                replaced.clone(),
                name.clone(),
                field.shape.described().into(),
                CompletionItemKind::FIELD,
                Some(field.about.trim().into()),
            );
            let table = matches!(field.shape, Shape::Record(_) | Shape::List(Shape::Record(_)));
            let written = match (syntax, field.shape) {
                (Syntax::Toml, Shape::Record(_)) if spot.table.is_empty() => format!("[{name}]"),
                (Syntax::Toml, Shape::List(Shape::Record(_))) if spot.table.is_empty() => format!("[[{name}]]"),
                (Syntax::Yaml, _) if table => format!("{name}:"),
                _ => format!("{name}{mark}"),
            };
            one.text_edit =
                Some(CompletionTextEdit::Edit(TextEdit { range: view.range(replaced.clone()), new_text: written }));
            one
        })
        .collect()
}

/// The keys of the outermost table, by their looks.
fn outermost(text: &str, syntax: Syntax) -> Vec<&str> {
    let mut keys = Vec::new();
    for line in text.lines() {
        let header = line.strip_prefix("[[").or_else(|| line.strip_prefix('['));
        let name = match (syntax, header) {
            (Syntax::Toml, Some(header)) => header.split([']', '.']).next(),
            (Syntax::Toml, None) => line.split_once('=').map(|(key, _)| key),
            _ if line.starts_with([' ', '-', '#']) => None,
            _ => line.split_once(':').map(|(key, _)| key),
        };
        keys.extend(name.map(str::trim));
    }
    keys
}

/// What belongs into the field whose key a byte stands in.
pub(super) fn field_at(view: &View, at: usize) -> Option<(String, Range<usize>)> {
    let syntax = protocol_syntax(view, at)?;
    let spot = spot(&view.text, at, syntax)?;
    if !(spot.key.start <= at && at <= spot.key.end) {
        return None;
    }
    let field = record_of(&spot.table)?.field(&view.text[spot.key.clone()])?;
    Some((about(field, view.rules()), spot.key))
}

fn about(field: &Field, rules: Option<&RuleSet>) -> String {
    let words = field.shape.words().zip(rules).map(|(list, rules)| rules.protocols.list(list).join(", "));
    let words = words.map(|words| format!("\n\nOne of: {}", plain(&words))).unwrap_or_default();
    format!("`{}`: {}. {}{words}", field.name, field.shape.described(), field.about.trim())
}
