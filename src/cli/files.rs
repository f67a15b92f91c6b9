//! Which files to check: files as named, folders walked, patterns expanded.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::error::Error;
use crate::read::format_of;

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
        if is_file && format_of(path).is_some() && !config.excludes(path)? {
            found.push(path.to_owned());
        }
    }
    found.sort();
    Ok(found)
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
