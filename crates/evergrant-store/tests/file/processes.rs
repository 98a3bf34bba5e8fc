//! Many at the same time, in threads and in processes.

use evergrant::store::{StoreErrorKind, SwapOutcome};

use crate::member::{INCREMENTS, Member};
use crate::support::{Folder, key, load, swap};

#[tokio::test]
async fn no_increment_of_many_processes_is_lost() {
    let folder = Folder::new();
    let members: Vec<_> = (0..8).map(|_| Member::start("count", &folder.path())).collect();
    let count = members.len() as u64 * INCREMENTS;
    for member in members {
        assert!(member.wait().success());
    }
    let counted = load(&folder.store(), &key("counter")).await.unwrap();
    assert_eq!(counted, Some(count.to_string()));
    assert_eq!(folder.names().len(), 2, "the record and its lock: {:?}", folder.names());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_expect_the_same_record_one_replaces_it() {
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
async fn a_process_that_holds_the_lock_keeps_nobody_from_reading_and_writers_for_a_while() {
    let (folder, key) = (Folder::new(), key("held"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let mut holder = Member::start("hold", &folder.path());
    assert_eq!(holder.said(), "locked");

    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("1"));
    let error = swap(&store, &key, Some("1"), Some("2")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    assert!(error.to_string().contains(".lock is locked"), "{error}");

    holder.kill();
    let outcome = swap(&store, &key, Some("1"), Some("2")).await.unwrap();
    assert_eq!(outcome, SwapOutcome::Done);
}

#[tokio::test]
async fn a_lock_file_that_is_removed_while_it_is_waited_for_is_made_anew() {
    let (folder, key) = (Folder::new(), key("held"));
    let store = folder.store();
    swap(&store, &key, None, Some("1")).await.unwrap();
    let mut holder = Member::start("hold", &folder.path());
    assert_eq!(holder.said(), "locked");
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
