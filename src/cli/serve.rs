//! `realint serve`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::args::ServeArgs;
use super::output;
use super::rules::rule_set;
use crate::check;
use crate::config::Config;
use crate::error::Error;
use crate::read::NoLibrary;
use crate::web_server::{Checker, Limits, Server};

/// Serves until it is asked to end, on a page or by Ctrl-C.
pub(super) fn serve(args: &ServeArgs) -> Result<ExitCode, Error> {
    let config = args.config.as_deref().map(Config::file).transpose()?;
    let rules = rule_set(args.rules.clone().or_else(|| config.as_ref()?.rules()).as_deref())?;
    if let Some(config) = &config {
        config.validate(&rules)?;
    }
    let rules = Arc::new(rules);
    let of_checker = Arc::clone(&rules);
    let checker: Arc<Checker> = Arc::new(move |name: &str, bytes: &[u8]| {
        let name = Path::new(name);
        let mut settings = config.as_ref().map(|config| config.settings(name)).transpose()?.unwrap_or_default();
        settings.keep_manuscript = true;
        // What is handed in comes alone: nothing beside it on the disk is read.
        check::check(name, bytes, None, &NoLibrary, &of_checker, &settings)
    });
    let server = Server::bind(args.port, checker, rules, Limits::default())?;
    let address = server.address();
    output::print(format!("realint is at {address}\nCtrl-C ends it; nothing is kept then.\n").as_bytes())?;
    if !args.no_open && open::that_detached(&address).is_err() {
        output::print(b"no browser could be opened: open the address in one\n")?;
    }
    server.run()?;
    Ok(ExitCode::SUCCESS)
}
