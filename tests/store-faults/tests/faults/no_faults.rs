//! Without faults, there is one request for each renewal on every engine.

use anyhow::{Result, ensure};

use crate::support::{EngineKind, Fixture, MAX_WAIT, TIMEOUT, keys, run_cases, seconds};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tokens {
    Encrypted,
    Plaintext,
}

fn renewals(kind: EngineKind, tokens: Tokens) -> Result<()> {
    let engine = kind.start();
    let mut fixture = Fixture::new(&engine.url(), seconds(10), |settings| {
        settings.keys = keys().filter(|_| tokens == Tokens::Encrypted);
    });
    fixture.fleet.start_all(8)?;
    for renewal in 1..=4 {
        fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= renewal)?;
    }
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_no_lost_updates()?;
    report.check_extra_requests(0, fixture.share(0.62))?;
    let due = report.request_counts(fixture.share(0.62)).due;
    ensure!(due >= 4, "{due} renewals\n{report:?}");
    Ok(())
}

#[test]
fn there_is_one_request_for_each_renewal() {
    use Tokens::{Encrypted, Plaintext};
    let cases = [
        (EngineKind::Redis, Encrypted),
        (EngineKind::Redis, Plaintext),
        (EngineKind::Postgres, Encrypted),
        (EngineKind::Postgres, Plaintext),
        (EngineKind::File, Plaintext),
    ];
    run_cases(&cases, |(kind, tokens)| renewals(*kind, *tokens));
}
