//! Reads `rules/` and checks it: every mistake is reported at its place in the TOML, all at once.

use std::borrow::Cow;
use std::path::Path;

use include_dir::{Dir, include_dir};
use miette::NamedSource;
use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::raw::{
    FindingsFile, PartsFile, ProtocolFile, RawCue, RawExample, RawFinding, RawPart, RawRule, RuleFile, SectionsFile,
    StandardFile,
};
use super::{
    Cue, Example, Grammar, OtherFinding, Part, PartId, ProtocolKind, ProtocolWords, Rule, RulePart, RuleSet, Voices,
    learned,
};
use crate::error::{Error, nearest};
use crate::lexicon::{MatcherBuilder, TermId, WordClass, check_pattern};
use crate::manuscript::{PlaceWords, Role, SectionNames};
use crate::protocol::{self, FieldPath};
use crate::standard::{RawSelection, Selection, Standard};

static SHARED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/shared");
static SYNTHESIS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rameses-synthesis");
static META_NARRATIVE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rameses-meta-narrative");
static EVALUATION: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rameses-evaluation");
static CMO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/cmo");
static PROTOCOL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/protocol");
static LEARNED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/learned");

/// One rule file: its path below `rules/` and its text.
#[derive(Debug, Clone)]
struct RuleText {
    path: String,
    text: Cow<'static, str>,
    /// How errors name it: the user's own file by the path that leads there.
    shown: String,
}

/// The lexicon with every inflected form written out, one `class<TAB>pattern` a line; made by `build.rs`.
static WRITTEN_OUT: &str = include_str!(concat!(env!("OUT_DIR"), "/lexicon.txt"));

/// The shipped rules.
pub fn shipped() -> Result<RuleSet, Error> {
    build(&embedded(), true)
}

/// The shipped rules with the files of a folder laid over them: a file of the same path below the
/// folder replaces the shipped one, any other is added.
pub fn with_folder(folder: &Path) -> Result<RuleSet, Error> {
    let mut texts = embedded();
    let failed = |source: std::io::Error| Error::Read { path: folder.to_owned(), source };
    if !folder.is_dir() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::NotFound, "it is not a folder")));
    }
    let mut found = false;
    let mut paths = Vec::new();
    for pattern in [folder.join("**").join("*.toml"), folder.join("learned").join("*.tsv")] {
        paths.extend(glob::glob(&pattern.to_string_lossy()).map_err(|e| failed(std::io::Error::other(e)))?.flatten());
    }
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let relative = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        found = true;
        match texts.iter_mut().find(|t| t.path == relative) {
            Some(shipped) => {
                shipped.text = Cow::Owned(text);
                shipped.shown = path.to_string_lossy().into_owned();
            }
            None => texts.push(RuleText {
                path: relative,
                text: Cow::Owned(text),
                shown: path.to_string_lossy().into_owned(),
            }),
        }
    }
    if !found {
        return Err(Error::Usage {
            message: format!("{} holds no .toml file", folder.display()),
            help: Some("a rule folder is laid out like realint's own `rules/`".into()),
        });
    }
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    build(&texts, false)
}

/// The embedded files. Of the learned weights only what isn't packed is needed unless a folder is laid over them.
fn embedded() -> Vec<RuleText> {
    let mut texts = Vec::new();
    for (name, dir) in [
        ("shared", &SHARED),
        ("rameses-synthesis", &SYNTHESIS),
        ("rameses-meta-narrative", &META_NARRATIVE),
        ("rameses-evaluation", &EVALUATION),
        ("cmo", &CMO),
        ("protocol", &PROTOCOL),
        ("learned", &LEARNED),
    ] {
        collect(name, dir, &mut texts);
    }
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    texts
}

fn collect(prefix: &str, dir: &'static Dir<'static>, texts: &mut Vec<RuleText>) {
    for file in dir.files() {
        if let Some(text) = file.contents_utf8() {
            let path = format!("{prefix}/{}", file.path().to_string_lossy().replace('\\', "/"));
            texts.push(RuleText { shown: format!("rules/{path}"), path, text: Cow::Borrowed(text) });
        }
    }
    for sub in dir.dirs() {
        collect(prefix, sub, texts);
    }
}

/// Collects mistakes, each with its file and place.
struct Mistakes {
    errors: Vec<Error>,
}

impl Mistakes {
    fn at(
        &mut self,
        file: &RuleText,
        span: std::ops::Range<usize>,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.errors.push(Error::Toml {
            message,
            source_code: NamedSource::new(&file.shown, file.text.clone().into_owned()),
            span: span.into(),
            label: label.to_owned(),
            help,
        });
    }

    fn parse<T: DeserializeOwned>(&mut self, file: &RuleText) -> Option<T> {
        match toml::from_str(&file.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                self.at(file, span, format!("{}: {}", file.path, error.message()), "here", None);
                None
            }
        }
    }

    fn finish(mut self) -> Result<(), Error> {
        match self.errors.len() {
            0 => Ok(()),
            1 => Err(self.errors.remove(0)),
            count => Err(Error::Several { count, what: "the rules".into(), errors: self.errors }),
        }
    }
}

/// The fewest examples of each kind that a shipped rule carries.
pub const FEWEST_EXAMPLES: usize = 4;

/// `shipped`: the texts are the embedded ones, and what `build.rs` prepared from them may be used.
fn build(texts: &[RuleText], shipped: bool) -> Result<RuleSet, Error> {
    let mut mistakes = Mistakes { errors: Vec::new() };
    let mut builder = MatcherBuilder::new();
    let by_path = |path: &str| texts.iter().find(|t| t.path == path);
    let mut empty_classes = Vec::new();
    if shipped && !WRITTEN_OUT.is_empty() {
        read_written_out(&mut builder);
    } else if let Some(file) = by_path("shared/lexicon.toml") {
        empty_classes = read_lexicon(file, &mut builder, Reach::Everywhere, &mut mistakes);
    }
    if let Some(file) = by_path(WORDS) {
        empty_classes.extend(read_lexicon(file, &mut builder, Reach::Patterns, &mut mistakes));
    }
    let mut section_names = SectionNames::default();
    if let Some(file) = by_path("shared/sections.toml")
        && let Some(raw) = mistakes.parse::<SectionsFile>(file)
    {
        section_names = names_of_sections(raw);
    }
    if let Some(file) = texts.iter().find(|t| t.path == "learned/places.tsv") {
        section_names.places = PlaceWords::new(&file.text);
    }
    let mut terms = Terms { builder: &mut builder, empty_classes: &empty_classes };

    let mut parts: Vec<Part> = Vec::new();
    let mut part_ids: FxHashMap<String, PartId> = FxHashMap::default();
    for file in texts.iter().filter(|t| t.path.starts_with("shared/parts/")) {
        let Some(raw) = mistakes.parse::<PartsFile>(file) else { continue };
        for part in raw.part {
            let id = part.id.get_ref().clone();
            if part_ids.contains_key(&id) {
                mistakes.at(
                    file,
                    part.id.span(),
                    format!("the part `{id}` is defined twice"),
                    "a second time here",
                    None,
                );
                continue;
            }
            part_ids.insert(id, PartId(parts.len()));
            parts.push(read_part(file, part, &mut terms, &mut mistakes));
        }
    }

    let mut standards: Vec<Standard> = Vec::new();
    let mut rules: Vec<Vec<Rule>> = Vec::new();
    let mut codes: FxHashMap<String, String> = FxHashMap::default();
    for file in texts.iter().filter(|t| t.path.ends_with("/standard.toml")) {
        let Some(raw) = mistakes.parse::<StandardFile>(file) else { continue };
        let folder = file.path.trim_end_matches("standard.toml");
        let id = raw.standard.id.get_ref().clone();
        if folder.trim_end_matches('/') != id {
            let message = format!("the folder `{folder}` holds the standard `{id}`; both must have one name");
            mistakes.at(file, raw.standard.id.span(), message, "this id", None);
        }
        let mut own: Vec<Rule> = Vec::new();
        for rule_file in texts.iter().filter(|t| t.path.starts_with(folder) && t.path != file.path) {
            let Some(raw) = mistakes.parse::<RuleFile>(rule_file) else { continue };
            let raw = raw.rule.into_inner();
            let code = raw.code.get_ref().clone();
            if let Some(first) = codes.insert(code.clone(), rule_file.path.clone()) {
                mistakes.at(
                    rule_file,
                    raw.code.span(),
                    format!("the code {code} is taken by rules/{first}"),
                    "codes are never reused",
                    None,
                );
            }
            own.push(read_rule(rule_file, raw, &parts, &part_ids, &mut mistakes));
        }
        own.sort_by_key(|rule| rule.item);
        standards.push(Standard {
            id,
            name: raw.standard.name,
            short: raw.standard.short,
            source: raw.standard.source,
            items: raw.standard.items,
            shipped: !own.is_empty(),
        });
        rules.push(own);
    }

    let protocols = by_path(PROTOCOLS)
        .and_then(|file| Some((file, mistakes.parse::<ProtocolFile>(file)?)))
        .map(|(file, raw)| read_protocols(file, raw, &standards, &mut terms, &mut mistakes))
        .unwrap_or_default();
    let mut others = Vec::new();
    let known_standards: Vec<String> = standards.iter().map(|s| s.id.clone()).collect();
    let families = texts.iter().filter(|t| t.path == "shared/findings.toml" || is_family(&t.path));
    for file in families {
        let Some(raw) = mistakes.parse::<FindingsFile>(file) else { continue };
        for finding in raw.finding {
            let code = finding.code.get_ref().clone();
            if let Some(first) = codes.insert(code.clone(), file.path.clone()) {
                let message = format!("the code {code} is taken by rules/{first}");
                mistakes.at(file, finding.code.span(), message, "codes are never reused", None);
            }
            for kind in finding.kinds.iter().filter(|kind| protocols.kind(kind.get_ref()).is_none()) {
                let help = nearest(kind.get_ref(), protocols.kinds.iter().map(|k| k.id.as_str()))
                    .map(|n| format!("did you mean `{n}`?"));
                mistakes.at(file, kind.span(), format!("there is no kind `{}`", kind.get_ref()), "here", help);
            }
            for item in &finding.items {
                if !rules.iter().flatten().any(|rule| rule.code == *item.get_ref()) {
                    let message = format!("there is no item `{}`", item.get_ref());
                    mistakes.at(file, item.span(), message, "here", None);
                }
            }
            others.push(read_finding(file, finding, &known_standards, &mut terms, &mut mistakes));
        }
    }
    others.sort_by(|a, b| a.code.cmp(&b.code));
    let grammar = by_path(FORMS).and_then(|file| mistakes.parse::<Grammar>(file)).unwrap_or_default();

    let mut selection = Selection::default();
    if let Some(file) = by_path("shared/selection.toml")
        && let Some(raw) = mistakes.parse::<RawSelection>(file)
    {
        selection =
            Selection::build(raw, &standards, |pattern| terms.term(pattern)).unwrap_or_else(|(span, message)| {
                mistakes.at(file, span, message, "here", None);
                Selection::default()
            });
    }
    let mut voice = |name: &str| {
        let known = terms.builder.class(name);
        if known.is_none()
            && let Some(file) = by_path("shared/lexicon.toml")
        {
            mistakes.at(
                file,
                0..0,
                format!("the lexicon lacks the class `{name}`, which the engine asks for"),
                "",
                None,
            );
        }
        known.unwrap_or(TermId(0))
    };
    let voices = Voices {
        own: voice("own-voice"),
        other: voice("other-voice"),
        planned: voice("planned"),
        negation: voice("negation"),
        pointer: voice("pointer"),
    };
    mistakes.finish()?;
    let matcher = builder.build();
    let learned = if shipped {
        let ids: Vec<&str> = parts.iter().map(|part| part.id.as_str()).collect();
        learned::Model::shipped(&ids, &matcher)
    } else {
        let file = |part: &Part| by_path(&format!("learned/{}.tsv", part.id)).map(|t| &*t.text);
        let files: Vec<Option<&str>> = parts.iter().map(file).collect();
        learned::Model::load(&files, &matcher)
    };
    Ok(RuleSet {
        section_names,
        matcher,
        voices,
        parts,
        standards,
        rules,
        others,
        grammar,
        protocols,
        selection,
        learned,
    })
}

/// Adds the classes as `build.rs` wrote them out. Its patterns were checked by the tests.
fn read_written_out(builder: &mut MatcherBuilder) {
    for name in WRITTEN_OUT.lines().filter(|line| !line.contains('\t')) {
        builder.declare_class(name);
    }
    let mut class = ("", TermId(0));
    for (name, pattern) in WRITTEN_OUT.lines().filter_map(|line| line.split_once('\t')) {
        if name != class.0 {
            class = (name, builder.declare_class(name));
        }
        let added = builder.add_plain(class.1, pattern);
        debug_assert!(added.is_ok(), "{name}: {pattern}");
    }
}

/// Adds the classes of the lexicon to the matcher. Gives back those without any pattern.
fn read_lexicon(file: &RuleText, builder: &mut MatcherBuilder, reach: Reach, mistakes: &mut Mistakes) -> Vec<String> {
    type Lexicon = std::collections::BTreeMap<Spanned<String>, WordClass>;
    let Some(lexicon) = mistakes.parse::<Lexicon>(file) else { return Vec::new() };
    for name in lexicon.keys() {
        match reach {
            Reach::Everywhere => builder.declare_class(name.get_ref()),
            Reach::Patterns => builder.declare_local(name.get_ref()),
        };
    }
    let find = |name: &str| lexicon.iter().find(|(key, _)| key.get_ref() == name);
    let mut empty = Vec::new();
    for (name, class) in &lexicon {
        let term = builder.declare_class(name.get_ref());
        let mut patterns = class.patterns();
        for included in &class.include {
            if let Some((_, other)) = find(included) {
                patterns.extend(other.patterns())
            } else {
                let help = nearest(included, lexicon.keys().map(|k| k.get_ref().as_str()))
                    .map(|n| format!("did you mean `{n}`?"));
                mistakes.at(
                    file,
                    name.span(),
                    format!("`{}` includes `{included}`, which is no class", name.get_ref()),
                    "in this class",
                    help,
                );
            }
        }
        if patterns.is_empty() {
            empty.push(name.get_ref().clone());
        }
        for pattern in patterns {
            if let Err(error) = builder.add_to_class(term, &pattern) {
                mistakes.at(file, name.span(), format!("class `{}`: {error}", name.get_ref()), "in this class", None);
            }
        }
    }
    empty
}

/// Whether learned cues may know a class, or only patterns that name it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Everywhere,
    Patterns,
}

/// Word classes for configurations; learned cues of the items don't see them.
const WORDS: &str = "cmo/lexicon.toml";
/// How configurations are written.
const FORMS: &str = "cmo/forms.toml";
/// Kinds of protocol and the words that their fields may hold.
const PROTOCOLS: &str = "protocol/protocol.toml";

/// Whether a file below `rules/` holds a family of findings.
fn is_family(path: &str) -> bool {
    (path.starts_with("cmo/") || path.starts_with("protocol/"))
        && path.ends_with(".toml")
        && ![WORDS, FORMS, PROTOCOLS].contains(&path)
}

/// One finding with its words, thresholds and cues; what it has and its check doesn't ask for is a mistake.
fn read_finding(
    file: &RuleText,
    raw: RawFinding,
    standards: &[String],
    terms: &mut Terms<'_>,
    mistakes: &mut Mistakes,
) -> OtherFinding {
    let code = raw.code.get_ref().clone();
    let asked_words = raw.check.map_or(&[][..], super::Check::words);
    let asked_limits = raw.check.map_or(&[][..], super::Check::limits);
    let by_cues = raw.check.is_some_and(super::Check::by_cues);
    for missing in asked_words.iter().filter(|name| !raw.words.keys().any(|k| k.get_ref() == *name)) {
        let message = format!("{code} lacks the words `{missing}`, which its check asks for");
        mistakes.at(file, raw.code.span(), message, "this finding", Some(format!("add `words.{missing} = [...]`")));
    }
    for missing in asked_limits.iter().filter(|name| !raw.limits.keys().any(|k| k.get_ref() == *name)) {
        let message = format!("{code} lacks the threshold `{missing}`, which its check asks for");
        mistakes.at(file, raw.code.span(), message, "this finding", Some(format!("add `limits.{missing} = ...`")));
    }
    let unasked = raw.words.keys().map(|k| (k, asked_words)).chain(raw.limits.keys().map(|k| (k, asked_limits)));
    for (key, asked) in unasked.filter(|(key, asked)| !asked.contains(&key.get_ref().as_str())) {
        let help = nearest(key.get_ref(), asked.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        let message = format!("the check of {code} doesn't ask for `{}`", key.get_ref());
        mistakes.at(file, key.span(), message, "this key", help);
    }
    if by_cues == raw.cue.is_empty() {
        let message = if by_cues {
            format!("{code} can never be found: it has no cue")
        } else {
            format!("{code} has cues, but its check doesn't go by cues")
        };
        mistakes.at(file, raw.code.span(), message, "this finding", None);
    }
    if !(0.0..=1.0).contains(raw.confidence.get_ref()) {
        mistakes.at(file, raw.confidence.span(), "a confidence is from 0 to 1".into(), "here", None);
    }
    for standard in raw.standards.iter().filter(|s| !standards.contains(s.get_ref())) {
        let help =
            nearest(standard.get_ref(), standards.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
        mistakes.at(file, standard.span(), format!("there is no standard `{}`", standard.get_ref()), "here", help);
    }
    if let (Some(message), Some(check)) = (&raw.message, raw.check) {
        let named = message.get_ref().split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        for name in named.filter(|name| !check.fields().contains(name)) {
            let help = nearest(name, check.fields().iter().copied()).map(|n| format!("did you mean `{{{n}}}`?"));
            mistakes.at(
                file,
                message.span(),
                format!("the check of {code} gives no `{{{name}}}`"),
                "this message",
                help,
            );
        }
    } else if let Some(check) = raw.check {
        mistakes.at(
            file,
            raw.code.span(),
            format!("{code} has the check {check:?} and no message"),
            "this finding",
            None,
        );
    }
    let mut fields = Vec::new();
    for field in &raw.fields {
        match FieldPath::parse(field.get_ref(), protocol::root()) {
            Ok(path) => fields.push(path),
            Err(step) => {
                let message = format!("protocols have no field `{}`: `{step}` is unknown", field.get_ref());
                mistakes.at(file, field.span(), message, "this field", None);
            }
        }
    }
    if raw.check.is_some_and(super::Check::by_fields) == raw.fields.is_empty() {
        let message = if raw.fields.is_empty() {
            format!("{code} can never be found: it names no field")
        } else {
            format!("{code} names fields, but its check doesn't ask for any")
        };
        mistakes.at(file, raw.code.span(), message, "this finding", None);
    }
    let cues = raw.cue.into_iter().map(|cue| read_cue(file, &raw.code, cue, terms, mistakes)).collect();
    let mut words = FxHashMap::default();
    for (name, patterns) in raw.words {
        words.insert(name.into_inner(), terms_of(file, &patterns, terms, mistakes));
    }
    OtherFinding {
        code,
        name: raw.name,
        severity: raw.severity,
        confidence: *raw.confidence.get_ref(),
        pedantic: raw.pedantic,
        message: raw.message.map(Spanned::into_inner).unwrap_or_default(),
        label: raw.label,
        why: raw.why,
        help: raw.help,
        explanation: raw.explanation,
        check: raw.check,
        stages: raw.stages,
        standards: raw.standards.into_iter().map(Spanned::into_inner).collect(),
        cues,
        words,
        limits: raw.limits.into_iter().map(|(k, v)| (k.into_inner(), v)).collect(),
        fields,
        kinds: raw.kinds.into_iter().map(Spanned::into_inner).collect(),
        items: raw.items.into_iter().map(Spanned::into_inner).collect(),
        fires: raw.fires,
        silent: raw.silent,
    }
}

/// What protocol files may say; every list of words that their fields ask for must be there.
fn read_protocols(
    file: &RuleText,
    raw: ProtocolFile,
    standards: &[Standard],
    terms: &mut Terms<'_>,
    mistakes: &mut Mistakes,
) -> ProtocolWords {
    let mut words: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    let asked = protocol::word_lists();
    for (name, list) in raw.words {
        if !asked.contains(&name.get_ref().as_str()) || name.get_ref() == "kind" {
            mistakes.at(file, name.span(), format!("no field asks for the words `{}`", name.get_ref()), "here", None);
        }
        words.insert(name.into_inner(), list);
    }
    words.insert("kind".into(), raw.kind.iter().map(|kind| kind.id.get_ref().clone()).collect());
    for list in asked.iter().filter(|list| words.get(**list).is_none_or(Vec::is_empty)) {
        mistakes.at(file, 0..0, format!("the words `{list}` are lacking, which a field asks for"), "", None);
    }
    for field in raw.told_by.iter().filter(|field| protocol::root().field(field.get_ref()).is_none()) {
        mistakes.at(file, field.span(), format!("protocols have no field `{}`", field.get_ref()), "here", None);
    }
    let kinds = raw.kind.into_iter().map(|kind| {
        if !standards.iter().any(|standard| standard.id == *kind.standard.get_ref()) {
            let message = format!("there is no standard `{}`", kind.standard.get_ref());
            mistakes.at(file, kind.standard.span(), message, "here", None);
        }
        let named =
            words.get("reporting-standard").is_some_and(|list| list.contains(kind.reporting_standard.get_ref()));
        if !named {
            let message = format!("`{}` is no word of `reporting-standard`", kind.reporting_standard.get_ref());
            mistakes.at(file, kind.reporting_standard.span(), message, "here", None);
        }
        ProtocolKind {
            title: terms_of(file, &kind.title, terms, mistakes),
            id: kind.id.into_inner(),
            name: kind.name,
            standard: kind.standard.into_inner(),
            reporting_standard: kind.reporting_standard.into_inner(),
        }
    });
    let kinds = kinds.collect();
    ProtocolWords { kinds, words, told_by: raw.told_by.into_iter().map(Spanned::into_inner).collect() }
}

fn names_of_sections(raw: SectionsFile) -> SectionNames {
    let mut names = SectionNames::default();
    for role in raw.role {
        for heading in role.exact {
            names.exact.entry(heading).or_insert(role.name);
        }
        names.contains.extend(role.contains.into_iter().map(|phrase| (phrase, role.name)));
    }
    names.contains.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
    names
}

/// Turns patterns into terms.
pub(crate) struct Terms<'a> {
    builder: &'a mut MatcherBuilder,
    empty_classes: &'a [String],
}

impl Terms<'_> {
    /// The term of a pattern, or what is wrong with it and what might be meant.
    pub(crate) fn term(&mut self, pattern: &str) -> Result<TermId, (String, Option<String>)> {
        for class in check_pattern(pattern).map_err(|e| (e.to_string(), None))? {
            if self.builder.class(&class).is_none() {
                return Err((
                    format!("`@{class}` is no class of the lexicon"),
                    Some("rules/shared/lexicon.toml lists them".into()),
                ));
            }
            if self.empty_classes.contains(&class) {
                return Err((format!("`@{class}` has no words, so this can never match"), None));
            }
        }
        self.builder.pattern(pattern).map_err(|e| (e.to_string(), None))
    }
}

/// The terms of some patterns; those that are wrong are reported and left out.
fn terms_of(
    file: &RuleText,
    patterns: &[Spanned<String>],
    terms: &mut Terms<'_>,
    mistakes: &mut Mistakes,
) -> Vec<TermId> {
    let mut found = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        match terms.term(pattern.get_ref()) {
            Ok(term) => found.push(term),
            Err((message, help)) => mistakes.at(file, pattern.span(), message, "this pattern", help),
        }
    }
    found
}

fn read_part(file: &RuleText, raw: RawPart, terms: &mut Terms<'_>, mistakes: &mut Mistakes) -> Part {
    let id = raw.id.get_ref().clone();
    if raw.cue.is_empty() && !raw.learn {
        let message = format!("the part `{id}` can never be satisfied: it has no cue and doesn't learn");
        mistakes.at(
            file,
            raw.id.span(),
            message,
            "this part",
            Some("add a [[part.cue]], or `learn = true` with a sentence bank".into()),
        );
    }
    let gate = terms_of(file, &raw.gate, terms, mistakes);
    let silence = terms_of(file, &raw.silence, terms, mistakes);
    let cues = raw.cue.into_iter().map(|cue| read_cue(file, &raw.id, cue, terms, mistakes)).collect();
    let mut home = raw.home;
    if home.contains(&Role::Methods) && !home.contains(&Role::Front) && id.starts_with("title") {
        home.push(Role::Front);
    }
    Part {
        id,
        name: raw.name,
        means: raw.means,
        home,
        abstract_weight: raw.abstract_weight,
        elsewhere_weight: raw.elsewhere,
        cues,
        learn: raw.learn,
        gate,
        silence,
        least_numbers: raw.least_numbers,
        least_recall: raw.least_recall,
        threshold: raw.threshold,
        unclear: raw.unclear,
        caution: raw.caution,
        home_counts: raw.home_counts,
        overlaps: raw.overlaps.into_iter().map(Spanned::into_inner).collect(),
    }
}

fn read_cue(
    file: &RuleText,
    part: &Spanned<String>,
    raw: RawCue,
    terms: &mut Terms<'_>,
    mistakes: &mut Mistakes,
) -> Cue {
    let shown = shown(&raw);
    let mut all = |patterns: &[Spanned<String>]| terms_of(file, patterns, terms, mistakes);
    let cue = Cue {
        sentence: all(&raw.sentence),
        within: raw.within.as_ref().map(|w| *w.get_ref()),
        ordered: raw.ordered,
        any: all(&raw.any),
        several: all(&raw.several),
        least: raw.least.as_ref().map_or(0, |l| *l.get_ref()),
        near: all(&raw.near),
        paragraph: all(&raw.paragraph),
        heading: all(&raw.heading),
        unless: all(&raw.unless),
        unless_heading: all(&raw.unless_heading),
        sections: raw.sections,
        scope: raw.scope,
        citation: raw.citation,
        numbers: raw.numbers,
        voice: raw.voice,
        negated: raw.negated,
        tense: raw.tense,
        pointer: raw.pointer,
        figure: raw.figure,
        weight: raw.weight,
        shown,
    };
    // What the file asks: a pattern that is wrong has been reported already.
    let asks_nothing =
        raw.sentence.is_empty() && raw.any.is_empty() && raw.several.is_empty() && raw.heading.is_empty();
    let mut never = |span: std::ops::Range<usize>, why: &str| {
        mistakes.at(file, span, format!("a cue of `{}` {why}", part.get_ref()), "here", None);
    };
    if asks_nothing {
        never(part.span(), "names no words, so it would hold for every sentence");
    }
    if let Some(pattern) = raw
        .sentence
        .iter()
        .chain(&raw.any)
        .find(|p| raw.unless.iter().any(|u| u.get_ref() == p.get_ref()) && raw.sentence.contains(p))
    {
        never(pattern.span(), "can never fire: it wants and forbids the same words");
    }
    if let Some(least) = &raw.least
        && *least.get_ref() > raw.several.len()
    {
        never(least.span(), "can never fire: it wants more of `several` than there are");
    }
    if !raw.several.is_empty() && raw.least.is_none() {
        never(raw.several[0].span(), "has `several` but not `least`, how many of them it wants");
    }
    if let Some(within) = &raw.within
        && raw.sentence.len() < 2
    {
        never(within.span(), "has `within`, which needs two patterns in `sentence`");
    }
    if !(0.0..=1.0).contains(&raw.weight) {
        never(part.span(), "has a weight that doesn't lie between 0 and 1");
    }
    cue
}

/// A cue in a few words, for explanations.
fn shown(raw: &RawCue) -> String {
    let list = |patterns: &[Spanned<String>], joint: &str| {
        patterns.iter().map(|p| format!("`{}`", p.get_ref())).collect::<Vec<_>>().join(joint)
    };
    let mut parts = Vec::new();
    if !raw.sentence.is_empty() {
        parts.push(list(&raw.sentence, " + "));
    }
    if !raw.any.is_empty() {
        parts.push(format!("any of {}", list(&raw.any, ", ")));
    }
    if let Some(least) = &raw.least {
        parts.push(format!("{} of {}", least.get_ref(), list(&raw.several, ", ")));
    }
    if !raw.heading.is_empty() {
        parts.push(format!("under a heading with {}", list(&raw.heading, " + ")));
    }
    if !raw.near.is_empty() {
        parts.push(format!("near {}", list(&raw.near, " + ")));
    }
    if !raw.paragraph.is_empty() {
        parts.push(format!("in a paragraph with {}", list(&raw.paragraph, " + ")));
    }
    parts.join(", ")
}

fn read_rule(
    file: &RuleText,
    raw: RawRule,
    parts: &[Part],
    part_ids: &FxHashMap<String, PartId>,
    mistakes: &mut Mistakes,
) -> Rule {
    let lookup = |name: &Spanned<String>, mistakes: &mut Mistakes| {
        let found = part_ids.get(name.get_ref()).copied();
        if found.is_none() {
            let help =
                nearest(name.get_ref(), parts.iter().map(|p| p.id.as_str())).map(|n| format!("did you mean `{n}`?"));
            mistakes.at(
                file,
                name.span(),
                format!("there is no part `{}` in rules/shared/parts", name.get_ref()),
                "this part",
                help,
            );
        }
        found
    };
    let mut rule_parts = Vec::new();
    for part in &raw.part {
        if let Some(id) = lookup(&part.part, mistakes) {
            rule_parts.push(RulePart {
                part: id,
                counts: part.counts,
                sentences: part.sentences.max(1),
                configurations: part.configurations,
                stages: part.stages.clone(),
            });
        }
    }
    let needed = rule_parts.iter().any(|p| p.counts != super::Counts::Partial);
    if !needed {
        let message = format!("{} can never be reported: none of its parts is required", raw.code.get_ref());
        mistakes.at(file, raw.code.span(), message, "this rule", None);
    }
    let examples = |all: Vec<RawExample>, mistakes: &mut Mistakes| -> Vec<Example> {
        all.into_iter()
            .map(|example| Example {
                text: example.text.into_inner(),
                place: example.place.or_else(|| raw.home.first().copied()).unwrap_or(Role::Methods),
                heading: example.heading,
                parts: example.parts.iter().filter_map(|name| lookup(name, mistakes)).collect(),
                verdict: example.verdict,
                stage: example.stage,
            })
            .collect()
    };
    let satisfied = examples(raw.satisfied, mistakes);
    let unsatisfied = examples(raw.unsatisfied, mistakes);
    if satisfied.len() < FEWEST_EXAMPLES || unsatisfied.len() < FEWEST_EXAMPLES {
        let message = format!(
            "{} has {} satisfied and {} unsatisfied examples; a rule carries at least {FEWEST_EXAMPLES} of each",
            raw.code.get_ref(),
            satisfied.len(),
            unsatisfied.len()
        );
        mistakes.at(
            file,
            raw.code.span(),
            message,
            "this rule",
            Some("add [[rule.satisfied]] and [[rule.unsatisfied]]".into()),
        );
    }
    Rule {
        code: raw.code.into_inner(),
        item: raw.item,
        name: raw.name,
        home: raw.home,
        stages: raw.stages,
        severity: raw.severity,
        ask: raw.ask,
        why: raw.why,
        help: raw.help,
        parts: rule_parts,
        satisfied,
        unsatisfied,
    }
}
