//! Requests and who answers them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::view::View;
use super::{actions, completion, hover, lens, navigation, symbols};

const HOVER: &str = "textDocument/hover";
const DEFINITION: &str = "textDocument/definition";
const REFERENCES: &str = "textDocument/references";
const SYMBOLS: &str = "textDocument/documentSymbol";
const ACTIONS: &str = "textDocument/codeAction";
const COMPLETION: &str = "textDocument/completion";
const LENSES: &str = "textDocument/codeLens";

/// All requests about a document that are answered.
pub(super) const METHODS: [&str; 7] = [HOVER, DEFINITION, REFERENCES, SYMBOLS, ACTIONS, COMPLETION, LENSES];

/// Whether a request waits until the newest text has been checked. Completion doesn't: it is wanted at once,
/// and what it offers was mostly there before.
pub(super) fn waits(method: &str) -> bool {
    method != COMPLETION
}

/// Answers a request.
///
/// Errors: the parameters aren't what the protocol says.
pub(super) fn answer(view: &View, method: &str, params: Value) -> Result<Value, serde_json::Error> {
    match method {
        HOVER => with(params, |params| hover::hover(view, &params)),
        DEFINITION => with(params, |params| navigation::definition(view, &params)),
        REFERENCES => with(params, |params| navigation::references(view, &params)),
        SYMBOLS => with(params, |_: lsp_types::DocumentSymbolParams| symbols::symbols(view)),
        ACTIONS => with(params, |params| actions::actions(view, &params)),
        COMPLETION => with(params, |params| completion::completion(view, &params)),
        LENSES => with(params, |_: lsp_types::CodeLensParams| lens::lenses(view)),
        _ => Ok(Value::Null),
    }
}

fn with<P: DeserializeOwned, R: Serialize>(
    params: Value,
    answer: impl FnOnce(P) -> R,
) -> Result<Value, serde_json::Error> {
    serde_json::to_value(answer(serde_json::from_value(params)?))
}
