//! Fields: what reference managers and Word itself compute, and what of it is shown.
//!
//! A complex field is a code, a separator and a result, each over any number of runs, and fields
//! nest. The code is hidden; reference managers keep whole records in it. The result is the text
//! that people see.

/// The part of a field code that says what it is.
const LONGEST_CODE: usize = 256;

/// What a field is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    Plain,
    /// A citation of a reference manager.
    Citation,
    /// The reference list of a reference manager.
    Bibliography,
    /// A table of contents or an index.
    Contents,
}

impl FieldKind {
    /// What a field code asks for.
    fn of(code: &str) -> Self {
        const LISTS: [&str; 9] = [
            "ZOTERO_BIBL",
            "EN.REFLIST",
            "MENDELEY BIBLIOGRAPHY",
            "REFMGR.REFLIST",
            "CITAVIBIBLIOGRAPHY",
            "PAPERPILE_BIBLIOGRAPHY",
            "PAPERS2_BIBLIOGRAPHY",
            "F1000_CSL_BIBLIOGRAPHY",
            "RW.BIB",
        ];
        const CITATIONS: [&str; 11] = [
            "ZOTERO_ITEM",
            "EN.CITE",
            "CSL_CITATION",
            "REFMGR.CITE",
            "CITAVI",
            "PAPERPILE_CITATION",
            "PAPERS2_CITATION",
            "F1000_CSL_CITATION",
            "RW.CITE",
            "MENDELEY CITATION",
            "READCUBE",
        ];
        let code = code.trim_start().to_uppercase();
        let begins = |text: &str, words: &[&str]| words.iter().any(|w| text.starts_with(w));
        let addin = code.strip_prefix("ADDIN").map_or("", str::trim_start);
        if begins(&code, &["BIBLIOGRAPHY"]) || begins(addin, &LISTS) {
            Self::Bibliography
        } else if begins(&code, &["CITATION"]) || begins(addin, &CITATIONS) {
            Self::Citation
        } else if begins(&code, &["TOC", "INDEX", "TOA"]) {
            Self::Contents
        } else {
            Self::Plain
        }
    }
}

/// A field, with what follows for the text in it from the fields around it.
#[derive(Debug, Clone)]
struct Field {
    code: String,
    kind: FieldKind,
    /// Its result has begun.
    shown: bool,
    /// Text in it is seen.
    visible: bool,
    /// Which citation text in it belongs to; 0 for none.
    citation: u32,
    /// Text in it is an entry of a reference list.
    entry: bool,
}

/// The fields that are open, innermost last.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    open: Vec<Field>,
    /// Hide nothing: for a second reading, after a field ran away.
    show_all: bool,
}

impl Fields {
    /// None open; `show_all` for fields that hide nothing.
    pub(super) fn new(show_all: bool) -> Self {
        Self { open: Vec::new(), show_all }
    }

    /// Those of a text box in a field: none open.
    pub(super) fn inner(&self) -> Self {
        Self::new(self.show_all)
    }

    /// A complex field begins.
    pub(super) fn begin(&mut self) {
        self.open.push(Field {
            code: String::new(),
            kind: FieldKind::Plain,
            shown: false,
            visible: false,
            citation: self.citation(),
            entry: self.in_bibliography(),
        });
    }

    /// A piece of the innermost field's code.
    pub(super) fn code(&mut self, text: &str) {
        if let Some(field) = self.open.last_mut().filter(|f| !f.shown && f.code.len() < LONGEST_CODE) {
            field.code.extend(text.chars().take(LONGEST_CODE));
        }
    }

    /// The innermost field's result begins. `citations` counts the citations of the document.
    pub(super) fn separate(&mut self, citations: &mut u32) {
        let Some(mut field) = self.open.pop() else { return };
        field.kind = FieldKind::of(&field.code);
        self.push(field.kind, citations);
    }

    /// A field whose result begins at once, by its code.
    pub(super) fn simple(&mut self, code: &str, citations: &mut u32) {
        let code: String = code.chars().take(LONGEST_CODE).collect();
        self.push(FieldKind::of(&code), citations);
    }

    /// Something that shows its result, as a content control does.
    pub(super) fn push(&mut self, kind: FieldKind, citations: &mut u32) {
        let kind = if self.show_all && kind != FieldKind::Citation { FieldKind::Plain } else { kind };
        let mut citation = self.citation();
        if kind == FieldKind::Citation {
            *citations = citations.wrapping_add(1).max(1);
            citation = *citations;
        }
        let visible = self.show() && kind != FieldKind::Contents;
        let entry = self.in_bibliography() || kind == FieldKind::Bibliography;
        self.open.push(Field { code: String::new(), kind, shown: true, visible, citation, entry });
    }

    /// The innermost field ends.
    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Whether text here is seen.
    pub(super) fn show(&self) -> bool {
        self.show_all || self.open.last().is_none_or(|f| f.visible)
    }

    /// The innermost citation that text here belongs to; 0 for none.
    pub(super) fn citation(&self) -> u32 {
        self.open.last().map_or(0, |f| f.citation)
    }

    /// Whether text here is an entry of a reference list.
    pub(super) fn in_bibliography(&self) -> bool {
        self.open.last().is_some_and(|f| f.entry)
    }

    /// Whether a field that is still open at the end of its part has hidden or renamed text.
    pub(super) fn ran_away(&self) -> bool {
        self.open.iter().any(|f| !f.shown || matches!(f.kind, FieldKind::Contents | FieldKind::Bibliography))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_reference_managers_are_known() {
        for (code, kind) in [
            (" ADDIN ZOTERO_ITEM CSL_CITATION {\"id\":1}", FieldKind::Citation),
            ("ADDIN EN.CITE <EndNote>", FieldKind::Citation),
            (" ADDIN CSL_CITATION {}", FieldKind::Citation),
            (" CITATION Ame19 \\l 2057 ", FieldKind::Citation),
            (" ADDIN ZOTERO_BIBL {} CSL_BIBLIOGRAPHY", FieldKind::Bibliography),
            (" ADDIN Mendeley Bibliography CSL_BIBLIOGRAPHY ", FieldKind::Bibliography),
            (" BIBLIOGRAPHY ", FieldKind::Bibliography),
            (" TOC \\o \"1-3\" ", FieldKind::Contents),
            (" SEQ Table \\* ARABIC ", FieldKind::Plain),
            (" HYPERLINK \"https://example.org\" ", FieldKind::Plain),
        ] {
            assert_eq!(FieldKind::of(code), kind, "{code}");
        }
    }

    #[test]
    fn text_in_a_code_is_hidden_and_in_a_result_shown() {
        let mut fields = Fields::default();
        let mut citations = 0;
        fields.begin();
        fields.code(" ADDIN EN.");
        fields.code("CITE ");
        fields.begin();
        assert!(!fields.show());
        fields.end();
        assert!(!fields.show());
        fields.separate(&mut citations);
        assert!(fields.show());
        assert_eq!(fields.citation(), 1);
        fields.end();
        assert_eq!(fields.citation(), 0);
        assert!(!fields.ran_away());
    }
}
