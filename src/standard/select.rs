//! Selection by weighted evidence: what the title claims, what the abstract and methods say was
//! done, and what speaks against it. The signals are data (`rules/shared/selection.toml`).

use serde::Deserialize;

use super::{Stage, Standard};
use crate::error::nearest;
use crate::lexicon::{Hit, TermId};
use crate::manuscript::{BlockKind, Manuscript, Role, SentenceId};
use crate::rule::Reading;
use crate::written::Written;

/// `shared/selection.toml` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSelection {
    apply: f32,
    consider: f32,
    ratio: f32,
    place: Vec<RawPlace>,
    signal: Vec<RawSignal>,
}

/// `selection.toml` of a pack: signals that are added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSignals {
    signal: Vec<RawSignal>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlace {
    name: Place,
    weight: f32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSignal {
    kind: Written<Kind>,
    #[serde(default, rename = "for")]
    standards: Vec<Written<String>>,
    patterns: Vec<Written<String>>,
    #[serde(default)]
    unless: Vec<Written<String>>,
    weight: f32,
    #[serde(default)]
    places: Vec<Place>,
    because: String,
}

/// Where a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Title,
    Front,
    Abstract,
    Aims,
    Methods,
    Other,
}

/// What a signal speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// The authors say that they did it.
    Claim,
    /// Realist work of either kind: counts for the standard that the nouns of documents or participants support.
    Either,
    /// Words that go with it.
    Support,
    /// Words of realist work of every kind; together at most three points.
    Shared,
    /// Speaks against it.
    Against,
    /// The paper is about the method.
    About,
    /// The text is a protocol.
    Protocol,
    /// The text is a report, whatever the tense.
    Report,
}

#[derive(Debug)]
struct Signal {
    kind: Kind,
    standards: Vec<usize>,
    patterns: Vec<TermId>,
    unless: Vec<TermId>,
    weight: f32,
    places: Vec<Place>,
    because: String,
}

/// The signals, ready.
#[derive(Debug, Default)]
pub struct Selection {
    apply: f32,
    consider: f32,
    ratio: f32,
    places: Vec<(Place, f32)>,
    signals: Vec<Signal>,
}

impl Selection {
    /// Takes thresholds, places and signals. `broad` are the standards (by position) that signals of
    /// realist work of every kind speak for; `term` gives the term of a pattern, or what is wrong
    /// with it; `wrong` hears every mistake: its place in the TOML, what is wrong there, and help.
    pub(crate) fn build(
        raw: RawSelection,
        standards: &[Standard],
        broad: &[usize],
        term: impl FnMut(&str) -> Result<TermId, (String, Option<String>)>,
        wrong: impl FnMut(std::ops::Range<usize>, String, Option<String>),
    ) -> Self {
        let places = raw.place.into_iter().map(|p| (p.name, p.weight)).collect();
        let mut selection =
            Self { apply: raw.apply, consider: raw.consider, ratio: raw.ratio, places, signals: Vec::new() };
        selection.add(RawSignals { signal: raw.signal }, standards, broad, term, wrong);
        selection
    }

    /// Adds signals; the arguments are those of [`Selection::build`].
    pub(crate) fn add(
        &mut self,
        raw: RawSignals,
        standards: &[Standard],
        broad: &[usize],
        mut term: impl FnMut(&str) -> Result<TermId, (String, Option<String>)>,
        mut wrong: impl FnMut(std::ops::Range<usize>, String, Option<String>),
    ) {
        for signal in raw.signal {
            let kind = *signal.kind.get_ref();
            let mut named = Vec::new();
            for id in &signal.standards {
                if let Some(index) = standards.iter().position(|s| s.id == *id.get_ref()) {
                    named.push(index);
                } else {
                    let help = nearest(id.get_ref(), standards.iter().map(|s| s.id.as_str()))
                        .map(|n| format!("did you mean `{n}`?"));
                    wrong(id.span(), format!("there is no standard `{}`", id.get_ref()), help);
                }
            }
            if signal.standards.is_empty() {
                match kind {
                    Kind::Claim | Kind::Support | Kind::Against => {
                        let message = "this signal speaks for no standard, so it would do nothing".to_owned();
                        wrong(signal.kind.span(), message, Some("say which: `for = [\"...\"]`".into()));
                    }
                    Kind::Either | Kind::Shared | Kind::About => named.extend(broad),
                    Kind::Protocol | Kind::Report => {}
                }
            }
            let mut terms = |patterns: &[Written<String>]| -> Vec<TermId> {
                let mut found = Vec::with_capacity(patterns.len());
                for pattern in patterns {
                    match term(pattern.get_ref()) {
                        Ok(term) => found.push(term),
                        Err((message, help)) => wrong(pattern.span(), message, help),
                    }
                }
                found
            };
            let patterns = terms(&signal.patterns);
            let unless = terms(&signal.unless);
            self.signals.push(Signal {
                kind,
                standards: named,
                patterns,
                unless,
                weight: signal.weight,
                places: signal.places,
                because: signal.because,
            });
        }
    }

    fn place_weight(&self, place: Place) -> f32 {
        self.places.iter().find(|(p, _)| *p == place).map_or(1.0, |(_, w)| *w)
    }
}

/// What was chosen, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Position of the standard in the rule set; `None` where none applies.
    pub standard: Option<usize>,
    /// The runner-up, where the evidence is near.
    pub second: Option<usize>,
    /// Two standards are near, or the claim is weak.
    pub ambiguous: bool,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// What it rests on, with the words found.
    pub because: Vec<String>,
    /// The stage.
    pub stage: Stage,
    /// The stage was told by the manuscript's wording, not only by its length.
    pub closest: Option<usize>,
}

/// Chooses the standard and stage of a manuscript.
pub fn select(reading: &Reading<'_>, selection: &Selection, standards: usize) -> Choice {
    let mut claims = vec![0.0_f32; standards];
    let mut support = vec![0.0_f32; standards];
    let mut shared = vec![0.0_f32; standards];
    let mut about = vec![0.0_f32; standards];
    let (mut protocol, mut report) = (0.0_f32, 0.0_f32);
    let (mut either, mut done_so) = (vec![0.0_f32; standards], vec![false; standards]);
    let mut because: Vec<(f32, String)> = Vec::new();
    for signal in &selection.signals {
        let Some((strength, place, sentence)) = strongest(reading, selection, signal) else { continue };
        let found = words_of(reading, signal, sentence);
        let reason = format!("{}: {} (\"{found}\")", place_name(place), signal.because);
        match signal.kind {
            Kind::Claim => {
                for s in &signal.standards {
                    claims[*s] += strength;
                }
                because.push((strength, reason));
            }
            Kind::Either => {
                for s in &signal.standards {
                    either[*s] = either[*s].max(strength);
                    done_so[*s] |= signal.weight >= 2.0;
                }
                because.push((strength, reason));
            }
            Kind::Support => {
                for s in &signal.standards {
                    support[*s] += signal.weight;
                }
            }
            Kind::Shared => {
                for s in &signal.standards {
                    shared[*s] += signal.weight;
                }
            }
            Kind::Against => {
                for s in &signal.standards {
                    claims[*s] -= strength;
                }
                because.push((strength, reason));
            }
            Kind::About => {
                for s in &signal.standards {
                    about[*s] += strength;
                }
                because.push((strength, reason));
            }
            Kind::Protocol => protocol += strength,
            Kind::Report => report += strength,
        }
    }
    // Realist work of some kind goes where the words point, among the standards that it may go to.
    let best_support = (0..standards).filter(|s| either[*s] > 0.0).map(|s| support[s]).fold(0.0, f32::max);
    let totals: Vec<f32> = (0..standards)
        .map(|s| {
            let (claim, own, shared) = (claims[s], support[s], shared[s]);
            let of_either = if own >= best_support { either[s] } else { either[s] * 0.5 };
            let base = claim.max(of_either.min(of_either + claim));
            if claim <= 0.0 && !done_so[s] && base > 0.0 {
                // Realist words alone, without a realist study: never more than a suggestion.
                (base + own.min(3.0) + shared.min(3.0)).min(selection.apply - 0.5)
            } else if base > 0.0 {
                base + own.min(3.0) + shared.min(3.0)
            } else {
                (own.min(1.0) + shared.min(2.0)) * 0.5
            }
        })
        .collect();
    let mut order: Vec<usize> = (0..standards).collect();
    order.sort_by(|a, b| totals[*b].total_cmp(&totals[*a]).then(a.cmp(b)));
    let is_about_it = |s: usize| about[s] > 0.0 && about[s] >= totals[s];
    // A text about one method may still be a study of another kind.
    let first = order.iter().position(|s| !is_about_it(*s)).unwrap_or_default();
    let best = order.get(first).copied();
    let next = order.get(first + 1).copied();
    let score = |index: Option<usize>| index.map_or(0.0, |i| totals[i]);
    because.sort_by(|a, b| b.0.total_cmp(&a.0));
    because.truncate(4);
    let because = because.into_iter().map(|(_, reason)| reason).collect();
    let stage = stage_of(reading.manuscript, protocol, report);
    let (top, second) = (score(best), score(next));
    let is_about = best.is_some_and(is_about_it);
    let applies = top >= selection.apply && !is_about;
    let near = second >= selection.consider && top < second * selection.ratio;
    let weak = !is_about && top >= selection.consider && top < selection.apply;
    Choice {
        standard: if applies || weak { best } else { None },
        second: if applies && near { next } else { None },
        ambiguous: weak || (applies && near),
        confidence: if is_about { 0.0 } else { (top / (top + second + 4.0)).clamp(0.0, 1.0) },
        because,
        stage,
        closest: order.first().copied().filter(|s| totals[*s] > 0.0),
    }
}

/// The strongest standing of a signal: its weight times its place's, the place, and the sentence.
fn strongest(reading: &Reading<'_>, selection: &Selection, signal: &Signal) -> Option<(f32, Place, SentenceId)> {
    let mut best: Option<(f32, Place, SentenceId)> = None;
    for id in reading.sentences_with_any(&signal.patterns).iter().copied() {
        let sentence = &reading.sentences[id.0];
        if signal.unless.iter().any(|term| sentence.terms.contains(*term)) {
            continue;
        }
        let Some(place) = place_of(reading.manuscript, id) else { continue };
        if !signal.places.is_empty() && !signal.places.contains(&place) {
            continue;
        }
        let told_of_others = sentence.other && !sentence.own;
        let body = !matches!(place, Place::Title | Place::Front);
        if matches!(signal.kind, Kind::Claim | Kind::Either)
            && body
            && (told_of_others || sentence.citation && !sentence.own)
        {
            continue;
        }
        let strength = signal.weight * selection.place_weight(place);
        if best.is_none_or(|(s, _, _)| strength > s) {
            best = Some((strength, place, id));
        }
    }
    best
}

fn place_of(manuscript: &Manuscript, id: SentenceId) -> Option<Place> {
    let block = manuscript.sentences.all()[id.0].block;
    Some(match manuscript.block(block).kind {
        BlockKind::Title => Place::Title,
        BlockKind::Reference | BlockKind::Code => return None,
        BlockKind::Metadata => Place::Front,
        _ => match manuscript.role_of(block) {
            Role::References => return None,
            Role::Abstract => Place::Abstract,
            Role::Front if manuscript.word_count() < 1500 => Place::Abstract,
            Role::Aims => Place::Aims,
            Role::Methods => Place::Methods,
            _ => Place::Other,
        },
    })
}

fn place_name(place: Place) -> &'static str {
    match place {
        Place::Title => "title",
        Place::Front => "keywords and front matter",
        Place::Abstract => "abstract",
        Place::Aims => "aims",
        Place::Methods => "methods",
        Place::Other => "text",
    }
}

/// The words of the text that the signal matched.
fn words_of(reading: &Reading<'_>, signal: &Signal, sentence: SentenceId) -> String {
    let here = &reading.sentences[sentence.0];
    let hit = here.hits.iter().find(|hit| signal.patterns.contains(&hit.term));
    let word = |word| reading.word(word);
    let words = |hit: &Hit| here.words[hit.start as usize..hit.end as usize].iter().copied().map(word);
    hit.map_or_else(String::new, |hit| words(hit).collect::<Vec<_>>().join(" "))
}

/// A text of fewer words of prose than this is no full report.
const SHORT: usize = 1300;

fn stage_of(manuscript: &Manuscript, protocol: f32, report: f32) -> Stage {
    let words = manuscript.word_count();
    let planned = protocol > report && protocol >= 4.0;
    if words < 30 {
        return if planned { Stage::Protocol } else { Stage::Fragment };
    }
    let titled_protocol = protocol >= 15.0;
    if planned && (words >= SHORT || titled_protocol) {
        return Stage::Protocol;
    }
    let has_references = manuscript.blocks.iter().filter(|b| b.kind == BlockKind::Reference).count() > 5;
    if words < SHORT && !has_references { Stage::Abstract } else { Stage::Report }
}
