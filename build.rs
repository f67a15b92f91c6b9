//! Prepares the embedded rules, so that a start of realint parses nothing: the lexicons are written out
//! with every inflected form, they and the patterns of the rules are laid out as the matcher's tables,
//! the rules are packed without their examples, and so are the learned weights.

use std::path::Path;
use std::{env, fs};

use builder::MatcherBuilder;

#[path = "src/lexicon/builder.rs"]
#[allow(dead_code, unreachable_pub, reason = "the crate itself uses more of it")]
mod builder;
#[path = "src/lexicon/inflection.rs"]
mod inflection;
#[path = "src/lexicon/pattern.rs"]
#[allow(dead_code, unreachable_pub, reason = "the crate itself uses more of it")]
mod pattern;
#[path = "src/lexicon/tables.rs"]
#[allow(dead_code, unreachable_pub, reason = "the crate itself uses more of it")]
mod tables;
#[path = "src/weights.rs"]
mod weights;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The rules are embedded, so a change to them is a change to the crate.
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/weights.rs");
    for shared in ["builder", "inflection", "pattern", "tables"] {
        println!("cargo:rerun-if-changed=src/lexicon/{shared}.rs");
    }
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut rules = Vec::new();
    gather(Path::new("rules"), &mut rules)?;
    let (tables, terms, literals) = matcher(&rules, &bank()?).written();
    fs::write(out.join("matcher.bin"), tables.written())?;
    fs::write(out.join("matcher-terms.txt"), terms)?;
    fs::write(out.join("matcher-literals.txt"), literals)?;
    fs::write(out.join("packed-rules.rs"), packed(rules, out)?)?;
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

/// The terms of the shipped rules: the classes of both lexicons, with every inflected form written out, and
/// the patterns. A pattern that is none is left to the tests, whose loader says where it is wrong.
/// `sentences` are of the kind that will be read.
fn matcher(rules: &[(String, toml::Table)], sentences: &str) -> MatcherBuilder {
    let mut builder = MatcherBuilder::new();
    builder.count_words(sentences);
    let lexicon = |path: &str| rules.iter().find(|(p, _)| p == path).map(|(_, table)| table);
    let [everywhere, in_patterns] = LEXICONS.map(lexicon);
    for name in everywhere.into_iter().flat_map(toml::Table::keys) {
        builder.declare_class(name);
    }
    for name in in_patterns.into_iter().flat_map(toml::Table::keys) {
        builder.declare_local(name);
    }
    for classes in [everywhere, in_patterns].into_iter().flatten() {
        for (name, class) in classes {
            let mut patterns = words_of(class);
            for other in list(class, "include") {
                patterns.extend(classes.get(other).map(words_of).unwrap_or_default());
            }
            patterns.sort();
            patterns.dedup();
            let term = builder.declare_class(name);
            patterns.iter().for_each(|pattern| drop(builder.add_to_class(term, pattern)));
        }
    }
    for (_, table) in rules.iter().filter(|(path, _)| !LEXICONS.contains(&path.as_str())) {
        add_patterns(table, &mut builder);
        for finding in tables_in(table, "finding") {
            let words = finding.get("words").and_then(toml::Value::as_table);
            words.into_iter().flat_map(toml::Table::values).for_each(|list| add_list(list, &mut builder));
        }
    }
    builder
}

/// The sentences of the bank, by which words are counted.
fn bank() -> Result<String, std::io::Error> {
    let mut sentences = String::new();
    for entry in fs::read_dir("rules/bank")? {
        let file = fs::read_to_string(entry?.path())?;
        file.lines().skip(1).filter_map(|line| line.rsplit('\t').next()).for_each(|sentence| {
            sentences.push_str(sentence);
            sentences.push('\n');
        });
    }
    Ok(sentences)
}

/// Classes that learned cues see, and those that only patterns see.
const LEXICONS: [&str; 2] = ["shared/lexicon.toml", "cmo/lexicon.toml"];

fn list<'a>(class: &'a toml::Value, key: &str) -> impl Iterator<Item = &'a str> {
    class.get(key).and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str)
}

fn tables_in<'a>(table: &'a toml::Table, key: &str) -> impl Iterator<Item = &'a toml::Table> {
    table.get(key).and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_table)
}

fn words_of(class: &toml::Value) -> Vec<String> {
    let mut patterns: Vec<String> = list(class, "words").map(str::to_owned).collect();
    list(class, "verbs").for_each(|verb| patterns.extend(inflection::verb_forms(verb)));
    list(class, "nouns").for_each(|noun| patterns.extend(inflection::noun_forms(noun)));
    patterns
}

/// The keys whose lists are of patterns, wherever they stand. The words of findings are patterns as well.
const OF_PATTERNS: [&str; 12] = [
    "sentence",
    "any",
    "several",
    "near",
    "paragraph",
    "heading",
    "unless",
    "unless_heading",
    "gate",
    "silence",
    "patterns",
    "title",
];

fn add_patterns(table: &toml::Table, builder: &mut MatcherBuilder) {
    for (key, value) in table {
        if OF_PATTERNS.contains(&key.as_str()) {
            add_list(value, builder);
        }
        if let Some(table) = value.as_table() {
            add_patterns(table, builder);
        }
        tables_in(table, key).for_each(|table| add_patterns(table, builder));
    }
}

fn add_list(list: &toml::Value, builder: &mut MatcherBuilder) {
    let patterns = list.as_array().into_iter().flatten().filter_map(toml::Value::as_str);
    patterns.for_each(|pattern| drop(builder.pattern(pattern)));
}

/// Packs the rule files without lexicons, which are laid out, and without examples, which a check never
/// looks at, into a file each. Gives a Rust expression for the list of them: paths and bytes.
fn packed(rules: Vec<(String, toml::Table)>, out: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let mut list = String::from("&[\n");
    let rules = rules.into_iter().filter(|(path, _)| !LEXICONS.contains(&path.as_str()));
    for (number, (path, mut table)) in rules.enumerate() {
        table.iter_mut().for_each(|(_, value)| drop_examples(value));
        fs::write(out.join(format!("rules-{number}.bin")), rmp_serde::to_vec(&table)?)?;
        let bytes = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/rules-{number}.bin\"))");
        list.push_str(&format!("    ({path:?}, {bytes}),\n"));
    }
    list.push_str("]\n");
    Ok(list)
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
