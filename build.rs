//! Prepares the embedded rules, so that a start of realint parses little: the lexicon is written out
//! with every inflected form, and the learned weights are packed into one table.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

#[path = "src/lexicon/inflection.rs"]
mod inflection;
#[path = "src/rule/weights.rs"]
mod weights;

type Lexicon = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The rules are embedded, so a change to them is a change to the crate.
    println!("cargo:rerun-if-changed=rules");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/rule/weights.rs");
    println!("cargo:rerun-if-changed=src/lexicon/inflection.rs");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    // A lexicon that doesn't parse is left to the loader, which says where it is wrong.
    let lexicon: Lexicon = toml::from_str(&fs::read_to_string("rules/shared/lexicon.toml")?).unwrap_or_default();
    fs::write(out.join("lexicon.txt"), written_out(&lexicon))?;
    let mut parts: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir("rules/learned")? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
        if path.extension().is_some_and(|e| e == "tsv") && name != "places" {
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

/// One line a pattern: `class<TAB>pattern`; a class without patterns has a line of its own.
fn written_out(lexicon: &Lexicon) -> String {
    let mut text = String::new();
    for (name, class) in lexicon {
        let mut patterns = Vec::new();
        let mut add = |class: &BTreeMap<String, Vec<String>>| {
            let list = |key: &str| class.get(key).into_iter().flatten();
            list("verbs").for_each(|v| patterns.extend(inflection::verb_forms(v)));
            list("nouns").for_each(|n| patterns.extend(inflection::noun_forms(n)));
            patterns.extend(list("words").cloned());
        };
        add(class);
        for other in class.get("include").into_iter().flatten() {
            if let Some(other) = lexicon.get(other) {
                add(other);
            }
        }
        patterns.sort();
        patterns.dedup();
        text.push_str(name);
        text.push('\n');
        for pattern in patterns {
            text.push_str(name);
            text.push('\t');
            text.push_str(&pattern);
            text.push('\n');
        }
    }
    text
}
