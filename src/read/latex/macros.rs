//! Macros, environments and abbreviations that a document defines for itself.

use rustc_hash::FxHashMap;

use super::stream::{Piece, Stream};

/// A macro has no more parameters than this.
const MOST_PARAMETERS: usize = 9;
/// A document has no more definitions of one kind than this.
const MOST_DEFINITIONS: usize = 20_000;

/// A parameter of a macro.
#[derive(Debug, Clone)]
pub(super) enum Parameter {
    Must,
    Option(Option<Piece>),
    Star,
}

/// A macro or the beginning of an environment.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Piece,
    /// What the end of an environment stands for.
    pub(super) end: Option<Piece>,
}

#[derive(Debug, Clone)]
struct Acronym {
    short: Piece,
    long: Piece,
    used: bool,
}

/// All definitions so far.
#[derive(Debug, Default)]
pub(super) struct Macros {
    commands: FxHashMap<String, User>,
    environments: FxHashMap<String, User>,
    boxes: FxHashMap<String, User>,
    /// Title, whether it is numbered by another's counter or not at all, and the number so far.
    theorems: FxHashMap<String, (Piece, String)>,
    counters: FxHashMap<String, usize>,
    acronyms: FxHashMap<String, Acronym>,
    flags: FxHashMap<String, bool>,
}

impl Macros {
    pub(super) fn command(&self, name: &str) -> Option<&User> {
        self.commands.get(name)
    }

    pub(super) fn environment(&self, name: &str) -> Option<&User> {
        self.environments.get(name)
    }

    pub(super) fn boxed(&self, name: &str) -> Option<&User> {
        self.boxes.get(name)
    }

    /// What a conditional of the document's own says.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.flags.get(name).copied()
    }

    pub(super) fn set_flag(&mut self, name: &str, value: bool) {
        if self.flags.len() < MOST_DEFINITIONS {
            self.flags.insert(name.to_owned(), value);
        }
    }

    fn define(&mut self, name: &str, user: User) {
        if self.commands.len() < MOST_DEFINITIONS {
            self.commands.insert(name.to_owned(), user);
        }
    }

    /// `\newcommand{\name}[2][default]{body}`.
    pub(super) fn new_command(&mut self, stream: &mut Stream) {
        stream.star();
        let Some(name) = stream.argument() else { return };
        let name = stream.piece(&name).trim().to_owned();
        let parameters = counted(stream);
        let Some(body) = stream.argument() else { return };
        if let Some(name) = name.strip_prefix('\\') {
            self.define(name, User { parameters, body, end: None });
        }
    }

    /// `\NewDocumentCommand{\name}{m O{default}}{body}`.
    pub(super) fn document_command(&mut self, stream: &mut Stream) {
        let Some(name) = stream.argument() else { return };
        let name = stream.piece(&name).trim().to_owned();
        let Some(parameters) = stream.argument() else { return };
        let Some(body) = stream.argument() else { return };
        if let (Some(name), Some(parameters)) = (name.strip_prefix('\\'), specified(stream, &parameters)) {
            self.define(name, User { parameters, body, end: None });
        }
    }

    /// `\def\name#1#2{body}`; what is delimited by other marks is left alone.
    pub(super) fn def(&mut self, stream: &mut Stream) {
        let Some(name) = stream.argument() else { return };
        let name = stream.piece(&name).trim().to_owned();
        let rest = stream.rest();
        let length = rest.bytes().take(200).position(|b| b == b'{');
        let Some(length) = length else { return };
        let marks = rest[..length].trim().to_owned();
        stream.skip(length);
        let Some(body) = stream.argument() else { return };
        let count = marks.len() / 2;
        let simple = marks.len().is_multiple_of(2)
            && count <= MOST_PARAMETERS
            && marks.as_bytes().chunks(2).enumerate().all(|(n, mark)| mark == [b'#', b'1' + n as u8]);
        if let Some(name) = name.strip_prefix('\\')
            && simple
        {
            let parameters = vec![Parameter::Must; count];
            self.define(name, User { parameters, body, end: None });
        }
    }

    /// `\newenvironment{name}[1][default]{begin}{end}`.
    pub(super) fn new_environment(&mut self, stream: &mut Stream) {
        stream.star();
        let Some(name) = stream.argument() else { return };
        let parameters = counted(stream);
        self.add_environment(stream, &name, parameters);
    }

    /// `\NewDocumentEnvironment{name}{m}{begin}{end}`.
    pub(super) fn document_environment(&mut self, stream: &mut Stream) {
        let Some(name) = stream.argument() else { return };
        let Some(parameters) = stream.argument() else { return };
        let parameters = specified(stream, &parameters).unwrap_or_default();
        self.add_environment(stream, &name, parameters);
    }

    fn add_environment(&mut self, stream: &mut Stream, name: &Piece, parameters: Vec<Parameter>) {
        let name = stream.piece(name).trim().to_owned();
        let Some(body) = stream.argument() else { return };
        let end = stream.argument();
        if self.environments.len() < MOST_DEFINITIONS {
            self.environments.insert(name, User { parameters, body, end });
        }
    }

    /// `\newtcolorbox[init]{name}[1][default]{options}`, or `\newtcbtheorem{name}{title}{options}{prefix}`.
    pub(super) fn new_box(&mut self, stream: &mut Stream, theorem: bool) {
        stream.option();
        let Some(name) = stream.argument() else { return };
        let name = stream.piece(&name).trim().to_owned();
        if theorem {
            let Some(title) = stream.argument() else { return };
            stream.argument();
            stream.argument();
            self.theorems.insert(name.clone(), (title, name));
            return;
        }
        let parameters = counted(stream);
        let Some(body) = stream.argument() else { return };
        if self.boxes.len() < MOST_DEFINITIONS {
            self.boxes.insert(name, User { parameters, body, end: None });
        }
    }

    /// `\newmdenv[options]{name}`.
    pub(super) fn new_frame(&mut self, stream: &mut Stream) {
        let options = stream.option();
        let Some(name) = stream.argument() else { return };
        let body = options.unwrap_or_else(|| Piece::of(name.file, name.range.start..name.range.start));
        let name = stream.piece(&name).trim().to_owned();
        if self.boxes.len() < MOST_DEFINITIONS {
            self.boxes.insert(name, User { parameters: Vec::new(), body, end: None });
        }
    }

    /// `\newtheorem{name}[shared]{Title}[within]`.
    pub(super) fn new_theorem(&mut self, stream: &mut Stream) {
        let unnumbered = stream.star();
        let Some(name) = stream.argument() else { return };
        let name = stream.piece(&name).trim().to_owned();
        let shared = stream.option().map(|piece| stream.piece(&piece).trim().to_owned());
        let Some(title) = stream.argument() else { return };
        stream.option();
        let counter = if unnumbered { String::new() } else { shared.unwrap_or_else(|| name.clone()) };
        if self.theorems.len() < MOST_DEFINITIONS {
            self.theorems.insert(name, (title, counter));
        }
    }

    /// The title of a theorem-like environment and its next number; 0 for one without.
    pub(super) fn count_theorem(&mut self, name: &str) -> Option<(Piece, usize)> {
        let (title, counter) = self.theorems.get(name)?;
        if counter.is_empty() {
            return Some((title.clone(), 0));
        }
        let number = self.counters.entry(counter.clone()).or_default();
        *number += 1;
        Some((title.clone(), *number))
    }

    /// `\newacronym{key}{short}{long}`, `\acrodef{key}[short]{long}`. Gives both forms.
    pub(super) fn new_acronym(&mut self, stream: &mut Stream) -> Option<(Piece, Piece)> {
        stream.option();
        let key = stream.argument()?;
        let other = stream.option();
        let second = stream.argument()?;
        let (short, long) = if stream.skip_space() == Some(b'{') {
            (second, stream.argument()?)
        } else {
            (other.unwrap_or_else(|| key.clone()), second)
        };
        let name = stream.piece(&key).trim().to_owned();
        if self.acronyms.len() < MOST_DEFINITIONS {
            self.acronyms.insert(name, Acronym { short: short.clone(), long: long.clone(), used: false });
        }
        Some((short, long))
    }

    /// What an abbreviation shows: both forms at its first use, the short one after it, unless the
    /// command says which.
    pub(super) fn acronym(&mut self, stream: &Stream, command: &str, key: &str) -> Option<String> {
        let acronym = self.acronyms.get_mut(key)?;
        let lower = command.to_ascii_lowercase();
        let plural =
            if lower.ends_with("pl") || matches!(lower.as_str(), "acp" | "acsp" | "aclp" | "acfp") { "s" } else { "" };
        let short = format!("{}{plural}", super::body::plain(stream.piece(&acronym.short)));
        let long = format!("{}{plural}", super::body::plain(stream.piece(&acronym.long)));
        let first = !std::mem::replace(&mut acronym.used, true);
        Some(match lower.trim_end_matches("pl") {
            "acrshort" | "acs" | "acsp" => short,
            "acrlong" | "acl" | "aclp" => long,
            "acrfull" | "acf" | "acfp" => format!("{long} ({short})"),
            _ if first => format!("{long} ({short})"),
            _ => short,
        })
    }
}

/// Passes over `\let\name=\other`.
pub(super) fn skip_let(stream: &mut Stream) {
    stream.argument();
    if stream.skip_space() == Some(b'=') {
        stream.skip(1);
    }
    stream.argument();
}

/// `[2][default]`.
fn counted(stream: &mut Stream) -> Vec<Parameter> {
    let count = stream.option().map(|piece| stream.piece(&piece).trim().to_owned());
    let count = count.and_then(|count| count.parse::<usize>().ok()).unwrap_or(0).min(MOST_PARAMETERS);
    let mut parameters = vec![Parameter::Must; count];
    if let (Some(default), Some(first)) = (stream.option(), parameters.first_mut()) {
        *first = Parameter::Option(Some(default));
    }
    parameters
}

/// `m O{default} o s`; `None` for what only a full TeX can read.
fn specified(stream: &Stream, piece: &Piece) -> Option<Vec<Parameter>> {
    let text = stream.piece(piece);
    let mut parameters = Vec::new();
    let mut at = 0;
    while at < text.len() && parameters.len() <= MOST_PARAMETERS {
        let rest = &text[at..];
        at += match rest.as_bytes()[0] {
            b' ' | b'\n' | b'\t' | b'\r' | b'+' => 1,
            b'm' => {
                parameters.push(Parameter::Must);
                1
            }
            b'o' => {
                parameters.push(Parameter::Option(None));
                1
            }
            b's' => {
                parameters.push(Parameter::Star);
                1
            }
            b'O' if rest[1..].starts_with('{') => {
                let close = rest.find('}')?;
                let start = piece.range.start + at;
                parameters.push(Parameter::Option(Some(piece.part(start + 2..start + close))));
                close + 1
            }
            _ => return None,
        };
    }
    Some(parameters)
}

/// The value of `title=` in the options of a box.
pub(super) fn title_of(stream: &Stream, options: &Piece) -> Option<Piece> {
    let text = stream.piece(options);
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut key) = (0_usize, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => key = at + 1,
            b'=' if depth == 0 && matches!(text.get(key..at).map(str::trim), Some("title" | "frametitle")) => {
                let rest = &text[at + 1..];
                let start = at + 1 + (rest.len() - rest.trim_start().len());
                let (mut depth, mut end) = (0_usize, start);
                while end < bytes.len() && (depth > 0 || bytes[end] != b',') {
                    match bytes[end] {
                        b'{' => depth += 1,
                        b'}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    end += 1;
                }
                let range = options.range.start + start..options.range.start + end;
                return Some(options.part(range));
            }
            _ => {}
        }
        at += 1;
    }
    None
}
