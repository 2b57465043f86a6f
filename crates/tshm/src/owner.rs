//! Owner records: who holds the writer's, the checkpointer's or a reader's lock.
//!
//! ```text
//! high 32 bits: process id      low 32 bits: instance id, counted from 1 within the process
//! ```
//!
//! Records inform people and tell slots apart. They never decide who is alive; the kernel's locks do.
//!
//! The highest bit of the instance id marks a *guard*: a reader slot that pins frame 0 for a moment after the
//! log was restarted (TSHM v1 §4.17). Instances are counted, so no real one ever has that bit.

use std::sync::atomic::{AtomicU32, Ordering};

const GUARD_BIT: u64 = 1 << 31;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Owner(pub u64);

impl Owner {
    pub const NONE: Owner = Owner(0);

    /// A record for a new region of this process.
    pub fn next() -> Owner {
        static NEXT_INSTANCE: AtomicU32 = AtomicU32::new(1);
        // Relaxed: the number only has to be another one each time.
        let instance = NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed) & 0x7fff_ffff;
        Owner(u64::from(std::process::id()) << 32 | u64::from(instance.max(1)))
    }

    pub fn pid(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[must_use]
    pub fn guard(self) -> Owner {
        Owner(self.0 | GUARD_BIT)
    }

    pub fn is_guard(self) -> bool {
        self.0 & GUARD_BIT != 0
    }

    /// True only when no process of that number exists in our name space. A process of another container
    /// may then still exist; its locks tell.
    pub fn is_process_gone(self) -> bool {
        use nix::errno::Errno;
        let Ok(pid) = i32::try_from(self.pid()) else { return false };
        pid > 0
            && nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) == Err(Errno::ESRCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_hold_the_process_and_count_instances() {
        let (first, second) = (Owner::next(), Owner::next());
        assert_eq!(first.pid(), std::process::id());
        assert_ne!(first, second);
        assert_ne!(first.0 & 0xffff_ffff, 0);
        assert!(!first.is_guard());
        assert!(first.guard().is_guard());
        assert_eq!(first.guard().pid(), first.pid());
    }

    #[test]
    fn a_living_process_is_not_gone() {
        assert!(!Owner::next().is_process_gone());
        assert!(Owner(0x7fff_fff0 << 32 | 1).is_process_gone());
        assert!(!Owner::NONE.is_process_gone());
    }
}
