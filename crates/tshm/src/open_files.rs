//! The descriptors of a database, and the names beside it.
//!
//! Each file is opened once per process, and stays open until its last connection has gone: with classic locks,
//! closing any descriptor of a file would drop every lock on it.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::attributes::Attributes;
use crate::error::{Error, Result};

/// Device and inode: the identity of a file, whatever its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct FileKey {
    device: u64,
    inode: u64,
}

impl FileKey {
    pub fn of(metadata: &Metadata) -> FileKey {
        FileKey { device: metadata.dev(), inode: metadata.ino() }
    }

    pub fn new(device: u64, inode: u64) -> FileKey {
        FileKey { device, inode }
    }

    /// Whether this is what `/proc/locks` calls `major:minor:inode`.
    pub fn is_named(self, name: &str) -> bool {
        let FileKey { device, inode } = self;
        let major = device >> 8 & 0xfff | device >> 32 & !0xfff;
        let minor = device & 0xff | device >> 12 & !0xff;
        name == format!("{major:02x}:{minor:02x}:{inode}")
    }
}

/// The files of one database, named by plain concatenation.
#[derive(Clone, Debug)]
pub struct Names {
    pub database: PathBuf,
    pub wal: PathBuf,
    pub tshm: PathBuf,
    pub shm: PathBuf,
    pub tproc: PathBuf,
}

impl Names {
    pub fn of(database: &Path) -> Names {
        let with = |suffix: &str| {
            let mut name = database.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Names {
            database: database.to_owned(),
            wal: with("-wal"),
            tshm: with("-tshm"),
            shm: with("-shm"),
            tproc: with("-tproc"),
        }
    }
}

pub struct Files {
    pub database: File,
    /// None: there is no log, and a reader does not make one.
    pub wal: Option<File>,
    pub wal_key: Option<FileKey>,
    pub is_writable: bool,
}

impl Files {
    pub fn new(database: File, wal: Option<File>, is_writable: bool) -> Result<Files> {
        let attributes = wal.as_ref().map(File::metadata).transpose();
        let attributes = attributes.map_err(Error::io("reading the log's attributes"))?;
        Ok(Files { database, wal, wal_key: attributes.as_ref().map(FileKey::of), is_writable })
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

/// Opens for reading and writing. A file made here gets the permissions of the database beside it.
pub fn open_writable(path: &Path, create: bool, like: Option<&Metadata>) -> io::Result<File> {
    let mode = like.map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
    OpenOptions::new().read(true).write(true).create(create).mode(mode).open(path)
}

pub fn open_readable(path: &Path) -> io::Result<File> {
    File::open(path)
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
pub fn open_database(path: &Path, readonly: bool) -> Result<File> {
    let file = if readonly { open_readable(path) } else { open_writable(path, false, None) }
        .map_err(cannot_open(path))?;
    let metadata = file.metadata().map_err(Error::io("reading the database's attributes"))?;
    if !metadata.is_file() {
        return Err(Error::CannotOpen { path: path.display().to_string(), source: None });
    }
    Ok(file)
}

/// The log: made when it is missing and the opener writes.
pub fn open_wal(names: &Names, database: &File, readonly: bool) -> Result<Option<File>> {
    let wal = if readonly {
        if_there(open_readable(&names.wal))
    } else {
        let like = database.metadata().map_err(Error::io("reading the database's attributes"))?;
        open_writable(&names.wal, true, Some(&like)).map(Some)
    };
    wal.map_err(cannot_open_beside(&names.wal))
}

/// The attributes of the open file, if the name still leads to it.
pub fn in_place(key: FileKey, path: &Path) -> Option<Attributes> {
    Attributes::of_path(path).ok().filter(|there| there.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_concatenated() {
        let names = Names::of(Path::new("dir/app.db"));
        assert_eq!(names.wal, Path::new("dir/app.db-wal"));
        assert_eq!(names.tshm, Path::new("dir/app.db-tshm"));
        assert_eq!(names.shm, Path::new("dir/app.db-shm"));
        assert_eq!(names.tproc, Path::new("dir/app.db-tproc"));
    }

    #[test]
    fn a_deleted_or_replaced_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let file = open_writable(&path, true, None).unwrap();
        let key = FileKey::of(&file.metadata().unwrap());
        assert!(in_place(key, &path).is_some());
        std::fs::remove_file(&path).unwrap();
        assert!(in_place(key, &path).is_none());
        std::fs::write(&path, b"another").unwrap();
        assert!(in_place(key, &path).is_none());
    }

    #[test]
    fn a_folder_is_no_database() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(open_database(dir.path(), true), Err(Error::CannotOpen { .. })));
        assert!(matches!(open_database(dir.path(), false), Err(Error::CannotOpen { .. })));
    }
}
