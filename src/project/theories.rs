//! What became of the theories that the protocol began with, as far as the report calls them by their labels.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{At, Context, Tie};
use crate::cmo::{self, Compilation, Configuration, ConfigurationStage, Family, Identifier};
use crate::finding::Place;
use crate::manuscript::{BlockId, BlockKind, Manuscript, Role};
use crate::protocol::Label;
use crate::rule::OtherFinding;

/// Where the end of the work is told.
const END: [Role; 4] = [Role::Results, Role::Discussion, Role::Conclusion, Role::Supplement];

/// The labelled theories of the protocol.
fn planned<'a>(cx: &Context<'a>) -> Vec<(Identifier, &'a Label)> {
    let Some((_, protocol, _)) = cx.beside.protocol else { return Vec::new() };
    let theories = protocol.protocol.initial_programme_theories.iter().flatten();
    let labels = theories.filter_map(|theory| theory.id.as_ref());
    labels.filter_map(|label| Some((cmo::key_of(&cx.rules.grammar, &label.text)?, label))).collect()
}

/// The blocks that name each theory, in the order of the manuscript.
pub(super) fn naming(manuscript: &Manuscript, compilation: &Compilation) -> FxHashMap<Identifier, Vec<BlockId>> {
    let mentions = compilation.mentions.iter().flat_map(|m| m.ids.iter().map(|id| (m.block, id.clone())));
    let labelled = compilation.configurations.iter().flat_map(|c| c.labels().map(|label| (c.block, label)));
    let told =
        |(block, _): &(BlockId, Identifier)| !matches!(manuscript.role_of(*block), Role::References | Role::Glossary);
    let mut named: Vec<(BlockId, Identifier)> = mentions.chain(labelled).filter(told).collect();
    named.sort_unstable();
    named.dedup();
    let mut all: FxHashMap<Identifier, Vec<BlockId>> = FxHashMap::default();
    for (block, id) in named {
        all.entry(id).or_default().push(block);
    }
    all
}

fn named<'c>(cx: &'c Context<'_>, id: &Identifier) -> &'c [BlockId] {
    cx.naming.get(id).map_or(&[][..], Vec::as_slice)
}

/// Whether the end of the report tells of all theories at once: "each of the initial theories was refined".
fn all_told(cx: &Context<'_>, rule: &OtherFinding) -> bool {
    cx.statements().any(|sentence| is_end(cx, cx.block_of(sentence)) && cx.sentence_has(sentence, rule.words("all")))
}

fn is_end(cx: &Context<'_>, block: BlockId) -> bool {
    END.contains(&cx.manuscript.role_of(block))
}

/// Theories of the protocol whose labels don't come back in the results or after. Where no label comes back
/// anywhere, that is said once: the report may have others.
pub(super) fn untold<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let (Some((file, ..)), planned) = (cx.beside.protocol, planned(cx)) else { return Vec::new() };
    if all_told(cx, rule) {
        return Vec::new();
    }
    let end = cx.heading(&END);
    let mut found = Vec::new();
    let mut anywhere = false;
    for (id, label) in &planned {
        let blocks = named(cx, id);
        anywhere |= !blocks.is_empty();
        if blocks.iter().any(|block| is_end(cx, *block)) {
            continue;
        }
        let tie = Tie::new(rule, &format!("{} of the protocol", label.text), At::File(file, label.span.clone()));
        found.push(match (blocks.last(), &end) {
            (Some(last), _) => {
                tie.beside("named here for the last time", At::Manuscript(Place::whole(cx.manuscript, *last)))
            }
            (None, Some(end)) => tie.beside("looked for from here on", end.clone()),
            (None, None) => tie,
        });
    }
    if !anywhere && planned.len() > 1 {
        found.truncate(1);
        for tie in &mut found {
            let labels: Vec<&str> = planned.iter().map(|(_, label)| label.text.as_str()).take(12).collect();
            tie.message = rule.say(&[("what", &format!("none of {} of the protocol", labels.join(", ")))]);
        }
    }
    found
}

/// Theories that the report names at the end without a word on what became of them.
pub(super) fn without_fate<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let Some((file, ..)) = cx.beside.protocol.filter(|_| !all_told(cx, rule)) else { return Vec::new() };
    let restated: FxHashSet<Identifier> = cx
        .told
        .compilation
        .configurations
        .iter()
        .filter(|c| c.stage != ConfigurationStage::Initial && is_end(cx, c.block))
        .flat_map(Configuration::labels)
        .collect();
    let fated = |block: BlockId| {
        let mut sentences = cx.manuscript.sentences.of(block);
        sentences.any(|sentence| cx.sentence_has(sentence, rule.words("fate")))
    };
    let mut found = Vec::new();
    for (id, label) in planned(cx) {
        let blocks = named(cx, &id);
        let told = blocks.iter().any(|block| {
            let above = &cx.told.reading.headings[cx.manuscript.section_id_of(*block).0];
            let headed = is_end(cx, *block) && rule.words("fate").iter().any(|term| above.contains(*term));
            fated(*block) || headed || header_of(cx, *block).is_some_and(fated)
        });
        let Some(place) = blocks.iter().find(|block| is_end(cx, **block)).filter(|_| !told && !restated.contains(&id))
        else {
            continue;
        };
        let at = At::Manuscript(Place::whole(cx.manuscript, *place));
        let tie = Tie::new(rule, &label.text, at);
        found.push(tie.beside("the theory as the protocol has it", At::File(file, label.span.clone())));
    }
    found
}

/// The header of the table that a row stands in.
fn header_of(cx: &Context<'_>, row: BlockId) -> Option<BlockId> {
    let BlockKind::TableRow { table: own, .. } = cx.manuscript.block(row).kind else { return None };
    let above = (0..row.0).rev().map(BlockId).take_while(
        |block| matches!(cx.manuscript.block(*block).kind, BlockKind::TableRow { table, .. } if table == own),
    );
    above.last()
}

/// Initial theories of the report that the protocol doesn't have.
pub(super) fn unplanned<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Tie<'r>> {
    let (Some((file, ..)), planned) = (cx.beside.protocol, planned(cx)) else { return Vec::new() };
    let Some((_, last)) = planned.last() else { return Vec::new() };
    let known: FxHashSet<&Identifier> = planned.iter().map(|(id, _)| id).collect();
    let families: FxHashSet<Family> = planned.iter().map(|(id, _)| id.family).collect();
    // Where no label of the protocol comes back the report has labels of its own, which is told elsewhere.
    if !planned.iter().any(|(id, _)| !named(cx, id).is_empty()) {
        return Vec::new();
    }
    let initial = |c: &&Configuration| c.stage == ConfigurationStage::Initial;
    let stated = cx.told.compilation.configurations.iter().filter(initial).filter_map(|c| c.key.clone());
    let mentions = cx.told.compilation.mentions.iter().flat_map(|mention| mention.ids.iter().cloned());
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for id in stated.chain(mentions.filter(|id| id.family == Family::Initial)) {
        if known.contains(&id) || !families.contains(&id.family) || !seen.insert(id.clone()) {
            continue;
        }
        let blocks = named(cx, &id);
        let new = |block: &BlockId| {
            let mut sentences = cx.manuscript.sentences.of(*block);
            sentences.any(|sentence| cx.sentence_has(sentence, rule.words("new")))
        };
        let Some(first) = blocks.first().filter(|_| !blocks.iter().any(new)) else { continue };
        let mention = cx.told.compilation.mentions.iter().find(|m| m.block == *first && m.ids.contains(&id));
        let place = match mention {
            Some(mention) => Place { block: *first, range: mention.range.clone() },
            None => Place::whole(cx.manuscript, *first),
        };
        let written = &cx.manuscript.block(place.block).text[place.range.clone()];
        let shown = if mention.is_some() && written.len() < 20 { written.to_owned() } else { id.to_string() };
        let tie = Tie::new(rule, &shown, At::Manuscript(place));
        found.push(tie.beside("the last theory of the protocol", At::File(file, last.span.clone())));
    }
    found
}
