//! `evergrant token`: an access token on standard output.

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
    let mut token = match (keeping, args.valid_for) {
        (Keeping::Nowhere, None) => tokens.fetch_token().await?,
        _ => tokens.token().await?,
    };
    let was_kept = match keeping {
        Keeping::Nowhere => false,
        Keeping::InSession => true,
        Keeping::InStore => tokens.status().tokens_adopted > 0,
    };
    if args.renew && was_kept {
        tokens.reject(token.generation());
        token = tokens.token().await?;
    }
    if let Some(wanted) = args.valid_for {
        token = tokens.token_valid_for(wanted).await?;
    }
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
