//! The clock of one process is off by an hour. The process neither uses a token longer than the others nor discards
//! their tokens.

use anyhow::Result;

use crate::support::{EngineKind, Fixture, MAX_WAIT, TIMEOUT, keys, run_cases, seconds};

fn one_clock_is_off(kind: EngineKind, offset: i64) -> Result<()> {
    let engine = kind.start();
    let mut fixture = Fixture::new(&engine.url(), seconds(10), |settings| settings.keys = keys());
    // This process renews first, so that the others have to adopt the tokens that it saves.
    fixture.fleet.start_with(|settings| {
        settings.clock_offset_seconds = offset;
        settings.renew_after = Some(0.6);
    })?;
    fixture.fleet.start_all(3)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= 3)?;
    // Then one of the others renews first.
    fixture.fleet.process(0).kill();
    fixture
        .fleet
        .start_with(|settings| settings.clock_offset_seconds = offset)?;
    fixture.fleet.wait_for_one_token(TIMEOUT, |serial| serial >= 5)?;
    fixture.fleet.finish()?;
    let report = fixture.report();
    report.check_calls(MAX_WAIT)?;
    report.check_no_lost_updates()?;
    report.check_extra_requests(0, fixture.share(0.5))
}

#[test]
fn a_wrong_clock_causes_no_extra_requests() {
    let cases: Vec<_> = EngineKind::ALL
        .iter()
        .flat_map(|kind| [(*kind, 3600), (*kind, -3600)])
        .collect();
    run_cases(&cases, |(kind, offset)| one_clock_is_off(*kind, *offset));
}
