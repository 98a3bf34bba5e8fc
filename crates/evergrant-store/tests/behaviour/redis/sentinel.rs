//! Redis with Sentinel: failovers of the master.

use std::time::Duration;

use evergrant::store::StoreErrorKind;
use store_faults::engine::RedisSentinel;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::support::{assert_notified, key, load, open, put, replace, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_a_killed_master() {
    let mut group = RedisSentinel::start().unwrap();
    let (store, other) = (open(&group.url()), open(&group.url()));
    let key = key("a");
    put(&store, &key, "record").await;
    assert_notified(&other, &store, &super::support::key("b")).await;
    group.command(&["WAIT", "2", "5000"]).unwrap();
    group.kill_master().unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    wait_until("a replica has taken over", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&other, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
    assert_notified(&other, &store, &key).await;
    assert_eq!(group.command(&["DBSIZE"]).unwrap().number(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_a_paused_master_with_short_timeouts() {
    let group = RedisSentinel::builder()
        .password("not-a-real-secret")
        .start_sentinel()
        .unwrap();
    let (store, key) = (open(&group.url()), key("a"));
    put(&store, &key, "record").await;
    group.command(&["WAIT", "2", "5000"]).unwrap();
    group.pause_master().unwrap();
    wait_until("a replica has taken over", async || {
        let loaded = tokio::time::timeout(Duration::from_millis(300), load(&store, &key)).await;
        loaded.is_ok_and(|loaded| loaded.is_ok())
    })
    .await;
    replace(&store, &key, "new").await.unwrap();
    group.resume();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("new"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manual_failover_is_followed() {
    let group = RedisSentinel::start().unwrap();
    let (store, key) = (open(&group.url()), key("a"));
    put(&store, &key, "record").await;
    group.failover().unwrap();
    wait_until("the new master is found", async || load(&store, &key).await.is_ok()).await;
    replace(&store, &key, "new").await.unwrap();
    assert_eq!(group.command(&["DBSIZE"]).unwrap().number(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_group_is_used_again() {
    let mut group = RedisSentinel::start().unwrap();
    let (store, key) = (open(&group.url()), key("a"));
    put(&store, &key, "record").await;
    group.kill();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    group.restart().unwrap();
    wait_until("the group is back", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test]
async fn an_unencrypted_master_on_another_machine_is_rejected() {
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
    assert_eq!(error.kind(), StoreErrorKind::Rejected);
    assert!(
        error.to_string().contains("192.0.2.1:6379 would not be encrypted"),
        "{error}"
    );
}
