//! Renderings of a report. A renderer decides nothing.

mod human;
mod json;

pub use human::human;
pub use json::{json, jsonl};
