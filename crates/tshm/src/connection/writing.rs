//! Writing: the transaction, and publication of commits. How a writer gets his turn is in `queue`.

use std::time::{Duration, Instant};

use crate::connection::connection::Connection;
use crate::connection::parts::Phase;
use crate::connection::state::WriteStart;
use crate::connection::state::{Begun, ReadStart};
use crate::error::{Error, Result};
use crate::format::frame_index;
use crate::format::layout as at;
use crate::format::proof::{self, Proof};
use crate::format::snapshot::{self, Snapshot};
use crate::format::tail::Tail;
use crate::kernel::names::Name;
use crate::log::frame::check_room;
use crate::log::frame::frame_offset;
use crate::log::wal;
use crate::shared::open_files::Files;
use crate::shared::upkeep::Attempts;

/// How long a transaction that has read something waits for commits that are being synced.
const DRAIN_PATIENCE: Duration = Duration::from_millis(5);

impl Connection {
    /// `reserve_writer`, `begin_read` and `begin_write`.
    pub fn begin_transaction(&mut self, timeout: Duration, joins: bool) -> Result<Begun> {
        if !self.reserve_writer(timeout, joins)? {
            return Ok(Begun::No);
        }
        let begun = self.begin_reserved();
        if begun.is_err() {
            self.end_read();
            // The first error is the one to tell.
            let _ = self.end_write();
        }
        begun
    }

    fn begin_reserved(&mut self) -> Result<Begun> {
        let start = self.begin_read()?;
        if start == ReadStart::Busy {
            return Ok(Begun::Reserved);
        }
        Ok(Begun::Both(start, self.begin_write()?))
    }

    /// Makes the read transaction one that may write. (TSHM v1 §4.11.)
    pub fn begin_write(&mut self) -> Result<WriteStart> {
        self.check_open()?;
        if self.readonly {
            return Err(Error::ReadOnly);
        }
        if self.read.slot.is_none() || (self.held.writer && !self.turn.is_reserved) {
            return Err(Error::Misuse("a write transaction grows from a read transaction"));
        }
        if !self.turn.is_reserved && (self.stands_back() || !self.take_turn_from_upkeep()?) {
            return Ok(WriteStart::Busy);
        }
        self.turn.is_reserved = false;
        let begun = self.check_writable();
        if !matches!(begun, Ok(WriteStart::Ok | WriteStart::Leftover)) {
            self.end_write()?;
        }
        begun
    }

    /// Takes the writer's lock without waiting for a transaction, whose commit would leave this one behind.
    fn take_turn_from_upkeep(&mut self) -> Result<bool> {
        let mut attempts = Attempts::new();
        while !self.take_turn(false, Instant::now() + DRAIN_PATIENCE, true)? {
            if !attempts.go_on(&self.entry, at::WRITER_OWNER, self.patience) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn check_writable(&mut self) -> Result<WriteStart> {
        self.looks.at_database = Some(Instant::now());
        if self.turn.is_joined {
            // Whoever publishes looks at everything.
            let is_free = self.entry.has_looked() || !self.is_seized()?;
            return Ok(if is_free { WriteStart::Ok } else { WriteStart::Busy });
        }
        self.reassert()?;
        let log_size = self.check_files()?;
        let looks = self.entry.is_multiprocess && !self.entry.has_looked();
        if self.entry.is_multiprocess {
            self.renew_sentry()?;
            if looks && self.is_seized()? {
                return Ok(WriteStart::Busy);
            }
        }
        let (mut now, mut sequence) = self.entry.read_snapshot(self.held)?;
        if self.entry.has_regressed(&now) {
            self.entry.recover_undone(self.held)?;
            (now, sequence) = self.entry.read_snapshot(self.held)?;
        }
        if self.entry.undone() != self.base.undone {
            return Ok(WriteStart::Stale);
        }
        if !now.adds_no_commit_to(&self.read.view) {
            return Ok(WriteStart::Stale);
        }
        if now.generation() != self.read.view.generation() {
            self.adopt(now);
        }
        // Others may have copied frames back meanwhile. Our own lower bound stays: those frames are still there.
        self.read.view = now;
        self.seen.state = Some(now);
        self.seen.sequence = sequence;
        self.look_at_database(&now)?;
        let committed_size = match now.page_size {
            0 => 0,
            page_size => frame_offset(now.max_frame + 1, page_size),
        };
        if self.entry.is_multiprocess {
            self.looks.doubts_log.set(looks || log_size < committed_size);
            self.looks.at_log.set(Some(Instant::now()));
        }
        let is_leftover = self.has_frames_behind(looks)?
            || (log_size > committed_size && (self.turn.was_left || !self.entry.is_length_kept()));
        Ok(if is_leftover { WriteStart::Leftover } else { WriteStart::Ok })
    }

    /// Whoever has copied back, or restarted the log, has left another state, which this process has to know at its end.
    pub(crate) fn look_at_database(&self, now: &Snapshot) -> Result<()> {
        match self.files().filter(|_| !self.entry.knows_database(now)) {
            Some(files) => self.entry.note_database(files, false),
            None => Ok(()),
        }
    }

    /// Whether frames of this generation follow the last one that is published: `SQLite`'s, who came and was killed.
    fn has_frames_behind(&self, looks: bool) -> Result<bool> {
        let log = self.files().and_then(|files| files.wal.as_ref());
        let is_asked = looks && self.read.view.max_frame > 0;
        log.filter(|_| is_asked).map_or(Ok(false), |log| wal::goes_on(log, &self.read.view))
    }

    /// The files are still those that everybody else has open. (TSHM v1 §7.13, §7.19.) Returns the length of the log;
    /// 0 where one process has it: nobody else leaves anything there, and the open has seen what a predecessor left.
    pub(crate) fn check_files(&self) -> Result<u64> {
        let log_key = self.files().and_then(|files| files.wal.as_ref().and(files.wal_key));
        let log_key = log_key.ok_or(Error::ReadOnly)?;
        if self.entry.is_multiprocess { self.entry.check_files(log_key) } else { Ok(0) }
    }

    /// The same before a checkpoint. The last one of all copies back what is committed also where a name leads elsewhere, if
    /// nobody has written to the database meanwhile.
    pub(crate) fn check_files_to_copy(&self) -> Result<()> {
        let checked = self.check_files();
        let Some(files) = self.files().filter(|_| self.phase == Phase::Closing) else {
            return checked.map(drop);
        };
        match checked {
            Err(Error::LogReplaced { .. } | Error::DatabaseReplaced { .. })
                if self.entry.is_database_untouched(files)
                    && is_free(&self.entry.names.wal, files) =>
            {
                self.entry.check_tshm()
            }
            checked => checked.map(drop),
        }
    }

    /// Ends writing; also gives back a reservation. Who has built on pending frames waits until they are published, and an
    /// error says that they never will be.
    pub fn end_write(&mut self) -> Result<()> {
        self.drop_commit();
        // During a checkpoint the lock belongs to that.
        if !self.held.writer || self.held.checkpointer {
            return Ok(());
        }
        if self.turn.is_joined && self.read.slot.is_some() {
            return self.await_base();
        }
        if !self.turn.is_joined {
            self.mark_tail();
        }
        self.held.writer = false;
        self.turn.is_reserved = false;
        self.turn.is_joined = false;
        if self.turn.run.goes_on() {
            self.entry.release_writer_quietly();
        } else {
            self.entry.release_writer();
        }
        Ok(())
    }

    /// Alone: all that was appended is published, or never happened.
    pub(crate) fn mark_tail(&self) {
        let words = self.entry.region.words();
        // A checkpoint may be publishing just now. Were the tail to lag behind, the next writer would take that for a peer's work.
        if let Ok((now, _)) = snapshot::read(words) {
            Tail::of(&now).store(words);
        }
    }

    pub(crate) fn check_writing(&self) -> Result<()> {
        self.check_open()?;
        if self.held.writer || self.phase == Phase::Opening {
            return Ok(());
        }
        Err(Error::Misuse("only the writer publishes"))
    }

    /// States what recovery found, in place of whatever there was: as the first, or under the writer's lock.
    pub fn install(&mut self, fields: &Snapshot, pgnos: &[u32]) -> Result<()> {
        self.check_writing()?;
        if fields.max_frame != pgnos.len() as u64 {
            return Err(Error::Misuse("every frame up to maxFrame has a page"));
        }
        let words = self.entry.region.words();
        proof::clear(words);
        self.entry.map_mut().reset(fields.generation());
        // Readers look at no entry beyond the snapshot's frames, so there are none while the index is refilled.
        self.entry.publish(self.held, |snapshot| {
            *snapshot = Snapshot { max_frame: 0, backfilled_frames: 0, ..*fields };
        })?;
        frame_index::reset(words);
        frame_index::set_overflowed(words, false);
        self.entry.region.append_index(fields.generation(), 1, pgnos);
        let installed = self.entry.publish(self.held, |snapshot| *snapshot = *fields)?;
        self.entry.extend_map(
            &Snapshot { max_frame: 0, ..installed },
            pgnos,
            (installed.checksum1, installed.checksum2),
        );
        self.read.view = installed;
        Ok(())
    }

    /// Makes the commits of a writer visible who died before he could. The transaction's own snapshot stays.
    pub fn roll_forward(&mut self, pgnos: &[u32], commits: u64, sums: (u32, u32)) -> Result<()> {
        self.check_writing()?;
        let (now, _) = self.entry.read_snapshot(self.held)?;
        self.entry.publish_frames(self.held, &now, pgnos, commits, sums)?;
        Ok(())
    }

    /// The log's header of this generation is written and durable. (TSHM v1 §4.12.)
    pub fn publish_header(
        &mut self,
        page_size: u32,
        salts: (u32, u32),
        sums: (u32, u32),
    ) -> Result<()> {
        self.check_writing()?;
        if self.read.view.max_frame != 0 {
            return Err(Error::Misuse("a log that has frames has its header"));
        }
        proof::clear(self.entry.region.words());
        let published = self.entry.publish(self.held, |snapshot| {
            snapshot.page_size = page_size;
            (snapshot.salt1, snapshot.salt2) = salts;
            (snapshot.checksum1, snapshot.checksum2) = sums;
        })?;
        self.adopt(published);
        Ok(())
    }

    /// Frames after `max_frame` are committed, and durable as far as they are meant to be. True: the proof of what is
    /// backfilled should be renewed.
    pub fn publish_commit(&mut self, pgnos: &[u32], sums: (u32, u32)) -> Result<bool> {
        self.check_writing()?;
        if pgnos.is_empty() {
            return Err(Error::Misuse("a commit has a frame"));
        }
        check_room(self.read.view.max_frame, pgnos.len())?;
        self.check_undisturbed()?;
        let published = self.entry.publish_frames(self.held, &self.read.view, pgnos, 1, sums)?;
        self.read.view = published;
        self.read.page_count = 0;
        self.seen.state = Some(published);
        self.note_sequence();
        if self.entry.region.is_shared() && published.max_frame == pgnos.len() as u64 {
            self.keep_guard();
        }
        Ok(published.backfilled_frames > 0
            && self.entry.region.is_shared()
            && !self.entry.has_lease())
    }

    /// If the snapshot is still the one that we published, the next transaction need not read it again.
    fn note_sequence(&mut self) {
        let found = crate::format::snapshot::try_read(self.entry.region.words());
        self.seen.sequence = match found {
            // Nor does it look then whether the map has all frames.
            Some((now, sequence)) if Some(now) == self.seen.state && self.is_mapped(&now) => {
                sequence
            }
            _ => u64::MAX,
        };
    }

    fn is_mapped(&self, now: &Snapshot) -> bool {
        self.entry.map().is_at(now.generation(), now.max_frame, (now.checksum1, now.checksum2))
    }

    /// The connection's own change of generation: its transaction goes on in the new one.
    pub(crate) fn adopt(&mut self, published: Snapshot) {
        self.read.view = published;
        self.seen.state = Some(published);
        self.read.low = published.backfilled_frames;
        self.read.floor = published.max_frame;
        self.read.page_count = 0;
        let generation = published.generation();
        let mut map = self.entry.map_mut();
        if map.generation() != generation {
            map.reset(generation);
        }
        drop(map);
        if let Some(slot) = self.read.slot {
            let region = &self.entry.region;
            self.entry.pins().move_pin(region, slot, generation, published.max_frame);
        }
        self.note_sequence();
    }

    /// Renews the proof after a commit, for whoever joins next. (TSHM v1 §4.13.9.)
    pub fn install_proof(&mut self, db_header: &[u8]) -> Result<()> {
        self.check_writing()?;
        let (now, _) = self.entry.read_snapshot(self.held)?;
        if now.backfilled_frames == 0 {
            return Ok(());
        }
        if let Some(proof) = Proof::of(&now, db_header) {
            proof::store(self.entry.region.words(), &proof);
        }
        Ok(())
    }
}

/// No other log stands at the name.
fn is_free(name: &Name, files: &Files) -> bool {
    let there = name.attributes();
    there.is_ok_and(|there| there.size == 0 || Some(there.key) == files.wal_key) || !name.is_there()
}
