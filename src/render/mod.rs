//! Renderings of a report. A renderer decides nothing.

pub mod configurations;
pub mod evaluation;
mod human;
mod json;

pub use human::human;
pub use json::{json, jsonl};
