//! Ask, then write.
//!
//! Two kinds of programs write to a database that several processes share without taking part in what they agree on: `SQLite` with
//! `locking_mode=EXCLUSIVE` takes it for itself, and somebody may delete, replace or cut its files. Whoever then writes, cuts or
//! restarts the log destroys what is there.
//!
//! So each call that changes a file of the database takes a [`Permission`] (`stored`), and each restart of the log a [`Permit`], which is the only
//! one (`tests/layers.rs` sees to that). Only this module makes permits:
//!
//! | asked by | for | what it means |
//! |---|---|---|
//! | `Connection::ask` | frames; what is copied back | a moment ago nobody had the database for himself |
//! | `Entry::ask` | syncs in a repair | the same |
//! | `Entry::hold_off` | what destroys: cutting, headers, restarts | nobody can take it before the permit ends |
//!
//! The second kind costs two calls of the system, and keeps a peer of another kind from opening meanwhile (a peer asks for every byte of the
//! database, so each lock that stops `SQLite` stops him as well), so it is not for frames. For those
//! it is enough that they are written behind the end of the log, and that a commit asks once more before it is published:
//! whoever takes the database later finds its frames in the log, whoever took it earlier makes the commit fail.
//!
//! TypeScript has its door in `storage/wal/door.ts`, which asks here.

use std::io;
use std::sync::PoisonError;

use crate::error::{DiskOperation, Error, Result};
use crate::format::snapshot::Snapshot;
use crate::log::stored::Permission;
use crate::log::wal;
use crate::shared::entry::Entry;
use crate::shared::open_files::Files;
use crate::shared::sentry::{self, Stand, is_seen};

/// Somebody has asked, and may write.
pub struct Permit<'a> {
    /// Where `SQLite` is kept out until the end.
    stands_in: Option<&'a Entry>,
}

impl Permit<'_> {
    const ASKED: Permit<'static> = Permit { stands_in: None };

    /// For one who asks in a way of his own: `asked` fails where somebody has the database for himself.
    pub(crate) fn after(asked: impl FnOnce() -> Result<()>) -> Result<Permit<'static>> {
        asked().map(|()| Permit::ASKED)
    }
}

impl Permission for Permit<'_> {}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.stands_in {
            entry.step_down();
        }
    }
}

impl Entry {
    /// Nobody has the database for himself.
    pub(crate) fn ask(&self, files: &Files) -> Result<Permit<'static>> {
        if self.is_multiprocess {
            sentry::await_unseized(&files.database)?;
        }
        Ok(Permit::ASKED)
    }

    /// Nobody has the database for himself, nor can take it before the permit ends. None: somebody has it.
    pub(crate) fn hold_off(&self) -> Result<Option<Permit<'_>>> {
        if !self.is_multiprocess {
            // All of it is ours, exclusively.
            return Ok(Some(Permit::ASKED));
        }
        let is_held = self.step_up();
        let is_held = is_held.map_err(Error::io("locking the database"))?;
        // Not `then_some`: a permit that is made and dropped gives back what was never taken.
        Ok(is_held.then(|| Permit { stands_in: Some(self) }))
    }

    /// What a commit that could not be made durable has left is cut off, and what is published is written once more: the sync that
    /// failed may have dropped any of it, and says so only once. False: `SQLite` has the database, so another time.
    pub(crate) fn mend_log(&self, files: &Files, now: &Snapshot) -> Result<bool> {
        let Some(log) = files.wal.as_ref().filter(|_| files.is_writable) else { return Ok(true) };
        let Some(permit) = self.hold_off()? else { return Ok(false) };
        if now.max_frame == 0 {
            let header = wal::read_header(log).map_err(Error::disk(DiskOperation::Read))?;
            if !header.is_some_and(|header| header.is_of(now)) {
                // It is written and synced before the first frame; there is nothing else to lose.
                return Ok(true);
            }
        } else if !wal::holds(log, now)? {
            return Err(self.changed_log());
        }
        wal::rewrite(&permit, log, now)?;
        log.sync(&permit)?;
        Ok(true)
    }

    pub(crate) fn stand(&self) -> std::sync::MutexGuard<'_, Stand> {
        self.stand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps `SQLite` from taking the database for itself, until `step_down`. False: it has done so.
    pub(crate) fn step_up(&self) -> io::Result<bool> {
        let mut stand = self.stand();
        let is_held = stand.hold(|| self.best_files())?;
        stand.permits += u32::from(is_held);
        Ok(is_held)
    }

    pub(crate) fn step_down(&self) {
        let mut stand = self.stand();
        stand.permits -= 1;
        stand.let_go();
    }

    /// Once a second. What fails here is tried again by the next.
    pub fn attend(&self) {
        let sentry = self.sentry.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(sentry), Some(files)) = (&*sentry, self.best_files()) else { return };
        sentry.succeed();
        let mut stand = self.stand();
        match is_seen(&files.database) {
            Ok(true) if !stand.attends => {
                stand.attends = stand.hold(|| self.best_files()).unwrap_or(false);
            }
            Ok(false) if stand.attends => {
                stand.attends = false;
                stand.let_go();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {

    use std::fs::File;

    use crate::kernel::locks::{self, LockKind};
    use crate::shared::sentry::{SQLITES_OWN, STAND};
    use crate::testing::new_database;

    #[test]
    fn the_stand_ends_where_it_was_taken_whoever_has_opened_the_database_since() {
        // Classic locks belong to the process, so nobody else is here to see them.
        if locks::is_classic() {
            return;
        }
        let (_folder, path, one) = new_database(true);
        let entry = one.entry.clone();
        let outside = || File::options().read(true).write(true).open(&path).unwrap();
        let (sqlite, peer) = (outside(), outside());
        let is_stood_on = || locks::query(&peer, LockKind::Exclusive, STAND).unwrap().is_some();
        // As if only readers had opened it: another descriptor is the best one by and by.
        let better = std::mem::take(&mut *entry.files.lock().unwrap());
        let file = File::open(&path).unwrap();
        let reader = crate::shared::open_files::Files::new(file, None, false).unwrap();
        entry.files.lock().unwrap().push(reader.into());
        assert!(locks::try_lock(&sqlite, LockKind::Shared, SQLITES_OWN).unwrap());
        entry.attend();
        assert!(is_stood_on());
        entry.files.lock().unwrap().extend(better);
        assert!(entry.step_up().unwrap());
        drop(sqlite);
        entry.attend();
        assert!(is_stood_on(), "a permit needs it");
        entry.step_down();
        assert!(!is_stood_on());
    }
}
