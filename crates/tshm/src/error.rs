//! What can go wrong, in words meant for the user. `tshm-node` gives each its `SQLITE_*` code.
//!
//! The sentences about modes are those of TSHM v1 §4.22, because programs that use several engines on one
//! file recognise them. The others begin with `SQLite`'s sentence for their code.

use std::path::Path;
use std::{fmt, io};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiskOperation {
    Read,
    Write,
    Fsync,
    Truncate,
}

impl DiskOperation {
    /// The disk is full, and nothing worse has happened: what was asked for has not been done, and the rest is as it was. A sync
    /// that fails for want of space has failed as any other does, for nobody knows what it has left out.
    pub fn is_full(self, source: &io::Error) -> bool {
        self != DiskOperation::Fsync && is_disk_full(source)
    }
}

#[derive(Debug)]
pub enum Error {
    /// Opened for one process while others share it.
    OpenWithMultiprocess {
        path: String,
    },
    /// Opened for several processes while one owns it.
    OpenWithoutMultiprocess {
        path: String,
    },
    /// Opened for one process while another owns it.
    FileLocked {
        path: String,
    },
    MemoryPath {
        path: String,
    },
    FileSystem {
        path: String,
        reason: String,
    },
    /// The same file under another name, in this process.
    DuplicateOpen {
        path: String,
    },
    /// This process has a file of the database open, and not by us.
    OpenElsewhereHere {
        path: String,
    },
    /// A name that does not identify the database for everybody.
    AliasedPath {
        path: String,
    },
    Busy,
    CannotOpen {
        path: String,
        source: Option<io::Error>,
    },
    NotADatabase,
    Io {
        what: &'static str,
        source: io::Error,
    },
    /// The log could not be read, written or synced.
    Disk {
        operation: DiskOperation,
        source: io::Error,
    },
    /// A commit depends on a process that does not go on.
    OutcomeUnknown,
    /// The coordination file does not hold what it should.
    Corrupt(String),
    /// The coordination file went away or stays unusable.
    Protocol(String),
    /// The log went away.
    LogReplaced {
        path: String,
    },
    /// The log is there, and no longer what the processes that share it have made of it.
    LogChanged {
        path: String,
    },
    /// The database file went away.
    DatabaseReplaced {
        path: String,
    },
    /// The database file is not the one that others have open by its name.
    NotTheirDatabase {
        path: String,
    },
    /// The log has as many frames as it can count.
    LogFull,
    ReadOnly,
    Misuse(&'static str),
}

impl Error {
    pub fn io(what: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { what, source }
    }

    pub fn disk(operation: DiskOperation) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Disk { operation, source }
    }

    /// The coordination file is not at its name any more.
    pub fn replaced_tshm(tshm: &Path) -> Error {
        Error::Protocol(format!(
            "'{}' was deleted or replaced while the database was open",
            tshm.display()
        ))
    }

    /// Somebody has cut the coordination file.
    pub fn shortened_tshm(tshm: &Path) -> Error {
        Error::Protocol(format!(
            "'{}' was cut short while the database was open; close it and open it again",
            tshm.display()
        ))
    }

    /// Its snapshot cannot be.
    pub fn damaged_tshm(tshm: &Path) -> Error {
        Error::Corrupt(format!(
            "'{}' is damaged; close the database in all processes, and the next to open it makes the file anew",
            tshm.display()
        ))
    }
}

/// No space, or none for this user.
pub fn is_disk_full(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::StorageFull | Kind::QuotaExceeded)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::OpenWithMultiprocess { path } => write!(
                f,
                "Failed opening database '{path}'. Database is already open with experimental \
                 multiprocess WAL in another process"
            ),
            Error::OpenWithoutMultiprocess { path } => write!(
                f,
                "Failed opening database '{path}'. Database is already open without experimental \
                 multiprocess WAL in another process"
            ),
            Error::FileLocked { path } => {
                write!(f, "Failed locking file '{path}'. File is locked by another process")
            }
            Error::MemoryPath { path } => write!(
                f,
                "experimental multiprocess WAL is not supported for in-memory database path '{path}'"
            ),
            Error::FileSystem { path, reason } => write!(
                f,
                "experimental multiprocess WAL is not supported on the filesystem backing '{path}' \
                 ({reason})"
            ),
            Error::DuplicateOpen { path } => write!(
                f,
                "duplicate same-process shared WAL coordination open for '{path}' is unsupported; \
                 callers must reuse the existing Database/authority"
            ),
            Error::OpenElsewhereHere { path } => write!(
                f,
                "'{path}' is already open in this process, by another copy of this package or another library; \
                 on this platform locks do not hold between the two"
            ),
            Error::AliasedPath { path } => write!(
                f,
                "unable to open database file ('{path}' is a symbolic link or has several hard links; \
                 processes that share a database must all call it by one name)"
            ),
            Error::Busy => write!(f, "database is locked"),
            Error::CannotOpen { source: Some(source), .. } => {
                write!(f, "unable to open database file ({source})")
            }
            Error::CannotOpen { source: None, .. } => write!(f, "unable to open database file"),
            Error::NotADatabase => write!(f, "file is not a database"),
            Error::Io { source, .. } if is_disk_full(source) => {
                write!(f, "database or disk is full")
            }
            Error::Io { what, source } => write!(f, "disk I/O error ({what}: {source})"),
            Error::Disk { operation, source } if operation.is_full(source) => {
                write!(f, "database or disk is full")
            }
            Error::LogFull => write!(f, "database or disk is full"),
            Error::Disk { .. } => write!(f, "disk I/O error"),
            Error::OutcomeUnknown => write!(
                f,
                "disk I/O error (whether this commit counts is not known: another process has taken on its sync and \
                 does not go on; close the database, open it again and look)"
            ),
            Error::Corrupt(detail) => write!(f, "{detail}"),
            Error::Protocol(detail) => write!(f, "locking protocol ({detail})"),
            Error::LogReplaced { path } => write!(
                f,
                "disk I/O error ('{path}' was deleted or replaced while the database was open)"
            ),
            Error::LogChanged { path } => write!(
                f,
                "disk I/O error ('{path}' was cut or overwritten while the database was open)"
            ),
            Error::DatabaseReplaced { path } => write!(
                f,
                "attempt to write a readonly database ('{path}' was deleted or replaced while the \
                 database was open)"
            ),
            Error::NotTheirDatabase { path } => write!(
                f,
                "unable to open database file ('{path}' is not the database that other processes have \
                 open by this name, which was deleted or replaced; close it in all of them)"
            ),
            Error::ReadOnly => write!(f, "attempt to write a readonly database"),
            Error::Misuse(detail) => write!(f, "bad parameter or other API misuse ({detail})"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. }
            | Error::Disk { source, .. }
            | Error::CannotOpen { source: Some(source), .. } => Some(source),
            _ => None,
        }
    }
}
