//! Opening: one entry for each database and process, whatever thread asks.
//!
//! The addon is loaded once for each JavaScript thread, but this registry is one for the process. It is keyed by
//! device and inode, so that two names of a file do not become two owners.
//!
//! ```text
//! (none) ── open ──▶ Opening ── finish_open ──▶ Open ── begin_close ──▶ Closing ──▶ (none)
//!                       └────── abort_open ──────────────────────────────────────────▲
//! ```
//!
//! `Opening` and `Closing` are held by one connection, and the others of the process wait. Across processes the
//! lifetime byte says the same: exclusive while the first opens or the last closes (TSHM v1 §4.2, §4.21).
//! An opener who gets it exclusively is alone, repairs, and converts it to shared in place.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;

use crate::connection::Connection;
use crate::entry::Entry;
use crate::error::{DiskOperation, Error, Result};
use crate::filesystem;
use crate::holders;
use crate::keeper;
use crate::layout::{DOOR_BYTE, LIFETIME_BYTE};
use crate::locks::{self, LockKind, Range};
use crate::names::Names;
use crate::open_files::{
    FileKey, Files, cannot_open, if_there, in_place, is_write_protected, open_database, open_wal,
};
use crate::processes::{Entering, Place};
use crate::region::{self, Region};
use crate::sqlite_guard::{self, DATABASE_LOCKS};
use crate::stored::Source;
use crate::wal::WAL_HEADER_SIZE;

#[derive(Clone)]
pub struct OpenOptions {
    pub path: String,
    pub multiprocess: bool,
    pub readonly: bool,
    pub create: bool,
    pub timeout: Duration,
}

impl OpenOptions {
    fn opening_patience(&self) -> Duration {
        if self.timeout.is_zero() { OPENING_PATIENCE } else { self.timeout.max(LEAST_PATIENCE) }
    }
}

/// Two openers of one database wait for each other so long where no timeout was asked for: the first is only recovering the
/// log.
const OPENING_PATIENCE: Duration = Duration::from_secs(2);
/// And at least so long with any timeout.
const LEAST_PATIENCE: Duration = Duration::from_millis(250);
/// How long a lock on the whole database may stand before it counts as that of an owner. Peers of the reference
/// take it for a moment when they open (TSHM v1 §7.15).
const PROBE_PATIENCE: Duration = Duration::from_secs(1);
/// The same, for an owner that asks: reference openers hold it for microseconds.
const OWNER_PATIENCE: Duration = Duration::from_millis(50);
const PAUSE: Duration = Duration::from_millis(2);

/// Bytes of the database file below those that `SQLite` locks. A reader of one process holds them shared, so that
/// an owner stays out and `SQLite`'s locks can still be told apart.
const BELOW_SQLITE: Range = Range { start: 0, len: 0x4000_0000 };
const LIFETIME: Range = Range::byte(LIFETIME_BYTE);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Open,
    Closing,
}

struct Record {
    phase: Phase,
    is_multiprocess: bool,
    /// The name it was opened by: the folder, and the name there.
    place: (FileKey, OsString),
    tshm: Option<FileKey>,
    entry: Option<Arc<Entry>>,
    connections: usize,
}

#[derive(Default)]
struct Registry {
    records: Mutex<HashMap<FileKey, Record>>,
    changed: Condvar,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::default);

fn records() -> MutexGuard<'static, HashMap<FileKey, Record>> {
    REGISTRY.records.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a connection. When `Connection::joined` is false, the caller recovers the log, installs what it found, and
/// calls `finish_open`; everybody else waits for that.
pub fn open(options: &OpenOptions) -> Result<Connection> {
    let given =
        &std::path::absolute(&options.path).map_err(cannot_open(Path::new(&options.path)))?;
    let options = &permitted(given, options, filesystem::unsupported_platform());
    if options.multiprocess {
        if filesystem::is_memory_path(&options.path) {
            return Err(Error::MemoryPath { path: options.path.clone() });
        }
        filesystem::check(given, !options.readonly)?;
    }
    let deadline = Instant::now() + options.opening_patience();
    let mut records = records();
    loop {
        // Identified anew in each round: whoever closed may have been followed by somebody who replaced the file.
        let key = identify(given, options)?;
        let path = given.canonicalize().map_err(cannot_open(given))?;
        let place = place_of(&path).map_err(cannot_open(given))?;
        let Some(record) = records.get_mut(&key) else {
            let record = Record {
                phase: Phase::Opening,
                is_multiprocess: options.multiprocess,
                place,
                tshm: None,
                entry: None,
                connections: 1,
            };
            records.insert(key, record);
            drop(records);
            return open_first(options, key, &path).inspect_err(|_| forget(key));
        };
        if record.place != place {
            return Err(Error::DuplicateOpen { path: options.path.clone() });
        }
        if record.is_multiprocess != options.multiprocess {
            let path = options.path.clone();
            return Err(if record.is_multiprocess {
                Error::OpenWithMultiprocess { path }
            } else {
                Error::OpenWithoutMultiprocess { path }
            });
        }
        if let (Phase::Open, Some(entry)) = (record.phase, record.entry.clone()) {
            // It may wait for others, and only this database is held up meanwhile.
            record.connections += 1;
            record.phase = Phase::Opening;
            drop(records);
            let files = join(&entry, options);
            if let Some(record) = self::records().get_mut(&key) {
                record.phase = Phase::Open;
            }
            REGISTRY.changed.notify_all();
            return match files {
                Ok(files) => Ok(Connection::new(entry, files, true, options.readonly)),
                Err(error) => {
                    close(entry, None);
                    Err(error)
                }
            };
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Busy);
        }
        let waited = REGISTRY.changed.wait_timeout(records, left);
        records = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// What can be had of what was asked for. A file that must not be written to is opened for reading, as in `SQLite`.
fn permitted(path: &Path, options: &OpenOptions, unsupported: Option<&str>) -> OpenOptions {
    OpenOptions {
        multiprocess: options.multiprocess && unsupported.is_none(),
        readonly: options.readonly || is_write_protected(path),
        ..options.clone()
    }
}

/// What tells the names of one file apart: the folder, whatever it is called meanwhile, and the name in it.
fn place_of(path: &Path) -> io::Result<(FileKey, OsString)> {
    let folder = path.parent().unwrap_or(Path::new("/")).metadata()?;
    Ok((FileKey::of(&folder), path.file_name().unwrap_or_default().to_owned()))
}

/// The identity of the database file, which is made here if it may be.
fn identify(path: &Path, options: &OpenOptions) -> Result<FileKey> {
    let metadata = match if_there(path.metadata()).map_err(cannot_open(path))? {
        Some(metadata) => metadata,
        None if options.create && !options.readonly => {
            let file =
                File::options().read(true).write(true).create(true).truncate(false).open(path);
            let file = file.map_err(cannot_open(path))?;
            file.metadata().map_err(cannot_open(path))?
        }
        None => {
            return Err(Error::CannotOpen { path: options.path.clone(), source: None });
        }
    };
    if !metadata.is_file() {
        return Err(Error::CannotOpen { path: options.path.clone(), source: None });
    }
    if options.multiprocess {
        use std::os::unix::fs::MetadataExt;
        let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        if is_link || metadata.nlink() > 1 {
            return Err(Error::AliasedPath { path: options.path.clone() });
        }
    }
    Ok(FileKey::of(&metadata))
}

fn forget(key: FileKey) {
    records().remove(&key);
    REGISTRY.changed.notify_all();
}

/// A further connection of this process. One that writes, after only readers, brings its own descriptors.
fn join(entry: &Entry, options: &OpenOptions) -> Result<Arc<Files>> {
    let mut opened = entry.files.lock().unwrap_or_else(PoisonError::into_inner);
    let best = opened.iter().find(|files| files.is_writable).or(opened.last()).cloned();
    if let Some(files) = best
        && (files.is_writable || (options.readonly && files.wal.is_some()))
    {
        return Ok(files);
    }
    let database = open_database(&entry.names.database, options.readonly)?;
    if !options.readonly && !entry.is_multiprocess {
        // Our own readers' lock would stand against the owner's.
        for files in opened.iter() {
            let _ = locks::unlock(&files.database, BELOW_SQLITE);
        }
        if let Err(error) = lock_as_owner(&database, options) {
            for files in opened.iter() {
                let _ = locks::try_lock(&files.database, LockKind::Shared, BELOW_SQLITE);
            }
            // Closing it would drop those locks again, where they are classic.
            opened.insert(0, Arc::new(Files::new(database, None, false)?));
            return Err(error);
        }
    }
    let wal = open_wal(&entry.names, &database, options.readonly)?;
    if let (Some(wal), false, false) = (&wal, options.readonly, entry.is_multiprocess) {
        lock_log(wal, &entry.names)?;
    }
    let files = Arc::new(Files::new(database, wal, !options.readonly)?);
    opened.push(files.clone());
    Ok(files)
}

/// The first connection of this process. The record says `Opening`.
fn open_first(options: &OpenOptions, key: FileKey, path: &Path) -> Result<Connection> {
    let names = Names::of(path);
    let database = open_database(&names.database, options.readonly)?;
    if !options.readonly {
        refuse_other_files(&names, &database)?;
    }
    refuse_other_copies(&names, options)?;
    let opened = if options.multiprocess {
        open_multiprocess(options, key, names, database)?
    } else {
        open_single(options, key, names, database)?
    };
    let (entry, joined) = opened;
    let entry = Arc::new(entry);
    let files = entry.best_files().ok_or(Error::Misuse("an entry has files"))?;
    entry.note_database(&files, false)?;
    let mut records = records();
    if entry.is_coordinated {
        if let Some(record) = records.get_mut(&key) {
            record.entry = Some(entry.clone());
            if joined {
                record.phase = Phase::Open;
            }
        }
        if entry.is_multiprocess {
            watch_guards();
        }
    } else {
        // A private reader is nobody's sibling.
        records.remove(&key);
        PRIVATE_READERS.fetch_add(1, Ordering::Relaxed);
    }
    drop(records);
    REGISTRY.changed.notify_all();
    Ok(Connection::new(entry, files, joined, options.readonly))
}

/// Readers of this process that the registry does not know.
static PRIVATE_READERS: AtomicUsize = AtomicUsize::new(0);

/// Classic locks do not hold within a process, and a second copy of this package has a registry of its own. A file beside the database
/// that is open here, while nobody in this registry has the database, is that of such a copy, or of `SQLite`. The database itself may
/// well be open: users look at their files.
fn refuse_other_copies(names: &Names, options: &OpenOptions) -> Result<()> {
    if !locks::is_classic() || PRIVATE_READERS.load(Ordering::Relaxed) > 0 {
        return Ok(());
    }
    for name in [&names.wal, &names.tshm] {
        let there = if_there(name.attributes()).map_err(cannot_open(name))?;
        if there.is_some_and(|there| holders::is_open_here(there.key)) {
            return Err(Error::OpenElsewhereHere { path: options.path.clone() });
        }
    }
    Ok(())
}

/// What is no database is left alone, and nothing is made beside it. If there is a log or a journal, the first page may be in that.
fn refuse_other_files(names: &Names, database: &File) -> Result<()> {
    let log = if_there(names.wal.attributes()).map_err(cannot_open(&names.wal))?;
    let has_log = log.is_some_and(|log| log.size > WAL_HEADER_SIZE);
    if has_log || names.database.with("-journal").is_there() {
        return Ok(());
    }
    let mut header = [0; 24];
    let size = database.read_all(&mut header, 0);
    let size = size.map_err(Error::disk(DiskOperation::Read))?;
    let page_size = match u32::from(header[16]) << 8 | u32::from(header[17]) {
        1 => 65536,
        page_size => page_size,
    };
    let is_database = header.starts_with(b"SQLite format 3\0")
        && (512..=65536).contains(&page_size)
        && page_size.is_power_of_two()
        && header[21..24] == [64, 32, 32];
    if size == 0 || is_database { Ok(()) } else { Err(Error::NotADatabase) }
}

fn with_files(entry: Entry, database: File, wal: Option<File>, is_writable: bool) -> Result<Entry> {
    let files = Arc::new(Files::new(database, wal, is_writable)?);
    entry.files.lock().unwrap_or_else(PoisonError::into_inner).push(files);
    Ok(entry)
}

// ── One process ─────────────────────────────────────────────────────────────────────────────────

fn open_single(
    options: &OpenOptions,
    key: FileKey,
    names: Names,
    database: File,
) -> Result<(Entry, bool)> {
    refuse_peers(&names, options)?;
    if options.readonly {
        lock_as_reader(&database, options)?;
    } else {
        lock_as_owner(&database, options)?;
    }
    // A peer that looked before our lock was there has its lifetime byte by now.
    refuse_peers(&names, options)?;
    let wal = open_wal(&names, &database, options.readonly)?;
    if let (Some(wal), false) = (&wal, options.readonly) {
        lock_log(wal, &names)?;
    }
    let entry = Entry::new(names, key, false, true, Region::heap());
    Ok((with_files(entry, database, wal, !options.readonly)?, false))
}

/// Nobody may share the database while one process owns it.
fn refuse_peers(names: &Names, options: &OpenOptions) -> Result<()> {
    let opened =
        if_there(names.tshm.open_writable()).or_else(|_| if_there(names.tshm.open_readable()));
    let Some(tshm) = opened.map_err(cannot_open(&names.tshm))? else { return Ok(()) };
    let other = locks::query(&tshm, LockKind::Exclusive, LIFETIME);
    match other.map_err(Error::io("looking for peers"))? {
        Some(_) => Err(Error::OpenWithMultiprocess { path: options.path.clone() }),
        None => Ok(()),
    }
}

/// The whole file, exclusively, for life.
fn lock_as_owner(database: &File, options: &OpenOptions) -> Result<()> {
    lock_database(database, LockKind::Exclusive, Range::WHOLE, options)
}

/// Shared, so that no owner comes while we read without coordination; and `SQLite` must not be at work.
fn lock_as_reader(database: &File, options: &OpenOptions) -> Result<()> {
    lock_database(database, LockKind::Shared, BELOW_SQLITE, options)?;
    let deadline = Instant::now() + options.timeout;
    loop {
        let other = locks::query(database, LockKind::Exclusive, DATABASE_LOCKS);
        let Some(other) = other.map_err(Error::io("looking at the locks of the database"))? else {
            return Ok(());
        };
        if other.range.start < DATABASE_LOCKS.start {
            return Err(Error::FileLocked { path: options.path.clone() });
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

fn lock_database(
    database: &File,
    kind: LockKind,
    range: Range,
    options: &OpenOptions,
) -> Result<()> {
    let io = || Error::io("locking the database");
    let start = Instant::now();
    loop {
        if locks::try_lock(database, kind, range).map_err(io())? {
            return Ok(());
        }
        // SQLite's locks end with its transactions, an owner's with its process.
        let other = locks::query(database, kind, range).map_err(io())?;
        let is_sqlite = other.is_some_and(|other| other.range.start >= DATABASE_LOCKS.start);
        let patience = if is_sqlite { options.timeout } else { OWNER_PATIENCE };
        if other.is_some() && start.elapsed() >= patience {
            let path = options.path.clone();
            return Err(if is_sqlite { Error::Busy } else { Error::FileLocked { path } });
        }
        std::thread::sleep(PAUSE);
    }
}

fn lock_log(wal: &File, names: &Names) -> Result<()> {
    let locked = locks::try_lock(wal, LockKind::Exclusive, Range::WHOLE);
    if locked.map_err(Error::io("locking the log"))? {
        return Ok(());
    }
    Err(Error::FileLocked { path: names.wal.display().to_string() })
}

// ── Several processes ───────────────────────────────────────────────────────────────────────────

fn open_multiprocess(
    options: &OpenOptions,
    key: FileKey,
    names: Names,
    database: File,
) -> Result<(Entry, bool)> {
    refuse_owner(&database, options, PROBE_PATIENCE)?;
    let Some(tshm) = open_tshm(options, key, &names, &database)? else {
        // Nobody to coordinate with, or no right to: read what is there, unknown to all.
        let wal = open_wal(&names, &database, true)?;
        let entry = Entry::new(names, key, true, false, Region::heap());
        return Ok((with_files(entry, database, wal, false)?, false));
    };
    let deadline = Instant::now() + options.opening_patience();
    let joined = enter(&tshm, options.readonly, deadline)?;
    let prepared = prepare(options, names, key, database, tshm, joined);
    prepared.map(|entry| (entry, joined))
}

/// What follows once the lifetime byte is held. If it fails the byte goes with its descriptor.
fn prepare(
    options: &OpenOptions,
    names: Names,
    key: FileKey,
    database: File,
    tshm: File,
    joined: bool,
) -> Result<Entry> {
    // An owner may have come between the first look and the lifetime byte; now none can. (TSHM v1 §7.18.)
    refuse_owner(&database, options, PROBE_PATIENCE)?;
    let metadata = tshm.metadata().map_err(Error::io("reading the coordination file"))?;
    let tshm_key = FileKey::of(&metadata);
    if in_place(tshm_key, &names.tshm).is_none() {
        return Err(replaced_tshm(&names));
    }
    let deadline = Instant::now() + options.timeout;
    let guard = sqlite_guard::acquire(&names, &database, options.readonly, deadline)?;
    let has_log = names.wal.is_there();
    let wal = open_wal(&names, &database, options.readonly)?;
    if !has_log {
        sqlite_guard::confirm(&database, deadline)?;
    }
    // A copy, or a file that a peer has made, may have holes, for which the disk has no space any more.
    region::allocate(&tshm).map_err(Error::disk(DiskOperation::Write))?;
    let region = Region::mapped(tshm)?;
    if !joined {
        region.reset_owners();
    }
    let mut entry = Entry::new(names, key, true, true, region);
    entry.tshm_key = Some(tshm_key);
    *entry.guard.lock().unwrap_or_else(PoisonError::into_inner) = guard;
    let opened = database.metadata().map_err(Error::io("reading the database's attributes"))?;
    entry.claim_database(FileKey::of(&opened))?;
    let entering = match (joined, options.readonly) {
        (_, true) => Entering::Reading,
        (true, false) => Entering::Joining,
        (false, false) => Entering::Alone,
    };
    let Names { tproc: path, tshm, .. } = entry.names.clone();
    let place = Place { path, tshm, tshm_key };
    entry.processes.enter(place, &database, entry.region.owner(), entering);
    with_files(entry, database, wal, !options.readonly)
}

pub fn replaced_tshm(names: &Names) -> Error {
    Error::Protocol(format!(
        "'{}' was deleted or replaced while the database was open",
        names.tshm.display()
    ))
}

pub fn shortened_tshm(names: &Names) -> Error {
    Error::Protocol(format!(
        "'{}' was cut short while the database was open; close it and open it again",
        names.tshm.display()
    ))
}

pub fn damaged_tshm(names: &Names) -> Error {
    Error::Corrupt(format!(
        "'{}' is damaged; close the database in all processes, and the next to open it makes the file anew",
        names.tshm.display()
    ))
}

/// No process may own the database alone. Only asks, so that openers do not get in each other's way.
fn refuse_owner(database: &File, options: &OpenOptions, patience: Duration) -> Result<()> {
    let start = Instant::now();
    loop {
        let other = locks::query(database, LockKind::Exclusive, BELOW_SQLITE);
        if other.map_err(Error::io("looking at the locks of the database"))?.is_none() {
            return Ok(());
        }
        if start.elapsed() >= patience {
            return Err(Error::OpenWithoutMultiprocess { path: options.path.clone() });
        }
        std::thread::sleep(PAUSE);
    }
}

fn open_tshm(
    options: &OpenOptions,
    key: FileKey,
    names: &Names,
    database: &File,
) -> Result<Option<File>> {
    let there = if_there(names.tshm.attributes()).map_err(cannot_open(&names.tshm))?;
    if let Some(attributes) = there {
        claim_tshm(key, attributes.key, options)?;
    }
    let opened = if options.readonly {
        if_there(names.tshm.open_writable()).unwrap_or(None)
    } else {
        let like = database.metadata().map_err(Error::io("reading the database's attributes"))?;
        let created = names.tshm.create_beside(&like, OFlag::empty());
        Some(created.map_err(cannot_open(&names.tshm))?)
    };
    if let Some(tshm) = &opened {
        let metadata = tshm.metadata().map_err(Error::io("reading the coordination file"))?;
        claim_tshm(key, FileKey::of(&metadata), options)?;
    }
    Ok(opened)
}

/// A database that was replaced under its name while an older one is open here has the same coordination file: two
/// descriptors of it in one process would not know of each other.
fn claim_tshm(key: FileKey, tshm: FileKey, options: &OpenOptions) -> Result<()> {
    let mut records = records();
    let is_taken = records.iter().any(|(other, record)| *other != key && record.tshm == Some(tshm));
    if is_taken {
        return Err(Error::NotTheirDatabase { path: options.path.clone() });
    }
    if let Some(record) = records.get_mut(&key) {
        record.tshm = Some(tshm);
    }
    Ok(())
}

/// Takes the lifetime byte, and makes sure that the file is a coordination file. False: alone, and it is held
/// exclusively; true: joined, and it is held shared. (TSHM v1 §4.2, with the race of §7.14 closed.)
///
/// Of those who come at once only one looks at the byte at a time. Were two to hold it shared after the death of one who
/// had it exclusively, each would take the other for somebody who has joined, and nobody would recover.
fn enter(tshm: &File, readonly: bool, deadline: Instant) -> Result<bool> {
    let io = || Error::io("locking the coordination file");
    let door = Range::byte(DOOR_BYTE);
    loop {
        if locks::try_lock(tshm, LockKind::Exclusive, door).map_err(io())? {
            let entered = try_enter(tshm).map_err(io());
            let _ = locks::unlock(tshm, door);
            match entered? {
                Some(Entered::Alone) => return enter_alone(tshm, readonly).map(|()| false),
                Some(Entered::Joined) => return region::validate_live(tshm).map(|()| true),
                None => {}
            }
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

enum Entered {
    Alone,
    Joined,
}

/// None: somebody is alone with it at the moment.
fn try_enter(tshm: &File) -> io::Result<Option<Entered>> {
    if locks::try_lock(tshm, LockKind::Exclusive, LIFETIME)? {
        return Ok(Some(Entered::Alone));
    }
    if !locks::try_lock(tshm, LockKind::Shared, LIFETIME)? {
        return Ok(None);
    }
    // Whoever stood against us may have gone in between: then we are alone after all.
    let is_alone = locks::try_lock(tshm, LockKind::Exclusive, LIFETIME)?;
    Ok(Some(if is_alone { Entered::Alone } else { Entered::Joined }))
}

fn enter_alone(tshm: &File, readonly: bool) -> Result<()> {
    match region::validate(tshm) {
        Ok(()) => Ok(()),
        Err(error) if readonly => Err(error),
        Err(_) => region::initialise(tshm).map_err(Error::disk(DiskOperation::Write)),
    }
}

// ── The end of opening, and of everything ───────────────────────────────────────────────────────

/// Lets the others in: the lifetime byte becomes shared, without a gap.
pub fn finish_open(entry: &Entry) -> Result<()> {
    let locked = entry.region.locks().try_lock(LockKind::Shared, LIFETIME_BYTE);
    locked.map_err(Error::io("locking the coordination file"))?;
    if let Some(files) = entry.best_files() {
        entry.note_database(&files, false)?;
    }
    if let Some(record) = records().get_mut(&entry.key).filter(|_| entry.is_coordinated) {
        record.phase = Phase::Open;
    }
    REGISTRY.changed.notify_all();
    Ok(())
}

/// Whether this is the last connection, of the process and of all processes. If so, everybody else waits until
/// `close`.
pub fn begin_close(entry: &Entry) -> Result<bool> {
    if !entry.is_coordinated {
        return Ok(false);
    }
    let mut records = records();
    let Some(record) = records.get_mut(&entry.key) else { return Ok(false) };
    if record.connections != 1 || record.phase != Phase::Open {
        return Ok(false);
    }
    // The shared lock stays if somebody else has one too. Granted, it stays exclusive: no gap. (TSHM v1 §7.16.)
    let locked = entry.region.locks().try_lock(LockKind::Exclusive, LIFETIME_BYTE);
    let is_alone = locked.map_err(Error::io("locking the coordination file"))?;
    if is_alone {
        record.phase = Phase::Closing;
    }
    Ok(is_alone)
}

/// Looks after the guards against `SQLite`, as long as there are any. One thread for the process; it looks while it has
/// the registry locked, so that it never holds the last reference to a database either.
fn watch_guards() {
    // Changed only while the registry is locked.
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    if IS_WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    let watch = || {
        loop {
            std::thread::sleep(sqlite_guard::WATCH_PERIOD);
            let records = records();
            let entries = || records.values().filter(|record| record.is_multiprocess);
            entries().filter_map(|record| record.entry.as_deref()).for_each(sqlite_guard::attend);
            if entries().next().is_none() {
                IS_WATCHED.store(false, Ordering::Relaxed);
                return;
            }
        }
    };
    // Without it the guard is still the one that was taken at the opening.
    if std::thread::Builder::new().name("tshm-watch".into()).spawn(watch).is_err() {
        IS_WATCHED.store(false, Ordering::Relaxed);
    }
}

/// Gives up a connection; with the last one goes the entry, with all its locks and descriptors. Until they have ended nobody
/// opens the database here: with classic locks the end of a descriptor would drop the locks of a later one. Other
/// databases are not held up.
pub fn close(entry: Arc<Entry>, files: Option<Arc<Files>>) {
    let mut records = records();
    drop(files);
    if entry.is_coordinated {
        let record = records.get_mut(&entry.key);
        let is_last = record.is_some_and(|record| {
            record.connections -= 1;
            if record.connections == 0 {
                record.phase = Phase::Closing;
                record.entry = None;
            }
            record.connections == 0
        });
        drop(records);
        let key = entry.key;
        if is_last {
            release(&entry);
        }
        let nobody_looks = keeper::pause();
        drop(entry);
        drop(nobody_looks);
        if is_last {
            forget(key);
        }
    } else {
        hand_over(&entry, &records);
        drop(entry);
        drop(records);
        PRIVATE_READERS.fetch_sub(1, Ordering::Relaxed);
    }
    REGISTRY.changed.notify_all();
}

/// The descriptors of a private reader stay open while the process has locks on the same files, where their end would
/// drop those.
fn hand_over(reader: &Entry, records: &HashMap<FileKey, Record>) {
    let others = records.get(&reader.key).and_then(|record| record.entry.as_ref());
    if let (Some(others), true) = (others, locks::is_classic()) {
        for files in reader.files.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            others.keep_files(files);
        }
    }
}

/// Looks at a database without opening it: through the entry, if this process has it open, and the number of its
/// connections. Nobody opens or closes it here meanwhile where that matters: a descriptor that the caller opens and
/// closes by itself must not take the locks of one of ours with it, where they are classic.
pub fn look<R>(
    key: FileKey,
    through: impl FnOnce(&Entry, usize) -> R,
    outside: impl FnOnce() -> R,
) -> Result<R> {
    let deadline = Instant::now() + OPENING_PATIENCE;
    let mut records = records();
    loop {
        match records.get(&key) {
            None => {
                if !locks::is_classic() {
                    drop(records);
                }
                return Ok(outside());
            }
            Some(Record { phase: Phase::Open, entry: Some(entry), connections, .. }) => {
                return Ok(through(entry, *connections));
            }
            Some(_) => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::Busy);
        }
        let waited = REGISTRY.changed.wait_timeout(records, left);
        records = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn release(entry: &Entry) {
    entry.end_lease_for_good();
    entry.pins().release_all(&entry.region);
    let guard = entry.guard.lock().unwrap_or_else(PoisonError::into_inner).take();
    let locks = entry.region.locks();
    if entry.region.is_shared() {
        entry.processes.leave(locks.try_lock(LockKind::Exclusive, LIFETIME_BYTE).unwrap_or(false));
    }
    if let (Some(guard), Some(files)) = (guard, entry.best_files()) {
        let alone = locks.try_lock(LockKind::Exclusive, LIFETIME_BYTE).unwrap_or(false);
        sqlite_guard::release(&guard, &entry.names, &files.database, alone && files.is_writable);
    }
    // A mapping keeps the open file description alive, and with it the locks: so they are given back expressly.
    entry.give_up_database();
    locks.unlock(LIFETIME_BYTE);
    for files in entry.files.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        let _ = locks::unlock(&files.database, Range::WHOLE);
        if let Some(wal) = &files.wal {
            let _ = locks::unlock(wal, Range::WHOLE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_platform_does_not_support_is_asked_for_without_effect() {
        let options = OpenOptions {
            path: "new.db".into(),
            multiprocess: true,
            readonly: false,
            create: true,
            timeout: Duration::ZERO,
        };
        let path = Path::new("/nowhere/new.db");
        assert!(permitted(path, &options, None).multiprocess);
        let elsewhere = permitted(path, &options, Some("words are too narrow"));
        assert!(!elsewhere.multiprocess && elsewhere.create && !elsewhere.readonly);
    }

    fn options(path: &Path, readonly: bool, timeout: Duration) -> OpenOptions {
        let path = path.display().to_string();
        OpenOptions { path, multiprocess: false, readonly, create: true, timeout }
    }

    #[test]
    fn one_database_does_not_hold_up_the_opening_of_another() {
        if locks::is_classic() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let (slow, quick) = (dir.path().join("slow"), dir.path().join("quick"));
        std::fs::write(&slow, b"").unwrap();
        let mut reader = open(&options(&slow, true, Duration::ZERO)).unwrap();
        reader.finish_open().unwrap();
        // As a process of SQLite that is in a transaction: who wants to write has to wait for it.
        let sqlite = File::options().read(true).write(true).open(&slow).unwrap();
        assert!(locks::try_lock(&sqlite, LockKind::Shared, DATABASE_LOCKS).unwrap());
        let writer = options(&slow, false, Duration::from_secs(2));
        let waiting = std::thread::spawn(move || open(&writer).map(|_| ()));
        std::thread::sleep(Duration::from_millis(100));
        let start = Instant::now();
        drop(open(&options(&quick, false, Duration::ZERO)).unwrap());
        assert!(start.elapsed() < Duration::from_secs(1));
        assert!(!waiting.is_finished());
        drop(sqlite);
        waiting.join().unwrap().unwrap();
        // The one that waited has gone, and so has its claim.
        drop(reader);
        drop(open(&options(&slow, false, Duration::ZERO)).unwrap());
    }

    #[test]
    fn who_comes_in_takes_nobody_for_joined_who_is_coming_in_too() {
        if locks::is_classic() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, b"").unwrap();
        let descriptor = || File::options().read(true).write(true).open(&path).unwrap();
        let other = descriptor();
        region::initialise(&other).unwrap();
        // Whoever was alone has died, and one of those who waited has the byte shared and asks for more.
        assert!(locks::try_lock(&other, LockKind::Exclusive, Range::byte(DOOR_BYTE)).unwrap());
        assert!(locks::try_lock(&other, LockKind::Shared, LIFETIME).unwrap());
        let file = descriptor();
        let deadline = Instant::now() + Duration::from_secs(20);
        let coming = std::thread::spawn(move || enter(&file, false, deadline).unwrap());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!coming.is_finished());
        drop(other);
        let is_joined = coming.join().unwrap();
        assert!(!is_joined);
    }
}
