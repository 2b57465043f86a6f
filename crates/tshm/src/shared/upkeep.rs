//! Locks that no transaction holds.
//!
//! The writer's and the checkpointer's lock are also taken to put things in order: the thread that cuts the log when nobody has
//! committed for a while, repairs, checkpoints. Each gives them back within milliseconds and leaves the database as it
//! was. Whoever does not wait for another *transaction*, because its commit would make his own snapshot an old one, or because his
//! timeout is zero, can therefore wait for these: and for those of his own process he must, for a database that one process uses is
//! never busy.
//!
//! The owner record in the word beside the lock says which it is (`Owner::upkeep`). It is written after the lock is taken and
//! taken back before that is given back, so for a moment it says nothing of a lock that is held.

use std::time::{Duration, Instant};

use crate::format::owner::Owner;
use crate::format::words::Words;
use crate::shared::entry::Entry;

/// How long a lock may be taken and not say for what. Nothing is done in between.
const SILENCE: Duration = Duration::from_millis(2);
/// The same once upkeep has been seen: then it is being given back, by a thread that may have to wait for a processor.
const LAST_SILENCE: Duration = Duration::from_millis(100);
/// How long the upkeep of our own process is waited for, whatever the timeout. It takes as long as cutting a file does.
const OWN_PATIENCE: Duration = Duration::from_secs(1);
/// How long that of others is at least: it takes less, but its thread may have to wait for a processor, or have been stopped.
const OTHERS_PATIENCE: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_micros(200);

/// Attempts at a lock that waits for upkeep, and for nothing else.
pub(crate) struct Attempts {
    start: Instant,
    /// Since when the lock has not said what it is taken for.
    silent_since: Option<Instant>,
    has_seen_upkeep: bool,
}

impl Attempts {
    pub(crate) fn new() -> Attempts {
        Attempts { start: Instant::now(), silent_since: None, has_seen_upkeep: false }
    }

    /// After one that found it taken: whether to try again, after a nap. `word` is the lock's owner record; `patience`, for the
    /// upkeep of other processes, be it longer than `OTHERS_PATIENCE`.
    pub(crate) fn go_on(&mut self, entry: &Entry, word: usize, patience: Duration) -> bool {
        let (since, patience) = match Owner(entry.region.words().load64(word)) {
            Owner::NONE => {
                let since = *self.silent_since.get_or_insert_with(Instant::now);
                (since, if self.has_seen_upkeep { LAST_SILENCE } else { SILENCE })
            }
            owner if !owner.is_upkeep() => return false,
            owner => {
                self.silent_since = None;
                self.has_seen_upkeep = true;
                let is_own = owner.is_of(entry.region.owner());
                (self.start, patience.max(if is_own { OWN_PATIENCE } else { OTHERS_PATIENCE }))
            }
        };
        let left = patience.saturating_sub(since.elapsed());
        std::thread::sleep(left.min(PAUSE));
        !left.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;
    use crate::connection::checkpointing::CheckpointMode;
    use crate::connection::connection::Connection;
    use crate::connection::state::WriteStart;
    use crate::testing::{connect_as, new_database};

    const UPKEEP_LASTS: Duration = Duration::from_millis(60);

    /// Connections of one process to a new database, of several processes or of one.
    fn connections(multiprocess: bool) -> (tempfile::TempDir, Connection, Connection) {
        let (folder, path, mut one) = new_database(multiprocess);
        let mut two = connect_as(&path, multiprocess);
        one.set_patience(Duration::ZERO);
        two.set_patience(Duration::ZERO);
        (folder, one, two)
    }

    /// Another thread holds locks for a while; it has them when this returns.
    fn hold(entry: &Arc<Entry>, take: fn(&Entry) -> bool, give_back: fn(&Entry)) {
        let (entry, (taken, is_taken)) = (entry.clone(), channel());
        std::thread::spawn(move || {
            assert!(take(&entry));
            taken.send(()).unwrap();
            std::thread::sleep(UPKEEP_LASTS);
            give_back(&entry);
        });
        is_taken.recv().unwrap();
    }

    fn hold_writer(entry: &Arc<Entry>) {
        let take = |entry: &Entry| entry.take_writer_alone(UPKEEP_LASTS).unwrap().is_some();
        hold(entry, take, Entry::release_writer);
    }

    #[test]
    fn nobody_is_busy_because_of_the_upkeep_of_his_own_process() {
        for multiprocess in [true, false] {
            let (_folder, mut one, _two) = connections(multiprocess);
            // A transaction that has read, and must not move.
            one.begin_read().unwrap();
            hold_writer(&one.entry);
            assert_eq!(one.begin_write().unwrap(), WriteStart::Ok);
            one.end_write().unwrap();
            one.end_read();
            // One that does not wait.
            for joins in [false, true] {
                hold_writer(&one.entry);
                assert!(one.reserve_writer(Duration::ZERO, joins).unwrap());
                one.end_write().unwrap();
            }
            hold(
                &one.entry,
                |entry| entry.take_checkpointer_for_upkeep().unwrap(),
                Entry::release_checkpointer,
            );
            assert!(one.begin_checkpoint(CheckpointMode::Passive).unwrap());
            one.end_checkpoint();
        }
    }

    #[test]
    fn nobody_is_busy_because_of_the_upkeep_of_others() {
        let (_folder, mut one, mut two) = connections(true);
        let entry = one.entry.clone();
        let foreign = Owner::of_process(1, 1).upkeep();
        for has_read in [false, true] {
            assert!(two.reserve_writer(Duration::ZERO, false).unwrap());
            entry.region.words().store64(crate::format::layout::WRITER_OWNER, foreign.0);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    // Much less than anybody waits for, and more than one look.
                    std::thread::sleep(Duration::from_millis(10));
                    two.end_write().unwrap();
                });
                if has_read {
                    one.begin_read().unwrap();
                    assert_eq!(one.begin_write().unwrap(), WriteStart::Ok);
                } else {
                    assert!(one.reserve_writer(Duration::ZERO, false).unwrap());
                }
            });
            one.end_write().unwrap();
            one.end_read();
        }
    }

    #[test]
    fn upkeep_that_is_being_given_back_is_still_waited_for() {
        let (_folder, one, _two) = connections(true);
        let entry = &one.entry;
        let word = crate::format::layout::WRITER_OWNER;
        let note = |owner: Owner| entry.region.words().store64(word, owner.0);
        let mut attempts = Attempts::new();
        note(entry.region.owner().upkeep());
        assert!(attempts.go_on(entry, word, Duration::ZERO));
        std::thread::sleep(2 * SILENCE);
        note(Owner::NONE);
        assert!(attempts.go_on(entry, word, Duration::ZERO));
        std::thread::sleep(2 * SILENCE);
        assert!(attempts.go_on(entry, word, Duration::ZERO));
        std::thread::sleep(LAST_SILENCE);
        assert!(!attempts.go_on(entry, word, Duration::ZERO));
        // Without it, a lock that says nothing is another's.
        let mut others = Attempts::new();
        assert!(others.go_on(entry, word, Duration::ZERO));
        std::thread::sleep(2 * SILENCE);
        assert!(!others.go_on(entry, word, Duration::ZERO));
    }

    #[test]
    fn a_transaction_that_has_read_does_not_wait_for_another_transaction() {
        for multiprocess in [true, false] {
            let (_folder, mut one, mut two) = connections(multiprocess);
            one.set_patience(Duration::from_secs(60));
            assert!(two.reserve_writer(Duration::ZERO, false).unwrap());
            one.begin_read().unwrap();
            assert_eq!(one.begin_write().unwrap(), WriteStart::Busy);
            two.end_write().unwrap();
            assert_eq!(one.begin_write().unwrap(), WriteStart::Ok);
        }
    }

    #[test]
    fn a_transaction_that_has_read_waits_for_a_checkpoint_within_its_time() {
        let (_folder, mut one, mut two) = connections(true);
        assert!(two.begin_checkpoint(CheckpointMode::Full).unwrap());
        one.begin_read().unwrap();
        // The record of another process.
        let foreign = Owner::of_process(1, 1).upkeep();
        one.entry.region.words().store64(crate::format::layout::WRITER_OWNER, foreign.0);
        let start = Instant::now();
        assert_eq!(one.begin_write().unwrap(), WriteStart::Busy);
        one.set_patience(UPKEEP_LASTS);
        assert_eq!(one.begin_write().unwrap(), WriteStart::Busy);
        assert!((UPKEEP_LASTS..5 * OWN_PATIENCE).contains(&start.elapsed()));
        two.end_checkpoint();
        assert_eq!(one.begin_write().unwrap(), WriteStart::Ok);
    }
}
