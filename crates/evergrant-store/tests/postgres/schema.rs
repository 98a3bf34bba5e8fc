//! The table: made by whoever comes first, and left alone when it is not ours.

use evergrant::store::{SharedStore, StoreErrorKind};
use fleet::engine::Postgres;

use super::support::{key, load, open, put};

const MIGRATION: &str = include_str!("../../migrations/0001_tokens.sql");

/// As an administrator, for another role.
fn migrate(server: &Postgres, table: &str) {
    server.ask(&MIGRATION.replace("evergrant_tokens", table)).unwrap();
    server
        .ask(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO evergrant"))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_come_first_make_one_table() {
    let server = Postgres::start().unwrap();
    let loads = (0..40).map(|_| {
        let store = open(&server.url());
        tokio::spawn(async move { load(&store, &key("first")).await })
    });
    for loaded in loads.collect::<Vec<_>>() {
        assert_eq!(loaded.await.unwrap().unwrap(), None);
    }
    let comment = "SELECT obj_description('evergrant.evergrant_tokens'::regclass)";
    assert_eq!(server.ask(comment).unwrap(), "evergrant schema 1");
}

#[tokio::test]
async fn a_role_that_may_make_no_tables_uses_one_that_is_there() {
    let server = Postgres::start().unwrap();
    server.ask("DROP SCHEMA evergrant").unwrap();
    let (store, key) = (open(&server.url()), key("rights"));
    let error = load(&store, &key).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    let text = error.to_string();
    assert!(
        text.contains("evergrant_tokens cannot be made") && text.contains("42501"),
        "{text}"
    );
    migrate(&server, "public.evergrant_tokens");
    put(&store, &key, "record").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn a_table_that_may_not_be_written_is_refused() {
    let server = Postgres::start().unwrap();
    migrate(&server, "evergrant_tokens");
    server.ask("REVOKE UPDATE ON evergrant_tokens FROM evergrant").unwrap();
    let (store, key) = (open(&server.url()), key("rights"));
    assert_eq!(load(&store, &key).await.unwrap(), None);
    let swap = super::support::swap(None, Some("record"));
    let error = store.swap(&key, swap).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
    assert!(!error.to_string().contains("record"), "{error}");
}

async fn refused_table(server: &Postgres) -> String {
    let store: SharedStore = open(&server.url());
    let error = load(&store, &key("table")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    error.to_string()
}

#[tokio::test]
async fn a_newer_table_and_one_of_somebody_else_are_left_alone() {
    let server = Postgres::start().unwrap();
    migrate(&server, "evergrant_tokens");
    server
        .ask("COMMENT ON TABLE evergrant_tokens IS 'evergrant schema 2'")
        .unwrap();
    let newer = refused_table(&server).await;
    assert!(
        newer.contains("has schema 2") && newer.contains("upgrade evergrant"),
        "{newer}"
    );
    server.ask("COMMENT ON TABLE evergrant_tokens IS NULL").unwrap();
    let foreign = refused_table(&server).await;
    assert!(
        foreign.contains("not evergrant's") && foreign.contains("table="),
        "{foreign}"
    );
    assert_eq!(server.ask("SELECT count(*) FROM evergrant_tokens").unwrap(), "0");
}

#[tokio::test]
async fn a_table_that_was_dropped_is_made_again() {
    let server = Postgres::start().unwrap();
    let (store, key) = (open(&server.url()), key("dropped"));
    put(&store, &key, "record").await;
    server.ask("DROP TABLE evergrant.evergrant_tokens").unwrap();
    assert_eq!(load(&store, &key).await.unwrap(), None);
    server.ask("DROP TABLE evergrant.evergrant_tokens").unwrap();
    put(&store, &key, "record").await;
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}

#[tokio::test]
async fn tables_are_named_in_the_url() {
    let server = Postgres::start().unwrap();
    server.ask("CREATE SCHEMA auth AUTHORIZATION evergrant").unwrap();
    let open = |table| open(&format!("{}?table={table}", server.url()));
    let (one, other, key) = (open("auth.tokens"), open("tokens"), key("table"));
    put(&one, &key, "one").await;
    put(&other, &key, "other").await;
    assert_eq!(load(&one, &key).await.unwrap().as_deref(), Some("one"));
    assert_eq!(server.ask("SELECT record FROM auth.tokens").unwrap(), "one");
    assert_eq!(server.ask("SELECT record FROM evergrant.tokens").unwrap(), "other");
    let elsewhere = open("nowhere.tokens");
    let error = load(&elsewhere, &key).await.unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}
