//! Whose turn it is: to append, to sync, to checkpoint, to be let in next.
//!
//! The format has one lock for writers, byte 1, and wants it exclusively. Processes of this engine may hold it
//! *together*, shared: to a peer of another kind that is a writer at work. Among themselves they use bytes of their own,
//! far above the others:
//!
//! | byte | name | its holder |
//! |---|---|---|
//! | 2^30 | turnstile | is let in next |
//! | 2^30 + 1 | X | appends to the log |
//! | 2^30 + 2 | S | syncs the log, and publishes what is in it |
//! | 2^30 + 3 | | copies the log back |
//!
//! X and S are words rather than bytes where that is safe (`word_lock`).
//!
//! Who takes X and finds nobody in byte 1 is *alone*: he has it exclusively, and all that the format says of a writer is true
//! of him. Who finds others of this engine there has *joined* them: they have appended and are still syncing, and
//! what they appended is what he builds on. No peer can come in between, for one of them holds byte 1 at any moment.
//!
//! The kernel's locks and the words tell processes apart; the flags here tell the connections and threads of a process apart. Each
//! is taken flag first, lock second, and given back the other way round.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::format::awaited;
use crate::format::layout as at;
use crate::format::owner::Owner;
use crate::format::tail::Tail;
use crate::format::words::{Sleepers, Words};
use crate::kernel::clock::monotonic_ms;
use crate::kernel::locks::{LockKind, is_classic};
use crate::region::life::Life;
use crate::shared::entry::Entry;

/// Longest sleep between two looks at a lock: its holder may have died, and the dead wake nobody.
pub const LONGEST_SLEEP: Duration = Duration::from_micros(500);
/// How long who stands at the turnstile may go without looking for his turn before others pass him by, in ms. He looks
/// every half a millisecond, unless he is stopped, dead, or has got X.
const STANDING: u64 = 20;
/// How long a peer of another kind that was met at work counts as being there.
const PEER_TIME: Duration = Duration::from_secs(2);

/// A lock in a word or, with classic locks, a byte.
#[derive(Clone, Copy)]
struct WordLock {
    word: usize,
    byte: u64,
}

const X: WordLock = WordLock { word: at::APPEND_HOLDER, byte: at::APPEND_BYTE };
const S: WordLock = WordLock { word: at::SYNC_HOLDER, byte: at::SYNC_BYTE };

/// X was taken, and byte 1 with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    Alone {
        /// The last holder died in it.
        was_left: bool,
    },
    Joined,
}

fn io() -> impl FnOnce(std::io::Error) -> Error {
    Error::io("locking the coordination file")
}

impl Entry {
    // ── Writers ─────────────────────────────────────────────────────────────────────────────────

    /// Takes X and byte 1, for a transaction. None: busy. `checks`: or left by one who died.
    pub fn try_writer(&self, checks: bool) -> Result<Option<Turn>> {
        self.try_writer_as(self.region.owner(), checks)
    }

    fn try_writer_as(&self, owner: Owner, checks: bool) -> Result<Option<Turn>> {
        if !self.take_word(&self.writer, X, checks)? {
            return Ok(None);
        }
        let entered = self.enter_writer_byte();
        let Ok(Some(is_alone)) = entered else {
            self.give_back_word(&self.writer, X);
            self.signal_writers();
            return entered.map(|_| None);
        };
        let words = self.region.words();
        let was_left = words.load64(at::WRITER_OWNER) != 0;
        words.store64(at::WRITER_OWNER, owner.0);
        Ok(Some(if is_alone { Turn::Alone { was_left } } else { Turn::Joined }))
    }

    /// Under X. Some(true): exclusively, nobody else is there. Some(false): together with others of this engine. None: a peer
    /// of another kind is writing.
    fn enter_writer_byte(&self) -> Result<Option<bool>> {
        let locks = self.region.locks();
        let mut holders = self.writer_byte.lock().unwrap_or_else(PoisonError::into_inner);
        // With frames pending, those who appended them are likely still there.
        let words = self.region.words();
        let is_pending = Tail::load(words).frame > words.load64(at::MAX_FRAME);
        let is_alone = if *holders > 0 {
            false
        } else if !is_pending
            && locks.try_lock(LockKind::Exclusive, at::WRITER_BYTE).map_err(io())?
        {
            true
        } else if locks.try_lock(LockKind::Shared, at::WRITER_BYTE).map_err(io())? {
            // Those who stood against us may have gone in between, and a peer may have been there since. Others of this engine who
            // are there now have been since before we took X.
            locks.try_lock(LockKind::Exclusive, at::WRITER_BYTE).map_err(io())?
        } else {
            self.note_peer();
            return Ok(None);
        };
        *holders += 1;
        if is_alone {
            self.region.words().store64(at::SHARED_SINCE, monotonic_ms());
        }
        Ok(Some(is_alone))
    }

    /// Under X, joined: waits until the others have gone. False: the time was up.
    pub fn drain_writers(&self, deadline: Instant) -> Result<bool> {
        let memory = self.region.words();
        loop {
            let seen = awaited::announce(memory, at::SHARE_WAITERS, at::SHARE_CHANGES);
            {
                let holders = self.writer_byte.lock().unwrap_or_else(PoisonError::into_inner);
                let locks = self.region.locks();
                if *holders == 1
                    && locks.try_lock(LockKind::Exclusive, at::WRITER_BYTE).map_err(io())?
                {
                    memory.store64(at::SHARED_SINCE, monotonic_ms());
                    return Ok(true);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            memory.wait(at::SHARE_CHANGES, seen, left.min(LONGEST_SLEEP));
        }
    }

    /// Takes the writer's locks for upkeep, and is alone with them. `Some(true)`: their last holder died in them. None: busy.
    pub fn take_writer_alone(&self, patience: Duration) -> Result<Option<bool>> {
        let Some(turn) = self.try_writer_as(self.region.owner().upkeep(), true)? else {
            return Ok(None);
        };
        let leave = self.on_leave(Entry::release_writer);
        let was_left = match turn {
            Turn::Alone { was_left } => was_left,
            Turn::Joined if self.drain_writers(Instant::now() + patience)? => false,
            Turn::Joined => return Ok(None),
        };
        leave.stay();
        Ok(Some(was_left))
    }

    /// The writer's locks, which the caller has, are for upkeep from here on.
    pub(crate) fn hold_for_upkeep(&self) {
        self.region.words().store64(at::WRITER_OWNER, self.region.owner().upkeep().0);
    }

    /// Gives X back; what was appended is still to be synced, so byte 1 is kept, from now on together with others.
    pub fn share_writer(&self, is_joined: bool) {
        if !is_joined {
            self.share_writer_byte();
        }
        self.leave_append();
    }

    /// Byte 1 is held together with others again.
    pub(crate) fn share_writer_byte(&self) {
        let _holders = self.writer_byte.lock().unwrap_or_else(PoisonError::into_inner);
        // From exclusive to shared nothing can stand against it.
        let _ = self.region.locks().try_lock(LockKind::Shared, at::WRITER_BYTE);
    }

    /// Gives X and byte 1 back.
    pub fn release_writer(&self) {
        self.release_writer_quietly();
        self.signal_writers();
    }

    /// The same, without waking who waits for it: the caller is about to take it again. If it does not, they look by themselves.
    pub fn release_writer_quietly(&self) {
        self.region.words().store64(at::WRITER_OWNER, 0);
        self.leave_writer_byte();
        self.give_back_word(&self.writer, X);
    }

    fn leave_append(&self) {
        self.region.words().store64(at::WRITER_OWNER, 0);
        self.give_back_word(&self.writer, X);
        self.signal_writers();
    }

    /// What was shared is synced and published.
    pub fn release_share(&self) {
        self.leave_writer_byte();
        awaited::signal(self.region.words(), at::SHARE_WAITERS, at::SHARE_CHANGES, i32::MAX);
    }

    fn leave_writer_byte(&self) {
        let mut holders = self.writer_byte.lock().unwrap_or_else(PoisonError::into_inner);
        *holders -= 1;
        if *holders == 0 {
            self.region.locks().unlock(at::WRITER_BYTE);
        }
    }

    /// Lets a peer of another kind have a chance at byte 1, which processes of this engine, each joining the last, would
    /// otherwise never leave. Under X, alone. False: there was one, and nothing is held any more.
    pub fn pause_for_peers(&self, pause: Duration) -> bool {
        self.leave_writer_byte();
        std::thread::sleep(pause);
        let entered = self.enter_writer_byte();
        let is_alone = matches!(entered, Ok(Some(true)));
        if !is_alone {
            if matches!(entered, Ok(Some(false))) {
                self.leave_writer_byte();
            }
            self.leave_append();
        }
        // A lock that fails says so again at the next attempt. By then nothing is held that could be given back twice.
        is_alone
    }

    /// How long byte 1 has been held without a pause.
    pub fn shared_for(&self) -> Duration {
        let since = self.region.words().load64(at::SHARED_SINCE);
        Duration::from_millis(monotonic_ms().saturating_sub(since))
    }

    /// Another process, or another connection of this one, is appending.
    pub fn is_writer_busy(&self) -> bool {
        self.writer.load(Ordering::Acquire) || self.is_word_held_elsewhere(X).unwrap_or(true)
    }

    /// Somebody waits for X.
    pub fn is_writer_awaited(&self) -> bool {
        self.region.words().load32(at::WRITER_WAITERS) != 0
    }

    fn signal_writers(&self) {
        // Only who stands at the turnstile sleeps there.
        awaited::signal(self.region.words(), at::WRITER_WAITERS, at::WRITER_CHANGES, 1);
    }

    // ── Who syncs ───────────────────────────────────────────────────────────────────────────────

    /// `checks`: its holder may be dead.
    pub fn take_sync(&self, checks: bool) -> Result<bool> {
        self.take_word(&self.sync, S, checks)
    }

    pub(crate) fn release_sync(&self) {
        self.give_back_word(&self.sync, S);
    }

    // ── Who checkpoints ─────────────────────────────────────────────────────────────────────────

    /// Takes the checkpointer's lock.
    pub fn take_checkpointer(&self) -> Result<bool> {
        self.take_checkpointer_as(self.region.owner())
    }

    /// The same, to put things in order.
    pub(crate) fn take_checkpointer_for_upkeep(&self) -> Result<bool> {
        self.take_checkpointer_as(self.region.owner().upkeep())
    }

    fn take_checkpointer_as(&self, owner: Owner) -> Result<bool> {
        if !self.take(&self.checkpointer, at::OWN_CHECKPOINT_BYTE)? {
            return Ok(false);
        }
        let entered = self.enter_checkpoint_byte();
        if !matches!(entered, Ok(true)) {
            self.give_back(&self.checkpointer, at::OWN_CHECKPOINT_BYTE);
            return entered;
        }
        self.region.words().store64(at::CHECKPOINT_OWNER, owner.0);
        Ok(true)
    }

    /// A checkpoint of this engine is at work, and so byte 2 says nothing of a peer.
    pub(crate) fn is_checkpointing(&self) -> Result<bool> {
        Ok(self.checkpointer.load(Ordering::Acquire)
            || self.region.locks().is_held_elsewhere(at::OWN_CHECKPOINT_BYTE).map_err(io())?)
    }

    /// Byte 2, exclusively or, beside a lease of this engine, shared. A peer of another kind keeps us out of both.
    fn enter_checkpoint_byte(&self) -> Result<bool> {
        let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        if *lease {
            return Ok(true);
        }
        let locks = self.region.locks();
        Ok(locks.try_lock(LockKind::Exclusive, at::CHECKPOINT_BYTE).map_err(io())?
            || locks.try_lock(LockKind::Shared, at::CHECKPOINT_BYTE).map_err(io())?)
    }

    pub fn release_checkpointer(&self) {
        self.region.words().store64(at::CHECKPOINT_OWNER, 0);
        {
            let lease = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
            if !*lease {
                self.region.locks().unlock(at::CHECKPOINT_BYTE);
            }
        }
        self.give_back(&self.checkpointer, at::OWN_CHECKPOINT_BYTE);
    }

    // ── The turnstile ───────────────────────────────────────────────────────────────────────────

    pub fn take_turnstile(&self) -> Result<bool> {
        let is_taken = self.take(&self.turnstile, at::TURNSTILE_BYTE)?;
        if is_taken {
            self.note_standing();
            self.region.words().store32(at::TURNSTILE_TAKEN, 1);
        }
        Ok(is_taken)
    }

    /// Who stands at the turnstile says so again each time he looks for his turn.
    pub fn note_standing(&self) {
        self.region.words().store64(at::TURNSTILE_SEEN, monotonic_ms());
    }

    pub fn release_turnstile(&self) {
        self.region.words().store32(at::TURNSTILE_TAKEN, 0);
        self.give_back(&self.turnstile, at::TURNSTILE_BYTE);
        self.region.words().signal(at::TURNSTILE_CHANGES, 1);
    }

    /// Somebody stands at the turnstile and would take his turn if he got it. Who is dead or stopped does not, and
    /// then nobody comes after him.
    pub fn is_turnstile_taken(&self) -> bool {
        let words = self.region.words();
        words.load32(at::TURNSTILE_TAKEN) != 0
            && monotonic_ms().abs_diff(words.load64(at::TURNSTILE_SEEN)) < STANDING
    }

    // ── Peers of another kind ───────────────────────────────────────────────────────────────────

    pub fn note_peer(&self) {
        self.region.words().store64(at::PEER_SEEN, monotonic_ms().max(1));
    }

    /// A peer of another kind has been writing lately: it must find gaps between our transactions.
    pub fn has_peers(&self) -> bool {
        let seen = self.region.words().load64(at::PEER_SEEN);
        seen != 0 && monotonic_ms().abs_diff(seen) < PEER_TIME.as_millis() as u64
    }

    // ── Looks at the database's locks ───────────────────────────────────────────────────────────

    /// Whoever publishes has seen that no `SQLite` has the database for itself.
    pub fn note_look(&self) {
        self.region.words().store64(at::LOOKED_AT, monotonic_ms());
    }

    /// That was a moment ago, so one who joins others need not look himself before he writes.
    pub fn has_looked(&self) -> bool {
        monotonic_ms().abs_diff(self.region.words().load64(at::LOOKED_AT)) <= 1
    }

    /// The files were in their places.
    pub fn note_place(&self) {
        self.region.words().store64(at::PLACED_AT, monotonic_ms());
    }

    /// That was a moment ago. To look by name at every commit would cost more than the rest of a publication.
    pub fn has_placed(&self) -> bool {
        monotonic_ms().abs_diff(self.region.words().load64(at::PLACED_AT)) <= 1
    }

    // ── Flags and words ─────────────────────────────────────────────────────────────────────────

    fn take(&self, flag: &AtomicBool, byte: u64) -> Result<bool> {
        // Acquire: pairs with the release in `give_back`, so that the next holder sees what the last one did.
        if flag.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return Ok(false);
        }
        let answer = self.region.locks().try_lock(LockKind::Exclusive, byte);
        if !matches!(answer, Ok(true)) {
            flag.store(false, Ordering::Release);
        }
        answer.map_err(io())
    }

    fn give_back(&self, flag: &AtomicBool, byte: u64) {
        self.region.locks().unlock(byte);
        flag.store(false, Ordering::Release);
    }

    /// X and S are words for this process, and not bytes.
    fn has_words(&self) -> bool {
        self.region.is_shared() && !is_classic()
    }

    fn take_word(&self, flag: &AtomicBool, lock: WordLock, checks: bool) -> Result<bool> {
        let (region, locks) = (&self.region, self.region.locks());
        if !self.has_words() {
            return self.take(flag, lock.byte);
        }
        if flag.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return Ok(false);
        }
        let answer = region.life().take(region.words(), locks, lock.word, checks);
        if !matches!(answer, Ok(true)) {
            flag.store(false, Ordering::Release);
        }
        answer.map_err(io())
    }

    fn give_back_word(&self, flag: &AtomicBool, lock: WordLock) {
        if !self.has_words() {
            return self.give_back(flag, lock.byte);
        }
        self.region.life().give_back(self.region.words(), lock.word);
        flag.store(false, Ordering::Release);
    }

    fn is_word_held_elsewhere(&self, lock: WordLock) -> std::io::Result<bool> {
        let locks = self.region.locks();
        if self.has_words() {
            Life::is_held_elsewhere(self.region.words(), locks, lock.word)
        } else {
            locks.is_held_elsewhere(lock.byte)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{process, sidecar};

    #[test]
    fn who_opens_first_clears_all_words_of_this_engine() {
        let (_folder, path) = sidecar();
        let one = process(&path);
        let words = one.region.words();
        for word in (at::TAIL..at::OWN_END).step_by(8) {
            words.store64(word, u64::MAX);
        }
        one.region.reset_owners();
        assert!((at::TAIL..at::OWN_END).step_by(8).all(|word| words.load64(word) == 0));
    }

    #[test]
    fn who_stands_at_the_turnstile_and_does_not_go_on_stands_there_for_nobody() {
        if is_classic() {
            return;
        }
        let (_folder, path) = sidecar();
        let (one, other) = (process(&path), process(&path));
        assert!(!one.is_turnstile_taken());
        assert!(other.take_turnstile().unwrap());
        assert!(one.is_turnstile_taken());
        std::thread::sleep(Duration::from_millis(30));
        assert!(!one.is_turnstile_taken() && !one.take_turnstile().unwrap());
        other.note_standing();
        assert!(one.is_turnstile_taken());
        other.release_turnstile();
        assert!(!one.is_turnstile_taken() && one.take_turnstile().unwrap());
    }
}
