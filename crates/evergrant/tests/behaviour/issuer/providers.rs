//! Metadata as well-known providers publish it. The documents were written down from the providers' public
//! documentation, with its members and names of hosts, and not read from the providers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use evergrant::client_auth::{ClientAuth, ClientCredential, ClientSecretPost, PublicClient, SharedClientAuth};
use evergrant::error::{DiscoveryProblem, TransportError};
use evergrant::runtime::BoxFuture;
use evergrant::{ClientCredentials, Error, JwtBearer, TokenEndpointOptions, TokenManagerBuilder, TokenRequestContext};
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::problem;
use crate::support::{CLIENT, SECRET};

const OPENID: &str = "/.well-known/openid-configuration";
const TENANT: &str = "6574d610-008d-4501-83cd-8dfe9dfa0e07";

/// The provider's hosts: they serve documents, and issue a token for each `POST`.
#[derive(Debug, Clone, Default)]
struct Hosts {
    documents: HashMap<String, (&'static str, Vec<u8>)>,
    redirects: HashMap<String, String>,
    posts: Arc<Mutex<Vec<String>>>,
}

impl Hosts {
    fn new(url: &str, document: &Value) -> Self {
        Self::default().serve(url, "application/json", document.to_string())
    }

    fn serve(mut self, url: &str, content_type: &'static str, document: impl Into<Vec<u8>>) -> Self {
        self.documents.insert(url.to_owned(), (content_type, document.into()));
        self
    }

    fn redirect(mut self, from: &str, to: &str) -> Self {
        self.redirects.insert(from.to_owned(), to.to_owned());
        self
    }

    fn token_requests(&self) -> Vec<String> {
        self.posts.lock().unwrap().clone()
    }
}

impl evergrant::Transport for Hosts {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let url = request.uri().to_string();
        let response = Response::builder();
        let response = if request.method() == Method::POST {
            self.posts.lock().unwrap().push(url);
            let token = r#"{"access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 3600}"#;
            response.header("content-type", "application/json").body(token.into())
        } else if let Some((content_type, document)) = self.documents.get(&url) {
            response
                .header("content-type", *content_type)
                .body(document.clone().into())
        } else if let Some(target) = self.redirects.get(&url) {
            response.status(301).header("location", target).body(Bytes::new())
        } else {
            let page = "<!DOCTYPE html><title>Not Found</title>";
            response
                .status(404)
                .header("content-type", "text/html")
                .body(page.into())
        };
        Ok(response.unwrap())
    }
}

/// A method that only has a name and an algorithm. `evergrant-jose` has the real ones.
#[derive(Debug)]
struct Named(&'static str, &'static str);

impl ClientAuth for Named {
    fn name(&self) -> &str {
        self.0
    }

    fn authenticate<'a>(
        &'a self,
        request: TokenRequestContext<'a>,
    ) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        let credential = ClientCredential::new("key").param("client_id", request.client_id());
        Box::pin(async { Ok(vec![credential]) })
    }

    fn parameters(&self) -> &[&str] {
        &["client_id"]
    }

    fn signature_algorithm(&self) -> Option<String> {
        Some(self.1.to_owned())
    }
}

fn key(algorithm: &'static str) -> SharedClientAuth {
    Named("private_key_jwt", algorithm).into()
}

fn client(issuer: &str, auth: impl Into<SharedClientAuth>) -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, auth).issuer(issuer).retries(0)
}

/// What a provider publishes, and what its documentation tells a machine to use.
struct Provider {
    issuer: String,
    /// The URL of the document, if it is not that of OpenID Connect.
    at: Option<String>,
    token_endpoint: String,
    document: Value,
    auth: SharedClientAuth,
}

fn provider(issuer: &str, token_endpoint: &str, mut members: Value, auth: impl Into<SharedClientAuth>) -> Provider {
    members["issuer"] = json!(issuer);
    members["token_endpoint"] = json!(token_endpoint);
    Provider {
        issuer: issuer.to_owned(),
        at: None,
        token_endpoint: token_endpoint.to_owned(),
        document: members,
        auth: auth.into(),
    }
}

fn methods(methods: &[&str]) -> Value {
    json!({"token_endpoint_auth_methods_supported": methods})
}

fn with(mut document: Value, name: &str, values: &[&str]) -> Value {
    document[name] = json!(values);
    document
}

const GRANTS: &str = "grant_types_supported";
const ALGORITHMS: &str = "token_endpoint_auth_signing_alg_values_supported";
const POST_AND_BASIC: [&str; 2] = ["client_secret_post", "client_secret_basic"];

fn machine_providers() -> Vec<Provider> {
    let entra = methods(&["client_secret_post", "private_key_jwt", "client_secret_basic"]);
    let okta_grants = [
        "authorization_code",
        "implicit",
        "refresh_token",
        "password",
        "client_credentials",
    ];
    let okta = [
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none",
    ];
    let okta = with(
        with(methods(&okta), GRANTS, &okta_grants),
        ALGORITHMS,
        &["HS256", "RS256", "ES256"],
    );
    let custom = "https://shop.okta.com/oauth2/default";
    let keycloak = [
        "private_key_jwt",
        "client_secret_basic",
        "client_secret_post",
        "tls_client_auth",
        "client_secret_jwt",
    ];
    let keycloak_grants = [
        "authorization_code",
        "client_credentials",
        "urn:openid:params:grant-type:ciba",
    ];
    let keycloak = with(
        with(methods(&keycloak), GRANTS, &keycloak_grants),
        ALGORITHMS,
        &["PS256", "RS256", "ES256"],
    );
    let auth0 = methods(&["client_secret_basic", "client_secret_post", "private_key_jwt"]);
    let adfs = methods(&[
        "client_secret_post",
        "client_secret_basic",
        "private_key_jwt",
        "windows_client_authentication",
    ]);
    let adfs_grants = [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "winhello_cert",
        "device_code",
    ];
    let adfs = with(with(adfs, GRANTS, &adfs_grants), ALGORITHMS, &["RS256"]);
    let ping_grants = [
        "implicit",
        "client_credentials",
        "urn:pingidentity.com:oauth2:grant_type:validate_bearer",
    ];
    let ping = with(
        methods(&["client_secret_basic", "client_secret_post", "private_key_jwt"]),
        GRANTS,
        &ping_grants,
    );
    let gitlab_grants = [
        "authorization_code",
        "password",
        "client_credentials",
        "device_code",
        "refresh_token",
    ];
    let gitlab = with(
        methods(&["client_secret_basic", "client_secret_post"]),
        GRANTS,
        &gitlab_grants,
    );
    let salesforce = methods(&["client_secret_post", "client_secret_basic", "private_key_jwt"]);
    vec![
        provider(
            &format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            &format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"),
            entra.clone(),
            key("PS256"),
        ),
        // Version 1: another host than that of the endpoints.
        provider(
            &format!("https://sts.windows.net/{TENANT}/"),
            &format!("https://login.microsoftonline.com/{TENANT}/oauth2/token"),
            entra,
            ClientSecretPost::new(SECRET),
        ),
        Provider {
            at: Some("https://shop.okta.com/.well-known/oauth-authorization-server/oauth2/default".to_owned()),
            ..provider(custom, &format!("{custom}/v1/token"), okta, key("RS256"))
        },
        provider(
            "https://shop.auth0.com/",
            "https://shop.auth0.com/oauth/token",
            auth0,
            key("RS256"),
        ),
        provider(
            "https://sso.example.com/realms/a",
            "https://sso.example.com/realms/a/protocol/openid-connect/token",
            keycloak,
            key("ES256"),
        ),
        provider(
            "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1",
            "https://shop.auth.eu-west-1.amazoncognito.com/oauth2/token",
            methods(&["client_secret_basic", "client_secret_post"]),
            SECRET,
        ),
        provider(
            "https://ping.example.com:9031",
            "https://ping.example.com:9031/as/token.oauth2",
            ping,
            SECRET,
        ),
        provider(
            "https://shop.my.salesforce.com",
            "https://shop.my.salesforce.com/services/oauth2/token",
            salesforce,
            SECRET,
        ),
        provider("https://gitlab.com", "https://gitlab.com/oauth/token", gitlab, SECRET),
        provider(
            "https://fs.example.com/adfs",
            "https://fs.example.com/adfs/oauth2/token/",
            adfs,
            key("RS256"),
        ),
        // No lists at all.
        provider(
            "https://minimal.example.com",
            "https://minimal.example.com/token",
            json!({}),
            SECRET,
        ),
    ]
}

#[tokio::test]
async fn machines_get_tokens_from_the_issuers_of_well_known_providers() {
    for provider in machine_providers() {
        let openid = format!("{}{OPENID}", provider.issuer.trim_end_matches('/'));
        let hosts = Hosts::new(&provider.at.unwrap_or(openid), &provider.document);
        let tokens = client(&provider.issuer, provider.auth).build(hosts.clone()).unwrap();
        if let Err(error) = tokens.token().await {
            panic!("{}: {error}", provider.issuer);
        }
        assert_eq!(hosts.token_requests(), [provider.token_endpoint]);
    }
}

/// Google lists the grant of its service accounts. Apple and Slack only sign users in.
#[tokio::test]
async fn grants_and_methods_for_users_and_service_accounts_are_listed() {
    let google_grants = [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ];
    let google = with(methods(&POST_AND_BASIC), GRANTS, &google_grants);
    let google = provider(
        "https://accounts.google.com",
        "https://oauth2.googleapis.com/token",
        google,
        SECRET,
    );
    let hosts = Hosts::new(&format!("{}{OPENID}", google.issuer), &google.document);
    let assertion = JwtBearer::new("not.a.real.assertion").builder(CLIENT, evergrant::client_auth::NoClientAuth);
    let tokens = assertion.issuer(&google.issuer).build(hosts.clone()).unwrap();
    tokens.token().await.unwrap();
    assert_eq!(hosts.token_requests(), [google.token_endpoint]);

    let slack = with(methods(&POST_AND_BASIC), GRANTS, &["authorization_code"]);
    for (issuer, document, auth) in [
        ("https://slack.com", slack, SharedClientAuth::from(SECRET)),
        (
            "https://appleid.apple.com",
            methods(&["client_secret_post"]),
            ClientSecretPost::new(SECRET).into(),
        ),
        ("https://accounts.google.com", google.document, PublicClient.into()),
    ] {
        let provider = provider(issuer, &format!("{issuer}/token"), document, auth);
        let mut document = provider.document;
        document["authorization_endpoint"] = json!(format!("{issuer}/authorize"));
        let hosts = Hosts::new(&format!("{issuer}{OPENID}"), &document);
        let tokens = evergrant::AuthorizationCode::builder(CLIENT, provider.auth)
            .issuer(issuer)
            .redirect_uri("https://shop.example.com/callback")
            .build(hosts)
            .unwrap();
        tokens.server_metadata().await.unwrap();
        let request = tokens.sign_in().unwrap().begin().unwrap();
        assert!(
            request.url().as_str().starts_with(&format!("{issuer}/authorize?")),
            "{issuer}"
        );
    }
}

/// Okta's org authorization server issues tokens for service applications, and its example of OpenID Connect metadata
/// does not list their grant. Other servers accept `client_secret_post`, and list Basic only.
#[tokio::test]
async fn a_server_that_supports_more_than_it_lists_is_used_if_the_application_says_so() {
    let issuer = "https://shop.okta.com";
    let grants = ["authorization_code", "implicit", "refresh_token", "password"];
    for (document, auth, expected) in [
        (
            with(methods(&["client_secret_basic", "private_key_jwt"]), GRANTS, &grants),
            key("RS256"),
            "does not list the grant type `client_credentials`",
        ),
        (
            methods(&["client_secret_basic"]),
            ClientSecretPost::new(SECRET).into(),
            "does not list the client authentication `client_secret_post`",
        ),
        (
            with(methods(&["private_key_jwt"]), ALGORITHMS, &["RS256"]),
            key("ES256"),
            "does not list the signature algorithm `ES256`",
        ),
    ] {
        let okta = provider(issuer, &format!("{issuer}/oauth2/v1/token"), document, auth.clone());
        let hosts = Hosts::new(&format!("{issuer}{OPENID}"), &okta.document);
        let strict = client(issuer, auth.clone()).build(hosts.clone()).unwrap();
        let (_, message) = problem(&strict).await;
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("TokenEndpointOptions::allow_unlisted()"), "{message}");
        assert!(hosts.token_requests().is_empty());

        let options = TokenEndpointOptions::new().allow_unlisted();
        let lenient = client(issuer, auth).token_endpoint_options(options);
        lenient.build(hosts.clone()).unwrap().token().await.unwrap();
        assert_eq!(hosts.token_requests(), [okta.token_endpoint]);
    }
}

#[tokio::test]
async fn an_empty_list_or_one_that_is_no_list_rejects_nothing() {
    let issuer = "https://idp.example.com";
    for list in [json!([]), json!(null), json!("client_secret_post"), json!([null])] {
        let document = json!({
            "issuer": issuer,
            "token_endpoint": "https://idp.example.com/token",
            "token_endpoint_auth_methods_supported": list.clone(),
            "grant_types_supported": list,
        });
        let hosts = Hosts::new(&format!("{issuer}{OPENID}"), &document);
        client(issuer, SECRET).build(hosts).unwrap().token().await.unwrap();
    }
}

/// azure-docs#113944, openidconnect-rs#216: the document of `common` names no tenant.
#[tokio::test]
async fn a_template_for_many_issuers_is_an_error_that_says_what_to_set() {
    for (issuer, found) in [
        (
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/{tenantid}/v2.0",
        ),
        (
            "https://login.microsoftonline.com/common",
            "https://sts.windows.net/{tenantid}/",
        ),
    ] {
        let hosts = Hosts::new(&format!("{issuer}{OPENID}"), &json!({ "issuer": found }));
        let tokens = client(issuer, SECRET).build(hosts).unwrap();
        let (problem, message) = problem(&tokens).await;
        assert!(matches!(problem, DiscoveryProblem::IssuerMismatch { .. }), "{message}");
        let expected = format!("a template for many issuers, `{found}`; set the issuer of one tenant");
        assert!(message.contains(&expected), "{message}");
    }
}

/// The document of a tenant's domain, of Entra's version 1 below another host, and of a sandbox
/// (openidconnect-rs#38) names another issuer.
#[tokio::test]
async fn a_document_of_another_issuer_is_an_error_that_names_it() {
    for (issuer, found) in [
        (
            "https://login.microsoftonline.com/shop.onmicrosoft.com/v2.0".to_owned(),
            format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        ),
        (
            format!("https://login.microsoftonline.com/{TENANT}"),
            format!("https://sts.windows.net/{TENANT}/"),
        ),
        (
            "https://shop.b2clogin.com/shop.onmicrosoft.com/b2c_1_signin/v2.0".to_owned(),
            format!("https://shop.b2clogin.com/{TENANT}/v2.0/"),
        ),
        (
            "https://api.example.com/login/v1/sandbox".to_owned(),
            "https://api.example.com/login/v1".to_owned(),
        ),
        // An empty path is one concession; the slash of another path is not.
        (
            "https://idp.example.com/a".to_owned(),
            "https://idp.example.com/a/".to_owned(),
        ),
    ] {
        let hosts = Hosts::new(&format!("{issuer}{OPENID}"), &json!({ "issuer": found }));
        let (_, message) = problem(&client(&issuer, SECRET).build(hosts.clone()).unwrap()).await;
        assert!(
            message.contains(&format!("belongs to the issuer `{found}`")),
            "{message}"
        );
        // The remedy for metadata that is not where the issuer is.
        let by_hand = client(&found, SECRET).token_url("https://shop.b2clogin.com/token");
        by_hand.build(hosts).unwrap().token().await.unwrap();
    }
}

#[tokio::test]
async fn content_types_and_byte_order_marks_do_not_matter() {
    let issuer = "https://idp.example.com/a";
    let document = json!({"issuer": issuer, "token_endpoint": "https://idp.example.com/token"}).to_string();
    for (content_type, document) in [
        ("application/json;charset=UTF-8", document.clone().into_bytes()),
        ("text/html; charset=utf-8", document.clone().into_bytes()),
        ("text/plain", document.clone().into_bytes()),
        (
            "application/octet-stream",
            [b"\xEF\xBB\xBF", document.as_bytes()].concat(),
        ),
    ] {
        let hosts = Hosts::default().serve(&format!("{issuer}{OPENID}"), content_type, document);
        if let Err(error) = client(issuer, SECRET).build(hosts).unwrap().token().await {
            panic!("{content_type}: {error}");
        }
    }
}

#[tokio::test]
async fn a_page_or_a_redirect_at_the_first_url_does_not_hide_the_document_at_the_second() {
    let issuer = "https://idp.example.com";
    let document = json!({"issuer": issuer, "token_endpoint": "https://idp.example.com/token"});
    let first = format!("{issuer}/.well-known/oauth-authorization-server");
    let hosts = || Hosts::new(&format!("{issuer}{OPENID}"), &document);
    for hosts in [
        hosts().serve(&first, "text/html", "<!DOCTYPE html><title>Sign in</title>"),
        hosts().redirect(&first, "https://www.example.com/"),
    ] {
        client(issuer, SECRET).build(hosts).unwrap().token().await.unwrap();
    }
    // A redirect is named, and not followed: whoever controls an open redirect would control the endpoints.
    let moved = Hosts::new("https://elsewhere.example.com/metadata", &document);
    let moved = moved.redirect(&format!("{issuer}{OPENID}"), "https://elsewhere.example.com/metadata");
    let (_, message) = problem(&client(issuer, SECRET).build(moved).unwrap()).await;
    let expected = "301 Moved Permanently to https://elsewhere.example.com/metadata, which is not followed";
    assert!(message.contains(expected), "{message}");
}
