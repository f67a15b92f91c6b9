//! As much HTML as authors put into Markdown: tags, text and character references.

use std::ops::Range;

/// One piece of HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `<name …>` or `</name>`.
    Tag {
        /// The name as written.
        name: &'a str,
        /// It is an end tag.
        closing: bool,
    },
    /// Text as it stands.
    Text(&'a str),
    /// The character that a reference such as `&amp;` stands for.
    Character(char),
}

/// Calls `found` for each piece of a text, with its range. What `script`, `style` and `svg` hold is
/// left out, and so are declarations.
pub(super) fn tokens<'a>(text: &'a str, mut found: impl FnMut(Token<'a>, Range<usize>)) {
    let bytes = text.as_bytes();
    let (mut at, mut from) = (0, 0);
    // Without this a text of `<a<a<a` would be searched to its end for every one of them.
    let mut closed = true;
    let mut hidden: Option<&str> = None;
    while at < bytes.len() {
        match bytes[at] {
            b'<' if closed && tag_begins(&bytes[at + 1..]) => {
                let Some(length) = text[at..].find('>') else {
                    closed = false;
                    at += 1;
                    continue;
                };
                let end = at + length + 1;
                let inside = &text[at + 1..end - 1];
                let closing = inside.starts_with('/');
                let name = inside.trim_start_matches('/');
                let name = &name[..name.bytes().take_while(u8::is_ascii_alphanumeric).count()];
                if hidden.is_none_or(|hidden| closing && name.eq_ignore_ascii_case(hidden)) {
                    if hidden.is_none() && from < at {
                        found(Token::Text(&text[from..at]), from..at);
                    }
                    hidden = (!closing && ["script", "style", "svg"].iter().any(|n| name.eq_ignore_ascii_case(n)))
                        .then_some(name);
                    if !name.is_empty() {
                        found(Token::Tag { name, closing }, at..end);
                    }
                }
                at = end;
                from = end;
            }
            b'&' if hidden.is_none() => match reference(&text[at..]) {
                Some((character, length)) => {
                    if from < at {
                        found(Token::Text(&text[from..at]), from..at);
                    }
                    found(Token::Character(character), at..at + length);
                    at += length;
                    from = at;
                }
                None => at += 1,
            },
            _ => at += 1,
        }
    }
    if hidden.is_none() && from < text.len() {
        found(Token::Text(&text[from..]), from..text.len());
    }
}

fn tag_begins(rest: &[u8]) -> bool {
    match rest {
        [b'/', letter, ..] => letter.is_ascii_alphabetic(),
        [letter, ..] => letter.is_ascii_alphabetic() || matches!(letter, b'!' | b'?'),
        [] => false,
    }
}

/// The character that a reference at the start of a text stands for, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    let length = text.bytes().take(12).position(|b| b == b';')?;
    let name = &text[1..length];
    let character = if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        char::from_u32(number)?
    } else {
        match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => '\u{a0}',
            "ndash" => '\u{2013}',
            "mdash" => '\u{2014}',
            "lsquo" => '\u{2018}',
            "rsquo" => '\u{2019}',
            "ldquo" => '\u{201c}',
            "rdquo" => '\u{201d}',
            "hellip" => '\u{2026}',
            "bull" => '\u{2022}',
            "rarr" => '\u{2192}',
            _ => return None,
        }
    };
    Some((character, length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Token<'_>> {
        let mut all = Vec::new();
        tokens(text, |token, range| {
            assert!(!range.is_empty() && text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            all.push(token);
        });
        all
    }

    #[test]
    fn tags_text_and_references_are_told_apart() {
        let tag = |name, closing| Token::Tag { name, closing };
        assert_eq!(
            all("<td class='x'>a &lt; b</td> 1 < 2 &#233; & c"),
            [
                tag("td", false),
                Token::Text("a "),
                Token::Character('<'),
                Token::Text(" b"),
                tag("td", true),
                Token::Text(" 1 < 2 "),
                Token::Character('\u{e9}'),
                Token::Text(" & c"),
            ]
        );
    }

    #[test]
    fn scripts_are_left_out_and_unclosed_tags_are_text() {
        let tag = |name, closing| Token::Tag { name, closing };
        assert_eq!(
            all("<script>if (a < b) {}</script>x<a<a"),
            [tag("script", false), tag("script", true), Token::Text("x<a<a")]
        );
        assert_eq!(all("<!DOCTYPE html><p>"), [tag("p", false)]);
    }
}
