//! What a profile says of token responses that differ from RFC 6749.

use super::Reader;
use crate::cli::ResponseArgs;
use crate::failure::Failure;

pub(super) fn read(profile: &mut Reader) -> Result<ResponseArgs, Failure> {
    Ok(ResponseArgs {
        token_types: profile.strings("token_types")?,
        access_token_at: profile.string("access_token_at")?,
    })
}
