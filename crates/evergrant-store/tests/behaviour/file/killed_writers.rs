//! Processes that are killed during a write.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::Duration;

use evergrant::store::SwapOutcome;

use super::support::{Folder, key, load, swap};
use super::worker::{WorkerProcess, parse_record, record};

#[tokio::test]
async fn a_killed_writer_leaves_a_complete_record_and_no_lock() {
    let (folder, key) = (Folder::new(), key("written"));
    let store = folder.store();
    let mut interrupted = 0;
    for round in 0..60 {
        let mut writer = WorkerProcess::start("write", &folder.path());
        writer.next_line();
        // Kills the writer at different points of a write.
        thread::sleep(Duration::from_micros(150) * round);
        writer.kill();
        interrupted += usize::from(folder.file(&key, "new").exists());
        let reported = writer.last_line().map_or(0, |line| line.parse().unwrap());

        let left = load(&store, &key).await.unwrap().expect("the writer reported a record");
        let number = parse_record(&left).expect("a complete record");
        assert!(number >= reported, "{number} is older than {reported}");
        let outcome = swap(&store, &key, Some(&left), Some(&record(number + 1)))
            .await
            .unwrap();
        assert_eq!(outcome, SwapOutcome::Done, "in round {round}");
        assert_eq!(folder.names().len(), 2, "{:?}", folder.names());
    }
    assert!(interrupted > 0, "no writer was killed during a write");
}

#[tokio::test]
async fn leftovers_of_a_killed_writer_are_ignored_and_replaced() {
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
