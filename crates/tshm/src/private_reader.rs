//! A reader that nobody knows of: the database has no coordination file, or one that this process may not write, so
//! there is nothing to register in. (TSHM v1 §4.4.)
//!
//! It cannot keep others from copying into the database file or from restarting the log. So it looks before it
//! believes: each transaction reads the log anew if a file has changed, and each page that was read counts only if
//! the database file and the log's generation are still what they were when the transaction began. What a
//! transaction was given is one state, or it fails and may be repeated. It costs others nothing, and makes no file.
//!
//! A change shows in the time of the last modification. Kernels count that in ticks of some milliseconds, so a file
//! that was written to just now may be written to again without showing it: then the reader first waits a little.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::entry::{Entry, Held};
use crate::error::{Error, Result};
use crate::open_files::{FileKey, Files, if_there, open_readable};
use crate::snapshot::Snapshot;
use crate::wal::{self, WalHeader};

/// Longer than the tick of any kernel.
const TICK: Duration = Duration::from_millis(20);
/// Attempts at reading the log while nobody writes.
const ROUNDS: u32 = 50;

/// What shows whether a file was written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Print {
    key: FileKey,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Print {
    fn of(metadata: &Metadata) -> Print {
        Print {
            key: FileKey::of(metadata),
            size: metadata.len(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
        }
    }
}

/// Time until a further change is certain to show.
fn unsettled(metadata: &Metadata) -> Option<Duration> {
    // A time in the future says nothing about now.
    let age = SystemTime::now().duration_since(metadata.modified().ok()?).ok()?;
    TICK.checked_sub(age).filter(|left| !left.is_zero())
}

/// At first it knows nothing: the first transaction reads the log.
#[derive(Default)]
pub struct PrivateReader {
    database: Option<Print>,
    log: Option<Print>,
    header: Option<WalHeader>,
    /// Names the states that were read: to the caller each is a generation of its own.
    states: u32,
}

impl PrivateReader {
    /// Brings the entry's snapshot and map to what the files hold now. False: they do not stand still. `files` are
    /// those of the connection, and become others when there is another log.
    pub fn refresh(&mut self, entry: &Entry, files: &mut Arc<Files>) -> Result<bool> {
        let io = || Error::io("reading the database without coordination");
        for _ in 0..ROUNDS {
            let database = files.database.metadata().map_err(io())?;
            let log = if_there(entry.names.wal.metadata()).map_err(io())?;
            let (print, log_print) = (Print::of(&database), log.as_ref().map(Print::of));
            if self.database == Some(print) && self.log == log_print {
                return Ok(true);
            }
            if let Some(left) = unsettled(&database) {
                std::thread::sleep(left);
                continue;
            }
            if log_print.map(|print| print.key) != files.wal.as_ref().and(files.wal_key) {
                *files = reopen(entry, files).map_err(io())?;
            }
            let header = self.read(entry, files.wal.as_ref()).map_err(io())??;
            // What was written meanwhile may have been read in part.
            let is_same = Print::of(&files.database.metadata().map_err(io())?) == print;
            if is_same {
                (self.database, self.log, self.header) = (Some(print), log_print, header);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the log and states what it holds.
    fn read(&mut self, entry: &Entry, log: Option<&File>) -> io::Result<Result<Option<WalHeader>>> {
        self.states += 1;
        let mut found = Snapshot {
            checkpoint_seq: self.states,
            visibility_generation: u64::from(self.states),
            ..Snapshot::default()
        };
        let mut pgnos = Vec::new();
        let header = log.map(wal::read_header).transpose()?.flatten();
        if let (Some(log), Some(header)) = (log, &header) {
            let scan = wal::scan(log, header, 1, header.checksum)?;
            found.max_frame = scan.pgnos.len() as u64;
            found.page_size = header.page_size;
            (found.salt1, found.salt2) = (header.salt1, header.salt2);
            (found.checksum1, found.checksum2) = scan.checksum;
            pgnos = scan.pgnos;
        }
        entry.map_mut().reset(found.generation());
        let published = entry.publish(Held::default(), |snapshot| *snapshot = found);
        entry.supply(found.generation(), 1, &pgnos);
        Ok(published.map(|_| header))
    }

    /// Nothing that the transaction reads has changed since it began. It reads nothing of the log where `max_frame` is 0.
    pub fn is_undisturbed(&self, files: &Files, max_frame: u64) -> bool {
        let database = files.database.metadata().ok().map(|metadata| Print::of(&metadata));
        if database != self.database || max_frame == 0 {
            return database == self.database;
        }
        let header = files.wal.as_ref().map(wal::read_header).transpose();
        header.is_ok_and(|header| header.flatten() == self.header)
    }
}

/// The log that is there now, if any. The descriptors in use until now stay open, for somebody may be reading.
fn reopen(entry: &Entry, files: &Files) -> io::Result<Arc<Files>> {
    let wal = if_there(open_readable(&entry.names.wal))?;
    let reopened = Files::new(files.database.try_clone()?, wal, false).map_err(io::Error::other)?;
    let reopened = Arc::new(reopened);
    entry.keep_files(reopened.clone());
    Ok(reopened)
}
