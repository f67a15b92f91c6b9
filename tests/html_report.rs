//! `realint report`: all that the JSON report says is on the page, at its place, and whatever stands in
//! a manuscript stays text. tests/browser uses the page in a browser.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use html5gum::{Token, Tokenizer};
use serde_json::Value;

fn realint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(folder).args(arguments).output().expect("it runs")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(folder: &Path, arguments: &[&str]) -> Page {
    let output = realint(folder, &[&["report"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    Page::new(String::from_utf8(output.stdout).unwrap())
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = realint(folder, &[&["check", "--format", "json"], arguments].concat());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A page as a browser takes it apart: its tags, and the text inside each element that has an id.
struct Page {
    html: String,
    tags: Vec<(String, BTreeMap<String, String>)>,
    by_id: BTreeMap<String, String>,
    text: String,
}

const VOID: &[&str] = &["meta", "link", "input", "br", "img"];

impl Page {
    fn new(html: String) -> Self {
        let (mut tags, mut text) = (Vec::new(), String::new());
        let mut open: Vec<(String, Option<String>, usize)> = Vec::new();
        let mut by_id = BTreeMap::new();
        let words = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        for token in Tokenizer::new(html.as_str()) {
            match token.unwrap() {
                Token::StartTag(tag) => {
                    let name = words(&tag.name);
                    let attributes: BTreeMap<_, _> = tag.attributes.iter().map(|(k, v)| (words(k), words(v))).collect();
                    let id = attributes.get("id").cloned();
                    if !VOID.contains(&name.as_str()) && !tag.self_closing {
                        open.push((name.clone(), id, text.len()));
                    }
                    tags.push((name, attributes));
                }
                Token::EndTag(tag) => {
                    let (name, id, from) = open.pop().expect("an open element");
                    assert_eq!(name, words(&tag.name), "elements nest");
                    if let Some(id) = id {
                        let inside = text[from..].to_owned();
                        assert!(by_id.insert(id.clone(), inside).is_none(), "{id} stands twice");
                    }
                }
                Token::String(string) => text.push_str(&words(&string)),
                _ => {}
            }
        }
        assert!(open.is_empty(), "{open:?} stay open");
        Self { html, tags, by_id, text }
    }

    fn all(&self, name: &str, attribute: &str) -> Vec<&str> {
        let of = |(tag, all): &&(String, BTreeMap<String, String>)| tag == name && all.contains_key(attribute);
        self.tags.iter().filter(of).map(|(_, all)| all[attribute].as_str()).collect()
    }

    #[track_caller]
    fn says(&self, id: &str, words: &str) {
        let inside = self.by_id.get(id).unwrap_or_else(|| panic!("there is no #{id}"));
        // What stands between backticks is shown as code.
        let plain = |text: &str| text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(inside).contains(&plain(words)), "#{id} doesn't say {words:?}: {inside}");
    }
}

/// Manuscripts of every format, one a file.
const MANUSCRIPTS: &[&str] = &[
    "examples/01-clean-review/review.md",
    "examples/02-gappy-review/review.qmd",
    "examples/03-protocol/protocol.md",
    "examples/04-protocol-file/gappy-protocol.yaml",
    "examples/04-protocol-file/protocol.toml",
    "tests/fixtures/docx/word/input.docx",
    "tests/fixtures/jats/article/input.xml",
    "tests/fixtures/pdf/two-columns.pdf",
];

#[test]
fn every_finding_and_item_is_on_the_page_with_its_place() {
    for path in MANUSCRIPTS {
        let page = page(root(), &[path]);
        let report = json(root(), &[path]);
        let document = &report["documents"][0];
        let name = |location: &Value| {
            let number = |field: &str| location[field].as_u64();
            match number("page") {
                Some(page) => format!("page {page}"),
                None if document["format"] == "docx" => format!("paragraph {}", number("line").unwrap()),
                None => format!("line {}", number("line").unwrap()),
            }
        };
        let list = |value: &Value| value.as_array().unwrap().clone();
        for (index, finding) in list(&document["findings"]).iter().enumerate() {
            let id = format!("f{}", index + 1);
            for field in ["code", "severity", "message", "why", "help"] {
                page.says(&id, finding[field].as_str().unwrap());
            }
            page.says(&id, &name(&finding["location"]));
            assert!(page.all("a", "href").contains(&finding["url"].as_str().unwrap()));
            assert!(page.by_id.contains_key(&format!("{id}-at")), "{path}: {finding} has no place in the text");
            for (at, related) in list(&finding["related"]).iter().enumerate() {
                page.says(&id, related["message"].as_str().unwrap());
                assert!(page.by_id.contains_key(&format!("{id}-r{}", at + 1)), "{path}: {related} has no place");
            }
        }
        for item in list(&document["items"]) {
            let id = format!("item-{}", item["code"].as_str().unwrap());
            page.says(&id, item["name"].as_str().unwrap());
            for lack in list(&item["lacks"]) {
                page.says(&id, lack.as_str().unwrap());
            }
            for evidence in list(&item["evidence"]) {
                page.says(&id, evidence["part"].as_str().unwrap());
                page.says(&id, &name(&evidence["location"]));
            }
        }
        for index in 0..list(&document["configurations"]).len() {
            assert!(page.by_id.contains_key(&format!("configuration{}", index + 1)), "{path}");
            assert!(page.by_id.contains_key(&format!("c{}", index + 1)), "{path}: it has no place in the text");
        }
        for note in list(&document["notes"]) {
            assert!(page.text.contains(note.as_str().unwrap()), "{path}: {note}");
        }
    }
}

#[test]
fn a_link_to_evidence_leads_to_the_sentence() {
    let path = "examples/02-gappy-review/review.qmd";
    let page = page(root(), &[path]);
    let report = json(root(), &[path]);
    for item in report["documents"][0]["items"].as_array().unwrap() {
        for evidence in item["evidence"].as_array().unwrap() {
            let text = evidence["text"].as_str().unwrap();
            let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let code = item["code"].as_str().unwrap();
            let leads = page.tags.iter().any(|(_, all)| {
                all.get("data-items").is_some_and(|items| items.split(' ').any(|i| i == code))
                    && all.get("id").is_some_and(|id| plain(&page.by_id[id]).starts_with(&plain(text)))
            });
            assert!(leads, "{code}: {text}");
        }
    }
}

#[test]
fn links_on_the_page_lead_somewhere_and_nothing_is_fetched() {
    for arguments in [MANUSCRIPTS, &["tests/fixtures/pdf/two-columns.pdf"]] {
        let page = page(root(), arguments);
        for link in page.all("a", "href") {
            match link.strip_prefix('#') {
                Some(id) => assert!(page.by_id.contains_key(id), "{link} leads nowhere"),
                None => assert!(link.starts_with("https://realint.github.io/"), "{link}"),
            }
        }
        let words = page.all("svg", "aria-labelledby").into_iter().chain(page.all("section", "aria-labelledby"));
        for id in words.flat_map(str::split_whitespace) {
            assert!(page.by_id.contains_key(id), "{id} names nothing");
        }
        assert_eq!(page.all("link", "href"), ["data:,"]);
        assert!(
            ["src", "srcset", "action", "style", "onclick", "data"]
                .iter()
                .all(|attribute| { page.tags.iter().all(|(_, all)| !all.contains_key(*attribute)) })
        );
        assert!(page.html.contains("default-src 'none'"));
    }
}

const HOSTILE: &str = "\
# <script>alert(1)</script> A realist review \u{202e}of tablets

## Methods \"><img src=x onerror=alert(1)>

This realist review searched Medline </section></main> in 2020 \u{1b}[31m and \u{85}so on \u{2066}x\u{2069}.

<script>alert(2)</script>

A | B
--|--
'\" onclick=alert(3) | javascript:alert(4)

CMOC1: In \"small\" & <b>rude</b> teams' sheds (C), staff speak up </title> (O).
";

#[test]
fn hostile_text_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let protocol = "schema: realist-protocol/1\ntitle: <script>alert(1)</script> \u{202e}of tablets\nkind: <b>x</b>\n";
    for (name, text) in
        [("draft.md", HOSTILE), ("draft.txt", HOSTILE), ("a<b>&\"'.md", HOSTILE), ("protocol.yaml", protocol)]
    {
        if std::fs::write(folder.path().join(name), text).is_err() {
            continue; // Windows knows no such name.
        }
        let page = page(folder.path(), &[name, "--standard", "rameses-synthesis"]);
        let known = "html head meta link title style body div header p h1 nav ul li a main form fieldset legend label \
            input span select option optgroup button section strong code bdi table thead tbody tr th td ol article h2 \
            h3 h4 h5 h6 mark figure svg desc defs marker path g rect text footer script pre";
        let known: BTreeSet<&str> = known.split_whitespace().collect();
        for (tag, attributes) in &page.tags {
            assert!(known.contains(tag.as_str()), "{name}: <{tag}>");
            assert!(attributes.keys().all(|key| !key.starts_with("on")), "{name}: {attributes:?}");
        }
        assert_eq!(page.tags.iter().filter(|(tag, _)| tag == "script").count(), 1);
        let steers = |c: char| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!page.html.contains(steers), "{name}");
        let named = page.text.contains("[U+202E]of tablets");
        assert!(named || text == HOSTILE, "{name}: what a reader of manuscripts doesn't fold away is named");
    }
}

#[test]
fn several_manuscripts_share_a_page_and_too_many_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join("examples/02-gappy-review/review.qmd")).unwrap();
    for number in 0..101 {
        std::fs::write(folder.path().join(format!("{number:03}.md")), "# A trial\n\nWe tried.\n").unwrap();
    }
    std::fs::write(folder.path().join("review.md"), &text).unwrap();
    std::fs::write(folder.path().join("again.md"), text).unwrap();
    let page = page(folder.path(), &["review.md", "again.md", "000.md"]);
    assert!(["d1-f1", "d2-f1", "d2-drawing-title", "d3-text"].iter().all(|id| page.by_id.contains_key(*id)));
    assert!(page.by_id["d3-summary"].contains("Summary") && !page.by_id.contains_key("d3-items"));
    let output = realint(folder.path(), &["report", "."]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("103 manuscripts"), "{said}");
}

#[test]
fn records_of_a_database_are_shown_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let record = |n: usize| {
        format!(
            "PMID- {n}\nTI  - Walking groups {n}: a realist review\nAB  - We asked how walking groups work. This realist review searched Medline.\n\n"
        )
    };
    std::fs::write(folder.path().join("export.txt"), [record(1), record(2)].concat()).unwrap();
    let report = json(folder.path(), &["export.txt"]);
    let number = report["documents"].as_array().unwrap().len();
    assert_eq!(number, 2);
    let page = page(folder.path(), &["export.txt"]);
    assert!((1..=number).all(|n| page.by_id[&format!("d{n}-title")].contains(&format!("Walking groups {n}"))));
}

#[test]
fn a_page_is_written_whole_and_never_over_the_manuscript() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(root().join("examples/02-gappy-review/review.qmd"), folder.path().join("draft.qmd")).unwrap();
    let output = realint(folder.path(), &["report", "draft.qmd", "-o", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "findings are no failure");
    let written = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(written.ends_with("</html>"));
    assert_eq!(written, page(folder.path(), &["draft.qmd"]).html, "the same bytes give the same page");
    let before = std::fs::read(folder.path().join("draft.qmd")).unwrap();
    let refused = realint(folder.path(), &["report", "draft.qmd", "-o", "./draft.qmd"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(before, std::fs::read(folder.path().join("draft.qmd")).unwrap());
    let nowhere = realint(folder.path(), &["report", "draft.qmd", "-o", "no/such/folder.html"]);
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn a_project_shows_each_file_and_both_places_of_what_disagrees() {
    let page = page(&root().join("examples/review-project"), &[]);
    let report = json(&root().join("examples/review-project"), &[]);
    let mut elsewhere = 0;
    for (number, document) in report["documents"].as_array().unwrap().iter().enumerate() {
        for (index, finding) in document["findings"].as_array().unwrap().iter().enumerate() {
            let id = format!("d{}-f{}", number + 1, index + 1);
            page.says(&id, finding["message"].as_str().unwrap());
            assert!(page.by_id.contains_key(&format!("{id}-at")), "{id} has no place in the text");
            for related in finding["related"].as_array().unwrap() {
                let location = &related["location"];
                let Some(path) = location["path"].as_str() else { continue };
                elsewhere += 1;
                page.says(&id, &format!("At {path}, line {}", location["line"]));
            }
        }
    }
    assert!(elsewhere > 3);
}

#[test]
fn of_a_long_bibliography_only_what_is_said_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut entries: String = (0..1500)
        .map(|n| format!("@book{{key{n},\n title = {{Title {n}}}\n}}\n"))
        .fold(String::new(), |all, entry| all + &entry);
    entries.push_str("@book{key7,\n title = {Twice}\n}\n");
    std::fs::write(folder.path().join("references.bib"), entries).unwrap();
    std::fs::write(
        folder.path().join("review.md"),
        "# Walks: a realist review\n\n## Methods\n\nWe searched [@key7].\n",
    )
    .unwrap();
    let project = "root = true\n[project]\nmanuscript = \"review.md\"\nbibliography = \"references.bib\"\n";
    std::fs::write(folder.path().join("realint.toml"), project).unwrap();
    let page = page(folder.path(), &["."]);
    assert!(
        page.text.contains("BIB802")
            && page.text.contains("Twice")
            && page.text.contains("lines of which nothing is said")
    );
    assert!(!page.text.contains("Title 900"));
}

#[test]
fn what_is_silenced_is_listed_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join("examples/02-gappy-review/review.qmd")).unwrap();
    let silenced = text.clone() + "\n<!-- realint-ignore-file RS07: scoping is in the <protocol> -->\n";
    std::fs::write(folder.path().join("draft.qmd"), silenced).unwrap();
    let written = realint(folder.path(), &["check", "draft.qmd", "--write-baseline", "known.json"]);
    assert_eq!(written.status.code(), Some(0));
    let quiet = page(folder.path(), &["draft.qmd"]);
    assert!(quiet.text.contains("By a comment: scoping is in the <protocol>"));
    let known = page(folder.path(), &["draft.qmd", "--baseline", "known.json"]);
    assert!(known.all("article", "data-code").is_empty());
    assert!(known.text.contains("By the baseline") && known.text.contains("Nothing was found that needs mending"));
}

#[test]
fn a_text_without_a_realist_method_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trial.md"), "# A trial\n\nWe tried.\n").unwrap();
    let page = page(folder.path(), &["trial.md"]);
    assert!(page.text.contains("was held against no standard") && page.text.contains("We tried."));
    assert!(!page.by_id.contains_key("items") && !page.by_id.contains_key("filters"));
}
