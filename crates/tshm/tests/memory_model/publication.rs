//! What is published, and what is noted for those who come next, is read whole or not at all.

use std::sync::Arc;

use loom::thread;
use tshm::format::frame_index::{self, Hints};
use tshm::format::layout as at;
use tshm::format::owner::Owner;
use tshm::format::pending::{self, Pending};
use tshm::format::reader_slots;
use tshm::format::snapshot::{self, Generation};
use tshm::format::tail::Tail;
use tshm::format::words::Words;

use crate::model::{Model, explore};

#[test]
fn a_snapshot_is_read_whole_or_not_at_all() {
    explore(|| {
        let words = [(at::SNAPSHOT_SEQ, 0), (at::MAX_FRAME, 0), (at::NBACKFILLS, 0)];
        let memory = Arc::new(Model::new(&words, &[]));
        let writers = memory.clone();
        let writer = thread::spawn(move || {
            for _ in 0..2 {
                snapshot::try_publish(&*writers, |snapshot| {
                    snapshot.max_frame += 1;
                    snapshot.backfilled_frames += 1;
                })
                .unwrap();
            }
        });
        if let Some((read, sequence)) = snapshot::try_read(&*memory) {
            assert_eq!(read.max_frame, read.backfilled_frames);
            assert_eq!(read.max_frame * 2, sequence);
        }
        writer.join().unwrap();
    });
}

#[test]
fn two_publications_never_mix() {
    explore(|| {
        let words = [(at::SNAPSHOT_SEQ, 0), (at::MAX_FRAME, 0), (at::NBACKFILLS, 0)];
        let memory = Arc::new(Model::new(&words, &[]));
        let publish = |memory: &Model| {
            snapshot::try_publish(memory, |snapshot| {
                snapshot.max_frame += 1;
                snapshot.backfilled_frames += 1;
            })
            .is_some()
        };
        let others = memory.clone();
        let other = thread::spawn(move || publish(&others));
        let count = u64::from(publish(&memory)) + u64::from(other.join().unwrap());
        let (read, _) = snapshot::try_read(&*memory).unwrap();
        assert!(count >= 1);
        assert_eq!((read.max_frame, read.backfilled_frames), (count, count));
    });
}

#[test]
fn entries_are_there_when_the_snapshot_that_covers_them_is() {
    explore(|| {
        let entry = at::entry_offset(0);
        let words = [
            (at::SNAPSHOT_SEQ, 0),
            (at::MAX_FRAME, 0),
            (at::FRAME_INDEX_LEN, 0),
            (entry, 0),
            (entry + 8, 0),
        ];
        let memory = Arc::new(Model::new(&words, &[(at::FRAME_INDEX_BLOCKS, 1)]));
        let writers = memory.clone();
        let writer = thread::spawn(move || {
            let mut hints = Hints::default();
            frame_index::append(&*writers, &mut hints, Generation::default(), 1, &[7]);
            snapshot::try_publish(&*writers, |snapshot| snapshot.max_frame = 1).unwrap();
        });
        if let Some((read, _)) = snapshot::try_read(&*memory)
            && read.max_frame == 1
        {
            assert_eq!(frame_index::len(&*memory), 1);
            assert_eq!(frame_index::entry(&*memory, 0), (7, 1));
        }
        writer.join().unwrap();
    });
}

/// A reader takes an entry while the log restarts and its first frame is written anew. He looks at the generation afterwards.
fn entry_against_restart(has_fence: bool) {
    explore(move || {
        let entry = at::entry_offset(0);
        let words = [(at::SNAPSHOT_SEQ, 0), (at::CHECKPOINT_SEQ, 0), (entry, 7)];
        let constants = [(at::FRAME_INDEX_BLOCKS, 1), (entry + 8, 1)];
        let memory = Arc::new(Model::new(&words, &constants).with_fences(has_fence));
        let writers = memory.clone();
        let writer = thread::spawn(move || {
            snapshot::try_publish(&*writers, |snapshot| snapshot.checkpoint_seq = 1).unwrap();
            let mut hints = Hints::default();
            frame_index::append(&*writers, &mut hints, Generation::default(), 1, &[8]);
        });
        let (page, _) = frame_index::entry(&*memory, 0);
        memory.load_fence();
        let now = snapshot::try_read(&*memory);
        assert!(
            page == 7 || now.is_none_or(|(now, _)| now.checkpoint_seq == 1),
            "an entry of the new generation in the old one"
        );
        writer.join().unwrap();
    });
}

#[test]
fn an_entry_of_another_generation_is_noticed() {
    entry_against_restart(true);
}

#[test]
#[should_panic(expected = "an entry of the new generation in the old one")]
fn without_the_fences_an_entry_of_another_generation_could_be_believed() {
    entry_against_restart(false);
}

/// The same with a frame of the log, or a page of the database, in the place of the entry: whoever overwrites it has published before.
#[test]
fn bytes_of_another_generation_are_noticed() {
    explore(|| {
        let bytes = at::entry_offset(0);
        let memory = Arc::new(Model::new(&[(at::CHECKPOINT_SEQ, 0), (bytes, 7)], &[]));
        let writers = memory.clone();
        let writer = thread::spawn(move || {
            writers.store32(at::CHECKPOINT_SEQ, 1);
            writers.store_fence();
            writers.set_entry_word(bytes, 8);
        });
        let read = memory.entry_word(bytes);
        memory.load_fence();
        assert!(read == 7 || memory.load32(at::CHECKPOINT_SEQ) == 1);
        writer.join().unwrap();
    });
}

/// Frames are pending in a ring whose slots are written over.
#[test]
fn a_pending_frame_is_read_whole_or_not_at_all() {
    explore(|| {
        let slot = at::PENDING + at::PENDING_SIZE;
        let words = [(slot, 1), (slot + 8, 7 << 32 | 1), (slot + 16, 7 << 32 | 1)];
        let memory = Arc::new(Model::new(&words, &[]));
        let writers = memory.clone();
        let writer = thread::spawn(move || pending::store(&*writers, 1, 1, &[8], 2, (8, 2)));
        let (old, new) = (pending::load(&*memory, 0, 1), pending::load(&*memory, 1, 1));
        let frame = |pgno, page_count| Pending { pgno, page_count, checksum: (pgno, page_count) };
        assert!(old.is_none() || old == Some(frame(7, 1)));
        assert!(new.is_none() || new == Some(frame(8, 2)));
        writer.join().unwrap();
    });
}

/// A reader registers while somebody publishes a change and then looks for readers.
fn register_against_publish(has_fence: bool) {
    explore(move || {
        let words =
            [(at::SNAPSHOT_SEQ, 0), (at::NBACKFILLS, 0), (at::reader_frame(0), at::NO_FRAME)];
        let memory = Arc::new(Model::new(&words, &[]).with_fences(has_fence));
        let readers = memory.clone();
        let reader = thread::spawn(move || {
            let Some((_, sequence)) = snapshot::try_read(&*readers) else { return false };
            reader_slots::publish(&*readers, 0, Owner(1), 0);
            readers.fence();
            sequence == 0 && snapshot::sequence(&*readers) == sequence
        });
        snapshot::try_publish(&*memory, |snapshot| snapshot.backfilled_frames = 1).unwrap();
        memory.fence();
        let sees_reader = reader_slots::frame(&*memory, 0) != at::NO_FRAME;
        let reads_old_state = reader.join().unwrap();
        assert!(sees_reader || !reads_old_state, "neither saw the other");
    });
}

#[test]
fn a_reader_of_the_old_state_is_seen_or_sees_the_new_one() {
    register_against_publish(true);
}

#[test]
#[should_panic(expected = "neither saw the other")]
fn without_the_fences_both_could_miss_each_other() {
    register_against_publish(false);
}

#[test]
fn a_slot_is_claimed_by_one() {
    explore(|| {
        let memory = Arc::new(Model::new(&[(at::READER_FREE_MAP, 0b11)], &[]));
        let others = memory.clone();
        let other = thread::spawn(move || reader_slots::claim_bit(&*others, 0));
        let mine = reader_slots::claim_bit(&*memory, 0);
        assert_ne!(mine, other.join().unwrap());
        assert_eq!(reader_slots::free_count(&*memory), 1);
    });
}

/// A writer appends a frame while somebody looks where the log ends and what stands there.
fn append_against_look(is_noted_first: bool) {
    explore(move || {
        let slot = at::PENDING + at::PENDING_SIZE;
        let words = [(slot, 0), (slot + 8, 0), (slot + 16, 0), (at::TAIL, 0)];
        let memory = Arc::new(Model::new(&words, &[]));
        let writers = memory.clone();
        let writer = thread::spawn(move || {
            let note = || pending::store(&*writers, 0, 1, &[8], 2, (8, 2));
            if is_noted_first {
                note();
            }
            Tail { frame: 1, count: 1 }.store(&*writers);
            if !is_noted_first {
                note();
            }
        });
        if Tail::load(&*memory).frame == 1 {
            let frame = Pending { pgno: 8, page_count: 2, checksum: (8, 2) };
            assert_eq!(pending::load(&*memory, 0, 1), Some(frame), "a frame that nobody knows");
        }
        writer.join().unwrap();
    });
}

#[test]
fn what_the_log_ends_with_is_known() {
    append_against_look(true);
}

#[test]
#[should_panic(expected = "a frame that nobody knows")]
fn were_the_end_moved_first_its_frame_could_be_unknown() {
    append_against_look(false);
}
