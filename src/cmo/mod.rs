//! Configurations: the context-mechanism-outcome claims that a manuscript states.

mod coined;
mod extract;
mod form;
mod formula;
mod identifier;
mod prose;
mod support;
mod table;

pub use extract::{Compilation, compile};
pub(crate) use form::{likeness, share_within};
pub(crate) use identifier::key_of;
use identifier::mentions;
pub use identifier::{Family, Identifier, Mention, Style};

use std::ops::Range;

use serde::Serialize;

use crate::manuscript::BlockId;

/// What part of a configuration some words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentKind {
    /// The circumstances.
    Context,
    /// What is introduced or offered.
    Intervention,
    /// Who acts or responds.
    Actor,
    /// The resource and the response to it.
    Mechanism,
    /// What follows.
    Outcome,
}

/// Which side of a mechanism some words are: what is offered, or what people make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// What a programme offers or takes away.
    Resource,
    /// How people reason, feel or decide in consequence.
    Response,
    /// The text doesn't part the two, or the component is no mechanism.
    #[default]
    None,
}

/// Words that are a part of a configuration. A configuration may have several of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Which part.
    pub kind: ComponentKind,
    /// Which side of a mechanism.
    pub facet: Facet,
    /// The block that holds the words.
    pub block: BlockId,
    /// Byte range of the words in the block's text.
    pub range: Range<usize>,
}

/// How a configuration is written (the forms in which realist papers write them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `text (C) … text (M) … text (O)`.
    BracketLetters,
    /// `text (context) … text (mechanism) …`.
    BracketWords,
    /// `Context: … Mechanism: … Outcome: …`.
    LabelledLines,
    /// A row of a table with columns for context, mechanism and outcome, or rows for them.
    TableRow,
    /// `C (…) + M (…) = O (…)`.
    Formula,
    /// `If … then … because …`.
    IfThen,
    /// An announced and numbered statement without labels.
    Numbered,
    /// Plain prose that a paper states as its configuration, without labels.
    Prose,
    /// The fields of a protocol file.
    Record,
}

impl Form {
    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::BracketLetters => "bracket-letters",
            Self::BracketWords => "bracket-words",
            Self::LabelledLines => "labelled-lines",
            Self::TableRow => "table-row",
            Self::Formula => "formula",
            Self::IfThen => "if-then",
            Self::Numbered => "numbered",
            Self::Prose => "prose",
            Self::Record => "record",
        }
    }
}

/// Which extension of context-mechanism-outcome a configuration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// Context, mechanism, outcome.
    #[default]
    Cmo,
    /// With an intervention first: ICMO.
    Icmo,
    /// With an actor: CAMO.
    Camo,
    /// With an intervention and an actor: ICAMO.
    Icamo,
    /// With a strategy: SCMO.
    Scmo,
    /// Context, intervention, mechanism, outcome: CIMO.
    Cimo,
}

impl Variant {
    /// The name as papers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cmo => "CMO",
            Self::Icmo => "ICMO",
            Self::Camo => "CAMO",
            Self::Icamo => "ICAMO",
            Self::Scmo => "SCMO",
            Self::Cimo => "CIMO",
        }
    }
}

/// Whether a configuration is where the work began or where it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfigurationStage {
    /// A first theory, to be tested.
    Initial,
    /// A result.
    Refined,
    /// The text doesn't say.
    Unknown,
}

impl ConfigurationStage {
    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Refined => "refined",
            Self::Unknown => "unknown",
        }
    }
}

/// What stands behind a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SupportKind {
    /// A citation.
    Citation,
    /// Somebody's words.
    Quotation,
    /// A participant, document or site named by its own label (`parent 8`, `D12`).
    Source,
    /// How many documents or people (`n = 14 documents`).
    Count,
    /// A pointer to a supplement, table or box.
    Pointer,
}

/// One piece of support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// What kind.
    pub kind: SupportKind,
    /// The block that holds it.
    pub block: BlockId,
    /// Byte range in the block's text.
    pub range: Range<usize>,
}

/// One configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Its label as the manuscript writes it (`CMOc-3`), if it has one.
    pub id: Option<String>,
    /// Its label in one form for all ways of writing it: `CMOC 3`, `IPT 2`, `3`.
    pub key: Option<Identifier>,
    /// How the label is written, apart from its number.
    pub style: Option<Style>,
    /// The heading or title line that gives the label, where it isn't in the block itself.
    pub heading: Option<BlockId>,
    /// Its name, where one stands beside the label: `Someone outside the line`.
    pub name: Option<String>,
    /// Initial or refined.
    pub stage: ConfigurationStage,
    /// How it is written.
    pub form: Form,
    /// In which extension of context-mechanism-outcome.
    pub variant: Variant,
    /// The text announces that it is deliberately partial: a dyad.
    pub dyad: bool,
    /// How sure it is that this is a configuration, 0 to 1.
    pub confidence: f32,
    /// The block that states it.
    pub block: BlockId,
    /// The statement in the block's text.
    pub range: Range<usize>,
    /// Its parts, in reading order.
    pub components: Vec<Component>,
    /// What stands behind it.
    pub support: Vec<Support>,
    /// The blocks in which support was looked for.
    pub sought: Vec<BlockId>,
    /// The theory, theme or group that it is listed under.
    pub theory: Option<String>,
    /// The configuration whose context is this one's outcome, by its place in the list.
    pub ripple: Option<usize>,
}

impl Configuration {
    /// A configuration of which only form and place are known yet.
    pub(crate) fn new(form: Form, block: BlockId, range: Range<usize>) -> Self {
        Self {
            id: None,
            key: None,
            style: None,
            heading: None,
            name: None,
            stage: ConfigurationStage::Unknown,
            form,
            variant: Variant::Cmo,
            dyad: false,
            confidence: 0.9,
            block,
            range,
            components: Vec::new(),
            support: Vec::new(),
            sought: Vec::new(),
            theory: None,
            ripple: None,
        }
    }

    /// Whether some words are this part.
    pub fn has(&self, kind: ComponentKind) -> bool {
        self.components.iter().any(|c| c.kind == kind)
    }

    /// The parts of one kind.
    pub fn parts(&self, kind: ComponentKind) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(move |c| c.kind == kind)
    }

    /// The labels by which the text may name it: its own, and for a bare number in a table `CMOC 3`.
    pub fn labels(&self) -> impl Iterator<Item = Identifier> + '_ {
        let bare = self.key.iter().filter(|key| key.family == Family::Bare);
        let spelt = bare.map(|key| Identifier { family: Family::Configuration, number: key.number.clone() });
        self.key.iter().cloned().chain(spelt)
    }

    /// What messages call it: its label, or a few words.
    pub fn called(&self) -> String {
        match (&self.id, &self.key) {
            (Some(id), _) if id.bytes().all(|b| b.is_ascii_digit()) => format!("configuration {id}"),
            (Some(id), _) => id.clone(),
            (None, Some(key)) => key.to_string(),
            (None, None) => "this configuration".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader who searches a report for a form or stage finds it under one name, whatever wrote the report.
    #[test]
    fn forms_and_stages_have_the_same_name_in_text_and_in_json() {
        let json =
            |value: serde_json::Result<serde_json::Value>| value.ok().and_then(|v| v.as_str().map(str::to_owned));
        let forms = [
            (Form::BracketLetters, "bracket-letters"),
            (Form::BracketWords, "bracket-words"),
            (Form::LabelledLines, "labelled-lines"),
            (Form::TableRow, "table-row"),
            (Form::Formula, "formula"),
            (Form::IfThen, "if-then"),
            (Form::Numbered, "numbered"),
            (Form::Prose, "prose"),
            (Form::Record, "record"),
        ];
        for (form, name) in forms {
            assert_eq!(form.name(), name);
            assert_eq!(json(serde_json::to_value(form)).as_deref(), Some(name));
        }
        for stage in [ConfigurationStage::Initial, ConfigurationStage::Refined, ConfigurationStage::Unknown] {
            assert_eq!(json(serde_json::to_value(stage)).as_deref(), Some(stage.name()));
        }
        let variants = [
            (Variant::Cmo, "CMO"),
            (Variant::Icmo, "ICMO"),
            (Variant::Camo, "CAMO"),
            (Variant::Icamo, "ICAMO"),
            (Variant::Scmo, "SCMO"),
            (Variant::Cimo, "CIMO"),
        ];
        for (variant, name) in variants {
            assert_eq!(variant.name(), name);
        }
    }

    #[test]
    fn a_configuration_is_called_by_its_label() {
        let mut configuration = Configuration::new(Form::Prose, BlockId(0), 0..1);
        assert_eq!(configuration.called(), "this configuration");
        configuration.key = Some(Identifier { family: Family::Bare, number: "3".into() });
        assert_eq!(configuration.called(), "3");
        let labels: Vec<String> = configuration.labels().map(|label| label.to_string()).collect();
        assert_eq!(labels, ["3", "CMOC 3"]);
        configuration.id = Some("3".into());
        assert_eq!(configuration.called(), "configuration 3");
        configuration.id = Some("CMOc-3".into());
        assert_eq!(configuration.called(), "CMOc-3");
        configuration.key = Some(Identifier { family: Family::Initial, number: "3".into() });
        let labels: Vec<String> = configuration.labels().map(|label| label.to_string()).collect();
        assert_eq!(labels, ["IPT 3"]);
    }
}
