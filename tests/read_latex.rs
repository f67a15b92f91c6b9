//! LaTeX: what becomes of articles and theses, of the files that they include, and of torn ones.
#![allow(missing_docs, reason = "tests say what they test by their names")]

mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use realint::error::Error;
use realint::manuscript::{BlockKind, CitationKind, Format, Manuscript, Role};
use realint::read::{self, FolderLibrary, Library};
use support::{NAMES, block, changes, check, fixture, read_bytes, text, texts, torn, written};

/// Reads a fixture with the files beside it.
fn manuscript(name: &str) -> Manuscript {
    let path = fixture(name);
    let bytes = std::fs::read(&path).expect("a fixture");
    let mut drafts = read::read(&path, &bytes, None, &FolderLibrary, &NAMES).expect("a manuscript");
    let read = Manuscript::new(drafts.remove(0), &NAMES);
    check(&read);
    read
}

fn latex(body: &str) -> Manuscript {
    let read =
        text(&format!("\\documentclass{{article}}\n\\begin{{document}}\n{body}\n\\end{{document}}"), Format::Latex);
    check(&read);
    read
}

fn prose(read: &Manuscript) -> Vec<&str> {
    texts(read, |kind| *kind == BlockKind::Paragraph)
}

#[test]
fn an_article_is_read_with_its_front_matter_notes_tables_and_references() {
    let read = manuscript("latex/article/input.tex");
    assert_eq!(read.format, Format::Latex);
    assert_eq!(read.title_text(), Some("Reading aloud in waiting rooms: a realist synthesis"));
    assert_eq!(
        read.role_of(block(&read, "Background: Reading aloud calms some who wait, and not others.")),
        Role::Abstract
    );
    let rows = texts(&read, |kind| matches!(kind, BlockKind::TableRow { .. }));
    assert_eq!(rows, ["Document | Design | People", "Adeyemi 2019 [@adeyemi2019] | Trial | 12", "Cole 2020 | | 40%"]);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Caption), ["Figure 1: Flow of documents", "Table 1: Documents"]);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Footnote), ["As do others [see @park2017, ch. 2]."]);
    assert_eq!(texts(&read, |kind| *kind == BlockKind::Reference).len(), 2);
    let ordinals = |wanted: u64| texts(&read, move |kind| *kind == BlockKind::ListItem { ordinal: Some(wanted) });
    assert_eq!(ordinals(2), ["Why?", "A second paragraph of it."]);
    assert!(read.blocks.iter().all(|block| !block.text.contains("never said") && !block.text.contains("Nothing here")));
    assert_eq!(read.comments.len(), 1);
    assert_eq!(read.comments[0].text, "realint-ignore RS05: the protocol is under review");
    assert!(read.notes.is_empty());
}

#[test]
fn words_of_a_macro_stand_for_the_call_and_its_arguments_for_themselves() {
    let read = manuscript("latex/article/input.tex");
    assert_eq!(
        written(&read, "a reader who is unhurried is felt to be company,"),
        "a reader who is unhurried is felt to be company,"
    );
    assert_eq!(written(&read, "CMOC 1"), "\\cfg{1");
    assert_eq!(written(&read, "realist approach"), "\\ra");
    assert_eq!(written(&read, "[@adeyemi2019; @cole2020]"), "\\citep{adeyemi2019,cole2020}");
    assert_eq!(written(&read, "José"), "Jos\\'e");
}

#[test]
fn citations_of_natbib_and_biblatex_are_keys() {
    let read = manuscript("latex/biblatex/input.tex");
    let keys: Vec<&CitationKind> = read.citations.iter().map(|citation| &citation.kind).collect();
    let of = |all: &[&str]| CitationKind::Keys(all.iter().map(|key| (*key).to_owned()).collect());
    assert_eq!(keys[..4], [&of(&["oake2020"]), &of(&["fenn2018"]), &of(&["oake2020", "fenn2018"]), &of(&["fenn2018"])]);
    assert_eq!(read.title_text(), Some("Choirs on wards: A realist review"));
    let references = texts(&read, |kind| *kind == BlockKind::Reference);
    assert_eq!(
        references,
        ["Oake, N. and Ward Trust. Singing at Night. Wards. 2020", "Fënn, Jo. Quiet, please! Ellery Press. 2018"]
    );
    let place = read.locate(block(&read, references[1]), 0..4);
    assert!(place.part.is_some_and(|part| part.ends_with("library.bib")));
}

#[test]
fn a_thesis_is_read_with_its_chapters_and_a_circle_or_a_gap_is_noted() {
    let read = manuscript("latex/thesis/input.tex");
    assert_eq!(read.title_text(), Some("Gardens behind clinics A realist evaluation"));
    let note = |words: &str| assert!(read.notes.iter().any(|note| note.contains(words)), "{words} in {:?}", read.notes);
    note("includes itself");
    note("could not be read");
    assert_eq!(prose(&read)[1], "A community health worker (CHW) digs, and a CHW talks. Chapter 2 says more.");
    let place = read.locate(block(&read, "Café owners were asked in naïve ways, as Section 2.1 has it."), 0..5);
    assert!(place.part.is_some_and(|part| part.ends_with("two.tex")));
    assert_eq!(place.line, 4);
    assert!(prose(&read).contains(&"In every version."));
    assert!(!prose(&read).contains(&"Only in drafts."));
    assert_eq!(read.role_of(block(&read, "Tell me of the garden.")), Role::Supplement);
}

#[test]
fn boxes_theorems_and_columns_are_read() {
    let read = manuscript("latex/boxes/input.tex");
    let boxed: Vec<&str> = read.blocks.iter().filter(|b| b.boxed).map(|b| b.text.as_str()).collect();
    assert_eq!(
        boxed,
        [
            "CMOC 1",
            "Where beds are few, nurses hurry, and nobody sings.",
            "Programme theory",
            "Where beds are many, nurses linger.",
            "Second theory: If doors are open, then people drop in.",
        ]
    );
    block(&read, "CMOC 1 (Belonging): Context: a choir. Mechanism: pride. Outcome: attendance.");
    block(&read, "Context | Mechanism | Outcome");
    block(&read, "Left column.");
}

#[test]
fn what_is_broken_is_read_as_far_as_it_goes() {
    let read = manuscript("latex/malformed/input.tex");
    assert!(read.notes.iter().any(|note| note.contains("a brace is missing")));
    block(&read, "Text after it bold without end.");
    block(&read, "Discussion");
    manuscript("latex/truncated/input.tex");
    let read = latex("One.\n\n\\begin{verbatim}\nno end");
    assert!(read.notes[0].contains("verbatim"));
    assert_eq!(prose(&text("\\documentclass{article}\nNo beginning.", Format::Latex)), ["No beginning."]);
}

#[test]
fn latex_is_told_by_its_content() {
    let document = b"% a remark\n\\documentclass{article}\n\\begin{document}\nWords.\n\\end{document}\n";
    for name in ["-", "a.txt", "a.unknown"] {
        assert_eq!(read_bytes(document, name, None).expect("a manuscript")[0].format, Format::Latex);
    }
    let about = b"How to write:\n\n\\documentclass{article} comes first.\n";
    assert_eq!(read_bytes(about, "a.txt", None).expect("a manuscript")[0].format, Format::Text);
    let part = b"\\section{Methods}\nWe searched.\n\\subsection{More}\nTwice.\n";
    assert_eq!(read_bytes(part, "-", None).expect("a manuscript")[0].format, Format::Latex);
}

#[test]
fn abstracts_and_statements_of_journal_classes_are_headed() {
    let mdpi = "\\documentclass{mdpi}\n\\Title{Bells}\n\\abstract{\\textbf{Aim:} Bells ring.}\n\\keyword{bells; towers}\n\\begin{document}\n\\section{Introduction}\nBells.\n\\funding{None was received.}\n\\end{document}";
    let read = text(mdpi, Format::Latex);
    check(&read);
    assert_eq!(read.title_text(), Some("Bells"));
    assert_eq!(read.role_of(block(&read, "Aim: Bells ring.")), Role::Abstract);
    block(&read, "Keywords: bells; towers");
    assert_eq!(read.role_of(block(&read, "Funding: None was received.")), Role::Declarations);
    let read = latex(
        "\\begin{abstract}\n\\section*{Background}\nBells ring.\n\\end{abstract}\n\\section{Introduction}\nBells.",
    );
    assert_eq!(read.role_of(block(&read, "Background: Bells ring.")), Role::Abstract);
}

#[test]
fn symbols_accents_and_quotes_are_characters() {
    let read = latex(
        "``Na\\\"{\\i}ve'' \\c{c}a co\\^ute 5\\,\\% --- or $C + M \\rightarrow O$; \\O{}re\\ldots\\ \\textgreater~4.",
    );
    assert_eq!(prose(&read), ["\"Naïve\" ça coûte 5 % - or C + M → O; Øre... > 4."]);
}

/// A shelf on which every file includes many others.
struct Tree;

impl Library for Tree {
    fn open(&self, _from: &Path, name: &str) -> Option<(PathBuf, String)> {
        let name = name.strip_suffix(".tex")?;
        let includes: String =
            (0..9).fold(String::new(), |text, n| text + &format!("\\input{{{name}{n}}}\nWords.\n\n"));
        Some((format!("{name}.tex").into(), includes))
    }
}

#[test]
fn bombs_are_bounded() {
    let start = Instant::now();
    let mut doubling = "\\newcommand{\\aa}{lol}\n".to_owned();
    for pair in ('a'..='z').collect::<Vec<_>>().windows(2) {
        doubling += &format!("\\newcommand{{\\x{}}}{{\\x{}\\x{}}}\n", pair[1], pair[0], pair[0]);
    }
    for body in [
        format!("{doubling}\\newcommand{{\\xa}}{{words }}\\xz"),
        "\\newcommand{\\a}{\\a words}\\a".to_owned(),
        "\\newcommand{\\x}{\\x\\x}\\x".to_owned(),
        "\\newcommand{\\x}[1]{\\x{#1 a}}\\x{b}".to_owned(),
        "\\newcommand{\\x}[1]{\\x{#1#1}}\\x{b}".to_owned(),
        "\\newenvironment{e}{\\begin{e}}{\\end{e}}\\begin{e}".to_owned(),
        "\\newtheorem{e}{\\begin{e}}\\begin{e}".to_owned(),
    ] {
        let document = format!("\\documentclass{{article}}\\begin{{document}}{body}");
        let read = read_bytes(document.as_bytes(), "a.tex", None);
        assert!(matches!(read, Ok(_) | Err(Error::Excessive { .. })), "{body}");
    }
    let looping = "\\documentclass{article}\\begin{document}\\newcommand{\\y}{\\y words}\\y";
    assert!(matches!(read_bytes(looping.as_bytes(), "a.tex", None), Err(Error::Excessive { .. })));
    let tree = b"\\documentclass{article}\\begin{document}\\input{a}\\end{document}";
    let drafts = read::read(Path::new("main.tex"), tree, None, &Tree, &NAMES).expect("a manuscript");
    assert!(drafts[0].notes.iter().any(|note| note.contains("not included")), "{:?}", drafts[0].notes);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn hostile_text_is_read_in_time() {
    let start = Instant::now();
    for unit in [
        "\\paragraph{",
        "\\begin{a}",
        "\\begin{itemize}\\item ",
        "{",
        "}",
        "\\textbf{",
        "\\footnote{",
        "\\section{",
        "\\cite{",
        "\\cite[",
        "\\\\[",
        "\\newcommand{\\a}{",
        "\\def\\a",
        "\\begin{tabular}{l}",
        "&",
        "\\caption{",
        "$",
        "^{1}",
        "\\iffalse ",
        "\\else ",
        "\\end{a}",
        "\\begin{verbatim}",
        "\\verb|",
        "%\n",
        "\\multicolumn{9}{l}{a}&",
        "\\title{a}\\subtitle{b}",
        "\\'",
        "\\input{a}",
        "\\label{a}\\ref{a}",
        "\\paragraph{a}}",
        "\\item[",
        "\\parencites{a}",
        "#1",
        "\n \n",
        "\\abstract{",
        "\\begin{tcolorbox}[title={",
        "\\bibitem{a}",
        "\\gls{a}",
        "\\author{a \\and ",
        "``",
        "---",
        "\\endhead a & b \\\\",
    ] {
        let mut body = String::from("\\begin{document}\n");
        body += &unit.repeat(60_000 / unit.len());
        if let Ok(all) = read_bytes(body.as_bytes(), "a.tex", Some(Format::Latex)) {
            all.iter().for_each(check);
        }
    }
    assert!(start.elapsed() < Duration::from_mins(2), "{:?}", start.elapsed());
}

const PIECES: &[&str] = &[
    "\\",
    "{",
    "}",
    "$",
    "%",
    "&",
    "#1",
    "\\begin{",
    "\\end{",
    "\\begin{tabular}{ll}",
    "\\\\",
    "\\item",
    "\\section{",
    "\\newcommand{\\ra}{\\ra}",
    "\\footnote{",
    "\\cite{",
    "\n\n",
    "\\iffalse",
    "\\fi",
    "\\caption{",
    "\\'",
    "``",
    "^",
    "~",
    "\\end{document}",
    "\\verb|",
    "\\cfg",
    "\\input{chapters/one}",
    "\\title{",
    "\\paragraph{",
    "[",
    "\\def\\x#1{",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn torn_documents_are_read_without_a_panic_and_with_true_places(which in 0_usize..5, changes in changes(PIECES)) {
        let name = ["article", "thesis", "biblatex", "boxes", "malformed"][which];
        let path = fixture(&format!("latex/{name}/input.tex"));
        let bytes = torn(&std::fs::read(&path).expect("a fixture"), &changes);
        if let Ok(drafts) = read::read(&path, &bytes, Some(Format::Latex), &FolderLibrary, &NAMES) {
            for draft in drafts {
                check(&Manuscript::new(draft, &NAMES));
            }
        }
    }
}
