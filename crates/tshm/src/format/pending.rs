//! What frames hold that are appended and not yet published, in shared memory: whoever builds on them, and whoever publishes them, need not
//! read their headers from the log.
//!
//! A ring of the last `PENDING_SLOTS`. Every frame that is pending was put here before `TAIL` said so; what newer ones have
//! written over is to be read from the log. The slot names its frame, and the generation of the log that this belongs to, before and
//! after the rest is read, and is nobody's while it changes. Whoever reads anything of the next frame has acquired that store, and with it
//! the one that took the name away, so his second look finds that.

use crate::format::layout as at;
use crate::format::words::Words;

const SLOTS: u64 = at::PENDING_SLOTS as u64;

/// What a frame's header says. Of frames that end no commit only the page counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pending {
    pub pgno: u32,
    /// Pages in the database from here on; 0: to be read from the log.
    pub page_count: u32,
    pub checksum: (u32, u32),
}

fn slot(frame: u64) -> usize {
    at::PENDING + (frame % SLOTS) as usize * at::PENDING_SIZE
}

/// What a slot is called while it holds this frame. Frames have 32 bits.
fn name(checkpoint_seq: u32, frame: u64) -> u64 {
    pair(checkpoint_seq, frame as u32)
}

/// Under X: the frames of a commit, of which `last` is the last one.
pub fn store(
    words: &impl Words,
    checkpoint_seq: u32,
    last: u64,
    pgnos: &[u32],
    page_count: u32,
    checksum: (u32, u32),
) {
    let kept = &pgnos[pgnos.len().saturating_sub(at::PENDING_SLOTS)..];
    for (frame, pgno) in (last + 1 - kept.len() as u64..).zip(kept.iter().copied()) {
        let slot = slot(frame);
        let is_last = frame == last;
        words.store64(slot, 0);
        words.store64(slot + 8, pair(pgno, if is_last { page_count } else { 0 }));
        words.store64(slot + 16, if is_last { pair(checksum.0, checksum.1) } else { 0 });
        words.store64(slot, name(checkpoint_seq, frame));
    }
}

/// None: to be read from the log.
pub fn load(words: &impl Words, checkpoint_seq: u32, frame: u64) -> Option<Pending> {
    let (slot, name) = (slot(frame), name(checkpoint_seq, frame));
    if words.load64(slot) != name {
        return None;
    }
    let (pgno, page_count) = halves(words.load64(slot + 8));
    let checksum = halves(words.load64(slot + 16));
    (words.load64(slot) == name).then_some(Pending { pgno, page_count, checksum })
}

fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::mapping::Memory;

    const SEQ: u32 = 5;

    #[test]
    fn frames_of_another_generation_are_not_known() {
        let memory = Memory::heap();
        store(&memory, SEQ, 1, &[7], 40, (1, 2));
        assert_eq!(load(&memory, SEQ + 1, 1), None);
        store(&memory, SEQ + 1, 1, &[8], 40, (1, 2));
        assert_eq!(load(&memory, SEQ, 1), None);
        assert_eq!(load(&memory, SEQ + 1, 1).map(|frame| frame.pgno), Some(8));
    }

    #[test]
    fn the_last_frames_are_known_and_older_ones_are_not() {
        let memory = Memory::heap();
        store(&memory, SEQ, 2, &[7, 9], 40, (1, 2));
        assert_eq!(load(&memory, SEQ, 1).map(|frame| frame.pgno), Some(7));
        let last = Pending { pgno: 9, page_count: 40, checksum: (1, 2) };
        assert_eq!(load(&memory, SEQ, 2), Some(last));
        assert_eq!(load(&memory, SEQ, 3), None);
        let many: Vec<u32> = (100..100 + 3 * at::PENDING_SLOTS as u32).collect();
        store(&memory, SEQ, 2 + many.len() as u64, &many, 300, (3, 4));
        let end = 2 + many.len() as u64;
        for frame in 1..=end {
            let known = frame + SLOTS > end;
            let pgno = (frame > 2).then(|| many[frame as usize - 3]).filter(|_| known);
            assert_eq!(load(&memory, SEQ, frame).map(|frame| frame.pgno), pgno, "frame {frame}");
        }
        assert_eq!(load(&memory, SEQ, end).unwrap().checksum, (3, 4));
    }
}
