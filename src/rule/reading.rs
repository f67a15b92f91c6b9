//! A manuscript as the rules read it: the terms, voice and tense of every sentence.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::lexicon::{Hit, Matcher, TermId, TermSet, Vocabulary, WordId, tokens};
use crate::manuscript::{BlockId, BlockKind, Manuscript, Role, Section, Sentence, SentenceId};

use super::RuleSet;
use super::features::Stems;

/// What the rules know of one sentence.
#[derive(Debug)]
pub struct SentenceReading {
    /// Terms with their places, sorted by term.
    pub hits: Vec<Hit>,
    /// The terms as a set.
    pub terms: TermSet,
    /// Its words, by their numbers in the reading's [`Words`].
    pub words: Vec<WordId>,
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
    /// The stems of the first words of the heading that it stands under.
    pub heading: Arc<Vec<String>>,
    /// The terms of the sentences before and after it in its paragraph.
    pub neighbours: TermSet,
    /// Where in its section it stands; unknown without a heading.
    pub position: Option<Position>,
}

/// Where a sentence stands in the text of its section, before any further heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// The words of the sentences.
    pub words: Arc<Words>,
    with_terms: WithTerms,
}

/// Which sentences have a term, for every term.
#[derive(Debug, Default)]
struct WithTerms {
    /// Where the sentences of each term begin among all; one more than there are terms.
    starts: Vec<u32>,
    sentences: Vec<SentenceId>,
}

impl WithTerms {
    fn new(sentences: &[SentenceReading], terms: usize) -> Self {
        /// The terms of a sentence, each once: hits are sorted by them.
        fn of(sentence: &SentenceReading) -> impl Iterator<Item = usize> {
            sentence.hits.chunk_by(|a, b| a.term == b.term).map(|hits| hits[0].term.0 as usize)
        }
        let mut starts = vec![0_u32; terms + 1];
        sentences.iter().flat_map(of).for_each(|term| starts[term + 1] += 1);
        for term in 0..terms {
            starts[term + 1] += starts[term];
        }
        let mut next = starts.clone();
        let mut all = vec![SentenceId(0); starts[terms] as usize];
        for (number, sentence) in sentences.iter().enumerate() {
            for term in of(sentence) {
                all[next[term] as usize] = SentenceId(number);
                next[term] += 1;
            }
        }
        Self { starts, sentences: all }
    }

    fn of(&self, term: TermId) -> &[SentenceId] {
        let at = term.0 as usize;
        let ends = self.starts.get(at).zip(self.starts.get(at + 1));
        ends.map_or(&[], |(from, to)| &self.sentences[*from as usize..*to as usize])
    }
}

/// The distinct words of a manuscript, each looked up and stemmed once.
#[derive(Debug, Clone, Default)]
pub struct Words {
    vocabulary: Vocabulary,
    pub(super) stems: Stems,
}

/// What a [`Reading`] knows, apart from its manuscript.
#[derive(Debug)]
pub struct ReadParts {
    sentences: Vec<SentenceReading>,
    headings: Vec<TermSet>,
    words: Arc<Words>,
    with_terms: WithTerms,
}

/// The readings of the sentences that a text had last, for a text that changes a little at a time. It holds for
/// one set of rules.
#[derive(Debug, Default)]
pub struct Memory {
    remembered: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    sentences: FxHashMap<String, Arc<Read>>,
    words: Arc<Words>,
}

/// So many words are known at once; from then on all are forgotten and learned anew. A paper has a tenth of them.
/// Of a word that is being typed each beginning is one.
const MOST_WORDS: usize = 20_000;

/// The words of manuscripts that were read, kept so that they need not be looked up for the next ones. They hold for
/// one set of rules.
#[derive(Debug, Default)]
pub struct KnownWords(Mutex<Vec<Words>>);

impl KnownWords {
    /// Some that nobody else has; none where there are no more.
    fn take(&self) -> Words {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn keep(&self, words: Words) {
        if words.vocabulary.len() <= MOST_WORDS {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(words);
        }
    }
}

/// What is read of a sentence by itself, wherever it stands.
#[derive(Debug, Clone)]
struct Read {
    hits: Vec<Hit>,
    terms: TermSet,
    words: Vec<WordId>,
    numbers: usize,
}

impl Read {
    /// `words` are those of `text`.
    fn new(text: &str, words: Vec<WordId>, matcher: &Matcher, vocabulary: &Vocabulary) -> Self {
        let hits = matcher.find_in(text, &words, vocabulary);
        let mut terms = TermSet::new(matcher.term_count());
        hits.iter().for_each(|hit| terms.insert(hit.term));
        let numbers = words.iter().filter(|word| vocabulary.is_number(**word)).count();
        Self { hits, terms, words, numbers }
    }
}

/// What is read of some sentences, in their order; `known` are those that were read before.
fn read_all(
    texts: &[&str],
    known: &FxHashMap<String, Arc<Read>>,
    words: &mut Words,
    matcher: &Matcher,
) -> Vec<Arc<Read>> {
    let Words { vocabulary, stems } = words;
    let mut own = |text: &str| -> Vec<WordId> {
        tokens(text).iter().map(|token| matcher.know(&token.word, vocabulary)).collect()
    };
    // Words are looked up one after the other: most are known. What they make up is found by all hands.
    let looked_up: Vec<_> =
        texts.iter().map(|text| (*text, known.get(*text).map(Arc::clone).ok_or_else(|| own(text)))).collect();
    stems.learn(vocabulary);
    let read = |(text, looked_up): (&str, Result<Arc<Read>, Vec<WordId>>)| match looked_up {
        Ok(read) => read,
        Err(words) => Arc::new(Read::new(text, words, matcher, vocabulary)),
    };
    looked_up.into_par_iter().with_min_len(FEWEST_AT_ONCE).map(read).collect()
}

/// Fewer sentences than this are not worth a second thread.
pub(super) const FEWEST_AT_ONCE: usize = 64;

impl<'a> Reading<'a> {
    /// Reads every sentence of a manuscript once.
    pub fn new(manuscript: &'a Manuscript, rules: &RuleSet) -> Self {
        Self::remembering(manuscript, rules, None)
    }

    /// Leaves its words to the readings that come after it.
    pub fn leave_words(self, rules: &RuleSet) {
        if let Ok(words) = Arc::try_unwrap(self.words) {
            rules.known_words.keep(words);
        }
    }

    /// Reads every sentence of a manuscript that `memory` doesn't know, and leaves in it those of this manuscript.
    pub fn remembering(manuscript: &'a Manuscript, rules: &RuleSet, memory: Option<&Memory>) -> Self {
        let matcher = &rules.matcher;
        let remembered = memory.map(|memory| memory.remembered.lock().unwrap_or_else(PoisonError::into_inner));
        let remembered = remembered.map(|mut remembered| std::mem::take(&mut *remembered));
        let remembered = remembered.filter(|remembered| remembered.words.vocabulary.len() <= MOST_WORDS);
        let Remembered { sentences: known, mut words } = remembered.unwrap_or_else(|| Remembered {
            sentences: FxHashMap::default(),
            words: Arc::new(if memory.is_some() { Words::default() } else { rules.known_words.take() }),
        });
        let all = manuscript.sentences.all();
        let texts: Vec<&str> =
            all.iter().map(|sentence| &manuscript.block(sentence.block).text[sentence.range.clone()]).collect();
        let read = read_all(&texts, &known, Arc::make_mut(&mut words), matcher);
        if let Some(memory) = memory {
            let sentences = texts.iter().zip(&read).map(|(text, read)| ((*text).to_owned(), Arc::clone(read)));
            let remembered = Remembered { sentences: sentences.collect(), words: Arc::clone(&words) };
            *memory.remembered.lock().unwrap_or_else(PoisonError::into_inner) = remembered;
        }
        let cited = cited(manuscript);
        let sentence = |(read, (sentence, cited)): (Arc<Read>, (&Sentence, bool))| {
            let Read { hits, terms, words, numbers } = Arc::unwrap_or_clone(read);
            let own = terms.contains(rules.voices.own);
            SentenceReading {
                numbers,
                citation: cited,
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
        };
        let mut sentences: Vec<SentenceReading> = read.into_iter().zip(all.iter().zip(cited)).map(sentence).collect();
        let headings = headings(manuscript, &sentences, matcher.term_count());
        surround(manuscript, &mut sentences, &words);
        let with_terms = WithTerms::new(&sentences, matcher.term_count());
        Self { manuscript, sentences, headings, words, with_terms }
    }

    /// What was read, without the manuscript, so that the manuscript may be changed.
    pub fn into_parts(self) -> ReadParts {
        let Self { manuscript: _, sentences, headings, words, with_terms } = self;
        ReadParts { sentences, headings, words, with_terms }
    }

    /// The reading of a manuscript that hasn't changed since its parts were taken.
    pub fn from_parts(manuscript: &'a Manuscript, parts: ReadParts) -> Self {
        let ReadParts { sentences, headings, words, with_terms } = parts;
        Self { manuscript, sentences, headings, words, with_terms }
    }

    /// A word in lower case.
    pub fn word(&self, word: WordId) -> &str {
        self.words.vocabulary.word(word)
    }

    /// What a matcher finds in any words; `beside` learns those that the manuscript doesn't have.
    pub fn find(&self, matcher: &Matcher, text: &str, beside: &mut Vocabulary) -> Vec<Hit> {
        let tokens = tokens(text);
        let known = matcher.find_known(text, &tokens, &self.words.vocabulary);
        known.unwrap_or_else(|| matcher.find(text, &tokens, beside))
    }

    /// Words are numbered from 0 up to here; those of other manuscripts are among them.
    pub fn word_numbers(&self) -> usize {
        self.words.vocabulary.len()
    }

    /// The words of a sentence in lower case.
    pub fn words_of(&self, sentence: SentenceId) -> impl Iterator<Item = &str> + Clone {
        self.sentences[sentence.0].words.iter().map(|word| self.word(*word))
    }

    /// The sentences that have a term, in their order.
    pub fn sentences_with(&self, term: TermId) -> &[SentenceId] {
        self.with_terms.of(term)
    }

    /// The sentences that have one of some terms, in their order.
    pub fn sentences_with_any(&self, terms: &[TermId]) -> Cow<'_, [SentenceId]> {
        if let [only] = terms {
            return Cow::Borrowed(self.sentences_with(*only));
        }
        let mut sentences: Vec<SentenceId> =
            terms.iter().flat_map(|term| self.sentences_with(*term)).copied().collect();
        sentences.sort_unstable();
        sentences.dedup();
        Cow::Owned(sentences)
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

/// For each sentence whether a citation stands in it.
fn cited(manuscript: &Manuscript) -> Vec<bool> {
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
    cited
}

/// More words of a heading than these tell nothing of a section, and each sentence of it hears them all.
const MOST_HEADING_WORDS: usize = 24;

/// Tells every sentence what surrounds it.
fn surround(manuscript: &Manuscript, sentences: &mut [SentenceReading], words: &Words) {
    let is_heading = |block: BlockId| matches!(manuscript.block(block).kind, BlockKind::Heading { .. });
    let stem = |word: &WordId| words.stems.stem(words.stems.of(*word)).to_owned();
    let heading_of = |section: &Section| -> Arc<Vec<String>> {
        let sentences_of = |heading| sentences[manuscript.sentences.of(heading)].iter();
        let heading = section.heading.filter(|heading| is_heading(*heading));
        let words = heading.into_iter().flat_map(sentences_of).flat_map(|sentence| &sentence.words);
        Arc::new(words.take(MOST_HEADING_WORDS).map(stem).collect())
    };
    let heads: Vec<Arc<Vec<String>>> = manuscript.sections.iter().map(heading_of).collect();
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
        assert_eq!(last.heading[..3], ["well", "and", "pump"]);
    }

    fn manuscript_of(text: &str, rules: &RuleSet) -> Manuscript {
        let path = std::path::Path::new("a.md");
        let drafts = read::read(path, text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names);
        Manuscript::new(drafts.expect("it is read").remove(0), &rules.section_names)
    }

    #[test]
    fn words_that_other_manuscripts_left_change_nothing() {
        let rules = load::shipped().expect("the shipped rules load");
        let told = |reading: &Reading<'_>| -> Vec<(Vec<Hit>, Vec<String>)> {
            let words = |at| reading.words_of(SentenceId(at)).map(str::to_owned).collect();
            reading.sentences.iter().enumerate().map(|(at, sentence)| (sentence.hits.clone(), words(at))).collect()
        };
        let second = manuscript_of("# Wells\n\nTwo reviewers judged relevance. We searched MEDLINE.\n", &rules);
        let fresh = told(&Reading::new(&second, &rules));
        let first = manuscript_of("# A realist review\n\nWe judged rigour, and we searched.\n", &rules);
        Reading::new(&first, &rules).leave_words(&rules);
        let reading = Reading::new(&second, &rules);
        assert!(reading.word_numbers() > Reading::new(&second, &rules).word_numbers(), "no words were taken over");
        assert_eq!(told(&reading), fresh);
        let margins = |reading: &Reading<'_>| format!("{:?}", rules.learned.scores(reading));
        assert_eq!(margins(&reading), margins(&Reading::new(&second, &rules)));
    }

    #[test]
    fn of_too_many_words_all_are_forgotten() {
        let rules = load::shipped().expect("the shipped rules load");
        let many = (0..=MOST_WORDS).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
        let (many, few) = (manuscript_of(&many, &rules), manuscript_of("We searched.\n", &rules));
        Reading::new(&many, &rules).leave_words(&rules);
        assert_eq!(Reading::new(&few, &rules).word_numbers(), 2);
        let memory = Memory::default();
        Reading::remembering(&many, &rules, Some(&memory));
        assert_eq!(Reading::remembering(&few, &rules, Some(&memory)).word_numbers(), 2);
        // As long as there is room they are known.
        assert_eq!(Reading::remembering(&manuscript_of("We read.\n", &rules), &rules, Some(&memory)).word_numbers(), 3);
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
