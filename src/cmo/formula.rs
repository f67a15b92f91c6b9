//! Configurations as formulas: `C (…) + M (…) -> O (…)`, `Context: … + Mechanism: … = Outcome: …`.

use std::ops::Range;

use super::form::{letter_named, part_named, trim};
use crate::rule::{Grammar, PartKind};

/// Signs that lead from one part to the next.
const ARROWS: [&str; 8] = ["->", "=>", "\u{2192}", "\u{2794}", "\u{21d2}", "\u{279c}", "\u{27f6}", "="];

/// The parts of a formula in `text` from a byte on; `None` where it is none. A formula has an arrow
/// or an equals sign, and either labels or, without them, exactly two parts before the arrow.
pub(super) fn components(grammar: &Grammar, text: &str, from: usize) -> Option<Vec<(PartKind, Range<usize>)>> {
    /// Formulas are short.
    const LONGEST: usize = 3000;
    let body = &text[from..];
    if body.len() > LONGEST || !ARROWS.iter().any(|a| body.contains(a)) {
        return None;
    }
    let mut pieces: Vec<(Range<usize>, bool)> = Vec::new();
    let mut start = from;
    let mut depth = 0_usize;
    let mut at = from;
    let mut after_arrow = false;
    while at < text.len() {
        let rest = &text[at..];
        let c = rest.chars().next()?;
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let arrow = if depth == 0 { ARROWS.iter().find(|a| rest.starts_with(**a)) } else { None };
        let plus = depth == 0 && c == '+';
        if arrow.is_some() || plus {
            pieces.push((start..at, after_arrow));
            at += arrow.map_or(1, |a| a.len());
            start = at;
            after_arrow |= arrow.is_some();
            continue;
        }
        at += c.len_utf8();
    }
    pieces.push((start..text.len(), after_arrow));
    if pieces.len() < 2 || !after_arrow {
        return None;
    }
    let labelled: Vec<Option<(PartKind, Range<usize>)>> =
        pieces.iter().map(|(range, _)| labelled(grammar, text, range.clone())).collect();
    if labelled.iter().flatten().count() >= 2 {
        return Some(labelled.into_iter().flatten().collect());
    }
    // `stable rotas + feeling of owning the list -> earlier reports`
    let before = pieces.iter().filter(|(_, after)| !after).count();
    let words = |range: &Range<usize>| text[range.clone()].split_whitespace().count();
    let plain =
        from > 0 && before == 2 && pieces.len() == 3 && pieces.iter().all(|(range, _)| (1..40).contains(&words(range)));
    plain.then(|| {
        let kinds = [PartKind::Context, PartKind::Mechanism, PartKind::Outcome];
        kinds.into_iter().zip(pieces).map(|(kind, (range, _))| (kind, trim(text, range))).collect()
    })
}

/// A piece with its label: `C (crowded wards)`, `Mechanism: fear`, `O = fewer visits`.
fn labelled(grammar: &Grammar, text: &str, range: Range<usize>) -> Option<(PartKind, Range<usize>)> {
    let range = trim(text, range);
    let piece = &text[range.clone()];
    let end = piece.find(['(', ':', '[', '='])?;
    let label = piece[..end].trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
    if label.split_whitespace().count() > 2 {
        return None;
    }
    let part = letter_named(grammar, label).or_else(|| part_named(grammar, label))?;
    let body = range.start + end + 1..range.end;
    let words = &text[body.clone()];
    let closed = words
        .rfind([')', ']'])
        .filter(|i| words[i + 1..].trim().len() < 3 || words[i + 1..].trim_start().starts_with(['[', '.', ';']));
    let opened = piece[end..].starts_with(['(', '[']);
    let body = match closed {
        Some(close) if opened => {
            // A citation after the brackets is no part of the words.
            let first = words.find([')', ']']).unwrap_or(close);
            let nested = words[..first].contains(['(', '[']);
            body.start..body.start + if nested { close } else { first }
        }
        _ => body,
    };
    Some((part, trim(text, body)))
}
