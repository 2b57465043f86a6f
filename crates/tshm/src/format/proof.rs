//! The backfill proof: a checksummed statement that the first frames of the log are in the database file.
//!
//! It names the snapshot and the first 100 bytes of the database file that it speaks of, so that it ends
//! with the next commit and with any change of the file. An opener that finds a valid proof need not copy
//! the frames again; one that does not, merely does more work. (TSHM v1 §2.8.)
//!
//! Its fields are outside the sequence lock: the version is cleared first and set last.

use crate::format::crc32c::crc32c;
use crate::format::layout as at;
use crate::format::snapshot::Snapshot;
use crate::format::words::Words;

/// Bytes of the database file that the proof covers.
pub const DB_HEADER_SIZE: usize = 100;
const DB_MAGIC: &[u8; 16] = b"SQLite format 3\0";
const DB_SIZE_AT: usize = 28;
const PROOF_FORMAT: u32 = 1;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proof {
    pub backfilled_frames: u64,
    pub max_frame: u64,
    pub checkpoint_seq: u32,
    pub page_size: u32,
    pub salt1: u32,
    pub salt2: u32,
    pub checksum1: u32,
    pub checksum2: u32,
    pub db_size_pages: u32,
    pub db_header_crc32c: u32,
}

impl Proof {
    /// What would be true of a snapshot and a database file. None: the file does not begin as a database.
    pub fn of(snapshot: &Snapshot, db_header: &[u8]) -> Option<Proof> {
        let db_header = db_header.first_chunk::<DB_HEADER_SIZE>()?;
        if !db_header.starts_with(DB_MAGIC) {
            return None;
        }
        let size = db_header[DB_SIZE_AT..].first_chunk::<4>()?;
        Some(Proof {
            backfilled_frames: snapshot.backfilled_frames,
            max_frame: snapshot.max_frame,
            checkpoint_seq: snapshot.checkpoint_seq,
            page_size: snapshot.page_size,
            salt1: snapshot.salt1,
            salt2: snapshot.salt2,
            checksum1: snapshot.checksum1,
            checksum2: snapshot.checksum2,
            db_size_pages: u32::from_be_bytes(*size),
            db_header_crc32c: crc32c(db_header),
        })
    }

    pub fn is_structurally_valid(&self) -> bool {
        self.backfilled_frames != 0
            && self.backfilled_frames <= self.max_frame
            && self.page_size != 0
    }

    pub fn speaks_of(&self, snapshot: &Snapshot) -> bool {
        self.backfilled_frames == snapshot.backfilled_frames
            && self.max_frame == snapshot.max_frame
            && self.checkpoint_seq == snapshot.checkpoint_seq
            && self.page_size == snapshot.page_size
            && self.salt1 == snapshot.salt1
            && self.salt2 == snapshot.salt2
            && self.checksum1 == snapshot.checksum1
            && self.checksum2 == snapshot.checksum2
    }

    pub fn crc(&self) -> u32 {
        let mut bytes = Vec::with_capacity(52);
        bytes.extend_from_slice(&PROOF_FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.backfilled_frames.to_le_bytes());
        bytes.extend_from_slice(&self.max_frame.to_le_bytes());
        for word in [
            self.checkpoint_seq,
            self.page_size,
            self.salt1,
            self.salt2,
            self.checksum1,
            self.checksum2,
            self.db_size_pages,
            self.db_header_crc32c,
        ] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        crc32c(&bytes)
    }
}

/// The proof, if there is one and it is whole.
pub fn load(words: &impl Words) -> Option<Proof> {
    if words.load32(at::PROOF_VERSION) != PROOF_FORMAT {
        return None;
    }
    let proof = Proof {
        backfilled_frames: words.load64(at::PROOF_NBACKFILLS),
        max_frame: words.load64(at::PROOF_MAX_FRAME),
        checkpoint_seq: words.load32(at::PROOF_CHECKPOINT_SEQ),
        page_size: words.load32(at::PROOF_PAGE_SIZE),
        salt1: words.load32(at::PROOF_SALT_1),
        salt2: words.load32(at::PROOF_SALT_2),
        checksum1: words.load32(at::PROOF_CHECKSUM_1),
        checksum2: words.load32(at::PROOF_CHECKSUM_2),
        db_size_pages: words.load32(at::PROOF_DB_SIZE_PAGES),
        db_header_crc32c: words.load32(at::PROOF_DB_HEADER_CRC32C),
    };
    let is_whole = proof.is_structurally_valid() && proof.crc() == words.load32(at::PROOF_CRC32C);
    is_whole.then_some(proof)
}

pub fn store(words: &impl Words, proof: &Proof) {
    words.store32(at::PROOF_VERSION, 0);
    write_payload(words, proof);
    words.store32(at::PROOF_CRC32C, proof.crc());
    words.store32(at::PROOF_VERSION, PROOF_FORMAT);
}

pub fn clear(words: &impl Words) {
    if words.load32(at::PROOF_VERSION) == 0 && words.load32(at::PROOF_CRC32C) == 0 {
        return;
    }
    words.store32(at::PROOF_VERSION, 0);
    let nothing = Snapshot::default();
    let zeros = Proof {
        backfilled_frames: nothing.backfilled_frames,
        max_frame: 0,
        checkpoint_seq: 0,
        page_size: 0,
        salt1: 0,
        salt2: 0,
        checksum1: 0,
        checksum2: 0,
        db_size_pages: 0,
        db_header_crc32c: 0,
    };
    write_payload(words, &zeros);
    words.store32(at::PROOF_CRC32C, 0);
}

fn write_payload(words: &impl Words, proof: &Proof) {
    words.store64(at::PROOF_NBACKFILLS, proof.backfilled_frames);
    words.store64(at::PROOF_MAX_FRAME, proof.max_frame);
    words.store32(at::PROOF_CHECKPOINT_SEQ, proof.checkpoint_seq);
    words.store32(at::PROOF_PAGE_SIZE, proof.page_size);
    words.store32(at::PROOF_SALT_1, proof.salt1);
    words.store32(at::PROOF_SALT_2, proof.salt2);
    words.store32(at::PROOF_CHECKSUM_1, proof.checksum1);
    words.store32(at::PROOF_CHECKSUM_2, proof.checksum2);
    words.store32(at::PROOF_DB_SIZE_PAGES, proof.db_size_pages);
    words.store32(at::PROOF_DB_HEADER_CRC32C, proof.db_header_crc32c);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::mapping::Memory;

    const VECTOR: Proof = Proof {
        backfilled_frames: 2,
        max_frame: 7285,
        checkpoint_seq: 0,
        page_size: 4096,
        salt1: 834_218_492,
        salt2: 1_307_630_196,
        checksum1: 3_529_956_820,
        checksum2: 4_164_083_238,
        db_size_pages: 2,
        db_header_crc32c: 3_230_952_452,
    };

    #[test]
    fn the_crc_of_the_published_vector() {
        assert_eq!(VECTOR.crc(), 1_060_779_373);
    }

    #[test]
    fn what_was_stored_is_loaded_until_it_is_cleared() {
        let memory = Memory::heap();
        assert_eq!(load(&memory), None);
        store(&memory, &VECTOR);
        assert_eq!(load(&memory), Some(VECTOR));
        assert_eq!(memory.load32(at::PROOF_CRC32C), 1_060_779_373);
        clear(&memory);
        assert_eq!(load(&memory), None);
        for offset in (at::PROOF_VERSION..at::WRITER_OWNER).step_by(4) {
            assert_eq!(memory.load32(offset), 0, "offset {offset}");
        }
    }

    #[test]
    fn any_changed_field_makes_it_void() {
        let memory = Memory::heap();
        for offset in (at::PROOF_VERSION..at::HEADER_PADDING).step_by(4) {
            store(&memory, &VECTOR);
            memory.store32(offset, memory.load32(offset) ^ 0x10);
            assert_eq!(load(&memory), None, "offset {offset}");
        }
    }

    #[test]
    fn impossible_proofs_do_not_count() {
        for proof in [
            Proof { backfilled_frames: 0, ..VECTOR },
            Proof { backfilled_frames: 7286, ..VECTOR },
            Proof { page_size: 0, ..VECTOR },
        ] {
            let memory = Memory::heap();
            store(&memory, &proof);
            assert_eq!(load(&memory), None);
        }
    }

    #[test]
    fn a_proof_speaks_of_one_snapshot_and_one_file() {
        let snapshot =
            Snapshot { max_frame: 9, backfilled_frames: 4, page_size: 4096, ..Snapshot::default() };
        let mut header = [0; DB_HEADER_SIZE];
        header[..16].copy_from_slice(DB_MAGIC);
        header[31] = 3;
        let proof = Proof::of(&snapshot, &header).unwrap();
        assert_eq!(proof.db_size_pages, 3);
        assert!(proof.speaks_of(&snapshot));
        assert!(!proof.speaks_of(&Snapshot { max_frame: 10, ..snapshot }));
        header[99] = 1;
        assert_ne!(Proof::of(&snapshot, &header).unwrap(), proof);
        assert_eq!(Proof::of(&snapshot, &[0; DB_HEADER_SIZE]), None);
        assert_eq!(Proof::of(&snapshot, &header[..99]), None);
    }
}
