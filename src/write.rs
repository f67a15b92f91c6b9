//! Writing files: whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Writes a file whole or not at all: into a temporary file beside it, then renamed.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let failed = |source: std::io::Error| Error::Write { path: path.to_owned(), source };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0o644, |m| m.permissions().mode() & 0o777);
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Writes new files, all of them or none, with the folders that they lie in; what is there already is
/// never written over, not even if it came to be there a moment ago.
///
/// Errors: a file is there, or can't be written; files and folders made before that are taken away.
pub fn new_files(files: &[(&Path, &[u8])]) -> Result<(), Error> {
    let mut made = Made::default();
    for (path, bytes) in files {
        made.file(path, bytes).map_err(|source| Error::Write { path: (*path).to_owned(), source })?;
    }
    made.keep = true;
    Ok(())
}

/// Files and folders that were made, taken away again unless they are kept.
#[derive(Default)]
struct Made {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    keep: bool,
}

impl Made {
    fn file(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let missing: Vec<&Path> = folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.exists()).collect();
        for folder in missing.into_iter().rev() {
            std::fs::create_dir(folder)?;
            self.folders.push(folder.to_owned());
        }
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
        }
        file.persist_noclobber(path).map_err(|e| e.error)?;
        self.files.push(path.to_owned());
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        for folder in self.folders.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_all_written_or_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let (there, new) = (folder.path().join("there"), folder.path().join("a/b/new"));
        std::fs::write(&there, "old").expect("a file");
        assert!(new_files(&[(&new, b"new"), (&there, b"new")]).is_err());
        assert!(!folder.path().join("a").exists());
        assert_eq!(std::fs::read_to_string(&there).expect("a file"), "old");
        new_files(&[(&new, b"new")]).expect("a new file");
        assert_eq!(std::fs::read_to_string(&new).expect("a file"), "new");
    }
}
