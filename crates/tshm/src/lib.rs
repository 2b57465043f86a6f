//! The coordination file of a SQLite-format WAL database that several processes share: `<db>-tshm`,
//! version 1.
//!
//! Its layers, lowest first; each looks only down (`tests/layers.rs`, and the table in `ARCHITECTURE.md`).
//!
//! | layer | file | idea |
//! |---|---|---|
//! | `error` | | what can go wrong |
//! | `format` | `layout` | the bytes |
//! | | `words` | shared memory as words at offsets |
//! | | `snapshot` | the authority, under a sequence lock |
//! | | `frame_index` | page → frames, shared |
//! | | `reader_slots` | which frame each reader pins |
//! | | `tail`, `pending` | what is appended and not yet published |
//! | | `word_lock`, `awaited`, `sharing` | locks in words; waiting for them; one sync for several |
//! | | `proof`, `crc32c`, `owner` | smaller parts |
//! | `kernel` | `mapping`, `lost_pages` | memory that processes share; all unsafe code |
//! | | `locks` | byte-range locks |
//! | | `names`, `attributes`, `disk`, `to_disk` | files, space for them, and what makes them last |
//! | | `filesystem`, `holders` | what the system says of file systems, and of processes |
//! | | `waiting`, `sleep`, `os_sync`, `clock`, `random` | sleeping on a word, time, chance |
//! | `log` | `stored`, `faults` | the files of the database, and their twin for tests |
//! | | `wal`, `frame`, `checksum` | the log |
//! | `presence` | `process_file`, `processes` | what each process shows of itself |
//! | | `activity`, `sampler`, `checkpoint_note` | what it is doing |
//! | `region` | `region`, `image` | a coordination file, or its likeness in memory |
//! | | `life` | what a process is called in words |
//! | | `barrier`, `pins` | a short stop for new readers; the reader slots of this process |
//! | `shared` | `entry`, `open_files` | what the connections of one process share |
//! | | `turns`, `upkeep`, `on_leave` | whose turn it is; locks that end with their scope |
//! | | `sync`, `lease`, `keeper` | one sync for several commits; a log that keeps its length; the thread for it |
//! | | `frame_map`, `cover`, `history`, `repair` | what this process knows of the log, and what it does where that is not so |
//! | | `gate`, `sentry`, `identity` | asking before writing; keeping `SQLite` out; which files they are |
//! | `opening` | `registry`, `records`, `options` | one entry for each file and process |
//! | | `one_process`, `several` | the two ways to open |
//! | `connection` | `connection`, `parts`, `state` | one connection, what it keeps and what it answers |
//! | | `reading`, `writing`, `commit`, `group`, `restart`, `checkpointing` | its transactions |
//! | | `queue`, `run` | its turn at writing |
//! | | `undisturbed`, `classic`, `undone` | what others may have done to it |
//! | | `private_reader`, `noting` | reading where there is nothing to register in; telling people |
//! | `status` | | the state of a database, for people |
//!
//! The protocol, and what is assumed of kernel and disk, is described in `docs/tshm-format.md`.
// Word sizes of the format are smaller than the host's; conversions between them are everywhere, and the values
// are bounded by the format. Where bytes come from outside, the conversion is checked.
#![allow(clippy::cast_possible_truncation)]

pub mod error;
pub mod format {
    pub mod awaited;
    pub mod crc32c;
    pub mod frame_index;
    pub mod layout;
    pub mod owner;
    pub mod pending;
    pub mod proof;
    pub mod reader_slots;
    pub mod sharing;
    pub mod snapshot;
    pub mod tail;
    pub mod word_lock;
    pub mod words;
}
pub mod kernel {
    pub mod attributes;
    pub mod clock;
    pub mod disk;
    pub mod filesystem;
    pub mod holders;
    pub mod locks;
    pub mod long_locks;
    pub mod lost_pages;
    pub mod mapping;
    pub mod names;
    pub(crate) mod once;
    #[cfg(target_vendor = "apple")]
    pub(crate) mod os_sync;
    pub mod random;
    #[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
    pub(crate) mod sleep;
    pub mod to_disk;
    pub mod waiting;
}
pub mod log {
    pub mod checksum;
    pub mod faults;
    pub mod frame;
    pub mod stored;
    pub mod wal;
}
pub mod presence {
    pub mod activity;
    pub mod checkpoint_note;
    pub mod process_file;
    pub mod processes;
    pub mod sampler;
}
pub mod region {
    pub mod barrier;
    pub mod image;
    pub mod life;
    pub mod pins;
    pub mod region;
}
pub mod shared {
    pub mod cover;
    pub mod entry;
    pub mod frame_map;
    pub mod gate;
    pub mod history;
    pub mod identity;
    pub mod keeper;
    pub mod lease;
    pub(crate) mod on_leave;
    pub mod open_files;
    pub mod repair;
    pub mod sentry;
    pub mod sync;
    pub mod turns;
    pub mod upkeep;
}
pub mod opening {
    pub(crate) mod one_process;
    pub mod options;
    pub(crate) mod records;
    pub mod registry;
    pub(crate) mod several;
}
pub mod connection {
    pub mod checkpointing;
    pub mod classic;
    pub mod commit;
    pub mod connection;
    pub mod group;
    pub mod later;
    pub mod log_sync;
    pub mod noting;
    pub mod parts;
    pub mod private_reader;
    pub mod queue;
    pub mod reading;
    pub mod restart;
    pub mod run;
    pub mod state;
    pub mod undisturbed;
    pub mod undone;
    pub mod watch;
    pub mod writing;
}
pub mod status;
#[cfg(test)]
mod testing;

pub use connection::connection::{Connection, open};
pub use connection::state::{ReadStart, WriteStart};
pub use error::{Error, Result};
pub use format::snapshot::Snapshot;
pub use opening::options::OpenOptions;
