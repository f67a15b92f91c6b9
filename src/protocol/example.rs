//! Runs the examples that findings about protocol files carry.

use super::{judge, parse, read};
use crate::rule::{ExampleFailure, RuleSet};

/// Runs the examples of all findings about protocol files. Gives how many there were, and those that
/// failed.
pub fn run_protocol_examples(rules: &RuleSet) -> (usize, Vec<ExampleFailure>) {
    let mut count = 0;
    let mut failures = Vec::new();
    for rule in rules.others.iter().filter(|rule| rule.check.is_some_and(crate::rule::Check::is_of_protocols)) {
        for (example, fires) in rule.fires.iter().map(|e| (e, true)).chain(rule.silent.iter().map(|e| (e, false))) {
            count += 1;
            let file = read(parse(&example.text, example.syntax), false, rules);
            let found = judge(&file, &example.text, rules, true).iter().any(|one| one.rule.code == rule.code);
            if found != fires {
                let problem = if found { "it is found where it must not be" } else { "it is not found" };
                failures.push(ExampleFailure {
                    code: rule.code.clone(),
                    text: example.text.clone(),
                    problem: problem.to_owned(),
                });
            }
        }
    }
    (count, failures)
}
