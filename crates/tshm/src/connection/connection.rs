//! One connection: its view of the snapshot, its pinned slot, what it holds.
//!
//! Two snapshots are kept apart. `view` is what the caller was last shown. `seen` is the state that the caller's page
//! cache reflects: it moves with read transactions and with the connection's own commits, and not
//! because a checkpoint looked at the snapshot in between.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::connection::private_reader::PrivateReader;
use crate::connection::run::Run;
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
// The flags are independent facts, not the states of one machine.
#[allow(clippy::struct_excessive_bools)]
pub struct Connection {
    pub(crate) entry: Arc<Entry>,
    /// None once closed.
    pub(crate) files: Option<Arc<Files>>,
    pub(crate) joined: bool,
    /// Where there is nothing to register in.
    pub(crate) private: Option<PrivateReader>,
    pub(crate) readonly: bool,
    pub(crate) is_opening: bool,
    pub(crate) is_closed: bool,
    pub(crate) held: Held,
    /// The writer's lock was taken ahead of the transaction.
    pub(crate) is_reserved: bool,
    /// Others have appended and are still syncing; this writer builds on what they appended. See `group`.
    pub(crate) is_joined: bool,
    /// The last writer died in his transaction, or in front of its end.
    pub(crate) was_left: bool,
    /// Pages of the pending frames that the view has beyond `floor`.
    pub(crate) ahead: Vec<u32>,
    /// Pages in the database after the last commit of the view, where that is known; else 0.
    pub(crate) page_count: u32,
    /// The last frame of the view that was published when the transaction began.
    pub(crate) floor: u64,
    /// What was published when the transaction began, what was known then of undone commits and of peers, and the sequence
    /// number up to which nothing has been undone since. See `undone`.
    pub(crate) base: Snapshot,
    pub(crate) undone: u32,
    pub(crate) base_peer_seen: u64,
    pub(crate) base_sequence: Cell<u64>,
    pub(crate) run: Run,
    /// How long this connection waits for others, where it is not told anew.
    pub(crate) patience: Duration,
    /// When the open write transaction looked whether `SQLite` has the database.
    pub(crate) looked: Option<Instant>,
    /// When one of this connection last looked at the log.
    pub(crate) looked_at_log: Option<Instant>,
    /// Nobody has looked yet, in this transaction or checkpoint, whether the log is as it was left.
    pub(crate) doubts_log: Cell<bool>,
    /// `SQLite` is kept out, for what storage destroys. See `gate`.
    pub(crate) holds_off: bool,
    /// The last connection of all, and nobody can open.
    pub(crate) is_closing: bool,
    /// How far the last commit in one call came.
    pub(crate) stage: Stage,
    /// The slot of the open read transaction.
    pub(crate) slot: Option<usize>,
    /// The registration was found erased: for a while nothing protected the snapshot, and nothing can make up for that.
    pub(crate) was_erased: Cell<bool>,
    pub(crate) view: Snapshot,
    pub(crate) seen: Option<Snapshot>,
    /// The sequence number under which `seen` was current.
    pub(crate) seen_sequence: u64,
    /// Frames up to this are in the database file, for the open transaction.
    pub(crate) low: u64,
    /// Where others can see what this connection does; none where nobody can.
    pub(crate) activity: Option<Arc<Activity>>,
    pub(crate) note: CheckpointNote,
}

/// Opens a connection. When `Connection::joined` is false, the caller recovers the log, installs what it found, and
/// calls `finish_open`; everybody else waits for that.
pub fn open(options: &OpenOptions) -> Result<Connection> {
    registry::open(options).map(Connection::new)
}

impl Connection {
    fn new(opened: Opened) -> Connection {
        let Opened { entry, files, joined, readonly } = opened;
        let private = (!entry.is_coordinated).then(PrivateReader::default);
        let is_seen = entry.is_coordinated && entry.region.is_shared();
        let activity = is_seen.then(|| entry.processes.watch(readonly));
        Connection {
            entry,
            files: Some(files),
            private,
            joined,
            readonly,
            is_opening: !joined,
            is_closed: false,
            held: Held::default(),
            is_reserved: false,
            is_joined: false,
            was_left: false,
            ahead: Vec::new(),
            page_count: 0,
            floor: 0,
            base: Snapshot::default(),
            undone: 0,
            base_peer_seen: 0,
            base_sequence: Cell::new(u64::MAX),
            run: Run::default(),
            patience: DEFAULT_PATIENCE,
            looked: None,
            looked_at_log: None,
            doubts_log: Cell::new(false),
            holds_off: false,
            is_closing: false,
            stage: Stage::default(),
            slot: None,
            was_erased: Cell::new(false),
            view: Snapshot::default(),
            seen: None,
            seen_sequence: u64::MAX,
            low: 0,
            activity,
            note: CheckpointNote::default(),
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

    /// False: alone, and everybody else waits for `finish_open`.
    pub fn joined(&self) -> bool {
        self.joined
    }

    pub fn is_coordinated(&self) -> bool {
        self.entry.is_coordinated
    }

    /// What the caller was last shown.
    pub fn view(&self) -> &Snapshot {
        &self.view
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
        if self.is_closed { Err(Error::Misuse("the connection is closed")) } else { Ok(()) }
    }

    /// What the opener's repair may count on: alone, nobody else holds either lock.
    pub(crate) fn holding(&self) -> Held {
        self.held
    }

    // ── Opening and closing ─────────────────────────────────────────────────────────────────────

    pub fn finish_open(&mut self) -> Result<()> {
        if self.is_opening {
            registry::finish_open(&self.entry)?;
            self.is_opening = false;
        }
        Ok(())
    }

    pub fn begin_close(&mut self) -> Result<bool> {
        self.check_open()?;
        // What is still held by this process must not look like a reader.
        if self.slot.is_some() || self.held.writer || self.held.checkpointer {
            return Ok(false);
        }
        self.is_closing = registry::begin_close(&self.entry)?;
        Ok(self.is_closing)
    }

    /// Gives back whatever is held. Also ends an opening that failed.
    pub fn close(&mut self) {
        if self.is_closed {
            return;
        }
        self.let_go();
        self.end_checkpoint();
        // What this transaction was built on concerns nobody any more.
        let _ = self.end_write();
        self.end_read();
        self.is_closed = true;
        self.is_opening = false;
        let entry = std::mem::replace(&mut self.entry, Entry::closed());
        if let Some(activity) = self.activity.take() {
            entry.processes.unwatch(&activity);
        }
        registry::close(entry, self.files.take());
    }

    // ── The snapshot ────────────────────────────────────────────────────────────────────────────

    pub fn read_snapshot(&mut self) -> Result<()> {
        self.check_open()?;
        self.view = self.entry.read_snapshot(self.holding())?.0;
        Ok(())
    }

    /// The proof is whole and speaks of the present view.
    pub fn is_proof_valid(&self) -> bool {
        proof::load(self.entry.region.words()).is_some_and(|proof| proof.speaks_of(&self.view))
    }

    pub fn db_header_matches_proof(&self, db_header: &[u8]) -> bool {
        proof::load(self.entry.region.words())
            .is_some_and(|proof| Proof::of(&self.view, db_header) == Some(proof))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}
