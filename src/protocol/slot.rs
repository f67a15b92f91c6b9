//! Fields by their paths: `selection.rigour`, or `searches[].purpose` for that of every search.

use std::ops::Range;

use super::shape::{Record, Shape};
use crate::structured::{Kind, Value};

/// The way to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// Other ways, any of which does: `registration.id|registration.reason`.
    pub ways: Vec<Vec<Step>>,
    /// As it is written.
    pub written: String,
}

/// A step on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The field with this key.
    Key(String),
    /// Every item of a list.
    Each,
}

impl FieldPath {
    /// Reads a path and checks it against the fields that there are. `Err` has the step that is unknown.
    pub fn parse(written: &str, root: &'static Record) -> Result<Self, String> {
        let ways = written.split('|').map(|way| steps(way.trim(), root)).collect::<Result<_, _>>()?;
        Ok(Self { ways, written: written.to_owned() })
    }

    /// Every place that the path leads to in a protocol, there or not. `at` is the place of the whole.
    pub fn slots<'v>(&self, root: &'v Value, at: &Range<usize>) -> Vec<Slot<'v>> {
        let Some((first, others)) = self.ways.split_first() else { return Vec::new() };
        let mut slots = Vec::new();
        walk(root, at, first, "", &mut slots);
        for other in others {
            // Ways part below the last list, so their slots come in the same order.
            let mut more = Vec::new();
            walk(root, at, other, "", &mut more);
            let paired = more.len() == slots.len();
            for (index, slot) in slots.iter_mut().enumerate() {
                if let Some(other) = more.get(index).filter(|_| paired)
                    && !slot.is_filled()
                    && (other.is_filled() || matches!(other.state, State::Empty(_)))
                {
                    *slot = other.clone();
                }
            }
        }
        slots
    }

    /// The last key, or the last keys of all ways.
    pub fn name(&self) -> String {
        let last = |way: &Vec<Step>| {
            way.iter().rev().find_map(|step| if let Step::Key(key) = step { Some(key.clone()) } else { None })
        };
        self.ways.iter().filter_map(last).collect::<Vec<_>>().join("` or `")
    }
}

fn steps(way: &str, root: &'static Record) -> Result<Vec<Step>, String> {
    let mut record = Some(root);
    let mut steps = Vec::new();
    for key in way.split('.') {
        let (name, each) = key.strip_suffix("[]").map_or((key, false), |name| (name, true));
        let field = record.and_then(|record| record.field(name)).ok_or_else(|| name.to_owned())?;
        steps.push(Step::Key(name.to_owned()));
        if each {
            steps.push(Step::Each);
        }
        if each != matches!(field.shape, Shape::List(_)) && key != way.rsplit('.').next().unwrap_or_default() {
            return Err(key.to_owned());
        }
        record = field.shape.record();
    }
    Ok(steps)
}

/// A place where a field is, or should be.
#[derive(Debug, Clone)]
pub struct Slot<'v> {
    /// Whether it is there.
    pub state: State<'v>,
    /// What holds it, in words: `selection`, `search S2`; empty for the protocol itself.
    pub within: String,
    /// The place of what holds it.
    pub anchor: Range<usize>,
    /// What is left of the path where it breaks off: `role`, or `funding.role`.
    pub name: String,
    /// The table that has it, or should.
    pub holder: &'v Value,
}

/// Whether a field is there.
#[derive(Debug, Clone)]
pub enum State<'v> {
    /// With something in it.
    Filled(&'v Value),
    /// With nothing in it: its key's place.
    Empty(Range<usize>),
    /// Not at all.
    Absent,
}

impl Slot<'_> {
    /// Whether something stands there, be it only a placeholder.
    pub fn is_filled(&self) -> bool {
        matches!(self.state, State::Filled(_))
    }

    /// Whether a text is no more than a mark that something belongs there.
    pub fn is_blank(text: &str) -> bool {
        const WORDS: [&str; 8] = ["todo", "tbc", "tbd", "tba", "fixme", "xxx", "lorem", "placeholder"];
        let first = text.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
        first.is_none_or(|first| WORDS.iter().any(|word| word.eq_ignore_ascii_case(first)))
    }
}

/// Whether a value holds anything.
pub(super) fn has_content(value: &Value) -> bool {
    match &value.kind {
        Kind::Null => false,
        Kind::Bool(_) => true,
        Kind::Number(text) | Kind::Text(text) => !text.trim().is_empty(),
        Kind::List(items) => items.iter().any(has_content),
        Kind::Map(entries) => entries.iter().any(|entry| has_content(&entry.value)),
    }
}

/// Whether all that a value holds are placeholders.
pub(super) fn is_placeholder(value: &Value) -> bool {
    match &value.kind {
        Kind::Text(text) => !text.trim().is_empty() && Slot::is_blank(text),
        Kind::List(items) => !items.is_empty() && items.iter().all(is_placeholder),
        _ => false,
    }
}

/// Places that one path leads to; what lies beyond is no protocol.
const MOST_SLOTS: usize = 50_000;

fn walk<'v>(value: &'v Value, anchor: &Range<usize>, steps: &[Step], within: &str, slots: &mut Vec<Slot<'v>>) {
    if slots.len() >= MOST_SLOTS {
        return;
    }
    match steps.split_first() {
        None => {}
        Some((Step::Key(key), rest)) => {
            if !matches!(value.kind, Kind::Map(_) | Kind::Null) {
                // Of a wrong type, which is told already.
                return;
            }
            let slot = |state| Slot {
                state,
                within: within.to_owned(),
                anchor: anchor.clone(),
                name: named(steps),
                holder: value,
            };
            match value.entry(key) {
                Some(entry) if rest.is_empty() => {
                    let full = has_content(&entry.value);
                    let state = if full { State::Filled(&entry.value) } else { State::Empty(entry.key_span.clone()) };
                    slots.push(slot(state));
                }
                Some(entry) if matches!(entry.value.kind, Kind::Null) && rest.first() != Some(&Step::Each) => {
                    slots.push(slot(State::Empty(entry.key_span.clone())));
                }
                Some(entry) => {
                    let within = if within.is_empty() { key.clone() } else { format!("{within}.{key}") };
                    walk(&entry.value, &entry.key_span, rest, &within, slots);
                }
                // Of a list that isn't there no item lacks anything.
                None if rest.contains(&Step::Each) => {}
                None => slots.push(slot(State::Absent)),
            }
        }
        Some((Step::Each, rest)) => {
            for (index, item) in value.items().iter().enumerate() {
                let id = item.get("id").filter(|id| id.text().is_some_and(|text| !text.trim().is_empty()));
                let within = match id.and_then(Value::text) {
                    Some(id) => format!("{within} {}", id.trim().chars().take(40).collect::<String>()),
                    None => format!("{within}[{}]", index + 1),
                };
                let at = id.map(|id| id.span.clone()).or_else(|| item.entries().first().map(|e| e.key_span.clone()));
                if rest.is_empty() {
                    let state = if has_content(item) { State::Filled(item) } else { State::Empty(item.span.clone()) };
                    let anchor = item.span.clone();
                    slots.push(Slot { state, within, anchor, name: String::new(), holder: value });
                } else {
                    walk(item, &at.unwrap_or_else(|| item.span.clone()), rest, &within, slots);
                }
            }
        }
    }
}

fn named(steps: &[Step]) -> String {
    let mut name = String::new();
    for step in steps {
        match step {
            Step::Key(key) if name.is_empty() => name.push_str(key),
            Step::Key(key) => {
                name.push('.');
                name.push_str(key);
            }
            Step::Each => {}
        }
    }
    name
}
