//! The origins that may receive credentials, and the rule that credentials are sent encrypted.

use evergrant::BuildError;
use evergrant::error::OriginError;
use evergrant::origin::{AllowedOrigins, Origin, PlaintextPolicy, resolve};
use evergrant_testing::LogCapture;
use url::Url;

const SIDECAR: &str = "http://sidecar.internal";

fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

fn check(origins: &AllowedOrigins, url: &str) -> Result<(), OriginError> {
    origins.check(&url.parse().unwrap())
}

fn not_allowed(text: &str) -> Result<(), OriginError> {
    let (origin, call) = (text.to_owned(), None);
    Err(OriginError::NotAllowed { origin, call })
}

fn not_encrypted(text: &str) -> Result<(), OriginError> {
    let (origin, call) = (text.to_owned(), None);
    Err(OriginError::NotEncrypted { origin, call })
}

#[test]
fn only_the_added_origins_receive_credentials() {
    let mut origins = AllowedOrigins::default();
    assert_eq!(
        check(&origins, "https://api.example.com/"),
        not_allowed("https://api.example.com")
    );
    origins.allow(origin("https://api.example.com"));
    origins.allow_text("https://files.example.com:8443").unwrap();
    let base = origins.allow_base_url("https://books.example.com/v1").unwrap();
    assert_eq!(base.as_str(), "https://books.example.com/v1");
    for url in [
        "https://api.example.com/v1?q=1",
        "https://api.example.com:443/",
        "https://files.example.com:8443/",
        "https://books.example.com/v2",
    ] {
        assert_eq!(check(&origins, url), Ok(()), "{url}");
    }
    for (url, other) in [
        ("https://elsewhere.example.com/", "https://elsewhere.example.com"),
        ("https://api.example.com:8443/", "https://api.example.com:8443"),
        ("https://files.example.com/", "https://files.example.com"),
        ("http://api.example.com/", "http://api.example.com"),
        (
            "https://api.example.com.evil.example/",
            "https://api.example.com.evil.example",
        ),
    ] {
        assert_eq!(check(&origins, url), not_allowed(other), "{url}");
    }
    let error = check(&origins, "ftp://api.example.com/").unwrap_err().to_string();
    assert!(error.contains("`ftp` is neither http nor https"), "{error}");
}

#[test]
fn each_rule_adds_origins_to_those_before_it() {
    let mut origins = AllowedOrigins::default();
    origins.allow_from(|origin| origin.to_string().ends_with(".tenants.example.com"));
    origins.allow_from(|origin| *origin == "https://api.example.com".parse().unwrap());
    origins.allow(origin("https://files.example.com"));
    for url in [
        "https://one.tenants.example.com/",
        "https://api.example.com/",
        "https://files.example.com/",
    ] {
        assert_eq!(check(&origins, url), Ok(()), "{url}");
    }
    assert_eq!(
        check(&origins, "https://elsewhere.example.com/"),
        not_allowed("https://elsewhere.example.com")
    );
}

#[test]
fn a_relaxation_for_any_origin_still_requires_encryption() {
    let mut origins = AllowedOrigins::default();
    origins.danger_allow_any_origin();
    for url in [
        "https://elsewhere.example.com/",
        "http://127.0.0.1:8080/",
        "http://[::1]/",
    ] {
        assert_eq!(check(&origins, url), Ok(()), "{url}");
    }
    assert_eq!(
        check(&origins, "http://elsewhere.example.com/"),
        not_encrypted("http://elsewhere.example.com")
    );
}

#[test]
fn plain_http_is_allowed_only_to_loopback_and_to_the_added_origin() {
    let mut origins = AllowedOrigins::default();
    origins.danger_allow_http_to(origin(SIDECAR));
    origins.allow(origin("http://sidecar.internal:8080"));
    assert_eq!(check(&origins, "http://sidecar.internal/v1"), Ok(()));
    assert_eq!(
        check(&origins, "http://sidecar.internal:8080/v1"),
        not_encrypted("http://sidecar.internal:8080")
    );
    let plaintext = origins.plaintext();
    assert!(plaintext.permits(&origin(SIDECAR)));
    assert!(plaintext.permits(&origin("http://127.0.0.1:9")));
    assert!(plaintext.permits(&origin("https://elsewhere.example.com")));
    assert!(!plaintext.permits(&origin("http://elsewhere.example.com")));
}

#[test]
fn origins_are_empty_until_one_is_allowed_in_any_way() {
    assert!(AllowedOrigins::default().is_empty());
    let allow: [fn(&mut AllowedOrigins); 5] = [
        |origins| origins.allow(origin("https://api.example.com")),
        |origins| drop(origins.allow_base_url("https://api.example.com").unwrap()),
        |origins| origins.allow_from(|_| false),
        AllowedOrigins::danger_allow_any_origin,
        |origins| origins.danger_allow_http_to(origin(SIDECAR)),
    ];
    for (index, allow) in allow.into_iter().enumerate() {
        let mut origins = AllowedOrigins::default();
        allow(&mut origins);
        assert!(!origins.is_empty(), "{index}");
    }
}

#[test]
fn each_relaxation_of_an_origin_emits_an_event() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    let mut origins = AllowedOrigins::default();
    origins.allow(origin("https://api.example.com"));
    origins.apply_relaxations().unwrap();
    assert_eq!(logs.by_name("evergrant.relaxed").len(), 0);
    origins.danger_allow_any_origin();
    origins.danger_allow_http_to(origin(SIDECAR));
    origins.danger_allow_http_to(origin("http://other.internal"));
    origins.apply_relaxations().unwrap();
    let mut policy = PlaintextPolicy::default();
    policy.danger_allow_http_to(origin("http://third.internal"));
    policy.apply_relaxations().unwrap();
    let events: Vec<_> = logs
        .by_name("evergrant.relaxed")
        .iter()
        .map(|event| (event.fields["setting"].clone(), event.fields["effect"].clone()))
        .collect();
    for (at, (setting, effect)) in [
        ("danger_allow_any_origin", "any origin"),
        ("danger_allow_http_to", SIDECAR),
        ("danger_allow_http_to", "http://other.internal"),
        ("danger_allow_http_to", "http://third.internal"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(events[at].0 == setting && events[at].1.contains(effect), "{events:?}");
    }
    assert_eq!(events.len(), 4);
}

#[test]
fn debug_output_shows_what_is_allowed() {
    let mut origins = AllowedOrigins::default();
    origins.danger_allow_http_to(origin(SIDECAR));
    origins.allow_from(|_| false);
    let shown = format!("{origins:?}");
    for part in ["sidecar.internal", "rules: 1", "any: false", "PlaintextPolicy"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn an_endpoint_with_a_user_name_or_a_password_is_rejected() {
    for url in [
        "https://user@auth.example.com/token",
        "https://:not-a-real-password@auth.example.com/token",
        "https://user:not-a-real-password@auth.example.com/token",
    ] {
        match PlaintextPolicy::default().parse_endpoint("token_url", url) {
            Err(BuildError::InvalidUrl { setting, problem }) => {
                assert_eq!(setting, "token_url");
                assert!(problem.contains("a user name or password"), "{problem}");
            }
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[test]
fn an_origin_setting_is_repeated_in_its_error_up_to_299_bytes() {
    let problem = |length: usize| {
        let text = format!("https://*{}", "x".repeat(length - "https://*".len()));
        AllowedOrigins::default().allow_text(&text).unwrap_err().to_string()
    };
    assert!(problem(299).contains("https://*xxx"));
    assert!(!problem(300).contains("xxx"));
}

#[test]
fn a_base_without_a_trailing_slash_is_a_folder_too() {
    for base in [
        "https://api.example.com/v1",
        "https://api.example.com/v1?tenant=a",
        "https://api.example.com/v1#part",
        "https://api.example.com/v1/?tenant=a",
        "https://api.example.com/v1/#part",
        "https://api.example.com/v1/?tenant=a#part",
        "https://api.example.com/v1/",
    ] {
        let base: Url = base.parse().unwrap();
        // A path with a percent-encoded slash takes another way than a plain one.
        for (path, resolved) in [
            ("books", "https://api.example.com/v1/books"),
            ("books/a%2Fb?q=1", "https://api.example.com/v1/books/a%2Fb?q=1"),
        ] {
            assert_eq!(resolve(&base, path).unwrap().as_str(), resolved, "{base}");
        }
    }
}

#[test]
fn a_uri_is_checked_like_its_url() {
    let mut origins = AllowedOrigins::default();
    origins.allow(origin("https://api.example.com"));
    origins.danger_allow_http_to(origin(SIDECAR));
    origins.allow(origin("http://plain.internal"));
    origins.allow_from(|origin| origin.to_string().ends_with(".tenants.example.com"));
    let check = |uri: &str| origins.check_uri(&uri.parse().unwrap());
    for uri in [
        "https://api.example.com",
        "https://api.example.com:443/v1?q=1",
        "https://API.example.com/",
        "https://one.tenants.example.com/",
        "http://sidecar.internal/",
    ] {
        assert_eq!(check(uri), Ok(()), "{uri}");
    }
    assert_eq!(
        check("https://elsewhere.example.com/"),
        not_allowed("https://elsewhere.example.com")
    );
    assert_eq!(check("http://plain.internal/"), not_encrypted("http://plain.internal"));
    for (uri, problem) in [
        ("https://reader@api.example.com/", "a user name or password"),
        (
            "https://:not-a-real-password@api.example.com/",
            "a user name or password",
        ),
        ("https://127.1/", "its host is not normalized"),
        ("ftp://api.example.com/", "neither http nor https"),
    ] {
        let error = check(uri).unwrap_err().to_string();
        assert!(error.contains(problem), "{uri}: {error}");
    }
}

#[test]
fn an_overlong_host_is_rejected_even_if_it_was_added() {
    let text = format!("https://{}example.com/", "label.".repeat(100));
    let url: Url = text.parse().unwrap();
    let mut origins = AllowedOrigins::default();
    origins.allow(Origin::of(&url).unwrap());
    for outcome in [origins.check(&url), origins.check_uri(&text.parse().unwrap())] {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("host name is too long"), "{error}");
    }
}
