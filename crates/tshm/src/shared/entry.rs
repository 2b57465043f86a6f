//! What the connections of one process share of one database: region, locks, files, map.
//!
//! What is done with it is in the files beside this one: `turns`, `lease`, `sync`, `cover`, `repair`, `history`, `identity`, `gate`.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{
    Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::kernel::attributes::FileKey;
use crate::kernel::names::Names;
use crate::presence::processes::Processes;
use crate::region::pins::Pins;
use crate::region::region::Region;
use crate::shared::frame_map::FrameMap;
use crate::shared::open_files::{Files, open_wal};
use crate::shared::sentry::{Sentry, Stand};

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
    pub(crate) sentry: Mutex<Option<Sentry>>,
    pub(crate) stand: Mutex<Stand>,
    pub(crate) known: Known,
    /// A commit of this process was meant to be durable.
    pub(crate) relies_on_syncs: AtomicBool,
    map: RwLock<FrameMap>,
    /// Counts how often the map had to begin anew because commits were undone. See `history`.
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

/// When the database file was last written to, as this process knows it. See `identity`.
#[derive(Default)]
pub(crate) struct Known {
    /// `CHECKPOINT_EPOCH` at that time, plus one; 0: nothing is known.
    pub(crate) epoch: AtomicU64,
    /// In ns.
    pub(crate) time: AtomicU64,
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
            sentry: Mutex::default(),
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

    /// With the descriptors that it begins with.
    pub(crate) fn with_files(
        self,
        database: File,
        wal: Option<File>,
        is_writable: bool,
    ) -> Result<Entry> {
        self.keep_files(Arc::new(Files::new(database, wal, is_writable)?));
        Ok(self)
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
}
