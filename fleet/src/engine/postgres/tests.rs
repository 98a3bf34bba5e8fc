//! A server does what its handle says.

use super::*;

#[test]
fn tables_outlive_a_kill_and_are_empty_when_flushed() {
    let mut server = Postgres::start().unwrap();
    server
        .ask("CREATE TABLE evergrant.t (n int); ALTER TABLE evergrant.t OWNER TO evergrant")
        .unwrap();
    server.ask("INSERT INTO evergrant.t VALUES (7)").unwrap();
    server.kill();
    assert!(server.ask("SELECT 1").is_err());
    server.restart().unwrap();
    assert_eq!(server.ask("SELECT n FROM evergrant.t").unwrap(), "7");
    server.flush().unwrap();
    assert_eq!(server.ask("SELECT count(*) FROM evergrant.t").unwrap(), "0");
}

#[test]
fn a_paused_server_stands_still_as_a_whole_and_goes_with_its_handle() {
    let server = Postgres::builder().password("not-a-real-secret").start().unwrap();
    server.pause();
    let states = children::states(&server.server.processes());
    let still = states.iter().all(|state| matches!(state, 'T' | 'Z'));
    assert!(states.len() > 1 && still, "{states:?}");
    server.resume();
    assert_eq!(server.ask("SELECT 1").unwrap(), "1");
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
    assert!(children::states(&all).iter().all(|state| *state == 'Z'));
}

#[test]
fn a_configuration_that_makes_no_sense_is_an_error_with_the_log() {
    let error = Postgres::builder().config("no_such_setting = on").start().unwrap_err();
    assert!(format!("{error:#}").contains("no_such_setting"), "{error:#}");
}
