//! Frames, in one go: the page of one is read, those of a commit are composed, written, synced and published.
//!
//! Storage can do all of it with single calls, and does so for large transactions. For small ones the calls are most of the cost.

use std::time::Duration;

use crate::checksum::{FRAME_HEADER_SIZE, FrameKind, encode_frame_header};
use crate::connection::{Connection, ReadStart, WriteStart};
use crate::error::{DiskOperation, Error, Result};
use crate::stored::Source;
use crate::wal;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameRead {
    /// The database file has the page.
    InDatabase,
    /// The frame is in the room.
    Found,
    /// Not what it should be, or the transaction is lost: to be looked into.
    Doubtful,
}

/// What `begin_alone` has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    /// The time was up.
    No,
    /// The writer's lock is reserved, and no reader slot was free.
    Reserved,
    Both(ReadStart, WriteStart),
}

/// How far a commit came.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Stage {
    #[default]
    Begun,
    /// In the log, perhaps in part; nobody knows of it.
    Written,
    /// Whether it counts is no longer for its author to decide.
    Publishing,
}

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
    /// `reserve_writer`, `begin_read` and `begin_write`.
    pub fn begin_alone(&mut self, timeout: Duration, joins: bool) -> Result<Begun> {
        if !self.reserve_writer(timeout, joins)? {
            return Ok(Begun::No);
        }
        let begun = self.begin_reserved();
        if begun.is_err() {
            self.end_read();
            // The first error is the one to tell.
            let _ = self.end_write();
        }
        begun
    }

    fn begin_reserved(&mut self) -> Result<Begun> {
        let start = self.begin_read()?;
        if start == ReadStart::Busy {
            return Ok(Begun::Reserved);
        }
        Ok(Begun::Both(start, self.begin_write()?))
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
            .read_all(room, wal::frame_offset(frame, view.page_size))
            .map_err(Error::disk(DiskOperation::Read))?;
        let is_it = read == size && wal::is_frame_of(room, pgno, (view.salt1, view.salt2));
        let is_lost = self.entry.is_multiprocess && !self.is_pin_intact();
        Ok(if is_it && !is_lost { FrameRead::Found } else { FrameRead::Doubtful })
    }

    /// Commits the pages that stand in `room`, each behind the space for its header. True: the proof of what is backfilled should
    /// be renewed; otherwise the transaction is over. After an error `commit_stage` says how far it came.
    pub fn commit_frames(&mut self, room: &mut [u8], commit: Commit<'_>) -> Result<bool> {
        self.stage = Stage::Begun;
        self.check_writing()?;
        check_room(self.view.max_frame, commit.pgnos.len())?;
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
        let sums = encode(frames, commit, kind, (view.checksum1, view.checksum2));
        self.stage = Stage::Written;
        log.write(&permit, frames, wal::frame_offset(view.max_frame + 1, view.page_size))?;
        if commit.is_synced && self.entry.is_multiprocess && self.shares_sync(commit.pgnos.len())? {
            self.stage = Stage::Publishing;
            self.publish_pages_together(&permit, commit.pgnos, commit.page_count, sums)?;
        } else {
            if commit.is_synced {
                self.entry.sync_log(&permit, log)?;
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

    /// How far the last `commit_frames` came.
    pub fn commit_stage(&self) -> Stage {
        self.stage
    }
}

/// Fills the headers in, and continues the checksum over headers and pages.
fn encode(
    frames: &mut [u8],
    commit: Commit<'_>,
    kind: FrameKind,
    mut sums: (u32, u32),
) -> (u32, u32) {
    let count = commit.pgnos.len();
    let size = frames.len() / count.max(1);
    for (index, (frame, pgno)) in frames.chunks_exact_mut(size).zip(commit.pgnos).enumerate() {
        let page_count = if index + 1 == count { commit.page_count } else { 0 };
        if let Some((header, page)) = frame.split_first_chunk_mut::<FRAME_HEADER_SIZE>() {
            sums = encode_frame_header(header, *pgno, page_count, page, kind, sums);
        }
    }
    sums
}

/// Frames have 32 bits in the word that says where the log ends.
pub(crate) fn check_room(max_frame: u64, count: usize) -> Result<()> {
    if max_frame + count as u64 > u64::from(u32::MAX) { Err(Error::LogFull) } else { Ok(()) }
}

fn frame_size(page_size: u32) -> usize {
    FRAME_HEADER_SIZE + page_size as usize
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::registry::{OpenOptions, open};
    use crate::wal::tests::{PAGE, compose};

    const SALTS: (u32, u32) = (11, 12);

    fn opened(path: &str) -> Connection {
        open(&OpenOptions {
            path: path.into(),
            multiprocess: true,
            readonly: false,
            create: false,
            timeout: Duration::ZERO,
        })
        .unwrap()
    }

    /// A connection to a database whose log has frames of pages 1 and 2, both committed.
    fn connection() -> (tempfile::TempDir, String, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db").display().to_string();
        std::fs::write(&path, vec![1; PAGE * 4]).unwrap();
        let frames = [(1, 1), (2, 2)];
        std::fs::write(format!("{path}-wal"), compose(0, SALTS, &frames)).unwrap();
        let mut one = opened(&path);
        let log = File::open(format!("{path}-wal")).unwrap();
        let header = wal::read_header(&log).unwrap().unwrap();
        let scan = wal::scan(&log, &header, 1, header.checksum).unwrap();
        let fields = crate::Snapshot {
            max_frame: 2,
            transaction_count: 2,
            visibility_generation: 2,
            page_size: PAGE as u32,
            salt1: SALTS.0,
            salt2: SALTS.1,
            checksum1: scan.checksum.0,
            checksum2: scan.checksum.1,
            ..crate::Snapshot::default()
        };
        one.install(&fields, &scan.pgnos).unwrap();
        one.finish_open().unwrap();
        (folder, path, one)
    }

    #[test]
    fn what_one_call_commits_another_one_reads() {
        for is_synced in [false, true] {
            let (_folder, path, mut one) = connection();
            let begun = one.begin_alone(Duration::ZERO, is_synced).unwrap();
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
            let log = File::open(format!("{path}-wal")).unwrap();
            let header = wal::read_header(&log).unwrap().unwrap();
            let scan = wal::scan(&log, &header, 1, header.checksum).unwrap();
            assert_eq!(scan.pgnos, [1, 2, 3, 2]);
            assert_eq!(scan.checksum, (one.view().checksum1, one.view().checksum2));
        }
    }

    #[test]
    fn a_reservation_that_finds_another_writer_times_out() {
        let (_folder, path, mut one) = connection();
        let mut two = opened(&path);
        assert!(matches!(one.begin_alone(Duration::ZERO, false).unwrap(), Begun::Both(..)));
        assert_eq!(two.begin_alone(Duration::from_millis(3), false).unwrap(), Begun::No);
        one.end_write().unwrap();
        one.end_read();
        assert!(matches!(two.begin_alone(Duration::ZERO, false).unwrap(), Begun::Both(..)));
    }

    #[test]
    fn a_transaction_that_has_lost_its_snapshot_begins_anew_with_the_lock_that_it_has() {
        let (_folder, path, mut one) = connection();
        let mut two = opened(&path);
        assert!(matches!(one.begin_alone(Duration::ZERO, false).unwrap(), Begun::Both(..)));
        one.end_read();
        assert_ne!(one.begin_read().unwrap(), ReadStart::Busy);
        assert_eq!(one.begin_write().unwrap(), WriteStart::Ok);
        assert_eq!(two.begin_alone(Duration::ZERO, false).unwrap(), Begun::No);
        one.end_write().unwrap();
        one.end_read();
        assert!(matches!(two.begin_alone(Duration::ZERO, false).unwrap(), Begun::Both(..)));
    }

    #[test]
    fn frames_that_do_not_fit_are_refused_before_anything_is_written() {
        let (_folder, path, mut one) = connection();
        one.begin_alone(Duration::ZERO, false).unwrap();
        let before = std::fs::metadata(format!("{path}-wal")).unwrap().len();
        let commit =
            Commit { pgnos: &[3], page_count: 4, big_endian_words: false, is_synced: false };
        let refused = one.commit_frames(&mut [0; PAGE], commit);
        assert!(matches!(refused, Err(Error::Misuse(_))));
        assert_eq!(one.commit_stage(), Stage::Begun);
        assert_eq!(std::fs::metadata(format!("{path}-wal")).unwrap().len(), before);
    }

    #[test]
    fn a_log_that_has_all_the_frames_it_can_count_is_full() {
        let (_folder, path, mut one) = connection();
        one.begin_alone(Duration::ZERO, false).unwrap();
        let before = std::fs::metadata(format!("{path}-wal")).unwrap().len();
        one.view.max_frame = u64::from(u32::MAX);
        one.doubts_log.set(false);
        let commit =
            Commit { pgnos: &[3], page_count: 4, big_endian_words: false, is_synced: false };
        let refused = one.commit_frames(&mut [0; PAGE + 24], commit);
        assert!(matches!(refused, Err(Error::LogFull)));
        assert_eq!(one.commit_stage(), Stage::Begun);
        assert_eq!(std::fs::metadata(format!("{path}-wal")).unwrap().len(), before);
    }
}
