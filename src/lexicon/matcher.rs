//! Finds every term of a rule set in a sentence, in one pass.
//!
//! Each distinct word of a manuscript is looked up once; a pattern is tried only where its rarest
//! word stands. Time grows with the text, not with the number of rules.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use rustc_hash::{FxHashMap, FxHashSet};

use super::pattern::{Element, Pattern, PatternError, Word, parse};
use super::shipped::{Numbers, Prepared};
use super::token::{self, Token};

/// A term: a word class, or a pattern written in a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

/// A term found in a sentence, as a range of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Which term.
    pub term: TermId,
    /// First word.
    pub start: u16,
    /// One past the last word.
    pub end: u16,
}

impl Hit {
    /// One number to sort by instead of three.
    fn order(self) -> u64 {
        (u64::from(self.term.0) << 32) | (u64::from(self.start) << 16) | u64::from(self.end)
    }
}

/// Which terms a sentence has.
#[derive(Debug, Clone, Default)]
pub struct TermSet {
    bits: Vec<u64>,
}

impl TermSet {
    /// An empty set for a matcher's terms.
    pub fn new(terms: usize) -> Self {
        Self { bits: vec![0; terms.div_ceil(64)] }
    }

    /// Adds a term.
    pub fn insert(&mut self, term: TermId) {
        if let Some(word) = self.bits.get_mut(term.0 as usize / 64) {
            *word |= 1 << (term.0 % 64);
        }
    }

    /// Whether it has a term.
    pub fn contains(&self, term: TermId) -> bool {
        self.bits.get(term.0 as usize / 64).is_some_and(|word| word & (1 << (term.0 % 64)) != 0)
    }

    /// Adds all terms of another set.
    pub fn extend(&mut self, other: &Self) {
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        for (mine, theirs) in self.bits.iter_mut().zip(&other.bits) {
            *mine |= theirs;
        }
    }
}

type AtomId = u32;

/// Single words, or beginnings of words, and their atoms.
type Atoms = FxHashMap<Cow<'static, str>, AtomId>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Atom(AtomId),
    Number,
    Any,
    Gap,
    Class(TermId),
}

/// Words in order. The steps of all sequences lie in one list: tens of thousands of small ones would
/// cost more to make than the rest of a start.
#[derive(Debug, Clone, Copy)]
struct Sequence {
    term: TermId,
    /// Where its steps lie.
    from: u32,
    to: u32,
    /// How many of its first steps are of one word each: what stands there has a known distance from the first.
    fixed: u32,
    /// One of the steps is a class.
    by_class: bool,
}

/// Collects terms, then builds a [`Matcher`].
#[derive(Debug, Default)]
pub struct MatcherBuilder {
    names: FxHashMap<String, TermId>,
    local: FxHashSet<TermId>,
    terms: u32,
    pub(super) atoms: u32,
    pub(super) exact: Atoms,
    /// Beginnings of words (`apprais*`), without the star.
    pub(super) prefixes: Atoms,
    /// One of several words: their atoms, sorted, and that of the set.
    sets: FxHashMap<Vec<AtomId>, AtomId>,
    /// An atom and a set that it belongs to.
    pub(super) members: Vec<(AtomId, AtomId)>,
    sequences: Vec<Sequence>,
    steps: Vec<Step>,
    literals: Vec<(String, TermId)>,
    inline: FxHashMap<String, TermId>,
    /// Patterns taken apart already, by how they are written.
    pub(super) known: FxHashMap<&'static str, Numbers>,
    pub(super) prepared: Prepared,
}

impl MatcherBuilder {
    /// A builder without terms.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names a class before its patterns are added, so that patterns may refer to it.
    pub fn declare_class(&mut self, name: &str) -> TermId {
        if let Some(term) = self.names.get(name) {
            return *term;
        }
        let term = self.next_term();
        self.names.insert(name.to_owned(), term);
        term
    }

    /// Names a class that patterns may refer to and [`Matcher::classes`] doesn't list.
    pub fn declare_local(&mut self, name: &str) -> TermId {
        let term = self.declare_class(name);
        self.local.insert(term);
        term
    }

    /// The names of all declared classes, in order.
    pub fn class_names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.names.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// The term of a declared class.
    pub fn class(&self, name: &str) -> Option<TermId> {
        self.names.get(name).copied()
    }

    /// Adds a pattern to a class.
    pub fn add_to_class(&mut self, term: TermId, pattern: &str) -> Result<(), PatternError> {
        self.add(term, pattern)
    }

    /// A pattern written in a cue: the class itself for a bare `@name`, else a term of its own. The
    /// same pattern gives the same term.
    pub fn pattern(&mut self, pattern: &str) -> Result<TermId, PatternError> {
        let key = pattern.trim().to_lowercase();
        if let Some(term) = key.strip_prefix('@').and_then(|name| self.names.get(name)) {
            return Ok(*term);
        }
        if let Some(term) = self.inline.get(&key) {
            return Ok(*term);
        }
        let term = self.next_term();
        match self.known.get(key.as_str()).cloned() {
            Some(prepared) => self.add_prepared(term, prepared),
            None => self.add(term, pattern)?,
        }
        self.inline.insert(key, term);
        Ok(term)
    }

    fn next_term(&mut self) -> TermId {
        let term = TermId(self.terms);
        self.terms += 1;
        term
    }

    fn add(&mut self, term: TermId, pattern: &str) -> Result<(), PatternError> {
        for parsed in parse(pattern)? {
            self.add_parsed(term, parsed)?;
        }
        Ok(())
    }

    fn add_parsed(&mut self, term: TermId, parsed: Pattern) -> Result<(), PatternError> {
        match parsed {
            Pattern::Literal(text) => self.literals.push((text, term)),
            Pattern::Sequence(elements) => {
                let from = self.begin_sequence();
                for element in elements {
                    let step = match element {
                        Element::Words(words) => Step::Atom(self.atom(words)),
                        Element::Number => Step::Number,
                        Element::Any => Step::Any,
                        Element::Gap => Step::Gap,
                        Element::Class(name) => match self.names.get(&name) {
                            Some(class) => Step::Class(*class),
                            None => return Err(PatternError::NeverMatches(format!("@{name}"))),
                        },
                    };
                    self.push_step(Some(step));
                }
                self.end_sequence(term, from);
            }
        }
        Ok(())
    }

    pub(super) fn begin_sequence(&self) -> u32 {
        self.steps.len() as u32
    }

    pub(super) fn push_step(&mut self, step: Option<Step>) {
        self.steps.extend(step);
    }

    pub(super) fn end_sequence(&mut self, term: TermId, from: u32) {
        let steps = &self.steps[from as usize..];
        let fixed = steps.iter().take_while(|step| matches!(step, Step::Atom(_) | Step::Any)).count() as u32;
        let by_class = steps.iter().any(|step| matches!(step, Step::Class(_)));
        self.sequences.push(Sequence { term, from, to: self.steps.len() as u32, fixed, by_class });
    }

    fn atom(&mut self, words: Vec<Word>) -> AtomId {
        let mut atoms: Vec<AtomId> = Vec::with_capacity(words.len());
        for word in words {
            let next = self.atoms;
            let atom = match word {
                Word::Exact(word) => *self.exact.entry(Cow::Owned(word)).or_insert(next),
                Word::Prefix(word) => *self.prefixes.entry(Cow::Owned(word)).or_insert(next),
            };
            self.atoms += u32::from(atom == next);
            atoms.push(atom);
        }
        atoms.sort_unstable();
        atoms.dedup();
        if let [atom] = atoms[..] {
            return atom;
        }
        let next = self.atoms;
        if let Some(set) = self.sets.get(&atoms) {
            return *set;
        }
        self.members.extend(atoms.iter().map(|atom| (*atom, next)));
        self.sets.insert(atoms, next);
        self.atoms += 1;
        next
    }

    /// Builds the matcher.
    pub fn build(self) -> Matcher {
        let mut prefix_lengths = Vec::new();
        for length in self.prefixes.keys().map(|prefix| prefix.len()) {
            if !prefix_lengths.contains(&length) {
                prefix_lengths.push(length);
            }
        }
        prefix_lengths.sort_unstable();
        let mut uses = vec![0_u32; self.atoms as usize];
        for step in &self.steps {
            if let Step::Atom(atom) = step {
                uses[*atom as usize] += 1;
            }
        }
        let mut anchors = Vec::with_capacity(self.sequences.len());
        let mut by_class: FxHashMap<TermId, Vec<u32>> = FxHashMap::default();
        let (mut counted, mut by_number, mut anywhere) = (Vec::new(), Vec::new(), Vec::new());
        for (index, sequence) in self.sequences.iter().enumerate() {
            let index = index as u32;
            let steps = &self.steps[sequence.from as usize..sequence.to as usize];
            let fixed = steps.iter().take(sequence.fixed as usize).enumerate();
            let atoms =
                fixed.filter_map(|(at, step)| if let Step::Atom(atom) = step { Some((*atom, at)) } else { None });
            if let Some((atom, at)) = atoms.min_by_key(|(atom, _)| uses[*atom as usize]) {
                anchors.push((atom, (at as u32, index)));
                continue;
            }
            if let [Step::Number, Step::Atom(atom), ..] = steps {
                counted.push((*atom, index));
                continue;
            }
            match steps.first() {
                Some(Step::Class(class)) => by_class.entry(*class).or_default().push(index),
                Some(Step::Number) => by_number.push(index),
                Some(_) => anywhere.push(index),
                None => {}
            }
        }
        let mut inside = TermSet::new(self.terms as usize);
        for step in &self.steps {
            if let Step::Class(class) = step {
                inside.insert(*class);
            }
        }
        let literals = (!self.literals.is_empty())
            .then(|| AhoCorasick::new(self.literals.iter().map(|(text, _)| text)).ok())
            .flatten();
        Matcher {
            terms: self.terms as usize,
            names: self.names.into_iter().filter(|(_, term)| !self.local.contains(term)).collect(),
            exact: self.exact,
            prefixes: self.prefixes,
            sets: Grouped::new(self.atoms as usize, &self.members),
            prefix_lengths,
            sequences: self.sequences,
            steps: self.steps,
            anchored: Grouped::new(self.atoms as usize, &anchors),
            by_class,
            inside,
            counted: Grouped::new(self.atoms as usize, &counted),
            by_number,
            anywhere,
            literals,
            literal_terms: self.literals.into_iter().map(|(_, term)| term).collect(),
        }
    }
}

/// Finds terms; see [`MatcherBuilder`].
#[derive(Debug)]
pub struct Matcher {
    terms: usize,
    names: FxHashMap<String, TermId>,
    exact: Atoms,
    prefixes: Atoms,
    /// The sets that an atom belongs to.
    sets: Grouped<AtomId>,
    prefix_lengths: Vec<usize>,
    sequences: Vec<Sequence>,
    steps: Vec<Step>,
    /// Sequences by the atom of theirs that the fewest sequences use, and how many words after the first
    /// it stands: of the many that begin with `the`, few are ever tried.
    anchored: Grouped<(u32, u32)>,
    by_class: FxHashMap<TermId, Vec<u32>>,
    /// The classes that sequences name.
    inside: TermSet,
    /// Sequences that begin with a number and then this atom.
    counted: Grouped<u32>,
    by_number: Vec<u32>,
    anywhere: Vec<u32>,
    literals: Option<AhoCorasick>,
    literal_terms: Vec<TermId>,
}

/// What belongs to each atom, in one list.
#[derive(Debug)]
struct Grouped<T> {
    /// For each atom where its entries begin; one more for the end.
    starts: Vec<u32>,
    /// Sorted within an atom.
    entries: Vec<T>,
}

impl<T: Copy + Default + Ord> Grouped<T> {
    fn new(atoms: usize, pairs: &[(AtomId, T)]) -> Self {
        let mut starts = vec![0_u32; atoms + 1];
        for (atom, _) in pairs {
            starts[*atom as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut entries = vec![T::default(); pairs.len()];
        for (atom, entry) in pairs {
            let at = &mut next[*atom as usize];
            entries[*at as usize] = *entry;
            *at += 1;
        }
        for pair in starts.windows(2).filter(|pair| pair[1] - pair[0] > 1) {
            entries[pair[0] as usize..pair[1] as usize].sort_unstable();
        }
        Self { starts, entries }
    }

    fn of(&self, atom: AtomId) -> &[T] {
        &self.entries[self.starts[atom as usize] as usize..self.starts[atom as usize + 1] as usize]
    }
}

/// The atoms of each distinct word of a manuscript, looked up once.
#[derive(Debug, Default)]
pub struct WordCache {
    atoms: FxHashMap<String, u32>,
    lists: Vec<WordEntry>,
}

#[derive(Debug)]
struct WordEntry {
    /// Sorted.
    atoms: Vec<AtomId>,
    /// A bit for each atom, several atoms to a bit: most that are asked for aren't there.
    some: u64,
    /// The sequences that it is the anchor of, and how many words before it they begin.
    anchored: Vec<(u32, u32)>,
    /// The sequences that begin with a number and then this word.
    counted: Vec<u32>,
    number: bool,
}

impl WordEntry {
    fn has(&self, atom: AtomId) -> bool {
        self.some & (1 << (atom % 64)) != 0 && self.atoms.binary_search(&atom).is_ok()
    }
}

impl Matcher {
    /// How many terms there are.
    pub fn term_count(&self) -> usize {
        self.terms
    }

    /// The term of a class.
    pub fn class(&self, name: &str) -> Option<TermId> {
        self.names.get(name).copied()
    }

    /// All classes but the local ones, and their terms.
    pub fn classes(&self) -> impl Iterator<Item = (&str, TermId)> {
        self.names.iter().map(|(name, term)| (name.as_str(), *term))
    }

    /// All hits in a sentence, sorted by term and place. `text` is the sentence that `tokens` are of.
    pub fn find(&self, text: &str, tokens: &[Token<'_>], cache: &mut WordCache) -> Vec<Hit> {
        let tokens = &tokens[..tokens.len().min(u16::MAX as usize)];
        let lists: Vec<u32> = tokens.iter().map(|t| self.list_of(&t.word, cache)).collect();
        let entries: Vec<&WordEntry> = lists.iter().map(|list| &cache.lists[*list as usize]).collect();
        let mut hits: Vec<Hit> = Vec::new();
        let words = Words { entries: &entries };
        // First the sequences without classes, class by class hits among them; then those that
        // begin with or hold a class.
        let mut waiting: Vec<(u32, usize)> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let mut try_at = |index: u32, at: usize| {
                let sequence = &self.sequences[index as usize];
                let (fixed, rest) = self.steps_of(sequence).split_at(sequence.fixed as usize);
                let Some(after) = words.after_fixed(fixed, at) else { return };
                if sequence.by_class {
                    waiting.push((index, at));
                } else if let Some(end) = words.matches(rest, after, &[]) {
                    hits.push(Hit { term: sequence.term, start: at as u16, end: end as u16 });
                }
            };
            for (before, index) in &entry.anchored {
                if let Some(start) = at.checked_sub(*before as usize) {
                    try_at(*index, start);
                }
            }
            if !entry.counted.is_empty() && at > 0 && entries[at - 1].number {
                let numbers = entries[..at].iter().rev().take_while(|entry| entry.number).count();
                entry.counted.iter().for_each(|i| try_at(*i, at - numbers));
            }
            if entry.number && (at == 0 || !entries[at - 1].number) {
                self.by_number.iter().for_each(|i| try_at(*i, at));
            }
            self.anywhere.iter().for_each(|i| try_at(*i, at));
        }
        if let Some(literals) = &self.literals
            && !text.is_ascii()
        {
            for found in literals.find_overlapping_iter(text) {
                let start = tokens.partition_point(|t| t.end <= found.start());
                let end = tokens.partition_point(|t| t.start < found.end());
                hits.push(Hit {
                    term: self.literal_terms[found.pattern().as_usize()],
                    start: start as u16,
                    end: end as u16,
                });
            }
        }
        let mut classes: Vec<Hit> = hits.iter().filter(|hit| self.inside.contains(hit.term)).copied().collect();
        classes.sort_unstable_by_key(|hit| hit.order());
        for hit in &classes {
            for index in self.by_class.get(&hit.term).into_iter().flatten() {
                waiting.push((*index, hit.start as usize));
            }
        }
        waiting.sort_unstable();
        waiting.dedup();
        for (index, at) in waiting {
            let sequence = &self.sequences[index as usize];
            if let Some(end) = words.matches(self.steps_of(sequence), at, &classes) {
                hits.push(Hit { term: sequence.term, start: at as u16, end: end as u16 });
            }
        }
        hits.sort_unstable_by_key(|hit| hit.order());
        hits.dedup();
        hits
    }

    fn steps_of(&self, sequence: &Sequence) -> &[Step] {
        &self.steps[sequence.from as usize..sequence.to as usize]
    }

    fn list_of(&self, word: &str, cache: &mut WordCache) -> u32 {
        if let Some(list) = cache.atoms.get(word) {
            return *list;
        }
        let mut atoms: Vec<AtomId> = self.exact.get(word).copied().into_iter().collect();
        let prefixes = self.prefix_lengths.iter().filter_map(|length| word.get(..*length));
        atoms.extend(prefixes.filter_map(|prefix| self.prefixes.get(prefix)));
        for single in 0..atoms.len() {
            atoms.extend(self.sets.of(atoms[single]));
        }
        // A set that has the word and a beginning of it is there twice.
        atoms.sort_unstable();
        atoms.dedup();
        let list = cache.lists.len() as u32;
        let some = atoms.iter().fold(0, |some, atom| some | 1 << (atom % 64));
        let anchored = atoms.iter().flat_map(|atom| self.anchored.of(*atom)).copied().collect();
        let counted = atoms.iter().flat_map(|atom| self.counted.of(*atom)).copied().collect();
        cache.lists.push(WordEntry { atoms, some, anchored, counted, number: token::is_number(word) });
        cache.atoms.insert(word.to_owned(), list);
        list
    }
}

struct Words<'a> {
    entries: &'a [&'a WordEntry],
}

impl Words<'_> {
    /// The word after steps of one word each, where these hold.
    fn after_fixed(&self, steps: &[Step], at: usize) -> Option<usize> {
        let words = self.entries.get(at..at + steps.len())?;
        let holds = |(step, word): (&Step, &&WordEntry)| match step {
            Step::Atom(atom) => word.has(*atom),
            _ => true,
        };
        steps.iter().zip(words).all(holds).then_some(at + steps.len())
    }

    /// The word after the match of `steps` at `at`, the shortest one. `classes` is sorted.
    fn matches(&self, steps: &[Step], at: usize, classes: &[Hit]) -> Option<usize> {
        let Some((step, rest)) = steps.split_first() else { return Some(at) };
        match step {
            Step::Gap => (0..=4).find_map(|skip| self.matches(rest, at + skip, classes)),
            Step::Class(term) => {
                // Sorted by term and place: in a sentence of many thousand words a search is no walk.
                let from = classes.partition_point(|hit| (hit.term, hit.start as usize) < (*term, at));
                classes[from..]
                    .iter()
                    .take_while(|hit| hit.term == *term && hit.start as usize == at)
                    .find_map(|hit| self.matches(rest, hit.end as usize, classes))
            }
            _ if at >= self.entries.len() => None,
            Step::Any => self.matches(rest, at + 1, classes),
            Step::Number => {
                let run = self.entries[at..].iter().take_while(|entry| entry.number).count();
                (run > 0).then(|| self.matches(rest, at + run, classes)).flatten()
            }
            Step::Atom(atom) => self.entries[at].has(*atom).then(|| self.matches(rest, at + 1, classes)).flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn found(build: impl FnOnce(&mut MatcherBuilder) -> TermId, text: &str) -> Vec<String> {
        let mut builder = MatcherBuilder::new();
        let term = build(&mut builder);
        let matcher = builder.build();
        let tokens = tokens(text);
        matcher
            .find(text, &tokens, &mut WordCache::default())
            .into_iter()
            .filter(|hit| hit.term == term)
            .map(|hit| text[tokens[hit.start as usize].start..tokens[hit.end as usize - 1].end].to_owned())
            .collect()
    }

    #[test]
    fn sequences_prefixes_numbers_and_gaps() {
        let text = "Forty-seven documents were appraised by two reviewers for their relevance to the programme theory.";
        assert_eq!(found(|b| b.pattern("# document(s)").expect("ok"), text), ["Forty-seven documents"]);
        assert_eq!(found(|b| b.pattern("apprais* ... relevan(ce|t)").expect("ok"), text).len(), 0);
        assert_eq!(
            found(|b| b.pattern("reviewers ... relevan(ce|t)").expect("ok"), text),
            ["reviewers for their relevance"]
        );
        assert_eq!(found(|b| b.pattern("program(me) theor(y|ies)").expect("ok"), text), ["programme theory"]);
    }

    #[test]
    fn classes_stand_inside_patterns() {
        let text = "All the papers were weighed up for what they could tell us.";
        let hits = found(
            |b| {
                let paper = b.declare_class("document");
                b.add_to_class(paper, "paper(s)").expect("ok");
                let judge = b.declare_class("judge");
                b.add_to_class(judge, "weighed up").expect("ok");
                b.pattern("@document _ @judge").expect("ok")
            },
            text,
        );
        assert_eq!(hits, ["papers were weighed up"]);
    }

    #[test]
    fn overlapping_terms_are_all_found() {
        let mut builder = MatcherBuilder::new();
        builder.pattern("realist review").expect("ok");
        builder.pattern("realist").expect("ok");
        builder.pattern("review").expect("ok");
        let matcher = builder.build();
        let text = "a realist review";
        assert_eq!(matcher.find(text, &tokens(text), &mut WordCache::default()).len(), 3);
    }

    #[test]
    fn chinese_is_found_wherever_it_stands() {
        let text = "英格兰社会处方:现实主义评估。";
        assert_eq!(found(|b| b.pattern("现实主义评估").expect("ok"), text), ["现实主义评估"]);
    }

    #[test]
    fn a_gap_is_of_up_to_four_words() {
        let hits = |text: &str| found(|b| b.pattern("judged ... relevance").expect("ok"), text);
        assert_eq!(hits("they judged relevance"), ["judged relevance"]);
        assert_eq!(hits("they judged one by one relevance"), ["judged one by one relevance"]);
        assert_eq!(hits("they judged all one by one relevance"), ["judged all one by one relevance"]);
        assert_eq!(hits("they judged very one by one the relevance").len(), 0);
    }

    #[test]
    fn a_number_is_all_of_its_words() {
        let hits = |pattern: &str, text: &str| found(|b| b.pattern(pattern).expect("ok"), text);
        assert_eq!(hits("# document(s)", "Two hundred documents of forty seven"), ["Two hundred documents"]);
        assert_eq!(hits("in # way(s)", "in two hundred ways"), ["in two hundred ways"]);
        assert_eq!(hits("in # way(s)", "in hundreds of ways").len(), 0);
        let of_class = |text: &str| {
            found(
                |b| {
                    let paper = b.declare_class("document");
                    b.add_to_class(paper, "paper(s)").expect("ok");
                    b.pattern("# @document").expect("ok")
                },
                text,
            )
        };
        assert_eq!(of_class("one of forty seven papers"), ["forty seven papers"]);
        assert_eq!(of_class("one of the papers").len(), 0);
    }

    #[test]
    fn any_word_is_one_word() {
        let hits = |pattern: &str, text: &str| found(|b| b.pattern(pattern).expect("ok"), text);
        assert_eq!(hits("_ review", "a realist review"), ["realist review"]);
        assert_eq!(hits("_ review", "review").len(), 0);
        assert_eq!(hits("a _ review", "a review").len(), 0);
        assert_eq!(hits("a _ review", "a very realist review").len(), 0);
    }

    #[test]
    fn classes_follow_one_another() {
        let hits = |text: &str| {
            found(
                |b| {
                    let paper = b.declare_class("document");
                    b.add_to_class(paper, "(paper|working paper)").expect("ok");
                    let judge = b.declare_class("judge");
                    b.add_to_class(judge, "weighed (up)").expect("ok");
                    b.pattern("@document @judge there").expect("ok")
                },
                text,
            )
        };
        assert_eq!(hits("each paper weighed there"), ["paper weighed there"]);
        let mut both = hits("each working paper weighed up there");
        both.sort_unstable();
        assert_eq!(both, ["paper weighed up there", "working paper weighed up there"]);
        assert_eq!(hits("each paper was weighed there").len(), 0);
    }

    #[test]
    fn the_same_pattern_is_the_same_term_and_local_classes_are_not_listed() {
        let mut builder = MatcherBuilder::new();
        let shown = builder.declare_class("shown");
        let hidden = builder.declare_local("hidden");
        assert_eq!(builder.pattern(" A Realist review").expect("ok"), builder.pattern("a realist review").expect("ok"));
        assert_eq!(builder.pattern("@shown").expect("ok"), shown);
        assert_eq!(builder.pattern("@hidden").expect("ok"), hidden);
        assert_eq!(builder.class_names().collect::<Vec<_>>(), ["hidden", "shown"]);
        assert!(builder.pattern("the @unknown").is_err());
        let matcher = builder.build();
        assert_eq!(matcher.class("shown"), Some(shown));
        assert_eq!(matcher.class("hidden"), None);
        assert_eq!(matcher.classes().collect::<Vec<_>>(), [("shown", shown)]);
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let mut set = TermSet::new(130);
        let mut other = TermSet::new(130);
        [0, 63, 64, 129].into_iter().for_each(|term| set.insert(TermId(term)));
        [1, 64, 128].into_iter().for_each(|term| other.insert(TermId(term)));
        let has = |set: &TermSet| (0..140).filter(|term| set.contains(TermId(*term))).collect::<Vec<_>>();
        assert_eq!(has(&set), [0, 63, 64, 129]);
        set.extend(&other);
        assert_eq!(has(&set), [0, 1, 63, 64, 128, 129]);
    }
}
