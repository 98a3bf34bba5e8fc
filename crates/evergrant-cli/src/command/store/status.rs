//! `evergrant store status`: lists the records of a store without secrets.

use std::fmt::Write as _;
use std::time::Duration;

use evergrant::store::{LeasedRecord, StoreKey, Summary, TokenSummary};
use serde_json::{Value, json};

use super::store_errors;
use crate::arguments::StoreStatusArgs;
use crate::failure::{Failure, Kind};
use crate::standard_output;
use crate::store_selection;
use crate::terminal_sanitizer::{self, line_for_terminal};

/// A record of the store, or why it cannot be read.
struct Record {
    key: StoreKey,
    summary: Result<Summary, String>,
}

pub(super) async fn run(args: StoreStatusArgs) -> Result<(), Failure> {
    let (location, store) = store_selection::select(args.location)?;
    let failed = |error| store_errors::of(&location, &error);
    let mut records = Vec::new();
    for key in store.keys().await.map_err(failed)? {
        let leased_record = LeasedRecord::new(store.clone(), key.clone()).with_limit(location.operation_timeout());
        let summary = match leased_record.summary().await {
            Ok(Some(summary)) => Ok(summary),
            // Removed since the keys were listed.
            Ok(None) => continue,
            Err(error) if store_errors::kind(&error) == Kind::Unreachable => return Err(failed(error)),
            Err(error) => Err(error.to_string()),
        };
        records.push(Record { key, summary });
    }
    let shown = location.to_string();
    match args.json {
        true => {
            let records: Vec<Value> = records.iter().map(Record::to_json).collect();
            standard_output::line(&terminal_sanitizer::escape_json(&format!(
                "{:#}",
                json!({ "store": shown, "records": records })
            )))
        }
        false => standard_output::line(&terminal_sanitizer::lines_for_terminal(&to_text(&shown, &records))),
    }
}

/// The client and its endpoint, if the record has them, sanitized for the terminal.
pub(super) fn client(summary: &Summary) -> Option<String> {
    let id = line_for_terminal(summary.client_id.as_ref()?);
    Some(match &summary.endpoint {
        Some(endpoint) => format!("{id} at {}", line_for_terminal(endpoint)),
        None => id,
    })
}

impl Record {
    fn to_json(&self) -> Value {
        let key = self.key.to_string();
        let summary = match &self.summary {
            Ok(summary) => summary,
            Err(problem) => return json!({ "key": key, "unreadable": problem }),
        };
        let scopes: Option<Vec<&str>> = summary
            .scopes
            .as_ref()
            .map(|scopes| scopes.split_whitespace().collect());
        let token = summary.token.as_ref().map(|token| {
            json!({
                "generation": token.generation.to_string().parse::<u64>().ok(),
                "age": token.age.as_secs(),
                "valid_for": token.remaining.map(|remaining| remaining.as_secs()),
                "rejected": token.rejected,
                "encrypted_with": token.key_name,
            })
        });
        let lease = summary
            .lease
            .as_ref()
            .map(|lease| json!({ "owner": lease.owner, "left": lease.remaining.as_secs_f64() }));
        let failure = summary
            .failure
            .as_ref()
            .map(|(message, left)| json!({ "message": message, "left": left.as_secs_f64() }));
        json!({
            "key": key,
            "client_id": summary.client_id,
            "endpoint": summary.endpoint,
            "scopes": scopes,
            "token": token,
            "lease": lease,
            "failure": failure,
        })
    }

    fn write_text(&self, text: &mut String) -> std::fmt::Result {
        let summary = match &self.summary {
            Ok(summary) => summary,
            Err(problem) => {
                writeln!(text, "\nunreadable record")?;
                writeln!(text, "  key      {}", self.key)?;
                return writeln!(text, "  problem  {}", line_for_terminal(problem));
            }
        };
        let client = client(summary);
        writeln!(text, "\n{}", client.as_deref().unwrap_or("unknown client"))?;
        writeln!(text, "  key      {}", self.key)?;
        match summary.scopes.as_deref() {
            None | Some("") => {}
            Some(scopes) => writeln!(text, "  scopes   {}", line_for_terminal(scopes))?,
        }
        match &summary.token {
            Some(token) => writeln!(text, "  token    {}", token_text(token))?,
            None => writeln!(text, "  token    none")?,
        }
        if let Some(lease) = &summary.lease {
            let left = lease.remaining.as_secs_f64();
            writeln!(
                text,
                "  lease    {} is fetching a token; others may take over in {left:.1} s",
                line_for_terminal(&lease.owner)
            )?;
        }
        if let Some((message, left)) = &summary.failure {
            writeln!(text, "  failure  {}", line_for_terminal(message))?;
            writeln!(text, "           no request is sent for another {}", rounded(*left))?;
        }
        Ok(())
    }
}

fn to_text(location: &str, records: &[Record]) -> String {
    let mut text = match records.len() {
        0 => return format!("{location} is empty: it has no tokens."),
        1 => format!("{location}: 1 record\n"),
        count => format!("{location}: {count} records\n"),
    };
    for record in records {
        // Writing to a string cannot fail.
        let _ = record.write_text(&mut text);
    }
    text.truncate(text.trim_end().len());
    text
}

fn token_text(token: &TokenSummary) -> String {
    let validity = match token.remaining {
        _ if token.rejected => "rejected by an API".to_owned(),
        Some(left) if left.is_zero() => "expired".to_owned(),
        Some(left) => format!("valid for another {}", rounded(left)),
        None => "expiry unknown".to_owned(),
    };
    let encryption = match &token.key_name {
        Some(name) => format!("encrypted with key `{}`", line_for_terminal(name)),
        None => "not encrypted".to_owned(),
    };
    format!(
        "{validity}; fetched {} ago as generation {}; {encryption}",
        rounded(token.age),
        token.generation
    )
}

/// Rounds down to the largest unit that still gives at least two.
fn rounded(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
