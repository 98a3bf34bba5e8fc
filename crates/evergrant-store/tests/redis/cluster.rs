//! A cluster: keys all over it, masters that die, slots that move.

use evergrant::store::StoreErrorKind;
use fleet::engine::RedisCluster;

use super::support::{hears, key, load, name, open, put, replace, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_lie_all_over_the_cluster_and_are_all_found() {
    let cluster = RedisCluster::start().unwrap();
    let first = cluster.url().split(',').next().unwrap().to_owned();
    // One server is enough to find the others.
    let store = open(&first);
    let mut keys: Vec<_> = (0..100).map(|number| key(&number.to_string())).collect();
    for key in &keys {
        put(&store, key, "record").await;
        assert_eq!(cluster.ask(&name(key), &["GET", &name(key)]).unwrap().text(), "record");
    }
    keys.sort_unstable();
    let mut found = store.keys().await.unwrap();
    found.sort_unstable();
    assert_eq!(found, keys);
    hears(&store, &open(&cluster.url()), &keys[0]).await;
    cluster.flush().unwrap();
    assert!(store.keys().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_a_killed_master() {
    let mut cluster = RedisCluster::start().unwrap();
    let (store, other) = (open(&cluster.url()), open(&cluster.url()));
    let key = key("a");
    put(&store, &key, "record").await;
    hears(&other, &store, &super::support::key("b")).await;
    cluster.ask(&name(&key), &["WAIT", "1", "5000"]).unwrap();
    cluster.kill_master_of(&name(&key)).unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    until("the replica has taken over", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&other, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
    hears(&other, &store, &key).await;
    cluster.restart().unwrap();
    cluster.failover_of(&name(&key)).unwrap();
    until("the old master is back", async || load(&store, &key).await.is_ok()).await;
    replace(&store, &key, "newer").await.unwrap();
    assert_eq!(load(&other, &key).await.unwrap().as_deref(), Some("newer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_followed_while_it_moves_and_after() {
    let cluster = RedisCluster::start().unwrap();
    let (store, key) = (open(&cluster.url()), key("a"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let before = cluster.ask(&name(&key), &["CLUSTER", "MYID"]).unwrap();
    let moving = cluster.begin_move(&name(&key)).unwrap();
    put(&store, &key, "on its way").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("on its way"));
    replace(&store, &key, "still").await.unwrap();
    cluster.end_move(moving).unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("still"));
    replace(&store, &key, "there").await.unwrap();
    until("all servers know it", async || {
        let now = cluster.ask(&name(&key), &["CLUSTER", "MYID"]);
        now.is_ok_and(|now| now != before)
    })
    .await;
    assert_eq!(cluster.ask(&name(&key), &["GET", &name(&key)]).unwrap().text(), "there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_stops_or_restarts_is_used_again() {
    let mut cluster = RedisCluster::start().unwrap();
    let (store, key) = (open(&cluster.url()), key("a"));
    put(&store, &key, "record").await;
    cluster.pause();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}");
    cluster.resume();
    until("it goes on", async || load(&store, &key).await.is_ok()).await;
    cluster.kill();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    cluster.restart().unwrap();
    until("it is back", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_mistakes_the_servers_is_answered_with_the_right_one() {
    let cluster = RedisCluster::start().unwrap();
    let hosts = cluster.url().split("://").nth(1).unwrap().to_owned();
    let first = hosts.split(',').next().unwrap();
    let store = open(&format!("redis://{first}"));
    let mut errors = Vec::new();
    for number in 0..20 {
        errors.extend(load(&store, &key(&number.to_string())).await.err());
    }
    // A third of the keys happens to be there.
    assert!(!errors.is_empty());
    for error in errors {
        assert!(error.to_string().contains("redis+cluster://"), "{error}");
    }
    let single = fleet::engine::Redis::start().unwrap();
    let store = open(&format!("redis+cluster://127.0.0.1:{}", single.port()));
    let error = load(&store, &key("a")).await.unwrap_err();
    assert!(error.to_string().contains("cluster support disabled"), "{error}");
}
