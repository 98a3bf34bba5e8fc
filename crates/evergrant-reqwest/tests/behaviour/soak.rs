//! A minute of calls against an authorization server with random faults: no call fails while there is a valid token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer, Fault, MockResponse};
use tokio::time::{Instant, sleep};

const CALLERS: usize = 8;

/// A token with less remaining lifetime may expire before the call arrives.
const MARGIN: Duration = Duration::from_millis(400);

/// The revoked tokens.
#[derive(Default)]
struct Revocations {
    /// The number of fetched tokens that are revoked, from the first one.
    up_to: AtomicU64,
    /// Odd during a revocation.
    steps: AtomicU64,
}

impl Revocations {
    fn steps(&self) -> u64 {
        self.steps.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
struct Counters {
    calls: u64,
    failed_without_token: u64,
    failed_with_token: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; `cargo xtask test` runs it"]
async fn no_call_fails_while_there_is_a_valid_token() {
    let seconds = std::env::var("EVERGRANT_SOAK_SECONDS").map_or(60, |text| text.parse().expect("seconds"));
    let seed =
        std::env::var("EVERGRANT_SOAK_SEED").map_or_else(|_| fastrand::u64(..), |text| text.parse().expect("seed"));
    println!("EVERGRANT_SOAK_SEED={seed}");
    let auth = AuthServer::builder()
        .client("soak", "not-a-real-secret")
        .lifetime(Duration::from_secs(4))
        .start();
    let resources = auth.api();
    let tokens = ClientCredentials::builder("soak", "not-a-real-secret")
        .token_url(auth.token_url())
        .time_limits(TimeLimits::new().attempt(Duration::from_millis(500)))
        .build(Transport::default())
        .unwrap();
    let api = Client::builder(tokens.clone())
        .base_url(resources.url("/"))
        .build()
        .unwrap();
    let revocations = Arc::new(Revocations::default());
    let end = Instant::now() + Duration::from_secs(seconds);

    let callers: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(call(api.clone(), tokens.clone(), Arc::clone(&revocations), end)))
        .collect();
    inject_faults(
        &auth,
        &resources,
        &tokens,
        &revocations,
        fastrand::Rng::with_seed(seed),
        end,
    )
    .await;

    let mut total = Counters::default();
    for caller in callers {
        let counters = caller.await.unwrap();
        total.calls += counters.calls;
        total.failed_without_token += counters.failed_without_token;
        total.failed_with_token.extend(counters.failed_with_token);
    }
    let status = tokens.status();
    let requests = auth.token_requests();
    println!(
        "{} calls, {} failed without a token; {} tokens, {} failed fetches, {} rejections, {requests} token requests",
        total.calls, total.failed_without_token, status.tokens_fetched, status.fetches_failed, status.rejections
    );
    assert_eq!(total.failed_with_token, Vec::<String>::new());
    assert!(total.calls > 100 * seconds, "{} calls", total.calls);
    assert!(status.tokens_fetched > seconds / 10, "{status:?}");
    assert!(
        requests as u64 <= 5 * seconds + 10,
        "{requests} token requests in {seconds} s"
    );
}

async fn call(api: Client, tokens: TokenManager, revocations: Arc<Revocations>, end: Instant) -> Counters {
    let mut counters = Counters::default();
    while Instant::now() < end {
        let steps = revocations.steps();
        let before = tokens.status();
        let outcome = api.get("books").send().await;
        counters.calls += 1;
        let failure = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(failure) = failure {
            let undisturbed = steps.is_multiple_of(2)
                && revocations.steps() == steps
                && before.tokens_fetched > revocations.up_to.load(Ordering::SeqCst);
            if undisturbed && before.valid_for.is_some_and(|left| left > MARGIN) {
                counters
                    .failed_with_token
                    .push(format!("{failure}; before: {before:?}"));
            } else {
                counters.failed_without_token += 1;
            }
        }
        sleep(Duration::from_millis(2)).await;
    }
    counters
}

async fn inject_faults(
    auth: &AuthServer,
    resources: &ApiServer,
    tokens: &TokenManager,
    revocations: &Revocations,
    mut random: fastrand::Rng,
    end: Instant,
) {
    while Instant::now() < end {
        match random.u8(0..9) {
            0 => auth.always(MockResponse::new(500)),
            1 => auth.always(MockResponse::new(503).header("retry-after", "1")),
            2 => auth.always(MockResponse::new(429)),
            3 => auth.always(
                MockResponse::new(200)
                    .header("content-type", "text/html")
                    .body("<html>Login</html>"),
            ),
            4 => auth.always(Fault::Hang),
            5 => auth.always(Fault::Disconnect),
            6 => auth.latency(Duration::from_millis(random.u64(1..700))),
            7 => auth.lifetime(Duration::from_secs(random.u64(2..7))),
            _ => {
                revocations.steps.fetch_add(1, Ordering::SeqCst);
                auth.revoke_all();
                // One more, which may have been issued before the revocation and is cached only now.
                let revoked = tokens.status().tokens_fetched + 1;
                revocations.up_to.store(revoked, Ordering::SeqCst);
                revocations.steps.fetch_add(1, Ordering::SeqCst);
            }
        }
        sleep(Duration::from_millis(random.u64(50..1500))).await;
        auth.recover();
        auth.latency(Duration::ZERO);
        auth.release_hanging();
        sleep(Duration::from_millis(random.u64(50..500))).await;
        resources.reset_records();
    }
}
