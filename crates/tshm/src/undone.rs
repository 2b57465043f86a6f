//! Commits that were undone.
//!
//! A peer of another kind that joins may install the snapshot that it read some time before, and commits that were published in
//! between are no longer there (TSHM v1 §7.3). Their frames are still in the log, until somebody appends: over them. What this process knew
//! of them, in its map, in page caches, in open transactions, is then wrong, although nothing got shorter in the end.
//!
//! The checksum after a frame depends on all frames before it. So the map keeps a *mark*, the furthest point it knows to have
//! been published, with its checksum, and a snapshot of the same generation is compared with that:
//!
//! ```text
//! snapshot ends     evidence                                          if it speaks against the mark
//! before the mark   that it does, seen after the mark was looked at   roll forward, as far as the log still has the frames
//! at the mark       its checksum                                      the map begins anew
//! beyond it         the header of the mark's frame, in the log        the map begins anew
//! ```
//!
//! The last costs a short read, where others have committed since. A writer who has joined others needs none: while byte 1
//! is held nobody overwrites anything.
//!
//! When the map begins anew, `Entry::undone` moves. It is part of what a page cache remembers of its state, so that such
//! a cache is dropped whole; and a transaction that began before is refused.
//!
//! A transaction that is open when it happens, in a process that nothing else tells, looks at the same evidence as soon as the
//! snapshot has moved (`is_base_standing`), but reads the log only if a peer was met, or if a frame turns out to hold another page.

use std::sync::atomic::Ordering;

use crate::connection::Connection;
use crate::entry::{Entry, Held, REPAIR_PATIENCE};
use crate::error::{Error, Result};
use crate::frame_map::{FrameMap, Mark};
use crate::group::Tail;
use crate::layout as at;
use crate::snapshot::{self, Generation, Snapshot};
use crate::wal;
use crate::words::Words;

impl Entry {
    /// How often this process has found that commits it knew of were undone.
    #[inline]
    pub fn undone(&self) -> u32 {
        // Acquire: who sees the number sees that the map has begun anew.
        self.undone.load(Ordering::Acquire)
    }

    /// What the map knows is not so.
    pub(crate) fn forget(&self, map: &mut FrameMap) {
        map.reset(map.generation());
        self.undone.fetch_add(1, Ordering::Release);
    }

    /// The authority names fewer frames than this process knows to have been published.
    pub fn has_regressed(&self, now: &Snapshot) -> bool {
        let map = self.map();
        map.generation() == now.generation() && map.mark().frame > now.max_frame
    }

    /// The state `now`, not before the mark in its generation, includes it.
    pub(crate) fn is_continued(
        &self,
        mark: Mark,
        now: &Snapshot,
        unbroken_since: Option<u64>,
    ) -> bool {
        if mark.frame == 0 || !self.region.is_shared() {
            return true;
        }
        if now.max_frame <= mark.frame {
            return now.max_frame == mark.frame && mark.sums == (now.checksum1, now.checksum2);
        }
        unbroken_since.is_some_and(|since| mark.time > since)
            || self.log_holds(mark.frame, mark.sums, now.page_size)
    }

    /// A published frame of the log has this checksum. True also where there is none, or no log to look into.
    fn log_holds(&self, frame: u64, sums: (u32, u32), page_size: u32) -> bool {
        if frame == 0 {
            return true;
        }
        let Ok(Some(files)) = self.files_with_log() else { return true };
        let Some(log) = &files.wal else { return true };
        let header = wal::read_frame_header(log, frame, page_size);
        matches!(header, Ok(Some(header)) if header.checksum == sums)
    }

    /// The authority names fewer frames than this process has seen of the generation: a peer's repair has undone
    /// commits. They are still in the log, unless somebody has written over them, so they are
    /// made visible again. (TSHM v1 §7.3, §4.20.4.)
    pub fn recover_undone(&self, held: Held) -> Result<()> {
        let (generation, mark) = {
            let map = self.map();
            (map.generation(), map.mark())
        };
        // Only what the authority says *after* the map was looked at can show it.
        let (now, _) = self.read_snapshot(held)?;
        if now.generation() != generation || now.max_frame >= mark.frame {
            return Ok(());
        }
        if !held.writer && self.take_writer_alone(REPAIR_PATIENCE)?.is_none() {
            // Whoever holds the lock looks for leftovers himself. What we know can no longer be relied on.
            self.forget(&mut self.map_mut());
            return Ok(());
        }
        let _writer = (!held.writer).then(|| self.on_leave(Entry::release_writer));
        self.roll_forward(Held { writer: true, ..held }, generation, mark)
    }

    /// Under the writer's lock.
    fn roll_forward(&self, held: Held, generation: Generation, mark: Mark) -> Result<()> {
        let (now, _) = self.read_snapshot(held)?;
        if now.generation() != generation || now.max_frame >= mark.frame {
            return Ok(());
        }
        if !self.publish_rest(held, &now, mark)? {
            self.forget(&mut self.map_mut());
        }
        Ok(())
    }

    /// Alone, with both locks: publishes whatever commits the log has beyond its published part.
    pub(crate) fn recover_rest(&self, held: Held) -> Result<()> {
        // What nobody could sync never happened.
        if self.region.words().load32(at::SYNC_FAILED) != 0 {
            return Ok(());
        }
        self.recover_undone(held)?;
        let (now, _) = self.read_snapshot(held)?;
        let mark = {
            let map = self.map();
            if map.generation() == now.generation() { map.mark() } else { Mark::default() }
        };
        self.publish_rest(held, &now, mark).map(|_| ())
    }

    /// Publishes the commits that follow `now` in the log. True: all that was known is among them.
    fn publish_rest(&self, held: Held, now: &Snapshot, mark: Mark) -> Result<bool> {
        let Some(files) = self.files_with_log()? else { return Ok(false) };
        let Some(log) = &files.wal else { return Ok(false) };
        // What nobody could sync never happened; its authors were told so.
        if self.region.words().load32(at::SYNC_FAILED) != 0 {
            return Ok(false);
        }
        let io = || Error::io("reading the log to recover commits");
        let Some(header) = wal::read_header(log).map_err(io())? else { return Ok(false) };
        let of_header = Generation {
            checkpoint_seq: header.checkpoint_seq,
            salt1: header.salt1,
            salt2: header.salt2,
        };
        if of_header != now.generation() {
            return Ok(false);
        }
        let chain =
            if now.max_frame == 0 { header.checksum } else { (now.checksum1, now.checksum2) };
        let scan = wal::scan(log, &header, now.max_frame + 1, chain).map_err(io())?;
        if scan.commits == 0 {
            return Ok(false);
        }
        self.sync_log(&self.ask(&files)?, log)?;
        let end = now.max_frame + scan.pgnos.len() as u64;
        let is_whole = end >= mark.frame && self.log_holds(mark.frame, mark.sums, header.page_size);
        if !is_whole {
            self.forget(&mut self.map_mut());
        }
        self.publish_frames(held, now, &scan.pgnos, scan.commits, scan.checksum)?;
        Ok(true)
    }
}

impl Connection {
    /// Commits that this process knew of were undone since the transaction began, or something that it rests on.
    #[inline]
    pub(crate) fn is_base_standing(&self) -> bool {
        if self.entry.undone() != self.undone {
            return false;
        }
        let words = self.entry.region.words();
        snapshot::sequence(words) == self.base_sequence.get() || self.look_at_base()
    }

    /// The snapshot has moved since it was last looked at.
    fn look_at_base(&self) -> bool {
        let words = self.entry.region.words();
        // Being published just now: then the next look finds out.
        let Some((now, sequence)) = snapshot::try_read(words) else { return true };
        let base = &self.base;
        // Another generation is either this transaction's own, or noticed elsewhere.
        let stands = now.generation() != base.generation()
            || if now.max_frame <= base.max_frame {
                now.max_frame == base.max_frame
                    && (base.max_frame == 0 || sums_of(&now) == sums_of(base))
            } else {
                base.max_frame == 0
                    || !self.may_have_peers(&now)
                    || self.entry.log_holds(base.max_frame, sums_of(base), base.page_size)
            };
        if stands {
            self.base_sequence.set(sequence);
        }
        stands
    }

    /// Since the transaction began, a peer of another kind was met, or the end of the log is not one that this engine has left.
    fn may_have_peers(&self, now: &Snapshot) -> bool {
        let words = self.entry.region.words();
        let tail = Tail::load(words);
        let is_ours = tail == Tail::of(now) || tail.frame > now.max_frame;
        self.entry.region.is_shared()
            && (!is_ours || words.load64(at::PEER_SEEN) != self.base_peer_seen)
    }

    /// As `is_pin_intact`, and certain of it: for one who has read what cannot be.
    pub fn is_pin_proven(&self) -> bool {
        if !self.is_pin_intact() {
            return false;
        }
        let words = self.entry.region.words();
        let Some((now, _)) = snapshot::try_read(words) else { return false };
        let mark = Mark { frame: self.base.max_frame, sums: sums_of(&self.base), time: 0 };
        now.generation() == self.base.generation() && self.entry.is_continued(mark, &now, None)
    }
}

fn sums_of(snapshot: &Snapshot) -> (u32, u32) {
    (snapshot.checksum1, snapshot.checksum2)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::connection::{ReadStart, WriteStart};
    use crate::frame_index;
    use crate::registry::{OpenOptions, open};
    use crate::wal::tests::{PAGE, compose};

    const SALTS: (u32, u32) = (11, 12);
    /// Page, and page count after a commit. The last two commits are going to be undone.
    const KNOWN: [(u32, u32); 6] = [(1, 9), (2, 9), (3, 0), (4, 9), (5, 9), (6, 9)];
    /// What is left.
    const KEPT: usize = 4;

    struct Cluster {
        _folder: tempfile::TempDir,
        path: String,
    }

    impl Cluster {
        /// A database with `KNOWN` in its log, all of it published, and a connection that knows it.
        fn new() -> (Cluster, Connection) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.db").display().to_string();
            std::fs::write(&path, vec![1; PAGE * 9]).unwrap();
            let cluster = Cluster { _folder: folder, path };
            cluster.write_log(&KNOWN);
            let mut first = cluster.connect();
            let pgnos: Vec<u32> = KNOWN.iter().map(|frame| frame.0).collect();
            first.install(&cluster.state(&KNOWN, 5), &pgnos).unwrap();
            first.finish_open().unwrap();
            Tail::of(&first.view).store(first.entry.region.words());
            (cluster, first)
        }

        fn connect(&self) -> Connection {
            open(&OpenOptions {
                path: self.path.clone(),
                multiprocess: true,
                readonly: false,
                create: false,
                timeout: Duration::ZERO,
            })
            .unwrap()
        }

        fn write_log(&self, frames: &[(u32, u32)]) {
            let bytes = compose(0, SALTS, frames);
            let path = format!("{}-wal", self.path);
            // What is longer keeps its end, as when a writer appends over it.
            let old = std::fs::read(&path).unwrap_or_default();
            let rest = old.get(bytes.len()..).unwrap_or_default();
            let log = std::fs::File::options().write(true).create(true).truncate(false).open(path);
            std::os::unix::fs::FileExt::write_all_at(&log.unwrap(), &[&bytes, rest].concat(), 0)
                .unwrap();
        }

        /// The snapshot at the end of `frames`, which begin like those of the log.
        fn state(&self, frames: &[(u32, u32)], commits: u64) -> Snapshot {
            let log = std::fs::File::open(format!("{}-wal", self.path)).unwrap();
            let frame = frames.len() as u64;
            let header = wal::read_frame_header(&log, frame, PAGE as u32).unwrap().unwrap();
            Snapshot {
                max_frame: frame,
                transaction_count: commits,
                visibility_generation: commits,
                page_size: PAGE as u32,
                salt1: SALTS.0,
                salt2: SALTS.1,
                checksum1: header.checksum.0,
                checksum2: header.checksum.1,
                ..Snapshot::default()
            }
        }

        /// A peer's repair puts the authority back to what was kept.
        fn put_back(&self, entry: &Entry) {
            let state = self.state(&KNOWN[..KEPT], 3);
            entry.region.trim_index(KEPT as u64, true).unwrap();
            snapshot::publish(entry.region.words(), |snapshot| *snapshot = state).unwrap();
        }

        /// Then a peer commits `pgnos`, a frame each.
        fn write_over(&self, entry: &Entry, pgnos: &[u32]) -> Snapshot {
            let frames: Vec<(u32, u32)> =
                KNOWN[..KEPT].iter().copied().chain(pgnos.iter().map(|pgno| (*pgno, 9))).collect();
            self.write_log(&frames);
            let state = self.state(&frames, 3 + pgnos.len() as u64);
            entry.region.append_index(state.generation(), KEPT as u64 + 1, pgnos);
            snapshot::publish(entry.region.words(), |snapshot| *snapshot = state).unwrap();
            state
        }
    }

    #[test]
    fn whatever_was_written_over_undone_commits_is_seen() {
        for pgnos in [[7].as_slice(), &[7, 8], &[7, 5], &[7, 8, 7, 8]] {
            let (cluster, mut one) = Cluster::new();
            assert_eq!(one.begin_read().unwrap(), ReadStart::Changed);
            assert_eq!((one.find_frame(5), one.find_frame(6)), (5, 6));
            one.end_read();
            cluster.put_back(&one.entry);
            let state = cluster.write_over(&one.entry, pgnos);
            assert_eq!(one.begin_read().unwrap(), ReadStart::Changed);
            assert_eq!((*one.view(), one.undone()), (state, 1), "{pgnos:?}");
            for pgno in 1..9 {
                let newest = pgnos.iter().rposition(|page| *page == pgno).map(|i| KEPT + i);
                let frame = newest.or((pgno < 5).then(|| pgno as usize - 1)).map_or(0, |i| i + 1);
                assert_eq!(one.find_frame(pgno), frame as u64, "page {pgno} of {pgnos:?}");
            }
            assert!(one.is_pin_intact());
            // Fewer frames than were undone leave the rest of them behind the end.
            let has_rest = pgnos.len() < KNOWN.len() - KEPT;
            let start = if has_rest { WriteStart::Leftover } else { WriteStart::Ok };
            assert_eq!(one.begin_write().unwrap(), start);
            one.end_write().unwrap();
        }
    }

    #[test]
    fn a_transaction_that_saw_undone_commits_is_refused() {
        for pgnos in [[7].as_slice(), &[7, 8], &[7, 8, 7, 8]] {
            let (cluster, mut one) = Cluster::new();
            let mut two = cluster.connect();
            one.begin_read().unwrap();
            assert!(one.is_pin_intact());
            cluster.put_back(&one.entry);
            cluster.write_over(&one.entry, pgnos);
            assert!(!one.is_pin_intact(), "{pgnos:?}");
            one.end_read();
            one.begin_read().unwrap();
            assert!(one.is_pin_intact());
            assert!(one.is_pin_proven());
            two.begin_read().unwrap();
            assert!(two.is_pin_intact());
        }
    }

    #[test]
    fn a_transaction_is_refused_once_its_process_knows() {
        let (cluster, mut one) = Cluster::new();
        let mut two = cluster.connect();
        one.begin_read().unwrap();
        cluster.put_back(&one.entry);
        let state = cluster.write_over(&one.entry, &[7, 8, 7, 8]);
        // Were a writer of ours to follow before the transaction looks, nothing but the log would tell.
        Tail::of(&state).store(one.entry.region.words());
        assert!(one.is_pin_intact());
        assert!(!one.is_pin_proven());
        two.begin_read().unwrap();
        assert!(!one.is_pin_intact());
        assert!(two.is_pin_proven());
    }

    #[test]
    fn commits_that_are_still_in_the_log_are_made_visible_again() {
        let (cluster, mut one) = Cluster::new();
        cluster.put_back(&one.entry);
        one.begin_read().unwrap();
        assert_eq!((one.view().max_frame, one.view().transaction_count), (6, 5));
        assert_eq!((one.find_frame(6), one.undone()), (6, 0));
    }

    #[test]
    fn undone_commits_that_only_the_log_knows_survive_the_end_of_a_lease() {
        let (cluster, one) = Cluster::new();
        cluster.put_back(&one.entry);
        one.entry.map_mut().reset(Generation::default());
        let held = Held { writer: true, checkpointer: true, ..Held::default() };
        one.entry.recover_rest(held).unwrap();
        assert_eq!(snapshot::read(one.entry.region.words()).unwrap().0.max_frame, 6);
    }

    #[test]
    fn a_checkpoint_does_not_publish_what_was_undone_under_it() {
        let (cluster, mut one) = Cluster::new();
        assert!(one.begin_checkpoint(crate::checkpointing::CheckpointMode::Passive).unwrap());
        cluster.put_back(&one.entry);
        cluster.write_over(&one.entry, &[7, 8, 7, 8]);
        assert!(matches!(one.publish_backfill(6, &[0; 100]), Err(Error::Protocol(_))));
        one.end_checkpoint();
        assert!(one.begin_checkpoint(crate::checkpointing::CheckpointMode::Passive).unwrap());
        assert_eq!(one.latest_frames(5, 8).unwrap(), [(7, 7), (8, 8)]);
        one.publish_backfill(8, &[0; 100]).unwrap();
        one.end_checkpoint();
        assert_eq!(frame_index::len(one.entry.region.words()), 8);
    }

    #[test]
    fn the_log_is_not_read_where_nobody_can_have_written_over_it() {
        let (cluster, one) = Cluster::new();
        let mark = one.entry.map().mark();
        let later = Snapshot { max_frame: 9, ..one.view };
        assert!(one.entry.is_continued(mark, &later, None));
        cluster.write_log(&[(1, 9), (2, 9), (3, 9), (7, 9), (7, 9), (7, 9)]);
        assert!(!one.entry.is_continued(mark, &later, None));
        assert!(one.entry.is_continued(mark, &later, Some(mark.time - 1)));
        assert!(!one.entry.is_continued(mark, &later, Some(mark.time)));
    }
}
