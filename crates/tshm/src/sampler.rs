//! The thread that looks at what the connections of this process are doing, ten times a second.
//!
//! There is one for the process, started by the first database that several processes share. When nothing has gone on for
//! a second it parks, and the next transaction wakes it; so an idle process hardly ever wakes up, and a
//! transaction pays the load of a flag.
//!
//! It holds no database open: it knows `Processes` weakly, and those hold their file only until the database is closed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::Thread;
use std::time::Duration;

use crate::processes::Processes;

const INTERVAL: Duration = Duration::from_millis(100);
/// Idle looks before it parks.
const IDLE_LOOKS: u32 = 10;
/// A transaction that begins at the very moment of parking may not wake it. This ends that.
const LONGEST_PARK: Duration = Duration::from_secs(5);

static PARKED: AtomicBool = AtomicBool::new(false);
static WATCHED: Mutex<Vec<Weak<Processes>>> = Mutex::new(Vec::new());
static THREAD: OnceLock<Option<Thread>> = OnceLock::new();

/// Something begins.
#[inline]
pub fn wake() {
    // Relaxed: it is only a hint, see `LONGEST_PARK`.
    if PARKED.load(Ordering::Relaxed) {
        unpark();
    }
}

#[cold]
fn unpark() {
    PARKED.store(false, Ordering::Relaxed);
    if let Some(Some(thread)) = THREAD.get() {
        thread.unpark();
    }
}

/// Looks at these connections too, for as long as somebody else keeps them.
pub fn watch(processes: &Arc<Processes>) {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.retain(|known| known.strong_count() > 0);
    let address = Arc::as_ptr(processes);
    if !watched.iter().any(|known| known.as_ptr() == address) {
        watched.push(Arc::downgrade(processes));
    }
    drop(watched);
    // Without a thread, statements are not shown.
    THREAD.get_or_init(|| {
        let builder = std::thread::Builder::new().name("tshm-sampler".into());
        builder.spawn(run).ok().map(|handle| handle.thread().clone())
    });
}

fn run() {
    let mut idle = 0;
    loop {
        let watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut is_idle = true;
        for processes in watched.iter().filter_map(Weak::upgrade) {
            is_idle &= !processes.sample();
        }
        idle = if is_idle { idle + 1 } else { 0 };
        if idle < IDLE_LOOKS {
            std::thread::sleep(INTERVAL);
            continue;
        }
        PARKED.store(true, Ordering::Relaxed);
        std::thread::park_timeout(LONGEST_PARK);
        // Whatever woke it is looked at now, and may be gone at the next look.
        idle = IDLE_LOOKS.saturating_sub(2);
        PARKED.store(false, Ordering::Relaxed);
    }
}
