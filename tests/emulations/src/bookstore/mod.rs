//! The bookstore, with scopes per operation, an API key, an upload, and an event stream.

mod books;
mod cover;
mod orders;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use evergrant_testing::{ApiServer, AuthServer, MockResponse, RecordedRequest, RouteRequest};
use http::Method;
use serde_json::{Value, json};

use crate::credentials::{has_header, valid_token};
use crate::routing_and_responses::{OperationResult, json, lock, route};

/// An emulation of `bookstore.yaml`: the API, and the authorization server with the token endpoint `/oauth/token`.
///
/// It starts with three books, one of each category (`book-1` to `book-3`), and two orders (`order-1`, `order-2`). A
/// token gives access to the operations of its scopes. A token request without scopes returns a token without scopes.
///
/// ```
/// use emulations::Bookstore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), reqwest::Error> {
/// let bookstore = Bookstore::start();
/// let stream = reqwest::Client::new().get(bookstore.api_url() + "/orderstream");
/// let events = stream.header("X-API-Key", Bookstore::API_KEY).send().await?.text().await?;
/// assert!(events.matches("\n\n").count() > 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Bookstore {
    api: ApiServer,
    auth: AuthServer,
    state: Arc<State>,
}

/// The state of the API.
struct State {
    auth: AuthServer,
    /// The books by number.
    books: Mutex<BTreeMap<usize, Value>>,
    covers: Mutex<BTreeMap<String, Vec<u8>>>,
    orders: Mutex<BTreeMap<usize, Value>>,
}

type Operation = fn(&State, &RouteRequest<'_>) -> OperationResult;

impl Bookstore {
    /// The client id.
    pub const CLIENT_ID: &str = "bookstore-client-id";
    /// The client secret.
    pub const CLIENT_SECRET: &str = "not-a-real-bookstore+secret/%3A=";
    /// The header `X-API-Key`.
    pub const API_KEY: &str = "not-a-real-bookstore-key";
    /// All scopes.
    pub const SCOPES: [&str; 3] = ["books.read", "orders.read", "orders.write"];

    /// Starts both servers. They stop when the last clone is dropped.
    ///
    /// # Panics
    /// Panics if no port or thread is available.
    #[must_use]
    pub fn start() -> Self {
        let auth = AuthServer::builder()
            .raw_basic()
            .token_path("/oauth/token")
            .client(Self::CLIENT_ID, Self::CLIENT_SECRET)
            .scopes(&Self::SCOPES)
            .start();
        let api = auth.api();
        api.only_routes();
        let state = Arc::new(State {
            auth: auth.clone(),
            books: Mutex::new(books::initial()),
            covers: Mutex::default(),
            orders: Mutex::new(orders::initial()),
        });
        for (method, path, operation) in [
            (Method::GET, "/books", State::list_books as Operation),
            (Method::POST, "/books", State::add_book),
            (Method::GET, "/books/{bookId}", State::book),
            (Method::PUT, "/books/{bookId}/cover", State::upload_cover),
            (Method::GET, "/orders", State::list_orders),
            (Method::POST, "/orders", State::place_order),
            (Method::GET, "/orders/{orderId}", State::order),
            (Method::GET, "/orderstream", State::stream_orders),
        ] {
            route(&api, &state, method, path, operation);
        }
        Self { api, auth, state }
    }

    /// Returns the URL of the server.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.api.url("")
    }

    /// Returns the URL of the token endpoint, which replaces the described one.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.auth.token_url()
    }

    /// Returns the API server, for faults and holds.
    #[must_use]
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// Returns the authorization server, for faults and holds on token requests, and for revocations.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// Returns the received calls of operations.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.api.requests()
    }

    /// Returns the received token requests.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        self.auth.requests()
    }

    /// Returns the image that was uploaded for a book.
    #[must_use]
    pub fn cover(&self, book_id: &str) -> Option<Vec<u8>> {
        lock(&self.state.covers).get(book_id).cloned()
    }
}

impl fmt::Debug for Bookstore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, auth, .. } = self;
        f.debug_struct("Bookstore")
            .field("api", api)
            .field("auth", auth)
            .finish_non_exhaustive()
    }
}

impl State {
    /// Rejects requests without a token that has this scope.
    fn require_scope(&self, request: &RouteRequest<'_>, scope: &str) -> Result<(), MockResponse> {
        let token = valid_token(request, &self.auth);
        let token = token.ok_or_else(|| {
            let rejection = problem(401, "unauthorized", "the access token is not valid");
            rejection.header("www-authenticate", "Bearer error=\"invalid_token\"")
        })?;
        if token.has_scope(scope) {
            return Ok(());
        }
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        let rejection = problem(403, "insufficient_scope", &format!("the scope {scope} is required"));
        Err(rejection.header("www-authenticate", &challenge))
    }
}

/// Rejects requests without the API key.
fn require_key(request: &RouteRequest<'_>) -> Result<(), MockResponse> {
    if has_header(request, "X-API-Key", Bookstore::API_KEY) {
        Ok(())
    } else {
        Err(problem(401, "unauthorized", "the API key is wrong"))
    }
}

/// Returns the number in an id such as `book-7`.
fn number(prefix: &str, id: &str) -> Option<usize> {
    let number = id.strip_prefix(prefix)?.parse().ok()?;
    (format!("{prefix}{number}") == id).then_some(number)
}

fn bad_request(message: &str) -> MockResponse {
    problem(400, "bad_request", message)
}

fn problem(status: u16, code: &str, message: &str) -> MockResponse {
    json(status, &json!({"code": code, "message": message}))
}
