//! The coordination file `<db>-tshm` of a SQLite-format database that several processes share.
//!
//! | module | holds |
//! |---|---|
//! | `layout` | the bytes: offsets, sizes, constants |
//! | `memory`, `mapping` | shared memory as atomics; the mapped file or ordinary memory |
//! | `header` | creating and validating the file |
//! | `locks` | byte-range locks |
//! | `snapshot` | the published state of the log, inside a sequence lock |
//! | `frame_index`, `frame_map` | from pages to frames: shared by all, and of this process |
//! | `reader_slots` | which frames are pinned, and by whom |
//! | `proof` | the backfill proof |
//! | `files`, `filesystem` | opening, mode conflicts, what is refused |
//! | `database`, `connection` | one registry entry for each file of the process; its users |
//!
//! `docs/tshm-format.md` describes the format and the protocol.

pub mod connection;
pub mod database;
pub mod error;
pub mod files;
pub mod filesystem;
pub mod frame_index;
pub mod frame_map;
pub mod header;
pub mod layout;
pub mod locks;
pub mod mapping;
pub mod memory;
pub mod proof;
pub mod reader_slots;
pub mod snapshot;
