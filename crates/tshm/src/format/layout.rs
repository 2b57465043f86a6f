//! The bytes of `<db>-tshm`, version 1. All integers are little-endian, all fields naturally aligned.
//!
//! ```text
//! 0        192   200        712          1224           4096
//! +--------+-----+----------+------------+--------------+-----------------+-----------------+--
//! | header | bit | 64 reader| 64 reader  | reserved     | index block 0   | index block 1   | …
//! |        | map | frames   | owners     |              | 81 920 bytes    |                 |
//! +--------+-----+----------+------------+--------------+-----------------+-----------------+--
//! ```
//!
//! Each offset is the previous one plus its size, so that no field can move unnoticed; the table in
//! `docs/tshm-format.md` is compared with this one by a test. The first word says what protects a field:
//! *const* never changes, *seq* the snapshot's sequence lock, *W* locked byte 1, *C* locked byte 2.

/// The size of a host word of each kind, to spell offsets with.
const U16: usize = 2;
const U32: usize = 4;
const U64: usize = 8;

pub const MAGIC: [u8; 8] = *b"TSHMWAL\0";
pub const FORMAT_VERSION: u32 = 1;
pub const READER_SLOTS: usize = 64;
pub const BITMAP_WORDS: u32 = 1;
pub const BLOCK_ENTRIES: usize = 4096;
pub const BLOCK_HASH_SLOTS: usize = 8192;
pub const MAX_BLOCKS: usize = 64;
pub const MAX_ENTRIES: usize = BLOCK_ENTRIES * MAX_BLOCKS;

// ── Header ──────────────────────────────────────────────────────────────────────────────────────
/// const: `TSHMWAL` and a NUL.
pub const MAGIC_AT: usize = 0;
/// const: format version.
pub const VERSION: usize = MAGIC_AT + U64;
/// const: 64.
pub const READER_SLOT_COUNT: usize = VERSION + U32;
/// const: 1.
pub const READER_BITMAP_WORD_COUNT: usize = READER_SLOT_COUNT + U32;
/// const: 4096.
pub const FRAME_INDEX_BLOCK_CAPACITY: usize = READER_BITMAP_WORD_COUNT + U32;
/// const: 8192.
pub const FRAME_INDEX_BLOCK_HASH_SLOTS: usize = FRAME_INDEX_BLOCK_CAPACITY + U32;
/// const: 64.
pub const FRAME_INDEX_MAX_BLOCKS: usize = FRAME_INDEX_BLOCK_HASH_SLOTS + U32;
/// W: blocks that exist in the file.
pub const FRAME_INDEX_BLOCKS: usize = FRAME_INDEX_MAX_BLOCKS + U32;
/// const: 262 144.
pub const FRAME_INDEX_CAPACITY: usize = FRAME_INDEX_BLOCKS + U32;
/// W: valid entries.
pub const FRAME_INDEX_LEN: usize = FRAME_INDEX_CAPACITY + U32;
/// W: 1 when the index does not cover this generation.
pub const FRAME_INDEX_OVERFLOWED: usize = FRAME_INDEX_LEN + U32;
/// The sequence lock itself: odd while the snapshot is being written.
pub const SNAPSHOT_SEQ: usize = FRAME_INDEX_OVERFLOWED + U32;
/// seq: last committed frame.
pub const MAX_FRAME: usize = SNAPSHOT_SEQ + U64;
/// seq: frames 1 to this are in the database file.
pub const NBACKFILLS: usize = MAX_FRAME + U64;
/// seq: commits counted.
pub const TRANSACTION_COUNT: usize = NBACKFILLS + U64;
/// seq: +1 for each published commit.
pub const VISIBILITY_GENERATION: usize = TRANSACTION_COUNT + U64;
/// seq: restarts of the log counted.
pub const CHECKPOINT_SEQ: usize = VISIBILITY_GENERATION + U64;
/// seq: +1 after every checkpoint and every restart.
pub const CHECKPOINT_EPOCH: usize = CHECKPOINT_SEQ + U32;
/// seq: 0 until a log header was prepared.
pub const PAGE_SIZE: usize = CHECKPOINT_EPOCH + U32;
/// seq: first salt of the generation.
pub const SALT_1: usize = PAGE_SIZE + U32;
/// seq: second salt of the generation.
pub const SALT_2: usize = SALT_1 + U32;
/// seq: running checksum after frame `max_frame`.
pub const CHECKSUM_1: usize = SALT_2 + U32;
/// seq: its second half.
pub const CHECKSUM_2: usize = CHECKSUM_1 + U32;
/// C or W: 1 when a backfill proof is present.
pub const PROOF_VERSION: usize = CHECKSUM_2 + U32;
pub const PROOF_NBACKFILLS: usize = PROOF_VERSION + U32;
pub const PROOF_MAX_FRAME: usize = PROOF_NBACKFILLS + U64;
pub const PROOF_CHECKPOINT_SEQ: usize = PROOF_MAX_FRAME + U64;
pub const PROOF_PAGE_SIZE: usize = PROOF_CHECKPOINT_SEQ + U32;
pub const PROOF_SALT_1: usize = PROOF_PAGE_SIZE + U32;
pub const PROOF_SALT_2: usize = PROOF_SALT_1 + U32;
pub const PROOF_CHECKSUM_1: usize = PROOF_SALT_2 + U32;
pub const PROOF_CHECKSUM_2: usize = PROOF_CHECKSUM_1 + U32;
pub const PROOF_DB_SIZE_PAGES: usize = PROOF_CHECKSUM_2 + U32;
pub const PROOF_DB_HEADER_CRC32C: usize = PROOF_DB_SIZE_PAGES + U32;
pub const PROOF_CRC32C: usize = PROOF_DB_HEADER_CRC32C + U32;
/// Zero; keeps the owners aligned.
pub const HEADER_PADDING: usize = PROOF_CRC32C + U32;
/// W: owner record of the writer, or 0.
pub const WRITER_OWNER: usize = HEADER_PADDING + U32;
/// C: owner record of the checkpointer, or 0.
pub const CHECKPOINT_OWNER: usize = WRITER_OWNER + U64;
pub const HEADER_SIZE: usize = CHECKPOINT_OWNER + U64;

// ── Reader tables ───────────────────────────────────────────────────────────────────────────────
/// Bit i is 1 while slot i is free.
pub const READER_FREE_MAP: usize = HEADER_SIZE;
/// Frame that the reader in slot i pins; all ones: none.
pub const READER_FRAMES: usize = READER_FREE_MAP + U64;
/// Owner record of the reader in slot i, or 0.
pub const READER_OWNERS: usize = READER_FRAMES + READER_SLOTS * U64;
/// Reserved; never touched.
pub const RESERVED: usize = READER_OWNERS + READER_SLOTS * U64;

// ── Among processes of this engine. No version of the format looks at these bytes. ──────────────
/// X: the last frame in the log that a writer has appended, published or not, and the low half of the transaction
/// count there. See `group`.
pub const TAIL: usize = 2048;
/// X: since when processes have held byte 1 together without a pause, in ms of the monotonic clock.
pub const SHARED_SINCE: usize = TAIL + U64;
/// When a peer of another kind was last met writing, in ms of the monotonic clock.
pub const PEER_SEEN: usize = SHARED_SINCE + U64;
/// Count ends of syncs: who waits for the running sync, or for the next, sleeps on one of the two, in turn.
pub const SYNC_ENDS: usize = PEER_SEEN + U64;
/// S: the number of syncs that were begun, in the low half, and the frame up to which the running one carries; 0: none is running.
pub const SYNC_STATE: usize = SYNC_ENDS + 2 * U32;
/// S: a sync has failed, so nobody knows which frames after `MAX_FRAME` the disk has.
pub const SYNC_FAILED: usize = SYNC_STATE + U64;
/// S: syncs that will still wait for company; 0: there has been none for a while.
pub const COMPANY: usize = SYNC_FAILED + U32;
/// Counts releases of X. Who waits for it sleeps on it.
pub const WRITER_CHANGES: usize = COMPANY + U32;
/// 1: somebody sleeps there.
pub const WRITER_WAITERS: usize = WRITER_CHANGES + U32;
/// 1: somebody stands at the turnstile, or died there.
pub const TURNSTILE_TAKEN: usize = WRITER_WAITERS + U32;
/// Counts who has left the turnstile. Who wants to stand there sleeps on it.
pub const TURNSTILE_CHANGES: usize = TURNSTILE_TAKEN + U32;
/// Until when new readers wait, in ns of the monotonic clock; 0: they do not.
pub const BARRIER_DEADLINE: usize = TURNSTILE_CHANGES + U32;
/// Counts barriers raised and lowered. Who waits before one sleeps on it.
pub const BARRIER_CHANGES: usize = BARRIER_DEADLINE + U64;
/// Counts those who have left byte 1 while somebody waited for that, who sleeps on it.
pub const SHARE_CHANGES: usize = BARRIER_CHANGES + U32;
/// 1: somebody sleeps there.
pub const SHARE_WAITERS: usize = SHARE_CHANGES + U32;
/// Zero; aligns what follows.
pub const OWN_PADDING: usize = SHARE_WAITERS + U32;
/// S: when it was last seen that no `SQLite` has the database for itself, in ms of the monotonic clock.
pub const LOOKED_AT: usize = OWN_PADDING + U32;
/// S: when it was last seen that the files are in their places, in ms of the monotonic clock.
pub const PLACED_AT: usize = LOOKED_AT + U64;
/// Who has X: the name of a process, see `word_lock`; 0: nobody.
pub const APPEND_HOLDER: usize = PLACED_AT + U64;
/// Who has S.
pub const SYNC_HOLDER: usize = APPEND_HOLDER + U64;
/// X: what the last appended frames hold: `u32 frame`, `u32 checkpoint_seq`, `u32 page_count`, `u32 page`, `u32 checksum2`,
/// `u32 checksum1`. See `pending`.
pub const PENDING: usize = SYNC_HOLDER + U64;
pub const PENDING_SLOTS: usize = 64;
pub const PENDING_SIZE: usize = 3 * U64;
/// When who stands at the turnstile last looked for his turn, in ms of the monotonic clock.
pub const TURNSTILE_SEEN: usize = PENDING + PENDING_SLOTS * PENDING_SIZE;
/// Counts publications of commits while somebody watches for them, who sleeps on it.
pub const COMMIT_CHANGES: usize = TURNSTILE_SEEN + U64;
/// 1: somebody sleeps there.
pub const COMMIT_WATCHERS: usize = COMMIT_CHANGES + U32;
/// Where the words of this engine end; the first opener clears up to here.
pub const OWN_END: usize = COMMIT_WATCHERS + U32;
/// Zero.
pub const UNUSED: usize = OWN_END;
/// Header and reader tables, rounded up to a page.
pub const BASE_SIZE: usize = 4096;

// ── Index blocks ────────────────────────────────────────────────────────────────────────────────
/// `u64 page`, `u64 frame`.
pub const ENTRY_SIZE: usize = 2 * U64;
/// Where the hash starts in a block.
pub const BLOCK_HASH: usize = BLOCK_ENTRIES * ENTRY_SIZE;
pub const BLOCK_SIZE: usize = BLOCK_HASH + BLOCK_HASH_SLOTS * U16;

const _: () = assert!(FRAME_INDEX_BLOCKS == 32 && SNAPSHOT_SEQ == 48 && MAX_FRAME == 56);
const _: () = assert!(PROOF_VERSION == 116 && WRITER_OWNER == 176 && HEADER_SIZE == 192);
const _: () = assert!(READER_FRAMES == 200 && READER_OWNERS == 712 && RESERVED == 1224);
const _: () = assert!(RESERVED < TAIL && OWN_BYTES > reader_byte(READER_SLOTS));
const _: () = assert!(BARRIER_DEADLINE == 2112 && LOOKED_AT == 2136 && UNUSED <= BASE_SIZE);
const _: () = assert!(BLOCK_SIZE == 81_920 && file_size(1) == 86_016);
const _: () = assert!(MAX_FRAME.is_multiple_of(8) && PROOF_NBACKFILLS.is_multiple_of(8));
const _: () = assert!(PROOF_MAX_FRAME.is_multiple_of(8) && READER_FREE_MAP.is_multiple_of(8));

/// The length of the file that has `blocks` index blocks.
pub const fn file_size(blocks: usize) -> u64 {
    (BASE_SIZE + blocks * BLOCK_SIZE) as u64
}

/// Where block `block` starts.
pub const fn block_offset(block: usize) -> usize {
    BASE_SIZE + block * BLOCK_SIZE
}

/// Where entry `slot` (counted over the whole index) stands: first its page, then its frame.
pub const fn entry_offset(slot: usize) -> usize {
    block_offset(slot / BLOCK_ENTRIES) + slot % BLOCK_ENTRIES * ENTRY_SIZE
}

/// Where hash slot `hash` of block `block` stands.
pub const fn hash_offset(block: usize, hash: usize) -> usize {
    block_offset(block) + BLOCK_HASH + hash * U16
}

/// Whether the eight bytes at `offset`, before those of this engine, are one word and not two of four bytes: an atomic word is always
/// accessed whole.
pub const fn is_wide(offset: usize) -> bool {
    offset < VERSION
        || (SNAPSHOT_SEQ <= offset && offset < CHECKPOINT_SEQ)
        || (PROOF_NBACKFILLS <= offset && offset < PROOF_CHECKPOINT_SEQ)
        || WRITER_OWNER <= offset
}

pub const fn reader_frame(slot: usize) -> usize {
    READER_FRAMES + slot * U64
}

pub const fn reader_owner(slot: usize) -> usize {
    READER_OWNERS + slot * U64
}

/// A slot that pins nothing.
pub const NO_FRAME: u64 = u64::MAX;

// ── Locked bytes. They carry no data; the lock is in the kernel. ────────────────────────────────
/// Shared while the database is open; exclusive while the first opens or the last closes.
pub const LIFETIME_BYTE: u64 = 0;
pub const WRITER_BYTE: u64 = 1;
pub const CHECKPOINT_BYTE: u64 = 2;

/// Where no version of the format locks anything: bytes among processes of this engine.
const OWN_BYTES: u64 = 1 << 30;
/// Somebody waits for X.
pub const TURNSTILE_BYTE: u64 = OWN_BYTES;
/// X: who appends to the log, with classic locks.
pub const APPEND_BYTE: u64 = OWN_BYTES + 1;
/// S: who syncs the log, and publishes what is in it, with classic locks.
pub const SYNC_BYTE: u64 = OWN_BYTES + 2;
/// Who checkpoints.
pub const OWN_CHECKPOINT_BYTE: u64 = OWN_BYTES + 3;
/// Who comes in: looks at the lifetime byte.
pub const DOOR_BYTE: u64 = OWN_BYTES + 4;
/// Plus its name: a process that lives.
pub const LIFE_BYTES: u64 = 1 << 32;

/// Plus its number: the database file that a process has open. See `identity`.
pub const DATABASE_BYTES: u64 = 1 << 33;

/// Plus the hash of its name, below 2^61: a lock that people name. The only bytes of `-tlock`.
pub const NAMED_BYTES: u64 = 1 << 61;

pub const fn reader_byte(slot: usize) -> u64 {
    3 + slot as u64
}

/// The constant fields that every file must show, with the words its refusal uses.
pub const CONSTANTS: [(usize, u32, &str); 6] = [
    (READER_SLOT_COUNT, READER_SLOTS as u32, "slot count"),
    (FRAME_INDEX_BLOCK_CAPACITY, BLOCK_ENTRIES as u32, "frame index block capacity"),
    (FRAME_INDEX_BLOCK_HASH_SLOTS, BLOCK_HASH_SLOTS as u32, "frame index hash slot count"),
    (FRAME_INDEX_MAX_BLOCKS, MAX_BLOCKS as u32, "frame index max blocks"),
    (FRAME_INDEX_CAPACITY, MAX_ENTRIES as u32, "frame index capacity"),
    (READER_BITMAP_WORD_COUNT, BITMAP_WORDS, "reader bitmap word count"),
];

/// The base region of a new file; the index blocks behind it are zeros.
pub fn initial_base() -> Vec<u8> {
    let mut base = vec![0; BASE_SIZE];
    base[..MAGIC.len()].copy_from_slice(&MAGIC);
    let mut put = |at: usize, value: u32| base[at..at + 4].copy_from_slice(&value.to_le_bytes());
    put(VERSION, FORMAT_VERSION);
    for (at, value, _) in CONSTANTS {
        put(at, value);
    }
    put(FRAME_INDEX_BLOCKS, 1);
    base[READER_FREE_MAP..READER_OWNERS].fill(0xff);
    base
}
