//! Tests of the server handle.

use super::*;

#[test]
fn tables_survive_a_kill_and_are_empty_after_a_flush() {
    let mut server = Postgres::start().unwrap();
    server
        .sql("CREATE TABLE evergrant.t (n int); ALTER TABLE evergrant.t OWNER TO evergrant")
        .unwrap();
    server.sql("INSERT INTO evergrant.t VALUES (7)").unwrap();
    server.kill();
    assert!(server.sql("SELECT 1").is_err());
    server.restart().unwrap();
    assert_eq!(server.sql("SELECT n FROM evergrant.t").unwrap(), "7");
    server.flush().unwrap();
    assert_eq!(server.sql("SELECT count(*) FROM evergrant.t").unwrap(), "0");
}

#[test]
fn a_pause_stops_all_processes_and_a_drop_ends_them() {
    let server = Postgres::builder().password("not-a-real-secret").start().unwrap();
    server.pause();
    let states = server.server.processes().states();
    let stopped = states.iter().all(|state| matches!(state, 'T' | 'Z'));
    assert!(states.len() > 1 && stopped, "{states:?}");
    server.resume();
    assert_eq!(server.sql("SELECT 1").unwrap(), "1");
    assert_eq!(
        server.url(),
        format!(
            "postgres://evergrant:not-a-real-secret@127.0.0.1:{}/postgres",
            server.port()
        )
    );
    let all = server.server.processes();
    server.pause();
    drop(server);
    assert!(all.have_ended());
}

#[test]
fn an_invalid_configuration_is_an_error_with_the_log() {
    let error = Postgres::builder().config("no_such_setting = on").start().unwrap_err();
    assert!(format!("{error:#}").contains("no_such_setting"), "{error:#}");
}
