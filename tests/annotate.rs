//! `realint annotate`: comments at the words that findings are about, and all else as it was.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use proptest::prelude::*;
use realint::annotate::annotate;
use realint::check::{self, Settings};
use realint::manuscript::Manuscript;
use realint::read::{self, NoLibrary};
use realint::report::{DocumentReport, FindingReport, url_of};
use realint::rule::{RuleSet, Severity, load};
use realint::source::Location;
use zip::write::SimpleFileOptions;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::shipped().expect("the shipped rules"));

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const MAIN: &str = "word/document.xml";

fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/docx", name, "input.docx"].iter().collect();
    std::fs::read(path).expect("a fixture")
}

fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(text.as_bytes()).expect("its bytes");
    }
    writer.finish().expect("a container").into_inner()
}

fn body(body: &str) -> String {
    format!("<w:document {W}><w:body>{body}</w:body></w:document>")
}

fn document(inner: &str) -> Vec<u8> {
    zipped(&[(MAIN, &body(inner))])
}

/// The bytes of all parts as they lie in the container, and unpacked.
fn parts(bytes: &[u8]) -> BTreeMap<String, (Vec<u8>, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a container");
    (0..archive.len())
        .map(|index| {
            let mut packed = Vec::new();
            archive.by_index_raw(index).expect("an entry").read_to_end(&mut packed).expect("bytes");
            let mut entry = archive.by_index(index).expect("an entry");
            let mut text = Vec::new();
            entry.read_to_end(&mut text).expect("bytes");
            (entry.name().to_owned(), (packed, String::from_utf8_lossy(&text).into_owned()))
        })
        .collect()
}

fn part(bytes: &[u8], name: &str) -> String {
    parts(bytes).remove(name).unwrap_or_else(|| panic!("no {name}")).1
}

fn read(bytes: &[u8]) -> Manuscript {
    let drafts = read::read(Path::new("a.docx"), bytes, None, &NoLibrary, &RULES.section_names).expect("a draft");
    Manuscript::new(drafts.into_iter().next().expect("one"), &RULES.section_names)
}

fn texts(bytes: &[u8]) -> Vec<String> {
    read(bytes).blocks.iter().map(|b| b.text.clone()).collect()
}

fn report(bytes: &[u8]) -> DocumentReport {
    let reports =
        check::check(Path::new("a.docx"), bytes, None, &NoLibrary, &RULES, &Settings::default()).expect("a report");
    reports.into_iter().next().expect("one")
}

/// A finding at bytes of a part.
fn finding(part: &str, start: usize, end: usize) -> FindingReport {
    FindingReport {
        code: "RS09".into(),
        severity: Severity::Warning,
        confidence: 1.0,
        message: "it says \"a\" < \"b\" & more".into(),
        why: "so it is".into(),
        help: "say so".into(),
        location: Location {
            start_byte: start,
            end_byte: end,
            part: (!part.is_empty()).then(|| part.to_owned()),
            ..Location::default()
        },
        block_text: String::new(),
        related: Vec::new(),
        url: url_of("RS09"),
        fingerprint: String::new(),
        label: String::new(),
        span: realint::source::Span::default(),
    }
}

/// The document with findings at these ranges of its main part.
fn with(bytes: &[u8], findings: Vec<FindingReport>) -> Vec<u8> {
    let report = DocumentReport { findings, ..report(bytes) };
    annotate(Path::new("a.docx"), bytes, &report).expect("a copy").bytes
}

/// With one finding on these words of the part.
fn on(bytes: &[u8], words: &str) -> Vec<u8> {
    let text = part(bytes, MAIN);
    let at = text.find(words).unwrap_or_else(|| panic!("no {words}"));
    with(bytes, vec![finding(MAIN, at, at + words.len())])
}

fn ids(text: &str, element: &str) -> Vec<i64> {
    text.match_indices(&format!("<w:{element} "))
        .map(|(at, _)| {
            let rest = &text[at..];
            let value = rest.find("w:id=\"").expect("an id") + 6;
            rest[value..value + rest[value..].find('"').expect("its end")].parse().expect("a number")
        })
        .collect()
}

/// The words between the marks of a comment.
fn words_of(text: &str, id: i64) -> String {
    let mark = |name: &str| {
        text.find(&format!("<w:{name} w:id=\"{id}\"/>")).unwrap_or_else(|| panic!("no {name} {id} in {text}"))
    };
    let marked = &text[mark("commentRangeStart")..mark("commentRangeEnd")];
    let mut words = String::new();
    for piece in marked.split("<w:t").skip(1).filter(|piece| piece.starts_with(['>', ' '])) {
        let from = piece.find('>').expect("a tag") + 1;
        words.push_str(&piece[from..piece.find("</w:t>").unwrap_or(piece.len())]);
    }
    words
}

/// Nothing went from the part, and the copy reads as the document did.
#[track_caller]
fn check_copy(before: &[u8], after: &[u8]) {
    assert_eq!(texts(before), texts(after));
    let (old, new) = (parts(before), parts(after));
    let may_change = |name: &str| {
        name == MAIN
            || name.contains("comments")
            || name == "[Content_Types].xml"
            || name == "word/_rels/document.xml.rels"
    };
    for (name, (packed, text)) in &old {
        let (now_packed, now) = new.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        assert!(may_change(name) || packed == now_packed, "{name} changed");
        // What was there still stands, in its order.
        let mut rest = now.chars();
        assert!(text.chars().all(|c| rest.any(|d| d == c)), "{name} lost something");
    }
    assert!(new.keys().all(|name| old.contains_key(name) || may_change(name)), "{:?}", new.keys());
    let text = &new[MAIN].1;
    let (starts, ends, marks) =
        (ids(text, "commentRangeStart"), ids(text, "commentRangeEnd"), ids(text, "commentReference"));
    let mut sorted = starts.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), starts.len(), "an id stands twice: {starts:?}");
    for id in ids(&new["word/comments.xml"].1, "comment") {
        assert_eq!(marks.iter().filter(|mark| **mark == id).count(), 1, "comment {id} is called once");
        assert_eq!(starts.contains(&id), ends.contains(&id), "comment {id}");
    }
}

#[test]
fn fixtures_keep_all_they_had_and_comments_stand_on_their_words() {
    for name in ["word", "unstyled", "pandoc", "libreoffice"] {
        let before = fixture(name);
        let report = report(&before);
        assert!(!report.findings.is_empty(), "{name}");
        let annotated = annotate(Path::new("a.docx"), &before, &report).expect(name);
        assert_eq!(annotated.comments, report.findings.len());
        check_copy(&before, &annotated.bytes);
        let text = part(&annotated.bytes, MAIN);
        let comments = part(&annotated.bytes, "word/comments.xml");
        let old: Vec<i64> = parts(&before).get("word/comments.xml").map_or_else(Vec::new, |(_, t)| ids(t, "comment"));
        let new: Vec<i64> = ids(&comments, "comment").into_iter().filter(|id| !old.contains(id)).collect();
        assert_eq!(new.len(), report.findings.len());
        assert_eq!(comments.matches("w:author=\"realint\"").count(), new.len());
        let letters = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
        for (id, finding) in new.iter().zip(&report.findings) {
            let shown = &report.sources[finding.span.source.0 as usize].text[finding.span.start..finding.span.end];
            let marked = letters(&words_of(&text, *id));
            // Words of links and fields come whole; numbers of lists stand in no run.
            let last = letters(shown.split(' ').next_back().unwrap_or_default());
            assert!(marked.contains(&last) && !marked.is_empty(), "{name}, {}: {shown:?} on {marked:?}", finding.code);
        }
        // The same bytes again.
        assert_eq!(annotate(Path::new("a.docx"), &before, &report).expect(name).bytes, annotated.bytes);
    }
}

#[test]
fn a_run_is_parted_at_the_words_and_keeps_its_looks() {
    let before = document(
        "<w:p w:rsidR=\"1\"><w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r w:rsidR=\"2\"><w:rPr><w:b/></w:rPr><w:t>One two &amp; three</w:t><w:tab/><w:t>four</w:t></w:r></w:p>",
    );
    let after = on(&before, "two");
    check_copy(&before, &after);
    let text = part(&after, MAIN);
    assert!(
        text.contains(
            "<w:r w:rsidR=\"2\"><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">One </w:t></w:r><w:commentRangeStart w:id=\"0\"/><w:r w:rsidR=\"2\"><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">two</w:t></w:r><w:commentRangeEnd w:id=\"0\"/><w:r><w:commentReference w:id=\"0\"/></w:r><w:r w:rsidR=\"2\"><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\"> &amp; three</w:t><w:tab/>"
        ),
        "{text}"
    );
    for words in ["&amp; three", "One", "three</w:t><w:tab/><w:t>fo", "four", "<w:tab/>", "amp", "r"] {
        let after = on(&before, words);
        check_copy(&before, &after);
        let text = part(&after, MAIN);
        let marked = words_of(&text, ids(&text, "commentRangeStart")[0]);
        match words {
            "&amp; three" | "One" | "four" => assert_eq!(marked, words),
            "amp" => assert_eq!(marked, "&amp;", "an entity is never cut"),
            _ => {}
        }
    }
}

#[test]
fn fields_links_boxes_and_formulas_are_taken_whole() {
    let field = "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>ADDIN ZOTERO_ITEM CSL_CITATION {}</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>(Ames 2019)</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>";
    let link = "<w:hyperlink w:anchor=\"a\"><w:r><w:t>the linked page</w:t></w:r></w:hyperlink>";
    let boxed = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>";
    let before = document(&format!(
        "<w:p><w:r><w:t>Before them</w:t></w:r>{field}{link}{boxed}<w:r><w:t>after them</w:t></w:r></w:p>"
    ));
    for (words, marked) in [("Ames", "(Ames 2019)"), ("linked", "the linked page"), ("in a", "in a box")] {
        let after = on(&before, words);
        check_copy(&before, &after);
        let text = part(&after, MAIN);
        let id = ids(&text, "commentRangeStart")[0];
        assert_eq!(words_of(&text, id), marked);
        for whole in [field, link, boxed] {
            assert!(text.contains(whole), "{whole} was cut: {text}");
        }
    }
}

#[test]
fn tracked_changes_stay_what_they_were() {
    let before = document(
        "<w:p><w:ins w:id=\"4\" w:author=\"A\"><w:r><w:t>put in here</w:t></w:r></w:ins><w:del w:id=\"5\" w:author=\"A\"><w:r><w:delText>taken out</w:delText></w:r></w:del><w:r><w:rPr><w:b/><w:rPrChange w:id=\"6\" w:author=\"A\"><w:rPr/></w:rPrChange></w:rPr><w:t>made bold now</w:t></w:r></w:p>",
    );
    for (words, marked) in [("in", "in"), ("bold", "made bold now")] {
        let before_text = part(&before, MAIN);
        let at = before_text.find(&format!("{words} ")).expect("the words");
        let after = with(&before, vec![finding(MAIN, at, at + words.len())]);
        check_copy(&before, &after);
        let text = part(&after, MAIN);
        let id = ids(&text, "commentRangeStart")[0];
        assert!(id > 6, "no id of a change is used again: {id}");
        assert_eq!(words_of(&text, id), marked);
        for (element, count) in [("<w:ins ", 1), ("<w:del ", 1), ("<w:rPrChange ", 1)] {
            assert_eq!(text.matches(element).count(), count, "{text}");
        }
    }
}

#[test]
fn notes_are_commented_at_their_marks_and_what_has_no_place_at_the_title() {
    let footnotes = format!(
        "<w:footnotes {W}><w:footnote w:id=\"1\"><w:p><w:r><w:t>First note.</w:t></w:r></w:p></w:footnote><w:footnote w:id=\"2\"><w:p><w:r><w:t>Second note.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    );
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes\" Target=\"footnotes.xml\"/></Relationships>";
    let main = body(
        "<w:p/><w:p><w:r><w:t>A Title: a realist review</w:t></w:r></w:p><w:p><w:r><w:t>Words</w:t></w:r><w:r><w:footnoteReference w:id=\"1\"/></w:r><w:r><w:t>more</w:t></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>",
    );
    let types = "<?xml version=\"1.0\"?>\n<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
    let before = zipped(&[
        ("[Content_Types].xml", types),
        (MAIN, &main),
        ("word/_rels/document.xml.rels", relations),
        ("word/footnotes.xml", &footnotes),
    ]);
    let at = footnotes.find("Second").expect("the note");
    let lost = finding("", 0, 0);
    let after = with(&before, vec![finding("word/footnotes.xml", at, at + 6), lost, finding("word/none.xml", 1, 2)]);
    check_copy(&before, &after);
    let text = part(&after, MAIN);
    let mark = text.find("<w:footnoteReference w:id=\"2\"/>").expect("the mark");
    let starts = ids(&text, "commentRangeStart");
    let on_mark = *ids(&text[..mark], "commentRangeStart").last().expect("a comment before the mark");
    assert!(text[mark..].contains(&format!("<w:commentRangeEnd w:id=\"{on_mark}\"/>")));
    for id in starts.iter().filter(|id| **id != on_mark) {
        assert_eq!(words_of(&text, *id), "A Title: a realist review");
    }
    assert_eq!(starts.len(), 3);
    // A document without comments gets the part, its type and the relation to it.
    assert!(part(&after, "[Content_Types].xml").contains("PartName=\"/word/comments.xml\""));
    assert!(part(&after, "word/_rels/document.xml.rels").contains("Target=\"comments.xml\""));
    let comments = part(&after, "word/comments.xml");
    assert!(comments.contains("it says &quot;a&quot; &lt; &quot;b&quot; &amp; more"), "{comments}");
    assert_eq!(read(&after).comments.len(), 3, "they are read back");
}

#[test]
fn comments_that_are_there_stay_and_their_ids_are_theirs() {
    let comments = format!(
        "<w:comments {W}><w:comment w:id=\"7\" w:author=\"B\"><w:p><w:r><w:t>Really?</w:t></w:r></w:p></w:comment></w:comments>"
    );
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments\" Target=\"/word/comments.xml\"/></Relationships>";
    let main = body(
        "<w:p><w:r><w:t xml:space=\"preserve\">A realist </w:t></w:r><w:commentRangeStart w:id=\"7\"/><w:r><w:t>review of it</w:t></w:r><w:commentRangeEnd w:id=\"7\"/><w:r><w:commentReference w:id=\"7\"/></w:r></w:p>",
    );
    let before =
        zipped(&[(MAIN, &main), ("word/_rels/document.xml.rels", relations), ("word/comments.xml", &comments)]);
    let after = on(&before, "of");
    check_copy(&before, &after);
    let new = part(&after, "word/comments.xml");
    assert!(new.starts_with(comments.trim_end_matches("</w:comments>")));
    assert_eq!(ids(&new, "comment"), [7, 8]);
    assert_eq!(words_of(&part(&after, MAIN), 7), "review of it");
    assert_eq!(words_of(&part(&after, MAIN), 8), "of");
    assert_eq!(parts(&after)["word/_rels/document.xml.rels"].0, parts(&before)["word/_rels/document.xml.rels"].0);
}

#[test]
fn other_prefixes_and_paragraphs_without_words_do() {
    let inner = "<x:p/><x:p><x:r><x:t>One two three</x:t></x:r></x:p>".replace("x:", "v:");
    let main = format!("<v:document {}><v:body>{inner}</v:body></v:document>", W.replace("xmlns:w", "xmlns:v"));
    let before = zipped(&[(MAIN, &main)]);
    let after = on(&before, "two");
    assert_eq!(texts(&before), texts(&after));
    let text = part(&after, MAIN);
    assert!(text.contains("<v:t xml:space=\"preserve\">two</v:t></v:r><w:commentRangeEnd xmlns:w="), "{text}");
    let empty = document("<w:p/><w:p><w:pPr/></w:p><w:p><w:r><w:t>Words</w:t></w:r></w:p>");
    let at = part(&empty, MAIN).find("<w:pPr/>").expect("it");
    check_copy(&empty, &with(&empty, vec![finding(MAIN, at, at + 1)]));
}

fn realint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(folder).args(arguments).output().expect("it runs")
}

#[test]
fn the_command_writes_a_copy_and_never_the_document_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let original = fixture("word");
    std::fs::write(folder.path().join("draft.docx"), &original).expect("written");
    std::fs::write(folder.path().join("draft.md"), "# A realist review\n").expect("written");
    let done = realint(folder.path(), &["annotate", "draft.docx", "-o", "out.docx"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("comments"));
    let copy = std::fs::read(folder.path().join("out.docx")).expect("a copy");
    assert!(part(&copy, "word/comments.xml").contains("w:author=\"realint\""));
    for refused in [
        &["annotate", "draft.docx", "-o", "draft.docx"][..],
        &["annotate", "draft.docx", "-o", "./draft.docx"],
        &["annotate", "draft.md", "-o", "out2.docx"],
        &["annotate", "draft.docx", "draft.md", "-o", "out2.docx"],
    ] {
        let output = realint(folder.path(), refused);
        assert_eq!(output.status.code(), Some(2), "{refused:?}");
        assert!(output.stdout.is_empty() && !folder.path().join("out2.docx").exists());
    }
    assert_eq!(std::fs::read(folder.path().join("draft.docx")).expect("the document"), original);
}

fn bodies() -> impl Strategy<Value = String> {
    let run = prop_oneof![
        Just("<w:r><w:t>one two &amp; three</w:t></w:r>"),
        Just(
            "<w:r><w:rPr><w:i/></w:rPr><w:t xml:space=\"preserve\"> caf\u{e9} \u{2014} </w:t><w:br/><w:t>x</w:t></w:r>"
        ),
        Just("<w:r><w:t> spaced </w:t></w:r>"),
        Just("<w:r/>"),
        Just("<w:r><w:t/></w:r>"),
        Just("<w:r><w:t><![CDATA[a < b]]></w:t></w:r>"),
        Just("<w:ins w:id=\"3\"><w:r><w:t>put in</w:t></w:r></w:ins>"),
        Just("<w:del w:id=\"4\"><w:r><w:delText>gone</w:delText></w:r></w:del>"),
        Just("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>"),
        Just("<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>"),
        Just("<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>"),
        Just("<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"),
        Just("<w:bookmarkStart w:id=\"9\" w:name=\"b\"/>"),
        Just("<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"),
    ];
    let paragraph = prop::collection::vec(run, 0..6).prop_map(|runs| format!("<w:p>{}</w:p>", runs.concat()));
    let table = paragraph.clone().prop_map(|p| format!("<w:tbl><w:tr><w:tc>{p}</w:tc><w:tc>{p}</w:tc></w:tr></w:tbl>"));
    prop::collection::vec(prop_oneof![3 => paragraph, 1 => table], 1..5)
        .prop_map(|all| format!("<w:p><w:r><w:t>A realist review</w:t></w:r></w:p>{}", all.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_the_places_the_copy_reads_as_the_document(
        inner in bodies(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..120), 1..6),
    ) {
        let before = document(&inner);
        let text = part(&before, MAIN);
        let findings = places.iter().map(|(at, length)| {
            let at = at.index(text.len());
            finding(MAIN, at, at + length)
        }).collect();
        let after = with(&before, findings);
        check_copy(&before, &after);
        prop_assert_eq!(ids(&part(&after, "word/comments.xml"), "comment").len(), places.len());
    }
}
