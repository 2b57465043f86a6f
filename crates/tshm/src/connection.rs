//! One connection: its view of the snapshot, its pinned slot, what it holds.
//!
//! Two snapshots are kept apart. `view` is what the caller was last shown. `seen` is the state that the caller's page
//! cache reflects: it moves with read transactions and with the connection's own commits, and not
//! because a checkpoint looked at the snapshot in between.
//!
//! A read transaction pins its snapshot in a slot *always*, also when all of it is in the database file: an
//! unregistered reader would see the file change under it (TSHM v1 §7.1).

use std::sync::Arc;

use crate::activity::Activity;
use crate::checkpoint_note::CheckpointNote;
use crate::entry::{Covered, Entry, Held};
use crate::error::{Error, Result};
use crate::frame_index;
use crate::layout as at;
use crate::open_files::Files;
use crate::proof::{self, Proof};
use crate::reader_slots;
use crate::registry;
use crate::snapshot::{self, Snapshot};
use crate::words::Words;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadStart {
    Same,
    Changed,
    Busy,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteStart {
    Ok,
    Busy,
    Stale,
    /// Granted, and bytes may stand behind the committed end of the log.
    Leftover,
}

/// Rounds of a begin-read whose snapshot kept moving, before it counts as busy.
const READ_ROUNDS: u32 = 100;
const READ_ROUNDS_WITHOUT_YIELD: u32 = 10;

// The flags are independent facts, not the states of one machine.
#[allow(clippy::struct_excessive_bools)]
pub struct Connection {
    pub(crate) entry: Arc<Entry>,
    /// None once closed.
    files: Option<Arc<Files>>,
    joined: bool,
    pub(crate) readonly: bool,
    pub(crate) is_opening: bool,
    is_closed: bool,
    pub(crate) held: Held,
    /// The writer's lock was taken ahead of the transaction, by waiting for it.
    pub(crate) is_reserved: bool,
    pub(crate) run: crate::writing::Run,
    /// The slot of the open read transaction.
    pub(crate) slot: Option<usize>,
    pub(crate) view: Snapshot,
    pub(crate) seen: Option<Snapshot>,
    /// The sequence number under which `seen` was current.
    pub(crate) seen_sequence: u64,
    /// Frames up to this are in the database file, for the open transaction.
    pub(crate) low: u64,
    /// Where others can see what this connection does; none where nobody can.
    activity: Option<Arc<Activity>>,
    pub(crate) note: CheckpointNote,
}

impl Connection {
    pub(crate) fn new(
        entry: Arc<Entry>,
        files: Arc<Files>,
        joined: bool,
        readonly: bool,
    ) -> Connection {
        let is_seen = entry.is_coordinated && entry.region.is_shared();
        let activity = is_seen.then(|| entry.processes.watch(readonly));
        Connection {
            entry,
            files: Some(files),
            joined,
            readonly,
            is_opening: !joined,
            is_closed: false,
            held: Held::default(),
            is_reserved: false,
            run: crate::writing::Run::default(),
            slot: None,
            view: Snapshot::default(),
            seen: None,
            seen_sequence: u64::MAX,
            low: 0,
            activity,
            note: CheckpointNote::default(),
        }
    }

    pub fn files(&self) -> Option<&Files> {
        self.files.as_deref()
    }

    pub fn activity(&self) -> Option<&Arc<Activity>> {
        self.activity.as_ref()
    }

    /// False: alone, and everybody else waits for `finish_open`.
    pub fn joined(&self) -> bool {
        self.joined
    }

    pub fn is_coordinated(&self) -> bool {
        self.entry.is_coordinated
    }

    /// What the caller was last shown.
    pub fn view(&self) -> &Snapshot {
        &self.view
    }

    /// Frames that the shared index covers, or, within one process, the map.
    pub fn frame_index_len(&self) -> u64 {
        let region = &self.entry.region;
        if region.is_shared() {
            frame_index::len(region.words()) as u64
        } else {
            self.entry.map().len()
        }
    }

    pub fn is_overflowed(&self) -> bool {
        frame_index::is_overflowed(self.entry.region.words())
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.is_closed { Err(Error::Misuse("the connection is closed")) } else { Ok(()) }
    }

    /// What the opener's repair may count on: alone, nobody else holds either lock.
    pub(crate) fn holding(&self) -> Held {
        self.held
    }

    // ── Opening and closing ─────────────────────────────────────────────────────────────────────

    pub fn finish_open(&mut self) -> Result<()> {
        if self.is_opening {
            registry::finish_open(&self.entry)?;
            self.is_opening = false;
        }
        Ok(())
    }

    pub fn begin_close(&mut self) -> Result<bool> {
        self.check_open()?;
        // What is still held by this process must not look like a reader.
        if self.slot.is_some() || self.held.writer || self.held.checkpointer {
            return Ok(false);
        }
        registry::begin_close(&self.entry)
    }

    /// Gives back whatever is held. Also ends an opening that failed.
    pub fn close(&mut self) {
        if self.is_closed {
            return;
        }
        self.end_read();
        self.end_checkpoint();
        self.end_write();
        self.is_closed = true;
        self.is_opening = false;
        let entry = std::mem::replace(&mut self.entry, Entry::closed());
        if let Some(activity) = self.activity.take() {
            entry.processes.unwatch(&activity);
        }
        registry::close(entry, self.files.take());
    }

    // ── The snapshot ────────────────────────────────────────────────────────────────────────────

    pub fn read_snapshot(&mut self) -> Result<()> {
        self.check_open()?;
        self.view = self.entry.read_snapshot(self.holding())?.0;
        Ok(())
    }

    /// The proof is whole and speaks of the present view.
    pub fn is_proof_valid(&self) -> bool {
        proof::load(self.entry.region.words()).is_some_and(|proof| proof.speaks_of(&self.view))
    }

    pub fn db_header_matches_proof(&self, db_header: &[u8]) -> bool {
        proof::load(self.entry.region.words())
            .is_some_and(|proof| Proof::of(&self.view, db_header) == Some(proof))
    }

    // ── Reading ─────────────────────────────────────────────────────────────────────────────────

    /// Pins the newest snapshot. (TSHM v1 §4.8.)
    #[inline]
    pub fn begin_read(&mut self) -> Result<ReadStart> {
        if self.is_closed || self.slot.is_some() {
            return Err(Error::Misuse("a read transaction begins outside any other, while open"));
        }
        for round in 0..READ_ROUNDS {
            let words = self.entry.region.words();
            // While the sequence number stands still, so does everything it guards.
            let (snapshot, sequence) = match self.seen {
                Some(seen) if snapshot::sequence(words) == self.seen_sequence => {
                    (seen, self.seen_sequence)
                }
                _ => self.entry.read_snapshot(Held::default())?,
            };
            let pinned = self
                .entry
                .pins()
                .pin(&self.entry.region, snapshot.generation(), snapshot.max_frame)
                .map_err(Error::io("locking a reader slot"))?;
            let Some(slot) = pinned else { return Ok(ReadStart::Busy) };
            // The slot is published before the snapshot is looked at again; whoever restarts the log publishes
            // the snapshot before looking at the slots. One of the two sees the other.
            words.fence();
            if snapshot::sequence(words) == sequence
                && (self.seen_sequence == sequence || self.is_covered(&snapshot)?)
            {
                return Ok(self.begin_at(slot, snapshot, sequence));
            }
            self.entry.pins().unpin(&self.entry.region, slot);
            if round >= READ_ROUNDS_WITHOUT_YIELD {
                std::thread::yield_now();
            }
        }
        Ok(ReadStart::Busy)
    }

    /// The map covers the snapshot, as far as it can. False: the snapshot is no longer the one to take.
    fn is_covered(&self, snapshot: &Snapshot) -> Result<bool> {
        let is_regressed = {
            let map = self.entry.map();
            map.generation() == snapshot.generation() && map.len() > snapshot.max_frame
        };
        if is_regressed {
            self.entry.recover_regression(Held::default())?;
            return Ok(false);
        }
        Ok(self.entry.cover(snapshot) != Covered::Gone)
    }

    fn begin_at(&mut self, slot: usize, snapshot: Snapshot, sequence: u64) -> ReadStart {
        let is_same = self.seen.is_some_and(|seen| {
            seen.is_same_state(&snapshot) && seen.backfilled_frames == snapshot.backfilled_frames
        });
        if let Some(activity) = &self.activity {
            activity.begin_transaction();
        }
        self.slot = Some(slot);
        self.low = snapshot.backfilled_frames;
        self.view = snapshot;
        self.seen = Some(snapshot);
        self.seen_sequence = sequence;
        if is_same { ReadStart::Same } else { ReadStart::Changed }
    }

    #[inline]
    pub fn end_read(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.entry.pins().unpin(&self.entry.region, slot);
            if let Some(activity) = &self.activity {
                activity.end_transaction();
            }
        }
    }

    /// What was read belongs to the pinned snapshot: the generation is still the same, nobody has rolled the
    /// authority back, and the registration stands. (TSHM v1 §4.10, §7.3, §7.7.)
    #[inline]
    pub fn is_pin_intact(&self) -> bool {
        let words = self.entry.region.words();
        if words.load32(at::CHECKPOINT_SEQ) != self.view.checkpoint_seq
            || words.load64(at::MAX_FRAME) < self.view.max_frame
        {
            return false;
        }
        let Some(slot) = self.slot else { return true };
        // A commit of this transaction moves the view, not the slot, so the slot pins the view or less.
        if reader_slots::frame(words, slot) <= self.view.max_frame {
            return true;
        }
        self.entry.pins().restate(&self.entry.region, slot)
    }

    /// The newest frame of the page in this snapshot; 0: the database file has it.
    #[inline]
    pub fn find_frame(&self, pgno: u32) -> u64 {
        let map = self.entry.map();
        if map.generation() != self.view.generation() {
            // Another generation, so the transaction is lost; the pin check says so.
            return 0;
        }
        match map.find(pgno, self.view.max_frame) {
            Some(frame) if frame > self.low => frame,
            _ => 0,
        }
    }

    /// The distinct pages in the frames after `max_frame`; none when that cannot be known.
    pub fn changed_since(&self, max_frame: u64) -> Option<Vec<u32>> {
        let map = self.entry.map();
        let is_known = map.generation() == self.view.generation()
            && map.len() >= self.view.max_frame
            && max_frame <= self.view.max_frame;
        if !is_known {
            return None;
        }
        let mut pages = map.pages(max_frame + 1, self.view.max_frame).to_vec();
        pages.sort_unstable();
        pages.dedup();
        Some(pages)
    }

    /// The frames of the view that the map lacks.
    pub fn missing_frames(&self) -> Option<(u64, u64)> {
        let map = self.entry.map();
        let is_same = map.generation() == self.view.generation();
        let known = if is_same { map.len() } else { 0 };
        (known < self.view.max_frame).then_some((known + 1, self.view.max_frame))
    }

    /// What the caller has read from the log's frame headers, for frames that are missing.
    pub fn supply_frames(&self, first: u64, pgnos: &[u32]) -> Result<()> {
        // A map that has passed to a newer generation is not taken back for a transaction that is lost.
        let now = self.entry.read_snapshot(self.holding())?.0;
        if now.generation() != self.view.generation() {
            return Ok(());
        }
        if self.entry.supply(self.view.generation(), first, pgnos) {
            return Ok(());
        }
        Err(Error::Misuse("frames are supplied from the first missing one on"))
    }

    /// The frames that living readers pin, in all processes.
    pub fn live_readers(&self) -> Result<Vec<u64>> {
        self.entry.pins().live(&self.entry.region).map_err(Error::io("looking at the reader slots"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}
