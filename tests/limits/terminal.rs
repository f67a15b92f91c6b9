//! Whatever a manuscript, its name, its configuration or its rules say, no output steers a terminal, turns the
//! order of what is read around, or opens a page.

use std::fs;

use crate::{SMALL, folder, run};

/// Marks that steer: escape sequences (colours, titles, links), their forms in one byte, backspaces, carriage
/// returns, and marks of direction.
const MARKS: [&str; 12] = [
    "\u{1b}[31;1m",
    "\u{1b}]0;taken\u{7}",
    "\u{1b}]8;;http://example.org\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{9b}2J",
    "\u{9d}0;taken\u{9c}",
    "\u{8}\u{8}\u{8}",
    "\rover",
    "\u{7f}",
    "\u{202e}\u{2066}",
    "\u{2069}\u{202c}",
    "\u{1b}P1$r\u{1b}\\",
    "\u{b}\u{c}\u{85}",
];

fn steers(character: char) -> bool {
    let plain = matches!(character, '\n' | '\t');
    (character.is_control() && !plain) || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn tame(what: &str, bytes: &[u8]) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| panic!("{what}: {error}"));
    if let Some((at, mark)) = text.char_indices().find(|(_, c)| steers(*c)) {
        let (from, to) =
            (text.floor_char_boundary(at.saturating_sub(80)), text.ceil_char_boundary((at + 80).min(text.len())));
        panic!("{what} holds {mark:?}: {:?}", &text[from..to]);
    }
    let page = text.trim_start().starts_with('<');
    assert!(!page || !text.contains("<script>alert"), "{what} opens a script");
}

fn draft(mark: &str) -> String {
    let padding = "Padding keeps the share of control characters low, so that it is taken for a text. ".repeat(60);
    format!(
        "---\ntitle: \"Why {mark} huddles work: a realist review <script>alert(1)</script>\"\n---\n\n## Abstract {mark}\n\n\
         We {mark} asked how huddles {mark} work, for whom and in what circumstances. This review follows RAMESES {mark}.\n\n\
         ## Methods {mark}\n\nThis realist {mark}synthesis searched four {mark} databases in May 2020 [@a{mark}b].\n\n\
         ## Results\n\nCMOC1{mark}: In small {mark} teams (C), feeling {mark} heard (M) leads to {mark} speaking up (O) [1].\n\n\
         CMOC2: In large {mark}<script>alert(1)</script> teams (C), this leads to silence (O).\n\n\
         | Context | Mechanism | Outcome |\n|---|---|---|\n| small {mark} | heard {mark} | up {mark} |\n\n\
         <!-- realint-ignore RS{mark}: x -->\n<!-- realint-ign{mark} RS05: x -->\n<!-- realint-ignore RS05: {mark} -->\n\n\
         {{{{< include {mark}x.md >}}}}\n\n{padding}\n"
    )
}

const FORMATS: [&str; 7] = ["human", "short", "json", "jsonl", "sarif", "github", "junit"];

#[test]
fn no_mark_in_a_manuscript_or_its_name_reaches_an_output() {
    for (number, mark) in MARKS.iter().enumerate() {
        let folder = folder();
        let name = format!("draft{mark}.md").replace('/', "");
        let text = draft(mark);
        for name in ["draft.md", name.as_str()] {
            fs::write(folder.path().join(name), &text).expect("a file");
        }
        fs::write(folder.path().join("page.html"), format!("<!doctype html><title>A {mark}</title><h1>A realist review {mark}</h1><h2>Methods</h2><p>We searched &#27;[31m &#x9b;31m &#x202e; {mark} it. {}</p>", "Padding. ".repeat(300))).expect("a file");
        fs::write(folder.path().join("data.yaml"), format!("schema: realist-protocol/1\nkind: realist_review\ntitle: \"a \\e[31m \\x9b \\u202e \\b \\r\"\nunknown\\e: 1\n\"key\\e[31m\\u202e\": 2\n# {}\n", "padding ".repeat(200))).expect("a file");
        let mut runs: Vec<Vec<&str>> = Vec::new();
        // The first mark goes through everything, the others through what shows most.
        let files: &[&str] = if number == 0 {
            &["draft.md", &name, "page.html", "data.yaml", "."]
        } else {
            &["draft.md", &name, "page.html"]
        };
        for &file in files {
            for format in FORMATS {
                runs.push(vec![
                    "check",
                    file,
                    "--standard",
                    "rameses-synthesis",
                    "--stage",
                    "report",
                    "--pedantic",
                    "--format",
                    format,
                ]);
            }
            runs.push(vec!["check", file, "--explain-verdicts"]);
        }
        for format in ["table", "json", "csv", "mermaid", "dot", "svg"] {
            runs.push(vec!["cmo", &name, "--format", format]);
        }
        for format in ["markdown", "csv", "html"] {
            runs.push(vec!["checklist", &name, "--standard", "rameses-synthesis", "--format", format]);
        }
        runs.push(vec!["report", &name]);
        for format in ["human", "markdown", "json"] {
            runs.push(vec!["compare", "draft.md", &name, "--format", format]);
        }
        for arguments in &runs {
            let run = run(folder.path(), arguments, SMALL);
            assert!(matches!(run.code, Some(0..=2)), "{arguments:?}: {:?} {}", run.code, run.err);
            tame(&format!("{arguments:?}"), &run.out);
            tame(&format!("the errors of {arguments:?}"), run.err.as_bytes());
        }
    }
}

#[test]
fn no_mark_in_a_configuration_or_rule_reaches_an_output() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("draft.md"), draft("")).expect("a file");
    let mark = "\\u001b[31m\\u009b\\u202e\\u0008\\r\\u001b]8;;http://example.org\\u0007<script>alert(1)</script>";
    let raw = "\u{9b}31m\u{202e}\u{85}";
    let configurations = [
        format!("standard = \"x{mark}\"\n"),
        format!("select = [\"x{mark}\"]\n"),
        format!("exclude = [\"[{mark}\"]\n"),
        format!("\"key{mark}\" = 1\n"),
        format!("standard = 1 # {raw}\n"),
        format!("stage = \"{raw}\"\n"),
        format!("rules = \"{mark}\"\n"),
        format!("baseline = \"{mark}\"\n"),
        format!("[not-applicable]\nRS05 = \"because {mark}\"\n"),
        format!("[not-applicable]\n\"RS{mark}\" = \"x\"\n"),
        format!("[[suppress]]\ncode = \"RS05\"\nreason = \"{mark}\"\n"),
        format!("[[suppress]]\ncode = \"{mark}\"\nreason = \"x\"\n"),
        format!("[project]\nmanuscript = \"{mark}\"\n"),
        format!("[[sheet]]\nglob = \"*.csv\"\ncolumns = {{ \"{mark}\" = \"x\" }}\n"),
    ];
    for text in configurations {
        fs::write(at("realint.toml"), format!("root = true\n{text}")).expect("a file");
        for format in ["human", "json", "sarif", "junit", "github", "short"] {
            for file in ["draft.md", "."] {
                let run =
                    run(folder.path(), &["check", file, "--format", format, "--standard", "rameses-synthesis"], SMALL);
                tame(&format!("{format} with {text:?}"), &run.out);
                tame(&format!("the errors with {text:?}"), run.err.as_bytes());
            }
        }
    }
    fs::write(at("realint.toml"), "root = true\n").expect("a file");
    // A rule that says so itself: message, help, source, name, and the pack's own name.
    let pack = folder.path().join("pack");
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/packs/journal");
    for entry in glob::glob(&shipped.join("**/*.toml").to_string_lossy()).expect("a pattern").flatten() {
        let to = pack.join(entry.strip_prefix(&shipped).expect("inside"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        let text = fs::read_to_string(&entry).expect("a file");
        // Every text of one line that a person reads.
        let keys = [
            "name",
            "title",
            "message",
            "help",
            "asks",
            "label",
            "note",
            "why",
            "source",
            "description",
            "url",
            "reason",
        ];
        let marked: String = text
            .lines()
            .map(|line| {
                let key = line.split('=').next().unwrap_or_default().trim();
                let one = line.ends_with('"') && line.matches('"').count() == 2 && keys.contains(&key);
                if one { format!("{} {mark}\"\n", &line[..line.len() - 1]) } else { format!("{line}\n") }
            })
            .collect();
        fs::write(to, marked).expect("a file");
    }
    let commands: [&[&str]; 14] = [
        &["check", "draft.md", "--rules", "pack", "--stage", "report"],
        &["check", "draft.md", "--rules", "pack", "--stage", "report", "--explain-verdicts"],
        &["check", "draft.md", "--rules", "pack", "--format", "short"],
        &["check", "draft.md", "--rules", "pack", "--format", "json"],
        &["check", "draft.md", "--rules", "pack", "--format", "sarif"],
        &["check", "draft.md", "--rules", "pack", "--format", "junit"],
        &["check", "draft.md", "--rules", "pack", "--format", "github"],
        &["checklist", "draft.md", "--rules", "pack", "--format", "markdown"],
        &["checklist", "draft.md", "--rules", "pack", "--format", "csv"],
        &["checklist", "draft.md", "--rules", "pack", "--format", "html"],
        &["report", "draft.md", "--rules", "pack"],
        &["rules", "list", "--rules", "pack"],
        &["rules", "test", "--rules", "pack"],
        &["explain", "RS05", "--rules", "pack"],
    ];
    for arguments in commands {
        let run = run(folder.path(), arguments, SMALL);
        assert!(matches!(run.code, Some(0..=2)), "{arguments:?}: {:?} {}", run.code, run.err);
        tame(&format!("{arguments:?} by rules that steer"), &run.out);
        tame(&format!("the errors of {arguments:?} by rules that steer"), run.err.as_bytes());
    }
    // Arguments are said back in errors.
    let bare = "\u{1b}[31m\u{202e}\u{8}";
    for arguments in [
        &["check", bare][..],
        &["check", "draft.md", "--standard", bare],
        &["check", "draft.md", "--stage", bare],
        &["check", "draft.md", "--select", bare],
        &["check", "draft.md", "--rules", bare],
        &["explain", bare],
        &["check", "draft.md", "--format", bare],
        &[bare],
        &["check", "draft.md", "--config", bare],
    ] {
        let run = run(folder.path(), arguments, SMALL);
        tame(&format!("{arguments:?}"), &run.out);
        tame(&format!("the errors of {arguments:?}"), run.err.as_bytes());
    }
}
