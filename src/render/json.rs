//! JSON, as the contract `realint-report/1` sets it out.

use std::io::{self, Write};

use serde::Serialize;

use super::place::steers;
use crate::report::Report;

/// Writes the whole report as one object.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(pretty(report)?.as_bytes())?;
    writeln!(out)
}

/// Writes one document a line.
pub fn jsonl(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.documents.iter().try_for_each(|document| line(document, out))
}

/// Writes a document, or a failure, as a line.
pub fn line(one: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(tame(serde_json::to_string(one)?).as_bytes())?;
    writeln!(out)
}

/// A value as JSON of several lines, without characters that would steer a terminal.
///
/// Errors: it can't be serialised.
pub(super) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(tame)
}

/// JSON with the characters escaped that steer a terminal and that JSON lets through: it means the same.
fn tame(json: String) -> String {
    // Those that JSON lets through begin with one of these bytes: DEL, and in UTF-8 what lies from U+0080 to
    // U+00BF, and from U+2000 to U+2FFF.
    let hostile: Vec<(usize, char)> = memchr::memchr3_iter(0x7f, 0xc2, 0xe2, json.as_bytes())
        .filter_map(|at| Some((at, json.get(at..)?.chars().next().filter(|c| steers(*c))?)))
        .collect();
    if hostile.is_empty() {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + hostile.len() * 6);
    let mut from = 0;
    for (at, character) in hostile {
        // They stand in strings only, and in the first plane.
        escaped.push_str(&json[from..at]);
        escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        from = at + character.len_utf8();
    }
    escaped.push_str(&json[from..]);
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_escaped_and_means_the_same() {
        let value = "plain “quoted” é \u{7f} \u{9b}31m \u{202e}turned\u{2069} \u{a0}·";
        let json = tame(serde_json::to_string(value).expect("text"));
        assert!(!json.chars().any(steers), "{json:?}");
        assert!(json.contains("“quoted” é") && json.contains('\u{a0}'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), value);
        assert_eq!(tame("\"é\"".into()), "\"é\"");
    }
}
