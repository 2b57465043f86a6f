//! The shared frame index: which page each frame of this generation holds.
//!
//! Entries are appended in frame order and never change within a generation; slot `s` holds frame `s + 1`. A
//! hash per block leads from a page to its entries; every entry is inserted, older ones of the same page
//! come first on the probe path. (TSHM v1 §2.4, §2.5.)
//!
//! Only the holder of the writer's byte changes it. The order of an append leaves, wherever it stops, either
//! nothing or what the next writer trims away (§4.13):
//!
//! ```text
//! payload → (hash of a fresh block zeroed) → frame_index_len → hash values → snapshot published
//! ```
//!
//! We read the entries, not the hash: a peer that rolls back rebuilds the hash of a block under its readers.
//! The hash is written for the peers that do look there.

use rustc_hash::FxHashMap;

use crate::format::layout as at;
use crate::format::layout::{BLOCK_ENTRIES, BLOCK_HASH_SLOTS, MAX_ENTRIES};
use crate::format::snapshot::Generation;
use crate::format::words::Words;

/// Where the search for a page begins.
pub fn bucket(pgno: u64) -> usize {
    (pgno.wrapping_mul(383) % BLOCK_HASH_SLOTS as u64) as usize
}

/// Valid entries, never more than the format allows.
pub fn len(words: &impl Words) -> usize {
    (words.load32(at::FRAME_INDEX_LEN) as usize).min(MAX_ENTRIES)
}

pub fn is_overflowed(words: &impl Words) -> bool {
    words.load32(at::FRAME_INDEX_OVERFLOWED) != 0
}

pub fn set_overflowed(words: &impl Words, overflowed: bool) {
    words.store32(at::FRAME_INDEX_OVERFLOWED, u32::from(overflowed));
}

/// Blocks that exist, never more than the format allows.
pub fn blocks(words: &impl Words) -> usize {
    (words.load32(at::FRAME_INDEX_BLOCKS) as usize).min(at::MAX_BLOCKS)
}

/// Page and frame of an entry.
pub fn entry(words: &impl Words, slot: usize) -> (u64, u64) {
    let offset = at::entry_offset(slot);
    (words.entry_word(offset), words.entry_word(offset + 8))
}

/// Forgets all entries. The hash of a block is zeroed when its first entry comes back.
pub fn reset(words: &impl Words) {
    words.store32(at::FRAME_INDEX_LEN, 0);
}

/// Where the last entry of a page went in the hash of one block. Looking for a free slot from there spares the walk
/// over all older entries of that page, and page 1 has one in almost every commit. Slots of committed
/// entries never become empty, so a hint holds as long as its block and generation.
#[derive(Default)]
pub struct Hints {
    block: Option<(Generation, usize)>,
    slots: FxHashMap<u32, usize>,
}

impl Hints {
    fn turn_to(&mut self, generation: Generation, block: usize) {
        if self.block != Some((generation, block)) {
            self.block = Some((generation, block));
            self.slots.clear();
        }
    }

    /// Entries were taken back.
    pub fn forget(&mut self) {
        self.block = None;
        self.slots.clear();
    }
}

/// Appends frames `first_frame..` of a generation. There is room: the blocks exist and are accessible.
pub fn append(
    words: &impl Words,
    hints: &mut Hints,
    generation: Generation,
    first_frame: u64,
    pgnos: &[u32],
) {
    if pgnos.is_empty() {
        return;
    }
    let start = len(words);
    let end = start + pgnos.len();
    // The index was grown first, so only damage can have changed the counts since.
    if end > blocks(words) * BLOCK_ENTRIES {
        return set_overflowed(words, true);
    }
    // Whoever reads an entry that is overwritten here finds, when he looks, the generation published to which it belongs. Pairs with
    // the fence in `Region::pages`.
    words.store_fence();
    for (index, pgno) in pgnos.iter().enumerate() {
        let slot = start + index;
        let offset = at::entry_offset(slot);
        words.set_entry_word(offset, u64::from(*pgno));
        words.set_entry_word(offset + 8, first_frame + index as u64);
        if slot.is_multiple_of(BLOCK_ENTRIES) {
            clear_hash_above(words, slot / BLOCK_ENTRIES, 0);
        }
    }
    words.store32(at::FRAME_INDEX_LEN, end as u32);
    for (index, pgno) in pgnos.iter().enumerate() {
        let slot = start + index;
        hints.turn_to(generation, slot / BLOCK_ENTRIES);
        let hint = hints.slots.get(pgno).copied();
        let hash = hint.unwrap_or_else(|| bucket(u64::from(*pgno)));
        if let Some(used) = insert_hash(words, slot, hash) {
            hints.slots.insert(*pgno, used);
        }
    }
}

/// Enters a slot in the first free place from `hash` on.
fn insert_hash(words: &impl Words, slot: usize, mut hash: usize) -> Option<usize> {
    let (block, local) = (slot / BLOCK_ENTRIES, slot % BLOCK_ENTRIES);
    for _ in 0..BLOCK_HASH_SLOTS {
        let offset = at::hash_offset(block, hash);
        if words.hash_slot(offset) == 0 {
            words.set_hash_slot(offset, local as u16 + 1);
            return Some(hash);
        }
        hash = (hash + 1) % BLOCK_HASH_SLOTS;
    }
    // A block has twice as many slots as entries. Only bytes that are not ours can fill it, and then
    // the entry is merely not found by way of the hash.
    None
}

/// Zeroes the hash slots of a block that lead beyond its first `count` entries, and touches no other.
fn clear_hash_above(words: &impl Words, block: usize, count: usize) {
    for hash in 0..BLOCK_HASH_SLOTS {
        let offset = at::hash_offset(block, hash);
        if words.hash_slot(offset) as usize > count {
            words.set_hash_slot(offset, 0);
        }
    }
}

/// Entries with a frame up to `max_frame`. The blocks of all entries are accessible.
pub fn count_up_to(words: &impl Words, max_frame: u64) -> usize {
    let (mut low, mut high) = (0, len(words));
    while low < high {
        let middle = usize::midpoint(low, high);
        if entry(words, middle).1 <= max_frame { low = middle + 1 } else { high = middle }
    }
    low
}

/// Drops the entries after `max_frame`: of a writer that died, or rolled back. `thoroughly` also looks for hash
/// values without an entry, which a death between the two leaves. (TSHM v1 §4.14, §7.6.)
pub fn trim(words: &impl Words, hints: &mut Hints, max_frame: u64, thoroughly: bool) {
    let length = len(words);
    let is_long = length > 0 && entry(words, length - 1).1 > max_frame;
    let kept = if is_long { count_up_to(words, max_frame) } else { length };
    if is_long {
        words.store32(at::FRAME_INDEX_LEN, kept as u32);
    }
    if is_long || thoroughly {
        hints.forget();
    }
    let local = kept % BLOCK_ENTRIES;
    // Nothing kept in a block: its hash is zeroed by the next append.
    if (is_long || thoroughly) && local > 0 {
        clear_hash_above(words, kept / BLOCK_ENTRIES, local);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::mapping::Memory;

    /// Looks a page up by way of the hash, as a peer does.
    fn find(words: &impl Words, pgno: u64, low: u64, high: u64) -> Option<u64> {
        let visible = count_up_to(words, high);
        for block in (0..visible.div_ceil(BLOCK_ENTRIES)).rev() {
            let count = (visible - block * BLOCK_ENTRIES).min(BLOCK_ENTRIES);
            let mut hash = bucket(pgno);
            let mut found = None;
            for _ in 0..BLOCK_HASH_SLOTS {
                let value = words.hash_slot(at::hash_offset(block, hash)) as usize;
                if value == 0 || value > count {
                    break;
                }
                let (page, frame) = entry(words, block * BLOCK_ENTRIES + value - 1);
                if page == pgno {
                    found = Some(frame);
                }
                hash = (hash + 1) % BLOCK_HASH_SLOTS;
            }
            if let Some(frame) = found.filter(|frame| (low..=high).contains(frame)) {
                return Some(frame);
            }
        }
        None
    }

    fn memory(blocks: usize) -> Memory {
        let memory = Memory::heap();
        for block in 0..blocks {
            memory.ensure_block(block).unwrap();
        }
        memory.store32(at::FRAME_INDEX_BLOCKS, blocks as u32);
        memory
    }

    fn append_to(memory: &Memory, first_frame: u64, pgnos: &[u32]) {
        let mut hints = Hints::default();
        append(memory, &mut hints, Generation::default(), first_frame, pgnos);
    }

    fn hash_image(memory: &Memory, block: usize) -> Vec<u16> {
        (0..BLOCK_HASH_SLOTS).map(|hash| memory.hash_slot(at::hash_offset(block, hash))).collect()
    }

    #[test]
    fn buckets_are_those_of_the_specification() {
        let examples = [(1, 383), (2, 766), (21, 8043), (22, 234), (1000, 6168), (8193, 383)];
        for (pgno, expected) in examples {
            assert_eq!(bucket(pgno), expected);
        }
    }

    #[test]
    fn the_minimal_session_leaves_the_published_hash() {
        let memory = memory(1);
        append_to(&memory, 1, &[1, 2]);
        append_to(&memory, 3, &[2]);
        let hash = hash_image(&memory, 0);
        assert_eq!((hash[383], hash[766], hash[767]), (1, 2, 3));
        assert_eq!(hash.iter().filter(|value| **value != 0).count(), 3);
        assert_eq!(find(&memory, 2, 1, 3), Some(3));
        assert_eq!(find(&memory, 2, 1, 2), Some(2));
        assert_eq!(find(&memory, 2, 3, 2), None);
        assert_eq!(find(&memory, 9, 1, 3), None);
    }

    #[test]
    fn stale_hash_bytes_of_an_earlier_generation_are_cleared() {
        let memory = memory(1);
        append_to(&memory, 1, &[1, 2, 3]);
        reset(&memory);
        append_to(&memory, 1, &[3]);
        let fresh = self::memory(1);
        append_to(&fresh, 1, &[3]);
        assert_eq!(hash_image(&memory, 0), hash_image(&fresh, 0));
    }

    #[test]
    fn a_hash_value_without_entry_is_found_when_asked_for() {
        let memory = memory(1);
        append_to(&memory, 1, &[5]);
        let clean = hash_image(&memory, 0);
        memory.set_hash_slot(at::hash_offset(0, 100), 2);
        trim(&memory, &mut Hints::default(), 1, false);
        assert_ne!(hash_image(&memory, 0), clean);
        trim(&memory, &mut Hints::default(), 1, true);
        assert_eq!(hash_image(&memory, 0), clean);
    }

    #[test]
    fn hints_change_nothing_but_the_way() {
        let (hinted, plain) = (memory(2), memory(2));
        let mut hints = Hints::default();
        for frame in 1..6000_u64 {
            // Few pages, some of whose buckets collide.
            let pgno = [1, 8193, 2, 1, 16385][(frame % 5) as usize];
            append(&hinted, &mut hints, Generation::default(), frame, &[pgno]);
            append_to(&plain, frame, &[pgno]);
        }
        for block in 0..2 {
            assert_eq!(hash_image(&hinted, block), hash_image(&plain, block));
        }
        trim(&hinted, &mut hints, 5000, false);
        trim(&plain, &mut Hints::default(), 5000, false);
        append(&hinted, &mut hints, Generation::default(), 5001, &[1, 2]);
        append_to(&plain, 5001, &[1, 2]);
        assert_eq!(hash_image(&hinted, 1), hash_image(&plain, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn lookups_agree_with_a_list(
            pgnos in prop::collection::vec(1u32..60, 1..400),
            filler in prop::sample::select(vec![0usize, 4000, 8100]),
            high in 0u64..9000,
            low in 1u64..9000,
        ) {
            let memory = memory(3);
            let mut all = vec![8193u32; filler];
            all.extend(&pgnos);
            append_to(&memory, 1, &all);
            for pgno in (1..60).chain([8193]) {
                let newest = |from: u64, to: u64| all.iter().zip(1u64..)
                    .filter(|(page, frame)| **page == pgno && (from..=to).contains(frame))
                    .map(|(_, frame)| frame).max();
                // The newest visible frame counts; below `low` the database file has it.
                let expected = newest(1, high).filter(|frame| *frame >= low);
                prop_assert_eq!(find(&memory, u64::from(pgno), low, high), expected);
            }
        }

        #[test]
        fn a_trim_is_byte_for_byte_what_a_rebuild_gives(
            pgnos in prop::collection::vec(1u32..40, 1..300),
            filler in prop::sample::select(vec![0usize, 4000]),
            keep in 0usize..5000,
        ) {
            let trimmed = memory(2);
            let mut all = vec![3u32; filler];
            all.extend(&pgnos);
            append_to(&trimmed, 1, &all);
            let keep = keep.min(all.len());
            trim(&trimmed, &mut Hints::default(), keep as u64, false);
            let rebuilt = memory(2);
            append_to(&rebuilt, 1, &all[..keep]);
            prop_assert_eq!(len(&trimmed), keep);
            for block in 0..keep.div_ceil(BLOCK_ENTRIES) {
                prop_assert_eq!(hash_image(&trimmed, block), hash_image(&rebuilt, block));
            }
            // And it can be continued.
            append_to(&trimmed, keep as u64 + 1, &[7]);
            prop_assert_eq!(find(&trimmed, 7, 1, keep as u64 + 1), Some(keep as u64 + 1));
        }
    }
}
