//! How right realint is: verdicts, configurations and findings against manuscripts with known truth
//! ([`crate::gold`]). For authors of rules, who want to see what a change does.

pub mod bootstrap;
mod outcome;
mod quotation;
pub mod tally;
mod titles;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use self::bootstrap::{Interval, intervals};
use self::outcome::{How, Outcome, outcome};
use self::tally::{MEASURES, Tally};
pub use self::titles::TitleList;
use crate::error::Error;
use crate::gold::{self, Gold};
use crate::rule::RuleSet;

/// The name of the contract.
pub const SCHEMA: &str = "realint-evaluation/1";

/// How many resamples intervals rest on where nobody says otherwise.
pub const RESAMPLES: usize = 2000;

/// How to evaluate.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Delete the evidence of each reported item, one item at a time, and see whether that is noticed.
    pub deletion: bool,
    /// Judge items by the standard and stage that are true, not by those that realint chooses.
    pub standard_given: bool,
    /// Resamples for intervals; 0 for none.
    pub resamples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { deletion: false, standard_given: false, resamples: RESAMPLES }
    }
}

/// How right realint was.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// `realint-evaluation/1`.
    pub schema: &'static str,
    /// Resamples behind the intervals.
    pub resamples: usize,
    /// Items were judged by the standard and stage that are true.
    pub standard_given: bool,
    /// One a folder, then, if there are several, one over all of them.
    pub groups: Vec<Group>,
}

/// How right realint was about some manuscripts.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// The folder as given, or `all`.
    pub name: String,
    /// How many manuscripts there were.
    pub manuscripts: usize,
    /// All figures together.
    pub figures: Vec<Figure>,
    /// The same for the manuscripts of each standard, and for those of each format.
    pub standards: Vec<Subgroup>,
    /// By format.
    pub formats: Vec<Subgroup>,
    /// Each item of each standard.
    pub items: Vec<ItemFigures>,
    /// Lists of titles in the folder.
    pub titles: Vec<TitleList>,
    /// Manuscripts that could not be read, and why.
    pub unread: Vec<Unread>,
}

/// Manuscripts of one standard or format.
#[derive(Debug, Clone, Serialize)]
pub struct Subgroup {
    /// The standard or format.
    pub name: String,
    /// How many manuscripts there were.
    pub manuscripts: usize,
    /// All figures.
    pub figures: Vec<Figure>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Its name.
    pub id: &'static str,
    /// What it is.
    pub words: &'static str,
    /// Its value; `null` where there was nothing to take it from.
    pub value: Option<f64>,
    /// How many things it is taken from.
    pub n: u32,
    /// Where it lies with a probability of 95 %, by resampling manuscripts.
    pub interval: Option<Interval>,
}

/// How right realint was about one item.
#[derive(Debug, Clone, Serialize)]
pub struct ItemFigures {
    /// The standard.
    pub standard: String,
    /// The item's number.
    pub item: u32,
    /// Its short name.
    pub name: String,
    /// Manuscripts to which it applies.
    pub n: u32,
    /// Of these, those that lack it wholly.
    pub lacking: u32,
    /// Its figures: those that make sense for one item.
    pub figures: Vec<Figure>,
}

/// A manuscript that could not be read.
#[derive(Debug, Clone, Serialize)]
pub struct Unread {
    /// Its short name.
    pub slug: String,
    /// Why.
    pub reason: String,
}

/// The figures that are shown of a single item.
const OF_ITEMS: [&str; 9] = [
    "item_accuracy",
    "not_found_precision",
    "not_found_recall",
    "not_found_f1",
    "attention_precision",
    "attention_recall",
    "kappa_three_class",
    "unclear_rate",
    "deletion_noticed",
];

/// The name of the group over all folders.
const ALL: &str = "all";

/// Evaluates each folder, and all of them together if there are several. Manuscripts are checked in
/// parallel; what comes out doesn't depend on the number of threads.
///
/// Errors: a folder can't be read or holds no known truth; a gold file is broken, names a manuscript
/// that isn't there, or doesn't fit the rules. All such files are named, each with the place.
pub fn evaluate(folders: &[PathBuf], rules: &RuleSet, options: Options) -> Result<Evaluation, Error> {
    let mut read: Vec<(String, Vec<Gold>, Vec<TitleList>)> = Vec::new();
    let mut errors = Vec::new();
    for folder in folders {
        let golds = gold::read_folder(folder)?;
        errors.extend(golds.iter().flat_map(|gold| gold.mistakes(rules)));
        let titles = titles::title_lists(folder, rules)?;
        if golds.is_empty() && titles.is_empty() {
            return Err(Error::NoGold { path: folder.clone() });
        }
        read.push((shown(folder), golds, titles));
    }
    if let Some(error) = Error::all_of(errors, "the gold files") {
        return Err(error);
    }
    let how = How { standard_given: options.standard_given, deletion: options.deletion };
    let mut groups = Vec::new();
    let mut all: Vec<Outcome> = Vec::new();
    for (name, golds, titles) in read {
        let outcomes: Vec<Outcome> = golds.par_iter().map(|gold| outcome(gold, rules, how)).collect();
        groups.push(group(name, &outcomes, titles, rules, options.resamples));
        all.extend(outcomes);
    }
    if groups.len() > 1 {
        groups.push(group(ALL.into(), &all, Vec::new(), rules, options.resamples));
    }
    Ok(Evaluation { schema: SCHEMA, resamples: options.resamples, standard_given: options.standard_given, groups })
}

/// A folder's name with plain slashes and none at the end.
fn shown(folder: &Path) -> String {
    let name = folder.to_string_lossy().replace('\\', "/");
    match name.trim_end_matches('/') {
        "" => name,
        trimmed => trimmed.to_owned(),
    }
}

fn group(name: String, outcomes: &[Outcome], titles: Vec<TitleList>, rules: &RuleSet, resamples: usize) -> Group {
    let standards: BTreeSet<&str> = outcomes.iter().map(|o| o.standard.as_str()).collect();
    let formats: BTreeSet<&str> = outcomes.iter().filter_map(|o| Some(o.format?.name())).collect();
    let of_format = |name: &str| subgroup(name, outcomes, |o| o.format.is_some_and(|f| f.name() == name), resamples);
    Group {
        name,
        manuscripts: outcomes.len(),
        figures: figures(&tallies(outcomes, |_| true), resamples, None),
        standards: standards.iter().map(|name| subgroup(name, outcomes, |o| o.standard == *name, resamples)).collect(),
        formats: formats.into_iter().map(of_format).collect(),
        items: standards.into_iter().flat_map(|standard| items(standard, outcomes, rules, resamples)).collect(),
        titles,
        unread: outcomes
            .iter()
            .filter_map(|o| Some(Unread { slug: o.slug.clone(), reason: o.failure.clone()? }))
            .collect(),
    }
}

fn tallies(outcomes: &[Outcome], wanted: impl Fn(&Outcome) -> bool) -> Vec<Tally> {
    outcomes.iter().filter(|o| wanted(o)).map(|o| o.all.clone()).collect()
}

fn subgroup(name: &str, outcomes: &[Outcome], wanted: impl Fn(&Outcome) -> bool, resamples: usize) -> Subgroup {
    let tallies = tallies(outcomes, wanted);
    Subgroup { name: name.to_owned(), manuscripts: tallies.len(), figures: figures(&tallies, resamples, None) }
}

fn items(standard: &str, outcomes: &[Outcome], rules: &RuleSet, resamples: usize) -> Vec<ItemFigures> {
    let mut by_item: BTreeMap<u32, Vec<Tally>> = BTreeMap::new();
    for outcome in outcomes.iter().filter(|o| o.standard == standard) {
        for (item, tally) in &outcome.items {
            by_item.entry(*item).or_default().push(tally.clone());
        }
    }
    let name = |item: u32| {
        let rule = rules.standard(standard).and_then(|(_, own)| own.iter().find(|rule| rule.item == item));
        rule.map_or_else(String::new, |rule| rule.name.clone())
    };
    by_item
        .into_iter()
        .map(|(item, tallies)| {
            let sum: Tally = tallies.iter().sum();
            ItemFigures {
                standard: standard.to_owned(),
                item,
                name: name(item),
                n: sum.items,
                lacking: sum.not_found.hits + sum.not_found.misses,
                figures: figures(&tallies, resamples, Some(&OF_ITEMS)),
            }
        })
        .collect()
}

/// The figures that manuscripts give together, with their intervals. `wanted` names some of them.
fn figures(tallies: &[Tally], resamples: usize, wanted: Option<&[&str]>) -> Vec<Figure> {
    let measures: Vec<_> =
        MEASURES.iter().filter(|measure| wanted.is_none_or(|wanted| wanted.contains(&measure.id))).collect();
    let sum: Tally = tallies.iter().sum();
    let intervals = intervals(tallies, resamples, measures.len(), |tally: &Tally, out| {
        out.extend(measures.iter().map(|measure| (measure.value)(tally)));
    });
    measures
        .iter()
        .zip(intervals)
        .map(|(measure, interval)| {
            let value = (measure.value)(&sum);
            let interval = interval.filter(|_| value.is_some());
            Figure { id: measure.id, words: measure.words, value, n: (measure.n)(&sum), interval }
        })
        .collect()
}
