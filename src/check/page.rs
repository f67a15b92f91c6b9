//! A structured file as a page: its places, and findings at them.

use std::ops::Range;
use std::sync::Arc;

use super::{Settings, rounded};
use crate::finding::{Spotted, bounded};
use crate::report::{FindingReport, RelatedReport, SuppressedReport, url_of};
use crate::rule::RuleSet;
use crate::source::{Location, SourceId, SourceText, Span};
use crate::suppress::{self, Reach, Suppression};
use crate::weights::fnv1a;

/// The text of a structured file.
pub(super) struct Page {
    /// One text, and nothing else.
    pub(super) sources: Arc<Vec<SourceText>>,
}

impl Page {
    pub(super) fn new(source: SourceText) -> Self {
        Self { sources: Arc::new(vec![source]) }
    }

    pub(super) fn source(&self) -> &SourceText {
        &self.sources[0]
    }

    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let text = &self.source().text;
        let boundary = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(range.start);
        Span { source: SourceId(0), start, end: boundary(range.end).max(start) }
    }

    pub(super) fn locate(&self, range: &Range<usize>) -> Location {
        let span = self.span(range);
        let (from, to) = (self.source().position(span.start), self.source().position(span.end));
        Location {
            start_byte: span.start,
            end_byte: span.end,
            line: from.line,
            column: from.column,
            end_line: to.line,
            end_column: to.column,
            section: Vec::new(),
            paragraph: from.line,
            page: None,
            part: None,
            path: None,
            plain: None,
        }
    }

    /// The lines that a place lies in.
    pub(super) fn lines(&self, range: &Range<usize>) -> &str {
        let (source, span) = (self.source(), self.span(range));
        let start = source.line_start(source.line_index(span.start));
        let end = source.line_start(source.line_index(span.end) + 1);
        let text = &source.text[start..end.max(start)];
        bounded(text, &(span.start - start..span.end - start)).trim_end()
    }

    pub(super) fn finding(&self, one: &Spotted<'_>) -> FindingReport {
        let words: Vec<&str> = self.lines(&one.span).split_whitespace().collect();
        let fingerprint = fnv1a(format!("{}\n{}\n{}", one.rule.code, words.join(" "), one.message).as_bytes());
        FindingReport {
            code: one.rule.code.clone(),
            severity: one.rule.severity,
            confidence: rounded(one.rule.confidence),
            message: one.message.clone(),
            why: one.rule.why.clone(),
            help: one.help.clone().unwrap_or_else(|| one.rule.help.clone()),
            location: self.locate(&one.span),
            block_text: self.lines(&one.span).to_owned(),
            related: one
                .related
                .iter()
                .map(|(message, range)| RelatedReport {
                    message: message.clone(),
                    location: self.locate(range),
                    span: self.span(range),
                    lines: true,
                })
                .chain(one.beyond.iter().map(|beyond| RelatedReport {
                    message: beyond.message.clone(),
                    location: beyond.location.clone(),
                    span: super::shifted(beyond.span, self.sources.len()),
                    lines: beyond.lines,
                }))
                .collect(),
            url: url_of(&one.rule.code),
            fingerprint: format!("{fingerprint:016x}"),
            label: one.label.clone(),
            span: self.span(&one.span),
        }
    }

    /// A finding that isn't about protocols.
    pub(super) fn other(
        &self,
        rules: &RuleSet,
        code: &str,
        message: String,
        label: &str,
        span: &Range<usize>,
    ) -> Option<FindingReport> {
        let rule = rules.other(code)?;
        let one = Spotted {
            rule,
            message,
            label: label.into(),
            help: None,
            span: span.clone(),
            related: Vec::new(),
            beyond: Vec::new(),
        };
        Some(self.finding(&one))
    }

    /// Everything that is to be said of the page, in the order of the file: findings that stand, among them
    /// comments that silence nothing or aren't understood, and findings that are silenced. `used` says which
    /// comments did something already.
    pub(super) fn judged(
        &self,
        spotted: Vec<Spotted<'_>>,
        rules: &RuleSet,
        settings: &Settings,
        (comments, mut used): (Vec<Comment>, Vec<bool>),
        not_applicable: &[(String, String)],
    ) -> (Vec<FindingReport>, Vec<SuppressedReport>) {
        let (mut standing, suppressed) = self.sort_out(spotted, settings, &comments, &mut used, not_applicable);
        for (comment, used) in comments.into_iter().zip(used) {
            match comment.read {
                Ok(_) if used => {}
                Ok(read) => {
                    let codes: Vec<&str> = read.iter().map(|s| s.code.as_str()).collect();
                    let message = format!("the suppression of {} silences nothing", codes.join(", "));
                    standing.extend(self.other(rules, "SUP001", message, "nothing to silence here", &comment.span));
                }
                Err(message) => {
                    standing.extend(self.other(rules, "SUP002", message, "the comment here", &comment.span));
                }
            }
        }
        standing.retain(|finding| settings.wants(&finding.code));
        standing.sort_by(|a, b| (a.span.start, &a.code).cmp(&(b.span.start, &b.code)));
        (standing, suppressed)
    }

    /// The findings that stand and those that a comment, the configuration or the baseline silences. Says
    /// in `used` which comments silenced something.
    pub(super) fn sort_out(
        &self,
        spotted: Vec<Spotted<'_>>,
        settings: &Settings,
        comments: &[Comment],
        used: &mut [bool],
        not_applicable: &[(String, String)],
    ) -> (Vec<FindingReport>, Vec<SuppressedReport>) {
        let mut standing = Vec::new();
        let mut suppressed = Vec::new();
        for one in spotted {
            let code = one.rule.code.as_str();
            let item = not_applicable.iter().find(|(item, _)| one.rule.items.contains(item));
            let file = settings.suppressions.iter().find(|s| s.code == code && s.reach == Reach::File);
            let configured = file.map(|s| &s.reason).or(item.map(|(_, reason)| reason));
            let commented = comments.iter().enumerate().find_map(|(index, comment)| {
                let here = comment.covers.contains(&one.span.start);
                let of_code =
                    |s: &&Suppression| s.code == code && (s.reach == Reach::File || (s.reach == Reach::Here && here));
                Some((index, comment.read.iter().flatten().find(of_code)?.reason.clone()))
            });
            if let Some((index, _)) = &commented {
                used[*index] = true;
            }
            // Only now: a suppression of what isn't shown still silences something.
            if !settings.wants(code) {
                continue;
            }
            let finding = self.finding(&one);
            let silenced = commented
                .map(|(_, reason)| (reason, "comment"))
                .or_else(|| configured.map(|reason| (reason.clone(), "configuration")))
                .or_else(|| {
                    let known = settings.baseline.contains(&finding.fingerprint);
                    known.then(|| ("known: it is in the baseline".to_owned(), "baseline"))
                });
            match silenced {
                Some((reason, by)) => suppressed.push(SuppressedReport { finding, reason, by }),
                None => standing.push(finding),
            }
        }
        (standing, suppressed)
    }
}

/// A comment of a structured file that is addressed to realint.
pub(super) struct Comment {
    /// What it asks for, or why that isn't understood.
    pub(super) read: Result<Vec<Suppression>, String>,
    /// The comment.
    pub(super) span: Range<usize>,
    /// Its own line, or the next one where it has a line to itself.
    pub(super) covers: Range<usize>,
}

/// Comments addressed to realint: `# realint-ignore PRO736: reason`, on a line of their own or after a field.
/// `mark` begins a comment.
pub(super) fn comments(text: &str, mark: char) -> Vec<Comment> {
    let mut found = Vec::new();
    let begins = format!("{mark} realint-");
    let mut lines = crate::source::lines(text).peekable();
    while let Some((start, line)) = lines.next() {
        let Some(at) = line.find(&begins) else { continue };
        let words = line[at + 1..].trim();
        let span = start + at..start + line.trim_end().len();
        let next = lines.peek().map_or(0, |(_, next)| next.len());
        let alone = line[..at].trim().is_empty();
        let covers = start..start + line.len() + if alone { next } else { 0 };
        if let Some(read) =
            suppress::read_comment(words, Some(Span { source: SourceId(0), start: span.start, end: span.end }))
        {
            found.push(Comment { read, span, covers });
        }
    }
    found
}
