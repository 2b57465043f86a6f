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
//!   But a connection that has given up, when it closes, finds itself alone in the database file, takes that
//!   exclusively, ignores the locks above, copies the log back and deletes it. Hence:
//! - **128 exclusively**, by one process of ours, whoever gets it. `SQLite` takes that for a peer that is setting up
//!   the file, and does not open it, neither at the beginning nor at the end.
//! - **the last shared byte of the database**, only while `SQLite` is seen there, so that it is not alone when it
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
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::attributes::Attributes;
use crate::connection::Connection;
use crate::entry::Entry;
use crate::error::{Error, Result};
use crate::gate::Stand;
use crate::locks::{self, LockKind, Range};
use crate::names::Names;
use crate::open_files::{FileKey, create_beside, in_place};
use crate::stored::Source;
use crate::wal;

const WAL_LOCKS: Range = Range { start: 120, len: 8 };
pub const CONNECTED: Range = Range::byte(128);
const ALL_OF_SHM: Range = Range { start: 120, len: 9 };
/// Bytes of the database file in which `SQLite` locks it: PENDING, RESERVED and the SHARED range.
pub const DATABASE_LOCKS: Range = Range { start: 0x4000_0000, len: 512 };
/// The last of them is where we stand; in the others nobody is but `SQLite`, whose shared locks cover all.
const STAND: Range = Range::byte(DATABASE_LOCKS.start + DATABASE_LOCKS.len - 1);
const SQLITES_OWN: Range = Range { start: DATABASE_LOCKS.start, len: DATABASE_LOCKS.len - 1 };
const PAUSE: Duration = Duration::from_millis(5);
/// How often each process looks after the guard.
pub const WATCH_PERIOD: Duration = Duration::from_secs(1);
/// `SQLite` takes the database exclusively for a moment when a connection closes; who has it for longer has seized it.
const SEIZURE_PATIENCE: Duration = Duration::from_millis(250);

pub struct Guard {
    shm: File,
}

/// Takes the guard. None: a reader has no right to, and does what it can; it is no danger to others.
pub fn acquire(
    names: &Names,
    database: &dyn Source,
    readonly: bool,
    deadline: Instant,
) -> Result<Option<Guard>> {
    let shm = match create_beside(&names.shm, database) {
        Ok(shm) => shm,
        Err(_) if readonly => return Ok(None),
        Err(error) => return Err(error),
    };
    loop {
        if try_acquire(&shm, database).map_err(Error::io("locking beside the database"))? {
            return Ok(Some(Guard { shm }));
        }
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
}

/// Locks first and looks then: whoever comes after the lock is stopped by it.
fn try_acquire(shm: &File, database: &(impl AsFd + ?Sized)) -> io::Result<bool> {
    let others = locks::query(shm, LockKind::Exclusive, WAL_LOCKS)?;
    if !locks::try_lock(shm, LockKind::Shared, WAL_LOCKS)? {
        return Ok(false);
    }
    // Where a peer of ours stands guard, SQLite may be connected but cannot be at work.
    let is_guarded = others
        .is_some_and(|conflict| conflict.kind == LockKind::Shared && conflict.range == WAL_LOCKS);
    let is_in_use = !is_guarded
        && (locks::query(shm, LockKind::Exclusive, CONNECTED)?.is_some() || is_seen(database)?);
    if is_in_use {
        locks::unlock(shm, WAL_LOCKS)?;
        return Ok(false);
    }
    locks::try_lock(shm, LockKind::Exclusive, CONNECTED)?;
    Ok(true)
}

/// A connection of `SQLite` is in a transaction on the database, or idle in WAL mode.
fn is_seen(database: &(impl AsFd + ?Sized)) -> io::Result<bool> {
    let other = locks::query(database, LockKind::Exclusive, SQLITES_OWN)?;
    Ok(other.is_some_and(|other| other.range.start >= DATABASE_LOCKS.start))
}

/// A connection of `SQLite` has the database for itself.
pub(crate) fn is_seized(database: &(impl AsFd + ?Sized)) -> io::Result<bool> {
    let other = locks::query(database, LockKind::Shared, SQLITES_OWN)?;
    Ok(other.is_some_and(|other| other.range.start >= DATABASE_LOCKS.start))
}

/// The log was made after the first look at the database's locks, and a connection of `SQLite` in rollback mode that
/// came in between has not seen it. Whoever comes from now on sees it, and meets the guard.
pub fn confirm(database: &(impl AsFd + ?Sized), deadline: Instant) -> Result<()> {
    while is_seen(database).map_err(Error::io("looking at the locks of the database"))? {
        if Instant::now() >= deadline {
            return Err(Error::Busy);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// Once a second. What fails here is tried again by the next.
pub fn attend(entry: &Entry) {
    let guard = entry.guard.lock().unwrap_or_else(PoisonError::into_inner);
    let (Some(guard), Some(files)) = (&*guard, entry.best_files()) else { return };
    let _ = locks::try_lock(&guard.shm, LockKind::Exclusive, CONNECTED);
    let mut stand = entry.stand();
    match is_seen(&files.database) {
        Ok(true) if !stand.attends => stand.attends = hold(&mut stand, entry).unwrap_or(false),
        Ok(false) if stand.attends => {
            stand.attends = false;
            let_go(&mut stand);
        }
        _ => {}
    }
}

/// Takes the stand, if it is not taken. False: `SQLite` has the database for itself.
fn hold(stand: &mut Stand, entry: &Entry) -> io::Result<bool> {
    if stand.held.is_some() {
        return Ok(true);
    }
    let Some(files) = entry.best_files() else { return Ok(false) };
    if !locks::try_lock(&files.database, LockKind::Shared, STAND)? {
        return Ok(false);
    }
    stand.held = Some(files);
    Ok(true)
}

/// Gives it back, if nobody needs it.
fn let_go(stand: &mut Stand) {
    if stand.permits == 0
        && !stand.attends
        && let Some(files) = stand.held.take()
    {
        let _ = locks::unlock(&files.database, STAND);
    }
}

/// Ends the guard, and removes the file if nobody can be about to use it: `alone` among our kind, and no `SQLite`
/// process in any of its locks on the database, which it takes before it opens the `-shm`.
pub fn release(guard: &Guard, names: &Names, database: &(impl AsFd + ?Sized), alone: bool) {
    let shm = &guard.shm;
    let is_there = || {
        shm.metadata().is_ok_and(|metadata| in_place(FileKey::of(&metadata), &names.shm).is_some())
    };
    if alone
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

/// Keeps `SQLite` from taking the database for itself, until `step_down`. False: it has done so.
pub(crate) fn step_up(entry: &Entry) -> io::Result<bool> {
    let mut stand = entry.stand();
    let is_held = hold(&mut stand, entry)?;
    stand.permits += u32::from(is_held);
    Ok(is_held)
}

pub(crate) fn step_down(entry: &Entry) {
    let mut stand = entry.stand();
    stand.permits -= 1;
    let_go(&mut stand);
}

impl Connection {
    /// With the writer's or the checkpointer's lock, before anything is written: the guard stands, and nobody has
    /// passed it. False: `SQLite` has the database for itself at the moment.
    pub(crate) fn is_guarded(&self) -> Result<bool> {
        if !self.entry.is_multiprocess {
            return Ok(true);
        }
        self.renew_guard()?;
        Ok(!self.is_seized()?)
    }

    /// `SQLite` has the database for itself at the moment.
    pub(crate) fn is_seized(&self) -> Result<bool> {
        let seized = self.files().map(|files| is_seized(&files.database)).transpose();
        let seized = seized.map_err(Error::io("looking at the locks of the database"))?;
        Ok(seized.unwrap_or(false))
    }

    /// A deleted `-shm` guards nothing. It is made anew, unless somebody has used the time.
    pub(crate) fn renew_guard(&self) -> Result<()> {
        let io = || Error::io("reading beside the database");
        let mut guard = self.entry.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lost) = &*guard else { return Ok(()) };
        if locks::is_classic() {
            locks::try_lock(&lost.shm, LockKind::Shared, WAL_LOCKS).map_err(io())?;
        }
        if Attributes::of_file(&lost.shm).map_err(io())?.links > 0 {
            return Ok(());
        }
        let Some(files) = self.files() else { return Ok(()) };
        let deadline = Instant::now() + SEIZURE_PATIENCE;
        let renewed = acquire(&self.entry.names, &files.database, false, deadline)?;
        // Whoever was there without leaving the log to us, or with a log of his own, is noticed by these two.
        let Some(log) = &files.wal else { return Ok(()) };
        let now = self.entry.read_snapshot(self.holding())?.0;
        let header = wal::read_header(log).map_err(Error::io("reading the log's header"))?;
        let is_ours = header.is_none_or(|header| {
            (header.checkpoint_seq, header.salt1, header.salt2)
                == (now.checkpoint_seq, now.salt1, now.salt2)
        });
        if now.max_frame > 0 && (header.is_none() || !is_ours) {
            return Err(self.entry.replaced_log());
        }
        *guard = renewed;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{OpenOptions, open};
    use crate::snapshot::Snapshot;

    #[test]
    fn the_stand_ends_where_it_was_taken_whoever_has_opened_the_database_since() {
        // Classic locks belong to the process, so nobody else is here to see them.
        if locks::is_classic() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db").display().to_string();
        let options = OpenOptions {
            path: path.clone(),
            multiprocess: true,
            readonly: false,
            create: true,
            timeout: Duration::ZERO,
        };
        let mut one = open(&options).unwrap();
        one.install(&Snapshot::default(), &[]).unwrap();
        one.finish_open().unwrap();
        let entry = one.entry.clone();
        let outside = || File::options().read(true).write(true).open(&path).unwrap();
        let (sqlite, peer) = (outside(), outside());
        let is_stood_on = || locks::query(&peer, LockKind::Exclusive, STAND).unwrap().is_some();
        // As if only readers had opened it: another descriptor is the best one by and by.
        let better = std::mem::take(&mut *entry.files.lock().unwrap());
        let file = File::open(&path).unwrap();
        let reader = crate::open_files::Files::new(file, None, false).unwrap();
        entry.files.lock().unwrap().push(reader.into());
        assert!(locks::try_lock(&sqlite, LockKind::Shared, SQLITES_OWN).unwrap());
        attend(&entry);
        assert!(is_stood_on());
        entry.files.lock().unwrap().extend(better);
        assert!(step_up(&entry).unwrap());
        drop(sqlite);
        attend(&entry);
        assert!(is_stood_on(), "a permit needs it");
        step_down(&entry);
        assert!(!is_stood_on());
    }
}
