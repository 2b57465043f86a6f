//! Opening: one entry for each database and process, whatever thread asks.
//!
//! ```text
//! (none) ── open ──▶ Opening ── finish_open ──▶ Open ── begin_close ──▶ Closing ──▶ (none)
//!                       └────── abort_open ──────────────────────────────────────────▲
//! ```
//!
//! `Opening` and `Closing` are held by one connection, and the others of the process wait. Across processes the
//! lifetime byte says the same: exclusive while the first opens or the last closes (TSHM v1 §4.2, §4.21).
//! An opener who gets it exclusively is the *first*, repairs, and converts it to shared in place; who gets it so when he closes is
//! the *last*.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use crate::error::{DiskOperation, Error, Result};
use crate::format::layout::LIFETIME_BYTE;
use crate::kernel::attributes::FileKey;
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::Names;
use crate::kernel::{filesystem, holders};
use crate::log::frame::WAL_HEADER_SIZE;
use crate::log::stored::Source;
use crate::opening::one_process::{lock_as_owner, lock_log, open_single};
use crate::opening::options::{OPENING_PATIENCE, OpenOptions};
use crate::opening::records::{self, Phase, Record, forget, notify, wait};
use crate::opening::several::open_multiprocess;
use crate::shared::entry::Entry;
use crate::shared::keeper;
use crate::shared::open_files::{
    Files, cannot_open, if_there, is_write_protected, open_database, open_wal,
};
use crate::shared::sentry::{self, BELOW_SQLITE};

/// What a connection is made of.
pub struct Opened {
    pub entry: Arc<Entry>,
    pub files: Arc<Files>,
    /// The caller recovers the log, installs what it found, and calls `finish_open`; everybody else waits for that.
    pub is_first: bool,
    pub readonly: bool,
}

/// Opens a database once more.
pub fn open(options: &OpenOptions) -> Result<Opened> {
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
    let mut records = records::records();
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
            let files = open_further(&entry, options);
            if let Some(record) = records::records().get_mut(&key) {
                record.phase = Phase::Open;
            }
            notify();
            return match files {
                Ok(files) => {
                    Ok(Opened { entry, files, is_first: false, readonly: options.readonly })
                }
                Err(error) => {
                    close(entry, None);
                    Err(error)
                }
            };
        }
        records = wait(records, deadline).ok_or(Error::Busy)?;
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

/// A further connection of this process. One that writes, after only readers, brings its own descriptors.
fn open_further(entry: &Entry, options: &OpenOptions) -> Result<Arc<Files>> {
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
fn open_first(options: &OpenOptions, key: FileKey, path: &Path) -> Result<Opened> {
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
    let (entry, is_first) = opened;
    let entry = Arc::new(entry);
    let files = entry.best_files().ok_or(Error::Misuse("an entry has files"))?;
    entry.note_database(&files, false)?;
    let mut records = records::records();
    if entry.is_coordinated {
        if let Some(record) = records.get_mut(&key) {
            record.entry = Some(entry.clone());
            if !is_first {
                record.phase = Phase::Open;
            }
        }
        if entry.is_multiprocess {
            watch_sentries();
        }
    } else {
        // A private reader is nobody's sibling.
        records.remove(&key);
        PRIVATE_READERS.fetch_add(1, Ordering::Relaxed);
    }
    drop(records);
    notify();
    Ok(Opened { entry, files, is_first, readonly: options.readonly })
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

// ── The end of opening, and of everything ───────────────────────────────────────────────────────

/// Lets the others in: the lifetime byte becomes shared, without a gap.
pub fn finish_open(entry: &Entry) -> Result<()> {
    let locked = entry.region.locks().try_lock(LockKind::Shared, LIFETIME_BYTE);
    locked.map_err(Error::io("locking the coordination file"))?;
    if let Some(files) = entry.best_files() {
        entry.note_database(&files, false)?;
    }
    if let Some(record) = records::records().get_mut(&entry.key).filter(|_| entry.is_coordinated) {
        record.phase = Phase::Open;
    }
    notify();
    Ok(())
}

/// Whether this is the last connection, of the process and of all processes. If so, everybody else waits until
/// `close`.
pub fn begin_close(entry: &Entry) -> Result<bool> {
    if !entry.is_coordinated {
        return Ok(false);
    }
    let mut records = records::records();
    let Some(record) = records.get_mut(&entry.key) else { return Ok(false) };
    if record.connections != 1 || record.phase != Phase::Open {
        return Ok(false);
    }
    // The shared lock stays if somebody else has one too. Granted, it stays exclusive: no gap. (TSHM v1 §7.16.)
    let locked = entry.region.locks().try_lock(LockKind::Exclusive, LIFETIME_BYTE);
    let is_last = locked.map_err(Error::io("locking the coordination file"))?;
    if is_last {
        record.phase = Phase::Closing;
    }
    Ok(is_last)
}

/// Looks after the sentries against `SQLite`, as long as there are any. One thread for the process; it looks while it has
/// the registry locked, so that it never holds the last reference to a database either.
fn watch_sentries() {
    // Changed only while the registry is locked.
    static IS_WATCHED: AtomicBool = AtomicBool::new(false);
    if IS_WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    let watch = || {
        loop {
            std::thread::sleep(sentry::WATCH_PERIOD);
            let records = records::records();
            let entries = || records.values().filter(|record| record.is_multiprocess);
            entries().filter_map(|record| record.entry.as_deref()).for_each(Entry::attend);
            if entries().next().is_none() {
                IS_WATCHED.store(false, Ordering::Relaxed);
                return;
            }
        }
    };
    // Without it the sentry is still the one that was taken at the opening.
    if std::thread::Builder::new().name("tshm-watch".into()).spawn(watch).is_err() {
        IS_WATCHED.store(false, Ordering::Relaxed);
    }
}

/// Gives up a connection; with the last one goes the entry, with all its locks and descriptors. Until they have ended nobody
/// opens the database here: with classic locks the end of a descriptor would drop the locks of a later one. Other
/// databases are not held up.
pub fn close(entry: Arc<Entry>, files: Option<Arc<Files>>) {
    let mut records = records::records();
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
    notify();
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
    let mut records = records::records();
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
        records = wait(records, deadline).ok_or(Error::Busy)?;
    }
}

fn release(entry: &Entry) {
    entry.end_lease_for_good();
    entry.pins().release_all(&entry.region);
    let sentry = entry.sentry.lock().unwrap_or_else(PoisonError::into_inner).take();
    let locks = entry.region.locks();
    if entry.region.is_shared() {
        entry.processes.leave(locks.try_lock(LockKind::Exclusive, LIFETIME_BYTE).unwrap_or(false));
    }
    if let (Some(sentry), Some(files)) = (sentry, entry.best_files()) {
        let is_last = locks.try_lock(LockKind::Exclusive, LIFETIME_BYTE).unwrap_or(false);
        sentry::release(&sentry, &entry.names, &files.database, is_last && files.is_writable);
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
    use std::time::Duration;

    use super::*;
    use crate::connection::connection::open;
    use crate::opening::options::OpenOptions;
    use crate::shared::sentry::DATABASE_LOCKS;

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
}
