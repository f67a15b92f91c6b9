//! Structured files (TOML, YAML, JSON, CSV) as trees of values that know their place. Protocols,
//! lists of configurations and bibliographies are read from these.

mod json;
mod rows;
mod toml;
mod yaml;

use std::ops::Range;

/// How a structured file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// TOML.
    Toml,
    /// YAML 1.2, anchors and merge keys among it.
    Yaml,
    /// JSON.
    Json,
    /// Rows of cells parted by commas, semicolons or tabs, the first row names the columns.
    Csv,
}

impl Syntax {
    /// The syntax that a file's name tells.
    pub fn of(path: &std::path::Path) -> Option<Self> {
        Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            "csv" | "tsv" => Self::Csv,
            _ => return None,
        })
    }

    /// The name that messages use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Csv => "CSV",
        }
    }
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Byte range in the file.
    pub span: Range<usize>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing: `null`, `~`, an empty cell.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, or a TOML date: as it is written.
    Number(String),
    /// A text, escapes resolved.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Keys and values in the order of the file. No key stands twice.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Byte range of the key in the file.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// Something that the syntax doesn't allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// Where: byte range in the file.
    pub span: Range<usize>,
    /// A place that bears on it, such as the first of two keys.
    pub related: Option<(String, Range<usize>)>,
}

/// What is said of a key that stands twice.
const TWICE: &str = "stands here twice";

impl Mistake {
    /// Whether it is only a key that stands twice, so that everything else could be read.
    pub fn is_duplicate(&self) -> bool {
        self.message.ends_with(TWICE) || self.message.starts_with("duplicate key")
    }
}

impl Value {
    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key of a map.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The values of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The text of a text or number.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Number(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, with an article, for messages.
    pub fn described(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a table",
        }
    }
}

/// How deep values may nest; what lies deeper is a mistake.
const DEEPEST: usize = 64;
/// Values in one file, those that YAML's aliases repeat among them.
const MOST_VALUES: usize = 2_000_000;

/// Reads a structured file. There may be a value although there are mistakes: what could be read.
pub fn parse(text: &str, syntax: Syntax) -> (Option<Value>, Vec<Mistake>) {
    let (value, mut mistakes) = match syntax {
        Syntax::Toml => toml::parse(text),
        Syntax::Yaml => yaml::parse(text),
        Syntax::Json => json::parse(text),
        Syntax::Csv => rows::parse(text),
    };
    mistakes.sort_by_key(|mistake| mistake.span.start);
    (value, mistakes)
}

/// Puts an entry into a map. A key that is there already is a mistake, and the first one stays.
fn insert(
    entries: &mut Vec<Entry>,
    entry: Entry,
    seen: &mut rustc_hash::FxHashMap<String, usize>,
    mistakes: &mut Vec<Mistake>,
) {
    if let Some(first) = seen.get(&entry.key) {
        mistakes.push(Mistake {
            message: format!("`{}` {TWICE}", entry.key),
            span: entry.key_span,
            related: Some(("the first one, which counts".into(), entries[*first].key_span.clone())),
        });
    } else {
        seen.insert(entry.key.clone(), entries.len());
        entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, syntax: Syntax) -> Value {
        let (value, mistakes) = parse(text, syntax);
        assert_eq!(mistakes, [], "{text}");
        value.expect("a value")
    }

    #[test]
    fn the_three_syntaxes_say_the_same() {
        let toml = value("title = \"Größe\"\n[[theory]]\nid = 1\nsure = true\n", Syntax::Toml);
        let yaml = value("title: Größe\ntheory:\n  - id: 1\n    sure: true\n", Syntax::Yaml);
        let json = value("{\"title\": \"Größe\", \"theory\": [{\"id\": 1, \"sure\": true}]}", Syntax::Json);
        for value in [toml, yaml, json] {
            assert_eq!(value.get("title").and_then(Value::text), Some("Größe"));
            let theory = &value.get("theory").expect("theories").items()[0];
            assert_eq!(theory.get("id").map(|id| &id.kind), Some(&Kind::Number("1".into())));
            assert_eq!(theory.get("sure").map(|id| &id.kind), Some(&Kind::Bool(true)));
        }
    }

    #[test]
    fn places_are_bytes_of_the_file() {
        for (text, syntax) in [
            ("ü = \"é\"\nkey = \"värde\"\n", Syntax::Toml),
            ("ü: é\nkey: värde\n", Syntax::Yaml),
            ("{\"ü\": \"é\", \"key\": \"värde\"}", Syntax::Json),
            ("ü,key\né,värde\n", Syntax::Csv),
        ] {
            let syntax_name = syntax.name();
            // The names that TOML doesn't allow bare are quoted there.
            let text = if syntax == Syntax::Toml { text.replace("ü =", "\"ü\" =") } else { text.to_owned() };
            let all = value(&text, syntax);
            let map = all.items().first().unwrap_or(&all);
            let entry = map.entry("key").expect("the key");
            assert!(text[entry.key_span.clone()].contains("key"), "{syntax_name}");
            assert!(text[entry.value.span.clone()].contains("värde"), "{syntax_name}");
        }
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        let text = "base: &b {a: 1, c: 2}\none:\n  <<: *b\n  c: 3\ntwo: *b\n";
        let all = value(text, Syntax::Yaml);
        let one = all.get("one").expect("one");
        assert_eq!((one.get("a").and_then(Value::text), one.get("c").and_then(Value::text)), (Some("1"), Some("3")));
        assert_eq!(all.get("two").and_then(|two| two.get("c")).and_then(Value::text), Some("2"));
    }

    #[test]
    fn a_key_that_stands_twice_is_told_with_both_places() {
        for (text, syntax) in [
            ("a = 1\nb = 2\na = 3\n", Syntax::Toml),
            ("a: 1\na: 3\n", Syntax::Yaml),
            ("{\"a\": 1, \"a\": 3}", Syntax::Json),
        ] {
            let (_, mistakes) = parse(text, syntax);
            assert_eq!(mistakes.len(), 1, "{syntax:?}: {mistakes:?}");
            assert!(mistakes[0].span.start >= 4, "{mistakes:?}");
        }
    }

    #[test]
    fn broken_files_say_where() {
        for (text, syntax) in [
            ("a = \n", Syntax::Toml),
            ("a: [1, 2\nb: 3\n", Syntax::Yaml),
            ("a: *nobody\n", Syntax::Yaml),
            ("{\"a\": 1,, }", Syntax::Json),
            ("{\"a\": 1} x", Syntax::Json),
            ("a,b\n\"x,y\n", Syntax::Csv),
        ] {
            let (_, mistakes) = parse(text, syntax);
            assert!(!mistakes.is_empty(), "{syntax:?} {text}");
            assert!(mistakes.iter().all(|m| m.span.end <= text.len() && !m.message.is_empty()), "{mistakes:?}");
        }
    }

    #[test]
    fn hostile_files_are_bounded() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            laughs += &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "));
        }
        assert!(!parse(&laughs, Syntax::Yaml).1.is_empty());
        for (open, close, syntax) in [
            ("[", "]", Syntax::Json),
            ("[", "]", Syntax::Yaml),
            ("a = [", "]", Syntax::Toml),
            ("{\"a\":", "}", Syntax::Json),
        ] {
            let text = if syntax == Syntax::Toml {
                format!("a = {}{}", "[".repeat(50_000), "]".repeat(50_000))
            } else {
                format!("{}{}", open.repeat(50_000), close.repeat(50_000))
            };
            assert!(!parse(&text, syntax).1.is_empty(), "{syntax:?}");
        }
    }

    #[test]
    fn rows_may_be_parted_by_semicolons_and_hold_quotes() {
        let all = value("id;quote\n1;\"he said \"\"no\"\"; twice\"\n2;\n", Syntax::Csv);
        let rows = all.items();
        assert_eq!(rows[0].get("quote").and_then(Value::text), Some("he said \"no\"; twice"));
        assert_eq!(rows[1].get("quote").map(|v| &v.kind), Some(&Kind::Null));
    }
}
