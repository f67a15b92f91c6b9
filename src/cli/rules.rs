//! `realint explain` and `realint rules`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::args::{ExplainArgs, RulesCommand};
use super::output;
use crate::error::Error;
use crate::gold;
use crate::protocol::run_protocol_examples;
use crate::rule::{Counts, Demand, OtherFinding, Rule, RuleSet, load, run_examples};
use crate::standard::Stage;
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
        return output::print(explanation_of_finding(finding).as_bytes());
    }
    let rule = rules.rule(&args.code).ok_or_else(|| Error::unknown("rule", &args.code, rules.codes()))?;
    output::print(explanation(&rules, rule).as_bytes())
}

/// A finding in words, under fixed headings.
fn explanation_of_finding(finding: &OtherFinding) -> String {
    let mut text = String::new();
    let only = if finding.pedantic { ", only with --pedantic" } else { "" };
    let _ = writeln!(text, "{}: {} ({}{only})", finding.code, finding.name, finding.severity.name());
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
            let _ = writeln!(text, "  - {}", example.text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    text
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
            let _ = writeln!(text, "  no rules");
        }
        for rule in own {
            let _ = writeln!(text, "  {}  {:<8} {}", rule.code, rule.severity.name(), rule.name);
        }
    }
    let _ = writeln!(text, "findings beyond the standards");
    for finding in &rules.others {
        let only = if finding.pedantic { " (--pedantic)" } else { "" };
        let _ = writeln!(text, "  {:<7} {:<8} {}{only}", finding.code, finding.severity.name(), finding.name);
    }
    output::print(text.as_bytes())
}

fn test(rules: &RuleSet) -> Result<ExitCode, Error> {
    let (items, mut failures) = run_examples(rules, rules.all_rules());
    let (claims, failed) = run_claim_examples(rules);
    let (protocols, unfulfilled) = run_protocol_examples(rules);
    let count = items + claims + protocols;
    failures.extend(failed);
    failures.extend(unfulfilled);
    let mut text = String::new();
    for failure in &failures {
        let _ = writeln!(text, "{}: {}\n  {}\n", failure.code, failure.problem, failure.text);
    }
    let _ = writeln!(text, "{} examples, {} failed", count, failures.len());
    output::print(text.as_bytes())?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
