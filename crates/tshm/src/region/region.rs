//! A region: the coordination file, or its likeness in the memory of one process.
//!
//! It knows how to come into being, to be checked, to grow, and to keep the frame index; the protocol above it
//! is the same for both kinds.

use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::format::frame_index::{self, Hints};
use crate::format::layout as at;
use crate::format::layout::{BLOCK_ENTRIES, MAX_BLOCKS, MAX_ENTRIES, file_size};
use crate::format::owner::Owner;
use crate::format::reader_slots;
use crate::format::snapshot::{self, Generation};
use crate::format::words::Words;
use crate::kernel::attributes::Attributes;
use crate::kernel::disk::extend;
use crate::kernel::locks::LockTable;
use crate::kernel::mapping::Memory;
use crate::kernel::to_disk;
use crate::region::life::Life;

pub struct Region {
    memory: Memory,
    owner: Owner,
    life: Life,
    hints: Mutex<Hints>,
}

impl Region {
    /// A fresh one for the threads of one process.
    pub fn heap() -> Region {
        let memory = Memory::heap();
        for (index, chunk) in at::initial_base().chunks_exact(8).enumerate() {
            let word = chunk.first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word));
            memory.store64(index * 8, word);
        }
        Region { memory, owner: Owner::next(), life: Life::default(), hints: Mutex::default() }
    }

    /// Maps a file that is valid.
    pub fn mapped(file: File) -> Result<Region> {
        let memory = Memory::mapped(file).map_err(Error::io("mapping the coordination file"))?;
        Ok(Region { memory, owner: Owner::next(), life: Life::default(), hints: Mutex::default() })
    }

    pub fn words(&self) -> &Memory {
        &self.memory
    }

    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// This process as a holder of word locks.
    pub fn life(&self) -> &Life {
        &self.life
    }

    pub fn file(&self) -> Option<&File> {
        self.memory.file()
    }

    /// The coordination file was cut while it was mapped: nothing here can be believed or announced any more.
    pub fn is_lost(&self) -> bool {
        self.memory.is_lost()
    }

    /// The length that the file must have at least.
    pub fn expected_size(&self) -> u64 {
        file_size(frame_index::blocks(&self.memory))
    }

    pub fn is_shared(&self) -> bool {
        self.memory.file().is_some()
    }

    pub fn locks(&self) -> LockTable<'_> {
        LockTable::new(self.memory.file())
    }

    fn hints(&self) -> MutexGuard<'_, Hints> {
        // After a panic the hints may be wrong, but not what they hint at: they are only where to begin.
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first: nobody owns or reads anything, and a publication that was cut off is over.
    pub fn reset_owners(&self) {
        self.memory.store64(at::WRITER_OWNER, 0);
        self.memory.store64(at::CHECKPOINT_OWNER, 0);
        reader_slots::reset_all(&self.memory);
        // What nobody could sync is as uncertain as before. Any other number is damage.
        let has_failed = u32::from(self.memory.load32(at::SYNC_FAILED) == 1);
        (at::TAIL..at::UNUSED).step_by(8).for_each(|word| self.memory.store64(word, 0));
        self.memory.store32(at::SYNC_FAILED, has_failed);
        let sequence = self.memory.load64(at::SNAPSHOT_SEQ);
        if sequence % 2 == 1 {
            // The fields may be torn; recovery states them all before anybody else comes.
            self.memory.store64(at::SNAPSHOT_SEQ, sequence.wrapping_add(1));
        }
        snapshot::forget_damage(&self.memory);
    }

    /// Makes entries up to `count` accessible.
    pub fn reach(&self, count: usize) -> io::Result<()> {
        let blocks = count.div_ceil(BLOCK_ENTRIES);
        if blocks > frame_index::blocks(&self.memory) {
            return Err(io::Error::other(
                "the coordination file counts entries that it has no room for",
            ));
        }
        (0..blocks).try_for_each(|block| self.memory.ensure_block(block))
    }

    /// Grows the index to hold `count` entries, as far as the format and the disk allow. The length of the file comes
    /// first, then the block count that tells others about it.
    fn grow(&self, count: usize) -> usize {
        let wanted = count.div_ceil(BLOCK_ENTRIES).min(MAX_BLOCKS);
        for blocks in frame_index::blocks(&self.memory)..wanted {
            if let Some(file) = self.memory.file() {
                let size = file_size(blocks + 1);
                let is_long = Attributes::of_file(file).is_ok_and(|there| there.size >= size);
                if !is_long && extend(file, size).is_err() {
                    break;
                }
            }
            if self.memory.ensure_block(blocks).is_err() {
                break;
            }
            self.memory.store32(at::FRAME_INDEX_BLOCKS, blocks as u32 + 1);
        }
        frame_index::blocks(&self.memory) * BLOCK_ENTRIES
    }

    /// Records the pages of frames `first_frame..`, which are about to be published. What does not fit sets
    /// the overflow flag, and the index then counts as incomplete until the next generation.
    ///
    /// Memory of one process needs no index: its only readers share the private map.
    pub fn append_index(&self, generation: Generation, first_frame: u64, pgnos: &[u32]) {
        let words = &self.memory;
        if !self.is_shared() {
            return;
        }
        if first_frame == 1 {
            self.hints().forget();
            frame_index::reset(words);
            frame_index::set_overflowed(words, false);
        }
        if frame_index::is_overflowed(words) {
            return;
        }
        let length = frame_index::len(words);
        if length as u64 != first_frame - 1 {
            // Frames are missing before these: an index with gaps would hide them.
            frame_index::set_overflowed(words, true);
            return;
        }
        let capacity = self.grow(length + pgnos.len()).min(MAX_ENTRIES);
        if self.reach(capacity.min(length + pgnos.len())).is_err() {
            frame_index::set_overflowed(words, true);
            return;
        }
        let fitting = pgnos.len().min(capacity - length);
        if fitting < pgnos.len() {
            frame_index::set_overflowed(words, true);
        }
        let mut hints = self.hints();
        frame_index::append(words, &mut hints, generation, first_frame, &pgnos[..fitting]);
    }

    /// Drops what a dead or rolled-back writer left behind `max_frame`. Only under the writer's byte.
    pub fn trim_index(&self, max_frame: u64, thoroughly: bool) -> io::Result<()> {
        if thoroughly {
            self.adopt_grown_file();
        }
        self.reach(frame_index::len(&self.memory))?;
        frame_index::trim(&self.memory, &mut self.hints(), max_frame, thoroughly);
        Ok(())
    }

    /// A writer that died between growing the file and saying so leaves a length that who opens later refuses.
    fn adopt_grown_file(&self) {
        let Some(size) = self.memory.file().and_then(|file| file.metadata().ok()) else { return };
        let blocks = frame_index::blocks(&self.memory);
        if size.len() == file_size(blocks + 1) && blocks < MAX_BLOCKS {
            self.memory.store32(at::FRAME_INDEX_BLOCKS, blocks as u32 + 1);
        }
    }

    /// The pages of frames `from..=to` by the shared index; none when it does not give them all. The caller
    /// then makes sure that the generation is still the one he means: what is loaded after this was loaded after the entries.
    pub fn pages(&self, from: u64, to: u64) -> Option<Vec<u32>> {
        let words = &self.memory;
        let count = usize::try_from(to).ok()?;
        if from == 0 || count > frame_index::len(words) || self.reach(count).is_err() {
            return None;
        }
        let mut pgnos = Vec::with_capacity((to - from + 1) as usize);
        for frame in from..=to {
            let (pgno, stored) = frame_index::entry(words, frame as usize - 1);
            if stored != frame {
                return None;
            }
            pgnos.push(u32::try_from(pgno).ok().filter(|pgno| *pgno != 0)?);
        }
        // Pairs with the fence in `frame_index::append`, which comes after the publication of another generation.
        words.load_fence();
        Some(pgnos)
    }

    pub fn sync(&self) -> io::Result<()> {
        self.memory.file().map_or(Ok(()), to_disk::sync)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::image::{initialise, validate};

    fn fresh() -> File {
        let file = tempfile::tempfile().unwrap();
        initialise(&file).unwrap();
        file
    }

    #[test]
    fn a_block_that_was_grown_and_not_counted_is_harmless_and_taken_over() {
        let file = fresh();
        file.set_len(file_size(2)).unwrap();
        validate(&file).unwrap();
        let region = Region::mapped(file).unwrap();
        region.trim_index(0, true).unwrap();
        assert_eq!(frame_index::blocks(region.words()), 2);
        validate(region.file().unwrap()).unwrap();
    }

    #[test]
    fn frames_are_recorded_across_blocks_and_read_back() {
        let region = Region::mapped(fresh()).unwrap();
        let pgnos: Vec<u32> = (1..=10_000).collect();
        region.append_index(Generation::default(), 1, &pgnos);
        assert_eq!(region.pages(1, 10_000).unwrap(), pgnos);
        assert_eq!(region.pages(4096, 4098).unwrap(), [4096, 4097, 4098]);
        assert_eq!(region.pages(1, 10_001), None);
        assert_eq!(region.file().unwrap().metadata().unwrap().len(), file_size(3));
        // A second mapping sees the same, and blocks that it did not have to grow.
        let other = Region::mapped(region.file().unwrap().try_clone().unwrap()).unwrap();
        assert_eq!(other.pages(1, 10_000).unwrap(), pgnos);
    }

    #[test]
    fn a_gap_makes_the_index_count_as_incomplete_until_the_next_generation() {
        let region = Region::mapped(fresh()).unwrap();
        region.append_index(Generation::default(), 1, &[1]);
        region.append_index(Generation::default(), 3, &[2]);
        assert!(frame_index::is_overflowed(region.words()));
        assert_eq!(frame_index::len(region.words()), 1);
        region.append_index(Generation::default(), 1, &[5]);
        assert!(!frame_index::is_overflowed(region.words()));
        assert_eq!(region.pages(1, 1).unwrap(), [5]);
    }
}
