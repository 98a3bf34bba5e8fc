//! Credentials with an issuer in place of URLs, and with an assertion in place of a secret.

use evergrant_sdk::evergrant::client_auth::ClientAssertion;
use evergrant_sdk::{
    ClientAuthMethod, Core, Error, Expect, GrantKind, Settings, Status, Untyped, decode, metadata as d,
};

use crate::support::{Fixture, SECRET, ServiceCredentials, api, with};

async fn call(core: &Core, operation: &'static d::Operation) -> Result<(), Error> {
    let responses = [Expect::new(Status::Any, decode::empty)];
    core.request(operation)
        .send::<_, Untyped>(&responses, &[])
        .await
        .map(|_| ())
}

#[tokio::test]
async fn an_issuer_replaces_the_described_endpoints() {
    let fixture = Fixture::new();
    // The described endpoint is below `auth server`, which is not set to a server here.
    let credentials = ServiceCredentials::new("shop", SECRET).issuer(fixture.auth.issuer());
    assert_eq!(credentials.get_issuer(), Some(&*fixture.auth.issuer()));
    let core = fixture.core_with(|settings| {
        settings.oauth(api::CCG, credentials);
        settings.server(1, "http://127.0.0.1:1/");
    });
    call(&core, &api::LIST_BOOKS).await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 1);
    // A client with another issuer does not use the token.
    let other = Fixture::new();
    let moved = with(&core, |settings| {
        let credentials = ServiceCredentials::new("shop", SECRET).issuer(other.auth.issuer());
        settings.oauth(api::CCG, credentials);
    });
    call(&moved, &api::LIST_BOOKS).await.unwrap_err();
    assert_eq!(
        (fixture.auth.token_requests(), other.auth.token_requests() > 0),
        (1, true)
    );
}

#[tokio::test]
async fn an_assertion_takes_the_place_of_the_secret() {
    let fixture = Fixture::new();
    let credentials = ServiceCredentials::with_client_auth("shop", ClientAssertion::new("not.a.real-assertion"));
    let core = fixture.core_with(|settings| {
        settings.oauth(api::CCG, credentials.configure(|tokens| tokens.retries(0)));
    });
    call(&core, &api::LIST_BOOKS).await.unwrap_err();
    let request = fixture.auth.last_token_request();
    assert_eq!(
        request.form_value("client_assertion").as_deref(),
        Some("not.a.real-assertion")
    );
    assert_eq!(request.form_value("client_id").as_deref(), Some("shop"));
    assert_eq!(
        (request.form_value("client_secret"), request.header("authorization")),
        (None, None)
    );
}

const fn flow(grant: GrantKind) -> d::Flow {
    d::Flow {
        grant,
        token_url: None,
        authorization_url: None,
    }
}

/// An API with an OpenID Connect scheme, whose issuer does not exist.
static OPEN_ID_API: d::Api = d::Api {
    name: "books",
    version: "1.0.0",
    environments: &["Production"],
    servers: &[d::Server {
        name: "default",
        setter: "base_url",
        role: d::Role::Api,
        urls: &[Some("http://127.0.0.1:1/")],
    }],
    variables: &[],
    headers: &[],
    schemes: &[d::Scheme {
        name: "oidc",
        kind: d::SchemeKind::OAuth(d::OAuth {
            client_auth: ClientAuthMethod::Basic,
            params: &[],
            issuer: Some("http://127.0.0.1:1/realms/books"),
            flows: &[flow(GrantKind::ClientCredentials), flow(GrantKind::AuthorizationCode)],
        }),
    }],
    requirements: &[d::Requirement {
        alternatives: &[&[d::RequiredScheme { scheme: 0, scopes: &[] }]],
        optional: false,
        allow_header_conflict: false,
    }],
};

static LIST_BOOKS: d::Operation = d::Operation {
    id: "listBooks",
    method: "GET",
    path: "/books",
    server: 0,
    requirement: 0,
    accept: "application/json",
};

#[tokio::test]
async fn an_open_id_scheme_uses_the_described_issuer_unless_another_one_is_set() {
    let fixture = Fixture::new();
    let core = |credentials: ServiceCredentials| {
        let mut settings = Settings::new(&OPEN_ID_API);
        settings.server(0, fixture.api.url("/"));
        settings.oauth(0, credentials.configure(|tokens| tokens.retries(0)));
        settings.build().unwrap()
    };
    let described = core(ServiceCredentials::new("shop", SECRET));
    let error = call(&described, &LIST_BOOKS).await.unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:1/realms/books"), "{error}");
    let set = core(ServiceCredentials::new("shop", SECRET).issuer(fixture.auth.issuer()));
    call(&set, &LIST_BOOKS).await.unwrap();
    let by_url = core(ServiceCredentials::new("shop", SECRET).token_url(fixture.auth.token_url()));
    call(&by_url, &LIST_BOOKS).await.unwrap();
}

#[test]
fn a_method_for_secrets_is_an_error_for_a_client_without_one() {
    let fixture = Fixture::new();
    let assertion = || ClientAssertion::new("not.a.real-assertion");
    for credentials in [
        ServiceCredentials::public("shop"),
        ServiceCredentials::with_client_auth("shop", assertion()),
    ] {
        let mut settings = fixture.settings();
        settings.oauth(api::CCG, credentials.client_auth(ClientAuthMethod::Post));
        let error = settings.build().unwrap_err().to_string();
        assert!(error.contains("client_auth(..)"), "{error}");
    }
}
