//! Checkpoints: which frames may be copied back, and saying that they are.
//!
//! The caller copies pages and syncs files; here are the locks and the words. The snapshot is read again once the locks
//! are held: what was seen before may belong to an older generation, and acting on it loses commits (TSHM v1 §7.9).

use std::time::Duration;

use crate::connection::connection::Connection;
use crate::connection::parts::Phase;
use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::proof::{self, Proof};
use crate::format::snapshot::Snapshot;
use crate::format::words::Words;
use crate::region::barrier::Barrier;
use crate::shared::cover::Covered;
use crate::shared::frame_map::Mark;
use crate::shared::upkeep::Attempts;

/// How long an attempt waits for commits that are being synced.
const DRAIN_PATIENCE: Duration = Duration::from_millis(5);
/// Between two looks at readers that are coming to their end.
const DRAIN_STEP: Duration = Duration::from_micros(50);

/// Attempts at a snapshot of which nothing is being undone.
const ROUNDS: u32 = 5;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckpointMode {
    Passive,
    Full,
    Restart,
    Truncate,
}

impl Connection {
    /// Takes the checkpointer's lock and, but for a passive one, the writer's, unless that was reserved. False: busy;
    /// a reservation then stays.
    pub fn begin_checkpoint(&mut self, mode: CheckpointMode) -> Result<bool> {
        self.check_open()?;
        let is_writing = self.held.writer && !self.turn.is_reserved;
        if self.held.checkpointer || is_writing || self.read.slot.is_some() {
            return Err(Error::Misuse("a checkpoint runs outside any transaction"));
        }
        if mode == CheckpointMode::Passive && self.turn.is_reserved {
            return Err(Error::Misuse("a passive checkpoint needs no writer's lock"));
        }
        let mut attempts = Attempts::new();
        while !self.entry.take_checkpointer()? {
            if !attempts.go_on(&self.entry, at::CHECKPOINT_OWNER, Duration::ZERO) {
                return Ok(false);
            }
        }
        self.held.checkpointer = true;
        let begun = self.begin_held(mode);
        if !matches!(begun, Ok(true)) {
            self.end_checkpoint();
        }
        begun
    }

    fn begin_held(&mut self, mode: CheckpointMode) -> Result<bool> {
        // Copying from a log that SQLite has deleted would undo what it has written since.
        self.check_files_to_copy()?;
        if !self.keeps_sqlite_out()? {
            return Ok(false);
        }
        if mode != CheckpointMode::Passive {
            // Who has waited for the lock has it already, and the index was cleaned then.
            let is_reserved = std::mem::take(&mut self.turn.is_reserved);
            let was_left = if is_reserved {
                self.entry.hold_for_upkeep();
                Some(false)
            } else {
                self.entry.take_writer_alone(DRAIN_PATIENCE)?
            };
            let Some(was_left) = was_left else { return Ok(false) };
            self.held.writer = true;
            let (now, _) = self.entry.read_snapshot(self.held)?;
            self.entry
                .region
                .trim_index(now.max_frame, was_left)
                .map_err(Error::io("mapping the frame index"))?;
        }
        for _ in 0..ROUNDS {
            // A passive checkpoint runs beside a writer, who may restart the log only with the lock that is ours.
            (self.read.view, _) = self.entry.read_snapshot(self.held)?;
            self.read.low = self.read.view.backfilled_frames;
            self.looks.doubts_log.set(true);
            match self.entry.cover(&self.read.view, None) {
                Covered::Yes | Covered::Missing => return Ok(true),
                Covered::Gone => return Ok(false),
                Covered::Undone => self.entry.recover_undone(self.held)?,
            }
        }
        Ok(false)
    }

    fn check_checkpointing(&self) -> Result<()> {
        self.check_open()?;
        if self.held.checkpointer {
            Ok(())
        } else {
            Err(Error::Misuse("a checkpoint is begun first"))
        }
    }

    /// Frames up to this one may be copied: no living reader, of any process, needs what they replace.
    pub fn checkpoint_limit(&mut self) -> Result<u64> {
        self.check_checkpointing()?;
        // A reader publishes its slot before it looks at the snapshot again; we have read the snapshot, and look at the slots now.
        self.entry.region.words().fence();
        let lowest = {
            let mut pins = self.entry.pins();
            let lowest = pins.lowest_live(&self.entry.region, None);
            pins.reclaim_idle(&self.entry.region).and(lowest)
        };
        let lowest = lowest.map_err(Error::io("looking at the reader slots"))?;
        let limit = self.read.view.max_frame;
        Ok(lowest.map_or(limit, |lowest| lowest.min(limit)))
    }

    /// The pages to copy, with their frames among `from..=to`, ascending by page: those that have no later frame. Another part of the
    /// checkpoint copies the others, and until then whoever needs them finds them in the log. (SQLite leaves them out as well.)
    ///
    /// This is more than thrift. After a peer's repair nothing counts as copied back, although all may be. To copy a part of it
    /// anew would put older pages in the place of newer ones, under readers who began before and rely on the newer ones.
    pub fn latest_frames(&self, from: u64, to: u64) -> Result<Vec<(u32, u32)>> {
        let map = self.entry.map();
        let end = self.read.view.max_frame.max(to);
        if map.generation() != self.read.view.generation() || map.len() < end {
            return Err(Error::Misuse("missing frames are supplied first"));
        }
        Ok(map.latest(from, to, end))
    }

    /// Frames up to `frames` are in the database file, durably. (TSHM v1 §4.16.10.)
    pub fn publish_backfill(&mut self, frames: u64, db_header: &[u8]) -> Result<()> {
        self.check_checkpointing()?;
        let words = self.entry.region.words();
        let (now, _) = self.entry.read_snapshot(self.held)?;
        let generation = self.read.view.generation();
        if now.generation() != generation || frames > now.max_frame {
            return Err(Error::Protocol("the log was restarted during a checkpoint".into()));
        }
        if now.max_frame < self.read.view.max_frame
            || !self.entry.is_continued(self.view_mark(), &now, None)
        {
            return Err(Error::Protocol("commits were undone during a checkpoint".into()));
        }
        let frames = frames.max(now.backfilled_frames);
        let proven = Snapshot { backfilled_frames: frames, ..now };
        match Proof::of(&proven, db_header) {
            Some(proof) => proof::store(words, &proof),
            None => proof::clear(words),
        }
        if self.entry.region.is_shared() {
            self.entry.region.sync().map_err(Error::io("syncing the coordination file"))?;
        }
        let mut is_same = true;
        let published = self.entry.publish(self.held, |snapshot| {
            is_same = snapshot.generation() == generation && frames <= snapshot.max_frame;
            if is_same {
                snapshot.backfilled_frames = frames;
                snapshot.checkpoint_epoch = snapshot.checkpoint_epoch.wrapping_add(1);
            }
        })?;
        if !is_same {
            return Err(Error::Protocol("the log was restarted during a checkpoint".into()));
        }
        if let Some(files) = self.files() {
            self.entry.note_database(files, self.phase == Phase::Closing)?;
        }
        // Frames committed meanwhile, beside a passive checkpoint, are not part of it.
        self.read.view.backfilled_frames = published.backfilled_frames;
        self.read.view.checkpoint_epoch = published.checkpoint_epoch;
        Ok(())
    }

    fn view_mark(&self) -> Mark {
        let Snapshot { max_frame, checksum1, checksum2, .. } = self.read.view;
        Mark { frame: max_frame, sums: (checksum1, checksum2), time: 0 }
    }

    /// Starts a new generation, all of the old one being copied back. False: somebody reads. `drain` is how long new
    /// readers may be made to wait for those at work to end; zero: not at all.
    pub fn restart_wal(&mut self, drain: Duration) -> Result<bool> {
        self.check_checkpointing()?;
        if !self.held.writer {
            return Err(Error::Misuse("a passive checkpoint restarts nothing"));
        }
        let permit = self.ask()?;
        if self.restart(&permit, None)? {
            return Ok(true);
        }
        // What is not copied back keeps the log, whoever reads.
        if drain.is_zero() || self.read.view.max_frame != self.read.view.backfilled_frames {
            return Ok(false);
        }
        let entry = self.entry.clone();
        let barrier = Barrier::raise(entry.region.words(), drain);
        loop {
            std::thread::sleep(DRAIN_STEP);
            if self.restart(&permit, None)? {
                return Ok(true);
            }
            if barrier.is_over() {
                return Ok(false);
            }
        }
    }

    pub fn end_checkpoint(&mut self) {
        if !self.held.checkpointer {
            return;
        }
        // A reservation that the checkpoint has not come to use stays.
        if self.held.writer && !self.turn.is_reserved {
            self.mark_tail();
            self.held.writer = false;
            self.entry.release_writer();
        }
        self.held.checkpointer = false;
        self.entry.release_checkpointer();
    }
}
