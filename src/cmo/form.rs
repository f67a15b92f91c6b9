//! The marks by which the written forms of configurations are told.

use std::ops::Range;

use super::ComponentKind;

/// A label in brackets: where it stands and what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// The brackets and what is in them.
    pub(super) range: Range<usize>,
    pub(super) kind: ComponentKind,
    /// Written as a word (`(context)`), not as a letter.
    pub(super) word: bool,
}

/// All bracketed labels of a text: `(C)`, `(M2)`, `(context)`, `[Mechanism: resource]`.
pub(super) fn labels(text: &str) -> Vec<Label> {
    let bytes = text.as_bytes();
    let mut labels = Vec::new();
    let mut at = 0;
    while let Some(open) = bytes[at..].iter().position(|b| matches!(b, b'(' | b'[')).map(|i| i + at) {
        at = open + 1;
        let closing = if bytes[open] == b'(' { b')' } else { b']' };
        let Some(length) = bytes[open + 1..].iter().take(40).position(|b| *b == closing) else { continue };
        let inside = &text[open + 1..open + 1 + length];
        if let Some((kind, word)) = label_of(inside) {
            labels.push(Label { range: open..open + length + 2, kind, word });
            at = open + length + 2;
        }
    }
    labels
}

/// What the text inside brackets names; the flag tells words from letters.
fn label_of(inside: &str) -> Option<(ComponentKind, bool)> {
    let trimmed = inside.trim();
    let letters = trimmed.trim_end_matches(|c: char| c.is_ascii_digit());
    let kind = match letters {
        "C" => Some(ComponentKind::Context),
        "M" | "MR" | "Mr" | "Mre" | "Mres" | "Mreas" | "M-res" | "M-reas" | "M-resource" | "M-response"
        | "M-reasoning" => Some(ComponentKind::Mechanism),
        "O" => Some(ComponentKind::Outcome),
        "I" => Some(ComponentKind::Intervention),
        "A" => Some(ComponentKind::Actor),
        _ => None,
    };
    if let Some(kind) = kind {
        return Some((kind, false));
    }
    if trimmed.split_whitespace().count() > 3 {
        return None;
    }
    component_named(trimmed).map(|kind| (kind, true))
}

/// The part that a label in words names: `context`, `Mechanism (response)`, `outcomes`, `strategy`.
pub(super) fn component_named(label: &str) -> Option<ComponentKind> {
    let lower = label.to_lowercase();
    let first = lower.split(|c: char| !c.is_alphabetic()).find(|w| !w.is_empty())?;
    Some(match first {
        "context" | "contexts" | "circumstances" | "情境" | "背景" => ComponentKind::Context,
        "mechanism" | "mechanisms" | "response" | "reasoning" | "resource" | "resources" | "机制" => {
            ComponentKind::Mechanism
        }
        "outcome" | "outcomes" | "结局" | "结果" => ComponentKind::Outcome,
        "intervention" | "interventions" | "strategy" | "strategies" => ComponentKind::Intervention,
        "actor" | "actors" => ComponentKind::Actor,
        _ => return None,
    })
}

/// The part that a table's column holds, by its header cell.
pub(super) fn column_named(header: &str) -> Option<ComponentKind> {
    let lower = header.to_lowercase();
    if lower.split_whitespace().count() > 9 {
        return None;
    }
    let has = |word: &str| lower.split(|c: char| !c.is_alphabetic()).any(|w| w == word);
    let any = |words: &[&str]| words.iter().any(|w| has(w));
    if any(&["mechanism", "mechanisms", "response", "reasoning"]) || has("resource") {
        Some(ComponentKind::Mechanism)
    } else if any(&["context", "contexts", "circumstances"]) {
        Some(ComponentKind::Context)
    } else if any(&["outcome", "outcomes"]) {
        Some(ComponentKind::Outcome)
    } else if any(&["actor", "actors"]) {
        Some(ComponentKind::Actor)
    } else if any(&["intervention", "strategy"]) {
        Some(ComponentKind::Intervention)
    } else {
        match header.trim() {
            "C" => Some(ComponentKind::Context),
            "M" => Some(ComponentKind::Mechanism),
            "O" => Some(ComponentKind::Outcome),
            "I" => Some(ComponentKind::Intervention),
            "A" => Some(ComponentKind::Actor),
            _ => None,
        }
    }
}

/// Prefixes of configuration labels, longest first.
const PREFIXES: [&str; 22] = [
    "Context-mechanism-outcome configuration",
    "CMO configuration",
    "Configuration",
    "Programme theory",
    "Program theory",
    "Initial programme theory",
    "Initial program theory",
    "Candidate theory",
    "Proposition",
    "Hypothesis",
    "Statement",
    "Theory area",
    "ICAMO",
    "ICMO",
    "SCMO",
    "CIMO",
    "CAMO",
    "CMO",
    "IPT",
    "FPT",
    "PT",
    "Theory",
];

/// The identifier that a text opens with (`CMOC 3a`, `IPT2`, `Configuration 4`), as a byte range.
pub(super) fn leading_id(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '#')).len();
    let rest = &text[start..];
    let prefix = PREFIXES
        .iter()
        .filter(|p| {
            rest.get(..p.len()).is_some_and(|head| {
                if p.chars().all(|c| c.is_ascii_uppercase()) { head == **p } else { head.eq_ignore_ascii_case(p) }
            })
        })
        .max_by_key(|p| p.len())?;
    let mut at = prefix.len();
    let after = &rest[at..];
    at += after.len() - after.trim_start_matches(['C', 'c', 's']).len().max(after.len().saturating_sub(2));
    let after = &rest[at..];
    let separators = after.len() - after.trim_start_matches([' ', '-', '#', '\u{a0}']).len();
    let number = &after[separators..];
    let length = number_length(number)?;
    Some(start..start + at + separators + length)
}

/// The length of `3`, `12b`, `2.1`, `4(ii)` at the start of a text.
fn number_length(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        let mut letters = text.chars();
        let first = letters.next()?;
        let next = letters.next();
        let alone = next.is_none_or(|c| !c.is_alphanumeric());
        return (first.is_ascii_uppercase() && first <= 'H' && alone).then_some(1);
    }
    if digits > 3 {
        return None;
    }
    let mut length = digits;
    let rest = &text[length..];
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        length += 1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count();
    }
    let mut letters = text[length..].chars();
    if letters.next().is_some_and(|c| c.is_ascii_lowercase()) && letters.next().is_none_or(|c| !c.is_alphanumeric()) {
        length += 1;
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_words_in_brackets_are_labels() {
        let kinds: Vec<_> =
            labels("Rota stable (C), nurses trust it (M2); errors fall (O) [12] (see p. 4) (mechanism)")
                .into_iter()
                .map(|l| l.kind)
                .collect();
        assert_eq!(
            kinds,
            [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome, ComponentKind::Mechanism]
        );
    }

    #[test]
    fn identifiers_are_read_at_the_start() {
        for (text, id) in [
            ("CMOC 3: When", "CMOC 3"),
            ("CMOc2.1 where", "CMOc2.1"),
            ("CMO4a. In", "CMO4a"),
            ("IPT1. Someone", "IPT1"),
            ("Programme theory B: if", "Programme theory B"),
            ("CMO-7 says", "CMO-7"),
        ] {
            assert_eq!(leading_id(text).map(|r| &text[r]), Some(id), "{text}");
        }
        assert_eq!(leading_id("CMOCs were built"), None);
        assert_eq!(leading_id("Theory was used"), None);
    }
}
