//! The contract of stores, on each kind of server.

use evergrant_testing::store::Conformance;
use store_faults::engine::{Redis, RedisCluster, RedisSentinel};
use store_faults::store_helpers::check_no_lost_writes;

use super::support::open;

const WRITERS: usize = 8;
const INCREMENTS: usize = 50;

/// Some writers share a connection; others have separate ones.
async fn check_writers(url: &str) {
    let writers = (0..WRITERS).flat_map(|_| {
        let store = open(url);
        [store.clone(), store]
    });
    check_no_lost_writes(writers.collect(), INCREMENTS).await;
}

async fn conforms(url: &str) {
    check_writers(url).await;
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
async fn a_valkey_server_conforms() {
    let server = Redis::builder().valkey().password("not-a-real-secret").start().unwrap();
    conforms(&server.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_valkey_cluster_conforms() {
    let cluster = RedisCluster::builder().valkey().start_cluster().unwrap();
    conforms(&cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_valkey_group_with_sentinels_conforms() {
    let group = RedisSentinel::builder().valkey().start_sentinel().unwrap();
    conforms(&group.url()).await;
}
