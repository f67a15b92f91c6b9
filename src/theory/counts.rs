//! Counts that are given in several places: configurations, theories, documents, traditions,
//! participants, interviews, sites, databases, and the flow of documents.

use std::rc::Rc;

use super::flow::{Flow, Stage as FlowStage, flows};
use super::numeral::value_of;
use super::{Context, has_any};
use crate::cmo::{ConfigurationStage, Family, Form};
use crate::finding::{Finding, Place};
use crate::lexicon::{TermSet, Token, tokens};
use crate::manuscript::{BlockId, BlockKind, Role, SentenceId};
use crate::rule::{OtherFinding, Severity};
use crate::standard::Stage;

/// Something that a paper counts.
struct Kind {
    /// The list of words for it.
    name: &'static str,
    /// What messages call it.
    what: &'static str,
    /// The words that tell its total, where these aren't the general ones: many a number of people,
    /// interviews, sites or databases is a part of the whole, so only plain totals are compared.
    plainly: Option<&'static str>,
}

const KINDS: [Kind; 8] = [
    Kind { name: "configurations", what: "configurations", plainly: None },
    Kind { name: "theories", what: "initial theories", plainly: None },
    Kind { name: "documents", what: "included documents", plainly: None },
    Kind { name: "traditions", what: "traditions", plainly: None },
    Kind { name: "participants", what: "participants", plainly: Some("participants-total") },
    Kind { name: "interviews", what: "interviews", plainly: Some("interviews-total") },
    Kind { name: "sites", what: "sites", plainly: Some("sites-total") },
    Kind { name: "databases", what: "databases searched", plainly: Some("databases-total") },
];

/// Where a count stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Abstract,
    Text,
    /// A table, its caption or a diagram.
    Shown,
}

/// A number of something, where it is given as the total.
#[derive(Clone)]
struct Count {
    value: u32,
    sentence: usize,
    /// The number in the block, with what it counts.
    place: Place,
    at: Where,
    /// Words for a total stand with it.
    total: bool,
    initial: bool,
    /// It counts a part, or something of the same name on its way in.
    part: bool,
    /// The sentence counts what comes of the documents as well.
    yields: bool,
    /// The sentence is one of methods or results, and cites nobody.
    own: bool,
}

impl Count {
    fn in_abstract(&self) -> bool {
        self.at == Where::Abstract
    }
}

/// Totals that disagree between the abstract, the text, tables, diagrams, and what is there to be
/// counted; and a flow of documents that doesn't add up.
pub(super) fn mismatch(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    let flows = flows(cx, rule);
    for kind in &KINDS {
        let mut counts = counts_of(cx, rule, kind);
        if kind.name == "documents" {
            counts.extend(flows.iter().filter_map(|flow| included(cx, flow)));
        }
        let mut own = match kind.plainly {
            None => compare(cx, rule, kind.name, kind.what, &counts),
            Some(_) => compare_plainly(cx, rule, kind.what, &counts),
        };
        if kind.name == "documents" && own.is_empty() {
            own = drawn_otherwise(cx, rule, kind.what, &counts, &flows);
        }
        found.extend(own);
    }
    found.extend(stages(cx, rule, &flows));
    found.extend(sums(cx, rule, &flows));
    found
}

/// The number of included documents, where all totals that the manuscript gives agree.
pub(super) fn documents(cx: &Context<'_>, rule: &OtherFinding) -> Option<(u32, Place)> {
    let kind = KINDS.iter().find(|kind| kind.name == "documents")?;
    let flows = flows(cx, rule);
    let counts = counts_of(cx, rule, kind).into_iter().chain(flows.iter().filter_map(|flow| included(cx, flow)));
    let totals: Vec<Count> = counts.filter(|c| !c.part && !c.initial && c.total && c.at != Where::Shown).collect();
    let first = totals.iter().find(|c| !c.in_abstract()).or(totals.first())?;
    totals.iter().all(|c| c.value == first.value).then(|| (first.value, first.place.clone()))
}

/// What a flow says was included, as a total of documents.
fn included(cx: &Context<'_>, flow: &Flow) -> Option<Count> {
    let stated = flow.only(FlowStage::Included)?;
    Some(Count {
        value: stated.value,
        sentence: cx.sentence_at(stated.place.block, stated.place.range.start).unwrap_or(usize::MAX),
        place: stated.place.clone(),
        at: if flow.diagram { Where::Shown } else { Where::Text },
        total: !flow.diagram,
        initial: false,
        part: flow.diagram,
        yields: false,
        own: true,
    })
}

/// All counts of one kind.
fn counts_of(cx: &Context<'_>, rule: &OtherFinding, kind: &Kind) -> Vec<Count> {
    let nouns = rule.words(kind.name);
    let mut counts = Vec::new();
    for sentence in cx.judged.reading.sentences_with_any(nouns).iter().map(|sentence| sentence.0) {
        let reading = &cx.judged.reading.sentences[sentence];
        if reading.numbers == 0 || reading.other && !reading.own {
            continue;
        }
        let id = cx.manuscript.sentences.all()[sentence].block;
        let block = cx.manuscript.block(id);
        if matches!(reading.role, Role::References | Role::Glossary) {
            continue;
        }
        match &block.kind {
            BlockKind::TableRow { .. } => continue,
            // `Five camps`: a heading of nothing but a count tells the total of what has no other list.
            BlockKind::Heading { .. } if kind.name == "traditions" && reading.words.len() <= 3 => {}
            _ if block.is_prose() => {}
            _ => continue,
        }
        in_sentence(cx, rule, kind, sentence, &mut counts);
    }
    if kind.plainly.is_some() || kind.name == "documents" {
        in_tables(cx, rule, kind, &mut counts);
    }
    counts.sort_by_key(|c| (c.sentence, c.place.range.start));
    counts.dedup_by_key(|c| (c.sentence, c.place.range.start));
    counts
}

/// The counts of one kind in a sentence.
fn in_sentence(cx: &Context<'_>, rule: &OtherFinding, kind: &Kind, sentence: usize, counts: &mut Vec<Count>) {
    let reading = &cx.judged.reading.sentences[sentence];
    let at_sentence = &cx.manuscript.sentences.all()[sentence];
    let (block, range) = (at_sentence.block, at_sentence.range.clone());
    let block_kind = &cx.manuscript.block(block).kind;
    let text = cx.sentence_text(sentence);
    let plain: Vec<&str> = cx.judged.reading.words_of(SentenceId(sentence)).collect();
    let mut places: Option<Vec<Token<'_>>> = None;
    let cited = reading.citation && kind.name == "documents";
    let adjectives = if kind.plainly.is_some() { 0 } else { 2 };
    let nouns = rule.words(kind.name);
    for hit in reading.hits.iter().filter(|h| nouns.contains(&h.term)) {
        let (noun, end) = (hit.start as usize, hit.end as usize);
        let Some((value, at)) = number_before(cx, rule, &plain, noun, adjectives) else { continue };
        if value < 2 {
            continue;
        }
        let words = places.get_or_insert_with(|| tokens(text)).as_slice();
        let around = around(cx, words, text, at, end);
        let before = at.checked_sub(1).map(|i| plain[i]).unwrap_or_default();
        // `the five traditions`, `all nine configurations`: the whole is meant.
        let whole = kind.name != "documents" && is(cx, before, rule.words("whole"));
        let headed = matches!(block_kind, BlockKind::Heading { .. });
        let total = match kind.plainly {
            Some(plainly) => cx.sentence_has(sentence, rule.words(plainly)),
            None => headed || whole || cx.sentence_has(sentence, rule.words("total")) && !cited,
        };
        let subset = kind.plainly.is_some() && cx.sentence_has(sentence, rule.words("subset"));
        // `52 documents (48 studies)`: brackets count in another unit.
        let bracketed = text[..words[at].start].ends_with('(');
        let shown = matches!(block_kind, BlockKind::Caption);
        let start = range.start + words[at].start;
        counts.push(Count {
            value,
            sentence,
            place: Place { block, range: start..range.start + words[end - 1].end },
            at: match reading.role {
                Role::Abstract => Where::Abstract,
                _ if shown => Where::Shown,
                _ => Where::Text,
            },
            total,
            initial: has_any(&around, rule.words("initial")),
            part: subset || bracketed || has_any(&around, rule.words("part")),
            yields: ["configurations", "traditions", "theories"]
                .iter()
                .any(|other| *other != kind.name && cx.sentence_has(sentence, rule.words(other))),
            own: matches!(reading.role, Role::Methods | Role::Results) && !reading.citation,
        });
    }
}

/// Totals that tables give: `Documents included | 58`, and the row of totals.
fn in_tables(cx: &Context<'_>, rule: &OtherFinding, kind: &Kind, counts: &mut Vec<Count>) {
    let nouns = rule.words(kind.name);
    let mut heads: Vec<&str> = Vec::new();
    for (index, block) in cx.manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        let BlockKind::TableRow { header, cells, .. } = &block.kind else { continue };
        let cell = |at: usize| cells.get(at).map_or("", |range| block.text[range.clone()].trim());
        if *header {
            heads = (0..cells.len()).map(cell).collect();
            continue;
        }
        if !matches!(cx.manuscript.role_of(id), Role::Methods | Role::Results) || cells.len() < 2 {
            continue;
        }
        let label = cell(0);
        let numbers: Vec<(usize, u32)> = (1..cells.len()).filter_map(|at| Some((at, number_in(cell(at))?))).collect();
        let filled = (1..cells.len()).filter(|at| !cell(*at).is_empty()).count();
        let Some((at, value)) = numbers.last().copied().filter(|_| label.len() < 80) else { continue };
        let terms = cx.terms(label);
        let counted = |terms: &TermSet| {
            has_any(terms, nouns) && !has_any(terms, rule.words("part")) && !has_any(terms, rule.words("subset"))
        };
        let named = filled == 1 && counted(&terms) && has_any(&terms, rule.words("row-named"));
        let head = heads.get(at).copied().unwrap_or_default();
        let summed = has_any(&terms, rule.words("row-total"))
            && label.split_whitespace().count() <= 3
            && (numbers.len() == 1 || has_any(&cx.terms(head), rule.words("row-total")))
            && (counted(&cx.terms(head)) || counted(&terms));
        if (named || summed) && value > 1 {
            counts.push(Count {
                value,
                sentence: cx.sentence_at(id, cells[at].start).unwrap_or(usize::MAX),
                place: Place { block: id, range: cells[at].clone() },
                at: Where::Shown,
                total: kind.plainly.is_some(),
                initial: false,
                part: kind.plainly.is_none(),
                yields: false,
                own: true,
            });
        }
    }
}

/// A cell that is a number, and perhaps its share in brackets.
fn number_in(cell: &str) -> Option<u32> {
    let bare = cell.split('(').next().unwrap_or_default().trim();
    let words = tokens(bare);
    (words.len() == 1).then(|| value_of(&[words[0].word.as_ref()]).map(|(n, _)| n))?
}

/// Whether a word is one of some.
fn is(cx: &Context<'_>, word: &str, wanted: &[crate::lexicon::TermId]) -> bool {
    !word.is_empty() && has_any(&cx.terms(word), wanted)
}

/// The number that counts the noun at a word: right before it, or with a few adjectives between.
fn number_before(
    cx: &Context<'_>,
    rule: &OtherFinding,
    words: &[&str],
    noun: usize,
    adjectives: usize,
) -> Option<(u32, usize)> {
    for back in 1..=adjectives + 1 {
        let last = noun.checked_sub(back)?;
        if let Some((value, at)) = value_of(&words[..=last]) {
            // `between 30 and 40 documents`, `12 of the documents` and `Table 2 documents` count nothing in all.
            let before = at.checked_sub(1).map(|i| words[i]).unwrap_or_default();
            let range = matches!(before, "to" | "and")
                && at.checked_sub(2).is_some_and(|i| value_of(&words[..=i]).is_some())
                && (before == "to" || words[..at].contains(&"between"));
            return (!range && !is(cx, before, rule.words("vague"))).then_some((value, at));
        }
        if words[last].len() < 3 || is(cx, words[last], rule.words("no-adjective")) {
            return None;
        }
    }
    None
}

/// The terms of the words right around a count.
fn around(cx: &Context<'_>, words: &[Token<'_>], text: &str, at: usize, end: usize) -> Rc<TermSet> {
    const NEAR: usize = 4;
    let from = words[at.saturating_sub(NEAR)].start;
    let to = words[(end + NEAR).min(words.len()) - 1].end;
    // `49 documents were used, 37 of them from databases`: what the next number counts is its own affair.
    let noun_ends = words[end - 1].end;
    let clause = text[noun_ends..to].find([',', ';', ':']).map_or(to, |stop| noun_ends + stop);
    cx.terms(&text[from..clause])
}

/// The numbers of a sentence or table row.
fn numbers_beside(cx: &Context<'_>, count: &Count) -> Vec<u32> {
    if count.sentence >= cx.judged.reading.sentences.len() {
        return Vec::new();
    }
    let words: Vec<&str> = cx.judged.reading.words_of(SentenceId(count.sentence)).collect();
    (1..=words.len()).filter_map(|end| value_of(&words[..end]).map(|(n, _)| n)).collect()
}

/// Compares plain totals only: one in the abstract, one in the text, one in tables.
fn compare_plainly(cx: &Context<'_>, rule: &OtherFinding, what: &str, counts: &[Count]) -> Vec<Finding> {
    let only = |at: Where| -> Option<&Count> {
        let mut all = counts
            .iter()
            .filter(|c| c.at == at && !c.part && (c.in_abstract() || c.own) && (c.in_abstract() || c.total));
        let first = all.next()?;
        all.all(|c| c.value == first.value).then_some(first)
    };
    let agree = |a: &Count, b: &Count| {
        let said = counts.iter().any(|c| c.at == b.at && c.value == a.value || c.at == a.at && c.value == b.value);
        // What is counted on the one side may be counted in two portions on the other.
        let (beside_a, beside_b) = (numbers_beside(cx, a), numbers_beside(cx, b));
        let portions = beside_a.iter().chain(&beside_b).any(|n| a.value + n == b.value || b.value + n == a.value);
        said || portions || beside_a.contains(&b.value) || beside_b.contains(&a.value) || !likely(a.value, b.value)
    };
    let (of_abstract, text, shown) = (only(Where::Abstract), only(Where::Text), only(Where::Shown));
    let pairs = [(of_abstract, text), (text, shown), (of_abstract, shown)];
    pairs
        .into_iter()
        .find_map(|(a, b)| Some((a?, b?)).filter(|(a, b)| !agree(a, b)))
        .map(|(a, b)| pair(cx, rule, what, a, (b.value, b.place.clone())))
        .unwrap_or_default()
}

/// Documents of which the text gives one total and a table or diagram another.
fn drawn_otherwise(
    cx: &Context<'_>,
    rule: &OtherFinding,
    what: &str,
    counts: &[Count],
    flows: &[Flow],
) -> Vec<Finding> {
    let told: Vec<&Count> = counts.iter().filter(|c| c.at == Where::Text && c.total && !c.part).collect();
    let Some(first) = told.first().filter(|first| told.iter().all(|c| c.value == first.value)) else {
        return Vec::new();
    };
    // A box of studies says nothing of documents.
    let noun = cx.manuscript.block(first.place.block).text[first.place.range.clone()].to_lowercase();
    let noun = noun.rsplit(' ').next().unwrap_or_default().trim_end_matches('s').to_owned();
    let boxed = flows.iter().filter(|f| f.diagram).filter(|f| {
        let words = tokens(&f.included_words).into_iter().map(|t| t.word.into_owned()).collect::<Vec<_>>().join(" ");
        f.included_words.contains(&noun) || !has_any(&cx.terms(&words), rule.words("documents"))
    });
    let boxed = boxed.filter_map(|f| f.only(FlowStage::Included)).map(|s| (s.value, s.place.clone()));
    let row = |c: &&Count| matches!(cx.manuscript.block(c.place.block).kind, BlockKind::TableRow { .. });
    let rows = counts.iter().filter(row).map(|c| (c.value, c.place.clone()));
    let other = boxed.chain(rows).find(|(value, _)| {
        likely(first.value, *value) && !counts.iter().any(|c| c.at == Where::Text && c.value == *value)
    });
    other.map(|other| pair(cx, rule, what, first, other)).unwrap_or_default()
}

/// Stages of the flow that the text gives one number for and the diagram another.
fn stages(cx: &Context<'_>, rule: &OtherFinding, flows: &[Flow]) -> Vec<Finding> {
    const STAGES: [FlowStage; 6] = [
        FlowStage::Identified,
        FlowStage::Duplicates,
        FlowStage::Screened,
        FlowStage::Early,
        FlowStage::Read,
        FlowStage::Late,
    ];
    let diagrams: Vec<&Flow> = flows.iter().filter(|f| f.diagram).collect();
    let [diagram] = diagrams.as_slice() else { return Vec::new() };
    let mut found = Vec::new();
    for stage in STAGES {
        let mut told = flows.iter().filter(|f| !f.diagram).flat_map(|f| &f.all).filter(|s| s.stage == stage);
        let (Some(drawn), Some(first)) = (diagram.only(stage), told.next()) else { continue };
        if told.all(|s| s.value == first.value) && likely(first.value, drawn.value) && !diagram.has(first.value) {
            let fields = (first.value, drawn.value);
            found.extend(both(cx, rule, stage.what(), fields, &first.place, &drawn.place));
        }
    }
    found
}

/// Flows of documents that don't add up, each at the number that should follow from two others.
fn sums(cx: &Context<'_>, rule: &OtherFinding, flows: &[Flow]) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for flow in flows {
        for (left, [from, less], right) in flow.wrong_sums() {
            // What should be left is said elsewhere: then the units differ, or the two places do.
            if flows.iter().any(|f| f.has(right)) {
                continue;
            }
            let there = format!("{} less {} leaves {right}", from.value, less.value);
            let mut finding = cx.finding(rule, &[], Some(left.place.clone()));
            finding.message = say(rule, left.stage.what(), left.value, &there);
            for stated in [from, less] {
                finding.related.push((format!("{}: {}", stated.stage.what(), stated.value), stated.place.clone()));
            }
            found.push(finding);
        }
    }
    found
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
    let in_abstract =
        counts.iter().find(|c| c.in_abstract() && !c.part && (c.total || c.yields || kind != "documents"));
    let body: Vec<&&Count> = counts.iter().filter(|c| !c.in_abstract() && !c.part && c.total).collect();
    let mut found = Vec::new();
    if let Some(first) = in_abstract {
        // The same number anywhere in the body is agreement enough.
        let said = counts.iter().any(|c| !c.in_abstract() && c.value == first.value);
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
    both(cx, rule, what, (one.value, other.0), &one.place, &other.1)
}

fn both(
    cx: &Context<'_>,
    rule: &OtherFinding,
    what: &str,
    (here, there): (u32, u32),
    place: &Place,
    other: &Place,
) -> Vec<Finding> {
    let mut first = cx.finding(rule, &[], Some(place.clone()));
    first.message = say(rule, what, here, &format!("{there} elsewhere"));
    first.related.push((format!("{there} here"), other.clone()));
    let mut second = cx.finding(rule, &[], Some(other.clone()));
    second.message = say(rule, what, there, &format!("{here} elsewhere"));
    second.severity = Severity::Note;
    second.related.push((format!("{here} here"), place.clone()));
    vec![first, second]
}

fn say(rule: &OtherFinding, what: &str, here: u32, there: &str) -> String {
    rule.say(&[("here", &here.to_string()), ("there", there), ("what", what)])
}
