//! The starter: a protocol with every field that its kind must have, each with what belongs there,
//! and those that it may have as comments.

use std::fmt::Write as _;

use super::judge::{Demand, demand};
use super::shape::{Field, Record, Shape};
use super::{SCHEMA, root};
use crate::rule::{ProtocolKind, RuleSet};
use crate::structured::Syntax;

/// Comments are wrapped at this many characters.
const WIDTH: usize = 96;

/// Writes a starter for a kind of work. JSON has no comments, so there it has the fields alone.
pub fn starter(kind: &ProtocolKind, syntax: Syntax, rules: &RuleSet) -> String {
    let writer = Writer { kind, rules };
    match syntax {
        Syntax::Json => {
            let mut text = serde_json::to_string_pretty(&writer.json(root(), "")).unwrap_or_default();
            text.push('\n');
            text
        }
        Syntax::Toml | Syntax::Csv => {
            let mut text = writer.head();
            writer.toml(root(), "", "", false, &mut text);
            text
        }
        Syntax::Yaml => {
            let mut text = writer.head();
            writer.yaml(root(), "", 0, false, &mut text);
            text
        }
    }
}

/// Writes one field as the starter has it, with what is asked for in it. `path` leads to it from the outermost
/// table (`searches[].databases`), `depth` is that of the table that holds it, in YAML. `None` where there is
/// no such field, and for JSON.
pub fn starter_field(kind: &ProtocolKind, path: &str, syntax: Syntax, depth: usize, rules: &RuleSet) -> Option<String> {
    let (above, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut record = root();
    for key in above.split('.').filter(|key| !key.is_empty()) {
        record = record.field(key.trim_end_matches("[]"))?.shape.record()?;
    }
    let field = record.field(name)?;
    let writer = Writer { kind, rules };
    let table = path.replace("[]", "");
    let mut text = String::new();
    comment(&writer.about(field), depth, &mut text);
    let indent = "  ".repeat(depth);
    match (syntax, field.shape) {
        (Syntax::Toml, Shape::Record(below)) => {
            let _ = writeln!(text, "[{table}]");
            writer.toml(below, path, &table, false, &mut text);
        }
        (Syntax::Toml, Shape::List(Shape::Record(below))) => {
            let _ = writeln!(text, "[[{table}]]");
            writer.toml(below, &format!("{path}[]"), &table, false, &mut text);
        }
        (Syntax::Yaml, Shape::Record(below)) => {
            let _ = writeln!(text, "{indent}{name}:");
            writer.yaml(below, path, depth + 1, false, &mut text);
        }
        (Syntax::Yaml, Shape::List(Shape::Record(below))) => {
            let _ = writeln!(text, "{indent}{name}:\n{indent}  -");
            writer.yaml(below, &format!("{path}[]"), depth + 2, false, &mut text);
        }
        (Syntax::Toml, _) => {
            let _ = writeln!(text, "{name} = {}", writer.value(field, path));
        }
        (Syntax::Yaml, _) => {
            let _ = writeln!(text, "{indent}{name}: {}", writer.value(field, path));
        }
        (Syntax::Json | Syntax::Csv, _) => return None,
    }
    Some(text)
}

struct Writer<'a> {
    kind: &'a ProtocolKind,
    rules: &'a RuleSet,
}

/// A field, its path and whether it is asked for.
type Wanted = (&'static Field, String, bool);

impl Writer<'_> {
    fn head(&self) -> String {
        let mut text = String::new();
        let about = format!(
            "The protocol of a {}. Put your own words where it says TODO; take the mark # off fields that you use, \
             and leave out the others. `realint check` says what is still to be done; fields of your own begin with x-.",
            self.kind.name
        );
        comment(&about, 0, &mut text);
        text.push('\n');
        text
    }

    /// The fields of a record that this kind has. Below a field that may be absent none is asked for.
    fn fields(&self, record: &'static Record, path: &str) -> Vec<Wanted> {
        let fields = record.fields.iter().map(|field| {
            let below = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
            let demand = demand(self.rules, &self.kind.id, &below);
            (field, below, demand)
        });
        fields
            .filter(|(_, _, demand)| *demand != Demand::OfOthers)
            .map(|(field, path, demand)| {
                let asked = demand == Demand::Asked || (field.name == "schema" && path == "schema");
                (field, path, asked)
            })
            .collect()
    }

    /// What stands in a field at first, quoted where it is a text.
    fn value(&self, field: &Field, path: &str) -> String {
        let quoted = |text: &str| format!("\"{text}\"");
        match (field.name, field.shape) {
            ("schema", _) => quoted(SCHEMA),
            ("reporting_standard", _) => quoted(&self.kind.reporting_standard),
            ("id", _) => quoted(&label_in(path)),
            (_, Shape::Word("kind")) => quoted(&self.kind.id),
            ("version", _) => quoted("0.1"),
            (_, Shape::Word(list)) => quoted(self.rules.protocols.list(list).first().map_or("TODO", String::as_str)),
            (_, Shape::Truth) => "true".into(),
            (_, Shape::Whole) => "2".into(),
            (_, Shape::List(_)) => "[\"TODO\"]".into(),
            _ => quoted("TODO"),
        }
    }

    fn about(&self, field: &Field) -> String {
        let Some(list) = field.shape.words() else {
            let style = if matches!(field.shape, Shape::Day) { " As 2026-03-01, or 2026-03." } else { "" };
            return format!("{}{style}", field.about.trim());
        };
        format!("{} One of: {}.", field.about.trim(), self.rules.protocols.list(list).join(", "))
    }

    fn toml(&self, record: &'static Record, path: &str, table: &str, unasked: bool, text: &mut String) {
        let fields = self.fields(record, path);
        let (tables, values): (Vec<&Wanted>, Vec<&Wanted>) = fields
            .iter()
            .partition(|(field, _, _)| matches!(field.shape, Shape::Record(_) | Shape::List(Shape::Record(_))));
        // TOML wants a table's own values before the tables in it.
        for (field, path, asked) in values {
            comment(&self.about(field), 0, text);
            let mark = if *asked && !unasked { "" } else { "# " };
            let _ = writeln!(text, "{mark}{} = {}", field.name, self.value(field, path));
        }
        for (field, path, asked) in tables {
            let name = if table.is_empty() { field.name.to_owned() } else { format!("{table}.{}", field.name) };
            text.push('\n');
            comment(&self.about(field), 0, text);
            let unasked = unasked || !asked;
            let mark = if unasked { "# " } else { "" };
            match field.shape {
                Shape::Record(below) => {
                    let _ = writeln!(text, "{mark}[{name}]");
                    self.toml(below, path, &name, unasked, text);
                }
                Shape::List(Shape::Record(below)) => {
                    let _ = writeln!(text, "{mark}[[{name}]]");
                    self.toml(below, &format!("{path}[]"), &name, unasked, text);
                }
                _ => {}
            }
        }
    }

    fn yaml(&self, record: &'static Record, path: &str, depth: usize, unasked: bool, text: &mut String) {
        let indent = "  ".repeat(depth);
        for (field, path, asked) in self.fields(record, path) {
            if depth == 0 && matches!(field.shape, Shape::Record(_) | Shape::List(Shape::Record(_))) {
                text.push('\n');
            }
            comment(&self.about(field), depth, text);
            let unasked = unasked || !asked;
            let mark = if unasked { "# " } else { "" };
            match field.shape {
                Shape::Record(below) => {
                    let _ = writeln!(text, "{indent}{mark}{}:", field.name);
                    self.yaml(below, &path, depth + 1, unasked, text);
                }
                Shape::List(Shape::Record(below)) => {
                    let _ = writeln!(text, "{indent}{mark}{}:", field.name);
                    let _ = writeln!(text, "{indent}  {mark}-");
                    self.yaml(below, &format!("{path}[]"), depth + 2, unasked, text);
                }
                _ => {
                    let _ = writeln!(text, "{indent}{mark}{}: {}", field.name, self.value(field, &path));
                }
            }
        }
    }

    fn json(&self, record: &'static Record, path: &str) -> serde_json::Value {
        let fields = self.fields(record, path).into_iter().filter(|(_, _, asked)| *asked).map(|(field, path, _)| {
            let value = match field.shape {
                Shape::Record(below) => self.json(below, &path),
                Shape::List(Shape::Record(below)) => serde_json::json!([self.json(below, &format!("{path}[]"))]),
                _ => serde_json::from_str(&self.value(field, &path)).unwrap_or_default(),
            };
            (field.name.to_owned(), value)
        });
        serde_json::Value::Object(fields.collect())
    }
}

/// The first label of a list: `IPT1` in `initial_programme_theories`.
fn label_in(path: &str) -> String {
    let Some((list, _)) = path.split_once("[]") else { return "TODO".into() };
    let last = list.rsplit('.').next().unwrap_or(list);
    let initials: String = last.split('_').filter_map(|word| word.chars().next()).collect();
    format!("{}1", initials.to_uppercase())
}

fn comment(about: &str, depth: usize, text: &mut String) {
    let indent = format!("{}# ", "  ".repeat(depth));
    let options = textwrap::Options::new(WIDTH).initial_indent(&indent).subsequent_indent(&indent);
    for line in textwrap::wrap(about, options) {
        text.push_str(&line);
        text.push('\n');
    }
}
