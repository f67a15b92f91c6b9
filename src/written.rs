//! A value of a rule file and where it is written there.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use serde::{Deserialize, Deserializer};

/// A value, and the bytes of the TOML file that it stands in. Packed rules, which `build.rs` made of files that
/// were read without a mistake, have no text that could be shown: there it stands nowhere.
///
/// Two that say the same are equal, wherever they stand.
#[derive(Debug, Clone)]
pub(crate) struct Written<T> {
    value: T,
    span: Range<usize>,
}

impl<T> Written<T> {
    /// The value.
    pub(crate) fn get_ref(&self) -> &T {
        &self.value
    }

    /// The value by itself.
    pub(crate) fn into_inner(self) -> T {
        self.value
    }

    /// Where it is written, in bytes.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let spanned = toml::Spanned::deserialize(deserializer)?;
            let span = spanned.span();
            return Ok(Self { value: spanned.into_inner(), span });
        }
        T::deserialize(deserializer).map(|value| Self { value, span: 0..0 })
    }
}

impl<T: PartialEq> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Written<T> {}

impl<T: PartialOrd> PartialOrd for Written<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Written<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: Hash> Hash for Written<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}
