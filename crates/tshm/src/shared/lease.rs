//! A log that keeps its length.
//!
//! A sync that makes a file longer costs twice one that writes over what is there. So after a restart the log keeps its length,
//! as SQLite's does; the salts tell old frames from new. But a peer of another kind that opens and finds a log
//! longer than the snapshot says "repairs" the authority, and may undo commits (TSHM v1 §7.3), unless somebody holds
//! byte 1 or 2.
//!
//! So a process that wants the log to keep its length takes a *lease*: byte 2, shared. Soon after the last commit, the last who
//! has a lease cuts the log to its exact length, renews the proof that spares who opens a repair, and gives byte 2 back. Meanwhile
//! checkpoints are the business of this engine. A peer that was met at work ends the lease.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::proof::{self, Proof};
use crate::format::snapshot::{self, Snapshot};
use crate::kernel::locks::LockKind;
use crate::log::stored::Source;
use crate::log::wal;
use crate::shared::entry::{Entry, Held};
use crate::shared::keeper::keep;
use crate::shared::open_files::Files;

/// Between two looks whether anybody has committed.
const LOOK: Duration = Duration::from_millis(50);
/// How long closing a connection may wait for its turn to cut the log.
const CLOSING_PATIENCE: Duration = Duration::from_millis(20);
/// Bytes of the database that the proof speaks of.
const DATABASE_HEADER: usize = 100;

impl Entry {
    /// True: the log may be longer than its committed part. Under X.
    pub fn take_lease(self: &Arc<Self>) -> Result<bool> {
        if !self.region.is_shared() {
            return Ok(true);
        }
        let mut lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        if *lease {
            return Ok(true);
        }
        let locks = self.region.locks();
        let lock = || {
            let locked = locks.try_lock(LockKind::Shared, at::CHECKPOINT_BYTE);
            locked.map_err(Error::io("locking the coordination file"))
        };
        if !lock()? {
            if self.is_checkpointing()? {
                return Ok(false);
            }
            // A checkpoint of this engine may have ended between the two looks.
            if !lock()? {
                self.note_peer();
                return Ok(false);
            }
        }
        // Without a thread the log is cut when the database is closed.
        if !keep(Arc::downgrade(self), LOOK, watch()) {
            locks.unlock(at::CHECKPOINT_BYTE);
            return Ok(false);
        }
        *lease = true;
        Ok(true)
    }

    pub fn has_lease(&self) -> bool {
        *self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This process or another one answers for the length of the log.
    pub fn is_length_kept(&self) -> bool {
        self.has_lease()
            || self.region.locks().is_held_elsewhere(at::CHECKPOINT_BYTE).unwrap_or(false)
    }

    /// Gives the lease back; the last one cuts the log. False: somebody is writing, or `SQLite` has the database, so another time.
    fn try_end_lease(&self, patience: Duration) -> Result<bool> {
        if !self.has_lease() {
            return Ok(true);
        }
        // A checkpoint of this process needs byte 2 as it is.
        if !self.take_checkpointer_for_upkeep()? {
            return Ok(false);
        }
        // Without a lease this gives byte 2 back too.
        let _checkpointer = self.on_leave(Entry::release_checkpointer);
        if self.take_writer_alone(patience)?.is_none() {
            return Ok(false);
        }
        let _writer = self.on_leave(Entry::release_writer);
        self.end_lease()
    }

    /// Alone, and the only checkpointer of this engine. False: `SQLite` has the database for itself, and the log is no longer
    /// ours to cut.
    fn end_lease(&self) -> Result<bool> {
        let Some(permit) = self.hold_off()? else { return Ok(false) };
        let mut lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        let locks = self.region.locks();
        let is_last = locks.try_lock(LockKind::Exclusive, at::CHECKPOINT_BYTE);
        *lease = false;
        if !is_last.map_err(Error::io("locking the coordination file"))? {
            return Ok(true);
        }
        let held = Held { writer: true, checkpointer: true, ..Held::default() };
        // A commit behind the end is not to be cut off: a peer may have undone it.
        self.recover_rest(held)?;
        let (now, _) = self.read_snapshot(held)?;
        let Some(files) = self.best_files() else { return Ok(true) };
        let Some(log) = files.wal.as_ref().filter(|_| files.is_writable) else { return Ok(true) };
        // `SQLite` may have been here and gone, and left a log of its own.
        let header = wal::read_header(log).map_err(Error::io("reading the log's header"))?;
        if header.is_some_and(|header| header.is_of(&now)) {
            wal::cut(&permit, log, &now)?;
            self.renew_proof(&files, &now);
        }
        Ok(true)
    }

    fn renew_proof(&self, files: &Files, now: &Snapshot) {
        let mut header = [0; DATABASE_HEADER];
        if now.backfilled_frames == 0
            || !matches!(files.database.read_all(&mut header, 0), Ok(DATABASE_HEADER))
        {
            return;
        }
        if let Some(proof) = Proof::of(now, &header) {
            proof::store(self.region.words(), &proof);
        }
    }

    /// Closing: the lease ends now, and at worst the next writer cuts the log.
    pub fn end_lease_for_good(&self) {
        let _ = self.try_end_lease(CLOSING_PATIENCE);
    }
}

/// Ends the lease when nobody has committed for a while, or a peer of another kind wants its turn.
fn watch() -> impl FnMut(&Entry) -> Option<Duration> + Send + 'static {
    let mut last = u64::MAX;
    move |entry| {
        let sequence = snapshot::sequence(entry.region.words());
        let is_idle = sequence == last;
        last = sequence;
        let is_over = if !is_idle && !entry.has_peers() {
            !entry.has_lease()
        } else {
            // What cannot be done now can be done in a moment.
            entry.try_end_lease(Duration::from_millis(2)).unwrap_or(false)
        };
        (!is_over).then_some(LOOK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::locks::{self, is_classic};
    use crate::shared::sentry::DATABASE_LOCKS;
    use crate::testing::{new_database, process, sidecar};

    #[test]
    fn a_checkpoint_of_this_engine_is_no_peer() {
        // Two descriptors of one process do not exclude each other there.
        if is_classic() {
            return;
        }
        let (_folder, path) = sidecar();
        let (one, other) = (process(&path), process(&path));
        assert!(other.take_checkpointer().unwrap());
        assert!(!one.take_lease().unwrap());
        assert!(!one.has_peers());
        other.release_checkpointer();
        assert!(one.take_lease().unwrap());
        assert!(other.take_checkpointer().unwrap(), "beside a lease");
        other.release_checkpointer();
    }

    #[test]
    fn a_lease_that_cannot_end_while_sqlite_has_the_database_ends_later() {
        if is_classic() {
            return;
        }
        let (_folder, path, one) = new_database(true);
        let entry = one.entry.clone();
        assert!(entry.take_lease().unwrap());
        let sqlite = std::fs::File::options().read(true).write(true).open(path).unwrap();
        assert!(locks::try_lock(&sqlite, LockKind::Exclusive, DATABASE_LOCKS).unwrap());
        let patience = Duration::from_secs(1);
        assert!(!entry.try_end_lease(patience).unwrap());
        // The thread that looks after it has not given up either.
        std::thread::sleep(3 * LOOK);
        assert!(entry.has_lease());
        drop(sqlite);
        let start = std::time::Instant::now();
        while entry.has_lease() && start.elapsed() < patience {
            std::thread::sleep(LOOK);
        }
        assert!(!entry.has_lease());
    }

    #[test]
    fn a_checkpoint_of_a_peer_is() {
        if is_classic() {
            return;
        }
        let (_folder, path) = sidecar();
        let (one, peer) = (process(&path), process(&path));
        let byte = at::CHECKPOINT_BYTE;
        assert!(peer.region.locks().try_lock(LockKind::Exclusive, byte).unwrap());
        assert!(!one.take_lease().unwrap());
        assert!(one.has_peers());
    }
}
