//! Digital object identifiers, by the DOI Handbook: `10.`, a registrant of four digits or more, a slash,
//! and a suffix of any printing characters.

/// A DOI in one form for all ways of writing it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Doi(pub String);

/// Why a text is no DOI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDoi {
    /// It doesn't begin with `10.` and a registrant.
    Prefix,
    /// No slash and suffix follow the registrant.
    Suffix,
    /// There is space in it: two of them, or words beside it.
    Space,
    /// It ends with a mark of punctuation that belongs to the sentence it was copied from.
    Ending,
}

impl NoDoi {
    /// What is wrong, in words that follow "the DOI".
    pub fn what(self) -> &'static str {
        match self {
            Self::Prefix => "doesn't begin with `10.` and the digits of a registrant",
            Self::Suffix => "has nothing after its registrant",
            Self::Space => "has a space in it",
            Self::Ending => "ends with a mark of punctuation",
        }
    }
}

impl Doi {
    /// Reads a DOI; the addresses under which DOIs are found are let be.
    pub fn parse(text: &str) -> Result<Self, NoDoi> {
        let lower = text.trim().to_lowercase();
        let mut bare = lower.as_str();
        for before in ["https://", "http://", "www.", "dx.", "doi.org/", "doi:", "doi"] {
            bare = bare.strip_prefix(before).unwrap_or(bare).trim_start();
        }
        let rest = bare.strip_prefix("10.").ok_or(NoDoi::Prefix)?;
        let registrant = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(4..=9).contains(&digits) {
            return Err(NoDoi::Prefix);
        }
        let suffix = rest[registrant..].strip_prefix('/').ok_or(NoDoi::Suffix)?;
        match suffix {
            "" => Err(NoDoi::Suffix),
            _ if suffix.contains(char::is_whitespace) => Err(NoDoi::Space),
            _ if suffix.ends_with([',', ';', '.']) => Err(NoDoi::Ending),
            _ => Ok(Self(bare.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_odd_suffixes_are_dois() {
        for (written, doi) in [
            ("10.5555/ABC.1", "10.5555/abc.1"),
            (
                "https://doi.org/10.1002/(sici)1097-0258(19980815)17:15<1661::x>3.0.co;2-2",
                "10.1002/(sici)1097-0258(19980815)17:15<1661::x>3.0.co;2-2",
            ),
            ("http://dx.doi.org/10.1000.10/123456", "10.1000.10/123456"),
            ("doi: 10.12345/a", "10.12345/a"),
        ] {
            assert_eq!(Doi::parse(written), Ok(Doi(doi.into())));
        }
        for (written, wrong) in [
            ("11.5555/a", NoDoi::Prefix),
            ("10.55/a", NoDoi::Prefix),
            ("10.5555", NoDoi::Suffix),
            ("10.5555%2Fa", NoDoi::Suffix),
            ("10.5555/a b", NoDoi::Space),
            ("10.5555/a.", NoDoi::Ending),
            ("n/a", NoDoi::Prefix),
        ] {
            assert_eq!(Doi::parse(written), Err(wrong), "{written}");
        }
    }
}
