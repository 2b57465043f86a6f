//! A commit in one go: its frames are composed, written, synced and published.
//!
//! Storage can do all of it with single calls, and does so for large transactions. For small ones the calls are most of the cost.

use crate::connection::connection::Connection;
use crate::connection::state::Stage;
use crate::error::{Error, Result};
use crate::log::frame::{FrameKind, check_room, encode, frame_offset, frame_size};
use crate::shared::gate::Permit;

/// The frames of a commit.
#[derive(Clone, Copy)]
pub struct Commit<'a> {
    pub pgnos: &'a [u32],
    /// Pages in the database from here on.
    pub page_count: u32,
    pub big_endian_words: bool,
    /// Whether it is durable before anybody hears of it.
    pub is_synced: bool,
}

impl Connection {
    /// Commits the pages that stand in `room`, each behind the space for its header. True: the proof of what is backfilled should
    /// be renewed; otherwise the transaction is over. After an error `commit_stage` says how far it came.
    pub fn commit_frames(&mut self, room: &mut [u8], commit: Commit<'_>) -> Result<bool> {
        let (permit, sums) = self.write_commit(room, commit)?;
        if commit.is_synced && self.entry.is_multiprocess && self.shares_sync(commit.pgnos.len())? {
            self.stage = Stage::Publishing;
            self.publish_pages_together(&permit, commit.pgnos, commit.page_count, sums)?;
        } else {
            if commit.is_synced {
                let files = self.shared_files();
                let log = files.as_ref().and_then(|files| files.wal.as_ref());
                self.entry.sync_log(&permit, log.ok_or(Error::ReadOnly)?)?;
            }
            self.stage = Stage::Publishing;
            if self.publish_commit(commit.pgnos, sums)? {
                return Ok(true);
            }
            self.end_write()?;
        }
        self.end_read();
        Ok(false)
    }

    /// Composes the frames, and writes them. Answers the checksums at their end.
    pub(super) fn write_commit(
        &mut self,
        room: &mut [u8],
        commit: Commit<'_>,
    ) -> Result<(Permit<'static>, (u32, u32))> {
        self.stage = Stage::Begun;
        self.check_writing()?;
        check_room(self.read.view.max_frame, commit.pgnos.len())?;
        let permit = self.ask_to_write()?;
        let files = self.shared_files();
        let log = files.as_ref().and_then(|files| files.wal.as_ref()).ok_or(Error::ReadOnly)?;
        let view = *self.view();
        let Some(frames) = room.get_mut(..commit.pgnos.len() * frame_size(view.page_size)) else {
            return Err(Error::Misuse("the frames of a commit fit into their room"));
        };
        let kind = FrameKind {
            salt1: view.salt1,
            salt2: view.salt2,
            big_endian_words: commit.big_endian_words,
        };
        let sums =
            encode(frames, commit.pgnos, commit.page_count, kind, (view.checksum1, view.checksum2));
        self.stage = Stage::Written;
        log.write(&permit, frames, frame_offset(view.max_frame + 1, view.page_size))?;
        Ok((permit, sums))
    }

    /// How far the last `commit_frames` came.
    pub fn commit_stage(&self) -> Stage {
        self.stage
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::connection::state::{Begun, FrameRead, ReadStart, Stage, WriteStart};
    use crate::log::wal;
    use crate::testing::Cluster;
    use crate::testing::PAGE;

    /// A connection to a database whose log has frames of pages 1 and 2, both committed.
    fn cluster() -> (Cluster, Connection) {
        Cluster::new(&[(1, 1), (2, 2)], 2)
    }

    #[test]
    fn what_one_call_commits_another_one_reads() {
        for is_synced in [false, true] {
            let (cluster, mut one) = cluster();
            let begun = one.begin_transaction(Duration::ZERO, is_synced).unwrap();
            assert!(matches!(begun, Begun::Both(_, WriteStart::Ok)), "{begun:?}");
            let mut room = vec![7; 2 * (24 + PAGE)];
            room[24 + PAGE + 24..].fill(8);
            let pgnos = [3, 2];
            let commit =
                Commit { pgnos: &pgnos, page_count: 4, big_endian_words: false, is_synced };
            assert!(!one.commit_frames(&mut room, commit).unwrap());
            assert!(!one.entry.is_writer_busy());

            one.begin_read().unwrap();
            let mut read = vec![0; 24 + PAGE];
            assert_eq!(one.read_frame(3, &mut read).unwrap(), FrameRead::Found);
            assert!(read[24..].iter().all(|byte| *byte == 7));
            assert_eq!(one.read_frame(2, &mut read).unwrap(), FrameRead::Found);
            assert!(read[24..].iter().all(|byte| *byte == 8));
            assert_eq!(one.read_frame(4, &mut read).unwrap(), FrameRead::InDatabase);
            assert_eq!(one.read_frame(2, &mut read[1..]).unwrap(), FrameRead::Doubtful);
            one.end_read();
            // The chain goes on: recovery finds all of it.
            let log = File::open(format!("{}-wal", cluster.path)).unwrap();
            let header = wal::read_header(&log).unwrap().unwrap();
            let scan = wal::scan(&log, &header, 1, header.checksum).unwrap();
            assert_eq!(scan.pgnos, [1, 2, 3, 2]);
            assert_eq!(scan.checksum, (one.view().checksum1, one.view().checksum2));
        }
    }

    #[test]
    fn a_reservation_that_finds_another_writer_times_out() {
        let (cluster, mut one) = cluster();
        let mut two = cluster.connect();
        assert!(matches!(one.begin_transaction(Duration::ZERO, false).unwrap(), Begun::Both(..)));
        assert_eq!(two.begin_transaction(Duration::from_millis(3), false).unwrap(), Begun::No);
        one.end_write().unwrap();
        one.end_read();
        assert!(matches!(two.begin_transaction(Duration::ZERO, false).unwrap(), Begun::Both(..)));
    }

    #[test]
    fn a_transaction_that_has_lost_its_snapshot_begins_anew_with_the_lock_that_it_has() {
        let (cluster, mut one) = cluster();
        let mut two = cluster.connect();
        assert!(matches!(one.begin_transaction(Duration::ZERO, false).unwrap(), Begun::Both(..)));
        one.end_read();
        assert_ne!(one.begin_read().unwrap(), ReadStart::Busy);
        assert_eq!(one.begin_write().unwrap(), WriteStart::Ok);
        assert_eq!(two.begin_transaction(Duration::ZERO, false).unwrap(), Begun::No);
        one.end_write().unwrap();
        one.end_read();
        assert!(matches!(two.begin_transaction(Duration::ZERO, false).unwrap(), Begun::Both(..)));
    }

    #[test]
    fn frames_that_do_not_fit_are_refused_before_anything_is_written() {
        let (cluster, mut one) = cluster();
        one.begin_transaction(Duration::ZERO, false).unwrap();
        let before = std::fs::metadata(format!("{}-wal", cluster.path)).unwrap().len();
        let commit =
            Commit { pgnos: &[3], page_count: 4, big_endian_words: false, is_synced: false };
        let refused = one.commit_frames(&mut [0; PAGE], commit);
        assert!(matches!(refused, Err(Error::Misuse(_))));
        assert_eq!(one.commit_stage(), Stage::Begun);
        assert_eq!(std::fs::metadata(format!("{}-wal", cluster.path)).unwrap().len(), before);
    }

    #[test]
    fn a_log_that_has_all_the_frames_it_can_count_is_full() {
        let (cluster, mut one) = cluster();
        one.begin_transaction(Duration::ZERO, false).unwrap();
        let before = std::fs::metadata(format!("{}-wal", cluster.path)).unwrap().len();
        one.read.view.max_frame = u64::from(u32::MAX);
        one.looks.doubts_log.set(false);
        one.looks.at_log.set(Some(Instant::now()));
        let commit =
            Commit { pgnos: &[3], page_count: 4, big_endian_words: false, is_synced: false };
        let refused = one.commit_frames(&mut [0; PAGE + 24], commit);
        assert!(matches!(refused, Err(Error::LogFull)));
        assert_eq!(one.commit_stage(), Stage::Begun);
        assert_eq!(std::fs::metadata(format!("{}-wal", cluster.path)).unwrap().len(), before);
    }
}
