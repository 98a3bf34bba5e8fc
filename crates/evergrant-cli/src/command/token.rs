//! `evergrant token`: an access token on standard output.

use std::time::Duration;

use evergrant::{Error, Token, TokenManager};

use crate::cli::TokenArgs;
use crate::failure::{self, Failure};
use crate::output;
use crate::settings::{Keeping, Settings};
use crate::text;

pub(super) async fn run(args: TokenArgs) -> Result<(), Failure> {
    let mut settings = Settings::resolve(args.client)?;
    settings.share(args.store)?;
    let keeping = settings.keeping();
    let tokens = settings.into_tokens().await?;
    let obtained = obtain(&tokens, keeping, args.renew, args.valid_for).await;
    let mut token = match args.renew {
        true => obtained.map_err(Failure::of_renewal)?,
        false => obtained?,
    };
    if keeping != Keeping::Nowhere {
        // The refresh token stays where it is kept, and may be good once.
        token = token.without_refresh_token();
    }
    if args.json {
        output::line(&text::escaped(&token.expose_json()))
    } else if args.header {
        output::line(&format!("Authorization: Bearer {}", token.access_token().expose()))
    } else {
        output::line(token.access_token().expose())
    }
}

async fn obtain(
    tokens: &TokenManager,
    keeping: Keeping,
    renew: bool,
    valid_for: Option<Duration>,
) -> Result<Token, Error> {
    let mut token = match (keeping, valid_for) {
        (Keeping::Nowhere, None) => tokens.fetch_token().await?,
        _ => tokens.token().await?,
    };
    let was_kept = match keeping {
        Keeping::Nowhere => false,
        Keeping::InSession => true,
        Keeping::InStore => tokens.status().tokens_adopted > 0,
    };
    if renew && was_kept {
        let kept = token;
        token = tokens.replace(kept.generation()).await?;
        if token.access_token().expose() == kept.access_token().expose() {
            failure::warn("the server gave the same token again, as some do until it expires");
        }
    }
    if let Some(wanted) = valid_for {
        token = tokens.token_valid_for(wanted).await?;
    }
    Ok(token)
}
