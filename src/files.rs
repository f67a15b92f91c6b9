//! Which files to check: files as named, folders walked, patterns expanded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::config::{Config, FILE_NAME};
use crate::error::Error;
use crate::manuscript::Format;
use crate::read::{format_at, format_of, is_protocol_at};

/// The files that the arguments name, in the order of the arguments, folders sorted by path, each
/// file once. `-` stands for standard input.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut seen = FxHashSet::default();
    let mut add = |file: PathBuf| {
        if seen.insert(file.clone()) {
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

/// The manuscripts, protocols and sheets of a folder.
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

/// Entries of a folder that are looked at when an editor asks what lies beside a file.
const MOST_ENTRIES: usize = 20_000;
/// Files beside a file that are read.
const MOST_BESIDE: usize = 300;
/// Texts longer than this are not read for what they say to another.
const LONGEST_BESIDE: u64 = 4 * 1024 * 1024;

/// What belongs together with a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// Manuscripts, protocols and lists of configurations that are text, by path.
    pub manuscripts: Vec<PathBuf>,
    /// Bibliographies, by path.
    pub bibliographies: Vec<PathBuf>,
}

/// The files that belong together with one: all below the nearest `realint.toml` above it, or where there is
/// none those of its own folder. Nothing that can't be read stops the search.
pub fn beside(file: &Path) -> Beside {
    let own = file.parent().unwrap_or(Path::new("."));
    let configured = own.ancestors().find(|folder| folder.join(FILE_NAME).is_file());
    let config = Config::find(own).unwrap_or_default();
    let depth = if configured.is_some() { None } else { Some(1) };
    let mut found = Beside::default();
    let walk = ignore::WalkBuilder::new(configured.unwrap_or(own)).max_depth(depth).require_git(false).build();
    for entry in walk.flatten().take(MOST_ENTRIES) {
        let path = entry.path();
        let is_text = entry.metadata().is_ok_and(|data| data.is_file() && data.len() <= LONGEST_BESIDE);
        if !is_text || config.excludes(path).unwrap_or_default() {
            continue;
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if extension.eq_ignore_ascii_case("bib") {
            found.bibliographies.push(path.to_owned());
            continue;
        }
        let manuscript = format_at(path)
            .is_some_and(|format| matches!(format, Format::Markdown | Format::Quarto | Format::Latex | Format::Text));
        if manuscript || is_protocol_at(path) || config.names_sheet(path).unwrap_or_default() {
            found.manuscripts.push(path.to_owned());
        }
    }
    for list in [&mut found.manuscripts, &mut found.bibliographies] {
        list.sort();
        list.truncate(MOST_BESIDE);
    }
    found
}

/// The files that a pattern with `**` names. Links to folders are not followed: they may lead in a circle, in
/// which the crate of patterns would go round and round.
fn below(pattern: &Path) -> Vec<PathBuf> {
    let Ok(wanted) = glob::Pattern::new(&pattern.to_string_lossy()) else { return Vec::new() };
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    let fixed = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    let start: PathBuf = pattern.components().take_while(fixed).collect();
    let root = if start.as_os_str().is_empty() { Path::new(".") } else { &start };
    let walk = ignore::WalkBuilder::new(root).standard_filters(false).build().flatten();
    let files = walk.map(|entry| match entry.path().strip_prefix(".") {
        Ok(bare) if start.as_os_str().is_empty() => bare.to_owned(),
        _ => entry.into_path(),
    });
    files.filter(|file| wanted.matches_path_with(file, options) && file.is_file()).collect()
}

fn expand(pattern: &Path) -> Result<Vec<PathBuf>, Error> {
    let text = pattern.to_string_lossy();
    let paths = glob::glob(&text).map_err(|e| Error::Usage {
        message: format!("`{text}` is no pattern: {}", e.msg),
        help: Some("`*` stands for any characters, `**` for any folders, `?` for one character".into()),
    })?;
    let mut found: Vec<PathBuf> =
        if text.contains("**") { below(pattern) } else { paths.flatten().filter(|p| p.is_file()).collect() };
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
