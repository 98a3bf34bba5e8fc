//! Token files: only the owner can read them, regardless of an existing file.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use evergrant::{Token, TokenFile};

/// A temporary folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("evergrant-token-file-{name}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("token.json")
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.0).unwrap().count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn token() -> Token {
    Token::new("not-a-real-token").with_refresh_token("not-a-real-refresh-token")
}

#[test]
fn a_token_is_written_and_read() {
    let folder = Folder::new("round");
    let file = TokenFile::new(folder.path());
    assert!(file.load().unwrap().is_none());
    file.save(&Token::new("not-a-real-first-token")).unwrap();
    file.save(&token()).unwrap();
    let loaded = file.load().unwrap().unwrap();
    assert_eq!(loaded.access_token().expose(), "not-a-real-token");
    assert_eq!(loaded.refresh_token().unwrap().expose(), "not-a-real-refresh-token");
    assert_eq!(folder.files(), 1, "no temporary file remains");
    assert!(!format!("{file:?}").contains("not-a-real"));
}

#[test]
fn an_invalid_file_or_a_missing_folder_is_an_error() {
    let folder = Folder::new("errors");
    fs::write(folder.path(), "not-a-real-text").unwrap();
    let error = TokenFile::new(folder.path()).load().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(!error.to_string().contains("not-a-real"), "{error}");
    let missing = TokenFile::new(folder.0.join("missing/token.json"));
    assert_eq!(missing.save(&token()).unwrap_err().kind(), ErrorKind::NotFound);
    let directory = TokenFile::new(&folder.0);
    directory.save(&token()).unwrap_err();
    assert_eq!(folder.files(), 1);
}

#[cfg(unix)]
#[test]
fn the_file_is_private_regardless_of_previous_permissions() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::new("modes");
    let mode = || fs::symlink_metadata(folder.path()).unwrap().permissions().mode() & 0o7777;
    for wide in [None, Some(0o644), Some(0o666), Some(0o777), Some(0o400)] {
        let _ = fs::remove_file(folder.path());
        if let Some(wide) = wide {
            fs::write(folder.path(), "{}").unwrap();
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(wide)).unwrap();
        }
        TokenFile::new(folder.path()).save(&token()).unwrap();
        assert_eq!(mode(), 0o600, "{wide:?}");
    }

    // A symbolic link is replaced, and its target is not changed.
    let target = folder.0.join("target");
    fs::write(&target, "untouched").unwrap();
    fs::remove_file(folder.path()).unwrap();
    symlink(&target, folder.path()).unwrap();
    TokenFile::new(folder.path()).save(&token()).unwrap();
    assert_eq!(mode(), 0o600);
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
}
