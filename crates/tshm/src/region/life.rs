//! What a process is called in words of shared memory (`word_lock`), and who of those that are called something lives.
//!
//! What the kernel's locks do by themselves, telling the living from the dead, they still do: each process holds a byte of its own
//! exclusively for as long as it has the file open, its *life byte*, at `LIFE_BYTES` plus its name. Whoever finds a holder whose byte is
//! free takes the word from him.
//!
//! Classic locks cannot be relied on so: a process may lose its life byte and not know. With them X and S are bytes, and
//! nobody shares byte 1, so that the two kinds of process exclude each other there.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::format::layout as at;
use crate::format::word_lock;
use crate::format::words::Words;
use crate::kernel::locks::{LockKind, LockTable};
use crate::kernel::random::random;

/// Attempts at a name that no other process has.
const ATTEMPTS: u32 = 100;
const NAMES: u64 = 1 << 31;

/// What this process is called in words, for one file.
#[derive(Default)]
pub struct Life {
    /// 0: it has not needed a name yet.
    name: AtomicU64,
    naming: Mutex<()>,
}

impl Life {
    fn name(&self, locks: LockTable<'_>) -> io::Result<u64> {
        // Acquire: the byte is locked before the name is there to be used.
        match self.name.load(Ordering::Acquire) {
            0 => self.choose_name(locks),
            name => Ok(name),
        }
    }

    fn choose_name(&self, locks: LockTable<'_>) -> io::Result<u64> {
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = self.name.load(Ordering::Acquire);
        if chosen != 0 {
            return Ok(chosen);
        }
        for _ in 0..ATTEMPTS {
            let name = 1 + random() % (NAMES - 1);
            if locks.try_lock(LockKind::Exclusive, at::LIFE_BYTES + name)? {
                self.name.store(name, Ordering::Release);
                return Ok(name);
            }
        }
        Err(io::Error::other("no name for this process was free"))
    }

    /// False: somebody else has it. `checks`: unless he is dead.
    pub fn take(
        &self,
        words: &impl Words,
        locks: LockTable<'_>,
        word: usize,
        checks: bool,
    ) -> io::Result<bool> {
        let name = self.name(locks)?;
        if !checks {
            return Ok(word_lock::take(words, word, name).is_ok());
        }
        word_lock::take_from_the_dead(words, word, name, |holder| is_alive(holder, locks))
    }

    pub fn give_back(&self, words: &impl Words, word: usize) {
        word_lock::give_back(words, word, self.name.load(Ordering::Acquire));
    }

    /// Another living process has it.
    pub fn is_held_elsewhere(
        words: &impl Words,
        locks: LockTable<'_>,
        word: usize,
    ) -> io::Result<bool> {
        match words.load64(word) {
            0 => Ok(false),
            holder => is_alive(holder, locks),
        }
    }
}

/// Another process is called so, and lives. What is no name is damage, and nobody's.
fn is_alive(name: u64, locks: LockTable<'_>) -> io::Result<bool> {
    Ok(name <= NAMES && locks.is_held_elsewhere(at::LIFE_BYTES + name)?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::kernel::locks::is_classic;
    use crate::kernel::mapping::Memory;

    struct Process {
        file: File,
        life: Life,
    }

    fn process(path: &std::path::Path) -> Process {
        let file = File::options().read(true).write(true).open(path).unwrap();
        Process { file, life: Life::default() }
    }

    impl Process {
        fn take(&self, memory: &Memory, checks: bool) -> bool {
            let locks = LockTable::new(Some(&self.file));
            self.life.take(memory, locks, at::APPEND_HOLDER, checks).unwrap()
        }

        fn give_back(&self, memory: &Memory) {
            self.life.give_back(memory, at::APPEND_HOLDER);
        }

        fn is_held_elsewhere(&self, memory: &Memory) -> bool {
            let locks = LockTable::new(Some(&self.file));
            Life::is_held_elsewhere(memory, locks, at::APPEND_HOLDER).unwrap()
        }
    }

    #[test]
    fn what_is_no_name_was_left_by_nobody_alive() {
        if is_classic() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        File::create(&path).unwrap();
        let memory = Memory::heap();
        let one = process(&path);
        for left in [u64::MAX, 1 << 63, NAMES, u64::MAX - at::LIFE_BYTES] {
            memory.store64(at::APPEND_HOLDER, left);
            assert!(!one.is_held_elsewhere(&memory));
            assert!(!one.take(&memory, false));
            assert!(one.take(&memory, true));
            one.give_back(&memory);
        }
    }

    #[test]
    fn one_has_it_until_he_gives_it_back_or_dies() {
        if is_classic() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        File::create(&path).unwrap();
        let memory = Memory::heap();
        let (one, two) = (process(&path), process(&path));
        assert!(!one.is_held_elsewhere(&memory));
        assert!(one.take(&memory, true));
        assert!(!two.take(&memory, true));
        assert!(two.is_held_elsewhere(&memory));
        assert!(!one.is_held_elsewhere(&memory));
        one.give_back(&memory);
        assert!(two.take(&memory, false));
        // A late goodbye of somebody else changes nothing.
        one.give_back(&memory);
        assert!(one.is_held_elsewhere(&memory));
        drop(two);
        assert!(!one.is_held_elsewhere(&memory));
        assert!(!one.take(&memory, false));
        assert!(one.take(&memory, true));
    }
}
