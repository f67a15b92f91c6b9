//! TEI, raw or as well-formed trees that bytes are turned into.
#![no_main]

use libfuzzer_sys::fuzz_target;
use realint::manuscript::Format;
use realint_fuzz::{built, read_and_check};

fuzz_target!(|bytes: &[u8]| match bytes.split_first() {
    Some((0, plan)) => {
        let text = built::shown(built::tei(plan).into_bytes());
        read_and_check(&text, "a.xml", Some(Format::Tei));
    }
    _ => read_and_check(bytes, "a.xml", Some(Format::Tei)),
});
