//! Configurations in every written form, their labels, their support, and hostile texts.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::time::{Duration, Instant};

use realint::check::{Settings, check};
use realint::cmo::{
    Compilation, ComponentKind, Configuration, ConfigurationStage, Facet, Form, Support, SupportKind, Variant, compile,
};
use realint::manuscript::{Format, Manuscript};
use realint::read::{NoLibrary, read};
use realint::report::DocumentReport;
use realint::rule::{RuleSet, load};
use realint::theory::run_claim_examples;

fn rules() -> RuleSet {
    load::shipped().unwrap()
}

fn compiled(rules: &RuleSet, text: &str) -> (Manuscript, Compilation) {
    let text = if text.contains("## ") {
        text.to_owned()
    } else {
        format!("# A realist review of lamps\n\n## Results\n\n{text}")
    };
    let mut drafts =
        read(Path::new("a.md"), text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names).unwrap();
    let manuscript = Manuscript::new(drafts.remove(0), &rules.section_names);
    let compilation = compile(&manuscript, &rules.grammar);
    (manuscript, compilation)
}

/// The parts of a configuration, as letters with their words.
fn parts(manuscript: &Manuscript, configuration: &Configuration) -> Vec<(char, String)> {
    let letter = |kind| match kind {
        ComponentKind::Context => 'C',
        ComponentKind::Mechanism => 'M',
        ComponentKind::Outcome => 'O',
        ComponentKind::Intervention => 'I',
        ComponentKind::Actor => 'A',
    };
    configuration
        .components
        .iter()
        .map(|c| (letter(c.kind), manuscript.block(c.block).text[c.range.clone()].to_owned()))
        .collect()
}

fn report(text: &str, name: &str, settings: &Settings) -> DocumentReport {
    check(Path::new(name), text.as_bytes(), None, &NoLibrary, &rules(), settings).unwrap().remove(0)
}

#[test]
fn findings_are_found_in_their_examples_and_not_in_the_others() {
    let rules = rules();
    let (count, failures) = run_claim_examples(&rules);
    assert!(count >= 30 * 2 * load::FEWEST_EXAMPLES - 10, "only {count} examples ran");
    assert!(failures.is_empty(), "{failures:#?}");
    for finding in rules.others.iter().filter(|f| f.check.is_some()) {
        assert!(finding.fires.len() >= load::FEWEST_EXAMPLES, "{} has few examples that fire", finding.code);
        assert!(finding.silent.len() >= load::FEWEST_EXAMPLES, "{} has few examples that don't", finding.code);
        assert!(!finding.explanation.is_empty() && !finding.message.is_empty(), "{} isn't explained", finding.code);
    }
}

#[test]
fn every_written_form_is_taken_apart() {
    let rules = rules();
    for (text, form, letters) in [
        ("CMOC 1: Where lamps are lit (C), walkers feel safe (M) and stay (O) [3].", Form::BracketLetters, "CMO"),
        (
            "On dark paths [context], walkers feel lost [mechanism], so they turn back [outcome].",
            Form::BracketWords,
            "CMO",
        ),
        ("Dark paths (C1) make walkers feel lost (M2), and they turn back (O4).", Form::BracketLetters, "CMO"),
        (
            "Wardens drink (C: long nights), feel forgotten (M: nobody asks) and leave (O: posts stay empty).",
            Form::BracketLetters,
            "CMO",
        ),
        (
            "**Context:** dark paths\\\n**Mechanism:** fear of falling\\\n**Outcome:** fewer walks",
            Form::LabelledLines,
            "CMO",
        ),
        (
            "- Context: dark paths\n- Mechanism (resource): a lamp at each bend\n- Mechanism (response): walkers feel seen\n- Outcome: more walks",
            Form::LabelledLines,
            "CMMO",
        ),
        ("CMOC 4. Context: dark paths. Mechanism: fear of falling. Outcome: fewer walks.", Form::LabelledLines, "CMO"),
        ("C: dark paths\\\nM: fear of falling\\\nO: fewer walks", Form::LabelledLines, "CMO"),
        ("CMOC 2: C (dark paths) + M (fear of falling) = O (fewer walks) [4].", Form::Formula, "CMO"),
        ("CMOC 2: dark paths + fear of falling → fewer walks", Form::Formula, "CMO"),
        (
            "Our first theory: \n\nIf lamps are lit before dusk, then more people will walk, because they feel expected on the path.",
            Form::IfThen,
            "COM",
        ),
        (
            "CMOC 3: Where the warden is known by name, walkers feel looked after, so that they go further than they meant to.",
            Form::Prose,
            "CMO",
        ),
        (
            "### CMOC 5: The known warden\n\nWhere the warden is known by name, walkers feel looked after, and they go further than they meant to [2].",
            Form::Prose,
            "CMO",
        ),
        (
            "Table 1. CMO configurations\n\n| No. | Outcome | Context | Mechanism |\n|---|---|---|---|\n| 1 | More walks | Lit paths | Walkers feel seen |",
            Form::TableRow,
            "OCM",
        ),
        (
            "Table 1. CMO configurations\n\n| CMOC 1 | |\n|---|---|\n| Context | Lit paths |\n| Mechanism | Walkers feel seen |\n| Outcome | More walks |",
            Form::TableRow,
            "CMO",
        ),
        (
            "Table 1. Configurations\n\n| CMOC | Statement | Sources |\n|---|---|---|\n| CMOC 1 | Where paths are lit (C), walkers feel seen (M) and stay (O). | [3, 4] |",
            Form::TableRow,
            "CMO",
        ),
        (
            "Table 1. Configurations\n\n| CMOC | Configuration | Sources |\n|---|---|---|\n| CMOC 1 | Where paths are lit by the neighbours, walkers feel seen by somebody, so that they stay. | [3, 4] |",
            Form::TableRow,
            "CMO",
        ),
    ] {
        let (manuscript, compilation) = compiled(&rules, text);
        let found: Vec<_> = compilation.configurations.iter().map(|c| (c.form, parts(&manuscript, c))).collect();
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        assert_eq!(found[0].0, form, "{text}");
        assert_eq!(found[0].1.iter().map(|p| p.0).collect::<String>(), letters, "{text}\n{found:#?}");
        assert!(found[0].1.iter().all(|(_, words)| words.len() > 3), "{found:#?}");
    }
}

#[test]
fn what_is_no_configuration_of_the_authors_is_left_alone() {
    let rules = rules();
    for text in [
        "Data were coded as contexts (C), mechanisms (M) and outcomes (O) by two of us.",
        "Context: refers to what was there before.\n\nMechanism: refers to what people think.\n\nOutcome: refers to what follows.",
        "| Term | Meaning |\n|---|---|\n| Context | What was there before the lamps came |\n| Mechanism | What people make of the lamps |\n| Outcome | What follows from it in the end |",
        "CMOCs were developed by three of us, and CMOC 3 was discussed at length with the wardens.",
        "CMOC 6 captures the way in which a lamp that fails is taken as an insult.",
        "The CMO of the company and its chief medical officer met where lamps are made, and they felt at ease.",
        "The sensor is a CMOS 4 device (C) made in 2004.",
        "- Where lamps are lit, people walk.\n- Where they are not, people drive.",
        "Where lamps are lit, walkers feel safe, so that they stay [4].",
    ] {
        let (manuscript, compilation) = compiled(&rules, text);
        let found: Vec<_> = compilation.configurations.iter().map(|c| (c.form, parts(&manuscript, c))).collect();
        assert!(found.is_empty(), "{text}\n{found:#?}");
    }
}

#[test]
fn stages_variants_names_theories_and_ripples_are_told() {
    let rules = rules();
    let text = "# Lamps: a realist review\n\n## Methods\n\nTable 1. Initial CMO configurations\n\n| No. | Context | Mechanism | Outcome |\n|---|---|---|---|\n| IPT1 | Lit paths | Walkers feel seen | They stay |\n\n## Results\n\n### Being seen\n\nSCMO 1. The known warden\n\nStrategy: a paid warden.\n\nContext: paths between two villages.\n\nMechanism: walkers feel expected.\n\nOutcome: evening walks between villages become usual.\n\nSCMO 2. The bench\n\nStrategy: a bench.\n\nContext: evening walks between villages have become usual.\n\nMechanism: walkers dare to rest.\n\nOutcome: they talk.\n";
    let (_, compilation) = compiled(&rules, text);
    let all = &compilation.configurations;
    assert_eq!(all.len(), 3, "{all:#?}");
    assert_eq!(all[0].stage, ConfigurationStage::Initial);
    assert_eq!(all[0].key.as_ref().unwrap().to_string(), "IPT 1");
    assert_eq!((all[1].stage, all[1].variant), (ConfigurationStage::Refined, Variant::Scmo));
    assert_eq!(all[1].name.as_deref(), Some("The known warden"));
    assert_eq!(all[1].theory.as_deref(), Some("Being seen"));
    assert_eq!(all[1].ripple, Some(2));
    assert_eq!(all[2].ripple, None);
}

/// Names of claims and of parts that no rule file has, learned from how the paper uses them.
#[test]
fn a_papers_own_words_for_claims_and_parts_are_learned() {
    let rules = rules();
    let text = "# Lamps: a realist review\n\n## Introduction\n\nTwo suspicions came first.\n\n**Suspicion one, company.** If a lamp is lit by a neighbour, then walkers will stay, because they feel expected.\n\n**Suspicion two.** If a lamp fails twice, then walkers will turn back, because they feel forgotten.\n\n## Methods\n\nState, Stir and Sequel lines are our context, mechanism and outcome.\n\n## Results\n\n### Thread 1: the known warden\n\nState: the warden is known by name.\n\nStir: walkers feel looked after.\n\nSequel: they go further.\n\n### Thread 2: the unknown warden\n\nState. The warden changes weekly.\n\nStir. Walkers feel watched.\n\nSequel. They stay at home.\n\n### Benches\n\nSituation - benches in the sun. Reaction - walkers feel invited. Result - they sit.\n\nSituation - benches by the road. Reaction - walkers feel looked at. Result - they walk on.\n";
    let (manuscript, compilation) = compiled(&rules, text);
    let all = &compilation.configurations;
    let ids: Vec<_> = all.iter().map(|c| c.id.as_deref().unwrap_or_default()).collect();
    assert_eq!(ids, ["Suspicion one", "Suspicion two", "Thread 1", "Thread 2", "", ""]);
    assert!(all[..2].iter().all(|c| c.stage == ConfigurationStage::Initial && c.form == Form::IfThen));
    assert!(all[2..].iter().all(|c| c.stage == ConfigurationStage::Refined && c.form == Form::LabelledLines));
    for configuration in all {
        let mut letters: Vec<char> = parts(&manuscript, configuration).iter().map(|p| p.0).collect();
        letters.sort_unstable();
        assert_eq!(letters, ['C', 'M', 'O'], "{configuration:#?}");
    }
    // A name that goes on from a shorter one is read to its end.
    let text = "Theory A 1. If a lamp is lit by a neighbour, then walkers will stay, because they feel expected.\n\nTheory A 2. If a lamp fails twice, then walkers will turn back, because they feel forgotten.";
    let (_, compilation) = compiled(&rules, text);
    let ids: Vec<_> = compilation.configurations.iter().map(|c| c.id.as_deref().unwrap_or_default()).collect();
    assert_eq!(ids, ["Theory A 1", "Theory A 2"]);
    // Numbers under a noun that states nothing, and a noun that stands once, name no claims.
    for text in [
        "Lantern 1. It was lit in May.\n\nLantern 2. It was lit in June.",
        "Suspicion 1. If a lamp is lit by a neighbour, then walkers will stay, because they feel expected.",
        "Criterion 1. If a lamp is lit by a neighbour, then walkers will stay, because they feel expected.\n\nCriterion 2. If a lamp fails twice, then walkers will turn back, because they feel forgotten.",
    ] {
        assert!(compiled(&rules, text).1.configurations.is_empty(), "{text}");
    }
}

#[test]
fn a_first_theory_told_in_passing_is_found() {
    let rules = rules();
    let text = "# Lamps: a realist review\n\n## Introduction\n\nThe initial programme theory is that, if a lamp is lit by a neighbour, then walkers will stay, because they feel expected. It is short.\n\n## Results\n\nLamps burnt [3].\n";
    let (_, compilation) = compiled(&rules, text);
    assert_eq!(compilation.configurations.len(), 1);
    assert_eq!(compilation.configurations[0].stage, ConfigurationStage::Initial);
    let told_of = text.replace(" is that, if a lamp is lit by a neighbour,", " was tested: where a lamp is lit,");
    assert!(compiled(&rules, &told_of).1.configurations.is_empty());
}

/// Evidence is looked for where a passage is about one row of a table, and not for a first theory in
/// what methods say of its use.
#[test]
fn support_is_looked_for_where_a_claim_is_argued() {
    let rules = rules();
    let text = "# Lamps: a realist evaluation\n\n## Introduction\n\n**IPT 1.** If a lamp is lit by a neighbour, then walkers will stay, because they feel expected.\n\n## Methods\n\nInterviews began from IPT 1, as is usual [4].\n\n## Results\n\nTable 1. CMO configurations\n\n| CMOC | Context | Mechanism | Outcome |\n|---|---|---|---|\n| CMOC 1 | Lit paths | Walkers feel seen | They stay |\n| CMOC 2 | Dark paths | Walkers feel lost | They turn back |\n\nCMOC 1 is what we saw most.\n\n> \"I saw the light and I thought, go on then\" (P3)\n\nCMOC 2 was rare.\n";
    let (_, compilation) = compiled(&rules, text);
    let supported: Vec<bool> = compilation.configurations.iter().map(|c| !c.support.is_empty()).collect();
    assert_eq!(supported, [false, true, false]);
}

#[test]
fn the_sides_of_a_mechanism_are_parted() {
    let rules = rules();
    let text = "IPT1. Context: dark paths.\n\nMechanism: a lamp at each bend (resource) lets walkers feel seen (response).\n\nOutcome: more walks.";
    let (_, compilation) = compiled(&rules, text);
    let facets: Vec<Facet> = compilation.configurations[0].parts(ComponentKind::Mechanism).map(|c| c.facet).collect();
    assert_eq!(facets, [Facet::Resource, Facet::Response]);
}

#[test]
fn an_unsupported_claim_says_what_was_looked_for_and_where() {
    let text = "# Lamps: a realist review\n\n## Methods\n\nWe searched.\n\n## Results\n\nCMOC 1: Where lamps are lit (C), walkers feel safe (M) and stay (O).\n\nLamps are lit at dusk in most towns.\n\n## Discussion\n\nCMOC 1 matters.\n";
    let settings = Settings {
        standard: Some("rameses-synthesis".into()),
        stage: realint::standard::Stage::from_name("report"),
        ..Settings::default()
    };
    let document = report(text, "a.md", &settings);
    let finding = document.findings.iter().find(|f| f.code == "CMO008").unwrap();
    assert!(
        finding.message.contains("citations, quotations") && finding.message.contains("2 passages"),
        "{}",
        finding.message
    );
    assert_eq!(finding.related.len(), 2);
}

#[test]
fn a_broken_label_names_the_nearest_and_a_count_shows_both_places() {
    let text = "# Lamps: a realist review\n\n## Abstract\n\nWe present four CMOCs.\n\n## Results\n\nCMOC 1: Where lamps are lit (C), walkers feel safe (M) and stay (O) [1].\n\nCMOC 2: Where lamps are out (C), walkers feel lost (M) and turn back (O) [2].\n\nCMOC 3: Where paths are wet (C), walkers feel foolish (M) and wait (O) [3].\n\n## Discussion\n\nWhat CMOC 5 says is new.\n";
    let settings = Settings {
        standard: Some("rameses-synthesis".into()),
        stage: realint::standard::Stage::from_name("report"),
        ..Settings::default()
    };
    let document = report(text, "a.md", &settings);
    let label = document.findings.iter().find(|f| f.code == "REF101").unwrap();
    assert!(label.message.contains("CMOC 5") && label.message.contains("CMOC 3"), "{}", label.message);
    let count = document.findings.iter().find(|f| f.code == "CNT201").unwrap();
    assert!(count.message.contains("4 here, 3 elsewhere"), "{}", count.message);
    assert_eq!(count.related.len(), 1);
}

#[test]
fn matters_of_taste_wait_for_pedantic() {
    let text = "# Lamps: a realist review\n\n## Results\n\nThe mechanism is switched on or off by the warden.\n";
    let mut settings = Settings {
        standard: Some("rameses-synthesis".into()),
        stage: realint::standard::Stage::from_name("report"),
        ..Settings::default()
    };
    let found = |settings: &Settings| report(text, "a.md", settings).findings.iter().any(|f| f.code == "LNG405");
    assert!(!found(&settings));
    settings.pedantic = true;
    assert!(found(&settings));
}

#[test]
fn labels_within_a_paragraph_do_not_stumble() {
    let text = "We searched. Context: a\nMechanism: b\nOutcome: c";
    let settings = Settings { standard: Some("rameses-synthesis".into()), ..Settings::default() };
    for name in ["a.txt", "a.md"] {
        assert!(report(text, name, &settings).standard.is_some());
    }
}

/// What stands behind each configuration, in its own words.
fn support_of(rules: &RuleSet, text: &str) -> Vec<Vec<(SupportKind, String)>> {
    let (manuscript, compilation) = compiled(rules, text);
    let words = |s: &Support| (s.kind, manuscript.block(s.block).text[s.range.clone()].to_owned());
    compilation.configurations.iter().map(|c| c.support.iter().map(words).collect()).collect()
}

const CLAIM: &str = "CMOC 1: Where lamps are lit (C), walkers feel safe (M) and stay (O).";

#[test]
fn each_kind_of_support_is_told_from_what_is_none() {
    let rules = rules();
    for (after, kind, words) in [
        ("It is so [3].", SupportKind::Citation, "[3]"),
        ("\"I saw it there\", one said.", SupportKind::Quotation, "\"I saw it there\""),
        ("A \"lamp\" and \"I saw the light there\".", SupportKind::Quotation, "\"I saw the light there\""),
        ("One waved (parent 8).", SupportKind::Source, "(parent 8)"),
        ("One waved (Walker 4, site B).", SupportKind::Source, "(Walker 4, site B)"),
        ("One waved (lamp-lighter 12).", SupportKind::Source, "(lamp-lighter 12)"),
        ("One waved (LW3).", SupportKind::Source, "(LW3)"),
        ("One waved (LW-3).", SupportKind::Source, "(LW-3)"),
        ("One waved (P3).", SupportKind::Source, "(P3)"),
        ("One waved (WARDN123).", SupportKind::Source, "(WARDN123)"),
        ("It was seen often (n = 14).", SupportKind::Count, "(n = 14)"),
        ("It was seen often (nine papers).", SupportKind::Count, "(nine papers)"),
        ("It was seen often (9 good papers).", SupportKind::Count, "(9 good papers)"),
        ("Few (of many) did (LW3).", SupportKind::Source, "(LW3)"),
    ] {
        let found = support_of(&rules, &format!("{CLAIM}\n\n{after}"));
        assert_eq!(found, [vec![(kind, words.to_owned())]], "{after}");
    }
    for after in [
        "\"I saw it\", one said.",
        "One \"waved at all of us.",
        // Words between two quotations are nobody's.
        "\"Lamp\" was what the first of them said and \"light\" the second.",
        "One waved (8).",
        "One waved (x 8).",
        "One waved (2004).",
        "One waved (LW1234).",
        "One waved (WARDEN1).",
        "One waved (C1).",
        "One waved (M2 and O3).",
        "One waved (p3).",
        "One waved (p. 3).",
        "One waved (Table 3).",
        "One waved (parent eight).",
        "One waved (parent's 8).",
        "It was seen often (nine weeks).",
        "It was seen often (papers).",
        "It was seen often (papers of nine).",
        "It was seen often (n of papers).",
        "It was seen often (when n was of no account: 14).",
        &format!("One waved ({} LW3).", "x".repeat(80)),
    ] {
        let found = support_of(&rules, &format!("{CLAIM}\n\n{after}"));
        assert_eq!(found, [vec![]], "{after}");
    }
}

#[test]
fn support_ends_where_another_claim_or_section_begins() {
    let rules = rules();
    let kinds = |text: &str| -> Vec<usize> { support_of(&rules, text).iter().map(Vec::len).collect() };
    let plain = |n: usize| "Lamps are lit at dusk.\n\n".repeat(n);
    // Six paragraphs are followed, up to the next claim or heading.
    assert_eq!(kinds(&format!("{CLAIM}\n\n{}It is so [3].", plain(5))), [1]);
    assert_eq!(kinds(&format!("{CLAIM}\n\n{}It is so [3].", plain(6))), [0]);
    let other = CLAIM.replace("CMOC 1", "CMOC 2");
    assert_eq!(kinds(&format!("{CLAIM}\n\n{other}\n\nIt is so [3].")), [0, 1]);
    assert_eq!(kinds(&format!("{CLAIM}\n\nIt is so [3].\n\n{other}")), [1, 0]);
    assert_eq!(kinds(&format!("## Results\n\n{CLAIM}\n\n### Lamps\n\nIt is so [3].")), [0]);
    // What stands before the claim, in its own heading.
    assert_eq!(
        kinds("## Results\n\n### CMOC 1: lamps [3]\n\nWhere lamps are lit (C), walkers feel safe (M) and stay (O).\n"),
        [1]
    );
    // Wherever the text names it.
    assert_eq!(kinds(&format!("## Results\n\n{CLAIM}\n\n## Discussion\n\nAs CMOC 1 says, it is so [3].")), [1]);
    assert_eq!(kinds(&format!("## Results\n\n{CLAIM}\n\n## Discussion\n\nAs CMOC 2 says, it is so [3].")), [0]);
    assert_eq!(
        kinds(&format!("## Results\n\n{CLAIM}\n\n## Discussion\n\n### On CMOC 1\n\nIt is short.\n\nIt is so [3].")),
        [1]
    );
    assert_eq!(
        kinds(&format!("## Results\n\n{CLAIM}\n\n## Discussion\n\n### On CMOC 2\n\nIt is short.\n\nIt is so [3].")),
        [0]
    );
    // Of a paragraph with several claims, each has what stands in it and right after it.
    let first = "Where lamps are lit (C), walkers feel safe (M) and stay (O) [3].";
    let second =
        format!("Where lamps are out (C), walkers feel {} (M) and leave (O).", "rather lost ".repeat(10).trim());
    assert_eq!(kinds(&format!("{first} {second}")), [1, 0]);
    assert_eq!(kinds(&format!("{} {} [3].", first.trim_end_matches(" [3]."), second.trim_end_matches('.'))), [0, 1]);
}

/// It is about all of them; what follows a first theory that stands alone, or an item of the results, is
/// about that one.
#[test]
fn what_follows_a_list_of_first_theories_supports_none_of_them() {
    let rules = rules();
    let kinds = |text: &str| -> Vec<usize> { support_of(&rules, text).iter().map(Vec::len).collect() };
    let theory = "If a lamp is lit by a neighbour, then walkers will stay, because they feel expected.";
    let other = "If a lamp fails twice, then walkers will turn back, because they feel forgotten.";
    let listed = format!("- IPT 1: {theory}\n- IPT 2: {other}");
    assert_eq!(kinds(&format!("## Introduction\n\n{listed}\n\nIt is so [3].")), [0, 0]);
    assert_eq!(kinds(&format!("## Introduction\n\nIPT 1: {theory}\n\nIt is so [3].")), [1]);
    assert_eq!(kinds(&format!("## Results\n\n- {CLAIM}\n\nIt is so [3].")), [1]);
}

#[test]
fn a_claim_has_neither_less_nor_more_support_than_stands_behind_it() {
    let rules = rules();
    let kinds = |text: &str| -> Vec<usize> { support_of(&rules, text).iter().map(Vec::len).collect() };
    // What the next claim cites is the next claim's.
    let other = CLAIM.replace("CMOC 1", "CMOC 2").replace("(O).", "(O) [3].");
    assert_eq!(kinds(&format!("{CLAIM}\n\n{other}")), [0, 1]);
    // A claim that has its paragraph to itself has all of it, however far from the statement.
    let aside = "Lamps are lit at dusk. ".repeat(10);
    assert_eq!(kinds(&format!("{CLAIM} {aside}It is so [3].")), [1]);
    // A citation may open its paragraph.
    assert_eq!(kinds(&format!("{CLAIM}\n\n[3] says that it is so.")), [1]);
    // Under a heading that names the claim, twelve paragraphs are about it.
    let discussed = |n: usize| {
        let plain = "Lamps are lit at dusk.\n\n".repeat(n);
        kinds(&format!("## Results\n\n{CLAIM}\n\n## Discussion\n\n### On CMOC 1\n\n{plain}It is so [3]."))
    };
    assert_eq!([discussed(11), discussed(12)], [[1], [0]]);
    // Each piece counts, and once.
    let found = support_of(&rules, &format!("{CLAIM}\n\nIt is so [3], \"as I said to you\" (LW3) [4]."));
    let each: Vec<SupportKind> = found[0].iter().map(|(kind, _)| *kind).collect();
    assert_eq!(each, [SupportKind::Citation, SupportKind::Quotation, SupportKind::Source, SupportKind::Citation]);
    let table = "Table 1. CMO configurations\n\n| No. | Context | Mechanism | Outcome | Sources |\n|---|---|---|---|---|\n| CMOC 1 | Lit paths | Walkers feel seen | They stay | [5] |";
    assert_eq!(kinds(table), [1]);
}

#[test]
fn a_row_of_a_table_is_supported_by_the_passage_about_it() {
    let rules = rules();
    let supported = |after: &str| -> Vec<bool> {
        let text = format!(
            "Table 1. CMO configurations\n\n| No. | Context | Mechanism | Outcome | Sources |\n|---|---|---|---|---|\n| CMOC 1 | Lit paths | Walkers feel seen | They stay | |\n| CMOC 2 | Dark paths | Walkers feel lost | They turn back | [5] |\n\n{after}"
        );
        support_of(&rules, &text).iter().map(|s| !s.is_empty()).collect()
    };
    assert_eq!(supported(""), [false, true]);
    assert_eq!(supported("It is so [3]."), [false, true]);
    assert_eq!(supported("CMOC 1 was usual [3]."), [true, true]);
    assert_eq!(supported("CMOC 1 was usual.\n\nLamps were lit.\n\nIt was dusk.\n\nIt is so [3]."), [true, true]);
    assert_eq!(
        supported("CMOC 1 was usual.\n\nLamps were lit.\n\nIt was dusk.\n\nIt rained.\n\nIt is so [3]."),
        [false, true]
    );
    assert_eq!(supported("CMOC 1 and CMOC 2 were usual.\n\nIt is so [3]."), [false, true]);
    assert_eq!(supported("CMOC 1 was usual.\n\nCMOC 2 was not.\n\nIt is so [3]."), [false, true]);
    assert_eq!(supported("CMOC 1 was usual.\n\n### Lamps\n\nIt is so [3]."), [false, true]);
    // Another claim ends the passage, even one without a label.
    assert_eq!(
        supported("CMOC 1 was usual.\n\nWhere paths are wet (C), walkers feel foolish (M) and wait (O) [3]."),
        [false, true, true]
    );
}

#[test]
fn names_within_words_are_no_mentions() {
    let rules = rules();
    let named = |text: &str| -> Vec<(String, bool)> {
        let (manuscript, compilation) = compiled(&rules, text);
        let words = |range: &std::ops::Range<usize>, block| manuscript.block(block).text[range.clone()].to_owned();
        compilation.mentions.iter().map(|m| (words(&m.range, m.block), m.leading)).collect()
    };
    let at = |words: &str, leading: bool| (words.to_owned(), leading);
    assert_eq!(
        named("CMOC 3 and (CMOC 4), like IPT2/IPT3, say so."),
        [at("CMOC 3", true), at("CMOC 4", false), at("IPT2", false), at("IPT3", false)]
    );
    assert_eq!(named("\"CMOC 3\" says so."), [at("CMOC 3", true)]);
    for text in [
        "An eCMOC 3 says so.",
        "A 5CMOC 3 says so.",
        "\u{c9}CMOC 3 says so.",
        "\u{c0}CMOC 3 says so.",
        "```\nCMOC 3\n```",
    ] {
        assert!(named(text).is_empty(), "{text}");
    }
    assert!(named("## Results\n\nYes.\n\n## References\n\n1. CMOC 3 in practice.\n").is_empty());
}

/// Hostile texts: time must grow with their length and no faster.
#[test]
fn hostile_texts_end_soon() {
    let claim = "On paths (C) walkers feel lost (M) and turn (O). ";
    let texts = [
        ("many claims in a paragraph", claim.repeat(20_000)),
        ("a line of a megabyte", format!("CMOC 1: Where {} feel lost, so that they turn.", "walkers ".repeat(130_000))),
        ("thousands of labels", "Context: a\n".repeat(30_000)),
        ("thousands of labels in paragraphs", "Context: a\n\nMechanism: b\n\n".repeat(10_000)),
        ("open brackets", "(C".repeat(300_000)),
        ("labels in labels", "(C(M(O".repeat(100_000)),
        (
            "one label named often",
            format!("CMOC 1: On paths (C) people wait (O).\n\n{}", "As CMOC 1 says. ".repeat(40_000)),
        ),
        ("many labels that nothing defines", "CMOC 899 and CMOC 6, CMOC 12 and CMOC 3. ".repeat(10_000)),
        ("ranges", "CMOCs 1-200, 3-190, 5-180. ".repeat(5_000)),
        ("arrows", "C (a) + M (b) -> O (c) ".repeat(20_000)),
        ("commas", format!("CMOC 1: Where {}", "a, and so b, because c, ".repeat(20_000))),
        ("quotes", "CMOC 1: \"a\" (P1) (n = 3 papers) ".repeat(20_000)),
        (
            "rows",
            format!(
                "| No. | Context | Mechanism | Outcome |\n|---|---|---|---|\n{}",
                "| CMOC 1 | a | b | |\n".repeat(8_000)
            ),
        ),
        (
            "rows that name one another",
            format!(
                "| No. | Context | Mechanism | Outcome |\n|---|---|---|---|\n{}",
                (1..8_000).fold(String::new(), |rows, n| {
                    rows + &format!("| CMOC {n} | a | b | context for CMOC {} |\n", n % 900)
                })
            ),
        ),
        ("coined labels", "Hunch 1. If a, then b, because they feel c.\n\n".repeat(10_000)),
        (
            "many coined names",
            (1..20_000).fold(String::new(), |text, n| text + &format!("H{} 1. If a.\n\n", "x".repeat(n % 30))),
        ),
        ("labels explained", "The context, mechanism and outcome. Here: a. There: b. Where: c. ".repeat(10_000)),
        ("headings", "## CMOC 1\n\nWhere a, b feel c, so d.\n\n".repeat(5_000)),
        (
            "items",
            format!(
                "Three theories:\n\n{}",
                "- Where a, b feel c, so that d comes of it in the end for all.\n".repeat(10_000)
            ),
        ),
    ];
    let settings = Settings {
        standard: Some("rameses-synthesis".into()),
        stage: realint::standard::Stage::from_name("report"),
        ..Settings::default()
    };
    let rules = rules();
    for (what, text) in texts {
        let start = Instant::now();
        let text = format!("# Lamps: a realist review\n\n## Results\n\n{text}");
        check(Path::new("a.md"), text.as_bytes(), None, &NoLibrary, &rules, &settings).unwrap();
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{what} took {took:?}");
    }
}

#[test]
fn a_column_between_contexts_and_outcomes_holds_the_mechanisms() {
    let rules = rules();
    let table = |heads: &str| {
        format!(
            "Table 1. Configurations\n\n{heads}\n|---|---|---|---|\n| CMOC 1 | Paths are lit | Walkers feel seen | They stay |\n| CMOC 2 | Paths are dark | Walkers feel lost | They turn back |"
        )
    };
    let (manuscript, compilation) = compiled(&rules, &table("| No. | Circumstances | What it sets off | Outcome |"));
    let first = &compilation.configurations[0];
    assert_eq!(
        parts(&manuscript, first),
        [('C', "Paths are lit".into()), ('M', "Walkers feel seen".into()), ('O', "They stay".into())]
    );
    // Two columns that nothing names might hold anything.
    let (manuscript, compilation) = compiled(
        &rules,
        "Table 1. Configurations\n\n| No. | Context | Ward | Year | Outcome |\n|---|---|---|---|---|\n| CMOC 1 | Paths are lit | North | 2019 | They stay |\n| CMOC 2 | Paths are dark | South | 2020 | They turn back |",
    );
    let first = &compilation.configurations[0];
    assert_eq!(parts(&manuscript, first), [('C', "Paths are lit".into()), ('O', "They stay".into())]);
}
