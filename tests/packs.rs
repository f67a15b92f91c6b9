//! Rule packs: what is wrong in one is said at its place; they compose; the examples hold.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use realint::rule::{Counts, RuleSet, Severity, load, run_examples};
use realint::theory::run_claim_examples;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with some files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn realint(at: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(at).args(arguments).output().unwrap()
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const HEAD: &str = "[pack]\nid = \"house\"\nname = \"House rules\"\nsource = \"here\"\nprefix = \"HP\"\n";
const EXTENDS: &str = "extends = [\"rameses-synthesis\"]\n";

fn manifest(rest: &str) -> String {
    format!("{HEAD}{EXTENDS}{rest}")
}

const PART: &str = "[[part]]\nid = \"house-tea\"\nname = \"tea\"\nmeans = \"who made the tea\"\nhome = [\"methods\"]\n[[part.cue]]\nsentence = [\"made (the) tea\"]\n";

/// An item with the fewest examples that will do.
fn item(code: &str, more: &str) -> String {
    let mut text = format!(
        "[rule]\ncode = \"{code}\"\n{more}name = \"Tea\"\nhome = [\"methods\"]\nstages = {{ abstract = \"not-applicable\" }}\nask = \"Say who made the tea.\"\nwhy = \"Someone did.\"\nhelp = \"say who\"\n[[rule.part]]\nuse = \"house-tea\"\n"
    );
    for who in ["A nurse", "The first author", "Nobody", "We"] {
        let _ = write!(text, "[[rule.satisfied]]\ntext = \"{who} made the tea.\"\n");
        let _ = write!(text, "[[rule.unsatisfied]]\ntext = \"{who} drank coffee.\"\n");
    }
    text
}

/// Paths and texts.
type Files<'a> = Vec<(&'a str, String)>;

/// Each mistake shows its file: thousands in one file took memory and time by the square of its length.
#[test]
fn of_many_mistakes_some_are_shown_and_all_are_counted() {
    let mut lexicon = String::new();
    for number in 0..500 {
        let _ = write!(lexicon, "[c{number}]\nwords = []\n");
    }
    let folder = folder(&[("pack.toml", &manifest("")), ("lexicon.toml", &lexicon)]);
    let said = load::with_folder(folder.path()).unwrap_err();
    assert_eq!(said.to_string(), "1000 errors in the rules; here are 200");
    let shown = miette::Diagnostic::related(&said).map_or(0, Iterator::count);
    assert_eq!(shown, 200);
    // A few in a file that is long, but not too long to be held for each.
    let long = format!("{}[a]\nwords = []\n[b]\nwords = []\n", "# words\n".repeat(1 << 20));
    let folder = self::folder(&[("pack.toml", &manifest("")), ("lexicon.toml", &long)]);
    assert_eq!(load::with_folder(folder.path()).unwrap_err().to_string(), "4 errors in the rules; here are 3");
}

/// What may have been meant was looked for among all names for each wrong one: 6,000 took two minutes.
#[test]
fn what_was_meant_is_looked_for_as_long_as_it_is_shown() {
    let told = |wrong: usize| {
        let (mut lexicon, mut patterns) = (String::new(), String::new());
        for number in 0..wrong {
            let _ = write!(lexicon, "[class-{number}]\nwords = [\"tea\"]\ninclude = [\"klass-{number}\"]\n");
            let _ = write!(patterns, "\"@glass-{number}\", ");
        }
        let part = PART.replace("\"made (the) tea\"", &patterns);
        let folder = folder(&[("pack.toml", &manifest("")), ("lexicon.toml", &lexicon), ("parts/tea.toml", &part)]);
        let begun = std::time::Instant::now();
        let said = load::with_folder(folder.path()).unwrap_err().to_string();
        let part = format!("{} errors in the rules; ", wrong * 3);
        assert!(said.starts_with(&part), "{said}");
        begun.elapsed()
    };
    let few = told(1_000);
    let many = told(8_000);
    assert!(many < few * 24, "{few:?} for a thousand wrong names, {many:?} for eight thousand");
}

/// Every kind of mistake, as it is shown in a terminal of 80 columns.
#[test]
fn mistakes_in_packs_are_shown_at_their_places() {
    let standard = |id: &str, items: u32| {
        format!("[standard]\nid = \"{id}\"\nname = \"Tea\"\nshort = \"tea\"\nsource = \"here\"\nitems = {items}\n")
    };
    let signal = "[[signal]]\nkind = \"claim\"\npatterns = [\"tea\"]\nweight = 5.0\nbecause = \"tea\"\n";
    let cases: Vec<(&str, Files<'_>)> = vec![
        ("a key that is misspelt", vec![("pack.toml", manifest("[offf]\nRS05 = \"no\"\n"))]),
        ("no TOML", vec![("pack.toml", "[pack\n".into())]),
        (
            "several at once",
            vec![(
                "pack.toml",
                manifest(
                    "[change.RS9O]\nseverity = \"note\"\n[change.RS10]\nseverity = \"warnig\"\n[change.RS11]\n[change.RS12]\nhelp = \"x\"\n[change.RE05]\nhelp = \"x\"\n[change.CMO001]\nask = \"x\"\n[off]\nRS04 = \" \"\nRS12 = \"both\"\n",
                ),
            )],
        ),
        (
            "parts",
            vec![(
                "pack.toml",
                manifest(
                    "[change.RS19.parts]\nfunder-rle = \"partial\"\nconflicts = \"optional\"\nscoping-done = \"off\"\n[change.RS05.parts]\nchanges-detail = \"partial\"\n[change.RS03.parts]\ntopic-importance = \"partial\"\nexplanatory-gap = \"partial\"\n",
                ),
            )],
        ),
        (
            "extends nothing known",
            vec![("pack.toml", format!("{HEAD}extends = [\"rameses-sythesis\", \"../none\"]\n"))],
        ),
        (
            "extends in a circle",
            vec![
                ("pack.toml", format!("{HEAD}extends = [\"../mine/two\"]\n")),
                (
                    "two/pack.toml",
                    "[pack]\nid = \"two\"\nname = \"Two\"\nsource = \"here\"\nextends = [\"..\"]\n".into(),
                ),
            ],
        ),
        (
            "two packs of one id",
            vec![
                ("pack.toml", format!("{HEAD}extends = [\"./two\"]\n")),
                ("two/pack.toml", "[pack]\nid = \"house\"\nname = \"Two\"\nsource = \"here\"\n".into()),
            ],
        ),
        ("an id that can't be", vec![("pack.toml", HEAD.replace("\"house\"", "\"My House\""))]),
        ("a prefix that is taken", vec![("pack.toml", HEAD.replace("HP", "RS"))]),
        ("a prefix that is none", vec![("pack.toml", HEAD.replace("HP", "house"))]),
        (
            "codes",
            vec![
                ("pack.toml", manifest("[change.HP01]\nseverity = \"note\"\n")),
                ("parts/a.toml", PART.into()),
                ("items/1.toml", item("RS09", "")),
                ("items/2.toml", item("HX01", "")),
                ("items/3.toml", item("HP01", "item = 3\n")),
                ("items/4.toml", item("HP01", "")),
                ("items/5.toml", item("HP05", "standards = [\"rameses-evaluation\"]\n")),
            ],
        ),
        (
            "no prefix",
            vec![
                ("pack.toml", format!("{}{EXTENDS}", HEAD.replace("prefix = \"HP\"\n", ""))),
                ("parts/a.toml", PART.into()),
                ("items/1.toml", item("HP01", "")),
            ],
        ),
        (
            "an item of no standard",
            vec![("pack.toml", HEAD.into()), ("parts/a.toml", PART.into()), ("items/1.toml", item("HP01", ""))],
        ),
        (
            "parts that are none, or there already",
            vec![
                ("pack.toml", manifest("")),
                ("parts/a.toml", PART.replace("house-tea", "funder-role")),
                (
                    "parts/b.toml",
                    PART.replace("house-tea", "house-te").replace("home =", "overlaps = [\"conflict\"]\nhome ="),
                ),
                ("items/1.toml", item("HP01", "")),
            ],
        ),
        (
            "too few examples",
            vec![
                ("pack.toml", manifest("")),
                ("parts/a.toml", PART.into()),
                ("items/1.toml", item("HP01", "").split("[[rule.satisfied]]").next().unwrap().to_owned()),
            ],
        ),
        (
            "words",
            vec![
                ("pack.toml", manifest("")),
                (
                    "lexicon.toml",
                    "[fundng]\nwords = [\"alms\"]\n[empty]\n[tea]\ninclude = [\"cofee\"]\nwords = [\"((\"]\n".into(),
                ),
                ("parts/a.toml", PART.replace("made (the) tea", "@tee")),
            ],
        ),
        (
            "signals",
            vec![
                ("pack.toml", manifest("")),
                (
                    "selection.toml",
                    format!(
                        "{signal}{}",
                        signal
                            .replace("weight", "for = [\"rameses-evalution\"]\nweight")
                            .replace("\"tea\"]", "\"@tae\"]")
                    ),
                ),
            ],
        ),
        (
            "a standard of its own",
            vec![
                ("pack.toml", format!("{HEAD}extends = [\"tea\"]\n")),
                ("parts/a.toml", PART.into()),
                ("tea/standard.toml", standard("tea", 3)),
                ("tea/1.toml", item("HP01", "item = 1\n")),
                ("tea/2.toml", item("HP02", "item = 1\n")),
                ("tea/3.toml", item("HP03", "")),
                ("tea/4.toml", item("HP04", "item = 4\nstandards = [\"tea\"]\n")),
                ("rameses-synthesis/standard.toml", standard("rameses-synthesis", 0)),
                ("coffee/standard.toml", standard("Coffee", 0)),
            ],
        ),
        (
            "files that nothing reads",
            vec![
                ("pack.toml", manifest("")),
                ("lexcon.toml", String::new()),
                ("item/1.toml", item("HP01", "")),
                ("learned/funder-role.tsv", "bias\t1\n".into()),
            ],
        ),
        (
            "a part that hasn't learned",
            vec![
                ("pack.toml", manifest("")),
                ("parts/a.toml", PART.replace("home =", "learn = true\nhome =")),
                ("items/1.toml", item("HP01", "")),
            ],
        ),
    ];
    let mut all = String::new();
    for (name, files) in cases {
        let files: Vec<(String, String)> =
            files.into_iter().map(|(path, text)| (format!("mine/{path}"), text)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let here = folder(&files);
        let output = realint(here.path(), &["rules", "list", "--rules", "mine"]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", shown(&output));
        assert!(output.stdout.is_empty(), "{name}");
        let text = String::from_utf8(output.stderr).unwrap();
        let _ = write!(all, "=== {name}\n{text}\n");
    }
    insta::assert_snapshot!("mistakes in packs", all);
}

/// A journal over the journal of the examples and PRISMA-S: what all three say holds.
fn composed() -> (tempfile::TempDir, RuleSet) {
    let packs = root().join("examples/packs");
    let text = format!(
        "{HEAD}extends = [\"{0}/journal\", \"{0}/prisma-s\"]\n[change.JVM02]\nseverity = \"error\"\n[change.RS19.parts]\nconflicts = \"required\"\n[change.PS10]\nhelp = \"cite the filter\"\n[off]\nPS07 = \"asked for nowhere else\"\n",
        packs.to_string_lossy().replace('\\', "/")
    );
    let more = item("HP01", "standards = [\"prisma-s\", \"rameses-synthesis\"]\n");
    let here = folder(&[("mine/pack.toml", &text), ("mine/parts/a.toml", PART), ("mine/items/1.toml", &more)]);
    let rules = load::with_folder(&here.path().join("mine")).unwrap();
    (here, rules)
}

#[test]
fn packs_lie_over_packs() {
    let (_here, rules) = composed();
    assert_eq!(rules.packs.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["journal-house", "prisma-s", "house"]);
    let severity = |code: &str| rules.rule(code).unwrap().severity;
    assert_eq!(severity("RS12"), Severity::Warning);
    assert_eq!(severity("JVM02"), Severity::Error);
    assert_eq!(rules.rule("RS19").unwrap().changed, ["journal-house", "house"]);
    assert!(rules.rule("RS19").unwrap().parts.iter().all(|part| part.counts == Counts::Required));
    assert_eq!(rules.rule("PS10").unwrap().help, "cite the filter");
    assert_eq!(rules.rule("PS07").unwrap().off.as_ref().unwrap().pack, "house");
    assert_eq!(rules.rule("RS05").unwrap().off.as_ref().unwrap().pack, "journal-house");
    let numbers = |id: &str| -> Vec<(String, u32)> {
        let (_, own) = rules.standard(id).unwrap();
        own.iter()
            .filter(|r| r.pack.as_deref() != Some("prisma-s") && r.pack.is_some())
            .map(|r| (r.code.clone(), r.item))
            .collect()
    };
    let named = |all: &[(&str, u32)]| all.iter().map(|(c, n)| ((*c).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(numbers("rameses-synthesis"), named(&[("JVM01", 20), ("JVM02", 21), ("HP01", 22)]));
    assert_eq!(numbers("prisma-s"), named(&[("HP01", 17)]));
    assert_eq!(rules.all_rules().filter(|rule| rule.code == "HP01").count(), 1);
}

/// Nothing that a pack adds takes anything from what ships: all examples still hold, and so do the
/// learned weights.
#[test]
fn what_ships_holds_under_packs() {
    let (_here, rules) = composed();
    let (_, mut failures) = run_examples(&rules, rules.all_rules());
    failures.extend(run_claim_examples(&rules).1);
    // The part that the second pack requires again is the one that an example of the first does without.
    failures.retain(|f| !(f.code == "RS19" && f.text.starts_with("The Hartwell Foundation paid")));
    assert!(failures.is_empty(), "{failures:#?}");
    let shipped = load::shipped().unwrap();
    for (index, part) in shipped.parts.iter().enumerate().filter(|(_, part)| part.learn) {
        let same = rules.parts.iter().position(|p| p.id == part.id).unwrap();
        assert!(rules.learned.knows(realint::rule::PartId(same)), "{}", shipped.parts[index].id);
    }
}

/// A review that ships with no pack is judged alike with one that adds nothing to it.
#[test]
fn a_pack_for_another_guideline_changes_no_verdict() {
    let review = "examples/01-clean-review/review.md";
    let plain = realint(root(), &["check", review, "--format", "json"]);
    let packed = realint(root(), &["check", review, "--format", "json", "--rules", "examples/packs/prisma-s"]);
    assert_eq!(shown(&plain), shown(&packed));
}

#[test]
fn a_part_of_a_pack_learns_from_its_own_bank() {
    let mut bank = "verdict\tplace\tvoice\ttext\n".to_owned();
    let makers = ["a nurse", "the porter", "our librarian", "the second author", "a volunteer", "the chair"];
    for (n, who) in makers.iter().enumerate() {
        for what in ["a kettle was boiled", "leaves were steeped", "cups were filled"] {
            let _ = writeln!(bank, "yes\tmethods\town\tEach day {what} for the team by {who} before meeting {n}.");
        }
        for what in ["records were screened", "interviews were coded", "searches were run"] {
            let _ = writeln!(bank, "no\tmethods\town\tEach day {what} for the team by {who} before meeting {n}.");
        }
    }
    let part = PART.split("[[part.cue]]").next().unwrap().replace("home =", "learn = true\nhome =");
    let mut one = item("HP01", "");
    one = one.replace("made the tea", "steeped the leaves and filled cups for the team");
    let here = folder(&[
        ("mine/pack.toml", &manifest("")),
        ("mine/parts/a.toml", &part),
        ("mine/items/1.toml", &one),
        ("mine/bank/house-tea.tsv", &bank),
    ]);
    let trained = realint(here.path(), &["rules", "train", "--rules", "mine"]);
    assert!(trained.status.success(), "{}", shown(&trained));
    assert!(here.path().join("mine/learned/house-tea.tsv").is_file());
    assert!(!here.path().join("mine/learned/places.tsv").exists());
    let listed = realint(here.path(), &["explain", "HP01", "--rules", "mine"]);
    assert!(shown(&listed).contains("learned from the sentence bank"), "{}", shown(&listed));

    // What can't be learned from is said.
    fs::remove_dir_all(here.path().join("mine/learned")).unwrap();
    let few: String = bank.split_inclusive('\n').take(6).collect();
    fs::write(here.path().join("mine/bank/house-tea.tsv"), few).unwrap();
    let refused = realint(here.path(), &["rules", "train", "--rules", "mine"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(shown(&refused).contains("too few sentences"), "{}", shown(&refused));
    fs::write(here.path().join("mine/parts/a.toml"), PART).unwrap();
    let refused = realint(here.path(), &["rules", "train", "--rules", "mine"]);
    assert!(shown(&refused).contains("no part of the pack house learns"), "{}", shown(&refused));
}

#[test]
fn the_pack_to_begin_with_works_and_overwrites_nothing() {
    let here = folder(&[]);
    let wrote = realint(here.path(), &["rules", "new", "my house", "--prefix", "HOUSE"]);
    assert!(wrote.status.success(), "{}", shown(&wrote));
    let tested = realint(here.path(), &["rules", "test", "--rules", "my house"]);
    assert!(tested.status.success(), "{}", shown(&tested));
    let again = realint(here.path(), &["rules", "new", "my house"]);
    assert_eq!(again.status.code(), Some(2));
    insta::assert_snapshot!("the pack to begin with", format!("{}\n{}", shown(&wrote), shown(&again)));
    for arguments in [["--prefix", "RS"], ["--prefix", "house"], ["--extends", "rameses-synth"]] {
        let refused = realint(here.path(), &[&["rules", "new", "other"][..], &arguments].concat());
        assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
        assert!(!here.path().join("other").exists());
    }
}

/// The examples: all that their rules say holds, and reports and lists are as before.
#[test]
fn the_example_packs_hold() {
    for (pack, code) in [("journal", 1), ("prisma-s", 0)] {
        let path = format!("examples/packs/{pack}");
        let tested = realint(root(), &["rules", "test", "--rules", &path]);
        assert!(tested.status.success(), "{}", shown(&tested));
        let review = format!("{path}/review.md");
        let checked = realint(root(), &["check", &review]);
        assert_eq!(checked.status.code(), Some(code), "{}", shown(&checked));
        insta::assert_snapshot!(format!("pack {pack}"), shown(&checked));
    }
    let listed = realint(root(), &["rules", "list", "--rules", "examples/packs/journal"]);
    let about: String = ["JVM02", "RS19", "RS05", "CMO006"]
        .iter()
        .map(|code| shown(&realint(root(), &["explain", code, "--rules", "examples/packs/journal"])) + "\n")
        .collect();
    insta::assert_snapshot!("lists and explanations with a pack", format!("{}\n{about}", shown(&listed)));
}

/// `realint.toml` names a pack as it names any folder of rules, and its codes are known there.
#[test]
fn a_configuration_names_a_pack() {
    let here = folder(&[
        ("mine/pack.toml", &manifest("")),
        ("mine/parts/a.toml", PART),
        ("mine/items/1.toml", &item("HP01", "")),
        ("realint.toml", "root = true\nrules = \"mine\"\n[not-applicable]\nHP01 = \"we had no tea\"\n"),
        ("draft.md", "# A realist review of tea\n\n## Methods\n\nWe did a realist review.\n"),
    ]);
    let checked = shown(&realint(here.path(), &["draft.md", "--stage", "report"]));
    assert!(checked.contains("with the pack house: House rules"), "{checked}");
    assert!(checked.contains("HP01 n/a") && checked.contains("we had no tea"), "{checked}");
}
