//! Processes that are killed while they write.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use evergrant::store::SwapOutcome;

use crate::member::{Member, number_in, record};
use crate::support::{Folder, key, load, swap};

#[tokio::test]
async fn a_writer_that_is_killed_leaves_a_whole_record_and_no_lock() {
    let (folder, key) = (Folder::new(), key("written"));
    let store = folder.store();
    let mut interrupted = 0;
    for round in 0..60 {
        let mut writer = Member::start("write", &folder.path());
        writer.said();
        // Somewhere within the next few records.
        thread::sleep(Duration::from_micros(150) * round);
        writer.kill();
        interrupted += usize::from(folder.file(&key, "new").exists());
        let said = writer.last_said().map_or(0, |said| said.parse().unwrap());

        let left = load(&store, &key).await.unwrap().expect("it said that it wrote one");
        let number = number_in(&left).expect("a whole record");
        assert!(number >= said, "{number} was there before {said}");
        let outcome = swap(&store, &key, Some(&left), Some(&record(number + 1)))
            .await
            .unwrap();
        assert_eq!(outcome, SwapOutcome::Done, "in round {round}");
        assert_eq!(folder.names().len(), 2, "{:?}", folder.names());
    }
    assert!(interrupted > 0, "no writer was killed in the middle of writing");
}

#[tokio::test]
async fn what_a_killed_writer_left_is_neither_read_nor_in_the_way() {
    let (folder, key) = (Folder::new(), key("client"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let leftover = folder.file(&key, "new");
    for (expected, next) in [("1", "2"), ("2", "3")] {
        fs::write(&leftover, "half a rec").unwrap();
        fs::set_permissions(&leftover, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some(expected));
        let outcome = swap(&store, &key, Some(expected), Some(next)).await.unwrap();
        assert_eq!(outcome, SwapOutcome::Done);
        assert!(!leftover.exists());
    }
    fs::write(&leftover, "half a rec").unwrap();
    swap(&store, &key, Some("3"), None).await.unwrap();
    assert!(!leftover.exists() && !folder.file(&key, "json").exists());
}
