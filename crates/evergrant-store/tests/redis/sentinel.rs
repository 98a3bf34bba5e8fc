//! A master that Sentinels watch over, and the replicas that take its place.

use std::time::Duration;

use evergrant::store::StoreErrorKind;
use fleet::engine::RedisSentinel;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::support::{hears, key, load, open, put, replace, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_a_killed_master() {
    let mut group = RedisSentinel::start().unwrap();
    let (store, other) = (open(&group.url()), open(&group.url()));
    let key = key("a");
    put(&store, &key, "record").await;
    hears(&other, &store, &super::support::key("b")).await;
    group.ask(&["WAIT", "2", "5000"]).unwrap();
    group.kill_master().unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    until("a replica has taken over", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&other, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
    hears(&other, &store, &key).await;
    assert_eq!(group.ask(&["DBSIZE"]).unwrap().number(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_a_paused_master_though_callers_give_up_early() {
    let group = RedisSentinel::builder()
        .password("not-a-real-secret")
        .start_sentinel()
        .unwrap();
    let (store, key) = (open(&group.url()), key("a"));
    put(&store, &key, "record").await;
    group.ask(&["WAIT", "2", "5000"]).unwrap();
    group.pause_master().unwrap();
    until("a replica has taken over", async || {
        let loaded = tokio::time::timeout(Duration::from_millis(300), load(&store, &key)).await;
        loaded.is_ok_and(|loaded| loaded.is_ok())
    })
    .await;
    replace(&store, &key, "new").await.unwrap();
    group.resume();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("new"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_changes_places_with_a_replica_is_left() {
    let group = RedisSentinel::start().unwrap();
    let (store, key) = (open(&group.url()), key("a"));
    put(&store, &key, "record").await;
    group.failover().unwrap();
    until("the new master is found", async || load(&store, &key).await.is_ok()).await;
    replace(&store, &key, "new").await.unwrap();
    assert_eq!(group.ask(&["DBSIZE"]).unwrap().number(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_goes_away_is_found_again() {
    let mut group = RedisSentinel::start().unwrap();
    let (store, key) = (open(&group.url()), key("a"));
    put(&store, &key, "record").await;
    group.kill();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    group.restart().unwrap();
    until("it is back", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test]
async fn a_sentinel_that_names_another_machine_is_not_followed_without_encryption() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.read_u8().await.unwrap();
            stream
                .write_all(b"*2\r\n$9\r\n192.0.2.1\r\n$4\r\n6379\r\n")
                .await
                .unwrap();
        }
    });
    let store = open(&format!("redis+sentinel://127.0.0.1:{port}/service"));
    let error = load(&store, &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    assert!(
        error.to_string().contains("192.0.2.1:6379 would not be encrypted"),
        "{error}"
    );
}
