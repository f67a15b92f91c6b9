//! `realint check --watch`: checks again whenever a file changes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::{Duration, SystemTime};

use notify_debouncer_mini::new_debouncer;
use notify_debouncer_mini::notify::{self, RecursiveMode};

use super::args::CheckArgs;
use super::check;
use super::inputs::Inputs;
use crate::config::FILE_NAME;
use crate::error::Error;
use crate::read::format_of;
use crate::structured::Syntax;

/// Editors write a file in several steps; changes within this time are one.
const QUIET: Duration = Duration::from_millis(100);

/// Files are dated by the last tick of the system's clock, which may be so long ago.
const TICK: Duration = Duration::from_millis(20);

/// What tells whether a file has changed: `None` where it is gone.
type Stamp = Option<(SystemTime, u64)>;

/// Checks, and checks again after each change, until somebody ends it. Errors of one turn are shown, since the
/// next change may mend them.
///
/// Errors: standard input is among the inputs, the first turn finds nothing to read, or changes can't be watched.
pub(super) fn watch(args: &CheckArgs) -> Result<ExitCode, Error> {
    if args.inputs.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Error::Usage {
            message: "standard input can't be watched".into(),
            help: Some("name the file".into()),
        });
    }
    let (sender, changes) = channel();
    let mut debouncer = new_debouncer(QUIET, sender).map_err(|error| unwatched(&error))?;
    let mut folders = BTreeSet::new();
    let mut first = true;
    loop {
        let began = SystemTime::now();
        // What there is to read is found anew each time: files come and go, and so does the configuration.
        let files = match Inputs::find(&args.inputs) {
            Ok(inputs) => inputs.all_files(),
            Err(error) if first => return Err(error),
            Err(_) => Vec::new(),
        };
        let wanted = watched(args, &files);
        for folder in wanted.iter().filter(|folder| !folders.contains(*folder)) {
            let (path, all) = folder;
            let mode = if *all { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            debouncer.watcher().watch(path, mode).map_err(|error| unwatched(&error))?;
        }
        folders.extend(wanted);
        let stamps: BTreeMap<PathBuf, Stamp> =
            files.iter().filter_map(|file| Some((std::path::absolute(file).ok()?, stamp(file)))).collect();
        if let Err(error) = check::once(args, false) {
            super::report_error(error);
        }
        first = false;
        let _ = writeln!(std::io::stderr(), "waiting for changes; Ctrl-C ends");
        loop {
            let Ok(batch) = changes.recv() else { return Ok(ExitCode::SUCCESS) };
            let events = batch.map_err(|error| unwatched(&error))?;
            if events.iter().any(|event| concerns(args, &event.path, &stamps, began)) {
                break;
            }
        }
    }
}

fn unwatched(error: &notify::Error) -> Error {
    Error::Usage {
        message: format!("changes of files can't be watched: {error}"),
        help: Some("leave out --watch".into()),
    }
}

/// Folders to watch, and whether with those in them: as named, those of the files, and those of configurations.
fn watched(args: &CheckArgs, files: &[PathBuf]) -> BTreeSet<(PathBuf, bool)> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let named = args.inputs.paths.iter().chain(&args.inputs.rules).filter(|path| path.is_dir());
    let mut folders: BTreeSet<(PathBuf, bool)> = named.map(|path| (whole(path), true)).collect();
    for file in files.iter().chain(&args.inputs.config).map(|file| whole(file)) {
        let above = file.ancestors().skip(1);
        let configured = above.clone().filter(|folder| folder.join(FILE_NAME).is_file());
        for folder in above.take(1).chain(configured) {
            let covered = folders.iter().any(|(known, all)| *all && folder.starts_with(known));
            if !covered {
                folders.insert((folder.to_owned(), false));
            }
        }
    }
    folders
}

fn stamp(file: &Path) -> Stamp {
    let data = std::fs::metadata(file).ok()?;
    Some((data.modified().ok()?, data.len()))
}

/// Whether what happened to a file changes what is found: reading it doesn't, nor does what realint writes itself.
fn concerns(args: &CheckArgs, path: &Path, stamps: &BTreeMap<PathBuf, Stamp>, began: SystemTime) -> bool {
    let written = args.output.iter().chain(&args.write_baseline);
    if written.filter_map(|own| std::path::absolute(own).ok()).any(|own| own == path) {
        return false;
    }
    if let Some(before) = stamps.get(path) {
        return stamp(path) != *before;
    }
    let read = format_of(path).is_some() || Syntax::of(path).is_some() || path.extension().is_some_and(|e| e == "bib");
    read && stamp(path).is_some_and(|(modified, _)| modified + TICK >= began)
}
