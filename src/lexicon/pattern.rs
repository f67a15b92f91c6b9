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
}

/// A word of a pattern stands for at most this many words.
const MOST_ALTERNATIVES: usize = 64;

/// Whether a pattern is well formed, and the classes that it names.
pub fn check(pattern: &str) -> Result<Vec<String>, PatternError> {
    Ok(match parse(pattern)? {
        Pattern::Literal(_) => Vec::new(),
        Pattern::Sequence(elements) => elements
            .into_iter()
            .filter_map(|element| if let Element::Class(name) = element { Some(name) } else { None })
            .collect(),
    })
}

/// Parses a pattern.
pub(super) fn parse(pattern: &str) -> Result<Pattern, PatternError> {
    let lower = pattern.trim().to_lowercase();
    if lower.is_empty() {
        return Err(PatternError::Empty);
    }
    if lower.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c)) {
        return Ok(Pattern::Literal(lower));
    }
    let mut elements = Vec::new();
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
                        elements.push(Element::Words(alternatives(&word, pattern)?));
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
fn split_words(part: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0;
    for c in part.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '-' | '/' if depth == 0 => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = words.last_mut() {
            last.push(c);
        }
    }
    words.retain(|w| !w.is_empty());
    words
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
        all = all.iter().flat_map(|stem| choices.iter().map(move |c| format!("{stem}{head}{c}"))).collect();
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
            let whole = format!("{stem}{rest}");
            let (body, is_prefix) = whole.strip_suffix('*').map_or((whole.as_str(), false), |b| (b, true));
            let fits = !body.is_empty() && body.chars().all(|c| c.is_alphanumeric() || c == '\'' || c == ',' || c == '.');
            if !fits {
                return Err(PatternError::NeverMatches(word.to_owned()));
            }
            let body = body.to_owned();
            Ok(if is_prefix { Word::Prefix(body) } else { Word::Exact(body) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_are_spelt_out() {
        let Ok(Pattern::Sequence(elements)) = parse("program(me) theor(y|ies)") else { panic!("a sequence") };
        assert_eq!(elements.len(), 2);
        assert_eq!(elements[1], Element::Words(vec![Word::Exact("theory".into()), Word::Exact("theories".into())]));
    }

    #[test]
    fn broken_patterns_say_what_is_wrong() {
        assert!(matches!(parse(""), Err(PatternError::Empty)));
        assert!(matches!(parse("theor(y"), Err(PatternError::Brackets(_))));
        assert!(matches!(parse("a ..."), Err(PatternError::OuterGap)));
        assert!(matches!(parse("what?!"), Err(PatternError::NeverMatches(_))));
    }
}
