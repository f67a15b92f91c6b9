//! Plain text in any encoding, and any bytes without a telling name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use realint::manuscript::Format;
use realint_fuzz::read_and_check;

fuzz_target!(|bytes: &[u8]| {
    read_and_check(bytes, "a.txt", Some(Format::Text));
    // PDFs and containers have targets of their own.
    if !bytes.windows(5).take(1024).any(|window| window == b"%PDF-") && !bytes.starts_with(b"PK") {
        read_and_check(bytes, "a", None);
    }
});
