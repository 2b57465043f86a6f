//! A database in rollback-journal format becomes one in WAL format while nobody looks.
//!
//! `SQLite` in rollback mode takes its locks on bytes of the database file and knows nothing of those beside the log
//! (*File Locking And Concurrency In SQLite Version 3*). With all of them held, no process of it is inside a
//! transaction; storage then changes the header, its change counter included, and the next transaction of such a
//! process finds a database in WAL format, and what keeps it out of that.

use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::locks::{self, LockKind};
use crate::sqlite_guard::DATABASE_LOCKS;

impl Connection {
    /// Keeps `SQLite` out of the database file itself. False: it is at work there.
    pub fn lock_out_sqlite(&self) -> Result<bool> {
        let Some(files) = self.files() else { return Ok(false) };
        locks::try_lock(&files.database, LockKind::Exclusive, DATABASE_LOCKS)
            .map_err(Error::io("locking the database"))
    }

    /// Ends it. Where one process owns the file those bytes are part of its lock, and stay.
    pub fn let_in_sqlite(&self) {
        if let Some(files) = self.files().filter(|_| self.is_multiprocess()) {
            let _ = self.entry.note_database(files, false);
            let _ = locks::unlock(&files.database, DATABASE_LOCKS);
        }
    }
}
