//! Renderings of a report. A renderer decides nothing.

pub mod configurations;
mod human;
mod json;

pub use human::human;
pub use json::{json, jsonl};
