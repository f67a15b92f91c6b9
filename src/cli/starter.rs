//! `realint rules new`: a rule pack to begin with.

use std::path::Path;
use std::process::ExitCode;

use super::output;
use crate::error::Error;
use crate::rule::load;

/// The files of the pack, by their paths in it. `@@id@@`, `@@standard@@` and `@@prefix@@` are filled in.
const FILES: [(&str, &str); 5] = [
    ("pack.toml", include_str!("starter/pack.toml")),
    ("lexicon.toml", include_str!("starter/lexicon.toml")),
    ("parts/registration.toml", include_str!("starter/parts/registration.toml")),
    ("items/registration.toml", include_str!("starter/items/registration.toml")),
    ("README.md", include_str!("starter/README.md")),
];

/// Writes the pack into a folder, which must be empty or not be there, and says what to do next.
///
/// Errors: something lies in the folder, the standard is unknown, codes may not begin so, a file can't
/// be written.
pub(super) fn write(folder: &Path, standard: &str, prefix: &str) -> Result<ExitCode, Error> {
    let failed = |source: std::io::Error| Error::Write { path: folder.to_owned(), source };
    let occupied = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(error)),
    };
    if occupied {
        return Err(Error::Usage {
            message: format!("{} is not empty; nothing was written", folder.display()),
            help: Some("name a folder that isn't there yet".into()),
        });
    }
    let rules = load::shipped()?;
    if rules.standard(standard).is_none() {
        return Err(Error::unknown("standard", standard, rules.standards.iter().map(|s| s.id.as_str())));
    }
    let letters = |code: &str| code.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let well_formed = (2..=5).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_uppercase());
    let taken =
        rules.codes().map(letters).find(|other| other.starts_with(prefix) || prefix.starts_with(other.as_str()));
    if !well_formed || taken.is_some() {
        return Err(Error::Usage {
            message: match taken {
                Some(other) if well_formed => {
                    format!("codes that begin with {prefix} can't be told from realint's own {other} codes")
                }
                _ => format!("`{prefix}` is no beginning of codes"),
            },
            help: Some("choose two to five capital letters of your own: `--prefix HOUSE`".into()),
        });
    }
    let id = id_of(folder);
    for (path, text) in FILES {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let text = text.replace("@@id@@", &id).replace("@@standard@@", standard).replace("@@prefix@@", prefix);
        crate::write::file(&path, text.as_bytes())?;
    }
    let shown = folder.display();
    let next = format!(
        "wrote the pack {id} into {shown}\n  try it:  realint rules test --rules {shown}\n  see it:  realint explain {prefix}01 --rules {shown}\n  use it:  realint draft.md --rules {shown}\n"
    );
    output::print(next.as_bytes())
}

/// The name of a folder as the id of a pack: lower case, with hyphens.
fn id_of(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let name = absolute.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let id = words.join("-");
    if id.starts_with(|c: char| c.is_ascii_lowercase()) {
        id
    } else {
        format!("pack-{id}").trim_end_matches('-').to_owned()
    }
}
