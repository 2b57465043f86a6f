//! Writing: getting a turn, publication of commits, restart of the log.
//!
//! # Fair queueing
//!
//! The kernel's locks have no queue: whoever tries at the right moment wins, and that is the process that just
//! committed. So a waiter stands at a *turnstile*, one more lock byte far above the others:
//!
//! ```text
//! wait:   lock turnstile → wait for X and byte 1 → take them → unlock turnstile
//! begin:  is somebody at the turnstile, and has this process had its share? then busy, else try
//! ```
//!
//! A process that has written for `SHARE` while somebody stood there lets him in. Until then it may go on, so that
//! handing over costs little. One waiter stands at the turnstile, the others try for it; a dead one leaves
//! it with his locks. If X stays free all the same, whoever stands there does not take it, and
//! after `PATIENCE` is ignored. A peer that knows no turnstile is as fair as it ever was. Nothing of this is needed for
//! correctness.

use std::time::{Duration, Instant};

use crate::connection::{Connection, WriteStart};
use crate::entry::{Entry, Held};
use crate::error::{Error, Result};
use crate::frame_index;
use crate::group::Tail;
use crate::layout as at;
use crate::locks::is_classic;
use crate::proof::{self, Proof};
use crate::registry::lower_guard;
use crate::snapshot::{self, Snapshot};
use crate::turns::{LONGEST_SLEEP, Turn};
use crate::wal;
use crate::word_lock::random;
use crate::words::Words;

/// How long a process goes on writing while another stands at the turnstile.
const SHARE: Duration = Duration::from_millis(4);
/// How long somebody at the turnstile may leave X free before he is ignored.
const PATIENCE: Duration = Duration::from_millis(20);
/// After so long together in byte 1, processes of this engine leave it for a moment: a peer may be waiting.
const SHARED_LONG: Duration = Duration::from_millis(50);
const PAUSE_FOR_PEERS: Duration = Duration::from_micros(300);
/// How long a writer waits for X without falling asleep.
const AWAKE: Duration = Duration::from_micros(6);
/// How long a writer tries for X beside others before he stands at the turnstile.
const UNLUCKY: Duration = Duration::from_millis(5);
/// Between two looks at the turnstile: who stands there may have died.
const TURNSTILE_SLEEP: Duration = Duration::from_millis(5);
/// How long a transaction that has read something waits for commits that are being synced.
const DRAIN_PATIENCE: Duration = Duration::from_millis(5);

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

    /// Whether the next transaction may begin although somebody waits: then he is not woken in between.
    fn goes_on(&self) -> bool {
        self.contended_since.is_some_and(|since| since.elapsed() < SHARE)
    }
}

impl Connection {
    /// Takes the writer's lock for the `begin_write` that follows, outside any transaction, waiting in the queue of writers
    /// if it must. False: the time was up. `end_write` gives an unused reservation back.
    ///
    /// `joins`: a single statement that will be synced. It may build on commits of others that are still being synced, for
    /// nobody hears of its outcome before they are.
    pub fn reserve_writer(&mut self, timeout: Duration, joins: bool) -> Result<bool> {
        self.check_open()?;
        if self.is_reserved || self.held.writer || self.readonly {
            return Err(Error::Misuse(
                "the writer's lock is waited for once, by one who may write",
            ));
        }
        let deadline = Instant::now() + timeout;
        // Who does not wait must know at once whether he would wait for the dead.
        if !self.stands_back() && self.take_turn(joins, deadline, timeout.is_zero())? {
            return Ok(true);
        }
        if timeout.is_zero() {
            return Ok(false);
        }
        if joins && (self.wait_awake()? || self.wait_among_equals(deadline)?) {
            return Ok(true);
        }
        let entry = self.entry.clone();
        if !wait_for_turnstile(&entry, deadline)? {
            return Ok(false);
        }
        let granted = self.wait_for_turn(joins, deadline);
        entry.release_turnstile();
        self.run = Run::default();
        granted
    }

    /// Who holds X while syncs are shared often gives it back before one could fall asleep.
    fn wait_awake(&mut self) -> Result<bool> {
        let entry = self.entry.clone();
        let words = entry.region.words();
        let start = Instant::now();
        while start.elapsed() < AWAKE {
            for _ in 0..16 {
                std::hint::spin_loop();
            }
            if words.load64(at::WRITER_OWNER) == 0 {
                return self.take_turn(true, start, false);
            }
        }
        Ok(false)
    }

    /// Where writers share syncs each holds X for a moment only, and then waits for the disk. So they wait for X itself, and are woken in the
    /// order in which they came; who comes just then may be quicker. False: the time was up, or somebody has had bad luck for long, stands at the
    /// turnstile, and comes first.
    fn wait_among_equals(&mut self, deadline: Instant) -> Result<bool> {
        let entry = self.entry.clone();
        let memory = entry.region.words();
        let start = Instant::now();
        let until = deadline.min(start + UNLUCKY);
        // Nobody has given X back for so long that its holder may be dead.
        let mut checks = false;
        loop {
            let seen = entry.announce_wait(at::WRITER_WAITERS, at::WRITER_CHANGES);
            if entry.is_turnstile_taken() || entry.has_peers() {
                // Whoever was to be woken has not been.
                memory.signal(at::WRITER_CHANGES, 1);
                return Ok(false);
            }
            if self.take_turn(true, deadline, checks)? {
                // Others may sleep still, and the word has been cleared when one was woken.
                memory.store32(at::WRITER_WAITERS, 1);
                return Ok(true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let since = Instant::now();
            memory.wait(at::WRITER_CHANGES, seen, left.min(LONGEST_SLEEP));
            checks = since.elapsed() >= LONGEST_SLEEP;
        }
    }

    /// At the turnstile: asks again each time a writer has let go. False: the time was up.
    fn wait_for_turn(&mut self, joins: bool, deadline: Instant) -> Result<bool> {
        let entry = self.entry.clone();
        loop {
            let seen = entry.announce_wait(at::WRITER_WAITERS, at::WRITER_CHANGES);
            if self.take_turn(joins, deadline, true)? {
                return Ok(true);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            // A peer that wakes nobody must be asked more often.
            let longest = if entry.has_peers() { LONGEST_SLEEP / 2 } else { LONGEST_SLEEP };
            entry.region.words().wait(at::WRITER_CHANGES, seen, left.min(longest));
        }
    }

    fn stands_back(&mut self) -> bool {
        let mut run = std::mem::take(&mut self.run);
        let stands_back = run.must_yield(&self.entry);
        self.run = run;
        stands_back
    }

    /// Takes X and byte 1, and cleans up after a dead holder, if it `checks` whether he is.
    fn take_turn(&mut self, joins: bool, deadline: Instant, checks: bool) -> Result<bool> {
        let entry = self.entry.clone();
        let Some(turn) = entry.try_writer(checks)? else { return Ok(false) };
        let ready = match turn {
            Turn::Alone { was_left } => Ok(Some(was_left)),
            Turn::Joined => self.join(joins, deadline),
        };
        let cleaned = match ready {
            Ok(Some(was_left)) => self.clean_up(was_left),
            Ok(None) if self.is_joined => Ok(()),
            Ok(None) => return Ok(false),
            Err(error) => Err(error),
        };
        if let Err(error) = cleaned {
            entry.release_writer();
            return Err(error);
        }
        self.held.writer = true;
        self.is_reserved = true;
        Ok(true)
    }

    /// Others are still syncing. None with `is_joined`: this writer builds on what they appended. None without: the
    /// time was up, and the locks are given back. Some: they have gone, so he is alone after all.
    fn join(&mut self, joins: bool, deadline: Instant) -> Result<Option<bool>> {
        let entry = self.entry.clone();
        let is_long = entry.shared_for() >= SHARED_LONG;
        let has_failed = entry.region.words().load32(at::SYNC_FAILED) != 0;
        if joins && !has_failed && !is_long && !entry.has_peers() && !is_classic() {
            self.is_joined = true;
            return Ok(None);
        }
        if !entry.drain_writers(deadline)? {
            entry.release_writer();
            return Ok(None);
        }
        if is_long && !entry.pause_for_peers(PAUSE_FOR_PEERS) {
            return Ok(None);
        }
        Ok(Some(false))
    }

    /// Alone: what others have left is put in order.
    fn clean_up(&mut self, was_left: bool) -> Result<()> {
        let entry = &self.entry;
        let words = entry.region.words();
        let (now, _) = entry.read_snapshot(Held { writer: true, ..self.held })?;
        entry
            .region
            .trim_index(now.max_frame, was_left)
            .map_err(Error::io("mapping the frame index"))?;
        if !entry.region.is_shared() {
            return Ok(());
        }
        if words.load32(at::SYNC_FAILED) != 0 {
            // What nobody could sync never happened; its authors were told so.
            let files = self.shared_files();
            if let Some(log) = files.as_ref().and_then(|files| files.wal.as_ref()) {
                crate::lease::cut(log, &now)?;
            }
            words.store32(at::SYNC_FAILED, 0);
            Tail::of(&now).store(words);
        }
        let tail = Tail::load(words);
        // Frames after the end of those that are published belong to somebody who died; anything else, to a peer.
        self.was_left = was_left || tail.frame > now.max_frame;
        let is_known = tail == Tail::of(&now) || tail == (Tail { frame: 0, count: 0 });
        if !is_known && !self.was_left {
            entry.note_peer();
        }
        Ok(())
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
        if !self.is_reserved
            && (self.stands_back()
                || !self.take_turn(false, Instant::now() + DRAIN_PATIENCE, true)?)
        {
            return Ok(WriteStart::Busy);
        }
        self.is_reserved = false;
        let begun = self.check_writable();
        if !matches!(begun, Ok(WriteStart::Ok | WriteStart::Leftover)) {
            self.end_write()?;
        }
        begun
    }

    fn check_writable(&mut self) -> Result<WriteStart> {
        self.looked = Some(Instant::now());
        if self.is_joined {
            // Whoever publishes looks at everything.
            let is_free = self.entry.has_looked() || !self.is_seized()?;
            return Ok(if is_free { WriteStart::Ok } else { WriteStart::Busy });
        }
        self.reassert()?;
        let log_size = self.check_files()?;
        if !self.is_guarded()? {
            return Ok(WriteStart::Busy);
        }
        let (mut now, mut sequence) = self.entry.read_snapshot(self.held)?;
        if self.entry.has_regressed(&now) {
            self.entry.recover_undone(self.held)?;
            (now, sequence) = self.entry.read_snapshot(self.held)?;
        }
        if self.entry.undone() != self.undone {
            return Ok(WriteStart::Stale);
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
        let is_leftover =
            log_size > committed_size && (self.was_left || !self.entry.is_length_kept());
        Ok(if is_leftover { WriteStart::Leftover } else { WriteStart::Ok })
    }

    /// The files are still those that everybody else has open. (TSHM v1 §7.13, §7.19.) Returns the length of the log;
    /// 0 where one process has it: nobody else leaves anything there, and the open has seen what a predecessor left.
    pub(crate) fn check_files(&self) -> Result<u64> {
        let log_key = self.files().and_then(|files| files.wal.as_ref().and(files.wal_key));
        let log_key = log_key.ok_or(Error::ReadOnly)?;
        if self.entry.is_multiprocess { self.entry.check_files(log_key) } else { Ok(0) }
    }

    /// Ends writing; also gives back a reservation. Who has built on pending frames waits until they are published, and an
    /// error says that they never will be.
    pub fn end_write(&mut self) -> Result<()> {
        // During a checkpoint the lock belongs to that.
        if !self.held.writer || self.held.checkpointer {
            return Ok(());
        }
        if self.is_joined && self.slot.is_some() {
            return self.await_base();
        }
        if !self.is_joined {
            self.mark_tail();
        }
        self.held.writer = false;
        self.is_reserved = false;
        self.is_joined = false;
        if self.run.goes_on() {
            self.entry.release_writer_quietly();
        } else {
            self.entry.release_writer();
        }
        Ok(())
    }

    /// Alone: all that was appended is published, or never happened.
    pub(crate) fn mark_tail(&self) {
        let words = self.entry.region.words();
        if let Some((now, _)) = snapshot::try_read(words) {
            Tail::of(&now).store(words);
        }
    }

    /// Whether the log may keep its length at a restart.
    pub fn keeps_log_length(&mut self) -> Result<bool> {
        self.check_writing()?;
        let is_alone = !self.entry.region.is_shared();
        Ok(is_alone || (!self.entry.has_peers() && !is_classic() && self.entry.take_lease()?))
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
        self.entry.extend_map(
            &Snapshot { max_frame: 0, ..installed },
            pgnos,
            (installed.checksum1, installed.checksum2),
        );
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

    /// Frames after `max_frame` are committed, and durable as far as they are meant to be. True: the proof of what is
    /// backfilled should be renewed.
    pub fn publish_commit(&mut self, pgnos: &[u32], sums: (u32, u32)) -> Result<bool> {
        self.check_writing()?;
        if pgnos.is_empty() {
            return Err(Error::Misuse("a commit has a frame"));
        }
        self.check_undisturbed()?;
        let published = self.entry.publish_frames(self.held, &self.view, pgnos, 1, sums)?;
        self.view = published;
        self.page_count = 0;
        self.seen = Some(published);
        self.note_sequence();
        if self.entry.region.is_shared() && published.max_frame == pgnos.len() as u64 {
            self.keep_guard();
        }
        Ok(published.backfilled_frames > 0
            && self.entry.region.is_shared()
            && !self.entry.has_lease())
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
        self.floor = published.max_frame;
        self.page_count = 0;
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
        let Some(slot) = self.slot.filter(|_| !self.is_joined) else { return Ok(false) };
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
        let held = Held { writer: true, checkpointer: true, ..Held::default() };
        let (now, _) = entry.read_snapshot(held)?;
        if now.max_frame != now.backfilled_frames || now.generation() != self.view.generation() {
            return Ok(false);
        }
        let io = || Error::io("looking at the reader slots");
        // Nearly always somebody reads, if anybody does. Then no guard is raised, which would hold up peers for nothing.
        if self.has_readers(own)? {
            return Ok(false);
        }
        if entry.region.is_shared() && entry.pins().raise_guard(&entry.region).map_err(io())? {
            guard_watch(&entry);
        }
        // Everything is published as copied back. A reader who registers from here on finds that, and needs no frame.
        entry.region.words().fence();
        if self.has_readers(own)? {
            return Ok(false);
        }
        let words = entry.region.words();
        proof::clear(words);
        frame_index::reset(words);
        let salt = random() as u32;
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

    /// Somebody reads, in any process, besides the connection's own transaction in slot `own`.
    fn has_readers(&self, own: Option<usize>) -> Result<bool> {
        let mut pins = self.entry.pins();
        if own.is_some_and(|slot| pins.readers_of(slot) > 1) {
            return Ok(true);
        }
        let lowest = pins.lowest_live(&self.entry.region, own);
        Ok(lowest.map_err(Error::io("looking at the reader slots"))?.is_some())
    }

    /// The first commit of a generation: the guard stays for its full time from here.
    pub(crate) fn keep_guard(&self) {
        let mut pins = self.entry.pins();
        if pins.has_guard() {
            // It is up already, so nothing is locked here, and nothing can fail.
            let _ = pins.raise_guard(&self.entry.region);
        }
    }
}

/// False: the time was up.
fn wait_for_turnstile(entry: &Entry, deadline: Instant) -> Result<bool> {
    let memory = entry.region.words();
    loop {
        let seen = memory.load32(at::TURNSTILE_CHANGES);
        if entry.take_turnstile()? {
            return Ok(true);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        memory.wait(at::TURNSTILE_CHANGES, seen, left.min(TURNSTILE_SLEEP));
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
