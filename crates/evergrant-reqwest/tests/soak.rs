//! A minute of calls against an authorization server that misbehaves at random: while there is a valid token, no call fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evergrant::{ClientCredentials, TokenManager};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{Answer, ApiServer, AuthServer, Fault};
use tokio::time::{Instant, sleep};

const CALLERS: usize = 8;

/// A call that starts with less than this left may find its token expired when it arrives.
const MARGIN: Duration = Duration::from_millis(400);

/// Which tokens were revoked.
#[derive(Default)]
struct Revocations {
    /// So many of those that were ever obtained.
    up_to: AtomicU64,
    /// Odd while a revocation is under way.
    steps: AtomicU64,
}

impl Revocations {
    fn steps(&self) -> u64 {
        self.steps.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
struct Tally {
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
    let tokens = ClientCredentials::new("soak", "not-a-real-secret")
        .token_url(auth.token_url())
        .attempt_timeout(Duration::from_millis(500))
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
    misbehave(
        &auth,
        &resources,
        &tokens,
        &revocations,
        fastrand::Rng::with_seed(seed),
        end,
    )
    .await;

    let mut total = Tally::default();
    for caller in callers {
        let tally = caller.await.unwrap();
        total.calls += tally.calls;
        total.failed_without_token += tally.failed_without_token;
        total.failed_with_token.extend(tally.failed_with_token);
    }
    let status = tokens.status();
    let requests = auth.token_requests();
    println!(
        "{} calls, {} failed for want of a token; {} tokens, {} failed flights, {} rejections, {requests} token requests",
        total.calls, total.failed_without_token, status.tokens_obtained, status.fetches_failed, status.rejections
    );
    assert_eq!(total.failed_with_token, Vec::<String>::new());
    assert!(total.calls > 100 * seconds, "{} calls", total.calls);
    assert!(status.tokens_obtained > seconds / 10, "{status:?}");
    assert!(
        requests as u64 <= 5 * seconds + 10,
        "{requests} token requests in {seconds} s"
    );
}

async fn call(api: Client, tokens: TokenManager, revocations: Arc<Revocations>, end: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < end {
        let steps = revocations.steps();
        let before = tokens.status();
        let outcome = api.get("books").send().await;
        tally.calls += 1;
        let failure = match outcome {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(failure) = failure {
            let undisturbed = steps.is_multiple_of(2)
                && revocations.steps() == steps
                && before.tokens_obtained > revocations.up_to.load(Ordering::SeqCst);
            if undisturbed && before.valid_for.is_some_and(|left| left > MARGIN) {
                tally.failed_with_token.push(format!("{failure}; before: {before:?}"));
            } else {
                tally.failed_without_token += 1;
            }
        }
        sleep(Duration::from_millis(2)).await;
    }
    tally
}

async fn misbehave(
    auth: &AuthServer,
    resources: &ApiServer,
    tokens: &TokenManager,
    revocations: &Revocations,
    mut random: fastrand::Rng,
    end: Instant,
) {
    while Instant::now() < end {
        match random.u8(0..9) {
            0 => auth.always(Answer::new(500)),
            1 => auth.always(Answer::new(503).header("retry-after", "1")),
            2 => auth.always(Answer::new(429)),
            3 => auth.always(
                Answer::new(200)
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
                // One more, which may have been granted before and is installed only now.
                let revoked = tokens.status().tokens_obtained + 1;
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
