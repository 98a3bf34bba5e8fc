//! Faults of a server (pauses, restarts, lost data), and callers that give up.

use std::time::Duration;

use evergrant::store::StoreErrorKind;
use store_faults::engine::Redis;

use super::support::{assert_notified, key, load, name, open, put, replace, swap, wait_until};

#[tokio::test]
async fn a_restarted_server_is_used_at_once() {
    let mut server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("restart"));
    put(&store, &key, "record").await;
    for round in 0..3 {
        server.restart().unwrap();
        // The cached scripts are lost too.
        assert!(load(&store, &key).await.unwrap().is_some());
        replace(&store, &key, &round.to_string()).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_lost_its_data_has_no_record() {
    let mut server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("lost"));
    put(&store, &key, "record").await;
    server.restart_empty().unwrap();
    assert_eq!(load(&store, &key).await.unwrap(), None);
    put(&store, &key, "record").await;
    server.flush().unwrap();
    assert_eq!(load(&store, &key).await.unwrap(), None);
    server.command(&["SCRIPT", "FLUSH"]).unwrap();
    put(&store, &key, "record").await;
    server.command(&["SCRIPT", "FLUSH"]).unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn a_killed_server_is_unavailable_until_its_restart() {
    let mut server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("killed"));
    put(&store, &key, "record").await;
    server.kill();
    for _ in 0..3 {
        let error = load(&store, &key).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
        let error = store.swap(&key, swap(Some("record"), None)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    }
    server.restart().unwrap();
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_on_a_paused_server_time_out() {
    let server = Redis::builder().password("not-a-real-secret").start().unwrap();
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
    let error = store.swap(&key, swap(Some("record"), None)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    server.resume();
    wait_until("the server is used again", async || load(&store, &key).await.is_ok()).await;
    // The swap may or may not have been executed.
    let record = load(&store, &key).await.unwrap();
    assert!(record.is_none() || record.as_deref() == Some("record"), "{record:?}");
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_server_is_used_again_with_short_timeouts() {
    let server = Redis::builder().password("not-a-real-secret").start().unwrap();
    let (store, key) = (open(&server.url()), key("paused"));
    put(&store, &key, "record").await;
    server.pause();
    for _ in 0..30 {
        let outcome = tokio::time::timeout(Duration::from_millis(100), load(&store, &key)).await;
        assert!(outcome.is_err() || outcome.unwrap().is_err());
    }
    server.resume();
    wait_until("the server is used again", async || {
        let loaded = tokio::time::timeout(Duration::from_millis(100), load(&store, &key)).await;
        loaded.is_ok_and(|loaded| loaded.is_ok())
    })
    .await;
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test]
async fn dropped_operations_do_not_break_the_connection() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("dropped"));
    put(&store, &key, "record").await;
    let connections = || {
        server
            .command(&["INFO", "stats"])
            .unwrap()
            .text()
            .lines()
            .find_map(|line| line.strip_prefix("total_connections_received:").map(str::to_owned))
    };
    // Waits for the connection of the listener.
    assert_notified(&store, &store, &super::support::key("other")).await;
    let before: u64 = connections().unwrap().parse().unwrap();
    for _ in 0..100 {
        tokio::select! {
            biased;
            _ = store.load(&key) => {}
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    // One for the second count itself, through the Unix socket.
    assert_eq!(connections().unwrap().parse::<u64>().unwrap(), before + 1);
}

#[tokio::test]
async fn a_closed_connection_is_replaced() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("closed"));
    put(&store, &key, "record").await;
    for _ in 0..5 {
        server.command(&["CLIENT", "KILL", "TYPE", "normal"]).unwrap();
        assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    }
}

#[tokio::test]
async fn notifications_continue_after_an_interruption() {
    let mut server = Redis::start().unwrap();
    let (one, other) = (open(&server.url()), open(&server.url()));
    let key = key("a");
    assert_notified(&one, &other, &key).await;
    let listener = one.changes().unwrap().listen(&key);
    let seen = listener.count();
    server.restart().unwrap();
    // Changes may have been missed, so all listeners are notified.
    wait_until("all listeners are notified", async || listener.count() > seen).await;
    assert_notified(&one, &other, &key).await;
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
    assert_notified(&one, &other, &key).await;
}

#[tokio::test]
async fn a_demoted_master_is_not_used() {
    let (master, server) = (Redis::start().unwrap(), Redis::start().unwrap());
    let (store, key) = (open(&server.url()), key("demoted"));
    put(&store, &key, "old").await;
    master.command(&["SET", &name(&key), "new"]).unwrap();
    server
        .command(&["REPLICAOF", "127.0.0.1", &master.port().to_string()])
        .unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    wait_until("the replica has the master's record", async || {
        server.command(&["GET", &name(&key)]).unwrap().text() == "new"
    })
    .await;
    let error = store.swap(&key, swap(Some("new"), Some("newer"))).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    server.command(&["REPLICAOF", "NO", "ONE"]).unwrap();
    replace(&store, &key, "newer").await.unwrap();
}

#[tokio::test]
async fn a_full_server_can_be_read() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("full"));
    put(&store, &key, "record").await;
    server.command(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    let error = store.swap(&key, swap(Some("record"), Some("new"))).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert!(error.to_string().contains("OOM"), "{error}");
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[test]
fn a_store_works_after_its_runtime_was_shut_down() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("runtimes"));
    for round in 0..3 {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(replace(&store, &key, &round.to_string())).unwrap();
    }
    // This runtime exists, but is no longer driven.
    let idle = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    idle.block_on(replace(&store, &key, "idle")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        wait_until("another runtime takes over", async || load(&store, &key).await.is_ok()).await;
        replace(&store, &key, "new").await.unwrap();
    });
}
