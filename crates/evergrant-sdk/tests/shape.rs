//! Code as the generator writes it compiles.

use std::time::Duration;

use evergrant_sdk::describe as d;
use evergrant_sdk::http::{HeaderName, HeaderValue, Method};
use evergrant_sdk::{
    BuildError, Core, Error, EventStream, Expect, Explode, KeyCredentials, PathStyle, QueryStyle, Response, Secret,
    SessionCredentials, Settings, Status, Token, Untyped, decode,
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
                place: d::Place::Query,
            }]),
        },
        d::Scheme {
            name: "session",
            kind: d::SchemeKind::Session { header: "x-session" },
        },
    ],
    requirements: &[d::Requirement {
        alternatives: &[],
        optional: true,
        allow_header_conflict: false,
    }],
};

static GET_BOOK: d::Operation = d::Operation {
    id: "getBook",
    method: Method::GET,
    path: "/books/{bookId}",
    server: 0,
    requirement: 0,
    accept: "application/json",
};

#[derive(Debug, serde::Deserialize)]
struct Book {
    #[expect(dead_code, reason = "only its type matters")]
    title: String,
}

#[derive(Debug)]
enum GetBookError {
    #[expect(dead_code, reason = "only its type matters")]
    NotFound(Book),
    #[expect(dead_code, reason = "only its type matters")]
    Other(String),
}

struct Client {
    core: Core,
}

struct Books<'a> {
    core: &'a Core,
}

impl Client {
    fn books(&self) -> Books<'_> {
        Books { core: &self.core }
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
                .core
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

async fn as_written() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut settings = Settings::new(&API);
    settings.keys(0, KeyCredentials::new([Secret::from("not-a-real-key")]));
    let login = |core: Core| async move {
        let book = Books { core: &core }.get_book("login").send().await?;
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
fn generated_code_compiles_and_its_futures_may_move_between_threads() {
    fn is_send(_: impl Send) {}
    is_send(as_written());
}
