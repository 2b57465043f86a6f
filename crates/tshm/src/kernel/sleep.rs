//! Sleeping on a word of shared memory, and waking who sleeps, where that is not Linux's futex.
//!
//! macOS can do it from 14.4 on (`os_sync`). Where the system cannot, who waits naps, and looks at the word again.
//!
//! Nobody relies on being woken: all sleeps here are short, since the dead wake nobody.

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nix::errno::Errno;

#[cfg(target_vendor = "apple")]
use crate::kernel::os_sync;

/// Who sleeps without being woken has waited for a disk or a lock already, beside which this does not count.
const NAP: Duration = Duration::from_micros(100);

/// Sleeps in the system's call, which takes nanoseconds. Where there is none, or it does not do, a nap.
fn wait_by(
    call: Option<impl FnOnce(u64) -> nix::Result<()>>,
    nap: impl FnOnce(Duration),
    timeout: Duration,
) {
    let time = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    if time == 0 {
        return;
    }
    match call.map(|call| call(time)) {
        Some(Ok(()) | Err(Errno::ETIMEDOUT | Errno::EINTR)) => {}
        // To look at the word at once, and to be refused again, would keep a processor busy.
        Some(Err(_)) | None => nap(timeout.min(NAP)),
    }
}

/// Wakes up to `most` sleepers: all at once, or one after the other until there is none.
fn wake_by(most: i32, all: impl FnOnce(), mut any: impl FnMut() -> nix::Result<()>) {
    if most == i32::MAX {
        return all();
    }
    for _ in 0..most {
        if any().is_err() {
            return;
        }
    }
}

/// Sleeps until somebody wakes those on the word, or it is no longer `seen`, or the time is up. May also wake for no reason.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn wait(word: &AtomicU32, seen: u32, timeout: Duration) {
    let nap = |time| {
        if word.load(Ordering::Acquire) == seen {
            std::thread::sleep(time);
        }
    };
    #[cfg(target_vendor = "apple")]
    let call = os_sync::functions()
        .map(|functions| move |nanoseconds| functions.wait(word, seen, nanoseconds));
    #[cfg(not(target_vendor = "apple"))]
    let call = None::<fn(u64) -> nix::Result<()>>;
    wait_by(call, nap, timeout);
}

/// Whether those who sleep are woken; else they look at the word now and then.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn can_wake() -> bool {
    #[cfg(target_vendor = "apple")]
    return os_sync::functions().is_some();
    #[cfg(not(target_vendor = "apple"))]
    return false;
}

/// Wakes up to `most` of those who sleep on the word, in all processes.
#[cfg(target_vendor = "apple")]
pub fn wake(word: &AtomicU32, most: i32) {
    if let Some(functions) = os_sync::functions() {
        wake_by(most, || functions.wake_all(word), || functions.wake_any(word));
    }
}

#[cfg(not(any(target_vendor = "apple", target_os = "linux", target_os = "android")))]
pub fn wake(_: &AtomicU32, _: i32) {}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const TIME: Duration = Duration::from_millis(3);

    /// What the call was given, and for how long a nap followed.
    fn after(
        answer: Option<nix::Result<()>>,
        timeout: Duration,
    ) -> (Option<u64>, Option<Duration>) {
        let (given, nap) = (Cell::new(None), Cell::new(None));
        let given_to = &given;
        let call = answer.map(|answer| {
            move |nanoseconds| {
                given_to.set(Some(nanoseconds));
                answer
            }
        });
        wait_by(call, |time| nap.set(Some(time)), timeout);
        (given.get(), nap.get())
    }

    #[test]
    fn who_is_woken_or_has_waited_long_enough_does_not_nap() {
        for answer in [Ok(()), Err(Errno::ETIMEDOUT), Err(Errno::EINTR)] {
            assert_eq!(after(Some(answer), TIME), (Some(3_000_000), None));
        }
    }

    #[test]
    fn where_the_system_cannot_wait_a_nap_does() {
        assert_eq!(after(None, TIME), (None, Some(NAP)));
        assert_eq!(after(None, NAP / 4), (None, Some(NAP / 4)));
    }

    #[test]
    fn a_refused_wait_becomes_a_nap_and_no_busy_loop() {
        for errno in [Errno::ENOMEM, Errno::EFAULT, Errno::EINVAL, Errno::ENOSYS, Errno::ENOTSUP] {
            assert_eq!(after(Some(Err(errno)), TIME), (Some(3_000_000), Some(NAP)), "{errno}");
        }
    }

    #[test]
    fn no_time_is_no_wait() {
        assert_eq!(after(Some(Ok(())), Duration::ZERO), (None, None));
        assert_eq!(after(None, Duration::ZERO), (None, None));
    }

    #[test]
    fn the_longest_time_is_all_that_the_call_can_hold() {
        assert_eq!(after(Some(Ok(())), Duration::MAX), (Some(u64::MAX), None));
    }

    /// How often one was woken, of so many that sleep, and how often all were.
    fn woken(most: i32, sleepers: i32) -> (i32, i32) {
        let (mut each, mut all) = (0, 0);
        let any = || {
            if each == sleepers {
                return Err(Errno::ENOENT);
            }
            each += 1;
            Ok(())
        };
        wake_by(most, || all += 1, any);
        (each, all)
    }

    #[test]
    fn as_many_are_woken_as_asked_for_and_there_are() {
        assert_eq!(woken(1, 5), (1, 0));
        assert_eq!(woken(3, 5), (3, 0));
        assert_eq!(woken(3, 2), (2, 0));
        assert_eq!(woken(0, 2), (0, 0));
        assert_eq!(woken(i32::MAX, 2), (0, 1));
    }
}
