//! The contract of a store, on every kind of server.

use evergrant::Secret;
use evergrant::store::{SharedStore, StoreKey, Swap, SwapOutcome};
use evergrant_testing::store::Conformance;
use fleet::engine::{Redis, RedisCluster, RedisSentinel};

use super::support::{KEEP, key, load, open};

const WRITERS: usize = 8;
const TURNS: usize = 50;

/// Counts up, one process among others.
async fn count(store: SharedStore, key: StoreKey) {
    let mut done = 0;
    while done < TURNS {
        let expected = store.load(&key).await.unwrap().record;
        let number: usize = expected.as_ref().map_or(0, |text| text.expose().parse().unwrap());
        let record = Secret::from((number + 1).to_string());
        let outcome = store.swap(&key, Swap::new(expected, Some(record), KEEP)).await.unwrap();
        done += usize::from(outcome == SwapOutcome::Done);
    }
}

async fn nothing_is_lost(url: &str) {
    let (key, reader) = (key("counted"), open(url));
    // Some share a connection, and some have one of their own.
    let writers = (0..WRITERS).flat_map(|_| {
        let store = open(url);
        [store.clone(), store]
    });
    let writers = writers.map(|store| tokio::spawn(count(store, key.clone())));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let counted = load(&reader, &key).await.unwrap().unwrap();
    assert_eq!(counted, (2 * WRITERS * TURNS).to_string());
}

async fn conforms(url: &str) {
    nothing_is_lost(url).await;
    Conformance::new(async || open(url)).run().await.assert();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_server_conforms() {
    let server = Redis::start().unwrap();
    conforms(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_server_conforms() {
    let server = Redis::builder().tls().password("not-a-real-secret").start().unwrap();
    conforms(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_conforms() {
    let cluster = RedisCluster::start().unwrap();
    conforms(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_cluster_conforms() {
    let builder = RedisCluster::builder().tls().password("not-a-real-secret");
    let cluster = builder.start_cluster().unwrap();
    conforms(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_with_sentinels_conforms() {
    let group = RedisSentinel::start().unwrap();
    conforms(&group.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_group_with_sentinels_conforms() {
    let builder = RedisSentinel::builder().tls().password("not-a-real-secret");
    let group = builder.start_sentinel().unwrap();
    conforms(&group.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn valkey_conforms() {
    let server = Redis::builder().valkey().password("not-a-real-secret").start().unwrap();
    conforms(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_valkeys_conforms() {
    let cluster = RedisCluster::builder().valkey().start_cluster().unwrap();
    conforms(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_valkeys_with_sentinels_conforms() {
    let group = RedisSentinel::builder().valkey().start_sentinel().unwrap();
    conforms(&group.url()).await;
}
