//! What may stand in a field of a protocol, and how a value becomes one. The types of `fields` are
//! made of these; the JSON Schema, the starter and the reader all follow them.

use std::ops::Range;

use super::day::{Day, NoDay};
use super::slot::Slot;
use crate::structured::{Entry, Kind, Value};

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text.
    Prose,
    /// A short text or a number, such as a version or an id.
    Label,
    /// One of the words that `rules/protocol/protocol.toml` lists under this name.
    Word(&'static str),
    /// A day, month or year by ISO 8601.
    Day,
    /// A whole number from 0.
    Whole,
    /// `true` or `false`.
    Truth,
    /// A list.
    List(&'static Shape),
    /// A table with these fields and no others.
    Record(&'static Record),
}

/// The fields of a table.
#[derive(Debug)]
pub struct Record {
    /// What it is, as a sentence.
    pub about: &'static str,
    /// Its fields in the order in which people write them.
    pub fields: &'static [Field],
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What belongs there, as a sentence.
    pub about: &'static str,
    /// What may stand there.
    pub shape: Shape,
}

impl Record {
    /// The field with this key.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The path of the first field anywhere below with this key.
    fn path_to(&self, name: &str) -> Option<String> {
        self.fields.iter().find_map(|field| {
            let (record, each) = (field.shape.record()?, matches!(field.shape, Shape::List(_)));
            let below = if record.field(name).is_some() { Some(name.to_owned()) } else { record.path_to(name) }?;
            Some(format!("{}{}.{below}", field.name, if each { "[]" } else { "" }))
        })
    }
}

impl Shape {
    /// The table that it is, or a list of.
    pub fn record(self) -> Option<&'static Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::List(item) => item.record(),
            _ => None,
        }
    }

    /// The list of words that it takes one from, or several.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Word(list) => Some(list),
            Self::List(item) => item.words(),
            _ => None,
        }
    }

    /// In words, with an article, for messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::Prose => "a text",
            Self::Label => "a short text or a number",
            Self::Word(_) => "one of a list of words",
            Self::Day => "a date such as 2026-03-01",
            Self::Whole => "a whole number",
            Self::Truth => "true or false",
            Self::List(Self::Record(_)) => "a list of tables",
            Self::List(_) => "a list of texts",
            Self::Record(_) => "a table of fields",
        }
    }
}

/// What is wrong with a value by itself, whatever the kind of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Of which sort.
    pub sort: Sort,
    /// What is wrong: `{what}` of the finding's message.
    pub what: String,
    /// Byte range in the file.
    pub span: Range<usize>,
    /// What to do in this very place; the finding's own help where empty.
    pub help: Option<String>,
    /// A place that bears on it.
    pub related: Option<(String, Range<usize>)>,
}

/// Sorts of flaws, each a finding of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The syntax is broken.
    Syntax,
    /// A key stands twice.
    Twice,
    /// No such contract, or none named.
    Schema,
    /// A key that isn't known.
    Key,
    /// A value of the wrong type.
    Type,
    /// A word that isn't in the list.
    Word,
    /// A date that isn't understood.
    Day,
}

/// Reads values, and keeps what is wrong with them.
pub struct Reader<'a> {
    /// The words that may stand in fields, by the name of their list.
    pub words: &'a dyn Fn(&str) -> &'a [String],
    /// All fields, to tell where a stray one belongs.
    pub root: &'static Record,
    /// Keys of the outermost table that aren't known belong to somebody else: front matter.
    pub shared: bool,
    /// Where in the tree: keys and numbers of items.
    path: Vec<String>,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
}

/// Outermost fields that Quarto and Pandoc have as well, and read in ways of their own.
const BORROWED: [&str; 5] = ["title", "version", "date", "authors", "funding"];

/// So many flaws of one sort are enough to mend a file by.
pub(super) const MOST_OF_ONE_SORT: usize = 200;

impl<'a> Reader<'a> {
    pub(super) fn new(words: &'a dyn Fn(&str) -> &'a [String], root: &'static Record, shared: bool) -> Self {
        Self { words, root, shared, path: Vec::new(), flaws: Vec::new() }
    }

    /// Whether there is room for another flaw of a sort; what a flaw says is costly to find out.
    fn room(&self, sort: Sort) -> bool {
        self.flaws.len() < MOST_OF_ONE_SORT || self.flaws.iter().filter(|f| f.sort == sort).count() < MOST_OF_ONE_SORT
    }

    fn here(&self) -> String {
        if self.path.is_empty() { "the protocol".into() } else { format!("`{}`", self.path.join(".")) }
    }

    fn flaw(&mut self, sort: Sort, what: String, span: &Range<usize>, help: Option<String>) {
        self.flaws.push(Flaw { sort, what, span: span.clone(), help, related: None });
    }

    /// A value of the wrong type.
    fn unfit(&mut self, value: &Value, wanted: Shape) {
        if self.room(Sort::Type) {
            let what = format!("{} is {}, and not {}", self.here(), value.described(), wanted.described());
            let help = match (wanted, &value.kind) {
                (Shape::List(Shape::Prose | Shape::Label | Shape::Word(_)), Kind::Text(text)) if text.len() < 60 => {
                    Some(format!("write a list, also of one: [\"{text}\"]"))
                }
                (Shape::List(Shape::Record(_)), Kind::Map(_)) => Some(
                    "write a list, also of one: `[[…]]` in TOML, `- ` before the first field in YAML, `[{…}]` in JSON"
                        .into(),
                ),
                (Shape::Truth, Kind::Text(_)) => Some("write true or false, without quotation marks".into()),
                (Shape::Prose, Kind::Number(number)) => Some(format!("put it in quotation marks: \"{number}\"")),
                _ => None,
            };
            self.flaw(Sort::Type, what, &value.span, help);
        }
    }

    /// Whether a value is a table; tells keys that a record doesn't have.
    pub(super) fn open(&mut self, value: &Value, record: &'static Record) -> bool {
        match &value.kind {
            Kind::Null => return false,
            Kind::Map(_) => {}
            _ => {
                self.unfit(value, Shape::Record(record));
                return false;
            }
        }
        if !(self.shared && self.path.is_empty()) {
            for entry in value.entries().iter().filter(|entry| record.field(&entry.key).is_none()) {
                self.stray(entry, record);
            }
        }
        true
    }

    fn stray(&mut self, entry: &Entry, record: &'static Record) {
        // `$schema` is what editors look for in JSON, and `x-…` is everybody's own.
        if !self.room(Sort::Key) || entry.key.starts_with("x-") || (self.path.is_empty() && entry.key == "$schema") {
            return;
        }
        let plain = entry.key.trim().to_lowercase().replace(['-', ' '], "_");
        let names = || record.fields.iter().map(|field| field.name);
        let near = if entry.key.len() < 80 { crate::error::nearest(&plain, names()) } else { None };
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => match self.root.path_to(&plain).or_else(|| self.root.field(&plain).map(|f| f.name.to_owned())) {
                Some(path) => format!("there is a `{path}`: does it belong there?"),
                None => {
                    format!("there are: {}; fields of your own begin with `x-`", names().collect::<Vec<_>>().join(", "))
                }
            },
        };
        let shown: String = entry.key.chars().take(80).collect();
        let what = format!("{} has no field `{shown}`", self.here());
        self.flaw(Sort::Key, what, &entry.key_span, Some(help));
    }

    /// A field of a table.
    pub(super) fn field<T: Readable>(&mut self, value: &Value, name: &'static str) -> Option<T> {
        let found = value.get(name)?;
        if self.shared && self.path.is_empty() && BORROWED.contains(&name) {
            return None;
        }
        self.path.push(name.to_owned());
        let read = if matches!(found.kind, Kind::Null) { None } else { T::read(found, self) };
        self.path.pop();
        read
    }
}

/// What a field of a protocol can be read as.
pub trait Readable: Sized {
    /// What may stand there.
    const SHAPE: Shape;

    /// Reads a value; `None` where it doesn't fit, which the reader then knows.
    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self>;
}

impl<T: Readable> Readable for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);

    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
        let Kind::List(items) = &value.kind else {
            reader.unfit(value, Self::SHAPE);
            return None;
        };
        let name = reader.path.pop().unwrap_or_default();
        let mut all = Self::new();
        for (index, item) in items.iter().enumerate() {
            reader.path.push(format!("{name}[{}]", index + 1));
            if !matches!(item.kind, Kind::Null) {
                all.extend(T::read(item, reader));
            }
            reader.path.pop();
        }
        reader.path.push(name);
        Some(all)
    }
}

/// A text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prose {
    /// The text.
    pub text: String,
    /// Byte range in the file.
    pub span: Range<usize>,
}

impl Readable for Prose {
    const SHAPE: Shape = Shape::Prose;

    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
        if let Kind::Text(text) = &value.kind {
            return Some(Self { text: text.trim().to_owned(), span: value.span.clone() });
        }
        reader.unfit(value, Self::SHAPE);
        None
    }
}

/// A version, an id, a key: a short text or a number, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text.
    pub text: String,
    /// Byte range in the file.
    pub span: Range<usize>,
}

impl Readable for Label {
    const SHAPE: Shape = Shape::Label;

    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
        if let Some(text) = value.text() {
            return Some(Self { text: text.trim().to_owned(), span: value.span.clone() });
        }
        reader.unfit(value, Self::SHAPE);
        None
    }
}

impl Readable for u64 {
    const SHAPE: Shape = Shape::Whole;

    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
        let number = if let Kind::Number(text) = &value.kind { text.parse().ok() } else { None };
        if number.is_none() {
            reader.unfit(value, Self::SHAPE);
        }
        number
    }
}

impl Readable for bool {
    const SHAPE: Shape = Shape::Truth;

    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
        if let Kind::Bool(truth) = value.kind {
            return Some(truth);
        }
        reader.unfit(value, Self::SHAPE);
        None
    }
}

/// A date and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The day, or the month or year where no more is said.
    pub day: Day,
    /// Byte range in the file.
    pub span: Range<usize>,
}

impl Readable for Dated {
    const SHAPE: Shape = Shape::Day;

    fn read(value: &Value, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = value.text() else {
            reader.unfit(value, Self::SHAPE);
            return None;
        };
        let why = match Day::parse(text) {
            Ok(day) => return Some(Self { day, span: value.span.clone() }),
            // A placeholder is told as one.
            Err(_) if Slot::is_blank(text) => return None,
            Err(why) => why,
        };
        if reader.room(Sort::Day) {
            let shown: String = text.trim().chars().take(40).collect();
            let (what, help) = match why {
                NoDay::Meant(day) => ("is no date by ISO 8601".to_owned(), Some(format!("write \"{day}\""))),
                NoDay::Either(first, second) => (
                    "can be read as two dates".to_owned(),
                    Some(format!("write \"{first}\" or \"{second}\", whichever is meant")),
                ),
                NoDay::Impossible => ("is no day of the calendar".to_owned(), None),
                NoDay::Unknown => ("is no date".to_owned(), None),
            };
            let what = format!("{}: \"{shown}\" {what}", reader.here());
            reader.flaw(Sort::Day, what, &value.span, help);
        }
        None
    }
}

/// Reads one of a list of words.
pub(super) fn word(value: &Value, list: &'static str, reader: &mut Reader<'_>) -> Option<(String, Range<usize>)> {
    let Kind::Text(text) = &value.kind else {
        reader.unfit(value, Shape::Word(list));
        return None;
    };
    let text = text.trim();
    let words = (reader.words)(list);
    if let Some(word) = words.iter().find(|word| *word == text) {
        return Some((word.clone(), value.span.clone()));
    }
    if !Slot::is_blank(text) && reader.room(Sort::Word) {
        let simple = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
        let plain = simple(text);
        let same = words.iter().find(|word| simple(word) == plain).map(String::as_str);
        let near = same.or_else(|| {
            if text.len() < 80 { crate::error::nearest(&plain, words.iter().map(String::as_str)) } else { None }
        });
        let help = match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("there are: {}", words.join(", ")),
        };
        let shown: String = text.chars().take(80).collect();
        let what = format!("{} can't be \"{shown}\"", reader.here());
        reader.flaw(Sort::Word, what, &value.span, Some(help));
    }
    None
}
