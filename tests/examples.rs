//! Every example prints what its `expected.txt` shows.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::Command;

#[test]
fn examples_print_what_they_printed_before() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (example, code) in [
        ("examples/01-clean-review/review.md", 0),
        ("examples/02-gappy-review/review.qmd", 1),
        ("examples/03-protocol/protocol.md", 1),
        ("examples/04-protocol-file/protocol.toml", 0),
        ("examples/04-protocol-file/gappy-protocol.yaml", 1),
        ("examples/review-project", 1),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_realint")).current_dir(root).args(["check", example]).output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{example}: {shown}{}", String::from_utf8_lossy(&output.stderr));
        let path = Path::new(example);
        let (folder, stem) = (example.split('/').nth(1).unwrap(), path.file_stem().unwrap().to_string_lossy());
        let name = if folder == "04-protocol-file" { format!("{folder}-{stem}") } else { folder.to_owned() };
        insta::assert_snapshot!(name, shown);
    }
}
