//! Rule packs: `pack.toml`, word classes, parts and items, as many as the input has.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use realint::rule::load;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
const FILES: [&str; 6] = ["pack.toml", "lexicon.toml", "parts/a.toml", "items/a.toml", "rules.toml", "selection.toml"];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let folder = FOLDER.path();
    // A line `%%N` begins the N-th file.
    let mut files = [const { String::new() }; FILES.len()];
    let mut current = 0;
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("%%").and_then(|rest| rest.trim().parse::<usize>().ok()) {
            Some(number) => current = number % FILES.len(),
            None => files[current].push_str(line),
        }
    }
    for (name, file) in FILES.iter().zip(&files) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        if file.is_empty() {
            let _ = std::fs::remove_file(path);
        } else {
            std::fs::write(path, file).expect("a file");
        }
    }
    match (load::with_folder(folder), load::with_folder(folder)) {
        (Ok(first), Ok(second)) => {
            assert!(first.codes().eq(second.codes()), "loading twice gave two sets of rules");
            assert!(first.all_rules().count() > 50, "the shipped rules are gone");
        }
        (Err(first), Err(second)) => {
            let said = |error| format!("{:?}", miette::Report::new(error));
            assert_eq!(said(first), said(second));
        }
        _ => panic!("loaded once and refused once"),
    }
});
