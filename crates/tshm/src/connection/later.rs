//! A commit in two parts, for a thread that has other things to do while the disk is at work.
//!
//! ```text
//! the connection's thread   begin: compose, write ──┐  ( whatever it does with others )  ┌── finish: publish, end the transaction
//! any thread                                        └──────────── run: sync ─────────────┘
//! ```
//!
//! Between the two the connection is in its write transaction, and nothing is done with it. Whoever comes to `finish`, or lets the transaction
//! go, waits for the sync, or does it himself where nobody has begun it yet: so it does not matter whether the other thread comes at all.
//! What is acknowledged when is as in a commit in one go (`commit`, `group`): after the sync, and published.
//!
//! Where syncs are shared the other thread does what `sync` says: it waits for whoever syncs, or syncs for all, and publishes. X has been given back by
//! then, as ever, so others append meanwhile.

use std::sync::Arc;

use crate::connection::commit::Commit;
use crate::connection::connection::Connection;
use crate::connection::log_sync::{Job, Later, LogSync};
use crate::connection::state::Stage;
use crate::error::{Error, Result};
use crate::shared::gate::Permit;

impl Connection {
    /// As `commit_frames`, up to its sync, which is what is returned. `finish_commit` does the rest.
    pub fn begin_commit(&mut self, room: &mut [u8], commit: Commit<'_>) -> Result<Arc<LogSync>> {
        let (permit, sums) = self.write_commit(room, commit)?;
        self.begin_sync(permit, commit.pgnos, commit.page_count, sums)
    }

    /// The frames of `pgnos` are in the log already, the last of which commits.
    pub fn begin_commit_of(&mut self, pgnos: &[u32], sums: (u32, u32)) -> Result<Arc<LogSync>> {
        self.stage = Stage::Written;
        let permit = self.ask_to_write()?;
        self.begin_sync(permit, pgnos, 0, sums)
    }

    fn begin_sync(
        &mut self,
        permit: Permit<'static>,
        pgnos: &[u32],
        page_count: u32,
        sums: (u32, u32),
    ) -> Result<Arc<LogSync>> {
        let files = self.shared_files().ok_or(Error::ReadOnly)?;
        let shared = if self.entry.is_multiprocess && self.shares_sync(pgnos.len())? {
            self.stage = Stage::Publishing;
            Some(self.append_shared(pgnos, page_count, sums)?)
        } else {
            None
        };
        let job = Job {
            files,
            entry: self.entry.clone(),
            permit,
            shared: shared.clone(),
            patience: self.patience,
        };
        let sync = LogSync::new(job);
        let later = Later { sync: sync.clone(), pgnos: pgnos.to_vec(), sums, shared };
        self.later = Some(later);
        Ok(sync)
    }

    /// Waits for the sync, publishes, and ends the transaction. Answers and fails as `commit_frames`.
    pub fn finish_commit(&mut self) -> Result<bool> {
        let Some(Later { sync, pgnos, sums, shared }) = self.later.take() else {
            return Err(Error::Misuse("a commit is finished that has begun"));
        };
        let synced = sync.outcome();
        if let Some(shared) = shared {
            self.note_published(&shared, synced)?;
        } else {
            synced?;
            self.stage = Stage::Publishing;
            if self.publish_commit(&pgnos, sums)? {
                return Ok(true);
            }
            self.end_write()?;
        }
        self.end_read();
        Ok(false)
    }

    /// Whoever lets the transaction go waits for what is being done for it. Frames that nobody shares are not published.
    pub(crate) fn drop_commit(&mut self) {
        let Some(Later { sync, shared, .. }) = self.later.take() else { return };
        let synced = sync.outcome();
        if let Some(shared) = shared {
            let _ = self.note_published(&shared, synced);
        }
    }
}
