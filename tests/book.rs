//! The book in docs/: its pages are current, and its links lead somewhere.
//!
//! `REALINT_WRITE_DOCS=1 cargo test --test book` writes what is made from other things: the pages of the
//! rules, their list in SUMMARY.md, the inputs of the action, and the picture of a terminal.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use realint::render::rule_pages;
use realint::report::url_of;
use realint::rule::load;

const BOOK: &str = "https://realint.github.io/realint/";
const REPOSITORY: &str = "https://github.com/realint/realint/";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_to_write() -> bool {
    std::env::var_os("REALINT_WRITE_DOCS").is_some()
}

/// Holds a file against what it should say, or writes it.
fn hold(path: &str, wanted: &str) {
    let file = root().join(path);
    if is_to_write() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        realint::write::file(&file, wanted.as_bytes()).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == wanted, "{path} is old: REALINT_WRITE_DOCS=1 cargo test --test book writes it anew");
}

/// A file with the text between two marks replaced.
fn between(path: &str, name: &str, wanted: &str) -> String {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{begin}{wanted}{end}{after}")
}

#[test]
fn the_pages_of_the_rules_are_current() {
    hold_pages();
}

/// Holds the pages of the rules and their list against the rules, or writes them.
fn hold_pages() {
    let pages = rule_pages(&load::shipped().unwrap());
    let mut list = String::from("\n");
    for page in &pages {
        hold(&format!("docs/rules/{}", page.file), &page.text);
        let title = page.title.replace('[', "\\[").replace(']', "\\]");
        let _ = writeln!(list, "{}- [{title}](rules/{})", "  ".repeat(page.depth), page.file);
    }
    list.push('\n');
    hold("docs/SUMMARY.md", &between("docs/SUMMARY.md", "rules", &list));
    let wanted: BTreeSet<&str> = pages.iter().map(|page| page.file.as_str()).collect();
    for entry in std::fs::read_dir(root().join("docs/rules")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(wanted.contains(name.as_str()), "docs/rules/{name} is the page of no rule");
    }
}

#[test]
fn every_code_leads_to_its_page() {
    let rules = load::shipped().unwrap();
    let chapters = chapters();
    for code in rules.codes() {
        let url = url_of(code);
        let page = url.strip_prefix(BOOK).unwrap().replace(".html", ".md");
        assert!(chapters.contains(&PathBuf::from(&page)), "{url} is no page of the book");
    }
}

#[test]
fn the_inputs_of_the_action_are_listed() {
    let action = std::fs::read_to_string(root().join("action.yml")).unwrap();
    let inputs = action.split("\ninputs:\n").nth(1).unwrap().split("\noutputs:").next().unwrap();
    let mut table = String::from("\n| input | default | what it says |\n|---|---|---|\n");
    let mut name = "";
    let mut about = "";
    for line in inputs.lines() {
        let indent = line.len() - line.trim_start().len();
        let (key, value) = line.trim().split_once(':').unwrap_or_default();
        let value = value.trim().trim_matches('"');
        match (indent, key) {
            (2, key) => name = key,
            (4, "description") => about = value,
            (4, "default") => {
                let default = if value.is_empty() { String::new() } else { format!("`{value}`") };
                let _ = writeln!(table, "| `{name}` | {default} | {about} |");
            }
            _ => {}
        }
    }
    table.push('\n');
    hold("docs/repositories.md", &between("docs/repositories.md", "inputs", &table));
}

/// What `realint check` shows at a terminal, as a picture.
#[test]
fn the_picture_of_a_terminal_is_true() {
    let arguments = ["examples/02-gappy-review/review.qmd", "--select", "RS10,CMO001"];
    let output = Command::new(env!("CARGO_BIN_EXE_realint"))
        .current_dir(root())
        .args(arguments)
        .env_remove("NO_COLOR")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("\u{1b}["), "nothing is coloured");
    let shown = format!("\u{1b}[1m$ realint {}\u{1b}[0m\n{printed}", arguments.join(" "));
    let colour = |red, green, blue| anstyle::RgbColor(red, green, blue);
    // As terminals have them whose colours can be read on a dark ground.
    let normal = [
        colour(0x1b, 0x1f, 0x24),
        colour(0xff, 0x7b, 0x72),
        colour(0x56, 0xd3, 0x64),
        colour(0xe3, 0xb3, 0x41),
        colour(0x79, 0xc0, 0xff),
        colour(0xd2, 0xa8, 0xff),
        colour(0x76, 0xe3, 0xea),
        colour(0xd8, 0xde, 0xe6),
    ];
    let both: Vec<_> = normal.iter().chain(&normal).copied().collect();
    let palette = anstyle_svg::Palette(both.try_into().unwrap());
    let picture = anstyle_svg::Term::new().palette(palette).min_width_px(900).render_svg(&shown);
    hold("docs/screenshot.svg", &(picture.trim_end().to_owned() + "\n"));
}

/// The files that SUMMARY.md lists, from docs/.
fn chapters() -> BTreeSet<PathBuf> {
    static WRITTEN: Once = Once::new();
    // What the list leads to must be there before links are followed.
    WRITTEN.call_once(|| {
        if is_to_write() {
            hold_pages();
        }
    });
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    links(&summary).into_iter().map(PathBuf::from).collect()
}

/// Where links and pictures of a page lead.
fn links(text: &str) -> Vec<String> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
            _ => None,
        })
        .collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let letters = heading.take().unwrap_or_default().to_lowercase();
                let kept = letters.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
            }
            _ => {}
        }
    }
    anchors
}

fn pages_below(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages_below(&path, pages);
        } else if path.extension().is_some_and(|e| e == "md") {
            pages.push(path);
        }
    }
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[test]
fn every_link_leads_somewhere() {
    let docs = root().join("docs");
    let chapters = chapters();
    let mut pages: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|p| root().join(p)).into();
    pages_below(&root().join("examples"), &mut pages);
    let mut of_the_book = Vec::new();
    pages_below(&docs, &mut of_the_book);
    let mut wrong = Vec::new();
    for page in &of_the_book {
        let name = page.strip_prefix(&docs).unwrap();
        if name != Path::new("SUMMARY.md") && !chapters.contains(name) {
            wrong.push(format!("docs/{} is not in SUMMARY.md, so the book doesn't have it", name.display()));
        }
    }
    pages.append(&mut of_the_book);
    let mut seen = 0;
    for page in &pages {
        let text = std::fs::read_to_string(page).unwrap();
        for link in links(&text) {
            seen += 1;
            if let Some(problem) = problem(page, &text, &link, &chapters) {
                wrong.push(format!("{}: {link}: {problem}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(seen > 500, "only {seen} links were seen");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a link on a page; nothing is asked of other sites.
fn problem(page: &Path, text: &str, link: &str, chapters: &BTreeSet<PathBuf>) -> Option<String> {
    let (address, anchor) = link.split_once('#').unwrap_or((link, ""));
    if let Some(rest) = address.strip_prefix(REPOSITORY) {
        let path = rest.strip_prefix("blob/main/").or_else(|| rest.strip_prefix("tree/main/"))?;
        return (!root().join(path).exists()).then(|| "the repository has no such file".into());
    }
    if let Some(rest) = address.strip_prefix(BOOK) {
        let there = match rest.strip_prefix("schema/") {
            Some(schema) => root().join("schema").join(schema).exists(),
            None => rest.is_empty() || chapters.contains(&PathBuf::from(rest.replace(".html", ".md"))),
        };
        return (!there).then(|| "the book has no such page".into());
    }
    if address.contains("://") || address.starts_with("mailto:") {
        return None;
    }
    if address.is_empty() {
        return (!anchors(text).contains(anchor)).then(|| "there is no such heading".into());
    }
    let target = plain(&page.parent().unwrap().join(address));
    if !target.exists() {
        return Some("there is no such file".into());
    }
    let docs = root().join("docs");
    if page.starts_with(&docs) {
        let Ok(inside) = target.strip_prefix(&docs) else {
            return Some(format!("the book has only docs/; write {REPOSITORY}blob/main/…"));
        };
        if target.is_dir() || (inside.extension().is_some_and(|e| e == "md") && !chapters.contains(inside)) {
            return Some("this is no page of the book".into());
        }
    }
    if !anchor.is_empty() && !anchors(&std::fs::read_to_string(&target).unwrap()).contains(anchor) {
        return Some("there is no such heading on that page".into());
    }
    None
}

/// Addresses of the book that the program, the action and the wheel name.
#[test]
fn addresses_in_the_program_are_pages() {
    let chapters = chapters();
    let files = ["src/cli/init/realint.toml", "src/protocol/schema.rs", "src/render/sarif.rs", "pyproject.toml"];
    for file in files {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for rest in text.split(BOOK).skip(1) {
            let name: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_')).collect();
            let there = match name.strip_prefix("schema/") {
                Some(schema) => root().join("schema").join(schema).exists(),
                None => name.is_empty() || chapters.contains(&PathBuf::from(name.replace(".html", ".md"))),
            };
            assert!(there, "{file} names {BOOK}{name}, which the book doesn't have");
        }
    }
}
