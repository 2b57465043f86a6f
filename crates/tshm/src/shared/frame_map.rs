//! The process's own map from pages to frames, for one generation of the log.
//!
//! Committed entries of a generation never change, so what was copied once stays true; the map only grows, and
//! starts anew with the next generation. It is filled from the shared index or, where that has gaps, from the frame
//! headers in the log, and answers without looking at memory that a peer may be rearranging (TSHM v1 §4.10).
//!
//! It also remembers how far this process has seen the generation go, and the checksum there, which depends on every
//! frame before it: should the authority or the log ever say otherwise, a peer has undone commits (§7.3; see `history`), and the map
//! begins anew.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::format::snapshot::Generation;

/// The frames of one page, ascending. Most pages have one.
struct PageFrames {
    newest: u32,
    older: Vec<u32>,
}

/// The furthest point of a generation that this process knows to have been published.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Mark {
    pub frame: u64,
    /// The checksum after that frame.
    pub sums: (u32, u32),
    /// When it was known to be the newest, ms; 0: it may never have been, as far as this process knows.
    pub time: u64,
}

#[derive(Default)]
pub struct FrameMap {
    generation: Generation,
    /// Not before the last frame of the map.
    mark: Mark,
    /// Page of frame `i + 1`.
    pgnos: Vec<u32>,
    frames: FxHashMap<u32, PageFrames>,
}

impl FrameMap {
    pub fn generation(&self) -> Generation {
        self.generation
    }

    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// The map holds all frames of the state that ends with `frame`, and no others.
    pub fn is_at(&self, generation: Generation, frame: u64, sums: (u32, u32)) -> bool {
        self.generation == generation
            && self.len() == frame
            && self.mark.frame == frame
            && (frame == 0 || self.mark.sums == sums)
    }

    /// Moves the mark to a later point of the same chain.
    pub fn advance(&mut self, mark: Mark) {
        if mark.frame > self.mark.frame {
            self.mark = mark;
        }
    }

    /// Frames known, from the first on.
    pub fn len(&self) -> u64 {
        self.pgnos.len() as u64
    }

    pub fn is_empty(&self) -> bool {
        self.pgnos.is_empty()
    }

    pub fn reset(&mut self, generation: Generation) {
        self.generation = generation;
        self.mark = Mark::default();
        self.pgnos = Vec::new();
        self.frames.clear();
    }

    /// Adds frames from `first` on; those already known are skipped. False: there would be a gap.
    pub fn supply(&mut self, first: u64, pgnos: &[u32]) -> bool {
        if first == 0 || first > self.len() + 1 {
            return false;
        }
        let known = (self.len() + 1 - first) as usize;
        for pgno in pgnos.iter().skip(known) {
            self.pgnos.push(*pgno);
            let frame = self.pgnos.len() as u32;
            match self.frames.entry(*pgno) {
                Entry::Vacant(vacant) => {
                    vacant.insert(PageFrames { newest: frame, older: Vec::new() });
                }
                Entry::Occupied(mut occupied) => {
                    let frames = occupied.get_mut();
                    frames.older.push(frames.newest);
                    frames.newest = frame;
                }
            }
        }
        true
    }

    /// The newest frame of a page up to `high`.
    #[inline]
    pub fn find(&self, pgno: u32, high: u64) -> Option<u64> {
        let frames = self.frames.get(&pgno)?;
        if u64::from(frames.newest) <= high {
            return Some(u64::from(frames.newest));
        }
        let count = frames.older.partition_point(|frame| u64::from(*frame) <= high);
        count.checked_sub(1).map(|index| u64::from(frames.older[index]))
    }

    /// Pages of the frames `from..=to`, as far as they are known.
    pub fn pages(&self, from: u64, to: u64) -> &[u32] {
        let to = to.min(self.len()) as usize;
        let from = (from.max(1) - 1).min(to as u64) as usize;
        &self.pgnos[from..to]
    }

    /// The pages whose last frame up to `end` is among `from..=to`, with that frame, ascending by page.
    pub fn latest(&self, from: u64, to: u64, end: u64) -> Vec<(u32, u32)> {
        let first = from.max(1) as u32;
        let pages = self.pages(from, to);
        let mut pairs: Vec<(u32, u32)> = pages.iter().copied().zip(first..).collect();
        pairs.sort_unstable();
        // Of neighbours with one page the later frame comes last; keep that.
        let mut kept = 0;
        for index in 0..pairs.len() {
            if index + 1 < pairs.len() && pairs[index + 1].0 == pairs[index].0 {
                continue;
            }
            pairs[kept] = pairs[index];
            kept += 1;
        }
        pairs.truncate(kept);
        if to < end {
            pairs.retain(|(pgno, frame)| self.find(*pgno, end) == Some(u64::from(*frame)));
        }
        pairs
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_that_are_known_are_skipped_and_gaps_refused() {
        let mut map = FrameMap::default();
        assert!(map.supply(1, &[5, 6]));
        assert!(map.supply(1, &[5, 6, 7]));
        assert_eq!(map.pages(1, 9), &[5, 6, 7]);
        assert!(!map.supply(5, &[8]));
        assert!(!map.supply(0, &[8]));
        assert_eq!(map.len(), 3);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_list(
            pgnos in prop::collection::vec(1u32..20, 0..200),
            high in 0u64..220,
            from in 1u64..200,
            more in 0u64..40,
        ) {
            let mut map = FrameMap::default();
            map.supply(1, &pgnos);
            prop_assert_eq!(map.len(), pgnos.len() as u64);
            let newest = |pgno: u32, from: u64, to: u64| pgnos.iter().zip(1u64..)
                .filter(|(page, frame)| **page == pgno && (from..=to).contains(frame))
                .map(|(_, frame)| frame).max();
            let mut latest = Vec::new();
            for pgno in 1..20 {
                prop_assert_eq!(map.find(pgno, high), newest(pgno, 1, high));
                if let Some(frame) = newest(pgno, from, high) {
                    latest.push((pgno, frame as u32));
                }
            }
            prop_assert_eq!(map.latest(from, high, high), latest.clone());
            latest.retain(|(pgno, frame)| newest(*pgno, from, high + more) == Some(u64::from(*frame)));
            prop_assert_eq!(map.latest(from, high, high + more), latest);
        }
    }
}
