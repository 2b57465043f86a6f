//! Where a coordination file may live: not on file systems whose mappings or locks end at the host's border.
//!
//! Mapped memory is shared only between processes of one kernel. Over a network each host has its own copy,
//! and the database would be lost without a sound. (TSHM v1 §4.1.) Three answers:
//!
//! - *known good*: file systems of the kernel itself, over a disk or over memory;
//! - *refused*: those of networks, and FUSE with its kin virtiofs, where a program or another kernel stands behind the
//!   files and what one side maps and locks the other need not see;
//! - *unknown*: tried out, once for each file system and process, with two descriptors of a file made for it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::format::layout::{BASE_SIZE, block_offset, file_size};
use crate::format::words::Words;
use crate::kernel::locks::{self, LockKind, Range};
use crate::kernel::mapping::Memory;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Known,
    /// What it is, and why that does not do.
    Refused(&'static str, &'static str),
    Unknown,
}

const NETWORK: &str = "locks and shared memory do not reach its other hosts";
const FUSE: &str = "the program or host behind it may not share locks and memory with this kernel";

#[cfg(any(target_os = "linux", target_os = "android"))]
const REFUSED: [(i64, &str, &str); 13] = [
    (0x6969, "NFS", NETWORK),
    (0xFF53_4D42, "CIFS", NETWORK),
    (0xFE53_4D42, "SMB2", NETWORK),
    (0x517B, "SMB", NETWORK),
    (0x00C3_6400, "Ceph", NETWORK),
    (0x564C, "NCP", NETWORK),
    (0x0102_1997, "9P", NETWORK),
    (0x0116_1970, "GFS2", NETWORK),
    (0x0BD0_0BD0, "Lustre", NETWORK),
    (0x7461_636F, "OCFS2", NETWORK),
    (0x5346_414F, "AFS", NETWORK),
    (0x7375_7245, "Coda", NETWORK),
    // virtiofs is FUSE over another transport, and has its number.
    (0x6573_5546, "FUSE or virtiofs", FUSE),
];

/// ext2 to ext4, XFS, Btrfs, tmpfs, overlay, F2FS, ZFS, bcachefs.
#[cfg(any(target_os = "linux", target_os = "android"))]
const KNOWN: [i64; 8] = [
    0xEF53,
    0x5846_5342,
    0x9123_683E,
    0x0102_1994,
    0x794C_7630,
    0xF2F5_2010,
    0x2FC1_2FC1,
    0xCA45_1A4E,
];

#[cfg(any(target_os = "linux", target_os = "android"))]
fn look_up(path: &Path) -> nix::Result<Verdict> {
    let kind = nix::sys::statfs::statfs(path)?.filesystem_type().0;
    Ok(judge(kind as i64))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn judge(kind: i64) -> Verdict {
    // The kernel's word may be signed or narrower than ours; only the low 32 bits carry the magic.
    let kind = kind & 0xffff_ffff;
    if let Some((_, name, reason)) = REFUSED.iter().find(|(magic, ..)| kind == *magic) {
        return Verdict::Refused(name, reason);
    }
    if KNOWN.contains(&kind) { Verdict::Known } else { Verdict::Unknown }
}

#[cfg(target_vendor = "apple")]
fn look_up(path: &Path) -> nix::Result<Verdict> {
    const NETWORKS: [&str; 6] = ["nfs", "smbfs", "afpfs", "webdav", "cifs", "acfs"];
    const FUSES: [&str; 4] = ["macfuse", "osxfuse", "fuse-t", "virtiofs"];
    let stat = nix::sys::statfs::statfs(path)?;
    let name = stat.filesystem_type_name();
    if let Some(network) = NETWORKS.iter().find(|network| **network == name) {
        return Ok(Verdict::Refused(network, NETWORK));
    }
    if let Some(fuse) = FUSES.iter().find(|fuse| **fuse == name) {
        return Ok(Verdict::Refused(fuse, FUSE));
    }
    Ok(if name == "apfs" || name == "hfs" { Verdict::Known } else { Verdict::Unknown })
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn look_up(_path: &Path) -> nix::Result<Verdict> {
    Ok(Verdict::Unknown)
}

/// Checks the file system of a database, or of the folder in which it is going to be. Only who writes makes the file
/// that an unknown one is tried with; a reader finds a coordination file that a writer has made there.
pub fn check(path: &Path, writes: bool) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = path.display().to_string();
    match look_up(if path.exists() { path } else { folder }) {
        Ok(Verdict::Refused(kind, reason)) => {
            Err(Error::FileSystem { path: name, reason: format!("{kind}: {reason}") })
        }
        Ok(Verdict::Unknown) if writes => match tried(folder) {
            Some(reason) => Err(Error::FileSystem { path: name, reason }),
            None => Ok(()),
        },
        Ok(Verdict::Known | Verdict::Unknown) => Ok(()),
        Err(errno) => Err(Error::CannotOpen { path: name, source: Some(errno.into()) }),
    }
}

// ── Unknown file systems ────────────────────────────────────────────────────────────────────────

/// What is wrong with the file system of a folder, as found when it was first met.
fn tried(folder: &Path) -> Option<String> {
    static TRIED: LazyLock<Mutex<HashMap<u64, Option<String>>>> = LazyLock::new(Mutex::default);
    let device = folder.metadata().ok()?.dev();
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = tried.get(&device) {
        return found.clone();
    }
    // Where no file can be made the database cannot be opened either, and that is reported then.
    let (one, other) = two_descriptors(folder).ok()?;
    let found = try_out(one, other)
        .map_or_else(|error| Some(format!("it fails a trial: {error}")), |()| None);
    tried.insert(device, found.clone());
    found
}

/// Two descriptors, by name, of a new file that has no name any more.
fn two_descriptors(folder: &Path) -> io::Result<(File, File)> {
    let path: PathBuf = folder.join(format!(".chorusdb-trial-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    let one = options.clone().create_new(true).open(&path);
    let both = one.and_then(|one| Ok((one, options.open(&path)?)));
    let _ = std::fs::remove_file(&path);
    both
}

const LOCKS: &str = "a lock of one descriptor does not hold against another";
const MEMORY: &str = "what one process stores in shared memory the other does not see";

/// What the protocol does with the file: locks, stores and loads, from both sides.
fn try_out(one: File, other: File) -> io::Result<()> {
    let holds = |is_so: bool, what: &str| {
        if is_so { Ok(()) } else { Err(io::Error::other(what.to_owned())) }
    };
    let (shared, exclusive, byte) = (LockKind::Shared, LockKind::Exclusive, Range::byte(0));
    holds(locks::try_lock(&one, exclusive, byte)?, LOCKS)?;
    // Classic locks belong to the process and hold against none of its descriptors.
    if !locks::is_classic() {
        holds(!locks::try_lock(&other, shared, byte)?, LOCKS)?;
        holds(locks::query(&other, shared, byte)?.is_some(), LOCKS)?;
        holds(locks::try_lock(&one, shared, byte)?, LOCKS)?;
        holds(locks::try_lock(&other, shared, byte)?, LOCKS)?;
        holds(!locks::try_lock(&one, exclusive, byte)?, LOCKS)?;
        locks::unlock(&other, byte)?;
    }
    locks::unlock(&one, byte)?;

    one.set_len(BASE_SIZE as u64)?;
    let (here, there) = (Memory::mapped(one)?, Memory::mapped(other)?);
    here.store64(8, 0x0123_4567_89ab_cdef);
    holds(there.load64(8) == 0x0123_4567_89ab_cdef, MEMORY)?;
    holds(there.exchange64(8, 0x0123_4567_89ab_cdef, 2).is_ok() && here.load64(8) == 2, MEMORY)?;
    if let (Some(one), Some(other)) = (here.file(), there.file()) {
        other.write_all_at(&3_u64.to_le_bytes(), 8)?;
        holds(here.load64(8) == 3, "what is written to a file is not seen where it is mapped")?;
        one.set_len(file_size(1))?;
    }
    here.ensure_block(0)?;
    there.ensure_block(0)?;
    here.store64(block_offset(0), 4);
    holds(there.load64(block_offset(0)) == 4, MEMORY)
}

/// Names that stand for databases in memory.
pub fn is_memory_path(path: &str) -> bool {
    path.is_empty() || path.starts_with(":memory:") || path.starts_with("file::memory:")
}

// ── Platforms ───────────────────────────────────────────────────────────────────────────────────

/// Why processes cannot share a database on this platform; None where they can. There the option is accepted and has
/// no effect.
pub fn unsupported_platform() -> Option<&'static str> {
    why_unsupported(usize::BITS, cfg!(target_endian = "little"))
}

fn why_unsupported(bits: u32, is_little_endian: bool) -> Option<&'static str> {
    if bits < 64 {
        return Some("a process of 32 bits cannot load and store the words of 64 bits as a whole");
    }
    if !is_little_endian {
        return Some("the words of the coordination file are little-endian");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_folder_is_fine_also_for_a_file_to_come() {
        let dir = tempfile::tempdir().unwrap();
        check(&dir.path().join("new.db"), true).unwrap();
        check(Path::new("new.db"), true).unwrap();
        let missing = check(&dir.path().join("no/such/new.db"), true).unwrap_err();
        assert!(matches!(missing, Error::CannotOpen { .. }));
    }

    /// TSHM v1 §8, statement 11.
    #[cfg(target_os = "linux")]
    #[test]
    fn checklist_11_listed_file_systems_are_refused_however_wide_the_word() {
        let listed = [
            0x6969,
            0xFF53_4D42,
            0xFE53_4D42,
            0x00C3_6400,
            0x564C,
            0x0102_1997,
            0x0116_1970,
            0x0BD0_0BD0,
            0x7461_636F,
            0x5346_414F,
            0x7375_7245,
            0x6573_5546,
        ];
        for magic in listed {
            assert!(matches!(judge(magic), Verdict::Refused(..)), "{magic:x}");
        }
        let signed = i64::from(0xFF53_4D42_u32.cast_signed());
        assert!(matches!(judge(signed), Verdict::Refused("CIFS", _)));
        assert_eq!(judge(0xEF53), Verdict::Known);
        assert_eq!(judge(0x0102_1994), Verdict::Known);
        assert_eq!(judge(0x4d44), Verdict::Unknown);
    }

    #[test]
    fn the_refusal_says_why() {
        let error = Error::FileSystem { path: "a.db".into(), reason: format!("NFS: {NETWORK}") };
        assert_eq!(
            error.to_string(),
            "experimental multiprocess WAL is not supported on the filesystem backing 'a.db' \
             (NFS: locks and shared memory do not reach its other hosts)"
        );
    }

    #[test]
    fn a_trial_passes_where_files_are_as_they_should_be_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = two_descriptors(dir.path()).unwrap();
        try_out(one, other).unwrap();
        assert_eq!(tried(dir.path()), None);
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_trial_finds_out_two_files_that_pose_as_one() {
        // As where each mount has a copy of its own.
        let dir = tempfile::tempdir().unwrap();
        let (one, _) = two_descriptors(dir.path()).unwrap();
        let (other, _) = two_descriptors(dir.path()).unwrap();
        other.set_len(BASE_SIZE as u64).unwrap();
        let error = try_out(one, other).unwrap_err().to_string();
        let expected = if locks::is_classic() { "shared memory" } else { "a lock of one" };
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_flag_has_no_effect_where_words_are_too_narrow() {
        assert_eq!(unsupported_platform(), None);
        assert!(why_unsupported(32, true).is_some());
        assert!(why_unsupported(64, false).is_some());
    }

    #[test]
    fn memory_paths() {
        for path in ["", ":memory:", ":memory:x", "file::memory:?cache=shared"] {
            assert!(is_memory_path(path));
        }
        assert!(!is_memory_path("memory.db"));
    }
}
