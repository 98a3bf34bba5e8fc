//! The schema of the table, its creation, and foreign tables.

use evergrant::store::{SharedStore, StoreErrorKind};
use store_faults::engine::Postgres;

use super::support::{key, load, open, put};

const MIGRATION: &str = include_str!("../../../migrations/0001_tokens.sql");

/// Creates the table as an administrator.
fn migrate(server: &Postgres, table: &str) {
    server.sql(&MIGRATION.replace("evergrant_tokens", table)).unwrap();
    server
        .sql(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO evergrant"))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_processes_create_one_table() {
    let server = Postgres::start().unwrap();
    let loads = (0..40).map(|_| {
        let store = open(&server.url());
        tokio::spawn(async move { load(&store, &key("first")).await })
    });
    for loaded in loads.collect::<Vec<_>>() {
        assert_eq!(loaded.await.unwrap().unwrap(), None);
    }
    let comment = "SELECT obj_description('evergrant.evergrant_tokens'::regclass)";
    assert_eq!(server.sql(comment).unwrap(), "evergrant schema 1");
}

#[tokio::test]
async fn a_role_without_create_permission_uses_an_existing_table() {
    let server = Postgres::start().unwrap();
    server.sql("DROP SCHEMA evergrant").unwrap();
    let (store, key) = (open(&server.url()), key("rights"));
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected);
    let text = error.to_string();
    assert!(
        text.contains("evergrant_tokens cannot be created") && text.contains("42501"),
        "{text}"
    );
    migrate(&server, "public.evergrant_tokens");
    put(&store, &key, "record").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn a_table_without_write_permission_is_rejected() {
    let server = Postgres::start().unwrap();
    migrate(&server, "evergrant_tokens");
    server.sql("REVOKE UPDATE ON evergrant_tokens FROM evergrant").unwrap();
    let (store, key) = (open(&server.url()), key("rights"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let swap = super::support::swap(None, Some("record"));
    let error = store.swap(&key, swap).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Rejected);
    assert!(!error.to_string().contains("record"), "{error}");
}

async fn table_error(server: &Postgres) -> String {
    let store: SharedStore = open(&server.url());
    let error = load(&store, &key("table")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    error.to_string()
}

#[tokio::test]
async fn newer_and_foreign_tables_are_not_changed() {
    let server = Postgres::start().unwrap();
    migrate(&server, "evergrant_tokens");
    server
        .sql("COMMENT ON TABLE evergrant_tokens IS 'evergrant schema 2'")
        .unwrap();
    let newer = table_error(&server).await;
    assert!(
        newer.contains("has schema 2") && newer.contains("upgrade evergrant"),
        "{newer}"
    );
    server.sql("COMMENT ON TABLE evergrant_tokens IS NULL").unwrap();
    let foreign = table_error(&server).await;
    assert!(
        foreign.contains("not evergrant's") && foreign.contains("table="),
        "{foreign}"
    );
    assert_eq!(server.sql("SELECT count(*) FROM evergrant_tokens").unwrap(), "0");
}

#[tokio::test]
async fn a_dropped_table_is_created_again() {
    let server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("dropped"));
    put(&store, &key, "record").await;
    server.sql("DROP TABLE evergrant.evergrant_tokens").unwrap();
    assert_eq!(load(&store, &key).await.unwrap(), None);
    server.sql("DROP TABLE evergrant.evergrant_tokens").unwrap();
    put(&store, &key, "record").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn the_url_selects_the_table() {
    let server = Postgres::start().unwrap();
    server.sql("CREATE SCHEMA auth AUTHORIZATION evergrant").unwrap();
    let open = |table| open(&format!("{}?table={table}", server.url()));
    let (one, other, key) = (open("auth.tokens"), open("tokens"), key("table"));
    put(&one, &key, "one").await;
    put(&other, &key, "other").await;
    assert_eq!(load(&one, &key).await.unwrap().as_deref(), Some("one"));
    assert_eq!(server.sql("SELECT record FROM auth.tokens").unwrap(), "one");
    assert_eq!(server.sql("SELECT record FROM evergrant.tokens").unwrap(), "other");
    let elsewhere = open("nowhere.tokens");
    let error = load(&elsewhere, &key).await.unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}
