//! `realint explain` and `realint rules`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::args::{ExplainArgs, RulesCommand};
use super::output;
use crate::error::Error;
use crate::gold;
use crate::rule::{Counts, Demand, Rule, RuleSet, load, run_examples};
use crate::standard::Stage;

fn rule_set(folder: Option<&Path>) -> Result<RuleSet, Error> {
    match folder {
        Some(folder) => load::with_folder(folder),
        None => load::shipped(),
    }
}

pub(super) fn explain(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let rules = rule_set(args.rules.as_deref())?;
    if let Some(finding) = rules.other(&args.code) {
        let text = format!(
            "{}: {} ({})\n\nWhy\n  {}\n\nWhat to do\n  {}\n",
            finding.code,
            finding.name,
            finding.severity.name(),
            finding.why,
            finding.help
        );
        return output::print(text.as_bytes());
    }
    let rule = rules.rule(&args.code).ok_or_else(|| Error::unknown("rule", &args.code, rules.codes()))?;
    output::print(explanation(&rules, rule).as_bytes())
}

/// A rule in words, under fixed headings.
fn explanation(rules: &RuleSet, rule: &Rule) -> String {
    let mut text = String::new();
    let standard = rules
        .standards
        .iter()
        .zip(&rules.rules)
        .find(|(_, own)| own.iter().any(|r| r.code == rule.code))
        .map(|(s, _)| s);
    let _ = writeln!(text, "{}: {}", rule.code, rule.name);
    if let Some(standard) = standard {
        let _ = writeln!(text, "Item {} of {} ({})", rule.item, standard.name, standard.source);
    }
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
        RulesCommand::Train { bank, gold, output, rules } => {
            let rules = rule_set(rules.as_deref())?;
            let summary = gold::train_files(&rules, bank, gold.as_deref(), output)?;
            output::print(summary.as_bytes())
        }
    }
}

fn list(rules: &RuleSet) -> Result<ExitCode, Error> {
    let mut text = String::new();
    for (standard, own) in rules.standards.iter().zip(&rules.rules) {
        let _ = writeln!(text, "{}: {} ({} items; {})", standard.id, standard.name, standard.items, standard.source);
        if own.is_empty() {
            let _ = writeln!(text, "  rules not shipped yet");
        }
        for rule in own {
            let _ = writeln!(text, "  {}  {:<8} {}", rule.code, rule.severity.name(), rule.name);
        }
    }
    let _ = writeln!(text, "findings beyond the standards");
    for finding in &rules.others {
        let _ = writeln!(text, "  {:<6} {:<8} {}", finding.code, finding.severity.name(), finding.name);
    }
    output::print(text.as_bytes())
}

fn test(rules: &RuleSet) -> Result<ExitCode, Error> {
    let (count, failures) = run_examples(rules, rules.all_rules());
    let mut text = String::new();
    for failure in &failures {
        let _ = writeln!(text, "{}: {}\n  {}\n", failure.code, failure.problem, failure.text);
    }
    let _ = writeln!(text, "{} examples, {} failed", count, failures.len());
    output::print(text.as_bytes())?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
