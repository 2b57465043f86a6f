//! The state of a database, for people: who has it open, who holds it up, how long its log is.
//!
//! Looking disturbs nobody. Files are opened for reading, nothing is made, locks are asked for and never taken, and what
//! is read of shared memory comes through `read`, so that a file cut short harms nobody either. A database that this process
//! has open is looked at through the descriptors that it has: with classic locks the end of any other would drop its locks.
//!
//! | asked | answered by |
//! |---|---|
//! | is it open, and how | locked bytes of `-tshm`, of the database file, of `-shm` |
//! | processes of ours | entries of `-tproc` whose bytes are locked |
//! | peers | owner records beside locked bytes, and what the kernel shows (`holders`) |
//! | readers, writer, checkpointer | the words in `-tshm`, as far as the byte behind each is locked |
//! | the log | the snapshot while processes share it, or a reading of the log where nobody does |
//!
//! All of it is a look at things that move; numbers of one answer may be a moment apart.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::layout::{
    BASE_SIZE, CHECKPOINT_BYTE, LIFETIME_BYTE, NO_FRAME, READER_SLOTS, TURNSTILE_BYTE, WRITER_BYTE,
    reader_byte,
};
use crate::format::owner::Owner;
use crate::format::words::Words;
use crate::kernel::attributes::FileKey;
use crate::kernel::filesystem;
use crate::kernel::holders::{self, Vitals, open_to_look};
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::Names;
use crate::log::frame::frame_offset;
use crate::log::stored::Source;
use crate::log::wal::{self, WalHeader};
use crate::opening::registry;
use crate::presence::process_file::{self, CheckpointRecord, ENTRIES, ProcessRecord, entry_byte};
use crate::shared::entry::Entry;
use crate::shared::open_files::{cannot_open, if_there};
use crate::shared::sentry::{BELOW_SQLITE, CONNECTED, DATABASE_LOCKS};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Processes share it.
    Multiprocess,
    /// One process has it, or several only read.
    Single,
    /// A process of stock `SQLite` has it.
    Sqlite,
    /// Nobody has it open.
    Closed,
}

/// The log.
#[derive(Clone, Copy, Default, Debug)]
pub struct WalStatus {
    pub bytes: u64,
    /// Committed frames of the present generation.
    pub frames: u64,
    /// Of those, the first that are in the database file; none where that cannot be known.
    pub backfilled: Option<u64>,
    pub checkpoint_seq: u32,
}

/// The shared frame index.
#[derive(Clone, Copy, Debug)]
pub struct IndexStatus {
    pub blocks: u32,
    pub entries: u32,
    pub is_overflowed: bool,
}

/// A reader slot that pins a frame.
#[derive(Clone, Copy, Debug)]
pub struct ReaderStatus {
    pub slot: u32,
    pub frame: u64,
    pub owner: Owner,
}

// The flags are independent facts, not the states of one machine.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug)]
pub struct ProcessStatus {
    /// None: somebody holds a lock, and nobody says who.
    pub pid: Option<u32>,
    pub is_ours: bool,
    pub is_self: bool,
    pub vitals: Option<Vitals>,
    pub is_writer: bool,
    pub is_checkpointer: bool,
    pub slots: Vec<u32>,
    /// Of an entry in `-tproc`.
    pub record: Option<ProcessRecord>,
    instance: u32,
}

#[derive(Debug)]
pub struct Status {
    pub mode: Mode,
    /// Somebody is opening or closing it at this moment, and others wait.
    pub is_changing: bool,
    pub is_open_here: bool,
    /// Why processes cannot share it.
    pub unsupported: Option<String>,
    pub database_bytes: u64,
    pub page_size: u32,
    pub page_count: u32,
    pub wal: WalStatus,
    /// Where there is a coordination file.
    pub index: Option<IndexStatus>,
    /// What is wrong with the coordination file.
    pub problem: Option<String>,
    pub readers: Vec<ReaderStatus>,
    pub is_writer_waiting: bool,
    pub processes: Vec<ProcessStatus>,
    /// Holders of the database beyond those processes; none where that cannot be known.
    pub unknown_holders: Option<usize>,
    /// Processes that ended without closing.
    pub dead: Vec<ProcessRecord>,
    pub last_checkpoint: Option<CheckpointRecord>,
}

/// The base region of a coordination file, or of its likeness in memory, at one moment.
struct Base([u64; BASE_SIZE / 8]);

impl Base {
    fn word64(&self, offset: usize) -> u64 {
        self.0[offset / 8]
    }

    fn word32(&self, offset: usize) -> u32 {
        (self.0[offset / 8] >> (offset % 8 * 8)) as u32
    }

    /// Without the words of this engine, which nobody is shown.
    fn of_memory(words: &impl Words) -> Base {
        Base(std::array::from_fn(|index| match index * 8 {
            at::RESERVED.. => 0,
            offset if at::is_wide(offset) => words.load64(offset),
            offset => u64::from(words.load32(offset)) | u64::from(words.load32(offset + 4)) << 32,
        }))
    }

    fn of_file(file: &File) -> Option<Base> {
        let mut bytes = [0; BASE_SIZE];
        file.read_exact_at(&mut bytes, 0).ok()?;
        let (words, _) = bytes.as_chunks::<8>();
        Some(Base(std::array::from_fn(|index| u64::from_le_bytes(words[index]))))
    }
}

/// Looks again while somebody publishes.
const LOOKS: u32 = 20;

fn steady(mut look: impl FnMut() -> Option<Base>) -> Option<Base> {
    for _ in 0..LOOKS {
        let base = look()?;
        let sequence = base.word64(at::SNAPSHOT_SEQ);
        if sequence.is_multiple_of(2)
            && look().is_some_and(|again| again.word64(at::SNAPSHOT_SEQ) == sequence)
        {
            return Some(base);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    // Torn or not, it is only shown.
    look()
}

/// Where things are looked at.
struct View<'a> {
    names: &'a Names,
    database: &'a dyn Source,
    wal: Option<&'a dyn Source>,
    tshm: Option<&'a File>,
    base: Option<Base>,
    /// Of this process's region, where it has the database open.
    own: Option<Owner>,
}

/// The state of the database at `path`.
/// # Errors
/// When there is no such file, or when it is no database.
pub fn status(path: &str) -> Result<Status> {
    let given = Path::new(path);
    let metadata = if_there(given.metadata()).map_err(cannot_open(given))?;
    let Some(metadata) = metadata.filter(Metadata::is_file) else {
        return Err(Error::CannotOpen { path: path.into(), source: None });
    };
    // Others name the files beside a database by the name that leads to it without links.
    let real = given.canonicalize().map_err(cannot_open(given))?;
    let key = FileKey::of(&metadata);
    let looked = registry::look(key, through, || outside(&real));
    let mut status = looked??;
    status.unsupported = filesystem::check(&real, false).err().map(|error| error.to_string());
    Ok(status)
}

fn through(entry: &Entry, connections: usize) -> Result<Status> {
    let files = entry.best_files().ok_or(Error::Misuse("an entry has files"))?;
    let words = entry.region.words();
    let view = View {
        names: &entry.names,
        database: &files.database,
        wal: files.wal.as_ref().map(|log| log as &dyn Source),
        tshm: entry.region.file(),
        base: steady(|| Some(Base::of_memory(words))),
        own: Some(entry.region.owner()),
    };
    let mode = if entry.is_multiprocess { Mode::Multiprocess } else { Mode::Single };
    let mut status = view.status(mode)?;
    status.is_open_here = true;
    entry.processes.with_file(|own| match own {
        Some((tproc, index, record)) => {
            status.read_processes(tproc, Some((index, record)));
        }
        None => {
            if let Some(tproc) = open_to_look(&entry.names.tproc) {
                status.read_processes(&tproc, None);
            }
        }
    });
    if !entry.region.is_shared() {
        status.last_checkpoint = entry.processes.last_checkpoint();
    }
    let own = status.process_of(entry.region.owner());
    own.is_self = true;
    if own.record.is_none() {
        let pid = std::process::id();
        own.record = Some(ProcessRecord {
            pid,
            engine: env!("CARGO_PKG_VERSION").into(),
            connections: connections as u32,
            readonly: !files.is_writable,
            ..ProcessRecord::default()
        });
    }
    view.name_the_rest(&mut status);
    Ok(status)
}

fn outside(path: &Path) -> Result<Status> {
    let names = Names::of(path);
    let Some(database) = open_to_look(path) else {
        // Opened once more for the reason why it cannot be.
        File::open(path).map_err(cannot_open(path))?;
        return Err(Error::CannotOpen { path: path.display().to_string(), source: None });
    };
    let wal = open_to_look(&names.wal);
    let tshm = open_to_look(&names.tshm);
    let view = View {
        names: &names,
        database: &*database,
        wal: wal.as_deref().map(|log| log as &dyn Source),
        tshm: tshm.as_deref(),
        base: tshm.as_deref().and_then(|tshm| steady(|| Base::of_file(tshm))),
        own: None,
    };
    let (mode, pid, is_changing) = view.find_mode();
    let mut status = view.status(mode)?;
    status.is_changing = is_changing;
    if let Some(tproc) = open_to_look(&names.tproc) {
        status.read_processes(&tproc, None);
    }
    if let Some(pid) = pid {
        status.processes.push(ProcessStatus::of_peer(Owner(u64::from(pid) << 32)));
    }
    view.name_the_rest(&mut status);
    Ok(status)
}

/// Somebody else's lock. What cannot be asked is not shown.
fn other(file: Option<&(impl AsFd + ?Sized)>, range: Range) -> Option<locks::Conflict> {
    locks::query(file?, LockKind::Exclusive, range).ok().flatten()
}

impl View<'_> {
    /// The mode, the process behind it where the kernel says, and whether it is just changing.
    fn find_mode(&self) -> (Mode, Option<u32>, bool) {
        if let Some(conflict) = other(self.tshm, Range::byte(LIFETIME_BYTE)) {
            return (Mode::Multiprocess, None, conflict.kind == LockKind::Exclusive);
        }
        let pid_of =
            |conflict: locks::Conflict| u32::try_from(conflict.pid).ok().filter(|pid| *pid > 0);
        if let Some(conflict) = other(Some(self.database), BELOW_SQLITE) {
            return (Mode::Single, pid_of(conflict), false);
        }
        let shm = open_to_look(&self.names.shm);
        let sqlite =
            other(Some(self.database), DATABASE_LOCKS).or_else(|| other(shm.as_deref(), CONNECTED));
        sqlite.map_or((Mode::Closed, None, false), |it| (Mode::Sqlite, pid_of(it), false))
    }

    /// Everything but processes.
    fn status(&self, mode: Mode) -> Result<Status> {
        let size =
            self.database.metadata().map_err(Error::io("reading the database's attributes"))?;
        let mut header = [0; 100];
        let (mut page_size, mut page_count) = (0, 0);
        if size.len() > 0 {
            read_header(self.database, &mut header)?;
            page_size = match u32::from(header[16]) << 8 | u32::from(header[17]) {
                1 => 65536,
                page_size => page_size,
            };
            page_count = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
        }
        let mut status = Status {
            mode,
            is_changing: false,
            is_open_here: false,
            unsupported: None,
            database_bytes: size.len(),
            page_size,
            page_count,
            wal: WalStatus::default(),
            index: None,
            problem: None,
            readers: Vec::new(),
            is_writer_waiting: false,
            processes: Vec::new(),
            unknown_holders: None,
            dead: Vec::new(),
            last_checkpoint: None,
        };
        self.look_at_log(&mut status).map_err(Error::io("reading the log"))?;
        if let Some(tshm) = self.tshm {
            status.problem =
                crate::region::image::validate(tshm).err().map(|error| error.to_string());
            self.look_at_sidecar(&mut status);
        }
        Ok(status)
    }

    fn look_at_log(&self, status: &mut Status) -> io::Result<()> {
        let Some(log) = self.wal else { return Ok(()) };
        status.wal.bytes = log.metadata()?.len();
        let header = wal::read_header(log)?;
        let base = self.base.as_ref();
        // Who has it open keeps the snapshot true; nobody else's is believed without a look at the log.
        let is_kept = status.mode == Mode::Multiprocess || self.own.is_some();
        if let (Some(base), true) = (base, is_kept) {
            status.wal.frames = base.word64(at::MAX_FRAME);
            status.wal.backfilled = Some(base.word64(at::NBACKFILLS));
            status.wal.checkpoint_seq = base.word32(at::CHECKPOINT_SEQ);
        } else if let Some(header) = &header {
            let scan = wal::scan(log, header, 1, header.checksum)?;
            status.wal.frames = scan.pgnos.len() as u64;
            status.wal.checkpoint_seq = header.checkpoint_seq;
            status.wal.backfilled = base
                .filter(|base| status.mode == Mode::Closed && is_of(base, header))
                .map(|base| base.word64(at::NBACKFILLS).min(status.wal.frames));
        } else {
            status.wal.backfilled = Some(0);
        }
        if let Some(header) = header
            && status.wal.frames > 0
        {
            status.page_size = header.page_size;
            let mut count = [0; 4];
            let place = frame_offset(status.wal.frames, header.page_size) + 4;
            if matches!(log.read_all(&mut count, place), Ok(4)) && count != [0; 4] {
                status.page_count = u32::from_be_bytes(count);
            }
        }
        Ok(())
    }

    fn is_held(&self, byte: u64) -> bool {
        other(self.tshm, Range::byte(byte)).is_some()
    }

    /// The owner record of a byte that is locked; without one, what the lock itself says.
    fn holder_of(&self, byte: u64, owner: usize) -> Option<Owner> {
        let recorded = Owner(self.base.as_ref()?.word64(owner));
        if self.is_own(recorded) {
            return Some(recorded);
        }
        let conflict = other(self.tshm, Range::byte(byte))?;
        // Ours also hold these bytes shared, for other purposes.
        let is_holder = recorded != Owner::NONE || conflict.kind == LockKind::Exclusive;
        is_holder.then_some(recorded)
    }

    fn is_own(&self, owner: Owner) -> bool {
        self.own.is_some_and(|own| owner.is_of(own))
    }

    fn look_at_sidecar(&self, status: &mut Status) {
        let Some(base) = &self.base else { return };
        status.index = Some(IndexStatus {
            blocks: base.word32(at::FRAME_INDEX_BLOCKS),
            entries: base.word32(at::FRAME_INDEX_LEN),
            is_overflowed: base.word32(at::FRAME_INDEX_OVERFLOWED) != 0,
        });
        status.is_writer_waiting = self.is_held(TURNSTILE_BYTE);
        if let Some(owner) = self.holder_of(WRITER_BYTE, at::WRITER_OWNER) {
            status.process_of(owner).is_writer = true;
        }
        if let Some(owner) = self.holder_of(CHECKPOINT_BYTE, at::CHECKPOINT_OWNER) {
            status.process_of(owner).is_checkpointer = true;
        }
        for slot in 0..READER_SLOTS {
            let frame = base.word64(at::reader_frame(slot));
            let owner = Owner(base.word64(at::reader_owner(slot)));
            if frame == NO_FRAME || !(self.is_own(owner) || self.is_held(reader_byte(slot))) {
                continue;
            }
            let slot = slot as u32;
            status.readers.push(ReaderStatus { slot, frame, owner });
            if !owner.is_guard() {
                status.process_of(owner).slots.push(slot);
            }
        }
    }

    /// Processes that neither an entry nor a record names, as far as the kernel shows them.
    fn name_the_rest(&self, status: &mut Status) {
        let key = |file: &dyn Source| file.metadata().ok().map(|metadata| FileKey::of(&metadata));
        let (file, byte) = match status.mode {
            Mode::Multiprocess => (self.tshm.map(|tshm| tshm as &dyn Source), LIFETIME_BYTE),
            Mode::Single => (Some(self.database), 0),
            Mode::Sqlite | Mode::Closed => (None, 0),
        };
        if let Some(held) = file.and_then(key) {
            let shm = self.names.shm.attributes().ok().map(|there| there.key);
            let mut unnamed = holders::count(held, byte)
                .map(|count| count.saturating_sub(status.processes.len()));
            if unnamed != Some(0) {
                let keys = [held, shm.unwrap_or_default()];
                for holder in holders::holders(&keys).iter().filter(|it| it.holds(0, byte)) {
                    let is_named = status.processes.iter().any(|it| it.pid == Some(holder.pid));
                    if is_named || unnamed == Some(0) {
                        continue;
                    }
                    let mut process = ProcessStatus::of_peer(Owner(u64::from(holder.pid) << 32));
                    // Peers never touch the file that keeps stock SQLite out.
                    process.is_ours = status.mode == Mode::Multiprocess && holder.has_open(1);
                    status.processes.push(process);
                    unnamed = unnamed.map(|count| count - 1);
                }
            }
            status.unknown_holders = unnamed;
        } else if status.mode == Mode::Closed {
            status.unknown_holders = Some(0);
        }
        for process in &mut status.processes {
            process.vitals = process.pid.and_then(holders::vitals);
        }
        status.processes.sort_by_key(|it| it.record.as_ref().map_or(u64::MAX, |it| it.opened_ms));
    }
}

fn read_header(database: &dyn Source, header: &mut [u8; 100]) -> Result<()> {
    match database.read_all(header, 0) {
        Ok(100) if header.starts_with(b"SQLite format 3\0") => Ok(()),
        Ok(_) => Err(Error::NotADatabase),
        Err(error) => Err(Error::io("reading the database's header")(error)),
    }
}

fn is_of(base: &Base, header: &WalHeader) -> bool {
    base.word32(at::CHECKPOINT_SEQ) == header.checkpoint_seq
        && base.word32(at::SALT_1) == header.salt1
        && base.word32(at::SALT_2) == header.salt2
}

impl ProcessStatus {
    fn of_peer(owner: Owner) -> ProcessStatus {
        ProcessStatus {
            pid: Some(owner.pid()).filter(|pid| *pid != 0),
            is_ours: owner.is_ours(),
            is_self: false,
            vitals: None,
            is_writer: false,
            is_checkpointer: false,
            slots: Vec::new(),
            record: None,
            instance: owner.instance(),
        }
    }
}

impl Status {
    /// The process of an owner record, which is listed from here on.
    fn process_of(&mut self, owner: Owner) -> &mut ProcessStatus {
        let wanted = ProcessStatus::of_peer(owner);
        let is_wanted = |it: &ProcessStatus| {
            it.pid == wanted.pid && it.is_ours == wanted.is_ours && it.instance == wanted.instance
        };
        let index = self.processes.iter().position(is_wanted).unwrap_or_else(|| {
            self.processes.push(wanted);
            self.processes.len() - 1
        });
        &mut self.processes[index]
    }

    /// The entries of `-tproc`: of the living, of the dead, and the last checkpoint.
    fn read_processes(&mut self, tproc: &File, own: Option<(usize, &ProcessRecord)>) {
        if !process_file::is_valid(tproc) {
            return;
        }
        self.last_checkpoint = process_file::read_checkpoint(tproc);
        for entry in 0..ENTRIES {
            if let Some((_, record)) = own.filter(|(index, _)| *index == entry) {
                self.enter(record.clone());
                continue;
            }
            let Some(record) = process_file::read_entry(tproc, entry) else { continue };
            match other(Some(tproc), Range::byte(entry_byte(entry))) {
                Some(_) => self.enter(record),
                None => self.dead.push(record),
            }
        }
    }

    /// An entry of the living.
    fn enter(&mut self, record: ProcessRecord) {
        let owner = Owner::of_process(record.pid, record.instance);
        self.process_of(owner).record = Some(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::image::initialise;
    use crate::region::region::Region;

    #[test]
    fn memory_is_shown_as_the_file_is() {
        let file = tempfile::tempfile().unwrap();
        initialise(&file).unwrap();
        let region = Region::mapped(file.try_clone().unwrap()).unwrap();
        let words = region.words();
        for offset in (at::VERSION..at::RESERVED).step_by(8) {
            if at::is_wide(offset) {
                words.store64(offset, offset as u64 | 1 << 40);
            } else {
                words.store32(offset, offset as u32);
                words.store32(offset + 4, offset as u32 + 1);
            }
        }
        let (memory, file) = (Base::of_memory(words), Base::of_file(&file).unwrap());
        assert_eq!(memory.0[..at::RESERVED / 8], file.0[..at::RESERVED / 8]);
        for offset in [at::SNAPSHOT_SEQ, at::VISIBILITY_GENERATION, at::PROOF_MAX_FRAME] {
            assert!(at::is_wide(offset));
        }
        for offset in [at::VERSION, at::CHECKPOINT_SEQ, at::SALT_1, at::PROOF_CRC32C] {
            assert!(!at::is_wide(offset / 8 * 8));
        }
    }
}
