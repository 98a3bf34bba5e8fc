//! Who is let in, and through what.

use std::fmt::Display;

use evergrant::store::{SharedStore, StoreErrorKind};
use evergrant_store::store;
use fleet::engine::{Authority, Redis, RedisCluster, RedisSentinel};

use super::support::{hears, key, load, open, put, replace};

async fn is_refused(store: &SharedStore, kind: StoreErrorKind, because: &str) {
    let error = load(store, &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    let shown = format!("{error} {error:?} {store:?}");
    assert!(shown.contains(because), "{shown}");
    assert!(!shown.contains("real-secret"), "{shown}");
    assert_eq!(store.keys().await.unwrap_err().kind(), kind);
}

fn url(server: &Redis, login: impl Display) -> String {
    format!("redis://{login}127.0.0.1:{}/0", server.port())
}

#[tokio::test]
async fn a_password_lets_in_and_a_wrong_one_does_not() {
    let server = Redis::builder().password("not-a-real-secret").start().unwrap();
    replace(&open(&server.url()), &key("a"), "record").await.unwrap();
    let wrong = open(&url(&server, ":not-the-real-secret@"));
    is_refused(&wrong, StoreErrorKind::Refused, "WRONGPASS").await;
    let unknown = open(&url(&server, "nobody:not-a-real-secret@"));
    is_refused(&unknown, StoreErrorKind::Refused, "WRONGPASS").await;
    let none = open(&url(&server, ""));
    is_refused(&none, StoreErrorKind::Refused, "NOAUTH").await;
}

#[tokio::test]
async fn a_password_where_there_is_none_is_refused() {
    let server = Redis::start().unwrap();
    let store = open(&url(&server, ":not-a-real-secret@"));
    is_refused(&store, StoreErrorKind::Refused, "without any password").await;
}

#[tokio::test]
async fn a_user_needs_only_a_few_rights() {
    let rights = "resetchannels &evergrant:changes resetkeys ~evergrant:* -@all +eval +evalsha +get +set +del +setrange +time \
                  +publish +subscribe +ping +scan";
    let builder = Redis::builder().password("not-a-real-secret");
    let server = builder
        .config(format!("user app on >not-an-app-secret {rights}"))
        .start()
        .unwrap();
    let app = open(&url(&server, "app:not-an-app-secret@"));
    replace(&app, &key("a"), "record").await.unwrap();
    assert_eq!(app.keys().await.unwrap(), [key("a")]);
    hears(&app, &open(&url(&server, "app:not-an-app-secret@")), &key("a")).await;

    let elsewhere = format!("{}?prefix=else", url(&server, "app:not-an-app-secret@"));
    let error = load(&open(&elsewhere), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
}

#[tokio::test]
async fn a_user_without_the_right_to_a_command_is_told_so() {
    let server = Redis::builder()
        .config("user reader on >not-a-real-secret allkeys allchannels -@all +eval +evalsha +get +time")
        .config("user nobody on >not-a-real-secret allkeys allchannels -@all")
        .start()
        .unwrap();
    put(&open(&server.url()), &key("a"), "record").await;
    let reader = open(&url(&server, "reader:not-a-real-secret@"));
    assert_eq!(load(&reader, &key("a")).await.unwrap().as_deref(), Some("record"));
    let error = replace(&reader, &key("a"), "other").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused, "{error}");
    let nobody = open(&url(&server, "nobody:not-a-real-secret@"));
    is_refused(&nobody, StoreErrorKind::Refused, "NOPERM").await;
}

#[tokio::test]
async fn a_command_that_was_renamed_is_named_without_the_record() {
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
async fn a_database_that_is_not_there_is_refused() {
    let server = Redis::start().unwrap();
    let store = open(&format!("redis://127.0.0.1:{}/99", server.port()));
    is_refused(&store, StoreErrorKind::Refused, "DB index is out of range").await;
}

#[tokio::test]
async fn more_clients_than_a_server_takes_find_it_unavailable() {
    let server = Redis::builder().config("maxclients 1").start().unwrap();
    let first = open(&server.url());
    // Its listener may come first.
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
async fn a_certificate_counts_if_its_authority_is_believed_and_not_otherwise() {
    let server = Redis::builder().tls().start().unwrap();
    replace(&open(&server.url()), &key("a"), "record").await.unwrap();
    let by_name = server.url().replace("127.0.0.1", "localhost");
    replace(&open(&by_name), &key("a"), "record").await.unwrap();

    let another = Authority::new().unwrap();
    let stranger = format!("rediss://127.0.0.1:{}?ca={}", server.port(), another.ca().display());
    is_refused(&open(&stranger), StoreErrorKind::Unavailable, "TLS").await;
    let public = format!("rediss://127.0.0.1:{}", server.port());
    is_refused(&open(&public), StoreErrorKind::Unavailable, "ca=FILE").await;
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let server = Redis::builder().tls().start().unwrap();
    // Loopback as well, and not in the certificate.
    let elsewhere = server.url().replace("127.0.0.1", "127.0.0.2");
    let error = load(&open(&elsewhere), &key("a")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn encryption_that_only_one_side_knows_fails_soon() {
    let plain = Redis::start().unwrap();
    let store = open(&format!("rediss://127.0.0.1:{}", plain.port()));
    is_refused(&store, StoreErrorKind::Timeout, "may not speak TLS").await;
    let encrypted = Redis::builder().tls().start().unwrap();
    let store = open(&format!("redis://127.0.0.1:{}", encrypted.port()));
    assert_eq!(
        load(&store, &key("a")).await.unwrap_err().kind(),
        StoreErrorKind::Unavailable
    );
}

#[tokio::test]
async fn wrong_passwords_are_refused_by_clusters_and_sentinels_too() {
    let wrong = |url: String| open(&url.replace("not-a-real", "not-the-real"));
    let cluster = RedisCluster::builder()
        .password("not-a-real-secret")
        .start_cluster()
        .unwrap();
    is_refused(&wrong(cluster.url()), StoreErrorKind::Refused, "WRONGPASS").await;
    let group = RedisSentinel::builder()
        .password("not-a-real-secret")
        .start_sentinel()
        .unwrap();
    is_refused(&wrong(group.url()), StoreErrorKind::Refused, "WRONGPASS").await;
    let unknown = group.url().replace("/evergrant/0", "/nothing");
    is_refused(&open(&unknown), StoreErrorKind::Other, "no master named `nothing`").await;
}

#[test]
fn a_password_is_never_shown() {
    let builder = store("redis://user:not-a-real-secret@127.0.0.1/0").danger_plaintext();
    assert!(!format!("{builder:?}").contains("real-secret"));
    assert!(!format!("{:?}", builder.build().unwrap()).contains("real-secret"));
}
