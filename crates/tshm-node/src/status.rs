//! The state of a database, as JavaScript sees it: plain objects; times are milliseconds since 1970.

use napi_derive::napi;
use tshm::format::owner::Owner;
use tshm::presence::process_file::{CheckpointRecord, Limit, ProcessRecord, Transaction};
use tshm::status::{self, Mode, ProcessStatus, ReaderStatus};

use crate::error::{Result, from_core};

#[napi(object)]
pub struct NativeStatement {
    pub text: String,
    pub since: f64,
}

#[napi(object)]
pub struct NativeTransaction {
    /// `read` or `write`.
    pub kind: String,
    pub since: f64,
}

#[napi(object)]
pub struct NativeRecord {
    pub pid: u32,
    pub opened_at: f64,
    pub version: String,
    pub readonly: bool,
    pub connections: u32,
    pub statement: Option<NativeStatement>,
    pub transaction: Option<NativeTransaction>,
}

// The flags are independent facts, not the states of one machine.
#[allow(clippy::struct_excessive_bools)]
#[napi(object)]
pub struct NativeProcess {
    pub pid: Option<u32>,
    pub is_ours: bool,
    pub is_self: bool,
    pub started_at: Option<f64>,
    pub is_stopped: Option<bool>,
    pub is_writer: bool,
    pub is_checkpointer: bool,
    pub slots: Vec<u32>,
    pub record: Option<NativeRecord>,
}

#[napi(object)]
pub struct NativeReader {
    pub slot: u32,
    pub frame: f64,
    pub pid: u32,
    pub is_ours: bool,
    pub is_guard: bool,
}

#[napi(object)]
pub struct NativeIndex {
    pub blocks: u32,
    pub entries: u32,
    pub is_overflowed: bool,
}

#[napi(object)]
pub struct NativeCheckpoint {
    pub mode: u32,
    pub busy: bool,
    pub log_frames: f64,
    pub copied_frames: f64,
    pub at: f64,
    pub pid: u32,
    /// `reader`, `writer` or `checkpointer`.
    pub limited_by: Option<String>,
    pub limiting_pid: u32,
    pub limiting_slot: u32,
    pub limiting_frame: f64,
}

#[napi(object)]
pub struct NativeStatus {
    /// `multi-process`, `single-process`, `sqlite` or `closed`.
    pub mode: String,
    pub is_changing: bool,
    pub is_open_here: bool,
    pub unsupported: Option<String>,
    pub database_bytes: f64,
    pub page_size: u32,
    pub page_count: u32,
    pub wal_bytes: f64,
    pub wal_frames: f64,
    pub backfilled_frames: Option<f64>,
    pub checkpoint_seq: u32,
    pub index: Option<NativeIndex>,
    pub problem: Option<String>,
    pub readers: Vec<NativeReader>,
    pub is_writer_waiting: bool,
    pub processes: Vec<NativeProcess>,
    pub unknown_holders: Option<u32>,
    pub dead: Vec<NativeRecord>,
    pub last_checkpoint: Option<NativeCheckpoint>,
}

/// Looks at the database at `path`, without opening it.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn database_status(path: String) -> Result<NativeStatus> {
    status::status(&path).map(native).map_err(from_core)
}

// Sizes and times are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn number(value: u64) -> f64 {
    value as f64
}

fn native(status: status::Status) -> NativeStatus {
    let mode = match status.mode {
        Mode::Multiprocess => "multi-process",
        Mode::Single => "single-process",
        Mode::Sqlite => "sqlite",
        Mode::Closed => "closed",
    };
    NativeStatus {
        mode: mode.into(),
        is_changing: status.is_changing,
        is_open_here: status.is_open_here,
        unsupported: status.unsupported,
        database_bytes: number(status.database_bytes),
        page_size: status.page_size,
        page_count: status.page_count,
        wal_bytes: number(status.wal.bytes),
        wal_frames: number(status.wal.frames),
        backfilled_frames: status.wal.backfilled.map(number),
        checkpoint_seq: status.wal.checkpoint_seq,
        index: status.index.map(|index| NativeIndex {
            blocks: index.blocks,
            entries: index.entries,
            is_overflowed: index.is_overflowed,
        }),
        problem: status.problem,
        readers: status.readers.iter().map(reader).collect(),
        is_writer_waiting: status.is_writer_waiting,
        processes: status.processes.into_iter().map(process).collect(),
        unknown_holders: status.unknown_holders.and_then(|count| u32::try_from(count).ok()),
        dead: status.dead.into_iter().map(record).collect(),
        last_checkpoint: status.last_checkpoint.map(checkpoint),
    }
}

fn reader(reader: &ReaderStatus) -> NativeReader {
    NativeReader {
        slot: reader.slot,
        frame: number(reader.frame),
        pid: reader.owner.pid(),
        is_ours: reader.owner.is_ours(),
        is_guard: reader.owner.is_guard(),
    }
}

fn process(process: ProcessStatus) -> NativeProcess {
    NativeProcess {
        pid: process.pid,
        is_ours: process.is_ours || process.record.is_some(),
        is_self: process.is_self,
        started_at: process.vitals.map(|vitals| number(vitals.started_ms)),
        is_stopped: process.vitals.map(|vitals| vitals.is_stopped),
        is_writer: process.is_writer,
        is_checkpointer: process.is_checkpointer,
        slots: process.slots,
        record: process.record.map(record),
    }
}

fn record(record: ProcessRecord) -> NativeRecord {
    let transaction = record.transaction.map(|(kind, since)| NativeTransaction {
        kind: if kind == Transaction::Write { "write" } else { "read" }.into(),
        since: number(since),
    });
    let statement =
        record.statement.map(|(text, since)| NativeStatement { text, since: number(since) });
    NativeRecord {
        pid: record.pid,
        opened_at: number(record.opened_ms),
        version: record.engine,
        readonly: record.readonly,
        connections: record.connections,
        statement,
        transaction,
    }
}

fn checkpoint(record: CheckpointRecord) -> NativeCheckpoint {
    let (limited_by, owner, slot, frame) = match record.limit {
        None => (None, Owner::NONE, 0, 0),
        Some(Limit::Reader { slot, owner, frame }) => (Some("reader"), owner, slot, frame),
        Some(Limit::Writer { owner }) => (Some("writer"), owner, 0, 0),
        Some(Limit::Checkpointer { owner }) => (Some("checkpointer"), owner, 0, 0),
    };
    NativeCheckpoint {
        mode: record.mode,
        busy: record.busy,
        log_frames: number(record.log_frames),
        copied_frames: number(record.copied_frames),
        at: number(record.at_ms),
        pid: record.pid,
        limited_by: limited_by.map(Into::into),
        limiting_pid: owner.pid(),
        limiting_slot: slot,
        limiting_frame: number(frame),
    }
}
