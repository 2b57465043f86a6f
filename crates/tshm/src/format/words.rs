//! Shared memory as words at offsets, with the memory ordering of each access in its name.
//!
//! The protocol (`snapshot`, `reader_slots`, `frame_index`) is written against this trait. The real memory
//! is `mapping::Memory`; the tests run the same code over loom's atomics, which try every order that
//! the memory model permits.
//!
//! Ordering (TSHM v1 §4.0):
//! - header fields and reader tables: every load acquires, every store releases, every read-modify-write
//!   does both. A load that sees a store therefore also sees all that was stored before it;
//! - index entries and hash slots: relaxed. `frame_index_len` and the snapshot, both released after the
//!   entries, publish them;
//! - `load_fence` orders loads before it, of entries or of bytes in files, before the loads of a check that comes after: a load that
//!   acquires keeps what follows from going first, not what precedes. It pairs with `store_fence`, between the publication that the check
//!   would see and the stores that overwrite what was read;
//! - `fence` orders a store before a later load of *another* word, which acquire and release do not:
//!   a reader publishes its slot and then looks at the snapshot again; whoever restarts the log publishes the
//!   snapshot and then looks at the slots. Without a full fence on both sides each could miss the other.

use std::time::{Duration, Instant};

pub trait Words {
    /// Acquire.
    fn load32(&self, offset: usize) -> u32;
    /// Release.
    fn store32(&self, offset: usize, value: u32);
    /// Acquire.
    fn load64(&self, offset: usize) -> u64;
    /// Release.
    fn store64(&self, offset: usize, value: u64);
    /// Acquire and release; the value found, as an error when it is not `current`.
    fn exchange64(&self, offset: usize, current: u64, new: u64) -> Result<u64, u64>;
    /// Acquire and release.
    fn or64(&self, offset: usize, bits: u64);
    /// Relaxed, for index entries.
    fn entry_word(&self, offset: usize) -> u64;
    fn set_entry_word(&self, offset: usize, value: u64);
    /// Relaxed, for hash slots.
    fn hash_slot(&self, offset: usize) -> u16;
    fn set_hash_slot(&self, offset: usize, value: u16);
    /// Acquire: what was loaded before it was loaded before what is loaded after it.
    fn load_fence(&self);
    /// Release: what was stored before it is seen by whoever sees what is stored after it.
    fn store_fence(&self);
    /// Sequentially consistent.
    fn fence(&self);
}

/// Words on which somebody can sleep until they move.
pub trait Sleepers: Words {
    /// Sleeps until somebody signals the word, or it is no longer `seen`, or the time is up. May also wake for no reason.
    fn wait(&self, offset: usize, seen: u32, timeout: Duration);
    /// Changes the word, and wakes up to `most` of those who sleep on it, in all processes.
    fn signal(&self, offset: usize, most: i32);
    /// By a clock that never jumps.
    fn now(&self) -> Instant {
        Instant::now()
    }
}
