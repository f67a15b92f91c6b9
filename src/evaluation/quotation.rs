//! Quotations of gold files: found again in what realint reports, and cut out of a manuscript.

/// Text as quotations are compared: no markup, plain quotes and dashes, single spaces, lower case.
pub(super) fn plain(text: &str) -> String {
    let folded: String = text
        .chars()
        .map(|c| match c {
            '\u{2010}'..='\u{2014}' => '-',
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            other => other,
        })
        .collect();
    let mut bare = String::with_capacity(folded.len());
    let mut rest = folded.as_str();
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            // A command of LaTeX goes, its argument stays.
            '\\' => {
                let name = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                rest = &rest[name..];
                if name > 0 {
                    rest = rest.strip_prefix('*').unwrap_or(rest);
                }
            }
            '{' | '}' | '*' | '_' | '`' | '~' | '$' => {}
            other => bare.push(other),
        }
    }
    bare.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The first characters of a text.
fn beginning(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(at, _)| &text[..at])
}

/// Whether a quotation and a text are of the same place: the quotation begins in the text, or, where
/// the text is longer than a label, the text is part of the quotation.
pub(super) fn same_place(quotation: &str, text: &str) -> bool {
    let (quotation, text) = (plain(quotation), plain(text));
    let quotation = beginning(&quotation, 80);
    if quotation.is_empty() || text.is_empty() {
        return false;
    }
    text.contains(quotation)
        || (text.chars().count() > 25 && quotation.contains(beginning(&text, 80)))
        || (quotation.chars().count() > 40 && text.contains(beginning(quotation, 40)))
}

/// A manuscript without the paragraphs (parted by blank lines) that hold one of the quotations.
/// `None` where no paragraph does, or where less than two fifths of the text would be left.
pub(super) fn without_paragraphs(text: &str, quotations: &[String]) -> Option<String> {
    let starts: Vec<String> =
        quotations.iter().map(|q| beginning(&plain(q), 40).to_owned()).filter(|q| !q.is_empty()).collect();
    let mut kept = String::with_capacity(text.len());
    let mut cut = false;
    for piece in pieces(text) {
        let held = !piece.trim().is_empty() && {
            let piece = plain(piece);
            starts.iter().any(|start| piece.contains(start))
        };
        if held {
            cut = true;
        } else {
            kept.push_str(piece);
        }
    }
    let long_enough = kept.chars().count() * 5 >= text.chars().count() * 2;
    (cut && long_enough).then_some(kept)
}

/// Paragraphs and the blank lines between them, which joined give the text.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find('\n') {
        let start = at + found;
        let blanks = text[start + 1..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let end = start + 1 + blanks;
        if text[end..].starts_with('\n') {
            pieces.push(&text[from..start]);
            pieces.push(&text[start..=end]);
            from = end + 1;
            at = from;
        } else {
            at = end;
        }
    }
    pieces.push(&text[from..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_typography_do_not_part_a_quotation_from_its_place() {
        assert_eq!(
            plain("\\textbf{Where}  **trust**\nis \u{201c}low\u{201d} \u{2013} so"),
            "where trust is \"low\" - so"
        );
        assert!(same_place("Where trust is low, people wait", "CMOC 1: *Where trust is low*, people wait and see"));
        assert!(!same_place("", "Where trust is low"));
        assert!(!same_place("Where trust is low, people wait", "trust is low"), "a label is in everything");
    }

    #[test]
    fn paragraphs_go_whole_and_blank_lines_stay() {
        let text = "One is here.\n\nTwo is there.\nTwo goes on.\n \t\n\nThree ends it, and is the longest of them.";
        assert_eq!(pieces(text).concat(), text);
        let without = without_paragraphs(text, &["Two is there.".to_owned()]).expect("a paragraph goes");
        assert_eq!(without, "One is here.\n\n\n \t\n\nThree ends it, and is the longest of them.");
        assert_eq!(without_paragraphs(text, &["Four".to_owned()]), None);
        assert_eq!(without_paragraphs(text, &["One is".into(), "Two is".into(), "Three".into()]), None, "too little");
    }
}
