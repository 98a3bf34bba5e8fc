//! One client with the eight kinds of credentials of the MultiAuth API, and every combination that the API defines.

use evergrant::scheme::{ApiKey, Basic, Bearer, CustomHeader, OAuth};
use evergrant::{AuthorizationCode, ClientCredentials, Error, Password, Requirement, RequirementBuilder, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer, RecordedRequest};

use crate::support::SECRET;

const ID: &str = "multi-auth";
const USER: &str = "test_username";
const PASSWORD: &str = "test_password";
const REDIRECT: &str = "http://127.0.0.1/callback";

/// All eight kinds of credentials, with or without values.
struct Credentials {
    basic: Basic,
    query_token: ApiKey,
    query_key: ApiKey,
    header_token: ApiKey,
    header_key: ApiKey,
    bearer: Bearer,
    custom: CustomHeader,
    ccg: OAuth,
    acg: OAuth,
    ropcg: OAuth,
}

impl Credentials {
    fn defined() -> Self {
        Self {
            basic: Basic::new("basicAuth"),
            query_token: ApiKey::in_query("apiKey.token", "token").unwrap(),
            query_key: ApiKey::in_query("apiKey.api-key", "api-key").unwrap(),
            header_token: ApiKey::in_header("apiHeader.token", "token").unwrap(),
            header_key: ApiKey::in_header("apiHeader.api-key", "api-key").unwrap(),
            bearer: Bearer::new("OAuthBearerToken"),
            custom: CustomHeader::new("CustomAuth", "accessToken").unwrap(),
            ccg: OAuth::new("OAuthCCG"),
            acg: OAuth::new("OAuthACG"),
            ropcg: OAuth::new("OAuthROPCG"),
        }
    }

    fn configured(fixture: &Fixture) -> Self {
        let none = Self::defined();
        Self {
            basic: none.basic.with_credentials(USER, PASSWORD).unwrap(),
            query_token: none.query_token.with_key("query-token-not-real").unwrap(),
            query_key: none.query_key.with_key("query key/not&real").unwrap(),
            header_token: none.header_token.with_key("header-token-not-real").unwrap(),
            header_key: none.header_key.with_key("header-key-not-real").unwrap(),
            bearer: none.bearer.with_token("bearer-not-real").unwrap(),
            custom: none.custom.with_value("custom-not-real").unwrap(),
            ccg: none.ccg.with_tokens(fixture.ccg.clone()),
            acg: none.acg.with_tokens(fixture.acg.clone()),
            ropcg: none.ropcg.with_tokens(fixture.ropcg.clone()),
        }
    }

    /// The operations of the API, and their requirements.
    fn operations(self) -> Vec<(&'static str, Requirement)> {
        let Self {
            basic,
            query_token,
            query_key,
            header_token,
            header_key,
            bearer,
            custom,
            ccg,
            acg,
            ropcg,
        } = self;
        let build = |builder: RequirementBuilder| builder.build().unwrap();
        let query = || Requirement::of(query_token.clone()).and(query_key.clone());
        vec![
            ("/auth/noAuth", Requirement::none()),
            ("/auth/oauth2", bearer.clone().into()),
            ("/auth/customAuthentication", custom.clone().into()),
            (
                "/auth/customQueryOrHeaderParam",
                build(query().or(header_token.clone()).and(header_key.clone())),
            ),
            (
                "/auth/basicAndApiKeyAndApiHeader",
                build(
                    query()
                        .and(basic.clone())
                        .and(header_token.clone())
                        .and(header_key.clone()),
                ),
            ),
            (
                "/auth/multipleAuthCombination",
                build(
                    Requirement::of(custom)
                        .or(bearer.clone())
                        .or(basic)
                        .and(query_token.clone())
                        .and(query_key.clone())
                        .and(header_token)
                        .and(header_key),
                ),
            ),
            ("/oauth2/non-auth-server/status", ccg.clone().into()),
            // Both write the same header, as the API's description requires.
            (
                "/oauth2/non-auth-server/user",
                build(Requirement::of(acg).and(ropcg).allow_header_conflict()),
            ),
            ("/oauth2/oauthOrCombination", build(Requirement::of(ccg).or(bearer))),
        ]
    }
}

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    ccg: TokenManager,
    acg: TokenManager,
    ropcg: TokenManager,
}

impl Fixture {
    async fn new() -> Self {
        let auth = AuthServer::builder()
            .client(ID, SECRET)
            .user(USER, PASSWORD)
            .redirect_uri(ID, REDIRECT)
            .start();
        let transport = Transport::default();
        let ccg = ClientCredentials::builder(ID, SECRET).token_url(auth.token_url());
        let ropcg = Password::new(USER, PASSWORD)
            .builder(ID, SECRET)
            .token_url(auth.token_url());
        let acg = AuthorizationCode::builder(ID, SECRET)
            .authorization_url(auth.authorization_url())
            .token_url(auth.token_url())
            .redirect_uri(REDIRECT)
            .scopes(["file_requests.read"])
            .build(transport.clone())
            .unwrap();
        let sign_in = acg.sign_in().unwrap();
        let request = sign_in.begin().unwrap();
        let redirect = auth.visit(request.url().as_str());
        sign_in.finish(&request, &redirect).await.unwrap();
        Self {
            api: api(&auth),
            ccg: ccg.build(transport.clone()).unwrap(),
            ropcg: ropcg.build(transport).unwrap(),
            acg,
            auth,
        }
    }
}

/// An API that checks the credentials of each operation.
fn api(auth: &AuthServer) -> ApiServer {
    let api = auth.api();
    let header = |name: &'static str, value: &'static str| move |r: &RecordedRequest| r.header(name) == Some(value);
    let basic = header("authorization", "Basic dGVzdF91c2VybmFtZTp0ZXN0X3Bhc3N3b3Jk");
    let bearer = header("authorization", "Bearer bearer-not-real");
    let custom = header("accesstoken", "custom-not-real");
    let query = |r: &RecordedRequest| {
        r.query_value("token").as_deref() == Some("query-token-not-real")
            && r.query_value("api-key").as_deref() == Some("query key/not&real")
    };
    let (token, key) = (
        header("token", "header-token-not-real"),
        header("api-key", "header-key-not-real"),
    );
    let headers = move |r: &RecordedRequest| token(r) && key(r);
    let server = auth.clone();
    let issued = move |r: &RecordedRequest| {
        let token = r
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| server.accepts(token))
    };
    let or_bearer = issued.clone();

    api.guard("/auth/noAuth", |r| {
        r.header("authorization").is_none() && r.query.is_none()
    });
    api.guard("/auth/oauth2", bearer);
    api.guard("/auth/customAuthentication", custom);
    api.guard("/auth/customQueryOrHeaderParam", move |r| query(r) || headers(r));
    api.guard("/auth/basicAndApiKeyAndApiHeader", move |r| {
        basic(r) && query(r) && headers(r)
    });
    api.guard("/auth/multipleAuthCombination", move |r| {
        custom(r) || bearer(r) || basic(r) && query(r) && headers(r)
    });
    api.guard("/oauth2/non-auth-server/status", issued.clone());
    api.guard("/oauth2/non-auth-server/user", issued);
    api.guard("/oauth2/oauthOrCombination", move |r| or_bearer(r) || bearer(r));
    api
}

async fn status(client: &Client, path: &str, requirement: Requirement) -> Result<u16, evergrant_reqwest::Error> {
    let response = client.with_authorizer(requirement).get(path).send().await?;
    Ok(response.status().as_u16())
}

#[tokio::test]
async fn every_combination_is_authenticated() {
    let fixture = Fixture::new().await;
    let client = Client::builder(Requirement::none())
        .base_url(fixture.api.url("/"))
        .build()
        .unwrap();
    for (path, requirement) in Credentials::configured(&fixture).operations() {
        assert_eq!(status(&client, path, requirement).await.unwrap(), 200, "{path}");
    }
    let grants = fixture
        .auth
        .requests()
        .into_iter()
        .filter_map(|r| r.form_value("grant_type"));
    assert_eq!(
        grants.collect::<Vec<_>>(),
        ["authorization_code", "client_credentials", "password"],
        "one token each"
    );
}

#[tokio::test]
async fn without_credentials_only_open_operations_are_sent() {
    let fixture = Fixture::new().await;
    let client = Client::builder(Requirement::none())
        .base_url(fixture.api.url("/"))
        .build()
        .unwrap();
    for (path, requirement) in Credentials::defined().operations() {
        match (path, status(&client, path, requirement).await) {
            ("/auth/noAuth", outcome) => assert_eq!(outcome.unwrap(), 200),
            (_, Err(evergrant_reqwest::Error::Authorization(Error::RequirementNotMet(_)))) => {}
            (path, other) => panic!("{path}: {other:?}"),
        }
    }
    assert_eq!(fixture.api.requests().len(), 1);
}

#[tokio::test]
async fn each_alternative_is_sufficient() {
    let fixture = Fixture::new().await;
    let client = Client::builder(Requirement::none())
        .base_url(fixture.api.url("/"))
        .build()
        .unwrap();
    let path = "/auth/multipleAuthCombination";
    for (with_bearer, expected) in [
        (true, "Bearer bearer-not-real"),
        (false, "Basic dGVzdF91c2VybmFtZTp0ZXN0X3Bhc3N3b3Jk"),
    ] {
        let mut credentials = Credentials::configured(&fixture);
        credentials.custom = Credentials::defined().custom;
        if !with_bearer {
            credentials.bearer = Credentials::defined().bearer;
        }
        let (_, requirement) = credentials
            .operations()
            .into_iter()
            .find(|(known, _)| *known == path)
            .unwrap();
        assert_eq!(status(&client, path, requirement).await.unwrap(), 200);
        let request = fixture.api.requests().pop().unwrap();
        assert_eq!(request.header("authorization"), Some(expected));
    }
}
