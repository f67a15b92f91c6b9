//! The pattern language: from what a methodologist writes to what the matcher walks.

use thiserror::Error;

/// A word matcher: an exact word, or any word that begins so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Word {
    Exact(String),
    Prefix(String),
}

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// One word out of these.
    Words(Vec<Word>),
    /// A number.
    Number,
    /// Any one word.
    Any,
    /// Up to four words of any kind.
    Gap,
    /// A hit of a word class.
    Class(String),
}

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Words in order.
    Sequence(Vec<Element>),
    /// Characters wherever they stand (Chinese).
    Literal(String),
}

/// Why a pattern is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// Nothing in it.
    #[error("the pattern is empty")]
    Empty,
    /// Brackets don't match, or are nested.
    #[error("unbalanced or nested brackets in `{0}`")]
    Brackets(String),
    /// Too many alternatives.
    #[error("`{0}` stands for more than {MOST_ALTERNATIVES} words")]
    TooMany(String),
    /// A word with characters that no word has, so that the pattern could never match.
    #[error("`{0}` can never match: a word has only letters, digits and inner apostrophes")]
    NeverMatches(String),
    /// The pattern begins or ends with a gap.
    #[error("`...` needs a word on either side")]
    OuterGap,
    /// The tables were laid out without it. It tells of a mistake in realint, not in the pattern.
    #[error("`{0}` came after the tables of the shipped rules were laid out")]
    NotLaidOut(String),
}

/// A word of a pattern stands for at most this many words.
const MOST_ALTERNATIVES: usize = 64;

/// The classes that a pattern names. What else may be wrong with the pattern is not looked at.
pub fn classes_named(pattern: &str) -> impl Iterator<Item = &str> {
    let part = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|');
    pattern.split(part).filter_map(|part| part.strip_prefix('@'))
}

/// Parses a pattern into the sequences that it stands for.
pub(super) fn parse(pattern: &str) -> Result<Vec<Pattern>, PatternError> {
    let lower = pattern.trim().to_lowercase();
    if lower.is_empty() {
        return Err(PatternError::Empty);
    }
    if !lower.contains('(') && !lower.contains(')') {
        return Ok(vec![parse_one(&lower, pattern)?]);
    }
    spelt_out(&lower, pattern)?.iter().map(|one| parse_one(one.trim(), pattern)).collect()
}

/// Spells out the groups that stand for several words or for none: `(the)`, `(we found|our review shows)`.
/// Groups inside a word are left for [`alternatives`].
fn spelt_out(text: &str, pattern: &str) -> Result<Vec<String>, PatternError> {
    let brackets = || PatternError::Brackets(pattern.to_owned());
    let mut from = 0;
    while let Some(open) = text[from..].find('(').map(|i| i + from) {
        let mut depth = 0_i32;
        let mut bars = Vec::new();
        let mut close = None;
        for (i, c) in text[open..].char_indices() {
            match c {
                '(' => depth += 1,
                ')' => {
                    depth -= 1;
                    if depth == 0 {
                        close = Some(open + i);
                        break;
                    }
                }
                '|' if depth == 1 => bars.push(open + i),
                _ => {}
            }
        }
        let close = close.ok_or_else(brackets)?;
        let inside = &text[open + 1..close];
        let alone = (open == 0 || text[..open].ends_with(' '))
            && (close + 1 == text.len() || text[close + 1..].starts_with(' '));
        let spelt = alone && (bars.is_empty() || inside.contains([' ', '(']));
        if !spelt {
            if inside.contains(['(', ' ']) {
                return Err(brackets());
            }
            from = close + 1;
            continue;
        }
        let edges: Vec<usize> = [open].into_iter().chain(bars.iter().copied()).chain([close]).collect();
        let mut choices: Vec<&str> = edges.windows(2).map(|pair| &text[pair[0] + 1..pair[1]]).collect();
        if bars.is_empty() {
            choices.push("");
        }
        let mut all = Vec::new();
        for choice in choices {
            all.extend(spelt_out(&format!("{}{choice}{}", &text[..open], &text[close + 1..]), pattern)?);
            if all.len() > MOST_ALTERNATIVES {
                return Err(PatternError::TooMany(pattern.to_owned()));
            }
        }
        return Ok(all);
    }
    if text[from..].contains(')') {
        return Err(brackets());
    }
    Ok(vec![text.to_owned()])
}

fn parse_one(lower: &str, pattern: &str) -> Result<Pattern, PatternError> {
    if lower.is_empty() {
        return Err(PatternError::Empty);
    }
    if lower.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c)) {
        return Ok(Pattern::Literal(lower.to_owned()));
    }
    let mut elements = Vec::with_capacity(4);
    for part in lower.split_whitespace() {
        match part {
            "#" => elements.push(Element::Number),
            "_" => elements.push(Element::Any),
            "..." => elements.push(Element::Gap),
            _ => {
                if let Some(class) = part.strip_prefix('@') {
                    elements.push(Element::Class(class.to_owned()));
                } else {
                    // A hyphen or slash parts words in the text, so it parts them here.
                    for word in split_words(part) {
                        elements.push(Element::Words(alternatives(word, pattern)?));
                    }
                }
            }
        }
    }
    if matches!(elements.first(), Some(Element::Gap)) || matches!(elements.last(), Some(Element::Gap)) {
        return Err(PatternError::OuterGap);
    }
    Ok(Pattern::Sequence(elements))
}

/// Splits at hyphens and slashes outside brackets.
fn split_words(part: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let outside = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(c, '-' | '/')
    };
    part.split(outside).filter(|word| !word.is_empty())
}

/// Spells out `relevan(ce|t)` and `program(me)`.
fn alternatives(word: &str, pattern: &str) -> Result<Vec<Word>, PatternError> {
    let mut all = vec![String::new()];
    let mut rest = word;
    while let Some(open) = rest.find('(') {
        let Some(close) = rest[open..].find(')').map(|i| i + open) else {
            return Err(PatternError::Brackets(pattern.to_owned()));
        };
        let inside = &rest[open + 1..close];
        if inside.contains('(') {
            return Err(PatternError::Brackets(pattern.to_owned()));
        }
        let mut choices: Vec<&str> = inside.split('|').collect();
        if choices.len() == 1 {
            choices.push("");
        }
        let head = &rest[..open];
        all = all.iter().flat_map(|stem| choices.iter().map(move |c| [stem.as_str(), head, c].concat())).collect();
        if all.len() > MOST_ALTERNATIVES {
            return Err(PatternError::TooMany(word.to_owned()));
        }
        rest = &rest[close + 1..];
    }
    if rest.contains(')') {
        return Err(PatternError::Brackets(pattern.to_owned()));
    }
    all.into_iter()
        .map(|stem| {
            let mut whole = stem;
            whole.push_str(rest);
            let (body, is_prefix) = whole.strip_suffix('*').map_or((whole.as_str(), false), |b| (b, true));
            let fits =
                !body.is_empty() && body.chars().all(|c| c.is_alphanumeric() || c == '\'' || c == ',' || c == '.');
            if !fits {
                return Err(PatternError::NeverMatches(word.to_owned()));
            }
            // A possessive is no part of a word in the text either.
            let length = body.strip_suffix("'s").unwrap_or(body).len();
            whole.truncate(length);
            Ok(if is_prefix { Word::Prefix(whole) } else { Word::Exact(whole) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_spelt_out() {
        let parsed = parse("program(me) theor(y|ies)").expect("a pattern");
        let [Pattern::Sequence(elements)] = &parsed[..] else { panic!("one sequence") };
        assert_eq!(elements.len(), 2);
        assert_eq!(elements[1], Element::Words(vec![Word::Exact("theory".into()), Word::Exact("theories".into())]));
    }

    #[test]
    fn groups_of_several_words_or_none_are_spelt_out() {
        assert_eq!(parse("strength of (the) evidence").expect("a pattern").len(), 2);
        assert_eq!(parse("(we found|our review (found|shows)) that").expect("a pattern").len(), 2);
        assert_eq!(parse("(we found|our (first|second) review)").expect("a pattern").len(), 2);
    }

    #[test]
    fn broken_patterns_say_what_is_wrong() {
        assert!(matches!(parse(""), Err(PatternError::Empty)));
        assert!(matches!(parse("theor(y"), Err(PatternError::Brackets(_))));
        assert!(matches!(parse("a ..."), Err(PatternError::OuterGap)));
        assert!(matches!(parse("what?!"), Err(PatternError::NeverMatches(_))));
    }
}
