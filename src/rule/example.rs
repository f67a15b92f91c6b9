//! Runs the examples that rules carry: each must, or must not, satisfy its rule.

use super::engine::{self, Facts};
use super::{Example, Reading, Rule, RuleSet};
use crate::cmo;
use crate::error::Error;
use crate::manuscript::{Format, Manuscript};
use crate::read::{self, NoLibrary};
use crate::verdict::Verdict;

/// An example that its rule didn't treat as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The rule.
    pub code: String,
    /// The example.
    pub text: String,
    /// What was expected and what came.
    pub problem: String,
}

/// Runs all examples of some rules. Gives how many there were, and those that failed.
pub fn run_examples<'a>(rules: &RuleSet, wanted: impl IntoIterator<Item = &'a Rule>) -> (usize, Vec<ExampleFailure>) {
    let mut count = 0;
    let mut failures = Vec::new();
    for rule in wanted {
        for (example, satisfied) in
            rule.satisfied.iter().map(|e| (e, true)).chain(rule.unsatisfied.iter().map(|e| (e, false)))
        {
            count += 1;
            if let Some(problem) = problem_of(rules, rule, example, satisfied) {
                failures.push(ExampleFailure { code: rule.code.clone(), text: example.text.clone(), problem });
            }
        }
    }
    (count, failures)
}

fn problem_of(rules: &RuleSet, rule: &Rule, example: &Example, satisfied: bool) -> Option<String> {
    let manuscript = match example_manuscript(example, rules) {
        Ok(manuscript) => manuscript,
        Err(error) => return Some(format!("it can't be read: {error}")),
    };
    let reading = Reading::new(&manuscript, rules);
    let facts = Facts { configurations: cmo::compile(&manuscript, &rules.grammar).configurations.len() };
    let verdicts = engine::judge(&reading, rules, std::slice::from_ref(rule), example.stage, facts);
    let item = verdicts.first()?;
    for part in &example.parts {
        let found = item.evidence.iter().any(|e| e.part == *part);
        if found != satisfied {
            let verb = if satisfied { "does not satisfy" } else { "satisfies" };
            return Some(format!("it {verb} the part `{}`", rules.part(*part).id));
        }
    }
    let expected = example.verdict.or_else(|| {
        (example.parts.is_empty()).then_some(if satisfied { Verdict::Reported } else { Verdict::NotFound })
    })?;
    (item.verdict != expected).then(|| {
        let heard = item.evidence.iter().chain(&item.near_misses);
        let because: Vec<String> = heard.map(|e| engine::because(&reading, rules, e)).collect();
        format!("the verdict is {}, not {} ({})", item.verdict.name(), expected.name(), because.join(" | "))
    })
}

/// The example as a manuscript of its own: Markdown, under its heading, in its place.
fn example_manuscript(example: &Example, rules: &RuleSet) -> Result<Manuscript, Error> {
    let heading = example.heading.as_ref().map(|h| format!("# Paper\n\n## {h}\n\n")).unwrap_or_default();
    let text = format!("{heading}{}", example.text);
    let path = std::path::Path::new("example.md");
    let mut drafts = read::read(path, text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names)?;
    let mut manuscript = Manuscript::new(drafts.remove(0), &rules.section_names);
    manuscript.place_all(example.place);
    Ok(manuscript)
}
