//! `realint.toml`: settings of files and the files of a project.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use realint::config::{Config, project_in};
use realint_fuzz::{RULES, timed};

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fuzz_target!(|bytes: &[u8]| {
    let file = FOLDER.path().join("realint.toml");
    std::fs::write(&file, bytes).expect("a file");
    let said = |error: realint::error::Error| {
        let shown = format!("{:?}", miette::Report::new(error));
        assert!(shown.len() < 64 * 1024 + bytes.len() * 8, "an error of {} bytes", shown.len());
    };
    timed(|| {
        match Config::file(&file) {
            Ok(config) => {
                let (rules, baseline) = (config.rules(), config.baseline());
                assert!(rules.is_none_or(|path| path.is_absolute()) && baseline.is_none_or(|path| path.is_absolute()));
                if let Err(error) = config.validate(&RULES) {
                    said(error);
                }
                for name in ["a.md", "drafts/b.docx", "\u{e9}.csv"] {
                    let path = FOLDER.path().join(name);
                    let failed =
                        [config.settings(&path).err(), config.excludes(&path).err(), config.names_sheet(&path).err()];
                    failed.into_iter().flatten().for_each(said);
                }
            }
            Err(error) => said(error),
        }
        match project_in(FOLDER.path()) {
            Ok(Some(files)) => assert!(files.all().contains(&&files.manuscript)),
            Ok(None) => {}
            Err(error) => said(error),
        }
        assert!(Path::new(&file).exists());
    });
});
