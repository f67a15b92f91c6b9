//! For a terminal: a line a change, what was broken first.

use std::io::{self, Write};

use super::super::place::printable;
use super::{called, configuration_changes, outcome, place, quoted, shortened, still_lacks, telling, verdict};
use crate::comparison::{Change, ComparedFinding, ComparedItem, Comparison, NamedConfiguration, Version};

/// Writes what changed, and what still lacks.
pub fn human(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for (name, version) in [("old", &comparison.old), ("new", &comparison.new)] {
        let standard = version.standard.as_deref().unwrap_or("no standard applies");
        text.push_str(&format!("{name}: {}: {standard}, {}\n", version.path, version.stage));
    }
    for caution in &comparison.cautions {
        text.push_str(&format!("caution: {caution}\n"));
    }
    items(comparison, &mut text);
    findings(comparison, &mut text);
    configurations(comparison, &mut text);
    text.push('\n');
    text.push_str(&outcome(comparison));
    for line in text.lines() {
        writeln!(out, "{}", printable(line))?;
    }
    Ok(())
}

fn heading(words: &str, counts: &[(usize, &str)], text: &mut String) {
    let said: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, name)| format!("{number} {name}")).collect();
    let said = if said.is_empty() { "none".to_owned() } else { said.join(", ") };
    text.push_str(&format!("\n{words}: {said}\n"));
}

fn row(what: &str, words: &str, text: &mut String) {
    text.push_str(&format!("  {what:<8} {words}\n"));
}

fn under(words: &str, text: &mut String) {
    text.push_str(&format!("           {words}\n"));
}

fn items(comparison: &Comparison, text: &mut String) {
    if comparison.items.is_empty() {
        return;
    }
    let of = |change| comparison.items.iter().filter(move |item| item.change == change);
    let counts = [
        (Change::Broken, "broken"),
        (Change::Mended, "mended"),
        (Change::Changed, "changed"),
        (Change::Kept, "as before"),
    ];
    heading("Items", &counts.map(|(change, name)| (of(change).count(), name)), text);
    for (change, word) in &counts[..3] {
        for item in of(*change) {
            let (old, new) = (verdict(&item.old), verdict(&item.new));
            row(word, &format!("{} {}: {old} → {new}", item.code, item.name), text);
            evidence(comparison, item, text);
        }
    }
    for item in comparison.items.iter().filter(|item| still_lacks(item.change, &item.new)) {
        row("still", &format!("{} {}: {}", item.code, item.name, verdict(&item.new)), text);
    }
}

fn evidence(comparison: &Comparison, item: &ComparedItem, text: &mut String) {
    if item.change != Change::Mended
        && let Some(was) = telling(&item.old, &item.new)
    {
        under(&format!("was {}: {}", place(&comparison.old, &was.location), quoted(&was.text)), text);
    }
    if item.change != Change::Broken
        && let Some(is) = telling(&item.new, &item.old)
    {
        under(&format!("now {}: {}", place(&comparison.new, &is.location), quoted(&is.text)), text);
    }
    if let Some(reason) = &item.new.reason {
        under(&format!("because {}", shortened(reason)), text);
    }
}

fn findings(comparison: &Comparison, text: &mut String) {
    let all = &comparison.findings;
    // Verdicts say what findings on items say.
    let new: Vec<_> = all.new.iter().filter(|f| !f.of_item).collect();
    let gone: Vec<_> = all.gone.iter().filter(|f| !f.of_item).collect();
    let kept: Vec<_> = all.kept.iter().filter(|f| !f.new.of_item).collect();
    let silenced: Vec<_> = all.silenced.iter().filter(|f| !f.new.of_item).collect();
    let counts = [(new.len(), "new"), (gone.len(), "gone"), (silenced.len(), "silenced"), (kept.len(), "as before")];
    if counts.iter().all(|(number, _)| *number == 0) {
        return;
    }
    heading("Other findings", &counts, text);
    for finding in new {
        row("new", &named(finding, &comparison.new, ""), text);
    }
    for finding in gone {
        row("gone", &named(finding, &comparison.old, "was "), text);
    }
    for finding in silenced {
        row("silenced", &named(&finding.new, &comparison.new, ""), text);
        under(&format!("because {}", shortened(&finding.reason)), text);
    }
    for finding in kept {
        row("still", &named(&finding.new, &comparison.new, ""), text);
    }
}

fn named(finding: &ComparedFinding, version: &Version, was: &str) -> String {
    let (severity, code) = (finding.severity.name(), &finding.code);
    format!("{severity}[{code}] {} ({was}{})", shortened(&finding.message), place(version, &finding.location))
}

fn configurations(comparison: &Comparison, text: &mut String) {
    let all = &comparison.configurations;
    let (added, removed) = (all.added.len(), all.removed.len());
    let counts =
        [(added, "added"), (removed, "removed"), (all.changed.len(), "changed"), (all.kept.len(), "as before")];
    if counts.iter().all(|(number, _)| *number == 0) {
        return;
    }
    heading("Configurations", &counts, text);
    let named = |configuration: &NamedConfiguration, version: &Version, was: &str| {
        format!("{} ({was}{})", called(configuration), place(version, &configuration.location))
    };
    for changed in &all.changed {
        let word = match (changed.lost.is_empty(), changed.gained.is_empty()) {
            (false, _) => "broken",
            (true, false) => "mended",
            (true, true) => "changed",
        };
        row(word, &named(&changed.new, &comparison.new, ""), text);
        configuration_changes(changed).iter().for_each(|change| under(change, text));
        if !changed.lost.is_empty() {
            under(&format!("lacks now: {}", changed.lost.join(", ")), text);
        }
    }
    all.added.iter().for_each(|c| row("added", &named(c, &comparison.new, ""), text));
    all.removed.iter().for_each(|c| row("removed", &named(c, &comparison.old, "was "), text));
}
