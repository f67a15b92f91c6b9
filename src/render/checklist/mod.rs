//! The filled checklist as a document to hand in. A renderer decides nothing; all that is shown stands
//! in the [`Checklist`].

mod csv;
mod docx;
mod html;
mod markdown;

pub use csv::csv;
pub use docx::docx;
pub use html::html;
pub use markdown::markdown;
pub(super) use markdown::plain;

use crate::checklist::{Checklist, Row};

/// The cells of a row, in the order of the headings.
fn cells(row: &Row) -> [String; 7] {
    [
        row.label.clone(),
        row.name.clone(),
        row.asks.clone(),
        row.status(),
        row.places(),
        row.quotations(),
        row.note.clone(),
    ]
}

/// What stands above the table.
fn heading(checklist: &Checklist) -> String {
    format!("{} ({})", checklist.standard, checklist.source)
}

/// What stands under the table: what a status means, and who says so.
fn colophon(checklist: &Checklist) -> String {
    let by_hand = if checklist.rows.iter().any(|row| row.realint.is_some()) {
        " Where a status says \"by hand\", a person decided, and realint's own verdict stands beside theirs."
    } else {
        ""
    };
    format!(
        "Filled in by realint {}, which reads the text and judges whether an item is reported, not how well. \"Not found\" means that no sentence was found that reports it.{by_hand} Check every row against the manuscript before it is handed in.",
        env!("CARGO_PKG_VERSION")
    )
}
