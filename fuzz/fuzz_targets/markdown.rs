//! Markdown and Quarto.
#![no_main]

use libfuzzer_sys::fuzz_target;
use realint::manuscript::Format;
use realint_fuzz::read_and_check;

fuzz_target!(|bytes: &[u8]| {
    read_and_check(bytes, "a.md", Some(Format::Markdown));
    read_and_check(bytes, "a.qmd", Some(Format::Quarto));
});
