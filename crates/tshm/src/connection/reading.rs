//! Reading: the snapshot that a transaction pins, and what it finds there.
//!
//! A read transaction pins its snapshot in a slot *always*, also when all of it is in the database file: an
//! unregistered reader would see the file change under it (TSHM v1 §7.1).

use crate::connection::connection::Connection;
use crate::connection::parts::Phase;
use crate::connection::state::{FrameRead, ReadStart};
use crate::error::{DiskOperation, Error, Result};
use crate::format::layout as at;
use crate::format::reader_slots;
use crate::format::snapshot::{self, Snapshot};
use crate::format::tail::Tail;
use crate::format::words::Words;
use crate::kernel::locks::is_classic;
use crate::log::frame::{frame_offset, frame_size, is_frame_of};
use crate::log::stored::Source;
use crate::log::wal::pending_frame;
use crate::shared::cover::Covered;
use crate::shared::entry::Held;
use crate::shared::frame_map::FrameMap;

/// Rounds of a begin-read whose snapshot kept moving, before it counts as busy.
const READ_ROUNDS: u32 = 100;
const READ_ROUNDS_WITHOUT_YIELD: u32 = 10;

impl Connection {
    /// For one who reads, and leaves to a repair what it needs.
    fn holding_nothing(&self) -> Held {
        Held { patience: self.patience, ..Held::default() }
    }

    /// Pins the newest snapshot. (TSHM v1 §4.8.)
    #[inline]
    pub fn begin_read(&mut self) -> Result<ReadStart> {
        if self.phase == Phase::Closed || self.read.slot.is_some() {
            return Err(Error::Misuse("a read transaction begins outside any other, while open"));
        }
        if let (Some(private), Some(files)) = (&mut self.private, &mut self.files)
            && !private.refresh(&self.entry, files)?
        {
            return Ok(ReadStart::Busy);
        }
        if self.turn.is_joined {
            return self.begin_joined_read();
        }
        for round in 0..READ_ROUNDS {
            let words = self.entry.region.words();
            crate::region::barrier::pass(words);
            let undone = self.entry.undone();
            // While the sequence number stands still, so does everything under it.
            let (snapshot, sequence) = match self.seen.state {
                Some(seen)
                    if snapshot::sequence(words) == self.seen.sequence
                        && undone == self.base.undone =>
                {
                    (seen, self.seen.sequence)
                }
                _ => self.entry.read_snapshot(self.holding_nothing())?,
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
            let is_known = self.seen.sequence == sequence && self.base.undone == undone;
            if snapshot::sequence(words) == sequence && (is_known || self.is_covered(&snapshot)?) {
                self.base.undone = undone;
                let start = self.begin_at(slot, snapshot, snapshot, sequence);
                if start == ReadStart::Changed && self.private.is_none() {
                    // What cannot be looked at is looked at by the next.
                    let _ = self.look_at_database(&snapshot);
                }
                return Ok(start);
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
        match self.entry.cover(snapshot, None) {
            Covered::Yes | Covered::Missing => Ok(true),
            Covered::Gone => Ok(false),
            Covered::Undone => self.entry.recover_undone(Held::default()).map(|()| false),
        }
    }

    /// The snapshot on which pending frames follow, and its sequence number; the map covers it. While byte 1 is held, the log is not
    /// restarted, and nothing is written over.
    fn joined_snapshot(&mut self) -> Result<(Snapshot, u64)> {
        for _ in 0..READ_ROUNDS {
            let since = self.entry.region.words().load64(at::SHARED_SINCE);
            let undone = self.entry.undone();
            let found = self.entry.read_snapshot(self.holding_nothing())?;
            match self.entry.cover(&found.0, Some(since)) {
                Covered::Yes | Covered::Missing => {
                    self.base.undone = undone;
                    return Ok(found);
                }
                Covered::Gone => break,
                // What was undone is pending again, and is published anew with what comes after it.
                Covered::Undone => self.entry.recover_undone(Held::default())?,
            }
        }
        Err(Error::Protocol("the log was restarted while commits were pending".into()))
    }

    /// The snapshot of a writer who has joined others: what they have appended is part of it. While this process is in
    /// byte 1 the log is not restarted, nothing beyond `TAIL` is published, and `TAIL` is ours to move; so what is pinned is
    /// enough, however far the others get meanwhile.
    fn begin_joined_read(&mut self) -> Result<ReadStart> {
        let (now, sequence) = self.joined_snapshot()?;
        let words = self.entry.region.words();
        let tail = Tail::load(words);
        let mut view = now;
        let mut ahead = Vec::new();
        let mut page_count = 0;
        if tail.frame > now.max_frame {
            let files = self.shared_files();
            let log = files.as_ref().and_then(|files| files.wal.as_ref()).ok_or(Error::ReadOnly)?;
            for frame in now.max_frame + 1..=tail.frame {
                let pending = pending_frame(words, log, frame, &now)?;
                ahead.push(pending.pgno);
                (view.checksum1, view.checksum2) = pending.checksum;
                page_count = pending.page_count;
            }
            let commits = u64::from(tail.count.wrapping_sub(now.transaction_count as u32));
            view.max_frame = tail.frame;
            view.transaction_count = view.transaction_count.wrapping_add(commits);
            view.visibility_generation = view.visibility_generation.wrapping_add(commits);
        }
        let pinned = self
            .entry
            .pins()
            .pin(&self.entry.region, now.generation(), now.max_frame)
            .map_err(Error::io("locking a reader slot"))?;
        let Some(slot) = pinned else { return Ok(ReadStart::Busy) };
        let sequence = if ahead.is_empty() { sequence } else { u64::MAX };
        let floor = now.max_frame;
        let start = self.begin_at(slot, view, now, sequence);
        // Only now, for it holds in a transaction that has begun and in no other.
        self.read.ahead = ahead;
        self.read.floor = floor;
        self.read.page_count = page_count;
        Ok(start)
    }

    /// `base` is what of `snapshot` is published.
    fn begin_at(
        &mut self,
        slot: usize,
        snapshot: Snapshot,
        base: Snapshot,
        sequence: u64,
    ) -> ReadStart {
        let is_same = self.seen.state.is_some_and(|seen| {
            seen.is_same_state(&snapshot) && seen.backfilled_frames == snapshot.backfilled_frames
        });
        if let Some(activity) = &self.activity {
            activity.begin_transaction();
        }
        self.read.slot = Some(slot);
        self.read.was_erased.set(false);
        self.read.low = snapshot.backfilled_frames;
        self.read.view = snapshot;
        self.read.floor = snapshot.max_frame;
        self.base.snapshot = base;
        self.base.sequence.set(sequence);
        self.base.peer_seen = self.entry.region.words().load64(at::PEER_SEEN);
        self.read.page_count = 0;
        self.seen.state = Some(snapshot);
        self.seen.sequence = sequence;
        if is_same { ReadStart::Same } else { ReadStart::Changed }
    }

    #[inline]
    pub fn end_read(&mut self) {
        if let Some(slot) = self.read.slot.take() {
            self.entry.pins().unpin(&self.entry.region, slot);
            self.read.ahead.clear();
            self.read.page_count = 0;
            // The writer's lock without a transaction is a reservation again.
            self.turn.is_reserved |= self.held.writer && !self.held.checkpointer;
            if let Some(activity) = &self.activity {
                activity.end_transaction();
            }
        }
    }

    /// What was read belongs to the pinned snapshot: the generation is still the same, nobody has rolled the
    /// authority back, and the registration stands. (TSHM v1 §4.10, §7.3, §7.7.)
    #[inline]
    pub fn is_pin_intact(&self) -> bool {
        if let (Some(private), Some(files)) = (&self.private, &self.files)
            && !private.is_undisturbed(files, self.read.view.max_frame)
        {
            return false;
        }
        let words = self.entry.region.words();
        // What was read from the files was read before this looks. Pairs with the fence after the publication of a new generation
        // in `restart`, after which frames are overwritten, and with those of whoever copies pages back.
        words.load_fence();
        if words.load32(at::CHECKPOINT_SEQ) != self.read.view.checkpoint_seq
            || words.load64(at::MAX_FRAME) < self.read.floor
            || self.read.was_erased.get()
            || !self.is_base_standing()
        {
            return false;
        }
        let Some(slot) = self.read.slot else { return true };
        // A commit of this transaction moves the view, not the slot, so the slot pins the view or less.
        if reader_slots::frame(words, slot) <= self.read.view.max_frame
            && (!is_classic() || reader_slots::owner(words, slot) == self.entry.region.owner())
        {
            return true;
        }
        let stands = self.entry.pins().restate(&self.entry.region, slot);
        self.read.was_erased.set(!stands);
        stands
    }

    /// The newest frame of the page in this snapshot; 0: the database file has it.
    #[inline]
    pub fn find_frame(&self, pgno: u32) -> u64 {
        if !self.read.ahead.is_empty()
            && let Some(index) = self.read.ahead.iter().rposition(|page| *page == pgno)
        {
            return self.read.floor + 1 + index as u64;
        }
        let map = self.entry.map();
        if map.generation() != self.read.view.generation() {
            // Another generation, so the transaction is lost; the pin check says so.
            return 0;
        }
        match map.find(pgno, self.read.published()) {
            Some(frame) if frame > self.read.low => frame,
            _ => 0,
        }
    }

    /// The pages in the frames after `max_frame` that had been published; none when they cannot be known.
    fn published_since<'map>(&self, map: &'map FrameMap, max_frame: u64) -> Option<&'map [u32]> {
        let published = self.read.published();
        let is_known = map.generation() == self.read.view.generation()
            && map.len() >= published
            && max_frame <= published;
        is_known.then(|| map.pages(max_frame + 1, published))
    }

    /// Puts the pages in the frames after `max_frame` into `room`, in the order of the log, and says how many there are. None:
    /// too many, or unknown.
    pub fn changes_into(&self, max_frame: u64, room: &mut [u32]) -> Option<usize> {
        let map = self.entry.map();
        let pages = self.published_since(&map, max_frame)?;
        let count = pages.len() + self.read.ahead.len();
        let (first, second) = room.get_mut(..count)?.split_at_mut(pages.len());
        first.copy_from_slice(pages);
        second.copy_from_slice(&self.read.ahead);
        Some(count)
    }

    /// How often this process had found commits undone when the transaction began. A page cache of another number is void.
    pub fn undone(&self) -> u32 {
        self.base.undone
    }

    /// Pages in the database after the last commit of the view; 0 where only the log can tell.
    pub fn page_count(&self) -> u32 {
        self.read.page_count
    }

    /// The distinct pages in the frames after `max_frame`; none when that cannot be known.
    pub fn changed_since(&self, max_frame: u64) -> Option<Vec<u32>> {
        let mut pages = self.published_since(&self.entry.map(), max_frame)?.to_vec();
        pages.extend(&self.read.ahead);
        pages.sort_unstable();
        pages.dedup();
        Some(pages)
    }

    /// The frames of the view that the map lacks.
    pub fn missing_frames(&self) -> Option<(u64, u64)> {
        let map = self.entry.map();
        let is_same = map.generation() == self.read.view.generation();
        let known = if is_same { map.len() } else { 0 };
        let published = self.read.published();
        (known < published).then_some((known + 1, published))
    }

    /// What the caller has read from the log's frame headers, for frames that are missing.
    pub fn supply_frames(&self, first: u64, pgnos: &[u32]) -> Result<()> {
        // A map that has passed to a newer generation is not taken back for a transaction that is lost.
        let now = self.entry.read_snapshot(self.holding())?.0;
        if now.generation() != self.read.view.generation() {
            return Ok(());
        }
        if self.entry.supply(self.read.view.generation(), first, pgnos) {
            return Ok(());
        }
        Err(Error::Misuse("frames are supplied from the first missing one on"))
    }

    /// The frames that living readers pin, in all processes.
    pub fn live_readers(&self) -> Result<Vec<u64>> {
        self.entry.pins().live(&self.entry.region).map_err(Error::io("looking at the reader slots"))
    }

    /// Reads the frame that has the page, header first, into `room`.
    pub fn read_frame(&self, pgno: u32, room: &mut [u8]) -> Result<FrameRead> {
        let frame = self.find_frame(pgno);
        if frame == 0 {
            return Ok(FrameRead::InDatabase);
        }
        let view = self.view();
        let size = frame_size(view.page_size);
        let log = self.files().and_then(|files| files.wal.as_ref());
        let (Some(log), Some(room)) = (log, room.get_mut(..size)) else {
            return Ok(FrameRead::Doubtful);
        };
        let read = log
            .read_all(room, frame_offset(frame, view.page_size))
            .map_err(Error::disk(DiskOperation::Read))?;
        let is_it = read == size && is_frame_of(room, pgno, (view.salt1, view.salt2));
        let is_lost = self.entry.is_multiprocess && !self.is_pin_intact();
        Ok(if is_it && !is_lost { FrameRead::Found } else { FrameRead::Doubtful })
    }
}
