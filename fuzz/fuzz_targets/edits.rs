//! The text and the index of lines that the language server keeps, against a plain model of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lsp_types::Position;
use realint::language_server::LineIndex;
use realint_fuzz::edits::{self, Session};

fuzz_target!(|session: Session| {
    let units = session.units();
    let mut model = edits::text(&session.start);
    let (mut text, mut index) = (model.clone(), LineIndex::new(&model));
    for edit in session.messages.iter().flatten() {
        let change = edit.change();
        match change.range {
            Some(range) => {
                let start = index.offset(&text, range.start, units);
                let end = index.offset(&text, range.end, units).max(start);
                index.replace(&mut text, start..end, &change.text);
            }
            None => {
                text.clone_from(&change.text);
                index = LineIndex::new(&text);
            }
        }
        edits::apply(&mut model, &change, units);
        assert_eq!(text, model, "after {change:?}");
        assert_eq!(index, LineIndex::new(&model), "after {change:?}");
    }
    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        let position = index.position(&text, at, units);
        let back = index.offset(&text, position, units);
        // A place within a line end is the end of the line; every other one comes back.
        let in_line_end = at > 0 && text[..at].ends_with('\r') && text[at..].starts_with('\n');
        assert_eq!(back, if in_line_end { at - 1 } else { at }, "{position:?}");
        assert_eq!(edits::offset(&text, position, units), back);
    }
    let far = Position { line: u32::MAX, character: u32::MAX };
    assert_eq!(index.offset(&text, far, units), text.len());
});
