//! Replicas that share the token of a user: no refresh token is sent twice, whatever fails, because the server then
//! revokes all tokens of the sign-in.

use std::time::Duration;

use anyhow::{Result, ensure};
use evergrant::{AuthorizationCode, Sharing, UserTokens};
use evergrant_reqwest::Transport;
use evergrant_store::{KeyRing, store};
use store_faults::worker::{Fault, FaultKind, Point, RENEWAL_POINTS, Step};

use crate::support::{
    CLIENT, EngineKind, Fixture, MAX_WAIT, OPERATION_TIMEOUT, REDIRECT, SECRET, TIMEOUT, block_on, keys, run_cases,
    seconds,
};

const USER: &str = "user-7";
const LIFETIME: Duration = seconds(20);
/// Latency of the server, long enough for the lease to be extended.
const LATENCY: Duration = Duration::from_millis(1500);
/// Duration of an outage, longer than a lease.
const OUTAGE: Duration = seconds(4);

/// Creates replicas that serve a user, and signs the user in at another one, which ends.
fn fixture(url: &str, lifetime: Duration) -> Result<Fixture> {
    let keys = keys();
    let fixture = Fixture::new(url, lifetime, |settings| {
        settings.keys.clone_from(&keys);
        settings.user = Some(USER.to_owned());
        settings.concurrent_calls = 8;
        settings.pause = Duration::from_millis(50);
    });
    block_on(sign_in(&fixture, url, &keys.unwrap_or_default()))?;
    Ok(fixture)
}

async fn sign_in(fixture: &Fixture, url: &str, keys: &str) -> Result<()> {
    let auth = fixture.server.auth();
    let application = AuthorizationCode::builder(CLIENT, SECRET)
        .authorization_url(auth.authorization_url())
        .token_url(auth.token_url())
        .redirect_uri(REDIRECT)
        .build(Transport::default())?;
    let store = store(url).encryption(KeyRing::parse(keys)?).build()?;
    let sharing = Sharing::new(store).operation_timeout(OPERATION_TIMEOUT);
    let user = UserTokens::builder(application, sharing).build()?.for_user(USER);
    let sign_in = user.sign_in()?;
    let request = sign_in.begin()?;
    sign_in.finish(&request, &auth.visit(request.url().as_str())).await?;
    Ok(())
}

/// Checks that the server received no refresh token twice. Returns how many it received.
fn check_refresh_tokens(fixture: &Fixture) -> Result<usize> {
    let requests = fixture.server.auth().requests();
    let sent = requests
        .iter()
        .filter_map(|request| request.form_value("refresh_token"));
    let sent: Vec<String> = sent.map(|token| token.to_string()).collect();
    let mut distinct = sent.clone();
    distinct.sort();
    distinct.dedup();
    ensure!(
        distinct.len() == sent.len(),
        "{} of {} refresh tokens",
        distinct.len(),
        sent.len()
    );
    Ok(sent.len())
}

fn renewals(kind: EngineKind) -> Result<()> {
    let engine = kind.start();
    let mut fixture = fixture(&engine.url(), seconds(10))?;
    fixture.fleet.start_all(2)?;
    let mut last = fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    for _ in 0..4 {
        last = fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > last)?;
    }
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_no_failed_calls()?;
    report.check_calls(MAX_WAIT)?;
    let sent = check_refresh_tokens(&fixture)?;
    ensure!(sent >= 4, "{sent} renewals\n{report:?}");
    report.check_extra_requests(0, fixture.share(0.62))
}

/// Both replicas have the token. The first one renews it slightly earlier than the other would, and fails.
fn interrupted_renewal(url: &str, point: Point, kind: FaultKind) -> Result<Fixture> {
    let mut fixture = fixture(url, LIFETIME)?;
    fixture.server.auth().latency(LATENCY);
    let first = fixture.fleet.start_with(|settings| settings.renew_after = Some(0.4))?;
    fixture.fleet.start_with(|settings| settings.renew_after = Some(0.5))?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |_| true)?;
    fixture.fleet.process(first).inject(Fault {
        point,
        kind,
        min_token_age: LIFETIME / 5,
    });
    fixture.fleet.process(first).wait_for_fault(TIMEOUT)?;
    Ok(fixture)
}

fn survived(url: &str, point: Point, kind: FaultKind) -> Result<()> {
    let mut fixture = interrupted_renewal(url, point, kind)?;
    let last = fixture.fleet.process(0).events().serial();
    let next = fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > last)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial > next)?;
    fixture.fleet.finish()?;
    fixture.report().check_no_failed_calls()?;
    check_refresh_tokens(&fixture)?;
    Ok(())
}

#[test]
fn users_stay_signed_in_at_several_replicas() {
    run_cases(&EngineKind::ALL, |kind| renewals(*kind));
}

#[test]
fn users_stay_signed_in_when_the_store_fails_during_a_renewal() {
    let engine = EngineKind::Postgres.start();
    let url = engine.url();
    run_cases(&RENEWAL_POINTS, |point| {
        survived(&url, *point, FaultKind::StoreUnavailable(OUTAGE))
    });
}

#[test]
fn users_stay_signed_in_when_a_replica_is_killed_before_its_request_or_after_its_write() {
    let engine = EngineKind::Postgres.start();
    let url = engine.url();
    let points = [
        Point::before(Step::Read),
        Point::after(Step::Read),
        Point::before(Step::AcquireLease),
        Point::after(Step::AcquireLease),
        Point::before(Step::Request),
        Point::after(Step::Save),
    ];
    run_cases(&points, |point| survived(&url, *point, FaultKind::Kill));
}

#[test]
fn a_user_signs_in_again_after_a_replica_is_killed_between_the_response_and_the_write() {
    let engine = EngineKind::Postgres.start();
    let mut fixture = interrupted_renewal(&engine.url(), Point::after(Step::Request), FaultKind::Kill).unwrap();
    let second = &fixture.fleet.processes()[1];
    let failed = |error: &str| error.contains("have the user sign in");
    let wait = second.wait_for("a required sign-in", TIMEOUT, |events| {
        events
            .failed_calls()
            .iter()
            .find(|call| failed(&call.error))
            .map(|_| ())
    });
    wait.unwrap();
    let failed_calls = second.events().failed_calls();
    assert!(failed_calls.iter().all(|call| failed(&call.error)), "{failed_calls:?}");
    fixture.fleet.finish().unwrap();
    // The refresh token that was lost with its response, and once again after the lease.
    let requests = fixture.server.auth().requests();
    let sent = requests
        .iter()
        .filter(|request| request.form_value("refresh_token").is_some());
    assert_eq!(sent.count(), 2);
}
