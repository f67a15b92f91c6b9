//! Sections and the part of the paper that each plays, however it is headed.
//!
//! A heading that `rules/shared/sections.toml` knows decides. Headings vary wildly, so an unknown
//! top-level one is placed by the words of its section and by its neighbours: papers run from
//! introduction to references, and the likeliest such order wins (Viterbi).

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::{Block, BlockId, BlockKind};
use crate::weights::{fnv1a, pack_places, weights_of};

/// The number of a section in its manuscript, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionId(pub usize);

/// What part of a paper a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Title, authors, affiliations, and whatever stands before the first heading.
    Front,
    /// The abstract, or a summary of it.
    Abstract,
    /// Background, introduction, rationale.
    Introduction,
    /// Aims, objectives, review questions.
    Aims,
    /// Methods.
    Methods,
    /// Results or findings.
    Results,
    /// Discussion, strengths and limitations, comparison.
    Discussion,
    /// Conclusions, implications, recommendations.
    Conclusion,
    /// Funding, interests, ethics, contributions, acknowledgements.
    Declarations,
    /// The reference list.
    References,
    /// Definitions of terms: never claims of the paper.
    Glossary,
    /// Lists of supplementary files and appendices.
    Supplement,
}

impl Role {
    /// All roles in the order in which papers have them.
    pub const ALL: [Self; 12] = [
        Self::Front,
        Self::Abstract,
        Self::Introduction,
        Self::Aims,
        Self::Methods,
        Self::Results,
        Self::Discussion,
        Self::Conclusion,
        Self::Declarations,
        Self::References,
        Self::Glossary,
        Self::Supplement,
    ];

    /// The name as rule files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Abstract => "abstract",
            Self::Introduction => "introduction",
            Self::Aims => "aims",
            Self::Methods => "methods",
            Self::Results => "results",
            Self::Discussion => "discussion",
            Self::Conclusion => "conclusion",
            Self::Declarations => "declarations",
            Self::References => "references",
            Self::Glossary => "glossary",
            Self::Supplement => "supplement",
        }
    }
}

/// One section: a heading and what follows it up to the next heading of its level or above.
#[derive(Debug, Clone)]
pub struct Section {
    /// The heading's block; none for what stands before the first heading.
    pub heading: Option<BlockId>,
    /// Heading level; 0 for what stands before the first heading.
    pub level: u8,
    /// The section that holds this one.
    pub parent: Option<SectionId>,
    /// What part of the paper it is.
    pub role: Role,
    /// First block after the heading, and one past the last block before the next heading of any level.
    pub body: std::ops::Range<usize>,
    /// The role came from a heading that the rules know, not from content or neighbours.
    pub named: bool,
}

/// How sections of one role are headed and what they talk about; read from `rules/shared/sections.toml`.
#[derive(Debug, Clone, Default)]
pub struct SectionNames {
    /// Whole headings, normalised, and their role.
    pub exact: FxHashMap<String, Role>,
    /// Phrases that a heading may contain, longest first.
    pub contains: Vec<(String, Role)>,
    /// What the sentences of each part of a paper sound like.
    pub places: PlaceWords,
}

/// A linear model over words and word pairs for each part of a paper that can be told by its
/// sentences; made by `realint rules train`.
#[derive(Debug, Clone, Default)]
pub struct PlaceWords {
    /// The packed weights, by feature.
    table: Cow<'static, [u8]>,
    /// The places of the table, in its order, and the bias of each; a place that is none says nothing.
    places: Vec<(Option<Role>, f32)>,
}

/// The shipped weights; `build.rs` packs them.
static SHIPPED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/places.bin"));
static SHIPPED_PLACES: &str = include_str!(concat!(env!("OUT_DIR"), "/places.txt"));

impl PlaceWords {
    /// The shipped weights.
    pub fn shipped() -> Self {
        Self::packed(Cow::Borrowed(SHIPPED), SHIPPED_PLACES)
    }

    /// Takes `learned/places.tsv`: lines `place<TAB>feature<TAB>weight in thousandths`.
    pub fn new(file: &str) -> Self {
        let (places, table) = pack_places(file);
        Self::packed(Cow::Owned(table), &places)
    }

    fn packed(table: Cow<'static, [u8]>, places: &str) -> Self {
        let place = |line: &str| {
            let (name, bias) = line.split_once('\t').unwrap_or((line, ""));
            let role = Role::ALL.into_iter().find(|role| role.name() == name);
            (role, bias.parse::<i32>().unwrap_or(0) as f32 / 1000.0)
        };
        Self { table, places: places.lines().map(place).collect() }
    }

    /// Adds to `scores` how well a sentence fits each part of a paper.
    fn add(&self, sentence: &str, scores: &mut [f32; 12]) {
        let mut sums = [0.0_f32; 12];
        let mut seen: FxHashSet<u64> = FxHashSet::default();
        each_place_feature(sentence, |feature| {
            let feature = fnv1a(feature.as_bytes());
            if !seen.insert(feature) {
                return;
            }
            for (place, weight) in weights_of(&self.table, feature) {
                if let Some((Some(role), _)) = self.places.get(usize::from(place)) {
                    sums[*role as usize] += f32::from(weight) / 1000.0;
                }
            }
        });
        let norm = 1.0 / (seen.len().max(8) as f32).sqrt();
        for (role, bias) in self.places.iter().filter_map(|(role, bias)| Some((role.as_ref()?, bias))) {
            scores[*role as usize] += (sums[*role as usize] * norm + bias).clamp(-1.5, 1.5);
        }
    }
}

/// Names the features by which a sentence tells its place: its words, and its word pairs.
pub fn each_place_feature(sentence: &str, mut found: impl FnMut(&str)) {
    let mut previous = String::new();
    let mut pair = String::new();
    for word in sentence.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty()) {
        let word = if word.starts_with(|c: char| c.is_ascii_digit()) { "#".to_owned() } else { word.to_lowercase() };
        found(&word);
        pair.clear();
        pair.push_str(&previous);
        pair.push(' ');
        pair.push_str(&word);
        found(&pair);
        previous = word;
    }
}

impl SectionNames {
    /// The role that a heading names. Numbering (`2.1`, `Step 3:`, `IV.`) and case don't matter.
    pub fn role_of_heading(&self, heading: &str) -> Option<Role> {
        let normal = normalise(heading);
        if normal.is_empty() {
            return None;
        }
        if let Some(role) = self.exact.get(&normal) {
            return Some(*role);
        }
        // Looked up by runs of whole words: there are few of these, and hundreds of phrases.
        let starts: Vec<usize> = [0].into_iter().chain(normal.match_indices(' ').map(|(at, _)| at + 1)).collect();
        if starts.len() > 9 {
            return None;
        }
        let ends = || starts[1..].iter().map(|start| start - 1).chain([normal.len()]);
        let runs: FxHashSet<&str> = starts
            .iter()
            .flat_map(|start| ends().filter(move |end| end > start).map(|end| &normal[*start..end]))
            .collect();
        self.contains.iter().find(|(phrase, _)| runs.contains(phrase.as_str())).map(|(_, role)| *role)
    }

    /// Whether a heading is, word for word, a known one.
    pub fn knows(&self, heading: &str) -> bool {
        self.exact.contains_key(&normalise(heading))
    }
}

/// A heading in lower case, its words joined by single spaces, without numbering and punctuation.
pub(crate) fn normalise(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty()).collect();
    let mut words = words.as_slice();
    let numeral = |w: &str| {
        w.chars().all(|c| c.is_ascii_digit())
            || matches!(w, "i" | "ii" | "iii" | "iv" | "v" | "vi" | "vii" | "viii" | "ix" | "x")
    };
    loop {
        words = match words {
            [first, rest @ ..] if !rest.is_empty() && numeral(first) => rest,
            ["step" | "stage" | "phase" | "chapter" | "section" | "part", number, rest @ ..]
                if !rest.is_empty() && numeral(number) =>
            {
                rest
            }
            _ => break,
        };
    }
    words.join(" ")
}

/// What [`lay_out`] finds.
pub(super) struct Layout {
    pub(super) sections: Vec<Section>,
    pub(super) section_of: Vec<SectionId>,
    pub(super) role_of: Vec<Role>,
    pub(super) title: Option<BlockId>,
}

/// Builds sections from headings, finds the title, and gives each section and block its role.
pub(super) fn lay_out(blocks: &mut [Block], names: &SectionNames) -> Layout {
    let title = find_title(blocks, names);
    let mut sections =
        vec![Section { heading: None, level: 0, parent: None, role: Role::Front, body: 0..0, named: false }];
    let mut section_of = Vec::with_capacity(blocks.len());
    let mut open: Vec<SectionId> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        // What is headed inside a box ends with the box: the text goes on where it was.
        while !block.boxed && open.last().and_then(|id| sections[id.0].heading).is_some_and(|h| blocks[h.0].boxed) {
            open.pop();
        }
        if let BlockKind::Heading { level } = block.kind {
            let around = open.iter().rev().find(|id| !sections[id.0].heading.is_some_and(|h| blocks[h.0].boxed));
            let level = if block.boxed { level.max(around.map_or(1, |id| sections[id.0].level + 1)) } else { level };
            while open.last().is_some_and(|id| sections[id.0].level >= level) {
                open.pop();
            }
            let id = SectionId(sections.len());
            sections.push(Section {
                heading: Some(BlockId(index)),
                level,
                parent: open.last().copied(),
                role: Role::Front,
                body: index + 1..index + 1,
                named: false,
            });
            open.push(id);
        }
        let id = open.last().copied().unwrap_or(SectionId(0));
        sections[id.0].body.end = index + 1;
        section_of.push(id);
    }
    give_roles(&mut sections, blocks, names);
    find_abstract(&mut sections, &section_of, blocks);
    mark_references(&sections, &section_of, blocks);
    let role_of = blocks
        .iter()
        .zip(&section_of)
        .map(|(block, id)| {
            let role = sections[id.0].role;
            let label = block.run_in.clone().and_then(|range| names.role_of_heading(&block.text[range]));
            match (role, label) {
                (Role::Abstract | Role::References | Role::Glossary, _) | (_, None) => role,
                (Role::Methods | Role::Results | Role::Introduction, Some(label)) if label != Role::Declarations => {
                    role
                }
                (_, Some(label)) => label,
            }
        })
        .collect();
    Layout { sections, section_of, role_of, title }
}

/// The title: a block that the reader marked, else a first heading that isn't the name of a section.
fn find_title(blocks: &mut [Block], names: &SectionNames) -> Option<BlockId> {
    if let Some(index) = blocks.iter().position(|b| b.kind == BlockKind::Title) {
        return Some(BlockId(index));
    }
    let first = blocks.iter().position(|b| matches!(b.kind, BlockKind::Heading { .. }))?;
    // A list before it is a list of contents.
    let text = |b: &&Block| b.is_prose() && !matches!(b.kind, BlockKind::ListItem { .. });
    let before_it = blocks[..first].iter().filter(text).count();
    let BlockKind::Heading { level } = blocks[first].kind else { return None };
    let sole = !blocks[first + 1..].iter().any(|b| matches!(b.kind, BlockKind::Heading { level: l } if l < level));
    let is_title = before_it <= 3 && sole && !names.knows(&blocks[first].text);
    if !is_title {
        return None;
    }
    blocks[first].kind = BlockKind::Title;
    Some(BlockId(first))
}

fn give_roles(sections: &mut [Section], blocks: &[Block], names: &SectionNames) {
    let heading_role = |section: &Section| section.heading.and_then(|id| names.role_of_heading(&blocks[id.0].text));
    let named: Vec<Option<Role>> = sections.iter().map(heading_role).collect();
    let top: Vec<usize> = (1..sections.len()).filter(|i| sections[*i].parent.is_none()).collect();
    let ends: Vec<usize> = top.iter().skip(1).map(|next| sections[*next].body.start).chain([blocks.len()]).collect();
    // References are many short blocks; positions are counted without them.
    let body_end = blocks
        .iter()
        .rposition(|b| b.text.len() > 400 || matches!(b.kind, BlockKind::Heading { .. }))
        .unwrap_or(blocks.len());
    let evidence: Vec<_> = top
        .iter()
        .zip(&ends)
        .map(|(i, end)| {
            if let Some(role) = named[*i] {
                Evidence::Named(role)
            } else {
                let start = sections[*i].body.start;
                let position = (start + end) as f32 / 2.0 / body_end.max(1) as f32;
                Evidence::Content(content_scores(&blocks[start..*end], names, position))
            }
        })
        .collect();
    for (index, role) in top.iter().zip(likeliest_order(&evidence)) {
        sections[*index].role = role;
        sections[*index].named = named[*index].is_some();
    }
    let closes = |role: Option<Role>| {
        matches!(role, Some(Role::Declarations | Role::References | Role::Supplement | Role::Glossary))
    };
    let last_of_text = (1..sections.len()).rfind(|i| !closes(named[*i])).unwrap_or_default();
    for index in 1..sections.len() {
        let Some(parent) = sections[index].parent else { continue };
        let above = sections[parent.0].role;
        let own = named[index];
        sections[index].role = match (above, own) {
            (Role::Abstract | Role::References | Role::Glossary | Role::Supplement, _) | (_, None) => above,
            (Role::Declarations, Some(Role::References)) => Role::References,
            (Role::Declarations, _) => above,
            // `5.1 Money` among the findings is a theme; at the end of the text it is who paid.
            (Role::Results, Some(Role::Declarations)) if index < last_of_text => above,
            (Role::Front, Some(role))
            | (_, Some(role @ (Role::Aims | Role::Glossary | Role::Declarations)))
            | (Role::Discussion, Some(role @ (Role::Conclusion | Role::References)))
            | (Role::Conclusion, Some(role @ (Role::Discussion | Role::References))) => role,
            _ => above,
        };
        sections[index].named = own.is_some();
    }
}

/// What it costs a section to be the methods after a discussion or conclusion.
const METHODS_LATE: f32 = -1.2;

enum Evidence {
    Named(Role),
    Content([f32; 12]),
}

/// How well the prose of a section fits each part of a paper, and where in the paper it stands.
fn content_scores(body: &[Block], names: &SectionNames, position: f32) -> [f32; 12] {
    let mut scores = [0.0; 12];
    let mut sentences = 0_usize;
    for block in body.iter().filter(|b| b.is_prose()) {
        for range in super::sentence::sentence_ranges(&block.text).into_iter().take(40) {
            names.places.add(&block.text[range], &mut scores);
            sentences += 1;
        }
    }
    let scale = 3.0 / (sentences.max(1) as f32);
    let mut scores = scores.map(|s| s * scale);
    scores[Role::Conclusion as usize] = scores[Role::Discussion as usize] - 0.2;
    for (role, from, to) in [
        (Role::Introduction, 0.0, 0.3),
        (Role::Methods, 0.05, 0.55),
        (Role::Results, 0.25, 0.85),
        (Role::Discussion, 0.6, 0.98),
        (Role::Conclusion, 0.8, 1.0),
        (Role::Declarations, 0.85, 1.0),
    ] {
        let outside = (from - position).max(position - to).max(0.0) * 8.0;
        let outside = if role == Role::Methods && position > to { outside.min(-METHODS_LATE) } else { outside };
        scores[role as usize] -= outside;
    }
    if position > 0.7 && looks_like_references(body) {
        scores[Role::References as usize] = 9.0;
    }
    scores
}

/// Whether most blocks of a section are entries of a reference list: short, with a year, and a stop
/// or comma after the first few words.
fn looks_like_references(body: &[Block]) -> bool {
    let entries: Vec<&Block> = body.iter().filter(|b| b.is_prose()).collect();
    let is_entry = |b: &&&Block| {
        let text = &b.text;
        let year = text.match_indices(['1', '2']).any(|(i, _)| {
            let four = text.get(i..i + 4).unwrap_or_default();
            (four.starts_with("19") || four.starts_with("20")) && four.bytes().all(|b| b.is_ascii_digit())
        });
        let stops = text.matches(['.', ';', ',']).count();
        year && stops >= 3 && text.len() < 350 && !text.contains('@')
    };
    entries.len() >= 4 && entries.iter().filter(is_entry).count() * 10 >= entries.len() * 7
}

/// The likeliest roles for the top-level sections, given what each says of itself.
fn likeliest_order(evidence: &[Evidence]) -> Vec<Role> {
    let states = [
        Role::Abstract,
        Role::Introduction,
        Role::Aims,
        Role::Methods,
        Role::Results,
        Role::Discussion,
        Role::Conclusion,
        Role::Declarations,
        Role::References,
        Role::Glossary,
        Role::Supplement,
    ];
    // Only a heading can name these; content is never read as one of them.
    let needs_name = |role: Role| matches!(role, Role::Abstract | Role::Glossary | Role::Supplement | Role::Aims);
    let emission = |evidence: &Evidence, role: Role| match evidence {
        Evidence::Named(named) if *named == role => 12.0,
        Evidence::Named(_) => -12.0,
        Evidence::Content(_) if needs_name(role) => -6.0,
        Evidence::Content(scores) if role == Role::References && scores[role as usize] <= 0.0 => -9.0,
        Evidence::Content(scores) => scores[role as usize],
    };
    let floating = |role: Role| matches!(role, Role::Glossary | Role::Supplement | Role::Declarations);
    let step = |from: Role, to: Role| {
        if from == to {
            0.3
        } else if floating(from) || floating(to) {
            -0.5
        } else if to > from {
            -0.2 * f32::from(u8::from(to as usize - from as usize > 2))
        } else if to == Role::Methods && matches!(from, Role::Discussion | Role::Conclusion) {
            // Some journals, and many reports, have the methods last.
            METHODS_LATE
        } else {
            -3.0
        }
    };
    let mut best: Vec<Vec<(f32, usize)>> = Vec::new();
    for (index, item) in evidence.iter().enumerate() {
        let row = states
            .iter()
            .map(|&to| {
                let (score, from) = if index == 0 {
                    let start = if to <= Role::Introduction { 0.0 } else { -0.4 * (to as usize as f32 - 2.0) };
                    (start, 0)
                } else {
                    let mut pick = (f32::MIN, 0);
                    for (i, &from) in states.iter().enumerate() {
                        let score = best[index - 1][i].0 + step(from, to);
                        if score > pick.0 {
                            pick = (score, i);
                        }
                    }
                    pick
                };
                (score + emission(item, to), from)
            })
            .collect();
        best.push(row);
    }
    let mut roles = vec![Role::Front; evidence.len()];
    let Some(last) = best.last() else { return roles };
    let mut state = 0;
    for (i, cell) in last.iter().enumerate() {
        if cell.0 > last[state].0 {
            state = i;
        }
    }
    for index in (0..evidence.len()).rev() {
        roles[index] = states[state];
        state = best[index][state].1;
    }
    roles
}

/// An abstract under a heading that no rule knows (`The short version`): the first section of a
/// paper that has no other, short, without citations, and closed by a list of keywords; or, of a
/// long paper, a single paragraph.
fn find_abstract(sections: &mut [Section], section_of: &[SectionId], blocks: &[Block]) {
    const LONGEST: usize = 450;
    const SHORTEST: usize = 90;
    const LONG_PAPER: usize = 1_500;
    if sections.iter().any(|s| s.role == Role::Abstract) {
        return;
    }
    let Some(first) = (1..sections.len()).find(|i| sections[*i].parent.is_none()) else { return };
    let is_last = first + 1 >= sections.len();
    // What comes before a first heading may be the abstract itself.
    let before = blocks.iter().zip(section_of).filter(|(b, id)| id.0 == 0 && b.kind == BlockKind::Paragraph);
    let words = |text: &str| text.split_whitespace().count();
    if sections[first].named || is_last || before.map(|(b, _)| words(&b.text)).max().is_some_and(|n| n >= SHORTEST) {
        return;
    }
    let own: Vec<&Block> = blocks.iter().zip(section_of).filter(|(_, id)| id.0 == first).map(|(b, _)| b).collect();
    let body: Vec<&&Block> = own.iter().filter(|b| b.is_prose() && !is_list_of_keywords(b)).collect();
    let length: usize = body.iter().map(|b| words(&b.text)).sum();
    let rest: usize = blocks.iter().filter(|b| b.is_prose()).map(|b| words(&b.text)).sum::<usize>() - length;
    let cites = body.iter().any(|b| {
        let mut any = false;
        super::citation::in_text(&b.text, |_, _| any = true);
        any
    });
    let keywords = own.iter().any(|b| b.kind == BlockKind::Metadata || is_list_of_keywords(b));
    let single = body.len() == 1 && rest >= LONG_PAPER;
    if (SHORTEST..=LONGEST).contains(&length)
        && !cites
        && body.iter().all(|b| b.kind == BlockKind::Paragraph)
        && (keywords || single)
    {
        sections[first].role = Role::Abstract;
    }
}

/// `Index terms: a; b; c`: a label, then at least three short entries and no sentence.
fn is_list_of_keywords(block: &Block) -> bool {
    let text = block.text.trim();
    let Some((label, entries)) = text.split_once(':') else { return false };
    let parts: Vec<&str> = entries.split([',', ';', '\u{b7}', '|']).collect();
    (1..=6).contains(&label.split_whitespace().count())
        && !text.ends_with('.')
        && parts.len() >= 3
        && parts.iter().all(|part| part.split_whitespace().count() <= 5)
}

/// Paragraphs and list items of a reference list are references, not prose.
fn mark_references(sections: &[Section], section_of: &[SectionId], blocks: &mut [Block]) {
    for (block, id) in blocks.iter_mut().zip(section_of) {
        if sections[id.0].role == Role::References
            && matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem { .. } | BlockKind::TableRow { .. })
        {
            block.kind = BlockKind::Reference;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbering_is_no_part_of_a_heading() {
        assert_eq!(normalise("2.3 Data extraction"), "data extraction");
        assert_eq!(normalise("Step 3: Selection and appraisal"), "selection and appraisal");
        assert_eq!(normalise("IV. RESULTS"), "results");
        assert_eq!(normalise("I"), "i");
    }

    #[test]
    fn an_unknown_heading_between_known_ones_takes_the_part_that_lies_between() {
        let mut methods = [0.0; 12];
        methods[Role::Methods as usize] = 1.0;
        let order = likeliest_order(&[
            Evidence::Named(Role::Introduction),
            Evidence::Content(methods),
            Evidence::Named(Role::Results),
            Evidence::Content([0.0; 12]),
            Evidence::Named(Role::References),
        ]);
        assert_eq!(order[1], Role::Methods);
        assert!(order[3] >= Role::Results && order[3] <= Role::Conclusion);
    }
}
