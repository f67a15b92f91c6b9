//! Findings about single configurations: what they lack, what is taken for something else, what
//! stands behind them.

use super::{Context, has_any, is_result};
use crate::cmo::{ComponentKind, Configuration, Facet, Form, Variant, share_within};
use crate::finding::{Finding, Place};
use crate::manuscript::{Block, BlockKind, CitationKind, Role};
use crate::rule::{Check, OtherFinding, Severity};

/// What a configuration lacks, each in the order in which it is asked for.
const WANTED: [(ComponentKind, Check, &str); 3] = [
    (ComponentKind::Mechanism, Check::MissingMechanism, "mechanism"),
    (ComponentKind::Context, Check::MissingContext, "context"),
    (ComponentKind::Outcome, Check::MissingOutcome, "outcome"),
];

/// A configuration that lacks a part: said once, under the code of the first part that lacks.
pub(super) fn missing(cx: &Context<'_>, rule: &OtherFinding, check: Check) -> Vec<Finding> {
    let mut found = Vec::new();
    for configuration in cx.configurations().iter().filter(|c| !c.dyad) {
        let lacking: Vec<_> = WANTED.iter().filter(|(kind, _, _)| !configuration.has(*kind)).collect();
        if lacking.first().is_none_or(|(_, first, _)| *first != check) {
            continue;
        }
        let statement = &cx.manuscript.block(configuration.block).text[configuration.range.clone()];
        if !rule.words("elsewhere").is_empty() && has_any(&cx.terms(statement), rule.words("elsewhere")) {
            continue;
        }
        let names: Vec<&str> = lacking.iter().map(|(_, _, name)| *name).collect();
        let fields = [("claim", configuration.called()), ("lacks", names.join(", "))];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let mut finding = cx.finding(rule, &fields, Some(cx.place_of(configuration)));
        if matches!(configuration.form, Form::Prose | Form::IfThen) {
            // Plain prose is parted by its clauses, which is no certain thing.
            finding.confidence *= 0.6;
            if configuration.key.is_none() || !is_result(configuration) {
                finding.severity = Severity::Note;
            }
        }
        found.extend(cx.about(configuration, finding));
    }
    found
}

/// A mechanism that names only what is offered or done.
pub(super) fn bare_resource(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    for configuration in cx.configurations().iter().filter(|c| c.has(ComponentKind::Mechanism) && !c.dyad) {
        if configuration.confidence < 0.6 {
            continue;
        }
        let facets = |facet| configuration.parts(ComponentKind::Mechanism).any(|c| c.facet == facet);
        if facets(Facet::Response) {
            continue;
        }
        let words = cx.words_of(configuration, ComponentKind::Mechanism);
        let terms = cx.terms(&words);
        let only = facets(Facet::Resource) && !facets(Facet::None);
        let bare = has_any(&terms, rule.words("resource"))
            && words.split_whitespace().count() <= rule.limit("most-words") as usize;
        let reasoned =
            has_any(&terms, rule.words("reasoning")) && !cx.all_within(&words, rule, "reasoning", "labelled");
        if reasoned || !(only || bare) {
            continue;
        }
        let detail = if only { "only the resource is given" } else { "an activity or a thing, and no response to it" };
        let place = mechanism_place(cx, configuration);
        let mut finding = cx.finding(rule, &[("claim", &configuration.called()), ("detail", detail)], Some(place));
        if only {
            finding.confidence = finding.confidence.max(0.8);
        }
        found.extend(cx.about(configuration, finding));
    }
    found
}

/// Where the mechanism stands, or for labelled lines the line that names the configuration.
fn mechanism_place(cx: &Context<'_>, configuration: &Configuration) -> Place {
    match configuration.parts(ComponentKind::Mechanism).next() {
        Some(part) if configuration.form != Form::LabelledLines => {
            Place { block: part.block, range: part.range.clone() }
        }
        _ => cx.place_of(configuration),
    }
}

/// A place among the mechanisms, or a state of mind as the whole context.
pub(super) fn confused(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    /// Longer than this it says more than a place.
    const MOST_WORDS: usize = 14;
    let mut found = Vec::new();
    for configuration in cx.configurations().iter().filter(|c| !c.dyad && c.confidence >= 0.6) {
        let mechanism = cx.words_of(configuration, ComponentKind::Mechanism);
        let context = cx.words_of(configuration, ComponentKind::Context);
        let (m, c) = (cx.terms(&mechanism), cx.terms(&context));
        let placed = !mechanism.is_empty()
            && mechanism.split_whitespace().count() <= MOST_WORDS
            && has_any(&m, rule.words("setting"))
            && !has_any(&m, rule.words("reasoning"));
        let felt = context.split_whitespace().count() <= MOST_WORDS
            && has_any(
                &cx.terms(context.split_whitespace().take(2).collect::<Vec<_>>().join(" ").as_str()),
                rule.words("state"),
            )
            && !has_any(&c, rule.words("setting"));
        let detail = if placed {
            "the mechanism describes a place"
        } else if felt {
            "the context is a response"
        } else {
            continue;
        };
        let fields = [("claim", configuration.called()), ("detail", detail.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        found.push(cx.finding(rule, &fields, Some(cx.place_of(configuration))));
    }
    found
}

/// A context that names a kind of place and nothing of how it works.
pub(super) fn bare_setting(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    for configuration in cx.configurations().iter().filter(|c| !c.dyad && c.confidence >= 0.6) {
        let words = cx.words_of(configuration, ComponentKind::Context);
        let count = words.split_whitespace().count();
        if count == 0 || count > rule.limit("most-words") as usize {
            continue;
        }
        let terms = cx.terms(&words);
        if !has_any(&terms, rule.words("setting")) || has_any(&terms, rule.words("feature")) {
            continue;
        }
        let place = cx.place_of(configuration);
        let detail = format!("\"{}\"", words.trim());
        let finding = cx.finding(rule, &[("claim", &configuration.called()), ("detail", &detail)], Some(place));
        found.extend(cx.about(configuration, finding));
    }
    found
}

/// An outcome in the words of the mechanism, or a number of things delivered.
pub(super) fn restated_outcome(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    for configuration in cx.configurations().iter().filter(|c| !c.dyad && c.ripple.is_none()) {
        let outcome = cx.words_of(configuration, ComponentKind::Outcome);
        let mechanism = cx.words_of(configuration, ComponentKind::Mechanism);
        if outcome.is_empty() || outcome.split_whitespace().count() > 12 {
            continue;
        }
        let terms = cx.terms(&outcome);
        if has_any(&terms, rule.words("chain")) {
            continue;
        }
        let restated = !mechanism.is_empty() && share_within(&mechanism, &outcome) >= rule.limit("shared");
        let output = has_any(&terms, rule.words("output")) && has_any(&terms, rule.words("delivered"));
        let detail = match (restated, output) {
            (true, _) => "the outcome says the mechanism again",
            (_, true) => "the outcome counts what was delivered",
            _ => continue,
        };
        let place = cx.place_of(configuration);
        found.push(cx.finding(rule, &[("claim", &configuration.called()), ("detail", detail)], Some(place)));
    }
    found
}

/// A result with no citation, quotation, source, count or pointer behind it.
pub(super) fn unsupported(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let bare: Vec<&Configuration> = cx
        .configurations()
        .iter()
        .filter(|c| {
            let place = matches!(cx.manuscript.role_of(c.block), Role::Results | Role::Discussion | Role::Conclusion);
            place && is_result(c) && !c.dyad && c.support.is_empty() && (c.form != Form::IfThen || c.key.is_some())
        })
        .collect();
    if bare.is_empty() {
        return Vec::new();
    }
    // One sentence that says where all the evidence is serves every configuration.
    let pointed =
        cx.statements().any(|s| cx.judged.reading.sentences[s].pointer && cx.sentence_has(s, rule.words("pointed")));
    if pointed {
        return Vec::new();
    }
    bare.into_iter()
        .map(|configuration| {
            let others = configuration.sought.iter().filter(|b| **b != configuration.block).count();
            let where_ = match others {
                0 => "in the statement; nothing follows it or names it".to_owned(),
                1 => "in the statement and in one passage that follows or names it".to_owned(),
                n => format!("in the statement and in {n} passages that follow or name it"),
            };
            let detail = format!("looked for citations, quotations, sources, counts and pointers {where_}");
            let mut finding = cx.finding(
                rule,
                &[("claim", &configuration.called()), ("detail", &detail)],
                Some(Place { block: configuration.block, range: configuration.range.clone() }),
            );
            finding.related.extend(
                configuration
                    .sought
                    .iter()
                    .filter(|b| **b != configuration.block)
                    .take(3)
                    .map(|b| ("looked for here too".to_owned(), Place::whole(cx.manuscript, *b))),
            );
            finding
        })
        .collect()
}

/// Strong words for a configuration that one source supports.
pub(super) fn thin_evidence(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut last = None;
    for mention in cx.judged.compilation.mentions.iter().filter(|m| m.ids.len() == 1) {
        let Some(sentence) = cx.sentence_at(mention.block, mention.range.start) else { continue };
        if last == Some(sentence)
            || !cx.sentence_has(sentence, rule.words("strong"))
            || cx.sentence_has(sentence, rule.words("hedged"))
        {
            continue;
        }
        last = Some(sentence);
        let range = cx.sentence_place(sentence).range;
        let from = cx.manuscript.citations.partition_point(|c| c.block < mention.block);
        let cited: usize = cx.manuscript.citations[from..]
            .iter()
            .take_while(|c| c.block == mention.block)
            .filter(|c| range.contains(&c.range.start))
            .map(|c| match &c.kind {
                CitationKind::Numbers(n) => n.len(),
                CitationKind::Keys(k) => k.len(),
                CitationKind::AuthorYear(text) => text.matches(';').count() + 1,
            })
            .sum();
        if cited == 1 {
            let fields = [("claim", mention.ids[0].to_string()), ("detail", "one source is cited".to_owned())];
            let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
            found.push(cx.finding(rule, &fields, Some(cx.sentence_place(sentence))));
        }
    }
    found
}

/// Columns or labels of an extension that the text never names or writes out.
pub(super) fn variant_undeclared(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let Some(configuration) = cx.configurations().iter().find(|c| c.variant != Variant::Cmo) else { return Vec::new() };
    // An intervention beside the three parts is common and needs no name.
    let kin: &[Variant] = match configuration.variant {
        Variant::Icmo | Variant::Cimo | Variant::Scmo => &[Variant::Icmo, Variant::Cimo, Variant::Scmo],
        other => &[other, Variant::Icamo, Variant::Camo],
    };
    let by_label =
        configuration.id.as_deref().is_some_and(|id| id.to_uppercase().starts_with(configuration.variant.name()));
    if matches!(configuration.variant, Variant::Icmo | Variant::Cimo) && !by_label {
        return Vec::new();
    }
    let grammar = &cx.judged.rules.grammar;
    let named = |text: &str| {
        let plain: String = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        grammar.variant.iter().filter(|v| kin.iter().any(|k| k.name().eq_ignore_ascii_case(&v.name))).any(|v| {
            (!by_label && plain.contains(v.name.as_str())) || v.written.iter().any(|w| plain.contains(w.as_str()))
        })
    };
    // The head of the table is what needs a word.
    let prose = |b: &&Block| b.text.len() < 20_000 && !matches!(b.kind, BlockKind::TableRow { .. });
    if cx.manuscript.blocks.iter().filter(prose).any(|b| named(&b.text)) {
        return Vec::new();
    }
    let detail = configuration.variant.name();
    vec![cx.finding(rule, &[("claim", &configuration.called()), ("detail", detail)], Some(cx.place_of(configuration)))]
}

/// A row or statement of an extension without the part that the extension adds.
pub(super) fn variant_incomplete(cx: &Context<'_>, rule: &OtherFinding) -> Vec<Finding> {
    let all = cx.configurations();
    // What some of the configurations have as a part of their own is asked of all.
    let mut found = Vec::new();
    for (kind, name) in [(ComponentKind::Actor, "actor"), (ComponentKind::Intervention, "intervention or strategy")] {
        for (at, configuration) in all.iter().enumerate().filter(|(_, c)| !c.has(kind) && !c.dyad) {
            let near = |other: Option<&Configuration>| {
                other.is_some_and(|o| o.has(kind) && o.form == configuration.form && same_table(cx, o, configuration))
            };
            let asked = near(at.checked_sub(1).and_then(|i| all.get(i))) || near(all.get(at + 1));
            if asked {
                let fields = [("claim", configuration.called()), ("detail", name.to_owned())];
                let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
                found.push(cx.finding(rule, &fields, Some(cx.place_of(configuration))));
            }
        }
    }
    found
}

fn same_table(cx: &Context<'_>, a: &Configuration, b: &Configuration) -> bool {
    let table = |c: &Configuration| match cx.manuscript.block(c.block).kind {
        BlockKind::TableRow { table, .. } => Some(table),
        _ => None,
    };
    table(a) == table(b)
}
