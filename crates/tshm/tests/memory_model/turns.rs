//! Locks in words have one holder, and who waits for one is woken.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use loom::thread;
use tshm::format::layout as at;
use tshm::format::words::{Sleepers, Words};
use tshm::format::{awaited, word_lock};

use crate::model::{Model, explore, explore_with};

/// Two take a word, one of them perhaps from the dead, and change what it protects, which has no order of its own.
fn take_word(left: u64, is_taken: fn(&Model, u64) -> bool) {
    explore(move || {
        let protected = at::entry_offset(0);
        let words = [(at::APPEND_HOLDER, left), (protected, 0)];
        let memory = Arc::new(Model::new(&words, &[]));
        let run = move |memory: &Model, name: u64| {
            if !is_taken(memory, name) {
                return 0;
            }
            let found = memory.entry_word(protected);
            memory.set_entry_word(protected, found + 1);
            word_lock::give_back(memory, at::APPEND_HOLDER, name);
            1
        };
        let others = memory.clone();
        let other = thread::spawn(move || run(&others, 2));
        let count = run(&memory, 1) + other.join().unwrap();
        assert!(count >= 1, "nobody had it");
        assert_eq!(memory.entry_word(protected), count, "both had it at once");
    });
}

/// Whoever is called 7 is dead.
fn from_the_dead(memory: &Model, name: u64) -> bool {
    let is_alive = |holder| Ok::<_, Infallible>(holder != 7);
    word_lock::take_from_the_dead(memory, at::APPEND_HOLDER, name, is_alive).unwrap()
}

#[test]
fn a_word_has_one_holder_who_sees_what_the_last_one_did() {
    take_word(0, |memory, name| word_lock::take(memory, at::APPEND_HOLDER, name).is_ok());
}

#[test]
fn a_word_of_the_dead_is_taken_by_one() {
    take_word(7, from_the_dead);
}

#[test]
#[should_panic(expected = "both had it at once")]
fn were_a_word_of_the_dead_cleared_first_two_could_take_it() {
    take_word(7, |memory, name| {
        let holder = memory.load64(at::APPEND_HOLDER);
        if holder == 7 {
            memory.store64(at::APPEND_HOLDER, 0);
        }
        word_lock::take(memory, at::APPEND_HOLDER, name).is_ok()
    });
}

/// Somebody who was taken for dead gives the word back late.
#[test]
fn a_late_goodbye_changes_nothing() {
    explore(|| {
        let memory = Arc::new(Model::new(&[(at::APPEND_HOLDER, 7)], &[]));
        let others = memory.clone();
        let late = thread::spawn(move || word_lock::give_back(&*others, at::APPEND_HOLDER, 7));
        let is_taken = from_the_dead(&memory, 1);
        late.join().unwrap();
        let holder = memory.load64(at::APPEND_HOLDER);
        assert_eq!(holder, u64::from(is_taken));
    });
}

const TURN: [(usize, u64); 3] = [(at::APPEND_HOLDER, 1), (at::WRITER_WAITERS, 0), (at::TAIL, 0)];

fn give_turn_back(memory: &Model, name: u64) {
    word_lock::give_back(memory, at::APPEND_HOLDER, name);
    awaited::signal(memory, at::WRITER_WAITERS, at::WRITER_CHANGES, 1);
}

/// As a writer waits for X, and then uses it.
fn wait_for_turn(memory: &Model, name: u64) {
    loop {
        let seen = awaited::announce(memory, at::WRITER_WAITERS, at::WRITER_CHANGES);
        if word_lock::take(memory, at::APPEND_HOLDER, name).is_ok() {
            break;
        }
        memory.wait(at::WRITER_CHANGES, seen, Duration::MAX);
    }
    awaited::take_over(memory, at::WRITER_WAITERS);
    memory.store64(at::TAIL, memory.load64(at::TAIL) + 1);
    give_turn_back(memory, name);
}

/// One has X, and others wait for it.
fn turns(waiters: u64, has_fence: bool) {
    let interruptions = if waiters == 1 { 3 } else { 2 };
    explore_with(interruptions, move || {
        let model = Model::new(&TURN, &[]).sleeping_on(&[at::WRITER_CHANGES]);
        let memory = Arc::new(model.with_fences(has_fence));
        let threads: Vec<_> = (0..waiters)
            .map(|waiter| {
                let memory = memory.clone();
                thread::spawn(move || wait_for_turn(&memory, waiter + 2))
            })
            .collect();
        give_turn_back(&memory, 1);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(memory.load64(at::TAIL), waiters);
    });
}

#[test]
fn who_waits_for_a_turn_gets_one() {
    turns(1, true);
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_the_fences_who_waits_for_a_turn_could_sleep_for_ever() {
    turns(1, false);
}

#[test]
fn each_of_several_who_wait_for_a_turn_gets_one() {
    turns(2, true);
}
