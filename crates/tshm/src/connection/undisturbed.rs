//! Asking before writing, as a connection does it (`gate`), and keeping `SQLite` out (`sentry`).
//!
//! A database in rollback-journal format becomes one in WAL format while nobody looks: `SQLite` in rollback mode takes its locks on bytes
//! of the database file and knows nothing of those beside the log (*File Locking And Concurrency In SQLite Version 3*). With all of
//! them held, no process of it is inside a transaction; storage then changes the header, its change counter included, and the next
//! transaction of such a process finds a database in WAL format, and what keeps it out of that.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::connection::connection::Connection;
use crate::connection::parts::Phase;
use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::words::Words;
use crate::kernel::locks::{self, LockKind};
use crate::log::stored::Stored;
use crate::log::wal;
use crate::shared::gate::Permit;
use crate::shared::sentry::{self, DATABASE_LOCKS, SEIZURE_PATIENCE, is_seized, post};

/// How long a look at the locks of the database holds, for one who looks again before he publishes.
const LOOK_LASTS: Duration = Duration::from_millis(1);

/// How long a look at a log that only this process has holds. Shorter than what anybody needs who cuts it and then writes here.
const LONE_LOOK_LASTS: Duration = Duration::from_micros(50);

impl Connection {
    /// Others may have the files, or locks may be lost.
    pub fn can_be_disturbed(&self) -> bool {
        self.entry.is_multiprocess || locks::is_classic()
    }

    /// Before anything is written, lest it be written over what `SQLite` has written.
    pub fn ask(&self) -> Result<Permit<'static>> {
        // A transaction has looked when it began, and a short one need not look twice.
        let is_fresh = self.looks.at_database.is_some_and(|at| at.elapsed() < LOOK_LASTS);
        Permit::after(|| {
            if is_fresh && !locks::is_classic() { Ok(()) } else { self.check_undisturbed() }
        })
    }

    /// The same before frames are written or copied, and the log is as it was left: nobody has cut it, or written over it.
    pub fn ask_to_write(&self) -> Result<Permit<'static>> {
        let permit = self.ask()?;
        self.check_log()?;
        Ok(permit)
    }

    /// Looks whether the log is as it was left, if nobody has lately.
    pub fn check_log(&self) -> Result<()> {
        if !self.must_look_at_log() {
            return Ok(());
        }
        if let Some(log) = self.files().and_then(|files| files.wal.as_ref()) {
            if !wal::holds(log, &self.read.view)? {
                return Err(self.entry.changed_log());
            }
            self.looks.doubts_log.set(false);
            self.looks.at_log.set(Some(Instant::now()));
        }
        Ok(())
    }

    /// A transaction may have begun long after the last look, or long before this.
    fn must_look_at_log(&self) -> bool {
        if self.looks.doubts_log.get() {
            return true;
        }
        // Whoever publishes what one who joined has appended looks at everything. Whoever opens reads the log to find out how it is.
        if self.turn.is_joined || self.phase == Phase::Opening {
            return false;
        }
        let lasts = if self.entry.is_multiprocess { LOOK_LASTS } else { LONE_LOOK_LASTS };
        self.looks.at_log.get().is_none_or(|at| at.elapsed() >= lasts)
    }

    /// For what storage is about to destroy: keeps `SQLite` out until `let_go`.
    pub fn hold_off(&mut self) -> Result<()> {
        self.check_undisturbed()?;
        if !self.entry.is_multiprocess || self.holds_off {
            return Ok(());
        }
        let start = Instant::now();
        while !self.entry.step_up().map_err(Error::io("locking the database"))? {
            sentry::pause_for_seizure(start)?;
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
            let _ = self
                .files()
                .map(|files| self.entry.note_database(files, self.phase == Phase::Closing));
            self.entry.step_down();
        }
    }

    /// The same, and once more after the frames of a commit are written, before it is published.
    pub(crate) fn check_undisturbed(&self) -> Result<()> {
        self.reassert_unchanged()?;
        if !self.entry.is_multiprocess {
            return Ok(());
        }
        let Some(files) = self.files() else { return Ok(()) };
        sentry::await_unseized(&files.database)?;
        self.entry.note_look();
        // Looked at last: who has the database for himself deletes the log before he lets go.
        let log = files.wal.as_ref().map(Stored::attributes).transpose();
        match log.map_err(Error::io("reading the log's attributes"))? {
            Some(log) if log.links == 0 && self.phase != Phase::Closing => {
                Err(self.entry.replaced_log())
            }
            _ => Ok(()),
        }
    }

    /// With the writer's or the checkpointer's lock, before anything is written: the sentry stands, and nobody has
    /// passed him. False: `SQLite` has the database for itself at the moment.
    pub(crate) fn keeps_sqlite_out(&self) -> Result<bool> {
        if !self.entry.is_multiprocess {
            return Ok(true);
        }
        self.renew_sentry()?;
        Ok(!self.is_seized()?)
    }

    /// `SQLite` has the database for itself at the moment.
    pub(crate) fn is_seized(&self) -> Result<bool> {
        let seized = self.files().map(|files| is_seized(&files.database)).transpose();
        let seized = seized.map_err(Error::io("looking at the locks of the database"))?;
        Ok(seized.unwrap_or(false))
    }

    /// A deleted `-shm` keeps nobody out. It is made anew, unless somebody has used the time.
    pub(crate) fn renew_sentry(&self) -> Result<()> {
        let mut sentry = self.entry.sentry.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lost) = &*sentry else { return Ok(()) };
        if lost.stands().map_err(Error::io("reading beside the database"))? {
            return Ok(());
        }
        let Some(files) = self.files() else { return Ok(()) };
        let deadline = Instant::now() + SEIZURE_PATIENCE;
        let renewed = post(&self.entry.names, &files.database, false, deadline)?;
        // Whoever was there without leaving the log to us, or with a log of his own, is noticed by these two.
        let Some(log) = &files.wal else { return Ok(()) };
        let now = self.entry.read_snapshot(self.holding())?.0;
        let header = wal::read_header(log).map_err(Error::io("reading the log's header"))?;
        if now.max_frame > 0 && !header.is_some_and(|header| header.is_of(&now)) {
            return Err(self.entry.replaced_log());
        }
        *sentry = renewed;
        Ok(())
    }

    /// Keeps `SQLite` out of the database file itself. False: it is at work there.
    pub fn lock_out_sqlite(&self) -> Result<bool> {
        let Some(files) = self.files() else { return Ok(false) };
        locks::try_lock(&files.database, LockKind::Exclusive, DATABASE_LOCKS)
            .map_err(Error::io("locking the database"))
    }

    /// Ends it. Where one process owns the file those bytes are part of its lock, and stay.
    pub fn let_in_sqlite(&self) {
        if let Some(files) = self.files().filter(|_| self.is_multiprocess()) {
            let _ = self.entry.note_database(files, false);
            let _ = locks::unlock(&files.database, DATABASE_LOCKS);
        }
    }
}
