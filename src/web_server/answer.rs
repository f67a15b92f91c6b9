//! Answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::Json;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use miette::Diagnostic as _;
use serde::Serialize;

use crate::error::Error;
use crate::render::{html_report, web_pages};

/// What went wrong, for the script of a page.
#[derive(Serialize)]
struct Refusal {
    error: String,
    help: Option<String>,
}

/// Why a request is not done, in a line.
pub(super) fn refused(status: StatusCode, why: impl Into<String>) -> Response {
    (status, Json(Refusal { error: why.into(), help: None })).into_response()
}

/// The same, for a page: what it says, until [`shown`] knows where the page lies.
#[derive(Clone)]
struct RefusedPage {
    why: String,
    help: Option<String>,
}

/// The same, as a page.
pub(super) fn refused_page(status: StatusCode, why: &str, help: Option<&str>) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(RefusedPage { why: why.to_owned(), help: help.map(str::to_owned) });
    response
}

/// Makes the page of a refusal. `path` is what was asked for: the list lies as many folders above it.
pub(super) fn shown(mut response: Response, path: &str) -> Response {
    let Some(RefusedPage { why, help }) = response.extensions_mut().remove() else { return response };
    let up = match path.matches('/').count() {
        0..=2 => "./".to_owned(),
        more => "../".repeat(more - 2),
    };
    (response.status(), page(web_pages::refusal(&why, help.as_deref(), &up))).into_response()
}

/// A page, with nothing in it that steers a display.
pub(super) fn page(markup: Markup) -> Response {
    let text = html_report::inert(&markup.into_string());
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// A file that the browser saves under a name.
pub(super) fn file(bytes: Vec<u8>, kind: &'static str, name: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{}", percent_encoded(name))) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    (headers, bytes).into_response()
}

/// RFC 5987: everything but letters, digits and a few signs as bytes.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// An error in words, and what to do.
pub(super) fn in_words(error: &Error) -> (String, Option<String>) {
    (error.to_string(), error.help().map(|help| help.to_string()))
}

/// What crashes becomes this.
pub(super) const CRASHED: &str = "realint crashed on this file";
/// What to do about a crash.
pub(super) const CRASHED_HELP: &str = "this is a mistake of realint's; the other files are not touched by it. Saved in another format, the file may be read";

/// Runs work in a thread of its own; a crash, or the end of the runtime, becomes an answer.
pub(super) async fn worked(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    let crashed = || refused_page(StatusCode::INTERNAL_SERVER_ERROR, CRASHED, Some(CRASHED_HELP));
    let done = tokio::task::spawn_blocking(move || catch_unwind(AssertUnwindSafe(work))).await;
    match done {
        Ok(Ok(response)) => response,
        Ok(Err(_)) | Err(_) => crashed(),
    }
}
