//! One sync for several commits: nobody's is published before a sync that carries it, and nobody who waits sleeps for ever.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use loom::thread;
use tshm::format::layout as at;
use tshm::format::sharing::{self, Waited};
use tshm::format::snapshot::{self, Generation};
use tshm::format::tail::Tail;
use tshm::format::words::Words;
use tshm::format::{awaited, word_lock};

use crate::model::{Model, explore_with};

/// Frames that the system was given, and those that the disk has.
const WRITTEN: usize = at::UNUSED;
const DURABLE: usize = at::UNUSED + 8;

#[derive(Clone, Copy)]
struct Order {
    /// The end of the log is taken before the sync, and not after it.
    takes_tail_first: bool,
    /// A frame is written before the end of the log is moved behind it.
    writes_first: bool,
    has_fence: bool,
    interruptions: usize,
}

const RIGHT: Order =
    Order { takes_tail_first: true, writes_first: true, has_fence: true, interruptions: 2 };

fn append(memory: &Model, frame: u64, order: Order) {
    let write = || memory.store64(WRITTEN, frame);
    if order.writes_first {
        write();
    }
    Tail { frame, count: u32::try_from(frame).unwrap() }.store(memory);
    if !order.writes_first {
        write();
    }
}

/// Waits until the frame is published, or syncs and publishes.
fn commit(memory: &Model, name: u64, frame: u64, order: Order) {
    let goal = sharing::Goal { generation: Generation::default(), frame };
    let take = |_| Ok::<_, Infallible>(word_lock::take(memory, at::SYNC_HOLDER, name).is_ok());
    let sync = || {
        let (now, _) = snapshot::try_read(memory).unwrap();
        if now.max_frame < frame {
            let first = order.takes_tail_first.then(|| sharing::begin_sync(memory));
            memory.store64(DURABLE, memory.load64(WRITTEN));
            let tail = first.unwrap_or_else(|| sharing::begin_sync(memory));
            assert!(tail.frame <= memory.load64(DURABLE), "published before it is durable");
            snapshot::try_publish(memory, |snapshot| snapshot.max_frame = tail.frame).unwrap();
        }
        sharing::end_sync(memory, || word_lock::give_back(memory, at::SYNC_HOLDER, name));
        Ok(())
    };
    let waited = sharing::await_published(memory, goal, Duration::MAX, take, sync).unwrap();
    assert_eq!(waited, Waited::Published);
    assert!(memory.load64(DURABLE) >= frame, "acknowledged before it is durable");
}

/// One has appended and given X back, another takes it and appends; both wait for a sync, and neither sleeps for ever.
fn share_sync(order: Order) {
    explore_with(order.interruptions, move || {
        let words = [
            (at::SYNC_HOLDER, 0),
            (at::WRITER_OWNER, 0),
            (at::WRITER_WAITERS, 0),
            (at::TAIL, 1 << 32 | 1),
            (at::SNAPSHOT_SEQ, 0),
            (at::MAX_FRAME, 0),
            (at::SYNC_STATE, 0),
            (WRITTEN, 1),
            (DURABLE, 0),
        ];
        let beds = [at::SYNC_ENDS, at::SYNC_ENDS + 4, at::WRITER_CHANGES];
        let model = Model::new(&words, &[]).sleeping_on(&beds);
        let memory = Arc::new(model.with_fences(order.has_fence));
        let others = memory.clone();
        let other = thread::spawn(move || {
            // As one who has X, and as `Entry::share_writer` gives it back.
            others.store64(at::WRITER_OWNER, 2);
            append(&others, 2, order);
            others.store64(at::WRITER_OWNER, 0);
            awaited::signal(&*others, at::WRITER_WAITERS, at::WRITER_CHANGES, 1);
            commit(&others, 2, 2, order);
        });
        commit(&memory, 1, 1, order);
        other.join().unwrap();
        assert_eq!(memory.load64(at::MAX_FRAME), 2);
    });
}

#[test]
fn a_commit_is_published_after_a_sync_that_carries_it_and_nobody_sleeps_for_ever() {
    share_sync(RIGHT);
}

#[test]
#[should_panic(expected = "before it is durable")]
fn were_the_end_of_the_log_taken_after_the_sync_a_commit_could_be_published_too_early() {
    share_sync(Order { takes_tail_first: false, interruptions: 1, ..RIGHT });
}

#[test]
#[should_panic(expected = "before it is durable")]
fn were_the_end_of_the_log_moved_before_a_frame_is_written_it_could_be_published_too_early() {
    share_sync(Order { writes_first: false, interruptions: 1, ..RIGHT });
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_the_fences_who_waits_for_a_sync_could_sleep_for_ever() {
    share_sync(Order { has_fence: false, ..RIGHT });
}
