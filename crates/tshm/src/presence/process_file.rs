//! The bytes of `<db>-tproc`: who of ours has the database open, and what the last checkpoint came to.
//!
//! ```text
//! 0        4096      5120      6144            69632
//! +--------+---------+---------+---------------+
//! | header | entry 0 | entry 1 | …    entry 63 |
//! +--------+---------+---------+---------------+
//! ```
//!
//! The file informs people; nothing rests on it. An entry counts while byte `i` of the file is locked by its process, so
//! the dead are told from the living without a look at process ids. Each record carries a checksum of its own:
//! a reader that meets a write half-way reads again, and damage makes a record unknown, never wrong.
//!
//! It is read and written by calls, not mapped: whoever cuts the file short harms nobody.
//! The table is in `docs/tshm-format.md`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::format::crc32c::crc32c;
use crate::format::owner::Owner;

const MAGIC: [u8; 8] = *b"TSHMPROC";
const VERSION: u32 = 1;
pub const ENTRIES: usize = 64;
const HEADER_SIZE: usize = 4096;
const ENTRY_SIZE: usize = 1024;
pub const FILE_SIZE: u64 = (HEADER_SIZE + ENTRIES * ENTRY_SIZE) as u64;

const CHECKPOINT_AT: u64 = 256;
const CHECKPOINT_SIZE: usize = 64;

// ── An entry ────────────────────────────────────────────────────────────────────────────────────
const CRC: usize = 0;
const TEXT_LENGTH: usize = 4;
const PID: usize = 8;
const INSTANCE: usize = 12;
const OPENED: usize = 16;
const STATEMENT_SINCE: usize = 24;
const TRANSACTION_SINCE: usize = 32;
const TRANSACTION: usize = 40;
const READONLY: usize = 44;
const CONNECTIONS: usize = 48;
const ENGINE: usize = 56;
const ENGINE_SIZE: usize = 32;
const TEXT: usize = 128;
const TEXT_SIZE: usize = ENTRY_SIZE - TEXT;
/// A text that was cut ends with this.
const ELLIPSIS: &str = "…";

/// The byte that the process of an entry locks.
pub const fn entry_byte(entry: usize) -> u64 {
    entry as u64
}

/// What a connection is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Transaction {
    #[default]
    None,
    Read,
    Write,
}

impl Transaction {
    pub fn of_code(code: u32) -> Transaction {
        match code {
            1 => Transaction::Read,
            2 => Transaction::Write,
            _ => Transaction::None,
        }
    }
}

/// What an entry says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ProcessRecord {
    pub pid: u32,
    pub instance: u32,
    /// When the process opened the database.
    pub opened_ms: u64,
    /// Version of the engine.
    pub engine: String,
    /// No connection of the process may write.
    pub readonly: bool,
    pub connections: u32,
    /// A statement that has been running for a while, and since when.
    pub statement: Option<(String, u64)>,
    /// A transaction that has been open for a while, and since when.
    pub transaction: Option<(Transaction, u64)>,
}

fn word32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk::<4>().map_or(0, |word| u32::from_le_bytes(*word))
}

fn word64(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word))
}

fn put32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

/// The beginning of a text that fits into `size` bytes.
fn cut(text: &str, size: usize) -> String {
    if text.len() <= size {
        return text.to_owned();
    }
    let mut end = size - ELLIPSIS.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ELLIPSIS}", &text[..end])
}

impl ProcessRecord {
    fn encode(&self) -> [u8; ENTRY_SIZE] {
        let mut bytes = [0; ENTRY_SIZE];
        put32(&mut bytes, PID, self.pid);
        put32(&mut bytes, INSTANCE, self.instance);
        put64(&mut bytes, OPENED, self.opened_ms);
        put32(&mut bytes, READONLY, u32::from(self.readonly));
        put32(&mut bytes, CONNECTIONS, self.connections);
        let engine = cut(&self.engine, ENGINE_SIZE);
        bytes[ENGINE..ENGINE + engine.len()].copy_from_slice(engine.as_bytes());
        if let Some((text, since)) = &self.statement {
            let text = cut(text, TEXT_SIZE);
            put32(&mut bytes, TEXT_LENGTH, text.len() as u32);
            put64(&mut bytes, STATEMENT_SINCE, *since);
            bytes[TEXT..TEXT + text.len()].copy_from_slice(text.as_bytes());
        }
        if let Some((kind, since)) = self.transaction {
            put32(&mut bytes, TRANSACTION, kind as u32);
            put64(&mut bytes, TRANSACTION_SINCE, since);
        }
        let crc = crc32c(&bytes[CRC + 4..]);
        put32(&mut bytes, CRC, crc);
        bytes
    }

    fn decode(bytes: &[u8; ENTRY_SIZE]) -> Option<ProcessRecord> {
        let pid = word32(bytes, PID);
        if pid == 0 || word32(bytes, CRC) != crc32c(&bytes[CRC + 4..]) {
            return None;
        }
        let text = bytes.get(TEXT..TEXT + word32(bytes, TEXT_LENGTH) as usize)?;
        let engine = bytes[ENGINE..ENGINE + ENGINE_SIZE].split(|byte| *byte == 0).next()?;
        let statement_since = word64(bytes, STATEMENT_SINCE);
        let statement = String::from_utf8_lossy(text).into_owned();
        let transaction = Transaction::of_code(word32(bytes, TRANSACTION));
        let transaction_since = word64(bytes, TRANSACTION_SINCE);
        Some(ProcessRecord {
            pid,
            instance: word32(bytes, INSTANCE),
            opened_ms: word64(bytes, OPENED),
            engine: String::from_utf8_lossy(engine).into_owned(),
            readonly: word32(bytes, READONLY) != 0,
            connections: word32(bytes, CONNECTIONS),
            statement: (statement_since != 0).then_some((statement, statement_since)),
            transaction: (transaction != Transaction::None)
                .then_some((transaction, transaction_since)),
        })
    }
}

// ── The last checkpoint ─────────────────────────────────────────────────────────────────────────

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// A reader in this slot, which pins this frame.
    Reader { slot: u32, owner: Owner, frame: u64 },
    /// Somebody who was writing.
    Writer { owner: Owner },
    /// Another checkpoint.
    Checkpointer { owner: Owner },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckpointRecord {
    /// 0 passive, 1 full, 2 restart, 3 truncate.
    pub mode: u32,
    /// It did not do all that its mode asks for.
    pub busy: bool,
    /// Frames in the log when it began, and those in the database file when it ended.
    pub log_frames: u64,
    pub copied_frames: u64,
    pub at_ms: u64,
    pub pid: u32,
    pub limit: Option<Limit>,
}

impl CheckpointRecord {
    fn encode(&self) -> [u8; CHECKPOINT_SIZE] {
        let (kind, slot, owner, frame) = match self.limit {
            None => (0, 0, Owner::NONE, 0),
            Some(Limit::Reader { slot, owner, frame }) => (1, slot, owner, frame),
            Some(Limit::Writer { owner }) => (2, 0, owner, 0),
            Some(Limit::Checkpointer { owner }) => (3, 0, owner, 0),
        };
        let mut bytes = [0; CHECKPOINT_SIZE];
        put32(&mut bytes, 4, self.mode);
        put32(&mut bytes, 8, u32::from(self.busy));
        put32(&mut bytes, 12, kind);
        put64(&mut bytes, 16, self.log_frames);
        put64(&mut bytes, 24, self.copied_frames);
        put64(&mut bytes, 32, self.at_ms);
        put32(&mut bytes, 40, self.pid);
        put32(&mut bytes, 44, slot);
        put64(&mut bytes, 48, owner.0);
        put64(&mut bytes, 56, frame);
        let crc = crc32c(&bytes[4..]);
        put32(&mut bytes, 0, crc);
        bytes
    }

    fn decode(bytes: &[u8; CHECKPOINT_SIZE]) -> Option<CheckpointRecord> {
        let at_ms = word64(bytes, 32);
        if at_ms == 0 || word32(bytes, 0) != crc32c(&bytes[4..]) {
            return None;
        }
        let owner = Owner(word64(bytes, 48));
        let limit = match word32(bytes, 12) {
            1 => Some(Limit::Reader { slot: word32(bytes, 44), owner, frame: word64(bytes, 56) }),
            2 => Some(Limit::Writer { owner }),
            3 => Some(Limit::Checkpointer { owner }),
            _ => None,
        };
        Some(CheckpointRecord {
            mode: word32(bytes, 4),
            busy: word32(bytes, 8) != 0,
            log_frames: word64(bytes, 16),
            copied_frames: word64(bytes, 24),
            at_ms,
            pid: word32(bytes, 40),
            limit,
        })
    }
}

// ── The file ────────────────────────────────────────────────────────────────────────────────────

fn header() -> [u8; 20] {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&MAGIC);
    put32(&mut bytes, 8, VERSION);
    put32(&mut bytes, 12, ENTRIES as u32);
    put32(&mut bytes, 16, ENTRY_SIZE as u32);
    bytes
}

/// Makes it a file without entries, whatever it was. Only as the first.
pub fn initialise(file: &File) -> io::Result<()> {
    file.set_len(0)?;
    file.set_len(FILE_SIZE)?;
    file.write_all_at(&header(), 0)
}

/// Puts a damaged file right beside others who use it: what entries say is theirs.
pub fn restore(file: &File) -> io::Result<()> {
    if file.metadata()?.len() < FILE_SIZE {
        file.set_len(FILE_SIZE)?;
    }
    file.write_all_at(&header(), 0)
}

/// Whether the file is one of this version.
pub fn is_valid(file: &File) -> bool {
    let mut bytes = [0; 20];
    file.read_exact_at(&mut bytes, 0).is_ok() && bytes == header()
}

/// Attempts at a record that somebody may be writing.
const ATTEMPTS: u32 = 3;

fn read_record<const SIZE: usize, T>(
    file: &File,
    at: u64,
    decode: impl Fn(&[u8; SIZE]) -> Option<T>,
) -> Option<T> {
    let mut bytes = [0; SIZE];
    for _ in 0..ATTEMPTS {
        file.read_exact_at(&mut bytes, at).ok()?;
        if bytes.iter().all(|byte| *byte == 0) {
            return None;
        }
        if let Some(record) = decode(&bytes) {
            return Some(record);
        }
        std::thread::yield_now();
    }
    None
}

fn entry_offset(entry: usize) -> u64 {
    (HEADER_SIZE + entry * ENTRY_SIZE) as u64
}

pub fn read_entry(file: &File, entry: usize) -> Option<ProcessRecord> {
    read_record(file, entry_offset(entry), ProcessRecord::decode)
}

/// None clears it.
pub fn write_entry(file: &File, entry: usize, record: Option<&ProcessRecord>) -> io::Result<()> {
    let bytes = record.map_or([0; ENTRY_SIZE], ProcessRecord::encode);
    file.write_all_at(&bytes, entry_offset(entry))
}

pub fn read_checkpoint(file: &File) -> Option<CheckpointRecord> {
    read_record(file, CHECKPOINT_AT, CheckpointRecord::decode)
}

pub fn write_checkpoint(file: &File, record: &CheckpointRecord) -> io::Result<()> {
    file.write_all_at(&record.encode(), CHECKPOINT_AT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> File {
        let file = tempfile::tempfile().unwrap();
        initialise(&file).unwrap();
        file
    }

    fn record() -> ProcessRecord {
        ProcessRecord {
            pid: 12,
            instance: 3,
            opened_ms: 1_700_000_000_000,
            engine: "0.1.0".into(),
            readonly: true,
            connections: 2,
            statement: Some(("SELECT 'ü'".into(), 1_700_000_000_100)),
            transaction: Some((Transaction::Write, 1_700_000_000_050)),
        }
    }

    #[test]
    fn an_entry_is_read_as_it_was_written_and_cleared() {
        let file = fresh();
        assert!(is_valid(&file));
        assert_eq!(file.metadata().unwrap().len(), FILE_SIZE);
        assert_eq!(read_entry(&file, 63), None);
        write_entry(&file, 63, Some(&record())).unwrap();
        assert_eq!(read_entry(&file, 63), Some(record()));
        assert_eq!(read_entry(&file, 62), None);
        write_entry(&file, 63, None).unwrap();
        assert_eq!(read_entry(&file, 63), None);
        assert_eq!(file.metadata().unwrap().len(), FILE_SIZE);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let file = fresh();
        for pad in 0..4 {
            let text = format!("{}{}", "x".repeat(pad), "ä€😀".repeat(200));
            let long = ProcessRecord { statement: Some((text.clone(), 1)), ..record() };
            write_entry(&file, 0, Some(&long)).unwrap();
            let (found, _) = read_entry(&file, 0).unwrap().statement.unwrap();
            let kept = found.strip_suffix('…').unwrap();
            assert!(text.starts_with(kept) && kept.len() > TEXT_SIZE - 8);
        }
    }

    #[test]
    fn damage_makes_a_record_unknown() {
        let file = fresh();
        write_entry(&file, 1, Some(&record())).unwrap();
        for at in [0, 9, 40, 130, 1023] {
            let place = entry_offset(1) + at;
            let mut byte = [0];
            file.read_exact_at(&mut byte, place).unwrap();
            file.write_all_at(&[byte[0] ^ 0x10], place).unwrap();
            assert_eq!(read_entry(&file, 1), None, "byte {at}");
            file.write_all_at(&byte, place).unwrap();
        }
        file.set_len(5000).unwrap();
        assert_eq!((read_entry(&file, 0), read_entry(&file, 63)), (None, None));
        file.set_len(10).unwrap();
        assert!(!is_valid(&file));
        assert_eq!(read_checkpoint(&file), None);
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        let file = fresh();
        assert_eq!(read_checkpoint(&file), None);
        let owner = Owner(77 << 32 | 5);
        for limit in [
            None,
            Some(Limit::Reader { slot: 4, owner, frame: 9 }),
            Some(Limit::Writer { owner }),
            Some(Limit::Checkpointer { owner: Owner::NONE }),
        ] {
            let record = CheckpointRecord {
                mode: 2,
                busy: limit.is_some(),
                log_frames: 1 << 33,
                copied_frames: 7,
                at_ms: 1_700_000_000_000,
                pid: 99,
                limit,
            };
            write_checkpoint(&file, &record).unwrap();
            assert_eq!(read_checkpoint(&file), Some(record));
        }
    }
}
