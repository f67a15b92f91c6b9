//! The command line: arguments in, a report or one clear error out, and the exit code.

mod annotate;
mod args;
mod check;
mod checklist;
mod cmo;
mod compare;
mod eval;
mod init;
mod inputs;
mod lsp;
mod man;
mod output;
mod protocol;
mod report;
mod rules;
mod serve;
mod starter;
mod stream;
mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Args, Command};

use crate::error::Error;
use crate::render::only_colours;

/// Runs the command with the process's arguments. 0: nothing at or above `--fail-on`; 1:
/// something; 2: realint could not do its job.
pub fn run() -> ExitCode {
    run_with(std::env::args_os())
}

/// As [`run`], with these arguments, of which the first is the name of the program.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = args::with_default_command(arguments);
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            // What was typed is in it.
            let mut stderr = anstream::AutoStream::auto(std::io::stderr().lock());
            let _ = write!(stderr, "{}", only_colours(&error.render().ansi().to_string(), true));
            return ExitCode::from(2);
        }
        Err(help) => {
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    let result = match &args.command {
        Command::Check(check) => check::check(check),
        Command::Report(args) => report::report(args),
        Command::Annotate(args) => annotate::annotate(args),
        Command::Checklist(args) => checklist::checklist(args),
        Command::Cmo(args) => cmo::cmo(args),
        Command::Compare(args) => compare::compare(args),
        Command::Eval(args) => eval::eval(args),
        Command::Protocol(command) => protocol::protocol(command),
        Command::Explain(explain) => rules::explain(explain),
        Command::Rules(command) => rules::rules(command),
        Command::Lsp(_) => lsp::lsp(),
        Command::Serve(args) => serve::serve(args),
        Command::Init(args) => init::init(args),
        Command::Man(args) => man::man(args, Args::command()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "realint", &mut script);
            output::print(&script)
        }
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            report_error(error);
            ExitCode::from(2)
        }
    }
}

/// Shows an error on standard error, rendered by miette.
fn report_error(error: Error) {
    let report = miette::Report::new(error);
    let mut stderr = anstream::AutoStream::auto(std::io::stderr().lock());
    let _ = writeln!(stderr, "{}", only_colours(&format!("{report:?}"), true));
}
