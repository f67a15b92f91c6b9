//! What was done otherwise than the protocol plans, where no word says so: sources searched, limits set,
//! choices made. Only what both sides say in words that the rules know is compared.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::{At, Context, Tie};
use crate::finding::Place;
use crate::lexicon::{TermId, tokens};
use crate::manuscript::{BlockId, Role};
use crate::protocol::{Day, FieldPath, State};
use crate::rule::OtherFinding;
use crate::structured::{Kind, Value};

/// Where a report tells what was done.
const DONE: [Role; 2] = [Role::Abstract, Role::Methods];
/// Words of a longer field aren't looked at.
const LONGEST_FIELD: usize = 100_000;

/// The blocks of a report that tell of turns from the plan, and what the protocol's log tells of them.
pub(super) struct Turns<'a> {
    blocks: FxHashSet<BlockId>,
    log: Vec<&'a str>,
}

impl<'a> Turns<'a> {
    /// By the rule's words `changed`, or `plan` and `turn` in one paragraph, or `changed` in a heading.
    pub(super) fn of(cx: &Context<'a>, rule: &OtherFinding) -> Self {
        let mut blocks = FxHashSet::default();
        for sentence in cx.statements() {
            let block = cx.block_of(sentence);
            let above = &cx.told.reading.headings[cx.manuscript.section_id_of(block).0];
            let headed = rule.words("changed").iter().any(|term| above.contains(*term));
            let mut paragraph = cx.manuscript.sentences.of(block);
            let turned = cx.sentence_has(sentence, rule.words("changed"))
                || (cx.sentence_has(sentence, rule.words("turn"))
                    && paragraph.any(|beside| cx.sentence_has(beside, rule.words("plan"))));
            if headed || turned {
                blocks.insert(block);
            }
        }
        let log = cx.beside.protocol.and_then(|(_, protocol, _)| protocol.value.get("amendments")?.get("log"));
        let mut texts = Vec::new();
        if let Some(log) = log {
            below(log, &mut |value| texts.extend(value.text()));
        }
        Self { blocks, log: texts }
    }

    /// Whether a block tells of a turn.
    pub(super) fn is(&self, block: BlockId) -> bool {
        self.blocks.contains(&block)
    }

    /// Whether a turn is told that has to do with some terms.
    fn explain(&self, cx: &Context<'_>, terms: &[TermId]) -> bool {
        cx.statements().any(|sentence| self.is(cx.block_of(sentence)) && cx.sentence_has(sentence, terms))
            || self.log.iter().any(|text| cx.hits(text).iter().any(|(term, _)| terms.contains(term)))
    }

    /// Whether a turn is told that names a word.
    fn name(&self, cx: &Context<'_>, word: &str) -> bool {
        self.blocks.iter().any(|block| cx.manuscript.block(*block).text.contains(word))
            || self.log.iter().any(|text| text.contains(word))
    }
}

/// Calls `found` for each text and number in a value.
fn below<'v>(value: &'v Value, found: &mut dyn FnMut(&'v Value)) {
    match &value.kind {
        Kind::Text(text) | Kind::Number(text) if text.len() < LONGEST_FIELD => found(value),
        Kind::List(items) => items.iter().for_each(|item| below(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|entry| below(&entry.value, found)),
        _ => {}
    }
}

/// The texts of some fields of the protocol.
fn texts<'a>(cx: &Context<'a>, fields: &[FieldPath]) -> Vec<&'a Value> {
    let Some((_, protocol, _)) = cx.beside.protocol else { return Vec::new() };
    let mut all = Vec::new();
    for slot in fields.iter().flat_map(|path| path.slots(&protocol.value, &protocol.head)) {
        if let State::Filled(value) = slot.state {
            below(value, &mut |text| all.push(text));
        }
    }
    all
}

/// The place of some words of a field; where the file writes them in another way, of the field.
fn in_file(cx: &Context<'_>, value: &Value, words: &str) -> Option<At> {
    let (file, _, text) = cx.beside.protocol?;
    let at = text.get(value.span.clone())?.find(words).map(|at| value.span.start + at);
    Some(At::File(file, at.map_or(value.span.clone(), |at| at..at + words.len())))
}

/// A value that a text names: its number among the rule's, and the words.
type Named = (usize, Range<usize>);

/// The values that a text names, in its order. Words that are part of longer ones, and of the rule's `never`,
/// name nothing by themselves.
fn values_in(cx: &Context<'_>, rule: &OtherFinding, values: &[(&str, &[TermId])], text: &str) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for (term, range) in cx.hits(text) {
        let of = values.iter().enumerate().filter(|(_, (_, terms))| terms.contains(&term));
        all.extend(of.map(|(value, _)| (value, range.clone())));
        if rule.words("never").contains(&term) {
            all.push((values.len(), range));
        }
    }
    // `Science Citation Index` within `Social Science Citation Index` is no source of its own.
    let within = |inner: &Named, outer: &Named| {
        inner.1.start >= outer.1.start && inner.1.end <= outer.1.end && inner.1.len() < outer.1.len()
    };
    let single = |one: &&Named| one.0 < values.len() && !all.iter().any(|other| within(one, other));
    let mut kept: Vec<Named> = all.iter().filter(single).cloned().collect();
    kept.sort_by_key(|(value, range)| (range.start, *value));
    kept
}

/// A value that the protocol names, with its place and its words.
struct Planned {
    value: usize,
    at: At,
    words: String,
}

fn planned(cx: &Context<'_>, rule: &OtherFinding, values: &[(&str, &[TermId])]) -> Vec<Planned> {
    let mut all: Vec<Planned> = Vec::new();
    for field in texts(cx, &rule.fields) {
        let text = field.text().unwrap_or_default();
        for (value, range) in values_in(cx, rule, values, text) {
            if !all.iter().any(|one| one.value == value)
                && let Some(at) = in_file(cx, field, &text[range.clone()])
            {
                all.push(Planned { value, at, words: text[range].to_owned() });
            }
        }
    }
    all
}

/// Sentences of a report that tell what was done.
fn done<'c>(cx: &'c Context<'_>) -> impl Iterator<Item = usize> + 'c {
    cx.statements().filter(|sentence| {
        let reading = &cx.told.reading.sentences[*sentence];
        DONE.contains(&reading.role) && !reading.planned && (reading.own || !reading.other)
    })
}

/// Things of one kind (databases) that the report has and the protocol doesn't, and the other way about.
pub(super) fn lists<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let values = rule.values();
    let planned = planned(cx, rule, &values);
    let Some(first_planned) = planned.first() else { return Vec::new() };
    let mut telling: Vec<(usize, Vec<Named>)> = Vec::new();
    for sentence in done(cx).filter(|sentence| !cx.sentence_has(*sentence, rule.words("unless"))) {
        let named = values_in(cx, rule, &values, cx.sentence_text(sentence));
        let kinds: FxHashSet<usize> = named.iter().map(|(value, _)| *value).collect();
        if kinds.len() > 1 || (kinds.len() == 1 && cx.sentence_has(sentence, rule.words("about"))) {
            telling.push((sentence, named));
        }
    }
    let in_methods = telling.iter().filter(|(sentence, _)| cx.told.reading.sentences[*sentence].role == Role::Methods);
    let Some((main, _)) = in_methods.max_by_key(|(sentence, named)| (named.len(), std::cmp::Reverse(*sentence))) else {
        return Vec::new();
    };
    // A list that goes on in a supplement isn't whole.
    let elsewhere = telling.iter().any(|(sentence, _)| cx.told.reading.sentences[*sentence].pointer);
    let anywhere: FxHashSet<usize> = cx
        .statements()
        .flat_map(|sentence| {
            let named = values.iter().enumerate().filter(move |(_, (_, terms))| cx.sentence_has(sentence, terms));
            named.map(|(value, _)| value)
        })
        .collect();
    let in_protocol: FxHashSet<usize> = {
        let mut all = FxHashSet::default();
        if let Some((_, protocol, _)) = cx.beside.protocol {
            below(&protocol.value, &mut |value| {
                let named = values_in(cx, rule, &values, value.text().unwrap_or_default());
                all.extend(named.into_iter().map(|(value, _)| value));
            });
        }
        all
    };
    let turns = Turns::of(cx, rule);
    let mut found = Vec::new();
    for one in planned.iter().filter(|one| !anywhere.contains(&one.value) && !elsewhere) {
        if turns.explain(cx, values[one.value].1) {
            continue;
        }
        let what = format!("{} is planned in the protocol and not found in the report", one.words);
        found.push(Tie::new(rule, &what, cx.sentence_place(*main)).beside("planned here", one.at.clone()));
    }
    let mut seen = FxHashSet::default();
    for (sentence, named) in &telling {
        for (value, range) in named {
            if in_protocol.contains(value) || !seen.insert(*value) || turns.explain(cx, values[*value].1) {
                continue;
            }
            let what = format!(
                "{} is told of in the report and not planned in the protocol",
                &cx.sentence_text(*sentence)[range.clone()]
            );
            let tie = Tie::new(rule, &what, cx.place(*sentence, range));
            found.push(tie.beside("the plan begins here", first_planned.at.clone()));
        }
    }
    found
}

/// A choice between values of which each side names exactly one, and not the same.
pub(super) fn choices<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let values = rule.values();
    let planned = planned(cx, rule, &values);
    let [plan] = planned.as_slice() else { return Vec::new() };
    let mut told: Vec<(usize, usize, Range<usize>)> = Vec::new();
    for sentence in done(cx) {
        let about = rule.words("about").is_empty() || cx.sentence_has(sentence, rule.words("about"));
        if !about || cx.sentence_has(sentence, rule.words("unless")) {
            continue;
        }
        let named = values_in(cx, rule, &values, cx.sentence_text(sentence));
        told.extend(named.into_iter().map(|(value, range)| (value, sentence, range)));
    }
    let Some((value, sentence, range)) = told.first().cloned() else { return Vec::new() };
    if value == plan.value || told.iter().any(|(other, ..)| *other != value) {
        return Vec::new();
    }
    let turns = Turns::of(cx, rule);
    if turns.explain(cx, values[value].1) || turns.explain(cx, values[plan.value].1) {
        return Vec::new();
    }
    let written = &cx.sentence_text(sentence)[range.clone()];
    let what = format!("\"{written}\", and the protocol plans \"{}\"", plan.words);
    vec![Tie::new(rule, &what, cx.place(sentence, &range)).beside("planned here", plan.at.clone())]
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && word.bytes().all(|b| b.is_ascii_digit())
}

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

/// The month of a name, 1 to 12.
fn month(word: &str) -> Option<usize> {
    let at = MONTHS
        .iter()
        .position(|month| *month == word || (word.len() >= 3 && *month != "may" && month.starts_with(word)))?;
    Some(at + 1)
}

/// The years from which on something counts: those after one of the rule's words `from`, a day and a month
/// let be.
fn first_years(cx: &Context<'_>, rule: &OtherFinding, text: &str) -> Vec<Range<usize>> {
    let words = tokens(text);
    let ends: FxHashSet<usize> = cx
        .hits(text)
        .iter()
        .filter(|(term, _)| rule.words("from").contains(term))
        .map(|(_, range)| range.end)
        .collect();
    let mut all = Vec::new();
    for (index, word) in words.iter().enumerate().filter(|(_, word)| is_year(&word.word)) {
        let mut before = words[..index].iter().rev();
        let mut last = before.next();
        // `from 1 March 2009`, `since the beginning of 2009`.
        while last.is_some_and(|w| {
            month(&w.word).is_some() || w.word.len() <= 2 && w.word.bytes().all(|b| b.is_ascii_digit())
        }) {
            last = before.next();
        }
        if last.is_some_and(|w| ends.contains(&w.end)) {
            all.push(word.start..word.end);
        }
    }
    all
}

/// Another first year of what was looked for.
pub(super) fn first_year<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let mut plans: Vec<(String, At)> = Vec::new();
    for field in texts(cx, &rule.fields) {
        let text = field.text().unwrap_or_default();
        for range in first_years(cx, rule, text) {
            let year = &text[range.clone()];
            // The year alone may stand in the field several times; it is shown with the words before it.
            let shown = &text[words_before(text, range.start)..range.end];
            if let Some(at) = in_file(cx, field, shown) {
                plans.push((year.to_owned(), at));
            }
        }
    }
    if plans.is_empty() {
        return Vec::new();
    }
    let dated = cx.beside.protocol.and_then(|(_, protocol, _)| protocol.protocol.date.as_ref());
    let dated = dated.map(|date| date.day.to_string());
    let dated = dated.as_deref().and_then(|day| day.get(..4));
    let mut told: Vec<(String, usize, Range<usize>)> = Vec::new();
    for sentence in done(cx).filter(|sentence| cx.sentence_has(*sentence, rule.words("about"))) {
        let text = cx.sentence_text(sentence);
        // A later year is that of the work itself: "searches were run between May and July 2024".
        let limits =
            first_years(cx, rule, text).into_iter().filter(|at| dated.is_none_or(|year| text[at.clone()] < *year));
        told.extend(limits.map(|at| (text[at.clone()].to_owned(), sentence, at)));
    }
    let (Some((plan, at)), Some((year, sentence, range))) = (plans.first(), told.first()) else { return Vec::new() };
    let single = plans.iter().all(|(other, _)| other == plan) && told.iter().all(|(other, ..)| other == year);
    let turns = Turns::of(cx, rule);
    if !single || plan == year || turns.name(cx, plan) || turns.name(cx, year) {
        return Vec::new();
    }
    let what = format!("from {year} on, and the protocol plans from {plan}");
    vec![Tie::new(rule, &what, cx.place(*sentence, range)).beside("planned here", at.clone())]
}

/// Where the word before a byte begins.
fn words_before(text: &str, at: usize) -> usize {
    let before = text[..at].trim_end();
    before.rfind(char::is_whitespace).map_or(0, |space| space + 1)
}

/// A search that was run before the protocol was dated.
pub(super) fn before<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, protocol, _)) = cx.beside.protocol else { return Vec::new() };
    let protocol = &protocol.protocol;
    // A later version is dated later than the searches, and says so in its log.
    let amended = protocol.amendments.as_ref().is_some_and(|a| a.log.as_ref().is_some_and(|log| !log.is_empty()));
    let first = protocol.version.as_ref().is_none_or(|version| {
        let version = version.text.trim().trim_start_matches(['v', 'V']);
        version.starts_with("0.") || matches!(version, "" | "1" | "1.0" | "1.0.0")
    });
    let registered = protocol.registration.as_ref().and_then(|registration| registration.date.as_ref());
    let Some(dated) = protocol.date.as_ref().filter(|_| !amended && first) else { return Vec::new() };
    let dated = registered.filter(|registered| registered.day.is_before(dated.day)).unwrap_or(dated);
    let turns = Turns::of(cx, rule);
    for sentence in done(cx) {
        if cx.told.reading.sentences[sentence].role != Role::Methods
            || !cx.sentence_has(sentence, rule.words("about"))
            || cx.sentence_has(sentence, rule.words("unless"))
            || turns.is(cx.block_of(sentence))
        {
            continue;
        }
        let text = cx.sentence_text(sentence);
        let words = tokens(text);
        for index in 1..words.len() {
            let (name, year) = (&words[index - 1], &words[index]);
            let Some(month) = month(&name.word).filter(|_| is_year(&year.word)) else { continue };
            let numbered = index.checked_sub(2).filter(|i| words[*i].word.len() <= 2 && words[*i].is_number());
            let led = numbered.unwrap_or(index - 1).checked_sub(1).map(|i| words[i].word.as_ref());
            // `in May 2024` and `on 3 May 2024`; `from` and `to` bound what was looked for.
            if !matches!(led, Some("in" | "on" | "during")) {
                continue;
            }
            let Ok(day) = Day::parse(&format!("{}-{month:02}", year.word)) else { continue };
            if day.is_before(dated.day) {
                let what = format!(
                    "in {} {}, and the protocol is dated {}",
                    &text[name.start..name.end],
                    year.word,
                    dated.day
                );
                let tie = Tie::new(rule, &what, cx.place(sentence, &(name.start..year.end)));
                return vec![tie.beside("the date of the protocol", At::File(file, dated.span.clone()))];
            }
        }
    }
    Vec::new()
}

/// A report of another kind of work.
pub(super) fn standard<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, protocol, _)) = cx.beside.protocol else { return Vec::new() };
    let (Some(kind), Some(word), Some(standard)) = (protocol.kind(cx.rules), &protocol.protocol.kind, cx.told.standard)
    else {
        return Vec::new();
    };
    // Standards of packs are asked for besides.
    if !cx.told.sure
        || kind.standard == standard.id
        || !cx.rules.protocols.kinds.iter().any(|kind| kind.standard == standard.id)
    {
        return Vec::new();
    }
    let what = format!("the report answers to {}, and the protocol plans a {}", standard.short, kind.name);
    let Some(at) = cx.heading(&[]) else { return Vec::new() };
    vec![Tie::new(rule, &what, at).beside("planned here", At::File(file, word.span.clone()))]
}

/// The letters that a registration number begins with, and its digits.
fn number_of(text: &str) -> Option<(String, String)> {
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let letters = bare.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = &bare[letters..];
    let known = ["CRD", "INPLASY", "ISRCTN"].contains(&&bare[..letters]);
    (known && digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| (bare[..letters].to_owned(), digits.to_owned()))
}

/// Another registration number of the same register.
pub(super) fn registration<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, protocol, _)) = cx.beside.protocol else { return Vec::new() };
    let Some(label) = protocol.protocol.registration.as_ref().and_then(|r| r.id.as_ref()) else { return Vec::new() };
    let Some((register, number)) = number_of(&label.text) else { return Vec::new() };
    let mut other: Option<(BlockId, Range<usize>, String)> = None;
    for (index, block) in cx.manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        if cx.manuscript.role_of(id) == Role::References
            || matches!(block.kind, crate::manuscript::BlockKind::Reference)
        {
            continue;
        }
        for word in words_of(&block.text) {
            let Some((here, digits)) = number_of(&block.text[word.clone()]) else { continue };
            if here != register {
                continue;
            }
            if digits == number {
                return Vec::new();
            }
            let mut sentences = cx.manuscript.sentences.of(id);
            let about = sentences.any(|sentence| {
                let reading = &cx.told.reading.sentences[sentence];
                cx.sentence_has(sentence, rule.words("about")) && !reading.citation && !reading.other
            });
            if about {
                other.get_or_insert((id, word.clone(), block.text[word].to_owned()));
            }
        }
    }
    let Some((block, range, written)) = other else { return Vec::new() };
    let what = format!("{written}, and the protocol has {}", label.text.trim());
    let tie = Tie::new(rule, &what, At::Manuscript(Place { block, range }));
    vec![tie.beside("the number in the protocol", At::File(file, label.span.clone()))]
}

/// Runs of letters and digits of a text.
fn words_of(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_ascii_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                all.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    all
}
