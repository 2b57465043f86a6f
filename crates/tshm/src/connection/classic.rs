//! What can be done about classic locks, which vanish when this process closes *any* descriptor of a file: one
//! `fs.readFile` of the database by its user is enough.
//!
//! Nobody is told. But taking a lock that is held already changes nothing, and taking one that was lost either brings
//! it back or shows that somebody else has it. So before a transaction begins to write, and once more before it is
//! published, its locks are taken again; and what they protect is compared with what it was, for somebody may
//! have come and gone in between. A commit then fails rather than undo another's.
//!
//! A reader cannot do that for every page. Instead nobody acts on the loss of a reader's lock before he has erased the
//! reader's slot (`Pins::is_live`), which the reader looks at after each page.
//!
//! With open-file-description locks nothing of this can happen, and nothing of it is done.

use std::path::Path;

use crate::connection::connection::Connection;
use crate::connection::parts::Phase;
use crate::error::{Error, Result};
use crate::format::layout::{
    APPEND_BYTE, CHECKPOINT_BYTE, LIFETIME_BYTE, OWN_CHECKPOINT_BYTE, WRITER_BYTE,
};
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::in_place;

impl Connection {
    /// Takes the locks of a writer, or of a checkpoint, again.
    pub(crate) fn reassert(&self) -> Result<()> {
        if !locks::is_classic() || self.phase == Phase::Opening {
            return Ok(());
        }
        if self.entry.is_multiprocess { self.reassert_shared() } else { self.reassert_owned() }
    }

    fn reassert_shared(&self) -> Result<()> {
        let locks = self.entry.region.locks();
        let take = |kind, byte| {
            let taken = locks.try_lock(kind, byte);
            let is_ours = taken.map_err(Error::io("locking the coordination file"))?;
            if is_ours { Ok(()) } else { Err(lost(&self.entry.names.tshm)) }
        };
        // Whoever closes the database as the last one holds the lifetime byte exclusively, and keeps it so.
        if !self.held.checkpointer {
            take(LockKind::Shared, LIFETIME_BYTE)?;
        }
        if self.held.writer {
            take(LockKind::Exclusive, APPEND_BYTE)?;
            take(LockKind::Exclusive, WRITER_BYTE)?;
        }
        if self.held.checkpointer {
            take(LockKind::Exclusive, OWN_CHECKPOINT_BYTE)?;
            // Beside a lease of another process it is shared.
            take(LockKind::Exclusive, CHECKPOINT_BYTE)
                .or_else(|_| take(LockKind::Shared, CHECKPOINT_BYTE))?;
        }
        Ok(())
    }

    fn reassert_owned(&self) -> Result<()> {
        let Some(files) = self.files() else { return Ok(()) };
        let names = &self.entry.names;
        let take = |file, path: &Path| {
            let taken = locks::try_lock(file, LockKind::Exclusive, Range::WHOLE);
            let is_ours = taken.map_err(Error::io("locking the database"))?;
            if is_ours { Ok(()) } else { Err(lost(path)) }
        };
        take(&files.database, &names.database)?;
        let (Some(wal), Some(key)) = (&files.wal, files.wal_key) else { return Ok(()) };
        take(wal, &names.wal)?;
        // Another owner deletes the log when he closes, and so does SQLite.
        if in_place(key, &names.wal).is_none() {
            return Err(Error::LogReplaced { path: names.wal.display().to_string() });
        }
        Ok(())
    }

    /// Before a transaction writes to the log, and before it is published: its locks are still there, and nobody has
    /// published since it began.
    pub(crate) fn reassert_unchanged(&self) -> Result<()> {
        if !locks::is_classic() || self.phase == Phase::Opening {
            return Ok(());
        }
        self.reassert()?;
        if self.held.checkpointer || !self.held.writer {
            return Ok(());
        }
        let (now, _) = self.entry.read_snapshot(self.held)?;
        if now.is_same_state(&self.read.view) { Ok(()) } else { Err(lost(&self.entry.names.tshm)) }
    }
}

fn lost(path: &Path) -> Error {
    Error::Protocol(format!(
        "the locks on '{}' were lost, and somebody else has taken them: this process has closed another descriptor \
         of a file of the database",
        path.display()
    ))
}
