//! The server stops, goes away and comes back; callers give up and call again.

use std::sync::Arc;
use std::thread;

use evergrant::store::{SharedStore, StoreErrorKind, SwapOutcome};
use fleet::engine::Postgres;

use super::support::{connections, key, load, open, put, swap, until};

async fn works(store: &SharedStore, label: &str) {
    let key = key(label);
    let before = store.load(&key).await.unwrap().record;
    let swap = evergrant::store::Swap::new(before, Some("new".into()), super::support::KEEP);
    assert_eq!(store.swap(&key, swap).await.unwrap(), SwapOutcome::Done);
    assert_eq!(load(store, &key).await.unwrap().as_deref(), Some("new"));
}

#[tokio::test]
async fn a_restarted_server_is_used_at_once_with_all_that_it_knew() {
    let mut server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("restart"));
    put(&store, &key, "record").await;
    for _ in 0..3 {
        server.restart().unwrap();
        assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
        works(&store, "other").await;
    }
}

#[tokio::test]
async fn a_killed_server_is_missed_and_found_again() {
    let mut server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("killed"));
    put(&store, &key, "record").await;
    server.kill();
    for _ in 0..3 {
        let error = load(&store, &key).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        let error = store.swap(&key, swap(Some("record"), None)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    }
    server.restart().unwrap();
    works(&store, "killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_server_keeps_nobody_waiting_for_ever() {
    let server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("paused"));
    put(&store, &key, "record").await;
    server.pause();
    let loads = (0..12).map(|_| {
        let (store, key) = (store.clone(), key.clone());
        tokio::spawn(async move { load(&store, &key).await })
    });
    for loaded in loads.collect::<Vec<_>>() {
        assert_eq!(loaded.await.unwrap().unwrap_err().kind(), StoreErrorKind::Timeout);
    }
    server.resume();
    until("the server is used again", async || load(&store, &key).await.is_ok()).await;
    works(&store, "paused").await;
    until("what was given up is closed", async || connections(&server) <= 5).await;
}

/// As an operator's transaction that nobody ends would.
fn lock_table(server: &Arc<Postgres>) -> thread::JoinHandle<()> {
    let server = Arc::clone(server);
    thread::spawn(move || {
        let sql = "BEGIN; LOCK TABLE evergrant.evergrant_tokens; SELECT pg_sleep(8); COMMIT";
        // It is ended by the test.
        let _ = server.ask(sql);
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_up_here_ends_there_too() {
    let server = Arc::new(Postgres::start().unwrap());
    let (store, key) = (open(&server.url()), key("locked"));
    put(&store, &key, "record").await;
    let locked = lock_table(&server);
    let count = |what: &str| {
        server
            .ask(&format!("SELECT count(*) FROM pg_stat_activity WHERE {what}"))
            .unwrap()
    };
    let sleeping = "query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'";
    until("the table is locked", async || count(sleeping) == "1").await;
    for _ in 0..10 {
        let patience = std::time::Duration::from_millis(30);
        assert!(tokio::time::timeout(patience, load(&store, &key)).await.is_err());
    }
    let waiting = "usename = 'evergrant' AND wait_event_type = 'Lock'";
    until("nothing waits for the lock any more", async || count(waiting) == "0").await;
    assert_eq!(count(sleeping), "1");
    server
        .ask(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {sleeping}"
        ))
        .unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    locked.join().unwrap();
}

#[tokio::test]
async fn changes_are_heard_of_again_after_a_restart() {
    let mut server = Postgres::start().unwrap();
    let (writer, reader, key) = (open(&server.url()), open(&server.url()), key("heard"));
    let listener = reader.changes().unwrap().listen(&key);
    load(&reader, &key).await.unwrap();
    for round in 0..2 {
        // The first notice is of listening itself: who knows what was missed.
        listener.more_than(2 * round).await;
        let before = writer.load(&key).await.unwrap().record;
        let swap = evergrant::store::Swap::new(before, Some("record".into()), super::support::KEEP);
        assert_eq!(writer.swap(&key, swap.announced()).await.unwrap(), SwapOutcome::Done);
        listener.more_than(2 * round + 1).await;
        server.restart().unwrap();
    }
}

#[tokio::test]
async fn a_store_that_is_gone_leaves_no_connection() {
    let server = Postgres::start().unwrap();
    let stores: Vec<SharedStore> = (0..3).map(|_| open(&server.url())).collect();
    for store in &stores {
        works(store, "gone").await;
    }
    assert!(connections(&server) >= 3);
    drop(stores);
    until("all connections are closed", async || connections(&server) == 0).await;
}

#[test]
fn a_store_outlives_the_runtime_that_it_was_first_used_on() {
    let server = Postgres::start().unwrap();
    let store = open(&server.url());
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(works(&store, "runtimes"));
    }
}
