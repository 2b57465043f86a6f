//! Who holds a file's locks, by what the kernel shows of its processes: `/proc`, on Linux.
//!
//! Locks decide who is alive, but a query names no holder of an open-file-description lock, and only one of several.
//! `/proc/<pid>/fdinfo` does, for the processes that this one may look at and in its own name space. All of it is for people:
//! elsewhere, or without the right to look, there is simply less to show.

use std::fs::{self, File, Metadata};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::kernel::attributes::FileKey;
use crate::kernel::locks::LockKind;

/// Ticks of `/proc/<pid>/stat`: `USER_HZ`, the same on every host that we build for.
const TICKS_PER_SECOND: u64 = 100;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeldLock {
    pub kind: LockKind,
    pub start: u64,
    /// The last byte; all ones: to the end of the file.
    pub last: u64,
}

impl HeldLock {
    fn covers(&self, byte: u64) -> bool {
        (self.start..=self.last).contains(&byte)
    }
}

/// A process that has files open, and its locks on each.
#[derive(Debug)]
pub struct Holder {
    pub pid: u32,
    /// In the order of the keys that were asked for; none where it has not opened that file.
    pub files: Vec<Option<Vec<HeldLock>>>,
}

impl Holder {
    pub fn has_open(&self, file: usize) -> bool {
        self.files[file].is_some()
    }

    pub fn holds(&self, file: usize, byte: u64) -> bool {
        self.files[file].iter().flatten().any(|lock| lock.covers(byte))
    }
}

/// What is known of a process beside its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vitals {
    /// When it was started.
    pub started_ms: u64,
    /// Stopped by a signal or a debugger: alive, keeping its locks, and not going on.
    pub is_stopped: bool,
}

fn number(name: &std::ffi::OsStr) -> Option<u32> {
    name.to_str()?.parse().ok()
}

fn entries(path: &str) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    entries.flatten().filter_map(|entry| number(&entry.file_name())).collect()
}

/// The processes that have one of the files open.
pub fn holders(keys: &[FileKey]) -> Vec<Holder> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    entries("/proc").into_iter().filter_map(|pid| holder(pid, keys)).collect()
}

fn holder(pid: u32, keys: &[FileKey]) -> Option<Holder> {
    let mut files = vec![None; keys.len()];
    for descriptor in entries(&format!("/proc/{pid}/fd")) {
        // Follows to the open file itself, also when its name is gone.
        let Ok(metadata) = fs::metadata(format!("/proc/{pid}/fd/{descriptor}")) else { continue };
        let key = FileKey::of(&metadata);
        for (index, _) in keys.iter().enumerate().filter(|(_, wanted)| **wanted == key) {
            let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{descriptor}"));
            let locks = info.unwrap_or_default().lines().filter_map(parse_lock).collect::<Vec<_>>();
            files[index].get_or_insert_with(Vec::new).extend(locks);
        }
    }
    files.iter().any(Option::is_some).then_some(Holder { pid, files })
}

/// `lock: 1: OFDLCK ADVISORY  READ -1 fe:00:4711 0 EOF`; in `/proc/locks` the same without the first word.
fn parse_lock(line: &str) -> Option<HeldLock> {
    let line = line.strip_prefix("lock:")?;
    let words: Vec<&str> = line.split_whitespace().collect();
    parse_words(&words).map(|(lock, _)| lock)
}

/// The lock, and the file's `major:minor:inode`. None for somebody who only waits.
fn parse_words<'a>(words: &[&'a str]) -> Option<(HeldLock, &'a str)> {
    let [_, class, _, kind, _, file, start, last] = words[..] else { return None };
    if class != "OFDLCK" && class != "POSIX" {
        return None;
    }
    let kind = if kind == "READ" { LockKind::Shared } else { LockKind::Exclusive };
    let last = if last == "EOF" { u64::MAX } else { last.parse().ok()? };
    Some((HeldLock { kind, start: start.parse().ok()?, last }, file))
}

/// How many holders a byte of the file has, in all name spaces; none where the kernel does not say.
pub fn count(key: FileKey, byte: u64) -> Option<usize> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let text = fs::read_to_string("/proc/locks").ok()?;
    let is_holder = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        parse_words(&words).is_some_and(|(lock, file)| lock.covers(byte) && key.is_named(file))
    };
    Some(text.lines().filter(is_holder).count())
}

/// What is known of a process of this name space.
pub fn vitals(pid: u32) -> Option<Vitals> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let words: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let ticks: u64 = words.get(19)?.parse().ok()?;
    let kernel = fs::read_to_string("/proc/stat").ok()?;
    let booted = kernel.lines().find_map(|line| line.strip_prefix("btime "))?;
    let booted: u64 = booted.trim().parse().ok()?;
    Some(Vitals {
        started_ms: booted * 1000 + ticks * 1000 / TICKS_PER_SECOND,
        is_stopped: matches!(words.first(), Some(&"T" | &"t")),
    })
}

/// True only when no process of that number exists in our name space. A process of another container
/// may then still exist; its locks tell.
pub fn is_process_gone(pid: u32) -> bool {
    let Ok(pid) = i32::try_from(pid) else { return false };
    pid > 0 && kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)
}

/// Descriptors that stay open until the process ends, for their end may take classic locks with it that some other library holds.
static KEPT: Mutex<Vec<(FileKey, Arc<File>)>> = Mutex::new(Vec::new());

fn kept() -> MutexGuard<'static, Vec<(FileKey, Arc<File>)>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file to look at. When this process has it open for other purposes, the descriptor is kept, and used again.
pub fn open_to_look(path: &Path) -> Option<Arc<File>> {
    let metadata = path.metadata().ok().filter(Metadata::is_file)?;
    let key = FileKey::of(&metadata);
    if let Some((_, file)) = kept().iter().find(|(known, _)| *known == key) {
        return Some(file.clone());
    }
    let is_in_use = is_open_here(key);
    let mut options = File::options();
    // Should a pipe be at this name by now, opening it does not wait.
    let file = options.read(true).custom_flags(libc::O_NONBLOCK).open(path).ok()?;
    let file = Arc::new(file);
    if is_in_use {
        kept().push((key, file.clone()));
    }
    Some(file)
}

/// Whether this process has the file open, other than to look at it.
pub fn is_open_here(key: FileKey) -> bool {
    let kept = kept();
    let is_kept = |descriptor: u32| {
        kept.iter().any(|(_, file)| u32::try_from(file.as_raw_fd()) == Ok(descriptor))
    };
    entries("/dev/fd").into_iter().filter(|descriptor| !is_kept(*descriptor)).any(|descriptor| {
        fs::metadata(format!("/dev/fd/{descriptor}"))
            .is_ok_and(|metadata| FileKey::of(&metadata) == key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn the_holder_of_a_lock_is_found() {
        use crate::kernel::locks::{self, Range};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, b"").unwrap();
        let key = FileKey::of(&path.metadata().unwrap());
        assert!(!is_open_here(key));
        let file = fs::File::options().read(true).write(true).open(&path).unwrap();
        assert!(is_open_here(key));
        // What is kept is not counted.
        let looked = open_to_look(&path).unwrap();
        assert_eq!(kept().iter().filter(|(known, _)| *known == key).count(), 1);
        assert!(is_open_here(key));
        locks::try_lock(&file, LockKind::Shared, Range::byte(7)).unwrap();
        locks::try_lock(&file, LockKind::Exclusive, Range { start: 100, len: 0 }).unwrap();
        let found = holders(&[FileKey::default(), key]);
        let own = found.iter().find(|holder| holder.pid == std::process::id()).unwrap();
        assert!(!own.has_open(0) && own.has_open(1));
        assert!(own.holds(1, 7) && !own.holds(1, 8) && own.holds(1, 5000));
        assert_eq!((count(key, 7), count(key, 8)), (Some(1), Some(0)));
        drop(file);
        assert!(!is_open_here(key) && looked.metadata().is_ok());
        let vitals = vitals(std::process::id()).unwrap();
        assert!(!vitals.is_stopped);
        assert!(vitals.started_ms.abs_diff(crate::kernel::clock::now_ms()) < 3_600_000);
    }

    #[test]
    fn only_who_holds_a_lock_counts() {
        let line = "lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:4711 3 3";
        let expected = HeldLock { kind: LockKind::Exclusive, start: 3, last: 3 };
        assert_eq!(parse_lock(line), Some(expected));
        assert_eq!(parse_lock("lock:\t1: -> OFDLCK ADVISORY  WRITE -1 fe:00:4711 3 3"), None);
        assert_eq!(parse_lock("lock:\t1: FLOCK  ADVISORY  WRITE 5 fe:00:4711 0 EOF"), None);
        assert_eq!(parse_lock("pos:\t0"), None);
        let whole = parse_lock("lock:\t2: POSIX  ADVISORY  READ 12 fe:00:4711 0 EOF").unwrap();
        assert_eq!((whole.kind, whole.last), (LockKind::Shared, u64::MAX));
    }

    #[test]
    fn a_living_process_is_not_gone() {
        assert!(!is_process_gone(std::process::id()));
        assert!(is_process_gone(0x7fff_fff0));
        assert!(!is_process_gone(0) && !is_process_gone(u32::MAX));
    }
}
