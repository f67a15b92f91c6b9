//! Texts of any length and encoding, and folders and disks that don't do what one expects.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use realint::error::Error;
use realint::manuscript::Format;
use realint::read::{self, NoLibrary};
use realint::rule::load;

use crate::{Most, SMALL, check, folder, refused, run, run_after, size};

const DRAFT: &str = "# Why do huddles work? A realist review\n\n## Methods\n\nThis realist synthesis searched four databases [@a].\n\n## Results\n\nCMOC1: In small teams (C), feeling heard (M) leads to speaking up (O) [1].\n";

#[test]
fn long_texts_are_read_or_refused() {
    // More than is read: refused without being read.
    let folder = folder();
    for name in ["a.md", "a.txt", "a.html", "a.docx", "a.pdf", "a.tex", "a.jats.xml", "a.yaml", "a.csv"] {
        let file = fs::File::create(folder.path().join(name)).expect("a file");
        file.set_len(100_000_000).expect("a file");
        let run = run(folder.path(), &["check", name], SMALL);
        run.kept(&format!("100 MB as {name}"), SMALL);
        refused(&run, &["no more than 64 MB", "64 MB", "67"]);
        fs::remove_file(folder.path().join(name)).expect("a file");
    }
    // More than is read, from a pipe: refused as well, and not cut off.
    let input = folder.path().join("input");
    fs::write(&input, "We searched four databases. ".repeat(2_600_000)).expect("a file");
    let run = run_after("exec < input;", folder.path(), &["check", "-"], Most { seconds: 20, megabytes: 400 });
    run.kept("73 MB from a pipe", Most { seconds: 20, megabytes: 400 });
    refused(&run, &["64 MB", "67"]);
    // As much as is read.
    let sentence = "We searched four databases (Adeyemi, 2019) for whom it works. ";
    let length = size(50_000_000, 500_000);
    let most = Most { seconds: 240, megabytes: size(6_000, 500) as u64 };
    let line = sentence.repeat(length / sentence.len());
    let lines = format!("{}\n\n", sentence.repeat(8)).repeat(length / sentence.len() / 8);
    let word = "a".repeat(length);
    let headings = "## Methods\n\n".repeat(length / 50);
    let labels = "CMOC1: In small teams (C), feeling heard (M) leads to speaking up (O) [1].\n\n".repeat(length / 400);
    for (what, text) in [
        ("one line", &line),
        ("paragraphs", &lines),
        ("one word", &word),
        ("headings", &headings),
        ("configurations", &labels),
    ] {
        for name in ["a.md", "a.txt", "a.tex", "a.html"] {
            check(&format!("{what}, {name}"), name, text.as_bytes(), most);
        }
    }
}

/// Each citation of a paragraph was looked for in each of its sentences, so that 8 MB in one paragraph took 18
/// seconds, and four times as long for twice the length.
#[test]
fn one_long_paragraph_takes_time_that_grows_with_its_length() {
    let sentence = "We searched four databases (Adeyemi, 2019) for whom it works. ";
    let most = Most { seconds: 120, megabytes: 1_000 };
    let seconds = |bytes: usize| {
        let text = sentence.repeat(bytes / sentence.len());
        check("one paragraph", "a.md", text.as_bytes(), most).processor.as_secs_f64()
    };
    let (short, long) = (seconds(1_000_000), seconds(4_000_000));
    assert!(long < short * 6.0, "{short} s for 1 MB, {long} s for 4 MB");
}

#[test]
fn odd_encodings_are_read_or_refused() {
    let text = format!("{DRAFT}\n{}", "We searched four databases. ".repeat(2_000));
    let wide = |big: bool, mark: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let (little, big) = (wide(false, true), wide(true, true));
    let surrogate = |at: usize, unit: u16| {
        let mut bytes = little.clone();
        bytes[at..at + 2].copy_from_slice(&unit.to_le_bytes());
        bytes
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("half a file of UTF-16, cut within a unit", little[..(little.len() / 2) | 1].to_vec()),
        ("half a file of UTF-16, big end first", big[..(big.len() / 2) | 1].to_vec()),
        ("UTF-16 without a mark, cut", wide(false, false)[..4_001].to_vec()),
        ("UTF-16 that turns into UTF-8", [&little[..4_000], text.as_bytes()].concat()),
        ("UTF-8 that turns into UTF-16", [text.as_bytes(), &little].concat()),
        ("a high surrogate alone", surrogate(400, 0xd800)),
        ("a low surrogate alone", surrogate(400, 0xdfff)),
        ("a high surrogate at the end", [&little[..], &0xd83d_u16.to_le_bytes()].concat()),
        ("surrogates in UTF-8", [text.as_bytes(), b"\xed\xa0\x80 \xed\xbf\xbf ", text.as_bytes()].concat()),
        (
            "overlong UTF-8",
            [text.as_bytes(), b"\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80\xf4\x90\x80\x80", text.as_bytes()].concat(),
        ),
        ("a NUL at the beginning", [b"\0", text.as_bytes()].concat()),
        ("NULs far behind the beginning", [text.repeat(2).as_bytes(), &[0; 5_000], text.as_bytes()].concat()),
        ("nothing but NULs", vec![0; 100_000]),
        ("nothing but marks of byte order", "\u{feff}".repeat(30_000).into_bytes()),
        ("marks of direction", text.replace(' ', "\u{202e} \u{2066}\u{2069}").into_bytes()),
        ("nothing but marks of direction", "\u{202e}\u{2066}".repeat(20_000).into_bytes()),
        ("letters under a thousand accents", format!("# e{}\n\n{text}", "\u{301}".repeat(50_000)).into_bytes()),
        ("joined characters", "\u{1f469}\u{200d}".repeat(10_000).into_bytes()),
        ("characters that are none", "\u{fffe}\u{ffff}\u{10ffff}\u{fdd0}".repeat(8_000).into_bytes()),
        ("separators of lines and paragraphs", text.replace('\n', "\u{2028}\u{2029}\u{85}").into_bytes()),
        ("carriage returns", text.replace('\n', "\r").into_bytes()),
    ];
    for (what, bytes) in cases {
        for name in ["a.md", "a.txt", "a.html", "a.tex", "a.jats.xml", "a.yaml", "a.csv", "a.bib"] {
            check(&format!("{what}, {name}"), name, &bytes, SMALL);
        }
    }
}

/// A document that ends too soon is never taken for a whole one.
#[test]
fn word_documents_are_refused_wherever_they_are_cut() {
    let names = load::shipped().expect("the shipped rules").section_names;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut cuts = 0;
    for path in glob::glob(&fixtures.join("**/*.docx").to_string_lossy()).expect("a pattern").flatten() {
        let bytes = fs::read(&path).expect("a fixture");
        let start = Instant::now();
        for end in (1..bytes.len()).step_by(1024).chain([bytes.len() - 1]) {
            for format in [Some(Format::Docx), None] {
                let read = read::read(Path::new("a.docx"), &bytes[..end], format, &NoLibrary, &names);
                let told =
                    matches!(read, Err(Error::Damaged { .. } | Error::NotText { .. } | Error::Unsupported { .. }));
                // The end of a container may be followed by a remark; without the last byte of that all is there.
                assert!(told || end + 1 == bytes.len() || end < 4, "{} up to {end}: {read:?}", path.display());
            }
            cuts += 1;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "{}", path.display());
    }
    assert!(cuts > 100, "{cuts}");
}

#[test]
fn links_in_circles_and_odd_files_keep_nobody_waiting() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("a/b")).expect("a folder");
    fs::write(at("a/draft.md"), DRAFT).expect("a file");
    symlink("../..", at("a/b/up")).expect("a link");
    symlink(".", at("a/here")).expect("a link");
    symlink("self.md", at("self.md")).expect("a link");
    symlink("two.md", at("one.md")).expect("a link");
    symlink("one.md", at("two.md")).expect("a link");
    symlink("nowhere.md", at("gone.md")).expect("a link");
    symlink("/dev/zero", at("zero.md")).expect("a link");
    assert!(Command::new("mkfifo").arg(at("pipe.md")).status().expect("a program").success());
    assert!(Command::new("mkfifo").arg(at("pipe.toml")).status().expect("a program").success());
    let found = run(folder.path(), &["check", ".", "--format", "short", "--fail-on", "never"], SMALL);
    found.kept("a folder of links in circles", SMALL);
    assert_eq!(found.code, Some(0), "{}", found.err);
    for pattern in ["**/*.md", "*/*/*/*/*/*/*/*/*.md", "a/**/**/**/*.md", "a/b/up/a/b/up/a/*.md"] {
        run(folder.path(), &["check", pattern], SMALL)
            .kept(&format!("the pattern {pattern} over links in circles"), SMALL);
    }
    for name in ["self.md", "one.md", "gone.md", "zero.md", "pipe.md"] {
        let run = run(folder.path(), &["check", name], SMALL);
        run.kept(&format!("the link {name}"), SMALL);
        assert_eq!(run.code, Some(2), "{name}");
    }
    // Whatever else is read by name: configuration, rules, baseline, files of a project, what is included.
    for (option, name) in [
        ("--config", "zero.md"),
        ("--config", "pipe.toml"),
        ("--rules", "a/here"),
        ("--rules", "zero.md"),
        ("--baseline", "zero.md"),
        ("--baseline", "pipe.toml"),
    ] {
        let run = run(folder.path(), &["check", "a/draft.md", option, name], SMALL);
        run.kept(&format!("{option} {name}"), SMALL);
        assert_eq!(run.code, Some(2), "{option} {name}: {}", run.err);
    }
    for key in ["protocol", "bibliography", "evidence", "texts", "manuscript"] {
        for name in ["zero.md", "pipe.md", "self.md", "a/here"] {
            let text = if key == "manuscript" {
                format!("root = true\n[project]\nmanuscript = \"{name}\"\n")
            } else {
                format!("root = true\n[project]\nmanuscript = \"a/draft.md\"\n{key} = \"{name}\"\n")
            };
            fs::write(at("realint.toml"), text).expect("a file");
            run(folder.path(), &["check", "."], SMALL).kept(&format!("a project whose {key} is {name}"), SMALL);
        }
    }
    fs::write(at("realint.toml"), "root = true\n").expect("a file");
    for include in ["zero.md", "pipe.md", "self.md", "draft.qmd", "/dev/zero", "/dev/stdin"] {
        fs::write(at("draft.qmd"), format!("{DRAFT}\n{{{{< include {include} >}}}}\n")).expect("a file");
        run(folder.path(), &["check", "draft.qmd", "--fail-on", "never"], SMALL)
            .kept(&format!("a draft that includes {include}"), SMALL);
        fs::write(at("draft.tex"), format!("\\documentclass{{article}}\\begin{{document}}\\input{{{include}}}\\bibliography{{{include}}}\\end{{document}}")).expect("a file");
        run(folder.path(), &["check", "draft.tex", "--fail-on", "never"], SMALL)
            .kept(&format!("a thesis that includes {include}"), SMALL);
    }
    // A pack whose folder holds itself, and a pack of devices.
    fs::create_dir(at("pack")).expect("a folder");
    fs::write(
        at("pack/pack.toml"),
        "[pack]\nid = \"a\"\nname = \"A\"\nversion = \"1\"\nextends = [\"rameses-synthesis\", \".\", \"again\"]\n",
    )
    .expect("a file");
    symlink(".", at("pack/again")).expect("a link");
    symlink("..", at("pack/items")).expect("a link");
    run(folder.path(), &["check", "a/draft.md", "--rules", "pack"], SMALL).kept("a pack that holds itself", SMALL);
    fs::create_dir(at("rules")).expect("a folder");
    fs::write(at("rules/a.toml"), "").expect("a file");
    symlink(".", at("rules/again")).expect("a link");
    symlink("../..", at("rules/up")).expect("a link");
    run(folder.path(), &["check", "a/draft.md", "--rules", "rules"], SMALL)
        .kept("a folder of rules that holds itself", SMALL);
}

#[test]
fn thousands_of_files_are_checked_in_order() {
    let folder = folder();
    let count = size(10_000, 600);
    for n in 0..count {
        fs::write(folder.path().join(format!("{n:05}.md")), DRAFT).expect("a file");
    }
    let most = Most { seconds: 120, megabytes: size(1_500, 400) as u64 };
    let all = run(
        folder.path(),
        &[
            "check",
            ".",
            "--format",
            "short",
            "--fail-on",
            "never",
            "--standard",
            "rameses-synthesis",
            "--stage",
            "report",
        ],
        most,
    );
    all.kept(&format!("{count} files in a folder"), most);
    let text = String::from_utf8(all.out).expect("UTF-8");
    let files: Vec<&str> = text.lines().filter_map(|line| line.split_once(".md:")).map(|(file, _)| file).collect();
    assert!(files.is_sorted() && files.len() >= count, "{} lines", files.len());
    // Named one by one, and twice.
    let names: Vec<String> = (0..count).chain(0..count).map(|n| format!("{n:05}.md")).collect();
    let mut arguments = vec![
        "check",
        "--format",
        "short",
        "--fail-on",
        "never",
        "--standard",
        "rameses-synthesis",
        "--stage",
        "report",
    ];
    arguments.extend(names.iter().map(String::as_str));
    let named = run(folder.path(), &arguments, most);
    named.kept(&format!("{count} files by name, twice each"), most);
    assert_eq!(String::from_utf8(named.out).expect("UTF-8").lines().count(), text.lines().count());
}

/// Every command that writes a file, with its arguments; `OUT` is where it writes.
const WRITERS: [&[&str]; 8] = [
    &["check", "draft.md", "--format", "json", "--output", "OUT"],
    &["check", "draft.md", "--write-baseline", "OUT"],
    &["cmo", "draft.md", "--format", "json", "--output", "OUT"],
    &["report", "draft.md", "--output", "OUT"],
    &["checklist", "draft.md", "--standard", "rameses-synthesis", "--output", "OUT"],
    &["compare", "old.md", "draft.md", "--format", "json", "--output", "OUT"],
    &["annotate", "draft.docx", "--output", "OUT"],
    &["eval", "gold", "--format", "json", "--output", "OUT"],
];

fn writers() -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("draft.md"), format!("{DRAFT}\n{{{{< include more.md >}}}}\n")).expect("a file");
    fs::write(folder.path().join("more.md"), "We searched more.\n").expect("a file");
    fs::write(folder.path().join("old.md"), DRAFT).expect("a file");
    let word = "<w:p><w:pPr><w:pStyle w:val=\"Title\"/></w:pPr><w:r><w:t>Why do huddles work? A realist review</w:t></w:r></w:p><w:p><w:r><w:t>We searched four databases.</w:t></w:r></w:p>";
    fs::write(folder.path().join("draft.docx"), crate::document(word)).expect("a file");
    fs::create_dir(folder.path().join("gold")).expect("a folder");
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/tune");
    let mut all: Vec<_> = fs::read_dir(gold).expect("a folder").flatten().map(|entry| entry.path()).collect();
    all.sort();
    // One manuscript and what is known of it: files of one name.
    let stem = |path: &Path| {
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next()).map(str::to_owned)
    };
    let first = all.first().and_then(|path| stem(path));
    for path in all.iter().filter(|path| stem(path) == first) {
        fs::copy(path, folder.path().join("gold").join(path.file_name().expect("a name"))).expect("a file");
    }
    folder
}

fn arguments<'a>(writer: &[&'a str], out: &'a str) -> Vec<&'a str> {
    writer.iter().map(|argument| if *argument == "OUT" { out } else { argument }).collect()
}

#[test]
fn an_output_is_whole_or_the_old_one_stays() {
    let folder = writers();
    let extension = |writer: &[&str]| match writer[0] {
        "annotate" => "docx",
        "report" => "html",
        "checklist" => "md",
        _ => "json",
    };
    let left_over = || {
        fs::read_dir(folder.path())
            .expect("a folder")
            .flatten()
            .filter(|e| e.file_name().to_string_lossy().starts_with(".tmp"))
            .count()
    };
    for writer in WRITERS {
        let name = format!("out.{}", extension(writer));
        let path = folder.path().join(&name);
        let arguments = arguments(writer, &name);
        let start = Instant::now();
        let good = run(folder.path(), &arguments, SMALL);
        let whole = start.elapsed();
        assert!(matches!(good.code, Some(0 | 1)), "{writer:?}: {}", good.err);
        let new = fs::read(&path).expect("an output");
        assert!(!new.is_empty(), "{writer:?}");
        // No room: the limit on the length of files stands for a full disk.
        let old: Vec<u8> = b"old ".repeat(100);
        fs::write(&path, &old).expect("a file");
        if new.len() > 1024 {
            let full = run_after("trap '' XFSZ; ulimit -f 1;", folder.path(), &arguments, SMALL);
            refused(&full, &["could not be written"]);
            assert_eq!(fs::read(&path).expect("a file"), old, "{writer:?}");
            assert_eq!(left_over(), 0, "{writer:?} leaves a part behind");
            // The same limit without the trap kills it while it writes.
            let killed = run_after("ulimit -f 1;", folder.path(), &arguments, SMALL);
            assert_eq!(killed.code, None, "{writer:?} wasn't killed: {}", killed.err);
            assert_eq!(fs::read(&path).expect("a file"), old, "{writer:?}");
        }
        // Killed at any moment: old or new, nothing between.
        let moments = size(60, 8) as u32;
        for delay in (1..=moments).map(|n| whole * n / moments) {
            fs::write(&path, &old).expect("a file");
            let mut child = Command::new(env!("CARGO_BIN_EXE_realint"))
                .args(&arguments)
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("realint starts");
            std::thread::sleep(delay);
            child.kill().expect("a signal");
            child.wait().expect("an end");
            let there = fs::read(&path).expect("a file");
            assert!(there == old || there.len() + 64 > new.len(), "{writer:?}: {} bytes after {delay:?}", there.len());
        }
        for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
            if entry.file_name().to_string_lossy().starts_with(".tmp") {
                fs::remove_file(entry.path()).expect("a file");
            }
        }
    }
}

#[test]
fn an_output_into_a_locked_folder_or_a_device_is_refused() {
    let folder = writers();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).expect("a folder");
    fs::write(locked.join("out.json"), "old").expect("a file");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).expect("permissions");
    // The superuser may write there all the same, but not among the processes.
    let bound = fs::write(locked.join("probe"), "").is_err();
    let nowhere = if Path::new("/proc/self").exists() { "/proc/out.json" } else { "/nowhere/out.json" };
    for writer in WRITERS {
        let mut outs = vec![nowhere, "missing/out.json", "draft.md/out.json", "gold"];
        if bound {
            outs.push("locked/out.json");
        }
        for out in outs {
            let run = run(folder.path(), &arguments(writer, out), SMALL);
            assert_eq!(run.code, Some(2), "{writer:?} into {out}: {}", run.err);
            assert_eq!(run.err.matches('×').count(), 1, "{writer:?} into {out}: {}", run.err);
        }
    }
    if bound {
        assert_eq!(fs::read_to_string(locked.join("out.json")).expect("a file"), "old");
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).expect("permissions");
    // A disk that is full from the first byte on.
    for format in ["human", "json", "sarif", "junit", "github", "short", "jsonl"] {
        let run = run_after(
            "exec > /dev/full;",
            folder.path(),
            &["check", "draft.md", "--format", format, "--standard", "rameses-synthesis", "--stage", "report"],
            SMALL,
        );
        assert!(!Path::new("/dev/full").exists() || run.code == Some(2), "{format}: {}", run.err);
    }
}

/// Nothing that is read is written over: not what is named, nor what that leads to.
#[test]
fn no_output_goes_over_what_is_read() {
    let folder = writers();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("references.bib"), "@article{a, title = {A}, year = {2019}}\n").expect("a file");
    fs::write(at("evidence.csv"), "configuration,source\nCMOC1,a\n").expect("a file");
    fs::write(at("protocol.toml"), "schema = \"realist-protocol/1\"\nkind = \"realist_review\"\n").expect("a file");
    fs::write(at("realint.toml"), "root = true\n[project]\nmanuscript = \"draft.md\"\nprotocol = \"protocol.toml\"\nbibliography = \"references.bib\"\nevidence = \"evidence.csv\"\n").expect("a file");
    symlink("draft.md", at("link.json")).expect("a link");
    symlink("more.md", at("other.json")).expect("a link");
    let before: Vec<(String, Vec<u8>)> = [
        "draft.md",
        "more.md",
        "old.md",
        "draft.docx",
        "references.bib",
        "evidence.csv",
        "protocol.toml",
        "realint.toml",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), fs::read(at(name)).expect("a file")))
    .collect();
    let same = |what: &str| {
        for (name, bytes) in &before {
            assert_eq!(&fs::read(at(name)).expect("a file"), bytes, "{what} changed {name}");
        }
    };
    for writer in WRITERS.iter().filter(|writer| writer[0] != "eval") {
        let own = writer[1];
        for out in [own.to_owned(), format!("./{own}"), format!("gold/../{own}"), at(own).display().to_string()] {
            let run = run(folder.path(), &arguments(writer, &out), SMALL);
            refused(&run, &["one of the inputs"]);
            same(&format!("{writer:?} into {out}"));
        }
        if own == "draft.md" {
            for out in ["link.json", "more.md", "other.json", "realint.toml"] {
                let run = run(folder.path(), &arguments(writer, out), SMALL);
                refused(&run, &["one of the inputs", "configuration"]);
                same(&format!("{writer:?} into {out}"));
            }
        }
    }
    for out in ["references.bib", "evidence.csv", "protocol.toml", "realint.toml", "more.md"] {
        for command in [
            &["check", ".", "--output"][..],
            &["check", ".", "--write-baseline"],
            &["report", ".", "--output"],
            &["cmo", ".", "--output"],
        ] {
            let run = run(folder.path(), &[command, &[out]].concat(), SMALL);
            refused(&run, &["one of the inputs", "configuration"]);
            same(&format!("{command:?} {out}"));
        }
    }
}
