//! The coordination file of a SQLite-format WAL database that several processes share: `<db>-tshm`,
//! version 1.
//!
//! | module | idea |
//! |---|---|
//! | `layout` | the bytes |
//! | `words`, `mapping`, `lost_pages` | shared memory as atomic words; all unsafe code |
//! | `locks`, `classic` | byte-range locks of the kernel; what to do where they can be lost |
//! | `snapshot` | the authority, under a sequence lock |
//! | `frame_index`, `frame_map` | page → frames: shared, and this process's own copy |
//! | `reader_slots`, `pins` | which frame each reader pins; the slots of this process |
//! | `barrier` | a short stop for new readers, for a restart of the log |
//! | `proof`, `checksum`, `owner`, `wal` | smaller parts |
//! | `region` | a coordination file, or its likeness in memory |
//! | `activity`, `sampler`, `process_file`, `processes`, `checkpoint_note` | what each process shows of itself |
//! | `status`, `holders` | the state of a database, for people |
//! | `entry` | what the connections of one process share: locks, files, repair |
//! | `turns`, `queue`, `upkeep`, `on_leave` | whose turn it is, and who waits for whom; locks that end with their scope |
//! | `group`, `sync`, `pending`, `lease` | one sync for several commits; a log that keeps its length |
//! | `registry`, `open_files`, `sqlite_guard`, `filesystem` | opening, in all modes |
//! | `private_reader` | reading where there is nothing to register in |
//! | `conversion` | keeping `SQLite` out while a database changes its format |
//! | `undone` | commits that a peer has undone |
//! | `connection`, `writing`, `checkpointing` | the protocol, as one connection takes part in it |
//!
//! The protocol, and what is assumed of kernel and disk, is described in `docs/tshm-format.md`.
// Word sizes of the format are smaller than the host's; conversions between them are everywhere, and the values
// are bounded by the format. Where bytes come from outside, the conversion is checked.
#![allow(clippy::cast_possible_truncation)]

pub mod activity;
pub mod attributes;
pub mod barrier;
pub mod checkpoint_note;
pub mod checkpointing;
pub mod checksum;
pub mod classic;
pub mod connection;
pub mod conversion;
pub mod entry;
pub mod error;
pub mod faults;
pub mod filesystem;
pub mod frame_index;
pub mod frame_map;
pub mod frames;
pub mod gate;
pub mod group;
pub mod holders;
pub mod identity;
pub mod keeper;
pub mod layout;
pub mod lease;
pub mod locks;
pub mod lost_pages;
pub mod mapping;
pub mod names;
pub(crate) mod on_leave;
pub mod open_files;
pub mod owner;
pub mod pending;
pub mod pins;
pub mod private_reader;
pub mod process_file;
pub mod processes;
pub mod proof;
pub mod queue;
pub mod reader_slots;
pub mod region;
pub mod registry;
pub mod sampler;
pub mod snapshot;
pub mod sqlite_guard;
pub mod status;
pub mod stored;
pub mod sync;
pub mod turns;
pub mod undone;
pub mod upkeep;
pub mod wal;
pub mod word_lock;
pub mod words;
pub mod writing;

pub use connection::{Connection, ReadStart, WriteStart};
pub use error::{Error, Result};
pub use registry::{OpenOptions, open};
pub use snapshot::Snapshot;
