//! What an editor can do about a finding: silence it with a reason, begin the section that an item asks for,
//! add the field that a protocol lacks. What is put in comes from the rules.

use std::fmt::Write as _;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Diagnostic, NumberOrString, TextEdit,
    WorkspaceEdit,
};

use super::view::View;
use crate::manuscript::{Format, Role};
use crate::outline::{Outline, OutlineSection};
use crate::protocol::{self, Shape, State};
use crate::report::{DocumentReport, FindingReport, ItemReport};
use crate::rule::{Check, Counts, Rule, RuleSet};
use crate::source::SourceId;
use crate::structured::{Kind, Syntax, Value};
use crate::verdict::Verdict;

/// The reason of a suppression until its author writes one.
const REASON: &str = "TODO: say why";
/// Findings at one place for which something is offered.
const MOST_FINDINGS: usize = 20;

/// What can be done about the findings at a place.
pub(super) fn actions(view: &View, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let asked = view.offset(params.range.start)..view.offset(params.range.end);
    let wanted = params.context.only.as_ref();
    if wanted.is_some_and(|only| !only.iter().any(|kind| CodeActionKind::QUICKFIX.as_str().starts_with(kind.as_str())))
    {
        return Vec::new();
    }
    let mut actions = Vec::new();
    for (report, source) in view.own() {
        let here = |finding: &&FindingReport| {
            finding.span.source == source && finding.span.start <= asked.end && asked.start <= finding.span.end
        };
        for finding in report.findings.iter().filter(here).take(MOST_FINDINGS) {
            let mend = Mend { view, report, finding, source };
            let mut made = mend.skeleton();
            made.extend(mend.field());
            made.extend(mend.suppression());
            let diagnostics: Vec<Diagnostic> =
                params.context.diagnostics.iter().filter(|diagnostic| is_of(diagnostic, finding)).cloned().collect();
            let diagnostics = (!diagnostics.is_empty()).then_some(diagnostics);
            actions.extend(made.into_iter().map(|(title, edit)| {
                CodeActionOrCommand::CodeAction(CodeAction {
                    title,
                    kind: Some(CodeActionKind::QUICKFIX),
                    diagnostics: diagnostics.clone(),
                    edit: Some(WorkspaceEdit {
                        changes: Some([(view.uri.clone(), vec![edit])].into_iter().collect()),
                        ..WorkspaceEdit::default()
                    }),
                    ..CodeAction::default()
                })
            }));
        }
    }
    actions
}

fn is_of(diagnostic: &Diagnostic, finding: &FindingReport) -> bool {
    let code = matches!(&diagnostic.code, Some(NumberOrString::String(code)) if *code == finding.code);
    code && diagnostic.message.starts_with(&finding.message)
}

/// What is done and the edit that does it.
type Made = (String, TextEdit);

/// A finding to be mended.
struct Mend<'a> {
    view: &'a View,
    report: &'a DocumentReport,
    finding: &'a FindingReport,
    source: SourceId,
}

impl Mend<'_> {
    fn insert(&self, at: usize, text: &str) -> TextEdit {
        let ends = if self.view.text.contains("\r\n") { text.replace('\n', "\r\n") } else { text.to_owned() };
        TextEdit { range: self.view.range(at..at), new_text: ends }
    }

    /// The line of a byte, its line end left out, and where it begins.
    fn line(&self, at: usize) -> (usize, &str) {
        let start = self.view.index.line_start_of(at);
        (start, self.view.text[start..].split(['\n', '\r']).next().unwrap_or_default())
    }

    /// The byte at which the next line begins.
    fn after_line(&self, at: usize) -> usize {
        let (start, line) = self.line(at);
        let end = start + line.len();
        let rest = &self.view.text[end..];
        end + usize::from(rest.starts_with("\r\n")) + usize::from(rest.starts_with(['\n', '\r']))
    }

    /// A comment that silences the finding, where its place has one.
    fn suppression(&self) -> Vec<Made> {
        let code = &self.finding.code;
        let item = self.report.items.iter().any(|item| item.code == *code);
        if code.starts_with("SUP") {
            return Vec::new();
        }
        let mut verbs = vec![("ignore", format!("Silence {code} here, with a reason"))];
        if item {
            verbs.push(("not-applicable", format!("Declare that {code} doesn't apply, with a reason")));
        }
        let made = verbs.into_iter().filter_map(|(verb, title)| {
            let words = format!("realint-{verb} {code}: {REASON}");
            Some((title, self.commented(&words)?))
        });
        made.collect()
    }

    /// An edit that puts a comment where it covers the finding.
    fn commented(&self, words: &str) -> Option<TextEdit> {
        let at = self.finding.span.start;
        let (start, line) = self.line(at);
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        match self.report.format {
            Format::Latex => Some(self.insert(start, &format!("{indent}% {words}\n"))),
            Format::Bibliography => Some(self.insert(start, &format!("{indent}% {words}\n"))),
            Format::Protocol => {
                // Within a text of several lines a comment would be a part of it.
                let is_field = match Syntax::of(&self.view.path)? {
                    Syntax::Toml => line.trim_start().starts_with('[') || line.contains('='),
                    Syntax::Yaml => line.trim_start().starts_with('-') || line.contains(':'),
                    Syntax::Json | Syntax::Csv => false,
                };
                is_field.then(|| self.insert(start, &format!("{indent}# {words}\n")))
            }
            Format::Markdown | Format::Quarto => Some(self.in_markdown(words, at)),
            _ => None,
        }
    }

    /// Before the paragraph where it is one; at the words themselves where a line of its own would take a list
    /// or a table apart.
    fn in_markdown(&self, words: &str, at: usize) -> TextEdit {
        if let Some(yaml) = crate::read::front_matter_in_place(&self.view.text)
            && at < yaml.len()
        {
            // The first line after the front matter is the next that Markdown reads.
            let end = self.after_line(yaml.len().min(self.view.text.len()));
            return self.insert(end, &format!("\n<!-- {words} -->\n"));
        }
        let (mut start, mut line) = self.line(at);
        loop {
            let trimmed = line.trim_start();
            let ordinal = trimmed.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            let listed = trimmed.starts_with(['|', '>', '+', ':', '-', '*'])
                && !trimmed.starts_with("**")
                && !trimmed.starts_with("---")
                || (ordinal.len() < trimmed.len()
                    && trimmed.len() - ordinal.len() <= 3
                    && ordinal.starts_with(['.', ')']))
                || trimmed.starts_with("[^")
                || line.starts_with([' ', '\t']);
            if listed {
                return self.insert(at, &format!("<!-- {words} --> "));
            }
            if start == 0 || trimmed.starts_with('#') {
                break;
            }
            let (above, before) = self.line(start - 1);
            if above >= start || before.trim().is_empty() || before.starts_with(['#', '<', '`', ':', '~']) {
                break;
            }
            (start, line) = (above, before);
        }
        self.insert(start, &format!("<!-- {words} -->\n"))
    }

    /// The section that an item asks for, or what is lacking in the section that there is, as a heading and a
    /// comment with the rule's own words: a comment, so that nothing seems to be said before it is.
    fn skeleton(&self) -> Vec<Made> {
        let Some(rules) = self.view.rules() else { return Vec::new() };
        let Some(item) = self.report.items.iter().find(|item| item.code == self.finding.code) else {
            return Vec::new();
        };
        let Some(rule) = rules.rule(&item.code) else { return Vec::new() };
        let Some(outline) = self.report.outline.as_deref() else { return Vec::new() };
        let dialect = match self.report.format {
            Format::Markdown | Format::Quarto => Dialect::Markdown,
            Format::Latex => Dialect::Latex,
            _ => return Vec::new(),
        };
        let asked = prompts(rules, rule, item, dialect);
        let made = match item.verdict {
            Verdict::NotFound => self.new_section(outline, rule, &asked, dialect),
            Verdict::Partial if !item.lacks.is_empty() => {
                let holding = outline.sections.iter().rfind(|section| self.is_here(section) && self.is_within(section));
                holding.map(|section| {
                    let title = format!("Note here what {} still asks for", rule.code);
                    (title, self.insert(self.end_of(section), &format!("\n{asked}")))
                })
            }
            _ => None,
        };
        made.into_iter().collect()
    }

    fn is_here(&self, section: &OutlineSection) -> bool {
        section.heading.source == self.source
    }

    fn is_within(&self, section: &OutlineSection) -> bool {
        section.heading.start <= self.finding.span.start && self.finding.span.start <= section.end
    }

    /// The beginning of the line after a section's last.
    fn end_of(&self, section: &OutlineSection) -> usize {
        self.after_line(section.end.saturating_sub(1).max(section.heading.end))
    }

    fn new_section(&self, outline: &Outline, rule: &Rule, asked: &str, dialect: Dialect) -> Option<Made> {
        let order = |role: Role| Role::ALL.iter().position(|one| *one == role);
        let home = *rule.home.first()?;
        if home == Role::Front {
            // A title is no section.
            return None;
        }
        let title = format!("Begin the section that {} asks for: {}", rule.code, rule.name);
        let own = || outline.sections.iter().filter(|section| self.is_here(section));
        let homes = rule.home.iter().find_map(|role| own().find(|section| section.role == Some(*role)));
        if let Some(section) = homes {
            let heading = dialect.heading(self.line(section.heading.start).1, 1, &rule.name);
            return Some((title, self.insert(self.end_of(section), &format!("\n{heading}\n\n{asked}"))));
        }
        // Papers run in one order: before the first section that comes later.
        let level = own().map(|section| section.level).min();
        let top = || own().filter(|section| Some(section.level) == level);
        let later = top().find(|section| section.role.and_then(order) > order(home));
        let like = later.or_else(|| top().next_back());
        let heading = dialect.heading(like.map_or("", |section| self.line(section.heading.start).1), 0, &rule.name);
        if let Some(section) = later {
            let at = self.line(section.heading.start).0;
            return Some((title, self.insert(at, &format!("{heading}\n\n{asked}\n"))));
        }
        let end = like.map_or(self.view.text.len(), |section| self.end_of(section));
        Some((title, self.insert(end, &format!("\n{heading}\n\n{asked}"))))
    }

    /// The fields of a protocol that the finding misses, as the starter has them.
    fn field(&self) -> Vec<Made> {
        let Some(rules) = self.view.rules().filter(|_| self.report.format == Format::Protocol) else {
            return Vec::new();
        };
        let Some(syntax @ (Syntax::Toml | Syntax::Yaml)) = Syntax::of(&self.view.path) else { return Vec::new() };
        let Some(rule) = rules.other(&self.finding.code).filter(|rule| rule.check == Some(Check::ProtocolFields))
        else {
            return Vec::new();
        };
        let file = protocol::read(protocol::parse(&self.view.text, syntax), false, rules);
        let Some(kind) = file.kind(rules).or(rules.protocols.kinds.first()) else { return Vec::new() };
        let mut made: Vec<Made> = Vec::new();
        let mut seen: Vec<(usize, String)> = Vec::new();
        for path in &rule.fields {
            let way: Vec<&str> = path.written.split('|').next().unwrap_or_default().trim().split('.').collect();
            for slot in path.slots(&file.value, &file.head) {
                let here = matches!(slot.state, State::Absent) && slot.anchor.start == self.finding.span.start;
                let kept = way.len().checked_sub(slot.name.split('.').count());
                let Some(kept) = kept.filter(|_| here) else { continue };
                let wanted = way[..=kept].join(".");
                let wanted = wanted.strip_suffix("[]").unwrap_or(&wanted).to_owned();
                let key = (slot.anchor.start, wanted.clone());
                if seen.contains(&key) {
                    continue;
                }
                seen.push(key);
                let edit = self.added(slot.holder, &file.value, &wanted, syntax, |depth| {
                    protocol::starter_field(kind, &wanted, syntax, depth, rules)
                });
                made.extend(edit.map(|edit| (format!("Add the field `{wanted}`"), edit)));
            }
        }
        made
    }

    /// Where a field goes into the table that should hold it, and how it is written there.
    fn added(
        &self,
        holder: &Value,
        root: &Value,
        path: &str,
        syntax: Syntax,
        written: impl Fn(usize) -> Option<String>,
    ) -> Option<TextEdit> {
        let outermost = std::ptr::eq(holder, root);
        let text = &self.view.text;
        let mut steps = path.split('.').map(|key| key.trim_end_matches("[]"));
        let name = path.rsplit('.').next()?;
        let record = steps
            .clone()
            .take(steps.clone().count() - 1)
            .try_fold(protocol::root(), |record, key| record.field(key)?.shape.record())?;
        let is_table = matches!(record.field(name)?.shape, Shape::Record(_) | Shape::List(Shape::Record(_)));
        steps.next()?;
        if outermost && (syntax == Syntax::Yaml || is_table) {
            let gap = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
            let blank = if is_table { "\n" } else { "" };
            return Some(self.insert(text.len(), &format!("{gap}{blank}{}", written(0)?)));
        }
        // Beside a field that is whole on one line.
        let beside = holder.entries().iter().rfind(|entry| {
            let (start, line) = self.line(entry.key_span.start);
            let simple = matches!(entry.value.kind, Kind::Text(_) | Kind::Number(_) | Kind::Bool(_));
            let ends = entry.value.span.end <= start + line.len() && entry.value.span.end > entry.key_span.start;
            let alone = text[start..entry.key_span.start].trim_matches([' ', '-', '"', '\'']).is_empty();
            let block = line.trim_end().ends_with(['|', '>']);
            simple && ends && alone && !block && !line.trim_start().starts_with('[')
        })?;
        let (start, line) = self.line(beside.key_span.start);
        let column = beside.key_span.start - start;
        let after = self.after_line(start);
        let gap = if after == start + line.len() { "\n" } else { "" };
        if syntax == Syntax::Toml {
            if is_table {
                // Its header would take the rest of the table with it.
                return None;
            }
            return Some(self.insert(after, &format!("{gap}{}", written(0)?)));
        }
        let indent = " ".repeat(column);
        let mut lines = String::from(gap);
        for line in written(0)?.lines() {
            let _ = writeln!(lines, "{indent}{line}");
        }
        Some(self.insert(after, &lines))
    }
}

/// How a manuscript is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Markdown,
    Latex,
}

impl Dialect {
    /// A heading like another, so many levels below it.
    fn heading(self, like: &str, below: usize, name: &str) -> String {
        match self {
            Self::Markdown => {
                let marks = like.trim_start().bytes().take_while(|b| *b == b'#').count();
                let marks = if marks == 0 { 2 } else { marks };
                format!("{} {name}", "#".repeat((marks + below).min(6)))
            }
            Self::Latex => {
                const COMMANDS: [&str; 6] = ["part", "chapter", "section", "subsection", "subsubsection", "paragraph"];
                let is_like =
                    |command: &&str| ["{", "*{", "["].iter().any(|mark| like.contains(&format!("\\{command}{mark}")));
                let level = COMMANDS.iter().position(is_like).unwrap_or(2);
                format!("\\{}{{{name}}}", COMMANDS[(level + below).min(COMMANDS.len() - 1)])
            }
        }
    }

    fn comment(self, lines: &[String]) -> String {
        match self {
            // Two dashes would end the comment.
            Self::Markdown => format!("<!--\n{}\n-->\n", lines.join("\n").replace("--", "-")),
            Self::Latex => lines.iter().flat_map(|line| ["% ", line, "\n"]).collect(),
        }
    }
}

/// What an item asks, part by part, as a comment.
fn prompts(rules: &RuleSet, rule: &Rule, item: &ItemReport, dialect: Dialect) -> String {
    let mut lines = vec![format!("{} ({}): {}", rule.code, rule.name, rule.ask)];
    for part in rule.parts.iter().filter(|part| part.counts != Counts::Partial) {
        let part = rules.part(part.part);
        // Of an item that is partly told only what lacks.
        if item.verdict == Verdict::NotFound || item.lacks.contains(&part.name) {
            lines.push(format!("- {}: {}", part.name, part.means));
        }
    }
    dialect.comment(&lines)
}
