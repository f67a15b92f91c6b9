//! The status of items above the headings where they belong.

use lsp_types::{CodeLens, Command};

use super::view::View;
use crate::report::{DocumentReport, ItemReport};
use crate::source::SourceId;
use crate::verdict::Verdict;

/// One lens a heading that items of the standard belong to.
pub(super) fn lenses(view: &View) -> Vec<CodeLens> {
    let mut lenses = Vec::new();
    for (report, outline, source) in view.outlines() {
        let headings: Vec<_> = outline.sections.iter().filter(|section| section.heading.source == source).collect();
        let mut titles: Vec<Vec<String>> = headings.iter().map(|_| Vec::new()).collect();
        for item in report.items.iter().filter(|item| item.verdict != Verdict::NotApplicable) {
            let Some(at) = place_of(report, item, source) else { continue };
            let above = headings.iter().rposition(|section| section.heading.start <= at && at <= section.end);
            if let Some(above) = above {
                titles[above].push(status(item));
            }
        }
        for (section, title) in headings.iter().zip(titles).filter(|(_, title)| !title.is_empty()) {
            lenses.push(CodeLens {
                range: view.range(section.heading.start..section.heading.end),
                // Nothing happens on a click: the findings themselves have what there is to do.
                command: Some(Command { title: title.join("  ·  "), command: String::new(), arguments: None }),
                data: None,
            });
        }
    }
    lenses
}

/// The byte of the document at which an item is told or should be; `None` where that is in another file.
fn place_of(report: &DocumentReport, item: &ItemReport, source: SourceId) -> Option<usize> {
    let silenced = report.suppressed.iter().map(|suppressed| &suppressed.finding);
    if let Some(finding) = report.findings.iter().chain(silenced).find(|finding| finding.code == item.code) {
        return (finding.span.source == source).then_some(finding.span.start);
    }
    let location = &item.evidence.first()?.location;
    let own = report.sources.get(source.0 as usize)?;
    let here = location.part.as_deref().map_or(source.0 == 0, |part| part == own.name);
    here.then_some(location.start_byte)
}

fn status(item: &ItemReport) -> String {
    let lacks = if item.lacks.is_empty() { String::new() } else { format!(" (lacks {})", item.lacks.join(", ")) };
    let verdict = match item.verdict {
        Verdict::Reported => "reported",
        Verdict::Partial => return format!("{} partial{lacks}", item.code),
        Verdict::NotFound => "not found",
        Verdict::Unclear => "unclear",
        Verdict::NotApplicable => "not applicable",
    };
    format!("{} {verdict}", item.code)
}
