//! A drawing that a paper could print: one row a configuration, context, mechanism and outcome in
//! columns, ripples as links, unsupported configurations dashed, missing parts as holes.

use std::io::{self, Write};

use ::svg::Document;
use ::svg::node::element::{Description, Group, Path, Rectangle, Style, Text, Title};

use super::{Column, called, columns, parts, support, words};
use crate::report::{ConfigurationReport, DocumentReport, Report};

const MARGIN: f32 = 28.0;
/// Left and right of the columns, where ripples run.
const GUTTER: f32 = 34.0;
const LABEL: f32 = 118.0;
const BOX: f32 = 208.0;
/// Between the columns, for the arrows.
const GAP: f32 = 30.0;
/// Between the rows, for ripples on their way back.
const ROW_GAP: f32 = 26.0;
const LINE: f32 = 16.0;
const PADDING: f32 = 10.0;
const FONT: f32 = 12.5;
const SMALL: f32 = 11.0;
/// Lines of words in a box; longer text ends in an ellipsis.
const MOST_LINES: usize = 14;

/// One box of a row.
struct Cell {
    lines: Vec<String>,
    missing: bool,
    column: Column,
}

/// One configuration, laid out.
struct Row<'a> {
    configuration: &'a ConfigurationReport,
    label: Vec<String>,
    note: Vec<String>,
    cells: Vec<Option<Cell>>,
    top: f32,
    height: f32,
}

/// Writes one drawing of all configurations of a report: documents below each other.
pub fn svg(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    ::svg::write(&mut *out, &drawn(&report.documents, "realint", true))?;
    writeln!(out)
}

/// The drawing as a part of a page, which says what lies behind it. `prefix` begins all ids.
pub(in crate::render) fn drawing(documents: &[DocumentReport], prefix: &str) -> String {
    drawn(documents, prefix, false).to_string()
}

/// `alone`: with paper of its own behind it.
fn drawn(documents: &[DocumentReport], prefix: &str, alone: bool) -> Document {
    let all = || documents.iter().flat_map(|d| &d.configurations);
    let columns = columns(all());
    let width = MARGIN * 2.0 + GUTTER * 2.0 + LABEL + columns.len() as f32 * (BOX + GAP) - GAP;
    let mut body = Group::new().set("font-family", "Helvetica, Arial, 'Liberation Sans', sans-serif");
    let mut top = MARGIN;
    let many = documents.len() > 1;
    for document in documents.iter().filter(|d| !d.configurations.is_empty() || !many) {
        let heading = super::one_line(document.title.as_deref().unwrap_or(&document.path));
        for line in wrapped(&heading, width - MARGIN * 2.0, 15.0) {
            body = body.add(text(&line, MARGIN, top + 14.0, 15.0).set("font-weight", "bold").set("fill", "#111"));
            top += 20.0;
        }
        top += 10.0;
        for (number, column) in columns.iter().enumerate() {
            body = body.add(
                text(column.heading(), left_of(number), top + 10.0, FONT)
                    .set("font-weight", "bold")
                    .set("fill", colours(*column).1),
            );
        }
        top += 22.0;
        let rows = rows(document, &columns, top);
        for row in &rows {
            body = body.add(drawn_row(row, prefix));
        }
        body = body.add(ripples(&rows, &columns, prefix));
        top = rows.last().map_or(top, |row| row.top + row.height) + ROW_GAP * 1.5;
    }
    let unsupported = all().any(|c| !c.supported);
    let rippled = all().any(|c| c.ripple.is_some());
    let holes = documents.iter().any(|d| d.configurations.iter().any(|c| !super::lacking(c).is_empty()));
    body = body.add(legend(top, unsupported, rippled, holes));
    let height = top + 24.0 + MARGIN;
    let words = ::svg::node::Text::new(described(documents));
    let mut document = Document::new()
        .set("viewBox", format!("0 0 {width} {height}"))
        .set("width", width)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", format!("{prefix}-title {prefix}-description"))
        .add(Title::new("Context-mechanism-outcome configurations").set("id", format!("{prefix}-title")))
        .add(Description::new().set("id", format!("{prefix}-description")).add(words));
    if alone {
        document = document.add(Style::new("@media print { rect.page { fill: none } }")).add(
            Rectangle::new().set("class", "page").set("width", "100%").set("height", "100%").set("fill", "#ffffff"),
        );
    }
    document.add(arrowheads(prefix)).add(body)
}

/// The drawing in words, for those who can't see it.
fn described(documents: &[DocumentReport]) -> String {
    let mut sentences = Vec::new();
    for document in documents {
        for (index, configuration) in document.configurations.iter().enumerate() {
            let parts: Vec<String> = [Column::Context, Column::Mechanism, Column::Outcome]
                .into_iter()
                .map(|column| {
                    let words = words(configuration, column);
                    let words = if words.is_empty() { "not found".to_owned() } else { words };
                    format!("{}: {words}", column.heading().to_lowercase())
                })
                .collect();
            let leads = configuration
                .ripple
                .and_then(|to| document.configurations.get(to).map(|c| format!(" Leads to {}.", called(c, to))));
            let unsupported = if configuration.supported { "" } else { " No support was found." };
            sentences.push(format!(
                "{}: {}.{unsupported}{}",
                called(configuration, index),
                parts.join("; "),
                leads.unwrap_or_default()
            ));
        }
    }
    sentences.join(" ")
}

fn left_of(column: usize) -> f32 {
    MARGIN + GUTTER + LABEL + column as f32 * (BOX + GAP)
}

/// Fill and stroke.
fn colours(column: Column) -> (&'static str, &'static str) {
    match column {
        Column::Intervention | Column::Actor => ("#eeeeee", "#555555"),
        Column::Context => ("#e3eefa", "#245a92"),
        Column::Mechanism | Column::Response => ("#fdf1d8", "#8a5f10"),
        Column::Resource => ("#fbf7ea", "#8a5f10"),
        Column::Outcome => ("#e2f3e4", "#256b31"),
    }
}

fn rows<'a>(document: &'a DocumentReport, columns: &[Column], from: f32) -> Vec<Row<'a>> {
    let mut top = from;
    let mut rows = Vec::new();
    for (index, configuration) in document.configurations.iter().enumerate() {
        let cells: Vec<Option<Cell>> = columns.iter().map(|column| cell(configuration, *column)).collect();
        let label = wrapped(&called(configuration, index), LABEL - 14.0, FONT);
        let stage = match configuration.stage {
            crate::cmo::ConfigurationStage::Unknown => String::new(),
            stage => stage.name().to_owned(),
        };
        let support = if configuration.supported { support(configuration) } else { "no support found".to_owned() };
        let mut note = wrapped(&stage, LABEL - 14.0, SMALL);
        note.extend(clipped(wrapped(&support, LABEL - 14.0, SMALL), 3));
        let longest = cells.iter().flatten().map(|cell| cell.lines.len()).max().unwrap_or(1);
        let height = (longest as f32 * LINE).max((label.len() + note.len()) as f32 * LINE) + PADDING * 2.0;
        rows.push(Row { configuration, label, note, cells, top, height });
        top += height + ROW_GAP;
    }
    rows
}

/// What is drawn in a column; nothing where the configuration needs nothing there.
fn cell(configuration: &ConfigurationReport, column: Column) -> Option<Cell> {
    let parts = parts(configuration, column);
    if parts.is_empty() {
        let hole = column.is_core() && !configuration.dyad;
        return hole.then(|| Cell { lines: vec!["not found".into()], missing: true, column });
    }
    let bullet = if parts.len() > 1 { "\u{2022} " } else { "" };
    let mut lines = Vec::new();
    for part in parts {
        lines.extend(wrapped(&format!("{bullet}{}", super::one_line(&part.text)), BOX - PADDING * 2.0, FONT));
    }
    Some(Cell { lines: clipped(lines, MOST_LINES), missing: false, column })
}

/// The first lines; an ellipsis says that there were more.
fn clipped(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('\u{2026}');
        }
    }
    lines
}

fn drawn_row(row: &Row<'_>, prefix: &str) -> Group {
    let mut group = Group::new();
    let dashed = !row.configuration.supported;
    // A theory at the start has no support yet, and needs none.
    let lacks_support = dashed && row.configuration.stage != crate::cmo::ConfigurationStage::Initial;
    let mut at = row.top + PADDING + 12.0;
    for line in &row.label {
        group = group.add(text(line, MARGIN + GUTTER, at, FONT).set("font-weight", "bold").set("fill", "#111"));
        at += LINE;
    }
    for line in &row.note {
        group = group
            .add(text(line, MARGIN + GUTTER, at, SMALL).set("fill", if lacks_support { "#9a1b1b" } else { "#555" }));
        at += LINE;
    }
    let middle = row.top + row.height / 2.0;
    let mut before: Option<f32> = None;
    for (number, cell) in row.cells.iter().enumerate() {
        let Some(cell) = cell else { continue };
        let left = left_of(number);
        if let Some(from) = before {
            let mut arrow = Path::new()
                .set("d", format!("M{from} {middle} H{}", left - 3.0))
                .set("fill", "none")
                .set("stroke", "#444")
                .set("stroke-width", 1.4)
                .set("marker-end", format!("url(#{prefix}-arrow)"));
            if dashed {
                arrow = arrow.set("stroke-dasharray", "5 4");
            }
            group = group.add(arrow);
        }
        before = Some(left + BOX);
        let (fill, stroke) = if cell.missing { ("#ffffff", "#9a1b1b") } else { colours(cell.column) };
        let mut frame = Rectangle::new()
            .set("x", left)
            .set("y", row.top)
            .set("width", BOX)
            .set("height", row.height)
            .set("rx", 7)
            .set("fill", fill)
            .set("stroke", stroke)
            .set("stroke-width", 1.3);
        if cell.missing {
            frame = frame.set("stroke-dasharray", "2 4");
        } else if dashed {
            frame = frame.set("stroke-dasharray", "7 4");
        }
        group = group.add(frame);
        let block = cell.lines.len() as f32 * LINE;
        let mut line_at = row.top + (row.height - block) / 2.0 + 12.0;
        for line in &cell.lines {
            let words = text(line, left + PADDING, line_at, FONT);
            group = group.add(if cell.missing {
                words.set("fill", "#9a1b1b").set("font-style", "italic")
            } else {
                words.set("fill", "#111")
            });
            line_at += LINE;
        }
    }
    group
}

/// From an outcome out to the right, back between two rows, and into the context that it becomes.
fn ripples(rows: &[Row<'_>], columns: &[Column], prefix: &str) -> Group {
    let mut group = Group::new();
    let Some(context) = columns.iter().position(|column| *column == Column::Context) else { return group };
    let right = left_of(columns.len() - 1) + BOX;
    let links = rows.iter().filter_map(|row| rows.get(row.configuration.ripple?).map(|target| (row, target)));
    for (number, (from, to)) in links.enumerate() {
        // Each link has a lane of its own, so that two that cross can be told apart.
        let lane = 8.0 + (number % 4) as f32 * 6.0;
        let start = from.top + from.height / 2.0;
        let end = to.top + to.height / 2.0;
        let between = to.top - ROW_GAP / 2.0 + (number % 3) as f32 * 3.0 - 3.0;
        let left = left_of(context);
        // Before the context's column there is the label, or another column: turn in the gap.
        let turn = left - 16.0 + (number % 4) as f32 * 2.0;
        let path = format!("M{right} {start} H{} V{between} H{turn} V{end} H{}", right + lane, left - 3.0);
        group = group.add(
            Path::new()
                .set("d", path)
                .set("fill", "none")
                .set("stroke", "#6a2c91")
                .set("stroke-width", 1.8)
                .set("stroke-linejoin", "round")
                .set("marker-end", format!("url(#{prefix}-ripple)")),
        );
    }
    group
}

fn arrowheads(prefix: &str) -> ::svg::node::element::Definitions {
    let head = |id: &str, colour: &str| {
        ::svg::node::element::Marker::new()
            .set("id", format!("{prefix}-{id}"))
            .set("viewBox", "0 0 10 10")
            .set("refX", 9)
            .set("refY", 5)
            .set("markerWidth", 7)
            .set("markerHeight", 7)
            .set("orient", "auto-start-reverse")
            .add(Path::new().set("d", "M0 0 L10 5 L0 10 z").set("fill", colour))
    };
    ::svg::node::element::Definitions::new().add(head("arrow", "#444")).add(head("ripple", "#6a2c91"))
}

fn legend(top: f32, unsupported: bool, rippled: bool, holes: bool) -> Group {
    let mut group = Group::new();
    let mut at = MARGIN + GUTTER;
    let mut entry = |group: Group, dash: &str, colour: &str, words: &str| {
        let mut sample = Path::new()
            .set("d", format!("M{at} {} h26", top - 4.0))
            .set("fill", "none")
            .set("stroke", colour)
            .set("stroke-width", 1.8);
        if !dash.is_empty() {
            sample = sample.set("stroke-dasharray", dash);
        }
        let label = text(words, at + 32.0, top, SMALL).set("fill", "#444");
        at += 32.0 + width_of(words, SMALL) + 26.0;
        group.add(sample).add(label)
    };
    group = entry(group, "", "#444", "leads to");
    if unsupported {
        group = entry(group, "7 4", "#444", "no support found in the text");
    }
    if holes {
        group = entry(group, "2 4", "#9a1b1b", "part not found");
    }
    if rippled {
        group = entry(group, "", "#6a2c91", "ripple: an outcome that becomes a context");
    }
    group
}

fn text(words: &str, x: f32, y: f32, size: f32) -> Text {
    Text::new(words).set("x", x).set("y", y).set("font-size", size)
}

/// Words broken into lines that are no wider than `width`.
fn wrapped(words: &str, width: f32, size: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width_of(&longer, size) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        // A word wider than the box, or a script without spaces, is broken where it must be.
        for character in word.chars() {
            line.push(character);
            if width_of(&line, size) > width {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// About how wide words are: wider than in Helvetica, since not every machine has it.
fn width_of(words: &str, size: f32) -> f32 {
    let em = |character: char| match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.27,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' | '"' => 0.33,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.88,
        'A'..='Z' | '&' | '\u{2026}' => 0.70,
        ' '..='~' => 0.56,
        '\u{2e80}'.. => 1.0,
        _ => 0.6,
    };
    words.chars().map(em).sum::<f32>() * size * 1.14
}
