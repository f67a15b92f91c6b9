//! From bytes to text: byte order marks, UTF-16, and Windows-1252 as the last resort.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Text decoded from a file's bytes, and what had to be assumed.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// The text. A UTF-8 byte order mark is kept, so that byte offsets stay those of the file.
    pub text: String,
    /// A note for the report where the file wasn't plain UTF-8.
    pub note: Option<String>,
}

/// Takes a file's bytes and gives their text.
///
/// UTF-8 is taken as it is. UTF-16 is recognised by its byte order mark or by its pattern of zero
/// bytes. Anything else is read as Windows-1252, as old Word and reference managers write it, and
/// the note says so: byte offsets then count in the text's UTF-8 form. `None` where the bytes are
/// no text (a zero byte, or many control characters).
pub fn decode(bytes: &[u8]) -> Option<Decoded> {
    if let Some(encoding) = utf16(bytes) {
        let (text, _, malformed) = encoding.decode(bytes);
        let mut note = format!("the file is {}; byte offsets count in its UTF-8 form", encoding.name());
        if malformed {
            note.push_str("; some of it could not be decoded and shows as \u{fffd}");
        }
        return looks_like_text(&text).then(|| Decoded { text: text.into_owned(), note: Some(note) });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => looks_like_text(text).then(|| Decoded { text: text.to_owned(), note: None }),
        Err(error) => {
            let valid = error.valid_up_to();
            let cut_at_the_end = error.error_len().is_none();
            if cut_at_the_end {
                let text = String::from_utf8_lossy(&bytes[..valid]).into_owned();
                let note = "the file ends inside a character; its last byte or bytes were not read".to_owned();
                return looks_like_text(&text).then_some(Decoded { text, note: Some(note) });
            }
            // Mostly multi-byte UTF-8 with a few broken bytes is damaged UTF-8, not Windows-1252.
            let lossy = String::from_utf8_lossy(bytes);
            let broken = lossy.matches('\u{fffd}').count();
            let multibyte = lossy.chars().filter(|c| !c.is_ascii()).count() - broken;
            let (text, note) = if broken * 4 < multibyte {
                (
                    lossy.into_owned(),
                    match broken {
                        1 => format!("the byte at {valid} is not UTF-8 and shows as \u{fffd}"),
                        _ => format!(
                            "{broken} byte sequences, the first at byte {valid}, are not UTF-8 and show as \u{fffd}"
                        ),
                    },
                )
            } else if let Some(encoding) = declared(bytes) {
                let (text, _) = encoding.decode_without_bom_handling(bytes);
                let note = format!("the file is {}, as it says; byte offsets count in its UTF-8 form", encoding.name());
                (text.into_owned(), note)
            } else {
                let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
                let note = "the file is not UTF-8 and was read as Windows-1252; byte offsets count in its UTF-8 form";
                (text.into_owned(), note.to_owned())
            };
            looks_like_text(&text).then_some(Decoded { text, note: Some(note) })
        }
    }
}

fn utf16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(512) & !1];
    if head.len() < 8 {
        return None;
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let pairs = head.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 3 > pairs * 2 => Some(UTF_16LE),
        (even, 0) if even * 3 > pairs * 2 => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding that an XML or HTML file declares at its head.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    if !head.trim_start().starts_with('<') {
        return None;
    }
    let lower = head.to_ascii_lowercase();
    let label =
        ["encoding=", "charset="].iter().find_map(|mark| lower.find(mark).map(|at| &lower[at + mark.len()..]))?;
    let label = label.trim_start_matches(['"', '\'']);
    let length =
        label.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))).unwrap_or(label.len());
    let encoding = Encoding::for_label(&label.as_bytes()[..length])?;
    (encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE).then_some(encoding)
}

/// Text has no NUL and few control characters.
fn looks_like_text(text: &str) -> bool {
    let mut end = text.len().min(65_536);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    // Tab, line feed, vertical tab, form feed and carriage return are text.
    let is_control = |byte: &u8| u8::from(matches!(*byte, 0..=8 | 14..=31 | 0x7f));
    // So many at once are counted in one byte, which is quick.
    let few = head.as_bytes().chunks(u8::MAX.into());
    let bytes: usize = few.map(|few| usize::from(few.iter().map(is_control).sum::<u8>())).sum();
    // Of the control characters that aren't ASCII, all begin with this byte; one of them ends lines.
    let others = if head.as_bytes().contains(&0xc2) {
        head.chars().filter(|c| ('\u{80}'..='\u{9f}').contains(c) && *c != '\u{85}').count()
    } else {
        0
    };
    !head.contains('\0') && (bytes + others) * 50 <= head.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_with_and_without_a_mark_is_read() {
        let text = "A realist review of caf\u{e9}s";
        for (mark, big) in [(true, false), (true, true), (false, false), (false, true)] {
            let mut bytes = Vec::new();
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            for unit in units {
                bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
            }
            let decoded = decode(&bytes).expect("text");
            assert_eq!(decoded.text.trim_start_matches('\u{feff}'), text);
            assert!(decoded.note.expect("a note").contains("UTF-16"));
        }
    }

    #[test]
    fn windows_1252_is_named_and_binary_is_refused() {
        let decoded = decode(b"the team\x92s na\xefve theory").expect("text");
        assert_eq!(decoded.text, "the team\u{2019}s na\u{ef}ve theory");
        assert!(decoded.note.expect("a note").contains("Windows-1252"));
        assert!(decode(b"PK\x03\x04\x00\x00\x00\x08").is_none());
    }

    #[test]
    fn marked_up_text_is_read_in_the_encoding_that_it_declares() {
        let (shift_jis, _, _) =
            encoding_rs::SHIFT_JIS.encode("\u{6587}\u{732e}\u{306e}\u{30ec}\u{30d3}\u{30e5}\u{30fc}");
        let mut bytes = b"<html><meta charset=\"Shift_JIS\"><p>".to_vec();
        bytes.extend_from_slice(&shift_jis);
        let decoded = decode(&bytes).expect("text");
        assert!(decoded.text.ends_with("\u{30e5}\u{30fc}"));
        assert!(decoded.note.expect("a note").contains("Shift_JIS"));
    }

    #[test]
    fn a_file_cut_inside_a_character_is_still_read() {
        let bytes = &"caf\u{e9}".as_bytes()[..4];
        assert!(decode(bytes).expect("text").note.expect("a note").contains("ends inside"));
    }
}
