//! Being told of commits, whoever of ours makes them: a thread that sleeps until one is published.
//!
//! It sleeps on `COMMIT_CHANGES`, which whoever publishes a commit moves if somebody sleeps there (`format/awaited`): who watches
//! costs others nothing before they commit, and an idle database wakes nobody. Peers of another kind move no word of ours, and a process that
//! dies between publishing and waking wakes nobody either: who watches follows the file of the log too.
//!
//! The thread keeps the entry alive, so it is awaited before the connection lets go of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::connection::connection::Connection;
use crate::connection::parts::Watch;
use crate::error::{Error, Result};
use crate::format::awaited;
use crate::format::layout as at;
use crate::format::words::{Sleepers, Words};
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::long_locks::{self, LongLock};
use crate::kernel::waiting::can_wake;
use crate::shared::entry::Entry;
use crate::shared::open_files::create_beside;

/// It only sleeps, and calls one function.
const STACK_SIZE: usize = 128 * 1024;

impl Connection {
    /// Calls `notify`, which must not wait, from another thread, after each commit that is published from here on, and once for several that follow
    /// each other closely. False: here nobody is woken, or there is no thread for it.
    pub fn watch(&mut self, notify: impl Fn() + Send + 'static) -> Result<bool> {
        self.check_open()?;
        self.unwatch();
        if !can_wake() || !self.entry.is_coordinated {
            return Ok(false);
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let (entry, flag) = (self.entry.clone(), is_over.clone());
        let seen = entry.region.words().load64(at::VISIBILITY_GENERATION);
        let thread = std::thread::Builder::new().name("tshm-watch".into()).stack_size(STACK_SIZE);
        let Ok(thread) = thread.spawn(move || run(&entry, &flag, seen, &notify)) else {
            return Ok(false);
        };
        self.watch = Some(Watch { thread, is_over });
        Ok(true)
    }

    /// Nobody is told any more.
    pub fn unwatch(&mut self) {
        let Some(Watch { thread, is_over }) = self.watch.take() else { return };
        is_over.store(true, Ordering::SeqCst);
        let words = self.entry.region.words();
        // Others who watch look, and go on sleeping.
        words.signal(at::COMMIT_CHANGES, i32::MAX);
        let _ = thread.join();
    }

    /// Asks for the lock that people call by a name that gives `hash`, of 61 bits: one at a time has it, in all processes that have the
    /// database open. As `long_locks::request`.
    pub fn lock_named(
        &self,
        hash: u64,
        answer: impl FnOnce(std::io::Result<()>) + Send + 'static,
    ) -> Result<LongLock> {
        self.check_open()?;
        let Some(files) = &self.files else {
            return Err(Error::Misuse("the connection is closed"));
        };
        let file = create_beside(&self.entry.names.tlock, &files.database)?;
        long_locks::request(file, at::NAMED_BYTES + hash % at::NAMED_BYTES, answer)
            .map_err(Error::io("asking for a lock"))
    }

    /// Whether another process holds the writer's byte, so that it may be about to publish a commit. Takes nothing.
    pub fn is_written_elsewhere(&self) -> Result<bool> {
        self.check_open()?;
        let Some(file) = self.entry.region.file() else { return Ok(false) };
        let holder = locks::query(file, LockKind::Exclusive, Range::byte(at::WRITER_BYTE))
            .map_err(Error::io("looking at the locks of the database"))?;
        Ok(holder.is_some())
    }
}

fn run(entry: &Entry, is_over: &AtomicBool, mut seen: u64, notify: &impl Fn()) {
    let words = entry.region.words();
    loop {
        let count = awaited::announce(words, at::COMMIT_WATCHERS, at::COMMIT_CHANGES);
        if is_over.load(Ordering::SeqCst) {
            return;
        }
        let now = words.load64(at::VISIBILITY_GENERATION);
        if now != seen {
            seen = now;
            notify();
            continue;
        }
        words.wait(at::COMMIT_CHANGES, count, Duration::MAX);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::opening::options::OpenOptions;

    fn opened(path: &Path, multiprocess: bool) -> Connection {
        let path = path.display().to_string();
        let timeout = Duration::from_secs(5);
        let options = OpenOptions { path, multiprocess, readonly: false, create: true, timeout };
        let mut connection = crate::open(&options).unwrap();
        connection.finish_open().unwrap();
        connection
    }

    #[test]
    fn who_watches_is_told_of_what_others_publish_and_of_nothing_afterwards() {
        for multiprocess in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.db");
            let mut one = opened(&path, multiprocess);
            let (sender, told) = channel();
            assert!(one.watch(move || sender.send(()).unwrap()).unwrap());
            let entry = one.entry.clone();
            let publish = || {
                let words = entry.region.words();
                let generation = words.load64(at::VISIBILITY_GENERATION);
                words.store64(at::VISIBILITY_GENERATION, generation + 1);
                awaited::signal(words, at::COMMIT_WATCHERS, at::COMMIT_CHANGES, i32::MAX);
            };
            for _ in 0..100 {
                publish();
                told.recv_timeout(Duration::from_secs(20)).unwrap();
            }
            one.unwatch();
            publish();
            // The thread has ended, and the sender with it.
            assert!(told.recv_timeout(Duration::from_secs(20)).is_err());
        }
    }

    #[test]
    fn closing_awaits_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let mut one = opened(&folder.path().join("a.db"), true);
        assert!(one.watch(|| ()).unwrap());
        let entry = Arc::downgrade(&one.entry);
        one.close();
        assert!(entry.upgrade().is_none());
    }
}
