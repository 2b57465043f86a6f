//! What a connection keeps, by what it is for.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::connection::run::Run;
use crate::format::snapshot::Snapshot;

/// Where a connection is between its opening and its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// The first of all, with the database to itself until `finish_open`.
    Opening,
    Open,
    /// The last of all, and nobody can open.
    Closing,
    Closed,
}

/// What the open transaction sees. Outside one, `view` is what the caller was last shown.
#[derive(Default)]
pub(super) struct ReadView {
    pub(super) view: Snapshot,
    /// The slot that pins it.
    pub(super) slot: Option<usize>,
    /// The registration was found erased: for a while nothing protected the snapshot, and nothing can make up for that.
    pub(super) was_erased: Cell<bool>,
    /// Frames up to this are in the database file.
    pub(super) low: u64,
    /// The last frame of the view that was published when the transaction began.
    pub(super) floor: u64,
    /// Pages of the pending frames that the view has beyond `floor`.
    pub(super) ahead: Vec<u32>,
    /// Pages in the database after the last commit of the view, where that is known; else 0.
    pub(super) page_count: u32,
}

impl ReadView {
    /// The last frame of the view that the map can have.
    pub(super) fn published(&self) -> u64 {
        self.view.max_frame - self.ahead.len() as u64
    }
}

/// The state that the caller's page cache reflects.
pub(super) struct Seen {
    pub(super) state: Option<Snapshot>,
    /// The sequence number under which it was current.
    pub(super) sequence: u64,
}

/// What was published when the transaction began, and what was known then. See `undone`.
pub(super) struct Base {
    pub(super) snapshot: Snapshot,
    /// How often commits had been undone.
    pub(super) undone: u32,
    /// When a peer of another kind had been met.
    pub(super) peer_seen: u64,
    /// The sequence number up to which nothing has been undone since.
    pub(super) sequence: Cell<u64>,
}

/// The turn at writing.
#[derive(Default)]
pub(super) struct WriteTurn {
    /// The writer's lock was taken ahead of the transaction.
    pub(super) is_reserved: bool,
    /// Others have appended and are still syncing; this writer builds on what they appended. See `group`.
    pub(super) is_joined: bool,
    /// The last writer died in his transaction, or in front of its end.
    pub(super) was_left: bool,
    pub(super) run: Run,
}

/// When this connection last looked at what others may have done.
#[derive(Default)]
pub(super) struct Looks {
    /// Whether `SQLite` has the database; in the open write transaction.
    pub(super) at_database: Option<Instant>,
    /// Whether the log is as it was left: this connection, or another of the same database.
    pub(super) at_log: Cell<Option<Instant>>,
    /// Nobody has looked at the log yet, in this transaction or checkpoint.
    pub(super) doubts_log: Cell<bool>,
}

/// The thread that sleeps until somebody commits. See `watch`.
pub(super) struct Watch {
    pub(super) thread: JoinHandle<()>,
    pub(super) is_over: Arc<AtomicBool>,
}
