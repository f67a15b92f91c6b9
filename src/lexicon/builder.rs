//! Collects the terms of a rule set and lays them out for a matcher. `build.rs` shares this file: it does
//! so for the shipped rules when realint is built.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::pattern::{Element, Pattern, PatternError, Word, parse};
use super::tables::{ANY, Anchor, AtomId, CLASS, GAP, Grouped, NUMBER, Sequence, Tables, TermId, WordTable};

/// Collects terms, then builds a matcher.
#[derive(Debug, Default)]
pub struct MatcherBuilder {
    names: FxHashMap<Cow<'static, str>, TermId>,
    local: FxHashSet<TermId>,
    terms: u32,
    atoms: u32,
    exact: FxHashMap<String, AtomId>,
    /// Beginnings of words (`apprais*`), without the star.
    beginnings: FxHashMap<String, AtomId>,
    /// One of several words: their atoms, sorted, and that of the set.
    sets: FxHashMap<Vec<AtomId>, AtomId>,
    /// An atom and a set that it belongs to.
    members: Vec<(AtomId, [AtomId; 1])>,
    /// An atom and a term that a word of it is by itself.
    alone: Vec<(AtomId, [u32; 1])>,
    sequences: Vec<Sequence>,
    steps: Vec<u32>,
    literals: Vec<(Cow<'static, str>, TermId)>,
    inline: FxHashMap<Cow<'static, str>, TermId>,
    /// How often words stand in texts of the kind that will be read.
    counts: FxHashMap<String, u32>,
    /// The tables of all that is known, where they were laid out before; nothing is added then.
    laid_out: Option<Tables>,
}

/// What a builder collected, by the matcher that takes it.
pub(crate) struct Collected {
    pub(crate) tables: Tables,
    /// The classes that are listed.
    pub(crate) classes: FxHashMap<Cow<'static, str>, TermId>,
    pub(crate) literals: Vec<(Cow<'static, str>, TermId)>,
}

/// Of longer patterns only the first words are looked at for one to find them by.
const MOST_ANCHORS: usize = 100;

impl MatcherBuilder {
    /// A builder without terms.
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that knows just the terms that [`MatcherBuilder::written`] named.
    #[allow(dead_code, reason = "the build script writes what this crate reads")]
    pub(super) fn laid_out(tables: Tables, terms: &'static str, literals: &'static str) -> Self {
        let mut builder = Self { laid_out: Some(tables), ..Self::default() };
        for line in terms.lines() {
            let term = builder.next_term();
            match line.split_at_checked(1) {
                Some((kind, name)) if matches!(kind, "+" | "-") => {
                    builder.names.insert(Cow::Borrowed(name), term);
                    if kind == "-" {
                        builder.local.insert(term);
                    }
                }
                Some((_, pattern)) => drop(builder.inline.insert(Cow::Borrowed(pattern), term)),
                None => {}
            }
        }
        let literals = literals.lines().filter_map(|line| line.split_once('\t'));
        let literals = literals.filter_map(|(term, text)| Some((Cow::Borrowed(text), TermId(term.parse().ok()?))));
        builder.literals = literals.collect();
        builder
    }

    /// The tables, the terms, a line each in their order (`+` before a class, `-` before a local one, `=`
    /// before a pattern), and the literals, each after its term and a tab.
    #[allow(dead_code, reason = "the build script writes what this crate reads")]
    pub(super) fn written(self) -> (Tables, String, String) {
        let mut terms = vec![String::new(); self.terms as usize];
        let mut put = |term: TermId, line: String| terms[term.0 as usize] = line;
        self.names.iter().for_each(|(name, term)| {
            let kind = if self.local.contains(term) { '-' } else { '+' };
            put(*term, format!("{kind}{name}\n"));
        });
        self.inline.iter().for_each(|(pattern, term)| put(*term, format!("={pattern}\n")));
        let literals: Vec<String> = self.literals.iter().map(|(text, term)| format!("{}\t{text}\n", term.0)).collect();
        (self.finish().tables, terms.concat(), literals.concat())
    }

    /// Names a class before its patterns are added, so that patterns may refer to it.
    pub fn declare_class(&mut self, name: &str) -> TermId {
        if let Some(term) = self.names.get(name) {
            return *term;
        }
        let term = self.next_term();
        self.names.insert(Cow::Owned(name.to_owned()), term);
        term
    }

    /// Names a class that patterns may refer to and a matcher's list of classes leaves out.
    pub fn declare_local(&mut self, name: &str) -> TermId {
        let term = self.declare_class(name);
        self.local.insert(term);
        term
    }

    /// The names of all declared classes, in order.
    #[allow(dead_code, reason = "the build script names no classes to anybody")]
    pub fn class_names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.names.keys().map(|name| &**name).collect();
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
        // Most are written as they are kept.
        if let Some(term) = self.inline.get(pattern) {
            return Ok(*term);
        }
        let key = pattern.trim().to_lowercase();
        if let Some(term) = key.strip_prefix('@').and_then(|name| self.names.get(name)) {
            return Ok(*term);
        }
        if let Some(term) = self.inline.get(key.as_str()) {
            return Ok(*term);
        }
        let term = self.next_term();
        self.add(term, pattern)?;
        self.inline.insert(Cow::Owned(key), term);
        Ok(term)
    }

    /// Counts the words of a text of the kind that will be read: a pattern is looked for where the rarest of its
    /// words stands. Without any, it is the one that the fewest patterns have.
    #[allow(dead_code, reason = "packs come without such texts")]
    pub(super) fn count_words(&mut self, text: &str) {
        for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|w| !w.is_empty()) {
            *self.counts.entry(word.to_owned()).or_default() += 1;
        }
    }

    /// For each atom, how many of the words that were counted are of it.
    fn counts_of_atoms(&self) -> Vec<u32> {
        let mut counts = vec![0_u32; self.atoms as usize];
        self.counts.iter().for_each(|(word, count)| {
            let beginnings = word.char_indices().map(|(at, c)| &word[..at + c.len_utf8()]);
            let atoms = self.exact.get(word).into_iter().chain(beginnings.filter_map(|b| self.beginnings.get(b)));
            atoms.for_each(|atom| counts[*atom as usize] += count);
        });
        let single = counts.clone();
        self.members.iter().for_each(|(atom, [set])| counts[*set as usize] += single[*atom as usize]);
        counts
    }

    fn next_term(&mut self) -> TermId {
        let term = TermId(self.terms);
        self.terms += 1;
        term
    }

    fn add(&mut self, term: TermId, pattern: &str) -> Result<(), PatternError> {
        if self.laid_out.is_some() {
            return Err(PatternError::NotLaidOut(pattern.to_owned()));
        }
        for parsed in parse(pattern)? {
            self.add_parsed(term, parsed)?;
        }
        Ok(())
    }

    fn add_parsed(&mut self, term: TermId, parsed: Pattern) -> Result<(), PatternError> {
        match parsed {
            Pattern::Literal(text) => self.literals.push((Cow::Owned(text), term)),
            Pattern::Sequence(elements) => {
                let from = self.steps.len();
                for element in elements {
                    let step = match element {
                        Element::Words(words) => self.atom(words),
                        Element::Number => NUMBER,
                        Element::Any => ANY,
                        Element::Gap => GAP,
                        Element::Class(name) => match self.names.get(name.as_str()) {
                            Some(class) => CLASS | class.0,
                            None => return Err(PatternError::NeverMatches(format!("@{name}"))),
                        },
                    };
                    self.steps.push(step);
                }
                let steps = &self.steps[from..];
                if let [atom @ ..CLASS] = *steps {
                    self.steps.pop();
                    self.alone.push((atom, [term.0]));
                    return Ok(());
                }
                let fixed = steps.iter().take_while(|step| **step < CLASS || **step == ANY).count() as u32;
                let by_class = steps.iter().any(|step| class_of(*step).is_some());
                let (from, to) = (from as u32, self.steps.len() as u32);
                self.sequences.push(Sequence { term, from, to, fixed, by_class });
            }
        }
        Ok(())
    }

    fn atom(&mut self, words: Vec<Word>) -> AtomId {
        let mut atoms: Vec<AtomId> = Vec::with_capacity(words.len());
        for word in words {
            let next = self.atoms;
            let atom = match word {
                Word::Exact(word) => *self.exact.entry(word).or_insert(next),
                Word::Prefix(word) => *self.beginnings.entry(word).or_insert(next),
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
        self.members.extend(atoms.iter().map(|atom| (*atom, [next])));
        self.sets.insert(atoms, next);
        self.atoms += 1;
        next
    }

    /// Hands over what was collected.
    pub(super) fn finish(mut self) -> Collected {
        let tables = self.laid_out.take().unwrap_or_else(|| self.lay_out());
        let local = self.local;
        let classes = self.names.into_iter().filter(|(_, term)| !local.contains(term)).collect();
        Collected { tables, classes, literals: self.literals }
    }

    fn lay_out(&mut self) -> Tables {
        let mut uses = vec![0_u32; self.atoms as usize];
        let alone = self.alone.iter().map(|(atom, _)| atom);
        for step in self.steps.iter().filter(|step| **step < CLASS).chain(alone) {
            uses[*step as usize] += 1;
        }
        let counts = self.counts_of_atoms();
        let (mut anchors, mut by_class, mut counted) = (Vec::new(), Vec::new(), Vec::new());
        let (mut by_number, mut anywhere) = (Vec::new(), Vec::new());
        for (index, sequence) in (0_u32..).zip(&self.sequences) {
            let steps = &self.steps[sequence.from as usize..sequence.to as usize];
            let mut atoms: Vec<(usize, AtomId)> = steps[..sequence.fixed as usize]
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, step)| *step < CLASS)
                .collect();
            atoms.retain(|(at, _)| *at < MOST_ANCHORS);
            atoms.sort_by_key(|(_, atom)| (counts[*atom as usize], uses[*atom as usize]));
            if let Some((at, atom)) = atoms.first().copied() {
                let (other, second) = atoms.get(1).copied().unwrap_or((at, atom));
                let other = other as i8 - at as i8;
                anchors.push((atom, Anchor { sequence: index, before: at as u16, other, atom: second }.written()));
                continue;
            }
            match steps {
                [NUMBER, atom, ..] if *atom < CLASS => counted.push((*atom, [index])),
                [NUMBER, ..] => by_number.push(index),
                [first, ..] => match class_of(*first) {
                    Some(class) => by_class.push((class, [index])),
                    None => anywhere.push(index),
                },
                [] => {}
            }
        }
        let mut inside = vec![0_u32; self.terms.div_ceil(32) as usize];
        for class in self.steps.iter().filter_map(|step| class_of(*step)) {
            inside[class as usize / 32] |= 1 << (class % 32);
        }
        let atoms = self.atoms as usize;
        Tables {
            terms: [self.terms].into_iter().collect(),
            words: WordTable::new(
                self.exact.iter().map(|(word, atom)| (word.as_str(), *atom)),
                self.beginnings.iter().map(|(word, atom)| (word.as_str(), *atom)),
            ),
            sets: Grouped::new(atoms, std::mem::take(&mut self.members)),
            alone: Grouped::new(atoms, std::mem::take(&mut self.alone)),
            sequences: self.sequences.iter().flat_map(|sequence| sequence.written()).collect(),
            steps: self.steps.iter().copied().collect(),
            anchored: Grouped::new(atoms, anchors),
            by_class: Grouped::new(self.terms as usize, by_class),
            counted: Grouped::new(atoms, counted),
            inside: inside.into_iter().collect(),
            by_number: by_number.into_iter().collect(),
            anywhere: anywhere.into_iter().collect(),
        }
    }
}

/// The class that a step stands for.
pub(super) fn class_of(step: u32) -> Option<u32> {
    (CLASS..GAP).contains(&step).then_some(step & !CLASS)
}
