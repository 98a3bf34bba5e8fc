//! A process that is stopped during a token request, as by a suspended laptop or a frozen container.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::{ClientCredentials, Grant, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServer, Fault, MockResponse};
use supervisor::{EndSignal, command, wait_until_stopped};
use tokio::runtime::Builder;

use crate::support::{CLIENT, SECRET, seconds};

/// Long enough to stop the process in time on a busy machine.
const LIMIT: Duration = Duration::from_secs(4);

fn with_limits<G: Grant>(builder: TokenManagerBuilder<G>, limits: &str) -> TokenManagerBuilder<G> {
    match limits {
        "caller" => builder.time_limits(TimeLimits::new().wait(LIMIT).attempt(seconds(60)).fetch(seconds(60))),
        "attempt" => builder
            .time_limits(TimeLimits::new().attempt(LIMIT).wait(seconds(60)))
            .retries(0),
        "flight" => builder
            .time_limits(TimeLimits::new().fetch(LIMIT).wait(seconds(60)))
            .retries(0),
        "all" => builder.time_limits(TimeLimits::new().wait(LIMIT).attempt(LIMIT).fetch(LIMIT)),
        _ => panic!("{limits}"),
    }
}

/// The process to stop, started by the test below.
#[test]
#[ignore = "run by another test"]
fn child_process() {
    let Ok(token_url) = std::env::var("STOPPED_TOKEN_URL") else {
        return;
    };
    let mut runtime = match std::env::var("STOPPED_RUNTIME").as_deref() {
        Ok("one thread") => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    let builder = ClientCredentials::builder(CLIENT, SECRET).token_url(token_url);
    let limits = std::env::var("STOPPED_LIMITS").unwrap();
    let tokens = with_limits(builder, &limits).build(Transport::default()).unwrap();
    runtime.enable_all().build().unwrap().block_on(async {
        tokens.token().await.unwrap();
        // A process stopped for longer than the token's lifetime fetches another token.
        assert!(tokens.status().valid_for.is_some_and(|left| !left.is_zero()));
    });
}

fn start(auth: &AuthServer, runtime: &str, limits: &str) -> Child {
    // Ends with this process: a stopped one would stay for ever.
    command(&std::env::current_exe().unwrap(), EndSignal::Kill)
        .args(["--exact", "stopped_process::child_process", "--ignored", "--nocapture"])
        .env("STOPPED_TOKEN_URL", auth.token_url())
        .env("STOPPED_RUNTIME", runtime)
        .env("STOPPED_LIMITS", limits)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

#[tokio::test]
async fn a_resumed_process_reads_the_response_before_its_timeouts() {
    let mut stopped = Vec::new();
    let responses: [(&str, Option<Fault>, u64, usize); 4] = [
        ("a token", None, 3600, 1),
        ("a token that expires while stopped", None, 2, 2),
        ("a closed connection", Some(Fault::Disconnect), 3600, 2),
        ("a transient failure", Some(MockResponse::new(503).into()), 3600, 2),
    ];
    for (what, fault, lifetime, requests) in responses {
        // If the first response is unusable, a second request follows.
        let limits: &[&str] = match requests {
            1 => &["caller", "attempt", "flight", "all"],
            _ => &["all"],
        };
        for limits in limits {
            for runtime in ["one thread", "several threads"] {
                let auth = AuthServer::builder()
                    .client(CLIENT, SECRET)
                    .lifetime(seconds(lifetime))
                    .start();
                let hold = auth.hold();
                if let Some(fault) = fault.clone() {
                    auth.next(fault);
                }
                let child = start(&auth, runtime, limits);
                auth.wait_for_token_requests(1).await;
                signal(&child, "-STOP");
                wait_until_stopped(&child);
                hold.release();
                stopped.push((format!("{what}, {limits}, {runtime}"), auth, child, requests));
            }
        }
    }
    // Longer than the limits.
    tokio::time::sleep(LIMIT + seconds(2)).await;
    for (what, auth, child, requests) in stopped {
        auth.lifetime(seconds(3600));
        signal(&child, "-CONT");
        let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap())
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{what}: {text}");
        assert_eq!(auth.token_requests(), requests, "{what}");
    }
}
