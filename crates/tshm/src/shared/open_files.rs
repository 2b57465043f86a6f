//! The descriptors of a database.
//!
//! Each file is opened once per process, and stays open until its last connection has gone: with classic locks,
//! closing any descriptor of a file would drop every lock on it.

use std::fs::File;
use std::io;
use std::path::Path;

use nix::fcntl::OFlag;

use crate::error::{Error, Result};
use crate::kernel::attributes::FileKey;
use crate::kernel::names::{Name, Names};
use crate::log::faults::Role;
use crate::log::stored::{Source, Stored};

pub struct Files {
    pub database: Stored,
    /// None: there is no log, and a reader does not make one.
    pub wal: Option<Stored>,
    pub wal_key: Option<FileKey>,
    pub is_writable: bool,
}

impl Files {
    pub fn new(database: File, wal: Option<File>, is_writable: bool) -> Result<Files> {
        let attributes = wal.as_ref().map(File::metadata).transpose();
        let attributes = attributes.map_err(Error::io("reading the log's attributes"))?;
        Ok(Files {
            database: Stored::new(database, Role::Database),
            wal: wal.map(|log| Stored::new(log, Role::Log)),
            wal_key: attributes.as_ref().map(FileKey::of),
            is_writable,
        })
    }
}

pub fn cannot_open(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    move |source| {
        // A missing file needs no explanation beyond SQLite's own sentence.
        let is_missing = source.kind() == io::ErrorKind::NotFound;
        Error::CannotOpen { path, source: (!is_missing).then_some(source) }
    }
}

/// The same for a file beside the database, which SQLite's sentence does not name.
pub fn cannot_open_beside(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    move |source| {
        let detail = format!("'{path}': {source}");
        let source = Some(io::Error::new(source.kind(), detail));
        Error::CannotOpen { path, source }
    }
}

/// The file is there, and this process may not write to it: by its permissions, its attributes or its file system.
/// Asks by name, because to open and close it would drop classic locks.
pub fn is_write_protected(path: &Path) -> bool {
    use nix::errno::Errno;
    use nix::fcntl::{AT_FDCWD, AtFlags};
    use nix::unistd::{AccessFlags, faccessat};
    let answer = faccessat(AT_FDCWD, path, AccessFlags::W_OK, AtFlags::AT_EACCESS);
    matches!(answer, Err(Errno::EACCES | Errno::EPERM | Errno::EROFS)) && path.is_file()
}

/// As an answer, a missing file instead of an error.
pub fn if_there<T>(answer: io::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The database file itself. What is not a regular file is no database.
pub fn open_database(name: &Name, readonly: bool) -> Result<File> {
    let file = if readonly { name.open_readable() } else { name.open_writable() }
        .map_err(cannot_open(name))?;
    let metadata = file.metadata().map_err(Error::io("reading the database's attributes"))?;
    if !metadata.is_file() {
        return Err(Error::CannotOpen { path: name.display().to_string(), source: None });
    }
    Ok(file)
}

/// A file beside the database, made when it is missing.
pub fn create_beside(name: &Name, database: &dyn Source) -> Result<File> {
    let like = database.metadata().map_err(Error::io("reading the database's attributes"))?;
    name.create_beside(&like, OFlag::empty()).map_err(cannot_open_beside(name))
}

/// The log: made when it is missing and the opener writes.
pub fn open_wal(names: &Names, database: &dyn Source, readonly: bool) -> Result<Option<File>> {
    if readonly {
        if_there(names.wal.open_readable()).map_err(cannot_open_beside(&names.wal))
    } else {
        create_beside(&names.wal, database).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_database() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(
            open_database(&Name::of(dir.path()), true),
            Err(Error::CannotOpen { .. })
        ));
        assert!(matches!(
            open_database(&Name::of(dir.path()), false),
            Err(Error::CannotOpen { .. })
        ));
    }
}
