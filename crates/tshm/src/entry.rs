//! What the connections of one process share of one database: region, locks, files, map.
//!
//! Here also is the repair of a live authority (TSHM v1 §4.20), for which a connection needs no transaction. Whose turn
//! it is to write, sync or checkpoint is in `turns`, `group` and `lease`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{
    Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::frame_index;
use crate::frame_map::{FrameMap, Mark};
use crate::gate::{Permit, Stand};
use crate::identity::Known;
use crate::layout as at;
use crate::names::Names;
use crate::open_files::{FileKey, Files, in_place, open_wal};
use crate::pins::Pins;
use crate::processes::Processes;
use crate::proof;
use crate::region::Region;
use crate::registry::{damaged_tshm, replaced_tshm, shortened_tshm};
use crate::snapshot::{self, Generation, Snapshot, Stuck};
use crate::sqlite_guard::Guard;
use crate::stored::Stored;
use crate::turns::monotonic_ms;
use crate::wal;
use crate::words::Words;

/// How long somebody whom no user waits for goes on with a snapshot that is stuck before he reports it.
const STUCK_PATIENCE: Duration = Duration::from_secs(1);

pub struct Entry {
    pub names: Names,
    pub key: FileKey,
    /// Of the coordination file, where there is one.
    pub tshm_key: Option<FileKey>,
    pub is_multiprocess: bool,
    /// False: a private reader that nobody knows of.
    pub is_coordinated: bool,
    pub region: Region,
    pub(crate) files: Mutex<Vec<Arc<Files>>>,
    /// What keeps stock `SQLite` out.
    pub(crate) guard: Mutex<Option<Guard>>,
    pub(crate) stand: Mutex<Stand>,
    pub(crate) known: Known,
    /// A commit of this process was meant to be durable.
    pub(crate) relies_on_syncs: AtomicBool,
    map: RwLock<FrameMap>,
    /// Counts how often the map had to begin anew because commits were undone. See `undone`.
    pub(crate) undone: AtomicU32,
    pins: Mutex<Pins>,
    // A connection of this process is appending, syncing, checkpointing, waiting at the turnstile. See `turns`.
    pub(crate) writer: AtomicBool,
    pub(crate) sync: AtomicBool,
    pub(crate) checkpointer: AtomicBool,
    pub(crate) turnstile: AtomicBool,
    /// Connections of this process that hold byte 1.
    pub(crate) writer_byte: Mutex<u32>,
    /// This process answers for a log that is longer than its committed part. See `lease`.
    pub(crate) lease: Mutex<bool>,
    /// What others may know of this process.
    pub processes: Arc<Processes>,
}

/// Which of the locks the caller of a repair holds already, and how long he waits where it cannot be done.
#[derive(Clone, Copy)]
pub struct Held {
    pub writer: bool,
    pub checkpointer: bool,
    pub sync: bool,
    /// A publication may have been left half-way by one who lives, and is stopped.
    pub patience: Duration,
}

impl Default for Held {
    fn default() -> Held {
        Held { writer: false, checkpointer: false, sync: false, patience: STUCK_PATIENCE }
    }
}

/// How long a repair waits for commits that are being synced.
pub(crate) const REPAIR_PATIENCE: Duration = Duration::from_millis(20);

/// What the map did to cover a snapshot.
#[derive(PartialEq, Eq, Debug)]
pub enum Covered {
    Yes,
    /// The shared index does not give all frames; somebody must read them from the log.
    Missing,
    /// The generation has ended meanwhile.
    Gone,
    /// Commits were undone that this process knows of, or the snapshot is an old one. `recover_undone` looks which.
    Undone,
}

impl Entry {
    pub fn new(
        names: Names,
        key: FileKey,
        is_multiprocess: bool,
        is_coordinated: bool,
        region: Region,
    ) -> Entry {
        Entry {
            names,
            key,
            tshm_key: None,
            is_multiprocess,
            is_coordinated,
            region,
            files: Mutex::default(),
            guard: Mutex::default(),
            stand: Mutex::default(),
            known: Known::default(),
            relies_on_syncs: AtomicBool::new(false),
            map: RwLock::default(),
            undone: AtomicU32::new(0),
            pins: Mutex::default(),
            writer: AtomicBool::new(false),
            sync: AtomicBool::new(false),
            checkpointer: AtomicBool::new(false),
            turnstile: AtomicBool::new(false),
            writer_byte: Mutex::default(),
            lease: Mutex::default(),
            processes: Arc::default(),
        }
    }

    /// What a closed connection holds instead: nothing of any file. Descriptors must not wait for a garbage
    /// collector; with classic locks their late end would drop locks that others have taken since.
    pub fn closed() -> Arc<Entry> {
        static CLOSED: LazyLock<Arc<Entry>> = LazyLock::new(|| {
            let names = Names::of(Path::new(""));
            Arc::new(Entry::new(names, FileKey::default(), false, false, Region::heap()))
        });
        CLOSED.clone()
    }

    // A panic in another thread leaves nothing half-done behind these locks that the protocol does not check.
    pub fn pins(&self) -> MutexGuard<'_, Pins> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn map(&self) -> RwLockReadGuard<'_, FrameMap> {
        self.map.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn map_mut(&self) -> RwLockWriteGuard<'_, FrameMap> {
        self.map.write().unwrap_or_else(PoisonError::into_inner)
    }

    // ── The snapshot ────────────────────────────────────────────────────────────────────────────

    pub fn read_snapshot(&self, held: Held) -> Result<(Snapshot, u64)> {
        let mut since = None;
        loop {
            match snapshot::read(self.region.words()) {
                Ok(_) if self.region.is_lost() => return Err(shortened_tshm(&self.names)),
                Ok((snapshot, _)) if self.region.is_shared() && !snapshot.is_possible() => {
                    return Err(damaged_tshm(&self.names));
                }
                Ok(found) => return Ok(found),
                Err(stuck) => self.repair_in_time(stuck, held, &mut since)?,
            }
        }
    }

    /// Changes the snapshot. `change` only computes.
    pub fn publish(&self, held: Held, mut change: impl FnMut(&mut Snapshot)) -> Result<Snapshot> {
        let mut since = None;
        loop {
            match snapshot::publish(self.region.words(), &mut change) {
                Ok(_) if self.region.is_lost() => return Err(shortened_tshm(&self.names)),
                Ok(published) => return Ok(published),
                Err(stuck) => self.repair_in_time(stuck, held, &mut since)?,
            }
        }
    }

    /// `since`: when this was first tried.
    fn repair_in_time(&self, stuck: Stuck, held: Held, since: &mut Option<Instant>) -> Result<()> {
        // Each attempt follows a wait of `snapshot::PATIENCE`.
        let start = *since.get_or_insert_with(Instant::now);
        if start.elapsed() + snapshot::PATIENCE > held.patience {
            self.repair_stuck(stuck, held)?;
            let is_stuck = snapshot::sequence(self.region.words()) == stuck.0;
            return if is_stuck { Err(stuck_error()) } else { Ok(()) };
        }
        self.repair_stuck(stuck, held)
    }

    /// Somebody died between the two halves of a publication: its fields may be torn. With both locks nobody
    /// else can be publishing; the log then says what is committed. (TSHM v1 §4.20.1.)
    fn repair_stuck(&self, Stuck(sequence): Stuck, held: Held) -> Result<()> {
        let takes_checkpointer = !held.checkpointer;
        if takes_checkpointer && !self.take_checkpointer_for_upkeep()? {
            return Ok(());
        }
        let _checkpointer = takes_checkpointer.then(|| self.on_leave(Entry::release_checkpointer));
        // Who syncs for several has kept all other writers of this engine from publishing, and peers of another kind from writing.
        let takes_writer = !held.writer && !held.sync;
        if takes_writer && self.take_writer_alone(REPAIR_PATIENCE)?.is_none() {
            return Ok(());
        }
        let _writer = takes_writer.then(|| self.on_leave(Entry::release_writer));
        self.rebuild(sequence)
    }

    fn rebuild(&self, sequence: u64) -> Result<()> {
        let words = self.region.words();
        if snapshot::sequence(words) != sequence {
            return Ok(());
        }
        let mut rebuilt = snapshot::load_torn(words);
        let published = rebuilt.max_frame;
        rebuilt.max_frame = 0;
        rebuilt.backfilled_frames = 0;
        rebuilt.checkpoint_epoch = rebuilt.checkpoint_epoch.wrapping_add(1);
        let io = || Error::io("reading the log to repair the snapshot");
        let mut pgnos = Vec::new();
        // Only the log says what is committed. Who has none leaves the repair to others.
        let Some(files) = self.files_with_log()? else { return Ok(()) };
        if let Some(log) = &files.wal {
            let scanned = wal::read_header(log).and_then(|header| match header {
                None => Ok(None),
                Some(header) => {
                    wal::scan(log, &header, 1, header.checksum).map(|scan| Some((header, scan)))
                }
            });
            // Frames may be there that nobody has synced.
            self.sync_log(&self.ask(&files)?, log)?;
            if let Some((header, mut scan)) = scanned.map_err(io())? {
                if words.load32(at::SYNC_FAILED) != 0 && rebuilt.is_of(&header) {
                    // What nobody could sync never happened; its authors were told so.
                    scan.end_at(log, &header, published).map_err(io())?;
                }
                rebuilt.max_frame = scan.pgnos.len() as u64;
                rebuilt.checkpoint_seq = header.checkpoint_seq;
                rebuilt.page_size = header.page_size;
                (rebuilt.salt1, rebuilt.salt2) = (header.salt1, header.salt2);
                (rebuilt.checksum1, rebuilt.checksum2) = scan.checksum;
                pgnos = scan.pgnos;
            }
        }
        proof::clear(words);
        self.region.append_index(rebuilt.generation(), 1, &pgnos);
        if pgnos.is_empty() {
            frame_index::reset(words);
        }
        {
            // Whole again at once: transactions of this process may be reading, and one may be committing just now.
            let mut map = self.map_mut();
            let sums = (rebuilt.checksum1, rebuilt.checksum2);
            let is_same = map.generation() == rebuilt.generation();
            if is_same && !self.is_continued(map.mark(), &rebuilt, None) {
                self.forget(&mut map);
            }
            map.reset(rebuilt.generation());
            map.supply(1, &pgnos);
            map.advance(Mark { frame: rebuilt.max_frame, sums, time: 0 });
        }
        snapshot::complete(words, sequence, &rebuilt);
        Ok(())
    }

    /// Makes what is in the log durable. A failure is remembered for all, for a second attempt would report success.
    pub(crate) fn sync_log(&self, permit: &Permit, log: &Stored) -> Result<()> {
        log.sync(permit).inspect_err(|_| self.note_sync_failed())
    }

    /// The disk may lack any frame of the log. The next writer who is alone puts that right (`mend_log`).
    pub(crate) fn note_sync_failed(&self) {
        self.region.words().store32(at::SYNC_FAILED, 1);
    }

    /// The files are still those that everybody else has open. (TSHM v1 §7.13, §7.19.) Returns the length of the log.
    pub fn check_files(&self, log_key: FileKey) -> Result<u64> {
        let names = &self.names;
        let Some(log) = in_place(log_key, &names.wal) else {
            return Err(self.replaced_log());
        };
        if in_place(self.key, &names.database).is_none() {
            return Err(Error::DatabaseReplaced { path: names.database.display().to_string() });
        }
        self.check_tshm()?;
        Ok(log.size)
    }

    pub(crate) fn check_tshm(&self) -> Result<()> {
        let names = &self.names;
        if let Some(key) = self.tshm_key {
            let tshm = in_place(key, &names.tshm).ok_or_else(|| replaced_tshm(names))?;
            if tshm.size < self.region.expected_size() || self.region.is_lost() {
                return Err(shortened_tshm(names));
            }
        }
        Ok(())
    }

    /// Descriptors of this database stay open until its last connection has gone.
    pub fn keep_files(&self, files: Arc<Files>) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(0, files);
    }

    /// Descriptors that include one of the log, if there is one. Who only reads may have opened the database before its log
    /// came into being.
    pub fn files_with_log(&self) -> Result<Option<Arc<Files>>> {
        let Some(best) = self.best_files() else { return Ok(None) };
        if best.wal.is_some() {
            return Ok(Some(best));
        }
        let Some(wal) = open_wal(&self.names, &best.database, true)? else { return Ok(None) };
        let database = best.database.try_clone().map_err(Error::io("opening the log"))?;
        let found = Arc::new(Files::new(database, Some(wal), false)?);
        self.keep_files(found.clone());
        Ok(Some(found))
    }

    /// The descriptors that allow most: to write, or to read the log too.
    pub fn best_files(&self) -> Option<Arc<Files>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().rev().max_by_key(|files| (files.is_writable, files.wal.is_some())).cloned()
    }

    // ── The map ─────────────────────────────────────────────────────────────────────────────────

    /// Brings the map up to a snapshot that is pinned. Who knows since when (ms) no peer of another kind can have written says
    /// so, and nothing is read for the comparison with what was known before.
    pub fn cover(&self, target: &Snapshot, unbroken_since: Option<u64>) -> Covered {
        let sums = (target.checksum1, target.checksum2);
        if self.map().is_at(target.generation(), target.max_frame, sums) {
            return Covered::Yes;
        }
        let mut map = self.map_mut();
        let is_same = map.generation() == target.generation();
        if is_same && target.max_frame < map.mark().frame {
            return Covered::Undone;
        }
        if is_same && !self.is_continued(map.mark(), target, unbroken_since) {
            let now = snapshot::read(self.region.words());
            if now.is_ok_and(|(now, _)| now.is_same_state(target)) {
                self.forget(&mut map);
            }
            return Covered::Undone;
        }
        let known = if is_same { map.len() } else { 0 };
        let pages = if target.max_frame == known {
            Some(Vec::new())
        } else {
            self.region.pages(known + 1, target.max_frame)
        };
        let time = monotonic_ms();
        // The index belongs to whatever is current; only if that still includes the target do the entries count.
        let Ok((now, _)) = snapshot::read(self.region.words()) else { return Covered::Gone };
        if now.generation() != target.generation() {
            return Covered::Gone;
        }
        let is_newest = now.max_frame == target.max_frame;
        if now.max_frame < target.max_frame || (is_newest && (now.checksum1, now.checksum2) != sums)
        {
            return Covered::Undone;
        }
        if !is_same {
            map.reset(target.generation());
        }
        map.advance(Mark { frame: target.max_frame, sums, time: if is_newest { time } else { 0 } });
        match pages {
            Some(pages) => {
                map.supply(known + 1, &pages);
                Covered::Yes
            }
            None => Covered::Missing,
        }
    }

    /// Frames after `base` are published, and `checksum` is that of the last.
    pub(crate) fn extend_map(&self, base: &Snapshot, pgnos: &[u32], checksum: (u32, u32)) {
        let generation = base.generation();
        // Where there is a gap before them, the next transaction fills it.
        self.supply(generation, base.max_frame + 1, pgnos);
        let mut map = self.map_mut();
        if map.generation() == generation {
            let frame = base.max_frame + pgnos.len() as u64;
            map.advance(Mark { frame, sums: checksum, time: monotonic_ms() });
        }
    }

    /// Adds frames that the caller knows: of his own commit, or read from the log.
    pub fn supply(&self, generation: Generation, first: u64, pgnos: &[u32]) -> bool {
        let mut map = self.map_mut();
        if map.generation() != generation {
            if first != 1 {
                return false;
            }
            map.reset(generation);
        }
        map.supply(first, pgnos)
    }

    /// Makes frames after `base.max_frame` visible to everybody. Under the writer's lock; they are in the log.
    /// (TSHM v1 §4.13, steps 4 to 8.)
    pub fn publish_frames(
        &self,
        held: Held,
        base: &Snapshot,
        pgnos: &[u32],
        commits: u64,
        checksum: (u32, u32),
    ) -> Result<Snapshot> {
        let words = self.region.words();
        self.region
            .trim_index(base.max_frame, false)
            .map_err(Error::io("mapping the frame index"))?;
        self.region.append_index(base.generation(), base.max_frame + 1, pgnos);
        proof::clear(words);
        let generation = base.generation();
        let mut is_same = true;
        let published = self.publish(held, |snapshot| {
            is_same = snapshot.generation() == generation;
            if !is_same {
                return;
            }
            snapshot.max_frame = base.max_frame + pgnos.len() as u64;
            (snapshot.checksum1, snapshot.checksum2) = checksum;
            let count = snapshot.transaction_count.max(base.transaction_count);
            snapshot.transaction_count = count.wrapping_add(commits);
            snapshot.visibility_generation = snapshot.visibility_generation.wrapping_add(commits);
        })?;
        if !is_same {
            return Err(Error::Protocol(
                "the log was restarted while this process held the writer's lock".into(),
            ));
        }
        self.extend_map(base, pgnos, checksum);
        Ok(published)
    }
}

fn stuck_error() -> Error {
    Error::Protocol(
        "the shared snapshot is being written by a process that does not go on; \
         stop it, or close all processes that have the database open"
            .into(),
    )
}
