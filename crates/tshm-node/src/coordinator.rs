//! One connection's part in the coordination, as JavaScript sees it.

use std::cell::{RefCell, RefMut};
use std::os::fd::AsRawFd;
use std::rc::Rc;

use napi::bindgen_prelude::{
    Env, Float64Array, Float64ArraySlice, JsValue, This, Uint8Array, Uint8ArraySlice, Uint32Array,
    Uint32ArraySlice,
};
use napi_derive::napi;
use tshm::Snapshot;
use tshm::connection::checkpointing::CheckpointMode;
use tshm::connection::state::Stage;
use tshm::presence::activity::{LENT_WORDS, Lent};

use crate::error::{Result, from_core, misuse};
use crate::hot;
use crate::inner::{FIELDS, Inner, milliseconds};

#[napi(object)]
pub struct OpenOptions {
    pub path: String,
    pub multiprocess: bool,
    pub readonly: bool,
    pub create: bool,
    pub timeout_ms: f64,
}

#[napi]
pub struct Coordinator {
    inner: Rc<RefCell<Inner>>,
}

#[napi]
impl Coordinator {
    /// Opens a connection. `snapshot` has 17 elements, which the calls below fill; `changes` is filled by `changedSince`.
    #[napi(constructor, catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn new(
        env: Env,
        this: This<'_>,
        options: OpenOptions,
        snapshot: Float64Array,
        changes: Option<Uint32Array>,
    ) -> Result<Coordinator> {
        if snapshot.len() != FIELDS {
            return Err(misuse("a snapshot has seventeen fields"));
        }
        let options = tshm::OpenOptions {
            path: options.path,
            multiprocess: options.multiprocess,
            readonly: options.readonly,
            create: options.create,
            timeout: milliseconds(options.timeout_ms),
        };
        let mut connection = tshm::open(&options).map_err(from_core)?;
        connection.set_patience(options.timeout);
        let inner = Rc::new(RefCell::new(Inner {
            connection,
            fields: snapshot,
            shown: None,
            changes,
            room: None,
        }));
        if !hot::attach(env.raw(), this.raw(), &inner) {
            inner.borrow_mut().close();
            return Err(napi::Error::new("SQLITE_NOMEM", "out of memory"));
        }
        Ok(Coordinator { inner })
    }

    /// The state, for one call. Calls do not run JavaScript, so none can be inside another.
    pub(crate) fn inner(&self) -> RefMut<'_, Inner> {
        self.inner.borrow_mut()
    }

    /// The descriptor of the database file, which stays the core's.
    #[napi(getter, catch_unwind)]
    pub fn db_fd(&self) -> i32 {
        self.inner().connection.files().map_or(-1, |files| files.database.as_raw_fd())
    }

    /// The descriptor of the log; -1 when there is none and nobody writes.
    #[napi(getter, catch_unwind)]
    pub fn wal_fd(&self) -> i32 {
        let inner = self.inner();
        let wal = inner.connection.files().and_then(|files| files.wal.as_ref());
        wal.map_or(-1, AsRawFd::as_raw_fd)
    }

    /// As `walFd`, after a reader has looked again for a log that was not there, or follows another.
    #[napi(catch_unwind)]
    pub fn look_for_log(&self) -> Result<i32> {
        self.inner().connection.look_for_log().map_err(from_core)?;
        Ok(self.wal_fd())
    }

    /// Keeps SQLite out of the database file while its format changes; false: it is at work there.
    #[napi(catch_unwind)]
    pub fn lock_out_sqlite(&self) -> Result<bool> {
        self.inner().connection.lock_out_sqlite().map_err(from_core)
    }

    #[napi(catch_unwind)]
    pub fn let_in_sqlite(&self) {
        self.inner().connection.let_in_sqlite();
    }

    /// Asked for, or all that the file permits.
    #[napi(getter, catch_unwind)]
    pub fn readonly(&self) -> bool {
        self.inner().connection.is_readonly()
    }

    /// Other processes may have the database open. False where the platform does not support it.
    #[napi(getter, catch_unwind)]
    pub fn multiprocess(&self) -> bool {
        self.inner().connection.is_multiprocess()
    }

    /// Nobody had it open: everybody else who opens waits until `finishOpen` or `abortOpen`.
    #[napi(getter, catch_unwind)]
    pub fn is_first(&self) -> bool {
        self.inner().connection.is_first()
    }

    /// False: a private reader that nobody knows of.
    #[napi(getter, catch_unwind)]
    pub fn coordinated(&self) -> bool {
        self.inner().connection.is_coordinated()
    }

    #[napi(catch_unwind)]
    pub fn read_snapshot(&self) -> Result<()> {
        self.inner().connection.read_snapshot().map_err(from_core)?;
        self.inner().fill();
        Ok(())
    }

    /// Whether the first 100 bytes of the database file are those that the backfill proof speaks of.
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn db_header_matches_proof(&self, header: Uint8ArraySlice<'_>) -> bool {
        self.inner().connection.db_header_matches_proof(&header)
    }

    /// States what recovery found: `pgnos[i]` is the page of frame `i + 1`.
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn install(
        &self,
        fields: Float64ArraySlice<'_>,
        pgnos: Uint32ArraySlice<'_>,
    ) -> Result<()> {
        let snapshot = snapshot_of(&fields)?;
        self.inner().connection.install(&snapshot, &pgnos).map_err(from_core)?;
        self.inner().fill();
        Ok(())
    }

    /// Makes commits visible whose author died before it could.
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn roll_forward(
        &self,
        pgnos: Uint32ArraySlice<'_>,
        commit_count: u32,
        checksum1: u32,
        checksum2: u32,
    ) -> Result<()> {
        let sums = (checksum1, checksum2);
        self.inner()
            .connection
            .roll_forward(&pgnos, u64::from(commit_count), sums)
            .map_err(from_core)
    }

    #[napi(catch_unwind)]
    pub fn finish_open(&self) -> Result<()> {
        self.inner().connection.finish_open().map_err(from_core)
    }

    #[napi(catch_unwind)]
    pub fn abort_open(&self) {
        self.inner().close();
    }

    /// How long this connection waits for others, where a call does not say.
    #[napi(catch_unwind)]
    pub fn set_busy_timeout(&self, timeout_ms: f64) {
        self.inner().connection.set_patience(milliseconds(timeout_ms));
    }

    /// As `isPinIntact`, and certain of it: for one who has read what cannot be.
    #[napi(catch_unwind)]
    pub fn is_pin_proven(&self) -> bool {
        self.inner().connection.is_pin_proven()
    }

    /// Distinct pages in the frames after `maxFrame`; null when that cannot be known.
    #[napi(catch_unwind)]
    pub fn changed_pages(&self, max_frame: f64) -> Option<Uint32Array> {
        self.inner().connection.changed_since(frame(max_frame)).map(Uint32Array::from)
    }

    /// `[from, to]`: frames whose pages must be supplied; usually empty.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_possible_truncation)]
    pub fn missing_frames(&self) -> Uint32Array {
        let missing = self.inner().connection.missing_frames();
        let range = missing.map_or(Vec::new(), |(from, to)| vec![from as u32, to as u32]);
        Uint32Array::from(range)
    }

    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn supply_frames(&self, from: u32, pgnos: Uint32ArraySlice<'_>) -> Result<()> {
        self.inner().connection.supply_frames(u64::from(from), &pgnos).map_err(from_core)
    }

    /// Takes the writer's lock, outside any transaction, for the `beginWrite` that follows, waiting in the queue of writers; `endWrite` gives
    /// an unused reservation back. `joins`: a single statement that will be synced with `publishTogether`; it may
    /// build on commits that are still being synced. False: the time was up.
    #[napi(catch_unwind)]
    pub fn reserve_writer(&self, timeout_ms: f64, joins: bool) -> Result<bool> {
        self.inner().reserve(timeout_ms, joins)
    }

    /// The array for frames, header first; for `commitFrames` the pages stand where they will in the log.
    #[napi(catch_unwind)]
    pub fn set_room(&self, room: Uint8Array) {
        self.inner().room = Some(room);
    }

    /// How far the last `commitFrames` came. 0: nothing is written. 1: written, perhaps in part. 2: whether it counts is no longer for its
    /// author to decide.
    #[napi(getter, catch_unwind)]
    pub fn commit_stage(&self) -> u32 {
        match self.inner().connection.commit_stage() {
            Stage::Begun => 0,
            Stage::Written => 1,
            Stage::Publishing => 2,
        }
    }

    /// Before the first append to a new generation: whether the log may keep its length.
    #[napi(catch_unwind)]
    pub fn keeps_log_length(&self) -> Result<bool> {
        self.inner().connection.keeps_log_length().map_err(from_core)
    }

    /// Before the first append: starts a new generation of the log where that is possible.
    #[napi(catch_unwind)]
    pub fn try_restart(&self) -> Result<bool> {
        let restarted = self.inner().connection.try_restart().map_err(from_core)?;
        if restarted {
            self.inner().fill();
        }
        Ok(restarted)
    }

    /// Whether `checkUndisturbed` has anything to look at.
    #[napi(getter, catch_unwind)]
    pub fn can_be_disturbed(&self) -> bool {
        self.inner().connection.can_be_disturbed()
    }

    /// Before writing to a file of the database: nobody who knows nothing of us has taken it, and our locks stand.
    #[napi(catch_unwind)]
    pub fn check_undisturbed(&self) -> Result<()> {
        self.inner().connection.ask_to_write().map(drop).map_err(from_core)
    }

    /// The same for what destroys, and keeps whoever it is from coming, until `letGo`.
    #[napi(catch_unwind)]
    pub fn hold_off(&self) -> Result<()> {
        self.inner().connection.hold_off().map_err(from_core)
    }

    #[napi(catch_unwind)]
    pub fn let_go(&self) {
        self.inner().connection.let_go();
    }

    /// A sync of the log failed.
    #[napi(catch_unwind)]
    pub fn note_sync_failed(&self) {
        self.inner().connection.note_sync_failed();
    }

    #[napi(getter, catch_unwind)]
    pub fn has_failed_sync(&self) -> bool {
        self.inner().connection.has_failed_sync()
    }

    /// The log was written once more, and synced.
    #[napi(catch_unwind)]
    pub fn note_mended(&self) {
        self.inner().connection.note_mended();
    }

    /// A commit of this connection is meant to outlast more than its process.
    #[napi(catch_unwind)]
    pub fn note_durability(&self) {
        self.inner().connection.note_durability();
    }

    /// Somebody counts on what is copied back being durable before it is announced.
    #[napi(getter, catch_unwind)]
    pub fn relies_on_syncs(&self) -> bool {
        self.inner().connection.relies_on_syncs()
    }

    #[napi(catch_unwind)]
    pub fn publish_header(
        &self,
        page_size: u32,
        salt1: u32,
        salt2: u32,
        checksum1: u32,
        checksum2: u32,
    ) -> Result<()> {
        let generation = (salt1, salt2);
        let sums = (checksum1, checksum2);
        self.inner().connection.publish_header(page_size, generation, sums).map_err(from_core)?;
        self.inner().fill();
        Ok(())
    }

    /// Frames `maxFrame + 1` onward are committed. True: the proof should be renewed.
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn publish_commit(
        &self,
        pgnos: Uint32ArraySlice<'_>,
        checksum1: u32,
        checksum2: u32,
    ) -> Result<bool> {
        let sums = (checksum1, checksum2);
        let renews = self.inner().connection.publish_commit(&pgnos, sums).map_err(from_core)?;
        self.inner().fill();
        Ok(renews)
    }

    /// Whether the commit of this write transaction, of so many frames, shares its sync with others: `publishTogether` then does both.
    #[napi(catch_unwind)]
    pub fn shares_sync(&self, frames: u32) -> Result<bool> {
        self.inner().connection.shares_sync(frames as usize).map_err(from_core)
    }

    /// Syncs the log and publishes the commit, together with those of other writers. The writer's lock is given back. `SQLITE_IOERR_FSYNC` also when
    /// the busy timeout has passed and another process, which has taken the sync on, does not go on: the outcome is then unknown.
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn publish_together(
        &self,
        pgnos: Uint32ArraySlice<'_>,
        checksum1: u32,
        checksum2: u32,
    ) -> Result<()> {
        let sums = (checksum1, checksum2);
        self.inner().connection.publish_together(&pgnos, sums).map_err(from_core)?;
        self.inner().fill();
        Ok(())
    }

    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn install_proof(&self, db_header100: Uint8ArraySlice<'_>) -> Result<()> {
        self.inner().connection.install_proof(&db_header100).map_err(from_core)
    }

    /// Modes 0 passive, 1 full, 2 restart, 3 truncate. False: busy.
    #[napi(catch_unwind)]
    pub fn begin_checkpoint(&self, mode: u32) -> Result<bool> {
        let mode = match mode {
            0 => CheckpointMode::Passive,
            1 => CheckpointMode::Full,
            2 => CheckpointMode::Restart,
            3 => CheckpointMode::Truncate,
            _ => return Err(misuse("checkpoint modes are 0 to 3")),
        };
        let mut inner = self.inner();
        let begun = inner.connection.begin_checkpoint(mode).map_err(from_core)?;
        if begun {
            inner.fill();
            inner.connection.note_begun(mode as u32);
        } else {
            inner.connection.note_refused(mode as u32);
        }
        Ok(begun)
    }

    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss)]
    pub fn checkpoint_limit(&self) -> Result<f64> {
        let mut inner = self.inner();
        let limit = inner.connection.checkpoint_limit().map_err(from_core)?;
        inner.connection.note_limit(limit);
        Ok(limit as f64)
    }

    /// `pgno, frame, pgno, frame …` ascending by page: the pages whose last frame is among `from` to `to`.
    #[napi(catch_unwind)]
    pub fn latest_frames(&self, from: f64, to: f64) -> Result<Uint32Array> {
        let pairs =
            self.inner().connection.latest_frames(frame(from), frame(to)).map_err(from_core)?;
        let flat: Vec<u32> = pairs.into_iter().flat_map(|(pgno, frame)| [pgno, frame]).collect();
        Ok(Uint32Array::from(flat))
    }

    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn publish_backfill(&self, frames: f64, db_header100: Uint8ArraySlice<'_>) -> Result<()> {
        self.inner()
            .connection
            .publish_backfill(frame(frames), &db_header100)
            .map_err(from_core)?;
        self.inner().connection.note_copied();
        self.inner().fill();
        Ok(())
    }

    /// `drainMs`: how long new readers may be made to wait; none when left out.
    #[napi(catch_unwind)]
    pub fn restart_wal(&self, drain_ms: Option<f64>) -> Result<bool> {
        let drain = milliseconds(drain_ms.unwrap_or(0.0));
        let restarted = self.inner().connection.restart_wal(drain).map_err(from_core)?;
        self.inner().connection.note_restart(restarted);
        if restarted {
            self.inner().fill();
        }
        Ok(restarted)
    }

    #[napi(catch_unwind)]
    pub fn end_checkpoint(&self) {
        self.inner().connection.end_checkpoint();
        self.inner().connection.note_ended();
    }

    /// True: the last connection anywhere; everybody who opens waits until `close`.
    #[napi(catch_unwind)]
    pub fn begin_close(&self) -> Result<bool> {
        self.inner().connection.begin_close().map_err(from_core)
    }

    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.inner().close();
    }

    /// Two words in which this connection says what it runs: the number of the statement's text, 0 for none, and how
    /// many it has begun. Null when nobody could see it.
    #[napi(catch_unwind)]
    pub fn activity(&self) -> Option<Uint32Array> {
        self.inner().connection.activity().map(|activity| lend(activity.lent()))
    }

    /// The number of a statement's text. The last 1024 are kept.
    #[napi(catch_unwind)]
    #[allow(clippy::needless_pass_by_value)]
    pub fn register_statement(&self, text: String) -> u32 {
        self.inner().connection.activity().map_or(0, |activity| activity.register(&text))
    }

    /// The frames that living readers pin, in all processes.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_possible_truncation)]
    pub fn live_readers(&self) -> Result<Uint32Array> {
        let frames = self.inner().connection.live_readers().map_err(from_core)?;
        Ok(Uint32Array::from(frames.into_iter().map(|frame| frame as u32).collect::<Vec<_>>()))
    }
}

/// An array over words of the core. It keeps them alive for as long as JavaScript has it.
#[allow(unsafe_code)]
fn lend(words: Lent) -> Uint32Array {
    let address = words.as_ptr().cast::<u32>().cast_mut();
    // SAFETY: the words have the size and alignment of `u32`, and interior mutability, so that they may be written through
    // this address; everybody else only loads them, atomically. They live until the finalizer has dropped `words`.
    unsafe { Uint32Array::with_external_data(address, LENT_WORDS, move |_, _| drop(words)) }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn snapshot_of(fields: &[f64]) -> Result<Snapshot> {
    let is_whole =
        |value: &f64| value.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(value);
    match fields.first_chunk::<11>() {
        Some(values) if values.iter().all(is_whole) => Ok(Snapshot {
            max_frame: values[0] as u64,
            backfilled_frames: values[1] as u64,
            transaction_count: values[2] as u64,
            visibility_generation: values[3] as u64,
            checkpoint_seq: values[4] as u32,
            checkpoint_epoch: values[5] as u32,
            page_size: values[6] as u32,
            salt1: values[7] as u32,
            salt2: values[8] as u32,
            checksum1: values[9] as u32,
            checksum2: values[10] as u32,
        }),
        _ => Err(misuse("the fields of a snapshot are whole numbers")),
    }
}

/// A frame number; what is none becomes 0, which is no frame.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn frame(value: f64) -> u64 {
    value as u64
}

/// Why processes cannot share a database on this platform; null where they can. There the option has no effect.
#[napi]
pub fn unsupported_platform() -> Option<&'static str> {
    tshm::kernel::filesystem::unsupported_platform()
}
