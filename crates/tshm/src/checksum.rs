//! The two checksums of the format: `SQLite`'s, of the log, and CRC-32C, of the backfill proof.
//!
//! The log's checksum (*Database File Format §4.2*) is a chain of additions, each waiting for the last:
//! `s0 += word + s1; s1 += word' + s0`, modulo 2^32, over pairs of 32-bit words in the byte order that the
//! log's magic number names.

/// Continues `chain` over `data`, a multiple of eight bytes; what is left over does not count.
pub fn wal_checksum(data: &[u8], big_endian_words: bool, chain: (u32, u32)) -> (u32, u32) {
    let (mut s0, mut s1) = chain;
    let (pairs, _) = data.as_chunks::<8>();
    if big_endian_words {
        for pair in pairs {
            let word = u64::from_be_bytes(*pair);
            s0 = s0.wrapping_add((word >> 32) as u32).wrapping_add(s1);
            s1 = s1.wrapping_add(word as u32).wrapping_add(s0);
        }
    } else {
        for pair in pairs {
            let word = u64::from_le_bytes(*pair);
            s0 = s0.wrapping_add(word as u32).wrapping_add(s1);
            s1 = s1.wrapping_add((word >> 32) as u32).wrapping_add(s0);
        }
    }
    (s0, s1)
}

pub const FRAME_HEADER_SIZE: usize = 24;

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

/// CRC-32C: polynomial 0x82F63B78 reflected, all ones before and after.
pub fn crc32c(data: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in data {
        crc = CRC_TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8);
    }
    !crc
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn crc32c_of_the_check_string() {
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn checksum_of_a_log_header() {
        let mut header = Vec::new();
        for word in [0x377F_0682_u32, 3_007_000, 4096, 0, 4_182_313_228, 4_176_875_018] {
            header.extend_from_slice(&word.to_be_bytes());
        }
        assert_eq!(wal_checksum(&header, false, (0, 0)), (3_773_844_748, 2_733_054_889));
    }

    proptest! {
        #[test]
        fn the_byte_order_of_words_is_the_magics(words in prop::collection::vec(any::<u32>(), 0..64)) {
            let words = &words[..words.len() / 2 * 2];
            let big: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            let little: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            prop_assert_eq!(wal_checksum(&big, true, (1, 2)), wal_checksum(&little, false, (1, 2)));
        }

        #[test]
        fn a_chain_may_be_cut_anywhere(words in prop::collection::vec(any::<u64>(), 0..64), at in 0..64usize) {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let at = at.min(words.len()) * 8;
            let first = wal_checksum(&bytes[..at], false, (7, 9));
            prop_assert_eq!(
                wal_checksum(&bytes[at..], false, first),
                wal_checksum(&bytes, false, (7, 9))
            );
        }
    }
}
