//! Words of loom's, on which one can sleep.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use loom::sync::atomic::{AtomicU64, Ordering, fence};
use loom::sync::{Condvar, Mutex};
use tshm::format::words::{Sleepers, Words};

pub struct Model {
    words: BTreeMap<usize, AtomicU64>,
    constants: BTreeMap<usize, u64>,
    has_fence: bool,
    /// Where somebody sleeps on a word.
    beds: BTreeMap<usize, (Mutex<()>, Condvar)>,
    /// When nothing has happened yet. Nothing takes time here.
    start: Instant,
}

impl Model {
    pub fn new(words: &[(usize, u64)], constants: &[(usize, u64)]) -> Model {
        let words = words.iter().map(|(offset, value)| (*offset, AtomicU64::new(*value)));
        let constants = constants.iter().copied().collect();
        let (beds, start) = (BTreeMap::new(), Instant::now());
        Model { words: words.collect(), constants, has_fence: true, beds, start }
    }

    /// Whether fences do anything.
    pub fn with_fences(self, has_fence: bool) -> Model {
        Model { has_fence, ..self }
    }

    /// With words that are slept on, 0 at first.
    pub fn sleeping_on(mut self, offsets: &[usize]) -> Model {
        self.words.extend(offsets.iter().map(|offset| (*offset, AtomicU64::new(0))));
        self.beds.extend(offsets.iter().map(|offset| (*offset, (Mutex::new(()), Condvar::new()))));
        self
    }

    fn load(&self, offset: usize, order: Ordering) -> u64 {
        match self.words.get(&offset) {
            Some(word) => word.load(order),
            None => self.constants.get(&offset).copied().unwrap_or(0),
        }
    }

    fn store(&self, offset: usize, value: u64, order: Ordering) {
        if let Some(word) = self.words.get(&offset) {
            word.store(value, order);
        }
    }
}

impl Words for Model {
    fn load32(&self, offset: usize) -> u32 {
        u32::try_from(self.load(offset, Ordering::Acquire)).unwrap()
    }
    fn store32(&self, offset: usize, value: u32) {
        self.store(offset, u64::from(value), Ordering::Release);
    }
    fn load64(&self, offset: usize) -> u64 {
        self.load(offset, Ordering::Acquire)
    }
    fn store64(&self, offset: usize, value: u64) {
        self.store(offset, value, Ordering::Release);
    }
    fn exchange64(&self, offset: usize, current: u64, new: u64) -> Result<u64, u64> {
        let word = &self.words[&offset];
        word.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
    }
    fn or64(&self, offset: usize, bits: u64) {
        if let Some(word) = self.words.get(&offset) {
            word.fetch_or(bits, Ordering::AcqRel);
        }
    }
    fn entry_word(&self, offset: usize) -> u64 {
        self.load(offset, Ordering::Relaxed)
    }
    fn set_entry_word(&self, offset: usize, value: u64) {
        self.store(offset, value, Ordering::Relaxed);
    }
    fn hash_slot(&self, _offset: usize) -> u16 {
        0
    }
    fn set_hash_slot(&self, _offset: usize, _value: u16) {}
    fn load_fence(&self) {
        if self.has_fence {
            fence(Ordering::Acquire);
        }
    }
    fn store_fence(&self) {
        if self.has_fence {
            fence(Ordering::Release);
        }
    }
    fn fence(&self) {
        if self.has_fence {
            fence(Ordering::SeqCst);
        }
    }
}

/// As the system does it: it looks at the word and lies down in one step. A sleep has no end here but that somebody ends it, so that a wake-up
/// that is lost is a deadlock, which loom reports.
impl Sleepers for Model {
    fn wait(&self, offset: usize, seen: u32, _: Duration) {
        let (lock, bed) = &self.beds[&offset];
        let lock = lock.lock().unwrap();
        if self.load32(offset) == seen {
            drop(bed.wait(lock).unwrap());
        }
    }

    fn signal(&self, offset: usize, most: i32) {
        self.words[&offset].fetch_add(1, Ordering::AcqRel);
        let (lock, bed) = &self.beds[&offset];
        let _lock = lock.lock().unwrap();
        if most == 1 { bed.notify_one() } else { bed.notify_all() }
    }

    fn now(&self) -> Instant {
        self.start
    }
}

pub fn explore(model: impl Fn() + Sync + Send + 'static) {
    explore_with(3, model);
}

/// Where a thread may be interrupted so often while it could go on.
pub fn explore_with(interruptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.check(model);
}
