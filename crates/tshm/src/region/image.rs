//! What a coordination file is at first, and whether a file is one.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::layout::{BASE_SIZE, BLOCK_ENTRIES, MAX_BLOCKS, MAX_ENTRIES, file_size};
use crate::kernel::disk::extend;

/// Makes a file the initial image, whatever it was. Only as the first.
pub fn initialise(file: &File) -> io::Result<()> {
    file.set_len(0)?;
    extend(file, file_size(1))?;
    file.write_all_at(&at::initial_base(), 0)
}

/// What is wrong with a file, in the words of TSHM v1 §2.9.
pub fn validate(file: &File) -> Result<()> {
    let size = file.metadata().map_err(Error::io("reading the coordination file"))?.size();
    if size < BASE_SIZE as u64 {
        return Err(Error::Corrupt(format!(
            "shared WAL coordination file is smaller than the coordination header: got {size}, \
             minimum {BASE_SIZE}"
        )));
    }
    let mut base = [0; at::HEADER_SIZE];
    file.read_exact_at(&mut base, 0).map_err(Error::io("reading the coordination file"))?;
    let word = |offset: usize| {
        base[offset..].first_chunk::<4>().map_or(0, |word| u32::from_le_bytes(*word))
    };
    check_fields(&base, word)?;
    check_lengths(word, size)
}

const MAP: &str = "shared WAL coordination map";

fn check_fields(base: &[u8], word: impl Fn(usize) -> u32) -> Result<()> {
    if !base.starts_with(&at::MAGIC) {
        return Err(Error::Corrupt(format!("{MAP} magic mismatch")));
    }
    let version = word(at::VERSION);
    if version != at::FORMAT_VERSION {
        return Err(Error::Corrupt(format!("unsupported {MAP} version: {version}")));
    }
    for (offset, expected, name) in at::CONSTANTS {
        if offset == at::FRAME_INDEX_CAPACITY {
            let blocks = word(at::FRAME_INDEX_BLOCKS);
            if blocks == 0 || blocks as usize > MAX_BLOCKS {
                return Err(Error::Corrupt(format!(
                    "{MAP} frame index block count out of range: {blocks}"
                )));
            }
        }
        let got = word(offset);
        if got != expected {
            return Err(Error::Corrupt(format!(
                "{MAP} {name} mismatch: got {got}, expected {expected}"
            )));
        }
    }
    Ok(())
}

fn check_lengths(word: impl Fn(usize) -> u32, size: u64) -> Result<()> {
    let length = word(at::FRAME_INDEX_LEN) as usize;
    let blocks = word(at::FRAME_INDEX_BLOCKS) as usize;
    if length > MAX_ENTRIES {
        return Err(Error::Corrupt(format!(
            "{MAP} frame index length exceeds capacity: len={length}, capacity={MAX_ENTRIES}"
        )));
    }
    let capacity = blocks * BLOCK_ENTRIES;
    if length > capacity {
        return Err(Error::Corrupt(format!(
            "{MAP} frame index length exceeds active block capacity: len={length}, \
             capacity={capacity}"
        )));
    }
    // A writer that died before it could count its new block leaves a longer file; that is harmless.
    let is_known_size = (blocks..=MAX_BLOCKS).any(|blocks| size == file_size(blocks));
    if !is_known_size {
        let expected = file_size(blocks);
        return Err(Error::Corrupt(format!(
            "shared WAL coordination file has unexpected size: got {size}, expected {expected}"
        )));
    }
    Ok(())
}

/// As `validate`, for a file that live peers may be growing at this moment.
pub fn validate_live(file: &File) -> Result<()> {
    const ATTEMPTS: u32 = 5;
    for _ in 1..ATTEMPTS {
        if validate(file).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    validate(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> File {
        let file = tempfile::tempfile().unwrap();
        initialise(&file).unwrap();
        file
    }

    fn complaint(file: &File) -> String {
        validate(file).unwrap_err().to_string()
    }

    fn with(offset: usize, value: u32) -> String {
        let file = fresh();
        file.write_all_at(&value.to_le_bytes(), offset as u64).unwrap();
        complaint(&file)
    }

    #[test]
    fn a_new_file_is_valid_and_as_long_as_it_says() {
        let file = fresh();
        validate(&file).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 86_016);
    }

    #[test]
    fn each_thing_wrong_has_its_sentence() {
        let map = "shared WAL coordination map";
        assert_eq!(with(at::MAGIC_AT, 0), format!("{map} magic mismatch"));
        assert_eq!(with(at::VERSION, 2), format!("unsupported {map} version: 2"));
        for (offset, expected, sentence) in [
            (at::READER_SLOT_COUNT, 64, "slot count mismatch"),
            (at::READER_BITMAP_WORD_COUNT, 1, "reader bitmap word count mismatch"),
            (at::FRAME_INDEX_BLOCK_CAPACITY, 4096, "frame index block capacity mismatch"),
            (at::FRAME_INDEX_BLOCK_HASH_SLOTS, 8192, "frame index hash slot count mismatch"),
            (at::FRAME_INDEX_MAX_BLOCKS, 64, "frame index max blocks mismatch"),
            (at::FRAME_INDEX_CAPACITY, 262_144, "frame index capacity mismatch"),
        ] {
            let expected = format!("{map} {sentence}: got 7, expected {expected}");
            assert_eq!(with(offset, 7), expected);
        }
        for blocks in [0, 65] {
            let expected = format!("{map} frame index block count out of range: {blocks}");
            assert_eq!(with(at::FRAME_INDEX_BLOCKS, blocks), expected);
        }
        assert_eq!(
            with(at::FRAME_INDEX_LEN, 262_145),
            format!("{map} frame index length exceeds capacity: len=262145, capacity=262144")
        );
        assert_eq!(
            with(at::FRAME_INDEX_LEN, 4097),
            format!(
                "{map} frame index length exceeds active block capacity: len=4097, capacity=4096"
            )
        );
        assert_eq!(
            with(at::FRAME_INDEX_BLOCKS, 2),
            "shared WAL coordination file has unexpected size: got 86016, expected 167936"
        );
    }

    #[test]
    fn lengths_that_nobody_leaves_are_refused() {
        let file = fresh();
        file.set_len(4095).unwrap();
        assert_eq!(
            complaint(&file),
            "shared WAL coordination file is smaller than the coordination header: got 4095, \
             minimum 4096"
        );
        initialise(&file).unwrap();
        file.set_len(86_017).unwrap();
        assert!(complaint(&file).ends_with("unexpected size: got 86017, expected 86016"));
    }
}
