//! Waiting for what others give back, without a call of the system for those who give back what nobody waits for.
//!
//! Two words: one says that somebody sleeps, or is about to, the other counts, and is slept on.
//!
//! ```text
//! who waits       announce: count seen, waiters 1, fence ── look ── not there: sleep while the count is as seen ── again
//! who gives back  give back ── signal: fence, waiters? ── 0, count + 1, wake one
//! ```
//!
//! The fences see to it that one of the two notices the other: who gives back finds the announcement, or who waits finds what was
//! given back. The count is seen first: an announcement that is wiped out by somebody who still speaks to those before is followed by a
//! count that has moved.

use crate::format::words::{Sleepers, Words};

/// Says that somebody is about to look and then to sleep. Returns what to sleep on the count with.
pub fn announce(words: &impl Words, waiters: usize, count: usize) -> u32 {
    let seen = words.load32(count);
    words.store32(waiters, 1);
    words.fence();
    seen
}

/// What was announced for may be there. Whoever changes what is looked at calls this afterwards.
pub fn signal(words: &impl Sleepers, waiters: usize, count: usize, most: i32) {
    words.fence();
    if words.load32(waiters) != 0 {
        words.store32(waiters, 0);
        words.signal(count, most);
    }
}

/// Who was woken has what he waited for. Others may sleep still, and the word was cleared when he was woken.
pub fn take_over(words: &impl Words, waiters: usize) {
    words.store32(waiters, 1);
}
