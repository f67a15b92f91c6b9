//! Counts that are given in several places: configurations, theories, documents, traditions.

use super::{Context, has_any};
use crate::cmo::{ConfigurationStage, Family, Form};
use crate::finding::{Finding, Place};
use crate::lexicon::tokens;
use crate::manuscript::{BlockKind, Role};
use crate::rule::{OtherFinding, Severity};
use crate::standard::Stage;

/// What is counted.
const KINDS: [(&str, &str); 4] = [
    ("configurations", "configurations"),
    ("theories", "initial theories"),
    ("documents", "included documents"),
    ("traditions", "traditions"),
];

/// A number of something, where it is given as the total.
struct Count {
    value: u32,
    sentence: usize,
    /// Byte range of the number in the block.
    place: Place,
    in_abstract: bool,
    /// Words for a total stand with it.
    total: bool,
    initial: bool,
    /// It counts a part, or something of the same name on its way in.
    part: bool,
}

/// The number that a list of words ends with: `forty-seven`, `1,204`, `21`.
pub(super) fn value_of(words: &[&str]) -> Option<u32> {
    let last = words.last()?;
    let digits: String = last.chars().filter(|c| *c != ',').collect();
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return digits.parse().ok();
    }
    let unit = |word: &str| -> Option<u32> {
        Some(match word {
            "one" => 1,
            "two" => 2,
            "three" => 3,
            "four" => 4,
            "five" => 5,
            "six" => 6,
            "seven" => 7,
            "eight" => 8,
            "nine" => 9,
            "ten" => 10,
            "eleven" => 11,
            "twelve" => 12,
            "thirteen" => 13,
            "fourteen" => 14,
            "fifteen" => 15,
            "sixteen" => 16,
            "seventeen" => 17,
            "eighteen" => 18,
            "nineteen" => 19,
            _ => return None,
        })
    };
    let ten = |word: &str| -> Option<u32> {
        Some(match word {
            "twenty" => 20,
            "thirty" => 30,
            "forty" => 40,
            "fifty" => 50,
            "sixty" => 60,
            "seventy" => 70,
            "eighty" => 80,
            "ninety" => 90,
            _ => return None,
        })
    };
    let before = |n: usize| words.len().checked_sub(n + 1).map(|i| words[i]);
    let hundreds = |from: usize| -> u32 {
        // `one hundred and forty-one`
        let at = if before(from) == Some("and") { from + 1 } else { from };
        if before(at) == Some("hundred") { before(at + 1).and_then(unit).unwrap_or(1) * 100 } else { 0 }
    };
    if *last == "hundred" {
        return Some(before(1).and_then(unit).unwrap_or(1) * 100);
    }
    if let Some(tens) = ten(last) {
        return Some(hundreds(1) + tens);
    }
    let units = unit(last)?;
    match before(1).and_then(ten) {
        Some(tens) if units < 10 => Some(hundreds(2) + tens + units),
        _ => Some(hundreds(1) + units),
    }
}

/// Totals that disagree between the abstract, the text, and what is there to be counted.
pub(super) fn mismatch(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, what) in KINDS {
        let counts = counts_of(cx, rule, kind);
        found.extend(compare(cx, rule, kind, what, &counts));
    }
    found
}

/// All totals of one kind.
fn counts_of(cx: &Context<'_>, rule: &OtherFinding, kind: &str) -> Vec<Count> {
    let nouns = rule.words(kind);
    let mut counts = Vec::new();
    for sentence in cx.statements().filter(|s| cx.sentence_has(*s, nouns)) {
        let reading = &cx.judged.reading.sentences[sentence];
        let block = cx.manuscript.sentences.all()[sentence].block;
        if matches!(cx.manuscript.block(block).kind, BlockKind::TableRow { .. }) || reading.other && !reading.own {
            continue;
        }
        let cited = reading.citation && kind == "documents";
        let range = cx.manuscript.sentences.all()[sentence].range.clone();
        let text = cx.sentence_text(sentence);
        let words = tokens(text);
        let plain: Vec<&str> = words.iter().map(|t| t.word.as_ref()).collect();
        for term in nouns {
            for hit in cx.judged.reading.sentences[sentence].hits.iter().filter(|h| h.term == *term) {
                let noun = hit.start as usize;
                let Some((value, at)) = number_before(&plain, noun) else { continue };
                if value < 2 {
                    continue;
                }
                let around = around(cx, &words, text, at, hit.end as usize);
                let before = at.checked_sub(1).map(|i| plain[i]).unwrap_or_default();
                // `the five traditions`, `all nine configurations`: the whole is meant.
                let whole = kind != "documents" && matches!(before, "the" | "all" | "our" | "these");
                let total = whole || cx.sentence_has(sentence, rule.words("total")) && !cited;
                let start = range.start + words[at].start;
                counts.push(Count {
                    value,
                    sentence,
                    place: Place { block, range: start..range.start + words[hit.end as usize - 1].end },
                    in_abstract: reading.role == Role::Abstract,
                    total,
                    initial: has_any(&around, rule.words("initial")),
                    part: has_any(&around, rule.words("part")),
                });
            }
        }
    }
    counts.sort_by_key(|c| (c.sentence, c.place.range.start));
    counts.dedup_by_key(|c| (c.sentence, c.place.range.start));
    counts
}

/// The number that counts the noun at a word: right before it, or with a few adjectives between.
fn number_before(words: &[&str], noun: usize) -> Option<(u32, usize)> {
    const ADJECTIVES: usize = 2;
    for back in 1..=ADJECTIVES + 1 {
        let at = noun.checked_sub(back)?;
        let word = words[at];
        if let Some(value) = value_of(&words[..=at]) {
            // `between 30 and 40 documents`, `12 of the documents` and `Table 2 documents` count nothing in all.
            let before = at.checked_sub(1).map(|i| words[i]).unwrap_or_default();
            let vague = matches!(
                before,
                "table"
                    | "figure"
                    | "box"
                    | "than"
                    | "least"
                    | "about"
                    | "around"
                    | "over"
                    | "some"
                    | "nearly"
                    | "almost"
                    | "between"
                    | "another"
                    | "other"
                    | "further"
                    | "first"
                    | "last"
                    | "next"
                    | "those"
                    | "cmoc"
                    | "cmo"
                    | "additional"
            );
            let range = before == "to" && at.checked_sub(2).is_some_and(|i| value_of(&words[..=i]).is_some());
            return (!vague && !range).then_some((value, at));
        }
        if matches!(
            word,
            "of" | "the"
                | "in"
                | "from"
                | "and"
                | "or"
                | "to"
                | "these"
                | "per"
                | "for"
                | "with"
                | "by"
                | "all"
                | "other"
        ) || word.len() < 3
        {
            return None;
        }
    }
    None
}

/// The terms of the words right around a count.
fn around(
    cx: &Context<'_>,
    words: &[crate::lexicon::Token<'_>],
    text: &str,
    at: usize,
    end: usize,
) -> crate::lexicon::TermSet {
    const NEAR: usize = 4;
    let from = words[at.saturating_sub(NEAR)].start;
    let to = words[(end + NEAR).min(words.len()) - 1].end;
    cx.terms(&text[from..to])
}

/// Compares the totals of one kind with one another and with what is there.
fn compare(cx: &Context<'_>, rule: &OtherFinding, kind: &str, what: &str, counts: &[Count]) -> Vec<Finding> {
    let of_kind = |c: &&Count| match kind {
        // First theories are counted apart from what became of them.
        "configurations" => !c.initial,
        "theories" => c.initial,
        _ => true,
    };
    let counts: Vec<&Count> = counts.iter().filter(of_kind).collect();
    let there: Option<(u32, Place)> = match kind {
        "configurations" => stated(cx, false),
        "theories" => stated(cx, true),
        _ => None,
    };
    let in_abstract = counts.iter().find(|c| c.in_abstract && !c.part && (c.total || kind != "documents"));
    let body: Vec<&&Count> = counts.iter().filter(|c| !c.in_abstract && !c.part && c.total).collect();
    let mut found = Vec::new();
    if let Some(first) = in_abstract {
        // The same number anywhere in the body is agreement enough.
        let said = counts.iter().any(|c| !c.in_abstract && c.value == first.value);
        let matches_there = there.as_ref().is_some_and(|(n, _)| *n == first.value);
        let other = body
            .iter()
            .filter(|c| likely(first.value, c.value))
            .max_by_key(|c| body.iter().filter(|o| o.value == c.value).count());
        if matches_there && !said {
            // What is there bears the abstract out, so the text is wrong.
            if let Some(other) = other {
                found.extend(pair(cx, rule, what, other, (first.value, first.place.clone())));
            }
        } else if !said {
            if let Some(other) = other {
                found.extend(pair(cx, rule, what, first, (other.value, other.place.clone())));
            } else if let Some((n, place)) = there.clone().filter(|(n, _)| likely(first.value, *n)) {
                found.extend(pair(cx, rule, what, first, (n, place)));
            }
        }
    }
    // What the text says in the body, against what it then states.
    if let (Some((n, place)), true) = (there, found.is_empty()) {
        let wrong = counts
            .iter()
            .find(|c| c.value != n && c.total && !c.part && likely(c.value, n) && !counts.iter().any(|o| o.value == n));
        if let Some(wrong) = wrong {
            found.extend(pair(cx, rule, what, wrong, (n, place)));
        }
    }
    found
}

/// Two totals that mean the same are of one size.
fn likely(a: u32, b: u32) -> bool {
    let (low, high) = (a.min(b), a.max(b));
    a != b && low * 2 >= high
}

/// How many configurations the manuscript states, and where the first stands; `None` where that
/// can't be told.
fn stated(cx: &Context<'_>, initial: bool) -> Option<(u32, Place)> {
    if cx.judged.stage == Stage::Abstract {
        return None;
    }
    let mut seen: Vec<(&crate::cmo::Identifier, crate::manuscript::BlockId)> = Vec::new();
    let mut first = None;
    for configuration in cx.configurations() {
        let is_initial = configuration.stage == ConfigurationStage::Initial;
        let Some(key) = configuration.key.as_ref().filter(|_| is_initial == initial) else { continue };
        if !initial && !matches!(key.family, Family::Configuration | Family::Bare) {
            continue;
        }
        first.get_or_insert_with(|| Place { block: configuration.block, range: configuration.range.clone() });
        let again = seen.iter().any(|(k, block)| *k == key && *block == configuration.block)
            || configuration.form == Form::Prose && seen.iter().any(|(k, _)| *k == key);
        if !again && seen.len() < 500 {
            seen.push((key, configuration.block));
        }
    }
    let n = seen.len() as u32;
    first.filter(|_| n >= 3).map(|place| (n, place))
}

/// The finding at one end, with the other end related, and a note at the other end.
fn pair(cx: &Context<'_>, rule: &OtherFinding, what: &str, one: &Count, other: (u32, Place)) -> Vec<Finding> {
    let (value, place) = other;
    let say = |here: u32, there: u32| {
        let fields = [("here", here.to_string()), ("there", there.to_string()), ("what", what.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        rule.say(&fields)
    };
    let mut first = cx.finding(rule, &[], Some(one.place.clone()));
    first.message = say(one.value, value);
    first.related.push((format!("{value} here"), place.clone()));
    let mut second = cx.finding(rule, &[], Some(place));
    second.message = say(value, one.value);
    second.severity = Severity::Note;
    second.related.push((format!("{} here", one.value), one.place.clone()));
    vec![first, second]
}
