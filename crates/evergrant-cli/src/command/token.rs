//! `evergrant token`: an access token on standard output.

use evergrant::{Token, TokenManager};

use crate::cli::TokenArgs;
use crate::failure::Failure;
use crate::output;
use crate::settings::{Keeping, Settings};
use crate::text;

pub(super) async fn run(args: TokenArgs) -> Result<(), Failure> {
    let mut settings = Settings::resolve(args.client)?;
    settings.share(args.store)?;
    let keeping = settings.keeping();
    let tokens = settings.into_tokens().await?;
    let token = match keeping {
        Keeping::Nowhere => tokens.fetch_token().await?,
        // The refresh token stays where it is kept, and may be good once.
        Keeping::InSession | Keeping::InStore => {
            let token = tokens.token().await?;
            let was_kept = keeping == Keeping::InSession || tokens.status().tokens_adopted > 0;
            let token = match args.renew && was_kept {
                true => another(&tokens, &token).await?,
                false => token,
            };
            token.without_refresh_token()
        }
    };
    if args.json {
        output::line(&text::escaped(&token.expose_json()))
    } else if args.header {
        output::line(&format!("Authorization: Bearer {}", token.access_token().expose()))
    } else {
        output::line(token.access_token().expose())
    }
}

/// As if an API had refused this one.
async fn another(tokens: &TokenManager, token: &Token) -> Result<Token, Failure> {
    tokens.reject(token.generation());
    Ok(tokens.token().await?)
}
