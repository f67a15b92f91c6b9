//! The files that were handed in, in memory only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Limits;
use crate::correction::{Correction, Corrections};
use crate::report::DocumentReport;

/// What became of a file.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// Others are checked first.
    Waiting,
    /// It is being checked.
    Checking,
    /// It was checked: a report a manuscript.
    Checked(Arc<Vec<DocumentReport>>),
    /// It could not be: what is wrong, and what to do.
    Failed(String, Option<String>),
}

/// A file.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) standing: Standing,
    pub(crate) corrections: Corrections,
}

/// All files.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    last: u64,
    files: BTreeMap<u64, Held>,
}

impl Shelf {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Nothing that holds the lock can leave it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a file in and gives its number; `None` where there is no room.
    pub(super) fn put(&self, name: String, bytes: Arc<[u8]>, limits: &Limits) -> Option<u64> {
        let mut inside = self.inside();
        let held: usize = inside.files.values().map(|file| file.bytes.len()).sum();
        if inside.files.len() >= limits.files || held + bytes.len() > limits.all_files {
            return None;
        }
        inside.last += 1;
        let id = inside.last;
        let corrections = Corrections::default();
        inside.files.insert(id, Held { id, name, bytes, standing: Standing::Waiting, corrections });
        Some(id)
    }

    pub(super) fn get(&self, id: u64) -> Option<Held> {
        self.inside().files.get(&id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Held> {
        self.inside().files.values().cloned().collect()
    }

    pub(super) fn remove(&self, id: u64) -> bool {
        self.inside().files.remove(&id).is_some()
    }

    /// Says what became of a file, if it is still there.
    pub(super) fn set(&self, id: u64, standing: Standing) {
        if let Some(file) = self.inside().files.get_mut(&id) {
            file.standing = standing;
        }
    }

    /// Corrects a verdict, or takes a correction back.
    pub(super) fn correct(&self, id: u64, code: String, correction: Option<Correction>) {
        if let Some(file) = self.inside().files.get_mut(&id) {
            match correction {
                Some(correction) => file.corrections.insert(code, correction),
                None => file.corrections.remove(&code),
            };
        }
    }
}
