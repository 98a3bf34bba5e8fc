//! Authentication, permissions and TLS.

use std::fmt::Display;

use evergrant::store::{SharedStore, StoreErrorKind};
use evergrant_store::store;
use store_faults::engine::{Authority, Redis, RedisCluster, RedisSentinel};

use super::support::{assert_notified, key, load, open, put, replace};

async fn assert_fails(store: &SharedStore, kind: StoreErrorKind, expected: &str) {
    let error = load(store, &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let shown = format!("{error} {error:?} {store:?}");
    assert!(shown.contains(expected), "{shown}");
    assert!(!shown.contains("real-secret"), "{shown}");
    assert_eq!(store.keys().await.unwrap_err().kind(), kind);
}

fn url(server: &Redis, login: impl Display) -> String {
    format!("redis://{login}127.0.0.1:{}/0", server.port())
}

#[tokio::test]
async fn a_wrong_password_is_rejected() {
    let server = Redis::builder().password("not-a-real-secret").start().unwrap();
    replace(&open(&server.url()), &key("a"), "record").await.unwrap();
    let wrong = open(&url(&server, ":not-the-real-secret@"));
    assert_fails(&wrong, StoreErrorKind::Rejected, "WRONGPASS").await;
    let unknown = open(&url(&server, "nobody:not-a-real-secret@"));
    assert_fails(&unknown, StoreErrorKind::Rejected, "WRONGPASS").await;
    let none = open(&url(&server, ""));
    assert_fails(&none, StoreErrorKind::Rejected, "NOAUTH").await;
}

#[tokio::test]
async fn a_password_for_a_server_without_one_is_rejected() {
    let server = Redis::start().unwrap();
    let store = open(&url(&server, ":not-a-real-secret@"));
    assert_fails(&store, StoreErrorKind::Rejected, "without any password").await;
}

#[tokio::test]
async fn a_user_needs_few_permissions() {
    let permissions = "resetchannels &evergrant:changes resetkeys ~evergrant:* -@all +eval +evalsha +get +set +del \
                       +setrange +time +publish +subscribe +ping +scan";
    let builder = Redis::builder().password("not-a-real-secret");
    let server = builder
        .config(format!("user app on >not-an-app-secret {permissions}"))
        .start()
        .unwrap();
    let app = open(&url(&server, "app:not-an-app-secret@"));
    replace(&app, &key("a"), "record").await.unwrap();
    assert_eq!(app.keys().await.unwrap(), [key("a")]);
    assert_notified(&app, &open(&url(&server, "app:not-an-app-secret@")), &key("a")).await;

    let elsewhere = format!("{}?prefix=else", url(&server, "app:not-an-app-secret@"));
    let error = load(&open(&elsewhere), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected);
}

#[tokio::test]
async fn a_missing_permission_is_rejected() {
    let server = Redis::builder()
        .config("user reader on >not-a-real-secret allkeys allchannels -@all +eval +evalsha +get +time")
        .config("user nobody on >not-a-real-secret allkeys allchannels -@all")
        .start()
        .unwrap();
    put(&open(&server.url()), &key("a"), "record").await;
    let reader = open(&url(&server, "reader:not-a-real-secret@"));
    assert_eq!(load(&reader, &key("a")).await.unwrap().as_deref(), Some("record"));
    let error = replace(&reader, &key("a"), "other").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected, "{error}");
    let nobody = open(&url(&server, "nobody:not-a-real-secret@"));
    assert_fails(&nobody, StoreErrorKind::Rejected, "NOPERM").await;
}

#[tokio::test]
async fn an_unknown_command_is_reported_without_the_record() {
    let server = Redis::builder()
        .config("rename-command EVALSHA \"\"")
        .config("rename-command EVAL \"\"")
        .start()
        .unwrap();
    let store = open(&server.url());
    let error = store
        .swap(
            &key("a"),
            super::support::swap(Some("not-a-real-secret"), Some("not-a-real-secret")),
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("EVALSHA"), "{error}");
    assert!(!format!("{error} {error:?}").contains("real-secret"), "{error:?}");
}

#[tokio::test]
async fn a_missing_database_is_rejected() {
    let server = Redis::start().unwrap();
    let store = open(&format!("redis://127.0.0.1:{}/99", server.port()));
    assert_fails(&store, StoreErrorKind::Rejected, "DB index is out of range").await;
}

#[tokio::test]
async fn too_many_clients_find_the_server_unavailable() {
    let server = Redis::builder().config("maxclients 1").start().unwrap();
    let first = open(&server.url());
    // The listener may connect first.
    let mut errors = Vec::new();
    for _ in 0..20 {
        errors.extend(load(&first, &key("a")).await.err());
        errors.extend(load(&open(&server.url()), &key("a")).await.err());
    }
    assert!(!errors.is_empty());
    for error in errors {
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    }
}

#[tokio::test]
async fn only_certificates_of_a_trusted_ca_are_accepted() {
    let server = Redis::builder().tls().start().unwrap();
    replace(&open(&server.url()), &key("a"), "record").await.unwrap();
    let by_name = server.url().replace("127.0.0.1", "localhost");
    replace(&open(&by_name), &key("a"), "record").await.unwrap();

    let another = Authority::new().unwrap();
    let stranger = format!("rediss://127.0.0.1:{}?ca={}", server.port(), another.ca().display());
    assert_fails(&open(&stranger), StoreErrorKind::Unavailable, "TLS").await;
    let public = format!("rediss://127.0.0.1:{}", server.port());
    assert_fails(&open(&public), StoreErrorKind::Unavailable, "ca=FILE").await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_rejected() {
    let server = Redis::builder().tls().start().unwrap();
    // Also loopback, but not in the certificate.
    let elsewhere = server.url().replace("127.0.0.1", "127.0.0.2");
    let error = load(&open(&elsewhere), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn tls_on_one_side_only_fails_soon() {
    let plain = Redis::start().unwrap();
    let store = open(&format!("rediss://127.0.0.1:{}", plain.port()));
    assert_fails(&store, StoreErrorKind::Timeout, "may not support TLS").await;
    let encrypted = Redis::builder().tls().start().unwrap();
    let store = open(&format!("redis://127.0.0.1:{}", encrypted.port()));
    assert_eq!(
        load(&store, &key("a")).await.unwrap_err().kind(),
        StoreErrorKind::Unavailable
    );
}

#[tokio::test]
async fn clusters_and_sentinels_reject_wrong_passwords() {
    let wrong = |url: String| open(&url.replace("not-a-real", "not-the-real"));
    let cluster = RedisCluster::builder()
        .password("not-a-real-secret")
        .start_cluster()
        .unwrap();
    assert_fails(&wrong(cluster.url()), StoreErrorKind::Rejected, "WRONGPASS").await;
    let group = RedisSentinel::builder()
        .password("not-a-real-secret")
        .start_sentinel()
        .unwrap();
    assert_fails(&wrong(group.url()), StoreErrorKind::Rejected, "WRONGPASS").await;
    let unknown = group.url().replace("/evergrant/0", "/nothing");
    assert_fails(&open(&unknown), StoreErrorKind::Other, "no master named `nothing`").await;
}

#[test]
fn debug_output_has_no_password() {
    let builder = store("redis://user:not-a-real-secret@127.0.0.1/0").danger_plaintext();
    assert!(!format!("{builder:?}").contains("real-secret"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("real-secret"));
}
