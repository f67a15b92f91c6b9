//! Extraction sheets: lists of configurations as teams keep them beside a review, in CSV, YAML,
//! JSON or TOML, with their own field names, often nested under the document that they come from.
//!
//! Each record becomes a row of a table with the columns that a manuscript would have, each cell
//! with its place in the file: from there on a sheet is checked as a manuscript's table is.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::markdown::table_row;
use crate::error::Error;
use crate::manuscript::{Block, BlockKind, Declared, Draft, Format};
use crate::source::{PlainText, SourceId, SourceText};
use crate::structured::{self, Entry, Kind, Mistake, Syntax, Value};

const FILE: SourceId = SourceId(0);
/// Mistakes of syntax that are shown of one file.
const MOST_MISTAKES: usize = 20;

/// What a field of a sheet holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The label of the configuration.
    Id,
    /// Initial or refined.
    Stage,
    /// Circumstances.
    Context,
    /// What is introduced.
    Intervention,
    /// Who acts or responds.
    Actor,
    /// A mechanism that isn't parted.
    Mechanism,
    /// The resource of the mechanism.
    Resource,
    /// The response to the resource.
    Response,
    /// What follows.
    Outcome,
    /// The document, by its key or number.
    Source,
    /// Words of the document.
    Quotation,
    /// Where in the document.
    Locator,
    /// How sure the team is.
    Confidence,
}

impl Field {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Self; 13] = [
        Self::Id,
        Self::Stage,
        Self::Context,
        Self::Intervention,
        Self::Actor,
        Self::Mechanism,
        Self::Resource,
        Self::Response,
        Self::Outcome,
        Self::Source,
        Self::Quotation,
        Self::Locator,
        Self::Confidence,
    ];

    /// The name that a column mapping uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Stage => "stage",
            Self::Context => "context",
            Self::Intervention => "intervention",
            Self::Actor => "actor",
            Self::Mechanism => "mechanism",
            Self::Resource => "resource",
            Self::Response => "response",
            Self::Outcome => "outcome",
            Self::Source => "source",
            Self::Quotation => "quotation",
            Self::Locator => "locator",
            Self::Confidence => "confidence",
        }
    }

    /// The heading of the column in the table that the sheet becomes.
    fn heading(self) -> &'static str {
        match self {
            Self::Id => "No.",
            Self::Stage => "Stage",
            Self::Context => "Context",
            Self::Intervention => "Intervention",
            Self::Actor => "Actor",
            Self::Mechanism => "Mechanism",
            Self::Resource => "Mechanism (resource)",
            Self::Response => "Mechanism (response)",
            Self::Outcome => "Outcome",
            Self::Source => "Source",
            Self::Quotation => "Evidence",
            Self::Locator => "Page",
            Self::Confidence => "Confidence",
        }
    }

    /// Names that teams give to such a field; compared in lower case, without marks and spaces.
    fn usual_names(self) -> &'static [&'static str] {
        match self {
            Self::Id => &[
                "id",
                "cmocid",
                "cmoid",
                "cmoc",
                "cmo",
                "no",
                "nr",
                "number",
                "label",
                "configuration",
                "configurationid",
            ],
            Self::Stage => &["stage", "status", "version"],
            Self::Context => &["context", "contexts", "c", "circumstances", "contextc"],
            Self::Intervention => &[
                "intervention",
                "interventions",
                "i",
                "strategy",
                "strategies",
                "programmestrategy",
                "programstrategy",
            ],
            Self::Actor => &["actor", "actors", "a", "stakeholder"],
            Self::Mechanism => &["mechanism", "mechanisms", "m", "mechanismm"],
            Self::Resource => &["resource", "resources", "mechanismresource", "resourcemechanism", "mresource", "mres"],
            Self::Response => &[
                "response",
                "responses",
                "reasoning",
                "mechanismresponse",
                "mechanismreasoning",
                "responsemechanism",
                "mresponse",
                "mreasoning",
                "mreas",
            ],
            Self::Outcome => &["outcome", "outcomes", "o", "outcomeo"],
            Self::Source => &[
                "source",
                "sources",
                "sourcekey",
                "sourceid",
                "citation",
                "citekey",
                "citationkey",
                "reference",
                "references",
                "ref",
                "key",
                "document",
                "documentid",
                "docid",
                "study",
                "studyid",
                "paper",
                "bibkey",
            ],
            Self::Quotation => &[
                "quotation",
                "quotations",
                "quote",
                "quotes",
                "extract",
                "extracts",
                "dataextract",
                "excerpt",
                "supportingtext",
                "evidence",
                "text",
            ],
            Self::Locator => &["locator", "page", "pages", "location", "where"],
            Self::Confidence => &["confidence", "certainty", "strength"],
        }
    }
}

/// Which of a team's field names stands for which field. What isn't named is told by its usual names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Field and the team's name of it.
    pub named: Vec<(Field, String)>,
}

impl Columns {
    /// The field that a name stands for.
    fn field(&self, name: &str) -> Option<Field> {
        let bare = simple(name);
        if let Some((field, _)) = self.named.iter().find(|(_, named)| simple(named) == bare) {
            return Some(*field);
        }
        Field::ALL
            .into_iter()
            .find(|field| field.usual_names().contains(&bare.as_str()))
            // A field that the mapping gives another name isn't taken from its usual one as well.
            .filter(|field| !self.named.iter().any(|(named, _)| named == field))
    }
}

fn simple(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// One record: for each field the values that hold it.
struct Record<'a> {
    span: Range<usize>,
    fields: Vec<(Field, Vec<Cell<'a>>)>,
}

/// A value's text and place.
#[derive(Clone)]
struct Cell<'a> {
    text: &'a str,
    span: Range<usize>,
}

impl<'a> Record<'a> {
    fn cells(&self, field: Field) -> &[Cell<'a>] {
        self.fields.iter().find(|(f, _)| *f == field).map_or(&[], |(_, cells)| cells)
    }
}

/// The syntax of a sheet without a telling name.
pub(super) fn sniff(text: &str) -> Syntax {
    let head = text.trim_start_matches('\u{feff}').trim_start();
    let first = head.lines().next().unwrap_or_default();
    if head.starts_with('{') || (head.starts_with('[') && !head.starts_with("[[") && first.trim_end().len() < 3) {
        Syntax::Json
    } else if head.starts_with("[[") || (first.contains(" = ") && !first.contains(": ")) {
        Syntax::Toml
    } else if first.contains([',', ';', '\t']) && !first.contains(": ") && !head.starts_with("- ") {
        Syntax::Csv
    } else {
        Syntax::Yaml
    }
}

/// Whether a structured text holds records of configurations, by its field names.
pub(super) fn is_sheet(text: &str, syntax: Syntax, columns: &Columns) -> bool {
    let (value, _) = structured::parse(text, syntax);
    value.is_some_and(|value| !records(&value, columns).is_empty())
}

/// Reads an extraction sheet into a draft: one table a stage, one row a record.
///
/// Errors: the file breaks the rules of its syntax, or holds no record with at least two of
/// context, mechanism and outcome among its fields.
pub(super) fn read(path: &Path, source: SourceText, syntax: Syntax, columns: &Columns) -> Result<Draft, Error> {
    let text = source.text.clone();
    let (value, mistakes) = structured::parse(&text, syntax);
    if !mistakes.is_empty() {
        return Err(broken(path, &text, mistakes));
    }
    let records = value.as_ref().map(|value| records(value, columns)).unwrap_or_default();
    if records.is_empty() {
        return Err(Error::NoRecords { path: path.to_owned() });
    }
    let mut blocks = Vec::new();
    let present: Vec<Field> = Field::ALL
        .into_iter()
        .filter(|f| *f != Field::Stage && records.iter().any(|r| !r.cells(*f).is_empty()))
        .collect();
    let wanted: Vec<Field> = with_core(present);
    for (number, (stage, caption)) in
        [("initial", "Initial configurations"), ("refined", "Refined configurations"), ("", "Configurations")]
            .into_iter()
            .enumerate()
    {
        let rows: Vec<&Record<'_>> = records.iter().filter(|record| stage_of(record) == stage).collect();
        let Some(first) = rows.first() else { continue };
        let mut plain = PlainText::new();
        plain.push_replacement(FILE, first.span.start, 0, &format!("Table {}. {caption}", number + 1));
        blocks.extend(Block::new(BlockKind::Caption, plain));
        blocks.extend(header(&wanted, first.span.start, number));
        blocks.extend(rows.into_iter().filter_map(|record| row(record, &wanted, &text, number)));
    }
    Ok(Draft {
        format: Format::Sheet,
        sources: Arc::new(vec![source]),
        blocks,
        comments: Vec::new(),
        declared: Declared::default(),
        notes: Vec::new(),
        record: 1,
    })
}

/// The core columns are there even where no record fills them: an empty one is what is looked for.
fn with_core(mut present: Vec<Field>) -> Vec<Field> {
    for core in [Field::Context, Field::Outcome] {
        if !present.contains(&core) {
            present.push(core);
        }
    }
    if !present.iter().any(|f| matches!(f, Field::Mechanism | Field::Resource | Field::Response)) {
        present.push(Field::Mechanism);
    }
    present.sort_unstable();
    present
}

fn broken(path: &Path, text: &str, mut mistakes: Vec<Mistake>) -> Error {
    let name = path.to_string_lossy();
    mistakes.truncate(MOST_MISTAKES);
    let mut errors: Vec<Error> = mistakes
        .into_iter()
        .map(|mistake| Error::Toml {
            message: mistake.message,
            source_code: miette::NamedSource::new(&name, text.to_owned()),
            span: mistake.span.into(),
            label: "here".into(),
            help: mistake.related.map(|(what, span)| {
                let line = 1 + text[..span.start.min(text.len())].matches('\n').count();
                format!("{what} stands on line {line}")
            }),
        })
        .collect();
    match (errors.len(), errors.pop()) {
        (1, Some(only)) => only,
        (count, last) => {
            errors.extend(last);
            Error::Several { count, what: name.into_owned(), errors }
        }
    }
}

/// All maps with at least two core fields, in the order of the file. What a map above them says of
/// the source or the stage holds for them, too; so does the key that they stand under.
fn records<'a>(root: &'a Value, columns: &Columns) -> Vec<Record<'a>> {
    let mut found = Vec::new();
    walk(root, None, columns, &[], &mut found);
    found
}

type Fields<'a> = Vec<(Field, Vec<Cell<'a>>)>;

/// `key` is the key that the value stands under. Depth is bounded by the parser.
fn walk<'a>(
    value: &'a Value,
    key: Option<&'a Entry>,
    columns: &Columns,
    above: &[(Field, Cell<'a>)],
    found: &mut Vec<Record<'a>>,
) {
    match &value.kind {
        Kind::List(items) => items.iter().for_each(|item| walk(item, None, columns, above, found)),
        Kind::Map(entries) => {
            let mut fields = Fields::new();
            gather(entries, columns, &mut fields);
            if is_record(&fields) {
                let own = |field: Field, fields: &Fields<'_>| {
                    fields.iter().any(|(f, cells)| *f == field && !cells.is_empty())
                };
                if let Some(key) = key.filter(|key| numbered(key, columns))
                    && !own(Field::Id, &fields)
                {
                    fields.push((Field::Id, vec![Cell { text: &key.key, span: key.key_span.clone() }]));
                }
                for (field, cell) in above {
                    if !own(*field, &fields) {
                        fields.push((*field, vec![cell.clone()]));
                    }
                }
                found.push(Record { span: value.span.clone(), fields });
                return;
            }
            let mut below = above.to_vec();
            for (field, cells) in &fields {
                // A document's own id or key names the source of the records in it.
                let field = if *field == Field::Id { Field::Source } else { *field };
                if matches!(field, Field::Source | Field::Stage)
                    && let Some(cell) = cells.first()
                {
                    below.retain(|(f, _)| *f != field);
                    below.push((field, cell.clone()));
                }
            }
            for entry in entries {
                let mut here = below.clone();
                // `smith2019: [{context: …}]`: a list under a document's key.
                if !entry.value.items().is_empty() && numbered(entry, columns) {
                    here.retain(|(f, _)| *f != Field::Source);
                    here.push((Field::Source, Cell { text: &entry.key, span: entry.key_span.clone() }));
                }
                walk(&entry.value, Some(entry), columns, &here, found);
            }
        }
        _ => {}
    }
}

/// A record has two of context, mechanism (in whatever parts) and outcome.
fn is_record(fields: &Fields<'_>) -> bool {
    let has = |wanted: &[Field]| fields.iter().any(|(field, _)| wanted.contains(field));
    let core: [&[Field]; 3] =
        [&[Field::Context], &[Field::Mechanism, Field::Resource, Field::Response], &[Field::Outcome]];
    core.into_iter().filter(|wanted| has(wanted)).count() >= 2
}

/// Whether a key looks like a label or a citation key: it has a number and is no field.
fn numbered(entry: &Entry, columns: &Columns) -> bool {
    columns.field(&entry.key).is_none() && entry.key.bytes().any(|b| b.is_ascii_digit())
}

/// The fields of a map: its own, those of a part such as `components: {context: …}`, and those of
/// a field's own map such as `mechanism: {resource: …, response: …}`.
fn gather<'a>(entries: &'a [Entry], columns: &Columns, fields: &mut Fields<'a>) {
    for entry in entries {
        match columns.field(&entry.key) {
            Some(field) => gather_field(&entry.value, field, columns, fields),
            None if !numbered(entry, columns) && !entry.value.entries().is_empty() => {
                let mut inner = Fields::new();
                gather(entry.value.entries(), columns, &mut inner);
                if is_record(&inner) {
                    inner.into_iter().for_each(|(field, cells)| add(fields, field, cells));
                }
            }
            None => {}
        }
    }
}

fn gather_field<'a>(value: &'a Value, field: Field, columns: &Columns, fields: &mut Fields<'a>) {
    match &value.kind {
        Kind::Text(text) | Kind::Number(text) if !text.trim().is_empty() => {
            add(fields, field, vec![Cell { text, span: value.span.clone() }]);
        }
        Kind::List(items) => items.iter().for_each(|item| gather_field(item, field, columns, fields)),
        Kind::Map(entries) => {
            for entry in entries {
                gather_field(&entry.value, columns.field(&entry.key).unwrap_or(field), columns, fields);
            }
        }
        // The field is there, and empty.
        _ => add(fields, field, Vec::new()),
    }
}

fn add<'a>(fields: &mut Fields<'a>, field: Field, cells: Vec<Cell<'a>>) {
    match fields.iter_mut().find(|(f, _)| *f == field) {
        Some((_, all)) => all.extend(cells),
        None => fields.push((field, cells)),
    }
}

fn stage_of(record: &Record<'_>) -> &'static str {
    let said = record.cells(Field::Stage).first().map(|cell| cell.text.to_lowercase()).unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["refined", "final", "revised", "modified"]) {
        "refined"
    } else if says(&["initial", "candidate", "draft", "rough", "tentative"]) {
        "initial"
    } else {
        ""
    }
}

fn header(fields: &[Field], at: usize, table: usize) -> Option<Block> {
    let mut plain = PlainText::new();
    let mut cells = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            plain.push_replacement(FILE, at, 0, " | ");
        }
        let start = plain.as_str().len();
        plain.push_replacement(FILE, at, 0, field.heading());
        cells.push(start..plain.as_str().len());
    }
    table_row(plain, cells, table, true)
}

fn row(record: &Record<'_>, fields: &[Field], text: &str, table: usize) -> Option<Block> {
    let mut plain = PlainText::new();
    let mut cells = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            plain.push_replacement(FILE, record.span.start, 0, " | ");
        }
        let start = plain.as_str().len();
        for (number, cell) in record.cells(*field).iter().enumerate() {
            let (open, between, close) = match field {
                // What the rest of realint knows as a citation and as somebody's words.
                Field::Source if cell.text.starts_with(['[', '@', '(']) => ("", " ", ""),
                Field::Source => ("[@", " ", "]"),
                Field::Quotation if cell.text.starts_with(['"', '\u{201c}', '\'', '\u{2018}']) => ("", " ", ""),
                Field::Quotation => ("\"", " ", "\""),
                _ => ("", "; ", ""),
            };
            if number > 0 {
                plain.push_replacement(FILE, cell.span.start, 0, between);
            }
            plain.push_replacement(FILE, cell.span.start, 0, open);
            push_cell(&mut plain, cell, *field, text);
            plain.push_replacement(FILE, cell.span.end, 0, close);
        }
        cells.push(start..plain.as_str().len());
    }
    table_row(plain, cells, table, false)
}

/// The words of a cell: byte by byte where the file has them so, else for the whole of its place.
fn push_cell(plain: &mut PlainText, cell: &Cell<'_>, field: Field, text: &str) {
    let raw = text.get(cell.span.clone()).unwrap_or_default();
    if field == Field::Source && !cell.text.starts_with(['[', '@', '(']) {
        // Several keys in one cell: `smith2019; jones2020`.
        let keys: Vec<String> = cell
            .text
            .split([';', ','])
            .map(|key| key.split_whitespace().collect::<Vec<_>>().join("-"))
            .filter(|key| !key.is_empty())
            .collect();
        plain.push_replacement(FILE, cell.span.start, cell.span.len(), &keys.join("; @"));
        return;
    }
    match raw.find(cell.text) {
        Some(offset) => plain.push_source(FILE, cell.span.start + offset, cell.text),
        None => plain.push_decoded(FILE, cell.span.start, cell.span.len(), cell.text),
    }
}
