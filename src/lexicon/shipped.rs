//! The lexicons and patterns of the shipped rules, as `build.rs` laid them out.

use super::builder::MatcherBuilder;
use super::tables::Tables;

static TABLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/matcher.bin"));
static TERMS: &str = include_str!(concat!(env!("OUT_DIR"), "/matcher-terms.txt"));
static LITERALS: &str = include_str!(concat!(env!("OUT_DIR"), "/matcher-literals.txt"));

impl MatcherBuilder {
    /// A builder that knows the lexicons and the patterns of the shipped rules, and takes no others.
    pub fn shipped() -> Self {
        Self::laid_out(Tables::read(TABLES), TERMS, LITERALS)
    }
}
