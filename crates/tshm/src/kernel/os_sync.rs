//! Sleeping on a word of shared memory, and waking who sleeps: the functions of macOS.
//!
//! They are there from 14.4 on, and the addon loads on older ones too, so they are looked up while running,
//! once. `os/os_sync_wait_on_address.h` says:
//!
//! - a wait ends when the word is not what was expected, when it is woken, or with ETIMEDOUT when the time is over. The time is relative,
//!   in nanoseconds for `OS_CLOCK_MACH_ABSOLUTE_TIME`, and 0 is EINVAL;
//! - a word of 4 bytes is compared with the lower half of the 8 that are given;
//! - between processes both sides say SHARED; a wait and a wake that differ in that, or in the size, do not find each other;
//! - EINTR, and when memory is short ENOMEM and EFAULT, end a wait early: look at the word, and wait again if need be;
//! - a wake that finds nobody is ENOENT.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;

use nix::errno::Errno;
use nix::libc;

type Wait = unsafe extern "C" fn(*mut c_void, u64, usize, u32, u32, u64) -> c_int;
type Wake = unsafe extern "C" fn(*mut c_void, usize, u32) -> c_int;

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

#[cfg(test)]
mod tests {
    use super::*;

    // The types are the declared ones. Only here: to name a function is to ask for it when the addon is loaded.
    const _: (Wait, Wake, Wake) = (
        libc::os_sync_wait_on_address_with_timeout,
        libc::os_sync_wake_by_address_any,
        libc::os_sync_wake_by_address_all,
    );
}
