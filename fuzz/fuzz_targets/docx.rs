//! Word documents: parts that are put into a container here, so that its checksums hold; or raw containers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use realint::manuscript::Format;
use realint_fuzz::{built, read_and_check};

fuzz_target!(|bytes: &[u8]| match bytes.split_first() {
    Some((b'P', _)) => read_and_check(bytes, "a.docx", Some(Format::Docx)),
    Some((0, plan)) => read_and_check(&built::shown(built::zipped(&built::docx(plan))), "a.docx", Some(Format::Docx)),
    _ => read_and_check(&built::shown(built::zipped(&built::parted(bytes))), "a.docx", Some(Format::Docx)),
});
