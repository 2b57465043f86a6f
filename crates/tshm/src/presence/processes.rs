//! This process's entry in `<db>-tproc`, and what it keeps there.
//!
//! Nothing may fail or wait because of this file: whatever goes wrong with it leaves the process without an entry, and the
//! database as it is. The byte of an entry is locked as long as the process has the database open.
//!
//! The file comes into being with the first open of several processes and goes with the last one, both under the exclusive
//! lifetime byte of the coordination file; in between, entries belong to whoever has locked their bytes. Somebody who
//! deletes it splits the list; the sampler notices and enters the new file.

use std::fs::{File, Metadata};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;

use crate::format::owner::Owner;
use crate::kernel::attributes::FileKey;
use crate::kernel::clock::now_ms;
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::names::{Name, in_place};
use crate::presence::activity::{Activity, Glance};
use crate::presence::process_file::{
    self as format, CheckpointRecord, ENTRIES, FILE_SIZE, ProcessRecord, Transaction, entry_byte,
};
use crate::presence::sampler::{self, Sampled};

/// How long a statement or a transaction must last before it is shown.
const NOTABLE: Duration = Duration::from_millis(100);
/// How often the file is looked for at its name.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// What a connection was doing when it was last looked at, and since when.
struct Watched {
    activity: Arc<Activity>,
    seen: Glance,
    statement_since: Moment,
    transaction_since: Moment,
}

/// A moment by the clock that never jumps, for measuring, and by the one that people read.
#[derive(Clone, Copy)]
struct Moment {
    instant: Instant,
    ms: u64,
}

impl Moment {
    fn now() -> Moment {
        Moment { instant: Instant::now(), ms: now_ms() }
    }

    fn is_notable(self, now: Moment) -> bool {
        now.instant - self.instant >= NOTABLE
    }
}

/// Where the file is, and the coordination file beside it.
#[derive(Clone)]
pub struct Place {
    pub path: Name,
    pub tshm: Name,
    pub tshm_key: FileKey,
}

struct Entered {
    file: File,
    key: FileKey,
    place: Place,
    entry: usize,
    record: ProcessRecord,
    checked: Instant,
}

#[derive(Default)]
struct State {
    entered: Option<Entered>,
    watched: Vec<Watched>,
    last_checkpoint: Option<CheckpointRecord>,
}

/// One for each database of the process. Without an entry it does nothing.
#[derive(Default)]
pub struct Processes {
    state: Mutex<State>,
}

/// What to do with the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entering {
    /// Nobody else has the database open: the file begins anew.
    First,
    /// Others are there, and the file too unless somebody deleted it.
    Later,
    /// As `Later`, but nothing is made.
    Reading,
}

impl Processes {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whatever a panic left here is only shown to people.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an entry. The lifetime byte of the coordination file is held.
    pub fn enter(&self, place: Place, like: &File, owner: Owner, entering: Entering) {
        let Ok(like) = like.metadata() else { return };
        let record = ProcessRecord {
            pid: owner.pid(),
            instance: owner.instance(),
            opened_ms: now_ms(),
            engine: env!("CARGO_PKG_VERSION").into(),
            ..ProcessRecord::default()
        };
        self.state().entered = claim(place, &like, record, entering);
    }

    /// Gives the entry back. `is_last`: the lifetime byte is held exclusively, and the file goes too.
    pub fn leave(&self, is_last: bool) {
        let mut state = self.state();
        let Some(entered) = state.entered.take() else { return };
        let _ = format::write_entry(&entered.file, entered.entry, None);
        if is_last && in_place(entered.key, &entered.place.path).is_some() {
            let _ = entered.place.path.remove();
        }
        let _ = locks::unlock(&entered.file, Range::byte(entry_byte(entered.entry)));
    }

    /// A connection of this process, which is looked at from here on.
    pub fn watch(self: &Arc<Self>, readonly: bool) -> Arc<Activity> {
        let activity = Arc::new(Activity::new(readonly));
        let now = Moment::now();
        let mut state = self.state();
        state.watched.push(Watched {
            activity: activity.clone(),
            seen: activity.glance(),
            statement_since: now,
            transaction_since: now,
        });
        state.publish(now);
        drop(state);
        sampler::watch(self);
        activity
    }

    pub fn unwatch(&self, activity: &Arc<Activity>) {
        let mut state = self.state();
        state.watched.retain(|watched| !Arc::ptr_eq(&watched.activity, activity));
        if !state.watched.is_empty() {
            state.publish(Moment::now());
        }
    }

    pub fn note_checkpoint(&self, record: CheckpointRecord) {
        let mut state = self.state();
        state.last_checkpoint = Some(record);
        if let Some(entered) = &state.entered {
            let _ = format::write_checkpoint(&entered.file, &record);
        }
    }

    /// The last checkpoint of this process, for a database that has no file of processes.
    pub fn last_checkpoint(&self) -> Option<CheckpointRecord> {
        self.state().last_checkpoint
    }

    /// The entry of this process as it would be written now, its place, and the file.
    pub fn with_file<R>(
        &self,
        look: impl FnOnce(Option<(&File, usize, &ProcessRecord)>) -> R,
    ) -> R {
        let state = self.state();
        look(state.entered.as_ref().map(|entered| (&entered.file, entered.entry, &entered.record)))
    }
}

impl Sampled for Processes {
    /// Looks at all connections.
    fn sample(&self) -> bool {
        let now = Moment::now();
        let mut state = self.state();
        for watched in &mut state.watched {
            watched.look(now);
        }
        state.publish(now);
        let is_shown = state.entered.as_ref().is_some_and(|entered| {
            entered.record.statement.is_some() || entered.record.transaction.is_some()
        });
        is_shown || state.watched.iter().any(|watched| !watched.seen.is_idle())
    }
}

impl Watched {
    fn look(&mut self, now: Moment) {
        let glance = self.activity.glance();
        let is_same_statement =
            glance.statement == self.seen.statement && glance.statements == self.seen.statements;
        if !is_same_statement || glance.statement == 0 {
            self.statement_since = now;
        }
        let was_open = self.seen.transaction != Transaction::None;
        let is_same_transaction = was_open && glance.transactions == self.seen.transactions;
        if !is_same_transaction || glance.transaction == Transaction::None {
            self.transaction_since = now;
        }
        self.seen = glance;
    }

    fn statement(&self, now: Moment) -> Option<(String, u64)> {
        if self.seen.statement == 0 || !self.statement_since.is_notable(now) {
            return None;
        }
        let text = self.activity.text(self.seen.statement)?;
        Some((text, self.statement_since.ms))
    }

    fn transaction(&self, now: Moment) -> Option<(Transaction, u64)> {
        let is_shown =
            self.seen.transaction != Transaction::None && self.transaction_since.is_notable(now);
        is_shown.then_some((self.seen.transaction, self.transaction_since.ms))
    }
}

impl State {
    /// Brings the entry up to date, where that changes it.
    fn publish(&mut self, now: Moment) {
        let Some(entered) = &mut self.entered else { return };
        if now.instant - entered.checked >= CHECK_INTERVAL {
            entered.checked = now.instant;
            if entered.is_lost() {
                entered.enter_again();
            }
        }
        // A connection that keeps others waiting comes before one that only reads, an older one before a younger.
        let shown = self.watched.iter().min_by_key(|watched| {
            let transaction = watched.transaction(now);
            let is_writing = matches!(transaction, Some((Transaction::Write, _)));
            let since = transaction.map_or(u64::MAX, |(_, since)| since);
            let statement = watched.statement(now).map_or(u64::MAX, |(_, since)| since);
            (!is_writing, since, statement)
        });
        let record = ProcessRecord {
            readonly: self.watched.iter().all(|watched| watched.activity.readonly),
            connections: self.watched.len() as u32,
            statement: shown.and_then(|shown| shown.statement(now)),
            transaction: shown.and_then(|shown| shown.transaction(now)),
            ..entered.record.clone()
        };
        if record != entered.record {
            let _ = format::write_entry(&entered.file, entered.entry, Some(&record));
            entered.record = record;
        }
    }
}

impl Entered {
    /// The file was deleted or replaced, and the database was not.
    fn is_lost(&self) -> bool {
        let Place { path, tshm, tshm_key } = &self.place;
        in_place(self.key, path).is_none() && in_place(*tshm_key, tshm).is_some()
    }

    /// The others will be in the file that is there now. If that has no entry for us, the one in the old file stays, for
    /// want of a better.
    fn enter_again(&mut self) {
        let Ok(like) = self.file.metadata() else { return };
        let again = claim(self.place.clone(), &like, self.record.clone(), Entering::Later);
        let Some(entered) = again else { return };
        let _ = format::write_entry(&entered.file, entered.entry, Some(&entered.record));
        *self = entered;
    }
}

fn claim(
    place: Place,
    like: &Metadata,
    record: ProcessRecord,
    entering: Entering,
) -> Option<Entered> {
    // A link at this name leads to somebody else's file.
    let file = match entering {
        Entering::Reading => place.path.open_strictly(),
        _ => place.path.create_beside(like, OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK),
    }
    .ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() {
        return None;
    }
    match entering {
        Entering::First => format::initialise(&file).ok()?,
        _ if format::is_valid(&file) && metadata.len() >= FILE_SIZE => {}
        // Somebody deleted or damaged it. Whoever else puts it right writes the same.
        _ => format::restore(&file).ok()?,
    }
    let is_taken = |entry: &usize| {
        let byte = Range::byte(entry_byte(*entry));
        locks::try_lock(&file, LockKind::Exclusive, byte).unwrap_or(false)
    };
    let entry = (0..ENTRIES).find(is_taken)?;
    let key = FileKey::of(&metadata);
    Some(Entered { file, key, place, entry, record, checked: Instant::now() })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn enter(path: &Path, entering: Entering) -> Arc<Processes> {
        let processes = Arc::new(Processes::default());
        let like = tempfile::tempfile().unwrap();
        let folder = path.parent().unwrap();
        // Stands for the coordination file: something that stays in place.
        let tshm_key = folder.metadata().map_or(FileKey::default(), |it| FileKey::of(&it));
        let place = Place { path: Name::of(path), tshm: Name::of(folder), tshm_key };
        processes.enter(place, &like, Owner::next(), entering);
        processes
    }

    fn entry_of(processes: &Processes) -> Option<usize> {
        processes.with_file(|entered| entered.map(|(_, entry, _)| entry))
    }

    fn read(path: &Path, entry: usize) -> Option<ProcessRecord> {
        format::read_entry(&File::open(path).unwrap(), entry)
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db-tproc");
        (folder, path)
    }

    #[test]
    fn each_process_has_an_entry_and_the_last_takes_the_file_with_it() {
        if locks::is_classic() {
            return;
        }
        let (_folder, path) = folder();
        let first = enter(&path, Entering::First);
        let second = enter(&path, Entering::Later);
        assert_eq!((entry_of(&first), entry_of(&second)), (Some(0), Some(1)));
        let activity = second.watch(true);
        let record = read(&path, 1).unwrap();
        assert_eq!(
            (record.pid, record.connections, record.readonly),
            (std::process::id(), 1, true)
        );
        second.unwatch(&activity);
        second.leave(false);
        assert_eq!(read(&path, 1), None);
        first.leave(true);
        assert!(!path.exists());
    }

    #[test]
    fn what_lasts_is_shown_and_goes_when_it_ends() {
        let (_folder, path) = folder();
        let processes = enter(&path, Entering::First);
        let activity = processes.watch(false);
        let number = activity.register("SELECT slow()");
        let lent = activity.lent();
        let store = |at: usize, value| lent[at].store(value, std::sync::atomic::Ordering::Relaxed);
        activity.begin_transaction();
        store(0, number);
        store(1, 1);
        processes.sample();
        std::thread::sleep(NOTABLE + Duration::from_millis(20));
        assert!(processes.sample());
        let record = read(&path, 0).unwrap();
        assert_eq!(record.statement.unwrap().0, "SELECT slow()");
        assert_eq!(record.transaction.unwrap().0, Transaction::Read);
        // The same statement again, and again: none of its runs lasts.
        store(1, 2);
        processes.sample();
        assert_eq!(read(&path, 0).unwrap().statement, None);
        store(0, 0);
        activity.end_transaction();
        assert!(!processes.sample());
        assert_eq!(read(&path, 0).unwrap().transaction, None);
        processes.leave(true);
    }

    #[test]
    fn a_full_or_impossible_file_is_done_without() {
        if locks::is_classic() {
            return;
        }
        let (folder, path) = folder();
        let all: Vec<_> = (0..ENTRIES)
            .map(|index| enter(&path, if index == 0 { Entering::First } else { Entering::Later }))
            .collect();
        let late = enter(&path, Entering::Later);
        assert_eq!(entry_of(&late), None);
        late.unwatch(&late.watch(false));
        late.leave(true);
        assert!(path.exists());
        drop(all);
        assert_eq!(entry_of(&enter(folder.path(), Entering::First)), None);
        let nowhere = enter(&folder.path().join("none/a.db-tproc"), Entering::First);
        assert_eq!(entry_of(&nowhere), None);
        let other = folder.path().join("other");
        assert_eq!(entry_of(&enter(&other, Entering::Reading)), None);
        assert!(!other.exists());
        std::fs::write(&other, b"precious").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert_eq!(entry_of(&enter(&link, Entering::First)), None);
        assert_eq!(std::fs::read(&other).unwrap(), b"precious");
    }

    #[test]
    fn damage_is_put_right_and_a_deleted_file_replaced() {
        if locks::is_classic() {
            return;
        }
        let (_folder, path) = folder();
        let first = enter(&path, Entering::First);
        let activity = first.watch(false);
        std::fs::write(&path, b"rubbish").unwrap();
        let second = enter(&path, Entering::Later);
        assert_eq!(entry_of(&second), Some(1));
        assert!(format::is_valid(&File::open(&path).unwrap()));
        std::fs::remove_file(&path).unwrap();
        std::thread::sleep(CHECK_INTERVAL + Duration::from_millis(20));
        first.sample();
        assert_eq!(read(&path, 0).unwrap().connections, 1);
        drop(activity);
        first.leave(true);
        assert!(!path.exists());
    }
}
