//! What docs/rule-language.md says of cues, scores and verdicts holds for the rules of anybody's pack.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use realint::check::{Settings, check};
use realint::read::NoLibrary;
use realint::report::{DocumentReport, ItemReport, SentenceReport};
use realint::rule::{RuleSet, load};
use realint::standard::Stage;
use realint::verdict::Verdict::{self, NotApplicable, NotFound, Partial, Reported, Unclear};

const MANIFEST: &str = "[pack]\nid = \"house\"\nname = \"House rules\"\nsource = \"here\"\nprefix = \"HP\"\nextends = [\"rameses-synthesis\"]\n";

/// A part: its id, its keys beside the usual ones, and its cues.
type PartSpec<'a> = (&'a str, &'a str, &'a [&'a str]);

/// The shipped rules with some parts, and items HP01, HP02, … that use them as they are told to.
fn rules(parts: &[PartSpec<'_>], items: &[&str]) -> RuleSet {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("pack.toml", MANIFEST);
    let mut text = String::new();
    for (id, keys, cues) in parts {
        let home = if keys.contains("home") { "" } else { "home = [\"methods\"]\n" };
        let _ = write!(text, "[[part]]\nid = \"{id}\"\nname = \"{id}\"\nmeans = \"{id}\"\n{home}{keys}\n");
        for cue in *cues {
            let _ = write!(text, "[[part.cue]]\n{cue}\n");
        }
    }
    write("parts/house.toml", &text);
    for (number, uses) in items.iter().enumerate() {
        let code = format!("HP{:02}", number + 1);
        let stages = if uses.contains("stages = {") { "" } else { "stages = { report = \"required\" }\n" };
        let mut text = format!(
            "[rule]\ncode = \"{code}\"\nname = \"{code}\"\nhome = [\"methods\"]\n{stages}ask = \"Say it.\"\nwhy = \"It matters.\"\nhelp = \"say it\"\n{uses}\n"
        );
        for kind in ["satisfied", "unsatisfied"].iter().flat_map(|kind| [kind; 4]) {
            let _ = write!(text, "[[rule.{kind}]]\ntext = \"These examples are never run.\"\n");
        }
        write(&format!("items/{code}.toml"), &text);
    }
    load::with_folder(folder.path()).unwrap()
}

/// One item a cue, of one part each.
fn rules_of_cues(cues: &[&str]) -> RuleSet {
    let ids: Vec<String> = (0..cues.len()).map(|n| format!("house-{n}")).collect();
    let lists: Vec<[&str; 1]> = cues.iter().map(|cue| [*cue]).collect();
    let parts: Vec<PartSpec<'_>> = ids.iter().zip(&lists).map(|(id, cue)| (id.as_str(), "", &cue[..])).collect();
    let items: Vec<String> = ids.iter().map(|id| format!("[[rule.part]]\nuse = \"{id}\"")).collect();
    rules(&parts, &items.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A text without headings stands in the methods of a review.
fn placed(text: &str) -> String {
    if text.contains("# ") { text.to_owned() } else { format!("# A realist review of tea\n\n## Methods\n\n{text}\n") }
}

fn report(rules: &RuleSet, text: &str, stage: Stage) -> DocumentReport {
    let settings = Settings {
        standard: Some("rameses-synthesis".into()),
        stage: Some(stage),
        explain_verdicts: true,
        ..Settings::default()
    };
    check(Path::new("a.md"), placed(text).as_bytes(), None, &NoLibrary, rules, &settings).unwrap().remove(0)
}

fn item(rules: &RuleSet, number: usize, text: &str, stage: Stage) -> ItemReport {
    let code = format!("HP{number:02}");
    report(rules, text, stage).items.into_iter().find(|item| item.code == code).unwrap()
}

fn verdict(rules: &RuleSet, number: usize, text: &str) -> Verdict {
    item(rules, number, text, Stage::Report).verdict
}

/// A cue, texts for which it holds, and texts for which it doesn't.
type Condition<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

fn hold(conditions: &[Condition<'_>]) {
    let cues: Vec<&str> = conditions.iter().map(|(cue, ..)| *cue).collect();
    let rules = rules_of_cues(&cues);
    for (number, (cue, with, without)) in conditions.iter().enumerate() {
        for text in *with {
            assert_eq!(verdict(&rules, number + 1, text), Reported, "{cue}\n{text}");
        }
        for text in *without {
            assert_eq!(verdict(&rules, number + 1, text), NotFound, "{cue}\n{text}");
        }
    }
}

#[test]
fn cues_ask_for_words_of_the_sentence() {
    hold(&[
        (
            "sentence = [\"kettle\", \"spout\"]",
            &["The spout of the kettle was bent."],
            &["The lid of the kettle was bent.", "The kettle was bent. The spout was also bent."],
        ),
        (
            "sentence = [\"old kettle\", \"spout\"]\nwithin = 3",
            &[
                "An old kettle had one spout there.",
                "A spout on an old kettle was bent.",
                "A spout was bent, and so was an old kettle with a spout.",
            ],
            &["An old kettle had only one spout there.", "The spout of one very old kettle was bent."],
        ),
        (
            "sentence = [\"old kettle\", \"kettle\", \"spout\"]\nordered = true",
            &[
                "The old kettle, a kettle with a spout, was bent.",
                "A spout and an old kettle, a kettle with a spout.",
                "Old kettle, kettle, spout: all were bent.",
            ],
            &["The old kettle had one bent spout.", "An old kettle with a spout was a kettle too."],
        ),
        (
            "sentence = [\"kettle\"]\nany = [\"spout\", \"lid\"]",
            &["The lid of the kettle was bent."],
            &["The whole of the kettle was bent.", "The lid and the spout were bent."],
        ),
        (
            "several = [\"kettle\", \"spout\", \"lid\"]\nleast = 2",
            &["The lid of the kettle was bent.", "The lid and spout of the kettle were bent."],
            &["The whole of the kettle was bent."],
        ),
        ("sentence = [\"kettle\"]\nunless = [\"copper\"]", &["The kettle was of tin."], &["The kettle was of copper."]),
        (
            "sentence = [\"kettle\"]\nnumbers = 2",
            &["The kettle held 2 cups for 3 nurses.", "Each kettle held one, two or three cups."],
            &["The kettle held 2 cups for all."],
        ),
    ]);
}

#[test]
fn cues_ask_for_words_around_the_sentence() {
    hold(&[
        (
            "sentence = [\"kettle\"]\nnear = [\"spout\", \"lid\"]",
            &[
                "The spout and the lid were bent. The kettle was of tin.",
                "The kettle was of tin. The spout and lid were bent.",
                "The spout was a bent one. The kettle was of tin. The lid was a bent one.",
                "The spout was a bent one. The kettle was of tin with lid.",
            ],
            &[
                "The spout and lid were bent. It was of tin. The kettle was heavy.",
                "The kettle was heavy. It was of tin. The spout and lid were bent.",
                "The spout was a bent one. The kettle was of tin.",
                "# A realist review\n\n## Methods\n\nThe kettle was of tin.\n\n## Results\n\nThe spout and lid were bent.\n",
            ],
        ),
        (
            "sentence = [\"kettle\"]\nparagraph = [\"spout\"]",
            &["The kettle was heavy. It was of tin. The spout was bent."],
            &["The kettle was heavy. It was of tin.\n\nThe spout was bent."],
        ),
        (
            "sentence = [\"kettle\"]\nheading = [\"spouts\"]",
            &[
                "# A review\n\n## Methods\n\n### Spouts\n\nThe kettle was of tin.\n",
                "# A review\n\n## Methods of bending spouts\n\n### Tin\n\nThe kettle was of tin.\n",
                "**Spouts.** Each was of tin. The kettle was of tin as well.",
            ],
            &[
                "# A review of spouts\n\n## Methods\n\nThe kettle was of tin.\n",
                "# A review\n\n## Methods\n\n### Spouts\n\nThey were bent.\n\n### Tin\n\nThe kettle was of tin.\n",
                "The spouts were bent. The kettle was of tin.",
            ],
        ),
        (
            "sentence = [\"kettle\"]\nunless_heading = [\"spouts\"]",
            &["# A review\n\n## Methods\n\n### Tin\n\nThe kettle was of tin.\n", "The kettle was of tin."],
            &[
                "# A review\n\n## Methods\n\n### Spouts\n\nThe kettle was of tin.\n",
                "**Spouts.** Each was of tin. The kettle was of tin as well.",
            ],
        ),
        (
            "sentence = [\"kettle\"]\nsections = [\"results\"]",
            &["# A review\n\n## Results\n\nThe kettle was of tin.\n"],
            &["# A review\n\n## Methods\n\nThe kettle was of tin.\n"],
        ),
    ]);
}

const TABLE: &str = "Table 1: Where the spouts were bent\n\n| The kettle of each ward | The lid of each ward |\n|---|---|\n| One cup of black tea | Many bowls of green soup |\n";

#[test]
fn cues_ask_for_a_kind_of_block() {
    let cue = |word: &str, scope: &str| format!("sentence = [\"{word}\"]\nscope = \"{scope}\"\nweight = 1.0");
    let words = ["spouts", "kettle", "soup", "stove", "sieve"];
    let scopes = ["title", "caption", "table", "table-header", "prose"];
    let cues: Vec<String> = scopes.iter().flat_map(|scope| words.map(|word| cue(word, scope))).collect();
    let rules = rules_of_cues(&cues.iter().map(String::as_str).collect::<Vec<_>>());
    let text = format!(
        "# Realist review of the sieve\n\n## Methods\n\nThe stove was lit by a nurse.\n\n{TABLE}\n## Funding of the ladle\n\nNobody paid us anything for it.\n"
    );
    let document = report(&rules, &text, Stage::Report);
    let found = |number: usize| {
        let code = format!("HP{number:02}");
        document.items.iter().find(|item| item.code == code).unwrap().verdict == Reported
    };
    for (at, scope) in scopes.iter().enumerate() {
        let held: Vec<&str> =
            words.iter().enumerate().filter(|(n, _)| found(at * words.len() + n + 1)).map(|(_, word)| *word).collect();
        let expected: &[&str] = match *scope {
            "title" => &["sieve"],
            "caption" => &["spouts"],
            "table" => &["kettle", "soup"],
            "table-header" => &["kettle"],
            _ => &["stove"],
        };
        assert_eq!(held, expected, "{scope}");
    }
}

#[test]
fn cues_ask_how_the_sentence_speaks() {
    hold(&[
        (
            "sentence = [\"kettle\"]\ncitation = true",
            &["The kettle was of tin [4].", "It was heavy. The kettle was of tin [4]. It was old."],
            &["The kettle was of tin.", "It was heavy [3]. The kettle was of tin. It was old [4]."],
        ),
        ("sentence = [\"kettle\"]\ncitation = false", &["The kettle was of tin."], &["The kettle was of tin [4]."]),
        (
            "sentence = [\"kettle\"]\nvoice = \"own\"",
            &["The kettle was of tin.", "We had a kettle of tin.", "Jones et al had a kettle as we did."],
            &["Jones et al had a kettle."],
        ),
        (
            "sentence = [\"kettle\"]\nvoice = \"other\"",
            &["Jones et al had a kettle."],
            &["The kettle was of tin.", "We had a kettle of tin."],
        ),
        (
            "sentence = [\"kettle\"]\nnegated = false",
            &[
                "The kettle was of tin.",
                "The kettle was not of tin.",
                "Not until one very late evening the kettle was of use.",
            ],
            &["There was no tin kettle.", "It was not the one big tin kettle.", "No kettle was of tin."],
        ),
        (
            "sentence = [\"kettle\"]\nnegated = true",
            &["There was no tin kettle.", "It was not the one big tin kettle."],
            &["The kettle was of tin.", "The kettle was not of tin.", "It was not the one big old tin kettle."],
        ),
        // What is looked for may begin with the negation.
        (
            "sentence = [\"(no|old) kettle\"]\nnegated = true",
            &["There was no kettle at all."],
            &["There was one old kettle."],
        ),
        ("sentence = [\"kettle\"]\ntense = \"done\"", &["The kettle was of tin."], &["The kettle will be of tin."]),
        ("sentence = [\"kettle\"]\ntense = \"planned\"", &["The kettle will be of tin."], &["The kettle was of tin."]),
        (
            "sentence = [\"kettle\"]\npointer = true",
            &["The kettle is drawn in Additional file 2."],
            &["The kettle was of tin."],
        ),
        (
            "sentence = [\"kettle\"]\nfigure = true",
            &[
                "Figure 2 shows the tin kettle.",
                "The kettle of Fig. 3 was of tin.",
                "A diagram of the kettle was made.",
                "A flowchart has the kettle in it.",
            ],
            &["The kettle was a comic figure.", "Figure a kettle that is of tin.", "The kettle was of tin in 2004."],
        ),
        (
            "sentence = [\"kettle\"]\nfigure = false",
            &["The kettle was a comic figure."],
            &["Figure 2 shows the tin kettle."],
        ),
    ]);
    let rules = rules_of_cues(&["sentence = [\"kettle\"]\ntense = \"done\""]);
    assert_eq!(item(&rules, 1, "The kettle will be of tin.", Stage::Protocol).verdict, Reported);
}

#[test]
fn what_is_no_statement_bears_no_evidence() {
    let rules = rules_of_cues(&["sentence = [\"kettle\"]\nweight = 1.0"]);
    let within = |heading: &str, text: &str| format!("# A review\n\n## {heading}\n\n{text}\n");
    for (text, expected) in [
        (within("Methods", "The kettle was bent."), Reported),
        (within("Methods", "A bent kettle."), NotFound),
        (within("Declarations", "Kettle: none declared."), Reported),
        (within("Declarations", "No kettle."), Reported),
        (within("References", "The kettle was bent by someone."), NotFound),
        (within("Glossary", "The kettle is a thing for water."), NotFound),
        (within("Methods", "```\nThe kettle was bent by someone.\n```"), NotFound),
        (within("Methods with the old tin kettle", "It was bent by someone."), NotFound),
        ("# The kettle that was bent\n\n## Methods\n\nIt was bent by someone.\n".to_owned(), Reported),
    ] {
        assert_eq!(verdict(&rules, 1, &text), expected, "{text}");
    }
}

/// Keywords say something in front of a text, and are a label within it.
#[test]
fn keywords_bear_evidence_in_front_of_a_text_only() {
    let rules = rules_of_cues(&["sentence = [\"kettle\"]\nweight = 1.0"]);
    let settings =
        Settings { standard: Some("rameses-synthesis".into()), stage: Some(Stage::Report), ..Settings::default() };
    let keywords = "<p>Keywords: kettle; spout; tea; cold wards</p>";
    let methods = "<h2>Methods</h2><p>It was bent by someone, and nobody knew by whom.</p>";
    for (text, expected) in [
        (format!("<h1>A review of tea</h1>{keywords}{methods}"), Reported),
        (format!("<h1>A review of tea</h1>{methods}{keywords}"), NotFound),
    ] {
        let text = format!("<html><body>{text}</body></html>");
        let document = check(Path::new("a.html"), text.as_bytes(), None, &NoLibrary, &rules, &settings).unwrap();
        let item = document[0].items.iter().find(|item| item.code == "HP01").unwrap();
        assert_eq!(item.verdict, expected, "{text}");
    }
}

/// A sentence in some part of a review.
fn under(heading: &str, text: &str) -> String {
    format!("# A realist review of tea\n\n## {heading}\n\n{text}\n")
}

#[test]
fn the_place_of_a_sentence_weighs() {
    let cue = ["sentence = [\"kettle\"]\nweight = 0.7"];
    let named = ["sentence = [\"kettle\"]\nsections = [\"discussion\", \"abstract\"]\nweight = 0.6"];
    let rules = rules(
        &[("plain", "", &cue), ("light", "abstract_weight = 0.65\nelsewhere = 0.7", &cue), ("named", "", &named)],
        &["[[rule.part]]\nuse = \"plain\"", "[[rule.part]]\nuse = \"light\"", "[[rule.part]]\nuse = \"named\""],
    );
    let text = "The kettle was of tin.";
    for (heading, expected) in [
        ("Methods", [Reported, Reported, NotFound]),
        ("Abstract", [NotFound, Unclear, NotFound]),
        ("Discussion", [NotFound, Unclear, Reported]),
    ] {
        let found = [1, 2, 3].map(|number| verdict(&rules, number, &under(heading, text)));
        assert_eq!(found, expected, "{heading}");
    }
    // What is only an abstract can say it nowhere else.
    assert_eq!(item(&rules, 2, &under("Abstract", text), Stage::Abstract).verdict, Reported);
}

#[test]
fn the_strongest_cue_counts_and_the_best_sentences_are_shown() {
    let cues = [
        "sentence = [\"kettle\"]\nweight = 0.65",
        "sentence = [\"kettle\", \"spout\"]\nweight = 0.9",
        "sentence = [\"kettle\", \"lid\"]\nweight = 0.75",
    ];
    let rules = rules(&[("kettle", "", &cues)], &["[[rule.part]]\nuse = \"kettle\""]);
    let text = "The kettle was of tin.\n\nThe kettle had a lid.\n\nThe kettle had a spout and a lid.\n\nThe kettle was heavy.\n\nThe kettle had one more lid.";
    let item = item(&rules, 1, text, Stage::Report);
    let shown: Vec<(&str, f32)> = item.evidence.iter().map(|e| (e.text.as_str(), e.confidence)).collect();
    assert_eq!(
        shown,
        [
            ("The kettle had a spout and a lid.", 0.9),
            ("The kettle had a lid.", 0.75),
            ("The kettle had one more lid.", 0.75)
        ]
    );
    assert!(item.evidence[0].because.contains("0.9"), "{}", item.evidence[0].because);
}

/// Of cues with the same weight the one that is written first is named, and listed first.
#[test]
fn of_equal_cues_the_first_counts() {
    let cues = ["spout", "lid"].map(|word| format!("sentence = [\"{word}\"]\nweight = 0.8"));
    let rules = rules(&[("kettle", "", &cues.each_ref().map(String::as_str))], &["[[rule.part]]\nuse = \"kettle\""]);
    let item = item(&rules, 1, "The lid and the spout were of tin.", Stage::Report);
    let because = &item.evidence[0].because;
    assert!(because.contains("spout") && !because.contains("lid"), "{because}");
    let best = item.parts.unwrap().remove(0).best.unwrap();
    assert!(best.cues[0].cue.contains("spout") && best.cues[1].cue.contains("lid"), "{best:?}");
}

/// What a verdict rests on names the learned model where it gave something to the score, and only there.
#[test]
fn evidence_names_the_learned_model_where_it_spoke() {
    let rules = load::shipped().unwrap();
    let because = |text: &str| {
        let whole = format!("{text}\n\nThe funder had no role in the design of the work.");
        let items = report(&rules, &under("Funding", &whole), Stage::Report).items;
        let evidence = items.into_iter().find(|item| item.code == "RS19").unwrap().evidence;
        evidence.into_iter().find(|e| e.text == text).unwrap().because
    };
    let learned = because("This work was funded by the Tea Trust.");
    assert!(learned.contains("cue ") && learned.contains("; learned "), "{learned}");
    // Money for the programme silences it.
    let cue = because("This work was funded by those who funded the salaries of the wards.");
    assert!(cue.contains("cue ") && !cue.contains("learned"), "{cue}");
}

/// Plain writers say in three half-clear sentences what others say in one.
#[test]
fn sentences_of_a_paragraph_strengthen_one_another() {
    let rules = rules(
        &[
            ("half", "", &["sentence = [\"kettle\"]\nweight = 0.46"]),
            ("less", "", &["sentence = [\"kettle\"]\nweight = 0.36"]),
        ],
        &["[[rule.part]]\nuse = \"half\"\n[[rule.part]]\nuse = \"less\"\ncounts = \"partial\""; 1],
    );
    let parts = |text: &str| -> Vec<f32> {
        let item = item(&rules, 1, text, Stage::Report);
        item.parts.unwrap().iter().map(|part| part.best.as_ref().map_or(0.0, |best| best.score)).collect()
    };
    let sentence = "The kettle was of tin.";
    let near = |scores: Vec<f32>, expected: [f32; 2]| {
        assert!(scores.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{scores:?} {expected:?}");
    };
    near(parts(sentence), [0.46, 0.36]);
    near(parts(&format!("{sentence} {sentence}")), [0.53, 0.43]);
    near(parts(&format!("{sentence} {sentence} {sentence}")), [0.6, 0.49]);
    // No more than two others are heard, and none of another paragraph.
    near(parts(&format!("{sentence} {sentence} {sentence} {sentence}")), [0.6, 0.49]);
    near(parts(&format!("{sentence}\n\n{sentence}\n\n{sentence}")), [0.46, 0.36]);
}

#[test]
fn a_deed_of_the_authors_is_not_that_of_a_cited_study() {
    let cue = ["sentence = [\"kettle\"]\nweight = 0.77"];
    let rules = rules(
        &[("own", "own_deed = true", &cue), ("any", "", &cue)],
        &["[[rule.part]]\nuse = \"own\"", "[[rule.part]]\nuse = \"any\""],
    );
    for (text, expected) in [
        ("The kettle was of tin.", [Reported, Reported]),
        ("The kettle was of tin [4].", [Unclear, Reported]),
        ("We had the kettle of tin [4].", [Reported, Reported]),
        ("Handbooks advise that the kettle be of tin.", [NotFound, Reported]),
        ("Handbooks advise that we take a kettle of tin.", [Reported, Reported]),
    ] {
        assert_eq!([1, 2].map(|number| verdict(&rules, number, text)), expected, "{text}");
    }
}

#[test]
fn parts_make_an_item_reported_partial_or_unclear() {
    let cue = |word: &str, weight: &str| format!("sentence = [\"{word}\"]\nweight = {weight}");
    let (kettle, spout, lid, cup, tray, pot) = (
        cue("kettle", "0.9"),
        cue("spout", "0.9"),
        cue("lid", "0.9"),
        cue("cup", "0.46"),
        cue("tray", "0.55"),
        cue("pot", "0.6"),
    );
    let parts: Vec<(&str, [&str; 1])> = vec![
        ("kettle", [&kettle]),
        ("spout", [&spout]),
        ("lid", [&lid]),
        ("cup", [&cup]),
        ("tray", [&tray]),
        ("pot", [&pot]),
    ];
    let parts: Vec<PartSpec<'_>> = parts.iter().map(|(id, cues)| (*id, "abstract_weight = 1.0", &cues[..])).collect();
    let part = |id: &str, counts: &str| format!("[[rule.part]]\nuse = \"{id}\"\ncounts = \"{counts}\"\n");
    let both = part("kettle", "required") + &part("spout", "required");
    let either = part("kettle", "required") + &part("spout", "alternative") + &part("lid", "alternative");
    let lifted = part("kettle", "required") + &part("lid", "partial");
    let weak = part("cup", "required") + &part("kettle", "required");
    let unsure = part("tray", "required") + &part("kettle", "required");
    let hint = part("kettle", "required") + &part("cup", "partial");
    let sure = part("pot", "required") + &part("kettle", "required");
    let rules = rules(&parts, &[&both, &either, &lifted, &weak, &unsure, &hint, &sure]);
    let of = |number: usize, text: &str| item(&rules, number, text, Stage::Report);
    let (kettle, spout, lid, cup, tray, pot) = (
        "The kettle was of tin. ",
        "The spout was of tin. ",
        "The lid was of tin. ",
        "The cup was of tin. ",
        "The tray was of tin. ",
        "The pot was of tin. ",
    );
    let nothing = "Everything was of tin. ";
    for (number, texts, expected, lacks) in [
        (1, vec![kettle, spout], Reported, vec![]),
        (1, vec![kettle], Partial, vec!["spout"]),
        (1, vec![nothing], NotFound, vec!["kettle", "spout"]),
        (2, vec![kettle, lid], Reported, vec![]),
        (2, vec![kettle, spout], Reported, vec![]),
        (2, vec![kettle], Partial, vec!["spout"]),
        (2, vec![lid], Partial, vec!["kettle"]),
        (3, vec![kettle], Reported, vec![]),
        (3, vec![lid], Partial, vec!["kettle"]),
        (4, vec![cup], Unclear, vec!["cup", "kettle"]),
        (4, vec![cup, kettle], Partial, vec!["cup"]),
        // Barely over the threshold, with nothing of the rest near it.
        (5, vec![tray], NotFound, vec!["kettle"]),
        (5, vec![tray, kettle], Reported, vec![]),
        // What by itself can't make an item reported can't make it unclear.
        (6, vec![cup], NotFound, vec!["kettle"]),
        // Just sure enough to stand alone.
        (7, vec![pot], Partial, vec!["kettle"]),
    ] {
        let item = of(number, &texts.concat());
        assert_eq!(
            (item.verdict, item.lacks.clone()),
            (expected, lacks.into_iter().map(str::to_owned).collect()),
            "{number} {texts:?}"
        );
    }
    // An abstract says little of anything.
    assert_eq!(verdict(&rules, 5, &under("Abstract", tray)), Partial);
    // Who points to a supplement may say the rest there.
    let pointing = "The cup is drawn in Additional file 2.";
    assert_eq!(verdict(&rules, 4, pointing), Partial);
    assert_eq!(verdict(&rules, 5, "The tray is drawn in Additional file 2."), Partial);
    assert_eq!(verdict(&rules, 1, pointing), NotFound);
}

/// `threshold` and `unclear` are the scores from which on a sentence counts, these scores among them.
#[test]
fn a_score_that_just_reaches_a_limit_counts() {
    let keys = "threshold = 0.5\nunclear = 0.25";
    let rules = rules(
        &[
            ("enough", keys, &["sentence = [\"kettle\"]\nweight = 0.5"]),
            ("near", keys, &["sentence = [\"kettle\"]\nweight = 0.25"]),
            ("less", keys, &["sentence = [\"kettle\"]\nweight = 0.24"]),
            // Below 0.05 a sentence says nothing, whatever a part calls unclear.
            ("faint", "unclear = 0.01", &["sentence = [\"kettle\"]\nweight = 0.05"]),
            ("silent", "unclear = 0.01", &["sentence = [\"kettle\"]\nweight = 0.04"]),
        ],
        &["enough", "near", "less", "faint", "silent"]
            .map(|part| format!("[[rule.part]]\nuse = \"{part}\""))
            .each_ref()
            .map(String::as_str),
    );
    let found = [1, 2, 3, 4, 5].map(|number| verdict(&rules, number, "The kettle was of tin."));
    assert_eq!(found, [Reported, Unclear, NotFound, Unclear, NotFound]);
}

/// The best sentence for a part of the shipped rules; `None` where no sentence speaks for it.
fn best(rules: &RuleSet, standard: &str, part: &str, text: &str) -> Option<SentenceReport> {
    let settings = Settings {
        standard: Some(standard.into()),
        stage: Some(Stage::Report),
        explain_verdicts: true,
        ..Settings::default()
    };
    let document = check(Path::new("a.md"), text.as_bytes(), None, &NoLibrary, rules, &settings).unwrap().remove(0);
    let parts = document.items.into_iter().flat_map(|item| item.parts.unwrap_or_default());
    parts.filter(|p| p.part == part).find_map(|p| p.best)
}

/// Whether the learned model may speak for that sentence.
fn heard(rules: &RuleSet, standard: &str, part: &str, text: &str) -> Option<bool> {
    best(rules, standard, part, text).map(|best| best.learned.unwrap().heard)
}

/// Where it may not speak for a sentence it takes something off, but no cue loses half of its weight.
#[test]
fn a_model_that_is_sure_of_the_contrary_weakens_a_cue() {
    let rules = load::shipped().unwrap();
    let funding =
        |heading: &str, text: &str| best(&rules, "rameses-synthesis", "the source of funding", &under(heading, text));
    let text = "This work was funded by those who funded the salaries of the wards.";
    let doubted = funding("Funding", text).unwrap();
    assert!((0.25..=0.4).contains(&doubted.doubt), "{}", doubted.doubt);
    assert!(doubted.score < 0.7, "{}", doubted.score);
    // The place of a sentence weighs for the model as for cues.
    let away = funding("Methods", "This work was funded by the Tea Trust.").unwrap().learned.unwrap();
    assert!(away.score <= away.place && away.place < 1.0, "{} {}", away.score, away.place);
}

#[test]
fn the_learned_model_speaks_for_statements_that_have_what_the_part_asks_for() {
    let rules = load::shipped().unwrap();
    let funding =
        |heading: &str, text: &str| heard(&rules, "rameses-synthesis", "the source of funding", &under(heading, text));
    for (heading, text, expected) in [
        ("Methods", "This work was funded by the Tea Trust.", true),
        ("Funding", "The Tea Trust funded this work.", true),
        // Five words are a label, but for declarations.
        ("Conclusion", "The Trust funded this work.", false),
        ("Conclusion", "The Tea Trust funded this work.", true),
        ("Funding", "The Trust funded this work.", true),
        ("Funding", "Figure 1: This work was funded by the Tea Trust.", false),
        // Money for the programme is no money for the study.
        ("Funding", "This work was funded by those who funded the salaries of the wards.", false),
    ] {
        assert_eq!(funding(heading, text).unwrap_or(false), expected, "{heading}: {text}");
    }
    let participants = |text: &str| heard(&rules, "rameses-evaluation", "who took part", &under("Results", text));
    for (text, expected) in [
        ("We interviewed 12 nurses and 9 patients of four wards.", true),
        ("We interviewed 12 nurses of the cold wards.", true),
        ("We interviewed many nurses and patients of the cold wards.", false),
    ] {
        assert_eq!(participants(text).unwrap_or(false), expected, "{text}");
    }
}

#[test]
fn parts_ask_for_sentences_configurations_and_stages() {
    let cue = ["sentence = [\"kettle\"]\nweight = 0.9"];
    let lid = ["sentence = [\"lid\"]\nweight = 0.9"];
    let rules = rules(
        &[("kettle", "", &cue), ("lid", "", &lid)],
        &[
            "[[rule.part]]\nuse = \"kettle\"\nsentences = 2",
            "[[rule.part]]\nuse = \"kettle\"\nconfigurations = 2",
            "[[rule.part]]\nuse = \"kettle\"\n[[rule.part]]\nuse = \"lid\"\nstages = [\"protocol\"]",
            "stages = { report = \"required\", protocol = \"not-applicable\" }\n[[rule.part]]\nuse = \"kettle\"",
            "[[rule.part]]\nuse = \"kettle\"\nstages = [\"protocol\"]",
        ],
    );
    let one = "The kettle was of tin.";
    let two = "The kettle was of tin.\n\nThe kettle was heavy.";
    assert_eq!([one, two].map(|text| verdict(&rules, 1, text)), [Unclear, Reported]);
    let claim =
        |n: usize| format!("CMOC {n}: Where wards are cold (C), nurses feel tired (M) and drink more (O) [3].\n\n");
    assert_eq!(verdict(&rules, 2, &under("Results", &claim(1))), NotFound);
    assert_eq!(verdict(&rules, 2, &under("Results", &(claim(1) + &claim(2)))), Reported);
    // First theories are no results.
    assert_eq!(verdict(&rules, 2, &under("Introduction", &(claim(1) + &claim(2)))), NotFound);
    assert_eq!(item(&rules, 3, one, Stage::Report).verdict, Reported);
    assert_eq!(item(&rules, 3, one, Stage::Protocol).verdict, Partial);
    assert_eq!(item(&rules, 4, one, Stage::Report).verdict, Reported);
    assert_eq!(item(&rules, 4, one, Stage::Protocol).verdict, NotApplicable);
    // Of which nothing is asked, nothing is reported.
    assert_eq!(item(&rules, 5, one, Stage::Report).verdict, NotFound);
}

/// The shipped rules, but the three parts of RS19 (who paid, the funder's role, interests) are so certain, whatever
/// a manuscript says; no other part is judged as a whole.
fn rules_certain_of(certain: [f64; 3]) -> RuleSet {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("learned")).unwrap();
    let line = |(part, certain): (&str, f64)| {
        let bias = (certain / (1.0 - certain)).ln() * 1000.0;
        format!("{part}\tbias\t{}\n", bias.round() as i32)
    };
    let text: String = ["funding-source", "funder-role", "conflicts"].into_iter().zip(certain).map(line).collect();
    fs::write(folder.path().join("learned/certainty.tsv"), text).unwrap();
    load::with_folder(folder.path()).unwrap()
}

/// A review of `sentences` sentences and three faint ones about RS19.
fn whole(sentences: usize) -> String {
    let filling = "The village lies by a lake where herons stand in the reeds all winter. ".repeat(sentences);
    format!(
        "# Why wells fail: a realist review\n\n## Methods\n\n{filling}\n\n## Declarations\n\n\
        Some of the money for it came from the Ridge Trust.\n\n\
        The trust asked to see the first results of the work.\n\n\
        One of the authors had interests in a firm that makes pumps.\n"
    )
}

#[test]
fn a_whole_manuscript_is_judged_by_how_certain_its_parts_are() {
    let judged = |certain: [f64; 3], text: &str, stage: Stage| {
        let report = report(&rules_certain_of(certain), text, stage);
        report.items.into_iter().find(|item| item.code == "RS19").unwrap()
    };
    for (certain, wanted, lacks, evidence) in [
        ([0.9, 0.7, 0.61], Reported, 0, 3),
        // One part lacks; of the rest it is certain enough that something is there.
        ([0.9, 0.59, 0.7], Partial, 1, 2),
        ([0.9, 0.01, 0.01], Partial, 2, 1),
        // A part is more likely there than not, and yet it may well be that nothing is.
        ([0.7, 0.01, 0.01], NotFound, 3, 0),
        ([0.01, 0.01, 0.01], NotFound, 3, 0),
        // Something is there, and nobody knows what.
        ([0.5, 0.5, 0.5], Unclear, 3, 0),
    ] {
        let item = judged(certain, &whole(100), Stage::Report);
        assert_eq!((item.verdict, item.evidence.len()), (wanted, evidence), "{certain:?} {item:?}");
        assert!(wanted == NotFound || item.lacks.len() == lacks, "{certain:?} {item:?}");
        for part in item.parts.as_ref().unwrap() {
            assert_eq!(part.found, part.certainty.unwrap() >= 0.6, "{part:?}");
        }
    }
    // An excerpt, a protocol and an abstract are judged sentence by sentence.
    for (text, stage) in [(whole(60), Stage::Report), (whole(100), Stage::Protocol)] {
        let item = judged([0.99, 0.99, 0.99], &text, stage);
        assert!(item.parts.unwrap().iter().all(|part| part.certainty.is_none()));
    }
    // Nothing is certain of which there is nothing to be shown.
    let silent = whole(100).replace("One of the authors had interests in a firm that makes pumps.", "");
    let item = judged([0.9, 0.9, 0.9], &silent, Stage::Report);
    assert_eq!((item.verdict, item.lacks), (Partial, vec!["conflicts of interest".to_owned()]));
    // One plain sentence proves its part, however uncertain the whole.
    let plain = "The authors declare that they have no conflicts of interest.\n";
    let item = judged([0.01, 0.01, 0.01], &format!("{}{plain}", whole(100)), Stage::Report);
    assert_eq!((item.verdict, item.evidence[0].text.as_str()), (Partial, plain.trim()), "{item:?}");
}
