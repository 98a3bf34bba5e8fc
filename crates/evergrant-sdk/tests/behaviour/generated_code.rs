//! Code in the form of generated crates compiles.

use std::time::Duration;

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::metadata as d;
use evergrant_sdk::{
    AnyGrant, AuthorizationCode, BuildError, ClientAuthMethod, ClientCredentials, Core, Dispatcher, Error, EventStream,
    Expect, Explode, GrantKind, KeyCredentials, OAuthCredentials, OAuthGrant, Offers, Password, PathStyle, QueryStyle,
    Response, Secret, SessionCredentials, Settings, Status, Token, Untyped, decode,
};

static API: d::Api = d::Api {
    name: "bookstore",
    version: "1.0.0",
    environments: &["Production"],
    servers: &[d::Server {
        name: "default",
        setter: "base_url",
        role: d::Role::Api,
        urls: &[Some("http://127.0.0.1:4010")],
    }],
    variables: &[],
    headers: &[],
    schemes: &[
        d::Scheme {
            name: "apiKey",
            kind: d::SchemeKind::Keys(&[d::Key {
                name: "token",
                location: d::Location::Query,
            }]),
        },
        d::Scheme {
            name: "session",
            kind: d::SchemeKind::Session { header: "x-session" },
        },
        d::Scheme {
            name: "partner",
            kind: d::SchemeKind::OAuth(d::OAuth {
                client_auth: ClientAuthMethod::Basic,
                params: &[],
                issuer: None,
                flows: &[
                    flow(GrantKind::ClientCredentials, None),
                    flow(GrantKind::AuthorizationCode, Some("http://127.0.0.1:4010/authorize")),
                ],
            }),
        },
    ],
    requirements: &[d::Requirement {
        alternatives: &[],
        optional: true,
        allow_header_conflict: false,
    }],
};

const fn flow(grant: GrantKind, authorization_url: Option<&'static str>) -> d::Flow {
    d::Flow {
        grant,
        token_url: Some("http://127.0.0.1:4010/token"),
        authorization_url,
    }
}

static GET_BOOK: d::Operation = d::Operation {
    id: "getBook",
    method: "GET",
    path: "/books/{bookId}",
    server: 0,
    requirement: 0,
    accept: "application/json",
};

#[derive(Debug, serde::Deserialize)]
struct Book {
    #[expect(dead_code, reason = "only the type matters")]
    title: String,
}

#[derive(Debug)]
enum GetBookError {
    #[expect(dead_code, reason = "only the type matters")]
    NotFound(Book),
    #[expect(dead_code, reason = "only the type matters")]
    Other(String),
}

/// Credentials of a scheme that offers two grants.
type PartnerCredentials<G = AnyGrant> = OAuthCredentials<G, PartnerScheme>;

#[derive(Debug)]
enum PartnerScheme {}

impl Offers<ClientCredentials> for PartnerScheme {}

impl Offers<AuthorizationCode> for PartnerScheme {}

struct Client {
    core: Core,
}

struct Books<'a> {
    dispatcher: &'a Dispatcher,
}

impl Client {
    fn books(&self) -> Books<'_> {
        Books {
            dispatcher: self.core.dispatcher(),
        }
    }

    fn partner_credentials(&self) -> Option<PartnerCredentials> {
        self.core.oauth(2)
    }

    fn with_partner<G: OAuthGrant>(&self, credentials: PartnerCredentials<G>) -> Result<Self, BuildError> {
        self.with(|settings| settings.oauth(2, credentials))
    }

    fn with(&self, change: impl FnOnce(&mut Settings)) -> Result<Self, BuildError> {
        let mut settings = self.core.settings();
        change(&mut settings);
        Ok(Self {
            core: settings.build()?,
        })
    }
}

impl Books<'_> {
    fn get_book(&self, id: impl Into<String>) -> GetBook {
        GetBook {
            request: self
                .dispatcher
                .request(&GET_BOOK)
                .path("bookId", PathStyle::Simple, Explode::No, &id.into()),
        }
    }
}

#[must_use]
struct GetBook {
    request: evergrant_sdk::Call,
}

impl GetBook {
    fn include(mut self, include: &[&str]) -> Self {
        self.request = self.request.query("include", QueryStyle::Form, Explode::Yes, include);
        self
    }

    fn timeout(mut self, limit: Duration) -> Self {
        self.request = self.request.timeout(limit);
        self
    }

    fn send(self) -> impl Future<Output = Result<Response<Book>, Error<GetBookError>>> + Send + 'static {
        self.request.send(
            &[Expect::new(Status::Any, decode::json)],
            &[
                Expect::new(Status::Exact(404), |body| {
                    decode::json(body).map(GetBookError::NotFound)
                }),
                Expect::new(Status::Any, |body| decode::text(body).map(GetBookError::Other)),
            ],
        )
    }

    fn events(self) -> impl Future<Output = Result<EventStream<Book>, Error<Untyped>>> + Send + 'static {
        self.request.events(&[])
    }
}

async fn generated_code() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut settings = Settings::new(&API);
    settings.keys(0, KeyCredentials::new([Secret::from("not-a-real-key")]));
    let login = |dispatcher: Dispatcher| async move {
        let books = Books {
            dispatcher: &dispatcher,
        };
        let book = books.get_book("login").send().await?;
        let _: &Book = &book;
        Ok(Token::new("not-a-real-token"))
    };
    settings.session(1, SessionCredentials::log_in(login));
    let client = Client {
        core: settings.build()?,
    };
    let name = HeaderName::from_static("x-a");
    let client = client.with(|settings| settings.header(name, HeaderValue::from_static("b")))?;
    let call = client.books().get_book("1").include(&["author"]);
    let book = call.timeout(Duration::from_secs(1)).send().await?;
    let _: &Book = &book;
    let mut events = client.books().get_book("1").events().await.map_err(Error::untyped)?;
    while let Some(event) = events.next().await {
        let _: Book = event?.data;
    }
    Ok(())
}

#[test]
fn futures_of_generated_code_are_send() {
    fn assert_send(_: impl Send) {}
    assert_send(generated_code());
}

#[test]
fn credentials_are_read_back_for_any_grant() {
    let client = Client {
        core: Settings::new(&API).build().unwrap(),
    };
    assert!(client.partner_credentials().is_none());
    let service = PartnerCredentials::client_credentials("shop", "not-a-real-secret").least_privilege();
    let user = PartnerCredentials::authorization_code_public("shop", "http://127.0.0.1/callback");
    for (client, redirect_uri) in [
        (client.with_partner(service).unwrap(), None),
        (client.with_partner(user).unwrap(), Some("http://127.0.0.1/callback")),
    ] {
        let credentials = client.partner_credentials().unwrap();
        assert_eq!(
            (credentials.get_client_id(), credentials.get_redirect_uri()),
            ("shop", redirect_uri)
        );
        let derived = client.with_partner(credentials).unwrap();
        assert_eq!(derived.partner_credentials().unwrap().get_redirect_uri(), redirect_uri);
        let password = derived.core.oauth::<Password, PartnerScheme>(2);
        assert!(password.is_none(), "the credentials have another grant");
    }
}
