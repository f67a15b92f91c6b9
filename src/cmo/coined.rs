//! The words that a manuscript coins itself: names of its claims (`Hunch 1`, `Belief 2`), and names
//! of their parts (`Condition`, `Consideration`, `Consequence`), learned from how it uses them and
//! from what it says of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::ComponentKind;
use super::ConfigurationStage;
use super::extract::{lines_with_labels, opens_statement, readable, stage_of};
use super::form::{kind_of, labels, named_whole, part_named, phrase_of};
use super::identifier::counted;
use super::prose;
use crate::manuscript::{BlockId, BlockKind, Manuscript, Role};
use crate::rule::{Grammar, PartKind, Prefix, PrefixFamily};

/// A name of a claim or of a part takes no more words than this.
const LONGEST_NAME: usize = 6;

/// So many different labels, and so many sentences that explain them, are looked at.
const MOST: usize = 200;

/// The grammar with the words that the manuscript coins; the same one where it coins none.
pub(super) fn learn<'a>(manuscript: &Manuscript, grammar: &'a Grammar) -> Cow<'a, Grammar> {
    let mut grammar = Cow::Borrowed(grammar);
    let used = Used::new(manuscript);
    for (phrase, part) in explained(manuscript, &grammar, &used).into_iter().chain(ordered(&grammar, &used)) {
        // What the manuscript says of its own words goes before what they mean elsewhere.
        for label in &mut grammar.to_mut().part {
            label.words.retain(|word| *word != phrase);
            if label.is == part {
                label.words.push(phrase.clone());
            }
        }
    }
    let coined = names(manuscript, &grammar);
    if !coined.is_empty() {
        grammar.to_mut().prefix.extend(coined);
    }
    grammar
}

/// Names with numbers under which the manuscript states claims, at least two in sequence.
fn names(manuscript: &Manuscript, grammar: &Grammar) -> Vec<Prefix> {
    #[derive(Default)]
    struct Series {
        first: Option<BlockId>,
        claims: BTreeSet<u32>,
        others: usize,
    }
    let mut series: BTreeMap<String, Series> = BTreeMap::new();
    for (index, block) in manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        let kind = matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::Heading { .. });
        if !kind || !readable(manuscript, id) {
            continue;
        }
        let Some((name, number, end)) = numbered_name(&block.text) else { continue };
        if !may_name_claims(grammar, &name) || (series.len() >= MOST && !series.contains_key(&name)) {
            continue;
        }
        let series = series.entry(name).or_default();
        series.first.get_or_insert(id);
        if states_claim(manuscript, grammar, id, end) {
            series.claims.insert(number);
        } else {
            series.others += 1;
        }
    }
    series
        .into_iter()
        .filter(|(_, s)| s.claims.contains(&1) && s.claims.contains(&2) && s.claims.len() >= s.others)
        .filter_map(|(name, s)| {
            let initial = stage_of(manuscript, grammar, s.first?, None) == ConfigurationStage::Initial;
            let family = if initial { PrefixFamily::Initial } else { PrefixFamily::Statement };
            Some(Prefix { name, plural: None, family, coined: true })
        })
        .collect()
}

/// A few words and a number that open a text as a label does: `Rule of thumb 2.`, `Hunch one, know-how.`
/// Gives the words in lower case, the number, and where the label ends.
fn numbered_name(text: &str) -> Option<(String, u32, usize)> {
    let start = text.len() - text.trim_start_matches([' ', '*', '_', '"', '[']).len();
    if !text[start..].starts_with(|c: char| c.is_uppercase()) {
        return None;
    }
    let mut at = start;
    let mut words = 0;
    while words < LONGEST_NAME {
        let rest = &text[at..];
        let length = rest.find(|c: char| !(c.is_alphabetic() || c == '-' || c == '\'')).unwrap_or(rest.len());
        let after = at + length + usize::from(rest[length..].starts_with(' '));
        if length == 0 || after == at + length {
            return None;
        }
        words += 1;
        if let Some((end, number)) = counted(text, after) {
            let closes = text[end..].trim_start_matches(['*', '_']).trim_start();
            let label = closes.is_empty() || closes.starts_with(['.', ':', ',', '(', '-', '\u{2013}', '\u{2014}', ']']);
            return label.then(|| (text[start..at + length].to_lowercase(), number, end));
        }
        at = after;
    }
    None
}

/// Whether a noun before a number may name claims, and isn't known to name them or something else.
fn may_name_claims(grammar: &Grammar, name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or(name);
    let is = |list: &[String]| list.iter().any(|w| w == name || w == last);
    let known = |p: &Prefix| p.name == name || p.plural.as_deref() == Some(name);
    name.len() > 2
        && !is(&grammar.no_claim)
        && !is(&grammar.no_source)
        && part_named(grammar, last).is_none()
        && !grammar.prefix.iter().any(known)
}

/// Whether what follows a label reads as a claim: circumstances, a response and what comes of it, in
/// the same block or, where it is only a title, in the next.
fn states_claim(manuscript: &Manuscript, grammar: &Grammar, id: BlockId, label_end: usize) -> bool {
    /// A title is shorter than this, in words.
    const LONGEST_TITLE: usize = 16;
    let text = &manuscript.block(id).text;
    let title = text.split_whitespace().count() < LONGEST_TITLE;
    let next = BlockId(id.0 + 1);
    claims(manuscript, grammar, id, label_end)
        || title
            && manuscript.blocks.get(next.0).is_some_and(|b| b.kind == BlockKind::Paragraph)
            && opens_statement(text, label_end).is_some()
            && (claims(manuscript, grammar, next, 0) || !lines_with_labels(grammar, manuscript.block(next)).is_empty())
}

/// Whether a block reads as a claim from a byte on, which is 0 or the end of its label.
fn claims(manuscript: &Manuscript, grammar: &Grammar, id: BlockId, label_end: usize) -> bool {
    let text = &manuscript.block(id).text;
    let mut marked: Vec<ComponentKind> = labels(grammar, text).into_iter().map(|l| kind_of(l.part).0).collect();
    marked.sort_unstable();
    marked.dedup();
    if marked.len() >= 2 {
        return true;
    }
    let body = if label_end == 0 { Some(0) } else { opens_statement(text, label_end) };
    let Some(body) = body else { return false };
    let sentences = &manuscript.sentences.all()[manuscript.sentences.of(id)];
    let Some(first) = sentences.iter().position(|s| s.range.end > body) else { return false };
    prose::split(grammar, text, body, &sentences[first..]).is_some_and(|s| s.is_whole() && s.is_conditional())
}

/// The labels that a manuscript uses in its prose and at the heads of its tables.
struct Used {
    /// Labels in the order in which they stand, in runs of paragraphs that have some.
    runs: Vec<Vec<String>>,
    /// How often each is used; heads of columns count twice, as each stands for many cells.
    times: BTreeMap<String, usize>,
}

impl Used {
    fn new(manuscript: &Manuscript) -> Self {
        let mut used = Self { runs: Vec::new(), times: BTreeMap::new() };
        let mut last = None;
        for (index, block) in manuscript.blocks.iter().enumerate() {
            let id = BlockId(index);
            if matches!(manuscript.role_of(id), Role::Abstract | Role::Front) || !readable(manuscript, id) {
                continue;
            }
            match &block.kind {
                BlockKind::TableRow { header: true, cells, .. } => {
                    for cell in cells {
                        used.count(&phrase_of(&block.text[cell.clone()]), 2);
                    }
                }
                BlockKind::Paragraph | BlockKind::ListItem { .. } => {
                    let here: Vec<String> = labels_in(&block.text);
                    if here.is_empty() {
                        continue;
                    }
                    for phrase in &here {
                        used.count(phrase, 1);
                    }
                    match used.runs.last_mut() {
                        Some(run) if last == index.checked_sub(1) => run.extend(here),
                        _ => used.runs.push(here),
                    }
                    last = Some(index);
                }
                _ => {}
            }
        }
        used
    }

    fn count(&mut self, phrase: &str, times: usize) {
        let words = phrase.split(' ').count();
        if phrase.len() > 2 && words <= LONGEST_NAME && (self.times.len() < MOST || self.times.contains_key(phrase)) {
            *self.times.entry(phrase.to_owned()).or_insert(0) += times;
        }
    }
}

/// Everything in a paragraph that is written as a label: `Situation: …` and `… (situation)`.
fn labels_in(text: &str) -> Vec<String> {
    /// Longer than this, in bytes, nothing is a label.
    const LONGEST: usize = 40;
    let is_label = |label: &str| {
        (3..LONGEST).contains(&label.len()) && label.chars().all(|c| c.is_alphabetic() || " -'".contains(c))
    };
    let mut found = Vec::new();
    let mut from = 0;
    let mut open = None;
    let marks = |byte: &u8| matches!(byte, b'.' | b':' | b'-' | b'\n' | b';' | b'|' | b'(' | b'[' | b')' | b']');
    let bytes = text.bytes().enumerate().filter(|(_, byte)| marks(byte));
    for (at, c) in bytes.map(|(at, byte)| (at, char::from(byte))) {
        let stop = matches!(c, '.' | ':') || c == '-' && text[..at].ends_with(' ');
        if stop && text[at + 1..].starts_with(' ') {
            let label = text[from..at].trim_matches(['*', '_', ' ', '\u{2022}']);
            if is_label(label) && label.starts_with(|c: char| c.is_uppercase()) {
                found.push(phrase_of(label));
            }
        }
        match c {
            '\n' | '.' | ';' | '|' => from = at + 1,
            '(' | '[' => open = Some(at + 1),
            ')' | ']' => {
                let inside = open.take().map_or("", |start| &text[start..at]);
                if is_label(inside) {
                    found.push(phrase_of(inside));
                }
            }
            _ => {}
        }
    }
    found
}

/// Labels that name all three parts in turn, at least twice, some of them in everyday words.
fn ordered(grammar: &Grammar, used: &Used) -> Vec<(String, PartKind)> {
    let known = |phrase: &str| -> Option<(PartKind, bool)> {
        let strict = named_whole(grammar, phrase).map(|part| (part, false));
        strict.or_else(|| grammar.part.iter().find(|p| p.loose.iter().any(|w| w == phrase)).map(|p| (p.is, true)))
    };
    let mut times: BTreeMap<(String, ComponentKind), (PartKind, usize)> = BTreeMap::new();
    for run in &used.runs {
        let mut open: Vec<(&String, PartKind, bool)> = Vec::new();
        for phrase in run {
            let Some((part, loose)) = known(phrase) else { continue };
            let kind = kind_of(part).0;
            if open.iter().any(|(_, p, _)| kind_of(*p).0 == kind) {
                open.clear();
            }
            open.push((phrase, part, loose));
            let has = |kind| open.iter().any(|(_, p, _)| kind_of(*p).0 == kind);
            if has(ComponentKind::Context) && has(ComponentKind::Mechanism) && has(ComponentKind::Outcome) {
                for (phrase, part, _) in open.drain(..).filter(|(_, _, loose)| *loose) {
                    times.entry((phrase.clone(), kind_of(part).0)).or_insert((part, 0)).1 += 1;
                }
            }
        }
    }
    times.into_iter().filter(|(_, (_, n))| *n >= 2).map(|((phrase, _), (part, _))| (phrase, part)).collect()
}

/// Labels of which a sentence says what they are: `our condition is the context, our consideration
/// the mechanism, and our consequence the outcome`.
fn explained(manuscript: &Manuscript, grammar: &Grammar, used: &Used) -> Vec<(String, PartKind)> {
    const PARTS: [(&str, PartKind); 3] =
        [("context", PartKind::Context), ("mechanism", PartKind::Mechanism), ("outcome", PartKind::Outcome)];
    /// A longer sentence explains more than three words, in bytes.
    const LONGEST: usize = 600;
    let candidates: Vec<&String> = used
        .times
        .iter()
        .filter(|(phrase, times)| **times >= 2 && !PARTS.iter().any(|(word, _)| phrase.contains(word)))
        .map(|(phrase, _)| phrase)
        .collect();
    if candidates.len() < 3 {
        return Vec::new();
    }
    let mut looked_at = 0;
    for sentence in manuscript.sentences.all().iter().filter(|s| s.range.len() < LONGEST) {
        let block = manuscript.block(sentence.block);
        if !block.is_prose() || matches!(block.kind, BlockKind::TableRow { .. }) {
            continue;
        }
        let text = &block.text[sentence.range.clone()];
        if !text.contains("echanism") || looked_at >= MOST {
            continue;
        }
        looked_at += 1;
        let plain = phrase_of(text);
        let mut parts: Vec<(usize, PartKind)> =
            PARTS.iter().filter_map(|(word, part)| Some((word_at(&plain, word)?, *part))).collect();
        let mut said: Vec<(usize, &String)> =
            candidates.iter().filter_map(|phrase| Some((word_at(&plain, phrase)?, *phrase))).collect();
        if parts.len() != 3 || said.len() != 3 {
            continue;
        }
        parts.sort_unstable_by_key(|(at, _)| *at);
        said.sort_unstable_by_key(|(at, _)| *at);
        let named = |phrase: &str| named_whole(grammar, phrase).map(|part| kind_of(part).0);
        return said
            .into_iter()
            .zip(parts)
            .filter(|((_, phrase), (_, part))| named(phrase) != Some(kind_of(*part).0))
            .map(|((_, phrase), (_, part))| (phrase.clone(), part))
            .collect();
    }
    Vec::new()
}

/// Where a phrase, or its plural, stands as words of their own.
fn word_at(plain: &str, phrase: &str) -> Option<usize> {
    // Most phrases stand nowhere, which is told sooner than where they might.
    if !plain.contains(phrase) {
        return None;
    }
    plain.match_indices(phrase).map(|(at, _)| at).find(|at| {
        let rest = &plain[at + phrase.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        (*at == 0 || plain[..*at].ends_with(' ')) && (rest.is_empty() || rest.starts_with(' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_numbers_open_a_text() {
        let named = |text: &str| numbered_name(text).map(|(name, number, _)| (name, number));
        assert_eq!(named("Hunch one, know-how. If a lamp"), Some(("hunch".into(), 1)));
        assert_eq!(named("Rule of thumb 2 (pride): If a lamp"), Some(("rule of thumb".into(), 2)));
        assert_eq!(named("Belief 12. If a lamp"), Some(("belief".into(), 12)));
        assert_eq!(named("Belief 12 lamps"), None);
        assert_eq!(named("In 2012. If a lamp"), None);
        assert_eq!(named("lamp 1. If"), None);
    }
}
