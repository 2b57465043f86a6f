use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use super::*;
use crate::connection::state::{ReadStart, WriteStart};
use crate::format::reader_slots;
use crate::kernel::locks::{self, LockKind, Range};
use crate::log::frame::frame_offset;
use crate::shared::frame_map::Mark;
use crate::testing::{Cluster, PAGE};

const NOW: Duration = Duration::ZERO;

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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (_cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    assert_eq!(cluster.log().metadata().unwrap().len(), frame_offset(2, PAGE as u32));
    two.end_write().unwrap();
}

#[test]
fn who_waits_for_one_that_does_not_go_on_gives_up_and_his_frames_stay_with_the_group() {
    // With classic locks nobody shares.
    if is_classic() {
        return;
    }
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    words.store64(at::SHARED_SINCE, crate::kernel::clock::monotonic_ms());
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
        let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
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
        let (_cluster, mut one) = Cluster::new(&FRAMES, 1);
        append(&mut one, 3, 3);
        Tail { frame: end, count: 9 }.store(one.entry.region.words());
        let files = one.shared_files().unwrap();
        let (generation, sums) = (one.read.view.generation(), (0, 0));
        let permit = one.ask().unwrap();
        let goal = Goal { permit: &permit, files: &files, generation, frame: 3, pgnos: &[], sums };
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
    let (cluster, mut one) = Cluster::new(&FRAMES, 1);
    let mut two = cluster.connect();
    append(&mut one, 3, 3);
    cluster.log().write_all_at(&[0; 24], frame_offset(3, PAGE as u32)).unwrap();
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
            generation: self.read.view.generation(),
            frame,
            pgnos: &[],
            sums: (0, 0),
        };
        self.entry.await_published(&goal, self.patience).unwrap();
    }
}
