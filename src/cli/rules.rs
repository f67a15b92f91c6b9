//! `realint explain` and `realint rules`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::{ExplainArgs, HoldOut, RulesCommand};
use super::{output, starter};
use crate::error::Error;
use crate::gold;
use crate::project::run_project_examples;
use crate::protocol::run_protocol_examples;
use crate::render::{evaluation, rule_pages};
use crate::rule::{Counts, Demand, Off, OtherFinding, Rule, RuleSet, load, run_examples};
use crate::standard::{Stage, Standard};
use crate::theory::run_claim_examples;

pub(super) fn rule_set(folder: Option<&Path>) -> Result<RuleSet, Error> {
    match folder {
        Some(folder) => load::with_folder(folder),
        None => load::shipped(),
    }
}

pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let rules = rule_set(args.rules.as_deref())?;
    if let Some(finding) = rules.other(&args.code) {
        return output::print(wrapped(&explanation_of_finding(finding)).as_bytes());
    }
    let rule = rules.rule(&args.code).ok_or_else(|| Error::unknown("rule", &args.code, rules.codes()))?;
    output::print(wrapped(&explanation(&rules, rule)).as_bytes())
}

/// A finding in words, under fixed headings.
fn explanation_of_finding(finding: &OtherFinding) -> String {
    let mut text = String::new();
    let only = if finding.pedantic { ", only with --pedantic" } else { "" };
    let _ = writeln!(text, "{}: {} ({}{only})", finding.code, finding.name, finding.severity.name());
    text.push_str(&of_packs(&finding.changed, finding.off.as_ref()));
    if !finding.explanation.is_empty() {
        let _ = writeln!(text, "\nWhat is looked at\n  {}", finding.explanation);
    }
    let _ = writeln!(text, "\nWhy\n  {}", finding.why);
    let _ = writeln!(text, "\nWhat to do\n  {}", finding.help);
    for (heading, examples) in [("Found in", &finding.fires), ("Not found in", &finding.silent)] {
        if !examples.is_empty() {
            let _ = writeln!(text, "\n{heading}");
        }
        for example in examples {
            let _ = writeln!(text, "  - {}", example.shown());
        }
    }
    text
}

/// What packs make of a rule or finding, a line each; nothing where none does.
fn of_packs(changed: &[String], off: Option<&Off>) -> String {
    let mut text = String::new();
    if !changed.is_empty() {
        let _ = writeln!(text, "Changed by the pack {}", changed.join(", then "));
    }
    if let Some(off) = off {
        let _ = writeln!(text, "Switched off by the pack {}: {}", off.pack, off.reason);
    }
    text
}

/// A rule in words, under fixed headings.
fn explanation(rules: &RuleSet, rule: &Rule) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}: {} ({})", rule.code, rule.name, rule.severity.name());
    let added = rule.pack.as_deref().and_then(|id| rules.packs.iter().find(|pack| pack.id == id));
    let holders = rules.standards.iter().zip(&rules.rules).filter(|(_, own)| own.iter().any(|r| r.code == rule.code));
    let holders: Vec<&Standard> = holders.map(|(standard, _)| standard).collect();
    match (added, &holders[..]) {
        (Some(pack), [standard, ..]) if standard.pack.as_deref() != Some(&pack.id) => {
            let ids: Vec<&str> = holders.iter().map(|standard| standard.id.as_str()).collect();
            let _ = writeln!(text, "Added to {} by the pack {}", ids.join(", "), pack.id);
            let _ = writeln!(text, "{} ({})", pack.name, pack.source);
        }
        (_, [standard, ..]) => {
            let _ = writeln!(text, "Item {} of {} ({})", rule.item, standard.name, standard.source);
            if let Some(pack) = added {
                let _ = writeln!(text, "Brought by the pack {}", pack.id);
            }
        }
        _ => {}
    }
    text.push_str(&of_packs(&rule.changed, rule.off.as_ref()));
    let _ = writeln!(text, "\nWhat it asks\n  {}", rule.ask);
    let _ = writeln!(text, "\nWhy\n  {}", rule.why);
    let _ = writeln!(text, "\nWhat to do\n  {}", rule.help);
    let _ = writeln!(text, "\nParts");
    for wanted in &rule.parts {
        let part = rules.part(wanted.part);
        let counts = match wanted.counts {
            Counts::Required => "required",
            Counts::Alternative => "one of these is required",
            Counts::Partial => "alone: partial",
        };
        let learned =
            if part.learn && rules.learned.knows(wanted.part) { ", learned from the sentence bank" } else { "" };
        let stages = if wanted.stages.is_empty() {
            String::new()
        } else {
            format!(", {} only", wanted.stages.iter().map(|s| s.name()).collect::<Vec<_>>().join(" and "))
        };
        let _ =
            writeln!(text, "  {} ({counts}{stages}): {} [{} cues{learned}]", part.name, part.means, part.cues.len());
    }
    let _ = writeln!(text, "\nWhere\n  {}", rule.home.iter().map(|r| r.name()).collect::<Vec<_>>().join(", "));
    let _ = writeln!(text, "\nStages");
    for stage in Stage::ALL {
        let demand = match rule.stages.get(&stage).copied().unwrap_or(Demand::Required) {
            Demand::Required => "required",
            Demand::Planned => "planned",
            Demand::NotApplicable => "not applicable",
        };
        let _ = writeln!(text, "  {:<9} {demand}", stage.name());
    }
    let _ = writeln!(text, "\nSatisfied by");
    for example in &rule.satisfied {
        let _ = writeln!(text, "  - {}", example.text.trim().replace('\n', " "));
    }
    let _ = writeln!(text, "\nNot satisfied by");
    for example in &rule.unsatisfied {
        let _ = writeln!(text, "  - {}", example.text.trim().replace('\n', " "));
    }
    text
}

pub(super) fn rules(command: &RulesCommand) -> Result<ExitCode, Error> {
    match command {
        RulesCommand::List { rules } => list(&rule_set(rules.as_deref())?),
        RulesCommand::Test { rules } => test(&rule_set(rules.as_deref())?),
        RulesCommand::Train { bank, gold, output, hold_out, rules: folder } => {
            let rules = match folder {
                Some(folder) => load::for_training(folder)?,
                None => load::shipped()?,
            };
            let id = rules.packs.last().map(|pack| pack.id.as_str());
            let home = folder.as_deref().unwrap_or(Path::new("rules"));
            let beside = |given: &Option<PathBuf>, name: &str| given.clone().unwrap_or_else(|| home.join(name));
            let (bank, output) = (beside(bank, "bank"), beside(output, "learned"));
            if let Some(HoldOut::Third) = hold_out {
                let held_out = gold::hold_out(&rules, id, &bank, gold.as_deref())?;
                return output::print(evaluation::held_out(&held_out, &rules).as_bytes());
            }
            let summary = gold::train_files(&rules, id, &bank, gold.as_deref(), &output)?;
            output::print(summary.as_bytes())
        }
        RulesCommand::Docs { output, rules } => docs(&rule_set(rules.as_deref())?, output),
        RulesCommand::New { folder, extends, prefix } => starter::write(folder, extends, prefix),
    }
}

/// Writes the pages of the rules, and says how many there are.
fn docs(rules: &RuleSet, folder: &Path) -> Result<ExitCode, Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
    let pages = rule_pages(rules);
    for page in &pages {
        crate::write::file(&folder.join(&page.file), page.text.as_bytes())?;
    }
    output::print(format!("wrote {} pages into {}\n", pages.len(), folder.display()).as_bytes())
}

fn list(rules: &RuleSet) -> Result<ExitCode, Error> {
    let mut text = String::new();
    for pack in &rules.packs {
        let _ = writeln!(text, "pack {}: {} ({})", pack.id, pack.name, pack.source);
        if !pack.extends.is_empty() {
            let _ = writeln!(text, "  extends {}", pack.extends.join(", "));
        }
    }
    for (standard, own) in rules.standards.iter().zip(&rules.rules) {
        let added = own.iter().filter(|rule| rule.pack != standard.pack).count();
        let more = if added > 0 { format!(" and {added} added") } else { String::new() };
        let _ =
            writeln!(text, "{}: {} ({} items{more}; {})", standard.id, standard.name, standard.items, standard.source);
        if let Some(pack) = &standard.pack {
            let _ = writeln!(text, "  from the pack {pack}");
        }
        if own.is_empty() {
            let _ = writeln!(text, "  no rules");
        }
        let widest = own.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
        for rule in own {
            let from = rule.pack.as_deref().filter(|_| rule.pack != standard.pack);
            let marks = marks(from, &rule.changed, rule.off.as_ref());
            let _ = writeln!(text, "  {:<widest$}  {:<8} {}{marks}", rule.code, rule.severity.name(), rule.name);
        }
    }
    let _ = writeln!(text, "findings beyond the standards");
    for finding in &rules.others {
        let only = if finding.pedantic { " (--pedantic)" } else { "" };
        let marks = marks(None, &finding.changed, finding.off.as_ref());
        let _ = writeln!(text, "  {:<7} {:<8} {}{only}{marks}", finding.code, finding.severity.name(), finding.name);
    }
    output::print(wrapped(&text).as_bytes())
}

/// Columns of a terminal that nobody has widened.
const COLUMNS: usize = 80;

/// Lines broken at spaces so that none is wider than a terminal; what goes on is indented under what
/// it belongs to.
fn wrapped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let further = if line.trim_start().starts_with("- ") || indent == 0 { indent + 2 } else { indent };
        let (first, rest) = (" ".repeat(indent), " ".repeat(further));
        let options = textwrap::Options::new(COLUMNS).initial_indent(&first).subsequent_indent(&rest);
        shown.push_str(&textwrap::fill(line.trim_start(), options.break_words(false)));
        shown.push('\n');
    }
    shown
}

/// Where a line of the list comes from, in brackets, if not from realint alone.
fn marks(from: Option<&str>, changed: &[String], off: Option<&Off>) -> String {
    let mut marks = Vec::new();
    marks.extend(from.map(|pack| format!("added by {pack}")));
    marks.extend(changed.iter().map(|pack| format!("changed by {pack}")));
    marks.extend(off.map(|off| format!("off: {}", off.pack)));
    if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) }
}

fn test(rules: &RuleSet) -> Result<ExitCode, Error> {
    let (items, mut failures) = run_examples(rules, rules.all_rules());
    let of_packs =
        rules.all_rules().filter(|rule| rule.pack.is_some()).map(|r| r.satisfied.len() + r.unsatisfied.len());
    let of_packs: usize = of_packs.sum();
    let (claims, failed) = run_claim_examples(rules);
    let (protocols, unfulfilled) = run_protocol_examples(rules);
    let (projects, unmet) = run_project_examples(rules);
    let count = items + claims + protocols + projects;
    failures.extend(failed);
    failures.extend(unmet);
    failures.extend(unfulfilled);
    let mut text = String::new();
    for failure in &failures {
        let _ = writeln!(text, "{}: {}\n  {}\n", failure.code, failure.problem, failure.text);
    }
    let own = if rules.packs.is_empty() { String::new() } else { format!(" ({of_packs} of packs)") };
    let _ = writeln!(text, "{count} examples{own}, {} failed", failures.len());
    output::print(text.as_bytes())?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
