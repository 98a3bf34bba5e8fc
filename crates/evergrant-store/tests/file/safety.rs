//! Files and folders that others have, can read, or could have put there.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;

use evergrant::store::{SharedStore, StoreErrorKind, StoreKey};

use crate::support::{Folder, key, load, open, swap};

/// Nobody in particular, but not us.
const SOMEBODY: u32 = 12_345;

#[tokio::test]
async fn files_and_folder_are_their_owners_alone() {
    let (folder, key) = (Folder::new(), key("client"));
    swap(&folder.store(), &key, None, Some("1")).await.unwrap();
    assert_eq!(mode(&folder.path()), 0o700);
    for name in folder.names() {
        assert_eq!(mode(&folder.path().join(&name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_folder_that_is_open_to_others_is_refused() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    for open in [0o750, 0o705, 0o777, 0o1777] {
        set_mode(&folder.path(), open);
        assert_refused(&store, &key, "chmod 700").await;
        let error = store.keys().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
    }
    set_mode(&folder.path(), 0o700);
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn a_folder_that_is_a_link_or_none_is_refused() {
    let (folder, key) = (Folder::new(), key("client"));
    swap(&folder.store(), &key, None, Some("1")).await.unwrap();
    let link = folder.path().with_extension("link");
    symlink(folder.path(), &link).unwrap();
    assert_refused(&open(&link), &key, "is a link").await;
    assert_refused(&open(&link.join("")), &key, "is a link").await;
    assert_refused(&open(&folder.file(&key, "json")), &key, "not a folder").await;
}

#[tokio::test]
async fn a_folder_of_another_user_is_refused() {
    let (folder, key) = (Folder::new(), key("client"));
    if is_root() {
        swap(&folder.store(), &key, None, Some("1")).await.unwrap();
        chown(folder.path(), Some(SOMEBODY), None).unwrap();
        assert_refused(&folder.store(), &key, "belongs to another user").await;
    } else {
        assert_refused(&open(Path::new("/usr")), &key, "belongs to another user").await;
    }
}

#[tokio::test]
async fn a_record_or_lock_of_another_user_is_refused() {
    if !is_root() {
        // Nobody else can give a file away.
        return;
    }
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    chown(folder.file(&key, "lock"), Some(SOMEBODY), None).unwrap();
    let error = swap(&store, &key, Some("1"), Some("2")).await.unwrap_err();
    assert!(error.to_string().contains("belongs to another user"), "{error}");
    chown(folder.file(&key, "json"), Some(SOMEBODY), None).unwrap();
    assert_refused(&store, &key, "belongs to another user").await;
}

#[tokio::test]
async fn a_record_that_others_can_read_is_refused() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    for open in [0o640, 0o604, 0o620] {
        set_mode(&folder.file(&key, "json"), open);
        assert_refused(&store, &key, "can be read by others").await;
    }
}

#[tokio::test]
async fn links_pipes_and_folders_in_a_records_place_are_refused() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let record = folder.file(&key, "json");
    let elsewhere = folder.path().with_extension("elsewhere");
    fs::rename(&record, &elsewhere).unwrap();
    symlink(&elsewhere, &record).unwrap();
    assert_refused(&store, &key, "not a plain file").await;
    fs::remove_file(&record).unwrap();

    assert!(
        Command::new("mkfifo")
            .args(["-m", "600"])
            .arg(&record)
            .status()
            .unwrap()
            .success()
    );
    assert_refused(&store, &key, "not a plain file").await;
    fs::remove_file(&record).unwrap();

    fs::create_dir(&record).unwrap();
    assert_refused(&store, &key, "not a plain file").await;
}

#[tokio::test]
async fn a_link_in_the_place_of_the_lock_or_of_what_is_written_is_not_followed() {
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
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    assert!(error.to_string().contains("not a plain file"), "{error}");
}

#[tokio::test]
async fn a_record_of_no_sensible_size_is_refused() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    fs::write(folder.file(&key, "json"), vec![b' '; 2 * 1024 * 1024]).unwrap();
    assert_refused(&store, &key, "larger").await;
}

/// For reading and for writing; nothing of it is a record's text.
async fn assert_refused(store: &SharedStore, key: &StoreKey, told: &str) {
    let outcomes = [
        load(store, key).await.map(drop),
        swap(store, key, Some("1"), Some("2")).await.map(drop),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Whoever made a file of this process's own.
fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}
