//! What URLs mean, and that nothing leaves this machine unencrypted.

use super::*;
use crate::builder::UnencryptedConnection;

fn remote(url: &str, unencrypted: UnencryptedConnection) -> RemoteSettings {
    RemoteSettings {
        url: url.into(),
        permits: Permits {
            unencrypted,
            ..Permits::default()
        },
    }
}

fn read(url: &str) -> Result<Settings, StoreBuildError> {
    Settings::new(&remote(url, UnencryptedConnection::OnLoopback))
}

/// What is offered or required of it.
fn mode(url: &str) -> &'static str {
    match read(url).unwrap().opening.encryption {
        Encryption::Off => "off",
        Encryption::Offered(_) => "offered",
        Encryption::Required(_) => "required",
    }
}

fn clear_text(url: &str, clear_text_password: ClearTextPassword) -> ClearText {
    let mut remote = remote(url, UnencryptedConnection::Anywhere);
    remote.permits.clear_text_password = clear_text_password;
    Settings::new(&remote).unwrap().opening.clear_text
}

#[test]
fn a_url_is_read_as_libpq_reads_it() {
    let settings = read(
        "postgres://a%40b:p%3Aw?d@127.0.0.1:1,[::1]:2/data%20base?application_name=x@y&connect_timeout=7&table=auth.tokens",
    );
    let Settings { config, table, .. } = settings.unwrap();
    assert_eq!(config.get_user(), Some("a@b"));
    assert_eq!(config.get_password(), Some("p:w?d".as_bytes()));
    assert_eq!(config.get_dbname(), Some("data base"));
    assert_eq!(config.get_ports(), [1, 2]);
    assert_eq!(
        config.get_hosts(),
        [Host::Tcp("127.0.0.1".to_owned()), Host::Tcp("::1".to_owned())]
    );
    assert_eq!(config.get_application_name(), Some("x@y"));
    assert_eq!(config.get_connect_timeout().map(std::time::Duration::as_secs), Some(7));
    assert_eq!(table.name, "auth.tokens");
}

#[test]
fn what_leaves_this_machine_is_encrypted_unless_somebody_says_otherwise() {
    assert_eq!(mode("postgres://127.0.0.1/db"), "off");
    assert_eq!(mode("postgres:///db?host=/run/postgresql"), "off");
    assert_eq!(mode("postgres://[::1]/db?sslmode=prefer"), "offered");
    assert_eq!(mode("postgres://db.example.com/db"), "required");
    assert_eq!(mode("postgres://127.0.0.1,db.example.com/db"), "required");
    assert_eq!(mode("postgres://localhost/db?hostaddr=192.0.2.1"), "required");
    for weak in ["disable", "allow", "prefer"] {
        let url = format!("postgres://user:not-a-real-secret@db.example.com/db?sslmode={weak}");
        let error = read(&url).unwrap_err();
        assert!(matches!(&error, StoreBuildError::ConnectionNotEncrypted { host, .. } if host == "db.example.com"));
        assert!(Settings::new(&remote(&url, UnencryptedConnection::Anywhere)).is_ok());
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_of_a_password_repeated() {
    let problems = [
        ("postgres:db", "postgres://user"),
        ("postgres://db%1B[31m/db", "characters that no host's name has"),
        (
            "postgres:///db?host=db.example.com%0a",
            "characters that no host's name has",
        ),
        ("postgres://user:hunter2@/db", "names no host"),
        ("postgres://user:hunter2@h:port/db", "a host, port or option"),
        ("postgres://user:a@hunter2@127.0.0.1/db", "`@` in a user name"),
        ("postgres://user:a@hunter2/b@127.0.0.1/db", "`@` in a user name"),
        ("postgres://user:a/hunter2@127.0.0.1/db", "`/` as %2F"),
        (
            "postgres://user@h/db?password=hunter2&hunter3=1",
            "none of: table, sslmode",
        ),
        ("postgres:///db?hostaddr=192.0.2.1&password=hunter2", "add host=NAME"),
        ("postgres://h/db?sslmode=hunter2", "sslmode is one of"),
        ("postgres://h/db?sslmode=verify-ca", "add sslrootcert=FILE"),
        ("postgres://h/db?table=Hunter2", "table= is"),
        ("postgres://h/db?user=%FF", "not UTF-8"),
        ("postgres://h/db?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem"),
    ];
    for (url, expected) in problems {
        let error = read(url).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(expected) && !shown.contains("unter"), "{url}: {shown}");
    }
}

#[test]
fn settings_show_no_password() {
    let settings = read("postgres://user:not-a-real-secret@127.0.0.1/db?password=not-a-real-password").unwrap();
    assert!(!format!("{settings:?}").contains("not-a-real"));
}

#[test]
fn a_password_in_clear_text_is_for_this_machine_alone_and_only_where_it_is_allowed() {
    for url in [
        "postgres://127.0.0.1/db",
        "postgres://[::1]/db?sslmode=prefer",
        "postgres:///db?host=/run/postgresql",
        "postgres:///db?hostaddr=127.0.0.1",
    ] {
        assert_eq!(clear_text(url, ClearTextPassword::Never), ClearText::Refused, "{url}");
        assert_eq!(
            clear_text(url, ClearTextPassword::OnLoopback),
            ClearText::Allowed,
            "{url}"
        );
    }
    for url in [
        "postgres://192.0.2.1/db?sslmode=disable",
        "postgres://db.example.com/db?sslmode=prefer",
        "postgres://127.0.0.1,192.0.2.1/db?sslmode=disable",
        "postgres://localhost/db?hostaddr=192.0.2.1&sslmode=disable",
    ] {
        for permit in [ClearTextPassword::Never, ClearTextPassword::OnLoopback] {
            assert_eq!(clear_text(url, permit), ClearText::RefusedOffLoopback, "{url}");
        }
    }
}

#[test]
fn a_socket_is_named_beside_no_host() {
    for url in [
        "postgres://127.0.0.1/db?host=/run/postgresql",
        "postgres:///db?host=/run/postgresql&hostaddr=127.0.0.1",
    ] {
        assert!(
            read(url).unwrap_err().to_string().contains("a socket's folder"),
            "{url}"
        );
    }
    assert!(read("postgres:///db?host=/run/postgresql,/tmp").is_ok());
}
