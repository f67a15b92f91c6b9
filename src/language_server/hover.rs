//! What is shown of a place: findings with their reasons, a configuration with its parts and support, a
//! source, a field of a protocol.

use std::fmt::Write as _;

use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

use super::navigation::{Stated, Thing, meant, thing_at};
use super::view::{View, holds};
use super::{completion, library};
use crate::report::{ComponentReport, ConfigurationReport, FindingReport};

/// Characters of a part or a piece of support that are shown.
const MOST_SHOWN: usize = 300;
/// Pieces of support that are shown.
const MOST_SUPPORT: usize = 8;

/// What is known of a place.
pub(super) fn hover(view: &View, params: &HoverParams) -> Option<Hover> {
    let at = view.offset(params.text_document_position_params.position);
    let mut cards: Vec<String> = Vec::new();
    let mut shown = None;
    if let Some((thing, range)) = thing_at(view, at) {
        shown = Some(range);
        match thing {
            Thing::Labels(keys) => cards.extend(meant(&view.project(), &keys).iter().map(card)),
            Thing::Source(key) => cards.extend(library::described(view, &key)),
        }
    }
    if let Some((about, range)) = completion::field_at(view, at) {
        shown.get_or_insert(range);
        cards.push(about);
    }
    for (report, source) in view.own() {
        for finding in report.findings.iter().filter(|finding| holds(finding.span, source, at)) {
            shown.get_or_insert(finding.span.start..finding.span.end);
            cards.push(explained(finding));
        }
    }
    let value = cards.join("\n\n---\n\n");
    (!value.is_empty()).then(|| Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: shown.map(|range| view.range(range)),
    })
}

fn explained(finding: &FindingReport) -> String {
    let mut text = format!("**{} {}** {}\n\n", finding.severity.name(), finding.code, plain(&finding.message));
    if !finding.why.is_empty() {
        let _ = write!(text, "*Why:* {}\n\n", plain(&finding.why));
    }
    if !finding.help.is_empty() {
        let _ = write!(text, "*What to do:* {}\n\n", plain(&finding.help));
    }
    let _ = write!(text, "[{}]({})", finding.code, finding.url);
    text
}

/// A configuration, its parts and what stands behind it.
fn card(stated: &Stated<'_>) -> String {
    let ConfigurationReport { id, key, name, stage, variant, components, evidence, theory, dyad, .. } =
        stated.configuration;
    let called = id.as_ref().or(key.as_ref()).map_or("configuration", String::as_str);
    let mut text = format!("**{}**", plain(called));
    if let Some(name) = name {
        let _ = write!(text, " {}", plain(name));
    }
    let _ = write!(text, " ({}, {}", variant.name(), stage.name());
    if *dyad {
        text.push_str(", deliberately partial");
    }
    text.push_str(")\n\n");
    if let Some(theory) = theory {
        let _ = write!(text, "Under *{}*\n\n", plain(theory));
    }
    let parts = [
        ("Intervention", &components.intervention, false),
        ("Actor", &components.actor, false),
        ("Context", &components.context, true),
        ("Mechanism", &components.mechanism, true),
        ("Outcome", &components.outcome, true),
    ];
    for (kind, found, asked) in parts {
        let words: Vec<String> = found.iter().map(part).collect();
        match words.is_empty() {
            false => {
                let _ = writeln!(text, "- {kind}: {}", words.join("; "));
            }
            true if asked => {
                let _ = writeln!(text, "- {kind}: *not found*");
            }
            true => {}
        }
    }
    text.push('\n');
    if evidence.is_empty() {
        text.push_str("Support: *not found*");
    } else {
        let pieces: Vec<String> = evidence.iter().take(MOST_SUPPORT).map(|piece| plain(&short(&piece.text))).collect();
        let more = evidence.len().saturating_sub(MOST_SUPPORT);
        let _ = write!(text, "Support: {}", pieces.join("; "));
        if more > 0 {
            let _ = write!(text, "; and {more} more");
        }
    }
    text
}

fn part(component: &ComponentReport) -> String {
    let words = plain(&short(&component.text));
    match component.facet {
        crate::cmo::Facet::Resource => format!("{words} (resource)"),
        crate::cmo::Facet::Response => format!("{words} (response)"),
        crate::cmo::Facet::None => words,
    }
}

fn short(text: &str) -> String {
    let mut words: String = text.trim().chars().take(MOST_SHOWN).collect();
    if words.len() < text.trim().len() {
        words.push('…');
    }
    words
}

/// A text whose characters mean nothing to Markdown: what a manuscript says is shown as it stands.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => plain.push(' '),
            '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' => plain.extend(['\\', character]),
            other => plain.push(other),
        }
    }
    plain
}
