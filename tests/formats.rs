//! The same manuscript in every format that realint reads gives the same verdicts and the same
//! configurations. `tests/fixtures/formats/make.sh` converted it.

use std::path::Path;

use realint::check::{Settings, check};
use realint::read::FolderLibrary;
use realint::report::DocumentReport;
use realint::rule::{RuleSet, load};

fn report(rules: &RuleSet, path: &Path) -> DocumentReport {
    let bytes = std::fs::read(path).expect("a checked-in file");
    let mut reports =
        check(path, &bytes, None, &FolderLibrary, rules, &Settings::default()).expect("a file that can be read");
    assert_eq!(reports.len(), 1, "{}", path.display());
    reports.remove(0)
}

/// What must not depend on the format: the standard, the stage, and each item's verdict.
fn verdicts(report: &DocumentReport) -> Vec<String> {
    let standard = report.standard.as_ref().map_or("none", |s| s.id.as_str());
    let items = report.items.iter().map(|i| format!("{} {:?} lacks {}", i.code, i.verdict, i.lacks.join(", ")));
    std::iter::once(format!("{standard} {}", report.stage)).chain(items).collect()
}

/// Each configuration with its parts' first words and whether anything stands behind it.
fn configurations(report: &DocumentReport) -> Vec<String> {
    let words = |parts: &[realint::report::ComponentReport]| {
        let first = |part: &realint::report::ComponentReport| {
            let words: Vec<&str> = part.text.split_whitespace().take(4).collect();
            words.join(" ").to_lowercase()
        };
        parts.iter().map(first).collect::<Vec<_>>().join(" | ")
    };
    report
        .configurations
        .iter()
        .map(|c| {
            let parts = &c.components;
            format!(
                "{} {:?} supported {}: C {} M {} O {}",
                c.id.as_deref().unwrap_or("-"),
                c.stage,
                c.supported,
                words(&parts.context),
                words(&parts.mechanism),
                words(&parts.outcome)
            )
        })
        .collect()
}

#[test]
fn the_same_manuscript_gives_the_same_verdicts_in_every_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = load::shipped().expect("the shipped rules");
    let original = report(&rules, &root.join("examples/01-clean-review/review.md"));
    assert!(original.items.len() > 15 && original.configurations.len() > 5, "the original says a good deal");
    let mut differences = Vec::new();
    let mut formats = std::collections::BTreeSet::new();
    let pattern = root.join("tests/fixtures/formats/*.*");
    for path in glob::glob(&pattern.to_string_lossy()).expect("a pattern").flatten() {
        if path.extension().is_some_and(|e| e == "sh") {
            continue;
        }
        let converted = report(&rules, &path);
        formats.insert(converted.format.name());
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        for (what, wanted, got) in [
            ("verdicts", verdicts(&original), verdicts(&converted)),
            ("configurations", configurations(&original), configurations(&converted)),
        ] {
            if wanted.len() != got.len() {
                differences.push(format!("{name}: {} {what} instead of {}", got.len(), wanted.len()));
            }
            for (wanted, got) in wanted.iter().zip(&got).filter(|(wanted, got)| wanted != got) {
                differences.push(format!("{name}: {got}\n    instead of {wanted}"));
            }
        }
    }
    assert!(formats.len() >= 7, "a file of each format: {formats:?}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
