//! Reads `rules/` and checks it: every mistake is reported at its place in the TOML, all at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use crate::written::Written;
use include_dir::{Dir, include_dir};
use rustc_hash::{FxHashMap, FxHashSet};

use super::mistake::{MOST_SHOWN, Mistakes, RuleText, did_you_mean, one_of};
use super::pack::{self, Changeable, Examples, Pack, PackFileOf, PackTexts};
use super::raw::{
    FindingsFile, PartsFile, ProtocolFile, RawCue, RawExample, RawFinding, RawPart, RawRule, RuleFile, SectionsFile,
    StandardFile,
};
use super::{
    Cue, Example, Grammar, KnownWords, OtherFinding, Part, PartId, ProtocolKind, ProtocolWords, Rule, RulePart,
    RuleSet, Voices,
    certainty::{self, Certainty},
    learned,
};
use crate::error::{Error, nearest};
use crate::lexicon::{MatcherBuilder, TermId, WordClass, classes_named};
use crate::manuscript::{PlaceWords, Role, SectionNames};
use crate::protocol::{self, FieldPath};
use crate::standard::{RawSelection, RawSignals, Selection, Standard};

static SHARED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/shared");
static SYNTHESIS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rameses-synthesis");
static META_NARRATIVE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rameses-meta-narrative");
static EVALUATION: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/rameses-evaluation");
static CMO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/cmo");
static PROTOCOL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/protocol");
static BIBLIOGRAPHY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/bibliography");
static PROJECT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/project");
static LEARNED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/learned");

/// The shipped rules as a check needs them, without lexicons and examples: path and bytes of each file, as
/// `build.rs` packed it.
static PACKED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/packed-rules.rs"));

/// The shipped rules.
pub fn shipped() -> Result<RuleSet, Error> {
    build(&embedded(), &[], Prepared::Shipped, Mistakes::default())
}

/// The shipped rules without their examples, which takes a tenth of the time: for a check, which looks at none.
pub fn for_checking() -> Result<RuleSet, Error> {
    let packed = |(path, bytes): &(&str, &'static [u8])| RuleText {
        path: (*path).to_owned(),
        text: Cow::Borrowed(""),
        packed: Some(bytes),
        shown: format!("rules/{path}"),
    };
    let texts: Vec<RuleText> = PACKED.iter().map(packed).collect();
    build(&texts, &[], Prepared::WithoutExamples, Mistakes::default())
}

/// The shipped rules with a folder laid over them. A folder with a `pack.toml` is a pack, and what it
/// says is added and changed; of any other folder, a file of the same path replaces the shipped one,
/// and the rest is added.
///
/// Errors: the folder can't be read, or anything in its files is wrong.
pub fn with_folder(folder: &Path) -> Result<RuleSet, Error> {
    folder_laid_over(folder, Prepared::Weights)
}

/// The same for training: parts that learn needn't have learned yet.
pub fn for_training(folder: &Path) -> Result<RuleSet, Error> {
    folder_laid_over(folder, Prepared::Nothing)
}

fn folder_laid_over(folder: &Path, prepared: Prepared) -> Result<RuleSet, Error> {
    let mut texts = embedded();
    if pack::is_pack(folder) {
        let mut mistakes = Mistakes::default();
        let packs = pack::gather(folder, &mut mistakes)?;
        return build(&texts, &packs, prepared, mistakes);
    }
    let failed = |source: std::io::Error| Error::Read { path: folder.to_owned(), source };
    if !folder.is_dir() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::NotFound, "it is not a folder")));
    }
    let mut found = false;
    // Links are not followed: they may lead in a circle.
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build().flatten();
    for path in walk.map(ignore::DirEntry::into_path).filter(|path| path.is_file()) {
        let is = |extension: &str| path.extension().is_some_and(|own| own == extension);
        let read = is("toml") || (is("tsv") && path.parent() == Some(&folder.join("learned")));
        if !read {
            continue;
        }
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
                packed: None,
                shown: path.to_string_lossy().into_owned(),
            }),
        }
    }
    if !found {
        return Err(Error::Usage {
            message: format!("{} holds no .toml file", folder.display()),
            help: Some(
                "a rule folder is a pack, with a pack.toml, or is laid out like realint's own `rules/`; `realint rules new` writes a pack to begin with"
                    .into(),
            ),
        });
    }
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    build(&texts, &[], prepared, Mistakes::default())
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
        ("bibliography", &BIBLIOGRAPHY),
        ("project", &PROJECT),
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
            texts.push(RuleText { shown: format!("rules/{path}"), path, text: Cow::Borrowed(text), packed: None });
        }
    }
    for sub in dir.dirs() {
        collect(prefix, sub, texts);
    }
}

/// The fewest examples of each kind that a shipped rule carries.
pub const FEWEST_EXAMPLES: usize = 4;

/// What was made ready before the rules are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prepared {
    /// All that `build.rs` makes of the embedded files.
    Shipped,
    /// The same, and the examples are left out.
    WithoutExamples,
    /// The weights of all parts that learn.
    Weights,
    /// Nothing: the weights are about to be made.
    Nothing,
}

/// The rules that some files and the packs above them make. `mistakes` are those found on the way here.
fn build(
    texts: &[RuleText],
    packs: &[PackTexts],
    prepared: Prepared,
    mut mistakes: Mistakes,
) -> Result<RuleSet, Error> {
    let shipped = matches!(prepared, Prepared::Shipped | Prepared::WithoutExamples);
    let mut builder = if shipped { MatcherBuilder::shipped() } else { MatcherBuilder::new() };
    let by_path = |path: &str| texts.iter().find(|t| t.path == path);
    let mut empty_classes = Vec::new();
    let mut classes = Classes::new();
    if !shipped {
        for (path, reach) in [("shared/lexicon.toml", Reach::Everywhere), (WORDS, Reach::Patterns)] {
            let Some(file) = by_path(path) else { continue };
            empty_classes.extend(read_lexicon(file, &mut builder, reach, &mut classes, &mut mistakes));
        }
    }
    let mut new_classes: Vec<(&RuleText, Written<String>)> = Vec::new();
    for file in packs.iter().filter_map(|pack| pack.file("lexicon.toml")) {
        let added = add_to_lexicon(file, &mut builder, &mut classes, &mut empty_classes, &mut mistakes);
        new_classes.extend(added.into_iter().map(|name| (file, name)));
    }
    let mut section_names = SectionNames::default();
    if let Some(file) = by_path("shared/sections.toml")
        && let Some(raw) = mistakes.parse::<SectionsFile>(file)
    {
        add_sections(&mut section_names, raw);
    }
    for file in packs.iter().filter_map(|pack| pack.file("sections.toml")) {
        if let Some(raw) = mistakes.parse::<SectionsFile>(file) {
            add_sections(&mut section_names, raw);
        }
    }
    if shipped {
        section_names.places = PlaceWords::shipped();
    } else if let Some(file) = texts.iter().find(|t| t.path == "learned/places.tsv") {
        section_names.places = PlaceWords::new(&file.text);
    }
    let mut terms =
        Terms { builder: &mut builder, empty_classes: &empty_classes, used: FxHashSet::default(), unknown: 0 };

    let mut parts: Vec<Part> = Vec::new();
    let mut part_ids: FxHashMap<String, PartId> = FxHashMap::default();
    let mut part_files: Vec<(&RuleText, Written<String>)> = Vec::new();
    let mut overlaps: Vec<(&RuleText, Written<String>)> = Vec::new();
    let of_shipped = mistakes.parse_all(texts.iter().filter(|text| text.path.starts_with("shared/parts/")));
    let mut raws: Vec<(Option<&PackTexts>, &RuleText, PartsFile)> =
        of_shipped.into_iter().map(|(file, raw)| (None, file, raw)).collect();
    for pack in packs {
        let of_pack = mistakes.parse_all(pack.files_in("parts", ".toml"));
        raws.extend(of_pack.into_iter().map(|(file, raw)| (Some(pack), file, raw)));
    }
    for (pack, file, raw) in raws {
        for part in raw.part {
            let id = part.id.get_ref().clone();
            if let Some(first) = part_ids.get(&id) {
                let (message, label) = match pack {
                    Some(_) => {
                        let first = &part_files[first.0].0.shown;
                        (format!("the part `{id}` is defined by {first} already"), "this id")
                    }
                    None => (format!("the part `{id}` is defined twice"), "a second time here"),
                };
                mistakes.at(file, part.id.span(), message, label, None);
                continue;
            }
            part_ids.insert(id, PartId(parts.len()));
            part_files.push((file, part.id.clone()));
            overlaps.extend(part.overlaps.iter().map(|name| (file, name.clone())));
            let mut part = read_part(file, part, &mut terms, &mut mistakes);
            part.pack = pack.map(|pack| pack.id().to_owned());
            parts.push(part);
        }
    }
    for (file, name) in overlaps.iter().filter(|(_, name)| !part_ids.contains_key(name.get_ref())) {
        let help = did_you_mean(name.get_ref(), parts.iter().map(|p| p.id.as_str()));
        mistakes.at(file, name.span(), format!("there is no part `{}`", name.get_ref()), "this part", help);
    }
    let examples = prepared != Prepared::WithoutExamples;
    let known_parts = KnownParts { parts: &parts, ids: &part_ids, examples };

    let mut standards: Vec<Standard> = Vec::new();
    let mut rules: Vec<Vec<Rule>> = Vec::new();
    let mut codes: FxHashMap<String, String> = FxHashMap::default();
    let of_shipped = texts.iter().filter(|t| t.path.ends_with("/standard.toml")).map(|file| (None, file));
    let of_packs = packs.iter().flat_map(|pack| pack.standards().map(move |file| (Some(pack), file)));
    for (pack, file) in of_shipped.chain(of_packs) {
        let Some(raw) = mistakes.parse::<StandardFile>(file) else { continue };
        let folder = file.path.trim_end_matches("standard.toml");
        let id = raw.standard.id.get_ref().clone();
        if folder.trim_end_matches('/') != id {
            let message = format!("the folder `{folder}` holds the standard `{id}`; both must have one name");
            mistakes.at(file, raw.standard.id.span(), message, "this id", None);
        }
        pack::check_id(file, &raw.standard.id, &mut mistakes);
        if standards.iter().any(|s| s.id == id) || id == "none" {
            let message = format!("there is a standard `{id}` already");
            let help = Some("to change what it asks, a pack names it in `extends`".into());
            mistakes.at(file, raw.standard.id.span(), message, "this id", help);
        }
        let mut own: Vec<Rule> = Vec::new();
        let siblings = pack.map_or(texts, |pack| &pack.files);
        let rule_files = siblings.iter().filter(|t| t.path.starts_with(folder) && t.path != file.path);
        for (rule_file, raw) in mistakes.parse_all::<RuleFile>(rule_files) {
            let raw = raw.rule.into_inner();
            take_code(&mut codes, pack, rule_file, &raw.code, &mut mistakes);
            if let Some(named) = raw.standards.first() {
                let message = format!("{} is an item of `{id}`, whose folder it lies in", raw.code.get_ref());
                let help = Some("`standards` is for items that a pack adds to other standards".into());
                mistakes.at(rule_file, named.span(), message, "here", help);
            }
            let number = raw.item.as_ref().map_or(0, |item| *item.get_ref());
            let taken = own.iter().find(|rule| rule.item == number).map(|rule| rule.code.clone());
            match (&raw.item, taken) {
                (None, _) => {
                    let message = format!("{} has no `item`, its number in the standard", raw.code.get_ref());
                    mistakes.at(rule_file, raw.code.span(), message, "this rule", None);
                }
                (Some(item), Some(other)) => {
                    let message = format!("{other} is item {number} of `{id}` already");
                    mistakes.at(rule_file, item.span(), message, "this number", None);
                }
                _ => {}
            }
            let mut rule = read_rule(rule_file, raw, number, known_parts, &mut mistakes);
            rule.pack = pack.map(|pack| pack.id().to_owned());
            own.push(rule);
        }
        let items = raw.standard.items;
        if pack.is_some() && !own.is_empty() && own.len() != *items.get_ref() as usize {
            let message = format!("`{id}` says that it has {} items, and there are {}", items.get_ref(), own.len());
            mistakes.at(file, items.span(), message, "this number", None);
        }
        own.sort_by_key(|rule| rule.item);
        standards.push(Standard {
            id,
            name: raw.standard.name,
            short: raw.standard.short,
            source: raw.standard.source,
            items: *items.get_ref(),
            shipped: !own.is_empty(),
            configurations: raw.standard.configurations,
            pack: pack.map(|pack| pack.id().to_owned()),
        });
        rules.push(own);
    }
    let (extended, brought) = pack::reaches(packs, &standards, &mut mistakes);

    let protocols = by_path(PROTOCOLS)
        .and_then(|file| Some((file, mistakes.parse::<ProtocolFile>(file)?)))
        .map(|(file, raw)| read_protocols(file, raw, &standards, &mut terms, &mut mistakes))
        .unwrap_or_default();
    let mut others = Vec::new();
    let known_standards: Vec<String> = standards.iter().map(|s| s.id.clone()).collect();
    let families = texts.iter().filter(|t| t.path == "shared/findings.toml" || is_family(&t.path));
    for (file, raw) in mistakes.parse_all::<FindingsFile>(families) {
        for finding in raw.finding {
            take_code(&mut codes, None, file, &finding.code, &mut mistakes);
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
    let mut grammar = Grammar::default();
    if let Some(file) = by_path(FORMS)
        && let Some(read) = mistakes.parse::<Grammar>(file)
    {
        check_forms(file, &read, &mut mistakes);
        grammar = read;
        grammar.reasoning.sort_unstable();
    }
    if !packs.is_empty() {
        let own = rules.iter().flatten().filter(|rule| rule.pack.is_none()).map(|rule| &rule.code);
        let taken: Vec<String> = own.chain(others.iter().map(|finding| &finding.code)).cloned().collect();
        pack::check_prefixes(packs, &taken, &mut mistakes);
    }

    for (pack, reach) in packs.iter().zip(&extended) {
        add_items(pack, reach, &standards, &mut rules, known_parts, &mut codes, &mut mistakes);
        let changes = pack
            .raw
            .change
            .iter()
            .map(|(code, change)| {
                let home = rules.iter().flatten().find(|r| r.code == *code.get_ref()).map_or(&[][..], |r| &r.home);
                let mut read =
                    |examples: &[RawExample]| read_examples(&pack.manifest, examples, home, known_parts, &mut mistakes);
                let examples: Examples = (read(&change.satisfied), read(&change.unsatisfied));
                (code, change, examples)
            })
            .collect();
        let mut changeable = Changeable {
            standards: &standards,
            rules: &mut rules,
            others: &mut others,
            parts: &parts,
            part_ids: &part_ids,
        };
        pack::apply(PackFileOf { texts: pack, changes }, reach, &mut changeable, &mut mistakes);
    }

    let mut selection = Selection::default();
    let numbers = |wanted: &dyn Fn(&Standard) -> bool| -> Vec<usize> {
        standards.iter().enumerate().filter(|(_, s)| wanted(s)).map(|(index, _)| index).collect()
    };
    if let Some(file) = by_path("shared/selection.toml")
        && let Some(raw) = mistakes.parse::<RawSelection>(file)
    {
        let wrong = |span, message, help| mistakes.at(file, span, message, "here", help);
        let broad = numbers(&|standard| standard.pack.is_none());
        selection = Selection::build(raw, &standards, &broad, |pattern| terms.term(pattern), wrong);
    }
    for (pack, (extended, brought)) in packs.iter().zip(extended.iter().zip(&brought)) {
        let Some(file) = pack.file("selection.toml") else { continue };
        let Some(raw) = mistakes.parse::<RawSignals>(file) else { continue };
        let wrong = |span, message, help| mistakes.at(file, span, message, "here", help);
        let broad = numbers(&|standard| extended.contains(&standard.id) || brought.contains(&standard.id));
        selection.add(raw, &standards, &broad, |pattern| terms.term(pattern), wrong);
    }
    let included: FxHashSet<&String> = classes.values().flat_map(|class| &class.include).collect();
    for (file, name) in &new_classes {
        let written = name.get_ref();
        if !terms.used.contains(written) && !included.contains(written) {
            let message = format!("nothing asks for the new class `{written}`");
            let old = classes.keys().map(String::as_str).filter(|other| *other != written.as_str());
            let meant = mistakes.shows_more().then(|| did_you_mean(written, old)).flatten();
            let help = meant.or(Some(format!("name it in a pattern: `@{written}`")));
            mistakes.at(file, name.span(), message, "this class", help);
        }
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
        others_deed: voice("others-deed"),
    };
    let weights = |part: &Part| match &part.pack {
        None => by_path(&format!("learned/{}.tsv", part.id)),
        Some(id) => packs.iter().find(|p| p.id() == id)?.file(&format!("learned/{}.tsv", part.id)),
    };
    check_weights(packs, &parts, &part_files, prepared, &weights, &mut mistakes);
    if let Some(file) = by_path(CERTAINTY).filter(|_| prepared == Prepared::Weights) {
        let ids: Vec<&str> = parts.iter().map(|part| part.id.as_str()).collect();
        if let Some((place, message)) = certainty::mistake_in(&file.text, &ids) {
            mistakes.at(file, place, message, "this line", Some(MADE_BY_TRAINING.to_owned()));
        }
    }
    mistakes.finish()?;
    let matcher = builder.build();
    let ids: Vec<&str> = parts.iter().map(|part| part.id.as_str()).collect();
    let learned = if shipped {
        learned::Model::shipped(&ids, &matcher)
    } else {
        let files: Vec<Option<&str>> = parts.iter().map(|part| weights(part).map(|t| &*t.text)).collect();
        learned::Model::load(&files, &matcher)
    };
    let certainty = match by_path(CERTAINTY) {
        Some(file) if !shipped => Certainty::load(&file.text, &ids),
        _ => Certainty::shipped(&ids),
    };
    let packs = packs
        .iter()
        .zip(extended.into_iter().zip(brought))
        .map(|(pack, (extended, brought))| Pack {
            id: pack.id().to_owned(),
            name: pack.raw.pack.name.clone(),
            source: pack.raw.pack.source.clone(),
            extends: pack.raw.pack.extends.iter().map(|entry| entry.get_ref().clone()).collect(),
            standards: extended.into_iter().chain(brought).collect(),
            prefix: pack.raw.pack.prefix.as_ref().map(|prefix| prefix.get_ref().clone()),
            folder: pack.folder.clone(),
        })
        .collect();
    Ok(RuleSet {
        section_names,
        matcher,
        voices,
        parts,
        standards,
        rules,
        others,
        grammar,
        known_words: KnownWords::default(),
        protocols,
        selection,
        learned,
        certainty,
        packs,
    })
}

/// Notes whose a code is; a code that is taken, or that isn't the pack's to give, is a mistake.
fn take_code(
    codes: &mut FxHashMap<String, String>,
    pack: Option<&PackTexts>,
    file: &RuleText,
    code: &Written<String>,
    mistakes: &mut Mistakes,
) {
    let written = code.get_ref();
    if let Some(first) = codes.get(written) {
        let message = format!("the code {written} is taken by {first}");
        mistakes.at(file, code.span(), message, "codes are never reused", None);
    } else {
        codes.insert(written.clone(), file.shown.clone());
        if let Some(pack) = pack {
            pack::check_code(pack, file, code, mistakes);
        }
    }
}

/// Adds the items of a pack to the standards that it extends, after those that are there.
fn add_items(
    pack: &PackTexts,
    reach: &[String],
    standards: &[Standard],
    rules: &mut [Vec<Rule>],
    parts: KnownParts<'_>,
    codes: &mut FxHashMap<String, String>,
    mistakes: &mut Mistakes,
) {
    for file in pack.files_in("items", ".toml") {
        let Some(raw) = mistakes.parse::<RuleFile>(file) else { continue };
        let raw = raw.rule.into_inner();
        let code = raw.code.clone();
        take_code(codes, Some(pack), file, &code, mistakes);
        let mut wanted: Vec<&str> = reach.iter().map(String::as_str).collect();
        for named in &raw.standards {
            if !reach.contains(named.get_ref()) {
                let message = format!("this pack doesn't extend `{}`", named.get_ref());
                let help = one_of(named.get_ref(), reach.iter().map(String::as_str));
                mistakes.at(file, named.span(), message, "this standard", help);
            }
        }
        if !raw.standards.is_empty() {
            wanted.retain(|id| raw.standards.iter().any(|named| named.get_ref() == id));
        } else if reach.is_empty() {
            let message = format!("{} belongs to no standard: the pack extends none", code.get_ref());
            let help = Some("name one in pack.toml: `extends = [\"...\"]`".into());
            mistakes.at(file, code.span(), message, "this item", help);
        }
        let item = raw.item.clone();
        let mut rule = read_rule(file, raw, 0, parts, mistakes);
        rule.pack = Some(pack.id().to_owned());
        for (standard, own) in standards.iter().zip(&mut *rules).filter(|(s, _)| wanted.contains(&s.id.as_str())) {
            let last = own.iter().map(|rule| rule.item).max().unwrap_or_default().max(standard.items);
            let mut rule = rule.clone();
            rule.item = item.as_ref().map_or(last + 1, |item| *item.get_ref());
            if let Some(item) = &item
                && *item.get_ref() <= last
            {
                let message = format!("item {} of `{}` is there already", item.get_ref(), standard.id);
                let help = Some(format!("the next is {}; without `item` realint counts on", last + 1));
                mistakes.at(file, item.span(), message, "this number", help);
            }
            own.push(rule);
        }
    }
}

/// A part of a pack that learns needs its weights, and weights need such a part.
fn check_weights<'a>(
    packs: &[PackTexts],
    parts: &[Part],
    files: &[(&RuleText, Written<String>)],
    prepared: Prepared,
    weights: &dyn Fn(&Part) -> Option<&'a RuleText>,
    mistakes: &mut Mistakes,
) {
    if prepared == Prepared::Weights {
        for file in parts.iter().filter(|part| part.learn).filter_map(weights) {
            check_weight_file(file, mistakes);
        }
    }
    for (part, (file, id)) in parts.iter().zip(files).filter(|(part, _)| part.pack.is_some() && part.learn) {
        if prepared == Prepared::Weights && weights(part).is_none() {
            let message = format!("the part `{}` learns, and nothing was learned yet", part.id);
            let folder = packs.iter().find(|p| Some(p.id()) == part.pack.as_deref()).map(|p| p.folder.display());
            let help = folder.map(|folder| {
                format!(
                    "put sentences into {folder}/bank/{}.tsv and run `realint rules train --rules {folder}`",
                    part.id
                )
            });
            mistakes.at(file, id.span(), message, "this part", help);
        }
    }
    for pack in packs {
        for file in pack.files_in("learned", ".tsv") {
            let own = |part: &&Part| part.pack.as_deref() == Some(pack.id()) && part.learn;
            if !parts.iter().filter(own).any(|part| part.id == file.stem()) {
                let message = format!("{} holds weights for no part of this pack that learns", file.path);
                let help = did_you_mean(file.stem(), parts.iter().filter(own).map(|part| part.id.as_str()));
                mistakes.at(file, 0..0, message, "nothing would read it", help);
            }
        }
    }
}

const MADE_BY_TRAINING: &str = "`realint rules train` makes these files; don't edit them";

/// How certain the best sentences of a manuscript make each part.
const CERTAINTY: &str = "learned/certainty.tsv";

/// A file of weights has a bias and nothing but lines `feature<TAB>thousandths`; the first that breaks this is reported.
fn check_weight_file(file: &RuleText, mistakes: &mut Mistakes) {
    let help = || Some(MADE_BY_TRAINING.to_owned());
    let mut at = 0;
    let mut bias = false;
    for line in file.text.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        match text.rsplit_once('\t') {
            _ if text.is_empty() || text.starts_with('#') => {}
            Some((name, weight)) if weight.parse::<i32>().is_ok() => bias |= name == "bias",
            _ => {
                let message = "a line of weights is no feature, tab and whole number".to_owned();
                return mistakes.at(file, at..at + text.len(), message, "this line", help());
            }
        }
        at += line.len();
    }
    if !bias {
        mistakes.at(file, 0..0, "weights without a bias".to_owned(), "here", help());
    }
}

/// A lexicon as written.
type Lexicon = BTreeMap<Written<String>, WordClass>;

/// All word classes by name, for packs to add to.
type Classes = BTreeMap<String, WordClass>;

/// Adds the classes of the lexicon to the matcher. Gives back those without any pattern.
fn read_lexicon(
    file: &RuleText,
    builder: &mut MatcherBuilder,
    reach: Reach,
    classes: &mut Classes,
    mistakes: &mut Mistakes,
) -> Vec<String> {
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
    classes.extend(lexicon.into_iter().map(|(name, class)| (name.into_inner(), class)));
    empty
}

/// Adds the words of a pack: to classes that are there, and to those that include them, or as classes of
/// its own, which learned cues don't see. Gives the names of the new ones.
fn add_to_lexicon(
    file: &RuleText,
    builder: &mut MatcherBuilder,
    classes: &mut Classes,
    empty: &mut Vec<String>,
    mistakes: &mut Mistakes,
) -> Vec<Written<String>> {
    let Some(lexicon) = mistakes.parse::<Lexicon>(file) else { return Vec::new() };
    let mut new = Vec::new();
    for name in lexicon.keys() {
        if !classes.contains_key(name.get_ref()) {
            builder.declare_local(name.get_ref());
            new.push(name.clone());
        }
    }
    let find = |name: &str| lexicon.iter().find(|(key, _)| key.get_ref() == name).map(|(_, class)| class);
    for (name, class) in &lexicon {
        let written = name.get_ref();
        let own = class.patterns();
        let mut patterns = own.clone();
        for included in &class.include {
            let (here, there) = (find(included), classes.get(included));
            patterns.extend(here.into_iter().chain(there).flat_map(WordClass::patterns));
            if here.is_none() && there.is_none() {
                let names = classes.keys().map(String::as_str).chain(lexicon.keys().map(|k| k.get_ref().as_str()));
                let message = format!("`{written}` includes `{included}`, which is no class");
                let help = mistakes.shows_more().then(|| did_you_mean(included, names)).flatten();
                mistakes.at(file, name.span(), message, "in this class", help);
            }
        }
        if patterns.is_empty() {
            let message = format!("the class `{written}` has no words");
            mistakes.at(file, name.span(), message, "this class", Some("it has verbs, nouns, words or include".into()));
        }
        let includers = classes.iter().filter(|(_, other)| other.include.contains(written)).map(|(n, _)| (n, &own));
        for (into, patterns) in [(written, &patterns)].into_iter().chain(includers) {
            empty.retain(|name| name != into);
            let term = builder.declare_class(into);
            // What is wrong with a pattern is wrong wherever it is put.
            for error in patterns.iter().filter_map(|pattern| builder.add_to_class(term, pattern).err()) {
                if into == written {
                    mistakes.at(file, name.span(), format!("class `{written}`: {error}"), "in this class", None);
                }
            }
        }
    }
    for (name, class) in lexicon {
        let all = classes.entry(name.into_inner()).or_default();
        all.verbs.extend(class.verbs);
        all.nouns.extend(class.nouns);
        all.words.extend(class.words);
        all.include.extend(class.include);
    }
    new
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
    ["cmo/", "protocol/", "bibliography/", "project/"].iter().any(|folder| path.starts_with(folder))
        && path.ends_with(".toml")
        && ![WORDS, FORMS, PROTOCOLS].contains(&path)
}

/// Whether a code is capital letters and three digits.
fn is_code(code: &str) -> bool {
    let letters = code.trim_end_matches(|c: char| c.is_ascii_digit());
    code.len() == letters.len() + 3 && !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_uppercase())
}

/// What can never match in the file that says how configurations are written: its words are compared
/// with text in lower case, so that a capital, an empty word or spaces around one match nothing.
fn check_forms(file: &RuleText, grammar: &Grammar, mistakes: &mut Mistakes) {
    for (key, words) in grammar.lists() {
        let from = file.text.lines().scan(0, |at, line| {
            let start = *at;
            *at += line.len() + 1;
            Some((start, line))
        });
        let from =
            from.into_iter().find(|(_, line)| line.starts_with(key) && line[key.len()..].trim_start().starts_with('='));
        let from = from.map_or(0, |(start, _)| start).min(file.text.len());
        let wrong = |w: &&String| w.trim().is_empty() || w.trim() != w.as_str() || w.to_lowercase() != **w;
        for word in words.iter().filter(wrong) {
            let written = format!("\"{word}\"");
            let span = file.text[from..].find(&written).map_or(from..from, |at| from + at..from + at + written.len());
            let message = format!("`{word}` in `{key}` can never match");
            let help = Some("words are in lower case, without spaces around them".into());
            mistakes.at(file, span, message, "this word", help);
        }
        if words.is_empty() {
            mistakes.at(file, from..from, format!("`{key}` has no words"), "here", None);
        }
    }
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
    let by_values = raw.check.is_some_and(super::Check::by_values);
    let values = raw.words.keys().filter(|key| key.get_ref().starts_with("is-")).count();
    if by_values && values < 2 {
        let message = format!("{code} tells fewer than two values apart");
        mistakes.at(file, raw.code.span(), message, "this finding", Some("add `words.is-… = [...]`".into()));
    }
    let known = |key: &str, asked: &[&str]| asked.contains(&key) || (by_values && key.starts_with("is-"));
    for (key, asked) in unasked.filter(|(key, asked)| !known(key.get_ref(), asked)) {
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
    if !is_code(&code) {
        let message = format!("`{code}` is no code of a finding");
        let help = Some("capital letters and three digits, such as `CMO010`".into());
        mistakes.at(file, raw.code.span(), message, "this code", help);
    }
    for (name, value) in &raw.limits {
        // A share is from 0 to 1; what is counted is a whole number, and at least one.
        let share = super::Check::is_share(name.get_ref());
        let number = *value.get_ref();
        let right = if share { (0.0..=1.0).contains(&number) } else { number >= 1.0 && number.fract() == 0.0 };
        if !right {
            let asked = if share { "a share from 0 to 1" } else { "a whole number from 1 on" };
            let message = format!("the threshold `{}` of {code} is {asked}, not {number}", name.get_ref());
            mistakes.at(file, value.span(), message, "here", None);
        }
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
        message: raw.message.map(Written::into_inner).unwrap_or_default(),
        label: raw.label,
        why: raw.why,
        help: raw.help,
        explanation: raw.explanation,
        check: raw.check,
        stages: raw.stages,
        standards: raw.standards.into_iter().map(Written::into_inner).collect(),
        cues,
        words,
        limits: raw.limits.into_iter().map(|(k, v)| (k.into_inner(), v.into_inner())).collect(),
        fields,
        kinds: raw.kinds.into_iter().map(Written::into_inner).collect(),
        items: raw.items.into_iter().map(Written::into_inner).collect(),
        fires: raw.fires,
        silent: raw.silent,
        changed: Vec::new(),
        off: None,
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
    ProtocolWords { kinds, words, told_by: raw.told_by.into_iter().map(Written::into_inner).collect() }
}

/// Adds headings; those that come later are looked at first.
fn add_sections(names: &mut SectionNames, raw: SectionsFile) {
    let mut exact: FxHashMap<String, Role> = FxHashMap::default();
    for role in raw.role {
        for heading in role.exact {
            exact.entry(heading).or_insert(role.name);
        }
        names.contains.retain(|(phrase, _)| !role.contains.contains(phrase));
        names.contains.extend(role.contains.into_iter().map(|phrase| (phrase, role.name)));
    }
    names.exact.extend(exact);
    names.contains.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
}

/// Turns patterns into terms.
pub(crate) struct Terms<'a> {
    builder: &'a mut MatcherBuilder,
    empty_classes: &'a [String],
    /// Classes that patterns have named.
    used: FxHashSet<String>,
    /// How often a pattern named one that isn't there.
    unknown: usize,
}

impl Terms<'_> {
    /// The term of a pattern, or what is wrong with it and what might be meant.
    pub(crate) fn term(&mut self, pattern: &str) -> Result<TermId, (String, Option<String>)> {
        for class in classes_named(pattern).map(str::to_lowercase) {
            if self.builder.class(&class).is_none() {
                self.unknown += 1;
                let meant = || did_you_mean(&class, self.builder.class_names());
                let help = (self.unknown <= MOST_SHOWN)
                    .then(meant)
                    .flatten()
                    .or(Some("rules/shared/lexicon.toml lists them; a pack's lexicon.toml may add to them".into()));
                return Err((format!("`@{class}` is no class of the lexicon"), help));
            }
            if self.empty_classes.contains(&class) {
                return Err((format!("`@{class}` has no words, so this can never match"), None));
            }
            self.used.insert(class);
        }
        self.builder.pattern(pattern).map_err(|e| (e.to_string(), None))
    }
}

/// The terms of some patterns; those that are wrong are reported and left out.
fn terms_of(
    file: &RuleText,
    patterns: &[Written<String>],
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
        own_deed: raw.own_deed,
        least_recall: raw.least_recall,
        threshold: raw.threshold,
        unclear: raw.unclear,
        caution: raw.caution,
        home_counts: raw.home_counts,
        overlaps: raw.overlaps.into_iter().map(Written::into_inner).collect(),
        pack: None,
    }
}

fn read_cue(
    file: &RuleText,
    part: &Written<String>,
    raw: RawCue,
    terms: &mut Terms<'_>,
    mistakes: &mut Mistakes,
) -> Cue {
    let shown = shown(&raw);
    let mut all = |patterns: &[Written<String>]| terms_of(file, patterns, terms, mistakes);
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
    let list = |patterns: &[Written<String>], joint: &str| {
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

/// The parts that rules may ask for.
#[derive(Clone, Copy)]
struct KnownParts<'a> {
    parts: &'a [Part],
    ids: &'a FxHashMap<String, PartId>,
    /// Whether the rules carry their examples.
    examples: bool,
}

impl KnownParts<'_> {
    /// The part of a name; a name of none is a mistake.
    fn find(self, file: &RuleText, name: &Written<String>, mistakes: &mut Mistakes) -> Option<PartId> {
        let found = self.ids.get(name.get_ref()).copied();
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), self.parts.iter().map(|p| p.id.as_str()));
            let message = format!("there is no part `{}` in rules/shared/parts or in a pack", name.get_ref());
            mistakes.at(file, name.span(), message, "this part", help);
        }
        found
    }
}

/// Examples, standing in the first of the places of `home` where they don't say which.
fn read_examples(
    file: &RuleText,
    raw: &[RawExample],
    home: &[Role],
    parts: KnownParts<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Example> {
    let one = |example: &RawExample| Example {
        text: example.text.get_ref().clone(),
        place: example.place.or_else(|| home.first().copied()).unwrap_or(Role::Methods),
        heading: example.heading.clone(),
        parts: example.parts.iter().filter_map(|name| parts.find(file, name, mistakes)).collect(),
        verdict: example.verdict,
        stage: example.stage,
    };
    raw.iter().map(one).collect()
}

fn read_rule(file: &RuleText, raw: RawRule, item: u32, parts: KnownParts<'_>, mistakes: &mut Mistakes) -> Rule {
    let mut rule_parts = Vec::new();
    for part in &raw.part {
        if let Some(id) = parts.find(file, &part.part, mistakes) {
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
    let satisfied = read_examples(file, &raw.satisfied, &raw.home, parts, mistakes);
    let unsatisfied = read_examples(file, &raw.unsatisfied, &raw.home, parts, mistakes);
    if parts.examples && (satisfied.len() < FEWEST_EXAMPLES || unsatisfied.len() < FEWEST_EXAMPLES) {
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
        item,
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
        pack: None,
        changed: Vec::new(),
        off: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_rules_are_those_of_the_files() {
        let (packed, written) = (for_checking().expect("packed"), shipped().expect("written"));
        assert_eq!(format!("{:?}", packed.parts), format!("{:?}", written.parts));
        assert_eq!(format!("{:?}", packed.grammar), format!("{:?}", written.grammar));
        assert_eq!(format!("{:?}", packed.protocols), format!("{:?}", written.protocols));
        assert_eq!(format!("{:?}", packed.selection), format!("{:?}", written.selection));
        assert_eq!(format!("{:?}", packed.section_names), format!("{:?}", written.section_names));
        let without_examples = |rules: &RuleSet| {
            let mut rules = rules.rules.clone();
            for rule in rules.iter_mut().flatten() {
                rule.satisfied.clear();
                rule.unsatisfied.clear();
            }
            format!("{rules:?}")
        };
        assert_eq!(without_examples(&packed), without_examples(&written));
        let codes = |rules: &RuleSet| rules.others.iter().map(|f| (f.code.clone(), f.words.len())).collect::<Vec<_>>();
        assert_eq!(codes(&packed), codes(&written));
    }

    /// What `build.rs` lays out is what the rules ask for, and nothing else: each term would be looked for in every text.
    #[test]
    fn the_tables_have_just_the_terms_that_are_used() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let (laid_out, as_written) = (shipped().expect("shipped"), with_folder(&folder).expect("as written"));
        assert_eq!(laid_out.matcher.term_count(), as_written.matcher.term_count());
    }
}
