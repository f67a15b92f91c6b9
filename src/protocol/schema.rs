//! The JSON Schema of `realist-protocol/1`, by which editors complete and check protocol files. The
//! fields come from the types, the words and what is required of which kind from the rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shape::{Record, Shape};
use super::slot::{FieldPath, Step};
use super::{SCHEMA, root};
use crate::rule::{Check, RuleSet, Severity};

/// A day, a month or a year.
const DAY: &str = "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$";

/// What must be there below a value.
#[derive(Default)]
struct Demands {
    /// It must be there itself.
    itself: bool,
    fields: BTreeMap<String, Demands>,
    each: Option<Box<Demands>>,
}

impl Demands {
    fn add(&mut self, path: &FieldPath) {
        // Of several ways none alone is required.
        let [way] = path.ways.as_slice() else { return };
        let mut here = self;
        for step in way {
            here = match step {
                Step::Key(key) => here.fields.entry(key.clone()).or_default(),
                Step::Each => here.each.get_or_insert_default(),
            };
        }
        here.itself = true;
    }

    /// Whether it must be there: for itself or for what is in it. Items of a list ask for no list.
    fn asked(&self) -> bool {
        self.itself || self.fields.values().any(Self::asked)
    }

    fn schema(&self) -> Map<String, Value> {
        let mut schema = Map::new();
        let required: Vec<&String> =
            self.fields.iter().filter(|(_, below)| below.asked()).map(|(key, _)| key).collect();
        if !required.is_empty() {
            schema.insert("required".into(), json!(required));
        }
        let below: Map<String, Value> = self
            .fields
            .iter()
            .map(|(key, below)| (key.clone(), below.schema()))
            .filter(|(_, schema)| !schema.is_empty())
            .map(|(key, schema)| (key, Value::Object(schema)))
            .collect();
        if !below.is_empty() {
            schema.insert("properties".into(), Value::Object(below));
        }
        if let Some(each) = &self.each {
            schema.insert("items".into(), Value::Object(each.schema()));
        }
        schema
    }
}

/// The JSON Schema (draft 2020-12), with the words and demands of some rules.
pub fn schema(rules: &RuleSet) -> Value {
    let mut all = record(root(), rules);
    let demands = |kind: Option<&str>| {
        let mut demands = Demands::default();
        demands.fields.entry("schema".into()).or_default().itself = kind.is_none();
        let of_kind = rules.others.iter().filter(|rule| {
            rule.check == Some(Check::ProtocolFields)
                && rule.severity == Severity::Error
                && kind.map_or(rule.kinds.is_empty(), |kind| rule.kinds.iter().any(|k| k == kind))
        });
        of_kind.flat_map(|rule| &rule.fields).for_each(|path| demands.add(path));
        Value::Object(demands.schema())
    };
    let mut conditions = vec![demands(None)];
    for kind in &rules.protocols.kinds {
        let then = demands(Some(&kind.id));
        if then.as_object().is_some_and(|then| !then.is_empty()) {
            conditions.push(json!({
                "if": { "properties": { "kind": { "const": kind.id } }, "required": ["kind"] },
                "then": then,
            }));
        }
    }
    if let Some(whole) = all.as_object_mut() {
        if let Some(fields) = whole.get_mut("properties").and_then(Value::as_object_mut) {
            let about = fields.get("schema").and_then(|s| s.get("description")).cloned().unwrap_or_default();
            fields.insert("schema".into(), json!({ "description": about, "const": SCHEMA }));
            fields.insert(
                "$schema".into(),
                json!({ "description": "Where this JSON Schema is, for editors.", "type": "string" }),
            );
        }
        whole.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        whole.insert("$id".into(), json!("https://realint.github.io/realint/schema/realist-protocol.schema.json"));
        whole.insert("title".into(), json!(SCHEMA));
        whole.insert("allOf".into(), json!(conditions));
    }
    all
}

fn record(record: &Record, rules: &RuleSet) -> Value {
    let properties: Map<String, Value> = record
        .fields
        .iter()
        .map(|field| {
            let mut schema = of(field.shape, rules);
            if let Some(schema) = schema.as_object_mut() {
                schema.insert("description".into(), json!(field.about.trim()));
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    json!({
        "description": record.about.trim(),
        "type": "object",
        "properties": properties,
        "patternProperties": { "^x-": {} },
        "additionalProperties": false,
    })
}

fn of(shape: Shape, rules: &RuleSet) -> Value {
    match shape {
        Shape::Prose => json!({ "type": "string" }),
        Shape::Label => json!({ "type": ["string", "number"] }),
        Shape::Word(list) => json!({ "enum": rules.protocols.list(list) }),
        Shape::Day => json!({ "type": ["string", "integer"], "pattern": DAY }),
        Shape::Whole => json!({ "type": "integer", "minimum": 0 }),
        Shape::Truth => json!({ "type": "boolean" }),
        Shape::List(item) => json!({ "type": "array", "items": of(*item, rules) }),
        Shape::Record(fields) => record(fields, rules),
    }
}
