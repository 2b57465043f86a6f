//! A file of the database: the database itself, or its log. The only way to its bytes in this crate.
//!
//! It is read freely. What changes it, or promises that a change will last, takes a [`Permission`], which only `shared::gate` can give, and gives only
//! after asking whether this process may: so "ask, then write" is a fact that the compiler checks, and `tests/layers.rs` that nobody else gives
//! one.
//!
//! A file has a twin for tests, whose calls fail where the test wants it (`faults`). Short reads are the end of the file, short writes are
//! continued, and interrupted calls repeated; but never a sync: one that failed may have dropped what it could not write, and the
//! next would report success.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::error::{DiskOperation, Error, Result};
use crate::kernel::attributes::Attributes;
use crate::kernel::to_disk;
use crate::log::faults::{self, Call, Faults, Role};

/// What bytes are read from.
pub trait Source: AsFd {
    fn metadata(&self) -> io::Result<Metadata>;

    /// One call of the system.
    fn read_some(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Reads as much as there is.
    fn read_all(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.read_some(&mut bytes[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

impl Source for File {
    fn metadata(&self) -> io::Result<Metadata> {
        self.metadata()
    }

    fn read_some(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(bytes, offset)
    }
}

/// Says that somebody has asked whether this process may write. Only `gate` has what is one.
pub trait Permission {}

pub struct Stored {
    file: File,
    role: Role,
    faults: Option<Arc<Faults>>,
}

impl Stored {
    pub fn new(file: File, role: Role) -> Stored {
        let faults = faults::adopt(&file, role);
        Stored { file, role, faults }
    }

    /// Another descriptor of the same open file.
    pub fn try_clone(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Its size among them, which a test may want not to be told.
    pub fn attributes(&self) -> io::Result<Attributes> {
        if let Some(faults) = &self.faults {
            faults.arrive(self.role, Call::Size)?;
        }
        Attributes::of_file(&self.file)
    }

    /// Writes all of it. A disk that is full says so in one way only.
    pub fn write(&self, _: &impl Permission, bytes: &[u8], offset: u64) -> Result<()> {
        self.write_all(bytes, offset).map_err(Error::disk(DiskOperation::Write))
    }

    fn write_all(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write_some(&bytes[done..], offset + done as u64) {
                // Nothing was written, and nobody says why.
                Ok(0) => return Err(io::ErrorKind::StorageFull.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn write_some(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        match &self.faults {
            None => self.file.write_at(bytes, offset),
            Some(faults) => faults.write(&self.file, self.role, bytes, offset),
        }
    }

    /// Returns when everything written, and the length, is on the disk. One attempt.
    pub fn sync(&self, _: &impl Permission) -> Result<()> {
        let synced = match &self.faults {
            None => to_disk::sync(&self.file),
            Some(faults) => faults.sync(&self.file, self.role),
        };
        synced.map_err(Error::disk(DiskOperation::Fsync))
    }

    /// Makes it exactly `size` bytes long.
    pub fn cut(&self, _: &impl Permission, size: u64) -> Result<()> {
        let cut = match &self.faults {
            // Repeated when interrupted.
            None => self.file.set_len(size),
            Some(faults) => faults.cut(&self.file, self.role, size),
        };
        cut.map_err(Error::disk(DiskOperation::Truncate))
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if self.faults.is_some() {
            faults::forget(self.file.as_raw_fd());
        }
    }
}

impl Source for Stored {
    fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    fn read_some(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.faults {
            None => self.file.read_at(bytes, offset),
            Some(faults) => faults.read(&self.file, self.role, bytes, offset),
        }
    }
}

/// For locks and attributes.
impl AsFd for Stored {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// For those who are lent the descriptor.
impl AsRawFd for Stored {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}
