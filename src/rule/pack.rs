//! Rule packs: folders that change what the shipped standards ask, add to it, or bring standards of
//! their own. This module finds the packs that a folder stands for, and says what each changes; the
//! loader reads what they add.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::written::Written;
use rustc_hash::FxHashMap;

use super::mistake::{Mistakes, RuleText, did_you_mean, one_of};
use super::raw::{PackFile, RawChange};
use super::{Counts, Example, OtherFinding, Part, PartId, Rule, RulePart, Severity};
use crate::error::Error;
use crate::standard::Standard;

/// The file that makes a folder a pack.
pub(super) const MANIFEST: &str = "pack.toml";

/// A pack that is laid over the shipped rules.
#[derive(Debug, Clone)]
pub struct Pack {
    /// `journal-house`.
    pub id: String,
    /// Its full name.
    pub name: String,
    /// Where its wishes are set out.
    pub source: String,
    /// What it extends, as its manifest says.
    pub extends: Vec<String>,
    /// Ids of the standards that it extends, itself or through other packs, or brings.
    pub standards: Vec<String>,
    /// What the codes of its own items begin with.
    pub prefix: Option<String>,
    /// Its folder.
    pub folder: PathBuf,
}

/// An item or finding that a pack doesn't want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// The pack.
    pub pack: String,
    /// Why.
    pub reason: String,
}

/// Whether a folder is a pack, and not a plain folder of rules.
pub fn is_pack(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// A pack as found: its manifest and its other files, by their paths in the pack.
#[derive(Debug)]
pub(super) struct PackTexts {
    pub(super) manifest: RuleText,
    pub(super) raw: PackFile,
    pub(super) folder: PathBuf,
    pub(super) files: Vec<RuleText>,
    /// Numbers of the packs that it extends.
    pub(super) below: Vec<usize>,
}

impl PackTexts {
    pub(super) fn id(&self) -> &str {
        self.raw.pack.id.get_ref()
    }

    /// The file at a path in the pack.
    pub(super) fn file(&self, path: &str) -> Option<&RuleText> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The files with some ending in a folder of the pack.
    pub(super) fn files_in<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a RuleText> {
        self.files.iter().filter(move |file| {
            file.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && rest.ends_with(ending))
        })
    }

    /// The standards that it brings: their `standard.toml`.
    pub(super) fn standards(&self) -> impl Iterator<Item = &RuleText> {
        self.files.iter().filter(|file| file.path.ends_with("/standard.toml"))
    }

    /// Whether an entry of `extends` is the path of a pack and not the id of a standard.
    fn is_path(entry: &str) -> bool {
        entry.starts_with('.') || entry.contains(['/', '\\'])
    }

    /// Ids of the standards that the manifest itself names.
    pub(super) fn named_standards(&self) -> impl Iterator<Item = &Written<String>> {
        self.raw.pack.extends.iter().filter(|entry| !Self::is_path(entry.get_ref()))
    }
}

/// The pack in a folder and all packs that it extends, what is extended before what extends it.
///
/// Errors: the folder can't be read. All that is wrong inside it goes to `mistakes`.
pub(super) fn gather(folder: &Path, mistakes: &mut Mistakes) -> Result<Vec<PackTexts>, Error> {
    let mut found = Vec::new();
    let mut seen = FxHashMap::default();
    add(folder, &mut found, &mut seen, &mut Vec::new(), mistakes)?;
    let mut ids: FxHashMap<&str, &RuleText> = FxHashMap::default();
    for pack in &found {
        check_id(&pack.manifest, &pack.raw.pack.id, mistakes);
        if let Some(first) = ids.insert(pack.id(), &pack.manifest) {
            let message = format!("the pack `{}` has the id of another, {}", pack.id(), first.shown);
            mistakes.at(&pack.manifest, pack.raw.pack.id.span(), message, "this id", None);
        }
    }
    Ok(found)
}

/// Ids stand in reports, on the command line and in lists: letters, digits and hyphens.
pub(super) fn check_id(file: &RuleText, id: &Written<String>, mistakes: &mut Mistakes) {
    let written = id.get_ref();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !written.starts_with(|c: char| c.is_ascii_lowercase()) || !written.bytes().all(plain) {
        let help = Some("small letters, digits and hyphens, a letter first".into());
        mistakes.at(file, id.span(), format!("`{written}` can't be an id"), "this id", help);
    }
}

/// Packs that extend each other in a chain longer than this aren't meant.
const DEEPEST: usize = 16;

/// Adds a pack after those that it extends. Gives its number, or nothing where its manifest is wrong.
/// `path` are the packs on the way here, to see when they go in a circle.
fn add(
    folder: &Path,
    found: &mut Vec<PackTexts>,
    seen: &mut FxHashMap<PathBuf, Option<usize>>,
    path: &mut Vec<(PathBuf, String)>,
    mistakes: &mut Mistakes,
) -> Result<Option<usize>, Error> {
    let real = folder.canonicalize().map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    if let Some(number) = seen.get(&real) {
        return Ok(*number);
    }
    let manifest = read_text(folder, &folder.join(MANIFEST))?;
    let Some(raw) = mistakes.parse::<PackFile>(&manifest) else {
        seen.insert(real, None);
        return Ok(None);
    };
    path.push((real.clone(), raw.pack.id.get_ref().clone()));
    let mut below = Vec::new();
    for entry in raw.pack.extends.iter().filter(|entry| PackTexts::is_path(entry.get_ref())) {
        let other = folder.join(entry.get_ref());
        let circle =
            other.canonicalize().ok().and_then(|real| path.iter().position(|(on_the_way, _)| *on_the_way == real));
        if let Some(from) = circle {
            let ids: Vec<&str> = path[from..].iter().map(|(_, id)| id.as_str()).collect();
            let message = format!("packs extend each other in a circle: {} -> {}", ids.join(" -> "), ids[0]);
            let help = Some("take one of them out of `extends`".into());
            mistakes.at(&manifest, entry.span(), message, "back to where it began", help);
        } else if !is_pack(&other) {
            let message =
                format!("there is no pack at `{}`: {} isn't there", entry.get_ref(), shown(&other.join(MANIFEST)));
            let help = Some("a path is taken from the folder of this pack; a standard is named by its id".into());
            mistakes.at(&manifest, entry.span(), message, "this path", help);
        } else if path.len() >= DEEPEST {
            let message = format!("more than {DEEPEST} packs extend one another");
            mistakes.at(&manifest, entry.span(), message, "here", None);
        } else {
            below.extend(add(&other, found, seen, path, mistakes)?);
        }
    }
    path.pop();
    let files = files_of(folder, mistakes)?;
    seen.insert(real, Some(found.len()));
    found.push(PackTexts { manifest, raw, folder: folder.to_owned(), files, below });
    Ok(Some(found.len() - 1))
}

/// A path as errors show it.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn read_text(folder: &Path, path: &Path) -> Result<RuleText, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let relative = path.strip_prefix(folder).unwrap_or(path);
    Ok(RuleText { path: shown(relative), text: Cow::Owned(text), packed: None, shown: shown(path) })
}

/// Files that lie at the top of a pack.
const TOP: [&str; 3] = ["lexicon.toml", "sections.toml", "selection.toml"];

/// The rule files of a pack, two folders deep at most, sorted by path. What realint wouldn't look at is
/// a mistake: it is most likely misnamed.
fn files_of(folder: &Path, mistakes: &mut Mistakes) -> Result<Vec<RuleText>, Error> {
    let mut files = Vec::new();
    let escaped = glob::Pattern::escape(&folder.to_string_lossy());
    for pattern in ["*.toml", "*/*.toml", "learned/*.tsv"] {
        let failed = |e: glob::PatternError| Error::Read { path: folder.to_owned(), source: std::io::Error::other(e) };
        for path in glob::glob(&format!("{escaped}/{pattern}")).map_err(failed)?.flatten() {
            let name = path.file_name().unwrap_or_default();
            if path.is_file() && name != MANIFEST && name != crate::config::FILE_NAME {
                files.push(read_text(folder, &path)?);
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let standards: Vec<String> =
        files.iter().filter_map(|f| f.path.strip_suffix("standard.toml")).map(str::to_owned).collect();
    files.retain(|file| {
        let inside = |folder: &str| file.path.starts_with(folder);
        let known = TOP.contains(&file.path.as_str())
            || ["parts/", "items/", "learned/"].into_iter().any(inside)
            || standards.iter().any(|folder| folder.len() > 1 && inside(folder));
        if !known {
            let places = TOP.into_iter().chain(["parts", "items"]);
            let written = file.path.split('/').next().unwrap_or_default();
            let help = did_you_mean(written, places).unwrap_or_else(|| {
                "a pack has lexicon.toml, sections.toml, selection.toml, parts/*.toml, items/*.toml, and a folder with a standard.toml for each standard of its own".into()
            });
            mistakes.at(file, 0..0, format!("{} is no file of a pack", file.path), "nothing would read it", Some(help));
        }
        known
    });
    Ok(files)
}

/// Checks the beginnings of codes that packs claim for themselves. `taken` are the codes of all rules
/// and findings that ship.
pub(super) fn check_prefixes(packs: &[PackTexts], taken: &[String], mistakes: &mut Mistakes) {
    let letters = |code: &str| code.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let mut owners: Vec<(String, String)> = taken.iter().map(|code| (letters(code), "realint".to_owned())).collect();
    for pack in packs {
        let Some(prefix) = &pack.raw.pack.prefix else { continue };
        let written = prefix.get_ref();
        if written.len() < 2 || written.len() > 5 || !written.bytes().all(|b| b.is_ascii_uppercase()) {
            let message = format!("`{written}` is no beginning of codes: two to five capital letters are wanted");
            mistakes.at(&pack.manifest, prefix.span(), message, "this prefix", None);
        } else if let Some((other, owner)) =
            owners.iter().find(|(other, _)| other.starts_with(written.as_str()) || written.starts_with(other.as_str()))
        {
            let message = format!("codes that begin with {written} can't be told from the {other} codes of {owner}");
            let help = Some("choose other letters: `--ignore` and the like take beginnings of codes".into());
            mistakes.at(&pack.manifest, prefix.span(), message, "this prefix", help);
        }
        owners.push((written.clone(), format!("the pack `{}`", pack.id())));
    }
}

/// Whether an item may have its code: one that its pack's prefix begins, and digits.
pub(super) fn check_code(pack: &PackTexts, file: &RuleText, code: &Written<String>, mistakes: &mut Mistakes) {
    let written = code.get_ref();
    match &pack.raw.pack.prefix {
        None => {
            let message = format!("{written} is a code of this pack, and pack.toml says no `prefix` for its codes");
            let letters = written.trim_end_matches(|c: char| c.is_ascii_digit());
            let help = Some(format!("add `prefix = \"{letters}\"` to [pack]"));
            mistakes.at(file, code.span(), message, "this code", help);
        }
        Some(prefix) => {
            let digits = written.strip_prefix(prefix.get_ref().as_str());
            if !digits.is_some_and(|d| matches!(d.len(), 2 | 3) && d.bytes().all(|b| b.is_ascii_digit())) {
                let message = format!(
                    "{written} is no code of this pack: its codes are {} and two or three digits",
                    prefix.get_ref()
                );
                mistakes.at(file, code.span(), message, "this code", None);
            }
        }
    }
}

/// What the packs reach, number for number: ids of the standards that each extends, itself or through
/// other packs, and then of those that it brings. Names that stand for nothing are mistakes.
pub(super) fn reaches(
    packs: &[PackTexts],
    standards: &[Standard],
    mistakes: &mut Mistakes,
) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let mut extended: Vec<Vec<String>> = Vec::new();
    let mut brought: Vec<Vec<String>> = Vec::new();
    for pack in packs {
        let own: Vec<String> =
            standards.iter().filter(|s| s.pack.as_deref() == Some(pack.id())).map(|s| s.id.clone()).collect();
        let mut reach: Vec<String> = Vec::new();
        for below in &pack.below {
            reach.extend(extended[*below].iter().chain(&brought[*below]).cloned());
        }
        for entry in pack.named_standards() {
            let id = entry.get_ref();
            if own.contains(id) {
                let message = format!("`{id}` is this pack's own standard; it needn't extend it");
                mistakes.at(&pack.manifest, entry.span(), message, "this standard", None);
            } else if standards.iter().any(|s| s.id == *id) {
                reach.push(id.clone());
            } else {
                let others = standards.iter().map(|s| s.id.as_str());
                let message = format!("there is no standard `{id}` to extend");
                mistakes.at(&pack.manifest, entry.span(), message, "this standard", one_of(id, others));
            }
        }
        let mut seen: Vec<String> = Vec::new();
        reach.retain(|id| {
            !seen.contains(id) && {
                seen.push(id.clone());
                true
            }
        });
        extended.push(reach);
        brought.push(own);
    }
    (extended, brought)
}

/// Everything that a change may touch.
pub(super) struct Changeable<'a> {
    pub(super) standards: &'a [Standard],
    pub(super) rules: &'a mut Vec<Vec<Rule>>,
    pub(super) others: &'a mut Vec<OtherFinding>,
    pub(super) parts: &'a [Part],
    pub(super) part_ids: &'a FxHashMap<String, PartId>,
}

impl Changeable<'_> {
    /// The rules with a code: one in each standard that has it.
    fn rules_with<'b>(&'b mut self, code: &'b str) -> impl Iterator<Item = &'b mut Rule> {
        self.rules.iter_mut().flatten().filter(move |rule| rule.code == code)
    }

    fn other(&mut self, code: &str) -> Option<&mut OtherFinding> {
        self.others.iter_mut().find(|finding| finding.code == code)
    }

    /// Whether a pack may change what a code stands for; if not, that is a mistake.
    fn check(&self, pack: &PackTexts, reach: &[String], code: &Written<String>, mistakes: &mut Mistakes) -> bool {
        let written = code.get_ref();
        if self.others.iter().any(|finding| finding.code == *written) {
            return true;
        }
        let holders: Vec<&Standard> = self
            .standards
            .iter()
            .zip(&*self.rules)
            .filter(|(_, own)| own.iter().any(|rule| rule.code == *written))
            .map(|(standard, _)| standard)
            .collect();
        let rule = self.rules.iter().flatten().find(|rule| rule.code == *written);
        let mut wrong = |message: String, help: Option<String>| {
            mistakes.at(&pack.manifest, code.span(), message, "this code", help);
            false
        };
        match rule {
            None => {
                let codes = self.rules.iter().flatten().map(|rule| rule.code.as_str());
                let codes = codes.chain(self.others.iter().map(|finding| finding.code.as_str()));
                let help = did_you_mean(written, codes).or(Some("`realint rules list` shows all codes".into()));
                wrong(format!("there is no rule `{written}`"), help)
            }
            Some(rule) if rule.pack.as_deref() == Some(pack.id()) => {
                wrong(format!("{written} is this pack's own item"), Some("change it where it stands".into()))
            }
            Some(_) if !holders.iter().any(|standard| reach.contains(&standard.id)) => {
                let id = holders.first().map_or("", |standard| standard.id.as_str());
                wrong(
                    format!("{written} belongs to `{id}`, which this pack doesn't extend"),
                    Some(format!("add \"{id}\" to `extends`")),
                )
            }
            Some(_) => true,
        }
    }
}

/// Makes the changes of a pack. `reach` are the ids of the standards that it extends; `examples` reads the
/// examples that go with a change.
pub(super) fn apply(pack: PackFileOf<'_>, reach: &[String], on: &mut Changeable<'_>, mistakes: &mut Mistakes) {
    let PackFileOf { texts, changes } = pack;
    for (code, change, (satisfied, unsatisfied)) in changes {
        if on.check(texts, reach, code, mistakes) {
            change_one(texts, code, change, satisfied, unsatisfied, on, mistakes);
        }
        if texts.raw.off.keys().any(|off| off.get_ref() == code.get_ref()) {
            let message = format!("{} is changed and switched off as well", code.get_ref());
            mistakes.at(&texts.manifest, code.span(), message, "changed here", None);
        }
    }
    for (code, reason) in &texts.raw.off {
        if !on.check(texts, reach, code, mistakes) {
            continue;
        }
        if reason.get_ref().trim().is_empty() {
            let message = format!("{} is switched off without a reason", code.get_ref());
            mistakes.at(&texts.manifest, reason.span(), message, "empty", Some("the report shows the reason".into()));
        }
        let off = Off { pack: texts.id().to_owned(), reason: reason.get_ref().trim().to_owned() };
        on.rules_with(code.get_ref()).for_each(|rule| rule.off = Some(off.clone()));
        if let Some(finding) = on.other(code.get_ref()) {
            finding.off = Some(off);
        }
    }
}

/// The examples that satisfy a rule, and those that don't.
pub(super) type Examples = (Vec<Example>, Vec<Example>);

/// A pack with its changes, each with the examples that the loader has read.
pub(super) struct PackFileOf<'a> {
    pub(super) texts: &'a PackTexts,
    pub(super) changes: Vec<(&'a Written<String>, &'a RawChange, Examples)>,
}

fn change_one(
    pack: &PackTexts,
    code: &Written<String>,
    change: &RawChange,
    satisfied: Vec<Example>,
    unsatisfied: Vec<Example>,
    on: &mut Changeable<'_>,
    mistakes: &mut Mistakes,
) {
    let written = code.get_ref();
    let severity = change.severity.as_ref().and_then(|severity| {
        let known = SEVERITIES.into_iter().find(|s| s.name() == severity.get_ref());
        if known.is_none() {
            let message = format!("`{}` is no severity", severity.get_ref());
            let help = one_of(severity.get_ref(), SEVERITIES.map(Severity::name));
            mistakes.at(&pack.manifest, severity.span(), message, "this severity", help);
        }
        known
    });
    let texts = [change.ask.is_some(), change.why.is_some(), change.help.is_some()];
    let examples = !satisfied.is_empty() || !unsatisfied.is_empty();
    if change.severity.is_none() && !texts.contains(&true) && change.parts.is_empty() && !examples {
        let message = format!("nothing of {written} is changed");
        let help = Some("severity, ask, why, help and parts can be changed".into());
        mistakes.at(&pack.manifest, code.span(), message, "this change", help);
    }
    let parts = changed_parts(pack, written, change, on, mistakes);
    if let Some(finding) = on.other(written) {
        let only_items =
            change.ask.as_ref().map(Written::span).or_else(|| change.parts.keys().next().map(Written::span));
        if let Some(span) = only_items.or_else(|| examples.then(|| code.span())) {
            let message = format!("{written} is no item of a standard: it has no `ask`, parts and examples to change");
            mistakes.at(&pack.manifest, span, message, "here", Some("severity, why and help can be changed".into()));
        }
        finding.severity = severity.unwrap_or(finding.severity);
        replace(&mut finding.why, change.why.as_ref());
        replace(&mut finding.help, change.help.as_ref());
        finding.changed.push(pack.id().to_owned());
        return;
    }
    let mut unreportable = false;
    for rule in on.rules_with(written) {
        rule.severity = severity.unwrap_or(rule.severity);
        replace(&mut rule.ask, change.ask.as_ref().map(Written::get_ref));
        replace(&mut rule.why, change.why.as_ref());
        replace(&mut rule.help, change.help.as_ref());
        rule.changed.push(pack.id().to_owned());
        if !parts.is_empty() {
            recount(rule, &parts);
        }
        rule.satisfied.extend(satisfied.iter().cloned());
        rule.unsatisfied.extend(unsatisfied.iter().cloned());
        unreportable |= rule.parts.iter().all(|part| part.counts == Counts::Partial);
    }
    if unreportable {
        let message = format!("{written} can never be reported after this: none of its parts is required");
        let help = Some("to ask for nothing, switch it off: `[off]`".into());
        mistakes.at(&pack.manifest, code.span(), message, "this change", help);
    }
}

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];
const COUNTS: [(&str, Option<Counts>); 4] = [
    ("required", Some(Counts::Required)),
    ("alternative", Some(Counts::Alternative)),
    ("partial", Some(Counts::Partial)),
    ("off", None),
];

fn replace(text: &mut String, by: Option<&String>) {
    if let Some(by) = by {
        text.clone_from(by);
    }
}

/// What the parts of a rule are to count for; `None`: the part goes.
fn changed_parts(
    pack: &PackTexts,
    code: &str,
    change: &RawChange,
    on: &mut Changeable<'_>,
    mistakes: &mut Mistakes,
) -> Vec<(PartId, Option<Counts>)> {
    let mut changes = Vec::new();
    for (name, counts) in &change.parts {
        let id = on.part_ids.get(name.get_ref()).copied();
        let counted = COUNTS.into_iter().find(|(word, _)| word == counts.get_ref());
        if counted.is_none() {
            let message = format!("`{}` is nothing that a part can count for", counts.get_ref());
            let help = one_of(counts.get_ref(), COUNTS.map(|(word, _)| word));
            mistakes.at(&pack.manifest, counts.span(), message, "here", help);
        }
        let Some(id) = id else {
            let help = did_you_mean(name.get_ref(), on.parts.iter().map(|p| p.id.as_str()));
            let help = help.or_else(|| Some(format!("`realint explain {code}` names the parts of {code}")));
            mistakes.at(
                &pack.manifest,
                name.span(),
                format!("there is no part `{}`", name.get_ref()),
                "this part",
                help,
            );
            continue;
        };
        let Some((_, counted)) = counted else { continue };
        let parts = on.parts;
        if let Some(rule) = on.rules_with(code).next()
            && counted.is_none()
            && !rule.parts.iter().any(|p| p.part == id)
        {
            let own: Vec<&str> = rule.parts.iter().map(|p| parts[p.part.0].id.as_str()).collect();
            let message = format!("{code} has no part `{}` that could go", name.get_ref());
            let help = Some(format!("its parts are {}", own.join(", ")));
            mistakes.at(&pack.manifest, name.span(), message, "this part", help);
        }
        changes.push((id, counted));
    }
    changes
}

/// Makes parts of a rule count for something else. Its examples were written for the parts as they
/// were: what they say of the whole rule holds no longer, what they say of single parts does.
fn recount(rule: &mut Rule, changes: &[(PartId, Option<Counts>)]) {
    for (id, counts) in changes {
        let at = rule.parts.iter().position(|p| p.part == *id);
        match (at, counts) {
            (Some(at), Some(counts)) => rule.parts[at].counts = *counts,
            (Some(at), None) => {
                rule.parts.remove(at);
            }
            (None, Some(counts)) => rule.parts.push(RulePart {
                part: *id,
                counts: *counts,
                sentences: 1,
                configurations: None,
                stages: Vec::new(),
            }),
            (None, None) => {}
        }
    }
    let parts = &rule.parts;
    for examples in [&mut rule.satisfied, &mut rule.unsatisfied] {
        examples.retain_mut(|example| {
            example.verdict = None;
            !example.parts.is_empty() && example.parts.iter().all(|id| parts.iter().any(|p| p.part == *id))
        });
    }
}
