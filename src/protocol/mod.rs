//! Protocols as structured files: `realist-protocol/1` in TOML, YAML or JSON, or in the front matter
//! of a Quarto manuscript.
//!
//! `fields` has the types, `shape` reads values into them and keeps what is wrong by itself, `slot`
//! leads to fields by their paths. These know nothing of rules. [`judge`] goes through the findings
//! of `rules/protocol/`; [`schema`] and [`starter`] write what editors and authors begin with.

mod day;
mod example;
mod fields;
mod judge;
mod schema;
mod shape;
mod slot;
mod starter;

use std::ops::Range;
use std::path::Path;

pub use day::{Day, NoDay};
pub use example::run_protocol_examples;
pub use fields::*;
pub use judge::{Answer, answer, judge};
pub use schema::schema;
pub use shape::{Dated, Field, Flaw, Label, Prose, Readable, Reader, Record, Shape, Sort};
pub use slot::{FieldPath, Slot, State, Step};
pub use starter::{starter, starter_field};

use crate::rule::{ProtocolKind, RuleSet};
use crate::structured::{self, Kind, Syntax, Value};

/// The contract that this version of realint knows.
pub const SCHEMA: &str = "realist-protocol/1";
/// How its name begins in any version.
const CONTRACT: &str = "realist-protocol";
/// Mistakes of syntax that are shown of one file.
const MOST_MISTAKES: usize = 20;
/// Of a file that says nothing of itself, so many telling fields make it a protocol.
const TELLING_FIELDS: usize = 2;

/// All fields there are.
pub fn root() -> &'static Record {
    fields::root()
}

/// The names of the lists of words that fields ask for.
pub fn word_lists() -> Vec<&'static str> {
    fn below(shape: Shape, lists: &mut Vec<&'static str>) {
        match shape {
            Shape::Word(list) => lists.push(list),
            Shape::List(item) => below(*item, lists),
            Shape::Record(record) => record.fields.iter().for_each(|field| below(field.shape, lists)),
            _ => {}
        }
    }
    let mut lists = Vec::new();
    below(Shape::Record(root()), &mut lists);
    lists
}

/// A protocol file as it was read.
#[derive(Debug)]
pub struct ProtocolFile {
    /// The fields, typed.
    pub protocol: Protocol,
    /// The values as they stand in the file.
    pub value: Value,
    /// What is wrong with single values, in the order of the file.
    pub flaws: Vec<Flaw>,
    /// The syntax holds, so that what isn't there isn't in the file.
    pub whole: bool,
    /// The fields stand in the front matter of a manuscript, which may say the rest.
    pub shared: bool,
    /// What stands for the whole file where a field is not found: its first key.
    pub head: Range<usize>,
}

impl ProtocolFile {
    /// The kind of work, where the file names one. `Realist review` is told as a slip and taken for what
    /// it means, so that the rest can be checked.
    pub fn kind<'r>(&self, rules: &'r RuleSet) -> Option<&'r ProtocolKind> {
        let written = self.value.get("kind").and_then(Value::text).filter(|text| text.len() < 80)?;
        rules.protocols.kind(&written.trim().to_lowercase().replace(['-', ' '], "_"))
    }
}

/// A structured text, parsed: what can be had of it, and what its syntax doesn't allow.
#[derive(Debug)]
pub struct Parsed {
    /// The outermost value, or what could be read of it.
    pub value: Option<Value>,
    /// What the syntax doesn't allow.
    pub mistakes: Vec<structured::Mistake>,
    /// For each mistake what to do, where that is known.
    helps: Vec<Option<String>>,
}

/// Parses a structured text. Of broken JSON as much is had as stands whole before the break.
pub fn parse(text: &str, syntax: Syntax) -> Parsed {
    let (mut value, mistakes) = structured::parse(text, syntax);
    if syntax == Syntax::Json && value.is_none() {
        let broken = mistakes.first().map_or(0, |mistake| mistake.span.start);
        value = [text.len(), broken]
            .into_iter()
            .filter_map(|end| closed(text.get(..end)?))
            .find_map(|whole| structured::parse(&whole, syntax).0);
    }
    let help =
        |mistake: &structured::Mistake| (syntax == Syntax::Toml).then(|| quoted_date(text, &mistake.span)).flatten();
    let helps = mistakes.iter().take(MOST_MISTAKES).map(help).collect();
    Parsed { value, mistakes, helps }
}

/// The beginning of a JSON text up to its last comma or bracket, with what is open closed.
fn closed(text: &str) -> Option<String> {
    const DEEPEST: usize = 64;
    let (mut open, mut kept) = (Vec::new(), (0, Vec::new()));
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => kept = (at, open.clone()),
            b'{' | b'[' if !quoted => {
                open.push(if byte == b'{' { '}' } else { ']' });
                kept = (at + 1, open.clone());
            }
            b'}' | b']' if !quoted => {
                open.pop();
                kept = (at + 1, open.clone());
            }
            _ => {}
        }
        if open.len() > DEEPEST {
            return None;
        }
    }
    let (end, open) = kept;
    let mut whole = text.get(..end)?.to_owned();
    whole.extend(open.iter().rev());
    Some(whole)
}

/// TOML has dates of its own, of whole days by ISO 8601 only; others want quotation marks.
fn quoted_date(text: &str, at: &Range<usize>) -> Option<String> {
    let start = text.get(..at.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[start..].lines().next()?;
    let value = line.split_once('=')?.1.split('#').next()?.trim();
    let (Ok(day) | Err(NoDay::Meant(day) | NoDay::Either(day, _))) = Day::parse(value) else { return None };
    Some(format!("write the date in quotation marks and by ISO 8601, such as \"{day}\""))
}

/// Whether a line of a text says that it keeps the contract; told without parsing.
pub fn says_so(text: &str) -> bool {
    text.lines().any(|line| {
        let bare = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '"' | '\'' | '\u{feff}'));
        let Some(rest) = bare.strip_prefix("schema") else { return false };
        let value = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ':' | '='));
        value.len() < rest.len() && value.starts_with(CONTRACT)
    })
}

/// Whether a structured text is a realist protocol: it says so, or has fields that no other file has.
pub fn is_protocol(path: &Path, text: &str, parsed: &Parsed, rules: &RuleSet) -> bool {
    if says_so(text) {
        return true;
    }
    let named = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .is_some_and(|stem| stem.to_ascii_lowercase().contains("protocol"));
    let Some(value) = &parsed.value else { return false };
    if value.get("schema").and_then(Value::text).is_some_and(|schema| schema.trim().starts_with(CONTRACT)) {
        return true;
    }
    let telling = value.entries().iter().filter(|entry| rules.protocols.told_by.contains(&entry.key)).count();
    let kind = value.get("kind").and_then(Value::text).is_some_and(|kind| rules.protocols.kind(kind).is_some());
    telling + usize::from(kind) + usize::from(named && telling > 0) >= TELLING_FIELDS
}

/// Reads a protocol file. What is wrong with it becomes flaws; the rest is there.
pub fn read(parsed: Parsed, shared: bool, rules: &RuleSet) -> ProtocolFile {
    let Parsed { value, mistakes, helps } = parsed;
    let whole = value.is_some() && mistakes.iter().all(structured::Mistake::is_duplicate);
    let value = value.unwrap_or(Value { kind: Kind::Map(Vec::new()), span: 0..0 });
    let words = |name: &str| rules.protocols.list(name);
    let mut reader = Reader::new(&words, root(), shared);
    let protocol = Protocol::read(&value, &mut reader).unwrap_or_default();
    let mut flaws: Vec<Flaw> = mistakes
        .into_iter()
        .zip(helps)
        .map(|(mistake, help)| Flaw {
            sort: if mistake.is_duplicate() { Sort::Twice } else { Sort::Syntax },
            what: mistake.message,
            span: mistake.span,
            help,
            related: mistake.related,
        })
        .collect();
    flaws.append(&mut reader.flaws);
    let head = value.entry("kind").or(value.entries().first()).map_or(0..0, |entry| entry.key_span.clone());
    match value.entry("schema") {
        Some(entry) if entry.value.text().is_none_or(|text| text.trim() != SCHEMA) => flaws.push(Flaw {
            sort: Sort::Schema,
            what: "`schema` names no contract that this version of realint knows".into(),
            span: if entry.value.span.is_empty() { entry.key_span.clone() } else { entry.value.span.clone() },
            help: Some(format!("write \"{SCHEMA}\"")),
            related: None,
        }),
        None if whole => flaws.push(Flaw {
            sort: Sort::Schema,
            what: "`schema` not found".into(),
            span: head.clone(),
            help: Some(format!("begin with `schema`: \"{SCHEMA}\"")),
            related: None,
        }),
        _ => {}
    }
    flaws.sort_by_key(|flaw| flaw.span.start);
    ProtocolFile { protocol, value, flaws, whole, shared, head }
}
