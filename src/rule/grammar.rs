//! How configurations are written, as `rules/cmo/forms.toml` says: the words and letters that label
//! their parts, the names they go by, and the words that part a sentence into them.

use serde::Deserialize;

/// The words by which configurations are told and taken apart. All words are in lower case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grammar {
    /// The parts of a configuration and how they are labelled.
    pub part: Vec<PartLabel>,
    /// Names of configurations and theories, to which a number is added.
    pub prefix: Vec<Prefix>,
    /// Extensions of context-mechanism-outcome.
    pub variant: Vec<VariantName>,
    /// Contents of a cell that say that there is nothing.
    pub blank: Vec<String>,
    /// Words of a passage that says what a term means.
    pub definition: Vec<String>,
    /// Terms that a glossary explains beside the parts of a configuration.
    pub glossary: Vec<String>,
    /// Words with which a context begins.
    pub opener: Vec<String>,
    /// Words with which a reason begins.
    pub because: Vec<String>,
    /// Words with which a result begins.
    pub result: Vec<String>,
    /// Words with which a clause goes on with the circumstances before it.
    pub goes_on: Vec<String>,
    /// Words that open circumstances which the subject of a statement carries (`a child who`).
    pub relative: Vec<String>,
    /// Words that open circumstances at the end of a statement.
    pub trailing: Vec<String>,
    /// Words with which a clause begins that has a subject of its own.
    pub subject: Vec<String>,
    /// Words with which a sentence resumes the statement before it.
    pub resumes: Vec<String>,
    /// Single words for reasons and results that join clauses without a comma as well.
    pub joins_anywhere: Vec<String>,
    /// Words with which a clause begins that tells a feeling.
    pub felt: Vec<String>,
    /// Words before the name of a part in a clause that names it (`the` mechanism is).
    pub determiner: Vec<String>,
    /// Words after the name of a part in a clause that names it (the mechanism `is`).
    pub naming: Vec<String>,
    /// Heads of columns, and words of captions, of tables that say what terms mean.
    pub glossary_head: Vec<String>,
    /// Heads of columns that name the theory or group of a configuration.
    pub group: Vec<String>,
    /// Words beside which `If …, then …` states a theory.
    pub theory: Vec<String>,
    /// Words of an announcement that count what follows, beside numbers.
    pub counting: Vec<String>,
    /// Words of an outcome that say it is the context of another configuration, which they name.
    pub becomes_context: Vec<String>,
    /// Words of a context that say it was the outcome of another configuration, which they name.
    pub was_outcome: Vec<String>,
    /// Words that say a context is the one of another configuration.
    pub same_context: Vec<String>,
    /// Words of headings, captions and announcements of first theories.
    pub initial: Vec<String>,
    /// Words of headings, captions and announcements of results.
    pub refined: Vec<String>,
    /// Words for a list of theories that an announcement must have one of.
    pub announce: Vec<String>,
    /// Header words of columns that say where the evidence is.
    pub evidence: Vec<String>,
    /// Header words of columns that name or state a configuration.
    pub statement: Vec<String>,
    /// Words that say a statement is deliberately partial.
    pub dyad: Vec<String>,
    /// Nouns that follow a number of sources.
    pub sources: Vec<String>,
    /// Words that precede a number in parentheses and name no source (`table`, `figure`).
    pub no_source: Vec<String>,
    /// Stems of words for people's reasoning, by which a response is told in prose; sorted once they are read.
    pub reasoning: Vec<String>,
    /// Nouns before a number that name no claim, whatever stands under them (`criterion 2`).
    pub no_claim: Vec<String>,
}

impl Grammar {
    /// The lists of words in lower case, each under its key in the file.
    pub(super) fn lists(&self) -> [(&'static str, &[String]); 32] {
        [
            ("blank", &self.blank),
            ("definition", &self.definition),
            ("glossary", &self.glossary),
            ("opener", &self.opener),
            ("because", &self.because),
            ("result", &self.result),
            ("goes_on", &self.goes_on),
            ("relative", &self.relative),
            ("trailing", &self.trailing),
            ("subject", &self.subject),
            ("resumes", &self.resumes),
            ("joins_anywhere", &self.joins_anywhere),
            ("felt", &self.felt),
            ("determiner", &self.determiner),
            ("naming", &self.naming),
            ("glossary_head", &self.glossary_head),
            ("group", &self.group),
            ("theory", &self.theory),
            ("counting", &self.counting),
            ("becomes_context", &self.becomes_context),
            ("was_outcome", &self.was_outcome),
            ("same_context", &self.same_context),
            ("initial", &self.initial),
            ("refined", &self.refined),
            ("announce", &self.announce),
            ("evidence", &self.evidence),
            ("statement", &self.statement),
            ("dyad", &self.dyad),
            ("sources", &self.sources),
            ("no_source", &self.no_source),
            ("reasoning", &self.reasoning),
            ("no_claim", &self.no_claim),
        ]
    }
}

/// How a part of a configuration is labelled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartLabel {
    /// Which part.
    pub is: PartKind,
    /// Words that label it.
    pub words: Vec<String>,
    /// Letters that label it, as they are written.
    #[serde(default)]
    pub letters: Vec<String>,
    /// Words that head its column where the other columns make it plain.
    #[serde(default)]
    pub loose: Vec<String>,
}

/// A part of a configuration, with the sides of a mechanism parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// The circumstances.
    Context,
    /// Resource and response together.
    Mechanism,
    /// What is offered.
    Resource,
    /// What people make of it.
    Response,
    /// What follows.
    Outcome,
    /// What is introduced.
    Intervention,
    /// Who responds.
    Actor,
}

/// A name of configurations or theories.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// The name in the singular, in lower case.
    pub name: String,
    /// Its plural, if it isn't the name with an s.
    #[serde(default)]
    pub plural: Option<String>,
    /// What it names.
    pub family: PrefixFamily,
    /// A manuscript's own name, which no rule file has.
    #[serde(skip)]
    pub coined: bool,
}

/// What a name of configurations or theories names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrefixFamily {
    /// A configuration.
    Configuration,
    /// A first theory.
    Initial,
    /// A programme theory.
    Theory,
    /// A statement, proposition or hypothesis.
    Statement,
}

/// How an extension of context-mechanism-outcome is named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantName {
    /// Its letters in lower case.
    pub name: String,
    /// The name written out, in lower case with spaces.
    #[serde(default)]
    pub written: Vec<String>,
}
