//! The rules are embedded, so a change to them is a change to the crate.

fn main() {
    println!("cargo:rerun-if-changed=rules");
}
