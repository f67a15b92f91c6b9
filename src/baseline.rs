//! Baselines: the fingerprints of findings that were there when the baseline was written.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::read::read_bytes;

const SCHEMA: &str = "realint-baseline/1";

#[derive(Debug, Serialize, Deserialize)]
struct Baseline {
    schema: String,
    findings: BTreeSet<String>,
}

/// The fingerprints in a baseline file.
///
/// Errors: the file can't be read, or is no baseline.
pub fn read(path: &Path) -> Result<Vec<String>, Error> {
    let bytes = read_bytes(path)?;
    let parsed: Result<Baseline, _> = serde_json::from_slice(&bytes);
    match parsed {
        Ok(baseline) if baseline.schema == SCHEMA => Ok(baseline.findings.into_iter().collect()),
        Ok(_) | Err(_) => Err(Error::Usage {
            message: format!("{} is no baseline", path.display()),
            help: Some("`realint check --write-baseline FILE` writes one".into()),
        }),
    }
}

/// Writes fingerprints to a baseline file.
///
/// Errors: the file can't be written.
pub fn write(path: &Path, findings: BTreeSet<String>) -> Result<(), Error> {
    let baseline = Baseline { schema: SCHEMA.into(), findings };
    let mut bytes = serde_json::to_vec_pretty(&baseline).unwrap_or_default();
    bytes.push(b'\n');
    crate::write::file(path, &bytes)
}
