//! Nothing goes wrong: one request for each renewal, whatever the engine.

use anyhow::{Result, ensure};

use crate::support::{Kind, MAX_WAIT, SOON, World, all_at_once, keys, seconds};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tokens {
    Encrypted,
    Readable,
}

fn renewals(kind: Kind, tokens: Tokens) -> Result<()> {
    let engine = kind.start();
    let mut world = World::new(&engine.url(), seconds(4), |settings| {
        settings.keys = keys().filter(|_| tokens == Tokens::Encrypted);
    });
    world.crew.start_all(8)?;
    for renewal in 1..=4 {
        world.crew.wait_for_one_token(SOON, |serial| serial >= renewal)?;
    }
    world.crew.finish()?;
    let evidence = world.evidence();
    evidence.all_calls_went_well(MAX_WAIT)?;
    evidence.no_update_was_lost()?;
    evidence.extra_requests_are_at_most(0, world.share(0.62))?;
    let due = evidence.intervals(world.share(0.62)).due;
    ensure!(due >= 4, "{due} renewals\n{evidence:?}");
    Ok(())
}

#[test]
fn there_is_one_request_for_each_renewal() {
    use Tokens::{Encrypted, Readable};
    let cases = [
        (Kind::Redis, Encrypted),
        (Kind::Redis, Readable),
        (Kind::Postgres, Encrypted),
        (Kind::Postgres, Readable),
        (Kind::File, Readable),
    ];
    all_at_once(&cases, |(kind, tokens)| renewals(*kind, *tokens));
}
