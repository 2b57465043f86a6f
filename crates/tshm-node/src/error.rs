//! From the core's errors to `SQLite`'s result codes, which napi carries as `error.code`.

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
        E::MemoryPath { .. } | E::FileSystem { .. } | E::DuplicateOpen { .. } | E::Misuse(_) => {
            "SQLITE_MISUSE"
        }
        E::AliasedPath { .. } | E::CannotOpen { .. } => "SQLITE_CANTOPEN",
        E::NotADatabase => "SQLITE_NOTADB",
        E::Io { source, .. } => match source.raw_os_error() {
            Some(NO_SPACE | QUOTA) => "SQLITE_FULL",
            _ => "SQLITE_IOERR",
        },
        E::LogReplaced { .. } => "SQLITE_IOERR",
        E::Corrupt(_) => "SQLITE_CORRUPT",
        E::Protocol(_) => "SQLITE_PROTOCOL",
        E::ReadOnly => "SQLITE_READONLY",
    }
}

/// ENOSPC, the same number on every Unix.
const NO_SPACE: i32 = 28;
/// EDQUOT.
const QUOTA: i32 = if cfg!(target_os = "linux") { 122 } else { 69 };
