//! Concurrent writers in threads and processes.

use evergrant::store::{StoreErrorKind, SwapOutcome};

use super::support::{Folder, key, load, swap};
use super::worker::{INCREMENTS, WorkerProcess};

#[tokio::test]
async fn concurrent_processes_lose_no_writes() {
    let folder = Folder::new();
    let workers: Vec<_> = (0..8).map(|_| WorkerProcess::start("count", &folder.path())).collect();
    let count = workers.len() as u64 * INCREMENTS;
    for worker in workers {
        assert!(worker.wait().success());
    }
    let counted = load(&folder.store(), &key("counter")).await.unwrap();
    assert_eq!(counted, Some(count.to_string()));
    assert_eq!(
        folder.names().len(),
        2,
        "only the record and its lock: {:?}",
        folder.names()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_concurrent_swaps_succeeds() {
    let (folder, key) = (Folder::new(), key("raced"));
    for round in 0..20 {
        let expected = (round > 0).then(|| round.to_string());
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (store, key, expected) = (folder.store(), key.clone(), expected.clone());
                tokio::spawn(async move {
                    let next = (round + 1).to_string();
                    swap(&store, &key, expected.as_deref(), Some(&next)).await.unwrap()
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += usize::from(task.await.unwrap() == SwapOutcome::Done);
        }
        assert_eq!(done, 1, "in round {round}");
    }
}

#[tokio::test]
async fn a_locked_record_can_be_read_and_a_write_times_out() {
    let (folder, key) = (Folder::new(), key("held"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let mut holder = WorkerProcess::start("hold", &folder.path());
    assert_eq!(holder.next_line(), "locked");

    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("1"));
    let error = swap(&store, &key, Some("1"), Some("2")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    assert!(error.to_string().contains(".lock is locked"), "{error}");

    holder.kill();
    let outcome = swap(&store, &key, Some("1"), Some("2")).await.unwrap();
    assert_eq!(outcome, SwapOutcome::Done);
}

#[tokio::test]
async fn a_removed_lock_file_is_created_again() {
    let (folder, key) = (Folder::new(), key("held"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let mut holder = WorkerProcess::start("hold", &folder.path());
    assert_eq!(holder.next_line(), "locked");
    let writer = {
        let (store, key) = (store.clone(), key.clone());
        tokio::spawn(async move { swap(&store, &key, Some("1"), Some("2")).await })
    };
    tokio::task::yield_now().await;
    std::fs::remove_file(folder.file(&key, "lock")).unwrap();
    holder.kill();
    assert_eq!(writer.await.unwrap().unwrap(), SwapOutcome::Done);
    assert!(folder.file(&key, "lock").exists());
}
