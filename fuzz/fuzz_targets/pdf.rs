//! PDFs: raw, or objects that are numbered and listed here, so that they are found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use realint::manuscript::Format;
use realint_fuzz::{built, read_and_check};

/// The reader catches panics of the parser and calls the file damaged; only panics of realint itself count.
fn catch_only_our_own() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let foreign = info.location().is_some_and(|place| {
                let file = place.file();
                file.contains("hayro") || file.contains("/registry/") || file.contains("/rustc/")
            });
            if !foreign {
                abort(info);
            }
        }));
    });
}

fuzz_target!(|bytes: &[u8]| {
    catch_only_our_own();
    match bytes.split_first() {
        Some((0, plan)) => read_and_check(&built::shown(built::pdf(plan)), "a.pdf", Some(Format::Pdf)),
        _ => read_and_check(bytes, "a.pdf", Some(Format::Pdf)),
    }
});
