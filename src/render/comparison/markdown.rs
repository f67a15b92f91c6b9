//! Markdown, for the letter that goes with a revision: what the editor asks first comes first.

use std::io::{self, Write};

use super::super::checklist::plain;
use super::{called, configuration_changes, outcome, place, quoted, still_lacks, telling, verdict};
use crate::comparison::{Change, ComparedFinding, ComparedItem, Comparison, NamedConfiguration, Version};
use crate::report::EvidenceReport;

/// Writes sections with tables and lists.
pub fn markdown(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let title = comparison.new.title.as_deref().or(comparison.old.title.as_deref()).unwrap_or("the manuscript");
    text.push_str(&format!("# Changes in {}\n\n", plain(title)));
    let held = match &comparison.new.standard {
        Some(standard) => format!("held against {}", plain(standard)),
        None => "to which no standard applies".to_owned(),
    };
    text.push_str(&format!(
        "The old version ({}) and the new one ({}), {held}. {}\n",
        plain(&comparison.old.path),
        plain(&comparison.new.path),
        outcome(comparison)
    ));
    for caution in &comparison.cautions {
        text.push_str(&format!("\n**Note:** {}.\n", plain(caution)));
    }
    items(comparison, &mut text);
    findings(comparison, &mut text);
    configurations(comparison, &mut text);
    text.push_str(&format!(
        "\nWritten by realint {}, which judges whether something is reported, not how well. \"Not found\" means that no sentence was found that reports it.\n",
        comparison.tool.version
    ));
    out.write_all(text.as_bytes())
}

fn items(comparison: &Comparison, text: &mut String) {
    let of = |change| comparison.items.iter().filter(move |item| item.change == change).collect::<Vec<_>>();
    for (change, heading) in [
        (Change::Mended, "Items that are mended"),
        (Change::Broken, "Items that are worse than before"),
        (Change::Changed, "Items that changed otherwise"),
    ] {
        let items = of(change);
        if items.is_empty() {
            continue;
        }
        text.push_str(&format!("\n## {heading}\n\n| Item | Before | Now | Where |\n| --- | --- | --- | --- |\n"));
        for item in items {
            text.push_str(&format!(
                "| {}. {} | {} | {} | {} |\n",
                item.item,
                plain(&item.name),
                plain(&verdict(&item.old)),
                plain(&verdict(&item.new)),
                plain(&shown(comparison, item))
            ));
        }
    }
    let still: Vec<&ComparedItem> =
        comparison.items.iter().filter(|item| still_lacks(item.change, &item.new)).collect();
    if !still.is_empty() {
        text.push_str("\n## Items that lack something, as before\n\n");
        for item in still {
            text.push_str(&format!("- {}. {}: {}\n", item.item, plain(&item.name), plain(&verdict(&item.new))));
        }
    }
}

/// The place and the words that the change rests on.
fn shown(comparison: &Comparison, item: &ComparedItem) -> String {
    let said = |version: &Version, evidence: &EvidenceReport, before: &str| {
        let under = evidence.location.section.last().map_or_else(String::new, |last| format!(", under {last}"));
        format!("{before}{}{under}: {}", place(version, &evidence.location), quoted(&evidence.text))
    };
    let was = telling(&item.old, &item.new).map(|e| said(&comparison.old, e, "was "));
    let is = telling(&item.new, &item.old).map(|e| said(&comparison.new, e, ""));
    let shown = if item.change == Change::Broken { was.or(is) } else { is.or(was) };
    shown.or_else(|| item.new.reason.clone()).unwrap_or_default()
}

fn findings(comparison: &Comparison, text: &mut String) {
    let all = &comparison.findings;
    let mut section = |heading: &str, findings: Vec<String>| {
        if !findings.is_empty() {
            text.push_str(&format!("\n## {heading}\n\n"));
            findings.iter().for_each(|finding| text.push_str(&format!("- {finding}\n")));
        }
    };
    let named = |finding: &ComparedFinding, version: &Version, was: &str| {
        let (severity, code) = (finding.severity.name(), &finding.code);
        format!("{severity} {code}: {} ({was}{})", plain(&finding.message), place(version, &finding.location))
    };
    let of = |all: &[ComparedFinding], version: &Version, was: &str| {
        all.iter().filter(|f| !f.of_item).map(|f| named(f, version, was)).collect::<Vec<_>>()
    };
    section("Other findings that are gone", of(&all.gone, &comparison.old, "was "));
    section("Other findings that are new", of(&all.new, &comparison.new, ""));
    let silenced = all.silenced.iter().filter(|f| !f.new.of_item);
    section(
        "Other findings that are silenced now",
        silenced.map(|f| format!("{}: {}", named(&f.new, &comparison.new, ""), plain(&f.reason))).collect(),
    );
    let kept = all.kept.iter().filter(|f| !f.new.of_item);
    section("Other findings, as before", kept.map(|f| named(&f.new, &comparison.new, "")).collect());
}

fn configurations(comparison: &Comparison, text: &mut String) {
    let all = &comparison.configurations;
    if all.added.is_empty() && all.removed.is_empty() && all.changed.is_empty() {
        return;
    }
    text.push_str("\n## Configurations\n\n");
    let named = |configuration: &NamedConfiguration, version: &Version, was: &str| {
        format!("{} ({was}{})", plain(&called(configuration)), place(version, &configuration.location))
    };
    for changed in &all.changed {
        text.push_str(&format!("- {}\n", named(&changed.new, &comparison.new, "")));
        for change in configuration_changes(changed) {
            text.push_str(&format!("  - {}\n", plain(&change)));
        }
        if !changed.lost.is_empty() {
            text.push_str(&format!("  - lacks now: {}\n", changed.lost.join(", ")));
        }
    }
    for configuration in &all.added {
        text.push_str(&format!("- added: {}\n", named(configuration, &comparison.new, "")));
    }
    for configuration in &all.removed {
        text.push_str(&format!("- removed: {}\n", named(configuration, &comparison.old, "was ")));
    }
}
