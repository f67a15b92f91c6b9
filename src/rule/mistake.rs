//! Mistakes in rule files: collected over all files, each with its place, and shown at once.

use std::borrow::Cow;
use std::ops::Range;

use miette::NamedSource;
use rayon::prelude::*;
use serde::de::DeserializeOwned;

use crate::error::{Error, nearest};

/// One rule file: its path below `rules/` or below its pack, and its text.
#[derive(Debug, Clone)]
pub(super) struct RuleText {
    pub(super) path: String,
    pub(super) text: Cow<'static, str>,
    /// The same, where `build.rs` packed it; there is no text then.
    pub(super) packed: Option<&'static [u8]>,
    /// How errors name it: the user's own file by the path that leads there.
    pub(super) shown: String,
}

impl RuleText {
    /// The name of the file without its folder and ending.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// How many mistakes are shown, and how many bytes of files they may hold: each holds its whole file, so
/// that a file with mistakes throughout would take memory and time by the square of its length.
pub(super) const MOST_SHOWN: usize = 200;
const MOST_HELD: usize = 32 << 20;

/// Collects mistakes, each with its file and place; those over the limits are only counted.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    errors: Vec<Error>,
    count: usize,
    held: usize,
}

impl Mistakes {
    /// Adds one. `span` is in bytes of the file's text.
    pub(super) fn at(
        &mut self,
        file: &RuleText,
        span: Range<usize>,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        self.count += 1;
        self.held = self.held.saturating_add(file.text.len());
        if !self.shows_more() {
            return;
        }
        self.errors.push(Error::Toml {
            message,
            source_code: NamedSource::new(&file.shown, file.text.clone().into_owned()),
            span: span.into(),
            label: label.to_owned(),
            help,
        });
    }

    /// The file as what it should hold; where it doesn't, that is a mistake.
    pub(super) fn parse<T: DeserializeOwned>(&mut self, file: &RuleText) -> Option<T> {
        self.take(file, parsed(file))
    }

    /// The same for several files at once, in their order; those that don't hold what they should are left out.
    pub(super) fn parse_all<'f, T: DeserializeOwned + Send>(
        &mut self,
        files: impl Iterator<Item = &'f RuleText>,
    ) -> Vec<(&'f RuleText, T)> {
        let files: Vec<&RuleText> = files.collect();
        let parsed: Vec<_> = files.into_par_iter().map(|file| (file, parsed(file))).collect();
        parsed.into_iter().filter_map(|(file, parsed)| Some((file, self.take(file, parsed)?))).collect()
    }

    fn take<T>(&mut self, file: &RuleText, parsed: Result<T, NotParsed>) -> Option<T> {
        let wrong = |NotParsed { span, message }: NotParsed| {
            let help = span.as_ref().and_then(|_| meant(&message));
            let label = if span.is_some() { "here" } else { "" };
            self.at(file, span.unwrap_or(0..0), format!("{}: {message}", file.path), label, help);
        };
        parsed.map_err(wrong).ok()
    }

    /// Whether one more is shown. Of those that are only counted nobody reads what may have been meant, and to
    /// look for it among thousands of names takes long.
    pub(super) fn shows_more(&self) -> bool {
        self.errors.is_empty() || self.errors.len() < MOST_SHOWN && self.held <= MOST_HELD
    }

    /// All of them as one error, or nothing where there are none.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        let (count, shown) = (self.count, self.errors.len());
        let what = if shown < count { format!("the rules; here are {shown}") } else { "the rules".into() };
        match count {
            0 => Ok(()),
            1 => Err(self.errors.remove(0)),
            count => Err(Error::Several { count, what, errors: self.errors }),
        }
    }
}

/// Why a file doesn't hold what it should.
struct NotParsed {
    /// Where in its text; `None` for a file that `build.rs` packed.
    span: Option<Range<usize>>,
    message: String,
}

fn parsed<T: DeserializeOwned>(file: &RuleText) -> Result<T, NotParsed> {
    if let Some(packed) = file.packed {
        return rmp_serde::from_slice(packed).map_err(|error| NotParsed { span: None, message: error.to_string() });
    }
    toml::from_str(&file.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        NotParsed { span: Some(span), message: error.message().to_owned() }
    })
}

/// The nearest of the names that a parser's message lists, if the message is about an unknown one:
/// the first name in backticks is what was written, the others are those that there are.
fn meant(message: &str) -> Option<String> {
    let mut names = message.strip_prefix("unknown ")?.split('`').skip(1).step_by(2);
    let written = names.next()?;
    did_you_mean(written, names)
}

/// A help line with the nearest of some names.
pub(super) fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, names).map(|name| format!("did you mean `{name}`?"))
}

/// A help line with the nearest of some names, or else all of them.
pub(super) fn one_of<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().collect();
    did_you_mean(written, names.iter().copied())
        .or_else(|| (!names.is_empty()).then(|| format!("there are: {}", names.join(", "))))
}
