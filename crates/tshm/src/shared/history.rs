//! Commits that were undone.
//!
//! A peer of another kind that opens may install the snapshot that it read some time before, and commits that were published in
//! between are no longer there (TSHM v1 §7.3). Their frames are still in the log, until somebody appends: over them. What this process knew
//! of them, in its map, in page caches, in open transactions, is then wrong, although nothing got shorter in the end.
//!
//! The checksum after a frame depends on all frames before it. So the map keeps a *mark*, the furthest point it knows to have
//! been published, with its checksum, and a snapshot of the same generation is compared with that:
//!
//! ```text
//! snapshot ends     evidence                                          if it speaks against the mark
//! before the mark   that it does, seen after the mark was looked at   roll forward, as far as the log still has the frames
//! at the mark       its checksum                                      the map begins anew
//! beyond it         the header of the mark's frame, in the log        the map begins anew
//! ```
//!
//! The last costs a short read, where others have committed since. A writer who has joined others needs none: while byte 1
//! is held nobody overwrites anything.
//!
//! When the map begins anew, `Entry::undone` moves. It is part of what a page cache remembers of its state, so that such
//! a cache is dropped whole; and a transaction that began before is refused.
//!
//! What an open transaction does about it is in `connection::undone`.

use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::format::layout as at;
use crate::format::snapshot::{Generation, Snapshot};
use crate::format::words::Words;
use crate::log::wal;
use crate::shared::entry::{Entry, Held};
use crate::shared::frame_map::{FrameMap, Mark};
use crate::shared::repair::REPAIR_PATIENCE;

impl Entry {
    /// How often this process has found that commits it knew of were undone.
    #[inline]
    pub fn undone(&self) -> u32 {
        // Acquire: who sees the number sees that the map has begun anew.
        self.undone.load(Ordering::Acquire)
    }

    /// What the map knows is not so.
    pub(crate) fn forget(&self, map: &mut FrameMap) {
        map.reset(map.generation());
        self.undone.fetch_add(1, Ordering::Release);
    }

    /// The authority names fewer frames than this process knows to have been published.
    pub fn has_regressed(&self, now: &Snapshot) -> bool {
        let map = self.map();
        map.generation() == now.generation() && map.mark().frame > now.max_frame
    }

    /// The state `now`, not before the mark in its generation, includes it.
    pub(crate) fn is_continued(
        &self,
        mark: Mark,
        now: &Snapshot,
        unbroken_since: Option<u64>,
    ) -> bool {
        if mark.frame == 0 || !self.region.is_shared() {
            return true;
        }
        if now.max_frame <= mark.frame {
            return now.max_frame == mark.frame && mark.sums == (now.checksum1, now.checksum2);
        }
        unbroken_since.is_some_and(|since| mark.time > since)
            || self.log_holds(mark.frame, mark.sums, now.page_size)
    }

    /// A published frame of the log has this checksum. True also where there is none, or no log to look into.
    pub(crate) fn log_holds(&self, frame: u64, sums: (u32, u32), page_size: u32) -> bool {
        if frame == 0 {
            return true;
        }
        let Ok(Some(files)) = self.files_with_log() else { return true };
        let Some(log) = &files.wal else { return true };
        let header = wal::read_frame_header(log, frame, page_size);
        matches!(header, Ok(Some(header)) if header.checksum == sums)
    }

    /// The authority names fewer frames than this process has seen of the generation: a peer's repair has undone
    /// commits. They are still in the log, unless somebody has written over them, so they are
    /// made visible again. (TSHM v1 §7.3, §4.20.4.)
    pub fn recover_undone(&self, held: Held) -> Result<()> {
        let (generation, mark) = {
            let map = self.map();
            (map.generation(), map.mark())
        };
        // Only what the authority says *after* the map was looked at can show it.
        let (now, _) = self.read_snapshot(held)?;
        if now.generation() != generation || now.max_frame >= mark.frame {
            return Ok(());
        }
        if !held.writer && self.take_writer_alone(REPAIR_PATIENCE)?.is_none() {
            // Whoever holds the lock looks for leftovers himself. What we know can no longer be relied on.
            self.forget(&mut self.map_mut());
            return Ok(());
        }
        let _writer = (!held.writer).then(|| self.on_leave(Entry::release_writer));
        self.roll_forward(Held { writer: true, ..held }, generation, mark)
    }

    /// Under the writer's lock.
    fn roll_forward(&self, held: Held, generation: Generation, mark: Mark) -> Result<()> {
        let (now, _) = self.read_snapshot(held)?;
        if now.generation() != generation || now.max_frame >= mark.frame {
            return Ok(());
        }
        if !self.publish_rest(held, &now, mark)? {
            self.forget(&mut self.map_mut());
        }
        Ok(())
    }

    /// Alone, with both locks: publishes whatever commits the log has beyond its published part.
    pub(crate) fn recover_rest(&self, held: Held) -> Result<()> {
        // What nobody could sync never happened.
        if self.region.words().load32(at::SYNC_FAILED) != 0 {
            return Ok(());
        }
        self.recover_undone(held)?;
        let (now, _) = self.read_snapshot(held)?;
        let mark = {
            let map = self.map();
            if map.generation() == now.generation() { map.mark() } else { Mark::default() }
        };
        self.publish_rest(held, &now, mark).map(|_| ())
    }

    /// Publishes the commits that follow `now` in the log. True: all that was known is among them.
    fn publish_rest(&self, held: Held, now: &Snapshot, mark: Mark) -> Result<bool> {
        let Some(files) = self.files_with_log()? else { return Ok(false) };
        let Some(log) = &files.wal else { return Ok(false) };
        // What nobody could sync never happened; its authors were told so.
        if self.region.words().load32(at::SYNC_FAILED) != 0 {
            return Ok(false);
        }
        let io = || Error::io("reading the log to recover commits");
        let Some(header) = wal::read_header(log).map_err(io())? else { return Ok(false) };
        if !header.is_of(now) {
            return Ok(false);
        }
        let chain =
            if now.max_frame == 0 { header.checksum } else { (now.checksum1, now.checksum2) };
        let scan = wal::scan(log, &header, now.max_frame + 1, chain).map_err(io())?;
        if scan.commits == 0 {
            return Ok(false);
        }
        self.sync_log(&self.ask(&files)?, log)?;
        let end = now.max_frame + scan.pgnos.len() as u64;
        let is_whole = end >= mark.frame && self.log_holds(mark.frame, mark.sums, header.page_size);
        if !is_whole {
            self.forget(&mut self.map_mut());
        }
        self.publish_frames(held, now, &scan.pgnos, scan.commits, scan.checksum)?;
        Ok(true)
    }
}
