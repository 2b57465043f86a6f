//! Sharing a sync: how those who have appended agree who of them syncs for whom. (See `shared::sync`, which does it.)
//!
//! ```text
//! who syncs    S ── begin: TAIL, epoch + 1, target ── sync ── publish up to that TAIL ── end: target 0, S back, wake
//! who waits    published? ── a sync is running: sleep until it ends, or until the next one has ── none is: take S
//! ```
//!
//! A sync carries what was appended before it began, so `TAIL` is taken before it, and what is published is what that says. Who has
//! appended stores `TAIL` before he looks whether a sync is running; who ends one says so before he looks at `TAIL`: with a fence on both sides
//! (on that of the former in `awaited::signal`, when X is given back) the one wakes the other, or the other does not sleep.

use std::time::{Duration, Instant};

use crate::format::layout as at;
use crate::format::snapshot::{self, Generation, Snapshot};
use crate::format::tail::Tail;
use crate::format::words::{Sleepers, Words};

/// How long a commit waits for another to share its sync with, where the last ones were shared.
const PATIENCE: Duration = Duration::from_micros(250);
/// Commits that a sync waits for.
const EXPECTED: u32 = 2;
/// How long somebody takes at most who is about to begin or to end a sync.
const ABOUT_TO: Duration = Duration::from_micros(200);
/// A sync that takes longer than this may have lost its author.
const SUSPICIOUS: Duration = Duration::from_millis(2);
/// A nap counts as no longer than this: who was stopped in it himself has not waited.
const LONGEST_NAP: Duration = Duration::from_millis(20);

/// What is to be published.
#[derive(Clone, Copy)]
pub struct Goal {
    pub generation: Generation,
    /// The last frame.
    pub frame: u64,
}

impl Goal {
    /// None: the log was restarted.
    pub fn is_reached(self, now: &Snapshot) -> Option<bool> {
        (now.generation() == self.generation).then_some(now.max_frame >= self.frame)
    }
}

/// How waiting has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    Published,
    /// A sync has failed, and nobody knows of what it carried.
    Failed,
    /// The log was restarted, which nobody does while somebody waits.
    Restarted,
    TimeUp,
}

/// The sync that is running, or was the last: one word, so that nobody takes the target of one for that of another.
#[derive(Clone, Copy)]
struct Running {
    /// Which one it is.
    epoch: u32,
    /// Up to which frame it carries; 0: it has ended.
    target: u32,
}

impl Running {
    fn load(words: &impl Words) -> Running {
        let word = words.load64(at::SYNC_STATE);
        Running { epoch: word as u32, target: (word >> 32) as u32 }
    }

    fn store(self, words: &impl Words) {
        words.store64(at::SYNC_STATE, u64::from(self.target) << 32 | u64::from(self.epoch));
    }
}

/// What is to be done next by one who waits.
enum Next {
    End(Waited),
    /// Something has moved in between.
    Again,
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

/// Syncs for which company is still expected.
pub fn company(words: &impl Words) -> u32 {
    words.load32(at::COMPANY)
}

/// Waits until somebody has published the goal, or does it: `take` takes S, from the dead if it is told to, and `sync` syncs, publishes
/// and gives S back. `patience` is for waiting for others.
pub fn await_published<E>(
    words: &impl Sleepers,
    goal: Goal,
    patience: Duration,
    mut take: impl FnMut(bool) -> Result<bool, E>,
    mut sync: impl FnMut() -> Result<(), E>,
) -> Result<Waited, E> {
    let mut until = None;
    let mut is_suspicious = false;
    // Since when S is taken although no sync is running.
    let mut taken_since = None;
    let mut waited = Duration::ZERO;
    loop {
        let (is_taken, Sleep { word, seen, time }) =
            match next_step(words, goal, &mut until, is_suspicious) {
                Next::End(waited) => return Ok(waited),
                Next::Again => continue,
                Next::Sync(_) if take(is_suspicious)? => {
                    sync()?;
                    taken_since = None;
                    is_suspicious = false;
                    continue;
                }
                // Somebody else is about to begin, or has just ended. In both cases the word moves.
                Next::Sync(sleep) => (true, sleep),
                Next::Sleep(sleep) => (false, sleep),
            };
        if waited >= patience {
            return Ok(Waited::TimeUp);
        }
        let start = words.now();
        if !is_taken {
            taken_since = None;
        }
        let since = if is_taken { *taken_since.get_or_insert(start) } else { start };
        words.wait(word, seen, time);
        let end = words.now();
        waited += (end - start).min(LONGEST_NAP);
        is_suspicious = (is_taken || time == SUSPICIOUS) && end - since >= SUSPICIOUS;
    }
}

fn next_step(
    words: &impl Sleepers,
    goal: Goal,
    until: &mut Option<Instant>,
    is_suspicious: bool,
) -> Next {
    let Running { epoch, .. } = Running::load(words);
    // The numbers first: a sync that ends after we looked has moved one, and then the sleep does not begin.
    let [running, next] = [epoch, epoch.wrapping_add(1)].map(sync_end);
    let seen = [running, next].map(|word| words.load32(word));
    let sync = Next::Sync(Sleep { word: next, seen: seen[1], time: ABOUT_TO });
    // Before the snapshot: who finds that a sync has ended finds what it has published.
    let now_running = Running::load(words);
    if now_running.epoch != epoch {
        // A sync has begun since, and its end moves another word.
        return Next::Again;
    }
    let target = u64::from(now_running.target);
    let sleep = |at: usize| {
        Next::Sleep(Sleep { word: [running, next][at], seen: seen[at], time: SUSPICIOUS })
    };
    let Some((now, _)) = snapshot::try_read(words) else {
        // Being published just now, or left half-way by somebody who died.
        return if is_suspicious {
            sync
        } else if Running::load(words).epoch == epoch {
            sleep(0)
        } else {
            Next::Again
        };
    };
    match goal.is_reached(&now) {
        None => return Next::End(Waited::Restarted),
        Some(true) => return Next::End(Waited::Published),
        Some(false) => {}
    }
    if words.load32(at::SYNC_FAILED) != 0 {
        return Next::End(Waited::Failed);
    }
    if is_suspicious {
        return sync;
    }
    if target != 0 {
        return sleep(usize::from(target < goal.frame));
    }
    let pending = Tail::load(words).count.wrapping_sub(now.transaction_count as u32);
    // Who is appending at this moment will sync for all, unless he waits until he is alone.
    let is_awaited = words.load64(at::WRITER_OWNER) != 0 && words.load32(at::SHARE_WAITERS) == 0;
    if is_awaited || (pending < EXPECTED && company(words) > 0) {
        let time = words.now();
        let left = until.get_or_insert(time + PATIENCE).saturating_duration_since(time);
        if !left.is_zero() {
            return Next::Sleep(Sleep { word: next, seen: seen[1], time: left });
        }
    }
    sync
}

/// Under S, before the sync. What it carries: all that may be published afterwards.
pub fn begin_sync(words: &impl Words) -> Tail {
    let tail = Tail::load(words);
    let epoch = Running::load(words).epoch.wrapping_add(1);
    Running { epoch, target: tail.frame as u32 }.store(words);
    tail
}

/// Gives S back by `release`, and wakes those who wait for that: one of those who wait for the next sync, who begins it, and then all whom the last
/// one carried, for a disk that is idle costs more than a commit that is told of a moment later.
pub fn end_sync(words: &impl Sleepers, release: impl FnOnce()) {
    let Running { epoch, .. } = Running::load(words);
    Running { epoch, target: 0 }.store(words);
    release();
    // Whoever goes to sleep because a sync is running has moved `TAIL` before he looked whether one is.
    words.fence();
    if Tail::load(words).frame > words.load64(at::MAX_FRAME) {
        words.signal(sync_end(epoch.wrapping_add(1)), 1);
    }
    words.signal(sync_end(epoch), i32::MAX);
}

/// The word that counts ends of the syncs with this parity.
fn sync_end(epoch: u32) -> usize {
    at::SYNC_ENDS + (epoch % 2) as usize * 4
}
