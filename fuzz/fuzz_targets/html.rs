//! Web pages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use realint::manuscript::Format;
use realint_fuzz::read_and_check;

fuzz_target!(|bytes: &[u8]| read_and_check(bytes, "a.html", Some(Format::Html)));
