//! Authentication, TLS and Unix sockets.

use evergrant::store::{StoreError, StoreErrorKind};
use store_faults::engine::{Authority, Postgres};

use super::support::{key, load, open, put};

const PASSWORD: &str = "not-a-real-secret";

async fn load_error(url: &str) -> StoreError {
    let error = load(&open(url), &key("connection")).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("not-a-real"), "{shown}");
    error
}

#[tokio::test]
async fn a_wrong_password_is_rejected_and_not_shown() {
    let server = Postgres::builder().password(PASSWORD).start().unwrap();
    let store = open(&server.url());
    put(&store, &key("password"), "record").await;
    assert!(!format!("{store:?}").contains(PASSWORD));

    let wrong = load_error(&server.url_of("evergrant", Some("not-a-real-password"))).await;
    assert_eq!(wrong.kind(), StoreErrorKind::Rejected);
    assert!(wrong.to_string().contains("password authentication failed"), "{wrong}");
    let missing = load_error(&server.url_of("evergrant", None)).await;
    assert_eq!(missing.kind(), StoreErrorKind::Rejected);
    let elsewhere = load_error(&server.url().replace("/postgres", "/nowhere")).await;
    assert_eq!(elsewhere.kind(), StoreErrorKind::Other);
    assert!(
        elsewhere.to_string().contains("\"nowhere\" does not exist"),
        "{elsewhere}"
    );
}

#[tokio::test]
async fn a_certificate_of_the_trusted_ca_is_accepted() {
    let server = Postgres::builder().tls().password(PASSWORD).start().unwrap();
    let url = server.url();
    put(&open(&url), &key("tls"), "record").await;
    assert_eq!(
        server
            .sql("SELECT DISTINCT usename FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl")
            .unwrap(),
        "evergrant"
    );
    for mode in ["require", "verify-ca", "prefer"] {
        let store = open(&url.replace("verify-full", mode));
        assert_eq!(load(&store, &key("tls")).await.unwrap().as_deref(), Some("record"));
    }
    // `sslrootcert` alone requires encryption too.
    let store = open(&url.replace("sslmode=verify-full&", ""));
    assert_eq!(load(&store, &key("tls")).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn a_certificate_of_another_ca_or_host_is_rejected() {
    let server = Postgres::builder().tls().password(PASSWORD).start().unwrap();
    let (url, other) = (server.url(), Authority::new().unwrap());
    let (own, _) = url.split_once("sslrootcert=").unwrap();
    for root in [other.ca().display().to_string(), "system".to_owned()] {
        for mode in ["require", "verify-full", "prefer"] {
            let url = format!("{own}sslrootcert={root}").replace("verify-full", mode);
            let error = load_error(&url).await;
            assert_eq!(error.kind(), StoreErrorKind::Unavailable);
            assert!(error.to_string().contains("sslrootcert="), "{error}");
        }
    }
    let chain =
        load_error(&format!("{own}sslrootcert={}", other.ca().display()).replace("verify-full", "verify-ca")).await;
    assert_eq!(chain.kind(), StoreErrorKind::Unavailable);

    let renamed = format!("{}&hostaddr=127.0.0.1", url.replace("@127.0.0.1", "@db.example.com"));
    let error = load_error(&renamed).await;
    assert!(error.to_string().contains("not valid for name"), "{error}");
    let store = open(&renamed.replace("verify-full", "verify-ca"));
    assert_eq!(load(&store, &key("tls")).await.unwrap(), None);
}

#[tokio::test]
async fn tls_on_one_side_only_is_an_error() {
    let encrypted = Postgres::builder().tls().start().unwrap();
    let (bare, _) = encrypted
        .url()
        .split_once('?')
        .map(|(bare, rest)| (bare.to_owned(), rest.len()))
        .unwrap();
    let error = load_error(&bare).await;
    assert_eq!(error.kind(), StoreErrorKind::Rejected);
    assert!(error.to_string().contains("no encryption"), "{error}");

    let plain = Postgres::start().unwrap();
    let error = load_error(&format!("{}?sslmode=require", plain.url())).await;
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("does not support TLS"), "{error}");
}

#[tokio::test]
async fn unix_sockets_can_be_used() {
    let server = Postgres::start().unwrap();
    let folder = server.socket_folder().display().to_string();
    let url = format!(
        "postgresql://evergrant@/postgres?host={folder}&port={}&sslmode=verify-full",
        server.port()
    );
    put(&open(&url), &key("socket"), "record").await;
    let encoded = format!(
        "postgres://evergrant@{}:{}/postgres",
        folder.replace('/', "%2F"),
        server.port()
    );
    assert_eq!(
        load(&open(&encoded), &key("socket")).await.unwrap().as_deref(),
        Some("record")
    );
}

#[tokio::test]
async fn a_writable_host_is_selected() {
    let (replica, primary) = (Postgres::start().unwrap(), Postgres::start().unwrap());
    replica
        .sql("ALTER ROLE evergrant SET default_transaction_read_only = on")
        .unwrap();
    let error = load_error(&replica.url()).await;
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("does not allow writes"), "{error}");

    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", replica.port(), primary.port());
    put(
        &open(&format!("postgres://evergrant@{hosts}/postgres")),
        &key("hosts"),
        "record",
    )
    .await;
    assert_eq!(
        primary.sql("SELECT record FROM evergrant.evergrant_tokens").unwrap(),
        "record"
    );
}
