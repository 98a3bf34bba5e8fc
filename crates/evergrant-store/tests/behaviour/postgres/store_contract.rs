//! The contract of stores, even with other defaults of the database.

use std::time::Duration;

use evergrant::store::{StoreKey, Swap, SwapOutcome};
use evergrant_testing::store::Conformance;
use store_faults::engine::Postgres;
use store_faults::store_helpers::check_no_lost_writes;

use super::support::{key, load, open, put, swap};

const WRITERS: usize = 8;
const INCREMENTS: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_conforms() {
    let server = Postgres::start().unwrap();
    let report = Conformance::new(async || open(&server.url())).run().await;
    println!("{report}");
    report.assert();
}

async fn check_writers(server: &Postgres) {
    let writers = (0..WRITERS).map(|_| open(&server.url())).collect();
    check_no_lost_writes(writers, INCREMENTS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_lose_no_writes() {
    check_writers(&Postgres::start().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_lose_no_writes_with_stricter_isolation() {
    let server = Postgres::start().unwrap();
    for isolation in ["repeatable read", "serializable"] {
        server
            .sql(&format!(
                "ALTER ROLE evergrant SET default_transaction_isolation = '{isolation}'"
            ))
            .unwrap();
        check_writers(&server).await;
        server.flush().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_concurrent_swaps_replaces_an_expired_record() {
    let server = Postgres::start().unwrap();
    let key = key("expired");
    put(&open(&server.url()), &key, "old").await;
    for round in 0..10 {
        server
            .sql("UPDATE evergrant.evergrant_tokens SET keep_until = now()")
            .unwrap();
        let attempts = (0..WRITERS).map(|writer| {
            let (store, key) = (open(&server.url()), key.clone());
            tokio::spawn(async move { store.swap(&key, swap(None, Some(&format!("{round} {writer}")))).await })
        });
        let mut done = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            done += usize::from(attempt.await.unwrap().unwrap() == SwapOutcome::Done);
        }
        assert_eq!(done, 1);
    }
}

#[tokio::test]
async fn an_expired_record_does_not_exist() {
    let server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("expired"));
    let old = Swap::new(None, Some("old".into()), Duration::ZERO);
    assert_eq!(store.swap(&key, old).await.unwrap(), SwapOutcome::Done);
    assert_eq!(load(&store, &key).await.unwrap(), None);
    assert!(store.keys().await.unwrap().is_empty());
    for record in [Some("new"), None] {
        let outcome = store.swap(&key, swap(Some("old"), record)).await.unwrap();
        assert_eq!(outcome, SwapOutcome::Conflict);
    }
    assert_eq!(store.swap(&key, swap(None, None)).await.unwrap(), SwapOutcome::Done);
    let forever = Swap::new(None, Some("new".into()), Duration::MAX);
    assert_eq!(store.swap(&key, forever).await.unwrap(), SwapOutcome::Done);
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("new"));
}

#[tokio::test]
async fn an_insert_deletes_expired_rows() {
    let server = Postgres::start().unwrap();
    let store = open(&server.url());
    for label in ["a", "b", "c"] {
        put(&store, &key(label), "record").await;
    }
    let rows = || server.sql("SELECT count(*) FROM evergrant.evergrant_tokens").unwrap();
    let age = |key: &StoreKey, age: &str| {
        let to = format!("keep_until = now() - interval '{age}'");
        server
            .sql(&format!(
                "UPDATE evergrant.evergrant_tokens SET {to} WHERE key = '{key}'"
            ))
            .unwrap();
    };
    age(&key("a"), "2 hours");
    age(&key("b"), "1 minute");
    assert_eq!(rows(), "3");
    put(&store, &key("d"), "record").await;
    assert_eq!(rows(), "3");
    assert_eq!(store.keys().await.unwrap().len(), 2);
    age(&key("b"), "2 hours");
    // The inserted row itself is not deleted.
    put(&store, &key("b"), "record").await;
    assert_eq!(load(&store, &key("b")).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn time_is_from_the_server() {
    let server = Postgres::start().unwrap();
    let store = open(&server.url());
    let clock = || -> f64 {
        let seconds = server.sql("SELECT extract(epoch FROM clock_timestamp())").unwrap();
        seconds.parse().unwrap()
    };
    let before = clock();
    let now = store.load(&key("clock")).await.unwrap().now.as_secs_f64();
    assert!(before <= now && now <= clock());
}

#[tokio::test]
async fn records_can_be_any_text() {
    let server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("text"));
    let text = "it's \"quoted\" \\ $1 {} \u{1F511}\n".repeat(20_000);
    put(&store, &key, &text).await;
    assert_eq!(load(&store, &key).await.unwrap().as_ref(), Some(&text));
    let outcome = store.swap(&key, swap(Some(&text), None)).await.unwrap();
    assert_eq!(outcome, SwapOutcome::Done);
}
