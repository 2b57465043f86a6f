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

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::stat::FileStat;

use crate::error::{Error, Result};
use crate::format::snapshot::Snapshot;
use crate::kernel::attributes::FileKey;
use crate::log::stored::{Source, Stored};
use crate::log::wal::{self, WalHeader};
use crate::shared::entry::{Entry, Held};
use crate::shared::open_files::{Files, if_there};

/// Longer than the tick of any kernel.
const TICK: Duration = Duration::from_millis(20);
/// File systems that keep no fractions count whole seconds (ext4 with inodes of 128 bytes, HFS+), or every other one (FAT).
const COARSE_TICK: Duration = Duration::from_secs(2);
/// How long a transaction waits for a moment in which nobody writes.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(1);

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

    // The fields are of other widths elsewhere.
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless, clippy::cast_sign_loss)]
    fn of_stat(all: &FileStat) -> Print {
        Print {
            key: FileKey::new(all.st_dev as u64, all.st_ino as u64),
            size: all.st_size as u64,
            seconds: all.st_mtime as i64,
            nanoseconds: all.st_mtime_nsec as i64,
        }
    }
}

impl Print {
    /// Time until a further change is certain to show.
    fn unsettled(&self) -> Option<Duration> {
        let tick = if self.nanoseconds == 0 { COARSE_TICK } else { TICK };
        let since_1970 =
            Duration::new(self.seconds.try_into().ok()?, self.nanoseconds.try_into().ok()?);
        // A time in the future says nothing about now.
        let age = SystemTime::now().duration_since(UNIX_EPOCH + since_1970).ok()?;
        tick.checked_sub(age).filter(|left| !left.is_zero())
    }
}

/// At first it knows nothing: the first transaction reads the log.
#[derive(Default)]
pub struct PrivateReader {
    database: Option<Print>,
    log: Option<Print>,
    /// A further change of the log shows in its print.
    is_settled: bool,
    header: Option<WalHeader>,
    /// Names the states that were read: to the caller each is a generation of its own.
    states: u32,
}

impl PrivateReader {
    /// Brings the entry's snapshot and map to what the files hold now. False: they do not stand still. `files` are
    /// those of the connection, and become others when there is another log.
    pub fn refresh(&mut self, entry: &Entry, files: &mut Arc<Files>) -> Result<bool> {
        let io = || Error::io("reading the database without coordination");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let database = files.database.metadata().map_err(io())?;
            let log = if_there(entry.names.wal.stat()).map_err(io())?;
            let (print, log_print) = (Print::of(&database), log.as_ref().map(Print::of_stat));
            if self.is_settled && self.database == Some(print) && self.log == log_print {
                return Ok(true);
            }
            if let Some(left) = print.unsettled() {
                std::thread::sleep(left);
                continue;
            }
            // A log that was written to just now is read, as far as it goes, and again next time.
            self.is_settled = log_print.is_none_or(|print| print.unsettled().is_none());
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
            std::thread::sleep(PAUSE);
        }
        Ok(false)
    }

    /// Reads the log and states what it holds.
    fn read(
        &mut self,
        entry: &Entry,
        log: Option<&Stored>,
    ) -> io::Result<Result<Option<WalHeader>>> {
        self.states += 1;
        let mut found = Snapshot {
            checkpoint_seq: self.states,
            visibility_generation: u64::from(self.states),
            ..Snapshot::default()
        };
        let mut pgnos = Vec::new();
        let header = log.map(|log| wal::read_header(log)).transpose()?.flatten();
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
        let header = files.wal.as_ref().map(|log| wal::read_header(log)).transpose();
        header.is_ok_and(|header| header.flatten() == self.header)
    }
}

/// The log that is there now, if any. The descriptors in use until now stay open, for somebody may be reading.
fn reopen(entry: &Entry, files: &Files) -> io::Result<Arc<Files>> {
    let wal = if_there(entry.names.wal.open_readable())?;
    let reopened = Files::new(files.database.try_clone()?, wal, false).map_err(io::Error::other)?;
    let reopened = Arc::new(reopened);
    entry.keep_files(reopened.clone());
    Ok(reopened)
}
