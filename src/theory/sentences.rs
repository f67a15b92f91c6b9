//! Findings about single sentences, told by cues, and what is said of the reporting standards.

use rustc_hash::FxHashMap;

use super::{Context, has_any};
use crate::finding::{Finding, Place};
use crate::lexicon::{TermSet, tokens};
use crate::manuscript::{BlockId, BlockKind, SentenceId};
use crate::rule::{OtherFinding, cue};

/// The sentences for which a cue of a finding holds.
fn holding<'a>(cx: &'a Context<'_>, rule: &'a OtherFinding) -> impl Iterator<Item = (usize, f32)> + 'a {
    let mut loudest: FxHashMap<SentenceId, f32> = FxHashMap::default();
    for cue in &rule.cues {
        for sentence in cue::holding(cx.judged.reading, cx.judged.rules, cue, cx.judged.stage) {
            loudest.entry(sentence).and_modify(|weight| *weight = weight.max(cue.weight)).or_insert(cue.weight);
        }
    }
    cx.statements().filter_map(move |sentence| Some((sentence, *loudest.get(&SentenceId(sentence))?)))
}

/// One finding a sentence.
pub(super) fn each(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    holding(cx, rule)
        .map(|(sentence, weight)| {
            let mut finding = cx.finding(rule, &[], Some(cx.sentence_place(sentence)));
            finding.confidence = rule.confidence.min(weight);
            finding
        })
        .collect()
}

/// One finding a manuscript, at the first sentence, unless some words stand anywhere.
pub(super) fn once(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let Some((sentence, _)) = holding(cx, rule).next() else { return Vec::new() };
    let unless = rule.words("unless");
    let answered = (0..cx.judged.reading.sentences.len()).any(|s| {
        let block: BlockId = cx.manuscript.sentences.all()[s].block;
        !matches!(cx.manuscript.block(block).kind, BlockKind::Reference)
            && has_any(&cx.judged.reading.sentences[s].terms, unless)
    });
    if answered { Vec::new() } else { vec![cx.finding(rule, &[], Some(cx.sentence_place(sentence)))] }
}

/// `the 21-item RAMESES checklist`: a number of items that isn't the standard's.
pub(super) fn items_count(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    let items_of = |id: &str| cx.judged.rules.standards.iter().find(|s| s.id == id).map(|s| s.items);
    for sentence in cx.statements().filter(|s| cx.sentence_has(*s, rule.words("standard"))) {
        let text = cx.sentence_text(sentence);
        let words = tokens(text);
        let plain: Vec<&str> = words.iter().map(|t| t.word.as_ref()).collect();
        let Some((number, at)) = number_of_items(cx, rule, &plain) else { continue };
        let named = standards_named(rule, &cx.judged.reading.sentences[sentence].terms);
        // Where the sentence names several standards, or none, any of their numbers may be meant.
        let standards = if named.is_empty() { vec![cx.judged.standard.id.clone()] } else { named };
        let right: Vec<u32> = standards.iter().filter_map(|id| items_of(id)).collect();
        if right.is_empty() || right.contains(&number) {
            continue;
        }
        let there = right.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
        let place = cx.sentence_place(sentence);
        let word = &words[at];
        let range = place.range.start + word.start..place.range.start + word.end;
        let what = cx.judged.rules.standard(&standards[0]).map_or("", |(s, _)| s.short.as_str());
        let fields = [("here", number.to_string()), ("there", there), ("what", what.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        found.push(cx.finding(rule, &fields, Some(Place { block: place.block, range })));
    }
    found
}

/// The standards whose kind of work is named by some terms.
fn standards_named(rule: &OtherFinding, terms: &TermSet) -> Vec<String> {
    ["evaluation", "meta-narrative", "synthesis"]
        .into_iter()
        .filter(|kind| has_any(terms, rule.words(kind)))
        .map(|kind| format!("rameses-{kind}"))
        .collect()
}

/// Sentences that say which standards were followed, where they name those of another kind of work only,
/// or where only those of another kind are among the references.
pub(super) fn standards_cited(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let own = &cx.judged.standard.id;
    let mut saying = holding(cx, rule).peekable();
    if saying.peek().is_none() {
        return Vec::new();
    }
    let mut referred: Vec<String> = Vec::new();
    for block in cx.manuscript.blocks.iter().filter(|block| block.kind == BlockKind::Reference) {
        let terms = cx.terms(&block.text);
        if has_any(&terms, rule.words("standard")) {
            referred.extend(standards_named(rule, &terms));
        }
    }
    let other = |named: &[String]| !named.is_empty() && !named.contains(own);
    let what = cx.judged.standard.short.as_str();
    saying
        .filter(|(sentence, _)| {
            other(&standards_named(rule, &cx.judged.reading.sentences[*sentence].terms)) || other(&referred)
        })
        .map(|(sentence, _)| cx.finding(rule, &[("what", what)], Some(cx.sentence_place(sentence))))
        .collect()
}

/// The number right before `item(s)` or a few words before it, and which word it is.
fn number_of_items(cx: &Context<'_>, rule: &OtherFinding, words: &[&str]) -> Option<(u32, usize)> {
    /// `all 21 of the RAMESES items`.
    const APART: usize = 4;
    let item = words.iter().position(|w| matches!(*w, "item" | "items"))?;
    (item.saturating_sub(APART)..item).rev().find_map(|at| {
        // `item 9` names one item; `two reviewers … items` counts something else.
        let joined = at + 1 == item || words[at + 1..item].iter().all(|w| has_any(&cx.terms(w), rule.words("between")));
        if !joined {
            return None;
        }
        super::numeral::value_of(&words[..=at]).map(|(n, _)| n).filter(|n| (10..=40).contains(n)).map(|n| (n, at))
    })
}
