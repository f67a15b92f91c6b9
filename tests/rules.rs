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

/// What the loader says of a file of `rules/cmo` in which `from` stands as `to`: the message with the
/// words that it points at, for each mistake.
fn mistakes_of(name: &str, from: &str, to: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join("rules/cmo").join(name)).unwrap();
    assert!(text.contains(from), "{name} has no {from}");
    std::fs::create_dir(folder.path().join("cmo")).unwrap();
    std::fs::write(folder.path().join("cmo").join(name), text.replacen(from, to, 1)).unwrap();
    // A class that was lost is missed by other files too; what counts is the place of the mistake.
    let one = |error: &realint::error::Error| match error {
        realint::error::Error::Toml { message, source_code, span, .. } => {
            let text = &source_code.inner()[span.offset()..span.offset() + span.len()];
            source_code.name().ends_with(name).then(|| format!("{message} @ {text}"))
        }
        other => panic!("no place in the TOML: {other}"),
    };
    match load::with_folder(folder.path()).unwrap_err() {
        realint::error::Error::Several { errors, .. } => errors.iter().filter_map(one).collect(),
        error => one(&error).into_iter().collect(),
    }
}

#[test]
fn mistakes_in_the_rules_for_configurations_are_shown_at_their_place() {
    for (name, from, to, message, at) in [
        ("claims.toml", "label = \"stated here\"", "lable = \"stated here\"", "unknown field `lable`", "lable"),
        ("claims.toml", "severity = \"warning\"", "severity = \"fatal\"", "unknown variant `fatal`", "\"fatal\""),
        ("claims.toml", "code = \"CMO001\"", "code = \"cmo-1\"", "`cmo-1` is no code of a finding", "\"cmo-1\""),
        ("claims.toml", "code = \"CMO002\"", "code = \"CMO001\"", "the code CMO001 is taken by", "\"CMO001\""),
        (
            "claims.toml",
            "check = \"bare-setting\"",
            "check = \"bare-seting\"",
            "unknown variant `bare-seting`",
            "bare-seting",
        ),
        ("claims.toml", "confidence = 0.8", "confidence = 8.0", "a confidence is from 0 to 1", "8.0"),
        ("claims.toml", "limits.most-words = 26", "limits.most-words = -1", "a whole number from 1 on, not -1", "-1"),
        (
            "claims.toml",
            "limits.most-words = 26",
            "limits.most-words = 2.5",
            "a whole number from 1 on, not 2.5",
            "2.5",
        ),
        ("claims.toml", "limits.shared = 1.0", "limits.shared = 40.0", "a share from 0 to 1, not 40", "40.0"),
        ("claims.toml", "limits.shared = 1.0", "limits.sharde = 1.0", "doesn't ask for `sharde`", "sharde"),
        ("claims.toml", "limits.shared = 1.0\n", "\n", "CMO007 lacks the threshold `shared`", "\"CMO007\""),
        ("claims.toml", "words.chain = ", "words.chains = ", "doesn't ask for `chains`", "chains"),
        ("claims.toml", "[\"#\"]", "[\"(a|#)\"]", "can never match", "\"(a|#)\""),
        (
            "claims.toml",
            "[\"@programme-resource\"]",
            "[\"@programme-resorce\"]",
            "`@programme-resorce` is no class",
            "@programme-resorce",
        ),
        ("claims.toml", "({detail})", "({detial})", "gives no `{detial}`", "{detial}"),
        ("counts.toml", "words.flow-read = ", "words.flow-raed = ", "doesn't ask for `flow-raed`", "flow-raed"),
        (
            "theory.toml",
            "standards = [\"rameses-synthesis\"",
            "standards = [\"rameses-sinthesis\"",
            "there is no standard `rameses-sinthesis`",
            "rameses-sinthesis",
        ),
        (
            "forms.toml",
            "opener = [\"where\"",
            "opener = [\"Where\"",
            "`Where` in `opener` can never match",
            "\"Where\"",
        ),
        (
            "forms.toml",
            "result = [\"so that\"",
            "result = [\"so that \"",
            "`so that ` in `result` can never match",
            "\"so that \"",
        ),
        ("forms.toml", "is = \"response\"", "is = \"reponse\"", "unknown variant `reponse`", "reponse"),
        ("forms.toml", "family = \"initial\"", "familly = \"initial\"", "unknown field `familly`", "familly"),
        ("lexicon.toml", "[kind-of-place]\nnouns", "[kind-of-place]\nnuons", "nuons", "nuons"),
    ] {
        let all = mistakes_of(name, from, to);
        let said = all.iter().any(|m| m.split(" @ ").next().unwrap().contains(message));
        let pointed = all.iter().any(|m| m.rsplit(" @ ").next().unwrap().contains(at));
        assert!(said && pointed, "{name}: {to}\n{all:#?}");
    }
}

#[test]
fn weights_that_are_none_are_shown_at_their_place() {
    for (text, wanted) in [
        (
            "# made by hand\nbias\t-20\nb:we read\tmany\n",
            "a line of weights is no feature, tab and whole number @ b:we read\tmany",
        ),
        ("garbage\n", "a line of weights is no feature, tab and whole number @ garbage"),
        ("b:we read\t12\n", "weights without a bias @ "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("learned")).unwrap();
        std::fs::write(folder.path().join("learned/conflicts.tsv"), text).unwrap();
        match load::with_folder(folder.path()).unwrap_err() {
            realint::error::Error::Toml { message, source_code, span, .. } => {
                let at = &source_code.inner()[span.offset()..span.offset() + span.len()];
                assert_eq!(format!("{message} @ {at}"), wanted);
                assert!(source_code.name().ends_with("conflicts.tsv"));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn certainties_that_are_none_are_shown_at_their_place() {
    for (text, wanted) in [
        (
            "# made by hand\nconflicts\tbest\tmany\n",
            "a line of weights is no part, tab, signal, tab and whole number @ conflicts\tbest\tmany",
        ),
        ("conflict\tbias\t3\n", "there is no part `conflict` @ conflict\tbias\t3"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("learned")).unwrap();
        std::fs::write(folder.path().join("learned/certainty.tsv"), text).unwrap();
        match load::with_folder(folder.path()).unwrap_err() {
            realint::error::Error::Toml { message, source_code, span, .. } => {
                let at = &source_code.inner()[span.offset()..span.offset() + span.len()];
                assert_eq!(format!("{message} @ {at}"), wanted);
                assert!(source_code.name().ends_with("certainty.tsv"));
            }
            other => panic!("{other}"),
        }
    }
}
