//! Starting a new generation of the log. (TSHM v1 §4.17)

use crate::connection::connection::Connection;
use crate::error::{Error, Result};
use crate::format::words::Words;
use crate::format::{frame_index, proof};
use crate::kernel::locks::is_classic;
use crate::kernel::random::random;
use crate::region::pins::GUARD_TIME;
use crate::shared::entry::{Entry, Held};
use crate::shared::gate::Permit;
use crate::shared::keeper::keep;

impl Connection {
    /// Whether the log may keep its length at a restart.
    pub fn keeps_log_length(&mut self) -> Result<bool> {
        self.check_writing()?;
        let is_shared = self.entry.region.is_shared();
        Ok(!is_shared || (!self.entry.has_peers() && !is_classic() && self.entry.take_lease()?))
    }

    /// Before the first append: starts a new generation when all of this one is copied back and nobody else reads or
    /// copies. False: append as usual. (TSHM v1 §4.17.)
    pub fn try_restart(&mut self) -> Result<bool> {
        self.check_writing()?;
        let Some(slot) = self.read.slot.filter(|_| !self.turn.is_joined) else { return Ok(false) };
        let entry = self.entry.clone();
        let permit = self.ask()?;
        // A checkpointer at work relies on the generation that it began with.
        let takes_checkpointer = !self.held.checkpointer;
        if takes_checkpointer && !entry.take_checkpointer()? {
            return Ok(false);
        }
        let _checkpointer = takes_checkpointer.then(|| entry.on_leave(Entry::release_checkpointer));
        self.restart(&permit, Some(slot))
    }

    /// Under both locks. `own` is the slot of the connection's own transaction.
    pub(crate) fn restart(&mut self, _: &Permit, own: Option<usize>) -> Result<bool> {
        let entry = self.entry.clone();
        let held = Held { writer: true, checkpointer: true, ..Held::default() };
        let (now, _) = entry.read_snapshot(held)?;
        if now.max_frame != now.backfilled_frames || now.generation() != self.read.view.generation()
        {
            return Ok(false);
        }
        let io = || Error::io("looking at the reader slots");
        // Nearly always somebody reads, if anybody does. Then no guard is raised, which would hold up peers for nothing.
        if self.has_readers(own)? {
            return Ok(false);
        }
        if entry.region.is_shared() && entry.pins().raise_guard(&entry.region).map_err(io())? {
            guard_watch(&entry);
        }
        // Everything is published as copied back. A reader who registers from here on finds that, and needs no frame.
        entry.region.words().fence();
        if self.has_readers(own)? {
            return Ok(false);
        }
        let words = entry.region.words();
        proof::clear(words);
        frame_index::reset(words);
        let salt = random() as u32;
        let published = entry.publish(held, |snapshot| {
            snapshot.max_frame = 0;
            snapshot.backfilled_frames = 0;
            snapshot.checkpoint_seq = snapshot.checkpoint_seq.wrapping_add(1);
            snapshot.salt1 = snapshot.salt1.wrapping_add(1);
            snapshot.salt2 = salt;
            snapshot.checkpoint_epoch = snapshot.checkpoint_epoch.wrapping_add(1);
        })?;
        // Frames are overwritten after this. Pairs with the fence in `is_pin_intact`.
        words.store_fence();
        if own.is_some() {
            self.adopt(published);
        } else {
            self.read.view = published;
            entry.map_mut().reset(published.generation());
        }
        Ok(true)
    }

    /// Somebody reads, in any process, besides the connection's own transaction in slot `own`.
    fn has_readers(&self, own: Option<usize>) -> Result<bool> {
        let mut pins = self.entry.pins();
        if own.is_some_and(|slot| pins.readers_of(slot) > 1) {
            return Ok(true);
        }
        let lowest = pins.lowest_live(&self.entry.region, own);
        Ok(lowest.map_err(Error::io("looking at the reader slots"))?.is_some())
    }

    /// The first commit of a generation: the guard stays for its full time from here.
    pub(crate) fn keep_guard(&self) {
        let mut pins = self.entry.pins();
        if pins.has_guard() {
            // It is up already, so nothing is locked here, and nothing can fail.
            let _ = pins.raise_guard(&self.entry.region);
        }
    }
}

/// Takes the guard down when its time is over: a process that went idle would otherwise hold up the checkpoints of peers.
fn guard_watch(entry: &std::sync::Arc<Entry>) {
    let look = |entry: &Entry| entry.pins().lower_guard(&entry.region);
    // Without a thread the guard stands until the connection closes, which is slow and safe.
    keep(std::sync::Arc::downgrade(entry), GUARD_TIME, look);
}
