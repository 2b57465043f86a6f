//! The reader barrier: a short stop for new readers, so that those at work come to their end and the log can restart.
//!
//! The log restarts only in a moment in which nobody reads. Readers in tight loops leave no such moment, and the
//! log would grow for ever. So whoever holds the locks of the writer and of the checkpointer, and has nothing left to
//! copy, raises the barrier for a few milliseconds:
//!
//! ```text
//! restarter   store deadline ── look at the slots until nobody reads ── restart ── deadline 0, wake
//! reader      deadline ahead? sleep until it is 0 or over ── pin as always
//! ```
//!
//! It is a courtesy and no lock. A reader that passed the barrier just before it was raised is seen in its slot, and a peer
//! that knows of no barrier likewise: the restart then comes later. So no order of memory matters here beyond that a
//! stored deadline is seen in time.
//!
//! Nobody can be held up for longer than the deadline. One that is further away than `LONGEST` was written by another
//! run of the host, whose clock began anew, or by a stranger, and does not count. One that is over was left by the
//! dead, and whoever meets it clears it.

use std::time::Duration;

use crate::format::layout as at;
use crate::format::words::{Sleepers, Words};
use crate::kernel::clock::monotonic;
use crate::kernel::mapping::Memory;

/// The longest stop that is believed.
pub const LONGEST: Duration = Duration::from_millis(100);

/// In nanoseconds. Without a clock every deadline is over.
fn now() -> u64 {
    monotonic().map_or(u64::MAX, |now| now.as_nanos() as u64)
}

/// Time left until the deadline. None: there is none, it is over, or it is not to be believed.
fn time_left(deadline: u64, now: u64) -> Option<Duration> {
    let left = Duration::from_nanos(deadline.saturating_sub(now));
    (!left.is_zero() && left <= LONGEST).then_some(left)
}

/// A barrier that is up. Dropping it lowers it and lets the readers go.
pub struct Barrier<'a> {
    memory: &'a Memory,
    deadline: u64,
}

impl Barrier<'_> {
    /// Only under the locks of the writer and of the checkpointer, so that there is one.
    pub fn raise(memory: &Memory, time: Duration) -> Barrier<'_> {
        let deadline = now().saturating_add(time.min(LONGEST).as_nanos() as u64);
        memory.store64(at::BARRIER_DEADLINE, deadline);
        Barrier { memory, deadline }
    }

    pub fn is_over(&self) -> bool {
        now() >= self.deadline
    }
}

impl Drop for Barrier<'_> {
    fn drop(&mut self) {
        self.memory.store64(at::BARRIER_DEADLINE, 0);
        self.memory.signal(at::BARRIER_CHANGES, i32::MAX);
    }
}

/// Before a reader pins anything: waits while the barrier is up.
#[inline]
pub fn pass(memory: &Memory) {
    if memory.load64(at::BARRIER_DEADLINE) != 0 {
        wait(memory);
    }
}

#[cold]
fn wait(memory: &Memory) {
    loop {
        // The number first: a barrier that is lowered after it was taken has moved it, and the sleep does not begin.
        let changes = memory.load32(at::BARRIER_CHANGES);
        let deadline = memory.load64(at::BARRIER_DEADLINE);
        if deadline == 0 {
            return;
        }
        let Some(left) = time_left(deadline, now()) else {
            // Another one may have been raised since; that stays.
            let _ = memory.exchange64(at::BARRIER_DEADLINE, deadline, 0);
            return;
        };
        memory.wait(at::BARRIER_CHANGES, changes, left);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    #[test]
    fn without_a_barrier_nobody_waits() {
        let memory = Memory::heap();
        let begun = Instant::now();
        (0..1000).for_each(|_| pass(&memory));
        assert!(begun.elapsed() < Duration::from_millis(100));
    }

    #[test]
    fn a_reader_waits_until_the_barrier_is_lowered() {
        let memory = Arc::new(Memory::heap());
        let barrier = Barrier::raise(&memory, LONGEST);
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let memory = memory.clone();
                std::thread::spawn(move || {
                    let begun = Instant::now();
                    pass(&memory);
                    begun.elapsed()
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(30));
        let is_waiting = readers.iter().all(|reader| !reader.is_finished());
        let is_in_time = !barrier.is_over();
        drop(barrier);
        let waited: Vec<Duration> = readers.into_iter().map(|r| r.join().unwrap()).collect();
        // On a host that is too busy the deadline may have passed before we looked.
        assert!(is_waiting || !is_in_time);
        assert!(waited.iter().all(|waited| *waited < Duration::from_secs(5)));
        assert_eq!(memory.load64(at::BARRIER_DEADLINE), 0);
    }

    #[test]
    fn the_dead_hold_nobody_up_beyond_their_deadline() {
        let memory = Memory::heap();
        std::mem::forget(Barrier::raise(&memory, Duration::from_millis(20)));
        let begun = Instant::now();
        pass(&memory);
        assert!(begun.elapsed() >= Duration::from_millis(10));
        assert_eq!(memory.load64(at::BARRIER_DEADLINE), 0);
    }

    #[test]
    fn a_deadline_of_another_run_of_the_host_is_not_believed() {
        let memory = Memory::heap();
        for deadline in [u64::MAX, now() + 2 * LONGEST.as_nanos() as u64, 1] {
            memory.store64(at::BARRIER_DEADLINE, deadline);
            let begun = Instant::now();
            pass(&memory);
            assert!(begun.elapsed() < LONGEST);
            assert_eq!(memory.load64(at::BARRIER_DEADLINE), 0);
        }
    }
}
