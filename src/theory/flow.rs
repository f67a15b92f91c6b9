//! The flow of documents through a review, as its text, captions and diagrams tell it: what came in,
//! what dropped out at each stage, what was left.

use std::ops::Range;

use super::numeral::{first_of, value_of};
use super::{Context, has_any};
use crate::finding::Place;
use crate::lexicon::{TermId, Token, tokens};
use crate::manuscript::{BlockId, BlockKind, Role, SentenceId};
use crate::rule::OtherFinding;

/// A stage of the flow at which documents are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Identified,
    Duplicates,
    Screened,
    /// Excluded on title or abstract.
    Early,
    Read,
    /// Excluded after reading.
    Late,
    Included,
}

impl Stage {
    /// What is counted, in messages.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Identified => "records identified",
            Self::Duplicates => "duplicates",
            Self::Screened => "records screened",
            Self::Early => "records excluded on screening",
            Self::Read => "documents read in full",
            Self::Late => "documents excluded after reading",
            Self::Included => "included documents",
        }
    }
}

/// A number of documents at one stage.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub(super) stage: Stage,
    pub(super) value: u32,
    pub(super) place: Place,
}

/// A passage or diagram that tells of several stages.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) all: Vec<Stated>,
    /// Every number in it.
    numbers: Vec<u32>,
    pub(super) diagram: bool,
    /// Documents come in or drop out on ways that the stages don't tell of.
    open: bool,
    /// What was included is counted in another unit than what was read.
    units: bool,
    /// The words of the box of what was included.
    pub(super) included_words: String,
}

/// Stages told in prose, and their lists of words.
const TOLD: [(&str, Stage); 6] = [
    ("flow-identified", Stage::Identified),
    ("flow-duplicates", Stage::Duplicates),
    ("flow-screened", Stage::Screened),
    ("flow-excluded", Stage::Early),
    ("flow-read", Stage::Read),
    ("flow-included", Stage::Included),
];

/// One stage less another is a third.
const SUMS: [(Stage, Stage, Stage); 3] = [
    (Stage::Identified, Stage::Duplicates, Stage::Screened),
    (Stage::Screened, Stage::Early, Stage::Read),
    (Stage::Read, Stage::Late, Stage::Included),
];

impl Flow {
    /// The number of a stage, where there is one and no other.
    pub(super) fn only(&self, stage: Stage) -> Option<&Stated> {
        let mut of_stage = self.all.iter().filter(|s| s.stage == stage);
        let first = of_stage.next()?;
        of_stage.all(|s| s.value == first.value).then_some(first)
    }

    /// Whether a number stands anywhere in it.
    pub(super) fn has(&self, number: u32) -> bool {
        self.numbers.contains(&number)
    }

    /// Sums that don't come out: the number said, the two that it should follow from, and what it should be.
    pub(super) fn wrong_sums(&self) -> Vec<(&Stated, [&Stated; 2], u32)> {
        if self.open {
            return Vec::new();
        }
        let wrong = |(from, less, left): &(Stage, Stage, Stage)| {
            // Documents may be read and studies included.
            if self.units && *left == Stage::Included {
                return None;
            }
            let (from, less, left) = (self.only(*from)?, self.only(*less)?, self.only(*left)?);
            let right = from.value.checked_sub(less.value)?;
            // What should be left stands somewhere else here: units change, or two are counted.
            let near = right.min(left.value) * 2 >= right.max(left.value);
            (right != left.value && near && !self.numbers.contains(&right)).then_some((left, [from, less], right))
        };
        SUMS.iter().filter_map(wrong).collect()
    }
}

/// All flows that the authors tell of their own review.
pub(super) fn flows(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Flow> {
    let telling = telling(cx, rule);
    let blocks = 0..cx.manuscript.blocks.len();
    blocks
        .map(BlockId)
        .filter(|id| !matches!(cx.manuscript.role_of(*id), Role::Abstract | Role::References | Role::Glossary))
        .filter_map(|id| match cx.manuscript.block(id).kind {
            BlockKind::Code => diagram(cx, rule, id),
            BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::Caption if telling[id.0] => {
                told(cx, rule, id)
            }
            _ => None,
        })
        .collect()
}

/// For each block whether it may tell of a flow of documents.
fn telling(cx: &Context<'_>, rule: &OtherFinding) -> Vec<bool> {
    let having = |names: &[&str]| {
        let mut having = vec![false; cx.manuscript.blocks.len()];
        let terms: Vec<TermId> = names.iter().flat_map(|name| rule.words(name)).copied().collect();
        for sentence in cx.judged.reading.sentences_with_any(&terms).iter() {
            having[cx.manuscript.sentences.all()[sentence.0].block.0] = true;
        }
        having
    };
    // People are screened and excluded too.
    let (about, people) = (having(&["documents", "flow-about"]), having(&["flow-people"]));
    let stages = having(&TOLD.map(|(name, _)| name));
    stages.iter().zip(about).zip(people).map(|((stage, about), people)| *stage && about && !people).collect()
}

/// A passage in prose.
fn told(cx: &Context<'_>, rule: &OtherFinding, id: BlockId) -> Option<Flow> {
    /// From so many stages on a passage tells of the flow.
    const FEWEST: usize = 2;
    let block = cx.manuscript.block(id);
    let mut all: Vec<Stated> = Vec::new();
    let mut numbers = Vec::new();
    let mut open = false;
    for index in cx.manuscript.sentences.of(id) {
        let reading = &cx.judged.reading.sentences[index];
        let sentence = &cx.manuscript.sentences.all()[index];
        if reading.numbers == 0
            || !cx.judged.reading.words_of(SentenceId(index)).any(|word| value_of(&[word]).is_some())
        {
            continue;
        }
        let words = tokens(&block.text[sentence.range.clone()]);
        let plain: Vec<&str> = words.iter().map(|t| t.word.as_ref()).collect();
        open |= has_any(&reading.terms, rule.words("flow-else"));
        numbers.extend((1..=plain.len()).filter_map(|end| value_of(&plain[..end]).map(|(n, _)| n)));
        // Somebody else's flow is nobody's slip here.
        if reading.other && !reading.own || reading.citation {
            continue;
        }
        let mut hits: Vec<(usize, Range<usize>, u32, Stage)> = Vec::new();
        for (name, stage) in TOLD {
            let told = rule.words(name);
            for hit in reading.hits.iter().filter(|h| told.contains(&h.term)) {
                let (start, end) = (hit.start as usize, (hit.end as usize).min(plain.len()));
                let Some((value, at)) = first_of(&plain[start..end]) else { continue };
                let at = start + at.start..start + at.end;
                // `included (48 studies)`: what stands in brackets is counted apart.
                let passage = &block.text[sentence.range.clone()][words[start].start..words[end - 1].end];
                if passage.contains(';') || passage.contains('(') && !passage.contains("(n") {
                    continue;
                }
                // The number's own words may begin before the hit; a second number is another count.
                if first_of(&plain[at.end..end]).is_some() {
                    continue;
                }
                let (value, at) = match value_of(&plain[..at.end]) {
                    Some((whole, from)) if from < at.start => (whole, from..at.end),
                    _ => (value, at),
                };
                hits.push((end - start, at, value, stage));
            }
        }
        // The nearest words say what a number counts.
        hits.sort_by_key(|(length, at, _, stage)| (at.start, *length, *stage));
        hits.dedup_by(|b, a| a.1.start == b.1.start);
        for (_, at, value, stage) in hits {
            let late = all.iter().rev().find(|s| matches!(s.stage, Stage::Screened | Stage::Read));
            let stage = match (stage, late.map(|s| s.stage)) {
                (Stage::Early, Some(Stage::Read)) => Stage::Late,
                (stage, _) => stage,
            };
            all.push(Stated { stage, value, place: place(id, sentence.range.start, &words, at) });
        }
    }
    let mut stages: Vec<Stage> = all.iter().map(|s| s.stage).collect();
    stages.sort_unstable();
    stages.dedup();
    (stages.len() >= FEWEST).then_some(Flow {
        all,
        numbers,
        diagram: false,
        open,
        units: false,
        included_words: String::new(),
    })
}

fn place(id: BlockId, from: usize, words: &[Token<'_>], at: Range<usize>) -> Place {
    Place { block: id, range: from + words[at.start].start..from + words[at.end - 1].end }
}

/// A diagram's source in Mermaid or DOT.
fn diagram(cx: &Context<'_>, rule: &OtherFinding, id: BlockId) -> Option<Flow> {
    /// So many boxes are more than any flow of documents has.
    const MOST_BOXES: usize = 80;
    let text = cx.manuscript.block(id).text.as_str();
    let opens =
        text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with(['%', '#', '/', '-', '{', '`']))?;
    let first = opens.split(|c: char| !c.is_alphanumeric()).next()?;
    if !matches!(first, "flowchart" | "graph" | "digraph" | "strict") || text.len() > 50_000 {
        return None;
    }
    let boxes = boxes(text);
    if boxes.len() > MOST_BOXES {
        return None;
    }
    let mut flow = Flow {
        all: Vec::new(),
        numbers: Vec::new(),
        diagram: true,
        open: false,
        units: false,
        included_words: String::new(),
    };
    let mut plain_exclusions = Vec::new();
    for range in boxes {
        let words_of_box = &text[range.clone()];
        let words = tokens(words_of_box);
        let plain: Vec<&str> = words.iter().map(|t| t.word.as_ref()).collect();
        let terms = cx.terms(words_of_box);
        let has = |name: &str| has_any(&terms, rule.words(name));
        flow.open |= has("flow-else");
        let mut values: Vec<(u32, Range<usize>)> = Vec::new();
        let mut from = 0;
        while let Some((value, at)) = first_of(&plain[from..]) {
            values.push((value, from + at.start..from + at.end));
            from += at.end;
        }
        flow.numbers.extend(values.iter().map(|(v, _)| *v));
        let Some((value, at)) = values.first().cloned() else { continue };
        let rest: u32 = values[1..].iter().fold(0, |sum, (v, _)| sum.saturating_add(*v));
        // Beside the total there may be what it is made up of, and nothing else.
        if has("box-after") || values.len() > 1 && rest != value {
            flow.open |= has("box-after") && values.len() > 1;
            continue;
        }
        let (early, read) = (has("box-screened"), has("box-read"));
        let stage = if has("box-duplicates") {
            Stage::Duplicates
        } else if has("box-excluded") {
            match (early, read) {
                (true, false) => Stage::Early,
                (false, true) => Stage::Late,
                _ => {
                    plain_exclusions.push((value, place(id, range.start, &words, at)));
                    continue;
                }
            }
        } else if has("box-included") {
            flow.included_words = words_of_box.to_lowercase();
            flow.units |= has("box-unit");
            Stage::Included
        } else if read && !early {
            Stage::Read
        } else if early && !read {
            Stage::Screened
        } else if has("box-identified") {
            Stage::Identified
        } else {
            continue;
        };
        flow.all.push(Stated { stage, value, place: place(id, range.start, &words, at) });
    }
    // `Excluded (n = 106)` says not when; where that is the only one that lacks, it is told by the other.
    if let [(value, place)] = plain_exclusions.as_slice() {
        let has = |stage| flow.all.iter().any(|s| s.stage == stage);
        let stage = match (has(Stage::Early), has(Stage::Late)) {
            (true, false) => Some(Stage::Late),
            (false, true) => Some(Stage::Early),
            _ => None,
        };
        flow.all.extend(stage.map(|stage| Stated { stage, value: *value, place: place.clone() }));
    }
    (flow.all.len() >= 2).then_some(flow)
}

/// The words of a diagram's boxes, each once: what stands in quotation marks, or in brackets without.
fn boxes(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        if line.trim_start().starts_with(['%', '/']) {
            continue;
        }
        let mut quoted = false;
        let mut at = 0;
        while let Some(open) = line[at..].find('"').map(|i| at + i) {
            let Some(length) = line[open + 1..].find('"') else { break };
            found.push(from + open + 1..from + open + 1 + length);
            quoted = true;
            at = open + length + 2;
        }
        if quoted {
            continue;
        }
        let mut at = 0;
        while let Some(open) = line[at..].find(['[', '{']).map(|i| at + i) {
            let Some(length) = line[open + 1..].find([']', '}']) else { break };
            found.push(from + open + 1..from + open + 1 + length);
            at = open + length + 2;
        }
    }
    // The same box may be named at both ends of an arrow.
    let mut seen: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    found.retain(|range| seen.insert(text[range.clone()].trim()));
    found
}
