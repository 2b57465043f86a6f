//! Syncing for several commits, and publishing them.
//!
//! *Who syncs?* One process at a time. If two processes commit in turn, the first one's wait is ended by the second, who has
//! appended last, and syncs for both: nobody has to be woken for that. Who would begin a sync while another is appending leaves it
//! to him. A sync of more than two has its company by itself, from those who append while the one before it runs. Where there was
//! company lately, nobody waits for it longer than `PATIENCE`.
//!
//! *And if that one does not go on?* From the dead S is taken. From the living it cannot be: he may be about to publish. So whoever has
//! waited for his busy timeout gives up, and tells his user that the outcome is unknown. His frames stay with the group: the one who has S, when
//! he goes on, or somebody else, when that one dies, publishes them, and whoever comes alone after that finds them in the log. Nobody is
//! told of a failure that may yet be a success. A disk may stall too, so only those share syncs who have some
//! patience (`connection::group`).

use std::time::{Duration, Instant};

use crate::error::{DiskOperation, Error, Result};
use crate::format::layout as at;
use crate::format::snapshot::{self, Generation, Snapshot};
use crate::format::tail::Tail;
use crate::format::words::Words;
use crate::log::frame::frame_offset;
use crate::log::stored::Stored;
use crate::log::wal::{self, pending_frame};
use crate::shared::entry::{Entry, Held};
use crate::shared::gate::Permit;
use crate::shared::open_files::Files;
use crate::shared::sentry::await_unseized;

/// How long a commit waits for another to share its sync with, where the last ones were shared.
const PATIENCE: Duration = Duration::from_micros(250);
/// Commits that a sync waits for.
const EXPECTED: u32 = 2;
/// After so many syncs that met nobody, a writer counts as being the only one.
const SYNCS_WITHOUT_COMPANY: u32 = 3;
/// How long somebody takes at most who is about to begin or to end a sync.
const ABOUT_TO: Duration = Duration::from_micros(200);
/// A sync that takes longer than this may have lost its author.
const SUSPICIOUS: Duration = Duration::from_millis(2);

/// A nap counts as no longer than this: who was stopped in it himself has not waited.
const LONGEST_NAP: Duration = Duration::from_millis(20);

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

    fn first(&self) -> u64 {
        self.frame + 1 - self.pgnos.len() as u64
    }
}

/// Syncs for which company is still expected.
pub(crate) fn company(entry: &Entry) -> u32 {
    entry.region.words().load32(at::COMPANY)
}

/// What is to be done next by one who waits.
enum Next {
    Done,
    /// If somebody else is at it, to sleep.
    Sync(Sleep),
    Sleep(Sleep),
}

struct Sleep {
    /// The word to sleep on, and what it was.
    word: usize,
    seen: u32,
    time: Duration,
}

impl Entry {
    /// Waits until somebody has published the goal, or does it. After `patience` of waiting for others it is an error.
    pub(crate) fn await_published(&self, goal: &Goal<'_>, patience: Duration) -> Result<()> {
        let memory = self.region.words();
        let mut until = None;
        let mut is_suspicious = false;
        // Since when S is taken although no sync is running.
        let mut taken_since = None;
        let mut waited = Duration::ZERO;
        loop {
            let (is_taken, Sleep { word, seen, time }) =
                match self.next_step(goal, &mut until, is_suspicious)? {
                    Next::Done => return Ok(()),
                    Next::Sync(_) if self.take_sync(is_suspicious)? => {
                        let _sync = self.on_leave(Entry::end_sync);
                        self.sync(goal)?;
                        taken_since = None;
                        is_suspicious = false;
                        continue;
                    }
                    // Somebody else is about to begin, or has just ended. In both cases the word moves.
                    Next::Sync(sleep) => (true, sleep),
                    Next::Sleep(sleep) => (false, sleep),
                };
            if waited >= patience {
                return Err(Error::OutcomeUnknown);
            }
            let start = Instant::now();
            if !is_taken {
                taken_since = None;
            }
            let since = if is_taken { *taken_since.get_or_insert(start) } else { start };
            memory.wait(word, seen, time);
            waited += start.elapsed().min(LONGEST_NAP);
            is_suspicious = (is_taken || time == SUSPICIOUS) && since.elapsed() >= SUSPICIOUS;
        }
    }

    fn next_step(
        &self,
        goal: &Goal<'_>,
        until: &mut Option<Instant>,
        is_suspicious: bool,
    ) -> Result<Next> {
        let words = self.region.words();
        let epoch = words.load32(at::SYNC_EPOCH);
        // The numbers first: a sync that ends after we looked has moved one, and then the sleep does not begin.
        let [running, next] = [epoch, epoch.wrapping_add(1)].map(sync_end);
        let seen = [running, next].map(|word| words.load32(word));
        let sync = Next::Sync(Sleep { word: next, seen: seen[1], time: ABOUT_TO });
        let Some((now, _)) = snapshot::try_read(words) else {
            // Being published just now, or left half-way by somebody who died.
            return Ok(if is_suspicious {
                sync
            } else {
                Next::Sleep(Sleep { word: running, seen: seen[0], time: SUSPICIOUS })
            });
        };
        if goal.is_reached(&now)? {
            return Ok(Next::Done);
        }
        if words.load32(at::SYNC_FAILED) != 0 {
            return Err(failed());
        }
        if is_suspicious {
            return Ok(sync);
        }
        match u64::from(words.load32(at::SYNC_TARGET)) {
            0 => {}
            target => {
                let at = usize::from(target < goal.frame);
                let word = [running, next][at];
                return Ok(Next::Sleep(Sleep { word, seen: seen[at], time: SUSPICIOUS }));
            }
        }
        let pending = Tail::load(words).count.wrapping_sub(now.transaction_count as u32);
        // Who is appending at this moment will sync for all, unless he waits until he is alone.
        let is_awaited =
            words.load64(at::WRITER_OWNER) != 0 && words.load32(at::SHARE_WAITERS) == 0;
        if is_awaited || (pending < EXPECTED && company(self) > 0) {
            let time = Instant::now();
            let left = until.get_or_insert(time + PATIENCE).saturating_duration_since(time);
            if !left.is_zero() {
                return Ok(Next::Sleep(Sleep { word: next, seen: seen[1], time: left }));
            }
        }
        Ok(sync)
    }

    /// Under S: syncs what was appended so far, and publishes it.
    fn sync(&self, goal: &Goal<'_>) -> Result<()> {
        let words = self.region.words();
        let held = Held { sync: true, ..Held::default() };
        let (now, _) = self.read_snapshot(held)?;
        if goal.is_reached(&now)? {
            return Ok(());
        }
        if words.load32(at::SYNC_FAILED) != 0 {
            return Err(failed());
        }
        let tail = Tail::load(words);
        words.store32(at::SYNC_EPOCH, words.load32(at::SYNC_EPOCH).wrapping_add(1));
        words.store32(at::SYNC_TARGET, tail.frame as u32);

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
        self.region.words().store32(at::SYNC_TARGET, 0);
        self.release_sync();
        self.signal_sync();
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
        let left = company(self).saturating_sub(1);
        words.store32(at::COMPANY, if has_company { SYNCS_WITHOUT_COMPANY } else { left });
        Ok(())
    }

    /// Wakes one of those who wait for the next sync, who begins it, and then all whom the last one carried: a disk that is idle
    /// costs more than a commit that is told of a moment later.
    fn signal_sync(&self) {
        let memory = self.region.words();
        let epoch = memory.load32(at::SYNC_EPOCH);
        // Whoever goes to sleep because a sync is running has moved `TAIL` before he looked whether one is.
        memory.fence();
        if Tail::load(memory).frame > memory.load64(at::MAX_FRAME) {
            memory.signal(sync_end(epoch.wrapping_add(1)), 1);
        }
        memory.signal(sync_end(epoch), i32::MAX);
    }
}

/// The word that counts ends of the syncs with this parity.
fn sync_end(epoch: u32) -> usize {
    at::SYNC_ENDS + (epoch % 2) as usize * 4
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

    fn is_reached(&self, now: &Snapshot) -> Result<bool> {
        // The log is restarted only by one who is alone, and we are still here.
        if now.generation() != self.generation {
            return Err(Error::Protocol("the log was restarted during a commit".into()));
        }
        Ok(now.max_frame >= self.frame)
    }
}

fn failed() -> Error {
    Error::disk(DiskOperation::Fsync)(std::io::Error::other("another process could not sync it"))
}
