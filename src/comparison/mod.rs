//! Two versions of a manuscript, as the JSON contract `realint-comparison/1` gives them: what the
//! revision mended, what it broke, and what stayed.
//!
//! It works on the reports of the two, so it knows no formats: a Word document may be held against the
//! LaTeX that it came from.

mod configuration;
mod finding;
mod item;
mod likeness;

pub use configuration::{
    ChangedConfiguration, ChangedPart, ChangedSupport, ComparedConfigurations, KeptConfiguration, NamedConfiguration,
};
pub use finding::{ComparedFinding, ComparedFindings, KeptFinding, SilencedFinding};
pub use item::{Change, ComparedItem, Said};

use serde::Serialize;

use crate::manuscript::Format;
use crate::report::{DocumentReport, Tool};
use crate::rule::Severity;

/// The name of the contract.
pub const SCHEMA: &str = "realint-comparison/1";

/// Two versions of a manuscript.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// `realint-comparison/1`.
    pub schema: &'static str,
    /// Who made it.
    pub tool: Tool,
    /// The old version.
    pub old: Version,
    /// The new version.
    pub new: Version,
    /// Whether the two answer to the same standard.
    pub standards: Standards,
    /// What a reader must know before reading on: the two are of different standards or kinds.
    pub cautions: Vec<String>,
    /// Every item of the standard, in order; empty where the versions answer to different ones.
    pub items: Vec<ComparedItem>,
    /// Findings in reading order.
    pub findings: ComparedFindings,
    /// Configurations in reading order.
    pub configurations: ComparedConfigurations,
    /// How much was mended.
    pub mended: Counts,
    /// How much was broken.
    pub broken: Counts,
    /// Whether anything was broken, the claim to a standard included.
    pub broke: bool,
}

/// One of the versions.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    /// The path as given, `-` for standard input.
    pub path: String,
    /// The format that it was read as.
    pub format: Format,
    /// The title, where one was found.
    pub title: Option<String>,
    /// Id of its standard; `null` where none applies.
    pub standard: Option<String>,
    /// `report`, `protocol`, `abstract` or `fragment`.
    pub stage: &'static str,
    /// Lines of its places are paragraphs, not lines that an editor would show.
    #[serde(skip)]
    pub lines_are_paragraphs: bool,
}

/// How the standards of the versions stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standards {
    /// The same one.
    Same,
    /// Two different ones: items are not compared.
    Different,
    /// None applies to the new version, and one did to the old.
    Lost,
    /// One applies to the new version, and none did to the old.
    Gained,
    /// None applies to either.
    None,
}

/// How many changes went one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Verdicts on items.
    pub items: usize,
    /// Findings that aren't about items; where something was broken, errors and warnings only.
    pub findings: usize,
    /// Configurations that gained, or lost, a part or all support.
    pub configurations: usize,
}

impl Counts {
    /// All of them.
    pub fn total(self) -> usize {
        self.items + self.findings + self.configurations
    }
}

/// Compares two versions by what was found in each. Both must have been checked by the same rules.
pub fn compare(old: &DocumentReport, new: &DocumentReport) -> Comparison {
    let standards = standards(old, new);
    let items = if standards == Standards::Same { item::compared(old, new) } else { Vec::new() };
    // Where no standard applies nothing is looked for, so nothing that isn't there is gone.
    let (findings, configurations) = match standards {
        Standards::Lost | Standards::Gained => Default::default(),
        _ => (finding::compared(old, new), configuration::compared(&old.configurations, &new.configurations)),
    };
    let of = |change| items.iter().filter(|item| item.change == change).count();
    // A note is what only a person can settle: a new one breaks nothing.
    let worse = findings.new.iter().filter(|f| !f.of_item && f.severity >= Severity::Warning).count();
    let mended = Counts {
        items: of(Change::Mended),
        findings: findings.gone.iter().filter(|finding| !finding.of_item).count(),
        configurations: configurations.changed.iter().filter(|c| !c.gained.is_empty() && c.lost.is_empty()).count(),
    };
    let broken = Counts {
        items: of(Change::Broken),
        findings: worse,
        configurations: configurations.changed.iter().filter(|c| !c.lost.is_empty()).count(),
    };
    Comparison {
        schema: SCHEMA,
        tool: Tool::this(),
        old: version(old),
        new: version(new),
        standards,
        cautions: cautions(old, new, standards),
        items,
        findings,
        configurations,
        mended,
        broken,
        broke: broken.total() > 0 || standards == Standards::Lost,
    }
}

fn version(document: &DocumentReport) -> Version {
    Version {
        path: document.path.clone(),
        format: document.format,
        title: document.title.clone(),
        standard: document.standard.as_ref().map(|standard| standard.id.clone()),
        stage: document.stage,
        lines_are_paragraphs: document.lines_are_paragraphs,
    }
}

fn standards(old: &DocumentReport, new: &DocumentReport) -> Standards {
    match (&old.standard, &new.standard) {
        (Some(was), Some(is)) if was.id == is.id => Standards::Same,
        (Some(_), Some(_)) => Standards::Different,
        (Some(_), None) => Standards::Lost,
        (None, Some(_)) => Standards::Gained,
        (None, None) => Standards::None,
    }
}

fn cautions(old: &DocumentReport, new: &DocumentReport, standards: Standards) -> Vec<String> {
    let mut cautions = Vec::new();
    let id = |document: &DocumentReport| document.standard.as_ref().map_or("none", |s| s.id.as_str()).to_owned();
    match standards {
        Standards::Same => {}
        Standards::Different => cautions.push(format!(
            "the old version answers to {} and the new one to {}: their items ask for different things and are not compared",
            id(old),
            id(new)
        )),
        Standards::Lost => cautions.push(format!(
            "no standard applies to the new version, and the old one answered to {}: nothing was looked for in it",
            id(old)
        )),
        Standards::Gained => cautions.push(format!(
            "no standard applied to the old version, and the new one answers to {}: there is nothing to compare with",
            id(new)
        )),
        Standards::None => {
            cautions.push("no standard applies to either version: no items were compared".into());
        }
    }
    if old.stage != new.stage {
        cautions.push(format!(
            "the old version was read as {} and the new one as {}: more, or less, is asked of one than of the other",
            article(old.stage),
            article(new.stage)
        ));
    }
    if let (Some(was), Some(is)) = (&old.title, &new.title)
        && likeness::Words::of(was).likeness(&likeness::Words::of(is)) < 0.2
    {
        cautions.push("the titles have next to no word in common: are these two versions of one manuscript?".into());
    }
    cautions
}

fn article(stage: &str) -> String {
    let article = if stage.starts_with('a') { "an" } else { "a" };
    format!("{article} {stage}")
}
