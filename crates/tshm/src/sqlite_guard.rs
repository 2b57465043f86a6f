//! Keeping stock `SQLite` out while several processes share a database, and staying out while it is in.
//!
//! `SQLite` in WAL mode knows nothing of `<db>-tshm`: a process of it that merely reads and closes deletes the live
//! log (TSHM v1 §7.13). But before it does anything it takes locks on bytes of `<db>-shm`
//! (*WAL-mode File Format §2.1.3 WAL Locks*):
//!
//! ```text
//! 120 write   121 checkpoint   122 recover   123..127 read marks   128 connected
//! ```
//!
//! We hold 120..127 shared. `SQLite` then gets none of them exclusively, cannot build its index, and answers
//! "locking protocol". Byte 128 we leave alone: `SQLite` holds it while connected, and so we see it.
//!
//! Peers of the reference implementation never touch the file. What this cannot stop: `locking_mode=EXCLUSIVE`
//! and `immutable=1`, which use no such locks.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::locks::{self, LockKind, Range};
use crate::open_files::{FileKey, Names, cannot_open, if_there, in_place, open_writable};

const WAL_LOCKS: Range = Range { start: 120, len: 8 };
pub const CONNECTED: Range = Range::byte(128);
/// Bytes of the database file in which `SQLite` locks it: PENDING, RESERVED and the SHARED range.
pub const DATABASE_LOCKS: Range = Range { start: 0x4000_0000, len: 512 };
const PAUSE: Duration = Duration::from_millis(5);

/// Takes the guard. None: a reader found no `-shm` to lock, and makes none.
pub fn acquire(
    names: &Names,
    database: &File,
    create: bool,
    deadline: Instant,
) -> Result<Option<File>> {
    let like = database.metadata().map_err(Error::io("reading the database's attributes"))?;
    let opened = if_there(open_writable(&names.shm, create, Some(&like)));
    let shm = match opened {
        Ok(Some(shm)) => shm,
        Ok(None) => return Ok(None),
        // A reader without the right to lock does what it can: it is no danger to others.
        Err(_) if !create => return Ok(None),
        Err(error) => return Err(cannot_open(&names.shm)(error)),
    };
    loop {
        if try_acquire(&shm, database).map_err(Error::io("locking beside the database"))? {
            return Ok(Some(shm));
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Locks first and looks then: whoever comes after the lock is stopped by it.
fn try_acquire(shm: &File, database: &File) -> io::Result<bool> {
    let others = locks::query(shm, LockKind::Exclusive, WAL_LOCKS)?;
    if !locks::try_lock(shm, LockKind::Shared, WAL_LOCKS)? {
        return Ok(false);
    }
    // Where a peer of ours stands guard, SQLite may be connected but cannot be at work.
    let is_guarded = others
        .is_some_and(|conflict| conflict.kind == LockKind::Shared && conflict.range == WAL_LOCKS);
    let is_in_use = !is_guarded
        && (locks::query(shm, LockKind::Exclusive, CONNECTED)?.is_some()
            || locks::query(database, LockKind::Exclusive, DATABASE_LOCKS)?.is_some());
    if is_in_use {
        locks::unlock(shm, WAL_LOCKS)?;
    }
    Ok(!is_in_use)
}

/// Ends the guard, and removes the file if it is empty and nobody can be about to use it: `alone` among our kind,
/// and no `SQLite` process in any of its locks on the database, which it takes before it opens the `-shm`.
pub fn release(shm: &File, names: &Names, database: &File, alone: bool) {
    let is_removable = alone
        && shm.metadata().is_ok_and(|metadata| {
            metadata.len() == 0 && in_place(FileKey::of(&metadata), &names.shm).is_some()
        });
    if is_removable
        && locks::try_lock(database, LockKind::Exclusive, DATABASE_LOCKS).is_ok_and(|locked| locked)
    {
        if locks::query(shm, LockKind::Exclusive, CONNECTED).is_ok_and(|other| other.is_none()) {
            let _ = std::fs::remove_file(&names.shm);
        }
        let _ = locks::unlock(database, DATABASE_LOCKS);
    }
    let _ = locks::unlock(shm, WAL_LOCKS);
}
