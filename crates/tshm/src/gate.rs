//! Ask, then write.
//!
//! Two kinds of programs write to a database that several processes share without taking part in what they agree on: `SQLite` with
//! `locking_mode=EXCLUSIVE` takes it for itself, and somebody may delete, replace or cut its files. Whoever then writes, cuts or
//! restarts the log destroys what is there.
//!
//! So each call that changes a file of the database (`stored`), and each restart of the log, takes a [`Permit`]. Only this module makes one:
//!
//! | asked by | for | what it means |
//! |---|---|---|
//! | `Connection::ask` | frames; what is copied back | a moment ago nobody had the database for himself |
//! | `Entry::ask` | syncs in a repair | the same |
//! | `Entry::hold_off` | what destroys: cutting, headers, restarts | nobody can take it before the permit ends |
//!
//! The second kind costs two calls of the system, and keeps a peer of another kind from opening meanwhile (a peer asks for every byte of the
//! database, so each lock that stops `SQLite` stops him as well), so it is not for frames. For those
//! it is enough that they are written behind the end of the log, and that a commit asks once more before it is published:
//! whoever takes the database later finds its frames in the log, whoever took it earlier makes the commit fail.
//!
//! TypeScript has its door in `storage/wal/door.ts`, which asks here.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::entry::Entry;
use crate::error::{DiskOperation, Error, Result};
use crate::layout as at;
use crate::locks;
use crate::open_files::Files;
use crate::snapshot::Snapshot;
use crate::sqlite_guard;
use crate::stored::Stored;
use crate::wal;
use crate::words::Words;

/// How long a look at the locks of the database holds, for one who looks again before he publishes.
const LOOK_LASTS: Duration = Duration::from_millis(1);

/// Somebody has asked, and may write.
pub struct Permit<'a> {
    /// Where `SQLite` is kept out until the end.
    stands_in: Option<&'a Entry>,
}

impl Permit<'_> {
    const ASKED: Permit<'static> = Permit { stands_in: None };
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.stands_in {
            sqlite_guard::step_down(entry);
        }
    }
}

/// How the database's own end stands where `SQLite` locks it.
#[derive(Default)]
pub struct Stand {
    /// `SQLite` was seen there, so somebody of ours stays.
    pub(crate) attends: bool,
    /// Permits that keep it out.
    pub(crate) permits: u32,
    /// Whose descriptor has the lock. Files that are better to write to may have been opened since.
    pub(crate) held: Option<Arc<Files>>,
}

impl Entry {
    /// Nobody has the database for himself.
    pub(crate) fn ask(&self, files: &Files) -> Result<Permit<'static>> {
        if self.is_multiprocess {
            sqlite_guard::await_unseized(&files.database)?;
        }
        Ok(Permit::ASKED)
    }

    /// Nobody has the database for himself, nor can take it before the permit ends. None: somebody has it.
    pub(crate) fn hold_off(&self) -> Result<Option<Permit<'_>>> {
        if !self.is_multiprocess {
            // All of it is ours, exclusively.
            return Ok(Some(Permit::ASKED));
        }
        let is_held = sqlite_guard::step_up(self);
        let is_held = is_held.map_err(Error::io("locking the database"))?;
        // Not `then_some`: a permit that is made and dropped gives back what was never taken.
        Ok(is_held.then(|| Permit { stands_in: Some(self) }))
    }

    /// What a commit that could not be made durable has left is cut off, and what is published is written once more: the sync that
    /// failed may have dropped any of it, and says so only once. False: `SQLite` has the database, so another time.
    pub(crate) fn mend_log(&self, files: &Files, now: &Snapshot) -> Result<bool> {
        let Some(log) = files.wal.as_ref().filter(|_| files.is_writable) else { return Ok(true) };
        let Some(permit) = self.hold_off()? else { return Ok(false) };
        if now.max_frame == 0 {
            let header = wal::read_header(log).map_err(Error::disk(DiskOperation::Read))?;
            if !header.is_some_and(|header| now.is_of(&header)) {
                // It is written and synced before the first frame; there is nothing else to lose.
                return Ok(true);
            }
        } else if !wal::holds(log, now)? {
            return Err(self.changed_log());
        }
        wal::rewrite(&permit, log, now)?;
        log.sync(&permit)?;
        Ok(true)
    }

    pub(crate) fn changed_log(&self) -> Error {
        Error::LogChanged { path: self.names.wal.display().to_string() }
    }

    pub(crate) fn replaced_log(&self) -> Error {
        Error::LogReplaced { path: self.names.wal.display().to_string() }
    }

    pub(crate) fn stand(&self) -> std::sync::MutexGuard<'_, Stand> {
        self.stand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Others may have the files, or locks may be lost.
    pub fn can_be_disturbed(&self) -> bool {
        self.entry.is_multiprocess || locks::is_classic()
    }

    /// Before anything is written, lest it be written over what `SQLite` has written.
    pub fn ask(&self) -> Result<Permit<'static>> {
        // A transaction has looked when it began, and a short one need not look twice.
        let is_fresh = self.looked.is_some_and(|at| at.elapsed() < LOOK_LASTS);
        if !is_fresh || locks::is_classic() {
            self.check_undisturbed()?;
        }
        Ok(Permit::ASKED)
    }

    /// The same before frames are written or copied, and the log is as it was left: nobody has cut it, or written over it.
    pub fn ask_to_write(&self) -> Result<Permit<'static>> {
        let permit = self.ask()?;
        self.check_log()?;
        Ok(permit)
    }

    /// Looks whether the log is as it was left, if nobody has lately.
    pub fn check_log(&self) -> Result<()> {
        let log = self.files().and_then(|files| files.wal.as_ref());
        if let Some(log) = log.filter(|_| self.doubts_log.get()) {
            if !wal::holds(log, &self.view)? {
                return Err(self.entry.changed_log());
            }
            self.doubts_log.set(false);
        }
        Ok(())
    }

    /// For what storage is about to destroy: keeps `SQLite` out until `let_go`.
    pub fn hold_off(&mut self) -> Result<()> {
        self.check_undisturbed()?;
        if !self.entry.is_multiprocess || self.holds_off {
            return Ok(());
        }
        let start = Instant::now();
        while !sqlite_guard::step_up(&self.entry).map_err(Error::io("locking the database"))? {
            sqlite_guard::pause_for_seizure(start)?;
        }
        self.holds_off = true;
        // Whoever was there until just now has deleted the log.
        self.check_undisturbed().inspect_err(|_| self.let_go())
    }

    /// A sync of the log, by storage, has failed.
    pub fn note_sync_failed(&self) {
        self.entry.note_sync_failed();
    }

    /// The disk may lack any frame of the log, whatever a later sync says.
    pub fn has_failed_sync(&self) -> bool {
        self.entry.region.words().load32(at::SYNC_FAILED) != 0
    }

    /// Storage has written the log once more, and synced it, with the log to itself.
    pub fn note_mended(&self) {
        self.entry.region.words().store32(at::SYNC_FAILED, 0);
    }

    /// A commit of this connection is meant to outlast more than its process.
    pub fn note_durability(&self) {
        self.entry.relies_on_syncs.store(true, Ordering::Relaxed);
    }

    /// Somebody counts on what is copied back being durable before it is announced: here, or perhaps in another process.
    pub fn relies_on_syncs(&self) -> bool {
        self.entry.is_multiprocess || self.entry.relies_on_syncs.load(Ordering::Relaxed)
    }

    pub fn let_go(&mut self) {
        if std::mem::take(&mut self.holds_off) {
            // Without it the last to close is only more careful.
            let _ = self.files().map(|files| self.entry.note_database(files, self.is_closing));
            sqlite_guard::step_down(&self.entry);
        }
    }

    /// The same, and once more after the frames of a commit are written, before it is published.
    pub(crate) fn check_undisturbed(&self) -> Result<()> {
        self.reassert_unchanged()?;
        if !self.entry.is_multiprocess {
            return Ok(());
        }
        let Some(files) = self.files() else { return Ok(()) };
        sqlite_guard::await_unseized(&files.database)?;
        self.entry.note_look();
        // Looked at last: who has the database for himself deletes the log before he lets go.
        let log = files.wal.as_ref().map(Stored::attributes).transpose();
        match log.map_err(Error::io("reading the log's attributes"))? {
            Some(log) if log.links == 0 && !self.is_closing => Err(self.entry.replaced_log()),
            _ => Ok(()),
        }
    }
}
