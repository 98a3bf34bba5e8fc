//! Tests of URL settings, and of encryption for other machines.

use super::*;
use crate::insecure_connections::UnencryptedConnection;

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

/// The mode of encryption.
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
fn urls_are_parsed_like_in_libpq() {
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
fn connections_to_other_machines_are_encrypted_by_default() {
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
fn errors_of_invalid_urls_do_not_show_passwords() {
    let problems = [
        ("postgres:db", "postgres://user"),
        ("postgres://db%1B[31m/db", "a host has invalid characters"),
        ("postgres:///db?host=db.example.com%0a", "a host has invalid characters"),
        ("postgres://user:hunter2@/db", "has no host"),
        ("postgres://user:hunter2@h:port/db", "a host, port or option"),
        ("postgres://user:a@hunter2@127.0.0.1/db", "`@` in a user name"),
        ("postgres://user:a@hunter2/b@127.0.0.1/db", "`@` in a user name"),
        ("postgres://user:a/hunter2@127.0.0.1/db", "`/` as %2F"),
        (
            "postgres://user@h/db?password=hunter2&hunter3=1",
            "other than: table, sslmode",
        ),
        ("postgres:///db?hostaddr=192.0.2.1&password=hunter2", "add host=NAME"),
        ("postgres://h/db?sslmode=hunter2", "sslmode must be one of"),
        ("postgres://h/db?sslmode=verify-ca", "add sslrootcert=FILE"),
        ("postgres://h/db?table=Hunter2", "table= must be"),
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
fn debug_output_has_no_password() {
    let settings = read("postgres://user:not-a-real-secret@127.0.0.1/db?password=not-a-real-password").unwrap();
    assert!(!format!("{settings:?}").contains("not-a-real"));
}

#[test]
fn clear_text_passwords_need_permission_and_loopback() {
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
fn sockets_and_hosts_cannot_be_combined() {
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
