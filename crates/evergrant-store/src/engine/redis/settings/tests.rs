use super::*;
use crate::insecure_connections::Permits;

fn remote(url: &str) -> RedisSettings {
    RedisSettings {
        url: url.into(),
        permits: Permits::default(),
    }
}

fn settings(url: &str) -> Settings {
    Settings::new(&remote(url)).unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text, 0).unwrap()
}

fn login(settings: &Settings) -> Option<(Option<&str>, &str)> {
    let login = settings.login.as_ref()?;
    Some((login.user.as_deref(), login.password.expose()))
}

#[test]
fn the_url_of_a_single_server_is_parsed() {
    let settings = settings("redis://user%40home:not-a-real%2Fsecret@127.0.0.1:1/3?prefix=my%20tokens");
    assert_eq!(settings.layout, Layout::One(Whereabouts::At(address("127.0.0.1:1"))));
    assert_eq!(login(&settings), Some((Some("user@home"), "not-a-real/secret")));
    assert_eq!((settings.database, settings.prefix.as_str()), (3, "my tokens"));
    assert_eq!(settings.channel(), "my tokens:changes");
    assert!(settings.tls.is_none());
}

#[test]
fn missing_parts_have_defaults() {
    for url in ["redis://[::1]", "redis://[::1]/", "valkey://@[::1]:6379/0?"] {
        let settings = settings(url);
        assert_eq!(
            settings.layout,
            Layout::One(Whereabouts::At(address("[::1]:6379"))),
            "{url}"
        );
        assert_eq!(login(&settings), None);
        assert_eq!((settings.database, settings.prefix.as_str()), (0, "evergrant"));
    }
    assert_eq!(
        login(&settings("redis://:not-a-real-secret@127.0.0.1")),
        Some((None, "not-a-real-secret"))
    );
}

#[test]
fn cluster_and_sentinel_urls_are_parsed() {
    let cluster = settings("redis+cluster://127.0.0.1:1,127.0.0.1");
    let addresses = vec![address("127.0.0.1:1"), address("127.0.0.1:6379")];
    assert_eq!(cluster.layout, Layout::Cluster(addresses));

    let group = settings("valkey+sentinel://:not-a-real-secret@127.0.0.1:1,127.0.0.1/my%2Dservice/2");
    let sentinels = vec![address("127.0.0.1:1"), address("127.0.0.1:26379")];
    let service = "my-service".to_owned();
    assert_eq!(group.layout, Layout::One(Whereabouts::KnownTo { sentinels, service }));
    assert_eq!(group.database, 2);
}

#[test]
fn schemes_with_an_s_are_encrypted() {
    for (url, encrypted) in [
        ("redis://127.0.0.1", false),
        ("rediss://127.0.0.1", true),
        ("valkeys://127.0.0.1", true),
        ("redis+cluster://127.0.0.1", false),
        ("rediss+cluster://127.0.0.1", true),
        ("rediss+sentinel://127.0.0.1/a", true),
        ("valkeys+sentinel://127.0.0.1/a", true),
    ] {
        assert_eq!(settings(url).tls.is_some(), encrypted, "{url}");
    }
}

#[test]
fn remote_hosts_need_encryption() {
    for url in [
        "redis://192.0.2.1",
        "redis+cluster://127.0.0.1,192.0.2.1",
        "redis+sentinel://127.0.0.1,192.0.2.1/service",
    ] {
        let host = "192.0.2.1".to_owned();
        let instead = "rediss://";
        let error = Settings::new(&remote(url)).unwrap_err();
        assert_eq!(
            error,
            StoreBuildError::ConnectionNotEncrypted { host, instead },
            "{url}"
        );
        let mut allowed = remote(url);
        allowed.permits.unencrypted = UnencryptedConnection::Anywhere;
        Settings::new(&allowed).unwrap();
    }
    settings("rediss://192.0.2.1");
}

#[test]
fn errors_of_invalid_urls_do_not_show_their_parts() {
    for url in [
        "redis:not-a-real-secret",
        "redis://",
        "redis://tokens\u{11}.example.com",
        "redis://tokens.example.com,not a host",
        "redis://:not-a-real-secret@",
        "redis://not-a-real-secret@127.0.0.1",
        "redis://user:@127.0.0.1/not-a-real-secret",
        "redis://:not-a/real-secret@127.0.0.1",
        "redis://:not-a?real-secret@127.0.0.1",
        "redis://:not-a#real-secret@127.0.0.1",
        "redis://user:123/real-secret@127.0.0.1",
        "redis://127.0.0.1:not-a-real-secret",
        "redis://127.0.0.1/not-a-real-secret",
        "redis://127.0.0.1/-1",
        "redis://127.0.0.1,127.0.0.1",
        "redis://127.0.0.1?not-a-real-secret=1",
        "redis://127.0.0.1?prefix=a&prefix=real-secret",
        "redis://127.0.0.1?prefix=",
        "redis://127.0.0.1?prefix=%FF",
        "redis://127.0.0.1?ca=/real-secret",
        "redis+cluster://127.0.0.1/1",
        "redis+cluster://127.0.0.1,",
        "redis+sentinel://127.0.0.1",
        "redis+sentinel://127.0.0.1/",
        "redis+sentinel://127.0.0.1/service/real-secret",
    ] {
        let error = Settings::new(&remote(url)).unwrap_err();
        assert!(matches!(error, StoreBuildError::InvalidUrl { .. }), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("real-secret"), "{url}: {error}");
    }
}

#[test]
fn unreadable_certificates_are_an_error() {
    let error = Settings::new(&remote("rediss://127.0.0.1?ca=/nowhere/ca.pem")).unwrap_err();
    assert!(
        error.to_string().contains("ca=/nowhere/ca.pem cannot be used"),
        "{error}"
    );
}

#[test]
fn debug_output_has_no_password() {
    let settings = settings("redis://user:not-a-real-secret@127.0.0.1");
    assert!(!format!("{settings:?}").contains("real-secret"));
}

#[test]
fn hosts_that_contain_the_password_are_detected() {
    let settings = settings("redis+cluster://:Not-A-Real-Secret@127.0.0.1");
    for (host, betrays) in [
        ("not-a-real-secret", true),
        ("NOT-A-REAL-SECRET.example.com", true),
        ("not.a.real.secret", true),
        ("Tm90LUEtUmVhbC1TZWNyZXQ", true),
        ("redis-1.example.com", false),
        ("10.0.0.1", false),
        ("127.0.0.1", false),
    ] {
        assert_eq!(
            settings.is_betrayed_by(&address(&format!("{host}:1"))),
            betrays,
            "{host}"
        );
    }
    let short = Settings::new(&remote("redis://:abc@127.0.0.1")).unwrap();
    assert!(!short.is_betrayed_by(&address("abc-1.example.com:1")));
}
