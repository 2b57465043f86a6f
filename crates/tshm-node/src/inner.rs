//! What the calls of a transaction do, and the arrays through which they speak to JavaScript.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use tshm::connection::commit::Commit;
use tshm::connection::log_sync::LogSync;
use tshm::connection::state::{Begun, FrameRead};
use tshm::{Connection, ReadStart, Snapshot, WriteStart};

use crate::error::{Result, from_core, misuse};

/// Fields of the array in which JavaScript finds the snapshot.
pub const FIELDS: usize = 17;
/// Whole numbers that JavaScript keeps apart. A count that goes on beyond them is a damaged one.
const EXACT: u64 = (1 << 53) - 1;

/// A connection and the array in which it shows its snapshot.
pub struct Inner {
    pub connection: Connection,
    pub fields: Float64Array,
    /// What stands there: the snapshot, and how often commits were undone. None before the first.
    pub shown: Option<(Snapshot, u32)>,
    /// Where `changedSince` leaves pages, and `commitFrames` finds them.
    pub changes: Option<Uint32Array>,
    /// Where `readFrame` leaves a frame, and `commitFrames` finds pages.
    pub room: Option<Uint8Array>,
}

impl Inner {
    /// The arrays go now. What holds them is collected later, and not before the event loop turns.
    pub fn close(&mut self) {
        self.connection.close();
        self.changes = None;
        self.room = None;
    }

    pub fn begin_read(&mut self) -> Result<u32> {
        match self.connection.begin_read().map_err(from_core)? {
            ReadStart::Busy => Ok(2),
            ReadStart::Same | ReadStart::Changed => Ok(self.show().into()),
        }
    }

    #[allow(unsafe_code, clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
    pub fn changed_since(&mut self, max_frame: u32) -> i32 {
        // SAFETY: the array belongs to the JavaScript thread that is calling, and no other view of it is
        // alive here.
        let Some(room) = self.changes.as_mut().map(|changes| unsafe { changes.as_mut() }) else {
            return -1;
        };
        match self.connection.changes_into(u64::from(max_frame), room) {
            Some(count) => count as i32,
            None => -1,
        }
    }

    pub fn reserve(&mut self, timeout_ms: f64, joins: bool) -> Result<bool> {
        self.connection.reserve_writer(milliseconds(timeout_ms), joins).map_err(from_core)
    }

    pub fn begin_write(&mut self) -> Result<u32> {
        let start = self.connection.begin_write().map_err(from_core)?;
        self.check_log(start).inspect_err(|_| drop(self.connection.end_write()))?;
        self.note_write(start);
        self.show();
        Ok(number_of(start))
    }

    /// Where frames are read and written here, the log is looked at before the transaction writes anything: then a refusal is not a
    /// write that has failed.
    fn check_log(&self, start: WriteStart) -> Result<()> {
        if self.room.is_none() || !matches!(start, WriteStart::Ok | WriteStart::Leftover) {
            return Ok(());
        }
        self.connection.check_log().map_err(from_core)
    }

    fn note_write(&self, start: WriteStart) {
        if matches!(start, WriteStart::Ok | WriteStart::Leftover)
            && let Some(activity) = self.connection.activity()
        {
            activity.begin_writing();
        }
    }

    #[allow(clippy::cast_possible_wrap)]
    pub fn begin_transaction(
        &mut self,
        timeout_us: u32,
        joins: bool,
        seen_frame: u32,
    ) -> Result<i32> {
        let timeout = Duration::from_micros(timeout_us.into());
        let (read, write) =
            match self.connection.begin_transaction(timeout, joins).map_err(from_core)? {
                Begun::No => return Ok(-1),
                Begun::Reserved => return Ok(0),
                Begun::Both(read, write) => (read, write),
            };
        debug_assert!(read != ReadStart::Busy, "a transaction that has begun has its slot");
        if let Err(error) = self.check_log(write) {
            self.connection.end_read();
            // The first error is the one to tell.
            let _ = self.connection.end_write();
            return Err(error);
        }
        self.note_write(write);
        let is_changed = self.show();
        let changes = if is_changed { self.changed_since(seen_frame) } else { -1 };
        Ok(1 + (i32::from(is_changed) | (number_of(write) as i32) << 1 | (changes + 1) << 3))
    }

    pub fn read_frame(&mut self, pgno: u32) -> Result<u32> {
        let room = self.room.as_mut().map_or(&mut [][..], bytes_of);
        Ok(match self.connection.read_frame(pgno, room).map_err(from_core)? {
            FrameRead::InDatabase => 0,
            FrameRead::Found => 1,
            FrameRead::Doubtful => 2,
        })
    }

    pub fn commit_frames(&mut self, count: usize, page_count: u32, flags: u32) -> Result<bool> {
        let pgnos = self.changes.as_ref().and_then(|changes| changes.get(..count));
        let (Some(pgnos), Some(room)) = (pgnos, self.room.as_mut()) else {
            return Err(misuse("a commit has a room for its frames"));
        };
        let commit = Commit {
            pgnos,
            page_count,
            big_endian_words: flags & 1 != 0,
            is_synced: flags & 2 != 0,
        };
        let renews = self.connection.commit_frames(bytes_of(room), commit).map_err(from_core)?;
        self.fill();
        Ok(renews)
    }

    /// As `commit_frames`, up to the sync. `finish_commit` does the rest.
    pub fn begin_commit(
        &mut self,
        count: usize,
        page_count: u32,
        big_endian_words: bool,
    ) -> Result<Arc<LogSync>> {
        let pgnos = self.changes.as_ref().and_then(|changes| changes.get(..count));
        let (Some(pgnos), Some(room)) = (pgnos, self.room.as_mut()) else {
            return Err(misuse("a commit has a room for its frames"));
        };
        let commit = Commit { pgnos, page_count, big_endian_words, is_synced: true };
        self.connection.begin_commit(bytes_of(room), commit).map_err(from_core)
    }

    pub fn begin_commit_of(&mut self, pgnos: &[u32], sums: (u32, u32)) -> Result<Arc<LogSync>> {
        self.connection.begin_commit_of(pgnos, sums).map_err(from_core)
    }

    pub fn finish_commit(&mut self) -> Result<bool> {
        let renews = self.connection.finish_commit().map_err(from_core)?;
        self.fill();
        Ok(renews)
    }

    /// Shows the view if another stands there: whatever has moved it, and whether or not that call succeeded. True: another stood
    /// there.
    fn show(&mut self) -> bool {
        let is_moved = self.shown != Some((*self.connection.view(), self.connection.undone()));
        if is_moved {
            self.fill();
        }
        is_moved
    }

    /// Shows the connection's view to JavaScript.
    #[allow(unsafe_code, clippy::cast_precision_loss)]
    pub fn fill(&mut self) {
        let length = self.connection.frame_index_len();
        let overflowed = self.connection.is_overflowed();
        let proof_valid = self.connection.is_proof_valid();
        let missing = self.connection.missing_frames().is_some();
        let page_count = self.connection.page_count();
        let undone = self.connection.undone();
        let view = self.connection.view();
        self.shown = Some((*view, undone));
        // SAFETY: the array belongs to the JavaScript thread that is calling, and no other view of it is
        // alive here.
        let fields = unsafe { self.fields.as_mut() };
        // A detached array has no elements, and then there is nobody to tell.
        let Some(fields) = fields.first_chunk_mut::<FIELDS>() else { return };
        *fields = [
            view.max_frame as f64,
            view.backfilled_frames as f64,
            (view.transaction_count & EXACT) as f64,
            (view.visibility_generation & EXACT) as f64,
            f64::from(view.checkpoint_seq),
            f64::from(view.checkpoint_epoch),
            f64::from(view.page_size),
            f64::from(view.salt1),
            f64::from(view.salt2),
            f64::from(view.checksum1),
            f64::from(view.checksum2),
            length as f64,
            f64::from(u8::from(overflowed)),
            f64::from(u8::from(proof_valid)),
            f64::from(u8::from(missing)),
            f64::from(page_count),
            f64::from(undone),
        ];
    }
}

#[allow(unsafe_code)]
fn bytes_of(array: &mut Uint8Array) -> &mut [u8] {
    // SAFETY: the array belongs to the JavaScript thread that is calling, and no other view of it is alive here.
    unsafe { array.as_mut() }
}

fn number_of(start: WriteStart) -> u32 {
    match start {
        WriteStart::Ok => 0,
        WriteStart::Busy => 1,
        WriteStart::Stale => 2,
        WriteStart::Leftover => 3,
    }
}

pub fn milliseconds(value: f64) -> Duration {
    // Negative and not-a-number mean no time; a day is as good as for ever.
    Duration::from_secs_f64(if value > 0.0 { value.min(86_400_000.0) / 1000.0 } else { 0.0 })
}
