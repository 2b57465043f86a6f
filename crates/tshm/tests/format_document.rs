//! The table in `docs/tshm-format.md` is the layout.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use tshm::format::layout as at;

/// Name, offset and size of every field, as the code has them.
macro_rules! fields {
    ($($name:ident)*) => {
        vec![$((stringify!($name), at::$name)),*]
    };
}

fn fields() -> Vec<(&'static str, usize)> {
    fields! {
        MAGIC_AT VERSION READER_SLOT_COUNT READER_BITMAP_WORD_COUNT FRAME_INDEX_BLOCK_CAPACITY
        FRAME_INDEX_BLOCK_HASH_SLOTS FRAME_INDEX_MAX_BLOCKS FRAME_INDEX_BLOCKS
        FRAME_INDEX_CAPACITY FRAME_INDEX_LEN FRAME_INDEX_OVERFLOWED SNAPSHOT_SEQ MAX_FRAME
        NBACKFILLS TRANSACTION_COUNT VISIBILITY_GENERATION CHECKPOINT_SEQ CHECKPOINT_EPOCH
        PAGE_SIZE SALT_1 SALT_2 CHECKSUM_1 CHECKSUM_2 PROOF_VERSION PROOF_NBACKFILLS
        PROOF_MAX_FRAME PROOF_CHECKPOINT_SEQ PROOF_PAGE_SIZE PROOF_SALT_1 PROOF_SALT_2
        PROOF_CHECKSUM_1 PROOF_CHECKSUM_2 PROOF_DB_SIZE_PAGES PROOF_DB_HEADER_CRC32C
        PROOF_CRC32C HEADER_PADDING WRITER_OWNER CHECKPOINT_OWNER READER_FREE_MAP
        READER_FRAMES READER_OWNERS RESERVED TAIL SHARED_SINCE PEER_SEEN SYNC_ENDS SYNC_STATE
        SYNC_FAILED COMPANY WRITER_CHANGES WRITER_WAITERS
        TURNSTILE_TAKEN TURNSTILE_CHANGES
        BARRIER_DEADLINE BARRIER_CHANGES SHARE_CHANGES SHARE_WAITERS OWN_PADDING LOOKED_AT PLACED_AT
        APPEND_HOLDER SYNC_HOLDER PENDING TURNSTILE_SEEN COMMIT_CHANGES COMMIT_WATCHERS
        UNUSED
    }
}

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tshm-format.md");
    std::fs::read_to_string(path).unwrap()
}

/// Rows `| offset | size | field | under | meaning |`.
fn rows(text: &str) -> Vec<(String, usize, usize)> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, offset, size, field, _, _, _] = cells[..]
            && let (Ok(offset), Ok(size)) = (offset.parse(), size.parse())
        {
            rows.push((field.trim_matches('`').to_owned(), offset, size));
        }
    }
    rows
}

#[test]
fn the_document_names_every_field_where_it_is() {
    let documented = rows(&document());
    let expected: Vec<(String, usize)> =
        fields().into_iter().map(|(name, offset)| (name.to_owned(), offset)).collect();
    let found: Vec<(String, usize)> =
        documented.iter().map(|(name, offset, _)| (name.clone(), *offset)).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_documented_fields_fill_the_base_region_without_a_gap() {
    let mut end = 0;
    for (name, offset, size) in rows(&document()) {
        assert_eq!(offset, end, "{name}");
        end = offset + size;
    }
    assert_eq!(end, at::BASE_SIZE);
}

#[test]
fn the_documented_locks_are_those_taken() {
    let text = document();
    let locks: BTreeMap<&str, u64> = [
        ("| 0 | shared |", at::LIFETIME_BYTE),
        ("| 1 | exclusive | the writer |", at::WRITER_BYTE),
        ("| 2 | exclusive | the checkpointer |", at::CHECKPOINT_BYTE),
        ("| 3 + i | exclusive | reader slot i |", at::reader_byte(0)),
        ("| 2^30 | exclusive | the turnstile", at::TURNSTILE_BYTE),
        ("| 2^30 + 1 | exclusive | X", at::APPEND_BYTE),
        ("| 2^30 + 2 | exclusive | S", at::SYNC_BYTE),
        ("| 2^30 + 3 | exclusive | checkpoints", at::OWN_CHECKPOINT_BYTE),
        ("| 2^32 + n | exclusive | the process", at::LIFE_BYTES),
    ]
    .into();
    for (row, byte) in locks {
        assert!(text.contains(row), "{row}");
        let shown = row.split('|').nth(1).unwrap().trim().trim_end_matches(" + i");
        let number = match shown.split_once('^') {
            Some((_, power)) => {
                let (power, rest) = power.split_once(" + ").unwrap_or((power, "0"));
                (1 << power.parse::<u32>().unwrap()) + rest.parse::<u64>().unwrap_or(0)
            }
            None => shown.parse().unwrap(),
        };
        assert_eq!(number, byte);
    }
}
