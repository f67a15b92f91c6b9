//! Findings about labels: what is named and never defined, defined and never discussed, numbered
//! twice or with a gap, or written in several ways.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Context;
use crate::cmo::{Configuration, ConfigurationStage, Family, Form, Identifier, Mention, Style, likeness};
use crate::error::nearest;
use crate::finding::{Finding, Place};
use crate::manuscript::{BlockKind, Role};
use crate::rule::{OtherFinding, Severity};

/// Every label that something in the manuscript defines.
fn defined(cx: &Context<'_>) -> BTreeSet<Identifier> {
    let mut all: BTreeSet<Identifier> = cx.configurations().iter().filter_map(|c| c.key.clone()).collect();
    for mention in cx.judged.compilation.mentions.iter().filter(|m| m.ids.len() == 1) {
        let block = cx.manuscript.block(mention.block);
        // A heading defines what it names wherever in it the label stands.
        if !mention.leading && !matches!(block.kind, BlockKind::Heading { .. }) {
            continue;
        }
        let after = block.text[mention.range.end..].trim_start_matches(['*', ')', ']']);
        let labels = matches!(block.kind, BlockKind::Heading { .. } | BlockKind::TableRow { .. } | BlockKind::Caption)
            || after.is_empty()
            || after.starts_with(['.', ':', '\n', '|', '\u{2013}', '\u{2014}'])
            || after.starts_with(" -")
            || (after.starts_with([',', ' ']) && block.run_in.as_ref().is_some_and(|r| r.end >= mention.range.end));
        if labels {
            all.insert(mention.ids[0].clone());
        }
    }
    all
}

/// Labels by family, for telling what a mention can mean.
struct Known {
    all: BTreeSet<Identifier>,
    of_family: BTreeMap<Family, usize>,
}

impl Known {
    fn new(cx: &Context<'_>) -> Self {
        let all = defined(cx);
        let mut of_family = BTreeMap::new();
        for id in &all {
            *of_family.entry(id.family).or_insert(0) += 1;
        }
        Self { all, of_family }
    }

    /// Whether a label's number is defined in a family, itself, as a part, or as the whole of parts.
    fn has(&self, family: Family, number: &str) -> bool {
        let is = |number: &str| self.all.contains(&Identifier { family, number: number.to_owned() });
        let stem = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let whole = number.split(['.', '(']).next().unwrap_or(number);
        is(number)
            || !stem.is_empty() && is(stem)
            || is(whole)
            || ["a", "b", ".1", "(i)"].iter().any(|part| is(&format!("{number}{part}")))
    }

    /// Whether the label means something that is defined, under this name or another.
    fn resolves(&self, id: &Identifier) -> bool {
        if self.has(id.family, &id.number) {
            return true;
        }
        // A family that defines labels of its own is not looked past.
        let own = self.of_family.get(&id.family).copied().unwrap_or(0);
        own < 2 && self.of_family.keys().any(|family| *family != id.family && self.has(*family, &id.number))
    }

    /// Whether enough is defined for a label to be missed.
    fn expects(&self, mention: &Mention, id: &Identifier) -> bool {
        let own = self.of_family.get(&id.family).copied().unwrap_or(0);
        let bare = self.of_family.get(&Family::Bare).copied().unwrap_or(0);
        let kin = self.of_family.values().sum::<usize>();
        own >= 2
            || (id.family == Family::Configuration && bare >= 2)
            || (own == 0 && kin >= 3 && id.family != Family::Statement && !is_code(mention, own))
    }
}

/// Labels that the text names and nothing defines.
pub(super) fn undefined(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let known = Known::new(cx);
    let mut found = Vec::new();
    let mut said: BTreeSet<&Identifier> = BTreeSet::new();
    // `All CMOCs are in Supplementary file 2`: what isn't defined here is defined there.
    let all_elsewhere = cx.statements().any(|s| cx.sentence_has(s, rule.words("all-elsewhere")));
    for mention in &cx.judged.compilation.mentions {
        let sentence = cx.sentence_at(mention.block, mention.range.start);
        for id in &mention.ids {
            if !known.expects(mention, id) || known.resolves(id) || said.contains(id) {
                continue;
            }
            let reading = sentence.map(|s| &cx.judged.reading.sentences[s]);
            if sentence.is_some_and(|s| cx.sentence_has(s, rule.words("others")))
                || reading.is_some_and(|r| r.other && !r.own)
            {
                continue;
            }
            said.insert(id);
            let names: Vec<String> = nearest_ids(&known, id);
            let claim = mention.style.with(&id.number);
            let near = names.first().map_or_else(
                || "nothing like it is defined".to_owned(),
                |n| format!("the nearest that is defined is {n}"),
            );
            let place = Place { block: mention.block, range: mention.range.clone() };
            let mut finding = cx.finding(rule, &[("claim", &claim), ("nearest", &near)], Some(place));
            // The definition may stand in the supplement, or the theory was given up.
            let elsewhere = sentence.is_some_and(|s| {
                cx.sentence_has(s, rule.words("gone")) || cx.sentence_has(s, rule.words("supplement"))
            }) || all_elsewhere;
            if elsewhere {
                finding.severity = Severity::Note;
                finding.confidence *= 0.5;
            }
            if let Some(near) = nearest_configuration(cx, &known, id) {
                finding.related.push(("the nearest is defined here".into(), near));
            }
            found.push(finding);
        }
    }
    found
}

/// Whether a label may as well be a participant's code: `PT4` where nothing defines theories so.
fn is_code(mention: &Mention, defined: usize) -> bool {
    defined < 2 && mention.style.name.len() <= 3 && mention.ids[0].family == Family::Theory
}

/// The defined labels of the same family nearest to one, by number, then by spelling.
fn nearest_ids(known: &Known, id: &Identifier) -> Vec<String> {
    let family =
        if known.of_family.contains_key(&id.family) { Some(id.family) } else { known.of_family.keys().next().copied() };
    let of_family: Vec<&Identifier> = known.all.iter().filter(|k| Some(k.family) == family).collect();
    if let Some(number) = id.whole() {
        let by_number = of_family.iter().filter_map(|k| Some((k.whole()?.abs_diff(number), k))).min_by_key(|(d, _)| *d);
        if let Some((_, near)) = by_number {
            return vec![near.to_string()];
        }
    }
    let names: Vec<String> = of_family.iter().map(ToString::to_string).collect();
    nearest(&id.to_string(), names.iter().map(String::as_str)).map(str::to_owned).into_iter().collect()
}

fn nearest_configuration(cx: &Context<'_>, known: &Known, id: &Identifier) -> Option<Place> {
    let near = nearest_ids(known, id).into_iter().next()?;
    let configuration = cx.configurations().iter().find(|c| c.key.as_ref().is_some_and(|k| k.to_string() == near))?;
    Some(Place { block: configuration.block, range: configuration.range.clone() })
}

/// Configurations of a table that the text never comes to, while it discusses most of the others.
pub(super) fn undiscussed(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut named: BTreeSet<&Identifier> = BTreeSet::new();
    for mention in &cx.judged.compilation.mentions {
        if !matches!(cx.manuscript.block(mention.block).kind, BlockKind::TableRow { .. }) {
            named.extend(&mention.ids);
        }
    }
    let spoken = |key: &Identifier| {
        named.contains(key)
            || key.family == Family::Bare
                && [Family::Configuration, Family::Theory, Family::Initial]
                    .iter()
                    .any(|family| named.contains(&Identifier { family: *family, number: key.number.clone() }))
    };
    let rows: Vec<&Configuration> = cx
        .configurations()
        .iter()
        .filter(|c| c.form == Form::TableRow && c.stage != ConfigurationStage::Initial && c.key.is_some())
        .collect();
    let told = |c: &Configuration| {
        c.key.as_ref().is_some_and(&spoken) || c.name.as_ref().is_some_and(|name| name_in_heading(cx, name))
    };
    let discussed = rows.iter().filter(|c| told(c)).count();
    if rows.len() < 3 || (discussed as f32) < rule.limit("others-discussed") * rows.len() as f32 {
        return Vec::new();
    }
    rows.into_iter()
        .filter(|c| !told(c))
        .map(|c| {
            let detail = format!("{discussed} others are");
            let place = Place { block: c.block, range: c.range.clone() };
            cx.finding(rule, &[("claim", &c.called()), ("detail", &detail)], Some(place))
        })
        .collect()
}

fn name_in_heading(cx: &Context<'_>, name: &str) -> bool {
    let headings = cx.manuscript.sections.iter().filter_map(|s| cx.manuscript.heading_text(s));
    headings.into_iter().any(|h| likeness(h, name) > 0.6)
}

/// A number that two different statements bear, or that is left out.
pub(super) fn numbering(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut series: BTreeMap<(Family, bool), Vec<(&Identifier, &Configuration)>> = BTreeMap::new();
    for configuration in cx.configurations() {
        if let Some(key) = &configuration.key {
            let initial = configuration.stage == ConfigurationStage::Initial;
            series.entry((key.family, initial)).or_default().push((key, configuration));
        }
    }
    let text_of = |c: &Configuration| -> String {
        let parts: Vec<&str> =
            c.components.iter().map(|p| &cx.manuscript.block(p.block).text[p.range.clone()]).collect();
        if parts.is_empty() { cx.manuscript.block(c.block).text[c.range.clone()].to_owned() } else { parts.join(" ") }
    };
    for all in series.values() {
        let mut first_of: FxHashMap<&Identifier, &Configuration> = FxHashMap::default();
        for (key, configuration) in all {
            match first_of.get(key) {
                None => {
                    first_of.insert(key, configuration);
                }
                Some(first) => {
                    let different = first.block != configuration.block
                        && likeness(&text_of(first), &text_of(configuration)) < rule.limit("same-text");
                    if different {
                        let fields = [
                            ("claim", configuration.called()),
                            ("detail", "the number is taken by another statement".into()),
                        ];
                        let fields: Vec<(&str, &str)> =
                            fields.iter().map(|(k, v): &(&str, String)| (*k, v.as_str())).collect();
                        let mut second = cx.finding(rule, &fields, Some(cx.place_of(configuration)));
                        second.severity = Severity::Error;
                        second.related.push(("first used here".into(), cx.place_of(first)));
                        found.push(second);
                    }
                }
            }
        }
        found.extend(gaps(cx, rule, all));
    }
    found
}

/// Whole numbers left out of a series without a word on them.
fn gaps(cx: &Context<'_>, rule: &OtherFinding, all: &[(&Identifier, &Configuration)]) -> Vec<Finding> {
    let mut numbers: Vec<(u32, &Configuration)> =
        all.iter().filter_map(|(key, c)| key.whole().map(|n| (n, *c))).collect();
    if numbers.len() < rule.limit("fewest") as usize || numbers.len() * 4 < all.len() * 3 {
        return Vec::new();
    }
    numbers.sort_by_key(|(n, _)| *n);
    let family = all[0].0.family;
    let mut found = Vec::new();
    for pair in numbers.windows(2) {
        let (before, after) = (pair[0].0, pair[1].0);
        if after < before + 2 || after - before > 4 {
            continue;
        }
        let missing: Vec<u32> = (before + 1..after).collect();
        let explained = |number: u32| {
            let id = Identifier { family, number: number.to_string() };
            cx.judged.compilation.mentions.iter().filter(|m| m.ids.contains(&id)).any(|m| {
                cx.sentence_at(m.block, m.range.start)
                    .is_some_and(|s| cx.sentence_has(s, rule.words("gone")) || cx.judged.reading.sentences[s].pointer)
            }) || cx.configurations().iter().any(|c| {
                c.key.as_ref().is_some_and(|k| k.number.trim_end_matches(char::is_alphabetic) == number.to_string())
                    && c.stage == pair[1].1.stage
            })
        };
        let left: Vec<String> = missing.into_iter().filter(|n| !explained(*n)).map(|n| n.to_string()).collect();
        if left.is_empty() {
            continue;
        }
        let configuration = pair[1].1;
        let detail = format!("{} is left out before it", left.join(" and "));
        let mut finding = cx.finding(
            rule,
            &[("claim", &configuration.called()), ("detail", &detail)],
            Some(cx.place_of(configuration)),
        );
        finding.related.push(("the one before".into(), cx.place_of(pair[0].1)));
        found.push(finding);
    }
    found
}

/// Labels written in another way than those of the definitions.
pub(super) fn drift(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let known = Known::new(cx);
    let mut styles: BTreeMap<Family, BTreeMap<&Style, usize>> = BTreeMap::new();
    for configuration in cx.configurations() {
        if let (Some(key), Some(style)) = (&configuration.key, &configuration.style) {
            *styles.entry(key.family).or_default().entry(style).or_insert(0) += 3;
        }
    }
    // Where tables number their rows without a name, the text's own habit is the rule.
    for mention in &cx.judged.compilation.mentions {
        *styles.entry(mention.ids[0].family).or_default().entry(&mention.style).or_insert(0) += 1;
    }
    let usual: BTreeMap<Family, &Style> = styles
        .iter()
        .filter_map(|(family, counts)| {
            let best = counts.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))?;
            Some((*family, *best.0))
        })
        .collect();
    let mut found = Vec::new();
    for mention in &cx.judged.compilation.mentions {
        if cx.manuscript.role_of(mention.block) == Role::Glossary {
            continue;
        }
        let id = &mention.ids[0];
        if is_code(mention, known.of_family.get(&id.family).copied().unwrap_or(0)) {
            continue;
        }
        let Some(style) = usual_style(&known, &usual, id) else { continue };
        if same_style(&mention.style, style) || !known.resolves(id) {
            continue;
        }
        let claim = style.with(&id.number);
        let detail = written(cx, mention);
        let place = Place { block: mention.block, range: mention.range.clone() };
        found.push(cx.finding(rule, &[("claim", &claim), ("detail", &detail)], Some(place)));
    }
    found
}

/// The usual way to write a label: of its own family where that defines any, else of the family
/// that defines its number.
fn usual_style<'a>(known: &Known, usual: &BTreeMap<Family, &'a Style>, id: &Identifier) -> Option<&'a Style> {
    let own = known.of_family.get(&id.family).copied().unwrap_or(0);
    if own >= 2 || known.of_family.contains_key(&Family::Bare) || known.has(id.family, &id.number) {
        return usual.get(&id.family).copied();
    }
    let other = known.of_family.iter().filter(|(f, n)| **f != id.family && **n >= 2).max_by_key(|(_, n)| **n)?;
    known.has(*other.0, &id.number).then(|| usual.get(other.0).copied()).flatten()
}

/// Whether two styles are one to a reader: a no-break space is a space.
fn same_style(a: &Style, b: &Style) -> bool {
    a == b
}

fn written(cx: &Context<'_>, mention: &Mention) -> String {
    cx.manuscript.block(mention.block).text[mention.range.clone()].to_owned()
}
