//! What processes tell each other beside data: commits that are watched for, locks that people name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use tshm::kernel::long_locks::LongLock;

use crate::coordinator::Coordinator;
use crate::error::{Result, from_core};

/// It keeps no process alive, and is called once for whatever has happened before the event loop comes to it.
type Notification = ThreadsafeFunction<(), (), (), Status, false, true, 1>;
/// Somebody awaits it.
type Answer = ThreadsafeFunction<Option<String>, (), Option<String>, Status, false>;

/// What threads of this process hold or wait for, by numbers.
static LOCKS: LazyLock<Mutex<HashMap<u32, LongLock>>> = LazyLock::new(Mutex::default);

fn locks() -> MutexGuard<'static, HashMap<u32, LongLock>> {
    LOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[napi]
impl Coordinator {
    /// Calls `changed` soon after commits of processes of this engine are published. False: here nobody is woken.
    #[napi(catch_unwind)]
    pub fn watch(&self, changed: Notification) -> Result<bool> {
        let notify = move || {
            changed.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        self.inner().connection.watch(notify).map_err(from_core)
    }

    #[napi(catch_unwind)]
    pub fn unwatch(&self) {
        self.inner().connection.unwatch();
    }

    /// Another process holds the writer's lock, and may be about to publish a commit.
    #[napi(catch_unwind)]
    pub fn is_written_elsewhere(&self) -> Result<bool> {
        self.inner().connection.is_written_elsewhere().map_err(from_core)
    }

    /// Asks for the lock that a name stands for, by a hash of 61 bits in two parts, and answers a number for `unlockNamed`. `answer` is called once it
    /// is held, with null, or with what the system says where it cannot be had.
    #[napi(catch_unwind)]
    pub fn lock_named(&self, high: u32, low: u32, answer: Answer) -> Result<u32> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let hash = u64::from(high) << 32 | u64::from(low);
        // Held while it is asked for, so that the number is there when the answer comes.
        let mut locks = locks();
        let tell = move |taken: std::io::Result<()>| {
            let error = taken.err().map(|error| error.to_string());
            answer.call(error, ThreadsafeFunctionCallMode::NonBlocking);
        };
        let lock = self.inner().connection.lock_named(hash, tell).map_err(from_core)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        locks.insert(number, lock);
        Ok(number)
    }
}

/// Gives a lock back, or no longer waits for it.
#[napi(catch_unwind)]
pub fn unlock_named(number: u32) {
    let lock = locks().remove(&number);
    drop(lock);
}
