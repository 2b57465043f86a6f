//! Opening a database for one process, its only owner, or to read it without coordination.

use std::fs::File;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::format::layout::LIFETIME_BYTE;
use crate::kernel::attributes::FileKey;
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::Names;
use crate::opening::options::{OpenOptions, PAUSE};
use crate::region::region::Region;
use crate::shared::entry::Entry;
use crate::shared::open_files::{cannot_open, if_there, open_wal};
use crate::shared::sentry::{BELOW_SQLITE, DATABASE_LOCKS};

/// How long a lock on the whole database may stand before an owner that asks is refused: reference openers hold it for microseconds.
const OWNER_PATIENCE: Duration = Duration::from_millis(50);
const LIFETIME: Range = Range::byte(LIFETIME_BYTE);

pub(crate) fn open_single(
    options: &OpenOptions,
    key: FileKey,
    names: Names,
    database: File,
) -> Result<(Entry, bool)> {
    refuse_peers(&names, options)?;
    if options.readonly {
        lock_as_reader(&database, options)?;
    } else {
        lock_as_owner(&database, options)?;
    }
    // A peer that looked before our lock was there has its lifetime byte by now.
    refuse_peers(&names, options)?;
    let wal = open_wal(&names, &database, options.readonly)?;
    if let (Some(wal), false) = (&wal, options.readonly) {
        lock_log(wal, &names)?;
    }
    let entry = Entry::new(names, key, false, true, Region::heap());
    Ok((entry.with_files(database, wal, !options.readonly)?, true))
}

/// Nobody may share the database while one process owns it.
fn refuse_peers(names: &Names, options: &OpenOptions) -> Result<()> {
    let opened =
        if_there(names.tshm.open_writable()).or_else(|_| if_there(names.tshm.open_readable()));
    let Some(tshm) = opened.map_err(cannot_open(&names.tshm))? else { return Ok(()) };
    let other = locks::query(&tshm, LockKind::Exclusive, LIFETIME);
    match other.map_err(Error::io("looking for peers"))? {
        Some(_) => Err(Error::OpenWithMultiprocess { path: options.path.clone() }),
        None => Ok(()),
    }
}

/// The whole file, exclusively, for life.
pub(crate) fn lock_as_owner(database: &File, options: &OpenOptions) -> Result<()> {
    lock_database(database, LockKind::Exclusive, Range::WHOLE, options)
}

/// Shared, so that no owner comes while we read without coordination; and `SQLite` must not be at work.
fn lock_as_reader(database: &File, options: &OpenOptions) -> Result<()> {
    lock_database(database, LockKind::Shared, BELOW_SQLITE, options)?;
    let deadline = Instant::now() + options.timeout;
    loop {
        let other = locks::query(database, LockKind::Exclusive, DATABASE_LOCKS);
        let Some(other) = other.map_err(Error::io("looking at the locks of the database"))? else {
            return Ok(());
        };
        if other.range.start < DATABASE_LOCKS.start {
            return Err(Error::FileLocked { path: options.path.clone() });
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

fn lock_database(
    database: &File,
    kind: LockKind,
    range: Range,
    options: &OpenOptions,
) -> Result<()> {
    let io = || Error::io("locking the database");
    let start = Instant::now();
    loop {
        if locks::try_lock(database, kind, range).map_err(io())? {
            return Ok(());
        }
        // SQLite's locks end with its transactions, an owner's with its process.
        let other = locks::query(database, kind, range).map_err(io())?;
        let is_sqlite = other.is_some_and(|other| other.range.start >= DATABASE_LOCKS.start);
        let patience = if is_sqlite { options.timeout } else { OWNER_PATIENCE };
        if other.is_some() && start.elapsed() >= patience {
            let path = options.path.clone();
            return Err(if is_sqlite { Error::Busy } else { Error::FileLocked { path } });
        }
        std::thread::sleep(PAUSE);
    }
}

pub(crate) fn lock_log(wal: &File, names: &Names) -> Result<()> {
    let locked = locks::try_lock(wal, LockKind::Exclusive, Range::WHOLE);
    if locked.map_err(Error::io("locking the log"))? {
        return Ok(());
    }
    Err(Error::FileLocked { path: names.wal.display().to_string() })
}
