//! Manuscripts with known truth (`*.gold.json`), and what is learned from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::NamedSource;
use rayon::prelude::*;
use serde::Deserialize;

use crate::error::Error;
use crate::manuscript::{Manuscript, PlaceWords, SectionNames, Sentence, SentenceId};
use crate::read::{self, FolderLibrary, read_bytes};
use crate::rule::certainty::{self, Taught};
use crate::rule::engine::WholeScores;
use crate::rule::held_out::{self, HeldOut};
use crate::rule::learned::Model;
use crate::rule::train::{self, Lesson, Trained, Trainer};
use crate::rule::{Counts, Example, Part, PartId, Reading, Rule, RuleSet, Surroundings};
use crate::standard::Stage;
use crate::structured::{self, Syntax, Value};
use crate::verdict::Verdict;

/// The truth of one manuscript.
#[derive(Debug, Clone, Deserialize)]
pub struct Gold {
    /// A short name.
    pub slug: String,
    /// The manuscript, beside the gold file.
    pub file: String,
    /// The standard that applies.
    pub standard: String,
    /// `report` or `protocol`.
    pub stage: String,
    /// Truth by item number.
    pub items: BTreeMap<String, GoldItem>,
    /// The configurations that the manuscript states, in reading order.
    #[serde(default)]
    pub cmocs: Vec<GoldConfiguration>,
    /// What is wrong with the manuscript beyond its items.
    #[serde(default)]
    pub defects: Vec<GoldDefect>,
    /// What follows from these defects: no false alarm, and nobody has to find it.
    #[serde(default)]
    pub consequential_defects: Vec<GoldDefect>,
    /// The gold file itself.
    #[serde(skip)]
    pub path: PathBuf,
    /// The folder that holds it.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// What is true of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All of it is reported.
    Reported,
    /// Some of it is.
    Partial,
    /// Nothing of it is.
    Missing,
    /// The item can't be reported in this manuscript.
    NotApplicable,
}

/// A configuration that a manuscript states.
#[derive(Debug, Clone, Deserialize)]
pub struct GoldConfiguration {
    /// Its label.
    #[serde(default)]
    pub id: Option<String>,
    /// The start of its statement.
    pub evidence: String,
    /// The parts that it states: `context`, `mechanism`, `outcome` and others.
    pub components: Vec<String>,
    /// Whether evidence is given for it.
    #[serde(default)]
    pub supported: bool,
}

/// Something that is wrong with a manuscript beyond its items.
#[derive(Debug, Clone, Deserialize)]
pub struct GoldDefect {
    /// The code of the finding that it asks for.
    pub code: String,
    /// Words at the place.
    pub at: String,
}

/// The truth of one item.
#[derive(Debug, Clone, Deserialize)]
pub struct GoldItem {
    /// What is true of it.
    pub status: Status,
    /// What a second reader held; either is right.
    #[serde(default)]
    pub also: Option<Status>,
    /// Starts of the sentences that bear it.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Starts of sentences that seem to bear it and don't.
    #[serde(default)]
    pub decoy: Vec<String>,
    /// The same by part.
    #[serde(default)]
    pub parts: BTreeMap<String, Vec<String>>,
}

/// All gold files of a folder, sorted by name.
///
/// Errors: the folder or a file can't be read, or a file is no gold file; all such files are named,
/// each with the place where it goes wrong.
pub fn read_folder(folder: &Path) -> Result<Vec<Gold>, Error> {
    let failed = |path: &Path, source: std::io::Error| Error::Read { path: path.to_owned(), source };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|e| failed(folder, e))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".gold.json"))
        .collect();
    paths.sort();
    let (mut golds, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        match read_gold(&path, folder) {
            Ok(gold) => golds.push(gold),
            Err(error) => errors.push(error),
        }
    }
    match Error::all_of(errors, "the gold files") {
        Some(error) => Err(error),
        None => Ok(golds),
    }
}

fn read_gold(path: &Path, folder: &Path) -> Result<Gold, Error> {
    let bytes = read_bytes(path)?;
    let mut gold: Gold = serde_json::from_slice(&bytes).map_err(|mistake| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // serde_json counts lines and bytes of a line from 1.
        let line: usize = text.split_inclusive('\n').take(mistake.line().saturating_sub(1)).map(str::len).sum();
        let at = text.floor_char_boundary(line + mistake.column().saturating_sub(1));
        let message = mistake.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Error::Gold {
            message: format!("{} is no gold file: {message}", path.display()),
            source_code: NamedSource::new(path.to_string_lossy(), text),
            span: at.into(),
            label: "here".into(),
            help: "it names the manuscript (file), its standard and stage, and for each item its status: reported, partial, missing or not-applicable".into(),
        }
    })?;
    path.clone_into(&mut gold.path);
    folder.clone_into(&mut gold.folder);
    Ok(gold)
}

impl Gold {
    /// The manuscript.
    pub fn manuscript(&self) -> PathBuf {
        self.folder.join(&self.file)
    }

    /// What in the file doesn't fit the rules or the folder: an unknown standard or stage, an item
    /// that the standard hasn't, a manuscript that isn't there. Each error has its place.
    pub fn mistakes(&self, rules: &RuleSet) -> Vec<Error> {
        let mut mistakes = Vec::new();
        let mut add = |keys: &[&str], message: String, help: String| {
            let text = std::fs::read_to_string(&self.path).unwrap_or_default();
            let span = place_of(&text, keys);
            mistakes.push(Error::Gold {
                message: format!("{}: {message}", self.path.display()),
                source_code: NamedSource::new(self.path.to_string_lossy(), text),
                span: span.into(),
                label: "here".into(),
                help,
            });
        };
        if !self.manuscript().is_file() {
            add(&["file"], format!("there is no file `{}` beside it", self.file), "`file` names the manuscript".into());
        }
        if Stage::from_name(&self.stage).is_none() {
            let stages = Stage::ALL.map(Stage::name).join(", ");
            add(&["stage"], format!("there is no stage `{}`", self.stage), format!("there are: {stages}"));
        }
        if self.standard == NO_STANDARD {
            return mistakes;
        }
        let Some((standard, own)) = rules.standard(&self.standard) else {
            let ids: Vec<&str> = rules.standards.iter().map(|s| s.id.as_str()).collect();
            let help = format!("there are: {}, {NO_STANDARD}", ids.join(", "));
            add(&["standard"], format!("there is no standard `{}`", self.standard), help);
            return mistakes;
        };
        for number in self.items.keys().filter(|number| !own.iter().any(|rule| rule.item.to_string() == **number)) {
            let help = format!("{} has the items 1 to {}", standard.id, standard.items);
            add(&["items", number], format!("{} has no item `{number}`", standard.id), help);
        }
        mistakes
    }
}

/// What a gold file names where no standard applies.
pub const NO_STANDARD: &str = "none";

/// The place of the key that a path of keys leads to, the start of the file where it leads nowhere.
fn place_of(text: &str, keys: &[&str]) -> Range<usize> {
    let (value, _) = structured::parse(text, Syntax::Json);
    let mut here: Option<&Value> = value.as_ref();
    let mut span = 0..0;
    for key in keys {
        let Some(entry) = here.and_then(|value| value.entry(key)) else { break };
        span = entry.key_span.clone();
        here = Some(&entry.value);
    }
    span
}

/// The letters and digits of a sentence or of a quotation, which are what the two are compared by.
struct Letters(String);

impl Letters {
    fn of(text: &str) -> Self {
        Self(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
    }

    fn of_all(quotations: &[String]) -> Vec<Self> {
        quotations.iter().map(|quotation| Self::of(quotation)).collect()
    }

    /// Whether a sentence begins with a quotation, or the other way round.
    fn begin_with(&self, quotation: &Self) -> bool {
        let (sentence, quotation) = (&self.0, &quotation.0);
        quotation.len() >= 12
            && (sentence.starts_with(quotation) || (sentence.len() >= 20 && quotation.starts_with(sentence)))
    }

    fn begin_with_any(&self, quotations: &[Self]) -> bool {
        quotations.iter().any(|quotation| self.begin_with(quotation))
    }
}

/// What a gold file quotes for one item.
struct Quoted {
    /// The parts that bear it, by their own quotations.
    parts: Vec<(Option<PartId>, Vec<Letters>)>,
    /// The parts that its rule asks for.
    asked: Vec<PartId>,
    evidence: Vec<Letters>,
    decoy: Vec<Letters>,
}

/// The manuscript of a gold file; the first, where the file holds several.
fn manuscript_of(gold: &Gold, names: &SectionNames) -> Result<Option<Manuscript>, Error> {
    let path = gold.manuscript();
    let drafts = read::read(&path, &read_bytes(&path)?, None, &FolderLibrary, names)?;
    Ok(drafts.into_iter().next().map(|draft| Manuscript::new(draft, names)))
}

/// Every sentence of a manuscript as a lesson: what it satisfies, and for which parts nothing is known.
/// `number` is the manuscript's.
fn lessons_of(gold: &Gold, number: usize, rules: &RuleSet, names: &SectionNames) -> Result<Vec<Lesson>, Error> {
    let part_named = |name: &str| rules.parts.iter().position(|p| p.id == name).map(PartId);
    let own_rules = rules.standard(&gold.standard).map(|(_, rules)| rules).unwrap_or_default();
    let quoted = |(number, item): (&String, &GoldItem)| Quoted {
        parts: item.parts.iter().map(|(name, quotations)| (part_named(name), Letters::of_all(quotations))).collect(),
        asked: own_rules
            .iter()
            .find(|rule| rule.item.to_string() == *number)
            .map(|rule| rule.parts.iter().map(|part| part.part).collect())
            .unwrap_or_default(),
        evidence: Letters::of_all(&item.evidence),
        decoy: Letters::of_all(&item.decoy),
    };
    let quoted: Vec<Quoted> = gold.items.iter().map(quoted).collect();
    let mut lessons = Vec::new();
    if let Some(manuscript) = manuscript_of(gold, names)? {
        let reading = Reading::new(&manuscript, rules);
        for (sentence, read) in manuscript.sentences.all().iter().zip(&reading.sentences) {
            let block = manuscript.block(sentence.block);
            if !block.is_prose() {
                continue;
            }
            let text = &block.text[sentence.range.clone()];
            let mut lesson = Lesson {
                text: text.to_owned(),
                place: manuscript.role_of(sentence.block),
                satisfies: Vec::new(),
                fails: None,
                unknown: Vec::new(),
                weight: 1.0,
                manuscript: Some(number),
                placed: manuscript.place_is_named(sentence.block),
                decoy_of: Vec::new(),
                surroundings: read.surroundings.clone(),
            };
            let letters = Letters::of(text);
            for item in &quoted {
                let borne = item.parts.iter().filter(|(_, quotations)| letters.begin_with_any(quotations));
                lesson.satisfies.extend(borne.filter_map(|(part, _)| *part));
                if letters.begin_with_any(&item.evidence) {
                    lesson.unknown.extend(&item.asked);
                }
                if letters.begin_with_any(&item.decoy) {
                    lesson.decoy_of.extend(&item.asked);
                }
            }
            lessons.push(lesson);
        }
    }
    Ok(lessons)
}

/// How much an example that a rule carries counts beside a sentence of the bank.
const EXAMPLE: f32 = 3.0;

/// The examples of a rule as lessons, as far as they say which part they are about.
fn example_lessons(rule: &Rule) -> Vec<Lesson> {
    let lesson = |example: &Example, satisfied: bool| -> Option<Lesson> {
        let asked: Vec<PartId> = rule
            .parts
            .iter()
            .filter(|p| p.counts != Counts::Partial && (p.stages.is_empty() || p.stages.contains(&example.stage)))
            .map(|p| p.part)
            .collect();
        let meant = match (&example.parts[..], satisfied) {
            ([], true) if asked.len() == 1 && example.verdict.is_none_or(|v| v == Verdict::Reported) => asked,
            ([], false) if example.verdict != Some(Verdict::Reported) => asked,
            ([], _) => return None,
            (parts, _) => parts.to_vec(),
        };
        // One feature set must stand for the text, so longer ones teach little.
        if example.text.len() > 420 || example.text.contains('|') || example.text.starts_with('#') {
            return None;
        }
        Some(Lesson {
            text: example.text.clone(),
            place: example.place,
            satisfies: if satisfied { meant.clone() } else { Vec::new() },
            fails: (!satisfied).then_some(meant),
            unknown: Vec::new(),
            weight: EXAMPLE,
            manuscript: None,
            placed: false,
            decoy_of: Vec::new(),
            surroundings: Surroundings::default(),
        })
    };
    let satisfied = rule.satisfied.iter().filter_map(|e| lesson(e, true));
    satisfied.chain(rule.unsatisfied.iter().filter_map(|e| lesson(e, false))).collect()
}

/// What there is to learn from.
struct Lessons {
    /// The parts that learn.
    wanted: Vec<PartId>,
    /// The sentences of a bank.
    of_bank: Vec<Lesson>,
    /// The examples that rules carry, and the sentences of manuscripts.
    others: Vec<Lesson>,
}

/// The manuscripts of a folder, none without a folder.
fn manuscripts(folder: Option<&Path>) -> Result<Vec<Gold>, Error> {
    folder.map_or_else(|| Ok(Vec::new()), read_folder)
}

/// Gathers what the parts of a pack (`None`: those that ship) learn from.
fn gather(
    rules: &RuleSet,
    names: &SectionNames,
    pack: Option<&str>,
    bank: &Path,
    golds: &[Gold],
) -> Result<Lessons, Error> {
    let mut of_bank: Vec<Lesson> = Vec::new();
    let mut wanted: Vec<PartId> = Vec::new();
    let learns = |part: &Part| part.learn && part.pack.as_deref() == pack;
    for (index, part) in rules.parts.iter().enumerate().filter(|(_, p)| learns(p)) {
        wanted.push(PartId(index));
        let path = bank.join(format!("{}.tsv", part.id));
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let learn = train::bank_lessons(PartId(index), &text).map_err(|message| Error::Usage {
            message: format!("{}: {message}", path.display()),
            help: Some("a bank file has the columns verdict, place, voice and text".into()),
        })?;
        of_bank.extend(learn);
    }
    if let Some(pack) = pack
        && wanted.is_empty()
    {
        return Err(Error::Usage {
            message: format!("no part of the pack {pack} learns"),
            help: Some("`learn = true` in a part makes it learn from the sentences of its bank".into()),
        });
    }
    let mut others: Vec<Lesson> = rules.all_rules().flat_map(example_lessons).collect();
    for (number, gold) in golds.iter().enumerate() {
        others.extend(lessons_of(gold, number, rules, names)?);
    }
    Ok(Lessons { wanted, of_bank, others })
}

/// For each part, those whose satisfying sentences are no counter-examples to it.
fn overlaps(rules: &RuleSet) -> Vec<Vec<PartId>> {
    let named = |name: &String| rules.parts.iter().position(|p| p.id == *name).map(PartId);
    rules.parts.iter().map(|part| part.overlaps.iter().filter_map(named).collect()).collect()
}

/// Trains the learned cues on a bank and on manuscripts, writes one weight file a part, and gives a summary.
///
/// `pack` is the id of a pack: then only the parts of this pack are trained, with the examples that all
/// rules carry as counter-examples, and what the parts of a paper sound like stays as it ships.
///
/// Errors: a bank or manuscript can't be read or has another form, a part has too few sentences, the
/// pack has no part that learns, a file can't be written.
pub fn train_files(
    rules: &RuleSet,
    pack: Option<&str>,
    bank: &Path,
    gold: Option<&Path>,
    output: &Path,
) -> Result<String, Error> {
    let golds = manuscripts(gold)?;
    let all = |names: &SectionNames| {
        let Lessons { wanted, of_bank: mut lessons, others } = gather(rules, names, pack, bank, &golds)?;
        lessons.extend(others);
        Ok::<_, Error>((wanted, lessons))
    };
    let mut names = rules.section_names.clone();
    let (mut wanted, mut lessons) = all(&names)?;
    // What the places sound like decides where sentences under odd headings stand: it is learned first,
    // from those under plain headings, and the manuscripts are read again.
    let places = pack.is_none().then(|| train::train_places(&lessons));
    if let Some(places) = &places {
        names.places = PlaceWords::new(places);
        (wanted, lessons) = all(&names)?;
    }
    let overlaps = overlaps(rules);
    let trainer = Trainer::new(rules, &lessons, &overlaps);
    let trained = trainer.train(&wanted);
    if pack.is_some()
        && let Some(poor) = wanted.iter().find(|id| !trained.iter().any(|t| t.part == **id))
    {
        return Err(Error::Usage {
            message: format!("the part `{}` has too few sentences to learn from", rules.part(*poor).id),
            help: Some(format!(
                "at least {0} that satisfy it and {0} that don't are wanted, some forty of each to be of use",
                train::FEWEST_SENTENCES
            )),
        });
    }
    std::fs::create_dir_all(output).map_err(|source| Error::Write { path: output.to_owned(), source })?;
    for part in &trained {
        crate::write::file(&output.join(format!("{}.tsv", rules.part(part.part).id)), part.file.as_bytes())?;
    }
    if let Some(places) = places {
        crate::write::file(&output.join("places.tsv"), places.as_bytes())?;
        let certainty = certainty_of(rules, &names, &golds, &trainer, &trained)?;
        crate::write::file(&output.join("certainty.tsv"), certainty.as_bytes())?;
    }
    Ok(summary(rules, &trained, lessons.len()))
}

/// Learns from two thirds of a bank, from the examples and from manuscripts as [`train_files`] does,
/// and judges the last third. Writes nothing: the shipped weights rest on everything.
pub fn hold_out(rules: &RuleSet, pack: Option<&str>, bank: &Path, gold: Option<&Path>) -> Result<Vec<HeldOut>, Error> {
    let Lessons { wanted, of_bank, others } = gather(rules, &rules.section_names, pack, bank, &manuscripts(gold)?)?;
    Ok(held_out::hold_out(rules, of_bank, others, &overlaps(rules), &wanted))
}

/// So many times a share of the manuscripts is left out, so that each is judged by weights that never saw it.
const SHARES: usize = 4;

/// Learns how certain the best sentences of a whole manuscript make each part. Gives the text of
/// `learned/certainty.tsv`.
fn certainty_of(
    rules: &RuleSet,
    names: &SectionNames,
    golds: &[Gold],
    trainer: &Trainer<'_>,
    trained: &[Trained],
) -> Result<String, Error> {
    let known = parts_known(golds, rules);
    let mut taught: Vec<Vec<Taught>> = vec![Vec::new(); rules.parts.len()];
    for share in 0..SHARES {
        let left_out = |number: usize| number % SHARES == share;
        let weights: Vec<(PartId, String)> =
            trained.par_iter().map(|part| (part.part, trainer.without(part, left_out))).collect();
        let mut files: Vec<Option<&str>> = vec![None; rules.parts.len()];
        for (part, file) in &weights {
            files[part.0] = Some(file);
        }
        let model = Model::load(&files, &rules.matcher);
        let numbered: Vec<(usize, &Gold)> = golds.iter().enumerate().filter(|(number, _)| left_out(*number)).collect();
        let of_manuscript = |(_, gold): &(usize, &Gold)| -> Result<Vec<(PartId, Taught)>, Error> {
            let Some((_, own)) = rules.standard(&gold.standard) else { return Ok(Vec::new()) };
            let Some(manuscript) = manuscript_of(gold, names)? else { return Ok(Vec::new()) };
            let stage = Stage::from_name(&gold.stage).unwrap_or(Stage::Report);
            let reading = Reading::new(&manuscript, rules);
            let Some(scores) = WholeScores::new(&reading, rules, &model, own, stage) else { return Ok(Vec::new()) };
            let truth = truth_of_parts(gold, &manuscript, rules, own, &known);
            Ok(truth.into_iter().flat_map(|(part, truth)| lessons_on_whole(rules, &scores, part, &truth)).collect())
        };
        // In the order of the manuscripts, so that sums are the same everywhere.
        let all: Vec<_> = numbered.par_iter().map(of_manuscript).collect::<Result<_, _>>()?;
        for (part, lesson) in all.into_iter().flatten() {
            taught[part.0].push(lesson);
        }
    }
    let learns = |part: &PartId| trained.iter().any(|t| t.part == *part);
    let parts = (0..rules.parts.len()).map(PartId).filter(learns);
    Ok(certainty::train(parts.map(|part| (rules.part(part).id.as_str(), std::mem::take(&mut taught[part.0])))))
}

/// How much it counts that nothing is left of a part once its sentences are gone: others may bear it as well.
const NOTHING_LEFT: f64 = 0.7;

/// What a manuscript teaches of a part: as it is; with all but one of the sentences that bear the part left out,
/// since authors who say it once say it too; and with all of them left out.
fn lessons_on_whole(rules: &RuleSet, scores: &WholeScores, id: PartId, truth: &PartTruth) -> Vec<(PartId, Taught)> {
    let part = rules.part(id);
    let bears = |sentence| truth.sentences.contains(&sentence);
    let taught = |signals, satisfied, weight| (id, Taught { signals, satisfied, weight });
    let mut lessons = vec![taught(scores.signals(part, id, |_| true), truth.satisfied, 1.0)];
    if let count @ 2.. = truth.sentences.len() {
        let alone = |only: &SentenceId| scores.signals(part, id, |sentence| sentence == *only || !bears(sentence));
        lessons.extend(truth.sentences.iter().map(|only| taught(alone(only), true, 1.0 / count as f64)));
    }
    if !truth.sentences.is_empty() {
        lessons.push(taught(scores.signals(part, id, |sentence| !bears(sentence)), false, NOTHING_LEFT));
    }
    lessons
}

/// What is true of a part in a manuscript.
struct PartTruth {
    satisfied: bool,
    /// The sentences that bear it, as far as they were found.
    sentences: Vec<SentenceId>,
}

/// The parts that gold files tell apart, by standard and item: of the others nothing is known.
fn parts_known<'a>(golds: &'a [Gold], rules: &RuleSet) -> BTreeSet<(&'a str, &'a str, PartId)> {
    let of_gold = |gold: &'a Gold| {
        let of_item = |(number, item): (&'a String, &'a GoldItem)| {
            let parts = item.parts.keys().filter_map(|name| rules.parts.iter().position(|p| p.id == *name));
            parts.map(|part| (gold.standard.as_str(), number.as_str(), PartId(part))).collect::<Vec<_>>()
        };
        gold.items.iter().flat_map(of_item)
    };
    golds.iter().flat_map(of_gold).collect()
}

/// What is true of the known parts in a manuscript.
fn truth_of_parts(
    gold: &Gold,
    manuscript: &Manuscript,
    rules: &RuleSet,
    own: &[Rule],
    known: &BTreeSet<(&str, &str, PartId)>,
) -> BTreeMap<PartId, PartTruth> {
    let letters = |sentence: &Sentence| Letters::of(&manuscript.block(sentence.block).text[sentence.range.clone()]);
    let sentences: Vec<Letters> = manuscript.sentences.all().iter().map(letters).collect();
    let mut truth: BTreeMap<PartId, PartTruth> = BTreeMap::new();
    for (number, item) in &gold.items {
        let told = match item.status {
            Status::Missing => true,
            Status::Reported | Status::Partial => !item.parts.is_empty(),
            Status::NotApplicable => false,
        };
        let Some(rule) = own.iter().find(|rule| told && rule.item.to_string() == *number) else { continue };
        for part in rule.parts.iter().map(|p| p.part) {
            if !known.contains(&(gold.standard.as_str(), number.as_str(), part)) {
                continue;
            }
            let quotations = item.parts.get(&rules.part(part).id).map(Vec::as_slice).unwrap_or_default();
            let quoted = Letters::of_all(quotations);
            let all = sentences.iter().enumerate();
            let found = all.filter(|(_, said)| said.begin_with_any(&quoted)).map(|(index, _)| SentenceId(index));
            // Two items may share a part.
            let truth = truth.entry(part).or_insert(PartTruth { satisfied: false, sentences: Vec::new() });
            truth.satisfied |= !quotations.is_empty();
            truth.sentences.extend(found);
        }
    }
    truth
}

fn summary(rules: &RuleSet, trained: &[Trained], lessons: usize) -> String {
    let mut text = format!("{lessons} sentences to learn from\n");
    let _ = writeln!(text, "{:<26} {:>5} {:>6}  recall  false", "part", "yes", "no");
    for t in trained {
        let _ = writeln!(
            text,
            "{:<26} {:>5} {:>6}  {:.3}   {:.4}",
            rules.part(t.part).id,
            t.counts.0,
            t.counts.1,
            t.recall,
            t.false_rate
        );
        for hard in &t.hardest {
            let short: String = hard.chars().take(140).collect();
            let _ = writeln!(text, "    near: {short}");
        }
    }
    text
}
