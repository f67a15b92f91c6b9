//! Bibliographies beside a manuscript: BibTeX and BibLaTeX, CSL JSON and YAML, RIS. Every entry and every
//! field that is judged knows its bytes; a broken entry is told and doesn't hide the others.

mod bibtex;
mod csl;
mod doi;
mod ris;

use std::ops::Range;
use std::path::Path;

pub use doi::{Doi, NoDoi};

use crate::structured::{Mistake, Syntax};

/// A library has no more entries than this.
const MOST_ENTRIES: usize = 200_000;
/// Mistakes that are kept of one file.
const MOST_MISTAKES: usize = 200;

/// How a bibliography is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// BibTeX or BibLaTeX.
    BibTeX,
    /// What the Citation Style Language reads, as JSON or YAML.
    Csl(Syntax),
    /// Lines with tags of two letters, as databases export them.
    Ris,
}

impl Form {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::BibTeX => "BibTeX",
            Self::Csl(_) => "CSL",
            Self::Ris => "RIS",
        }
    }

    /// The form by a file's name or, where that leaves it open, by how the text begins.
    pub fn of(path: &Path, text: &str) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "bib" | "bibtex" | "biblatex" => Self::BibTeX,
            "json" => Self::Csl(Syntax::Json),
            "yaml" | "yml" => Self::Csl(Syntax::Yaml),
            "ris" => Self::Ris,
            _ => match text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').bytes().next() {
                Some(b'[' | b'{') => Self::Csl(Syntax::Json),
                Some(b'T') => Self::Ris,
                Some(b'-' | b'r') => Self::Csl(Syntax::Yaml),
                _ => Self::BibTeX,
            },
        }
    }
}

/// Words and their place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The words, without the marks of the format.
    pub text: String,
    /// Byte range in the file.
    pub span: Range<usize>,
}

/// An entry: what is judged of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// By what it is cited; empty where the format has none.
    pub key: Words,
    /// Other keys by which it may be cited.
    pub aliases: Vec<String>,
    /// The title.
    pub title: Option<Words>,
    /// The first author or editor, as written.
    pub author: Option<String>,
    /// The year, or a date that begins with it.
    pub year: Option<String>,
    /// The DOI, as written.
    pub doi: Option<Words>,
    /// What it is filed under: single keywords.
    pub keywords: Vec<Words>,
    /// What tells works of one title apart: type, volume, number, pages, edition.
    pub marks: Vec<(&'static str, String)>,
    /// It is broken; only its key could be read.
    pub broken: bool,
}

/// A bibliography as it was read.
#[derive(Debug, Clone)]
pub struct Bibliography {
    /// How it is written.
    pub form: Form,
    /// The entries in the order of the file.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub mistakes: Vec<Mistake>,
    /// Every entry was found and has a key, so that a key that isn't here is in none.
    pub complete: bool,
}

impl Bibliography {
    /// The first entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.text == key || entry.aliases.iter().any(|alias| alias == key))
    }
}

/// Reads a bibliography. What can't be read of it becomes mistakes; the rest is there.
pub fn read(path: &Path, text: &str) -> Bibliography {
    let form = Form::of(path, text);
    let (mut entries, mut mistakes, mut complete) = match form {
        Form::BibTeX => bibtex::read(text),
        Form::Csl(syntax) => csl::read(text, syntax),
        Form::Ris => ris::read(text),
    };
    complete &= entries.len() <= MOST_ENTRIES && entries.iter().all(|entry| !entry.key.text.is_empty());
    entries.truncate(MOST_ENTRIES);
    mistakes.sort_by_key(|mistake| mistake.span.start);
    mistakes.truncate(MOST_MISTAKES);
    Bibliography { form, entries, mistakes, complete }
}

/// Letters and digits of a text in lower case, one space between words: how titles are compared.
pub(crate) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// Single keywords of a list parted by commas or semicolons, each with its place in the file.
fn keywords(text: &str, at: usize) -> Vec<Words> {
    let mut all = Vec::new();
    let mut from = 0;
    for piece in text.split_inclusive([',', ';']) {
        let bare = piece.trim_end_matches([',', ';']);
        let word = bare.trim();
        if !word.is_empty() {
            let start = at + from + (bare.len() - bare.trim_start().len());
            all.push(Words { text: word.to_owned(), span: start..start + word.len() });
        }
        from += piece.len();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Bibliography {
        read(Path::new(name), text)
    }

    #[test]
    fn the_three_forms_say_the_same_at_their_places() {
        let bib = "@article{falk2024,\n  title = {Menders and {Guests}},\n  author = \"Falk, Ines\",\n  year = 2024,\n  doi = {10.5555/x.1},\n  keywords = {included, repair},\n}\n";
        let csl = "[{\"id\": \"falk2024\", \"title\": \"Menders and Guests\", \"author\": [{\"family\": \"Falk\"}], \"issued\": {\"date-parts\": [[2024]]}, \"DOI\": \"10.5555/x.1\", \"keyword\": \"included, repair\"}]";
        let ris = "TY  - JOUR\nID  - falk2024\nTI  - Menders and Guests\nAU  - Falk, Ines\nPY  - 2024\nDO  - 10.5555/x.1\nKW  - included\nKW  - repair\nER  - \n";
        for (name, text) in [("a.bib", bib), ("a.json", csl), ("a.ris", ris), ("", bib), ("", csl), ("", ris)] {
            let library = of(name, text);
            assert_eq!(library.mistakes, [], "{name}");
            assert!(library.complete);
            let entry = library.entry("falk2024").expect("the entry");
            assert_eq!(&text[entry.key.span.clone()].trim_matches('"'), &"falk2024");
            assert_eq!(folded(&entry.title.as_ref().expect("a title").text), "menders and guests", "{name}");
            assert_eq!(entry.year.as_deref(), Some("2024"));
            assert!(entry.author.as_ref().is_some_and(|author| author.starts_with("Falk")), "{name}");
            assert_eq!(entry.doi.as_ref().map(|doi| doi.text.as_str()), Some("10.5555/x.1"));
            assert!(text[entry.doi.as_ref().expect("a DOI").span.clone()].contains("10.5555/x.1"));
            let words: Vec<&str> = entry.keywords.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(words, ["included", "repair"]);
            assert!(entry.keywords.iter().all(|word| text[word.span.clone()].contains(&word.text)), "{name}");
        }
    }

    #[test]
    fn a_broken_entry_hides_no_other() {
        let text = "@string{j = \"Journal\"}\n@article{one, title = {One}, journal = j # { of Mending}}\n@book{two,\n  title = {Two, never closed,\n  year = 2020\n\n@misc{three,\n  title = {Three}\n}\n@book(four,\n title = {Four}\n)\n@misc{six}\n\n@misc{five, title {Five}}\n";
        let library = of("a.bib", text);
        let keys: Vec<&str> = library.entries.iter().map(|entry| entry.key.text.as_str()).collect();
        assert_eq!(keys, ["one", "two", "three", "four", "six", "five"]);
        assert!(library.entry("six").is_some_and(|entry| !entry.broken));
        assert!(library.entry("two").is_some_and(|entry| entry.broken));
        assert!(library.entry("three").is_some_and(|entry| !entry.broken));
        assert!(library.mistakes.len() >= 2 && library.complete, "{:?}", library.mistakes);
        let half = of("a.ris", "TY  - JOUR\nID  - one\nTI  - One\n\nTY  - JOUR\nID  - two\nTI  - Two");
        assert_eq!((half.entries.len(), half.mistakes.len()), (2, 2));
        let half = of("a.json", "[{\"id\": \"one\", \"title\": \"One\"}, {\"id\": \"two\", \"tit");
        assert!(half.entry("one").is_some() && !half.complete && half.mistakes.len() == 1);
    }

    #[test]
    fn hostile_bibliographies_are_read_in_time() {
        let start = std::time::Instant::now();
        for text in [
            "@".repeat(1_000_000),
            "@a{".repeat(300_000),
            "\n@a{x".repeat(200_000),
            format!("@a{{x, t = {}", "{".repeat(1_000_000)),
            format!("@a{{x, t = \"{}", "\\".repeat(1_000_000)),
            "TY  - JOUR\n".repeat(200_000),
            "[".repeat(1_000_000),
        ] {
            let _ = of("", &text);
            let _ = of("a.bib", &text);
            let _ = of("a.ris", &text);
        }
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }
}
