//! Bringing the map of this process up to a snapshot, and both to a commit.

use crate::error::{Error, Result};
use crate::format::awaited;
use crate::format::layout as at;
use crate::format::proof;
use crate::format::snapshot::{self, Generation, Snapshot};
use crate::kernel::clock::monotonic_ms;
use crate::shared::entry::{Entry, Held};
use crate::shared::frame_map::Mark;

/// What the map did to cover a snapshot.
#[derive(PartialEq, Eq, Debug)]
pub enum Covered {
    Yes,
    /// The shared index does not give all frames; somebody must read them from the log.
    Missing,
    /// The generation has ended meanwhile.
    Gone,
    /// Commits were undone that this process knows of, or the snapshot is an old one. `recover_undone` looks which.
    Undone,
}

impl Entry {
    /// Brings the map up to a snapshot that is pinned. Who knows since when (ms) no peer of another kind can have written says
    /// so, and nothing is read for the comparison with what was known before.
    pub fn cover(&self, target: &Snapshot, unbroken_since: Option<u64>) -> Covered {
        let sums = (target.checksum1, target.checksum2);
        if self.map().is_at(target.generation(), target.max_frame, sums) {
            return Covered::Yes;
        }
        let mut map = self.map_mut();
        let is_same = map.generation() == target.generation();
        if is_same && target.max_frame < map.mark().frame {
            return Covered::Undone;
        }
        if is_same && !self.is_continued(map.mark(), target, unbroken_since) {
            let now = snapshot::read(self.region.words());
            if now.is_ok_and(|(now, _)| now.is_same_state(target)) {
                self.forget(&mut map);
            }
            return Covered::Undone;
        }
        let known = if is_same { map.len() } else { 0 };
        let pages = if target.max_frame == known {
            Some(Vec::new())
        } else {
            self.region.pages(known + 1, target.max_frame)
        };
        let time = monotonic_ms();
        // The index belongs to whatever is current; only if that still includes the target do the entries count.
        let Ok((now, _)) = snapshot::read(self.region.words()) else { return Covered::Gone };
        if now.generation() != target.generation() {
            return Covered::Gone;
        }
        let is_newest = now.max_frame == target.max_frame;
        if now.max_frame < target.max_frame || (is_newest && (now.checksum1, now.checksum2) != sums)
        {
            return Covered::Undone;
        }
        if !is_same {
            map.reset(target.generation());
        }
        map.advance(Mark { frame: target.max_frame, sums, time: if is_newest { time } else { 0 } });
        match pages {
            Some(pages) => {
                map.supply(known + 1, &pages);
                Covered::Yes
            }
            None => Covered::Missing,
        }
    }

    /// Frames after `base` are published, and `checksum` is that of the last.
    pub(crate) fn extend_map(&self, base: &Snapshot, pgnos: &[u32], checksum: (u32, u32)) {
        let generation = base.generation();
        // Where there is a gap before them, the next transaction fills it.
        self.supply(generation, base.max_frame + 1, pgnos);
        let mut map = self.map_mut();
        if map.generation() == generation {
            let frame = base.max_frame + pgnos.len() as u64;
            map.advance(Mark { frame, sums: checksum, time: monotonic_ms() });
        }
    }

    /// Adds frames that the caller knows: of his own commit, or read from the log.
    pub fn supply(&self, generation: Generation, first: u64, pgnos: &[u32]) -> bool {
        let mut map = self.map_mut();
        if map.generation() != generation {
            if first != 1 {
                return false;
            }
            map.reset(generation);
        }
        map.supply(first, pgnos)
    }

    /// Makes frames after `base.max_frame` visible to everybody. Under the writer's lock; they are in the log.
    /// (TSHM v1 §4.13, steps 4 to 8.)
    pub fn publish_frames(
        &self,
        held: Held,
        base: &Snapshot,
        pgnos: &[u32],
        commits: u64,
        checksum: (u32, u32),
    ) -> Result<Snapshot> {
        let words = self.region.words();
        self.region
            .trim_index(base.max_frame, false)
            .map_err(Error::io("mapping the frame index"))?;
        self.region.append_index(base.generation(), base.max_frame + 1, pgnos);
        proof::clear(words);
        let generation = base.generation();
        let mut is_same = true;
        let published = self.publish(held, |snapshot| {
            is_same = snapshot.generation() == generation;
            if !is_same {
                return;
            }
            snapshot.max_frame = base.max_frame + pgnos.len() as u64;
            (snapshot.checksum1, snapshot.checksum2) = checksum;
            let count = snapshot.transaction_count.max(base.transaction_count);
            snapshot.transaction_count = count.wrapping_add(commits);
            snapshot.visibility_generation = snapshot.visibility_generation.wrapping_add(commits);
        })?;
        if !is_same {
            return Err(Error::Protocol(
                "the log was restarted while this process held the writer's lock".into(),
            ));
        }
        self.extend_map(base, pgnos, checksum);
        // Who watches for commits sleeps. See `watch`.
        awaited::signal(words, at::COMMIT_WATCHERS, at::COMMIT_CHANGES, i32::MAX);
        Ok(published)
    }
}
