//! The URLs of the metadata, and which document is used.

use evergrant::TimeLimits;
use evergrant::discovery::{Discovery, Endpoint};
use evergrant::error::DiscoveryProblem;
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, Fault, MetadataLocation, MockResponse};

use super::{REALM, builder, builder_at, metadata_paths, problem, realm, tokens};
use crate::support::{Fixture, seconds};

#[tokio::test]
async fn building_a_manager_sends_nothing() {
    let fixture = Fixture::with(realm);
    let tokens = tokens(&fixture);
    assert!(fixture.auth.requests().is_empty());
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn metadata_is_found_wherever_a_server_publishes_it() {
    for (location, requests) in [
        (MetadataLocation::OAuth, 1),
        (MetadataLocation::OpenId, 2),
        (MetadataLocation::OpenIdInserted, 3),
        (MetadataLocation::OAuthAppended, 4),
    ] {
        let fixture = Fixture::with(realm);
        fixture.auth.serve_metadata_at(&[location]);
        tokens(&fixture).token().await.unwrap();
        assert_eq!(fixture.auth.metadata_requests(), requests, "{location:?}");
    }
}

#[tokio::test]
async fn rfc_8414_is_tried_before_openid_connect() {
    for (path, expected) in [
        (REALM, "/.well-known/oauth-authorization-server/realms/a"),
        ("/", "/.well-known/oauth-authorization-server"),
    ] {
        let fixture = Fixture::with(|server| server.issuer_path(path));
        if path == "/" {
            fixture.auth.serve_metadata_at(&[]);
            problem(&tokens(&fixture)).await;
            let paths = [
                "/.well-known/oauth-authorization-server",
                "/.well-known/openid-configuration",
            ];
            assert_eq!(metadata_paths(&fixture), paths);
        } else {
            tokens(&fixture).token().await.unwrap();
            assert_eq!(metadata_paths(&fixture), [expected]);
        }
    }
}

#[tokio::test]
async fn an_issuer_without_a_path_may_differ_by_its_slash() {
    for slash in ["", "/"] {
        let fixture = Fixture::new();
        let issuer = format!("{}{slash}", fixture.auth.issuer());
        let tokens = builder_at(&fixture, &issuer).build(Transport::default()).unwrap();
        tokens.token().await.unwrap();
        // Assertions use the server's spelling.
        let metadata = tokens.server_metadata().await.unwrap().unwrap();
        assert_eq!(metadata.issuer(), fixture.auth.issuer());
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_must_be_identical() {
    for path in ["/realms/a/", "/realms/A", "/realms/b"] {
        let fixture = Fixture::with(realm);
        fixture
            .auth
            .metadata_with("issuer", &format!("\"{}\"", fixture.auth.url(path)));
        let (problem, message) = problem(&tokens(&fixture)).await;
        let found = fixture.auth.url(path);
        assert!(
            matches!(problem, DiscoveryProblem::IssuerMismatch { found: other, .. } if other == found),
            "{message}"
        );
        assert!(
            message.contains(&format!("belongs to the issuer `{found}`")),
            "{message}"
        );
        assert_eq!(fixture.requests(), 0, "no credentials were sent");
    }
}

#[tokio::test]
async fn the_metadata_of_another_issuer_is_skipped() {
    let fixture = Fixture::with(realm);
    // A server that serves one document below any path.
    let other =
        r#"{"issuer": "https://elsewhere.example.net", "token_endpoint": "https://elsewhere.example.net/token"}"#;
    fixture.auth.metadata_next(MockResponse::new(200).json(other));
    tokens(&fixture).token().await.unwrap();
    assert_eq!(fixture.auth.metadata_requests(), 2);
}

#[tokio::test]
async fn a_web_page_or_a_redirect_in_place_of_metadata_is_skipped() {
    for response in [
        MockResponse::new(200)
            .header("content-type", "text/html")
            .body("<!doctype html><title>Sign in</title>"),
        MockResponse::new(302).header("location", "/login"),
        MockResponse::new(403),
        MockResponse::new(503),
        MockResponse::new(200).json("[]"),
        MockResponse::new(200).json("{}"),
    ] {
        let fixture = Fixture::with(realm);
        fixture.auth.metadata_next(response.clone());
        tokens(&fixture)
            .token()
            .await
            .unwrap_or_else(|error| panic!("{response:?}: {error}"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_is_named() {
    let fixture = Fixture::with(realm);
    let elsewhere = ApiServer::unprotected();
    let target = elsewhere.url("/metadata?key=not-a-real-key");
    fixture
        .auth
        .metadata_always(MockResponse::new(308).header("location", &target));
    let (problem, message) = problem(&tokens(&fixture)).await;
    assert!(
        matches!(
            problem,
            DiscoveryProblem::NotFound {
                is_retryable: false,
                ..
            }
        ),
        "{message}"
    );
    assert!(
        message.contains(&format!("to {}, which is not followed", elsewhere.url("/metadata"))),
        "{message}"
    );
    assert!(!message.contains("not-a-real-key"), "{message}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_issuer_without_metadata_is_an_error_that_lists_the_urls() {
    let fixture = Fixture::with(realm);
    fixture.auth.serve_metadata_at(&[]);
    let error = tokens(&fixture).token().await.unwrap_err();
    let message = error.to_string();
    assert!(!error.is_retryable());
    assert!(
        message.starts_with("no token for client `bookshop` at http://127.0.0.1:"),
        "{message}"
    );
    for path in metadata_paths(&fixture) {
        assert!(
            message.contains(&format!("{} (404 Not Found)", fixture.auth.url(&path))),
            "{message}"
        );
    }
    assert_eq!(metadata_paths(&fixture).len(), 4);
}

#[tokio::test]
async fn a_response_is_bounded_in_size() {
    let large = format!(r#"{{"padding": "{}"}}"#, "x".repeat(256 * 1024));
    for fault in [Fault::from(MockResponse::new(200).json(&large)), Fault::Oversized] {
        let fixture = Fixture::with(realm);
        fixture.auth.metadata_always(fault);
        let (problem, message) = problem(&tokens(&fixture)).await;
        assert!(matches!(problem, DiscoveryProblem::NotFound { .. }), "{message}");
        assert!(message.contains("larger than"), "{message}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_gets_one_request() {
    let fixture = Fixture::with(realm);
    fixture.auth.stop();
    let (problem, message) = problem(&tokens(&fixture)).await;
    assert!(matches!(problem, DiscoveryProblem::Transport(_)), "{message}");
    assert!(message.contains("no server listens"), "{message}");
}

#[tokio::test]
async fn slow_metadata_ends_with_the_limit_of_an_attempt() {
    let fixture = Fixture::with(realm);
    let hold = fixture.auth.hold_metadata();
    let limits = TimeLimits::new().attempt(seconds(1));
    let tokens = builder(&fixture)
        .time_limits(limits)
        .build(Transport::default())
        .unwrap();
    let call = tokio::spawn(async move { problem(&tokens).await });
    fixture.auth.wait_for_metadata_requests(1).await;
    fixture.clock.advance(seconds(1));
    let (problem, message) = call.await.unwrap();
    assert!(matches!(problem, DiscoveryProblem::Timeout(_)), "{message}");
    hold.release();
}

#[tokio::test]
async fn an_application_reads_the_metadata_of_any_issuer() {
    let fixture = Fixture::with(realm);
    let alias = "https://mtls.idp.example.com/token";
    fixture
        .auth
        .metadata_with("mtls_endpoint_aliases", &format!(r#"{{"token_endpoint": "{alias}"}}"#));
    fixture
        .auth
        .metadata_with("jwks_uri", "\"https://keys.example.net/jwks\"");
    fixture
        .auth
        .metadata_with("end_session_endpoint", "\"http://elsewhere.example.net/logout\"");
    let discovery = Discovery::new(Transport::default());
    let server = discovery.server(&fixture.auth.issuer()).await.unwrap();
    assert_eq!(server.issuer(), fixture.auth.issuer());
    assert_eq!(
        server.endpoint(Endpoint::Token).unwrap().as_str(),
        fixture.auth.token_url()
    );
    assert_eq!(server.mtls_endpoint(Endpoint::Token).unwrap().as_str(), alias);
    assert_eq!(
        server.mtls_endpoint(Endpoint::Revocation),
        server.endpoint(Endpoint::Revocation)
    );
    assert_eq!(
        server.endpoint(Endpoint::Jwks).unwrap().as_str(),
        "https://keys.example.net/jwks"
    );
    assert_eq!(server.endpoint(Endpoint::EndSession), None);
    let [(name, why)] = server.invalid_endpoints() else {
        panic!("{:?}", server.invalid_endpoints());
    };
    assert!(
        name == "end_session_endpoint" && why.contains("not encrypted"),
        "{name} {why}"
    );

    let error = discovery.server("http://idp.example.com").await.unwrap_err();
    assert!(matches!(error.problem(), DiscoveryProblem::InvalidUrl(_)), "{error}");
}
