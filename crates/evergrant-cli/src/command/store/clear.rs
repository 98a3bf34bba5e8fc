//! `evergrant store clear`: removes entries, and says which.

use evergrant::store::{Ledger, SharedStore, StoreError, StoreKey};

use super::{failure, status};
use crate::cli::StoreClearArgs;
use crate::failure::{Failure, Kind};
use crate::output;
use crate::store::{self, Place};
use crate::text;

pub(super) async fn run(args: StoreClearArgs) -> Result<(), Failure> {
    let (place, store) = store::meant_by(args.place)?;
    let keys = match args.keys.is_empty() {
        true => store.keys().await.map_err(|error| failure::of(&place, &error))?,
        false => args.keys,
    };
    let (mut removed, mut failed) = (0_usize, Vec::new());
    for key in keys {
        match remove(&place, &store, &key).await {
            Ok(None) => output::line(&format!("there is no entry {key}"))?,
            Ok(Some(client)) => {
                removed += 1;
                output::line(&text::lines_for_screen(&format!("removed {key}{client}")))?;
            }
            Err(error) if failure::kind(&error) == Kind::Unreachable => return Err(failure::of(&place, &error)),
            Err(error) => failed.push(format!("{key}: {error}")),
        }
    }
    let from = place.shown();
    output::line(&match removed {
        0 => format!("Nothing removed from {from}."),
        1 => format!("1 entry removed from {from}."),
        _ => format!("{removed} entries removed from {from}."),
    })?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure::Listed(
            Kind::Usage,
            "not removed",
            failed,
            format!("not everything could be removed from {from}"),
        )),
    }
}

/// Which client the entry was for, in parentheses; `None` when there is no entry.
async fn remove(place: &Place, store: &SharedStore, key: &StoreKey) -> Result<Option<String>, StoreError> {
    let ledger = Ledger::new(store.clone(), key.clone()).with_limit(place.operation_limit());
    // One that cannot be read is removed all the same.
    let summary = ledger.summary().await.unwrap_or_default();
    let client = summary.as_ref().and_then(status::client);
    let removed = ledger.clear().await?;
    Ok(removed.then(|| client.map_or_else(String::new, |client| format!(" ({client})"))))
}
