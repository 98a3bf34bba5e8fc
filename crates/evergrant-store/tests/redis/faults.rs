//! A server stops, goes away, forgets and comes back; callers give up and call again.

use std::time::Duration;

use evergrant::store::StoreErrorKind;
use fleet::engine::Redis;

use super::support::{hears, key, load, name, open, put, replace, swap, until};

#[tokio::test]
async fn a_restarted_server_is_used_at_once_with_all_that_it_knew() {
    let mut server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("restart"));
    put(&store, &key, "record").await;
    for round in 0..3 {
        server.restart().unwrap();
        // The scripts are gone as well.
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
    server.ask(&["SCRIPT", "FLUSH"]).unwrap();
    put(&store, &key, "record").await;
    server.ask(&["SCRIPT", "FLUSH"]).unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn a_killed_server_is_missed_and_found_again() {
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
async fn a_paused_server_keeps_nobody_waiting_for_ever() {
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
    until("the server is used again", async || load(&store, &key).await.is_ok()).await;
    // Nobody knows whether the swap was carried out, but nothing else was.
    let found = load(&store, &key).await.unwrap();
    assert!(found.is_none() || found.as_deref() == Some("record"), "{found:?}");
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_give_up_early_find_a_resumed_server_too() {
    let server = Redis::builder().password("not-a-real-secret").start().unwrap();
    let (store, key) = (open(&server.url()), key("paused"));
    put(&store, &key, "record").await;
    server.pause();
    for _ in 0..30 {
        let given_up = tokio::time::timeout(Duration::from_millis(100), load(&store, &key)).await;
        assert!(given_up.is_err() || given_up.unwrap().is_err());
    }
    server.resume();
    until("the server is used again", async || {
        let loaded = tokio::time::timeout(Duration::from_millis(100), load(&store, &key)).await;
        loaded.is_ok_and(|loaded| loaded.is_ok())
    })
    .await;
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test]
async fn an_operation_that_is_dropped_disturbs_nobody() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("dropped"));
    put(&store, &key, "record").await;
    let connections = || {
        server
            .ask(&["INFO", "stats"])
            .unwrap()
            .text()
            .lines()
            .find_map(|line| line.strip_prefix("total_connections_received:").map(str::to_owned))
    };
    // Let the listener connect first.
    hears(&store, &store, &super::support::key("other")).await;
    let before: u64 = connections().unwrap().parse().unwrap();
    for _ in 0..100 {
        tokio::select! {
            biased;
            _ = store.load(&key) => {}
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    // Two for the questions above, past the network.
    assert_eq!(connections().unwrap().parse::<u64>().unwrap(), before + 1);
}

#[tokio::test]
async fn a_connection_that_a_server_closes_is_replaced() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("closed"));
    put(&store, &key, "record").await;
    for _ in 0..5 {
        server.ask(&["CLIENT", "KILL", "TYPE", "normal"]).unwrap();
        assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    }
}

#[tokio::test]
async fn changes_are_heard_of_again_after_an_interruption() {
    let mut server = Redis::start().unwrap();
    let (one, other) = (open(&server.url()), open(&server.url()));
    let key = key("a");
    hears(&one, &other, &key).await;
    let listener = one.changes().unwrap().listen(&key);
    let seen = listener.count();
    server.restart().unwrap();
    // Whatever may have happened meanwhile, without a word from the server.
    until("all are told to look", async || listener.count() > seen).await;
    hears(&one, &other, &key).await;
    server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
    hears(&one, &other, &key).await;
}

#[tokio::test]
async fn a_master_that_becomes_a_replica_is_not_read_from() {
    let (master, server) = (Redis::start().unwrap(), Redis::start().unwrap());
    let (store, key) = (open(&server.url()), key("demoted"));
    put(&store, &key, "old").await;
    master.ask(&["SET", &name(&key), "new"]).unwrap();
    server
        .ask(&["REPLICAOF", "127.0.0.1", &master.port().to_string()])
        .unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    until("the replica has the master's record", async || {
        server.ask(&["GET", &name(&key)]).unwrap().text() == "new"
    })
    .await;
    let error = store.swap(&key, swap(Some("new"), Some("newer"))).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    server.ask(&["REPLICAOF", "NO", "ONE"]).unwrap();
    replace(&store, &key, "newer").await.unwrap();
}

#[tokio::test]
async fn a_full_server_still_shows_what_it_has() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("full"));
    put(&store, &key, "record").await;
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]).unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    let error = store.swap(&key, swap(Some("record"), Some("new"))).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert!(error.to_string().contains("OOM"), "{error}");
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[test]
fn a_store_outlives_the_runtime_that_it_was_used_on() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("runtimes"));
    for round in 0..3 {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(replace(&store, &key, &round.to_string())).unwrap();
    }
    // Nobody drives this one any more, though it is still there.
    let idle = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    idle.block_on(replace(&store, &key, "idle")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        until("another runtime takes over", async || load(&store, &key).await.is_ok()).await;
        replace(&store, &key, "new").await.unwrap();
    });
}
