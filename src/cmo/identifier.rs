//! Labels of configurations and theories, and where the text refers to them: `CMOC 3a`, `CMOc-3a`,
//! `IPT2`, `Configurations 4-7`, `Theories 1, 2 and 5`.

use std::fmt;
use std::ops::Range;

use crate::manuscript::{BlockId, BlockKind, Manuscript, Role};
use crate::rule::{Grammar, Prefix, PrefixFamily};

/// What kind of thing a label names; labels of one family share their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A configuration: CMOC, CMO, ICAMO, Configuration.
    Configuration,
    /// An initial or candidate theory: IPT.
    Initial,
    /// A programme theory: PT, Programme theory, Theory.
    Theory,
    /// Statements, propositions, hypotheses.
    Statement,
    /// A bare number or letter in a table or list.
    Bare,
}

impl From<PrefixFamily> for Family {
    fn from(family: PrefixFamily) -> Self {
        match family {
            PrefixFamily::Configuration => Self::Configuration,
            PrefixFamily::Initial => Self::Initial,
            PrefixFamily::Theory => Self::Theory,
            PrefixFamily::Statement => Self::Statement,
        }
    }
}

/// A label in one form, however it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it names.
    pub family: Family,
    /// Its number in lower case: `3a`, `2.1`, `b`.
    pub number: String,
}

impl Identifier {
    /// The number, where it is a whole number and nothing else.
    pub fn whole(&self) -> Option<u32> {
        self.number.parse().ok()
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.family {
            Family::Configuration => "CMOC ",
            Family::Initial => "IPT ",
            Family::Theory => "Theory ",
            Family::Statement => "Statement ",
            Family::Bare => "",
        };
        write!(f, "{prefix}{}", self.number)
    }
}

/// How a label is written, apart from its number: `CMOC ` and `CMOc-` differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Style {
    /// The name as it is written, in the singular; in lower case where it is a word and no acronym.
    pub name: String,
    /// What stands between name and number.
    pub separator: String,
}

impl Style {
    /// The style with a number, as it would be written.
    pub fn with(&self, number: &str) -> String {
        format!("{}{}{number}", self.name, self.separator)
    }
}

/// One place where the text names configurations or theories by their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The block.
    pub block: BlockId,
    /// Byte range of name and numbers in its text.
    pub range: Range<usize>,
    /// What is named; ranges are written out.
    pub ids: Vec<Identifier>,
    /// How it is written.
    pub style: Style,
    /// It opens its block, as a label or heading does.
    pub leading: bool,
}

/// A label at the start of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leading {
    /// Byte range of the label.
    pub(super) range: Range<usize>,
    pub(super) id: Identifier,
    pub(super) style: Style,
}

/// What a label names by itself, however it is written: `IPT1`, `ipt-1`.
pub(crate) fn key_of(grammar: &Grammar, label: &str) -> Option<Identifier> {
    leading(grammar, label).filter(|leading| leading.range.end == label.trim_end().len()).map(|leading| leading.id)
}

/// A range of numbers names no more labels than this; a longer one is a slip.
const LONGEST_RANGE: u32 = 200;

/// The label that a text opens with (`CMOC 3a`, `IPT2`, `Configuration 4`).
pub(super) fn leading(grammar: &Grammar, text: &str) -> Option<Leading> {
    let marks = |c: char| c.is_whitespace() || matches!(c, '*' | '#' | '"' | '[');
    let start = text.len() - text.trim_start_matches(marks).len();
    // Headings may be numbered: `4.2 CMOC 3`.
    let rest = &text[start..];
    let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ')).len();
    let starts = if number > 0 && number < 9 { [Some(start), Some(start + number)] } else { [Some(start), None] };
    let mention = starts.into_iter().flatten().find_map(|at| mention_at(grammar, text, at))?;
    let (id, range) = (mention.ids.into_iter().next()?, mention.range);
    (!mention.plural).then_some(Leading { range, id, style: mention.style })
}

/// All places where the manuscript names configurations or theories, in reading order.
pub(crate) fn mentions(manuscript: &Manuscript, grammar: &Grammar) -> Vec<Mention> {
    let mut found = Vec::new();
    let heads = Heads::of(grammar);
    for (index, block) in manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        let read = !matches!(block.kind, BlockKind::Code | BlockKind::Reference | BlockKind::Metadata);
        if !read || matches!(manuscript.role_of(id), Role::References | Role::Declarations) {
            continue;
        }
        let text = block.text.as_str();
        let mut from = 0;
        let bytes = text.as_bytes();
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
        while let Some(at) = bytes[from..].iter().position(in_word).map(|skipped| from + skipped) {
            let hit = if heads.may_begin(&bytes[at..]) { mention_at(grammar, text, at) } else { None };
            from = at;
            if let Some(hit) = hit {
                let leading = text[..hit.range.start].trim_start_matches(['*', '#', ' ', '"']).is_empty();
                from = hit.range.end;
                found.push(Mention { block: id, range: hit.range, ids: hit.ids, style: hit.style, leading });
            }
            from += bytes[from..].iter().position(|byte| !in_word(byte)).unwrap_or(bytes.len() - from);
        }
    }
    found
}

/// The first four bytes of the names of claims, without regard to case: few words of a text begin so. By their first
/// letters, each with the mask of the bytes that count.
struct Heads([Vec<(u32, u32)>; 32]);

impl Heads {
    fn of(grammar: &Grammar) -> Self {
        let plurals = grammar.prefix.iter().filter_map(|prefix| prefix.plural.as_ref());
        let names = grammar.prefix.iter().map(|prefix| &prefix.name).chain(plurals);
        let mut heads = Self(std::array::from_fn(|_| Vec::new()));
        for name in names {
            let mask = u32::MAX >> (32 - 8 * name.len().clamp(1, 4));
            let head = (head_of(name.as_bytes()) & mask, mask);
            let of_letter = &mut heads.0[letter_of(name.as_bytes()[0])];
            if !of_letter.contains(&head) {
                of_letter.push(head);
            }
        }
        heads
    }

    fn may_begin(&self, text: &[u8]) -> bool {
        let of_letter =
            text.first().filter(|first| first.is_ascii_alphabetic()).map(|first| &self.0[letter_of(*first)]);
        of_letter.filter(|heads| !heads.is_empty()).is_some_and(|heads| {
            let head = head_of(text);
            heads.iter().any(|(name, mask)| head & mask == *name)
        })
    }
}

/// The place of a letter in the alphabet, in either case.
fn letter_of(byte: u8) -> usize {
    usize::from(byte & 31)
}

/// The first four bytes, letters in lower case.
fn head_of(text: &[u8]) -> u32 {
    let byte = |at: usize| text.get(at).map_or(0, u8::to_ascii_lowercase);
    u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
}

struct Hit {
    range: Range<usize>,
    ids: Vec<Identifier>,
    style: Style,
    plural: bool,
}

/// The label, or the list of labels, that stands at a byte of a text.
fn mention_at(grammar: &Grammar, text: &str, at: usize) -> Option<Hit> {
    let bytes = &text.as_bytes()[at..];
    let first = bytes.first()?.to_ascii_lowercase();
    let mut best: Option<Hit> = None;
    for prefix in grammar.prefix.iter().filter(|p| p.name.as_bytes()[0] == first) {
        let written =
            |name: &str| bytes.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()));
        let plural = match &prefix.plural {
            Some(plural) => written(plural).then_some(plural.len()),
            None => (written(&prefix.name) && bytes.get(prefix.name.len()).is_some_and(|b| matches!(b, b's')))
                .then_some(prefix.name.len() + 1),
        };
        let lengths = [plural.map(|n| (n, true)), written(&prefix.name).then_some((prefix.name.len(), false))];
        for (length, plural) in lengths.into_iter().flatten() {
            if let Some(hit) = numbered(prefix, text, at, length, plural)
                && best.as_ref().is_none_or(|b| hit.range.end > b.range.end)
            {
                best = Some(hit);
            }
        }
    }
    best
}

/// Whether a name is an acronym, after which a number may stand without a space.
fn is_acronym(prefix: &Prefix) -> bool {
    prefix.name.len() <= 6 && !prefix.name.contains(' ') && prefix.name != "theory"
}

/// The number or numbers after a name.
fn numbered(prefix: &Prefix, text: &str, at: usize, length: usize, plural: bool) -> Option<Hit> {
    let name = &text[at..at + length];
    let acronym = is_acronym(prefix);
    if acronym && prefix.name.len() <= 3 && prefix.family != PrefixFamily::Configuration {
        // `PT 4` is a label, `pt 4` is not; `ipt-2` is.
        let capital = name.starts_with(|c: char| c.is_ascii_uppercase());
        if !capital && prefix.name.len() < 3 {
            return None;
        }
    }
    let rest = &text[at + length..];
    let mut after = rest.trim_start_matches([' ', '-', '#', '\u{a0}', '\u{2011}']);
    while let Some(number) = after.strip_prefix("no. ").or_else(|| after.strip_prefix("No. ")) {
        after = number;
    }
    let separator = rest.len() - after.len();
    let between = &rest[..separator];
    if between.len() > 5 || (!acronym && between.is_empty()) {
        return None;
    }
    let start = at + length + separator;
    let capital = name.starts_with(|c: char| c.is_ascii_uppercase());
    // `CMOC` is no `CMO C`: letters and roman numerals stand apart.
    let (mut end, first) = number(text, start, capital && !between.is_empty())
        .or_else(|| spelt(text, start).filter(|_| prefix.coined).map(|(end, n)| (end, n.to_string())))?;
    // `Programme theory A description of`: an article and a pronoun are no numbers.
    let follows = text[end..].strip_prefix(' ').unwrap_or_default();
    if !acronym
        && matches!(first.as_str(), "a" | "i")
        && follows.starts_with(char::is_lowercase)
        && !follows.starts_with("and ")
    {
        return None;
    }
    let family = Family::from(prefix.family);
    let id = |number: String| Identifier { family, number };
    let mut ids = vec![id(first)];
    // A list or range follows; after a name in the singular only a range or `and`.
    loop {
        let after = &text[end..];
        let Some((skip, range)) = joint(after, plural) else { break };
        let Some((next_end, next)) =
            number(text, end + skip, false).or_else(|| letter_alone(text, end + skip, range, ids.last()?))
        else {
            break;
        };
        if !plural && !range && next.bytes().any(|b| b.is_ascii_alphabetic()) && next.len() == 1 {
            break;
        }
        // `in CMOC 3 and 12 documents`: the second number counts something.
        if !range && counts_something(&text[next_end..]) {
            break;
        }
        if range {
            expand(ids.last()?.number.clone(), &next, |n| ids.push(id(n)));
        } else {
            ids.push(id(next));
        }
        end = next_end;
        if ids.len() > LONGEST_RANGE as usize {
            break;
        }
    }
    let singular = if plural {
        match &prefix.plural {
            Some(_) => prefix.name.clone(),
            None => name[..name.len() - 1].to_owned(),
        }
    } else {
        name.to_owned()
    };
    let style = Style {
        name: if acronym { singular } else { capitalised(&singular.to_lowercase()) },
        separator: if between.trim_matches([' ', '\u{a0}']).is_empty() && !between.is_empty() {
            " ".into()
        } else {
            between.trim().to_owned()
        },
    };
    Some(Hit { range: at..end, ids, style, plural })
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// The number of a label at a byte of a text, in digits or as a word, and where it ends.
pub(super) fn counted(text: &str, at: usize) -> Option<(usize, u32)> {
    let digits = number(text, at, false).and_then(|(end, number)| Some((end, number.parse().ok()?)));
    digits.or_else(|| spelt(text, at))
}

/// A small number written as a word: `Hunch two`.
fn spelt(text: &str, at: usize) -> Option<(usize, u32)> {
    const WORDS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let rest = text.get(at..)?;
    let word = &rest[..rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())];
    let number = (1..).zip(WORDS).find(|(_, w)| w.eq_ignore_ascii_case(word)).map(|(n, _)| n)?;
    Some((at + word.len(), number))
}

/// What joins the next number to a list: how long it is, and whether it makes a range.
fn joint(after: &str, plural: bool) -> Option<(usize, bool)> {
    for mark in ["-", " - ", " to ", "\u{2013}", "\u{2014}", " through "] {
        if let Some(rest) = after.strip_prefix(mark)
            && rest.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_lowercase())
            && (plural || mark.len() == 1 || !mark.starts_with(' ') || rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            return Some((mark.len(), true));
        }
    }
    let marks: &[&str] =
        if plural { &[", and ", ", or ", " and ", " & ", " or ", ", ", ",", "; ", " plus "] } else { &[" & "] };
    marks.iter().find(|mark| after.starts_with(**mark)).map(|mark| (mark.len(), false))
}

/// `c` after `1a-`: a letter that goes on from the one before.
fn letter_alone(text: &str, at: usize, range: bool, last: &Identifier) -> Option<(usize, String)> {
    let letter = text[at..].chars().next().filter(char::is_ascii_lowercase)?;
    let alone = !text[at + 1..].starts_with(|c: char| c.is_alphanumeric());
    let digits = last.number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    (range && alone && !digits.is_empty() && digits.len() < last.number.len())
        .then(|| (at + 1, format!("{digits}{letter}")))
}

/// Whether a number is followed by what it counts.
fn counts_something(after: &str) -> bool {
    let word: String = after.trim_start_matches(' ').chars().take_while(|c| c.is_alphabetic()).collect();
    after.starts_with(' ')
        && word.len() > 3
        && word.ends_with('s')
        && !matches!(
            word.as_str(),
            "shows"
                | "concerns"
                | "describes"
                | "explains"
                | "suggests"
                | "captures"
                | "this"
                | "does"
                | "rests"
                | "depends"
        )
        || after.starts_with('%')
}

/// Writes a range out: `4` to `7`, `1a` to `1c`.
fn expand(from: String, to: &str, mut push: impl FnMut(String)) {
    if let (Ok(first), Ok(last)) = (from.parse::<u32>(), to.parse::<u32>()) {
        if first < last && last - first < LONGEST_RANGE {
            (first + 1..=last).for_each(|n| push(n.to_string()));
        } else {
            push(to.to_owned());
        }
        return;
    }
    let letter = |number: &str| number.bytes().last().filter(u8::is_ascii_lowercase);
    let stem = |number: &str| number.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned();
    if let (Some(first), Some(last)) = (letter(&from), letter(to))
        && stem(&from) == stem(to)
        && first < last
    {
        (first + 1..=last).for_each(|l| push(format!("{}{}", stem(&from), l as char)));
        return;
    }
    push(to.to_owned());
}

/// The number at a byte of a text: `3`, `12b`, `2.1`, `4(ii)`, `IV`, `B`. Gives where it ends and what it is.
fn number(text: &str, at: usize, letters: bool) -> Option<(usize, String)> {
    let rest = text.get(at..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).take(6).collect();
        let roman = !word.is_empty() && word.len() <= 4 && word.chars().all(|c| matches!(c, 'I' | 'V' | 'X'));
        let letter = word.len() == 1 && word.starts_with(|c: char| ('A'..='H').contains(&c));
        let lettered = word.len() >= 2
            && word.len() <= 4
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word[1..].bytes().all(|b| b.is_ascii_digit());
        return (letters && (roman || letter || lettered)).then(|| (at + word.len(), word.to_lowercase()));
    }
    if digits > 3 {
        return None;
    }
    let mut length = digits;
    let after = &rest[length..];
    if after.starts_with('.') && after[1..].starts_with(|c: char| c.is_ascii_digit()) {
        length += 1 + after[1..].bytes().take_while(u8::is_ascii_digit).take(2).count();
    }
    let mut tail = rest[length..].chars();
    if tail.next().is_some_and(|c| c.is_ascii_lowercase()) {
        if tail.next().is_some_and(char::is_alphanumeric) {
            return None;
        }
        length += 1;
    } else if rest[length..].starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    for roman in ["(iii)", "(ii)", "(iv)", "(vi)", "(i)", "(v)"] {
        if rest[length..].starts_with(roman) {
            length += roman.len();
            break;
        }
    }
    let number: String = rest[..length].trim_start_matches('0').to_lowercase();
    (!number.is_empty()).then_some((at + length, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;

    fn named(text: &str) -> Vec<String> {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        mention_at(&grammar, text, 0).map_or_else(Vec::new, |hit| hit.ids.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn labels_are_read_however_they_are_written() {
        for (text, id) in [
            ("CMOC 3: When", "CMOC 3"),
            ("CMOc2.1 where", "CMOC 2.1"),
            ("CMO4a. In", "CMOC 4a"),
            ("IPT1. Someone", "IPT 1"),
            ("Programme theory B: if", "Theory b"),
            ("CMO-7 says", "CMOC 7"),
            ("Configuration 12", "CMOC 12"),
            ("ipt-2 operates", "IPT 2"),
            ("ICAMOC3 holds", "CMOC 3"),
            ("CMOC IV holds", "CMOC iv"),
        ] {
            assert_eq!(named(text), [id], "{text}");
        }
        for text in ["CMOCs were built", "Theory was used", "CMOS 4 sensors", "Theoryof 4", "configurations of 12"] {
            assert!(named(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn lists_and_ranges_are_written_out() {
        assert_eq!(named("CMOCs 4-7 concern"), ["CMOC 4", "CMOC 5", "CMOC 6", "CMOC 7"]);
        assert_eq!(named("CMOCs 2, 5 and 9 concern"), ["CMOC 2", "CMOC 5", "CMOC 9"]);
        assert_eq!(named("CMOCs 1a-c"), ["CMOC 1a", "CMOC 1b", "CMOC 1c"]);
        assert_eq!(named("Configurations 1 to 3"), ["CMOC 1", "CMOC 2", "CMOC 3"]);
        assert_eq!(named("CMOC 3, 12 documents"), ["CMOC 3"]);
        assert_eq!(named("CMOCs 3 and 12 documents"), ["CMOC 3"]);
        // A range of 200 labels is one, a longer one is a slip.
        assert_eq!(named("CMOCs 3-202 concern").len(), 200);
        assert_eq!(named("CMOCs 3-203 concern"), ["CMOC 3", "CMOC 203"]);
    }

    #[test]
    fn numbers_of_labels_have_many_forms_and_others_are_none() {
        for (text, id) in [
            ("CMOC 4(ii): When", "CMOC 4(ii)"),
            ("CMOC 4(x): When", "CMOC 4"),
            ("CMOC 03 when", "CMOC 3"),
            ("CMOC 2.10 when", "CMOC 2.10"),
            ("CMOC 2. When", "CMOC 2"),
            ("CMOC 999 when", "CMOC 999"),
            ("CMOC B2 when", "CMOC b2"),
            ("CMOC A123 when", "CMOC a123"),
            ("CMOC H when", "CMOC h"),
            ("CMOC XIII when", "CMOC xiii"),
            ("CMOC no. 3 when", "CMOC 3"),
            ("CMOC #3 when", "CMOC 3"),
            ("PT 4 when", "Theory 4"),
            ("Theory 4 when", "Theory 4"),
            ("Programme theory A and others", "Theory a"),
            ("Programme theory A: when", "Theory a"),
            ("Programme theory B when", "Theory b"),
        ] {
            assert_eq!(named(text), [id], "{text}");
        }
        for text in [
            "CMOC 1000 when",
            "CMOC 0 when",
            "CMOC 3ab when",
            "CMOC 3A when",
            "CMOC J when",
            "CMOC B2345 when",
            "CMOC BC when",
            "CMOC XXIII when",
            "CMOC when",
            "CMOC      4 when",
            "Theory4 when",
            "Configuration4 when",
            "pt 4 when",
            "Programme theory A description of it",
            "Programme theory I describe",
        ] {
            assert!(named(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn lists_end_where_something_else_is_counted() {
        for (text, ids) in [
            ("CMOCs 2, 5, and 9 concern", "CMOC 2, CMOC 5, CMOC 9"),
            ("CMOCs 2; 5 or 9 concern", "CMOC 2, CMOC 5, CMOC 9"),
            ("CMOC 2 & 5 concern", "CMOC 2, CMOC 5"),
            ("CMOC 2 and 5 concern", "CMOC 2"),
            ("CMOC 2-4 concern", "CMOC 2, CMOC 3, CMOC 4"),
            ("CMOC 2 to 4 concern", "CMOC 2, CMOC 3, CMOC 4"),
            ("CMOCs 2 through 4 concern", "CMOC 2, CMOC 3, CMOC 4"),
            ("CMOC 2a-c concern", "CMOC 2a, CMOC 2b, CMOC 2c"),
            ("CMOCs 2a-2c concern", "CMOC 2a, CMOC 2b, CMOC 2c"),
            ("CMOCs 2a to c concern", "CMOC 2a, CMOC 2b, CMOC 2c"),
            ("CMOC 2a\u{2013}c concern", "CMOC 2a, CMOC 2b, CMOC 2c"),
            ("CMOC 2 & 3a concern", "CMOC 2, CMOC 3a"),
            ("CMOCs 120-122 concern", "CMOC 120, CMOC 121, CMOC 122"),
            ("CMOC 2a to be seen", "CMOC 2a"),
            ("CMOC 2 to be seen", "CMOC 2"),
            // An article or the start of a word is no letter of a range.
            ("CMOC 2b to a wider group", "CMOC 2b"),
            ("CMOCs 2 and 5 to a lesser extent", "CMOC 2, CMOC 5"),
            ("CMOC 2a-based training", "CMOC 2a"),
            // What doesn't rise is no range, and neither is what nobody would write out.
            ("CMOCs 4-2 concern", "CMOC 4, CMOC 2"),
            ("CMOCs 3-3 concern", "CMOC 3, CMOC 3"),
            ("CMOCs 1-900 concern", "CMOC 1, CMOC 900"),
            ("CMOCs 2c-2a concern", "CMOC 2c, CMOC 2a"),
            ("CMOCs 2a-2a concern", "CMOC 2a, CMOC 2a"),
            ("CMOCs 2a-3c concern", "CMOC 2a, CMOC 3c"),
            ("CMOCs 3 and 12 shows", "CMOC 3, CMOC 12"),
            ("CMOCs 3 and 12 was", "CMOC 3, CMOC 12"),
            ("CMOCs 3 and 12% of", "CMOC 3"),
            ("CMOCs 3 and 12 sites", "CMOC 3"),
            ("CMOCs 3 and 1200 sites", "CMOC 3"),
        ] {
            assert_eq!(named(text).join(", "), ids, "{text}");
        }
    }

    #[test]
    fn the_style_of_a_label_is_that_of_one() {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        for (text, style) in [
            ("CMOCs 4-7", "CMOC 9"),
            ("CMOc-4", "CMOc-9"),
            ("CMO4", "CMO9"),
            ("CMOC\u{a0}4", "CMOC 9"),
            ("CMOC #4", "CMOC#9"),
            ("Programme theories 2 and 3", "Programme theory 9"),
            ("programme theory 2", "Programme theory 9"),
            ("configuration 2", "Configuration 9"),
            ("IPT 2", "IPT 9"),
        ] {
            let hit = mention_at(&grammar, text, 0).expect(text);
            assert_eq!(hit.style.with("9"), style, "{text}");
            assert_eq!(hit.range, 0..text.len());
        }
    }

    #[test]
    fn a_label_opens_its_text_or_its_heading() {
        let grammar = load::shipped().expect("the shipped rules").grammar;
        let opening = |text: &str| leading(&grammar, text).map(|l| (text[l.range].to_owned(), l.id.to_string()));
        for text in
            ["CMOC 3: when", "**CMOC 3** when", "# CMOC 3", "\"CMOC 3\" is", "4.2 CMOC 3", "12 CMOC 3 when", " CMOC 3"]
        {
            assert_eq!(opening(text), Some(("CMOC 3".into(), "CMOC 3".into())), "{text}");
        }
        for text in
            ["As CMOC 3 says", "CMOCs 3 and 4 say", "1.2.3.4.5 CMOC 3", "20240517 CMOC 3 was split", "(CMOC 3)", ""]
        {
            assert_eq!(opening(text), None, "{text}");
        }
        assert_eq!(key_of(&grammar, "ipt-1 ").map(|id| id.to_string()).as_deref(), Some("IPT 1"));
        assert_eq!(key_of(&grammar, "IPT 1 and more"), None);
        let whole = |number: &str| Identifier { family: Family::Bare, number: number.into() }.whole();
        assert_eq!([whole("12"), whole("3a"), whole("2.1")], [Some(12), None, None]);
    }

    #[test]
    fn numbers_may_be_words() {
        assert_eq!(counted("two, lamps", 0), Some((3, 2)));
        assert_eq!(counted("a Twelve", 2), Some((8, 12)));
        assert_eq!(counted("7 lamps", 0), Some((1, 7)));
        assert_eq!(counted("7a lamps", 0), None);
        assert_eq!(counted("twofold", 0), None);
    }
}
