//! Graphs as text: Mermaid (GitHub, Quarto and many editors draw it) and DOT (Graphviz draws it).

use std::io::{self, Write};

use super::{Column, called, columns, lacking, words};
use crate::report::{ConfigurationReport, DocumentReport, Report};

/// Characters after which a node's words are broken into lines.
const LINE: usize = 32;

/// A node or the hole where one is missing.
struct Node {
    id: String,
    column: Column,
    words: String,
    missing: bool,
}

fn nodes(configuration: &ConfigurationReport, prefix: &str, columns: &[Column]) -> Vec<Node> {
    let mut nodes = Vec::new();
    for column in columns {
        let words = words(configuration, *column);
        let missing = words.is_empty();
        if missing && (!column.is_core() || configuration.dyad) {
            continue;
        }
        let letter = column.heading().rsplit(' ').next().unwrap_or_default().chars().take(3).collect::<String>();
        let words = if missing { format!("{} not found", column.heading().to_lowercase()) } else { words };
        nodes.push(Node { id: format!("{prefix}{letter}"), column: *column, words, missing });
    }
    nodes
}

/// Each configuration's prefix, nodes, and the prefix of the one that it leads to.
fn drawn(document: &DocumentReport, number: usize) -> Vec<(usize, &ConfigurationReport, Vec<Node>)> {
    let columns = columns(document.configurations.iter());
    document
        .configurations
        .iter()
        .enumerate()
        .map(|(index, configuration)| {
            (index, configuration, nodes(configuration, &format!("d{number}c{}", index + 1), &columns))
        })
        .collect()
}

/// The node at which a ripple starts or ends.
fn end_of(nodes: &[Node], column: Column) -> Option<&Node> {
    nodes.iter().find(|node| node.column == column && !node.missing)
}

/// Links from outcomes to the contexts that they become.
fn ripples<'a>(
    all: &'a [(usize, &'a ConfigurationReport, Vec<Node>)],
) -> impl Iterator<Item = (&'a Node, &'a Node)> + 'a {
    all.iter().filter_map(|(_, configuration, nodes)| {
        let target = all.get(configuration.ripple?)?;
        Some((end_of(nodes, Column::Outcome)?, end_of(&target.2, Column::Context)?))
    })
}

fn broken(text: &str) -> Vec<String> {
    textwrap::wrap(text, LINE).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// Writes a Mermaid flowchart: one row a configuration, unsupported ones dashed, missing parts dotted.
pub fn mermaid(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for (number, document) in report.documents.iter().enumerate() {
        let all = drawn(document, number + 1);
        for (index, configuration, nodes) in &all {
            let title = called(configuration, *index);
            writeln!(out, "  subgraph d{}c{}[\"{}\"]", number + 1, index + 1, mermaid_text(&[title]))?;
            writeln!(out, "    direction LR")?;
            for node in nodes {
                writeln!(out, "    {}[\"{}\"]:::{}", node.id, mermaid_text(&broken(&node.words)), class(node))?;
            }
            let ids: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
            if ids.len() > 1 {
                let link = if configuration.supported { " --> " } else { " -.-> " };
                writeln!(out, "    {}", ids.join(link))?;
            }
            writeln!(out, "  end")?;
            if !configuration.supported {
                writeln!(out, "  style d{}c{} stroke-dasharray: 5 4", number + 1, index + 1)?;
            }
        }
        for (from, to) in ripples(&all) {
            writeln!(out, "  {} ==> {}", from.id, to.id)?;
        }
    }
    for (class, fill, stroke) in CLASSES {
        writeln!(out, "  classDef {class} fill:{fill},stroke:{stroke},color:#111")?;
    }
    writeln!(out, "  classDef missing fill:#fff,stroke:#a00,color:#a00,stroke-dasharray:2 3")
}

/// The colours of the parts: name, fill, stroke.
const CLASSES: [(&str, &str, &str); 4] = [
    ("given", "#eeeeee", "#666666"),
    ("context", "#e3eefa", "#2f6fab"),
    ("mechanism", "#fdf1d8", "#a8761b"),
    ("outcome", "#e2f3e4", "#2f7d3b"),
];

fn class(node: &Node) -> &'static str {
    if node.missing {
        return "missing";
    }
    match node.column {
        Column::Intervention | Column::Actor => "given",
        Column::Context => "context",
        Column::Mechanism | Column::Resource | Column::Response => "mechanism",
        Column::Outcome => "outcome",
    }
}

/// Words inside Mermaid's quotation marks: what it would read as markup is written as references.
fn mermaid_text(lines: &[String]) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            text.push_str("<br/>");
        }
        for character in line.chars() {
            match character {
                '"' | '<' | '>' | '&' | '#' | '`' | '\\' | ';' | '[' | ']' | '{' | '}' | '(' | ')' | '|' | '*'
                | '_' => {
                    text.push_str(&format!("#{};", u32::from(character)));
                }
                _ => text.push(character),
            }
        }
    }
    text
}

/// Writes a DOT digraph: one cluster a configuration, unsupported ones dashed, missing parts dotted.
pub fn dot(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph configurations {{")?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11];")?;
    writeln!(out, "  graph [fontname=\"Helvetica\", fontsize=12];")?;
    for (number, document) in report.documents.iter().enumerate() {
        let all = drawn(document, number + 1);
        for (index, configuration, nodes) in &all {
            let style = if configuration.supported { "rounded" } else { "rounded,dashed" };
            writeln!(out, "  subgraph cluster_d{}c{} {{", number + 1, index + 1)?;
            writeln!(out, "    label={}; style=\"{style}\";", quoted(&[called(configuration, *index)]))?;
            for node in nodes {
                let (fill, stroke, style) = match CLASSES.iter().find(|(name, _, _)| *name == class(node)) {
                    Some((_, fill, stroke)) => (*fill, *stroke, "rounded,filled"),
                    None => ("#ffffff", "#aa0000", "rounded,filled,dotted"),
                };
                writeln!(
                    out,
                    "    {} [label={}, fillcolor=\"{fill}\", color=\"{stroke}\", style=\"{style}\"];",
                    node.id,
                    quoted(&broken(&node.words))
                )?;
            }
            let ids: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
            if ids.len() > 1 {
                let style = if configuration.supported { "" } else { " [style=dashed]" };
                writeln!(out, "    {}{style};", ids.join(" -> "))?;
            }
            let lacks = lacking(configuration);
            if !lacks.is_empty() {
                writeln!(out, "    tooltip={};", quoted(&[format!("lacks {}", lacks.join(", "))]))?;
            }
            writeln!(out, "  }}")?;
        }
        for (from, to) in ripples(&all) {
            writeln!(out, "  {} -> {} [penwidth=2, constraint=false, label=\"ripple\"];", from.id, to.id)?;
        }
    }
    writeln!(out, "}}")
}

/// A DOT string of some lines, aligned left.
fn quoted(lines: &[String]) -> String {
    let mut text = String::from("\"");
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            text.push_str("\\l");
        }
        text.push_str(&line.replace('\\', "\\\\").replace('"', "\\\""));
    }
    if lines.len() > 1 {
        text.push_str("\\l");
    }
    text.push('"');
    text
}
