//! `realint protocol`.

use std::path::Path;
use std::process::ExitCode;

use super::args::{CheckArgs, InputFormat, ProtocolCommand, ProtocolSyntax};
use super::rules::rule_set;
use super::{check, output};
use crate::error::Error;
use crate::protocol;
use crate::structured::Syntax;

pub(super) fn protocol(command: &ProtocolCommand) -> Result<ExitCode, Error> {
    match command {
        ProtocolCommand::Check(args) => {
            let mut args: CheckArgs = args.as_ref().clone();
            args.inputs.input_format.get_or_insert(InputFormat::Protocol);
            check::check(&args)
        }
        ProtocolCommand::Schema { output, rules } => {
            let schema = protocol::schema(&rule_set(rules.as_deref())?);
            let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
            text.push('\n');
            write(output.as_deref(), &text)
        }
        ProtocolCommand::New { kind, syntax, output, rules } => {
            let rules = rule_set(rules.as_deref())?;
            let kinds = || rules.protocols.kinds.iter().map(|kind| kind.id.as_str());
            let known = rules.protocols.kind(&kind.replace('-', "_"));
            let kind = known.ok_or_else(|| Error::unknown("kind of protocol", kind, kinds()))?;
            let syntax = match (syntax, output.as_deref().and_then(Syntax::of)) {
                (Some(ProtocolSyntax::Toml), _) => Syntax::Toml,
                (Some(ProtocolSyntax::Yaml), _) => Syntax::Yaml,
                (Some(ProtocolSyntax::Json), _) => Syntax::Json,
                (None, Some(named)) => named,
                (None, None) => Syntax::Toml,
            };
            if let Some(path) = output
                && path.exists()
            {
                return Err(Error::Usage {
                    message: format!("{} is there already", path.display()),
                    help: Some("name another output; realint writes over no protocol".into()),
                });
            }
            write(output.as_deref(), &protocol::starter(kind, syntax, &rules))
        }
    }
}

fn write(output: Option<&Path>, text: &str) -> Result<ExitCode, Error> {
    match output {
        Some(path) => crate::write::file(path, text.as_bytes()).map(|()| ExitCode::SUCCESS),
        None => output::print(text.as_bytes()),
    }
}
