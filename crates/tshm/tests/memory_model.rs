//! The protocol under every order that the memory model permits, as far as loom can tell.
//!
//! The code under test is that of the crate; only the words are loom's. Words that a model does not name are
//! constant, to keep the number of orders small.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, Ordering, fence};
use loom::thread;
use tshm::format::frame_index::{self, Hints};
use tshm::format::layout as at;
use tshm::format::owner::Owner;
use tshm::format::pending::{self, Pending};
use tshm::format::reader_slots;
use tshm::format::snapshot::{self, Generation};
use tshm::format::words::Words;

struct Model {
    words: BTreeMap<usize, AtomicU64>,
    constants: BTreeMap<usize, u64>,
    has_fence: bool,
}

impl Model {
    fn new(words: &[(usize, u64)], constants: &[(usize, u64)]) -> Model {
        let words = words.iter().map(|(offset, value)| (*offset, AtomicU64::new(*value)));
        let constants = constants.iter().copied().collect();
        Model { words: words.collect(), constants, has_fence: true }
    }

    fn load(&self, offset: usize, order: Ordering) -> u64 {
        match self.words.get(&offset) {
            Some(word) => word.load(order),
            None => self.constants.get(&offset).copied().unwrap_or(0),
        }
    }

    fn store(&self, offset: usize, value: u64, order: Ordering) {
        if let Some(word) = self.words.get(&offset) {
            word.store(value, order);
        }
    }
}

impl Words for Model {
    fn load32(&self, offset: usize) -> u32 {
        u32::try_from(self.load(offset, Ordering::Acquire)).unwrap()
    }
    fn store32(&self, offset: usize, value: u32) {
        self.store(offset, u64::from(value), Ordering::Release);
    }
    fn load64(&self, offset: usize) -> u64 {
        self.load(offset, Ordering::Acquire)
    }
    fn store64(&self, offset: usize, value: u64) {
        self.store(offset, value, Ordering::Release);
    }
    fn exchange64(&self, offset: usize, current: u64, new: u64) -> Result<u64, u64> {
        let word = &self.words[&offset];
        word.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
    }
    fn or64(&self, offset: usize, bits: u64) {
        if let Some(word) = self.words.get(&offset) {
            word.fetch_or(bits, Ordering::AcqRel);
        }
    }
    fn entry_word(&self, offset: usize) -> u64 {
        self.load(offset, Ordering::Relaxed)
    }
    fn set_entry_word(&self, offset: usize, value: u64) {
        self.store(offset, value, Ordering::Relaxed);
    }
    fn hash_slot(&self, _offset: usize) -> u16 {
        0
    }
    fn set_hash_slot(&self, _offset: usize, _value: u16) {}
    fn load_fence(&self) {
        if self.has_fence {
            fence(Ordering::Acquire);
        }
    }
    fn store_fence(&self) {
        if self.has_fence {
            fence(Ordering::Release);
        }
    }
    fn fence(&self) {
        if self.has_fence {
            fence(Ordering::SeqCst);
        }
    }
}

fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

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
        let memory = Arc::new(Model { has_fence, ..Model::new(&words, &constants) });
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
        let memory = Arc::new(Model { has_fence, ..Model::new(&words, &[]) });
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
