//! The reader slots of this process.
//!
//! Connections that read the same snapshot share one slot, counted. A slot whose last reader has gone is kept,
//! locked but pinning nothing, for the next one: beginning to read is then a store and not a system
//! call. When slots get scarce they are given back at once.
//!
//! A *guard* is a slot that pins frame 0 for a second after the log was restarted: a peer whose checkpoint still
//! acts on what it saw before the restart finds a reader and does nothing (TSHM v1 §4.17, §7.9).
//! Our own checkpoints look again once they hold their locks, and ignore guards.

use std::io;
use std::time::{Duration, Instant};

use crate::format::layout::{NO_FRAME, READER_SLOTS, reader_byte};
use crate::format::owner::Owner;
use crate::format::reader_slots as slots;
use crate::format::snapshot::Generation;
use crate::kernel::holders::is_process_gone;
use crate::kernel::locks::{LockKind, is_classic};
use crate::region::region::Region;

/// Below so many free slots none is kept without a reader.
const SCARCE: u32 = 16;
/// How long a slot without its lock must look the same before its fields are cleared.
const SETTLED: Duration = Duration::from_millis(100);
pub const GUARD_TIME: Duration = Duration::from_secs(1);

struct Pin {
    slot: usize,
    generation: Generation,
    frame: u64,
    readers: u32,
}

/// A slot of which nobody holds the byte, as it was first seen.
#[derive(Clone, Copy)]
struct Suspect {
    owner: Owner,
    frame: u64,
    since: Instant,
}

#[derive(Default)]
pub struct Pins {
    taken: Vec<Pin>,
    /// A slot that we hold and nobody reads in.
    idle: Option<usize>,
    guard: Option<(usize, Instant)>,
    suspects: Vec<Option<Suspect>>,
}

impl Pins {
    /// Registers a reader of a frame. None: all slots are taken by the living.
    pub fn pin(
        &mut self,
        region: &Region,
        generation: Generation,
        frame: u64,
    ) -> io::Result<Option<usize>> {
        for pin in &mut self.taken {
            if pin.frame == frame && pin.generation == generation {
                pin.readers += 1;
                return Ok(Some(pin.slot));
            }
        }
        let words = region.words();
        let slot = match self.idle.take() {
            // Classic locks may have been lost since, and the slot with them.
            Some(slot)
                if !is_classic()
                    || region.locks().try_lock(LockKind::Exclusive, reader_byte(slot))? =>
            {
                if slots::is_marked_free(words, slot) {
                    slots::claim_bit(words, slot);
                }
                slots::publish(words, slot, region.owner(), frame);
                Some(slot)
            }
            _ => self.acquire(region, region.owner(), frame)?,
        };
        if let Some(slot) = slot {
            self.taken.push(Pin { slot, generation, frame, readers: 1 });
        }
        Ok(slot)
    }

    pub fn unpin(&mut self, region: &Region, slot: usize) {
        let Some(index) = self.taken.iter().position(|pin| pin.slot == slot) else { return };
        let pin = &mut self.taken[index];
        pin.readers -= 1;
        if pin.readers > 0 {
            return;
        }
        self.taken.swap_remove(index);
        if self.idle.is_none() && slots::free_count(region.words()) >= SCARCE {
            slots::set_frame(region.words(), slot, NO_FRAME);
            self.idle = Some(slot);
        } else {
            release(region, slot);
        }
    }

    /// The only reader of a slot goes on to another snapshot, which it has made itself.
    pub fn move_pin(&mut self, region: &Region, slot: usize, generation: Generation, frame: u64) {
        if let Some(pin) = self.taken.iter_mut().find(|pin| pin.slot == slot) {
            pin.generation = generation;
            pin.frame = frame;
            slots::set_frame(region.words(), slot, frame);
        }
    }

    pub fn readers_of(&self, slot: usize) -> u32 {
        self.taken.iter().find(|pin| pin.slot == slot).map_or(0, |pin| pin.readers)
    }

    /// States the registration of a slot again. False: it had been erased, by a peer that released its own too
    /// late (TSHM v1 §7.7), and the snapshot was not protected for a while.
    pub fn restate(&self, region: &Region, slot: usize) -> bool {
        let Some(pin) = self.taken.iter().find(|pin| pin.slot == slot) else { return false };
        let words = region.words();
        let is_intact = slots::frame(words, slot) == pin.frame
            && slots::owner(words, slot) == region.owner()
            && !slots::is_marked_free(words, slot);
        let byte = reader_byte(slot);
        let is_ours = || {
            !is_classic() || matches!(region.locks().try_lock(LockKind::Exclusive, byte), Ok(true))
        };
        if !is_intact && is_ours() {
            slots::claim_bit(words, slot);
            slots::publish(words, slot, region.owner(), pin.frame);
        }
        is_intact
    }

    fn is_ours(&self, slot: usize) -> bool {
        self.idle == Some(slot)
            || self.guard.is_some_and(|(guard, _)| guard == slot)
            || self.taken.iter().any(|pin| pin.slot == slot)
    }

    fn acquire(&mut self, region: &Region, owner: Owner, frame: u64) -> io::Result<Option<usize>> {
        if let Some(slot) = self.try_acquire(region, owner, frame)? {
            return Ok(Some(slot));
        }
        // Perhaps some of those marked as taken belong to the dead.
        for slot in 0..READER_SLOTS {
            if !self.is_ours(slot) && !slots::is_marked_free(region.words(), slot) {
                self.reclaim(region, slot)?;
            }
        }
        self.try_acquire(region, owner, frame)
    }

    fn try_acquire(&self, region: &Region, owner: Owner, frame: u64) -> io::Result<Option<usize>> {
        let words = region.words();
        for slot in 0..READER_SLOTS {
            if self.is_ours(slot) || !slots::claim_bit(words, slot) {
                continue;
            }
            if region.locks().try_lock(LockKind::Exclusive, reader_byte(slot))? {
                slots::publish(words, slot, owner, frame);
                return Ok(Some(slot));
            }
            slots::return_bit(words, slot);
        }
        Ok(None)
    }

    /// Clears a slot of somebody who is gone: at once when no such process exists, otherwise when it has looked
    /// the same, without its lock, for a while. A peer may be about to clear it himself.
    fn reclaim(&mut self, region: &Region, slot: usize) -> io::Result<bool> {
        let words = region.words();
        let (owner, frame) = (slots::owner(words, slot), slots::frame(words, slot));
        self.suspects.resize(READER_SLOTS, None);
        let suspect = &mut self.suspects[slot];
        if region.locks().is_held_elsewhere(reader_byte(slot))? {
            *suspect = None;
            return Ok(false);
        }
        let now = Instant::now();
        let is_known = suspect.is_some_and(|seen| seen.owner == owner && seen.frame == frame);
        if !is_known {
            *suspect = Some(Suspect { owner, frame, since: now });
        }
        let is_settled = suspect.is_some_and(|seen| now - seen.since >= SETTLED);
        let is_gone = owner != Owner::NONE && is_process_gone(owner.pid());
        if !is_gone && !is_settled {
            return Ok(false);
        }
        if !region.locks().try_lock(LockKind::Exclusive, reader_byte(slot))? {
            return Ok(false);
        }
        let is_unchanged = slots::owner(words, slot) == owner && slots::frame(words, slot) == frame;
        if is_unchanged {
            slots::reset(words, slot);
        }
        region.locks().unlock(reader_byte(slot));
        self.suspects[slot] = None;
        Ok(is_unchanged)
    }

    /// The lowest frame that a living reader pins, in any process, guards and `except` aside.
    pub fn lowest_live(
        &mut self,
        region: &Region,
        except: Option<usize>,
    ) -> io::Result<Option<u64>> {
        let mut lowest = None;
        for slot in 0..READER_SLOTS {
            let frame = slots::frame(region.words(), slot);
            if frame != NO_FRAME && except != Some(slot) && self.is_live(region, slot)? {
                lowest = Some(lowest.map_or(frame, |low: u64| low.min(frame)));
            }
        }
        Ok(lowest)
    }

    fn is_live(&mut self, region: &Region, slot: usize) -> io::Result<bool> {
        if self.guard.is_some_and(|(guard, _)| guard == slot) {
            return Ok(false);
        }
        if self.is_ours(slot) {
            return Ok(true);
        }
        if region.locks().is_held_elsewhere(reader_byte(slot))? {
            return Ok(!slots::owner(region.words(), slot).is_guard());
        }
        let is_erased = self.reclaim(region, slot)?;
        // Where a living reader can lose its lock, it is erased first, so that it notices, and only then ignored.
        Ok(is_classic() && !is_erased && slots::frame(region.words(), slot) != NO_FRAME)
    }

    /// Clears the slots of the dead that pin nothing: `lowest_live` has no reason to look at them, and a killed process
    /// leaves the one that it kept for its next reader.
    pub fn reclaim_idle(&mut self, region: &Region) -> io::Result<()> {
        for slot in 0..READER_SLOTS {
            let words = region.words();
            let is_idle =
                !slots::is_marked_free(words, slot) && slots::frame(words, slot) == NO_FRAME;
            if is_idle && !self.is_ours(slot) {
                self.reclaim(region, slot)?;
            }
        }
        Ok(())
    }

    /// The frames that living readers pin.
    pub fn live(&mut self, region: &Region) -> io::Result<Vec<u64>> {
        let mut frames = Vec::new();
        for slot in 0..READER_SLOTS {
            let frame = slots::frame(region.words(), slot);
            if frame != NO_FRAME && self.is_live(region, slot)? {
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    /// Raises the guard, or keeps it up for longer. True when it is new and somebody must take it down.
    pub fn raise_guard(&mut self, region: &Region) -> io::Result<bool> {
        let until = Instant::now() + GUARD_TIME;
        if let Some((_, end)) = &mut self.guard {
            *end = until;
            return Ok(false);
        }
        let slot = self.acquire(region, region.owner().guard(), 0)?;
        self.guard = slot.map(|slot| (slot, until));
        Ok(self.guard.is_some())
    }

    pub fn has_guard(&self) -> bool {
        self.guard.is_some()
    }

    /// Takes the guard down when its time is over. The time that is left, if any.
    pub fn lower_guard(&mut self, region: &Region) -> Option<Duration> {
        let (slot, until) = self.guard?;
        let now = Instant::now();
        if now < until {
            return Some(until - now);
        }
        self.guard = None;
        release(region, slot);
        None
    }

    /// Gives everything back.
    pub fn release_all(&mut self, region: &Region) {
        let guard = self.guard.take().map(|(slot, _)| slot);
        let pinned = self.taken.drain(..).map(|pin| pin.slot);
        for slot in pinned.chain(self.idle.take()).chain(guard) {
            release(region, slot);
        }
    }
}

/// Fields first, the lock last.
fn release(region: &Region, slot: usize) {
    let owner = slots::owner(region.words(), slot);
    let is_ours = owner == region.owner() || owner == region.owner().guard();
    // A slot whose classic lock was lost may be another's by now.
    if is_ours || !is_classic() {
        slots::reset(region.words(), slot);
    }
    region.locks().unlock(reader_byte(slot));
}
