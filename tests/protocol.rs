//! Protocol files: what is said of them, their JSON Schema, the starter, and files made to break them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use realint::check::{Settings, check};
use realint::protocol::{self, run_protocol_examples};
use realint::read::NoLibrary;
use realint::report::DocumentReport;
use realint::rule::{RuleSet, load};
use realint::structured::{self, Kind, Syntax, Value};

const GOOD: &str = include_str!("../examples/04-protocol-file/protocol.toml");
const GAPPY: &str = include_str!("../examples/04-protocol-file/gappy-protocol.yaml");

fn rules() -> RuleSet {
    load::shipped().expect("the shipped rules")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn report(name: &str, text: &str, rules: &RuleSet) -> DocumentReport {
    let reports = check(Path::new(name), text.as_bytes(), None, &NoLibrary, rules, &Settings::default());
    reports.expect("a report").remove(0)
}

fn codes(report: &DocumentReport) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.code.as_str()).collect()
}

fn realint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(folder).args(arguments).output().expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A structured value as JSON.
fn json(value: &Value) -> serde_json::Value {
    match &value.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(truth) => (*truth).into(),
        Kind::Number(number) => serde_json::from_str(number).unwrap_or_else(|_| number.as_str().into()),
        Kind::Text(text) => text.as_str().into(),
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(entries) => {
            serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), json(&e.value))).collect())
        }
    }
}

fn as_json(text: &str, syntax: Syntax) -> serde_json::Value {
    let (value, mistakes) = structured::parse(text, syntax);
    assert_eq!(mistakes, [], "{text}");
    json(&value.expect("a value"))
}

#[test]
fn every_example_of_a_finding_is_judged_as_it_says() {
    let rules = rules();
    let (count, failures) = run_protocol_examples(&rules);
    let findings = rules.others.iter().filter(|rule| rule.check.is_some_and(realint::rule::Check::is_of_protocols));
    let mut known = 0;
    for rule in findings {
        known += 1;
        assert!(rule.fires.len() >= 4 && rule.silent.len() >= 4, "{} has too few examples", rule.code);
        assert!(rule.code.starts_with("PRO7") && !rule.explanation.is_empty(), "{}", rule.code);
    }
    assert!(known > 40 && count >= known * 8);
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn the_json_schema_is_that_of_the_types() {
    let path = root().join("schema/realist-protocol.schema.json");
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(path).expect("the schema")).expect("JSON");
    assert!(kept == protocol::schema(&rules()), "run `realint protocol schema -o schema/realist-protocol.schema.json`");
}

#[test]
fn the_json_schema_takes_what_realint_takes() {
    let rules = rules();
    let schema = jsonschema::draft202012::new(&protocol::schema(&rules)).expect("a schema");
    let good = as_json(GOOD, Syntax::Toml);
    let errors: Vec<String> = schema.iter_errors(&good).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let gappy = as_json(GAPPY, Syntax::Yaml);
    let at: Vec<String> = schema.iter_errors(&gappy).map(|e| e.instance_path.to_string()).collect();
    for place in ["/kind", "/date", "/problem/audience", "/analysis/logic"] {
        assert!(at.iter().any(|path| path == place), "{place} passes: {at:?}");
    }
    // A field that every kind asks for, one that this kind asks for, one of an item, and an unknown one.
    for pointer in ["/title", "/selection/rigour", "/initial_programme_theories/0/outcome", "/funding/role"] {
        let mut broken = good.clone();
        let (table, key) = pointer.rsplit_once('/').expect("a pointer");
        let table = broken.pointer_mut(table).and_then(serde_json::Value::as_object_mut).expect("a table");
        let value = table.remove(key).expect("a field");
        table.insert(format!("x-{key}"), value.clone());
        assert!(!schema.is_valid(&broken), "{pointer} may be left out");
        let table = broken.pointer_mut(pointer.rsplit_once('/').expect("a pointer").0);
        let table = table.and_then(serde_json::Value::as_object_mut).expect("a table");
        table.insert(key.into(), value.clone());
        assert!(schema.is_valid(&broken), "fields of one's own begin with x-");
        table_insert(&mut broken, pointer, &format!("{key}s"), value);
        assert!(!schema.is_valid(&broken), "{key}s is no field");
    }
}

fn table_insert(whole: &mut serde_json::Value, beside: &str, key: &str, value: serde_json::Value) {
    let table = whole.pointer_mut(beside.rsplit_once('/').expect("a pointer").0);
    table.and_then(serde_json::Value::as_object_mut).expect("a table").insert(key.into(), value);
}

#[test]
fn a_starter_lacks_nothing_but_words() {
    let rules = rules();
    let schema = jsonschema::draft202012::new(&protocol::schema(&rules)).expect("a schema");
    for kind in &rules.protocols.kinds {
        for (syntax, name) in [(Syntax::Toml, "p.toml"), (Syntax::Yaml, "p.yaml"), (Syntax::Json, "p.json")] {
            let text = protocol::starter(kind, syntax, &rules);
            let found = report(name, &text, &rules);
            let others: Vec<String> = found
                .findings
                .iter()
                .filter(|f| !["PRO708", "PRO736", "PRO748"].contains(&f.code.as_str()))
                .map(|f| format!("{}: {}", f.code, f.message))
                .collect();
            assert!(others.is_empty(), "{} as {name}: {others:#?}\n{text}", kind.id);
            assert!(found.findings.iter().any(|f| f.code == "PRO708"));
            assert_eq!(found.standard.as_ref().map(|s| s.id.as_str()), Some(kind.standard.as_str()));
            // Only the date can't be begun with.
            let mut value = as_json(&text, syntax);
            value["date"] = "2026-03-01".into();
            let errors: Vec<String> = schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path)).collect();
            assert!(errors.is_empty(), "{} as {name}: {errors:#?}", kind.id);
        }
    }
}

#[test]
fn a_good_protocol_has_nothing_to_mend_however_it_is_written() {
    let rules = rules();
    let toml = report("protocol.toml", GOOD, &rules);
    assert_eq!(codes(&toml), Vec::<&str>::new());
    let value = as_json(GOOD, Syntax::Toml);
    let as_json = serde_json::to_string_pretty(&value).expect("JSON");
    let json = report("protocol.json", &as_json, &rules);
    // JSON is YAML, too.
    let yaml = report("plan.yaml", &as_json, &rules);
    for report in [&json, &yaml] {
        assert_eq!(codes(report), Vec::<&str>::new());
        let verdicts = |report: &DocumentReport| report.items.iter().map(|i| i.verdict).collect::<Vec<_>>();
        assert_eq!(verdicts(report), verdicts(&toml));
    }
    assert_eq!(toml.items.len(), 19);
    assert_eq!(toml.stage, "protocol");
    let theory = &toml.configurations[0];
    assert_eq!((theory.id.as_deref(), theory.key.as_deref(), theory.supported), (Some("IPT1"), Some("IPT 1"), true));
    let outcome = &theory.components.outcome[0];
    assert_eq!(&GOOD[outcome.location.start_byte..outcome.location.end_byte], "\"They come again\"");
}

#[test]
fn several_mistakes_are_told_in_one_run_each_at_its_place() {
    let rules = rules();
    let found = report("gappy-protocol.yaml", GAPPY, &rules);
    for (code, words) in [
        ("PRO704", "fundings"),
        ("PRO705", "planners"),
        ("PRO706", "realist-evaluation"),
        ("PRO707", "03/04/2026"),
        ("PRO708", "TBC"),
        ("PRO742", "Cleaners were recruited at the depot in two towns."),
        ("PRO744", "IPT1"),
        ("PRO746", "2026-06"),
    ] {
        let finding = found.findings.iter().find(|f| f.code == code).unwrap_or_else(|| panic!("no {code}"));
        assert_eq!(&GAPPY[finding.location.start_byte..finding.location.end_byte], words, "{code}");
    }
    let kind = found.findings.iter().find(|f| f.code == "PRO706").expect("the kind");
    assert_eq!(kind.help, "did you mean \"realist_evaluation\"?");
    // The kind that is meant says what else is asked.
    assert!(codes(&found).contains(&"PRO733"));
    assert_eq!(found.standard.as_ref().map(|s| s.id.as_str()), Some("rameses-evaluation"));
}

#[test]
fn a_misplaced_field_is_led_to_its_table() {
    let rules = rules();
    let text = "schema = \"realist-protocol/1\"\nrigour = \"Two judge.\"\n[selection]\nRelevence = \"Two judge.\"\n";
    let found = report("p.toml", text, &rules);
    let helps: Vec<&str> = found.findings.iter().filter(|f| f.code == "PRO704").map(|f| f.help.as_str()).collect();
    assert_eq!(helps, ["there is a `selection.rigour`: does it belong there?", "did you mean `relevance`?"]);
}

#[test]
fn half_written_files_lose_nothing_that_can_be_read() {
    let rules = rules();
    let head = "schema: realist-protocol/1\nkind: realist_review\ndate: 1 March 2026\n";
    for (name, text, others) in [
        ("p.yaml", format!("{head}searches: [ {{id: S1\n"), vec!["PRO707"]),
        (
            "p.toml",
            "schema = \"realist-protocol/1\"\ndate = \"1 March 2026\"\ntitle = \"Half".to_owned(),
            vec!["PRO707"],
        ),
        (
            "p.json",
            "{\"schema\": \"realist-protocol/1\", \"date\": \"1 March 2026\", \"title\": ".to_owned(),
            vec!["PRO707"],
        ),
        ("p.json", "{\"schema\": \"realist-protocol/1\", \"date\": \"2026-03-01\",}".to_owned(), vec![]),
        ("p.toml", "schema = \"realist-protocol/1\"\ndate = 2026-03\n".to_owned(), vec![]),
    ] {
        let found = report(name, &text, &rules);
        let mut codes = codes(&found);
        assert!(codes.contains(&"PRO701"), "{text}: {codes:?}");
        codes.retain(|code| *code != "PRO701");
        assert_eq!(codes, others, "{text}");
    }
    let toml = report("p.toml", "schema = \"realist-protocol/1\"\ndate = 2026-03\n", &rules);
    assert!(toml.findings[0].help.contains("\"2026-03\""), "{}", toml.findings[0].help);
}

#[test]
fn files_that_break_off_anywhere_are_checked() {
    let rules = rules();
    let as_json = serde_json::to_string_pretty(&as_json(GOOD, Syntax::Toml)).expect("JSON");
    for (name, text) in [("p.toml", GOOD), ("p.yaml", GAPPY), ("p.json", as_json.as_str())] {
        let cuts = (40..text.len()).step_by(211).filter(|at| text.is_char_boundary(*at));
        for at in cuts.filter(|at| text[..*at].contains("realist-protocol/1")) {
            let found = report(name, &text[..at], &rules);
            for finding in &found.findings {
                assert!(text.get(finding.location.start_byte..finding.location.end_byte).is_some());
            }
        }
    }
}

#[test]
fn anchors_merge_keys_and_keys_that_stand_twice_are_understood() {
    let rules = rules();
    let text = "schema: realist-protocol/1\nkind: realist_review\nx-by: &by {by: TO, planned_date: 2026-04-01}\nsearches:\n  - <<: *by\n    id: S1\n    purpose: main\n    sources: [Scopus]\n  - <<: *by\n    id: S1\n    purpose: grey\n    sources: [libraries]\nversion: 1\nversion: 2\n";
    let found = report("p.yaml", text, &rules);
    let codes = codes(&found);
    assert!(!codes.contains(&"PRO704") && !codes.contains(&"PRO722") && !codes.contains(&"PRO707"), "{codes:?}");
    assert!(codes.contains(&"PRO702") && codes.contains(&"PRO744"), "{codes:?}");
}

#[test]
fn hostile_files_are_bounded() {
    let rules = rules();
    let head = "schema: realist-protocol/1\nkind: realist_review\n";
    let mut laughs = format!("{head}a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let _ = writeln!(laughs, "a{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 9].join(", "));
    }
    let mut keys = head.to_owned();
    let mut theories = format!("{head}initial_programme_theories:\n");
    let mut searches = "schema = \"realist-protocol/1\"\nkind = \"realist_review\"\n".to_owned();
    for n in 0..60_000 {
        let _ = writeln!(keys, "rigourr{n}: x");
        let _ = writeln!(theories, "  - id: IPT{}", n % 7);
        let _ = writeln!(searches, "[[searches]]\nid = \"S\"");
    }
    let deep = format!("{head}questions: {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    let long = format!("{head}analysis:\n  refinement: {}\n", "We searched it. ".repeat(70_000));
    let line =
        format!("{{\"schema\": \"realist-protocol/1\", \"objectives\": [{}\"x\"]}}", "\"?\", 3, ".repeat(60_000));
    for (name, text) in [
        ("laughs.yaml", laughs),
        ("keys.yaml", keys),
        ("theories.yaml", theories),
        ("searches.toml", searches),
        ("deep.yaml", deep),
        ("long.yaml", long),
        ("line.json", line),
    ] {
        let start = Instant::now();
        let found = report(name, &text, &rules);
        assert!(!found.findings.is_empty() && found.findings.len() < 2_000, "{name}: {}", found.findings.len());
        assert!(start.elapsed() < Duration::from_mins(1), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn files_of_other_tools_give_one_message() {
    let rules = rules();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [
        ("settings.json", "{\"project\": {\"title\": \"\", \"review_type\": \"realist_review\"}, \"search\": {}}"),
        ("query.yaml", "name: query\nquery:\n  - id: a\n    terms: [one]\n"),
        ("protocol.json", "{\"metadata\": {\"protocolName\": \"PCR\"}, \"schemaVersion\": 3}"),
        ("Cargo.toml", "[package]\nname = \"protocol\"\n"),
    ] {
        let found = report(name, text, &rules);
        assert!(found.standard.is_none() && found.findings.is_empty() && found.notes.len() == 1, "{name}");
        assert!(found.notes[0].contains("neither a realist protocol"), "{:?}", found.notes);
        std::fs::write(folder.path().join(name), text).expect("written");
        let output = realint(folder.path(), &["protocol", "check", name]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", out(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("no realist protocol"), "{name}");
    }
}

#[test]
fn a_list_of_configurations_stays_one() {
    let rules = rules();
    let sheet = "- id: CMOC1\n  context: Night shifts\n  mechanism: Fear of falling asleep\n  outcome: More coffee\n  source: falk2024\n";
    assert_eq!(report("sheet.yaml", sheet, &rules).format.name(), "sheet");
    let theories = "initial_programme_theories:\n  - {id: IPT1, context: Night shifts, outcome: More coffee}\namendments: {plan: We decide.}\n";
    let found = report("plan.yaml", theories, &rules);
    assert_eq!(found.format.name(), "protocol");
    assert!(codes(&found).contains(&"PRO703") && codes(&found).contains(&"PRO720"), "{:?}", codes(&found));
}

#[test]
fn front_matter_may_carry_the_fields() {
    let rules = rules();
    let text = "---\ntitle: \"Why repair cafés keep volunteers: protocol for a realist review\"\nauthor: Ines Falk\ndate: last-modified\nformat: html\nschema: realist-protocol/1\nkind: realist_review\namendments:\n  plan: The team decides each month and writes into the register what was changed and why.\ninitial_programme_theories:\n  - id: IPT1\n    context: Cafés where visitors stay\n    mechanism_resource: Company at the bench\n    outcome: Menders come again\n  - id: IPT2\n    context: Cafés where things are counted\n    mechanism_response: Menders feel used\nselection:\n  relevanse: It tells why somebody stays.\n---\n\n# Introduction\n\nRepair cafés close.\n\n# Methods\n\nWe will search Scopus.\n";
    let found = report("protocol.qmd", text, &rules);
    assert_eq!((found.format.name(), found.stage), ("quarto", "protocol"));
    assert_eq!(found.standard.as_ref().map(|s| s.id.as_str()), Some("rameses-synthesis"));
    let own: Vec<(&str, &str)> = found
        .findings
        .iter()
        .filter(|f| f.code.starts_with("PRO"))
        .map(|f| (f.code.as_str(), &text[f.location.start_byte..f.location.end_byte]))
        .collect();
    assert_eq!(
        own,
        [("PRO743", "mechanism_resource"), ("PRO720", "IPT2"), ("PRO723", "selection"), ("PRO704", "relevanse")]
    );
    let item = found.items.iter().find(|item| item.code == "RS05").expect("the item");
    assert_eq!(item.verdict.name(), "reported", "the field says what the text doesn't");
    assert!(!codes(&found).contains(&"RS05"));
    assert_eq!(found.configurations.len(), 2);
}

#[test]
fn comments_and_configuration_silence_findings() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("realint.toml", "root = true\n[[suppress]]\ncode = \"PRO711\"\nreason = \"registered on acceptance\"\n");
    write(
        "protocol.yaml",
        "# realint-ignore-file PRO736: told in the grant application\nschema: realist-protocol/1\nkind: realist_review\n# realint-ignore PRO707: as the funder writes it\ndate: 1 March 2026\ntitle: Sheds # realint-ignore PRO740, PRO741: a working title\n# realint-ignore PRO705\n# realint-ignore PRO701: nothing is broken\n",
    );
    let output = realint(folder.path(), &["check", ".", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |key: &str| -> Vec<String> {
        let all = json["documents"][0][key].as_array().expect("a list");
        all.iter().map(|f| f["code"].as_str().expect("a code").to_owned()).collect()
    };
    let mut suppressed = list("suppressed");
    suppressed.sort();
    assert_eq!(suppressed, ["PRO707", "PRO711", "PRO736", "PRO740", "PRO741"]);
    let findings = list("findings");
    assert!(findings.contains(&"SUP001".to_owned()) && findings.contains(&"SUP002".to_owned()), "{findings:?}");
    let schema = std::fs::read(root().join("schema/realint-report.schema.json")).expect("the schema");
    let schema = jsonschema::draft202012::new(&serde_json::from_slice(&schema).expect("JSON")).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_commands_write_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let new = |arguments: &[&str]| realint(at, &[&["protocol", "new"], arguments].concat());
    assert!(new(&["--kind", "meta_narrative_review", "-o", "protocol.yaml"]).status.success());
    let text = std::fs::read_to_string(at.join("protocol.yaml")).expect("written");
    assert!(text.contains("historicity: \"TODO\"") && text.starts_with("# The protocol of a meta-narrative review"));
    assert_eq!(new(&["-o", "protocol.yaml"]).status.code(), Some(2), "nothing is written over");
    let unknown = new(&["--kind", "realist_revue"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean `realist_review`?"));
    assert_eq!(realint(at, &["protocol", "check", "protocol.yaml"]).status.code(), Some(1));
    assert_eq!(realint(at, &["protocol.yaml"]).status.code(), Some(1));
    let schema: serde_json::Value = serde_json::from_slice(&realint(at, &["protocol", "schema"]).stdout).expect("JSON");
    assert_eq!(schema["title"], "realist-protocol/1");
    let piped = format!("{GOOD}\nx-note = 1\n");
    let found = report("-", &piped, &rules());
    assert_eq!((found.format.name(), codes(&found).len()), ("protocol", 0));
}

/// `docs/protocol.md` names every field.
#[test]
fn every_field_is_documented() {
    fn below(record: &protocol::Record, missing: &mut Vec<&'static str>, text: &str) {
        for field in record.fields {
            if !text.contains(&format!("`{}`", field.name)) || !text.contains(field.about.trim()) {
                missing.push(field.name);
            }
            if let Some(record) = field.shape.record() {
                below(record, missing, text);
            }
        }
    }
    let text = std::fs::read_to_string(root().join("docs/protocol.md")).expect("the page");
    let mut missing = Vec::new();
    below(protocol::root(), &mut missing, &text);
    assert!(missing.is_empty(), "{missing:?}");
}
