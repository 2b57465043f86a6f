//! The databases that this process has open, by device and inode: two names of a file do not become two owners.
//!
//! The addon is loaded once for each JavaScript thread, but these records are one set for the process.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::kernel::attributes::FileKey;
use crate::opening::options::OpenOptions;
use crate::shared::entry::Entry;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Opening,
    Open,
    Closing,
}

pub(crate) struct Record {
    pub(crate) phase: Phase,
    pub(crate) is_multiprocess: bool,
    /// The name it was opened by: the folder, and the name there.
    pub(crate) place: (FileKey, OsString),
    pub(crate) tshm: Option<FileKey>,
    pub(crate) entry: Option<Arc<Entry>>,
    pub(crate) connections: usize,
}

pub(crate) type Records = HashMap<FileKey, Record>;

#[derive(Default)]
struct Registry {
    records: Mutex<Records>,
    changed: Condvar,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

pub(crate) fn records() -> MutexGuard<'static, Records> {
    REGISTRY.records.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets those look again who wait for a record to change.
pub(crate) fn notify() {
    REGISTRY.changed.notify_all();
}

/// Waits until a record has changed. None: the deadline has passed.
pub(crate) fn wait(
    records: MutexGuard<'static, Records>,
    deadline: Instant,
) -> Option<MutexGuard<'static, Records>> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return None;
    }
    let waited = REGISTRY.changed.wait_timeout(records, left);
    Some(waited.unwrap_or_else(PoisonError::into_inner).0)
}

pub(crate) fn forget(key: FileKey) {
    records().remove(&key);
    notify();
}

/// A database that was replaced under its name while an older one is open here has the same coordination file: two
/// descriptors of it in one process would not know of each other.
pub(crate) fn claim_tshm(key: FileKey, tshm: FileKey, options: &OpenOptions) -> Result<()> {
    let mut records = records();
    let is_taken = records.iter().any(|(other, record)| *other != key && record.tshm == Some(tshm));
    if is_taken {
        return Err(Error::NotTheirDatabase { path: options.path.clone() });
    }
    if let Some(record) = records.get_mut(&key) {
        record.tshm = Some(tshm);
    }
    Ok(())
}
