//! One process's clock is an hour off: it neither lives longer with a token than the others, nor takes one from them.

use anyhow::Result;

use crate::support::{Kind, MAX_WAIT, SOON, World, all_at_once, keys, seconds};

fn one_member_is_off(kind: Kind, ahead: i64) -> Result<()> {
    let engine = kind.start();
    let mut world = World::new(&engine.url(), seconds(5), |settings| settings.keys = keys());
    // It renews first, so that the others have to make sense of what it saves.
    world.crew.start_with(|settings| {
        settings.clock_ahead = ahead;
        settings.renew_after = Some(0.6);
    })?;
    world.crew.start_all(3)?;
    world.crew.wait_for_one_token(SOON, |serial| serial >= 3)?;
    // And then one of the others does.
    world.crew.member(0).kill();
    world.crew.start_with(|settings| settings.clock_ahead = ahead)?;
    world.crew.wait_for_one_token(SOON, |serial| serial >= 5)?;
    world.crew.finish()?;
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.no_update_was_lost()?;
    evidence.extra_requests_are_at_most(0, world.share(0.5))
}

#[test]
fn a_clock_that_is_an_hour_off_changes_nothing() {
    let cases: Vec<_> = Kind::ALL
        .iter()
        .flat_map(|kind| [(*kind, 3600), (*kind, -3600)])
        .collect();
    all_at_once(&cases, |(kind, ahead)| one_member_is_off(*kind, *ahead));
}
