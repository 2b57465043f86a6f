//! Creating and validating the coordination file. (Specification §2.9, §2.10.)

use crate::layout::{
    BASE_SIZE, BLOCK_ENTRIES, BLOCK_HASH_SLOTS, FRAME_INDEX_BLOCK_CAPACITY_OFFSET,
    FRAME_INDEX_BLOCK_HASH_SLOTS_OFFSET, FRAME_INDEX_BLOCKS_OFFSET, FRAME_INDEX_CAPACITY_OFFSET,
    FRAME_INDEX_LEN_OFFSET, FRAME_INDEX_MAX_BLOCKS_OFFSET, INDEX_CAPACITY, INITIAL_SIZE, MAGIC,
    MAGIC_OFFSET, MAX_BLOCKS, NO_FRAME, READER_BITMAP_WORD_COUNT_OFFSET, READER_FRAMES_OFFSET,
    READER_MAP_OFFSET, READER_SLOT_COUNT_OFFSET, READER_SLOTS, VERSION, VERSION_OFFSET, file_size,
};
use crate::memory::{Memory, Ordering};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Writes the constants and empty tables into zeroed memory of at least one block.
pub fn initialise<M: Memory>(memory: &M) {
    let short = |offset, value| memory.store32(offset, value, Ordering::Release);
    for slot in 0..READER_SLOTS {
        memory.store64(READER_FRAMES_OFFSET + 8 * slot, NO_FRAME, Ordering::Release);
    }
    memory.store64(READER_MAP_OFFSET, u64::MAX, Ordering::Release);
    short(VERSION_OFFSET, VERSION);
    short(READER_SLOT_COUNT_OFFSET, READER_SLOTS as u32);
    short(READER_BITMAP_WORD_COUNT_OFFSET, 1);
    short(FRAME_INDEX_BLOCK_CAPACITY_OFFSET, BLOCK_ENTRIES);
    short(FRAME_INDEX_BLOCK_HASH_SLOTS_OFFSET, BLOCK_HASH_SLOTS);
    short(FRAME_INDEX_MAX_BLOCKS_OFFSET, MAX_BLOCKS);
    short(FRAME_INDEX_BLOCKS_OFFSET, 1);
    short(FRAME_INDEX_CAPACITY_OFFSET, INDEX_CAPACITY);
    memory.store64(MAGIC_OFFSET, MAGIC, Ordering::Release);
}

/// Cuts the file to nothing and back to one block of zeros: only under the exclusive lifetime lock.
pub fn recreate(file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.set_len(INITIAL_SIZE as u64)
}

/// The first rule that the file breaks, in the format's own words.
pub fn validate(file: &File) -> io::Result<Result<(), String>> {
    let length = file.metadata()?.len();
    if length < BASE_SIZE as u64 {
        return Ok(Err(format!(
            "shared WAL coordination file is smaller than the coordination header: got {length}, minimum {BASE_SIZE}"
        )));
    }
    let mut header = [0_u8; 192];
    file.read_exact_at(&mut header, 0)?;
    Ok(check(&header, length))
}

fn check(header: &[u8; 192], length: u64) -> Result<(), String> {
    let short = |offset: usize| {
        u32::from_le_bytes([header[offset], header[offset + 1], header[offset + 2], header[offset + 3]])
    };
    let same = |offset: usize, expected: u32, what: &str| {
        let got = short(offset);
        if got == expected {
            Ok(())
        } else {
            Err(format!("shared WAL coordination map {what} mismatch: got {got}, expected {expected}"))
        }
    };
    if header[..8] != MAGIC.to_le_bytes() {
        return Err("shared WAL coordination map magic mismatch".into());
    }
    let version = short(VERSION_OFFSET);
    if version != VERSION {
        return Err(format!("unsupported shared WAL coordination map version: {version}"));
    }
    same(READER_SLOT_COUNT_OFFSET, READER_SLOTS as u32, "slot count")?;
    same(FRAME_INDEX_BLOCK_CAPACITY_OFFSET, BLOCK_ENTRIES, "frame index block capacity")?;
    same(FRAME_INDEX_BLOCK_HASH_SLOTS_OFFSET, BLOCK_HASH_SLOTS, "frame index hash slot count")?;
    same(FRAME_INDEX_MAX_BLOCKS_OFFSET, MAX_BLOCKS, "frame index max blocks")?;
    let blocks = short(FRAME_INDEX_BLOCKS_OFFSET);
    if !(1..=MAX_BLOCKS).contains(&blocks) {
        return Err(format!(
            "shared WAL coordination map frame index block count out of range: {blocks}"
        ));
    }
    same(FRAME_INDEX_CAPACITY_OFFSET, INDEX_CAPACITY, "frame index capacity")?;
    let entries = short(FRAME_INDEX_LEN_OFFSET);
    if entries > INDEX_CAPACITY {
        return Err(format!(
            "shared WAL coordination map frame index length exceeds capacity: len={entries}, capacity={INDEX_CAPACITY}"
        ));
    }
    let capacity = blocks * BLOCK_ENTRIES;
    if entries > capacity {
        return Err(format!(
            "shared WAL coordination map frame index length exceeds active block capacity: len={entries}, capacity={capacity}"
        ));
    }
    let expected = file_size(blocks) as u64;
    // A writer that died between growing the file and storing the block count leaves it longer by whole blocks.
    let is_longer = (blocks..=MAX_BLOCKS).any(|more| file_size(more) as u64 == length);
    if !is_longer {
        return Err(format!(
            "shared WAL coordination file has unexpected size: got {length}, expected {expected}"
        ));
    }
    same(READER_BITMAP_WORD_COUNT_OFFSET, 1, "reader bitmap word count")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Region;

    fn fresh() -> (tempfile::TempDir, File) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-tshm");
        let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
        recreate(&file).unwrap();
        initialise(&Region::map(&file).unwrap());
        (folder, file)
    }

    #[test]
    fn a_new_file_has_the_image_of_the_specification() {
        let (_folder, file) = fresh();
        let mut bytes = vec![0; INITIAL_SIZE];
        file.read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 86_016);
        assert_eq!(&bytes[..8], b"TSHMWAL\0");
        let words: Vec<u32> = bytes[8..48]
            .chunks(4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
            .collect();
        assert_eq!(words, [1, 64, 1, 4096, 8192, 64, 1, 262_144, 0, 0]);
        assert!(bytes[48..192].iter().all(|byte| *byte == 0));
        assert!(bytes[192..712].iter().all(|byte| *byte == 0xFF));
        assert!(bytes[712..].iter().all(|byte| *byte == 0));
        assert_eq!(validate(&file).unwrap(), Ok(()));
    }

    #[test]
    fn every_broken_field_is_named() {
        let cases: &[(u64, u32, &str)] = &[
            (0, 7, "magic mismatch"),
            (8, 2, "unsupported shared WAL coordination map version: 2"),
            (12, 128, "slot count mismatch: got 128, expected 64"),
            (16, 2, "reader bitmap word count mismatch: got 2, expected 1"),
            (20, 1, "frame index block capacity mismatch: got 1, expected 4096"),
            (24, 1, "frame index hash slot count mismatch: got 1, expected 8192"),
            (28, 1, "frame index max blocks mismatch: got 1, expected 64"),
            (32, 65, "frame index block count out of range: 65"),
            (36, 1, "frame index capacity mismatch: got 1, expected 262144"),
            (40, 300_000, "frame index length exceeds capacity: len=300000, capacity=262144"),
            (40, 5000, "frame index length exceeds active block capacity: len=5000, capacity=4096"),
            (32, 2, "unexpected size: got 86016, expected 167936"),
        ];
        for (offset, value, sentence) in cases {
            let (_folder, file) = fresh();
            file.write_all_at(&value.to_le_bytes(), *offset).unwrap();
            let message = validate(&file).unwrap().unwrap_err();
            assert!(message.contains(sentence), "{message}");
        }
        let (_folder, file) = fresh();
        file.set_len(100).unwrap();
        assert!(validate(&file).unwrap().unwrap_err().contains("smaller than the coordination header: got 100"));
    }
}
