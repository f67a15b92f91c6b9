//! What can be asked for, and what is done then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, Form, FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;

use super::Application;
use super::answer::{CRASHED, CRASHED_HELP, file, in_words, page, refused, refused_page, worked};
use super::guard::guard;
use super::shelf::{Held, Standing};
use crate::checklist::Checklist;
use crate::correction::{Correction, corrected, settled};
use crate::manuscript::Format;
use crate::render::web_pages::{self, Entry};
use crate::render::{self, html_report};
use crate::report::{DocumentReport, Report};
use crate::rule::RuleSet;
use crate::verdict::Verdict;

type App = State<Arc<Application>>;

/// Longest name of a file that is shown, in characters.
const LONGEST_NAME: usize = 200;
/// What to do where a page isn't there.
const WHOLE_ADDRESS: &str = "open the whole address that realint printed when it was started; it is new each time";
/// Longest form of a correction, in bytes.
const LONGEST_FORM: usize = 64 * 1024;

/// All routes, under the secret.
pub(super) fn router(secret: &str, application: &Arc<Application>) -> Router {
    let at = |path: &str| format!("/{secret}{path}");
    Router::new()
        .route(&at("/"), get(home))
        .route(&at("/list"), get(list))
        .route(&at("/app.css"), get(async || text(web_pages::STYLE, "text/css")))
        .route(&at("/app.js"), get(async || text(web_pages::SCRIPT, "text/javascript")))
        .route(&at("/report.css"), get(async || text(html_report::STYLE, "text/css")))
        .route(&at("/report.js"), get(async || text(html_report::SCRIPT, "text/javascript")))
        .route(&at("/files"), post(hand_in).layer(DefaultBodyLimit::max(application.limits.file)))
        .route(&at("/files/{id}"), get(report))
        .route(&at("/files/{id}/remove"), post(remove))
        .route(&at("/files/{id}/verdicts/{code}"), post(correct).layer(DefaultBodyLimit::max(LONGEST_FORM)))
        .route(&at("/files/{id}/report.html"), get(report_file))
        .route(&at("/files/{id}/checklist/{kind}"), get(checklist))
        .route(&at("/files/{id}/commented.docx"), get(commented))
        .route(&at("/compare"), get(compare))
        .route(&at("/end"), post(end))
        // The same for whoever left the secret out; there is nothing in them to hide.
        .route("/app.css", get(async || text(web_pages::STYLE, "text/css")))
        .route("/report.css", get(async || text(html_report::STYLE, "text/css")))
        .fallback(async || refused_page(StatusCode::NOT_FOUND, "there is no such page", Some(WHOLE_ADDRESS)))
        .layer(middleware::from_fn_with_state(Arc::clone(application), guard))
        .with_state(Arc::clone(application))
}

fn text(text: &'static str, kind: &'static str) -> Response {
    ([(CONTENT_TYPE, format!("{kind}; charset=utf-8"))], text).into_response()
}

async fn home(State(application): App) -> Response {
    page(web_pages::home(&entries(&application), application.limits.file))
}

async fn list(State(application): App) -> Response {
    page(web_pages::list(&entries(&application)))
}

fn entries(application: &Application) -> Vec<Entry> {
    application.shelf.all().iter().map(|held| entry(held, &application.rules)).collect()
}

fn entry(held: &Held, rules: &RuleSet) -> Entry {
    let (progress, only) = match &held.standing {
        Standing::Waiting => (web_pages::Progress::Waiting, None),
        Standing::Checking => (web_pages::Progress::Checking, None),
        Standing::Failed(why, help) => (web_pages::Progress::Failed(why.clone(), help.clone()), None),
        Standing::Checked(documents) => {
            (web_pages::Progress::Checked { manuscripts: documents.len() }, single(documents))
        }
    };
    Entry {
        id: held.id,
        name: held.name.clone(),
        progress,
        standard: only.and_then(|document| document.standard.as_ref()).map(|chosen| {
            rules.standard(&chosen.id).map_or_else(|| chosen.id.clone(), |(known, _)| known.name.clone())
        }),
        findings: only
            .map(|document| document.findings.iter().filter(|f| settled(&held.corrections, &f.code).is_none()).count()),
        word: only.is_some_and(|document| document.format == Format::Docx),
        corrections: held.corrections.len(),
    }
}

fn single(documents: &[DocumentReport]) -> Option<&DocumentReport> {
    match documents {
        [only] => Some(only),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Takes a file; its name stands in the address, its bytes are the body. 202 with its number.
async fn hand_in(State(application): App, Query(Named { name }): Query<Named>, request: Request) -> Response {
    let too_large = || {
        let most = application.limits.file / (1024 * 1024);
        refused(StatusCode::PAYLOAD_TOO_LARGE, format!("the file is too large; realint reads files up to {most} MB"))
    };
    // What says that it is too large is not waited for.
    if request.body().size_hint().lower() > application.limits.file as u64 {
        return too_large();
    }
    let turn = tokio::time::timeout(application.limits.upload, application.uploads.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "too many files arrive at once");
    };
    let arriving = Bytes::from_request(request, &());
    let bytes = match tokio::time::timeout(application.limits.upload, arriving).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return too_large();
        }
        Ok(Err(_)) => return refused(StatusCode::BAD_REQUEST, "the file did not arrive whole"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "the file took too long to arrive"),
    };
    let name = shown_name(&name);
    let bytes: Arc<[u8]> = Arc::from(&bytes[..]);
    let Some(id) = application.shelf.put(name.clone(), Arc::clone(&bytes), &application.limits) else {
        return refused(StatusCode::INSUFFICIENT_STORAGE, "no more files are held; remove some from the list first");
    };
    tokio::spawn(check(Arc::clone(&application), id, name, bytes));
    (StatusCode::ACCEPTED, Json(serde_json::json!({ "id": id }))).into_response()
}

/// The last part of a name, without what steers a display; its end says what it is, so that stays.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).collect();
    let skip = clean.chars().count().saturating_sub(LONGEST_NAME);
    let kept: String = clean.chars().skip(skip).collect();
    match kept.trim() {
        "" | "-" | "." | ".." => "manuscript".to_owned(),
        kept => kept.to_owned(),
    }
}

/// Checks a file in a thread of its own when it is its turn.
async fn check(application: Arc<Application>, id: u64, name: String, bytes: Arc<[u8]>) {
    let arrived = Instant::now();
    let late = || {
        let seconds = application.limits.check.as_secs();
        Standing::Failed(
            format!("{name} was not checked within {seconds} seconds"),
            Some("hand it in again when fewer files are waiting; `realint check` has no such limit".into()),
        )
    };
    let turn = tokio::time::timeout(application.limits.check, Arc::clone(&application.checks).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        application.shelf.set(id, late());
        return;
    };
    if application.shelf.get(id).is_none() {
        return;
    }
    application.shelf.set(id, Standing::Checking);
    let (checker, file) = (Arc::clone(&application.checker), name.clone());
    let work = tokio::task::spawn_blocking(move || {
        let done = catch_unwind(AssertUnwindSafe(|| checker(&file, &bytes)));
        // Not before: a thread that runs away takes the place that it has.
        drop(turn);
        done
    });
    let left = application.limits.check.saturating_sub(arrived.elapsed());
    let standing = match tokio::time::timeout(left, work).await {
        Ok(Ok(Ok(Ok(documents)))) => Standing::Checked(Arc::new(documents)),
        Ok(Ok(Ok(Err(error)))) => {
            let (why, help) = in_words(&error);
            Standing::Failed(why, help)
        }
        Ok(Ok(Err(_)) | Err(_)) => Standing::Failed(CRASHED.into(), Some(CRASHED_HELP.into())),
        Err(_) => late(),
    };
    application.shelf.set(id, standing);
}

/// A file that was checked, with the corrections put in.
struct Ready {
    held: Held,
    documents: Vec<DocumentReport>,
}

fn ready(application: &Application, id: u64) -> Result<Ready, Response> {
    let Some(held) = application.shelf.get(id) else {
        return Err(refused_page(
            StatusCode::NOT_FOUND,
            "this file is not held any more",
            Some("hand it in again: nothing is kept when realint ends"),
        ));
    };
    match &held.standing {
        Standing::Checked(documents) => {
            let documents = match documents.as_slice() {
                [only] => vec![corrected(only, &held.corrections)],
                all => all.to_vec(),
            };
            Ok(Ready { held, documents })
        }
        Standing::Failed(why, help) => Err(refused_page(StatusCode::UNPROCESSABLE_ENTITY, why, help.as_deref())),
        Standing::Waiting | Standing::Checking => Err(refused_page(
            StatusCode::CONFLICT,
            "this file is still being checked",
            Some("go back to the list: it says when it is done"),
        )),
    }
}

/// The same where the file holds one manuscript.
fn one_ready(application: &Application, id: u64) -> Result<(Held, DocumentReport), Response> {
    let mut ready = ready(application, id)?;
    let number = ready.documents.len();
    match ready.documents.pop() {
        Some(document) if number == 1 => Ok((ready.held, document)),
        _ => Err(refused_page(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("{} holds {number} manuscripts, and this is about one", ready.held.name),
            Some("put the one that you mean into a file of its own"),
        )),
    }
}

async fn report(State(application): App, Path(id): Path<u64>) -> Response {
    worked(move || match ready(&application, id) {
        Ok(ready) if ready.documents.len() > html_report::MOST_DOCUMENTS => too_many(&ready),
        Ok(ready) => page(web_pages::report(
            &entry(&ready.held, &application.rules),
            &ready.documents,
            &ready.held.corrections,
            &application.rules,
        )),
        Err(refusal) => refusal,
    })
    .await
}

fn too_many(ready: &Ready) -> Response {
    refused_page(
        StatusCode::UNPROCESSABLE_ENTITY,
        &format!(
            "{} holds {} manuscripts; a page shows up to {}",
            ready.held.name,
            ready.documents.len(),
            html_report::MOST_DOCUMENTS
        ),
        Some("`realint check --format jsonl` writes what was found in each, for a program to read"),
    )
}

async fn report_file(State(application): App, Path(id): Path<u64>) -> Response {
    worked(move || match ready(&application, id) {
        Ok(ready) if ready.documents.len() > html_report::MOST_DOCUMENTS => too_many(&ready),
        Ok(ready) => {
            let mut bytes = Vec::new();
            let name = format!("{}-report.html", stem(&ready.held));
            match html_report::html_report(&Report::new(ready.documents), &application.rules, &mut bytes) {
                Ok(()) => file(bytes, "text/html; charset=utf-8", &name),
                Err(error) => refused_page(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string(), None),
            }
        }
        Err(refusal) => refusal,
    })
    .await
}

fn stem(held: &Held) -> &str {
    FilePath::new(&held.name).file_stem().and_then(|stem| stem.to_str()).unwrap_or("manuscript")
}

async fn checklist(State(application): App, Path((id, kind)): Path<(u64, String)>) -> Response {
    worked(move || {
        let (held, document) = match one_ready(&application, id) {
            Ok(ready) => ready,
            Err(refusal) => return refusal,
        };
        let Some(table) = Checklist::new(&document, &application.rules) else {
            return refused_page(
                StatusCode::UNPROCESSABLE_ENTITY,
                "no standard applies to this manuscript, so there is no checklist",
                None,
            );
        };
        let mut bytes = Vec::new();
        let (written, mime) = match kind.as_str() {
            "docx" => (
                render::checklist::docx(&table, &mut bytes),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            "csv" => (render::checklist::csv(&table, &mut bytes), "text/csv; charset=utf-8"),
            "html" => (render::checklist::html(&table, &mut bytes), "text/html; charset=utf-8"),
            "md" => (render::checklist::markdown(&table, &mut bytes), "text/markdown; charset=utf-8"),
            _ => return refused_page(StatusCode::NOT_FOUND, "there is no such checklist", None),
        };
        match written {
            Ok(()) => file(bytes, mime, &format!("{}-checklist.{kind}", stem(&held))),
            Err(error) => refused_page(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string(), None),
        }
    })
    .await
}

async fn commented(State(application): App, Path(id): Path<u64>) -> Response {
    worked(move || {
        let (held, document) = match one_ready(&application, id) {
            Ok(ready) => ready,
            Err(refusal) => return refusal,
        };
        if document.format != Format::Docx {
            return refused_page(StatusCode::UNPROCESSABLE_ENTITY, "only Word documents can hold comments", None);
        }
        match crate::annotate::annotate(FilePath::new(&held.name), &held.bytes, &document) {
            Ok(annotated) => file(
                annotated.bytes,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                &format!("{}-commented.docx", stem(&held)),
            ),
            Err(error) => {
                let (why, help) = in_words(&error);
                refused_page(StatusCode::UNPROCESSABLE_ENTITY, &why, help.as_deref())
            }
        }
    })
    .await
}

#[derive(Deserialize)]
struct Pair {
    old: u64,
    new: u64,
}

async fn compare(State(application): App, Query(Pair { old, new }): Query<Pair>) -> Response {
    worked(move || match (one_ready(&application, old), one_ready(&application, new)) {
        (Ok((old_file, old)), Ok((new_file, new))) => page(web_pages::comparison(
            &crate::comparison::compare(&old, &new),
            &old_file.corrections,
            &new_file.corrections,
        )),
        (Err(refusal), _) | (_, Err(refusal)) => refusal,
    })
    .await
}

#[derive(Deserialize)]
struct Corrected {
    /// Without one the correction is taken back.
    verdict: Option<Verdict>,
    note: Option<String>,
}

async fn correct(
    State(application): App,
    Path((id, code)): Path<(u64, String)>,
    Form(said): Form<Corrected>,
) -> Response {
    match one_ready(&application, id) {
        Ok((_, document)) if document.items.iter().any(|item| item.code == code) => {}
        Ok(_) => return refused_page(StatusCode::NOT_FOUND, "there is no such item", None),
        Err(refusal) => return refusal,
    }
    // Forms end lines with two characters.
    let note = said.note.unwrap_or_default().replace('\r', "").trim().to_owned();
    if said.verdict.is_some() && note.is_empty() {
        return refused_page(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a correction needs a note that says why",
            Some("go back and write it: readers of the checklist will want to know"),
        );
    }
    application.shelf.correct(id, code.clone(), said.verdict.map(|verdict| Correction { verdict, note }));
    Redirect::to(&format!("../../{id}#item-{code}")).into_response()
}

async fn remove(State(application): App, Path(id): Path<u64>) -> Response {
    application.shelf.remove(id);
    Redirect::to("../../").into_response()
}

async fn end(State(application): App) -> Response {
    application.end.notify_one();
    page(web_pages::ended())
}
