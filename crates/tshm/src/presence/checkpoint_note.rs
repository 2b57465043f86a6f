//! What a checkpoint came to, and what kept it from more: for people (`status`), never for decisions.
//!
//! The connection that runs one tells its steps as they happen; with the end the note is written where the other processes
//! find it. FULL, RESTART and TRUNCATE do the part of PASSIVE first; if they then find a writer, that is what is noted.

use std::time::{Duration, Instant};

use crate::kernel::clock::now_ms;
use crate::presence::process_file::{CheckpointRecord, Limit};

const PASSIVE: u32 = 0;
/// Refusals that follow each other so fast belong to one checkpoint that waits.
const FOLLOWS: Duration = Duration::from_millis(50);

#[derive(Default)]
pub struct CheckpointNote {
    running: Option<Running>,
    refused: Option<Refused>,
}

/// Frames in the log, and those of them that are in the database file.
#[derive(Clone, Copy)]
pub struct Progress {
    pub log_frames: u64,
    pub copied_frames: u64,
}

struct Running {
    mode: u32,
    progress: Progress,
    limit: Option<Limit>,
}

struct Refused {
    mode: u32,
    last: Instant,
}

impl CheckpointNote {
    /// It could not begin. True: who is in the way should be looked up; while it is asked for again and again, that is done once.
    pub fn is_refused_anew(&mut self, mode: u32) -> bool {
        let now = Instant::now();
        match &mut self.refused {
            _ if mode == PASSIVE => false,
            Some(refused) if refused.mode == mode && now - refused.last < FOLLOWS => {
                refused.last = now;
                false
            }
            refused => {
                *refused = Some(Refused { mode, last: now });
                true
            }
        }
    }

    pub fn begin(&mut self, mode: u32, progress: Progress) {
        self.refused = None;
        self.running = Some(Running { mode, progress, limit: None });
    }

    /// What keeps the running one from more.
    pub fn limit(&mut self, limit: Option<Limit>) {
        if let Some(running) = &mut self.running {
            running.limit = limit;
        }
    }

    pub fn copied(&mut self, frames: u64) {
        if let Some(running) = &mut self.running {
            running.progress.copied_frames = frames;
        }
    }

    /// What is to be shown of the one that was running.
    pub fn end(&mut self) -> Option<CheckpointRecord> {
        let Running { mode, progress, limit } = self.running.take()?;
        let busy = mode != PASSIVE && limit.is_some();
        Some(record(mode, busy, progress, limit))
    }
}

pub fn record(mode: u32, busy: bool, progress: Progress, limit: Option<Limit>) -> CheckpointRecord {
    let Progress { log_frames, copied_frames } = progress;
    let (at_ms, pid) = (now_ms(), std::process::id());
    CheckpointRecord { mode, busy, log_frames, copied_frames, at_ms, pid, limit }
}
