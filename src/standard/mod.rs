//! Which reporting standard a manuscript answers to, and at which stage.

mod select;

pub use select::{Choice, RawSelection, RawSignals, Selection, select};

use serde::{Deserialize, Serialize};

/// A reporting standard.
#[derive(Debug, Clone)]
pub struct Standard {
    /// `rameses-synthesis`.
    pub id: String,
    /// Its full name.
    pub name: String,
    /// Its name in messages.
    pub short: String,
    /// The paper that sets it out.
    pub source: String,
    /// How many items it has.
    pub items: u32,
    /// Whether its rules are there; a standard may be told before its rules are written.
    pub shipped: bool,
    /// Whether configurations and theory are looked at; a guideline that isn't realist has none.
    pub configurations: bool,
    /// The pack that brings it, if one does.
    pub pack: Option<String>,
}

/// What kind of text a manuscript is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A full report.
    Report,
    /// A plan of work not yet done.
    Protocol,
    /// Title and abstract only: also a poster or a database record.
    Abstract,
    /// Less than that: a title, a piece of a section.
    Fragment,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 4] = [Self::Report, Self::Protocol, Self::Abstract, Self::Fragment];

    /// The name in reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Protocol => "protocol",
            Self::Abstract => "abstract",
            Self::Fragment => "fragment",
        }
    }

    /// With its article, for messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::Report => "a report",
            Self::Protocol => "a protocol",
            Self::Abstract => "an abstract",
            Self::Fragment => "a fragment",
        }
    }

    /// The reason that items have which can't be reported at this stage.
    pub fn not_asked(self) -> String {
        format!("not asked of {}", self.described())
    }

    /// The stage with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}
