//! Records in a server: keys, lifetimes, and the server's clock.

use std::time::Duration;

use evergrant::store::{StoreErrorKind, Swap, SwapOutcome};
use store_faults::engine::{Redis, Reply};

use super::support::{assert_notified, key, load, name, open, put, swap, wait_until};

#[tokio::test]
async fn a_record_is_stored_unchanged_under_its_key() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("a"));
    put(&store, &key, "record").await;
    assert_eq!(server.command(&["GET", &name(&key)]).unwrap().text(), "record");
    assert_eq!(server.command(&["DBSIZE"]).unwrap(), Reply::Number(1));
}

#[tokio::test]
async fn a_record_has_its_lifetime() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("a"));
    let ttl = || server.command(&["PTTL", &name(&key)]).unwrap().number().unwrap();
    put(&store, &key, "record").await;
    assert!((590_000..=600_000).contains(&ttl()), "{}", ttl());
    // Reading does not extend it.
    let before = ttl();
    load(&store, &key).await.unwrap();
    assert!(ttl() <= before);

    let forever = Swap::new(Some("record".into()), Some("record".into()), Duration::MAX);
    assert_eq!(store.swap(&key, forever).await.unwrap(), SwapOutcome::Done);
    assert!(ttl() > 99 * 365 * 24 * 60 * 60 * 1000);

    let moment = Swap::new(Some("record".into()), Some("new".into()), Duration::from_millis(50));
    assert_eq!(store.swap(&key, moment).await.unwrap(), SwapOutcome::Done);
    wait_until("the record is gone", async || {
        load(&store, &key).await.unwrap().is_none()
    })
    .await;
}

#[tokio::test]
async fn a_record_without_lifetime_is_not_stored() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("a"));
    put(&store, &key, "record").await;
    let expired = Swap::new(Some("record".into()), Some("new".into()), Duration::ZERO);
    assert_eq!(store.swap(&key, expired).await.unwrap(), SwapOutcome::Done);
    assert_eq!(load(&store, &key).await.unwrap(), None);
    assert_eq!(store.swap(&key, swap(None, None)).await.unwrap(), SwapOutcome::Done);
    let brief = Swap::new(None, Some("new".into()), Duration::from_nanos(1));
    assert_eq!(store.swap(&key, brief).await.unwrap(), SwapOutcome::Done);
}

#[tokio::test]
async fn time_is_from_the_server() {
    let server = Redis::start().unwrap();
    let store = open(&server.url());
    let clock = || {
        let time = server.command(&["TIME"]).unwrap();
        let part = |index: usize| time.list()[index].text().parse::<u64>().unwrap();
        Duration::from_secs(part(0)) + Duration::from_micros(part(1))
    };
    let before = clock();
    let now = store.load(&key("clock")).await.unwrap().now;
    assert!(before <= now && now <= clock());
}

#[tokio::test]
async fn records_can_be_any_text() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("text"));
    for text in ["", "-", "=", "\0", "\r\n$5\r\n"] {
        put(&store, &key, text).await;
        assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some(text));
        assert_eq!(store.swap(&key, swap(None, None)).await.unwrap(), SwapOutcome::Conflict);
        assert_eq!(
            store.swap(&key, swap(Some(text), None)).await.unwrap(),
            SwapOutcome::Done
        );
    }
    let text = "it's \"quoted\" \\ {} \u{1F511}\n".repeat(20_000);
    put(&store, &key, &text).await;
    assert_eq!(load(&store, &key).await.unwrap().as_ref(), Some(&text));
}

#[tokio::test]
async fn other_values_are_an_error() {
    let server = Redis::start().unwrap();
    let (store, key) = (open(&server.url()), key("a"));
    server.command(&["LPUSH", &name(&key), "not-a-real-token"]).unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable);
    let error = store.swap(&key, swap(None, Some("record"))).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable);
    server.command(&["DEL", &name(&key)]).unwrap();
    server
        .command(&["EVAL", "redis.call('SET', KEYS[1], '\\255')", "1", &name(&key)])
        .unwrap();
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unusable);
}

#[tokio::test]
async fn only_keys_with_the_prefix_are_listed() {
    let server = Redis::start().unwrap();
    let store = open(&server.url());
    let mut expected: Vec<_> = (0..2500).map(|number| key(&number.to_string())).collect();
    expected.sort_unstable();
    for key in &expected {
        server.command(&["SET", &name(key), "record"]).unwrap();
    }
    for other in ["evergrant:nonsense", "evergrant", "evergrants:a", "else"] {
        server.command(&["SET", other, "record"]).unwrap();
    }
    let mut keys = store.keys().await.unwrap();
    keys.sort_unstable();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn prefixes_and_databases_separate_records() {
    let server = Redis::start().unwrap();
    let address = format!("redis://127.0.0.1:{}", server.port());
    let stores = [
        "/0",
        "/1",
        "/0?prefix=a",
        "/0?prefix=%2A%5Ba%5D%3F%5C",
        "/0?prefix=%7Bb%7D",
    ];
    let stores = stores.map(|rest| open(&format!("{address}{rest}")));
    let key = key("a");
    for (number, store) in stores.iter().enumerate() {
        assert_eq!(load(store, &key).await.unwrap(), None);
        put(store, &key, &number.to_string()).await;
    }
    for (number, store) in stores.iter().enumerate() {
        assert_eq!(load(store, &key).await.unwrap(), Some(number.to_string()));
        assert_eq!(store.keys().await.unwrap(), std::slice::from_ref(&key));
    }
    for name in [
        name(&key),
        format!("a:{key}"),
        format!("*[a]?\\:{key}"),
        format!("{{b}}:{key}"),
    ] {
        assert_eq!(server.command(&["EXISTS", &name]).unwrap(), Reply::Number(1), "{name}");
    }
}

#[tokio::test]
async fn other_processes_are_notified_of_changes() {
    let server = Redis::builder().password("not-a-real-secret").start().unwrap();
    let (one, other) = (open(&server.url()), open(&server.url()));
    assert_notified(&one, &other, &key("a")).await;
    // From now on each change is notified, but not to listeners of other keys.
    let (listener, elsewhere) = (
        one.changes().unwrap().listen(&key("b")),
        one.changes().unwrap().listen(&key("c")),
    );
    let (before, before_elsewhere) = (listener.count(), elsewhere.count());
    for round in 1..=10 {
        let (old, new) = (format!("{}", round - 1), round.to_string());
        let expected = Some(old.as_str()).filter(|_| round > 1);
        other
            .swap(&key("b"), swap(expected, Some(&new)).with_notification())
            .await
            .unwrap();
    }
    other.swap(&key("c"), swap(None, Some("quiet"))).await.unwrap();
    other
        .swap(&key("c"), swap(None, Some("conflict")).with_notification())
        .await
        .unwrap();
    wait_until("all notifications arrive", async || listener.count() == before + 10).await;
    assert_eq!(elsewhere.count(), before_elsewhere);
}

#[tokio::test]
async fn invalid_messages_on_the_channel_are_ignored() {
    let server = Redis::start().unwrap();
    let (one, other) = (open(&server.url()), open(&server.url()));
    assert_notified(&one, &other, &key("a")).await;
    for nonsense in ["", "nonsense", "FF"] {
        server.command(&["PUBLISH", "evergrant:changes", nonsense]).unwrap();
    }
    assert_notified(&one, &other, &key("a")).await;
}

#[tokio::test]
async fn a_dropped_store_closes_its_connections() {
    let server = Redis::start().unwrap();
    let connections = || {
        let clients = server.command(&["CLIENT", "LIST"]).unwrap();
        clients
            .text()
            .lines()
            .filter(|line| line.contains("laddr=127.0.0.1"))
            .count()
    };
    let store = open(&server.url());
    assert_eq!(connections(), 0);
    load(&store, &key("a")).await.unwrap();
    wait_until("the listener has connected", async || connections() == 2).await;
    for _ in 0..20 {
        load(&store, &key("a")).await.unwrap();
    }
    assert_eq!(connections(), 2);
    drop(store);
    wait_until("all connections are closed", async || connections() == 0).await;
}
