//! The thread that looks after open databases: it cuts logs whose lease is over and takes guards down.
//!
//! There is one for the process, started when it is first needed, and asleep when nothing is due. Whoever wants a database looked
//! after says how and when; the look says when it wants to come back. So a process that opens and closes thousands of databases
//! has no more threads for it than one that opens one.
//!
//! The thread knows databases weakly. While it looks at one it holds `LOOKING`, and who gives up the last reference to a database
//! does so with `LOOKING` held: a descriptor that ended later would, with classic locks, take the locks of a later one with it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Looks at a database. The time until the next look; none: it was the last, or the database is closed.
type Look = Box<dyn FnMut() -> Option<Duration> + Send>;

struct Task {
    /// Only to ask whether it is still there.
    database: Weak<dyn Any + Send + Sync>,
    look: Look,
    due: Instant,
}

#[derive(Default)]
struct Keeper {
    tasks: Vec<Task>,
    is_running: bool,
}

static KEEPER: LazyLock<(Mutex<Keeper>, Condvar)> = LazyLock::new(Default::default);
static LOOKING: Mutex<()> = Mutex::new(());

fn keeper() -> MutexGuard<'static, Keeper> {
    KEEPER.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a database looked at, `after` so long for the first time. False: there is no thread for it.
pub fn keep<T: Any + Send + Sync>(
    database: Weak<T>,
    after: Duration,
    mut look: impl FnMut(&T) -> Option<Duration> + Send + 'static,
) -> bool {
    let mut keeper = keeper();
    if !keeper.is_running {
        let thread = std::thread::Builder::new().name("tshm-keeper".into());
        keeper.is_running = thread.spawn(run).is_ok();
    }
    if keeper.is_running {
        let looked_at = database.clone();
        let look = Box::new(move || looked_at.upgrade().and_then(|database| look(&database)));
        keeper.tasks.push(Task { database, look, due: Instant::now() + after });
        KEEPER.1.notify_one();
    }
    keeper.is_running
}

/// Nothing is being looked at, and nothing will be, until what this returns is dropped.
pub fn pause() -> MutexGuard<'static, ()> {
    LOOKING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run() {
    loop {
        let mut task = next();
        let _looking = pause();
        // A panic ends the look, not the thread that others rely on.
        let look = AssertUnwindSafe(|| (task.look)());
        if let Ok(Some(time)) = catch_unwind(look) {
            task.due = Instant::now() + time;
            keeper().tasks.push(task);
        }
    }
}

/// The task that is due first, when it is. Those of databases that are closed are forgotten.
fn next() -> Task {
    let mut keeper = keeper();
    loop {
        keeper.tasks.retain(|task| task.database.strong_count() > 0);
        let now = Instant::now();
        let first = (0..keeper.tasks.len()).min_by_key(|index| keeper.tasks[*index].due);
        let left = first.map(|index| keeper.tasks[index].due.saturating_duration_since(now));
        keeper = match (first, left) {
            (Some(index), Some(Duration::ZERO)) => return keeper.tasks.swap_remove(index),
            (_, Some(left)) => {
                let waited = KEEPER.1.wait_timeout(keeper, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            _ => KEEPER.1.wait(keeper).unwrap_or_else(PoisonError::into_inner),
        };
    }
}
