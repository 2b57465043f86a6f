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

use crate::connection::Connection;
use crate::entry::Entry;
use crate::error::{DiskOperation, Error, Result};
use crate::frames::check_room;
use crate::gate::Permit;
use crate::layout as at;
use crate::locks::is_classic;
use crate::pending::{self, Pending};
use crate::snapshot::Snapshot;
use crate::stored::Stored;
use crate::sync::{Goal, company};
use crate::wal;
use crate::words::Words;

/// How long a commit that is too large to share waits to be alone.
const LEAVING_PATIENCE: Duration = Duration::from_millis(200);

/// The end of what was appended: frame, and the low half of the transaction count there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tail {
    pub frame: u64,
    pub count: u32,
}

impl Tail {
    pub fn of(snapshot: &Snapshot) -> Tail {
        Tail { frame: snapshot.max_frame, count: snapshot.transaction_count as u32 }
    }

    pub fn load(words: &impl Words) -> Tail {
        let word = words.load64(at::TAIL);
        Tail { frame: word >> 32, count: word as u32 }
    }

    pub fn store(self, words: &impl Words) {
        words.store64(at::TAIL, self.frame << 32 | u64::from(self.count));
    }
}

impl Connection {
    /// Whether the commit of `frames` frames, of the open write transaction, shares its sync with others.
    pub fn shares_sync(&mut self, frames: usize) -> Result<bool> {
        self.check_writing()?;
        if !self.fits_pending(frames) {
            // Whoever joined would have to read all their headers from the log, with X held.
            return Ok(self.is_joined && !self.leave_group()?);
        }
        // With nobody about to join, the detour brings nothing.
        let is_lone = company(&self.entry) == 0 && !self.entry.is_writer_awaited();
        Ok(self.is_joined
            || (!is_lone
                && self.entry.region.is_shared()
                && !is_classic()
                && !self.is_opening
                && self.has_patience()
                && !self.entry.has_peers()
                && self.entry.take_lease()?))
    }

    /// With so many frames more, all that is pending is known to `pending`.
    fn fits_pending(&self, frames: usize) -> bool {
        let published = self.entry.region.words().load64(at::MAX_FRAME);
        let pending = self.view.max_frame.saturating_sub(published);
        pending.saturating_add(frames as u64) <= at::PENDING_SLOTS as u64
    }

    /// Joined, with frames of its own that nobody knows of yet: waits until what they were built on is published, and the others have gone.
    /// False: that takes long, or they have died, and the commit goes with what they have appended.
    fn leave_group(&mut self) -> Result<bool> {
        let deadline = Instant::now() + LEAVING_PATIENCE.min(self.patience);
        if !self.entry.drain_writers(deadline)? {
            return Ok(false);
        }
        self.is_joined = false;
        self.check_files()?;
        let (now, _) = self.entry.read_snapshot(self.held)?;
        let state = |it: &Snapshot| (it.generation(), it.max_frame, it.checksum1, it.checksum2);
        if state(&now) == state(&self.view) {
            self.note_base();
            return Ok(true);
        }
        let has_failed = self.entry.region.words().load32(at::SYNC_FAILED) != 0;
        if !has_failed
            && now.generation() == self.view.generation()
            && now.max_frame < self.view.max_frame
        {
            // Who has appended that has died. It is published with what was built on it.
            self.entry.share_writer_byte();
            self.is_joined = true;
            return Ok(false);
        }
        Err(Error::disk(DiskOperation::Fsync)(std::io::Error::other(
            "what the transaction was built on could not be synced",
        )))
    }

    /// What the transaction was built on is published. If that was in another process, the map does not have it yet, and what this
    /// transaction adds to the map must not stand behind a gap.
    fn note_base(&mut self) {
        let ahead = std::mem::take(&mut self.ahead);
        if !ahead.is_empty() {
            self.entry.supply(self.view.generation(), self.floor + 1, &ahead);
            self.floor = self.view.max_frame;
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
        self.check_writing()?;
        let files = self.shared_files();
        let files = files.as_deref().ok_or(Error::ReadOnly)?;
        if pgnos.is_empty() {
            return Err(Error::Misuse("a commit has a frame"));
        }
        let base = self.view;
        check_room(base.max_frame, pgnos.len())?;
        let committed = Snapshot {
            max_frame: base.max_frame + pgnos.len() as u64,
            transaction_count: base.transaction_count + 1,
            visibility_generation: base.visibility_generation + 1,
            checksum1: sums.0,
            checksum2: sums.1,
            ..base
        };
        let goal = Goal {
            permit,
            files,
            generation: base.generation(),
            frame: committed.max_frame,
            pgnos,
            sums,
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
        let entry = self.entry.clone();
        let share = entry.on_leave(Entry::release_share);
        entry.await_published(&goal, self.patience)?;
        self.note_base();
        // While the share is held no peer can have written, which is what the mark in the map says.
        entry.extend_map(&base, pgnos, sums);
        if base.max_frame == 0 {
            self.keep_guard();
        }
        drop(share);
        self.view = committed;
        self.page_count = 0;
        self.seen = Some(committed);
        self.seen_sequence = u64::MAX;
        self.floor = committed.max_frame;
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
            generation: self.view.generation(),
            frame: self.view.max_frame,
            pgnos: &[],
            sums: (self.view.checksum1, self.view.checksum2),
        };
        // Nothing of this transaction is at stake, so it can be tried again.
        entry.await_published(&goal, self.patience).map_err(|error| match error {
            Error::OutcomeUnknown => Error::Busy,
            error => error,
        })
    }

    fn share_turn(&mut self) {
        let is_joined = std::mem::take(&mut self.is_joined);
        self.held.writer = false;
        self.is_reserved = false;
        self.entry.share_writer(is_joined);
    }
}

/// What the header of a pending frame says.
pub fn pending_frame(
    words: &impl Words,
    log: &Stored,
    frame: u64,
    now: &Snapshot,
) -> Result<Pending> {
    if let Some(pending) = pending::load(words, now.checkpoint_seq, frame) {
        return Ok(pending);
    }
    let read = wal::read_frame_header(log, frame, now.page_size);
    match read.map_err(Error::io("reading the log"))? {
        Some(header) if header.pgno != 0 && header.salts == (now.salt1, now.salt2) => {
            let wal::FrameHeader { pgno, page_count, checksum, .. } = header;
            Ok(Pending { pgno, page_count, checksum })
        }
        _ => Err(Error::Corrupt(format!("the log does not hold frame {frame}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::connection::{ReadStart, WriteStart};
    use crate::frame_map::Mark;
    use crate::locks::{self, LockKind, Range};
    use crate::reader_slots;
    use crate::registry::{OpenOptions, open};
    use crate::wal::tests::{PAGE, compose};

    const SALTS: (u32, u32) = (11, 12);
    const NOW: Duration = Duration::ZERO;

    struct Cluster {
        _folder: tempfile::TempDir,
        path: String,
    }

    /// A database whose log has `frames`, of which the first `published` are published.
    fn cluster(frames: &[(u32, u32)], published: usize) -> (Cluster, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db").display().to_string();
        std::fs::write(&path, vec![1; PAGE * 4]).unwrap();
        std::fs::write(format!("{path}-wal"), compose(0, SALTS, frames)).unwrap();
        let cluster = Cluster { _folder: folder, path };
        let mut first = cluster.connect();
        let pgnos: Vec<u32> = frames[..published].iter().map(|frame| frame.0).collect();
        let commits = frames[..published].iter().filter(|frame| frame.1 > 0).count() as u64;
        let checksum = cluster.checksum(published as u64);
        let snapshot = Snapshot {
            max_frame: published as u64,
            transaction_count: commits,
            page_size: PAGE as u32,
            salt1: SALTS.0,
            salt2: SALTS.1,
            checksum1: checksum.0,
            checksum2: checksum.1,
            ..Snapshot::default()
        };
        first.install(&snapshot, &pgnos).unwrap();
        first.finish_open().unwrap();
        (cluster, first)
    }

    impl Cluster {
        fn connect(&self) -> Connection {
            open(&OpenOptions {
                path: self.path.clone(),
                multiprocess: true,
                readonly: false,
                create: false,
                timeout: NOW,
            })
            .unwrap()
        }

        fn log(&self) -> File {
            File::options().read(true).write(true).open(format!("{}-wal", self.path)).unwrap()
        }

        fn checksum(&self, frame: u64) -> (u32, u32) {
            wal::read_frame_header(&self.log(), frame, PAGE as u32).unwrap().unwrap().checksum
        }
    }

    /// As a writer who has appended the frames after those that are published, up to `frame`, and is now syncing them.
    fn append(writer: &mut Connection, frame: u64, count: u32) {
        assert!(writer.reserve_writer(NOW, true).unwrap());
        assert_ne!(writer.begin_read().unwrap(), ReadStart::Busy);
        assert!(matches!(writer.begin_write().unwrap(), WriteStart::Ok | WriteStart::Leftover));
        Tail { frame, count }.store(writer.entry.region.words());
        writer.share_turn();
    }

    const FRAMES: [(u32, u32); 4] = [(1, 4), (2, 4), (3, 4), (2, 4)];

    #[test]
    fn a_second_writer_builds_on_what_is_pending_and_one_sync_publishes_both() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        let mut reader = cluster.connect();
        append(&mut one, 3, 3);
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        assert_eq!(two.begin_write().unwrap(), WriteStart::Ok);
        assert_eq!((two.view().max_frame, two.view().transaction_count), (3, 3));
        assert_eq!((two.find_frame(1), two.find_frame(2), two.find_frame(3)), (1, 2, 3));
        assert_eq!(two.changed_since(1).unwrap(), [2, 3]);
        assert!(two.is_pin_intact());
        reader.begin_read().unwrap();
        assert_eq!((reader.view().max_frame, reader.find_frame(2)), (1, 0));
        reader.end_read();
        assert!(two.shares_sync(1).unwrap());
        two.publish_together(&[2], cluster.checksum(4)).unwrap();
        two.end_read();
        one.entry.release_share();
        assert_eq!(reader.begin_read().unwrap(), ReadStart::Changed);
        assert_eq!((reader.view().max_frame, reader.view().transaction_count), (4, 4));
        assert_eq!((reader.find_frame(2), reader.find_frame(3)), (4, 3));
    }

    #[test]
    fn a_transaction_that_adds_nothing_publishes_what_it_was_built_on() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 2, 2);
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        two.end_write().unwrap();
        two.end_read();
        two.read_snapshot().unwrap();
        assert_eq!(two.view().max_frame, 2);
        one.entry.release_share();
    }

    #[test]
    fn with_classic_locks_nobody_joins() {
        if !is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        assert!(!two.reserve_writer(NOW, true).unwrap());
        one.entry.release_share();
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        assert!(!two.shares_sync(1).unwrap());
        two.end_write().unwrap();
    }

    #[test]
    fn a_transaction_of_several_statements_waits_for_what_is_pending() {
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 2, 2);
        assert!(!two.reserve_writer(NOW, false).unwrap());
        one.await_base_of(2);
        one.entry.release_share();
        assert!(two.reserve_writer(NOW, false).unwrap());
        two.begin_read().unwrap();
        assert_eq!(two.view().max_frame, 2);
        two.end_write().unwrap();
    }

    #[test]
    fn pending_frames_of_the_dead_are_reported_as_left_over() {
        let (cluster, mut one) = cluster(&FRAMES, 1);
        append(&mut one, 3, 3);
        one.entry.release_share();
        let mut two = cluster.connect();
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        assert_eq!(two.view().max_frame, 1);
        assert_eq!(two.begin_write().unwrap(), WriteStart::Leftover);
        two.end_write().unwrap();
    }

    #[test]
    fn who_died_with_s_before_he_began_to_sync_holds_up_nobody_for_long() {
        if is_classic() {
            return;
        }
        let (_cluster, mut one) = cluster(&FRAMES, 1);
        append(&mut one, 2, 2);
        let words = one.entry.region.words();
        // A name that no living process has.
        words.store64(at::SYNC_HOLDER, 77);
        let since = Instant::now();
        one.await_base_of(2);
        assert!(since.elapsed() < Duration::from_millis(500));
        assert_eq!((words.load64(at::MAX_FRAME), words.load64(at::SYNC_HOLDER)), (2, 0));
        one.entry.release_share();
    }

    #[test]
    fn after_a_failed_sync_all_fail_and_the_next_one_alone_cuts_the_log() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        one.entry.region.words().store32(at::SYNC_FAILED, 1);
        let failure = two.publish_together(&[2], cluster.checksum(4));
        assert!(matches!(failure, Err(Error::Disk { .. })));
        two.end_read();
        assert!(!two.reserve_writer(NOW, true).unwrap(), "nobody joins after a failure");
        one.entry.release_share();
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        assert_eq!(two.begin_write().unwrap(), WriteStart::Ok);
        assert_eq!(two.view().max_frame, 1);
        assert_eq!(cluster.log().metadata().unwrap().len(), wal::frame_offset(2, PAGE as u32));
        two.end_write().unwrap();
    }

    #[test]
    fn who_waits_for_one_that_does_not_go_on_gives_up_and_his_frames_stay_with_the_group() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let (mut two, mut three) = (cluster.connect(), cluster.connect());
        append(&mut one, 3, 3);
        // Another connection has S and does not go on.
        assert!(one.entry.take_sync(true).unwrap());
        two.set_patience(Duration::from_secs(1));
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        let start = Instant::now();
        let given_up = two.publish_together(&[2], cluster.checksum(4));
        assert!(matches!(given_up, Err(Error::OutcomeUnknown)), "{given_up:?}");
        assert!((1000..3000).contains(&start.elapsed().as_millis()));
        two.end_write().unwrap();
        two.end_read();
        // Who has built on it and has nothing of his own to lose may try again.
        three.set_patience(Duration::from_secs(1));
        let words = three.entry.region.words();
        words.store64(at::SHARED_SINCE, crate::turns::monotonic_ms());
        assert!(three.reserve_writer(NOW, true).unwrap());
        three.begin_read().unwrap();
        three.begin_write().unwrap();
        assert!(matches!(three.end_write(), Err(Error::Busy)));
        three.end_read();
        assert_eq!(one.entry.region.words().load64(at::MAX_FRAME), 1);
        // He goes on, and what was given up is published with the rest.
        one.entry.end_sync();
        one.await_base_of(3);
        one.entry.release_share();
        assert_eq!(one.entry.region.words().load64(at::MAX_FRAME), 4);
        assert!(two.reserve_writer(NOW, false).unwrap());
        two.begin_read().unwrap();
        assert_eq!((two.view().max_frame, two.find_frame(2)), (4, 4));
        two.end_write().unwrap();
    }

    #[test]
    fn who_has_no_patience_depends_on_nobody() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        two.set_patience(Duration::from_millis(999));
        append(&mut one, 2, 2);
        assert!(!two.reserve_writer(Duration::from_millis(2), true).unwrap());
        one.await_base_of(2);
        one.entry.release_share();
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        let words = two.entry.region.words();
        words.store32(at::WRITER_WAITERS, 1);
        words.store32(at::COMPANY, 3);
        assert!(!two.shares_sync(1).unwrap());
        two.set_patience(Duration::from_secs(1));
        assert!(two.shares_sync(1).unwrap());
        assert!(!two.shares_sync(at::PENDING_SLOTS + 1).unwrap(), "too large");
        two.end_write().unwrap();
    }

    #[test]
    fn a_large_commit_that_has_joined_waits_to_be_alone() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        let large = at::PENDING_SLOTS;
        assert!(two.shares_sync(large).unwrap(), "it goes with the others where they take long");
        let publishing = std::thread::spawn(move || {
            one.await_base_of(3);
            one.entry.release_share();
            one
        });
        assert!(!two.shares_sync(large).unwrap());
        let _one = publishing.join().unwrap();
        assert!(!two.publish_commit(&[2], cluster.checksum(4)).unwrap());
        two.end_write().unwrap();
        two.end_read();
        assert_eq!(Tail::load(two.entry.region.words()), Tail { frame: 4, count: 4 });
        two.begin_read().unwrap();
        assert_eq!((two.find_frame(2), two.find_frame(3)), (4, 3));
    }

    #[test]
    fn what_a_joined_transaction_would_have_built_on_is_forgotten_where_it_does_not_begin() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        // Strangers have all the slots, also the one that is kept for the next reader here.
        let words = one.entry.region.words();
        let tshm = File::options().read(true).write(true).open(format!("{}-tshm", cluster.path));
        let strangers = tshm.unwrap();
        let take = || {
            for slot in (0..at::READER_SLOTS).filter(|slot| reader_slots::claim_bit(words, *slot)) {
                let byte = Range::byte(at::reader_byte(slot));
                assert!(locks::try_lock(&strangers, LockKind::Exclusive, byte).unwrap());
            }
        };
        take();
        one.entry.pins().release_all(&one.entry.region);
        take();
        assert!(two.reserve_writer(NOW, true).unwrap());
        assert_eq!(two.begin_read().unwrap(), ReadStart::Busy);
        two.end_write().unwrap();
        drop(strangers);
        (0..at::READER_SLOTS).for_each(|slot| reader_slots::return_bit(words, slot));
        one.entry.release_share();
        two.begin_read().unwrap();
        assert_eq!((two.view().max_frame, two.find_frame(1)), (1, 1));
        assert_eq!((two.find_frame(2), two.find_frame(3)), (0, 0));
        assert_eq!(two.changed_since(0).unwrap(), [1]);
        two.end_read();
    }

    #[test]
    fn the_map_knows_what_a_commit_was_built_on_that_another_process_has_published() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        for is_large in [true, false] {
            let (cluster, mut one) = cluster(&FRAMES, 1);
            let mut two = cluster.connect();
            append(&mut one, 3, 3);
            assert!(two.reserve_writer(NOW, true).unwrap());
            two.begin_read().unwrap();
            two.begin_write().unwrap();
            one.await_base_of(3);
            {
                // Both are of one process here; another one would not have told the map.
                let mut map = two.entry.map_mut();
                let generation = map.generation();
                map.reset(generation);
                assert!(map.supply(1, &[1]));
                map.advance(Mark { frame: 1, sums: cluster.checksum(1), time: 0 });
            }
            one.entry.release_share();
            if is_large {
                assert!(!two.shares_sync(at::PENDING_SLOTS + 1).unwrap());
                assert!(!two.publish_commit(&[2], cluster.checksum(4)).unwrap());
                two.end_write().unwrap();
            } else {
                assert!(two.shares_sync(1).unwrap());
                two.publish_together(&[2], cluster.checksum(4)).unwrap();
            }
            two.end_read();
            two.begin_read().unwrap();
            assert_eq!((two.view().max_frame, two.missing_frames()), (4, None));
            assert_eq!((two.find_frame(1), two.find_frame(2), two.find_frame(3)), (1, 4, 3));
            two.end_read();
        }
    }

    #[test]
    fn a_large_commit_whose_base_was_left_by_the_dead_takes_it_along() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        // As if its process had been killed.
        one.entry.release_share();
        assert!(two.shares_sync(at::PENDING_SLOTS).unwrap());
        let mut three = cluster.connect();
        two.publish_together(&[2], cluster.checksum(4)).unwrap();
        two.end_read();
        three.begin_read().unwrap();
        assert_eq!((three.view().max_frame, three.view().transaction_count), (4, 4));
        assert_eq!((three.find_frame(2), three.find_frame(3)), (4, 3));
        three.end_read();
        assert!(!three.entry.has_peers());
        assert!(three.reserve_writer(NOW, false).unwrap());
        three.end_write().unwrap();
    }

    #[test]
    fn a_large_commit_whose_base_could_not_be_synced_fails() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        two.begin_write().unwrap();
        one.entry.region.words().store32(at::SYNC_FAILED, 1);
        one.entry.release_share();
        assert!(matches!(two.shares_sync(at::PENDING_SLOTS), Err(Error::Disk { .. })));
        two.end_write().unwrap();
        two.end_read();
        assert!(two.reserve_writer(NOW, true).unwrap());
        two.begin_read().unwrap();
        assert_eq!(two.begin_write().unwrap(), WriteStart::Ok);
        assert_eq!((two.view().max_frame, cluster.log().metadata().unwrap().len()), (1, 568));
        two.end_write().unwrap();
    }

    #[test]
    fn a_damaged_end_of_the_log_is_an_error_and_no_panic() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        for end in [0, 1, 2, u64::from(u32::MAX)] {
            let (_cluster, mut one) = cluster(&FRAMES, 1);
            append(&mut one, 3, 3);
            Tail { frame: end, count: 9 }.store(one.entry.region.words());
            let files = one.shared_files().unwrap();
            let (generation, sums) = (one.view.generation(), (0, 0));
            let permit = one.ask().unwrap();
            let goal =
                Goal { permit: &permit, files: &files, generation, frame: 3, pgnos: &[], sums };
            assert!(one.entry.await_published(&goal, NOW).is_err(), "{end}");
            assert_eq!(one.entry.region.words().load64(at::SYNC_HOLDER), 0);
            one.entry.release_share();
        }
    }

    #[test]
    fn a_pending_frame_that_is_not_there_is_an_error() {
        // With classic locks nobody shares.
        if is_classic() {
            return;
        }
        let (cluster, mut one) = cluster(&FRAMES, 1);
        let mut two = cluster.connect();
        append(&mut one, 3, 3);
        cluster.log().write_all_at(&[0; 24], wal::frame_offset(3, PAGE as u32)).unwrap();
        assert!(two.reserve_writer(NOW, true).unwrap());
        assert!(matches!(two.begin_read(), Err(Error::Corrupt(_))));
        two.end_write().unwrap();
        one.entry.release_share();
    }

    impl Connection {
        fn await_base_of(&self, frame: u64) {
            let files = self.shared_files().unwrap();
            let goal = Goal {
                permit: &self.ask().unwrap(),
                files: &files,
                generation: self.view.generation(),
                frame,
                pgnos: &[],
                sums: (0, 0),
            };
            self.entry.await_published(&goal, self.patience).unwrap();
        }
    }
}
