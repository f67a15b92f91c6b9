//! The command line: what goes wrong is said once and clearly, exit codes mean what they say, and
//! nothing that was handed in is ever changed.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A realist review that reports its title and not the changes to its plan.
const DRAFT: &str = "\
# Why do huddles work? A realist review

## Abstract

We asked how huddles work, for whom and in what circumstances. This realist review follows RAMESES.

## Introduction

Huddles are common.

## Methods

This realist synthesis searched four databases in May 2020.

## Results

CMOC1: In small teams (C), feeling heard (M) leads to speaking up (O) [1].

## Discussion

They work.
";

/// A text that claims no realist method.
const OTHER: &str =
    "# A randomised trial of tea\n\n## Methods\n\nWe randomised two hundred people to tea or to water.\n";

struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    /// The message on standard error on one line, without the frame around it.
    fn message(&self) -> String {
        let words: Vec<&str> =
            self.err.split_whitespace().filter(|w| !matches!(*w, "│" | "×" | "╰─▶" | "·" | "╭─" | "╰────")).collect();
        words.join(" ")
    }

    /// realint could not do its job: exit code 2, nothing on standard output, one message with these words.
    #[track_caller]
    fn refused(&self, words: &[&str]) {
        let message = self.message();
        assert_eq!(self.code, 2, "{message}\n{}", self.out);
        assert_eq!(self.out, "", "{message}");
        for word in words {
            assert!(message.contains(word), "no {word:?} in: {message}");
        }
        assert_eq!(self.err.matches('×').count(), 1, "more than one message: {message}");
        assert!(!self.err.contains("panicked"), "{message}");
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Codes of the findings of the first document.
    fn codes(&self) -> Vec<String> {
        texts(&self.json()["documents"][0]["findings"], "code")
    }
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|one| one[field].as_str().expect("text").to_owned()).collect()
}

/// A folder of its own for each test.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        // Whatever lies above the folder of temporary files is no configuration of ours.
        folder.write("realint.toml", "root = true\n");
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a file")
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, None, &[])
    }

    /// Runs with `--format json --stage report`.
    fn json(&self, arguments: &[&str]) -> Run {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        if !arguments.contains(&"--stage") {
            all.extend(["--stage", "report"]);
        }
        self.run(&all)
    }

    fn run_with(&self, arguments: &[&str], input: Option<&[u8]>, variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_realint"));
        command.args(arguments).current_dir(self.path());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "RAYON_NUM_THREADS"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("realint starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // A program that refuses its arguments doesn't read its input.
        let _ = stdin.write_all(input.unwrap_or_default());
        drop(stdin);
        let output = child.wait_with_output().expect("realint ends");
        Run {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

fn draft() -> Folder {
    Folder::new(&[("draft.md", DRAFT)])
}

#[test]
fn inputs_that_cannot_be_read_are_named() {
    let folder = draft();
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    folder.write("pdf.md", b"%PDF-1.7\n\0\x01\x02");
    folder.write("word.txt", b"PK\x03\x04\0\0\0\x08");
    folder.write("nothing.md", "");
    folder.write("blank.md", "\u{feff} \r\n\r\n\t");
    folder.run(&["missing.md"]).refused(&["missing.md", "could not be read"]);
    folder.run(&["missing.md", "draft.md"]).refused(&["missing.md"]);
    folder.run(&["empty"]).refused(&["no manuscript", "empty"]);
    folder.run(&["*.qmd"]).refused(&["no manuscript", "*.qmd"]);
    folder.run(&["pdf.md"]).refused(&["pdf.md", "damaged"]);
    folder.run(&["word.txt"]).refused(&["word.txt", "damaged"]);
    folder.run(&["nothing.md"]).refused(&["nothing.md", "empty"]);
    folder.run(&["blank.md"]).refused(&["blank.md", "empty"]);
    folder.run(&["[a"]).refused(&["[a", "pattern"]);
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused_and_never_waited_for() {
    let folder = draft();
    folder.run(&["/dev/zero"]).refused(&["/dev/zero", "could not be read"]);
    folder.write("include.qmd", "# A realist review\n\n{{< include /dev/zero >}}\n\nText.\n");
    let run = folder.json(&["include.qmd"]);
    assert!(texts_of_notes(&run).iter().any(|note| note.contains("/dev/zero")), "{}", run.out);
}

fn texts_of_notes(run: &Run) -> Vec<String> {
    let json = run.json();
    json["documents"][0]["notes"]
        .as_array()
        .expect("notes")
        .iter()
        .map(|n| n.as_str().expect("text").to_owned())
        .collect()
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let folder = draft();
    folder.write("a-broken.md", b"\0\0\0\0");
    let run = folder.json(&["."]);
    assert_eq!(texts(&run.json()["documents"], "path").len(), 1);
    assert!(run.message().contains("a-broken.md"), "{}", run.err);
    assert_eq!(run.code, 2, "a gate must not pass what it could not read");
}

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let folder = draft();
    let run = |arguments: &[&str]| folder.run(&[&["draft.md"], arguments].concat());
    run(&["--standard", "rameses-sythesis"]).refused(&["rameses-sythesis", "did you mean", "rameses-synthesis"]);
    run(&["--stage", "protocoll"]).refused(&["protocoll", "did you mean", "protocol"]);
    run(&["--select", "RS9O"]).refused(&["RS9O", "did you mean", "RS09"]);
    run(&["--select", "RS01,RSO9"]).refused(&["RSO9", "did you mean", "RS09"]);
    run(&["--ignore", "RS99"]).refused(&["RS99"]);
    folder.run(&["explain", "RS9"]).refused(&["RS9", "RS09"]);
    for (arguments, words) in
        [(["--format", "jsonn"], "json"), (["--fail-on", "errors"], "error"), (["--bogus", "x"], "--bogus")]
    {
        let run = run(&arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains(words), "{}", run.err);
    }
}

#[test]
fn a_broken_configuration_is_shown_at_its_place() {
    let folder = draft();
    let cases: &[(&str, &[&str])] = &[
        ("fail-onn = 'never'", &["realint.toml:1:1", "fail-onn", "did you mean `fail-on`"]),
        ("root = true\nstage = 'reprot'", &["realint.toml:2:9", "reprot", "report"]),
        ("ignore = ['RS9O']", &["realint.toml:1:11", "RS9O", "did you mean RS09"]),
        ("ignore = 'RS05'", &["realint.toml:1:10", "RS05"]),
        ("x = [", &["realint.toml:1:6"]),
        ("standard = 'rameses-sythesis'", &["realint.toml:1:12", "did you mean", "rameses-synthesis"]),
        ("not-applicable = { RS7X = 'a' }", &["realint.toml:1:20", "RS7X"]),
        ("[[suppress]]\ncode = 'RS05'\nreason = ' '", &["realint.toml:3:10", "reason"]),
        ("[[suppress]]\ncode = 'RS05'", &["reason"]),
        ("[[path]]\nglob = '[a'\nstage = 'report'", &["realint.toml:2:8", "pattern"]),
        ("[[path]]\nglob = '*.md'\nstandard = 'x'", &["realint.toml:3:12", "no standard"]),
        ("rules = 'nowhere'", &["nowhere"]),
        ("baseline = 'nowhere.json'", &["nowhere.json"]),
    ];
    for (text, words) in cases {
        folder.write("realint.toml", text);
        folder.run(&["draft.md"]).refused(words);
    }
    folder.write("realint.toml", b"# \xff\n");
    folder.run(&["draft.md"]).refused(&["realint.toml"]);
    folder.run(&["draft.md", "--config", "none.toml"]).refused(&["none.toml", "could not be read"]);
}

#[test]
fn a_broken_rule_is_shown_at_its_place() {
    let part =
        |cue: &str| format!("[[part]]\nid = \"x-part\"\nname = \"x\"\nmeans = \"x\"\nhome = [\"methods\"]\n{cue}\n");
    let cases: &[(&str, &[&str])] = &[
        ("[[part]]\nid = \"x\n", &["a.toml:2:8"]),
        ("[[part]]\nidd = 'x'\n", &["a.toml:2:1", "idd"]),
        (&part("[[part.cue]]\nsentence = ['foo']\nwithin = 3"), &["a.toml:8:10", "within"]),
        (&part("[[part.cue]]\nseveral = ['foo', 'bar']\nleast = 3"), &["a.toml:8:9", "can never fire"]),
        (&part("[[part.cue]]\nsentence = ['foo', 'bar']\nunless = ['foo']"), &["a.toml:7:13", "can never fire"]),
        (&part("[[part.cue]]\nsentence = ['foo', '@no-such-class']"), &["a.toml:7:20", "no-such-class", "lexicon"]),
        (&part("[[part.cue]]\nweight = 0.5"), &["a.toml:2:6", "no words"]),
        (&part(""), &["a.toml:2:6", "can never be satisfied"]),
    ];
    for (text, words) in cases {
        let folder = draft();
        folder.write("mine/shared/parts/a.toml", text);
        folder.run(&["draft.md", "--rules", "mine"]).refused(words);
        folder.run(&["rules", "list", "--rules", "mine"]).refused(words);
    }
    let folder = draft();
    fs::create_dir(folder.path().join("mine")).expect("a folder");
    folder.run(&["draft.md", "--rules", "mine"]).refused(&["mine", ".toml"]);
    folder.run(&["draft.md", "--rules", "yours"]).refused(&["yours"]);
}

#[test]
fn an_output_never_overwrites_an_input() {
    let folder = draft();
    let outputs = ["draft.md", "./draft.md", "sub/../draft.md"];
    fs::create_dir(folder.path().join("sub")).expect("a folder");
    for output in outputs {
        for option in ["--output", "-o", "--write-baseline"] {
            folder.run(&["draft.md", option, output]).refused(&["draft.md", "one of the inputs"]);
        }
        folder.run(&[".", "--output", output]).refused(&["one of the inputs"]);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("draft.md", folder.path().join("link.json")).expect("a link");
        folder.run(&["draft.md", "--output", "link.json"]).refused(&["one of the inputs"]);
    }
    assert_eq!(folder.read("draft.md"), DRAFT);
}

#[test]
fn an_output_that_cannot_be_written_leaves_nothing_behind() {
    let folder = draft();
    folder.write("file", "old");
    folder
        .run(&["draft.md", "--output", "no/such/report.json"])
        .refused(&["no/such/report.json", "could not be written"]);
    folder.run(&["draft.md", "--output", "file/report.json"]).refused(&["could not be written"]);
    assert_eq!(folder.read("file"), "old");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let locked = folder.path().join("locked");
        fs::create_dir(&locked).expect("a folder");
        folder.write("locked/report.json", "old");
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).expect("permissions");
        // The superuser may write anywhere, so there is nothing to test as root.
        let bound = fs::write(locked.join("probe"), "").is_err();
        if bound {
            folder
                .run(&["draft.md", "--output", "locked/report.json"])
                .refused(&["locked/report.json", "could not be written"]);
            assert_eq!(folder.read("locked/report.json"), "old");
        }
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    let run = folder.run(&["draft.md", "--output", "report.txt"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (1, "", ""));
    assert!(folder.read("report.txt").contains("draft.md"));
    let names: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.iter().all(|name| !name.starts_with(".tmp")), "{names:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    let folder = draft();
    let run = |to: Stdio| {
        Command::new(env!("CARGO_BIN_EXE_realint"))
            .args(["draft.md", "--fail-on", "never"])
            .current_dir(folder.path())
            .stdout(to)
            .output()
            .expect("realint ends")
    };
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let output = run(full.into());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be written"));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = run(writer.into());
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn exit_codes_say_what_fail_on_asks() {
    let folder = Folder::new(&[("draft.md", DRAFT), ("other.md", OTHER)]);
    let code = |arguments: &[&str]| folder.run(arguments).code;
    assert_eq!(code(&["draft.md", "--stage", "report"]), 1);
    assert_eq!(code(&["draft.md", "--stage", "report", "--fail-on", "never"]), 0);
    assert_eq!(code(&["draft.md", "--stage", "report", "--fail-on", "note"]), 1);
    // Nothing is selected but configurations, and the one that is there is whole.
    for fail_on in ["error", "warning", "note"] {
        assert_eq!(code(&["draft.md", "--select", "CMO", "--fail-on", fail_on]), 0);
    }
    // A suppression that silences nothing is a warning.
    folder.write("draft.md", format!("{DRAFT}\n<!-- realint-ignore RS01: it is there -->\n"));
    for (fail_on, expected) in [("error", 0), ("warning", 1), ("note", 1), ("never", 0)] {
        assert_eq!(code(&["draft.md", "--ignore", "RS", "--fail-on", fail_on]), expected, "{fail_on}");
        folder.write("realint.toml", format!("root = true\nfail-on = '{fail_on}'\nignore = ['RS']\n"));
        assert_eq!(code(&["draft.md"]), expected, "{fail_on} from the configuration");
        folder.write("realint.toml", "root = true\n");
    }
    assert_eq!(code(&["other.md", "--fail-on", "note"]), 0);
    folder.write("draft.md", DRAFT);
    assert_eq!(code(&["draft.md", "--standard", "none", "--fail-on", "note"]), 0);
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["completions", "bash"], &[]] {
        assert_eq!(code(arguments), 0, "{arguments:?}");
    }
}

#[test]
fn a_text_without_a_realist_claim_gets_one_line_and_no_items() {
    let folder = Folder::new(&[("other.md", OTHER)]);
    let run = folder.run(&["other.md"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("no RAMESES standard applies"), "{}", run.out);
    let document = &folder.json(&["other.md"]).json()["documents"][0];
    assert!(document["standard"].is_null());
    assert_eq!(document["items"].as_array().map(Vec::len), Some(0));
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(0));
}

/// The cues are English: what they don't find in another language isn't absent.
#[test]
fn in_another_language_what_is_not_found_is_unclear() {
    const SPANISH: &str = "# Huertos de barrio: una síntesis realista (a realist review)\n\n## Métodos\n\nBuscamos en cuatro bases de datos y en la literatura gris entre marzo y junio, con términos sobre huertos, vecinos y bienestar, y pedimos otros documentos a sus autores. Dos personas leyeron cada documento y juzgaron su relevancia y su rigor para la teoría inicial; las dudas se resolvieron en una reunión con todo el equipo del estudio.\n\n## Resultados\n\nDonde los vecinos ya se conocían, la confianza llevó a compartir herramientas.\n";
    let verdicts = |text: &str| {
        let folder = Folder::new(&[("draft.md", text)]);
        let run = folder.json(&["draft.md"]).json();
        (texts(&run["documents"][0]["items"], "verdict"), run["documents"][0]["notes"].to_string())
    };
    let (spanish, notes) = verdicts(SPANISH);
    assert!(spanish.contains(&"unclear".to_owned()) && !spanish.contains(&"not-found".to_owned()), "{spanish:?}");
    assert!(notes.contains("not in English"), "{notes}");
    let (english, notes) = verdicts(DRAFT);
    assert!(english.contains(&"not-found".to_owned()), "{english:?}");
    assert!(!notes.contains("not in English"), "{notes}");
}

#[test]
fn standard_input_is_read() {
    let folder = Folder::new(&[]);
    let run = |arguments: &[&str], input: &[u8]| folder.run_with(arguments, Some(input), &[]);
    let json = run(&["-", "--format", "json", "--stage", "report"], DRAFT.as_bytes());
    assert_eq!(json.code, 1);
    let document = &json.json()["documents"][0];
    assert_eq!((document["path"].as_str(), document["format"].as_str()), (Some("-"), Some("markdown")));
    let forced = run(&["check", "-", "--input-format", "text", "--format", "json"], DRAFT.as_bytes());
    assert_eq!(forced.json()["documents"][0]["format"], "text");
    run(&["-"], b"").refused(&["empty"]);
    run(&["-"], b"\0\x01").refused(&["no text"]);
    // An include has no folder to start from.
    let include = run(&["-", "--format", "json"], b"# A realist review\n\n{{< include realint.toml >}}\n");
    assert!(texts_of_notes(&include).iter().any(|note| note.contains("realint.toml")));
}

#[test]
fn folders_are_walked_as_git_would_see_them() {
    let folder = Folder::new(&[
        (".gitignore", "ignored/\n*.skip.md\n"),
        ("a.md", OTHER),
        ("b.skip.md", OTHER),
        ("c.png", "no picture"),
        ("z.TXT", OTHER),
        ("ignored/d.md", OTHER),
        ("sub/e.qmd", OTHER),
        ("sub/.hidden.md", OTHER),
        ("sub/f.Rmd", OTHER),
        ("sub/.gitignore", "g.md\n"),
        ("sub/g.md", OTHER),
        ("drafts/h.md", OTHER),
    ]);
    let paths = |arguments: &[&str]| texts(&folder.json(arguments).json()["documents"], "path");
    assert_eq!(paths(&["."]), ["./a.md", "./drafts/h.md", "./sub/e.qmd", "./sub/f.Rmd", "./z.TXT"]);
    // What is named is read, ignored or not, once, in the order of the arguments.
    assert_eq!(paths(&["sub/g.md", "ignored/d.md", "a.md", "sub/g.md"]), ["sub/g.md", "ignored/d.md", "a.md"]);
    assert_eq!(paths(&["*.md"]), ["a.md", "b.skip.md"]);
    assert_eq!(paths(&["sub/*.[qR]md", "sub"]), ["sub/e.qmd", "sub/f.Rmd"]);
    assert_eq!(paths(&["**/h.md"]), ["drafts/h.md"]);
    folder.write("realint.toml", "root = true\nexclude = ['drafts/**', 'z.*']\n");
    assert_eq!(paths(&["."]), ["./a.md", "./sub/e.qmd", "./sub/f.Rmd"]);
    assert_eq!(paths(&["drafts/h.md"]), ["drafts/h.md"], "a file that is named is never excluded");
}

#[test]
fn many_files_come_in_the_same_order_whatever_the_number_of_threads() {
    let folder = Folder::new(&[]);
    for n in 0..40 {
        let text = if n % 3 == 0 { OTHER.to_owned() } else { DRAFT.replace("huddles", &format!("huddles {n}")) };
        folder.write(&format!("{}/{n}.md", n % 7), text.repeat(1 + n % 5));
    }
    for format in ["human", "json", "jsonl"] {
        let run = |threads: &str| folder.run_with(&[".", "--format", format], None, &[("RAYON_NUM_THREADS", threads)]);
        let (one, four) = (run("1"), run("4"));
        assert_eq!(one.code, four.code);
        assert!(one.out == four.out, "{format} differs");
        assert!(one.out.len() > 1000);
    }
    let found = folder.run(&[".", "--format", "jsonl"]);
    let paths: Vec<String> = found
        .out
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).expect("JSON")["path"].as_str().expect("text").to_owned())
        .collect();
    let mut sorted = paths.clone();
    sorted.sort_by_key(|p| Path::new(p).to_owned());
    assert_eq!(paths, sorted);
    assert_eq!(paths.len(), 40);
}

#[test]
fn jsonl_gives_one_document_a_line() {
    let folder = Folder::new(&[("a.md", DRAFT), ("b.md", OTHER)]);
    let lines = folder.run(&["a.md", "b.md", "--format", "jsonl", "--stage", "report"]).out;
    let json = folder.json(&["a.md", "b.md"]).json();
    let documents: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Value::Array(documents), json["documents"]);
}

/// The draft with a comment above its methods.
fn with_comment(comment: &str) -> Folder {
    Folder::new(&[("draft.md", &DRAFT.replace("## Methods", &format!("<!-- {comment} -->\n\n## Methods")))])
}

#[test]
fn comments_silence_findings_and_carry_their_reason() {
    assert!(draft().json(&["draft.md"]).codes().contains(&"RS05".to_owned()), "the draft says nothing of changes");
    for comment in [
        "realint-ignore RS05: nothing changed",
        "realint-ignore-file rs05: nothing changed",
        "realint-ignore RS06, RS05: nothing changed",
    ] {
        let run = with_comment(comment).json(&["draft.md"]);
        assert!(!run.codes().contains(&"RS05".to_owned()), "{comment}");
        let json = run.json();
        let suppressed = json["documents"][0]["suppressed"].as_array().expect("a list");
        let silenced = suppressed.iter().find(|s| s["code"] == "RS05").expect("what was silenced");
        assert_eq!((silenced["by"].as_str(), silenced["reason"].as_str()), (Some("comment"), Some("nothing changed")));
    }
    let folder = with_comment("realint-not-applicable RS05: a rapid review without a plan");
    let json = folder.json(&["draft.md"]).json();
    let item = json["documents"][0]["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|i| i["code"] == "RS05")
        .expect("the item")
        .clone();
    assert_eq!(
        (item["verdict"].as_str(), item["reason"].as_str()),
        (Some("not-applicable"), Some("a rapid review without a plan"))
    );
}

#[test]
fn comments_that_silence_nothing_are_reported() {
    let cases = [
        ("realint-ignore RS05", "SUP002"),
        ("realint-ignore RS05:", "SUP002"),
        ("realint-ignore : why", "SUP002"),
        ("realint-ignroe RS05: why", "SUP002"),
        ("realint-ignore RS01: it is reported", "SUP001"),
    ];
    for (comment, code) in cases {
        let codes = with_comment(comment).json(&["draft.md"]).codes();
        assert!(codes.contains(&code.to_owned()), "{comment}: {codes:?}");
        assert!(codes.contains(&"RS05".to_owned()), "{comment}: {codes:?}");
    }
    // What isn't shown is silenced all the same; where no standard applies nothing was there to silence.
    let folder = with_comment("realint-ignore RS05: nothing changed");
    for arguments in [["--select", "RS06,SUP"], ["--standard", "none"]] {
        let codes = folder.json(&[&["draft.md"], &arguments[..]].concat()).codes();
        assert!(!codes.iter().any(|c| c.starts_with("SUP")), "{arguments:?}: {codes:?}");
    }
    let folder = with_comment("realint-ignore RS01: it is reported");
    let codes = folder.json(&["draft.md", "--ignore", "SUP"]).codes();
    assert!(!codes.iter().any(|c| c.starts_with("SUP")), "{codes:?}");
    // Code is no comment, and neither is anything else.
    for text in [
        "`<!-- realint-ignore RS05: why -->`",
        "```\n<!-- realint-ignore RS05: why -->\n```",
        "<!-- a remark on RS05: it stays -->",
    ] {
        let folder = Folder::new(&[("draft.md", &format!("{DRAFT}\n{text}\n"))]);
        let codes = folder.json(&["draft.md"]).codes();
        assert!(codes.contains(&"RS05".to_owned()), "{text}: {codes:?}");
        assert!(!codes.iter().any(|c| c.starts_with("SUP")), "{text}: {codes:?}");
    }
}

#[test]
fn a_baseline_silences_what_it_lists_and_nothing_new() {
    let folder = draft();
    let write = folder.run(&["draft.md", "--stage", "report", "--write-baseline", "known.json"]);
    assert_eq!(write.code, 0, "{}", write.err);
    let known = folder.json(&["draft.md", "--baseline", "known.json"]);
    assert_eq!((known.code, known.codes()), (0, Vec::new()));
    let json = known.json();
    assert!(json["documents"][0]["suppressed"].as_array().expect("a list").iter().all(|s| s["by"] == "baseline"));
    // Text elsewhere is edited, and lines move.
    let edited = DRAFT.replace("Huddles are common.", "Huddles are common.\n\nThey are short.\n\nVery short.");
    folder.write("draft.md", &edited);
    assert_eq!(folder.json(&["draft.md", "--baseline", "known.json"]).codes(), Vec::<String>::new());
    // A new finding stands.
    folder.write("draft.md", edited.replace("A realist review", "A review"));
    let codes = folder.json(&["draft.md", "--baseline", "known.json", "--standard", "rameses-synthesis"]).codes();
    assert!(codes.contains(&"RS01".to_owned()), "{codes:?}");
    // The configuration can name it, and writing again keeps what is known.
    folder.write("draft.md", &edited);
    folder.write("realint.toml", "root = true\nbaseline = 'known.json'\n");
    assert_eq!(folder.run(&["draft.md", "--stage", "report"]).code, 0);
    let before = folder.read("known.json");
    assert_eq!(folder.run(&["draft.md", "--stage", "report", "--write-baseline", "known.json"]).code, 0);
    assert_eq!(folder.read("known.json"), before);
    std::fs::remove_file(folder.path().join("known.json")).expect("removed");
    let anew = folder.run(&["draft.md", "--stage", "report", "--write-baseline", "known.json"]);
    assert_eq!(anew.code, 0, "the configuration names what is about to be written: {}", anew.err);
    for broken in ["{}", "[]", "not json", "{\"schema\":\"other/1\",\"findings\":[]}"] {
        folder.write("known.json", broken);
        folder.run(&["draft.md"]).refused(&["known.json", "no baseline"]);
    }
}

#[test]
fn configurations_are_layered() {
    let folder = Folder::new(&[("draft.md", DRAFT), ("sub/draft.md", DRAFT), ("sub/deep/draft.md", DRAFT)]);
    folder.write("realint.toml", "root = true\nstage = 'report'\nignore = ['RS05']\n");
    folder.write(
        "sub/realint.toml",
        "ignore = ['RS06']\n\n[[path]]\nglob = 'deep/*.md'\nstage = 'protocol'\nignore = ['RS07']\n",
    );
    let read = |path: &str, arguments: &[&str]| {
        let json = folder.run(&[&[path, "--format", "json"], arguments].concat()).json();
        let document = json["documents"][0].clone();
        let codes = texts(&document["findings"], "code");
        let has = |code: &str| codes.contains(&code.to_owned());
        (document["stage"].as_str().expect("a stage").to_owned(), [has("RS05"), has("RS06"), has("RS07")])
    };
    assert_eq!(read("draft.md", &[]), ("report".into(), [false, true, true]));
    assert_eq!(read("sub/draft.md", &[]), ("report".into(), [false, false, true]));
    let (stage, [_, _, seven]) = read("sub/deep/draft.md", &[]);
    assert_eq!((stage.as_str(), seven), ("protocol", false));
    // The command line goes before every file.
    assert_eq!(read("sub/deep/draft.md", &["--stage", "report"]).0, "report");
    assert_eq!(read("draft.md", &["--ignore", "RS07"]).1, [false, true, false]);
    // A root ends the search, and a named file is the only one.
    folder.write("sub/realint.toml", "root = true\nstage = 'report'\n");
    assert_eq!(read("sub/draft.md", &[]).1, [true, true, true]);
    folder.write("elsewhere.toml", "stage = 'report'\nignore = ['RS07']\n");
    assert_eq!(read("draft.md", &["--config", "elsewhere.toml"]).1, [true, true, false]);
    // Not applicable, and suppressed by path.
    folder.write("realint.toml", "root = true\nstage = 'report'\nnot-applicable = { RS05 = 'no plan' }\n\n[[suppress]]\ncode = 'RS06'\nreason = 'told elsewhere'\npath = 'draft.md'\n");
    assert_eq!(read("draft.md", &[]).1, [false, false, true]);
}

#[test]
fn colours_are_for_terminals_only() {
    let folder = draft();
    for variables in [&[][..], &[("NO_COLOR", "1")], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]] {
        let run = folder.run_with(&["draft.md", "--stage", "report"], None, variables);
        assert!(!run.out.contains('\u{1b}'), "{variables:?}");
        let error = folder.run_with(&["missing.md"], None, variables);
        assert!(!error.err.contains('\u{1b}'), "{variables:?}: {:?}", error.err);
    }
}

#[test]
fn verdicts_are_explained_part_by_part() {
    let text = "# Tool libraries: a realist review\n\n## Methods\n\nThis realist review asked how lending works. We searched Scopus and MEDLINE from 1990 to May 2021.\n\nTwo reviewers judged each document for its relevance to the programme theory.\n";
    let folder = Folder::new(&[("tools.md", text)]);
    let out = folder.run(&["tools.md", "--stage", "report", "--explain-verdicts"]).out;
    let after = |item: &str| {
        let rest = out.split(&format!("  {item} ")).nth(1).unwrap_or_default();
        rest.split("\n  RS").next().unwrap_or_default().to_owned()
    };
    let searching = after("RS08");
    for words in ["(required): found, ", " against 0.", "line 5: We searched", " × place 1.00", "margin +", "for: "] {
        assert!(searching.contains(words), "no {words:?} in {searching}");
    }
    let appraisal = after("RS09");
    assert!(appraisal.contains("not found, nearest") || appraisal.contains("no sentence speaks for it"), "{appraisal}");
    let plain = folder.run(&["tools.md", "--stage", "report"]).out;
    assert!(!plain.contains("against 0."));
}

/// Whether a terminal would obey anything in this text but colours.
fn steers(text: &str) -> bool {
    let bare = text.replace("\u{1b}[0m", "");
    bare.contains("\u{1b}]") || bare.contains('\u{7}') || bare.contains('\u{9b}') || bare.contains('\u{202e}')
}

#[test]
fn a_manuscript_cannot_steer_the_terminal() {
    let escape = "\u{1b}]0;pwned\u{7}";
    let text = DRAFT
        .replace("# Why", &format!("# Why {escape}\u{9b}31m"))
        .replace("We asked", &format!("We \u{202e}asked {escape}"))
        .replace("## Methods", &format!("<!-- realint-ignore RS{escape}: x -->\n<!-- realint-ign{escape} RS05: x -->\n<!-- realint-ignore RS05: {escape} -->\n\n## Methods {escape}"))
        .replace("They work.", &format!("They work.\n\n{{{{< include {escape}x.md >}}}}\n\n{}", "Padding keeps the share of control characters low. ".repeat(40)));
    let broken = "---\ntitle: A realist review\nrealint: { standard: \"x\\e]0;pwned\\a\" }\n---\n\nText.\n";
    let unknown = "---\ntitle: A realist review\nrealint: { \"x\\e]0;pwned\\a\": y }\n---\n\nText.\n";
    let folder = Folder::new(&[("draft.md", &text), ("broken.md", broken), ("unknown.md", unknown)]);
    let name = format!("name{escape}.md");
    if cfg!(unix) {
        folder.write(&name, &text);
    }
    for path in ["draft.md", "broken.md", "unknown.md", "."] {
        for format in ["human", "json", "jsonl"] {
            for variables in [&[][..], &[("CLICOLOR_FORCE", "1")]] {
                for explain in [&[][..], &["--explain-verdicts"]] {
                    let arguments = [&[path, "--stage", "report", "--format", format], explain].concat();
                    let run = folder.run_with(&arguments, None, variables);
                    assert!(!steers(&run.out), "{path} {format}: {:?}", run.out);
                    assert!(!steers(&run.err), "{path} {format}: {:?}", run.err);
                }
            }
        }
    }
}

#[test]
fn inputs_are_never_changed() {
    let folder = Folder::new(&[("draft.md", DRAFT), ("other.txt", OTHER)]);
    let stamp = |name: &str| {
        let data = fs::metadata(folder.path().join(name)).expect("a file");
        (data.modified().expect("a time"), data.len(), folder.read(name))
    };
    let before = [stamp("draft.md"), stamp("other.txt"), stamp("realint.toml")];
    for arguments in [
        &["."][..],
        &[".", "--format", "json", "--output", "out.json"],
        &[".", "--write-baseline", "b.json"],
        &[".", "--baseline", "b.json"],
    ] {
        folder.run(arguments);
    }
    assert_eq!(before, [stamp("draft.md"), stamp("other.txt"), stamp("realint.toml")]);
}
