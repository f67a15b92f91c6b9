//! Which files to check: files as named, folders walked, patterns expanded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Error;
use crate::manuscript::Format;
use crate::read::{format_at, format_of, is_protocol_at};

/// The files that the arguments name, in the order of the arguments, folders sorted by path, each
/// file once. `-` stands for standard input.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut add = |file: PathBuf| {
        if !files.contains(&file) {
            files.push(file);
        }
    };
    for path in paths {
        if path.as_os_str() == "-" || path.is_file() {
            add(path.clone());
        } else if path.is_dir() {
            let found = walk(path)?;
            if found.is_empty() {
                return Err(Error::NoManuscripts { what: format!("the folder {}", path.display()) });
            }
            found.into_iter().for_each(&mut add);
        } else if path.to_string_lossy().contains(['*', '?', '[']) {
            let found = expand(path)?;
            if found.is_empty() {
                return Err(Error::NoManuscripts { what: format!("the pattern {}", path.display()) });
            }
            found.into_iter().for_each(&mut add);
        } else {
            let source = std::fs::metadata(path)
                .err()
                .unwrap_or_else(|| std::io::Error::other("it is neither a file nor a folder"));
            return Err(Error::Read { path: path.clone(), source });
        }
    }
    Ok(files)
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let config = Config::find(folder)?;
    let mut found = Vec::new();
    for entry in ignore::WalkBuilder::new(folder).follow_links(false).require_git(false).build().flatten() {
        let path = entry.path();
        let is_file = entry.file_type().is_some_and(|t| t.is_file());
        if is_file
            && (format_at(path).is_some() || is_protocol_at(path) || config.names_sheet(path)?)
            && !config.excludes(path)?
        {
            found.push(path.to_owned());
        }
    }
    found.sort();
    Ok(without_rendered(found))
}

/// Leaves out web pages and PDFs that lie beside a manuscript of the same name: they were made from it, and
/// would be checked twice.
fn without_rendered(files: Vec<PathBuf>) -> Vec<PathBuf> {
    let is_page = |file: &Path| matches!(format_of(file), Some(Format::Html | Format::Pdf));
    let sources: BTreeSet<PathBuf> = files.iter().filter(|f| !is_page(f)).map(|f| f.with_extension("")).collect();
    files.into_iter().filter(|f| !is_page(f) || !sources.contains(&f.with_extension(""))).collect()
}

fn expand(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = pattern.to_string_lossy();
    let paths = glob::glob(&text).map_err(|e| Error::Usage {
        message: format!("`{text}` is no pattern: {}", e.msg),
        help: Some("`*` stands for any characters, `**` for any folders, `?` for one character".into()),
    })?;
    let mut found: Vec<PathBuf> = paths.flatten().filter(|p| p.is_file()).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_manuscripts_and_no_other_xml_no_chapters_and_no_rendered_pages() {
        let folder = tempfile::tempdir().expect("a folder");
        let jats = "<?xml version=\"1.0\"?><article article-type=\"research-article\"/>";
        for (name, text) in [
            ("draft.qmd", "# A"),
            ("draft.html", "<html></html>"),
            ("page.html", "<html></html>"),
            ("paper.xml", jats),
            ("pom.xml", "<?xml version=\"1.0\"?><project/>"),
            ("broken.xml", "<"),
            ("thesis.tex", "% A thesis\n\\documentclass{report}\n"),
            ("chapter.tex", "\\chapter{One}\n"),
        ] {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        let found = find(&[folder.path().to_owned()]).expect("files");
        let names: Vec<_> = found.iter().filter_map(|f| f.file_name()?.to_str()).collect();
        assert_eq!(names, ["draft.qmd", "page.html", "paper.xml", "thesis.tex"]);
    }
}
