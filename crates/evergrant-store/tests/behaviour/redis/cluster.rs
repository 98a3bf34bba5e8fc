//! Redis Cluster: keys on several servers, failovers and slot migrations.

use evergrant::store::StoreErrorKind;
use store_faults::engine::RedisCluster;

use super::support::{assert_notified, key, load, name, open, put, replace, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_on_all_servers_are_found() {
    let cluster = RedisCluster::start().unwrap();
    let first = cluster.url().split(',').next().unwrap().to_owned();
    // One server in the URL is enough.
    let store = open(&first);
    let mut keys: Vec<_> = (0..100).map(|number| key(&number.to_string())).collect();
    for key in &keys {
        put(&store, key, "record").await;
        assert_eq!(
            cluster.command(&name(key), &["GET", &name(key)]).unwrap().text(),
            "record"
        );
    }
    keys.sort_unstable();
    let mut keys_found = store.keys().await.unwrap();
    keys_found.sort_unstable();
    assert_eq!(keys_found, keys);
    assert_notified(&store, &open(&cluster.url()), &keys[0]).await;
    cluster.flush().unwrap();
    assert!(store.keys().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_from_a_killed_master() {
    let mut cluster = RedisCluster::start().unwrap();
    let (store, other) = (open(&cluster.url()), open(&cluster.url()));
    let key = key("a");
    put(&store, &key, "record").await;
    assert_notified(&other, &store, &super::support::key("b")).await;
    cluster.command(&name(&key), &["WAIT", "1", "5000"]).unwrap();
    cluster.kill_master_of(&name(&key)).unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    wait_until("the replica has taken over", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&other, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
    assert_notified(&other, &store, &key).await;
    cluster.restart().unwrap();
    cluster.failover_of(&name(&key)).unwrap();
    wait_until("the old master is back", async || load(&store, &key).await.is_ok()).await;
    replace(&store, &key, "newer").await.unwrap();
    assert_eq!(load(&other, &key).await.unwrap().as_deref(), Some("newer"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_can_be_used_during_and_after_its_migration() {
    let cluster = RedisCluster::start().unwrap();
    let (store, key) = (open(&cluster.url()), key("a"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let before = cluster.command(&name(&key), &["CLUSTER", "MYID"]).unwrap();
    let migration = cluster.begin_migration(&name(&key)).unwrap();
    put(&store, &key, "migrating").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("migrating"));
    replace(&store, &key, "migrated").await.unwrap();
    cluster.finish_migration(migration).unwrap();
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("migrated"));
    replace(&store, &key, "written").await.unwrap();
    wait_until("all servers know the new master", async || {
        let now = cluster.command(&name(&key), &["CLUSTER", "MYID"]);
        now.is_ok_and(|now| now != before)
    })
    .await;
    assert_eq!(
        cluster.command(&name(&key), &["GET", &name(&key)]).unwrap().text(),
        "written"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_or_restarted_cluster_is_used_again() {
    let mut cluster = RedisCluster::start().unwrap();
    let (store, key) = (open(&cluster.url()), key("a"));
    put(&store, &key, "record").await;
    cluster.pause();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error}");
    cluster.resume();
    wait_until("the cluster responds", async || load(&store, &key).await.is_ok()).await;
    cluster.kill();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    cluster.restart().unwrap();
    wait_until("the cluster is back", async || load(&store, &key).await.is_ok()).await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
    replace(&store, &key, "new").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_with_the_wrong_layout_is_an_error_with_the_right_one() {
    let cluster = RedisCluster::start().unwrap();
    let hosts = cluster.url().split("://").nth(1).unwrap().to_owned();
    let first = hosts.split(',').next().unwrap();
    let store = open(&format!("redis://{first}"));
    let mut errors = Vec::new();
    for number in 0..20 {
        errors.extend(load(&store, &key(&number.to_string())).await.err());
    }
    // About a third of the keys are on this server.
    assert!(!errors.is_empty());
    for error in errors {
        assert!(error.to_string().contains("redis+cluster://"), "{error}");
    }
    let single = store_faults::engine::Redis::start().unwrap();
    let store = open(&format!("redis+cluster://127.0.0.1:{}", single.port()));
    let error = load(&store, &key("a")).await.unwrap_err();
    assert!(error.to_string().contains("cluster support disabled"), "{error}");
}
