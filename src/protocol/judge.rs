//! Goes through the findings of `rules/protocol/`.

use std::ops::Range;

use rustc_hash::FxHashMap;
use unicode_segmentation::UnicodeSegmentation;

use super::shape::{MOST_OF_ONE_SORT, Shape, Sort};
use super::slot::{FieldPath, Slot, State, Step, has_content, is_placeholder};
use super::{ProtocolFile, root};
use crate::finding::Spotted;
use crate::lexicon::{TermId, TermSet, Vocabulary, tokens};
use crate::rule::{Check, OtherFinding, ProtocolKind, RuleSet};
use crate::structured::{Kind, Value};

/// What a protocol file says for an item of a standard.
#[derive(Debug, Default)]
pub struct Answer<'v> {
    /// Fields with something in them, each with its path.
    pub filled: Vec<(String, &'v Value)>,
    /// Names of fields that are not found, empty, or only promised.
    pub lacks: Vec<String>,
}

/// A protocol file being judged.
struct Context<'a> {
    file: &'a ProtocolFile,
    text: &'a str,
    rules: &'a RuleSet,
    kind: Option<&'a ProtocolKind>,
    cache: Vocabulary,
}

/// Everything that is found in a protocol file, in the order of the codes. `text` is the file's.
pub fn judge<'r>(file: &ProtocolFile, text: &str, rules: &'r RuleSet, pedantic: bool) -> Vec<Spotted<'r>> {
    let mut cx = Context { file, text, rules, kind: file.kind(rules), cache: Vocabulary::default() };
    let mut all = Vec::new();
    for rule in &rules.others {
        let Some(check) = rule.check.filter(|check| check.is_of_protocols() && (pedantic || !rule.pedantic)) else {
            continue;
        };
        // Of a broken file one can't say what it doesn't say.
        let by_absence = matches!(check, Check::ProtocolSays | Check::ProtocolTitle | Check::ProtocolResource);
        if !applies(rule, cx.kind) || (by_absence && !file.whole) {
            continue;
        }
        let mut own = match check {
            Check::ProtocolSyntax => flaws(file, rule, Sort::Syntax),
            Check::ProtocolTwice => flaws(file, rule, Sort::Twice),
            Check::ProtocolSchema => flaws(file, rule, Sort::Schema),
            Check::ProtocolKey => flaws(file, rule, Sort::Key),
            Check::ProtocolType => flaws(file, rule, Sort::Type),
            Check::ProtocolWord => flaws(file, rule, Sort::Word),
            Check::ProtocolDate => flaws(file, rule, Sort::Day),
            Check::ProtocolPlaceholder => placeholders(file, rule),
            Check::ProtocolFields => unfilled(file, rule),
            Check::ProtocolSays => unsaid(&mut cx, rule),
            Check::ProtocolSentence => sentences(&mut cx, rule),
            Check::ProtocolIds => repeated(file, rule),
            Check::ProtocolTitle => title(&mut cx, rule),
            Check::ProtocolStandard => standard(&cx, rule),
            Check::ProtocolOrder => order(file, rule),
            Check::ProtocolResource => resources(file, rule),
            _ => continue,
        };
        own.truncate(MOST_OF_ONE_SORT);
        all.append(&mut own);
    }
    all
}

/// What a protocol file says for an item: all fields of the findings that name the item. `None` where
/// no field answers it.
pub fn answer<'v>(file: &'v ProtocolFile, rules: &RuleSet, item: &str) -> Option<Answer<'v>> {
    let kind = file.kind(rules);
    let mut answer = Answer::default();
    let mut asked = false;
    for rule in rules.others.iter().filter(|rule| rule.items.iter().any(|code| code == item) && applies(rule, kind)) {
        for path in &rule.fields {
            asked = true;
            for slot in path.slots(&file.value, &file.head) {
                match slot.state {
                    State::Filled(value) if !is_placeholder(value) => answer.filled.push((path.written.clone(), value)),
                    _ => {
                        let name =
                            if slot.within.is_empty() { slot.name } else { format!("{}: {}", slot.within, slot.name) };
                        if !answer.lacks.contains(&name) && answer.lacks.len() < MOST_OF_ONE_SORT {
                            answer.lacks.push(name);
                        }
                    }
                }
            }
        }
    }
    asked.then_some(answer)
}

fn applies(rule: &OtherFinding, kind: Option<&ProtocolKind>) -> bool {
    rule.kinds.is_empty() || kind.is_some_and(|kind| rule.kinds.contains(&kind.id))
}

fn spotted<'r>(rule: &'r OtherFinding, fields: &[(&str, &str)], span: Range<usize>) -> Spotted<'r> {
    let label = if rule.label.is_empty() { "here" } else { rule.label.as_str() };
    Spotted {
        rule,
        message: rule.say(fields),
        label: label.into(),
        help: None,
        span,
        related: Vec::new(),
        beyond: Vec::new(),
    }
}

fn flaws<'r>(file: &ProtocolFile, rule: &'r OtherFinding, sort: Sort) -> Vec<Spotted<'r>> {
    let of_sort = file.flaws.iter().filter(|flaw| flaw.sort == sort);
    of_sort
        .map(|flaw| Spotted {
            help: flaw.help.clone(),
            related: flaw.related.clone().into_iter().collect(),
            ..spotted(rule, &[("what", &flaw.what)], flaw.span.clone())
        })
        .collect()
}

/// Texts that only say that something belongs there.
fn placeholders<'r>(file: &ProtocolFile, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    fn below<'v>(value: &'v Value, shape: Shape, path: &str, found: &mut Vec<(String, &'v Value)>) {
        match (&value.kind, shape) {
            _ if found.len() >= MOST_OF_ONE_SORT => {}
            (Kind::Text(text), _) if !text.trim().is_empty() && Slot::is_blank(text) => {
                found.push((path.to_owned(), value))
            }
            (Kind::List(items), Shape::List(shape)) => items.iter().for_each(|item| below(item, *shape, path, found)),
            (Kind::Map(entries), Shape::Record(record)) => {
                for entry in entries {
                    if let Some(field) = record.field(&entry.key) {
                        let path = if path.is_empty() { entry.key.clone() } else { format!("{path}.{}", entry.key) };
                        below(&entry.value, field.shape, &path, found);
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    below(&file.value, Shape::Record(root()), "", &mut found);
    found
        .into_iter()
        .map(|(path, value)| spotted(rule, &[("what", &format!("`{path}`"))], value.span.clone()))
        .collect()
}

/// Fields that must be filled and aren't: what one table lacks is one finding.
fn unfilled<'r>(file: &ProtocolFile, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let mut lacks: Vec<(Slot<'_>, Vec<String>)> = Vec::new();
    let mut seen: FxHashMap<(usize, bool), usize> = FxHashMap::default();
    for path in &rule.fields {
        for slot in path.slots(&file.value, &file.head) {
            let (at, empty) = match &slot.state {
                State::Filled(_) => continue,
                // Of broken files one can't say what they don't have, nor of front matter.
                _ if !file.whole => continue,
                State::Empty(key) => (key.start, true),
                State::Absent if file.shared && slot.within.is_empty() => continue,
                State::Absent => (slot.anchor.start, false),
            };
            let name = match path.ways.len() {
                0 | 1 => slot.name.clone(),
                _ if slot.name.contains('.') => path.written.replace('|', "` or `"),
                _ => path.name(),
            };
            match seen.get(&(at, empty)) {
                Some(index) => lacks[*index].1.push(name),
                None if lacks.len() >= MOST_OF_ONE_SORT => {}
                None => {
                    seen.insert((at, empty), lacks.len());
                    lacks.push((slot, vec![name]));
                }
            }
        }
    }
    lacks
        .into_iter()
        .map(|(slot, names)| {
            let (span, empty) = match slot.state {
                State::Empty(key) => (key, true),
                _ => (slot.anchor, false),
            };
            let within = if slot.within.is_empty() { "protocol" } else { slot.within.as_str() };
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let lacks = match (names.split_last(), empty) {
                (_, true) => format!("{} is empty", names.join(", ")),
                (Some((last, [])), _) => format!("{last} not found"),
                (Some((last, others)), _) => format!("{} and {last} not found", others.join(", ")),
                (None, _) => String::new(),
            };
            let mut one = spotted(rule, &[("where", within), ("lacks", &lacks)], span);
            if empty {
                one.label = "empty".into();
            }
            one
        })
        .collect()
}

impl Context<'_> {
    fn terms(&mut self, text: &str) -> TermSet {
        let matcher = &self.rules.matcher;
        let mut terms = TermSet::new(matcher.term_count());
        let words = tokens(text);
        for hit in matcher.find(text, &words, &mut self.cache) {
            terms.insert(hit.term);
        }
        terms
    }

    fn has(&mut self, text: &str, wanted: &[TermId]) -> bool {
        let terms = self.terms(text);
        wanted.iter().any(|term| terms.contains(*term))
    }

    /// The texts in some fields.
    fn texts<'v>(&self, fields: &[FieldPath]) -> Vec<&'v Value>
    where
        Self: 'v,
    {
        fn below<'v>(value: &'v Value, texts: &mut Vec<&'v Value>) {
            match &value.kind {
                Kind::Text(text) if !text.trim().is_empty() && !Slot::is_blank(text) => texts.push(value),
                Kind::List(items) => items.iter().for_each(|item| below(item, texts)),
                _ => {}
            }
        }
        let mut texts = Vec::new();
        for slot in fields.iter().flat_map(|path| path.slots(&self.file.value, &self.file.head)) {
            if let State::Filled(value) = slot.state {
                below(value, &mut texts);
            }
        }
        texts
    }
}

/// Fields that together don't say what one of them should.
fn unsaid<'r>(cx: &mut Context<'_>, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let texts = cx.texts(&rule.fields);
    let Some(first) = texts.first() else { return Vec::new() };
    if texts.iter().filter_map(|value| value.text()).any(|text| cx.has(text, rule.words("says"))) {
        return Vec::new();
    }
    vec![spotted(rule, &[], first.span.clone())]
}

/// Sentences with words that don't belong into a protocol.
fn sentences<'r>(cx: &mut Context<'_>, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let mut found = Vec::new();
    for value in cx.texts(&rule.fields) {
        let text = value.text().unwrap_or_default();
        let raw = cx.text.get(value.span.clone()).unwrap_or_default();
        let mut from = 0;
        for sentence in text.split_sentence_bounds().map(str::trim).filter(|sentence| !sentence.is_empty()) {
            if found.len() >= MOST_OF_ONE_SORT {
                return found;
            }
            if !cx.has(sentence, rule.words("says")) || cx.has(sentence, rule.words("unless")) {
                continue;
            }
            // The sentence itself, where the file has it word for word.
            let at = raw.get(from..).and_then(|rest| rest.find(sentence)).map(|offset| from + offset);
            let span = at.map_or(value.span.clone(), |at| {
                from = at + sentence.len();
                value.span.start + at..value.span.start + at + sentence.len()
            });
            let shown: String = sentence.chars().take(60).collect();
            let dots = if shown.len() < sentence.len() { "…" } else { "" };
            found.push(spotted(rule, &[("what", &format!("\"{shown}{dots}\""))], span));
        }
    }
    found
}

/// Labels that stand twice in one list.
fn repeated<'r>(file: &ProtocolFile, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let mut found = Vec::new();
    for path in &rule.fields {
        let mut seen: FxHashMap<String, Range<usize>> = FxHashMap::default();
        for slot in path.slots(&file.value, &file.head) {
            if found.len() >= MOST_OF_ONE_SORT {
                return found;
            }
            let State::Filled(value) = slot.state else { continue };
            let Some(text) = value.text() else { continue };
            match seen.get(&text.trim().to_lowercase()) {
                Some(first) => {
                    let list = path.ways.first().and_then(|way| way.first());
                    let list = if let Some(Step::Key(key)) = list { key.as_str() } else { "" };
                    let what = format!("`{}` in `{list}`", text.trim().chars().take(40).collect::<String>());
                    let mut one = spotted(rule, &[("what", &what)], value.span.clone());
                    one.related.push(("the first one".into(), first.clone()));
                    found.push(one);
                }
                None => {
                    seen.insert(text.trim().to_lowercase(), value.span.clone());
                }
            }
        }
    }
    found
}

fn title<'r>(cx: &mut Context<'_>, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let (Some(kind), Some(title)) = (cx.kind, &cx.file.protocol.title) else { return Vec::new() };
    if title.text.is_empty() || Slot::is_blank(&title.text) {
        return Vec::new();
    }
    let terms = cx.terms(&title.text);
    let names = |kind: &ProtocolKind| kind.title.iter().any(|term| terms.contains(*term));
    if names(kind) {
        return Vec::new();
    }
    let other = cx.rules.protocols.kinds.iter().find(|other| names(other));
    let what = match other {
        Some(other) => format!("speaks of a {}, and `kind` of a {}", other.name, kind.name),
        None => format!("doesn't name the method, a {}", kind.name),
    };
    let mut one = spotted(rule, &[("what", &what)], title.span.clone());
    one.related.extend(cx.file.protocol.kind.iter().map(|kind| ("the kind".into(), kind.span.clone())));
    vec![one]
}

fn standard<'r>(cx: &Context<'_>, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let (Some(kind), Some(standard)) = (cx.kind, &cx.file.protocol.reporting_standard) else { return Vec::new() };
    if standard.word == kind.reporting_standard {
        return Vec::new();
    }
    let what = format!("{} is not the standard of a {}, {} is", standard.word, kind.name, kind.reporting_standard);
    let mut one = spotted(rule, &[("what", &what)], standard.span.clone());
    one.related.extend(cx.file.protocol.kind.iter().map(|kind| ("the kind".into(), kind.span.clone())));
    vec![one]
}

fn order<'r>(file: &ProtocolFile, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let periods = file.protocol.timeline.iter().flatten();
    periods
        .filter_map(|period| period.start.as_ref().zip(period.end.as_ref()))
        .filter(|(start, end)| end.day.is_before(start.day))
        .map(|(start, end)| {
            let what = format!("{} is before {}", end.day, start.day);
            let mut one = spotted(rule, &[("what", &what)], end.span.clone());
            one.related.push(("the beginning".into(), start.span.clone()));
            one
        })
        .collect()
}

/// Theories that say what is offered and not what people make of it.
fn resources<'r>(file: &ProtocolFile, rule: &'r OtherFinding) -> Vec<Spotted<'r>> {
    let theories = file.value.get("initial_programme_theories").map_or(&[][..], Value::items);
    let filled = |theory: &Value, field: &str| theory.get(field).is_some_and(has_content);
    theories
        .iter()
        .filter(|theory| filled(theory, "mechanism_resource") && !filled(theory, "mechanism_response"))
        .filter_map(|theory| {
            let resource = theory.entry("mechanism_resource")?;
            let id = theory.get("id").and_then(Value::text).unwrap_or("a theory without a label");
            Some(spotted(rule, &[("what", id)], resource.key_span.clone()))
        })
        .collect()
}

/// Whether the findings that apply to a kind ask for a field, or only those of other kinds. Of several
/// ways to answer the first is asked for.
pub(super) fn demand(rules: &RuleSet, kind: &str, path: &str) -> Demand {
    let leads = |way: &str| {
        // Items of a list ask for no list.
        way.strip_prefix(path).is_some_and(|rest| rest.is_empty() || (rest.starts_with('.') && !rest.contains("[]")))
    };
    let asks = |rule: &OtherFinding| {
        rule.check == Some(Check::ProtocolFields) && rule.severity == crate::rule::Severity::Error
    };
    let (mut own, mut others, mut otherwise) = (false, false, false);
    for rule in rules.others.iter().filter(|rule| asks(rule)) {
        let of_kind = rule.kinds.is_empty() || rule.kinds.iter().any(|k| k == kind);
        for field in &rule.fields {
            let mut ways = field.written.split('|');
            let first = ways.next().is_some_and(leads);
            own |= first && of_kind;
            others |= first && !of_kind;
            otherwise |= of_kind && ways.any(leads);
        }
    }
    match (own, otherwise, others) {
        (true, ..) => Demand::Asked,
        (false, false, true) => Demand::OfOthers,
        _ => Demand::Free,
    }
}

/// Whether a kind of protocol has a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// It must.
    Asked,
    /// It may.
    Free,
    /// Only other kinds must.
    OfOthers,
}
