//! The authoritative snapshot: eleven header fields that change together, under a sequence lock.
//!
//! ```text
//! snapshot_seq   even ──exchange──▶ odd ──fields stored──▶ even + 2
//! ```
//!
//! A reader takes the number, the fields, the number again, and starts over when it was odd or has moved. The
//! number is also a lock among writers: a committer, a checkpointer and somebody repairing may
//! compete.
//!
//! Between odd and even nothing can block, fail, allocate or call the system. A process that is killed
//! there all the same leaves the number odd; whoever waits here gives up in time and says so, and
//! `repair` takes over. (TSHM v1 §4.6, §4.7.)
//!
//! Why acquire and release suffice: a reader that sees any field of a publication in progress has acquired
//! that store, and with it the odd number stored before; so its second look finds the number moved.

use std::time::{Duration, Instant};

use crate::format::layout as at;
use crate::format::words::Words;

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Snapshot {
    pub max_frame: u64,
    pub backfilled_frames: u64,
    pub transaction_count: u64,
    pub visibility_generation: u64,
    pub checkpoint_seq: u32,
    pub checkpoint_epoch: u32,
    pub page_size: u32,
    pub salt1: u32,
    pub salt2: u32,
    pub checksum1: u32,
    pub checksum2: u32,
}

/// The name of a generation of the log.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Generation {
    pub checkpoint_seq: u32,
    pub salt1: u32,
    pub salt2: u32,
}

impl Snapshot {
    pub fn generation(&self) -> Generation {
        let Snapshot { checkpoint_seq, salt1, salt2, .. } = *self;
        Generation { checkpoint_seq, salt1, salt2 }
    }

    /// The same state of the database, whatever has been copied back meanwhile.
    pub fn is_same_state(&self, other: &Snapshot) -> bool {
        self.max_frame == other.max_frame
            && self.generation() == other.generation()
            && self.checksum1 == other.checksum1
            && self.checksum2 == other.checksum2
            && self.transaction_count == other.transaction_count
    }

    /// No commit lies between the two. Beside the same state that is an empty log whose header was written meanwhile, by a transaction that came to
    /// nothing; its checksum is then another, and its salts where there had been none.
    pub fn adds_no_commit_to(&self, earlier: &Snapshot) -> bool {
        let is_same_log = self.generation() == earlier.generation()
            || (earlier.page_size == 0 && self.checkpoint_seq == earlier.checkpoint_seq);
        self.is_same_state(earlier)
            || (self.max_frame == 0
                && earlier.max_frame == 0
                && self.transaction_count == earlier.transaction_count
                && is_same_log)
    }

    /// It can be so. Anything else is damage to the file.
    pub fn is_possible(&self) -> bool {
        let is_page_size =
            (512..=65536).contains(&self.page_size) && self.page_size.is_power_of_two();
        u32::try_from(self.max_frame).is_ok()
            && self.backfilled_frames <= self.max_frame
            && (self.page_size == 0 || is_page_size)
    }

    fn load(words: &impl Words) -> Snapshot {
        Snapshot {
            max_frame: words.load64(at::MAX_FRAME),
            backfilled_frames: words.load64(at::NBACKFILLS),
            transaction_count: words.load64(at::TRANSACTION_COUNT),
            visibility_generation: words.load64(at::VISIBILITY_GENERATION),
            checkpoint_seq: words.load32(at::CHECKPOINT_SEQ),
            checkpoint_epoch: words.load32(at::CHECKPOINT_EPOCH),
            page_size: words.load32(at::PAGE_SIZE),
            salt1: words.load32(at::SALT_1),
            salt2: words.load32(at::SALT_2),
            checksum1: words.load32(at::CHECKSUM_1),
            checksum2: words.load32(at::CHECKSUM_2),
        }
    }

    fn store(&self, words: &impl Words) {
        words.store64(at::MAX_FRAME, self.max_frame);
        words.store64(at::NBACKFILLS, self.backfilled_frames);
        words.store64(at::TRANSACTION_COUNT, self.transaction_count);
        words.store64(at::VISIBILITY_GENERATION, self.visibility_generation);
        words.store32(at::CHECKPOINT_SEQ, self.checkpoint_seq);
        words.store32(at::CHECKPOINT_EPOCH, self.checkpoint_epoch);
        words.store32(at::PAGE_SIZE, self.page_size);
        words.store32(at::SALT_1, self.salt1);
        words.store32(at::SALT_2, self.salt2);
        words.store32(at::CHECKSUM_1, self.checksum1);
        words.store32(at::CHECKSUM_2, self.checksum2);
    }
}

/// The sequence number was odd, and stayed at this value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stuck(pub u64);

pub fn sequence(words: &impl Words) -> u64 {
    words.load64(at::SNAPSHOT_SEQ)
}

/// One attempt to read: the snapshot and the number it was read under.
pub fn try_read(words: &impl Words) -> Option<(Snapshot, u64)> {
    let before = sequence(words);
    if before % 2 == 1 {
        return None;
    }
    let snapshot = Snapshot::load(words);
    (sequence(words) == before).then_some((snapshot, before))
}

/// One attempt to publish. `change` runs while the number is odd: it only computes.
pub fn try_publish(words: &impl Words, change: impl FnOnce(&mut Snapshot)) -> Option<Snapshot> {
    let before = sequence(words);
    if before % 2 == 1 || words.exchange64(at::SNAPSHOT_SEQ, before, before + 1).is_err() {
        return None;
    }
    // Nobody else stores these fields while the number is odd.
    let mut snapshot = Snapshot::load(words);
    change(&mut snapshot);
    snapshot.store(words);
    words.store64(at::SNAPSHOT_SEQ, before.wrapping_add(2));
    Some(snapshot)
}

/// Ends the publication of a dead process: states everything anew and moves the number to even. The
/// caller excludes everybody else who might.
pub fn complete(words: &impl Words, odd: u64, snapshot: &Snapshot) {
    snapshot.store(words);
    words.store64(at::SNAPSHOT_SEQ, odd.wrapping_add(1));
}

/// The first: fields that cannot be are cleared, all of them. Recovery states them anew.
pub fn forget_damage(words: &impl Words) {
    if !Snapshot::load(words).is_possible() {
        Snapshot::default().store(words);
    }
}

/// The fields as they stand, whole or not. Only for repair.
pub fn load_torn(words: &impl Words) -> Snapshot {
    Snapshot::load(words)
}

/// How long one odd value may last before its author counts as dead.
pub const PATIENCE: Duration = Duration::from_millis(100);
/// Rounds without and with yielding the processor before the waiting sleeps.
const SPINS: u32 = 64;
const YIELDS: u32 = 64;

pub fn read(words: &impl Words) -> Result<(Snapshot, u64), Stuck> {
    let mut waiting = Waiting::default();
    loop {
        if let Some(found) = try_read(words) {
            return Ok(found);
        }
        waiting.wait(sequence(words))?;
    }
}

pub fn publish(
    words: &impl Words,
    mut change: impl FnMut(&mut Snapshot),
) -> Result<Snapshot, Stuck> {
    let mut waiting = Waiting::default();
    loop {
        if let Some(snapshot) = try_publish(words, &mut change) {
            return Ok(snapshot);
        }
        waiting.wait(sequence(words))?;
    }
}

#[derive(Default)]
struct Waiting {
    round: u32,
    odd: u64,
    since: Option<Instant>,
}

impl Waiting {
    fn wait(&mut self, sequence: u64) -> Result<(), Stuck> {
        self.round += 1;
        if self.round < SPINS {
            std::hint::spin_loop();
            return Ok(());
        }
        if sequence.is_multiple_of(2) || self.odd != sequence || self.since.is_none() {
            self.odd = sequence;
            self.since = Some(Instant::now());
        } else if self.since.is_some_and(|since| since.elapsed() >= PATIENCE) {
            return Err(Stuck(sequence));
        }
        if self.round < SPINS + YIELDS {
            std::thread::yield_now();
        } else {
            std::thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::mapping::Memory;

    #[test]
    fn a_publication_raises_the_sequence_by_two() {
        let memory = Memory::heap();
        publish(&memory, |snapshot| snapshot.max_frame = 5).unwrap();
        let (snapshot, sequence) = read(&memory).unwrap();
        assert_eq!((snapshot.max_frame, sequence), (5, 2));
    }

    #[test]
    fn an_odd_sequence_is_reported_in_time_and_can_be_completed() {
        let memory = Memory::heap();
        memory.store64(at::SNAPSHOT_SEQ, 7);
        let start = Instant::now();
        assert_eq!(read(&memory), Err(Stuck(7)));
        assert_eq!(publish(&memory, |_| ()), Err(Stuck(7)));
        assert!(start.elapsed() < Duration::from_secs(2));
        complete(&memory, 7, &Snapshot { max_frame: 3, ..Snapshot::default() });
        assert_eq!(read(&memory).unwrap().0.max_frame, 3);
    }

    #[test]
    fn more_that_is_copied_back_is_the_same_state() {
        let one = Snapshot { max_frame: 9, ..Snapshot::default() };
        let other = Snapshot { backfilled_frames: 4, checkpoint_epoch: 1, ..one };
        assert!(one.is_same_state(&other));
        assert!(!one.is_same_state(&Snapshot { salt2: 1, ..one }));
        assert!(!one.is_same_state(&Snapshot { max_frame: 8, ..one }));
    }

    #[test]
    fn a_header_is_no_commit() {
        let empty = Snapshot { page_size: 512, checkpoint_seq: 3, salt1: 5, ..Snapshot::default() };
        let written = Snapshot { checksum1: 7, ..empty };
        assert!(written.adds_no_commit_to(&empty) && !written.is_same_state(&empty));
        assert!(!Snapshot { transaction_count: 1, ..written }.adds_no_commit_to(&empty));
        assert!(!Snapshot { max_frame: 1, ..written }.adds_no_commit_to(&empty));
        assert!(!Snapshot { salt1: 6, ..written }.adds_no_commit_to(&empty));
        let none = Snapshot { page_size: 0, salt1: 0, ..empty };
        assert!(written.adds_no_commit_to(&none));
        assert!(!Snapshot { checkpoint_seq: 4, ..written }.adds_no_commit_to(&none));
        let frames = Snapshot { max_frame: 2, ..empty };
        assert!(!Snapshot { checksum1: 7, ..frames }.adds_no_commit_to(&frames));
    }
}
