//! `realint init`: what a folder needs to be checked on every commit. Nothing that is there is changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::{InitArgs, InputArgs};
use super::inputs::Inputs;
use super::output;
use crate::config::FILE_NAME;
use crate::error::Error;
use crate::protocol;
use crate::rule::RuleSet;
use crate::structured::Syntax;

const CONFIGURATION: &str = include_str!("init/realint.toml");
const HOOK: &str = include_str!("init/pre-commit.yaml");
const WORKFLOW: &str = include_str!("init/workflow.yml");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file found in the folder, and what was told of it.
struct Found {
    /// Its path from the folder, with slashes.
    path: String,
    /// Its standard, where it answers to one, and its stage.
    standard: Option<String>,
    stage: &'static str,
}

/// A file that makes up the set-up.
struct Planned {
    path: PathBuf,
    /// Its path from the folder, with slashes.
    name: &'static str,
    text: String,
    /// What to add by hand, and where, if the file is there already and says nothing of realint.
    entry: Option<(&'static str, String)>,
}

/// Writes what isn't there yet, all of it or nothing, and says what was found, written and left alone.
///
/// Errors: the folder can't be read, a manuscript that was named isn't there, the kind of protocol is
/// unknown, a file can't be written.
pub(super) fn init(args: &InitArgs) -> Result<ExitCode, Error> {
    if !args.folder.is_dir() {
        return Err(Error::Usage {
            message: format!("{} is no folder", args.folder.display()),
            help: Some("name the folder of your review, or run realint in it".into()),
        });
    }
    let rules = crate::rule::load::shipped()?;
    let (found, unread) = manuscripts(args)?;
    let planned = plan(args, &rules, &found)?;
    let mut text = told(&args.folder, &found, &unread);
    let mut new: Vec<&Planned> = Vec::new();
    for file in &planned {
        match std::fs::read(&file.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                new.push(file);
                if args.dry_run {
                    let _ = writeln!(text, "would write {}:\n{}", file.name, indented(&file.text));
                } else {
                    let _ = writeln!(text, "wrote {}", file.name);
                }
            }
            there => {
                let names = there.is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("realint"));
                match &file.entry {
                    Some((place, entry)) if !names => {
                        let _ = writeln!(
                            text,
                            "{} is there already and was left alone; {place}:\n\n{}",
                            file.name,
                            indented(entry)
                        );
                    }
                    Some(_) => {
                        let _ = writeln!(text, "{} is there already and names realint; left alone", file.name);
                    }
                    None => {
                        let _ = writeln!(text, "{} is there already and was left alone", file.name);
                    }
                }
            }
        }
    }
    if !args.dry_run {
        let files: Vec<(&Path, &[u8])> = new.iter().map(|file| (file.path.as_path(), file.text.as_bytes())).collect();
        crate::write::new_files(&files)?;
    }
    text.push_str(&next(args, &found));
    output::print(text.as_bytes())
}

/// The manuscripts that were named, or those of the folder that answer to a standard; and what went wrong
/// with files of the folder that couldn't be read.
fn manuscripts(args: &InitArgs) -> Result<(Vec<Found>, Vec<Error>), Error> {
    let named = !args.manuscript.is_empty();
    let paths = if named { args.manuscript.clone() } else { vec![args.folder.clone()] };
    let inputs = InputArgs { paths, standard: None, stage: None, input_format: None, rules: None, config: None };
    let inputs = match Inputs::find(&inputs) {
        Ok(inputs) => inputs,
        Err(Error::NoManuscripts { .. }) if !named => return Ok((Vec::new(), Vec::new())),
        Err(error) => return Err(error),
    };
    let (documents, errors) = match inputs.check(&|_| {}) {
        Ok(read) => read,
        Err(error) => (Vec::new(), vec![error]),
    };
    let mut found: Vec<Found> = Vec::new();
    for document in documents {
        if named || document.standard.is_some() {
            let path = below(&args.folder, Path::new(&document.path))?;
            if !found.iter().any(|other| other.path == path) {
                found.push(Found { path, standard: document.standard.map(|s| s.id), stage: document.stage });
            }
        }
    }
    // A file that can't be read is no reason not to set its folder up, unless it was asked for.
    if named {
        Error::all_of(errors, "the manuscripts").map_or(Ok((found, Vec::new())), Err)
    } else {
        Ok((found, errors))
    }
}

/// A path from the folder, with slashes on every system.
fn below(folder: &Path, path: &Path) -> Result<String, Error> {
    let whole = |path: &Path| path.canonicalize().map_err(|source| Error::Read { path: path.to_owned(), source });
    let (inner, outer) = (whole(path)?, whole(folder)?);
    let parts = inner.strip_prefix(&outer).map_err(|_| Error::Usage {
        message: format!("{} does not lie in {}", path.display(), folder.display()),
        help: Some("name the folder that holds all of your manuscripts: `realint init FOLDER`".into()),
    })?;
    Ok(parts.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
}

fn plan(args: &InitArgs, rules: &RuleSet, found: &[Found]) -> Result<Vec<Planned>, Error> {
    let at = |name: &'static str| (args.folder.join(name), name);
    let (path, name) = at(FILE_NAME);
    let mut planned = vec![Planned { path, name, text: configuration(found), entry: None }];
    if args.pre_commit {
        let (path, name) = at(".pre-commit-config.yaml");
        let entry = hook(found);
        let text = format!("# `pre-commit install` runs these on every commit.\nrepos:\n{entry}");
        planned.push(Planned { path, name, text, entry: Some(("to have the hook, add below `repos:`", entry)) });
    }
    if args.workflow {
        let (path, name) = at(".github/workflows/realint.yml");
        planned.push(Planned { path, name, text: workflow(found), entry: None });
    }
    if let Some(kind) = &args.protocol {
        let kinds = || rules.protocols.kinds.iter().map(|kind| kind.id.as_str());
        let known = rules.protocols.kind(&kind.replace('-', "_"));
        let kind = known.ok_or_else(|| Error::unknown("kind of protocol", kind, kinds()))?;
        let (path, name) = at("protocol.toml");
        planned.push(Planned { path, name, text: protocol::starter(kind, Syntax::Toml, rules), entry: None });
    }
    Ok(planned)
}

/// The configuration, with an example that says what each manuscript is.
fn configuration(found: &[Found]) -> String {
    let mut text = CONFIGURATION.to_owned();
    text.push_str("# What a manuscript is, where realint should not tell by itself.\n");
    let invented =
        [Found { path: "protocol.md".into(), standard: Some("rameses-synthesis".into()), stage: "protocol" }];
    for file in if found.is_empty() { &invented } else { found } {
        let glob = toml::Value::String(glob::Pattern::escape(&file.path));
        let standard = file.standard.as_deref().unwrap_or("rameses-synthesis");
        let stage = file.stage;
        let _ = write!(text, "# [[path]]\n# glob = {glob}\n# standard = \"{standard}\"\n# stage = \"{stage}\"\n");
    }
    text
}

/// The entry of the hook, below `repos:`.
fn hook(found: &[Found]) -> String {
    let mut text = HOOK.replace("@@version@@", VERSION);
    if !found.is_empty() {
        let paths: Vec<String> = found.iter().map(|file| quoted(&file.path)).collect();
        let _ = write!(
            text,
            "        # These, whole, whenever a text changes: manuscripts include others.\n        args: [{}]\n        pass_filenames: false\n",
            paths.join(", ")
        );
    }
    text
}

fn workflow(found: &[Found]) -> String {
    let mut paths: Vec<String> = found.iter().map(|file| format!("            {}", file.path)).collect();
    if paths.is_empty() {
        paths.push("            .".into());
    }
    WORKFLOW.replace("@@version@@", VERSION).replace("@@paths@@", &paths.join("\n"))
}

/// A string as YAML and JSON write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What was found in the folder.
fn told(folder: &Path, found: &[Found], unread: &[Error]) -> String {
    let mut text = String::new();
    if found.is_empty() {
        let _ = writeln!(text, "no manuscript that claims a realist method was found in {}", folder.display());
    } else {
        text.push_str("manuscripts:\n");
        let widest = found.iter().map(|file| file.path.chars().count()).max().unwrap_or_default();
        for file in found {
            let standard = file.standard.as_deref().unwrap_or("claims no realist method");
            let _ = writeln!(text, "  {:<widest$}  {standard}, {}", file.path, file.stage);
        }
    }
    for error in unread {
        let _ = writeln!(text, "  left out: {error}");
    }
    text.push('\n');
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}

/// What to do next.
fn next(args: &InitArgs, found: &[Found]) -> String {
    let mut text = String::new();
    if (args.pre_commit || args.workflow) && !args.folder.join(".git").exists() {
        text.push_str(
            "\nnote: the folder is not the top of a git repository, where pre-commit and GitHub look for these files\n",
        );
    }
    let mut more = Vec::new();
    for (asked, option, what) in [
        (args.pre_commit, "--pre-commit", "a hook that checks every commit"),
        (args.workflow, "--workflow", "a workflow of GitHub Actions"),
        (args.protocol.is_some(), "--protocol", "a protocol to begin with"),
    ] {
        if !asked {
            more.push(format!("  {option:<13} {what}\n"));
        }
    }
    if !more.is_empty() {
        let _ = write!(text, "\n`realint init` can also add:\n{}", more.concat());
    }
    let folder = args.folder.join(found.first().map_or("", |file| file.path.as_str()));
    let _ = writeln!(text, "\nnext: realint check {}", folder.display());
    text
}
