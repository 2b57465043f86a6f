//! Owner records: who holds the writer's, the checkpointer's or a reader's lock.
//!
//! ```text
//! high 32 bits: process id      low 32 bits: instance id
//!                                            bit 31: a process of ours   bit 30: a guard   bit 29: upkeep
//!                                            below: counted from 1 within the process
//! ```
//!
//! Records inform people and tell slots apart. They never decide who is alive; the kernel's locks do.
//!
//! Peers count their instances from 1 and compare records whole, so no record of theirs ever has the two highest bits of
//! the instance id, and ours may (TSHM v1 §2.7). Bit 31 marks a record of ours, so that anybody who looks at one can say
//! whose it is. Bit 30 marks a *guard*: a reader slot that pins frame 0 for a moment after the log was restarted
//! (§4.17). Bit 29 marks a lock that is held for *upkeep*: not by a transaction, but to put the files in order, for a moment and
//! whoever does not wait for a transaction can wait for that (see `upkeep`).

use std::sync::atomic::{AtomicU32, Ordering};

const OURS_BIT: u64 = 1 << 31;
const GUARD_BIT: u64 = 1 << 30;
const UPKEEP_BIT: u64 = 1 << 29;
const COUNT_MASK: u32 = 0x1fff_ffff;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Owner(pub u64);

impl Owner {
    pub const NONE: Owner = Owner(0);

    /// A record for a new region of this process.
    pub fn next() -> Owner {
        static NEXT_INSTANCE: AtomicU32 = AtomicU32::new(1);
        // Relaxed: the number only has to be another one each time.
        let instance = NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed) & COUNT_MASK;
        Owner::of_process(std::process::id(), instance.max(1))
    }

    /// The record of a process of ours.
    pub fn of_process(pid: u32, instance: u32) -> Owner {
        Owner(u64::from(pid) << 32 | OURS_BIT | u64::from(instance & COUNT_MASK))
    }

    pub fn pid(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The number of the region within its process.
    pub fn instance(self) -> u32 {
        self.0 as u32 & COUNT_MASK
    }

    /// A record of a process of ours, not of a peer.
    pub fn is_ours(self) -> bool {
        self.0 & OURS_BIT != 0
    }

    #[must_use]
    pub fn guard(self) -> Owner {
        Owner(self.0 | GUARD_BIT)
    }

    #[must_use]
    pub fn upkeep(self) -> Owner {
        Owner(self.0 | UPKEEP_BIT)
    }

    pub fn is_upkeep(self) -> bool {
        self.is_ours() && self.0 & UPKEEP_BIT != 0
    }

    /// Whether this is a record of `owner`, for whatever purpose.
    pub fn is_of(self, owner: Owner) -> bool {
        self.is_ours() && self.0 & !(GUARD_BIT | UPKEEP_BIT) == owner.0
    }

    pub fn is_guard(self) -> bool {
        self.is_ours() && self.0 & GUARD_BIT != 0
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
        assert_ne!(first.instance(), 0);
        assert_ne!(first.instance(), second.instance());
        assert!(first.is_ours());
        assert!(!first.is_guard());
        assert!(first.guard().is_guard());
        assert_eq!(first.guard().pid(), first.pid());
        assert_eq!(first.guard().instance(), first.instance());
        assert!(first.upkeep().is_upkeep() && !first.is_upkeep() && !first.guard().is_upkeep());
        assert_eq!(first.upkeep().instance(), first.instance());
        assert!([first, first.guard(), first.upkeep()].iter().all(|it| it.is_of(first)));
        assert!(!second.is_of(first));
    }

    #[test]
    fn a_record_of_a_peer_is_not_ours() {
        let peer = Owner(u64::from(std::process::id()) << 32 | 1);
        assert!(!peer.is_ours() && !peer.is_guard());
        assert_eq!(peer.instance(), 1);
        assert!(!Owner::NONE.is_ours());
    }
}
