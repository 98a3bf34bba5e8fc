//! A token manager with a store.

use std::sync::{Arc, OnceLock};

use evergrant::client_auth::{ClientSecrets, CredentialProvider};
use evergrant::{Error, Secret, TokenManager};

use super::Settings;
use super::token_manager::WAIT_MARGIN;
use crate::arguments::StoreArgs;
use crate::client_secret_input::SecretSource;
use crate::connection::LazyTransport;
use crate::failure::Failure;
use crate::store_selection::{OpenStore, StoreFlags};

impl Settings {
    /// Opens the store that flags, profile or environment set, if any.
    pub(crate) fn use_store(&mut self, args: StoreArgs) -> Result<(), Failure> {
        let flags = StoreFlags::new(args)?;
        let from_profile = std::mem::take(&mut self.profile.store);
        match self.profile.has_sign_in() {
            true => flags.check_for_user(from_profile),
            false => {
                self.sharing = flags.open(from_profile)?;
                Ok(())
            }
        }
    }

    /// Builds the manager. Asks the user for the secret only if the store has no usable token.
    pub(super) async fn into_shared_manager(mut self, sharing: &OpenStore) -> Result<TokenManager, Failure> {
        let secret = PromptedSecret::default();
        let prompt = self
            .secret
            .take_if(|source| matches!(source, SecretSource::Prompt { .. }));
        let client = match prompt {
            Some(_) => self.profile.client_credentials_with(secret.clone())?,
            None => {
                self.read_secret()?;
                self.profile.client_credentials()?
            }
        };
        let (tasks, transport) = (self.tasks.clone(), LazyTransport::new(self.http.clone()));
        // Another process may try first and fail.
        let wait = self.timeout() * 2 + sharing.operation_timeout() * 5 + WAIT_MARGIN * 2;
        let builder = sharing
            .configure(client)
            .runtime(tasks)
            .time_limits(self.time_limits().wait(wait));
        let tokens = builder.build(transport)?;
        if let (Some(prompt), Some(key)) = (prompt, tokens.store_key())
            && !sharing.has_token(key).await
        {
            secret.set(prompt.read()?);
        }
        Ok(tokens)
    }
}

/// A secret that the user enters only if it is needed.
#[derive(Clone, Default)]
struct PromptedSecret(Arc<OnceLock<Secret>>);

impl PromptedSecret {
    fn set(&self, secret: Secret) {
        // Set once.
        let _ = self.0.set(secret);
    }
}

impl CredentialProvider for PromptedSecret {
    /// Does not prompt: other processes wait for the fetch, and a prompt would take too long.
    async fn secrets(&self) -> Result<ClientSecrets, Error> {
        let secret = self.0.get().cloned().map(ClientSecrets::new);
        secret.ok_or_else(|| {
            Error::credential_provider(
                "the stored token can no longer be used, and a new one needs the client secret; run the command again to enter it",
            )
        })
    }
}
