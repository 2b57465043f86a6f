//! What is asked for, and how long openers wait for each other.

use std::time::Duration;

#[derive(Clone)]
pub struct OpenOptions {
    pub path: String,
    pub multiprocess: bool,
    pub readonly: bool,
    pub create: bool,
    pub timeout: Duration,
}

impl OpenOptions {
    /// How long two openers of one database wait for each other.
    pub(crate) fn opening_patience(&self) -> Duration {
        if self.timeout.is_zero() { OPENING_PATIENCE } else { self.timeout.max(LEAST_PATIENCE) }
    }
}

/// Two openers of one database wait for each other so long where no timeout was asked for: the first is only recovering the
/// log.
pub(crate) const OPENING_PATIENCE: Duration = Duration::from_secs(2);
/// And at least so long with any timeout.
const LEAST_PATIENCE: Duration = Duration::from_millis(250);
/// Between two looks at a lock.
pub(crate) const PAUSE: Duration = Duration::from_millis(2);
