//! Whole checks: whatever a manuscript and its name say, no output steers a terminal or a page.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use realint::check::{Settings, check};
use realint::checklist::Checklist;
use realint::config::FailOn;
use realint::manuscript::Format;
use realint::read::NoLibrary;
use realint::render;
use realint::report::Report;
use realint_fuzz::{RULES, assert_tame, timed};

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let name = "a\u{1b}]0;x\u{7}\u{202e}<b>&.md";
    let settings = Settings {
        standard: (first & 1 == 1).then(|| "rameses-synthesis".to_owned()),
        pedantic: first & 2 == 2,
        explain_verdicts: first & 4 == 4,
        keep_manuscript: true,
        outline: true,
        ..Settings::default()
    };
    timed(|| {
        let checked = check(Path::new(name), rest, Some(Format::Markdown), &NoLibrary, &RULES, &settings);
        let documents = match checked {
            Ok(documents) => documents,
            Err(error) => return drop(error.to_string()),
        };
        for document in &documents {
            for finding in &document.findings {
                let place = &finding.location;
                assert!(place.start_byte <= place.end_byte && place.line >= 1 && place.column >= 1);
            }
        }
        let report = Report::new(documents);
        type Renderer = fn(&Report, &mut Vec<u8>) -> std::io::Result<()>;
        let all: [(&str, Renderer); 12] = [
            ("human", |report, out| render::human(report, false, out)),
            ("short", |report, out| render::short(report, out)),
            ("json", |report, out| render::json(report, out)),
            ("jsonl", |report, out| render::jsonl(report, out)),
            ("sarif", |report, out| render::sarif(report, &RULES, out)),
            ("github", |report, out| render::github(report, out)),
            ("junit", |report, out| render::junit(report, FailOn::Note, out)),
            ("page", |report, out| render::html_report(report, &RULES, out)),
            ("table", |report, out| render::configurations::table(report, 80, out)),
            ("mermaid", |report, out| render::configurations::mermaid(report, out)),
            ("dot", |report, out| render::configurations::dot(report, out)),
            ("svg", |report, out| render::configurations::svg(report, out)),
        ];
        for (what, renderer) in all {
            let mut out = Vec::new();
            renderer(&report, &mut out).expect("memory");
            assert_tame(what, &out);
        }
        for checklist in report.documents.iter().filter_map(|document| Checklist::new(document, &RULES)) {
            for (what, renderer) in [
                ("checklist in Markdown", render::checklist::markdown as fn(&Checklist, &mut dyn std::io::Write) -> _),
                ("checklist in HTML", render::checklist::html),
                ("checklist in CSV", render::checklist::csv),
            ] {
                let mut out = Vec::new();
                renderer(&checklist, &mut out).expect("memory");
                assert_tame(what, &out);
            }
        }
    });
});
