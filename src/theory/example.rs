//! Runs the examples that findings carry: in each it must, or must not, be found.

use super::{Judged, judge};
use crate::cmo;
use crate::error::Error;
use crate::manuscript::{BlockKind, Format, Manuscript};
use crate::read::{self, NoLibrary};
use crate::rule::{ClaimExample, ExampleFailure, OtherFinding, Reading, RuleSet};

/// Runs the examples of all findings that are told by a check. Gives how many there were, and those
/// that failed.
pub fn run_claim_examples(rules: &RuleSet) -> (usize, Vec<ExampleFailure>) {
    let mut count = 0;
    let mut failures = Vec::new();
    for rule in
        rules.others.iter().filter(|r| r.check.is_some_and(|check| !check.is_of_protocols() && !check.is_of_projects()))
    {
        for (example, fires) in rule.fires.iter().map(|e| (e, true)).chain(rule.silent.iter().map(|e| (e, false))) {
            count += 1;
            let problem = match found(rules, rule, example) {
                Ok(found) if found == fires => continue,
                Ok(true) => "it is found where it must not be".to_owned(),
                Ok(false) => "it is not found".to_owned(),
                Err(error) => format!("it can't be read: {error}"),
            };
            failures.push(ExampleFailure { code: rule.code.clone(), text: example.text.clone(), problem });
        }
    }
    (count, failures)
}

fn found(rules: &RuleSet, rule: &OtherFinding, example: &ClaimExample) -> Result<bool, Error> {
    let path = std::path::Path::new("example.md");
    let mut drafts =
        read::read(path, example.text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names)?;
    let mut manuscript = Manuscript::new(drafts.remove(0), &rules.section_names);
    let headed = manuscript.blocks.iter().any(|b| matches!(b.kind, BlockKind::Heading { .. }));
    if !headed {
        manuscript.place_all(example.place);
    }
    let reading = Reading::new(&manuscript, rules);
    let compilation = cmo::compile(&manuscript, &rules.grammar);
    let (standard, _) = rules
        .standard(&example.standard)
        .ok_or_else(|| Error::unknown("standard", &example.standard, rules.standards.iter().map(|s| s.id.as_str())))?;
    let judged =
        Judged { reading: &reading, rules, compilation: &compilation, standard, stage: example.stage, pedantic: true };
    Ok(judge(&judged).iter().any(|finding| finding.code == rule.code))
}
