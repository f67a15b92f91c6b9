//! Protocol files in TOML, YAML and JSON, and CSV: parsed, read into fields, judged.
#![no_main]

use std::ops::Range;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use realint::check::{Settings, check};
use realint::manuscript::Format;
use realint::read::NoLibrary;
use realint::structured::{self, Kind, Syntax, Value};
use realint_fuzz::{RULES, timed};

fn inside(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "{span:?} cuts a character of {text:?}");
}

/// Spans lie in the text; what is in a value lies in it, but for what YAML's aliases bring.
fn walk(text: &str, value: &Value, depth: usize) {
    assert!(depth < 200, "values nest without end");
    inside(text, &value.span);
    match &value.kind {
        Kind::List(items) => items.iter().for_each(|item| walk(text, item, depth + 1)),
        Kind::Map(entries) => {
            for entry in entries {
                inside(text, &entry.key_span);
                walk(text, &entry.value, depth + 1);
            }
            let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            keys.sort_unstable();
            assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "a key stands twice in {keys:?}");
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (syntax, name) = match first {
        b'T' => (Syntax::Toml, "a.toml"),
        b'Y' => (Syntax::Yaml, "a.yaml"),
        b'J' => (Syntax::Json, "a.json"),
        _ => (Syntax::Csv, "a.csv"),
    };
    timed(|| {
        let (value, mistakes) = structured::parse(text, syntax);
        assert_eq!((&value, &mistakes), (&structured::parse(text, syntax).0, &structured::parse(text, syntax).1));
        for mistake in &mistakes {
            inside(text, &mistake.span);
            mistake.related.iter().for_each(|(_, span)| inside(text, span));
        }
        if let Some(value) = &value {
            walk(text, value, 0);
        }
        if syntax != Syntax::Csv
            && let Ok(reports) = check(
                Path::new(name),
                text.as_bytes(),
                Some(Format::Protocol),
                &NoLibrary,
                &RULES,
                &Settings::default(),
            )
        {
            for finding in reports.iter().flat_map(|report| &report.findings) {
                let place = &finding.location;
                assert!(
                    place.path.is_some()
                        || place.part.is_some()
                        || rest.get(place.start_byte..place.end_byte).is_some()
                );
            }
        }
    });
});
