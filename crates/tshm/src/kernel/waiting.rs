//! Sleeping on a word that processes share, and waking who sleeps there.

#[cfg(any(test, target_os = "linux", target_os = "android"))]
use std::sync::atomic::AtomicU32;
#[cfg(any(test, target_os = "linux", target_os = "android"))]
use std::time::Duration;

/// Sleeps until somebody wakes those who sleep on the word, or it is no longer `seen`, or the time is up. May also wake for no reason.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn wait(word: &AtomicU32, seen: u32, timeout: Duration) {
    use rustix::thread::futex::{Flags, Timespec, wait};
    let forever = Timespec { tv_sec: i64::MAX, tv_nsec: 0 };
    let timeout = Timespec::try_from(timeout).unwrap_or(forever);
    // Not private: who wakes may be another process. Whatever is wrong, the caller looks again.
    let _ = wait(word, Flags::empty(), seen, Some(&timeout));
}

/// Wakes up to `most` of those who sleep on the word, in all processes.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn wake(word: &AtomicU32, most: i32) {
    use rustix::thread::futex::{Flags, wake};
    let _ = wake(word, Flags::empty(), most.unsigned_abs());
}

/// Whether those who sleep are woken; else they look at the word now and then.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn can_wake() -> bool {
    true
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use crate::kernel::sleep::{can_wake, wait, wake};

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    use std::time::Instant;

    use super::*;

    #[test]
    fn all_who_sleep_are_woken_and_nobody_sleeps_on_a_word_that_has_moved() {
        let word = Arc::new(AtomicU32::new(7));
        let start = Instant::now();
        wait(&word, 6, Duration::from_secs(10));
        let sleepers: Vec<_> = (0..3)
            .map(|_| {
                let word = word.clone();
                std::thread::spawn(move || {
                    while word.load(Ordering::Acquire) == 7 {
                        wait(&word, 7, Duration::from_secs(10));
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(50));
        assert!(sleepers.iter().all(|sleeper| !sleeper.is_finished()));
        word.store(8, Ordering::Release);
        wake(&word, i32::MAX);
        for sleeper in sleepers {
            sleeper.join().unwrap();
        }
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_sleep_ends_in_time() {
        let start = Instant::now();
        let word = AtomicU32::new(0);
        while start.elapsed() < Duration::from_millis(10) {
            wait(&word, 0, Duration::from_millis(10));
        }
        wait(&AtomicU32::new(1), 0, Duration::MAX);
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
