//! Keeping stock `SQLite` out while several processes share a database, and staying out while it is in.
//!
//! `SQLite` in WAL mode knows nothing of `<db>-tshm`: a process of it that merely reads and closes deletes the live
//! log (TSHM v1 §7.13). What it does respect are locks on bytes of two files
//! (*WAL-mode File Format §2.1.3 WAL Locks*, *File Locking And Concurrency In SQLite Version 3 §3.0*):
//!
//! ```text
//! <db>-shm   120 write   121 checkpoint   122 recover   123..127 read marks   128 connected
//! <db>       2^30 pending   +1 reserved   +2..+511 shared
//! ```
//!
//! Three locks together keep it out:
//!
//! - **120..127 shared**, by every process of ours. `SQLite` gets none of them exclusively, cannot build its index,
//!   and gives up with "locking protocol" after ten seconds.
//!   But a connection that has given up, when it closes, finds nobody else in the database file, takes that
//!   exclusively, ignores the locks above, copies the log back and deletes it. Hence:
//! - **128 exclusively**, by one process of ours, whoever gets it. `SQLite` takes that for a peer that is setting up
//!   the file, and does not open it, neither at the beginning nor at the end.
//! - **the last shared byte of the database**, only while `SQLite` is seen there, so that it is not the only one when it
//!   closes. It cannot be held always: peers of the reference probe the database with a lock on the whole of it
//!   when they open.
//!
//! Who holds 128 may leave or die, so each process looks once a second (`attend`) whether it can succeed him, and
//! whether `SQLite` is in the database, where it spends ten seconds before it gives up.
//!
//! What this cannot stop: `locking_mode=EXCLUSIVE`, which begins with an exclusive lock on the database, uses
//! no `-shm`, and deletes the log when it closes; and `immutable=1`, which uses no locks at all, but writes nothing
//! either. The first is noticed: a commit looks *after* its frames are written and *before* it is published whether
//! somebody has taken the database, and whether the log is still there. Whoever takes it later finds the frames in
//! the log, and keeps them; whoever took it before makes the commit fail. So nothing is acknowledged and lost.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::kernel::attributes::{Attributes, FileKey};
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::{Names, in_place};
use crate::log::stored::Source;
use crate::shared::open_files::{Files, create_beside};

const WAL_LOCKS: Range = Range { start: 120, len: 8 };
pub const CONNECTED: Range = Range::byte(128);
const ALL_OF_SHM: Range = Range { start: 120, len: 9 };
/// Bytes of the database file below those that `SQLite` locks. A reader of one process holds them shared, so that
/// an owner stays out and `SQLite`'s locks can still be told apart.
pub(crate) const BELOW_SQLITE: Range = Range { start: 0, len: 0x4000_0000 };
/// Bytes of the database file in which `SQLite` locks it: PENDING, RESERVED and the SHARED range.
pub const DATABASE_LOCKS: Range = Range { start: 0x4000_0000, len: 512 };
/// The last of them is where we stand; in the others nobody is but `SQLite`, whose shared locks cover all.
pub(crate) const STAND: Range = Range::byte(DATABASE_LOCKS.start + DATABASE_LOCKS.len - 1);
pub(crate) const SQLITES_OWN: Range =
    Range { start: DATABASE_LOCKS.start, len: DATABASE_LOCKS.len - 1 };
const PAUSE: Duration = Duration::from_millis(5);
/// How often each process looks after its sentry.
pub const WATCH_PERIOD: Duration = Duration::from_secs(1);
/// `SQLite` takes the database exclusively for a moment when a connection closes; who has it for longer has seized it.
pub(crate) const SEIZURE_PATIENCE: Duration = Duration::from_millis(250);

/// This process among those who keep `SQLite` out.
pub struct Sentry {
    shm: File,
}

/// Posts a sentry. None: a reader has no right to, and does what it can; it is no danger to others.
pub fn post(
    names: &Names,
    database: &dyn Source,
    readonly: bool,
    deadline: Instant,
) -> Result<Option<Sentry>> {
    let shm = match create_beside(&names.shm, database) {
        Ok(shm) => shm,
        Err(_) if readonly => return Ok(None),
        Err(error) => return Err(error),
    };
    loop {
        if try_post(&shm, database).map_err(Error::io("locking beside the database"))? {
            return Ok(Some(Sentry { shm }));
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Locks first and looks then: whoever comes after the lock is stopped by it.
fn try_post(shm: &File, database: &(impl AsFd + ?Sized)) -> io::Result<bool> {
    let others = locks::query(shm, LockKind::Exclusive, WAL_LOCKS)?;
    if !locks::try_lock(shm, LockKind::Shared, WAL_LOCKS)? {
        return Ok(false);
    }
    // Where a peer of ours stands sentry, SQLite may be connected but cannot be at work.
    let is_kept_out = others
        .is_some_and(|conflict| conflict.kind == LockKind::Shared && conflict.range == WAL_LOCKS);
    let is_in_use = !is_kept_out
        && (locks::query(shm, LockKind::Exclusive, CONNECTED)?.is_some() || is_seen(database)?);
    if is_in_use {
        locks::unlock(shm, WAL_LOCKS)?;
        return Ok(false);
    }
    locks::try_lock(shm, LockKind::Exclusive, CONNECTED)?;
    Ok(true)
}

/// A connection of `SQLite` is in a transaction on the database, or idle in WAL mode.
pub(crate) fn is_seen(database: &(impl AsFd + ?Sized)) -> io::Result<bool> {
    let other = locks::query(database, LockKind::Exclusive, SQLITES_OWN)?;
    Ok(other.is_some_and(|other| other.range.start >= DATABASE_LOCKS.start))
}

/// A connection of `SQLite` has the database for itself.
pub(crate) fn is_seized(database: &(impl AsFd + ?Sized)) -> io::Result<bool> {
    let other = locks::query(database, LockKind::Shared, SQLITES_OWN)?;
    Ok(other.is_some_and(|other| other.range.start >= DATABASE_LOCKS.start))
}

/// The log was made after the first look at the database's locks, and a connection of `SQLite` in rollback mode that
/// came in between has not seen it. Whoever comes from now on sees it, and meets the sentry.
pub fn confirm(database: &(impl AsFd + ?Sized), deadline: Instant) -> Result<()> {
    while is_seen(database).map_err(Error::io("looking at the locks of the database"))? {
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// How the database's own end stands where `SQLite` locks it.
#[derive(Default)]
pub struct Stand {
    /// `SQLite` was seen there, so somebody of ours stays.
    pub(crate) attends: bool,
    /// Permits that keep it out.
    pub(crate) permits: u32,
    /// Whose descriptor has the lock. Files that are better to write to may have been opened since.
    pub(crate) held: Option<Arc<Files>>,
}

impl Stand {
    /// Takes the stand, if it is not taken. False: `SQLite` has the database for itself.
    pub(crate) fn hold(&mut self, files: impl FnOnce() -> Option<Arc<Files>>) -> io::Result<bool> {
        if self.held.is_some() {
            return Ok(true);
        }
        let Some(files) = files() else { return Ok(false) };
        if !locks::try_lock(&files.database, LockKind::Shared, STAND)? {
            return Ok(false);
        }
        self.held = Some(files);
        Ok(true)
    }

    /// Gives it back, if nobody needs it.
    pub(crate) fn let_go(&mut self) {
        if self.permits == 0
            && !self.attends
            && let Some(files) = self.held.take()
        {
            let _ = locks::unlock(&files.database, STAND);
        }
    }
}

impl Sentry {
    /// The file is still there. Classic locks may have been lost, and are taken again.
    pub(crate) fn stands(&self) -> io::Result<bool> {
        if locks::is_classic() {
            locks::try_lock(&self.shm, LockKind::Shared, WAL_LOCKS)?;
        }
        Ok(Attributes::of_file(&self.shm)?.links > 0)
    }

    /// Stands in where the one who stood there has left or died.
    pub(crate) fn succeed(&self) {
        let _ = locks::try_lock(&self.shm, LockKind::Exclusive, CONNECTED);
    }
}

/// Withdraws the sentry, and removes the file if nobody can be about to use it: `is_last` of our kind, and no `SQLite`
/// process in any of its locks on the database, which it takes before it opens the `-shm`.
pub fn release(sentry: &Sentry, names: &Names, database: &(impl AsFd + ?Sized), is_last: bool) {
    let shm = &sentry.shm;
    let is_there = || {
        shm.metadata().is_ok_and(|metadata| in_place(FileKey::of(&metadata), &names.shm).is_some())
    };
    if is_last
        && is_there()
        && locks::try_lock(database, LockKind::Exclusive, DATABASE_LOCKS).is_ok_and(|locked| locked)
    {
        if locks::query(shm, LockKind::Exclusive, CONNECTED).is_ok_and(|other| other.is_none()) {
            let _ = names.shm.remove();
        }
        let _ = locks::unlock(database, DATABASE_LOCKS);
    }
    let _ = locks::unlock(database, STAND);
    let _ = locks::unlock(shm, ALL_OF_SHM);
}

/// Before anything is written or published.
pub fn await_unseized(database: &(impl AsFd + ?Sized)) -> Result<()> {
    let start = Instant::now();
    while is_seized(database).map_err(Error::io("looking at the locks of the database"))? {
        pause_for_seizure(start)?;
    }
    Ok(())
}

/// Waits a moment for whoever has had the database since `start`, or gives up.
pub(crate) fn pause_for_seizure(start: Instant) -> Result<()> {
    if start.elapsed() >= SEIZURE_PATIENCE {
        return Err(Error::Protocol(
            "a process of SQLite has taken the database for itself, with locking_mode=EXCLUSIVE"
                .into(),
        ));
    }
    std::thread::sleep(PAUSE);
    Ok(())
}
