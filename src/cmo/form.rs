//! The marks by which the written forms of configurations are told.

use std::ops::Range;

use super::{ComponentKind, Facet};
use crate::rule::{Grammar, PartKind};

/// What a label names, as configurations hold it.
pub(super) fn kind_of(part: PartKind) -> (ComponentKind, Facet) {
    match part {
        PartKind::Context => (ComponentKind::Context, Facet::None),
        PartKind::Mechanism => (ComponentKind::Mechanism, Facet::None),
        PartKind::Resource => (ComponentKind::Mechanism, Facet::Resource),
        PartKind::Response => (ComponentKind::Mechanism, Facet::Response),
        PartKind::Outcome => (ComponentKind::Outcome, Facet::None),
        PartKind::Intervention => (ComponentKind::Intervention, Facet::None),
        PartKind::Actor => (ComponentKind::Actor, Facet::None),
    }
}

/// A label in brackets: where it stands and what it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// The brackets and what is in them.
    pub(super) range: Range<usize>,
    pub(super) part: PartKind,
    /// Written as a word (`(context)`), not as a letter.
    pub(super) word: bool,
    /// The words that stand in the brackets themselves, after a colon: `(M: they feel known)`.
    pub(super) content: Option<Range<usize>>,
}

/// The longest label with words of its own that is looked for in brackets, in bytes.
const LONGEST_BRACKET: usize = 400;

/// All bracketed labels of a text: `(C)`, `(M2)`, `(context)`, `[Mechanism: resource]`, `(O: they stay)`.
pub(super) fn labels(grammar: &Grammar, text: &str) -> Vec<Label> {
    let bytes = text.as_bytes();
    let mut labels = Vec::new();
    let mut at = 0;
    while let Some(open) = bytes[at..].iter().position(|b| matches!(b, b'(' | b'[')).map(|i| i + at) {
        at = open + 1;
        let closing = if bytes[open] == b'(' { b')' } else { b']' };
        let inner = bytes[open + 1..].iter().take(LONGEST_BRACKET);
        let Some(length) = inner.clone().position(|b| *b == closing || *b == bytes[open]) else { continue };
        if bytes[open + 1 + length] != closing {
            continue;
        }
        let body = open + 1..open + 1 + length;
        let inside = &text[body.clone()];
        let named = inside.split_once([':', '=']).filter(|(_, rest)| rest.split_whitespace().count() > 1);
        let hit = match named {
            Some((label, rest)) if label.len() < 40 => label_of(grammar, label).map(|(part, word)| {
                let start = body.end - rest.len();
                (part, word, Some(start + (rest.len() - rest.trim_start().len())..body.end))
            }),
            _ if inside.len() <= 40 => label_of(grammar, inside).map(|(part, word)| (part, word, None)),
            _ => None,
        };
        if let Some((part, word, content)) = hit {
            labels.push(Label { range: open..body.end + 1, part, word, content });
            at = body.end + 1;
        }
    }
    labels
}

/// What the text inside brackets names; the flag tells words from letters.
fn label_of(grammar: &Grammar, inside: &str) -> Option<(PartKind, bool)> {
    let trimmed = inside.trim();
    if let Some(part) = letter_named(grammar, trimmed) {
        return Some((part, false));
    }
    if trimmed.split_whitespace().count() > 3 {
        return None;
    }
    part_named(grammar, trimmed).map(|part| (part, true))
}

/// The part that a letter with or without a number names: `C`, `M2`, `M-res`.
pub(super) fn letter_named(grammar: &Grammar, label: &str) -> Option<PartKind> {
    let letters = label.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '));
    grammar.part.iter().find(|p| p.letters.iter().any(|l| l == letters)).map(|p| p.is)
}

/// The part that a label in words names: `context`, `Mechanism (response)`, `Outcomes 2`, `strategy`.
pub(super) fn part_named(grammar: &Grammar, label: &str) -> Option<PartKind> {
    if let Some(part) = named_whole(grammar, label) {
        return Some(part);
    }
    let lower = label.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    let of_word = |word: &str| grammar.part.iter().find(|p| p.words.iter().any(|w| w == word)).map(|p| p.is);
    let first = of_word(words.next()?)?;
    if first != PartKind::Mechanism {
        return Some(first);
    }
    let side = words.find_map(|w| of_word(w).filter(|p| matches!(p, PartKind::Resource | PartKind::Response)));
    Some(side.unwrap_or(PartKind::Mechanism))
}

/// The words of a label in lower case, without what parts them.
pub(super) fn phrase_of(label: &str) -> String {
    let lower = label.to_lowercase();
    lower.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The part that all words of a label name together: `mechanism resource`, `what people think`.
pub(super) fn named_whole(grammar: &Grammar, label: &str) -> Option<PartKind> {
    /// A longer label names no part, in bytes.
    const LONGEST: usize = 60;
    if label.len() > LONGEST {
        return None;
    }
    let phrase = phrase_of(label);
    grammar.part.iter().find(|p| p.words.contains(&phrase)).map(|p| p.is)
}

/// The part that a table's column holds, by its header cell; the flag says that only loose words tell.
pub(super) fn column_named(grammar: &Grammar, header: &str) -> Option<(PartKind, bool)> {
    let lower = header.trim().to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).collect();
    if words.is_empty() || words.len() > 9 {
        return None;
    }
    for part in &grammar.part {
        if words.iter().any(|word| part.words.iter().any(|w| w == word)) {
            return Some((part.is, false));
        }
    }
    if let Some(part) = letter_named(grammar, header.trim()) {
        return Some((part, false));
    }
    let phrase = words.join(" ");
    let loose = |list: &[String]| {
        list.iter().any(|w| phrase == *w || phrase.strip_prefix(w.as_str()).is_some_and(|rest| rest.starts_with(' ')))
    };
    grammar.part.iter().find(|part| loose(&part.loose)).map(|part| (part.is, true))
}

/// Whether a cell is empty or says that there is nothing.
pub(super) fn is_blank(grammar: &Grammar, cell: &str) -> bool {
    let bare = cell.trim().trim_matches(['-', '.', '*', '/', ' ', '(', ')', '[', ']', '\u{2014}', '\u{2013}']);
    bare.is_empty() || bare.len() < 24 && grammar.blank.iter().any(|b| *b == bare.to_lowercase())
}

/// Whether a passage says what a term means.
pub(super) fn is_definition(grammar: &Grammar, text: &str) -> bool {
    let lower = text.to_lowercase();
    grammar.definition.iter().any(|cue| lower.contains(cue.as_str()))
}

/// A range without white space and stops at its ends.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let marks = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '-' | '*' | '|');
    // A label that opens inside the one before it leaves nothing between them.
    let range = range.start.min(range.end)..range.end;
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start_matches(marks).len());
    let length = piece.trim_matches(marks).len();
    start..start + length
}

/// Whether a text, in lower case, has a word that begins with one of some stems, which are sorted.
pub(super) fn has_stem(lower: &str, stems: &[String]) -> bool {
    first_stem(lower, stems).is_some()
}

/// The first word that begins with one of some stems, as a byte. The stems are sorted.
pub(super) fn first_stem(lower: &str, stems: &[String]) -> Option<usize> {
    let mut word_start = true;
    for (at, c) in lower.char_indices() {
        if c.is_alphabetic() {
            if word_start {
                let rest = &lower[at..];
                let letter = rest.as_bytes().first();
                let from = stems.partition_point(|stem| stem.as_bytes().first() < letter);
                let mut of_letter = stems[from..].iter().take_while(|stem| stem.as_bytes().first() == letter);
                let hit = of_letter.any(|stem| {
                    // Short stems are whole words, or they would be in half of all words.
                    rest.strip_prefix(stem.as_str()).is_some_and(|after| {
                        stem.len() > 4 || !after.starts_with(|c: char| c.is_alphabetic()) || after.starts_with("s ")
                    })
                });
                if hit {
                    return Some(at);
                }
            }
            word_start = false;
        } else {
            word_start = c != '\'';
        }
    }
    None
}

/// Words of four letters or more of a text, in lower case, for telling how alike two texts are.
pub(super) fn content_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 3)
        .take(200)
        .map(|w| w.to_lowercase().chars().take(6).collect())
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The share of content words that two texts have in common, from 0 to 1.
pub(crate) fn likeness(a: &str, b: &str) -> f32 {
    words_in_common(&content_words(a), &content_words(b))
}

/// As [`likeness`], of content words that are at hand.
pub(super) fn words_in_common(a: &[String], b: &[String]) -> f32 {
    let common = a.iter().filter(|w| b.binary_search(w).is_ok()).count();
    let all = a.len() + b.len() - common;
    if all == 0 { 0.0 } else { common as f32 / all as f32 }
}

/// The share of the first text's content words that the second has as well, from 0 to 1.
pub(crate) fn share_within(a: &str, b: &str) -> f32 {
    let (a, b) = (content_words(a), content_words(b));
    if a.is_empty() { 0.0 } else { a.iter().filter(|w| b.binary_search(w).is_ok()).count() as f32 / a.len() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;

    #[test]
    fn letters_and_words_in_brackets_are_labels() {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        let text =
            "Rota stable (C), nurses trust it (M2); errors fall (O) [12] (see p. 4) (mechanism) (M-resp: they do)";
        let parts: Vec<_> = labels(&grammar, text).into_iter().map(|l| l.part).collect();
        assert_eq!(
            parts,
            [PartKind::Context, PartKind::Mechanism, PartKind::Outcome, PartKind::Mechanism, PartKind::Response]
        );
        let inside = labels(&grammar, "Stable rotas (C) help (M: nurses feel known) and errors fall [Outcome].");
        assert_eq!(inside.len(), 3);
        assert!(inside[1].content.is_some());
    }

    #[test]
    fn a_label_is_told_from_the_words_that_it_labels() {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        let read = |text: &str| -> Vec<(PartKind, String, Option<String>)> {
            let words = |range: Range<usize>| text[range].to_owned();
            labels(&grammar, text).into_iter().map(|l| (l.part, words(l.range), l.content.map(words))).collect()
        };
        assert_eq!(
            read("Paths are lit (C), walkers act (M= they feel seen) and [Outcome: they stay]."),
            [
                (PartKind::Context, "(C)".into(), None),
                (PartKind::Mechanism, "(M= they feel seen)".into(), Some("they feel seen".into())),
                (PartKind::Outcome, "[Outcome: they stay]".into(), Some("they stay".into())),
            ]
        );
        // One word after the colon says which side of the mechanism it is.
        assert_eq!(read("A lamp [Mechanism: resource]"), [(PartKind::Resource, "[Mechanism: resource]".into(), None)]);
        // A few words in brackets are a label, a clause is an aside.
        assert_eq!(
            read("They stay (outcome for walkers)"),
            [(PartKind::Outcome, "(outcome for walkers)".into(), None)]
        );
        assert_eq!(read("They stay (outcomes for walkers differ)"), []);
    }

    #[test]
    fn the_first_word_of_a_label_tells_its_part_and_the_others_the_side_of_a_mechanism() {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        for (label, part) in [
            ("Context of the lamps", Some(PartKind::Context)),
            ("Context and response", Some(PartKind::Context)),
            ("Mechanism: their response", Some(PartKind::Response)),
            ("Mechanism, i.e. the resource", Some(PartKind::Resource)),
            ("Mechanism of the lamps", Some(PartKind::Mechanism)),
            ("The context", None),
        ] {
            assert_eq!(part_named(&grammar, label), part, "{label}");
        }
    }

    #[test]
    fn columns_are_told_by_their_heads() {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        let named = |head: &str| column_named(&grammar, head);
        assert_eq!(named("Context of intervention"), Some((PartKind::Context, false)));
        assert_eq!(named("Mechanism (resource)"), Some((PartKind::Resource, false)));
        assert_eq!(named("M"), Some((PartKind::Mechanism, false)));
        assert_eq!(named("What follows"), Some((PartKind::Outcome, true)));
        assert_eq!(named("Country"), None);
        // A head of more than nine words is a sentence.
        assert_eq!(named("Context in which lamps were lit by the neighbours"), Some((PartKind::Context, false)));
        assert_eq!(named("Context in which lamps were lit by all the neighbours"), None);
    }

    #[test]
    fn short_stems_are_whole_words_and_long_ones_begin_them() {
        let stems = ["believ".to_owned(), "read".to_owned()];
        for (text, at) in [
            ("walkers read the sign", Some(8)),
            ("she reads it", Some(4)),
            ("walkers believed it", Some(8)),
            ("the reader was there", None),
            ("they disbelieved it", None),
        ] {
            assert_eq!(first_stem(text, &stems), at, "{text}");
        }
    }

    #[test]
    fn likeness_is_of_words_and_not_of_their_order() {
        assert!(likeness("nurses report errors early", "early errors nurses report") > 0.99);
        assert!(likeness("nurses report errors", "buses run at night") < 0.01);
        // Shorter words tell no text from another.
        assert_eq!(content_words("The lamp was lit for her and them"), ["lamp", "them"]);
    }

    #[test]
    fn a_shorter_text_may_be_wholly_within_a_longer_one() {
        let (short, long) = ("lamps light paths", "lamps light paths between villages at dusk");
        assert!(share_within(short, long) > 0.99);
        assert!((share_within(long, short) - 0.5).abs() < 0.01);
        assert!(share_within("", long) < 0.01);
    }
}
