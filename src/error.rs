//! What can go wrong with realint itself, as opposed to findings in a manuscript: rendered by
//! miette, always with what is wrong, where, and what to do.

use std::path::PathBuf;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// realint could not do its job. The command line turns every one of these into exit code 2.
#[derive(Debug, Error, Diagnostic)]
pub enum Error {
    /// A file could not be read.
    #[error("{} could not be read", path.display())]
    #[diagnostic(code(realint::read), help("check the path, and that you may read it"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The web application can't be served.
    #[error("port {port} can't be served")]
    #[diagnostic(code(realint::serve), help("another program may hold it: leave out `--port`, or name another one"))]
    Serve {
        /// The port.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is larger than any manuscript.
    #[error("{} is {} MB; realint reads files up to {} MB", path.display(), bytes / 1_048_576, most / 1_048_576)]
    #[diagnostic(code(realint::too_large), help("check that it is a manuscript; a corpus is checked file by file"))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// The longest that is read.
        most: u64,
    },
    /// The bytes of a file are no text.
    #[error("{} is no text: it looks like {looks_like}", path.display())]
    #[diagnostic(
        code(realint::not_text),
        help(
            "realint reads Word documents (.docx), PDF, Markdown, Quarto, R Markdown, LaTeX, HTML, JATS and TEI XML, and plain text"
        )
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        looks_like: &'static str,
    },
    /// A file is of a kind that realint doesn't read.
    #[error("{} is {what}, which realint doesn't read", path.display())]
    #[diagnostic(code(realint::unsupported))]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do.
        #[help]
        help: &'static str,
    },
    /// A file is locked with a password.
    #[error("{} is locked with a password", path.display())]
    #[diagnostic(
        code(realint::locked),
        help("open it, take the password off (Word: File, Info, Protect Document), and save it again")
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A file is cut short or otherwise broken.
    #[error("{} is damaged: {message}", path.display())]
    #[diagnostic(code(realint::damaged), help("{help}"))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is broken, and where.
        message: String,
        /// What to do.
        help: &'static str,
    },
    /// A file holds more than any manuscript does: nesting, paragraphs, bytes once unpacked.
    #[error("{} holds {what}; no manuscript does", path.display())]
    #[diagnostic(
        code(realint::excessive),
        help("realint stops here lest a hostile file take all memory; check where the file comes from")
    )]
    Excessive {
        /// The file.
        path: PathBuf,
        /// Of what there is too much.
        what: String,
    },
    /// A file shows text to the eye and holds none.
    #[error("{} holds no text: {why}", path.display())]
    #[diagnostic(code(realint::no_text), help("{help}"))]
    NoText {
        /// The file.
        path: PathBuf,
        /// What it holds instead.
        why: String,
        /// What to do.
        help: &'static str,
    },
    /// A file has no text in it.
    #[error("{} is empty", path.display())]
    #[diagnostic(code(realint::empty), help("nothing was checked; was the draft saved?"))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A marked-up file holds no text of the format that it was read as.
    #[error("{} holds no {wanted}{}", path.display(), root.as_ref().map(|r| format!(": its outermost element is <{r}>")).unwrap_or_default())]
    #[diagnostic(
        code(realint::other_markup),
        help(
            "realint reads JATS (<article>, as PubMed Central gives it), TEI (<TEI>, as GROBID gives it) and HTML; `--input-format` names the format where the file doesn't"
        )
    )]
    OtherMarkup {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        wanted: &'static str,
        /// The outermost element, where there is one.
        root: Option<String>,
    },
    /// A structured file is no protocol.
    #[error("{} is a {syntax} file, and no realist protocol", path.display())]
    #[diagnostic(
        code(realint::no_protocol),
        help(
            "a protocol says schema = \"realist-protocol/1\"; `realint protocol new` writes one to begin with, and docs/protocol.md lists its fields"
        )
    )]
    NoProtocol {
        /// The file.
        path: PathBuf,
        /// How it is written.
        syntax: &'static str,
    },
    /// A structured file holds no configurations.
    #[error("{} holds no record of a configuration", path.display())]
    #[diagnostic(
        code(realint::no_records),
        help(
            "a record has two or more of the fields context, mechanism (or resource, response) and outcome; where a team names them otherwise, `[[sheet]]` in realint.toml says so: columns = {{ context = \"Circumstances\" }}"
        )
    )]
    NoRecords {
        /// The file.
        path: PathBuf,
    },
    /// A folder or pattern holds no manuscript.
    #[error("no manuscript was found in {what}")]
    #[diagnostic(
        code(realint::no_manuscripts),
        help(
            "realint looks for .docx, .pdf, .md, .markdown, .qmd, .rmd, .tex, .txt, .html, JATS and TEI files that .gitignore doesn't exclude; a file named directly is always read"
        )
    )]
    NoManuscripts {
        /// The folder or pattern.
        what: String,
    },
    /// A name given by the user is unknown.
    #[error("there is no {kind} `{name}`")]
    #[diagnostic(code(realint::unknown))]
    Unknown {
        /// What was named: a standard, a rule code, a stage.
        kind: &'static str,
        /// What the user wrote.
        name: String,
        /// The nearest existing name, or the list of them.
        #[help]
        help: String,
    },
    /// A rule file or the configuration is wrong at a known place.
    #[error("{message}")]
    #[diagnostic(code(realint::toml))]
    Toml {
        /// What is wrong.
        message: String,
        /// The file.
        #[source_code]
        source_code: NamedSource<String>,
        /// Where in it.
        #[label("{label}")]
        span: SourceSpan,
        /// A few words at the place.
        label: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
    /// A gold file is broken, or doesn't fit the rules, at a known place.
    #[error("{message}")]
    #[diagnostic(code(realint::gold), help("{help}"))]
    Gold {
        /// What is wrong.
        message: String,
        /// The file.
        #[source_code]
        source_code: NamedSource<String>,
        /// Where in it.
        #[label("{label}")]
        span: SourceSpan,
        /// A few words at the place.
        label: String,
        /// What to do.
        help: String,
    },
    /// A folder holds no known truth.
    #[error("{} holds no gold file", path.display())]
    #[diagnostic(
        code(realint::no_gold),
        help(
            "a gold file ends in .gold.json and names, beside its manuscript, what is true of it; tests/gold shows some"
        )
    )]
    NoGold {
        /// The folder.
        path: PathBuf,
    },
    /// Several errors in rule files or configuration, all shown.
    #[error("{count} errors in {what}")]
    #[diagnostic(code(realint::several))]
    Several {
        /// How many.
        count: usize,
        /// In what.
        what: String,
        /// Each of them.
        #[related]
        errors: Vec<Error>,
    },
    /// A reader or a check crashed over a file, which is a mistake of realint and not of the file.
    #[error("realint crashed over {}", path.display())]
    #[diagnostic(
        code(realint::crashed),
        help("other files are not touched by it; please report it, with the file if you may share it")
    )]
    Crashed {
        /// The file.
        path: PathBuf,
    },
    /// Output could not be written; nothing half-written is left.
    #[error("{} could not be written", path.display())]
    #[diagnostic(code(realint::write), help("the old file, if there was one, is untouched"))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The user asked for something that doesn't fit together.
    #[error("{message}")]
    #[diagnostic(code(realint::usage))]
    Usage {
        /// What doesn't fit.
        message: String,
        /// What to do.
        #[help]
        help: Option<String>,
    },
}

impl Error {
    /// No error, the only one, or all of them as one. `what` says in what they are.
    pub fn all_of(mut errors: Vec<Self>, what: &str) -> Option<Self> {
        match errors.len() {
            0 => None,
            1 => errors.pop(),
            count => Some(Self::Several { count, what: what.to_owned(), errors }),
        }
    }

    /// An unknown name, with the nearest of the existing ones, or all of them, as help.
    pub fn unknown<'a>(kind: &'static str, name: &str, existing: impl IntoIterator<Item = &'a str>) -> Self {
        let existing: Vec<&str> = existing.into_iter().collect();
        let help = match nearest(name, existing.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if existing.len() <= 12 => format!("there are: {}", existing.join(", ")),
            None => format!("`realint rules list` shows all {}", existing.len()),
        };
        Self::Unknown { kind, name: name.to_owned(), help }
    }
}

/// The existing name nearest to what was written, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, existing: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A letter O for a nought is no typing error that an edit distance thinks small: RS9O is RS09.
    let plain = |text: &str| text.to_lowercase().replace('o', "0");
    let (lower, plainer) = (name.to_lowercase(), plain(name));
    existing
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            (distance.min(strsim::damerau_levenshtein(&plainer, &plain(candidate))), candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
