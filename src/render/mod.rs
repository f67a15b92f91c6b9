//! Renderings of a report. A renderer decides nothing.

pub mod checklist;
pub mod comparison;
pub mod configurations;
pub mod evaluation;
mod github;
pub mod html_report;
mod human;
mod json;
mod junit;
mod place;
mod rule_pages;
mod sarif;
mod short;
pub mod web_pages;
mod words;

pub use github::github;
pub use html_report::html_report;
pub use human::human;
pub use json::{json, jsonl, line};
pub use junit::junit;
pub(crate) use place::only_colours;
pub use rule_pages::{Page, rule_pages};
pub use sarif::sarif;
pub use short::short;
