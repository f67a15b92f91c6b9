//! Prepares the embedded rules, so that a start of realint parses little: the lexicons are written out
//! with every inflected form, patterns are taken apart, examples are left out, and the learned weights
//! are packed into tables.

use std::path::Path;
use std::{env, fs};

use prepared::Preparation;

#[path = "src/lexicon/inflection.rs"]
mod inflection;
#[path = "src/lexicon/pattern.rs"]
#[allow(dead_code, unreachable_pub, reason = "the crate itself uses more of it")]
mod pattern;
#[path = "src/lexicon/prepared.rs"]
#[allow(dead_code, reason = "the marks are read elsewhere")]
mod prepared;
#[path = "src/weights.rs"]
mod weights;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The rules are embedded, so a change to them is a change to the crate.
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/weights.rs");
    for shared in ["inflection", "pattern", "prepared"] {
        println!("cargo:rerun-if-changed=src/lexicon/{shared}.rs");
    }
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut rules = Vec::new();
    gather(Path::new("rules"), &mut rules)?;
    let preparation = prepare(&rules);
    fs::write(out.join("lexicon-classes.txt"), preparation.classes)?;
    fs::write(out.join("lexicon-words.txt"), preparation.words)?;
    fs::write(out.join("lexicon-sets.bin"), preparation.sets)?;
    fs::write(out.join("lexicon-sequences.bin"), preparation.sequences)?;
    fs::write(out.join("lexicon-left.txt"), preparation.left)?;
    fs::write(out.join("pattern-keys.txt"), preparation.keys)?;
    fs::write(out.join("patterns.bin"), preparation.patterns)?;
    fs::write(out.join("rules-without-examples.txt"), without_examples(rules)?)?;
    let places = fs::read_to_string("rules/learned/places.tsv")?;
    let (names, table) = weights::pack_places(&places);
    fs::write(out.join("places.txt"), names)?;
    fs::write(out.join("places.bin"), table)?;
    let mut parts: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir("rules/learned")? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|e| e == "tsv") && !matches!(name.as_str(), "places" | "certainty") {
            parts.push((name, fs::read_to_string(&path)?));
        }
    }
    parts.sort();
    let (biases, table) = weights::pack(parts.iter().map(|(_, file)| Some(file.as_str())));
    let heads: Vec<String> = parts
        .iter()
        .zip(biases)
        .map(|((name, _), bias)| format!("{name}\t{}", bias.map_or(String::new(), |b| b.to_string())))
        .collect();
    fs::write(out.join("learned-parts.txt"), heads.join("\n"))?;
    fs::write(out.join("learned.bin"), table)?;
    Ok(())
}

/// All rule files below a folder, by path. A file that is no TOML is left to the tests, whose loader
/// says where it is wrong.
fn gather(folder: &Path, rules: &mut Vec<(String, toml::Table)>) -> Result<(), Box<dyn std::error::Error>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, rules)?;
        } else if path.extension().is_some_and(|e| e == "toml")
            && let Ok(table) = fs::read_to_string(&path)?.parse()
        {
            rules.push((path.strip_prefix("rules")?.to_string_lossy().replace('\\', "/"), table));
        }
    }
    Ok(())
}

/// The lexicons with every inflected form written out, and every text that may be a pattern.
fn prepare(rules: &[(String, toml::Table)]) -> Preparation {
    let mut preparation = Preparation::default();
    let lexicon = |path: &str| rules.iter().find(|(p, _)| p == path).map(|(_, table)| table);
    let lexicons = [("everywhere", lexicon(LEXICONS[0])), ("patterns", lexicon(LEXICONS[1]))];
    for (reach, classes) in lexicons {
        classes.into_iter().flat_map(toml::Table::keys).for_each(|name| preparation.declare(reach, name));
    }
    for (name, class, classes) in
        lexicons.into_iter().filter_map(|(_, l)| l).flat_map(|l| l.iter().map(move |(name, class)| (name, class, l)))
    {
        let mut patterns = words_of(class);
        for other in list(class, "include") {
            patterns.extend(classes.get(other).map(words_of).unwrap_or_default());
        }
        patterns.sort();
        patterns.dedup();
        patterns.iter().for_each(|pattern| preparation.add_to_class(name, pattern));
    }
    for (_, table) in rules.iter().filter(|(path, _)| !LEXICONS.contains(&path.as_str())) {
        table.values().for_each(|value| add_patterns(value, &mut preparation));
    }
    preparation
}

/// Classes that learned cues see, and those that only patterns see.
const LEXICONS: [&str; 2] = ["shared/lexicon.toml", "cmo/lexicon.toml"];

fn list<'a>(class: &'a toml::Value, key: &str) -> impl Iterator<Item = &'a str> {
    class.get(key).and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str)
}

fn words_of(class: &toml::Value) -> Vec<String> {
    let mut patterns: Vec<String> = list(class, "words").map(str::to_owned).collect();
    list(class, "verbs").for_each(|verb| patterns.extend(inflection::verb_forms(verb)));
    list(class, "nouns").for_each(|noun| patterns.extend(inflection::noun_forms(noun)));
    patterns
}

/// Lists of texts are patterns, or harmless.
fn add_patterns(value: &toml::Value, preparation: &mut Preparation) {
    match value {
        toml::Value::Array(values) => {
            values.iter().filter_map(toml::Value::as_str).for_each(|text| preparation.add_pattern(text));
            values.iter().for_each(|value| add_patterns(value, preparation));
        }
        toml::Value::Table(table) => table.values().for_each(|value| add_patterns(value, preparation)),
        _ => {}
    }
}

/// The rule files without lexicons, which are prepared, and without examples, which a check never looks
/// at: less than half of the text is left to parse at a start. Before each file a line with its path.
fn without_examples(rules: Vec<(String, toml::Table)>) -> Result<String, toml::ser::Error> {
    let mut text = String::new();
    for (path, mut table) in rules.into_iter().filter(|(path, _)| !LEXICONS.contains(&path.as_str())) {
        table.iter_mut().for_each(|(_, value)| drop_examples(value));
        text.push_str(&format!("\u{1}{path}\n{}", toml::to_string(&table)?));
    }
    Ok(text)
}

fn drop_examples(value: &mut toml::Value) {
    match value {
        toml::Value::Array(values) => values.iter_mut().for_each(drop_examples),
        toml::Value::Table(table) => {
            ["satisfied", "unsatisfied", "fires", "silent"].iter().for_each(|key| drop(table.remove(*key)));
            table.iter_mut().for_each(|(_, value)| drop_examples(value));
        }
        _ => {}
    }
}
