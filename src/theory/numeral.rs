//! Numbers in digits and words.

/// The number that a list of words ends with, and the word at which it begins: `forty-seven`,
/// `1,204`, `one thousand two hundred and six`.
pub(super) fn value_of(words: &[&str]) -> Option<(u32, usize)> {
    /// The most words that one number takes.
    const LONGEST: usize = 9;
    let last = words.last()?;
    if let Some(value) = digits_of(last) {
        return Some((value, words.len() - 1));
    }
    small_of(last)?;
    let floor = words.len().saturating_sub(LONGEST);
    let mut start = words.len() - 1;
    while start > floor {
        let before = words[start - 1];
        let joins = small_of(before).is_some() && follows(before, words[start]);
        let and = before == "and" && start - 1 > floor && matches!(words[start - 2], "hundred" | "thousand");
        match (joins, and) {
            (true, _) => start -= 1,
            (_, true) => start -= 2,
            _ => break,
        }
    }
    let (mut whole, mut part) = (0_u32, 0_u32);
    for word in words[start..].iter().filter(|w| **w != "and") {
        match small_of(word)? {
            100 => part = part.max(1) * 100,
            1000 => (whole, part) = (whole + part.max(1) * 1000, 0),
            small => part += small,
        }
    }
    Some((whole + part, start))
}

/// `1,204` and `21`, but no year's decimals.
fn digits_of(word: &str) -> Option<u32> {
    if !word.starts_with(|c: char| c.is_ascii_digit() || c == ',') {
        return None;
    }
    let digits: String = word.chars().filter(|c| *c != ',').collect();
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Whether a number word goes on with another one: `forty seven`, `two hundred`, and not `ten four`.
fn follows(before: &str, after: &str) -> bool {
    match (small_of(before), small_of(after)) {
        (Some(before), Some(after)) => {
            (20..100).contains(&before) && before % 10 == 0 && after < 10
                || after == 100 && before < 20
                || after == 1000 && before < 1000
                || before >= 100 && after < before
        }
        _ => false,
    }
}

/// What one number word stands for.
fn small_of(word: &str) -> Option<u32> {
    const WORDS: [&str; 19] = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let at = |list: &[&str]| list.iter().position(|w| *w == word).and_then(|i| u32::try_from(i).ok());
    match word {
        "hundred" => Some(100),
        "thousand" => Some(1000),
        _ => at(&WORDS).map(|i| i + 1).or_else(|| at(&TENS).map(|i| (i + 2) * 10)),
    }
}

/// The first number of some words: its value and the words that it takes.
pub(super) fn first_of(words: &[&str]) -> Option<(u32, std::ops::Range<usize>)> {
    /// The most words that one number takes.
    const LONGEST: usize = 9;
    let from = words.iter().position(|w| digits_of(w).is_some() || small_of(w).is_some())?;
    // The longest run of words from there on that is one number.
    (from + 1..=words.len().min(from + LONGEST)).rev().find_map(|end| {
        let (value, start) = value_of(&words[..end])?;
        (start == from).then_some((value, from..end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_whole() {
        for (text, value, words) in [
            ("we read forty seven", 47, 2),
            ("in 2013 fifteen", 15, 1),
            ("one thousand two hundred and six", 1206, 6),
            ("one hundred and forty one", 141, 5),
            ("the hundred", 100, 1),
            ("between fifty and sixty", 60, 1),
            ("1,204", 1204, 1),
            ("ten four", 4, 1),
        ] {
            let all: Vec<&str> = text.split(' ').collect();
            let (got, start) = value_of(&all).unwrap_or_default();
            assert_eq!((got, all.len() - start), (value, words), "{text}");
        }
        assert_eq!(first_of(&["of", "one", "hundred", "and", "six", "lamps"]), Some((106, 1..5)));
        assert_eq!(first_of(&["lamps"]), None);
    }
}
