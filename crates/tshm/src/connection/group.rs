//! Group commit: one sync of the log for the commits of several processes.
//!
//! A commit at `synchronous=FULL` spends nine tenths of its time waiting for the disk. So the next writer need not
//! wait until the last one's frames are durable: he appends after them, and one sync carries both.
//!
//! ```text
//! writer A   X │ append │        waits ──────────────────────┐
//! writer B          X │ append │ ── sync ──┐ publish A, B │ ──┴ both acknowledged
//! writer C                       X │ append │ ── sync ──┐ publish C │
//! ```
//!
//! Always true:
//! - `TAIL` is the end of what was appended, changed under X only. `TAIL` beyond `MAX_FRAME` means frames that are
//!   *pending*: no reader sees them, but the next writer builds on them;
//! - whoever has pending frames holds byte 1 shared (see `turns`), so no peer of another kind writes over them;
//! - frames are published in order, by the holder of S, after a sync that carries them. A commit is acknowledged after that;
//! - all that is pending is in `PENDING`; a commit that would be too much for that is not shared;
//! - a transaction that was built on pending frames ends after they are published, also when it changed
//!   nothing: nobody is told of a state that a crash could take back;
//! - after a failed sync nobody knows what the disk has. All who wait fail, and the next writer who is
//!   alone cuts the pending frames off.
//!
//! If a process dies with pending frames, a living one that built on them publishes them too; if there is none, the next
//! writer finds `TAIL` beyond `MAX_FRAME`, and recovers them as SQLite does.
//!
//! With classic locks, which a process can lose without knowing, nobody shares: each writer is alone until he has published.
//!
//! Who syncs is in `sync`.

use std::time::{Duration, Instant};

use crate::connection::connection::Connection;
use crate::connection::log_sync::Shared;
use crate::connection::parts::Phase;
use crate::error::{DiskOperation, Error, Result};
use crate::format::layout as at;
use crate::format::pending;
use crate::format::sharing::company;
use crate::format::snapshot::Snapshot;
use crate::format::tail::Tail;
use crate::format::words::Words;
use crate::kernel::locks::is_classic;
use crate::log::frame::check_room;
use crate::shared::entry::Entry;
use crate::shared::gate::Permit;
use crate::shared::sync::Goal;

/// How long a commit that is too large to share waits to be alone.
const LEAVING_PATIENCE: Duration = Duration::from_millis(200);

/// Who waits less than this for others shares no syncs: his commit would be given up for a disk that stalls, where by himself he would only
/// have waited.
const MOST_STALLS: Duration = Duration::from_secs(1);

impl Connection {
    /// Whether this connection may depend on others for its commits.
    pub(crate) fn has_patience(&self) -> bool {
        self.patience >= MOST_STALLS
    }

    /// Whether the commit of `frames` frames, of the open write transaction, shares its sync with others.
    pub fn shares_sync(&mut self, frames: usize) -> Result<bool> {
        self.check_writing()?;
        if !self.fits_pending(frames) {
            // Whoever joined would have to read all their headers from the log, with X held.
            return Ok(self.turn.is_joined && !self.leave_group()?);
        }
        // With nobody about to join, the detour brings nothing.
        let is_lone = company(self.entry.region.words()) == 0 && !self.entry.is_writer_awaited();
        Ok(self.turn.is_joined
            || (!is_lone
                && self.entry.region.is_shared()
                && !is_classic()
                && self.phase != Phase::Opening
                && self.has_patience()
                && !self.entry.has_peers()
                && self.entry.take_lease()?))
    }

    /// With so many frames more, all that is pending is known to `pending`.
    fn fits_pending(&self, frames: usize) -> bool {
        let published = self.entry.region.words().load64(at::MAX_FRAME);
        let pending = self.read.view.max_frame.saturating_sub(published);
        pending.saturating_add(frames as u64) <= at::PENDING_SLOTS as u64
    }

    /// Joined, with frames of its own that nobody knows of yet: waits until what they were built on is published, and the others have gone.
    /// False: that takes long, or they have died, and the commit goes with what they have appended.
    fn leave_group(&mut self) -> Result<bool> {
        let deadline = Instant::now() + LEAVING_PATIENCE.min(self.patience);
        if !self.entry.drain_writers(deadline)? {
            return Ok(false);
        }
        self.turn.is_joined = false;
        self.check_files()?;
        let (now, _) = self.entry.read_snapshot(self.held)?;
        let state = |it: &Snapshot| (it.generation(), it.max_frame, it.checksum1, it.checksum2);
        if state(&now) == state(&self.read.view) {
            self.note_base();
            return Ok(true);
        }
        let has_failed = self.entry.region.words().load32(at::SYNC_FAILED) != 0;
        if !has_failed
            && now.generation() == self.read.view.generation()
            && now.max_frame < self.read.view.max_frame
        {
            // Who has appended that has died. It is published with what was built on it.
            self.entry.share_writer_byte();
            self.turn.is_joined = true;
            return Ok(false);
        }
        Err(Error::disk(DiskOperation::Fsync)(std::io::Error::other(
            "what the transaction was built on could not be synced",
        )))
    }

    /// What the transaction was built on is published. If that was in another process, the map does not have it yet, and what this
    /// transaction adds to the map must not stand behind a gap.
    fn note_base(&mut self) {
        let ahead = std::mem::take(&mut self.read.ahead);
        if !ahead.is_empty() {
            self.entry.supply(self.read.view.generation(), self.read.floor + 1, &ahead);
            self.read.floor = self.read.view.max_frame;
        }
    }

    /// The transaction's frames are in the log: makes them durable, then visible to everybody, together with what other
    /// processes have appended. Gives the writer's lock back.
    pub fn publish_together(&mut self, pgnos: &[u32], sums: (u32, u32)) -> Result<()> {
        let permit = self.ask()?;
        self.publish_pages_together(&permit, pgnos, 0, sums)
    }

    /// `page_count`: pages in the database from here on; 0: to be read from the log.
    pub(crate) fn publish_pages_together(
        &mut self,
        permit: &Permit,
        pgnos: &[u32],
        page_count: u32,
        sums: (u32, u32),
    ) -> Result<()> {
        let files = self.shared_files();
        let files = files.as_deref().ok_or(Error::ReadOnly)?;
        let shared = self.append_shared(pgnos, page_count, sums)?;
        let entry = self.entry.clone();
        let share = entry.on_leave(Entry::release_share);
        let published = entry.await_published(&shared.goal(permit, files), self.patience);
        share.stay();
        self.note_published(&shared, published)
    }

    /// The transaction's frames are pending from here on, and the next writer may append. `note_published` is to follow.
    pub(super) fn append_shared(
        &mut self,
        pgnos: &[u32],
        page_count: u32,
        sums: (u32, u32),
    ) -> Result<Shared> {
        self.check_writing()?;
        if pgnos.is_empty() {
            return Err(Error::Misuse("a commit has a frame"));
        }
        let base = self.read.view;
        check_room(base.max_frame, pgnos.len())?;
        let committed = Snapshot {
            max_frame: base.max_frame + pgnos.len() as u64,
            transaction_count: base.transaction_count + 1,
            visibility_generation: base.visibility_generation + 1,
            checksum1: sums.0,
            checksum2: sums.1,
            ..base
        };
        let words = self.entry.region.words();
        pending::store(
            words,
            committed.generation().checkpoint_seq,
            committed.max_frame,
            pgnos,
            page_count,
            sums,
        );
        Tail::of(&committed).store(words);
        self.share_turn();
        Ok(Shared { base, committed, pgnos: pgnos.to_vec() })
    }

    /// Somebody has published them, or nobody will; whichever, the share is given back.
    pub(super) fn note_published(&mut self, shared: &Shared, published: Result<()>) -> Result<()> {
        let Shared { base, committed, pgnos } = shared;
        let entry = self.entry.clone();
        let share = entry.on_leave(Entry::release_share);
        published?;
        self.note_base();
        // While the share is held no peer can have written, which is what the mark in the map says.
        entry.extend_map(base, pgnos, (committed.checksum1, committed.checksum2));
        if base.max_frame == 0 {
            self.keep_guard();
        }
        drop(share);
        self.read.view = *committed;
        self.read.page_count = 0;
        self.seen.state = Some(*committed);
        self.seen.sequence = u64::MAX;
        self.read.floor = committed.max_frame;
        Ok(())
    }

    /// The transaction was built on pending frames and adds none: waits for them all the same.
    pub(crate) fn await_base(&mut self) -> Result<()> {
        let files = self.shared_files();
        let files = files.as_deref().ok_or(Error::ReadOnly)?;
        let asked = self.ask();
        self.share_turn();
        let entry = self.entry.clone();
        let _share = entry.on_leave(Entry::release_share);
        let permit = asked?;
        let goal = Goal {
            permit: &permit,
            files,
            generation: self.read.view.generation(),
            frame: self.read.view.max_frame,
            pgnos: &[],
            sums: (self.read.view.checksum1, self.read.view.checksum2),
        };
        // Nothing of this transaction is at stake, so it can be tried again.
        entry.await_published(&goal, self.patience).map_err(|error| match error {
            Error::OutcomeUnknown => Error::Busy,
            error => error,
        })
    }

    fn share_turn(&mut self) {
        let is_joined = std::mem::take(&mut self.turn.is_joined);
        self.held.writer = false;
        self.turn.is_reserved = false;
        self.entry.share_writer(is_joined);
    }
}

#[cfg(test)]
mod tests;
