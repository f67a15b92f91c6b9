//! Findings about the theory as a whole: whether the first one met a fate, whether there is one,
//! whether its parts are joined, whether formal theory that was promised is used.

use super::Context;
use crate::cmo::ConfigurationStage;
use crate::finding::{Finding, Place};
use crate::manuscript::{BlockId, BlockKind, Role};
use crate::rule::OtherFinding;

/// Where the end of the work is told.
const END: [Role; 3] = [Role::Results, Role::Discussion, Role::Conclusion];

/// An initial theory of which the results say nothing more.
pub(super) fn unrefined(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let by_statement = cx
        .configurations()
        .iter()
        .find(|c| c.stage == ConfigurationStage::Initial)
        .map(|c| Place { block: c.block, range: c.range.clone() });
    let by_words = || {
        cx.statements()
            .find(|s| {
                let role = cx.judged.reading.sentences[*s].role;
                !matches!(role, Role::Abstract) && !END.contains(&role) && cx.sentence_has(*s, rule.words("initial"))
            })
            .map(|s| cx.sentence_place(s))
    };
    let Some(place) = by_statement.or_else(by_words) else { return Vec::new() };
    let told = (0..cx.judged.reading.sentences.len()).any(|s| {
        let block = cx.manuscript.sentences.all()[s].block;
        let kind = &cx.manuscript.block(block).kind;
        let role = cx.manuscript.role_of(block);
        END.contains(&role)
            && !matches!(kind, BlockKind::Reference)
            && cx.sentence_has(s, rule.words("theory"))
            && cx.sentence_has(s, rule.words("fate"))
            && !cx.judged.reading.sentences[s].planned
    });
    if told {
        Vec::new()
    } else {
        vec![cx.finding(rule, &[("claim", "initial programme theory"), ("detail", "")], Some(place))]
    }
}

/// A realist paper with neither configurations nor a programme theory.
pub(super) fn no_theory(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    if !cx.configurations().is_empty() {
        return Vec::new();
    }
    let told = (0..cx.judged.reading.sentences.len()).any(|s| {
        let block = cx.manuscript.sentences.all()[s].block;
        let role = cx.manuscript.role_of(block);
        END.contains(&role) && cx.sentence_has(s, rule.words("theory"))
    });
    let results = cx.manuscript.sections.iter().find(|s| s.role == Role::Results && s.heading.is_some());
    let Some(heading) = results.and_then(|s| s.heading).filter(|_| !told) else { return Vec::new() };
    let place = Place::whole(cx.manuscript, heading);
    vec![cx.finding(rule, &[("claim", ""), ("detail", "")], Some(place))]
}

/// Contexts, mechanisms and outcomes under headings or in tables of their own, joined nowhere.
pub(super) fn catalogue(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    if !cx.configurations().is_empty() {
        return Vec::new();
    }
    let mut first: [Option<BlockId>; 3] = [None; 3];
    for (index, block) in cx.manuscript.blocks.iter().enumerate() {
        let id = BlockId(index);
        let heads = matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Caption) && block.text.len() < 120;
        if !heads || !END.contains(&cx.manuscript.role_of(id)) {
            continue;
        }
        let terms = cx.terms(&block.text);
        let has = ["contexts", "mechanisms", "outcomes"].map(|name| super::has_any(&terms, rule.words(name)));
        // A heading that names all three joins them.
        if has.iter().filter(|h| **h).count() == 1 {
            for (slot, here) in first.iter_mut().zip(has) {
                if here {
                    slot.get_or_insert(id);
                }
            }
        }
    }
    let listed = cx.statements().find(|s| {
        let reading = &cx.judged.reading.sentences[*s];
        END.contains(&reading.role)
            && reading.numbers >= 3
            && reading.words.len() < 30
            && ["contexts", "mechanisms", "outcomes"].iter().all(|name| cx.sentence_has(*s, rule.words(name)))
    });
    let place = match (first, listed) {
        ([Some(context), Some(_), Some(_)], _) => Place::whole(cx.manuscript, context),
        (_, Some(sentence)) => cx.sentence_place(sentence),
        _ => return Vec::new(),
    };
    vec![cx.finding(rule, &[("claim", ""), ("detail", "")], Some(place))]
}

/// A formal theory that the methods promise and the results never name.
pub(super) fn promised(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let promise = cx.statements().find(|s| {
        let role = cx.judged.reading.sentences[*s].role;
        matches!(role, Role::Methods | Role::Introduction | Role::Aims) && cx.sentence_has(*s, rule.words("promise"))
    });
    let Some(promise) = promise else { return Vec::new() };
    let used = cx
        .statements()
        .any(|s| END.contains(&cx.judged.reading.sentences[s].role) && cx.sentence_has(s, rule.words("named")));
    if used {
        return Vec::new();
    }
    vec![cx.finding(rule, &[("claim", ""), ("detail", "")], Some(cx.sentence_place(promise)))]
}
