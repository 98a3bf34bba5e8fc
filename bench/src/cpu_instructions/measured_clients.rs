//! The ways to send a call: reqwest without and with a fixed header, this project's clients, and other libraries.

use std::time::Duration;

use anyhow::{Context as _, Result};
use evergrant::TokenManager;
use evergrant_reqwest::middleware::Authorize;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use oauth2::reqwest as reqwest_12;
use reqwest::redirect;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::runtime::Runtime;
use url::Url;

use super::counted_section;
use crate::measured_library::azure_core::AzureCore;
use crate::measured_library::evergrant::Evergrant;
use crate::measured_library::huskarl::Huskarl;
use crate::measured_library::middle_crate::Middle;
use crate::measured_library::{ApiCalls, Setup, Subject as _};
use crate::token_endpoint::{ServerResponse, TokenServer, token};

/// Calls before the counted ones. The first one opens the connection and may fetch the token.
const WARM_UP: u64 = 100;

/// A way to send a call.
pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) version: ReqwestVersion,
    run: fn(&Worker) -> Result<()>,
}

/// The version of reqwest that sends the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReqwestVersion {
    V12,
    V13,
}

impl ReqwestVersion {
    /// The subject that sends bare calls.
    pub(super) fn bare(self) -> &'static str {
        match self {
            Self::V12 => BARE_12,
            Self::V13 => BARE,
        }
    }

    /// The subject that sends calls with a fixed header.
    pub(super) fn fixed(self) -> &'static str {
        match self {
            Self::V12 => FIXED_12,
            Self::V13 => FIXED,
        }
    }
}

const BARE: &str = "reqwest, bare";
const FIXED: &str = "reqwest, with a fixed bearer token";
pub(super) const EVERGRANT: &str = "evergrant-reqwest";
const BARE_12: &str = "reqwest 0.12, bare";
const FIXED_12: &str = "reqwest 0.12, with a fixed bearer token";

pub(super) const SUBJECTS: [Subject; 11] = [
    Subject::new(BARE, bare),
    Subject::new(FIXED, fixed),
    Subject::new("reqwest, with a fixed header and a parsed URL", fixed_and_parsed),
    Subject::new(EVERGRANT, library::<Evergrant>),
    Subject::new("reqwest-middleware, bare", bare_middleware),
    Subject::new("evergrant-reqwest, as a middleware", middleware),
    Subject::new("huskarl", library::<Huskarl>),
    Subject::new("azure_core", library::<AzureCore>),
    Subject::new(BARE_12, bare_12).with_reqwest_12(),
    Subject::new(FIXED_12, fixed_12).with_reqwest_12(),
    Subject::new("middle", library::<Middle>).with_reqwest_12(),
];

impl Subject {
    const fn new(name: &'static str, run: fn(&Worker) -> Result<()>) -> Self {
        let version = ReqwestVersion::V13;
        Self { name, version, run }
    }

    const fn with_reqwest_12(mut self) -> Self {
        self.version = ReqwestVersion::V12;
        self
    }
}

/// Sends calls of a subject, of which `calls` are counted.
pub(super) fn run_worker(subject: &str, url: &Url, calls: u64) -> Result<()> {
    let subject = SUBJECTS
        .iter()
        .find(|known| known.name == subject)
        .context("no such subject")?;
    let worker = Worker {
        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        books: url.join("books")?,
        calls,
    };
    (subject.run)(&worker)
}

struct Worker {
    runtime: Runtime,
    books: Url,
    calls: u64,
}

impl Worker {
    fn count(&self, call: impl AsyncFn() -> Result<()>) -> Result<()> {
        let send = |calls| {
            self.runtime.block_on(async {
                for _ in 0..calls {
                    call().await?;
                }
                anyhow::Ok(())
            })
        };
        send(WARM_UP)?;
        counted_section(&mut || send(self.calls))
    }
}

fn bare(worker: &Worker) -> Result<()> {
    let http = http_client()?;
    worker.count(async || read(http.get(worker.books.as_str()).send().await?).await)
}

fn fixed(worker: &Worker) -> Result<()> {
    let (http, token) = (http_client()?, token(0));
    worker.count(async || read(http.get(worker.books.as_str()).bearer_auth(&token).send().await?).await)
}

/// The least that a call with a header costs.
fn fixed_and_parsed(worker: &Worker) -> Result<()> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", token(0)))?;
    header.set_sensitive(true);
    let http = http_client()?;
    worker.count(async || {
        let request = http.get(worker.books.clone()).header(AUTHORIZATION, header.clone());
        read(request.send().await?).await
    })
}

fn bare_middleware(worker: &Worker) -> Result<()> {
    let api = ClientBuilder::new(http_client()?).build();
    worker.count(async || read(api.get(worker.books.as_str()).send().await?).await)
}

fn middleware(worker: &Worker) -> Result<()> {
    let (_server, setup) = token_server()?;
    let tokens = worker.runtime.block_on(Evergrant::new(&setup))?.tokens();
    let api = authorizing_middleware(tokens, &worker.books)?;
    worker.count(async || read(api.get(worker.books.as_str()).send().await?).await)
}

/// A stack of reqwest-middleware whose only middleware authorizes requests.
pub(super) fn authorizing_middleware(tokens: TokenManager, url: &Url) -> Result<ClientWithMiddleware> {
    let origin = url.origin().ascii_serialization();
    let authorize = Authorize::builder(tokens).allow_origin(origin).build()?;
    Ok(ClientBuilder::new(http_client()?).with(authorize).build())
}

fn bare_12(worker: &Worker) -> Result<()> {
    let http = http_client_12()?;
    worker.count(async || read_12(http.get(worker.books.as_str()).send().await?).await)
}

fn fixed_12(worker: &Worker) -> Result<()> {
    let (http, token) = (http_client_12()?, token(0));
    worker.count(async || read_12(http.get(worker.books.as_str()).bearer_auth(&token).send().await?).await)
}

fn library<S: ApiCalls>(worker: &Worker) -> Result<()> {
    let (_server, setup) = token_server()?;
    let client = worker
        .runtime
        .block_on(async { S::new(&setup).await?.client(&worker.books).await })?;
    worker.count(async || S::call(&client).await)
}

/// All reqwest clients have the options of the one inside [`evergrant_reqwest::Client`].
pub(super) fn http_client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()?)
}

fn http_client_12() -> Result<reqwest_12::Client> {
    let policy = reqwest_12::redirect::Policy::none();
    Ok(reqwest_12::Client::builder().redirect(policy).no_proxy().build()?)
}

async fn read(response: reqwest::Response) -> Result<()> {
    response.bytes().await?;
    Ok(())
}

async fn read_12(response: reqwest_12::Response) -> Result<()> {
    response.bytes().await?;
    Ok(())
}

/// Its thread is not counted.
fn token_server() -> Result<(TokenServer, Setup)> {
    let lifetime = Duration::from_secs(36_000);
    let server = TokenServer::start(Duration::ZERO, ServerResponse::Token { lifetime })?;
    let setup = Setup {
        token_url: server.url().clone(),
        scenario: None,
    };
    Ok((server, setup))
}
