//! The package's directory. No link below it is followed: each component of a path is opened relative to its parent,
//! and a link is an error, so that no file outside of the directory is read, written or removed.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileType, OpenOptions};

use crate::errors_and_warnings::Error;

/// A directory chosen by the user. It may be a link; links below it are errors.
pub(super) struct PackageDirectory {
    path: PathBuf,
    /// `None` until it is created.
    directory: Option<Dir>,
}

/// Number of attempts to find an unused name for a temporary file.
const ATTEMPTS: usize = 16;

impl PackageDirectory {
    /// Opens the directory, if it exists.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let directory = match Dir::open_ambient_dir(path, ambient_authority()) {
            Ok(directory) => Some(directory),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(Error::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        Ok(Self {
            path: path.to_owned(),
            directory,
        })
    }

    /// Returns a path for messages, with the directory.
    pub(super) fn display_path(&self, path: &Path) -> PathBuf {
        self.path.join(path)
    }

    /// Returns whether a regular file exists.
    ///
    /// # Errors
    /// [`Error::UnexpectedFileType`] when a component of the path is not a directory, or the last one not a regular
    /// file.
    pub(super) fn has_file(&self, path: &Path) -> Result<bool, Error> {
        let Some((parent, name)) = self.parent(path)? else {
            return Ok(false);
        };
        self.is_file(&parent, name, path)
    }

    /// Returns the content of a regular file, if it exists. At most `limit` + 1 bytes are read.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some((parent, name)) = self.parent(path)? else {
            return Ok(None);
        };
        if !self.is_file(&parent, name, path)? {
            return Ok(None);
        }
        let read_error = |source| Error::Read {
            path: self.display_path(path),
            source,
        };
        let file = open(&parent, name).map_err(read_error)?;
        // The file may have been replaced since the first check.
        self.check(file.metadata().map_err(read_error)?.file_type(), path)?;
        let mut content = Vec::new();
        file.take(limit + 1).read_to_end(&mut content).map_err(read_error)?;
        Ok(Some(content))
    }

    /// Replaces or creates a file and its parent directories. Readers see the old or the new file, never a partial one.
    pub(super) fn write(&mut self, path: &Path, content: &[u8]) -> Result<(), Error> {
        let (parent, name) = self.created_parent(path)?;
        replace(&parent, name, content).map_err(|source| self.write_error(path, source))
    }

    /// Removes a file, and its directory if it is then empty.
    pub(super) fn remove(&self, path: &Path) -> Result<(), Error> {
        let Some((parent, name)) = self.parent(path)? else {
            return Ok(());
        };
        let write_error = |source| self.write_error(path, source);
        parent.remove_file(name).map_err(write_error)?;
        drop(parent);
        if let Some(directory) = path.parent()
            && let Some((above, name)) = self.parent(directory)?
        {
            // Fails if the directory is not empty.
            let _ = above.remove_dir(name);
        }
        Ok(())
    }

    /// Returns the directory of a path's last component, and that component.
    fn parent<'p>(&self, path: &'p Path) -> Result<Option<(Dir, &'p Path)>, Error> {
        let Some(root) = &self.directory else { return Ok(None) };
        let Some(name) = path.file_name() else { return Ok(None) };
        let mut directory = root
            .try_clone()
            .map_err(|source| self.read_error(Path::new(""), source))?;
        let mut walked = PathBuf::new();
        for component in directories(path) {
            walked.push(component);
            match self.directory(&directory, component, &walked)? {
                Some(next) => directory = next,
                None => return Ok(None),
            }
        }
        Ok(Some((directory, Path::new(name))))
    }

    /// Like [`parent`](Self::parent), and creates missing directories.
    fn created_parent<'p>(&mut self, path: &'p Path) -> Result<(Dir, &'p Path), Error> {
        let mut directory = self.created()?;
        let mut walked = PathBuf::new();
        for component in directories(path) {
            walked.push(component);
            directory = match self.directory(&directory, component, &walked)? {
                Some(next) => next,
                None => {
                    let created = directory.create_dir(component);
                    let opened = created.and_then(|()| directory.open_dir_nofollow(component));
                    opened.map_err(|source| self.write_error(&walked, source))?
                }
            };
        }
        Ok((directory, Path::new(path.file_name().unwrap_or_default())))
    }

    fn created(&mut self) -> Result<Dir, Error> {
        let write_error = |source| Error::Write {
            path: self.path.clone(),
            source,
        };
        if let Some(directory) = &self.directory {
            return directory.try_clone().map_err(write_error);
        }
        fs::create_dir_all(&self.path).map_err(write_error)?;
        let directory = Dir::open_ambient_dir(&self.path, ambient_authority()).map_err(write_error)?;
        let clone = directory.try_clone().map_err(write_error)?;
        self.directory = Some(directory);
        Ok(clone)
    }

    /// Opens a subdirectory, if it exists.
    fn directory(&self, within: &Dir, name: &Path, path: &Path) -> Result<Option<Dir>, Error> {
        let metadata = match within.symlink_metadata(name) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.read_error(path, source)),
        };
        if !metadata.is_dir() {
            return Err(self.unexpected_type(metadata.file_type(), path, "a directory"));
        }
        let opened = within.open_dir_nofollow(name);
        opened.map(Some).map_err(|source| self.read_error(path, source))
    }

    fn is_file(&self, parent: &Dir, name: &Path, path: &Path) -> Result<bool, Error> {
        match parent.symlink_metadata(name) {
            Ok(metadata) => self.check(metadata.file_type(), path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(self.read_error(path, source)),
        }
    }

    fn check(&self, found: FileType, path: &Path) -> Result<(), Error> {
        match found.is_file() {
            true => Ok(()),
            false => Err(self.unexpected_type(found, path, "a file")),
        }
    }

    fn unexpected_type(&self, found: FileType, path: &Path, expected: &'static str) -> Error {
        Error::UnexpectedFileType {
            path: self.display_path(path),
            found: match found {
                found if found.is_symlink() => "a symbolic link",
                found if found.is_dir() => "a directory",
                found if found.is_file() => "a file",
                _ => "a pipe, a socket or a device",
            },
            expected,
        }
    }

    fn read_error(&self, path: &Path, source: io::Error) -> Error {
        Error::Read {
            path: self.display_path(path),
            source,
        }
    }

    fn write_error(&self, path: &Path, source: io::Error) -> Error {
        Error::Write {
            path: self.display_path(path),
            source,
        }
    }
}

/// Iterates over the components before the last one.
fn directories(path: &Path) -> impl Iterator<Item = &Path> {
    let above = path.parent().into_iter().flat_map(Path::components);
    above
        .filter(|component| matches!(component, Component::Normal(_)))
        .map(|component| Path::new(component.as_os_str()))
}

/// Opens a file for reading without following a link, and without blocking on a pipe.
fn open(parent: &Dir, name: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    cap_fs_ext::OpenOptionsSyncExt::nonblock(&mut options, true);
    parent.open_with(name, &options)
}

/// Writes a temporary file and renames it to the target. Hard links to the old file keep its content.
fn replace(parent: &Dir, name: &Path, content: &[u8]) -> io::Result<()> {
    let (temporary, mut file) = temporary(parent)?;
    let written = file.write_all(content);
    drop(file);
    let replaced = written.and_then(|()| parent.rename(&temporary, parent, name));
    if replaced.is_err() {
        let _ = parent.remove_file(&temporary);
    }
    replaced
}

/// Creates a new file with an unpredictable name.
fn temporary(parent: &Dir) -> io::Result<(String, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).follow(FollowSymlinks::No);
    for _ in 0..ATTEMPTS {
        // The standard library seeds `RandomState` from the operating system's random numbers.
        let random = RandomState::new().hash_one(0_u8);
        let name = format!(".evergrant-{random:016x}.new");
        match parent.open_with(&name, &options) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
