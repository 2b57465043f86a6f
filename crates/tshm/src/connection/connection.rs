//! One connection: its view of the snapshot, its pinned slot, what it holds.
//!
//! Two snapshots are kept apart. `read.view` is what the caller was last shown. `seen` is the state that the caller's page
//! cache reflects: it moves with read transactions and with the connection's own commits, and not
//! because a checkpoint looked at the snapshot in between.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use crate::connection::log_sync::Later;
use crate::connection::parts::{Base, Looks, Phase, ReadView, Seen, Watch, WriteTurn};
use crate::connection::private_reader::PrivateReader;
use crate::connection::state::Stage;
use crate::error::{Error, Result};
use crate::format::frame_index;
use crate::format::proof::{self, Proof};
use crate::format::snapshot::Snapshot;
use crate::opening::options::OpenOptions;
use crate::opening::registry::{self, Opened};
use crate::presence::activity::Activity;
use crate::presence::checkpoint_note::CheckpointNote;
use crate::shared::entry::{Entry, Held};
use crate::shared::open_files::Files;

/// Until the connection is told another time.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(5);

pub struct Connection {
    pub(crate) entry: Arc<Entry>,
    /// None once closed.
    pub(super) files: Option<Arc<Files>>,
    /// Nobody had the database open before.
    is_first: bool,
    /// Where there is nothing to register in.
    pub(super) private: Option<PrivateReader>,
    pub(super) readonly: bool,
    pub(super) phase: Phase,
    pub(super) held: Held,
    pub(super) read: ReadView,
    pub(super) seen: Seen,
    pub(super) base: Base,
    pub(super) turn: WriteTurn,
    pub(super) looks: Looks,
    /// How long this connection waits for others, where it is not told anew.
    pub(super) patience: Duration,
    /// `SQLite` is kept out, for what storage destroys. See `gate`.
    pub(super) holds_off: bool,
    /// How far the last commit in one call came.
    pub(super) stage: Stage,
    /// Where others can see what this connection does; none where nobody can.
    pub(super) activity: Option<Arc<Activity>>,
    pub(super) note: CheckpointNote,
    /// Somebody is told of commits.
    pub(super) watch: Option<Watch>,
    /// A commit has begun, and is to be finished.
    pub(super) later: Option<Later>,
}

/// Opens a connection. The first one, `Connection::is_first`, recovers the log, installs what it found, and calls `finish_open`;
/// everybody else waits for that.
pub fn open(options: &OpenOptions) -> Result<Connection> {
    registry::open(options).map(Connection::new)
}

impl Connection {
    fn new(opened: Opened) -> Connection {
        let Opened { entry, files, is_first, readonly } = opened;
        let private = (!entry.is_coordinated).then(PrivateReader::default);
        let is_seen = entry.is_coordinated && entry.region.is_shared();
        let activity = is_seen.then(|| entry.processes.watch(readonly));
        Connection {
            entry,
            files: Some(files),
            is_first,
            private,
            readonly,
            phase: if is_first { Phase::Opening } else { Phase::Open },
            held: Held::default(),
            read: ReadView::default(),
            seen: Seen { state: None, sequence: u64::MAX },
            base: Base {
                snapshot: Snapshot::default(),
                undone: 0,
                peer_seen: 0,
                sequence: Cell::new(u64::MAX),
            },
            turn: WriteTurn::default(),
            looks: Looks::default(),
            patience: DEFAULT_PATIENCE,
            holds_off: false,
            stage: Stage::default(),
            activity,
            note: CheckpointNote::default(),
            watch: None,
            later: None,
        }
    }

    pub fn files(&self) -> Option<&Files> {
        self.files.as_deref()
    }

    /// The same, with the log, when there is one by now: a reader does not make it.
    pub fn look_for_log(&mut self) -> Result<()> {
        self.check_open()?;
        if self.files.as_ref().is_some_and(|files| files.wal.is_none())
            && let Some(found) = self.entry.files_with_log()?
        {
            self.files = Some(found);
        }
        Ok(())
    }

    /// May write, if the file and the caller allow it.
    pub fn is_readonly(&self) -> bool {
        self.readonly
    }

    /// Other processes may have the database open.
    pub fn is_multiprocess(&self) -> bool {
        self.entry.is_multiprocess
    }

    /// What is wrong where a pin is not intact and no other process is the reason.
    pub fn damage(&self) -> Option<Error> {
        self.entry.region.is_lost().then(|| Error::shortened_tshm(&self.entry.names.tshm))
    }

    /// The busy timeout: how long a commit waits for a sync that another process has begun, and a transaction for upkeep.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
        self.held.patience = patience;
    }

    pub fn activity(&self) -> Option<&Arc<Activity>> {
        self.activity.as_ref()
    }

    pub(crate) fn shared_files(&self) -> Option<Arc<Files>> {
        self.files.clone()
    }

    /// Nobody had the database open: everybody else waits for `finish_open`.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    pub fn is_coordinated(&self) -> bool {
        self.entry.is_coordinated
    }

    /// What the caller was last shown.
    pub fn view(&self) -> &Snapshot {
        &self.read.view
    }

    /// Frames that the shared index covers, or, within one process, the map.
    pub fn frame_index_len(&self) -> u64 {
        let region = &self.entry.region;
        if region.is_shared() {
            frame_index::len(region.words()) as u64
        } else {
            self.entry.map().len()
        }
    }

    pub fn is_overflowed(&self) -> bool {
        frame_index::is_overflowed(self.entry.region.words())
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        if self.phase == Phase::Closed {
            Err(Error::Misuse("the connection is closed"))
        } else {
            Ok(())
        }
    }

    /// What a repair may count on.
    pub(crate) fn holding(&self) -> Held {
        self.held
    }

    // ── Opening and closing ─────────────────────────────────────────────────────────────────────

    pub fn finish_open(&mut self) -> Result<()> {
        if self.phase == Phase::Opening {
            registry::finish_open(&self.entry)?;
            self.phase = Phase::Open;
        }
        Ok(())
    }

    pub fn begin_close(&mut self) -> Result<bool> {
        self.check_open()?;
        // What is still held by this process must not look like a reader.
        if self.read.slot.is_some() || self.held.writer || self.held.checkpointer {
            return Ok(false);
        }
        let is_last = registry::begin_close(&self.entry)?;
        if is_last {
            self.phase = Phase::Closing;
        }
        Ok(is_last)
    }

    /// Gives back whatever is held. Also ends an opening that failed.
    pub fn close(&mut self) {
        if self.phase == Phase::Closed {
            return;
        }
        self.unwatch();
        self.drop_commit();
        self.let_go();
        self.end_checkpoint();
        // What this transaction was built on concerns nobody any more.
        let _ = self.end_write();
        self.end_read();
        self.phase = Phase::Closed;
        let entry = std::mem::replace(&mut self.entry, Entry::closed());
        if let Some(activity) = self.activity.take() {
            entry.processes.unwatch(&activity);
        }
        registry::close(entry, self.files.take());
    }

    // ── The snapshot ────────────────────────────────────────────────────────────────────────────

    pub fn read_snapshot(&mut self) -> Result<()> {
        self.check_open()?;
        self.read.view = self.entry.read_snapshot(self.holding())?.0;
        Ok(())
    }

    /// The proof is whole and speaks of the present view.
    pub fn is_proof_valid(&self) -> bool {
        proof::load(self.entry.region.words()).is_some_and(|proof| proof.speaks_of(&self.read.view))
    }

    pub fn db_header_matches_proof(&self, db_header: &[u8]) -> bool {
        proof::load(self.entry.region.words())
            .is_some_and(|proof| Proof::of(&self.read.view, db_header) == Some(proof))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}
