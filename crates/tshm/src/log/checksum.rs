//! The log's checksum (*Database File Format §4.2*): a chain of additions, each waiting for the last:
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
