//! What a checkpoint came to, and what kept it from more: for people (`status`), never for decisions.
//!
//! The connection that runs one tells its steps as they happen; with the end the note is written where the other processes
//! find it. FULL, RESTART and TRUNCATE do the part of PASSIVE first; if they then find a writer, that is what is noted.

use std::time::{Duration, Instant};

use crate::connection::Connection;
use crate::layout as at;
use crate::layout::{READER_SLOTS, reader_byte};
use crate::owner::Owner;
use crate::process_file::{CheckpointRecord, Limit, now_ms};
use crate::reader_slots;
use crate::words::Words;

const PASSIVE: u32 = 0;
/// Refusals that follow each other so fast belong to one checkpoint that waits.
const FOLLOWS: Duration = Duration::from_millis(50);

#[derive(Default)]
pub struct CheckpointNote {
    running: Option<Running>,
    refused: Option<Refused>,
}

struct Running {
    mode: u32,
    log_frames: u64,
    copied_frames: u64,
    limit: Option<Limit>,
}

struct Refused {
    mode: u32,
    last: Instant,
}

impl Connection {
    /// `begin_checkpoint` was busy.
    pub fn note_refused(&mut self, mode: u32) {
        let now = Instant::now();
        match &mut self.note.refused {
            _ if mode == PASSIVE => {}
            // Asked again and again: who is in the way is looked up once.
            Some(refused) if refused.mode == mode && now - refused.last < FOLLOWS => {
                refused.last = now;
            }
            _ => {
                let limit = self.who_refuses();
                self.note.refused = Some(Refused { mode, last: now });
                // What could be done without the lock has been done before, and the view shows how far that got.
                self.entry.processes.note_checkpoint(CheckpointRecord {
                    mode,
                    busy: true,
                    log_frames: self.view.max_frame,
                    copied_frames: self.view.backfilled_frames,
                    at_ms: now_ms(),
                    pid: std::process::id(),
                    limit: Some(limit),
                });
            }
        }
    }

    fn who_refuses(&self) -> Limit {
        let words = self.entry.region.words();
        let checkpointer = Owner(words.load64(at::CHECKPOINT_OWNER));
        if checkpointer == Owner::NONE {
            Limit::Writer { owner: Owner(words.load64(at::WRITER_OWNER)) }
        } else {
            Limit::Checkpointer { owner: checkpointer }
        }
    }

    pub fn note_begun(&mut self, mode: u32) {
        self.note.refused = None;
        self.note.running = Some(Running {
            mode,
            log_frames: self.view.max_frame,
            copied_frames: self.view.backfilled_frames,
            limit: None,
        });
    }

    /// Frames up to this one may be copied.
    pub fn note_limit(&mut self, limit: u64) {
        let reader = if limit < self.view.max_frame { self.reader_of(Some(limit)) } else { None };
        if let Some(running) = &mut self.note.running {
            running.limit = reader;
        }
    }

    pub fn note_copied(&mut self) {
        let frames = self.view.backfilled_frames;
        if let Some(running) = &mut self.note.running {
            running.copied_frames = frames;
        }
    }

    pub fn note_restart(&mut self, is_done: bool) {
        let reader = if is_done { None } else { self.reader_of(None) };
        if let Some(running) = &mut self.note.running {
            running.limit = reader;
        }
    }

    /// A living reader: of this frame, or any.
    fn reader_of(&self, frame: Option<u64>) -> Option<Limit> {
        let region = &self.entry.region;
        let words = region.words();
        (0..READER_SLOTS).find_map(|slot| {
            let pinned = reader_slots::frame(words, slot);
            let owner = reader_slots::owner(words, slot);
            let is_wanted = pinned != at::NO_FRAME && frame.is_none_or(|frame| frame == pinned);
            let is_reader = is_wanted && !owner.is_guard();
            let is_live = || {
                owner == region.owner()
                    || region.locks().is_held_elsewhere(reader_byte(slot)).unwrap_or(false)
            };
            (is_reader && is_live()).then_some(Limit::Reader {
                slot: slot as u32,
                owner,
                frame: pinned,
            })
        })
    }

    pub fn note_ended(&mut self) {
        let Some(running) = self.note.running.take() else { return };
        self.entry.processes.note_checkpoint(CheckpointRecord {
            mode: running.mode,
            busy: running.mode != PASSIVE && running.limit.is_some(),
            log_frames: running.log_frames,
            copied_frames: running.copied_frames,
            at_ms: now_ms(),
            pid: std::process::id(),
            limit: running.limit,
        });
    }
}
