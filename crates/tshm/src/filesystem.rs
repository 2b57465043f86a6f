//! Where a coordination file may live: not on file systems whose mappings or locks end at the host's border.
//!
//! Mapped memory is shared only between processes of one kernel. Over a network each host has its own copy,
//! and the database would be lost without a sound. (TSHM v1 §4.1.)

use std::path::Path;

use crate::error::{Error, Result};

#[cfg(any(target_os = "linux", target_os = "android"))]
const REFUSED: [(i64, &str); 12] = [
    (0x6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x517B, "SMB"),
    (0x00C3_6400, "Ceph"),
    (0x564C, "NCP"),
    (0x0102_1997, "9P"),
    (0x0116_1970, "GFS2"),
    (0x0BD0_0BD0, "Lustre"),
    (0x7461_636F, "OCFS2"),
    (0x5346_414F, "AFS"),
    (0x7375_7245, "Coda"),
];

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_refused(path: &Path) -> nix::Result<bool> {
    let kind = nix::sys::statfs::statfs(path)?.filesystem_type().0;
    // The kernel's word may be signed or narrower than ours; only the low 32 bits carry the magic.
    Ok(is_refused_magic(kind as i64))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_refused_magic(kind: i64) -> bool {
    REFUSED.iter().any(|(magic, _)| kind & 0xffff_ffff == *magic)
}

#[cfg(target_vendor = "apple")]
fn is_refused(path: &Path) -> nix::Result<bool> {
    const REFUSED: [&str; 6] = ["nfs", "smbfs", "afpfs", "webdav", "cifs", "acfs"];
    let stat = nix::sys::statfs::statfs(path)?;
    Ok(REFUSED.contains(&stat.filesystem_type_name()))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn is_refused(_path: &Path) -> nix::Result<bool> {
    Ok(false)
}

/// Checks the file system of a database, or of the folder in which it is going to be.
pub fn check(path: &Path) -> Result<()> {
    let probe = if path.exists() {
        path
    } else {
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    };
    let name = path.display().to_string();
    match is_refused(probe) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::FileSystem { path: name }),
        Err(errno) => Err(Error::CannotOpen { path: name, source: Some(errno.into()) }),
    }
}

/// Names that stand for databases in memory.
pub fn is_memory_path(path: &str) -> bool {
    path.is_empty() || path.starts_with(":memory:") || path.starts_with("file::memory:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_folder_is_fine_also_for_a_file_to_come() {
        let dir = tempfile::tempdir().unwrap();
        check(&dir.path().join("new.db")).unwrap();
        check(Path::new("new.db")).unwrap();
        let missing = check(&dir.path().join("no/such/new.db")).unwrap_err();
        assert!(matches!(missing, Error::CannotOpen { .. }));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn network_file_systems_are_refused_however_wide_the_word() {
        assert!(is_refused_magic(0x6969));
        assert!(is_refused_magic(0xFF53_4D42));
        assert!(is_refused_magic(i64::from(0xFF53_4D42_u32.cast_signed())));
        assert!(!is_refused_magic(0xEF53));
        assert!(!is_refused_magic(0x0102_1994));
    }

    #[test]
    fn memory_paths() {
        for path in ["", ":memory:", ":memory:x", "file::memory:?cache=shared"] {
            assert!(is_memory_path(path));
        }
        assert!(!is_memory_path("memory.db"));
    }
}
