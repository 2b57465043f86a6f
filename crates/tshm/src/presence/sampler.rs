//! The thread that looks at what the connections of this process are doing, ten times a second.
//!
//! There is one for the process, started by the first database that several processes share. When nothing has gone on for
//! a second it parks, and the next transaction wakes it; so an idle process hardly ever wakes up, and a
//! transaction pays the load of a flag.
//!
//! It holds no database open: it knows what it looks at weakly.

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread::Thread;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(100);
/// Idle looks before it parks.
const IDLE_LOOKS: u32 = 10;
/// A transaction that begins at the very moment of parking may not wake it. This ends that.
const LONGEST_PARK: Duration = Duration::from_secs(5);

/// What is looked at: the connections of one database.
pub trait Sampled: Send + Sync {
    /// False: none does anything, and nothing is shown.
    fn sample(&self) -> bool;
}

static PARKED: AtomicBool = AtomicBool::new(false);
static WATCHED: Mutex<Vec<Weak<dyn Sampled>>> = Mutex::new(Vec::new());
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
pub fn watch(connections: &Arc<impl Sampled + 'static>) {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.retain(|known| known.strong_count() > 0);
    let address = Arc::as_ptr(connections);
    if !watched.iter().any(|known| ptr::addr_eq(known.as_ptr(), address)) {
        let connections: Arc<dyn Sampled> = connections.clone();
        watched.push(Arc::downgrade(&connections));
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
        for connections in watched.iter().filter_map(Weak::upgrade) {
            is_idle &= !connections.sample();
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
