//! Where a profile says the client's secret is: by reference, or with its own word of warning in the file itself.

use evergrant::{Relaxation, Secret};

use super::{Reader, resolve};
use crate::failure::Failure;
use crate::reference::Reference;
use crate::secret::SecretSource;

const REMEDY: &str = "give it by reference: client_secret_env = \"VARIABLE\" or client_secret_file = \"FILE\"";

pub(super) fn read(profile: &mut Reader, open_to_others: bool) -> Result<Option<SecretSource>, Failure> {
    let literal = profile.string("client_secret")?.map(Secret::new);
    let danger = profile.boolean("danger_client_secret_in_file")?;
    let variable = profile.string("client_secret_env")?;
    let file = profile.string("client_secret_file")?;
    let given = [literal.is_some(), variable.is_some(), file.is_some()];
    if given.into_iter().filter(|given| *given).count() > 1 {
        return Err(profile.refuse(
            "says more than once where the client's secret is; keep one of client_secret_env and client_secret_file",
        ));
    }
    if let Some(secret) = literal {
        if danger != Some(true) {
            return Err(profile.refuse(&format!(
                "holds the client's secret itself; {REMEDY} (or, in a file that only its owner can read, say danger_client_secret_in_file = true)"
            )));
        }
        if open_to_others {
            return Err(profile.refuse(&format!(
                "holds the client's secret itself, in a file that others can read; chmod 600 it, or {REMEDY}"
            )));
        }
        let effect = "the client's secret is in the profile's file";
        Relaxation::new("danger_client_secret_in_file", effect).apply()?;
        return Ok(Some(SecretSource::Literal(secret)));
    }
    Ok(match (variable, file) {
        (Some(variable), _) => Some(SecretSource::Env {
            reference: Reference::to_variable(profile.setting("client_secret_env"), &variable),
            variable,
        }),
        (None, Some(file)) => Some(SecretSource::File {
            path: resolve(&file, profile.path()),
            reference: Reference::to_file(profile.setting("client_secret_file"), &file),
        }),
        (None, None) => None,
    })
}
