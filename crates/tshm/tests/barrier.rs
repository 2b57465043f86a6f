//! The log restarts under readers that leave no moment without one.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tshm::connection::checkpointing::CheckpointMode;
use tshm::{Connection, OpenOptions, Snapshot, WriteStart};

/// How long a reader waits for the next one before it ends all the same.
const OVERLAP: Duration = Duration::from_millis(15);

fn open(path: &str, multiprocess: bool) -> Connection {
    let options = OpenOptions {
        path: path.to_owned(),
        multiprocess,
        readonly: false,
        create: true,
        timeout: Duration::from_secs(5),
    };
    let mut connection = tshm::open(&options).unwrap();
    if connection.is_first() {
        connection.install(&Snapshot::default(), &[]).unwrap();
        connection.finish_open().unwrap();
    }
    connection
}

fn commit(connection: &mut Connection) {
    connection.begin_read().unwrap();
    let start = connection.begin_write().unwrap();
    assert!(matches!(start, WriteStart::Ok | WriteStart::Leftover));
    if connection.view().page_size == 0 {
        connection.publish_header(4096, (11, 22), (33, 44)).unwrap();
    }
    connection.publish_commit(&[1, 2, 3], (5, 6)).unwrap();
    connection.end_write().unwrap();
    connection.end_read();
}

/// A reader ends only when the other has begun, or after a while: it is the barrier that makes the other late.
fn read_in_turn(
    mut connection: Connection,
    me: usize,
    turns: &[AtomicUsize; 2],
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Acquire) {
        connection.begin_read().unwrap();
        turns[me].fetch_add(1, Ordering::AcqRel);
        let seen = turns[1 - me].load(Ordering::Acquire);
        let begun = Instant::now();
        while turns[1 - me].load(Ordering::Acquire) == seen && begun.elapsed() < OVERLAP {
            std::thread::yield_now();
        }
        connection.end_read();
    }
}

fn restarts_under_readers(multiprocess: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db").to_str().unwrap().to_owned();
    let mut connection = open(&path, multiprocess);
    commit(&mut connection);
    let turns = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|me| {
            let (turns, stop) = (turns.clone(), stop.clone());
            let reader = open(&path, multiprocess);
            std::thread::spawn(move || read_in_turn(reader, me, &turns, &stop))
        })
        .collect();
    while turns.iter().any(|turn| turn.load(Ordering::Acquire) < 2) {
        std::thread::yield_now();
    }
    let generation = connection.view().checkpoint_seq;
    // The first attempts may be unlucky where the host is busy.
    let is_restarted = (0..20).any(|_| {
        assert!(connection.begin_checkpoint(CheckpointMode::Restart).unwrap());
        let frames = connection.checkpoint_limit().unwrap();
        assert_eq!(frames, 3);
        connection.publish_backfill(frames, &[0; 100]).unwrap();
        let is_restarted = connection.restart_wal(Duration::from_millis(100)).unwrap();
        connection.end_checkpoint();
        is_restarted
    });
    let before = turns[0].load(Ordering::Acquire);
    let waited = Instant::now();
    while turns[0].load(Ordering::Acquire) < before + 2
        && waited.elapsed() < Duration::from_secs(10)
    {
        std::thread::yield_now();
    }
    let goes_on = turns[0].load(Ordering::Acquire) >= before + 2;
    stop.store(true, Ordering::Release);
    for reader in readers {
        reader.join().unwrap();
    }
    assert!(is_restarted, "the readers were never held up");
    assert!(goes_on, "the readers were not let go");
    assert_eq!(connection.view().checkpoint_seq, generation + 1);
    assert_eq!(connection.view().max_frame, 0);
}

#[test]
fn of_several_processes() {
    restarts_under_readers(true);
}

#[test]
fn of_the_threads_of_one_process() {
    restarts_under_readers(false);
}

#[test]
fn a_reader_of_the_same_thread_makes_the_restart_give_up_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db").to_str().unwrap().to_owned();
    let mut connection = open(&path, true);
    commit(&mut connection);
    let mut reader = open(&path, true);
    reader.begin_read().unwrap();
    assert!(connection.begin_checkpoint(CheckpointMode::Restart).unwrap());
    connection.publish_backfill(3, &[0; 100]).unwrap();
    assert!(!connection.restart_wal(Duration::from_millis(20)).unwrap());
    connection.end_checkpoint();
    // The barrier is down again: who begins now does not wait.
    let mut other = open(&path, true);
    other.begin_read().unwrap();
    other.end_read();
    reader.end_read();
    assert!(connection.begin_checkpoint(CheckpointMode::Restart).unwrap());
    assert!(connection.restart_wal(Duration::ZERO).unwrap());
    connection.end_checkpoint();
}
