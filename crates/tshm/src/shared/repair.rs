//! Reading and changing the snapshot, and the repair of a live authority (TSHM v1 §4.20), for which a connection needs no transaction.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::snapshot::{self, Snapshot, Stuck};
use crate::format::words::Words;
use crate::format::{frame_index, proof};
use crate::log::stored::Stored;
use crate::log::wal;
use crate::shared::entry::{Entry, Held};
use crate::shared::frame_map::Mark;
use crate::shared::gate::Permit;

/// How long a repair waits for commits that are being synced.
pub(crate) const REPAIR_PATIENCE: Duration = Duration::from_millis(20);

impl Entry {
    pub fn read_snapshot(&self, held: Held) -> Result<(Snapshot, u64)> {
        let mut since = None;
        loop {
            match snapshot::read(self.region.words()) {
                Ok(_) if self.region.is_lost() => {
                    return Err(Error::shortened_tshm(&self.names.tshm));
                }
                Ok((snapshot, _)) if self.region.is_shared() && !snapshot.is_possible() => {
                    return Err(Error::damaged_tshm(&self.names.tshm));
                }
                Ok(found) => return Ok(found),
                Err(stuck) => self.repair_in_time(stuck, held, &mut since)?,
            }
        }
    }

    /// Changes the snapshot. `change` only computes.
    pub fn publish(&self, held: Held, mut change: impl FnMut(&mut Snapshot)) -> Result<Snapshot> {
        let mut since = None;
        loop {
            match snapshot::publish(self.region.words(), &mut change) {
                Ok(_) if self.region.is_lost() => {
                    return Err(Error::shortened_tshm(&self.names.tshm));
                }
                Ok(published) => return Ok(published),
                Err(stuck) => self.repair_in_time(stuck, held, &mut since)?,
            }
        }
    }

    /// `since`: when this was first tried.
    fn repair_in_time(&self, stuck: Stuck, held: Held, since: &mut Option<Instant>) -> Result<()> {
        // Each attempt follows a wait of `snapshot::PATIENCE`.
        let start = *since.get_or_insert_with(Instant::now);
        if start.elapsed() + snapshot::PATIENCE > held.patience {
            self.repair_stuck(stuck, held)?;
            let is_stuck = snapshot::sequence(self.region.words()) == stuck.0;
            return if is_stuck { Err(stuck_error()) } else { Ok(()) };
        }
        self.repair_stuck(stuck, held)
    }

    /// Somebody died between the two halves of a publication: its fields may be torn. With both locks nobody
    /// else can be publishing; the log then says what is committed. (TSHM v1 §4.20.1.)
    fn repair_stuck(&self, Stuck(sequence): Stuck, held: Held) -> Result<()> {
        let takes_checkpointer = !held.checkpointer;
        if takes_checkpointer && !self.take_checkpointer_for_upkeep()? {
            return Ok(());
        }
        let _checkpointer = takes_checkpointer.then(|| self.on_leave(Entry::release_checkpointer));
        // Who syncs for several has kept all other writers of this engine from publishing, and peers of another kind from writing.
        let takes_writer = !held.writer && !held.sync;
        if takes_writer && self.take_writer_alone(REPAIR_PATIENCE)?.is_none() {
            return Ok(());
        }
        let _writer = takes_writer.then(|| self.on_leave(Entry::release_writer));
        self.rebuild(sequence)
    }

    fn rebuild(&self, sequence: u64) -> Result<()> {
        let words = self.region.words();
        if snapshot::sequence(words) != sequence {
            return Ok(());
        }
        let mut rebuilt = snapshot::load_torn(words);
        let published = rebuilt.max_frame;
        rebuilt.max_frame = 0;
        rebuilt.backfilled_frames = 0;
        rebuilt.checkpoint_epoch = rebuilt.checkpoint_epoch.wrapping_add(1);
        let io = || Error::io("reading the log to repair the snapshot");
        let mut pgnos = Vec::new();
        // Only the log says what is committed. Who has none leaves the repair to others.
        let Some(files) = self.files_with_log()? else { return Ok(()) };
        if let Some(log) = &files.wal {
            let scanned = wal::read_header(log).and_then(|header| match header {
                None => Ok(None),
                Some(header) => {
                    wal::scan(log, &header, 1, header.checksum).map(|scan| Some((header, scan)))
                }
            });
            // Frames may be there that nobody has synced.
            self.sync_log(&self.ask(&files)?, log)?;
            if let Some((header, mut scan)) = scanned.map_err(io())? {
                if words.load32(at::SYNC_FAILED) != 0 && header.is_of(&rebuilt) {
                    // What nobody could sync never happened; its authors were told so.
                    scan.end_at(log, &header, published).map_err(io())?;
                }
                rebuilt.max_frame = scan.pgnos.len() as u64;
                rebuilt.checkpoint_seq = header.checkpoint_seq;
                rebuilt.page_size = header.page_size;
                (rebuilt.salt1, rebuilt.salt2) = (header.salt1, header.salt2);
                (rebuilt.checksum1, rebuilt.checksum2) = scan.checksum;
                pgnos = scan.pgnos;
            }
        }
        proof::clear(words);
        self.region.append_index(rebuilt.generation(), 1, &pgnos);
        if pgnos.is_empty() {
            frame_index::reset(words);
        }
        {
            // Whole again at once: transactions of this process may be reading, and one may be committing just now.
            let mut map = self.map_mut();
            let sums = (rebuilt.checksum1, rebuilt.checksum2);
            let is_same = map.generation() == rebuilt.generation();
            if is_same && !self.is_continued(map.mark(), &rebuilt, None) {
                self.forget(&mut map);
            }
            map.reset(rebuilt.generation());
            map.supply(1, &pgnos);
            map.advance(Mark { frame: rebuilt.max_frame, sums, time: 0 });
        }
        snapshot::complete(words, sequence, &rebuilt);
        Ok(())
    }

    /// Makes what is in the log durable. A failure is remembered for all, for a second attempt would report success.
    pub(crate) fn sync_log(&self, permit: &Permit, log: &Stored) -> Result<()> {
        log.sync(permit).inspect_err(|_| self.note_sync_failed())
    }

    /// The disk may lack any frame of the log. The next writer who is alone puts that right (`mend_log`).
    pub(crate) fn note_sync_failed(&self) {
        self.region.words().store32(at::SYNC_FAILED, 1);
    }
}

fn stuck_error() -> Error {
    Error::Protocol(
        "the shared snapshot is being written by a process that does not go on; \
         stop it, or close all processes that have the database open"
            .into(),
    )
}
