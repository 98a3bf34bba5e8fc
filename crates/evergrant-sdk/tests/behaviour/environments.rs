//! URLs of calls and token requests: environments, variables, URLs of the application, and encryption.

use evergrant_sdk::{BuildError, Core, Error, Expect, Settings, Status, Untyped, decode};

use crate::support::{self, Fixture, SECRET, ServiceCredentials, api, credentials};

fn built(change: impl FnOnce(&mut Settings)) -> Result<Core, BuildError> {
    let mut settings = Settings::new(&api::API);
    change(&mut settings);
    settings.build()
}

fn url(change: impl FnOnce(&mut Settings)) -> String {
    built(change).unwrap().server_url(0).unwrap().to_owned()
}

fn problem(change: impl FnOnce(&mut Settings)) -> String {
    built(change).unwrap_err().to_string()
}

fn endpoint(change: impl FnOnce(&mut Settings)) -> Result<String, BuildError> {
    let core = built(|settings| {
        settings.oauth(api::CCG, credentials());
        change(settings);
    })?;
    Ok(core.manager(api::CCG).unwrap().client().endpoint().to_owned())
}

const TENANT: usize = 0;
const BASE: usize = 1;
const VERSION: usize = 2;

#[test]
fn the_first_environment_and_default_variables_are_used_by_default() {
    assert_eq!(url(|_| {}), "https://www.example.com/v1/books");
    assert_eq!(
        url(|settings| settings.environment(1)),
        "https://testing.example.com/v1"
    );
    assert_eq!(
        url(|settings| {
            settings.environment(1);
            settings.variable(VERSION, "2");
        }),
        "https://testing.example.com/v2"
    );
    assert_eq!(
        url(|settings| {
            settings.variable(TENANT, "shop");
            settings.variable(BASE, "v3/a/b");
        }),
        "https://shop.example.com/v3/a/b"
    );
    let own = url(|settings| {
        settings.variable(TENANT, "shop");
        settings.server(0, "https://shop.example/{tenant}");
    });
    assert_eq!(own, "https://shop.example/{tenant}", "the URL is used unchanged");
}

#[test]
fn a_variable_cannot_change_other_parts_of_the_url() {
    for value in [
        "a/b",
        "a?b",
        "a#b",
        "me@evil.example",
        "a\\b",
        "a b",
        "a\tb",
        "a\u{0}b",
        "",
    ] {
        let message = problem(|settings| settings.variable(TENANT, value));
        assert!(message.starts_with("tenant cannot be used: "), "{message}");
    }
    for value in [
        "../admin",
        "a/../b",
        "a/%2E%2e",
        ".",
        "a/%252e%252E/b",
        "..%2fadmin",
        "a%5C..",
        "..;x/admin",
        "a?b",
        "a#b",
        "a\\b",
        "a@b",
    ] {
        let message = problem(|settings| settings.variable(BASE, value));
        assert!(message.starts_with("base cannot be used: "), "{message}");
    }
    for value in ["a%2Fb", "...", "v1;..", ".well-known", "a//b"] {
        let url = url(|settings| settings.variable(BASE, value));
        assert_eq!(url, format!("https://www.example.com/{value}"));
    }
    for value in ["*", "*.example.com/", "a..b", "{b}"] {
        problem(|settings| settings.variable(TENANT, value));
    }
    let message = problem(|settings| {
        settings.environment(1);
        settings.variable(VERSION, "3");
    });
    assert_eq!(message, "version cannot be used: the allowed values are `1`, `2`");
    // Variables that the environment does not use are not validated.
    url(|settings| settings.variable(VERSION, "3"));
}

#[test]
fn a_scheme_endpoint_is_resolved_against_its_named_server() {
    assert_eq!(endpoint(|_| {}).unwrap(), "https://auth.www.example.com/token");
    assert_eq!(
        endpoint(|settings| settings.variable(TENANT, "shop")).unwrap(),
        "https://auth.shop.example.com/token"
    );
    assert_eq!(
        endpoint(|settings| settings.server(1, "https://login.example/oauth/")).unwrap(),
        "https://login.example/oauth/token"
    );
    let own = credentials().token_url("https://own.example/t/");
    assert_eq!(
        endpoint(|settings| settings.oauth(api::CCG, own)).unwrap(),
        "https://own.example/t/"
    );
    let message = endpoint(|settings| settings.environment(1)).unwrap_err().to_string();
    assert_eq!(
        message,
        "token_url cannot be used: the URL of the server `auth server` is not set; call auth_server_url(\"https://...\")"
    );
    // Without credentials, the endpoint is not needed.
    built(|settings| settings.environment(1)).unwrap();
}

#[test]
fn the_name_default_refers_to_the_first_server() {
    use evergrant_sdk::{ClientAuthMethod, GrantKind, metadata as d};
    const fn scheme(name: &'static str, flows: &'static [d::Flow]) -> d::Scheme {
        let (client_auth, params) = (ClientAuthMethod::Basic, &[]);
        let kind = d::SchemeKind::OAuth(d::OAuth {
            client_auth,
            params,
            issuer: None,
            flows,
        });
        d::Scheme { name, kind }
    }
    const fn flow(token_url: &'static str) -> d::Flow {
        d::Flow {
            grant: GrantKind::ClientCredentials,
            token_url: Some(token_url),
            authorization_url: None,
        }
    }
    static API: d::Api = d::Api {
        name: "a",
        version: "1",
        environments: &["Production"],
        servers: &[d::Server {
            name: "main",
            setter: "base_url",
            role: d::Role::Api,
            urls: &[None],
        }],
        variables: &[],
        headers: &[],
        schemes: &[
            scheme("named", &[flow("{default}/token")]),
            scheme("relative", &[flow("/token")]),
        ],
        requirements: &[],
    };
    // A path is resolved against the origin of the server.
    for (scheme, url) in [
        (0, "https://api.example.com/v1/token"),
        (1, "https://api.example.com/token"),
    ] {
        let mut settings = Settings::new(&API);
        settings.server(0, "https://api.example.com/v1");
        settings.oauth(scheme, ServiceCredentials::new("id", SECRET));
        let core = settings.build().unwrap();
        let endpoint = core.manager(scheme).unwrap().client().endpoint();
        assert_eq!(endpoint, url);
    }
}

#[tokio::test]
async fn a_missing_server_url_is_an_error_that_names_the_setter() {
    let fixture = Fixture::new();
    let core = fixture.core();
    let responses = [Expect::new(Status::Any, decode::empty)];
    let file = |core: &Core| {
        let simple = (evergrant_sdk::PathStyle::Simple, evergrant_sdk::Explode::No);
        let call = core.request(&api::GET_FILE).path("name", simple.0, simple.1, "x");
        call.send::<_, Untyped>(&responses, &[])
    };
    let error = file(&core).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the request cannot be sent: GET /files/{name}: the URL of the server `files` is not set; call files_url(\"https://...\")"
    );
    assert!(matches!(error, Error::Request(_)));
    assert!(fixture.auth.requests().is_empty());
    let files = fixture.auth.api();
    let core = support::with(&core, |settings| settings.server(2, files.url("/store")));
    file(&core).await.unwrap();
    assert_eq!(files.requests()[0].path, "/store/files/x");
}

#[test]
fn plain_http_is_rejected_except_for_loopback_and_allowed_origins() {
    let sidecar = || "http://sidecar.internal:8080".parse().unwrap();
    let assert_rejected = |outcome: Result<_, BuildError>, expected: &str| match outcome {
        Err(BuildError::NotEncrypted { setting, .. }) => assert_eq!(setting, expected),
        Err(other) => panic!("{other}"),
        Ok(()) => panic!("the client was built"),
    };
    let plain = "http://sidecar.internal:8080/v1";
    assert_rejected(built(|settings| settings.server(0, plain)).map(drop), "base_url");
    assert_rejected(built(|settings| settings.server(1, plain)).map(drop), "auth_server_url");
    assert_rejected(
        endpoint(|settings| settings.oauth(api::CCG, credentials().token_url(plain))).map(drop),
        "token_url",
    );
    built(|settings| settings.server(0, "http://127.0.0.1:4010")).unwrap();
    let core = built(|settings| {
        settings.danger_allow_http_to(sidecar());
        settings.server(0, plain);
        settings.oauth(api::CCG, credentials().token_url(plain));
    });
    assert!(core.unwrap().manager(api::CCG).is_some(), "also for token requests");
}

#[test]
fn an_invalid_url_is_a_build_error() {
    for url in [
        "",
        "api.example.com",
        "https://",
        "ftp://x",
        "https://me:hushhush@x",
        "https://x/?hushhush",
        "https://x/#y",
    ] {
        let message = problem(|settings| settings.server(0, url));
        assert!(message.starts_with("base_url cannot be used: "), "{message}");
        assert!(!message.contains("hushhush"), "{message}");
    }
    let message = problem(|settings| settings.server(2, "https://x/?hushhush"));
    assert!(message.starts_with("files_url cannot be used: "), "{message}");
    for origin in [
        "nowhere",
        "https://x.example/v1",
        "https://*.example",
        "https://me@x.example",
    ] {
        let message = problem(|settings| settings.allow_origin(origin));
        assert!(message.starts_with("allow_origin cannot be used: "), "{message}");
    }
}
