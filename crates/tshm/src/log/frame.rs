//! A frame of the log: a header of 24 bytes, and a page. (*Database File Format §4.1 WAL File Format*)
//!
//! ```text
//! 0      4            8      12     16          20          24
//! | page | page count | salt1| salt2| checksum1 | checksum2 | page …
//! ```
//!
//! Numbers are big-endian. A page count other than 0 ends a commit.

use crate::error::{Error, Result};
use crate::log::checksum::wal_checksum;

pub const FRAME_HEADER_SIZE: usize = 24;
/// What stands before the first frame.
pub const WAL_HEADER_SIZE: u64 = 32;

/// A big-endian number.
pub(crate) fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk::<4>().map_or(0, |word| u32::from_be_bytes(*word))
}

/// Where frame `frame` starts; also the length of a log of `frame - 1` frames.
pub fn frame_offset(frame: u64, page_size: u32) -> u64 {
    // Saturating: a number from damaged bytes leads to where no file has anything.
    let size = FRAME_HEADER_SIZE as u64 + u64::from(page_size);
    frame.saturating_sub(1).saturating_mul(size).saturating_add(WAL_HEADER_SIZE)
}

/// Bytes of one frame.
pub fn frame_size(page_size: u32) -> usize {
    FRAME_HEADER_SIZE + page_size as usize
}

/// What the header of one frame says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameHeader {
    pub pgno: u32,
    /// Pages in the database after this commit; 0: no commit.
    pub page_count: u32,
    pub salts: (u32, u32),
    pub checksum: (u32, u32),
}

impl FrameHeader {
    pub fn decode(bytes: &[u8; FRAME_HEADER_SIZE]) -> FrameHeader {
        FrameHeader {
            pgno: word(bytes, 0),
            page_count: word(bytes, 4),
            salts: (word(bytes, 8), word(bytes, 12)),
            checksum: (word(bytes, 16), word(bytes, 20)),
        }
    }
}

/// Whether the bytes begin with the header of a frame of this page and generation.
pub fn is_frame_of(bytes: &[u8], pgno: u32, salts: (u32, u32)) -> bool {
    word(bytes, 0) == pgno && (word(bytes, 8), word(bytes, 12)) == salts
}

/// What all frames of one append share.
#[derive(Clone, Copy)]
pub struct FrameKind {
    pub salt1: u32,
    pub salt2: u32,
    pub big_endian_words: bool,
}

/// Composes the header of one frame (*Database File Format §4.1*) and continues the chain over it and its page.
/// A `page_count` other than 0 makes it a commit frame.
pub fn encode_frame_header(
    header: &mut [u8; FRAME_HEADER_SIZE],
    pgno: u32,
    page_count: u32,
    page: &[u8],
    kind: FrameKind,
    chain: (u32, u32),
) -> (u32, u32) {
    header[0..4].copy_from_slice(&pgno.to_be_bytes());
    header[4..8].copy_from_slice(&page_count.to_be_bytes());
    header[8..12].copy_from_slice(&kind.salt1.to_be_bytes());
    header[12..16].copy_from_slice(&kind.salt2.to_be_bytes());
    let chain = wal_checksum(&header[0..8], kind.big_endian_words, chain);
    let chain = wal_checksum(page, kind.big_endian_words, chain);
    header[16..20].copy_from_slice(&chain.0.to_be_bytes());
    header[20..24].copy_from_slice(&chain.1.to_be_bytes());
    chain
}

/// Fills the headers in, and continues the checksum over headers and pages.
pub fn encode(
    frames: &mut [u8],
    pgnos: &[u32],
    page_count: u32,
    kind: FrameKind,
    mut sums: (u32, u32),
) -> (u32, u32) {
    let count = pgnos.len();
    let size = frames.len() / count.max(1);
    for (index, (frame, pgno)) in frames.chunks_exact_mut(size).zip(pgnos).enumerate() {
        let page_count = if index + 1 == count { page_count } else { 0 };
        if let Some((header, page)) = frame.split_first_chunk_mut::<FRAME_HEADER_SIZE>() {
            sums = encode_frame_header(header, *pgno, page_count, page, kind, sums);
        }
    }
    sums
}

/// Frames have 32 bits in the word that says where the log ends.
pub fn check_room(max_frame: u64, count: usize) -> Result<()> {
    if max_frame + count as u64 > u64::from(u32::MAX) { Err(Error::LogFull) } else { Ok(()) }
}
