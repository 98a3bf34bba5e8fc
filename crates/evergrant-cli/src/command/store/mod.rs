//! `evergrant store`: inspects and clears a token store.

mod clear;
mod new_key;
mod status;
mod store_errors;

use crate::arguments::StoreCommand;
use crate::failure::Failure;

pub(super) async fn run(command: StoreCommand) -> Result<(), Failure> {
    match command {
        StoreCommand::Status(args) => status::run(*args).await,
        StoreCommand::Clear(args) => clear::run(*args).await,
        StoreCommand::NewKey { name } => new_key::run(name),
    }
}
