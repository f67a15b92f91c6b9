//! Styles: which paragraphs are headings, captions, quotations, whatever the style is called in the
//! language of the writer's Word.
//!
//! Style ids are made from the name in that language (`berschrift1`, `Titre1`), so they say nothing.
//! The name of a built-in style is kept in English, a heading has an outline level, and a style of
//! one's own is based on another; writers that translate the name as well are caught by a list.

use rustc_hash::FxHashMap;

use super::xml::{Element, Problem, Space, Token, Walker};

/// A style is based on another, and so on, no further than this.
const LONGEST_CHAIN: usize = 24;
/// Styles beyond this many are not looked at.
const MOST_STYLES: usize = 20_000;

/// What a paragraph style is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Use {
    /// Prose, or nothing that we know.
    #[default]
    Body,
    /// The title of the paper.
    Title,
    /// Its subtitle.
    Subtitle,
    /// Authors, affiliations, dates, keywords.
    Front,
    /// The text of the abstract.
    Abstract,
    /// The heading of the abstract.
    AbstractHeading,
    /// A caption.
    Caption,
    /// A block quotation or box.
    Quote,
    /// Code.
    Code,
    /// An entry of the reference list.
    Reference,
    /// The table of contents, a list of tables, an index.
    Contents,
}

/// How text looks; `None` where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Looks {
    pub(super) bold: Option<bool>,
    pub(super) italic: Option<bool>,
    pub(super) underline: Option<bool>,
    pub(super) capitals: Option<bool>,
    pub(super) raised: Option<bool>,
    pub(super) hidden: Option<bool>,
    /// In half points.
    pub(super) size: Option<u16>,
    pub(super) symbols: Option<SymbolFont>,
}

/// Fonts whose characters are not the letters that the text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SymbolFont {
    /// Greek letters and mathematics.
    Symbol,
    /// Arrows, ticks and bullets.
    Wingdings,
    /// A font of ordinary letters.
    Letters,
}

impl SymbolFont {
    pub(super) fn named(font: &str) -> Self {
        if font.eq_ignore_ascii_case("symbol") {
            Self::Symbol
        } else if font.eq_ignore_ascii_case("wingdings") {
            Self::Wingdings
        } else {
            Self::Letters
        }
    }
}

impl Looks {
    /// Takes over what a property element (`w:b`, `w:vertAlign`) says.
    pub(super) fn read(&mut self, element: &Element<'_>) {
        match element.name {
            "b" => self.bold = Some(element.is_on()),
            "i" => self.italic = Some(element.is_on()),
            "u" => self.underline = Some(element.is_on()),
            "caps" | "smallCaps" => self.capitals = Some(element.is_on()),
            "vanish" => self.hidden = Some(element.is_on()),
            "vertAlign" => self.raised = Some(element.val().as_deref() == Some("superscript")),
            "position" => {
                // Some journals' templates raise numbers by half points instead.
                let high = element.number().is_some_and(|n| (4..=20).contains(&n));
                self.raised = self.raised.or(high.then_some(true));
            }
            "sz" => self.size = element.number().and_then(|n| u16::try_from(n).ok()),
            "rFonts" => {
                let font = element.get("ascii").or_else(|| element.get("hAnsi"));
                self.symbols = font.map(|f| SymbolFont::named(&f)).or(self.symbols);
            }
            _ => {}
        }
    }

    /// These looks laid over those of the style below.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            bold: self.bold.or(below.bold),
            italic: self.italic.or(below.italic),
            underline: self.underline.or(below.underline),
            capitals: self.capitals.or(below.capitals),
            raised: self.raised.or(below.raised),
            hidden: self.hidden.or(below.hidden),
            size: self.size.or(below.size),
            symbols: self.symbols.or(below.symbols),
        }
    }
}

/// A place in a list: which numbering, and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListPlace {
    pub(super) number: u32,
    pub(super) level: u8,
}

/// A style with all that it takes over from those it is based on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) usage: Use,
    /// 1 for the outermost level; `None` where it is no heading.
    pub(super) level: Option<u8>,
    /// How its text looks, with what holds for the whole document.
    pub(super) looks: Looks,
    /// The same without it: what a character style adds to a paragraph.
    pub(super) added: Looks,
    pub(super) list: Option<ListPlace>,
    pub(super) centred: bool,
}

/// A style as its own element says.
#[derive(Debug, Clone, Default)]
struct Raw {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    looks: Looks,
    number: Option<u32>,
    list_level: Option<u8>,
    centred: Option<bool>,
}

/// The styles of a document.
#[derive(Debug, Clone, Default)]
pub(super) struct Styles {
    resolved: FxHashMap<String, Style>,
    default: Style,
    /// For numbering styles: the numbering that they stand for.
    numberings: FxHashMap<String, u32>,
}

impl Styles {
    /// Reads `styles.xml`.
    pub(super) fn read(part: &str) -> Result<Self, Problem> {
        let mut walker = Walker::new(part);
        let mut raw: FxHashMap<String, Raw> = FxHashMap::default();
        let mut ids: Vec<String> = Vec::new();
        let mut document = Looks::default();
        let mut default_id = None;
        let mut open: Option<(String, Raw)> = None;
        let mut ends_at = 0;
        let mut depth = 0_usize;
        loop {
            match walker.next()? {
                Token::Start(element) if element.space == Space::Word => {
                    depth += 1;
                    match (element.name, &mut open) {
                        ("style", None) if ids.len() >= MOST_STYLES => {
                            walker.skip()?;
                            depth -= 1;
                        }
                        ("style", None) => {
                            let id = element.get("styleId").unwrap_or_default().into_owned();
                            if element.get("type").as_deref() == Some("paragraph")
                                && element.get("default").is_some_and(|d| d == "1" || d == "true")
                            {
                                default_id = Some(id.clone());
                            }
                            open = Some((id, Raw::default()));
                            ends_at = depth;
                        }
                        // How tables' first rows and the like look.
                        ("tblStylePr" | "rPrChange" | "pPrChange", _) => {
                            walker.skip()?;
                            depth -= 1;
                        }
                        ("name", Some((_, style))) => style.name = element.val().unwrap_or_default().into_owned(),
                        ("basedOn", Some((_, style))) => {
                            style.based_on = element.val().map(std::borrow::Cow::into_owned);
                        }
                        ("outlineLvl", Some((_, style))) => {
                            style.outline = element.number().and_then(|n| u8::try_from(n).ok());
                        }
                        ("numId", Some((_, style))) => {
                            style.number = element.number().and_then(|n| u32::try_from(n).ok());
                        }
                        ("ilvl", Some((_, style))) => {
                            style.list_level = element.number().and_then(|n| u8::try_from(n).ok());
                        }
                        ("jc", Some((_, style))) => style.centred = Some(element.val().as_deref() == Some("center")),
                        (_, Some((_, style))) => style.looks.read(&element),
                        // The looks of the whole document.
                        (_, None) => document.read(&element),
                    }
                }
                Token::Start(_) => depth += 1,
                Token::End(_) => {
                    if depth == ends_at
                        && let Some((id, style)) = open.take()
                    {
                        ids.push(id.clone());
                        raw.insert(id, style);
                    }
                    depth = depth.saturating_sub(1);
                }
                Token::Eof => break,
                Token::Text(_) | Token::Reference(..) => {}
            }
        }
        let mut styles = Self { default: Style { looks: document, ..Style::default() }, ..Self::default() };
        for id in ids {
            if let Some(number) = raw.get(&id).and_then(|style| style.number) {
                styles.numberings.insert(id.clone(), number);
            }
            let style = resolve(&id, &raw, document);
            styles.resolved.insert(id, style);
        }
        if let Some(style) = default_id.and_then(|id| styles.resolved.get(&id).copied()) {
            styles.default = style;
        }
        Ok(styles)
    }

    /// The style of a paragraph; a style that the document doesn't define is judged by its id.
    pub(super) fn paragraph(&self, id: Option<&str>) -> Style {
        let Some(id) = id else { return self.default };
        self.resolved.get(id).copied().unwrap_or_else(|| {
            let (usage, level) = named(id);
            Style { usage, level, ..self.default }
        })
    }

    /// How a character style looks.
    pub(super) fn character(&self, id: &str) -> Looks {
        self.resolved.get(id).map_or_else(Looks::default, |style| style.added)
    }

    /// The numbering that a numbering style stands for.
    pub(super) fn numbering(&self, id: &str) -> Option<u32> {
        self.numberings.get(id).copied()
    }
}

fn resolve(id: &str, raw: &FxHashMap<String, Raw>, document: Looks) -> Style {
    let mut style = Style::default();
    let mut told = false;
    let (mut number, mut level, mut centred) = (None, None, None);
    let mut next = Some(id);
    for _ in 0..LONGEST_CHAIN {
        let Some(found) = next.and_then(|id| raw.get(id)) else { break };
        style.looks = style.looks.over(found.looks);
        number = number.or(found.number);
        level = level.or(found.list_level);
        centred = centred.or(found.centred);
        if !told {
            let (usage, by_name) = named(&found.name);
            let by_outline = found.outline.map(|outline| (outline < 9).then_some(outline + 1));
            // Level 9 says outright that it is no heading, whatever it is based on.
            told = usage != Use::Body || by_name.is_some() || by_outline.is_some();
            style.usage = usage;
            style.level = if usage == Use::Body { by_outline.unwrap_or(by_name) } else { None };
        }
        next = found.based_on.as_deref();
    }
    style.added = style.looks;
    style.looks = style.looks.over(document);
    style.list = number.filter(|n| *n > 0).map(|number| ListPlace { number, level: level.unwrap_or(0) });
    style.centred = centred.unwrap_or(false);
    style
}

/// What a style is for, by its name: built-in names, their translations, and those of templates.
fn named(name: &str) -> (Use, Option<u8>) {
    let bare: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let has = |word: &str| bare.contains(word);
    let heads = has("heading") || has("title");
    let usage = match bare.as_str() {
        "title"
        | "titel"
        | "titre"
        | "t\u{ed}tulo"
        | "titulo"
        | "titolo"
        | "tittel"
        | "rubrik"
        | "otsikko"
        | "tytu\u{142}"
        | "titul"
        | "n\u{e1}zev"
        | "c\u{ed}m"
        | "konuba\u{15f}l\u{131}\u{11f}\u{131}"
        | "\u{43d}\u{430}\u{437}\u{432}\u{430}\u{43d}\u{438}\u{435}"
        | "\u{6807}\u{9898}"
        | "\u{6a19}\u{984c}"
        | "\u{8868}\u{984c}"
        | "\u{c81c}\u{baa9}"
        | "papertitle"
        | "articletitle"
        | "documenttitle"
        | "manuscripttitle"
        | "maintitle"
        | "mdpi12title" => Use::Title,
        "subtitle"
        | "untertitel"
        | "soustitre"
        | "subt\u{ed}tulo"
        | "subtitulo"
        | "sottotitolo"
        | "ondertitel"
        | "undertitel"
        | "underrubrik"
        | "undertittel"
        | "alaotsikko"
        | "\u{526f}\u{6807}\u{9898}"
        | "\u{526f}\u{984c}" => Use::Subtitle,
        "author" | "authors" | "authorname" | "authornames" | "affiliation" | "affiliations" | "authoraffiliation"
        | "date" | "keywords" | "keyword" | "correspondence" | "mdpi13authornames" | "mdpi16affiliation"
        | "mdpi18keywords" => Use::Front,
        "abstract" | "abstracttext" | "mdpi17abstract" => Use::Abstract,
        "abstracttitle" | "abstractheading" => Use::AbstractHeading,
        "sourcecode" | "htmlpreformatted" | "preformattedtext" | "code" | "codeblock" | "verbatim" | "macrotext" => {
            Use::Code
        }
        "quote" | "intensequote" | "blocktext" | "blockquote" | "blockquotation" | "quotations" | "zitat"
        | "citation" | "citationintense" | "cita" | "citadestacada" | "citazione" | "citat" => Use::Quote,
        "tableoffigures" | "tableofauthorities" | "tocheading" | "contentsheading" | "toaheading" => Use::Contents,
        "mdpi71references"
        | "references"
        | "reference"
        | "literaturverzeichnis"
        | "bibliografia"
        | "bibliograf\u{ed}a" => Use::Reference,
        _ if has("bibliography") && !heads => Use::Reference,
        _ if has("caption") || CAPTIONS.contains(&bare.as_str()) => Use::Caption,
        _ if numbered(&bare, "toc")
            || numbered(&bare, "index")
            || numbered(&bare, "contents")
            || numbered(&bare, "verzeichnis") =>
        {
            Use::Contents
        }
        _ => Use::Body,
    };
    if usage != Use::Body {
        return (usage, None);
    }
    (Use::Body, heading_level(&bare))
}

const CAPTIONS: &[&str] = &[
    "beschriftung",
    "l\u{e9}gende",
    "legende",
    "ep\u{ed}grafe",
    "descripci\u{f3}n",
    "legenda",
    "didascalia",
    "bijschrift",
    "billedtekst",
    "bildetekst",
    "bildtext",
    "beskrivning",
    "kuvaotsikko",
    "titulek",
    "\u{9898}\u{6ce8}",
    "\u{984c}\u{6ce8}",
    "\u{56f3}\u{8868}\u{756a}\u{53f7}",
    "\u{cea1}\u{c158}",
    "\u{43d}\u{430}\u{437}\u{432}\u{430}\u{43d}\u{438}\u{435}\u{43e}\u{431}\u{44a}\u{435}\u{43a}\u{442}\u{430}",
];

/// What headings are called, in lower case and without spaces; a number follows.
const HEADINGS: &[&str] = &[
    "\u{fc}berschrift",
    "berschrift",
    "titre",
    "t\u{ed}tulo",
    "titulo",
    "ttulo",
    "titolo",
    "kop",
    "rubrik",
    "overskrift",
    "otsikko",
    "nag\u{142}\u{f3}wek",
    "nagwek",
    "nadpis",
    "naslov",
    "c\u{ed}msor",
    "cmsor",
    "ba\u{15f}l\u{131}k",
    "balk",
    "titlu",
    "\u{437}\u{430}\u{433}\u{43e}\u{43b}\u{43e}\u{432}\u{43e}\u{43a}",
    "\u{3b5}\u{3c0}\u{3b9}\u{3ba}\u{3b5}\u{3c6}\u{3b1}\u{3bb}\u{3af}\u{3b4}\u{3b1}",
    "\u{6807}\u{9898}",
    "\u{6a19}\u{984c}",
    "\u{898b}\u{51fa}\u{3057}",
    "\u{c81c}\u{baa9}",
];

fn heading_level(bare: &str) -> Option<u8> {
    let level_after = |rest: &str| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse().ok().filter(|n| (1..=9).contains(n))
    };
    // Templates: `MDPI_2.1_heading1`, `Head1`, `Heading 1 unnumbered`.
    let english = bare.find("heading").map(|i| &bare[i + 7..]).or_else(|| bare.strip_prefix("head"));
    english
        .and_then(level_after)
        .or_else(|| HEADINGS.iter().find_map(|word| bare.strip_prefix(word).and_then(level_after)))
}

/// Whether a name is a word and a number.
fn numbered(bare: &str, word: &str) -> bool {
    bare.strip_prefix(word)
        .is_some_and(|rest| !rest.is_empty() && rest.len() <= 2 && rest.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_told_in_any_language_and_by_what_they_are_based_on() {
        for (name, level) in [
            ("heading 1", 1),
            ("Heading 2", 2),
            ("\u{dc}berschrift 3", 3),
            ("berschrift1", 1),
            ("Titre 2", 2),
            ("T\u{ed}tulo 1", 1),
            ("\u{6807}\u{9898} 2", 2),
            ("MDPI_2.1_heading1", 1),
            ("Nag\u{142}\u{f3}wek 1", 1),
        ] {
            assert_eq!(named(name), (Use::Body, Some(level)), "{name}");
        }
        for name in ["Normal", "Table Heading", "List Paragraph", "header", "Kopie", "Body Text 2"] {
            assert_eq!(named(name), (Use::Body, None), "{name}");
        }
    }

    #[test]
    fn a_style_takes_over_what_it_is_based_on_and_a_circle_ends() {
        let part = r#"<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
            <w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="22"/></w:rPr></w:rPrDefault></w:docDefaults>
            <w:style w:type="paragraph" w:default="1" w:styleId="Standard"><w:name w:val="Normal"/></w:style>
            <w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/><w:basedOn w:val="Standard"/><w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style>
            <w:style w:type="paragraph" w:styleId="Kapitel"><w:name w:val="Kapitel"/><w:basedOn w:val="berschrift1"/></w:style>
            <w:style w:type="paragraph" w:styleId="Randnotiz"><w:name w:val="Randnotiz"/><w:basedOn w:val="berschrift1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
            <w:style w:type="paragraph" w:styleId="A"><w:name w:val="A"/><w:basedOn w:val="B"/></w:style>
            <w:style w:type="paragraph" w:styleId="B"><w:name w:val="B"/><w:basedOn w:val="A"/></w:style>
        </w:styles>"#;
        let styles = Styles::read(part).expect("styles");
        let chapter = styles.paragraph(Some("Kapitel"));
        assert_eq!((chapter.level, chapter.looks.bold, chapter.looks.size), (Some(1), Some(true), Some(32)));
        assert_eq!(styles.paragraph(Some("Randnotiz")).level, None);
        assert_eq!(styles.paragraph(Some("A")).level, None);
        assert_eq!(styles.paragraph(None).looks.size, Some(22));
        assert_eq!(styles.paragraph(Some("Heading2")).level, Some(2), "an undefined style, by its id");
    }
}
