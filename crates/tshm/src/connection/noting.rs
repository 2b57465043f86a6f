//! Telling people what a checkpoint came to.

use crate::connection::connection::Connection;
use crate::format::layout as at;
use crate::format::layout::{READER_SLOTS, reader_byte};
use crate::format::owner::Owner;
use crate::format::reader_slots;
use crate::format::words::Words;
use crate::presence::checkpoint_note::{self, Progress};
use crate::presence::process_file::Limit;

impl Connection {
    /// `begin_checkpoint` was busy.
    pub fn note_refused(&mut self, mode: u32) {
        if self.note.is_refused_anew(mode) {
            let limit = Some(self.who_refuses());
            // What could be done without the lock has been done before, and the view shows how far that got.
            let record = checkpoint_note::record(mode, true, self.progress(), limit);
            self.entry.processes.note_checkpoint(record);
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

    fn progress(&self) -> Progress {
        Progress {
            log_frames: self.read.view.max_frame,
            copied_frames: self.read.view.backfilled_frames,
        }
    }

    pub fn note_begun(&mut self, mode: u32) {
        let progress = self.progress();
        self.note.begin(mode, progress);
    }

    /// Frames up to this one may be copied.
    pub fn note_limit(&mut self, limit: u64) {
        let reader =
            if limit < self.read.view.max_frame { self.reader_of(Some(limit)) } else { None };
        self.note.limit(reader);
    }

    pub fn note_copied(&mut self) {
        self.note.copied(self.read.view.backfilled_frames);
    }

    pub fn note_restart(&mut self, is_done: bool) {
        let reader = if is_done { None } else { self.reader_of(None) };
        self.note.limit(reader);
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
        if let Some(record) = self.note.end() {
            self.entry.processes.note_checkpoint(record);
        }
    }
}
