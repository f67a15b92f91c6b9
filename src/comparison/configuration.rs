//! Configurations of two versions: which were added or removed, and what changed in the others.
//!
//! A configuration is known by its label and its words together: labels are often numbered anew in a
//! revision, and the words of one that keeps its label may all be new.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::likeness::{Words, normalised, pairs};
use crate::cmo::{ComponentKind, ConfigurationStage, SupportKind};
use crate::report::{ComponentReport, ConfigurationReport, SupportReport};
use crate::source::Location;

/// From this score on two configurations are one: enough words in common, or the same label.
const SAME: f32 = 0.5;
/// What the same label adds.
const SAME_LABEL: f32 = 0.5;
/// What the same stage adds, so that an initial theory isn't taken for what became of it.
const SAME_STAGE: f32 = 0.1;

/// Configurations of two versions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ComparedConfigurations {
    /// In the new version only.
    pub added: Vec<NamedConfiguration>,
    /// In the old version only.
    pub removed: Vec<NamedConfiguration>,
    /// In both, with another label, stage, part or support.
    pub changed: Vec<ChangedConfiguration>,
    /// In both, the same.
    pub kept: Vec<KeptConfiguration>,
}

/// How a configuration is known, and where it stands.
#[derive(Debug, Clone, Serialize)]
pub struct NamedConfiguration {
    /// Its label, `null` without one.
    pub id: Option<String>,
    /// Its name beside the label, `null` without one.
    pub name: Option<String>,
    /// Its place in the list of its version, from 0.
    pub index: usize,
    /// `initial`, `refined` or `unknown`.
    pub stage: ConfigurationStage,
    /// Something stands behind it.
    pub supported: bool,
    /// Where it stands.
    pub location: Location,
}

/// A configuration that is the same in both.
#[derive(Debug, Clone, Serialize)]
pub struct KeptConfiguration {
    /// In the old version.
    pub old: NamedConfiguration,
    /// In the new version.
    pub new: NamedConfiguration,
}

/// A configuration that isn't what it was.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedConfiguration {
    /// In the old version.
    pub old: NamedConfiguration,
    /// In the new version.
    pub new: NamedConfiguration,
    /// Parts that were added, removed or written in other words.
    pub parts: Vec<ChangedPart>,
    /// Support that came or went.
    pub support: ChangedSupport,
    /// What it lacked and has now: `context`, `mechanism`, `outcome`, `support`.
    pub gained: Vec<&'static str>,
    /// What it had and lacks now.
    pub lost: Vec<&'static str>,
}

/// A part that changed: added where it has no old words, removed where it has no new ones.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedPart {
    /// Which part.
    pub part: ComponentKind,
    /// The old words.
    pub old: Option<ComponentReport>,
    /// The new words.
    pub new: Option<ComponentReport>,
}

/// Support that came or went. Numbers of references are not compared: they change with the list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChangedSupport {
    /// In the new version only.
    pub gained: Vec<SupportReport>,
    /// In the old version only.
    pub lost: Vec<SupportReport>,
}

const KINDS: [ComponentKind; 5] = [
    ComponentKind::Intervention,
    ComponentKind::Actor,
    ComponentKind::Context,
    ComponentKind::Mechanism,
    ComponentKind::Outcome,
];

pub(super) fn compared(old: &[ConfigurationReport], new: &[ConfigurationReport]) -> ComparedConfigurations {
    let words = |all: &[ConfigurationReport]| all.iter().map(|c| Words::of(&of_parts(c))).collect::<Vec<_>>();
    let (words_old, words_new) = (words(old), words(new));
    let score = |o: usize, n: usize| {
        let (was, is) = (&old[o], &new[n]);
        let label = if was.key.is_some() && was.key == is.key { SAME_LABEL } else { 0.0 };
        let score = words_old[o].likeness(&words_new[n]) + label;
        let stage = if was.stage == is.stage { SAME_STAGE } else { 0.0 };
        (score >= SAME).then_some(score + stage)
    };
    let every = |all: &[ConfigurationReport]| (0..all.len()).collect::<Vec<_>>();
    let mut pairs = pairs(&every(old), &every(new), score);
    pairs.sort_by_key(|(_, n)| *n);
    let named = |all: &[ConfigurationReport], index: usize| NamedConfiguration {
        id: all[index].id.clone(),
        name: all[index].name.clone(),
        index,
        stage: all[index].stage,
        supported: all[index].supported,
        location: all[index].location.clone(),
    };
    let mut compared = ComparedConfigurations::default();
    for (o, n) in &pairs {
        let (was, is) = (&old[*o], &new[*n]);
        let (parts, support) = (changed_parts(was, is), changed_support(was, is));
        let same = was.key == is.key
            && was.name.as_deref().map(normalised) == is.name.as_deref().map(normalised)
            && was.stage == is.stage
            && parts.is_empty()
            && support.gained.is_empty()
            && support.lost.is_empty();
        let (old, new) = (named(old, *o), named(new, *n));
        if same {
            compared.kept.push(KeptConfiguration { old, new });
        } else {
            let has = |c| core(c).into_iter().filter_map(|(name, has)| has.then_some(name)).collect::<Vec<_>>();
            let (had, has) = (has(was), has(is));
            let lost = had.iter().filter(|part| !has.contains(part) && wanted(is, part)).copied().collect();
            let gained = has.iter().filter(|part| !had.contains(part)).copied().collect();
            compared.changed.push(ChangedConfiguration { old, new, parts, support, gained, lost });
        }
    }
    let (of_old, of_new): (BTreeSet<usize>, BTreeSet<usize>) = pairs.into_iter().unzip();
    let alone = |all: &[ConfigurationReport], paired: &BTreeSet<usize>| {
        (0..all.len()).filter(|index| !paired.contains(index)).map(|index| named(all, index)).collect()
    };
    compared.removed = alone(old, &of_old);
    compared.added = alone(new, &of_new);
    compared
}

/// What a configuration should have, and whether it has it.
fn core(configuration: &ConfigurationReport) -> [(&'static str, bool); 4] {
    let parts = &configuration.components;
    [
        ("context", !parts.context.is_empty()),
        ("mechanism", !parts.mechanism.is_empty()),
        ("outcome", !parts.outcome.is_empty()),
        ("support", configuration.supported),
    ]
}

/// Whether a configuration without it lacks something: one that says that it is partial lacks no part,
/// and an initial theory has no support yet.
fn wanted(configuration: &ConfigurationReport, part: &str) -> bool {
    if part == "support" { configuration.stage != ConfigurationStage::Initial } else { !configuration.dyad }
}

fn of_kind(configuration: &ConfigurationReport, kind: ComponentKind) -> &[ComponentReport] {
    let parts = &configuration.components;
    match kind {
        ComponentKind::Context => &parts.context,
        ComponentKind::Mechanism => &parts.mechanism,
        ComponentKind::Outcome => &parts.outcome,
        ComponentKind::Intervention => &parts.intervention,
        ComponentKind::Actor => &parts.actor,
    }
}

/// The words of all parts; of a configuration without any, its whole statement.
fn of_parts(configuration: &ConfigurationReport) -> String {
    let parts = KINDS.into_iter().flat_map(|kind| of_kind(configuration, kind));
    let texts: Vec<&str> = parts.map(|part| part.text.as_str()).collect();
    if texts.is_empty() { configuration.block_text.clone() } else { texts.join(" ") }
}

fn changed_parts(old: &ConfigurationReport, new: &ConfigurationReport) -> Vec<ChangedPart> {
    let mut changed = Vec::new();
    for part in KINDS {
        let (was, is) = only(of_kind(old, part), of_kind(new, part));
        for index in 0..was.len().max(is.len()) {
            changed.push(ChangedPart { part, old: was.get(index).cloned(), new: is.get(index).cloned() });
        }
    }
    changed
}

fn changed_support(old: &ConfigurationReport, new: &ConfigurationReport) -> ChangedSupport {
    let key = |support: &SupportReport| {
        let words = normalised(&support.text);
        let numbers = support.kind == SupportKind::Citation && !words.contains(char::is_alphabetic);
        (support.kind, if numbers { String::new() } else { words })
    };
    // The same source is often cited again and again: what counts is whether it is there.
    let there = |all: &[SupportReport]| all.iter().map(key).collect::<BTreeSet<_>>();
    let (was, is) = (there(&old.evidence), there(&new.evidence));
    let without = |all: &[SupportReport], other: &BTreeSet<_>| {
        all.iter().filter(|support| !other.contains(&key(support))).cloned().collect()
    };
    ChangedSupport { gained: without(&new.evidence, &was), lost: without(&old.evidence, &is) }
}

/// What stands in one list only, or once more in it than in the other.
fn only(old: &[ComponentReport], new: &[ComponentReport]) -> (Vec<ComponentReport>, Vec<ComponentReport>) {
    let mut balance: BTreeMap<String, isize> = BTreeMap::new();
    for (all, step) in [(old, 1), (new, -1)] {
        all.iter().for_each(|part| *balance.entry(normalised(&part.text)).or_default() += step);
    }
    let mut left = |all: &[ComponentReport], step: isize| {
        let more = |part: &&ComponentReport| {
            let Some(more) = balance.get_mut(&normalised(&part.text)).filter(|more| **more * step > 0) else {
                return false;
            };
            *more -= step;
            true
        };
        all.iter().filter(more).cloned().collect::<Vec<_>>()
    };
    (left(old, 1), left(new, -1))
}
