//! The files of one database, by name.
//!
//! Names are made whole when the database is opened: absolute, and without links. From then on they are looked up from the folder that was
//! found there, not from the root: the process may change its directory, a link to the folder may be turned, the folder itself
//! renamed, and the files beside the database stay those that everybody else has. Where the system lends no descriptor of the
//! folder, names are paths.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, open, openat};
use nix::sys::stat::{FileStat, Mode, fchmod};
use nix::unistd::{UnlinkatFlags, geteuid, unlinkat};

use crate::kernel::attributes::{self, Attributes, FileKey};

/// A file, by its place in a folder. As a path it is for messages, and for what is asked once, at the opening.
#[derive(Clone, Debug)]
pub struct Name {
    folder: Option<Arc<OwnedFd>>,
    path: PathBuf,
}

impl Deref for Name {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl Name {
    pub fn of(path: &Path) -> Name {
        // Only to look names up. Elsewhere than on Linux that takes the right to read the folder too.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let how = OFlag::O_PATH;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let how = OFlag::O_RDONLY;
        let flags = how | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.and_then(|parent| open(parent, flags, Mode::empty()).ok());
        Name { folder: folder.map(Arc::new), path: path.to_owned() }
    }

    /// The name with something added.
    #[must_use]
    pub fn with(&self, suffix: &str) -> Name {
        let mut path = self.path.as_os_str().to_owned();
        path.push(suffix);
        Name { folder: self.folder.clone(), path: path.into() }
    }

    /// The folder to look in, and what to look for.
    fn place(&self) -> (BorrowedFd<'_>, &OsStr) {
        match (&self.folder, self.path.file_name()) {
            (Some(folder), Some(name)) => (folder.as_fd(), name),
            _ => (AT_FDCWD, self.path.as_os_str()),
        }
    }

    fn open(&self, flags: OFlag, mode: u32) -> io::Result<File> {
        let (folder, name) = self.place();
        let mode = Mode::from_bits_truncate(mode as _);
        loop {
            match openat(folder, name, flags | OFlag::O_CLOEXEC, mode) {
                Ok(file) => return Ok(file.into()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    pub fn open_readable(&self) -> io::Result<File> {
        self.open(OFlag::O_RDONLY, 0)
    }

    /// For reading and writing, if it is there.
    pub fn open_writable(&self) -> io::Result<File> {
        self.open(OFlag::O_RDWR, 0)
    }

    /// The same, but a link at this name leads to somebody else's file.
    pub fn open_strictly(&self) -> io::Result<File> {
        self.open(OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK, 0)
    }

    /// The same for a file beside the database, which is made if need be. It belongs to whom the database belongs to, so that whoever may
    /// open the one may open the other: an empty one gets its permissions, whatever the umask says, and from root its owner too, as
    /// in `SQLite` (`findCreateFileMode`, `robustFchown`).
    pub fn create_beside(&self, database: &Metadata, flags: OFlag) -> io::Result<File> {
        let mode = database.permissions().mode() & 0o777;
        let file = self.open(OFlag::O_RDWR | OFlag::O_CREAT | flags, mode)?;
        let there = file.metadata()?;
        // What is not permitted here is no worse than before.
        if there.len() == 0 && there.is_file() && there.permissions().mode() & 0o777 != mode {
            let _ = fchmod(&file, Mode::from_bits_truncate(mode as _));
        }
        let owner = (database.uid(), database.gid());
        if geteuid().is_root() && there.is_file() && (there.uid(), there.gid()) != owner {
            let _ = fchown(&file, Some(owner.0), Some(owner.1));
        }
        Ok(file)
    }

    pub fn attributes(&self) -> io::Result<Attributes> {
        let (folder, name) = self.place();
        Attributes::of_name(folder, name)
    }

    /// All that the system says, of the file that a link leads to.
    pub fn stat(&self) -> io::Result<FileStat> {
        let (folder, name) = self.place();
        attributes::stat(folder, name)
    }

    pub fn is_there(&self) -> bool {
        self.stat().is_ok()
    }

    pub fn remove(&self) -> io::Result<()> {
        let (folder, name) = self.place();
        Ok(unlinkat(folder, name, UnlinkatFlags::NoRemoveDir)?)
    }
}

/// The files of one database, named by plain concatenation.
#[derive(Clone, Debug)]
pub struct Names {
    pub database: Name,
    pub wal: Name,
    pub tshm: Name,
    pub shm: Name,
    pub tproc: Name,
    pub tlock: Name,
}

impl Names {
    pub fn of(database: &Path) -> Names {
        let database = Name::of(database);
        Names {
            wal: database.with("-wal"),
            tshm: database.with("-tshm"),
            shm: database.with("-shm"),
            tproc: database.with("-tproc"),
            tlock: database.with("-tlock"),
            database,
        }
    }
}

/// The attributes of the open file, if the name still leads to it.
pub fn in_place(key: FileKey, name: &Name) -> Option<Attributes> {
    name.attributes().ok().filter(|there| there.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_concatenated() {
        let names = Names::of(Path::new("dir/app.db"));
        assert_eq!(&*names.wal, Path::new("dir/app.db-wal"));
        assert_eq!(&*names.tshm, Path::new("dir/app.db-tshm"));
        assert_eq!(&*names.shm, Path::new("dir/app.db-shm"));
        assert_eq!(&*names.tproc, Path::new("dir/app.db-tproc"));
    }

    #[test]
    fn names_follow_their_folder() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old"), dir.path().join("new"));
        std::fs::create_dir(&old).unwrap();
        std::fs::write(old.join("a"), b"1").unwrap();
        let names = Names::of(&old.join("a"));
        let key = names.database.attributes().unwrap().key;
        std::fs::rename(&old, &new).unwrap();
        std::fs::create_dir(&old).unwrap();
        std::fs::write(old.join("a"), b"2").unwrap();
        assert_eq!(names.database.attributes().unwrap().key, key);
        let like = names.database.open_readable().unwrap().metadata().unwrap();
        names.wal.create_beside(&like, OFlag::empty()).unwrap();
        assert!(new.join("a-wal").exists() && !old.join("a-wal").exists());
        names.wal.remove().unwrap();
        assert!(!names.wal.is_there());
    }

    #[test]
    fn a_file_beside_the_database_has_its_permissions_whatever_the_umask() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, b"").unwrap();
        for mode in [0o600, 0o660, 0o666, 0o664] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let names = Names::of(&path);
            let file = names.wal.create_beside(&path.metadata().unwrap(), OFlag::empty()).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, mode);
            names.wal.remove().unwrap();
        }
    }

    #[test]
    fn a_deleted_or_replaced_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let file = File::create(&path).unwrap();
        let key = FileKey::of(&file.metadata().unwrap());
        let path = Name::of(&path);
        assert!(in_place(key, &path).is_some());
        std::fs::remove_file(&*path).unwrap();
        assert!(in_place(key, &path).is_none());
        std::fs::write(&*path, b"another").unwrap();
        assert!(in_place(key, &path).is_none());
    }
}
