//! An [`Evaluation`] for people, for programs and for a repository.

use std::fmt::Write as _;
use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use super::json::pretty;
use super::place::printable;
use crate::evaluation::{Evaluation, Figure, Group, ItemFigures, Subgroup};
use crate::report::Tool;
use crate::rule::RuleSet;
use crate::rule::held_out::HeldOut;

/// Where there was nothing to take a figure from.
const NOTHING: &str = "–";

/// What the columns of [`ItemFigures`] and [`Subgroup`] mean.
const LEGEND: &str = "Precision, recall and F1 are those of \"not found\"; \"right\" is the share of items that were rightly held to lack or not to lack; kappa is of the classes reported, partial (or unclear) and not found. Brackets hold 95 % intervals, from resampled manuscripts; with fewer than five manuscripts, or where a figure is often undefined, there is none. A dash stands where there was nothing to take a figure from.";

/// Characters of a line of prose at a terminal.
const LINE: usize = 100;

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Human,
    Markdown,
}

#[derive(serde::Serialize)]
struct WithTool<'a> {
    tool: Tool,
    #[serde(flatten)]
    evaluation: &'a Evaluation,
}

/// Writes one object.
pub fn json(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(pretty(&WithTool { tool: Tool::this(), evaluation })?.as_bytes())?;
    writeln!(out)
}

/// Writes tables for a terminal.
pub fn human(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text(evaluation, Style::Human).as_bytes())
}

/// Writes sections with tables, the folders at the second level.
pub fn markdown(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text(evaluation, Style::Markdown).as_bytes())
}

fn text(evaluation: &Evaluation, style: Style) -> String {
    let mut text = String::new();
    for group in &evaluation.groups {
        let manuscripts = count(group.manuscripts, "manuscript");
        match style {
            Style::Human => text.push_str(&format!("{}: {manuscripts}\n\n", printable(&group.name))),
            Style::Markdown => text.push_str(&format!("## `{}`: {manuscripts}\n\n", group.name)),
        }
        if group.manuscripts > 0 {
            all_figures(group, style, &mut text);
            subgroups("By standard", &group.standards, style, &mut text);
            subgroups("By format", &group.formats, style, &mut text);
            items(&group.items, style, &mut text);
        }
        if !group.titles.is_empty() {
            heading("Titles and files of which the standard is told", style, &mut text);
            let rows = group.titles.iter().map(|list| {
                vec![list.name.clone(), number(Some(list.right as f64 / list.n as f64)), list.n.to_string()]
            });
            table(&["list", "right", "n"], rows, style, &mut text);
        }
        for unread in &group.unread {
            let _ = writeln!(text, "{} could not be read: {}\n", printable(&unread.slug), printable(&unread.reason));
        }
    }
    if evaluation.standard_given {
        text.push_str("Items were judged by the standard and stage that the gold files name.\n\n");
    }
    match style {
        Style::Human => text.push_str(&textwrap::fill(LEGEND, LINE)),
        Style::Markdown => text.push_str(LEGEND),
    }
    text.push('\n');
    text
}

fn all_figures(group: &Group, style: Style, text: &mut String) {
    let rows = group
        .figures
        .iter()
        .filter(|figure| figure.n > 0)
        .map(|f| vec![f.words.to_owned(), number(f.value), interval(f), f.n.to_string()]);
    table(&["figure", "value", "95 % interval", "n"], rows, style, text);
}

fn subgroups(title: &str, subgroups: &[Subgroup], style: Style, text: &mut String) {
    // One subgroup is the whole group.
    if subgroups.len() < 2 {
        return;
    }
    heading(title, style, text);
    let shown = [
        "item_accuracy",
        "not_found_precision",
        "not_found_recall",
        "not_found_f1",
        "kappa_three_class",
        "unclear_rate",
        "cmo_f1",
        "defects_found",
    ];
    let rows = subgroups.iter().map(|subgroup| {
        let figures = shown
            .iter()
            .map(|id| with_interval(&subgroup.figures, id, matches!(*id, "not_found_f1" | "kappa_three_class")));
        [subgroup.name.clone(), subgroup.manuscripts.to_string()].into_iter().chain(figures).collect()
    });
    let head = [
        "",
        "manuscripts",
        "right",
        "precision",
        "recall",
        "F1",
        "kappa",
        "unclear",
        "configurations: F1",
        "defects found",
    ];
    table(&head, rows, style, text);
}

fn items(items: &[ItemFigures], style: Style, text: &mut String) {
    let deletion = items.iter().flat_map(|i| &i.figures).any(|f| f.id == "deletion_noticed" && f.n > 0);
    for of_standard in items.chunk_by(|a, b| a.standard == b.standard) {
        heading(&format!("Items of {}", of_standard[0].standard), style, text);
        let mut shown = vec![
            "item_accuracy",
            "not_found_precision",
            "not_found_recall",
            "not_found_f1",
            "kappa_three_class",
            "unclear_rate",
        ];
        let mut head = vec!["item", "name", "n", "lacking", "right", "precision", "recall", "F1", "kappa", "unclear"];
        if deletion {
            shown.push("deletion_noticed");
            head.push("deletion noticed");
        }
        let rows = of_standard.iter().map(|item| {
            let figures = shown
                .iter()
                .map(|id| with_interval(&item.figures, id, matches!(*id, "not_found_f1" | "kappa_three_class")));
            [item.item.to_string(), item.name.clone(), item.n.to_string(), item.lacking.to_string()]
                .into_iter()
                .chain(figures)
                .collect()
        });
        table(&head, rows, style, text);
    }
}

/// How well the models know sentences that were held out: a Markdown table and a line of totals.
pub fn held_out(held_out: &[HeldOut], rules: &RuleSet) -> String {
    let rate = |share: crate::rule::held_out::Share| number(share.rate());
    let mut text = String::new();
    let rows = held_out.iter().map(|h| {
        vec![
            rules.part(h.part).id.clone(),
            h.satisfying.all.to_string(),
            rate(h.satisfying),
            h.near_misses.all.to_string(),
            rate(h.near_misses),
            h.others.all.to_string(),
            rate(h.others),
        ]
    });
    let head = ["part", "satisfying", "recall", "near misses", "false", "others", "false"];
    table(&head, rows, Style::Markdown, &mut text);
    let total = |of: fn(&HeldOut) -> crate::rule::held_out::Share| {
        let (above, all) = held_out.iter().map(of).fold((0, 0), |sum, s| (sum.0 + s.above, sum.1 + s.all));
        format!("{} of {all}", number((all > 0).then(|| above as f64 / all as f64)))
    };
    let _ = writeln!(
        text,
        "All parts together: recall {}; false {} near misses and {} others.",
        total(|h| h.satisfying),
        total(|h| h.near_misses),
        total(|h| h.others)
    );
    text
}

fn heading(title: &str, style: Style, text: &mut String) {
    let mark = if style == Style::Markdown { "### " } else { "" };
    let _ = writeln!(text, "{mark}{title}\n");
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>, style: Style, text: &mut String) {
    let mut table = Table::new();
    table.load_preset(if style == Style::Markdown { presets::ASCII_MARKDOWN } else { presets::NOTHING });
    table.set_header(head);
    let mut numeric = vec![true; head.len()];
    for row in rows {
        for (numeric, cell) in numeric.iter_mut().zip(&row) {
            *numeric &= cell.starts_with(|c: char| c.is_ascii_digit()) || cell == NOTHING || cell.is_empty();
        }
        table.add_row(row.into_iter().map(|cell| printable(&cell)));
    }
    for (column, numeric) in table.column_iter_mut().zip(numeric) {
        if numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push('\n');
}

fn figure<'a>(figures: &'a [Figure], id: &str) -> Option<&'a Figure> {
    figures.iter().find(|figure| figure.id == id)
}

fn with_interval(figures: &[Figure], id: &str, show: bool) -> String {
    let Some(figure) = figure(figures, id) else { return NOTHING.to_owned() };
    match interval(figure) {
        ends if show && !ends.is_empty() => format!("{} {ends}", number(figure.value)),
        _ => number(figure.value),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| format!("{value:.3}"))
}

fn interval(figure: &Figure) -> String {
    figure.interval.map_or_else(String::new, |[low, high]| format!("[{low:.3}, {high:.3}]"))
}

fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}
