//! Sections and the part of the paper that each plays, however it is headed.
//!
//! A heading that `rules/shared/sections.toml` knows decides. Headings vary wildly, so an unknown
//! top-level one is placed by the words of its section and by its neighbours: papers run from
//! introduction to references, and the likeliest such order wins (Viterbi).

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Block, BlockId, BlockKind};

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
    /// Words of the text that speak for a role, each with its weight.
    pub content: FxHashMap<String, Vec<(Role, f32)>>,
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
        if normal.split(' ').count() > 9 {
            return None;
        }
        let padded = format!(" {normal} ");
        self.contains.iter().find(|(phrase, _)| padded.contains(&format!(" {phrase} "))).map(|(_, role)| *role)
    }

    /// Whether a heading is, word for word, a known one.
    pub fn knows(&self, heading: &str) -> bool {
        self.exact.contains_key(&normalise(heading))
    }
}

/// A heading in lower case, its words joined by single spaces, without numbering and punctuation.
pub(crate) fn normalise(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let mut words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(|w| !w.is_empty()).collect();
    let numeral = |w: &str| {
        w.chars().all(|c| c.is_ascii_digit()) || matches!(w, "i" | "ii" | "iii" | "iv" | "v" | "vi" | "vii" | "viii" | "ix" | "x")
    };
    loop {
        let rest = words.len() > 1;
        match words.first() {
            Some(first) if rest && numeral(first) => {
                words.remove(0);
            }
            Some(&("step" | "stage" | "phase" | "chapter" | "section" | "part")) if words.get(1).is_some_and(|w| numeral(w)) && words.len() > 2 => {
                words.drain(..2);
            }
            _ => break,
        }
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
    let mut sections = vec![Section { heading: None, level: 0, parent: None, role: Role::Front, body: 0..0, named: false }];
    let mut section_of = Vec::with_capacity(blocks.len());
    let mut open: Vec<SectionId> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if let BlockKind::Heading { level } = block.kind {
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
        let id = SectionId(sections.len() - 1);
        sections[id.0].body.end = index + 1;
        section_of.push(id);
    }
    give_roles(&mut sections, blocks, names);
    mark_references(&sections, &section_of, blocks);
    let role_of = blocks
        .iter()
        .zip(&section_of)
        .map(|(block, id)| {
            let role = sections[id.0].role;
            let label = block.run_in.clone().and_then(|range| names.role_of_heading(&block.text[range]));
            match (role, label) {
                (Role::Abstract | Role::References | Role::Glossary, _) | (_, None) => role,
                (Role::Methods | Role::Results | Role::Introduction, Some(label)) if label != Role::Declarations => role,
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
    let before_it = blocks[..first].iter().filter(|b| b.is_prose()).count();
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
    let evidence: Vec<_> = top
        .iter()
        .zip(&ends)
        .map(|(i, end)| match named[*i] {
            Some(role) => Evidence::Named(role),
            None => Evidence::Content(content_scores(&blocks[sections[*i].body.start..*end], names)),
        })
        .collect();
    for (index, role) in top.iter().zip(likeliest_order(&evidence)) {
        sections[*index].role = role;
        sections[*index].named = named[*index].is_some();
    }
    for index in 1..sections.len() {
        let Some(parent) = sections[index].parent else { continue };
        let above = sections[parent.0].role;
        let own = named[index];
        sections[index].role = match (above, own) {
            (Role::Abstract | Role::References | Role::Glossary | Role::Supplement, _) | (_, None) => above,
            (Role::Declarations, Some(Role::References)) => Role::References,
            (Role::Declarations, _) => above,
            (Role::Front, Some(role))
            | (_, Some(role @ (Role::Aims | Role::Glossary | Role::Declarations)))
            | (Role::Discussion, Some(role @ (Role::Conclusion | Role::References)))
            | (Role::Conclusion, Some(role @ (Role::Discussion | Role::References))) => role,
            _ => above,
        };
        sections[index].named = own.is_some();
    }
}

enum Evidence {
    Named(Role),
    Content([f32; 12]),
}

fn content_scores(body: &[Block], names: &SectionNames) -> [f32; 12] {
    let mut scores = [0.0; 12];
    let mut words = 0_usize;
    for block in body.iter().filter(|b| b.is_prose()) {
        let lower = block.text.to_lowercase();
        for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
            words += 1;
            for (role, weight) in names.content.get(word).into_iter().flatten() {
                scores[*role as usize] += weight;
            }
        }
    }
    let scale = 60.0 / (words.max(40) as f32);
    scores.map(|s| (s * scale).min(4.0))
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
    let needs_name = |role: Role| matches!(role, Role::Abstract | Role::References | Role::Glossary | Role::Supplement | Role::Declarations | Role::Aims);
    let emission = |evidence: &Evidence, role: Role| match evidence {
        Evidence::Named(named) if *named == role => 12.0,
        Evidence::Named(_) => -12.0,
        Evidence::Content(_) if needs_name(role) => -6.0,
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
