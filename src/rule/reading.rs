//! A manuscript as the rules read it: the terms, voice and tense of every sentence.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::lexicon::{Hit, Matcher, TermId, TermSet, WordCache, tokens};
use crate::manuscript::{BlockId, BlockKind, Manuscript, Role, Section, Sentence, SentenceId};

use super::RuleSet;

/// What the rules know of one sentence.
#[derive(Debug)]
pub struct SentenceReading {
    /// Terms with their places, sorted by term.
    pub hits: Vec<Hit>,
    /// The terms as a set.
    pub terms: TermSet,
    /// Words in lower case, for learned cues.
    pub words: Vec<String>,
    /// Numbers in the sentence.
    pub numbers: usize,
    /// A citation stands in it.
    pub citation: bool,
    /// It speaks in the authors' own voice.
    pub own: bool,
    /// It speaks of somebody else's study.
    pub other: bool,
    /// It tells what others did or what handbooks advise, and nothing of the authors.
    pub others_deed: bool,
    /// It tells what is planned.
    pub planned: bool,
    /// It points to a supplement.
    pub pointer: bool,
    /// The part of the paper that it stands in.
    pub role: Role,
    /// What surrounds it, for learned cues.
    pub surroundings: Surroundings,
}

/// What surrounds a sentence in its manuscript.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The first words of the heading that it stands under, in lower case.
    pub heading: Arc<Vec<String>>,
    /// The terms of the sentences before and after it in its paragraph.
    pub neighbours: TermSet,
    /// Where in its section it stands; unknown without a heading.
    pub position: Option<Position>,
}

/// Where a sentence stands in the text of its section, before any further heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// It opens the section.
    Opening,
    /// In the first paragraph.
    FirstParagraph,
    /// In the last of several paragraphs.
    LastParagraph,
    /// It opens a paragraph between them.
    ParagraphOpening,
    /// Anywhere else.
    Within,
}

impl Position {
    /// The name, as weight files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::FirstParagraph => "first paragraph",
            Self::LastParagraph => "last paragraph",
            Self::ParagraphOpening => "paragraph opening",
            Self::Within => "within",
        }
    }
}

/// A manuscript and the readings of its sentences and headings.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The manuscript.
    pub manuscript: &'a Manuscript,
    /// One a sentence.
    pub sentences: Vec<SentenceReading>,
    /// For each section, the terms of its heading and of the headings above.
    pub headings: Vec<TermSet>,
}

/// What a [`Reading`] knows, apart from its manuscript.
#[derive(Debug)]
pub struct ReadParts {
    sentences: Vec<SentenceReading>,
    headings: Vec<TermSet>,
}

/// The readings of the sentences that a text had last, for a text that changes a little at a time. It holds for
/// one set of rules.
#[derive(Debug, Default)]
pub struct Memory {
    sentences: Mutex<FxHashMap<String, Arc<Read>>>,
}

/// What is read of a sentence by itself, wherever it stands.
#[derive(Debug)]
struct Read {
    hits: Vec<Hit>,
    terms: TermSet,
    words: Vec<String>,
    numbers: usize,
}

impl Read {
    fn new(text: &str, matcher: &Matcher, cache: &mut WordCache) -> Self {
        let tokens = tokens(text);
        let hits = matcher.find(text, &tokens, cache);
        let mut terms = TermSet::new(matcher.term_count());
        hits.iter().for_each(|hit| terms.insert(hit.term));
        let numbers = tokens.iter().filter(|t| t.is_number()).count();
        Self { hits, terms, numbers, words: tokens.into_iter().map(|t| t.word.into_owned()).collect() }
    }
}

/// What is read of every sentence, in their order.
fn all_at_once(manuscript: &Manuscript, matcher: &Matcher) -> Vec<Read> {
    let sentences = manuscript.sentences.all();
    let piece = sentences.len().div_ceil(rayon::current_num_threads()).max(FEWEST_AT_ONCE);
    let read = |piece: &[Sentence]| -> Vec<Read> {
        let mut cache = WordCache::default();
        let text = |sentence: &Sentence| &manuscript.block(sentence.block).text[sentence.range.clone()];
        piece.iter().map(|sentence| Read::new(text(sentence), matcher, &mut cache)).collect()
    };
    sentences.par_chunks(piece).flat_map_iter(read).collect()
}

/// Fewer sentences than this are not worth a second thread.
pub(super) const FEWEST_AT_ONCE: usize = 64;

impl<'a> Reading<'a> {
    /// Reads every sentence of a manuscript once.
    pub fn new(manuscript: &'a Manuscript, rules: &RuleSet) -> Self {
        Self::remembering(manuscript, rules, None)
    }

    /// Reads every sentence of a manuscript that `memory` doesn't know, and leaves in it those of this manuscript.
    pub fn remembering(manuscript: &'a Manuscript, rules: &RuleSet, memory: Option<&Memory>) -> Self {
        let matcher = &rules.matcher;
        let sentences = memory.map(|memory| memory.sentences.lock().unwrap_or_else(PoisonError::into_inner));
        let known = sentences.map(|mut sentences| std::mem::take(&mut *sentences)).unwrap_or_default();
        let mut now: FxHashMap<String, Arc<Read>> = FxHashMap::default();
        let mut cache = WordCache::default();
        // An editor's text is mostly known; anything else is read by all hands.
        let mut unknown = if memory.is_none() { all_at_once(manuscript, matcher) } else { Vec::new() }.into_iter();
        let mut cited = vec![false; manuscript.sentences.all().len()];
        for citation in &manuscript.citations {
            // A paragraph may have as many sentences as citations, and thousands of both.
            let of_block = manuscript.sentences.of(citation.block);
            let sentences = &manuscript.sentences.all()[of_block.clone()];
            let at = sentences.partition_point(|sentence| sentence.range.end <= citation.range.start);
            if sentences.get(at).is_some_and(|sentence| sentence.range.contains(&citation.range.start)) {
                cited[of_block.start + at] = true;
            }
        }
        let mut sentences: Vec<SentenceReading> = manuscript
            .sentences
            .all()
            .iter()
            .enumerate()
            .map(|(index, sentence)| {
                let text = &manuscript.block(sentence.block).text[sentence.range.clone()];
                let Read { hits, terms, words, numbers } = if memory.is_some() {
                    let read = now.get(text).or_else(|| known.get(text)).map(Arc::clone);
                    let read = read.unwrap_or_else(|| Arc::new(Read::new(text, matcher, &mut cache)));
                    let copy =
                        Read { hits: read.hits.clone(), terms: read.terms.clone(), words: read.words.clone(), ..*read };
                    now.entry(text.to_owned()).or_insert(read);
                    copy
                } else {
                    unknown.next().unwrap_or_else(|| Read::new(text, matcher, &mut cache))
                };
                let own = terms.contains(rules.voices.own);
                SentenceReading {
                    numbers,
                    citation: cited[index],
                    own,
                    other: terms.contains(rules.voices.other),
                    others_deed: terms.contains(rules.voices.others_deed) && !own,
                    planned: terms.contains(rules.voices.planned),
                    pointer: terms.contains(rules.voices.pointer),
                    role: manuscript.role_of(sentence.block),
                    surroundings: Surroundings::default(),
                    words,
                    hits,
                    terms,
                }
            })
            .collect();
        if let Some(memory) = memory {
            *memory.sentences.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
        let headings = headings(manuscript, &sentences, matcher.term_count());
        surround(manuscript, &mut sentences);
        Self { manuscript, sentences, headings }
    }

    /// What was read, without the manuscript, so that the manuscript may be changed.
    pub fn into_parts(self) -> ReadParts {
        ReadParts { sentences: self.sentences, headings: self.headings }
    }

    /// The reading of a manuscript that hasn't changed since its parts were taken.
    pub fn from_parts(manuscript: &'a Manuscript, parts: ReadParts) -> Self {
        Self { manuscript, sentences: parts.sentences, headings: parts.headings }
    }

    /// The terms of the headings above a sentence, its paragraph's run-in label included.
    pub fn headings_above(&self, sentence: SentenceId) -> &TermSet {
        let block = self.manuscript.sentences.all()[sentence.0].block;
        &self.headings[self.manuscript.section_id_of(block).0]
    }

    /// The hits of a term in a sentence, as ranges of words.
    pub fn places(&self, sentence: SentenceId, term: TermId) -> impl Iterator<Item = &Hit> {
        self.sentences[sentence.0].hits.iter().filter(move |hit| hit.term == term)
    }
}

/// More words of a heading than these tell nothing of a section, and each sentence of it hears them all.
const MOST_HEADING_WORDS: usize = 24;

/// Tells every sentence what surrounds it.
fn surround(manuscript: &Manuscript, sentences: &mut [SentenceReading]) {
    let is_heading = |block: BlockId| matches!(manuscript.block(block).kind, BlockKind::Heading { .. });
    let words = |section: &Section| -> Arc<Vec<String>> {
        let sentences_of = |heading| sentences[manuscript.sentences.of(heading)].iter();
        let heading = section.heading.filter(|heading| is_heading(*heading));
        let words = heading.into_iter().flat_map(sentences_of).flat_map(|sentence| &sentence.words);
        Arc::new(words.take(MOST_HEADING_WORDS).cloned().collect())
    };
    let heads: Vec<Arc<Vec<String>>> = manuscript.sections.iter().map(words).collect();
    // The first and the last block of prose of each section.
    let mut ends: Vec<Option<(BlockId, BlockId)>> = vec![None; manuscript.sections.len()];
    for block in (0..manuscript.blocks.len()).map(BlockId).filter(|block| manuscript.block(*block).is_prose()) {
        let end = &mut ends[manuscript.section_id_of(block).0];
        *end = Some((end.map_or(block, |(first, _)| first), block));
    }
    for (index, sentence) in manuscript.sentences.all().iter().enumerate() {
        let section = manuscript.section_id_of(sentence.block).0;
        let paragraph = manuscript.sentences.of(sentence.block);
        let mut neighbours = TermSet::default();
        for neighbour in [index.checked_sub(1), index.checked_add(1)].into_iter().flatten() {
            if paragraph.contains(&neighbour) {
                neighbours.extend(&sentences[neighbour].terms);
            }
        }
        let opens = index == paragraph.start;
        // Without headings, or with one paragraph only, there is no telling.
        let ends =
            ends[section].filter(|(first, last)| manuscript.sections[section].heading.is_some() && first != last);
        let position = ends.map(|(first, last)| match (first == sentence.block, last == sentence.block) {
            (true, _) if opens => Position::Opening,
            (true, _) => Position::FirstParagraph,
            (false, true) => Position::LastParagraph,
            (false, false) if opens => Position::ParagraphOpening,
            (false, false) => Position::Within,
        });
        sentences[index].surroundings = Surroundings { heading: Arc::clone(&heads[section]), neighbours, position };
    }
}

fn headings(manuscript: &Manuscript, sentences: &[SentenceReading], terms: usize) -> Vec<TermSet> {
    let mut sets: Vec<TermSet> = Vec::with_capacity(manuscript.sections.len());
    for section in &manuscript.sections {
        let mut set = section.parent.map_or_else(|| TermSet::new(terms), |parent| sets[parent.0].clone());
        // The title of the paper is above everything and says nothing of the place.
        if let Some(heading) = section.heading
            && matches!(manuscript.block(heading).kind, BlockKind::Heading { .. })
        {
            for index in manuscript.sentences.of(heading) {
                set.extend(&sentences[index].terms);
            }
        }
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::Format;
    use crate::read::{self, NoLibrary};
    use crate::rule::load;

    fn surroundings_of(text: &str) -> Vec<Surroundings> {
        let rules = load::shipped().expect("the shipped rules load");
        let path = std::path::Path::new("a.md");
        let drafts = read::read(path, text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names);
        let manuscript = Manuscript::new(drafts.expect("it is read").remove(0), &rules.section_names);
        Reading::new(&manuscript, &rules).sentences.into_iter().map(|sentence| sentence.surroundings).collect()
    }

    /// Every sentence hears its heading, so that a heading without end would take time without end.
    #[test]
    fn of_a_long_heading_little_is_heard() {
        let text = format!("# A paper\n\n## {}\n\nWe read it all. We read it again.\n", "wells and pumps ".repeat(12));
        let last = surroundings_of(&text).pop().expect("there are sentences");
        assert_eq!(last.heading.len(), MOST_HEADING_WORDS);
        assert_eq!(last.heading[..3], ["wells", "and", "pumps"]);
    }

    #[test]
    fn where_a_sentence_stands_is_told_of_several_paragraphs_only() {
        let several = "## Methods\n\nWe looked. We saw.\n\nWe read. We wrote.\n\nWe slept. We woke.\n";
        let told: Vec<_> = surroundings_of(several).iter().skip(1).map(|s| s.position).collect();
        let wanted = [
            Position::Opening,
            Position::FirstParagraph,
            Position::ParagraphOpening,
            Position::Within,
            Position::LastParagraph,
            Position::LastParagraph,
        ];
        assert_eq!(told, wanted.map(Some));
        for untold in ["## Methods\n\nWe looked. We saw.\n", "We looked. We saw.\n\nWe read.\n"] {
            assert!(surroundings_of(untold).iter().rev().take(2).all(|s| s.position.is_none()), "{untold}");
        }
    }
}
