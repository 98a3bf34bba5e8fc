//! Faults of the server (pauses, restarts, locks), and callers that give up.

use std::sync::Arc;
use std::thread;

use evergrant::store::{SharedStore, StoreErrorKind, SwapOutcome};
use store_faults::engine::Postgres;

use super::support::{connections, key, load, open, put, swap, wait_until};

async fn assert_works(store: &SharedStore, label: &str) {
    let key = key(label);
    let before = store.load(&key).await.unwrap().record;
    let swap = evergrant::store::Swap::new(before, Some("new".into()), super::support::RECORD_TTL);
    assert_eq!(store.swap(&key, swap).await.unwrap(), SwapOutcome::Done);
    assert_eq!(load(store, &key).await.unwrap().as_deref(), Some("new"));
}

#[tokio::test]
async fn a_restarted_server_is_used_at_once() {
    let mut server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("restart"));
    put(&store, &key, "record").await;
    for _ in 0..3 {
        server.restart().unwrap();
        assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
        assert_works(&store, "other").await;
    }
}

#[tokio::test]
async fn a_killed_server_is_unavailable_until_its_restart() {
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
    assert_works(&store, "killed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_on_a_paused_server_time_out() {
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
    wait_until("the server is used again", async || load(&store, &key).await.is_ok()).await;
    assert_works(&store, "paused").await;
    wait_until("abandoned connections are closed", async || connections(&server) <= 5).await;
}

/// Locks the table, like a transaction that is left open.
fn lock_table(server: &Arc<Postgres>) -> thread::JoinHandle<()> {
    let server = Arc::clone(server);
    thread::spawn(move || {
        let sql = "BEGIN; LOCK TABLE evergrant.evergrant_tokens; SELECT pg_sleep(8); COMMIT";
        // The test terminates it.
        let _ = server.sql(sql);
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_statements_end_on_the_server() {
    let server = Arc::new(Postgres::start().unwrap());
    let (store, key) = (open(&server.url()), key("locked"));
    put(&store, &key, "record").await;
    let locked = lock_table(&server);
    let count = |what: &str| {
        server
            .sql(&format!("SELECT count(*) FROM pg_stat_activity WHERE {what}"))
            .unwrap()
    };
    let sleeping = "query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'";
    wait_until("the table is locked", async || count(sleeping) == "1").await;
    for _ in 0..10 {
        let timeout = std::time::Duration::from_millis(30);
        assert!(tokio::time::timeout(timeout, load(&store, &key)).await.is_err());
    }
    let waiting = "usename = 'evergrant' AND wait_event_type = 'Lock'";
    wait_until("no statement waits for the lock", async || count(waiting) == "0").await;
    assert_eq!(count(sleeping), "1");
    server
        .sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {sleeping}"
        ))
        .unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    locked.join().unwrap();
}

#[tokio::test]
async fn notifications_continue_after_a_restart() {
    let mut server = Postgres::start().unwrap();
    let (writer, reader, key) = (open(&server.url()), open(&server.url()), key("notified"));
    let listener = reader.changes().unwrap().listen(&key);
    load(&reader, &key).await.unwrap();
    for round in 0..2 {
        // The first notification is for the subscription itself, because changes may have been missed.
        listener.changed_since(2 * round).await;
        let before = writer.load(&key).await.unwrap().record;
        let swap = evergrant::store::Swap::new(before, Some("record".into()), super::support::RECORD_TTL);
        assert_eq!(
            writer.swap(&key, swap.with_notification()).await.unwrap(),
            SwapOutcome::Done
        );
        listener.changed_since(2 * round + 1).await;
        server.restart().unwrap();
    }
}

#[tokio::test]
async fn dropped_stores_close_their_connections() {
    let server = Postgres::start().unwrap();
    let stores: Vec<SharedStore> = (0..3).map(|_| open(&server.url())).collect();
    for store in &stores {
        assert_works(store, "gone").await;
    }
    assert!(connections(&server) >= 3);
    drop(stores);
    wait_until("all connections are closed", async || connections(&server) == 0).await;
}

#[test]
fn a_store_works_after_its_runtime_was_shut_down() {
    let server = Postgres::start().unwrap();
    let store = open(&server.url());
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(assert_works(&store, "runtimes"));
    }
}
