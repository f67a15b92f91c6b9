//! The shipped rules: their examples hold, their bank is whole, their learned weights are current.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::path::Path;

use realint::gold;
use realint::rule::{Demand, RuleSet, load, run_examples};
use realint::standard::Stage;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rules() -> RuleSet {
    load::shipped().unwrap()
}

#[test]
fn every_example_is_judged_as_its_rule_says() {
    let rules = rules();
    let (count, failures) = run_examples(&rules, rules.all_rules());
    assert!(count >= (19 + 20 + 20) * 2 * load::FEWEST_EXAMPLES, "only {count} examples ran");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_standard_has_its_items_once_each() {
    let rules = rules();
    for (id, prefix, count) in
        [("rameses-synthesis", "RS", 19), ("rameses-meta-narrative", "MN", 20), ("rameses-evaluation", "RE", 20)]
    {
        let (standard, own) = rules.standard(id).unwrap();
        assert_eq!(standard.items, count);
        let items: Vec<u32> = own.iter().map(|rule| rule.item).collect();
        assert_eq!(items, (1..=standard.items).collect::<Vec<_>>(), "{id}");
        assert!(own.iter().all(|rule| rule.code == format!("{prefix}{:02}", rule.item)), "{id}");
    }
}

/// Items that no protocol can report are not asked of one, and an abstract is asked only for what
/// abstracts hold.
#[test]
fn stages_ask_for_what_they_can_hold() {
    let rules = rules();
    let asked = |id: &str, stage: Stage| -> Vec<u32> {
        let (_, own) = rules.standard(id).unwrap();
        own.iter()
            .filter(|rule| rule.stages.get(&stage) != Some(&Demand::NotApplicable))
            .map(|rule| rule.item)
            .collect()
    };
    let until = |last: u32, funding: u32| (1..=last).chain([funding]).collect::<Vec<u32>>();
    assert_eq!(asked("rameses-evaluation", Stage::Protocol), until(13, 20));
    assert_eq!(asked("rameses-meta-narrative", Stage::Protocol), until(12, 20));
    assert_eq!(asked("rameses-evaluation", Stage::Abstract), [1, 2, 5, 8, 9, 11, 14, 15, 19]);
    assert_eq!(asked("rameses-meta-narrative", Stage::Abstract), [1, 2, 4, 15, 19]);
}

/// The embedded lexicon was written out by the build script; the loader reads the TOML when a
/// folder is given. Both must come to the same rules.
#[test]
fn the_prepared_rules_judge_like_the_folder_they_were_made_from() {
    let folder = load::with_folder(&root().join("rules")).unwrap();
    let shipped = rules();
    assert_eq!(shipped.matcher.term_count(), folder.matcher.term_count());
    let (_, failures) = run_examples(&folder, folder.all_rules());
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_learning_part_has_a_bank_of_forty_sentences_of_each_kind() {
    for part in rules().parts.iter().filter(|part| part.learn) {
        let path = root().join("rules/bank").join(format!("{}.tsv", part.id));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        let of = |verdict: &str| rows.iter().filter(|row| row[0] == verdict).count();
        assert!(rows.iter().all(|row| row.len() == 4), "{}: four columns are wanted", path.display());
        assert!(of("yes") >= 40 && of("no") >= 40, "{}: {} yes, {} no", path.display(), of("yes"), of("no"));
        let distinct: BTreeSet<&str> = rows.iter().map(|row| row[3]).collect();
        assert_eq!(distinct.len(), rows.len(), "{} repeats a sentence", path.display());
    }
}

/// `realint rules train --gold tests/gold/tune` gives what is checked in, byte for byte.
#[test]
fn the_learned_weights_are_current() {
    let rules = load::with_folder(&root().join("rules")).unwrap();
    let out = tempfile::tempdir().unwrap();
    let gold = root().join("tests/gold/tune");
    gold::train_files(&rules, None, &root().join("rules/bank"), Some(&gold), out.path()).unwrap();
    let names = |folder: &Path| -> BTreeSet<String> {
        let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
        files.filter(|name| name.ends_with(".tsv")).collect()
    };
    let checked_in = root().join("rules/learned");
    assert_eq!(names(out.path()), names(&checked_in));
    for name in names(out.path()) {
        let (new, old) =
            (std::fs::read(out.path().join(&name)).unwrap(), std::fs::read(checked_in.join(&name)).unwrap());
        assert!(
            new == old,
            "rules/learned/{name} is stale: run `realint rules train --rules rules --gold tests/gold/tune`"
        );
    }
}
