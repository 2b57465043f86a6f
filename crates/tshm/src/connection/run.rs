//! A connection's turn at writing, as others at the turnstile see it. (See `queue`.)

use std::time::{Duration, Instant};

use crate::shared::entry::Entry;

/// How long a process goes on writing while another stands at the turnstile.
const SHARE: Duration = Duration::from_millis(4);
/// How long somebody at the turnstile may leave X free before he is ignored.
const PATIENCE: Duration = Duration::from_millis(20);
#[derive(Default)]
pub struct Run {
    /// When somebody was first met at the turnstile in this turn.
    contended_since: Option<Instant>,
    /// When this connection began to let others in.
    yielding_since: Option<Instant>,
}

impl Run {
    /// Whether to stand back now.
    pub(crate) fn must_yield(&mut self, entry: &Entry) -> bool {
        if !entry.is_turnstile_taken() {
            *self = Run::default();
            return false;
        }
        let now = Instant::now();
        let since = *self.contended_since.get_or_insert(now);
        if now - since < SHARE {
            return false;
        }
        if entry.is_writer_busy() {
            // The one we let in is at work; from here on we wait like anybody.
            self.yielding_since = None;
            return true;
        }
        let yielding = *self.yielding_since.get_or_insert(now);
        now - yielding < PATIENCE
    }

    /// Whether the next transaction may begin although somebody waits: then he is not woken in between.
    pub(crate) fn goes_on(&self) -> bool {
        self.contended_since.is_some_and(|since| since.elapsed() < SHARE)
    }
}
