//! The bookstore: scopes by operation, a key, an upload, and a stream of events.

mod books;
mod cover;
mod orders;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use evergrant_testing::{Answer, ApiServer, AuthServer, RecordedRequest, RouteRequest};
use http::Method;
use serde_json::{Value, json};

use crate::answer::{Answered, json, lock, serve};
use crate::credentials::{has_header, issued};

/// An emulation of `bookstore.yaml`: the API, and the authorization server with the token endpoint `/oauth/token`.
///
/// There are three books, one of each category (`book-1` to `book-3`), and two orders (`order-1`, `order-2`) from the start. A
/// token is good for what its scopes say; who asks for no scope gets none.
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
    shop: Arc<Shop>,
}

/// What the shop keeps.
struct Shop {
    auth: AuthServer,
    /// By their numbers.
    books: Mutex<BTreeMap<usize, Value>>,
    covers: Mutex<BTreeMap<String, Vec<u8>>>,
    orders: Mutex<BTreeMap<usize, Value>>,
}

type Operation = fn(&Shop, &RouteRequest<'_>) -> Answered;

impl Bookstore {
    /// The client's id.
    pub const CLIENT_ID: &str = "bookstore-client-id";
    /// The client's secret.
    pub const CLIENT_SECRET: &str = "not-a-real-bookstore+secret/%3A=";
    /// The header `X-API-Key`.
    pub const API_KEY: &str = "not-a-real-bookstore-key";
    /// All scopes.
    pub const SCOPES: [&str; 3] = ["books.read", "orders.read", "orders.write"];

    /// Starts both servers; they are gone with the last clone.
    ///
    /// # Panics
    /// If no port or thread can be had.
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
        let shop = Arc::new(Shop {
            auth: auth.clone(),
            books: Mutex::new(books::first()),
            covers: Mutex::default(),
            orders: Mutex::new(orders::first()),
        });
        for (method, path, operation) in [
            (Method::GET, "/books", Shop::list_books as Operation),
            (Method::POST, "/books", Shop::add_book),
            (Method::GET, "/books/{bookId}", Shop::book),
            (Method::PUT, "/books/{bookId}/cover", Shop::upload_cover),
            (Method::GET, "/orders", Shop::list_orders),
            (Method::POST, "/orders", Shop::place_order),
            (Method::GET, "/orders/{orderId}", Shop::order),
            (Method::GET, "/orderstream", Shop::stream_orders),
        ] {
            serve(&api, &shop, method, path, operation);
        }
        Self { api, auth, shop }
    }

    /// The URL of the server.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.api.url("")
    }

    /// The URL of the token endpoint, in the place of the description's.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.auth.token_url()
    }

    /// The API's server, for faults and holds.
    #[must_use]
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The authorization server, for faults and holds on token requests, and for revocations.
    #[must_use]
    pub fn auth(&self) -> &AuthServer {
        &self.auth
    }

    /// The calls of operations so far.
    #[must_use]
    pub fn api_requests(&self) -> Vec<RecordedRequest> {
        self.api.requests()
    }

    /// The requests for tokens so far.
    #[must_use]
    pub fn auth_requests(&self) -> Vec<RecordedRequest> {
        self.auth.requests()
    }

    /// The picture that was uploaded for a book.
    #[must_use]
    pub fn cover(&self, book_id: &str) -> Option<Vec<u8>> {
        lock(&self.shop.covers).get(book_id).cloned()
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

impl Shop {
    /// Lets in who has a token with this scope.
    fn admit(&self, request: &RouteRequest<'_>, scope: &str) -> Result<(), Answer> {
        let token = issued(request, &self.auth);
        let token = token.ok_or_else(|| {
            let refusal = problem(401, "unauthorized", "the access token is not valid");
            refusal.header("www-authenticate", "Bearer error=\"invalid_token\"")
        })?;
        if token.has_scope(scope) {
            return Ok(());
        }
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        let refusal = problem(403, "insufficient_scope", &format!("the scope {scope} is needed"));
        Err(refusal.header("www-authenticate", &challenge))
    }
}

/// Lets in who has the shop's key.
fn admit_key(request: &RouteRequest<'_>) -> Result<(), Answer> {
    if has_header(request, "X-API-Key", Bookstore::API_KEY) {
        Ok(())
    } else {
        Err(problem(401, "unauthorized", "the key is not right"))
    }
}

/// The number in an id such as `book-7`.
fn number(prefix: &str, id: &str) -> Option<usize> {
    let number = id.strip_prefix(prefix)?.parse().ok()?;
    (format!("{prefix}{number}") == id).then_some(number)
}

fn bad_request(message: &str) -> Answer {
    problem(400, "bad_request", message)
}

fn problem(status: u16, code: &str, message: &str) -> Answer {
    json(status, &json!({"code": code, "message": message}))
}
