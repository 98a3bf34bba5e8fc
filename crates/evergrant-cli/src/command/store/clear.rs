//! `evergrant store clear`: removes records and lists them.

use evergrant::store::{LeasedRecord, SharedStore, StoreError, StoreKey};
use evergrant_profile::StoreLocation;

use super::{status, store_errors};
use crate::arguments::StoreClearArgs;
use crate::failure::{Failure, Kind};
use crate::standard_output;
use crate::store_selection;
use crate::terminal_sanitizer;

pub(super) async fn run(args: StoreClearArgs) -> Result<(), Failure> {
    let (location, store) = store_selection::select(args.location)?;
    let keys = match args.keys.is_empty() {
        true => store
            .keys()
            .await
            .map_err(|error| store_errors::of(&location, &error))?,
        false => args.keys,
    };
    let (mut removed, mut failed) = (0_usize, Vec::new());
    for key in keys {
        match remove(&location, &store, &key).await {
            Ok(None) => standard_output::line(&format!("there is no record {key}"))?,
            Ok(Some(client)) => {
                removed += 1;
                standard_output::line(&terminal_sanitizer::lines_for_terminal(&format!(
                    "removed {key}{client}"
                )))?;
            }
            Err(error) if store_errors::kind(&error) == Kind::Unreachable => {
                return Err(store_errors::of(&location, &error));
            }
            Err(error) => failed.push(format!("{key}: {error}")),
        }
    }
    let from = location.to_string();
    standard_output::line(&match removed {
        0 => format!("Nothing removed from {from}."),
        1 => format!("1 record removed from {from}."),
        _ => format!("{removed} records removed from {from}."),
    })?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure::List(
            Kind::Usage,
            "not removed",
            failed,
            format!("some records could not be removed from {from}"),
        )),
    }
}

/// Removes a record. Returns its client in parentheses; `None` if there is no record.
async fn remove(location: &StoreLocation, store: &SharedStore, key: &StoreKey) -> Result<Option<String>, StoreError> {
    let leased_record = LeasedRecord::new(store.clone(), key.clone()).with_limit(location.operation_timeout());
    // An unreadable record is removed too.
    let summary = leased_record.summary().await.unwrap_or_default();
    let client = summary.as_ref().and_then(status::client);
    let removed = leased_record.clear().await?;
    Ok(removed.then(|| client.map_or_else(String::new, |client| format!(" ({client})"))))
}
