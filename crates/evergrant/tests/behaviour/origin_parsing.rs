//! Parsing of origins.

use evergrant::BuildError;
use evergrant::origin::{AllowedOrigins, Origin};
use url::Url;

#[test]
fn origins_are_normalized() {
    for (text, origin) in [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("HTTPS://API.Example.COM", "https://api.example.com"),
        ("https://api.example.com:443", "https://api.example.com"),
        ("http://sidecar.internal:80/", "http://sidecar.internal"),
        ("http://sidecar.internal:8080", "http://sidecar.internal:8080"),
        ("https://api.example.com:80", "https://api.example.com:80"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://under_score.example.com", "https://under_score.example.com"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("https://127.0.0.1", "https://127.0.0.1"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://[2001:DB8:0:0::1]", "https://[2001:db8::1]"),
    ] {
        let parsed: Origin = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(parsed.to_string(), origin, "{text}");
        assert_eq!(parsed.to_string().parse(), Ok(parsed));
    }
    let dotted: Origin = "https://api.example.com.".parse().unwrap();
    assert_ne!(
        dotted,
        "https://api.example.com".parse().unwrap(),
        "a trailing dot makes a different host"
    );
}

const INVALID_ORIGINS: &[(&str, &str)] = &[
    ("", "does not start with"),
    ("null", "does not start with"),
    ("files.example.com", "does not start with"),
    ("//files.example.com", "does not start with"),
    ("ftp://files.example.com", "does not start with"),
    ("https:x", "does not start with"),
    ("https:/x", "does not start with"),
    ("é", "does not start with"),
    ("https://", "no host"),
    ("https:///x", "no host"),
    ("https:////x", "no host"),
    ("https://x/v1", "write it as `https://x`"),
    ("https://x:443/v1/", "write it as `https://x`"),
    ("http://x:8080//", "write it as `http://x:8080`"),
    ("https://x/.", "has a path"),
    ("https://x/%2e", "has a path"),
    ("https://x?", "has a query"),
    ("https://x/?not-a-real-key", "has a query"),
    ("https://x#", "has a fragment"),
    ("https://user@x", "user name or password"),
    ("https://user:not-a-real-password@x", "user name or password"),
    ("https://@x", "user name or password"),
    ("https://user:not/a/real@x", "user name or password"),
    ("https://user:not-a-real-password%40x", "cannot be read"),
    ("user:not-a-real-password", "does not start with"),
    ("not-a-real-password", "does not start with"),
    ("https:\\\\x", "backslash"),
    ("https://x\\y", "backslash"),
    ("*", "allow_origins_from"),
    ("*.example.com", "allow_origins_from"),
    ("https://*", "allow_origins_from"),
    ("https://*.x", "allow_origins_from"),
    ("https://x.*", "allow_origins_from"),
    ("https://x:*", "allow_origins_from"),
    ("https://%2A.x", "allow_origins_from"),
    ("https://\u{ff0a}.x", "allow_origins_from"),
    ("https://.example.com", "allow_origins_from"),
    (" https://x", "a space"),
    ("https://x\n", "a space"),
    ("https://x\t.example.com", "a space"),
    ("https://x y", "a space"),
    ("https://a.example, https://b.example", "a space"),
    ("https://x\u{0}", "a space"),
    ("https://x\u{a0}", "a space"),
    ("https://x:", "without a port"),
    ("https://x:65536", "cannot be read"),
    ("https://x:port", "cannot be read"),
    ("https://[::1", "cannot be read"),
    ("https://a.example,b.example", "invalid character"),
    ("https://{tenant}.example.com", "invalid character"),
    ("https://$HOST", "invalid character"),
    ("https://a..example.com", "invalid character"),
    ("https://x..", "invalid character"),
];

#[test]
fn invalid_origins_are_rejected_with_a_reason() {
    for (text, reason) in INVALID_ORIGINS {
        let error = text.parse::<Origin>().unwrap_err();
        let output = format!("{error} {error:?}");
        assert!(error.to_string().contains(reason), "{text}: {error}");
        assert!(
            !output.contains("not-a-real") && !output.contains("user:"),
            "{text}: {output}"
        );
    }
}

#[test]
fn overlong_hosts_are_not_repeated_in_messages() {
    let name = format!("{}x", "label.".repeat(1000));
    let url = format!("https://{name}").parse().unwrap();
    let mut origins = AllowedOrigins::default();
    for error in [
        origins.allow_text(&format!("https://{name}")).unwrap_err().to_string(),
        origins
            .allow_text(&format!("https://{name}/path"))
            .unwrap_err()
            .to_string(),
        origins.check(&url).unwrap_err().to_string(),
    ] {
        assert!(error.len() < 400 && error.contains("host name is too long"), "{error}");
    }
    let label = format!("https://{}.example.com", "x".repeat(64));
    assert!(
        label
            .parse::<Origin>()
            .unwrap_err()
            .to_string()
            .contains("overlong label")
    );
}

#[test]
fn an_invalid_origin_setting_is_reported_without_secrets() {
    let problem = |text: &str| match AllowedOrigins::default().allow_text(text) {
        Err(BuildError::InvalidUrl { setting, problem }) => {
            assert_eq!(setting, "allow_origin");
            problem
        }
        other => panic!("{text}: {other:?}"),
    };
    for (text, reason) in INVALID_ORIGINS {
        let problem = problem(text);
        assert!(problem.contains(reason), "{text}: {problem}");
        assert!(
            !problem.contains("not-a-real") && !problem.contains("user:"),
            "{text}: {problem}"
        );
    }
    assert!(problem("https://*.x").starts_with("\"https://*.x\" is not an http or https origin: "));
    // A path may be secret, as that of a web hook.
    let hook = problem("https://hooks.example.com/services/not-a-real-secret");
    assert!(!hook.contains("not-a-real"), "{hook}");
    assert!(hook.contains("write it as `https://hooks.example.com`"), "{hook}");
}

#[test]
fn an_invalid_origin_allows_nothing() {
    let mut allowed = AllowedOrigins::default();
    for (text, _) in INVALID_ORIGINS {
        allowed.allow_text(text).unwrap_err();
    }
    for url in ["https://x/v1", "https://a.x/", "https://example.com"] {
        allowed.check(&url.parse::<Url>().unwrap()).unwrap_err();
    }
}
