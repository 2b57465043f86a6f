//! Sleeping on a word of shared memory, and waking who sleeps, where that is not Linux's futex.
//!
//! macOS can do it from 14.4 on, and the addon loads on older ones too, so its functions are looked up while running, once. Where they
//! are not, who waits naps, and looks at the word again. `os/os_sync_wait_on_address.h` says:
//!
//! - a wait ends when the word is not what was expected, when it is woken, or with ETIMEDOUT when the time is over. The time is relative,
//!   in nanoseconds for `OS_CLOCK_MACH_ABSOLUTE_TIME`, and 0 is EINVAL;
//! - a word of 4 bytes is compared with the lower half of the 8 that are given;
//! - between processes both sides say SHARED; a wait and a wake that differ in that, or in the size, do not find each other;
//! - EINTR, and when memory is short ENOMEM and EFAULT, end a wait early: look at the word, and wait again if need be;
//! - a wake that finds nobody is ENOENT.
//!
//! Nobody relies on being woken: all sleeps here are short, since the dead wake nobody.

use std::time::Duration;

use nix::errno::Errno;

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

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use system::{wait, wake};

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    /// Sleeps until somebody wakes those on the word, or it is no longer `seen`, or the time is up. May also wake for no reason.
    pub fn wait(word: &AtomicU32, seen: u32, timeout: Duration) {
        let nap = |time| {
            if word.load(Ordering::Acquire) == seen {
                std::thread::sleep(time);
            }
        };
        #[cfg(target_vendor = "apple")]
        let call = super::apple::functions()
            .map(|functions| move |nanoseconds| functions.wait(word, seen, nanoseconds));
        #[cfg(not(target_vendor = "apple"))]
        let call = None::<fn(u64) -> nix::Result<()>>;
        super::wait_by(call, nap, timeout);
    }

    /// Wakes up to `most` of those who sleep on the word, in all processes.
    #[cfg(target_vendor = "apple")]
    pub fn wake(word: &AtomicU32, most: i32) {
        if let Some(functions) = super::apple::functions() {
            super::wake_by(most, || functions.wake_all(word), || functions.wake_any(word));
        }
    }

    #[cfg(not(target_vendor = "apple"))]
    pub fn wake(_: &AtomicU32, _: i32) {}
}

#[cfg(target_vendor = "apple")]
#[allow(unsafe_code)]
mod apple {
    use std::ffi::{CStr, c_int, c_void};
    use std::mem::transmute;
    use std::sync::OnceLock;
    use std::sync::atomic::AtomicU32;

    use nix::errno::Errno;
    use nix::libc;

    type Wait = unsafe extern "C" fn(*mut c_void, u64, usize, u32, u32, u64) -> c_int;
    type Wake = unsafe extern "C" fn(*mut c_void, usize, u32) -> c_int;

    // The types are the declared ones. Not outside of tests: to name a function is to ask for it when the addon is loaded.
    #[cfg(test)]
    const _: (Wait, Wake, Wake) = (
        libc::os_sync_wait_on_address_with_timeout,
        libc::os_sync_wake_by_address_any,
        libc::os_sync_wake_by_address_all,
    );

    /// Those of the system, all of them: who is woken must have gone to sleep in the same way.
    pub struct Functions {
        wait: Wait,
        wake_any: Wake,
        wake_all: Wake,
    }

    fn look_up(name: &CStr) -> Option<*mut c_void> {
        // SAFETY: the name ends with a 0; the handle means all that is loaded.
        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        (!address.is_null()).then_some(address)
    }

    fn find() -> Option<Functions> {
        let wait = look_up(c"os_sync_wait_on_address_with_timeout")?;
        let wake_any = look_up(c"os_sync_wake_by_address_any")?;
        let wake_all = look_up(c"os_sync_wake_by_address_all")?;
        // SAFETY: functions of these names are the system's, which has given them the types that `os/os_sync_wait_on_address.h` declares.
        unsafe {
            Some(Functions {
                wait: transmute::<*mut c_void, Wait>(wait),
                wake_any: transmute::<*mut c_void, Wake>(wake_any),
                wake_all: transmute::<*mut c_void, Wake>(wake_all),
            })
        }
    }

    /// None: this system is older than they are.
    pub fn functions() -> Option<&'static Functions> {
        static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
        FUNCTIONS.get_or_init(find).as_ref()
    }

    const SIZE: usize = size_of::<AtomicU32>();

    impl Functions {
        pub fn wait(&self, word: &AtomicU32, seen: u32, nanoseconds: u64) -> nix::Result<()> {
            // SAFETY: the word is alive for as long as it is borrowed, and aligned; the system only reads it.
            let answer = unsafe {
                (self.wait)(
                    word.as_ptr().cast(),
                    u64::from(seen),
                    SIZE,
                    libc::OS_SYNC_WAIT_ON_ADDRESS_SHARED,
                    libc::OS_CLOCK_MACH_ABSOLUTE_TIME,
                    nanoseconds,
                )
            };
            Errno::result(answer).map(drop)
        }

        pub fn wake_any(&self, word: &AtomicU32) -> nix::Result<()> {
            // SAFETY: as in `wait`; the address alone counts here.
            let answer = unsafe {
                (self.wake_any)(word.as_ptr().cast(), SIZE, libc::OS_SYNC_WAKE_BY_ADDRESS_SHARED)
            };
            Errno::result(answer).map(drop)
        }

        pub fn wake_all(&self, word: &AtomicU32) {
            // SAFETY: as in `wake_any`.
            unsafe {
                (self.wake_all)(word.as_ptr().cast(), SIZE, libc::OS_SYNC_WAKE_BY_ADDRESS_SHARED);
            }
        }
    }
}

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
