//! Which database file it is.
//!
//! Names can come to lead to other files while a database is open: somebody deletes it, moves it away, or renames another over it. The
//! coordination file and the log then still belong to the old one. Who writes looks at the names first (`Entry::check_files`). Who opens has
//! the new file, and would use the old log. So each process of this engine locks a byte of the coordination file, shared, whose number
//! is made of the device and inode of the database file that it has open; whoever finds another such byte locked is refused. The dead leave
//! nothing, and files may be copied and restored while nobody has them open.
//!
//! When the last process leaves, and the log or the database is no longer at its name, what is committed is copied back all the same, from
//! the descriptors, as `SQLite` does. But a log that is gone may have been copied back and deleted by a `SQLite` that had the database for
//! itself, and has written more since. So a process remembers, for each state of what is copied back, when the file was last
//! written to. If that has moved since, or is not known, the file stays as it is.

use std::os::unix::fs::MetadataExt;
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::snapshot::Snapshot;
use crate::format::words::Words;
use crate::kernel::attributes::FileKey;
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::in_place;
use crate::log::stored::{Source, Stored};
use crate::shared::entry::Entry;
use crate::shared::open_files::Files;
use crate::shared::sentry;

const NUMBERS: u64 = 1 << 32;

fn number_of(key: FileKey) -> u64 {
    // Inodes of one device differ in their low bits, devices are few.
    key.inode().wrapping_add(key.device().wrapping_mul(0x9e37_79b9)) % NUMBERS
}

fn time_of(database: &Stored) -> Option<u64> {
    let there = database.metadata().ok()?;
    let time = there.mtime().checked_mul(1_000_000_000)?.checked_add(there.mtime_nsec())?;
    u64::try_from(time).ok()
}

impl Entry {
    /// With the lifetime byte: nobody has another database open by this name. `key` is that of the file that was opened.
    pub(crate) fn claim_database(&self, key: FileKey) -> Result<()> {
        let Some(tshm) = self.region.file() else { return Ok(()) };
        let io = || Error::io("locking the coordination file");
        let byte = at::DATABASE_BYTES + number_of(key);
        locks::try_lock(tshm, LockKind::Shared, Range::byte(byte)).map_err(io())?;
        let end = at::DATABASE_BYTES + NUMBERS;
        let below = Range { start: at::DATABASE_BYTES, len: byte - at::DATABASE_BYTES };
        let above = Range { start: byte + 1, len: end - byte - 1 };
        for others in [below, above].into_iter().filter(|range| range.len > 0) {
            if locks::query(tshm, LockKind::Exclusive, others).map_err(io())?.is_some() {
                let path = self.names.database.display().to_string();
                return Err(Error::NotTheirDatabase { path });
            }
        }
        Ok(())
    }

    pub(crate) fn give_up_database(&self) {
        if let Some(tshm) = self.region.file() {
            let all = Range { start: at::DATABASE_BYTES, len: NUMBERS };
            let _ = locks::unlock(tshm, all);
        }
    }

    /// The process has looked at this state of what is copied back.
    #[inline]
    pub(crate) fn knows_database(&self, now: &Snapshot) -> bool {
        !self.is_multiprocess
            || self.known.epoch.load(Ordering::Relaxed) == u64::from(now.checkpoint_epoch) + 1
    }

    /// The database file is as one of us has left it, in this state. Where a `SQLite` is in it, or has been, that is not so; who is
    /// closing has looked at that already.
    pub(crate) fn note_database(&self, files: &Files, is_closing: bool) -> Result<()> {
        let Some(log) = files.wal.as_ref().filter(|_| self.is_multiprocess) else { return Ok(()) };
        let epoch = u64::from(self.region.words().load32(at::CHECKPOINT_EPOCH)) + 1;
        let time = time_of(&files.database).unwrap_or(0);
        let is_seized = sentry::is_seized(&files.database);
        if is_seized.map_err(Error::io("looking at the locks of the database"))? {
            return Ok(());
        }
        let log = log.attributes().map_err(Error::io("reading the log's attributes"))?;
        if log.links > 0 || is_closing {
            self.known.time.store(time, Ordering::Relaxed);
            self.known.epoch.store(epoch, Ordering::Relaxed);
        }
        Ok(())
    }

    /// And it still is.
    pub(crate) fn is_database_untouched(&self, files: &Files) -> bool {
        let time = self.known.time.load(Ordering::Relaxed);
        time != 0 && time_of(&files.database) == Some(time)
    }

    /// The files are still those that everybody else has open. (TSHM v1 §7.13, §7.19.) Returns the length of the log.
    pub fn check_files(&self, log_key: FileKey) -> Result<u64> {
        let names = &self.names;
        let Some(log) = in_place(log_key, &names.wal) else {
            return Err(self.replaced_log());
        };
        if in_place(self.key, &names.database).is_none() {
            return Err(Error::DatabaseReplaced { path: names.database.display().to_string() });
        }
        self.check_tshm()?;
        Ok(log.size)
    }

    pub(crate) fn check_tshm(&self) -> Result<()> {
        let names = &self.names;
        if let Some(key) = self.tshm_key {
            let tshm =
                in_place(key, &names.tshm).ok_or_else(|| Error::replaced_tshm(&self.names.tshm))?;
            if tshm.size < self.region.expected_size() || self.region.is_lost() {
                return Err(Error::shortened_tshm(&self.names.tshm));
            }
        }
        Ok(())
    }

    pub(crate) fn changed_log(&self) -> Error {
        Error::LogChanged { path: self.names.wal.display().to_string() }
    }

    pub(crate) fn replaced_log(&self) -> Error {
        Error::LogReplaced { path: self.names.wal.display().to_string() }
    }
}
