//! Takes a statement in plain prose apart: `Where C, people M, so that O`; `If C, then O, because M`.

use std::ops::Range;

use super::ComponentKind;
use super::form::{first_stem, has_stem, kind_of, part_named, trim};
use crate::manuscript::Sentence;
use crate::rule::Grammar;

/// A statement with the parts that were told in it, in reading order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// Byte range in the block's text.
    pub(super) range: Range<usize>,
    pub(super) parts: Vec<(ComponentKind, Range<usize>)>,
    pub(super) words: usize,
    /// A clause of circumstances opens it or closes it.
    conditional: bool,
    /// A word for people's reasoning stands in it.
    reasoned: bool,
}

impl Statement {
    fn has(&self, kind: ComponentKind) -> bool {
        self.parts.iter().any(|(k, _)| *k == kind)
    }

    /// Context, mechanism and outcome are all there.
    pub(super) fn is_whole(&self) -> bool {
        [ComponentKind::Context, ComponentKind::Mechanism, ComponentKind::Outcome].into_iter().all(|k| self.has(k))
    }

    /// It reads as a claim: circumstances and what follows from them, or reasoning and its result.
    pub(super) fn is_claim(&self) -> bool {
        self.words >= 8
            && self.parts.len() >= 2
            && (self.conditional || (self.reasoned && self.has(ComponentKind::Outcome)))
    }

    /// A clause of circumstances opens it or closes it.
    pub(super) fn is_conditional(&self) -> bool {
        self.conditional
    }

    /// How sure it is that this is a configuration and is parted rightly: prose is never certain.
    pub(super) fn confidence(&self) -> f32 {
        if self.is_whole() && self.conditional { 0.7 } else { 0.5 }
    }
}

/// How a clause is joined to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    First,
    Plain,
    And,
    Because,
    Result,
    Then,
}

#[derive(Debug)]
struct Clause {
    joint: Joint,
    range: Range<usize>,
}

/// A statement is no longer than this, in bytes; the rest is told, not stated.
const LONGEST: usize = 2000;

/// Takes the statement apart that begins at `from`, in the first of `sentences`; a sentence after it
/// belongs to it where it begins with its result.
pub(super) fn split(grammar: &Grammar, text: &str, from: usize, sentences: &[Sentence]) -> Option<Statement> {
    let first = sentences.first()?;
    let start = from.max(first.range.start);
    let mut end = first.range.end;
    for sentence in sentences.iter().skip(1).take(2) {
        let lower = text[sentence.range.clone()].chars().take(60).collect::<String>().to_lowercase();
        let goes_on = begins(&lower, &grammar.resumes).is_some();
        if begins(&lower, &grammar.result).is_some()
            || (goes_on && has_connector(grammar, &text[sentence.range.clone()]))
        {
            end = sentence.range.end;
        } else {
            break;
        }
    }
    let end = end.min(floor(text, start + LONGEST));
    let start = start + (text[start..end].len() - text[start..end].trim_start_matches([' ', '*', '_', '"']).len());
    if start >= end {
        return None;
    }
    let range = start..end;
    // Offsets stay what they are: only ASCII letters change.
    let lower = text[range.clone()].to_ascii_lowercase();
    let words = lower.split_whitespace().count();
    let (context, main, trailing) = circumstances(grammar, &lower);
    let mut parts: Vec<(ComponentKind, Range<usize>)> = Vec::new();
    let absolute = |r: &Range<usize>| without_citation(text, trim(text, start + r.start..start + r.end));
    let conditional = context.is_some() || trailing.is_some();
    if let Some(context) = &context {
        parts.push((ComponentKind::Context, absolute(context)));
    }
    let clauses = clauses(grammar, &lower, main);
    let kinds = kinds_of(grammar, &lower, &clauses);
    for (clause, kind) in clauses.iter().zip(kinds) {
        let words = &lower[clause.range.start.min(clause.range.end)..clause.range.end];
        let said = named(grammar, words).map_or(0, |(_, said)| said);
        let range = absolute(&(clause.range.start + said..clause.range.end));
        if range.is_empty() {
            continue;
        }
        match parts.last_mut() {
            Some((last, so_far)) if *last == kind => so_far.end = range.end,
            _ => parts.push((kind, range)),
        }
    }
    if let Some(trailing) = &trailing {
        parts.push((ComponentKind::Context, absolute(trailing)));
    }
    parts.retain(|(_, r)| !r.is_empty());
    let reasoned = has_stem(&lower, &grammar.reasoning);
    (!parts.is_empty()).then_some(Statement { range, parts, words, conditional, reasoned })
}

/// A range without the citations that close it.
fn without_citation(text: &str, range: Range<usize>) -> Range<usize> {
    let mut range = range;
    while text[range.clone()].ends_with(']') {
        let Some(open) = text[range.clone()].rfind('[') else { break };
        let inside = &text[range.start + open + 1..range.end - 1];
        if !inside.starts_with(|c: char| c.is_ascii_digit() || c == '@') {
            break;
        }
        range = trim(text, range.start..range.start + open);
    }
    range
}

/// The boundary of a character at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Which of some phrases a text begins with, as the length of the longest.
fn begins(lower: &str, phrases: &[String]) -> Option<usize> {
    phrases
        .iter()
        .filter(|p| lower.strip_prefix(p.as_str()).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric())))
        .map(String::len)
        .max()
}

fn has_connector(grammar: &Grammar, text: &str) -> bool {
    let lower = text.to_lowercase();
    grammar.result.iter().any(|p| p.contains(' ') && lower.contains(p.as_str()))
}

/// Commas, semicolons and dashes outside brackets, as bytes.
fn breaks(lower: &str) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, c) in lower.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            // `1,204` is one number.
            ',' | ';' | ':' if depth == 0 && !lower[at + 1..].starts_with(|c: char| c.is_ascii_digit()) => {
                found.push(at);
            }
            '.' if depth == 0 && lower[at + 1..].starts_with(' ') => found.push(at),
            _ => {}
        }
    }
    found
}

/// The clause of circumstances at the start, what is left, and a clause of circumstances at the end.
fn circumstances(grammar: &Grammar, lower: &str) -> (Option<Range<usize>>, Range<usize>, Option<Range<usize>>) {
    /// A clause of circumstances before this byte isn't one that closes the statement.
    const FIRST_WORDS: usize = 16;
    let all = 0..lower.len();
    let stops = breaks(lower);
    if begins(lower, &grammar.opener).is_some() && begins(lower, &grammar.result).is_none() {
        let mut at = 0;
        while at < stops.len() {
            let next = lower[stops[at] + 1..].trim_start();
            let next_end = stops.get(at + 1).copied().unwrap_or(lower.len());
            let segment = &lower[stops[at] + 1..next_end];
            let goes_on = begins(next, &grammar.goes_on).is_some() || is_participles(segment);
            let joined = next.starts_with("and ") || next.starts_with("but ");
            let more = at + 1 < stops.len();
            let plain_list = more && joined && !has_stem(segment, &grammar.reasoning);
            if more && (goes_on || plain_list) {
                at += 1;
            } else {
                break;
            }
        }
        // `If rotas are stable then errors fall`: no comma parts the clauses.
        let comma = stops.get(at).copied();
        let then = lower.find(" then ").filter(|t| comma.is_none_or(|c| *t < c + 3));
        return match (then, comma) {
            (Some(then), _) => (Some(0..then), then + 1..lower.len(), None),
            (None, Some(comma)) => (Some(0..comma), comma + 1..lower.len(), None),
            (None, None) => (None, all, None),
        };
    }
    // `A child who comes hungry … stops thinking of her stomach`: the subject carries the circumstances.
    let head_end = lower.match_indices(' ').nth(9).map_or(lower.len(), |(i, _)| i);
    let marker =
        grammar.relative.iter().filter_map(|m| word_in(&lower[..head_end], m, 0).map(|i| i + m.len() + 1)).min();
    if let Some(marker) = marker {
        let skip = lower[marker..].match_indices(' ').nth(1).map_or(lower.len(), |(i, _)| marker + i);
        let verb = first_stem(&lower[skip..], &grammar.reasoning).map(|i| skip + i);
        let comma = stops.iter().copied().find(|c| *c > marker);
        let end = match (verb, comma) {
            (Some(v), Some(c)) => v.min(c),
            (Some(v), None) => v,
            (None, Some(c)) => c,
            (None, None) => return (None, all, None),
        };
        if end > marker + 3 {
            return (Some(0..end), end..lower.len(), None);
        }
    }
    // `Tutors feel trusted and stay in post where contracts are long`.
    let trailing = grammar.trailing.iter().filter_map(|m| word_in(lower, m, FIRST_WORDS)).min();
    match trailing {
        Some(at) => (None, 0..at, Some(at..lower.len())),
        None => (None, all, None),
    }
}

/// `copied and delayed for weeks`: a segment of participles goes on with the clause before it.
fn is_participles(segment: &str) -> bool {
    let mut words = segment.split_whitespace();
    let participle = words.next().is_some_and(|w| w.len() > 4 && (w.ends_with("ed") || w.ends_with("ing")));
    participle && words.next().is_some_and(|w| matches!(w, "and" | "or"))
}

/// Where a phrase stands as words of their own, from a byte on.
fn word_in(lower: &str, phrase: &str, from: usize) -> Option<usize> {
    // Most phrases stand nowhere, which is told sooner than where they might.
    if !lower.contains(phrase) {
        return None;
    }
    lower.match_indices(phrase).map(|(at, _)| at).find(|at| {
        let after = lower[at + phrase.len()..].starts_with(' ');
        *at >= from && after && lower[..*at].ends_with(' ')
    })
}

/// The clauses of the main part of a statement.
fn clauses(grammar: &Grammar, lower: &str, main: Range<usize>) -> Vec<Clause> {
    let mut cuts: Vec<(usize, usize, Joint)> = Vec::new();
    let text = &lower[main.clone()];
    let first = text.len() - text.trim_start_matches([' ', ',']).len();
    let opening = &text[first..];
    let (joint, skip) = if opening.starts_with("then ") {
        (Joint::Then, 5)
    } else if let Some(length) = begins(opening, &grammar.because) {
        (Joint::Because, length)
    } else {
        (Joint::First, 0)
    };
    cuts.push((first, first + skip, joint));
    for stop in breaks(text) {
        let rest = &text[stop + 1..];
        let at = stop + 1 + (rest.len() - rest.trim_start().len());
        let rest = &text[at..];
        let (joint, skip) = if let Some(length) = begins(rest, &grammar.result) {
            (Joint::Result, length)
        } else if let Some(length) = begins(rest, &grammar.because) {
            (Joint::Because, length)
        } else if rest.starts_with("then ") || rest.starts_with("and then ") {
            (Joint::Then, 0)
        } else if rest.starts_with("and ") {
            (Joint::And, 0)
        } else {
            (Joint::Plain, 0)
        };
        cuts.push((stop, at + skip, joint));
    }
    // Joints within a clause, without a comma; short ones are too common there.
    for (phrases, joint) in [(&grammar.result, Joint::Result), (&grammar.because, Joint::Because)] {
        let joins = |phrase: &&String| phrase.contains(' ') || grammar.joins_anywhere.contains(phrase);
        for phrase in phrases.iter().filter(|phrase| text.contains(phrase.as_str())).filter(joins) {
            for (at, _) in text.match_indices(phrase.as_str()) {
                let starts = text[..at].ends_with(' ');
                let ends = !text[at + phrase.len()..].starts_with(|c: char| c.is_alphanumeric());
                if starts && ends {
                    cuts.push((at, at + phrase.len(), joint));
                }
            }
        }
    }
    // `they will stop carrying it alone and will refer`: what they will do follows.
    if stops_within(text).is_none()
        && let Some(at) = text.find(" and will ").filter(|at| has_stem(&text[..*at], &grammar.reasoning))
    {
        cuts.push((at + 1, at + 5, Joint::And));
    }
    cuts.sort_unstable_by_key(|(from, to, _)| (*from, std::cmp::Reverse(*to)));
    let mut found: Vec<Clause> = Vec::new();
    for (index, (from, body, joint)) in cuts.iter().enumerate() {
        // A cut inside the words of the one before it is the same joint, longer or shorter.
        if index > 0 && found.last().is_some_and(|c| main.start + *from < c.range.start) {
            continue;
        }
        if let Some(last) = found.last_mut() {
            last.range.end = main.start + *from;
        }
        found.push(Clause { joint: *joint, range: main.start + *body..main.end });
    }
    found.retain(|c| {
        !lower[c.range.start.min(c.range.end)..c.range.end].trim_matches(|c: char| !c.is_alphanumeric()).is_empty()
    });
    found
}

/// The first comma or stop of the main part that isn't its end.
fn stops_within(text: &str) -> Option<usize> {
    breaks(text).into_iter().find(|b| !text[b + 1..].trim().is_empty())
}

/// Which part each clause is.
fn kinds_of(grammar: &Grammar, lower: &str, clauses: &[Clause]) -> Vec<ComponentKind> {
    use ComponentKind::{Mechanism, Outcome};
    let because = clauses.iter().any(|c| c.joint == Joint::Because);
    let result = clauses.iter().any(|c| c.joint == Joint::Result);
    let mut kinds: Vec<ComponentKind> = Vec::with_capacity(clauses.len());
    let several = clauses.len() > 1;
    for (index, clause) in clauses.iter().enumerate() {
        let words = &lower[clause.range.start.min(clause.range.end)..clause.range.end];
        if let Some((kind, _)) = named(grammar, words) {
            kinds.push(kind);
            continue;
        }
        let reasoned = has_stem(words, &grammar.reasoning);
        let mechanism = kinds.contains(&Mechanism);
        let kind = match clause.joint {
            Joint::Because => Mechanism,
            Joint::Result => Outcome,
            _ if kinds.last() == Some(&Outcome) => Outcome,
            // After a reason what follows plainly goes on with it.
            Joint::First | Joint::Then | Joint::Plain | Joint::And if because && !mechanism && !result => Outcome,
            Joint::First | Joint::Then if reasoned || several => Mechanism,
            Joint::First | Joint::Then => Outcome,
            Joint::Plain | Joint::And if !mechanism => {
                if reasoned {
                    Mechanism
                } else {
                    Outcome
                }
            }
            Joint::Plain => {
                // `they lose heart, they stop coming`; but a bare apposition goes on with what it explains.
                let last = index + 1 == clauses.len();
                if reasoned || !last && result {
                    Mechanism
                } else if last || starts_clause(grammar, words) {
                    Outcome
                } else {
                    Mechanism
                }
            }
            Joint::And => {
                let head: String = words.split_whitespace().take(5).collect::<Vec<_>>().join(" ");
                let last = index + 1 == clauses.len() && !result;
                // `and they feel humiliated`: a feeling is a response, wherever it stands.
                let felt = begins(after_and(words), &grammar.felt).is_some();
                let reasons = has_stem(&head, &grammar.reasoning) && !last || mechanism && felt;
                if reasons || result && !starts_clause(grammar, words) { Mechanism } else { Outcome }
            }
        };
        kinds.push(kind);
    }
    // `… because they feel known`: without reason or result, one clause of reasoning is all mechanism.
    if clauses.len() == 1 && clauses[0].joint != Joint::Because {
        let words = &lower[clauses[0].range.clone()];
        let reasoned = has_stem(words, &grammar.reasoning);
        kinds[0] = if reasoned { Mechanism } else { Outcome };
    }
    kinds
}

/// The part that a clause names itself, and where what it says of it begins: `the mechanism is a sheet`.
fn named(grammar: &Grammar, words: &str) -> Option<(ComponentKind, usize)> {
    let clause = after_and(words);
    let body = begins(clause, &grammar.determiner).map_or(clause, |length| clause[length..].trim_start());
    let name = body.split([' ', ',']).next()?;
    let part = part_named(grammar, name).filter(|_| name.len() > 3)?;
    let rest = body[name.len()..].trim_start();
    let verb = begins(rest, &grammar.naming)?;
    let said = rest[verb..].trim_start();
    (!said.is_empty()).then(|| (kind_of(part).0, words.len() - said.len()))
}

/// A clause without the `and` that joins it.
fn after_and(words: &str) -> &str {
    let words = words.trim_start();
    words.strip_prefix("and ").map_or(words, str::trim_start)
}

/// Whether a clause has a subject of its own: `and they leave`, `some stay`.
fn starts_clause(grammar: &Grammar, words: &str) -> bool {
    begins(after_and(words), &grammar.subject).is_some() || words.trim_start().starts_with("and ")
}
