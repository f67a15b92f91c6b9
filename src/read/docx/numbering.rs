//! Lists: what number a paragraph bears, which Word counts and doesn't write down.

use rustc_hash::FxHashMap;

use super::styles::{ListPlace, Styles};
use super::xml::{Element, Problem, Space, Token, Walker};

/// Levels of a list.
const LEVELS: usize = 9;
/// Lists beyond this many are not looked at.
const MOST_LISTS: usize = 20_000;

/// How a level is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Count {
    #[default]
    Decimal,
    Letters,
    Roman,
    /// A bullet or nothing.
    Bullet,
}

#[derive(Debug, Clone)]
struct Level {
    start: u64,
    count: Count,
    /// What is written before the paragraph: `%1.`, `CMOC %1:`.
    text: String,
}

impl Default for Level {
    fn default() -> Self {
        Self { start: 1, count: Count::Decimal, text: String::new() }
    }
}

#[derive(Debug, Clone, Default)]
struct Shape {
    levels: [Level; LEVELS],
    /// The numbering style that really says how it looks.
    link: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct List {
    shape: u32,
    starts: [Option<u64>; LEVELS],
}

/// The numberings of a document, and how far each has been counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbering {
    shapes: FxHashMap<u32, Shape>,
    lists: FxHashMap<u32, List>,
    /// By shape: lists that share one go on counting together.
    counters: FxHashMap<u32, [Option<u64>; LEVELS]>,
    /// Lists whose own first numbers have been set.
    begun: FxHashMap<u32, [bool; LEVELS]>,
}

/// The number of one paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Numbered {
    /// `None` for a bullet.
    pub(super) ordinal: Option<u64>,
    /// What Word writes before the text: `3.`, `CMOC 3:`. Empty for a bullet.
    pub(super) label: String,
}

impl Numbered {
    /// Whether the label says more than a number: `CMOC 3`, `Chapter 2`.
    pub(super) fn has_words(&self) -> bool {
        let letters = |word: &&str| {
            word.chars().filter(|c| c.is_alphabetic()).count() >= 2
                && !word.chars().all(|c| "ivxlcIVXLC.)(".contains(c))
        };
        self.label.split_whitespace().any(|word| letters(&word))
    }
}

impl Numbering {
    /// Reads `numbering.xml`.
    pub(super) fn read(part: &str) -> Result<Self, Problem> {
        let mut walker = Walker::new(part);
        let mut numbering = Self::default();
        let mut shape: Option<u32> = None;
        let mut list: Option<u32> = None;
        let mut level = 0;
        loop {
            match walker.next()? {
                Token::Start(element) if element.space == Space::Word => match element.name {
                    "abstractNum" => {
                        shape = id(&element, "abstractNumId").filter(|_| numbering.shapes.len() < MOST_LISTS);
                        list = None;
                        if let Some(id) = shape {
                            numbering.shapes.insert(id, Shape::default());
                        }
                    }
                    "num" => {
                        list = id(&element, "numId").filter(|_| numbering.lists.len() < MOST_LISTS);
                        shape = None;
                        if let Some(id) = list {
                            numbering.lists.insert(id, List::default());
                        }
                    }
                    "abstractNumId" => {
                        if let (Some(list), Some(shape)) =
                            (list.and_then(|id| numbering.lists.get_mut(&id)), id(&element, "val"))
                        {
                            list.shape = shape;
                        }
                    }
                    "lvlOverride" | "lvl" => level = id(&element, "ilvl").map_or(0, |l| l as usize).min(LEVELS - 1),
                    "startOverride" => {
                        if let Some(list) = list.and_then(|id| numbering.lists.get_mut(&id)) {
                            list.starts[level] = id(&element, "val").map(u64::from);
                        }
                    }
                    name => {
                        if let Some(shape) = shape.and_then(|id| numbering.shapes.get_mut(&id)) {
                            shape.read(name, &element, level);
                        }
                    }
                },
                Token::Eof => return Ok(numbering),
                _ => {}
            }
        }
    }

    /// Counts a paragraph. `None` where its list doesn't exist.
    pub(super) fn next(&mut self, place: ListPlace, styles: &Styles) -> Option<Numbered> {
        let depth = usize::from(place.level).min(LEVELS - 1);
        let list = self.lists.get(&place.number)?;
        let mut shape_id = list.shape;
        if let Some(link) = self.shapes.get(&shape_id).and_then(|s| s.link.as_ref())
            && let Some(real) = styles.numbering(link).and_then(|number| self.lists.get(&number))
        {
            shape_id = real.shape;
        }
        let shape = self.shapes.get(&shape_id)?;
        let counters = self.counters.entry(shape_id).or_default();
        let begun = self.begun.entry(place.number).or_default();
        let own_start = list.starts[depth].filter(|_| !std::mem::replace(&mut begun[depth], true));
        let number =
            own_start.unwrap_or_else(|| counters[depth].map_or(shape.levels[depth].start, |n| n.saturating_add(1)));
        counters[depth] = Some(number);
        counters[depth + 1..].fill(None);
        let level = &shape.levels[depth];
        if level.count == Count::Bullet {
            return Some(Numbered::default());
        }
        let mut label = String::new();
        let mut rest = level.text.as_str();
        while let Some(percent) = rest.find('%') {
            label.push_str(&rest[..percent]);
            rest = &rest[percent + 1..];
            let digit = rest.bytes().next().filter(u8::is_ascii_digit).map(|b| usize::from(b - b'0'));
            if let Some(of) = digit.filter(|d| (1..=LEVELS).contains(d)) {
                let counted = counters[of - 1].unwrap_or(1).max(1);
                label.push_str(&written(counted, shape.levels[of - 1].count));
                rest = &rest[1..];
            }
        }
        label.push_str(rest);
        Some(Numbered { ordinal: Some(number), label: label.trim().to_owned() })
    }
}

impl Shape {
    fn read(&mut self, name: &str, element: &Element<'_>, level: usize) {
        match name {
            "start" => self.levels[level].start = id(element, "val").map_or(1, u64::from),
            "numFmt" => {
                self.levels[level].count = match element.val().as_deref() {
                    Some("bullet" | "none") => Count::Bullet,
                    Some("lowerLetter" | "upperLetter") => Count::Letters,
                    Some("lowerRoman" | "upperRoman") => Count::Roman,
                    _ => Count::Decimal,
                }
            }
            "lvlText" => self.levels[level].text = element.val().unwrap_or_default().chars().take(80).collect(),
            "numStyleLink" => self.link = element.val().map(std::borrow::Cow::into_owned),
            _ => {}
        }
    }
}

fn id(element: &Element<'_>, name: &str) -> Option<u32> {
    element.get(name)?.trim().parse().ok()
}

/// A number as the level writes it.
fn written(number: u64, count: Count) -> String {
    match count {
        Count::Decimal | Count::Bullet => number.to_string(),
        Count::Letters => {
            let letter = char::from(b'a' + ((number - 1) % 26) as u8);
            std::iter::repeat_n(letter, ((number - 1) / 26 + 1).min(8) as usize).collect()
        }
        Count::Roman => {
            let mut left = number.min(3999);
            let mut text = String::new();
            for (value, sign) in [
                (1000, "m"),
                (900, "cm"),
                (500, "d"),
                (400, "cd"),
                (100, "c"),
                (90, "xc"),
                (50, "l"),
                (40, "xl"),
                (10, "x"),
                (9, "ix"),
                (5, "v"),
                (4, "iv"),
                (1, "i"),
            ] {
                while left >= value {
                    text.push_str(sign);
                    left -= value;
                }
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_count_on_restart_and_name_their_configurations() {
        let part = r#"<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
            <w:abstractNum w:abstractNumId="0">
              <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="CMOC%1:"/></w:lvl>
              <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1.%2"/></w:lvl>
            </w:abstractNum>
            <w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>
            <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
            <w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
            <w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
        </w:numbering>"#;
        let mut numbering = Numbering::read(part).expect("numbering");
        let styles = Styles::default();
        let mut next =
            |number, level| numbering.next(ListPlace { number, level }, &styles).map(|n| (n.ordinal, n.label));
        assert_eq!(next(1, 0), Some((Some(1), "CMOC1:".into())));
        assert_eq!(next(1, 1), Some((Some(1), "1.i".into())));
        assert_eq!(next(1, 0), Some((Some(2), "CMOC2:".into())));
        assert_eq!(next(1, 1), Some((Some(1), "2.i".into())));
        assert_eq!(next(2, 0), Some((None, String::new())));
        assert_eq!(next(3, 0), Some((Some(7), "CMOC7:".into())));
        assert_eq!(next(3, 0), Some((Some(8), "CMOC8:".into())));
        assert_eq!(next(9, 0), None);
    }

    #[test]
    fn labels_of_digits_letters_or_roman_numbers_have_no_words() {
        let words = |label: &str| Numbered { ordinal: Some(1), label: label.into() }.has_words();
        assert!(words("CMOC3:") && words("Chapter 2"));
        assert!(!words("3.") && !words("(a)") && !words("xii.") && !words("1.2"));
    }
}
