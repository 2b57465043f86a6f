//! The sync of a commit, which any thread may do. (`later`)

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::format::snapshot::Snapshot;
use crate::kernel::once::Once;
use crate::shared::entry::Entry;
use crate::shared::gate::Permit;
use crate::shared::open_files::Files;
use crate::shared::sync::Goal;

/// Frames of a commit that are pending.
#[derive(Clone)]
pub(super) struct Shared {
    /// What they were built on.
    pub(super) base: Snapshot,
    /// The state with them.
    pub(super) committed: Snapshot,
    pub(super) pgnos: Vec<u32>,
}

impl Shared {
    pub(super) fn goal<'a>(&'a self, permit: &'a Permit<'a>, files: &'a Files) -> Goal<'a> {
        let Shared { base, committed, pgnos } = self;
        Goal {
            permit,
            files,
            generation: base.generation(),
            frame: committed.max_frame,
            pgnos,
            sums: (committed.checksum1, committed.checksum2),
        }
    }
}

/// The part of a commit that any thread may do.
pub struct LogSync(Once<Job, Result<()>>);

pub(super) struct Job {
    // First, so that the files go before what holds their locks.
    pub(super) files: Arc<Files>,
    pub(super) entry: Arc<Entry>,
    pub(super) permit: Permit<'static>,
    /// None: the writer is alone.
    pub(super) shared: Option<Shared>,
    pub(super) patience: Duration,
}

impl Job {
    fn run(&self) -> Result<()> {
        if let Some(shared) = &self.shared {
            let goal = shared.goal(&self.permit, &self.files);
            self.entry.await_published(&goal, self.patience)
        } else {
            let log = self.files.wal.as_ref().ok_or(Error::ReadOnly)?;
            self.entry.sync_log(&self.permit, log)
        }
    }
}

impl LogSync {
    pub(super) fn new(job: Job) -> Arc<LogSync> {
        Arc::new(LogSync(Once::new(job)))
    }

    /// Syncs, unless somebody does so or has done so. Any thread may.
    pub fn run(&self) {
        self.0.run(|job| {
            // Nothing may wait for ever for a thread that has failed.
            let ran = catch_unwind(AssertUnwindSafe(|| job.run()));
            ran.unwrap_or(Err(Error::Misuse("the sync of the log has failed")))
        });
    }

    /// What has come of it, for the one who asks first; runs it if nobody has.
    pub(super) fn outcome(&self) -> Result<()> {
        self.run();
        self.0.take().unwrap_or(Ok(()))
    }
}

/// A commit that has begun.
pub(super) struct Later {
    pub(super) sync: Arc<LogSync>,
    pub(super) pgnos: Vec<u32>,
    pub(super) sums: (u32, u32),
    pub(super) shared: Option<Shared>,
}
