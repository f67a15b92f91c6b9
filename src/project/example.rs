//! Runs the examples that findings about projects carry: a manuscript, and as much of the files beside it as
//! matters.

use std::path::Path;

use super::{Beside, Evidence, Told, judge};
use crate::bibliography;
use crate::cmo;
use crate::error::Error;
use crate::manuscript::{BlockKind, Format, Manuscript};
use crate::protocol;
use crate::read::{self, NoLibrary};
use crate::rule::{ClaimExample, ExampleFailure, OtherFinding, Reading, RuleSet};
use crate::structured::Syntax;

/// Runs the examples of all findings about projects. Gives how many there were, and those that failed.
pub fn run_project_examples(rules: &RuleSet) -> (usize, Vec<ExampleFailure>) {
    let mut count = 0;
    let mut failures = Vec::new();
    for rule in rules.others.iter().filter(|rule| rule.check.is_some_and(crate::rule::Check::is_of_projects)) {
        for (example, fires) in rule.fires.iter().map(|e| (e, true)).chain(rule.silent.iter().map(|e| (e, false))) {
            count += 1;
            let problem = match found(rules, rule, example) {
                Ok(found) if found == fires => continue,
                Ok(true) => "it is found where it must not be".to_owned(),
                Ok(false) => "it is not found".to_owned(),
                Err(error) => format!("it can't be read: {error}"),
            };
            failures.push(ExampleFailure { code: rule.code.clone(), text: example.shown(), problem });
        }
    }
    (count, failures)
}

fn found(rules: &RuleSet, rule: &OtherFinding, example: &ClaimExample) -> Result<bool, Error> {
    let text = if example.text.is_empty() { "# A review" } else { example.text.as_str() };
    let path = Path::new("example.md");
    let mut drafts = read::read(path, text.as_bytes(), Some(Format::Markdown), &NoLibrary, &rules.section_names)?;
    let mut manuscript = Manuscript::new(drafts.remove(0), &rules.section_names);
    if !manuscript.blocks.iter().any(|block| matches!(block.kind, BlockKind::Heading { .. })) {
        manuscript.place_all(example.place);
    }
    let reading = Reading::new(&manuscript, rules);
    let compilation = cmo::compile(&manuscript, &rules.grammar);
    let (standard, _) = rules
        .standard(&example.standard)
        .ok_or_else(|| Error::unknown("standard", &example.standard, rules.standards.iter().map(|s| s.id.as_str())))?;
    let told = Told {
        reading: &reading,
        compilation: &compilation,
        standard: Some(standard),
        stage: example.stage,
        sure: true,
    };
    let plan =
        example.protocol.as_deref().map(|text| protocol::read(protocol::parse(text, Syntax::Toml), false, rules));
    let library = example.bibliography.as_deref().map(|text| bibliography::read(Path::new(""), text));
    let evidence = example.evidence.as_deref().map(Evidence::read);
    let texts = |key: &str| example.texts.get(key).map(|text| (format!("{key}.txt"), text.clone()));
    let beside = Beside {
        protocol: plan.as_ref().zip(example.protocol.as_deref()).map(|(plan, text)| (0, plan, text)),
        bibliographies: library.iter().map(|library| (1, library)).collect(),
        evidence: evidence.as_ref().map(|evidence| (2, evidence)),
        texts: &texts,
    };
    Ok(judge(&beside, told, rules, true).iter().any(|tie| tie.rule.code == rule.code))
}
