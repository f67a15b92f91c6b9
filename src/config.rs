//! `realint.toml`: found upwards from the manuscript, layered, the nearest last.

use std::path::{Path, PathBuf};

use miette::NamedSource;
use serde::Deserialize;
use toml::Spanned;

use crate::check::{ProjectFiles, Settings};
use crate::error::{Error, nearest};
use crate::read::{Columns, Field, read_bytes};
use crate::rule::{RuleSet, Severity};
use crate::standard::Stage;
use crate::suppress::{Reach, Suppression};

/// The name of the file.
pub const FILE_NAME: &str = "realint.toml";

/// From which severity on the exit code is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Any finding.
    Note,
    /// Never.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity makes the run fail.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct RawConfig {
    root: bool,
    standard: Option<Spanned<String>>,
    stage: Option<Stage>,
    rules: Option<PathBuf>,
    baseline: Option<PathBuf>,
    fail_on: Option<FailOn>,
    pedantic: Option<bool>,
    select: Option<Vec<Spanned<String>>>,
    ignore: Vec<Spanned<String>>,
    exclude: Vec<Spanned<String>>,
    not_applicable: std::collections::BTreeMap<Spanned<String>, String>,
    suppress: Vec<RawSuppression>,
    path: Vec<RawPath>,
    sheet: Vec<RawSheet>,
    project: Option<RawProject>,
}

/// A review and its files, by paths from the folder of the configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProject {
    manuscript: PathBuf,
    protocol: Option<PathBuf>,
    #[serde(default)]
    bibliography: OneOrMore,
    evidence: Option<PathBuf>,
    texts: Option<PathBuf>,
}

/// A path, or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a path or a list of paths belongs here")]
enum OneOrMore {
    One(PathBuf),
    More(Vec<PathBuf>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

/// The project that the configuration in a folder names; `None` where there is none. Its paths begin with the
/// folder as it was given.
///
/// Errors: the configuration is broken, or names one file for two things.
pub fn project_in(folder: &Path) -> Result<Option<ProjectFiles>, Error> {
    let file = folder.join(FILE_NAME);
    if !file.is_file() {
        return Ok(None);
    }
    let Some(raw) = read_layer(&file)?.raw.project else { return Ok(None) };
    let at = |path: PathBuf| if folder == Path::new(".") { path } else { folder.join(path) };
    let files = ProjectFiles {
        manuscript: at(raw.manuscript),
        protocol: raw.protocol.map(at),
        bibliographies: match raw.bibliography {
            OneOrMore::One(path) => vec![at(path)],
            OneOrMore::More(paths) => paths.into_iter().map(at).collect(),
        },
        evidence: raw.evidence.map(at),
        texts: raw.texts.map(at),
    };
    let all = files.all();
    let twice = all.iter().enumerate().find(|(index, path)| all[..*index].contains(path));
    if let Some((_, path)) = twice {
        return Err(Error::Usage {
            message: format!("{} names {} twice", file.display(), path.display()),
            help: Some("manuscript, protocol, bibliographies and evidence table are files of their own".into()),
        });
    }
    Ok(Some(files))
}

/// The project that the nearest configuration from here upwards names.
pub fn project_above() -> Result<Option<ProjectFiles>, Error> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut folder = PathBuf::from(".");
    for _ in here.ancestors() {
        if let Some(files) = project_in(&folder)? {
            return Ok(Some(files));
        }
        folder = if folder == Path::new(".") { PathBuf::from("..") } else { folder.join("..") };
    }
    Ok(None)
}

/// Lists of configurations beside the manuscript, and what their fields are called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    glob: Spanned<String>,
    #[serde(default)]
    columns: std::collections::BTreeMap<Field, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSuppression {
    code: Spanned<String>,
    reason: Spanned<String>,
    path: Option<Spanned<String>>,
}

/// Settings for the files that a pattern names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPath {
    glob: Spanned<String>,
    standard: Option<Spanned<String>>,
    stage: Option<Stage>,
    #[serde(default)]
    ignore: Vec<Spanned<String>>,
}

/// One `realint.toml`, parsed, not yet checked against the rules.
#[derive(Debug)]
struct Layer {
    folder: PathBuf,
    text: String,
    file: PathBuf,
    raw: RawConfig,
}

impl Layer {
    fn error(&self, span: std::ops::Range<usize>, message: String, label: &str, help: Option<String>) -> Error {
        Error::Toml {
            message,
            source_code: NamedSource::new(self.file.to_string_lossy(), self.text.clone()),
            span: span.into(),
            label: label.into(),
            help,
        }
    }

    fn pattern(&self, glob: &Spanned<String>) -> Result<glob::Pattern, Error> {
        glob::Pattern::new(glob.get_ref()).map_err(|e| {
            self.error(glob.span(), format!("`{}` is no pattern: {}", glob.get_ref(), e.msg), "here", None)
        })
    }

    fn covers(&self, glob: &Spanned<String>, file: &Path) -> Result<bool, Error> {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let Ok(relative) = file.strip_prefix(&self.folder) else { return Ok(false) };
        let pattern = self.pattern(glob)?;
        Ok(pattern.matches_path(relative)
            || relative.file_name().is_some_and(|name| pattern.matches_path(Path::new(name))))
    }
}

/// The configuration that applies to some file: all layers, the farthest first.
#[derive(Debug, Default)]
pub struct Config {
    layers: Vec<Layer>,
}

impl Config {
    /// The layers above a file or folder. A layer with `root = true` ends the search.
    pub fn find(start: &Path) -> Result<Self, Error> {
        let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
        let mut folder = if absolute.is_dir() { Some(absolute.as_path()) } else { absolute.parent() };
        let mut layers = Vec::new();
        while let Some(here) = folder {
            let file = here.join(FILE_NAME);
            if file.is_file() {
                let layer = read_layer(&file)?;
                let root = layer.raw.root;
                layers.push(layer);
                if root {
                    break;
                }
            }
            folder = here.parent();
        }
        layers.reverse();
        Ok(Self { layers })
    }

    /// One named file and nothing else.
    pub fn file(path: &Path) -> Result<Self, Error> {
        Ok(Self { layers: vec![read_layer(path)?] })
    }

    /// The files that it was read from.
    pub fn files(&self) -> Vec<PathBuf> {
        self.layers.iter().map(|layer| layer.file.clone()).collect()
    }

    /// The rule folder, if one is named.
    pub fn rules(&self) -> Option<PathBuf> {
        self.layers.iter().rev().find_map(|l| l.raw.rules.as_ref().map(|r| l.folder.join(r)))
    }

    /// The baseline, if one is named.
    pub fn baseline(&self) -> Option<PathBuf> {
        self.layers.iter().rev().find_map(|l| l.raw.baseline.as_ref().map(|r| l.folder.join(r)))
    }

    /// `fail-on`, if it is set.
    pub fn fail_on(&self) -> Option<FailOn> {
        self.layers.iter().rev().find_map(|l| l.raw.fail_on)
    }

    /// Whether a file found in a folder is left out.
    pub fn excludes(&self, file: &Path) -> Result<bool, Error> {
        for layer in &self.layers {
            for glob in &layer.raw.exclude {
                if layer.covers(glob, file)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether a file found in a folder is one of the extraction sheets that a layer names.
    pub fn names_sheet(&self, file: &Path) -> Result<bool, Error> {
        for layer in &self.layers {
            for sheet in &layer.raw.sheet {
                if layer.covers(&sheet.glob, file)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Checks every code and standard that the layers name.
    pub fn validate(&self, rules: &RuleSet) -> Result<(), Error> {
        for layer in &self.layers {
            let raw = &layer.raw;
            let codes = raw
                .select
                .iter()
                .flatten()
                .chain(&raw.ignore)
                .chain(raw.not_applicable.keys())
                .chain(raw.suppress.iter().map(|s| &s.code))
                .chain(raw.path.iter().flat_map(|p| &p.ignore));
            for code in codes {
                if let Err(help) = known_code(code.get_ref(), rules) {
                    return Err(layer.error(
                        code.span(),
                        format!("there is no rule `{}`", code.get_ref()),
                        "this code",
                        help,
                    ));
                }
            }
            for standard in raw.standard.iter().chain(raw.path.iter().filter_map(|p| p.standard.as_ref())) {
                let ids = || rules.standards.iter().map(|s| s.id.as_str()).chain(["none"]);
                if !ids().any(|id| id == standard.get_ref()) {
                    let help = nearest(standard.get_ref(), ids()).map_or_else(
                        || format!("there are: {}", ids().collect::<Vec<_>>().join(", ")),
                        |n| format!("did you mean `{n}`?"),
                    );
                    return Err(layer.error(
                        standard.span(),
                        format!("there is no standard `{}`", standard.get_ref()),
                        "this standard",
                        Some(help),
                    ));
                }
            }
            for suppression in &raw.suppress {
                if suppression.reason.get_ref().trim().is_empty() {
                    return Err(layer.error(
                        suppression.reason.span(),
                        "a suppression needs a reason".into(),
                        "empty",
                        None,
                    ));
                }
            }
        }
        Ok(())
    }

    /// The settings for one file: layers from far to near, within a layer the general before the
    /// path's own; lists add up.
    pub fn settings(&self, file: &Path) -> Result<Settings, Error> {
        let mut settings = Settings::default();
        for layer in &self.layers {
            let raw = &layer.raw;
            if let Some(standard) = &raw.standard {
                settings.standard = Some(standard.get_ref().clone());
            }
            settings.stage = raw.stage.or(settings.stage);
            settings.pedantic = raw.pedantic.unwrap_or(settings.pedantic);
            if let Some(select) = &raw.select {
                settings.select = select.iter().map(|c| c.get_ref().to_uppercase()).collect();
            }
            settings.ignore.extend(raw.ignore.iter().map(|c| c.get_ref().to_uppercase()));
            for (code, reason) in &raw.not_applicable {
                settings.suppressions.push(Suppression {
                    code: code.get_ref().to_uppercase(),
                    reason: reason.clone(),
                    reach: Reach::NotApplicable,
                    span: None,
                });
            }
            for suppression in &raw.suppress {
                let covered = match &suppression.path {
                    Some(glob) => layer.covers(glob, file)?,
                    None => true,
                };
                if covered {
                    settings.suppressions.push(Suppression {
                        code: suppression.code.get_ref().to_uppercase(),
                        reason: suppression.reason.get_ref().clone(),
                        reach: Reach::File,
                        span: None,
                    });
                }
            }
            for sheet in &raw.sheet {
                if layer.covers(&sheet.glob, file)? {
                    settings.columns = Columns { named: sheet.columns.clone().into_iter().collect() };
                }
            }
            for path in &raw.path {
                if layer.covers(&path.glob, file)? {
                    if let Some(standard) = &path.standard {
                        settings.standard = Some(standard.get_ref().clone());
                    }
                    settings.stage = path.stage.or(settings.stage);
                    settings.ignore.extend(path.ignore.iter().map(|c| c.get_ref().to_uppercase()));
                }
            }
        }
        Ok(settings)
    }
}

/// Whether a code or the beginning of codes is known; else what might be meant.
pub fn known_code(code: &str, rules: &RuleSet) -> Result<(), Option<String>> {
    let upper = code.to_uppercase();
    if !upper.is_empty() && rules.codes().any(|known| known.starts_with(&upper)) {
        return Ok(());
    }
    Err(nearest(&upper, rules.codes())
        .map(|near| format!("did you mean {near}?"))
        .or_else(|| Some("`realint rules list` shows all codes".into())))
}

fn read_layer(file: &Path) -> Result<Layer, Error> {
    let failed = |source| Error::Read { path: file.to_owned(), source };
    let invalid = |error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error));
    let text = String::from_utf8(read_bytes(file)?).map_err(invalid)?;
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folder = absolute.parent().unwrap_or(Path::new("")).to_owned();
    match toml::from_str::<RawConfig>(&text) {
        Ok(raw) => Ok(Layer { folder, text, file: file.to_owned(), raw }),
        Err(error) => {
            const KEYS: [&str; 20] = [
                "root",
                "standard",
                "stage",
                "rules",
                "baseline",
                "fail-on",
                "pedantic",
                "select",
                "ignore",
                "exclude",
                "not-applicable",
                "suppress",
                "path",
                "sheet",
                "project",
                "manuscript",
                "protocol",
                "bibliography",
                "evidence",
                "texts",
            ];
            let span = error.span().unwrap_or(0..0);
            let written = text.get(span.clone()).unwrap_or_default();
            let help = nearest(written, KEYS)
                .filter(|_| error.message().contains("unknown field"))
                .map(|n| format!("did you mean `{n}`?"));
            Err(Error::Toml {
                message: error.message().to_owned(),
                source_code: NamedSource::new(file.to_string_lossy(), text.clone()),
                span: span.into(),
                label: "here".into(),
                help,
            })
        }
    }
}
