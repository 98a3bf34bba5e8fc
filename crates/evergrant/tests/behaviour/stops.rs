//! A process that is stopped while a token request is under way, as by a laptop's lid or a frozen container.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use evergrant::{ClientCredentials, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, AuthServer, Fault};
use tokio::runtime::Builder;

use crate::support::{CLIENT, SECRET, seconds};

/// Long enough to be stopped in time, on a busy machine too.
const LIMIT: Duration = Duration::from_secs(4);

fn with_limits(builder: TokenManagerBuilder, limits: &str) -> TokenManagerBuilder {
    match limits {
        "caller" => builder
            .max_wait(LIMIT)
            .attempt_timeout(seconds(60))
            .flight_timeout(seconds(60)),
        "attempt" => builder.attempt_timeout(LIMIT).max_wait(seconds(60)).retries(0),
        "flight" => builder.flight_timeout(LIMIT).max_wait(seconds(60)).retries(0),
        "all" => builder.max_wait(LIMIT).attempt_timeout(LIMIT).flight_timeout(LIMIT),
        _ => panic!("{limits}"),
    }
}

/// The process that is stopped: started by the test below, and by nobody else.
#[test]
#[ignore = "part of another test"]
fn stopped_process() {
    let Ok(token_url) = std::env::var("STOPPED_TOKEN_URL") else {
        return;
    };
    let mut runtime = match std::env::var("STOPPED_RUNTIME").as_deref() {
        Ok("one thread") => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    let builder = ClientCredentials::new(CLIENT, SECRET).token_url(token_url);
    let limits = std::env::var("STOPPED_LIMITS").unwrap();
    let tokens = with_limits(builder, &limits).build(Transport::default()).unwrap();
    runtime.enable_all().build().unwrap().block_on(async {
        tokens.token().await.unwrap();
        // What was stopped for longer than a token lives fetches another one.
        assert!(tokens.status().valid_for.is_some_and(|left| !left.is_zero()));
    });
}

fn start(auth: &AuthServer, runtime: &str, limits: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stops::stopped_process", "--ignored", "--nocapture"])
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
async fn what_arrived_while_the_process_was_stopped_is_read_before_a_limit_ends() {
    let mut stopped = Vec::new();
    let answers: [(&str, Option<Fault>, u64, usize); 4] = [
        ("a token", None, 3600, 1),
        ("a token that has expired meanwhile", None, 2, 2),
        ("a closed connection", Some(Fault::Disconnect), 3600, 2),
        ("a passing failure", Some(Answer::new(503).into()), 3600, 2),
    ];
    for (what, fault, lifetime, requests) in answers {
        // Where the first answer is no good, a second request takes its turn.
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
                hold.release();
                stopped.push((format!("{what}, {limits}, {runtime}"), auth, child, requests));
            }
        }
    }
    // The limits pass for certain.
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
