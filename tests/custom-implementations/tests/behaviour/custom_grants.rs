//! Custom grants: one that is polled until a user has approved (RFC 8628), and a repeatable one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use custom_implementations::{Fixture, error, token};
use evergrant::runtime::BoxFuture;
use evergrant::store::MemoryStore;
use evergrant::{Error, Grant, GrantRequest, Repeatable, TimeLimits, TokenRequestContext};
use evergrant_reqwest::Transport;
use evergrant_testing::Fault;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A user approves on another device.
#[derive(Debug)]
struct DeviceAuthorization;

impl Grant for DeviceAuthorization {
    fn name(&self) -> &str {
        "device code"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        Box::pin(async { Err(Error::grant("a user must approve first")) })
    }

    fn needs_user(&self) -> bool {
        true
    }
}

/// A request that is polled until the user has approved. `slow_down` permanently increases the interval (RFC 8628
/// section 3.5).
fn poll(limit: Duration) -> GrantRequest {
    let interval = AtomicU64::new(5);
    GrantRequest::new(DEVICE_CODE)
        .secret_param("device_code", "not-a-real-code")
        .without_scopes()
        .polling(limit, move |error| {
            let seconds = match error.code() {
                Some("authorization_pending") => interval.load(Ordering::SeqCst),
                Some("slow_down") => interval.fetch_add(5, Ordering::SeqCst) + 5,
                _ => return None,
            };
            Some(Duration::from_secs(seconds))
        })
}

/// The clock also advances while a request is sent and answered, which takes long on a busy machine.
fn patient() -> TimeLimits {
    let limit = Duration::from_secs(24 * 3600);
    TimeLimits::new().attempt(limit).fetch(limit)
}

/// Advances the clock by seconds until a condition holds, and returns their number.
async fn advance_until(fixture: &Fixture, mut condition: impl FnMut() -> bool) -> u64 {
    for seconds in 0..2000 {
        if condition() {
            return seconds;
        }
        fixture.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the condition does not hold");
}

#[tokio::test]
async fn a_polled_grant_is_repeated_until_the_user_has_approved() {
    let fixture = Fixture::start();
    let tokens = fixture
        .grant(DeviceAuthorization)
        .scopes(["books.read"])
        .time_limits(patient());
    let tokens = tokens.build(Transport::default()).unwrap();
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));

    for code in ["authorization_pending", "slow_down", "authorization_pending"] {
        fixture.auth.next(error(code));
    }
    fixture
        .auth
        .next(token("first", r#","refresh_token":"not-a-real-refresh-token""#));
    let redeemed = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.redeem(poll(Duration::from_secs(600))).await }
    });
    for (requests, pause) in [(1, 5), (2, 10), (3, 10)] {
        fixture.until(|| fixture.auth.token_requests() == requests).await;
        // The pause starts with the response.
        let seconds = advance_until(&fixture, || fixture.auth.token_requests() > requests).await;
        assert!(seconds >= pause, "repeated after {seconds} s instead of {pause} s");
    }
    assert_eq!(redeemed.await.unwrap().unwrap().access_token().expose(), "first");
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("grant_type").as_deref(), Some(DEVICE_CODE));
    assert_eq!(request.form_value("device_code").as_deref(), Some("not-a-real-code"));
    assert_eq!(request.form_value("scope"), None);

    // From now on, the manager serves the token, and renews it without the user.
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "first");
    fixture.clock.advance(Duration::from_secs(3600));
    fixture.auth.next(token("second", ""));
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "second");
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("grant_type").as_deref(), Some("refresh_token"));
}

#[tokio::test]
async fn a_rejection_ends_polling_and_masks_the_code() {
    let fixture = Fixture::start();
    let tokens = fixture.grant(DeviceAuthorization).build(Transport::default()).unwrap();
    fixture.auth.next(error("access_denied"));
    let rejected = tokens.redeem(poll(Duration::from_secs(600))).await.unwrap_err();
    assert!(
        matches!(&rejected, Error::OAuthProvider(error) if error.code() == Some("access_denied")),
        "{rejected}"
    );
    fixture.auth.next(error("not-a-real-code"));
    let rejected = tokens.redeem(poll(Duration::from_secs(600))).await.unwrap_err();
    assert!(!rejected.to_string().contains("not-a-real-code"), "{rejected}");
}

#[tokio::test]
async fn a_lost_connection_does_not_end_polling() {
    let fixture = Fixture::start();
    let tokens = fixture
        .grant(DeviceAuthorization)
        .time_limits(patient())
        .build(Transport::default())
        .unwrap();
    fixture.auth.next(error("authorization_pending"));
    fixture.auth.next(Fault::Disconnect);
    fixture.auth.next(token("one", ""));
    let redeemed = tokio::spawn(async move { tokens.redeem(poll(Duration::from_secs(600))).await });
    let seconds = advance_until(&fixture, || redeemed.is_finished()).await;
    assert_eq!(redeemed.await.unwrap().unwrap().access_token().expose(), "one");
    // 5 s, and twice as long after the lost connection (RFC 8628 section 3.5).
    assert!(seconds >= 15, "{seconds}");
}

#[tokio::test]
async fn polling_ends_at_its_limit() {
    let fixture = Fixture::start();
    let tokens = fixture
        .grant(DeviceAuthorization)
        .time_limits(patient())
        .build(Transport::default())
        .unwrap();
    for _ in 0..50 {
        fixture.auth.next(error("authorization_pending"));
    }
    let redeemed = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.redeem(poll(Duration::from_secs(60))).await }
    });
    advance_until(&fixture, || redeemed.is_finished()).await;
    let error = redeemed.await.unwrap().unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.code() == Some("authorization_pending")),
        "{error}"
    );
    assert!(fixture.auth.token_requests() <= 13, "{}", fixture.auth.token_requests());
}

/// A token for an account that the client may act for.
#[derive(Debug)]
struct OnBehalfOf(&'static str);

impl Grant for OnBehalfOf {
    fn name(&self) -> &str {
        "on behalf of"
    }

    fn request<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        Box::pin(async move {
            // Simulates a request to another service.
            tokio::task::yield_now().await;
            let request = GrantRequest::new("urn:example:on-behalf-of").param("account", self.0);
            Ok(request.param("client", context.client_id()))
        })
    }

    fn uses_refresh_tokens(&self) -> bool {
        false
    }
}

impl Repeatable for OnBehalfOf {
    fn subject(&self) -> Option<&str> {
        Some(self.0)
    }
}

#[tokio::test]
async fn a_repeatable_grant_works_like_client_credentials() {
    let fixture = Fixture::start();
    let store = MemoryStore::new();
    let tokens = |account| {
        let builder = fixture.grant(OnBehalfOf(account)).scopes(["books.read"]);
        builder.store(store.clone()).build(Transport::default()).unwrap()
    };
    let (first, other) = (tokens("77"), tokens("78"));
    assert_ne!(first.store_key(), other.store_key());
    for name in ["one", "two"] {
        fixture.auth.next(token(name, ""));
        assert_eq!(first.token().await.unwrap().access_token().expose(), name);
        let request = fixture.auth.last_token_request();
        assert_eq!(
            request.form_value("grant_type").as_deref(),
            Some("urn:example:on-behalf-of")
        );
        assert_eq!(request.form_value("account").as_deref(), Some("77"));
        assert_eq!(request.form_value("scope").as_deref(), Some("books.read"));
        fixture.clock.advance(Duration::from_secs(3601));
    }
    // The application cannot set the grant's parameters.
    let requests = fixture.auth.token_requests();
    let own = fixture.grant(OnBehalfOf("77")).param("account", "78");
    let error = own.build(Transport::default()).unwrap().token().await.unwrap_err();
    assert!(error.to_string().contains("`account` would be sent twice"), "{error}");
    assert_eq!(fixture.auth.token_requests(), requests);
    // There is no user whose token could be redeemed.
    let error = first.redeem(GrantRequest::new("own")).await.unwrap_err();
    assert!(error.to_string().contains("needs_user"), "{error}");
}

#[tokio::test]
async fn a_dropped_call_stops_polling() {
    let fixture = Fixture::start();
    let tokens = fixture.grant(DeviceAuthorization).build(Transport::default()).unwrap();
    for _ in 0..5 {
        fixture.auth.next(error("authorization_pending"));
    }
    let redeemed = tokio::spawn(async move { tokens.redeem(poll(Duration::from_secs(600))).await });
    fixture.until(|| fixture.auth.token_requests() == 1).await;
    redeemed.abort();
    assert!(redeemed.await.unwrap_err().is_cancelled());
    for _ in 0..10 {
        fixture.clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(fixture.auth.token_requests(), 1);
}
