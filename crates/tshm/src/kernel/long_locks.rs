//! Locks that people name, and hold for as long as they like: for a migration, say. Who waits for one is woken by the kernel.
//!
//! Each is a byte of a file of its own, beside the database; nothing else is locked there, and nobody reads it. The kernel gives the
//! byte back when its holder dies.
//!
//! Waiting is done in a thread, for that call of the kernel cannot be given up: a wait that nobody wants any more goes on, and gives
//! the lock back when it comes. With locks of open file descriptions each wait has a description of its own, and the kernel knows the order. Classic
//! locks do not hold within a process, and vanish with any descriptor of the file: there, those of one process come in their order one after
//! the other, and the descriptor is never closed.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

use crate::kernel::attributes::{Attributes, FileKey};
use crate::kernel::locks::{self, LockKind, Range, is_classic};

/// A wait sleeps, and calls one function.
const STACK_SIZE: usize = 128 * 1024;

/// File and byte.
type Place = (FileKey, u64);

/// Who wants a lock, in this process, in the order in which they came: the first of each has it, or is waiting for it.
#[derive(Default)]
struct Queues {
    waiting: HashMap<Place, VecDeque<u64>>,
    /// With classic locks, what must not be closed.
    kept: HashMap<FileKey, Arc<File>>,
}

static QUEUES: LazyLock<(Mutex<Queues>, Condvar)> = LazyLock::new(Default::default);

fn queues() -> MutexGuard<'static, Queues> {
    QUEUES.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock that is wanted, or held. Dropped, it is given back.
pub struct LongLock {
    wish: Arc<Wish>,
}

type Answer = Box<dyn FnOnce(io::Result<()>) + Send>;

struct Wish {
    /// Gone once it is called, or nobody wants it any more: whoever gives up is not kept by a thread that cannot.
    answer: Mutex<Option<Answer>>,
    number: u64,
    place: Place,
    file: Arc<File>,
    is_over: AtomicBool,
    is_held: AtomicBool,
}

/// Asks for the byte. `answer` is called once, from another thread: the lock is held, or cannot be had; not at all when it was given back
/// before.
pub fn request(
    file: File,
    byte: u64,
    answer: impl FnOnce(io::Result<()>) + Send + 'static,
) -> io::Result<LongLock> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let key = Attributes::of_file(&file)?.key;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let place = (key, byte);
    let file = {
        let mut queues = queues();
        queues.waiting.entry(place).or_default().push_back(number);
        if is_classic() {
            queues.kept.entry(key).or_insert_with(|| Arc::new(file)).clone()
        } else {
            Arc::new(file)
        }
    };
    let (is_over, is_held) = (AtomicBool::new(false), AtomicBool::new(false));
    let answer: Mutex<Option<Answer>> = Mutex::new(Some(Box::new(answer)));
    let wish = Arc::new(Wish { answer, number, place, file, is_over, is_held });
    if wish.is_first() && locks::try_lock(&*wish.file, LockKind::Exclusive, Range::byte(byte))? {
        wish.is_held.store(true, Ordering::SeqCst);
        wish.tell(Ok(()));
        return Ok(LongLock { wish });
    }
    let waiter = wish.clone();
    let thread = std::thread::Builder::new().name("tshm-lock".into()).stack_size(STACK_SIZE);
    if let Err(error) = thread.spawn(move || waiter.wait()) {
        wish.leave();
        return Err(error);
    }
    Ok(LongLock { wish })
}

impl Wish {
    fn wait(&self) {
        if !self.await_turn() {
            return;
        }
        let taken = locks::wait_for(&*self.file, Range::byte(self.place.1));
        let is_taken = taken.is_ok();
        // Who gives up sees that it is held, or is seen here.
        self.is_held.store(is_taken, Ordering::SeqCst);
        if self.is_over.load(Ordering::SeqCst) || !is_taken {
            self.leave();
        }
        if !self.is_over.load(Ordering::SeqCst) {
            self.tell(taken);
        }
    }

    fn tell(&self, taken: io::Result<()>) {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer {
            answer(taken);
        }
    }

    /// Nobody of this process has it, or is before this one.
    fn is_first(&self) -> bool {
        queues().waiting.get(&self.place).and_then(VecDeque::front) == Some(&self.number)
    }

    /// False: it was given up before.
    fn await_turn(&self) -> bool {
        let mut queues = queues();
        loop {
            let line = queues.waiting.get(&self.place);
            if !line.is_some_and(|line| line.contains(&self.number)) {
                return false;
            }
            if line.and_then(VecDeque::front) == Some(&self.number) {
                return true;
            }
            queues = QUEUES.1.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives the byte back, if it is held, and lets the next one of this process ask.
    fn leave(&self) {
        if self.is_held.swap(false, Ordering::SeqCst) {
            // A lock that cannot be given back is one that the kernel no longer knows.
            let _ = locks::unlock(&*self.file, Range::byte(self.place.1));
        }
        self.leave_line(&mut queues());
    }

    fn leave_line(&self, queues: &mut Queues) {
        if let Some(line) = queues.waiting.get_mut(&self.place) {
            line.retain(|number| *number != self.number);
            if line.is_empty() {
                queues.waiting.remove(&self.place);
            }
        }
        QUEUES.1.notify_all();
    }

    /// Not wanted any more. Who is in the kernel comes back from there first.
    fn give_up(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(self.answer.lock().unwrap_or_else(PoisonError::into_inner).take());
        if self.is_held.load(Ordering::SeqCst) {
            return self.leave();
        }
        let mut queues = queues();
        let line = queues.waiting.get(&self.place);
        if line.and_then(VecDeque::front) != Some(&self.number) {
            self.leave_line(&mut queues);
        }
    }
}

impl Drop for LongLock {
    fn drop(&mut self) {
        self.wish.give_up();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(50);

    fn ask(path: &std::path::Path, byte: u64) -> (LongLock, Receiver<io::Result<()>>) {
        let file = File::options().read(true).write(true).open(path).unwrap();
        let (sender, answer) = channel();
        let lock = request(file, byte, move |taken| sender.send(taken).unwrap()).unwrap();
        (lock, answer)
    }

    #[test]
    fn one_has_it_at_a_time_and_those_who_gave_up_hold_up_nobody() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let byte = (1 << 62) + 5;
        let (first, answer) = ask(file.path(), byte);
        answer.recv_timeout(LONG).unwrap().unwrap();
        let (second, waits) = ask(file.path(), byte);
        let (third, waits_too) = ask(file.path(), byte);
        let (_other, at_once) = ask(file.path(), byte + 1);
        at_once.recv_timeout(LONG).unwrap().unwrap();
        assert!(waits.recv_timeout(SHORT).is_err());
        drop(second);
        assert!(waits_too.recv_timeout(SHORT).is_err());
        drop(first);
        waits_too.recv_timeout(LONG).unwrap().unwrap();
        drop(third);
        assert!(waits.recv_timeout(SHORT).is_err());
    }

    #[test]
    fn they_come_in_the_order_in_which_they_asked() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (first, answer) = ask(file.path(), 1);
        answer.recv_timeout(LONG).unwrap().unwrap();
        let waiting: Vec<_> = (0..5).map(|_| ask(file.path(), 1)).collect();
        drop(first);
        for (lock, answer) in waiting {
            answer.recv_timeout(LONG).unwrap().unwrap();
            drop(lock);
        }
    }

    #[test]
    fn a_wait_in_the_kernel_that_was_given_up_gives_the_lock_back() {
        // Another description, as another process has one.
        let file = tempfile::NamedTempFile::new().unwrap();
        let holder = file.reopen().unwrap();
        assert!(locks::try_lock(&holder, LockKind::Exclusive, Range::byte(9)).unwrap());
        let (lock, answer) = ask(file.path(), 9);
        let is_held_by_us = is_classic();
        if !is_held_by_us {
            assert!(answer.recv_timeout(SHORT).is_err());
        }
        drop(lock);
        locks::unlock(&holder, Range::byte(9)).unwrap();
        let (_next, taken) = ask(file.path(), 9);
        taken.recv_timeout(LONG).unwrap().unwrap();
    }
}
