//! What a profile says of a token endpoint that differs from others.

use toml::Value;

use super::{Reader, resolve};
use crate::failure::Failure;
use crate::settings::{EndpointSettings, HeaderSource};

pub(super) fn read(profile: &mut Reader) -> Result<EndpointSettings, Failure> {
    let mut headers = Vec::new();
    for (name, value) in profile.table("token_headers")? {
        let Value::String(value) = value else {
            return Err(profile.wrong(&format!("token_headers.{name}"), "a string"));
        };
        let path = profile.path();
        let given = profile.setting("token_headers");
        let source = HeaderSource::parse(&given, &name, &value, |file| resolve(file, path))?;
        headers.push((name, source));
    }
    Ok(EndpointSettings {
        grant_type: profile.string("grant_type")?,
        client_id_in_body: profile.boolean("client_id_in_body")? == Some(true),
        json_body: profile.boolean("json_body")? == Some(true),
        headers,
        user_agent: profile.string("user_agent")?,
        token_types: profile.strings("token_types")?,
        access_token_at: profile.string("access_token_at")?,
    })
}
