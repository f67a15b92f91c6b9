//! Arguments.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// A compiler for realist research writing: reports missing RAMESES items and incomplete
/// context-mechanism-outcome claims at their place in a manuscript.
#[derive(Debug, Parser)]
#[command(name = "realint", version, after_help = "`realint draft.md` is short for `realint check draft.md`.")]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check manuscripts: files, folders, patterns, or - for standard input.
    Check(CheckArgs),
    /// Show the context-mechanism-outcome configurations of manuscripts, their support and their links.
    Cmo(CmoArgs),
    /// Compare two versions of a manuscript: what the revision mended, what it broke, what stayed.
    Compare(CompareArgs),
    /// Write the filled checklist that journals ask for, or check one that authors filled in.
    Checklist(ChecklistArgs),
    /// Write one HTML page: the text with findings in place, the items and the configurations.
    Report(ReportArgs),
    /// Copy a Word document with each finding as a comment at its words.
    Annotate(AnnotateArgs),
    /// Measure how right realint is about manuscripts with known truth.
    Eval(EvalArgs),
    /// Check protocol files, print their JSON Schema, or begin a new one.
    #[command(subcommand)]
    Protocol(ProtocolCommand),
    /// Explain a rule: what it asks, why, what satisfies it.
    Explain(ExplainArgs),
    /// List, test and train rules, and begin packs of them.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Serve an editor over standard input and output, by the Language Server Protocol.
    Lsp(LspArgs),
    /// Open the web application: hand in files, read, correct and compare in a browser on this machine.
    Serve(ServeArgs),
    /// Set a folder up: realint.toml, and where asked for a pre-commit hook, a workflow, a protocol.
    Init(InitArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a manual page, or write all of them into a folder.
    Man(ManArgs),
}

/// `realint draft.md` means `realint check draft.md`: puts `check` in where no command is named.
pub(super) fn with_default_command(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = arguments.into_iter().collect();
    let named = |word: &OsStr| {
        matches!(
            word.to_str(),
            Some(
                "check"
                    | "checklist"
                    | "cmo"
                    | "compare"
                    | "report"
                    | "annotate"
                    | "eval"
                    | "protocol"
                    | "explain"
                    | "lsp"
                    | "rules"
                    | "serve"
                    | "init"
                    | "completions"
                    | "man"
                    | "help"
                    | "--help"
                    | "-h"
                    | "--version"
                    | "-V"
            )
        )
    };
    match all.get(1) {
        Some(first) if named(first) => {}
        Some(_) => all.insert(1, "check".into()),
        None => all.push("--help".into()),
    }
    all
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// For people: excerpts and a table of items.
    Human,
    /// One JSON object (realint-report/1).
    Json,
    /// One line a finding: path:line:column: severity[CODE] message.
    Short,
    /// One JSON document a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// JUnit XML, for build servers.
    Junit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOnArg {
    /// Errors (the default).
    Error,
    /// Warnings and errors.
    Warning,
    /// Any finding.
    Note,
    /// Never.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum InputFormat {
    /// Markdown.
    Markdown,
    /// Quarto or R Markdown.
    Quarto,
    /// Plain text.
    Text,
    /// A Word document (.docx).
    Docx,
    /// A PDF with text in it.
    Pdf,
    /// A web page.
    Html,
    /// JATS XML.
    Jats,
    /// TEI XML.
    Tei,
    /// LaTeX.
    Latex,
    /// A list of configurations in CSV, YAML, JSON or TOML.
    Sheet,
    /// A protocol (realist-protocol/1) in TOML, YAML or JSON.
    Protocol,
}

/// What to read, and how: the same for every command that reads manuscripts.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct InputArgs {
    /// Files, folders (respecting .gitignore), patterns, or - for standard input. Without any, the project
    /// that realint.toml here or above names.
    pub(super) paths: Vec<PathBuf>,
    /// Check against this standard, or `none`.
    #[arg(long)]
    pub(super) standard: Option<String>,
    /// report, protocol, abstract or fragment.
    #[arg(long)]
    pub(super) stage: Option<String>,
    /// Read the input as this format, whatever its name.
    #[arg(long, value_enum)]
    pub(super) input_format: Option<InputFormat>,
    /// A rule pack, or a folder of rules laid over the shipped ones.
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
    /// Use this configuration instead of looking for realint.toml.
    #[arg(long)]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ConfigurationFormat {
    /// For people: a table as wide as the terminal.
    Table,
    /// One JSON object (realint-configurations/1).
    Json,
    /// One row a configuration, for extraction sheets and qualitative analysis software.
    Csv,
    /// A flowchart that GitHub and Quarto draw.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
    /// A drawing.
    Svg,
}

#[derive(Debug, ClapArgs)]
pub(super) struct CmoArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// How to show the configurations.
    #[arg(long, value_enum, default_value = "table")]
    pub(super) format: ConfigurationFormat,
    /// Write to a file instead of standard output.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ComparisonFormat {
    /// For people at a terminal.
    Human,
    /// One JSON object (realint-comparison/1).
    Json,
    /// Markdown, for the letter that goes with a revision.
    Markdown,
}

#[derive(Debug, ClapArgs)]
pub(super) struct CompareArgs {
    /// The old version: a file in any format, a project's folder, or - for standard input.
    pub(super) old: PathBuf,
    /// The new version, in the same format or another.
    pub(super) new: PathBuf,
    /// Check both against this standard.
    #[arg(long)]
    pub(super) standard: Option<String>,
    /// Take both for this: report, protocol, abstract or fragment.
    #[arg(long)]
    pub(super) stage: Option<String>,
    /// How to show what changed.
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: ComparisonFormat,
    /// Write to a file instead of standard output.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
    /// Give exit code 0 even if the revision broke something.
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Look for matters of taste and weak signs as well.
    #[arg(long)]
    pub(super) pedantic: bool,
    /// A rule pack, or a folder of rules laid over the shipped ones [default: that of the new version's realint.toml].
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
    /// Use this configuration for both instead of looking for realint.toml.
    #[arg(long)]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ChecklistFormat {
    /// A Word document with a table.
    Docx,
    /// A table in Markdown.
    Markdown,
    /// One row an item.
    Csv,
    /// A page of its own.
    Html,
    /// With --check: findings for people.
    Human,
    /// With --check: one line a finding.
    Short,
    /// With --check: one JSON object (realint-report/1).
    Json,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ChecklistArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// How to write it [default: by the name of the output, else markdown; with --check: human].
    #[arg(long, value_enum)]
    pub(super) format: Option<ChecklistFormat>,
    /// Write to a file instead of standard output.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
    /// Keep the notes of an earlier table (.docx or .csv), and what it says doesn't apply.
    #[arg(long, value_name = "OLD")]
    pub(super) merge: Option<PathBuf>,
    /// Check this filled table (.docx or .csv) against the manuscript instead of writing one.
    #[arg(long, value_name = "FILLED", conflicts_with = "merge")]
    pub(super) check: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct AnnotateArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// The copy to write; it can't be the document itself.
    #[arg(long, short)]
    pub(super) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// Write to a file instead of standard output.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
    /// Look for matters of taste and weak signs as well.
    #[arg(long)]
    pub(super) pedantic: bool,
    /// Silence the findings that this file lists.
    #[arg(long)]
    pub(super) baseline: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ServeArgs {
    /// The port; 0 for one that is free.
    #[arg(long, default_value_t = 0)]
    pub(super) port: u16,
    /// Only print the address, and open no browser.
    #[arg(long)]
    pub(super) no_open: bool,
    /// A rule pack, or a folder of rules laid over the shipped ones.
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
    /// Use the settings of this configuration for all files.
    #[arg(long)]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// How to show what was found.
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: OutputFormat,
    /// Write to a file instead of standard output.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
    /// From which severity on the exit code is 1.
    #[arg(long, value_enum)]
    pub(super) fail_on: Option<FailOnArg>,
    /// Only these codes or beginnings of codes, comma-separated.
    #[arg(long, value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these codes or beginnings of codes, comma-separated.
    #[arg(long, value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Look for matters of taste and weak signs as well.
    #[arg(long)]
    pub(super) pedantic: bool,
    /// Silence the findings that this file lists.
    #[arg(long)]
    pub(super) baseline: Option<PathBuf>,
    /// Write all present findings to this baseline file.
    #[arg(long, value_name = "FILE")]
    pub(super) write_baseline: Option<PathBuf>,
    /// Show the cues and weights behind each verdict.
    #[arg(long)]
    pub(super) explain_verdicts: bool,
    /// Check the files that this list names, a path a line, or - for a list from standard input. Each
    /// result is written as soon as it and those before it are there; needs --format jsonl.
    #[arg(long, value_name = "LIST", conflicts_with_all = ["paths", "output", "write_baseline", "watch"])]
    pub(super) files_from: Option<PathBuf>,
    /// With --files-from: each path ends in NUL, as `find -print0` and `git ls-files -z` write them.
    #[arg(long, short = '0')]
    pub(super) null: bool,
    /// Check again whenever a file changes, until Ctrl-C.
    #[arg(long)]
    pub(super) watch: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EvaluationFormat {
    /// For people at a terminal.
    Human,
    /// One JSON object (realint-evaluation/1).
    Json,
    /// Markdown, for a repository.
    Markdown,
}

#[derive(Debug, ClapArgs)]
pub(super) struct EvalArgs {
    /// Folders of *.gold.json files, each beside the manuscript that it tells the truth about.
    #[arg(required = true, value_name = "GOLD_DIR")]
    pub(super) folders: Vec<PathBuf>,
    /// Delete the evidence of each reported item, one item at a time, and see whether that is noticed.
    #[arg(long)]
    pub(super) deletion: bool,
    /// Judge items by the standard and stage that the gold files name, not by those that realint chooses.
    #[arg(long)]
    pub(super) standard: bool,
    /// Draws of manuscripts behind the 95 % intervals; 0 for no intervals.
    #[arg(long, value_name = "N", default_value_t = crate::evaluation::RESAMPLES, value_parser = resamples)]
    pub(super) resamples: usize,
    /// How to show the figures.
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: EvaluationFormat,
    /// Write to a file instead of standard output.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
    /// A folder of rules laid over the shipped ones.
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
}

fn resamples(text: &str) -> Result<usize, String> {
    const MOST: usize = 100_000;
    match text.parse() {
        Ok(number) if number <= MOST => Ok(number),
        Ok(_) => Err(format!("no more than {MOST} are drawn")),
        Err(_) => Err("a whole number is wanted".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum HoldOut {
    /// A third of the sentences.
    Third,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProtocolCommand {
    /// Check protocol files: as `realint check`, but what is no protocol is an error.
    Check(Box<CheckArgs>),
    /// Print the JSON Schema of realist-protocol/1, by which editors complete and check protocol files.
    Schema {
        /// Write to a file instead of standard output.
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// A folder of rules laid over the shipped ones.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// Print a protocol to begin with: every field with what belongs there.
    New {
        /// The kind of work: realist_review, rapid_realist_review, meta_narrative_review, realist_evaluation.
        #[arg(long, default_value = "realist_review")]
        kind: String,
        /// How it is written; by the name of the output, else TOML.
        #[arg(long, value_enum)]
        syntax: Option<ProtocolSyntax>,
        /// Write to a file, which must not exist yet, instead of standard output.
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// A folder of rules laid over the shipped ones.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProtocolSyntax {
    /// TOML, with comments.
    Toml,
    /// YAML, with comments.
    Yaml,
    /// JSON, which has no comments.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(super) struct LspArgs {
    /// Taken for granted; many editors say so all the same.
    #[arg(long)]
    stdio: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct InitArgs {
    /// The folder to set up.
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// The manuscripts [default: those in the folder that claim a realist method].
    #[arg(long, short, value_name = "FILE")]
    pub(super) manuscript: Vec<PathBuf>,
    /// Add a hook to .pre-commit-config.yaml.
    #[arg(long)]
    pub(super) pre_commit: bool,
    /// Add a workflow of GitHub Actions.
    #[arg(long)]
    pub(super) workflow: bool,
    /// Add a protocol to begin with: realist_review, rapid_realist_review, meta_narrative_review or
    /// realist_evaluation.
    #[arg(long, value_name = "KIND", num_args = 0..=1, require_equals = true, default_missing_value = "realist_review")]
    pub(super) protocol: Option<String>,
    /// Write nothing, and show what would be written.
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ManArgs {
    /// The command whose page is printed, such as `check` or `rules test` [default: realint itself].
    #[arg(conflicts_with = "output")]
    pub(super) command: Vec<String>,
    /// Write the pages of all commands into this folder.
    #[arg(long, short)]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ExplainArgs {
    /// The code, such as RS09.
    pub(super) code: String,
    /// A rule pack, or a folder of rules laid over the shipped ones.
    #[arg(long)]
    pub(super) rules: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List all rules.
    List {
        /// A rule pack, or a folder of rules laid over the shipped ones.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// Run the examples that the rules carry.
    Test {
        /// A rule pack, or a folder of rules laid over the shipped ones.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// Train the learned cues on a sentence bank.
    Train {
        /// The folder of the bank: one .tsv file a part [default: bank/ in the folder of rules].
        #[arg(long)]
        bank: Option<PathBuf>,
        /// A folder of manuscripts with known truth to learn from as well.
        #[arg(long)]
        gold: Option<PathBuf>,
        /// Where to write the weights [default: learned/ in the folder of rules].
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Write no weights: learn from the rest of the bank only, and show how well the part that was
        /// held out is judged.
        #[arg(long, value_enum, value_name = "SHARE", conflicts_with = "output")]
        hold_out: Option<HoldOut>,
        /// A rule pack, or a folder of rules laid over the shipped ones.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// Write the rules as pages in Markdown: one a code, one a family, and a list.
    Docs {
        /// The folder to write into; pages of the same names are replaced.
        #[arg(long, short)]
        output: PathBuf,
        /// A rule pack, or a folder of rules laid over the shipped ones.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
    /// Write a rule pack to begin with: a manifest, an item, its part and words, all with comments.
    New {
        /// The folder to write it into; it must be empty or not be there.
        folder: PathBuf,
        /// The standard that it extends.
        #[arg(long, default_value = "rameses-synthesis")]
        extends: String,
        /// What the codes of its own items begin with: two to five capital letters.
        #[arg(long, default_value = "HP")]
        prefix: String,
    },
}
