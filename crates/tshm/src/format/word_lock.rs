//! Locks in a word of shared memory, for what is held for microseconds and taken thousands of times a second: X and S.
//!
//! The word names its holder, 0: nobody. Taking and giving back cost no call of the system. Who is alive the caller finds out.
//!
//! An exchange acquires what the last holder did, who has released it with his. It is one step also for those who take the word
//! from the dead, so that of several only one has it then, and for who gives it back, so that a late goodbye of somebody who was taken
//! for dead changes nothing.

use crate::format::words::Words;

/// The holder, as an error.
pub fn take(words: &impl Words, word: usize, name: u64) -> Result<(), u64> {
    words.exchange64(word, 0, name).map(drop)
}

/// The same, unless the holder is dead. False: he is not, or somebody else was quicker.
pub fn take_from_the_dead<E>(
    words: &impl Words,
    word: usize,
    name: u64,
    is_alive: impl FnOnce(u64) -> Result<bool, E>,
) -> Result<bool, E> {
    let Err(holder) = take(words, word, name) else { return Ok(true) };
    // Threads of one process tell each other apart by flags, so our own name was left there by a thread that ended.
    Ok(!is_alive(holder)? && words.exchange64(word, holder, name).is_ok())
}

pub fn give_back(words: &impl Words, word: usize, name: u64) {
    // If it is not ours, somebody took us for dead, and it is his.
    let _ = words.exchange64(word, name, 0);
}
