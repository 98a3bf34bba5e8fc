//! The contract of a store, on every kind of server.

use evergrant_testing::store::Conformance;
use fleet::engine::{Redis, RedisCluster, RedisSentinel};
use fleet::probe::nothing_is_lost;

use super::support::open;

const WRITERS: usize = 8;
const TURNS: usize = 50;

/// Some share a connection, and some have one of their own.
async fn writers_lose_nothing(url: &str) {
    let writers = (0..WRITERS).flat_map(|_| {
        let store = open(url);
        [store.clone(), store]
    });
    nothing_is_lost(writers.collect(), TURNS).await;
}

async fn conforms(url: &str) {
    writers_lose_nothing(url).await;
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
