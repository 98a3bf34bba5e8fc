//! Files and folders that other users own, can read, or could have created.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;

use evergrant::store::{SharedStore, StoreErrorKind, StoreKey};

use super::support::{Folder, key, load, open, swap};

/// The id of another user.
const OTHER_USER: u32 = 12_345;

#[tokio::test]
async fn files_and_folder_are_private() {
    let (folder, key) = (Folder::new(), key("client"));
    swap(&folder.store(), &key, None, Some("1")).await.unwrap();
    assert_eq!(mode(&folder.path()), 0o700);
    for name in folder.names() {
        assert_eq!(mode(&folder.path().join(&name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_folder_that_others_can_access_is_rejected() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    for open in [0o750, 0o705, 0o777, 0o1777] {
        set_mode(&folder.path(), open);
        assert_rejected(&store, &key, "chmod 700").await;
        let error = store.keys().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
    }
    set_mode(&folder.path(), 0o700);
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn a_link_or_a_file_as_folder_is_rejected() {
    let (folder, key) = (Folder::new(), key("client"));
    swap(&folder.store(), &key, None, Some("1")).await.unwrap();
    let link = folder.path().with_extension("link");
    symlink(folder.path(), &link).unwrap();
    assert_rejected(&open(&link), &key, "is a symbolic link").await;
    assert_rejected(&open(&link.join("")), &key, "is a symbolic link").await;
    assert_rejected(&open(&folder.file(&key, "json")), &key, "not a folder").await;
}

#[tokio::test]
async fn a_folder_of_another_user_is_rejected() {
    let (folder, key) = (Folder::new(), key("client"));
    if is_root() {
        swap(&folder.store(), &key, None, Some("1")).await.unwrap();
        chown(folder.path(), Some(OTHER_USER), None).unwrap();
        assert_rejected(&folder.store(), &key, "belongs to another user").await;
    } else {
        assert_rejected(&open(Path::new("/usr")), &key, "belongs to another user").await;
    }
}

#[tokio::test]
async fn a_record_or_lock_of_another_user_is_rejected() {
    if !is_root() {
        // Only root can change the owner of a file.
        return;
    }
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    chown(folder.file(&key, "lock"), Some(OTHER_USER), None).unwrap();
    let error = swap(&store, &key, Some("1"), Some("2")).await.unwrap_err();
    assert!(error.to_string().contains("belongs to another user"), "{error}");
    chown(folder.file(&key, "json"), Some(OTHER_USER), None).unwrap();
    assert_rejected(&store, &key, "belongs to another user").await;
}

#[tokio::test]
async fn a_record_that_others_can_read_is_rejected() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    for open in [0o640, 0o604, 0o620] {
        set_mode(&folder.file(&key, "json"), open);
        assert_rejected(&store, &key, "can be read by others").await;
    }
}

#[tokio::test]
async fn links_pipes_and_folders_as_records_are_rejected() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let record = folder.file(&key, "json");
    let elsewhere = folder.path().with_extension("elsewhere");
    fs::rename(&record, &elsewhere).unwrap();
    symlink(&elsewhere, &record).unwrap();
    assert_rejected(&store, &key, "not a regular file").await;
    fs::remove_file(&record).unwrap();

    assert!(
        Command::new("mkfifo")
            .args(["-m", "600"])
            .arg(&record)
            .status()
            .unwrap()
            .success()
    );
    assert_rejected(&store, &key, "not a regular file").await;
    fs::remove_file(&record).unwrap();

    fs::create_dir(&record).unwrap();
    assert_rejected(&store, &key, "not a regular file").await;
}

#[tokio::test]
async fn links_as_lock_or_temporary_file_are_not_followed() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let elsewhere = folder.path().with_extension("elsewhere");
    fs::write(&elsewhere, "untouched").unwrap();
    set_mode(&elsewhere, 0o600);

    symlink(&elsewhere, folder.file(&key, "new")).unwrap();
    swap(&store, &key, Some("1"), Some("2")).await.unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched");

    fs::remove_file(folder.file(&key, "lock")).unwrap();
    symlink(&elsewhere, folder.file(&key, "lock")).unwrap();
    let error = swap(&store, &key, Some("2"), Some("3")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected);
    assert!(error.to_string().contains("not a regular file"), "{error}");
}

#[tokio::test]
async fn a_record_that_is_too_large_is_rejected() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    fs::write(folder.file(&key, "json"), vec![b' '; 2 * 1024 * 1024]).unwrap();
    assert_rejected(&store, &key, "larger").await;
}

/// Checks that reading and writing fail with this text.
async fn assert_rejected(store: &SharedStore, key: &StoreKey, expected: &str) {
    let outcomes = [
        load(store, key).await.map(drop),
        swap(store, key, Some("1"), Some("2")).await.map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Returns whether this process runs as root, by the owner of a new file.
fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}
