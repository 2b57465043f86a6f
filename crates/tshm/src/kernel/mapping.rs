//! The memory behind a region: `<db>-tshm` mapped, or ordinary memory for a single process.
//!
//! The base region and each index block are separate pieces, so that the index grows without moving what
//! others are reading. All unsafe code of this crate is here, in `os_sync` and in `lost_pages`. It rests on these facts:
//!
//! - a piece, once there, stays at its address as long as the `Memory` lives;
//! - offsets come from `layout.rs`, are naturally aligned and stay inside their piece (asserted);
//! - every access is atomic, so that other processes may write at any time;
//! - the file is never cut shorter than what is mapped. Nobody who follows the format does that; when a stranger
//!   does, `lost_pages` puts zeros in place, and `is_lost` tells.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};
use std::time::Duration;

use memmap2::{MmapOptions, MmapRaw};

use crate::format::layout::{
    BASE_SIZE, BLOCK_SIZE, MAGIC, MAGIC_AT, MAX_BLOCKS, block_offset, file_size,
};
use crate::format::words::{Sleepers, Words};
use crate::kernel::attributes::Attributes;
use crate::kernel::lost_pages::{Watch, watch};
use crate::kernel::waiting;

enum Piece {
    /// The watch is dropped first.
    Mapped { _watch: Option<Watch>, map: MmapRaw },
    /// As 64-bit words, for their alignment.
    Heap(Box<[AtomicU64]>),
}

impl Piece {
    fn heap(size: usize) -> Piece {
        Piece::Heap((0..size / 8).map(|_| AtomicU64::new(0)).collect())
    }

    fn mapped(file: &File, offset: usize, size: usize, lost: &AtomicBool) -> io::Result<Piece> {
        // memmap2 starts the mapping at the host's page boundary below and skips the rest.
        let map = MmapOptions::new().offset(offset as u64).len(size).map_raw(&file.as_fd())?;
        Ok(Piece::Mapped { _watch: watch(map.as_ptr(), size, lost), map })
    }

    fn address(&self) -> *mut u8 {
        match self {
            Piece::Mapped { map, .. } => map.as_mut_ptr(),
            Piece::Heap(words) => words.as_ptr().cast_mut().cast(),
        }
    }
}

pub struct Memory {
    file: Option<File>,
    base: Piece,
    blocks: [OnceLock<Piece>; MAX_BLOCKS],
    /// Stands for whatever lies outside the pieces. Nothing is read there that is believed.
    nowhere: Box<AtomicU64>,
    /// A page of the file has gone. At an address of its own, and dropped after the pieces that point to it.
    lost: Box<AtomicBool>,
}

impl Memory {
    /// Zeroed memory of this process.
    pub fn heap() -> Memory {
        let blocks = [const { OnceLock::new() }; MAX_BLOCKS];
        Memory {
            file: None,
            base: Piece::heap(BASE_SIZE),
            blocks,
            nowhere: Box::default(),
            lost: Box::default(),
        }
    }

    /// Maps the base region of a file that has one. Blocks follow on demand.
    pub fn mapped(file: File) -> io::Result<Memory> {
        let lost = Box::new(AtomicBool::new(false));
        let base = Piece::mapped(&file, 0, BASE_SIZE, &lost)?;
        let blocks = [const { OnceLock::new() }; MAX_BLOCKS];
        Ok(Memory { file: Some(file), base, blocks, nowhere: Box::default(), lost })
    }

    /// The file behind it, which also carries the locks.
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// The file is no longer what was mapped: somebody has cut it, and perhaps filled it up again.
    #[inline]
    pub fn is_lost(&self) -> bool {
        self.file.is_some()
            && (self.load64(MAGIC_AT) != u64::from_le_bytes(MAGIC)
                || self.lost.load(Ordering::Acquire))
    }

    /// Makes block `block`, which exists in the file, accessible.
    #[inline]
    pub fn ensure_block(&self, block: usize) -> io::Result<()> {
        if self.blocks[block].get().is_some() {
            return Ok(());
        }
        let piece = match &self.file {
            None => Piece::heap(BLOCK_SIZE),
            // To touch a page that is mapped and not in the file would be the end of what can be believed here.
            Some(file) if Attributes::of_file(file)?.size < file_size(block + 1) => {
                return Err(io::Error::other("the coordination file is shorter than it says"));
            }
            Some(file) => Piece::mapped(file, block_offset(block), BLOCK_SIZE, &self.lost)?,
        };
        // Another thread may have been first; then this mapping goes away again, unused.
        let _ = self.blocks[block].set(piece);
        Ok(())
    }

    /// The address of `size` aligned bytes at `offset` of the file.
    #[inline]
    fn address(&self, offset: usize, size: usize) -> *mut u8 {
        assert!(offset.is_multiple_of(size), "a word is aligned");
        if offset < BASE_SIZE {
            // SAFETY: the base piece is BASE_SIZE bytes long, a multiple of every word size, and the
            // aligned offset lies in it.
            return unsafe { self.base.address().add(offset) };
        }
        let (block, within) =
            ((offset - BASE_SIZE) / BLOCK_SIZE, (offset - BASE_SIZE) % BLOCK_SIZE);
        let Some(piece) = self.blocks.get(block).and_then(OnceLock::get) else {
            // `ensure_block` comes before an access, so this place was taken from bytes that are damaged.
            self.lost.store(true, Ordering::Relaxed);
            return self.nowhere.as_ptr().cast();
        };
        // SAFETY: `within` is below BLOCK_SIZE, the length of the piece, which is a multiple of every
        // word size; so an aligned word that starts in it ends in it.
        unsafe { piece.address().add(within) }
    }

    #[inline]
    fn word16(&self, offset: usize) -> &AtomicU16 {
        // SAFETY: `address` gives two aligned bytes that live as long as `self` and are only accessed
        // atomically.
        unsafe { AtomicU16::from_ptr(self.address(offset, 2).cast()) }
    }

    #[inline]
    fn word32(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: as `word16`, with four bytes.
        unsafe { AtomicU32::from_ptr(self.address(offset, 4).cast()) }
    }

    #[inline]
    fn word64(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: as `word16`, with eight bytes.
        unsafe { AtomicU64::from_ptr(self.address(offset, 8).cast()) }
    }
}

// The format is little-endian; memory words are used as they are.
const _: () = assert!(cfg!(target_endian = "little"), "the mapped words are little-endian");

impl Words for Memory {
    #[inline]
    fn load32(&self, offset: usize) -> u32 {
        self.word32(offset).load(Ordering::Acquire)
    }
    #[inline]
    fn store32(&self, offset: usize, value: u32) {
        self.word32(offset).store(value, Ordering::Release);
    }
    #[inline]
    fn load64(&self, offset: usize) -> u64 {
        self.word64(offset).load(Ordering::Acquire)
    }
    #[inline]
    fn store64(&self, offset: usize, value: u64) {
        self.word64(offset).store(value, Ordering::Release);
    }
    #[inline]
    fn exchange64(&self, offset: usize, current: u64, new: u64) -> Result<u64, u64> {
        let word = self.word64(offset);
        word.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
    }
    #[inline]
    fn or64(&self, offset: usize, bits: u64) {
        self.word64(offset).fetch_or(bits, Ordering::AcqRel);
    }
    #[inline]
    fn entry_word(&self, offset: usize) -> u64 {
        self.word64(offset).load(Ordering::Relaxed)
    }
    #[inline]
    fn set_entry_word(&self, offset: usize, value: u64) {
        self.word64(offset).store(value, Ordering::Relaxed);
    }
    #[inline]
    fn hash_slot(&self, offset: usize) -> u16 {
        self.word16(offset).load(Ordering::Relaxed)
    }
    #[inline]
    fn set_hash_slot(&self, offset: usize, value: u16) {
        self.word16(offset).store(value, Ordering::Relaxed);
    }
    #[inline]
    fn load_fence(&self) {
        fence(Ordering::Acquire);
    }
    #[inline]
    fn store_fence(&self) {
        fence(Ordering::Release);
    }
    #[inline]
    fn fence(&self) {
        fence(Ordering::SeqCst);
    }
}

impl Sleepers for Memory {
    fn wait(&self, offset: usize, seen: u32, timeout: Duration) {
        waiting::wait(self.word32(offset), seen, timeout);
    }

    fn signal(&self, offset: usize, most: i32) {
        self.word32(offset).fetch_add(1, Ordering::AcqRel);
        waiting::wake(self.word32(offset), most);
    }
}
