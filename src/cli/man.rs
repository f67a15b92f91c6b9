//! `realint man`: manual pages.

use std::path::Path;
use std::process::ExitCode;

use clap::Command;
use clap_mangen::Man;

use super::args::ManArgs;
use super::output;
use crate::error::Error;

/// Prints the page of a command, or writes those of all commands into a folder.
///
/// Errors: there is no such command, or a page can't be written.
pub(super) fn man(args: &ManArgs, mut whole: Command) -> Result<ExitCode, Error> {
    whole.build();
    if let Some(folder) = &args.output {
        std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
        let written = write(&whole, folder)?;
        return output::print(format!("wrote {written} pages into {}\n", folder.display()).as_bytes());
    }
    let mut command = &whole;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            Error::unknown("command", word, command.get_subcommands().map(Command::get_name).filter(|n| *n != "help"))
        })?;
    }
    output::print(&page(command)?)
}

/// Writes the page of a command and of those below it; gives how many.
fn write(command: &Command, folder: &Path) -> Result<usize, Error> {
    crate::write::file(&folder.join(format!("{}.1", name(command))), &page(command)?)?;
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    below.map(|below| write(below, folder)).sum::<Result<usize, Error>>().map(|written| written + 1)
}

/// `realint-rules-test`, as git and cargo name their pages.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command) -> Result<Vec<u8>, Error> {
    let name = name(command);
    let mut bytes = Vec::new();
    Man::new(command.clone().disable_help_subcommand(true))
        .title(name.to_uppercase())
        .section("1")
        .source(concat!("realint ", env!("CARGO_PKG_VERSION")))
        .manual("User commands")
        .render(&mut bytes)
        .map_err(|source| Error::Write { path: name.into(), source })?;
    // The page has no date, so that the same source gives the same bytes; roff wants the place of it
    // marked all the same.
    let text = String::from_utf8_lossy(&bytes);
    let text = text.replacen(" 1  \"realint", " 1 \"\" \"realint", 1);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    Ok((lines.join("\n") + "\n").into_bytes())
}
