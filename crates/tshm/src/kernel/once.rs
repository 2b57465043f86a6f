//! Work that is done once, by whichever thread comes first, and whose end others wait for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

enum State<Work, Outcome> {
    Due(Work),
    Running,
    Done(Outcome),
    Taken,
}

pub struct Once<Work, Outcome> {
    state: Mutex<State<Work, Outcome>>,
    ended: Condvar,
}

impl<Work, Outcome> Once<Work, Outcome> {
    pub fn new(work: Work) -> Once<Work, Outcome> {
        Once { state: Mutex::new(State::Due(work)), ended: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<Work, Outcome>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does it, which must not panic, or waits for the one who does. The work is dropped before anybody hears of its end.
    pub fn run(&self, act: impl FnOnce(&Work) -> Outcome) {
        let mut state = self.state();
        if !matches!(&*state, State::Due(_)) {
            while matches!(&*state, State::Running) {
                state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            return;
        }
        let State::Due(work) = std::mem::replace(&mut *state, State::Running) else { return };
        drop(state);
        let outcome = act(&work);
        drop(work);
        *self.state() = State::Done(outcome);
        self.ended.notify_all();
    }

    /// What has come of it; once.
    pub fn take(&self) -> Option<Outcome> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Done(outcome) => Some(outcome),
            other => {
                *state = other;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread::spawn;

    use super::*;

    #[test]
    fn whoever_comes_first_does_it_and_the_others_wait_for_him() {
        for _ in 0..200 {
            let count = Arc::new(AtomicU32::new(0));
            let once = Arc::new(Once::new(count.clone()));
            let run = |once: &Once<Arc<AtomicU32>, u32>| {
                once.run(|count| count.fetch_add(1, Ordering::Relaxed) + 1);
                // The work is gone when anybody has come back.
                assert_eq!(count.load(Ordering::Relaxed), 1);
            };
            let other = {
                let once = once.clone();
                spawn(move || once.run(|count| count.fetch_add(1, Ordering::Relaxed) + 1))
            };
            run(&once);
            assert_eq!(Arc::strong_count(&count), 1);
            other.join().unwrap();
            assert_eq!((once.take(), once.take()), (Some(1), None));
        }
    }
}
