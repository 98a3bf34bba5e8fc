//! `evergrant store status`: what is in a store, without its secrets.

use std::fmt::Write as _;
use std::time::Duration;

use evergrant::store::{Ledger, StoreKey, Summary, TokenSummary};
use serde_json::{Value, json};

use super::failure;
use crate::cli::StoreStatusArgs;
use crate::failure::{Failure, Kind};
use crate::output;
use crate::store;
use crate::text::{self, line_for_screen};

/// One key's record, or why it cannot be read.
struct Entry {
    key: StoreKey,
    summary: Result<Summary, String>,
}

pub(super) async fn run(args: StoreStatusArgs) -> Result<(), Failure> {
    let (place, store) = store::meant_by(args.place)?;
    let failed = |error| failure::of(&place, &error);
    let mut entries = Vec::new();
    for key in store.keys().await.map_err(failed)? {
        let ledger = Ledger::new(store.clone(), key.clone()).with_limit(place.operation_limit());
        let summary = match ledger.summary().await {
            Ok(Some(summary)) => Ok(summary),
            // It went while we were looking.
            Ok(None) => continue,
            Err(error) if failure::kind(&error) == Kind::Unreachable => return Err(failed(error)),
            Err(error) => Err(error.to_string()),
        };
        entries.push(Entry { key, summary });
    }
    let shown = place.shown();
    match args.json {
        true => {
            let entries: Vec<Value> = entries.iter().map(Entry::to_json).collect();
            output::line(&text::escaped(&format!(
                "{:#}",
                json!({ "store": shown, "entries": entries })
            )))
        }
        false => output::line(&text::lines_for_screen(&told(&shown, &entries))),
    }
}

/// Which client at which endpoint, where the record says so; for the screen.
pub(super) fn client(summary: &Summary) -> Option<String> {
    let id = line_for_screen(summary.client_id.as_ref()?);
    Some(match &summary.endpoint {
        Some(endpoint) => format!("{id} at {}", line_for_screen(endpoint)),
        None => id,
    })
}

impl Entry {
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
                "valid_for": token.left.map(|left| left.as_secs()),
                "rejected": token.rejected,
                "encrypted_with": token.key_name,
            })
        });
        let lease = summary
            .lease
            .as_ref()
            .map(|lease| json!({ "owner": lease.owner, "left": lease.left.as_secs_f64() }));
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

    fn tell(&self, text: &mut String) -> std::fmt::Result {
        let summary = match &self.summary {
            Ok(summary) => summary,
            Err(problem) => {
                writeln!(text, "\nan entry that cannot be read")?;
                writeln!(text, "  key      {}", self.key)?;
                return writeln!(text, "  problem  {}", line_for_screen(problem));
            }
        };
        let client = client(summary);
        writeln!(
            text,
            "\n{}",
            client.as_deref().unwrap_or("a client that nothing is said of")
        )?;
        writeln!(text, "  key      {}", self.key)?;
        match summary.scopes.as_deref() {
            None | Some("") => {}
            Some(scopes) => writeln!(text, "  scopes   {}", line_for_screen(scopes))?,
        }
        match &summary.token {
            Some(token) => writeln!(text, "  token    {}", of_token(token))?,
            None => writeln!(text, "  token    none")?,
        }
        if let Some(lease) = &summary.lease {
            let left = lease.left.as_secs_f64();
            writeln!(
                text,
                "  lease    {} fetches a token; others may in {left:.1} s",
                line_for_screen(&lease.owner)
            )?;
        }
        if let Some((message, left)) = &summary.failure {
            writeln!(text, "  failure  {}", line_for_screen(message))?;
            writeln!(text, "           nothing is sent for another {}", span(*left))?;
        }
        Ok(())
    }
}

fn told(place: &str, entries: &[Entry]) -> String {
    let mut text = match entries.len() {
        0 => return format!("{place} is empty: there are no tokens in it."),
        1 => format!("{place}: 1 entry\n"),
        count => format!("{place}: {count} entries\n"),
    };
    for entry in entries {
        // Writing to a string cannot fail.
        let _ = entry.tell(&mut text);
    }
    text.truncate(text.trim_end().len());
    text
}

fn of_token(token: &TokenSummary) -> String {
    let validity = match token.left {
        _ if token.rejected => "refused by an API".to_owned(),
        Some(left) if left.is_zero() => "expired".to_owned(),
        Some(left) => format!("valid for another {}", span(left)),
        None => "without a known expiry".to_owned(),
    };
    let encryption = match &token.key_name {
        Some(name) => format!("encrypted with key `{}`", line_for_screen(name)),
        None => "not encrypted".to_owned(),
    };
    format!(
        "{validity}; fetched {} ago as generation {}; {encryption}",
        span(token.age),
        token.generation
    )
}

/// In the largest unit that leaves more than one of it.
fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
