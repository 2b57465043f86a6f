//! Getting a turn at writing.
//!
//! The kernel's locks and the words have no queue: whoever tries at the right moment wins, and that is the process that just
//! committed. So a waiter stands at a *turnstile*, one more lock byte far above the others:
//!
//! ```text
//! wait:   lock turnstile → wait for X and byte 1 → take them → unlock turnstile
//! begin:  is somebody at the turnstile, and has this process had its share? then busy, else try
//! ```
//!
//! A process that has written for `SHARE` while somebody stood there lets him in. Until then it may go on, so that
//! handing over costs little. One waiter stands at the turnstile, the others try for it; a dead one leaves
//! it with his locks. A stopped one keeps it, so who stands there says again and again that he is awake: if he does not, nobody yields
//! to him, and the others wait for X itself, as if there were no turnstile. If X stays free all the same,
//! whoever stands there does not take it, and after `PATIENCE` is ignored. Those who share syncs hold X for microseconds, and wait
//! for it without the turnstile until they have had bad luck for long. A peer that knows no turnstile is as fair as it
//! ever was. Nothing of this is needed for correctness.

use std::time::{Duration, Instant};

use crate::connection::connection::Connection;
use crate::connection::run::Run;
use crate::error::{Error, Result};
use crate::format::awaited;
use crate::format::layout as at;
use crate::format::tail::Tail;
use crate::format::words::{Sleepers, Words};
use crate::kernel::locks::is_classic;
use crate::shared::entry::{Entry, Held};
use crate::shared::turns::{LONGEST_SLEEP, Turn};
use crate::shared::upkeep::Attempts;

/// After so long together in byte 1, processes of this engine leave it for a moment: a peer may be waiting.
const SHARED_LONG: Duration = Duration::from_millis(50);
const PAUSE_FOR_PEERS: Duration = Duration::from_micros(300);
/// How long a writer waits for X without falling asleep.
const AWAKE: Duration = Duration::from_micros(6);
/// How long a writer tries for X beside others before he stands at the turnstile.
const UNLUCKY: Duration = Duration::from_millis(5);
/// Between two looks at the turnstile: who stands there may have died, or been stopped.
const TURNSTILE_SLEEP: Duration = Duration::from_millis(5);

/// What became of an attempt that found X free.
enum Entered {
    TimeUp,
    /// A peer has come in between, and the locks are given back.
    Lost,
    /// This writer builds on what others have appended and are still syncing.
    Joined,
    Alone {
        /// The last holder died in it.
        was_left: bool,
    },
}

impl Connection {
    /// Takes the writer's lock for the `begin_write` that follows, outside any transaction, waiting in the queue of writers
    /// if it must. False: the time was up. `end_write` gives an unused reservation back.
    ///
    /// `joins`: a single statement that will be synced. It may build on commits of others that are still being synced, for
    /// nobody hears of its outcome before they are.
    pub fn reserve_writer(&mut self, timeout: Duration, joins: bool) -> Result<bool> {
        self.check_open()?;
        if self.turn.is_reserved || self.held.writer || self.readonly {
            return Err(Error::Misuse(
                "the writer's lock is waited for once, by one who may write",
            ));
        }
        let deadline = Instant::now() + timeout;
        let mut attempts = Attempts::new();
        while !self.wait_for_writers(joins, timeout, deadline)? {
            if !attempts.go_on(&self.entry, at::WRITER_OWNER, timeout) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn wait_for_writers(
        &mut self,
        joins: bool,
        timeout: Duration,
        deadline: Instant,
    ) -> Result<bool> {
        // Who does not wait must know at once whether he would wait for the dead.
        if !self.stands_back() && self.take_turn(joins, deadline, timeout.is_zero())? {
            return Ok(true);
        }
        if timeout.is_zero() {
            return Ok(false);
        }
        if joins && (self.wait_awake()? || self.wait_among_equals(deadline)?) {
            return Ok(true);
        }
        self.wait_in_queue(joins, deadline)
    }

    /// Waits for the turnstile and then there; past one who stands there and does not go on, for X itself. False: the time
    /// was up.
    fn wait_in_queue(&mut self, joins: bool, deadline: Instant) -> Result<bool> {
        let entry = self.entry.clone();
        let memory = entry.region.words();
        loop {
            let seen = memory.load32(at::TURNSTILE_CHANGES);
            if entry.take_turnstile()? {
                let turnstile = entry.on_leave(Entry::release_turnstile);
                let granted = self.wait_for_turn(joins, deadline);
                drop(turnstile);
                self.turn.run = Run::default();
                return granted;
            }
            let (mut word, mut seen) = (at::TURNSTILE_CHANGES, seen);
            if !entry.is_turnstile_taken() {
                word = at::WRITER_CHANGES;
                seen = awaited::announce(memory, at::WRITER_WAITERS, word);
                if self.take_turn(joins, deadline, true)? {
                    awaited::take_over(memory, at::WRITER_WAITERS);
                    return Ok(true);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // Who stands there may have been stopped a moment ago. Busy means that X is taken.
                return self.take_turn(joins, deadline, true);
            }
            memory.wait(word, seen, left.min(TURNSTILE_SLEEP));
        }
    }

    /// Who holds X while syncs are shared often gives it back before one could fall asleep.
    fn wait_awake(&mut self) -> Result<bool> {
        let entry = self.entry.clone();
        let words = entry.region.words();
        let start = Instant::now();
        while start.elapsed() < AWAKE {
            for _ in 0..16 {
                std::hint::spin_loop();
            }
            if words.load64(at::WRITER_OWNER) == 0 {
                return self.take_turn(true, start, false);
            }
        }
        Ok(false)
    }

    /// Where writers share syncs each holds X for a moment only, and then waits for the disk. So they wait for X itself, and are woken in the
    /// order in which they came; who comes just then may be quicker. False: the time was up, or somebody has had bad luck for long, stands at the
    /// turnstile, and comes first.
    fn wait_among_equals(&mut self, deadline: Instant) -> Result<bool> {
        let entry = self.entry.clone();
        let memory = entry.region.words();
        let start = Instant::now();
        let until = deadline.min(start + UNLUCKY);
        // Nobody has given X back for so long that its holder may be dead.
        let mut checks = false;
        loop {
            let seen = awaited::announce(memory, at::WRITER_WAITERS, at::WRITER_CHANGES);
            if entry.is_turnstile_taken() || entry.has_peers() {
                // Whoever was to be woken has not been.
                memory.signal(at::WRITER_CHANGES, 1);
                return Ok(false);
            }
            if self.take_turn(true, deadline, checks)? {
                awaited::take_over(memory, at::WRITER_WAITERS);
                return Ok(true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let since = Instant::now();
            memory.wait(at::WRITER_CHANGES, seen, left.min(LONGEST_SLEEP));
            checks = since.elapsed() >= LONGEST_SLEEP;
        }
    }

    /// At the turnstile: asks again each time a writer has let go. False: the time was up.
    fn wait_for_turn(&mut self, joins: bool, deadline: Instant) -> Result<bool> {
        let entry = self.entry.clone();
        let memory = entry.region.words();
        loop {
            entry.note_standing();
            let seen = awaited::announce(memory, at::WRITER_WAITERS, at::WRITER_CHANGES);
            if self.take_turn(joins, deadline, true)? {
                return Ok(true);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            // A peer that wakes nobody must be asked more often.
            let longest = if entry.has_peers() { LONGEST_SLEEP / 2 } else { LONGEST_SLEEP };
            memory.wait(at::WRITER_CHANGES, seen, left.min(longest));
        }
    }

    pub(crate) fn stands_back(&mut self) -> bool {
        let mut run = std::mem::take(&mut self.turn.run);
        let stands_back = run.must_yield(&self.entry);
        self.turn.run = run;
        stands_back
    }

    /// Takes X and byte 1, and cleans up after a dead holder, if it `checks` whether he is.
    pub(crate) fn take_turn(
        &mut self,
        joins: bool,
        deadline: Instant,
        checks: bool,
    ) -> Result<bool> {
        let entry = self.entry.clone();
        let Some(turn) = entry.try_writer(checks)? else { return Ok(false) };
        let leave = entry.on_leave(Entry::release_writer);
        let entered = match turn {
            Turn::Alone { was_left } => Entered::Alone { was_left },
            Turn::Joined => self.join(joins, deadline)?,
        };
        match entered {
            Entered::Alone { was_left } => self.clean_up(was_left)?,
            Entered::Joined => self.turn.is_joined = true,
            Entered::TimeUp => return Ok(false),
            Entered::Lost => {
                leave.stay();
                return Ok(false);
            }
        }
        leave.stay();
        self.held.writer = true;
        self.turn.is_reserved = true;
        Ok(true)
    }

    /// Others are still syncing.
    fn join(&self, joins: bool, deadline: Instant) -> Result<Entered> {
        let entry = self.entry.clone();
        let is_long = entry.shared_for() >= SHARED_LONG;
        let has_failed = entry.region.words().load32(at::SYNC_FAILED) != 0;
        let may_join = joins && self.has_patience();
        if may_join && !has_failed && !is_long && !entry.has_peers() && !is_classic() {
            return Ok(Entered::Joined);
        }
        if !entry.drain_writers(deadline)? {
            return Ok(Entered::TimeUp);
        }
        if is_long && !entry.pause_for_peers(PAUSE_FOR_PEERS) {
            return Ok(Entered::Lost);
        }
        Ok(Entered::Alone { was_left: false })
    }

    /// Alone: what others have left is put in order.
    fn clean_up(&mut self, was_left: bool) -> Result<()> {
        let entry = &self.entry;
        let words = entry.region.words();
        let (now, _) = entry.read_snapshot(Held { writer: true, ..self.held })?;
        entry
            .region
            .trim_index(now.max_frame, was_left)
            .map_err(Error::io("mapping the frame index"))?;
        if words.load32(at::SYNC_FAILED) != 0 {
            // What nobody could sync never happened; its authors were told so.
            let files = self.shared_files().ok_or(Error::ReadOnly)?;
            if !entry.mend_log(&files, &now)? {
                return Err(Error::Busy);
            }
            words.store32(at::SYNC_FAILED, 0);
            Tail::of(&now).store(words);
        }
        if !entry.region.is_shared() {
            return Ok(());
        }
        let tail = Tail::load(words);
        // Frames after the end of those that are published belong to somebody who died; anything else, to a peer.
        self.turn.was_left = was_left || tail.frame > now.max_frame;
        let is_known = tail == Tail::of(&now) || tail == (Tail { frame: 0, count: 0 });
        if !is_known && !self.turn.was_left {
            entry.note_peer();
        }
        Ok(())
    }
}
