//! The faulty twin of the database's files: for tests, which say here which calls fail, and how.
//!
//! A process has no faults until a test asks for some, through a function of the addon that the package does not export. Files that are
//! opened from then on ask here before each call. What reaches the disk is written down in a *ledger*, in the order of all
//! processes that share it, so that a test can work out what a power cut would have left.
//!
//! | in the ledger | bytes |
//! |---|---|
//! | file | 1: 0 the database, 1 the log |
//! | call | 1: 0 write, 1 cut, 2 sync, 3 a sync that failed |
//! | position, or length after a cut | 8, little-endian |
//! | bytes written | 4, and the bytes themselves |

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::to_disk;

/// Which file of the database it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Database,
    Log,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    Read,
    Write,
    Sync,
    Cut,
    Size,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The system's error of this number. A write has then written half.
    Error(i32),
    /// Half is read or written, and that is no error.
    Short,
    /// The process does nothing any more, to any file.
    Stop,
    /// It takes so many milliseconds longer.
    Slow(u32),
}

/// Call number `at` of those that it speaks of meets the fault; then each `every`-th, if that is not 0.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// None: either file.
    pub role: Option<Role>,
    /// None: whatever changes a file or syncs it.
    pub call: Option<Call>,
    pub at: u64,
    pub every: u64,
    pub fault: Fault,
}

struct State {
    rules: Vec<(Rule, u64)>,
    is_stopped: bool,
    /// Calls that change a file or sync it.
    calls: u64,
}

pub struct Faults {
    state: Mutex<State>,
    ledger: Option<File>,
}

#[derive(Default)]
struct Installed {
    faults: Option<Arc<Faults>>,
    /// The files that have them, for those who are lent descriptors.
    files: HashMap<RawFd, (Arc<Faults>, Role)>,
    /// Descriptors of the same open files.
    lent: HashMap<RawFd, Arc<File>>,
}

static INSTALLED: Mutex<Option<Installed>> = Mutex::new(None);

fn installed() -> MutexGuard<'static, Option<Installed>> {
    INSTALLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Files that are opened from here on have these faults.
pub fn install(rules: Vec<Rule>, ledger: Option<File>) -> Arc<Faults> {
    let rules = rules.into_iter().map(|rule| (rule, 0)).collect();
    let state = Mutex::new(State { rules, is_stopped: false, calls: 0 });
    let faults = Arc::new(Faults { state, ledger });
    installed().get_or_insert_default().faults = Some(faults.clone());
    faults
}

/// Files that are opened from here on have none.
pub fn uninstall() {
    if let Some(installed) = &mut *installed() {
        installed.faults = None;
    }
}

/// What the file is to meet.
pub(crate) fn adopt(file: &File, role: Role) -> Option<Arc<Faults>> {
    let descriptor = file.as_raw_fd();
    let mut installed = installed();
    let installed = installed.as_mut()?;
    match installed.faults.clone() {
        Some(faults) => {
            installed.lent.insert(descriptor, Arc::new(file.try_clone().ok()?));
            installed.files.insert(descriptor, (faults.clone(), role));
            Some(faults)
        }
        None => None,
    }
}

/// The file is about to be closed.
pub(crate) fn forget(descriptor: RawFd) {
    if let Some(installed) = installed().as_mut() {
        installed.files.remove(&descriptor);
        installed.lent.remove(&descriptor);
    }
}

/// The faults of a file that was opened with some.
pub fn of_descriptor(descriptor: RawFd) -> Option<(Arc<Faults>, Role)> {
    installed().as_ref()?.files.get(&descriptor).cloned()
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls that have changed a file or synced it, and whether the process has been stopped.
    pub fn counts(&self) -> (u64, bool) {
        let state = self.state();
        (state.calls, state.is_stopped)
    }

    /// The call of somebody who was lent the descriptor. What was written, or 0.
    pub fn lent(
        &self,
        descriptor: RawFd,
        role: Role,
        call: Call,
        bytes: &[u8],
        position: u64,
    ) -> io::Result<usize> {
        let own = installed().as_ref().and_then(|it| it.lent.get(&descriptor).cloned());
        let file = own.ok_or_else(|| io::Error::other("the descriptor was not lent"))?;
        match call {
            Call::Write => self.write(&file, role, bytes, position),
            Call::Sync => self.sync(&file, role).map(|()| 0),
            Call::Cut => self.cut(&file, role, position).map(|()| 0),
            Call::Read | Call::Size => self.arrive(role, call).map(|()| 0),
        }
    }

    /// The fault that this call meets; None where it goes on as usual.
    fn next(&self, role: Role, call: Call) -> io::Result<Option<Fault>> {
        let mut state = self.state();
        if state.is_stopped {
            return Err(stopped());
        }
        let changes = !matches!(call, Call::Read | Call::Size);
        state.calls += u64::from(changes);
        let mut met = None;
        for (rule, count) in &mut state.rules {
            let is_meant = rule.call.map_or(changes, |meant| meant == call)
                && rule.role.is_none_or(|meant| meant == role);
            if !is_meant {
                continue;
            }
            *count += 1;
            let is_due = *count == rule.at
                || (rule.every > 0 && *count > rule.at && (*count - rule.at) % rule.every == 0);
            if is_due && met.is_none() {
                met = Some(rule.fault);
            }
        }
        state.is_stopped = met == Some(Fault::Stop);
        drop(state);
        if let Some(Fault::Slow(ms)) = met {
            std::thread::sleep(Duration::from_millis(ms.into()));
            return Ok(None);
        }
        Ok(met)
    }

    /// A call that neither reads nor changes anything.
    pub fn arrive(&self, role: Role, call: Call) -> io::Result<()> {
        match self.next(role, call)? {
            None | Some(Fault::Short) => Ok(()),
            Some(fault) => Err(error_of(fault)),
        }
    }

    pub fn read(&self, file: &File, role: Role, bytes: &mut [u8], at: u64) -> io::Result<usize> {
        match self.next(role, Call::Read)? {
            None => file.read_at(bytes, at),
            Some(Fault::Short) => {
                let half = bytes.len().div_ceil(2);
                file.read_at(&mut bytes[..half], at)
            }
            Some(fault) => Err(error_of(fault)),
        }
    }

    pub fn write(&self, file: &File, role: Role, bytes: &[u8], at: u64) -> io::Result<usize> {
        let fault = self.next(role, Call::Write)?;
        let is_interrupted = fault == Some(Fault::Error(nix::libc::EINTR));
        let part = match fault {
            None => bytes,
            _ if is_interrupted => &[],
            Some(_) => &bytes[..bytes.len() / 2],
        };
        let written = self.noted(role, 0, at, part, || file.write_all_at(part, at));
        match fault {
            None | Some(Fault::Short) => written.map(|()| part.len()),
            Some(fault) => Err(error_of(fault)),
        }
    }

    pub fn cut(&self, file: &File, role: Role, size: u64) -> io::Result<()> {
        match self.next(role, Call::Cut)? {
            None | Some(Fault::Short) => self.noted(role, 1, size, &[], || file.set_len(size)),
            Some(fault) => Err(error_of(fault)),
        }
    }

    pub fn sync(&self, file: &File, role: Role) -> io::Result<()> {
        match self.next(role, Call::Sync)? {
            None | Some(Fault::Short) => self.noted(role, 2, 0, &[], || to_disk::sync(file)),
            Some(Fault::Stop) => Err(stopped()),
            Some(fault) => {
                self.noted(role, 3, 0, &[], || Ok(()))?;
                Err(error_of(fault))
            }
        }
    }

    /// Does it, and writes it down, before any other process does anything.
    fn noted(
        &self,
        role: Role,
        call: u8,
        number: u64,
        bytes: &[u8],
        act: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        let Some(mut ledger) = self.ledger.as_ref() else { return act() };
        let _one_thread = self.state();
        while !locks::try_lock(ledger, LockKind::Exclusive, Range::WHOLE)? {
            std::thread::yield_now();
        }
        let acted = act();
        let mut entry = vec![u8::from(role == Role::Log), call];
        entry.extend(number.to_le_bytes());
        entry.extend((bytes.len() as u32).to_le_bytes());
        entry.extend(bytes);
        let written = if acted.is_ok() { ledger.write_all(&entry) } else { Ok(()) };
        locks::unlock(ledger, Range::WHOLE)?;
        acted.and(written)
    }
}

fn error_of(fault: Fault) -> io::Error {
    match fault {
        Fault::Error(number) => io::Error::from_raw_os_error(number),
        Fault::Short | Fault::Stop | Fault::Slow(_) => stopped(),
    }
}

fn stopped() -> io::Error {
    io::Error::other("the process has been stopped")
}
