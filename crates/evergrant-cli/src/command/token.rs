//! `evergrant token`: an access token on standard output.

use crate::cli::TokenArgs;
use crate::failure::Failure;
use crate::output;
use crate::settings::Settings;
use crate::text;

pub(super) async fn run(args: TokenArgs) -> Result<(), Failure> {
    let tokens = Settings::resolve(args.client)?.into_tokens()?;
    let token = tokens.fetch_token().await?;
    if args.json {
        output::line(&text::escaped(&token.expose_json()))
    } else if args.header {
        output::line(&format!("Authorization: Bearer {}", token.access_token().expose()))
    } else {
        output::line(token.access_token().expose())
    }
}
