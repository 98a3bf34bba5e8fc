//! The package's directory. Nothing below it is reached through a link: every component of a path is opened from the one
//! before it, and one that is a link is refused, so that no file outside of the directory is read, written or removed.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, FileType, OpenOptions};

use crate::problem::Error;

/// A directory that the user names. It may itself be a link; nothing below it may.
pub(super) struct Root {
    path: PathBuf,
    /// `None` until it is created.
    directory: Option<Dir>,
}

/// Attempts to find a name for a temporary file that nothing has yet.
const ATTEMPTS: usize = 16;

impl Root {
    /// Opens the directory, if there is one.
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

    /// The path as messages show it.
    pub(super) fn shown(&self, path: &Path) -> PathBuf {
        self.path.join(path)
    }

    /// Whether there is a plain file.
    ///
    /// # Errors
    /// [`Error::NotPlain`] when a component of the path is a link, or anything else than a directory and a file at its end.
    pub(super) fn has_file(&self, path: &Path) -> Result<bool, Error> {
        let Some((parent, name)) = self.parent(path)? else {
            return Ok(false);
        };
        self.is_file(&parent, name, path)
    }

    /// The content of a plain file of at most `limit` bytes, if there is one. A longer one is cut at one byte more.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let Some((parent, name)) = self.parent(path)? else {
            return Ok(None);
        };
        if !self.is_file(&parent, name, path)? {
            return Ok(None);
        }
        let unread = |source| Error::Read {
            path: self.shown(path),
            source,
        };
        let file = open(&parent, name).map_err(unread)?;
        // Something else may have taken its place by now.
        self.check(file.metadata().map_err(unread)?.file_type(), path)?;
        let mut content = Vec::new();
        file.take(limit + 1).read_to_end(&mut content).map_err(unread)?;
        Ok(Some(content))
    }

    /// Replaces or creates a file, with the directories that it needs: a reader sees the old file or the new one, never a part.
    pub(super) fn write(&mut self, path: &Path, content: &[u8]) -> Result<(), Error> {
        let (parent, name) = self.created_parent(path)?;
        replace(&parent, name, content).map_err(|source| self.unwritten(path, source))
    }

    /// Removes a file, and the directory that it leaves empty.
    pub(super) fn remove(&self, path: &Path) -> Result<(), Error> {
        let Some((parent, name)) = self.parent(path)? else {
            return Ok(());
        };
        let unwritten = |source| self.unwritten(path, source);
        parent.remove_file(name).map_err(unwritten)?;
        drop(parent);
        if let Some(directory) = path.parent()
            && let Some((above, name)) = self.parent(directory)?
        {
            // One that is not empty stays.
            let _ = above.remove_dir(name);
        }
        Ok(())
    }

    /// The directory that a path's last component is in, and that component.
    fn parent<'p>(&self, path: &'p Path) -> Result<Option<(Dir, &'p Path)>, Error> {
        let Some(root) = &self.directory else { return Ok(None) };
        let Some(name) = path.file_name() else { return Ok(None) };
        let mut directory = root.try_clone().map_err(|source| self.unread(Path::new(""), source))?;
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

    /// The same, with all directories created.
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
                    opened.map_err(|source| self.unwritten(&walked, source))?
                }
            };
        }
        Ok((directory, Path::new(path.file_name().unwrap_or_default())))
    }

    fn created(&mut self) -> Result<Dir, Error> {
        let unwritten = |source| Error::Write {
            path: self.path.clone(),
            source,
        };
        if let Some(directory) = &self.directory {
            return directory.try_clone().map_err(unwritten);
        }
        fs::create_dir_all(&self.path).map_err(unwritten)?;
        let directory = Dir::open_ambient_dir(&self.path, ambient_authority()).map_err(unwritten)?;
        let clone = directory.try_clone().map_err(unwritten)?;
        self.directory = Some(directory);
        Ok(clone)
    }

    /// A directory within another, if it is there.
    fn directory(&self, within: &Dir, name: &Path, path: &Path) -> Result<Option<Dir>, Error> {
        let metadata = match within.symlink_metadata(name) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.unread(path, source)),
        };
        if !metadata.is_dir() {
            return Err(self.not_plain(metadata.file_type(), path, "a directory"));
        }
        let opened = within.open_dir_nofollow(name);
        opened.map(Some).map_err(|source| self.unread(path, source))
    }

    fn is_file(&self, parent: &Dir, name: &Path, path: &Path) -> Result<bool, Error> {
        match parent.symlink_metadata(name) {
            Ok(metadata) => self.check(metadata.file_type(), path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(self.unread(path, source)),
        }
    }

    fn check(&self, found: FileType, path: &Path) -> Result<(), Error> {
        match found.is_file() {
            true => Ok(()),
            false => Err(self.not_plain(found, path, "a file")),
        }
    }

    fn not_plain(&self, found: FileType, path: &Path, expected: &'static str) -> Error {
        Error::NotPlain {
            path: self.shown(path),
            found: match found {
                found if found.is_symlink() => "a symbolic link",
                found if found.is_dir() => "a directory",
                found if found.is_file() => "a file",
                _ => "a pipe, a socket or a device",
            },
            expected,
        }
    }

    fn unread(&self, path: &Path, source: io::Error) -> Error {
        Error::Read {
            path: self.shown(path),
            source,
        }
    }

    fn unwritten(&self, path: &Path, source: io::Error) -> Error {
        Error::Write {
            path: self.shown(path),
            source,
        }
    }
}

/// The components above the last one, each as a path of its own.
fn directories(path: &Path) -> impl Iterator<Item = &Path> {
    let above = path.parent().into_iter().flat_map(Path::components);
    above
        .filter(|component| matches!(component, Component::Normal(_)))
        .map(|component| Path::new(component.as_os_str()))
}

/// Opens a file to read it: not through a link, and without waiting for whoever might write into a pipe.
fn open(parent: &Dir, name: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    cap_fs_ext::OpenOptionsSyncExt::nonblock(&mut options, true);
    parent.open_with(name, &options)
}

/// Writes a new file beside the old one, and puts it in its place. What else has the old file, by a hard link, keeps it.
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

/// A file that was not there before, under a name that nobody can know beforehand.
fn temporary(parent: &Dir) -> io::Result<(String, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).follow(FollowSymlinks::No);
    for _ in 0..ATTEMPTS {
        // The standard library seeds each with random numbers of the operating system.
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
