//! `evergrant token`: an access token on standard output.

use std::time::Duration;

use evergrant::{Error, Token, TokenManager};

use crate::arguments::TokenArgs;
use crate::failure::{self, Failure};
use crate::settings::{Persistence, Settings};
use crate::standard_output;
use crate::terminal_sanitizer;

pub(super) async fn run(args: TokenArgs) -> Result<(), Failure> {
    #[cfg_attr(not(feature = "store"), expect(unused_mut, reason = "a store would change it"))]
    let mut settings = Settings::resolve(args.client)?;
    #[cfg(feature = "store")]
    settings.use_store(args.store)?;
    let persistence = settings.persistence();
    let tokens = settings.into_manager().await?;
    let fetched = fetch(&tokens, persistence, args.renew, args.valid_for).await;
    let mut token = match args.renew {
        true => fetched.map_err(Failure::from_renewal)?,
        false => fetched?,
    };
    if persistence != Persistence::None {
        // The refresh token stays in the store: it may be valid for one request only.
        token = token.without_refresh_token();
    }
    if args.json {
        standard_output::line(&terminal_sanitizer::escape_json(&token.expose_json()))
    } else if args.header {
        standard_output::line(&format!("Authorization: Bearer {}", token.access_token().expose()))
    } else {
        standard_output::line(token.access_token().expose())
    }
}

async fn fetch(
    tokens: &TokenManager,
    persistence: Persistence,
    renew: bool,
    valid_for: Option<Duration>,
) -> Result<Token, Error> {
    let mut token = match (persistence, valid_for) {
        (Persistence::None, None) => tokens.fetch_token().await?,
        _ => tokens.token().await?,
    };
    let was_stored = match persistence {
        Persistence::None => false,
        Persistence::Session => true,
        #[cfg(feature = "store")]
        Persistence::Store => tokens.status().tokens_adopted > 0,
    };
    if renew && was_stored {
        let stored = token;
        token = tokens.replace(stored.generation()).await?;
        if token.access_token().expose() == stored.access_token().expose() {
            failure::warn("the server issued the same token again, as some servers do until it expires");
        }
    }
    if let Some(wanted) = valid_for {
        token = tokens.token_valid_for(wanted).await?;
    }
    Ok(token)
}
