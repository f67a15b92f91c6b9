//! Rules: packs, which are laid over the shipped rules, and plain folders, which are laid over almost none.
//!
//! A pack lies over the shipped rules, which take a tenth of a second of processor time to load. So most is
//! tried in a folder that puts a stub in the place of each shipped file, which takes a twentieth of that; packs
//! get a share of the time.
#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::time::Duration;

use cpu_time::ProcessTime;
use libfuzzer_sys::fuzz_target;
use realint::rule::{RuleSet, load};
use tempfile::TempDir;

/// What a line `%%N` begins: the N-th file as a pack has it, and as a plain folder has it.
const FILES: [(&str, &str); 12] = [
    ("pack.toml", ""),
    ("lexicon.toml", "cmo/lexicon.toml"),
    ("parts/a.toml", "shared/parts/a.toml"),
    ("items/a.toml", "rameses-synthesis/01-title.toml"),
    ("rules.toml", "cmo/claims.toml"),
    ("selection.toml", "shared/selection.toml"),
    ("sections.toml", "shared/sections.toml"),
    ("own/standard.toml", "cmo/forms.toml"),
    ("own/01.toml", "protocol/protocol.toml"),
    ("learned/a.tsv", "learned/stub.tsv"),
    ("parts/b.toml", "shared/lexicon.toml"),
    ("learned/b.tsv", "learned/certainty.tsv"),
];

/// One in so many parts of the processor time that has passed may have gone into packs.
const SHARE: u32 = 2;
/// What packs may take whatever has passed, so that a single input is always read.
const ALWAYS: Duration = Duration::from_secs(20);

static PACK: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
static PLAIN: LazyLock<(TempDir, Vec<Option<String>>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    stubs(&rules, "", folder.path());
    fs::write(folder.path().join("shared/parts/stub.toml"), PART).expect("a part");
    fs::write(folder.path().join("learned/stub.tsv"), "bias\t0\nw:we\t7\n").expect("weights");
    load::with_folder(folder.path()).expect("the stubs");
    let as_stubs = FILES.iter().map(|(_, name)| fs::read_to_string(folder.path().join(name)).ok()).collect();
    (folder, as_stubs)
});
static IN_PACKS: Mutex<Duration> = Mutex::new(Duration::ZERO);

const PART: &str = "[[part]]\nid = \"stub\"\nname = \"s\"\nmeans = \"s\"\nhome = [\"methods\"]\nlearn = true\n[[part.cue]]\nsentence = [\"we @planned\"]\n";

/// A stub of each shipped file: the items without what they say, no words, parts, findings or weights.
fn stubs(from: &Path, below: &str, to: &Path) {
    for entry in fs::read_dir(from.join(below)).expect("the rules").flatten() {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            fs::create_dir_all(to.join(&name)).expect("a folder");
            stubs(from, &format!("{name}/"), to);
            continue;
        }
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        let line = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        let stub = match name.split('/').next().unwrap_or_default() {
            // What stands beside weights that no part asks for is not read.
            "bank" => continue,
            "learned" if name.ends_with("/certainty.tsv") => "stub\tbias\t7\n".to_owned(),
            "learned" if !name.ends_with("/places.tsv") => continue,
            "learned" => text.lines().take(3).fold(String::new(), |all, line| all + line + "\n"),
            "shared" if name.ends_with("shared/lexicon.toml") => {
                ["own-voice", "other-voice", "planned", "negation", "pointer", "others-deed"]
                    .map(|class| format!("[{class}]\nwords = [\"{class} word\"]\n"))
                    .concat()
            }
            "shared" if name.contains("/parts/") => "part = []\n".to_owned(),
            "shared" if name.ends_with("/sections.toml") => "role = []\n".to_owned(),
            "shared" if name.ends_with("/selection.toml") => {
                text.split("\n[[signal]]").take(2).collect::<Vec<_>>().join("\n[[signal]]")
            }
            _ if name.starts_with("rameses") && !name.ends_with("/standard.toml") => {
                let mut item = format!(
                    "[rule]\n{}\n{}\nname = \"s\"\nhome = [\"methods\"]\n{}\nask = \"s\"\nwhy = \"s\"\nhelp = \"s\"\n[[rule.part]]\nuse = \"stub\"\n",
                    line("code ="),
                    line("item ="),
                    line("stages =")
                );
                for kind in ["satisfied", "unsatisfied"] {
                    for number in 0..load::FEWEST_EXAMPLES {
                        item += &format!("[[rule.{kind}]]\ntext = \"{number}\"\n");
                    }
                }
                item
            }
            _ if name.ends_with("/standard.toml")
                || name.ends_with("/protocol.toml")
                || name.ends_with("/forms.toml") =>
            {
                text
            }
            "cmo" if name.ends_with("/lexicon.toml") => String::new(),
            _ => "finding = []\n".to_owned(),
        };
        fs::write(to.join(name), stub).expect("a stub");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut files = [const { String::new() }; FILES.len()];
    let mut current = 0;
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("%%").and_then(|rest| rest.trim().parse::<usize>().ok()) {
            Some(number) => current = number % FILES.len(),
            None => files[current].push_str(line),
        }
    }
    let (plain, stubs) = &*PLAIN;
    if files[0].is_empty() {
        for (((_, name), file), stub) in FILES.iter().zip(&files).zip(stubs).skip(1) {
            put(&plain.path().join(name), if file.is_empty() { stub.as_deref() } else { Some(file) });
        }
        let first = load::with_folder(plain.path());
        same(first, load::with_folder(plain.path()));
        return;
    }
    let mut spent = IN_PACKS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let start = ProcessTime::now();
    if *spent > ALWAYS && *spent > start.as_duration() / SHARE {
        return;
    }
    for ((name, _), file) in FILES.iter().zip(&files) {
        put(&PACK.path().join(name), (!file.is_empty()).then_some(file));
    }
    let first = load::with_folder(PACK.path());
    // A second time for some, by what they say, so that the same input is always tried the same way.
    if bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).is_multiple_of(4) {
        same(first, load::with_folder(PACK.path()));
    } else if let Ok(rules) = first {
        whole(&rules);
    }
    *spent += start.elapsed();
});

/// Writes a file or sees that there is none.
fn put(path: &Path, text: Option<&str>) {
    match text {
        Some(text) => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        None => drop(fs::remove_file(path)),
    }
}

fn whole(rules: &RuleSet) {
    assert!(rules.all_rules().count() > 50, "the shipped rules are gone");
}

/// Asserts that loading twice gave one thing.
fn same(first: Result<RuleSet, realint::error::Error>, second: Result<RuleSet, realint::error::Error>) {
    match (first, second) {
        (Ok(first), Ok(second)) => {
            assert!(first.codes().eq(second.codes()), "loading twice gave two sets of rules");
            whole(&first);
        }
        (Err(first), Err(second)) => {
            let said = |error| format!("{:?}", miette::Report::new(error));
            assert_eq!(said(first), said(second));
        }
        _ => panic!("loaded once and refused once"),
    }
}
