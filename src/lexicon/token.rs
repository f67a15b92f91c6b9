//! Words of a sentence.

/// One word: its byte range in the text and its lower-case form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The word in lower case; borrowed where it was already.
    pub word: std::borrow::Cow<'a, str>,
}

impl Token<'_> {
    /// Whether it is a number, in digits or in words up to ninety-nine.
    pub fn is_number(&self) -> bool {
        is_number(&self.word)
    }
}

/// Whether a lower-case word is a number, in digits or in words.
pub(super) fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) || is_number_word(word)
}

/// Whether a lower-case word is a number word (`seven`, `twelfth` isn't).
pub fn is_number_word(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "billion",
        "dozen",
        "eight",
        "eighteen",
        "eighty",
        "eleven",
        "fifteen",
        "fifty",
        "five",
        "forty",
        "four",
        "fourteen",
        "hundred",
        "million",
        "nine",
        "nineteen",
        "ninety",
        "one",
        "seven",
        "seventeen",
        "seventy",
        "six",
        "sixteen",
        "sixty",
        "ten",
        "thirteen",
        "thirty",
        "thousand",
        "three",
        "twelve",
        "twenty",
        "two",
    ];
    WORDS.binary_search(&word).is_ok()
}

/// The words of a text. Hyphens and slashes part words, an apostrophe inside a word doesn't, and a
/// possessive `'s` is left off; `1,204` and `3.5` are one word each. Each Chinese character is one.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::with_capacity(text.len() / 6);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii() && !bytes[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        if let Some((end, upper)) = ascii_word(bytes, at) {
            all.push(Token { start: at, end, word: lower(&text[at..end], upper) });
            at = end;
            continue;
        }
        let Some(first) = text[at..].chars().next() else { break };
        if !first.is_alphanumeric() {
            at += first.len_utf8();
            continue;
        }
        let start = at;
        let numeric = first.is_ascii_digit();
        while let Some(c) = text[at..].chars().next() {
            let next = text[at + c.len_utf8()..].chars().next();
            let inside = if c.is_alphanumeric() {
                true
            } else if c == '\'' {
                next.is_some_and(char::is_alphabetic)
            } else if numeric && matches!(c, ',' | '.') {
                next.is_some_and(|n| n.is_ascii_digit()) && bytes[at - 1].is_ascii_digit()
            } else {
                false
            };
            if !inside || (is_ideograph(c) && at > start) {
                break;
            }
            at += c.len_utf8();
            if is_ideograph(c) {
                break;
            }
        }
        let whole = &text[start..at];
        let word = whole.strip_suffix("'s").unwrap_or(whole);
        let word = lower(word, word.bytes().any(|b| b.is_ascii_uppercase() || b >= 0x80));
        all.push(Token { start, end: start + word.len(), word });
    }
    all
}

/// What a byte is in a word of ASCII letters and digits; 0 for one that isn't in any.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            kinds[byte] = if (byte as u8).is_ascii_uppercase() { CAPITAL } else { SMALL };
        }
        byte += 1;
    }
    kinds
};
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;

/// Where the word of ASCII letters and digits ends that begins at `at`, and whether a capital is in it; `None` where something is near that
/// has to be looked at more closely.
fn ascii_word(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let (mut end, mut kinds) = (at, 0);
    while let Some(kind) = bytes.get(end).map(|byte| KINDS[usize::from(*byte)]).filter(|kind| *kind > 0) {
        kinds |= kind;
        end += 1;
    }
    let upper = kinds & CAPITAL > 0;
    let numeric = bytes[at].is_ascii_digit();
    match bytes.get(end) {
        None => Some((end, upper)),
        Some(b'\'') => None,
        Some(b',' | b'.') if numeric => None,
        Some(byte) => (byte.is_ascii() && end > at).then_some((end, upper)),
    }
}

fn lower(word: &str, upper: bool) -> std::borrow::Cow<'_, str> {
    if upper { std::borrow::Cow::Owned(word.to_lowercase()) } else { std::borrow::Cow::Borrowed(word) }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_possessives_and_contractions() {
        let text = "Meta-analysis of 1,204 records didn't explain the team's 3.5 views (n=14).";
        let words: Vec<String> = tokens(text).iter().map(|t| t.word.to_string()).collect();
        assert_eq!(
            words,
            [
                "meta", "analysis", "of", "1,204", "records", "didn't", "explain", "the", "team", "3.5", "views", "n",
                "14"
            ]
        );
    }

    #[test]
    fn number_words_are_sorted() {
        assert!(is_number_word("forty") && !is_number_word("fortnight"));
    }
}
