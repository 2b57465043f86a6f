//! From the core's errors to `SQLite`'s result codes, which napi carries as `error.code`.

use tshm::error::{DiskOperation, is_disk_full};

pub type Result<T> = std::result::Result<T, napi::Error<&'static str>>;

// By value, to stand in `map_err`.
#[allow(clippy::needless_pass_by_value)]
pub fn from_core(error: tshm::Error) -> napi::Error<&'static str> {
    napi::Error::new(code(&error), error.to_string())
}

/// A wrong argument.
pub fn misuse(detail: &'static str) -> napi::Error<&'static str> {
    from_core(tshm::Error::Misuse(detail))
}

fn code(error: &tshm::Error) -> &'static str {
    use tshm::Error as E;
    match error {
        E::OpenWithMultiprocess { .. }
        | E::OpenWithoutMultiprocess { .. }
        | E::FileLocked { .. }
        | E::Busy => "SQLITE_BUSY",
        E::MemoryPath { .. }
        | E::FileSystem { .. }
        | E::DuplicateOpen { .. }
        | E::OpenElsewhereHere { .. }
        | E::Misuse(_) => "SQLITE_MISUSE",
        E::AliasedPath { .. } | E::CannotOpen { .. } | E::NotTheirDatabase { .. } => {
            "SQLITE_CANTOPEN"
        }
        E::NotADatabase => "SQLITE_NOTADB",
        E::Disk { operation, source } if operation.is_full(source) => "SQLITE_FULL",
        E::Io { source, .. } if is_disk_full(source) => "SQLITE_FULL",
        E::LogFull => "SQLITE_FULL",
        E::Disk { operation: DiskOperation::Read, .. } => "SQLITE_IOERR_READ",
        E::Disk { operation: DiskOperation::Write, .. } => "SQLITE_IOERR_WRITE",
        // Of SQLite's answers this one leaves open whether the commit counts. On SQLITE_BUSY programs would try again.
        E::OutcomeUnknown | E::Disk { operation: DiskOperation::Fsync, .. } => "SQLITE_IOERR_FSYNC",
        E::Disk { operation: DiskOperation::Truncate, .. } => "SQLITE_IOERR_TRUNCATE",
        E::Io { .. } | E::LogReplaced { .. } | E::LogChanged { .. } => "SQLITE_IOERR",
        E::DatabaseReplaced { .. } => "SQLITE_READONLY_DBMOVED",
        E::Corrupt(_) => "SQLITE_CORRUPT",
        E::Protocol(_) => "SQLITE_PROTOCOL",
        E::ReadOnly => "SQLITE_READONLY",
    }
}
