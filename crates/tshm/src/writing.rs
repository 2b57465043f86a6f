//! Writing: the writer's lock, publication of commits, restart of the log.
//!
//! # Fair queueing
//!
//! The kernel's locks have no queue: whoever tries at the right moment wins, and that is the process that just
//! committed. So a waiter stands at a *turnstile*, one more lock byte far above the others:
//!
//! ```text
//! wait:   lock turnstile → wait for the writer's byte → lock it → unlock turnstile
//! begin:  is somebody at the turnstile, and has this process had its share? then busy, else try
//! ```
//!
//! A process that has written for `SHARE` while somebody stood there lets him in. Until then it may go on, so that
//! handing over costs little. One waiter stands at the turnstile, the others try for it; a dead one leaves
//! it with his locks. If the writer's byte stays free all the same, whoever stands there does not take it, and
//! after `PATIENCE` is ignored. A peer that knows no turnstile is as fair as it ever was. Nothing of this is needed for
//! correctness.

use std::time::{Duration, Instant};

use crate::connection::{Connection, WriteStart};
use crate::entry::{Entry, Held};
use crate::error::{Error, Result};
use crate::open_files::in_place;
use crate::proof::{self, Proof};
use crate::registry::{lower_guard, replaced_tshm};
use crate::snapshot::Snapshot;
use crate::wal;
use crate::{frame_index, layout};

/// Far above the reader bytes, where no version of the format locks anything.
pub const TURNSTILE_BYTE: u64 = 1 << 30;
/// How long a process goes on writing while another stands at the turnstile.
const SHARE: Duration = Duration::from_millis(4);
/// How long somebody at the turnstile may leave the writer's byte free before he is ignored.
const PATIENCE: Duration = Duration::from_millis(20);
/// Sleeps between two looks at a lock.
const SHORTEST_SLEEP: Duration = Duration::from_micros(20);
const LONGEST_SLEEP: Duration = Duration::from_micros(500);

/// A connection's turn at writing, as others at the turnstile see it.
#[derive(Default)]
pub struct Run {
    /// When somebody was first met at the turnstile in this turn.
    contended_since: Option<Instant>,
    /// When this connection began to let others in.
    yielding_since: Option<Instant>,
}

impl Run {
    /// Whether to stand back now.
    fn must_yield(&mut self, entry: &Entry) -> bool {
        if !entry.is_turnstile_taken() {
            *self = Run::default();
            return false;
        }
        let now = Instant::now();
        let since = *self.contended_since.get_or_insert(now);
        if now - since < SHARE {
            return false;
        }
        if entry.is_writer_busy() {
            // The one we let in is at work; from here on we wait like anybody.
            self.yielding_since = None;
            return true;
        }
        let yielding = *self.yielding_since.get_or_insert(now);
        now - yielding < PATIENCE
    }
}

impl Connection {
    /// Waits for the writer's lock, outside any transaction, and reserves it for the `begin_write` that follows. False:
    /// the time was up. `end_write` gives an unused reservation back.
    pub fn reserve_writer(&mut self, timeout: Duration) -> Result<bool> {
        self.check_open()?;
        if self.is_reserved || self.held.writer || self.readonly {
            return Err(Error::Misuse(
                "the writer's lock is waited for once, by one who may write",
            ));
        }
        let deadline = Instant::now() + timeout;
        if !wait_until(deadline, || self.entry.take_turnstile())? {
            return Ok(false);
        }
        let granted = wait_until(deadline, || self.take_writer());
        self.entry.release_turnstile();
        self.is_reserved = matches!(granted, Ok(true));
        self.run = Run::default();
        granted
    }

    /// Takes the lock and cleans up after a dead holder.
    fn take_writer(&mut self) -> Result<bool> {
        let Some(was_left) = self.entry.take_writer()? else { return Ok(false) };
        self.held.writer = true;
        let cleaned = self.clean_index(was_left);
        if cleaned.is_err() {
            self.end_write();
        }
        cleaned.map(|()| true)
    }

    fn clean_index(&self, was_left: bool) -> Result<()> {
        let (now, _) = self.entry.read_snapshot(self.held)?;
        self.entry
            .region
            .trim_index(now.max_frame, was_left)
            .map_err(Error::io("mapping the frame index"))
    }

    /// Makes the read transaction one that may write. (TSHM v1 §4.11.)
    pub fn begin_write(&mut self) -> Result<WriteStart> {
        self.check_open()?;
        if self.readonly {
            return Err(Error::ReadOnly);
        }
        if self.slot.is_none() || (self.held.writer && !self.is_reserved) {
            return Err(Error::Misuse("a write transaction grows from a read transaction"));
        }
        if !self.is_reserved {
            let mut run = std::mem::take(&mut self.run);
            let stands_back = run.must_yield(&self.entry);
            self.run = run;
            if stands_back || !self.take_writer()? {
                return Ok(WriteStart::Busy);
            }
        }
        self.is_reserved = false;
        let begun = self.check_writable();
        if !matches!(begun, Ok(WriteStart::Ok | WriteStart::Leftover)) {
            self.end_write();
        }
        begun
    }

    fn check_writable(&mut self) -> Result<WriteStart> {
        self.reassert()?;
        let log_size = self.check_files()?;
        if !self.is_guarded()? {
            return Ok(WriteStart::Busy);
        }
        let (mut now, mut sequence) = self.entry.read_snapshot(self.held)?;
        let has_regressed = {
            let map = self.entry.map();
            map.generation() == now.generation() && map.len() > now.max_frame
        };
        if has_regressed {
            self.entry.recover_regression(self.held)?;
            (now, sequence) = self.entry.read_snapshot(self.held)?;
        }
        if !now.is_same_state(&self.view) {
            return Ok(WriteStart::Stale);
        }
        // Others may have copied frames back meanwhile. Our own lower bound stays: those frames are still there.
        self.view = now;
        self.seen = Some(now);
        self.seen_sequence = sequence;
        let committed_size = match now.page_size {
            0 => 0,
            page_size => wal::frame_offset(now.max_frame + 1, page_size),
        };
        Ok(if log_size > committed_size { WriteStart::Leftover } else { WriteStart::Ok })
    }

    /// The files are still those that everybody else has open. (TSHM v1 §7.13, §7.19.) Returns the length of the log;
    /// 0 where one process has it: nobody else leaves anything there, and the open has seen what a predecessor left.
    pub(crate) fn check_files(&self) -> Result<u64> {
        let names = &self.entry.names;
        let log_key = self.files().and_then(|files| files.wal.as_ref().and(files.wal_key));
        let Some(log_key) = log_key else {
            return Err(Error::ReadOnly);
        };
        if !self.entry.is_multiprocess {
            return Ok(0);
        }
        let Some(metadata) = in_place(log_key, &names.wal) else {
            return Err(Error::LogReplaced { path: names.wal.display().to_string() });
        };
        if self.entry.tshm_key.is_some_and(|key| in_place(key, &names.tshm).is_none()) {
            return Err(replaced_tshm(names));
        }
        Ok(metadata.len())
    }

    /// Ends writing; also gives back a reservation.
    pub fn end_write(&mut self) {
        // During a checkpoint the lock belongs to that.
        if self.held.writer && !self.held.checkpointer {
            self.held.writer = false;
            self.is_reserved = false;
            self.entry.release_writer();
        }
    }

    pub(crate) fn check_writing(&self) -> Result<()> {
        self.check_open()?;
        if self.held.writer || self.is_opening {
            return Ok(());
        }
        Err(Error::Misuse("only the writer publishes"))
    }

    /// States what recovery found, in place of whatever there was: alone, or under the writer's lock.
    pub fn install(&mut self, fields: &Snapshot, pgnos: &[u32]) -> Result<()> {
        self.check_writing()?;
        if fields.max_frame != pgnos.len() as u64 {
            return Err(Error::Misuse("every frame up to maxFrame has a page"));
        }
        let words = self.entry.region.words();
        proof::clear(words);
        self.entry.map_mut().reset(fields.generation());
        // Readers look at no entry beyond the snapshot's frames, so there are none while the index is refilled.
        self.entry.publish(self.held, |snapshot| {
            *snapshot = Snapshot { max_frame: 0, backfilled_frames: 0, ..*fields };
        })?;
        frame_index::reset(words);
        frame_index::set_overflowed(words, false);
        self.entry.region.append_index(fields.generation(), 1, pgnos);
        let installed = self.entry.publish(self.held, |snapshot| *snapshot = *fields)?;
        self.entry.supply(installed.generation(), 1, pgnos);
        self.view = installed;
        Ok(())
    }

    /// Makes the commits of a writer visible who died before he could. The transaction's own snapshot stays.
    pub fn roll_forward(&mut self, pgnos: &[u32], commits: u64, sums: (u32, u32)) -> Result<()> {
        self.check_writing()?;
        let (now, _) = self.entry.read_snapshot(self.held)?;
        self.entry.publish_frames(self.held, &now, pgnos, commits, sums)?;
        Ok(())
    }

    /// The log's header of this generation is written and durable. (TSHM v1 §4.12.)
    pub fn publish_header(
        &mut self,
        page_size: u32,
        salts: (u32, u32),
        sums: (u32, u32),
    ) -> Result<()> {
        self.check_writing()?;
        if self.view.max_frame != 0 {
            return Err(Error::Misuse("a log that has frames has its header"));
        }
        proof::clear(self.entry.region.words());
        let published = self.entry.publish(self.held, |snapshot| {
            snapshot.page_size = page_size;
            (snapshot.salt1, snapshot.salt2) = salts;
            (snapshot.checksum1, snapshot.checksum2) = sums;
        })?;
        self.adopt(published);
        Ok(())
    }

    /// Frames after `max_frame` are committed, and durable as far as they are meant to be.
    pub fn publish_commit(&mut self, pgnos: &[u32], sums: (u32, u32)) -> Result<()> {
        self.check_writing()?;
        if pgnos.is_empty() {
            return Err(Error::Misuse("a commit has a frame"));
        }
        self.check_undisturbed()?;
        let published = self.entry.publish_frames(self.held, &self.view, pgnos, 1, sums)?;
        self.view = published;
        self.seen = Some(published);
        self.note_sequence();
        if self.entry.region.is_shared() && published.max_frame == pgnos.len() as u64 {
            self.keep_guard();
        }
        Ok(())
    }

    /// If the snapshot is still the one that we published, the next transaction need not read it again.
    fn note_sequence(&mut self) {
        let found = crate::snapshot::try_read(self.entry.region.words());
        self.seen_sequence = match found {
            Some((now, sequence)) if Some(now) == self.seen => sequence,
            _ => u64::MAX,
        };
    }

    /// The connection's own change of generation: its transaction goes on in the new one.
    fn adopt(&mut self, published: Snapshot) {
        self.view = published;
        self.seen = Some(published);
        self.low = published.backfilled_frames;
        let generation = published.generation();
        let mut map = self.entry.map_mut();
        if map.generation() != generation {
            map.reset(generation);
        }
        drop(map);
        if let Some(slot) = self.slot {
            let region = &self.entry.region;
            self.entry.pins().move_pin(region, slot, generation, published.max_frame);
        }
        self.note_sequence();
    }

    /// Renews the proof after a commit, for whoever joins next. (TSHM v1 §4.13.9.)
    pub fn install_proof(&mut self, db_header: &[u8]) -> Result<()> {
        self.check_writing()?;
        let (now, _) = self.entry.read_snapshot(self.held)?;
        if now.backfilled_frames == 0 {
            return Ok(());
        }
        if let Some(proof) = Proof::of(&now, db_header) {
            proof::store(self.entry.region.words(), &proof);
        }
        Ok(())
    }

    /// Before the first append: starts a new generation when all of this one is copied back and nobody else reads or
    /// copies. False: append as usual. (TSHM v1 §4.17.)
    pub fn try_restart(&mut self) -> Result<bool> {
        self.check_writing()?;
        let Some(slot) = self.slot else { return Ok(false) };
        // A checkpointer at work relies on the generation that it began with.
        let takes_checkpointer = !self.held.checkpointer;
        if takes_checkpointer && !self.entry.take_checkpointer()? {
            return Ok(false);
        }
        let restarted = self.restart(Some(slot));
        if takes_checkpointer {
            self.entry.release_checkpointer();
        }
        restarted
    }

    /// Under both locks. `own` is the slot of the connection's own transaction.
    pub(crate) fn restart(&mut self, own: Option<usize>) -> Result<bool> {
        let entry = self.entry.clone();
        let held = Held { writer: true, checkpointer: true };
        let (now, _) = entry.read_snapshot(held)?;
        if now.max_frame != now.backfilled_frames || now.generation() != self.view.generation() {
            return Ok(false);
        }
        let io = || Error::io("looking at the reader slots");
        if entry.region.is_shared() && entry.pins().raise_guard(&entry.region).map_err(io())? {
            guard_watch(&entry);
        }
        // Everything is published as copied back. A reader who registers from here on finds that, and needs no frame.
        crate::words::Words::fence(entry.region.words());
        {
            let mut pins = entry.pins();
            let shares = own.is_some_and(|slot| pins.readers_of(slot) > 1);
            if shares || pins.lowest_live(&entry.region, own).map_err(io())?.is_some() {
                return Ok(false);
            }
        }
        let words = entry.region.words();
        proof::clear(words);
        frame_index::reset(words);
        let salt = random();
        let published = entry.publish(held, |snapshot| {
            snapshot.max_frame = 0;
            snapshot.backfilled_frames = 0;
            snapshot.checkpoint_seq = snapshot.checkpoint_seq.wrapping_add(1);
            snapshot.salt1 = snapshot.salt1.wrapping_add(1);
            snapshot.salt2 = salt;
            snapshot.checkpoint_epoch = snapshot.checkpoint_epoch.wrapping_add(1);
        })?;
        if own.is_some() {
            self.adopt(published);
        } else {
            self.view = published;
            entry.map_mut().reset(published.generation());
        }
        Ok(true)
    }

    /// The first commit of a generation: the guard stays for its full time from here.
    fn keep_guard(&self) {
        let mut pins = self.entry.pins();
        if pins.has_guard() {
            // It is up already, so nothing is locked here, and nothing can fail.
            let _ = pins.raise_guard(&self.entry.region);
        }
    }
}

/// Sleeps a little longer each time until the answer is yes. False: the time was up.
fn wait_until(deadline: Instant, mut attempt: impl FnMut() -> Result<bool>) -> Result<bool> {
    let mut sleep = SHORTEST_SLEEP;
    loop {
        if attempt()? {
            return Ok(true);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        std::thread::sleep(sleep.min(left));
        sleep = (sleep * 3 / 2).min(LONGEST_SLEEP);
    }
}

/// Takes the guard down when its time is over: a process that went idle would otherwise hold up the checkpoints of peers.
fn guard_watch(entry: &std::sync::Arc<Entry>) {
    let entry = std::sync::Arc::downgrade(entry);
    let watch = move || {
        while let Some(left) = lower_guard(&entry) {
            std::thread::sleep(left);
        }
    };
    // Without a thread the guard stands until the connection closes, which is slow and safe.
    let _ = std::thread::Builder::new().name("tshm-guard".into()).spawn(watch);
}

/// Some 32 bits that nobody can foresee: the standard library seeds each of its hashers from the system.
fn random() -> u32 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() as u32
}

// The turnstile is not one of the bytes that the format gives a meaning.
const _: () = assert!(TURNSTILE_BYTE > layout::reader_byte(layout::READER_SLOTS));
