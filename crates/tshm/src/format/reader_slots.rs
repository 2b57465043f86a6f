//! Reader slots in the shared memory: which frame each reader pins.
//!
//! A slot is really occupied while its byte is locked; map, frame and owner are the published description of
//! that fact. The rules that keep them honest (TSHM v1 §4.8, §4.9, §4.19):
//!
//! - taking: bit to 0, lock the byte, owner, frame;
//! - giving back: frame to all ones, owner to 0, bit to 1, and only then unlock. Whoever grabs the bit early
//!   fails at the lock and moves on, so a late store of ours can never hit another's registration;
//! - nobody touches the fields of a slot whose byte he has not locked himself.
//!
//! Here are the words; `pins` adds the locks, and shares slots among the connections of a process.

use crate::format::layout as at;
use crate::format::layout::{NO_FRAME, READER_SLOTS};
use crate::format::owner::Owner;
use crate::format::words::Words;

/// Marks slot `slot` as taken in the free map. False: somebody else has it.
pub fn claim_bit(words: &impl Words, slot: usize) -> bool {
    let bit = 1_u64 << slot;
    let mut map = words.load64(at::READER_FREE_MAP);
    while map & bit != 0 {
        match words.exchange64(at::READER_FREE_MAP, map, map & !bit) {
            Ok(_) => return true,
            Err(found) => map = found,
        }
    }
    false
}

pub fn return_bit(words: &impl Words, slot: usize) {
    words.or64(at::READER_FREE_MAP, 1 << slot);
}

pub fn free_count(words: &impl Words) -> u32 {
    words.load64(at::READER_FREE_MAP).count_ones()
}

pub fn is_marked_free(words: &impl Words, slot: usize) -> bool {
    words.load64(at::READER_FREE_MAP) & (1 << slot) != 0
}

pub fn frame(words: &impl Words, slot: usize) -> u64 {
    words.load64(at::reader_frame(slot))
}

pub fn owner(words: &impl Words, slot: usize) -> Owner {
    Owner(words.load64(at::reader_owner(slot)))
}

/// States who reads at which frame. The byte is locked by us.
pub fn publish(words: &impl Words, slot: usize, owner: Owner, frame: u64) {
    words.store64(at::reader_owner(slot), owner.0);
    words.store64(at::reader_frame(slot), frame);
}

/// Pins another frame in a slot that is ours.
pub fn set_frame(words: &impl Words, slot: usize, frame: u64) {
    words.store64(at::reader_frame(slot), frame);
}

/// Makes a slot whose byte we hold free for everybody. The unlock follows.
pub fn reset(words: &impl Words, slot: usize) {
    words.store64(at::reader_frame(slot), NO_FRAME);
    words.store64(at::reader_owner(slot), 0);
    return_bit(words, slot);
}

/// All slots empty: for a new region, or as the first.
pub fn reset_all(words: &impl Words) {
    for slot in 0..READER_SLOTS {
        words.store64(at::reader_frame(slot), NO_FRAME);
        words.store64(at::reader_owner(slot), 0);
    }
    words.store64(at::READER_FREE_MAP, u64::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::mapping::Memory;

    #[test]
    fn a_bit_is_claimed_once() {
        let memory = Memory::heap();
        reset_all(&memory);
        assert!(claim_bit(&memory, 63));
        assert!(!claim_bit(&memory, 63));
        assert_eq!(free_count(&memory), 63);
        publish(&memory, 63, Owner(5), 9);
        assert_eq!((frame(&memory, 63), owner(&memory, 63)), (9, Owner(5)));
        reset(&memory, 63);
        assert_eq!((frame(&memory, 63), owner(&memory, 63)), (NO_FRAME, Owner::NONE));
        assert!(claim_bit(&memory, 63));
    }
}
