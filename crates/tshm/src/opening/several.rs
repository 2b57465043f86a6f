//! Opening a database that several processes share: as the first of them, or beside others.
//!
//! An opener who gets the lifetime byte exclusively is the first, repairs, and converts it to shared in place. (TSHM v1 §4.2)

use std::fs::File;
use std::io;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;

use crate::error::{DiskOperation, Error, Result};
use crate::format::layout::{DOOR_BYTE, LIFETIME_BYTE};
use crate::kernel::attributes::FileKey;
use crate::kernel::disk;
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::{Names, in_place};
use crate::opening::options::{OpenOptions, PAUSE};
use crate::opening::records::claim_tshm;
use crate::presence::processes::{Entering, Place};
use crate::region::image;
use crate::region::region::Region;
use crate::shared::entry::Entry;
use crate::shared::open_files::{cannot_open, if_there, open_wal};
use crate::shared::sentry::{self, BELOW_SQLITE};

/// How long a lock on the whole database may stand before it counts as that of an owner. Peers of the reference
/// take it for a moment when they open (TSHM v1 §7.15).
const PROBE_PATIENCE: Duration = Duration::from_secs(1);
const LIFETIME: Range = Range::byte(LIFETIME_BYTE);

pub(crate) fn open_multiprocess(
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
        return Ok((entry.with_files(database, wal, false)?, true));
    };
    let deadline = Instant::now() + options.opening_patience();
    let is_first = enter(&tshm, options.readonly, deadline)?;
    let prepared = prepare(options, names, key, database, tshm, is_first);
    prepared.map(|entry| (entry, is_first))
}

/// What follows once the lifetime byte is held. If it fails the byte goes with its descriptor.
fn prepare(
    options: &OpenOptions,
    names: Names,
    key: FileKey,
    database: File,
    tshm: File,
    is_first: bool,
) -> Result<Entry> {
    // An owner may have come between the first look and the lifetime byte; now none can. (TSHM v1 §7.18.)
    refuse_owner(&database, options, PROBE_PATIENCE)?;
    let metadata = tshm.metadata().map_err(Error::io("reading the coordination file"))?;
    let tshm_key = FileKey::of(&metadata);
    if in_place(tshm_key, &names.tshm).is_none() {
        return Err(Error::replaced_tshm(&names.tshm));
    }
    let deadline = Instant::now() + options.timeout;
    let sentry = sentry::post(&names, &database, options.readonly, deadline)?;
    let has_log = names.wal.is_there();
    let wal = open_wal(&names, &database, options.readonly)?;
    if !has_log {
        sentry::confirm(&database, deadline)?;
    }
    // A copy, or a file that a peer has made, may have holes, for which the disk has no space any more.
    disk::allocate(&tshm).map_err(Error::disk(DiskOperation::Write))?;
    let region = Region::mapped(tshm)?;
    if is_first {
        region.reset_owners();
    }
    let mut entry = Entry::new(names, key, true, true, region);
    entry.tshm_key = Some(tshm_key);
    *entry.sentry.lock().unwrap_or_else(PoisonError::into_inner) = sentry;
    let opened = database.metadata().map_err(Error::io("reading the database's attributes"))?;
    entry.claim_database(FileKey::of(&opened))?;
    let entering = match (is_first, options.readonly) {
        (_, true) => Entering::Reading,
        (false, false) => Entering::Later,
        (true, false) => Entering::First,
    };
    let Names { tproc: path, tshm, .. } = entry.names.clone();
    let place = Place { path, tshm, tshm_key };
    entry.processes.enter(place, &database, entry.region.owner(), entering);
    entry.with_files(database, wal, !options.readonly)
}

/// No process may own the database. Only asks, so that openers do not get in each other's way.
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

/// Takes the lifetime byte, and makes sure that the file is a coordination file. True: the first, and it is held
/// exclusively; false: others are there, and it is held shared. (TSHM v1 §4.2, with the race of §7.14 closed.)
///
/// Of those who come at once only one looks at the byte at a time. Were two to hold it shared after the death of one who
/// had it exclusively, each would take the other for somebody who has recovered, and nobody would recover.
fn enter(tshm: &File, readonly: bool, deadline: Instant) -> Result<bool> {
    let io = || Error::io("locking the coordination file");
    let door = Range::byte(DOOR_BYTE);
    loop {
        if locks::try_lock(tshm, LockKind::Exclusive, door).map_err(io())? {
            let entered = try_enter(tshm).map_err(io());
            let _ = locks::unlock(tshm, door);
            match entered? {
                Some(Entered::First) => return enter_first(tshm, readonly).map(|()| true),
                Some(Entered::Later) => return image::validate_live(tshm).map(|()| false),
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
    First,
    Later,
}

/// None: somebody is opening or closing it at the moment, the first or the last.
fn try_enter(tshm: &File) -> io::Result<Option<Entered>> {
    if locks::try_lock(tshm, LockKind::Exclusive, LIFETIME)? {
        return Ok(Some(Entered::First));
    }
    if !locks::try_lock(tshm, LockKind::Shared, LIFETIME)? {
        return Ok(None);
    }
    // Whoever stood against us may have gone in between: then we are the first after all.
    let is_first = locks::try_lock(tshm, LockKind::Exclusive, LIFETIME)?;
    Ok(Some(if is_first { Entered::First } else { Entered::Later }))
}

fn enter_first(tshm: &File, readonly: bool) -> Result<()> {
    match image::validate(tshm) {
        Ok(()) => Ok(()),
        Err(error) if readonly => Err(error),
        Err(_) => image::initialise(tshm).map_err(Error::disk(DiskOperation::Write)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::format::layout::DOOR_BYTE;
    use crate::kernel::locks::{self, LockKind, Range};
    use crate::region::image;

    #[test]
    fn who_comes_in_takes_nobody_for_open_who_is_coming_in_too() {
        if locks::is_classic() {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, b"").unwrap();
        let descriptor = || File::options().read(true).write(true).open(&path).unwrap();
        let other = descriptor();
        image::initialise(&other).unwrap();
        // Whoever was the first has died, and one of those who waited has the byte shared and asks for more.
        assert!(locks::try_lock(&other, LockKind::Exclusive, Range::byte(DOOR_BYTE)).unwrap());
        assert!(locks::try_lock(&other, LockKind::Shared, LIFETIME).unwrap());
        let file = descriptor();
        let deadline = Instant::now() + Duration::from_secs(20);
        let coming = std::thread::spawn(move || enter(&file, false, deadline).unwrap());
        std::thread::sleep(Duration::from_millis(50));
        assert!(!coming.is_finished());
        drop(other);
        let is_first = coming.join().unwrap();
        assert!(is_first);
    }
}
