//! One manuscript: what realint says of it against what is true of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::quotation::{same_place, without_paragraphs};
use super::tally::Tally;
use crate::check::{self, Settings};
use crate::config::Config;
use crate::error::Error;
use crate::gold::{Gold, GoldDefect, NO_STANDARD, Status};
use crate::manuscript::{Format, Role};
use crate::read::{FolderLibrary, format_at, read_bytes};
use crate::report::{ComponentsReport, DocumentReport};
use crate::rule::{Rule, RuleSet, Severity};
use crate::standard::Stage;
use crate::verdict::Verdict;

/// How realint did on one manuscript.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) slug: String,
    pub(super) standard: String,
    /// `None` where it couldn't be told, since the file couldn't be read.
    pub(super) format: Option<Format>,
    pub(super) all: Tally,
    /// Counts of single items.
    pub(super) items: BTreeMap<u32, Tally>,
    /// Why it couldn't be read.
    pub(super) failure: Option<String>,
}

/// Whether items are judged by the standard that is true or by the one that realint chooses; and
/// whether evidence is deleted as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) standard_given: bool,
    pub(super) deletion: bool,
}

/// Checks a file as `realint check` does. Gives its first record.
pub(super) fn check_file(
    path: &Path,
    bytes: &[u8],
    rules: &RuleSet,
    adjust: impl FnOnce(&mut Settings),
) -> Result<Option<DocumentReport>, Error> {
    let config = Config::find(path)?;
    config.validate(rules)?;
    let mut settings = config.settings(path)?;
    adjust(&mut settings);
    Ok(check::check(path, bytes, None, &FolderLibrary, rules, &settings)?.into_iter().next())
}

/// The standard of a report, as gold files name it.
pub(super) fn standard_of(document: &DocumentReport) -> &str {
    document.standard.as_ref().map_or(NO_STANDARD, |s| s.id.as_str())
}

/// Compares. A manuscript that can't be read has all of its items wrong; it is never left out.
pub(super) fn outcome(gold: &Gold, rules: &RuleSet, how: How) -> Outcome {
    let path = gold.manuscript();
    let given = |settings: &mut Settings| {
        if how.standard_given {
            settings.standard = Some(gold.standard.clone());
            settings.stage = Stage::from_name(&gold.stage);
        }
    };
    let read = read_bytes(&path).and_then(|bytes| Ok((check_file(&path, &bytes, rules, given)?, bytes)));
    let (document, bytes, failure) = match read {
        Ok((document, bytes)) => (document, bytes, None),
        Err(error) => (None, Vec::new(), Some(error.to_string())),
    };
    let mut outcome = Outcome {
        slug: gold.slug.clone(),
        standard: gold.standard.clone(),
        format: document.as_ref().map(|d| d.format).or_else(|| format_at(&path)),
        all: Tally { manuscripts: 1, unread: u32::from(failure.is_some()), ..Tally::default() },
        items: BTreeMap::new(),
        failure,
    };
    let all = &mut outcome.all;
    let chosen = document.as_ref().filter(|d| standard_of(d) == gold.standard);
    all.selected = u32::from(chosen.is_some_and(|d| d.stage == gold.stage));
    let verdict_on = |number: u32| chosen?.items.iter().find(|i| i.item == number).map(|i| i.verdict);
    for (number, item) in &gold.items {
        let Ok(number) = number.parse::<u32>() else { continue };
        let mut tally = Tally { manuscripts: 1, ..Tally::default() };
        count_item(item.status, item.also, verdict_on(number), &mut tally);
        if tally.items > 0 {
            tally.selected = all.selected;
            all.not_found += &tally.not_found;
            all.attention += &tally.attention;
            all.classes += &tally.classes;
            all.items += tally.items;
            all.unclear += tally.unclear;
            outcome.items.insert(number, tally);
        }
    }
    count_configurations(gold, document.as_ref(), all);
    count_defects(gold, document.as_ref(), rules, all);
    if how.deletion && is_written_as_text(&path) {
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n");
        for (number, item) in gold.items.iter().filter(|(_, item)| item.status == Status::Reported) {
            let rule = rules
                .standard(&gold.standard)
                .and_then(|(_, own)| own.iter().find(|rule| rule.item.to_string() == *number && !lies_in_front(rule)));
            let Some(rule) = rule.filter(|rule| verdict_on(rule.item) == Some(Verdict::Reported)) else { continue };
            let Some(less) = without_paragraphs(&text, &item.evidence) else { continue };
            let document = check_file(&path, less.as_bytes(), rules, given).ok().flatten();
            let verdict = document.and_then(|d| d.items.iter().find(|i| i.item == rule.item).map(|i| i.verdict));
            let noticed = matches!(verdict, Some(Verdict::NotFound | Verdict::Partial | Verdict::Unclear));
            for tally in [Some(&mut *all), outcome.items.get_mut(&rule.item)].into_iter().flatten() {
                tally.deletions += 1;
                tally.deletions_noticed += u32::from(noticed);
            }
        }
    }
    outcome
}

/// Without its title or abstract a manuscript is another manuscript: these items can't be tested by deletion.
fn lies_in_front(rule: &Rule) -> bool {
    rule.home.iter().all(|role| matches!(role, Role::Front | Role::Abstract))
}

/// Whether a file's bytes are paragraphs parted by blank lines, so that one can be cut out.
fn is_written_as_text(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".md", ".qmd", ".txt", ".tex"].iter().any(|ending| name.ends_with(ending))
}

/// The verdict that would be right; `None` where the item doesn't apply.
fn right_verdict(status: Status) -> Option<Verdict> {
    match status {
        Status::Reported => Some(Verdict::Reported),
        Status::Partial => Some(Verdict::Partial),
        Status::Missing => Some(Verdict::NotFound),
        Status::NotApplicable => None,
    }
}

fn count_item(status: Status, also: Option<Status>, said: Option<Verdict>, tally: &mut Tally) {
    let Some(truth) = right_verdict(status) else { return };
    let also = also.and_then(right_verdict);
    // Unclear and partial are one class.
    let class = if said == Some(Verdict::Unclear) { Some(Verdict::Partial) } else { said };
    let nearest = if also.is_some() && class == also { class } else { Some(truth) };
    tally.items += 1;
    tally.unclear += u32::from(said == Some(Verdict::Unclear));
    tally.classes.count(nearest, class);
    let lacks = |verdict: Verdict| verdict != Verdict::Reported;
    if also.is_none_or(|also| lacks(also) == lacks(truth)) {
        tally.attention.count(lacks(truth), said != Some(Verdict::Reported));
    }
    if truth != Verdict::Partial && also.is_none() {
        tally.not_found.count(truth == Verdict::NotFound, matches!(said, None | Some(Verdict::NotFound)));
    }
}

/// Context, mechanism and outcome: the parts that a configuration can't do without.
fn core_parts(components: &ComponentsReport) -> [(&'static str, bool); 3] {
    [
        ("context", !components.context.is_empty()),
        ("mechanism", !components.mechanism.is_empty()),
        ("outcome", !components.outcome.is_empty()),
    ]
}

fn count_configurations(gold: &Gold, document: Option<&DocumentReport>, tally: &mut Tally) {
    let found = document.map_or(&[][..], |d| &d.configurations);
    let mut used = vec![false; found.len()];
    for truth in &gold.cmocs {
        let same = |(n, c): &(usize, &crate::report::ConfigurationReport)| {
            !used[*n] && same_place(&truth.evidence, &c.block_text)
        };
        let Some((n, configuration)) = found.iter().enumerate().find(same) else {
            tally.configurations.misses += 1;
            continue;
        };
        used[n] = true;
        tally.configurations.hits += 1;
        let stated = |part: &str| truth.components.iter().any(|name| name == part);
        let right = core_parts(&configuration.components).iter().all(|(part, there)| stated(part) == *there);
        tally.parts_right += u32::from(right);
        tally.support_right += u32::from(configuration.supported == truth.supported);
    }
    tally.configurations.false_alarms += used.iter().filter(|used| !**used).count() as u32;
}

/// Families of findings about the manuscript as a whole: any place is as good as another.
const WHOLE: [&str; 3] = ["CNT", "THY", "REF"];

fn is_of_the_whole(code: &str) -> bool {
    WHOLE.iter().any(|family| code.starts_with(family))
}

fn count_defects(gold: &Gold, document: Option<&DocumentReport>, rules: &RuleSet, tally: &mut Tally) {
    // Items are counted as items.
    let is_item = |code: &str| rules.rule(code).is_some();
    let findings: Vec<_> =
        document.map_or(&[][..], |d| &d.findings).iter().filter(|finding| !is_item(&finding.code)).collect();
    let mut taken = vec![false; findings.len()];
    for defect in &gold.defects {
        tally.defects += 1;
        let here = findings.iter().position(|f| f.code == defect.code && same_place(&defect.at, &f.block_text));
        let anywhere = || {
            let is_of_the_whole = is_of_the_whole(&defect.code);
            (0..findings.len()).find(|n| is_of_the_whole && findings[*n].code == defect.code && !taken[*n])
        };
        if let Some(n) = here.or_else(anywhere) {
            taken[n] = true;
            tally.defects_found += 1;
        }
    }
    let known = |finding: &crate::report::FindingReport| {
        let fits = |defect: &GoldDefect| {
            defect.code == finding.code
                && (is_of_the_whole(&defect.code) || same_place(&defect.at, &finding.block_text))
        };
        gold.defects.iter().chain(&gold.consequential_defects).any(fits)
    };
    tally.false_defects += findings.iter().filter(|f| f.severity >= Severity::Warning && !known(f)).count() as u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::tally::Decisions;

    fn counted(status: Status, also: Option<Status>, said: Option<Verdict>) -> Tally {
        let mut tally = Tally::default();
        count_item(status, also, said, &mut tally);
        tally
    }

    #[test]
    fn an_item_that_two_readers_see_differently_counts_where_they_agree() {
        let split = counted(Status::Reported, Some(Status::Partial), Some(Verdict::Unclear));
        assert_eq!((split.attention, split.not_found), (Decisions::default(), Decisions::default()));
        assert_eq!((split.items, split.unclear), (1, 1));
        let both_lack = counted(Status::Missing, Some(Status::Partial), Some(Verdict::Partial));
        assert_eq!(both_lack.attention.hits, 1);
        assert_eq!(both_lack.not_found.all(), 0);
    }

    #[test]
    fn an_item_of_which_nothing_is_said_counts_as_not_found() {
        let absent = counted(Status::Missing, None, None);
        assert_eq!((absent.not_found.hits, absent.attention.hits), (1, 1));
        assert_eq!(counted(Status::NotApplicable, None, None), Tally::default());
    }
}
