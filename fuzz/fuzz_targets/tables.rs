//! Extraction sheets, filled checklists and evidence tables.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use realint::checklist;
use realint::manuscript::Manuscript;
use realint::project::Evidence;
use realint::read::{self, Columns};
use realint_fuzz::{check, names, timed};

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let name = match first {
        b'T' => "a.toml",
        b'Y' => "a.yaml",
        b'J' => "a.json",
        _ => "a.csv",
    };
    timed(|| {
        let columns = Columns::default();
        let path = Path::new(name);
        // A sheet that breaks its syntax is one all the same, so that its author is told where.
        let _ = read::is_sheet(path, rest, &columns);
        if let Ok(draft) = read::read_sheet(path, rest, &columns) {
            check(&Manuscript::new(draft, names()));
        }
        if name == "a.csv" {
            let _ = Evidence::read(&String::from_utf8_lossy(rest));
            if !rest.starts_with(b"PK")
                && let Ok(filled) = checklist::read(path, rest)
            {
                for row in &filled.rows {
                    assert!(row.line >= 1 && row.line <= filled.source.line_count(), "no line {}", row.line);
                }
            }
        }
    });
});
