//! Commits that were undone (`history`), as a transaction finds out.
//!
//! A transaction that is open when it happens, in a process that nothing else tells, looks at the same evidence as soon as the
//! snapshot has moved (`is_base_standing`), but reads the log only if a peer was met, or if a frame turns out to hold another page.

use crate::connection::connection::Connection;
use crate::format::layout as at;
use crate::format::snapshot::{self, Snapshot};
use crate::format::tail::Tail;
use crate::format::words::Words;
use crate::shared::frame_map::Mark;

impl Connection {
    /// Commits that this process knew of were undone since the transaction began, or something that it rests on.
    #[inline]
    pub(crate) fn is_base_standing(&self) -> bool {
        if self.entry.undone() != self.base.undone {
            return false;
        }
        let words = self.entry.region.words();
        snapshot::sequence(words) == self.base.sequence.get() || self.look_at_base()
    }

    /// The snapshot has moved since it was last looked at.
    fn look_at_base(&self) -> bool {
        let words = self.entry.region.words();
        // Being published just now: then the next look finds out.
        let Some((now, sequence)) = snapshot::try_read(words) else { return true };
        let base = &self.base.snapshot;
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
            self.base.sequence.set(sequence);
        }
        stands
    }

    /// Since the transaction began, a peer of another kind was met, or the end of the log is not one that this engine has left.
    fn may_have_peers(&self, now: &Snapshot) -> bool {
        let words = self.entry.region.words();
        let tail = Tail::load(words);
        let is_ours = tail == Tail::of(now) || tail.frame > now.max_frame;
        self.entry.region.is_shared()
            && (!is_ours || words.load64(at::PEER_SEEN) != self.base.peer_seen)
    }

    /// As `is_pin_intact`, and certain of it: for one who has read what cannot be.
    pub fn is_pin_proven(&self) -> bool {
        if !self.is_pin_intact() {
            return false;
        }
        let words = self.entry.region.words();
        let Some((now, _)) = snapshot::try_read(words) else { return false };
        let mark = Mark {
            frame: self.base.snapshot.max_frame,
            sums: sums_of(&self.base.snapshot),
            time: 0,
        };
        now.generation() == self.base.snapshot.generation()
            && self.entry.is_continued(mark, &now, None)
    }
}

fn sums_of(snapshot: &Snapshot) -> (u32, u32) {
    (snapshot.checksum1, snapshot.checksum2)
}

#[cfg(test)]
mod tests {
    use crate::connection::connection::Connection;
    use crate::connection::state::{ReadStart, WriteStart};
    use crate::error::Error;
    use crate::format::frame_index;
    use crate::format::snapshot::{self, Generation, Snapshot};
    use crate::format::tail::Tail;
    use crate::shared::entry::{Entry, Held};
    use crate::testing::Cluster;

    /// Page, and page count after a commit. The last two commits are going to be undone.
    const KNOWN: [(u32, u32); 6] = [(1, 9), (2, 9), (3, 0), (4, 9), (5, 9), (6, 9)];
    /// What is left.
    const KEPT: usize = 4;

    /// A database with `KNOWN` in its log, all of it published, and a connection that knows it.
    fn cluster() -> (Cluster, Connection) {
        let (cluster, first) = Cluster::new(&KNOWN, KNOWN.len());
        Tail::of(&first.read.view).store(first.entry.region.words());
        (cluster, first)
    }

    impl Cluster {
        /// A peer's repair puts the authority back to what was kept.
        fn put_back(&self, entry: &Entry) {
            let state = self.state(&KNOWN[..KEPT]);
            entry.region.trim_index(KEPT as u64, true).unwrap();
            snapshot::publish(entry.region.words(), |snapshot| *snapshot = state).unwrap();
        }

        /// Then a peer commits `pgnos`, a frame each.
        fn write_over(&self, entry: &Entry, pgnos: &[u32]) -> Snapshot {
            let frames: Vec<(u32, u32)> =
                KNOWN[..KEPT].iter().copied().chain(pgnos.iter().map(|pgno| (*pgno, 9))).collect();
            self.write_log(&frames);
            let state = self.state(&frames);
            entry.region.append_index(state.generation(), KEPT as u64 + 1, pgnos);
            snapshot::publish(entry.region.words(), |snapshot| *snapshot = state).unwrap();
            state
        }
    }

    #[test]
    fn whatever_was_written_over_undone_commits_is_seen() {
        for pgnos in [[7].as_slice(), &[7, 8], &[7, 5], &[7, 8, 7, 8]] {
            let (cluster, mut one) = cluster();
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
            let (cluster, mut one) = cluster();
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
        let (cluster, mut one) = cluster();
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
        let (cluster, mut one) = cluster();
        cluster.put_back(&one.entry);
        one.begin_read().unwrap();
        assert_eq!((one.view().max_frame, one.view().transaction_count), (6, 5));
        assert_eq!((one.find_frame(6), one.undone()), (6, 0));
    }

    #[test]
    fn undone_commits_that_only_the_log_knows_survive_the_end_of_a_lease() {
        let (cluster, one) = cluster();
        cluster.put_back(&one.entry);
        one.entry.map_mut().reset(Generation::default());
        let held = Held { writer: true, checkpointer: true, ..Held::default() };
        one.entry.recover_rest(held).unwrap();
        assert_eq!(snapshot::read(one.entry.region.words()).unwrap().0.max_frame, 6);
    }

    #[test]
    fn a_checkpoint_does_not_publish_what_was_undone_under_it() {
        let (cluster, mut one) = cluster();
        assert!(
            one.begin_checkpoint(crate::connection::checkpointing::CheckpointMode::Passive)
                .unwrap()
        );
        cluster.put_back(&one.entry);
        cluster.write_over(&one.entry, &[7, 8, 7, 8]);
        assert!(matches!(one.publish_backfill(6, &[0; 100]), Err(Error::Protocol(_))));
        one.end_checkpoint();
        assert!(
            one.begin_checkpoint(crate::connection::checkpointing::CheckpointMode::Passive)
                .unwrap()
        );
        assert_eq!(one.latest_frames(5, 8).unwrap(), [(7, 7), (8, 8)]);
        one.publish_backfill(8, &[0; 100]).unwrap();
        one.end_checkpoint();
        assert_eq!(frame_index::len(one.entry.region.words()), 8);
    }

    #[test]
    fn the_log_is_not_read_where_nobody_can_have_written_over_it() {
        let (cluster, one) = cluster();
        let mark = one.entry.map().mark();
        let later = Snapshot { max_frame: 9, ..one.read.view };
        assert!(one.entry.is_continued(mark, &later, None));
        cluster.write_log(&[(1, 9), (2, 9), (3, 9), (7, 9), (7, 9), (7, 9)]);
        assert!(!one.entry.is_continued(mark, &later, None));
        assert!(one.entry.is_continued(mark, &later, Some(mark.time - 1)));
        assert!(!one.entry.is_continued(mark, &later, Some(mark.time)));
    }
}
