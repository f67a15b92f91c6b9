//! Dates. A protocol writes them by ISO 8601, to the day, month or year; other ways of writing them
//! are understood as far as it takes to say what should stand there instead.

use std::fmt;

/// A day, or a month or year where no more is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

/// Why a text is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDay {
    /// It means this one, and is written in another way.
    Meant(Day),
    /// It means the first or the second.
    Either(Day, Day),
    /// There is no such day.
    Impossible,
    /// It isn't understood.
    Unknown,
}

/// Texts longer than this are no dates.
const LONGEST: usize = 60;

impl Day {
    fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            Some(4 | 6 | 9 | 11) => 30,
            Some(2) => 28 + u8::from(leap),
            Some(1..=12) => 31,
            Some(_) => return None,
            None => 0,
        };
        (day.is_none_or(|day| day >= 1 && day <= days) && (1000..10_000).contains(&year)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// Reads a date by ISO 8601; a time after it is let be.
    pub fn parse(text: &str) -> Result<Self, NoDay> {
        let text = text.trim();
        if text.len() > LONGEST || !text.is_ascii() {
            return Err(NoDay::Unknown);
        }
        let date = text.split_once(['T', 't', ' ']).filter(|(date, _)| date.len() == 10).map_or(text, |(date, _)| date);
        let parts: Vec<&str> = date.split('-').collect();
        let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
        let iso = digits(parts[0], 4) && parts.len() <= 3 && parts[1..].iter().all(|part| digits(part, 2));
        if !iso {
            return Err(guess(text));
        }
        let number = |index: usize| parts.get(index).and_then(|part| part.parse().ok());
        Self::new(parts[0].parse().map_err(|_| NoDay::Unknown)?, number(1), number(2)).ok_or(NoDay::Impossible)
    }

    /// Whether it is certainly before another: as far as both are told.
    pub fn is_before(self, other: Self) -> bool {
        let told = |a: Option<u8>, b: Option<u8>| a.zip(b);
        if self.year != other.year {
            return self.year < other.year;
        }
        match told(self.month, other.month) {
            Some((mine, theirs)) if mine != theirs => mine < theirs,
            Some(_) => told(self.day, other.day).is_some_and(|(mine, theirs)| mine < theirs),
            None => false,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

/// What a text that isn't ISO 8601 may mean.
fn guess(text: &str) -> NoDay {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("of"))
        .map(str::to_ascii_lowercase)
        .collect();
    let month_named = |word: &str| {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let at = MONTHS.iter().position(|month| *month == word || (word.len() >= 3 && month.starts_with(word)))?;
        u8::try_from(at + 1).ok()
    };
    let number = |word: &str| -> Option<u16> {
        let bare = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        bare.parse().ok()
    };
    let year_of = |word: &str| number(word).filter(|_| word.len() == 4);
    let small = |word: &str| number(word).and_then(|n| u8::try_from(n).ok());
    let meant = |day: Option<Day>| day.map_or(NoDay::Impossible, NoDay::Meant);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [compact] if compact.len() == 8 && compact.bytes().all(|b| b.is_ascii_digit()) => {
            meant(Day::new(compact[..4].parse().unwrap_or(0), small(&compact[4..6]), small(&compact[6..])))
        }
        [first, second] => match (month_named(first), year_of(second), year_of(first), small(second)) {
            (Some(month), Some(year), ..) => meant(Day::new(year, Some(month), None)),
            (_, _, Some(year), Some(month)) => meant(Day::new(year, Some(month), None)),
            (None, Some(year), ..) => small(first).map_or(NoDay::Unknown, |m| meant(Day::new(year, Some(m), None))),
            _ => NoDay::Unknown,
        },
        [first, second, third] => {
            if let Some((year, month, day)) =
                year_of(first).zip(small(second)).zip(small(third)).map(|((y, m), d)| (y, m, d))
            {
                return meant(Day::new(year, Some(month), Some(day)));
            }
            let Some(year) = year_of(third) else { return NoDay::Unknown };
            if let Some((day, month)) =
                small(first).zip(month_named(second)).or_else(|| small(second).zip(month_named(first)))
            {
                return meant(Day::new(year, Some(month), Some(day)));
            }
            let Some((a, b)) = small(first).zip(small(second)) else { return NoDay::Unknown };
            let (day_first, month_first) = (Day::new(year, Some(b), Some(a)), Day::new(year, Some(a), Some(b)));
            match (day_first, month_first) {
                (Some(one), Some(other)) if one != other && !text.contains('.') => NoDay::Either(one, other),
                // With full stops the day comes first.
                (Some(one), _) | (None, Some(one)) => NoDay::Meant(one),
                (None, None) => NoDay::Impossible,
            }
        }
        _ => NoDay::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Day::parse(text) {
            Ok(day) => day.to_string(),
            Err(NoDay::Meant(day)) => format!("meant {day}"),
            Err(NoDay::Either(a, b)) => format!("{a} or {b}"),
            Err(NoDay::Impossible) => "impossible".into(),
            Err(NoDay::Unknown) => "unknown".into(),
        }
    }

    #[test]
    fn dates_in_many_styles_are_dates_or_say_what_should_stand_there() {
        for (text, wanted) in [
            ("2026-03-01", "2026-03-01"),
            ("2026-03", "2026-03"),
            ("2026", "2026"),
            (" 2026-03-01T10:00:00Z ", "2026-03-01"),
            ("2024-02-29", "2024-02-29"),
            ("2026-02-29", "impossible"),
            ("2026-13-01", "impossible"),
            ("2026-00-10", "impossible"),
            ("1 March 2026", "meant 2026-03-01"),
            ("March 1st, 2026", "meant 2026-03-01"),
            ("the 3 of May", "unknown"),
            ("Sept. 2026", "meant 2026-09"),
            ("2026/3/1", "meant 2026-03-01"),
            ("20260301", "meant 2026-03-01"),
            ("01.03.2026", "meant 2026-03-01"),
            ("01/03/2026", "2026-03-01 or 2026-01-03"),
            ("13/03/2026", "meant 2026-03-13"),
            ("03/13/2026", "meant 2026-03-13"),
            ("03/03/2026", "meant 2026-03-03"),
            ("3/2026", "meant 2026-03"),
            ("31 April 2026", "impossible"),
            ("next spring", "unknown"),
            ("", "unknown"),
            ("１ March 2026", "unknown"),
            ("99999999999999999999-01-01", "unknown"),
            ("2026-03-01-01", "unknown"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn only_what_is_certainly_earlier_is_before() {
        let before = |a: &str, b: &str| Day::parse(a).expect("a date").is_before(Day::parse(b).expect("a date"));
        assert!(before("2025", "2026-01") && before("2026-01", "2026-02-01") && before("2026-02-01", "2026-02-02"));
        assert!(!before("2026", "2026-05") && !before("2026-05", "2026-05-03") && !before("2026-05-03", "2026-05-03"));
    }
}
