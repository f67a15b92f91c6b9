//! Lints one Markdown file with harper-core's own choice of rules, British English, and prints how many
//! lints there were.

use harper_core::linting::{LintGroup, Linter};
use harper_core::parsers::Markdown;
use harper_core::spell::FstDictionary;
use harper_core::{Dialect, Document};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = std::env::args().nth(1).ok_or("which file?")?;
    if argument == "--version" {
        println!("harper-core 3");
        return Ok(());
    }
    let text = std::fs::read_to_string(argument)?;
    let dictionary = FstDictionary::curated();
    let document = Document::new(&text, &Markdown::default(), &dictionary);
    println!("{}", LintGroup::new_curated(dictionary, Dialect::British).lint(&document).len());
    Ok(())
}
