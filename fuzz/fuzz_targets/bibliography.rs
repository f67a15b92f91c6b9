//! BibTeX, CSL JSON and RIS.
#![no_main]

use std::ops::Range;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use realint::bibliography;
use realint_fuzz::timed;

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let name = match first {
        b'J' => "a.json",
        b'Y' => "a.yaml",
        b'R' => "a.ris",
        b'N' => "a",
        _ => "a.bib",
    };
    timed(|| {
        let read = bibliography::read(Path::new(name), text);
        let again = bibliography::read(Path::new(name), text);
        assert_eq!((&read.entries, &read.mistakes), (&again.entries, &again.mistakes), "reading twice gave two things");
        let inside = |span: &Range<usize>| assert!(text.get(span.clone()).is_some(), "{span:?} cuts a character");
        for entry in &read.entries {
            inside(&entry.key.span);
            entry.title.iter().chain(&entry.doi).chain(&entry.keywords).for_each(|words| inside(&words.span));
        }
        for mistake in &read.mistakes {
            inside(&mistake.span);
            mistake.related.iter().for_each(|(_, span)| inside(span));
        }
        assert!(read.mistakes.windows(2).all(|pair| pair[0].span.start <= pair[1].span.start));
        if let Some(entry) = read.entries.first() {
            assert!(entry.key.text.is_empty() || read.entry(&entry.key.text).is_some());
        }
    });
});
