//! What every command does that reads manuscripts: find the files, the rules and the settings of
//! each file, and check all files in parallel.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::args::{InputArgs, InputFormat};
use super::output;
use crate::check::{self, ProjectFiles, Settings};
use crate::config::{Config, project_above, project_in};
use crate::error::Error;
use crate::files;
use crate::manuscript::Format;
use crate::read::{FolderLibrary, MOST_BYTES, NoLibrary, read_bytes};
use crate::report::DocumentReport;
use crate::rule::{RuleSet, load};
use crate::standard::Stage;

/// The files to read, and how.
pub(super) struct Inputs<'a> {
    args: &'a InputArgs,
    stage: Option<Stage>,
    pub(super) files: Vec<PathBuf>,
    /// Projects: their files are checked together.
    projects: Vec<ProjectFiles>,
    /// The configuration of the first file: it decides what holds for the whole run.
    pub(super) config: Config,
    pub(super) rules: RuleSet,
}

impl<'a> Inputs<'a> {
    /// Finds files, configuration and rules.
    ///
    /// Errors: a path that names nothing, a broken configuration or rule, an unknown standard or stage.
    pub(super) fn find(args: &'a InputArgs) -> Result<Self, Error> {
        let (mut projects, mut paths) = (Vec::new(), Vec::new());
        for path in &args.paths {
            match if path.is_dir() { project_in(path)? } else { None } {
                Some(project) => projects.push(project),
                None => paths.push(path.clone()),
            }
        }
        if args.paths.is_empty() {
            projects.extend(project_above()?);
            if projects.is_empty() {
                return Err(Error::Usage {
                    message: "nothing to read was named, and no realint.toml from here upwards names a project".into(),
                    help: Some("name files or folders, or name the manuscript under [project] in realint.toml".into()),
                });
            }
        }
        let files = files::find(&paths)?;
        let first = files.first().or(projects.first().map(|project| &project.manuscript));
        let config = config_of(args, first.map_or(Path::new("."), PathBuf::as_path))?;
        Self::with(args, files, projects, config)
    }

    /// For files that are named one by one later: the configuration of the folder that realint runs in
    /// decides what holds for the whole run.
    ///
    /// Errors: a broken configuration or rule, an unknown standard or stage.
    pub(super) fn later(args: &'a InputArgs) -> Result<Self, Error> {
        Self::with(args, Vec::new(), Vec::new(), config_of(args, Path::new("."))?)
    }

    fn with(
        args: &'a InputArgs,
        files: Vec<PathBuf>,
        projects: Vec<ProjectFiles>,
        config: Config,
    ) -> Result<Self, Error> {
        check::start_threads();
        let rules = match args.rules.clone().or_else(|| config.rules()) {
            Some(folder) => load::with_folder(&folder)?,
            None => load::for_checking()?,
        };
        config.validate(&rules)?;
        if let Some(id) = &args.standard
            && id != "none"
            && rules.standard(id).is_none()
        {
            return Err(Error::unknown("standard", id, rules.standards.iter().map(|s| s.id.as_str()).chain(["none"])));
        }
        let stage = match &args.stage {
            Some(name) => {
                Some(Stage::from_name(name).ok_or_else(|| Error::unknown("stage", name, Stage::ALL.map(Stage::name)))?)
            }
            None => None,
        };
        Ok(Self { args, stage, files, projects, config, rules })
    }

    /// The one manuscript that is read, where it is one: a file by itself, or that of a project.
    pub(super) fn single(&self) -> Option<&PathBuf> {
        match (self.files.as_slice(), self.projects.as_slice()) {
            ([file], []) => Some(file),
            ([], [project]) => Some(&project.manuscript),
            _ => None,
        }
    }

    /// Every file that is read.
    pub(super) fn all_files(&self) -> Vec<PathBuf> {
        let of_projects = self.projects.iter().flat_map(ProjectFiles::all);
        self.files.iter().chain(of_projects).cloned().collect()
    }

    /// Refuses an output that is read: one of the files, or the configuration.
    pub(super) fn refuse_as_output(&self, output: &Path) -> Result<(), Error> {
        output::refuse_overwriting(output, &self.all_files())?;
        output::refuse_overwriting(output, &self.config.files())
    }

    /// Checks all files in parallel; reports come in the order of the files. `adjust` changes the
    /// settings that a file's configuration gives. A file that can't be read doesn't stop the
    /// others: its error stands in the second list, or is all there is where no file was read.
    pub(super) fn check(
        &self,
        adjust: &(dyn Fn(&mut Settings) + Sync),
    ) -> Result<(Vec<DocumentReport>, Vec<Error>), Error> {
        let progress = if self.files.len() > 20 && std::io::stderr().is_terminal() {
            indicatif::ProgressBar::new(self.files.len() as u64)
        } else {
            indicatif::ProgressBar::hidden()
        };
        let one = |file: &PathBuf| {
            let result = self.check_one(file, adjust);
            progress.inc(1);
            result
        };
        let results: Vec<Result<Vec<DocumentReport>, Error>> = if self.files.len() > 1 {
            self.files.par_iter().map(one).collect()
        } else {
            self.files.iter().map(one).collect()
        };
        progress.finish_and_clear();
        let (mut documents, mut errors) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(reports) => documents.extend(reports),
                Err(error) => errors.push(error),
            }
        }
        for project in &self.projects {
            let settings = |file: &Path| {
                let mut settings = self.settings(file)?;
                adjust(&mut settings);
                Ok(settings)
            };
            let (reports, unread) = check::check_project(project, &FolderLibrary, &self.rules, &settings);
            documents.extend(reports);
            errors.extend(unread);
        }
        if documents.is_empty()
            && let Some(error) = Error::all_of(std::mem::take(&mut errors), "the files")
        {
            return Err(error);
        }
        Ok((documents, errors))
    }

    /// Checks one file, with the settings that its configuration gives and `adjust` changes.
    pub(super) fn check_one(
        &self,
        file: &Path,
        adjust: &(dyn Fn(&mut Settings) + Sync),
    ) -> Result<Vec<DocumentReport>, Error> {
        let mut settings = self.settings(file)?;
        adjust(&mut settings);
        self.check_file(file, &settings)
    }

    fn settings(&self, file: &Path) -> Result<Settings, Error> {
        let config = config_of(self.args, file)?;
        config.validate(&self.rules)?;
        let mut settings = config.settings(file)?;
        settings.standard = self.args.standard.clone().or(settings.standard);
        settings.stage = self.stage.or(settings.stage);
        Ok(settings)
    }

    fn check_file(&self, file: &Path, settings: &Settings) -> Result<Vec<DocumentReport>, Error> {
        let format = self.args.input_format.map(format_named);
        if file.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .take(MOST_BYTES + 1)
                .read_to_end(&mut bytes)
                .map_err(|source| Error::Read { path: "standard input".into(), source })?;
            if bytes.len() as u64 > MOST_BYTES {
                // How much more there is nobody knows.
                let (path, bytes) = ("standard input".into(), bytes.len() as u64);
                return Err(Error::TooLarge { path, bytes, most: MOST_BYTES });
            }
            return check::check(Path::new("-"), &bytes, format, &NoLibrary, &self.rules, settings);
        }
        let bytes = read_bytes(file)?;
        check::check(file, &bytes, format, &FolderLibrary, &self.rules, settings)
    }
}

fn config_of(args: &InputArgs, file: &Path) -> Result<Config, Error> {
    match &args.config {
        Some(path) => Config::file(path),
        None => Config::find(if file.as_os_str() == "-" { Path::new(".") } else { file }),
    }
}

fn format_named(format: InputFormat) -> Format {
    match format {
        InputFormat::Markdown => Format::Markdown,
        InputFormat::Quarto => Format::Quarto,
        InputFormat::Text => Format::Text,
        InputFormat::Docx => Format::Docx,
        InputFormat::Pdf => Format::Pdf,
        InputFormat::Html => Format::Html,
        InputFormat::Jats => Format::Jats,
        InputFormat::Tei => Format::Tei,
        InputFormat::Latex => Format::Latex,
        InputFormat::Sheet => Format::Sheet,
        InputFormat::Protocol => Format::Protocol,
    }
}
