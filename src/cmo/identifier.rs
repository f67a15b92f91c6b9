//! Labels of configurations and theories: `CMOC 3a`, `CMOc-3a`, `IPT2`, `Configuration 4`.

use std::fmt;

/// What kind of thing a label names; labels of one family share their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A configuration: CMOC, CMO, ICAMO, Configuration.
    Configuration,
    /// An initial or candidate theory: IPT.
    Initial,
    /// A programme theory: PT, Programme theory, Theory.
    Theory,
    /// Statements, propositions, hypotheses.
    Statement,
    /// A bare number or letter in a table or list.
    Bare,
}

/// A label in one form, however it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it names.
    pub family: Family,
    /// Its number in lower case: `3a`, `2.1`, `b`.
    pub number: String,
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.family {
            Family::Configuration => "CMOC ",
            Family::Initial => "IPT ",
            Family::Theory => "Theory ",
            Family::Statement => "Statement ",
            Family::Bare => "",
        };
        write!(f, "{prefix}{}", self.number)
    }
}
