//! What stands behind each configuration: citations, quotations, sources by their labels, counts of
//! documents or people, pointers to supplements.

use super::{Configuration, ConfigurationStage, Form, Mention, Support, SupportKind};
use crate::manuscript::{BlockId, BlockKind, Manuscript};
use crate::rule::Grammar;

/// Narrative after a statement is followed for so many blocks.
const FOLLOWED: usize = 6;

/// … and after a paragraph that is about a row of a table for so many.
const NARRATED: usize = 3;

/// So many blocks that name a configuration are looked through.
const MOST_BLOCKS: usize = 60;

/// Fills in `support` and `sought` of all configurations: in the blocks of the statement, in what
/// follows up to the next statement or heading, and wherever the text names the configuration.
pub(super) fn collect(manuscript: &Manuscript, grammar: &Grammar, found: &mut [Configuration], mentions: &[Mention]) {
    let stating: std::collections::BTreeSet<BlockId> =
        found.iter().flat_map(|c| [Some(c.block), c.heading]).flatten().collect();
    let starts: Vec<usize> = found.iter().map(|c| c.heading.map_or(c.block.0, |h| h.0)).collect();
    let shared = shared_blocks(found);
    let by_key = named_in(mentions);
    let alone = named_alone(manuscript, mentions);
    let citations = &manuscript.citations;
    let mut sources: Vec<Option<Vec<Support>>> = vec![None; manuscript.blocks.len()];
    for (at, configuration) in found.iter_mut().enumerate() {
        let own: Vec<BlockId> =
            std::iter::once(configuration.block).chain(configuration.components.iter().map(|c| c.block)).collect();
        let mut blocks = own.clone();
        // What follows a list of first theories is about all of them.
        let listed = configuration.stage == ConfigurationStage::Initial
            && matches!(manuscript.block(configuration.block).kind, BlockKind::ListItem { .. });
        if configuration.form != Form::TableRow && !listed {
            let last = blocks.iter().map(|b| b.0).max().unwrap_or(configuration.block.0);
            let next = starts.get(at + 1).copied().unwrap_or(usize::MAX);
            // A table or caption between statement and narrative doesn't end it.
            let follows = (last + 1..manuscript.blocks.len().min(last + 1 + FOLLOWED))
                .take_while(|i| *i < next && !matches!(manuscript.blocks[*i].kind, BlockKind::Heading { .. }));
            blocks.extend(follows.map(BlockId));
        }
        let section = manuscript.section_id_of(configuration.block);
        let initial = configuration.stage == ConfigurationStage::Initial;
        for key in configuration.labels() {
            let from = by_key.partition_point(|(k, _)| **k < key);
            let named = by_key[from..].iter().take_while(|(k, _)| **k == key).take(MOST_BLOCKS);
            // Another statement that bears the same number stands for itself.
            for (_, block) in
                named.filter(|(_, b)| own.contains(b) || configuration.heading == Some(*b) || !stating.contains(b))
            {
                // What methods and results say of a first theory is how it was used and what it met.
                if initial && manuscript.section_id_of(*block) != section {
                    continue;
                }
                blocks.push(*block);
                // `CMOC 4 is the one that we saw most`: the words and counts of a passage that is
                // about one configuration follow its first paragraph.
                if configuration.form == Form::TableRow && alone.binary_search(block).is_ok() {
                    let narrative = (block.0 + 1..manuscript.blocks.len().min(block.0 + 1 + NARRATED))
                        .map(BlockId)
                        .take_while(|b| manuscript.block(*b).is_prose() && !stating.contains(b))
                        .take_while(|b| manuscript.section_id_of(*b) == manuscript.section_id_of(*block))
                        .take_while(|b| !names_any(mentions, *b));
                    blocks.extend(narrative);
                }
                if matches!(manuscript.block(*block).kind, BlockKind::Heading { .. }) {
                    let section = manuscript.section_id_of(*block);
                    let under = (block.0 + 1..manuscript.blocks.len().min(block.0 + 1 + 2 * FOLLOWED))
                        .take_while(|i| manuscript.section_id_of(BlockId(*i)) == section);
                    blocks.extend(under.map(BlockId));
                }
            }
        }
        blocks.sort_unstable();
        blocks.dedup();
        let mut support = configuration.support.clone();
        for block in &blocks {
            let several = shared.binary_search(block).is_ok() && own.contains(block);
            // Of a block that states several, only what stands in and right after this one.
            let (first, last) = if several {
                (configuration.range.start.saturating_sub(1), configuration.range.end + 80)
            } else {
                (0, usize::MAX)
            };
            let from = citations.partition_point(|c| (c.block, c.range.start) < (*block, first));
            for citation in citations[from..].iter().take_while(|c| c.block == *block && c.range.start <= last) {
                support.push(Support { kind: SupportKind::Citation, block: *block, range: citation.range.clone() });
            }
            let others = sources[block.0].get_or_insert_with(|| in_text(manuscript, grammar, *block));
            let from = others.partition_point(|s| s.range.start < first);
            support.extend(others[from..].iter().take_while(|s| s.range.start <= last).cloned());
        }
        support.sort_by_key(|s| (s.block, s.range.start, s.kind));
        // A cell that is nothing but a citation is one piece of support.
        support.dedup_by(|b, a| (a.block, &a.range) == (b.block, &b.range));
        support.truncate(200);
        configuration.support = support;
        configuration.sought = blocks;
    }
}

/// Blocks that state several configurations.
fn shared_blocks(found: &[Configuration]) -> Vec<BlockId> {
    let mut blocks: Vec<BlockId> = found.iter().map(|c| c.block).collect();
    blocks.sort_unstable();
    let mut shared: Vec<BlockId> = blocks.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]).collect();
    shared.dedup();
    shared
}

/// Every label that the text names, with the block, sorted.
fn named_in(mentions: &[Mention]) -> Vec<(&super::Identifier, BlockId)> {
    let mut all: Vec<_> = mentions.iter().flat_map(|m| m.ids.iter().map(|id| (id, m.block))).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Paragraphs that name one configuration and no other, sorted.
fn named_alone(manuscript: &Manuscript, mentions: &[Mention]) -> Vec<BlockId> {
    let paragraph = |m: &[Mention]| matches!(manuscript.block(m[0].block).kind, BlockKind::Paragraph);
    let one = |m: &[Mention]| m.iter().all(|other| other.ids.len() == 1 && other.ids[0] == m[0].ids[0]);
    mentions.chunk_by(|a, b| a.block == b.block).filter(|m| paragraph(m) && one(m)).map(|m| m[0].block).collect()
}

/// Whether a block names any configuration or theory.
fn names_any(mentions: &[Mention], block: BlockId) -> bool {
    mentions.binary_search_by_key(&block, |m| m.block).is_ok()
}

/// Quotations, sources by their labels, and counts of sources in a block.
fn in_text(manuscript: &Manuscript, grammar: &Grammar, id: BlockId) -> Vec<Support> {
    let block = manuscript.block(id);
    let mut support = Vec::new();
    if !block.is_prose() {
        return support;
    }
    let text = block.text.as_str();
    let mut push = |kind, range| support.push(Support { kind, block: id, range });
    let mut from = 0;
    while let Some(open) = text[from..].find('"').map(|i| i + from) {
        let Some(length) = text[open + 1..].find('"') else { break };
        let inside = &text[open + 1..open + 1 + length];
        if inside.split_whitespace().nth(3).is_some() {
            push(SupportKind::Quotation, open..open + length + 2);
        }
        from = open + length + 2;
    }
    for (open, _) in text.match_indices('(') {
        let Some(length) = text.as_bytes()[open + 1..].iter().take(80).position(|b| *b == b')') else { continue };
        let inside = &text[open + 1..open + 1 + length];
        if names_source(grammar, inside) {
            push(SupportKind::Source, open..open + length + 2);
        } else if counts_sources(grammar, inside) {
            push(SupportKind::Count, open..open + length + 2);
        }
    }
    support.sort_by_key(|s| s.range.start);
    support
}

/// `Nurse 4, site B`, `LW3`, `parent 8`: a person or document by its label.
fn names_source(grammar: &Grammar, inside: &str) -> bool {
    let words: Vec<&str> =
        inside.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '#')).filter(|w| !w.is_empty()).collect();
    words.iter().enumerate().any(|(at, word)| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = word.len() - letters.len();
        let known = |w: &str| grammar.no_source.iter().any(|n| *n == w.to_lowercase().trim_end_matches('.'));
        if digits == 0 || digits > 3 {
            return false;
        }
        if letters.is_empty() {
            // `parent 8`: the word before says whose number it is.
            return at > 0
                && words[at - 1].len() > 1
                && words[at - 1].chars().all(|c| c.is_alphabetic() || c == '-')
                && !known(words[at - 1]);
        }
        // `LW3`; but `C1` and `M2` are parts of configurations.
        let parts = ["C", "M", "O", "S", "T"];
        letters.chars().all(|c| c.is_ascii_uppercase() || c == '-')
            && letters.len() <= 5
            && !parts.contains(&letters)
            // A page is `p`, a participant `P`.
            && (letters == "P" || !known(letters.trim_end_matches('-')))
    })
}

/// `n = 14 documents`, `nine papers`.
fn counts_sources(grammar: &Grammar, inside: &str) -> bool {
    let lower = inside.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).peekable();
    let mut number = false;
    let mut size = false;
    for word in words.by_ref() {
        let is_number = word.bytes().all(|b| b.is_ascii_digit()) || crate::lexicon::is_number_word(word);
        if number && grammar.sources.iter().any(|s| s == word) || size && is_number {
            return true;
        }
        size = word == "n";
        number |= is_number;
    }
    false
}
