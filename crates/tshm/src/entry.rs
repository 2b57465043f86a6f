//! What the connections of one process share of one database: region, locks, files, map.
//!
//! Here also is the repair of a live authority (TSHM v1 §4.20), for which a connection needs no transaction. Whose turn
//! it is to write, sync or checkpoint is in `turns`, `group` and `lease`.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{
    Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::frame_index;
use crate::frame_map::FrameMap;
use crate::open_files::{FileKey, Files, Names, in_place};
use crate::pins::Pins;
use crate::processes::Processes;
use crate::proof;
use crate::region::Region;
use crate::registry::{replaced_tshm, shortened_tshm};
use crate::snapshot::{self, Generation, Snapshot, Stuck};
use crate::sqlite_guard::Guard;
use crate::wal;

/// Attempts at a stuck snapshot, of 100 ms each, before it is reported.
const REPAIR_ATTEMPTS: u32 = 10;
/// Entries at the end of the map that are compared with the shared index before it is extended.
const OVERLAP: u64 = 64;

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
    map: RwLock<FrameMap>,
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

/// Which of the locks the caller of a repair holds already.
#[derive(Clone, Copy, Default)]
pub struct Held {
    pub writer: bool,
    pub checkpointer: bool,
    pub sync: bool,
}

/// How long a repair waits for commits that are being synced.
const REPAIR_PATIENCE: Duration = Duration::from_millis(20);

/// What the map did to cover a snapshot.
#[derive(PartialEq, Eq, Debug)]
pub enum Covered {
    Yes,
    /// The shared index does not give all frames; somebody must read them from the log.
    Missing,
    /// The generation has ended meanwhile.
    Gone,
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
            map: RwLock::default(),
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
        for _ in 0..REPAIR_ATTEMPTS {
            match snapshot::read(self.region.words()) {
                Ok(_) if self.region.is_lost() => return Err(shortened_tshm(&self.names)),
                Ok(found) => return Ok(found),
                Err(stuck) => self.repair_stuck(stuck, held)?,
            }
        }
        Err(stuck_error())
    }

    /// Changes the snapshot. `change` only computes.
    pub fn publish(&self, held: Held, mut change: impl FnMut(&mut Snapshot)) -> Result<Snapshot> {
        for _ in 0..REPAIR_ATTEMPTS {
            match snapshot::publish(self.region.words(), &mut change) {
                Ok(_) if self.region.is_lost() => return Err(shortened_tshm(&self.names)),
                Ok(published) => return Ok(published),
                Err(stuck) => self.repair_stuck(stuck, held)?,
            }
        }
        Err(stuck_error())
    }

    /// Somebody died between the two halves of a publication: its fields may be torn. With both locks nobody
    /// else can be publishing; the log then says what is committed. (TSHM v1 §4.20.1.)
    fn repair_stuck(&self, Stuck(sequence): Stuck, held: Held) -> Result<()> {
        let takes_checkpointer = !held.checkpointer;
        if takes_checkpointer && !self.take_checkpointer()? {
            return Ok(());
        }
        // Who syncs for several has kept all other writers of this engine from publishing, and peers of another kind from writing.
        let takes_writer = !held.writer && !held.sync;
        let repaired = if takes_writer && self.take_writer_alone(REPAIR_PATIENCE)?.is_none() {
            Ok(())
        } else {
            let repaired = self.rebuild(sequence);
            if takes_writer {
                self.release_writer();
            }
            repaired
        };
        if takes_checkpointer {
            self.release_checkpointer();
        }
        repaired
    }

    fn rebuild(&self, sequence: u64) -> Result<()> {
        let words = self.region.words();
        if snapshot::sequence(words) != sequence {
            return Ok(());
        }
        let mut rebuilt = snapshot::load_torn(words);
        rebuilt.max_frame = 0;
        rebuilt.backfilled_frames = 0;
        rebuilt.checkpoint_epoch = rebuilt.checkpoint_epoch.wrapping_add(1);
        let io = Error::io("reading the log to repair the snapshot");
        let mut pgnos = Vec::new();
        if let Some(files) = self.any_files()
            && let Some(log) = &files.wal
        {
            let scanned = wal::read_header(log).and_then(|header| match header {
                None => Ok(None),
                Some(header) => {
                    wal::scan(log, &header, 1, header.checksum).map(|scan| Some((header, scan)))
                }
            });
            // Frames may be there that nobody has synced.
            log.sync_data().map_err(Error::io("syncing the log"))?;
            if let Some((header, scan)) = scanned.map_err(io)? {
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
            map.reset(rebuilt.generation());
            map.supply(1, &pgnos);
        }
        snapshot::complete(words, sequence, &rebuilt);
        Ok(())
    }

    /// The files are still those that everybody else has open. (TSHM v1 §7.13, §7.19.) Returns the length of the log.
    pub fn check_files(&self, log_key: FileKey) -> Result<u64> {
        let names = &self.names;
        let Some(log) = in_place(log_key, &names.wal) else {
            return Err(Error::LogReplaced { path: names.wal.display().to_string() });
        };
        if let Some(key) = self.tshm_key {
            let tshm = in_place(key, &names.tshm).ok_or_else(|| replaced_tshm(names))?;
            if tshm.size < self.region.expected_size() || self.region.is_lost() {
                return Err(shortened_tshm(names));
            }
        }
        Ok(log.size)
    }

    /// Descriptors of this database stay open until its last connection has gone.
    pub fn keep_files(&self, files: Arc<Files>) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(0, files);
    }

    /// Descriptors that include one of the log, if some connection has one.
    pub fn files_with_log(&self) -> Option<Arc<Files>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().find(|files| files.wal.is_some()).cloned()
    }

    pub fn any_files(&self) -> Option<Arc<Files>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.last().cloned()
    }

    // ── The map ─────────────────────────────────────────────────────────────────────────────────

    /// Brings the map up to a snapshot that is pinned.
    pub fn cover(&self, target: &Snapshot) -> Covered {
        {
            let map = self.map();
            if map.generation() == target.generation() && map.len() >= target.max_frame {
                return Covered::Yes;
            }
        }
        let mut map = self.map_mut();
        let is_same = map.generation() == target.generation();
        let known = if is_same { map.len() } else { 0 };
        if target.max_frame <= known && is_same {
            return Covered::Yes;
        }
        let from = known.saturating_sub(OVERLAP) + 1;
        let pages = if target.max_frame == 0 {
            Some(Vec::new())
        } else {
            self.region.pages(from, target.max_frame)
        };
        // The index belongs to whatever generation is current; only if that is still ours do the entries count.
        let is_current = snapshot::read(self.region.words())
            .is_ok_and(|(now, _)| now.generation() == target.generation());
        if !is_current {
            return Covered::Gone;
        }
        if !is_same {
            map.reset(target.generation());
        }
        let Some(pages) = pages else { return Covered::Missing };
        let overlap = (known + 1 - from) as usize;
        if map.pages(from, known) == &pages[..overlap] {
            map.supply(known + 1, &pages[overlap..]);
            return Covered::Yes;
        }
        // A peer rolled the authority back, and others have appended other frames since.
        map.reset(target.generation());
        match self.region.pages(1, target.max_frame) {
            Some(all) => {
                map.supply(1, &all);
                Covered::Yes
            }
            None => Covered::Missing,
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

    /// The authority names fewer frames than this process has seen of the generation: a peer's repair has rolled
    /// commits back. They are still in the log, unless somebody has written over them, so they are
    /// made visible again. (TSHM v1 §7.3, §4.20.4.)
    pub fn recover_regression(&self, held: Held) -> Result<()> {
        let (generation, known) = {
            let map = self.map();
            (map.generation(), map.len())
        };
        // Only what the authority says *after* the map was looked at can show a regression.
        let (now, _) = self.read_snapshot(held)?;
        if now.generation() != generation || now.max_frame >= known {
            return Ok(());
        }
        if !held.writer && self.take_writer_alone(REPAIR_PATIENCE)?.is_none() {
            // Whoever holds the lock looks for leftovers himself. What we know can no longer be relied on.
            self.map_mut().truncate(now.max_frame);
            return Ok(());
        }
        let held_now = Held { writer: true, ..held };
        let rolled = self.roll_forward(held_now, generation);
        if !held.writer {
            self.release_writer();
        }
        rolled
    }

    fn roll_forward(&self, held: Held, generation: Generation) -> Result<()> {
        let (now, _) = self.read_snapshot(held)?;
        if now.generation() != generation {
            return Ok(());
        }
        self.map_mut().truncate(now.max_frame);
        let Some(files) = self.any_files() else { return Ok(()) };
        let Some(log) = &files.wal else { return Ok(()) };
        let io = || Error::io("reading the log to recover commits");
        let Some(header) = wal::read_header(log).map_err(io())? else { return Ok(()) };
        let of_header = Generation {
            checkpoint_seq: header.checkpoint_seq,
            salt1: header.salt1,
            salt2: header.salt2,
        };
        if of_header != generation {
            return Ok(());
        }
        let chain =
            if now.max_frame == 0 { header.checksum } else { (now.checksum1, now.checksum2) };
        let scan = wal::scan(log, &header, now.max_frame + 1, chain).map_err(io())?;
        if scan.commits > 0 {
            log.sync_data().map_err(Error::io("syncing the log"))?;
            self.publish_frames(held, &now, &scan.pgnos, scan.commits, scan.checksum)?;
        }
        Ok(())
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
            snapshot.transaction_count = count + commits;
            snapshot.visibility_generation += commits;
        })?;
        if !is_same {
            return Err(Error::Protocol(
                "the log was restarted while this process held the writer's lock".into(),
            ));
        }
        self.supply(generation, base.max_frame + 1, pgnos);
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
