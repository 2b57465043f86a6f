//! Syncing for several commits, and publishing them.
//!
//! *Who syncs?* One process at a time. If two processes commit in turn, the first one's wait is ended by the second, who has
//! appended last, and syncs for both: nobody has to be woken for that. Who would begin a sync while another is appending leaves it
//! to him. A sync of more than two has its company by itself, from those who append while the one before it runs. Where there was
//! company lately, nobody waits for it long (`sharing`).
//!
//! *And if that one does not go on?* From the dead S is taken. From the living it cannot be: he may be about to publish. So whoever has
//! waited for his busy timeout gives up, and tells his user that the outcome is unknown. His frames stay with the group: the one who has S, when
//! he goes on, or somebody else, when that one dies, publishes them, and whoever comes alone after that finds them in the log. Nobody is
//! told of a failure that may yet be a success. A disk may stall too, so only those share syncs who have some
//! patience (`connection::group`).

use std::time::Duration;

use crate::error::{DiskOperation, Error, Result};
use crate::format::layout as at;
use crate::format::sharing::{self, Waited};
use crate::format::snapshot::{Generation, Snapshot};
use crate::format::tail::Tail;
use crate::format::words::Words;
use crate::log::frame::frame_offset;
use crate::log::stored::Stored;
use crate::log::wal::{self, pending_frame};
use crate::shared::entry::{Entry, Held};
use crate::shared::gate::Permit;
use crate::shared::open_files::Files;
use crate::shared::sentry::await_unseized;

/// After so many syncs that met nobody, a writer counts as being the only one.
const SYNCS_WITHOUT_COMPANY: u32 = 3;

/// What a commit waits for, and what it knows of it.
pub(crate) struct Goal<'a> {
    /// That of whoever has written it.
    pub(crate) permit: &'a Permit<'a>,
    pub(crate) files: &'a Files,
    pub(crate) generation: Generation,
    /// Its last frame.
    pub(crate) frame: u64,
    /// Its pages, which end there.
    pub(crate) pgnos: &'a [u32],
    pub(crate) sums: (u32, u32),
}

impl Goal<'_> {
    fn log(&self) -> Result<&Stored> {
        self.files.wal.as_ref().ok_or(Error::ReadOnly)
    }

    fn in_words(&self) -> sharing::Goal {
        sharing::Goal { generation: self.generation, frame: self.frame }
    }

    fn first(&self) -> u64 {
        self.frame + 1 - self.pgnos.len() as u64
    }
}

impl Entry {
    /// Waits until somebody has published the goal, or does it. After `patience` of waiting for others it is an error.
    pub(crate) fn await_published(&self, goal: &Goal<'_>, patience: Duration) -> Result<()> {
        let take = |checks| self.take_sync(checks);
        let sync = || {
            let _sync = self.on_leave(Entry::end_sync);
            self.sync(goal)
        };
        let words = self.region.words();
        match sharing::await_published(words, goal.in_words(), patience, take, sync)? {
            Waited::Published => Ok(()),
            Waited::Failed => Err(failed()),
            Waited::Restarted => Err(restarted()),
            Waited::TimeUp => Err(Error::OutcomeUnknown),
        }
    }

    /// Under S: syncs what was appended so far, and publishes it.
    fn sync(&self, goal: &Goal<'_>) -> Result<()> {
        let words = self.region.words();
        let held = Held { sync: true, ..Held::default() };
        let (now, _) = self.read_snapshot(held)?;
        if goal.in_words().is_reached(&now).ok_or_else(restarted)? {
            return Ok(());
        }
        if words.load32(at::SYNC_FAILED) != 0 {
            return Err(failed());
        }
        let tail = sharing::begin_sync(words);

        let synced = goal.log()?.sync(goal.permit);

        // What is looked at now, after the frames were written, holds for all who have written them.
        match synced.and_then(|()| self.check_place(goal.files, &now, tail)) {
            Ok(()) => self.publish_synced(goal, &now, tail),
            Err(error) => {
                self.note_sync_failed();
                Err(error)
            }
        }
    }

    /// Gives S back, and wakes those who wait for that.
    pub(crate) fn end_sync(&self) {
        sharing::end_sync(self.region.words(), || self.release_sync());
    }

    /// Nobody who knows nothing of us has the database, and the files are those that everybody else has.
    fn check_place(&self, files: &Files, now: &Snapshot, tail: Tail) -> Result<()> {
        await_unseized(&files.database)?;
        self.note_look();
        // Looked at last: who has the database for himself deletes the log before he lets go.
        let file = files.wal.as_ref().ok_or(Error::ReadOnly)?;
        let log = file.attributes().map_err(Error::io("reading the log's attributes"))?;
        if log.size < frame_offset(tail.frame + 1, now.page_size) {
            return Err(self.changed_log());
        }
        if log.links > 0 && !self.region.is_lost() && self.has_placed() {
            return Ok(());
        }
        self.check_files(log.key)?;
        if !wal::holds(file, now)? {
            return Err(self.changed_log());
        }
        self.note_place();
        Ok(())
    }

    fn publish_synced(&self, goal: &Goal<'_>, now: &Snapshot, tail: Tail) -> Result<()> {
        let words = self.region.words();
        let (pgnos, sums) = goal.pending_pages(words, now, tail.frame)?;
        // A process that died in a publication of its own may have left the counts apart.
        let commits = tail.count.wrapping_sub(now.transaction_count as u32);
        let commits = u64::from(commits).min(pgnos.len() as u64).max(1);
        self.publish_frames(Held { sync: true, ..Held::default() }, now, &pgnos, commits, sums)?;
        // Who has appended during the sync would have shared it, had it begun a little later.
        let has_company =
            commits > 1 || Tail::load(words) != tail || words.load64(at::WRITER_OWNER) != 0;
        let left = sharing::company(words).saturating_sub(1);
        words.store32(at::COMPANY, if has_company { SYNCS_WITHOUT_COMPANY } else { left });
        Ok(())
    }
}

impl Goal<'_> {
    /// Pages of the frames after those that are published, up to `to`, and the checksum there.
    fn pending_pages(
        &self,
        words: &impl Words,
        now: &Snapshot,
        to: u64,
    ) -> Result<(Vec<u32>, (u32, u32))> {
        let from = now.max_frame;
        if to < self.frame {
            return Err(Error::Corrupt(
                "the log's end is before a commit that waits for it".into(),
            ));
        }
        let mut pgnos = Vec::with_capacity(self.pgnos.len());
        let mut sums = self.sums;
        for frame in from + 1..=to {
            if (self.first()..=self.frame).contains(&frame) {
                pgnos.push(self.pgnos[(frame - self.first()) as usize]);
                sums = self.sums;
                continue;
            }
            let pending = pending_frame(words, self.log()?, frame, now)?;
            pgnos.push(pending.pgno);
            sums = pending.checksum;
        }
        Ok((pgnos, sums))
    }
}

fn restarted() -> Error {
    // The log is restarted only by one who is alone, and we are still here.
    Error::Protocol("the log was restarted during a commit".into())
}

fn failed() -> Error {
    Error::disk(DiskOperation::Fsync)(std::io::Error::other("another process could not sync it"))
}
