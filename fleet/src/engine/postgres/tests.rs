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
fn a_paused_server_answers_when_it_is_resumed_and_goes_with_its_handle() {
    let server = Postgres::builder().password("not-a-real-secret").start().unwrap();
    server.pause();
    assert!(server.ask("SELECT 1").is_err());
    server.resume();
    assert_eq!(server.ask("SELECT 1").unwrap(), "1");
    assert_eq!(
        server.url(),
        format!(
            "postgres://evergrant:not-a-real-secret@127.0.0.1:{}/postgres",
            server.port()
        )
    );
    let processes = server
        .process
        .as_ref()
        .map(|process| children::of(process.id()))
        .unwrap();
    assert!(!processes.is_empty());
    server.pause();
    drop(server);
    assert!(
        processes
            .iter()
            .all(|id| !Path::new("/proc").join(id.to_string()).join("exe").exists())
    );
}

#[test]
fn a_configuration_that_makes_no_sense_is_an_error_with_the_log() {
    let error = Postgres::builder().config("no_such_setting = on").start().unwrap_err();
    assert!(format!("{error:#}").contains("no_such_setting"), "{error:#}");
}
